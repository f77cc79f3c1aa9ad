// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which multicast groups machines behind the ports of a segment have joined, and
 * behind which ports multicast routers are, for segments with snooping.
 *
 * An entry that is over stays until its port has another one in its place or goes:
 * the number of entries of a port has a bound.
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <net/addrconf.h>

#include "lib/charge.h"
#include "model/group.h"

/* RFC 3376 8, RFC 3810 9: what a router has if its queries do not say. */
#define ROBUST_DEFAULT		2
#define INTERVAL_DEFAULT	125	/* s */

/* No machine keeps the state of others for longer. */
#define INTERVAL_MAX		3600	/* s */

/* RFC 3376 8.8: the time that members have to answer when one has left. */
#define LEAVE_TIME		(2 * HZ)

/* RFC 4286 4.2.1 and RFC 7761 4.11 have shorter ones. */
#define ROUTER_TIME		(255 * HZ)

static u32 group_hash(const struct dvr_groups *groups,
		      const struct in6_addr *ip)
{
	return jhash2((__force const u32 *)ip->s6_addr32, 4, groups->seed) &
	       ((1 << DVR_GROUP_BITS) - 1);
}

static struct dvr_group *group_find(const struct dvr_groups *groups,
				    const struct in6_addr *ip)
{
	struct dvr_group *g;

	hlist_for_each_entry_rcu(g, &groups->hash[group_hash(groups, ip)], node,
				 true)
		if (ipv6_addr_equal(&g->ip, ip))
			return g;
	return NULL;
}

/**
 * dvr_group_member() - has a machine behind a port joined a group
 * @port: port
 * @ip: address of the group, v4-mapped for IPv4
 *
 * Context: RCU.
 */
bool dvr_group_member(const struct dvr_port *port, const struct in6_addr *ip)
{
	const struct dvr_groups *groups = rcu_dereference(port->groups);
	const struct dvr_group *g = groups ? group_find(groups, ip) : NULL;

	return g && time_before64(get_jiffies_64(), READ_ONCE(g->until));
}

/**
 * dvr_group_for_all() - do all ports get what is sent to a group
 * @ip: address of the group, v4-mapped for IPv4
 *
 * Machines that are in these groups need not report it (RFC 4541 2.1.2, 3).
 */
bool dvr_group_for_all(const struct in6_addr *ip)
{
	if (ipv6_addr_v4mapped(ip))
		return ipv4_is_local_multicast(ip->s6_addr32[3]);
	return ipv6_addr_is_ll_all_nodes(ip) || ipv6_addr_is_solict_mult(ip) ||
	       IPV6_ADDR_MC_SCOPE(ip) < IPV6_ADDR_SCOPE_LINKLOCAL;
}

static struct dvr_groups *groups_locked(const struct dvr_port *port)
{
	return rcu_dereference_protected(port->groups,
					 lockdep_is_held(&port->seg->lock));
}

/* Its allocation failed if it is NULL: the next report tries again. */
static struct dvr_groups *groups_make(struct dvr_port *port)
{
	struct dvr_groups *groups = groups_locked(port);

	if (groups)
		return groups;
	groups = dvr_charged_zalloc(port->seg->charge, sizeof(*groups));
	if (!groups)
		return NULL;
	INIT_LIST_HEAD(&groups->order);
	groups->seed = get_random_u32();
	rcu_assign_pointer(port->groups, groups);
	return groups;
}

static void group_del(struct dvr_groups *groups, struct dvr_group *g)
{
	hlist_del_rcu(&g->node);
	list_del(&g->order);
	groups->n--;
	kfree_rcu(g, rcu);
}

/* A port that has all its groups loses the one that was not reported for longest. */
static struct dvr_group *group_make(struct dvr_port *port,
				    struct dvr_groups *groups,
				    const struct in6_addr *ip)
{
	struct dvr_group *g;

	g = dvr_charged_zalloc(port->seg->charge, sizeof(*g));
	if (!g)
		return NULL;
	if (groups->n >= DVR_GROUPS_MAX)
		group_del(groups, list_first_entry(&groups->order,
						   struct dvr_group, order));
	g->ip = *ip;
	hlist_add_head_rcu(&g->node, &groups->hash[group_hash(groups, ip)]);
	list_add_tail(&g->order, &groups->order);
	groups->n++;
	return g;
}

static void group_join(struct dvr_port *port, const struct in6_addr *ip,
		       u64 until)
{
	struct dvr_groups *groups = groups_make(port);
	struct dvr_group *g;

	if (!groups || dvr_group_for_all(ip))
		return;
	g = group_find(groups, ip);
	if (g)
		list_move_tail(&g->order, &groups->order);
	else
		g = group_make(port, groups, ip);
	if (g && time_before64(g->until, until))
		WRITE_ONCE(g->until, until);
}

/* The querier asks the other members now, who answer before it is over. */
static void group_leave(struct dvr_port *port, const struct in6_addr *ip)
{
	u64 until = get_jiffies_64() + LEAVE_TIME;
	struct dvr_groups *groups = groups_locked(port);
	struct dvr_group *g = groups ? group_find(groups, ip) : NULL;

	if (g && time_before64(until, g->until))
		WRITE_ONCE(g->until, until);
}

static void group_report(struct dvr_port *port, struct dvr_gm *gm)
{
	struct dvr_querier *q = &port->seg->querier[dvr_group_family(gm->v4)];
	u64 until = get_jiffies_64() + (q->member ?: (u64)HZ *
		    (ROBUST_DEFAULT * INTERVAL_DEFAULT + 10));
	struct in6_addr ip;
	bool leave;

	while (dvr_gm_next(gm, &ip, &leave))
		if (leave)
			group_leave(port, &ip);
		else
			group_join(port, &ip, until);
}

/*
 * RFC 3376 8.4, 8.5: a member that does not report for @member has gone; a querier
 * that is silent for half of its answers' time less has gone, too.
 */
static void group_query(struct dvr_port *port, const struct dvr_gm *gm)
{
	struct dvr_querier *q = &port->seg->querier[dvr_group_family(gm->v4)];
	u64 now = get_jiffies_64();
	u32 interval = gm->interval ?: INTERVAL_DEFAULT;
	u32 resp = min_t(u32, msecs_to_jiffies(gm->resp), INTERVAL_MAX * HZ);
	u64 silent;

	if (!gm->known || !gm->general)
		return;
	silent = (u64)HZ * min_t(u32, (gm->robust ?: ROBUST_DEFAULT) * interval,
				 INTERVAL_MAX);
	q->member = silent + resp;
	if (!time_before64(now, q->until))
		WRITE_ONCE(q->from, now + resp);
	WRITE_ONCE(q->until, now + silent + resp / 2);
	WRITE_ONCE(port->router_until[dvr_group_family(gm->v4)], q->until);
}

/**
 * dvr_group_hear() - learn from a message about multicast groups
 * @port: port that the message came in by
 * @gm: message; used up
 *
 * Context: softirq, RCU.
 * Return: true for a report, which only routers have to get.
 */
bool dvr_group_hear(struct dvr_port *port, struct dvr_gm *gm)
{
	struct dvr_segment *seg = port->seg;
	bool report = gm->type == DVR_GM_REPORT;

	if (gm->type == DVR_GM_OTHER)
		return false;
	spin_lock_bh(&seg->lock);
	if (!READ_ONCE(seg->cfg.snooping) || !READ_ONCE(port->up))
		goto out;
	switch (gm->type) {
	case DVR_GM_REPORT:
		group_report(port, gm);
		break;
	case DVR_GM_QUERY:
		group_query(port, gm);
		break;
	case DVR_GM_ROUTER:
		WRITE_ONCE(port->router_until[dvr_group_family(gm->v4)],
			   get_jiffies_64() + ROUTER_TIME);
		break;
	}
out:
	spin_unlock_bh(&seg->lock);
	return report;
}

static void group_flush_locked(struct dvr_port *port)
{
	struct dvr_groups *groups = groups_locked(port);
	struct dvr_group *g, *next;

	WRITE_ONCE(port->router_until[0], get_jiffies_64());
	WRITE_ONCE(port->router_until[1], get_jiffies_64());
	if (!groups)
		return;
	list_for_each_entry_safe(g, next, &groups->order, order)
		group_del(groups, g);
}

/**
 * dvr_group_flush() - forget the groups and routers behind a port
 * @port: port that has gone, or whose device has
 */
void dvr_group_flush(struct dvr_port *port)
{
	spin_lock_bh(&port->seg->lock);
	group_flush_locked(port);
	spin_unlock_bh(&port->seg->lock);
}

/**
 * dvr_group_forget() - forget all groups of a segment, which has no snooping any more
 * @seg: segment
 *
 * Context: the configuration mutex.
 */
void dvr_group_forget(struct dvr_segment *seg)
{
	struct dvr_port *port;

	spin_lock_bh(&seg->lock);
	memset(seg->querier, 0, sizeof(seg->querier));
	spin_unlock_bh(&seg->lock);
	list_for_each_entry(port, &seg->ports, seg_list)
		dvr_group_flush(port);
}

/**
 * dvr_group_free() - free the groups of a port that nobody can find any more
 * @port: port, after a grace period
 */
void dvr_group_free(struct dvr_port *port)
{
	struct dvr_groups *groups = rcu_dereference_protected(port->groups, true);
	struct dvr_group *g, *next;

	if (!groups)
		return;
	list_for_each_entry_safe(g, next, &groups->order, order)
		kfree(g);
	kfree(groups);
}
