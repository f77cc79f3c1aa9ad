// SPDX-License-Identifier: GPL-2.0-only
/*
 * ARP (RFC 826, RFC 1122 2.3.2, RFC 5227): answers for gateways, answers on
 * behalf of neighbours whose MAC is certain (suppression), requests, and what
 * the module learns from messages.
 */
#include <linux/etherdevice.h>

#include "lib/wire.h"
#include "link/arp.h"
#include "link/resolve.h"
#include "link/switch.h"
#include "model/discard.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/router.h"

static struct sk_buff *arp_make(__be16 op, const u8 *dst, const u8 *src,
				__be32 sender, const u8 *target_mac,
				__be32 target)
{
	struct dvr_arp *arp;
	struct sk_buff *skb;

	skb = dvr_frame_alloc(sizeof(*arp), htons(ETH_P_ARP), dst, src);
	if (!skb)
		return NULL;
	arp = skb_put(skb, sizeof(*arp));
	arp->hdr.ar_hrd = htons(ARPHRD_ETHER);
	arp->hdr.ar_pro = htons(ETH_P_IP);
	arp->hdr.ar_hln = ETH_ALEN;
	arp->hdr.ar_pln = sizeof(sender);
	arp->hdr.ar_op = op;
	ether_addr_copy(arp->sender_mac, src);
	arp->sender_ip = sender;
	ether_addr_copy(arp->target_mac, target_mac);
	arp->target_ip = target;
	return skb;
}

/**
 * dvr_arp_ask() - send an ARP request from a leg
 * @iface: leg
 * @ip: IPv4 address of the neighbour
 * @mac: last MAC of the neighbour, see dvr_mac(), for a unicast request; 0 for
 *	a broadcast
 *
 * Context: softirq, RCU.
 */
void dvr_arp_ask(const struct dvr_iface *iface, __be32 ip, u64 mac)
{
	static const u8 nobody[ETH_ALEN];
	u8 dst[ETH_ALEN];
	struct in6_addr peer, source;
	struct sk_buff *skb;

	dvr_map4(&peer, ip);
	if (!dvr_iface_source(iface, &peer, &source))
		return;
	if (mac)
		u64_to_ether_addr(mac, dst);
	else
		eth_broadcast_addr(dst);
	skb = arp_make(htons(ARPOP_REQUEST), dst, iface->hw,
		       source.s6_addr32[3], nobody, ip);
	if (!skb)
		return;
	if (mac)
		dvr_switch_unicast(iface->seg, skb, NULL);
	else
		dvr_switch_flood(iface->seg, skb, NULL);
}

/**
 * dvr_arp_announce() - announce an address of a leg (RFC 5227 3)
 * @iface: leg
 * @ip: the address
 * @guests: leave out uplinks
 * @to: port that gets the announcement, or NULL for all ports
 *
 * Context: softirq, RCU.
 */
void dvr_arp_announce(const struct dvr_iface *iface, __be32 ip, bool guests,
		      struct dvr_port *to)
{
	static const u8 nobody[ETH_ALEN];
	struct sk_buff *skb;
	u8 dst[ETH_ALEN];

	eth_broadcast_addr(dst);
	skb = arp_make(htons(ARPOP_REQUEST), dst, iface->hw, ip, nobody, ip);
	if (skb)
		dvr_switch_tell(iface->seg, skb, guests, to);
}

/* Send the answer to a request out of the port that the request came in by. */
static void arp_answer(struct dvr_port *port, const struct dvr_arp *arp,
		       u64 mac)
{
	u8 hw[ETH_ALEN];
	struct sk_buff *skb;

	u64_to_ether_addr(mac, hw);
	skb = arp_make(htons(ARPOP_REPLY), arp->sender_mac, hw, arp->target_ip,
		       arp->sender_mac, arp->sender_ip);
	if (skb)
		dvr_port_xmit(port, skb, NULL);
}

static void arp_learn(const struct dvr_port *port, const struct dvr_arp *arp,
		      const struct in6_addr *sender,
		      const struct dvr_neigh *target, const u8 *dst)
{
	struct dvr_seen seen = {
		.mac = dvr_wire_mac(arp->sender_mac),
		.override = true,
	};

	if (arp->hdr.ar_op == htons(ARPOP_REPLY))
		seen.solicited = dvr_is_gateway(port->seg, dvr_mac(dst));
	/* RFC 826: packets to the sender of a request will follow. */
	else if (target && target->iface)
		seen.create_for = target->iface;
	dvr_resolve_seen(port->seg, sender, &seen);
}

/* Return: true if the message is gone; false if it has to be switched. */
static bool arp_consume(struct dvr_port *port, struct sk_buff *skb)
{
	const struct dvr_arp *arp = (void *)skb_network_header(skb);
	const u8 *dst = eth_hdr(skb)->h_dest;
	struct dvr_neigh *sender, *target;
	struct dvr_segment *seg = port->seg;
	struct in6_addr from, to;
	bool ask = arp->hdr.ar_op == htons(ARPOP_REQUEST);

	dvr_map4(&from, arp->sender_ip);
	dvr_map4(&to, arp->target_ip);
	sender = arp->sender_ip ? dvr_neigh_lookup(seg, &from) : NULL;
	target = dvr_neigh_lookup(seg, &to);
	/* No other sender may claim the address of a gateway. */
	if (sender && sender->iface) {
		dvr_drop(skb, NULL, port, DVR_DROP_SPOOF_ARP);
		return true;
	}
	if ((ask || is_multicast_ether_addr(dst)) &&
	    !dvr_resolve_may_ask(port, &to)) {
		dvr_drop(skb, NULL, port, DVR_DROP_NEIGH_RATE);
		return true;
	}
	if (arp->sender_ip)
		arp_learn(port, arp, &from, target, dst);
	if (ask && target && target->iface &&
	    dvr_router_up(target->iface->router)) {
		arp_answer(port, arp, target->mac);
		consume_skb(skb);
		return true;
	}
	/* A request to one MAC asks whether that machine is still there. */
	if (ask && is_multicast_ether_addr(dst) && target &&
	    arp->sender_ip != arp->target_ip &&
	    dvr_neigh_known(target, port, dvr_wire_mac(arp->sender_mac))) {
		arp_answer(port, arp, READ_ONCE(target->mac));
		consume_skb(skb);
		return true;
	}
	if (!dvr_is_gateway(seg, dvr_mac(dst)))
		return false;
	if (ask)
		dvr_drop(skb, NULL, port, DVR_DROP_ARP_IGNORED);
	else
		consume_skb(skb);
	return true;
}

/**
 * dvr_arp_in() - handle an ARP message that port security allows
 * @port: port that the message came in by
 * @skb: message, data at the network header; gone after this
 *
 * Context: softirq, RCU.
 */
void dvr_arp_in(struct dvr_port *port, struct sk_buff *skb)
{
	if (!pskb_may_pull(skb, sizeof(struct dvr_arp))) {
		dvr_drop(skb, NULL, port, DVR_DROP_TRUNCATED);
		return;
	}
	if (!dvr_arp_valid((const void *)skb_network_header(skb))) {
		dvr_drop(skb, NULL, port, DVR_DROP_ARP_IGNORED);
		return;
	}
	if (arp_consume(port, skb))
		return;
	if (is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		dvr_switch_flood(port->seg, skb, port);
	else
		dvr_switch_unicast(port->seg, skb, port);
}
