// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of objects, which operators may choose. A transaction may end an
 * object and give the object's number to a new one, so two objects have one
 * number until the transaction ends.
 */
#include <linux/xarray.h>

#include "lib/dvr_test.h"
#include "lib/slot.h"

/**
 * dvr_slot_take() - give an object a number
 * @slots: slots by number, with XA_FLAGS_ALLOC1
 * @slot: slot of the object
 * @id: number, 0 for any; an object that has @id already is about to end
 *
 * Context: the lock that serializes changes of @slots; may sleep.
 * Return: 0, -EBUSY if no number is free, or -ENOMEM.
 */
int dvr_slot_take(struct xarray *slots, struct dvr_slot *slot, u32 id)
{
	struct dvr_slot *old;

	slot->before = NULL;
	if (!id)
		return xa_alloc(slots, &slot->id, slot, xa_limit_31b,
				GFP_KERNEL_ACCOUNT);
	old = xa_store(slots, id, slot, GFP_KERNEL_ACCOUNT);
	if (xa_is_err(old))
		return xa_err(old);
	slot->id = id;
	slot->before = old;
	return 0;
}

DVR_EXPORT_FOR_TEST(dvr_slot_take);

/**
 * dvr_slot_give() - take the number of an object back
 * @slots: slots by number
 * @slot: slot of the object
 *
 * If the transaction failed, the object with the newer slot ends first, and
 * the older slot gets the number back. If the transaction was committed, the
 * object with the older slot ends first, and the newer slot forgets it.
 *
 * Needs no memory.
 *
 * Context: the lock that serializes changes of @slots; may sleep.
 */
void dvr_slot_give(struct xarray *slots, struct dvr_slot *slot)
{
	struct dvr_slot *owner = xa_load(slots, slot->id);

	if (owner != slot) {
		if (owner && owner->before == slot)
			owner->before = NULL;
	} else if (slot->before) {
		/* Replaces an entry, which needs no memory. */
		xa_store(slots, slot->id, slot->before, GFP_KERNEL);
	} else {
		xa_erase(slots, slot->id);
	}
}

DVR_EXPORT_FOR_TEST(dvr_slot_give);
