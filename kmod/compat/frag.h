/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's library of fragment queues. Kernels of one series differ, since
 * changes of it went into stable ones: the type of inet_frag_kill() tells.
 */
#ifndef _DVR_COMPAT_FRAG_H
#define _DVR_COMPAT_FRAG_H

#include <linux/refcount.h>
#include <net/ipv6_frag.h>

/*
 * 6.15: who finds a queue holds RCU and no reference, and who kills one is told
 * how many to put. Before, one was taken for the finder, and killing put some.
 */
#define DVR_FRAG_COUNTED						\
	__builtin_types_compatible_p(typeof(inet_frag_kill),		\
				     void (struct inet_frag_queue *, int *))

/* References that a finder has to put. */
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
