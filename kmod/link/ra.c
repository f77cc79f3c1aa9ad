// SPDX-License-Identifier: GPL-2.0-only
/*
 * Router advertisements (RFC 4861 6.2). A leg sends them to all hosts at random
 * times, and at shorter ones when it begins. The work of the segment does this
 * for all legs.
 *
 * The answer to a router solicitation is sent to all nodes too, but only out of
 * the port of the host that asked. So solicitations of one port cost the hosts of
 * other ports nothing. A port waits for one answer at a time, and an answer is not
 * sent within DVR_RA_MIN_DELAY of another advertisement of the leg.
 *
 * Uplinks are left out: routers of other hosts have the same link-local addresses.
 */
#include <linux/etherdevice.h>
#include <linux/random.h>
#include <net/addrconf.h>

#include "link/nd.h"
#include "link/ra.h"
#include "link/switch.h"
#include "model/iface.h"
#include "model/port.h"
#include "model/router.h"
#include "model/segment.h"

/* RFC 4861 10, router constants. */
#define INITIAL_COUNT		3U		/* MAX_INITIAL_RTR_ADVERTISEMENTS */
#define INITIAL_INTERVAL	(16 * MSEC_PER_SEC)
#define ANSWER_DELAY		500U		/* MAX_RA_DELAY_TIME, ms */

/* RFC 4861 6.2.1: MinRtrAdvInterval is a third of the other, and at least this. */
#define INTERVAL_MIN		3U

/* A run has at most PORTS answers and about FRAMES frames; then a pause. */
#define PORTS		32U
#define FRAMES		1024
#define REST		(HZ / 50)

/* A leg that ends sends no last advertisement if so many wait to be sent. */
#define FAREWELLS_MAX	256

static const struct in6_addr all_nodes = IN6ADDR_LINKLOCAL_ALLNODES_INIT;

/**
 * struct ra_run - one run of the work
 * @seg: segment
 * @now: time of the run, jiffies
 * @next: time of the next run if @again, jiffies
 * @again: there is a next run
 * @frames: frames that may be sent
 */
struct ra_run {
	struct dvr_segment *seg;
	unsigned long now;
	unsigned long next;
	bool again;
	int frames;
};

/* A port that gets an answer. */
struct ra_asker {
	struct dvr_port *port;
	unsigned long asked;
};

static struct sk_buff *ra_make(const struct dvr_iface *iface,
			       const struct dvr_iface_cfg *cfg, bool final)
{
	u8 dst[ETH_ALEN], hw[ETH_ALEN];
	struct dvr_ra_leg leg = {
		.addr = cfg->addr,
		.n = cfg->n,
		.hw = hw,
		.mtu = READ_ONCE(iface->seg->cfg.mtu),
	};
	struct sk_buff *skb;

	u64_to_ether_addr(cfg->mac, hw);
	ipv6_eth_mc_map(&all_nodes, dst);
	skb = dvr_nd_alloc(dvr_ra_size(cfg->ra, &leg), dst, hw, &all_nodes,
			   &cfg->linklocal);
	if (!skb)
		return NULL;
	dvr_ra_write(skb_transport_header(skb), cfg->ra, &leg, final);
	dvr_nd_sum(skb);
	return skb;
}

/* Have another run at @at, or after a pause if that is earlier. */
static void ra_again(struct ra_run *run, unsigned long at)
{
	if (time_before(at, run->now + REST))
		at = run->now + REST;
	if (!run->again || time_before(at, run->next))
		run->next = at;
	run->again = true;
}

static void ra_send_all(struct ra_run *run, struct sk_buff *skb)
{
	struct dvr_segment *seg = run->seg;

	run->frames -= max(READ_ONCE(seg->n_ports), 1U);
	if (!skb)
		return;
	local_bh_disable();
	dvr_switch_tell(seg, skb, true, NULL);
	local_bh_enable();
}

/* Random, so that routers do not send at the same time (RFC 4861 6.2.4). */
static unsigned long ra_interval(struct dvr_iface_ra *ra,
				 const struct dvr_ra_cfg *cfg)
{
	u32 least = max(cfg->interval / 3, INTERVAL_MIN);
	u32 wait = get_random_u32_inclusive(least * MSEC_PER_SEC,
					    cfg->interval * MSEC_PER_SEC);

	if (ra->left && --ra->left)
		wait = min_t(u32, wait, INITIAL_INTERVAL);
	return msecs_to_jiffies(wait);
}

/* The router is down: send one last advertisement (RFC 4861 6.2.5). */
static void ra_fall_silent(struct ra_run *run, struct dvr_iface *iface,
			   const struct dvr_iface_cfg *cfg)
{
	if (iface->ra.silent)
		return;
	WRITE_ONCE(iface->ra.silent, true);
	ra_send_all(run, ra_make(iface, cfg, true));
}

/* Send the advertisement of a leg to all hosts if the time has come. */
static void ra_look_after(struct ra_run *run, struct dvr_iface *iface, bool all)
{
	const struct dvr_iface_cfg *cfg = rcu_dereference(iface->cfg);
	struct dvr_iface_ra *ra = &iface->ra;

	if (!dvr_iface_cfg_advertises(cfg))
		return;
	if (!dvr_router_up(iface->router)) {
		ra_fall_silent(run, iface, cfg);
		return;
	}
	if (xchg(&ra->fresh, false) || ra->silent || all) {
		WRITE_ONCE(ra->silent, false);
		ra->left = INITIAL_COUNT;
		ra->due = run->now;
		if (time_before(ra->due, ra->last + DVR_RA_MIN_DELAY))
			ra->due = ra->last + DVR_RA_MIN_DELAY;
	}
	if (!time_before(run->now, ra->due) && run->frames > 0) {
		ra_send_all(run, ra_make(iface, cfg, false));
		ra->last = run->now;
		ra->due = run->now + ra_interval(ra, cfg->ra);
		WRITE_ONCE(run->seg->advertised, run->now);
	}
	ra_again(run, ra->due);
}

/* Take ports whose answer is due; return how many. */
static unsigned int ra_take_askers(struct ra_run *run, struct ra_asker *askers)
{
	struct dvr_segment *seg = run->seg;
	struct dvr_port *port, *tmp;
	unsigned int n = 0;

	spin_lock_bh(&seg->lock);
	list_for_each_entry_safe(port, tmp, &seg->solicited, ra.list) {
		if (n == PORTS || time_before(run->now, port->ra.due)) {
			ra_again(run, port->ra.due);
			continue;
		}
		list_del_init(&port->ra.list);
		port->ra.last = run->now;
		askers[n].port = port;
		askers[n++].asked = port->ra.asked;
	}
	spin_unlock_bh(&seg->lock);
	return n;
}

/*
 * Answer a port for a leg. The port needs no answer if an advertisement to all
 * hosts was sent after the port asked, or will be sent within DVR_RA_MIN_DELAY.
 */
static void ra_answer(const struct ra_run *run, const struct ra_asker *asker,
		      const struct dvr_iface *iface)
{
	const struct dvr_iface_cfg *cfg = rcu_dereference(iface->cfg);
	const struct dvr_iface_ra *ra = &iface->ra;
	struct sk_buff *skb;

	if (!dvr_iface_cfg_advertises(cfg) || ra->silent ||
	    time_after(ra->last, asker->asked) ||
	    time_before(ra->due, run->now + DVR_RA_MIN_DELAY))
		return;
	skb = ra_make(iface, cfg, false);
	if (!skb)
		return;
	local_bh_disable();
	dvr_port_xmit(asker->port, skb, NULL);
	local_bh_enable();
}

static void ra_answer_all(struct ra_run *run)
{
	struct ra_asker askers[PORTS];
	const struct dvr_iface *iface;
	unsigned int i, n;

	n = ra_take_askers(run, askers);
	for (i = 0; i < n; i++)
		list_for_each_entry_rcu(iface, &run->seg->advertisers, ra.list)
			ra_answer(run, &askers[i], iface);
}

static void ra_send_farewells(struct ra_run *run)
{
	struct sk_buff *skb;

	while (run->frames > 0 &&
	       (skb = skb_dequeue(&run->seg->farewells)))
		ra_send_all(run, skb);
	if (!skb_queue_empty_lockless(&run->seg->farewells))
		ra_again(run, run->now);
}

/**
 * dvr_ra_run() - send the router advertisements of a segment that are due
 * @work: &dvr_segment.advertise
 *
 * The work is queued again while a leg advertises or a port waits.
 *
 * Context: process.
 */
void dvr_ra_run(struct work_struct *work)
{
	struct dvr_segment *seg = container_of(to_delayed_work(work),
					       struct dvr_segment, advertise);
	struct ra_run run = { .seg = seg, .now = jiffies, .frames = FRAMES };
	bool all = xchg(&seg->advertise_all, false);
	struct dvr_iface *iface;

	rcu_read_lock();
	ra_send_farewells(&run);
	list_for_each_entry_rcu(iface, &seg->advertisers, ra.list)
		ra_look_after(&run, iface, all);
	ra_answer_all(&run);
	rcu_read_unlock();
	if (!run.again)
		return;
	spin_lock_bh(&seg->lock);
	dvr_segment_advertise_locked(seg, run.next);
	spin_unlock_bh(&seg->lock);
}

/**
 * dvr_ra_solicited() - note that a host behind a port asked for routers
 * @port: port by which a valid router solicitation came in
 *
 * The answer is delayed by a random time (RFC 4861 6.2.6).
 *
 * Context: softirq, RCU.
 * Return: true if the host gets an answer.
 */
bool dvr_ra_solicited(struct dvr_port *port)
{
	struct dvr_segment *seg = port->seg;
	unsigned long now = jiffies, from = now, last;
	unsigned int delay;

	if (list_empty(&seg->advertisers) || port->uplink)
		return false;
	/* A host that keeps asking does not take the segment's lock. */
	if (!list_empty_careful(&port->ra.list))
		return true;
	spin_lock_bh(&seg->lock);
	if (dvr_obj_live(&port->named.obj) && list_empty(&port->ra.list)) {
		if (time_before(from, port->ra.last + DVR_RA_MIN_DELAY))
			from = port->ra.last + DVR_RA_MIN_DELAY;
		last = READ_ONCE(seg->advertised);
		if (time_before(from, last + DVR_RA_MIN_DELAY))
			from = last + DVR_RA_MIN_DELAY;
		port->ra.asked = now;
		delay = get_random_u32_inclusive(0, ANSWER_DELAY);
		port->ra.due = from + msecs_to_jiffies(delay);
		list_add_tail(&port->ra.list, &seg->solicited);
		dvr_segment_advertise_locked(seg, port->ra.due);
	}
	spin_unlock_bh(&seg->lock);
	return true;
}

/**
 * dvr_ra_end() - make the last router advertisement of a leg
 * @iface: leg, with the configuration with which it has advertised
 *
 * The message is made now, because the leg may be freed before it is sent.
 *
 * Context: the configuration mutex.
 */
void dvr_ra_end(struct dvr_iface *iface)
{
	struct dvr_segment *seg = iface->seg;
	struct sk_buff *skb;

	if (skb_queue_len(&seg->farewells) >= FAREWELLS_MAX)
		return;
	skb = ra_make(iface, dvr_dereference(seg->dn, iface->cfg), true);
	if (!skb)
		return;
	skb_queue_tail(&seg->farewells, skb);
	dvr_segment_advertise(seg, jiffies);
}
