// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs: the outside addresses of inside hosts whose pool has changed. A host
 * keeps its outside address while it has a mapping (RFC 4787 REQ-2, RFC 6888
 * REQ-3). In a pool that does not change, the inside address alone selects the
 * outside address. When a rule with another pool takes over mappings, the
 * selection may be another one. Only then there is a pair, until the last of the
 * host's mappings ends.
 */
#include "lib/charge.h"
#include "nat/heir.h"
#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"
#include "nat/pair.h"

const struct rhashtable_params dvr_pair_params = {
	.head_offset = offsetof(struct dvr_pair, node),
	.key_offset = offsetof(struct dvr_pair, key),
	.key_len = sizeof(struct dvr_binding_key),
	.automatic_shrinking = true,
};

static struct dvr_pair *pair_find(struct dvr_nat *nat,
				  const struct dvr_binding_key *inside)
{
	struct dvr_binding_key key;

	lockdep_assert_held(&nat->lock);
	/* Compared byte by byte, so with the padding. */
	memset(&key, 0, sizeof(key));
	key.scope = inside->scope;
	key.ip = inside->ip;
	return rhashtable_lookup(&nat->dn->pairs, &key, dvr_pair_params);
}

/**
 * dvr_pair_addr() - choose the outside address of an inside host
 * @nat: instance, locked
 * @rule: live snat rule
 * @inside: inside endpoint
 *
 * Context: RCU.
 * Return: the address that the host has, or else the one that the rule selects.
 */
struct dvr_nataddr *dvr_pair_addr(struct dvr_nat *nat,
				  const struct dvr_natrule *rule,
				  const struct dvr_binding_key *inside)
{
	struct dvr_pair *pair = nat->n_pairs ? pair_find(nat, inside) : NULL;

	if (unlikely(pair) && dvr_heir_pool_has(rule, &pair->addr->key.ip))
		return pair->addr;
	return dvr_natrule_pool_addr(rule, &inside->ip);
}

static struct dvr_pair *pair_make(struct dvr_nat *nat,
				  const struct dvr_binding *b)
{
	struct dvr_pair *pair = dvr_charged_zalloc(nat->charge, sizeof(*pair));

	if (!pair)
		return NULL;
	pair->key.scope = b->inside.scope;
	pair->key.ip = b->inside.ip;
	pair->addr = b->addr;
	if (rhashtable_insert_fast(&nat->dn->pairs, &pair->node,
				   dvr_pair_params)) {
		kfree(pair);
		return NULL;
	}
	nat->n_pairs++;
	return pair;
}

/**
 * dvr_pair_hold() - let the host of a binding keep its outside address
 * @nat: instance, locked
 * @b: binding without a pair, with the live rule that it has from now on
 *
 * Nothing happens if the rule selects the address in any case. Without memory the
 * host's next mappings have the address that the rule selects.
 *
 * Context: RCU.
 */
void dvr_pair_hold(struct dvr_nat *nat, struct dvr_binding *b)
{
	struct dvr_pair *pair;

	if (likely(b->addr == dvr_natrule_pool_addr(b->rule, &b->inside.ip)))
		return;
	pair = pair_find(nat, &b->inside) ?: pair_make(nat, b);
	if (!pair || pair->addr != b->addr)
		return;
	pair->refs++;
	b->pair = pair;
}

/**
 * dvr_pair_put() - release the pair of a binding
 * @nat: instance, locked
 * @b: binding
 */
void dvr_pair_put(struct dvr_nat *nat, struct dvr_binding *b)
{
	struct dvr_pair *pair = b->pair;

	b->pair = NULL;
	if (!pair || --pair->refs)
		return;
	rhashtable_remove_fast(&nat->dn->pairs, &pair->node, dvr_pair_params);
	nat->n_pairs--;
	kfree_rcu(pair, rcu);
}
