/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_CHARGE_H
#define _DVR_CHARGE_H

/*
 * Who pays for the memory of what traffic makes: the memory cgroup of the
 * process that made the segment or the router, as for configuration. At the
 * limit of the cgroup nothing more is made for that segment or router.
 */
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

/*
 * GFP_ATOMIC would be charged beyond the limit. Like all that can be done
 * without, these allocations leave the reserves of memory to others.
 */
#define DVR_GFP_CHARGED	(GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT)

/**
 * dvr_charge_get() - the memory cgroup of the process that makes an object
 *
 * Context: process.
 * Return: the cgroup with a reference, or NULL in a kernel without them.
 */
static inline struct mem_cgroup *dvr_charge_get(void)
{
	return get_mem_cgroup_from_mm(current->mm);
}

/**
 * dvr_charge_hold() - another reference to a memory cgroup
 * @memcg: the cgroup, or NULL
 *
 * Return: @memcg.
 */
static inline struct mem_cgroup *dvr_charge_hold(struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	if (memcg)
		css_get(&memcg->css);
#endif
	return memcg;
}

/**
 * dvr_charge_put() - drop a reference to a memory cgroup
 * @memcg: the cgroup, or NULL
 */
static inline void dvr_charge_put(struct mem_cgroup *memcg)
{
	mem_cgroup_put(memcg);
}

/**
 * dvr_charged_zalloc() - zeroed memory for what traffic makes
 * @memcg: memory cgroup that pays, or NULL
 * @size: number of bytes
 *
 * Return: memory for kfree(), or NULL.
 */
static inline void *dvr_charged_zalloc(struct mem_cgroup *memcg, size_t size)
{
	struct mem_cgroup *old = set_active_memcg(memcg);
	void *p = kzalloc(size, DVR_GFP_CHARGED);

	set_active_memcg(old);
	return p;
}

/**
 * dvr_charged_alloc() - an object of a cache for what traffic makes
 * @memcg: memory cgroup that pays, or NULL
 * @cache: cache
 * @zero: __GFP_ZERO or 0
 *
 * Return: object for kmem_cache_free(), or NULL.
 */
static inline void *dvr_charged_alloc(struct mem_cgroup *memcg,
				      struct kmem_cache *cache, gfp_t zero)
{
	struct mem_cgroup *old = set_active_memcg(memcg);
	void *p = kmem_cache_alloc(cache, DVR_GFP_CHARGED | zero);

	set_active_memcg(old);
	return p;
}

#endif /* _DVR_CHARGE_H */
