/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by all files of the module: the state of a network namespace,
 * counters, MAC addresses and hashes.
 */
#ifndef _DVR_H
#define _DVR_H

#include <linux/etherdevice.h>
#include <linux/in6.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/unaligned.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include <uapi/linux/dvr.h>

#include "compat/compat.h"
#include "lib/drop.h"

struct dvr_gather;
struct dvr_iface;
struct dvr_obj;
struct dvr_port;
struct dvr_router;
struct dvr_segment;
struct mem_cgroup;

enum dvr_event {
	DVR_EVENT_NEW,
	DVR_EVENT_CHANGE,
	DVR_EVENT_DEL,
};

/**
 * struct dvr_net - state of the module in a network namespace: a hypervisor
 * @net: the namespace
 * @lock: the configuration mutex; see DOC: Locking
 * @names: (&struct dvr_kind, name) -> router, segment or port
 * @segments: id -> segment, by @lock
 * @vnis: vni -> &struct dvr_vni of segments that have it or are to get it, by @lock
 * @ports: id -> port, by @lock
 * @routers: id -> router, by @lock
 * @waiting: name of a device -> ports that wait for it or have it; by @lock
 * @outdevs: name of a device -> &struct dvr_outdev, a device of routes; by @lock
 * @outbound: ifindex -> &struct dvr_outdev that has the netdev; by @lock
 * @nhgs: (router, next hops) -> &struct dvr_nhg; by @lock
 * @fdb: (segment, MAC) -> &struct dvr_fdb; readers by RCU
 * @neighs: (segment, IP) -> &struct dvr_neigh; readers by RCU
 * @nataddrs: (NAT instance, outside IP) -> &struct dvr_nataddr; readers by RCU
 * @nathosts: (NAT instance, inside IP) -> one or more &struct dvr_natrule;
 *	readers by RCU
 * @natkeys: traffic of a NAT rule -> &struct dvr_natrule, of which one is wanted;
 *	by @lock
 * @bindings_in: inside endpoint -> &struct dvr_binding; readers by RCU
 * @bindings_out: outside endpoint -> &struct dvr_binding that any remote
 *	endpoint reaches; readers by RCU
 * @pairs: (lineage of a nat rule, inside IP) -> &struct dvr_pair
 * @conns: conntrack entry -> &struct dvr_conn; readers by RCU
 * @collected: the collector's place in @conns
 * @collect: ends connections that have expired
 * @flows: header of a packet -> &struct dvr_flow; readers by RCU
 * @zones: conntrack zone -> NAT instance
 * @n_nats: NAT instances that are not freed
 * @dead_devs: netdevs of deleted routers, to be unregistered; by RTNL
 * @blank: used in place of a netdev by routers without one; NULL before the
 *	first such router; by @lock
 * @unsettled: ports whose devices came or changed, to be finished, by
 *	&dvr_port.unsettled; by RTNL
 * @leaving: devices that leave promiscuous mode; by RTNL
 * @settle: does what @unsettled and @leaving ask for
 * @generation: another number, not 0, after each change that is committed; by @lock
 * @bound: ifindex -> port bound to that device; changed under RTNL
 * @dying: the namespace ends, nothing may be added
 */
struct dvr_net {
	struct net *net;
	struct mutex lock;	/* see DOC: Locking */
	struct rhashtable names;
	struct xarray segments;
	struct rhltable vnis;
	struct xarray ports;
	struct xarray routers;
	struct xarray bound;
	struct rhltable waiting;
	struct rhashtable outdevs;
	struct xarray outbound;
	struct rhashtable nhgs;
	struct rhashtable fdb;
	struct rhashtable neighs;
	struct rhashtable nataddrs;
	struct rhltable nathosts;
	struct rhltable natkeys;
	struct rhashtable bindings_in;
	struct rhashtable bindings_out;
	struct rhashtable pairs;
	struct rhashtable conns;
	struct rhashtable_iter collected;
	struct delayed_work collect;
	struct rhashtable flows;
	struct xarray zones;
	atomic_t n_nats;
	struct list_head dead_devs;
	struct net_device *blank;
	struct list_head unsettled;
	struct list_head leaving;
	struct work_struct settle;
	u32 generation;
	bool dying;
};

extern struct workqueue_struct *dvr_wq;
extern unsigned int dvr_net_id;

struct dvr_net *dvr_net(const struct net *net);

/* Assertion and dereference for the configuration mutex. */
#define dvr_assert_locked(dn) lockdep_assert_held(&(dn)->lock)
#define dvr_dereference(dn, p) \
	rcu_dereference_protected(p, lockdep_is_held(&(dn)->lock))

/**
 * struct dvr_drops - dropped packets of a router or port on one CPU
 * @n: packets by &enum dvr_drop
 */
struct dvr_drops {
	atomic_long_t n[DVR_DROP_COUNT];
};

/**
 * struct dvr_stats - counters of a router or port on one CPU
 * @syncp: makes the four 64 bit counters readable on 32 bit machines
 * @rx_packets: frames that came in by a port; packets that entered a router
 * @rx_bytes: bytes of @rx_packets; of a router, from the network header on
 * @tx_packets: frames that left by a port; packets that left a router
 * @tx_bytes: bytes of @tx_packets
 * @dropped: dropped packets, for any reason
 * @drops: the same by reason; made by the first drop, since most objects have
 *	none. Without memory for it, drops count in @dropped only
 */
struct dvr_stats {
	struct u64_stats_sync syncp;
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	unsigned long dropped;
	struct dvr_drops *drops;
};

/**
 * struct dvr_stats_sum - sums of &struct dvr_stats over all CPUs
 * @rx_packets: see &struct dvr_stats
 * @rx_bytes: see &struct dvr_stats
 * @tx_packets: see &struct dvr_stats
 * @tx_bytes: see &struct dvr_stats
 * @dropped: dropped packets, for any reason
 */
struct dvr_stats_sum {
	u64 rx_packets;
	u64 rx_bytes;
	u64 tx_packets;
	u64 tx_bytes;
	u64 dropped;
};

struct dvr_stats __percpu *dvr_stats_alloc(void);
void dvr_stats_free(struct dvr_stats __percpu *stats);
void dvr_count_drop(struct dvr_stats __percpu *stats, enum dvr_drop reason,
		    struct mem_cgroup *charge);
void dvr_stats_sum(struct dvr_stats __percpu *stats, struct dvr_stats_sum *sum);
u64 dvr_stats_drops(struct dvr_stats __percpu *stats, enum dvr_drop reason);

static inline void dvr_count_rx(struct dvr_stats __percpu *stats, u32 len)
{
	struct dvr_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->rx_packets);
	u64_stats_add(&s->rx_bytes, len);
	u64_stats_update_end(&s->syncp);
}

/* Count a packet that enters and leaves a router. */
static inline void dvr_count_both(struct dvr_stats __percpu *stats, u32 len)
{
	struct dvr_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->rx_packets);
	u64_stats_add(&s->rx_bytes, len);
	u64_stats_inc(&s->tx_packets);
	u64_stats_add(&s->tx_bytes, len);
	u64_stats_update_end(&s->syncp);
}

static inline void dvr_count_tx(struct dvr_stats __percpu *stats, u32 len)
{
	struct dvr_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->tx_packets);
	u64_stats_add(&s->tx_bytes, len);
	u64_stats_update_end(&s->syncp);
}

/**
 * dvr_mac() - convert a MAC address to a number
 * @addr: 6 bytes, 2-byte aligned
 *
 * Return: the address in the low 48 bits, the first byte most significant. Zero
 *	stands for no address.
 */
static inline u64 dvr_mac(const u8 *addr)
{
	return (u64)be16_to_cpup((const __be16 *)addr) << 32 |
	       (u64)be16_to_cpup((const __be16 *)(addr + 2)) << 16 |
	       be16_to_cpup((const __be16 *)(addr + 4));
}

/**
 * dvr_eth_dst() - get the destination of a frame as a number
 * @eth: Ethernet header
 *
 * Return: see dvr_mac().
 */
static inline u64 dvr_eth_dst(const struct ethhdr *eth)
{
	return get_unaligned_be64(eth) >> 16;
}

/**
 * dvr_eth_src() - get the source of a frame as a number
 * @eth: Ethernet header
 *
 * Return: see dvr_mac().
 */
static inline u64 dvr_eth_src(const struct ethhdr *eth)
{
	/* Mask the last two bytes of the destination. */
	return get_unaligned_be64((const u8 *)eth + 4) & (BIT_ULL(48) - 1);
}

/* Odd and secret numbers, so no peer can choose addresses with equal hashes. */
extern u64 dvr_hash_key[6];

/**
 * dvr_hash_fold() - make a hash from a sum of products with &dvr_hash_key
 * @sum: sum; its high bits depend on all bits of the factors, its low bits on
 *	few
 *
 * Tables use the low bits of a hash, so the bytes are reversed.
 *
 * Return: the hash.
 */
static inline u32 dvr_hash_fold(u64 sum)
{
	return swab32(sum >> 32);
}

/**
 * dvr_hash() - hash the address of an object and 128 bits, for hash tables
 * @obj: object
 * @hi: the first half
 * @lo: the second half
 * @seed: seed of the table
 *
 * Multiply-shift of a vector (Dietzfelbinger 1996; Thorup, "High Speed Hashing
 * for Integers and Strings", 2015): a few instructions. jhash takes sixty.
 *
 * Return: the hash.
 */
static inline u32 dvr_hash(const void *obj, u64 hi, u64 lo, u32 seed)
{
	return dvr_hash_fold((unsigned long)obj * dvr_hash_key[0] +
			     hi * dvr_hash_key[1] +
			     (lo ^ seed) * dvr_hash_key[2]);
}

/* Limits without an option, so that nothing grows without bound. */
#define DVR_GROUPS_MAX		256	/* multicast groups of a port */
#define DVR_FDB_LEARNED_MAX	4096	/* learned MACs of a port */
#define DVR_NEIGH_QUEUE_MAX	3	/* packets that wait for one neighbour */
#define DVR_PENDING_MAX		1024	/* packets of a router that wait */

#endif /* _DVR_H */
