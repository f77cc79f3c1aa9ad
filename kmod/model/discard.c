// SPDX-License-Identifier: GPL-2.0-only
/* Drops of packets. */
#include "model/discard.h"
#include "model/port.h"
#include "model/router.h"
#include "model/segment.h"
#include "model/trace.h"

static void drop_count(const struct sk_buff *skb,
		       const struct dvr_router *router,
		       const struct dvr_port *port, enum dvr_drop reason)
{
	trace_dvr_drop(skb, router, port, reason);
	if (router)
		dvr_count_drop(router->stats, reason, router->charge);
	if (port)
		dvr_count_drop(port->stats, reason, port->seg->charge);
}

/**
 * dvr_drop_gone() - count a packet that was freed before, or was never built
 * @router: router that dropped the packet, or NULL
 * @port: port by which the packet would have left, or NULL
 * @reason: reason of the drop
 *
 * Context: softirq, RCU.
 */
void dvr_drop_gone(const struct dvr_router *router,
		   const struct dvr_port *port, enum dvr_drop reason)
{
	drop_count(NULL, router, port, reason);
}

/**
 * dvr_drop() - drop a packet, count the drop and report the reason
 * @skb: packet; freed
 * @router: router that drops the packet, or NULL
 * @port: port by which the packet came in or would have left, or NULL
 * @reason: reason of the drop
 *
 * A drop by a router counts at the router and at the port.
 *
 * Context: softirq, RCU.
 */
void dvr_drop(struct sk_buff *skb, const struct dvr_router *router,
	      const struct dvr_port *port, enum dvr_drop reason)
{
	drop_count(skb, router, port, reason);
	kfree_skb_reason(skb, dvr_drop_descs[reason].core);
}
