// SPDX-License-Identifier: GPL-2.0-only
/* dvradm iface */
#include "object.h"

static const char *const rpf_names[] = { "off", "strict", NULL };

static const struct field fields[] = {
	{
		.key = "router", .word = "router", .attr = DVR_A_IFACE_ROUTER,
		.type = FT_NAME, .flags = F_KEY | F_FIRST | F_FILTER,
	}, {
		.key = "segment", .word = "segment",
		.attr = DVR_A_IFACE_SEGMENT,
		.type = FT_NAME, .flags = F_KEY | F_FILTER,
	}, {
		.key = "mac", .word = "mac", .attr = DVR_A_IFACE_MAC,
		.type = FT_MAC, .flags = F_CONF,
	}, {
		.key = "addr", .word = "addr", .attr = DVR_A_IFACE_ADDR,
		.type = FT_LEG, .max = DVR_ADDRS_MAX,
		.flags = F_CONF | F_MULTI | F_REQ,
	}, {
		.key = "rpf", .word = "rpf", .attr = DVR_A_IFACE_RPF,
		.type = FT_ENUM, .names = rpf_names, .flags = F_CONF,
	}, {
		.key = "linklocal", .word = "link-local",
		.attr = DVR_A_IFACE_LINKLOCAL,
		.type = FT_IP, .flags = F_NOTE | F_DETAIL,
	},
	{ }
};

const struct object iface_object = {
	.name = "iface",
	.usage =
"dvradm iface add ROUTER segment SEG [ mac MAC ] addr PREFIX [ addr PREFIX ]...\n"
"             [ rpf { strict | off } ]\n"
"dvradm iface set ROUTER segment SEG [ any of the above ]\n"
"dvradm iface del ROUTER segment SEG\n"
"dvradm iface show [ ROUTER ] [ segment SEG ]\n",
	.set_word = "set",
	.attr = DVR_A_IFACE,
	.op_attr = DVR_A_OP_IFACE,
	.cmd = {
		[VERB_ADD] = DVR_CMD_IFACE_ADD,
		[VERB_SET] = DVR_CMD_IFACE_SET,
		[VERB_DEL] = DVR_CMD_IFACE_DEL,
		[VERB_SHOW] = DVR_CMD_IFACE_GET,
	},
	.ntf = DVR_CMD_IFACE_NTF,
	.group = DVR_MCGRP_CONFIG,
	.fields = fields,
};
