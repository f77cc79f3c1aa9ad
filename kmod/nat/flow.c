// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows: one direction of a TCP or UDP connection in translation, as the fast
 * path sends it. The slow path makes a flow from a packet that it has
 * translated. If anything that the slow path decided may have changed, the slow
 * path makes a new flow. So no address and no port is decided here.
 *
 * A flow must not keep a connection alive that conntrack has ended or that has
 * lost an owner. Generations change with rules, routes and ports. The conntrack
 * entry itself is checked at an interval, see dvr_flow_refresh().
 */
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>
#include <net/checksum.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "lib/charge.h"
#include "model/pkt.h"
#include "model/route_log.h"
#include "model/segment.h"
#include "nat/conn.h"
#include "nat/flow.h"
#include "nat/instance.h"
#include "nat/natrule.h"

/*
 * The longest interval between two refreshes of a conntrack entry, and the
 * share of the idle time that is the interval of short idle times.
 */
#define REFRESH_MAX	(HZ / 2)
#define REFRESH_SHARE	16

/*
 * A flow idle for IDLE_EVICT may be evicted; a flow idle for IDLE_MAX is
 * removed.
 */
#define IDLE_EVICT	(2 * HZ)
#define IDLE_MAX	(30 * HZ)

/* A search for an idle flow in a full table checks this many flows. */
#define EVICT_TRIES	64

static struct kmem_cache *cache;

static u32 flow_hashfn(const void *data, u32 len, u32 seed)
{
	const struct dvr_flow_key *key = data;

	/* For IPv4 all words but the first are 0. */
	return dvr_flow_key_hash(key->iif, dvr_flow_hash_addrs(key->addr),
				 key->l4, seed);
}

const struct rhashtable_params dvr_flow_params = {
	.head_offset = offsetof(struct dvr_flow, node),
	.key_offset = offsetof(struct dvr_flow, key),
	.key_len = sizeof(struct dvr_flow_key),
	.hashfn = flow_hashfn,
	.automatic_shrinking = true,
};

/*
 * Without options, extension headers and fragmentation, as the fast path
 * requires.
 */
static bool flow_is_plain(const struct dvr_pkt *p)
{
	return !p->h.frag && !p->h.atomic &&
	       p->h.l4 == dvr_header_len(p->h.v4) &&
	       (p->h.proto == IPPROTO_TCP || p->h.proto == IPPROTO_UDP);
}

/*
 * The key of the packet before the translation, from the conntrack tuple of its
 * direction.
 */
static void flow_key_before(struct dvr_flow_key *key, const struct dvr_pkt *p)
{
	const struct nf_conntrack_tuple *t;
	__be16 port[2];
	__be32 ports;

	t = &p->nat.conn->ct->tuplehash[p->nat.dir].tuple;
	port[0] = t->src.u.all;
	port[1] = t->dst.u.all;
	memcpy(&ports, port, sizeof(ports));
	memset(key, 0, sizeof(*key));
	key->iif = p->iif;
	if (p->h.v4) {
		__be32 addr[2] = { t->src.u3.ip, t->dst.u3.ip };

		memcpy(key->addr, addr, sizeof(addr));
	} else {
		memcpy(key->addr, &t->src.u3.in6, sizeof(t->src.u3.in6));
		memcpy(key->addr + 2, &t->dst.u3.in6, sizeof(t->dst.u3.in6));
	}
	key->l4 = dvr_flow_l4(p->h.v4, p->h.proto, ports);
}

/* The key of the packet after the translation, without the leg. */
static bool flow_key_after(struct dvr_flow_key *key, const struct dvr_pkt *p)
{
	__be16 port[2];
	__be32 ports;

	if (!dvr_parse_ports(p->skb, &p->h, port))
		return false;
	memcpy(&ports, port, sizeof(ports));
	memset(key, 0, sizeof(*key));
	if (p->h.v4)
		memcpy(key->addr, &ip_hdr(p->skb)->addrs, sizeof(u64));
	else
		memcpy(key->addr, &ipv6_hdr(p->skb)->addrs, sizeof(key->addr));
	key->l4 = dvr_flow_l4(p->h.v4, p->h.proto, ports);
	return true;
}

/**
 * dvr_flow_begin() - prepare a packet for dvr_flow_learn()
 * @p: packet, valid, of a router with NAT, not translated
 *
 * The generation is read before anything that the generation covers.
 *
 * Context: softirq, RCU.
 */
void dvr_flow_begin(struct dvr_pkt *p)
{
	p->nat.flow = READ_ONCE(p->router->cfg.flow_cache) && !p->local &&
		   p->iif && p->port && p->port->seg == p->iif->seg &&
		   flow_is_plain(p);
	/* Pairs with the store in dvr_router_renew(). */
	p->nat.gen = smp_load_acquire(&p->router->gen);
}

/* True if the connection is in a state that plain packets do not change. */
static bool flow_is_steady(const struct dvr_pkt *p, const struct nf_conn *ct)
{
	const struct nf_conn_acct *acct = nf_conn_acct_find(ct);
	const struct nf_conn_help *help = nfct_help(ct);

	/*
	 * A query and its answer make one packet each; a flow would not be
	 * used.
	 */
	if (acct && atomic64_read(&acct->counter[p->nat.dir].packets) < 2)
		return false;
	if ((help && rcu_access_pointer(help->helper)) ||
	    test_bit(IPS_SEQ_ADJUST_BIT, &ct->status))
		return false;
	return p->h.proto == IPPROTO_UDP ||
	       (READ_ONCE(ct->proto.tcp.state) == TCP_CONNTRACK_ESTABLISHED &&
		test_bit(IPS_ASSURED_BIT, &ct->status));
}

static u32 flow_interval(u32 timeout)
{
	return clamp(timeout / REFRESH_SHARE, 1U, (u32)REFRESH_MAX);
}

/* Take over the timeout that conntrack has just set for a packet. */
static void flow_restart(struct dvr_flow *flow)
{
	WRITE_ONCE(flow->timeout,
		   max_t(s32, READ_ONCE(flow->ct->timeout) - (u32)jiffies, 1));
	WRITE_ONCE(flow->refresh, (u32)jiffies + flow_interval(flow->timeout));
}

static u16 flow_sum_change(const void *from, const void *to, unsigned int len)
{
	__wsum change = csum_sub(csum_partial(to, len, 0),
				 csum_partial(from, len, 0));

	return (u16)~(__force u16)csum_fold(change);
}

static u16 flow_add16(u16 a, u16 b)
{
	u32 sum = a + b;

	return sum + (sum >> 16);
}

static void flow_set_rewrite(struct dvr_flow *flow,
			     const struct dvr_flow_key *to)
{
	u16 ttl = (__force u16)htons(0xfeff);	/* TTL - 1, complement */
	u32 from = flow->key.l4;

	memcpy(flow->addr, to->addr, sizeof(flow->addr));
	flow->ports = (__force __be32)to->l4;
	flow->pseudo = flow_sum_change(flow->key.addr, flow->addr,
				       sizeof(flow->addr));
	flow->l3 = flow_add16(flow->pseudo, ttl);
	flow->l4 = flow_add16(flow->pseudo,
			      flow_sum_change(&from, &flow->ports,
					      sizeof(from)));
}

static void flow_free(struct rcu_head *rcu)
{
	struct dvr_flow *flow = container_of(rcu, struct dvr_flow, rcu);

	dvr_neigh_put(flow->n);
	kmem_cache_free(cache, flow);
}

static void flow_settle(struct dvr_flow *flow)
{
	u64 pending = atomic64_xchg(&flow->pending, 0);
	struct nf_conn_acct *acct = nf_conn_acct_find(flow->ct);

	if (!acct || !pending)
		return;
	atomic64_add(pending >> DVR_FLOW_COUNT_SHIFT,
		     &acct->counter[flow->dir].packets);
	atomic64_add(pending & (BIT_ULL(DVR_FLOW_COUNT_SHIFT) - 1),
		     &acct->counter[flow->dir].bytes);
}

static void flow_remove(struct dvr_flow *flow)
{
	struct dvr_conn *conn = flow->conn;
	struct dvr_nat *nat = conn->nat;

	lockdep_assert_held(&nat->lock);
	rhashtable_remove_fast(&nat->dn->flows, &flow->node, dvr_flow_params);
	RCU_INIT_POINTER(conn->flow[flow->dir], NULL);
	flow_settle(flow);
	list_del(&flow->list);
	nat->n_flows--;
	call_rcu(&flow->rcu, flow_free);
}

static struct dvr_flow *flow_of(struct dvr_conn *conn, unsigned int dir)
{
	return rcu_dereference_protected(conn->flow[dir],
					 lockdep_is_held(&conn->nat->lock));
}

static bool flow_is_idle(const struct dvr_flow *flow, s32 since)
{
	return (s32)((u32)jiffies - READ_ONCE(flow->refresh)) > since;
}

/* Remove idle flows until a new flow has room. */
static bool flow_make_room(struct dvr_nat *nat, u32 limit)
{
	unsigned int tries = EVICT_TRIES;
	struct dvr_flow *flow;

	while (nat->n_flows >= limit) {
		flow = list_first_entry_or_null(&nat->flows, struct dvr_flow,
						list);
		if (!flow || !tries--)
			return false;
		if (flow_is_idle(flow, IDLE_EVICT))
			flow_remove(flow);
		else
			list_move_tail(&flow->list, &nat->flows);
	}
	return true;
}

/* Let packets find a flow. Context: softirq, &dvr_nat.lock held. */
static bool flow_enter(struct dvr_nat *nat, struct dvr_flow *flow, u32 limit)
{
	struct dvr_conn *conn = flow->conn;
	struct dvr_flow *old = flow_of(conn, flow->dir);

	if (test_bit(DVR_CONN_DEAD, &conn->flags))
		return false;
	if (old)
		flow_remove(old);
	/* An ended conntrack entry may have left a flow with the same key. */
	old = rhashtable_lookup(&nat->dn->flows, &flow->key, dvr_flow_params);
	if (old) {
		if (old->conn->nat != nat)
			return false;
		flow_remove(old);
	}
	if (!flow_make_room(nat, limit)) {
		WRITE_ONCE(nat->no_room, (u32)jiffies);
		return false;
	}
	if (rhashtable_insert_fast(&nat->dn->flows, &flow->node,
				   dvr_flow_params))
		return false;
	list_add_tail(&flow->list, &nat->flows);
	nat->n_flows++;
	rcu_assign_pointer(conn->flow[flow->dir], flow);
	return true;
}

static bool flow_is_same(const struct dvr_flow *flow,
			 const struct dvr_flow *new)
{
	return READ_ONCE(flow->gen) == new->gen && flow->n == new->n &&
	       !memcmp(&flow->key, &new->key, sizeof(flow->key)) &&
	       flow->ports == new->ports &&
	       !memcmp(flow->addr, new->addr, sizeof(flow->addr));
}

/* Fill in all members of a flow except @node, @list and @rcu. */
static bool flow_describe(struct dvr_flow *flow, struct dvr_pkt *p,
			  struct dvr_iface *out, struct dvr_neigh *n)
{
	struct dvr_conn *conn = p->nat.conn;
	struct dvr_flow_key to;

	if (!flow_key_after(&to, p))
		return false;
	memset(flow, 0, sizeof(*flow));
	flow_key_before(&flow->key, p);
	flow->gen = p->nat.gen;
	flow->n = n;
	flow->out = out;
	flow->conn = conn;
	flow->ct = conn->ct;
	flow->dir = p->nat.dir;
	flow->ids = p->nat.renumbered ? conn->nat : NULL;
	flow_set_rewrite(flow, &to);
	flow_restart(flow);
	/*
	 * The owners are checked after the generation is read, because the
	 * generation changes after an owner is marked dead.
	 */
	return dvr_conn_live(conn);
}

static void flow_map_addrs(struct in6_addr *ip, const u64 *addr, bool v4)
{
	__be32 pair[2];

	if (!v4) {
		memcpy(ip, addr, 2 * sizeof(*ip));
		return;
	}
	memcpy(pair, addr, sizeof(pair));
	dvr_map4(&ip[0], pair[0]);
	dvr_map4(&ip[1], pair[1]);
}

/**
 * dvr_flow_renew() - check whether a flow is as it would be made now
 * @flow: flow of another generation
 * @router: router
 * @gen: its generation
 *
 * That is so if all that has changed are routes to prefixes without any of the
 * addresses of the connection, inside and outside.
 *
 * Context: softirq, RCU.
 * Return: true if so; the flow has the generation then.
 */
bool dvr_flow_renew(struct dvr_flow *flow, const struct dvr_router *router,
		    unsigned long gen)
{
	bool v4 = flow->key.l4 & DVR_FLOW_V4;
	struct in6_addr ip[4];

	flow_map_addrs(ip, flow->key.addr, v4);
	flow_map_addrs(ip + 2, flow->addr, v4);
	if (!dvr_route_log_spares(router, READ_ONCE(flow->gen), gen, ip,
				  ARRAY_SIZE(ip)))
		return false;
	WRITE_ONCE(flow->gen, gen);
	return true;
}

/* Not inlined, because most packets need no stack for a flow. */
static noinline void flow_learn(struct dvr_pkt *p, struct dvr_iface *out,
				struct dvr_neigh *n)
{
	struct dvr_conn *conn = p->nat.conn;
	struct dvr_nat *nat = conn->nat;
	struct dvr_flow new, *flow;

	if (!flow_describe(&new, p, out, n))
		return;
	flow = rcu_dereference(conn->flow[p->nat.dir]);
	if (flow && READ_ONCE(flow->gen) != new.gen)
		dvr_flow_renew(flow, p->router, new.gen);
	if (flow && flow_is_same(flow, &new)) {
		flow_restart(flow);
		return;
	}
	/* If no flow could be evicted, try again in the next jiffy. */
	if (!flow && READ_ONCE(nat->no_room) == (u32)jiffies)
		return;
	flow = dvr_charged_alloc(nat->charge, cache, 0);
	if (!flow)
		return;
	*flow = new;
	dvr_neigh_hold(n);
	spin_lock_bh(&nat->lock);
	if (!flow_enter(nat, flow, READ_ONCE(p->router->cfg.flow_limit)))
		flow_free(&flow->rcu);	/* no packet has found it */
	spin_unlock_bh(&nat->lock);
}

/**
 * dvr_flow_learn() - let packets like this one take the fast path
 * @p: packet after dvr_flow_begin(), translated, about to leave
 * @out: leg that the packet leaves by
 * @n: next hop, not a gateway of this host
 *
 * Context: softirq, RCU.
 */
void dvr_flow_learn(struct dvr_pkt *p, struct dvr_iface *out,
		    struct dvr_neigh *n)
{
	if (p->nat.flow && flow_is_steady(p, p->nat.conn->ct))
		flow_learn(p, out, n);
}

/**
 * dvr_flow_usable() - check whether the fast path may still use a flow
 * @flow: flow with the current generations, due for a refresh
 *
 * Owners are not checked, because the generation changes when an owner is
 * deleted.
 *
 * Context: softirq, RCU.
 * Return: false if the packet must take the slow path, because the conntrack
 *	entry has ended, or because conntrack has not yet marked the connection
 *	as assured.
 */
bool dvr_flow_usable(const struct dvr_flow *flow)
{
	const struct nf_conn *ct = flow->ct;
	unsigned long status = READ_ONCE(ct->status);

	return !(status & IPS_DYING) && !nf_ct_is_expired(ct) &&
	       (status & (IPS_SEEN_REPLY | IPS_ASSURED)) != IPS_SEEN_REPLY;
}

/**
 * dvr_flow_refresh() - refresh the conntrack entry of a flow
 * @flow: flow with a valid packet, usable
 *
 * Restarts the idle time of the entry, and adds the pending packets and bytes.
 *
 * Context: softirq, RCU.
 */
void dvr_flow_refresh(struct dvr_flow *flow)
{
	struct nf_conn *ct = flow->ct;

	if (!test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		WRITE_ONCE(ct->timeout, nfct_time_stamp + flow->timeout);
	WRITE_ONCE(flow->refresh, (u32)jiffies + flow_interval(flow->timeout));
	flow_settle(flow);
}

/**
 * dvr_flow_settle() - add what flows have counted to the conntrack entry
 * @conn: connection
 *
 * Context: RCU.
 */
void dvr_flow_settle(struct dvr_conn *conn)
{
	struct dvr_flow *flow;
	unsigned int dir;

	for (dir = 0; dir < ARRAY_SIZE(conn->flow); dir++) {
		flow = rcu_dereference(conn->flow[dir]);
		if (flow)
			flow_settle(flow);
	}
}

/**
 * dvr_flow_forget() - remove the flows of a connection
 * @conn: connection, held by RCU
 *
 * Context: any but hard interrupts; RCU.
 */
void dvr_flow_forget(struct dvr_conn *conn)
{
	struct dvr_nat *nat = conn->nat;
	unsigned int dir;

	if (!rcu_access_pointer(conn->flow[0]) &&
	    !rcu_access_pointer(conn->flow[1]))
		return;
	spin_lock_bh(&nat->lock);
	for (dir = 0; dir < ARRAY_SIZE(conn->flow); dir++)
		if (flow_of(conn, dir))
			flow_remove(flow_of(conn, dir));
	spin_unlock_bh(&nat->lock);
}

/**
 * dvr_flow_age() - remove the idle flows of a connection
 * @conn: connection, held by RCU
 *
 * Context: process; RCU.
 */
void dvr_flow_age(struct dvr_conn *conn)
{
	struct dvr_flow *flow;
	unsigned int dir;

	for (dir = 0; dir < ARRAY_SIZE(conn->flow); dir++) {
		flow = rcu_dereference(conn->flow[dir]);
		if (!flow || !flow_is_idle(flow, IDLE_MAX))
			continue;
		spin_lock_bh(&conn->nat->lock);
		if (flow == flow_of(conn, dir))
			flow_remove(flow);
		spin_unlock_bh(&conn->nat->lock);
	}
}

/**
 * dvr_flow_register() - create the cache of flows
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_flow_register(void)
{
	cache = KMEM_CACHE(dvr_flow, SLAB_HWCACHE_ALIGN);
	return cache ? 0 : -ENOMEM;
}

/**
 * dvr_flow_unregister() - destroy the cache of flows
 *
 * Context: process, after the last flow is removed, and rcu_barrier().
 */
void dvr_flow_unregister(void)
{
	kmem_cache_destroy(cache);
}
