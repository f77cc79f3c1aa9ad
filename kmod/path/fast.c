// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path: the common case of routing in one piece. A plain packet comes
 * from a port that may send it, goes to a gateway's MAC, and leaves to a
 * neighbour whose MAC is known.
 *
 * A packet that the fast path takes leaves as the slow path (rx.c, secure.c,
 * forward.c, output.c) would send it, with the same counters. A packet that the
 * fast path refuses is unchanged, except for a note that its checksum is right.
 * The refused packet is not counted and takes the slow path. So all decisions
 * come before the first change, and the fast path drops nothing, answers
 * nothing and sends no requests. All uncommon packets are refused, including
 * packets that the slow path will drop.
 *
 * A new check of the slow path needs the same check here, or a bit of
 * &dvr_router.detour if the check depends on configuration.
 *
 * The fast path finds the next hop of a destination in the table of hops.c, and
 * writes only to the packet, to counters, to hops of this CPU, and to flows and
 * conntrack entries.
 */
#include <linux/if_vlan.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "link/output.h"
#include "link/switch.h"
#include "link/xmit.h"
#include "model/fdb.h"
#include "nat/flow.h"
#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"
#include "nat/track.h"
#include "nat/window.h"
#include "path/fast.h"
#include "path/forward.h"
#include "path/hops.h"
#include "path/rx.h"
#include "path/sources.h"

/* Length of both ports, with which a TCP or UDP header begins, bytes. */
#define PORTS_LEN	4

/* Source and destination port, in the order of the header. */
#define PORTS(src, dst)	htonl((src) << 16 | (dst))

/* The source MAC is valid, and the switch has nothing to learn. */
static __always_inline bool fast_source_known(const struct dvr_port *port,
					      const struct dvr_guard **guard,
					      const struct ethhdr *eth)
{
	u64 src = dvr_eth_src(eth);

	if (likely((*guard)->mac)) {
		if (likely((*guard)->mac == src))
			return true;
		/* Another MAC that the port may use is learned. */
		*guard = dvr_guard_find((*guard)->next, src);
		if (!*guard)
			return false;
	}
	return dvr_source_fresh(port, src) || dvr_source_find(port, src);
}

static __always_inline struct dvr_iface *
fast_gateway(const struct dvr_segment *seg, u64 mac)
{
	const struct dvr_gateways *gws = rcu_dereference(seg->gateways);

	if (unlikely(!gws))
		return NULL;
	if (likely(READ_ONCE(gws->gw[0].mac) == mac))
		return gws->gw[0].iface;
	return dvr_gateway(seg, mac);
}

/* The port may send from this address; 0 in @guard->first4 is no address. */
static __always_inline bool fast_allowed4(const struct dvr_guard *guard,
					  __be32 src)
{
	if (likely(guard->first4 == src && src))
		return true;
	if (!dvr_plain4(src))
		return false;
	return !guard->security || dvr_guard_allows4(guard, src);
}

static __always_inline bool fast_allowed6(const struct dvr_guard *guard,
					  const struct in6_addr *src)
{
	if (likely(ipv6_addr_equal(&guard->first6, src) && src->s6_addr[0]))
		return true;
	if (!dvr_plain6(src))
		return false;
	return !guard->security || dvr_guard_allows6(guard, src);
}

/**
 * struct way - how a frame leaves
 * @port: port that the frame leaves by
 * @dev: device of @port
 * @dst: MAC of the next hop, see dvr_mac()
 * @src: MAC of the leg
 */
struct way {
	struct dvr_port *port;
	struct net_device *dev;
	u64 dst;
	u64 src;
};

/*
 * Find the way to a next hop. The packet must fit, and its first @len bytes
 * must be writable, as in forward_one(), dvr_deliver() and dvr_hop().
 */
static __always_inline bool fast_way_out(struct way *way,
					 const struct dvr_neigh *n,
					 const struct dvr_iface *out,
					 const struct sk_buff *skb,
					 unsigned int len)
{
	struct dvr_port *port;

	/* An entry that has ended points to nothing. */
	way->dst = READ_ONCE(n->ready);
	if (unlikely(!way->dst))
		return false;
	port = dvr_neigh_at(n);
	if (unlikely(!port || !READ_ONCE(port->up) ||
		     dvr_too_big(skb, READ_ONCE(port->mtu)) ||
		     skb_headroom(skb) < READ_ONCE(port->headroom)))
		return false;
	if (unlikely(skb_cloned(skb) && !skb_clone_writable(skb, len)))
		return false;
	way->port = port;
	way->dev = rcu_dereference(port->dev);
	way->src = READ_ONCE(out->mac);
	return likely(way->dev);
}

static __always_inline void fast_send(struct dvr_port *from,
				      const struct way *way,
				      struct dvr_router *router,
				      struct sk_buff *skb)
{
	bool quiet = !dev_nit_active_rcu(router->dev);
	unsigned int len = skb->len;
	u8 *eth;
	int rc;

	dvr_count_rx(from->stats, len + ETH_HLEN);
	dvr_count_both(router->stats, len);
	dvr_count_tx(way->port->stats, len + ETH_HLEN);
	skb->pkt_type = PACKET_HOST;
	if (unlikely(!quiet))
		dvr_tap_slow(router, skb);
	dvr_turn_sums(skb);
	eth = __skb_push(skb, ETH_HLEN);
	put_unaligned_be64(way->dst << 16 | way->src >> 32, eth);
	put_unaligned_be32(way->src, eth + 8);
	put_unaligned(skb->protocol, (__be16 *)(eth + 12));
	rc = dvr_xmit(skb, way->port, way->dev, quiet);
	if (unlikely(net_xmit_eval(rc)))
		dvr_drop_gone(router, way->port, DVR_DROP_XMIT);
}

/* Send a packet without connection. Return: true if the packet is gone. */
static __always_inline bool fast_route(struct dvr_port *port,
				       struct sk_buff *skb,
				       const struct dvr_iface *iif,
				       const struct dvr_iface *out,
				       const struct dvr_neigh *n,
				       unsigned int hlen)
{
	struct way way;

	/* The MTU of a GSO packet is judged by its headers. */
	skb_set_transport_header(skb, hlen);
	if (unlikely(out == iif || !fast_way_out(&way, n, out, skb, hlen)))
		return false;
	/* The packet is taken: nothing below may refuse it. */
	if (hlen == sizeof(struct iphdr))
		ip_decrease_ttl((struct iphdr *)skb->data);
	else
		((struct ipv6hdr *)skb->data)->hop_limit--;
	fast_send(port, &way, iif->router, skb);
	return true;
}

static __always_inline struct dvr_flow *
fast_find_flow(const struct sk_buff *skb, const struct dvr_iface *iif, bool v4)
{
	__be32 ports = *(const __be32 *)(skb->data + dvr_header_len(v4));
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	if (v4)
		return dvr_flow_find4(iif->router->dn, iif,
				      get_unaligned((const u64 *)&iph->addrs),
				      dvr_flow_l4(v4, iph->protocol, ports));
	return dvr_flow_find6(iif->router->dn, iif, &ip6h->addrs,
			      dvr_flow_l4(v4, ip6h->nexthdr, ports));
}

/* Conntrack checks no checksum while the sysctl nf_conntrack_checksum is 0. */
static noinline bool fast_checksum_ok(struct sk_buff *skb,
				      const struct net *net, unsigned int hlen,
				      u8 proto, bool v4)
{
	return !net->ct.sysctl_checksum ||
	       !nf_checksum(skb, NF_INET_PRE_ROUTING, hlen, proto,
			    v4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
}

/*
 * Conntrack would accept the packet, see its tcp_error() and udp_error(), and
 * the flags of a TCP segment change no state.
 */
static __always_inline bool fast_l4_valid(struct sk_buff *skb,
					  const struct net *net, u8 proto,
					  bool v4)
{
	unsigned int hlen = dvr_header_len(v4), have = skb_headlen(skb) - hlen;
	const void *l4 = skb->data + hlen;
	const struct tcphdr *th = l4;
	const struct udphdr *uh = l4;

	if (proto == IPPROTO_UDP) {
		if (unlikely(have < sizeof(*uh) ||
			     ntohs(uh->len) > skb->len - hlen ||
			     ntohs(uh->len) < sizeof(*uh)))
			return false;
		if (!uh->check)
			return true;
	} else if (unlikely(have < sizeof(*th) || !dvr_window_plain(th) ||
			    have < th->doff * 4)) {
		return false;
	}
	return skb->ip_summed == CHECKSUM_UNNECESSARY ||
	       skb->ip_summed == CHECKSUM_PARTIAL ||
	       fast_checksum_ok(skb, net, hlen, proto, v4);
}

static __always_inline void fast_rewrite_ip(const struct dvr_flow *flow,
					    struct sk_buff *skb, bool v4)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)skb->data;
	struct iphdr *iph = (struct iphdr *)skb->data;
	__be16 id;

	if (!v4) {
		ip6h->hop_limit--;
		memcpy(&ip6h->addrs, flow->addr, sizeof(ip6h->addrs));
		return;
	}
	iph->check = dvr_flow_sum(iph->check, flow->l3);
	if (flow->ids && !(iph->frag_off & htons(IP_DF))) {
		id = dvr_nat_id(flow->ids, skb);
		iph->check = dvr_flow_sum(dvr_flow_sum(iph->check,
						       ~(__force u16)iph->id),
					  (__force u16)id);
		iph->id = id;
	}
	iph->ttl--;
	memcpy(&iph->addrs, flow->addr, sizeof(iph->addrs));
}

static __always_inline void fast_rewrite_l4(const struct dvr_flow *flow,
					    struct sk_buff *skb, u8 proto,
					    bool v4)
{
	void *l4 = skb->data + dvr_header_len(v4);
	__sum16 *check = proto == IPPROTO_UDP ?
			 &((struct udphdr *)l4)->check :
			 &((struct tcphdr *)l4)->check;

	*(__be32 *)l4 = flow->ports;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		*check = (__force __sum16)~(__force u16)
			 dvr_flow_sum((__force __sum16)~(__force u16)*check,
				      flow->pseudo);
	else if (proto != IPPROTO_UDP || *check)
		*check = dvr_flow_sum(*check, flow->l4);
	else
		return;
	if (proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/* Send a packet by its flow, if any. Return: true if the packet is gone. */
static __always_inline bool fast_follow_flow(struct dvr_port *port,
					     struct sk_buff *skb,
					     const struct dvr_iface *iif,
					     unsigned long gen, bool v4)
{
	struct dvr_flow *flow = fast_find_flow(skb, iif, v4);
	unsigned int hlen = dvr_header_len(v4);
	struct way way;
	bool due;
	u8 proto;

	if (!flow)
		return false;
	if (unlikely(READ_ONCE(flow->gen) != gen) &&
	    !dvr_flow_renew(flow, iif->router, gen))
		return false;
	proto = flow->key.l4 >> 32;
	if (unlikely(!fast_l4_valid(skb, iif->router->dn->net, proto, v4)))
		return false;
	skb_set_transport_header(skb, hlen);
	if (unlikely(!fast_way_out(&way, flow->n, flow->out, skb,
				   hlen + sizeof(struct tcphdr))))
		return false;
	due = (s32)((u32)jiffies - READ_ONCE(flow->refresh)) >= 0;
	if (unlikely(due) && !dvr_flow_usable(flow))
		return false;
	if (proto == IPPROTO_TCP &&
	    !dvr_window_pass(flow->ct, flow->dir,
			     (const struct tcphdr *)(skb->data + hlen),
			     skb->len - hlen))
		return false;
	/* The packet is taken: nothing below may refuse it. */
	if (unlikely(due))
		dvr_flow_refresh(flow);
	atomic64_add(BIT_ULL(DVR_FLOW_COUNT_SHIFT) | skb->len, &flow->pending);
	fast_rewrite_ip(flow, skb, v4);
	fast_rewrite_l4(flow, skb, proto, v4);
	fast_send(port, &way, iif->router, skb);
	return true;
}

/* Inlined, this code would take registers from packets without NAT. */
static noinline bool fast_translate(struct dvr_port *port, struct sk_buff *skb,
				    const struct dvr_iface *iif,
				    unsigned long gen, unsigned int hlen)
{
	if (hlen == sizeof(struct iphdr))
		return fast_follow_flow(port, skb, iif, gen, true);
	return fast_follow_flow(port, skb, iif, gen, false);
}

/*
 * Send a packet without connection by a leg that has no rules but may lead
 * outside, see dvr_nat_watches(). A packet that has a connection, or that may
 * be an error about a connection, takes the slow path. Return: true if the
 * packet is gone.
 */
static noinline bool fast_untracked(struct dvr_port *port, struct sk_buff *skb,
				    const struct dvr_iface *iif,
				    const struct dvr_hop *hop,
				    unsigned int hlen)
{
	const struct dvr_nat *nat = rcu_dereference(iif->router->nat);
	const struct dvr_neigh *n = READ_ONCE(hop->untracked);
	struct dvr_pkt p = { .skb = skb, .h.v4 = hlen == sizeof(struct iphdr) };
	struct in6_addr src;
	u8 proto;

	if (unlikely(!nat || !n))
		return false;
	dvr_pkt_src(&p, &src);
	if (dvr_natrule_covers(nat, &src)) {
		proto = p.h.v4 ? ip_hdr(skb)->protocol :
				 ipv6_hdr(skb)->nexthdr;
		if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
			return false;
		if (dvr_track_known(nat, &p) ||
		    (READ_ONCE(iif->router->cfg.helpers) &&
		     dvr_track_expected(nat, &p)))
			return false;
	}
	return fast_route(port, skb, iif, hop->out, n, hlen);
}

static __always_inline u64 add_with_carry(u64 a, u64 b)
{
	a += b;
	return a + (a < b);
}

/*
 * The checksum of a header without options is right. ip_fast_csum() tests that
 * the one's complement sum of the 16-bit words is -0. This is the case if the
 * sum of larger words is a multiple of 0xffff. The sum is multiplied by the
 * inverse of 0xffff modulo 2^64. For a multiple of 0xffff the product is the
 * quotient, at most U64_MAX / 0xffff; for any other sum the product is larger.
 */
static __always_inline bool fast_header_sum_ok(const struct iphdr *iph)
{
	const u64 inverse = 0xfffefffefffeffff, largest = U64_MAX / 0xffff;
	const u64 *half = (const u64 *)iph;
	u64 sum;

	sum = add_with_carry(get_unaligned(half), get_unaligned(half + 1));
	sum = add_with_carry(sum, (__force u32)iph->daddr);
	return sum * inverse <= largest;
}

static __always_inline bool plain4(const struct dvr_guard *guard,
				   const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	if (unlikely(skb_headlen(skb) < sizeof(*iph) + PORTS_LEN ||
		     *skb->data != 0x45 || ntohs(iph->tot_len) != skb->len ||
		     iph->frag_off & htons(IP_MF | IP_OFFSET) || iph->ttl <= 1))
		return false;
	if (unlikely(!fast_header_sum_ok(iph)))
		return false;
	if (iph->protocol == IPPROTO_UDP &&
	    *(const __be32 *)(iph + 1) == PORTS(67, 68))
		return false;
	return likely(fast_allowed4(guard, iph->saddr) &&
		      dvr_plain4(iph->daddr));
}

static __always_inline bool plain6(const struct dvr_guard *guard,
				   const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;

	if (unlikely(skb_headlen(skb) < sizeof(*ip6h) + PORTS_LEN ||
		     ip6h->version != 6 || ip6h->hop_limit <= 1 ||
		     ntohs(ip6h->payload_len) + sizeof(*ip6h) != skb->len))
		return false;
	if (ip6h->nexthdr == IPPROTO_UDP) {
		if (unlikely(*(const __be32 *)(ip6h + 1) == PORTS(547, 546)))
			return false;
	} else if (ip6h->nexthdr != IPPROTO_TCP) {
		return false;
	}
	return likely(fast_allowed6(guard, &ip6h->saddr) &&
		      dvr_plain6(&ip6h->daddr));
}

/*
 * Send a packet if it is plain; the packet must not be shared. Return: true if
 * the packet is gone, false if the packet has to take the slow path.
 */
static __always_inline bool fast_rx(struct dvr_port *port, struct sk_buff *skb)
{
	const struct dvr_guard *guard = rcu_dereference(port->guard);
	const struct ethhdr *eth = eth_hdr(skb);
	const struct dvr_router *router;
	struct dvr_iface *iif;
	unsigned long gen;
	unsigned int hlen;
	const void *dst;
	struct dvr_neigh *n;
	struct dvr_hop *hop;
	u64 high, low, number;

	/* With PREEMPT_RT, softirqs of a CPU do not exclude each other. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return false;
	if (unlikely(!dvr_obj_live(&port->named.obj) ||
		     skb->pkt_type == PACKET_LOOPBACK ||
		     skb_vlan_tag_present(skb)))
		return false;
	iif = fast_gateway(port->seg, dvr_eth_dst(eth));
	if (!iif || !fast_source_known(port, &guard, eth) ||
	    READ_ONCE(iif->rpf) == DVR_RPF_STRICT)
		return false;
	router = iif->router;
	if (unlikely(READ_ONCE(router->detour)))
		return false;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (!plain4(guard, skb))
			return false;
		hlen = sizeof(struct iphdr);
		dst = &((const struct iphdr *)skb->data)->daddr;
		number = ntohl(*(const __be32 *)dst);
		high = 0;
		low = dvr_mapped_half(*(const __be32 *)dst);
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		if (!plain6(guard, skb))
			return false;
		hlen = sizeof(struct ipv6hdr);
		dst = &((const struct ipv6hdr *)skb->data)->daddr;
		high = get_unaligned((const u64 *)dst);
		low = get_unaligned((const u64 *)dst + 1);
		number = high + swab64(low);
	} else {
		return false;
	}

	/* Pairs with the store in dvr_router_renew(). */
	gen = smp_load_acquire(&router->gen);
	hop = dvr_hops_place(number + gen);
	if (unlikely(!dvr_hop_holds(hop, gen, high, low) &&
		     !dvr_hop_holds(++hop, gen, high, low))) {
		/*
		 * The table may be too small for all destinations of NAT, so
		 * the packet may have a flow without a hop.
		 */
		if (rcu_access_pointer(router->nat) &&
		    fast_translate(port, skb, iif, gen, hlen))
			return true;
		hop = dvr_hops_find(hop - 1, router, gen, hlen, dst);
		if (!hop)
			return false;
	}
	n = READ_ONCE(hop->n);
	if (!n) {
		if (fast_translate(port, skb, iif, gen, hlen))
			return true;
		if (!hop->untracked)
			return false;
		if (fast_untracked(port, skb, iif, hop, hlen))
			return true;
	} else if (likely(fast_route(port, skb, iif, hop->out, n, hlen))) {
		return true;
	}
	dvr_hops_check(hop);
	return false;
}

/*
 * An Ethernet device pads short frames, such as a bare ACK of TCP. Without the
 * padding the packet may be plain. If it is not, the slow path gets the frame as
 * it came. Return: true if the packet is gone.
 */
static noinline bool fast_rx_padded(struct dvr_port *port, struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	u8 summed = skb->ip_summed;
	__wsum csum = skb->csum;
	unsigned int pad, len;
	struct dvr_stats *s;

	if (skb_shared(skb) || skb_is_nonlinear(skb) ||
	    skb->len < sizeof(*iph))
		return false;
	len = ntohs(iph->tot_len);
	if (len < sizeof(*iph) || len >= skb->len)
		return false;
	pad = skb->len - len;
	if (pskb_trim_rcsum(skb, len))
		return false;
	if (fast_rx(port, skb)) {
		s = this_cpu_ptr(port->stats);
		u64_stats_update_begin(&s->syncp);
		u64_stats_add(&s->rx_bytes, pad);
		u64_stats_update_end(&s->syncp);
		return true;
	}
	__skb_put(skb, pad);
	skb->ip_summed = summed;
	skb->csum = csum;
	return false;
}

/* The frame may have been padded to the least length of an Ethernet frame. */
static bool fast_may_be_padded(const struct sk_buff *skb)
{
	return skb->len == ETH_ZLEN - ETH_HLEN &&
	       skb->protocol == htons(ETH_P_IP);
}

/**
 * dvr_rx_handler() - the rx handler of a port's device
 * @pskb: frame, data at the network header
 *
 * Context: softirq, RCU.
 * Return: RX_HANDLER_CONSUMED, or RX_HANDLER_PASS for the host.
 */
rx_handler_result_t dvr_rx_handler(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct dvr_port *port = rcu_dereference(skb->dev->rx_handler_data);

	if (likely(!skb_shared(skb) && fast_rx(port, skb)))
		return RX_HANDLER_CONSUMED;
	if (unlikely(fast_may_be_padded(skb)) && fast_rx_padded(port, skb))
		return RX_HANDLER_CONSUMED;
	return dvr_rx_frame(port, pskb);
}

/**
 * dvr_rx_hook() - the netdev ingress hook of a port's device
 * @priv: the port
 * @skb: frame, data at the network header
 * @state: not used
 *
 * Context: softirq, RCU.
 * Return: NF_STOLEN, or NF_ACCEPT for the host.
 */
unsigned int dvr_rx_hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct dvr_port *port = priv;

	if (likely(!skb_shared(skb) && fast_rx(port, skb)))
		return NF_STOLEN;
	if (unlikely(fast_may_be_padded(skb)) && fast_rx_padded(port, skb))
		return NF_STOLEN;
	return dvr_rx_ingress(port, skb);
}
