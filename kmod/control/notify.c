// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of the devices of ports and routes: devices come, go, get another
 * name, another state or another MTU.
 *
 * Only coming, going and renaming take the configuration mutex. The other
 * events also happen while a commit closes a device, with the mutex held.
 */
#include <linux/netdevice.h>

#include "control/notify.h"
#include "model/attach.h"
#include "model/outdev.h"
#include "model/port.h"
#include "model/router.h"

static void notify_port_lost(struct dvr_port *port)
{
	dvr_detach(port);
	dvr_port_tell(port);
}

static void notify_device_went(struct dvr_net *dn, const struct net_device *dev)
{
	struct dvr_port *port = dvr_attach_port_of(dn, dev);

	mutex_lock(&dn->lock);
	if (port)
		notify_port_lost(port);
	dvr_outdev_went(dn, dev);
	mutex_unlock(&dn->lock);
}

static void notify_device_came(struct dvr_net *dn, struct net_device *dev)
{
	struct dvr_port *port = dvr_attach_port_of(dn, dev);

	mutex_lock(&dn->lock);
	/* A port is bound by name, so a renamed device leaves its port. */
	if (port && strcmp(port->devname, dev->name))
		notify_port_lost(port);
	dvr_attach_came(dn, dev);
	dvr_outdev_came(dn, dev);
	mutex_unlock(&dn->lock);
}

static void notify_device_changed(struct dvr_net *dn,
				  const struct net_device *dev)
{
	struct dvr_port *port = dvr_attach_port_of(dn, dev);

	if (!port)
		return;
	dvr_port_refresh(port);
	dvr_attach_later(port);
}

static int notify_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct dvr_net *dn;

	if (dvr_is_router(dev))
		return NOTIFY_DONE;
	dn = dvr_net(dev_net(dev));
	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		notify_device_came(dn, dev);
		break;
	case NETDEV_UNREGISTER:
		notify_device_went(dn, dev);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGEADDR:
		notify_device_changed(dn, dev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = notify_event,
};

/**
 * dvr_notify_register() - register the notifier for netdevs
 *
 * Return: 0 or an error.
 */
int dvr_notify_register(void)
{
	return register_netdevice_notifier(&notifier);
}

/**
 * dvr_notify_unregister() - unregister the notifier for netdevs
 */
void dvr_notify_unregister(void)
{
	unregister_netdevice_notifier(&notifier);
}
