/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_INSTANCE_H
#define _DVR_INSTANCE_H

#include <linux/rbtree.h>
#include <net/netfilter/nf_conntrack.h>

#include "model/object.h"
#include "model/router.h"

/* Number of IPv4 identifications that a CPU takes at a time, a power of two. */
#define DVR_NATID_SHARE	64

/**
 * struct dvr_natlist - live rules that packets try one by one
 * @list: the rules in order, an RCU list by &dvr_natrule.match
 * @tree: the same, by &dvr_natrule.order, to find the place of a new one; under the
 *	configuration mutex
 */
struct dvr_natlist {
	struct list_head list;
	struct rb_root tree;
};

static inline void dvr_natlist_init(struct dvr_natlist *in)
{
	INIT_LIST_HEAD(&in->list);
	in->tree = RB_ROOT;
}

/**
 * struct dvr_nat - the NAT instance of a router (RFC 8512)
 * @dn: namespace
 * @router: router; must not be dereferenced after the router's end
 * @router_id: id of @router; the router exists if &dvr_net.routers has this id
 * @zone: conntrack zone of the connections, in &dvr_net.zones
 * @tmpl: conntrack template of the connections, with the zone
 * @timers: idle times of the connections
 * @lock: bindings, ports, ties and flows; softirq
 * @rules: all rules, by &dvr_natrule.list, under the configuration mutex
 * @handles: handle -> rule, under the configuration mutex
 * @shapes: rules for sources, by &dvr_natshape.list, an RCU list
 * @npts: live rules of prefix translation
 * @n_live: number of live rules
 * @old: rules have been committed; otherwise the instance is deleted with its
 *	first rules if these are aborted
 * @n_hosts: number of rules in &dvr_net.nathosts, under the configuration mutex
 * @n_pairs: number of pairs in &dvr_net.pairs, under @lock
 * @rests: bindings whose ports rest, in the order of &dvr_binding.ended, by
 *	&dvr_binding.rest_all, under @lock
 * @n_rests: number of @rests, under @lock
 * @rest_max: maximum number of @rests
 * @port_rest: how long a port rests, seconds; 0 for not at all
 * @wake: forgets bindings that have rested
 * @n_conns: number of connections in &dvr_net.conns, and of those being added
 * @flows: flows of the connections, by &dvr_flow.list, under @lock
 * @n_flows: number of @flows, under @lock
 * @no_room: jiffies when a new flow last had no room
 * @ids: next IPv4 identification that a CPU gives to a packet of a shared
 *	address; at the end of its share a CPU takes another share
 * @ip_id: number of shares that were taken
 * @alerted: jiffies of the last alert
 * @charge: memory cgroup that pays for connections and what belongs to them
 * @users: references of the router and of each rule
 * @free: frees the instance after a grace period
 */
struct dvr_nat {
	struct dvr_net *dn;
	struct dvr_router *router;
	u32 router_id;
	u16 zone;
	struct nf_conn *tmpl;
	struct dvr_timers *timers;
	spinlock_t lock;	/* see above */
	struct list_head rules;
	struct xarray handles;
	struct list_head shapes;
	struct dvr_natlist npts;
	u32 n_live;
	bool old;
	u32 n_hosts;
	u32 n_pairs;
	struct list_head rests;
	u32 n_rests;
	u32 rest_max;
	u32 port_rest;
	struct delayed_work wake;
	atomic_t n_conns;
	struct list_head flows;
	u32 n_flows;
	u32 no_room;
	u16 __percpu *ids;
	atomic_t ip_id;
	unsigned long alerted;
	struct mem_cgroup *charge;
	refcount_t users;
	struct rcu_work free;
};

struct dvr_nat *dvr_nat_get(struct dvr_txn *txn, struct dvr_router *router);
void dvr_nat_put(struct dvr_nat *nat);
void dvr_nat_unmake(struct dvr_nat *nat);
void dvr_nat_wait_zone(struct dvr_net *dn, u32 zone);
int dvr_nat_prepare(struct dvr_txn *txn, struct dvr_router *router,
		    const struct dvr_router_cfg *cfg);
void dvr_nat_apply(struct dvr_router *router);
void dvr_nat_router_gone(struct dvr_router *router);
void dvr_nat_wait(struct dvr_net *dn);
u16 dvr_nat_more_ids(struct dvr_nat *nat, unsigned int n);
void dvr_nat_alert(struct dvr_nat *nat, enum dvr_drop reason, u32 handle);

/**
 * dvr_nat_id() - get an IPv4 identification for a packet of a shared address
 * @nat: instance
 * @skb: packet; an offloaded packet gets consecutive ones for its segments
 *
 * No identification repeats within about 65,000 packets (RFC 6864), where the
 * segments of an offloaded packet are rounded up to a share. CPUs share one
 * counter, which is written once for each share.
 *
 * Context: softirq, RCU.
 * Return: identification of the first segment, network byte order.
 */
static inline __be16 dvr_nat_id(struct dvr_nat *nat, const struct sk_buff *skb)
{
	unsigned int segs;
	u16 *next, id;

	if (unlikely(skb_is_gso(skb))) {
		/* gso_segs of a packet from a guest may not be set yet. */
		segs = DIV_ROUND_UP(skb->len, skb_shinfo(skb)->gso_size);
		return htons(dvr_nat_more_ids(nat, segs));
	}
	next = this_cpu_ptr(nat->ids);
	id = *next;
	if (unlikely(id % DVR_NATID_SHARE == 0))
		id = dvr_nat_more_ids(nat, 1);
	*next = id + 1;
	return htons(id);
}

#endif /* _DVR_INSTANCE_H */
