// SPDX-License-Identifier: GPL-2.0-only
/* Token buckets, which hold the tokens of one second. */
#include <linux/jiffies.h>
#include <linux/minmax.h>

#include "lib/bucket.h"

/**
 * dvr_bucket_init() - fill a bucket
 * @b: bucket
 */
void dvr_bucket_init(struct dvr_bucket *b)
{
	spin_lock_init(&b->lock);
	b->stamp = jiffies;
	b->tokens = U32_MAX;	/* full at any rate */
}

/**
 * dvr_buckets_init() - fill the buckets of a place
 * @b: buckets
 */
void dvr_buckets_init(struct dvr_buckets *b)
{
	dvr_bucket_init(&b->errors);
	dvr_bucket_init(&b->floods);
	dvr_bucket_init(&b->questions);
	dvr_bucket_init(&b->searches);
}

/**
 * dvr_bucket_take() - take a token
 * @b: bucket
 * @rate: tokens a second, and the most that the bucket holds
 * @spare: tokens that have to be left for others
 *
 * Context: any but hard interrupts.
 * Return: false if there is no token.
 */
bool dvr_bucket_take(struct dvr_bucket *b, u32 rate, u32 spare)
{
	unsigned long now = jiffies;
	u64 limit = (u64)rate * HZ;
	bool ok;

	spin_lock_bh(&b->lock);
	b->tokens = min(limit, b->tokens + (u64)(now - b->stamp) * rate);
	b->stamp = now;
	ok = rate && b->tokens >= ((u64)spare + 1) * HZ;
	if (ok)
		b->tokens -= HZ;
	spin_unlock_bh(&b->lock);
	return ok;
}
