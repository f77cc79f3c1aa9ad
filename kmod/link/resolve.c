// SPDX-License-Identifier: GPL-2.0-only
/*
 * Learned neighbour entries: resolution with a bounded queue, and neighbour
 * unreachability detection (RFC 1122 2.3.2, RFC 4861 7.2 and 7.3). Both
 * families use the same code.
 *
 *   (none) -> incomplete -> reachable -> stale -> delay -> probe
 *                  |            ^___________________|_______|
 *                  +-> failed                               |
 *                         ^---------------------------------+
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "lib/charge.h"
#include "link/arp.h"
#include "link/nd.h"
#include "link/resolve.h"
#include "model/above.h"
#include "model/pkt.h"
#include "model/segment.h"

/* RFC 4861 10: constants of routers and nodes. */
#define RETRANS		HZ
#define PROBES		3
#define REACHABLE	(30 * HZ)
#define DELAY		(5 * HZ)
/* The kernel keeps an unused entry as long (gc_staletime). */
#define STALE		(60 * HZ)

/* Entries of a leg for hosts that asked for a gateway and have no packet yet. */
#define ASKED_MAX	256U

/* A search for an entry that is not needed looks at this many. */
#define EVICT_TRIES	16

/* A request to send after the lock of the segment is released. */
struct question {
	struct dvr_iface *iface;
	struct in6_addr ip;
	u64 mac;
};

static void question_send(const struct question *q)
{
	if (!q->iface)
		return;
	if (ipv6_addr_v4mapped(&q->ip))
		dvr_arp_ask(q->iface, q->ip.s6_addr32[3], q->mac);
	else
		dvr_nd_ask(q->iface, &q->ip, q->mac);
}

/* The timer allows one request a second, at any traffic (RFC 1122 2.3.2.1). */
static void question_fill(struct dvr_neigh *n, struct question *q, u64 mac)
{
	n->probes++;
	WRITE_ONCE(n->asked, jiffies);
	q->iface = n->via;
	q->ip = n->entry.key.ip;
	q->mac = mac;
}

static void neigh_set_state(struct dvr_neigh *n, u8 state, unsigned long wait)
{
	WRITE_ONCE(n->state, state);
	dvr_neigh_update_ready(n);
	mod_timer(&n->timer, jiffies + wait);
}

static void neigh_notify_event(struct dvr_neigh *n, enum dvr_event event)
{
	dvr_above.event(n->entry.key.seg->dn, &n->entry.obj, event, NULL,
			GFP_ATOMIC);
}

/* The neighbour did not answer: clear its MAC, move its packets to @orphans. */
static void neigh_fail(struct dvr_neigh *n, struct sk_buff_head *orphans)
{
	WRITE_ONCE(n->mac, 0);
	dvr_neigh_take_queue(n, orphans);
	neigh_set_state(n, DVR_NEIGH_STATE_FAILED, RETRANS);
	neigh_notify_event(n, DVR_EVENT_CHANGE);
}

static void neigh_expire(struct dvr_neigh *n, struct question *q,
			 struct sk_buff_head *orphans)
{
	unsigned long until = n->confirmed + REACHABLE;

	switch (n->state) {
	case DVR_NEIGH_STATE_REACHABLE:
		if (time_before(jiffies, until))
			mod_timer(&n->timer, until);
		else
			neigh_set_state(n, DVR_NEIGH_STATE_STALE, STALE);
		return;
	case DVR_NEIGH_STATE_DELAY:
		n->probes = 0;
		fallthrough;
	case DVR_NEIGH_STATE_PROBE:
	case DVR_NEIGH_STATE_INCOMPLETE:
		if (n->probes >= PROBES) {
			neigh_fail(n, orphans);
			return;
		}
		question_fill(n, q, n->mac);
		neigh_set_state(n, n->mac ? DVR_NEIGH_STATE_PROBE :
					    DVR_NEIGH_STATE_INCOMPLETE,
				RETRANS);
		return;
	}
	/* The entry is stale and unused, or failed. */
	dvr_neigh_kill(n, orphans);
}

/*
 * Take up a packet again that waited.
 * Return: see dvr_parse().
 */
static enum dvr_drop neigh_wait_over(struct sk_buff *skb, struct dvr_pkt *p)
{
	const struct dvr_wait *wait = dvr_wait(skb);

	*p = (struct dvr_pkt){
		.skb = skb,
		.router = wait->iface->router,
		.local = wait->local,
		.host = wait->host,
		.frag = wait->frag,
		.nat.passed = wait->natted,
	};
	dvr_neigh_wait_over(wait->iface);
	return dvr_parse(skb, &p->h);
}

/* The neighbour did not answer: RFC 1812 5.2.7.1, RFC 4443 3.1. */
static void neigh_refuse_queued(struct sk_buff_head *orphans)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(orphans))) {
		struct dvr_pkt p;

		if (!neigh_wait_over(skb, &p) && !p.local)
			dvr_above.icmp_unreachable(&p, DVR_UNREACH_HOST);
		dvr_pkt_drop(&p, DVR_DROP_NEIGH_FAILED);
	}
}

static void neigh_timer(struct timer_list *t)
{
	struct dvr_neigh *n = timer_container_of(n, t, timer);
	struct dvr_segment *seg = n->entry.key.seg;
	struct sk_buff_head orphans;
	struct question q = {};

	__skb_queue_head_init(&orphans);
	rcu_read_lock();
	spin_lock(&seg->lock);
	if (dvr_obj_live(&n->entry.obj))
		neigh_expire(n, &q, &orphans);
	spin_unlock(&seg->lock);
	question_send(&q);
	neigh_refuse_queued(&orphans);
	rcu_read_unlock();
}

/* The neighbour is known to be there, and packets are sent to it. */
static bool neigh_is_needed(const struct dvr_neigh *n)
{
	return n->state == DVR_NEIGH_STATE_REACHABLE ||
	       n->state == DVR_NEIGH_STATE_DELAY ||
	       n->state == DVR_NEIGH_STATE_PROBE;
}

/* End an entry that is stale, failed, or was not resolved for longest. */
static bool neigh_evict(struct dvr_iface *via, struct sk_buff_head *orphans)
{
	unsigned int tries = EVICT_TRIES;
	struct dvr_neigh *n;

	while (tries-- && !list_empty(&via->neighs)) {
		n = list_first_entry(&via->neighs, struct dvr_neigh, mine);
		if (!neigh_is_needed(n)) {
			dvr_neigh_kill(n, orphans);
			return true;
		}
		list_move_tail(&n->mine, &via->neighs);
	}
	return false;
}

/*
 * Each leg has a limit of its own, and a smaller one for hosts that only ask for
 * a gateway: whoever invents addresses on a leg, or on the network behind it,
 * keeps no other leg from its neighbours, and no neighbour that is in use from
 * this one (RFC 6583).
 */
static bool neigh_make_room(struct dvr_iface *via, bool asked,
			    struct sk_buff_head *orphans)
{
	u32 limit = READ_ONCE(via->router->cfg.neigh_limit);

	if (!limit)
		return false;
	if (!asked)
		return via->n_neighs < limit || neigh_evict(via, orphans);
	if (via->n_asked >= min(limit, ASKED_MAX))
		dvr_neigh_kill(list_first_entry(&via->asked, struct dvr_neigh,
						mine), orphans);
	return true;
}

/* Make an entry and count it against the neigh-limit of the leg. */
static struct dvr_neigh *neigh_create_learned(struct dvr_iface *via,
					      const struct in6_addr *ip,
					      bool asked,
					      struct sk_buff_head *orphans)
{
	const struct dvr_entry_key key = dvr_ip_key(via->seg, ip);
	struct dvr_router *router = via->router;
	struct dvr_neigh *n;

	/* A dead leg gets no new entries: see iface_unpublish(). */
	if (!dvr_obj_live(&via->obj) || !neigh_make_room(via, asked, orphans))
		return NULL;
	n = dvr_charged_zalloc(router->charge, sizeof(*n));
	if (!n)
		return NULL;
	dvr_neigh_init(n, &key, DVR_ORIGIN_LEARNED);
	n->via = via;
	n->router = router;
	n->state = DVR_NEIGH_STATE_INCOMPLETE;
	n->confirmed = jiffies;
	timer_setup(&n->timer, neigh_timer, 0);
	if (dvr_entry_link(&via->seg->neighs, &n->entry)) {
		kfree(n);
		return NULL;
	}
	dvr_neigh_join_iface(n, asked);
	return n;
}

/* Keep the latest packets (RFC 1122 2.3.2.2). */
static enum dvr_drop neigh_enqueue(struct dvr_neigh *n, struct sk_buff *skb,
				   const struct dvr_wait *wait,
				   struct sk_buff **oldest)
{
	if (n->queue.qlen >= DVR_NEIGH_QUEUE_MAX)
		*oldest = dvr_neigh_dequeue(dvr_wait(skb_peek(&n->queue)));
	if (atomic_inc_return(&wait->iface->router->n_pending) >
	    DVR_PENDING_MAX) {
		atomic_dec(&wait->iface->router->n_pending);
		return DVR_DROP_NEIGH_QUEUE;
	}
	atomic_inc(&wait->iface->n_pending);
	skb_orphan(skb);
	nf_reset_ct(skb);
	skb->dev = NULL;
	dvr_neigh_enqueue(n, skb, wait);
	return DVR_OK;
}

static enum dvr_drop resolve_locked(const struct in6_addr *ip,
				    struct sk_buff *skb,
				    const struct dvr_wait *wait,
				    struct question *q, struct sk_buff **oldest,
				    struct sk_buff_head *orphans)
{
	struct dvr_iface *out = wait->iface;
	struct dvr_neigh *n = dvr_neigh_lookup(out->seg, ip);

	if (n && n->state == DVR_NEIGH_STATE_FAILED)
		return DVR_DROP_NEIGH_FAILED;
	if (!dvr_obj_live(&out->obj))
		return DVR_DROP_NEIGH_GONE;
	if (n && dvr_resolve_may_restart(n)) {
		WRITE_ONCE(n->mac, 0);
		n->probes = 0;
		question_fill(n, q, 0);
		neigh_set_state(n, DVR_NEIGH_STATE_INCOMPLETE, RETRANS);
		neigh_notify_event(n, DVR_EVENT_CHANGE);
	}
	if (!n) {
		n = neigh_create_learned(out, ip, false, orphans);
		if (!n)
			return DVR_DROP_NEIGH_LIMIT;
		question_fill(n, q, 0);
		neigh_set_state(n, DVR_NEIGH_STATE_INCOMPLETE, RETRANS);
		neigh_notify_event(n, DVR_EVENT_NEW);
	}
	/* Another CPU has just resolved the entry; the sender will retry. */
	if (n->mac)
		return DVR_DROP_NEIGH_QUEUE;
	return neigh_enqueue(n, skb, wait, oldest);
}

/**
 * dvr_resolve_may_ask() - whether ARP or ND of a port is within its limit
 * @port: port that the message came in by
 * @target: address that the message asks for, v4-mapped for IPv4
 *
 * Each message is an answer or a copy for each port of the segment. Behind an
 * uplink are the peers of all routers of the segment, so each leg has tokens for
 * those who ask for it.
 *
 * Context: softirq, RCU.
 * Return: false if the message must be dropped.
 */
bool dvr_resolve_may_ask(struct dvr_port *port, const struct in6_addr *target)
{
	struct dvr_buckets *buckets = &port->buckets;
	struct dvr_neigh *n;

	if (port->uplink) {
		n = dvr_neigh_lookup(port->seg, target);
		if (n && n->iface)
			buckets = &n->iface->buckets;
	}
	return dvr_bucket_take(&buckets->questions, READ_ONCE(port->cfg.neigh),
			       0);
}

/*
 * A scan of addresses that are not there is stopped before it takes the lock of
 * the segment, which others share, and before it costs another neighbour its
 * entry. The tokens are those of whoever sends, so nobody else waits for them.
 */
static bool resolve_may_search(const struct dvr_segment *seg,
			       const struct in6_addr *ip,
			       const struct dvr_pkt *p)
{
	return dvr_neigh_lookup(seg, ip) ||
	       dvr_bucket_take(&dvr_pkt_buckets(p)->searches,
			       READ_ONCE(p->router->cfg.neigh_rate), 0);
}

/**
 * dvr_resolve_may_restart() - whether to look for a neighbour on all ports again
 * @n: entry
 *
 * The machine may have moved to another port. If its MAC cannot be learned, as
 * without memory, packets are flooded meanwhile.
 *
 * Context: softirq, RCU, also with the segment's lock.
 * Return: true if the MAC is behind no port, and the last question is not new.
 */
bool dvr_resolve_may_restart(struct dvr_neigh *n)
{
	return dvr_neigh_is_lost(n) && READ_ONCE(n->mac) &&
	       time_after(jiffies, READ_ONCE(n->asked) + RETRANS);
}

/**
 * dvr_resolve() - let a packet wait for the MAC of a neighbour
 * @out: leg that the packet will leave by
 * @ip: address of the neighbour, v4-mapped for IPv4
 * @p: packet; gone after this on success
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or why the caller must drop the packet.
 */
enum dvr_drop dvr_resolve(struct dvr_iface *out, const struct in6_addr *ip,
			  struct dvr_pkt *p)
{
	const struct dvr_wait wait = {
		.iface = out,
		.local = p->local,
		.host = p->host,
		.natted = dvr_pkt_is_natted(p),
		.frag = p->frag,
	};
	struct dvr_segment *seg = out->seg;
	struct sk_buff *oldest = NULL;
	struct sk_buff_head orphans;
	struct question q = {};
	enum dvr_drop reason;

	if (!resolve_may_search(seg, ip, p))
		return DVR_DROP_NEIGH_RATE;
	/* The pages of a zero-copy packet are the sender's, who waits for them. */
	if (skb_orphan_frags_rx(p->skb, GFP_ATOMIC))
		return DVR_DROP_NOMEM;
	__skb_queue_head_init(&orphans);
	spin_lock_bh(&seg->lock);
	reason = resolve_locked(ip, p->skb, &wait, &q, &oldest, &orphans);
	spin_unlock_bh(&seg->lock);
	question_send(&q);
	dvr_neigh_free_queue(&orphans, DVR_DROP_NEIGH_LIMIT);
	if (oldest) {
		struct dvr_iface *iface = dvr_wait(oldest)->iface;

		dvr_neigh_wait_over(iface);
		dvr_drop(oldest, iface->router, NULL, DVR_DROP_NEIGH_QUEUE);
	}
	return reason;
}

/**
 * dvr_resolve_used() - start the confirmation of a stale entry that is used
 * @n: learned neighbour entry
 *
 * Context: softirq, RCU.
 */
void dvr_resolve_used(struct dvr_neigh *n)
{
	struct dvr_segment *seg = n->entry.key.seg;

	spin_lock_bh(&seg->lock);
	if (dvr_obj_live(&n->entry.obj) && n->state == DVR_NEIGH_STATE_STALE) {
		neigh_set_state(n, DVR_NEIGH_STATE_DELAY, DELAY);
		dvr_neigh_in_use(n);
	}
	spin_unlock_bh(&seg->lock);
}

static void neigh_apply_seen(struct dvr_neigh *n, const struct dvr_seen *seen,
			     struct sk_buff_head *ready)
{
	const struct dvr_nud nud = dvr_nud_seen(n->state, n->mac, seen);
	bool first = !n->mac;

	if (nud.take_mac) {
		WRITE_ONCE(n->ready, 0);
		dvr_neigh_leave_fdb(n);
		WRITE_ONCE(n->mac, seen->mac);
	}
	if (nud.confirmed)
		n->confirmed = jiffies;
	if (nud.confirmed || nud.state != n->state) {
		n->probes = 0;
		neigh_set_state(n, nud.state,
				nud.state == DVR_NEIGH_STATE_REACHABLE ?
				REACHABLE : STALE);
	}
	dvr_neigh_update_ready(n);
	if (nud.take_mac) {
		neigh_notify_event(n, first ? DVR_EVENT_NEW : DVR_EVENT_CHANGE);
		dvr_neigh_take_queue(n, ready);
	}
}

/* Send the packets whose neighbour answered. */
static void neigh_send_queued(struct dvr_neigh *n, struct sk_buff_head *ready)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(ready))) {
		struct dvr_iface *out = dvr_wait(skb)->iface;
		enum dvr_drop reason;
		struct dvr_pkt p;

		reason = neigh_wait_over(skb, &p);
		if (reason)
			dvr_pkt_drop(&p, reason);
		else
			dvr_above.deliver(&p, out, n);
	}
}

/**
 * dvr_resolve_seen() - update an entry by an ARP or ND message
 * @seg: segment
 * @ip: address of the neighbour, v4-mapped for IPv4
 * @seen: contents of the message
 *
 * A message never overrides a configured entry. Only a request for a gateway
 * makes an entry, for its sender (RFC 826, RFC 4861 7.2.3 and 7.2.5).
 *
 * Context: softirq, RCU.
 */
void dvr_resolve_seen(struct dvr_segment *seg, const struct in6_addr *ip,
		      const struct dvr_seen *seen)
{
	struct dvr_neigh *n = dvr_neigh_lookup(seg, ip);
	struct sk_buff_head ready, orphans;

	if (n ? n->entry.origin != DVR_ORIGIN_LEARNED :
		!seen->create_for || !seen->mac ||
		!dvr_iface_covers(seen->create_for, ip))
		return;
	if (n && n->mac == seen->mac && !seen->solicited)
		return;
	__skb_queue_head_init(&ready);
	__skb_queue_head_init(&orphans);
	spin_lock_bh(&seg->lock);
	n = dvr_neigh_lookup(seg, ip);
	if (!n && seen->create_for)
		n = neigh_create_learned(seen->create_for, ip, true, &orphans);
	if (n && n->entry.origin == DVR_ORIGIN_LEARNED)
		neigh_apply_seen(n, seen, &ready);
	spin_unlock_bh(&seg->lock);
	dvr_neigh_free_queue(&orphans, DVR_DROP_NEIGH_LIMIT);
	neigh_send_queued(n, &ready);
}
