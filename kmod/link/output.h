/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_OUTPUT_H
#define _DVR_OUTPUT_H

#include "model/pkt.h"

/**
 * struct dvr_way - how a packet leaves a router
 * @out: leg, or NULL if the packet leaves by @dev
 * @dev: netdev of the host, or NULL if the packet leaves by @out
 * @port: port of the neighbour on @out, or NULL if @mac is behind no port
 * @mac: MAC of the neighbour, see dvr_mac()
 */
struct dvr_way {
	const struct dvr_iface *out;
	struct net_device *dev;
	struct dvr_port *port;
	u64 mac;
};

void dvr_output(struct dvr_router *router, const struct dvr_way *way,
		struct sk_buff *skb, bool host);
void dvr_tap_slow(struct dvr_router *router, struct sk_buff *skb);
void dvr_output_tap(struct dvr_router *router, struct sk_buff *skb, bool host);
bool dvr_hop(struct sk_buff *skb, bool v4, unsigned int headroom);

/* Show a packet that a router sends to the listeners on the router's netdev. */
static __always_inline void dvr_tap(struct dvr_router *router,
				    struct sk_buff *skb)
{
	if (unlikely(dev_nit_active_rcu(router->dev)))
		dvr_tap_slow(router, skb);
}

#endif /* _DVR_OUTPUT_H */
