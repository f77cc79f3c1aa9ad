// SPDX-License-Identifier: GPL-2.0-only
/* Routers: configuration, and changes of the routing tables. */
#include <linux/slab.h>

#include "lib/charge.h"
#include "model/above.h"
#include "model/iface.h"
#include "model/nexthop.h"
#include "model/route.h"
#include "model/route_log.h"
#include "model/router.h"

/**
 * dvr_router_cfg_init() - set the default configuration of a router
 * @cfg: configuration
 */
void dvr_router_cfg_init(struct dvr_router_cfg *cfg)
{
	/* dvr_router_set() compares the padding too. */
	memset(cfg, 0, sizeof(*cfg));
	cfg->icmp_rate = DVR_ROUTER_ICMP_RATE_DEFAULT;
	cfg->neigh_rate = DVR_ROUTER_NEIGH_RATE_DEFAULT;
	cfg->neigh_limit = DVR_ROUTER_NEIGH_LIMIT_DEFAULT;
	cfg->conn_limit = DVR_ROUTER_CONN_LIMIT_DEFAULT;
	cfg->flow_limit = DVR_ROUTER_FLOW_LIMIT_DEFAULT;
	cfg->port_rest = DVR_ROUTER_PORT_REST_DEFAULT;
	cfg->flow_cache = DVR_ROUTER_FLOW_CACHE_DEFAULT;
	cfg->timers.udp = DVR_ROUTER_UDP_TIMEOUT_DEFAULT;
	cfg->timers.tcp = DVR_ROUTER_TCP_TIMEOUT_DEFAULT;
	cfg->timers.transitory = DVR_ROUTER_TCP_TRANSITORY_TIMEOUT_DEFAULT;
	cfg->timers.icmp = DVR_ROUTER_ICMP_TIMEOUT_DEFAULT;
}

/**
 * dvr_router_find() - find a router by name
 * @dn: namespace, locked
 * @name: name of the router
 *
 * Return: the router as the open transaction sees it, or NULL.
 */
struct dvr_router *dvr_router_find(struct dvr_net *dn, const char *name)
{
	struct dvr_named *named = dvr_named_find(dn, &dvr_router_kind, name);

	return named ? container_of(named, struct dvr_router, named) : NULL;
}

/**
 * dvr_router_cfg() - get the configuration of a router
 * @router: router, its namespace locked
 *
 * Return: the configuration as the open transaction sees it.
 */
const struct dvr_router_cfg *dvr_router_cfg(const struct dvr_router *router)
{
	return router->named.obj.staged ?: &router->cfg;
}

/**
 * dvr_router_enter() - stage a new router
 * @txn: open transaction with RTNL
 * @router: router, initialized; its netdev exists, or it has none
 * @name: valid name
 * @id: requested id, or 0 for any
 * @cfg: configuration
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int dvr_router_enter(struct dvr_txn *txn, struct dvr_router *router,
		     const char *name, u32 id,
		     const struct dvr_router_cfg *cfg)
{
	struct dvr_net *dn = txn->dn;
	int err;

	err = dvr_above.nat_prepare(txn, router, cfg);
	if (err)
		return err;
	router->named.obj.kind = &dvr_router_kind;
	strscpy(router->named.name, name, sizeof(router->named.name));
	router->dn = dn;
	router->cfg = *cfg;
	err = dvr_named_insert(dn, &dn->routers, &router->named, id,
			       txn->extack);
	if (!err)
		dvr_txn_add(txn, &router->named.obj);
	return err;
}

/**
 * dvr_router_set() - stage another configuration of a router
 * @txn: open transaction
 * @router: router
 * @cfg: configuration; an equal one stages nothing
 *
 * Return: 0, -ENOMEM, -EBUSY for another zone than that of the NAT instance,
 *	-ENOSPC for too many sets of timeouts, or the error of loading a helper.
 */
int dvr_router_set(struct dvr_txn *txn, struct dvr_router *router,
		   const struct dvr_router_cfg *cfg)
{
	struct dvr_router_cfg *staged;
	int err;

	if (!memcmp(cfg, dvr_router_cfg(router), sizeof(*cfg)))
		return 0;
	err = dvr_above.nat_prepare(txn, router, cfg);
	if (err)
		return err;
	staged = kmemdup(cfg, sizeof(*cfg), GFP_KERNEL_ACCOUNT);
	if (!staged)
		return -ENOMEM;
	dvr_txn_set(txn, &router->named.obj, staged);
	return 0;
}

/**
 * dvr_router_del() - stage the end of a router, its rules and its legs
 * @txn: open transaction with RTNL
 * @router: router
 *
 * The routes stay for packets in flight, and are freed with the router.
 * This needs no memory, because the end of a netdev cannot be refused.
 */
void dvr_router_del(struct dvr_txn *txn, struct dvr_router *router)
{
	struct dvr_iface *iface;

	dvr_above.nat_router_del(txn, router);
	list_for_each_entry(iface, &router->ifaces, list)
		if (dvr_obj_wanted(&iface->obj))
			dvr_iface_del_with_router(txn, iface);
	dvr_txn_del(txn, &router->named.obj);
}

/**
 * dvr_router_next_gen() - get a generation that no router has had
 *
 * Return: the generation.
 */
unsigned long dvr_router_next_gen(void)
{
	static atomic_long_t last;

	return atomic_long_inc_return(&last);
}

/**
 * dvr_router_renew() - make the fast path forget its decisions for a router
 * @router: router with its new routes, legs or rules in place
 */
void dvr_router_renew(struct dvr_router *router)
{
	/* Pairs with the loads in fast() and dvr_flow_begin(). */
	smp_store_release(&router->gen, dvr_router_next_gen());
}

/* Publish all staged routes. */
static void router_commit_routes(struct dvr_txn *txn)
{
	struct dvr_router *router, *next;

	list_for_each_entry_safe(router, next, &txn->routers, dirty) {
		dvr_nhg_resolve(router);
		if (router->txn4)
			dvr_lpm_txn_commit(router->txn4);
		if (router->txn6)
			dvr_lpm_txn_commit(router->txn6);
		router->txn4 = NULL;
		router->txn6 = NULL;
		dvr_route_log_commit(router);
		dvr_route_log_abort(router);
		router->legs_change = false;
		list_del_init(&router->dirty);
	}
}

/* Drop all staged routes. */
static void router_abort_routes(struct dvr_txn *txn)
{
	struct dvr_router *router, *next;

	list_for_each_entry_safe(router, next, &txn->routers, dirty) {
		if (router->txn4)
			dvr_lpm_txn_abort(router->txn4);
		if (router->txn6)
			dvr_lpm_txn_abort(router->txn6);
		router->txn4 = NULL;
		router->txn6 = NULL;
		dvr_route_log_abort(router);
		router->legs_change = false;
		list_del_init(&router->dirty);
	}
}

static const struct dvr_txn_tables router_tables = {
	.commit = router_commit_routes,
	.abort = router_abort_routes,
};

static void router_make_dirty(struct dvr_txn *txn, struct dvr_router *router)
{
	txn->tables = &router_tables;
	if (list_empty(&router->dirty))
		list_add_tail(&router->dirty, &txn->routers);
}

/**
 * dvr_router_touch() - make the commit resolve new next hops of a router, and make
 *	the fast path forget its decisions
 * @txn: open transaction
 * @router: router whose rules or legs are staged to change
 */
void dvr_router_touch(struct dvr_txn *txn, struct dvr_router *router)
{
	router->renew_all = true;
	router_make_dirty(txn, router);
}

/**
 * dvr_router_touch_legs() - make the commit resolve all next hops of a router
 * @txn: open transaction
 * @router: router whose legs are staged to change
 */
void dvr_router_touch_legs(struct dvr_txn *txn, struct dvr_router *router)
{
	router->legs_change = true;
	dvr_router_touch(txn, router);
}

/**
 * dvr_router_stage() - staged routes of a router
 * @txn: open transaction
 * @router: router
 * @dst: prefix whose route is about to change
 *
 * Return: the routing table's transaction, or NULL without memory.
 */
struct dvr_lpm_txn *dvr_router_stage(struct dvr_txn *txn,
				     struct dvr_router *router,
				     const struct dvr_prefix *dst)
{
	struct dvr_lpm_txn **lt = dst->v4 ? &router->txn4 : &router->txn6;

	if (!*lt)
		*lt = dvr_lpm_begin(dst->v4 ? &router->rt4 : &router->rt6);
	if (!*lt)
		return NULL;
	router_make_dirty(txn, router);
	dvr_route_log_stage(router, dst);
	return *lt;
}

/**
 * dvr_router_init() - initialize a router for dvr_router_enter()
 * @router: router, zeroed except for @dev and @bare
 *
 * Return: 0 or -ENOMEM.
 */
int dvr_router_init(struct dvr_router *router)
{
	router->stats = dvr_stats_alloc();
	if (!router->stats)
		return -ENOMEM;
	router->charge = dvr_charge_get();
	dvr_router_renew(router);
	router->detour = BIT(DVR_DETOUR_DEAD) | BIT(DVR_DETOUR_DOWN);
	dvr_lpm_init(&router->rt4, 32);
	dvr_lpm_init(&router->rt6, 128);
	INIT_LIST_HEAD(&router->dirty);
	INIT_LIST_HEAD(&router->ifaces);
	INIT_LIST_HEAD(&router->nhgs);
	INIT_LIST_HEAD(&router->new_nhgs);
	dvr_buckets_init(&router->buckets);
	return 0;
}

static void router_free_routes(struct dvr_lpm *lpm)
{
	struct dvr_route *route;
	struct in6_addr key = {};
	bool inclusive = true;
	u8 len = 0;

	while ((route = dvr_lpm_next(lpm, &key, &len, inclusive))) {
		dvr_route_free_ring(route);
		inclusive = false;
		cond_resched();
	}
	dvr_lpm_destroy(lpm);
}

/**
 * dvr_router_destroy() - free the routes, NAT instance and counters of a router
 * @router: router; no packet refers to the router any more
 */
void dvr_router_destroy(struct dvr_router *router)
{
	router_free_routes(&router->rt4);
	router_free_routes(&router->rt6);
	dvr_above.nat_router_gone(router);
	kfree(router->log);
	dvr_stats_free(router->stats);
	dvr_charge_put(router->charge);
}

static void router_set_detour(struct dvr_router *router)
{
	if (router->cfg.flow_cache)
		clear_bit(DVR_DETOUR_ASKED, &router->detour);
	else
		set_bit(DVR_DETOUR_ASKED, &router->detour);
}

static void router_publish(struct dvr_obj *obj)
{
	router_set_detour(dvr_router(obj));
	clear_bit(DVR_DETOUR_DEAD, &dvr_router(obj)->detour);
}

static void router_cancel(struct dvr_obj *obj)
{
	kfree(obj->staged);
}

static void router_apply(struct dvr_obj *obj)
{
	struct dvr_router *router = dvr_router(obj);
	const struct dvr_router_cfg *cfg = obj->staged;
	unsigned int i;
	bool stale;

	/* A flow keeps the idle time of its making; flows may be too many. */
	stale = memcmp(&router->cfg.timers, &cfg->timers, sizeof(cfg->timers)) ||
		cfg->flow_limit < router->cfg.flow_limit;
	WRITE_ONCE(router->cfg.icmp_rate, cfg->icmp_rate);
	WRITE_ONCE(router->cfg.neigh_rate, cfg->neigh_rate);
	WRITE_ONCE(router->cfg.neigh_limit, cfg->neigh_limit);
	WRITE_ONCE(router->cfg.conn_limit, cfg->conn_limit);
	WRITE_ONCE(router->cfg.port_rest, cfg->port_rest);
	WRITE_ONCE(router->cfg.zone, cfg->zone);
	WRITE_ONCE(router->cfg.helpers, cfg->helpers);
	for (i = 0; i < ARRAY_SIZE(cfg->helper_ports); i++)
		WRITE_ONCE(router->cfg.helper_ports[i], cfg->helper_ports[i]);
	router->cfg.timers = cfg->timers;
	dvr_above.nat_apply(router);
	WRITE_ONCE(router->cfg.punt, cfg->punt);
	WRITE_ONCE(router->cfg.flow_limit, cfg->flow_limit);
	WRITE_ONCE(router->cfg.flow_cache, cfg->flow_cache);
	router_set_detour(router);
	kfree(cfg);
	if (stale)
		dvr_router_renew(router);
}

static void router_unpublish(struct dvr_obj *obj)
{
	set_bit(DVR_DETOUR_DEAD, &dvr_router(obj)->detour);
}

/* The netdev is unregistered after the transaction, and frees the router. */
static void router_forget(struct dvr_obj *obj)
{
	struct dvr_router *router = dvr_router(obj);

	dvr_nhg_leave(router);
	dvr_named_remove(router->dn, &router->dn->routers, &router->named);
	if (router->bare)
		dvr_above.bare_put(router);
	else if (!router->gone)
		unregister_netdevice_queue(router->dev, &router->dn->dead_devs);
}

const struct dvr_kind dvr_router_kind = {
	.name = "router",
	.publish = router_publish,
	.apply = router_apply,
	.cancel = router_cancel,
	.unpublish = router_unpublish,
	.forget = router_forget,
};
