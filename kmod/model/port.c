// SPDX-License-Identifier: GPL-2.0-only
/* Ports: named places on a segment. attach.c binds a port to its device. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "model/above.h"
#include "model/address.h"
#include "model/attach.h"
#include "model/fdb.h"
#include "model/group.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/port.h"
#include "model/router.h"
#include "model/segment.h"

/**
 * struct port_staged - what a port's dvr_obj.staged points to
 * @guard: addresses that port security allows
 * @cfg: settings
 */
struct port_staged {
	struct dvr_guard *guard;
	struct dvr_port_cfg cfg;
};

/**
 * dvr_port_find() - find a port by name
 * @dn: namespace, locked
 * @name: name of the port
 *
 * Return: the port as the open transaction sees it, or NULL.
 */
struct dvr_port *dvr_port_find(struct dvr_net *dn, const char *name)
{
	struct dvr_named *named = dvr_named_find(dn, &dvr_port_kind, name);

	return named ? container_of(named, struct dvr_port, named) : NULL;
}

/**
 * dvr_port_guard() - get the addresses that port security allows on a port
 * @port: port, its namespace locked
 *
 * Return: the guard as the open transaction sees it.
 */
const struct dvr_guard *dvr_port_guard(const struct dvr_port *port)
{
	const struct port_staged *staged = port->named.obj.staged;

	return staged ? staged->guard : dvr_dereference(port->dn, port->guard);
}

/**
 * dvr_port_cfg() - get the settings of a port
 * @port: port, its namespace locked
 *
 * Return: the settings as the open transaction sees them.
 */
const struct dvr_port_cfg *dvr_port_cfg(const struct dvr_port *port)
{
	const struct port_staged *staged = port->named.obj.staged;

	return staged ? &staged->cfg : &port->cfg;
}

/* Names end with zeros up to IFNAMSIZ, so that they are compared as bytes. */
const struct rhashtable_params dvr_waiting_params = {
	.head_offset = offsetof(struct dvr_port, wait),
	.key_offset = offsetof(struct dvr_port, devname),
	.key_len = IFNAMSIZ,
	.automatic_shrinking = true,
};

/**
 * dvr_port_waiting() - find the port that names a device
 * @dn: namespace, locked
 * @devname: name of the device, which need not exist or be bound
 *
 * Return: the port as the open transaction sees it, or NULL.
 */
struct dvr_port *dvr_port_waiting(struct dvr_net *dn, const char *devname)
{
	char key[IFNAMSIZ] __aligned(4) = {};
	struct rhlist_head *list, *at;
	struct dvr_port *port;

	dvr_assert_locked(dn);
	strscpy(key, devname, sizeof(key));
	rcu_read_lock();
	list = rhltable_lookup(&dn->waiting, key, dvr_waiting_params);
	rhl_for_each_entry_rcu(port, at, list, wait)
		if (dvr_obj_wanted(&port->named.obj))
			break;
	rcu_read_unlock();
	return at ? port : NULL;
}

/* If the MAC is configured, neighbours at the addresses need no resolution. */
static int port_add_parts(struct dvr_txn *txn, struct dvr_port *port,
			  const struct dvr_guard *guard)
{
	struct dvr_neigh_info info = {
		.mac = guard->mac,
		.port = port,
		.origin = DVR_ORIGIN_PORT,
	};
	struct dvr_neigh *n;
	struct dvr_fdb *fdb;
	unsigned int i;

	if (!guard->mac)
		return 0;
	fdb = dvr_fdb_add(txn, port->seg, guard->mac, DVR_ORIGIN_PORT, port,
			  NULL, NULL);
	if (IS_ERR(fdb))
		return PTR_ERR(fdb);
	for (i = 0; i < guard->n; i++) {
		const struct dvr_prefix *p = &guard->addr[i];

		if (dvr_prefix_bits(p) != 128)
			continue;
		n = dvr_neigh_add(txn, port->seg, &p->ip, &info);
		if (IS_ERR(n))
			return PTR_ERR(n);
	}
	return 0;
}

static void port_del_parts(struct dvr_txn *txn, struct dvr_port *port,
			   const struct dvr_guard *guard)
{
	struct dvr_neigh *n;
	struct dvr_fdb *fdb;
	unsigned int i;

	if (!guard->mac)
		return;
	fdb = dvr_fdb_find(port->seg, guard->mac);
	if (fdb && rcu_access_pointer(fdb->port) == port)
		dvr_entry_del(txn, &fdb->entry);
	for (i = 0; i < guard->n; i++) {
		n = dvr_neigh_find(port->seg, &guard->addr[i].ip);
		if (n && n->entry.origin == DVR_ORIGIN_PORT &&
		    rcu_access_pointer(n->port) == port)
			dvr_entry_del(txn, &n->entry);
	}
}

static void port_free(struct work_struct *work)
{
	struct dvr_port *port = container_of(to_rcu_work(work),
					     struct dvr_port, free);

	dvr_stats_free(port->stats);
	dvr_guard_free(rcu_dereference_protected(port->guard, true));
	dvr_group_free(port);
	kfree(port);
}

static struct dvr_port *port_make(struct dvr_net *dn, const char *name,
				  const struct dvr_port_spec *spec)
{
	struct dvr_port *port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	struct dvr_guard *guard;

	if (!port)
		return NULL;
	port->stats = dvr_stats_alloc();
	guard = dvr_guard_copy(spec->guard);
	if (!port->stats || !guard) {
		dvr_stats_free(port->stats);
		dvr_guard_free(guard);
		kfree(port);
		return NULL;
	}
	RCU_INIT_POINTER(port->guard, guard);
	port->named.obj.kind = &dvr_port_kind;
	strscpy(port->named.name, name, sizeof(port->named.name));
	strscpy(port->devname, spec->devname, sizeof(port->devname));
	port->dn = dn;
	port->seg = spec->seg;
	port->uplink = spec->uplink;
	port->attach = spec->attach;
	port->cfg = spec->cfg;
	dvr_buckets_init(&port->buckets);
	dvr_owner_init(&port->conns, &port->named.obj);
	INIT_LIST_HEAD(&port->flood);
	INIT_LIST_HEAD(&port->ra.list);
	INIT_LIST_HEAD(&port->newcomer);
	port->ra.last = jiffies - DVR_RA_MIN_DELAY;
	INIT_LIST_HEAD(&port->learned);
	INIT_LIST_HEAD(&port->pinned);
	dvr_fdb_renew_sources(port);
	INIT_LIST_HEAD(&port->unsettled);
	return port;
}

/* Bind a new port to its device if the device exists. */
static int port_bind_new(struct dvr_txn *txn, struct dvr_port *port)
{
	struct net_device *dev;
	struct dvr_port *old;

	dev = __dev_get_by_name(txn->dn->net, port->devname);
	if (!dev)
		return 0;
	/* Notifiers compare the device's own name with that of the port. */
	if (strcmp(dev->name, port->devname)) {
		NL_SET_ERR_MSG(txn->extack,
			       "this is an alternative name of a device; give the device's own name");
		return -EINVAL;
	}
	old = dvr_attach_port_of(txn->dn, dev);
	if (old && !dvr_obj_wanted(&old->named.obj))
		return 0;	/* port_forget() hands the device over */
	return dvr_attach(port, dev, txn->extack);
}

/* Enter a new port by name, by id and by the name of its device. */
static int port_enter(struct dvr_txn *txn, struct dvr_port *port, u32 id)
{
	struct dvr_net *dn = txn->dn;
	int err;

	err = dvr_named_insert(dn, &dn->ports, &port->named, id, txn->extack);
	if (err)
		return err;
	err = rhltable_insert(&dn->waiting, &port->wait, dvr_waiting_params);
	if (err)
		dvr_named_remove(dn, &dn->ports, &port->named);
	return err;
}

/**
 * dvr_port_add() - stage a new port, and bind the port to an existing device
 * @txn: open transaction with RTNL
 * @name: valid name
 * @spec: properties of the port
 *
 * Return: the port, or -EEXIST, -EBUSY, -EINVAL or -ENOMEM as a pointer.
 */
struct dvr_port *dvr_port_add(struct dvr_txn *txn, const char *name,
			      const struct dvr_port_spec *spec)
{
	struct dvr_net *dn = txn->dn;
	struct dvr_port *port;
	int err;

	ASSERT_RTNL();
	if (dvr_port_waiting(dn, spec->devname)) {
		NL_SET_ERR_MSG(txn->extack, "another port has this device");
		return ERR_PTR(-EEXIST);
	}
	port = port_make(dn, name, spec);
	if (!port)
		return ERR_PTR(-ENOMEM);
	err = port_enter(txn, port, spec->id);
	if (err) {
		INIT_RCU_WORK(&port->free, port_free);
		queue_rcu_work(dvr_wq, &port->free);
		return ERR_PTR(err);
	}
	list_add_tail(&port->seg_list, &port->seg->ports);
	/* From here on, an abort of the transaction removes the port. */
	dvr_txn_add(txn, &port->named.obj);
	err = port_add_parts(txn, port, spec->guard) ?: port_bind_new(txn,
								      port);
	return err ? ERR_PTR(err) : port;
}

static void port_staged_free(struct port_staged *staged)
{
	if (staged)
		dvr_guard_free(staged->guard);
	kfree(staged);
}

static struct port_staged *port_staged_make(const struct dvr_guard *guard,
					    const struct dvr_port_cfg *cfg)
{
	struct port_staged *staged = kzalloc(sizeof(*staged), GFP_KERNEL_ACCOUNT);

	if (!staged)
		return NULL;
	staged->cfg = *cfg;
	staged->guard = dvr_guard_copy(guard);
	if (staged->guard)
		return staged;
	port_staged_free(staged);
	return NULL;
}

static bool port_cfg_equal(const struct dvr_port_cfg *a,
			   const struct dvr_port_cfg *b)
{
	return a->flood == b->flood && a->neigh == b->neigh &&
	       a->noqueue == b->noqueue;
}

/**
 * dvr_port_set() - stage other addresses and settings of a port
 * @txn: open transaction
 * @port: port
 * @guard: addresses; copied
 * @cfg: settings; if both are equal to the old ones, nothing is staged
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int dvr_port_set(struct dvr_txn *txn, struct dvr_port *port,
		 const struct dvr_guard *guard,
		 const struct dvr_port_cfg *cfg)
{
	const struct dvr_guard *old = dvr_port_guard(port);
	bool moved = !dvr_guard_equal(old, guard);
	struct port_staged *staged;
	int err = 0;

	if (!moved && port_cfg_equal(cfg, dvr_port_cfg(port)))
		return 0;
	staged = port_staged_make(guard, cfg);
	if (!staged)
		return -ENOMEM;
	if (moved) {
		port_del_parts(txn, port, old);
		err = port_add_parts(txn, port, guard);
	}
	if (err) {
		port_staged_free(staged);
		return err;
	}
	dvr_txn_set(txn, &port->named.obj, staged);
	return 0;
}

/* Stage the end of the configured entries that refer to the port. */
static void port_del_pinned(struct dvr_txn *txn, struct dvr_port *port)
{
	struct dvr_entry *entry;

	list_for_each_entry(entry, &port->pinned, pin)
		if (dvr_obj_wanted(&entry->obj))
			dvr_entry_del(txn, entry);
}

/**
 * dvr_port_del() - stage the end of a port and of the entries that refer to it
 * @txn: open transaction with RTNL
 * @port: port
 *
 * Return: 0.
 */
int dvr_port_del(struct dvr_txn *txn, struct dvr_port *port)
{
	ASSERT_RTNL();
	port_del_pinned(txn, port);
	dvr_txn_del(txn, &port->named.obj);
	return 0;
}

/**
 * dvr_dev_has_mac() - check if a MAC address is the host's on a device
 * @dev: device
 * @mac: see dvr_mac()
 *
 * The devices of the host on top of @dev, such as macvlan, add their addresses to
 * the unicast list.
 *
 * Context: RCU.
 * Return: true if it is.
 */
bool dvr_dev_has_mac(const struct net_device *dev, u64 mac)
{
	const struct netdev_hw_addr *ha;

	if (dvr_mac(dev->dev_addr) == mac)
		return true;
	list_for_each_entry_rcu(ha, &dev->uc.list, list)
		if (dvr_mac(ha->addr) == mac)
			return true;
	return false;
}

/* The host has @mac on the device of an uplink, and no longer another MAC. */
static void port_learn_host(struct dvr_port *port, u64 mac)
{
	struct dvr_entry_key old = dvr_mac_key(port->seg, port->own_mac);

	if (port->own_mac && port->own_mac != mac)
		dvr_fdb_unlearn(&old);
	port->own_mac = dvr_obj_live(&port->named.obj) ? mac : 0;
	if (!port->own_mac)
		return;
	rcu_read_lock();
	dvr_fdb_learn_local(port, mac);
	rcu_read_unlock();
}

/* End what was learned from the machines behind a port. */
static void port_flush(struct dvr_port *port)
{
	dvr_fdb_flush_port(port->seg, port);
	dvr_group_flush(port);
}

/**
 * dvr_port_refresh() - update a port from the state of its device
 * @port: port whose device or segment changed
 *
 * Context: RTNL or the configuration mutex.
 */
void dvr_port_refresh(struct dvr_port *port)
{
	struct dvr_segment *seg = port->seg;
	struct net_device *dev;
	bool up = false;
	u64 own = 0;

	spin_lock_bh(&seg->lock);
	rcu_read_lock();
	dev = rcu_dereference(port->dev);
	if (dev) {
		up = netif_running(dev) && netif_carrier_ok(dev);
		WRITE_ONCE(port->headroom,
			   ETH_HLEN + READ_ONCE(dev->needed_headroom));
		WRITE_ONCE(port->mtu, min(READ_ONCE(seg->cfg.mtu),
					  READ_ONCE(dev->mtu)));
		if (port->uplink)
			own = dvr_mac(dev->dev_addr);
	}
	if (!up)
		dvr_address_hush(port);
	else if (!port->up && dvr_obj_live(&port->named.obj))
		dvr_address_tell(port);
	WRITE_ONCE(port->up, up);
	rcu_read_unlock();
	spin_unlock_bh(&seg->lock);
	if (!up)
		port_flush(port);
	port_learn_host(port, up ? own : 0);
}

/**
 * dvr_port_lost() - stop to use a port whose device has lost its carrier
 * @port: port by which a frame could not be sent
 * @dev: device of @port
 *
 * The kernel may notify of a lost carrier only after a second. What was learned
 * from the port ends at once, as it does in dvr_port_refresh().
 *
 * Context: softirq, RCU, &dvr_segment.lock not held.
 */
void dvr_port_lost(struct dvr_port *port, const struct net_device *dev)
{
	struct dvr_segment *seg = port->seg;
	bool lost;

	spin_lock(&seg->lock);
	lost = port->up && !netif_carrier_ok(dev) &&
	       rcu_access_pointer(port->dev) == dev;
	if (lost)
		WRITE_ONCE(port->up, false);
	spin_unlock(&seg->lock);
	if (lost)
		port_flush(port);
}

/**
 * dvr_port_tell() - report the state of a port's device to listeners
 * @port: port
 *
 * Context: the configuration mutex.
 */
void dvr_port_tell(struct dvr_port *port)
{
	port->told = READ_ONCE(port->up);
	dvr_above.event(port->dn, &port->named.obj, DVR_EVENT_CHANGE, NULL,
			GFP_KERNEL);
}

static void port_publish(struct dvr_obj *obj)
{
	struct dvr_port *port = dvr_port(obj);
	struct dvr_segment *seg = port->seg;

	spin_lock_bh(&seg->lock);
	list_add_tail_rcu(&port->flood, &seg->flood);
	if (port->uplink)
		list_add_tail_rcu(&port->uplinks, &seg->uplinks);
	WRITE_ONCE(seg->n_uplinks, seg->n_uplinks + port->uplink);
	spin_unlock_bh(&seg->lock);
	WRITE_ONCE(seg->n_ports, seg->n_ports + 1);
	/* The end of the transaction finishes the port. */
	if (list_empty(&port->unsettled))
		list_add_tail(&port->unsettled, &port->dn->unsettled);
	dvr_port_refresh(port);
	port->told = READ_ONCE(port->up);
	/* The device may have come up before the port was live. */
	spin_lock_bh(&seg->lock);
	if (port->up && list_empty(&port->newcomer))
		dvr_address_tell(port);
	spin_unlock_bh(&seg->lock);
}

static void port_cancel(struct dvr_obj *obj)
{
	port_staged_free(obj->staged);
}

static void port_apply(struct dvr_obj *obj)
{
	struct dvr_port *port = dvr_port(obj);
	struct dvr_guard *old = dvr_dereference(port->dn, port->guard);
	struct port_staged *staged = obj->staged;

	WRITE_ONCE(port->cfg.flood, staged->cfg.flood);
	WRITE_ONCE(port->cfg.neigh, staged->cfg.neigh);
	WRITE_ONCE(port->cfg.noqueue, staged->cfg.noqueue);
	if (!dvr_guard_equal(old, staged->guard)) {
		rcu_assign_pointer(port->guard, staged->guard);
		staged->guard = NULL;
		dvr_guard_free_rcu(old);
		/* Addresses were learned while the old guard allowed them. */
		dvr_fdb_flush_port(port->seg, port);
	}
	port_staged_free(staged);
}

static void port_unpublish(struct dvr_obj *obj)
{
	struct dvr_port *port = dvr_port(obj);
	struct dvr_segment *seg = port->seg;

	spin_lock_bh(&seg->lock);
	list_del_rcu(&port->flood);
	list_del_init(&port->ra.list);
	if (port->uplink)
		list_del_rcu(&port->uplinks);
	dvr_address_hush(port);
	WRITE_ONCE(seg->n_uplinks, seg->n_uplinks - port->uplink);
	spin_unlock_bh(&seg->lock);
	WRITE_ONCE(seg->n_ports, seg->n_ports - 1);
	/* From now on, no packet uses a flow of the port's connections. */
	dvr_above.renew(&port->conns);
	port_flush(port);
}

static void port_reap(struct work_struct *work)
{
	struct dvr_port *port = container_of(work, struct dvr_port, reap);

	dvr_above.reap(&port->conns);
	INIT_RCU_WORK(&port->free, port_free);
	queue_rcu_work(dvr_wq, &port->free);
}

static void port_forget(struct dvr_obj *obj)
{
	struct dvr_port *port = dvr_port(obj);
	struct net_device *dev = rtnl_dereference(port->dev);
	struct dvr_net *dn = port->dn;

	/* The entries may be forgotten after the port. */
	while (!list_empty(&port->pinned))
		list_del_init(port->pinned.next);
	rhltable_remove(&dn->waiting, &port->wait, dvr_waiting_params);
	list_del(&port->seg_list);
	list_del(&port->unsettled);
	dvr_named_remove(dn, &dn->ports, &port->named);
	if (dev) {
		dvr_detach(port);
		if (!dn->dying && dev->reg_state == NETREG_REGISTERED)
			dvr_attach_came(dn, dev);
	}
	INIT_WORK(&port->reap, port_reap);
	queue_work(dvr_wq, &port->reap);
}

const struct dvr_kind dvr_port_kind = {
	.name = "port",
	.publish = port_publish,
	.apply = port_apply,
	.cancel = port_cancel,
	.unpublish = port_unpublish,
	.forget = port_forget,
};
