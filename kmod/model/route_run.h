/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ROUTE_RUN_H
#define _DVR_ROUTE_RUN_H

#include "model/route.h"

/**
 * struct dvr_route_change - a route that is staged to come or to go
 * @route: the route
 * @dst: prefix of the route
 * @gone: the route goes, else it comes
 */
struct dvr_route_change {
	struct dvr_route *route;
	struct dvr_prefix dst;
	bool gone;
};

/**
 * struct dvr_route_run - changes of a router's routes, staged one after another
 * @obj: object of the transaction, for all changes; ends with the transaction
 * @router: router of the routes
 * @checked: next hops that passed the checks, or NULL
 * @checked4: the checks were for an IPv4 route, else for an IPv6 route
 * @committed: the transaction was committed
 * @n: number of changes
 * @room: number of changes for which there is memory
 * @rcu: frees the run and the routes that went
 * @change: changes in the order in which they were staged
 */
struct dvr_route_run {
	struct dvr_obj obj;
	struct dvr_router *router;
	struct dvr_nhg *checked;
	bool checked4;
	bool committed;
	u16 n;
	u16 room;
	struct rcu_head rcu;
	struct dvr_route_change change[];
};

struct dvr_route_run *dvr_route_run(struct dvr_txn *txn,
				    struct dvr_router *router);
void dvr_route_run_add(struct dvr_route_run *run, struct dvr_route *route,
		       const struct dvr_prefix *dst, bool gone);
struct dvr_route *dvr_route_alloc(void);
void dvr_route_free(struct dvr_route *route);

#endif /* _DVR_ROUTE_RUN_H */
