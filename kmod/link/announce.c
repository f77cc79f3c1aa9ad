// SPDX-License-Identifier: GPL-2.0-only
/*
 * Announcements of router addresses: gratuitous ARP and unsolicited neighbour
 * advertisements. An address is announced when it is new, when its leg changes,
 * when a port of the segment comes up, and when the router comes up. The caches
 * of neighbours may still have the MAC of a previous owner.
 *
 * The addresses of legs with NAT are announced on all ports of the segment. The
 * addresses of other legs are not announced on uplinks: routers of other hosts
 * have the same addresses.
 */
#include "link/announce.h"
#include "link/arp.h"
#include "link/nd.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/router.h"
#include "model/segment.h"

/* A batch has at most BATCH addresses and about FRAMES frames; then a pause. */
#define BATCH	32U
#define FRAMES	1024U
#define REST	(HZ / 50)

struct notice {
	const struct dvr_iface *iface;
	struct in6_addr ip;
};

/* Mark all addresses of the segment for another announcement. */
static void announce_restart(struct dvr_segment *seg)
{
	struct dvr_neigh *n;

	list_for_each_entry(n, &seg->neighs.list, entry.list)
		if (n->iface && !n->anycast)
			n->announced = false;
}

static unsigned int announce_collect(struct dvr_segment *seg,
				     struct notice *notices,
				     unsigned int max)
{
	unsigned int count = 0;
	struct dvr_neigh *n;

	list_for_each_entry(n, &seg->neighs.list, entry.list) {
		if (n->announced || !dvr_obj_live(&n->entry.obj) || !n->iface)
			continue;
		if (count == max)
			break;
		n->announced = true;
		notices[count].iface = n->iface;
		notices[count++].ip = n->entry.key.ip;
	}
	return count;
}

static void announce_send(const struct notice *t)
{
	bool guests = !READ_ONCE(t->iface->n_nat);

	if (!dvr_router_up(t->iface->router))
		return;
	if (ipv6_addr_v4mapped(&t->ip))
		dvr_arp_announce(t->iface, t->ip.s6_addr32[3], guests);
	else if (guests || !(ipv6_addr_type(&t->ip) & IPV6_ADDR_LINKLOCAL))
		dvr_nd_announce(t->iface, &t->ip, guests);
}

/**
 * dvr_announce() - announce the addresses that are marked for it
 * @work: &dvr_segment.announce
 *
 * The work is queued again while addresses remain.
 *
 * Context: process.
 */
void dvr_announce(struct work_struct *work)
{
	struct dvr_segment *seg = container_of(to_delayed_work(work),
					       struct dvr_segment, announce);
	unsigned int i, n, max = FRAMES / max(READ_ONCE(seg->n_ports), 1U);
	struct notice notices[BATCH];
	bool more;

	max = clamp(max, 1U, BATCH);
	rcu_read_lock();
	spin_lock_bh(&seg->lock);
	n = announce_collect(seg, notices, max);
	more = n == max;
	/*
	 * Start again only after the last address was announced. Otherwise
	 * frequent requests would keep the last addresses from their turn.
	 */
	if (!more && xchg(&seg->announce_all, false)) {
		announce_restart(seg);
		more = true;
	}
	spin_unlock_bh(&seg->lock);
	for (i = 0; i < n; i++) {
		local_bh_disable();
		announce_send(&notices[i]);
		local_bh_enable();
	}
	rcu_read_unlock();
	if (more)
		queue_delayed_work(dvr_wq, &seg->announce, REST);
}
