// SPDX-License-Identifier: GPL-2.0-only
/* Neighbour entries over netlink. */
#include "control/nl_entry.h"
#include "control/nl_lookup.h"
#include "model/fdb.h"

static const struct dvr_nl_entry neigh_entry;

static int neigh_read_place(struct dvr_txn *txn, struct nlattr **tb,
			    const struct dvr_segment *seg,
			    struct dvr_neigh_info *info)
{
	struct dvr_nl_ref port = DVR_NL_REF(tb, DVR_A_NEIGH_PORT);
	struct netlink_ext_ack *extack = txn->extack;

	if (dvr_nl_ref_attr(port) && tb[DVR_A_NEIGH_HOST])
		return dvr_nl_bad(extack, tb[DVR_A_NEIGH_HOST],
				  "a neighbour is behind a port or on a host, not both",
				  -EINVAL);
	if (tb[DVR_A_NEIGH_HOST])
		return dvr_nl_unicast(extack, tb[DVR_A_NEIGH_HOST],
				      &info->host);
	return dvr_nl_entry_port(txn, port, seg, &info->port);
}

static int neigh_read_ip(struct netlink_ext_ack *extack,
			 const struct nlattr *attr, struct dvr_entry_key *key)
{
	return dvr_nl_unicast(extack, attr, &key->ip);
}

static int neigh_make_static(struct dvr_txn *txn, struct nlattr **tb,
			     bool replace)
{
	struct dvr_neigh_info info = { .origin = DVR_ORIGIN_STATIC };
	struct dvr_entry_key key;
	struct dvr_entry *old;
	int err;

	err = dvr_nl_entry_key(&neigh_entry, txn->dn, txn->extack, tb, &key);
	if (err)
		return err;
	if (!tb[DVR_A_NEIGH_LLADDR])
		return dvr_nl_bad(txn->extack, NULL,
				  "a neighbour needs lladdr", -EINVAL);
	err = dvr_nl_mac(txn->extack, tb[DVR_A_NEIGH_LLADDR], &info.mac) ?:
	      neigh_read_place(txn, tb, key.seg, &info);
	if (err)
		return err;
	old = dvr_nl_entry_static(&neigh_entry, txn, tb, &key);
	if (IS_ERR(old))
		return PTR_ERR(old);
	if (old && replace)
		return dvr_neigh_set(txn, dvr_neigh_of(old), &info);
	return PTR_ERR_OR_ZERO(dvr_neigh_add(txn, key.seg, &key.ip, &info));
}

static int neigh_add(struct dvr_txn *txn, struct nlattr **tb)
{
	return neigh_make_static(txn, tb, false);
}

static int neigh_set(struct dvr_txn *txn, struct nlattr **tb)
{
	return neigh_make_static(txn, tb, true);
}

static int neigh_del(struct dvr_txn *txn, struct nlattr **tb)
{
	return dvr_nl_entry_del(&neigh_entry, txn, tb);
}

/* The router of a gateway, or the router that a learned entry was made for. */
static const struct dvr_router *neigh_router(const struct dvr_neigh *n)
{
	return n->iface ? n->iface->router : n->router;
}

/* The configured port of an entry, or the port that its MAC is behind. RCU. */
static const struct dvr_port *neigh_port(const struct dvr_neigh *n)
{
	const struct dvr_fdb *fdb;

	if (rcu_access_pointer(n->port))
		return rcu_dereference(n->port);
	if (n->entry.origin != DVR_ORIGIN_LEARNED || !READ_ONCE(n->mac))
		return NULL;
	fdb = dvr_fdb_lookup(n->entry.key.seg, READ_ONCE(n->mac));
	return fdb ? rcu_dereference(fdb->port) : NULL;
}

static int neigh_put_port(struct sk_buff *skb, const struct dvr_neigh *n)
{
	const struct dvr_port *port;
	int err = 0;

	rcu_read_lock();
	port = neigh_port(n);
	if (port)
		err = dvr_nl_put_ref(skb, DVR_A_NEIGH_PORT, &port->named);
	rcu_read_unlock();
	return err;
}

static bool neigh_is_behind(const struct dvr_neigh *n,
			    struct dvr_nl_ref ref)
{
	const struct dvr_port *port;
	bool is;

	rcu_read_lock();
	port = neigh_port(n);
	is = port && !dvr_nl_ref_differs(ref, &port->named);
	rcu_read_unlock();
	return is;
}

/**
 * dvr_nl_neigh_fill() - put the attributes of a neighbour entry
 * @skb: message
 * @obj: the entry
 *
 * Context: the configuration mutex or the segment's lock.
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_neigh_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_neigh *n = dvr_neigh((struct dvr_obj *)obj);
	const struct dvr_router *router = neigh_router(n);
	unsigned int age = jiffies_to_msecs(jiffies - n->confirmed);

	if (dvr_nl_put_ref(skb, DVR_A_NEIGH_SEGMENT,
			   &n->entry.key.seg->named) ||
	    dvr_nl_put_ip(skb, DVR_A_NEIGH_IP, &n->entry.key.ip) ||
	    dvr_nl_put_mac(skb, DVR_A_NEIGH_LLADDR, READ_ONCE(n->mac)) ||
	    nla_put_u32(skb, DVR_A_NEIGH_STATE, READ_ONCE(n->state)) ||
	    nla_put_u32(skb, DVR_A_NEIGH_ORIGIN, n->entry.origin) ||
	    neigh_put_port(skb, n) ||
	    (!ipv6_addr_any(&n->host) &&
	     dvr_nl_put_ip(skb, DVR_A_NEIGH_HOST, &n->host)) ||
	    (router && dvr_nl_put_ref(skb, DVR_A_NEIGH_ROUTER,
				      &router->named)) ||
	    (n->entry.origin == DVR_ORIGIN_LEARNED && READ_ONCE(n->mac) &&
	     nla_put_u32(skb, DVR_A_NEIGH_AGE_MS, age)))
		return -EMSGSIZE;
	return 0;
}

const struct dvr_nl_kind dvr_nl_neigh = {
	.kind = &dvr_neigh_kind,
	.attr = DVR_A_NEIGH,
	.op_attr = DVR_A_OP_NEIGH,
	.policy = dvr_neigh_nl_policy,
	.maxattr = DVR_A_NEIGH_MAX,
	.keys = DVR_NL_BITS_OF(DVR_A_NEIGH_SEGMENT) | BIT_ULL(DVR_A_NEIGH_IP),
	.told = DVR_NEIGH_READ_ONLY,
	.filters = DVR_NL_BITS_OF(DVR_A_NEIGH_SEGMENT) |
		   DVR_NL_BITS_OF(DVR_A_NEIGH_PORT) |
		   DVR_NL_BITS_OF(DVR_A_NEIGH_ROUTER),
	.by_router = { DVR_A_NEIGH_ROUTER, DVR_A_NEIGH_ROUTER_ID },
	.by_segment = { DVR_A_NEIGH_SEGMENT, DVR_A_NEIGH_SEGMENT_ID },
	.by_port = { DVR_A_NEIGH_PORT, DVR_A_NEIGH_PORT_ID },
	.get = DVR_CMD_NEIGH_GET,
	.ntf = DVR_CMD_NEIGH_NTF,
	.group = DVR_NLGRP_NEIGH,
	.add = neigh_add,
	.set = neigh_set,
	.del = neigh_del,
	.fill = dvr_nl_neigh_fill,
};

static bool neigh_match(struct nlattr **tb, const struct dvr_entry *entry)
{
	const struct dvr_neigh *n = dvr_neigh_of((struct dvr_entry *)entry);
	struct dvr_nl_ref port = DVR_NL_REF(tb, DVR_A_NEIGH_PORT);
	struct dvr_nl_ref of = DVR_NL_REF(tb, DVR_A_NEIGH_ROUTER);

	if (dvr_nl_ref_attr(port) && !neigh_is_behind(n, port))
		return false;
	if (dvr_nl_ref_attr(of)) {
		const struct dvr_router *router = neigh_router(n);

		return router && !dvr_nl_ref_differs(of, &router->named);
	}
	return true;
}

static const struct dvr_nl_entry neigh_entry = {
	.nk = &dvr_nl_neigh,
	.in = offsetof(struct dvr_segment, neighs),
	.segment = { DVR_A_NEIGH_SEGMENT, DVR_A_NEIGH_SEGMENT_ID },
	.key_attr = DVR_A_NEIGH_IP,
	.read = neigh_read_ip,
	.match = neigh_match,
	.unlearn = dvr_neigh_unlearn,
	.no_key = "a neighbour needs an address",
	.no_entry = "the segment has no such neighbour",
	.of_port = "the address is that of a port",
	.of_gateway = "the address is that of a gateway",
	.keep_of_port = "the address is that of a port; change the port",
	.keep_of_gateway = "the address is that of a gateway; change the iface",
};

int dvr_nl_neigh_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return dvr_nl_entry_get(&neigh_entry, info);
}

static int neigh_dump_segment(struct sk_buff *skb, struct netlink_callback *cb,
			      struct nlattr **tb, struct dvr_named *holder)
{
	return dvr_nl_entry_dump(&neigh_entry, skb, cb, tb, holder);
}

int dvr_nl_neigh_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *tb[DVR_A_NEIGH_MAX + 1];
	int err;

	err = dvr_nl_filter(cb, &dvr_nl_neigh, tb);
	if (err)
		return err;
	return dvr_nl_dump_held(skb, cb, tb,
				DVR_NL_REF(tb, DVR_A_NEIGH_SEGMENT),
				&dvr_net(sock_net(skb->sk))->segments,
				neigh_dump_segment);
}
