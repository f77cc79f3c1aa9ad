/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ROUTE_LOG_H
#define _DVR_ROUTE_LOG_H

#include "lib/prefix.h"

struct dvr_router;

void dvr_route_log_stage(struct dvr_router *router,
			 const struct dvr_prefix *dst);
void dvr_route_log_commit(struct dvr_router *router);
void dvr_route_log_abort(struct dvr_router *router);
bool dvr_route_log_spares(const struct dvr_router *router, unsigned long from,
			  unsigned long to, const struct in6_addr *addr,
			  unsigned int n);

#endif /* _DVR_ROUTE_LOG_H */
