// SPDX-License-Identifier: GPL-2.0-only
/* dvradm segment */
#include "object.h"

static const struct field fields[] = {
	{ .spec = &segment_spec[DVR_A_SEGMENT_NAME], .word = "segment",
	  .flags = F_KEY | F_FIRST | F_FILTER },
	{ .spec = &segment_spec[DVR_A_SEGMENT_ID], .flags = F_CONF | F_FIXED },
	{ .spec = &segment_spec[DVR_A_SEGMENT_VNI], .flags = F_CONF },
	{ .spec = &segment_spec[DVR_A_SEGMENT_MTU], .flags = F_CONF },
	{ .spec = &segment_spec[DVR_A_SEGMENT_UNKNOWN], .flags = F_CONF },
	{ .spec = &segment_spec[DVR_A_SEGMENT_SUPPRESS], .flags = F_CONF },
	{ .spec = &segment_spec[DVR_A_SEGMENT_SNOOPING], .flags = F_CONF | F_BRIEF },
	{ .spec = &segment_spec[DVR_A_SEGMENT_PORTS], .flags = F_NOTE | F_DETAIL },
	{ .spec = &segment_spec[DVR_A_SEGMENT_IFACES], .flags = F_NOTE | F_DETAIL },
	{ .spec = &segment_spec[DVR_A_SEGMENT_NEIGHS], .flags = F_NOTE | F_DETAIL },
	{ .spec = &segment_spec[DVR_A_SEGMENT_MACS], .flags = F_NOTE | F_DETAIL },
	{ }
};

const struct object segment_object = {
	.name = "segment",
	.value = "SEG",
	.usage =
"dvradm segment add NAME<+>\n"
"dvradm segment set NAME<=> [ no WORD ]...\n"
"dvradm segment del NAME\n"
"dvradm segment show<?>\n",
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
	.group = DVR_MCGRP_SEGMENT,
	.unset = DVR_A_SEGMENT_UNSET,
	.fields = fields,
};
