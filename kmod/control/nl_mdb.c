// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for multicast groups and routers behind ports. */
#include "control/nl.h"
#include "model/group.h"

/**
 * struct mdb_out - where rows of a port go
 * @skb: buffer
 * @tb: filter
 * @portid: of the request
 * @seq: of the request
 * @flags: of the reply
 * @most: rows that are wanted
 * @rows: rows that were put
 */
struct mdb_out {
	struct sk_buff *skb;
	struct nlattr **tb;
	u32 portid;
	u32 seq;
	int flags;
	unsigned int most;
	unsigned int rows;
};

/* A row of a group, or without one of a router of a family. */
static int nl_mdb_put(struct mdb_out *out, const struct dvr_port *port,
		      const struct in6_addr *group, u8 family, u64 until)
{
	u64 now = get_jiffies_64();
	struct nlattr *nest;
	void *hdr;

	hdr = genlmsg_put(out->skb, out->portid, out->seq, &dvr_family,
			  out->flags, DVR_CMD_MDB_GET);
	if (!hdr)
		return -EMSGSIZE;
	nest = nla_nest_start(out->skb, DVR_A_MDB);
	if (!nest ||
	    dvr_nl_put_ref(out->skb, DVR_A_MDB_SEGMENT, &port->seg->named) ||
	    dvr_nl_put_ref(out->skb, DVR_A_MDB_PORT, &port->named) ||
	    (group ? dvr_nl_put_ip(out->skb, DVR_A_MDB_GROUP, group) :
		     nla_put_u32(out->skb, DVR_A_MDB_ROUTER, family)) ||
	    nla_put_u32(out->skb, DVR_A_MDB_TIMEOUT_MS,
			jiffies64_to_msecs(until - now))) {
		genlmsg_cancel(out->skb, hdr);
		return -EMSGSIZE;
	}
	nla_nest_end(out->skb, nest);
	genlmsg_end(out->skb, hdr);
	out->rows++;
	return 0;
}

static int nl_mdb_put_routers(struct mdb_out *out, const struct dvr_port *port,
			      const struct in6_addr *only, long *row, long from)
{
	u8 family;
	u64 until;
	int err;

	if (only)
		return 0;
	for (family = 0; family < ARRAY_SIZE(port->router_until); family++) {
		until = READ_ONCE(port->router_until[family]);
		if ((*row)++ < from || out->rows >= out->most ||
		    !dvr_group_router(port, !family) ||
		    (out->tb[DVR_A_MDB_ROUTER] &&
		     nla_get_u32(out->tb[DVR_A_MDB_ROUTER]) != family))
			continue;
		err = nl_mdb_put(out, port, NULL, family, until);
		if (err)
			return err;
	}
	return 0;
}

static int nl_mdb_put_groups(struct mdb_out *out, const struct dvr_port *port,
			     const struct in6_addr *only, long *row, long from)
{
	const struct dvr_groups *groups;
	const struct dvr_group *g;
	int err;

	groups = rcu_dereference_protected(port->groups,
					   lockdep_is_held(&port->seg->lock));
	if (!groups || out->tb[DVR_A_MDB_ROUTER])
		return 0;
	list_for_each_entry(g, &groups->order, order) {
		if ((*row)++ < from || out->rows >= out->most ||
		    !time_before64(get_jiffies_64(), g->until) ||
		    (only && !ipv6_addr_equal(only, &g->ip)))
			continue;
		err = nl_mdb_put(out, port, &g->ip, 0, g->until);
		if (err)
			return err;
	}
	return 0;
}

/* Put the rows of a port from *@from on; -EMSGSIZE with the first that is missing. */
static int nl_mdb_put_port(struct mdb_out *out, const struct dvr_port *port,
			   const struct in6_addr *only, long *from)
{
	long row = 0;
	int err;

	spin_lock_bh(&port->seg->lock);
	err = nl_mdb_put_routers(out, port, only, &row, *from) ?:
	      nl_mdb_put_groups(out, port, only, &row, *from);
	spin_unlock_bh(&port->seg->lock);
	*from = err ? row - 1 : 0;
	return err;
}

/* Put the rows of all ports from the one of id *@id on. */
static int nl_mdb_put_all(struct mdb_out *out, struct dvr_net *dn, long *id,
			  long *from)
{
	struct nlattr **tb = out->tb;
	struct in6_addr ip, *only = NULL;
	struct dvr_port *port;
	unsigned long at;

	if (tb[DVR_A_MDB_GROUP]) {
		if (dvr_nl_ip(NULL, tb[DVR_A_MDB_GROUP], &ip))
			return 0;
		only = &ip;
	}
	xa_for_each_start(&dn->ports, at, port, *id) {
		if (at != *id)
			*from = 0;
		*id = at;
		if (!dvr_nl_other(tb, DVR_A_MDB_PORT, &port->named) &&
		    !dvr_nl_other(tb, DVR_A_MDB_SEGMENT, &port->seg->named) &&
		    nl_mdb_put_port(out, port, only, from))
			return -EMSGSIZE;
		*id = at + 1;
	}
	return 0;
}

static int nl_mdb_read(const struct nlattr *nest, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	struct in6_addr ip;
	int err;

	memset(tb, 0, sizeof(*tb) * (DVR_A_MDB_MAX + 1));
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, DVR_A_MDB_MAX, nest, dvr_mdb_nl_policy,
			       extack);
	if (err)
		return err;
	if (tb[DVR_A_MDB_TIMEOUT_MS])
		return dvr_nl_bad(extack, tb[DVR_A_MDB_TIMEOUT_MS],
				  "a dump does not select objects by this attribute",
				  -EINVAL);
	return tb[DVR_A_MDB_GROUP] ?
	       dvr_nl_ip(extack, tb[DVR_A_MDB_GROUP], &ip) : 0;
}

static const struct nlattr *nl_mdb_filter(struct netlink_callback *cb)
{
	struct nlattr **attrs = dvr_dump_attrs(cb);

	return attrs ? attrs[DVR_A_MDB] : NULL;
}

int dvr_nl_mdb_get_start(struct netlink_callback *cb)
{
	struct nlattr *tb[DVR_A_MDB_MAX + 1];
	int err = nl_mdb_read(nl_mdb_filter(cb), tb, cb->extack);

	return err ?: dvr_nl_check_names(cb, (struct dvr_nl_ref) {},
					 DVR_NL_REF(tb, DVR_A_MDB_SEGMENT),
					 DVR_NL_REF(tb, DVR_A_MDB_PORT));
}

/* args[0]: id of the port; args[1]: row of the port. */
int dvr_nl_mdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));
	struct nlattr *tb[DVR_A_MDB_MAX + 1];
	struct mdb_out out = {
		.skb = skb,
		.tb = tb,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.most = UINT_MAX,
	};
	int err;

	err = nl_mdb_read(nl_mdb_filter(cb), tb, cb->extack);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	nl_mdb_put_all(&out, dn, &cb->args[0], &cb->args[1]);
	mutex_unlock(&dn->lock);
	return skb->len;
}

int dvr_nl_mdb_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_MDB_MAX + 1];
	struct mdb_out out = {
		.tb = tb,
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.most = 1,
	};
	long id = 0, from = 0;
	int err;

	err = nl_mdb_read(info->attrs[DVR_A_MDB], tb, info->extack);
	if (err)
		return err;
	out.skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!out.skb)
		return -ENOMEM;
	mutex_lock(&dn->lock);
	err = nl_mdb_put_all(&out, dn, &id, &from);
	mutex_unlock(&dn->lock);
	if (!err && !out.rows)
		err = dvr_nl_bad(info->extack, NULL,
				 "no port has such a group or router", -ENOENT);
	if (err) {
		nlmsg_free(out.skb);
		return err;
	}
	return genlmsg_reply(out.skb, info);
}
