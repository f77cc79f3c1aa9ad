/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SWITCH_H
#define _DVR_SWITCH_H

#include "model/port.h"
#include "model/segment.h"

/* sk_buff.skb_iif of a frame that the module made. */
#define DVR_MADE_IIF	(-1)

void dvr_port_xmit(struct dvr_port *port, struct sk_buff *skb,
		   const struct dvr_router *router);
void dvr_switch_flood(const struct dvr_segment *seg, struct sk_buff *skb,
		      const struct dvr_port *from);
void dvr_switch_storm(struct dvr_port *from, struct sk_buff *skb, bool guests);
bool dvr_switch_may_storm(struct dvr_port *from, struct sk_buff *skb);
void dvr_switch_group(struct dvr_port *from, struct sk_buff *skb,
		      const struct in6_addr *group, bool v4);
void dvr_switch_tell(const struct dvr_segment *seg, struct sk_buff *skb,
		     bool guests, struct dvr_port *to);
void dvr_switch_unicast(const struct dvr_segment *seg, struct sk_buff *skb,
			struct dvr_port *from);
struct sk_buff *dvr_frame_alloc(unsigned int size, __be16 protocol,
				const u8 *dst, const u8 *src);

/*
 * The part of dvr_turn() for a frame that dvr_xmit() gets next, which clears the
 * extensions.
 */
static inline void dvr_turn_sums(struct sk_buff *skb)
{
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
}

/**
 * dvr_turn() - clear what the receiving device noted in a packet
 * @skb: packet that is forwarded
 *
 * The sending device must not use the checksum and the time of reception, and its
 * hooks must not see what those of the receiving device have noted.
 */
static inline void dvr_turn(struct sk_buff *skb)
{
	dvr_turn_sums(skb);
	skb_ext_reset(skb);
}

#endif /* _DVR_SWITCH_H */
