/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_OUTPUT_H
#define _DVR_OUTPUT_H

#include "forward.h"

void dvr_output(struct dvr_router *router, const struct dvr_iface *out,
		struct dvr_port *port, u64 mac, struct sk_buff *skb, bool host);
void dvr_tap_slow(struct dvr_router *router, struct sk_buff *skb);
void dvr_output_tap(struct dvr_router *router, struct sk_buff *skb, bool host);
bool dvr_hop(struct sk_buff *skb, bool v4, unsigned int headroom);

/* A packet leaves a router: show it to those who listen at its netdev. */
static inline void dvr_tap(struct dvr_router *router, struct sk_buff *skb)
{
	if (unlikely(dev_nit_active_rcu(router->dev)))
		dvr_tap_slow(router, skb);
}

#endif /* _DVR_OUTPUT_H */
