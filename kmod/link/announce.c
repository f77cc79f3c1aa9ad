// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of routers are announced, by gratuitous ARP and unsolicited neighbour
 * advertisements, when they appear or their leg changes, and when a port of their
 * segment or the router comes up: others may remember who had them before.
 * Those of legs with NAT are for the whole segment. Those of other legs are not for
 * uplinks, beyond which another host's router has the same ones.
 */
#include "link/announce.h"
#include "link/arp.h"
#include "link/nd.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/router.h"
#include "model/segment.h"

/* So many addresses or frames at once, and then a rest, to flood nobody. */
#define BATCH	32U
#define FRAMES	1024U
#define REST	(HZ / 50)

struct told {
	const struct dvr_iface *iface;
	struct in6_addr ip;
};

/* Neighbours of the segment are all to be told again. */
static void begin_again(struct dvr_segment *seg)
{
	struct dvr_neigh *n;

	list_for_each_entry(n, &seg->neighs, list)
		if (n->iface)
			n->announced = false;
}

static unsigned int collect(struct dvr_segment *seg, struct told *told,
			    unsigned int max)
{
	unsigned int count = 0;
	struct dvr_neigh *n;

	list_for_each_entry(n, &seg->neighs, list) {
		if (n->announced || !dvr_obj_live(&n->obj) || !n->iface)
			continue;
		if (count == max)
			break;
		n->announced = true;
		told[count].iface = n->iface;
		told[count++].ip = n->key.ip;
	}
	return count;
}

static void tell(const struct told *t)
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
 * dvr_announce() - announce what was not yet announced
 * @work: &dvr_segment.announce
 */
void dvr_announce(struct work_struct *work)
{
	struct dvr_segment *seg = container_of(to_delayed_work(work),
					       struct dvr_segment, announce);
	unsigned int i, n, max = FRAMES / max(READ_ONCE(seg->n_ports), 1U);
	struct told told[BATCH];
	bool more;

	max = clamp(max, 1U, BATCH);
	rcu_read_lock();
	spin_lock_bh(&seg->lock);
	n = collect(seg, told, max);
	more = n == max;
	/* Not before all were told once, or who asks often silences the last. */
	if (!more && xchg(&seg->announce_all, false)) {
		begin_again(seg);
		more = true;
	}
	spin_unlock_bh(&seg->lock);
	for (i = 0; i < n; i++) {
		local_bh_disable();
		tell(&told[i]);
		local_bh_enable();
	}
	rcu_read_unlock();
	if (more)
		queue_delayed_work(dvr_wq, &seg->announce, REST);
}
