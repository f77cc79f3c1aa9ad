// SPDX-License-Identifier: GPL-2.0-only
/*
 * Announcements of router addresses: gratuitous ARP and unsolicited neighbour
 * advertisements. An address is announced when it is new, when its leg changes,
 * when a port of the segment comes up, and when the router comes up. The caches
 * of neighbours may still have the MAC of a previous owner. The port that comes up
 * gets these frames alone.
 *
 * The addresses of legs with NAT are announced on all ports of the segment. The
 * addresses of other legs are not announced on uplinks: routers of other hosts
 * have the same addresses.
 */
#include "link/announce.h"
#include "link/arp.h"
#include "link/nd.h"
#include "model/address.h"
#include "model/iface.h"
#include "model/router.h"
#include "model/segment.h"

/* A batch has at most BATCH addresses and a run about FRAMES frames; then a pause. */
#define BATCH	32U
#define FRAMES	1024U
#define REST	(HZ / 50)

static void announce_send(const struct dvr_notice *t)
{
	bool guests = !READ_ONCE(t->iface->n_nat);

	if (!dvr_router_up(t->iface->router))
		return;
	if (ipv6_addr_v4mapped(&t->ip))
		dvr_arp_announce(t->iface, t->ip.s6_addr32[3], guests, t->to);
	else if (guests || !(ipv6_addr_type(&t->ip) & IPV6_ADDR_LINKLOCAL))
		dvr_nd_announce(t->iface, &t->ip, guests, t->to);
}

/* Send some announcements. Returns how many frames they are, at most. */
static unsigned int announce_some(struct dvr_segment *seg, unsigned int ports)
{
	struct dvr_notice notices[BATCH];
	unsigned int i, n, frames = 0;
	unsigned int to_all = clamp(FRAMES / ports, 1U, BATCH / 2);

	rcu_read_lock();
	n = dvr_address_notices(seg, notices, to_all, BATCH - to_all);
	for (i = 0; i < n; i++) {
		frames += notices[i].to ? 1 : ports;
		local_bh_disable();
		announce_send(&notices[i]);
		local_bh_enable();
	}
	rcu_read_unlock();
	return frames;
}

/**
 * dvr_announce() - announce addresses of a segment that are due
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
	unsigned int ports = max(READ_ONCE(seg->n_ports), 1U);
	unsigned int n, frames = 0;

	do {
		n = announce_some(seg, ports);
		frames += n;
		cond_resched();
	} while (n && frames < FRAMES);
	if (n)
		queue_delayed_work(dvr_wq, &seg->announce, REST);
}
