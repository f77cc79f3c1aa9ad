// SPDX-License-Identifier: GPL-2.0-only
/*
 * Idle times of connections. Conntrack's own are shorter than the RFCs allow
 * for a connection that has no answer yet. For a protocol with one idle time
 * for all states, each packet sets the router's idle time after conntrack has
 * set its own. The states of TCP need a timeout policy, which conntrack uses.
 *
 * On older kernels an entry points to its policy without a reference. So a
 * policy lives as long as the module, and routers with the same idle times
 * share one. The number of policies is limited.
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
 * Limits of the sets of timeouts: for all routers of the host, and for those in
 * user namespaces other than the initial one, where anybody may be root.
 */
#define SETS_MAX	1024
#define FOREIGN_MAX	256

static DEFINE_MUTEX(lock);	/* of the list and the numbers */
static LIST_HEAD(all);
static unsigned int n_sets, n_foreign;

static void timers_fill_tcp(unsigned int *t, const struct dvr_timers_cfg *cfg)
{
	unsigned int i;

	for (i = 0; i < TCP_CONNTRACK_TIMEOUT_MAX; i++)
		t[i] = cfg->transitory * HZ;
	t[TCP_CONNTRACK_ESTABLISHED] = cfg->tcp * HZ;
	/* Unacknowledged data must not shorten the idle time. */
	t[TCP_CONNTRACK_RETRANS] = cfg->tcp * HZ;
	t[TCP_CONNTRACK_UNACK] = cfg->tcp * HZ;
}

static struct nf_ct_timeout *timers_make_tcp(const struct dvr_timers_cfg *cfg)
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
	timers_fill_tcp((unsigned int *)t->data, cfg);
	return t;
}

static struct dvr_timers *timers_make(const struct dvr_timers_cfg *cfg)
{
	struct dvr_timers *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	t->cfg = *cfg;
	t->tcp = timers_make_tcp(cfg);
	if (!t->tcp) {
		kfree(t);
		return NULL;
	}
	return t;
}

static struct dvr_timers *timers_find(const struct dvr_timers_cfg *cfg)
{
	struct dvr_timers *t;

	list_for_each_entry(t, &all, list)
		if (!memcmp(&t->cfg, cfg, sizeof(*cfg)))
			return t;
	return NULL;
}

static struct dvr_timers *timers_add(const struct net *net,
				     const struct dvr_timers_cfg *cfg,
				     struct netlink_ext_ack *extack)
{
	bool foreign = net->user_ns != &init_user_ns;
	struct dvr_timers *t;

	if (n_sets == SETS_MAX || (foreign && n_foreign == FOREIGN_MAX)) {
		NL_SET_ERR_MSG(extack,
			       "the host's limit of different sets of timeouts is reached; use the timeouts of another router");
		return ERR_PTR(-ENOSPC);
	}
	t = timers_make(cfg);
	if (!t)
		return ERR_PTR(-ENOMEM);
	list_add(&t->list, &all);
	n_sets++;
	n_foreign += foreign;
	return t;
}

/**
 * dvr_timers_get() - find or make the idle times of a configuration
 * @net: network namespace of the router
 * @cfg: configuration
 * @timers: gets the idle times, valid until the module's exit
 * @extack: gets the reason of a failure, or NULL
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
	t = timers_find(cfg) ?: timers_add(net, cfg, extack);
	mutex_unlock(&lock);
	if (IS_ERR(t))
		return PTR_ERR(t);
	*timers = t;
	return 0;
}

/**
 * dvr_timers_exit() - free all idle times
 *
 * Context: process, after the last connection has ended.
 */
void dvr_timers_exit(void)
{
	struct dvr_timers *t, *next;

	list_for_each_entry_safe(t, next, &all, list) {
		dvr_ct_timeout_free(t->tcp);
		kfree(t);
	}
}

/*
 * The idle time of an entry in its present state, jiffies; 0 for conntrack's
 * own.
 */
static u32 timers_timeout(const struct dvr_timers *timers,
			  const struct nf_conn *ct)
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
 * dvr_timers_refresh() - set the idle time after a packet of an entry
 * @timers: idle times
 * @ct: conntrack entry, confirmed, without a policy; conntrack has just set its
 *	own idle time
 *
 * Context: softirq, RCU.
 */
void dvr_timers_refresh(const struct dvr_timers *timers, struct nf_conn *ct)
{
	u32 t = timers_timeout(timers, ct);

	if (t && !test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		WRITE_ONCE(ct->timeout, nfct_time_stamp + t);
}

/**
 * dvr_timers_apply() - set the idle time or the policy of a new entry
 * @timers: idle times
 * @ct: conntrack entry, not confirmed; conntrack has set its own first idle
 *	time
 *
 * Context: softirq, RCU.
 * Return: DVR_OK or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_timers_apply(const struct dvr_timers *timers,
			       struct nf_conn *ct)
{
	u32 t = timers_timeout(timers, ct);

	if (nf_ct_protonum(ct) == IPPROTO_TCP &&
	    !nf_ct_timeout_ext_add(ct, timers->tcp, GFP_ATOMIC))
		return DVR_DROP_NOMEM;
	/* The idle time begins at the confirmation. */
	if (t)
		WRITE_ONCE(ct->timeout, t);
	return DVR_OK;
}
