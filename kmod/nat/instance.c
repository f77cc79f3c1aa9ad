// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT instances: the NAT state of a router that has nat rules. An instance
 * outlives its router until the last connection has ended. The instance keeps
 * its conntrack zone, so no other router gets the zone before the zone is
 * empty.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "lib/charge.h"
#include "model/above.h"
#include "nat/alg.h"
#include "nat/conn.h"
#include "nat/gather.h"
#include "nat/instance.h"
#include "nat/natrule.h"
#include "nat/rest.h"
#include "nat/timers.h"

#define ZONE_MAX	65535
#define ZONE_WAIT	(HZ / 2)

/* True if the router of the instance exists, or is staged to be deleted. */
static bool nat_has_router(struct dvr_net *dn, const struct dvr_nat *nat)
{
	struct dvr_router *router;
	unsigned long id;

	xa_for_each(&dn->routers, id, router)
		if (router->nat_ctl == nat)
			return true;
	return false;
}

/*
 * The zone of a deleted router is freed soon, when it has no connection any
 * more.
 */
static int nat_check_zone(struct dvr_txn *txn, u32 zone)
{
	struct dvr_net *dn = txn->dn;
	const struct dvr_nat *nat = xa_load(&dn->zones, zone);

	if (!nat)
		return 0;
	if (nat_has_router(dn, nat)) {
		NL_SET_ERR_MSG(txn->extack,
			       "another router has the zone; delete that router in an earlier batch, or use another zone");
		return -EBUSY;
	}
	if (!(txn->waited & DVR_WAITED_ZONE)) {
		txn->zone = zone;
		return -EAGAIN;
	}
	NL_SET_ERR_MSG(txn->extack,
		       "the connections of the last router with this zone have not ended yet; try again");
	return -EBUSY;
}

/**
 * dvr_nat_wait_zone() - wait until a zone is free
 * @dn: namespace
 * @zone: conntrack zone of a router that was deleted
 *
 * Context: process, without locks.
 */
void dvr_nat_wait_zone(struct dvr_net *dn, u32 zone)
{
	wait_var_event_timeout(&dn->zones, !xa_load(&dn->zones, zone),
			       ZONE_WAIT);
}

static int nat_take_zone(struct dvr_txn *txn, struct dvr_nat *nat, u32 wanted)
{
	struct dvr_net *dn = txn->dn;
	u32 id = nat->router_id;
	int err;

	if (wanted) {
		err = nat_check_zone(txn, wanted);
		if (err)
			return err;
	}
	/* Other users of conntrack take zones from 1 on, so from the top. */
	if (!wanted && id <= ZONE_MAX &&
	    !xa_load(&dn->zones, ZONE_MAX + 1 - id))
		wanted = ZONE_MAX + 1 - id;
	if (wanted) {
		nat->zone = wanted;
		return xa_err(xa_store(&dn->zones, wanted, nat,
				       GFP_KERNEL_ACCOUNT));
	}
	err = xa_alloc(&dn->zones, &id, nat, XA_LIMIT(ZONE_MAX / 2, ZONE_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (err == -EBUSY)
		err = xa_alloc(&dn->zones, &id, nat, XA_LIMIT(1, ZONE_MAX),
			       GFP_KERNEL_ACCOUNT);
	if (err == -EBUSY)
		NL_SET_ERR_MSG(txn->extack, "no conntrack zone is free");
	nat->zone = id;
	return err;
}

static int nat_make_template(struct dvr_nat *nat)
{
	struct nf_conntrack_zone zone;

	nf_ct_zone_init(&zone, nat->zone, NF_CT_DEFAULT_ZONE_DIR, 0);
	nat->tmpl = nf_ct_tmpl_alloc(nat->dn->net, &zone, GFP_KERNEL);
	return nat->tmpl ? 0 : -ENOMEM;
}

static struct dvr_nat *nat_make(struct dvr_txn *txn, struct dvr_router *router)
{
	const struct dvr_router_cfg *cfg = dvr_router_cfg(router);
	struct dvr_nat *nat;
	int err;

	nat = kzalloc(sizeof(*nat), GFP_KERNEL_ACCOUNT);
	if (!nat)
		return ERR_PTR(-ENOMEM);
	nat->dn = txn->dn;
	nat->router = router;
	nat->charge = dvr_charge_hold(router->charge);
	nat->router_id = router->named.slot.id;
	spin_lock_init(&nat->lock);
	INIT_LIST_HEAD(&nat->rules);
	INIT_LIST_HEAD(&nat->shapes);
	dvr_natlist_init(&nat->npts);
	xa_init_flags(&nat->handles, XA_FLAGS_ALLOC1);
	refcount_set(&nat->users, 1);
	atomic_set(&nat->ip_id, get_random_u16());
	nat->port_rest = cfg->port_rest;
	nat->rest_max = cfg->conn_limit;
	dvr_rest_start(nat);
	INIT_LIST_HEAD(&nat->flows);
	nat->ids = alloc_percpu_gfp(u16, GFP_KERNEL_ACCOUNT);
	err = !nat->ids ? -ENOMEM :
	      dvr_timers_get(txn->dn->net, &cfg->timers, &nat->timers,
			     txn->extack);
	if (err)
		goto no_timers;
	err = nat_take_zone(txn, nat, cfg->zone);
	if (err)
		goto no_timers;
	err = nat_make_template(nat) ?: dvr_gather_start(router);
	if (err)
		goto no_template;
	atomic_inc(&txn->dn->n_nats);
	return nat;

no_template:
	if (nat->tmpl)
		nf_ct_put(nat->tmpl);
	xa_erase(&txn->dn->zones, nat->zone);
no_timers:
	free_percpu(nat->ids);
	dvr_charge_put(nat->charge);
	kfree(nat);
	return ERR_PTR(err);
}

/**
 * dvr_nat_get() - get the instance of a router for a new rule
 * @txn: open transaction
 * @router: router
 *
 * The instance is made if the router has none.
 *
 * Return: the instance with a reference for the rule, or an error pointer.
 */
struct dvr_nat *dvr_nat_get(struct dvr_txn *txn, struct dvr_router *router)
{
	struct dvr_nat *nat = router->nat_ctl;

	if (!nat) {
		nat = nat_make(txn, router);
		if (IS_ERR(nat))
			return nat;
		router->nat_ctl = nat;
	}
	refcount_inc(&nat->users);
	return nat;
}

static void nat_free(struct work_struct *work)
{
	struct dvr_nat *nat = container_of(to_rcu_work(work), struct dvr_nat,
					   free);
	struct dvr_net *dn = nat->dn;

	dvr_rest_stop(nat);
	nf_ct_put(nat->tmpl);
	xa_destroy(&nat->handles);
	/* dvr_nat_unmake() may have freed the zone for another instance. */
	xa_cmpxchg(&dn->zones, nat->zone, nat, NULL, 0);
	wake_up_var(&dn->zones);
	free_percpu(nat->ids);
	dvr_charge_put(nat->charge);
	kfree(nat);
	if (atomic_dec_and_test(&dn->n_nats))
		wake_up_var(&dn->n_nats);
}

/**
 * dvr_nat_put() - release an instance
 * @nat: instance; freed after a grace period if the reference was the last
 *
 * Context: process.
 */
void dvr_nat_put(struct dvr_nat *nat)
{
	if (!refcount_dec_and_test(&nat->users))
		return;
	INIT_RCU_WORK(&nat->free, nat_free);
	queue_rcu_work(dvr_wq, &nat->free);
}

/**
 * dvr_nat_unmake() - release an instance whose first rules were aborted
 * @nat: instance that never had a connection; its zone is free at once
 *
 * Context: process.
 */
void dvr_nat_unmake(struct dvr_nat *nat)
{
	xa_erase(&nat->dn->zones, nat->zone);
	dvr_nat_put(nat);
}

/**
 * dvr_nat_prepare() - stage the NAT part of a router's configuration
 * @txn: open transaction
 * @router: router, new or not
 * @cfg: configuration
 *
 * Makes timers, so that dvr_nat_apply() cannot fail.
 *
 * Return: 0, -ENOMEM, -EBUSY if the zone of an instance would change, -ENOSPC
 *	if there are too many sets of timeouts, or -EAGAIN if helpers have to be
 *	loaded, see &struct dvr_txn.
 */
int dvr_nat_prepare(struct dvr_txn *txn, struct dvr_router *router,
		    const struct dvr_router_cfg *cfg)
{
	const struct dvr_nat *nat = router->nat_ctl;
	struct dvr_timers *timers;

	if (nat && cfg->zone && cfg->zone != nat->zone) {
		NL_SET_ERR_MSG(txn->extack,
			       "the zone of a router that has had nat rules cannot change; set the zone when you add the router");
		return -EBUSY;
	}
	if (!dvr_alg_ready(cfg->helpers)) {
		txn->helpers |= cfg->helpers;
		return -EAGAIN;
	}
	if (!nat)
		return 0;
	/*
	 * The timers stay until the module's exit, even if the change is
	 * aborted.
	 */
	return dvr_timers_get(txn->dn->net, &cfg->timers, &timers,
			      txn->extack);
}

/**
 * dvr_nat_apply() - apply the NAT part of a router's configuration
 * @router: router with the new configuration, after dvr_nat_prepare()
 */
void dvr_nat_apply(struct dvr_router *router)
{
	struct dvr_nat *nat = router->nat_ctl;
	struct dvr_timers *timers;

	if (!nat)
		return;
	/* dvr_nat_prepare() has made the timers, so this call cannot fail. */
	if (!dvr_timers_get(router->dn->net, &router->cfg.timers, &timers,
			    NULL))
		WRITE_ONCE(nat->timers, timers);
	WRITE_ONCE(nat->port_rest, router->cfg.port_rest);
	WRITE_ONCE(nat->rest_max, router->cfg.conn_limit);
}

/**
 * dvr_nat_router_gone() - release the instance of a router
 * @router: router about to be freed, its rules deleted
 */
void dvr_nat_router_gone(struct dvr_router *router)
{
	if (router->nat_ctl)
		dvr_nat_put(router->nat_ctl);
	router->nat_ctl = NULL;
}

/**
 * dvr_nat_wait() - wait until all instances of a namespace are freed
 * @dn: namespace without routers
 *
 * Context: process.
 */
void dvr_nat_wait(struct dvr_net *dn)
{
	wait_var_event(&dn->n_nats, !atomic_read(&dn->n_nats));
}

/**
 * dvr_nat_more_ids() - take identifications from the instance
 * @nat: instance
 * @n: number of identifications
 *
 * Context: softirq.
 * Return: the first identification of one share, or of as many as @n needs.
 */
u16 dvr_nat_more_ids(struct dvr_nat *nat, unsigned int n)
{
	unsigned int shares = DIV_ROUND_UP(n, DVR_NATID_SHARE);

	return atomic_fetch_add(shares, &nat->ip_id) * DVR_NATID_SHARE;
}

/**
 * dvr_nat_alert() - send an event that a limit is reached
 * @nat: instance of a live router
 * @reason: reason of the packets' drops
 * @handle: handle of the rule, or 0
 *
 * Sends at most one event a second for each router.
 *
 * Context: softirq, RCU.
 */
void dvr_nat_alert(struct dvr_nat *nat, enum dvr_drop reason, u32 handle)
{
	unsigned long last = READ_ONCE(nat->alerted);

	if (last && time_before(jiffies, last + HZ))
		return;
	if (cmpxchg(&nat->alerted, last, jiffies ?: 1) == last)
		dvr_above.alert(nat->router, reason, handle);
}
