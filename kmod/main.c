// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module and network namespaces.
 */

/**
 * DOC: Locking
 *
 * The locks, the outermost first:
 *
 *   RTNL               Binding of ports to devices, making and deleting of
 *                      routers' netdevs: &dvr_net.bound, &dvr_net.dead_devs,
 *                      &dvr_port.dev.
 *   &dvr_net.lock      The configuration mutex: names, ids, &dvr_net.blank,
 *                      staged and committed objects. The mutex is taken after
 *                      RTNL, never before. Routes, legs, neighbours, MAC
 *                      entries and segments need no RTNL. A batch takes RTNL if
 *                      one of its commands needs RTNL.
 *   &dvr_segment.lock  Spinlock, softirq: the lists of MAC entries and
 *                      neighbours, the queues of packets that wait, ports that
 *                      wait for router advertisements, and &dvr_segment.flood.
 *   &dvr_nat.lock      Spinlock, softirq: bindings, ports, flows and ties. The
 *                      lock is taken for a new connection or flow, never for a
 *                      packet of an existing one.
 *   &dvr_owner.lock    Spinlock, softirq, inside of &dvr_nat.lock: the
 *                      connections that end with a rule or a port. For a rule
 *                      that replaced another one both are taken, the older
 *                      rule's first.
 *   queue locks        Locks of the packets in fragments, softirq. Inside of
 *                      them is &dvr_gather.lock, for the pointer to the router
 *                      that counts the drops.
 *   bucket locks       Locks of the hash tables, and &dvr_bucket.lock of what is
 *                      limited: ICMP errors, floods, ARP and ND, resolution.
 *
 * A packet on the fast path takes none of these locks. A TCP segment of a flow
 * takes the lock of its conntrack entry, as conntrack does. Packets are handled
 * in softirq under RCU. The path finds objects in hash tables, in the routing
 * tables and by pointers that are published with rcu_assign_pointer() or
 * WRITE_ONCE(). The path checks &dvr_obj.seen before it keeps a pointer to an
 * object: learned entries are made under the segment's lock, and only for a
 * port or leg that is live.
 *
 * An object that goes is first marked dead, then removed from the tables that
 * packets search, then freed after a grace period. A netdev notifier that runs
 * while a commit closes or opens a device must not take the mutex; see
 * notify.c. Some notifiers run with the device's own lock held, so that lock is
 * outside of the mutex. Steps that take the device's lock (promiscuous mode,
 * LRO, up and down) follow after the mutex is released, under the same RTNL, in
 * dvr_txn_end() or from the work queue. Netdevs of routers are unregistered
 * there as well, since devices on top of them may be ports.
 *
 * A connection may be ended by any CPU at any time: by the collector, by the
 * work that reaps an owner, by a packet that loses a race. The CPU that sets
 * the dead bit of a connection ends the connection. The objects to which a
 * connection points are freed a grace period after the connection, since an
 * owner is freed after its work has seen the last of its connections end.
 *
 * The exit of a namespace deletes its objects in small transactions, before its
 * devices go, and waits for a grace period and for its NAT instances. The exit of
 * the module waits for callbacks of call_rcu() and for the work queue.
 */
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>

#include "control/bare.h"
#include "control/link.h"
#include "control/nl.h"
#include "control/notify.h"
#include "link/announce.h"
#include "link/ra.h"
#include "link/xmit.h"
#include "model/above.h"
#include "model/attach.h"
#include "model/entry.h"
#include "model/nexthop.h"
#include "model/outdev.h"
#include "model/port.h"
#include "model/router.h"
#include "model/segment.h"
#include "nat/alg.h"
#include "nat/binding.h"
#include "nat/conn.h"
#include "nat/flow.h"
#include "nat/gather.h"
#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natrule.h"
#include "nat/pair.h"
#include "nat/timers.h"
#include "path/fast.h"
#include "path/forward.h"
#include "path/host.h"
#include "path/hops.h"
#include "path/icmp.h"
#include "path/sources.h"

/* Objects that a namespace deletes before RTNL is released. */
#define EXIT_STEP	64

/*
 * The hash tables of a namespace. They are empty when they are destroyed. A list
 * is a &struct rhltable, which may have several objects of one key.
 */
static const struct {
	size_t at;
	const struct rhashtable_params *params;
	bool list;
} tables[] = {
	{ offsetof(struct dvr_net, names), &dvr_named_params },
	{ offsetof(struct dvr_net, outdevs), &dvr_outdev_params },
	{ offsetof(struct dvr_net, nhgs), &dvr_nhg_params },
	{ offsetof(struct dvr_net, fdb), &dvr_entry_params },
	{ offsetof(struct dvr_net, neighs), &dvr_entry_params },
	{ offsetof(struct dvr_net, nataddrs), &dvr_nataddr_params },
	{ offsetof(struct dvr_net, bindings_in), &dvr_binding_in_params },
	{ offsetof(struct dvr_net, bindings_out), &dvr_binding_out_params },
	{ offsetof(struct dvr_net, pairs), &dvr_pair_params },
	{ offsetof(struct dvr_net, conns), &dvr_conn_params },
	{ offsetof(struct dvr_net, flows), &dvr_flow_params },
	{ offsetof(struct dvr_net, nathosts), &dvr_nathost_params, true },
	{ offsetof(struct dvr_net, natkeys), &dvr_natkey_params, true },
	{ offsetof(struct dvr_net, vnis), &dvr_vni_params, true },
	{ offsetof(struct dvr_net, waiting), &dvr_waiting_params, true },
};

static_assert(offsetof(struct rhltable, ht) == 0);

static struct rhashtable *net_table(struct dvr_net *dn, unsigned int i)
{
	return (void *)dn + tables[i].at;
}

static int net_make_table(struct dvr_net *dn, unsigned int i)
{
	struct rhashtable *table = net_table(dn, i);

	if (!tables[i].list)
		return rhashtable_init(table, tables[i].params);
	return rhltable_init(container_of(table, struct rhltable, ht),
			     tables[i].params);
}

static int net_make_tables(struct dvr_net *dn)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		err = net_make_table(dn, i);
		if (err)
			goto undo;
	}
	dvr_conn_start(dn);
	return 0;

undo:
	while (i--)
		rhashtable_destroy(net_table(dn, i));
	return err;
}

static void net_destroy_tables(struct dvr_net *dn)
{
	unsigned int i;

	dvr_conn_stop(dn);
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		rhashtable_destroy(net_table(dn, i));
}

static int __net_init dvr_net_init(struct net *net)
{
	struct dvr_net *dn = dvr_net(net);

	dn->net = net;
	/* A number that a client has kept from before a reload is not met again. */
	dn->generation = get_random_u32() | 1;
	mutex_init(&dn->lock);
	INIT_LIST_HEAD(&dn->dead_devs);
	dvr_attach_init(dn);
	xa_init_flags(&dn->segments, XA_FLAGS_ALLOC1);
	xa_init_flags(&dn->ports, XA_FLAGS_ALLOC1);
	xa_init_flags(&dn->routers, XA_FLAGS_ALLOC1);
	xa_init_flags(&dn->zones, XA_FLAGS_ALLOC1);
	xa_init(&dn->bound);
	xa_init(&dn->outbound);
	return net_make_tables(dn);
}

/* Stage the end of some rules, routers or ports. */
static void net_stage_some(struct dvr_txn *txn, struct dvr_net *dn)
{
	unsigned int left = EXIT_STEP;
	struct dvr_router *router;
	struct dvr_port *port;
	unsigned long id;

	xa_for_each(&dn->routers, id, router) {
		left -= dvr_natrule_del_some(txn, router, left);
		if (!left--)
			return;
		dvr_router_del(txn, router);
		if (!left)
			return;
	}
	xa_for_each(&dn->ports, id, port) {
		dvr_port_del(txn, port);
		if (!--left)
			return;
	}
}

/*
 * Delete some objects of a namespace that ends, and let others have RTNL. This
 * cannot fail.
 */
static void net_delete_some(struct dvr_net *dn)
{
	struct dvr_txn txn;

	rtnl_lock();
	mutex_lock(&dn->lock);
	dn->dying = true;
	dvr_txn_begin(&txn, dn, true, NULL);
	net_stage_some(&txn, dn);
	dvr_txn_commit(&txn);
	mutex_unlock(&dn->lock);
	dvr_txn_end(&txn);
	rtnl_unlock();
}

/* Segments need no RTNL. */
static void net_delete_segments(struct dvr_net *dn)
{
	struct dvr_segment *seg;
	struct dvr_txn txn;
	unsigned long id;

	mutex_lock(&dn->lock);
	dvr_txn_begin(&txn, dn, false, NULL);
	xa_for_each(&dn->segments, id, seg)
		dvr_segment_del(&txn, seg);
	dvr_txn_commit(&txn);
	mutex_unlock(&dn->lock);
	dvr_txn_end(&txn);
}

/* Before the kernel ends all devices of the namespace under one RTNL. */
static void __net_exit dvr_net_pre_exit(struct net *net)
{
	struct dvr_net *dn = dvr_net(net);

	/* Most namespaces of a host have no objects, and need not wait for RTNL. */
	while (!xa_empty(&dn->routers) || !xa_empty(&dn->ports)) {
		net_delete_some(dn);
		cond_resched();
	}
	net_delete_segments(dn);
}

static void __net_exit dvr_net_exit_batch(struct list_head *nets)
{
	struct net *net;

	/* Wait for packets and timers that found an object before its end. */
	synchronize_net();
	list_for_each_entry(net, nets, exit_list) {
		struct dvr_net *dn = dvr_net(net);

		dvr_attach_flush(dn);
		/* Wait for the routers' connections and what these point to. */
		dvr_nat_wait(dn);
		dvr_bare_exit(dn);
		net_destroy_tables(dn);
		xa_destroy(&dn->zones);
		xa_destroy(&dn->outbound);
		xa_destroy(&dn->bound);
		xa_destroy(&dn->routers);
		xa_destroy(&dn->ports);
		xa_destroy(&dn->segments);
		mutex_destroy(&dn->lock);
	}
}

static struct pernet_operations net_ops = {
	.init = dvr_net_init,
	.pre_exit = dvr_net_pre_exit,
	.exit_batch = dvr_net_exit_batch,
	.id = &dvr_net_id,
	.size = sizeof(struct dvr_net),
};

/* Functions of upper layers that lower layers call. */
static const struct dvr_above above __initconst = {
	.event = dvr_nl_event,
	.alert = dvr_nl_alert,
	.bare_put = dvr_bare_put,
	.router_ops = &dvr_link_ops,
	.rx_handler = dvr_rx_handler,
	.rx_hook = dvr_rx_hook,
	.tx_hook = dvr_tx_hook,
	.deliver = dvr_deliver,
	.hops_forget = dvr_hops_forget,
	.icmp_unreachable = dvr_icmp_unreachable,
	.nat_prepare = dvr_nat_prepare,
	.nat_apply = dvr_nat_apply,
	.nat_router_del = dvr_natrule_router_del,
	.nat_router_gone = dvr_nat_router_gone,
	.nat_needs = dvr_natrule_needs,
	.nat_is_inside = dvr_natrule_is_inside,
	.nat_leg_changed = dvr_natrule_leg_changed,
	.renew = dvr_owner_renew,
	.reap = dvr_owner_reap,
	.announce = dvr_announce,
	.advertise = dvr_ra_run,
	.ra_end = dvr_ra_end,
};

static int __init dvr_init(void)
{
	int err, i;

	dvr_above = above;
	for (i = 0; i < ARRAY_SIZE(dvr_hash_key); i++)
		dvr_hash_key[i] = get_random_u64() | 1;
	dvr_wq = alloc_workqueue("dvr", WQ_UNBOUND, 0);
	if (!dvr_wq)
		return -ENOMEM;
	err = dvr_route_init();
	if (err)
		goto no_route;
	err = dvr_hops_init();
	if (err)
		goto no_hops;
	err = dvr_sources_init();
	if (err)
		goto no_sources;
	dvr_xmit_init();
	err = dvr_host_init();
	if (err)
		goto no_host;
	err = dvr_conn_register();
	if (err)
		goto no_conn;
	err = dvr_gather_register();
	if (err)
		goto no_gather;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto no_net;
	err = dvr_notify_register();
	if (err)
		goto no_notify;
	err = dvr_link_register();
	if (err)
		goto no_link;
	err = dvr_nl_register();
	if (err)
		goto no_nl;
	return 0;

no_nl:
	dvr_link_unregister();
no_link:
	dvr_notify_unregister();
no_notify:
	unregister_pernet_subsys(&net_ops);
no_net:
	rcu_barrier();
	dvr_gather_unregister();
no_gather:
	dvr_conn_unregister();
no_conn:
	dvr_host_exit();
no_host:
	dvr_sources_exit();
no_sources:
	dvr_hops_exit();
no_hops:
	dvr_route_exit();
no_route:
	destroy_workqueue(dvr_wq);
	return err;
}

static void __exit dvr_exit(void)
{
	dvr_nl_unregister();
	dvr_link_unregister();
	dvr_notify_unregister();
	unregister_pernet_subsys(&net_ops);
	/* Callbacks of call_rcu() queue work, and work may use call_rcu(). */
	rcu_barrier();
	flush_workqueue(dvr_wq);
	rcu_barrier();
	dvr_gather_unregister();
	dvr_hops_exit();
	/* The last references to MAC entries are gone. */
	rcu_barrier();
	dvr_host_exit();
	dvr_sources_exit();
	dvr_route_exit();
	destroy_workqueue(dvr_wq);
	dvr_conn_unregister();
	dvr_alg_exit();
	dvr_timers_exit();
}

module_init(dvr_init);
module_exit(dvr_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Distributed virtual router");
MODULE_VERSION(DVR_VERSION);
MODULE_ALIAS_RTNL_LINK("dvr");
MODULE_ALIAS_GENL_FAMILY(DVR_FAMILY_NAME);
