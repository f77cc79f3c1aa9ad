// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit: scripts/uapi makes it of uapi/dvr.yaml. */
#include <stddef.h>

#include <linux/dvr.h>

#include "spec_gen.h"

const char *const unknown_names[] = {
	"flood",
	"drop",
	NULL
};

const char *const family_names[] = {
	"ipv4",
	"ipv6",
	NULL
};

const char *const attach_names[] = {
	"rx",
	"ingress",
	NULL
};

const char *const rpf_names[] = {
	"off",
	"strict",
	NULL
};

const char *const ra_preference_names[] = {
	"medium",
	"high",
	"low",
	NULL
};

const char *const port_state_names[] = {
	"absent",
	"refused",
	"down",
	"up",
	NULL
};

const char *const transmit_names[] = {
	"direct",
	"qdisc",
	"filter",
	"listener",
	"trace",
	"lock",
	"preempt-rt",
	NULL
};

const char *const route_type_names[] = {
	"unicast",
	"blackhole",
	"unreachable",
	"prohibit",
	"connected",
	"local",
	"broadcast",
	"anycast",
	NULL
};

const char *const origin_names[] = {
	"static",
	"port",
	"gateway",
	"learned",
	"host",
	NULL
};

const char *const neigh_state_names[] = {
	"permanent",
	"incomplete",
	"reachable",
	"stale",
	"delay",
	"probe",
	"failed",
	NULL
};

const char *const nat_kind_names[] = {
	"snat",
	"floating",
	"forward",
	"none",
	NULL
};

const char *const nat_behaviour_names[] = {
	"endpoint",
	"connection",
	NULL
};

const char *const helpers_names[] = {
	"ftp",
	"tftp",
	"sip",
	NULL
};

const char *const features_names[] = {
	"echo",
	"generation",
	"uplink",
	"fast-path",
	"ftp",
	"tftp",
	"sip",
	"pairs",
	"snooping",
	"ra",
	"noqueue",
	NULL
};

const struct spec prefix_spec[DVR_A_PREFIX_LEN + 1] = {
	[DVR_A_PREFIX_ADDR] = {
		.word = "addr", .key = "addr", .attr = DVR_A_PREFIX_ADDR,
		.type = FT_IP,
	},
	[DVR_A_PREFIX_LEN] = {
		.word = "len", .key = "len", .attr = DVR_A_PREFIX_LEN,
		.type = FT_U32, .max = 128,
	},
};

const struct spec stats_spec[DVR_A_STATS_DROPS + 1] = {
	[DVR_A_STATS_RX_PACKETS] = {
		.word = "rx-packets", .key = "rx_packets",
		.attr = DVR_A_STATS_RX_PACKETS, .type = FT_U64,
	},
	[DVR_A_STATS_RX_BYTES] = {
		.word = "rx-bytes", .key = "rx_bytes",
		.attr = DVR_A_STATS_RX_BYTES, .type = FT_U64,
	},
	[DVR_A_STATS_TX_PACKETS] = {
		.word = "tx-packets", .key = "tx_packets",
		.attr = DVR_A_STATS_TX_PACKETS, .type = FT_U64,
	},
	[DVR_A_STATS_TX_BYTES] = {
		.word = "tx-bytes", .key = "tx_bytes",
		.attr = DVR_A_STATS_TX_BYTES, .type = FT_U64,
	},
	[DVR_A_STATS_DROPS] = {
		.word = "drops", .key = "drops", .attr = DVR_A_STATS_DROPS,
		.type = FT_U64,
	},
};

const struct spec router_spec[DVR_A_ROUTER_UNSET + 1] = {
	[DVR_A_ROUTER_ID] = {
		.word = "id", .key = "id", .attr = DVR_A_ROUTER_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
	[DVR_A_ROUTER_NAME] = {
		.word = "name", .key = "name", .attr = DVR_A_ROUTER_NAME,
		.type = FT_NAME,
	},
	[DVR_A_ROUTER_IFNAME] = {
		.word = "ifname", .key = "ifname", .attr = DVR_A_ROUTER_IFNAME,
		.type = FT_IFNAME,
	},
	[DVR_A_ROUTER_IFINDEX] = {
		.word = "ifindex", .key = "ifindex",
		.attr = DVR_A_ROUTER_IFINDEX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_ROUTER_ICMP_RATE_PPS] = {
		.word = "icmp-rate", .key = "icmp_rate_pps",
		.attr = DVR_A_ROUTER_ICMP_RATE_PPS, .type = FT_U32,
		.max = 1000000, .usual = 1000,
	},
	[DVR_A_ROUTER_NEIGH_LIMIT] = {
		.word = "neigh-limit", .key = "neigh_limit",
		.attr = DVR_A_ROUTER_NEIGH_LIMIT, .type = FT_U32,
		.max = 1048576, .usual = 4096,
	},
	[DVR_A_ROUTER_PUNT] = {
		.word = "punt", .key = "punt", .attr = DVR_A_ROUTER_PUNT,
		.type = FT_ONOFF,
	},
	[DVR_A_ROUTER_UP] = {
		.word = "up", .key = "up", .attr = DVR_A_ROUTER_UP,
		.type = FT_ONOFF,
	},
	[DVR_A_ROUTER_IFACES] = {
		.word = "ifaces", .key = "ifaces", .attr = DVR_A_ROUTER_IFACES,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_ROUTER_ROUTES] = {
		.word = "routes", .key = "routes", .attr = DVR_A_ROUTER_ROUTES,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_ROUTER_NEIGHS] = {
		.word = "neighs", .key = "neighs", .attr = DVR_A_ROUTER_NEIGHS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_ROUTER_STATS] = {
		.word = "stats", .key = "stats", .attr = DVR_A_ROUTER_STATS,
		.type = FT_STATS,
	},
	[DVR_A_ROUTER_ZONE] = {
		.word = "zone", .key = "zone", .attr = DVR_A_ROUTER_ZONE,
		.type = FT_U32, .min = 1, .max = 65535,
	},
	[DVR_A_ROUTER_CONN_LIMIT] = {
		.word = "conn-limit", .key = "conn_limit",
		.attr = DVR_A_ROUTER_CONN_LIMIT, .type = FT_U32,
		.max = 16777216, .usual = 65536,
	},
	[DVR_A_ROUTER_CONNS] = {
		.word = "conns", .key = "conns", .attr = DVR_A_ROUTER_CONNS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_ROUTER_UDP_TIMEOUT_S] = {
		.word = "udp-timeout", .key = "udp_timeout_s",
		.attr = DVR_A_ROUTER_UDP_TIMEOUT_S, .type = FT_U32, .min = 1,
		.max = 864000, .usual = 300,
	},
	[DVR_A_ROUTER_TCP_TIMEOUT_S] = {
		.word = "tcp-timeout", .key = "tcp_timeout_s",
		.attr = DVR_A_ROUTER_TCP_TIMEOUT_S, .type = FT_U32, .min = 1,
		.max = 864000, .usual = 7440,
	},
	[DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT_S] = {
		.word = "tcp-transitory-timeout",
		.key = "tcp_transitory_timeout_s",
		.attr = DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT_S, .type = FT_U32,
		.min = 1, .max = 864000, .usual = 240,
	},
	[DVR_A_ROUTER_ICMP_TIMEOUT_S] = {
		.word = "icmp-timeout", .key = "icmp_timeout_s",
		.attr = DVR_A_ROUTER_ICMP_TIMEOUT_S, .type = FT_U32, .min = 1,
		.max = 864000, .usual = 60,
	},
	[DVR_A_ROUTER_HELPERS] = {
		.word = "helpers", .key = "helpers",
		.attr = DVR_A_ROUTER_HELPERS, .type = FT_FLAGS,
		.names = helpers_names,
	},
	[DVR_A_ROUTER_FLOW_LIMIT] = {
		.word = "flow-limit", .key = "flow_limit",
		.attr = DVR_A_ROUTER_FLOW_LIMIT, .type = FT_U32,
		.max = 33554432, .usual = 131072,
	},
	[DVR_A_ROUTER_FLOW_CACHE] = {
		.word = "flow-cache", .key = "flow_cache",
		.attr = DVR_A_ROUTER_FLOW_CACHE, .type = FT_ONOFF, .usual = 1,
	},
	[DVR_A_ROUTER_FLOWS] = {
		.word = "flows", .key = "flows", .attr = DVR_A_ROUTER_FLOWS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_ROUTER_NETDEV] = {
		.word = "netdev", .key = "netdev", .attr = DVR_A_ROUTER_NETDEV,
		.type = FT_ONOFF, .usual = 1,
	},
	[DVR_A_ROUTER_NEIGH_RATE_PPS] = {
		.word = "neigh-rate", .key = "neigh_rate_pps",
		.attr = DVR_A_ROUTER_NEIGH_RATE_PPS, .type = FT_U32,
		.max = 1000000, .usual = 1000,
	},
	[DVR_A_ROUTER_PORT_REST_S] = {
		.word = "port-rest", .key = "port_rest_s",
		.attr = DVR_A_ROUTER_PORT_REST_S, .type = FT_U32, .max = 86400,
		.usual = 120,
	},
	[DVR_A_ROUTER_HELPER_PORT] = {
		.word = "helper-port", .key = "helper_port",
		.attr = DVR_A_ROUTER_HELPER_PORT, .type = FT_HOOK,
	},
	[DVR_A_ROUTER_UNSET] = {
		.word = "unset", .key = "unset", .attr = DVR_A_ROUTER_UNSET,
		.type = FT_U32, .max = UINT32_MAX,
	},
};

const struct spec helper_port_spec[DVR_A_HELPER_PORT_PORT + 1] = {
	[DVR_A_HELPER_PORT_HELPER] = {
		.word = "helper", .key = "helper",
		.attr = DVR_A_HELPER_PORT_HELPER, .type = FT_FLAGS,
		.names = helpers_names,
	},
	[DVR_A_HELPER_PORT_PORT] = {
		.word = "port", .key = "port", .attr = DVR_A_HELPER_PORT_PORT,
		.type = FT_U32, .min = 1, .max = 65535,
	},
};

const struct spec segment_spec[DVR_A_SEGMENT_UNSET + 1] = {
	[DVR_A_SEGMENT_ID] = {
		.word = "id", .key = "id", .attr = DVR_A_SEGMENT_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
	[DVR_A_SEGMENT_NAME] = {
		.word = "name", .key = "name", .attr = DVR_A_SEGMENT_NAME,
		.type = FT_NAME,
	},
	[DVR_A_SEGMENT_VNI] = {
		.word = "vni", .key = "vni", .attr = DVR_A_SEGMENT_VNI,
		.type = FT_U32, .max = 16777215,
	},
	[DVR_A_SEGMENT_MTU] = {
		.word = "mtu", .key = "mtu", .attr = DVR_A_SEGMENT_MTU,
		.type = FT_U32, .min = 68, .max = 65535, .usual = 1500,
	},
	[DVR_A_SEGMENT_UNKNOWN] = {
		.word = "unknown", .key = "unknown",
		.attr = DVR_A_SEGMENT_UNKNOWN, .type = FT_ENUM,
		.names = unknown_names,
	},
	[DVR_A_SEGMENT_SUPPRESS] = {
		.word = "suppress", .key = "suppress",
		.attr = DVR_A_SEGMENT_SUPPRESS, .type = FT_ONOFF, .usual = 1,
	},
	[DVR_A_SEGMENT_PORTS] = {
		.word = "ports", .key = "ports", .attr = DVR_A_SEGMENT_PORTS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_SEGMENT_IFACES] = {
		.word = "ifaces", .key = "ifaces",
		.attr = DVR_A_SEGMENT_IFACES, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_SEGMENT_NEIGHS] = {
		.word = "neighs", .key = "neighs",
		.attr = DVR_A_SEGMENT_NEIGHS, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_SEGMENT_MACS] = {
		.word = "macs", .key = "macs", .attr = DVR_A_SEGMENT_MACS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_SEGMENT_SNOOPING] = {
		.word = "snooping", .key = "snooping",
		.attr = DVR_A_SEGMENT_SNOOPING, .type = FT_ONOFF,
	},
	[DVR_A_SEGMENT_UNSET] = {
		.word = "unset", .key = "unset", .attr = DVR_A_SEGMENT_UNSET,
		.type = FT_U32, .max = UINT32_MAX,
	},
};

const struct spec port_spec[DVR_A_PORT_SEGMENT_ID + 1] = {
	[DVR_A_PORT_ID] = {
		.word = "id", .key = "id", .attr = DVR_A_PORT_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
	[DVR_A_PORT_NAME] = {
		.word = "name", .key = "name", .attr = DVR_A_PORT_NAME,
		.type = FT_NAME,
	},
	[DVR_A_PORT_SEGMENT] = {
		.word = "segment", .key = "segment",
		.attr = DVR_A_PORT_SEGMENT, .type = FT_NAME,
	},
	[DVR_A_PORT_DEV] = {
		.word = "dev", .key = "dev", .attr = DVR_A_PORT_DEV,
		.type = FT_IFNAME,
	},
	[DVR_A_PORT_IFINDEX] = {
		.word = "ifindex", .key = "ifindex",
		.attr = DVR_A_PORT_IFINDEX, .type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_PORT_MAC] = {
		.word = "mac", .key = "mac", .attr = DVR_A_PORT_MAC,
		.type = FT_MAC,
	},
	[DVR_A_PORT_ADDR] = {
		.word = "addr", .key = "addr", .attr = DVR_A_PORT_ADDR,
		.type = FT_NET,
	},
	[DVR_A_PORT_SECURITY] = {
		.word = "security", .key = "security",
		.attr = DVR_A_PORT_SECURITY, .type = FT_ONOFF,
	},
	[DVR_A_PORT_UPLINK] = {
		.word = "uplink", .key = "uplink", .attr = DVR_A_PORT_UPLINK,
		.type = FT_ONOFF,
	},
	[DVR_A_PORT_ATTACH] = {
		.word = "attach", .key = "attach", .attr = DVR_A_PORT_ATTACH,
		.type = FT_ENUM, .names = attach_names,
	},
	[DVR_A_PORT_STATE] = {
		.word = "state", .key = "state", .attr = DVR_A_PORT_STATE,
		.type = FT_ENUM, .names = port_state_names,
	},
	[DVR_A_PORT_MTU] = {
		.word = "mtu", .key = "mtu", .attr = DVR_A_PORT_MTU,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_PORT_STATS] = {
		.word = "stats", .key = "stats", .attr = DVR_A_PORT_STATS,
		.type = FT_STATS,
	},
	[DVR_A_PORT_WHY] = {
		.word = "why", .key = "why", .attr = DVR_A_PORT_WHY,
		.type = FT_STR,
	},
	[DVR_A_PORT_FLOOD_RATE_PPS] = {
		.word = "flood-rate", .key = "flood_rate_pps",
		.attr = DVR_A_PORT_FLOOD_RATE_PPS, .type = FT_U32,
		.max = 1000000, .usual = 1000,
	},
	[DVR_A_PORT_NEIGH_RATE_PPS] = {
		.word = "neigh-rate", .key = "neigh_rate_pps",
		.attr = DVR_A_PORT_NEIGH_RATE_PPS, .type = FT_U32,
		.max = 1000000, .usual = 1000,
	},
	[DVR_A_PORT_PAIR] = {
		.word = "pair", .key = "pair", .attr = DVR_A_PORT_PAIR,
		.type = FT_HOOK,
	},
	[DVR_A_PORT_NOQUEUE] = {
		.word = "noqueue", .key = "noqueue",
		.attr = DVR_A_PORT_NOQUEUE, .type = FT_ONOFF,
	},
	[DVR_A_PORT_TRANSMIT] = {
		.word = "transmit", .key = "transmit",
		.attr = DVR_A_PORT_TRANSMIT, .type = FT_ENUM,
		.names = transmit_names,
	},
	[DVR_A_PORT_QDISC] = {
		.word = "qdisc", .key = "qdisc", .attr = DVR_A_PORT_QDISC,
		.type = FT_STR,
	},
	[DVR_A_PORT_UNSET] = {
		.word = "unset", .key = "unset", .attr = DVR_A_PORT_UNSET,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_PORT_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_PORT_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec port_pair_spec[DVR_A_PORT_PAIR_ADDR + 1] = {
	[DVR_A_PORT_PAIR_MAC] = {
		.word = "mac", .key = "mac", .attr = DVR_A_PORT_PAIR_MAC,
		.type = FT_MAC,
	},
	[DVR_A_PORT_PAIR_ADDR] = {
		.word = "addr", .key = "addr", .attr = DVR_A_PORT_PAIR_ADDR,
		.type = FT_NET,
	},
};

const struct spec iface_spec[DVR_A_IFACE_SEGMENT_ID + 1] = {
	[DVR_A_IFACE_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_IFACE_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_IFACE_SEGMENT] = {
		.word = "segment", .key = "segment",
		.attr = DVR_A_IFACE_SEGMENT, .type = FT_NAME,
	},
	[DVR_A_IFACE_MAC] = {
		.word = "mac", .key = "mac", .attr = DVR_A_IFACE_MAC,
		.type = FT_MAC,
	},
	[DVR_A_IFACE_ADDR] = {
		.word = "addr", .key = "addr", .attr = DVR_A_IFACE_ADDR,
		.type = FT_NET,
	},
	[DVR_A_IFACE_RPF] = {
		.word = "rpf", .key = "rpf", .attr = DVR_A_IFACE_RPF,
		.type = FT_ENUM, .names = rpf_names,
	},
	[DVR_A_IFACE_LINKLOCAL] = {
		.word = "linklocal", .key = "linklocal",
		.attr = DVR_A_IFACE_LINKLOCAL, .type = FT_IP6,
	},
	[DVR_A_IFACE_RA] = {
		.word = "ra", .key = "ra", .attr = DVR_A_IFACE_RA,
		.type = FT_ONOFF,
	},
	[DVR_A_IFACE_RA_MANAGED] = {
		.word = "ra-managed", .key = "ra_managed",
		.attr = DVR_A_IFACE_RA_MANAGED, .type = FT_ONOFF,
	},
	[DVR_A_IFACE_RA_OTHER] = {
		.word = "ra-other", .key = "ra_other",
		.attr = DVR_A_IFACE_RA_OTHER, .type = FT_ONOFF,
	},
	[DVR_A_IFACE_RA_LIFETIME_S] = {
		.word = "ra-lifetime", .key = "ra_lifetime_s",
		.attr = DVR_A_IFACE_RA_LIFETIME_S, .type = FT_U32, .max = 9000,
		.usual = 1800,
	},
	[DVR_A_IFACE_RA_INTERVAL_S] = {
		.word = "ra-interval", .key = "ra_interval_s",
		.attr = DVR_A_IFACE_RA_INTERVAL_S, .type = FT_U32, .min = 4,
		.max = 1800, .usual = 600,
	},
	[DVR_A_IFACE_RA_PREFERENCE] = {
		.word = "ra-preference", .key = "ra_preference",
		.attr = DVR_A_IFACE_RA_PREFERENCE, .type = FT_ENUM,
		.names = ra_preference_names,
	},
	[DVR_A_IFACE_RA_MTU] = {
		.word = "ra-mtu", .key = "ra_mtu", .attr = DVR_A_IFACE_RA_MTU,
		.type = FT_ONOFF, .usual = 1,
	},
	[DVR_A_IFACE_RA_PREFIX] = {
		.word = "ra-prefix", .key = "ra_prefix",
		.attr = DVR_A_IFACE_RA_PREFIX, .type = FT_HOOK,
	},
	[DVR_A_IFACE_RDNSS] = {
		.word = "rdnss", .key = "rdnss", .attr = DVR_A_IFACE_RDNSS,
		.type = FT_IP6,
	},
	[DVR_A_IFACE_DNSSL] = {
		.word = "dnssl", .key = "dnssl", .attr = DVR_A_IFACE_DNSSL,
		.type = FT_DOMAIN,
	},
	[DVR_A_IFACE_UNSET] = {
		.word = "unset", .key = "unset", .attr = DVR_A_IFACE_UNSET,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_IFACE_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_IFACE_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_IFACE_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_IFACE_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec ra_prefix_spec[DVR_A_RA_PREFIX_PREFERRED_S + 1] = {
	[DVR_A_RA_PREFIX_PREFIX] = {
		.word = "prefix", .key = "prefix",
		.attr = DVR_A_RA_PREFIX_PREFIX, .type = FT_NET,
	},
	[DVR_A_RA_PREFIX_ON_LINK] = {
		.word = "on-link", .key = "on_link",
		.attr = DVR_A_RA_PREFIX_ON_LINK, .type = FT_ONOFF, .usual = 1,
	},
	[DVR_A_RA_PREFIX_AUTONOMOUS] = {
		.word = "autonomous", .key = "autonomous",
		.attr = DVR_A_RA_PREFIX_AUTONOMOUS, .type = FT_ONOFF,
		.usual = 1,
	},
	[DVR_A_RA_PREFIX_VALID_S] = {
		.word = "valid", .key = "valid_s",
		.attr = DVR_A_RA_PREFIX_VALID_S, .type = FT_U32,
		.max = UINT32_MAX, .usual = 86400,
	},
	[DVR_A_RA_PREFIX_PREFERRED_S] = {
		.word = "preferred", .key = "preferred_s",
		.attr = DVR_A_RA_PREFIX_PREFERRED_S, .type = FT_U32,
		.max = UINT32_MAX, .usual = 14400,
	},
};

const struct spec nexthop_spec[DVR_A_NEXTHOP_SEGMENT_ID + 1] = {
	[DVR_A_NEXTHOP_VIA] = {
		.word = "via", .key = "via", .attr = DVR_A_NEXTHOP_VIA,
		.type = FT_IP,
	},
	[DVR_A_NEXTHOP_WEIGHT] = {
		.word = "weight", .key = "weight",
		.attr = DVR_A_NEXTHOP_WEIGHT, .type = FT_U32, .min = 1,
		.max = 65535, .usual = 1,
	},
	[DVR_A_NEXTHOP_SEGMENT] = {
		.word = "segment", .key = "segment",
		.attr = DVR_A_NEXTHOP_SEGMENT, .type = FT_NAME,
	},
	[DVR_A_NEXTHOP_DEV] = {
		.word = "dev", .key = "dev", .attr = DVR_A_NEXTHOP_DEV,
		.type = FT_IFNAME,
	},
	[DVR_A_NEXTHOP_STATE] = {
		.word = "state", .key = "state", .attr = DVR_A_NEXTHOP_STATE,
		.type = FT_ENUM, .names = port_state_names,
	},
	[DVR_A_NEXTHOP_WHY] = {
		.word = "why", .key = "why", .attr = DVR_A_NEXTHOP_WHY,
		.type = FT_STR,
	},
	[DVR_A_NEXTHOP_ONLINK] = {
		.word = "onlink", .key = "onlink",
		.attr = DVR_A_NEXTHOP_ONLINK, .type = FT_ONOFF,
	},
	[DVR_A_NEXTHOP_SEGMENT_GIVEN] = {
		.word = "segment-given", .key = "segment_given",
		.attr = DVR_A_NEXTHOP_SEGMENT_GIVEN, .type = FT_NAME,
	},
	[DVR_A_NEXTHOP_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_NEXTHOP_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec route_spec[DVR_A_ROUTE_SEGMENT_ID + 1] = {
	[DVR_A_ROUTE_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_ROUTE_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_ROUTE_DST] = {
		.word = "dst", .key = "dst", .attr = DVR_A_ROUTE_DST,
		.type = FT_NET,
	},
	[DVR_A_ROUTE_TYPE] = {
		.word = "type", .key = "type", .attr = DVR_A_ROUTE_TYPE,
		.type = FT_ENUM, .names = route_type_names,
	},
	[DVR_A_ROUTE_METRIC] = {
		.word = "metric", .key = "metric", .attr = DVR_A_ROUTE_METRIC,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_ROUTE_NEXTHOP] = {
		.word = "nexthop", .key = "nexthop",
		.attr = DVR_A_ROUTE_NEXTHOP, .type = FT_HOOK,
	},
	[DVR_A_ROUTE_SEGMENT] = {
		.word = "segment", .key = "segment",
		.attr = DVR_A_ROUTE_SEGMENT, .type = FT_NAME,
	},
	[DVR_A_ROUTE_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_ROUTE_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_ROUTE_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_ROUTE_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec lookup_spec[DVR_A_LOOKUP_SEGMENT_ID + 1] = {
	[DVR_A_LOOKUP_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_LOOKUP_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_LOOKUP_DST] = {
		.word = "dst", .key = "dst", .attr = DVR_A_LOOKUP_DST,
		.type = FT_IP,
	},
	[DVR_A_LOOKUP_SRC] = {
		.word = "src", .key = "src", .attr = DVR_A_LOOKUP_SRC,
		.type = FT_IP,
	},
	[DVR_A_LOOKUP_ROUTE] = {
		.word = "route", .key = "route", .attr = DVR_A_LOOKUP_ROUTE,
		.type = FT_HOOK,
	},
	[DVR_A_LOOKUP_GATEWAY] = {
		.word = "gateway", .key = "gateway",
		.attr = DVR_A_LOOKUP_GATEWAY, .type = FT_IP,
	},
	[DVR_A_LOOKUP_SEGMENT] = {
		.word = "segment", .key = "segment",
		.attr = DVR_A_LOOKUP_SEGMENT, .type = FT_STR,
	},
	[DVR_A_LOOKUP_PREFSRC] = {
		.word = "prefsrc", .key = "prefsrc",
		.attr = DVR_A_LOOKUP_PREFSRC, .type = FT_IP,
	},
	[DVR_A_LOOKUP_MTU] = {
		.word = "mtu", .key = "mtu", .attr = DVR_A_LOOKUP_MTU,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_LOOKUP_NEIGH] = {
		.word = "neigh", .key = "neigh", .attr = DVR_A_LOOKUP_NEIGH,
		.type = FT_HOOK,
	},
	[DVR_A_LOOKUP_DEV] = {
		.word = "dev", .key = "dev", .attr = DVR_A_LOOKUP_DEV,
		.type = FT_STR,
	},
	[DVR_A_LOOKUP_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_LOOKUP_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_LOOKUP_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_LOOKUP_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec neigh_spec[DVR_A_NEIGH_ROUTER_ID + 1] = {
	[DVR_A_NEIGH_SEGMENT] = {
		.word = "segment", .key = "segment",
		.attr = DVR_A_NEIGH_SEGMENT, .type = FT_NAME,
	},
	[DVR_A_NEIGH_IP] = {
		.word = "ip", .key = "ip", .attr = DVR_A_NEIGH_IP,
		.type = FT_IP,
	},
	[DVR_A_NEIGH_LLADDR] = {
		.word = "lladdr", .key = "lladdr", .attr = DVR_A_NEIGH_LLADDR,
		.type = FT_MAC,
	},
	[DVR_A_NEIGH_PORT] = {
		.word = "port", .key = "port", .attr = DVR_A_NEIGH_PORT,
		.type = FT_NAME,
	},
	[DVR_A_NEIGH_HOST] = {
		.word = "host", .key = "host", .attr = DVR_A_NEIGH_HOST,
		.type = FT_IP,
	},
	[DVR_A_NEIGH_STATE] = {
		.word = "state", .key = "state", .attr = DVR_A_NEIGH_STATE,
		.type = FT_ENUM, .names = neigh_state_names,
	},
	[DVR_A_NEIGH_ORIGIN] = {
		.word = "origin", .key = "origin", .attr = DVR_A_NEIGH_ORIGIN,
		.type = FT_ENUM, .names = origin_names,
	},
	[DVR_A_NEIGH_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_NEIGH_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_NEIGH_AGE_MS] = {
		.word = "age", .key = "age_ms", .attr = DVR_A_NEIGH_AGE_MS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_NEIGH_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_NEIGH_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_NEIGH_PORT_ID] = {
		.word = "port-id", .key = "port_id",
		.attr = DVR_A_NEIGH_PORT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_NEIGH_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_NEIGH_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec fdb_spec[DVR_A_FDB_ROUTER_ID + 1] = {
	[DVR_A_FDB_SEGMENT] = {
		.word = "segment", .key = "segment", .attr = DVR_A_FDB_SEGMENT,
		.type = FT_NAME,
	},
	[DVR_A_FDB_MAC] = {
		.word = "mac", .key = "mac", .attr = DVR_A_FDB_MAC,
		.type = FT_MAC,
	},
	[DVR_A_FDB_PORT] = {
		.word = "port", .key = "port", .attr = DVR_A_FDB_PORT,
		.type = FT_NAME,
	},
	[DVR_A_FDB_HOST] = {
		.word = "host", .key = "host", .attr = DVR_A_FDB_HOST,
		.type = FT_IP,
	},
	[DVR_A_FDB_ORIGIN] = {
		.word = "origin", .key = "origin", .attr = DVR_A_FDB_ORIGIN,
		.type = FT_ENUM, .names = origin_names,
	},
	[DVR_A_FDB_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_FDB_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_FDB_AGE_MS] = {
		.word = "age", .key = "age_ms", .attr = DVR_A_FDB_AGE_MS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_FDB_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_FDB_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_FDB_PORT_ID] = {
		.word = "port-id", .key = "port_id", .attr = DVR_A_FDB_PORT_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
	[DVR_A_FDB_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_FDB_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec drop_spec[DVR_A_DROP_PORT_ID + 1] = {
	[DVR_A_DROP_REASON] = {
		.word = "reason", .key = "reason", .attr = DVR_A_DROP_REASON,
		.type = FT_NAME,
	},
	[DVR_A_DROP_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_DROP_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_DROP_PORT] = {
		.word = "port", .key = "port", .attr = DVR_A_DROP_PORT,
		.type = FT_NAME,
	},
	[DVR_A_DROP_PACKETS] = {
		.word = "packets", .key = "packets",
		.attr = DVR_A_DROP_PACKETS, .type = FT_U64,
	},
	[DVR_A_DROP_HELP] = {
		.word = "help", .key = "help", .attr = DVR_A_DROP_HELP,
		.type = FT_STR,
	},
	[DVR_A_DROP_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_DROP_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_DROP_PORT_ID] = {
		.word = "port-id", .key = "port_id",
		.attr = DVR_A_DROP_PORT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec mdb_spec[DVR_A_MDB_PORT_ID + 1] = {
	[DVR_A_MDB_SEGMENT] = {
		.word = "segment", .key = "segment", .attr = DVR_A_MDB_SEGMENT,
		.type = FT_NAME,
	},
	[DVR_A_MDB_PORT] = {
		.word = "port", .key = "port", .attr = DVR_A_MDB_PORT,
		.type = FT_NAME,
	},
	[DVR_A_MDB_GROUP] = {
		.word = "group", .key = "group", .attr = DVR_A_MDB_GROUP,
		.type = FT_IP,
	},
	[DVR_A_MDB_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_MDB_ROUTER,
		.type = FT_ENUM, .names = family_names,
	},
	[DVR_A_MDB_TIMEOUT_MS] = {
		.word = "timeout", .key = "timeout_ms",
		.attr = DVR_A_MDB_TIMEOUT_MS, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_MDB_SEGMENT_ID] = {
		.word = "segment-id", .key = "segment_id",
		.attr = DVR_A_MDB_SEGMENT_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_MDB_PORT_ID] = {
		.word = "port-id", .key = "port_id", .attr = DVR_A_MDB_PORT_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
};

const struct spec nat_pool_spec[DVR_A_NAT_POOL_LAST + 1] = {
	[DVR_A_NAT_POOL_FIRST] = {
		.word = "first", .key = "first", .attr = DVR_A_NAT_POOL_FIRST,
		.type = FT_IP,
	},
	[DVR_A_NAT_POOL_LAST] = {
		.word = "last", .key = "last", .attr = DVR_A_NAT_POOL_LAST,
		.type = FT_IP,
	},
};

const struct spec nat_spec[DVR_A_NAT_OUT_ID + 1] = {
	[DVR_A_NAT_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_NAT_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_NAT_HANDLE] = {
		.word = "handle", .key = "handle", .attr = DVR_A_NAT_HANDLE,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
	[DVR_A_NAT_OUT] = {
		.word = "out", .key = "out", .attr = DVR_A_NAT_OUT,
		.type = FT_NAME,
	},
	[DVR_A_NAT_KIND] = {
		.word = "kind", .key = "kind", .attr = DVR_A_NAT_KIND,
		.type = FT_ENUM, .names = nat_kind_names,
	},
	[DVR_A_NAT_PRIO] = {
		.word = "prio", .key = "prio", .attr = DVR_A_NAT_PRIO,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_NAT_INSIDE] = {
		.word = "inside", .key = "inside", .attr = DVR_A_NAT_INSIDE,
		.type = FT_NET,
	},
	[DVR_A_NAT_OUTSIDE] = {
		.word = "outside", .key = "outside", .attr = DVR_A_NAT_OUTSIDE,
		.type = FT_NET,
	},
	[DVR_A_NAT_DST] = {
		.word = "dst", .key = "dst", .attr = DVR_A_NAT_DST,
		.type = FT_NET,
	},
	[DVR_A_NAT_POOL] = {
		.word = "pool", .key = "pool", .attr = DVR_A_NAT_POOL,
		.type = FT_HOOK,
	},
	[DVR_A_NAT_PROTO] = {
		.word = "proto", .key = "proto", .attr = DVR_A_NAT_PROTO,
		.type = FT_U32, .max = 255,
	},
	[DVR_A_NAT_PORT_MIN] = {
		.word = "port-min", .key = "port_min",
		.attr = DVR_A_NAT_PORT_MIN, .type = FT_U32, .min = 1,
		.max = 65535,
	},
	[DVR_A_NAT_PORT_MAX] = {
		.word = "port-max", .key = "port_max",
		.attr = DVR_A_NAT_PORT_MAX, .type = FT_U32, .min = 1,
		.max = 65535,
	},
	[DVR_A_NAT_INSIDE_PORT] = {
		.word = "inside-port", .key = "inside_port",
		.attr = DVR_A_NAT_INSIDE_PORT, .type = FT_U32, .min = 1,
		.max = 65535,
	},
	[DVR_A_NAT_MAPPING] = {
		.word = "mapping", .key = "mapping", .attr = DVR_A_NAT_MAPPING,
		.type = FT_ENUM, .names = nat_behaviour_names,
	},
	[DVR_A_NAT_FILTER] = {
		.word = "filter", .key = "filter", .attr = DVR_A_NAT_FILTER,
		.type = FT_ENUM, .names = nat_behaviour_names, .usual = 1,
	},
	[DVR_A_NAT_HITS] = {
		.word = "hits", .key = "hits", .attr = DVR_A_NAT_HITS,
		.type = FT_U64,
	},
	[DVR_A_NAT_CONNS] = {
		.word = "conns", .key = "conns", .attr = DVR_A_NAT_CONNS,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_NAT_PORTS_USED] = {
		.word = "ports-used", .key = "ports_used",
		.attr = DVR_A_NAT_PORTS_USED, .type = FT_U64,
	},
	[DVR_A_NAT_PORTS_FREE] = {
		.word = "ports-free", .key = "ports_free",
		.attr = DVR_A_NAT_PORTS_FREE, .type = FT_U64,
	},
	[DVR_A_NAT_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_NAT_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
	[DVR_A_NAT_OUT_ID] = {
		.word = "out-id", .key = "out_id", .attr = DVR_A_NAT_OUT_ID,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
};

const struct spec tuple_spec[DVR_A_TUPLE_BYTES + 1] = {
	[DVR_A_TUPLE_SRC] = {
		.word = "src", .key = "src", .attr = DVR_A_TUPLE_SRC,
		.type = FT_IP,
	},
	[DVR_A_TUPLE_DST] = {
		.word = "dst", .key = "dst", .attr = DVR_A_TUPLE_DST,
		.type = FT_IP,
	},
	[DVR_A_TUPLE_SPORT] = {
		.word = "sport", .key = "sport", .attr = DVR_A_TUPLE_SPORT,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_TUPLE_DPORT] = {
		.word = "dport", .key = "dport", .attr = DVR_A_TUPLE_DPORT,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_TUPLE_PACKETS] = {
		.word = "packets", .key = "packets",
		.attr = DVR_A_TUPLE_PACKETS, .type = FT_U64,
	},
	[DVR_A_TUPLE_BYTES] = {
		.word = "bytes", .key = "bytes", .attr = DVR_A_TUPLE_BYTES,
		.type = FT_U64,
	},
};

const struct spec flow_spec[DVR_A_FLOW_ROUTER_ID + 1] = {
	[DVR_A_FLOW_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_FLOW_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_FLOW_HANDLE] = {
		.word = "handle", .key = "handle", .attr = DVR_A_FLOW_HANDLE,
		.type = FT_U32, .min = 1, .max = UINT32_MAX,
	},
	[DVR_A_FLOW_PROTO] = {
		.word = "proto", .key = "proto", .attr = DVR_A_FLOW_PROTO,
		.type = FT_U32, .max = 255,
	},
	[DVR_A_FLOW_ORIG] = {
		.word = "orig", .key = "orig", .attr = DVR_A_FLOW_ORIG,
		.type = FT_HOOK,
	},
	[DVR_A_FLOW_REPLY] = {
		.word = "reply", .key = "reply", .attr = DVR_A_FLOW_REPLY,
		.type = FT_HOOK,
	},
	[DVR_A_FLOW_STATE] = {
		.word = "state", .key = "state", .attr = DVR_A_FLOW_STATE,
		.type = FT_NAME,
	},
	[DVR_A_FLOW_TIMEOUT_S] = {
		.word = "timeout", .key = "timeout_s",
		.attr = DVR_A_FLOW_TIMEOUT_S, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_FLOW_ZONE] = {
		.word = "zone", .key = "zone", .attr = DVR_A_FLOW_ZONE,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_FLOW_ADDR] = {
		.word = "addr", .key = "addr", .attr = DVR_A_FLOW_ADDR,
		.type = FT_IP,
	},
	[DVR_A_FLOW_PORT] = {
		.word = "port", .key = "port", .attr = DVR_A_FLOW_PORT,
		.type = FT_U32, .min = 1, .max = 65535,
	},
	[DVR_A_FLOW_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_FLOW_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec alert_spec[DVR_A_ALERT_ROUTER_ID + 1] = {
	[DVR_A_ALERT_ROUTER] = {
		.word = "router", .key = "router", .attr = DVR_A_ALERT_ROUTER,
		.type = FT_NAME,
	},
	[DVR_A_ALERT_REASON] = {
		.word = "reason", .key = "reason", .attr = DVR_A_ALERT_REASON,
		.type = FT_NAME,
	},
	[DVR_A_ALERT_HANDLE] = {
		.word = "handle", .key = "handle", .attr = DVR_A_ALERT_HANDLE,
		.type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_ALERT_ROUTER_ID] = {
		.word = "router-id", .key = "router_id",
		.attr = DVR_A_ALERT_ROUTER_ID, .type = FT_U32, .min = 1,
		.max = UINT32_MAX,
	},
};

const struct spec info_spec[DVR_A_INFO_RA_DOMAINS_MAX + 1] = {
	[DVR_A_INFO_VERSION] = {
		.word = "version", .key = "version",
		.attr = DVR_A_INFO_VERSION, .type = FT_STR,
	},
	[DVR_A_INFO_FEATURES] = {
		.word = "features", .key = "features",
		.attr = DVR_A_INFO_FEATURES, .type = FT_FLAGS,
		.names = features_names,
	},
	[DVR_A_INFO_NAME_MAX] = {
		.word = "name-max", .key = "name_max",
		.attr = DVR_A_INFO_NAME_MAX, .type = FT_U32, .max = UINT32_MAX,
	},
	[DVR_A_INFO_ADDRS_MAX] = {
		.word = "addrs-max", .key = "addrs_max",
		.attr = DVR_A_INFO_ADDRS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_PORT_PAIRS_MAX] = {
		.word = "port-pairs-max", .key = "port_pairs_max",
		.attr = DVR_A_INFO_PORT_PAIRS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_NEXTHOPS_MAX] = {
		.word = "nexthops-max", .key = "nexthops_max",
		.attr = DVR_A_INFO_NEXTHOPS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_NAT_POOLS_MAX] = {
		.word = "nat-pools-max", .key = "nat_pools_max",
		.attr = DVR_A_INFO_NAT_POOLS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_NAT_ADDRS_MAX] = {
		.word = "nat-addrs-max", .key = "nat_addrs_max",
		.attr = DVR_A_INFO_NAT_ADDRS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_HELPER_PORTS_MAX] = {
		.word = "helper-ports-max", .key = "helper_ports_max",
		.attr = DVR_A_INFO_HELPER_PORTS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_RA_PREFIXES_MAX] = {
		.word = "ra-prefixes-max", .key = "ra_prefixes_max",
		.attr = DVR_A_INFO_RA_PREFIXES_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_RA_SERVERS_MAX] = {
		.word = "ra-servers-max", .key = "ra_servers_max",
		.attr = DVR_A_INFO_RA_SERVERS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
	[DVR_A_INFO_RA_DOMAINS_MAX] = {
		.word = "ra-domains-max", .key = "ra_domains_max",
		.attr = DVR_A_INFO_RA_DOMAINS_MAX, .type = FT_U32,
		.max = UINT32_MAX,
	},
};
