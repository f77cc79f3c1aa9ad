/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SWITCH_H
#define _DVR_SWITCH_H

#include "port.h"
#include "segment.h"

void dvr_port_xmit(struct dvr_port *port, struct sk_buff *skb,
		   const struct dvr_router *router);
void dvr_switch_flood(const struct dvr_segment *seg, struct sk_buff *skb,
		      const struct dvr_port *from);
void dvr_switch_unicast(const struct dvr_segment *seg, struct sk_buff *skb,
			struct dvr_port *from);
struct sk_buff *dvr_frame_alloc(unsigned int size, __be16 protocol,
				const u8 *dst, const u8 *src);

#endif /* _DVR_SWITCH_H */
