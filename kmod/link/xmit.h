/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_XMIT_H
#define _DVR_XMIT_H

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/tracepoint-defs.h>
#include <net/sch_generic.h>
#include <uapi/linux/dvr.h>

#include "compat/compat.h"
#include "compat/transmit.h"
#include "model/port.h"

/* Tracepoints of the core that fire for a frame that leaves by a device. */
#define DVR_XMIT_TRACES	3

/* Such a tracepoint, or one without probes if the kernel has none. */
extern const struct tracepoint *dvr_xmit_trace[DVR_XMIT_TRACES];

bool dvr_xmit_takes(const struct sk_buff *skb, const struct net_device *dev);
bool dvr_xmit_past_host(const struct dvr_port *port, const struct sk_buff *skb,
			const struct net_device *dev);
int dvr_xmit_slow(struct sk_buff *skb, const struct dvr_port *port);
enum dvr_transmit dvr_xmit_way(const struct dvr_port *port,
			       struct net_device *dev, const char **qdisc);
void dvr_xmit_init(void);

/* The funcs of a tracepoint, 0 without probes. */
static __always_inline unsigned long dvr_xmit_probes(int i)
{
	return (unsigned long)rcu_access_pointer(dvr_xmit_trace[i]->funcs);
}

/*
 * The device fills in the checksum of any frame, as a tap and a veth do. The
 * driver finds the checksum by the transport header.
 */
static __always_inline bool dvr_xmit_csum(struct sk_buff *skb,
					  const struct net_device *dev)
{
	const void *check = dev->netdev_ops->ndo_features_check;

	if (unlikely(!(dev->features & NETIF_F_HW_CSUM) ||
		     (check && check != passthru_features_check) ||
		     skb_csum_is_sctp(skb) || skb->encapsulation ||
		     eth_type_vlan(skb->protocol)))
		return false;
	skb_set_transport_header(skb, skb_checksum_start_offset(skb));
	return true;
}

/* A socket behind a veth may still own the frame, or parts of it may be in pages. */
static __always_inline unsigned long dvr_xmit_special(const struct sk_buff *skb)
{
	return (unsigned long)skb->sk | skb->data_len;
}

/*
 * validate_xmit_skb() and the steps before it would do nothing to the frame, which
 * has no VLAN tag.
 */
static __always_inline bool dvr_xmit_plain(struct sk_buff *skb,
					   const struct net_device *dev)
{
	const struct skb_shared_info *shared = skb_shinfo(skb);

	/* One branch for what is zero in nearly all frames. */
	if (unlikely(skb->_skb_refdst | shared->gso_size | shared->tx_flags |
		     dvr_skb_extensions(skb) | dvr_skb_decrypted(skb)))
		return false;
	if (unlikely(dvr_xmit_special(skb)) && !dvr_xmit_takes(skb, dev))
		return false;
	return skb->ip_summed != CHECKSUM_PARTIAL || dvr_xmit_csum(skb, dev);
}

/* A tracepoint of transmission has a probe. */
static __always_inline unsigned long dvr_xmit_traced(void)
{
	return dvr_xmit_probes(0) | dvr_xmit_probes(1) | dvr_xmit_probes(2);
}

/*
 * Nothing but the driver and listeners would see a frame that leaves. The host
 * gets its frames from an uplink by a filter, too.
 */
static __always_inline bool dvr_xmit_unseen(const struct dvr_port *port,
					    const struct sk_buff *skb,
					    const struct net_device *dev)
{
	if (unlikely(dvr_dev_filters_egress(dev) | dvr_xmit_traced()) &&
	    (dvr_xmit_traced() || !dvr_xmit_past_host(port, skb, dev)))
		return false;
	return likely(dvr_dev_lltx(dev) && !dev_xmit_recursion());
}

/*
 * The port does without the queueing discipline that the kernel chose, which alone
 * has no handle, and no earlier frame waits there. The
 * built-in one, of a device that is not up, drops.
 */
static __always_inline bool dvr_xmit_skips(const struct Qdisc *q,
					   const struct dvr_port *port)
{
	return READ_ONCE(port->cfg.noqueue) &&
	       !(q->handle | (q->flags & TCQ_F_BUILTIN)) && qdisc_is_empty(q);
}

/*
 * No frame would wait in the transmit queue. A device that is not up has a queueing
 * discipline, the built-in one.
 */
static __always_inline bool dvr_xmit_noqueue(const struct netdev_queue *txq,
					     const struct dvr_port *port)
{
	const struct Qdisc *q = rcu_dereference_bh(txq->qdisc);

	if (q->enqueue && !dvr_xmit_skips(q, port))
		return false;
	return likely(!netif_xmit_stopped(txq));
}

/* Give a frame to the driver. Return: as dev_queue_xmit(). */
static __always_inline int dvr_xmit_start(struct sk_buff *skb,
					  struct net_device *dev,
					  unsigned int queue)
{
	int rc;

	skb_reset_mac_header(skb);
	skb_set_queue_mapping(skb, queue);
	dvr_skb_clear_sender(skb);
	dev_xmit_recursion_inc();
	rc = netdev_start_xmit(skb, dev, netdev_get_tx_queue(dev, queue), false);
	dev_xmit_recursion_dec();
	if (likely(dev_xmit_complete(rc)))
		return rc;
	dev_core_stats_tx_dropped_inc(dev);
	kfree_skb(skb);
	return -ENETDOWN;
}

/**
 * dvr_xmit() - send a frame by a device, as dev_queue_xmit() does
 * @skb: frame without VLAN tag, data at its final Ethernet header; gone after this
 * @port: port that the frame leaves by
 * @dev: device of @port
 * @quiet: no listener is on all devices, so only @dev's own have to be looked for
 *
 * More than half of what dev_queue_xmit() costs is spent to find out that nothing is
 * to be done: most ports are taps and veths without a queueing discipline. So where
 * the core would only call the driver, this function calls the driver. All that
 * somebody could see or change makes it call dev_queue_xmit(): a queueing
 * discipline, filters (tcx, clsact, nftables), listeners, probes of tracepoints, a
 * lock of the driver, a frame for which the device lacks an offload. It follows
 * __dev_queue_xmit() of Linux 6.1 to 7.3, and pktgen, which calls drivers as well.
 * Kprobes of the core's functions miss the frames.
 *
 * Context: softirq or BH disabled, RCU.
 * Return: as dev_queue_xmit(), see net_xmit_eval().
 */
static __always_inline int dvr_xmit(struct sk_buff *skb,
				    const struct dvr_port *port,
				    struct net_device *dev, bool quiet)
{
	skb->dev = dev;
	/* With PREEMPT_RT, softirqs of a CPU do not exclude each other. */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && likely(quiet) &&
	    likely(dev->real_num_tx_queues == 1 &&
		   dvr_xmit_noqueue(netdev_get_tx_queue(dev, 0), port) &&
		   list_empty(&dev->ptype_all) &&
		   dvr_xmit_unseen(port, skb, dev) && dvr_xmit_plain(skb, dev)))
		return dvr_xmit_start(skb, dev, 0);
	return dvr_xmit_slow(skb, port);
}

#endif /* _DVR_XMIT_H */
