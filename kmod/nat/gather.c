// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole packets from fragments, for routers that translate addresses: later
 * fragments have no ports. The queues are those of the kernel's library, but in
 * a directory of each router's own, so that the orphans of one tenant take no
 * memory from others nor from the host, and a queue that runs out of time asks
 * no routing table and answers nobody.
 */
#include <linux/slab.h>

#include "compat/frag.h"
#include "lib/gather_part.h"
#include "nat/gather.h"

/**
 * struct dvr_gather - what the queues of a router share
 * @dir: the queues
 * @lock: softirq, inside of a queue's lock
 * @router: the router, NULL once it is gone, by @lock: timers outlive it
 * @refs: of the router, and of each queue
 * @rcu: for the end of @dir, which timers that still run may look at
 */
struct dvr_gather {
	struct fqdir *dir;
	spinlock_t lock;	/* of the router */
	struct dvr_router *router;
	refcount_t refs;
	struct rcu_head rcu;
};

/* The fragments of one packet, by the lock of @q. */
struct queue {
	struct inet_frag_queue q;
	struct dvr_gather *gather;
	u16 hlen;	/* see struct dvr_part; of the first fragment */
	u16 nhoff;
	u16 df_max;	/* longest with DF */
	u8 ecn;		/* a bit for each codepoint seen */
	u8 n;
};

/* How a queue is looked for; the library knows @key, and hands on the rest. */
struct want {
	struct frag_v6_compare_key key;
	struct dvr_gather *gather;
};

static struct queue *to_queue(struct inet_frag_queue *q)
{
	return container_of(q, struct queue, q);
}

static void put(struct dvr_gather *g)
{
	if (refcount_dec_and_test(&g->refs))
		kfree(g);
}

static void queue_init(struct inet_frag_queue *q, const void *arg)
{
	const struct want *want = arg;

	q->key.v6 = want->key;
	to_queue(q)->gather = want->gather;
	refcount_inc(&want->gather->refs);
}

static void queue_free(struct inet_frag_queue *q)
{
	put(to_queue(q)->gather);
}

/* Each fragment is a packet that was dropped; what is left, the queue frees. */
static void drop_all(struct queue *fq, enum dvr_drop reason)
{
	struct dvr_gather *g = fq->gather;
	struct sk_buff *skb;

	spin_lock(&g->lock);
	while (g->router && (skb = inet_frag_pull_head(&fq->q)))
		dvr_drop(skb, g->router, NULL, reason);
	spin_unlock(&g->lock);
}

static void expire(struct timer_list *t)
{
	struct inet_frag_queue *q = timer_container_of(q, t, timer);
	int refs = 1;

	rcu_read_lock();
	spin_lock(&q->lock);
	if (!(q->flags & INET_FRAG_COMPLETE)) {
		dvr_frag_kill(q, &refs);
		drop_all(to_queue(q), DVR_DROP_FRAG_TIMEOUT);
	}
	spin_unlock(&q->lock);
	rcu_read_unlock();
	dvr_frag_put(q, refs);
}

/* Addresses of both families fit IPv6 keys, and the functions for them. */
static struct inet_frags frags = {
	.qsize = sizeof(struct queue),
	.constructor = queue_init,
	.destructor = queue_free,
	.frag_expire = expire,
	.frags_cache_name = "dvr_frags",
	.rhash_params = {
		.head_offset = offsetof(struct inet_frag_queue, node),
		.hashfn = ip6frag_key_hashfn,
		.obj_hashfn = ip6frag_obj_hashfn,
		.obj_cmpfn = ip6frag_obj_cmpfn,
		.automatic_shrinking = true,
	},
};

/* The queue of a packet, made if there is none. */
static struct queue *find(struct dvr_gather *g, const struct dvr_pkt *p,
			  const struct dvr_part *part)
{
	struct want want = {
		.key.user = p->h.v4 ? BIT(8) | p->h.proto : 0,
		.key.id = part->id,
		.gather = g,
	};
	struct inet_frag_queue *q;

	dvr_pkt_src(p, &want.key.saddr);
	dvr_pkt_dst(p, &want.key.daddr);
	q = inet_frag_find(g->dir, &want);
	return q ? to_queue(q) : NULL;
}

/* May a fragment belong to what is there? Its place is looked at later. */
static enum dvr_drop fits(const struct queue *fq, const struct dvr_part *part)
{
	bool last_in = fq->q.flags & INET_FRAG_LAST_IN;

	if (fq->n >= DVR_GATHER_FRAGS)
		return DVR_DROP_FRAG_LIMIT;
	if (part->more)
		return last_in && part->end > fq->q.len ? DVR_DROP_FRAG_BAD :
							  DVR_OK;
	return part->end < fq->q.len || (last_in && part->end != fq->q.len) ?
	       DVR_DROP_FRAG_BAD : DVR_OK;
}

static void account(struct queue *fq, const struct sk_buff *skb,
		    const struct dvr_part *part, bool v4)
{
	struct inet_frag_queue *q = &fq->q;

	/* The directory has the longer time. */
	if (!fq->n++ && v4)
		mod_timer_pending(&q->timer, jiffies + DVR_GATHER_TIME4);
	if (part->end > q->len)
		q->len = part->end;
	if (!part->more)
		q->flags |= INET_FRAG_LAST_IN;
	if (!part->offset) {
		q->flags |= INET_FRAG_FIRST_IN;
		fq->hlen = part->hlen;
		fq->nhoff = part->nhoff;
	}
	q->meat += skb->len;
	q->max_size = max(q->max_size, part->len);
	if (part->df)
		fq->df_max = max(fq->df_max, part->len);
	fq->ecn |= BIT(part->ecn);
	add_frag_mem_limit(q->fqdir, skb->truesize);
}

/* One packet of all fragments; skb, which came last, becomes its head. */
static enum dvr_drop glue(struct queue *fq, struct sk_buff *skb,
			  struct sk_buff *prev, struct net_device *dev, bool v4)
{
	u8 ecn = ip_frag_ecn_table[fq->ecn];
	struct inet_frag_queue *q = &fq->q;
	void *data;

	/* The header of the first may be longer than that of the last. */
	if (ecn == 0xff || !dvr_part_fits(fq->hlen, q->len, v4))
		return DVR_DROP_FRAG_BAD;
	data = inet_frag_reasm_prepare(q, skb, prev);
	if (!data)
		return DVR_DROP_NOMEM;
	if (!v4)
		dvr_part_strip6(skb, fq->nhoff);
	inet_frag_reasm_finish(q, skb, data, false);
	q->rb_fragments = RB_ROOT;
	q->fragments_tail = NULL;
	q->last_run_head = NULL;
	/* The tree's node was in its place. */
	skb->dev = dev;
	if (v4)
		dvr_part_header4(skb, ecn);
	else
		dvr_part_header6(skb, fq->hlen, ecn);
	return DVR_OK;
}

/* A fragment for a queue that waits for it, whose lock is held. */
static enum dvr_drop add(struct queue *fq, struct dvr_pkt *p,
			 const struct dvr_part *part, int *refs)
{
	struct sk_buff *skb = p->skb, *prev = fq->q.fragments_tail;
	struct inet_frag_queue *q = &fq->q;
	struct net_device *dev = skb->dev;
	enum dvr_drop reason;
	int err;

	reason = fits(fq, part);
	if (reason)
		goto discard;
	dvr_part_pull(skb, part, p->h.v4);
	err = inet_frag_queue_insert(q, skb, part->offset, part->end);
	if (err == IPFRAG_DUP)
		return DVR_DROP_FRAG_OVERLAP;
	if (err) {
		reason = DVR_DROP_FRAG_OVERLAP;
		goto discard;
	}
	p->skb = NULL;
	account(fq, skb, part, p->h.v4);
	if (q->flags != (INET_FRAG_FIRST_IN | INET_FRAG_LAST_IN) ||
	    q->meat != q->len)
		return DVR_OK;
	dvr_frag_kill(q, refs);
	reason = glue(fq, skb, prev, dev, p->h.v4);
	if (reason) {
		drop_all(fq, reason);
		return DVR_OK;
	}
	p->skb = skb;
	p->frag_max = q->max_size;
	p->frag_hlen = fq->hlen;
	p->frag_df = fq->df_max == q->max_size;
	return DVR_OK;

discard:
	dvr_frag_kill(q, refs);
	drop_all(fq, reason);
	return reason;
}

/**
 * dvr_gather() - let a fragment wait for the rest of its packet
 * @p: fragment, &dvr_headers.frag is set
 *
 * A packet that overlaps in itself is given up (RFC 5722), repeats are dropped.
 * What is given up with the fragment, or instead of it, is dropped in here.
 *
 * Context: softirq, RCU.
 * Return: DVR_OK and the whole packet in @p: &dvr_pkt.h read anew, what begins
 *	with frag_ set; DVR_OK and &dvr_pkt.skb NULL if there is none yet; or why
 *	the caller must drop &dvr_pkt.skb.
 */
enum dvr_drop dvr_gather(struct dvr_pkt *p)
{
	struct dvr_gather *g = rcu_dereference(p->router->gather);
	int refs = DVR_FRAG_FOUND;
	enum dvr_drop reason;
	struct dvr_part part;
	struct queue *fq;

	if (!g)
		return DVR_DROP_FRAG_LIMIT;
	reason = dvr_part_read(p->skb, &p->h, &part);
	if (reason)
		return reason;
	fq = find(g, p, &part);
	if (!fq)
		return DVR_DROP_FRAG_LIMIT;
	spin_lock_bh(&fq->q.lock);
	/* Else it was completed or given up since it was found. */
	if (!(fq->q.flags & INET_FRAG_COMPLETE))
		reason = add(fq, p, &part, &refs);
	else
		reason = DVR_DROP_FRAG_OVERLAP;
	spin_unlock_bh(&fq->q.lock);
	dvr_frag_put(&fq->q, refs);
	if (reason || !p->skb)
		return reason;
	reason = dvr_parse(p->skb, &p->h);
	/* A fragment header behind another. */
	return reason ?: p->h.frag ? DVR_DROP_FRAG_BAD : DVR_OK;
}

/**
 * dvr_gather_start() - let a router gather fragments
 * @router: router
 *
 * Context: process, configuration mutex. Does nothing if it gathers already.
 * Return: 0 or -ENOMEM.
 */
int dvr_gather_start(struct dvr_router *router)
{
	struct dvr_gather *g;
	int err;

	if (rcu_access_pointer(router->gather))
		return 0;
	g = kzalloc(sizeof(*g), GFP_KERNEL_ACCOUNT);
	if (!g)
		return -ENOMEM;
	err = fqdir_init(&g->dir, &frags, router->dn->net);
	if (err) {
		kfree(g);
		return err;
	}
	g->dir->high_thresh = DVR_GATHER_MEM;
	g->dir->low_thresh = DVR_GATHER_MEM;
	g->dir->timeout = DVR_GATHER_TIME6;
	g->router = router;
	spin_lock_init(&g->lock);
	refcount_set(&g->refs, 1);
	rcu_assign_pointer(router->gather, g);
	return 0;
}

/* Frees the queues, and itself once they are free. */
static void end(struct rcu_head *rcu)
{
	struct dvr_gather *g = container_of(rcu, struct dvr_gather, rcu);

	fqdir_exit(g->dir);
	put(g);
}

/**
 * dvr_gather_stop() - a router goes, and the fragments that it has
 * @router: router that no packet knows any more, or that never gathered
 *
 * Nothing of here touches the router afterwards. The queues go behind its
 * back: timers that kill one must see that the directory is dead.
 *
 * Context: process.
 */
void dvr_gather_stop(struct dvr_router *router)
{
	struct dvr_gather *g = rcu_dereference_protected(router->gather, true);

	if (!g)
		return;
	RCU_INIT_POINTER(router->gather, NULL);
	spin_lock_bh(&g->lock);
	g->router = NULL;
	spin_unlock_bh(&g->lock);
	fqdir_pre_exit(g->dir);
	call_rcu(&g->rcu, end);
}

/**
 * dvr_gather_register() - make room for queues
 *
 * Return: 0 or -ENOMEM.
 */
int dvr_gather_register(void)
{
	BUILD_BUG_ON(offsetof(struct want, key));
	return inet_frags_init(&frags);
}

/**
 * dvr_gather_unregister() - wait for the end of all queues
 *
 * All routers are gone, and the callbacks of call_rcu() were waited for.
 */
void dvr_gather_unregister(void)
{
	inet_frags_fini(&frags);
}
