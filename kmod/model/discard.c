// SPDX-License-Identifier: GPL-2.0-only
/* The one way to drop a packet. */
#include "model/discard.h"
#include "model/port.h"
#include "model/router.h"
#include "model/trace.h"

static void drop_count(const struct sk_buff *skb,
		       const struct dvr_router *router,
		       const struct dvr_port *port, enum dvr_drop reason)
{
	trace_dvr_drop(skb, router, port, reason);
	if (router)
		this_cpu_inc(router->stats->drops[reason]);
	if (port)
		this_cpu_inc(port->stats->drops[reason]);
}

/**
 * dvr_drop_gone() - count a packet that is gone already, or never came to be
 * @router: router that had it, or NULL
 * @port: port that it was to leave by, or NULL
 * @reason: why
 *
 * Context: softirq, RCU.
 */
void dvr_drop_gone(const struct dvr_router *router,
		   const struct dvr_port *port, enum dvr_drop reason)
{
	drop_count(NULL, router, port, reason);
}

/**
 * dvr_drop() - drop a packet, count it and say why
 * @skb: packet; gone after this
 * @router: router that had it, or NULL
 * @port: port that it came in or was to leave by, or NULL
 * @reason: why
 *
 * A packet that a router drops counts at the router and at the port.
 *
 * Context: softirq, RCU.
 */
void dvr_drop(struct sk_buff *skb, const struct dvr_router *router,
	      const struct dvr_port *port, enum dvr_drop reason)
{
	drop_count(skb, router, port, reason);
	kfree_skb_reason(skb, dvr_drop_descs[reason].core);
}
