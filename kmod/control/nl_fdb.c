// SPDX-License-Identifier: GPL-2.0-only
/* MAC entries over netlink. */
#include "control/nl.h"
#include "model/fdb.h"

static int fdb_read_key(struct dvr_net *dn, struct netlink_ext_ack *extack,
			struct nlattr **tb, struct dvr_segment **seg, u64 *mac)
{
	*seg = dvr_nl_segment_ref(dn, extack, tb[DVR_A_FDB_SEGMENT]);
	if (IS_ERR(*seg))
		return PTR_ERR(*seg);
	if (!tb[DVR_A_FDB_MAC])
		return dvr_nl_bad(extack, NULL, "a MAC entry needs a MAC",
				  -EINVAL);
	return dvr_nl_mac(extack, tb[DVR_A_FDB_MAC], mac);
}

static int fdb_read_place(struct dvr_txn *txn, struct nlattr **tb,
			  const struct dvr_segment *seg, struct dvr_port **port,
			  struct in6_addr *host)
{
	struct netlink_ext_ack *extack = txn->extack;

	if (!tb[DVR_A_FDB_PORT] == !tb[DVR_A_FDB_HOST])
		return dvr_nl_bad(extack, NULL,
				  "a MAC entry needs either port or host",
				  -EINVAL);
	if (tb[DVR_A_FDB_HOST])
		return dvr_nl_unicast(extack, tb[DVR_A_FDB_HOST], host);
	*port = dvr_nl_port_ref(txn->dn, extack, tb[DVR_A_FDB_PORT]);
	if (IS_ERR(*port))
		return PTR_ERR(*port);
	if ((*port)->seg != seg)
		return dvr_nl_bad(extack, tb[DVR_A_FDB_PORT],
				  "the port is on another segment", -EINVAL);
	return 0;
}

static int fdb_make_static(struct dvr_txn *txn, struct nlattr **tb,
			   bool replace)
{
	struct dvr_port *port = NULL;
	struct in6_addr host = {};
	struct dvr_segment *seg;
	struct dvr_fdb *fdb;
	u64 mac;
	int err;

	err = fdb_read_key(txn->dn, txn->extack, tb, &seg, &mac) ?:
	      fdb_read_place(txn, tb, seg, &port, &host);
	if (err)
		return err;
	fdb = dvr_fdb_find(seg, mac);
	if (fdb && fdb->origin != DVR_ORIGIN_STATIC)
		return dvr_nl_bad(txn->extack, tb[DVR_A_FDB_MAC],
				  fdb->origin == DVR_ORIGIN_PORT ?
				  "the MAC is that of a port" :
				  "the MAC is that of a gateway", -EEXIST);
	if (fdb && replace) {
		if (rcu_access_pointer(fdb->port) == port &&
		    ipv6_addr_equal(&fdb->host, &host))
			return 0;
		dvr_fdb_del(txn, fdb);
	}
	return PTR_ERR_OR_ZERO(dvr_fdb_add(txn, seg, mac, DVR_ORIGIN_STATIC,
					   port, NULL, &host));
}

static int fdb_add(struct dvr_txn *txn, struct nlattr **tb)
{
	return fdb_make_static(txn, tb, false);
}

static int fdb_set(struct dvr_txn *txn, struct nlattr **tb)
{
	return fdb_make_static(txn, tb, true);
}

static int fdb_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_segment *seg;
	struct dvr_fdb *fdb;
	u64 mac;
	int err;

	err = fdb_read_key(txn->dn, txn->extack, tb, &seg, &mac);
	if (err)
		return err;
	fdb = dvr_fdb_find(seg, mac);
	if (!fdb)
		return dvr_fdb_unlearn(seg, mac) ? 0 :
		       dvr_nl_bad(txn->extack, tb[DVR_A_FDB_MAC],
				  "the segment has no such MAC", -ENOENT);
	if (fdb->origin != DVR_ORIGIN_STATIC)
		return dvr_nl_bad(txn->extack, tb[DVR_A_FDB_MAC],
				  fdb->origin == DVR_ORIGIN_PORT ?
				  "the MAC is that of a port; change the port" :
				  "the MAC is that of a gateway; change the iface",
				  -EBUSY);
	dvr_fdb_del(txn, fdb);
	return 0;
}

/* Context: the configuration mutex or the segment's lock. */
static int fdb_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_fdb *fdb = dvr_fdb((struct dvr_obj *)obj);
	unsigned int age = jiffies_to_msecs(jiffies - READ_ONCE(fdb->used));
	const struct dvr_port *port;
	int err = 0;

	rcu_read_lock();
	port = rcu_dereference(fdb->port) ?: fdb->was;
	if (port)
		err = nla_put_string(skb, DVR_A_FDB_PORT, port->named.name);
	rcu_read_unlock();
	if (err || nla_put_string(skb, DVR_A_FDB_SEGMENT,
				  fdb->seg->named.name) ||
	    dvr_nl_put_mac(skb, DVR_A_FDB_MAC, fdb->key.mac) ||
	    nla_put_u8(skb, DVR_A_FDB_ORIGIN, fdb->origin) ||
	    (fdb->iface && nla_put_string(skb, DVR_A_FDB_ROUTER,
					  fdb->iface->router->named.name)) ||
	    (!ipv6_addr_any(&fdb->host) &&
	     dvr_nl_put_ip(skb, DVR_A_FDB_HOST, &fdb->host)) ||
	    (fdb->origin == DVR_ORIGIN_LEARNED &&
	     nla_put_u32(skb, DVR_A_FDB_AGE, age)))
		return -EMSGSIZE;
	return 0;
}

const struct dvr_nl_kind dvr_nl_fdb = {
	.kind = &dvr_fdb_kind,
	.attr = DVR_A_FDB,
	.op_attr = DVR_A_OP_FDB,
	.policy = dvr_fdb_nl_policy,
	.maxattr = DVR_A_FDB_MAX,
	.told = BIT(DVR_A_FDB_ORIGIN) | BIT(DVR_A_FDB_ROUTER) |
		BIT(DVR_A_FDB_AGE),
	.get = DVR_CMD_FDB_GET,
	.ntf = DVR_CMD_FDB_NTF,
	.group = DVR_NLGRP_NEIGH,
	.add = fdb_add,
	.set = fdb_set,
	.del = fdb_del,
	.fill = fdb_fill,
};

int dvr_nl_fdb_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_FDB_MAX + 1];
	struct dvr_segment *seg;
	struct dvr_fdb *fdb;
	u64 mac;
	int err;

	err = dvr_nl_parse(info, &dvr_nl_fdb, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	err = fdb_read_key(dn, info->extack, tb, &seg, &mac);
	if (err)
		goto out;
	rcu_read_lock();
	fdb = dvr_fdb_lookup(seg, mac);
	if (fdb)
		err = dvr_nl_reply_atomic(info, &dvr_nl_fdb, &fdb->obj);
	else
		err = dvr_nl_bad(info->extack, tb[DVR_A_FDB_MAC],
				 "the segment has no such MAC", -ENOENT);
	rcu_read_unlock();
out:
	mutex_unlock(&dn->lock);
	return err;
}

static bool fdb_match(struct nlattr **tb, const struct dvr_fdb *fdb)
{
	const struct dvr_port *port;

	if (!dvr_obj_live(&fdb->obj))
		return false;
	if (!tb[DVR_A_FDB_PORT])
		return true;
	port = rcu_dereference_protected(fdb->port,
					 lockdep_is_held(&fdb->seg->lock));
	return port && !dvr_nl_differs(tb[DVR_A_FDB_PORT], port->named.name);
}

/* Dump the MAC entries of one segment, from number args[1] on. */
static int fdb_dump_segment(struct sk_buff *skb, struct netlink_callback *cb,
			    struct nlattr **tb, struct dvr_named *holder)
{
	struct dvr_segment *seg = container_of(holder, struct dvr_segment,
					       named);
	struct dvr_fdb *fdb;
	int err = 0;
	long i = 0;

	spin_lock_bh(&seg->lock);
	list_for_each_entry(fdb, &seg->fdb, list) {
		if (i++ < cb->args[1])
			continue;
		if (fdb_match(tb, fdb)) {
			err = dvr_nl_dump_put(skb, cb, &dvr_nl_fdb, &fdb->obj);
			if (err)
				break;
		}
		cb->args[1] = i;
	}
	spin_unlock_bh(&seg->lock);
	return err;
}

int dvr_nl_fdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *tb[DVR_A_FDB_MAX + 1];
	int err;

	err = dvr_nl_filter(cb, &dvr_nl_fdb, tb);
	if (err)
		return err;
	return dvr_nl_dump_held(skb, cb, tb, tb[DVR_A_FDB_SEGMENT],
				&dvr_net(sock_net(skb->sk))->segments,
				fdb_dump_segment);
}
