// SPDX-License-Identifier: GPL-2.0-only
/* dvradm router */
#include "object.h"

static const char *const helper_names[] = { "ftp", "tftp", "sip", NULL };

/* Seconds. */
#define TIMEOUT_MAX	864000

static const struct field fields[] = {
	{
		.key = "name", .word = "router", .attr = DVR_A_ROUTER_NAME,
		.type = FT_NAME, .flags = F_KEY | F_FIRST | F_FILTER,
	}, {
		.key = "id", .word = "id", .attr = DVR_A_ROUTER_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX, .flags = F_CONF,
	}, {
		.key = "ifname", .word = "dev", .attr = DVR_A_ROUTER_IFNAME,
		.type = FT_IFNAME, .flags = F_CONF,
	}, {
		.key = "netdev", .word = "netdev", .attr = DVR_A_ROUTER_NETDEV,
		.type = FT_ONOFF, .usual = 1, .flags = F_CONF | F_BRIEF,
	}, {
		.key = "neigh_limit", .word = "neigh-limit",
		.attr = DVR_A_ROUTER_NEIGH_LIMIT,
		.type = FT_U32, .max = 1048576, .flags = F_CONF,
	}, {
		.key = "icmp_rate", .word = "icmp-rate",
		.attr = DVR_A_ROUTER_ICMP_RATE,
		.type = FT_U32, .max = 1000000, .flags = F_CONF,
	}, {
		.key = "punt", .word = "punt", .attr = DVR_A_ROUTER_PUNT,
		.type = FT_ONOFF, .flags = F_CONF,
	}, {
		.key = "zone", .word = "zone", .attr = DVR_A_ROUTER_ZONE,
		.type = FT_U32, .min = 1, .max = 65535, .flags = F_CONF,
	}, {
		.key = "conn_limit", .word = "conn-limit",
		.attr = DVR_A_ROUTER_CONN_LIMIT,
		.type = FT_U32, .max = 16777216, .usual = 65536,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "flow_limit", .word = "flow-limit",
		.attr = DVR_A_ROUTER_FLOW_LIMIT,
		.type = FT_U32, .max = 33554432, .usual = 131072,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "flow_cache", .word = "flow-cache",
		.attr = DVR_A_ROUTER_FLOW_CACHE,
		.type = FT_ONOFF, .usual = 1, .flags = F_CONF | F_BRIEF,
	}, {
		.key = "udp_timeout", .word = "udp-timeout",
		.attr = DVR_A_ROUTER_UDP_TIMEOUT,
		.type = FT_U32, .min = 1, .max = TIMEOUT_MAX, .usual = 300,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "tcp_timeout", .word = "tcp-timeout",
		.attr = DVR_A_ROUTER_TCP_TIMEOUT,
		.type = FT_U32, .min = 1, .max = TIMEOUT_MAX, .usual = 7440,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "tcp_transitory_timeout", .word = "tcp-transitory-timeout",
		.attr = DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT,
		.type = FT_U32, .min = 1, .max = TIMEOUT_MAX, .usual = 240,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "icmp_timeout", .word = "icmp-timeout",
		.attr = DVR_A_ROUTER_ICMP_TIMEOUT,
		.type = FT_U32, .min = 1, .max = TIMEOUT_MAX, .usual = 60,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "helpers", .word = "helpers",
		.attr = DVR_A_ROUTER_HELPERS,
		.type = FT_FLAGS, .names = helper_names,
		.flags = F_CONF | F_BRIEF,
	}, {
		.key = "up", .attr = DVR_A_ROUTER_UP,
		.type = FT_UPDOWN, .flags = F_NOTE,
	}, {
		.key = "ifindex", .word = "ifindex",
		.attr = DVR_A_ROUTER_IFINDEX,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "ifaces", .word = "ifaces", .attr = DVR_A_ROUTER_IFACES,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "routes", .word = "routes", .attr = DVR_A_ROUTER_ROUTES,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "neighs", .word = "neighs", .attr = DVR_A_ROUTER_NEIGHS,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "conns", .word = "conns", .attr = DVR_A_ROUTER_CONNS,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "flows", .word = "flows", .attr = DVR_A_ROUTER_FLOWS,
		.type = FT_U32, .flags = F_NOTE | F_DETAIL,
	}, {
		.key = "stats", .attr = DVR_A_ROUTER_STATS, .type = FT_STATS,
	},
	{ }
};

const struct object router_object = {
	.name = "router",
	.usage =
"dvradm router add NAME [ id N ] [ dev IFNAME ] [ netdev { on | off } ]\n"
"              [ OPTION ]...\n"
"dvradm router set NAME [ OPTION ]...\n"
"dvradm router del NAME\n"
"dvradm router show [ NAME ]\n"
"OPTION := { neigh-limit N | icmp-rate N | punt { on | off } | zone N |\n"
"            conn-limit N | flow-limit N | flow-cache { on | off } |\n"
"            udp-timeout SECONDS | tcp-timeout SECONDS |\n"
"            tcp-transitory-timeout SECONDS | icmp-timeout SECONDS |\n"
"            helpers { ftp,tftp,sip | none } }\n",
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
	.group = DVR_MCGRP_CONFIG,
	.fields = fields,
};
