// SPDX-License-Identifier: GPL-2.0-only
/*
 * IGMP and MLD snooping (RFC 4541): multicast goes to the ports whose machines have
 * joined the group, and to multicast routers.
 */
#include <linux/etherdevice.h>
#include <net/if_inet6.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "lib/groupmsg.h"
#include "link/snoop.h"
#include "link/switch.h"
#include "model/group.h"

/*
 * Get the group that a packet is for. Return: false if it is no multicast of IP, or is
 * sent to another MAC address than the group has, where machines do not hear it.
 */
static bool snoop_group(struct sk_buff *skb, struct in6_addr *group)
{
	u8 mac[ETH_ALEN];

	if (skb->protocol == htons(ETH_P_IP)) {
		if (!pskb_may_pull(skb, sizeof(struct iphdr)) ||
		    !ipv4_is_multicast(ip_hdr(skb)->daddr))
			return false;
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, group);
		ip_eth_mc_map(ip_hdr(skb)->daddr, mac);
		return ether_addr_equal(eth_hdr(skb)->h_dest, mac);
	}
	if (skb->protocol != htons(ETH_P_IPV6) ||
	    !pskb_may_pull(skb, sizeof(struct ipv6hdr)) ||
	    !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr))
		return false;
	*group = ipv6_hdr(skb)->daddr;
	ipv6_eth_mc_map(group, mac);
	return ether_addr_equal(eth_hdr(skb)->h_dest, mac);
}

/* Other packets are data, whose further headers mean nothing here. */
static bool snoop_may_be_message(const struct sk_buff *skb)
{
	u8 proto;

	if (skb->protocol == htons(ETH_P_IP)) {
		proto = ip_hdr(skb)->protocol;
		return proto == IPPROTO_IGMP || proto == IPPROTO_PIM;
	}
	proto = ipv6_hdr(skb)->nexthdr;
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ICMPV6 ||
	       proto == IPPROTO_PIM;
}

/**
 * dvr_snoop_in() - send a multicast frame of a port to those that want it
 * @port: port of a segment with snooping that the frame came in by
 * @skb: frame, data at the network header; gone after this
 * @h: headers of an IP packet, if parsed
 *
 * Without a querier, nobody may have reported what it wants, so all ports get all,
 * as with the bridge of Linux. A message above the limit of the port is dropped before
 * it has an effect: no machine has heard it.
 *
 * Context: softirq, RCU.
 */
void dvr_snoop_in(struct dvr_port *port, struct sk_buff *skb,
		  struct dvr_headers *h)
{
	struct in6_addr group;
	struct dvr_gm gm = {};
	bool v4, report;

	if (!dvr_switch_may_storm(port, skb))
		return;
	if (!snoop_group(skb, &group)) {
		dvr_switch_flood(port->seg, skb, port);
		return;
	}
	v4 = skb->protocol == htons(ETH_P_IP);
	if (snoop_may_be_message(skb) && (h->parsed || !dvr_parse(skb, h)))
		dvr_gm_read(skb, h, &gm);
	report = dvr_group_hear(port, &gm);
	if (!dvr_group_filters(port->seg, v4))
		dvr_switch_flood(port->seg, skb, port);
	else if (report)
		dvr_switch_group(port, skb, NULL, v4);
	else if (gm.type != DVR_GM_OTHER || dvr_group_for_all(&group))
		dvr_switch_flood(port->seg, skb, port);
	else
		dvr_switch_group(port, skb, &group, v4);
}
