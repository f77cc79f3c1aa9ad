/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SEGMENT_H
#define _DVR_SEGMENT_H

#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "model/entry.h"

/**
 * struct dvr_segment_cfg - configuration of a segment
 * @vni: virtual network identifier, or -1
 * @mtu: largest IP packet, bytes
 * @unknown: &enum dvr_unknown
 * @suppress: answer ARP and ND for permanent neighbour entries
 * @snooping: multicast goes to members of its group and to routers
 */
struct dvr_segment_cfg {
	s32 vni;
	u32 mtu;
	u8 unknown;
	u8 suppress;
	u8 snooping;
};

/**
 * struct dvr_querier - the multicast routers of a segment, and what they ask for
 * @from: machines have answered the first query then, see get_jiffies_64()
 * @until: no query came for so long then that there is no router any more
 * @member: a machine that does not report for so long has left its groups, jiffies;
 *	0 before the first query
 */
struct dvr_querier {
	u64 from;
	u64 until;
	u64 member;
};

/**
 * struct dvr_vni - record that a segment has a vni, or is to get it
 * @node: in &dvr_net.vnis
 * @seg: segment
 * @vni: virtual network identifier
 * @rcu: frees the record
 *
 * A live configuration and a staged one have a record each, so that neither commit
 * nor abort has to enter one.
 */
struct dvr_vni {
	struct rhlist_head node;
	struct dvr_segment *seg;
	s32 vni;
	struct rcu_head rcu;
};

/* More than 48 bits, so no frame can have this destination. */
#define DVR_NO_MAC		U64_MAX

/* More gateways than this are looked up in the MAC table. */
#define DVR_GATEWAYS_INLINE	4

/**
 * struct dvr_gateways - some gateway MACs of a segment, for the packet path
 * @n: number of gateways in @gw
 * @more: live legs that are not in @gw; the MAC table has their MACs
 * @rcu: frees the array
 * @gw: MAC of the leg, or DVR_NO_MAC after the end of the leg; and the leg
 *
 * Every frame that comes in is compared with them, so a few are compared inline
 * and not looked up in the MAC table.
 */
struct dvr_gateways {
	u32 n;
	u32 more;
	struct rcu_head rcu;
	struct {
		u64 mac;
		struct dvr_iface *iface;
	} gw[DVR_GATEWAYS_INLINE];
};

/* RFC 4861 10, MIN_DELAY_BETWEEN_RAS: between two that a host receives. */
#define DVR_RA_MIN_DELAY	(3 * HZ)

/**
 * struct dvr_segment - a tenant's L2 network
 * @named: name and id
 * @dn: namespace
 * @cfg: configuration; the packet path reads its fields one by one
 * @vni: record of the vni of @cfg, or NULL without one
 * @charge: memory cgroup that pays for the MACs that the segment learns
 * @gateways: gateway MACs, or NULL before the first leg
 * @flood: live ports, an RCU list; changed under @lock
 * @lock: protects @flood, @fdb, @neighs and learning; softirq
 * @fdb: MAC entries of the segment
 * @neighs: neighbour entries of the segment
 * @learners: ports with learned entries in @fdb, by &dvr_port.learner
 * @uplinks: live uplinks, an RCU list; changed under @lock
 * @n_learners: ports in @learners
 * @age: looks for old learned entries while there are @learners
 * @announce: announces @due, and all addresses to @newcomers
 * @addresses: live addresses of legs, by &dvr_address.own and @lock
 * @due: those that are to be announced to all ports, by &dvr_address.due and @lock
 * @newcomers: ports that came up, by &dvr_port.newcomer and @lock
 * @advertise: sends router advertisements, see dvr_segment_advertise()
 * @advertise_at: time of @advertise while the work is queued, jiffies; by @lock
 * @advertise_all: all legs begin anew with their first advertisements
 * @advertised: time of the last router advertisement to all hosts, jiffies
 * @advertisers: legs that send router advertisements, by &dvr_iface_ra.list
 * @solicited: ports whose hosts asked for them, by &dvr_port_ra.list and @lock
 * @farewells: last router advertisements of legs that have ended
 * @querier: of IPv4, and of IPv6; changed under @lock
 * @ports: all ports, by &dvr_port.seg_list and the configuration mutex
 * @ifaces: legs, by &dvr_iface.seg_list and the configuration mutex
 * @n_ports: live ports
 * @n_uplinks: uplinks among the live ports; changed under @lock
 * @n_ifaces: live legs
 * @free: frees the segment after a grace period, in process context
 */
struct dvr_segment {
	struct dvr_named named;
	struct dvr_net *dn;
	struct dvr_segment_cfg cfg;
	struct dvr_vni *vni;
	struct mem_cgroup *charge;
	struct dvr_gateways __rcu *gateways;
	struct list_head flood;
	struct list_head uplinks;
	spinlock_t lock;	/* protects what is learned, see above */
	struct dvr_entries fdb;
	struct dvr_entries neighs;
	struct list_head learners;
	u32 n_learners;
	struct delayed_work age;
	struct delayed_work announce;
	struct list_head addresses;
	struct list_head due;
	struct list_head newcomers;
	bool advertise_all;
	struct delayed_work advertise;
	unsigned long advertise_at;
	unsigned long advertised;
	struct list_head advertisers;
	struct list_head solicited;
	struct sk_buff_head farewells;
	struct dvr_querier querier[2];
	struct list_head ports;
	struct list_head ifaces;
	u32 n_ports;
	u32 n_uplinks;
	u32 n_ifaces;
	struct rcu_work free;
};

extern const struct dvr_kind dvr_segment_kind;
extern const struct rhashtable_params dvr_vni_params;

struct dvr_segment *dvr_segment_find(struct dvr_net *dn, const char *name);
struct dvr_segment *dvr_segment_add(struct dvr_txn *txn, const char *name,
				    u32 id, const struct dvr_segment_cfg *cfg);
int dvr_segment_set(struct dvr_txn *txn, struct dvr_segment *seg,
		    const struct dvr_segment_cfg *cfg);
int dvr_segment_del(struct dvr_txn *txn, struct dvr_segment *seg);
const struct dvr_segment_cfg *dvr_segment_cfg(const struct dvr_segment *seg);
void dvr_segment_advertise_locked(struct dvr_segment *seg, unsigned long at);
void dvr_segment_advertise(struct dvr_segment *seg, unsigned long at);

static inline struct dvr_segment *dvr_segment(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_segment, named.obj);
}

#endif /* _DVR_SEGMENT_H */
