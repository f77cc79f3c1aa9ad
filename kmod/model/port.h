/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_PORT_H
#define _DVR_PORT_H

#include <linux/netfilter.h>

#include "lib/bucket.h"
#include "lib/guard.h"
#include "model/object.h"
#include "model/owner.h"

/**
 * struct dvr_port_ra - router solicitations of a port
 * @list: in &dvr_segment.solicited, or empty; by the segment's lock, as all that
 *	follows
 * @asked: time of the first solicitation without an answer, jiffies
 * @due: time of the answer, jiffies
 * @last: time of the last answer, jiffies
 */
struct dvr_port_ra {
	struct list_head list;
	unsigned long asked;
	unsigned long due;
	unsigned long last;
};

/**
 * struct dvr_port_cfg - what can be set beside addresses
 * @flood: limit of frames to all ports of the segment, other than ARP and ND, a second
 * @neigh: limit of ARP and ND that the module answers or sends to all, a second
 * @noqueue: frames skip the queueing discipline that the kernel chose for the device
 */
struct dvr_port_cfg {
	u32 flood;
	u32 neigh;
	bool noqueue;
};

/**
 * struct dvr_port - a named place on a segment
 * @named: name and id
 * @dn: namespace
 * @seg: segment of the port
 * @stats: counters
 * @guard: addresses that port security allows; never NULL while live
 * @dev: the bound device, or NULL; changed under RTNL
 * @up: frames may pass: @dev is up and has a carrier
 * @mtu: the smaller of the segment's and the device's, bytes
 * @headroom: headroom that the device needs in front of the network header,
 *	bytes
 * @sources: generation: changes when a MAC entry of the port ends; no
 *	other port ever has the same value; see sources.h
 * @told: @up in the last event; by the configuration mutex
 * @uplink: the host uses the device too
 * @own_mac: MAC of @dev that the segment has learned, for an uplink; else 0
 * @attach: &enum dvr_attach
 * @promisc: the device was put into promiscuous mode
 * @silenced: IPv6 of the host was switched off on the device
 * @refused: sentence why a device could not be bound; else NULL
 * @devname: name of the netdev to which the port is bound
 * @wait: in &dvr_net.waiting, by @devname
 * @seg_list: in &dvr_segment.ports
 * @flood: in &dvr_segment.flood, by the segment's lock
 * @uplinks: in &dvr_segment.uplinks, by the segment's lock
 * @learned: MAC entries that were learned from the port, by &dvr_fdb.learned
 *	and the segment's lock
 * @n_learned: entries in @learned
 * @n_hosted: entries in @learned that are the host's, other than @own_mac
 * @learner: in &dvr_segment.learners while @learned has entries
 * @pinned: entries that are configured to be behind the port, by
 *	&dvr_entry.pin and the configuration mutex
 * @hook: netdev ingress hook, for DVR_ATTACH_INGRESS
 * @tx_hook: netdev egress hook of an uplink
 * @unsettled: in &dvr_net.unsettled
 * @cfg: settings; the packet path reads the fields one by one
 * @buckets: tokens of @cfg, and of what routers do for packets of the port
 * @ra: router solicitations
 * @newcomer: in &dvr_segment.newcomers until all addresses are announced to the
 *	port, by the segment's lock
 * @told_to: the last of &dvr_segment.addresses that was, or the list's head
 * @groups: multicast groups of the port, see group.h, or NULL before the first one
 * @router_until: there is a multicast router of IPv4, and of IPv6, behind the port
 *	until then, see get_jiffies_64()
 * @conns: connections of the machine behind the port, which end with the port
 * @reap: ends these connections
 * @free: frees the port after a grace period
 * @tracker: tracks the reference to @dev
 */
struct dvr_port {
	struct dvr_named named;
	struct dvr_net *dn;
	struct dvr_segment *seg;
	struct dvr_stats __percpu *stats;
	struct dvr_guard __rcu *guard;
	struct net_device __rcu *dev;
	bool up;
	bool told;
	bool uplink;
	u8 attach;
	u32 mtu;
	u64 own_mac;
	u32 headroom;
	unsigned long sources;
	bool promisc;
	bool silenced;
	const char *refused;
	char devname[IFNAMSIZ] __aligned(4);
	struct rhlist_head wait;
	struct list_head seg_list;
	struct list_head flood;
	struct list_head uplinks;
	struct list_head learned;
	u32 n_learned;
	u32 n_hosted;
	struct list_head learner;
	struct list_head pinned;
	struct nf_hook_ops hook;
	struct nf_hook_ops tx_hook;
	struct list_head unsettled;
	struct dvr_port_cfg cfg;
	struct dvr_buckets buckets;
	struct dvr_port_ra ra;
	struct list_head newcomer;
	const struct list_head *told_to;
	struct dvr_groups __rcu *groups;
	u64 router_until[2];
	struct dvr_owner conns;
	struct work_struct reap;
	struct rcu_work free;
	netdevice_tracker tracker;
};

/**
 * struct dvr_port_spec - properties of a new port
 * @seg: segment of the port
 * @devname: name of the device
 * @guard: addresses that port security allows
 * @cfg: settings
 * @id: requested id, or 0 for any
 * @uplink: the host uses the device too
 * @attach: &enum dvr_attach
 */
struct dvr_port_spec {
	struct dvr_segment *seg;
	const char *devname;
	const struct dvr_guard *guard;
	struct dvr_port_cfg cfg;
	u32 id;
	bool uplink;
	u8 attach;
};

extern const struct dvr_kind dvr_port_kind;
extern const struct rhashtable_params dvr_waiting_params;

struct dvr_port *dvr_port_find(struct dvr_net *dn, const char *name);
struct dvr_port *dvr_port_add(struct dvr_txn *txn, const char *name,
			      const struct dvr_port_spec *spec);
struct dvr_port *dvr_port_waiting(struct dvr_net *dn, const char *devname);
int dvr_port_set(struct dvr_txn *txn, struct dvr_port *port,
		 const struct dvr_guard *guard,
		 const struct dvr_port_cfg *cfg);
int dvr_port_del(struct dvr_txn *txn, struct dvr_port *port);
const struct dvr_guard *dvr_port_guard(const struct dvr_port *port);
const struct dvr_port_cfg *dvr_port_cfg(const struct dvr_port *port);
bool dvr_dev_has_mac(const struct net_device *dev, u64 mac);
void dvr_port_refresh(struct dvr_port *port);
void dvr_port_tell(struct dvr_port *port);
void dvr_port_lost(struct dvr_port *port, const struct net_device *dev);

static inline struct dvr_port *dvr_port(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_port, named.obj);
}

#endif /* _DVR_PORT_H */
