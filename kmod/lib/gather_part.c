// SPDX-License-Identifier: GPL-2.0-only
/* Headers of fragments and of the packets made from fragments. */
#include <linux/tcp.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "lib/gather_part.h"

/**
 * dvr_part_fits() - check the size of a packet
 * @hlen: headers in front of the payload, bytes
 * @payload: payload of the fragments, bytes
 * @v4: IPv4, else IPv6
 *
 * Return: true if the length field of the header can hold the size.
 */
bool dvr_part_fits(unsigned int hlen, unsigned int payload, bool v4)
{
	return hlen + payload <= U16_MAX + (v4 ? 0 : sizeof(struct ipv6hdr));
}

static void part_read4(const struct sk_buff *skb, struct dvr_part *part)
{
	const struct iphdr *iph = ip_hdr(skb);
	u16 frag = ntohs(iph->frag_off);

	part->id = (__force __be32)iph->id;
	part->offset = (frag & IP_OFFSET) * 8;
	part->more = frag & IP_MF;
	part->df = frag & IP_DF;
	part->ecn = iph->tos & INET_ECN_MASK;
	part->hlen = iph->ihl * 4;
	part->pull = part->hlen;
	part->nhoff = 0;
}

/*
 * Find the first header of a type. Return: the offset of that header, or of the
 * header at @end.
 */
static unsigned int part_find_header6(const struct sk_buff *skb,
				      unsigned int end,
				      int type, unsigned int *nhoff)
{
	const u8 *net = skb_network_header(skb);
	unsigned int off = sizeof(struct ipv6hdr);

	*nhoff = offsetof(struct ipv6hdr, nexthdr);
	while (off < end && net[*nhoff] != type) {
		bool auth = net[*nhoff] == NEXTHDR_AUTH;

		*nhoff = off;
		off += auth ? (net[off + 1] + 2) * 4 : (net[off + 1] + 1) * 8;
	}
	return off;
}

/**
 * dvr_part_nhoff6() - find the field with the type of a header
 * @skb: IPv6 packet whose headers were read, data at the network header
 * @off: offset of the header
 *
 * Return: offset of the next header field in the preceding header.
 */
unsigned int dvr_part_nhoff6(const struct sk_buff *skb, unsigned int off)
{
	unsigned int nhoff;

	part_find_header6(skb, off, -1, &nhoff);
	return nhoff;
}

/* The headers were read before, up to the fragment header at least. */
static enum dvr_drop part_read6(const struct sk_buff *skb,
				const struct dvr_headers *h,
				struct dvr_part *part)
{
	const u8 *net = skb_network_header(skb);
	const struct frag_hdr *fh;
	unsigned int nhoff, off;
	u16 frag;

	off = part_find_header6(skb, h->l4, NEXTHDR_FRAGMENT, &nhoff);
	if (net[nhoff] != NEXTHDR_FRAGMENT || off >= h->l4)
		return DVR_DROP_FRAG_BAD;
	fh = (const struct frag_hdr *)(net + off);
	frag = ntohs(fh->frag_off);
	/* A fragment header of a whole packet, in front of another one. */
	if (!(frag & (IP6_OFFSET | IP6_MF)))
		return DVR_DROP_FRAG_BAD;
	part->id = fh->identification;
	part->offset = frag & IP6_OFFSET;
	part->more = frag & IP6_MF;
	part->df = false;
	part->ecn = ipv6_get_dsfield(ipv6_hdr(skb)) & INET_ECN_MASK;
	part->hlen = off;
	part->pull = off + sizeof(*fh);
	part->nhoff = nhoff;
	return DVR_OK;
}

/* RFC 7112: the first fragment has all headers, the upper layer's included. */
static bool part_has_headers6(const struct sk_buff *skb,
			      const struct dvr_headers *h)
{
	unsigned int len = 1;

	switch (h->proto) {
	case IPPROTO_TCP:
		len = sizeof(struct tcphdr);
		break;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		len = 12;
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMPV6:
		len = 8;
		break;
	case NEXTHDR_NONE:
		len = 0;
		break;
	}
	return skb->len >= h->l4 + len;
}

/*
 * Fill in a checksum that was left to the device, over the fragment, as the
 * device would. The machine behind a tap chose the place of the checksum.
 */
static bool part_fill_checksum(struct sk_buff *skb, const struct dvr_part *part)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return true;
	return skb_checksum_start_offset(skb) >= part->pull &&
	       !skb_checksum_help(skb);
}

/**
 * dvr_part_read() - read the headers of a fragment
 * @skb: fragment, data at the network header
 * @h: its headers
 * @part: set to the fields of the headers
 *
 * Context: softirq.
 * Return: DVR_OK, or the reason to drop the fragment.
 */
enum dvr_drop dvr_part_read(struct sk_buff *skb, const struct dvr_headers *h,
			    struct dvr_part *part)
{
	enum dvr_drop reason = DVR_OK;

	if (h->v4)
		part_read4(skb, part);
	else
		reason = part_read6(skb, h, part);
	if (reason)
		return reason;
	/* The pages of a zero-copy packet are the sender's, who waits for them. */
	if (skb_orphan_frags_rx(skb, GFP_ATOMIC))
		return DVR_DROP_NOMEM;
	/* Devices make segments of offloaded packets, never fragments. */
	if (skb_is_gso(skb) || skb->len <= part->pull)
		return DVR_DROP_FRAG_BAD;
	part->len = min_t(unsigned int, skb->len, U16_MAX);
	part->end = part->offset + skb->len - part->pull;
	if ((part->more && part->end & 7) ||
	    !dvr_part_fits(part->hlen, part->end, h->v4))
		return DVR_DROP_FRAG_BAD;
	if (!h->v4 && !part->offset && !part_has_headers6(skb, h))
		return DVR_DROP_FRAG_BAD;
	return part_fill_checksum(skb, part) ? DVR_OK : DVR_DROP_FRAG_BAD;
}

/**
 * dvr_part_pull() - pull the headers of a fragment, and orphan it, for a queue
 * @skb: fragment, data at the network header; afterwards, data at the payload
 * @part: its headers
 * @v4: IPv4, else IPv6
 */
void dvr_part_pull(struct sk_buff *skb, const struct dvr_part *part, bool v4)
{
	skb_orphan(skb);
	nf_reset_ct(skb);
	/* An IPv4 header sums up to zero. */
	if (!v4 && skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_sub(skb->csum, csum_partial(skb->data,
							     part->pull, 0));
	__skb_pull(skb, part->pull);
}

/**
 * dvr_part_strip6() - remove the fragment header
 * @skb: first fragment, headers writable, data at the payload
 * @nhoff: see &struct dvr_part
 *
 * The headers in front of the fragment header move up to the payload.
 */
void dvr_part_strip6(struct sk_buff *skb, unsigned int nhoff)
{
	const unsigned int len = sizeof(struct frag_hdr);
	const struct frag_hdr *fh = (const void *)(skb->data - len);

	skb_network_header(skb)[nhoff] = fh->nexthdr;
	memmove(skb->head + len, skb->head, skb_headroom(skb) - len);
	skb->network_header += len;
	if (skb_mac_header_was_set(skb))
		skb->mac_header += len;
}

/**
 * dvr_part_header4() - complete the header of a whole IPv4 packet
 * @skb: packet, data at the network header of the first fragment
 * @ecn: bits to add to the codepoint
 */
void dvr_part_header4(struct sk_buff *skb, u8 ecn)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->tot_len = htons(skb->len);
	iph->frag_off = 0;
	iph->tos |= ecn;
	ip_send_check(iph);
}

/**
 * dvr_part_header6() - complete the headers of a whole IPv6 packet
 * @skb: packet without fragment header, data at the network header
 * @hlen: headers that were in front of the fragment header, bytes
 * @ecn: bits to add to the codepoint
 */
void dvr_part_header6(struct sk_buff *skb, unsigned int hlen, u8 ecn)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);

	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ipv6_change_dsfield(ip6h, 0xff, ecn);
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_partial(ip6h, hlen, skb->csum);
}
