// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes in an open transaction.
 *
 * A table may have millions of routes, so a route has no &struct dvr_obj of its
 * own. Changes of one router's routes that are staged without another change
 * between them are a run. A run is an object of one transaction, which makes
 * and ends the run.
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "model/above.h"
#include "model/route_run.h"
#include "model/router.h"

static struct kmem_cache *cache;

/**
 * dvr_route_init() - create the slab cache of routes
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_route_init(void)
{
	cache = KMEM_CACHE(dvr_route, SLAB_ACCOUNT);
	return cache ? 0 : -ENOMEM;
}

/**
 * dvr_route_exit() - destroy the slab cache of routes
 *
 * Context: after rcu_barrier(), and no router is left.
 */
void dvr_route_exit(void)
{
	kmem_cache_destroy(cache);
}

/**
 * dvr_route_alloc() - allocate a route
 *
 * Return: a route, alone in its ring and otherwise zeroed, or NULL if there is
 *	no memory.
 */
struct dvr_route *dvr_route_alloc(void)
{
	struct dvr_route *route = kmem_cache_zalloc(cache, GFP_KERNEL);

	if (route)
		route->next = route;
	return route;
}

/**
 * dvr_route_free() - free a route at once
 * @route: route without next hops; no packet refers to the route any more
 */
void dvr_route_free(struct dvr_route *route)
{
	kmem_cache_free(cache, route);
}

/* Remove a route from the ring of its prefix, and release its next hops. */
static void route_leave(struct dvr_route *route)
{
	struct dvr_route *r = route;

	while (r->next != route)
		r = r->next;
	r->next = route->next;
	if (route->type == DVR_ROUTE_TYPE_UNICAST)
		dvr_nhg_put(route->nhg);
}

static void route_run_publish(struct dvr_obj *obj)
{
	struct dvr_route_run *run = container_of(obj, struct dvr_route_run, obj);
	unsigned int i;

	run->committed = true;
	for (i = 0; i < run->n; i++)
		run->router->n_routes += run->change[i].gone ? -1 : 1;
}

static void route_run_unpublish(struct dvr_obj *obj)
{
}

/* A route that came and went in one transaction is not reported. */
static void route_run_report(const struct dvr_txn *txn, struct dvr_obj *obj)
{
	struct dvr_route_run *run = container_of(obj, struct dvr_route_run, obj);
	struct dvr_route_ref ref;
	unsigned int i;

	for (i = 0; i < run->n; i++) {
		const struct dvr_route_change *c = &run->change[i];

		if (dvr_route_leg(c->route) ||
		    c->route->staged == (DVR_ROUTE_NEW | DVR_ROUTE_GONE))
			continue;
		dvr_route_ref_init(&ref, run->router, &c->dst, c->route);
		dvr_above.event(txn->dn, &ref.obj,
				c->gone ? DVR_EVENT_DEL : DVR_EVENT_NEW,
				txn, GFP_KERNEL);
	}
}

static void route_run_undo(struct dvr_route_run *run)
{
	unsigned int i = run->n;

	while (i--) {
		struct dvr_route *route = run->change[i].route;

		if (run->change[i].gone) {
			route->staged &= ~DVR_ROUTE_GONE;
		} else {
			route_leave(route);
			dvr_route_free(route);
		}
	}
}

static void route_run_free(struct rcu_head *rcu)
{
	struct dvr_route_run *run = container_of(rcu, struct dvr_route_run, rcu);
	unsigned int i;

	for (i = 0; i < run->n; i++)
		if (run->change[i].gone)
			dvr_route_free(run->change[i].route);
	kfree(run);
}

static void route_run_forget(struct dvr_obj *obj)
{
	struct dvr_route_run *run = container_of(obj, struct dvr_route_run, obj);
	bool gone = false;
	unsigned int i;

	if (!run->committed) {
		route_run_undo(run);
		kfree(run);
		return;
	}
	for (i = 0; i < run->n; i++) {
		struct dvr_route *route = run->change[i].route;

		if (run->change[i].gone) {
			route_leave(route);
			gone = true;
		} else {
			route->staged &= ~DVR_ROUTE_NEW;
		}
	}
	if (gone)
		call_rcu(&run->rcu, route_run_free);
	else
		kfree(run);
}

static const struct dvr_kind run_kind = {
	.name = "routes",
	.publish = route_run_publish,
	.unpublish = route_run_unpublish,
	.tell = route_run_report,
	.forget = route_run_forget,
};

/* The run that embeds an object, or NULL. */
static struct dvr_route_run *route_run_of(struct dvr_obj *obj)
{
	return obj->kind == &run_kind ?
	       container_of(obj, struct dvr_route_run, obj) : NULL;
}

/**
 * dvr_route_run() - get the run for the next change
 * @txn: open transaction
 * @router: router of the route that will change
 *
 * Return: a run with room for a change, or NULL if there is no memory.
 */
struct dvr_route_run *dvr_route_run(struct dvr_txn *txn,
				    struct dvr_router *router)
{
	struct dvr_route_run *run = NULL;
	size_t size;

	if (!list_empty(&txn->steps))
		run = route_run_of(list_last_entry(&txn->steps, struct dvr_obj,
						   step));
	if (run && run->router == router && run->n < run->room)
		return run;
	/* After a full run, more changes are likely. */
	size = run && run->router == router ? SZ_4K : 512;
	run = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!run)
		return NULL;
	memset(run, 0, sizeof(*run));
	run->obj.kind = &run_kind;
	run->router = router;
	run->room = (size - sizeof(*run)) / sizeof(run->change[0]);
	dvr_txn_add(txn, &run->obj);
	dvr_txn_del(txn, &run->obj);
	return run;
}

/**
 * dvr_route_run_add() - stage a change
 * @run: run with room for a change
 * @route: route; the transaction owns a new one from now on
 * @dst: prefix of the route
 * @gone: the route goes, else it comes
 */
void dvr_route_run_add(struct dvr_route_run *run, struct dvr_route *route,
		       const struct dvr_prefix *dst, bool gone)
{
	struct dvr_route_change *c = &run->change[run->n++];

	c->route = route;
	c->dst = *dst;
	c->gone = gone;
	route->staged |= gone ? DVR_ROUTE_GONE : DVR_ROUTE_NEW;
	/* The router's own addresses may have changed. */
	if (dvr_route_leg(route))
		run->checked = NULL;
}
