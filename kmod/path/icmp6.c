// SPDX-License-Identifier: GPL-2.0-only
/* ICMPv6 errors (RFC 4443) and redirects (RFC 4861 8). */
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "lib/ndmsg.h"
#include "path/icmp.h"

/* RFC 4443 2.4(e) lists the packets about which no error is sent. */
static bool icmp6_error_allowed(const struct dvr_pkt *p, u8 type, u8 code)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(p->skb);
	bool group_too = type == ICMPV6_PKT_TOOBIG ||
			 (type == ICMPV6_PARAMPROB &&
			  code == ICMPV6_UNK_OPTION);
	u8 about;

	if (!group_too && (ipv6_addr_is_multicast(&ip6h->daddr) ||
			   p->skb->pkt_type == PACKET_BROADCAST ||
			   p->skb->pkt_type == PACKET_MULTICAST))
		return false;
	if (ipv6_addr_any(&ip6h->saddr) || ipv6_addr_loopback(&ip6h->saddr) ||
	    ipv6_addr_is_multicast(&ip6h->saddr))
		return false;
	if (p->h.proto != IPPROTO_ICMPV6)
		return true;
	if (p->h.frag & DVR_FRAG_LATER ||
	    skb_copy_bits(p->skb, skb_network_offset(p->skb) + p->h.l4,
			  &about, 1))
		return false;
	return about & ICMPV6_INFOMSG_MASK && about != NDISC_REDIRECT;
}

/* Begin an ICMPv6 message of @len zero bytes for icmp6_finish(). */
static struct sk_buff *icmp6_start(const struct in6_addr *saddr,
				   const struct in6_addr *daddr,
				   unsigned int len, u8 hop_limit)
{
	struct ipv6hdr *ip6h;
	struct sk_buff *skb;

	skb = alloc_skb(LL_MAX_HEADER + sizeof(*ip6h) + len, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
	ip6h = skb_put_zero(skb, sizeof(*ip6h));
	ip6h->version = 6;
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = IPPROTO_ICMPV6;
	ip6h->hop_limit = hop_limit;
	ip6h->saddr = *saddr;
	ip6h->daddr = *daddr;
	skb_set_transport_header(skb, sizeof(*ip6h));
	skb_put_zero(skb, len);
	return skb;
}

static void icmp6_finish(struct dvr_pkt *p, struct sk_buff *skb)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct icmp6hdr *icmp6h = icmp6_hdr(skb);
	unsigned int len = ntohs(ip6h->payload_len);
	struct dvr_pkt error = {
		.skb = skb,
		.router = p->router,
		.iif = p->iif,
		.local = true,
		.nat.about = dvr_pkt_is_natted(p),
		.h = {
			.l4 = sizeof(*ip6h),
			.proto = IPPROTO_ICMPV6,
			.parsed = true,
		},
	};

	icmp6h->icmp6_cksum = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
					      IPPROTO_ICMPV6,
					      csum_partial(icmp6h, len, 0));
	dvr_forward(&error);
}

/* Errors to link-local addresses have the link-local address of the leg. */
static bool icmp6_find_source(struct dvr_pkt *p, struct in6_addr *source)
{
	const struct in6_addr *to = &ipv6_hdr(p->skb)->saddr;
	const struct dvr_iface_cfg *cfg;

	if (!(ipv6_addr_type(to) & IPV6_ADDR_LINKLOCAL))
		return dvr_icmp_source(p, source);
	if (!p->iif)
		return false;
	cfg = rcu_dereference(p->iif->cfg);
	*source = cfg->linklocal;
	return dvr_iface_cfg_has6(cfg);
}

/**
 * dvr_icmp6_error() - send an ICMPv6 error about a packet
 * @p: packet; the caller keeps it
 * @type: ICMPv6 type
 * @code: ICMPv6 code
 * @info: MTU or pointer, host byte order
 *
 * The error quotes as much of the packet as fits in the minimum MTU (RFC 4443
 * 2.4(c)). The function sends nothing about packets of RFC 4443 2.4(e), above
 * the router's rate, and without a source address.
 *
 * Context: softirq, RCU.
 */
void dvr_icmp6_error(struct dvr_pkt *p, u8 type, u8 code, u32 info)
{
	unsigned int room = IPV6_MIN_MTU - sizeof(struct ipv6hdr) -
			    sizeof(struct icmp6hdr);
	unsigned int quote = min(p->skb->len, room);
	struct icmp6hdr *icmp6h;
	struct in6_addr source;
	struct sk_buff *skb;

	if (!icmp6_error_allowed(p, type, code) ||
	    !icmp6_find_source(p, &source) ||
	    !dvr_icmp_may_send(p, type == ICMPV6_PKT_TOOBIG ? DVR_ICMP_PMTU :
							      DVR_ICMP_ERROR))
		return;
	skb = icmp6_start(&source, &ipv6_hdr(p->skb)->saddr,
			  sizeof(*icmp6h) + quote, IPV6_DEFAULT_HOPLIMIT);
	if (!skb)
		return;
	icmp6h = icmp6_hdr(skb);
	icmp6h->icmp6_type = type;
	icmp6h->icmp6_code = code;
	icmp6h->icmp6_mtu = htonl(info);
	if (skb_copy_bits(p->skb, skb_network_offset(p->skb), icmp6h + 1,
			  quote))
		kfree_skb(skb);
	else
		icmp6_finish(p, skb);
}

/* RFC 4861 4.6.3: the length of the quote is a multiple of 8 bytes. */
static unsigned int icmp6_quote_len(const struct sk_buff *about)
{
	unsigned int room = IPV6_MIN_MTU - sizeof(struct ipv6hdr) -
			    sizeof(struct rd_msg) - 8;

	return min(about->len, room) & ~7U;
}

/**
 * dvr_icmp6_redirect() - send an IPv6 redirect
 * @p: packet that leaves by the leg it came in by; the caller keeps it
 * @better: first hop for the sender
 *
 * Context: softirq, RCU.
 */
void dvr_icmp6_redirect(struct dvr_pkt *p, const struct in6_addr *better)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(p->skb);
	unsigned int quote = icmp6_quote_len(p->skb);
	const struct dvr_iface_cfg *cfg;
	struct sk_buff *skb;
	struct rd_msg *msg;
	u8 *opt;

	cfg = rcu_dereference(p->iif->cfg);
	/* RFC 4861 4.5: the target is the link-local address of a router. */
	if (!icmp6_error_allowed(p, NDISC_REDIRECT, 0) ||
	    !dvr_iface_cfg_has6(cfg) ||
	    (!ipv6_addr_equal(better, &ip6h->daddr) &&
	     !(ipv6_addr_type(better) & IPV6_ADDR_LINKLOCAL)) ||
	    !dvr_icmp_may_send(p, DVR_ICMP_REDIRECT))
		return;
	skb = icmp6_start(&cfg->linklocal, &ip6h->saddr,
			  sizeof(*msg) + 8 + quote, DVR_ND_HOP_LIMIT);
	if (!skb)
		return;
	msg = (struct rd_msg *)icmp6_hdr(skb);
	msg->icmph.icmp6_type = NDISC_REDIRECT;
	msg->target = *better;
	msg->dest = ip6h->daddr;
	opt = msg->opt;
	opt[0] = ND_OPT_REDIRECT_HDR;
	opt[1] = 1 + quote / 8;
	if (skb_copy_bits(p->skb, skb_network_offset(p->skb), opt + 8, quote))
		kfree_skb(skb);
	else
		icmp6_finish(p, skb);
}
