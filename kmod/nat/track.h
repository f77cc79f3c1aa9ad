/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_TRACK_H
#define _DVR_TRACK_H

#include <net/netfilter/nf_conntrack.h>

#include "model/pkt.h"

struct dvr_nat;

enum dvr_drop dvr_track(const struct dvr_nat *nat, struct dvr_pkt *p);
enum dvr_drop dvr_track_new(const struct dvr_nat *nat, struct nf_conn *ct,
			    const struct sk_buff *skb);
enum dvr_drop dvr_track_translate(struct dvr_pkt *p, unsigned int hook);
enum dvr_drop dvr_track_confirm(const struct dvr_nat *nat, struct dvr_pkt *p);
bool dvr_track_expected(const struct dvr_nat *nat, const struct dvr_pkt *p);
bool dvr_track_known(const struct dvr_nat *nat, const struct dvr_pkt *p);
bool dvr_track_is_error(const struct dvr_pkt *p);
void dvr_tuple_src(const struct nf_conntrack_tuple *t, struct in6_addr *ip);
void dvr_tuple_dst(const struct nf_conntrack_tuple *t, struct in6_addr *ip);
void dvr_track_quoted(const struct dvr_pkt *p, struct in6_addr *ip);

/**
 * dvr_track_inside() - get the inside address of a packet from inside
 * @p: packet
 * @ip: gets the source of the packet; for an ICMP error, the destination of the
 *	packet that the error quotes; v4-mapped for IPv4
 */
static inline void dvr_track_inside(const struct dvr_pkt *p,
				    struct in6_addr *ip)
{
	dvr_pkt_src(p, ip);
	if (unlikely(dvr_proto_is_icmp(p->h.proto)))
		dvr_track_quoted(p, ip);
}

#endif /* _DVR_TRACK_H */
