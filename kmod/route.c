// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes. The routing table knows the best route of each prefix; the others
 * of the prefix hang on it in a ring ordered by metric, for the control side
 * only.
 */
#include <linux/slab.h>

#include "iface.h"
#include "route.h"
#include "router.h"

static struct dvr_route *table_get(struct dvr_router *router,
				   const struct dvr_prefix *dst)
{
	struct dvr_lpm_txn *lt = dst->v4 ? router->txn4 : router->txn6;
	struct dvr_lpm *lpm = dst->v4 ? &router->rt4 : &router->rt6;
	const void *key = dvr_prefix_key(dst);

	return lt ? dvr_lpm_txn_get(lt, key, dst->len) :
		    dvr_lpm_get(lpm, key, dst->len);
}

/**
 * dvr_route_find() - the best route of a prefix
 * @router: router, its namespace locked
 * @dst: prefix, host bits zero
 *
 * Return: the route as the open transaction sees it, or NULL.
 */
struct dvr_route *dvr_route_find(struct dvr_router *router,
				 const struct dvr_prefix *dst)
{
	dvr_assert_locked(router->dn);
	return table_get(router, dst);
}

/**
 * dvr_route_find_metric() - the route of a prefix with a metric
 * @router: router, its namespace locked
 * @dst: prefix, host bits zero
 * @metric: its metric
 *
 * Return: the route as the open transaction sees it, or NULL.
 */
struct dvr_route *dvr_route_find_metric(struct dvr_router *router,
					const struct dvr_prefix *dst,
					u32 metric)
{
	struct dvr_route *best = dvr_route_find(router, dst), *r = best;

	if (!best)
		return NULL;
	do {
		if (dvr_obj_wanted(&r->obj) && r->metric == metric)
			return r;
		r = list_next_entry(r, alts);
	} while (r != best);
	return NULL;
}

/* The route of a ring that packets should get, or NULL if all are to go. */
static struct dvr_route *ring_best(struct dvr_route *any)
{
	struct dvr_route *best = NULL, *r = any;

	do {
		if (dvr_obj_wanted(&r->obj) &&
		    (!best || r->metric < best->metric))
			best = r;
		r = list_next_entry(r, alts);
	} while (r != any);
	return best;
}

static int table_put(struct dvr_txn *txn, struct dvr_route *any)
{
	struct dvr_lpm_txn *lt;
	struct dvr_route *best;
	const void *key = dvr_prefix_key(&any->dst);

	lt = dvr_router_stage(txn, any->router, any->dst.v4);
	if (!lt)
		return -ENOMEM;
	best = ring_best(any);
	return best ? dvr_lpm_txn_set(lt, key, any->dst.len, best) :
		      dvr_lpm_txn_del(lt, key, any->dst.len);
}

static int check_via(struct dvr_txn *txn, struct dvr_router *router,
		     const struct in6_addr *via, bool v4)
{
	if (ipv6_addr_v4mapped(via) != v4) {
		NL_SET_ERR_MSG(txn->extack,
			       "the next hop is not of the prefix's family");
		return -EINVAL;
	}
	if (ipv6_addr_type(via) & IPV6_ADDR_LINKLOCAL) {
		NL_SET_ERR_MSG(txn->extack,
			       "a link-local next hop is ambiguous; use a global address of it");
		return -EINVAL;
	}
	if (!dvr_nexthop_leg(router, via)) {
		NL_SET_ERR_MSG(txn->extack,
			       "no iface of the router has a subnet with the next hop");
		return -ENETUNREACH;
	}
	if (dvr_route_is_local(router, via)) {
		NL_SET_ERR_MSG(txn->extack,
			       "the next hop is the router's own address");
		return -EINVAL;
	}
	return 0;
}

static int check_nexthops(struct dvr_txn *txn, struct dvr_router *router,
			  const struct dvr_route_spec *spec)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < spec->n_nh && !err; i++) {
		const struct dvr_nexthop_spec *nh = &spec->nh[i];

		err = nh->dev ?
		      dvr_outdev_check(txn->dn, nh->dev, txn->extack) :
		      check_via(txn, router, &nh->via, spec->dst.v4);
	}
	return err;
}

/**
 * dvr_route_add() - stage a new route
 * @txn: open transaction
 * @router: router
 * @spec: what it is to be
 *
 * Return: the route, or -EEXIST, -EINVAL, -ENETUNREACH or -ENOMEM as a
 *	pointer.
 */
struct dvr_route *dvr_route_add(struct dvr_txn *txn, struct dvr_router *router,
				const struct dvr_route_spec *spec)
{
	struct dvr_route *route, *peer;
	int err;

	peer = dvr_route_find(router, &spec->dst);
	if (dvr_route_find_metric(router, &spec->dst, spec->metric)) {
		NL_SET_ERR_MSG(txn->extack,
			       "the router has a route to this prefix with this metric");
		return ERR_PTR(-EEXIST);
	}
	err = check_nexthops(txn, router, spec);
	if (err)
		return ERR_PTR(err);
	route = kzalloc(sizeof(*route), GFP_KERNEL_ACCOUNT);
	if (!route)
		return ERR_PTR(-ENOMEM);
	if (spec->n_nh) {
		route->nhg = dvr_nhg_get(router, spec->nh, spec->n_nh);
		if (!route->nhg) {
			kfree(route);
			return ERR_PTR(-ENOMEM);
		}
	}
	route->type = spec->type;
	route->iface = spec->iface;
	route->dst = spec->dst;
	route->metric = spec->metric;
	route->router = router;
	route->obj.kind = &dvr_route_kind;
	route->obj.quiet = spec->iface;
	if (peer)
		list_add(&route->alts, &peer->alts);
	else
		INIT_LIST_HEAD(&route->alts);
	dvr_txn_add(txn, &route->obj);
	err = table_put(txn, route);
	return err ? ERR_PTR(err) : route;
}

/**
 * dvr_route_del() - stage the end of a route
 * @txn: open transaction
 * @route: route
 *
 * Return: 0 or -ENOMEM.
 */
int dvr_route_del(struct dvr_txn *txn, struct dvr_route *route)
{
	dvr_txn_del(txn, &route->obj);
	return table_put(txn, route);
}

/**
 * dvr_route_same() - is a route what an operator says it should be
 * @route: route
 * @spec: what it should be, with the same prefix and metric
 *
 * Return: true if so.
 */
bool dvr_route_same(const struct dvr_route *route,
		    const struct dvr_route_spec *spec)
{
	if (route->type != spec->type || route->iface != spec->iface)
		return false;
	return !route->nhg == !spec->n_nh &&
	       (!route->nhg || dvr_nhg_same(route->nhg, spec->nh, spec->n_nh));
}

/**
 * dvr_route_is_local() - is an address one of the router's own
 * @router: router, its namespace locked
 * @ip: v4-mapped for IPv4
 *
 * Return: true if so, as the open transaction sees it.
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
	return route && route->type == DVR_ROUTE_TYPE_LOCAL;
}

/**
 * dvr_route_free_alts() - free all routes of a prefix
 * @route: any of them; no packet and no table knows them any more
 */
void dvr_route_free_alts(struct dvr_route *route)
{
	struct dvr_route *r, *next;

	list_for_each_entry_safe(r, next, &route->alts, alts) {
		list_del(&r->alts);
		dvr_nhg_put(r->nhg);
		kfree(r);
	}
	dvr_nhg_put(route->nhg);
	kfree(route);
}

static void route_publish(struct dvr_obj *obj)
{
	dvr_route(obj)->router->n_routes++;
}

static void route_unpublish(struct dvr_obj *obj)
{
	dvr_route(obj)->router->n_routes--;
}

static void route_forget(struct dvr_obj *obj)
{
	struct dvr_route *route = dvr_route(obj);

	list_del(&route->alts);
	dvr_nhg_put(route->nhg);
	kfree_rcu(route, rcu);
}

const struct dvr_kind dvr_route_kind = {
	.name = "route",
	.publish = route_publish,
	.unpublish = route_unpublish,
	.forget = route_forget,
};
