// SPDX-License-Identifier: GPL-2.0-only
/* dvradm iface */
#include "object.h"

static const struct field prefix_parts[] = {
	{ .spec = &ra_prefix_spec[DVR_A_RA_PREFIX_PREFIX], .word = "ra-prefix" },
	{ .spec = &ra_prefix_spec[DVR_A_RA_PREFIX_ON_LINK], .flags = F_BRIEF },
	{ .spec = &ra_prefix_spec[DVR_A_RA_PREFIX_AUTONOMOUS], .flags = F_BRIEF },
	{ .spec = &ra_prefix_spec[DVR_A_RA_PREFIX_VALID_S], .flags = F_BRIEF },
	{ .spec = &ra_prefix_spec[DVR_A_RA_PREFIX_PREFERRED_S], .flags = F_BRIEF },
	{ }
};

static const struct field fields[] = {
	{ .spec = &iface_spec[DVR_A_IFACE_ROUTER], .flags = F_KEY | F_FIRST | F_FILTER },
	{ .spec = &iface_spec[DVR_A_IFACE_SEGMENT], .flags = F_KEY | F_FILTER },
	{ .spec = &iface_spec[DVR_A_IFACE_MAC], .flags = F_CONF },
	{ .spec = &iface_spec[DVR_A_IFACE_ADDR], .type = FT_LEG, .most = DVR_ADDRS_MAX,
	  .flags = F_CONF | F_MULTI | F_REQ },
	{ .spec = &iface_spec[DVR_A_IFACE_RPF], .flags = F_CONF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA], .flags = F_CONF | F_BRIEF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA_LIFETIME_S], .value = "SECONDS",
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA_INTERVAL_S], .value = "SECONDS",
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA_PREFERENCE], .flags = F_CONF | F_BRIEF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA_MANAGED], .flags = F_CONF | F_BRIEF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA_OTHER], .flags = F_CONF | F_BRIEF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA_MTU], .flags = F_CONF | F_BRIEF },
	{ .spec = &iface_spec[DVR_A_IFACE_RA_PREFIX], .value = "RA-PREFIX",
	  .none = true, .most = DVR_RA_PREFIXES_MAX,
	  .flags = F_CONF | F_MULTI, .parts = prefix_parts },
	{ .spec = &iface_spec[DVR_A_IFACE_RDNSS], .none = true,
	  .most = DVR_RA_SERVERS_MAX, .flags = F_CONF | F_MULTI },
	{ .spec = &iface_spec[DVR_A_IFACE_DNSSL], .value = "DOMAIN",
	  .none = true, .most = DVR_RA_DOMAINS_MAX,
	  .flags = F_CONF | F_MULTI },
	{ .spec = &iface_spec[DVR_A_IFACE_LINKLOCAL], .word = "link-local",
	  .flags = F_NOTE | F_DETAIL },
	{ .spec = &iface_spec[DVR_A_IFACE_ROUTER_ID], .flags = F_JSON },
	{ .spec = &iface_spec[DVR_A_IFACE_SEGMENT_ID], .flags = F_JSON },
	{ }
};

const struct object iface_object = {
	.name = "iface",
	.usage =
"dvradm iface add ROUTER segment SEG <+mac> <+addr>\n"
"             <+rpf><+>\n"
"dvradm iface set ROUTER segment SEG [ any of the above ] [ no WORD ]...\n"
"dvradm iface del ROUTER segment SEG\n"
"dvradm iface show<?>\n"
"RA-PREFIX := PREFIX [ on-link { on | off } ] [ autonomous { on | off } ]\n"
"             [ valid SECONDS ] [ preferred SECONDS ]\n",
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
	.group = DVR_MCGRP_IFACE,
	.unset = DVR_A_IFACE_UNSET,
	.fields = fields,
};
