// SPDX-License-Identifier: GPL-2.0-only
/* Netlink command route-lookup: find the way of a packet in the live state. */
#include "control/nl_lookup.h"
#include "path/forward.h"

/* The way to a destination. */
struct answer {
	struct dvr_route_ref ref;
	const struct dvr_iface *out;
	const struct dvr_outdev *dev;
	struct in6_addr gateway;
	struct dvr_neigh *neigh;
	unsigned int mtu;
};

static void lookup_run(struct dvr_router *router, const struct in6_addr *dst,
		       const struct in6_addr *src, struct answer *a)
{
	bool v4 = ipv6_addr_v4mapped(dst);
	struct dvr_nexthop *nh = NULL;
	struct dvr_port *port = NULL;
	struct dvr_route *route;

	route = dvr_lookup(router, v4, v4 ? (const void *)&dst->s6_addr32[3] :
					    (const void *)dst);
	if (!route)
		return;
	dvr_route_ref_found(&a->ref, router, dst, route);
	a->dev = dvr_route_device(route);
	if (a->dev)
		return;
	a->gateway = *dst;
	if (route->type == DVR_ROUTE_TYPE_CONNECTED)
		a->out = route->iface;
	if (route->type == DVR_ROUTE_TYPE_UNICAST)
		nh = dvr_nhg_select(route->nhg,
				    dvr_flow_hash(router, src, dst, 0, 0));
	if (nh) {
		if (!dvr_nexthop_direct(nh))
			a->gateway = nh->via;
		a->out = READ_ONCE(nh->iface);
	}
	if (!a->out)
		return;
	a->neigh = dvr_neigh_lookup(a->out->seg, &a->gateway);
	if (a->neigh && READ_ONCE(a->neigh->mac) && !a->neigh->iface)
		port = dvr_neigh_port(a->neigh);
	a->mtu = port ? READ_ONCE(port->mtu) : READ_ONCE(a->out->seg->cfg.mtu);
}

/* A route by a device; without the netdev there is no MTU. */
static int lookup_fill_device(struct sk_buff *skb, const struct dvr_outdev *out)
{
	const struct net_device *dev = rcu_dereference(out->dev);

	if (nla_put_string(skb, DVR_A_LOOKUP_DEV, out->name) ||
	    (dev && nla_put_u32(skb, DVR_A_LOOKUP_MTU, READ_ONCE(dev->mtu))))
		return -EMSGSIZE;
	return 0;
}

static int lookup_put_nested(struct sk_buff *skb, int type,
			     int (*fill)(struct sk_buff *skb,
					 const struct dvr_obj *obj),
			     const struct dvr_obj *obj)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || fill(skb, obj))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int lookup_fill(struct sk_buff *skb, const struct dvr_router *router,
		       const struct in6_addr *dst, const struct answer *a)
{
	struct in6_addr src;

	if (dvr_nl_put_ref(skb, DVR_A_LOOKUP_ROUTER, &router->named) ||
	    dvr_nl_put_ip(skb, DVR_A_LOOKUP_DST, dst) ||
	    lookup_put_nested(skb, DVR_A_LOOKUP_ROUTE, dvr_nl_route_fill,
			      &a->ref.obj))
		return -EMSGSIZE;
	if (a->dev)
		return lookup_fill_device(skb, a->dev);
	if (!a->out)
		return 0;
	if (dvr_nl_put_ip(skb, DVR_A_LOOKUP_GATEWAY, &a->gateway) ||
	    dvr_nl_put_ref(skb, DVR_A_LOOKUP_SEGMENT, &a->out->seg->named) ||
	    nla_put_u32(skb, DVR_A_LOOKUP_MTU, a->mtu))
		return -EMSGSIZE;
	if (dvr_iface_source(a->out, &a->gateway, &src) &&
	    dvr_nl_put_ip(skb, DVR_A_LOOKUP_PREFSRC, &src))
		return -EMSGSIZE;
	return a->neigh ? lookup_put_nested(skb, DVR_A_LOOKUP_NEIGH,
					    dvr_nl_neigh_fill,
					    &a->neigh->entry.obj) : 0;
}

static struct sk_buff *lookup_make_msg(struct genl_info *info,
				       const struct dvr_router *router,
				       const struct in6_addr *dst,
				       const struct answer *a)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC);
	struct nlattr *nest;
	void *hdr;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	hdr = genlmsg_put_reply(msg, info, &dvr_family, 0,
				DVR_CMD_ROUTE_LOOKUP);
	nest = hdr ? nla_nest_start(msg, DVR_A_LOOKUP) : NULL;
	if (!nest || lookup_fill(msg, router, dst, a)) {
		nlmsg_free(msg);
		return ERR_PTR(-EMSGSIZE);
	}
	nla_nest_end(msg, nest);
	genlmsg_end(msg, hdr);
	return msg;
}

static struct sk_buff *lookup_answer(struct genl_info *info,
				     struct dvr_router *router,
				     const struct in6_addr *dst,
				     const struct in6_addr *src)
{
	struct answer a = {};
	struct sk_buff *msg;

	rcu_read_lock();
	local_bh_disable();
	lookup_run(router, dst, src, &a);
	if (a.ref.route)
		msg = lookup_make_msg(info, router, dst, &a);
	else
		msg = ERR_PTR(dvr_nl_bad(info->extack, NULL,
					 "the router has no route to the destination",
					 -ENETUNREACH));
	local_bh_enable();
	rcu_read_unlock();
	return msg;
}

/**
 * dvr_nl_route_lookup_doit() - find the way of a packet through a router
 * @skb: message
 * @info: request
 *
 * Return: 0 with a reply, -EINVAL, -ENOENT, -ENETUNREACH or -ENOMEM.
 */
int dvr_nl_route_lookup_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_LOOKUP_MAX + 1];
	struct in6_addr dst, src = {};
	struct dvr_router *router;
	struct sk_buff *msg;
	int err;

	if (!info->attrs[DVR_A_LOOKUP])
		return dvr_nl_bad(info->extack, NULL,
				  "the request has no object", -EINVAL);
	err = nla_parse_nested(tb, DVR_A_LOOKUP_MAX, info->attrs[DVR_A_LOOKUP],
			       dvr_lookup_nl_policy, info->extack) ?:
	      dvr_nl_none_of(info->extack, tb, DVR_A_LOOKUP_MAX,
			     ~(DVR_NL_BITS_OF(DVR_A_LOOKUP_ROUTER) |
			       BIT_ULL(DVR_A_LOOKUP_DST) |
			       BIT_ULL(DVR_A_LOOKUP_SRC)),
			     "the attribute is part of the answer");
	if (err)
		return err;
	if (!tb[DVR_A_LOOKUP_DST])
		return dvr_nl_bad(info->extack, NULL,
				  "a look-up needs a destination", -EINVAL);
	err = dvr_nl_ip(info->extack, tb[DVR_A_LOOKUP_DST], &dst);
	if (!err && tb[DVR_A_LOOKUP_SRC])
		err = dvr_nl_ip(info->extack, tb[DVR_A_LOOKUP_SRC], &src);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	router = dvr_nl_router_ref(dn, info->extack,
				   DVR_NL_REF(tb, DVR_A_LOOKUP_ROUTER));
	msg = IS_ERR(router) ? ERR_CAST(router) :
			       lookup_answer(info, router, &dst, &src);
	mutex_unlock(&dn->lock);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}
