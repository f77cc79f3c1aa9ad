// SPDX-License-Identifier: GPL-2.0-only
/* NAT rules: configuration and life. */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/slab.h>

#include "model/address.h"
#include "nat/heir.h"
#include "nat/natrule.h"
#include "nat/natshape.h"
#include "nat/npt.h"

const struct rhashtable_params dvr_nathost_params = {
	.head_offset = offsetof(struct dvr_natrule, host),
	.key_offset = offsetof(struct dvr_natrule, host_key),
	.key_len = sizeof(struct dvr_nataddr_key),
	.hashfn = dvr_nataddr_hash,
	.automatic_shrinking = true,
};

/* Floating between prefixes (RFC 6296) takes no outside addresses. */
static bool natrule_is_prefix(const struct dvr_natrule *rule)
{
	return rule->cfg.kind == DVR_NAT_KIND_FLOATING && !rule->n_uses;
}

static bool natrule_has_host(const struct dvr_natrule *rule)
{
	return rule->cfg.kind == DVR_NAT_KIND_FORWARD ||
	       (rule->cfg.kind == DVR_NAT_KIND_FLOATING && rule->n_uses);
}

static bool natrule_has_shape(const struct dvr_natrule *rule)
{
	return rule->cfg.kind == DVR_NAT_KIND_SNAT ||
	       rule->cfg.kind == DVR_NAT_KIND_NONE;
}

/**
 * dvr_natrule_find() - rule of a handle
 * @router: router, its namespace locked
 * @handle: number
 *
 * Return: the rule as the open transaction sees it, or NULL.
 */
struct dvr_natrule *dvr_natrule_find(struct dvr_router *router, u32 handle)
{
	struct dvr_natrule *rule;

	dvr_assert_locked(router->dn);
	rule = router->nat_ctl ? xa_load(&router->nat_ctl->handles, handle) :
				 NULL;
	return rule && dvr_obj_wanted(&rule->obj) ? rule : NULL;
}

static bool natrule_key_equal(const struct dvr_natrule_cfg *a,
			      const struct dvr_natrule_cfg *b)
{
	if (a->kind != b->kind || a->out != b->out)
		return false;
	switch (a->kind) {
	case DVR_NAT_KIND_SNAT:
		return dvr_prefix_equal(&a->inside, &b->inside);
	case DVR_NAT_KIND_NONE:
		return dvr_prefix_equal(&a->inside, &b->inside) &&
		       dvr_prefix_equal(&a->dst, &b->dst);
	case DVR_NAT_KIND_FORWARD:
		return a->proto == b->proto && a->port_min == b->port_min &&
		       dvr_prefix_equal(&a->outside, &b->outside);
	}
	return dvr_prefix_equal(&a->outside, &b->outside);
}

static u32 natrule_hash_prefix(const struct dvr_prefix *p, u32 hash)
{
	return jhash2((__force const u32 *)p->ip.s6_addr32, 4, hash ^ p->len);
}

/* Equal for two rules that natrule_key_equal() finds equal. */
static u32 natrule_key_hashfn(const void *data, u32 len, u32 seed)
{
	const struct dvr_natrule_cfg *cfg = data;
	u32 hash = jhash_2words(hash_ptr(cfg->out, 32), cfg->kind, seed);

	switch (cfg->kind) {
	case DVR_NAT_KIND_SNAT:
		return natrule_hash_prefix(&cfg->inside, hash);
	case DVR_NAT_KIND_NONE:
		return natrule_hash_prefix(&cfg->dst,
					   natrule_hash_prefix(&cfg->inside,
							       hash));
	case DVR_NAT_KIND_FORWARD:
		hash = jhash_2words(cfg->proto, cfg->port_min, hash);
		break;
	}
	return natrule_hash_prefix(&cfg->outside, hash);
}

static int natrule_key_cmpfn(struct rhashtable_compare_arg *arg,
			     const void *data)
{
	const struct dvr_natrule *rule = data;

	return !natrule_key_equal(arg->key, &rule->cfg);
}

/* A leg is of one router, so the instance is no part of the key. */
const struct rhashtable_params dvr_natkey_params = {
	.head_offset = offsetof(struct dvr_natrule, key),
	.key_offset = offsetof(struct dvr_natrule, cfg),
	.key_len = sizeof_field(struct dvr_natrule, cfg),
	.hashfn = natrule_key_hashfn,
	.obj_cmpfn = natrule_key_cmpfn,
	.automatic_shrinking = true,
};

/*
 * The rule for the same traffic that the open transaction sees, or else the live
 * one that it deletes. Commands hold the configuration mutex, so no rule is freed.
 */
static struct dvr_natrule *natrule_of_key(struct dvr_net *dn,
					  const struct dvr_natrule_cfg *cfg,
					  bool wanted)
{
	struct rhlist_head *list, *at;
	struct dvr_natrule *rule;

	dvr_assert_locked(dn);
	rcu_read_lock();
	list = rhltable_lookup(&dn->natkeys, cfg, dvr_natkey_params);
	rhl_for_each_entry_rcu(rule, at, list, key)
		if (wanted ? dvr_obj_wanted(&rule->obj) :
		    !dvr_obj_wanted(&rule->obj) && dvr_obj_live(&rule->obj))
			break;
	rcu_read_unlock();
	return at ? rule : NULL;
}

/**
 * dvr_natrule_same_key() - the rule for the same traffic as a new one
 * @router: router, its namespace locked
 * @spec: the new rule
 *
 * Return: the rule as the open transaction sees it, or NULL.
 */
struct dvr_natrule *dvr_natrule_same_key(struct dvr_router *router,
					 const struct dvr_natrule_spec *spec)
{
	return natrule_of_key(router->dn, &spec->cfg, true);
}

/**
 * dvr_natrule_equal() - does a rule have a configuration
 * @rule: rule for the same traffic as @spec
 * @spec: the configuration
 *
 * Return: true if so.
 */
bool dvr_natrule_equal(const struct dvr_natrule *rule,
		       const struct dvr_natrule_spec *spec)
{
	return (!spec->handle || spec->handle == rule->slot.id) &&
	       rule->cfg.prio == spec->cfg.prio &&
	       rule->cfg.mapping == spec->cfg.mapping &&
	       rule->cfg.filter == spec->cfg.filter &&
	       rule->cfg.port_min == spec->cfg.port_min &&
	       rule->cfg.port_max == spec->cfg.port_max &&
	       rule->cfg.inside_port == spec->cfg.inside_port &&
	       dvr_prefix_equal(&rule->cfg.inside, &spec->cfg.inside) &&
	       rule->cfg.n_pools == spec->cfg.n_pools &&
	       !memcmp(rule->pools, spec->pool,
		       sizeof(*spec->pool) * spec->cfg.n_pools);
}

static u32 natpool_size(const struct dvr_natpool *pool)
{
	return ntohl(pool->last.s6_addr32[3]) -
	       ntohl(pool->first.s6_addr32[3]) + 1;
}

static u32 natrule_count_addrs(const struct dvr_natrule_spec *spec)
{
	unsigned int i;
	u32 n = 0;

	if (spec->cfg.kind == DVR_NAT_KIND_FORWARD)
		return 1;
	if (spec->cfg.kind == DVR_NAT_KIND_FLOATING)
		return dvr_prefix_bits(&spec->cfg.outside) == 128;
	for (i = 0; i < spec->cfg.n_pools; i++)
		n += natpool_size(&spec->pool[i]);
	return n;
}

static struct dvr_natrule *natrule_make(const struct dvr_natrule_spec *spec)
{
	u32 n = natrule_count_addrs(spec);
	struct dvr_natrule *rule;

	rule = kvzalloc(struct_size(rule, use, n), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return NULL;
	if (spec->cfg.n_pools) {
		rule->pools = kmemdup(spec->pool,
				      sizeof(*spec->pool) * spec->cfg.n_pools,
				      GFP_KERNEL_ACCOUNT);
		if (!rule->pools) {
			kvfree(rule);
			return NULL;
		}
	}
	rule->obj.kind = &dvr_natrule_kind;
	dvr_owner_init(&rule->owner, &rule->obj);
	rule->cfg = spec->cfg;
	rule->n_uses = n;
	refcount_set(&rule->users, 1);
	return rule;
}

static void natrule_free(struct rcu_head *rcu)
{
	struct dvr_natrule *rule = container_of(rcu, struct dvr_natrule, rcu);

	kfree(rule->pools);
	kvfree(rule);
}

/* Take the outside addresses of a rule, one after the other. */
static int natrule_use_addrs(struct dvr_txn *txn, struct dvr_natrule *rule,
			     const struct dvr_natrule_spec *spec)
{
	struct dvr_natuse *use = rule->use;
	struct in6_addr ip;
	unsigned int i;
	int err;
	u32 k;

	if (rule->n_uses && !spec->cfg.n_pools)
		return dvr_nataddr_use(txn, rule, use, &spec->cfg.outside.ip);
	for (i = 0; i < spec->cfg.n_pools; i++) {
		ip = spec->pool[i].first;
		for (k = natpool_size(&spec->pool[i]); k; k--) {
			err = dvr_nataddr_use(txn, rule, use++, &ip);
			if (err)
				return err;
			be32_add_cpu(&ip.s6_addr32[3], 1);
		}
	}
	return 0;
}

/* An instance that never had a live rule ends with its last staged one. */
static void natrule_drop_instance(struct dvr_nat *nat)
{
	if (nat->old || !list_empty(&nat->rules))
		return;
	nat->router->nat_ctl = NULL;
	dvr_nat_unmake(nat);
}

/* Enter a new rule by handle, by what it is for, and by its inside host. */
static int natrule_enter(struct dvr_natrule *rule, u32 handle)
{
	struct dvr_nat *nat = rule->nat;
	struct dvr_net *dn = nat->dn;
	int err;

	err = dvr_slot_take(&nat->handles, &rule->slot, handle);
	if (err)
		return err;
	err = rhltable_insert(&dn->natkeys, &rule->key, dvr_natkey_params);
	if (err)
		goto no_key;
	if (natrule_has_shape(rule)) {
		err = dvr_natshape_join(rule);
		if (err)
			goto no_host;
	}
	if (!natrule_has_host(rule))
		return 0;
	rule->host_key.nat = nat;
	rule->host_key.ip = rule->cfg.inside.ip;
	err = rhltable_insert(&dn->nathosts, &rule->host, dvr_nathost_params);
	if (err)
		goto no_host;
	WRITE_ONCE(nat->n_hosts, nat->n_hosts + 1);
	return 0;

no_host:
	rhltable_remove(&dn->natkeys, &rule->key, dvr_natkey_params);
no_key:
	dvr_slot_give(&nat->handles, &rule->slot);
	return err;
}

/**
 * dvr_natrule_add() - stage a new rule
 * @txn: open transaction
 * @router: router
 * @spec: what the rule is made of; no rule is for the same traffic or has the
 *	handle
 *
 * Return: 0, -EEXIST, -EBUSY if no handle is free, or -ENOMEM.
 */
int dvr_natrule_add(struct dvr_txn *txn, struct dvr_router *router,
		    const struct dvr_natrule_spec *spec)
{
	struct dvr_nat *nat = dvr_nat_get(txn, router);
	struct dvr_natrule *rule;
	int err;

	if (IS_ERR(nat))
		return PTR_ERR(nat);
	rule = natrule_make(spec);
	err = -ENOMEM;
	if (!rule)
		goto no_rule;
	rule->nat = nat;
	err = natrule_enter(rule, spec->handle);
	if (err)
		goto no_entry;
	dvr_heir_stage(rule, natrule_of_key(nat->dn, &spec->cfg, false));
	list_add_tail(&rule->list, &nat->rules);
	list_add_tail(&rule->at_leg, &spec->cfg.out->rules);
	dvr_txn_add(txn, &rule->obj);
	/* Hops may lead past the rule: see fast.c. */
	dvr_router_touch(txn, router);
	return natrule_use_addrs(txn, rule, spec);

no_entry:
	/* Packets may have met the rule in a table. */
	call_rcu(&rule->rcu, natrule_free);
no_rule:
	dvr_nat_put(nat);
	natrule_drop_instance(nat);
	return err;
}

/**
 * dvr_natrule_del() - stage the end of a rule and its connections
 * @txn: open transaction
 * @rule: rule
 *
 * Needs no memory.
 */
void dvr_natrule_del(struct dvr_txn *txn, struct dvr_natrule *rule)
{
	u32 i;

	dvr_txn_del(txn, &rule->obj);
	for (i = 0; i < rule->n_uses; i++) {
		dvr_nataddr_drop(&rule->use[i]);
		dvr_nataddr_silence(txn, rule->cfg.out, rule->use[i].addr);
	}
}

/**
 * dvr_natrule_del_some() - stage the end of some rules of a router
 * @txn: open transaction
 * @router: router
 * @max: maximum number of rules
 *
 * Return: number of rules that are staged to go.
 */
unsigned int dvr_natrule_del_some(struct dvr_txn *txn,
				  struct dvr_router *router, unsigned int max)
{
	struct dvr_natrule *rule;
	unsigned int n = 0;

	if (!router->nat_ctl)
		return 0;
	list_for_each_entry(rule, &router->nat_ctl->rules, list) {
		if (n == max)
			break;
		if (!dvr_obj_wanted(&rule->obj))
			continue;
		dvr_natrule_del(txn, rule);
		n++;
	}
	return n;
}

/**
 * dvr_natrule_router_del() - stage the end of all rules of a router
 * @txn: open transaction
 * @router: router
 */
void dvr_natrule_router_del(struct dvr_txn *txn, struct dvr_router *router)
{
	dvr_natrule_del_some(txn, router, UINT_MAX);
}

/**
 * dvr_natrule_needs() - does a rule translate at a leg
 * @router: router, its namespace locked
 * @leg: one of its legs
 *
 * Return: true if so, as the open transaction sees it.
 */
bool dvr_natrule_needs(struct dvr_router *router, const struct dvr_iface *leg)
{
	struct dvr_natrule *rule;

	list_for_each_entry(rule, &leg->rules, at_leg)
		if (dvr_obj_wanted(&rule->obj))
			return true;
	return false;
}

/**
 * dvr_natrule_is_inside() - is an address the inside host of a rule
 * @router: router, its namespace locked
 * @ip: v4-mapped for IPv4
 *
 * Return: true if a rule translates packets to the address, as the open
 *	transaction sees the rules.
 */
bool dvr_natrule_is_inside(const struct dvr_router *router,
			   const struct in6_addr *ip)
{
	const struct dvr_nataddr_key key = { .nat = router->nat_ctl, .ip = *ip };
	struct rhlist_head *list, *at;
	struct dvr_natrule *rule;

	if (!router->nat_ctl)
		return false;
	rcu_read_lock();
	list = rhltable_lookup(&router->dn->nathosts, &key, dvr_nathost_params);
	rhl_for_each_entry_rcu(rule, at, list, host)
		if (dvr_obj_wanted(&rule->obj))
			break;
	rcu_read_unlock();
	return at;
}

/**
 * dvr_natrule_leg_changed() - stage answers for the outside addresses of a leg
 * @txn: open transaction
 * @leg: leg with another MAC or other addresses, which are staged
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int dvr_natrule_leg_changed(struct dvr_txn *txn, struct dvr_iface *leg)
{
	struct dvr_natrule *rule;
	int err;
	u32 i;

	list_for_each_entry(rule, &leg->rules, at_leg) {
		if (!dvr_obj_wanted(&rule->obj))
			continue;
		for (i = 0; i < rule->n_uses; i++) {
			err = dvr_nataddr_answer(txn, leg,
						 &rule->use[i].addr->key.ip);
			if (err)
				return err;
		}
	}
	return 0;
}

/* Let packets find the rule. */
static void natrule_show(struct dvr_natrule *rule)
{
	if (natrule_has_shape(rule))
		dvr_natshape_publish(rule);
	else if (rule->cfg.kind == DVR_NAT_KIND_FORWARD)
		dvr_nataddr_publish(rule);
	else if (natrule_is_prefix(rule))
		dvr_npt_publish(rule);
	else
		rcu_assign_pointer(rule->use[0].addr->floating, rule);
}

static void natrule_hide(struct dvr_natrule *rule)
{
	if (natrule_has_shape(rule))
		dvr_natshape_unpublish(rule);
	else if (rule->cfg.kind == DVR_NAT_KIND_FORWARD)
		dvr_nataddr_unpublish(rule);
	else if (natrule_is_prefix(rule))
		dvr_npt_unpublish(rule);
	else if (rcu_access_pointer(rule->use[0].addr->floating) == rule)
		RCU_INIT_POINTER(rule->use[0].addr->floating, NULL);
}

static void natrule_publish(struct dvr_obj *obj)
{
	struct dvr_natrule *rule = dvr_natrule(obj);
	struct dvr_nat *nat = rule->nat;

	dvr_heir_appoint(rule);
	natrule_show(rule);
	WRITE_ONCE(rule->cfg.out->n_nat, rule->cfg.out->n_nat + 1);
	/* From here on, the leg's own addresses are outside addresses. */
	if (rule->cfg.out->n_nat == 1)
		dvr_address_announce(rule->cfg.out);
	nat->old = true;
	if (!nat->n_live++)
		rcu_assign_pointer(nat->router->nat, nat);
}

static void natrule_unpublish(struct dvr_obj *obj)
{
	struct dvr_natrule *rule = dvr_natrule(obj);
	struct dvr_nat *nat = rule->nat;

	natrule_hide(rule);
	WRITE_ONCE(rule->cfg.out->n_nat, rule->cfg.out->n_nat - 1);
	if (!--nat->n_live)
		RCU_INIT_POINTER(nat->router->nat, NULL);
	/* No connection of the rule outlives this generation. */
	dvr_router_renew(nat->router);
}

/* The last reference takes the one of the heir along. */
static void natrule_put(struct dvr_natrule *rule)
{
	struct dvr_natrule *heir;

	while (rule && refcount_dec_and_test(&rule->users)) {
		heir = rule->heir;
		call_rcu(&rule->rcu, natrule_free);
		rule = heir;
	}
}

/*
 * Connections go first, to the heir or to their end: they point to the rule and
 * hold ports of addresses.
 */
static void natrule_reap(struct work_struct *work)
{
	struct dvr_natrule *rule = container_of(work, struct dvr_natrule, reap);
	struct dvr_nat *nat = rule->nat;
	u32 i;

	dvr_owner_pass(&rule->owner, dvr_heir_take);
	for (i = 0; i < rule->n_uses; i++)
		if (rule->use[i].addr)
			dvr_nataddr_put(nat, rule->use[i].addr);
	natrule_put(rule);
	dvr_nat_put(nat);
}

static void natrule_forget(struct dvr_obj *obj)
{
	struct dvr_natrule *rule = dvr_natrule(obj);
	struct dvr_nat *nat = rule->nat;
	u32 i;

	list_del(&rule->list);
	list_del(&rule->at_leg);
	dvr_slot_give(&nat->handles, &rule->slot);
	rhltable_remove(&nat->dn->natkeys, &rule->key, dvr_natkey_params);
	if (natrule_has_shape(rule))
		dvr_natshape_leave(rule);
	if (natrule_has_host(rule)) {
		rhltable_remove(&nat->dn->nathosts, &rule->host,
				dvr_nathost_params);
		WRITE_ONCE(nat->n_hosts, nat->n_hosts - 1);
	}
	for (i = 0; i < rule->n_uses; i++)
		dvr_nataddr_unuse(&rule->use[i]);
	natrule_drop_instance(nat);
	INIT_WORK(&rule->reap, natrule_reap);
	queue_work(dvr_wq, &rule->reap);
}

const struct dvr_kind dvr_natrule_kind = {
	.name = "nat",
	.publish = natrule_publish,
	.unpublish = natrule_unpublish,
	.forget = natrule_forget,
};
