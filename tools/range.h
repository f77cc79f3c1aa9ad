/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and ports as one word, and protocols. */
#ifndef DVRADM_RANGE_H
#define DVRADM_RANGE_H

#include "args.h"

/**
 * struct range - addresses, and ports of them
 * @first: first address
 * @last: last address, @first if there is one
 * @port_min: first port, 0 if there are none
 * @port_max: last port, @port_min if there is one
 */
struct range {
	struct addr first;
	struct addr last;
	uint32_t port_min;
	uint32_t port_max;
};

/*
 * ADDR[-ADDR][:PORT[-PORT]]. IPv6 addresses with ports are in brackets, as in
 * ip6tables: [ADDR-ADDR]:PORT-PORT.
 */
int arg_range(const struct args *a, const char *word, struct range *r);

#define RANGE_STRLEN	128
const char *range_str(const struct range *r, char buf[RANGE_STRLEN]);

/* The protocols that have a name; NULL ends. */
extern const char *const proto_names[];
/* An IP protocol by its name or number. */
int arg_proto(const struct args *a, const char *word, uint8_t *v);

#define PROTO_STRLEN	16
const char *proto_str(uint8_t v, char buf[PROTO_STRLEN]);

#endif
