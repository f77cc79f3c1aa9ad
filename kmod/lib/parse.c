// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parsing of headers, once for each packet. Each access is checked against the
 * length of the packet. The result does not depend on configuration.
 */
#include <linux/icmpv6.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "lib/dvr_test.h"
#include "lib/parse.h"

/* A packet with more extension headers is taken for an attack. */
#define EXT_HEADERS_MAX	8

/* RFC 7126: drop source routes; other options are forwarded unchanged. */
static enum dvr_drop parse_check_options4(const struct iphdr *iph)
{
	const u8 *opt = (const u8 *)(iph + 1);
	int left = iph->ihl * 4 - sizeof(*iph);

	while (left > 0) {
		int len = 1;

		if (opt[0] == IPOPT_END)
			return DVR_OK;
		if (opt[0] != IPOPT_NOOP) {
			if (left < 2 || opt[1] < 2 || opt[1] > left)
				return DVR_DROP_BAD_OPTION;
			if (opt[0] == IPOPT_LSRR || opt[0] == IPOPT_SSRR)
				return DVR_DROP_SOURCE_ROUTE;
			len = opt[1];
		}
		opt += len;
		left -= len;
	}
	return DVR_OK;
}

/**
 * dvr_parse4() - read the header of an IPv4 packet (RFC 1812 5.2.2)
 * @skb: packet, data at the network header; padding is cut off
 * @h: set to the fields of the headers
 *
 * Context: softirq. Headers may move.
 * Return: DVR_OK, or the reason to drop the packet.
 */
enum dvr_drop dvr_parse4(struct sk_buff *skb, struct dvr_headers *h)
{
	const struct iphdr *iph;
	unsigned int hlen, len;
	__be16 frag;

	if (unlikely(!pskb_may_pull(skb, sizeof(*iph))))
		return DVR_DROP_TRUNCATED;
	iph = ip_hdr(skb);
	hlen = iph->ihl * 4;
	if (unlikely(iph->version != 4 || hlen < sizeof(*iph)))
		return DVR_DROP_BAD_HEADER;
	if (unlikely(hlen > sizeof(*iph))) {
		if (!pskb_may_pull(skb, hlen))
			return DVR_DROP_TRUNCATED;
		iph = ip_hdr(skb);
	}
	if (unlikely(ip_fast_csum((const u8 *)iph, iph->ihl)))
		return DVR_DROP_BAD_CHECKSUM;
	len = ntohs(iph->tot_len);
	/* The length in an offloaded packet of more than 64 KiB is 0. */
	if (unlikely(!len && skb_is_gso(skb)))
		len = skb->len;
	if (unlikely(len < hlen))
		return DVR_DROP_BAD_HEADER;
	if (unlikely(skb->len < len))
		return DVR_DROP_TRUNCATED;

	h->v4 = true;
	h->l4 = hlen;
	h->proto = iph->protocol;
	frag = iph->frag_off;
	h->frag = 0;
	if (unlikely(frag & htons(IP_MF | IP_OFFSET)))
		h->frag = frag & htons(IP_OFFSET) ? DVR_FRAG | DVR_FRAG_LATER :
						    DVR_FRAG;
	h->atomic = false;
	h->complain = false;
	h->parsed = true;
	if (unlikely(hlen > sizeof(*iph))) {
		enum dvr_drop reason = parse_check_options4(iph);

		if (reason)
			return reason;
	}
	if (skb->len > len && pskb_trim_rcsum(skb, len))
		return DVR_DROP_NOMEM;
	skb_set_transport_header(skb, hlen);
	return DVR_OK;
}

DVR_EXPORT_FOR_TEST(dvr_parse4);

/*
 * RFC 8200 4.2: the two highest bits of an unknown option select the action:
 * skip, discard, discard with an error, discard with an error unless multicast.
 */
static enum dvr_drop parse_check_options6(struct sk_buff *skb,
					  struct dvr_headers *h,
					  unsigned int off, unsigned int end)
{
	const u8 *net = skb_network_header(skb);
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	unsigned int at = off + 2;

	while (at < end) {
		u8 type = net[at];

		if (type == IPV6_TLV_PAD1) {
			at++;
			continue;
		}
		if (at + 2 > end || at + 2 + net[at + 1] > end)
			return DVR_DROP_BAD_OPTION;
		if (type != IPV6_TLV_PADN && type != IPV6_TLV_ROUTERALERT &&
		    type != IPV6_TLV_JUMBO && type & 0xc0) {
			h->complain = (type & 0xc0) == 0x80 ||
				      ((type & 0xc0) == 0xc0 &&
				       !ipv6_addr_is_multicast(&ip6h->daddr));
			h->pointer = at;
			return DVR_DROP_BAD_OPTION;
		}
		at += 2 + net[at + 1];
	}
	return DVR_OK;
}

/* Read one extension header. *skip is its length, 0 for the upper layer. */
static enum dvr_drop parse_ext_header(struct sk_buff *skb,
				      struct dvr_headers *h,
				      unsigned int *skip)
{
	unsigned int len = 8;
	const u8 *hdr;
	u8 type = h->proto;

	*skip = 0;
	if (h->frag & DVR_FRAG_LATER || !ipv6_ext_hdr(type) ||
	    type == NEXTHDR_NONE)
		return DVR_OK;
	if (!pskb_may_pull(skb, h->l4 + 8))
		return DVR_DROP_EXT_HEADERS;
	hdr = skb_network_header(skb) + h->l4;
	if (type == NEXTHDR_AUTH)
		len = (hdr[1] + 2) * 4;
	else if (type != NEXTHDR_FRAGMENT)
		len = (hdr[1] + 1) * 8;
	if (!pskb_may_pull(skb, h->l4 + len))
		return DVR_DROP_EXT_HEADERS;
	hdr = skb_network_header(skb) + h->l4;
	if (type == NEXTHDR_FRAGMENT) {
		const struct frag_hdr *fh = (const struct frag_hdr *)hdr;

		if (fh->frag_off & htons(IP6_OFFSET))
			h->frag = DVR_FRAG | DVR_FRAG_LATER;
		else if (fh->frag_off & htons(IP6_MF))
			h->frag = DVR_FRAG;
		else
			h->atomic = true;
	}
	/* RFC 5095: routing header type 0 is deprecated. */
	if (type == NEXTHDR_ROUTING && hdr[2] == 0 && hdr[3])
		return DVR_DROP_SOURCE_ROUTE;
	h->proto = hdr[0];
	*skip = len;
	return DVR_OK;
}

static enum dvr_drop parse_ext_headers(struct sk_buff *skb,
				       struct dvr_headers *h)
{
	enum dvr_drop reason;
	unsigned int i, skip;

	for (i = 0; i <= EXT_HEADERS_MAX; i++) {
		bool hop_by_hop = h->proto == NEXTHDR_HOP;

		/* Only directly after the fixed header (RFC 8200 4.1). */
		if (hop_by_hop && i)
			return DVR_DROP_EXT_HEADERS;
		reason = parse_ext_header(skb, h, &skip);
		if (reason || !skip)
			return reason;
		if (hop_by_hop) {
			reason = parse_check_options6(skb, h, h->l4,
						      h->l4 + skip);
			if (reason)
				return reason;
		}
		h->l4 += skip;
	}
	return DVR_DROP_EXT_HEADERS;
}

/**
 * dvr_parse6() - read the headers of an IPv6 packet (RFC 8200)
 * @skb: packet, data at the network header; padding is cut off
 * @h: set to the fields of the headers
 *
 * Context: softirq. Headers may move.
 * Return: DVR_OK, or the reason to drop the packet; for a bad option,
 *	&dvr_headers.complain is set if the sender gets an error.
 */
enum dvr_drop dvr_parse6(struct sk_buff *skb, struct dvr_headers *h)
{
	const struct ipv6hdr *ip6h;
	unsigned int len;

	if (unlikely(!pskb_may_pull(skb, sizeof(*ip6h))))
		return DVR_DROP_TRUNCATED;
	ip6h = ipv6_hdr(skb);
	if (unlikely(ip6h->version != 6))
		return DVR_DROP_BAD_HEADER;
	len = ntohs(ip6h->payload_len) + sizeof(*ip6h);
	/* The length in an offloaded packet of more than 64 KiB is 0. */
	if (unlikely(!ip6h->payload_len && skb_is_gso(skb)))
		len = skb->len;
	if (unlikely(skb->len < len))
		return DVR_DROP_TRUNCATED;
	if (skb->len > len) {
		if (pskb_trim_rcsum(skb, len))
			return DVR_DROP_NOMEM;
		ip6h = ipv6_hdr(skb);
	}

	h->v4 = false;
	h->l4 = sizeof(*ip6h);
	h->proto = ip6h->nexthdr;
	h->frag = 0;
	h->atomic = false;
	h->complain = false;
	h->parsed = true;
	if (unlikely(ipv6_ext_hdr(h->proto))) {
		enum dvr_drop reason = parse_ext_headers(skb, h);

		if (reason)
			return reason;
	}
	skb_set_transport_header(skb, h->l4);
	return DVR_OK;
}

DVR_EXPORT_FOR_TEST(dvr_parse6);

/**
 * dvr_parse_ports() - read the ports of TCP, UDP, UDP-Lite, SCTP or DCCP
 * @skb: packet, data at the network header
 * @h: its headers
 * @ports: set to source and destination port
 *
 * Context: softirq. Headers may move.
 * Return: true if the packet has ports.
 */
bool dvr_parse_ports(struct sk_buff *skb, const struct dvr_headers *h,
		     __be16 ports[2])
{
	const __be16 *found;

	if (h->frag & DVR_FRAG_LATER)
		return false;
	switch (h->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		found = skb_header_pointer(skb,
					   skb_network_offset(skb) + h->l4,
					   2 * sizeof(ports[0]), ports);
		if (!found)
			return false;
		ports[0] = found[0];
		ports[1] = found[1];
		return true;
	}
	return false;
}

DVR_EXPORT_FOR_TEST(dvr_parse_ports);
