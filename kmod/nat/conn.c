// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: the rule and the owners of each conntrack entry of a router.
 * Conntrack notifies no module when it deletes an entry, so a work item
 * collects the connections of deleted entries from time to time. When an owner
 * is deleted, its connections are dead from that instant on, and are then ended
 * one by one.
 */
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "lib/charge.h"
#include "nat/binding.h"
#include "nat/conn.h"
#include "nat/flow.h"
#include "nat/instance.h"
#include "nat/natrule.h"

/* A run checks at least this many connections of a namespace. */
#define COLLECT_MIN	1024U
#define COLLECT_SHARE	32
#define COLLECT_WAIT	(HZ / 4)
#define BATCH		64

static struct kmem_cache *cache;

static u32 conn_hashfn(const void *data, u32 len, u32 seed)
{
	return dvr_hash(*(struct nf_conn *const *)data, 0, 0, seed);
}

/* rhashtable would call memcmp(); this comparison is inlined. */
static int conn_cmpfn(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct dvr_conn *conn = obj;

	return conn->ct != *(struct nf_conn *const *)arg->key;
}

const struct rhashtable_params dvr_conn_params = {
	.head_offset = offsetof(struct dvr_conn, node),
	.key_offset = offsetof(struct dvr_conn, ct),
	.key_len = sizeof(struct nf_conn *),
	.hashfn = conn_hashfn,
	.obj_cmpfn = conn_cmpfn,
	.automatic_shrinking = true,
};

/* The NAT instance of the first connection of an owner, or NULL. */
static const struct dvr_nat *owner_nat(struct dvr_owner *owner)
{
	const struct dvr_tie *t;

	t = list_first_entry_or_null(&owner->ties, struct dvr_tie, list);
	return t ? t->conn->nat : NULL;
}

/* Context: softirq, &dvr_nat.lock held. */
static bool conn_tie(struct dvr_conn *conn, enum dvr_tie_kind kind,
		     struct dvr_owner *owner)
{
	struct dvr_tie *t = &conn->tie[kind];
	bool ok;

	spin_lock(&owner->lock);
	ok = dvr_obj_live(owner->obj) &&
	     !test_bit(DVR_CONN_DEAD, &conn->flags) && !t->owner;
	if (ok) {
		owner->mixed = !list_empty(&owner->ties) &&
			       (owner->mixed || owner_nat(owner) != conn->nat);
		WRITE_ONCE(t->owner, owner);
		list_add_tail(&t->list, &owner->ties);
	}
	spin_unlock(&owner->lock);
	return ok;
}

/*
 * The owner is not freed before dvr_owner_reap() finds no tie, and RCU allows
 * it.
 */
static void conn_untie(struct dvr_tie *t)
{
	struct dvr_owner *owner = READ_ONCE(t->owner);

	if (!owner)
		return;
	spin_lock_bh(&owner->lock);
	list_del(&t->list);
	spin_unlock_bh(&owner->lock);
}

/**
 * dvr_conn_tie() - tie a connection to one more owner
 * @conn: connection
 * @kind: role of the owner; nothing happens if the connection has such an owner
 * @owner: owner
 *
 * Context: softirq, RCU.
 */
void dvr_conn_tie(struct dvr_conn *conn, enum dvr_tie_kind kind,
		  struct dvr_owner *owner)
{
	struct dvr_nat *nat = conn->nat;

	if (READ_ONCE(conn->tie[kind].owner))
		return;
	/* Excludes other calls and dvr_conn_end(). */
	spin_lock(&nat->lock);
	conn_tie(conn, kind, owner);
	spin_unlock(&nat->lock);
}

/*
 * Move the tie of a connection from its rule to @rule, which replaced that one.
 * @rule is younger, so its lock comes second. Context: &dvr_nat.lock held.
 */
static bool conn_retie(struct dvr_conn *conn, enum dvr_tie_kind kind,
		       struct dvr_natrule *rule)
{
	struct dvr_tie *t = &conn->tie[kind];
	struct dvr_owner *from = t->owner;
	bool ok;

	if (test_bit(DVR_CONN_DEAD, &conn->flags) || !from)
		return false;
	/* Another CPU was faster. */
	if (from == &rule->owner)
		return true;
	spin_lock(&from->lock);
	spin_lock_nested(&rule->owner.lock, SINGLE_DEPTH_NESTING);
	ok = dvr_obj_live(&rule->obj) &&
	     dvr_binding_pass(conn->nat, conn->binding, rule);
	if (ok) {
		WRITE_ONCE(t->owner, &rule->owner);
		list_move_tail(&t->list, &rule->owner.ties);
	}
	spin_unlock(&rule->owner.lock);
	spin_unlock(&from->lock);
	return ok;
}

/**
 * dvr_conn_pass() - tie a connection to the rule that replaced its rule
 * @conn: connection
 * @kind: DVR_TIE_RULE or DVR_TIE_SOURCE
 * @rule: rule that replaced the one of this tie; the mapping that the connection
 *	holds from that one becomes the mapping of @rule
 *
 * Context: any but hard interrupts; RCU.
 * Return: false if the connection has to end.
 */
bool dvr_conn_pass(struct dvr_conn *conn, enum dvr_tie_kind kind,
		   struct dvr_natrule *rule)
{
	struct dvr_nat *nat = conn->nat;
	bool ok;

	spin_lock_bh(&nat->lock);
	ok = conn_retie(conn, kind, rule);
	if (ok && kind == DVR_TIE_RULE && conn->rule != rule) {
		atomic_dec(&conn->rule->n_conns);
		atomic_inc(&rule->n_conns);
		WRITE_ONCE(conn->rule, rule);
	}
	spin_unlock_bh(&nat->lock);
	return ok;
}

/**
 * dvr_conn_find() - find the connection of a conntrack entry
 * @nat: instance of the packet's router
 * @ct: conntrack entry
 *
 * Context: softirq, RCU.
 * Return: the connection, or NULL if @ct is not an entry of @nat.
 */
struct dvr_conn *dvr_conn_find(const struct dvr_nat *nat,
			       const struct nf_conn *ct)
{
	struct dvr_conn *conn;

	conn = rhashtable_lookup(&nat->dn->conns, &ct, dvr_conn_params);
	return conn && conn->nat == nat ? conn : NULL;
}

static void conn_free(struct rcu_head *rcu)
{
	struct dvr_conn *conn = container_of(rcu, struct dvr_conn, rcu);

	nf_ct_put(conn->ct);
	kmem_cache_free(cache, conn);
}

/**
 * dvr_conn_end() - end a connection
 * @conn: connection, held by RCU
 *
 * The conntrack entry is deleted. The binding is deleted if no other connection
 * holds it. Nothing happens if the connection has ended already.
 *
 * Context: any but hard interrupts; RCU.
 */
void dvr_conn_end(struct dvr_conn *conn)
{
	struct dvr_nat *nat = conn->nat;
	struct nf_conn *ct = conn->ct;
	unsigned int i;
	bool ended;

	/* No CPU may tie the connection after its ties are removed. */
	spin_lock_bh(&nat->lock);
	ended = test_and_set_bit(DVR_CONN_DEAD, &conn->flags);
	spin_unlock_bh(&nat->lock);
	if (ended)
		return;
	dvr_flow_forget(conn);
	/* dvr_conn_confirmed() deletes an entry that is not yet confirmed. */
	if (nf_ct_is_confirmed(ct))
		nf_ct_delete(ct, 0, 0);
	rhashtable_remove_fast(&nat->dn->conns, &conn->node, dvr_conn_params);
	dvr_binding_put(nat, conn->binding);
	atomic_dec(&conn->rule->n_conns);
	atomic_dec(&nat->n_conns);
	/* Last: an owner without ties is freed after a grace period. */
	for (i = 0; i < DVR_TIES; i++)
		conn_untie(&conn->tie[i]);
	call_rcu(&conn->rcu, conn_free);
}

/*
 * Make the connection visible. The connection is complete, and any CPU may end
 * it from here on. The lock is needed as in dvr_conn_tie().
 */
static enum dvr_drop conn_enter(struct dvr_nat *nat, struct dvr_conn *conn,
				struct dvr_owner *const owner[DVR_TIES])
{
	bool ok = true;
	unsigned int i;

	/* Another CPU may have adopted the same entry. */
	if (rhashtable_lookup_insert_fast(&nat->dn->conns, &conn->node,
					  dvr_conn_params))
		return DVR_DROP_NOMEM;
	spin_lock(&nat->lock);
	for (i = 0; i < DVR_TIES && ok; i++)
		ok = !owner[i] || conn_tie(conn, i, owner[i]);
	spin_unlock(&nat->lock);
	return ok ? DVR_OK : DVR_DROP_NAT_GONE;
}

static struct dvr_conn *conn_make(struct dvr_nat *nat, struct nf_conn *ct,
				  struct dvr_natrule *rule,
				  struct dvr_binding *binding)
{
	struct dvr_conn *conn = dvr_charged_alloc(nat->charge, cache, 0);
	unsigned int i;

	if (!conn)
		return NULL;
	conn->ct = ct;
	conn->nat = nat;
	conn->rule = rule;
	conn->binding = binding;
	conn->flags = 0;
	conn->from = 0;
	for (i = 0; i < ARRAY_SIZE(conn->flow); i++)
		RCU_INIT_POINTER(conn->flow[i], NULL);
	for (i = 0; i < DVR_TIES; i++) {
		conn->tie[i].owner = NULL;
		conn->tie[i].conn = conn;
	}
	nf_conntrack_get(&ct->ct_general);
	atomic_inc(&rule->n_conns);
	return conn;
}

/**
 * dvr_conn_add() - add a connection
 * @nat: instance
 * @ct: conntrack entry, either not confirmed or made by another program
 * @limit: limit of the router's connections
 * @owner: owners of the connection, by &enum dvr_tie_kind; NULL where there is
 *	none
 * @rule: rule that counts the connection, one of the owners
 * @binding: mapping that the connection holds, or NULL; put on failure
 * @result: gets the connection
 *
 * The caller must call dvr_conn_confirmed() once a new entry is confirmed.
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or the reason why the packet must be dropped.
 */
enum dvr_drop dvr_conn_add(struct dvr_nat *nat, struct nf_conn *ct,
			   u32 limit, struct dvr_owner *const owner[DVR_TIES],
			   struct dvr_natrule *rule,
			   struct dvr_binding *binding,
			   struct dvr_conn **result)
{
	enum dvr_drop reason = DVR_DROP_NAT_LIMIT;
	struct dvr_conn *conn = NULL;

	if (atomic_inc_return(&nat->n_conns) > (int)limit)
		goto refuse;
	reason = DVR_DROP_NOMEM;
	conn = conn_make(nat, ct, rule, binding);
	if (!conn)
		goto refuse;
	reason = conn_enter(nat, conn, owner);
	if (reason == DVR_DROP_NAT_GONE) {
		dvr_conn_end(conn);
		return reason;
	}
	if (reason)
		goto refuse;
	atomic64_inc(&rule->hits);
	if (!delayed_work_pending(&nat->dn->collect))
		queue_delayed_work(dvr_wq, &nat->dn->collect, COLLECT_WAIT);
	*result = conn;
	return DVR_OK;

refuse:
	if (conn) {
		atomic_dec(&rule->n_conns);
		call_rcu(&conn->rcu, conn_free);
	}
	dvr_binding_put(nat, binding);
	atomic_dec(&nat->n_conns);
	return reason;
}

/**
 * dvr_conn_confirmed() - note that the entry of a connection is confirmed
 * @conn: connection
 *
 * If another CPU has ended the connection before the entry was confirmed, the
 * entry is deleted here.
 *
 * Context: softirq, RCU.
 */
void dvr_conn_confirmed(struct dvr_conn *conn)
{
	/* Pairs with the atomic operation in dvr_conn_end(). */
	smp_mb();
	if (unlikely(test_bit(DVR_CONN_DEAD, &conn->flags)))
		nf_ct_delete(conn->ct, 0, 0);
}

static bool owner_reap_one(struct dvr_owner *owner,
			   bool (*keep)(struct dvr_conn *conn))
{
	struct dvr_conn *conn = NULL;
	struct dvr_tie *t;

	spin_lock_bh(&owner->lock);
	t = list_first_entry_or_null(&owner->ties, struct dvr_tie, list);
	if (t) {
		/*
		 * Another CPU may be ending this connection: try the others
		 * first.
		 */
		list_move_tail(&t->list, &owner->ties);
		conn = t->conn;
	}
	spin_unlock_bh(&owner->lock);
	if (conn && !(keep && keep(conn)))
		dvr_conn_end(conn);
	return conn;
}

/* The router of an instance may have ended. */
static void nat_renew_router(const struct dvr_nat *nat)
{
	if (xa_load(&nat->dn->routers, nat->router_id) == nat->router)
		dvr_router_renew(nat->router);
}

/**
 * dvr_owner_renew() - make the fast path forget the flows of an owner
 * @owner: owner, whose object is no longer live
 *
 * Packets of these flows, and of other flows of the same routers, take the slow
 * path, which drops what belongs to an owner that has ended.
 *
 * Context: the configuration mutex.
 */
void dvr_owner_renew(struct dvr_owner *owner)
{
	const struct dvr_nat *last = NULL;
	struct dvr_tie *t;

	spin_lock_bh(&owner->lock);
	list_for_each_entry(t, &owner->ties, list) {
		if (t->conn->nat != last) {
			last = t->conn->nat;
			nat_renew_router(last);
		}
		if (!owner->mixed)
			break;
	}
	spin_unlock_bh(&owner->lock);
}

/**
 * dvr_owner_pass() - end the connections of an owner, or keep them
 * @owner: owner, whose object is no longer live
 * @keep: ties a connection to other owners; false if the connection has to end;
 *	NULL to end all
 *
 * Context: process. The object may be freed a grace period after the call.
 */
void dvr_owner_pass(struct dvr_owner *owner,
		    bool (*keep)(struct dvr_conn *conn))
{
	bool more = true;
	unsigned int n;

	while (more) {
		rcu_read_lock();
		for (n = 0; n < BATCH && more; n++)
			more = owner_reap_one(owner, keep);
		rcu_read_unlock();
		cond_resched();
	}
}

/**
 * dvr_owner_reap() - end all connections of an owner
 * @owner: owner, whose object is no longer live
 *
 * Context: process. The object may be freed a grace period after the call.
 */
void dvr_owner_reap(struct dvr_owner *owner)
{
	dvr_owner_pass(owner, NULL);
}

static bool conn_expired(const struct nf_conn *ct)
{
	return nf_ct_is_confirmed(ct) &&
	       (nf_ct_is_dying(ct) || nf_ct_is_expired(ct));
}

/**
 * dvr_conn_walk() - begin or resume a walk over the connections of a namespace
 * @iter: walk of &dvr_net.conns, entered
 * @anew: counts how often the walk has begun anew
 *
 * rhashtable_walk_stop() ends what this function begins. After a resize
 * rhashtable begins anew, but still keeps the connection at which the walk was
 * stopped. That connection may be freed, so the pointer is cleared.
 *
 * Context: any but hard interrupts.
 */
void dvr_conn_walk(struct rhashtable_iter *iter, long *anew)
	__acquires(RCU)
{
	if (rhashtable_walk_start_check(iter) != -EAGAIN)
		return;
	iter->p = NULL;
	++*anew;
}

/**
 * dvr_conn_next() - get the next connection of a walk
 * @iter: walk of &dvr_net.conns, after dvr_conn_walk()
 * @again: true in the first call after dvr_conn_walk(); the walk goes on with
 *	the connection at which it was stopped, or with the one behind if that
 *	is gone
 * @anew: counts how often the walk has begun anew
 *
 * When the table is resized, the walk begins anew.
 *
 * Context: RCU, by dvr_conn_walk().
 * Return: the connection, or NULL at the end.
 */
struct dvr_conn *dvr_conn_next(struct rhashtable_iter *iter, bool again,
			       long *anew)
{
	struct dvr_conn *conn;

	conn = again ? rhashtable_walk_peek(iter) : rhashtable_walk_next(iter);
	while (conn == ERR_PTR(-EAGAIN)) {
		++*anew;
		conn = rhashtable_walk_next(iter);
	}
	return conn;
}

/* Check @n connections. After the last one the walk begins anew. */
static void conn_collect_some(struct dvr_net *dn, unsigned int n)
{
	struct dvr_conn *conn = NULL;
	bool again = true;
	long anew = 0;

	dvr_conn_walk(&dn->collected, &anew);
	while (n-- && (conn = dvr_conn_next(&dn->collected, again, &anew))) {
		again = false;
		if (conn_expired(conn->ct))
			dvr_conn_end(conn);
		else
			dvr_flow_age(conn);
	}
	rhashtable_walk_stop(&dn->collected);
	if (conn)
		return;
	rhashtable_walk_exit(&dn->collected);
	rhashtable_walk_enter(&dn->conns, &dn->collected);
}

/*
 * End the connections whose conntrack entries are deleted or expired. A run
 * checks a part of the connections, so the share of CPU time does not grow with
 * their number. All connections are checked within some seconds.
 */
static void conn_collect(struct work_struct *work)
{
	struct dvr_net *dn = container_of(to_delayed_work(work),
					  struct dvr_net, collect);
	unsigned int n = atomic_read(&dn->conns.nelems);

	for (n = max(COLLECT_MIN, n / COLLECT_SHARE); n >= BATCH; n -= BATCH) {
		conn_collect_some(dn, BATCH);
		cond_resched();
	}
	if (atomic_read(&dn->conns.nelems))
		queue_delayed_work(dvr_wq, &dn->collect, COLLECT_WAIT);
}

/**
 * dvr_conn_start() - prepare a namespace for connections
 * @dn: namespace, its tables initialized
 */
void dvr_conn_start(struct dvr_net *dn)
{
	INIT_DELAYED_WORK(&dn->collect, conn_collect);
	rhashtable_walk_enter(&dn->conns, &dn->collected);
}

/**
 * dvr_conn_stop() - stop the collection of a namespace's connections
 * @dn: namespace without connections, its tables not yet destroyed
 *
 * Context: process.
 */
void dvr_conn_stop(struct dvr_net *dn)
{
	cancel_delayed_work_sync(&dn->collect);
	rhashtable_walk_exit(&dn->collected);
}

/**
 * dvr_conn_register() - create the caches of connections, bindings and flows
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_conn_register(void)
{
	int err;

	cache = KMEM_CACHE(dvr_conn, 0);
	if (!cache)
		return -ENOMEM;
	err = dvr_binding_register();
	if (err)
		goto no_binding;
	err = dvr_flow_register();
	if (err)
		goto no_flow;
	return 0;

no_flow:
	dvr_binding_unregister();
no_binding:
	kmem_cache_destroy(cache);
	return err;
}

/**
 * dvr_conn_unregister() - destroy the caches of connections, bindings and flows
 *
 * Context: process, after the last connection has ended, and rcu_barrier().
 */
void dvr_conn_unregister(void)
{
	dvr_flow_unregister();
	dvr_binding_unregister();
	kmem_cache_destroy(cache);
}
