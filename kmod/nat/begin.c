// SPDX-License-Identifier: GPL-2.0-only
/*
 * New connections: the addresses and ports that a connection gets, and its
 * owners. A connection from outside gets its destination before the route is
 * looked up. All else is decided when the packet leaves. The conntrack entry is
 * confirmed last.
 */
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>

#include "model/above.h"
#include "nat/alg.h"
#include "nat/begin.h"
#include "nat/binding.h"
#include "nat/heir.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"
#include "nat/track.h"

static union nf_inet_addr nat_inet_addr(const struct in6_addr *ip)
{
	union nf_inet_addr addr = {};

	if (ipv6_addr_v4mapped(ip))
		addr.ip = ip->s6_addr32[3];
	else
		addr.in6 = *ip;
	return addr;
}

static enum dvr_drop begin_set_range(struct nf_conn *ct,
				     enum nf_nat_manip_type manip,
				     const struct in6_addr *ip,
				     struct nf_nat_range2 *range)
{
	range->flags |= NF_NAT_RANGE_MAP_IPS;
	range->min_addr = nat_inet_addr(ip);
	range->max_addr = range->min_addr;
	return nf_nat_setup_info(ct, range, manip) == NF_ACCEPT ?
	       DVR_OK : DVR_DROP_NAT_CLASH;
}

static const struct nf_conntrack_tuple *ct_original(const struct nf_conn *ct)
{
	return &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
}

/*
 * Set up one address, and one port for protocols with ports, so nf_nat has
 * nothing to choose. NF_NAT_RANGE_PROTO_RANDOM_FULLY keeps nf_nat from a search
 * for another entry of the same source, and NF_NAT_RANGE_PROTO_OFFSET keeps
 * nf_nat from drawing a random number.
 */
static enum dvr_drop begin_set_up(struct nf_conn *ct,
				  enum nf_nat_manip_type manip,
				  const struct in6_addr *ip, bool with_port,
				  __be16 port)
{
	struct nf_nat_range2 range = {};

	if (with_port) {
		range.flags = NF_NAT_RANGE_PROTO_SPECIFIED;
		if (manip == NF_NAT_MANIP_SRC &&
		    port != ct_original(ct)->src.u.all)
			range.flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY |
				       NF_NAT_RANGE_PROTO_OFFSET;
		range.min_proto.all = port;
		range.max_proto.all = port;
	}
	return begin_set_range(ct, manip, ip, &range);
}

static bool begin_has_port(u8 proto)
{
	return dvr_proto_has_ports(proto) || dvr_proto_is_icmp(proto);
}

/**
 * dvr_begin_refuse() - report that no room is left for a new connection
 * @nat: instance
 * @p: packet
 * @reason: DVR_OK, or the reason why the packet is refused
 * @handle: handle of the rule that has no room, or 0 if the router has none
 *
 * If @reason is DVR_DROP_NAT_NO_PORT or DVR_DROP_NAT_LIMIT, listeners get an
 * alert. The sender of the packet gets an ICMP error (RFC 5508 REQ-8) if the
 * sender is inside and the packet can be quoted as it was sent. Other reasons
 * have no effect.
 *
 * Context: softirq, RCU.
 * Return: @reason.
 */
enum dvr_drop dvr_begin_refuse(struct dvr_nat *nat, struct dvr_pkt *p,
			       enum dvr_drop reason, u32 handle)
{
	if (reason != DVR_DROP_NAT_NO_PORT && reason != DVR_DROP_NAT_LIMIT)
		return reason;
	dvr_nat_alert(nat, reason, handle);
	if (p->iif && !READ_ONCE(p->iif->n_nat) && !p->nat.tracked)
		dvr_above.icmp_unreachable(p, DVR_UNREACH_PROHIBITED);
	return reason;
}

static bool begin_pick_from(const struct dvr_nataddr *addr,
			    const struct nf_conn *ct,
			    struct nf_conntrack_tuple *reply,
			    u32 first, u32 last, __be16 *port)
{
	u32 tries = min(last - first + 1, 128U);
	u32 n = dvr_natport_random(first, last);
	u8 proto = reply->dst.protonum;

	for (; tries; tries--) {
		*port = htons(n);
		if (dvr_proto_is_icmp(proto))
			reply->src.u.icmp.id = *port;
		else
			reply->dst.u.all = *port;
		if (!dvr_natport_taken(addr, proto, *port) &&
		    !nf_conntrack_tuple_taken(reply, ct))
			return true;
		n = n == last ? first : n + 1;
	}
	return false;
}

/*
 * Choose a port for one connection. Connections to other peers may have the
 * same port.
 */
static enum dvr_drop begin_pick_port(const struct dvr_natrule *rule,
				     const struct dvr_nataddr *addr,
				     struct nf_conn *ct, __be16 *port)
{
	const struct nf_conntrack_tuple *t = ct_original(ct);
	struct nf_conntrack_tuple reply = ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	u8 proto = t->dst.protonum;
	u32 first, last;
	unsigned int i;

	reply.dst.u3 = nat_inet_addr(&addr->key.ip);
	for (i = 0; dvr_natport_range(rule, proto, t->src.u.all, i, &first,
				      &last); i++)
		if (begin_pick_from(addr, ct, &reply, first, last, port))
			return DVR_OK;
	return DVR_DROP_NAT_NO_PORT;
}

/* Set the source of a new connection by a rule. */
static enum dvr_drop begin_set_src(struct dvr_nat *nat, struct dvr_pkt *p,
				   struct dvr_natrule *rule, struct nf_conn *ct,
				   struct dvr_binding **binding)
{
	const struct nf_conntrack_tuple *t = ct_original(ct);
	const struct dvr_nataddr *addr;
	u8 proto = t->dst.protonum;
	enum dvr_drop reason;
	struct in6_addr src;
	__be16 port;

	if (rule->cfg.kind == DVR_NAT_KIND_FLOATING)
		return begin_set_up(ct, NF_NAT_MANIP_SRC, &rule->cfg.outside.ip,
				    begin_has_port(proto), t->src.u.all);
	dvr_tuple_src(t, &src);
	if (rule->cfg.mapping == DVR_NAT_BEHAVIOUR_CONNECTION &&
	    begin_has_port(proto)) {
		addr = dvr_natrule_pool_addr(rule, &src);
		reason = begin_pick_port(rule, addr, ct, &port);
		if (!reason)
			return begin_set_up(ct, NF_NAT_MANIP_SRC, &addr->key.ip,
					    true, port);
	} else {
		port = begin_has_port(proto) ? t->src.u.all : 0;
		reason = dvr_binding_get(nat, rule, &src, proto, port,
					 binding);
		if (!reason)
			return begin_set_up(ct, NF_NAT_MANIP_SRC,
					    &(*binding)->outside.ip,
					    begin_has_port(proto),
					    (*binding)->outside.port);
	}
	return dvr_begin_refuse(nat, p, reason, rule->slot.id);
}

/*
 * @port is the port where the server listens. The helper must be attached before
 * nf_nat_setup_info() looks for it.
 */
static enum dvr_drop begin_add_helper(const struct dvr_pkt *p,
				      struct nf_conn *ct, __be16 port)
{
	const struct dvr_router_cfg *cfg = &p->router->cfg;

	return likely(!READ_ONCE(cfg->helpers)) ? DVR_OK :
						  dvr_alg_attach(cfg, ct, port);
}

/* Set the destination of a new connection from outside. */
static enum dvr_drop begin_set_dst_to(const struct dvr_pkt *p,
				      struct nf_conn *ct,
				      const struct in6_addr *ip, bool with_port,
				      __be16 port)
{
	return begin_add_helper(p, ct, port) ?:
	       begin_set_up(ct, NF_NAT_MANIP_DST, ip, with_port, port);
}

/**
 * dvr_begin_to() - set the destination of a new connection
 * @nat: instance
 * @p: packet to an outside address, conntrack entry not confirmed; gets the
 *	rule, and the binding if there is one, for dvr_begin_in()
 * @addr: the outside address
 * @ct: conntrack entry
 *
 * Finds the rule or the mapping that lets the connection in.
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or the reason why the packet must be dropped.
 */
enum dvr_drop dvr_begin_to(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct dvr_nataddr *addr, struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *t = ct_original(ct);
	__be16 port = t->dst.u.all;
	u8 proto = t->dst.protonum;
	struct dvr_natrule *rule;
	struct dvr_binding *b;

	rule = rcu_dereference(addr->floating);
	if (rule) {
		p->nat.rule = rule;
		return begin_set_dst_to(p, ct, &rule->cfg.inside.ip, false,
					port);
	}
	if (!dvr_proto_has_ports(proto))
		return DVR_DROP_NAT_REFUSED;
	rule = dvr_natrule_forward(addr, proto, port);
	if (rule) {
		p->nat.rule = rule;
		port = htons(ntohs(port) - rule->cfg.port_min +
			     rule->cfg.inside_port);
		return begin_set_dst_to(p, ct, &rule->cfg.inside.ip, true,
					port);
	}
	b = dvr_binding_outside(nat, &addr->key.ip, proto, port);
	rule = b ? dvr_binding_rule(nat, b) : NULL;
	if (!rule)
		return DVR_DROP_NAT_REFUSED;
	p->nat.rule = rule;
	p->nat.binding = b;
	return begin_set_dst_to(p, ct, &b->inside.ip, true, b->inside.port);
}

/**
 * dvr_owner_behind() - find the port of an inside host, as an owner
 * @out: leg towards the host, or NULL
 * @next: next hop on @out, v4-mapped for IPv4
 *
 * Context: softirq, RCU.
 * Return: the owner, or NULL if the MAC address of the next hop is not known,
 *	or if it is not behind a port of the segment.
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

/*
 * The addresses of a new conntrack entry are set up: add the connection,
 * translate the packet and confirm the entry.
 */
static enum dvr_drop begin_establish(struct dvr_nat *nat, struct dvr_pkt *p,
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
		return dvr_begin_refuse(nat, p, reason, 0);
	if (p->nat.tracked && p->iif == rule->cfg.out)
		dvr_conn_came_from(conn, dvr_pkt_from(p));
	reason = dvr_track_translate(p, NF_INET_POST_ROUTING) ?:
		 dvr_track_confirm(nat, p);
	winner = nf_ct_get(p->skb, &info);
	if (!reason && winner == ct) {
		dvr_conn_confirmed(conn);
		p->nat.conn = conn;
		return DVR_OK;
	}
	dvr_conn_end(conn);
	/*
	 * Another CPU may have confirmed an entry for a packet of the same
	 * connection.
	 */
	if (!reason && !dvr_conn_find(nat, winner))
		return DVR_DROP_NAT_CLASH;
	return reason;
}

/**
 * dvr_begin_expected() - begin a connection that a helper expects
 * @nat: instance
 * @p: packet
 * @ct: conntrack entry, not confirmed, that has a master
 *
 * The connection gets the owners of its master.
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK with @p translated, or the reason why @p must be dropped.
 */
enum dvr_drop dvr_begin_expected(struct dvr_nat *nat, struct dvr_pkt *p,
				 struct nf_conn *ct)
{
	struct dvr_conn *master = dvr_conn_find(nat, ct->master);
	struct dvr_owner *owner[DVR_TIES];
	struct dvr_natrule *rule;
	unsigned int i;

	if (!master || (!dvr_conn_live(master) && !dvr_heir_take(master)))
		return DVR_DROP_NAT_GONE;
	for (i = 0; i < DVR_TIES; i++)
		owner[i] = READ_ONCE(master->tie[i].owner);
	/*
	 * A connection that another CPU is adopting has its rule, but no ties
	 * yet.
	 */
	rule = READ_ONCE(master->rule);
	owner[DVR_TIE_RULE] = &rule->owner;
	return begin_establish(nat, p, ct, owner, rule, NULL);
}

/* No rule matches the source: replace it by the outside address. */
static enum dvr_drop begin_borrow_source(struct nf_conn *ct,
					 const struct in6_addr *ip)
{
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_PROTO_RANDOM_FULLY,
	};

	return begin_set_range(ct, NF_NAT_MANIP_SRC, ip, &range);
}

/*
 * Hairpin (RFC 4787 REQ-9): a new connection from inside to an outside address
 * gets the source that it would have outside. A connection holds one binding.
 * If both its source and its destination have one, the connection holds that of
 * the source.
 */
static enum dvr_drop begin_set_hairpin(struct dvr_nat *nat, struct dvr_pkt *p,
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
	dvr_tuple_src(ct_original(ct), &src);
	dvr_tuple_dst(ct_original(ct), &dst);
	rule = dvr_natrule_match(nat, p->nat.rule->cfg.out, &src, &dst,
				 &is_host);
	if (!rule || rule->cfg.kind == DVR_NAT_KIND_NONE)
		return begin_borrow_source(ct, &dst);
	owner[DVR_TIE_SOURCE] = &rule->owner;
	reason = begin_set_src(nat, p, rule, ct, &of_source);
	if (of_source) {
		dvr_binding_put(nat, *binding);
		*binding = of_source;
	}
	return reason;
}

/*
 * Answers to a peer on a connected segment are not translated, because NAT does
 * not look at East-West traffic. So a packet that comes from outside with the
 * address of such a peer as source begins no connection.
 */
static bool begin_answered_inside(const struct dvr_pkt *p)
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
 * dvr_begin_in() - begin a connection to an outside address
 * @nat: instance
 * @p: packet whose destination dvr_begin_to() has set
 * @ct: conntrack entry, not confirmed
 * @out: leg that the packet leaves by, or NULL
 * @next: next hop on @out, v4-mapped for IPv4
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK with @p translated, or the reason why @p must be dropped.
 */
enum dvr_drop dvr_begin_in(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct nf_conn *ct, struct dvr_iface *out,
			   const struct in6_addr *next)
{
	struct dvr_natrule *rule = p->nat.rule;
	struct dvr_owner *owner[DVR_TIES] = {
		[DVR_TIE_RULE] = &rule->owner,
		[DVR_TIE_PORT] = dvr_owner_behind(out, next),
	};
	struct dvr_binding *binding = p->nat.binding;
	enum dvr_drop reason = DVR_OK;

	if (p->iif == rule->cfg.out && unlikely(begin_answered_inside(p)))
		return DVR_DROP_RPF;
	if (binding && !dvr_binding_hold(nat, binding))
		return DVR_DROP_NAT_GONE;
	if (p->iif != rule->cfg.out)
		reason = begin_set_hairpin(nat, p, ct, owner, &binding);
	else if (nf_nat_alloc_null_binding(ct, NF_INET_POST_ROUTING) !=
		 NF_ACCEPT)
		reason = DVR_DROP_NAT_CLASH;
	if (!reason)
		return begin_establish(nat, p, ct, owner, rule, binding);
	dvr_binding_put(nat, binding);
	return reason;
}

/**
 * dvr_begin_out() - begin a connection from inside
 * @nat: instance
 * @p: packet
 * @ct: conntrack entry, not confirmed
 * @rule: rule that translates the source
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK with @p translated, or the reason why @p must be dropped.
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

	reason = begin_add_helper(p, ct, ct_original(ct)->dst.u.all) ?:
		 begin_set_src(nat, p, rule, ct, &binding);
	if (!reason)
		return begin_establish(nat, p, ct, owner, rule, binding);
	dvr_binding_put(nat, binding);
	return reason;
}
