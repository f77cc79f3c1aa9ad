// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slow path of received frames: decide whether a frame is for the module or
 * for the host, check port security, and hand the frame to a router, to ARP, to
 * neighbour discovery or to the switch.
 */
#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>

#include "link/arp.h"
#include "link/nd.h"
#include "link/snoop.h"
#include "link/switch.h"
#include "model/fdb.h"
#include "model/segment.h"
#include "path/forward.h"
#include "path/host.h"
#include "path/icmp.h"
#include "path/rx.h"
#include "path/secure.h"
#include "path/sources.h"

/* The receiver of a frame. */
enum whose {
	OURS,	/* the module */
	BOTH,	/* the module and the host */
	HOST,
	NOBODY,	/* the frame is gone */
};

/* The number of priority tags that a frame may have. */
#define PRIO_TAGS_MAX	2

/* The frame may be shared, so this function must not move the headers. */
static bool frame_may_be_nd(const struct sk_buff *skb)
{
	const struct dvr_headers h = {
		.l4 = sizeof(struct ipv6hdr),
		.proto = IPPROTO_ICMPV6,
	};
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;

	if (skb->protocol != htons(ETH_P_IPV6))
		return false;
	ip6h = skb_header_pointer(skb, skb_network_offset(skb), sizeof(buf),
				  &buf);
	return ip6h && ip6h->nexthdr == IPPROTO_ICMPV6 && dvr_nd_is(skb, &h);
}

/* Frames to all machines of the segment have a machine to go to. */
static bool rx_has_machines(const struct dvr_segment *seg)
{
	return READ_ONCE(seg->n_ports) > READ_ONCE(seg->n_uplinks);
}

static enum whose whose_uplink_unicast(const struct dvr_port *port,
				       const struct sk_buff *skb, u64 dst)
{
	const struct dvr_segment *seg = port->seg;
	const struct dvr_fdb *fdb;

	if (dvr_is_gateway(seg, dst))
		return OURS;
	if (dvr_dev_has_mac(skb->dev, dst))
		return HOST;
	fdb = dvr_fdb_lookup(seg, dst);
	if (fdb)
		return rcu_access_pointer(fdb->port) == port ? HOST : OURS;
	/* A machine that has been silent for long is known to nobody. */
	return rx_has_machines(seg) &&
	       READ_ONCE(seg->cfg.unknown) == DVR_UNKNOWN_FLOOD ? BOTH : HOST;
}

/*
 * An uplink is shared with the host. The host gets unicast frames unless they
 * are for a gateway or a MAC behind another port that is not the host's own.
 * Broadcasts, multicast and frames to unknown addresses are for both, as on a
 * bridge. Control frames of the link are for the host (IEEE 802.1Q 8.6.3).
 */
static enum whose whose_uplink_frame(struct dvr_port *port, struct sk_buff *skb)
{
	const u8 *dst = eth_hdr(skb)->h_dest;

	if (!is_multicast_ether_addr(dst))
		return whose_uplink_unicast(port, skb, dvr_mac(dst));
	if (is_link_local_ether_addr(dst))
		return HOST;
	if (is_broadcast_ether_addr(dst) || skb->protocol == htons(ETH_P_ARP))
		return BOTH;
	return rx_has_machines(port->seg) || frame_may_be_nd(skb) ? BOTH : HOST;
}

static bool frame_is_tagged(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) || eth_type_vlan(skb->protocol);
}

/*
 * IEEE 802.1Q 6.9.1: a frame of VLAN 0 is an untagged frame with a priority, so
 * its tags are removed. The tag of another VLAN is moved into the fields of the
 * skb. A frame with too many tags stays tagged. Return: false if the frame is
 * gone.
 */
static bool frame_strip_prio_tags(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	unsigned int i;

	for (i = 0; frame_is_tagged(skb) && i < PRIO_TAGS_MAX; i++) {
		if (!skb_vlan_tag_present(skb)) {
			skb = skb_vlan_untag(skb);
			*pskb = skb;
			if (!skb)
				return false;
		}
		if (!skb_vlan_tag_present(skb) || skb_vlan_tag_get_id(skb))
			break;
		__vlan_hwaccel_clear_tag(skb);
	}
	return true;
}

/*
 * A tagged frame is for the host if the host has a VLAN device for the tag. An
 * ingress hook sees frames before VLAN devices do.
 */
static enum whose whose_tagged_frame(struct dvr_port *port, struct sk_buff *skb)
{
	if ((port->uplink || port->attach == DVR_ATTACH_INGRESS) &&
	    skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb) &&
	    __vlan_find_dev_deep_rcu(skb->dev, skb->vlan_proto,
				     skb_vlan_tag_get_id(skb)))
		return HOST;
	return OURS;
}

/* Find the receiver of a frame, and remove priority tags. */
static enum whose whose_frame(struct dvr_port *port, struct sk_buff **pskb)
{
	if (unlikely((*pskb)->pkt_type == PACKET_LOOPBACK))
		return HOST;
	/* An uplink's other frames have no dst yet. */
	if (unlikely(skb_dst(*pskb)) && dvr_host_got(*pskb))
		return HOST;
	if (unlikely(!dvr_obj_live(&port->named.obj))) {
		if (port->uplink)
			return HOST;
		dvr_drop(*pskb, NULL, port, DVR_DROP_PORT_DOWN);
		return NOBODY;
	}
	if (unlikely(frame_is_tagged(*pskb))) {
		if (!frame_strip_prio_tags(pskb)) {
			dvr_drop_gone(NULL, port, DVR_DROP_VLAN_TAG);
			return NOBODY;
		}
		if (frame_is_tagged(*pskb))
			return whose_tagged_frame(port, *pskb);
	}
	if (unlikely(port->uplink))
		return whose_uplink_frame(port, *pskb);
	return OURS;
}

/* Checks that come before all others. */
static enum dvr_drop frame_check(const struct dvr_port *port,
				 struct sk_buff *skb)
{
	if (unlikely(!is_valid_ether_addr(eth_hdr(skb)->h_source)))
		return DVR_DROP_SRC_MAC;
	return unlikely(frame_is_tagged(skb)) ? DVR_DROP_VLAN_TAG : DVR_OK;
}

/* Learn the source of a frame. Return: false if the source is another's. */
static bool rx_learn(struct dvr_port *port, u64 src)
{
	unsigned long gen = READ_ONCE(port->sources);

	if (likely(dvr_source_fresh(port, src)))
		return true;
	if (!dvr_fdb_learn(port->seg, port, src))
		return false;
	dvr_source_note(port, gen, src);
	return true;
}

/* RFC 8200 4.2: the type of some options demands an error to the sender. */
static void rx_param_problem(struct dvr_pkt *p)
{
	if (p->h.complain)
		dvr_icmp6_error(p, ICMPV6_PARAMPROB, ICMPV6_UNK_OPTION,
				p->h.pointer);
}

/* Drop a frame that port security refuses; a router may send an error. */
static void rx_refuse(struct dvr_port *port, struct sk_buff *skb,
		      const struct dvr_headers *h, enum dvr_drop reason)
{
	struct dvr_pkt p = { .skb = skb, .port = port, .h = *h };

	p.iif = dvr_gateway(port->seg, dvr_eth_dst(eth_hdr(skb)));
	if (p.iif && h->complain) {
		p.router = p.iif->router;
		rx_param_problem(&p);
	}
	dvr_drop(skb, NULL, port, reason);
}

/* Hand a frame to the router that has the destination MAC. */
static void rx_to_gateway(struct dvr_port *port, struct sk_buff *skb,
			  struct dvr_iface *iface, struct dvr_headers *h)
{
	struct dvr_pkt p = {
		.skb = skb,
		.router = iface->router,
		.iif = iface,
		.port = port,
		.h = *h,
	};
	enum dvr_drop reason;

	if (skb->protocol != htons(ETH_P_IP) &&
	    skb->protocol != htons(ETH_P_IPV6)) {
		dvr_pkt_drop(&p, DVR_DROP_NOT_IP);
		return;
	}
	if (!p.h.parsed) {
		reason = dvr_parse(skb, &p.h);
		if (unlikely(reason)) {
			rx_param_problem(&p);
			dvr_pkt_drop(&p, reason);
			return;
		}
	}
	skb->pkt_type = PACKET_HOST;
	dvr_forward(&p);
}

/*
 * Flood multicast, but no control frames of the link (IEEE 802.1Q 8.6.3). A
 * segment has no spanning tree, so those of machines that have one pass, or these
 * could not see a loop. The network beyond an uplink is not part of it.
 */
static void rx_to_group(struct dvr_port *port, struct sk_buff *skb,
			struct dvr_headers *h)
{
	const u8 *dst = eth_hdr(skb)->h_dest;

	if (unlikely(READ_ONCE(port->seg->cfg.snooping)) &&
	    !is_broadcast_ether_addr(dst) && !is_link_local_ether_addr(dst))
		dvr_snoop_in(port, skb, h);
	else if (likely(!is_link_local_ether_addr(dst)))
		dvr_switch_storm(port, skb, false);
	else if (ether_addr_equal(dst, eth_stp_addr))
		dvr_switch_storm(port, skb, true);
	else
		dvr_drop(skb, NULL, port, DVR_DROP_SUPPRESSED);
}

static bool frame_is_nd(struct sk_buff *skb, struct dvr_headers *h)
{
	if (likely(skb->protocol != htons(ETH_P_IPV6)))
		return false;
	if (!h->parsed) {
		/* Only a router has to check the other headers of a frame. */
		if (!pskb_may_pull(skb, sizeof(struct ipv6hdr)) ||
		    ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6 ||
		    dvr_parse6(skb, h))
			return false;
	}
	return dvr_nd_is(skb, h);
}

/* Hand a frame that its port may send to its receiver. */
static void rx_hand_on(struct dvr_port *port, struct sk_buff *skb,
		       struct dvr_headers *h)
{
	struct dvr_iface *iface;

	if (skb->protocol == htons(ETH_P_ARP)) {
		dvr_arp_in(port, skb);
	} else if (frame_is_nd(skb, h)) {
		dvr_nd_in(port, skb, h);
	} else if (is_multicast_ether_addr(eth_hdr(skb)->h_dest)) {
		rx_to_group(port, skb, h);
	} else {
		iface = dvr_gateway(port->seg, dvr_eth_dst(eth_hdr(skb)));
		if (likely(iface))
			rx_to_gateway(port, skb, iface, h);
		else
			dvr_switch_unicast(port->seg, skb, port);
	}
}

/**
 * dvr_rx_host() - handle a frame that the host sends by an uplink
 * @port: the uplink
 * @skb: frame, data at the network header; gone after this
 *
 * The host is no tenant: its addresses are not checked.
 *
 * Context: softirq, RCU.
 */
void dvr_rx_host(struct dvr_port *port, struct sk_buff *skb)
{
	struct dvr_headers h = {};
	enum dvr_drop reason = frame_check(port, skb);

	if (unlikely(reason)) {
		dvr_drop(skb, NULL, port, reason);
		return;
	}
	dvr_fdb_learn_local(port, dvr_eth_src(eth_hdr(skb)));
	rx_hand_on(port, skb, &h);
}

/* Handle a frame that is for the module. */
static void rx_ours(struct dvr_port *port, struct sk_buff *skb)
{
	const struct dvr_guard *first = rcu_dereference(port->guard);
	const struct dvr_guard *guard = first;
	struct dvr_headers h = {};
	enum dvr_drop reason;
	u64 src;

	dvr_count_rx(port->stats, skb->len + ETH_HLEN);
	reason = frame_check(port, skb);
	src = dvr_eth_src(eth_hdr(skb));
	if (unlikely(first->next))
		guard = dvr_guard_find(first, src) ?: first;
	if (likely(!reason) && guard->security)
		reason = dvr_secure(port, guard, skb, &h);
	if (unlikely(reason)) {
		rx_refuse(port, skb, &h, reason);
		return;
	}
	if (first->mac != src && unlikely(!rx_learn(port, src))) {
		rx_refuse(port, skb, &h, DVR_DROP_SPOOF_MAC);
		return;
	}
	rx_hand_on(port, skb, &h);
}

/**
 * dvr_rx_frame() - handle a frame that a port's rx handler received
 * @port: port
 * @pskb: frame, data at the network header
 *
 * Context: softirq, RCU.
 * Return: RX_HANDLER_CONSUMED, RX_HANDLER_PASS for the host, or
 *	RX_HANDLER_ANOTHER for a VLAN device whose tag was behind another tag.
 */
rx_handler_result_t dvr_rx_frame(struct dvr_port *port, struct sk_buff **pskb)
{
	struct sk_buff *skb, *copy;
	bool tagged;

	skb = skb_share_check(*pskb, GFP_ATOMIC);
	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	tagged = skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb);
	switch (whose_frame(port, &skb)) {
	case OURS:
		rx_ours(port, skb);
		fallthrough;
	case NOBODY:
		return RX_HANDLER_CONSUMED;
	case BOTH:
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy)
			rx_ours(port, copy);
		fallthrough;
	case HOST:
		break;
	}
	*pskb = skb;
	/* The kernel has looked for a VLAN device by the outer tag only. */
	return skb_vlan_tag_present(skb) && !tagged ? RX_HANDLER_ANOTHER :
						      RX_HANDLER_PASS;
}

/**
 * dvr_rx_ingress() - handle a frame that a port's ingress hook received
 * @port: port
 * @skb: frame, data at the network header; the hook's caller made @skb unshared
 *
 * Context: softirq, RCU.
 * Return: NF_STOLEN, or NF_ACCEPT for the host.
 */
unsigned int dvr_rx_ingress(struct dvr_port *port, struct sk_buff *skb)
{
	struct sk_buff *copy;

	switch (whose_frame(port, &skb)) {
	case OURS:
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (skb)
			rx_ours(port, skb);
		fallthrough;
	case NOBODY:
		return NF_STOLEN;
	case BOTH:
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy)
			rx_ours(port, copy);
		fallthrough;
	case HOST:
		break;
	}
	return NF_ACCEPT;
}
