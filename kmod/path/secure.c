// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port security: is a frame one that its port may send. A port is held to its
 * MAC and its addresses in the frame, in ARP and in neighbour discovery; and
 * one that is no uplink neither serves DHCP (RFC 7610) nor is a router to its
 * neighbours (RFC 6105, 7113).
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
	/* A probe (RFC 5227) claims what it asks for. */
	if (!dvr_guard_allows4(guard, sender ?: get_unaligned(&arp->target_ip)))
		return DVR_DROP_SPOOF_ARP;
	return DVR_OK;
}

static enum dvr_drop secure4(const struct dvr_port *port,
			     const struct dvr_guard *guard,
			     struct sk_buff *skb, struct dvr_headers *h)
{
	enum dvr_drop reason = dvr_parse4(skb, h);
	__be16 ports[2];
	__be32 src;

	if (unlikely(reason))
		return reason;
	src = ip_hdr(skb)->saddr;
	if (h->proto == IPPROTO_UDP && dvr_parse_ports(skb, h, ports)) {
		if (!port->uplink && ports[0] == htons(DHCP_SERVER) &&
		    ports[1] == htons(DHCP_CLIENT))
			return DVR_DROP_DHCP_SERVER;
		if (!src && ports[0] == htons(DHCP_CLIENT) &&
		    ports[1] == htons(DHCP_SERVER))
			return DVR_OK;
	}
	return likely(dvr_guard_allows4(guard, src)) ? DVR_OK :
						       DVR_DROP_SPOOF_IP;
}

/* Without a MAC to be held to, any link-local address may be the port's own. */
static bool allows6(const struct dvr_guard *guard, const struct in6_addr *ip)
{
	return dvr_guard_allows6(guard, ip) ||
	       (!guard->mac && ipv6_addr_type(ip) & IPV6_ADDR_LINKLOCAL);
}

/* Neighbour discovery: who claims what. */
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
	/* A probe for duplicates claims what it asks for. */
	if ((nd.type == NDISC_NEIGHBOUR_ADVERTISEMENT ||
	     (nd.type == NDISC_NEIGHBOUR_SOLICITATION &&
	      ipv6_addr_any(&ipv6_hdr(skb)->saddr))) &&
	    !allows6(guard, &nd.target))
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
	/* RFC 7112: without its upper-layer header a first part is nothing. */
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

/* DAD, RS and MLD start before there is an address. */
static bool may_be_nobody(struct sk_buff *skb, const struct dvr_headers *h)
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
	__be16 ports[2];

	if (unlikely(reason)) {
		/* Nobody is told of a bad option for somebody else's address. */
		if (h->complain && !allows6(guard, &ipv6_hdr(skb)->saddr))
			h->complain = false;
		return reason;
	}
	if (h->proto == IPPROTO_ICMPV6) {
		reason = secure_icmp6(port, guard, skb, h, src);
		if (reason)
			return reason;
	}
	if (!port->uplink && h->proto == IPPROTO_UDP &&
	    dvr_parse_ports(skb, h, ports) &&
	    ports[0] == htons(DHCP6_SERVER) && ports[1] == htons(DHCP6_CLIENT))
		return DVR_DROP_DHCP_SERVER;
	saddr = &ipv6_hdr(skb)->saddr;
	if (likely(allows6(guard, saddr)) ||
	    (ipv6_addr_any(saddr) && may_be_nobody(skb, h)))
		return DVR_OK;
	return DVR_DROP_SPOOF_IP;
}

/**
 * dvr_secure() - may a port send this frame
 * @port: port with security on
 * @guard: its addresses
 * @skb: frame, data at the network header
 * @h: gets the headers of an IP packet
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or why the frame must be dropped.
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
