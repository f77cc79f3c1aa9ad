// SPDX-License-Identifier: GPL-2.0-only
/* MAC entries over netlink. */
#include "control/nl_entry.h"
#include "model/fdb.h"

static const struct dvr_nl_entry fdb_entry;

static int fdb_read_mac(struct netlink_ext_ack *extack,
			const struct nlattr *attr, struct dvr_entry_key *key)
{
	return dvr_nl_mac(extack, attr, &key->mac);
}

static int fdb_read_place(struct dvr_txn *txn, struct nlattr **tb,
			  const struct dvr_segment *seg, struct dvr_port **port,
			  struct in6_addr *host)
{
	struct netlink_ext_ack *extack = txn->extack;

	if (!DVR_NL_GIVEN(tb, DVR_A_FDB_PORT) == !tb[DVR_A_FDB_HOST])
		return dvr_nl_bad(extack, NULL,
				  "a MAC entry needs either port or host",
				  -EINVAL);
	if (tb[DVR_A_FDB_HOST])
		return dvr_nl_unicast(extack, tb[DVR_A_FDB_HOST], host);
	return dvr_nl_entry_port(txn, DVR_NL_REF(tb, DVR_A_FDB_PORT), seg,
				 port);
}

static int fdb_make_static(struct dvr_txn *txn, struct nlattr **tb,
			   bool replace)
{
	struct dvr_port *port = NULL;
	struct in6_addr host = {};
	struct dvr_entry_key key;
	struct dvr_entry *old;
	int err;

	err = dvr_nl_entry_key(&fdb_entry, txn->dn, txn->extack, tb, &key) ?:
	      fdb_read_place(txn, tb, key.seg, &port, &host);
	if (err)
		return err;
	old = dvr_nl_entry_static(&fdb_entry, txn, tb, &key);
	if (IS_ERR(old))
		return PTR_ERR(old);
	if (old && replace) {
		const struct dvr_fdb *fdb = dvr_fdb_of(old);

		if (rcu_access_pointer(fdb->port) == port &&
		    ipv6_addr_equal(&fdb->host, &host))
			return 0;
		dvr_entry_del(txn, old);
	}
	return PTR_ERR_OR_ZERO(dvr_fdb_add(txn, key.seg, key.mac,
					   DVR_ORIGIN_STATIC, port, NULL,
					   &host));
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
	return dvr_nl_entry_del(&fdb_entry, txn, tb);
}

/* Context: the configuration mutex or the segment's lock. */
static int fdb_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_fdb *fdb = dvr_fdb((struct dvr_obj *)obj);
	unsigned int age = jiffies_to_msecs(jiffies - READ_ONCE(fdb->used));
	u8 origin = READ_ONCE(fdb->local) ? DVR_ORIGIN_HOST : fdb->entry.origin;
	const struct dvr_port *port;
	int err = 0;

	rcu_read_lock();
	port = rcu_dereference(fdb->port) ?: fdb->was;
	if (port)
		err = dvr_nl_put_ref(skb, DVR_A_FDB_PORT, &port->named);
	rcu_read_unlock();
	if (err || dvr_nl_put_ref(skb, DVR_A_FDB_SEGMENT,
				  &fdb->entry.key.seg->named) ||
	    dvr_nl_put_mac(skb, DVR_A_FDB_MAC, fdb->entry.key.mac) ||
	    nla_put_u32(skb, DVR_A_FDB_ORIGIN, origin) ||
	    (fdb->iface && dvr_nl_put_ref(skb, DVR_A_FDB_ROUTER,
					  &fdb->iface->router->named)) ||
	    (!ipv6_addr_any(&fdb->host) &&
	     dvr_nl_put_ip(skb, DVR_A_FDB_HOST, &fdb->host)) ||
	    (origin == DVR_ORIGIN_LEARNED &&
	     nla_put_u32(skb, DVR_A_FDB_AGE_MS, age)))
		return -EMSGSIZE;
	return 0;
}

const struct dvr_nl_kind dvr_nl_fdb = {
	.kind = &dvr_fdb_kind,
	.attr = DVR_A_FDB,
	.op_attr = DVR_A_OP_FDB,
	.policy = dvr_fdb_nl_policy,
	.maxattr = DVR_A_FDB_MAX,
	.keys = DVR_NL_BITS_OF(DVR_A_FDB_SEGMENT) | BIT_ULL(DVR_A_FDB_MAC),
	.told = DVR_FDB_READ_ONLY,
	.filters = DVR_NL_BITS_OF(DVR_A_FDB_SEGMENT) |
		   DVR_NL_BITS_OF(DVR_A_FDB_PORT) |
		   DVR_NL_BITS_OF(DVR_A_FDB_ROUTER),
	.by_router = { DVR_A_FDB_ROUTER, DVR_A_FDB_ROUTER_ID },
	.by_segment = { DVR_A_FDB_SEGMENT, DVR_A_FDB_SEGMENT_ID },
	.by_port = { DVR_A_FDB_PORT, DVR_A_FDB_PORT_ID },
	.get = DVR_CMD_FDB_GET,
	.ntf = DVR_CMD_FDB_NTF,
	.group = DVR_NLGRP_FDB,
	.add = fdb_add,
	.set = fdb_set,
	.del = fdb_del,
	.fill = fdb_fill,
};

static bool fdb_match(struct nlattr **tb, const struct dvr_entry *entry)
{
	struct dvr_fdb *fdb = dvr_fdb_of((struct dvr_entry *)entry);
	const struct dvr_segment *seg = entry->key.seg;
	const struct dvr_port *port;

	if (DVR_NL_GIVEN(tb, DVR_A_FDB_ROUTER) &&
	    (!fdb->iface || dvr_nl_other(tb, DVR_A_FDB_ROUTER,
					 &fdb->iface->router->named)))
		return false;
	if (!DVR_NL_GIVEN(tb, DVR_A_FDB_PORT))
		return true;
	port = rcu_dereference_protected(fdb->port,
					 lockdep_is_held(&seg->lock));
	return port && !dvr_nl_other(tb, DVR_A_FDB_PORT, &port->named);
}

static const struct dvr_nl_entry fdb_entry = {
	.nk = &dvr_nl_fdb,
	.in = offsetof(struct dvr_segment, fdb),
	.segment = { DVR_A_FDB_SEGMENT, DVR_A_FDB_SEGMENT_ID },
	.key_attr = DVR_A_FDB_MAC,
	.read = fdb_read_mac,
	.match = fdb_match,
	.unlearn = dvr_fdb_unlearn,
	.no_key = "a MAC entry needs a MAC",
	.no_entry = "the segment has no such MAC",
	.of_port = "the MAC is that of a port",
	.of_gateway = "the MAC is that of a gateway",
	.keep_of_port = "the MAC is that of a port; change the port",
	.keep_of_gateway = "the MAC is that of a gateway; change the iface",
};

int dvr_nl_fdb_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return dvr_nl_entry_get(&fdb_entry, info);
}

static int fdb_dump_segment(struct sk_buff *skb, struct netlink_callback *cb,
			    struct nlattr **tb, struct dvr_named *holder)
{
	return dvr_nl_entry_dump(&fdb_entry, skb, cb, tb, holder);
}

int dvr_nl_fdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *tb[DVR_A_FDB_MAX + 1];
	int err;

	err = dvr_nl_filter(cb, &dvr_nl_fdb, tb);
	if (err)
		return err;
	return dvr_nl_dump_held(skb, cb, tb, DVR_NL_REF(tb, DVR_A_FDB_SEGMENT),
				&dvr_net(sock_net(skb->sk))->segments,
				fdb_dump_segment);
}
