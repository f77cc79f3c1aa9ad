/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_OUTDEV_H
#define _DVR_OUTDEV_H

#include "lib/dvr.h"

/**
 * struct dvr_outdev - device of routes, bound to a netdev of the host
 * @dn: namespace
 * @node: in &dvr_net.outdevs, by @name
 * @refs: groups of next hops with the device, by the configuration mutex
 * @name: name of the netdev
 * @dev: the netdev, or NULL; changed under the configuration mutex
 * @tracker: tracks the reference to @dev
 * @rcu: frees the structure
 */
struct dvr_outdev {
	struct dvr_net *dn;
	struct rhash_head node;
	u32 refs;
	char name[IFNAMSIZ] __aligned(4);
	struct net_device __rcu *dev;
	netdevice_tracker tracker;
	struct rcu_head rcu;
};

extern const struct rhashtable_params dvr_outdev_params;

int dvr_outdev_check(struct dvr_net *dn, const char *name,
		     struct netlink_ext_ack *extack);
struct dvr_outdev *dvr_outdev_get(struct dvr_net *dn, const char *name);
void dvr_outdev_put(struct dvr_outdev *out);
void dvr_outdev_came(struct dvr_net *dn, struct net_device *dev);
void dvr_outdev_went(struct dvr_net *dn, const struct net_device *dev);
const char *dvr_outdev_why(const struct dvr_outdev *out);
u8 dvr_outdev_state(const struct dvr_outdev *out);

/**
 * dvr_outdev_ready() - get the netdev of a device if the netdev can send
 * @out: device
 *
 * Context: RCU.
 * Return: the netdev, or NULL if it does not exist, is down or has no carrier.
 */
static inline struct net_device *dvr_outdev_ready(const struct dvr_outdev *out)
{
	struct net_device *dev = rcu_dereference(out->dev);

	return dev && netif_running(dev) && netif_carrier_ok(dev) ? dev : NULL;
}

#endif /* _DVR_OUTDEV_H */
