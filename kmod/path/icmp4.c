// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors for IPv4 (RFC 792, RFC 1812 4.3). */
#include <linux/icmp.h>
#include <linux/random.h>
#include <net/ip.h>

#include "path/icmp.h"

/* RFC 1812 4.3.2.3: an error with its quote has at most 576 bytes. */
#define ERROR_MAX	576

/* RFC 1812 4.3.2.7 lists the packets about which no error is sent. */
static bool icmp4_error_allowed(const struct dvr_pkt *p)
{
	const struct iphdr *iph = ip_hdr(p->skb);
	u8 type;

	if (p->h.frag & DVR_FRAG_LATER)
		return false;
	if (p->skb->pkt_type == PACKET_BROADCAST ||
	    p->skb->pkt_type == PACKET_MULTICAST)
		return false;
	if (ipv4_is_multicast(iph->daddr) || ipv4_is_lbcast(iph->daddr))
		return false;
	if (ipv4_is_zeronet(iph->saddr) || ipv4_is_loopback(iph->saddr) ||
	    ipv4_is_multicast(iph->saddr) || ipv4_is_lbcast(iph->saddr))
		return false;
	if (p->h.proto != IPPROTO_ICMP)
		return true;
	if (skb_copy_bits(p->skb, skb_network_offset(p->skb) + p->h.l4,
			  &type, 1))
		return false;
	return !icmp_is_err(type);
}

static void icmp4_put_ip(struct sk_buff *skb, const struct iphdr *about,
			 __be32 saddr, unsigned int len)
{
	struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = 5;
	/* RFC 1812 4.3.2.5: TOS of the packet, precedence 6. */
	iph->tos = (about->tos & IPTOS_TOS_MASK) | IPTOS_PREC_INTERNETCONTROL;
	iph->tot_len = htons(len);
	iph->id = (__force __be16)get_random_u32();
	iph->ttl = IPDEFTTL;
	iph->protocol = IPPROTO_ICMP;
	iph->saddr = saddr;
	iph->daddr = about->saddr;
	ip_send_check(iph);
}

static struct sk_buff *icmp4_make(const struct dvr_pkt *p, __be32 saddr,
				  u8 type, u8 code, __be32 info)
{
	unsigned int room = ERROR_MAX - sizeof(struct iphdr) -
			    sizeof(struct icmphdr);
	unsigned int quote = min(p->skb->len, room);
	unsigned int len = ERROR_MAX - room + quote;
	struct icmphdr *icmph;
	struct sk_buff *skb;
	__be16 proto = htons(ETH_P_IP);

	skb = alloc_skb(LL_MAX_HEADER + len, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb->protocol = proto;
	skb_reset_network_header(skb);
	icmp4_put_ip(skb, ip_hdr(p->skb), saddr, len);
	skb_set_transport_header(skb, sizeof(struct iphdr));
	icmph = skb_put_zero(skb, sizeof(*icmph) + quote);
	icmph->type = type;
	icmph->code = code;
	icmph->un.gateway = info;
	if (skb_copy_bits(p->skb, skb_network_offset(p->skb), icmph + 1,
			  quote)) {
		kfree_skb(skb);
		return NULL;
	}
	icmph->checksum = ip_compute_csum(icmph, sizeof(*icmph) + quote);
	return skb;
}

static enum dvr_icmp_kind icmp4_kind(u8 type, u8 code)
{
	if (type == ICMP_REDIRECT)
		return DVR_ICMP_REDIRECT;
	return type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED ?
	       DVR_ICMP_PMTU : DVR_ICMP_ERROR;
}

/**
 * dvr_icmp4_error() - send an ICMP error about a packet
 * @p: packet; the caller keeps it
 * @type: ICMP type
 * @code: ICMP code
 * @info: second word of the message, network byte order
 *
 * The function sends nothing about packets of RFC 1812 4.3.2.7, above the
 * router's rate, and without a source address.
 *
 * Context: softirq, RCU.
 */
void dvr_icmp4_error(struct dvr_pkt *p, u8 type, u8 code, __be32 info)
{
	struct dvr_pkt error = {
		.router = p->router,
		.iif = p->iif,
		.local = true,
		.nat.about = dvr_pkt_is_natted(p),
		.h = {
			.v4 = true,
			.l4 = sizeof(struct iphdr),
			.proto = IPPROTO_ICMP,
			.parsed = true,
		},
	};
	struct in6_addr source;

	if (!icmp4_error_allowed(p) || !dvr_icmp_source(p, &source) ||
	    !dvr_icmp_may_send(p, icmp4_kind(type, code)))
		return;
	error.skb = icmp4_make(p, source.s6_addr32[3], type, code, info);
	if (error.skb)
		dvr_forward(&error);
}

/**
 * dvr_icmp_redirect() - send a redirect to a better first hop
 * @p: packet that leaves by the leg it came in by; the caller keeps it
 * @better: first hop for the sender, v4-mapped for IPv4
 *
 * RFC 1812 5.2.7.2, with the code for a host; RFC 4861 8.2 for IPv6.
 *
 * Context: softirq, RCU.
 */
void dvr_icmp_redirect(struct dvr_pkt *p, const struct in6_addr *better)
{
	if (p->h.v4)
		dvr_icmp4_error(p, ICMP_REDIRECT, ICMP_REDIR_HOST,
				better->s6_addr32[3]);
	else
		dvr_icmp6_redirect(p, better);
}
