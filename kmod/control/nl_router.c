// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for routers. */
#include <linux/log2.h>
#include <linux/stringify.h>

#include "control/bare.h"
#include "control/link.h"
#include "control/nl.h"
#include "nat/alg.h"
#include "nat/instance.h"

static int nl_router_read_timers(struct netlink_ext_ack *extack,
				 struct nlattr **tb,
				 struct dvr_timers_cfg *t)
{
	static const char msg[] = "a timeout is 1 to "
		__stringify(DVR_ROUTER_TIMEOUT_MAX) " seconds";

	return dvr_nl_u32(extack, tb[DVR_A_ROUTER_UDP_TIMEOUT_S], 1,
			  DVR_ROUTER_TIMEOUT_MAX, msg, &t->udp) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_TCP_TIMEOUT_S], 1,
			  DVR_ROUTER_TIMEOUT_MAX, msg, &t->tcp) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT_S], 1,
			  DVR_ROUTER_TIMEOUT_MAX, msg, &t->transitory) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_ICMP_TIMEOUT_S], 1,
			  DVR_ROUTER_TIMEOUT_MAX, msg, &t->icmp);
}

/* Add a port where a router has a helper. */
static int nl_router_add_helper(struct netlink_ext_ack *extack,
				const struct nlattr *attr,
				struct dvr_router_cfg *cfg, u32 helper,
				u16 port)
{
	unsigned int i;
	u32 on;

	for (i = 0; i < ARRAY_SIZE(cfg->helper_ports); i++) {
		on = cfg->helper_ports[i];
		if (!on) {
			cfg->helper_ports[i] = helper << 16 | port;
			cfg->helpers |= helper;
			return 0;
		}
		if ((u16)on == port && dvr_alg_clash(on >> 16, helper))
			return dvr_nl_bad(extack, attr,
					  on >> 16 == helper ?
					  "the helper has the port twice" :
					  "another helper has the port",
					  -EINVAL);
	}
	return dvr_nl_bad(extack, attr,
			  "a router has helpers on at most "
			  __stringify(DVR_HELPER_PORTS_MAX) " ports", -E2BIG);
}

static int nl_router_read_helper_port(struct netlink_ext_ack *extack,
				      const struct nlattr *attr,
				      struct dvr_router_cfg *cfg)
{
	struct nlattr *tb[DVR_A_HELPER_PORT_MAX + 1];
	u32 helper, port = 0;
	int err;

	err = nla_parse_nested(tb, DVR_A_HELPER_PORT_MAX, attr,
			       dvr_helper_port_nl_policy, extack) ?:
	      dvr_nl_u32(extack, tb[DVR_A_HELPER_PORT_PORT], 1, U16_MAX,
			 "a port is 1 to 65535", &port);
	if (err)
		return err;
	helper = tb[DVR_A_HELPER_PORT_HELPER] ?
		 nla_get_u32(tb[DVR_A_HELPER_PORT_HELPER]) : 0;
	if (!port || !is_power_of_2(helper))
		return dvr_nl_bad(extack, attr,
				  "give one helper and the port where its servers listen",
				  -EINVAL);
	return nl_router_add_helper(extack, attr, cfg, helper, port);
}

/* Each of the attributes replaces what both have set. */
static int nl_router_read_helpers(struct netlink_ext_ack *extack,
				  struct nlattr **tb,
				  struct dvr_router_cfg *cfg)
{
	u32 helpers = tb[DVR_A_ROUTER_HELPERS] ?
		      nla_get_u32(tb[DVR_A_ROUTER_HELPERS]) : 0;
	struct nlattr *attr;
	int rem, err = 0;
	u32 helper;

	if (!tb[DVR_A_ROUTER_HELPERS] && !tb[DVR_A_ROUTER_HELPER_PORT])
		return 0;
	cfg->helpers = 0;
	memset(cfg->helper_ports, 0, sizeof(cfg->helper_ports));
	for (; helpers && !err; helpers &= ~helper) {
		helper = BIT(__ffs(helpers));
		err = nl_router_add_helper(extack, tb[DVR_A_ROUTER_HELPERS],
					   cfg, helper,
					   dvr_alg_standard_port(helper));
	}
	nla_for_each_nested(attr, tb[0], rem)
		if (!err && nla_type(attr) == DVR_A_ROUTER_HELPER_PORT)
			err = nl_router_read_helper_port(extack, attr, cfg);
	return err;
}

static int nl_router_fill_helpers(struct sk_buff *skb,
				  const struct dvr_router_cfg *cfg)
{
	u32 standard = 0, helper;
	struct nlattr *nest;
	unsigned int i;
	u16 port;

	for (i = 0; i < ARRAY_SIZE(cfg->helper_ports); i++) {
		helper = cfg->helper_ports[i] >> 16;
		port = cfg->helper_ports[i];
		if (port == dvr_alg_standard_port(helper)) {
			standard |= helper;
			continue;
		}
		nest = nla_nest_start(skb, DVR_A_ROUTER_HELPER_PORT);
		if (!nest ||
		    nla_put_u32(skb, DVR_A_HELPER_PORT_HELPER, helper) ||
		    nla_put_u32(skb, DVR_A_HELPER_PORT_PORT, port))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return nla_put_u32(skb, DVR_A_ROUTER_HELPERS, standard);
}

static int nl_router_fill_nat(struct sk_buff *skb,
			      const struct dvr_router *router)
{
	const struct dvr_nat *nat = router->nat_ctl;
	const struct dvr_router_cfg *cfg = &router->cfg;
	u32 zone = nat ? nat->zone : cfg->zone;

	if (nla_put_u32(skb, DVR_A_ROUTER_CONN_LIMIT, cfg->conn_limit) ||
	    nla_put_u32(skb, DVR_A_ROUTER_FLOW_LIMIT, cfg->flow_limit) ||
	    nla_put_u32(skb, DVR_A_ROUTER_FLOW_CACHE, cfg->flow_cache) ||
	    nla_put_u32(skb, DVR_A_ROUTER_UDP_TIMEOUT_S, cfg->timers.udp) ||
	    nla_put_u32(skb, DVR_A_ROUTER_TCP_TIMEOUT_S, cfg->timers.tcp) ||
	    nla_put_u32(skb, DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT_S,
			cfg->timers.transitory) ||
	    nla_put_u32(skb, DVR_A_ROUTER_ICMP_TIMEOUT_S, cfg->timers.icmp) ||
	    nla_put_u32(skb, DVR_A_ROUTER_PORT_REST_S, cfg->port_rest) ||
	    nl_router_fill_helpers(skb, cfg))
		return -EMSGSIZE;
	return zone ? nla_put_u32(skb, DVR_A_ROUTER_ZONE, zone) : 0;
}

static int nl_router_read_cfg(struct netlink_ext_ack *extack,
			      struct nlattr **tb,
			      struct dvr_router_cfg *cfg)
{
	if (tb[DVR_A_ROUTER_PUNT])
		cfg->punt = nla_get_u32(tb[DVR_A_ROUTER_PUNT]);
	if (tb[DVR_A_ROUTER_FLOW_CACHE])
		cfg->flow_cache = nla_get_u32(tb[DVR_A_ROUTER_FLOW_CACHE]);
	return nl_router_read_helpers(extack, tb, cfg) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_ICMP_RATE_PPS], 0,
			  DVR_ROUTER_ICMP_RATE_MAX,
			  "icmp-rate is 0 to " __stringify(DVR_ROUTER_ICMP_RATE_MAX)
			  " errors a second",
			  &cfg->icmp_rate) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_NEIGH_RATE_PPS], 0,
			  DVR_ROUTER_NEIGH_RATE_MAX,
			  "neigh-rate is 0 to " __stringify(DVR_ROUTER_NEIGH_RATE_MAX)
			  " neighbours a second",
			  &cfg->neigh_rate) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_NEIGH_LIMIT], 0,
			  DVR_ROUTER_NEIGH_LIMIT_MAX,
			  "neigh-limit is 0 to " __stringify(DVR_ROUTER_NEIGH_LIMIT_MAX)
			  " neighbours",
			  &cfg->neigh_limit) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_CONN_LIMIT], 0,
			  DVR_ROUTER_CONN_LIMIT_MAX,
			  "conn-limit is 0 to " __stringify(DVR_ROUTER_CONN_LIMIT_MAX)
			  " connections",
			  &cfg->conn_limit) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_FLOW_LIMIT], 0,
			  DVR_ROUTER_FLOW_LIMIT_MAX,
			  "flow-limit is 0 to " __stringify(DVR_ROUTER_FLOW_LIMIT_MAX)
			  " flows",
			  &cfg->flow_limit) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_PORT_REST_S], 0,
			  DVR_ROUTER_PORT_REST_MAX,
			  "port-rest is 0 to " __stringify(DVR_ROUTER_PORT_REST_MAX)
			  " seconds",
			  &cfg->port_rest) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_ZONE], 1, U16_MAX,
			  "a zone is 1 to 65535", &cfg->zone) ?:
	       nl_router_read_timers(extack, tb, &cfg->timers);
}

/* The numbers of a configuration, by their attributes. */
static const struct {
	u8 attr;
	u8 at;
} nl_router_u32[] = {
#define AT(attr, field)	{ DVR_A_ROUTER_##attr, \
			  offsetof(struct dvr_router_cfg, field) }
	AT(ICMP_RATE_PPS, icmp_rate),
	AT(NEIGH_RATE_PPS, neigh_rate),
	AT(NEIGH_LIMIT, neigh_limit),
	AT(CONN_LIMIT, conn_limit),
	AT(FLOW_LIMIT, flow_limit),
	AT(PORT_REST_S, port_rest),
	AT(ZONE, zone),
	AT(UDP_TIMEOUT_S, timers.udp),
	AT(TCP_TIMEOUT_S, timers.tcp),
	AT(TCP_TRANSITORY_TIMEOUT_S, timers.transitory),
	AT(ICMP_TIMEOUT_S, timers.icmp),
#undef AT
};

static_assert(sizeof(struct dvr_router_cfg) < U8_MAX);

static void nl_router_unset(struct nlattr **tb, struct dvr_router_cfg *cfg)
{
	u64 unset = dvr_nl_unset(tb, DVR_A_ROUTER_UNSET);
	struct dvr_router_cfg usual;
	unsigned int i;

	dvr_router_cfg_init(&usual);
	for (i = 0; i < ARRAY_SIZE(nl_router_u32); i++)
		if (unset & BIT_ULL(nl_router_u32[i].attr))
			memcpy((void *)cfg + nl_router_u32[i].at,
			       (void *)&usual + nl_router_u32[i].at,
			       sizeof(u32));
	if (unset & BIT_ULL(DVR_A_ROUTER_PUNT))
		cfg->punt = usual.punt;
	if (unset & BIT_ULL(DVR_A_ROUTER_FLOW_CACHE))
		cfg->flow_cache = usual.flow_cache;
	if (unset & (BIT_ULL(DVR_A_ROUTER_HELPERS) |
		     BIT_ULL(DVR_A_ROUTER_HELPER_PORT))) {
		cfg->helpers = 0;
		memset(cfg->helper_ports, 0, sizeof(cfg->helper_ports));
	}
}

/* Refuse what needs a netdev. */
static int nl_router_check_bare(struct netlink_ext_ack *extack,
				struct nlattr **tb,
				const struct dvr_router_cfg *cfg)
{
	if (tb[DVR_A_ROUTER_IFNAME])
		return dvr_nl_bad(extack, tb[DVR_A_ROUTER_IFNAME],
				  "a router without a netdev cannot have a netdev name",
				  -EINVAL);
	if (cfg->punt)
		return dvr_nl_bad(extack, tb[DVR_A_ROUTER_PUNT],
				  "a router without a netdev cannot hand packets to the host",
				  -EINVAL);
	return 0;
}

static bool nl_router_with_netdev(struct nlattr **tb)
{
	return !tb[DVR_A_ROUTER_NETDEV] ||
	       nla_get_u32(tb[DVR_A_ROUTER_NETDEV]);
}

static int router_add(struct dvr_txn *txn, struct nlattr **tb)
{
	struct nlattr *ifname = tb[DVR_A_ROUTER_IFNAME];
	struct dvr_router_cfg cfg;
	struct net_device *dev;
	const char *name;
	int err;
	u32 id;

	dvr_router_cfg_init(&cfg);
	name = dvr_nl_name(txn->extack, tb[DVR_A_ROUTER_NAME],
			   "a router needs a name");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (dvr_router_find(txn->dn, name))
		return dvr_nl_bad(txn->extack, tb[DVR_A_ROUTER_NAME],
				  "there is a router of this name", -EEXIST);
	if (ifname && !dev_valid_name(nla_data(ifname)))
		return dvr_nl_bad(txn->extack, ifname,
				  "a netdev cannot have this name", -EINVAL);
	err = nl_router_read_cfg(txn->extack, tb, &cfg) ?:
	      dvr_nl_id(txn->extack, tb[DVR_A_ROUTER_ID], &txn->dn->routers,
			&id);
	if (err)
		return err;
	if (!nl_router_with_netdev(tb))
		return nl_router_check_bare(txn->extack, tb, &cfg) ?:
		       dvr_bare_create(txn, name, id, &cfg);
	dev = dvr_link_create(txn, name, ifname ? nla_data(ifname) : NULL,
			      id, &cfg);
	return PTR_ERR_OR_ZERO(dev);
}

static int router_set(struct dvr_txn *txn, struct nlattr **tb)
{
	struct nlattr *ifname = tb[DVR_A_ROUTER_IFNAME];
	struct nlattr *id = tb[DVR_A_ROUTER_ID];
	struct dvr_router_cfg cfg;
	struct dvr_router *router;
	int err;

	router = dvr_nl_router_ref(txn->dn, txn->extack,
				   DVR_NL_SELF_SET(tb, DVR_A_ROUTER));
	if (IS_ERR(router))
		return PTR_ERR(router);
	if (id && nla_get_u32(id) != router->named.slot.id)
		return dvr_nl_bad(txn->extack, id,
				  "the id of a router cannot change",
				  -EOPNOTSUPP);
	if (tb[DVR_A_ROUTER_NETDEV] &&
	    nl_router_with_netdev(tb) == router->bare)
		return dvr_nl_bad(txn->extack, tb[DVR_A_ROUTER_NETDEV],
				  "a router keeps its netdev, or has none; delete the router and add it again",
				  -EOPNOTSUPP);
	if (!router->bare && ifname && nla_strcmp(ifname, router->dev->name))
		return dvr_nl_bad(txn->extack, ifname,
				  "rename the netdev with: ip link set dev ... name ...",
				  -EOPNOTSUPP);
	cfg = *dvr_router_cfg(router);
	nl_router_unset(tb, &cfg);
	err = nl_router_read_cfg(txn->extack, tb, &cfg);
	if (!err && router->bare)
		err = nl_router_check_bare(txn->extack, tb, &cfg);
	return err ?: dvr_router_set(txn, router, &cfg);
}

static int router_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_router *router;

	router = dvr_nl_router_ref(txn->dn, txn->extack,
				   DVR_NL_SELF(tb, DVR_A_ROUTER));
	if (IS_ERR(router))
		return PTR_ERR(router);
	dvr_router_del(txn, router);
	return 0;
}

static int router_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_router *router = dvr_router((struct dvr_obj *)obj);

	if (!router->bare &&
	    (nla_put_string(skb, DVR_A_ROUTER_IFNAME, router->dev->name) ||
	     nla_put_u32(skb, DVR_A_ROUTER_IFINDEX, router->dev->ifindex)))
		return -EMSGSIZE;
	if (nla_put_u32(skb, DVR_A_ROUTER_ID, router->named.slot.id) ||
	    nla_put_string(skb, DVR_A_ROUTER_NAME, router->named.name) ||
	    nla_put_u32(skb, DVR_A_ROUTER_NETDEV, !router->bare) ||
	    nla_put_u32(skb, DVR_A_ROUTER_ICMP_RATE_PPS, router->cfg.icmp_rate) ||
	    nla_put_u32(skb, DVR_A_ROUTER_NEIGH_RATE_PPS,
			router->cfg.neigh_rate) ||
	    nla_put_u32(skb, DVR_A_ROUTER_NEIGH_LIMIT,
			router->cfg.neigh_limit) ||
	    nla_put_u32(skb, DVR_A_ROUTER_PUNT, router->cfg.punt) ||
	    nla_put_u32(skb, DVR_A_ROUTER_UP, dvr_router_up(router)) ||
	    nla_put_u32(skb, DVR_A_ROUTER_IFACES, router->n_ifaces) ||
	    nla_put_u32(skb, DVR_A_ROUTER_ROUTES, router->n_routes) ||
	    nl_router_fill_nat(skb, router))
		return -EMSGSIZE;
	return 0;
}

static int router_fill_counters(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_router *router = dvr_router((struct dvr_obj *)obj);
	const struct dvr_nat *nat = router->nat_ctl;

	if (nla_put_u32(skb, DVR_A_ROUTER_NEIGHS,
			atomic_read(&router->n_neighs)) ||
	    nla_put_u32(skb, DVR_A_ROUTER_CONNS,
			nat ? atomic_read(&nat->n_conns) : 0) ||
	    nla_put_u32(skb, DVR_A_ROUTER_FLOWS,
			nat ? READ_ONCE(nat->n_flows) : 0))
		return -EMSGSIZE;
	return dvr_nl_put_stats(skb, DVR_A_ROUTER_STATS, router->stats);
}

const struct dvr_nl_kind dvr_nl_router = {
	.kind = &dvr_router_kind,
	.attr = DVR_A_ROUTER,
	.op_attr = DVR_A_OP_ROUTER,
	.policy = dvr_router_nl_policy,
	.maxattr = DVR_A_ROUTER_MAX,
	.keys = BIT_ULL(DVR_A_ROUTER_NAME) | BIT_ULL(DVR_A_ROUTER_ID),
	.told = DVR_ROUTER_READ_ONLY,
	.unset = DVR_A_ROUTER_UNSET,
	.may_unset = BIT_ULL(DVR_A_ROUTER_ICMP_RATE_PPS) |
		     BIT_ULL(DVR_A_ROUTER_NEIGH_RATE_PPS) |
		     BIT_ULL(DVR_A_ROUTER_NEIGH_LIMIT) |
		     BIT_ULL(DVR_A_ROUTER_CONN_LIMIT) |
		     BIT_ULL(DVR_A_ROUTER_FLOW_LIMIT) |
		     BIT_ULL(DVR_A_ROUTER_PORT_REST_S) |
		     BIT_ULL(DVR_A_ROUTER_ZONE) |
		     BIT_ULL(DVR_A_ROUTER_UDP_TIMEOUT_S) |
		     BIT_ULL(DVR_A_ROUTER_TCP_TIMEOUT_S) |
		     BIT_ULL(DVR_A_ROUTER_TCP_TRANSITORY_TIMEOUT_S) |
		     BIT_ULL(DVR_A_ROUTER_ICMP_TIMEOUT_S) |
		     BIT_ULL(DVR_A_ROUTER_PUNT) |
		     BIT_ULL(DVR_A_ROUTER_FLOW_CACHE) |
		     BIT_ULL(DVR_A_ROUTER_HELPERS) |
		     BIT_ULL(DVR_A_ROUTER_HELPER_PORT),
	.filters = BIT_ULL(DVR_A_ROUTER_NAME) | BIT_ULL(DVR_A_ROUTER_ID),
	.get = DVR_CMD_ROUTER_GET,
	.ntf = DVR_CMD_ROUTER_NTF,
	.group = DVR_NLGRP_ROUTER,
	.rtnl = true,
	.add = router_add,
	.set = router_set,
	.del = router_del,
	.fill = router_fill,
	.fill_counters = router_fill_counters,
};

int dvr_nl_router_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_ROUTER_MAX + 1];
	struct dvr_router *router;
	int err;

	err = dvr_nl_parse(info, &dvr_nl_router, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	router = dvr_nl_router_ref(dn, info->extack,
				   DVR_NL_SELF(tb, DVR_A_ROUTER));
	err = IS_ERR(router) ? PTR_ERR(router) :
	      dvr_nl_reply(info, &dvr_nl_router, &router->named.obj);
	mutex_unlock(&dn->lock);
	return err;
}

static bool nl_router_match(struct nlattr **tb, const struct dvr_named *named)
{
	return !dvr_nl_ref_differs(DVR_NL_SELF(tb, DVR_A_ROUTER), named);
}

int dvr_nl_router_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));

	return dvr_nl_dump_named(skb, cb, &dvr_nl_router, &dn->routers,
				 nl_router_match);
}
