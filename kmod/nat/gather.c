// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reassembly of fragments for routers that translate addresses, because later
 * fragments have no ports. The queues are those of the kernel's library, but
 * each router has its own directory. So fragments of one tenant take no memory
 * from other tenants or from the host. A queue that times out does no route
 * look-up and sends no ICMP error.
 */
#include <linux/slab.h>

#include "compat/frag.h"
#include "lib/gather_part.h"
#include "nat/gather.h"

/**
 * struct dvr_gather - the fragment queues of a router
 * @dir: queues
 * @lock: of @router; softirq, taken inside a queue's lock
 * @router: router, or NULL after its end, because timers may run longer
 * @refs: references of the router and of each queue
 * @rcu: for the end of @dir, which running timers may still read
 */
struct dvr_gather {
	struct fqdir *dir;
	spinlock_t lock;	/* of the router */
	struct dvr_router *router;
	refcount_t refs;
	struct rcu_head rcu;
};

/* The fragments of one packet, under the lock of @q. */
struct queue {
	struct inet_frag_queue q;
	struct dvr_gather *gather;
	u16 hlen;	/* of the first fragment, see struct dvr_part */
	u16 nhoff;
	u16 df_max;	/* longest fragment with DF */
	u8 ecn;		/* one bit for each codepoint that came */
	u8 n;
};

/* Argument of a look-up: the library compares @key and passes the rest on. */
struct want {
	struct frag_v6_compare_key key;
	struct dvr_gather *gather;
};

static struct queue *to_queue(struct inet_frag_queue *q)
{
	return container_of(q, struct queue, q);
}

static void gather_put(struct dvr_gather *g)
{
	if (refcount_dec_and_test(&g->refs))
		kfree(g);
}

static void gather_queue_init(struct inet_frag_queue *q, const void *arg)
{
	const struct want *want = arg;

	q->key.v6 = want->key;
	to_queue(q)->gather = want->gather;
	refcount_inc(&want->gather->refs);
}

static void gather_queue_free(struct inet_frag_queue *q)
{
	gather_put(to_queue(q)->gather);
}

/*
 * Drop each fragment as a packet of the router. After the end of the router,
 * the fragments are freed with the queue.
 */
static void gather_drop_all(struct queue *fq, enum dvr_drop reason)
{
	struct dvr_gather *g = fq->gather;
	struct sk_buff *skb;

	spin_lock(&g->lock);
	while (g->router && (skb = inet_frag_pull_head(&fq->q)))
		dvr_drop(skb, g->router, NULL, reason);
	spin_unlock(&g->lock);
}

static void gather_expire(struct timer_list *t)
{
	struct inet_frag_queue *q = timer_container_of(q, t, timer);
	int refs = 1;

	rcu_read_lock();
	spin_lock(&q->lock);
	if (!(q->flags & INET_FRAG_COMPLETE)) {
		dvr_frag_kill(q, &refs);
		gather_drop_all(to_queue(q), DVR_DROP_FRAG_TIMEOUT);
	}
	spin_unlock(&q->lock);
	rcu_read_unlock();
	dvr_frag_put(q, refs);
}

/* Both families use IPv6 keys, IPv4 addresses as v4-mapped ones. */
static struct inet_frags frags = {
	.qsize = sizeof(struct queue),
	.constructor = gather_queue_init,
	.destructor = gather_queue_free,
	.frag_expire = gather_expire,
	.frags_cache_name = "dvr_frags",
	.rhash_params = {
		.head_offset = offsetof(struct inet_frag_queue, node),
		.hashfn = ip6frag_key_hashfn,
		.obj_hashfn = ip6frag_obj_hashfn,
		.obj_cmpfn = ip6frag_obj_cmpfn,
		.automatic_shrinking = true,
	},
};

/* Find or make the queue of a packet. */
static struct queue *gather_find(struct dvr_gather *g, const struct dvr_pkt *p,
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

/*
 * Check a fragment against the limits and the length of its packet.
 * inet_frag_queue_insert() checks for overlaps later.
 */
static enum dvr_drop gather_fits(const struct queue *fq,
				 const struct dvr_part *part)
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

static void gather_account(struct queue *fq, const struct sk_buff *skb,
			   const struct dvr_part *part, bool v4)
{
	struct inet_frag_queue *q = &fq->q;

	/* The timeout of the directory is the longer one of IPv6. */
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

/*
 * Make one packet of all fragments. @skb is the fragment that came last, and
 * becomes the head of the packet.
 */
static enum dvr_drop gather_glue(struct queue *fq, struct sk_buff *skb,
				 struct sk_buff *prev, struct net_device *dev,
				 bool v4)
{
	u8 ecn = ip_frag_ecn_table[fq->ecn];
	struct inet_frag_queue *q = &fq->q;
	void *data;

	/* The header of the first fragment may be longer than that of @skb. */
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
	/* The node of the queue's tree shares memory with skb->dev. */
	skb->dev = dev;
	if (v4)
		dvr_part_header4(skb, ecn);
	else
		dvr_part_header6(skb, fq->hlen, ecn);
	return DVR_OK;
}

/* Add a fragment to an incomplete queue, whose lock is held. */
static enum dvr_drop gather_add(struct queue *fq, struct dvr_pkt *p,
				const struct dvr_part *part, int *refs)
{
	struct sk_buff *skb = p->skb, *prev = fq->q.fragments_tail;
	struct inet_frag_queue *q = &fq->q;
	struct net_device *dev = skb->dev;
	enum dvr_drop reason;
	int err;

	reason = gather_fits(fq, part);
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
	gather_account(fq, skb, part, p->h.v4);
	if (q->flags != (INET_FRAG_FIRST_IN | INET_FRAG_LAST_IN) ||
	    q->meat != q->len)
		return DVR_OK;
	dvr_frag_kill(q, refs);
	reason = gather_glue(fq, skb, prev, dev, p->h.v4);
	if (reason) {
		gather_drop_all(fq, reason);
		return DVR_OK;
	}
	p->skb = skb;
	p->frag = (struct dvr_pkt_frag){
		.max = q->max_size,
		.hlen = fq->hlen,
		.df = fq->df_max == q->max_size,
	};
	return DVR_OK;

discard:
	dvr_frag_kill(q, refs);
	gather_drop_all(fq, reason);
	return reason;
}

/**
 * dvr_gather() - add a fragment to the queue of its packet
 * @p: fragment, &dvr_headers.frag is set
 *
 * A packet with fragments that overlap is given up (RFC 5722). A repeated
 * fragment is dropped. If the packet is given up, all queued fragments are
 * dropped here.
 *
 * Context: softirq, RCU.
 * Return: DVR_OK with the whole packet in @p, &dvr_pkt.h parsed again, and the
 *	frag_* members of @p set; DVR_OK with &dvr_pkt.skb NULL if fragments are
 *	missing, or if all were dropped; or the reason why the caller must drop
 *	&dvr_pkt.skb.
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
	fq = gather_find(g, p, &part);
	if (!fq)
		return DVR_DROP_FRAG_LIMIT;
	spin_lock_bh(&fq->q.lock);
	/* The queue may have been completed or given up since the look-up. */
	if (!(fq->q.flags & INET_FRAG_COMPLETE))
		reason = gather_add(fq, p, &part, &refs);
	else
		reason = DVR_DROP_FRAG_OVERLAP;
	spin_unlock_bh(&fq->q.lock);
	dvr_frag_put(&fq->q, refs);
	if (reason || !p->skb)
		return reason;
	reason = dvr_parse(p->skb, &p->h);
	/* A fragment header may follow another. */
	return reason ?: p->h.frag ? DVR_DROP_FRAG_BAD : DVR_OK;
}

/**
 * dvr_gather_start() - prepare a router for the reassembly of fragments
 * @router: router
 *
 * Does nothing if the router is prepared already.
 *
 * Context: process, configuration mutex.
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

/* Free the queues. The last queue frees @g. */
static void gather_end(struct rcu_head *rcu)
{
	struct dvr_gather *g = container_of(rcu, struct dvr_gather, rcu);

	fqdir_exit(g->dir);
	gather_put(g);
}

/**
 * dvr_gather_stop() - free the fragments of a router
 * @router: router that packets cannot find any more, or that never gathered
 *
 * The queues are freed after a grace period. Until then, timers that end a
 * queue must see that the directory is dead. Neither uses @router after the
 * call.
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
	call_rcu(&g->rcu, gather_end);
}

/**
 * dvr_gather_register() - register with the kernel's library for fragments
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
 * Context: process, after the last router is freed, and rcu_barrier().
 */
void dvr_gather_unregister(void)
{
	inet_frags_fini(&frags);
}
