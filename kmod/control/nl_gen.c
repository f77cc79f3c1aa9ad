// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/dvr.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: scripts/uapi */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <uapi/linux/dvr.h>

/* Common nested types */
const struct nla_policy dvr_drop_nl_policy[DVR_A_DROP_HELP + 1] = {
	[DVR_A_DROP_REASON] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_DROP_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_DROP_PORT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_DROP_PACKETS] = { .type = NLA_U64, },
	[DVR_A_DROP_HELP] = { .type = NLA_NUL_STRING, },
};

const struct nla_policy dvr_fdb_nl_policy[DVR_A_FDB_AGE + 1] = {
	[DVR_A_FDB_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FDB_MAC] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_FDB_PORT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FDB_HOST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_FDB_ORIGIN] = NLA_POLICY_MAX(NLA_U8, 3),
	[DVR_A_FDB_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FDB_AGE] = { .type = NLA_U32, },
};

const struct nla_policy dvr_flow_nl_policy[DVR_A_FLOW_PORT + 1] = {
	[DVR_A_FLOW_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FLOW_HANDLE] = { .type = NLA_U32, },
	[DVR_A_FLOW_PROTO] = { .type = NLA_U8, },
	[DVR_A_FLOW_ORIG] = NLA_POLICY_NESTED(dvr_tuple_nl_policy),
	[DVR_A_FLOW_REPLY] = NLA_POLICY_NESTED(dvr_tuple_nl_policy),
	[DVR_A_FLOW_STATE] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FLOW_TIMEOUT] = { .type = NLA_U32, },
	[DVR_A_FLOW_ZONE] = { .type = NLA_U32, },
	[DVR_A_FLOW_ADDR] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_FLOW_PORT] = { .type = NLA_U32, },
};

const struct nla_policy dvr_iface_nl_policy[DVR_A_IFACE_LINKLOCAL + 1] = {
	[DVR_A_IFACE_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_IFACE_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_IFACE_MAC] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_IFACE_ADDR] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_IFACE_RPF] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_IFACE_LINKLOCAL] = NLA_POLICY_EXACT_LEN(16),
};

const struct nla_policy dvr_lookup_nl_policy[DVR_A_LOOKUP_DEV + 1] = {
	[DVR_A_LOOKUP_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_LOOKUP_DST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_LOOKUP_SRC] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_LOOKUP_ROUTE] = NLA_POLICY_NESTED(dvr_route_nl_policy),
	[DVR_A_LOOKUP_GATEWAY] = { .type = NLA_BINARY, },
	[DVR_A_LOOKUP_SEGMENT] = { .type = NLA_NUL_STRING, },
	[DVR_A_LOOKUP_PREFSRC] = { .type = NLA_BINARY, },
	[DVR_A_LOOKUP_MTU] = { .type = NLA_U32, },
	[DVR_A_LOOKUP_NEIGH] = NLA_POLICY_NESTED(dvr_neigh_nl_policy),
	[DVR_A_LOOKUP_DEV] = { .type = NLA_NUL_STRING, },
};

const struct nla_policy dvr_nat_nl_policy[DVR_A_NAT_PORTS_FREE + 1] = {
	[DVR_A_NAT_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NAT_HANDLE] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_NAT_OUT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NAT_KIND] = NLA_POLICY_MAX(NLA_U8, 3),
	[DVR_A_NAT_PRIO] = { .type = NLA_U32, },
	[DVR_A_NAT_INSIDE] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_NAT_OUTSIDE] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_NAT_DST] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_NAT_POOL] = NLA_POLICY_NESTED(dvr_nat_pool_nl_policy),
	[DVR_A_NAT_PROTO] = { .type = NLA_U8, },
	[DVR_A_NAT_PORT_MIN] = { .type = NLA_U32, },
	[DVR_A_NAT_PORT_MAX] = { .type = NLA_U32, },
	[DVR_A_NAT_INSIDE_PORT] = { .type = NLA_U32, },
	[DVR_A_NAT_MAPPING] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_NAT_FILTER] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_NAT_HITS] = { .type = NLA_U64, },
	[DVR_A_NAT_CONNS] = { .type = NLA_U32, },
	[DVR_A_NAT_PORTS_USED] = { .type = NLA_U64, },
	[DVR_A_NAT_PORTS_FREE] = { .type = NLA_U64, },
};

const struct nla_policy dvr_nat_pool_nl_policy[DVR_A_NAT_POOL_LAST + 1] = {
	[DVR_A_NAT_POOL_FIRST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NAT_POOL_LAST] = NLA_POLICY_MAX_LEN(16),
};

const struct nla_policy dvr_neigh_nl_policy[DVR_A_NEIGH_AGE + 1] = {
	[DVR_A_NEIGH_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEIGH_IP] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NEIGH_LLADDR] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_NEIGH_PORT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEIGH_HOST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NEIGH_STATE] = NLA_POLICY_MAX(NLA_U8, 6),
	[DVR_A_NEIGH_ORIGIN] = NLA_POLICY_MAX(NLA_U8, 3),
	[DVR_A_NEIGH_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEIGH_AGE] = { .type = NLA_U32, },
};

const struct nla_policy dvr_nexthop_nl_policy[DVR_A_NEXTHOP_WHY + 1] = {
	[DVR_A_NEXTHOP_VIA] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NEXTHOP_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, 1, 256),
	[DVR_A_NEXTHOP_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEXTHOP_DEV] = { .type = NLA_NUL_STRING, .len = 15, },
	[DVR_A_NEXTHOP_STATE] = NLA_POLICY_MAX(NLA_U8, 3),
	[DVR_A_NEXTHOP_WHY] = { .type = NLA_NUL_STRING, .len = 255, },
};

const struct nla_policy dvr_op_nl_policy[DVR_A_OP_NAT + 1] = {
	[DVR_A_OP_CMD] = { .type = NLA_U8, },
	[DVR_A_OP_ROUTER] = NLA_POLICY_NESTED(dvr_router_nl_policy),
	[DVR_A_OP_SEGMENT] = NLA_POLICY_NESTED(dvr_segment_nl_policy),
	[DVR_A_OP_PORT] = NLA_POLICY_NESTED(dvr_port_nl_policy),
	[DVR_A_OP_IFACE] = NLA_POLICY_NESTED(dvr_iface_nl_policy),
	[DVR_A_OP_ROUTE] = NLA_POLICY_NESTED(dvr_route_nl_policy),
	[DVR_A_OP_NEIGH] = NLA_POLICY_NESTED(dvr_neigh_nl_policy),
	[DVR_A_OP_FDB] = NLA_POLICY_NESTED(dvr_fdb_nl_policy),
	[DVR_A_OP_NAT] = NLA_POLICY_NESTED(dvr_nat_nl_policy),
};

const struct nla_policy dvr_port_nl_policy[DVR_A_PORT_WHY + 1] = {
	[DVR_A_PORT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_PORT_NAME] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_PORT_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_PORT_DEV] = { .type = NLA_NUL_STRING, .len = 15, },
	[DVR_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[DVR_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_PORT_ADDR] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_PORT_NO_MAC] = { .type = NLA_FLAG, },
	[DVR_A_PORT_NO_ADDRS] = { .type = NLA_FLAG, },
	[DVR_A_PORT_SECURITY] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_PORT_UPLINK] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_PORT_ATTACH] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_PORT_STATE] = NLA_POLICY_MAX(NLA_U8, 3),
	[DVR_A_PORT_MTU] = { .type = NLA_U32, },
	[DVR_A_PORT_STATS] = NLA_POLICY_NESTED(dvr_stats_nl_policy),
	[DVR_A_PORT_WHY] = { .type = NLA_NUL_STRING, .len = 255, },
};

const struct nla_policy dvr_prefix_nl_policy[DVR_A_PREFIX_LEN + 1] = {
	[DVR_A_PREFIX_ADDR] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
};

const struct nla_policy dvr_route_nl_policy[DVR_A_ROUTE_SEGMENT + 1] = {
	[DVR_A_ROUTE_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_ROUTE_DST] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_ROUTE_TYPE] = NLA_POLICY_MAX(NLA_U8, 3),
	[DVR_A_ROUTE_METRIC] = { .type = NLA_U32, },
	[DVR_A_ROUTE_NEXTHOP] = NLA_POLICY_NESTED(dvr_nexthop_nl_policy),
	[DVR_A_ROUTE_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
};

const struct nla_policy dvr_router_nl_policy[DVR_A_ROUTER_NETDEV + 1] = {
	[DVR_A_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_ROUTER_NAME] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_ROUTER_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[DVR_A_ROUTER_IFINDEX] = { .type = NLA_U32, },
	[DVR_A_ROUTER_ICMP_RATE] = { .type = NLA_U32, },
	[DVR_A_ROUTER_NEIGH_LIMIT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_PUNT] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_ROUTER_UP] = { .type = NLA_U8, },
	[DVR_A_ROUTER_IFACES] = { .type = NLA_U32, },
	[DVR_A_ROUTER_ROUTES] = { .type = NLA_U32, },
	[DVR_A_ROUTER_NEIGHS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_STATS] = NLA_POLICY_NESTED(dvr_stats_nl_policy),
	[DVR_A_ROUTER_ZONE] = { .type = NLA_U32, },
	[DVR_A_ROUTER_CONN_LIMIT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_CONNS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_UDP_TIMEOUT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_TCP_TIMEOUT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_ICMP_TIMEOUT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_HELPERS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[DVR_A_ROUTER_FLOW_LIMIT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_FLOW_CACHE] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_ROUTER_FLOWS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_NETDEV] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy dvr_segment_nl_policy[DVR_A_SEGMENT_MACS + 1] = {
	[DVR_A_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_SEGMENT_NAME] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_SEGMENT_VNI] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_MTU] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_UNKNOWN] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_SEGMENT_SUPPRESS] = NLA_POLICY_MAX(NLA_U8, 1),
	[DVR_A_SEGMENT_PORTS] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_IFACES] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_NEIGHS] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_MACS] = { .type = NLA_U32, },
};

const struct nla_policy dvr_stats_nl_policy[DVR_A_STATS_DROPS + 1] = {
	[DVR_A_STATS_RX_PACKETS] = { .type = NLA_U64, },
	[DVR_A_STATS_RX_BYTES] = { .type = NLA_U64, },
	[DVR_A_STATS_TX_PACKETS] = { .type = NLA_U64, },
	[DVR_A_STATS_TX_BYTES] = { .type = NLA_U64, },
	[DVR_A_STATS_DROPS] = { .type = NLA_U64, },
};

const struct nla_policy dvr_tuple_nl_policy[DVR_A_TUPLE_BYTES + 1] = {
	[DVR_A_TUPLE_SRC] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_TUPLE_DST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_TUPLE_SPORT] = { .type = NLA_U32, },
	[DVR_A_TUPLE_DPORT] = { .type = NLA_U32, },
	[DVR_A_TUPLE_PACKETS] = { .type = NLA_U64, },
	[DVR_A_TUPLE_BYTES] = { .type = NLA_U64, },
};

/* DVR_CMD_ROUTER_GET - do */
const struct nla_policy dvr_router_get_nl_policy[DVR_A_ROUTER + 1] = {
	[DVR_A_ROUTER] = NLA_POLICY_NESTED(dvr_router_nl_policy),
};

/* DVR_CMD_ROUTER_ADD - do */
const struct nla_policy dvr_router_add_nl_policy[DVR_A_ROUTER + 1] = {
	[DVR_A_ROUTER] = NLA_POLICY_NESTED(dvr_router_nl_policy),
};

/* DVR_CMD_ROUTER_SET - do */
const struct nla_policy dvr_router_set_nl_policy[DVR_A_ROUTER + 1] = {
	[DVR_A_ROUTER] = NLA_POLICY_NESTED(dvr_router_nl_policy),
};

/* DVR_CMD_ROUTER_DEL - do */
const struct nla_policy dvr_router_del_nl_policy[DVR_A_ROUTER + 1] = {
	[DVR_A_ROUTER] = NLA_POLICY_NESTED(dvr_router_nl_policy),
};

/* DVR_CMD_SEGMENT_GET - do */
const struct nla_policy dvr_segment_get_nl_policy[DVR_A_SEGMENT + 1] = {
	[DVR_A_SEGMENT] = NLA_POLICY_NESTED(dvr_segment_nl_policy),
};

/* DVR_CMD_SEGMENT_ADD - do */
const struct nla_policy dvr_segment_add_nl_policy[DVR_A_SEGMENT + 1] = {
	[DVR_A_SEGMENT] = NLA_POLICY_NESTED(dvr_segment_nl_policy),
};

/* DVR_CMD_SEGMENT_SET - do */
const struct nla_policy dvr_segment_set_nl_policy[DVR_A_SEGMENT + 1] = {
	[DVR_A_SEGMENT] = NLA_POLICY_NESTED(dvr_segment_nl_policy),
};

/* DVR_CMD_SEGMENT_DEL - do */
const struct nla_policy dvr_segment_del_nl_policy[DVR_A_SEGMENT + 1] = {
	[DVR_A_SEGMENT] = NLA_POLICY_NESTED(dvr_segment_nl_policy),
};

/* DVR_CMD_PORT_GET - do */
const struct nla_policy dvr_port_get_nl_policy[DVR_A_PORT + 1] = {
	[DVR_A_PORT] = NLA_POLICY_NESTED(dvr_port_nl_policy),
};

/* DVR_CMD_PORT_ADD - do */
const struct nla_policy dvr_port_add_nl_policy[DVR_A_PORT + 1] = {
	[DVR_A_PORT] = NLA_POLICY_NESTED(dvr_port_nl_policy),
};

/* DVR_CMD_PORT_SET - do */
const struct nla_policy dvr_port_set_nl_policy[DVR_A_PORT + 1] = {
	[DVR_A_PORT] = NLA_POLICY_NESTED(dvr_port_nl_policy),
};

/* DVR_CMD_PORT_DEL - do */
const struct nla_policy dvr_port_del_nl_policy[DVR_A_PORT + 1] = {
	[DVR_A_PORT] = NLA_POLICY_NESTED(dvr_port_nl_policy),
};

/* DVR_CMD_IFACE_GET - do */
const struct nla_policy dvr_iface_get_nl_policy[DVR_A_IFACE + 1] = {
	[DVR_A_IFACE] = NLA_POLICY_NESTED(dvr_iface_nl_policy),
};

/* DVR_CMD_IFACE_ADD - do */
const struct nla_policy dvr_iface_add_nl_policy[DVR_A_IFACE + 1] = {
	[DVR_A_IFACE] = NLA_POLICY_NESTED(dvr_iface_nl_policy),
};

/* DVR_CMD_IFACE_SET - do */
const struct nla_policy dvr_iface_set_nl_policy[DVR_A_IFACE + 1] = {
	[DVR_A_IFACE] = NLA_POLICY_NESTED(dvr_iface_nl_policy),
};

/* DVR_CMD_IFACE_DEL - do */
const struct nla_policy dvr_iface_del_nl_policy[DVR_A_IFACE + 1] = {
	[DVR_A_IFACE] = NLA_POLICY_NESTED(dvr_iface_nl_policy),
};

/* DVR_CMD_ROUTE_GET - do */
const struct nla_policy dvr_route_get_nl_policy[DVR_A_ROUTE + 1] = {
	[DVR_A_ROUTE] = NLA_POLICY_NESTED(dvr_route_nl_policy),
};

/* DVR_CMD_ROUTE_ADD - do */
const struct nla_policy dvr_route_add_nl_policy[DVR_A_ROUTE + 1] = {
	[DVR_A_ROUTE] = NLA_POLICY_NESTED(dvr_route_nl_policy),
};

/* DVR_CMD_ROUTE_SET - do */
const struct nla_policy dvr_route_set_nl_policy[DVR_A_ROUTE + 1] = {
	[DVR_A_ROUTE] = NLA_POLICY_NESTED(dvr_route_nl_policy),
};

/* DVR_CMD_ROUTE_DEL - do */
const struct nla_policy dvr_route_del_nl_policy[DVR_A_ROUTE + 1] = {
	[DVR_A_ROUTE] = NLA_POLICY_NESTED(dvr_route_nl_policy),
};

/* DVR_CMD_NEIGH_GET - do */
const struct nla_policy dvr_neigh_get_nl_policy[DVR_A_NEIGH + 1] = {
	[DVR_A_NEIGH] = NLA_POLICY_NESTED(dvr_neigh_nl_policy),
};

/* DVR_CMD_NEIGH_ADD - do */
const struct nla_policy dvr_neigh_add_nl_policy[DVR_A_NEIGH + 1] = {
	[DVR_A_NEIGH] = NLA_POLICY_NESTED(dvr_neigh_nl_policy),
};

/* DVR_CMD_NEIGH_SET - do */
const struct nla_policy dvr_neigh_set_nl_policy[DVR_A_NEIGH + 1] = {
	[DVR_A_NEIGH] = NLA_POLICY_NESTED(dvr_neigh_nl_policy),
};

/* DVR_CMD_NEIGH_DEL - do */
const struct nla_policy dvr_neigh_del_nl_policy[DVR_A_NEIGH + 1] = {
	[DVR_A_NEIGH] = NLA_POLICY_NESTED(dvr_neigh_nl_policy),
};

/* DVR_CMD_FDB_GET - do */
const struct nla_policy dvr_fdb_get_nl_policy[DVR_A_FDB + 1] = {
	[DVR_A_FDB] = NLA_POLICY_NESTED(dvr_fdb_nl_policy),
};

/* DVR_CMD_FDB_ADD - do */
const struct nla_policy dvr_fdb_add_nl_policy[DVR_A_FDB + 1] = {
	[DVR_A_FDB] = NLA_POLICY_NESTED(dvr_fdb_nl_policy),
};

/* DVR_CMD_FDB_SET - do */
const struct nla_policy dvr_fdb_set_nl_policy[DVR_A_FDB + 1] = {
	[DVR_A_FDB] = NLA_POLICY_NESTED(dvr_fdb_nl_policy),
};

/* DVR_CMD_FDB_DEL - do */
const struct nla_policy dvr_fdb_del_nl_policy[DVR_A_FDB + 1] = {
	[DVR_A_FDB] = NLA_POLICY_NESTED(dvr_fdb_nl_policy),
};

/* DVR_CMD_DROPS_GET - do */
const struct nla_policy dvr_drops_get_nl_policy[DVR_A_DROP + 1] = {
	[DVR_A_DROP] = NLA_POLICY_NESTED(dvr_drop_nl_policy),
};

/* DVR_CMD_ROUTE_LOOKUP - do */
const struct nla_policy dvr_route_lookup_nl_policy[DVR_A_LOOKUP + 1] = {
	[DVR_A_LOOKUP] = NLA_POLICY_NESTED(dvr_lookup_nl_policy),
};

/* DVR_CMD_BATCH - do */
const struct nla_policy dvr_batch_nl_policy[DVR_A_OP + 1] = {
	[DVR_A_OP] = NLA_POLICY_NESTED(dvr_op_nl_policy),
};

/* DVR_CMD_NAT_GET - do */
const struct nla_policy dvr_nat_get_nl_policy[DVR_A_NAT + 1] = {
	[DVR_A_NAT] = NLA_POLICY_NESTED(dvr_nat_nl_policy),
};

/* DVR_CMD_NAT_ADD - do */
const struct nla_policy dvr_nat_add_nl_policy[DVR_A_NAT + 1] = {
	[DVR_A_NAT] = NLA_POLICY_NESTED(dvr_nat_nl_policy),
};

/* DVR_CMD_NAT_SET - do */
const struct nla_policy dvr_nat_set_nl_policy[DVR_A_NAT + 1] = {
	[DVR_A_NAT] = NLA_POLICY_NESTED(dvr_nat_nl_policy),
};

/* DVR_CMD_NAT_DEL - do */
const struct nla_policy dvr_nat_del_nl_policy[DVR_A_NAT + 1] = {
	[DVR_A_NAT] = NLA_POLICY_NESTED(dvr_nat_nl_policy),
};

/* DVR_CMD_FLOW_GET - do */
const struct nla_policy dvr_flow_get_nl_policy[DVR_A_FLOW + 1] = {
	[DVR_A_FLOW] = NLA_POLICY_NESTED(dvr_flow_nl_policy),
};

/* DVR_CMD_FLOW_FLUSH - do */
const struct nla_policy dvr_flow_flush_nl_policy[DVR_A_FLOW + 1] = {
	[DVR_A_FLOW] = NLA_POLICY_NESTED(dvr_flow_nl_policy),
};

/* Ops table for dvr */
const struct genl_ops dvr_nl_ops[37] = {
	{
		.cmd		= DVR_CMD_ROUTER_GET,
		.doit		= dvr_nl_router_get_doit,
		.dumpit		= dvr_nl_router_get_dumpit,
		.policy		= dvr_router_get_nl_policy,
		.maxattr	= DVR_A_ROUTER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTER_ADD,
		.doit		= dvr_nl_router_add_doit,
		.policy		= dvr_router_add_nl_policy,
		.maxattr	= DVR_A_ROUTER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTER_SET,
		.doit		= dvr_nl_router_set_doit,
		.policy		= dvr_router_set_nl_policy,
		.maxattr	= DVR_A_ROUTER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTER_DEL,
		.doit		= dvr_nl_router_del_doit,
		.policy		= dvr_router_del_nl_policy,
		.maxattr	= DVR_A_ROUTER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_SEGMENT_GET,
		.doit		= dvr_nl_segment_get_doit,
		.dumpit		= dvr_nl_segment_get_dumpit,
		.policy		= dvr_segment_get_nl_policy,
		.maxattr	= DVR_A_SEGMENT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_SEGMENT_ADD,
		.doit		= dvr_nl_segment_add_doit,
		.policy		= dvr_segment_add_nl_policy,
		.maxattr	= DVR_A_SEGMENT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_SEGMENT_SET,
		.doit		= dvr_nl_segment_set_doit,
		.policy		= dvr_segment_set_nl_policy,
		.maxattr	= DVR_A_SEGMENT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_SEGMENT_DEL,
		.doit		= dvr_nl_segment_del_doit,
		.policy		= dvr_segment_del_nl_policy,
		.maxattr	= DVR_A_SEGMENT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_PORT_GET,
		.doit		= dvr_nl_port_get_doit,
		.dumpit		= dvr_nl_port_get_dumpit,
		.policy		= dvr_port_get_nl_policy,
		.maxattr	= DVR_A_PORT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_PORT_ADD,
		.doit		= dvr_nl_port_add_doit,
		.policy		= dvr_port_add_nl_policy,
		.maxattr	= DVR_A_PORT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_PORT_SET,
		.doit		= dvr_nl_port_set_doit,
		.policy		= dvr_port_set_nl_policy,
		.maxattr	= DVR_A_PORT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_PORT_DEL,
		.doit		= dvr_nl_port_del_doit,
		.policy		= dvr_port_del_nl_policy,
		.maxattr	= DVR_A_PORT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_IFACE_GET,
		.doit		= dvr_nl_iface_get_doit,
		.dumpit		= dvr_nl_iface_get_dumpit,
		.policy		= dvr_iface_get_nl_policy,
		.maxattr	= DVR_A_IFACE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_IFACE_ADD,
		.doit		= dvr_nl_iface_add_doit,
		.policy		= dvr_iface_add_nl_policy,
		.maxattr	= DVR_A_IFACE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_IFACE_SET,
		.doit		= dvr_nl_iface_set_doit,
		.policy		= dvr_iface_set_nl_policy,
		.maxattr	= DVR_A_IFACE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_IFACE_DEL,
		.doit		= dvr_nl_iface_del_doit,
		.policy		= dvr_iface_del_nl_policy,
		.maxattr	= DVR_A_IFACE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTE_GET,
		.doit		= dvr_nl_route_get_doit,
		.dumpit		= dvr_nl_route_get_dumpit,
		.policy		= dvr_route_get_nl_policy,
		.maxattr	= DVR_A_ROUTE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTE_ADD,
		.doit		= dvr_nl_route_add_doit,
		.policy		= dvr_route_add_nl_policy,
		.maxattr	= DVR_A_ROUTE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTE_SET,
		.doit		= dvr_nl_route_set_doit,
		.policy		= dvr_route_set_nl_policy,
		.maxattr	= DVR_A_ROUTE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTE_DEL,
		.doit		= dvr_nl_route_del_doit,
		.policy		= dvr_route_del_nl_policy,
		.maxattr	= DVR_A_ROUTE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NEIGH_GET,
		.doit		= dvr_nl_neigh_get_doit,
		.dumpit		= dvr_nl_neigh_get_dumpit,
		.policy		= dvr_neigh_get_nl_policy,
		.maxattr	= DVR_A_NEIGH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NEIGH_ADD,
		.doit		= dvr_nl_neigh_add_doit,
		.policy		= dvr_neigh_add_nl_policy,
		.maxattr	= DVR_A_NEIGH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NEIGH_SET,
		.doit		= dvr_nl_neigh_set_doit,
		.policy		= dvr_neigh_set_nl_policy,
		.maxattr	= DVR_A_NEIGH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NEIGH_DEL,
		.doit		= dvr_nl_neigh_del_doit,
		.policy		= dvr_neigh_del_nl_policy,
		.maxattr	= DVR_A_NEIGH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_FDB_GET,
		.doit		= dvr_nl_fdb_get_doit,
		.dumpit		= dvr_nl_fdb_get_dumpit,
		.policy		= dvr_fdb_get_nl_policy,
		.maxattr	= DVR_A_FDB,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_FDB_ADD,
		.doit		= dvr_nl_fdb_add_doit,
		.policy		= dvr_fdb_add_nl_policy,
		.maxattr	= DVR_A_FDB,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_FDB_SET,
		.doit		= dvr_nl_fdb_set_doit,
		.policy		= dvr_fdb_set_nl_policy,
		.maxattr	= DVR_A_FDB,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_FDB_DEL,
		.doit		= dvr_nl_fdb_del_doit,
		.policy		= dvr_fdb_del_nl_policy,
		.maxattr	= DVR_A_FDB,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_DROPS_GET,
		.doit		= dvr_nl_drops_get_doit,
		.dumpit		= dvr_nl_drops_get_dumpit,
		.policy		= dvr_drops_get_nl_policy,
		.maxattr	= DVR_A_DROP,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_ROUTE_LOOKUP,
		.doit		= dvr_nl_route_lookup_doit,
		.policy		= dvr_route_lookup_nl_policy,
		.maxattr	= DVR_A_LOOKUP,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_BATCH,
		.doit		= dvr_nl_batch_doit,
		.policy		= dvr_batch_nl_policy,
		.maxattr	= DVR_A_OP,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NAT_GET,
		.doit		= dvr_nl_nat_get_doit,
		.dumpit		= dvr_nl_nat_get_dumpit,
		.policy		= dvr_nat_get_nl_policy,
		.maxattr	= DVR_A_NAT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NAT_ADD,
		.doit		= dvr_nl_nat_add_doit,
		.policy		= dvr_nat_add_nl_policy,
		.maxattr	= DVR_A_NAT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NAT_SET,
		.doit		= dvr_nl_nat_set_doit,
		.policy		= dvr_nat_set_nl_policy,
		.maxattr	= DVR_A_NAT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_NAT_DEL,
		.doit		= dvr_nl_nat_del_doit,
		.policy		= dvr_nat_del_nl_policy,
		.maxattr	= DVR_A_NAT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_FLOW_GET,
		.doit		= dvr_nl_flow_get_doit,
		.dumpit		= dvr_nl_flow_get_dumpit,
		.policy		= dvr_flow_get_nl_policy,
		.maxattr	= DVR_A_FLOW,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_FLOW_FLUSH,
		.doit		= dvr_nl_flow_flush_doit,
		.policy		= dvr_flow_flush_nl_policy,
		.maxattr	= DVR_A_FLOW,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group dvr_nl_mcgrps[] = {
	[DVR_NLGRP_CONFIG] = { "config", },
	[DVR_NLGRP_NEIGH] = { "neigh", },
	[DVR_NLGRP_ALERT] = { "alert", },
};
