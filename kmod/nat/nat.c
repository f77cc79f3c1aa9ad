// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT of a router's packets, in two places: the destination before the route is
 * looked up, the source after it. Only a packet to an outside address, or one
 * from a source that a rule translates, meets conntrack; and none does between
 * segments without rules that are connected to the router. What needs a
 * translation and cannot have it is dropped.
 */
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>

#include "nat/adopt.h"
#include "nat/begin.h"
#include "nat/flow.h"
#include "nat/gather.h"
#include "nat/instance.h"
#include "nat/nat.h"
#include "nat/natrule.h"
#include "nat/npt.h"
#include "nat/timers.h"
#include "nat/track.h"
#include "nat/window.h"

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
		return dvr_begin_refused(nat, p, reason, 0);
	*ct = nf_ct_get(p->skb, &info);
	if (!nf_ct_is_confirmed(*ct))
		return DVR_OK;
	*conn = dvr_conn_find(nat, *ct);
	if (unlikely(!*conn)) {
		reason = dvr_adopt(nat, p, *ct, outer, conn);
		if (reason)
			return dvr_begin_refused(nat, p, reason, 0);
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

static bool is_full(const struct dvr_nat *nat, const struct dvr_pkt *p)
{
	return (u32)atomic_read(&nat->n_conns) >=
	       READ_ONCE(p->router->cfg.conn_limit);
}

/**
 * dvr_nat_in() - translate the destination of a packet
 * @nat: instance of its router
 * @p: packet, valid; its @skb is NULL afterwards if it waits for fragments
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or why the packet must be dropped. Of DVR_DROP_TTL the caller
 *	tells the sender.
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
	if (unlikely(dvr_ttl_used_up(p) && !own))
		return DVR_DROP_TTL;
	if (unlikely(p->h.frag)) {
		reason = dvr_gather(p);
		if (reason || !p->skb)
			return reason;
	}
	reason = look_up(nat, p, p->iif, &ct, &conn);
	if (!reason && !conn && !ct->master)
		reason = dvr_begin_to(nat, p, addr, ct);
	else if (!reason && conn && p->iif == conn->rule->out &&
		 test_bit(DVR_CONN_INBOUND, &conn->flags))
		dvr_conn_came_from(conn, dvr_pkt_from(p));
	/* What is no connection of ours may be for the router itself. */
	if (own && !conn && (reason == DVR_DROP_NAT_REFUSED ||
			     reason == DVR_DROP_NAT_INVALID)) {
		nf_reset_ct(p->skb);
		return DVR_OK;
	}
	/* Later it is not what was sent, and could not be quoted. */
	if (!reason && !conn && is_full(nat, p))
		reason = dvr_begin_refused(nat, p, DVR_DROP_NAT_LIMIT, 0);
	if (reason)
		return reason;
	/* Nor is it the router's any more, if its address is. */
	if (unlikely(own && dvr_ttl_used_up(p)))
		return DVR_DROP_TTL;
	p->tracked = true;
	return dvr_track_translate(p, NF_INET_PRE_ROUTING);
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
	id = dvr_nat_id(nat, p->skb);
	csum_replace2(&iph->check, iph->id, id);
	iph->id = id;
	return DVR_OK;
}

/* A packet of a connection that exists. */
static enum dvr_drop go_on(struct dvr_nat *nat, struct dvr_pkt *p)
{
	return dvr_track_translate(p, NF_INET_POST_ROUTING) ?:
	       dvr_track_confirm(nat, p);
}

/*
 * The same, of one that dvr_nat_in() has not seen: a peer's port may have been
 * changed, too, see dvr_begin_in().
 */
static enum dvr_drop go_out(struct dvr_nat *nat, struct dvr_pkt *p,
			    const struct dvr_conn *conn)
{
	return dvr_track_translate(p, NF_INET_PRE_ROUTING) ?:
	       go_on(nat, p) ?: renumber(nat, p, conn->rule);
}

/* A connection that was adopted before it was known where its packets go. */
static void tie_adopted(struct dvr_conn *conn, const struct dvr_iface *out,
			const struct in6_addr *next)
{
	struct dvr_owner *owner = dvr_owner_behind(out, next);

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
		return dvr_begin_expected(nat, p, ct);
	return dvr_begin_in(nat, p, ct, out, next);
}

/* Of the router itself, which has the leg's addresses outside, too. */
static bool is_own(const struct dvr_pkt *p, const struct dvr_iface *out)
{
	struct in6_addr src;

	if (likely(!p->local) || !out)
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

/*
 * A packet of a connection whose rule is for another leg than the one that the
 * route leads to. An answer returns by the leg that the connection came in by.
 * A connection that began inside ends, as its outside address belongs to the
 * other leg; the next packet begins one by the rules of the leg it takes.
 */
static enum dvr_drop leave_elsewhere(struct dvr_nat *nat, struct dvr_pkt *p,
				     struct dvr_conn *conn)
{
	enum ip_conntrack_info info;

	nf_ct_get(p->skb, &info);
	if (CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL) {
		if (!dvr_track_is_error(p))
			dvr_conn_end(conn);
		return DVR_DROP_NAT_MOVED;
	}
	p->back = conn->rule->out;
	return go_out(nat, p, conn);
}

/* What no rule of the leg is for, and no connection. */
static enum dvr_drop leave_as_is(struct dvr_nat *nat, struct dvr_pkt *p,
				 const struct dvr_iface *out,
				 const struct in6_addr *inside)
{
	return p->h.v4 || !out ? DVR_OK : dvr_npt_out(nat, p, out, inside);
}

/* The packet has a connection; @out is the leg that the route leads to. */
static enum dvr_drop leave_known(struct dvr_nat *nat, struct dvr_pkt *p,
				 struct dvr_iface *out, struct dvr_conn *conn)
{
	if (p->port && p->iif)
		dvr_conn_tie(conn, DVR_TIE_PORT, &p->port->conns);
	if (unlikely(conn->rule->out != out))
		return leave_elsewhere(nat, p, conn);
	return go_out(nat, p, conn);
}

/* A connection that a helper expects leaves by the leg of its master's rule. */
static bool is_of_other_leg(const struct dvr_nat *nat,
			    const struct nf_conn *master,
			    const struct dvr_iface *out)
{
	const struct dvr_conn *conn = dvr_conn_find(nat, master);

	return conn && conn->rule->out != out;
}

/* One from inside; @out is NULL if it leaves by a device of the host. */
static enum dvr_drop leave(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct dvr_iface *out)
{
	bool is_host, own, has_state;
	struct in6_addr inside, dst;
	struct dvr_natrule *rule;
	struct dvr_conn *conn;
	enum dvr_drop reason;
	struct nf_conn *ct;

	own = is_own(p, out);
	dvr_track_inside(p, &inside);
	dvr_pkt_dst(p, &dst);
	rule = dvr_natrule_match(nat, out, &inside, &dst, &is_host);
	if (!rule && !is_host && !own && tells_source(nat, p, out, &inside, &dst))
		return DVR_DROP_NAT_INVALID;
	/* Without a connection: exempt, or of no rule of this leg. */
	if (own || !translates(rule)) {
		/* A rule of another leg may have let in what this answers. */
		if (!is_host && !dvr_natrule_covers(nat, &inside))
			return rule ? DVR_OK : leave_as_is(nat, p, out, &inside);
		has_state = false;
	} else {
		has_state = true;
	}
	if (unlikely(p->h.frag)) {
		reason = dvr_gather(p);
		if (reason || !p->skb)
			return reason;
	}
	if (!has_state && !dvr_track_is_error(p) && is_unknown(nat, p))
		return rule || is_host ? DVR_OK :
					 leave_as_is(nat, p, out, &inside);
	reason = look_up(nat, p, out, &ct, &conn);
	/* It is about one that was not translated. */
	if (reason == DVR_DROP_NAT_INVALID && !has_state &&
	    dvr_track_is_error(p))
		return rule || is_host ? DVR_OK :
					 leave_as_is(nat, p, out, &inside);
	if (reason)
		return reason;
	if (conn)
		return leave_known(nat, p, out, conn);
	if (ct->master)
		return is_of_other_leg(nat, ct->master, out) ?
		       DVR_DROP_NAT_MOVED : dvr_begin_expected(nat, p, ct);
	if (!has_state)
		return DVR_OK;
	return dvr_begin_out(nat, p, ct, rule) ?: renumber(nat, p, rule);
}

/* Does an error of the router's own go outside, where its connection is. */
static bool is_outward(const struct dvr_conn *conn, const struct nf_conn *ct,
		       enum ip_conntrack_info info)
{
	bool reply = CTINFO2DIR(info) == IP_CT_DIR_REPLY;

	if (test_bit(DVR_CONN_INBOUND, &conn->flags))
		return reply;
	/* Both ends of a hairpin are inside. */
	return !reply && !(READ_ONCE(ct->status) & IPS_DST_NAT);
}

/*
 * An error of the router's own about a packet of a connection. Without the
 * connection it would tell outside who is inside.
 */
static enum dvr_drop leave_about(struct dvr_nat *nat, struct dvr_pkt *p,
				 const struct dvr_iface *out)
{
	enum ip_conntrack_info info;
	struct dvr_conn *conn;
	enum dvr_drop reason;
	struct nf_conn *ct;

	reason = look_up(nat, p, out, &ct, &conn);
	if (reason)
		return reason;
	if (!conn)
		return DVR_DROP_NAT_GONE;
	nf_ct_get(p->skb, &info);
	if (conn->rule->out != out && is_outward(conn, ct, info))
		p->back = conn->rule->out;
	return go_out(nat, p, conn);
}

/**
 * dvr_nat_out() - translate the source of a packet
 * @nat: instance of its router
 * @p: packet; its @skb is NULL afterwards if it waits for fragments
 * @out: leg that its route leads to; NULL for a device of the host
 * @next: next hop on @out, v4-mapped for IPv4
 *
 * &dvr_pkt.back is set if the packet has to leave by another leg.
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
	else if (unlikely(p->about_natted))
		reason = leave_about(nat, p, out);
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
