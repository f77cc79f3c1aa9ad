// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port security: which frames a port may send. The MAC and the IP addresses of
 * a port are checked in the frame, in ARP and in neighbour discovery. A port
 * that is no uplink must not send messages of a DHCP server (RFC 7610), and no
 * router advertisements and redirects (RFC 6105, RFC 7113).
 */
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "lib/ndmsg.h"
#include "lib/wire.h"
#include "model/port.h"
#include "path/secure.h"

#define DHCP_SERVER	67
#define DHCP_CLIENT	68
#define DHCP6_SERVER	547
#define DHCP6_CLIENT	546

static enum dvr_drop secure_arp(const struct dvr_guard *guard,
				struct sk_buff *skb, u64 src)
{
	const struct dvr_arp *arp;
	__be32 sender;

	if (!pskb_may_pull(skb, sizeof(*arp)))
		return DVR_DROP_TRUNCATED;
	arp = (const struct dvr_arp *)skb_network_header(skb);
	if (!dvr_arp_valid(arp))
		return DVR_DROP_ARP_IGNORED;
	if (dvr_wire_mac(arp->sender_mac) != src)
		return DVR_DROP_SPOOF_ARP;
	sender = get_unaligned(&arp->sender_ip);
	/* A probe (RFC 5227) claims its target address. */
	if (!dvr_guard_allows4(guard, sender ?: get_unaligned(&arp->target_ip)))
		return DVR_DROP_SPOOF_ARP;
	return DVR_OK;
}

/* The ports of a UDP packet are these. */
static bool secure_is_udp(struct sk_buff *skb, const struct dvr_headers *h,
			  u16 from, u16 to)
{
	__be16 ports[2];

	return h->proto == IPPROTO_UDP && dvr_parse_ports(skb, h, ports) &&
	       ports[0] == htons(from) && ports[1] == htons(to);
}

/* RFC 3376 4.2.13: a host without an address reports its groups from 0.0.0.0. */
static bool secure_is_igmp(const struct sk_buff *skb,
			   const struct dvr_headers *h)
{
	return h->proto == IPPROTO_IGMP && !h->frag &&
	       ipv4_is_multicast(ip_hdr(skb)->daddr);
}

static enum dvr_drop secure4(const struct dvr_port *port,
			     const struct dvr_guard *guard,
			     struct sk_buff *skb, struct dvr_headers *h)
{
	enum dvr_drop reason = dvr_parse4(skb, h);
	__be32 src;

	if (unlikely(reason))
		return reason;
	src = ip_hdr(skb)->saddr;
	if (!port->uplink && secure_is_udp(skb, h, DHCP_SERVER, DHCP_CLIENT))
		return DVR_DROP_DHCP_SERVER;
	if (!src && (secure_is_udp(skb, h, DHCP_CLIENT, DHCP_SERVER) ||
		     secure_is_igmp(skb, h)))
		return DVR_OK;
	return likely(dvr_guard_allows4(guard, src)) ? DVR_OK :
						       DVR_DROP_SPOOF_IP;
}

/* A port without a MAC may use any link-local address. */
static bool secure_allows6(const struct dvr_guard *guard,
			   const struct in6_addr *ip)
{
	return dvr_guard_allows6(guard, ip) ||
	       (!guard->mac && ipv6_addr_type(ip) & IPV6_ADDR_LINKLOCAL);
}

/* Check the addresses that a neighbour discovery message claims. */
static enum dvr_drop secure_nd(const struct dvr_port *port,
			       const struct dvr_guard *guard,
			       struct sk_buff *skb,
			       const struct dvr_headers *h, u64 src)
{
	struct dvr_nd nd;

	if (h->frag || h->atomic)
		return DVR_DROP_ND_FRAGMENT;
	if (dvr_nd_read(skb, h, &nd))
		return DVR_DROP_ND_INVALID;
	if (nd.lladdr && nd.lladdr != src)
		return DVR_DROP_SPOOF_ARP;
	/* A probe for duplicate addresses claims its target address. */
	if ((nd.type == NDISC_NEIGHBOUR_ADVERTISEMENT ||
	     (nd.type == NDISC_NEIGHBOUR_SOLICITATION &&
	      ipv6_addr_any(&ipv6_hdr(skb)->saddr))) &&
	    !secure_allows6(guard, &nd.target))
		return DVR_DROP_SPOOF_ARP;
	return DVR_OK;
}

static enum dvr_drop secure_icmp6(const struct dvr_port *port,
				  const struct dvr_guard *guard,
				  struct sk_buff *skb,
				  const struct dvr_headers *h, u64 src)
{
	u8 type;

	if (h->frag & DVR_FRAG_LATER)
		return DVR_OK;
	/* RFC 7112: a first fragment must have the upper-layer header. */
	if (skb_copy_bits(skb, skb_network_offset(skb) + h->l4, &type, 1))
		return DVR_DROP_TRUNCATED;
	switch (type) {
	case NDISC_ROUTER_ADVERTISEMENT:
	case NDISC_REDIRECT:
		return port->uplink ? DVR_OK : DVR_DROP_RA_GUARD;
	case NDISC_ROUTER_SOLICITATION:
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
		return secure_nd(port, guard, skb, h, src);
	}
	return DVR_OK;
}

/* DAD, RS and MLD are sent before the sender has an address. */
static bool secure_may_lack_source(struct sk_buff *skb,
				   const struct dvr_headers *h)
{
	return h->proto == IPPROTO_ICMPV6 &&
	       ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
}

static enum dvr_drop secure6(const struct dvr_port *port,
			     const struct dvr_guard *guard,
			     struct sk_buff *skb, struct dvr_headers *h,
			     u64 src)
{
	enum dvr_drop reason = dvr_parse6(skb, h);
	const struct in6_addr *saddr;

	if (unlikely(reason)) {
		/* An address that the port may not use gets no error. */
		if (h->complain &&
		    !secure_allows6(guard, &ipv6_hdr(skb)->saddr))
			h->complain = false;
		return reason;
	}
	if (h->proto == IPPROTO_ICMPV6) {
		reason = secure_icmp6(port, guard, skb, h, src);
		if (reason)
			return reason;
	}
	if (!port->uplink && secure_is_udp(skb, h, DHCP6_SERVER, DHCP6_CLIENT))
		return DVR_DROP_DHCP_SERVER;
	saddr = &ipv6_hdr(skb)->saddr;
	if (likely(secure_allows6(guard, saddr)) ||
	    (ipv6_addr_any(saddr) && secure_may_lack_source(skb, h)))
		return DVR_OK;
	return DVR_DROP_SPOOF_IP;
}

/**
 * dvr_secure() - check whether a port may send a frame
 * @port: port with security on
 * @guard: addresses of @port
 * @skb: frame, data at the network header
 * @h: gets the headers of an IP packet
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or the reason for which the frame must be dropped.
 */
enum dvr_drop dvr_secure(const struct dvr_port *port,
			 const struct dvr_guard *guard, struct sk_buff *skb,
			 struct dvr_headers *h)
{
	u64 src = dvr_eth_src(eth_hdr(skb));

	if (unlikely(guard->mac && guard->mac != src))
		return DVR_DROP_SPOOF_MAC;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return secure4(port, guard, skb, h);
	case htons(ETH_P_IPV6):
		return secure6(port, guard, skb, h, src);
	case htons(ETH_P_ARP):
		return secure_arp(guard, skb, src);
	}
	return DVR_OK;
}

static bool secure_is_from_router(const struct sk_buff *skb,
				  const struct dvr_headers *h)
{
	u8 type;

	return h->proto == IPPROTO_ICMPV6 && !(h->frag & DVR_FRAG_LATER) &&
	       !skb_copy_bits(skb, skb_network_offset(skb) + h->l4, &type, 1) &&
	       (type == NDISC_ROUTER_ADVERTISEMENT || type == NDISC_REDIRECT);
}

/**
 * dvr_secure_host() - check whether the segment may send a frame to the host
 * @skb: frame, data at the network header
 *
 * The host is configured by the network beyond its uplink, not by the machines of
 * the segment, whose ports may have no security, and not by the routers of tenants.
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or the reason for which the frame must be dropped.
 */
enum dvr_drop dvr_secure_host(struct sk_buff *skb)
{
	struct dvr_headers h = {};

	if (skb->protocol == htons(ETH_P_IP)) {
		if (!dvr_parse4(skb, &h) &&
		    secure_is_udp(skb, &h, DHCP_SERVER, DHCP_CLIENT))
			return DVR_DROP_DHCP_SERVER;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		if (dvr_parse6(skb, &h))
			return DVR_OK;
		if (secure_is_from_router(skb, &h))
			return DVR_DROP_RA_GUARD;
		if (secure_is_udp(skb, &h, DHCP6_SERVER, DHCP6_CLIENT))
			return DVR_DROP_DHCP_SERVER;
	}
	return DVR_OK;
}
