// SPDX-License-Identifier: GPL-2.0-only
/*
 * The neighbour table of a segment: the MAC of an IP address, and the port that
 * the MAC is behind. resolve.c makes learned entries.
 */
#include <linux/slab.h>

#include "model/above.h"
#include "model/address.h"
#include "model/discard.h"
#include "model/fdb.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/pkt.h"
#include "model/port.h"
#include "model/router.h"
#include "model/segment.h"

/**
 * dvr_neigh_lookup() - the live entry of an address
 * @seg: segment
 * @ip: v4-mapped for IPv4
 *
 * Context: RCU.
 * Return: the entry, in any state, or NULL.
 */
struct dvr_neigh *dvr_neigh_lookup(const struct dvr_segment *seg,
				   const struct in6_addr *ip)
{
	const struct dvr_entry_key key = dvr_ip_key(seg, ip);

	return dvr_neigh_get(seg->dn, &key);
}

/**
 * dvr_neigh_find() - the configured entry of an address
 * @seg: segment
 * @ip: v4-mapped for IPv4
 *
 * Return: the entry as the open transaction sees it, no learned one, or NULL.
 */
struct dvr_neigh *dvr_neigh_find(struct dvr_segment *seg,
				 const struct in6_addr *ip)
{
	const struct dvr_entry_key key = dvr_ip_key(seg, ip);

	return dvr_neigh_of(dvr_entry_find(&seg->neighs, &key));
}

/**
 * dvr_neigh_leave_fdb() - forget the MAC entry of a neighbour
 * @n: neighbour whose MAC changes
 *
 * Context: the segment's lock, unless the entry is in no table.
 */
void dvr_neigh_leave_fdb(struct dvr_neigh *n)
{
	/* Pairs with the load in dvr_neigh_at(). */
	smp_store_release(&n->where, &n->port);
	dvr_fdb_put(n->fdb);
	n->fdb = NULL;
}

/* The place of the neighbour is configured, whatever the MAC table has. */
static bool neigh_is_fixed(const struct dvr_neigh *n)
{
	return rcu_access_pointer(n->port) || !ipv6_addr_any(&n->host);
}

/**
 * dvr_neigh_port_slow() - look up the port of a neighbour
 * @n: entry that has a MAC
 *
 * The entry then refers to the MAC entry, and follows the MAC to another port
 * without a look-up. A MAC without an entry is looked up each time.
 *
 * Context: softirq, RCU.
 * Return: the port, or NULL if the MAC is behind none.
 */
struct dvr_port *dvr_neigh_port_slow(struct dvr_neigh *n)
{
	struct dvr_segment *seg = n->entry.key.seg;
	u64 mac = READ_ONCE(n->mac);
	struct dvr_fdb *fdb = dvr_fdb_lookup(seg, mac);

	if (!fdb || !rcu_access_pointer(fdb->port) || neigh_is_fixed(n))
		return NULL;
	spin_lock_bh(&seg->lock);
	/* Entries do not end under the lock. A command may have set the port. */
	if (dvr_obj_live(&n->entry.obj) && n->mac == mac && !neigh_is_fixed(n) &&
	    fdb == dvr_fdb_lookup(seg, mac)) {
		dvr_neigh_leave_fdb(n);
		refcount_inc(&fdb->refs);
		n->fdb = fdb;
		/* Pairs with the load in dvr_neigh_at(). */
		smp_store_release(&n->where, &fdb->port);
	}
	spin_unlock_bh(&seg->lock);
	return dvr_neigh_at(n);
}

/**
 * dvr_neigh_known() - may the switch answer a request for a neighbour
 * @n: entry of the address that the request is for
 * @port: port that the request came in by
 * @from: source MAC of the request, see dvr_mac()
 *
 * The switch answers for permanent entries only, and for none whose port is down.
 * It never answers the neighbour itself, which would take the answer for a
 * duplicate of its address.
 *
 * Context: softirq, RCU.
 * Return: true if so.
 */
bool dvr_neigh_known(struct dvr_neigh *n, const struct dvr_port *port, u64 from)
{
	const struct dvr_port *at;

	if (!READ_ONCE(n->entry.key.seg->cfg.suppress) || n->iface ||
	    n->state != DVR_NEIGH_STATE_PERMANENT || READ_ONCE(n->mac) == from)
		return false;
	at = dvr_neigh_port(n);
	return at != port && (!at || READ_ONCE(at->up));
}

/**
 * dvr_neigh_is_lost() - whether a MAC was learned, and is behind no port any more
 * @n: entry that has a MAC
 *
 * The port has lost its carrier, or the machine was silent for long.
 *
 * Context: softirq, RCU, also with the segment's lock.
 * Return: true if so.
 */
bool dvr_neigh_is_lost(const struct dvr_neigh *n)
{
	const struct dvr_fdb *fdb;

	if (likely(dvr_neigh_at(n)) || n->entry.origin != DVR_ORIGIN_LEARNED)
		return false;
	fdb = dvr_fdb_lookup(n->entry.key.seg, READ_ONCE(n->mac));
	return !fdb || !rcu_access_pointer(fdb->port);
}

/**
 * dvr_neigh_valid() - whether a neighbour is not known to be out of reach
 * @n: entry
 *
 * Context: softirq, RCU.
 * Return: false if the neighbour has not answered, or its port is down.
 */
bool dvr_neigh_valid(struct dvr_neigh *n)
{
	const struct dvr_port *port;

	if (n->iface)
		return true;
	if (!READ_ONCE(n->mac))
		return false;
	port = dvr_neigh_port(n);
	return port ? READ_ONCE(port->up) :
		      n->entry.origin != DVR_ORIGIN_LEARNED;
}

/**
 * dvr_neigh_update_ready() - compute &dvr_neigh.ready anew
 * @n: entry
 *
 * Context: the segment's lock, unless the entry is in no table.
 */
void dvr_neigh_update_ready(struct dvr_neigh *n)
{
	bool ready = dvr_obj_live(&n->entry.obj) && !n->iface &&
		     n->state != DVR_NEIGH_STATE_STALE;

	WRITE_ONCE(n->ready, ready ? n->mac : 0);
}

/**
 * dvr_neigh_init() - fill in what all new entries start with
 * @n: the entry, all zero
 * @key: segment and address
 * @origin: &enum dvr_origin
 */
void dvr_neigh_init(struct dvr_neigh *n, const struct dvr_entry_key *key,
		    u8 origin)
{
	dvr_entry_init(&n->entry, &dvr_neigh_kind, key, origin);
	n->where = &n->port;
	refcount_set(&n->refs, 1);
	__skb_queue_head_init(&n->queue);
}

/**
 * dvr_neigh_free() - free an entry to which nothing points
 * @n: the entry
 */
void dvr_neigh_free(struct dvr_neigh *n)
{
	dvr_fdb_put(n->fdb);
	kfree(n);
}

/**
 * dvr_neigh_put() - drop a reference to an entry
 * @n: the entry
 *
 * Context: a grace period after packets could last see the reference.
 */
void dvr_neigh_put(struct dvr_neigh *n)
{
	if (!refcount_dec_and_test(&n->refs))
		return;
	if (n->remembered)
		dvr_above.hops_forget(n);
	else
		dvr_neigh_free(n);
}

static void neigh_put_rcu(struct rcu_head *rcu)
{
	dvr_neigh_put(container_of(rcu, struct dvr_neigh, rcu));
}

/**
 * dvr_neigh_join_iface() - count a learned entry for its leg
 * @n: the entry
 * @asked: the neighbour asked for a gateway, and no packet needs the entry yet
 *
 * Context: the segment's lock.
 */
void dvr_neigh_join_iface(struct dvr_neigh *n, bool asked)
{
	struct dvr_iface *via = n->via;

	n->asked_us = asked;
	list_add_tail(&n->mine, asked ? &via->asked : &via->neighs);
	if (asked)
		via->n_asked++;
	else
		via->n_neighs++;
	atomic_inc(&n->router->n_neighs);
}

static void neigh_leave_iface(struct dvr_neigh *n)
{
	list_del(&n->mine);
	if (n->asked_us)
		n->via->n_asked--;
	else
		n->via->n_neighs--;
	atomic_dec(&n->router->n_neighs);
}

/**
 * dvr_neigh_in_use() - keep an entry longer than entries that are not in use
 * @n: learned entry that packets are sent to
 *
 * Context: the segment's lock.
 */
void dvr_neigh_in_use(struct dvr_neigh *n)
{
	neigh_leave_iface(n);
	dvr_neigh_join_iface(n, false);
}

/**
 * dvr_neigh_enqueue() - let a packet wait for the MAC of a neighbour
 * @n: neighbour entry
 * @skb: packet that leaves by a leg of the segment
 * @wait: what the packet keeps
 *
 * Context: the segment's lock.
 */
void dvr_neigh_enqueue(struct dvr_neigh *n, struct sk_buff *skb,
		       const struct dvr_wait *wait)
{
	struct dvr_wait *kept = dvr_wait(skb);

	*kept = *wait;
	kept->n = n;
	list_add_tail(&kept->mine, &kept->iface->waiting);
	__skb_queue_tail(&n->queue, skb);
}

/**
 * dvr_neigh_dequeue() - take a packet out of the queue of its neighbour
 * @wait: what the packet keeps
 *
 * Context: the segment's lock.
 * Return: the packet; dvr_neigh_wait_over() follows.
 */
struct sk_buff *dvr_neigh_dequeue(struct dvr_wait *wait)
{
	struct sk_buff *skb = container_of((void *)wait, struct sk_buff, cb);

	list_del(&wait->mine);
	__skb_unlink(skb, &wait->n->queue);
	return skb;
}

/**
 * dvr_neigh_take_queue() - take all packets out of the queue of a neighbour
 * @n: neighbour entry
 * @to: queue to which they are added
 *
 * Context: the segment's lock.
 */
void dvr_neigh_take_queue(struct dvr_neigh *n, struct sk_buff_head *to)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&n->queue)))
		__skb_queue_tail(to, dvr_neigh_dequeue(dvr_wait(skb)));
}

/**
 * dvr_neigh_kill() - end a learned entry
 * @n: the entry
 * @orphans: gets the packets that waited for the neighbour
 *
 * The timer may run on another CPU. The timer takes the segment's lock, finds
 * that the entry is not live, and returns before the grace period ends.
 *
 * Context: the segment's lock; the caller drops it, then frees @orphans.
 */
void dvr_neigh_kill(struct dvr_neigh *n, struct sk_buff_head *orphans)
{
	struct dvr_segment *seg = n->entry.key.seg;

	dvr_entry_kill(&seg->neighs, &n->entry);
	dvr_neigh_update_ready(n);
	timer_delete(&n->timer);
	dvr_neigh_take_queue(n, orphans);
	neigh_leave_iface(n);
	call_rcu(&n->rcu, neigh_put_rcu);
}

/**
 * dvr_neigh_wait_over() - count a packet that does not wait any more
 * @iface: leg that the packet was to leave by
 */
void dvr_neigh_wait_over(struct dvr_iface *iface)
{
	atomic_dec(&iface->n_pending);
	atomic_dec(&iface->router->n_pending);
}

/**
 * dvr_neigh_free_queue() - drop packets that waited for a neighbour
 * @queue: packets, taken from the queues of entries
 * @reason: why
 */
void dvr_neigh_free_queue(struct sk_buff_head *queue, enum dvr_drop reason)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(queue))) {
		struct dvr_iface *iface = dvr_wait(skb)->iface;

		dvr_neigh_wait_over(iface);
		dvr_drop(skb, iface->router, NULL, reason);
	}
}

/**
 * dvr_neigh_unlearn() - end a learned entry
 * @key: segment and address
 *
 * Return: true if there was one.
 */
bool dvr_neigh_unlearn(const struct dvr_entry_key *key)
{
	struct dvr_segment *seg = key->seg;
	struct sk_buff_head orphans;
	struct dvr_neigh *n;

	__skb_queue_head_init(&orphans);
	rcu_read_lock();
	spin_lock_bh(&seg->lock);
	n = dvr_neigh_of(dvr_entry_learned(&seg->neighs, key));
	if (n)
		dvr_neigh_kill(n, &orphans);
	spin_unlock_bh(&seg->lock);
	local_bh_disable();
	dvr_neigh_free_queue(&orphans, DVR_DROP_NEIGH_GONE);
	local_bh_enable();
	rcu_read_unlock();
	return n;
}

/* Take the packets that wait to leave by a leg out of their queues. */
static void neigh_take_waiting(struct dvr_iface *iface,
			       struct sk_buff_head *orphans)
{
	struct dvr_wait *wait, *next;

	list_for_each_entry_safe(wait, next, &iface->waiting, mine)
		__skb_queue_tail(orphans, dvr_neigh_dequeue(wait));
}

/**
 * dvr_neigh_forget_iface() - remove all pointers of a segment to a leg
 * @iface: leg that ends, no longer live
 *
 * Learned entries that were resolved from the leg end, and packets that wait to
 * leave by the leg are dropped.
 */
void dvr_neigh_forget_iface(struct dvr_iface *iface)
{
	struct dvr_segment *seg = iface->seg;
	struct sk_buff_head orphans;
	struct dvr_neigh *n, *next;

	__skb_queue_head_init(&orphans);
	rcu_read_lock();
	spin_lock_bh(&seg->lock);
	list_for_each_entry_safe(n, next, &iface->neighs, mine)
		dvr_neigh_kill(n, &orphans);
	list_for_each_entry_safe(n, next, &iface->asked, mine)
		dvr_neigh_kill(n, &orphans);
	neigh_take_waiting(iface, &orphans);
	spin_unlock_bh(&seg->lock);
	local_bh_disable();
	dvr_neigh_free_queue(&orphans, DVR_DROP_NEIGH_GONE);
	local_bh_enable();
	rcu_read_unlock();
}

static void neigh_fill(struct dvr_neigh *n, const struct dvr_neigh_info *info)
{
	n->host = info->host;
	n->iface = info->iface;
	n->anycast = info->anycast;
	/* Packets take the slow path until the MAC and the port are set. */
	WRITE_ONCE(n->ready, 0);
	rcu_assign_pointer(n->port, info->port);
	dvr_neigh_leave_fdb(n);
	WRITE_ONCE(n->mac, info->mac);
	dvr_neigh_update_ready(n);
}

/**
 * dvr_neigh_add() - stage an entry that does not age
 * @txn: open transaction
 * @seg: segment
 * @ip: v4-mapped for IPv4
 * @info: what the entry is made of
 *
 * Return: the entry, or -EEXIST or -ENOMEM as a pointer.
 */
struct dvr_neigh *dvr_neigh_add(struct dvr_txn *txn, struct dvr_segment *seg,
				const struct in6_addr *ip,
				const struct dvr_neigh_info *info)
{
	const struct dvr_entry_key key = dvr_ip_key(seg, ip);
	struct dvr_neigh *n;
	int err;

	if (dvr_neigh_find(seg, ip)) {
		NL_SET_ERR_MSG(txn->extack,
			       "the address is in use on the segment");
		return ERR_PTR(-EEXIST);
	}
	n = info->announce ? dvr_address_alloc() :
			     kzalloc(sizeof(*n), GFP_KERNEL_ACCOUNT);
	if (!n)
		return ERR_PTR(-ENOMEM);
	n->announce = info->announce;
	dvr_neigh_init(n, &key, info->origin);
	n->state = DVR_NEIGH_STATE_PERMANENT;
	neigh_fill(n, info);
	dvr_entry_pin(&n->entry, info->port);
	err = dvr_entry_add(txn, &seg->neighs, &n->entry);
	if (err) {
		dvr_entry_pin(&n->entry, NULL);
		kfree(n);
		return ERR_PTR(err);
	}
	return n;
}

/**
 * dvr_neigh_set() - stage a change of a static entry
 * @txn: open transaction
 * @n: the entry
 * @info: what the entry is to be made of
 *
 * Return: 0 or -ENOMEM.
 */
int dvr_neigh_set(struct dvr_txn *txn, struct dvr_neigh *n,
		  const struct dvr_neigh_info *info)
{
	struct dvr_neigh_info *staged;

	staged = kmemdup(info, sizeof(*info), GFP_KERNEL_ACCOUNT);
	if (!staged)
		return -ENOMEM;
	dvr_txn_set(txn, &n->entry.obj, staged);
	dvr_entry_pin(&n->entry, staged->port);
	return 0;
}

static void neigh_ready(struct dvr_neigh *n)
{
	struct dvr_segment *seg = n->entry.key.seg;

	spin_lock_bh(&seg->lock);
	dvr_neigh_update_ready(n);
	spin_unlock_bh(&seg->lock);
}

static void neigh_publish(struct dvr_obj *obj)
{
	struct dvr_neigh *n = dvr_neigh(obj);

	dvr_neigh_unlearn(&n->entry.key);
	if (n->announce)
		dvr_address_publish(n);
	neigh_ready(n);
}

static void neigh_cancel(struct dvr_obj *obj)
{
	struct dvr_neigh *n = dvr_neigh(obj);

	dvr_entry_pin(&n->entry, rcu_access_pointer(n->port));
	kfree(obj->staged);
}

static void neigh_apply(struct dvr_obj *obj)
{
	struct dvr_neigh *n = dvr_neigh(obj);
	struct dvr_segment *seg = n->entry.key.seg;

	spin_lock_bh(&seg->lock);
	neigh_fill(n, obj->staged);
	spin_unlock_bh(&seg->lock);
	kfree(obj->staged);
}

static void neigh_unpublish(struct dvr_obj *obj)
{
	struct dvr_neigh *n = dvr_neigh(obj);

	if (n->announce)
		dvr_address_unpublish(n);
	neigh_ready(n);
}

static void neigh_forget(struct dvr_obj *obj)
{
	struct dvr_neigh *n = dvr_neigh(obj);
	struct dvr_segment *seg = n->entry.key.seg;

	dvr_entry_pin(&n->entry, NULL);
	spin_lock_bh(&seg->lock);
	dvr_entry_unlink(&seg->neighs, &n->entry);
	spin_unlock_bh(&seg->lock);
	call_rcu(&n->rcu, neigh_put_rcu);
}

const struct dvr_kind dvr_neigh_kind = {
	.name = "neigh",
	.publish = neigh_publish,
	.apply = neigh_apply,
	.cancel = neigh_cancel,
	.unpublish = neigh_unpublish,
	.forget = neigh_forget,
};
