// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for connections. */
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "control/nl.h"
#include "nat/flow.h"
#include "nat/natrule.h"
#include "nat/track.h"

/* Connections that are ended, or looked at, before others get the mutex. */
#define FLUSH_BATCH	64
#define SEARCH_BATCH	1024

/*
 * If connections are ended elsewhere at the same time, a walk can miss some, so
 * the walk is repeated. The number is limited, since new connections may come
 * without end.
 */
#define FLUSH_PASSES	3

/* Filter of a request. */
struct filter {
	struct dvr_nl_ref router;
	struct in6_addr addr;
	u32 handle;
	u32 port;
	u8 proto;
	bool any_addr;
	bool any_handle;
	bool any_port;
	bool any_proto;
};

#define FILTERS		(DVR_NL_BITS_OF(DVR_A_FLOW_ROUTER) | BIT_ULL(DVR_A_FLOW_HANDLE) | \
			 BIT_ULL(DVR_A_FLOW_PROTO) | BIT_ULL(DVR_A_FLOW_ADDR) | \
			 BIT_ULL(DVR_A_FLOW_PORT))

static int nl_flow_read_filter(struct netlink_ext_ack *extack,
			       const struct nlattr *attr, struct filter *f)
{
	struct nlattr *tb[DVR_A_FLOW_MAX + 1] = {};
	int err = 0;

	memset(f, 0, sizeof(*f));
	if (attr)
		err = nla_parse_nested(tb, DVR_A_FLOW_MAX, attr,
				       dvr_flow_nl_policy, extack) ?:
		      dvr_nl_none_of(extack, tb, DVR_A_FLOW_MAX,
				     ~FILTERS,
				     "the attribute does not select connections");
	if (err)
		return err;
	f->router = DVR_NL_REF(tb, DVR_A_FLOW_ROUTER);
	f->any_addr = !tb[DVR_A_FLOW_ADDR];
	f->any_handle = !tb[DVR_A_FLOW_HANDLE];
	f->any_port = !tb[DVR_A_FLOW_PORT];
	f->any_proto = !tb[DVR_A_FLOW_PROTO];
	if (!f->any_handle)
		f->handle = nla_get_u32(tb[DVR_A_FLOW_HANDLE]);
	if (!f->any_port)
		f->port = nla_get_u32(tb[DVR_A_FLOW_PORT]);
	if (!f->any_proto)
		f->proto = nla_get_u32(tb[DVR_A_FLOW_PROTO]);
	return f->any_addr ? 0 : dvr_nl_ip(extack, tb[DVR_A_FLOW_ADDR],
					   &f->addr);
}

static void nl_flow_ports(const struct nf_conntrack_tuple *t, u32 *src,
			  u32 *dst)
{
	*src = 0;
	*dst = 0;
	if (dvr_proto_is_icmp(t->dst.protonum)) {
		*src = ntohs(t->src.u.icmp.id);
	} else if (dvr_proto_has_ports(t->dst.protonum)) {
		*src = ntohs(t->src.u.all);
		*dst = ntohs(t->dst.u.all);
	}
}

static bool nl_flow_match_tuple(const struct filter *f,
				const struct nf_conntrack_tuple *t)
{
	struct in6_addr src, dst;
	u32 sport, dport;

	dvr_tuple_src(t, &src);
	dvr_tuple_dst(t, &dst);
	nl_flow_ports(t, &sport, &dport);
	return (f->any_addr || ipv6_addr_equal(&src, &f->addr) ||
		ipv6_addr_equal(&dst, &f->addr)) &&
	       (f->any_port || f->port == sport || f->port == dport);
}

static bool nl_flow_match(const struct filter *f, const struct dvr_conn *conn)
{
	const struct nf_conn *ct = conn->ct;

	if (!nf_ct_is_confirmed(ct) || !dvr_conn_live(conn) ||
	    nf_ct_is_dying(ct) || nf_ct_is_expired(ct))
		return false;
	return (f->any_handle || f->handle == conn->rule->slot.id) &&
	       (f->any_proto || f->proto == nf_ct_protonum(ct)) &&
	       (nl_flow_match_tuple(f,
				    &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple) ||
		nl_flow_match_tuple(f, &ct->tuplehash[IP_CT_DIR_REPLY].tuple));
}

static int nl_flow_fill_tuple(struct sk_buff *skb, int type,
			      const struct nf_conn *ct,
			      enum ip_conntrack_dir dir)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[dir].tuple;
	const struct nf_conn_acct *acct = nf_conn_acct_find(ct);
	struct nlattr *nest = nla_nest_start(skb, type);
	struct in6_addr src, dst;
	u32 sport, dport;

	dvr_tuple_src(t, &src);
	dvr_tuple_dst(t, &dst);
	nl_flow_ports(t, &sport, &dport);
	if (!nest || dvr_nl_put_ip(skb, DVR_A_TUPLE_SRC, &src) ||
	    dvr_nl_put_ip(skb, DVR_A_TUPLE_DST, &dst) ||
	    nla_put_u32(skb, DVR_A_TUPLE_SPORT, sport) ||
	    nla_put_u32(skb, DVR_A_TUPLE_DPORT, dport))
		return -EMSGSIZE;
	if (acct && (nla_put_uint(skb, DVR_A_TUPLE_PACKETS,
				  atomic64_read(&acct->counter[dir].packets)) ||
		     nla_put_uint(skb, DVR_A_TUPLE_BYTES,
				  atomic64_read(&acct->counter[dir].bytes))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static const char *nl_flow_state(const struct nf_conn *ct)
{
	static const char *const tcp[TCP_CONNTRACK_MAX] = {
		[TCP_CONNTRACK_NONE] = "none",
		[TCP_CONNTRACK_SYN_SENT] = "syn_sent",
		[TCP_CONNTRACK_SYN_RECV] = "syn_recv",
		[TCP_CONNTRACK_ESTABLISHED] = "established",
		[TCP_CONNTRACK_FIN_WAIT] = "fin_wait",
		[TCP_CONNTRACK_CLOSE_WAIT] = "close_wait",
		[TCP_CONNTRACK_LAST_ACK] = "last_ack",
		[TCP_CONNTRACK_TIME_WAIT] = "time_wait",
		[TCP_CONNTRACK_CLOSE] = "close",
		[TCP_CONNTRACK_SYN_SENT2] = "syn_sent2",
	};
	u8 state = READ_ONCE(ct->proto.tcp.state);

	if (nf_ct_protonum(ct) == IPPROTO_TCP && state < TCP_CONNTRACK_MAX)
		return tcp[state];
	return test_bit(IPS_SEEN_REPLY_BIT, &ct->status) ? "replied" :
							   "unreplied";
}

static int nl_flow_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct dvr_router *router, struct dvr_conn *conn)
{
	const struct nf_conn *ct = conn->ct;
	struct nlattr *nest;
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &dvr_family, flags,
			  DVR_CMD_FLOW_GET);
	if (!hdr)
		return -EMSGSIZE;
	dvr_flow_settle(conn);
	nest = nla_nest_start(skb, DVR_A_FLOW);
	if (!nest ||
	    dvr_nl_put_ref(skb, DVR_A_FLOW_ROUTER, &router->named) ||
	    nla_put_u32(skb, DVR_A_FLOW_HANDLE, conn->rule->slot.id) ||
	    nla_put_u32(skb, DVR_A_FLOW_PROTO, nf_ct_protonum(ct)) ||
	    nl_flow_fill_tuple(skb, DVR_A_FLOW_ORIG, ct, IP_CT_DIR_ORIGINAL) ||
	    nl_flow_fill_tuple(skb, DVR_A_FLOW_REPLY, ct, IP_CT_DIR_REPLY) ||
	    nla_put_string(skb, DVR_A_FLOW_STATE, nl_flow_state(ct)) ||
	    nla_put_u32(skb, DVR_A_FLOW_TIMEOUT_S, nf_ct_expires(ct) / HZ) ||
	    nla_put_u32(skb, DVR_A_FLOW_ZONE, nf_ct_zone(ct)->id)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, hdr);
	return 0;
}

/* The router of a connection, or NULL; the namespace is locked. */
static const struct dvr_router *nl_flow_router(const struct dvr_conn *conn)
{
	const struct dvr_nat *nat = conn->nat;
	const struct dvr_router *router;

	router = xa_load(&nat->dn->routers, nat->router_id);
	return router && router->nat_ctl == nat ? router : NULL;
}

static bool nl_flow_wanted(const struct filter *f, const struct dvr_conn *conn)
{
	const struct dvr_router *router = nl_flow_router(conn);

	return router && !dvr_nl_ref_differs(f->router, &router->named) &&
	       nl_flow_match(f, conn);
}

/* Let others have the mutex and the CPU. */
static void nl_flow_pause(struct dvr_net *dn, struct rhashtable_iter *iter,
			  long *anew)
{
	rhashtable_walk_stop(iter);
	mutex_unlock(&dn->lock);
	cond_resched();
	mutex_lock(&dn->lock);
	dvr_conn_walk(iter, anew);
}

/* The next connection that matches, see dvr_conn_next(). */
static struct dvr_conn *nl_flow_next(struct dvr_net *dn,
				     struct rhashtable_iter *iter, bool again,
				     const struct filter *f, long *anew)
{
	unsigned int steps = SEARCH_BATCH;
	struct dvr_conn *conn;

	while ((conn = dvr_conn_next(iter, again, anew)) &&
	       !nl_flow_wanted(f, conn)) {
		again = !--steps;
		if (again) {
			nl_flow_pause(dn, iter, anew);
			steps = SEARCH_BATCH;
		}
	}
	return conn;
}

int dvr_nl_flow_get_start(struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(cb->skb->sk));
	struct nlattr **attrs = dvr_dump_attrs(cb);
	struct rhashtable_iter *iter;
	struct filter f;
	int err;

	err = nl_flow_read_filter(cb->extack, attrs ? attrs[DVR_A_FLOW] : NULL,
				  &f) ?:
	      dvr_nl_check_names(cb, f.router, (struct dvr_nl_ref) {},
				 (struct dvr_nl_ref) {});
	if (err)
		return err;
	iter = kmalloc(sizeof(*iter), GFP_KERNEL);
	if (!iter)
		return -ENOMEM;
	rhashtable_walk_enter(&dn->conns, iter);
	cb->args[0] = (long)iter;
	return 0;
}

int dvr_nl_flow_get_done(struct netlink_callback *cb)
{
	struct rhashtable_iter *iter = (void *)cb->args[0];

	rhashtable_walk_exit(iter);
	kfree(iter);
	return 0;
}

/*
 * args[0] is the iterator, args[1] counts how often the walk has begun anew. Such a
 * dump may have connections twice, so it is marked as interrupted.
 */
int dvr_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));
	struct rhashtable_iter *iter = (void *)cb->args[0];
	struct nlattr **attrs = dvr_dump_attrs(cb);
	struct dvr_conn *conn;
	bool again = true;
	struct filter f;
	int start, err;

	err = nl_flow_read_filter(cb->extack, attrs ? attrs[DVR_A_FLOW] : NULL,
				  &f);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	dvr_conn_walk(iter, &cb->args[1]);
	while ((conn = nl_flow_next(dn, iter, again, &f, &cb->args[1]))) {
		again = false;
		start = skb->len;
		if (nl_flow_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, NLM_F_MULTI,
				nl_flow_router(conn), conn))
			break;
		cb->seq = 1 + cb->args[1];
		nl_dump_check_consistent(cb, (struct nlmsghdr *)(skb->data +
								 start));
	}
	cb->seq = 1 + cb->args[1];
	rhashtable_walk_stop(iter);
	mutex_unlock(&dn->lock);
	return skb->len;
}

static struct sk_buff *nl_flow_first(struct dvr_net *dn,
				     const struct genl_info *info,
				     const struct filter *f)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	struct rhashtable_iter iter;
	struct dvr_conn *conn;
	int err = -ENOENT;
	long anew = 0;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	rhashtable_walk_enter(&dn->conns, &iter);
	dvr_conn_walk(&iter, &anew);
	conn = nl_flow_next(dn, &iter, false, f, &anew);
	if (conn)
		err = nl_flow_put(msg, info->snd_portid, info->snd_seq, 0,
				  nl_flow_router(conn), conn);
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	if (!err)
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(err);
}

int dvr_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct sk_buff *msg;
	struct filter f;
	int err;

	err = nl_flow_read_filter(info->extack, info->attrs[DVR_A_FLOW], &f);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	msg = nl_flow_first(dn, info, &f);
	mutex_unlock(&dn->lock);
	if (PTR_ERR_OR_ZERO(msg) == -ENOENT)
		return dvr_nl_bad(info->extack, NULL,
				  "no connection matches", -ENOENT);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}

/* End the connections that match. Return: their number. */
static unsigned int nl_flow_flush(struct dvr_net *dn, const struct filter *f)
{
	struct rhashtable_iter iter;
	struct dvr_conn *conn;
	unsigned int n = 0;
	long anew = 0;

	rhashtable_walk_enter(&dn->conns, &iter);
	do {
		unsigned int batch = FLUSH_BATCH;
		bool again = true;

		dvr_conn_walk(&iter, &anew);
		while (batch-- &&
		       (conn = nl_flow_next(dn, &iter, again, f, &anew))) {
			dvr_conn_end(conn);
			again = false;
			n++;
		}
		rhashtable_walk_stop(&iter);
		mutex_unlock(&dn->lock);
		cond_resched();
		mutex_lock(&dn->lock);
	} while (conn);
	rhashtable_walk_exit(&iter);
	return n;
}

int dvr_nl_flow_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	unsigned int passes = FLUSH_PASSES;
	struct filter f;
	int err;

	err = nl_flow_read_filter(info->extack, info->attrs[DVR_A_FLOW], &f);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	if (dvr_nl_ref_attr(f.router))
		err = PTR_ERR_OR_ZERO(dvr_nl_router_ref(dn, info->extack,
							f.router));
	while (!err && passes-- && nl_flow_flush(dn, &f))
		;
	mutex_unlock(&dn->lock);
	return err;
}
