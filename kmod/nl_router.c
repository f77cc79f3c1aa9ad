// SPDX-License-Identifier: GPL-2.0-only
/* Routers over netlink. */
#include "link.h"
#include "nl.h"

static int read_cfg(struct netlink_ext_ack *extack, struct nlattr **tb,
		    struct dvr_router_cfg *cfg)
{
	if (tb[DVR_A_ROUTER_PUNT])
		cfg->punt = nla_get_u8(tb[DVR_A_ROUTER_PUNT]);
	return dvr_nl_u32(extack, tb[DVR_A_ROUTER_ICMP_RATE], 0, 1000000,
			  "icmp-rate is 0 to 1000000 errors a second",
			  &cfg->icmp_rate) ?:
	       dvr_nl_u32(extack, tb[DVR_A_ROUTER_NEIGH_LIMIT], 0, 1 << 20,
			  "neigh-limit is 0 to 1048576 neighbours",
			  &cfg->neigh_limit);
}

static int router_add(struct dvr_txn *txn, struct nlattr **tb)
{
	struct nlattr *ifname = tb[DVR_A_ROUTER_IFNAME];
	struct dvr_router_cfg cfg = {
		.icmp_rate = DVR_ICMP_RATE_DEFAULT,
		.neigh_limit = DVR_NEIGH_LIMIT_DEFAULT,
	};
	struct net_device *dev;
	const char *name;
	int err;
	u32 id;

	name = dvr_nl_name(txn->extack, tb[DVR_A_ROUTER_NAME],
			   "a router needs a name");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (dvr_router_find(txn->dn, name))
		return dvr_nl_bad(txn->extack, tb[DVR_A_ROUTER_NAME],
				  "there is a router of this name", -EEXIST);
	if (ifname && !dev_valid_name(nla_data(ifname)))
		return dvr_nl_bad(txn->extack, ifname,
				  "not a valid name for a netdev", -EINVAL);
	err = read_cfg(txn->extack, tb, &cfg) ?:
	      dvr_nl_id(txn->extack, tb[DVR_A_ROUTER_ID], &txn->dn->routers,
			&id);
	if (err)
		return err;
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

	router = dvr_nl_router_ref(txn->dn, txn->extack, tb[DVR_A_ROUTER_NAME]);
	if (IS_ERR(router))
		return PTR_ERR(router);
	if (id && nla_get_u32(id) != router->named.id)
		return dvr_nl_bad(txn->extack, id,
				  "a router keeps its id", -EOPNOTSUPP);
	if (ifname && nla_strcmp(ifname, router->dev->name))
		return dvr_nl_bad(txn->extack, ifname,
				  "rename the netdev with: ip link set dev ... name ...",
				  -EOPNOTSUPP);
	cfg = *dvr_router_cfg(router);
	return read_cfg(txn->extack, tb, &cfg) ?:
	       dvr_router_set(txn, router, &cfg);
}

static int router_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_router *router;

	router = dvr_nl_router_ref(txn->dn, txn->extack, tb[DVR_A_ROUTER_NAME]);
	if (IS_ERR(router))
		return PTR_ERR(router);
	dvr_router_del(txn, router);
	return 0;
}

static int router_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_router *router = dvr_router((struct dvr_obj *)obj);

	if (nla_put_u32(skb, DVR_A_ROUTER_ID, router->named.id) ||
	    nla_put_string(skb, DVR_A_ROUTER_NAME, router->named.name) ||
	    nla_put_string(skb, DVR_A_ROUTER_IFNAME, router->dev->name) ||
	    nla_put_u32(skb, DVR_A_ROUTER_IFINDEX, router->dev->ifindex) ||
	    nla_put_u32(skb, DVR_A_ROUTER_ICMP_RATE, router->cfg.icmp_rate) ||
	    nla_put_u32(skb, DVR_A_ROUTER_NEIGH_LIMIT,
			router->cfg.neigh_limit) ||
	    nla_put_u8(skb, DVR_A_ROUTER_PUNT, router->cfg.punt) ||
	    nla_put_u8(skb, DVR_A_ROUTER_UP, netif_running(router->dev)) ||
	    nla_put_u32(skb, DVR_A_ROUTER_IFACES, router->n_ifaces) ||
	    nla_put_u32(skb, DVR_A_ROUTER_ROUTES, router->n_routes) ||
	    nla_put_u32(skb, DVR_A_ROUTER_NEIGHS,
			atomic_read(&router->n_neighs)))
		return -EMSGSIZE;
	return dvr_nl_put_stats(skb, DVR_A_ROUTER_STATS, router->stats);
}

const struct dvr_nl_kind dvr_nl_router = {
	.kind = &dvr_router_kind,
	.attr = DVR_A_ROUTER,
	.op_attr = DVR_A_OP_ROUTER,
	.policy = dvr_router_nl_policy,
	.maxattr = DVR_A_ROUTER_MAX,
	.get = DVR_CMD_ROUTER_GET,
	.ntf = DVR_CMD_ROUTER_NTF,
	.group = DVR_NLGRP_CONFIG,
	.rtnl = true,
	.add = router_add,
	.set = router_set,
	.del = router_del,
	.fill = router_fill,
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
	router = dvr_nl_router_ref(dn, info->extack, tb[DVR_A_ROUTER_NAME]);
	err = IS_ERR(router) ? PTR_ERR(router) :
	      dvr_nl_reply(info, &dvr_nl_router, &router->named.obj);
	mutex_unlock(&dn->lock);
	return err;
}

static bool match(struct nlattr **tb, const struct dvr_named *named)
{
	return !dvr_nl_differs(tb[DVR_A_ROUTER_NAME], named->name);
}

int dvr_nl_router_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));

	return dvr_nl_dump_named(skb, cb, &dvr_nl_router, &dn->routers, match);
}
