/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ROUTE_H
#define _DVR_ROUTE_H

#include "nexthop.h"
#include "object.h"
#include "prefix.h"

/**
 * struct dvr_route - a prefix of a router and what becomes of its packets
 * @type: &enum dvr_route_type
 * @nhg: next hops of a unicast route
 * @iface: the leg of a connected, local or broadcast route
 * @dst: prefix, host bits zero
 * @metric: the lowest of a prefix wins
 * @obj: how transactions see it
 * @router: whose route
 * @alts: ring of the routes of one prefix, by rising metric; control only
 * @rcu: frees the route
 */
struct dvr_route {
	u8 type;
	struct dvr_nhg *nhg;
	struct dvr_iface *iface;
	struct dvr_prefix dst;
	u32 metric;
	struct dvr_obj obj;
	struct dvr_router *router;
	struct list_head alts;
	struct rcu_head rcu;
};

/**
 * struct dvr_route_spec - what an operator says of a route
 * @dst: prefix, host bits zero
 * @metric: the lowest of a prefix wins
 * @type: &enum dvr_route_type
 * @iface: see &dvr_route.iface
 * @nh: next hops of a unicast route
 * @n_nh: how many
 */
struct dvr_route_spec {
	struct dvr_prefix dst;
	u32 metric;
	u8 type;
	struct dvr_iface *iface;
	const struct dvr_nexthop_spec *nh;
	unsigned int n_nh;
};

extern const struct dvr_kind dvr_route_kind;

struct dvr_route *dvr_route_find(struct dvr_router *router,
				 const struct dvr_prefix *dst);
struct dvr_route *dvr_route_find_metric(struct dvr_router *router,
					const struct dvr_prefix *dst,
					u32 metric);
struct dvr_route *dvr_route_add(struct dvr_txn *txn, struct dvr_router *router,
				const struct dvr_route_spec *spec);
void dvr_route_free_alts(struct dvr_route *route);
int dvr_route_del(struct dvr_txn *txn, struct dvr_route *route);
bool dvr_route_is_local(struct dvr_router *router, const struct in6_addr *ip);
bool dvr_route_same(const struct dvr_route *route,
		    const struct dvr_route_spec *spec);

static inline struct dvr_route *dvr_route(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_route, obj);
}

/**
 * dvr_route_device() - the device that a route leads out by
 * @route: route, or NULL
 *
 * Context: RCU.
 * Return: the way out, or NULL if the route is none of a device.
 */
static inline struct dvr_outdev *dvr_route_device(const struct dvr_route *route)
{
	return route && route->nhg ? READ_ONCE(route->nhg->nh[0].dev) : NULL;
}

#endif /* _DVR_ROUTE_H */
