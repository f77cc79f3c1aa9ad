/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the newest supported kernel has and older ones lack. The rest of the
 * module is written for the newest, and knows no kernel versions.
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

/* 6.7, and later ones of 6.1: who may listen to events. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define DVR_MCAST_FLAGS .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define DVR_MCAST_FLAGS
#endif

/* 6.2: attributes of an op and its policy can differ between do and dump. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops genl_ops
#endif

/* 6.2 and 6.16 renamed the timer functions. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete(t) del_timer(t)
#define timer_delete_sync(t) del_timer_sync(t)
#endif
#ifndef timer_container_of
#define timer_container_of(var, timer, field) from_timer(var, timer, field)
#endif

/* 6.10: the string of a trace event is no longer named twice. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define dvr_assign_str(field, value) __assign_str(field, value)
#else
#define dvr_assign_str(field, ...) __assign_str(field)
#endif

/* 6.15: dev_nit_active() asks for one that is called under RCU. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define dev_nit_active_rcu(dev) dev_nit_active(dev)
#endif

/* 6.12: these features became properties of their own. */
static inline void dvr_netdev_flags(struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	dev->features |= NETIF_F_LLTX | NETIF_F_NETNS_LOCAL;
#else
	dev->lltx = true;
	dev->netns_immutable = true;
#endif
}

/* 6.15: arguments of newlink became a struct. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define DVR_NEWLINK_ARGS						\
	struct net *src_net, struct net_device *dev, struct nlattr *tb[],	\
	struct nlattr *data[], struct netlink_ext_ack *extack
#else
#define DVR_NEWLINK_ARGS						\
	struct net_device *dev, struct rtnl_newlink_params *params,	\
	struct netlink_ext_ack *extack
#endif

/* 6.7: the attributes of a dump moved into a struct genl_info. */
static inline struct nlattr **dvr_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

/* 6.7: the first reference of a dst is no longer an argument. */
static inline void dvr_dst_init(struct dst_entry *dst, struct dst_ops *ops)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	dst_init(dst, ops, NULL, 1, DST_OBSOLETE_NONE, DST_NOCOUNT);
#else
	dst_init(dst, ops, NULL, DST_OBSOLETE_NONE, DST_NOCOUNT);
#endif
}

#endif /* _DVR_COMPAT_H */
