/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FLOW_H
#define _DVR_FLOW_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rhashtable.h>

#include "lib/dvr.h"

struct dvr_conn;
struct dvr_nat;
struct dvr_neigh;
struct dvr_pkt;
struct nf_conn;

#define DVR_FLOW_V4		BIT_ULL(40)	/* bit of &dvr_flow_key.l4 */

/**
 * struct dvr_flow_key - key of the table of flows
 * @iif: leg that the packet came in by
 * @addr: source and destination as in the header; IPv4: both in the first word;
 *	IPv6: two words each
 * @l4: source and destination port as in the header, protocol << 32, and
 *	DVR_FLOW_V4
 */
struct dvr_flow_key {
	const struct dvr_iface *iif;
	u64 addr[4];
	u64 l4;
};

/**
 * struct dvr_flow - one direction of a connection, as the fast path sends it
 * @node: in &dvr_net.flows
 * @key: key of the packets before the translation
 * @ct: conntrack entry of @conn
 * @gen: &dvr_router.gen under which the flow was made, or to which it has stayed
 *	valid, see dvr_flow_renew()
 * @out: leg that the packets leave by; lives while &dvr_router.gen is @gen
 * @n: next hop, which may have ended, see &struct dvr_neigh; a reference
 * @ports: new ports, as in @key
 * @l3: to add to the checksum of an IPv4 header: TTL and addresses (RFC 1624)
 * @l4: to add to the checksum of TCP or UDP: addresses and ports
 * @pseudo: to add to the checksum of a pseudo-header: addresses
 * @dir: &enum ip_conntrack_dir
 * @refresh: jiffies when the conntrack entry has to be refreshed
 * @pending: packets << DVR_FLOW_COUNT_SHIFT | bytes, not yet added to the
 *	conntrack entry
 * @addr: new addresses, as in @key
 * @timeout: idle time of the conntrack entry, jiffies
 * @conn: connection, which has the flow in &dvr_conn.flow
 * @ids: instance that IPv4 identifications are taken from, or NULL to keep them
 * @list: in &dvr_nat.flows
 * @rcu: frees the flow
 *
 * An IPv4 packet needs the first two cache lines; the look-up reads the first.
 * All members except @gen, @refresh, @pending and @timeout are constant once packets
 * can find the flow. A change replaces the flow by another.
 */
struct dvr_flow {
	struct rhash_head node;
	struct dvr_flow_key key;
	struct nf_conn *ct;

	unsigned long gen;
	const struct dvr_iface *out;
	struct dvr_neigh *n;
	__be32 ports;
	u16 l3;
	u16 l4;
	u16 pseudo;
	u16 dir;
	u32 refresh;
	atomic64_t pending;
	u64 addr[4];

	u32 timeout;
	struct dvr_conn *conn;
	struct dvr_nat *ids;
	union {
		struct list_head list;
		struct rcu_head rcu;
	};
} ____cacheline_aligned;

/* Enough bits for the bytes between two refreshes; the packets are above. */
#define DVR_FLOW_COUNT_SHIFT	40

static inline u64 dvr_flow_l4(bool v4, u8 proto, __be32 ports)
{
	return (__force u32)ports | (u64)proto << 32 | (v4 ? DVR_FLOW_V4 : 0);
}

/* See dvr_hash(). */
static __always_inline u32 dvr_flow_key_hash(const struct dvr_iface *iif,
					     u64 addr, u64 l4, u32 seed)
{
	return dvr_hash_fold((unsigned long)iif * dvr_hash_key[0] +
			     addr * dvr_hash_key[1] +
			     (l4 ^ seed) * dvr_hash_key[2]);
}

static __always_inline u64 dvr_flow_hash_addrs(const u64 addr[4])
{
	return addr[0] + addr[1] * dvr_hash_key[3] + addr[2] * dvr_hash_key[4] +
	       addr[3] * dvr_hash_key[5];
}

static __always_inline bool dvr_flow_is(const struct dvr_flow *flow,
					const struct dvr_iface *iif, u64 addr,
					u64 l4)
{
	return flow->key.iif == iif && flow->key.addr[0] == addr &&
	       flow->key.l4 == l4;
}

/* The table that flows are moved to while the table is resized, or NULL. */
static __always_inline struct bucket_table *
dvr_flow_next_table(const struct bucket_table *tbl)
{
	/*
	 * Pairs with the barriers of rhashtable, which moves flows there first.
	 */
	smp_rmb();
	return rcu_dereference(tbl->future_tbl);
}

/**
 * dvr_flow_find4() - find the flow of an IPv4 packet
 * @dn: namespace
 * @iif: leg that the packet came in by
 * @addr: source and destination, see &struct dvr_flow_key
 * @l4: see dvr_flow_l4()
 *
 * Does what rhashtable_lookup() does, with the key in registers.
 *
 * Context: RCU.
 * Return: the flow, or NULL.
 */
static __always_inline struct dvr_flow *
dvr_flow_find4(const struct dvr_net *dn, const struct dvr_iface *iif, u64 addr,
	       u64 l4)
{
	struct bucket_table *tbl = rcu_dereference(dn->flows.tbl);
	struct rhash_head *pos;
	struct dvr_flow *flow;
	u32 hash;

	do {
		hash = dvr_flow_key_hash(iif, addr, l4, tbl->hash_rnd);
		rht_for_each_entry_rcu(flow, pos, tbl, hash & (tbl->size - 1),
				       node)
			if (likely(dvr_flow_is(flow, iif, addr, l4)))
				return flow;
		tbl = dvr_flow_next_table(tbl);
	} while (unlikely(tbl));
	return NULL;
}

/**
 * dvr_flow_find6() - find the flow of an IPv6 packet
 * @dn: namespace
 * @iif: leg that the packet came in by
 * @addr: source and destination, 32 bytes in the header
 * @l4: see dvr_flow_l4()
 *
 * Context: RCU.
 * Return: the flow, or NULL.
 */
static __always_inline struct dvr_flow *
dvr_flow_find6(const struct dvr_net *dn, const struct dvr_iface *iif,
	       const void *addr, u64 l4)
{
	struct bucket_table *tbl = rcu_dereference(dn->flows.tbl);
	u64 a[4] = {
		get_unaligned((const u64 *)addr),
		get_unaligned((const u64 *)addr + 1),
		get_unaligned((const u64 *)addr + 2),
		get_unaligned((const u64 *)addr + 3),
	};
	u64 addrs = dvr_flow_hash_addrs(a);
	struct rhash_head *pos;
	struct dvr_flow *flow;
	u32 hash;

	do {
		hash = dvr_flow_key_hash(iif, addrs, l4, tbl->hash_rnd);
		rht_for_each_entry_rcu(flow, pos, tbl, hash & (tbl->size - 1),
				       node)
			if (likely(dvr_flow_is(flow, iif, a[0], l4) &&
				   flow->key.addr[1] == a[1] &&
				   flow->key.addr[2] == a[2] &&
				   flow->key.addr[3] == a[3]))
				return flow;
		tbl = dvr_flow_next_table(tbl);
	} while (unlikely(tbl));
	return NULL;
}

extern const struct rhashtable_params dvr_flow_params;

/**
 * dvr_flow_sum() - update a checksum for a change of its data
 * @check: checksum as in a header
 * @delta: see &dvr_flow.l4
 *
 * ~(~check + delta) of RFC 1624, equation 3, is check - delta.
 *
 * Return: the new checksum.
 */
static inline __sum16 dvr_flow_sum(__sum16 check, u16 delta)
{
	u16 old = (__force u16)check, new = old - delta;

	return (__force __sum16)(u16)(new - (old < delta));
}

void dvr_flow_begin(struct dvr_pkt *p);
void dvr_flow_learn(struct dvr_pkt *p, struct dvr_iface *out,
		    struct dvr_neigh *n);
bool dvr_flow_renew(struct dvr_flow *flow, const struct dvr_router *router,
		    unsigned long gen);
bool dvr_flow_usable(const struct dvr_flow *flow);
void dvr_flow_refresh(struct dvr_flow *flow);
void dvr_flow_settle(struct dvr_conn *conn);
void dvr_flow_forget(struct dvr_conn *conn);
void dvr_flow_age(struct dvr_conn *conn);
int dvr_flow_register(void);
void dvr_flow_unregister(void);

#endif /* _DVR_FLOW_H */
