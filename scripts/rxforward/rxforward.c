// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that a forwarder can do: an rx handler that hands every frame to
 * another device.  scripts/bench subtracts its cost from all other figures.
 *
 * Load it in the network namespace of the two devices.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "link/xmit.h"

static const struct tracepoint no_tracepoint;
const struct tracepoint *dvr_xmit_trace[DVR_XMIT_TRACES] = {
	&no_tracepoint, &no_tracepoint, &no_tracepoint,
};

bool dvr_xmit_takes(const struct sk_buff *skb, const struct net_device *dev)
{
	return false;
}

bool dvr_xmit_past_host(const struct dvr_port *port, const struct sk_buff *skb,
			const struct net_device *dev)
{
	return false;
}

int dvr_xmit_slow(struct sk_buff *skb, const struct dvr_port *port)
{
	return dev_queue_xmit(skb);
}

static char *from = "r0";
module_param(from, charp, 0444);
MODULE_PARM_DESC(from, "device whose frames are forwarded");

static char *to = "d0";
module_param(to, charp, 0444);
MODULE_PARM_DESC(to, "device they leave by");

static bool direct;
module_param(direct, bool, 0444);
MODULE_PARM_DESC(direct, "send as dvr does, by dvr_xmit()");

static const struct dvr_port out_port = { .cfg.noqueue = true };
static struct net_device *in_dev;
static struct net_device *out_dev;

static rx_handler_result_t rxforward(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;

	skb_push(skb, ETH_HLEN);
	if (direct) {
		dvr_xmit(skb, &out_port, out_dev, !dev_nit_active_rcu(out_dev));
		return RX_HANDLER_CONSUMED;
	}
	skb->dev = out_dev;
	dev_queue_xmit(skb);
	return RX_HANDLER_CONSUMED;
}

static int __init rxforward_init(void)
{
	struct net *net = current->nsproxy->net_ns;
	int err = -ENODEV;

	rtnl_lock();
	in_dev = __dev_get_by_name(net, from);
	out_dev = __dev_get_by_name(net, to);
	if (in_dev && out_dev)
		err = netdev_rx_handler_register(in_dev, rxforward, NULL);
	rtnl_unlock();
	return err;
}

static void __exit rxforward_exit(void)
{
	rtnl_lock();
	netdev_rx_handler_unregister(in_dev);
	rtnl_unlock();
}

module_init(rxforward_init);
module_exit(rxforward_exit);
MODULE_DESCRIPTION("Hand every frame of one device to another");
MODULE_LICENSE("GPL");
