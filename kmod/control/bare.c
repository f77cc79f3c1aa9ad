// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routers without a netdev, for a host with thousands of routers. Most of the
 * memory of a router is that of its netdev, with directories in sysfs and
 * settings for IPv4 and IPv6. The host can neither send packets to a router
 * without a netdev nor listen to its packets.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "control/bare.h"
#include "nat/gather.h"

static void bare_blank_setup(struct net_device *dev)
{
	dev->mtu = ETH_DATA_LEN;
	dev->needed_headroom = ETH_HLEN;
}

/*
 * The packet path reads the list of taps and the headroom of a router's netdev.
 * All routers without a netdev share one that is never registered, so the path
 * need not check for NULL.
 */
static struct net_device *bare_blank(struct dvr_net *dn)
{
	struct net_device *dev = dn->blank;

	if (dev)
		return dev;
	dev = alloc_netdev(0, "dvr", NET_NAME_UNKNOWN, bare_blank_setup);
	if (!dev)
		return NULL;
	dev_net_set(dev, dn->net);
	dn->blank = dev;
	return dev;
}

static void bare_free(struct work_struct *work)
{
	struct dvr_router *router = container_of(to_rcu_work(work),
						 struct dvr_router, free);

	dvr_gather_stop(router);
	dvr_router_destroy(router);
	kfree(router);
}

/**
 * dvr_bare_put() - free a router without a netdev
 * @router: router, initialized, in no table; freed after a grace period by a
 *	work item, since it may have many routes
 *
 * The router's NAT instance refers to the namespace. dvr_nat_wait() waits for
 * the instance.
 *
 * Context: process.
 */
void dvr_bare_put(struct dvr_router *router)
{
	INIT_RCU_WORK(&router->free, bare_free);
	queue_rcu_work(dvr_wq, &router->free);
}

/**
 * dvr_bare_create() - stage a new router without a netdev
 * @txn: open transaction with RTNL
 * @name: valid name of the router
 * @id: requested id, or 0 for any
 * @cfg: configuration, without punt
 *
 * Return: 0, -EEXIST, -ENOMEM, or the error of loading a helper.
 */
int dvr_bare_create(struct dvr_txn *txn, const char *name, u32 id,
		    const struct dvr_router_cfg *cfg)
{
	struct dvr_router *router;
	int err;

	router = kzalloc(sizeof(*router), GFP_KERNEL_ACCOUNT);
	if (!router)
		return -ENOMEM;
	router->bare = true;
	router->dev = bare_blank(txn->dn);
	err = router->dev ? dvr_router_init(router) : -ENOMEM;
	if (err) {
		kfree(router);
		return err;
	}
	/* The router is up until its end. */
	clear_bit(DVR_DETOUR_DOWN, &router->detour);
	err = dvr_router_enter(txn, router, name, id, cfg);
	if (err)
		dvr_bare_put(router);
	return err;
}

/**
 * dvr_bare_exit() - free the netdev that routers without a netdev share
 * @dn: namespace without routers, and without packets that use one
 */
void dvr_bare_exit(struct dvr_net *dn)
{
	if (dn->blank)
		free_netdev(dn->blank);
}
