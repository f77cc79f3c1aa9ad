// SPDX-License-Identifier: GPL-2.0-only
/*
 * Idle times: conntrack's own are shorter than the RFCs allow for what has no
 * answer yet. Where they are the same in all states, a packet sets ours after
 * conntrack has set its own; the states of TCP need a timeout policy, which
 * conntrack asks. Older kernels let entries point to a policy without
 * counting them, so a policy is shared by all who want the same and lives as
 * long as the module; hence there are not more of them than a host needs.
 */
#include <linux/mutex.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>

#include "compat/conntrack.h"
#include "lib/dvr.h"
#include "nat/timers.h"

/*
 * Different sets of timeouts that routers of the host have had, and of these
 * what root of user namespaces, who is anybody, can use up.
 */
#define SETS_MAX	1024
#define FOREIGN_MAX	256

static DEFINE_MUTEX(lock);	/* of the list */
static LIST_HEAD(all);
static unsigned int n_sets, n_foreign;

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

static struct nf_ct_timeout *make_tcp(const struct dvr_timers_cfg *cfg)
{
	struct nf_ct_timeout *t;

	t = kzalloc(sizeof(*t) +
		    TCP_CONNTRACK_TIMEOUT_MAX * sizeof(unsigned int),
		    GFP_KERNEL_ACCOUNT);
	if (!t)
		return NULL;
	dvr_ct_timeout_init(t);
	t->l3num = AF_UNSPEC;
	t->l4proto = nf_ct_l4proto_find(IPPROTO_TCP);
	fill_tcp((unsigned int *)t->data, cfg);
	return t;
}

static struct dvr_timers *make(const struct dvr_timers_cfg *cfg)
{
	struct dvr_timers *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	t->cfg = *cfg;
	t->tcp = make_tcp(cfg);
	if (!t->tcp) {
		kfree(t);
		return NULL;
	}
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

static struct dvr_timers *add(const struct net *net,
			      const struct dvr_timers_cfg *cfg,
			      struct netlink_ext_ack *extack)
{
	bool foreign = net->user_ns != &init_user_ns;
	struct dvr_timers *t;

	if (n_sets == SETS_MAX || (foreign && n_foreign == FOREIGN_MAX)) {
		NL_SET_ERR_MSG(extack,
			       "this host has had as many different sets of timeouts as it can keep; give those of another router");
		return ERR_PTR(-ENOSPC);
	}
	t = make(cfg);
	if (!t)
		return ERR_PTR(-ENOMEM);
	list_add(&t->list, &all);
	n_sets++;
	n_foreign += foreign;
	return t;
}

/**
 * dvr_timers_get() - policies for a configuration
 * @net: namespace that asks
 * @cfg: configuration
 * @timers: gets the policies, valid until the module's exit
 * @extack: gets a sentence, or NULL
 *
 * Context: process.
 * Return: 0, -ENOMEM, or -ENOSPC if the host has had too many different ones.
 */
int dvr_timers_get(const struct net *net, const struct dvr_timers_cfg *cfg,
		   struct dvr_timers **timers,
		   struct netlink_ext_ack *extack)
{
	struct dvr_timers *t;

	mutex_lock(&lock);
	t = find(cfg) ?: add(net, cfg, extack);
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
		kfree(t);
	}
}

/* How long an entry as it is lives, jiffies; 0 where conntrack's own timers do. */
static u32 timeout(const struct dvr_timers *timers, const struct nf_conn *ct)
{
	const unsigned int *of_state = (const unsigned int *)timers->tcp->data;

	switch (nf_ct_protonum(ct)) {
	case IPPROTO_TCP:
		return of_state[READ_ONCE(ct->proto.tcp.state)];
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return timers->cfg.udp * HZ;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return timers->cfg.icmp * HZ;
	}
	return 0;
}

/**
 * dvr_timers_refresh() - a packet of an entry without a policy
 * @timers: idle times
 * @ct: entry, confirmed; the tracker has just used its own
 *
 * Context: softirq, RCU.
 */
void dvr_timers_refresh(const struct dvr_timers *timers, struct nf_conn *ct)
{
	u32 t = timeout(timers, ct);

	if (t && !test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		WRITE_ONCE(ct->timeout, nfct_time_stamp + t);
}

/**
 * dvr_timers_apply() - give a new conntrack entry its timers
 * @timers: idle times
 * @ct: entry, not confirmed; the tracker gave it its own first timeout
 *
 * Context: softirq, RCU.
 * Return: DVR_OK or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_timers_apply(const struct dvr_timers *timers,
			       struct nf_conn *ct)
{
	u32 t = timeout(timers, ct);

	if (nf_ct_protonum(ct) == IPPROTO_TCP &&
	    !nf_ct_timeout_ext_add(ct, timers->tcp, GFP_ATOMIC))
		return DVR_DROP_NOMEM;
	/* Counts from the confirmation on. */
	if (t)
		WRITE_ONCE(ct->timeout, t);
	return DVR_OK;
}
