// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MAC table of a segment: configured entries, the MACs of ports and
 * gateways, and MACs that are learned from traffic. Learned entries never
 * override others, are bounded in number and age out (IEEE 802.1Q 8.8).
 */
#include "lib/charge.h"
#include "model/above.h"
#include "model/fdb.h"
#include "model/port.h"
#include "model/segment.h"

#define AGE_INTERVAL	(10 * HZ)

/* So many entries end under one hold of the segment's lock; each may send an event. */
#define BATCH		64U

/* A search for an old entry of a port checks this many of its entries. */
#define EVICT_TRIES	8

/**
 * dvr_fdb_lookup() - the live entry of a MAC
 * @seg: segment
 * @mac: see dvr_mac()
 *
 * Context: RCU.
 * Return: the entry or NULL.
 */
struct dvr_fdb *dvr_fdb_lookup(const struct dvr_segment *seg, u64 mac)
{
	const struct dvr_entry_key key = dvr_mac_key(seg, mac);

	return dvr_fdb_of(dvr_entry_get(&seg->dn->fdb, &key));
}

/**
 * dvr_fdb_find() - the configured entry of a MAC
 * @seg: segment
 * @mac: see dvr_mac()
 *
 * Return: the entry as the open transaction sees it, no learned one, or NULL.
 */
struct dvr_fdb *dvr_fdb_find(struct dvr_segment *seg, u64 mac)
{
	const struct dvr_entry_key key = dvr_mac_key(seg, mac);

	return dvr_fdb_of(dvr_entry_find(&seg->fdb, &key));
}

/**
 * dvr_fdb_put() - drop a reference to an entry
 * @fdb: the entry, or NULL
 *
 * Packets may use the entry until a grace period is over.
 */
void dvr_fdb_put(struct dvr_fdb *fdb)
{
	if (fdb && refcount_dec_and_test(&fdb->refs))
		kfree_rcu(fdb, rcu);
}

static void fdb_init(struct dvr_fdb *fdb, struct dvr_segment *seg, u64 mac,
		     u8 origin)
{
	const struct dvr_entry_key key = dvr_mac_key(seg, mac);

	dvr_entry_init(&fdb->entry, &dvr_fdb_kind, &key, origin);
	refcount_set(&fdb->refs, 1);
}

/**
 * dvr_fdb_renew_sources() - make CPUs learn the MACs of a port again
 * @port: port of which an entry ended, or which is new
 */
void dvr_fdb_renew_sources(struct dvr_port *port)
{
	static atomic_long_t last;

	WRITE_ONCE(port->sources, atomic_long_inc_return(&last));
}

static struct dvr_port *fdb_port(const struct dvr_fdb *fdb)
{
	const struct dvr_segment *seg = fdb->entry.key.seg;

	return rcu_dereference_protected(fdb->port,
					 lockdep_is_held(&seg->lock));
}

static void fdb_leave_port(struct dvr_fdb *fdb, struct dvr_port *port)
{
	list_del(&fdb->learned);
	if (fdb->hosted)
		WRITE_ONCE(port->n_hosted, port->n_hosted - 1);
	if (!--port->n_learned) {
		list_del(&port->learner);
		port->seg->n_learners--;
	}
}

/* End a learned entry. */
static void fdb_kill(struct dvr_fdb *fdb)
{
	struct dvr_port *port = fdb_port(fdb);
	struct dvr_segment *seg = fdb->entry.key.seg;

	fdb_leave_port(fdb, port);
	dvr_fdb_renew_sources(port);
	dvr_entry_kill(&seg->fdb, &fdb->entry);
	/* Neighbour entries that refer to this one look for another. */
	RCU_INIT_POINTER(fdb->port, NULL);
	dvr_fdb_put(fdb);
}

/*
 * A port that has as many MACs as it may have loses one that was not heard for
 * long. No port costs another one an entry.
 */
static void fdb_make_room(struct dvr_port *port)
{
	struct dvr_fdb *fdb, *oldest = NULL;
	unsigned int tries = EVICT_TRIES;

	if (port->n_learned < DVR_FDB_LEARNED_MAX)
		return;
	list_for_each_entry(fdb, &port->learned, learned) {
		/* A flood of the network must not end the host's own entry. */
		if (!oldest || oldest->local ||
		    (!fdb->local && time_before(READ_ONCE(fdb->used),
						READ_ONCE(oldest->used))))
			oldest = fdb;
		if (!--tries)
			break;
	}
	fdb_kill(oldest);
}

static void fdb_join_port(struct dvr_fdb *fdb, struct dvr_port *port)
{
	fdb_make_room(port);
	list_add_tail(&fdb->learned, &port->learned);
	fdb->hosted = fdb->local && fdb->entry.key.mac != port->own_mac;
	if (fdb->hosted)
		WRITE_ONCE(port->n_hosted, port->n_hosted + 1);
	if (!port->n_learned++) {
		list_add_tail(&port->learner, &port->seg->learners);
		port->seg->n_learners++;
	}
	WRITE_ONCE(fdb->used, jiffies);
	/* Neighbour entries that refer to the entry move with the MAC. */
	rcu_assign_pointer(fdb->port, port);
}

static void fdb_learn_new(struct dvr_segment *seg, struct dvr_port *port,
			  u64 mac, bool local)
{
	struct dvr_fdb *fdb;

	fdb = dvr_charged_zalloc(seg->charge, sizeof(*fdb));
	if (!fdb)
		return;
	fdb_init(fdb, seg, mac, DVR_ORIGIN_LEARNED);
	RCU_INIT_POINTER(fdb->port, port);
	fdb->local = local;
	if (dvr_entry_link(&seg->fdb, &fdb->entry)) {
		kfree(fdb);
		return;
	}
	fdb_join_port(fdb, port);
	queue_delayed_work(dvr_wq, &seg->age, AGE_INTERVAL);
	dvr_above.event(seg->dn, &fdb->entry.obj, DVR_EVENT_NEW, NULL,
			GFP_ATOMIC);
}

static void fdb_learn_move(struct dvr_port *port, struct dvr_fdb *fdb,
			   bool local)
{
	struct dvr_net *dn = fdb->entry.key.seg->dn;
	struct dvr_port *old = fdb_port(fdb);

	if (old == port && fdb->local == local)
		return;
	/* A CPU may remember that the MAC is not the host's. */
	if (old == port || local)
		dvr_fdb_renew_sources(old);
	fdb_leave_port(fdb, old);
	WRITE_ONCE(fdb->local, local);
	fdb_join_port(fdb, port);
	dvr_above.event(dn, &fdb->entry.obj, DVR_EVENT_CHANGE, NULL,
			GFP_ATOMIC);
}

/* The MAC is one of the host's on an uplink of the segment. */
static bool fdb_is_hosts(const struct dvr_segment *seg, u64 mac)
{
	const struct dvr_port *port;

	list_for_each_entry_rcu(port, &seg->uplinks, uplinks) {
		const struct net_device *dev = rcu_dereference(port->dev);

		if (dev && dvr_dev_has_mac(dev, mac))
			return true;
	}
	return false;
}

/*
 * A frame may come in by the port that a configured entry names. An uplink may
 * also carry frames of gateways, which other hosts have too, of other hosts, and
 * of a machine that moved to another host before its port here was deleted.
 */
static bool fdb_allows(const struct dvr_fdb *fdb, const struct dvr_port *port)
{
	const struct dvr_port *owner = rcu_dereference(fdb->port);

	return owner == port ||
	       (port->uplink && (!owner || !READ_ONCE(owner->up)));
}

/* Learn that @mac is behind @port, unless an entry that is not learned says where. */
static void fdb_learn_at(struct dvr_port *port, u64 mac, bool local)
{
	struct dvr_segment *seg = port->seg;
	struct dvr_fdb *fdb;

	spin_lock_bh(&seg->lock);
	/* The port may have ended, and another CPU may have learned the MAC. */
	if (dvr_obj_live(&port->named.obj)) {
		fdb = dvr_fdb_lookup(seg, mac);
		if (!fdb)
			fdb_learn_new(seg, port, mac, local);
		else if (fdb->entry.origin == DVR_ORIGIN_LEARNED)
			fdb_learn_move(port, fdb, local);
	}
	spin_unlock_bh(&seg->lock);
}

static void fdb_touch(struct dvr_fdb *fdb)
{
	if (time_after(jiffies, READ_ONCE(fdb->used) + HZ))
		WRITE_ONCE(fdb->used, jiffies);
}

/**
 * dvr_fdb_learn() - learn the source MAC of a frame
 * @seg: segment
 * @port: port that the frame came in by
 * @mac: source MAC, see dvr_mac(); unicast
 *
 * In the common case the MAC has an entry with this port. Then the only write
 * that another CPU sees is the time stamp, once a second.
 *
 * Context: softirq, RCU.
 * Return: false if the MAC belongs to another port, a gateway, another host or
 *	this host, so that the frame has to be dropped.
 */
bool dvr_fdb_learn(struct dvr_segment *seg, struct dvr_port *port, u64 mac)
{
	struct dvr_fdb *fdb = dvr_fdb_lookup(seg, mac);

	if (fdb && fdb->entry.origin != DVR_ORIGIN_LEARNED)
		return fdb_allows(fdb, port);
	if (fdb && rcu_access_pointer(fdb->port) == port &&
	    !READ_ONCE(fdb->local)) {
		fdb_touch(fdb);
		return true;
	}
	if (fdb_is_hosts(seg, mac))
		return false;
	fdb_learn_at(port, mac, false);
	return true;
}

/**
 * dvr_fdb_learn_local() - learn a MAC that this host has on an uplink
 * @uplink: the uplink
 * @mac: the device's own MAC, or the source MAC of a frame that the host sends by
 *	the device; see dvr_mac()
 *
 * Context: softirq or process context, RCU.
 */
void dvr_fdb_learn_local(struct dvr_port *uplink, u64 mac)
{
	struct dvr_fdb *fdb = dvr_fdb_lookup(uplink->seg, mac);

	if (fdb && rcu_access_pointer(fdb->port) == uplink &&
	    READ_ONCE(fdb->local))
		fdb_touch(fdb);
	else if (!fdb || fdb->entry.origin == DVR_ORIGIN_LEARNED)
		fdb_learn_at(uplink, mac, true);
}

/* An address of the host's device is known for as long as the device has it. */
static bool fdb_is_old(const struct dvr_fdb *fdb)
{
	const struct net_device *dev;
	bool has = false;

	if (!time_after(jiffies, READ_ONCE(fdb->used) + DVR_FDB_AGE))
		return false;
	if (fdb->local) {
		rcu_read_lock();
		dev = rcu_dereference(fdb_port(fdb)->dev);
		has = dev && dvr_dev_has_mac(dev, fdb->entry.key.mac);
		rcu_read_unlock();
	}
	return !has;
}

/*
 * End a batch of old entries of the first learner. After its last one it becomes the
 * last learner. Returns true then.
 */
static bool fdb_age_some(struct dvr_segment *seg)
{
	struct dvr_fdb *fdb, *next;
	unsigned int room = BATCH;
	struct dvr_port *port;

	port = list_first_entry_or_null(&seg->learners, struct dvr_port,
					learner);
	if (!port)
		return true;
	list_for_each_entry_safe(fdb, next, &port->learned, learned) {
		if (!fdb_is_old(fdb))
			continue;
		if (!room--)
			return false;
		fdb_kill(fdb);
	}
	/* It is no learner any more if its last entry has ended. */
	if (port->n_learned)
		list_move_tail(&port->learner, &seg->learners);
	return true;
}

/**
 * dvr_fdb_age() - end learned entries without frames for DVR_FDB_AGE
 * @work: &dvr_segment.age
 *
 * The segment's lock is dropped after each port, and after some entries.
 */
void dvr_fdb_age(struct work_struct *work)
{
	struct dvr_segment *seg = container_of(to_delayed_work(work),
					       struct dvr_segment, age);
	u32 ports;

	spin_lock_bh(&seg->lock);
	for (ports = seg->n_learners; ports; ) {
		ports -= fdb_age_some(seg);
		spin_unlock_bh(&seg->lock);
		cond_resched();
		spin_lock_bh(&seg->lock);
	}
	if (seg->n_learners)
		queue_delayed_work(dvr_wq, &seg->age, AGE_INTERVAL);
	spin_unlock_bh(&seg->lock);
}

/**
 * dvr_fdb_flush_port() - end the entries that were learned from a port
 * @seg: segment of the port
 * @port: port that ends or has lost its device
 */
void dvr_fdb_flush_port(struct dvr_segment *seg, struct dvr_port *port)
{
	unsigned int most = DVR_FDB_LEARNED_MAX, n;
	struct dvr_fdb *fdb;

	/* Frames that still come in must not keep the loop going. */
	do {
		spin_lock_bh(&seg->lock);
		for (n = 0; n < BATCH; n++) {
			fdb = list_first_entry_or_null(&port->learned,
						       struct dvr_fdb, learned);
			if (!fdb)
				break;
			fdb_kill(fdb);
		}
		spin_unlock_bh(&seg->lock);
		most -= n;
	} while (n == BATCH && most);
}

/**
 * dvr_fdb_unlearn() - end a learned entry
 * @key: segment and MAC
 *
 * Return: true if there was one.
 */
bool dvr_fdb_unlearn(const struct dvr_entry_key *key)
{
	struct dvr_segment *seg = key->seg;
	struct dvr_fdb *fdb;

	spin_lock_bh(&seg->lock);
	fdb = dvr_fdb_of(dvr_entry_learned(&seg->fdb, key));
	if (fdb)
		fdb_kill(fdb);
	spin_unlock_bh(&seg->lock);
	return fdb;
}

/**
 * dvr_fdb_add() - stage an entry that does not age
 * @txn: open transaction
 * @seg: segment
 * @mac: see dvr_mac()
 * @origin: where the entry comes from
 * @port: port that the MAC is behind, or NULL
 * @iface: leg that has the MAC, or NULL
 * @host: tunnel endpoint, or NULL
 *
 * Return: the entry, or -EEXIST or -ENOMEM as a pointer.
 */
struct dvr_fdb *dvr_fdb_add(struct dvr_txn *txn, struct dvr_segment *seg,
			    u64 mac, enum dvr_origin origin,
			    struct dvr_port *port, struct dvr_iface *iface,
			    const struct in6_addr *host)
{
	struct dvr_fdb *fdb;
	int err;

	if (dvr_fdb_find(seg, mac)) {
		NL_SET_ERR_MSG(txn->extack, "the MAC is in use on the segment");
		return ERR_PTR(-EEXIST);
	}
	fdb = kzalloc(sizeof(*fdb), GFP_KERNEL_ACCOUNT);
	if (!fdb)
		return ERR_PTR(-ENOMEM);
	fdb_init(fdb, seg, mac, origin);
	RCU_INIT_POINTER(fdb->port, port);
	dvr_entry_pin(&fdb->entry, port);
	fdb->iface = iface;
	if (host)
		fdb->host = *host;
	err = dvr_entry_add(txn, &seg->fdb, &fdb->entry);
	if (err) {
		dvr_entry_pin(&fdb->entry, NULL);
		kfree(fdb);
		return ERR_PTR(err);
	}
	return fdb;
}

/* A learned entry of the MAC would hide this one. */
static void fdb_publish(struct dvr_obj *obj)
{
	dvr_fdb_unlearn(&dvr_fdb(obj)->entry.key);
}

/* The port may end in the same transaction, and be freed before the entry. */
static void fdb_unpublish(struct dvr_obj *obj)
{
	struct dvr_fdb *fdb = dvr_fdb(obj);
	struct dvr_segment *seg = fdb->entry.key.seg;
	struct dvr_port *port;

	spin_lock_bh(&seg->lock);
	port = fdb_port(fdb);
	if (port)
		dvr_fdb_renew_sources(port);
	fdb->was = port;
	RCU_INIT_POINTER(fdb->port, NULL);
	spin_unlock_bh(&seg->lock);
}

static void fdb_forget(struct dvr_obj *obj)
{
	struct dvr_fdb *fdb = dvr_fdb(obj);
	struct dvr_segment *seg = fdb->entry.key.seg;

	dvr_entry_pin(&fdb->entry, NULL);
	spin_lock_bh(&seg->lock);
	dvr_entry_unlink(&seg->fdb, &fdb->entry);
	spin_unlock_bh(&seg->lock);
	dvr_fdb_put(fdb);
}

const struct dvr_kind dvr_fdb_kind = {
	.name = "fdb",
	.publish = fdb_publish,
	.unpublish = fdb_unpublish,
	.forget = fdb_forget,
};
