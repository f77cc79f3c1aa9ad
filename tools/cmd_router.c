// SPDX-License-Identifier: GPL-2.0-only
/* dvradm router */
#include "object.h"

static const struct field fields[] = {
	{ .spec = &router_spec[DVR_A_ROUTER_NAME], .word = "router",
	  .flags = F_KEY | F_FIRST | F_FILTER },
	{ .spec = &router_spec[DVR_A_ROUTER_ID], .flags = F_CONF | F_FIXED },
	{ .spec = &router_spec[DVR_A_ROUTER_IFNAME], .word = "dev", .value = "IFNAME",
	  .flags = F_CONF | F_FIXED },
	{ .spec = &router_spec[DVR_A_ROUTER_NETDEV], .flags = F_CONF | F_BRIEF | F_FIXED },
	{ .spec = &router_spec[DVR_A_ROUTER_NEIGH_LIMIT], .flags = F_CONF },
	{ .spec = &router_spec[DVR_A_ROUTER_ICMP_RATE_PPS], .flags = F_CONF },
	{ .spec = &router_spec[DVR_A_ROUTER_NEIGH_RATE_PPS], .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_PUNT], .flags = F_CONF },
	{ .spec = &router_spec[DVR_A_ROUTER_ZONE], .flags = F_CONF },
	{ .spec = &router_spec[DVR_A_ROUTER_CONN_LIMIT], .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_FLOW_LIMIT], .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_FLOW_CACHE], .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_UDP_TIMEOUT_S], .value = "SECONDS",
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_TCP_TIMEOUT_S], .value = "SECONDS",
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT_S], .value = "SECONDS",
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_ICMP_TIMEOUT_S], .value = "SECONDS",
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_PORT_REST_S], .value = "SECONDS",
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_HELPERS], .at = DVR_A_ROUTER_HELPER_PORT,
	  .flags = F_CONF | F_BRIEF },
	{ .spec = &router_spec[DVR_A_ROUTER_UP], .type = FT_UPDOWN,
	  .flags = F_NOTE | F_PLAIN },
	{ .spec = &router_spec[DVR_A_ROUTER_IFINDEX], .flags = F_NOTE | F_DETAIL },
	{ .spec = &router_spec[DVR_A_ROUTER_IFACES], .flags = F_NOTE | F_DETAIL },
	{ .spec = &router_spec[DVR_A_ROUTER_ROUTES], .flags = F_NOTE | F_DETAIL },
	{ .spec = &router_spec[DVR_A_ROUTER_NEIGHS], .flags = F_NOTE | F_DETAIL },
	{ .spec = &router_spec[DVR_A_ROUTER_CONNS], .flags = F_NOTE | F_DETAIL },
	{ .spec = &router_spec[DVR_A_ROUTER_FLOWS], .flags = F_NOTE | F_DETAIL },
	{ .spec = &router_spec[DVR_A_ROUTER_STATS], .flags = F_PLAIN },
	{ }
};

const struct object router_object = {
	.name = "router",
	.value = "ROUTER",
	.usage =
"dvradm router add NAME <+id> <+dev> <+netdev>\n"
"              [ OPTION ]...\n"
"dvradm router set NAME [ OPTION ]... [ no WORD ]...\n"
"dvradm router del NAME\n"
"dvradm router show<?>\n"
"OPTION := {<|> }\n",
	.set_word = "set",
	.attr = DVR_A_ROUTER,
	.op_attr = DVR_A_OP_ROUTER,
	.cmd = {
		[VERB_ADD] = DVR_CMD_ROUTER_ADD,
		[VERB_SET] = DVR_CMD_ROUTER_SET,
		[VERB_DEL] = DVR_CMD_ROUTER_DEL,
		[VERB_SHOW] = DVR_CMD_ROUTER_GET,
	},
	.ntf = DVR_CMD_ROUTER_NTF,
	.group = DVR_MCGRP_ROUTER,
	.unset = DVR_A_ROUTER_UNSET,
	.fields = fields,
};
