// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT of a router's packets, in two places: the destination before the route is
 * looked up, the source after it. Only a packet to an outside address, or one
 * that leaves by an out segment from a source that a rule knows, meets
 * conntrack. What needs a translation and cannot have it is dropped.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>

#include "adopt.h"
#include "alg.h"
#include "binding.h"
#include "gather.h"
#include "icmp.h"
#include "instance.h"
#include "local.h"
#include "nat.h"
#include "natrule.h"
#include "npt.h"
#include "segment.h"
#include "track.h"
#include "window.h"

/* An address as nf_nat has it. */
static union nf_inet_addr inet_addr(const struct in6_addr *ip)
{
	union nf_inet_addr addr = {};

	if (ipv6_addr_v4mapped(ip))
		addr.ip = ip->s6_addr32[3];
	else
		addr.in6 = *ip;
	return addr;
}

static enum dvr_drop set_range(struct nf_conn *ct, enum nf_nat_manip_type manip,
			       const struct in6_addr *ip,
			       struct nf_nat_range2 *range)
{
	range->flags |= NF_NAT_RANGE_MAP_IPS;
	range->min_addr = inet_addr(ip);
	range->max_addr = range->min_addr;
	return nf_nat_setup_info(ct, range, manip) == NF_ACCEPT ?
	       DVR_OK : DVR_DROP_NAT_CLASH;
}

static const struct nf_conntrack_tuple *original(const struct nf_conn *ct)
{
	return &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
}

/*
 * Give a new entry exactly one address, and one port where there are ports. There
 * is nothing to choose, but nf_nat would look for another entry of the source to
 * do as it does, if it were not to choose at random, and it would draw a number,
 * if it were not told where to begin.
 */
static enum dvr_drop set_up(struct nf_conn *ct, enum nf_nat_manip_type manip,
			    const struct in6_addr *ip, bool with_port,
			    __be16 port)
{
	struct nf_nat_range2 range = {};

	if (with_port) {
		range.flags = NF_NAT_RANGE_PROTO_SPECIFIED;
		if (manip == NF_NAT_MANIP_SRC &&
		    port != original(ct)->src.u.all)
			range.flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY |
				       NF_NAT_RANGE_PROTO_OFFSET;
		range.min_proto.all = port;
		range.max_proto.all = port;
	}
	return set_range(ct, manip, ip, &range);
}

static bool has_port(u8 proto)
{
	return dvr_proto_has_ports(proto) || dvr_proto_is_icmp(proto);
}

/*
 * RFC 5508 REQ-8: the sender of a new connection is told that there is no room,
 * if it is inside, and if the packet can be quoted as it was sent.
 */
static enum dvr_drop tell_full(struct dvr_nat *nat, struct dvr_pkt *p,
			       enum dvr_drop reason, u32 handle)
{
	if (reason != DVR_DROP_NAT_NO_PORT && reason != DVR_DROP_NAT_LIMIT)
		return reason;
	dvr_nat_alert(nat, reason, handle);
	if (p->iif && !READ_ONCE(p->iif->n_nat) && !p->tracked)
		dvr_icmp_unreachable(p, DVR_UNREACH_PROHIBITED);
	return reason;
}

static bool is_full(const struct dvr_nat *nat, const struct dvr_pkt *p)
{
	return (u32)atomic_read(&nat->n_conns) >=
	       READ_ONCE(p->router->cfg.conn_limit);
}

/* A port for one connection alone, which others may have to other peers. */
static enum dvr_drop connection_port(const struct dvr_natrule *rule,
				     const struct dvr_nataddr *addr,
				     struct nf_conn *ct, __be16 *port)
{
	const struct nf_conntrack_tuple *t = original(ct);
	struct nf_conntrack_tuple reply = ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	u8 proto = t->dst.protonum;
	u32 first, last, tries, n;

	dvr_natport_range(rule, proto, t->src.u.all, &first, &last);
	reply.dst.u3 = inet_addr(&addr->key.ip);
	n = dvr_natport_random(first, last);
	for (tries = min(last - first + 1, 128U); tries; tries--) {
		*port = htons(n);
		if (dvr_proto_is_icmp(proto))
			reply.src.u.icmp.id = *port;
		else
			reply.dst.u.all = *port;
		if (!dvr_natport_taken(addr, proto, *port) &&
		    !nf_conntrack_tuple_taken(&reply, ct))
			return DVR_OK;
		n = n == last ? first : n + 1;
	}
	return DVR_DROP_NAT_NO_PORT;
}

/* The source of a new connection, as a rule says. */
static enum dvr_drop set_source(struct dvr_nat *nat, struct dvr_pkt *p,
				struct dvr_natrule *rule, struct nf_conn *ct,
				struct dvr_binding **binding)
{
	const struct nf_conntrack_tuple *t = original(ct);
	const struct dvr_nataddr *addr;
	u8 proto = t->dst.protonum;
	enum dvr_drop reason;
	struct in6_addr src;
	__be16 port;

	if (rule->kind == DVR_NAT_KIND_FLOATING)
		return set_up(ct, NF_NAT_MANIP_SRC, &rule->outside.ip,
			      has_port(proto), t->src.u.all);
	dvr_tuple_src(t, &src);
	if (rule->mapping == DVR_NAT_BEHAVIOUR_CONNECTION && has_port(proto)) {
		addr = dvr_natrule_pool_addr(rule, &src);
		reason = connection_port(rule, addr, ct, &port);
		if (!reason)
			return set_up(ct, NF_NAT_MANIP_SRC, &addr->key.ip,
				      true, port);
	} else {
		port = has_port(proto) ? t->src.u.all : 0;
		reason = dvr_binding_get(nat, rule, &src, proto, port,
					 binding);
		if (!reason)
			return set_up(ct, NF_NAT_MANIP_SRC,
				      &(*binding)->outside.ip,
				      has_port(proto),
				      (*binding)->outside.port);
	}
	return tell_full(nat, p, reason, rule->handle);
}

/* Before NAT is set up, which looks at whether there is a helper. */
static enum dvr_drop alg(const struct dvr_pkt *p, struct nf_conn *ct)
{
	u32 helpers = READ_ONCE(p->router->cfg.helpers);

	return likely(!helpers) ? DVR_OK : dvr_alg_attach(helpers, ct);
}

/* Who lets a new connection to an outside address in, and to whom. */
static enum dvr_drop set_destination(struct dvr_nat *nat, struct dvr_pkt *p,
				     struct dvr_nataddr *addr,
				     struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *t = original(ct);
	__be16 port = t->dst.u.all;
	u8 proto = t->dst.protonum;
	struct dvr_natrule *rule;
	struct dvr_binding *b;

	rule = rcu_dereference(addr->floating);
	if (rule) {
		p->nat_rule = rule;
		return set_up(ct, NF_NAT_MANIP_DST, &rule->inside.ip, false, 0);
	}
	if (!dvr_proto_has_ports(proto))
		return DVR_DROP_NAT_REFUSED;
	rule = dvr_natrule_forward(addr, proto, port);
	if (rule) {
		p->nat_rule = rule;
		port = htons(ntohs(port) - rule->port_min + rule->inside_port);
		return set_up(ct, NF_NAT_MANIP_DST, &rule->inside.ip, true,
			      port);
	}
	b = dvr_binding_outside(nat, &addr->key.ip, proto, port);
	if (!b || !dvr_obj_live(&b->rule->obj))
		return DVR_DROP_NAT_REFUSED;
	p->nat_rule = b->rule;
	p->binding = b;
	return set_up(ct, NF_NAT_MANIP_DST, &b->inside.ip, true,
		      b->inside.port);
}

/* The entry of a packet, and whether it is one of ours that lives. */
static enum dvr_drop look_up(struct dvr_nat *nat, struct dvr_pkt *p,
			     const struct dvr_iface *outer,
			     struct nf_conn **ct, struct dvr_conn **conn)
{
	enum ip_conntrack_info info;
	enum dvr_drop reason;

	*conn = NULL;
	reason = dvr_track(nat, p);
	if (reason)
		return tell_full(nat, p, reason, 0);
	*ct = nf_ct_get(p->skb, &info);
	if (!nf_ct_is_confirmed(*ct))
		return DVR_OK;
	*conn = dvr_conn_find(nat, *ct);
	if (unlikely(!*conn)) {
		reason = dvr_adopt(nat, p, *ct, outer, conn);
		if (reason)
			return tell_full(nat, p, reason, 0);
	}
	if (unlikely(!dvr_conn_live(*conn)))
		return DVR_DROP_NAT_GONE;
	if ((p->h.proto != IPPROTO_TCP ||
	     unlikely(test_bit(DVR_CONN_ADOPTED, &(*conn)->flags))) &&
	    !dvr_track_is_error(p))
		dvr_timers_refresh(READ_ONCE(nat->timers), *ct);
	/* It may have changed what conntrack expects of those that follow. */
	if (p->h.proto == IPPROTO_TCP && !dvr_window_is_plain(p))
		dvr_flow_forget(*conn);
	p->conn = *conn;
	return DVR_OK;
}

/*
 * No packet comes from outside with an outside address of ours. One from an
 * address to itself would go round and round: each answer comes back in.
 */
static bool is_forged(struct dvr_nat *nat, const struct dvr_pkt *p)
{
	struct in6_addr src;

	if (p->local || !p->iif || !READ_ONCE(p->iif->n_nat))
		return false;
	dvr_pkt_src(p, &src);
	return dvr_nataddr_find(nat, &src);
}

/**
 * dvr_nat_in() - translate the destination of a packet
 * @nat: instance of its router
 * @p: packet, valid; its @skb is NULL afterwards if it waits for fragments
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or why the packet must be dropped.
 */
enum dvr_drop dvr_nat_in(struct dvr_nat *nat, struct dvr_pkt *p)
{
	struct dvr_nataddr *addr;
	struct dvr_conn *conn;
	enum dvr_drop reason;
	struct in6_addr dst;
	struct nf_conn *ct;
	bool own;

	dvr_pkt_dst(p, &dst);
	addr = dvr_nataddr_find(nat, &dst);
	if (!addr)
		return p->h.v4 ? DVR_OK : dvr_npt_in(nat, p);
	if (unlikely(is_forged(nat, p)))
		return DVR_DROP_MARTIAN_SRC;
	own = dvr_is_local(p, dvr_lookup_dst(p));
	/* Here the sender's own packet can still be quoted. */
	if (unlikely(dvr_ttl_used_up(p) && !own)) {
		dvr_icmp_time_exceeded(p);
		return DVR_DROP_TTL;
	}
	if (unlikely(p->h.frag)) {
		reason = dvr_gather(p);
		if (reason || !p->skb)
			return reason;
	}
	reason = look_up(nat, p, p->iif, &ct, &conn);
	if (!reason && !conn && !ct->master)
		reason = alg(p, ct) ?: set_destination(nat, p, addr, ct);
	/* What is no connection of ours may be for the router itself. */
	if (own && !conn && (reason == DVR_DROP_NAT_REFUSED ||
			     reason == DVR_DROP_NAT_INVALID)) {
		nf_reset_ct(p->skb);
		return DVR_OK;
	}
	/* Later it is not what was sent, and could not be quoted. */
	if (!reason && !conn && is_full(nat, p))
		reason = tell_full(nat, p, DVR_DROP_NAT_LIMIT, 0);
	if (reason)
		return reason;
	p->tracked = true;
	return dvr_track_translate(p, NF_INET_PRE_ROUTING);
}

static struct dvr_owner *port_behind(const struct dvr_iface *out,
				     const struct in6_addr *next)
{
	struct dvr_neigh *n = out ? dvr_neigh_lookup(out->seg, next) : NULL;
	struct dvr_port *port = NULL;

	if (n && READ_ONCE(n->mac) && !n->iface)
		port = dvr_neigh_port(n);
	return port ? &port->conns : NULL;
}

/* A new connection's entry is set up: make it known, send its packet. */
static enum dvr_drop establish(struct dvr_nat *nat, struct dvr_pkt *p,
			       struct nf_conn *ct,
			       struct dvr_owner *const owner[DVR_TIES],
			       struct dvr_natrule *rule,
			       struct dvr_binding *binding)
{
	enum ip_conntrack_info info;
	struct dvr_conn *conn;
	struct nf_conn *winner;
	enum dvr_drop reason;

	reason = dvr_track_new(nat, ct, p->skb);
	if (reason) {
		dvr_binding_put(nat, binding);
		return reason;
	}
	reason = dvr_conn_add(nat, ct, READ_ONCE(p->router->cfg.conn_limit),
			      owner, rule, binding, &conn);
	if (reason)
		return tell_full(nat, p, reason, 0);
	reason = dvr_track_translate(p, NF_INET_POST_ROUTING) ?:
		 dvr_track_confirm(nat, p);
	winner = nf_ct_get(p->skb, &info);
	if (!reason && winner == ct) {
		dvr_conn_confirmed(conn);
		p->conn = conn;
		return DVR_OK;
	}
	dvr_conn_end(conn);
	/* Another packet of the connection was faster, if the entry is ours. */
	if (!reason && !dvr_conn_find(nat, winner))
		return DVR_DROP_NAT_CLASH;
	return reason;
}

/* A connection that a helper expects belongs to whom its master does. */
static enum dvr_drop inherit(struct dvr_nat *nat, struct dvr_pkt *p,
			     struct nf_conn *ct)
{
	struct dvr_conn *master = dvr_conn_find(nat, ct->master);
	struct dvr_owner *owner[DVR_TIES];
	unsigned int i;

	if (!master || !dvr_conn_live(master))
		return DVR_DROP_NAT_GONE;
	for (i = 0; i < DVR_TIES; i++)
		owner[i] = READ_ONCE(master->tie[i].owner);
	return establish(nat, p, ct, owner, master->rule, NULL);
}

/* Let an outside address stand for a source that no rule knows. */
static enum dvr_drop borrow_source(struct nf_conn *ct,
				   const struct in6_addr *ip)
{
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_PROTO_RANDOM_FULLY,
	};

	return set_range(ct, NF_NAT_MANIP_SRC, ip, &range);
}

/*
 * Hairpin (RFC 4787 REQ-9): a new connection from inside to an outside address
 * has the source that it would have outside. A connection keeps one mapping,
 * and that of its source rather than that of its destination.
 */
static enum dvr_drop set_hairpin_source(struct dvr_nat *nat, struct dvr_pkt *p,
					struct nf_conn *ct,
					struct dvr_owner *owner[DVR_TIES],
					struct dvr_binding **binding)
{
	struct dvr_binding *of_source = NULL;
	struct dvr_natrule *rule;
	struct in6_addr src, dst;
	enum dvr_drop reason;
	bool is_host;

	if (p->port && p->iif)
		owner[DVR_TIE_PEER] = &p->port->conns;
	dvr_tuple_src(original(ct), &src);
	dvr_tuple_dst(original(ct), &dst);
	rule = dvr_natrule_match(nat, p->nat_rule->out, &src, &dst, &is_host);
	if (!rule || rule->kind == DVR_NAT_KIND_NONE)
		return borrow_source(ct, &dst);
	owner[DVR_TIE_SOURCE] = &rule->owner;
	reason = set_source(nat, p, rule, ct, &of_source);
	if (of_source) {
		dvr_binding_put(nat, *binding);
		*binding = of_source;
	}
	return reason;
}

/* A new connection to an outside address whose destination is set. */
static enum dvr_drop begin_in(struct dvr_nat *nat, struct dvr_pkt *p,
			      struct nf_conn *ct, struct dvr_iface *out,
			      const struct in6_addr *next)
{
	struct dvr_natrule *rule = p->nat_rule;
	struct dvr_owner *owner[DVR_TIES] = {
		[DVR_TIE_RULE] = &rule->owner,
		[DVR_TIE_PORT] = port_behind(out, next),
	};
	struct dvr_binding *binding = p->binding;
	enum dvr_drop reason = DVR_OK;

	if (binding && !dvr_binding_hold(nat, binding))
		return DVR_DROP_NAT_GONE;
	if (p->iif != rule->out)
		reason = set_hairpin_source(nat, p, ct, owner, &binding);
	else if (nf_nat_alloc_null_binding(ct, NF_INET_POST_ROUTING) !=
		 NF_ACCEPT)
		reason = DVR_DROP_NAT_CLASH;
	if (!reason)
		return establish(nat, p, ct, owner, rule, binding);
	dvr_binding_put(nat, binding);
	return reason;
}

/*
 * Hosts that share an address know nothing of each other's identifications, and
 * fragments of two packets must not be taken for one (RFC 7857 10, RFC 6864).
 */
static enum dvr_drop renumber(struct dvr_nat *nat, struct dvr_pkt *p,
			      const struct dvr_natrule *rule)
{
	struct iphdr *iph = ip_hdr(p->skb);
	__be16 id;

	if (rule->kind != DVR_NAT_KIND_SNAT || !p->h.v4)
		return DVR_OK;
	p->renumbered = true;
	if (iph->frag_off & htons(IP_DF) && !p->frag_max)
		return DVR_OK;
	if (skb_ensure_writable(p->skb, sizeof(*iph)))
		return DVR_DROP_NOMEM;
	iph = ip_hdr(p->skb);
	id = dvr_nat_id(nat);
	csum_replace2(&iph->check, iph->id, id);
	iph->id = id;
	return DVR_OK;
}

/* A new connection from inside. */
static enum dvr_drop begin_out(struct dvr_nat *nat, struct dvr_pkt *p,
			       struct nf_conn *ct, struct dvr_natrule *rule)
{
	struct dvr_owner *owner[DVR_TIES] = {
		[DVR_TIE_RULE] = &rule->owner,
		[DVR_TIE_PORT] = p->port && p->iif ? &p->port->conns : NULL,
	};
	struct dvr_binding *binding = NULL;
	enum dvr_drop reason;

	reason = alg(p, ct) ?: set_source(nat, p, rule, ct, &binding);
	if (!reason)
		return establish(nat, p, ct, owner, rule, binding) ?:
		       renumber(nat, p, rule);
	dvr_binding_put(nat, binding);
	return reason;
}

/* A packet of a connection that exists. */
static enum dvr_drop go_on(struct dvr_nat *nat, struct dvr_pkt *p)
{
	return dvr_track_translate(p, NF_INET_POST_ROUTING) ?:
	       dvr_track_confirm(nat, p);
}

/* A connection that was adopted before it was known where its packets go. */
static void tie_adopted(struct dvr_conn *conn, const struct dvr_iface *out,
			const struct in6_addr *next)
{
	struct dvr_owner *owner = port_behind(out, next);

	if (owner)
		dvr_conn_tie(conn, DVR_TIE_PORT, owner);
}

/* One that dvr_nat_in() has seen. */
static enum dvr_drop leave_tracked(struct dvr_nat *nat, struct dvr_pkt *p,
				   struct dvr_iface *out,
				   const struct in6_addr *next)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(p->skb, &info);

	if (nf_ct_is_confirmed(ct)) {
		if (unlikely(p->nat_rule))
			tie_adopted(p->conn, out, next);
		return go_on(nat, p);
	}
	if (ct->master)
		return inherit(nat, p, ct);
	return begin_in(nat, p, ct, out, next);
}

/* Of the router itself, which has the leg's addresses outside, too. */
static bool is_own(const struct dvr_pkt *p, const struct dvr_iface *out)
{
	struct in6_addr src;

	if (likely(!p->local))
		return false;
	dvr_pkt_src(p, &src);
	return dvr_iface_cfg_has(rcu_dereference(out->cfg), &src);
}

static bool translates(const struct dvr_natrule *rule)
{
	return rule && rule->kind != DVR_NAT_KIND_NONE;
}

/*
 * An error that quotes what no rule knows has a source that one does: then it
 * is no answer to what came in (RFC 5508 REQ-5), and would tell the source.
 */
static bool tells_source(struct dvr_nat *nat, const struct dvr_pkt *p,
			 const struct dvr_iface *out,
			 const struct in6_addr *inside,
			 const struct in6_addr *dst)
{
	struct in6_addr src;
	bool is_host;

	dvr_pkt_src(p, &src);
	return unlikely(!ipv6_addr_equal(&src, inside)) &&
	       !dvr_npt_knows(nat, out, inside) &&
	       translates(dvr_natrule_match(nat, out, &src, dst, &is_host));
}

/* Neither is it part of what was translated, nor of what helpers expect. */
static bool is_unknown(const struct dvr_nat *nat, const struct dvr_pkt *p)
{
	return !dvr_track_known(nat, p) &&
	       !(READ_ONCE(p->router->cfg.helpers) &&
		 dvr_track_expected(nat, p));
}

/* One from inside. */
static enum dvr_drop leave(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct dvr_iface *out)
{
	struct in6_addr inside, dst;
	struct dvr_natrule *rule;
	struct dvr_conn *conn;
	enum dvr_drop reason;
	bool is_host, exempt, own;
	struct nf_conn *ct;

	own = is_own(p, out);
	dvr_track_inside(p, &inside);
	dvr_pkt_dst(p, &dst);
	rule = dvr_natrule_match(nat, out, &inside, &dst, &is_host);
	if (!rule && !is_host) {
		if (!own && tells_source(nat, p, out, &inside, &dst))
			return DVR_DROP_NAT_INVALID;
		return p->h.v4 ? DVR_OK : dvr_npt_out(nat, p, out, &inside);
	}
	/* What is exempt is so without state, if it cannot be an answer. */
	if (!is_host && !translates(rule))
		return DVR_OK;
	exempt = own || !translates(rule);
	if (unlikely(p->h.frag)) {
		reason = dvr_gather(p);
		if (reason || !p->skb)
			return reason;
	}
	if (exempt && !dvr_track_is_error(p) && is_unknown(nat, p))
		return DVR_OK;
	reason = look_up(nat, p, out, &ct, &conn);
	/* It is about one that was not translated. */
	if (reason == DVR_DROP_NAT_INVALID && exempt && dvr_track_is_error(p))
		return DVR_OK;
	if (reason)
		return reason;
	if (conn) {
		if (p->port && p->iif)
			dvr_conn_tie(conn, DVR_TIE_PORT, &p->port->conns);
		/* A peer's port may have been changed, too, see begin_in(). */
		return dvr_track_translate(p, NF_INET_PRE_ROUTING) ?:
		       go_on(nat, p) ?: renumber(nat, p, conn->rule);
	}
	if (ct->master)
		return inherit(nat, p, ct);
	if (exempt)
		return DVR_OK;
	return begin_out(nat, p, ct, rule);
}

/**
 * dvr_nat_out() - translate the source of a packet
 * @nat: instance of its router
 * @p: packet; its @skb is NULL afterwards if it waits for fragments
 * @out: leg it leaves by; NULL for a device of the host, which only a packet
 *	that dvr_nat_in() has translated may leave by
 * @next: next hop on @out, v4-mapped for IPv4
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or why the packet must be dropped.
 */
enum dvr_drop dvr_nat_out(struct dvr_nat *nat, struct dvr_pkt *p,
			  struct dvr_iface *out, const struct in6_addr *next)
{
	enum ip_conntrack_info info;
	enum dvr_drop reason;

	if (p->tracked)
		reason = leave_tracked(nat, p, out, next);
	else
		reason = leave(nat, p, out);
	p->natted = p->skb && nf_ct_get(p->skb, &info);
	if (p->natted)
		p->dir = CTINFO2DIR(info);
	p->tracked = false;
	/* Nobody behind us is to take the entry for one of its own. */
	if (p->skb)
		nf_reset_ct(p->skb);
	return reason;
}
