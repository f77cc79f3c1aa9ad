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
 * struct dvr_hop - how a router reaches a destination
 * @gen: generation of the router; 0 if the hop is empty
 * @half: destination, v4-mapped for IPv4
 * @out: leg; valid while @gen is the router's generation
 * @n: neighbour entry of the next hop, which may have ended; NULL if NAT has to
 *	see the packets to the destination
 * @untracked: if @n is NULL, neighbour entry for packets without a connection;
 *	or NULL
 */
struct dvr_hop {
	unsigned long gen;
	u64 half[2];
	const struct dvr_iface *out;
	struct dvr_neigh *n;
	struct dvr_neigh *untracked;
} ____cacheline_aligned;

DECLARE_PER_CPU(struct dvr_hop *, dvr_hops);
extern u32 dvr_hops_mask;	/* for the offset of a first place, bytes */

/**
 * dvr_hops_place() - the places of a destination in this CPU's table
 * @number: sum of the destination and the router's generation; consecutive
 *	numbers, as the addresses of most hosts have, rarely share a place
 *
 * Context: softirq.
 * Return: the first place; the second follows.
 */
static __always_inline struct dvr_hop *dvr_hops_place(u64 number)
{
	u64 hash = number * GOLDEN_RATIO_64;

	return (void *)this_cpu_read(dvr_hops) + (hash >> 32 & dvr_hops_mask);
}

/**
 * dvr_hop_holds() - whether a hop is valid for a destination
 * @hop: hop of this CPU
 * @gen: generation of the router
 * @high: first half of the destination, v4-mapped for IPv4
 * @low: second half of the destination
 *
 * Context: softirq, RCU.
 * Return: true if the destination and the generation match.
 */
static __always_inline bool dvr_hop_holds(const struct dvr_hop *hop,
					  unsigned long gen, u64 high, u64 low)
{
	return READ_ONCE(hop->gen) == gen && hop->half[1] == low &&
	       hop->half[0] == high;
}

struct dvr_hop *dvr_hops_find(struct dvr_hop *places,
			      const struct dvr_router *router,
			      unsigned long gen, unsigned int hlen,
			      const void *dst);
void dvr_hops_check(struct dvr_hop *hop);
void dvr_hops_forget(struct dvr_neigh *n);
int dvr_hops_init(void);
void dvr_hops_exit(void);

#endif /* _DVR_HOPS_H */
