/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NATRULE_H
#define _DVR_NATRULE_H

#include "lib/prefix.h"
#include "lib/slot.h"
#include "model/iface.h"
#include "model/route.h"
#include "nat/conn.h"
#include "nat/instance.h"
#include "nat/nataddr.h"

struct dvr_natshape;

#define DVR_NATADDRS_MAX	1024	/* outside addresses of one rule */

/**
 * struct dvr_natpool - a range of outside addresses
 * @first: first, v4-mapped for IPv4
 * @last: last
 */
struct dvr_natpool {
	struct in6_addr first;
	struct in6_addr last;
};

/**
 * struct dvr_natrule_cfg - configuration of a rule
 * @out: leg on the segment that the rule is for; not to be followed once the
 *	rule is not live
 * @prio: place in the order
 * @kind: &enum dvr_nat_kind
 * @proto: forward: upper-layer protocol
 * @mapping: snat: &enum dvr_nat_behaviour
 * @filter: snat: &enum dvr_nat_behaviour
 * @port_min: first port of the range, host byte order; 0 for any
 * @port_max: last port of the range
 * @inside_port: forward: what @port_min becomes
 * @n_pools: snat: ranges of outside addresses
 * @inside: sources, or the inside host
 * @outside: floating, forward: outside address or prefix
 * @dst: none: destinations that are exempt
 */
struct dvr_natrule_cfg {
	struct dvr_iface *out;
	u32 prio;
	u8 kind;
	u8 proto;
	u8 mapping;
	u8 filter;
	u16 port_min;
	u16 port_max;
	u16 inside_port;
	u8 n_pools;
	struct dvr_prefix inside;
	struct dvr_prefix outside;
	struct dvr_prefix dst;
};

/**
 * struct dvr_natrule_spec - what a new rule is made of
 * @cfg: configuration
 * @handle: handle, or 0 for any
 * @pool: ranges of outside addresses, &dvr_natrule_cfg.n_pools of them
 */
struct dvr_natrule_spec {
	struct dvr_natrule_cfg cfg;
	u32 handle;
	struct dvr_natpool pool[DVR_NAT_POOLS_MAX];
};

/**
 * struct dvr_natrule - a rule
 * @slot: its handle, unique in the instance; first
 * @match: in &dvr_natshape.rules or &dvr_nat.npts
 * @cfg: configuration; near @match, as packets read both
 * @order: in &dvr_natlist.tree, under the configuration mutex, or in
 *	&dvr_nataddr.forwards
 * @claim: forward: in &dvr_nataddr.claims
 * @claim_max: forward: the last port below @claim
 * @shape: snat, none: lengths of its prefixes
 * @obj: how transactions see the rule
 * @owner: its connections
 * @nat: instance
 * @pools: snat: ranges of outside addresses
 * @lineage: number that the rule shares with the rules that it replaced, and
 *	with no other rule
 * @elder: rule that the staged rule replaces, or NULL
 * @heir: rule that replaced the rule, or NULL; a reference
 * @list: in &dvr_nat.rules
 * @at_leg: in &dvr_iface.rules
 * @key: in &dvr_net.natkeys, by what the rule is for
 * @host: floating, forward: in &dvr_net.nathosts by the inside host
 * @host_key: key of @host
 * @hits: connections that the rule has made
 * @n_conns: connections of the rule that live
 * @n_ports: snat: bindings, by the instance's lock
 * @reap: ends the connections of the rule and frees it
 * @users: the rule itself until @reap has run, and the rules whose @heir it is
 * @rcu: frees the rule
 * @n_uses: outside addresses; none for floating between prefixes (RFC 6296)
 * @use: the addresses
 */
struct dvr_natrule {
	struct dvr_slot slot;
	struct list_head match;
	struct dvr_natrule_cfg cfg;
	struct rb_node order;
	struct rb_node claim;
	u32 claim_max;
	struct dvr_natshape *shape;
	struct dvr_obj obj;
	struct dvr_owner owner;
	struct dvr_nat *nat;
	struct dvr_natpool *pools;
	unsigned long lineage;
	struct dvr_natrule *elder;
	struct dvr_natrule *heir;
	struct list_head list;
	struct list_head at_leg;
	struct rhlist_head key;
	struct rhlist_head host;
	struct dvr_nataddr_key host_key;
	atomic64_t hits;
	atomic_t n_conns;
	u32 n_ports[DVR_NATPORT_CLASSES];
	struct work_struct reap;
	refcount_t users;
	struct rcu_head rcu;
	u32 n_uses;
	struct dvr_natuse use[] __counted_by(n_uses);
};

static_assert(offsetof(struct dvr_natrule, slot) == 0);

extern const struct dvr_kind dvr_natrule_kind;
extern const struct rhashtable_params dvr_nathost_params;
extern const struct rhashtable_params dvr_natkey_params;

struct dvr_natrule *dvr_natrule_find(struct dvr_router *router, u32 handle);
struct dvr_natrule *dvr_natrule_same_key(struct dvr_router *router,
					 const struct dvr_natrule_spec *spec);
bool dvr_natrule_equal(const struct dvr_natrule *rule,
		       const struct dvr_natrule_spec *spec);
int dvr_natrule_add(struct dvr_txn *txn, struct dvr_router *router,
		    const struct dvr_natrule_spec *spec);
void dvr_natrule_del(struct dvr_txn *txn, struct dvr_natrule *rule);
bool dvr_natrule_is_inside(const struct dvr_router *router,
			   const struct in6_addr *ip);
bool dvr_natrule_needs(struct dvr_router *router, const struct dvr_iface *leg);
int dvr_natrule_leg_changed(struct dvr_txn *txn, struct dvr_iface *leg);
unsigned int dvr_natrule_del_some(struct dvr_txn *txn,
				  struct dvr_router *router, unsigned int max);
void dvr_natrule_router_del(struct dvr_txn *txn, struct dvr_router *router);

/**
 * dvr_nat_watches() - may a packet that leaves by a leg without rules have a
 *	connection
 * @route: route of the packet, or NULL
 * @out: leg that @route leads to
 *
 * Traffic between segments that are connected to the router is stateless. But a
 * next hop and a segment with an uplink may lead outside. There, an answer to a
 * packet that came in by another leg must not show its inside address.
 *
 * Context: RCU.
 * Return: true if so.
 */
static inline bool dvr_nat_watches(const struct dvr_route *route,
				   const struct dvr_iface *out)
{
	return (route && !dvr_route_leg(route)) ||
	       READ_ONCE(out->seg->n_uplinks);
}

/* True if @a comes before @b in the order in which packets try the rules. */
static inline bool dvr_natrule_before(const struct dvr_natrule *a,
				      const struct dvr_natrule *b)
{
	if (a->cfg.prio != b->cfg.prio)
		return a->cfg.prio < b->cfg.prio;
	if (a->cfg.inside.len != b->cfg.inside.len)
		return a->cfg.inside.len > b->cfg.inside.len;
	return a->slot.id < b->slot.id;
}

/* The one of @rule and @best, which may be NULL, that packets try first. */
static inline struct dvr_natrule *dvr_natrule_better(struct dvr_natrule *rule,
						     struct dvr_natrule *best)
{
	return !best || dvr_natrule_before(rule, best) ? rule : best;
}

/* A port of a protocol, as a number that orders forward rules. */
static inline u32 dvr_natrule_port(u8 proto, u16 port)
{
	return proto << 16 | port;
}

static inline u32 dvr_natrule_first(const struct dvr_natrule *rule)
{
	return dvr_natrule_port(rule->cfg.proto, rule->cfg.port_min);
}

static inline u32 dvr_natrule_last(const struct dvr_natrule *rule)
{
	return dvr_natrule_port(rule->cfg.proto, rule->cfg.port_max);
}

static inline struct dvr_natrule *dvr_natrule(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_natrule, obj);
}

#endif /* _DVR_NATRULE_H */
