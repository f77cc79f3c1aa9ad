// SPDX-License-Identifier: GPL-2.0-only
/*
 * The common case of routing, in one piece: a plain packet to a gateway's MAC,
 * from a port that may send it, to a neighbour whose MAC is known.
 *
 * What it promises: a packet that it takes leaves as the general path (rx.c,
 * secure.c, forward.c, output.c) would have sent it, with the same counters; a
 * packet that it refuses was not touched, nor anything counted, and takes the
 * general path. So everything is decided first, and nothing here drops, asks
 * or answers: all that is less than common is refused, whatever would become of
 * it. A check that is added to the general path is added here, or sets a bit of
 * &dvr_router.detour where it depends on configuration.
 *
 * It writes nothing but the packet and counters of this CPU.
 */
#include <linux/if_vlan.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "fast.h"
#include "fdb.h"
#include "forward.h"
#include "output.h"

/* TCP, UDP and their like begin with two ports. */
#define PORTS_LEN	4

/* Source and destination port as they are in the header. */
#define PORTS(src, dst)	htonl((src) << 16 | (dst))

/**
 * struct way - where a packet came in and where it goes
 * @port: port it came in by
 * @router: router
 * @out: leg it leaves by
 * @to: port it leaves by
 * @dev: device of @to
 * @mac: MAC of the next hop, see dvr_mac()
 */
struct way {
	struct dvr_port *port;
	struct dvr_router *router;
	const struct dvr_iface *out;
	struct dvr_port *to;
	struct net_device *dev;
	u64 mac;
};

/* Its source MAC is valid and nothing is to be learned. */
static __always_inline bool known_source(const struct dvr_port *port,
					 const struct dvr_guard *guard,
					 const struct sk_buff *skb)
{
	u64 src = dvr_eth_src(eth_hdr(skb));

	if (likely(guard->mac))
		return guard->mac == src;
	return dvr_fdb_fresh(port, src);
}

/* The port may send from this address; 0 is nobody's. */
static __always_inline bool allowed4(const struct dvr_guard *guard, __be32 src)
{
	if (likely(guard->first4 == src && src))
		return true;
	if (!dvr_plain4(src))
		return false;
	return !guard->security || dvr_guard_allows4(guard, src);
}

static __always_inline bool allowed6(const struct dvr_guard *guard,
				     const struct in6_addr *src)
{
	if (likely(ipv6_addr_equal(&guard->first6, src) && src->s6_addr[0]))
		return true;
	if (!dvr_plain6(src))
		return false;
	return !guard->security || dvr_guard_allows6(guard, src);
}

/* One way only, and not back where it came from. */
static __always_inline bool find_leg(const struct dvr_route *route,
				     const struct dvr_iface *iif,
				     struct dvr_neigh_key *key, struct way *way)
{
	const struct dvr_iface *out;

	if (unlikely(!route))
		return false;
	if (route->type == DVR_ROUTE_TYPE_CONNECTED) {
		out = route->iface;
	} else if (route->type == DVR_ROUTE_TYPE_UNICAST &&
		   route->nhg->n == 1) {
		const struct dvr_nexthop *nh = &route->nhg->nh[0];

		out = READ_ONCE(nh->iface);
		if (unlikely(!out))
			return false;
		key->ip = nh->via;
	} else {
		return false;
	}
	key->seg = out->seg;
	way->out = out;
	return likely(out != iif);
}

static __always_inline bool find_port(const struct dvr_neigh_key *key,
				      struct way *way)
{
	struct dvr_neigh *n = dvr_neigh_get(way->router->dn, key);
	struct dvr_port *to;

	if (unlikely(!n || n->iface ||
		     READ_ONCE(n->state) == DVR_NEIGH_STATE_STALE))
		return false;
	if (unlikely(!dvr_neigh_port_valid(n)))
		return false;
	to = READ_ONCE(n->port);
	way->mac = READ_ONCE(n->mac);
	if (unlikely(!to || !way->mac || !READ_ONCE(to->up)))
		return false;
	way->to = to;
	way->dev = rcu_dereference(to->dev);
	return likely(way->dev);
}

/* It may be sent as it is: see dvr_deliver() and dvr_hop(). */
static __always_inline bool fits(const struct way *way,
				 const struct sk_buff *skb, unsigned int hlen)
{
	if (unlikely(dvr_too_big(skb, READ_ONCE(way->to->mtu))))
		return false;
	return likely(skb_headroom(skb) >= READ_ONCE(way->to->headroom) &&
		      (!skb_cloned(skb) || skb_clone_writable(skb, hlen)));
}

/* From here on nothing is refused; TTL or hop limit are taken already. */
static __always_inline void leave(const struct way *way, struct sk_buff *skb,
				  unsigned int hlen)
{
	unsigned int len = skb->len;
	u64 mac = READ_ONCE(way->out->mac);
	__be16 protocol = skb->protocol;
	u8 *eth;
	int rc;

	dvr_count_rx(way->port->stats, len + ETH_HLEN);
	dvr_count_both(way->router->stats, len);
	dvr_count_tx(way->to->stats, len + ETH_HLEN);
	skb->pkt_type = PACKET_HOST;
	skb_set_transport_header(skb, hlen);
	dvr_tap(way->router, skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	eth = __skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	put_unaligned_be64(way->mac << 16 | mac >> 32, eth);
	put_unaligned_be32(mac, eth + 8);
	put_unaligned(protocol, (__be16 *)(eth + 12));
	skb->dev = way->dev;
	rc = dev_queue_xmit(skb);
	if (unlikely(net_xmit_eval(rc)))
		dvr_drop_gone(way->router, way->to, DVR_DROP_XMIT);
}

static __always_inline bool fast4(const struct dvr_guard *guard,
				  const struct dvr_iface *iif, struct way *way,
				  struct sk_buff *skb)
{
	struct iphdr *iph = (struct iphdr *)skb->data;
	const u32 *word = (const u32 *)iph;
	struct dvr_neigh_key key;

	if (unlikely(skb_headlen(skb) < sizeof(*iph) + PORTS_LEN ||
		     *skb->data != 0x45 || ntohs(iph->tot_len) != skb->len ||
		     iph->frag_off & htons(IP_MF | IP_OFFSET) || iph->ttl <= 1))
		return false;
	/* A one's complement sum, as ip_fast_csum() makes, of what is not 0. */
	if (unlikely(((u64)word[0] + word[1] + word[2] + word[3] + word[4]) %
		     0xffff))
		return false;
	if (iph->protocol == IPPROTO_UDP && word[5] == PORTS(67, 68))
		return false;
	if (unlikely(!allowed4(guard, iph->saddr) || !dvr_plain4(iph->daddr)))
		return false;
	key.half[0] = 0;
	key.half[1] = dvr_mapped_half(iph->daddr);
	if (!find_leg(dvr_lpm_lookup4(&way->router->rt4, iph->daddr), iif, &key,
		      way) ||
	    !find_port(&key, way) || !fits(way, skb, sizeof(*iph)))
		return false;
	ip_decrease_ttl(iph);
	leave(way, skb, sizeof(*iph));
	return true;
}

static __always_inline bool fast6(const struct dvr_guard *guard,
				  const struct dvr_iface *iif, struct way *way,
				  struct sk_buff *skb)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)skb->data;
	struct dvr_neigh_key key;

	if (unlikely(skb_headlen(skb) < sizeof(*ip6h) + PORTS_LEN ||
		     ip6h->version != 6 || ip6h->hop_limit <= 1 ||
		     ntohs(ip6h->payload_len) + sizeof(*ip6h) != skb->len))
		return false;
	if (ip6h->nexthdr == IPPROTO_UDP) {
		if (*(const __be32 *)(ip6h + 1) == PORTS(547, 546))
			return false;
	} else if (ip6h->nexthdr != IPPROTO_TCP) {
		return false;
	}
	if (unlikely(!allowed6(guard, &ip6h->saddr) ||
		     !dvr_plain6(&ip6h->daddr)))
		return false;
	key.ip = ip6h->daddr;
	if (!find_leg(dvr_lpm_lookup6(&way->router->rt6, &ip6h->daddr), iif,
		      &key, way) ||
	    !find_port(&key, way) || !fits(way, skb, sizeof(*ip6h)))
		return false;
	ip6h->hop_limit--;
	leave(way, skb, sizeof(*ip6h));
	return true;
}

/**
 * dvr_fast() - route a packet if it is a plain one
 * @port: port it came in by
 * @skb: frame that nobody else holds, data at the network header
 *
 * Context: softirq, RCU.
 * Return: true if the packet is gone, false if it has yet to be looked at.
 */
bool dvr_fast(struct dvr_port *port, struct sk_buff *skb)
{
	const struct dvr_guard *guard = rcu_dereference(port->guard);
	const struct dvr_iface *iif;
	struct way way;

	if (unlikely(!dvr_obj_live(&port->named.obj) ||
		     skb->pkt_type == PACKET_LOOPBACK ||
		     skb_vlan_tag_present(skb)))
		return false;
	iif = dvr_gateway(port->seg, dvr_eth_dst(eth_hdr(skb)));
	if (!iif || !known_source(port, guard, skb) ||
	    READ_ONCE(iif->rpf) == DVR_RPF_STRICT)
		return false;
	way.port = port;
	way.router = iif->router;
	if (unlikely(READ_ONCE(way.router->detour)))
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		return fast4(guard, iif, &way, skb);
	if (skb->protocol == htons(ETH_P_IPV6))
		return fast6(guard, iif, &way, skb);
	return false;
}
