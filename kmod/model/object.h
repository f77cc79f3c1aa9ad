/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_OBJECT_H
#define _DVR_OBJECT_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/netlink.h>

#include "lib/dvr.h"
#include "lib/slot.h"

struct dvr_obj;
struct dvr_txn;
struct genl_info;

/*
 * Who finds an object. Staged: commands only. Live: commands and packets.
 * Staged for deletion: packets only, until the transaction ends.
 */
#define DVR_SEEN_CTL	BIT(0)
#define DVR_SEEN_PKT	BIT(1)

/**
 * struct dvr_kind - what a transaction does with a kind of object
 * @name: for messages and for the table of names
 * @publish: lets packets find a new object; cannot fail
 * @apply: puts &dvr_obj.staged in place; cannot fail
 * @cancel: frees &dvr_obj.staged after the transaction failed
 * @unpublish: hides the object from packets; cannot fail
 * @tell: reports the events of an object that stands for others, or NULL
 * @forget: takes the object out of the control tables and frees it after a
 *	grace period; after @unpublish, or when it was never published
 * @last: other kinds, some of which sleep in their @forget, point to this kind
 *	until then
 *
 * All are called with the configuration mutex held, and with RTNL where the
 * command that staged the object needs it.
 */
struct dvr_kind {
	const char *name;
	void (*publish)(struct dvr_obj *obj);
	void (*apply)(struct dvr_obj *obj);
	void (*cancel)(struct dvr_obj *obj);
	void (*unpublish)(struct dvr_obj *obj);
	void (*tell)(const struct dvr_txn *txn, struct dvr_obj *obj);
	void (*forget)(struct dvr_obj *obj);
	bool last;
};

/* What the commit of an open transaction does with an object. */
#define DVR_STAGE_ADD	BIT(0)
#define DVR_STAGE_SET	BIT(1)
#define DVR_STAGE_DEL	BIT(2)

/**
 * struct dvr_obj - what all objects have in common, embedded in each
 * @kind: kind of the object
 * @staged: configuration that is not committed yet, or NULL
 * @step: in &dvr_txn.steps; here, so that staging a deletion needs no memory
 * @todo: DVR_STAGE_* bits, zero while the object is in no transaction
 * @seen: DVR_SEEN_* bits; packets read it without a lock
 * @quiet: the object has no events, because it is part of another that has
 */
struct dvr_obj {
	const struct dvr_kind *kind;
	void *staged;
	struct list_head step;
	u8 todo;
	u8 seen;
	bool quiet;
};

static inline bool dvr_obj_live(const struct dvr_obj *obj)
{
	return READ_ONCE(obj->seen) & DVR_SEEN_PKT;
}

static inline bool dvr_obj_wanted(const struct dvr_obj *obj)
{
	return READ_ONCE(obj->seen) & DVR_SEEN_CTL;
}

/**
 * struct dvr_named - entry of the table of names
 * @slot: number beside the name, unique among the objects of the kind; first
 * @node: in &dvr_net.names
 * @obj: the object itself
 * @name: 1 to DVR_NAME_MAX characters
 */
struct dvr_named {
	struct dvr_slot slot;
	struct rhash_head node;
	struct dvr_obj obj;
	char name[DVR_NAME_MAX + 1];
};

static_assert(offsetof(struct dvr_named, slot) == 0);

struct dvr_named *dvr_named_find(struct dvr_net *dn,
				 const struct dvr_kind *kind, const char *name);
int dvr_named_insert(struct dvr_net *dn, struct xarray *ids,
		     struct dvr_named *named, u32 id,
		     struct netlink_ext_ack *extack);
void dvr_named_remove(struct dvr_net *dn, struct xarray *ids,
		      struct dvr_named *named);
bool dvr_name_valid(const char *name);

extern const struct rhashtable_params dvr_named_params;

/**
 * struct dvr_txn_tables - what a transaction does with staged routes
 * @commit: publishes them; what is new is live, and so still is what goes
 * @abort: forgets them
 */
struct dvr_txn_tables {
	void (*commit)(struct dvr_txn *txn);
	void (*abort)(struct dvr_txn *txn);
};

/**
 * struct dvr_txn - changes that are made together or not at all
 * @dn: namespace, its mutex is held from begin to end
 * @extack: where refusals are explained; may be NULL
 * @request: request that the changes carry out, or NULL; events name it
 * @steps: objects in the order they were first staged, by &dvr_obj.step
 * @routers: routers with staged routes or legs, by &dvr_router.dirty
 * @tables: what becomes of their routes, or NULL while there are none
 * @rtnl: the caller holds RTNL
 * @helpers: DVR_HELPERS_* bits to load, if a change is refused with -EAGAIN
 * @zone: conntrack zone to wait for, if a change is refused with -EAGAIN
 * @waited: &enum dvr_waited bits of what the request has waited for before
 *
 * Nothing waits for user space, or for another object to be freed, while locks are
 * held. A change that has to wait is refused with -EAGAIN. The caller aborts the
 * transaction, waits without locks, and stages all changes again.
 */
struct dvr_txn {
	struct dvr_net *dn;
	struct netlink_ext_ack *extack;
	struct genl_info *request;
	struct list_head steps;
	struct list_head routers;
	const struct dvr_txn_tables *tables;
	bool rtnl;
	u32 helpers;
	u32 zone;
	u8 waited;
};

enum dvr_waited {
	DVR_WAITED_HELPERS = 1,
	DVR_WAITED_ZONE = 2,
};

void dvr_txn_begin(struct dvr_txn *txn, struct dvr_net *dn, bool rtnl,
		   struct netlink_ext_ack *extack);
void dvr_txn_add(struct dvr_txn *txn, struct dvr_obj *obj);
void dvr_txn_set(struct dvr_txn *txn, struct dvr_obj *obj, void *staged);
void dvr_txn_del(struct dvr_txn *txn, struct dvr_obj *obj);
void dvr_txn_commit(struct dvr_txn *txn);
void dvr_txn_abort(struct dvr_txn *txn);

#endif /* _DVR_OBJECT_H */
