// SPDX-License-Identifier: GPL-2.0-only
/* Send a routed packet as a frame of a port, or by a device of the host. */
#include <linux/if_vlan.h>
#include <net/dsfield.h>
#include <net/ip.h>

#include "lib/dvr_test.h"
#include "link/output.h"
#include "link/switch.h"
#include "model/segment.h"

/*
 * Make the headers writable, and the headroom at least @headroom bytes. Return:
 * false without memory.
 */
static bool output_make_writable(struct sk_buff *skb, unsigned int hlen,
				 unsigned int headroom)
{
	unsigned int have = skb_headroom(skb);
	unsigned int more = 0;

	if (likely(have >= headroom &&
		   (!skb_cloned(skb) || skb_clone_writable(skb, hlen))))
		return true;
	if (have < headroom)
		more = SKB_DATA_ALIGN(headroom - have);
	return !pskb_expand_head(skb, more, 0, GFP_ATOMIC);
}

/**
 * dvr_hop() - decrement the TTL or hop limit
 * @skb: packet, data at the network header, TTL above 1
 * @v4: IPv4, else IPv6
 * @headroom: least headroom in front of the network header, bytes
 *
 * The IPv4 checksum is updated, not computed (RFC 1624).
 *
 * Context: softirq. Headers may move.
 * Return: false without memory.
 */
bool dvr_hop(struct sk_buff *skb, bool v4, unsigned int headroom)
{
	if (unlikely(!output_make_writable(skb, dvr_header_len(v4), headroom)))
		return false;
	if (v4)
		ip_decrease_ttl(ip_hdr(skb));
	else
		ipv6_hdr(skb)->hop_limit--;
	return true;
}

DVR_EXPORT_FOR_TEST(dvr_hop);

/**
 * dvr_tap_slow() - show a packet to the listeners on a router's netdev
 * @router: router that sends the packet
 * @skb: packet, data at the network header
 *
 * Context: softirq, RCU.
 */
void dvr_tap_slow(struct dvr_router *router, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	/* A router without a netdev: the listeners are those on all devices. */
	if (router->bare)
		return;
	skb->dev = router->dev;
	dev_queue_xmit_nit(skb, router->dev);
	skb->dev = dev;
}

/**
 * dvr_output_tap() - count a packet that a router sends, and run dvr_tap()
 * @router: router
 * @skb: packet, data at the network header
 * @host: the host sent the packet to the router's netdev, and listeners have
 *	seen it there
 *
 * Context: softirq, RCU.
 */
void dvr_output_tap(struct dvr_router *router, struct sk_buff *skb, bool host)
{
	dvr_count_tx(router->stats, skb->len);
	if (likely(!host))
		dvr_tap(router, skb);
}

/*
 * A device may lead back to a router within one call. One return is legitimate:
 * a tunnel through another tenant. More is a loop. A stack holds fewer
 * levels than the kernel's own limit allows.
 */
#define NESTED_MAX	2

static DEFINE_PER_CPU(unsigned int, nested);

/*
 * Send as the host's stack does. An Ethernet device without ARP, such as a
 * dummy or a VRF, gets a header with the device's own address. A tunnel gets no
 * header. Tunnels read IP's data in the control block, so the control block is
 * cleared. A tunnel looks up the route itself if the packet has none.
 */
static void output_device(struct dvr_router *router, struct net_device *dev,
			  struct sk_buff *skb)
{
	int rc;

	if (unlikely(this_cpu_inc_return(nested) > NESTED_MAX)) {
		dvr_drop(skb, router, NULL, DVR_DROP_LOOP);
		goto out;
	}
	skb_scrub_packet(skb, true);
	memset(skb->cb, 0, sizeof(skb->cb));
	skb->dev = dev;
	if (dev_hard_header(skb, dev, ntohs(skb->protocol), dev->dev_addr,
			    NULL, skb->len) < 0) {
		dvr_drop(skb, router, NULL, DVR_DROP_XMIT);
		goto out;
	}
	rc = dev_queue_xmit(skb);
	/* dev_queue_xmit() has consumed the packet in any case. */
	if (unlikely(net_xmit_eval(rc)))
		dvr_drop_gone(router, NULL, DVR_DROP_XMIT);
out:
	this_cpu_dec(nested);
}

/**
 * dvr_output() - send a routed packet
 * @router: router that sends the packet
 * @way: how the packet leaves
 * @skb: packet within the MTU, headers writable; gone after this
 * @host: see dvr_output_tap()
 *
 * Context: softirq, RCU.
 */
void dvr_output(struct dvr_router *router, const struct dvr_way *way,
		struct sk_buff *skb, bool host)
{
	struct ethhdr *eth;

	dvr_output_tap(router, skb, host);
	dvr_turn(skb);
	if (unlikely(way->dev)) {
		output_device(router, way->dev, skb);
		return;
	}
	skb_set_mac_header(skb, -ETH_HLEN);
	eth = eth_hdr(skb);
	u64_to_ether_addr(way->mac, eth->h_dest);
	ether_addr_copy(eth->h_source, way->out->hw);
	eth->h_proto = skb->protocol;
	if (likely(way->port))
		dvr_port_xmit(way->port, skb, router);
	else
		dvr_switch_unicast(way->out->seg, skb, NULL);
}
