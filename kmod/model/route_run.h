/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ROUTE_RUN_H
#define _DVR_ROUTE_RUN_H

#include "model/route.h"

/**
 * struct dvr_route_change - a route that is staged to come or to go
 * @route: the route
 * @dst: its prefix
 * @gone: it goes
 */
struct dvr_route_change {
	struct dvr_route *route;
	struct dvr_prefix dst;
	bool gone;
};

/**
 * struct dvr_route_run - changes of a router's routes, staged one after another
 * @obj: how the transaction sees all of them; the run ends with it
 * @router: whose routes
 * @checked: next hops that a route of the run may have, or NULL
 * @checked4: they may be those of IPv4 routes, else of IPv6
 * @committed: the transaction was
 * @n: changes
 * @room: for how many there is memory
 * @rcu: frees the run and the routes that went
 * @change: in the order they were staged
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
