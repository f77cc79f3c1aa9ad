// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timeout policies: conntrack's own timers are shorter than the RFCs allow for
 * what has no answer yet. Older kernels let entries point to a policy without
 * counting them, so a policy is shared by all who want the same and lives as
 * long as the module; hence there are not more of them than a host needs.
 */
#include <linux/mutex.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>

#include "compat/conntrack.h"
#include "dvr.h"
#include "timers.h"

/* Different sets of timeouts that routers of the host have had. */
#define SETS_MAX	1024

static DEFINE_MUTEX(lock);	/* of the list */
static LIST_HEAD(all);
static unsigned int n_sets;

static struct nf_ct_timeout *make(u8 proto, unsigned int n)
{
	struct nf_ct_timeout *t;

	t = kzalloc(sizeof(*t) + n * sizeof(unsigned int), GFP_KERNEL_ACCOUNT);
	if (!t)
		return NULL;
	dvr_ct_timeout_init(t);
	t->l3num = AF_UNSPEC;
	t->l4proto = nf_ct_l4proto_find(proto);
	return t;
}

static void fill_tcp(unsigned int *t, const struct dvr_timers_cfg *cfg)
{
	unsigned int i;

	for (i = 0; i < TCP_CONNTRACK_TIMEOUT_MAX; i++)
		t[i] = cfg->transitory * HZ;
	t[TCP_CONNTRACK_ESTABLISHED] = cfg->tcp * HZ;
	/* Data that waits for an answer is no reason to forget it sooner. */
	t[TCP_CONNTRACK_RETRANS] = cfg->tcp * HZ;
	t[TCP_CONNTRACK_UNACK] = cfg->tcp * HZ;
}

static struct dvr_timers *make_all(const struct dvr_timers_cfg *cfg)
{
	struct dvr_timers *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	t->cfg = *cfg;
	t->tcp = make(IPPROTO_TCP, TCP_CONNTRACK_TIMEOUT_MAX);
	t->udp = make(IPPROTO_UDP, UDP_CT_MAX);
	t->icmp = make(IPPROTO_ICMP, 1);
	if (!t->tcp || !t->udp || !t->icmp) {
		kfree(t->tcp);
		kfree(t->udp);
		kfree(t->icmp);
		kfree(t);
		return NULL;
	}
	fill_tcp((unsigned int *)t->tcp->data, cfg);
	((unsigned int *)t->udp->data)[UDP_CT_UNREPLIED] = cfg->udp * HZ;
	((unsigned int *)t->udp->data)[UDP_CT_REPLIED] = cfg->udp * HZ;
	*(unsigned int *)t->icmp->data = cfg->icmp * HZ;
	return t;
}

static struct dvr_timers *find(const struct dvr_timers_cfg *cfg)
{
	struct dvr_timers *t;

	list_for_each_entry(t, &all, list)
		if (!memcmp(&t->cfg, cfg, sizeof(*cfg)))
			return t;
	return NULL;
}

static struct dvr_timers *add(const struct dvr_timers_cfg *cfg,
			      struct netlink_ext_ack *extack)
{
	struct dvr_timers *t;

	if (n_sets == SETS_MAX) {
		NL_SET_ERR_MSG(extack,
			       "this host has had as many different sets of timeouts as it can keep; give those of another router");
		return ERR_PTR(-ENOSPC);
	}
	t = make_all(cfg);
	if (!t)
		return ERR_PTR(-ENOMEM);
	list_add(&t->list, &all);
	n_sets++;
	return t;
}

/**
 * dvr_timers_get() - policies for a configuration
 * @cfg: configuration
 * @timers: gets the policies, valid until the module's exit
 * @extack: gets a sentence, or NULL
 *
 * Context: process.
 * Return: 0, -ENOMEM, or -ENOSPC if the host has had too many different ones.
 */
int dvr_timers_get(const struct dvr_timers_cfg *cfg,
		   struct dvr_timers **timers,
		   struct netlink_ext_ack *extack)
{
	struct dvr_timers *t;

	mutex_lock(&lock);
	t = find(cfg) ?: add(cfg, extack);
	mutex_unlock(&lock);
	if (IS_ERR(t))
		return PTR_ERR(t);
	*timers = t;
	return 0;
}

/**
 * dvr_timers_exit() - free all policies
 *
 * Context: process, no connection of ours is left.
 */
void dvr_timers_exit(void)
{
	struct dvr_timers *t, *next;

	list_for_each_entry_safe(t, next, &all, list) {
		dvr_ct_timeout_free(t->tcp);
		dvr_ct_timeout_free(t->udp);
		dvr_ct_timeout_free(t->icmp);
		kfree(t);
	}
}

/* The policy of a protocol, or NULL where conntrack's own timers do. */
static struct nf_ct_timeout *policy(const struct dvr_timers *timers,
				    const struct nf_conn *ct)
{
	switch (nf_ct_protonum(ct)) {
	case IPPROTO_TCP:
		return timers->tcp;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return timers->udp;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return timers->icmp;
	}
	return NULL;
}

/* What it says of an entry as it is, jiffies; only TCP has states that differ. */
static unsigned int timeout(const struct nf_ct_timeout *t,
			    const struct nf_conn *ct)
{
	const unsigned int *of_state = (const unsigned int *)t->data;

	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return *of_state;
	return of_state[READ_ONCE(ct->proto.tcp.state)];
}

/**
 * dvr_timers_refresh() - a packet of an entry that cannot be given timers
 * @timers: policies
 * @ct: entry, confirmed when we first met it; the tracker has just used its own
 *
 * Context: softirq, RCU.
 */
void dvr_timers_refresh(const struct dvr_timers *timers, struct nf_conn *ct)
{
	const struct nf_ct_timeout *t = policy(timers, ct);

	if (t && !test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		WRITE_ONCE(ct->timeout, nfct_time_stamp + timeout(t, ct));
}

/**
 * dvr_timers_apply() - give a new conntrack entry its timers
 * @timers: policies
 * @ct: entry, not confirmed; the tracker gave it its own first timeout
 *
 * Context: softirq, RCU.
 * Return: DVR_OK or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_timers_apply(const struct dvr_timers *timers,
			       struct nf_conn *ct)
{
	struct nf_ct_timeout *t = policy(timers, ct);

	if (!t)
		return DVR_OK;
	if (!nf_ct_timeout_ext_add(ct, t, GFP_ATOMIC))
		return DVR_DROP_NOMEM;
	/* Counts from the confirmation on. */
	WRITE_ONCE(ct->timeout, timeout(t, ct));
	return DVR_OK;
}
