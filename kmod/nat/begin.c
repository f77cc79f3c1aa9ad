// SPDX-License-Identifier: GPL-2.0-only
/*
 * New connections: what the addresses and ports of one become, and whose it is.
 * A packet from outside gets its destination before the route is looked up; all
 * else is decided when a packet leaves. Then the entry is confirmed.
 */
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>

#include "model/above.h"
#include "nat/alg.h"
#include "nat/begin.h"
#include "nat/binding.h"
#include "nat/natrule.h"
#include "nat/track.h"

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

/**
 * dvr_begin_refused() - a packet may be refused for want of room
 * @nat: instance
 * @p: packet
 * @reason: DVR_OK, or why
 * @handle: rule that has no room, or 0 if it is the router
 *
 * RFC 5508 REQ-8: the sender of a new connection is told that there is no room,
 * if it is inside, and if the packet can be quoted as it was sent.
 *
 * Context: softirq, RCU.
 * Return: @reason.
 */
enum dvr_drop dvr_begin_refused(struct dvr_nat *nat, struct dvr_pkt *p,
				enum dvr_drop reason, u32 handle)
{
	if (reason != DVR_DROP_NAT_NO_PORT && reason != DVR_DROP_NAT_LIMIT)
		return reason;
	dvr_nat_alert(nat, reason, handle);
	if (p->iif && !READ_ONCE(p->iif->n_nat) && !p->tracked)
		dvr_above.icmp_unreachable(p, DVR_UNREACH_PROHIBITED);
	return reason;
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
	return dvr_begin_refused(nat, p, reason, rule->handle);
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

/**
 * dvr_begin_to() - set the destination of a new connection
 * @nat: instance
 * @p: packet to an outside address, its entry not confirmed; gets the rule, and
 *	the mapping if it is to one, for dvr_begin_in()
 * @addr: the address
 * @ct: entry
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or why the packet must be dropped.
 */
enum dvr_drop dvr_begin_to(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct dvr_nataddr *addr, struct nf_conn *ct)
{
	return alg(p, ct) ?: set_destination(nat, p, addr, ct);
}

/**
 * dvr_owner_behind() - the port that an inside host is at, as an owner
 * @out: leg towards the host, or NULL
 * @next: next hop on it, v4-mapped for IPv4
 *
 * Context: softirq, RCU.
 * Return: the owner, or NULL if it is not known, or is no port of a segment.
 */
struct dvr_owner *dvr_owner_behind(const struct dvr_iface *out,
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
		return dvr_begin_refused(nat, p, reason, 0);
	if (p->tracked && p->iif == rule->out)
		dvr_conn_came_from(conn, dvr_pkt_from(p));
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

/**
 * dvr_begin_expected() - a new connection that a helper expects
 * @nat: instance
 * @p: packet
 * @ct: entry, not confirmed, that has a master
 *
 * It belongs to whom its master does.
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK with @p translated, or why it must be dropped.
 */
enum dvr_drop dvr_begin_expected(struct dvr_nat *nat, struct dvr_pkt *p,
				 struct nf_conn *ct)
{
	struct dvr_conn *master = dvr_conn_find(nat, ct->master);
	struct dvr_owner *owner[DVR_TIES];
	unsigned int i;

	if (!master || !dvr_conn_live(master))
		return DVR_DROP_NAT_GONE;
	for (i = 0; i < DVR_TIES; i++)
		owner[i] = READ_ONCE(master->tie[i].owner);
	/* One that is about to be adopted has its rule, but no ties yet. */
	owner[DVR_TIE_RULE] = &master->rule->owner;
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

/*
 * Answers to a peer of a connected segment are East-West traffic, which NAT does
 * not see: a packet with such a source that comes from outside begins nothing.
 */
static bool is_answered_inside(const struct dvr_pkt *p)
{
	const struct dvr_iface *leg;
	struct dvr_route *route;

	route = dvr_lookup(p->router, p->h.v4,
			   p->h.v4 ? (const void *)&ip_hdr(p->skb)->saddr :
				     (const void *)&ipv6_hdr(p->skb)->saddr);
	leg = route ? dvr_route_leg(route) : NULL;
	return leg && leg != p->iif && !READ_ONCE(leg->n_nat) &&
	       !dvr_nat_watches(route, leg);
}

/**
 * dvr_begin_in() - a new connection to an outside address leaves for its host
 * @nat: instance
 * @p: packet that dvr_begin_to() has seen
 * @ct: entry, not confirmed
 * @out: leg it leaves by, or NULL
 * @next: next hop on it, v4-mapped for IPv4
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK with @p translated, or why it must be dropped.
 */
enum dvr_drop dvr_begin_in(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct nf_conn *ct, struct dvr_iface *out,
			   const struct in6_addr *next)
{
	struct dvr_natrule *rule = p->nat_rule;
	struct dvr_owner *owner[DVR_TIES] = {
		[DVR_TIE_RULE] = &rule->owner,
		[DVR_TIE_PORT] = dvr_owner_behind(out, next),
	};
	struct dvr_binding *binding = p->binding;
	enum dvr_drop reason = DVR_OK;

	if (p->iif == rule->out && unlikely(is_answered_inside(p)))
		return DVR_DROP_RPF;
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

/**
 * dvr_begin_out() - a new connection from inside leaves
 * @nat: instance
 * @p: packet
 * @ct: entry, not confirmed
 * @rule: rule that translates its source
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK with @p translated, or why it must be dropped.
 */
enum dvr_drop dvr_begin_out(struct dvr_nat *nat, struct dvr_pkt *p,
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
		return establish(nat, p, ct, owner, rule, binding);
	dvr_binding_put(nat, binding);
	return reason;
}
