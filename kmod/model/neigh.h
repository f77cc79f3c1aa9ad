/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NEIGH_H
#define _DVR_NEIGH_H

#include <linux/timer.h>
#include <net/ipv6.h>

#include "model/segment.h"

/**
 * struct dvr_neigh_key - key of a neighbour entry
 * @seg: segment of the entry
 * @ip: address, v4-mapped for IPv4
 * @half: @ip as two words for comparison
 */
struct dvr_neigh_key {
	const struct dvr_segment *seg;
	union {
		struct in6_addr ip;
		u64 half[2];
	};
};

/**
 * struct dvr_neigh - a neighbour entry: an IP address of a segment and its MAC
 * @node: in &dvr_net.neighs
 * @key: segment and address
 * @mac: see dvr_mac(), 0 while unknown; one word, so readers need no lock
 * @ready: @mac of an entry that is live, not of a gateway and not stale, so
 *	that packets can be sent without another check; else 0
 * @port: port that @mac is behind, valid while @port_gen is the segment's
 *	fdb_gen; with @pinned, the configured port
 * @port_gen: see @port
 * @iface: leg, for a gateway's address
 * @host: tunnel endpoint, v4-mapped for IPv4; all zero for none
 * @state: &enum dvr_neigh_state
 * @origin: &enum dvr_origin
 * @pinned: @port is configured and does not follow the MAC table
 * @announced: the address was announced, or needs no announcement; by the
 *	segment's lock
 * @probes: requests sent in this state
 * @confirmed: jiffies of the last proof that the neighbour is reachable
 * @asked: jiffies of the last request; limits the rate of requests
 * @router: router whose limit a learned entry counts against
 * @via: leg that requests are sent from; learned entries only
 * @queue: packets that wait for @mac, by the segment's lock
 * @timer: next change of state of a learned entry
 * @obj: how transactions see the entry; learned entries are in none
 * @seg: segment of the entry
 * @list: in &dvr_segment.neighs, by its lock
 * @rcu: frees the entry
 *
 * Readers without the segment's lock see changes of @mac, @ready, @port,
 * @port_gen, @pinned, @state and @confirmed only. All else is constant once the
 * entry can be found, or is protected by the lock.
 */
struct dvr_neigh {
	struct rhash_head node;
	struct dvr_neigh_key key;
	u64 mac;
	u64 ready;
	struct dvr_port *port;
	unsigned long port_gen;
	u8 state;
	u8 origin;
	bool pinned;
	bool announced;
	u8 probes;
	struct dvr_iface *iface;
	struct in6_addr host;
	unsigned long confirmed;
	unsigned long asked;
	struct dvr_router *router;
	struct dvr_iface *via;
	struct sk_buff_head queue;
	struct timer_list timer;
	struct dvr_obj obj;
	struct dvr_segment *seg;
	struct list_head list;
	struct rcu_head rcu;
};

extern const struct dvr_kind dvr_neigh_kind;

/**
 * struct dvr_neigh_info - what an entry that does not age is made of
 * @mac: see dvr_mac()
 * @port: port of the neighbour, or NULL to follow the MAC table
 * @iface: leg that has the address, for a gateway
 * @host: tunnel endpoint, or all zero
 * @origin: &enum dvr_origin
 * @announce: the address needs an announcement
 */
struct dvr_neigh_info {
	u64 mac;
	struct dvr_port *port;
	struct dvr_iface *iface;
	struct in6_addr host;
	u8 origin;
	bool announce;
};

struct dvr_port *dvr_neigh_port_slow(struct dvr_neigh *n);

struct dvr_neigh *dvr_neigh_find(struct dvr_segment *seg,
				 const struct in6_addr *ip);
struct dvr_neigh *dvr_neigh_add(struct dvr_txn *txn, struct dvr_segment *seg,
				const struct in6_addr *ip,
				const struct dvr_neigh_info *info);
int dvr_neigh_set(struct dvr_txn *txn, struct dvr_neigh *n,
		  const struct dvr_neigh_info *info);
bool dvr_neigh_tied(const struct dvr_neigh *n, const struct dvr_port *port);
void dvr_neigh_del(struct dvr_txn *txn, struct dvr_neigh *n);
bool dvr_neigh_unlearn(struct dvr_segment *seg, const struct in6_addr *ip);
struct dvr_neigh *dvr_neigh_lookup(const struct dvr_segment *seg,
				   const struct in6_addr *ip);
void dvr_neigh_update_ready(struct dvr_neigh *n);
int dvr_neigh_link(struct dvr_neigh *n);
void dvr_neigh_kill(struct dvr_neigh *n, struct sk_buff_head *orphans);
void dvr_neigh_forget_iface(struct dvr_segment *seg, struct dvr_iface *iface);
void dvr_neigh_free_queue(struct sk_buff_head *queue, enum dvr_drop reason);

static inline struct dvr_neigh *dvr_neigh(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_neigh, obj);
}

static inline u32 dvr_neigh_hash(const void *data, u32 len, u32 seed)
{
	const struct dvr_neigh_key *key = data;

	return dvr_hash(key->seg, key->half[0], key->half[1], seed);
}

static inline bool dvr_neigh_key_differs(const struct rhashtable_compare_arg *arg,
					 const struct dvr_neigh *n)
{
	const struct dvr_neigh_key *key = arg->key;

	return key->seg != n->key.seg || key->half[1] != n->key.half[1] ||
	       key->half[0] != n->key.half[0];
}

static inline int dvr_neigh_live_cmpfn(struct rhashtable_compare_arg *arg,
				       const void *data)
{
	const struct dvr_neigh *n = data;

	return dvr_neigh_key_differs(arg, n) || !dvr_obj_live(&n->obj);
}

/* Live entries: packets find these. Here, so that lookups are inlined. */
static const struct rhashtable_params dvr_neigh_params __maybe_unused = {
	.head_offset = offsetof(struct dvr_neigh, node),
	.key_offset = offsetof(struct dvr_neigh, key),
	.key_len = sizeof(struct dvr_neigh_key),
	.hashfn = dvr_neigh_hash,
	.obj_cmpfn = dvr_neigh_live_cmpfn,
	.automatic_shrinking = true,
};

/**
 * dvr_neigh_get() - the live entry of a key
 * @dn: namespace
 * @key: segment and address
 *
 * Context: RCU.
 * Return: the entry, in any state, or NULL.
 */
static __always_inline struct dvr_neigh *
dvr_neigh_get(struct dvr_net *dn, const struct dvr_neigh_key *key)
{
	return rhashtable_lookup(&dn->neighs, key, dvr_neigh_params);
}

/* Is the remembered port of an entry still right. */
static inline bool dvr_neigh_port_valid(const struct dvr_neigh *n)
{
	unsigned long gen;

	/* Pairs with the store in neigh_fill(). */
	if (smp_load_acquire(&n->pinned))
		return true;
	/* Pairs with the store in dvr_neigh_port_slow(). */
	gen = smp_load_acquire(&n->port_gen);
	return likely(gen == READ_ONCE(n->seg->fdb_gen));
}

/**
 * dvr_neigh_port() - the port a neighbour is behind
 * @n: entry that has a MAC
 *
 * Context: softirq, RCU.
 * Return: the port, or NULL if the MAC is behind none.
 */
static inline struct dvr_port *dvr_neigh_port(struct dvr_neigh *n)
{
	return likely(dvr_neigh_port_valid(n)) ? READ_ONCE(n->port) :
						 dvr_neigh_port_slow(n);
}

/**
 * dvr_neigh_known() - may the switch answer a request for a neighbour
 * @n: entry of the address that the request is for
 * @port: port that the request came in by
 * @from: source MAC of the request, see dvr_mac()
 *
 * The switch answers for permanent entries only. It never answers the neighbour
 * itself, which would take the answer for a duplicate of its address.
 *
 * Return: true if so.
 */
static inline bool dvr_neigh_known(const struct dvr_neigh *n,
				   const struct dvr_port *port, u64 from)
{
	return READ_ONCE(n->seg->cfg.suppress) && !n->iface &&
	       n->state == DVR_NEIGH_STATE_PERMANENT && n->port != port &&
	       READ_ONCE(n->mac) != from;
}

#endif /* _DVR_NEIGH_H */
