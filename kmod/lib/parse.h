/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_PARSE_H
#define _DVR_PARSE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "lib/dvr.h"

#define DVR_FRAG	BIT(0)	/* part of a fragmented packet */
#define DVR_FRAG_LATER	BIT(1)	/* not the first fragment */

/**
 * struct dvr_headers - fields of the headers of an IP packet
 * @l4: offset of the upper-layer header from the network header, bytes
 * @proto: upper-layer protocol, behind all IPv6 extension headers
 * @frag: DVR_FRAG bits
 * @v4: IPv4, else IPv6
 * @atomic: the packet is whole, with a fragment header (RFC 6946)
 * @parsed: the other members are valid
 * @complain: an IPv6 option requires a parameter problem error
 * @pointer: offset of that option from the network header
 */
struct dvr_headers {
	u16 l4;
	u8 proto;
	u8 frag;
	bool v4;
	bool atomic;
	bool parsed;
	bool complain;
	u16 pointer;
};

enum dvr_drop dvr_parse4(struct sk_buff *skb, struct dvr_headers *h);
enum dvr_drop dvr_parse6(struct sk_buff *skb, struct dvr_headers *h);
bool dvr_parse_ports(struct sk_buff *skb, const struct dvr_headers *h,
		     __be16 ports[2]);

/* Length of an IP header without options or extension headers, bytes. */
static __always_inline unsigned int dvr_header_len(bool v4)
{
	return v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

/**
 * dvr_parse() - read the headers of an IP packet
 * @skb: packet, data at the network header
 * @h: set to the fields of the headers
 *
 * Context: softirq. Headers may move, so the caller reloads pointers into them.
 * Return: DVR_OK, or the reason to drop the packet.
 */
static inline enum dvr_drop dvr_parse(struct sk_buff *skb,
				      struct dvr_headers *h)
{
	if (skb->protocol == htons(ETH_P_IP))
		return dvr_parse4(skb, h);
	return dvr_parse6(skb, h);
}

#endif /* _DVR_PARSE_H */
