/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ND_H
#define _DVR_ND_H

#include "lib/parse.h"
#include "model/port.h"

struct dvr_iface;

bool dvr_nd_is(const struct sk_buff *skb, const struct dvr_headers *h);
void dvr_nd_in(struct dvr_port *port, struct sk_buff *skb,
	       const struct dvr_headers *h);
struct sk_buff *dvr_nd_alloc(unsigned int len, const u8 *dst, const u8 *src,
			     const struct in6_addr *daddr,
			     const struct in6_addr *saddr);
void dvr_nd_sum(struct sk_buff *skb);
void dvr_nd_announce(const struct dvr_iface *iface, const struct in6_addr *ip,
		     bool guests, struct dvr_port *to);
void dvr_nd_ask(const struct dvr_iface *iface, const struct in6_addr *ip,
		u64 mac);

#endif /* _DVR_ND_H */
