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
const struct nla_policy dvr_batch_nl_policy[DVR_A_EXPECT_GENERATION + 1] = {
	[DVR_A_OP] = NLA_POLICY_NESTED(dvr_op_nl_policy),
	[DVR_A_EXPECT_GENERATION] = { .type = NLA_U32, },
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

/* DVR_CMD_MDB_GET - do */
const struct nla_policy dvr_mdb_get_nl_policy[DVR_A_MDB + 1] = {
	[DVR_A_MDB] = NLA_POLICY_NESTED(dvr_mdb_nl_policy),
};

/* DVR_CMD_INFO_GET - do */
const struct nla_policy dvr_info_get_nl_policy[DVR_A_INFO + 1] = {
	[DVR_A_INFO] = NLA_POLICY_NESTED(dvr_info_nl_policy),
};

/* Ops table for dvr */
const struct genl_ops dvr_nl_ops[39] = {
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
		.maxattr	= DVR_A_EXPECT_GENERATION,
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
	{
		.cmd		= DVR_CMD_MDB_GET,
		.doit		= dvr_nl_mdb_get_doit,
		.dumpit		= dvr_nl_mdb_get_dumpit,
		.policy		= dvr_mdb_get_nl_policy,
		.maxattr	= DVR_A_MDB,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= DVR_CMD_INFO_GET,
		.doit		= dvr_nl_info_get_doit,
		.policy		= dvr_info_get_nl_policy,
		.maxattr	= DVR_A_INFO,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group dvr_nl_mcgrps[] = {
	[DVR_NLGRP_ROUTER] = { "router", },
	[DVR_NLGRP_SEGMENT] = { "segment", },
	[DVR_NLGRP_PORT] = { "port", },
	[DVR_NLGRP_IFACE] = { "iface", },
	[DVR_NLGRP_ROUTE] = { "route", },
	[DVR_NLGRP_NEIGH] = { "neigh", },
	[DVR_NLGRP_FDB] = { "fdb", },
	[DVR_NLGRP_NAT] = { "nat", },
	[DVR_NLGRP_ALERT] = { "alert", },
};
