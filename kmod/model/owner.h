/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_OWNER_H
#define _DVR_OWNER_H

#include "model/object.h"

/**
 * struct dvr_owner - an object that has connections, embedded in it
 * @lock: of @ties; softirq
 * @ties: connections that end with the object, by &dvr_tie.list
 * @obj: the object; while it is not live, no connection is added
 */
struct dvr_owner {
	spinlock_t lock;	/* of the list */
	struct list_head ties;
	const struct dvr_obj *obj;
};

/**
 * dvr_owner_init() - prepare an object to have connections
 * @owner: embedded in the object
 * @obj: the object
 */
static inline void dvr_owner_init(struct dvr_owner *owner,
				  const struct dvr_obj *obj)
{
	spin_lock_init(&owner->lock);
	INIT_LIST_HEAD(&owner->ties);
	owner->obj = obj;
}

#endif /* _DVR_OWNER_H */
