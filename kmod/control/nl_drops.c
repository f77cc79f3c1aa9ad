// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for drop counters. */
#include "control/nl.h"

/* A router or port with drop counters. */
struct victim {
	const struct dvr_named *named;
	struct dvr_stats __percpu *stats;
	struct dvr_nl_ref_attrs attrs;
};

static int nl_drops_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
			const struct victim *v, enum dvr_drop reason,
			u64 packets)
{
	const struct dvr_drop_desc *desc = &dvr_drop_descs[reason];
	struct nlattr *nest;
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &dvr_family, flags,
			  DVR_CMD_DROPS_GET);
	if (!hdr)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, DVR_A_DROP);
	if (!nest || nla_put_string(skb, DVR_A_DROP_REASON, desc->name) ||
	    dvr_nl_put_named(skb, v->attrs, v->named) ||
	    nla_put_uint(skb, DVR_A_DROP_PACKETS, packets) ||
	    nla_put_string(skb, DVR_A_DROP_HELP, desc->help)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, hdr);
	return 0;
}

/* Dump the counters of a victim that are not zero, from reason args[2] on. */
static int nl_drops_dump_victim(struct sk_buff *skb,
				struct netlink_callback *cb,
				const struct nlattr *only,
				const struct victim *v)
{
	enum dvr_drop reason;

	for (reason = max(cb->args[2], 1L); reason < DVR_DROP_COUNT; reason++) {
		u64 packets = dvr_stats_drops(v->stats, reason);

		if (packets &&
		    !dvr_nl_differs(only, dvr_drop_descs[reason].name) &&
		    nl_drops_put(skb, NETLINK_CB(cb->skb).portid,
				 cb->nlh->nlmsg_seq, NLM_F_MULTI, v, reason,
				 packets)) {
			cb->args[2] = reason;
			return -EMSGSIZE;
		}
	}
	cb->args[2] = 0;
	return 0;
}

static int nl_drops_dump_routers(struct sk_buff *skb,
				 struct netlink_callback *cb,
				 struct nlattr **tb, struct dvr_net *dn)
{
	struct dvr_router *router;
	unsigned long id;

	xa_for_each_start(&dn->routers, id, router, cb->args[1]) {
		const struct victim v = {
			.named = &router->named,
			.stats = router->stats,
			.attrs = DVR_NL_ATTRS_OF(DVR_A_DROP_ROUTER),
		};

		cb->args[1] = id;
		if (!dvr_nl_other(tb, DVR_A_DROP_ROUTER, &router->named) &&
		    nl_drops_dump_victim(skb, cb, tb[DVR_A_DROP_REASON], &v))
			return -EMSGSIZE;
		cb->args[1] = id + 1;
	}
	return 0;
}

static int nl_drops_dump_ports(struct sk_buff *skb, struct netlink_callback *cb,
			       struct nlattr **tb, struct dvr_net *dn)
{
	struct dvr_port *port;
	unsigned long id;

	xa_for_each_start(&dn->ports, id, port, cb->args[1]) {
		const struct victim v = {
			.named = &port->named,
			.stats = port->stats,
			.attrs = DVR_NL_ATTRS_OF(DVR_A_DROP_PORT),
		};

		cb->args[1] = id;
		if (!dvr_nl_other(tb, DVR_A_DROP_PORT, &port->named) &&
		    nl_drops_dump_victim(skb, cb, tb[DVR_A_DROP_REASON], &v))
			return -EMSGSIZE;
		cb->args[1] = id + 1;
	}
	return 0;
}

/* Read reason, router and port of a request. */
static int nl_drops_read(struct netlink_ext_ack *extack,
			 const struct nlattr *nest, struct nlattr **tb)
{
	return nla_parse_nested(tb, DVR_A_DROP_MAX, nest, dvr_drop_nl_policy,
				extack) ?:
	       dvr_nl_none_of(extack, tb, DVR_A_DROP_MAX,
			      ~(BIT_ULL(DVR_A_DROP_REASON) |
				DVR_NL_BITS_OF(DVR_A_DROP_ROUTER) |
				DVR_NL_BITS_OF(DVR_A_DROP_PORT)),
			      "the attribute does not select counters");
}

static int nl_drops_read_filter(struct netlink_callback *cb, struct nlattr **tb)
{
	struct nlattr **attrs = dvr_dump_attrs(cb);

	memset(tb, 0, sizeof(*tb) * (DVR_A_DROP_MAX + 1));
	if (!attrs || !attrs[DVR_A_DROP])
		return 0;
	return nl_drops_read(cb->extack, attrs[DVR_A_DROP], tb);
}

int dvr_nl_drops_get_start(struct netlink_callback *cb)
{
	struct nlattr *tb[DVR_A_DROP_MAX + 1];
	int err = nl_drops_read_filter(cb, tb);

	return err ?: dvr_nl_check_names(cb, DVR_NL_REF(tb, DVR_A_DROP_ROUTER),
					 (struct dvr_nl_ref) {},
					 DVR_NL_REF(tb, DVR_A_DROP_PORT));
}

/* args[0]: 0 for routers, 1 for ports; args[1]: id; args[2]: reason. */
int dvr_nl_drops_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));
	struct nlattr *tb[DVR_A_DROP_MAX + 1];
	int err;

	err = nl_drops_read_filter(cb, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	if (!cb->args[0]) {
		if (!DVR_NL_GIVEN(tb, DVR_A_DROP_PORT) ||
		    DVR_NL_GIVEN(tb, DVR_A_DROP_ROUTER))
			err = nl_drops_dump_routers(skb, cb, tb, dn);
		if (!err) {
			cb->args[0] = 1;
			cb->args[1] = 0;
		}
	}
	if (!err && (!DVR_NL_GIVEN(tb, DVR_A_DROP_ROUTER) ||
		     DVR_NL_GIVEN(tb, DVR_A_DROP_PORT)))
		nl_drops_dump_ports(skb, cb, tb, dn);
	mutex_unlock(&dn->lock);
	return skb->len;
}

static int nl_drops_find_victim(struct dvr_net *dn,
				struct netlink_ext_ack *extack,
				struct nlattr **tb, struct victim *v)
{
	struct dvr_router *router;
	struct dvr_port *port;

	if (DVR_NL_GIVEN(tb, DVR_A_DROP_PORT) &&
	    DVR_NL_GIVEN(tb, DVR_A_DROP_ROUTER))
		return dvr_nl_bad(extack, DVR_NL_GIVEN(tb, DVR_A_DROP_ROUTER),
				  "name a router or a port, not both", -EINVAL);
	if (DVR_NL_GIVEN(tb, DVR_A_DROP_PORT)) {
		port = dvr_nl_port_ref(dn, extack,
				       DVR_NL_REF(tb, DVR_A_DROP_PORT));
		if (IS_ERR(port))
			return PTR_ERR(port);
		*v = (struct victim) { &port->named, port->stats,
				       DVR_NL_ATTRS_OF(DVR_A_DROP_PORT) };
		return 0;
	}
	router = dvr_nl_router_ref(dn, extack,
				   DVR_NL_REF(tb, DVR_A_DROP_ROUTER));
	if (IS_ERR(router))
		return PTR_ERR(router);
	*v = (struct victim) { &router->named, router->stats,
			       DVR_NL_ATTRS_OF(DVR_A_DROP_ROUTER) };
	return 0;
}

static int nl_drops_find_reason(struct netlink_ext_ack *extack,
				struct nlattr *attr)
{
	enum dvr_drop reason;

	if (!attr)
		return dvr_nl_bad(extack, NULL, "name a reason", -EINVAL);
	for (reason = 1; reason < DVR_DROP_COUNT; reason++)
		if (!nla_strcmp(attr, dvr_drop_descs[reason].name))
			return reason;
	return dvr_nl_bad(extack, attr, "there is no such drop reason",
			  -ENOENT);
}

/* Reply with one counter, also if it is zero. */
int dvr_nl_drops_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_DROP_MAX + 1];
	struct sk_buff *msg;
	struct victim v;
	int reason, err;

	if (!info->attrs[DVR_A_DROP])
		return dvr_nl_bad(info->extack, NULL,
				  "the request has no object", -EINVAL);
	err = nl_drops_read(info->extack, info->attrs[DVR_A_DROP], tb);
	if (err)
		return err;
	reason = nl_drops_find_reason(info->extack, tb[DVR_A_DROP_REASON]);
	if (reason < 0)
		return reason;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&dn->lock);
	err = nl_drops_find_victim(dn, info->extack, tb, &v);
	if (!err)
		err = nl_drops_put(msg, info->snd_portid, info->snd_seq, 0, &v,
				   reason, dvr_stats_drops(v.stats, reason));
	mutex_unlock(&dn->lock);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}
