/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SLOT_H
#define _DVR_SLOT_H

#include <linux/types.h>

struct xarray;

/**
 * struct dvr_slot - a number among others of its kind
 * @before: slot that had the number, and gets it back if this one gives it
 *	first; or NULL
 * @id: the number, 1 to 2^31 - 1
 *
 * The slot is the first member of what it numbers, so that readers of the array
 * find the object itself.
 */
struct dvr_slot {
	struct dvr_slot *before;
	u32 id;
};

int dvr_slot_take(struct xarray *slots, struct dvr_slot *slot, u32 id);
void dvr_slot_give(struct xarray *slots, struct dvr_slot *slot);

#endif /* _DVR_SLOT_H */
