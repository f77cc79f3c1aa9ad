// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT of the packets of a router. The destination of a packet is translated
 * before the route is looked up, the source after that.
 *
 * Conntrack is used only for a packet to an outside address, and for a packet
 * from a source that a rule translates. A packet between segments that are
 * connected to the router and have no rules is never tracked. A packet that
 * needs a translation and cannot get one is dropped.
 */
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>

#include "nat/adopt.h"
#include "nat/begin.h"
#include "nat/flow.h"
#include "nat/gather.h"
#include "nat/heir.h"
#include "nat/instance.h"
#include "nat/nat.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"
#include "nat/npt.h"
#include "nat/timers.h"
#include "nat/track.h"
#include "nat/window.h"

/*
 * Find the conntrack entry of a packet, and its connection, which is NULL if
 * the entry is new. An entry that another program made is adopted. A packet of
 * a connection that has ended is dropped.
 */
static enum dvr_drop nat_find_conn(struct dvr_nat *nat, struct dvr_pkt *p,
				   const struct dvr_iface *outer,
				   struct nf_conn **ct, struct dvr_conn **conn)
{
	enum ip_conntrack_info info;
	enum dvr_drop reason;

	*conn = NULL;
	reason = dvr_track(nat, p);
	if (reason)
		return dvr_begin_refuse(nat, p, reason, 0);
	*ct = nf_ct_get(p->skb, &info);
	if (!nf_ct_is_confirmed(*ct))
		return DVR_OK;
	*conn = dvr_conn_find(nat, *ct);
	if (unlikely(!*conn)) {
		reason = dvr_adopt(nat, p, *ct, outer, conn);
		if (reason)
			return dvr_begin_refuse(nat, p, reason, 0);
	}
	if (unlikely(!dvr_conn_live(*conn)) && !dvr_heir_take(*conn))
		return DVR_DROP_NAT_GONE;
	if ((p->h.proto != IPPROTO_TCP ||
	     unlikely(test_bit(DVR_CONN_ADOPTED, &(*conn)->flags))) &&
	    !dvr_track_is_error(p))
		dvr_timers_refresh(READ_ONCE(nat->timers), *ct);
	/*
	 * The segment may have changed the state that later segments are
	 * checked by.
	 */
	if (p->h.proto == IPPROTO_TCP && !dvr_window_is_plain(p))
		dvr_flow_forget(*conn);
	p->nat.conn = *conn;
	return DVR_OK;
}

/*
 * True if a packet from outside is forged: no valid one has one of the router's
 * outside addresses as its source. A packet from an outside address to the same
 * address would loop, because each answer comes back in.
 */
static bool nat_src_forged(struct dvr_nat *nat, const struct dvr_pkt *p)
{
	struct in6_addr src;

	if (p->local || !p->iif || !READ_ONCE(p->iif->n_nat))
		return false;
	dvr_pkt_src(p, &src);
	return dvr_nataddr_find(nat, &src);
}

static bool nat_is_full(const struct dvr_nat *nat, const struct dvr_pkt *p)
{
	return (u32)atomic_read(&nat->n_conns) >=
	       READ_ONCE(p->router->cfg.conn_limit);
}

/**
 * dvr_nat_in() - translate the destination of a packet
 * @nat: instance of the packet's router
 * @p: packet, valid; &dvr_pkt.skb is NULL afterwards if the packet waits for
 *	fragments
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or the reason why the caller must drop the packet. For
 *	DVR_DROP_TTL the caller also sends the ICMP error.
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
	if (unlikely(nat_src_forged(nat, p)))
		return DVR_DROP_MARTIAN_SRC;
	own = dvr_is_local(p, dvr_lookup_dst(p));
	/* An ICMP error can still quote the packet as it was sent. */
	if (unlikely(dvr_ttl_used_up(p) && !own))
		return DVR_DROP_TTL;
	if (unlikely(p->h.frag)) {
		reason = dvr_gather(p);
		if (reason || !p->skb)
			return reason;
	}
	reason = nat_find_conn(nat, p, p->iif, &ct, &conn);
	if (!reason && !conn && !ct->master)
		reason = dvr_begin_to(nat, p, addr, ct);
	else if (!reason && conn && p->iif == conn->rule->cfg.out &&
		 test_bit(DVR_CONN_INBOUND, &conn->flags))
		dvr_conn_came_from(conn, dvr_pkt_from(p));
	/* A packet without a connection may be for the router itself. */
	if (own && !conn && (reason == DVR_DROP_NAT_REFUSED ||
			     reason == DVR_DROP_NAT_INVALID)) {
		nf_reset_ct(p->skb);
		return DVR_OK;
	}
	/* After the translation an ICMP error could not quote the packet. */
	if (!reason && !conn && nat_is_full(nat, p))
		reason = dvr_begin_refuse(nat, p, DVR_DROP_NAT_LIMIT, 0);
	if (reason)
		return reason;
	/*
	 * The packet has a connection, so it is forwarded, although it is
	 * addressed to the router.
	 */
	if (unlikely(own && dvr_ttl_used_up(p)))
		return DVR_DROP_TTL;
	p->nat.tracked = true;
	return dvr_track_translate(p, NF_INET_PRE_ROUTING);
}

/*
 * Hosts that share an outside address choose their identifications
 * independently. Fragments of packets of two hosts must not get mixed up (RFC
 * 7857 10, RFC 6864).
 */
static enum dvr_drop nat_renumber(struct dvr_nat *nat, struct dvr_pkt *p,
				  const struct dvr_natrule *rule)
{
	struct iphdr *iph = ip_hdr(p->skb);
	__be16 id;

	if (rule->cfg.kind != DVR_NAT_KIND_SNAT || !p->h.v4)
		return DVR_OK;
	p->nat.renumbered = true;
	if (iph->frag_off & htons(IP_DF) && !p->frag.max)
		return DVR_OK;
	if (skb_ensure_writable(p->skb, sizeof(*iph)))
		return DVR_DROP_NOMEM;
	iph = ip_hdr(p->skb);
	id = dvr_nat_id(nat, p->skb);
	csum_replace2(&iph->check, iph->id, id);
	iph->id = id;
	return DVR_OK;
}

/* Translate the source of a packet of an existing connection and confirm it. */
static enum dvr_drop nat_finish(struct dvr_nat *nat, struct dvr_pkt *p)
{
	return dvr_track_translate(p, NF_INET_POST_ROUTING) ?:
	       dvr_track_confirm(nat, p);
}

/*
 * Translate a packet that dvr_nat_in() has not translated. The packet's
 * destination may need a translation too, see dvr_begin_in().
 */
static enum dvr_drop nat_translate_out(struct dvr_nat *nat, struct dvr_pkt *p,
				       const struct dvr_conn *conn)
{
	return dvr_track_translate(p, NF_INET_PRE_ROUTING) ?:
	       nat_finish(nat, p) ?: nat_renumber(nat, p, conn->rule);
}

/*
 * When the connection was adopted, the route of its packets was not looked up
 * yet, so the connection has no tie to the port of the inside host.
 */
static void nat_tie_adopted(struct dvr_conn *conn, const struct dvr_iface *out,
			    const struct in6_addr *next)
{
	struct dvr_owner *owner = dvr_owner_behind(out, next);

	if (owner)
		dvr_conn_tie(conn, DVR_TIE_PORT, owner);
}

/* A packet that dvr_nat_in() has translated leaves. */
static enum dvr_drop nat_leave_tracked(struct dvr_nat *nat, struct dvr_pkt *p,
				       struct dvr_iface *out,
				       const struct in6_addr *next)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(p->skb, &info);

	if (nf_ct_is_confirmed(ct)) {
		if (unlikely(p->nat.rule))
			nat_tie_adopted(p->nat.conn, out, next);
		return nat_finish(nat, p);
	}
	if (ct->master)
		return dvr_begin_expected(nat, p, ct);
	return dvr_begin_in(nat, p, ct, out, next);
}

/*
 * True if the router itself sends the packet from an address of the leg. Such
 * an address is already an outside address.
 */
static bool nat_src_is_own(const struct dvr_pkt *p, const struct dvr_iface *out)
{
	struct in6_addr src;

	if (likely(!p->local) || !out)
		return false;
	dvr_pkt_src(p, &src);
	return dvr_iface_cfg_has(rcu_dereference(out->cfg), &src);
}

static bool rule_translates(const struct dvr_natrule *rule)
{
	return rule && rule->cfg.kind != DVR_NAT_KIND_NONE;
}

/*
 * True if no rule matches the packet that an ICMP error quotes, but a rule
 * matches the source of the error. Such an error answers no packet from outside
 * (RFC 5508 REQ-5), and would reveal the inside address of its source.
 */
static bool nat_leaks_src(struct dvr_nat *nat, const struct dvr_pkt *p,
			  const struct dvr_iface *out,
			  const struct in6_addr *inside,
			  const struct in6_addr *dst)
{
	struct in6_addr src;
	bool is_host;

	dvr_pkt_src(p, &src);
	return unlikely(!ipv6_addr_equal(&src, inside)) &&
	       !dvr_npt_covers(nat, out, inside) &&
	       rule_translates(dvr_natrule_match(nat, out, &src, dst,
						 &is_host));
}

/* True if the packet has no conntrack entry, and no helper expects it. */
static bool nat_is_untracked(const struct dvr_nat *nat, const struct dvr_pkt *p)
{
	return !dvr_track_known(nat, p) &&
	       !(READ_ONCE(p->router->cfg.helpers) &&
		 dvr_track_expected(nat, p));
}

/*
 * The route of a packet leads to another leg than the one of the connection's
 * rule.
 *
 * A reply leaves by the leg of the rule, where the connection came in. A
 * connection that began inside ends, because its outside address belongs to the
 * leg of the rule. The next packet begins a new connection by the rules of the
 * leg that it leaves by.
 */
static enum dvr_drop nat_leave_elsewhere(struct dvr_nat *nat, struct dvr_pkt *p,
					 struct dvr_conn *conn)
{
	enum ip_conntrack_info info;

	nf_ct_get(p->skb, &info);
	if (CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL) {
		if (!dvr_track_is_error(p))
			dvr_conn_end(conn);
		return DVR_DROP_NAT_MOVED;
	}
	p->back = conn->rule->cfg.out;
	return nat_translate_out(nat, p, conn);
}

/* No rule with state matches. A rule of prefix translation may. */
static enum dvr_drop nat_leave_npt(struct dvr_nat *nat, struct dvr_pkt *p,
				   const struct dvr_iface *out,
				   const struct in6_addr *inside)
{
	return p->h.v4 || !out ? DVR_OK : dvr_npt_out(nat, p, out, inside);
}

/* The packet has a connection. @out is the leg that the route leads to. */
static enum dvr_drop nat_leave_conn(struct dvr_nat *nat, struct dvr_pkt *p,
				    struct dvr_iface *out,
				    struct dvr_conn *conn)
{
	if (p->port && p->iif)
		dvr_conn_tie(conn, DVR_TIE_PORT, &p->port->conns);
	if (unlikely(conn->rule->cfg.out != out))
		return nat_leave_elsewhere(nat, p, conn);
	return nat_translate_out(nat, p, conn);
}

/*
 * True if the master's rule has another leg; the connection must leave by that
 * leg.
 */
static bool nat_master_elsewhere(const struct dvr_nat *nat,
				 const struct nf_conn *master,
				 const struct dvr_iface *out)
{
	const struct dvr_conn *conn = dvr_conn_find(nat, master);

	return conn && conn->rule->cfg.out != out;
}

/*
 * A packet from inside leaves. @out is NULL if it leaves by a device of the
 * host.
 */
static enum dvr_drop nat_leave_new(struct dvr_nat *nat, struct dvr_pkt *p,
				   struct dvr_iface *out)
{
	bool is_host, own, has_state;
	struct in6_addr inside, dst;
	struct dvr_natrule *rule;
	struct dvr_conn *conn;
	enum dvr_drop reason;
	struct nf_conn *ct;

	own = nat_src_is_own(p, out);
	dvr_track_inside(p, &inside);
	dvr_pkt_dst(p, &dst);
	rule = dvr_natrule_match(nat, out, &inside, &dst, &is_host);
	if (!rule && !is_host && !own &&
	    nat_leaks_src(nat, p, out, &inside, &dst))
		return DVR_DROP_NAT_INVALID;
	/* The packet is exempt, or no rule of this leg matches it. */
	if (own || !rule_translates(rule)) {
		/*
		 * The packet may answer a connection that a rule of another leg
		 * let in.
		 */
		if (!is_host && !dvr_natrule_covers(nat, &inside))
			return rule ? DVR_OK :
				      nat_leave_npt(nat, p, out, &inside);
		has_state = false;
	} else {
		has_state = true;
	}
	if (unlikely(p->h.frag)) {
		reason = dvr_gather(p);
		if (reason || !p->skb)
			return reason;
	}
	if (!has_state && !dvr_track_is_error(p) && nat_is_untracked(nat, p))
		return rule || is_host ? DVR_OK :
					 nat_leave_npt(nat, p, out, &inside);
	reason = nat_find_conn(nat, p, out, &ct, &conn);
	/* The error quotes a packet that was not translated. */
	if (reason == DVR_DROP_NAT_INVALID && !has_state &&
	    dvr_track_is_error(p))
		return rule || is_host ? DVR_OK :
					 nat_leave_npt(nat, p, out, &inside);
	if (reason)
		return reason;
	if (conn)
		return nat_leave_conn(nat, p, out, conn);
	if (ct->master)
		return nat_master_elsewhere(nat, ct->master, out) ?
		       DVR_DROP_NAT_MOVED : dvr_begin_expected(nat, p, ct);
	if (!has_state)
		return DVR_OK;
	return dvr_begin_out(nat, p, ct, rule) ?: nat_renumber(nat, p, rule);
}

/*
 * True if an ICMP error of the router goes to the outside end of a connection.
 */
static bool nat_error_outward(const struct dvr_conn *conn,
			      const struct nf_conn *ct,
			      enum ip_conntrack_info info)
{
	bool reply = CTINFO2DIR(info) == IP_CT_DIR_REPLY;

	if (test_bit(DVR_CONN_INBOUND, &conn->flags))
		return reply;
	/* Both ends of a hairpin are inside. */
	return !reply && !(READ_ONCE(ct->status) & IPS_DST_NAT);
}

/*
 * The router sends an ICMP error about a packet of a connection. If the
 * connection has ended, the error would reveal the inside address.
 */
static enum dvr_drop nat_leave_error(struct dvr_nat *nat, struct dvr_pkt *p,
				     const struct dvr_iface *out)
{
	enum ip_conntrack_info info;
	struct dvr_conn *conn;
	enum dvr_drop reason;
	struct nf_conn *ct;

	reason = nat_find_conn(nat, p, out, &ct, &conn);
	if (reason)
		return reason;
	if (!conn)
		return DVR_DROP_NAT_GONE;
	nf_ct_get(p->skb, &info);
	if (conn->rule->cfg.out != out && nat_error_outward(conn, ct, info))
		p->back = conn->rule->cfg.out;
	return nat_translate_out(nat, p, conn);
}

/**
 * dvr_nat_out() - translate the source of a packet
 * @nat: instance of the packet's router
 * @p: packet; &dvr_pkt.skb is NULL afterwards if the packet waits for fragments
 * @out: leg that the packet's route leads to; NULL for a device of the host
 * @next: next hop on @out, v4-mapped for IPv4
 *
 * &dvr_pkt.back is set if the packet has to leave by another leg.
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, or the reason why the caller must drop the packet.
 */
enum dvr_drop dvr_nat_out(struct dvr_nat *nat, struct dvr_pkt *p,
			  struct dvr_iface *out, const struct in6_addr *next)
{
	enum ip_conntrack_info info;
	enum dvr_drop reason;

	if (p->nat.tracked)
		reason = nat_leave_tracked(nat, p, out, next);
	else if (unlikely(p->nat.about))
		reason = nat_leave_error(nat, p, out);
	else
		reason = nat_leave_new(nat, p, out);
	p->nat.passed = p->skb && nf_ct_get(p->skb, &info);
	if (p->nat.passed)
		p->nat.dir = CTINFO2DIR(info);
	p->nat.tracked = false;
	/*
	 * The code that gets the packet next must not use the entry of the
	 * router's zone.
	 */
	if (p->skb)
		nf_reset_ct(p->skb);
	return reason;
}
