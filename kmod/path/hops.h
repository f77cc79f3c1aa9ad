/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_HOPS_H
#define _DVR_HOPS_H

#include <linux/hash.h>
#include <linux/percpu.h>

#include "model/iface.h"
#include "model/segment.h"

struct dvr_neigh;
struct dvr_router;

/**
 * struct dvr_hop - where a router sends what is for a destination
 * @gen: of the router; 0 if the entry is empty
 * @half: destination, v4-mapped for IPv4
 * @out: leg, which lives as long as @gen is the router's
 * @n: the next hop, which lives as long as @neigh_gen is the segment's; NULL if
 *	NAT has to look at what goes there
 * @neigh_gen: of the segment of @out
 * @untracked: the next hop of what has no connection, if @n is NULL; or NULL
 */
struct dvr_hop {
	unsigned long gen;
	u64 half[2];
	const struct dvr_iface *out;
	struct dvr_neigh *n;
	unsigned long neigh_gen;
	struct dvr_neigh *untracked;
} ____cacheline_aligned;

DECLARE_PER_CPU(struct dvr_hop *, dvr_hops);
extern u32 dvr_hops_mask;	/* of the offset of the first place */

/**
 * dvr_hops_place() - where a destination is remembered, if it is
 * @number: of the destination and of the router's generation; of numbers that
 *	follow each other, as those of most hosts do, few share a place
 *
 * Context: softirq.
 * Return: the first of its places; the second follows.
 */
static __always_inline struct dvr_hop *dvr_hops_place(u64 number)
{
	u64 hash = number * GOLDEN_RATIO_64;

	return (void *)this_cpu_read(dvr_hops) + (hash >> 32 & dvr_hops_mask);
}

/**
 * dvr_hop_holds() - is an entry that of a destination, and right
 * @hop: entry of this CPU
 * @gen: of the router
 * @high: first half of the destination, v4-mapped for IPv4
 * @low: second half
 *
 * Context: softirq, RCU.
 * Return: true if so.
 */
static __always_inline bool dvr_hop_holds(const struct dvr_hop *hop,
					  unsigned long gen, u64 high, u64 low)
{
	return hop->gen == gen && hop->half[1] == low &&
	       hop->half[0] == high &&
	       hop->neigh_gen == READ_ONCE(hop->out->seg->neigh_gen);
}

struct dvr_hop *dvr_hops_find(struct dvr_hop *places,
			      const struct dvr_router *router,
			      unsigned long gen, unsigned int hlen,
			      const void *dst);
int dvr_hops_init(void);
void dvr_hops_exit(void);

#endif /* _DVR_HOPS_H */
