// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heirs: a rule that replaces another one, in a transaction that deletes the
 * other one, takes over the connections whose mappings it allows. All other
 * connections end with the old rule.
 *
 * A connection changes hands with the next packet, or when the work of the old
 * rule comes to it, whichever is first. So the commit walks over nothing, and no
 * packet is lost meanwhile.
 */
#include <net/netfilter/nf_conntrack.h>

#include "nat/binding.h"
#include "nat/conn.h"
#include "nat/heir.h"
#include "nat/natport.h"
#include "nat/natrule.h"
#include "nat/track.h"

/**
 * struct mapping - what an inside endpoint is outside
 * @proto: upper-layer protocol
 * @inside: inside address
 * @outside: outside address
 * @in_port: port or ICMP identifier inside; 0 for protocols that have none
 * @out_port: port or ICMP identifier outside
 */
struct mapping {
	u8 proto;
	struct in6_addr inside;
	struct in6_addr outside;
	__be16 in_port;
	__be16 out_port;
};

/**
 * dvr_heir_stage() - note which rule a staged rule replaces
 * @rule: staged rule
 * @elder: live rule that the open transaction deletes, or NULL
 */
void dvr_heir_stage(struct dvr_natrule *rule, struct dvr_natrule *elder)
{
	static atomic_long_t lineages;

	rule->elder = elder;
	rule->lineage = elder ? elder->lineage :
				(unsigned long)atomic_long_inc_return(&lineages);
}

/**
 * dvr_heir_appoint() - let a rule take over what the rule before it has
 * @rule: rule that is published; the rule before it is still live
 */
void dvr_heir_appoint(struct dvr_natrule *rule)
{
	struct dvr_natrule *elder = rule->elder;

	rule->elder = NULL;
	/* A rule that the same transaction deletes again is no heir. */
	if (!elder || !dvr_obj_wanted(&rule->obj))
		return;
	refcount_inc(&rule->users);
	/* Pairs with the load in dvr_heir(). */
	smp_store_release(&elder->heir, rule);
}

/**
 * dvr_heir() - find the rule that replaced a rule
 * @rule: rule
 *
 * Context: RCU, or &dvr_nat.lock while a connection or binding has @rule.
 * Return: the live rule that has come after @rule, or NULL.
 */
struct dvr_natrule *dvr_heir(const struct dvr_natrule *rule)
{
	struct dvr_natrule *heir;

	do {
		/* Pairs with the store in dvr_heir_appoint(). */
		heir = smp_load_acquire(&rule->heir);
		rule = heir;
	} while (heir && !dvr_obj_live(&heir->obj));
	return heir;
}

/**
 * dvr_heir_pool_has() - check whether an address is in the pool of a rule
 * @rule: snat rule
 * @ip: address, v4-mapped for IPv4
 *
 * Return: true if so.
 */
bool dvr_heir_pool_has(const struct dvr_natrule *rule,
		       const struct in6_addr *ip)
{
	u32 n = ntohl(ip->s6_addr32[3]);
	unsigned int i;

	for (i = 0; i < rule->cfg.n_pools; i++) {
		const struct dvr_natpool *pool = &rule->pools[i];

		if (!memcmp(ip, &pool->first, 12) &&
		    n >= ntohl(pool->first.s6_addr32[3]) &&
		    n <= ntohl(pool->last.s6_addr32[3]))
			return true;
	}
	return false;
}

static bool heir_allows(const struct dvr_natrule *rule, const struct mapping *m)
{
	switch (rule->cfg.kind) {
	case DVR_NAT_KIND_SNAT:
		return dvr_heir_pool_has(rule, &m->outside) &&
		       dvr_natport_fits(rule, m->proto, m->in_port,
					m->out_port);
	case DVR_NAT_KIND_FORWARD:
		return ipv6_addr_equal(&rule->cfg.inside.ip, &m->inside) &&
		       ntohs(m->out_port) <= rule->cfg.port_max &&
		       ntohs(m->out_port) - rule->cfg.port_min ==
		       ntohs(m->in_port) - rule->cfg.inside_port;
	case DVR_NAT_KIND_FLOATING:
		return ipv6_addr_equal(&rule->cfg.inside.ip, &m->inside);
	}
	return false;
}

/**
 * dvr_heir_allows_binding() - check whether a rule allows an existing mapping
 * @rule: snat rule that has come after the rule of @binding
 * @binding: binding
 *
 * Return: true if so.
 */
bool dvr_heir_allows_binding(const struct dvr_natrule *rule,
			     const struct dvr_binding *binding)
{
	const struct mapping m = {
		.proto = binding->inside.proto,
		.inside = binding->inside.ip,
		.outside = binding->outside.ip,
		.in_port = binding->inside.port,
		.out_port = binding->outside.port,
	};

	return heir_allows(rule, &m);
}

/*
 * Read what a connection has of the rule of a tie. A connection that a helper
 * expected has what its master has. Returns false if the outside host began the
 * connection, or both hosts are inside, and the rule is that of the destination.
 */
static bool mapping_read(struct mapping *m, const struct dvr_conn *conn,
			 enum dvr_tie_kind kind)
{
	const struct nf_conn *ct = conn->ct->master ?: conn->ct;
	const struct nf_conntrack_tuple *in, *out;
	bool to_dst;

	to_dst = kind == DVR_TIE_RULE &&
		 (READ_ONCE(ct->status) & IPS_DST_NAT ||
		  (ct == conn->ct && test_bit(DVR_CONN_INBOUND, &conn->flags)));
	in = &ct->tuplehash[to_dst].tuple;
	out = &ct->tuplehash[!to_dst].tuple;
	m->proto = nf_ct_protonum(ct);
	dvr_tuple_src(in, &m->inside);
	dvr_tuple_dst(out, &m->outside);
	m->in_port = in->src.u.all;
	m->out_port = out->dst.u.all;
	if (dvr_proto_is_icmp(m->proto))
		m->out_port = out->src.u.icmp.id;
	else if (!dvr_proto_has_ports(m->proto))
		m->in_port = 0;
	return !to_dst;
}

/*
 * A mapping of `mapping connection` may have its port together with others, so
 * it is none of `mapping endpoint`. Without `filter endpoint` no connection to a
 * mapping can begin outside, and none goes on.
 */
static bool heir_allows_conn(const struct dvr_natrule *rule,
			     const struct dvr_natrule *old,
			     const struct dvr_conn *conn,
			     enum dvr_tie_kind kind)
{
	struct mapping m;

	if (!mapping_read(&m, conn, kind) &&
	    rule->cfg.kind == DVR_NAT_KIND_SNAT &&
	    rule->cfg.filter != DVR_NAT_BEHAVIOUR_ENDPOINT)
		return false;
	if (old->cfg.mapping == DVR_NAT_BEHAVIOUR_CONNECTION &&
	    rule->cfg.mapping != DVR_NAT_BEHAVIOUR_CONNECTION &&
	    dvr_natport_class(m.proto) != DVR_NATPORT_OTHER)
		return false;
	return heir_allows(rule, &m);
}

static bool heir_take_tie(struct dvr_conn *conn, enum dvr_tie_kind kind)
{
	struct dvr_owner *owner = READ_ONCE(conn->tie[kind].owner);
	struct dvr_natrule *rule, *heir;

	if (!owner || dvr_obj_live(owner->obj))
		return true;
	rule = container_of(owner, struct dvr_natrule, owner);
	heir = dvr_heir(rule);
	return heir && heir_allows_conn(heir, rule, conn, kind) &&
	       dvr_conn_pass(conn, kind, heir);
}

/**
 * dvr_heir_take() - take over a connection whose rule was replaced
 * @conn: connection, at least one of whose owners is not live
 *
 * Context: any but hard interrupts; RCU.
 * Return: true if all owners of the connection are live now.
 */
bool dvr_heir_take(struct dvr_conn *conn)
{
	return heir_take_tie(conn, DVR_TIE_RULE) &&
	       heir_take_tie(conn, DVR_TIE_SOURCE) && dvr_conn_live(conn);
}
