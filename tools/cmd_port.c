// SPDX-License-Identifier: GPL-2.0-only
/* dvradm port */
#include "object.h"
#include "out.h"

static const char *const attach_names[] = { "rx", "ingress", NULL };

static const struct field fields[] = {
	{
		.key = "name", .word = "port", .attr = DVR_A_PORT_NAME,
		.type = FT_NAME, .flags = F_KEY | F_FIRST | F_FILTER,
	}, {
		.key = "id", .word = "id", .attr = DVR_A_PORT_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX, .flags = F_CONF,
	}, {
		.key = "segment", .word = "segment", .attr = DVR_A_PORT_SEGMENT,
		.type = FT_NAME, .flags = F_CONF | F_REQ | F_FILTER,
	}, {
		.key = "dev", .word = "dev", .attr = DVR_A_PORT_DEV,
		.type = FT_IFNAME, .flags = F_CONF,
	}, {
		.key = "mac", .word = "mac", .attr = DVR_A_PORT_MAC,
		.none = DVR_A_PORT_NO_MAC, .type = FT_MAC, .flags = F_CONF,
	}, {
		.key = "addr", .word = "addr", .attr = DVR_A_PORT_ADDR,
		.none = DVR_A_PORT_NO_ADDRS, .type = FT_HOST,
		.max = DVR_ADDRS_MAX, .flags = F_CONF | F_MULTI,
	}, {
		.key = "security", .word = "security",
		.attr = DVR_A_PORT_SECURITY,
		.type = FT_ONOFF, .flags = F_CONF,
	}, {
		.key = "uplink", .word = "uplink", .attr = DVR_A_PORT_UPLINK,
		.type = FT_ONOFF, .flags = F_CONF | F_BRIEF,
	}, {
		.key = "attach", .word = "attach", .attr = DVR_A_PORT_ATTACH,
		.type = FT_ENUM, .names = attach_names,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "state", .attr = DVR_A_PORT_STATE,
		.type = FT_ENUM, .names = port_state_names, .flags = F_NOTE,
	}, {
		.key = "ifindex", .word = "ifindex", .attr = DVR_A_PORT_IFINDEX,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "mtu", .word = "mtu", .attr = DVR_A_PORT_MTU,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "stats", .attr = DVR_A_PORT_STATS, .type = FT_STATS,
	},
	{ }
};

/*
 * A port is held to its mac and addr by default, and open if it has neither.
 * Only the other way is worth a word: added again, the line then leaves the
 * default a default.
 */
static void print(const struct object *obj, const struct attrs *at)
{
	bool bound = at->tb[DVR_A_PORT_MAC] || at->tb[DVR_A_PORT_ADDR];
	bool secure = attr_u8(at->tb[DVR_A_PORT_SECURITY]);
	const struct field *f;

	for (f = obj->fields; f->key; f++) {
		if (f->attr == DVR_A_PORT_SECURITY && secure == bound)
			out_bool(f->key, OUT_JSON, secure, "off", "on");
		else
			field_print(f, at);
		if (f->attr == DVR_A_PORT_STATE && at->tb[DVR_A_PORT_WHY])
			out_why("why", attr_str(at->tb[DVR_A_PORT_WHY]));
		if (f->attr == DVR_A_PORT_STATE && !secure) {
			out_note();
			out_text("open");
		}
	}
}

static const char *unfit(const struct attrs *at)
{
	return attr_u8(at->tb[DVR_A_PORT_STATE]) == DVR_PORT_STATE_REFUSED ?
	       "refused:" : NULL;
}

const struct object port_object = {
	.name = "port",
	.usage =
"dvradm port add NAME segment SEG [ dev DEV ] [ mac MAC ] [ addr { IP | CIDR } ]...\n"
"            [ security { on | off } ] [ uplink { on | off } ]\n"
"            [ attach { rx | ingress } ] [ id N ]\n"
"dvradm port set NAME [ mac { MAC | none } ] [ addr { IP | CIDR | none } ]...\n"
"            [ security { on | off } ]\n"
"dvradm port del NAME\n"
"dvradm port show [ NAME ] [ segment SEG ]\n",
	.set_word = "set",
	.attr = DVR_A_PORT,
	.op_attr = DVR_A_OP_PORT,
	.cmd = {
		[VERB_ADD] = DVR_CMD_PORT_ADD,
		[VERB_SET] = DVR_CMD_PORT_SET,
		[VERB_DEL] = DVR_CMD_PORT_DEL,
		[VERB_SHOW] = DVR_CMD_PORT_GET,
	},
	.ntf = DVR_CMD_PORT_NTF,
	.group = DVR_MCGRP_CONFIG,
	.fields = fields,
	.print = print,
	.unfit = unfit,
};
