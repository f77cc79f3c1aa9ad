/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ROUTER_H
#define _DVR_ROUTER_H

#include <linux/netdevice.h>

#include "lib/bucket.h"
#include "lib/lpm.h"
#include "model/above.h"
#include "model/object.h"

/**
 * struct dvr_timers_cfg - timeouts of idle connections, seconds
 * @udp: UDP (RFC 4787 REQ-5)
 * @tcp: established TCP (RFC 5382 REQ-5)
 * @transitory: TCP while it opens or closes (RFC 5382 REQ-5, RFC 7857 2)
 * @icmp: ICMP queries (RFC 5508 REQ-2)
 */
struct dvr_timers_cfg {
	u32 udp;
	u32 tcp;
	u32 transitory;
	u32 icmp;
};

/**
 * struct dvr_router_cfg - configuration of a router
 * @icmp_rate: limit of ICMP errors a second about the packets of one port
 * @neigh_rate: limit of neighbours a second that the router begins to resolve
 *	for the packets of one port
 * @neigh_limit: limit of learned neighbours of each leg
 * @conn_limit: limit of connections in translation
 * @flow_limit: limit of flows of the fast path, two for a connection
 * @port_rest: how long an outside port that any remote host could use is not
 *	given to another inside host, seconds (RFC 6888 REQ-8)
 * @zone: conntrack zone, or 0 for a free one
 * @helpers: DVR_HELPERS_* bits of protocols with a helper
 * @helper_ports: where the helpers are used, DVR_HELPERS_* bit << 16 | port in
 *	host byte order; 0 for none; packets read
 *	them one by one
 * @timers: timeouts of idle connections
 * @punt: hand packets for the router's own addresses to the host
 * @flow_cache: let packets take the fast path
 */
struct dvr_router_cfg {
	u32 icmp_rate;
	u32 neigh_rate;
	u32 neigh_limit;
	u32 conn_limit;
	u32 flow_limit;
	u32 port_rest;
	u32 zone;
	u32 helpers;
	u32 helper_ports[DVR_HELPER_PORTS_MAX];
	struct dvr_timers_cfg timers;
	u8 punt;
	u8 flow_cache;
};

struct dvr_prefix;
struct dvr_route_log;

/* Bits of &dvr_router.detour, see fast.c. */
enum dvr_detour {
	DVR_DETOUR_DEAD,	/* not live */
	DVR_DETOUR_DOWN,	/* its netdev is down */
	DVR_DETOUR_ASKED,	/* flow-cache off */
};

/**
 * struct dvr_router - a virtual router, the private part of its netdev if any
 * @named: name and id
 * @dn: namespace
 * @dev: netdev of the router, or &dvr_net.blank
 * @detour: reasons why no packet may take the fast path, as bits of
 *	&enum dvr_detour, set and cleared atomically
 * @gen: generation: changes with routes, legs and rules, and when a port with
 *	connections of the router ends; no other router ever has the same
 *	value; never 0; see dvr_router_renew()
 * @stats: counters
 * @charge: memory cgroup that pays for what the traffic of the router makes
 * @cfg: configuration; the packet path reads its fields one by one
 * @rt4: IPv4 routes, prefix -> &struct dvr_route
 * @rt6: IPv6 routes
 * @txn4: staged changes of @rt4, or NULL; by the configuration mutex
 * @txn6: staged changes of @rt6, or NULL
 * @dirty: in &dvr_txn.routers while changes of routes or legs are staged
 * @ifaces: legs, by &dvr_iface.list, an RCU list; changed under the
 *	configuration mutex
 * @nhgs: groups of next hops, by &dvr_nhg.list and the configuration mutex
 * @new_nhgs: groups whose legs were not looked for yet
 * @legs_change: changes of legs are staged
 * @renew_all: what is staged may concern any flow
 * @log: the last changes of routes, or NULL
 * @n_ifaces: live legs
 * @n_routes: live routes, those of legs included
 * @n_neighs: learned neighbours of all legs
 * @n_pending: packets that wait for a neighbour
 * @buckets: limits of packets that came by no leg
 * @nat: NAT instance while a rule is live; readers by RCU
 * @nat_ctl: the instance, by the configuration mutex, or NULL before any rule
 * @gather: fragments that wait for the rest of their packets, or NULL while the
 *	router does not gather
 * @free: frees a router without a netdev after a grace period
 * @bare: the router has no netdev
 * @gone: the netdev is being unregistered
 */
struct dvr_router {
	struct dvr_named named;
	struct dvr_net *dn;
	struct net_device *dev;
	unsigned long detour;
	unsigned long gen;
	struct dvr_stats __percpu *stats;
	struct mem_cgroup *charge;
	struct dvr_router_cfg cfg;
	struct dvr_lpm rt4;
	struct dvr_lpm rt6;
	struct dvr_lpm_txn *txn4;
	struct dvr_lpm_txn *txn6;
	struct list_head dirty;
	struct list_head ifaces;
	struct list_head nhgs;
	struct list_head new_nhgs;
	bool legs_change;
	bool renew_all;
	struct dvr_route_log *log;
	u32 n_ifaces;
	u32 n_routes;
	atomic_t n_neighs;
	atomic_t n_pending;
	struct dvr_buckets buckets;
	struct dvr_nat __rcu *nat;
	struct dvr_nat *nat_ctl;
	struct dvr_gather __rcu *gather;
	struct rcu_work free;
	bool bare;
	bool gone;
};

extern const struct dvr_kind dvr_router_kind;

int dvr_router_init(struct dvr_router *router);
void dvr_router_destroy(struct dvr_router *router);
void dvr_router_cfg_init(struct dvr_router_cfg *cfg);
struct dvr_router *dvr_router_find(struct dvr_net *dn, const char *name);
int dvr_router_enter(struct dvr_txn *txn, struct dvr_router *router,
		     const char *name, u32 id,
		     const struct dvr_router_cfg *cfg);
int dvr_router_set(struct dvr_txn *txn, struct dvr_router *router,
		   const struct dvr_router_cfg *cfg);
void dvr_router_del(struct dvr_txn *txn, struct dvr_router *router);
const struct dvr_router_cfg *dvr_router_cfg(const struct dvr_router *router);

unsigned long dvr_router_next_gen(void);
void dvr_router_renew(struct dvr_router *router);
struct dvr_lpm_txn *dvr_router_stage(struct dvr_txn *txn,
				     struct dvr_router *router,
				     const struct dvr_prefix *dst);
void dvr_router_touch(struct dvr_txn *txn, struct dvr_router *router);
void dvr_router_touch_legs(struct dvr_txn *txn, struct dvr_router *router);

static inline struct dvr_router *dvr_router(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_router, named.obj);
}

/**
 * dvr_is_router() - check if a netdev belongs to a router
 * @dev: netdev
 *
 * Return: true if it does.
 */
static inline bool dvr_is_router(const struct net_device *dev)
{
	return dev->netdev_ops == dvr_above.router_ops;
}

/* True unless the router's netdev is down. */
static inline bool dvr_router_up(const struct dvr_router *router)
{
	return !test_bit(DVR_DETOUR_DOWN, &router->detour);
}

#endif /* _DVR_ROUTER_H */
