/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_LOCAL_H
#define _DVR_LOCAL_H

#include "path/forward.h"

void dvr_local_in(struct dvr_pkt *p);

/**
 * dvr_is_local() - is a packet for the router itself
 * @p: packet that passed validation
 * @route: its route, or NULL
 *
 * The one link-local destination that passes validation is the leg's own.
 *
 * Return: true if so.
 */
static inline bool dvr_is_local(const struct dvr_pkt *p,
				const struct dvr_route *route)
{
	if (!p->h.v4 && !p->local &&
	    ipv6_addr_type(&ipv6_hdr(p->skb)->daddr) & IPV6_ADDR_LINKLOCAL)
		return true;
	return route && route->type == DVR_ROUTE_TYPE_LOCAL;
}

#endif /* _DVR_LOCAL_H */
