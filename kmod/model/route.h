/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ROUTE_H
#define _DVR_ROUTE_H

#include "lib/prefix.h"
#include "model/nexthop.h"
#include "model/object.h"

/* A route is staged to come, or to go, in the open transaction. */
#define DVR_ROUTE_NEW	BIT(0)
#define DVR_ROUTE_GONE	BIT(1)

/**
 * struct dvr_route - route of a router to a prefix
 * @nhg: next hops of a unicast route, else NULL or @iface
 * @iface: the leg of a connected, local, broadcast or anycast route
 * @next: ring of the routes of one prefix; control only
 * @metric: packets take the route with the lowest metric of a prefix
 * @type: &enum dvr_route_type
 * @staged: DVR_ROUTE_* bits; control only
 *
 * There may be millions of routes, so a route does not store its prefix and
 * router. The code that found the route has both.
 */
struct dvr_route {
	union {
		struct dvr_nhg *nhg;
		struct dvr_iface *iface;
	};
	struct dvr_route *next;
	u32 metric;
	u8 type;
	u8 staged;
};

/**
 * struct dvr_route_ref - object that refers to a route
 * @obj: object of messages and events
 * @router: router of the route
 * @dst: prefix of the route
 * @route: the route
 */
struct dvr_route_ref {
	struct dvr_obj obj;
	struct dvr_router *router;
	struct dvr_prefix dst;
	struct dvr_route *route;
};

/**
 * struct dvr_route_spec - requested properties of a route
 * @dst: prefix, host bits zero
 * @metric: packets take the route with the lowest metric of a prefix
 * @type: &enum dvr_route_type
 * @iface: see &dvr_route.iface
 * @nh: next hops of a unicast route
 * @n_nh: number of next hops
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

int dvr_route_init(void);
void dvr_route_exit(void);
struct dvr_route *dvr_route_find(struct dvr_router *router,
				 const struct dvr_prefix *dst);
struct dvr_route *dvr_route_find_metric(struct dvr_router *router,
					const struct dvr_prefix *dst,
					u32 metric);
int dvr_route_add(struct dvr_txn *txn, struct dvr_router *router,
		  const struct dvr_route_spec *spec);
int dvr_route_del(struct dvr_txn *txn, struct dvr_router *router,
		  const struct dvr_prefix *dst, struct dvr_route *route);
void dvr_route_free_ring(struct dvr_route *route);
bool dvr_route_is_local(struct dvr_router *router, const struct in6_addr *ip);
bool dvr_route_same(const struct dvr_route *route,
		    const struct dvr_route_spec *spec);
void dvr_route_ref_init(struct dvr_route_ref *ref, struct dvr_router *router,
			const struct dvr_prefix *dst,
			struct dvr_route *route);
void dvr_route_ref_found(struct dvr_route_ref *ref, struct dvr_router *router,
			 const struct in6_addr *ip,
			 struct dvr_route *route);

static inline const struct dvr_route_ref *
dvr_route_ref(const struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_route_ref, obj);
}

/* The route is to an address of the router; false for no route. */
static inline bool dvr_route_is_own(const struct dvr_route *route)
{
	return route && (route->type == DVR_ROUTE_TYPE_LOCAL ||
			 route->type == DVR_ROUTE_TYPE_ANYCAST);
}

/* The leg of a connected, local, broadcast or anycast route, else NULL. */
static inline struct dvr_iface *dvr_route_leg(const struct dvr_route *route)
{
	return route->type >= DVR_ROUTE_TYPE_CONNECTED ? route->iface : NULL;
}

/**
 * dvr_route_device() - get the device of a route
 * @route: route, or NULL
 *
 * Context: RCU.
 * Return: the device, or NULL if the route is not by a device.
 */
static inline struct dvr_outdev *dvr_route_device(const struct dvr_route *route)
{
	return route && route->type == DVR_ROUTE_TYPE_UNICAST ?
	       READ_ONCE(route->nhg->nh[0].dev) : NULL;
}

#endif /* _DVR_ROUTE_H */
