/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields of devices and packets that the core's transmit path looks at. */
#ifndef _DVR_COMPAT_TRANSMIT_H
#define _DVR_COMPAT_TRANSMIT_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/version.h>
#include <net/sock.h>

/* 6.12: a feature became a field: the driver does without the queue's lock. */
static inline bool dvr_dev_lltx(const struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	return dev->features & NETIF_F_LLTX;
#else
	return dev->lltx;
#endif
}

/* 6.6: tcx replaced the hook of clsact. Return: 0 without filters of tc. */
static __always_inline unsigned long
dvr_dev_tc_egress(const struct net_device *dev)
{
	unsigned long filters = 0;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#ifdef CONFIG_NET_CLS_ACT
	filters |= (unsigned long)rcu_access_pointer(dev->miniq_egress);
#endif
#elif defined(CONFIG_NET_XGRESS)
	filters |= (unsigned long)rcu_access_pointer(dev->tcx_egress);
#endif
	return filters;
}

/* Return: 0 without filters of tc and of netfilter. */
static __always_inline unsigned long
dvr_dev_filters_egress(const struct net_device *dev)
{
	unsigned long filters = dvr_dev_tc_egress(dev);

#ifdef CONFIG_NETFILTER_EGRESS
	filters |= (unsigned long)rcu_access_pointer(dev->nf_hooks_egress);
#endif
	return filters;
}

/* The one filter of a device at egress is this one of netfilter. */
static inline bool dvr_dev_filter_is(const struct net_device *dev,
				     const struct nf_hook_ops *ops)
{
#ifdef CONFIG_NETFILTER_EGRESS
	const struct nf_hook_entries *e = rcu_dereference(dev->nf_hooks_egress);

	return e && e->num_hook_entries == 1 && ops->hook &&
	       e->hooks[0].hook == ops->hook &&
	       e->hooks[0].priv == ops->priv && !dvr_dev_tc_egress(dev);
#else
	return false;
#endif
}

/* 6.10: CONFIG_SKB_DECRYPTED; before, the field was one of CONFIG_TLS_DEVICE. */
static inline bool dvr_skb_decrypted(const struct sk_buff *skb)
{
#if defined(CONFIG_SKB_DECRYPTED) || \
	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0) && \
	 defined(CONFIG_TLS_DEVICE))
	return skb->decrypted;
#else
	return false;
#endif
}

static inline unsigned int dvr_skb_extensions(const struct sk_buff *skb)
{
#ifdef CONFIG_SKB_EXTENSIONS
	return skb->active_extensions;
#else
	return 0;
#endif
}

/* 6.12: pages of a packet may be memory of a device. */
static inline bool dvr_skb_readable(const struct sk_buff *skb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	return true;
#else
	return skb_frags_readable(skb);
#endif
}

static inline bool dvr_dev_has_priorities(const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_CGROUP_NET_PRIO)
	return rcu_access_pointer(dev->priomap);
#else
	return false;
#endif
}

static inline bool dvr_sock_validates(const struct sock *sk)
{
#ifdef CONFIG_SOCK_VALIDATE_XMIT
	return sk->sk_validate_xmit_skb;
#else
	return false;
#endif
}

/*
 * Clear the NAPI instance that received a frame, and the CPU that sent it, which
 * share a field. The next receiver must not poll that instance.
 */
static inline void dvr_skb_clear_sender(struct sk_buff *skb)
{
#ifdef CONFIG_XPS
	skb->sender_cpu = 0;
#endif
}

#endif /* _DVR_COMPAT_TRANSMIT_H */
