// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects and transactions.
 *
 * A command stages its changes one object at a time. All that can fail happens
 * then, and packets do not see staged changes. A commit cannot fail, so a batch
 * takes effect as a whole or not at all.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "model/above.h"
#include "model/object.h"

struct named_key {
	const struct dvr_kind *kind;
	const char *name;
};

static u32 named_hash(const struct dvr_kind *kind, const char *name, u32 seed)
{
	return jhash(name, strlen(name), seed ^ (u32)(unsigned long)kind);
}

static u32 named_key_hashfn(const void *data, u32 len, u32 seed)
{
	const struct named_key *key = data;

	return named_hash(key->kind, key->name, seed);
}

static u32 named_obj_hashfn(const void *data, u32 len, u32 seed)
{
	const struct dvr_named *named = data;

	return named_hash(named->obj.kind, named->name, seed);
}

/* The name of an object that is staged for deletion is free. */
static int named_cmpfn(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct named_key *key = arg->key;
	const struct dvr_named *named = data;

	return named->obj.kind != key->kind || !dvr_obj_wanted(&named->obj) ||
	       strcmp(named->name, key->name);
}

const struct rhashtable_params dvr_named_params = {
	.head_offset = offsetof(struct dvr_named, node),
	.key_len = sizeof(struct named_key),
	.hashfn = named_key_hashfn,
	.obj_hashfn = named_obj_hashfn,
	.obj_cmpfn = named_cmpfn,
	.automatic_shrinking = true,
};

/**
 * dvr_named_find() - the router, segment or port of a name
 * @dn: namespace, locked
 * @kind: which kind of object
 * @name: its name
 *
 * Return: the object as the open transaction sees it, or NULL.
 */
struct dvr_named *dvr_named_find(struct dvr_net *dn,
				 const struct dvr_kind *kind, const char *name)
{
	struct named_key key = { .kind = kind, .name = name };

	dvr_assert_locked(dn);
	return rhashtable_lookup_fast(&dn->names, &key, dvr_named_params);
}

/**
 * dvr_name_valid() - may an object have a name
 * @name: NUL-terminated
 *
 * Names appear in command lines and, as words, in saved batches.
 *
 * Return: true if @name is 1 to DVR_NAME_MAX printable ASCII characters
 *	without white space, quotes, slashes, backslashes and '#'.
 */
bool dvr_name_valid(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (name[i] <= ' ' || name[i] >= 0x7f ||
		    strchr("/\\\"'#", name[i]))
			return false;
	return i > 0 && i <= DVR_NAME_MAX;
}

/**
 * dvr_named_insert() - enter an object by name and id
 * @dn: namespace, locked
 * @ids: objects of the kind by id
 * @named: the object with its name and kind
 * @id: id of the object, or 0 for any
 * @extack: where a refusal is explained
 *
 * The id of an object that the open transaction deletes is free.
 *
 * Return: 0, -EEXIST, -EBUSY if no id is free, or -ENOMEM.
 */
int dvr_named_insert(struct dvr_net *dn, struct xarray *ids,
		     struct dvr_named *named, u32 id,
		     struct netlink_ext_ack *extack)
{
	struct dvr_named *old = id ? xa_load(ids, id) : NULL;
	int err;

	dvr_assert_locked(dn);
	if (old && dvr_obj_wanted(&old->obj)) {
		NL_SET_ERR_MSG(extack, "another object of the kind has this id");
		return -EEXIST;
	}
	err = dvr_slot_take(ids, &named->slot, id);
	if (err) {
		if (!id)
			NL_SET_ERR_MSG(extack, "no id is free");
		return err;
	}
	err = rhashtable_insert_fast(&dn->names, &named->node,
				     dvr_named_params);
	if (err)
		dvr_slot_give(ids, &named->slot);
	return err;
}

/**
 * dvr_named_remove() - undo dvr_named_insert()
 * @dn: namespace, locked
 * @ids: objects of the kind by id
 * @named: the object
 */
void dvr_named_remove(struct dvr_net *dn, struct xarray *ids,
		      struct dvr_named *named)
{
	dvr_assert_locked(dn);
	rhashtable_remove_fast(&dn->names, &named->node, dvr_named_params);
	dvr_slot_give(ids, &named->slot);
}

/**
 * dvr_txn_begin() - start to stage changes
 * @txn: transaction, on the caller's stack
 * @dn: namespace; the caller holds its mutex until commit or abort
 * @rtnl: the caller also holds RTNL
 * @extack: where refusals are explained; may be NULL
 */
void dvr_txn_begin(struct dvr_txn *txn, struct dvr_net *dn, bool rtnl,
		   struct netlink_ext_ack *extack)
{
	dvr_assert_locked(dn);
	txn->dn = dn;
	txn->extack = extack;
	txn->request = NULL;
	txn->rtnl = rtnl;
	INIT_LIST_HEAD(&txn->steps);
	INIT_LIST_HEAD(&txn->routers);
	txn->tables = NULL;
	txn->helpers = 0;
	txn->zone = 0;
	txn->waited = 0;
}

static void txn_stage(struct dvr_txn *txn, struct dvr_obj *obj, u8 todo)
{
	if (!obj->todo)
		list_add_tail(&obj->step, &txn->steps);
	obj->todo |= todo;
}

/**
 * dvr_txn_add() - stage a new object
 * @txn: open transaction
 * @obj: object, already in the control tables; from here on the transaction
 *	owns it
 */
void dvr_txn_add(struct dvr_txn *txn, struct dvr_obj *obj)
{
	txn_stage(txn, obj, DVR_STAGE_ADD);
	WRITE_ONCE(obj->seen, DVR_SEEN_CTL);
}

/**
 * dvr_txn_set() - stage a new configuration of an object
 * @txn: open transaction
 * @obj: the object
 * @staged: configuration, made from the object's staged one if there is one,
 *	else from the live one; from here on the object owns it
 */
void dvr_txn_set(struct dvr_txn *txn, struct dvr_obj *obj, void *staged)
{
	txn_stage(txn, obj, DVR_STAGE_SET);
	if (obj->staged)
		obj->kind->cancel(obj);
	obj->staged = staged;
}

/**
 * dvr_txn_del() - stage the end of an object
 * @txn: open transaction
 * @obj: the object; the caller has staged what belongs to the object
 *
 * Needs no memory: the end of a namespace or a netdev cannot be refused.
 */
void dvr_txn_del(struct dvr_txn *txn, struct dvr_obj *obj)
{
	txn_stage(txn, obj, DVR_STAGE_DEL);
	WRITE_ONCE(obj->seen, obj->seen & ~DVR_SEEN_CTL);
}

static void obj_make(struct dvr_obj *obj)
{
	if (obj->todo & DVR_STAGE_ADD) {
		WRITE_ONCE(obj->seen, obj->seen | DVR_SEEN_PKT);
		obj->kind->publish(obj);
	}
	if (obj->todo & DVR_STAGE_SET) {
		obj->kind->apply(obj);
		obj->staged = NULL;
	}
}

static void obj_report(const struct dvr_txn *txn, struct dvr_obj *obj)
{
	enum dvr_event event = DVR_EVENT_CHANGE;

	if (obj->kind->tell) {
		obj->kind->tell(txn, obj);
		return;
	}
	if (obj->quiet || (obj->todo & DVR_STAGE_ADD && obj->todo & DVR_STAGE_DEL))
		return;
	if (obj->todo & DVR_STAGE_DEL)
		event = DVR_EVENT_DEL;
	else if (obj->todo & DVR_STAGE_ADD)
		event = DVR_EVENT_NEW;
	dvr_above.event(txn->dn, obj, event, txn, GFP_KERNEL);
}

/* An object that others point to until they are forgotten comes last. */
static void txn_forget(struct dvr_txn *txn, bool last)
{
	struct dvr_obj *obj, *next;

	list_for_each_entry_safe(obj, next, &txn->steps, step) {
		bool dead = obj->todo & DVR_STAGE_DEL;

		if (dead && obj->kind->last && !last)
			continue;
		list_del(&obj->step);
		obj->todo = 0;
		if (dead)
			obj->kind->forget(obj);
		cond_resched();
	}
}

/**
 * dvr_txn_commit() - make all staged changes
 * @txn: open transaction; dvr_txn_end() follows
 *
 * New objects come first, then the routes of all routers, with one pointer a
 * router, then the deletions. So a packet never finds a route without its leg.
 */
void dvr_txn_commit(struct dvr_txn *txn)
{
	struct dvr_obj *obj;

	list_for_each_entry(obj, &txn->steps, step) {
		obj_make(obj);
		cond_resched();
	}
	if (txn->tables)
		txn->tables->commit(txn);
	list_for_each_entry(obj, &txn->steps, step) {
		if (!(obj->todo & DVR_STAGE_DEL))
			continue;
		WRITE_ONCE(obj->seen, 0);
		obj->kind->unpublish(obj);
		cond_resched();
	}
	if (!list_empty(&txn->steps) && !++txn->dn->generation)
		txn->dn->generation = 1;
	list_for_each_entry(obj, &txn->steps, step)
		obj_report(txn, obj);
	txn_forget(txn, false);
	txn_forget(txn, true);
}

/**
 * dvr_txn_abort() - undo all staged changes
 * @txn: open transaction; dvr_txn_end() follows
 */
void dvr_txn_abort(struct dvr_txn *txn)
{
	struct dvr_obj *obj, *prev;

	if (txn->tables)
		txn->tables->abort(txn);
	list_for_each_entry_safe_reverse(obj, prev, &txn->steps, step) {
		u8 todo = obj->todo;

		list_del(&obj->step);
		obj->todo = 0;
		if (obj->staged) {
			obj->kind->cancel(obj);
			obj->staged = NULL;
		}
		if (todo & DVR_STAGE_ADD) {
			WRITE_ONCE(obj->seen, 0);
			obj->kind->forget(obj);
		} else if (todo & DVR_STAGE_DEL) {
			WRITE_ONCE(obj->seen, obj->seen | DVR_SEEN_CTL);
		}
	}
}
