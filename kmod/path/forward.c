// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slow path of a packet through a router: validate the packet, find the
 * route, find the neighbour entry, send. If the next hop is a gateway of
 * another router on this host, the packet continues in that router.
 */
#include <linux/jhash.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "link/resolve.h"
#include "model/fdb.h"
#include "model/route.h"
#include "model/segment.h"
#include "nat/conn.h"
#include "nat/flow.h"
#include "nat/nat.h"
#include "nat/natrule.h"
#include "path/forward.h"
#include "path/fragment.h"
#include "path/icmp.h"
#include "path/local.h"

/* The number of routers of one host that a packet may cross. */
#define CHAIN_MAX	16

/* RFC 1812 5.3.7; class E sources are allowed, as in Linux. */
static enum dvr_drop check_addrs4(const struct iphdr *iph)
{
	u32 src = ntohl(iph->saddr), dst = ntohl(iph->daddr);
	u8 net = src >> 24;

	if (unlikely(net == 0 || net == 127 || (src >> 28) == 0xe ||
		     src == 0xffffffff))
		return DVR_DROP_MARTIAN_SRC;
	net = dst >> 24;
	if (likely(net - 1U < 223U && net != 127))
		return DVR_OK;
	if ((dst >> 28) == 0xe)
		return DVR_DROP_MULTICAST;
	if (dst == 0xffffffff)
		return DVR_DROP_BROADCAST;
	return net == 0 || net == 127 ? DVR_DROP_MARTIAN_DST : DVR_OK;
}

/* RFC 4291 2.5.2, 2.5.3, 2.5.6 and 2.7 */
static enum dvr_drop check_addrs6(struct dvr_pkt *p)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(p->skb);
	int src, dst;

	if (likely(dvr_plain6(&ip6h->saddr) && dvr_plain6(&ip6h->daddr)))
		return DVR_OK;
	src = ipv6_addr_type(&ip6h->saddr);
	dst = ipv6_addr_type(&ip6h->daddr);
	if (src == IPV6_ADDR_ANY ||
	    src & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LOOPBACK | IPV6_ADDR_MAPPED))
		return DVR_DROP_MARTIAN_SRC;
	if (dst == IPV6_ADDR_ANY ||
	    dst & (IPV6_ADDR_LOOPBACK | IPV6_ADDR_MAPPED))
		return DVR_DROP_MARTIAN_DST;
	if (dst & IPV6_ADDR_MULTICAST)
		return DVR_DROP_MULTICAST;
	if (dst & IPV6_ADDR_LINKLOCAL) {
		const struct dvr_iface_cfg *cfg;

		cfg = p->iif ? rcu_dereference(p->iif->cfg) : NULL;
		if (cfg && (ipv6_addr_equal(&cfg->linklocal, &ip6h->daddr) ||
			    dvr_iface_cfg_has(cfg, &ip6h->daddr)))
			return DVR_OK;
		return DVR_DROP_LINKLOCAL;
	}
	/* RFC 4443 3.1 code 2; a packet to the router itself is no transit. */
	if (src & IPV6_ADDR_LINKLOCAL) {
		struct dvr_route *route;

		route = dvr_lookup_dst(p);
		if (dvr_route_is_own(route))
			return DVR_OK;
		dvr_icmp6_error(p, ICMPV6_DEST_UNREACH, ICMPV6_NOT_NEIGHBOUR,
				0);
		return DVR_DROP_LINKLOCAL;
	}
	return DVR_OK;
}

/* RFC 1812 5.3.8: the route to the source leaves by the leg of the packet. */
static bool rpf_ok(const struct dvr_pkt *p)
{
	struct dvr_route *route;
	unsigned int i;

	if (p->h.v4)
		route = dvr_lpm_lookup4(&p->router->rt4, ip_hdr(p->skb)->saddr);
	else
		route = dvr_lpm_lookup6(&p->router->rt6,
					&ipv6_hdr(p->skb)->saddr);
	if (!route)
		return false;
	if (route->type != DVR_ROUTE_TYPE_UNICAST)
		return dvr_route_leg(route) == p->iif;
	for (i = 0; i < route->nhg->n; i++)
		if (READ_ONCE(route->nhg->nh[i].iface) == p->iif)
			return true;
	return false;
}

static enum dvr_drop pkt_validate(struct dvr_pkt *p)
{
	enum dvr_drop reason;

	if (p->h.v4)
		reason = check_addrs4(ip_hdr(p->skb));
	else
		reason = check_addrs6(p);
	if (unlikely(reason))
		return reason;
	if (unlikely(p->iif && READ_ONCE(p->iif->rpf) == DVR_RPF_STRICT) &&
	    !rpf_ok(p))
		return DVR_DROP_RPF;
	return DVR_OK;
}

/**
 * dvr_flow_hash() - the hash that selects one of several next hops
 * @router: router
 * @src: source, v4-mapped for IPv4
 * @dst: destination, v4-mapped for IPv4
 * @ports: source and destination port, or 0
 * @proto: upper-layer protocol
 *
 * The id of the router is part of the hash: else what one router sends to a
 * second one would take only some of the second one's next hops (RFC 2992). The
 * same router on another host has the same id.
 *
 * Return: the hash, the same for all packets of a conversation.
 */
u32 dvr_flow_hash(const struct dvr_router *router, const struct in6_addr *src,
		  const struct in6_addr *dst, u32 ports, u8 proto)
{
	u32 addrs = jhash2((const u32 *)src, 4, jhash2((const u32 *)dst, 4, 0));

	return jhash_3words(addrs, ports, proto, router->named.slot.id);
}

/* Later fragments have no ports, so all fragments are hashed without ports. */
static u32 pkt_flow_hash(const struct dvr_pkt *p)
{
	union {
		__be16 port[2];
		u32 both;
	} ports = {};
	struct in6_addr src, dst;

	if (!p->h.frag)
		dvr_parse_ports(p->skb, &p->h, ports.port);
	dvr_pkt_src(p, &src);
	dvr_pkt_dst(p, &dst);
	return dvr_flow_hash(p->router, &src, &dst, ports.both, p->h.proto);
}

static enum dvr_drop route_refuse(struct dvr_pkt *p,
				  const struct dvr_route *route)
{
	if (!route) {
		dvr_icmp_unreachable(p, DVR_UNREACH_NO_ROUTE);
		return DVR_DROP_NO_ROUTE;
	}
	switch (route->type) {
	case DVR_ROUTE_TYPE_UNREACHABLE:
		dvr_icmp_unreachable(p, DVR_UNREACH_ROUTE);
		return DVR_DROP_UNREACHABLE;
	case DVR_ROUTE_TYPE_PROHIBIT:
		dvr_icmp_unreachable(p, DVR_UNREACH_PROHIBITED);
		return DVR_DROP_PROHIBIT;
	case DVR_ROUTE_TYPE_BROADCAST:
		return DVR_DROP_BROADCAST;
	case DVR_ROUTE_TYPE_UNICAST:
		dvr_icmp_unreachable(p, DVR_UNREACH_HOST);
		return DVR_DROP_NO_NEXTHOP;
	}
	return DVR_DROP_BLACKHOLE;
}

/* The leg that a packet leaves by, and in @ip the next hop on this leg. */
static struct dvr_iface *route_next_hop(struct dvr_pkt *p,
					const struct dvr_route *route,
					struct in6_addr *ip)
{
	struct dvr_nexthop *nh;
	u32 hash;

	/* An answer to a link-local address stays on its leg. */
	if (unlikely(p->local && !p->h.v4 && p->iif &&
		     ipv6_addr_type(&ipv6_hdr(p->skb)->daddr) &
		     IPV6_ADDR_LINKLOCAL)) {
		*ip = ipv6_hdr(p->skb)->daddr;
		return p->iif;
	}
	if (!route)
		return NULL;
	if (route->type == DVR_ROUTE_TYPE_CONNECTED) {
		dvr_pkt_dst(p, ip);
		return route->iface;
	}
	if (route->type != DVR_ROUTE_TYPE_UNICAST)
		return NULL;
	hash = route->nhg->n > 1 ? pkt_flow_hash(p) : 0;
	nh = dvr_nhg_select(route->nhg, hash);
	if (!nh)
		return NULL;
	if (dvr_nexthop_direct(nh))
		dvr_pkt_dst(p, ip);
	else
		*ip = nh->via;
	return READ_ONCE(nh->iface);
}

/*
 * The longest packet to send, bytes. A packet that came as fragments leaves as
 * fragments that are no longer than those, even if the whole packet fits: the
 * sender may have fragmented for a path MTU.
 */
static unsigned int fragment_max(const struct dvr_pkt *p, unsigned int mtu)
{
	if (likely(!p->frag.max))
		return mtu;
	return min_t(unsigned int, mtu, p->frag.max);
}

/*
 * RFC 1812 5.2.6, RFC 8200 5: a packet without DF, or a packet whose sender has
 * made fragments that fit.
 */
static bool may_fragment(const struct dvr_pkt *p, unsigned int mtu)
{
	if (unlikely(p->frag.max) && p->frag.max <= mtu)
		return true;
	return p->h.v4 && !p->frag.df &&
	       !(ip_hdr(p->skb)->frag_off & htons(IP_DF));
}

/* Fragment a packet, or drop the packet and send "too big". */
static void forward_oversize(struct dvr_pkt *p, const struct dvr_way *way,
			     unsigned int mtu)
{
	if (!may_fragment(p, mtu)) {
		dvr_icmp_too_big(p, mtu);
		dvr_pkt_drop(p, DVR_DROP_TOO_BIG);
	} else if (p->h.v4) {
		dvr_fragment(p, way, fragment_max(p, mtu));
	} else {
		dvr_fragment6(p, way, fragment_max(p, mtu));
	}
}

/* Send a packet that fits; @headroom is what the way out needs, bytes. */
static void forward_send(struct dvr_pkt *p, const struct dvr_way *way,
			 unsigned int mtu, unsigned int headroom)
{
	bool ok;

	if (unlikely(dvr_too_big(p->skb, fragment_max(p, mtu)))) {
		forward_oversize(p, way, mtu);
		return;
	}
	ok = p->local ? !skb_cow_head(p->skb, headroom) :
			dvr_hop(p->skb, p->h.v4, headroom);
	if (likely(ok))
		dvr_output(p->router, way, p->skb, p->host);
	else
		dvr_pkt_drop(p, DVR_DROP_NOMEM);
}

/* A packet to a MAC that is behind no port is a frame to all, as a switched one. */
static bool forward_may_flood(const struct dvr_pkt *p,
			      const struct dvr_iface *out)
{
	return !p->port || READ_ONCE(out->seg->cfg.unknown) != DVR_UNKNOWN_FLOOD ||
	       dvr_bucket_take(&dvr_pkt_buckets(p)->floods,
			       READ_ONCE(p->port->cfg.flood), 0);
}

/* Send to a MAC of the leg's segment, behind @port or, if NULL, behind none. */
static void deliver_to_mac(struct dvr_pkt *p, const struct dvr_iface *out,
			   struct dvr_port *port, u64 mac)
{
	struct dvr_way way = { .out = out, .port = port, .mac = mac };

	/* The neighbour's port is down, so no request is needed. */
	if (unlikely(port && !READ_ONCE(port->up))) {
		dvr_icmp_unreachable(p, DVR_UNREACH_HOST);
		dvr_drop(p->skb, p->router, port, DVR_DROP_PORT_DOWN);
		return;
	}
	if (likely(port))
		forward_send(p, &way, READ_ONCE(port->mtu),
			     READ_ONCE(port->headroom));
	else if (forward_may_flood(p, out))
		forward_send(p, &way, READ_ONCE(out->seg->cfg.mtu), ETH_HLEN);
	else
		dvr_pkt_drop(p, DVR_DROP_FLOOD_RATE);
}

/**
 * dvr_deliver() - send a packet to a neighbour whose MAC is known
 * @p: packet; gone after this
 * @out: leg that the packet leaves by
 * @n: neighbour entry, which is no gateway of this host
 *
 * Context: softirq, RCU.
 */
void dvr_deliver(struct dvr_pkt *p, struct dvr_iface *out,
		 struct dvr_neigh *n)
{
	struct dvr_port *port = dvr_neigh_port(n);

	if (unlikely(!port && !ipv6_addr_any(&n->host)))
		dvr_pkt_drop(p, DVR_DROP_NO_TUNNEL);
	else
		deliver_to_mac(p, out, port, READ_ONCE(n->mac));
}

/* Send by a device of the host, without a neighbour. */
static void leave_by_device(struct dvr_pkt *p, const struct dvr_outdev *out)
{
	struct dvr_way way = { .dev = dvr_outdev_ready(out) };
	unsigned int mtu;

	if (!way.dev) {
		dvr_icmp_unreachable(p, DVR_UNREACH_HOST);
		dvr_pkt_drop(p, DVR_DROP_PORT_DOWN);
		return;
	}
	/* RFC 791 3.2: the least MTU; that of a device may be smaller. */
	mtu = max_t(unsigned int, READ_ONCE(way.dev->mtu), IPV4_MIN_MTU);
	forward_send(p, &way, mtu, LL_RESERVED_SPACE(way.dev));
}

/* The MAC is not known: let the packet wait for it, or refuse the packet. */
static void forward_unresolved(struct dvr_pkt *p, struct dvr_iface *out,
			       const struct in6_addr *ip,
			       const struct dvr_neigh *n)
{
	enum dvr_drop reason = DVR_DROP_NEIGH_FAILED;

	/* Many packets to a neighbour that is not there do not need a lock. */
	if (!n || READ_ONCE(n->state) != DVR_NEIGH_STATE_FAILED)
		reason = dvr_resolve(out, ip, p);
	if (!reason)
		return;
	if (reason == DVR_DROP_NEIGH_FAILED)
		dvr_icmp_unreachable(p, DVR_UNREACH_HOST);
	dvr_pkt_drop(p, reason);
}

/*
 * Hand a packet over to another router of this host. @out is the leg that the
 * packet leaves by, @iface is the other router's leg. Return: false if the
 * packet was dropped.
 */
static bool router_hand_over(struct dvr_pkt *p, const struct dvr_iface *out,
			     struct dvr_iface *iface)
{
	unsigned int mtu = READ_ONCE(iface->seg->cfg.mtu);

	if (dvr_too_big(p->skb, mtu) && !may_fragment(p, mtu)) {
		dvr_icmp_too_big(p, mtu);
		dvr_pkt_drop(p, DVR_DROP_TOO_BIG);
		return false;
	}
	if (!p->local && !dvr_hop(p->skb, p->h.v4, ETH_HLEN)) {
		dvr_pkt_drop(p, DVR_DROP_NOMEM);
		return false;
	}
	/* The device's checksum is that of the packet before dvr_hop(). */
	skb_forward_csum(p->skb);
	dvr_output_tap(p->router, p->skb, p->host);
	/* The next router gets the whole packet, and cuts it for both MTUs. */
	if (unlikely(p->frag.max))
		p->frag.max = fragment_max(p, mtu);
	p->router = iface->router;
	p->iif = iface;
	p->before = out;
	p->local = false;
	p->host = false;
	/* The NAT state of one router is void in another. */
	p->nat = (struct dvr_pkt_nat){};
	return true;
}

/* Handle what NAT returned. Return: true if the packet continues. */
static bool nat_passed(struct dvr_pkt *p, enum dvr_drop reason)
{
	if (likely(!reason))
		return p->skb;	/* NULL: waits for other fragments */
	if (reason == DVR_DROP_TTL)
		dvr_icmp_time_exceeded(p);
	dvr_pkt_drop(p, reason);
	return false;
}

static bool ttl_ok(struct dvr_pkt *p)
{
	if (likely(!dvr_ttl_used_up(p)))
		return true;
	dvr_icmp_time_exceeded(p);
	dvr_pkt_drop(p, DVR_DROP_TTL);
	return false;
}

/* Send to a next hop on a leg. Return: true if another router has it now. */
static bool forward_to_neigh(struct dvr_pkt *p, struct dvr_iface *out,
			     const struct in6_addr *ip)
{
	struct dvr_neigh *n = dvr_neigh_lookup(out->seg, ip);

	if (unlikely(!n || !READ_ONCE(n->mac) || dvr_resolve_may_restart(n))) {
		forward_unresolved(p, out, ip, n);
		return false;
	}
	if (unlikely(n->iface))
		return router_hand_over(p, out, n->iface);
	if (unlikely(READ_ONCE(n->state) == DVR_NEIGH_STATE_STALE))
		dvr_resolve_used(n);
	if (p->nat.conn)
		dvr_flow_learn(p, out, n);
	dvr_deliver(p, out, n);
	return false;
}

/* Find a next hop on a leg: the destination, or a next hop of the route. */
static bool leg_next_hop(const struct dvr_pkt *p, const struct dvr_iface *out,
			 struct in6_addr *ip)
{
	const struct dvr_route *route = dvr_lookup_dst(p);
	unsigned int i;

	dvr_pkt_dst(p, ip);
	if (dvr_iface_covers(out, ip))
		return true;
	if (!route || route->type != DVR_ROUTE_TYPE_UNICAST)
		return false;
	for (i = 0; i < route->nhg->n; i++)
		if (READ_ONCE(route->nhg->nh[i].iface) == out) {
			if (!dvr_nexthop_direct(&route->nhg->nh[i]))
				*ip = route->nhg->nh[i].via;
			return true;
		}
	return false;
}

/*
 * Send an answer by the leg that its connection came in by. If no next hop of
 * the route is on this leg, the answer is sent to the MAC that the connection
 * came from. Return: true if another router has the packet.
 */
static bool forward_back(struct dvr_pkt *p)
{
	u64 mac = p->nat.conn ? READ_ONCE(p->nat.conn->from) : 0;
	struct dvr_iface *out = p->back, *iface;
	const struct dvr_fdb *fdb;
	struct in6_addr ip;

	p->back = NULL;
	if (leg_next_hop(p, out, &ip))
		return forward_to_neigh(p, out, &ip);
	if (!mac) {
		dvr_pkt_drop(p, DVR_DROP_NO_NEXTHOP);
		return false;
	}
	iface = dvr_gateway(out->seg, mac);
	if (iface)
		return router_hand_over(p, out, iface);
	fdb = dvr_fdb_lookup(out->seg, mac);
	deliver_to_mac(p, out, fdb ? rcu_dereference(fdb->port) : NULL, mac);
	return false;
}

/* NAT has to see the packet when the packet leaves. */
static bool nat_must_see(const struct dvr_pkt *p, const struct dvr_nat *nat,
			 const struct dvr_route *route,
			 const struct dvr_iface *out)
{
	return p->nat.tracked || unlikely(p->nat.about) ||
	       (nat && (READ_ONCE(out->n_nat) || dvr_nat_watches(route, out)));
}

/*
 * Forward by a route without leg: send by a device of the host, or refuse the
 * packet. Return: true if another router has the packet.
 */
static bool forward_without_leg(struct dvr_pkt *p,
				const struct dvr_route *route,
				struct dvr_nat *nat)
{
	const struct dvr_outdev *out = dvr_route_device(route);

	if (!out) {
		dvr_pkt_drop(p, route_refuse(p, route));
		return false;
	}
	if (!ttl_ok(p) ||
	    (nat && !nat_passed(p, dvr_nat_out(nat, p, NULL, NULL))))
		return false;
	if (unlikely(p->back))
		return forward_back(p);
	leave_by_device(p, out);
	return false;
}

/* Pass a packet through one router. Return: true if another router has it. */
static bool forward_one(struct dvr_pkt *p)
{
	struct dvr_router *router = p->router;
	struct dvr_iface *out;
	struct dvr_route *route;
	struct dvr_nat *nat;
	enum dvr_drop reason;
	struct in6_addr ip;

	if (unlikely(!dvr_obj_live(&router->named.obj) ||
		     !dvr_router_up(router))) {
		dvr_pkt_drop(p, DVR_DROP_ROUTER_DOWN);
		return false;
	}
	if (likely(!p->local)) {
		dvr_count_rx(router->stats, p->skb->len);
		reason = pkt_validate(p);
		if (unlikely(reason)) {
			dvr_pkt_drop(p, reason);
			return false;
		}
	}
	nat = rcu_dereference(router->nat);
	if (nat) {
		dvr_flow_begin(p);
		if (!nat_passed(p, dvr_nat_in(nat, p)))
			return false;
	} else if (unlikely(p->nat.about)) {
		dvr_pkt_drop(p, DVR_DROP_NAT_GONE);
		return false;
	}
	route = dvr_lookup_dst(p);
	if (unlikely(dvr_is_local(p, route))) {
		dvr_local_in(p);
		return false;
	}
	out = route_next_hop(p, route, &ip);
	if (unlikely(!out))
		return forward_without_leg(p, route, nat);
	if (!ttl_ok(p))
		return false;
	if (unlikely(out == p->iif))
		dvr_icmp_maybe_redirect(p, &ip);
	if (nat_must_see(p, nat, route, out) &&
	    !nat_passed(p, dvr_nat_out(nat, p, out, &ip)))
		return false;
	if (unlikely(p->back))
		return forward_back(p);
	return forward_to_neigh(p, out, &ip);
}

/**
 * dvr_forward() - route a packet
 * @p: packet with parsed headers; gone after this
 *
 * Context: softirq, RCU.
 */
void dvr_forward(struct dvr_pkt *p)
{
	unsigned int i;

	for (i = 0; i < CHAIN_MAX; i++)
		if (!forward_one(p))
			return;
	dvr_pkt_drop(p, DVR_DROP_LOOP);
}
