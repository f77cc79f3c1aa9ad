// SPDX-License-Identifier: GPL-2.0-only
/* Next hops, in groups that routes share. */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "model/iface.h"
#include "model/neigh.h"
#include "model/nexthop.h"
#include "model/router.h"

static bool nexthop_same_name(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool nexthop_same(const struct dvr_nexthop *nh,
			 const struct dvr_nexthop_spec *spec)
{
	return nh->weight == spec->weight && nh->onlink == spec->onlink &&
	       ipv6_addr_equal(&nh->via, &spec->via) &&
	       nexthop_same_name(nh->dev ? nh->dev->name : NULL, spec->dev) &&
	       nexthop_same_name(nh->segment, spec->segment);
}

/**
 * dvr_nhg_same() - check if a group has these next hops
 * @nhg: group
 * @nh: next hops
 * @n: number of next hops
 *
 * Return: true if the group has them and no others, in this order.
 */
bool dvr_nhg_same(const struct dvr_nhg *nhg, const struct dvr_nexthop_spec *nh,
		  unsigned int n)
{
	unsigned int i;

	if (nhg->n != n)
		return false;
	for (i = 0; i < n; i++)
		if (!nexthop_same(&nhg->nh[i], &nh[i]))
			return false;
	return true;
}

/* What a group is found by. */
struct nhg_key {
	const struct dvr_router *router;
	const struct dvr_nexthop_spec *nh;
	unsigned int n;
	u32 hash;
};

static u32 nexthop_hash_name(const char *name, u32 hash)
{
	return name ? jhash(name, strlen(name), hash) : hash;
}

static u32 nhg_hash(const struct dvr_nexthop_spec *nh, unsigned int n)
{
	u32 hash = n;

	for (; n--; nh++) {
		hash = jhash2((__force const u32 *)nh->via.s6_addr32, 4, hash);
		hash = jhash_2words(nh->weight, nh->onlink, hash);
		hash = nexthop_hash_name(nh->dev, hash);
		hash = nexthop_hash_name(nh->segment, hash);
	}
	return hash;
}

static u32 nhg_hash_of(const struct dvr_router *router, u32 hash, u32 seed)
{
	return jhash_2words(hash_ptr(router, 32), hash, seed);
}

static u32 nhg_key_hashfn(const void *data, u32 len, u32 seed)
{
	const struct nhg_key *key = data;

	return nhg_hash_of(key->router, key->hash, seed);
}

static u32 nhg_obj_hashfn(const void *data, u32 len, u32 seed)
{
	const struct dvr_nhg *nhg = data;

	return nhg_hash_of(nhg->router, nhg->hash, seed);
}

static int nhg_cmpfn(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct nhg_key *key = arg->key;
	const struct dvr_nhg *nhg = data;

	return key->router != nhg->router || key->hash != nhg->hash ||
	       !dvr_nhg_same(nhg, key->nh, key->n);
}

const struct rhashtable_params dvr_nhg_params = {
	.head_offset = offsetof(struct dvr_nhg, node),
	.key_len = sizeof(struct nhg_key),
	.hashfn = nhg_key_hashfn,
	.obj_hashfn = nhg_obj_hashfn,
	.obj_cmpfn = nhg_cmpfn,
	.automatic_shrinking = true,
};

/*
 * Divide the 32 bit flow hashes by weight, as the kernel's ECMP does: bounds take no
 * memory for a weight. All weights together have 21 bits.
 */
static void nhg_share_hashes(struct dvr_nhg *nhg)
{
	u64 total = 0, sum = 0;
	unsigned int i;

	for (i = 0; i < nhg->n; i++)
		total += nhg->nh[i].weight;
	for (i = 0; i < nhg->n; i++) {
		sum += nhg->nh[i].weight;
		nhg->nh[i].upper = div64_u64(sum << 32, total) - 1;
	}
}

/* Allocate a group whose next hops are all zero, with room for their names. */
static struct dvr_nhg *nhg_alloc(const struct dvr_nexthop_spec *nh,
				 unsigned int n, char **names)
{
	size_t size = 0, head;
	struct dvr_nhg *nhg;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (nh[i].segment)
			size += strlen(nh[i].segment) + 1;
	head = struct_size(nhg, nh, n);
	nhg = kzalloc(head + size, GFP_KERNEL_ACCOUNT);
	if (!nhg)
		return NULL;
	nhg->n = n;
	*names = (char *)nhg + head;
	return nhg;
}

static void nexthop_fill(struct dvr_nexthop *nh,
			 const struct dvr_nexthop_spec *spec, char **names)
{
	size_t size;

	nh->via = spec->via;
	nh->weight = spec->weight;
	nh->onlink = spec->onlink;
	if (!spec->segment)
		return;
	size = strlen(spec->segment) + 1;
	nh->segment = memcpy(*names, spec->segment, size);
	*names += size;
}

static struct dvr_nhg *nhg_make(struct dvr_router *router,
				const struct nhg_key *key)
{
	const struct dvr_nexthop_spec *nh = key->nh;
	struct dvr_nhg *nhg;
	unsigned int i;
	char *names;

	nhg = nhg_alloc(nh, key->n, &names);
	if (!nhg)
		return NULL;
	nhg->router = router;
	nhg->hash = key->hash;
	if (nh->dev) {
		nhg->nh[0].dev = dvr_outdev_get(router->dn, nh->dev);
		if (!nhg->nh[0].dev)
			goto no_dev;
	}
	if (rhashtable_insert_fast(&router->dn->nhgs, &nhg->node,
				   dvr_nhg_params))
		goto no_node;
	for (i = 0; i < key->n; i++)
		nexthop_fill(&nhg->nh[i], &nh[i], &names);
	nhg_share_hashes(nhg);
	list_add_tail(&nhg->list, &router->new_nhgs);
	return nhg;

no_node:
	if (nhg->nh[0].dev)
		dvr_outdev_put(nhg->nh[0].dev);
no_dev:
	kfree(nhg);
	return NULL;
}

/**
 * dvr_nhg_get() - get a reference to the group with these next hops
 * @router: router, its namespace locked
 * @nh: next hops
 * @n: number of next hops, at least one
 *
 * Routes with equal next hops share a group.
 *
 * Return: the group, or NULL if there is no memory.
 */
struct dvr_nhg *dvr_nhg_get(struct dvr_router *router,
			    const struct dvr_nexthop_spec *nh, unsigned int n)
{
	const struct nhg_key key = {
		.router = router,
		.nh = nh,
		.n = n,
		.hash = nhg_hash(nh, n),
	};
	struct dvr_nhg *nhg;

	dvr_assert_locked(router->dn);
	nhg = rhashtable_lookup_fast(&router->dn->nhgs, &key, dvr_nhg_params) ?:
	      nhg_make(router, &key);
	if (nhg)
		nhg->refs++;
	return nhg;
}

/* The group is not found any more, and holds no device. */
static void nhg_leave(struct dvr_nhg *nhg)
{
	struct dvr_outdev *dev = nhg->nh[0].dev;

	rhashtable_remove_fast(&nhg->router->dn->nhgs, &nhg->node,
			       dvr_nhg_params);
	nhg->router = NULL;
	if (dev)
		dvr_outdev_put(dev);
}

/**
 * dvr_nhg_put() - release the reference of a route to its group
 * @nhg: group, or NULL
 */
void dvr_nhg_put(struct dvr_nhg *nhg)
{
	if (!nhg || --nhg->refs)
		return;
	list_del(&nhg->list);
	if (nhg->router)
		nhg_leave(nhg);
	kfree_rcu(nhg, rcu);
}

/**
 * dvr_nhg_leave() - release the devices of a router that ends
 * @router: router, its namespace locked
 *
 * The groups are freed with the routes and the netdev, without the lock.
 */
void dvr_nhg_leave(struct dvr_router *router)
{
	struct dvr_nhg *nhg;

	list_splice_init(&router->new_nhgs, &router->nhgs);
	list_for_each_entry(nhg, &router->nhgs, list) {
		nhg_leave(nhg);
		WRITE_ONCE(nhg->nh[0].dev, NULL);
	}
}

/* The leg asks for the next hop from an address of the same family. */
static bool nexthop_is_on(const struct dvr_iface_cfg *cfg,
			  const struct in6_addr *via, bool onlink)
{
	if (!onlink && !dvr_nexthop_none(via))
		return dvr_iface_cfg_covers(cfg, via);
	return ipv6_addr_v4mapped(via) ? cfg->v4 >= 0 :
					 dvr_iface_cfg_has6(cfg);
}

/* The leg on a segment, if it leads to the next hop. */
static struct dvr_iface *nexthop_given_leg(const struct dvr_router *router,
					   const struct in6_addr *via,
					   const char *segment, bool onlink)
{
	struct dvr_iface *iface;

	list_for_each_entry(iface, &router->ifaces, list)
		if (dvr_obj_wanted(&iface->obj) &&
		    !strcmp(iface->seg->named.name, segment))
			return nexthop_is_on(dvr_iface_cfg(iface), via,
					     onlink) ? iface : NULL;
	return NULL;
}

/* The leg with the longest subnet that has the next hop. */
static struct dvr_iface *nexthop_subnet_leg(const struct dvr_router *router,
					    const struct in6_addr *via)
{
	struct dvr_iface *iface, *best = NULL;
	int bits = -1;

	list_for_each_entry(iface, &router->ifaces, list) {
		const struct dvr_iface_cfg *cfg = dvr_iface_cfg(iface);
		unsigned int i;

		if (!dvr_obj_wanted(&iface->obj))
			continue;
		for (i = 0; i < cfg->n; i++) {
			const struct dvr_prefix *p = &cfg->addr[i];

			if (dvr_prefix_bits(p) > bits &&
			    dvr_prefix_has(p, via)) {
				bits = dvr_prefix_bits(p);
				best = iface;
			}
		}
	}
	return best;
}

/**
 * dvr_nexthop_leg() - find the leg that leads to a next hop
 * @router: router, its namespace locked
 * @via: address, v4-mapped for IPv4
 * @segment: name of the segment that @via is on, or NULL to look for a subnet
 * @onlink: no subnet of the leg on @segment needs to contain @via
 *
 * Return: the leg as the open transaction sees it, or NULL.
 */
struct dvr_iface *dvr_nexthop_leg(const struct dvr_router *router,
				  const struct in6_addr *via,
				  const char *segment, bool onlink)
{
	return segment ? nexthop_given_leg(router, via, segment, onlink) :
			 nexthop_subnet_leg(router, via);
}

static void nhg_resolve(const struct dvr_router *router, struct dvr_nhg *nhg)
{
	struct dvr_nexthop *nh;

	for (nh = nhg->nh; nh < nhg->nh + nhg->n; nh++)
		if (!nh->dev)
			WRITE_ONCE(nh->iface,
				   dvr_nexthop_leg(router, &nh->via,
						   nh->segment, nh->onlink));
}

/**
 * dvr_nhg_resolve() - set the legs of next hops of a router
 * @router: router whose legs or routes changed; in a commit
 *
 * The legs of next hops that are not new are the same while no leg changes.
 */
void dvr_nhg_resolve(struct dvr_router *router)
{
	struct list_head *from = &router->new_nhgs;
	struct dvr_nhg *nhg;

	if (router->legs_change) {
		list_splice_tail_init(from, &router->nhgs);
		from = &router->nhgs;
	}
	list_for_each_entry(nhg, from, list)
		nhg_resolve(router, nhg);
	list_splice_tail_init(&router->new_nhgs, &router->nhgs);
}

/*
 * The next hop is not known to be out of reach. One that was never asked is not,
 * see fib_good_nh() in net/ipv4/fib_semantics.c.
 */
static bool nexthop_good(const struct dvr_nexthop *nh,
			 const struct dvr_iface *iface)
{
	struct dvr_neigh *n = dvr_neigh_lookup(iface->seg, &nh->via);

	return !n || dvr_neigh_valid(n);
}

/**
 * dvr_nhg_select() - choose the next hop of a flow
 * @nhg: group
 * @hash: hash of the flow
 *
 * The flows of a next hop to which no leg leads, or that is out of reach, take the
 * next one that is not. If all are out of reach, they stay where they are.
 *
 * Context: softirq, RCU.
 * Return: a next hop to which a leg leads, or NULL.
 */
struct dvr_nexthop *dvr_nhg_select(struct dvr_nhg *nhg, u32 hash)
{
	struct dvr_nexthop *first = NULL;
	unsigned int i, at = 0;

	while (at < nhg->n - 1 && hash > nhg->nh[at].upper)
		at++;
	for (i = 0; i < nhg->n; i++) {
		struct dvr_nexthop *nh = &nhg->nh[(at + i) % nhg->n];
		const struct dvr_iface *iface = READ_ONCE(nh->iface);

		if (!iface)
			continue;
		if (nhg->n == 1 || nexthop_good(nh, iface))
			return nh;
		first = first ?: nh;
	}
	return first;
}
