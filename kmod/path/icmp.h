/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ICMP_H
#define _DVR_ICMP_H

#include <linux/icmp.h>
#include <linux/icmpv6.h>

#include "path/forward.h"

/* Kinds of errors, by how they are limited. */
enum dvr_icmp_kind {
	DVR_ICMP_ERROR,
	DVR_ICMP_REDIRECT,
	DVR_ICMP_PMTU,		/* the sender cannot go on without it */
};

void dvr_icmp_unreachable(struct dvr_pkt *p, enum dvr_unreach why);
void dvr_icmp_time_exceeded(struct dvr_pkt *p);
void dvr_icmp_too_big(struct dvr_pkt *p, unsigned int mtu);
void dvr_icmp_maybe_redirect(struct dvr_pkt *p, const struct in6_addr *ip);
void dvr_icmp_redirect(struct dvr_pkt *p, const struct in6_addr *better);
void dvr_icmp4_error(struct dvr_pkt *p, u8 type, u8 code, __be32 info);
void dvr_icmp6_error(struct dvr_pkt *p, u8 type, u8 code, u32 info);
void dvr_icmp6_redirect(struct dvr_pkt *p, const struct in6_addr *better);
bool dvr_icmp_may_send(struct dvr_pkt *p, enum dvr_icmp_kind kind);
bool dvr_icmp_source(struct dvr_pkt *p, struct in6_addr *source);

#endif /* _DVR_ICMP_H */
