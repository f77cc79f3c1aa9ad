// SPDX-License-Identifier: GPL-2.0-only
/* Segments: the L2 networks of tenants. */
#include <linux/slab.h>

#include "lib/charge.h"
#include "model/above.h"
#include "model/fdb.h"
#include "model/group.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/port.h"
#include "model/segment.h"

const struct rhashtable_params dvr_vni_params = {
	.head_offset = offsetof(struct dvr_vni, node),
	.key_offset = offsetof(struct dvr_vni, vni),
	.key_len = sizeof_field(struct dvr_vni, vni),
	.automatic_shrinking = true,
};

/**
 * struct segment_staged - what a segment's dvr_obj.staged points to
 * @cfg: configuration
 * @vni: record of the vni of @cfg, or NULL without one
 */
struct segment_staged {
	struct dvr_segment_cfg cfg;
	struct dvr_vni *vni;
};

/**
 * dvr_segment_find() - find a segment by name
 * @dn: namespace, locked
 * @name: name of the segment
 *
 * Return: the segment as the open transaction sees it, or NULL.
 */
struct dvr_segment *dvr_segment_find(struct dvr_net *dn, const char *name)
{
	struct dvr_named *named = dvr_named_find(dn, &dvr_segment_kind, name);

	return named ? container_of(named, struct dvr_segment, named) : NULL;
}

/**
 * dvr_segment_cfg() - get the configuration of a segment
 * @seg: segment, its namespace locked
 *
 * Return: the configuration as the open transaction sees it.
 */
const struct dvr_segment_cfg *dvr_segment_cfg(const struct dvr_segment *seg)
{
	const struct segment_staged *staged = seg->named.obj.staged;

	return staged ? &staged->cfg : &seg->cfg;
}

/* A segment that goes, or gets another vni, leaves its vni to others. */
static bool segment_vni_taken(struct dvr_net *dn,
			      const struct dvr_segment *self,
			      s32 vni)
{
	struct rhlist_head *list, *at;
	const struct dvr_vni *other;
	bool taken = false;

	rcu_read_lock();
	list = rhltable_lookup(&dn->vnis, &vni, dvr_vni_params);
	rhl_for_each_entry_rcu(other, at, list, node)
		if (other->seg != self &&
		    dvr_obj_wanted(&other->seg->named.obj) &&
		    dvr_segment_cfg(other->seg)->vni == vni)
			taken = true;
	rcu_read_unlock();
	return taken;
}

/* Take a vni for a segment, unless it has none. Nothing is taken on failure. */
static int segment_vni_take(struct dvr_txn *txn, struct dvr_segment *seg,
			    s32 vni, struct dvr_vni **taken)
{
	struct dvr_vni *new;
	int err;

	*taken = NULL;
	if (vni < 0)
		return 0;
	if (segment_vni_taken(txn->dn, seg, vni)) {
		NL_SET_ERR_MSG(txn->extack, "another segment has this vni");
		return -EEXIST;
	}
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->seg = seg;
	new->vni = vni;
	err = rhltable_insert(&txn->dn->vnis, &new->node, dvr_vni_params);
	if (err)
		kfree(new);
	else
		*taken = new;
	return err;
}

static void segment_vni_give(struct dvr_segment *seg, struct dvr_vni *vni)
{
	if (!vni)
		return;
	rhltable_remove(&seg->dn->vnis, &vni->node, dvr_vni_params);
	kfree_rcu(vni, rcu);
}

/**
 * dvr_segment_add() - stage a new segment
 * @txn: open transaction
 * @name: valid name
 * @id: requested id, or 0 for any
 * @cfg: configuration
 *
 * Return: the segment, or -EEXIST or -ENOMEM as a pointer.
 */
struct dvr_segment *dvr_segment_add(struct dvr_txn *txn, const char *name,
				    u32 id, const struct dvr_segment_cfg *cfg)
{
	struct dvr_net *dn = txn->dn;
	struct dvr_segment *seg;
	int err;

	seg = kzalloc(sizeof(*seg), GFP_KERNEL_ACCOUNT);
	if (!seg)
		return ERR_PTR(-ENOMEM);
	seg->named.obj.kind = &dvr_segment_kind;
	strscpy(seg->named.name, name, sizeof(seg->named.name));
	seg->dn = dn;
	seg->cfg = *cfg;
	seg->charge = dvr_charge_get();
	spin_lock_init(&seg->lock);
	INIT_LIST_HEAD(&seg->flood);
	INIT_LIST_HEAD(&seg->uplinks);
	dvr_entries_init(&seg->fdb, &dn->fdb);
	dvr_entries_init(&seg->neighs, &dn->neighs);
	INIT_LIST_HEAD(&seg->learners);
	INIT_LIST_HEAD(&seg->ports);
	INIT_LIST_HEAD(&seg->ifaces);
	INIT_DELAYED_WORK(&seg->age, dvr_fdb_age);
	INIT_DELAYED_WORK(&seg->announce, dvr_above.announce);
	INIT_DELAYED_WORK(&seg->advertise, dvr_above.advertise);
	seg->advertised = jiffies - DVR_RA_MIN_DELAY;
	INIT_LIST_HEAD(&seg->addresses);
	INIT_LIST_HEAD(&seg->due);
	INIT_LIST_HEAD(&seg->newcomers);
	INIT_LIST_HEAD(&seg->advertisers);
	INIT_LIST_HEAD(&seg->solicited);
	skb_queue_head_init(&seg->farewells);
	err = segment_vni_take(txn, seg, cfg->vni, &seg->vni) ?:
	      dvr_named_insert(dn, &dn->segments, &seg->named, id, txn->extack);
	if (err) {
		segment_vni_give(seg, seg->vni);
		dvr_charge_put(seg->charge);
		kfree(seg);
		return ERR_PTR(err);
	}
	dvr_txn_add(txn, &seg->named.obj);
	return seg;
}

/* IPv6 needs links with an MTU of at least 1280 bytes (RFC 8200 5). */
static bool segment_has_ipv6(const struct dvr_segment *seg)
{
	struct dvr_iface *iface;

	list_for_each_entry(iface, &seg->ifaces, seg_list)
		if (dvr_obj_wanted(&iface->obj) &&
		    dvr_iface_cfg_has6(dvr_iface_cfg(iface)))
			return true;
	return false;
}

/**
 * dvr_segment_set() - stage another configuration of a segment
 * @txn: open transaction
 * @seg: segment
 * @cfg: configuration; an equal one stages nothing
 *
 * Return: 0, -EEXIST, -EINVAL or -ENOMEM.
 */
int dvr_segment_set(struct dvr_txn *txn, struct dvr_segment *seg,
		    const struct dvr_segment_cfg *cfg)
{
	struct segment_staged *staged;
	int err;

	if (!memcmp(cfg, dvr_segment_cfg(seg), sizeof(*cfg)))
		return 0;
	if (cfg->mtu < IPV6_MIN_MTU && segment_has_ipv6(seg)) {
		NL_SET_ERR_MSG(txn->extack,
			       "an iface of the segment has IPv6 addresses, which need an mtu of 1280");
		return -EINVAL;
	}
	staged = kzalloc(sizeof(*staged), GFP_KERNEL_ACCOUNT);
	if (!staged)
		return -ENOMEM;
	staged->cfg = *cfg;
	err = segment_vni_take(txn, seg, cfg->vni, &staged->vni);
	if (err)
		kfree(staged);
	else
		dvr_txn_set(txn, &seg->named.obj, staged);
	return err;
}

/**
 * dvr_segment_del() - stage the end of a segment and its static entries
 * @txn: open transaction
 * @seg: segment; refused while it has ports or legs
 *
 * Return: 0 or -EBUSY.
 */
int dvr_segment_del(struct dvr_txn *txn, struct dvr_segment *seg)
{
	struct dvr_iface *iface;
	struct dvr_port *port;

	list_for_each_entry(port, &seg->ports, seg_list)
		if (dvr_obj_wanted(&port->named.obj)) {
			NL_SET_ERR_MSG(txn->extack,
				       "the segment has ports; delete them first");
			return -EBUSY;
		}
	list_for_each_entry(iface, &seg->ifaces, seg_list)
		if (dvr_obj_wanted(&iface->obj)) {
			NL_SET_ERR_MSG(txn->extack,
				       "routers have ifaces on the segment; delete them first");
			return -EBUSY;
		}
	spin_lock_bh(&seg->lock);
	dvr_entries_del(txn, &seg->fdb);
	dvr_entries_del(txn, &seg->neighs);
	spin_unlock_bh(&seg->lock);
	dvr_txn_del(txn, &seg->named.obj);
	return 0;
}

/**
 * dvr_segment_advertise_locked() - have the router advertisements of a segment
 *	looked after at a time
 * @seg: segment, &dvr_segment.lock held
 * @at: jiffies; the work that is queued for an earlier time stays
 *
 * Context: softirq.
 */
void dvr_segment_advertise_locked(struct dvr_segment *seg, unsigned long at)
{
	unsigned long now = jiffies;

	if (delayed_work_pending(&seg->advertise) &&
	    !time_before(at, seg->advertise_at))
		return;
	seg->advertise_at = at;
	mod_delayed_work(dvr_wq, &seg->advertise,
			 time_after(at, now) ? at - now : 0);
}

/**
 * dvr_segment_advertise() - the same without the lock
 * @seg: segment
 * @at: jiffies
 *
 * Context: any but hard interrupts.
 */
void dvr_segment_advertise(struct dvr_segment *seg, unsigned long at)
{
	spin_lock_bh(&seg->lock);
	dvr_segment_advertise_locked(seg, at);
	spin_unlock_bh(&seg->lock);
}

static void segment_publish(struct dvr_obj *obj)
{
}

static void segment_cancel(struct dvr_obj *obj)
{
	struct segment_staged *staged = obj->staged;

	segment_vni_give(dvr_segment(obj), staged->vni);
	kfree(staged);
}

static void segment_apply(struct dvr_obj *obj)
{
	struct dvr_segment *seg = dvr_segment(obj);
	struct segment_staged *staged = obj->staged;
	const struct dvr_segment_cfg *cfg = &staged->cfg;
	bool advertise = cfg->mtu != seg->cfg.mtu &&
			 !list_empty(&seg->advertisers);
	struct dvr_port *port;
	bool forget;

	WRITE_ONCE(seg->cfg.vni, cfg->vni);
	WRITE_ONCE(seg->cfg.mtu, cfg->mtu);
	WRITE_ONCE(seg->cfg.unknown, cfg->unknown);
	WRITE_ONCE(seg->cfg.suppress, cfg->suppress);
	forget = seg->cfg.snooping && !cfg->snooping;
	WRITE_ONCE(seg->cfg.snooping, cfg->snooping);
	segment_vni_give(seg, seg->vni);
	seg->vni = staged->vni;
	kfree(staged);
	if (forget)
		dvr_group_forget(seg);
	list_for_each_entry(port, &seg->ports, seg_list)
		dvr_port_refresh(port);
	if (advertise) {
		WRITE_ONCE(seg->advertise_all, true);
		dvr_segment_advertise(seg, jiffies);
	}
}

static void segment_unpublish(struct dvr_obj *obj)
{
}

static void segment_free(struct work_struct *work)
{
	struct dvr_segment *seg = container_of(to_rcu_work(work),
					       struct dvr_segment, free);

	cancel_delayed_work_sync(&seg->age);
	cancel_delayed_work_sync(&seg->announce);
	cancel_delayed_work_sync(&seg->advertise);
	skb_queue_purge(&seg->farewells);
	kfree(rcu_dereference_protected(seg->gateways, true));
	dvr_charge_put(seg->charge);
	kfree(seg);
}

static void segment_forget(struct dvr_obj *obj)
{
	struct dvr_segment *seg = dvr_segment(obj);

	segment_vni_give(seg, seg->vni);
	dvr_named_remove(seg->dn, &seg->dn->segments, &seg->named);
	INIT_RCU_WORK(&seg->free, segment_free);
	queue_rcu_work(dvr_wq, &seg->free);
}

const struct dvr_kind dvr_segment_kind = {
	.name = "segment",
	.publish = segment_publish,
	.apply = segment_apply,
	.cancel = segment_cancel,
	.unpublish = segment_unpublish,
	.forget = segment_forget,
	.last = true,
};
