/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NEIGH_H
#define _DVR_NEIGH_H

#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/timer.h>
#include <net/ipv6.h>

#include "model/entry.h"
#include "model/segment.h"

struct dvr_wait;

/**
 * struct dvr_neigh - a neighbour entry: an IP address of a segment and its MAC
 * @entry: the part that MAC entries have too; first
 * @mac: see dvr_mac(), 0 while unknown; one word, so readers need no lock
 * @ready: @mac of an entry that is live, not of a gateway and not stale, so
 *	that packets can be sent without another check; else 0
 * @where: the port that @mac is behind: points to @port, or to the port of @fdb
 * @port: port that is configured for the neighbour; else NULL
 * @iface: leg, for a gateway's address
 * @host: tunnel endpoint, v4-mapped for IPv4; all zero for none
 * @state: &enum dvr_neigh_state
 * @remembered: a hop may point to the entry, see hops.c
 * @gone: hops that point to the entry are being cleared
 * @anycast: @iface has the address as other routers may (RFC 4291 2.6.1)
 * @announce: the entry is the start of a &struct dvr_address
 * @probes: requests sent in this state
 * @confirmed: jiffies of the last proof that the neighbour is reachable
 * @asked: jiffies of the last request; limits the rate of requests
 * @router: router of @via
 * @via: leg that requests are sent from, and whose limit the entry counts
 *	against; learned entries only
 * @mine: in &dvr_iface.neighs or, with @asked_us, in &dvr_iface.asked of @via;
 *	in &dvr_iface.addresses of @iface
 * @asked_us: the neighbour asked for a gateway, and the entry is not in use
 * @queue: packets that wait for @mac, by the segment's lock
 * @timer: next change of state of a learned entry
 * @fdb: MAC entry to which @where points, or NULL; by the segment's lock
 * @refs: references of flows, and one until a grace period after the end
 * @rcu: drops the last of these references
 * @unused: in the list of entries that hops.c frees
 *
 * Hops and flows point to an entry beyond its end. They see that @ready is 0
 * and use no other member then.
 *
 * Readers without the segment's lock see changes of @mac, @ready, @where, @port,
 * @state and @confirmed only. All else is constant once the
 * entry can be found, or is protected by the lock.
 */
struct dvr_neigh {
	struct dvr_entry entry;
	u64 mac;
	u64 ready;
	struct dvr_port __rcu **where;
	struct dvr_port __rcu *port;
	u8 state;
	bool remembered;
	bool gone;
	bool anycast;
	bool announce;
	bool asked_us;
	u8 probes;
	struct dvr_iface *iface;
	struct in6_addr host;
	unsigned long confirmed;
	unsigned long asked;
	struct dvr_router *router;
	struct dvr_iface *via;
	struct list_head mine;
	struct sk_buff_head queue;
	struct timer_list timer;
	struct dvr_fdb *fdb;
	refcount_t refs;
	union {
		struct rcu_head rcu;
		struct llist_node unused;
	};
};

static_assert(offsetof(struct dvr_neigh, entry) == 0);

extern const struct dvr_kind dvr_neigh_kind;

/**
 * struct dvr_neigh_info - what an entry that does not age is made of
 * @mac: see dvr_mac()
 * @port: port of the neighbour, or NULL to follow the MAC table
 * @iface: leg that has the address, for a gateway
 * @host: tunnel endpoint, or all zero
 * @origin: &enum dvr_origin
 * @announce: the address needs an announcement
 * @anycast: see &struct dvr_neigh
 */
struct dvr_neigh_info {
	u64 mac;
	struct dvr_port *port;
	struct dvr_iface *iface;
	struct in6_addr host;
	u8 origin;
	bool announce;
	bool anycast;
};

struct dvr_port *dvr_neigh_port_slow(struct dvr_neigh *n);
bool dvr_neigh_known(struct dvr_neigh *n, const struct dvr_port *port,
		     u64 from);
bool dvr_neigh_is_lost(const struct dvr_neigh *n);
bool dvr_neigh_valid(struct dvr_neigh *n);

struct dvr_neigh *dvr_neigh_find(struct dvr_segment *seg,
				 const struct in6_addr *ip);
struct dvr_neigh *dvr_neigh_add(struct dvr_txn *txn, struct dvr_segment *seg,
				const struct in6_addr *ip,
				const struct dvr_neigh_info *info);
int dvr_neigh_set(struct dvr_txn *txn, struct dvr_neigh *n,
		  const struct dvr_neigh_info *info);
bool dvr_neigh_unlearn(const struct dvr_entry_key *key);
struct dvr_neigh *dvr_neigh_lookup(const struct dvr_segment *seg,
				   const struct in6_addr *ip);
void dvr_neigh_update_ready(struct dvr_neigh *n);
void dvr_neigh_leave_fdb(struct dvr_neigh *n);
void dvr_neigh_put(struct dvr_neigh *n);
void dvr_neigh_init(struct dvr_neigh *n, const struct dvr_entry_key *key,
		    u8 origin);
void dvr_neigh_free(struct dvr_neigh *n);
void dvr_neigh_kill(struct dvr_neigh *n, struct sk_buff_head *orphans);
void dvr_neigh_forget_iface(struct dvr_iface *iface);
void dvr_neigh_join_iface(struct dvr_neigh *n, bool asked);
void dvr_neigh_in_use(struct dvr_neigh *n);
void dvr_neigh_enqueue(struct dvr_neigh *n, struct sk_buff *skb,
		       const struct dvr_wait *wait);
struct sk_buff *dvr_neigh_dequeue(struct dvr_wait *wait);
void dvr_neigh_take_queue(struct dvr_neigh *n, struct sk_buff_head *to);
void dvr_neigh_wait_over(struct dvr_iface *iface);
void dvr_neigh_free_queue(struct sk_buff_head *queue, enum dvr_drop reason);

static inline struct dvr_neigh *dvr_neigh(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_neigh, entry.obj);
}

/* NULL if there is no entry. */
static inline struct dvr_neigh *dvr_neigh_of(struct dvr_entry *entry)
{
	return container_of(entry, struct dvr_neigh, entry);
}

/**
 * dvr_neigh_get() - the live entry of a key
 * @dn: namespace
 * @key: segment and address
 *
 * Context: RCU.
 * Return: the entry, in any state, or NULL.
 */
static __always_inline struct dvr_neigh *
dvr_neigh_get(struct dvr_net *dn, const struct dvr_entry_key *key)
{
	return dvr_neigh_of(dvr_entry_get(&dn->neighs, key));
}

/**
 * dvr_neigh_at() - the port a neighbour is behind, without a look-up
 * @n: live entry
 *
 * Context: RCU.
 * Return: the port, or NULL if dvr_neigh_port() has to look for it.
 */
static __always_inline struct dvr_port *dvr_neigh_at(const struct dvr_neigh *n)
{
	return rcu_dereference(*READ_ONCE(n->where));
}

/**
 * dvr_neigh_hold() - keep the memory of an entry
 * @n: entry, found in this RCU section
 */
static inline void dvr_neigh_hold(struct dvr_neigh *n)
{
	refcount_inc(&n->refs);
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
	return dvr_neigh_at(n) ?: dvr_neigh_port_slow(n);
}

#endif /* _DVR_NEIGH_H */
