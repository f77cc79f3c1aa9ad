/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_OWNER_H
#define _DVR_OWNER_H

#include "model/object.h"

/**
 * struct dvr_owner - embedded in an object whose end is the end of connections
 * @lock: protects @ties; softirq
 * @ties: ties of these connections, by &dvr_tie.list
 * @mixed: the connections may be of several NAT instances
 * @obj: the object; while the object is not live, no tie is added
 */
struct dvr_owner {
	spinlock_t lock;	/* protects the list */
	struct list_head ties;
	bool mixed;
	const struct dvr_obj *obj;
};

/**
 * dvr_owner_init() - initialize the owner in an object
 * @owner: embedded in @obj
 * @obj: object
 */
static inline void dvr_owner_init(struct dvr_owner *owner,
				  const struct dvr_obj *obj)
{
	spin_lock_init(&owner->lock);
	INIT_LIST_HEAD(&owner->ties);
	owner->obj = obj;
}

#endif /* _DVR_OWNER_H */
