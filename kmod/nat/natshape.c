// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which snat or none rule has a packet. A router has as many rules as it has
 * inside prefixes, but these have few lengths. So a packet is looked up once for
 * each leg and length, however many rules there are. A trie would have to allocate
 * memory to delete a rule, which nothing may refuse.
 */
#include <linux/slab.h>

#include "nat/natrule.h"
#include "nat/natshape.h"

static bool natshape_has(const struct dvr_natshape *shape,
			 const struct dvr_natrule_cfg *cfg)
{
	return shape->out == cfg->out && shape->kind == cfg->kind &&
	       shape->v4 == cfg->inside.v4 &&
	       shape->inside_len == cfg->inside.len &&
	       shape->dst_v4 == cfg->dst.v4 && shape->dst_len == cfg->dst.len;
}

static struct dvr_natshape *natshape_make(struct dvr_nat *nat,
					  const struct dvr_natrule_cfg *cfg)
{
	struct dvr_natshape *shape = kzalloc(sizeof(*shape), GFP_KERNEL_ACCOUNT);

	if (!shape)
		return NULL;
	INIT_LIST_HEAD(&shape->rules);
	shape->out = cfg->out;
	shape->kind = cfg->kind;
	shape->v4 = cfg->inside.v4;
	shape->inside_len = cfg->inside.len;
	shape->dst_v4 = cfg->dst.v4;
	shape->dst_len = cfg->dst.len;
	list_add_tail_rcu(&shape->list, &nat->shapes);
	return shape;
}

/**
 * dvr_natshape_join() - give a staged rule its shape
 * @rule: snat or none rule, in &dvr_net.natkeys
 *
 * Context: the configuration mutex.
 * Return: 0 or -ENOMEM.
 */
int dvr_natshape_join(struct dvr_natrule *rule)
{
	struct dvr_nat *nat = rule->nat;
	struct dvr_natshape *shape;

	list_for_each_entry(shape, &nat->shapes, list)
		if (natshape_has(shape, &rule->cfg))
			goto found;
	shape = natshape_make(nat, &rule->cfg);
	if (!shape)
		return -ENOMEM;
found:
	shape->n_rules++;
	rule->shape = shape;
	return 0;
}

/**
 * dvr_natshape_leave() - undo dvr_natshape_join()
 * @rule: rule that is not live
 *
 * Context: the configuration mutex.
 */
void dvr_natshape_leave(struct dvr_natrule *rule)
{
	struct dvr_natshape *shape = rule->shape;

	if (--shape->n_rules)
		return;
	list_del_rcu(&shape->list);
	kfree_rcu(shape, rcu);
}

/**
 * dvr_natshape_publish() - let packets find a rule
 * @rule: rule that is live
 *
 * Context: the configuration mutex.
 */
void dvr_natshape_publish(struct dvr_natrule *rule)
{
	struct dvr_natshape *shape = rule->shape;

	list_add_tail_rcu(&rule->match, &shape->rules);
	WRITE_ONCE(shape->n_live, shape->n_live + 1);
}

/**
 * dvr_natshape_unpublish() - undo dvr_natshape_publish()
 * @rule: rule that is no longer live
 *
 * Context: the configuration mutex.
 */
void dvr_natshape_unpublish(struct dvr_natrule *rule)
{
	struct dvr_natshape *shape = rule->shape;

	list_del_rcu(&rule->match);
	WRITE_ONCE(shape->n_live, shape->n_live - 1);
}

/* Not inlined, because few routers have so many rules. */
static noinline struct dvr_natrule *
natshape_look_up(const struct dvr_net *dn, const struct dvr_natshape *shape,
		 const struct in6_addr *src, const struct in6_addr *dst)
{
	struct dvr_natrule_cfg key = {
		.out = (struct dvr_iface *)shape->out,
		.kind = shape->kind,
		.inside = {
			.ip = *src,
			.len = shape->inside_len,
			.v4 = shape->v4,
		},
		.dst = {
			.ip = *dst,
			.len = shape->dst_len,
			.v4 = shape->dst_v4,
		},
	};
	struct dvr_natrule *best = NULL, *rule;
	struct rhlist_head *list, *at;

	dvr_prefix_mask(&key.inside);
	dvr_prefix_mask(&key.dst);
	list = rhltable_lookup((struct rhltable *)&dn->natkeys, &key,
			       dvr_natkey_params);
	rhl_for_each_entry_rcu(rule, at, list, key)
		if (dvr_obj_live(&rule->obj))
			best = dvr_natrule_better(rule, best);
	return best;
}

/**
 * dvr_natshape_find() - the rule of a shape that a packet has
 * @dn: namespace
 * @shape: shape
 * @src: source, v4-mapped for IPv4
 * @dst: destination
 *
 * Context: RCU.
 * Return: the first rule in order that matches, or NULL.
 */
struct dvr_natrule *dvr_natshape_find(const struct dvr_net *dn,
				      const struct dvr_natshape *shape,
				      const struct in6_addr *src,
				      const struct in6_addr *dst)
{
	struct dvr_natrule *best = NULL, *rule;

	if (READ_ONCE(shape->n_live) > DVR_NATSHAPE_FEW)
		return natshape_look_up(dn, shape, src, dst);
	list_for_each_entry_rcu(rule, &shape->rules, match)
		if (dvr_prefix_has(&rule->cfg.inside, src) &&
		    (shape->kind != DVR_NAT_KIND_NONE ||
		     dvr_prefix_has(&rule->cfg.dst, dst)))
			best = dvr_natrule_better(rule, best);
	return best;
}
