// SPDX-License-Identifier: GPL-2.0-only
/* dvradm neigh */
#include "object.h"
#include "out.h"

enum { SEGMENT, IP, LLADDR, PORT, HOST };

static const struct field fields[] = {
	[SEGMENT] = { .spec = &neigh_spec[DVR_A_NEIGH_SEGMENT], .flags = F_KEY | F_FILTER },
	[IP] = { .spec = &neigh_spec[DVR_A_NEIGH_IP], .flags = F_KEY | F_BARE | F_FILTER },
	[LLADDR] = { .spec = &neigh_spec[DVR_A_NEIGH_LLADDR],
		     .flags = F_CONF | F_REQ | F_FILTER },
	[PORT] = { .spec = &neigh_spec[DVR_A_NEIGH_PORT], .flags = F_CONF | F_FILTER },
	[HOST] = { .spec = &neigh_spec[DVR_A_NEIGH_HOST], .flags = F_CONF | F_FILTER },
	{ .spec = &neigh_spec[DVR_A_NEIGH_ORIGIN], .flags = F_NOTE | F_PLAIN },
	{ .spec = &neigh_spec[DVR_A_NEIGH_STATE], .flags = F_NOTE | F_PLAIN },
	{ .spec = &neigh_spec[DVR_A_NEIGH_ROUTER], .flags = F_NOTE | F_DETAIL | F_FILTER },
	{ .spec = &neigh_spec[DVR_A_NEIGH_AGE_MS], .type = FT_MSEC, .flags = F_NOTE | F_DETAIL },
	{ .spec = &neigh_spec[DVR_A_NEIGH_SEGMENT_ID], .flags = F_JSON },
	{ .spec = &neigh_spec[DVR_A_NEIGH_PORT_ID], .flags = F_JSON },
	{ .spec = &neigh_spec[DVR_A_NEIGH_ROUTER_ID], .flags = F_JSON },
	{ }
};

static int check(const struct args *a, enum verb_kind verb, uint64_t given)
{
	if (verb != VERB_SHOW && (given & BIT(PORT)) && (given & BIT(HOST)))
		return bad(a, "host", "a neighbour is on a port or on a host, not on both");
	return OK;
}

/* A neighbour without MAC, or of a router or a port itself, cannot be added. */
static void print(const struct object *obj, const struct attrs *at)
{
	uint8_t origin = attr_u32(at->tb[DVR_A_NEIGH_ORIGIN]);
	const struct field *f;

	if (!at->tb[DVR_A_NEIGH_LLADDR] || origin == DVR_ORIGIN_GATEWAY ||
	    origin == DVR_ORIGIN_PORT)
		out_note();
	for (f = obj->fields; f->spec; f++)
		field_print(f, at);
}

static bool saved(const struct attrs *at)
{
	return attr_u32(at->tb[DVR_A_NEIGH_ORIGIN]) == DVR_ORIGIN_STATIC;
}

const struct object neigh_object = {
	.name = "neigh",
	.usage =
"dvradm neigh { add | replace } segment SEG IP <+lladdr> [ port PORT | host IP ]\n"
"dvradm neigh del segment SEG IP\n"
"dvradm neigh show <?segment> <?router> <?port> <?host>\n"
"             <?lladdr><?>\n",
	.set_word = "replace",
	.attr = DVR_A_NEIGH,
	.op_attr = DVR_A_OP_NEIGH,
	.cmd = {
		[VERB_ADD] = DVR_CMD_NEIGH_ADD,
		[VERB_SET] = DVR_CMD_NEIGH_SET,
		[VERB_DEL] = DVR_CMD_NEIGH_DEL,
		[VERB_SHOW] = DVR_CMD_NEIGH_GET,
	},
	.ntf = DVR_CMD_NEIGH_NTF,
	.group = DVR_MCGRP_NEIGH,
	.fields = fields,
	.check = check,
	.print = print,
	.saved = saved,
	.port = DVR_A_NEIGH_PORT,
};
