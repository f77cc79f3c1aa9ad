// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for routes. */
#include <linux/slab.h>

#include "control/nl.h"
#include "control/nl_lookup.h"

/* Read the segment that a next hop is on, if it is given. */
static int nl_route_read_segment(struct dvr_router *router,
				 struct netlink_ext_ack *extack,
				 struct nlattr **tb,
				 struct dvr_nexthop_spec *nh)
{
	struct dvr_nl_ref ref = DVR_NL_REF(tb, DVR_A_NEXTHOP_SEGMENT);
	const struct nlattr *attr = dvr_nl_ref_attr(ref);
	struct dvr_segment *seg;

	nh->onlink = tb[DVR_A_NEXTHOP_ONLINK] &&
		     nla_get_u32(tb[DVR_A_NEXTHOP_ONLINK]);
	if (!attr)
		return nh->onlink ?
		       dvr_nl_bad(extack, tb[DVR_A_NEXTHOP_ONLINK],
				  "onlink needs the segment of the next hop",
				  -EINVAL) : 0;
	if (nh->dev)
		return dvr_nl_bad(extack, attr,
				  "a route with dev has no segment", -EINVAL);
	if (nh->onlink && !tb[DVR_A_NEXTHOP_VIA])
		return dvr_nl_bad(extack, tb[DVR_A_NEXTHOP_ONLINK],
				  "onlink needs the address of the next hop",
				  -EINVAL);
	seg = dvr_nl_segment_ref(router->dn, extack, ref);
	if (IS_ERR(seg))
		return PTR_ERR(seg);
	if (!dvr_iface_find(router, seg))
		return dvr_nl_bad(extack, attr,
				  "the router has no iface on the segment",
				  -ENETUNREACH);
	nh->segment = seg->named.name;
	return 0;
}

static int nl_route_read_nexthop(struct dvr_router *router,
				 struct netlink_ext_ack *extack,
				 const struct nlattr *attr,
				 struct dvr_nexthop_spec *nh)
{
	struct nlattr *tb[DVR_A_NEXTHOP_MAX + 1];
	int err;

	dvr_nl_index(tb, DVR_A_NEXTHOP_MAX, attr);
	err = dvr_nl_none_of(extack, tb, DVR_A_NEXTHOP_MAX,
			     DVR_NEXTHOP_READ_ONLY,
			     "the attribute is read-only");
	if (err)
		return err;
	if (tb[DVR_A_NEXTHOP_VIA] ? !!tb[DVR_A_NEXTHOP_DEV] :
	    !tb[DVR_A_NEXTHOP_DEV] && !tb[DVR_A_NEXTHOP_SEGMENT] &&
	    !tb[DVR_A_NEXTHOP_SEGMENT_ID])
		return dvr_nl_bad(extack, attr,
				  "a next hop has either via or dev, or a segment alone",
				  -EINVAL);
	memset(nh, 0, sizeof(*nh));
	nh->weight = 1;
	if (tb[DVR_A_NEXTHOP_WEIGHT])
		nh->weight = nla_get_u32(tb[DVR_A_NEXTHOP_WEIGHT]);
	if (tb[DVR_A_NEXTHOP_DEV]) {
		nh->dev = nla_data(tb[DVR_A_NEXTHOP_DEV]);
		if (!dev_valid_name(nh->dev))
			return dvr_nl_bad(extack, tb[DVR_A_NEXTHOP_DEV],
					  "a device cannot have this name",
					  -EINVAL);
	}
	err = nl_route_read_segment(router, extack, tb, nh);
	if (err || !tb[DVR_A_NEXTHOP_VIA])
		return err;
	return dvr_nl_unicast(extack, tb[DVR_A_NEXTHOP_VIA], &nh->via);
}

/* By a device, or to a segment: other next hops cannot stand beside it. */
static bool nl_route_alone(const struct dvr_nexthop_spec *nh)
{
	return ipv6_addr_any(&nh->via);
}

/* Names of segments are those of the objects, so pointers can be compared. */
static bool nl_route_nexthop_twice(const struct dvr_nexthop_spec *a,
				   const struct dvr_nexthop_spec *b)
{
	return a->segment == b->segment && ipv6_addr_equal(&a->via, &b->via);
}

static int nl_route_read_nexthops(struct dvr_router *router,
				  struct netlink_ext_ack *extack,
				  struct nlattr **tb,
				  struct dvr_nexthop_spec *nh)
{
	struct nlattr *attr;
	int rem, err, n = 0, i;

	nla_for_each_nested(attr, tb[0], rem) {
		if (nla_type(attr) != DVR_A_ROUTE_NEXTHOP)
			continue;
		if (n == DVR_NEXTHOPS_MAX)
			return dvr_nl_bad(extack, attr, "too many next hops",
					  -E2BIG);
		err = nl_route_read_nexthop(router, extack, attr, &nh[n]);
		if (err)
			return err;
		if (n && (nl_route_alone(&nh[0]) || nl_route_alone(&nh[n])))
			return dvr_nl_bad(extack, attr,
					  "a route by a dev or to a segment has no other next hop",
					  -EINVAL);
		for (i = 0; i < n; i++)
			if (nl_route_nexthop_twice(&nh[i], &nh[n]))
				return dvr_nl_bad(extack, attr,
						  "the next hop is given twice",
						  -EINVAL);
		n++;
	}
	return n;
}

static int nl_route_read_dst(struct netlink_ext_ack *extack, struct nlattr **tb,
			     struct dvr_prefix *dst)
{
	struct dvr_prefix whole;
	int err;

	if (!tb[DVR_A_ROUTE_DST])
		return dvr_nl_bad(extack, NULL, "a route needs a prefix",
				  -EINVAL);
	err = dvr_nl_prefix(extack, tb[DVR_A_ROUTE_DST], dst);
	if (err)
		return err;
	whole = *dst;
	dvr_prefix_mask(dst);
	if (!dvr_prefix_equal(&whole, dst))
		return dvr_nl_bad(extack, tb[DVR_A_ROUTE_DST],
				  "the prefix has host bits set", -EINVAL);
	return 0;
}

static int nl_route_read_spec(struct dvr_txn *txn, struct dvr_router *router,
			      struct nlattr **tb,
			      struct dvr_route_spec *spec,
			      struct dvr_nexthop_spec *nh)
{
	struct netlink_ext_ack *extack = txn->extack;
	int n;

	memset(spec, 0, sizeof(*spec));
	n = nl_route_read_dst(extack, tb, &spec->dst);
	if (n)
		return n;
	spec->type = DVR_ROUTE_TYPE_UNICAST;
	if (tb[DVR_A_ROUTE_TYPE])
		spec->type = nla_get_u32(tb[DVR_A_ROUTE_TYPE]);
	if (tb[DVR_A_ROUTE_METRIC])
		spec->metric = nla_get_u32(tb[DVR_A_ROUTE_METRIC]);
	n = nl_route_read_nexthops(router, extack, tb, nh);
	if (n < 0)
		return n;
	if (spec->type == DVR_ROUTE_TYPE_UNICAST && !n)
		return dvr_nl_bad(extack, NULL,
				  "give the route a next hop or a dev, or blackhole, unreachable or prohibit",
				  -EINVAL);
	if (spec->type != DVR_ROUTE_TYPE_UNICAST && n)
		return dvr_nl_bad(extack, tb[DVR_A_ROUTE_NEXTHOP],
				  "a route of this type has no next hop",
				  -EINVAL);
	if (n && nl_route_alone(&nh[0]) && nh[0].segment && spec->dst.v4)
		dvr_map4(&nh[0].via, 0);
	spec->nh = nh;
	spec->n_nh = n;
	return 0;
}

/* Stage the end of the old route. Return: 0 if an equal route stays, else 1. */
static int nl_route_clear_place(struct dvr_txn *txn, struct dvr_router *router,
				const struct dvr_route_spec *spec)
{
	struct dvr_route *old = dvr_route_find_metric(router, &spec->dst,
						      spec->metric);
	int err;

	if (!old || dvr_route_leg(old))
		return 1;
	if (dvr_route_same(old, spec))
		return 0;
	err = dvr_route_del(txn, router, &spec->dst, old);
	return err ?: 1;
}

static int nl_route_add_spec(struct dvr_txn *txn, struct nlattr **tb,
			     struct dvr_router *router,
			     const struct dvr_route_spec *spec)
{
	int err = dvr_route_add(txn, router, spec);
	struct dvr_route *old;

	if (err != -EEXIST)
		return dvr_nl_blame(txn->extack, tb[DVR_A_ROUTE_NEXTHOP], err);
	old = dvr_route_find_metric(router, &spec->dst, spec->metric);
	if (old && dvr_route_leg(old))
		dvr_nl_bad(txn->extack, tb[DVR_A_ROUTE_DST],
			   "the prefix belongs to an iface", err);
	return dvr_nl_blame(txn->extack, tb[DVR_A_ROUTE_DST], err);
}

static unsigned int nl_route_count_nexthops(struct nlattr **tb)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nla_for_each_nested(attr, tb[0], rem)
		n += nla_type(attr) == DVR_A_ROUTE_NEXTHOP;
	return min_t(unsigned int, n, DVR_NEXTHOPS_MAX);
}

/*
 * Stage a new route. With @replace, the new route replaces one with the same
 * prefix and metric.
 */
static int nl_route_make(struct dvr_txn *txn, struct nlattr **tb, bool replace)
{
	struct dvr_nexthop_spec few[2], *nh = few;
	struct dvr_route_spec spec;
	struct dvr_router *router;
	unsigned int n;
	int err;

	router = dvr_nl_router_ref(txn->dn, txn->extack,
				   DVR_NL_REF(tb, DVR_A_ROUTE_ROUTER));
	if (IS_ERR(router))
		return PTR_ERR(router);
	n = nl_route_count_nexthops(tb);
	if (n > ARRAY_SIZE(few))
		nh = kmalloc_array(n, sizeof(*nh), GFP_KERNEL_ACCOUNT);
	if (!nh)
		return -ENOMEM;
	err = nl_route_read_spec(txn, router, tb, &spec, nh) ?: 1;
	if (err > 0 && replace)
		err = nl_route_clear_place(txn, router, &spec);
	if (err > 0)
		err = nl_route_add_spec(txn, tb, router, &spec);
	if (nh != few)
		kfree(nh);
	return err;
}

static int route_add(struct dvr_txn *txn, struct nlattr **tb)
{
	return nl_route_make(txn, tb, false);
}

static int route_set(struct dvr_txn *txn, struct nlattr **tb)
{
	return nl_route_make(txn, tb, true);
}

/* Find the route with the metric in a request, or the best of the prefix. */
static int nl_route_find(struct dvr_net *dn, struct netlink_ext_ack *extack,
			 struct nlattr **tb, struct dvr_route_ref *ref)
{
	struct dvr_router *router;
	struct dvr_prefix dst;
	struct dvr_route *r;
	int err;

	router = dvr_nl_router_ref(dn, extack,
				   DVR_NL_REF(tb, DVR_A_ROUTE_ROUTER));
	if (IS_ERR(router))
		return PTR_ERR(router);
	err = nl_route_read_dst(extack, tb, &dst);
	if (err)
		return err;
	if (tb[DVR_A_ROUTE_METRIC])
		r = dvr_route_find_metric(router, &dst,
					  nla_get_u32(tb[DVR_A_ROUTE_METRIC]));
	else
		r = dvr_route_find(router, &dst);
	if (!r)
		return dvr_nl_bad(extack, tb[DVR_A_ROUTE_DST],
				  "the router has no such route", -ENOENT);
	dvr_route_ref_init(ref, router, &dst, r);
	return 0;
}

static int route_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_route_ref ref;
	int err = nl_route_find(txn->dn, txn->extack, tb, &ref);

	if (err)
		return err;
	if (dvr_route_leg(ref.route))
		return dvr_nl_bad(txn->extack, tb[DVR_A_ROUTE_DST],
				  "the route belongs to an iface; change the iface's addr",
				  -EBUSY);
	return dvr_route_del(txn, ref.router, &ref.dst, ref.route);
}

static int nl_route_fill_device(struct sk_buff *skb,
				const struct dvr_outdev *dev)
{
	u8 state = dvr_outdev_state(dev);
	const char *why = NULL;

	if (state == DVR_PORT_STATE_REFUSED)
		why = dvr_outdev_why(dev);
	if (nla_put_string(skb, DVR_A_NEXTHOP_DEV, dev->name) ||
	    nla_put_u32(skb, DVR_A_NEXTHOP_STATE, state) ||
	    (why && nla_put_string(skb, DVR_A_NEXTHOP_WHY, why)))
		return -EMSGSIZE;
	return 0;
}

static int nl_route_fill_nexthop(struct sk_buff *skb,
				 const struct dvr_nexthop *nh)
{
	const struct dvr_iface *iface = READ_ONCE(nh->iface);
	const struct dvr_outdev *dev = READ_ONCE(nh->dev);
	struct nlattr *nest = nla_nest_start(skb, DVR_A_ROUTE_NEXTHOP);

	if (!nest || (dev && nl_route_fill_device(skb, dev)) ||
	    (!dvr_nexthop_direct(nh) &&
	     dvr_nl_put_ip(skb, DVR_A_NEXTHOP_VIA, &nh->via)) ||
	    nla_put_u32(skb, DVR_A_NEXTHOP_WEIGHT, nh->weight) ||
	    (nh->onlink && nla_put_u32(skb, DVR_A_NEXTHOP_ONLINK, 1)) ||
	    (nh->segment && nla_put_string(skb, DVR_A_NEXTHOP_SEGMENT_GIVEN,
					   nh->segment)) ||
	    (iface && dvr_nl_put_ref(skb, DVR_A_NEXTHOP_SEGMENT,
				     &iface->seg->named)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * dvr_nl_route_fill() - put the attributes of a route
 * @skb: message
 * @obj: the route
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_route_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_route_ref *ref = dvr_route_ref(obj);
	const struct dvr_route *route = ref->route;
	const struct dvr_iface *leg = dvr_route_leg(route);
	unsigned int i;

	if (dvr_nl_put_ref(skb, DVR_A_ROUTE_ROUTER, &ref->router->named) ||
	    dvr_nl_put_prefix(skb, DVR_A_ROUTE_DST, &ref->dst) ||
	    nla_put_u32(skb, DVR_A_ROUTE_TYPE, route->type) ||
	    nla_put_u32(skb, DVR_A_ROUTE_METRIC, route->metric) ||
	    (leg && dvr_nl_put_ref(skb, DVR_A_ROUTE_SEGMENT, &leg->seg->named)))
		return -EMSGSIZE;
	if (route->type != DVR_ROUTE_TYPE_UNICAST)
		return 0;
	for (i = 0; i < route->nhg->n; i++)
		if (nl_route_fill_nexthop(skb, &route->nhg->nh[i]))
			return -EMSGSIZE;
	return 0;
}

const struct dvr_nl_kind dvr_nl_route = {
	.kind = &dvr_route_kind,
	.attr = DVR_A_ROUTE,
	.op_attr = DVR_A_OP_ROUTE,
	.policy = dvr_route_nl_policy,
	.maxattr = DVR_A_ROUTE_MAX,
	.keys = DVR_NL_BITS_OF(DVR_A_ROUTE_ROUTER) |
		BIT_ULL(DVR_A_ROUTE_DST) |
		BIT_ULL(DVR_A_ROUTE_METRIC),
	.told = DVR_ROUTE_READ_ONLY,
	.filters = DVR_NL_BITS_OF(DVR_A_ROUTE_ROUTER),
	.by_router = { DVR_A_ROUTE_ROUTER, DVR_A_ROUTE_ROUTER_ID },
	.get = DVR_CMD_ROUTE_GET,
	.ntf = DVR_CMD_ROUTE_NTF,
	.group = DVR_NLGRP_ROUTE,
	.add = route_add,
	.set = route_set,
	.del = route_del,
	.fill = dvr_nl_route_fill,
};

int dvr_nl_route_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_ROUTE_MAX + 1];
	struct dvr_route_ref ref;
	int err;

	err = dvr_nl_parse(info, &dvr_nl_route, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	err = nl_route_find(dn, info->extack, tb, &ref) ?:
	      dvr_nl_reply(info, &dvr_nl_route, &ref.obj);
	mutex_unlock(&dn->lock);
	return err;
}

/* The place from which a dump of routes continues. */
struct cursor {
	unsigned long router;
	struct in6_addr key;
	u32 alt;
	u8 len;
	bool v6;
	bool going;	/* the dump has begun the prefix of @key and @len */
};

static void nl_route_cursor_prefix(const struct cursor *at,
				   struct dvr_prefix *dst)
{
	dst->v4 = !at->v6;
	dst->len = at->len;
	dst->ip = at->key;
	if (dst->v4)
		dvr_map4(&dst->ip, at->key.s6_addr32[0]);
}

/* Dump the routes of a prefix, from the @alt-th on. */
static int nl_route_dump_ring(struct sk_buff *skb, struct netlink_callback *cb,
			      struct cursor *at, struct dvr_router *router,
			      struct dvr_route *best)
{
	struct dvr_route *r = best;
	struct dvr_route_ref ref;
	struct dvr_prefix dst;
	u32 i = 0;

	nl_route_cursor_prefix(at, &dst);
	do {
		if (i++ >= at->alt) {
			dvr_route_ref_init(&ref, router, &dst, r);
			if (dvr_nl_dump_put(skb, cb, &dvr_nl_route, &ref.obj))
				return -EMSGSIZE;
			at->alt = i;
		}
		r = r->next;
	} while (r != best);
	at->alt = 0;
	return 0;
}

static int nl_route_dump_table(struct sk_buff *skb, struct netlink_callback *cb,
			       struct cursor *at, struct dvr_router *router)
{
	const struct dvr_lpm *lpm = at->v6 ? &router->rt6 : &router->rt4;
	bool inclusive = !at->going || at->alt;
	struct dvr_route *best;

	while ((best = dvr_lpm_next(lpm, &at->key, &at->len, inclusive))) {
		at->going = true;
		if (nl_route_dump_ring(skb, cb, at, router, best)) {
			/* The next message begins with this prefix. */
			at->going = at->alt;
			return -EMSGSIZE;
		}
		inclusive = false;
	}
	return 0;
}

static void nl_route_rewind_table(struct cursor *at, bool v6)
{
	memset(&at->key, 0, sizeof(at->key));
	at->len = 0;
	at->alt = 0;
	at->going = false;
	at->v6 = v6;
}

static int nl_route_dump_router(struct sk_buff *skb,
				struct netlink_callback *cb,
				struct cursor *at, struct dvr_router *router)
{
	if (!at->v6) {
		if (nl_route_dump_table(skb, cb, at, router))
			return -EMSGSIZE;
		nl_route_rewind_table(at, true);
	}
	return nl_route_dump_table(skb, cb, at, router);
}

int dvr_nl_route_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *at = (struct cursor *)cb->ctx;
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));
	struct nlattr *tb[DVR_A_ROUTE_MAX + 1];
	struct dvr_router *router;
	unsigned long id;
	int err;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	err = dvr_nl_filter(cb, &dvr_nl_route, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	cb->seq = dn->generation;
	xa_for_each_start(&dn->routers, id, router, at->router) {
		if (id != at->router)
			nl_route_rewind_table(at, false);
		at->router = id;
		if (!dvr_nl_other(tb, DVR_A_ROUTE_ROUTER, &router->named) &&
		    nl_route_dump_router(skb, cb, at, router))
			break;
		at->router = id + 1;
		nl_route_rewind_table(at, false);
	}
	mutex_unlock(&dn->lock);
	return skb->len;
}
