// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs of routers. The parts of a leg are staged with the leg: the MAC entry of
 * the gateway, neighbour entries for its addresses, and the routes to its
 * subnets and its addresses.
 */
#include <linux/slab.h>

#include "model/above.h"
#include "model/fdb.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/route.h"
#include "model/router.h"
#include "model/segment.h"

/**
 * dvr_iface_find() - find the leg of a router on a segment
 * @router: router, its namespace locked
 * @seg: segment
 *
 * Return: the leg as the open transaction sees it, or NULL.
 */
struct dvr_iface *dvr_iface_find(struct dvr_router *router,
				 const struct dvr_segment *seg)
{
	struct dvr_iface *iface;

	list_for_each_entry(iface, &router->ifaces, list)
		if (iface->seg == seg && dvr_obj_wanted(&iface->obj))
			return iface;
	return NULL;
}

/**
 * dvr_gateway_slow() - find the leg of a gateway MAC on a segment with many
 * @seg: segment
 * @mac: see dvr_mac()
 *
 * Context: RCU.
 * Return: the leg or NULL.
 */
struct dvr_iface *dvr_gateway_slow(const struct dvr_segment *seg, u64 mac)
{
	const struct dvr_fdb *fdb = dvr_fdb_lookup(seg, mac);

	return fdb ? fdb->iface : NULL;
}

/**
 * dvr_iface_source() - choose the source address for packets to a peer
 * @iface: leg
 * @peer: address of the peer, v4-mapped for IPv4
 * @ip: set to the leg's address in the peer's subnet, else to its first address
 *	of the family; a link-local one only if the peer or all that the leg has is
 *
 * Context: RCU.
 * Return: false if the leg has no address of the family.
 */
bool dvr_iface_source(const struct dvr_iface *iface,
		      const struct in6_addr *peer, struct in6_addr *ip)
{
	const struct dvr_iface_cfg *cfg = rcu_dereference(iface->cfg);
	bool v4 = ipv6_addr_v4mapped(peer);
	int first = v4 ? cfg->v4 : cfg->v6;
	unsigned int i;

	if (!v4 && (first < 0 || ipv6_addr_type(peer) & IPV6_ADDR_LINKLOCAL)) {
		*ip = cfg->linklocal;
		return dvr_iface_cfg_has6(cfg);
	}
	if (first < 0)
		return false;
	*ip = cfg->addr[first].ip;
	for (i = first; i < cfg->n; i++)
		if (cfg->addr[i].v4 == v4 &&
		    dvr_prefix_has(&cfg->addr[i], peer)) {
			*ip = cfg->addr[i].ip;
			break;
		}
	return true;
}

/**
 * dvr_iface_covers() - check if an address is in a leg's subnets or link-local
 * @iface: leg
 * @ip: v4-mapped for IPv4
 *
 * Context: RCU.
 * Return: true if it is; an IPv6 link-local address only if the leg has IPv6.
 */
bool dvr_iface_covers(const struct dvr_iface *iface, const struct in6_addr *ip)
{
	return dvr_iface_cfg_covers(rcu_dereference(iface->cfg), ip);
}

/* Stage a route of a leg, or the end of one. */
static int iface_part_route(struct dvr_txn *txn, struct dvr_iface *iface,
			    bool add,
			    u8 type, const struct dvr_prefix *dst)
{
	struct dvr_route_spec spec = {
		.dst = *dst,
		.type = type,
		.iface = iface,
	};
	struct dvr_route *route;
	bool ours;
	int err;

	route = dvr_route_find_metric(iface->router, dst, 0);
	ours = route && dvr_route_leg(route) == iface;
	if (!add)
		return ours && route->type == type ?
		       dvr_route_del(txn, iface->router, dst, route) : 0;
	/*
	 * Two addresses of one subnet share the routes of the subnet. An anycast
	 * address may be an address of the router, or a route of the operator.
	 */
	if ((ours && type != DVR_ROUTE_TYPE_LOCAL) ||
	    (route && type == DVR_ROUTE_TYPE_ANYCAST))
		return 0;
	err = dvr_route_add(txn, iface->router, &spec);
	if (err == -EEXIST)
		NL_SET_ERR_MSG(txn->extack,
			       "the router has another route with metric 0 to the address or subnet");
	return err;
}

static int iface_addr_routes(struct dvr_txn *txn, struct dvr_iface *iface,
			     bool add,
			     const struct dvr_prefix *addr)
{
	struct dvr_prefix dst = *addr;
	__be32 net;
	int err;

	/* The same in each segment: see check_addrs6(). */
	if (!addr->v4 && ipv6_addr_type(&addr->ip) & IPV6_ADDR_LINKLOCAL)
		return 0;
	dst.len = addr->v4 ? 32 : 128;
	err = iface_part_route(txn, iface, add, DVR_ROUTE_TYPE_LOCAL, &dst);
	if (err || addr->len == dst.len)
		return err;
	dst.len = addr->len;
	dvr_prefix_mask(&dst);
	err = iface_part_route(txn, iface, add, DVR_ROUTE_TYPE_CONNECTED, &dst);
	if (err || !addr->v4 || addr->len > 30)
		return err;
	/*
	 * RFC 1812 5.3.5: the broadcast of the subnet. All zeros, the broadcast of
	 * 4.2BSD, is a host's address, as in Linux.
	 */
	net = dvr_prefix_ip4(&dst);
	dst.len = 32;
	dvr_map4(&dst.ip, net | ~dvr_mask4(addr->len));
	return iface_part_route(txn, iface, add, DVR_ROUTE_TYPE_BROADCAST,
				&dst);
}

static int iface_add_gateway(struct dvr_txn *txn, struct dvr_iface *iface,
			     u64 mac,
			     const struct in6_addr *ip)
{
	struct dvr_neigh_info info = {
		.mac = mac,
		.iface = iface,
		.origin = DVR_ORIGIN_GATEWAY,
		.announce = true,
	};
	struct dvr_neigh *n = dvr_neigh_find(iface->seg, ip);

	/* The address is one router's alone now. */
	if (n && n->anycast)
		dvr_entry_del(txn, &n->entry);
	return PTR_ERR_OR_ZERO(dvr_neigh_add(txn, iface->seg, ip, &info));
}

static void iface_del_gateway(struct dvr_txn *txn, struct dvr_iface *iface,
			      const struct in6_addr *ip)
{
	struct dvr_neigh *n = dvr_neigh_find(iface->seg, ip);

	if (n && n->iface == iface)
		dvr_entry_del(txn, &n->entry);
}

/* One of the routers of the segment answers; all take what is sent to them. */
static int iface_answer_anycast(struct dvr_txn *txn, struct dvr_iface *iface,
				const struct dvr_iface_cfg *cfg,
				const struct in6_addr *ip)
{
	struct dvr_neigh_info info = {
		.mac = cfg->mac,
		.iface = iface,
		.origin = DVR_ORIGIN_GATEWAY,
		.anycast = true,
	};

	return PTR_ERR_OR_ZERO(dvr_neigh_add(txn, iface->seg, ip, &info));
}

static int iface_add_anycast(struct dvr_txn *txn, struct dvr_iface *iface,
			     const struct dvr_iface_cfg *cfg,
			     const struct dvr_prefix *addr)
{
	struct dvr_prefix any;
	struct dvr_neigh *n;
	int err;

	if (!dvr_iface_anycast(addr, &any))
		return 0;
	n = dvr_neigh_find(iface->seg, &any.ip);
	/* The operator has given the address to a machine. */
	if (n && !n->iface)
		return 0;
	err = iface_part_route(txn, iface, true, DVR_ROUTE_TYPE_ANYCAST, &any);
	return err || n ? err : iface_answer_anycast(txn, iface, cfg, &any.ip);
}

/*
 * Another router of the segment answers from now on. Without memory none does,
 * because a leg has to end all the same.
 */
static void iface_del_anycast(struct dvr_txn *txn, struct dvr_iface *iface,
			      const struct dvr_prefix *addr)
{
	struct dvr_iface *other;
	struct dvr_prefix any;
	struct dvr_neigh *n;

	if (!dvr_iface_anycast(addr, &any))
		return;
	n = dvr_neigh_find(iface->seg, &any.ip);
	if (!n || !n->anycast || n->iface != iface)
		return;
	dvr_entry_del(txn, &n->entry);
	if (txn->dn->dying)
		return;
	list_for_each_entry(other, &iface->seg->ifaces, seg_list)
		if (other != iface && dvr_obj_wanted(&other->obj) &&
		    dvr_iface_cfg_anycasts(dvr_iface_cfg(other), &any.ip)) {
			iface_answer_anycast(txn, other, dvr_iface_cfg(other),
					     &any.ip);
			return;
		}
}

/* A link-local address that was given is one of the leg's addresses. */
static bool iface_derives_linklocal(const struct dvr_iface_cfg *cfg)
{
	return dvr_iface_cfg_has6(cfg) &&
	       !dvr_iface_cfg_has(cfg, &cfg->linklocal);
}

static int iface_add_parts(struct dvr_txn *txn, struct dvr_iface *iface,
			   const struct dvr_iface_cfg *cfg)
{
	struct dvr_fdb *fdb;
	unsigned int i;
	int err;

	fdb = dvr_fdb_add(txn, iface->seg, cfg->mac, DVR_ORIGIN_GATEWAY, NULL,
			  iface, NULL);
	if (IS_ERR(fdb))
		return PTR_ERR(fdb);
	for (i = 0; i < cfg->n; i++) {
		err = iface_addr_routes(txn, iface, true, &cfg->addr[i]);
		if (!err)
			err = iface_add_gateway(txn, iface, cfg->mac,
						&cfg->addr[i].ip);
		if (err)
			return err;
	}
	for (i = 0; i < cfg->n; i++) {
		err = iface_add_anycast(txn, iface, cfg, &cfg->addr[i]);
		if (err)
			return err;
	}
	if (!iface_derives_linklocal(cfg))
		return 0;
	return iface_add_gateway(txn, iface, cfg->mac, &cfg->linklocal);
}

/* Stage the end of the neighbour and MAC entries. This needs no memory. */
static void iface_del_gateways(struct dvr_txn *txn, struct dvr_iface *iface)
{
	const struct dvr_iface_cfg *cfg = dvr_iface_cfg(iface);
	struct dvr_fdb *fdb = dvr_fdb_find(iface->seg, cfg->mac);
	unsigned int i;

	if (fdb && fdb->iface == iface)
		dvr_entry_del(txn, &fdb->entry);
	for (i = 0; i < cfg->n; i++) {
		iface_del_gateway(txn, iface, &cfg->addr[i].ip);
		iface_del_anycast(txn, iface, &cfg->addr[i]);
	}
	if (iface_derives_linklocal(cfg))
		iface_del_gateway(txn, iface, &cfg->linklocal);
}

static int iface_del_parts(struct dvr_txn *txn, struct dvr_iface *iface)
{
	const struct dvr_iface_cfg *cfg = dvr_iface_cfg(iface);
	struct dvr_prefix any;
	unsigned int i;
	int err;

	iface_del_gateways(txn, iface);
	for (i = 0; i < cfg->n; i++) {
		err = iface_addr_routes(txn, iface, false, &cfg->addr[i]);
		if (!err && dvr_iface_anycast(&cfg->addr[i], &any))
			err = iface_part_route(txn, iface, false,
					       DVR_ROUTE_TYPE_ANYCAST, &any);
		if (err)
			return err;
	}
	return 0;
}

static void iface_set_mac(struct dvr_iface *iface, u64 mac)
{
	u64_to_ether_addr(mac, iface->hw);
	WRITE_ONCE(iface->mac, mac);
}

/**
 * dvr_iface_add() - stage a new leg
 * @txn: open transaction
 * @router: router of the leg
 * @seg: segment on which @router has no leg, see dvr_iface_find()
 * @cfg: configuration; the leg owns it from now on, even on failure
 *
 * Return: 0, -EEXIST, -EINVAL or -ENOMEM.
 */
int dvr_iface_add(struct dvr_txn *txn, struct dvr_router *router,
		  struct dvr_segment *seg, struct dvr_iface_cfg *cfg)
{
	struct dvr_iface *iface = NULL;
	int err;

	err = dvr_iface_cfg_check(txn, router, seg, cfg);
	if (err)
		goto refuse;
	err = -ENOMEM;
	iface = kzalloc(sizeof(*iface), GFP_KERNEL_ACCOUNT);
	if (!iface)
		goto refuse;
	iface->obj.kind = &dvr_iface_kind;
	iface->router = router;
	iface->seg = seg;
	dvr_buckets_init(&iface->buckets);
	iface->ra.silent = true;
	iface->ra.last = jiffies - DVR_RA_MIN_DELAY;
	INIT_LIST_HEAD(&iface->neighs);
	INIT_LIST_HEAD(&iface->asked);
	INIT_LIST_HEAD(&iface->addresses);
	INIT_LIST_HEAD(&iface->waiting);
	INIT_LIST_HEAD(&iface->rules);
	iface->gateways = kzalloc(sizeof(*iface->gateways), GFP_KERNEL_ACCOUNT);
	if (!iface->gateways)
		goto refuse;
	iface_set_mac(iface, cfg->mac);
	iface->rpf = cfg->rpf;
	RCU_INIT_POINTER(iface->cfg, cfg);
	list_add_tail_rcu(&iface->list, &router->ifaces);
	list_add_tail(&iface->seg_list, &seg->ifaces);
	/* From here on, an abort of the transaction frees leg and cfg. */
	dvr_txn_add(txn, &iface->obj);
	dvr_router_touch_legs(txn, router);
	return iface_add_parts(txn, iface, cfg);

refuse:
	kfree(iface);
	kfree(cfg);
	return err;
}

/**
 * dvr_iface_set() - stage another configuration of a leg
 * @txn: open transaction
 * @iface: leg
 * @cfg: configuration; the leg owns it from now on, even on failure; an equal
 *	one stages nothing and is freed
 *
 * Return: 0, -EEXIST, -EINVAL or -ENOMEM.
 */
int dvr_iface_set(struct dvr_txn *txn, struct dvr_iface *iface,
		  struct dvr_iface_cfg *cfg)
{
	int err = 0;

	if (!dvr_iface_cfg_equal(dvr_iface_cfg(iface), cfg))
		err = dvr_iface_cfg_check(txn, iface->router, iface->seg, cfg) ?:
		      iface_del_parts(txn, iface) ?: 1;
	if (err <= 0) {
		kfree(cfg);
		return err;
	}
	dvr_txn_set(txn, &iface->obj, cfg);
	dvr_router_touch_legs(txn, iface->router);
	return iface_add_parts(txn, iface, cfg) ?:
	       dvr_above.nat_leg_changed(txn, iface);
}

/**
 * dvr_iface_del() - stage the end of a leg
 * @txn: open transaction
 * @iface: leg
 *
 * Routes with next hops in the leg's subnets stay, and wait for another leg.
 *
 * Return: 0, -EBUSY or -ENOMEM.
 */
int dvr_iface_del(struct dvr_txn *txn, struct dvr_iface *iface)
{
	int err;

	if (dvr_above.nat_needs(iface->router, iface)) {
		NL_SET_ERR_MSG(txn->extack,
			       "nat rules translate at this iface; delete them first");
		return -EBUSY;
	}
	err = iface_del_parts(txn, iface);
	if (err)
		return err;
	dvr_router_touch_legs(txn, iface->router);
	dvr_txn_del(txn, &iface->obj);
	return 0;
}

/**
 * dvr_iface_del_with_router() - stage the end of a leg together with its router
 * @txn: open transaction
 * @iface: leg
 *
 * The routes of the leg stay until the router is freed. This needs no memory.
 */
void dvr_iface_del_with_router(struct dvr_txn *txn, struct dvr_iface *iface)
{
	iface_del_gateways(txn, iface);
	dvr_router_touch_legs(txn, iface->router);
	dvr_txn_del(txn, &iface->obj);
}

/*
 * Publish the MAC of a leg: frames to it are routed. A leg for which there is no
 * room is found in the MAC table.
 */
static void iface_publish_gateway(struct dvr_iface *iface)
{
	struct dvr_segment *seg = iface->seg;
	struct dvr_gateways *gws = iface->gateways, *old;
	u32 i;

	iface->gateways = NULL;
	old = dvr_dereference(seg->dn, seg->gateways);
	for (i = 0; old && i < old->n; i++)
		if (old->gw[i].mac != DVR_NO_MAC)
			gws->gw[gws->n++] = old->gw[i];
	if (gws->n < DVR_GATEWAYS_INLINE) {
		gws->gw[gws->n].mac = ether_addr_to_u64(iface->hw);
		gws->gw[gws->n++].iface = iface;
	}
	gws->more = seg->n_ifaces - gws->n;
	rcu_assign_pointer(seg->gateways, gws);
	if (old)
		kfree_rcu(old, rcu);
}

/*
 * A MAC is one word, so readers see the old or the new one.
 * Return: false if the leg is one of those in the MAC table only.
 */
static bool iface_change_gateway(struct dvr_iface *iface, u64 mac)
{
	struct dvr_segment *seg = iface->seg;
	struct dvr_gateways *gws = dvr_dereference(seg->dn, seg->gateways);
	u32 i;

	for (i = 0; i < gws->n; i++)
		if (gws->gw[i].mac != DVR_NO_MAC && gws->gw[i].iface == iface) {
			WRITE_ONCE(gws->gw[i].mac, mac);
			return true;
		}
	return false;
}

static void iface_unpublish_gateway(struct dvr_iface *iface)
{
	struct dvr_segment *seg = iface->seg;
	struct dvr_gateways *gws = dvr_dereference(seg->dn, seg->gateways);

	if (!iface_change_gateway(iface, DVR_NO_MAC))
		WRITE_ONCE(gws->more, gws->more - 1);
}

static void iface_start_ra(struct dvr_iface *iface)
{
	struct dvr_segment *seg = iface->seg;

	WRITE_ONCE(iface->ra.fresh, true);
	if (!iface->ra.listed)
		list_add_tail_rcu(&iface->ra.list, &seg->advertisers);
	WRITE_ONCE(iface->ra.listed, true);
	dvr_segment_advertise(seg, jiffies);
}

/* @iface still has the configuration with which it has advertised. */
static void iface_stop_ra(struct dvr_iface *iface)
{
	if (!iface->ra.listed)
		return;
	list_del_rcu(&iface->ra.list);
	WRITE_ONCE(iface->ra.listed, false);
	if (!READ_ONCE(iface->ra.silent))
		dvr_above.ra_end(iface);
}

static void iface_publish(struct dvr_obj *obj)
{
	struct dvr_iface *iface = dvr_iface(obj);
	const struct dvr_iface_cfg *cfg;

	cfg = dvr_dereference(iface->router->dn, iface->cfg);
	iface->router->n_ifaces++;
	iface->seg->n_ifaces++;
	iface_publish_gateway(iface);
	if (dvr_iface_cfg_advertises(cfg))
		iface_start_ra(iface);
}

static void iface_cancel(struct dvr_obj *obj)
{
	kfree(obj->staged);
}

static void iface_apply(struct dvr_obj *obj)
{
	struct dvr_iface *iface = dvr_iface(obj);
	struct dvr_iface_cfg *cfg = obj->staged, *old;

	old = dvr_dereference(iface->router->dn, iface->cfg);
	/* RFC 4861 6.2.8: advertisements come from another address now. */
	if (!dvr_iface_cfg_advertises(cfg) ||
	    !ipv6_addr_equal(&old->linklocal, &cfg->linklocal))
		iface_stop_ra(iface);
	if (old->mac != cfg->mac) {
		iface_set_mac(iface, cfg->mac);
		iface_change_gateway(iface, cfg->mac);
	}
	WRITE_ONCE(iface->rpf, cfg->rpf);
	rcu_assign_pointer(iface->cfg, cfg);
	if (dvr_iface_cfg_advertises(cfg))
		iface_start_ra(iface);
	kfree_rcu(old, rcu);
}

static void iface_unpublish(struct dvr_obj *obj)
{
	struct dvr_iface *iface = dvr_iface(obj);

	iface_stop_ra(iface);
	iface_unpublish_gateway(iface);
	iface->router->n_ifaces--;
	iface->seg->n_ifaces--;
	dvr_neigh_forget_iface(iface);
}

static void iface_free(struct rcu_head *rcu)
{
	struct dvr_iface *iface = container_of(rcu, struct dvr_iface, rcu);

	kfree(rcu_dereference_protected(iface->cfg, true));
	kfree(iface->gateways);
	kfree(iface);
}

static void iface_forget(struct dvr_obj *obj)
{
	struct dvr_iface *iface = dvr_iface(obj);

	/* The rules may be forgotten after the leg. */
	while (!list_empty(&iface->rules))
		list_del_init(iface->rules.next);
	list_del_rcu(&iface->list);
	list_del(&iface->seg_list);
	call_rcu(&iface->rcu, iface_free);
}

const struct dvr_kind dvr_iface_kind = {
	.name = "iface",
	.publish = iface_publish,
	.apply = iface_apply,
	.cancel = iface_cancel,
	.unpublish = iface_unpublish,
	.forget = iface_forget,
};
