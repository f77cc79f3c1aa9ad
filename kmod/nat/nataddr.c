// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outside addresses: the rules that have an address, and the gateway entries by
 * which the leg on the out segment answers ARP and neighbour discovery for the
 * address.
 */
#include <linux/interval_tree_generic.h>
#include <linux/slab.h>

#include "model/iface.h"
#include "model/neigh.h"
#include "nat/nataddr.h"
#include "nat/natrule.h"
#include "nat/rest.h"

const struct rhashtable_params dvr_nataddr_params = {
	.head_offset = offsetof(struct dvr_nataddr, node),
	.key_offset = offsetof(struct dvr_nataddr, key),
	.key_len = sizeof(struct dvr_nataddr_key),
	.hashfn = dvr_nataddr_hash,
	.automatic_shrinking = true,
};

/**
 * dvr_nataddr_find() - find an outside address of a router
 * @nat: instance of the router
 * @ip: address, v4-mapped for IPv4
 *
 * Context: RCU.
 * Return: the outside address, or NULL if @ip is none.
 */
struct dvr_nataddr *dvr_nataddr_find(const struct dvr_nat *nat,
				     const struct in6_addr *ip)
{
	const struct dvr_nataddr_key key = { .nat = nat, .ip = *ip };

	return rhashtable_lookup(&nat->dn->nataddrs, &key, dvr_nataddr_params);
}

static struct dvr_nataddr *nataddr_make(struct dvr_nat *nat,
					const struct in6_addr *ip)
{
	struct dvr_nataddr *addr = kzalloc(sizeof(*addr), GFP_KERNEL_ACCOUNT);

	if (!addr)
		return NULL;
	addr->key.nat = nat;
	addr->key.ip = *ip;
	addr->forwards = RB_ROOT;
	seqcount_spinlock_init(&addr->seq, &nat->lock);
	addr->claims = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&addr->uses);
	return addr;
}

/*
 * Find or make an address and count one more use. NULL if there is no memory.
 */
static struct dvr_nataddr *nataddr_get(struct dvr_nat *nat,
				       const struct in6_addr *ip)
{
	struct dvr_nataddr *new = nataddr_make(nat, ip), *addr;

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

static void nataddr_free(struct rcu_head *rcu)
{
	struct dvr_nataddr *addr = container_of(rcu, struct dvr_nataddr, rcu);

	dvr_natport_free(addr);
	kfree(addr);
}

/**
 * dvr_nataddr_put() - release an outside address
 * @nat: instance
 * @addr: address of a rule that is about to be freed; freed after the last use
 *
 * Context: process.
 */
void dvr_nataddr_put(struct dvr_nat *nat, struct dvr_nataddr *addr)
{
	dvr_rest_leave_addr(nat, addr);
	spin_lock_bh(&nat->lock);
	if (!--addr->n_uses) {
		rhashtable_remove_fast(&nat->dn->nataddrs, &addr->node,
				       dvr_nataddr_params);
		call_rcu(&addr->rcu, nataddr_free);
	}
	spin_unlock_bh(&nat->lock);
}

INTERVAL_TREE_DEFINE(struct dvr_natrule, claim, u32, claim_max,
		     dvr_natrule_first, dvr_natrule_last, static, natclaim)

/* A rule that the open transaction keeps forwards one of the ports of @rule. */
static bool nataddr_is_claimed(struct dvr_nataddr *addr,
			       const struct dvr_natrule *rule)
{
	u32 first = dvr_natrule_first(rule), last = dvr_natrule_last(rule);
	struct dvr_natrule *other;

	for (other = natclaim_iter_first(&addr->claims, first, last); other;
	     other = natclaim_iter_next(other, first, last))
		if (dvr_obj_wanted(&other->obj))
			return true;
	return false;
}

/* The first rule that the open transaction keeps, or NULL. */
static const struct dvr_natrule *nataddr_user(struct dvr_nataddr *addr)
{
	struct dvr_natuse *use;

	use = list_first_entry_or_null(&addr->uses, struct dvr_natuse, list);
	return use && dvr_obj_wanted(&use->rule->obj) ? use->rule : NULL;
}

/*
 * A floating address belongs to one rule. Other rules may share an address on one
 * segment, so any of them stands for all.
 */
static int nataddr_check_shared(struct dvr_txn *txn,
				const struct dvr_natrule *rule,
				struct dvr_nataddr *addr)
{
	const struct dvr_natrule *user = nataddr_user(addr);

	if (!user)
		return 0;
	if (user->cfg.out != rule->cfg.out) {
		NL_SET_ERR_MSG(txn->extack,
			       "the outside address is used on another segment");
		return -EEXIST;
	}
	if (user->cfg.kind == DVR_NAT_KIND_FLOATING ||
	    rule->cfg.kind == DVR_NAT_KIND_FLOATING) {
		NL_SET_ERR_MSG(txn->extack,
			       "another rule has the outside address, and a floating address cannot be shared");
		return -EEXIST;
	}
	if (rule->cfg.kind == DVR_NAT_KIND_FORWARD &&
	    nataddr_is_claimed(addr, rule)) {
		NL_SET_ERR_MSG(txn->extack,
			       "another rule forwards one of the ports");
		return -EEXIST;
	}
	return 0;
}

static bool nataddr_is_leg(const struct dvr_iface *leg,
			   const struct in6_addr *ip)
{
	return dvr_iface_cfg_has(dvr_iface_cfg(leg), ip);
}

/**
 * dvr_nataddr_answer() - stage the gateway entry of a leg for an address
 * @txn: open transaction
 * @leg: leg on the out segment
 * @ip: address, v4-mapped for IPv4
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
		dvr_entry_del(txn, &n->entry);
	} else if (n) {
		NL_SET_ERR_MSG(txn->extack,
			       "the outside address is in use on the segment");
		return -EEXIST;
	}
	return PTR_ERR_OR_ZERO(dvr_neigh_add(txn, leg->seg, ip, &info));
}

/**
 * dvr_nataddr_silence() - stage the deletion of a leg's entry for an address
 * @txn: open transaction
 * @leg: leg on the out segment
 * @addr: address
 *
 * Nothing happens while a wanted rule has the address, or if the address is the
 * leg's own. Allocates no memory.
 */
void dvr_nataddr_silence(struct dvr_txn *txn, struct dvr_iface *leg,
			 struct dvr_nataddr *addr)
{
	struct dvr_neigh *n;

	if (nataddr_user(addr))
		return;
	n = dvr_neigh_find(leg->seg, &addr->key.ip);
	if (n && n->iface == leg && !nataddr_is_leg(leg, &addr->key.ip))
		dvr_entry_del(txn, &n->entry);
}

/**
 * dvr_nataddr_use() - stage that a rule has an outside address
 * @txn: open transaction
 * @rule: staged rule
 * @use: record of the rule; &dvr_natuse.addr is set once the use is counted,
 *	also if the call fails later
 * @ip: address, v4-mapped for IPv4
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int dvr_nataddr_use(struct dvr_txn *txn, struct dvr_natrule *rule,
		    struct dvr_natuse *use, const struct in6_addr *ip)
{
	struct dvr_nataddr *addr = nataddr_get(rule->nat, ip);
	int err;

	if (!addr)
		return -ENOMEM;
	use->addr = addr;
	use->rule = rule;
	err = nataddr_check_shared(txn, rule, addr);
	list_add(&use->list, &addr->uses);
	if (rule->cfg.kind == DVR_NAT_KIND_FORWARD)
		natclaim_insert(rule, &addr->claims);
	return err ?: dvr_nataddr_answer(txn, rule->cfg.out, ip);
}

/**
 * dvr_nataddr_unuse() - remove the use of a rule from the address
 * @use: record of a rule that commands cannot find any more; the rule holds the
 *	address until the rule is freed
 */
void dvr_nataddr_unuse(struct dvr_natuse *use)
{
	if (!use->addr)
		return;
	list_del(&use->list);
	if (use->rule->cfg.kind == DVR_NAT_KIND_FORWARD)
		natclaim_remove(use->rule, &use->addr->claims);
}

/**
 * dvr_nataddr_drop() - note that a rule with an outside address is staged to go
 * @use: record of the rule
 */
void dvr_nataddr_drop(struct dvr_natuse *use)
{
	list_move_tail(&use->list, &use->addr->uses);
}

/*
 * Find where a rule belongs among @addr's forwards. Return: a rule that has one of the
 * ports, or NULL, with the place in @at and @parent.
 */
static struct dvr_natrule *nataddr_place(struct dvr_nataddr *addr,
					 const struct dvr_natrule *rule,
					 struct rb_node ***at,
					 struct rb_node **parent)
{
	struct dvr_natrule *other;

	*at = &addr->forwards.rb_node;
	*parent = NULL;
	while (**at) {
		*parent = **at;
		other = rb_entry(*parent, struct dvr_natrule, order);
		if (dvr_natrule_last(rule) < dvr_natrule_first(other))
			*at = &(*parent)->rb_left;
		else if (dvr_natrule_first(rule) > dvr_natrule_last(other))
			*at = &(*parent)->rb_right;
		else
			return other;
	}
	return NULL;
}

static void nataddr_erase(struct dvr_nataddr *addr, struct dvr_natrule *rule)
{
	rb_erase(&rule->order, &addr->forwards);
	RB_CLEAR_NODE(&rule->order);
}

/**
 * dvr_nataddr_publish() - let packets find a forward rule
 * @rule: rule; those that have one of its ports are about to go, and packets
 *	find @rule instead of them
 *
 * Context: the configuration mutex.
 */
void dvr_nataddr_publish(struct dvr_natrule *rule)
{
	struct dvr_nataddr *addr = rule->use[0].addr;
	struct rb_node **at, *parent;
	struct dvr_natrule *other;

	spin_lock_bh(&rule->nat->lock);
	write_seqcount_begin(&addr->seq);
	while ((other = nataddr_place(addr, rule, &at, &parent)))
		nataddr_erase(addr, other);
	rb_link_node_rcu(&rule->order, parent, at);
	rb_insert_color(&rule->order, &addr->forwards);
	write_seqcount_end(&addr->seq);
	spin_unlock_bh(&rule->nat->lock);
}

/**
 * dvr_nataddr_unpublish() - undo dvr_nataddr_publish()
 * @rule: rule
 *
 * Context: the configuration mutex.
 */
void dvr_nataddr_unpublish(struct dvr_natrule *rule)
{
	struct dvr_nataddr *addr = rule->use[0].addr;

	spin_lock_bh(&rule->nat->lock);
	if (!RB_EMPTY_NODE(&rule->order)) {
		write_seqcount_begin(&addr->seq);
		nataddr_erase(addr, rule);
		write_seqcount_end(&addr->seq);
	}
	spin_unlock_bh(&rule->nat->lock);
}
