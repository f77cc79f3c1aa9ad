// SPDX-License-Identifier: GPL-2.0-only
/* dvradm fdb */
#include "object.h"
#include "out.h"

enum { SEGMENT, MAC, PORT, HOST };

static const struct field fields[] = {
	[SEGMENT] = { .spec = &fdb_spec[DVR_A_FDB_SEGMENT], .flags = F_KEY | F_FILTER },
	[MAC] = { .spec = &fdb_spec[DVR_A_FDB_MAC], .flags = F_KEY | F_BARE | F_FILTER },
	[PORT] = { .spec = &fdb_spec[DVR_A_FDB_PORT], .flags = F_CONF | F_FILTER },
	[HOST] = { .spec = &fdb_spec[DVR_A_FDB_HOST], .flags = F_CONF | F_FILTER },
	{ .spec = &fdb_spec[DVR_A_FDB_ORIGIN], .flags = F_NOTE | F_PLAIN },
	{ .spec = &fdb_spec[DVR_A_FDB_ROUTER], .flags = F_NOTE | F_FILTER },
	{ .spec = &fdb_spec[DVR_A_FDB_AGE_MS], .type = FT_MSEC, .flags = F_NOTE | F_DETAIL },
	{ .spec = &fdb_spec[DVR_A_FDB_SEGMENT_ID], .flags = F_JSON },
	{ .spec = &fdb_spec[DVR_A_FDB_PORT_ID], .flags = F_JSON },
	{ .spec = &fdb_spec[DVR_A_FDB_ROUTER_ID], .flags = F_JSON },
	{ }
};

static int check(const struct args *a, enum verb_kind verb, uint64_t given)
{
	if (verb != VERB_ADD && verb != VERB_SET)
		return OK;
	if ((given & BIT(PORT)) && (given & BIT(HOST)))
		return bad(a, "host", "a MAC is on a port or on a host, not on both");
	if (!(given & (BIT(PORT) | BIT(HOST))))
		return bad(a, "port", "is missing; give port or host");
	return OK;
}

/* The MAC of a router or of a port itself cannot be added: it is a note. */
static void print(const struct object *obj, const struct attrs *at)
{
	const struct field *f;

	if ((!at->tb[DVR_A_FDB_PORT] && !at->tb[DVR_A_FDB_HOST]) ||
	    attr_u32(at->tb[DVR_A_FDB_ORIGIN]) == DVR_ORIGIN_PORT)
		out_note();
	for (f = obj->fields; f->spec; f++)
		field_print(f, at);
}

static bool saved(const struct attrs *at)
{
	return attr_u32(at->tb[DVR_A_FDB_ORIGIN]) == DVR_ORIGIN_STATIC;
}

const struct object fdb_object = {
	.name = "fdb",
	.usage =
"dvradm fdb { add | replace } segment SEG MAC { port PORT | host IP }\n"
"dvradm fdb del segment SEG MAC\n"
"dvradm fdb show <?segment> <?router> <?port> <?host> <?mac>\n",
	.set_word = "replace",
	.attr = DVR_A_FDB,
	.op_attr = DVR_A_OP_FDB,
	.cmd = {
		[VERB_ADD] = DVR_CMD_FDB_ADD,
		[VERB_SET] = DVR_CMD_FDB_SET,
		[VERB_DEL] = DVR_CMD_FDB_DEL,
		[VERB_SHOW] = DVR_CMD_FDB_GET,
	},
	.ntf = DVR_CMD_FDB_NTF,
	.group = DVR_MCGRP_FDB,
	.fields = fields,
	.check = check,
	.print = print,
	.saved = saved,
	.port = DVR_A_FDB_PORT,
};
