// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hops of the fast path: the leg and the neighbour entry of destinations.
 * Each CPU has a table with two places for each destination. A hop is valid for
 * one generation of the router, and the pointer to the leg is followed only if
 * the generation matches.
 *
 * A neighbour entry to which a hop may point is freed in three steps. First its
 * end makes &dvr_neigh.ready 0, so that no packet uses the entry. A grace period
 * later no CPU can store a pointer to the entry, and a work removes the pointers
 * from the tables of all CPUs. A grace period after that, no packet follows one,
 * and the entry is freed.
 *
 * A packet with a hop takes the same time for any number of routers and routes.
 * A tenant who fills the table costs other tenants a look-up for each packet,
 * the same look-up that they would need without the table.
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
 * The tables of all CPUs together take about 1/SHARE of memory. The table of a
 * CPU has between LEAST and MOST hops.
 */
#define SHARE	4096
#define LEAST	512UL
#define MOST	16384UL

/* Places of a destination. */
#define WAYS	2

/* Ended neighbour entries are freed together, after so long or if so many. */
#define UNUSED_WAIT	(2 * HZ)
#define UNUSED_MAX	4096

DEFINE_PER_CPU(struct dvr_hop *, dvr_hops);
u32 dvr_hops_mask __ro_after_init;

static DEFINE_PER_CPU(unsigned int, turn);

/* NAT may have to see packets to @hop; a new rule renews the generation. */
static bool hop_needs_nat(const struct dvr_router *router,
			  const struct dvr_hop *hop)
{
	const struct dvr_nat *nat = rcu_dereference(router->nat);
	const struct dvr_natrule *rule;
	struct in6_addr dst;

	if (!nat)
		return false;
	memcpy(&dst, hop->half, sizeof(dst));
	list_for_each_entry_rcu(rule, &nat->npts.list, match)
		if (dvr_prefix_has(&rule->cfg.outside, &dst))
			return true;
	return READ_ONCE(hop->out->n_nat) || dvr_nataddr_find(nat, &dst);
}

/* Find the leg that a route leads to, and store the next hop on it in @key. */
static bool hop_find_way(struct dvr_hop *hop, const struct dvr_route *route,
			 struct dvr_entry_key *key)
{
	if (!route)
		return false;
	if (route->type == DVR_ROUTE_TYPE_CONNECTED) {
		hop->out = route->iface;
	} else if (route->type == DVR_ROUTE_TYPE_UNICAST &&
		   route->nhg->n == 1) {
		hop->out = READ_ONCE(route->nhg->nh[0].iface);
		if (!dvr_nexthop_direct(&route->nhg->nh[0]))
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
 * dvr_hops_find() - look up a destination and store its hop
 * @places: places of the destination, see dvr_hops_place()
 * @router: router
 * @gen: generation of @router, read before this call
 * @hlen: length of an IPv4 or of an IPv6 header, by which the family is chosen
 * @dst: destination as in the header, 4 or 16 bytes
 *
 * A hop is stored only for a destination with one next hop, on a leg. If NAT
 * has to see the packets to the destination, &dvr_hop.n of the hop is NULL.
 *
 * Context: softirq, RCU.
 * Return: the hop if its &dvr_hop.n is set, else NULL.
 */
struct dvr_hop *dvr_hops_find(struct dvr_hop *places,
			      const struct dvr_router *router,
			      unsigned long gen, unsigned int hlen,
			      const void *dst)
{
	struct dvr_hop *hop = places + this_cpu_inc_return(turn) % WAYS;
	bool v4 = hlen == sizeof(struct iphdr);
	const struct dvr_route *route;
	struct dvr_entry_key key;
	struct dvr_neigh *n;

	hop->gen = 0;
	if (v4)
		dvr_map4(&key.ip, *(const __be32 *)dst);
	else
		key.ip = *(const struct in6_addr *)dst;
	hop->half[0] = key.half[0];
	hop->half[1] = key.half[1];
	route = dvr_lookup(router, v4, dst);
	if (!hop_find_way(hop, route, &key))
		return NULL;
	WRITE_ONCE(hop->n, NULL);
	WRITE_ONCE(hop->untracked, NULL);
	if (hop_needs_nat(router, hop)) {
		WRITE_ONCE(hop->gen, gen);
		return NULL;
	}
	n = dvr_neigh_get(router->dn, &key);
	if (!n)
		return NULL;
	if (!READ_ONCE(n->remembered))
		WRITE_ONCE(n->remembered, true);
	if (rcu_access_pointer(router->nat) &&
	    dvr_nat_watches(route, hop->out)) {
		WRITE_ONCE(hop->untracked, n);
		WRITE_ONCE(hop->gen, gen);
		return NULL;
	}
	WRITE_ONCE(hop->n, n);
	WRITE_ONCE(hop->gen, gen);
	return hop;
}

/**
 * dvr_hops_check() - void a hop whose neighbour entry has ended
 * @hop: hop of this CPU, with which a packet could not be sent
 *
 * The next packet looks for another entry.
 *
 * Context: softirq, RCU.
 */
void dvr_hops_check(struct dvr_hop *hop)
{
	const struct dvr_neigh *n = READ_ONCE(hop->n) ?:
				    READ_ONCE(hop->untracked);

	if (!n || !dvr_obj_live(&n->entry.obj))
		WRITE_ONCE(hop->gen, 0);
}

/* Entries that have ended, and to which hops may point. */
static LLIST_HEAD(unused);
static atomic_t n_unused;

/* Remove a pointer to an entry that has ended; the hop's CPU may change it. */
static void hop_clear(struct dvr_hop *hop, struct dvr_neigh **at)
{
	struct dvr_neigh *n = READ_ONCE(*at);

	if (!n || !READ_ONCE(n->gone))
		return;
	WRITE_ONCE(hop->gen, 0);
	cmpxchg(at, n, NULL);
}

/* All entries to which a hop points are allocated, see above. */
static void hops_clear(struct dvr_hop *hops)
{
	unsigned long i, n = dvr_hops_mask / sizeof(*hops) + WAYS;

	for (i = 0; i < n; i++) {
		hop_clear(&hops[i], &hops[i].n);
		hop_clear(&hops[i], &hops[i].untracked);
	}
}

static void hops_free_unused(void)
{
	struct dvr_neigh *n, *next;
	struct llist_node *list;
	int cpu;

	list = llist_del_all(&unused);
	if (!list)
		return;
	for_each_possible_cpu(cpu) {
		hops_clear(per_cpu(dvr_hops, cpu));
		cond_resched();
	}
	synchronize_rcu();
	llist_for_each_entry_safe(n, next, list, unused) {
		atomic_dec(&n_unused);
		dvr_neigh_free(n);
	}
}

static void hops_work(struct work_struct *work)
{
	hops_free_unused();
}

static DECLARE_DELAYED_WORK(free_unused, hops_work);

/**
 * dvr_hops_forget() - free a neighbour entry when no hop points to it
 * @n: entry that ended a grace period ago
 *
 * Context: any but hard interrupts.
 */
void dvr_hops_forget(struct dvr_neigh *n)
{
	bool many = atomic_inc_return(&n_unused) > UNUSED_MAX;

	WRITE_ONCE(n->gone, true);
	llist_add(&n->unused, &unused);
	if (many)
		mod_delayed_work(dvr_wq, &free_unused, 0);
	else
		queue_delayed_work(dvr_wq, &free_unused, UNUSED_WAIT);
}

/**
 * dvr_hops_exit() - free the tables of all CPUs
 *
 * Context: process; nothing sends packets, and no neighbour entry is left.
 */
void dvr_hops_exit(void)
{
	int cpu;

	cancel_delayed_work_sync(&free_unused);
	hops_free_unused();
	for_each_possible_cpu(cpu)
		kvfree(per_cpu(dvr_hops, cpu));
}

/* The number of hops of a CPU, a power of two. */
static unsigned long __init hops_wanted(void)
{
	u64 bytes = (u64)totalram_pages() * PAGE_SIZE / SHARE;
	unsigned long n;

	n = div_u64(bytes, num_possible_cpus() * sizeof(struct dvr_hop));
	return roundup_pow_of_two(clamp(n, LEAST, MOST));
}

/**
 * dvr_hops_init() - allocate a table for each CPU, on the CPU's node
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_hops_init(void)
{
	unsigned long n = hops_wanted();
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
