/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit: scripts/uapi makes it of uapi/dvr.yaml. */
#ifndef DVRADM_SPEC_GEN_H
#define DVRADM_SPEC_GEN_H

#include "spec.h"

/* Words of an enumeration by their value, of flags by their bit; NULL ends. */
extern const char *const unknown_names[];
extern const char *const family_names[];
extern const char *const attach_names[];
extern const char *const rpf_names[];
extern const char *const ra_preference_names[];
extern const char *const port_state_names[];
extern const char *const transmit_names[];
extern const char *const route_type_names[];
extern const char *const origin_names[];
extern const char *const neigh_state_names[];
extern const char *const nat_kind_names[];
extern const char *const nat_behaviour_names[];
extern const char *const helpers_names[];
extern const char *const features_names[];

/* Attributes of a set by their number. */
extern const struct spec prefix_spec[DVR_A_PREFIX_LEN + 1];
extern const struct spec stats_spec[DVR_A_STATS_DROPS + 1];
extern const struct spec router_spec[DVR_A_ROUTER_UNSET + 1];
extern const struct spec helper_port_spec[DVR_A_HELPER_PORT_PORT + 1];
extern const struct spec segment_spec[DVR_A_SEGMENT_UNSET + 1];
extern const struct spec port_spec[DVR_A_PORT_SEGMENT_ID + 1];
extern const struct spec port_pair_spec[DVR_A_PORT_PAIR_ADDR + 1];
extern const struct spec iface_spec[DVR_A_IFACE_SEGMENT_ID + 1];
extern const struct spec ra_prefix_spec[DVR_A_RA_PREFIX_PREFERRED_S + 1];
extern const struct spec nexthop_spec[DVR_A_NEXTHOP_SEGMENT_ID + 1];
extern const struct spec route_spec[DVR_A_ROUTE_SEGMENT_ID + 1];
extern const struct spec lookup_spec[DVR_A_LOOKUP_SEGMENT_ID + 1];
extern const struct spec neigh_spec[DVR_A_NEIGH_ROUTER_ID + 1];
extern const struct spec fdb_spec[DVR_A_FDB_ROUTER_ID + 1];
extern const struct spec drop_spec[DVR_A_DROP_PORT_ID + 1];
extern const struct spec mdb_spec[DVR_A_MDB_PORT_ID + 1];
extern const struct spec nat_pool_spec[DVR_A_NAT_POOL_LAST + 1];
extern const struct spec nat_spec[DVR_A_NAT_OUT_ID + 1];
extern const struct spec tuple_spec[DVR_A_TUPLE_BYTES + 1];
extern const struct spec flow_spec[DVR_A_FLOW_ROUTER_ID + 1];
extern const struct spec alert_spec[DVR_A_ALERT_ROUTER_ID + 1];
extern const struct spec info_spec[DVR_A_INFO_RA_DOMAINS_MAX + 1];

#endif
