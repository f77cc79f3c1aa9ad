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

/**
 * struct dvr_pkt - a packet on its way through a router
 * @skb: data at the network header
 * @router: router that has it
 * @iif: leg it came in by, or NULL
 * @port: port it came in by, or NULL
 * @local: it is the router's or the host's own: no TTL is taken, no source
 *	checked
 * @host: the host sent it to the router's netdev
 * @tracked: NAT has set its destination, and is to see it when it leaves
 * @natted: NAT has let it out as part of a connection
 * @about_natted: it is an error of the router about a packet that NAT has changed
 * @renumbered: so is its IPv4 identification, unless it has DF
 * @redirected: the sender was told of a better way
 * @back: leg that an answer leaves by because its connection came in there,
 *	whatever the route is; or NULL
 * @before: leg of the router that handed the packet over to @iif, or NULL
 * @frag_df: its fragments had DF, which they keep
 * @frag_max: it came in fragments, the longest of which had this many bytes;
 *	else 0
 * @frag_hlen: what they had in front of an IPv6 fragment header, bytes
 * @nat_rule: NAT rule that lets a new connection in
 * @binding: mapping that does
 * @conn: connection it is of, or NULL
 * @dir: &enum ip_conntrack_dir, if it has a connection
 * @plain: packets like it may have a flow, see dvr_flow_begin()
 * @gen: generation of the router when it came
 * @h: its headers
 */
struct dvr_pkt {
	struct sk_buff *skb;
	struct dvr_router *router;
	struct dvr_iface *iif;
	struct dvr_port *port;
	bool local;
	bool host;
	bool tracked;
	bool natted;
	bool about_natted;
	bool renumbered;
	bool redirected;
	bool frag_df;
	u16 frag_max;
	u16 frag_hlen;
	struct dvr_iface *back;
	const struct dvr_iface *before;
	struct dvr_natrule *nat_rule;
	struct dvr_binding *binding;
	struct dvr_conn *conn;
	u8 dir;
	bool plain;
	unsigned long gen;
	struct dvr_headers h;
};

/* NAT has changed it: an error about it is told as it was sent, or not at all. */
static inline bool dvr_pkt_is_natted(const struct dvr_pkt *p)
{
	return p->tracked || p->natted;
}

/**
 * dvr_pkt_from() - the MAC that a packet came from
 * @p: packet
 *
 * Return: see dvr_mac(); 0 for what came from no segment.
 */
static inline u64 dvr_pkt_from(const struct dvr_pkt *p)
{
	if (p->before)
		return READ_ONCE(p->before->mac);
	return p->port && !p->local && skb_mac_header_was_set(p->skb) ?
	       dvr_eth_src(eth_hdr(p->skb)) : 0;
}

static inline void dvr_pkt_drop(struct dvr_pkt *p, enum dvr_drop reason)
{
	dvr_drop(p->skb, p->router, p->port, reason);
}

/**
 * dvr_ttl_used_up() - may a packet not be forwarded any more
 * @p: packet
 *
 * Return: true if its TTL or hop limit is used up.
 */
static inline bool dvr_ttl_used_up(const struct dvr_pkt *p)
{
	if (p->local)
		return false;
	return (p->h.v4 ? ip_hdr(p->skb)->ttl :
			  ipv6_hdr(p->skb)->hop_limit) <= 1;
}

/**
 * dvr_pkt_dst() - destination of a packet
 * @p: packet
 * @ip: gets the address, v4-mapped for IPv4
 */
static inline void dvr_pkt_dst(const struct dvr_pkt *p, struct in6_addr *ip)
{
	if (p->h.v4)
		dvr_map4(ip, ip_hdr(p->skb)->daddr);
	else
		*ip = ipv6_hdr(p->skb)->daddr;
}

/**
 * dvr_pkt_src() - source of a packet
 * @p: packet
 * @ip: gets the address, v4-mapped for IPv4
 */
static inline void dvr_pkt_src(const struct dvr_pkt *p, struct in6_addr *ip)
{
	if (p->h.v4)
		dvr_map4(ip, ip_hdr(p->skb)->saddr);
	else
		*ip = ipv6_hdr(p->skb)->saddr;
}

/* Super-packets count by the packets that they become. */
static inline bool dvr_too_big(const struct sk_buff *skb, unsigned int mtu)
{
	if (likely(skb->len <= mtu))
		return false;
	return !skb_is_gso(skb) || !skb_gso_validate_network_len(skb, mtu);
}

/**
 * dvr_lookup() - the route of an address
 * @router: router
 * @v4: IPv4, else IPv6
 * @addr: 4 or 16 bytes, network byte order
 *
 * Context: RCU.
 * Return: the best route of the longest prefix, or NULL.
 */
static inline struct dvr_route *
dvr_lookup(const struct dvr_router *router, bool v4, const void *addr)
{
	if (v4)
		return dvr_lpm_lookup4(&router->rt4, *(const __be32 *)addr);
	return dvr_lpm_lookup6(&router->rt6, addr);
}

/**
 * dvr_lookup_dst() - the route of a packet
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
 * dvr_is_local() - is a packet for the router itself
 * @p: packet that passed validation
 * @route: its route, or NULL
 *
 * The one link-local destination that passes validation is the leg's own.
 *
 * Return: true if so.
 */
static inline bool dvr_is_local(const struct dvr_pkt *p,
				const struct dvr_route *route)
{
	if (!p->h.v4 && !p->local &&
	    ipv6_addr_type(&ipv6_hdr(p->skb)->daddr) & IPV6_ADDR_LINKLOCAL)
		return true;
	return route && route->type == DVR_ROUTE_TYPE_LOCAL;
}

#endif /* _DVR_PKT_H */
