// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which prefixes the last commits of a router have changed. A commit changes the
 * router's generation, which makes all decisions of the fast path void. A flow whose
 * addresses are in no prefix that has changed since is as it would be made again, so
 * it stays. The log is read by the first packet of a flow after a commit, not by the
 * others.
 */
#include <linux/seqlock.h>
#include <linux/slab.h>

#include "model/route_log.h"
#include "model/router.h"

/* A flow that has sent nothing for so many changes is made again. */
#define ROUTE_LOG_SIZE		64

/* A commit of more changes makes all flows void. */
#define ROUTE_LOG_STAGED	16

/**
 * struct route_change - a change of the routes to a prefix
 * @from: generation of the router before the change
 * @to: generation after the change
 * @dst: prefix
 */
struct route_change {
	unsigned long from;
	unsigned long to;
	struct dvr_prefix dst;
};

/**
 * struct dvr_route_log - the last changes of the routes of a router
 * @seq: @last and @change are written; the writer has the configuration mutex
 * @last: the newest of @change
 * @n_staged: number of @staged
 * @staged: prefixes that the open transaction changes
 * @change: changes, in a circle
 */
struct dvr_route_log {
	seqcount_t seq;
	unsigned int last;
	unsigned int n_staged;
	struct dvr_prefix staged[ROUTE_LOG_STAGED];
	struct route_change change[ROUTE_LOG_SIZE];
};

static struct dvr_route_log *route_log_get(struct dvr_router *router)
{
	struct dvr_route_log *log = router->log;

	if (log)
		return log;
	log = kzalloc(sizeof(*log), GFP_KERNEL_ACCOUNT);
	if (!log)
		return NULL;
	seqcount_init(&log->seq);
	/* Pairs with the load in dvr_route_log_spares(). */
	smp_store_release(&router->log, log);
	return log;
}

/**
 * dvr_route_log_stage() - note that the open transaction changes a route
 * @router: router, its namespace locked
 * @dst: prefix of the route
 *
 * Without memory, or after too many changes, the commit makes all flows void. A
 * router without NAT has no flows.
 */
void dvr_route_log_stage(struct dvr_router *router,
			 const struct dvr_prefix *dst)
{
	struct dvr_route_log *log;

	if (router->renew_all)
		return;
	log = router->nat_ctl ? route_log_get(router) : NULL;
	if (!log || log->n_staged == ROUTE_LOG_STAGED)
		router->renew_all = true;
	else
		log->staged[log->n_staged++] = *dst;
}

/**
 * dvr_route_log_commit() - change the generation of a router
 * @router: router with its new routes in place
 */
void dvr_route_log_commit(struct dvr_router *router)
{
	unsigned long old = READ_ONCE(router->gen), gen = old;
	struct dvr_route_log *log = router->log;
	unsigned int i;

	if (router->renew_all || !log || !log->n_staged) {
		dvr_router_renew(router);
		return;
	}
	preempt_disable();
	write_seqcount_begin(&log->seq);
	for (i = 0; i < log->n_staged; i++) {
		struct route_change *c;

		log->last = (log->last + 1) % ROUTE_LOG_SIZE;
		c = &log->change[log->last];
		c->from = gen;
		gen = dvr_router_next_gen();
		c->to = gen;
		c->dst = log->staged[i];
	}
	write_seqcount_end(&log->seq);
	preempt_enable();
	/* Pairs with the loads in fast() and dvr_flow_begin(). */
	if (cmpxchg_release(&router->gen, old, gen) != old)
		dvr_router_renew(router);
}

/**
 * dvr_route_log_abort() - forget what was staged, after a commit too
 * @router: router
 */
void dvr_route_log_abort(struct dvr_router *router)
{
	if (router->log)
		router->log->n_staged = 0;
	router->renew_all = false;
}

static bool route_change_has(const struct route_change *c,
			     const struct in6_addr *addr, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (dvr_prefix_has(&c->dst, &addr[i]))
			return true;
	return false;
}

/**
 * dvr_route_log_spares() - check that nothing has changed for some addresses
 * @router: router
 * @from: generation that the router had
 * @to: generation that the router has, which the caller has loaded with acquire
 *	semantics
 * @addr: addresses, v4-mapped for IPv4
 * @n: number of addresses
 *
 * Context: RCU.
 * Return: true if between the generations nothing but routes to prefixes without any
 *	of the addresses has changed; false if that is not known.
 */
bool dvr_route_log_spares(const struct dvr_router *router, unsigned long from,
			  unsigned long to, const struct in6_addr *addr,
			  unsigned int n)
{
	/* Pairs with the store in route_log_get(). */
	const struct dvr_route_log *log = smp_load_acquire(&router->log);
	bool begun = false;
	unsigned int seq, i;

	if (!log)
		return false;
	seq = raw_read_seqcount(&log->seq);
	if (seq & 1)
		return false;
	for (i = 0; i < ROUTE_LOG_SIZE && to != from; i++) {
		const struct route_change *c;

		c = &log->change[(log->last + ROUTE_LOG_SIZE - i) % ROUTE_LOG_SIZE];
		if (c->to == to) {
			begun = true;
			to = c->from;
			if (route_change_has(c, addr, n))
				return false;
		} else if (begun) {
			return false;
		}
	}
	return to == from && !read_seqcount_retry(&log->seq, seq);
}
