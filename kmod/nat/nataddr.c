// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outside addresses: which rules have them, and that the leg on the out segment
 * answers ARP and neighbour discovery for them like for its own.
 */
#include <linux/slab.h>

#include "model/iface.h"
#include "model/neigh.h"
#include "nat/nataddr.h"
#include "nat/natrule.h"

const struct rhashtable_params dvr_nataddr_params = {
	.head_offset = offsetof(struct dvr_nataddr, node),
	.key_offset = offsetof(struct dvr_nataddr, key),
	.key_len = sizeof(struct dvr_nataddr_key),
	.hashfn = dvr_nataddr_hash,
	.automatic_shrinking = true,
};

/**
 * dvr_nataddr_find() - an outside address of a router
 * @nat: its instance
 * @ip: v4-mapped for IPv4
 *
 * Context: RCU.
 * Return: the address, or NULL if it is none.
 */
struct dvr_nataddr *dvr_nataddr_find(const struct dvr_nat *nat,
				     const struct in6_addr *ip)
{
	const struct dvr_nataddr_key key = { .nat = nat, .ip = *ip };

	return rhashtable_lookup(&nat->dn->nataddrs, &key, dvr_nataddr_params);
}

static struct dvr_nataddr *make(struct dvr_nat *nat, const struct in6_addr *ip)
{
	struct dvr_nataddr *addr = kzalloc(sizeof(*addr), GFP_KERNEL_ACCOUNT);

	if (!addr)
		return NULL;
	addr->key.nat = nat;
	addr->key.ip = *ip;
	INIT_LIST_HEAD(&addr->forwards);
	INIT_LIST_HEAD(&addr->uses);
	return addr;
}

/* The address with one more use, or NULL without memory. */
static struct dvr_nataddr *get(struct dvr_nat *nat, const struct in6_addr *ip)
{
	struct dvr_nataddr *new = make(nat, ip), *addr;

	if (!new)
		return NULL;
	spin_lock_bh(&nat->lock);
	rcu_read_lock();
	addr = dvr_nataddr_find(nat, ip);
	if (!addr && !rhashtable_insert_fast(&nat->dn->nataddrs, &new->node,
					     dvr_nataddr_params)) {
		addr = new;
		new = NULL;
	}
	if (addr)
		addr->n_uses++;
	rcu_read_unlock();
	spin_unlock_bh(&nat->lock);
	kfree(new);
	return addr;
}

static void addr_free(struct rcu_head *rcu)
{
	struct dvr_nataddr *addr = container_of(rcu, struct dvr_nataddr, rcu);

	dvr_natport_free(addr);
	kfree(addr);
}

/**
 * dvr_nataddr_put() - a rule that had an address is about to be freed
 * @nat: instance
 * @addr: gone if that was the last
 *
 * Context: process.
 */
void dvr_nataddr_put(struct dvr_nat *nat, struct dvr_nataddr *addr)
{
	spin_lock_bh(&nat->lock);
	if (!--addr->n_uses) {
		rhashtable_remove_fast(&nat->dn->nataddrs, &addr->node,
				       dvr_nataddr_params);
		call_rcu(&addr->rcu, addr_free);
	}
	spin_unlock_bh(&nat->lock);
}

/* A floating address is its rule's alone; others share. */
static int check_shared(struct dvr_txn *txn, const struct dvr_natrule *rule,
			const struct dvr_nataddr *addr)
{
	const struct dvr_natuse *use;

	list_for_each_entry(use, &addr->uses, list) {
		if (!dvr_obj_wanted(&use->rule->obj))
			continue;
		if (use->rule->out != rule->out) {
			NL_SET_ERR_MSG(txn->extack,
				       "the outside address is used on another segment");
			return -EEXIST;
		}
		if (use->rule->kind == DVR_NAT_KIND_FLOATING ||
		    rule->kind == DVR_NAT_KIND_FLOATING) {
			NL_SET_ERR_MSG(txn->extack,
				       "the outside address belongs to another rule, and a floating address is not shared");
			return -EEXIST;
		}
		if (use->rule->kind == DVR_NAT_KIND_FORWARD &&
		    rule->kind == DVR_NAT_KIND_FORWARD &&
		    use->rule->proto == rule->proto &&
		    use->rule->port_min <= rule->port_max &&
		    rule->port_min <= use->rule->port_max) {
			NL_SET_ERR_MSG(txn->extack,
				       "another rule forwards one of the ports");
			return -EEXIST;
		}
	}
	return 0;
}

static bool is_own(const struct dvr_iface *leg, const struct in6_addr *ip)
{
	return dvr_iface_cfg_has(dvr_iface_cfg(leg), ip);
}

/**
 * dvr_nataddr_answer() - let a leg answer for an address
 * @txn: open transaction
 * @leg: the leg
 * @ip: v4-mapped for IPv4
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int dvr_nataddr_answer(struct dvr_txn *txn, struct dvr_iface *leg,
		       const struct in6_addr *ip)
{
	struct dvr_neigh_info info = {
		.mac = dvr_iface_cfg(leg)->mac,
		.iface = leg,
		.origin = DVR_ORIGIN_GATEWAY,
		.announce = true,
	};
	struct dvr_neigh *n = dvr_neigh_find(leg->seg, ip);

	if (n && n->iface == leg) {
		if (n->mac == info.mac)
			return 0;
		dvr_neigh_del(txn, n);
	} else if (n) {
		NL_SET_ERR_MSG(txn->extack,
			       "the outside address is in use on the segment");
		return -EEXIST;
	}
	return PTR_ERR_OR_ZERO(dvr_neigh_add(txn, leg->seg, ip, &info));
}

/**
 * dvr_nataddr_silence() - let a leg no more answer for an address
 * @txn: open transaction
 * @leg: the leg
 * @addr: the address; nothing happens while a rule wants it or it is the leg's
 *
 * Needs no memory.
 */
void dvr_nataddr_silence(struct dvr_txn *txn, struct dvr_iface *leg,
			 struct dvr_nataddr *addr)
{
	struct dvr_natuse *use;
	struct dvr_neigh *n;

	list_for_each_entry(use, &addr->uses, list)
		if (dvr_obj_wanted(&use->rule->obj))
			return;
	n = dvr_neigh_find(leg->seg, &addr->key.ip);
	if (n && n->iface == leg && !is_own(leg, &addr->key.ip))
		dvr_neigh_del(txn, n);
}

/**
 * dvr_nataddr_use() - a staged rule wants an outside address
 * @txn: open transaction
 * @rule: the rule
 * @use: of the rule; its @addr stays NULL on failure before it counts
 * @ip: v4-mapped for IPv4
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int dvr_nataddr_use(struct dvr_txn *txn, struct dvr_natrule *rule,
		    struct dvr_natuse *use, const struct in6_addr *ip)
{
	struct dvr_nataddr *addr = get(rule->nat, ip);
	int err;

	if (!addr)
		return -ENOMEM;
	use->addr = addr;
	use->rule = rule;
	err = check_shared(txn, rule, addr);
	list_add_tail(&use->list, &addr->uses);
	return err ?: dvr_nataddr_answer(txn, rule->out, ip);
}

/**
 * dvr_nataddr_unuse() - a rule is out of the control tables
 * @use: of the rule, which keeps the address until it is freed
 */
void dvr_nataddr_unuse(struct dvr_natuse *use)
{
	if (use->addr)
		list_del(&use->list);
}
