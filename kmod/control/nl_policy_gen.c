// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/dvr.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: scripts/uapi */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <uapi/linux/dvr.h>

/* Integer value ranges */
static const struct netlink_range_validation dvr_a_nexthop_weight_range = {
	.min	= 1ULL,
	.max	= 65535ULL,
};

/* Common nested types */
const struct nla_policy dvr_drop_nl_policy[DVR_A_DROP_PORT_ID + 1] = {
	[DVR_A_DROP_REASON] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_DROP_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_DROP_PORT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_DROP_PACKETS] = { .type = NLA_UINT, },
	[DVR_A_DROP_HELP] = { .type = NLA_NUL_STRING, },
	[DVR_A_DROP_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_DROP_PORT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_fdb_nl_policy[DVR_A_FDB_ROUTER_ID + 1] = {
	[DVR_A_FDB_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FDB_MAC] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_FDB_PORT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FDB_HOST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_FDB_ORIGIN] = NLA_POLICY_MAX(NLA_U32, 4),
	[DVR_A_FDB_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FDB_AGE_MS] = { .type = NLA_U32, },
	[DVR_A_FDB_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_FDB_PORT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_FDB_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_flow_nl_policy[DVR_A_FLOW_ROUTER_ID + 1] = {
	[DVR_A_FLOW_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FLOW_HANDLE] = { .type = NLA_U32, },
	[DVR_A_FLOW_PROTO] = NLA_POLICY_MAX(NLA_U32, 255),
	[DVR_A_FLOW_ORIG] = NLA_POLICY_NESTED(dvr_tuple_nl_policy),
	[DVR_A_FLOW_REPLY] = NLA_POLICY_NESTED(dvr_tuple_nl_policy),
	[DVR_A_FLOW_STATE] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_FLOW_TIMEOUT_S] = { .type = NLA_U32, },
	[DVR_A_FLOW_ZONE] = { .type = NLA_U32, },
	[DVR_A_FLOW_ADDR] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_FLOW_PORT] = { .type = NLA_U32, },
	[DVR_A_FLOW_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_helper_port_nl_policy[DVR_A_HELPER_PORT_PORT + 1] = {
	[DVR_A_HELPER_PORT_HELPER] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[DVR_A_HELPER_PORT_PORT] = { .type = NLA_U32, },
};

const struct nla_policy dvr_iface_nl_policy[DVR_A_IFACE_SEGMENT_ID + 1] = {
	[DVR_A_IFACE_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_IFACE_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_IFACE_MAC] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_IFACE_ADDR] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_IFACE_RPF] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_IFACE_LINKLOCAL] = NLA_POLICY_EXACT_LEN(16),
	[DVR_A_IFACE_RA] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_IFACE_RA_MANAGED] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_IFACE_RA_OTHER] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_IFACE_RA_LIFETIME_S] = { .type = NLA_U32, },
	[DVR_A_IFACE_RA_INTERVAL_S] = { .type = NLA_U32, },
	[DVR_A_IFACE_RA_PREFERENCE] = NLA_POLICY_MAX(NLA_U32, 2),
	[DVR_A_IFACE_RA_MTU] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_IFACE_RA_PREFIX] = NLA_POLICY_NESTED(dvr_ra_prefix_nl_policy),
	[DVR_A_IFACE_RDNSS] = NLA_POLICY_EXACT_LEN(16),
	[DVR_A_IFACE_DNSSL] = { .type = NLA_STRING, .len = DVR_DOMAIN_MAX, },
	[DVR_A_IFACE_UNSET] = { .type = NLA_U32, },
	[DVR_A_IFACE_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_IFACE_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_info_nl_policy[DVR_A_INFO_RA_DOMAINS_MAX + 1] = {
	[DVR_A_INFO_VERSION] = { .type = NLA_NUL_STRING, },
	[DVR_A_INFO_FEATURES] = NLA_POLICY_MASK(NLA_U32, 0x7ff),
	[DVR_A_INFO_NAME_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_ADDRS_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_PORT_PAIRS_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_NEXTHOPS_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_NAT_POOLS_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_NAT_ADDRS_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_HELPER_PORTS_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_RA_PREFIXES_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_RA_SERVERS_MAX] = { .type = NLA_U32, },
	[DVR_A_INFO_RA_DOMAINS_MAX] = { .type = NLA_U32, },
};

const struct nla_policy dvr_lookup_nl_policy[DVR_A_LOOKUP_SEGMENT_ID + 1] = {
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
	[DVR_A_LOOKUP_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_LOOKUP_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_mdb_nl_policy[DVR_A_MDB_PORT_ID + 1] = {
	[DVR_A_MDB_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_MDB_PORT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_MDB_GROUP] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_MDB_ROUTER] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_MDB_TIMEOUT_MS] = { .type = NLA_U32, },
	[DVR_A_MDB_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_MDB_PORT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_nat_nl_policy[DVR_A_NAT_OUT_ID + 1] = {
	[DVR_A_NAT_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NAT_HANDLE] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_NAT_OUT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NAT_KIND] = NLA_POLICY_MAX(NLA_U32, 3),
	[DVR_A_NAT_PRIO] = { .type = NLA_U32, },
	[DVR_A_NAT_INSIDE] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_NAT_OUTSIDE] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_NAT_DST] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_NAT_POOL] = NLA_POLICY_NESTED(dvr_nat_pool_nl_policy),
	[DVR_A_NAT_PROTO] = NLA_POLICY_MAX(NLA_U32, 255),
	[DVR_A_NAT_PORT_MIN] = { .type = NLA_U32, },
	[DVR_A_NAT_PORT_MAX] = { .type = NLA_U32, },
	[DVR_A_NAT_INSIDE_PORT] = { .type = NLA_U32, },
	[DVR_A_NAT_MAPPING] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_NAT_FILTER] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_NAT_HITS] = { .type = NLA_UINT, },
	[DVR_A_NAT_CONNS] = { .type = NLA_U32, },
	[DVR_A_NAT_PORTS_USED] = { .type = NLA_UINT, },
	[DVR_A_NAT_PORTS_FREE] = { .type = NLA_UINT, },
	[DVR_A_NAT_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_NAT_OUT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_nat_pool_nl_policy[DVR_A_NAT_POOL_LAST + 1] = {
	[DVR_A_NAT_POOL_FIRST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NAT_POOL_LAST] = NLA_POLICY_MAX_LEN(16),
};

const struct nla_policy dvr_neigh_nl_policy[DVR_A_NEIGH_ROUTER_ID + 1] = {
	[DVR_A_NEIGH_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEIGH_IP] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NEIGH_LLADDR] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_NEIGH_PORT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEIGH_HOST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NEIGH_STATE] = NLA_POLICY_MAX(NLA_U32, 6),
	[DVR_A_NEIGH_ORIGIN] = NLA_POLICY_MAX(NLA_U32, 4),
	[DVR_A_NEIGH_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEIGH_AGE_MS] = { .type = NLA_U32, },
	[DVR_A_NEIGH_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_NEIGH_PORT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_NEIGH_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_nexthop_nl_policy[DVR_A_NEXTHOP_SEGMENT_ID + 1] = {
	[DVR_A_NEXTHOP_VIA] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_NEXTHOP_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &dvr_a_nexthop_weight_range),
	[DVR_A_NEXTHOP_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEXTHOP_DEV] = { .type = NLA_NUL_STRING, .len = DVR_IFNAME_MAX, },
	[DVR_A_NEXTHOP_STATE] = NLA_POLICY_MAX(NLA_U32, 3),
	[DVR_A_NEXTHOP_WHY] = { .type = NLA_NUL_STRING, .len = 255, },
	[DVR_A_NEXTHOP_ONLINK] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_NEXTHOP_SEGMENT_GIVEN] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_NEXTHOP_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_op_nl_policy[DVR_A_OP_NAT + 1] = {
	[DVR_A_OP_CMD] = { .type = NLA_U32, },
	[DVR_A_OP_ROUTER] = NLA_POLICY_NESTED(dvr_router_nl_policy),
	[DVR_A_OP_SEGMENT] = NLA_POLICY_NESTED(dvr_segment_nl_policy),
	[DVR_A_OP_PORT] = NLA_POLICY_NESTED(dvr_port_nl_policy),
	[DVR_A_OP_IFACE] = NLA_POLICY_NESTED(dvr_iface_nl_policy),
	[DVR_A_OP_ROUTE] = NLA_POLICY_NESTED(dvr_route_nl_policy),
	[DVR_A_OP_NEIGH] = NLA_POLICY_NESTED(dvr_neigh_nl_policy),
	[DVR_A_OP_FDB] = NLA_POLICY_NESTED(dvr_fdb_nl_policy),
	[DVR_A_OP_NAT] = NLA_POLICY_NESTED(dvr_nat_nl_policy),
};

const struct nla_policy dvr_port_nl_policy[DVR_A_PORT_SEGMENT_ID + 1] = {
	[DVR_A_PORT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_PORT_NAME] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_PORT_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_PORT_DEV] = { .type = NLA_NUL_STRING, .len = DVR_IFNAME_MAX, },
	[DVR_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[DVR_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_PORT_ADDR] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_PORT_SECURITY] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_PORT_UPLINK] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_PORT_ATTACH] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_PORT_STATE] = NLA_POLICY_MAX(NLA_U32, 3),
	[DVR_A_PORT_MTU] = { .type = NLA_U32, },
	[DVR_A_PORT_STATS] = NLA_POLICY_NESTED(dvr_stats_nl_policy),
	[DVR_A_PORT_WHY] = { .type = NLA_NUL_STRING, .len = 255, },
	[DVR_A_PORT_FLOOD_RATE_PPS] = { .type = NLA_U32, },
	[DVR_A_PORT_NEIGH_RATE_PPS] = { .type = NLA_U32, },
	[DVR_A_PORT_PAIR] = NLA_POLICY_NESTED(dvr_port_pair_nl_policy),
	[DVR_A_PORT_NOQUEUE] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_PORT_TRANSMIT] = NLA_POLICY_MAX(NLA_U32, 6),
	[DVR_A_PORT_QDISC] = { .type = NLA_NUL_STRING, .len = 16, },
	[DVR_A_PORT_UNSET] = { .type = NLA_U32, },
	[DVR_A_PORT_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_port_pair_nl_policy[DVR_A_PORT_PAIR_ADDR + 1] = {
	[DVR_A_PORT_PAIR_MAC] = NLA_POLICY_EXACT_LEN(6),
	[DVR_A_PORT_PAIR_ADDR] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
};

const struct nla_policy dvr_prefix_nl_policy[DVR_A_PREFIX_LEN + 1] = {
	[DVR_A_PREFIX_ADDR] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U32, 128),
};

const struct nla_policy dvr_ra_prefix_nl_policy[DVR_A_RA_PREFIX_PREFERRED_S + 1] = {
	[DVR_A_RA_PREFIX_PREFIX] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_RA_PREFIX_ON_LINK] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_RA_PREFIX_AUTONOMOUS] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_RA_PREFIX_VALID_S] = { .type = NLA_U32, },
	[DVR_A_RA_PREFIX_PREFERRED_S] = { .type = NLA_U32, },
};

const struct nla_policy dvr_route_nl_policy[DVR_A_ROUTE_SEGMENT_ID + 1] = {
	[DVR_A_ROUTE_ROUTER] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_ROUTE_DST] = NLA_POLICY_NESTED(dvr_prefix_nl_policy),
	[DVR_A_ROUTE_TYPE] = NLA_POLICY_MAX(NLA_U32, 3),
	[DVR_A_ROUTE_METRIC] = { .type = NLA_U32, },
	[DVR_A_ROUTE_NEXTHOP] = NLA_POLICY_NESTED(dvr_nexthop_nl_policy),
	[DVR_A_ROUTE_SEGMENT] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_ROUTE_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_ROUTE_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy dvr_router_nl_policy[DVR_A_ROUTER_UNSET + 1] = {
	[DVR_A_ROUTER_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_ROUTER_NAME] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_ROUTER_IFNAME] = { .type = NLA_NUL_STRING, .len = DVR_IFNAME_MAX, },
	[DVR_A_ROUTER_IFINDEX] = { .type = NLA_U32, },
	[DVR_A_ROUTER_ICMP_RATE_PPS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_NEIGH_LIMIT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_PUNT] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_ROUTER_UP] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_ROUTER_IFACES] = { .type = NLA_U32, },
	[DVR_A_ROUTER_ROUTES] = { .type = NLA_U32, },
	[DVR_A_ROUTER_NEIGHS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_STATS] = NLA_POLICY_NESTED(dvr_stats_nl_policy),
	[DVR_A_ROUTER_ZONE] = { .type = NLA_U32, },
	[DVR_A_ROUTER_CONN_LIMIT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_CONNS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_UDP_TIMEOUT_S] = { .type = NLA_U32, },
	[DVR_A_ROUTER_TCP_TIMEOUT_S] = { .type = NLA_U32, },
	[DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT_S] = { .type = NLA_U32, },
	[DVR_A_ROUTER_ICMP_TIMEOUT_S] = { .type = NLA_U32, },
	[DVR_A_ROUTER_HELPERS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[DVR_A_ROUTER_FLOW_LIMIT] = { .type = NLA_U32, },
	[DVR_A_ROUTER_FLOW_CACHE] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_ROUTER_FLOWS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_NETDEV] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_ROUTER_NEIGH_RATE_PPS] = { .type = NLA_U32, },
	[DVR_A_ROUTER_PORT_REST_S] = { .type = NLA_U32, },
	[DVR_A_ROUTER_HELPER_PORT] = NLA_POLICY_NESTED(dvr_helper_port_nl_policy),
	[DVR_A_ROUTER_UNSET] = { .type = NLA_U32, },
};

const struct nla_policy dvr_segment_nl_policy[DVR_A_SEGMENT_UNSET + 1] = {
	[DVR_A_SEGMENT_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[DVR_A_SEGMENT_NAME] = { .type = NLA_NUL_STRING, .len = DVR_NAME_MAX, },
	[DVR_A_SEGMENT_VNI] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_MTU] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_UNKNOWN] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_SEGMENT_SUPPRESS] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_SEGMENT_PORTS] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_IFACES] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_NEIGHS] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_MACS] = { .type = NLA_U32, },
	[DVR_A_SEGMENT_SNOOPING] = NLA_POLICY_MAX(NLA_U32, 1),
	[DVR_A_SEGMENT_UNSET] = { .type = NLA_U32, },
};

const struct nla_policy dvr_stats_nl_policy[DVR_A_STATS_DROPS + 1] = {
	[DVR_A_STATS_RX_PACKETS] = { .type = NLA_UINT, },
	[DVR_A_STATS_RX_BYTES] = { .type = NLA_UINT, },
	[DVR_A_STATS_TX_PACKETS] = { .type = NLA_UINT, },
	[DVR_A_STATS_TX_BYTES] = { .type = NLA_UINT, },
	[DVR_A_STATS_DROPS] = { .type = NLA_UINT, },
};

const struct nla_policy dvr_tuple_nl_policy[DVR_A_TUPLE_BYTES + 1] = {
	[DVR_A_TUPLE_SRC] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_TUPLE_DST] = NLA_POLICY_MAX_LEN(16),
	[DVR_A_TUPLE_SPORT] = { .type = NLA_U32, },
	[DVR_A_TUPLE_DPORT] = { .type = NLA_U32, },
	[DVR_A_TUPLE_PACKETS] = { .type = NLA_UINT, },
	[DVR_A_TUPLE_BYTES] = { .type = NLA_UINT, },
};
