/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_IFACE_H
#define _DVR_IFACE_H

#include "lib/bucket.h"
#include "lib/prefix.h"
#include "lib/ramsg.h"
#include "model/object.h"
#include "model/segment.h"

/**
 * struct dvr_iface_cfg - configuration of a leg
 * @rcu: frees the configuration
 * @mac: gateway MAC, see dvr_mac()
 * @derived: @mac was not given
 * @rpf: &enum dvr_rpf
 * @n: number of addresses
 * @v4: index of the first IPv4 address, or -1
 * @v6: index of the first IPv6 address that is not link-local, or -1
 * @linklocal: the first link-local address of @addr, else the EUI-64 link-local
 *	address of @mac; :: without IPv6 addresses
 * @ra: router advertisements, part of the same memory; NULL for the default
 * @addr: gateway addresses with their host bits
 */
struct dvr_iface_cfg {
	struct rcu_head rcu;
	u64 mac;
	bool derived;
	u8 rpf;
	u8 n;
	s8 v4;
	s8 v6;
	struct in6_addr linklocal;
	struct dvr_ra_cfg *ra;
	struct dvr_prefix addr[] __counted_by(n);
};

/**
 * struct dvr_iface_ra - router advertisements of a leg
 * @list: in &dvr_segment.advertisers, an RCU list; changed under the configuration
 *	mutex
 * @listed: @list is in the list
 * @fresh: the leg begins anew with its first advertisements; set by a commit,
 *	cleared by &dvr_segment.advertise
 * @silent: the router is down, and has advertised this; by &dvr_segment.advertise, as
 *	all that follows
 * @left: first advertisements that are left
 * @due: time of the next one to all hosts, jiffies
 * @last: time of the last one to all hosts, jiffies
 */
struct dvr_iface_ra {
	struct list_head list;
	bool listed;
	bool fresh;
	bool silent;
	u8 left;
	unsigned long due;
	unsigned long last;
};

/**
 * struct dvr_iface - a router's leg on a segment
 * @obj: object of transactions
 * @router: router of the leg
 * @seg: segment of the leg
 * @mac: gateway MAC, see dvr_mac()
 * @hw: gateway MAC in the byte order of a header
 * @n_nat: live NAT rules for packets that leave by the leg
 * @rules: these and staged ones, by &dvr_natrule.at_leg and the configuration mutex
 * @rpf: source validation, see &struct dvr_iface_cfg
 * @cfg: configuration; readers by RCU
 * @buckets: limits of packets for the leg that came by an uplink
 * @ra: router advertisements
 * @gateways: memory for &dvr_segment.gateways until the leg is published, since a
 *	commit cannot allocate
 * @addresses: live entries of the leg's own addresses that are announced, by
 *	&dvr_neigh.mine and the segment's lock
 * @neighs: learned neighbour entries that are in use, those used last at the
 *	end, by &dvr_neigh.mine and the segment's lock
 * @asked: entries of hosts that asked for a gateway, not in use yet, the newest at
 *	the end, as @neighs
 * @n_neighs: entries in @neighs
 * @n_asked: entries in @asked
 * @waiting: packets that wait for a neighbour to leave by the leg, by
 *	&dvr_wait.mine and the segment's lock
 * @n_pending: these packets, and those that were just taken out of a queue
 * @list: in &dvr_router.ifaces, an RCU list
 * @seg_list: in &dvr_segment.ifaces
 * @rcu: frees the leg
 */
struct dvr_iface {
	struct dvr_obj obj;
	struct dvr_router *router;
	struct dvr_segment *seg;
	u64 mac;
	u8 hw[ETH_ALEN] __aligned(2);
	u8 rpf;
	u32 n_nat;
	struct dvr_iface_cfg __rcu *cfg;
	struct dvr_buckets buckets;
	struct dvr_iface_ra ra;
	struct list_head rules;
	struct dvr_gateways *gateways;
	struct list_head addresses;
	struct list_head neighs;
	struct list_head asked;
	u32 n_neighs;
	u32 n_asked;
	struct list_head waiting;
	atomic_t n_pending;
	struct list_head list;
	struct list_head seg_list;
	struct rcu_head rcu;
};

extern const struct dvr_kind dvr_iface_kind;

struct dvr_iface *dvr_iface_find(struct dvr_router *router,
				 const struct dvr_segment *seg);
bool dvr_iface_cfg_equal(const struct dvr_iface_cfg *a,
			 const struct dvr_iface_cfg *b);
bool dvr_iface_cfg_covers(const struct dvr_iface_cfg *cfg,
			  const struct in6_addr *ip);
bool dvr_iface_anycast(const struct dvr_prefix *addr, struct dvr_prefix *any);
bool dvr_iface_cfg_anycasts(const struct dvr_iface_cfg *cfg,
			    const struct in6_addr *ip);
int dvr_iface_cfg_check(struct dvr_txn *txn, const struct dvr_router *router,
			const struct dvr_segment *seg,
			const struct dvr_iface_cfg *cfg);
struct dvr_iface_cfg *dvr_iface_cfg_make(const struct dvr_router *router,
					 const struct dvr_segment *seg, u64 mac,
					 u8 rpf, const struct dvr_ra_cfg *ra,
					 const struct dvr_prefix *addr,
					 unsigned int n);
int dvr_iface_add(struct dvr_txn *txn, struct dvr_router *router,
		  struct dvr_segment *seg, struct dvr_iface_cfg *cfg);
int dvr_iface_set(struct dvr_txn *txn, struct dvr_iface *iface,
		  struct dvr_iface_cfg *cfg);
int dvr_iface_del(struct dvr_txn *txn, struct dvr_iface *iface);
void dvr_iface_del_with_router(struct dvr_txn *txn, struct dvr_iface *iface);
const struct dvr_iface_cfg *dvr_iface_cfg(const struct dvr_iface *iface);

struct dvr_iface *dvr_gateway_slow(const struct dvr_segment *seg, u64 mac);
bool dvr_iface_source(const struct dvr_iface *iface,
		      const struct in6_addr *peer, struct in6_addr *ip);
bool dvr_iface_covers(const struct dvr_iface *iface,
		      const struct in6_addr *ip);

/* True if the leg has IPv6, be it a link-local address alone. */
static inline bool dvr_iface_cfg_has6(const struct dvr_iface_cfg *cfg)
{
	return !ipv6_addr_any(&cfg->linklocal);
}

/* True if the leg sends router advertisements. */
static inline bool dvr_iface_cfg_advertises(const struct dvr_iface_cfg *cfg)
{
	return cfg->ra && cfg->ra->on;
}

/**
 * dvr_iface_cfg_has() - check if an address is in a leg's configuration
 * @cfg: configuration of the leg
 * @ip: v4-mapped for IPv4
 *
 * Return: true if it is.
 */
static inline bool dvr_iface_cfg_has(const struct dvr_iface_cfg *cfg,
				     const struct in6_addr *ip)
{
	unsigned int i;

	for (i = 0; i < cfg->n; i++)
		if (ipv6_addr_equal(&cfg->addr[i].ip, ip))
			return true;
	return false;
}

static inline struct dvr_iface *dvr_iface(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_iface, obj);
}

/**
 * dvr_gateway() - find the leg with a gateway MAC
 * @seg: segment
 * @mac: destination of a frame, see dvr_mac()
 *
 * Context: RCU.
 * Return: the leg, or NULL if no gateway has @mac.
 */
static inline struct dvr_iface *dvr_gateway(const struct dvr_segment *seg,
					    u64 mac)
{
	const struct dvr_gateways *gws = rcu_dereference(seg->gateways);
	u32 i;

	if (!gws)
		return NULL;
	if (unlikely(READ_ONCE(gws->more)))
		return dvr_gateway_slow(seg, mac);
	for (i = 0; i < gws->n; i++)
		if (READ_ONCE(gws->gw[i].mac) == mac)
			return gws->gw[i].iface;
	return NULL;
}

static inline bool dvr_is_gateway(const struct dvr_segment *seg, u64 mac)
{
	return dvr_gateway(seg, mac);
}

#endif /* _DVR_IFACE_H */
