// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of fields and the limits of the spec, for tests/manual.py and for
 * the tests of the completion: a line each of
 *
 *	field OBJECT WORD VERBS RANGE DEFAULT MOST
 *	part OBJECT WORD VERBS RANGE DEFAULT MOST
 *	limit OBJECT NAME NUMBER
 *
 * RANGE is MIN-MAX or WORD,WORD..., "-" stands for nothing.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "range.h"
#include "tables.h"

static const char *const onoff[] = { "off", "on", NULL };

/* The words of a value, NULL if it has none. */
static const char *const *words(const struct field *f)
{
	switch (field_type(f)) {
	case FT_ONOFF:
		return onoff;
	case FT_PROTO:
		return proto_names;
	default:
		return f->spec->names;
	}
}

static void print_verbs(const struct field *f)
{
	char verbs[32] = "";

	if (f->flags & (F_CONF | F_KEY))
		strcat(verbs, f->flags & F_FIXED ? ",add" : ",add,set");
	if (f->flags & F_FILTER)
		strcat(verbs, ",show");
	printf(" %s", *verbs ? verbs + 1 : "-");
}

static void print_field(const char *kind, const char *object,
			const struct field *f)
{
	const char *const *names = words(f);
	uint32_t usual = f->spec->usual;
	char list[256];

	printf("%s %s %s", kind, object, field_name(f));
	print_verbs(f);
	if (names) {
		name_list(names, ",", list, sizeof(list));
		printf(" %s %s", list, field_type(f) == FT_FLAGS ? "none" :
		       field_type(f) == FT_PROTO ? "-" : names[usual]);
	} else if (field_type(f) == FT_U32) {
		printf(" %u-%u ", f->spec->min, f->spec->max);
		printf(usual ? "%u" : "-", usual);
	} else {
		printf(" - -");
	}
	printf(" %u\n", f->most);
}

static void print_fields(const char *object, const struct field *f)
{
	for (; f->spec; f++)
		if (!(f->flags & (F_PLAIN | F_FIRST | F_BARE | F_NOTE)))
			print_field("field", object, f);
}

/* Keywords that follow the value of a field. */
static void print_parts(const char *object, const struct field *f)
{
	struct field part;

	for (; f->spec; f++) {
		part = *f;
		part.flags |= F_CONF;
		print_field("part", object, &part);
	}
}

void tables_print(void)
{
	const struct field weight = {
		.spec = &nexthop_spec[DVR_A_NEXTHOP_WEIGHT], .flags = F_CONF,
	};
	const struct command *cmd;
	const struct field *f;

	for (cmd = commands; cmd->name; cmd++)
		if (cmd->obj || cmd->fields)
			print_fields(cmd->name, cmd->obj ? cmd->obj->fields :
						cmd->fields);
	for (f = iface_object.fields; f->spec; f++)
		if (f->parts)
			print_parts("iface", f->parts + 1);
	print_field("field", "route", &weight);
	printf("limit route next-hops %d\n", DVR_NEXTHOPS_MAX);
	printf("limit nat ranges %d\n", DVR_NAT_POOLS_MAX);
	printf("limit nat prio-none %d\n", DVR_NAT_PRIO_NONE);
	printf("limit nat prio-floating %d\n", DVR_NAT_PRIO_FLOATING);
	printf("limit nat prio-forward %d\n", DVR_NAT_PRIO_FORWARD);
	printf("limit nat prio-snat %d\n", DVR_NAT_PRIO_SNAT);
	printf("limit iface ra-valid %d\n", DVR_RA_PREFIX_VALID_DEFAULT);
	printf("limit iface ra-preferred %d\n", DVR_RA_PREFIX_PREFERRED_DEFAULT);
	printf("limit - name %d\n", DVR_NAME_MAX);
}
