/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_PKT_H
#define _DVR_PKT_H

#include <net/gso.h>

#include "lib/parse.h"
#include "model/discard.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/port.h"
#include "model/route.h"
#include "model/router.h"

struct dvr_binding;
struct dvr_conn;
struct dvr_natrule;
struct dvr_neigh;

/**
 * struct dvr_pkt_frag - the fragments that a packet came in
 * @max: length of the longest fragment, bytes; 0 for a packet that came whole
 * @hlen: bytes in front of the fragment header; IPv6 only
 * @df: the fragments had DF, and fragments of the packet get it again
 */
struct dvr_pkt_frag {
	u16 max;
	u16 hlen;
	bool df;
};

/**
 * struct dvr_pkt_nat - what the NAT of one router remembers of a packet
 * @rule: NAT rule that permits a new connection, or NULL
 * @binding: mapping that permits a new connection, or NULL
 * @conn: connection of the packet, or NULL
 * @gen: generation of the router when the packet came
 * @dir: &enum ip_conntrack_dir, for a packet that has a connection
 * @flow: packets like this one may have a flow, see dvr_flow_begin()
 * @tracked: NAT set the destination, and sees the packet again when it leaves
 * @passed: NAT let the packet out as part of a connection
 * @about: the packet is an error of the router about a packet that NAT changed
 * @renumbered: NAT also sets the IPv4 identification, unless the packet has DF
 */
struct dvr_pkt_nat {
	struct dvr_natrule *rule;
	struct dvr_binding *binding;
	struct dvr_conn *conn;
	unsigned long gen;
	u8 dir;
	bool flow;
	bool tracked;
	bool passed;
	bool about;
	bool renumbered;
};

/**
 * struct dvr_pkt - a packet on its way through a router
 * @skb: data at the network header
 * @router: router that has the packet
 * @iif: leg that the packet came in by, or NULL
 * @port: port that the packet came in by, or NULL
 * @back: leg that an answer leaves by because its connection came in there,
 *	whatever the route is; or NULL
 * @before: leg of the router that handed the packet over to @iif, or NULL
 * @local: the router or the host made the packet: its TTL stays, its source is
 *	not checked
 * @host: the host sent the packet to the router's netdev
 * @frag: fragments that the packet came in
 * @nat: what the NAT of @router remembers
 * @h: headers
 */
struct dvr_pkt {
	struct sk_buff *skb;
	struct dvr_router *router;
	struct dvr_iface *iif;
	struct dvr_port *port;
	struct dvr_iface *back;
	const struct dvr_iface *before;
	bool local;
	bool host;
	struct dvr_pkt_frag frag;
	struct dvr_pkt_nat nat;
	struct dvr_headers h;
};

/**
 * struct dvr_wait - what a packet that waits for a neighbour keeps in its
 *	control block
 * @iface: leg that the packet leaves by
 * @local: see &struct dvr_pkt
 * @host: see &struct dvr_pkt
 * @natted: see dvr_pkt_is_natted()
 * @frag: see &struct dvr_pkt
 * @mine: in &dvr_iface.waiting, by the segment's lock, as @n
 * @n: entry in whose queue the packet is
 */
struct dvr_wait {
	struct dvr_iface *iface;
	bool local;
	bool host;
	bool natted;
	struct dvr_pkt_frag frag;
	struct list_head mine;
	struct dvr_neigh *n;
};

static inline struct dvr_wait *dvr_wait(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct dvr_wait) > sizeof(skb->cb));
	return (struct dvr_wait *)skb->cb;
}

/*
 * NAT has changed the packet: an error about the packet quotes it as it was
 * sent, or the error is not sent.
 */
static inline bool dvr_pkt_is_natted(const struct dvr_pkt *p)
{
	return p->nat.tracked || p->nat.passed;
}

/**
 * dvr_pkt_from() - get the MAC address from which a packet came
 * @p: packet
 *
 * Return: see dvr_mac(); 0 if the packet came from no segment.
 */
static inline u64 dvr_pkt_from(const struct dvr_pkt *p)
{
	if (p->before)
		return READ_ONCE(p->before->mac);
	return p->port && !p->local && skb_mac_header_was_set(p->skb) ?
	       dvr_eth_src(eth_hdr(p->skb)) : 0;
}

/**
 * dvr_pkt_buckets() - limits of what a packet causes
 * @p: packet
 *
 * Whoever sends packets uses up only the tokens of the own port. Behind an uplink
 * are the peers of all routers of the segment, so each leg has tokens for them.
 *
 * Return: buckets of the port, the leg or the router.
 */
static inline struct dvr_buckets *dvr_pkt_buckets(const struct dvr_pkt *p)
{
	if (p->local)
		return &p->router->buckets;
	if (p->port && !p->port->uplink)
		return &p->port->buckets;
	return p->iif ? &p->iif->buckets : &p->router->buckets;
}

static inline void dvr_pkt_drop(struct dvr_pkt *p, enum dvr_drop reason)
{
	dvr_drop(p->skb, p->router, p->port, reason);
}

/**
 * dvr_ttl_used_up() - check the TTL or hop limit of a packet
 * @p: packet
 *
 * Return: true if the packet may not be forwarded any more.
 */
static inline bool dvr_ttl_used_up(const struct dvr_pkt *p)
{
	if (p->local)
		return false;
	return (p->h.v4 ? ip_hdr(p->skb)->ttl :
			  ipv6_hdr(p->skb)->hop_limit) <= 1;
}

/**
 * dvr_pkt_dst() - get the destination of a packet
 * @p: packet
 * @ip: set to the address, v4-mapped for IPv4
 */
static inline void dvr_pkt_dst(const struct dvr_pkt *p, struct in6_addr *ip)
{
	if (p->h.v4)
		dvr_map4(ip, ip_hdr(p->skb)->daddr);
	else
		*ip = ipv6_hdr(p->skb)->daddr;
}

/**
 * dvr_pkt_src() - get the source of a packet
 * @p: packet
 * @ip: set to the address, v4-mapped for IPv4
 */
static inline void dvr_pkt_src(const struct dvr_pkt *p, struct in6_addr *ip)
{
	if (p->h.v4)
		dvr_map4(ip, ip_hdr(p->skb)->saddr);
	else
		*ip = ipv6_hdr(p->skb)->saddr;
}

/* An offloaded packet is measured by its segments. */
static inline bool dvr_too_big(const struct sk_buff *skb, unsigned int mtu)
{
	if (likely(skb->len <= mtu))
		return false;
	return !skb_is_gso(skb) || !skb_gso_validate_network_len(skb, mtu);
}

/**
 * dvr_lookup() - find the route to an address
 * @router: router
 * @v4: IPv4, else IPv6
 * @addr: 4 or 16 bytes, network byte order
 *
 * Context: RCU.
 * Return: the best route to the longest matching prefix, or NULL.
 */
static inline struct dvr_route *
dvr_lookup(const struct dvr_router *router, bool v4, const void *addr)
{
	if (v4)
		return dvr_lpm_lookup4(&router->rt4, *(const __be32 *)addr);
	return dvr_lpm_lookup6(&router->rt6, addr);
}

/**
 * dvr_lookup_dst() - find the route of a packet
 * @p: packet
 *
 * Context: softirq, RCU.
 * Return: the route or NULL.
 */
static inline struct dvr_route *
dvr_lookup_dst(const struct dvr_pkt *p)
{
	if (p->h.v4)
		return dvr_lpm_lookup4(&p->router->rt4, ip_hdr(p->skb)->daddr);
	return dvr_lpm_lookup6(&p->router->rt6, &ipv6_hdr(p->skb)->daddr);
}

/**
 * dvr_is_local() - check if a packet is for the router itself
 * @p: packet that passed validation
 * @route: route of the packet, or NULL
 *
 * The leg's own address is the only link-local destination that passes
 * validation.
 *
 * Return: true if it is.
 */
static inline bool dvr_is_local(const struct dvr_pkt *p,
				const struct dvr_route *route)
{
	if (!p->h.v4 && !p->local &&
	    ipv6_addr_type(&ipv6_hdr(p->skb)->daddr) & IPV6_ADDR_LINKLOCAL)
		return true;
	return dvr_route_is_own(route);
}

#endif /* _DVR_PKT_H */
