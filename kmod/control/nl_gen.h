/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/dvr.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: scripts/uapi */

#ifndef _LINUX_DVR_GEN_H
#define _LINUX_DVR_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/dvr.h>

/* Common nested types */
extern const struct nla_policy dvr_drop_nl_policy[DVR_A_DROP_PORT_ID + 1];
extern const struct nla_policy dvr_fdb_nl_policy[DVR_A_FDB_ROUTER_ID + 1];
extern const struct nla_policy dvr_flow_nl_policy[DVR_A_FLOW_ROUTER_ID + 1];
extern const struct nla_policy dvr_helper_port_nl_policy[DVR_A_HELPER_PORT_PORT + 1];
extern const struct nla_policy dvr_iface_nl_policy[DVR_A_IFACE_SEGMENT_ID + 1];
extern const struct nla_policy dvr_info_nl_policy[DVR_A_INFO_RA_DOMAINS_MAX + 1];
extern const struct nla_policy dvr_lookup_nl_policy[DVR_A_LOOKUP_SEGMENT_ID + 1];
extern const struct nla_policy dvr_mdb_nl_policy[DVR_A_MDB_PORT_ID + 1];
extern const struct nla_policy dvr_nat_nl_policy[DVR_A_NAT_OUT_ID + 1];
extern const struct nla_policy dvr_nat_pool_nl_policy[DVR_A_NAT_POOL_LAST + 1];
extern const struct nla_policy dvr_neigh_nl_policy[DVR_A_NEIGH_ROUTER_ID + 1];
extern const struct nla_policy dvr_nexthop_nl_policy[DVR_A_NEXTHOP_SEGMENT_ID + 1];
extern const struct nla_policy dvr_op_nl_policy[DVR_A_OP_NAT + 1];
extern const struct nla_policy dvr_port_nl_policy[DVR_A_PORT_SEGMENT_ID + 1];
extern const struct nla_policy dvr_port_pair_nl_policy[DVR_A_PORT_PAIR_ADDR + 1];
extern const struct nla_policy dvr_prefix_nl_policy[DVR_A_PREFIX_LEN + 1];
extern const struct nla_policy dvr_ra_prefix_nl_policy[DVR_A_RA_PREFIX_PREFERRED_S + 1];
extern const struct nla_policy dvr_route_nl_policy[DVR_A_ROUTE_SEGMENT_ID + 1];
extern const struct nla_policy dvr_router_nl_policy[DVR_A_ROUTER_UNSET + 1];
extern const struct nla_policy dvr_segment_nl_policy[DVR_A_SEGMENT_UNSET + 1];
extern const struct nla_policy dvr_stats_nl_policy[DVR_A_STATS_DROPS + 1];
extern const struct nla_policy dvr_tuple_nl_policy[DVR_A_TUPLE_BYTES + 1];

extern const struct nla_policy dvr_router_get_nl_policy[DVR_A_ROUTER + 1];

extern const struct nla_policy dvr_router_add_nl_policy[DVR_A_ROUTER + 1];

extern const struct nla_policy dvr_router_set_nl_policy[DVR_A_ROUTER + 1];

extern const struct nla_policy dvr_router_del_nl_policy[DVR_A_ROUTER + 1];

extern const struct nla_policy dvr_segment_get_nl_policy[DVR_A_SEGMENT + 1];

extern const struct nla_policy dvr_segment_add_nl_policy[DVR_A_SEGMENT + 1];

extern const struct nla_policy dvr_segment_set_nl_policy[DVR_A_SEGMENT + 1];

extern const struct nla_policy dvr_segment_del_nl_policy[DVR_A_SEGMENT + 1];

extern const struct nla_policy dvr_port_get_nl_policy[DVR_A_PORT + 1];

extern const struct nla_policy dvr_port_add_nl_policy[DVR_A_PORT + 1];

extern const struct nla_policy dvr_port_set_nl_policy[DVR_A_PORT + 1];

extern const struct nla_policy dvr_port_del_nl_policy[DVR_A_PORT + 1];

extern const struct nla_policy dvr_iface_get_nl_policy[DVR_A_IFACE + 1];

extern const struct nla_policy dvr_iface_add_nl_policy[DVR_A_IFACE + 1];

extern const struct nla_policy dvr_iface_set_nl_policy[DVR_A_IFACE + 1];

extern const struct nla_policy dvr_iface_del_nl_policy[DVR_A_IFACE + 1];

extern const struct nla_policy dvr_route_get_nl_policy[DVR_A_ROUTE + 1];

extern const struct nla_policy dvr_route_add_nl_policy[DVR_A_ROUTE + 1];

extern const struct nla_policy dvr_route_set_nl_policy[DVR_A_ROUTE + 1];

extern const struct nla_policy dvr_route_del_nl_policy[DVR_A_ROUTE + 1];

extern const struct nla_policy dvr_neigh_get_nl_policy[DVR_A_NEIGH + 1];

extern const struct nla_policy dvr_neigh_add_nl_policy[DVR_A_NEIGH + 1];

extern const struct nla_policy dvr_neigh_set_nl_policy[DVR_A_NEIGH + 1];

extern const struct nla_policy dvr_neigh_del_nl_policy[DVR_A_NEIGH + 1];

extern const struct nla_policy dvr_fdb_get_nl_policy[DVR_A_FDB + 1];

extern const struct nla_policy dvr_fdb_add_nl_policy[DVR_A_FDB + 1];

extern const struct nla_policy dvr_fdb_set_nl_policy[DVR_A_FDB + 1];

extern const struct nla_policy dvr_fdb_del_nl_policy[DVR_A_FDB + 1];

extern const struct nla_policy dvr_drops_get_nl_policy[DVR_A_DROP + 1];

extern const struct nla_policy dvr_route_lookup_nl_policy[DVR_A_LOOKUP + 1];

extern const struct nla_policy dvr_batch_nl_policy[DVR_A_EXPECT_GENERATION + 1];

extern const struct nla_policy dvr_nat_get_nl_policy[DVR_A_NAT + 1];

extern const struct nla_policy dvr_nat_add_nl_policy[DVR_A_NAT + 1];

extern const struct nla_policy dvr_nat_set_nl_policy[DVR_A_NAT + 1];

extern const struct nla_policy dvr_nat_del_nl_policy[DVR_A_NAT + 1];

extern const struct nla_policy dvr_flow_get_nl_policy[DVR_A_FLOW + 1];

extern const struct nla_policy dvr_flow_flush_nl_policy[DVR_A_FLOW + 1];

extern const struct nla_policy dvr_mdb_get_nl_policy[DVR_A_MDB + 1];

extern const struct nla_policy dvr_info_get_nl_policy[DVR_A_INFO + 1];

/* Ops table for dvr */
extern const struct genl_ops dvr_nl_ops[39];

int dvr_nl_drops_get_start(struct netlink_callback *cb);
int dvr_nl_flow_get_start(struct netlink_callback *cb);
int dvr_nl_mdb_get_start(struct netlink_callback *cb);
int dvr_nl_flow_get_done(struct netlink_callback *cb);

int dvr_nl_router_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_router_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_router_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_router_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_router_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_segment_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_segment_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_segment_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_segment_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_segment_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_port_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_port_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_port_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_port_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_iface_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_iface_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_iface_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_iface_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_iface_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_route_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_route_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_route_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_route_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_route_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_neigh_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_neigh_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_neigh_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_neigh_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_neigh_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_fdb_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_fdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_fdb_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_fdb_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_fdb_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_drops_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_drops_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_route_lookup_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_batch_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_nat_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_nat_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_nat_add_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_nat_set_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_nat_del_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_flow_flush_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_mdb_get_doit(struct sk_buff *skb, struct genl_info *info);
int dvr_nl_mdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int dvr_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	DVR_NLGRP_ROUTER,
	DVR_NLGRP_SEGMENT,
	DVR_NLGRP_PORT,
	DVR_NLGRP_IFACE,
	DVR_NLGRP_ROUTE,
	DVR_NLGRP_NEIGH,
	DVR_NLGRP_FDB,
	DVR_NLGRP_NAT,
	DVR_NLGRP_ALERT,
};

#endif /* _LINUX_DVR_GEN_H */
