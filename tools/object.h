/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of objects. One table of fields parses and prints an object. */
#ifndef DVRADM_OBJECT_H
#define DVRADM_OBJECT_H

#include <linux/netlink.h>

#include <linux/dvr.h>

#include "args.h"
#include "msg.h"
#include "spec_gen.h"

enum verb_kind {
	VERB_ADD,
	VERB_SET,		/* "set" or "replace" */
	VERB_DEL,
	VERB_SHOW,
	VERB_HELP,
	VERB_GET,
	VERBS
};

/* When a field may be given. */
#define F_KEY		0x0001	/* names the object: add, set, del; sorts */
#define F_CONF		0x0002	/* add, set */
#define F_FIXED		0x0004	/* given in add; a set cannot change it */
#define F_FILTER	0x0008	/* show */
/* How. */
#define F_FIRST		0x0010	/* a bare word, before all keywords */
#define F_BARE		0x0020	/* a bare word, anywhere */
#define F_REQ		0x0040	/* add must have it */
#define F_MULTI		0x0080	/* may be repeated */
#define F_SUBKEY	0x0100	/* del may have it; sorts */
#define F_SORT		0x8000	/* sorts, as keys do */
#define F_PLAIN		0x4000	/* shown only, without a keyword */
/* How it is shown. */
#define F_NOTE		0x0200	/* after '#' */
#define F_DETAIL	0x0400	/* in text only with -d */
#define F_BRIEF		0x0800	/* in text only if it is not the default */
#define F_STATS		0x1000	/* in text only with -s */
#define F_JSON		0x10000	/* not in text */
/* What it means for the object. */
#define F_FAMILY	0x2000	/* it has the address family, if no key has */

/**
 * struct field - an attribute as a command has it
 * @spec: the attribute
 * @word: keyword, if it differs from the attribute's name; F_FIRST and F_BARE have
 *	it in show only
 * @value: placeholder for the value in usage, if the type does not imply it
 * @none: "WORD none" unsets it in a set, beside "no WORD"
 * @most: how often a field with F_MULTI may be given
 * @type: how the value is parsed and printed, FT_SPEC if as @spec has it
 * @flags: F_*
 * @at: for FT_FLAGS, the attribute of NAME:PORT, a nest of the flag and the port
 *	(DVR_A_HELPER_PORT_*), or 0
 * @of: the object that FT_NAME names, if @spec is not named like that object
 * @parts: fields of a nest, ended by one without spec, or NULL. The value of this
 *	field is that of the first; the others may follow with their keywords
 */
struct field {
	const struct spec *spec;
	const char *word;
	const char *value;
	bool none;
	uint16_t most;
	uint16_t at;
	enum field_type type;
	unsigned int flags;
	const struct object *of;
	const struct field *parts;
};

static inline enum field_type field_type(const struct field *f)
{
	return f->type == FT_SPEC ? f->spec->type : f->type;
}

/* The keyword, NULL if there is none. */
static inline const char *field_word(const struct field *f)
{
	if (f->flags & F_PLAIN)
		return NULL;
	return f->word ? f->word : f->spec->word;
}

/* The name of a field in an error. */
static inline const char *field_name(const struct field *f)
{
	return f->word ? f->word : f->spec->word;
}

#define ATTR_MAX	32	/* more than any object has */

/* A received object: its nest and the first attribute of each type. */
struct attrs {
	const struct nlattr *nest;
	const struct nlattr *tb[ATTR_MAX];
};

/**
 * struct object - a kind of object and its commands
 * @name: word on the command line and JSON name
 * @value: placeholder for a name in usage, NULL if such objects have no names
 * @usage: usage lines, as usage.c reads them
 * @set_word: "set" or "replace"
 * @attr: DVR_A_* in a message
 * @op_attr: DVR_A_OP_* in an op of a batch
 * @cmd: DVR_CMD_* of add, set, del and get, by enum verb_kind (get: VERB_SHOW)
 * @ntf: DVR_CMD_* of the event "made or changed"; "deleted" is the next
 * @group: multicast group of its events
 * @unset: attribute by which a set unsets others, or 0
 * @many: several objects may have the same keys, as routes of different metric
 * @fields: table ended by a field without spec
 * @check: refuse combinations; @given has the BIT() of each field given
 * @parse: instead of the table, for add, set and del
 * @print: instead of the table
 * @hidden: show leaves it out without -d; NULL if it leaves out none
 * @saved: it is configuration; NULL if each is
 * @unfit: the reason, one word, for which the kernel would refuse to add it now,
 *	or NULL; itself NULL if there is no such reason
 * @port: attribute that names a port that must exist, or 0
 * @get: the command "get"
 * @words: the words of add, set and get that only @parse or @get takes. With
 *	@print it prints those that can follow @after, or all if that is NULL.
 *	It returns true if @after is a keyword that has a value. May be NULL
 */
struct object {
	const char *name;
	const char *value;
	const char *usage;
	const char *set_word;
	uint16_t attr;
	uint16_t op_attr;
	uint8_t cmd[VERB_SHOW + 1];
	uint8_t ntf;
	const char *group;
	uint16_t unset;
	bool many;
	const struct field *fields;
	int (*check)(const struct args *a, enum verb_kind verb, uint64_t given);
	int (*parse)(struct args *a, enum verb_kind verb, struct msg *m);
	void (*print)(const struct object *obj, const struct attrs *at);
	bool (*hidden)(const struct attrs *at);
	bool (*saved)(const struct attrs *at);
	const char *(*unfit)(const struct attrs *at);
	uint16_t port;
	int (*get)(struct args *a);
	bool (*words)(enum verb_kind verb, const char *after, bool print);
};

extern const struct object router_object, segment_object, port_object,
	iface_object, route_object, nat_object, neigh_object, fdb_object;

/* All objects; each comes after those that it depends on. NULL ends. */
extern const struct object *const objects[];

/* fields.c: words -> attributes */
/* A field can be given with a verb if it has one of the verb's flags. */
extern const unsigned int verb_flags[VERBS];
/* The commands that an object has; NULL ends. */
void verb_names(const struct object *obj, const char *names[VERBS + 1]);
int verb_pick(const struct args *a, const struct object *obj, const char *word,
	      enum verb_kind *verb);
/* The kind of value that a field has, for errors. */
const char *field_what(const struct field *f);
/* The object that FT_NAME names; NULL if it is the object of the field. */
const struct object *field_object(const struct field *f);
/* Can a set have it after "no"? */
bool field_is_optional(const struct object *obj, const struct field *f);
/* The field that a set unsets by "no @word", or NULL. */
const struct field *field_optional(const struct object *obj, const char *word);
int field_parse(struct args *a, const struct field *f, const char *word,
		struct msg *m);
const struct field *field_find(const struct object *obj, const char *word,
			       unsigned int flags);
/* Parse the rest of the line for @verb, and append the object's nest to @m. */
int object_parse(struct args *a, const struct object *obj, enum verb_kind verb,
		 uint16_t attr, struct msg *m);

/* print.c: attributes -> text or JSON */
void attrs_parse(struct attrs *at, const struct nlattr *nest);
uint16_t attr_u16(const struct nlattr *nla);
uint32_t attr_u32(const struct nlattr *nla);
uint64_t attr_u64(const struct nlattr *nla);
const char *attr_str(const struct nlattr *nla);
bool attr_addr(const struct nlattr *nla, struct addr *ip);
bool attr_prefix(const struct nlattr *nla, struct prefix *p);
void print_ip(const char *key, const char *word, const struct nlattr *nla);
void print_mac(const char *key, const char *word, const struct nlattr *nla);
const char *enum_str(const char *const *names, uint32_t v);
/* The value of a number, a choice or flags; 0 for other types, or if absent. */
uint32_t field_value(const struct field *f, const struct nlattr *nla);
void field_print(const struct field *f, const struct attrs *at);
void object_print(const struct object *obj, const struct attrs *at);

#endif
