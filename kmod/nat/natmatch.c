// SPDX-License-Identifier: GPL-2.0-only
/* Which NAT rule a packet has, and which outside address a host. */
#include <linux/jhash.h>

#include "nat/natmatch.h"
#include "nat/natrule.h"
#include "nat/natshape.h"

/* The floating rule of an inside host. */
static noinline struct dvr_natrule *
natrule_match_host(const struct dvr_nat *nat, const struct dvr_iface *out,
		   const struct in6_addr *src, bool *is_host)
{
	const struct dvr_nataddr_key key = { .nat = nat, .ip = *src };
	struct dvr_natrule *best = NULL, *rule;
	struct rhlist_head *list, *at;

	list = rhltable_lookup(&nat->dn->nathosts, &key, dvr_nathost_params);
	rhl_for_each_entry_rcu(rule, at, list, host) {
		if (rule->cfg.out != out || !dvr_obj_live(&rule->obj))
			continue;
		*is_host = true;
		if (rule->cfg.kind == DVR_NAT_KIND_FLOATING)
			best = dvr_natrule_better(rule, best);
	}
	return best;
}

/**
 * dvr_natrule_match() - the rule of a source that leaves by a leg
 * @nat: instance
 * @out: leg on an out segment
 * @src: source, v4-mapped for IPv4
 * @dst: destination
 * @is_host: gets whether connections from outside may reach the source
 *
 * Context: RCU.
 * Return: the first rule that matches the source, or NULL.
 */
struct dvr_natrule *dvr_natrule_match(const struct dvr_nat *nat,
				      const struct dvr_iface *out,
				      const struct in6_addr *src,
				      const struct in6_addr *dst,
				      bool *is_host)
{
	struct dvr_natrule *best = NULL, *rule;
	const struct dvr_natshape *shape;

	*is_host = false;
	if (READ_ONCE(nat->n_hosts))
		best = natrule_match_host(nat, out, src, is_host);
	list_for_each_entry_rcu(shape, &nat->shapes, list) {
		if (shape->out != out)
			continue;
		rule = dvr_natshape_find(nat->dn, shape, src, dst);
		if (rule)
			best = dvr_natrule_better(rule, best);
	}
	return best;
}

/**
 * dvr_natrule_covers() - does a rule translate an inside host
 * @nat: instance
 * @src: address of the host, v4-mapped for IPv4
 *
 * Context: RCU.
 * Return: true if a live rule of any leg translates the address.
 */
bool dvr_natrule_covers(const struct dvr_nat *nat, const struct in6_addr *src)
{
	const struct dvr_nataddr_key key = { .nat = nat, .ip = *src };
	const struct dvr_natshape *shape;
	struct rhlist_head *list, *at;
	struct dvr_natrule *rule;

	if (READ_ONCE(nat->n_hosts)) {
		list = rhltable_lookup(&nat->dn->nathosts, &key,
				       dvr_nathost_params);
		rhl_for_each_entry_rcu(rule, at, list, host)
			if (dvr_obj_live(&rule->obj))
				return true;
	}
	/* The destination matters to none rules only. */
	list_for_each_entry_rcu(shape, &nat->shapes, list)
		if (shape->kind != DVR_NAT_KIND_NONE &&
		    dvr_natshape_find(nat->dn, shape, src, &in6addr_any))
			return true;
	return false;
}

static struct dvr_natrule *natrule_descend(const struct dvr_nataddr *addr,
					   u32 port)
{
	struct rb_node *node = rcu_dereference_raw(addr->forwards.rb_node);
	struct dvr_natrule *rule;

	while (node) {
		rule = rb_entry(node, struct dvr_natrule, order);
		if (port < dvr_natrule_first(rule))
			node = rcu_dereference_raw(node->rb_left);
		else if (port > dvr_natrule_last(rule))
			node = rcu_dereference_raw(node->rb_right);
		else
			return rule;
	}
	return NULL;
}

/**
 * dvr_natrule_forward() - the forward rule of a port
 * @addr: outside address
 * @proto: upper-layer protocol
 * @port: destination port
 *
 * Context: RCU.
 * Return: the rule or NULL.
 */
struct dvr_natrule *dvr_natrule_forward(const struct dvr_nataddr *addr,
					u8 proto, __be16 port)
{
	struct dvr_natrule *rule;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&addr->seq);
		rule = natrule_descend(addr, dvr_natrule_port(proto, ntohs(port)));
	} while (read_seqcount_retry(&addr->seq, seq));
	return rule;
}

/**
 * dvr_natrule_pool_addr() - the outside address of an inside host
 * @rule: snat rule
 * @inside: the host
 *
 * A host always gets the same address: pooling is paired (RFC 4787 REQ-2,
 * RFC 6888 REQ-3).
 *
 * Return: the address.
 */
struct dvr_nataddr *dvr_natrule_pool_addr(const struct dvr_natrule *rule,
					  const struct in6_addr *inside)
{
	u32 hash;

	if (rule->n_uses == 1)
		return rule->use[0].addr;
	hash = jhash2((const u32 *)inside, 4, 0);
	return rule->use[reciprocal_scale(hash, rule->n_uses)].addr;
}
