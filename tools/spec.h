/* SPDX-License-Identifier: GPL-2.0-only */
/* An attribute as uapi/dvr.yaml describes it. */
#ifndef DVRADM_SPEC_H
#define DVRADM_SPEC_H

#include <stdint.h>

enum field_type {
	FT_SPEC,		/* in struct field: the type of @spec */
	FT_NAME,
	FT_IFNAME,
	FT_DOMAIN,
	FT_STR,			/* shown only */
	FT_U32,
	FT_ONOFF,
	FT_UPDOWN,		/* shown only */
	FT_ENUM,
	FT_FLAGS,		/* whose n-th bit is the n-th name */
	FT_PROTO,		/* an IP protocol */
	FT_U64,			/* shown only */
	FT_MAC,
	FT_IP,
	FT_IP6,
	FT_NET,			/* prefix without host bits */
	FT_HOST,		/* FT_NET; text has no /32 or /128 */
	FT_LEG,			/* prefix with host bits */
	FT_MSEC,		/* shown only */
	FT_STATS,		/* shown only */
	FT_HOOK,		/* neither parsed nor printed from the table */
};

/**
 * struct spec - one attribute of a set
 * @word: its name, which is the keyword
 * @key: its name with '_' for '-', which is the JSON key
 * @attr: its number
 * @type: how it is parsed and printed
 * @min: least value of FT_U32
 * @max: largest value of FT_U32
 * @usual: its value if an add leaves the attribute out
 * @names: values of FT_ENUM, bits of FT_FLAGS, ended by NULL
 */
struct spec {
	const char *word;
	const char *key;
	uint16_t attr;
	enum field_type type;
	uint32_t min;
	uint32_t max;
	uint32_t usual;
	const char *const *names;
};

#endif
