/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FORWARD_H
#define _DVR_FORWARD_H

#include "model/pkt.h"

void dvr_forward(struct dvr_pkt *p);
void dvr_deliver(struct dvr_pkt *p, struct dvr_iface *out,
		 struct dvr_neigh *n);
u32 dvr_flow_hash(const struct dvr_router *router, const struct in6_addr *src,
		  const struct in6_addr *dst, u32 ports, u8 proto);

#endif /* _DVR_FORWARD_H */
