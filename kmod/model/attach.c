// SPDX-License-Identifier: GPL-2.0-only
/*
 * A port is bound to its device by the device's rx handler, or by a hook on the
 * device's ingress if the rx handler is taken.
 *
 * IPv6 of the host is switched off on the device of a port, as by disable_ipv6,
 * so no RS, DAD or MLD of the host reaches the tenant. The host uses an uplink
 * too, so IPv6 stays on there.
 */
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "model/above.h"
#include "model/attach.h"
#include "model/router.h"
#include "model/segment.h"

/* Ports that are finished before RTNL is released. */
#define SETTLE_BATCH	16

/**
 * dvr_attach_port_of() - find the port that is bound to a device
 * @dn: namespace
 * @dev: device
 *
 * Context: RTNL.
 * Return: the port or NULL.
 */
struct dvr_port *dvr_attach_port_of(struct dvr_net *dn,
				    const struct net_device *dev)
{
	ASSERT_RTNL();
	return xa_load(&dn->bound, dev->ifindex);
}

static bool attach_is_kind(const struct net_device *dev, const char *kind)
{
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, kind);
}

/* Refuse devices that cannot be ports. */
static int attach_check_device(const struct dvr_port *port,
			       const struct net_device *dev,
			       struct netlink_ext_ack *extack)
{
	const char *why = NULL;

	if (dev->flags & IFF_LOOPBACK)
		why = "the loopback device cannot be a port";
	else if (dvr_is_router(dev))
		why = "a router's netdev cannot be a port; use an iface";
	else if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN)
		why = "the device is not an Ethernet device";
	else if (netif_is_l3_slave(dev))
		why = "the device is a member of a VRF, which refuses rx handlers";
	else if (netif_is_l3_master(dev))
		why = "a VRF cannot be a port";
	else if (attach_is_kind(dev, "macvtap") || attach_is_kind(dev,
								  "ipvtap"))
		why = "frames of a macvtap bypass the device; use a tap";
	else if (attach_is_kind(dev, "ipvlan"))
		why = "an ipvlan device shares its MAC and refuses rx handlers; use macvlan";
	else if (dev->reg_state != NETREG_REGISTERED)
		why = "the device is being unregistered";
	if (!why)
		return 0;
	if (extack)
		extack->_msg = why;
	return -EINVAL;
}

static void attach_silence(struct dvr_port *port, struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);

	if (port->uplink || !idev || READ_ONCE(idev->cnf.disable_ipv6))
		return;
	WRITE_ONCE(idev->cnf.disable_ipv6, 1);
	port->silenced = true;
}

static void attach_unsilence(struct dvr_port *port, struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);

	if (port->silenced && idev)
		WRITE_ONCE(idev->cnf.disable_ipv6, 0);
	port->silenced = false;
}

/* Call @hook for the frames that pass the device in one direction. */
static int attach_hook_netdev(struct dvr_port *port, struct nf_hook_ops *ops,
			      struct net_device *dev, nf_hookfn *hook,
			      unsigned int hooknum, int priority)
{
	*ops = (struct nf_hook_ops) {
		.hook = hook,
		.dev = dev,
		.priv = port,
		.pf = NFPROTO_NETDEV,
		.hooknum = hooknum,
		.priority = priority,
	};
	return nf_register_net_hook(port->dn->net, ops);
}

static int attach_hook_ingress(struct dvr_port *port, struct net_device *dev,
			       struct netlink_ext_ack *extack)
{
	int err;

	err = attach_hook_netdev(port, &port->hook, dev, dvr_above.rx_hook,
				 NF_NETDEV_INGRESS, 0);
	if (err)
		NL_SET_ERR_MSG(extack, "the device allows no ingress hook");
	return err;
}

/*
 * The host is behind an uplink too. The hook is the last one, so that the host's
 * own filters have seen each frame.
 */
static int attach_hook_egress(struct dvr_port *port, struct net_device *dev,
			      struct netlink_ext_ack *extack)
{
	int err;

	if (!port->uplink)
		return 0;
	err = attach_hook_netdev(port, &port->tx_hook, dev, dvr_above.tx_hook,
				 NF_NETDEV_EGRESS, INT_MAX);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "an uplink needs an egress hook (NETFILTER_EGRESS), which the kernel refuses");
	return err;
}

static int attach_hook_rx(struct dvr_port *port, struct net_device *dev,
			  struct netlink_ext_ack *extack)
{
	int err;

	if (port->attach == DVR_ATTACH_INGRESS)
		return attach_hook_ingress(port, dev, extack);
	err = netdev_rx_handler_register(dev, dvr_above.rx_handler, port);
	if (err == -EBUSY)
		NL_SET_ERR_MSG(extack,
			       "another user, such as a bridge or bond, has the device's rx handler; use attach ingress");
	else if (err)
		NL_SET_ERR_MSG(extack, "the device allows no rx handler");
	return err;
}

static int attach_hook(struct dvr_port *port, struct net_device *dev,
		       struct netlink_ext_ack *extack)
{
	int err;

	err = attach_hook_egress(port, dev, extack);
	if (err)
		return err;
	err = attach_hook_rx(port, dev, extack);
	if (err && port->uplink)
		nf_unregister_net_hook(port->dn->net, &port->tx_hook);
	return err;
}

static void attach_unhook(struct dvr_port *port, struct net_device *dev)
{
	if (port->uplink)
		nf_unregister_net_hook(port->dn->net, &port->tx_hook);
	if (port->attach == DVR_ATTACH_INGRESS)
		nf_unregister_net_hook(port->dn->net, &port->hook);
	else
		netdev_rx_handler_unregister(dev);
}

/**
 * dvr_attach() - bind a port to its device
 * @port: port without a device; frames pass by the port until it is published
 * @dev: device
 * @extack: set to the reason of a refusal, in static memory; may be NULL
 *
 * dvr_txn_end() does what remains.
 *
 * Context: RTNL.
 * Return: 0, -EBUSY, -EINVAL or -ENOMEM.
 */
int dvr_attach(struct dvr_port *port, struct net_device *dev,
	       struct netlink_ext_ack *extack)
{
	struct dvr_net *dn = port->dn;
	int err;

	ASSERT_RTNL();
	err = attach_check_device(port, dev, extack);
	if (err)
		return err;
	if (dvr_attach_port_of(dn, dev)) {
		NL_SET_ERR_MSG(extack, "the device belongs to another port");
		return -EBUSY;
	}
	err = xa_err(xa_store(&dn->bound, dev->ifindex, port,
			      GFP_KERNEL_ACCOUNT));
	if (err)
		return err;
	attach_silence(port, dev);
	netdev_hold(dev, &port->tracker, GFP_KERNEL);
	rcu_assign_pointer(port->dev, dev);
	dvr_port_refresh(port);
	err = attach_hook(port, dev, extack);
	if (err) {
		RCU_INIT_POINTER(port->dev, NULL);
		dvr_port_refresh(port);
		netdev_put(dev, &port->tracker);
		attach_unsilence(port, dev);
		xa_erase(&dn->bound, dev->ifindex);
	}
	return err;
}

/* IPv6 addresses of the host go when the device is closed. */
static void attach_drop_host_addrs(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);

	if (!(dev->flags & IFF_UP) || !idev || list_empty(&idev->addr_list))
		return;
	dev_close(dev);
	dev_open(dev, NULL);
}

/* Set promiscuous mode, switch LRO off, and remove addresses of the host. */
static void attach_settle(struct dvr_port *port)
{
	struct net_device *dev = rtnl_dereference(port->dev);

	if (!dev || port->promisc)
		return;
	dev_disable_lro(dev);
	port->promisc = !dev_set_promiscuity(dev, 1);
	if (port->silenced)
		attach_drop_host_addrs(dev);
}

/*
 * The notifier about the device's state may not take the mutex, so the state is
 * reported later.
 */
static void attach_report_state(struct dvr_port *port)
{
	if (!dvr_obj_live(&port->named.obj))
		return;
	mutex_lock(&port->dn->lock);
	if (port->told != READ_ONCE(port->up))
		dvr_port_tell(port);
	mutex_unlock(&port->dn->lock);
}

/* A device that leaves promiscuous mode when no lock of the module is held. */
struct leave_promisc {
	struct list_head list;	/* in &dvr_net.leaving */
	struct net_device *dev;
	netdevice_tracker tracker;
};

static bool attach_leave_promisc(struct dvr_net *dn)
{
	struct leave_promisc *leave;

	leave = list_first_entry_or_null(&dn->leaving, struct leave_promisc, list);
	if (!leave)
		return false;
	list_del(&leave->list);
	dev_set_promiscuity(leave->dev, -1);
	netdev_put(leave->dev, &leave->tracker);
	kfree(leave);
	return true;
}

/*
 * Finish ports whose devices came or changed: steps that take their devices' locks,
 * so without the configuration mutex, and not in a notifier. Return: false if none
 * is left.
 */
static bool attach_settle_one(struct dvr_net *dn)
{
	struct dvr_port *port;

	ASSERT_RTNL();
	port = list_first_entry_or_null(&dn->unsettled, struct dvr_port,
					unsettled);
	if (!port)
		return attach_leave_promisc(dn);
	list_del_init(&port->unsettled);
	attach_settle(port);
	attach_report_state(port);
	return true;
}

/**
 * dvr_txn_end() - finish the netdevs of a transaction
 * @txn: committed or aborted transaction
 *
 * Context: RTNL if the transaction has RTNL, but not the configuration mutex,
 *	which notifiers take for devices that go down together with the netdevs.
 */
void dvr_txn_end(struct dvr_txn *txn)
{
	LIST_HEAD(dead);

	if (!txn->rtnl)
		return;
	while (attach_settle_one(txn->dn))
		cond_resched();
	list_splice_init(&txn->dn->dead_devs, &dead);
	unregister_netdevice_many(&dead);
}

/* One work does it for all devices of a namespace. RTNL is released now and then. */
static void attach_settle_work(struct work_struct *work)
{
	struct dvr_net *dn = container_of(work, struct dvr_net, settle);
	unsigned int left;

	do {
		rtnl_lock();
		for (left = SETTLE_BATCH; left && attach_settle_one(dn); left--)
			;
		rtnl_unlock();
		cond_resched();
	} while (!left);
}

/**
 * dvr_attach_init() - prepare a namespace for devices
 * @dn: namespace
 */
void dvr_attach_init(struct dvr_net *dn)
{
	INIT_LIST_HEAD(&dn->unsettled);
	INIT_LIST_HEAD(&dn->leaving);
	INIT_WORK(&dn->settle, attach_settle_work);
}

/**
 * dvr_attach_later() - finish a port whose device came or changed, soon
 * @port: port
 *
 * Context: RTNL, also in notifiers.
 */
void dvr_attach_later(struct dvr_port *port)
{
	ASSERT_RTNL();
	if (list_empty(&port->unsettled))
		list_add_tail(&port->unsettled, &port->dn->unsettled);
	queue_work(dvr_wq, &port->dn->settle);
}

/**
 * dvr_attach_came() - bind the waiting port to a netdev
 * @dn: namespace, locked
 * @dev: netdev that is new or has a new name
 *
 * Context: RTNL, also in notifiers.
 */
void dvr_attach_came(struct dvr_net *dn, struct net_device *dev)
{
	struct dvr_port *port = dvr_port_waiting(dn, dev->name);
	struct netlink_ext_ack extack = {};

	if (!port || rcu_access_pointer(port->dev))
		return;
	if (dvr_attach(port, dev, &extack)) {
		port->refused = extack._msg ?: "there is no memory to bind the device";
	} else {
		port->refused = NULL;
		dvr_attach_later(port);
	}
	dvr_port_tell(port);
}

/**
 * dvr_attach_flush() - wait until the devices of a namespace are finished
 * @dn: namespace
 *
 * Context: process, without RTNL.
 */
void dvr_attach_flush(struct dvr_net *dn)
{
	flush_work(&dn->settle);
}

static void attach_leave_later(struct dvr_net *dn, struct net_device *dev)
{
	struct leave_promisc *leave = kzalloc(sizeof(*leave), GFP_KERNEL);

	/* Without memory the device stays promiscuous. That does no harm. */
	if (!leave)
		return;
	leave->dev = dev;
	netdev_hold(dev, &leave->tracker, GFP_KERNEL);
	list_add_tail(&leave->list, &dn->leaving);
	queue_work(dvr_wq, &dn->settle);
}

/**
 * dvr_detach() - unbind a port from its device, and restore the device
 * @port: port with a device
 *
 * Packets in flight may use the device until a grace period is over.
 * netdev_rx_handler_unregister() waits for a grace period.
 *
 * Context: RTNL, also in notifiers.
 */
void dvr_detach(struct dvr_port *port)
{
	struct net_device *dev = rtnl_dereference(port->dev);

	ASSERT_RTNL();
	attach_unhook(port, dev);
	RCU_INIT_POINTER(port->dev, NULL);
	dvr_port_refresh(port);
	attach_unsilence(port, dev);
	if (port->promisc && dev->reg_state == NETREG_REGISTERED)
		attach_leave_later(port->dn, dev);
	port->promisc = false;
	xa_erase(&port->dn->bound, dev->ifindex);
	netdev_put(dev, &port->tracker);
}
