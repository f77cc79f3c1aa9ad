// SPDX-License-Identifier: GPL-2.0-only
/*
 * The L2 switch of a segment on this host. The data of a frame begins at the
 * network header, and the Ethernet header is in front, as in frames that a
 * device has received.
 */
#include <linux/if_vlan.h>

#include "link/switch.h"
#include "link/xmit.h"
#include "model/discard.h"
#include "model/fdb.h"
#include "model/group.h"

/* GSO packets are segmented later, by the device or in software. */
static bool frame_fits(const struct dvr_port *port, const struct sk_buff *skb)
{
	return skb->len <= READ_ONCE(port->mtu) || skb_is_gso(skb);
}

/**
 * dvr_port_xmit() - send a frame out of a port
 * @port: port
 * @skb: frame with its final Ethernet header; gone after this
 * @router: router that sends the frame, or NULL if the frame is switched
 *
 * Context: softirq, RCU.
 */
void dvr_port_xmit(struct dvr_port *port, struct sk_buff *skb,
		   const struct dvr_router *router)
{
	struct net_device *dev = rcu_dereference(port->dev);
	int rc;

	if (unlikely(!dev || !READ_ONCE(port->up))) {
		dvr_drop(skb, router, port, DVR_DROP_PORT_DOWN);
		return;
	}
	if (unlikely(!frame_fits(port, skb))) {
		dvr_drop(skb, router, port, DVR_DROP_TOO_LONG);
		return;
	}
	skb_push(skb, ETH_HLEN);
	dvr_count_tx(port->stats, skb->len);
	rc = dvr_xmit(skb, port, dev,
		      !skb_vlan_tag_present(skb) && !dev_nit_active_rcu(dev));
	/* dvr_xmit() has consumed the frame in any case. */
	if (likely(!net_xmit_eval(rc)))
		return;
	dvr_drop_gone(router, port, DVR_DROP_XMIT);
	if (!netif_carrier_ok(dev))
		dvr_port_lost(port, dev);
}

/* Who gets a frame that is sent to many. */
enum flood {
	FLOOD_ALL,
	FLOOD_GUESTS,	/* all but uplinks */
	FLOOD_UNKNOWN,	/* ports that may have an unknown MAC behind them */
	FLOOD_GROUP4,	/* members of a group of IPv4, and its routers */
	FLOOD_GROUP6,
};

static bool switch_reaches(const struct dvr_port *port, enum flood flood,
			   const struct in6_addr *group)
{
	const struct dvr_guard *guard;

	if (!READ_ONCE(port->up))
		return false;
	if (flood == FLOOD_GUESTS)
		return !port->uplink;
	if (flood == FLOOD_ALL)
		return true;
	if (flood >= FLOOD_GROUP4)
		return dvr_group_router(port, flood == FLOOD_GROUP4) ||
		       (group && dvr_group_member(port, group));
	/* Where the one MAC is configured that may send, there is no other one. */
	guard = rcu_dereference(port->guard);
	return !guard->security || !guard->mac || guard->next;
}

static void switch_flood(const struct dvr_segment *seg, struct sk_buff *skb,
			 const struct dvr_port *from, enum flood flood,
			 const struct in6_addr *group)
{
	struct dvr_port *port, *last = NULL;

	dvr_turn(skb);
	list_for_each_entry_rcu(port, &seg->flood, flood) {
		struct sk_buff *copy;

		if (port == from || !switch_reaches(port, flood, group))
			continue;
		if (last) {
			copy = skb_clone(skb, GFP_ATOMIC);
			if (copy)
				dvr_port_xmit(last, copy, NULL);
			else
				dvr_drop_gone(NULL, last, DVR_DROP_NOMEM);
		}
		last = port;
	}
	/* A segment without another port is no reason for a drop. */
	if (last)
		dvr_port_xmit(last, skb, NULL);
	else
		consume_skb(skb);
}

/**
 * dvr_switch_flood() - send a frame to all ports but the one that it came in by
 * @seg: segment
 * @skb: frame; gone after this
 * @from: port that the frame came in by, or NULL
 *
 * Context: softirq, RCU.
 */
void dvr_switch_flood(const struct dvr_segment *seg, struct sk_buff *skb,
		      const struct dvr_port *from)
{
	switch_flood(seg, skb, from, FLOOD_ALL, NULL);
}

/**
 * dvr_switch_may_storm() - take a token for a frame to many of a port, or drop the frame
 * @from: port that the frame came in by
 * @skb: frame, other than ARP and ND, which have a limit of their own
 *
 * One frame is a copy for each port of the segment, so a port may send only
 * flood-rate of them a second.
 *
 * Context: softirq, RCU.
 * Return: false if the frame was dropped.
 */
bool dvr_switch_may_storm(struct dvr_port *from, struct sk_buff *skb)
{
	if (dvr_bucket_take(&from->buckets.floods,
			    READ_ONCE(from->cfg.flood), 0))
		return true;
	dvr_drop(skb, NULL, from, DVR_DROP_FLOOD_RATE);
	return false;
}

static void switch_storm(struct dvr_port *from, struct sk_buff *skb,
			 enum flood flood)
{
	if (dvr_switch_may_storm(from, skb))
		switch_flood(from->seg, skb, from, flood, NULL);
}

/**
 * dvr_switch_storm() - send a frame of a port to all others, within its limit
 * @from: port that the frame came in by
 * @skb: frame, see dvr_switch_may_storm(); gone after this
 * @guests: leave out uplinks
 *
 * Context: softirq, RCU.
 */
void dvr_switch_storm(struct dvr_port *from, struct sk_buff *skb, bool guests)
{
	switch_storm(from, skb, guests ? FLOOD_GUESTS : FLOOD_ALL);
}

/**
 * dvr_switch_group() - send a frame of a port to members of a group and to multicast
 *	routers
 * @from: port that the frame came in by
 * @skb: frame, see dvr_switch_may_storm(); gone after this
 * @group: address of the group, v4-mapped for IPv4, or NULL for routers alone
 * @v4: IPv4, else IPv6
 *
 * Context: softirq, RCU.
 */
void dvr_switch_group(struct dvr_port *from, struct sk_buff *skb,
		      const struct in6_addr *group, bool v4)
{
	switch_flood(from->seg, skb, from, v4 ? FLOOD_GROUP4 : FLOOD_GROUP6,
		     group);
}

/**
 * dvr_switch_tell() - send a frame that the module made to all ports, or to one
 * @seg: segment
 * @skb: frame; gone after this
 * @guests: leave out uplinks
 * @to: the port, or NULL for all
 *
 * Context: softirq, RCU.
 */
void dvr_switch_tell(const struct dvr_segment *seg, struct sk_buff *skb,
		     bool guests, struct dvr_port *to)
{
	enum flood flood = guests ? FLOOD_GUESTS : FLOOD_ALL;

	if (!to)
		switch_flood(seg, skb, NULL, flood, NULL);
	else if (switch_reaches(to, flood, NULL))
		dvr_port_xmit(to, skb, NULL);
	else
		consume_skb(skb);
}

/**
 * dvr_switch_unicast() - send a frame to the port of its destination MAC
 * @seg: segment
 * @skb: frame with a unicast destination that is no gateway; gone after this
 * @from: port that the frame came in by, or NULL
 *
 * A frame to an unknown MAC is flooded, within the limit of @from, or dropped,
 * according to the option "unknown" of the segment.
 *
 * Context: softirq, RCU.
 */
void dvr_switch_unicast(const struct dvr_segment *seg, struct sk_buff *skb,
			struct dvr_port *from)
{
	struct dvr_port *port;
	struct dvr_fdb *fdb;

	fdb = dvr_fdb_lookup(seg, dvr_eth_dst(eth_hdr(skb)));
	port = fdb ? rcu_dereference(fdb->port) : NULL;
	/* An entry that has just ended has no port any more. */
	if (!fdb || (!port && !dvr_obj_live(&fdb->entry.obj))) {
		if (READ_ONCE(seg->cfg.unknown) != DVR_UNKNOWN_FLOOD)
			dvr_drop(skb, NULL, from, DVR_DROP_UNKNOWN_MAC);
		else if (from)
			switch_storm(from, skb, FLOOD_UNKNOWN);
		else
			switch_flood(seg, skb, NULL, FLOOD_UNKNOWN, NULL);
		return;
	}
	if (!port) {
		dvr_drop(skb, NULL, from, DVR_DROP_NO_TUNNEL);
		return;
	}
	if (port == from) {
		dvr_drop(skb, NULL, from, DVR_DROP_SAME_PORT);
		return;
	}
	dvr_turn(skb);
	dvr_port_xmit(port, skb, NULL);
}

/**
 * dvr_frame_alloc() - allocate a frame that has only its Ethernet header
 * @size: bytes that follow the Ethernet header
 * @protocol: EtherType
 * @dst: destination MAC
 * @src: source MAC
 *
 * Context: softirq.
 * Return: the frame, data and network header behind the Ethernet header, with
 *	tail room for @size bytes; or NULL without memory.
 */
struct sk_buff *dvr_frame_alloc(unsigned int size, __be16 protocol,
				const u8 *dst, const u8 *src)
{
	struct sk_buff *skb;
	struct ethhdr *eth;

	skb = alloc_skb(LL_MAX_HEADER + size, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb->protocol = protocol;
	skb->skb_iif = DVR_MADE_IIF;
	skb_reset_network_header(skb);
	skb_set_mac_header(skb, -ETH_HLEN);
	eth = eth_hdr(skb);
	ether_addr_copy(eth->h_dest, dst);
	ether_addr_copy(eth->h_source, src);
	eth->h_proto = protocol;
	return skb;
}
