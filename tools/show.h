/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of the kernel, sorted. */
#ifndef DVRADM_SHOW_H
#define DVRADM_SHOW_H

#include "genl.h"
#include "object.h"

#define SORT_KEYS	3

/**
 * struct listing - objects of one kind
 * @re: the messages received
 * @item: each object's nest, and its key attributes to sort by
 * @n: number of items
 */
struct listing {
	struct replies re;
	struct item {
		const struct nlattr *nest;
		const struct nlattr *key[SORT_KEYS];
	} *item;
	size_t n;
};

/*
 * Get the objects that match @filter, or all if it is NULL. The only attribute
 * of that message is a nest of the object. Prints errors. If it is FAILED and
 * the dump was interrupted, the listing is there, but may be incomplete.
 */
int listing_get(const struct args *a, const struct object *obj,
		const struct msg *filter, struct listing *l);
void listing_free(struct listing *l);

int object_show(struct args *a, const struct object *obj);

#endif
