// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv6-to-IPv6 network prefix translation (RFC 6296). The translation is
 * stateless, and neutral to checksums, so the upper layers stay as they are,
 * and fragments need not be gathered.
 */
#include <linux/icmpv6.h>
#include <net/checksum.h>

#include "lib/dvr_test.h"
#include "nat/instance.h"
#include "nat/natrule.h"
#include "nat/npt.h"
#include "nat/track.h"

/* One's complement sum of the words of an address, folded. */
static u16 npt_sum(const struct in6_addr *ip)
{
	return ~(__force u16)csum_fold(csum_partial(ip, sizeof(*ip), 0));
}

static u16 npt_add16(u16 a, u16 b)
{
	u32 sum = (u32)a + b;

	return (sum & 0xffff) + (sum >> 16);
}

/**
 * dvr_npt_map() - translate an address (RFC 6296 3)
 * @ip: address in @from; gets the translated address
 * @from: prefix of the address, host bits zero
 * @to: new prefix, of the same length
 *
 * Return: false if the address has no translation: all of its words that could
 *	absorb the difference are 0xffff.
 */
bool dvr_npt_map(struct in6_addr *ip, const struct dvr_prefix *from,
		 const struct dvr_prefix *to)
{
	/*
	 * The word that compensates the change of the prefix gets this
	 * difference.
	 */
	u16 adjust = npt_add16(npt_sum(&from->ip), ~npt_sum(&to->ip)), word;
	unsigned int i = 3, last = 3, bits = from->len / 32;
	struct in6_addr new = *ip;

	if (from->len > 48) {
		i = from->len > 64 ? DIV_ROUND_UP(from->len, 16) : 4;
		last = 7;
	}
	while (i <= last && ip->s6_addr16[i] == htons(0xffff))
		i++;
	if (i > last)
		return false;
	memcpy(&new, &to->ip, bits * 4);
	if (from->len % 32) {
		__be32 mask = dvr_mask4(from->len % 32);

		new.s6_addr32[bits] = (to->ip.s6_addr32[bits] & mask) |
				      (ip->s6_addr32[bits] & ~mask);
	}
	/* The byte order does not matter to sums of words (RFC 1071 2). */
	word = npt_add16((__force u16)ip->s6_addr16[i], adjust);
	new.s6_addr16[i] = (__force __be16)(word == 0xffff ? 0 : word);
	*ip = new;
	return true;
}

/**
 * dvr_npt_publish() - let packets find a rule of prefix translation
 * @rule: rule that is live
 *
 * The rules are in order of preference: the first one that matches is the right one.
 *
 * Context: the configuration mutex.
 */
void dvr_npt_publish(struct dvr_natrule *rule)
{
	struct dvr_natlist *in = &rule->nat->npts;
	struct rb_node **at = &in->tree.rb_node, *parent = NULL;
	struct list_head *prev = &in->list;
	struct dvr_natrule *other;

	while (*at) {
		parent = *at;
		other = rb_entry(parent, struct dvr_natrule, order);
		if (dvr_natrule_before(rule, other)) {
			at = &parent->rb_left;
		} else {
			prev = &other->match;
			at = &parent->rb_right;
		}
	}
	rb_link_node(&rule->order, parent, at);
	rb_insert_color(&rule->order, &in->tree);
	list_add_rcu(&rule->match, prev);
}

/**
 * dvr_npt_unpublish() - undo dvr_npt_publish()
 * @rule: rule that is no longer live
 *
 * Context: the configuration mutex.
 */
void dvr_npt_unpublish(struct dvr_natrule *rule)
{
	rb_erase(&rule->order, &rule->nat->npts.tree);
	list_del_rcu(&rule->match);
}

DVR_EXPORT_FOR_TEST(dvr_npt_map);

/*
 * Translate the packet that an ICMPv6 error quotes. The checksum of the error
 * stays valid.
 */
static enum dvr_drop npt_map_quoted(struct dvr_pkt *p, bool source,
				    const struct dvr_prefix *from,
				    const struct dvr_prefix *to)
{
	unsigned int off = p->h.l4 + sizeof(struct icmp6hdr);
	struct ipv6hdr *inner;
	struct in6_addr *ip;

	if (!dvr_track_is_error(p) ||
	    p->skb->len < off + sizeof(*inner))
		return DVR_OK;
	if (skb_ensure_writable(p->skb, off + sizeof(*inner)))
		return DVR_DROP_NOMEM;
	inner = (void *)skb_network_header(p->skb) + off;
	ip = source ? &inner->saddr : &inner->daddr;
	if (inner->version == 6 && dvr_prefix_has(from, ip))
		dvr_npt_map(ip, from, to);
	return DVR_OK;
}

/*
 * Translate an address of a packet. The sum of the pseudo-header does not
 * change, so a partial checksum stays valid too.
 */
static enum dvr_drop npt_map_pkt(struct dvr_pkt *p, bool source,
				 const struct dvr_prefix *from,
				 const struct dvr_prefix *to)
{
	struct ipv6hdr *ip6h;

	if (skb_ensure_writable(p->skb, sizeof(*ip6h)))
		return DVR_DROP_NOMEM;
	ip6h = ipv6_hdr(p->skb);
	return dvr_npt_map(source ? &ip6h->saddr : &ip6h->daddr, from, to) ?
	       DVR_OK : DVR_DROP_NAT_REFUSED;
}

static const struct dvr_natrule *npt_rule_of(const struct dvr_nat *nat,
					     const struct dvr_iface *out,
					     const struct in6_addr *inside)
{
	const struct dvr_natrule *rule;

	list_for_each_entry_rcu(rule, &nat->npts.list, match)
		if (rule->cfg.out == out &&
		    dvr_prefix_has(&rule->cfg.inside, inside))
			return rule;
	return NULL;
}

/*
 * A router between the inside host and this router sends an ICMPv6 error from
 * an address of no translated prefix. The error gets the outside address of the
 * inside host as its source, as it would behind a floating address.
 */
static enum dvr_drop npt_lend_source(struct dvr_pkt *p,
				     const struct in6_addr *inside,
				     const struct dvr_natrule *rule)
{
	struct in6_addr ip = *inside;
	struct icmp6hdr *icmp6h;
	struct ipv6hdr *ip6h;

	if (!dvr_npt_map(&ip, &rule->cfg.inside, &rule->cfg.outside))
		return DVR_DROP_NAT_REFUSED;
	if (skb_ensure_writable(p->skb, p->h.l4 + sizeof(*icmp6h)))
		return DVR_DROP_NOMEM;
	ip6h = ipv6_hdr(p->skb);
	icmp6h = (void *)ip6h + p->h.l4;
	inet_proto_csum_replace16(&icmp6h->icmp6_cksum, p->skb,
				  ip6h->saddr.s6_addr32, ip.s6_addr32, true);
	ip6h->saddr = ip;
	return DVR_OK;
}

/*
 * Translate the source of a packet. @inside is the source, or the inside host
 * that an ICMPv6 error is about.
 */
static enum dvr_drop npt_map_source(const struct dvr_nat *nat,
				    struct dvr_pkt *p,
				    const struct dvr_iface *out,
				    const struct in6_addr *inside)
{
	const struct dvr_natrule *source, *rule = npt_rule_of(nat, out, inside);
	enum dvr_drop reason;

	source = npt_rule_of(nat, out, &ipv6_hdr(p->skb)->saddr);
	if (source)
		reason = npt_map_pkt(p, true, &source->cfg.inside,
				     &source->cfg.outside);
	else if (rule)
		reason = npt_lend_source(p, inside, rule);
	else
		return DVR_OK;
	if (reason || !rule)
		return reason;
	return npt_map_quoted(p, false, &rule->cfg.inside, &rule->cfg.outside);
}

/**
 * dvr_npt_covers() - check whether a prefix translation covers a host
 * @nat: instance
 * @out: leg that the packet of the host leaves by
 * @inside: address of the host, v4-mapped for IPv4
 *
 * Context: softirq, RCU.
 * Return: true if so.
 */
bool dvr_npt_covers(const struct dvr_nat *nat, const struct dvr_iface *out,
		    const struct in6_addr *inside)
{
	return npt_rule_of(nat, out, inside);
}

/*
 * As nat_src_forged(), but other routers on the link may have addresses of the
 * prefix.
 */
static bool npt_src_forged(const struct dvr_pkt *p,
			   const struct dvr_natrule *rule)
{
	const struct in6_addr *src = &ipv6_hdr(p->skb)->saddr;

	return !p->local && dvr_prefix_has(&rule->cfg.outside, src) &&
	       !dvr_iface_covers(p->iif, src);
}

/**
 * dvr_npt_in() - translate the destination of a packet
 * @nat: instance
 * @p: packet, before its route is looked up
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, translated or not, or the reason why the packet must be
 *	dropped.
 */
enum dvr_drop dvr_npt_in(const struct dvr_nat *nat, struct dvr_pkt *p)
{
	const struct dvr_natrule *rule;
	enum dvr_drop reason;
	struct in6_addr inside;

	list_for_each_entry_rcu(rule, &nat->npts.list, match) {
		if (!dvr_prefix_has(&rule->cfg.outside,
				    &ipv6_hdr(p->skb)->daddr))
			continue;
		if (unlikely(p->iif == rule->cfg.out &&
			     npt_src_forged(p, rule)))
			return DVR_DROP_MARTIAN_SRC;
		/* An ICMP error can still quote the packet as it was sent. */
		if (unlikely(dvr_ttl_used_up(p)))
			return DVR_DROP_TTL;
		reason = npt_map_pkt(p, false, &rule->cfg.outside,
				     &rule->cfg.inside) ?:
			 npt_map_quoted(p, true, &rule->cfg.outside,
					&rule->cfg.inside);
		if (reason || p->iif == rule->cfg.out)
			return reason;
		/*
		 * Hairpin (RFC 6296 2.5): the source must be an outside one
		 * too.
		 */
		dvr_track_inside(p, &inside);
		return npt_map_source(nat, p, rule->cfg.out, &inside);
	}
	return DVR_OK;
}

/**
 * dvr_npt_out() - translate the source of a packet
 * @nat: instance
 * @p: packet
 * @out: leg that the packet leaves by
 * @inside: address that dvr_track_inside() has found
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK, translated or not, or the reason why the packet must be
 *	dropped.
 */
enum dvr_drop dvr_npt_out(const struct dvr_nat *nat, struct dvr_pkt *p,
			  const struct dvr_iface *out,
			  const struct in6_addr *inside)
{
	return npt_map_source(nat, p, out, inside);
}
