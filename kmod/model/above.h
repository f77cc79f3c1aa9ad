/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ABOVE_H
#define _DVR_ABOVE_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/workqueue.h>

#include "lib/dvr.h"

struct dvr_neigh;
struct dvr_owner;
struct dvr_pkt;
struct dvr_router_cfg;
struct dvr_txn;

/* Reasons to refuse a destination, with type and code of either family. */
enum dvr_unreach {
	DVR_UNREACH_NO_ROUTE,	/* 3/0, 1/0 */
	DVR_UNREACH_ROUTE,	/* 3/1, 1/0: unreachable route */
	DVR_UNREACH_HOST,	/* 3/1, 1/3: the neighbour does not answer */
	DVR_UNREACH_PROHIBITED,	/* 3/13, 1/1 */
};

/**
 * struct dvr_above - functions of upper layers that lower layers call
 * @event: control: reports a change to listeners
 * @alert: control: reports to listeners that a router is at a limit
 * @bare_put: control: frees a router without a netdev
 * @router_ops: control: operations of the netdevs of routers
 * @rx_handler: path: receives frames by the rx handler of a device
 * @rx_hook: path: receives frames by the ingress hook of a device
 * @tx_hook: path: sees the frames that leave by the device of an uplink
 * @deliver: path: sends a packet that waited for its neighbour
 * @hops_forget: path: frees a neighbour entry when no hop points to it
 * @icmp_unreachable: path: sends an ICMP error about a packet
 * @nat_prepare: NAT: prepares for another configuration of a router, or refuses
 *	the configuration
 * @nat_apply: NAT: applies the configuration of a router
 * @nat_router_del: NAT: stages the end of a router's rules
 * @nat_router_gone: NAT: releases the instance of a router that will be freed
 * @nat_needs: NAT: checks if a rule translates at a leg
 * @nat_is_inside: NAT: checks if a rule is for the host with an address
 * @nat_leg_changed: NAT: stages another MAC or other addresses of a leg
 * @renew: NAT: makes the fast path forget the flows of an object
 * @reap: NAT: ends the connections of an object
 * @announce: link: work of &dvr_segment.announce
 * @advertise: link: work of &dvr_segment.advertise
 * @ra_end: link: makes the last router advertisement of a leg
 *
 * A packet on the fast path calls none of them.
 */
struct dvr_above {
	void (*event)(struct dvr_net *dn, struct dvr_obj *obj,
		      enum dvr_event event, const struct dvr_txn *txn,
		      gfp_t gfp);
	void (*alert)(const struct dvr_router *router, enum dvr_drop reason,
		      u32 handle);
	void (*bare_put)(struct dvr_router *router);
	const struct net_device_ops *router_ops;
	rx_handler_func_t *rx_handler;
	nf_hookfn *rx_hook;
	nf_hookfn *tx_hook;
	void (*deliver)(struct dvr_pkt *p, struct dvr_iface *out,
			struct dvr_neigh *n);
	void (*hops_forget)(struct dvr_neigh *n);
	void (*icmp_unreachable)(struct dvr_pkt *p, enum dvr_unreach why);
	int (*nat_prepare)(struct dvr_txn *txn, struct dvr_router *router,
			   const struct dvr_router_cfg *cfg);
	void (*nat_apply)(struct dvr_router *router);
	void (*nat_router_del)(struct dvr_txn *txn, struct dvr_router *router);
	void (*nat_router_gone)(struct dvr_router *router);
	bool (*nat_needs)(struct dvr_router *router,
			  const struct dvr_iface *leg);
	bool (*nat_is_inside)(const struct dvr_router *router,
			      const struct in6_addr *ip);
	int (*nat_leg_changed)(struct dvr_txn *txn, struct dvr_iface *leg);
	void (*renew)(struct dvr_owner *owner);
	void (*reap)(struct dvr_owner *owner);
	work_func_t announce;
	work_func_t advertise;
	void (*ra_end)(struct dvr_iface *iface);
};

extern struct dvr_above dvr_above;

#endif /* _DVR_ABOVE_H */
