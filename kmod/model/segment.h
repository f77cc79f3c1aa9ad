/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SEGMENT_H
#define _DVR_SEGMENT_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "model/object.h"

/**
 * struct dvr_segment_cfg - what an operator sets of a segment
 * @vni: virtual network identifier, or -1
 * @mtu: largest IP packet, bytes
 * @unknown: &enum dvr_unknown
 * @suppress: answer ARP and ND for neighbours that are known for certain
 */
struct dvr_segment_cfg {
	s32 vni;
	u32 mtu;
	u8 unknown;
	u8 suppress;
};

/**
 * struct dvr_gateways - the gateway MACs of a segment, for the packet path
 * @n: how many
 * @rcu: frees the array
 * @gw: MAC, DVR_NO_MAC once the leg is gone, and leg
 *
 * Read for every frame that comes in, so few of them are compared in line
 * rather than looked up in the MAC table.
 */
struct dvr_gateways {
	u32 n;
	struct rcu_head rcu;
	struct {
		u64 mac;
		struct dvr_iface *iface;
	} gw[];
};

/* Not 48 bits: no frame is sent to it, 00:00:00:00:00:00 or other. */
#define DVR_NO_MAC		U64_MAX

/* More gateways than this are looked up in the MAC table instead. */
#define DVR_GATEWAYS_INLINE	4

/**
 * struct dvr_segment - a tenant's L2 network
 * @named: name and id
 * @dn: namespace
 * @cfg: configuration; fields are read singly by the packet path
 * @gateways: gateway MACs, or NULL while there is no leg
 * @fdb_gen: changes whenever a MAC moves or goes, so that neighbours look up
 *	their port again; never 0
 * @neigh_gen: changes whenever a neighbour goes, so that nobody holds on to it;
 *	see dvr_segment_renew()
 * @flood: live ports, an RCU list; changed under @lock
 * @lock: the lists below and all that learns; softirq
 * @fdb: MAC entries of the segment, by &dvr_fdb.list
 * @neighs: neighbours of the segment, by &dvr_neigh.list
 * @n_fdb: entries in @fdb
 * @n_learned: learned ones among them
 * @n_neighs: entries in @neighs
 * @age: walks @fdb while there are learned entries
 * @announce: tells neighbours of router addresses that appeared
 * @announce_all: and of those that were there, see dvr_segment_announce()
 * @ports: all ports, by &dvr_port.seg_list and the configuration mutex
 * @ifaces: legs, by &dvr_iface.seg_list and the configuration mutex
 * @n_ports: live ports
 * @n_uplinks: uplinks among them; changed under @lock
 * @n_ifaces: live legs
 * @free: frees the segment after a grace period, in process context
 */
struct dvr_segment {
	struct dvr_named named;
	struct dvr_net *dn;
	struct dvr_segment_cfg cfg;
	struct dvr_gateways __rcu *gateways;
	unsigned long fdb_gen;
	unsigned long neigh_gen;
	struct list_head flood;
	spinlock_t lock;	/* of what is learned, see above */
	struct list_head fdb;
	struct list_head neighs;
	u32 n_fdb;
	u32 n_learned;
	u32 n_neighs;
	struct delayed_work age;
	struct delayed_work announce;
	bool announce_all;
	struct list_head ports;
	struct list_head ifaces;
	u32 n_ports;
	u32 n_uplinks;
	u32 n_ifaces;
	struct rcu_work free;
};

extern const struct dvr_kind dvr_segment_kind;

struct dvr_segment *dvr_segment_find(struct dvr_net *dn, const char *name);
struct dvr_segment *dvr_segment_add(struct dvr_txn *txn, const char *name,
				    u32 id, const struct dvr_segment_cfg *cfg);
int dvr_segment_set(struct dvr_txn *txn, struct dvr_segment *seg,
		    const struct dvr_segment_cfg *cfg);
int dvr_segment_del(struct dvr_txn *txn, struct dvr_segment *seg);
const struct dvr_segment_cfg *dvr_segment_cfg(const struct dvr_segment *seg);
void dvr_segment_announce(struct dvr_segment *seg);

/**
 * dvr_segment_renew() - a neighbour is found no more
 * @seg: its segment, &dvr_segment.lock held
 *
 * What the fast path remembers of the segment's neighbours is void.
 */
static inline void dvr_segment_renew(struct dvr_segment *seg)
{
	lockdep_assert_held(&seg->lock);
	/* Pairs with the loads in dvr_hops_find() and describe(). */
	smp_store_release(&seg->neigh_gen, seg->neigh_gen + 1);
}

static inline struct dvr_segment *dvr_segment(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_segment, named.obj);
}

#endif /* _DVR_SEGMENT_H */
