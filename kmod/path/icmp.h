/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ICMP_H
#define _DVR_ICMP_H

#include <linux/icmp.h>
#include <linux/icmpv6.h>

#include "path/forward.h"

/* Why a destination is out of reach, in either family's words. */
enum dvr_unreach {
	DVR_UNREACH_NO_ROUTE,	/* 3/0, 1/0 */
	DVR_UNREACH_ROUTE,	/* 3/1, 1/0: a route says so */
	DVR_UNREACH_HOST,	/* 3/1, 1/3: no answer from the neighbour */
	DVR_UNREACH_PROHIBITED,	/* 3/13, 1/1 */
};

void dvr_icmp_unreachable(struct dvr_pkt *p, enum dvr_unreach why);
void dvr_icmp_time_exceeded(struct dvr_pkt *p);
void dvr_icmp_too_big(struct dvr_pkt *p, unsigned int mtu);
void dvr_icmp_redirect(struct dvr_pkt *p, const struct in6_addr *better);
void dvr_icmp4_error(struct dvr_pkt *p, u8 type, u8 code, __be32 info);
void dvr_icmp6_error(struct dvr_pkt *p, u8 type, u8 code, u32 info);
void dvr_icmp6_redirect(struct dvr_pkt *p, const struct in6_addr *better);
bool dvr_icmp_may_send(struct dvr_pkt *p);
const struct dvr_iface *dvr_icmp_way_back(struct dvr_pkt *p,
					  struct in6_addr *source);

#endif /* _DVR_ICMP_H */
