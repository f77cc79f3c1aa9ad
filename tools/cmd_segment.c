// SPDX-License-Identifier: GPL-2.0-only
/* dvradm segment */
#include "object.h"

static const char *const unknown_names[] = { "flood", "drop", NULL };

static const struct field fields[] = {
	{
		.key = "name", .word = "segment", .attr = DVR_A_SEGMENT_NAME,
		.type = FT_NAME, .flags = F_KEY | F_FIRST | F_FILTER,
	}, {
		.key = "id", .word = "id", .attr = DVR_A_SEGMENT_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX, .flags = F_CONF,
	}, {
		.key = "vni", .word = "vni", .attr = DVR_A_SEGMENT_VNI,
		.type = FT_U32, .max = 0xffffff, .flags = F_CONF,
	}, {
		.key = "mtu", .word = "mtu", .attr = DVR_A_SEGMENT_MTU,
		.type = FT_U32, .min = 68, .max = 65535, .flags = F_CONF,
	}, {
		.key = "unknown", .word = "unknown",
		.attr = DVR_A_SEGMENT_UNKNOWN,
		.type = FT_ENUM, .names = unknown_names, .flags = F_CONF,
	}, {
		.key = "suppress", .word = "suppress",
		.attr = DVR_A_SEGMENT_SUPPRESS,
		.type = FT_ONOFF, .flags = F_CONF,
	}, {
		.key = "ports", .word = "ports", .attr = DVR_A_SEGMENT_PORTS,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "ifaces", .word = "ifaces",
		.attr = DVR_A_SEGMENT_IFACES,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "neighs", .word = "neighs",
		.attr = DVR_A_SEGMENT_NEIGHS,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "macs", .word = "macs", .attr = DVR_A_SEGMENT_MACS,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	},
	{ }
};

const struct object segment_object = {
	.name = "segment",
	.usage =
"dvradm segment add NAME [ id N ] [ vni N ] [ mtu N ]\n"
"               [ unknown { flood | drop } ] [ suppress { on | off } ]\n"
"dvradm segment set NAME [ vni N ] [ mtu N ] [ unknown { flood | drop } ]\n"
"               [ suppress { on | off } ]\n"
"dvradm segment del NAME\n"
"dvradm segment show [ NAME ]\n",
	.set_word = "set",
	.attr = DVR_A_SEGMENT,
	.op_attr = DVR_A_OP_SEGMENT,
	.cmd = {
		[VERB_ADD] = DVR_CMD_SEGMENT_ADD,
		[VERB_SET] = DVR_CMD_SEGMENT_SET,
		[VERB_DEL] = DVR_CMD_SEGMENT_DEL,
		[VERB_SHOW] = DVR_CMD_SEGMENT_GET,
	},
	.ntf = DVR_CMD_SEGMENT_NTF,
	.group = DVR_MCGRP_CONFIG,
	.fields = fields,
};
