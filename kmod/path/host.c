// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host behind its own uplink.
 *
 * The host uses the device of an uplink too, so on the segment the host is one more
 * machine at that port. All that leaves by the device passes this hook. A frame of
 * the host is also for gateways, and for machines behind other ports; a frame of
 * these, or of the module, is also for the host. The rest leaves by the wire.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <net/dst_metadata.h>

#include "link/switch.h"
#include "model/discard.h"
#include "model/fdb.h"
#include "model/iface.h"
#include "path/host.h"
#include "path/rx.h"
#include "path/secure.h"

/*
 * The dst of frames that the host gets from the segment. They pass the device's rx
 * handler or ingress hook, which must not take them for frames of the wire.
 */
static struct metadata_dst *host_mark __ro_after_init;

/*
 * The frame comes from the module. A frame of another port has that port's device
 * as the first device that received it. What the host forwards from an uplink may
 * leave by an uplink of another segment; only what a router sends there has the
 * MAC of the router, as ICMP errors have.
 */
static bool host_is_segments(const struct dvr_port *port,
			     const struct sk_buff *skb)
{
	const struct dvr_port *from;

	if (skb->skb_iif == DVR_MADE_IIF)
		return true;
	from = skb->skb_iif ? xa_load(&port->dn->bound, skb->skb_iif) : NULL;
	if (from && (!from->uplink || from->seg == port->seg))
		return true;
	return dvr_is_gateway(port->seg, dvr_eth_src(eth_hdr(skb)));
}

/* Prepare a frame that leaves, data at the Ethernet header, for reception. */
static void host_turn(struct sk_buff *skb, struct net_device *dev)
{
	skb_orphan(skb);
	skb_scrub_packet(skb, true);
	skb->protocol = eth_type_trans(skb, dev);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
}

/* Give the host a frame of the segment; the frame is gone after this. */
static void host_receive(struct dvr_port *port, struct sk_buff *skb)
{
	enum dvr_drop reason;

	host_turn(skb, skb->dev);
	reason = dvr_secure_host(skb);
	if (reason) {
		dvr_drop(skb, NULL, port, reason);
		return;
	}
	dst_hold(&host_mark->dst);
	skb_dst_set(skb, &host_mark->dst);
	netif_rx(skb);
}

/* Give the segment a frame of the host; the frame is gone after this. */
static void host_send(struct dvr_port *port, struct sk_buff *skb)
{
	host_turn(skb, skb->dev);
	skb->skb_iif = skb->dev->ifindex;
	dvr_rx_host(port, skb);
}

/* A frame to many goes by the wire, and a copy goes to the other side. */
static unsigned int host_copy(struct dvr_port *port, struct sk_buff *skb,
			      bool segments)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

	if (!copy)
		dvr_drop_gone(NULL, port, DVR_DROP_NOMEM);
	else if (segments)
		host_receive(port, copy);
	else
		host_send(port, copy);
	return NF_ACCEPT;
}

static unsigned int host_unicast(struct dvr_port *port, struct sk_buff *skb,
				 bool segments, u64 dst)
{
	const struct dvr_segment *seg = port->seg;
	const struct dvr_fdb *fdb;
	const struct dvr_port *at;

	if (segments) {
		if (!dvr_dev_has_mac(skb->dev, dst)) {
			fdb = dvr_fdb_lookup(seg, dst);
			if (!fdb || !READ_ONCE(fdb->local))
				return NF_ACCEPT;
		}
		host_receive(port, skb);
		return NF_STOLEN;
	}
	/*
	 * The segment learns no MAC from frames of the wire to the host, so a
	 * frame to an unknown MAC leaves by the wire, and no machine receives it.
	 */
	if (!dvr_is_gateway(seg, dst)) {
		fdb = dvr_fdb_lookup(seg, dst);
		at = fdb ? rcu_dereference(fdb->port) : NULL;
		if (!at || at == port)
			return NF_ACCEPT;
	}
	host_send(port, skb);
	return NF_STOLEN;
}

/**
 * dvr_tx_hook() - the egress hook of an uplink's device
 * @priv: the uplink
 * @skb: frame, data at the Ethernet header
 * @state: hook
 *
 * Context: softirq or process context, BH disabled, RCU.
 * Return: NF_ACCEPT for the wire, or NF_STOLEN.
 */
unsigned int dvr_tx_hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct dvr_port *port = priv;
	const struct ethhdr *eth;
	bool segments;

	/* Another VLAN is another network. */
	if (unlikely(!dvr_obj_live(&port->named.obj) ||
		     skb_headlen(skb) < ETH_HLEN ||
		     skb_vlan_tag_present(skb) ||
		     eth_type_vlan(skb->protocol)))
		return NF_ACCEPT;
	eth = eth_hdr(skb);
	segments = host_is_segments(port, skb);
	if (!is_multicast_ether_addr(eth->h_dest))
		return host_unicast(port, skb, segments, dvr_eth_dst(eth));
	if (is_link_local_ether_addr(eth->h_dest))
		return NF_ACCEPT;
	return host_copy(port, skb, segments);
}

/**
 * dvr_host_got() - whether the host gets a frame from the segment
 * @skb: frame that a device of an uplink receives, with a dst
 *
 * Return: true if it is, once.
 */
bool dvr_host_got(struct sk_buff *skb)
{
	if (skb_dst(skb) != &host_mark->dst)
		return false;
	skb_dst_drop(skb);
	return true;
}

/**
 * dvr_host_init() - prepare for frames between hosts and segments
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_host_init(void)
{
	host_mark = metadata_dst_alloc(0, METADATA_HW_PORT_MUX, GFP_KERNEL);
	return host_mark ? 0 : -ENOMEM;
}

/**
 * dvr_host_exit() - undo dvr_host_init()
 *
 * Frames that a host has not received yet keep the dst.
 */
void dvr_host_exit(void)
{
	dst_release(&host_mark->dst);
}
