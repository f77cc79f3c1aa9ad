// SPDX-License-Identifier: GPL-2.0-only
/*
 * Neighbour discovery (RFC 4861, RFC 4862): answers to neighbour solicitations,
 * solicitations, and what the module learns from messages. Router advertisements
 * are in ra.c.
 */
#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/ip6_checksum.h>
#include <net/ndisc.h>

#include "lib/ndmsg.h"
#include "lib/wire.h"
#include "link/nd.h"
#include "link/ra.h"
#include "link/resolve.h"
#include "link/switch.h"
#include "model/discard.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/router.h"

#define LLADDR_OPT	8	/* type, length, MAC */

/**
 * dvr_nd_alloc() - allocate the frame of a neighbour discovery message
 * @len: bytes of the message
 * @dst: destination MAC
 * @src: source MAC
 * @daddr: destination address
 * @saddr: source address
 *
 * Context: softirq.
 * Return: the frame with its IPv6 header and a zeroed message at the transport
 *	header; or NULL without memory.
 */
struct sk_buff *dvr_nd_alloc(unsigned int len, const u8 *dst, const u8 *src,
			     const struct in6_addr *daddr,
			     const struct in6_addr *saddr)
{
	struct ipv6hdr *ip6h;
	struct sk_buff *skb;

	skb = dvr_frame_alloc(sizeof(*ip6h) + len, htons(ETH_P_IPV6), dst, src);
	if (!skb)
		return NULL;
	ip6h = skb_put_zero(skb, sizeof(*ip6h));
	ip6h->version = 6;
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = IPPROTO_ICMPV6;
	ip6h->hop_limit = DVR_ND_HOP_LIMIT;
	ip6h->saddr = *saddr;
	ip6h->daddr = *daddr;
	skb_set_transport_header(skb, sizeof(*ip6h));
	skb_put_zero(skb, len);
	return skb;
}

/**
 * dvr_nd_sum() - set the checksum of a neighbour discovery message
 * @skb: frame of dvr_nd_alloc()
 */
void dvr_nd_sum(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct icmp6hdr *hdr = icmp6_hdr(skb);
	unsigned int len = skb->len - sizeof(*ip6h);

	hdr->icmp6_cksum = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
					   IPPROTO_ICMPV6,
					   csum_partial(hdr, len, 0));
}

/* A message with one link-layer address option, which holds @src. */
static struct sk_buff *nd_make(u8 type, u32 flags, const u8 *dst, const u8 *src,
			       const struct in6_addr *daddr,
			       const struct in6_addr *saddr,
			       const struct in6_addr *target)
{
	struct sk_buff *skb;
	struct nd_msg *msg;

	skb = dvr_nd_alloc(sizeof(*msg) + LLADDR_OPT, dst, src, daddr, saddr);
	if (!skb)
		return NULL;
	msg = (struct nd_msg *)skb_transport_header(skb);
	msg->icmph.icmp6_type = type;
	msg->icmph.icmp6_dataun.un_data32[0] = htonl(flags);
	msg->target = *target;
	msg->opt[0] = type == NDISC_NEIGHBOUR_SOLICITATION ?
		      ND_OPT_SOURCE_LL_ADDR : ND_OPT_TARGET_LL_ADDR;
	msg->opt[1] = 1;
	memcpy(msg->opt + 2, src, ETH_ALEN);
	dvr_nd_sum(skb);
	return skb;
}

/**
 * dvr_nd_ask() - send a neighbour solicitation from a leg
 * @iface: leg
 * @ip: address of the neighbour
 * @mac: last MAC of the neighbour, see dvr_mac(), for a unicast solicitation;
 *	0 for the solicited-node multicast address
 *
 * Context: softirq, RCU.
 */
void dvr_nd_ask(const struct dvr_iface *iface, const struct in6_addr *ip,
		u64 mac)
{
	struct in6_addr group, source;
	struct sk_buff *skb;
	u8 dst[ETH_ALEN];

	if (!dvr_iface_source(iface, ip, &source))
		return;
	if (mac) {
		u64_to_ether_addr(mac, dst);
	} else {
		addrconf_addr_solict_mult(ip, &group);
		ipv6_eth_mc_map(&group, dst);
	}
	skb = nd_make(NDISC_NEIGHBOUR_SOLICITATION, 0, dst, iface->hw,
		      mac ? ip : &group, &source, ip);
	if (!skb)
		return;
	if (mac)
		dvr_switch_unicast(iface->seg, skb, NULL);
	else
		dvr_switch_flood(iface->seg, skb, NULL);
}

/**
 * dvr_nd_announce() - announce an address of a leg (RFC 4861 7.2.6)
 * @iface: leg
 * @ip: the address
 * @guests: leave out uplinks
 * @to: port that gets the announcement, or NULL for all ports
 *
 * Context: softirq, RCU.
 */
void dvr_nd_announce(const struct dvr_iface *iface, const struct in6_addr *ip,
		     bool guests, struct dvr_port *to)
{
	static const struct in6_addr all_nodes =
		IN6ADDR_LINKLOCAL_ALLNODES_INIT;
	struct sk_buff *skb;
	u8 dst[ETH_ALEN];

	ipv6_eth_mc_map(&all_nodes, dst);
	/* The flags: router, override. */
	skb = nd_make(NDISC_NEIGHBOUR_ADVERTISEMENT, BIT(31) | BIT(29), dst,
		      iface->hw, &all_nodes, ip, ip);
	if (skb)
		dvr_switch_tell(iface->seg, skb, guests, to);
}

/*
 * Send the answer to a solicitation out of the port that the solicitation came
 * in by (RFC 4861 7.2.4). The answer to a probe for duplicate addresses is sent
 * to all nodes, without the flag "solicited".
 */
static void nd_answer(struct dvr_port *port, struct sk_buff *question,
		      const struct dvr_nd *nd, const struct dvr_neigh *n)
{
	static const struct in6_addr all_nodes =
		IN6ADDR_LINKLOCAL_ALLNODES_INIT;
	const struct ipv6hdr *ip6h = ipv6_hdr(question);
	bool probe = ipv6_addr_any(&ip6h->saddr);
	u8 dst[ETH_ALEN], hw[ETH_ALEN];
	struct sk_buff *skb;
	u32 flags = 0;

	/* RFC 4861 7.2.7: other routers may answer as well. */
	if (!n->anycast)
		flags |= BIT(29);	/* override */
	if (n->iface)
		flags |= BIT(31);	/* router */
	if (!probe)
		flags |= BIT(30);	/* solicited */
	u64_to_ether_addr(READ_ONCE(n->mac), hw);
	if (probe)
		ipv6_eth_mc_map(&all_nodes, dst);
	else
		ether_addr_copy(dst, eth_hdr(question)->h_source);
	skb = nd_make(NDISC_NEIGHBOUR_ADVERTISEMENT, flags, dst, hw,
		      probe ? &all_nodes : &ip6h->saddr, &nd->target,
		      &nd->target);
	if (skb)
		dvr_port_xmit(port, skb, NULL);
}

/* Return: true if the solicitation was answered. */
static bool nd_solicit_in(struct dvr_port *port, struct sk_buff *skb,
			  const struct dvr_nd *nd)
{
	const struct in6_addr *from = &ipv6_hdr(skb)->saddr;
	struct dvr_segment *seg = port->seg;
	struct dvr_neigh *target = dvr_neigh_lookup(seg, &nd->target);
	struct dvr_seen seen = { .mac = nd->lladdr, .override = true };

	if (target && target->iface)
		seen.create_for = target->iface;
	if (!ipv6_addr_any(from) && nd->lladdr)
		dvr_resolve_seen(seg, from, &seen);
	if (!target)
		return false;
	if (target->iface) {
		if (!dvr_router_up(target->iface->router))
			return false;
		nd_answer(port, skb, nd, target);
		return true;
	}
	/* A request to one MAC asks whether that machine is still there. */
	if (!is_multicast_ether_addr(eth_hdr(skb)->h_dest) ||
	    ipv6_addr_equal(from, &nd->target) ||
	    !dvr_neigh_known(target, port,
			     dvr_eth_src(eth_hdr(skb))))
		return false;
	nd_answer(port, skb, nd, target);
	return true;
}

static void nd_advert_in(const struct dvr_port *port, struct sk_buff *skb,
			 const struct dvr_nd *nd)
{
	struct dvr_seen seen = {
		.mac = nd->lladdr,
		.override = nd->override,
		.solicited = nd->solicited,
	};

	dvr_resolve_seen(port->seg, &nd->target, &seen);
}

/*
 * Return: true if the solicitation was for a leg alone. A solicitation updates an
 * entry that exists (RFC 4861 6.2.6).
 */
static bool nd_router_solicit_in(struct dvr_port *port, struct sk_buff *skb,
				 const struct dvr_nd *nd)
{
	const struct in6_addr *from = &ipv6_hdr(skb)->saddr;
	struct dvr_seen seen = { .mac = nd->lladdr, .override = true };
	bool leg = dvr_is_gateway(port->seg, dvr_eth_dst(eth_hdr(skb)));

	if ((!leg && !is_multicast_ether_addr(eth_hdr(skb)->h_dest)) ||
	    !dvr_ra_solicited(port))
		return false;
	if (nd->lladdr)
		dvr_resolve_seen(port->seg, from, &seen);
	return leg;
}

static bool nd_is_gateway_ip(const struct dvr_segment *seg,
			     const struct in6_addr *ip)
{
	const struct dvr_neigh *n = dvr_neigh_lookup(seg, ip);

	return n && n->iface;
}

/* No other sender may claim the address of a gateway. */
static bool nd_usurps(const struct dvr_segment *seg, struct sk_buff *skb,
		      const struct dvr_nd *nd)
{
	if (nd->type == NDISC_NEIGHBOUR_ADVERTISEMENT)
		return nd_is_gateway_ip(seg, &nd->target);
	return nd_is_gateway_ip(seg, &ipv6_hdr(skb)->saddr);
}

/* The message is answered, or sent to all. */
static bool nd_is_limited(const struct sk_buff *skb, const struct dvr_nd *nd)
{
	return nd->type == NDISC_NEIGHBOUR_SOLICITATION ||
	       is_multicast_ether_addr(eth_hdr(skb)->h_dest);
}

/**
 * dvr_nd_is() - whether a packet is a neighbour discovery message
 * @skb: IPv6 packet, data at the network header
 * @h: headers of the packet
 *
 * Return: true for the ICMPv6 types 133 to 137.
 */
bool dvr_nd_is(const struct sk_buff *skb, const struct dvr_headers *h)
{
	u8 type;

	return h->proto == IPPROTO_ICMPV6 && !(h->frag & DVR_FRAG_LATER) &&
	       !skb_copy_bits(skb, skb_network_offset(skb) + h->l4, &type, 1) &&
	       type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT;
}

/**
 * dvr_nd_in() - handle a neighbour discovery message that port security allows
 * @port: port that the message came in by
 * @skb: message, data at the network header; gone after this
 * @h: headers of the message
 *
 * Context: softirq, RCU.
 */
void dvr_nd_in(struct dvr_port *port, struct sk_buff *skb,
	       const struct dvr_headers *h)
{
	struct dvr_segment *seg = port->seg;
	enum dvr_drop reason;
	struct dvr_nd nd;
	bool done = false;

	reason = dvr_nd_read(skb, h, &nd);
	if (!reason && nd_usurps(seg, skb, &nd))
		reason = DVR_DROP_SPOOF_ARP;
	if (!reason && nd_is_limited(skb, &nd) &&
	    !dvr_resolve_may_ask(port, &nd.target))
		reason = DVR_DROP_NEIGH_RATE;
	if (reason) {
		dvr_drop(skb, NULL, port, reason);
		return;
	}
	if (nd.type == NDISC_NEIGHBOUR_SOLICITATION)
		done = nd_solicit_in(port, skb, &nd);
	else if (nd.type == NDISC_NEIGHBOUR_ADVERTISEMENT)
		nd_advert_in(port, skb, &nd);
	else if (nd.type == NDISC_ROUTER_SOLICITATION)
		done = nd_router_solicit_in(port, skb, &nd);
	if (done)
		consume_skb(skb);
	else if (is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		dvr_switch_flood(seg, skb, port);
	else if (!dvr_is_gateway(seg, dvr_eth_dst(eth_hdr(skb))))
		dvr_switch_unicast(seg, skb, port);
	else if (nd.type == NDISC_NEIGHBOUR_ADVERTISEMENT)
		consume_skb(skb);
	else
		/* RFC 4861 8.2: a router ignores redirects. */
		dvr_drop(skb, NULL, port, DVR_DROP_ND_IGNORED);
}
