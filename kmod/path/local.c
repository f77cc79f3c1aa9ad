// SPDX-License-Identifier: GPL-2.0-only
/* Packets to a router's own addresses: echo replies, packets for the host. */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/netfilter/nf_conntrack.h>

#include "link/output.h"
#include "path/forward.h"
#include "path/local.h"

static bool local_is_echo(const struct dvr_pkt *p)
{
	u8 type;

	if (p->h.frag ||
	    p->h.proto != (p->h.v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) ||
	    skb_copy_bits(p->skb, skb_network_offset(p->skb) + p->h.l4,
			  &type, 1))
		return false;
	return type == (p->h.v4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST);
}

static bool echo_checksum_ok(const struct dvr_pkt *p)
{
	unsigned int off = skb_network_offset(p->skb) + p->h.l4;
	unsigned int len = p->skb->len - p->h.l4;
	const struct ipv6hdr *ip6h;

	if (p->skb->ip_summed == CHECKSUM_PARTIAL)
		return true;
	if (p->h.v4)
		return !csum_fold(skb_checksum(p->skb, off, len, 0));
	ip6h = ipv6_hdr(p->skb);
	return !csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
				IPPROTO_ICMPV6,
				skb_checksum(p->skb, off, len, 0));
}

/* RFC 1812 4.3.3.6: identifier, sequence number and data stay the same. */
static void echo_turn4(struct sk_buff *skb, unsigned int l4)
{
	struct iphdr *iph = ip_hdr(skb);
	struct icmphdr *icmph = (void *)skb_network_header(skb) + l4;

	swap(iph->saddr, iph->daddr);
	iph->ttl = IPDEFTTL;
	iph->frag_off = 0;
	ip_send_check(iph);
	icmph->type = ICMP_ECHOREPLY;
	csum_replace2(&icmph->checksum, htons(ICMP_ECHO << 8),
		      htons(ICMP_ECHOREPLY << 8));
}

/* RFC 4443 4.2 */
static void echo_turn6(struct sk_buff *skb, unsigned int l4)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct icmp6hdr *icmp6h = (void *)skb_network_header(skb) + l4;

	swap(ip6h->saddr, ip6h->daddr);
	ip6h->hop_limit = IPV6_DEFAULT_HOPLIMIT;
	icmp6h->icmp6_type = ICMPV6_ECHO_REPLY;
	csum_replace2(&icmp6h->icmp6_cksum, htons(ICMPV6_ECHO_REQUEST << 8),
		      htons(ICMPV6_ECHO_REPLY << 8));
}

/* RFC 4443 2.2(b): what an anycast address answers has a unicast source. */
static void echo_set_unicast(struct dvr_pkt *p, const struct dvr_route *route)
{
	struct ipv6hdr *ip6h = ipv6_hdr(p->skb);
	struct icmp6hdr *icmp6h = (void *)skb_network_header(p->skb) + p->h.l4;
	struct in6_addr src;

	if (!dvr_iface_source(route->iface, &ip6h->daddr, &src))
		return;
	inet_proto_csum_replace16(&icmp6h->icmp6_cksum, p->skb,
				  ip6h->saddr.s6_addr32, src.s6_addr32, true);
	ip6h->saddr = src;
}

/* Give a packet to the host's stack as received by the router's netdev. */
static void local_punt(struct dvr_pkt *p)
{
	struct sk_buff *skb = p->skb;

	/*
	 * The host's firewall has to see all of the packet, so nothing stays that
	 * the hooks of the port's device noted, such as that of a bridge.
	 */
	skb_scrub_packet(skb, true);
	skb->dev = p->router->dev;
	skb_reset_mac_header(skb);
	netif_rx(skb);
}

static void local_echo(struct dvr_pkt *p)
{
	const struct dvr_route *route = dvr_lookup_dst(p);

	if (!echo_checksum_ok(p)) {
		dvr_pkt_drop(p, DVR_DROP_ICMP_CHECKSUM);
		return;
	}
	if (skb_ensure_writable(p->skb, p->h.l4 + sizeof(struct icmphdr))) {
		dvr_pkt_drop(p, DVR_DROP_TRUNCATED);
		return;
	}
	/* The device's checksum is that of the request. */
	if (p->skb->ip_summed == CHECKSUM_COMPLETE)
		p->skb->ip_summed = CHECKSUM_NONE;
	if (p->h.v4)
		echo_turn4(p->skb, p->h.l4);
	else
		echo_turn6(p->skb, p->h.l4);
	if (route && route->type == DVR_ROUTE_TYPE_ANYCAST)
		echo_set_unicast(p, route);
	if (p->host) {
		local_punt(p);
		return;
	}
	p->local = true;
	/* The answer may be fragmented on its way. */
	p->frag.df = false;
	dvr_forward(p);
}

/*
 * The packet is of the original direction: it was translated to the address of
 * a host inside, which has become an address of the router. A packet of the
 * reply direction answers what the router's host sent.
 */
static bool local_is_original(const struct dvr_pkt *p)
{
	enum ip_conntrack_info info;

	return nf_ct_get(p->skb, &info) &&
	       CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL;
}

/**
 * dvr_local_in() - handle a packet to the router itself
 * @p: packet; gone after this
 *
 * Context: softirq, RCU.
 */
void dvr_local_in(struct dvr_pkt *p)
{
	if (unlikely(p->nat.tracked) && local_is_original(p))
		dvr_pkt_drop(p, DVR_DROP_NAT_REFUSED);
	else if ((!p->local || p->host) && local_is_echo(p))
		local_echo(p);
	else if (!p->local && READ_ONCE(p->router->cfg.punt))
		local_punt(p);
	else if (p->h.frag)
		dvr_pkt_drop(p, DVR_DROP_LOCAL_FRAGMENT);
	else
		dvr_pkt_drop(p, DVR_DROP_LOCAL_PROTO);
}
