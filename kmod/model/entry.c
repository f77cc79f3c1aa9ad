// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries that a segment learns or is given: the MAC table and the neighbour
 * table are made of them. An entry is configured, or belongs to a port or a
 * gateway, or is learned. A learned entry is in no transaction, and gives way to
 * every other entry of the same key.
 */
#include "model/above.h"
#include "model/entry.h"
#include "model/port.h"
#include "model/segment.h"

static int entry_learned_cmpfn(struct rhashtable_compare_arg *arg,
			       const void *data)
{
	const struct dvr_entry *entry = data;

	return dvr_entry_live_cmpfn(arg, data) ||
	       entry->origin != DVR_ORIGIN_LEARNED;
}

static int entry_wanted_cmpfn(struct rhashtable_compare_arg *arg,
			      const void *data)
{
	const struct dvr_entry *entry = data;

	return dvr_entry_differs(arg, entry) || !dvr_obj_wanted(&entry->obj);
}

/* Learned entries: a configured entry replaces these. */
static const struct rhashtable_params entry_learned_params =
	DVR_ENTRY_PARAMS(entry_learned_cmpfn);

/* Wanted entries, never learned ones: the open transaction finds these. */
static const struct rhashtable_params entry_wanted_params =
	DVR_ENTRY_PARAMS(entry_wanted_cmpfn);

/**
 * dvr_entries_init() - prepare the entries of a new segment
 * @in: the segment's entries of one kind
 * @table: hash table of the namespace for that kind
 */
void dvr_entries_init(struct dvr_entries *in, struct rhashtable *table)
{
	in->table = table;
	INIT_LIST_HEAD(&in->list);
}

/**
 * dvr_entries_del() - stage the end of all entries that are not learned
 * @txn: open transaction
 * @in: entries of a segment that ends
 *
 * Context: the segment's lock.
 */
void dvr_entries_del(struct dvr_txn *txn, struct dvr_entries *in)
{
	struct dvr_entry *entry;

	list_for_each_entry(entry, &in->list, list)
		if (dvr_obj_wanted(&entry->obj))
			dvr_entry_del(txn, entry);
}

/**
 * dvr_entry_init() - fill in a new entry
 * @entry: the entry, all zero
 * @kind: kind of the entry
 * @key: segment and address
 * @origin: &enum dvr_origin
 *
 * Packets find a learned entry as soon as it is linked.
 */
void dvr_entry_init(struct dvr_entry *entry, const struct dvr_kind *kind,
		    const struct dvr_entry_key *key, u8 origin)
{
	entry->key = *key;
	entry->origin = origin;
	INIT_LIST_HEAD(&entry->pin);
	entry->obj.kind = kind;
	entry->obj.quiet = origin == DVR_ORIGIN_PORT ||
			   origin == DVR_ORIGIN_GATEWAY;
	if (origin == DVR_ORIGIN_LEARNED)
		entry->obj.seen = DVR_SEEN_PKT;
}

/**
 * dvr_entry_link() - enter an entry into the tables
 * @in: entries of the segment
 * @entry: the entry
 *
 * Context: the segment's lock.
 * Return: 0 or an error of the hash table.
 */
int dvr_entry_link(struct dvr_entries *in, struct dvr_entry *entry)
{
	int err;

	lockdep_assert_held(&entry->key.seg->lock);
	err = rhashtable_insert_fast(in->table, &entry->node, dvr_entry_params);
	if (err)
		return err;
	list_add_tail(&entry->list, &in->list);
	entry->serial = ++in->serial;
	in->n++;
	return 0;
}

/**
 * dvr_entry_unlink() - take an entry out of the tables
 * @in: entries of the segment
 * @entry: the entry; packets may use it until a grace period is over
 *
 * Context: the segment's lock.
 */
void dvr_entry_unlink(struct dvr_entries *in, struct dvr_entry *entry)
{
	lockdep_assert_held(&entry->key.seg->lock);
	rhashtable_remove_fast(in->table, &entry->node, dvr_entry_params);
	if (in->next == entry)
		in->next = dvr_entry_after(in, entry);
	list_del(&entry->list);
	in->n--;
}

/**
 * dvr_entry_from() - the first entry that a dump has not shown yet
 * @in: entries of the segment
 * @serial: number of the entry that had no room in the last message, or 0
 *
 * Entries end and are made between two messages of a dump. Their numbers rise
 * along the list, so nothing is shown twice or left out. Only where two dumps
 * of a segment take turns is the place searched from the beginning.
 *
 * Context: the segment's lock.
 * Return: an entry, or NULL if all were shown.
 */
struct dvr_entry *dvr_entry_from(const struct dvr_entries *in,
				 unsigned long serial)
{
	struct dvr_entry *entry = in->next;

	if (entry && entry->serial >= serial &&
	    (list_is_first(&entry->list, &in->list) ||
	     list_prev_entry(entry, list)->serial < serial))
		return entry;
	list_for_each_entry(entry, &in->list, list)
		if (entry->serial >= serial)
			return entry;
	return NULL;
}

/**
 * dvr_entry_kill() - end a learned entry and report its end
 * @in: entries of the segment
 * @entry: the entry
 *
 * Context: the segment's lock.
 */
void dvr_entry_kill(struct dvr_entries *in, struct dvr_entry *entry)
{
	struct dvr_net *dn = entry->key.seg->dn;

	WRITE_ONCE(entry->obj.seen, 0);
	dvr_above.event(dn, &entry->obj, DVR_EVENT_DEL, NULL, GFP_ATOMIC);
	dvr_entry_unlink(in, entry);
}

/**
 * dvr_entry_add() - stage an entry that does not age
 * @txn: open transaction
 * @in: entries of the segment
 * @entry: the entry, complete; dvr_entry_find() does not find its key
 *
 * Return: 0, or an error of the hash table; the caller then frees the entry.
 */
int dvr_entry_add(struct dvr_txn *txn, struct dvr_entries *in,
		  struct dvr_entry *entry)
{
	struct dvr_segment *seg = entry->key.seg;
	int err;

	spin_lock_bh(&seg->lock);
	err = dvr_entry_link(in, entry);
	spin_unlock_bh(&seg->lock);
	if (!err)
		dvr_txn_add(txn, &entry->obj);
	return err;
}

/**
 * dvr_entry_del() - stage the end of an entry that does not age
 * @txn: open transaction
 * @entry: the entry
 */
void dvr_entry_del(struct dvr_txn *txn, struct dvr_entry *entry)
{
	dvr_txn_del(txn, &entry->obj);
}

/**
 * dvr_entry_pin() - make an entry end with a port
 * @entry: the entry
 * @port: port that the entry is configured to be behind, or NULL for none
 *
 * Context: the configuration mutex.
 */
void dvr_entry_pin(struct dvr_entry *entry, struct dvr_port *port)
{
	list_del_init(&entry->pin);
	if (port)
		list_add_tail(&entry->pin, &port->pinned);
}

/**
 * dvr_entry_find() - the entry of a key that does not age
 * @in: entries of the segment
 * @key: segment and address
 *
 * Context: the configuration mutex.
 * Return: the entry as the open transaction sees it, no learned one, or NULL.
 */
struct dvr_entry *dvr_entry_find(const struct dvr_entries *in,
				 const struct dvr_entry_key *key)
{
	dvr_assert_locked(key->seg->dn);
	return rhashtable_lookup_fast(in->table, key, entry_wanted_params);
}

/**
 * dvr_entry_learned() - the learned entry of a key
 * @in: entries of the segment
 * @key: segment and address
 *
 * Context: the segment's lock, so that the entry does not end.
 * Return: the entry or NULL.
 */
struct dvr_entry *dvr_entry_learned(const struct dvr_entries *in,
				    const struct dvr_entry_key *key)
{
	lockdep_assert_held(&key->seg->lock);
	return rhashtable_lookup_fast(in->table, key, entry_learned_params);
}
