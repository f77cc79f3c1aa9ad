/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NEXTHOP_H
#define _DVR_NEXTHOP_H

#include "model/outdev.h"

/**
 * struct dvr_nexthop_spec - a next hop that an operator requests
 * @via: address, v4-mapped for IPv4; 0.0.0.0 or :: for the destination itself; ::
 *	if @dev is set
 * @dev: name of the device in place of an address, or NULL
 * @segment: name of the segment that @via is on, or NULL for the segment of the
 *	leg whose subnet contains @via
 * @weight: share among the next hops of a route, 1 to 65535
 * @onlink: no subnet of the leg on @segment needs to contain @via
 */
struct dvr_nexthop_spec {
	struct in6_addr via;
	const char *dev;
	const char *segment;
	u32 weight;
	bool onlink;
};

/**
 * struct dvr_nexthop - a next hop
 * @via: see &struct dvr_nexthop_spec
 * @dev: device, for a next hop without a leg, alone in its group; else NULL, as
 *	after the end of the router
 * @iface: leg that leads to @via, or NULL; changes with the legs
 * @segment: see &struct dvr_nexthop_spec; in the memory of the group. The name
 *	holds no segment, so a route waits for a segment as it waits for a leg
 * @weight: 1 to 65535
 * @upper: highest flow hash of this next hop; the lowest is one more than
 *	@upper of the preceding next hop
 * @onlink: see &struct dvr_nexthop_spec
 */
struct dvr_nexthop {
	struct in6_addr via;
	struct dvr_outdev *dev;
	struct dvr_iface *iface;
	const char *segment;
	u32 weight;
	u32 upper;
	bool onlink;
};

/**
 * struct dvr_nhg - group of next hops, shared by the routes that have them
 * @list: in &dvr_router.nhgs, or in &dvr_router.new_nhgs until the next commit
 * @node: in &dvr_net.nhgs while @router exists
 * @router: router of the group; NULL after its end
 * @hash: hash of the next hops
 * @refs: number of these routes, by the configuration mutex
 * @rcu: frees the group
 * @n: number of next hops
 * @nh: the next hops
 */
struct dvr_nhg {
	struct list_head list;
	struct rhash_head node;
	const struct dvr_router *router;
	u32 hash;
	u32 refs;
	struct rcu_head rcu;
	u32 n;
	struct dvr_nexthop nh[] __counted_by(n);
};

/**
 * dvr_nexthop_none() - whether an address stands for the destination itself
 * @via: address of a next hop that is not by a device
 *
 * Return: true for 0.0.0.0, v4-mapped, and for ::.
 */
static inline bool dvr_nexthop_none(const struct in6_addr *via)
{
	return !via->s6_addr32[3] &&
	       (ipv6_addr_v4mapped(via) || ipv6_addr_any(via));
}

/* The route is to a segment: each destination is its own next hop. */
static inline bool dvr_nexthop_direct(const struct dvr_nexthop *nh)
{
	return dvr_nexthop_none(&nh->via);
}

extern const struct rhashtable_params dvr_nhg_params;

struct dvr_nhg *dvr_nhg_get(struct dvr_router *router,
			    const struct dvr_nexthop_spec *nh, unsigned int n);
void dvr_nhg_put(struct dvr_nhg *nhg);
bool dvr_nhg_same(const struct dvr_nhg *nhg, const struct dvr_nexthop_spec *nh,
		  unsigned int n);
struct dvr_iface *dvr_nexthop_leg(const struct dvr_router *router,
				  const struct in6_addr *via,
				  const char *segment, bool onlink);
void dvr_nhg_resolve(struct dvr_router *router);
void dvr_nhg_leave(struct dvr_router *router);
struct dvr_nexthop *dvr_nhg_select(struct dvr_nhg *nhg, u32 hash);

#endif /* _DVR_NEXTHOP_H */
