/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the newest supported kernel has and older kernels lack. The rest of the
 * module is written for the newest kernel, without checks of the version.
 */
#ifndef _DVR_COMPAT_H
#define _DVR_COMPAT_H

#include <linux/netdevice.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <net/dst.h>
#include <net/genetlink.h>
#include <net/rtnetlink.h>

#ifndef __counted_by
#define __counted_by(member)
#endif

/* 6.7, and later releases of 6.1: a multicast group can demand a capability. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define DVR_MCAST_FLAGS .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define DVR_MCAST_FLAGS
#endif

/* 6.7: an integer has 32 bits in a message if they suffice, else 64. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline int nla_put_uint(struct sk_buff *skb, int type, u64 value)
{
	return value == (u32)value ? nla_put_u32(skb, type, value) :
				     nla_put(skb, type, sizeof(value), &value);
}
#endif

/* 6.2: do and dump of an op can have different policies. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops genl_ops
#endif

/* 6.2 and 6.16 renamed timer functions. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete(t) del_timer(t)
#define timer_delete_sync(t) del_timer_sync(t)
#endif
#ifndef timer_container_of
#define timer_container_of(var, timer, field) from_timer(var, timer, field)
#endif

/* 6.10: __assign_str() lost its second argument. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define dvr_assign_str(field, value) __assign_str(field, value)
#else
#define dvr_assign_str(field, ...) __assign_str(field)
#endif

/* 6.15: dev_nit_active() got a variant for callers that hold RCU. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define dev_nit_active_rcu(dev) dev_nit_active(dev)
#endif

/* 6.12: these features became fields of struct net_device. */
static inline void dvr_netdev_flags(struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	dev->features |= NETIF_F_LLTX | NETIF_F_NETNS_LOCAL;
#else
	dev->lltx = true;
	dev->netns_immutable = true;
#endif
}

/* 6.15: a struct replaced most arguments of newlink. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define DVR_NEWLINK_ARGS						\
	struct net *src_net, struct net_device *dev, struct nlattr *tb[], \
	struct nlattr *data[], struct netlink_ext_ack *extack
#else
#define DVR_NEWLINK_ARGS						\
	struct net_device *dev, struct rtnl_newlink_params *params,	\
	struct netlink_ext_ack *extack
#endif

/* 6.7: the attributes of a dump moved to struct genl_info. */
static inline struct nlattr **dvr_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

/* 6.7: dst_init() lost the argument for the first reference. */
static inline void dvr_dst_init(struct dst_entry *dst, struct dst_ops *ops)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	dst_init(dst, ops, NULL, 1, DST_OBSOLETE_NONE, DST_NOCOUNT);
#else
	dst_init(dst, ops, NULL, DST_OBSOLETE_NONE, DST_NOCOUNT);
#endif
}

#endif /* _DVR_COMPAT_H */
