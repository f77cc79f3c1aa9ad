// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption of conntrack entries that another program put into the zone of a
 * router. conntrackd restores the entries of a virtual machine that another
 * hypervisor had until now; an operator may add entries by hand. When the first
 * packet of such an entry comes, a rule takes over the entry, if the rule could
 * have made the entry with the same address and port. Packets of all other
 * entries are dropped, as if their owner was deleted.
 */
#include <net/netfilter/nf_conntrack.h>

#include "nat/adopt.h"
#include "nat/binding.h"
#include "nat/conn.h"
#include "nat/instance.h"
#include "nat/natport.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"
#include "nat/track.h"

/**
 * struct claim - the translation of a conntrack entry
 * @proto: upper-layer protocol
 * @inside: address of the inside host
 * @outside: outside address of the inside host
 * @peer: address of the other end
 * @in_port: port or ICMP identifier inside; 0 for protocols that have none
 * @out_port: port or ICMP identifier outside
 */
struct claim {
	u8 proto;
	struct in6_addr inside;
	struct in6_addr outside;
	struct in6_addr peer;
	__be16 in_port;
	__be16 out_port;
};

/*
 * Read the translation of an entry. @in is the tuple of packets from inside,
 * @out that of packets from outside. Returns false if the other end is
 * translated too.
 */
static bool claim_read(struct claim *c, const struct nf_conntrack_tuple *in,
		       const struct nf_conntrack_tuple *out)
{
	bool ports = dvr_proto_has_ports(c->proto);

	dvr_tuple_src(in, &c->inside);
	dvr_tuple_dst(in, &c->peer);
	dvr_tuple_dst(out, &c->outside);
	if (dvr_proto_is_icmp(c->proto)) {
		c->in_port = in->src.u.icmp.id;
		c->out_port = out->src.u.icmp.id;
	} else if (ports) {
		c->in_port = in->src.u.all;
		c->out_port = out->dst.u.all;
	}
	return nf_inet_addr_cmp(&in->dst.u3, &out->src.u3) &&
	       (!ports || in->dst.u.all == out->src.u.all);
}

/*
 * Find the rule that would have given the source its outside address and port.
 */
static struct dvr_natrule *claim_source_rule(struct dvr_nat *nat,
					     const struct claim *c,
					     const struct dvr_iface *outer,
					     struct dvr_binding **binding)
{
	struct dvr_natrule *rule;
	struct dvr_nataddr *addr;
	bool is_host;

	rule = dvr_natrule_match(nat, outer, &c->inside, &c->peer, &is_host);
	if (!rule || rule->cfg.kind == DVR_NAT_KIND_NONE)
		return NULL;
	if (rule->cfg.kind == DVR_NAT_KIND_FLOATING)
		return ipv6_addr_equal(&c->outside, &rule->cfg.outside.ip) &&
		       c->in_port == c->out_port ? rule : NULL;
	addr = dvr_natrule_pool_addr(rule, &c->inside);
	if (!ipv6_addr_equal(&c->outside, &addr->key.ip) ||
	    !dvr_natport_fits(rule, c->proto, c->in_port, c->out_port))
		return NULL;
	if (rule->cfg.mapping == DVR_NAT_BEHAVIOUR_CONNECTION &&
	    dvr_natport_class(c->proto) != DVR_NATPORT_OTHER)
		return dvr_natport_taken(addr, c->proto, c->out_port) ? NULL :
									rule;
	return dvr_binding_get_at(nat, rule, &c->inside, c->proto, c->in_port,
				  c->out_port, binding) ? NULL : rule;
}

/* Find the rule, or the mapping, that would have let the connection in. */
static struct dvr_natrule *claim_dest_rule(struct dvr_nat *nat,
					   const struct claim *c,
					   struct dvr_binding **binding)
{
	struct dvr_nataddr *addr = dvr_nataddr_find(nat, &c->outside);
	__be16 port = c->out_port;
	struct dvr_natrule *rule;
	struct dvr_binding *b;

	if (!addr)
		return NULL;
	rule = rcu_dereference(addr->floating);
	if (!rule && dvr_proto_has_ports(c->proto)) {
		rule = dvr_natrule_forward(addr, c->proto, port);
		if (rule)
			port = htons(ntohs(port) - rule->cfg.port_min +
				     rule->cfg.inside_port);
	}
	if (rule)
		return ipv6_addr_equal(&c->inside, &rule->cfg.inside.ip) &&
		       c->in_port == port ? rule : NULL;
	if (!dvr_proto_has_ports(c->proto))
		return NULL;
	b = dvr_binding_outside(nat, &c->outside, c->proto, port);
	if (!b || !ipv6_addr_equal(&c->inside, &b->inside.ip) ||
	    c->in_port != b->inside.port || !dvr_binding_hold(nat, b))
		return NULL;
	*binding = b;
	return READ_ONCE(b->rule);
}

/*
 * Find the rule that could have made an entry. nf_nat translates packets by the
 * tuples and by the status bits, which only nf_nat can set. An entry with both
 * translations is of a hairpin; its mapping cannot be found out from the entry.
 */
static struct dvr_natrule *adopt_rule(struct dvr_nat *nat,
				      const struct nf_conn *ct,
				      const struct dvr_iface *outer,
				      struct dvr_binding **binding)
{
	const struct nf_conntrack_tuple *first, *answer;
	unsigned long status = READ_ONCE(ct->status);
	struct claim c = { .proto = nf_ct_protonum(ct) };
	struct dvr_natrule *rule = NULL;

	if ((status & IPS_NAT_DONE_MASK) != IPS_NAT_DONE_MASK)
		return NULL;
	first = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	answer = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	switch (status & IPS_NAT_MASK) {
	case IPS_SRC_NAT:
		if (claim_read(&c, first, answer))
			rule = claim_source_rule(nat, &c, outer, binding);
		break;
	case IPS_DST_NAT:
		if (claim_read(&c, answer, first))
			rule = claim_dest_rule(nat, &c, binding);
		break;
	}
	return rule;
}

/**
 * dvr_adopt() - make a connection of an entry that a rule could have made
 * @nat: instance, in whose zone the entry is
 * @p: packet of the entry, not translated
 * @ct: conntrack entry, confirmed, without a connection
 * @outer: leg on the out segment that the packet came in by or leaves by
 * @conn: gets the connection
 *
 * If two CPUs adopt the same entry, one adds the connection and the other finds
 * it.
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or the reason why the packet must be dropped.
 */
enum dvr_drop dvr_adopt(struct dvr_nat *nat, struct dvr_pkt *p,
			struct nf_conn *ct, const struct dvr_iface *outer,
			struct dvr_conn **conn)
{
	bool from_inside = p->iif && p->port && p->iif != outer;
	struct dvr_owner *owner[DVR_TIES] = {
		[DVR_TIE_PORT] = from_inside ? &p->port->conns : NULL,
	};
	struct dvr_binding *binding = NULL;
	struct dvr_natrule *rule;
	enum dvr_drop reason;
	bool inbound;

	/*
	 * The entry of an ended connection is about to be deleted; its packets
	 * are dropped.
	 */
	if (nf_ct_is_dying(ct) || !outer || dvr_track_is_error(p))
		return DVR_DROP_NAT_GONE;
	rule = adopt_rule(nat, ct, outer, &binding);
	/* A reply leaves by the leg of the rule, see nat_leave_elsewhere(). */
	inbound = (READ_ONCE(ct->status) & IPS_NAT_MASK) == IPS_DST_NAT;
	if (!rule || (rule->cfg.out != outer && !(from_inside && inbound))) {
		dvr_binding_put(nat, binding);
		return DVR_DROP_NAT_GONE;
	}
	owner[DVR_TIE_RULE] = &rule->owner;
	reason = dvr_conn_add(nat, ct, READ_ONCE(p->router->cfg.conn_limit),
			      owner, rule, binding, conn);
	if (!reason) {
		set_bit(DVR_CONN_ADOPTED, &(*conn)->flags);
		if (inbound)
			set_bit(DVR_CONN_INBOUND, &(*conn)->flags);
		/*
		 * For a reply the port of the inside host is found later, see
		 * nat_tie_adopted().
		 */
		p->nat.rule = rule;
		return DVR_OK;
	}
	*conn = dvr_conn_find(nat, ct);
	return *conn && dvr_conn_live(*conn) ? DVR_OK : reason;
}
