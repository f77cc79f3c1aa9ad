// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where destinations are reached, as the fast path remembers it: per CPU, in a
 * table with two places for each that is never cleaned. An entry tells for which
 * state of the router's routes and of the segment's neighbours it holds, and that
 * it is the state now is checked before anything it points to is looked at. Neither
 * the number of routers nor that of routes matters to a packet that finds its
 * entry, and a tenant who fills the table makes others look up what everybody
 * looks up without it.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <net/ip.h>

#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natrule.h"
#include "path/forward.h"
#include "path/hops.h"

/*
 * As many destinations as take about one part in so many of memory, all CPUs
 * together.
 */
#define SHARE	4096
#define LEAST	512UL
#define MOST	16384UL

/* One is in either of two places. */
#define WAYS	2

DEFINE_PER_CPU(struct dvr_hop *, dvr_hops);
u32 dvr_hops_mask __ro_after_init;

static DEFINE_PER_CPU(unsigned int, turn);

/* NAT may have to look at what goes there; the generation tells of new rules. */
static bool nat_concerns(const struct dvr_router *router,
			 const struct dvr_hop *hop)
{
	const struct dvr_nat *nat = rcu_dereference(router->nat);
	const struct dvr_natrule *rule;
	struct in6_addr dst;

	if (!nat)
		return false;
	memcpy(&dst, hop->half, sizeof(dst));
	list_for_each_entry_rcu(rule, &nat->npts, match)
		if (dvr_prefix_has(&rule->outside, &dst))
			return true;
	return READ_ONCE(hop->out->n_nat) || dvr_nataddr_find(nat, &dst);
}

/* The leg that leads to a destination, and the next hop on it in @key. */
static bool find_way(struct dvr_hop *hop, const struct dvr_route *route,
		     struct dvr_neigh_key *key)
{
	if (!route)
		return false;
	if (route->type == DVR_ROUTE_TYPE_CONNECTED) {
		hop->out = route->iface;
	} else if (route->type == DVR_ROUTE_TYPE_UNICAST &&
		   route->nhg->n == 1) {
		hop->out = READ_ONCE(route->nhg->nh[0].iface);
		key->ip = route->nhg->nh[0].via;
	} else {
		return false;
	}
	if (!hop->out)
		return false;
	key->seg = hop->out->seg;
	return true;
}

/**
 * dvr_hops_find() - remember where a destination is reached
 * @places: of the destination, see dvr_hops_place()
 * @router: router
 * @gen: its generation, read before this
 * @hlen: length of an IPv4 or of an IPv6 header, which tells the family
 * @dst: the destination as in the header
 *
 * One way only is remembered, and one over a neighbour. Where NAT has to look, that
 * is what is remembered.
 *
 * Context: softirq, RCU.
 * Return: the entry if it has a next hop, else NULL.
 */
struct dvr_hop *dvr_hops_find(struct dvr_hop *places,
			      const struct dvr_router *router,
			      unsigned long gen, unsigned int hlen,
			      const void *dst)
{
	struct dvr_hop *hop = places + this_cpu_inc_return(turn) % WAYS;
	bool v4 = hlen == sizeof(struct iphdr);
	const struct dvr_route *route;
	struct dvr_neigh_key key;
	struct dvr_neigh *n;

	hop->gen = 0;
	if (v4)
		dvr_map4(&key.ip, *(const __be32 *)dst);
	else
		key.ip = *(const struct in6_addr *)dst;
	hop->half[0] = key.half[0];
	hop->half[1] = key.half[1];
	route = dvr_lookup(router, v4, dst);
	if (!find_way(hop, route, &key))
		return NULL;
	/* Pairs with the store in dvr_segment_renew(). */
	hop->neigh_gen = smp_load_acquire(&key.seg->neigh_gen);
	hop->n = NULL;
	hop->untracked = NULL;
	if (!nat_concerns(router, hop)) {
		n = dvr_neigh_get(router->dn, &key);
		if (!n)
			return NULL;
		if (rcu_access_pointer(router->nat) &&
		    dvr_nat_watches(route, hop->out))
			hop->untracked = n;
		else
			hop->n = n;
	}
	hop->gen = gen;
	return hop->n ? hop : NULL;
}

/**
 * dvr_hops_exit() - give back the memory of dvr_hops_init()
 */
void dvr_hops_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kvfree(per_cpu(dvr_hops, cpu));
}

/* A power of two. */
static unsigned long __init wanted(void)
{
	u64 bytes = (u64)totalram_pages() * PAGE_SIZE / SHARE;
	unsigned long n;

	n = div_u64(bytes, num_possible_cpus() * sizeof(struct dvr_hop));
	return roundup_pow_of_two(clamp(n, LEAST, MOST));
}

/**
 * dvr_hops_init() - get memory for what is remembered of destinations
 *
 * Each CPU has its own, near to it.
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_hops_init(void)
{
	unsigned long n = wanted();
	struct dvr_hop *mine;
	int cpu;

	dvr_hops_mask = (n / WAYS - 1) * WAYS * sizeof(struct dvr_hop);
	for_each_possible_cpu(cpu) {
		mine = kvzalloc_node(n * sizeof(*mine), GFP_KERNEL,
				     cpu_to_node(cpu));
		if (!mine) {
			dvr_hops_exit();
			return -ENOMEM;
		}
		per_cpu(dvr_hops, cpu) = mine;
	}
	return 0;
}
