// SPDX-License-Identifier: GPL-2.0-only
/* Counters of routers and ports. */
#include <linux/percpu.h>

#include "lib/charge.h"
#include "lib/dvr.h"

/**
 * dvr_stats_alloc() - allocate counters for all CPUs
 *
 * Return: counters, all zero, or NULL if there is no memory.
 */
struct dvr_stats __percpu *dvr_stats_alloc(void)
{
	struct dvr_stats __percpu *stats;
	int cpu;

	stats = alloc_percpu_gfp(struct dvr_stats,
				 GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!stats)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

/**
 * dvr_stats_free() - free counters
 * @stats: counters, or NULL; no packet counts any more
 */
void dvr_stats_free(struct dvr_stats __percpu *stats)
{
	int cpu;

	if (!stats)
		return;
	for_each_possible_cpu(cpu)
		kfree(per_cpu_ptr(stats, cpu)->drops);
	free_percpu(stats);
}

/* The CPU may have made its counters meanwhile, or be another CPU. */
static noinline struct dvr_drops *stats_make_drops(struct dvr_stats __percpu *stats,
						   struct mem_cgroup *charge)
{
	struct dvr_drops *new, *old;

	new = dvr_charged_zalloc(charge, sizeof(*new));
	if (!new)
		return NULL;
	old = this_cpu_cmpxchg(stats->drops, NULL, new);
	if (!old)
		return new;
	kfree(new);
	return old;
}

/**
 * dvr_count_drop() - count a dropped packet
 * @stats: counters of a router or port
 * @reason: reason of the drop
 * @charge: memory cgroup that pays for the counters by reason
 *
 * Context: softirq, RCU.
 */
void dvr_count_drop(struct dvr_stats __percpu *stats, enum dvr_drop reason,
		    struct mem_cgroup *charge)
{
	struct dvr_drops *drops = this_cpu_read(stats->drops);

	this_cpu_inc(stats->dropped);
	if (unlikely(!drops))
		drops = stats_make_drops(stats, charge);
	if (drops)
		atomic_long_inc(&drops->n[reason]);
}

/**
 * dvr_stats_sum() - sum up counters over all CPUs
 * @stats: counters
 * @sum: set to the sums
 */
void dvr_stats_sum(struct dvr_stats __percpu *stats, struct dvr_stats_sum *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct dvr_stats *s = per_cpu_ptr(stats, cpu);
		u64 rx_packets, rx_bytes, tx_packets, tx_bytes;
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			rx_packets = u64_stats_read(&s->rx_packets);
			rx_bytes = u64_stats_read(&s->rx_bytes);
			tx_packets = u64_stats_read(&s->tx_packets);
			tx_bytes = u64_stats_read(&s->tx_bytes);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		sum->rx_packets += rx_packets;
		sum->rx_bytes += rx_bytes;
		sum->tx_packets += tx_packets;
		sum->tx_bytes += tx_bytes;
		sum->dropped += READ_ONCE(s->dropped);
	}
}

/**
 * dvr_stats_drops() - count the drops for a reason
 * @stats: counters of a router or port
 * @reason: reason of the drops
 *
 * Return: number of dropped packets.
 */
u64 dvr_stats_drops(struct dvr_stats __percpu *stats, enum dvr_drop reason)
{
	const struct dvr_drops *drops;
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		drops = READ_ONCE(per_cpu_ptr(stats, cpu)->drops);
		if (drops)
			sum += atomic_long_read(&drops->n[reason]);
	}
	return sum;
}
