// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netdevs of the host that routes lead out by: tunnels and other L3 devices,
 * which need no neighbour. As a port does, a route names a device and is bound
 * to the one of that name whenever there is one.
 *
 * Routes need no RTNL. A netdev is found by its name under the configuration
 * mutex, and one that goes or is renamed is taken from the table of names before
 * its notifier asks for the mutex: either it is not found, or it is let go.
 */
#include <linux/if_arp.h>
#include <linux/slab.h>

#include "model/outdev.h"
#include "model/port.h"
#include "model/router.h"

static struct net_device *outdev_netdev(const struct dvr_outdev *out)
{
	return dvr_dereference(out->dn, out->dev);
}

/* Why no route can lead out by a netdev, or NULL if one can. */
static const char *outdev_unfit(struct dvr_net *dn,
				const struct net_device *dev,
				const char *name)
{
	if (strcmp(dev->name, name))
		return "this is an alternative name of a device; give the device's own";
	if (dev->flags & IFF_LOOPBACK)
		return "no route leads out by the loopback device";
	if (dvr_is_router(dev))
		return "a router's netdev; give both an iface on one segment, and route via it";
	if (dvr_port_waiting(dn, name))
		return "the device is a port's; route via an address behind it";
	if (dev->type == ARPHRD_ETHER)
		return dev->flags & IFF_NOARP ? NULL :
		       "an Ethernet device needs a neighbour; make it a port, and route via one";
	/* A tunnel of many peers, say, which it has to be told for each packet. */
	if (dev->header_ops && dev->header_ops->create)
		return "the device needs a neighbour; make one of a single peer";
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
 * dvr_outdev_check() - can a route lead out by a device
 * @dn: namespace, locked
 * @name: name of the device, which need not be there yet
 * @extack: where a refusal is explained
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

static void outdev_bind(struct dvr_outdev *out)
{
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(out->dn->net, out->name);
	if (dev && !outdev_unfit(out->dn, dev, out->name)) {
		netdev_hold(dev, &out->tracker, GFP_ATOMIC);
		rcu_assign_pointer(out->dev, dev);
	}
	rcu_read_unlock();
}

/* Packets in flight may meet the netdev until a grace period is over. */
static void outdev_unbind(struct dvr_outdev *out)
{
	struct net_device *dev = outdev_netdev(out);

	if (!dev)
		return;
	RCU_INIT_POINTER(out->dev, NULL);
	netdev_put(dev, &out->tracker);
}

static struct dvr_outdev *outdev_find(struct dvr_net *dn, const char *name)
{
	struct dvr_outdev *out;

	list_for_each_entry(out, &dn->outdevs, list)
		if (!strcmp(out->name, name))
			return out;
	return NULL;
}

/**
 * dvr_outdev_get() - the way out by a device
 * @dn: namespace, locked
 * @name: name of the device
 *
 * Return: the way out with one reference more, or NULL without memory.
 */
struct dvr_outdev *dvr_outdev_get(struct dvr_net *dn, const char *name)
{
	struct dvr_outdev *out = outdev_find(dn, name);

	if (!out) {
		out = kzalloc(sizeof(*out), GFP_KERNEL_ACCOUNT);
		if (!out)
			return NULL;
		out->dn = dn;
		strscpy(out->name, name, sizeof(out->name));
		list_add_tail(&out->list, &dn->outdevs);
	}
	/* One that was refused may do by now. */
	if (!outdev_netdev(out))
		outdev_bind(out);
	out->refs++;
	return out;
}

/**
 * dvr_outdev_put() - a group of next hops does not need it any more
 * @out: way out, its namespace locked
 */
void dvr_outdev_put(struct dvr_outdev *out)
{
	dvr_assert_locked(out->dn);
	if (--out->refs)
		return;
	outdev_unbind(out);
	list_del(&out->list);
	kfree_rcu(out, rcu);
}

/**
 * dvr_outdev_came() - a netdev has a name that routes may wait for
 * @dn: namespace, locked
 * @dev: the netdev, which may have had another name
 */
void dvr_outdev_came(struct dvr_net *dn, struct net_device *dev)
{
	struct dvr_outdev *out;

	list_for_each_entry(out, &dn->outdevs, list) {
		bool named = !strcmp(out->name, dev->name);

		if (outdev_netdev(out) == dev && !named)
			outdev_unbind(out);
		else if (!outdev_netdev(out) && named)
			outdev_bind(out);
	}
}

/**
 * dvr_outdev_went() - a netdev is going
 * @dn: namespace, locked
 * @dev: the netdev
 */
void dvr_outdev_went(struct dvr_net *dn, const struct net_device *dev)
{
	struct dvr_outdev *out;

	list_for_each_entry(out, &dn->outdevs, list)
		if (outdev_netdev(out) == dev)
			outdev_unbind(out);
}

/**
 * dvr_outdev_why() - why no route can lead out by the device
 * @out: way out, its namespace locked
 *
 * Return: a sentence, or NULL if one can, or there is no such device.
 */
const char *dvr_outdev_why(const struct dvr_outdev *out)
{
	return outdev_why_not(out->dn, out->name);
}

/**
 * dvr_outdev_state() - what operators see of the device
 * @out: way out
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
