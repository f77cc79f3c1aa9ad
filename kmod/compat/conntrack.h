/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences of conntrack between the supported kernels. */
#ifndef _DVR_COMPAT_CONNTRACK_H
#define _DVR_COMPAT_CONNTRACK_H

#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_timeout.h>

/*
 * TCP_ACK_SET: how conntrack classes a segment with ACK and without SYN, FIN
 * and RST. The enum is private to conntrack, and has the same values in all
 * kernels.
 */
#define DVR_CT_TCP_ACK	3

/* 6.12: a timeout policy counts the entries that point to it. */
static inline void dvr_ct_timeout_init(struct nf_ct_timeout *t)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	refcount_set(&t->refcnt, 1);
#endif
}

static inline void dvr_ct_timeout_free(struct nf_ct_timeout *t)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	if (!refcount_dec_and_test(&t->refcnt))
		return;
#endif
	kfree_rcu(t, rcu);
}

/* 7.1: a helper counts the entries that point to it. */
static inline void dvr_ct_helper_assign(struct nf_conn_help *help,
					struct nf_conntrack_helper *helper)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
	if (!refcount_inc_not_zero(&helper->ct_refcnt))
		return;
#endif
	rcu_assign_pointer(help->helper, helper);
}

/* 6.7: nf_confirm() finds the entry and the headers itself. */
static inline unsigned int dvr_nf_confirm(struct sk_buff *skb,
					  unsigned int l4,
					  const struct nf_hook_state *state)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	/* Helpers cannot handle ICMP errors. */
	if (info == IP_CT_RELATED_REPLY)
		return nf_conntrack_confirm(skb);
	return nf_confirm(skb, skb_network_offset(skb) + l4, ct, info);
#else
	return nf_confirm(NULL, skb, state);
#endif
}

#endif /* _DVR_COMPAT_CONNTRACK_H */
