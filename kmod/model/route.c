// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes. The routing table holds the best route of each prefix. All routes of
 * a prefix form a ring, which only the control side uses.
 */
#include "model/iface.h"
#include "model/route_run.h"
#include "model/router.h"

/**
 * dvr_route_find() - find the best route of a prefix
 * @router: router, its namespace locked
 * @dst: prefix, host bits zero
 *
 * Return: the route as the open transaction sees it, or NULL.
 */
struct dvr_route *dvr_route_find(struct dvr_router *router,
				 const struct dvr_prefix *dst)
{
	struct dvr_lpm_txn *lt = dst->v4 ? router->txn4 : router->txn6;
	struct dvr_lpm *lpm = dst->v4 ? &router->rt4 : &router->rt6;
	const void *key = dvr_prefix_key(dst);

	dvr_assert_locked(router->dn);
	return lt ? dvr_lpm_txn_get(lt, key, dst->len) :
		    dvr_lpm_get(lpm, key, dst->len);
}

/* Find the route with a metric in a ring; @best is NULL without a ring. */
static struct dvr_route *route_ring_find(struct dvr_route *best, u32 metric)
{
	struct dvr_route *r = best;

	if (!best)
		return NULL;
	do {
		if (!(r->staged & DVR_ROUTE_GONE) && r->metric == metric)
			return r;
		r = r->next;
	} while (r != best);
	return NULL;
}

/* The best route of a ring, or NULL if all are staged to go. */
static struct dvr_route *route_ring_best(struct dvr_route *any)
{
	struct dvr_route *best = NULL, *r = any;

	do {
		if (!(r->staged & DVR_ROUTE_GONE) &&
		    (!best || r->metric < best->metric))
			best = r;
		r = r->next;
	} while (r != any);
	return best;
}

/**
 * dvr_route_find_metric() - find the route of a prefix with a metric
 * @router: router, its namespace locked
 * @dst: prefix, host bits zero
 * @metric: metric of the route
 *
 * Return: the route as the open transaction sees it, or NULL.
 */
struct dvr_route *dvr_route_find_metric(struct dvr_router *router,
					const struct dvr_prefix *dst,
					u32 metric)
{
	return route_ring_find(dvr_route_find(router, dst), metric);
}

static int route_table_put(struct dvr_txn *txn, struct dvr_router *router,
			   const struct dvr_prefix *dst, struct dvr_route *any)
{
	struct dvr_lpm_txn *lt;
	struct dvr_route *best;
	const void *key = dvr_prefix_key(dst);

	lt = dvr_router_stage(txn, router, dst);
	if (!lt)
		return -ENOMEM;
	best = route_ring_best(any);
	return best ? dvr_lpm_txn_set(lt, key, dst->len, best) :
		      dvr_lpm_txn_del(lt, key, dst->len);
}

/* No leg leads to the next hop: say what to add. */
static int route_unreached(struct netlink_ext_ack *extack,
			   const struct dvr_nexthop_spec *nh)
{
	if (!nh->segment)
		NL_SET_ERR_MSG(extack,
			       "no iface of the router has a subnet with the next hop; give its segment and onlink if it has no subnet");
	else if (!nh->onlink && !dvr_nexthop_none(&nh->via))
		NL_SET_ERR_MSG(extack,
			       "no subnet of the iface on the segment has the next hop; add onlink if it is there all the same");
	else
		NL_SET_ERR_MSG(extack,
			       "the iface on the segment has no address of the family of its next hops");
	return -ENETUNREACH;
}

static bool route_is_own(struct dvr_router *router, const struct dvr_iface *leg,
			 const struct in6_addr *via)
{
	return ipv6_addr_equal(&dvr_iface_cfg(leg)->linklocal, via) ||
	       dvr_route_is_local(router, via);
}

static int route_check_via(struct dvr_txn *txn, struct dvr_router *router,
			   const struct dvr_nexthop_spec *nh, bool v4)
{
	const struct in6_addr *via = &nh->via;
	struct dvr_iface *leg;

	/* RFC 8950: IPv4 has IPv6 next hops, and not the other way round. */
	if (ipv6_addr_v4mapped(via) && !v4) {
		NL_SET_ERR_MSG(txn->extack,
			       "an IPv6 prefix has no IPv4 next hop");
		return -EINVAL;
	}
	if (ipv6_addr_type(via) & IPV6_ADDR_LINKLOCAL && !nh->segment) {
		NL_SET_ERR_MSG(txn->extack,
			       "a link-local next hop may be on any segment; add \"segment NAME\"");
		return -EINVAL;
	}
	leg = dvr_nexthop_leg(router, via, nh->segment, nh->onlink);
	if (!leg)
		return route_unreached(txn->extack, nh);
	if (route_is_own(router, leg, via)) {
		NL_SET_ERR_MSG(txn->extack,
			       "the next hop is the router's own address");
		return -EINVAL;
	}
	return 0;
}

static int route_check_nexthops(struct dvr_txn *txn, struct dvr_router *router,
				const struct dvr_route_spec *spec)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < spec->n_nh && !err; i++) {
		const struct dvr_nexthop_spec *nh = &spec->nh[i];

		err = nh->dev ?
		      dvr_outdev_check(txn->dn, nh->dev, txn->extack) :
		      route_check_via(txn, router, nh, spec->dst.v4);
	}
	return err;
}

/*
 * Get a reference to the group of the next hops. Most routes of a batch have
 * the next hops of the preceding route, which need no second check.
 */
static struct dvr_nhg *route_get_nhg(struct dvr_txn *txn,
				     struct dvr_route_run *run,
				     const struct dvr_route_spec *spec)
{
	int err;

	if (run->checked && run->checked4 == spec->dst.v4 &&
	    dvr_nhg_same(run->checked, spec->nh, spec->n_nh)) {
		run->checked->refs++;
		return run->checked;
	}
	err = route_check_nexthops(txn, run->router, spec);
	if (err)
		return ERR_PTR(err);
	run->checked = dvr_nhg_get(run->router, spec->nh, spec->n_nh);
	run->checked4 = spec->dst.v4;
	return run->checked ?: ERR_PTR(-ENOMEM);
}

static struct dvr_route *route_make(struct dvr_txn *txn,
				    struct dvr_route_run *run,
				    const struct dvr_route_spec *spec)
{
	struct dvr_nhg *nhg = NULL;
	struct dvr_route *route;

	if (spec->type == DVR_ROUTE_TYPE_UNICAST) {
		nhg = route_get_nhg(txn, run, spec);
		if (IS_ERR(nhg))
			return ERR_CAST(nhg);
	}
	route = dvr_route_alloc();
	if (!route) {
		run->checked = NULL;
		dvr_nhg_put(nhg);
		return ERR_PTR(-ENOMEM);
	}
	if (nhg)
		route->nhg = nhg;
	else
		route->iface = spec->iface;
	route->metric = spec->metric;
	route->type = spec->type;
	return route;
}

/**
 * dvr_route_add() - stage a new route
 * @txn: open transaction
 * @router: router
 * @spec: properties of the route
 *
 * Return: 0, -EEXIST, -EINVAL, -ENETUNREACH or -ENOMEM.
 */
int dvr_route_add(struct dvr_txn *txn, struct dvr_router *router,
		  const struct dvr_route_spec *spec)
{
	struct dvr_route *route, *peer;
	struct dvr_route_run *run;

	peer = dvr_route_find(router, &spec->dst);
	if (route_ring_find(peer, spec->metric)) {
		NL_SET_ERR_MSG(txn->extack,
			       "the router has a route to this prefix with this metric");
		return -EEXIST;
	}
	run = dvr_route_run(txn, router);
	if (!run)
		return -ENOMEM;
	route = route_make(txn, run, spec);
	if (IS_ERR(route))
		return PTR_ERR(route);
	if (peer) {
		route->next = peer->next;
		peer->next = route;
	}
	dvr_route_run_add(run, route, &spec->dst, false);
	return route_table_put(txn, router, &spec->dst, route);
}

/**
 * dvr_route_del() - stage the end of a route
 * @txn: open transaction
 * @router: router of the route
 * @dst: prefix of the route
 * @route: route
 *
 * Return: 0 or -ENOMEM.
 */
int dvr_route_del(struct dvr_txn *txn, struct dvr_router *router,
		  const struct dvr_prefix *dst, struct dvr_route *route)
{
	struct dvr_route_run *run = dvr_route_run(txn, router);

	if (!run)
		return -ENOMEM;
	dvr_route_run_add(run, route, dst, true);
	return route_table_put(txn, router, dst, route);
}

/**
 * dvr_route_same() - compare a route with requested properties
 * @route: route
 * @spec: properties, with the prefix and metric of @route
 *
 * Return: true if the route has them.
 */
bool dvr_route_same(const struct dvr_route *route,
		    const struct dvr_route_spec *spec)
{
	if (route->type != spec->type)
		return false;
	return route->type == DVR_ROUTE_TYPE_UNICAST ?
	       dvr_nhg_same(route->nhg, spec->nh, spec->n_nh) :
	       route->iface == spec->iface;
}

/**
 * dvr_route_is_local() - check if an address is the router's own
 * @router: router, its namespace locked
 * @ip: v4-mapped for IPv4
 *
 * Return: true if it is, as the open transaction sees it.
 */
bool dvr_route_is_local(struct dvr_router *router, const struct in6_addr *ip)
{
	struct dvr_prefix host = {
		.ip = *ip,
		.v4 = ipv6_addr_v4mapped(ip),
	};
	struct dvr_route *route;

	host.len = host.v4 ? 32 : 128;
	route = dvr_route_find(router, &host);
	return dvr_route_is_own(route);
}

/**
 * dvr_route_free_ring() - free all routes of a prefix
 * @route: any of them; no packet and no table refers to them any more
 */
void dvr_route_free_ring(struct dvr_route *route)
{
	struct dvr_route *r = route, *next;

	do {
		next = r->next;
		if (r->type == DVR_ROUTE_TYPE_UNICAST)
			dvr_nhg_put(r->nhg);
		dvr_route_free(r);
		r = next;
	} while (r != route);
}

const struct dvr_kind dvr_route_kind = {
	.name = "route",
};

/**
 * dvr_route_ref_init() - initialize an object that refers to a route
 * @ref: object, for messages and events
 * @router: router of the route
 * @dst: prefix of the route
 * @route: route
 */
void dvr_route_ref_init(struct dvr_route_ref *ref, struct dvr_router *router,
			const struct dvr_prefix *dst,
			struct dvr_route *route)
{
	memset(&ref->obj, 0, sizeof(ref->obj));
	ref->obj.kind = &dvr_route_kind;
	ref->router = router;
	ref->dst = *dst;
	ref->route = route;
}

/**
 * dvr_route_ref_found() - initialize an object from a look-up of an address
 * @ref: object, for messages and events
 * @router: router of the route, its namespace locked
 * @ip: address that was looked up, v4-mapped for IPv4
 * @route: route that was found
 */
void dvr_route_ref_found(struct dvr_route_ref *ref, struct dvr_router *router,
			 const struct in6_addr *ip,
			 struct dvr_route *route)
{
	struct dvr_prefix dst = {
		.ip = *ip,
		.v4 = ipv6_addr_v4mapped(ip),
	};

	dst.len = dst.v4 ? 32 : 128;
	while (dst.len && dvr_route_find(router, &dst) != route)
		dst.len--;
	dvr_prefix_mask(&dst);
	dvr_route_ref_init(ref, router, &dst, route);
}
