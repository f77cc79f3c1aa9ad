/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_INSTANCE_H
#define _DVR_INSTANCE_H

#include <net/netfilter/nf_conntrack.h>

#include "model/object.h"
#include "model/router.h"

/* A CPU takes this many IPv4 identifications at a time: a power of two. */
#define DVR_NATID_SHARE	64

/**
 * struct dvr_nat - the NAT instance of a router (RFC 8512)
 * @dn: namespace
 * @router: the router; not to be followed once it is gone
 * @router_id: its id, by which &dvr_net.routers tells whether it is
 * @zone: conntrack zone of its connections, in &dvr_net.zones
 * @tmpl: template of its connections, carries the zone
 * @timers: how long they live
 * @lock: bindings, ports, flows; softirq
 * @rules: all rules, by &dvr_natrule.list and the configuration mutex
 * @handles: handle -> rule, by the configuration mutex
 * @matches: live rules that are matched one by one, an RCU list in order
 * @npts: live rules of prefix translation among them, an RCU list
 * @n_live: live rules
 * @old: it has had some; else it goes with its first rules, if these are not
 *	committed
 * @n_hosts: rules in &dvr_net.nathosts, by the configuration mutex
 * @n_conns: its connections in &dvr_net.conns, and those about to be
 * @flows: flows of its connections, by &dvr_flow.list and @lock
 * @n_flows: how many, by @lock
 * @no_room: jiffies when there was last no room for one
 * @ids: the next IPv4 identification that a CPU gives to a packet of a shared
 *	address; at the end of its share it takes another
 * @ip_id: how many shares were taken
 * @alerted: jiffies of the last event about a limit
 * @users: the router and each rule
 * @free: frees it after a grace period
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
	struct list_head matches;
	struct list_head npts;
	u32 n_live;
	bool old;
	u32 n_hosts;
	atomic_t n_conns;
	struct list_head flows;
	u32 n_flows;
	u32 no_room;
	u16 __percpu *ids;
	atomic_t ip_id;
	unsigned long alerted;
	refcount_t users;
	struct rcu_work free;
};

struct dvr_nat *dvr_nat_get(struct dvr_txn *txn, struct dvr_router *router);
void dvr_nat_put(struct dvr_nat *nat);
void dvr_nat_unmake(struct dvr_nat *nat);
int dvr_nat_prepare(struct dvr_txn *txn, struct dvr_router *router,
		    const struct dvr_router_cfg *cfg);
void dvr_nat_apply(struct dvr_router *router);
void dvr_nat_router_gone(struct dvr_router *router);
void dvr_nat_wait(struct dvr_net *dn);
u16 dvr_nat_more_ids(struct dvr_nat *nat, unsigned int n);
void dvr_nat_alert(struct dvr_nat *nat, enum dvr_drop reason, u32 handle);

/**
 * dvr_nat_id() - an IPv4 identification for a packet of a shared address
 * @nat: instance
 * @skb: the packet; one of several segments has as many, one after the other
 *
 * None is given twice among some 65,000 packets (RFC 6864), segments counted and
 * rounded up to a share. CPUs meet once for each share.
 *
 * Context: softirq, RCU.
 * Return: the identification, of the first segment.
 */
static inline __be16 dvr_nat_id(struct dvr_nat *nat, const struct sk_buff *skb)
{
	unsigned int segs;
	u16 *next, id;

	if (unlikely(skb_is_gso(skb))) {
		/* Of what a guest made gso_segs is not known yet. */
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
