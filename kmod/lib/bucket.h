/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_BUCKET_H
#define _DVR_BUCKET_H

#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct dvr_bucket - token bucket
 * @lock: softirq
 * @tokens: tokens left, in units of 1/HZ of a token
 * @stamp: jiffies of the last refill
 *
 * The rate is an argument of dvr_bucket_take(), so a bucket has no
 * configuration.
 */
struct dvr_bucket {
	spinlock_t lock;	/* protects tokens and stamp */
	u64 tokens;
	unsigned long stamp;
};

/**
 * struct dvr_buckets - limits of what packets from one place cause
 * @errors: ICMP errors
 * @floods: frames to all ports of a segment, other than ARP and ND
 * @questions: ARP and ND that the module answers or sends to all
 * @searches: neighbours that a router begins to resolve
 *
 * The place is a port; or the uplinks of a segment, for a leg; or what came in by
 * no leg, for a router.
 */
struct dvr_buckets {
	struct dvr_bucket errors;
	struct dvr_bucket floods;
	struct dvr_bucket questions;
	struct dvr_bucket searches;
};

void dvr_bucket_init(struct dvr_bucket *b);
void dvr_buckets_init(struct dvr_buckets *b);
bool dvr_bucket_take(struct dvr_bucket *b, u32 rate, u32 spare);

#endif /* _DVR_BUCKET_H */
