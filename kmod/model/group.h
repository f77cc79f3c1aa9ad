/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_GROUP_H
#define _DVR_GROUP_H

#include <linux/list.h>

#include "lib/groupmsg.h"
#include "model/port.h"
#include "model/segment.h"

#define DVR_GROUP_BITS	6

/**
 * struct dvr_group - a multicast group that machines behind a port have joined
 * @node: in &dvr_groups.hash
 * @order: in &dvr_groups.order
 * @ip: address of the group, v4-mapped for IPv4
 * @until: the end of the membership, see get_jiffies_64()
 * @rcu: frees the entry
 */
struct dvr_group {
	struct hlist_node node;
	struct list_head order;
	struct in6_addr ip;
	u64 until;
	struct rcu_head rcu;
};

/**
 * struct dvr_groups - the groups of a port, made by its first report
 * @hash: the groups, RCU lists; changed under the segment's lock
 * @order: the same, the one that was reported last is the last one
 * @n: their number
 * @seed: of the hash
 */
struct dvr_groups {
	struct hlist_head hash[1 << DVR_GROUP_BITS];
	struct list_head order;
	u32 n;
	u32 seed;
};

bool dvr_group_hear(struct dvr_port *port, struct dvr_gm *gm);
void dvr_group_flush(struct dvr_port *port);
void dvr_group_forget(struct dvr_segment *seg);
void dvr_group_free(struct dvr_port *port);
bool dvr_group_for_all(const struct in6_addr *ip);
bool dvr_group_member(const struct dvr_port *port, const struct in6_addr *ip);

/* The state of IPv4 and that of IPv6 have nothing in common. */
static inline unsigned int dvr_group_family(bool v4)
{
	return v4 ? 0 : 1;
}

/**
 * dvr_group_filters() - are there members of groups to whom packets are limited
 * @seg: segment
 * @v4: IPv4, else IPv6
 *
 * Without a querier machines report nothing; and when one comes, they take their
 * time for it.
 *
 * Context: RCU or process.
 */
static inline bool dvr_group_filters(const struct dvr_segment *seg, bool v4)
{
	const struct dvr_querier *q = &seg->querier[dvr_group_family(v4)];
	u64 now = get_jiffies_64();

	return time_before64(now, READ_ONCE(q->until)) &&
	       !time_before64(now, READ_ONCE(q->from));
}

/**
 * dvr_group_router() - is a multicast router behind a port
 * @port: port
 * @v4: of IPv4, else of IPv6
 */
static inline bool dvr_group_router(const struct dvr_port *port, bool v4)
{
	return time_before64(get_jiffies_64(),
			     READ_ONCE(port->router_until[dvr_group_family(v4)]));
}

#endif /* _DVR_GROUP_H */
