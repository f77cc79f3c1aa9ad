// SPDX-License-Identifier: GPL-2.0-only
/* Give frames to drivers, past a transmit path that has nothing to do. */
#include <linux/tracepoint.h>
#include <net/sock.h>

#include "link/xmit.h"
#include "model/fdb.h"
#include "model/segment.h"

static const struct tracepoint no_tracepoint;

const struct tracepoint *dvr_xmit_trace[DVR_XMIT_TRACES] __ro_after_init = {
	&no_tracepoint, &no_tracepoint, &no_tracepoint,
};

/* See sk_validate_xmit_skb() and skb_update_prio(). */
static bool xmit_owner_idle(struct sock *sk, const struct net_device *dev)
{
	return !sk || (!dvr_dev_has_priorities(dev) &&
		       (!sk_fullsock(sk) || !dvr_sock_validates(sk)));
}

/* See skb_needs_linearize(). */
static bool xmit_takes_pages(const struct sk_buff *skb,
			     const struct net_device *dev)
{
	return !skb->data_len ||
	       (dev->features & NETIF_F_SG && !skb_has_frag_list(skb) &&
		dvr_skb_readable(skb) && !IS_ENABLED(CONFIG_HIGHMEM));
}

/**
 * dvr_xmit_takes() - whether a device takes a frame with an owner or pages as it is
 * @skb: frame
 * @dev: device that sends the frame
 *
 * Context: softirq or BH disabled, RCU.
 * Return: false if the socket that owns the frame has its own step of transmission,
 * as TLS offload has, if control groups have priorities on the device, or if the
 * device has to have the frame in one piece.
 */
bool dvr_xmit_takes(const struct sk_buff *skb, const struct net_device *dev)
{
	return xmit_owner_idle(skb->sk, dev) && xmit_takes_pages(skb, dev);
}

/**
 * dvr_xmit_past_host() - whether a frame passes the one filter of an uplink
 * @port: port that the frame leaves by
 * @skb: frame of a machine or of the module, data at the Ethernet header
 * @dev: device of @port, with a filter at egress
 *
 * The filter is &dvr_port.tx_hook, which gives the host the frames that are for the
 * host, see host.c. All others leave by the wire.
 *
 * Context: softirq or BH disabled, RCU.
 * Return: false if there is another filter, or if the host may get the frame.
 */
bool dvr_xmit_past_host(const struct dvr_port *port, const struct sk_buff *skb,
			const struct net_device *dev)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	const struct dvr_fdb *fdb;
	u64 mac = dvr_eth_dst(eth);

	if (!dvr_dev_filter_is(dev, &port->tx_hook) ||
	    is_multicast_ether_addr(eth->h_dest) || dvr_dev_has_mac(dev, mac))
		return false;
	if (!READ_ONCE(port->n_hosted))
		return true;
	fdb = dvr_fdb_lookup(port->seg, mac);
	return !fdb || !READ_ONCE(fdb->local);
}

/* The queue that the core would choose, see netdev_core_pick_tx(). */
static unsigned int xmit_pick_queue(struct sk_buff *skb, struct net_device *dev)
{
	const struct net_device_ops *ops = dev->netdev_ops;
	u16 queue;

	if (ops->ndo_select_queue)
		queue = ops->ndo_select_queue(dev, skb, NULL);
	else
		queue = netdev_pick_tx(dev, skb, NULL);
	return netdev_cap_txqueue(dev, queue);
}

/**
 * dvr_xmit_slow() - send a frame that dvr_xmit() cannot send at once
 * @skb: frame, its device is set; gone after this
 * @port: port that the frame leaves by
 *
 * Where the device has several queues without a queueing discipline, the queue is
 * chosen as the core chooses it.
 *
 * Context: softirq or BH disabled, RCU.
 * Return: as dev_queue_xmit().
 */
int dvr_xmit_slow(struct sk_buff *skb, const struct dvr_port *port)
{
	struct net_device *dev = skb->dev;
	unsigned int queue;

	lockdep_assert_in_softirq();
	skb_ext_reset(skb);
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || dev->real_num_tx_queues == 1 ||
	    skb_vlan_tag_present(skb) ||
	    !dvr_xmit_noqueue(netdev_get_tx_queue(dev, 0), port) ||
	    dev_nit_active_rcu(dev) || !dvr_xmit_unseen(port, skb, dev) ||
	    !dvr_xmit_plain(skb, dev))
		return dev_queue_xmit(skb);
	queue = xmit_pick_queue(skb, dev);
	if (!dvr_xmit_noqueue(netdev_get_tx_queue(dev, queue), port))
		return dev_queue_xmit(skb);
	return dvr_xmit_start(skb, dev, queue);
}

/**
 * dvr_xmit_way() - tell how dvr_xmit() would send a plain frame by a device now
 * @port: port
 * @dev: device of @port
 * @qdisc: set to the name of the queueing discipline, for DVR_TRANSMIT_QDISC
 *
 * Context: RCU, BH disabled.
 * Return: the way, or the first thing that leaves the frame to the core.
 */
enum dvr_transmit dvr_xmit_way(const struct dvr_port *port,
			       struct net_device *dev, const char **qdisc)
{
	const struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return DVR_TRANSMIT_PREEMPT_RT;
	if (!dvr_dev_lltx(dev))
		return DVR_TRANSMIT_LOCK;
	if (!dvr_xmit_noqueue(txq, port)) {
		*qdisc = rcu_dereference_bh(txq->qdisc)->ops->id;
		return DVR_TRANSMIT_QDISC;
	}
	if (dvr_dev_filters_egress(dev) &&
	    !dvr_dev_filter_is(dev, &port->tx_hook))
		return DVR_TRANSMIT_FILTER;
	if (dev_nit_active_rcu(dev))
		return DVR_TRANSMIT_LISTENER;
	return dvr_xmit_traced() ? DVR_TRANSMIT_TRACE : DVR_TRANSMIT_DIRECT;
}

static void __init xmit_find_tracepoint(struct tracepoint *tp, void *priv)
{
	static const char *const name[DVR_XMIT_TRACES] = {
		"net_dev_queue", "net_dev_start_xmit", "net_dev_xmit",
	};
	int i = match_string(name, ARRAY_SIZE(name), tp->name);

	if (i >= 0)
		dvr_xmit_trace[i] = tp;
}

/**
 * dvr_xmit_init() - find the core's tracepoints of transmission
 *
 * The core exports no way to fire them. While they have probes, dvr_xmit() leaves
 * all frames to the core.
 *
 * Context: module init.
 */
void __init dvr_xmit_init(void)
{
	for_each_kernel_tracepoint(xmit_find_tracepoint, NULL);
}
