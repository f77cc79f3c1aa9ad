/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's library of fragment queues. The library was changed in stable
 * releases too, so the type of inet_frag_kill() decides, and no version.
 */
#ifndef _DVR_COMPAT_FRAG_H
#define _DVR_COMPAT_FRAG_H

#include <linux/refcount.h>
#include <net/ipv6_frag.h>

/*
 * 6.15: the look-up of a queue takes no reference, and the caller holds RCU.
 * inet_frag_kill() returns the number of references that the caller has to put.
 * Before, the look-up took a reference, and inet_frag_kill() put references
 * itself.
 */
#define DVR_FRAG_COUNTED						\
	__builtin_types_compatible_p(typeof(inet_frag_kill),		\
				     void (struct inet_frag_queue *, int *))

/* The number of references that a look-up takes. */
#define DVR_FRAG_FOUND	(DVR_FRAG_COUNTED ? 0 : 1)

static inline void dvr_frag_kill(struct inet_frag_queue *q, int *refs)
{
	void (*counted)(struct inet_frag_queue *q, int *refs) =
		(void *)inet_frag_kill;
	void (*uncounted)(struct inet_frag_queue *q) = (void *)inet_frag_kill;

	if (DVR_FRAG_COUNTED)
		counted(q, refs);
	else
		uncounted(q);
}

static inline void dvr_frag_put(struct inet_frag_queue *q, int refs)
{
	if (refs && refcount_sub_and_test(refs, &q->refcnt))
		inet_frag_destroy(q);
}

#endif /* _DVR_COMPAT_FRAG_H */
