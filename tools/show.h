/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects as the kernel has them, sorted. */
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
 * Get those that match @filter, a message whose only attribute is a nest of
 * the object, or all if it is NULL. Prints errors. A listing that may be
 * incomplete is there in spite of FAILED.
 */
int listing_get(const struct args *a, const struct object *obj,
		const struct msg *filter, struct listing *l);
void listing_free(struct listing *l);

int object_show(struct args *a, const struct object *obj);

#endif
