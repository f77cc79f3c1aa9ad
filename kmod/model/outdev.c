// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of routes: tunnels and other L3 netdevs of the host, which need no
 * neighbour. A route names a device, as a port does, and is bound to the netdev
 * of that name while one exists.
 *
 * Routes need no RTNL. A netdev is looked up by name under the configuration
 * mutex. A netdev that is unregistered or renamed leaves the kernel's table of
 * names before its notifier takes the mutex. So the look-up does not find the
 * netdev, or the notifier unbinds it.
 */
#include <linux/if_arp.h>
#include <linux/slab.h>

#include "model/outdev.h"
#include "model/port.h"
#include "model/router.h"

/* Names end with zeros up to IFNAMSIZ, so that they are compared as bytes. */
const struct rhashtable_params dvr_outdev_params = {
	.head_offset = offsetof(struct dvr_outdev, node),
	.key_offset = offsetof(struct dvr_outdev, name),
	.key_len = IFNAMSIZ,
	.automatic_shrinking = true,
};

static struct net_device *outdev_netdev(const struct dvr_outdev *out)
{
	return dvr_dereference(out->dn, out->dev);
}

/* The reason why a netdev cannot be the device of a route, or NULL. */
static const char *outdev_unfit(struct dvr_net *dn,
				const struct net_device *dev,
				const char *name)
{
	if (strcmp(dev->name, name))
		return "this is an alternative name of a device; give the device's own name";
	if (dev->flags & IFF_LOOPBACK)
		return "the loopback device cannot be the device of a route";
	if (dvr_is_router(dev))
		return "a router's netdev; give both routers an iface on one segment instead";
	if (dvr_port_waiting(dn, name))
		return "the device belongs to a port; route via an address behind the port";
	if (dev->type == ARPHRD_ETHER)
		return dev->flags & IFF_NOARP ? NULL :
		       "an Ethernet device needs a neighbour; make it a port, and route via one";
	/* For example a tunnel to many peers: the header chooses the peer. */
	if (dev->header_ops && dev->header_ops->create)
		return "the device needs a neighbour; use a tunnel to a single peer";
	return NULL;
}

static const char *outdev_why_not(struct dvr_net *dn, const char *name)
{
	const struct net_device *dev;
	const char *why;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(dn->net, name);
	why = dev ? outdev_unfit(dn, dev, name) : NULL;
	rcu_read_unlock();
	return why;
}

/**
 * dvr_outdev_check() - check if a device can be the device of a route
 * @dn: namespace, locked
 * @name: name of the device, which need not exist
 * @extack: set to the reason of a refusal
 *
 * Return: 0 or -EINVAL.
 */
int dvr_outdev_check(struct dvr_net *dn, const char *name,
		     struct netlink_ext_ack *extack)
{
	const char *why;

	dvr_assert_locked(dn);
	why = outdev_why_not(dn, name);
	if (!why)
		return 0;
	if (extack)
		extack->_msg = why;
	return -EINVAL;
}

/* Without memory the device stays unbound, as if it did not exist. */
static void outdev_bind(struct dvr_outdev *out)
{
	struct dvr_net *dn = out->dn;
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(dn->net, out->name);
	if (dev && !outdev_unfit(dn, dev, out->name) &&
	    !xa_err(xa_store(&dn->outbound, dev->ifindex, out, GFP_ATOMIC))) {
		netdev_hold(dev, &out->tracker, GFP_ATOMIC);
		rcu_assign_pointer(out->dev, dev);
	}
	rcu_read_unlock();
}

/* Packets in flight may use the netdev until a grace period is over. */
static void outdev_unbind(struct dvr_outdev *out)
{
	struct net_device *dev = outdev_netdev(out);

	if (!dev)
		return;
	RCU_INIT_POINTER(out->dev, NULL);
	xa_erase(&out->dn->outbound, dev->ifindex);
	netdev_put(dev, &out->tracker);
}

static struct dvr_outdev *outdev_find(struct dvr_net *dn, const char *name)
{
	char key[IFNAMSIZ] __aligned(4) = {};

	strscpy(key, name, sizeof(key));
	return rhashtable_lookup_fast(&dn->outdevs, key, dvr_outdev_params);
}

static struct dvr_outdev *outdev_make(struct dvr_net *dn, const char *name)
{
	struct dvr_outdev *out = kzalloc(sizeof(*out), GFP_KERNEL_ACCOUNT);

	if (!out)
		return NULL;
	out->dn = dn;
	strscpy(out->name, name, sizeof(out->name));
	if (!rhashtable_insert_fast(&dn->outdevs, &out->node,
				    dvr_outdev_params))
		return out;
	kfree(out);
	return NULL;
}

/**
 * dvr_outdev_get() - get a reference to the device of a name
 * @dn: namespace, locked
 * @name: name of the device
 *
 * Return: the device, or NULL if there is no memory.
 */
struct dvr_outdev *dvr_outdev_get(struct dvr_net *dn, const char *name)
{
	struct dvr_outdev *out = outdev_find(dn, name) ?: outdev_make(dn, name);

	if (!out)
		return NULL;
	/* The netdev may have been refused before, and be fit now. */
	if (!outdev_netdev(out))
		outdev_bind(out);
	out->refs++;
	return out;
}

/**
 * dvr_outdev_put() - release the reference of a next hop group to its device
 * @out: device, its namespace locked
 */
void dvr_outdev_put(struct dvr_outdev *out)
{
	dvr_assert_locked(out->dn);
	if (--out->refs)
		return;
	outdev_unbind(out);
	rhashtable_remove_fast(&out->dn->outdevs, &out->node, dvr_outdev_params);
	kfree_rcu(out, rcu);
}

/**
 * dvr_outdev_came() - bind routes to a netdev that is new or has a new name
 * @dn: namespace, locked
 * @dev: the netdev; unbound from routes that name its old name
 */
void dvr_outdev_came(struct dvr_net *dn, struct net_device *dev)
{
	struct dvr_outdev *had = xa_load(&dn->outbound, dev->ifindex);
	struct dvr_outdev *out = outdev_find(dn, dev->name);

	if (had && had != out)
		outdev_unbind(had);
	if (out && !outdev_netdev(out))
		outdev_bind(out);
}

/**
 * dvr_outdev_went() - unbind routes from a netdev that is unregistered
 * @dn: namespace, locked
 * @dev: the netdev
 */
void dvr_outdev_went(struct dvr_net *dn, const struct net_device *dev)
{
	struct dvr_outdev *out = xa_load(&dn->outbound, dev->ifindex);

	if (out)
		outdev_unbind(out);
}

/**
 * dvr_outdev_why() - get the reason why a device is refused
 * @out: device, its namespace locked
 *
 * Return: a sentence, or NULL if the device is fit or does not exist.
 */
const char *dvr_outdev_why(const struct dvr_outdev *out)
{
	return outdev_why_not(out->dn, out->name);
}

/**
 * dvr_outdev_state() - get the state of a device
 * @out: device
 *
 * Context: RCU, or the configuration mutex.
 * Return: &enum dvr_port_state.
 */
u8 dvr_outdev_state(const struct dvr_outdev *out)
{
	u8 state;

	rcu_read_lock();
	if (dvr_outdev_ready(out))
		state = DVR_PORT_STATE_UP;
	else if (rcu_access_pointer(out->dev))
		state = DVR_PORT_STATE_DOWN;
	else
		state = dev_get_by_name_rcu(out->dn->net, out->name) ?
			DVR_PORT_STATE_REFUSED : DVR_PORT_STATE_ABSENT;
	rcu_read_unlock();
	return state;
}
