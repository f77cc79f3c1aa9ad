// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conntrack and nf_nat as a library. A packet that NAT handles is tracked in
 * the zone of its router, translated by its conntrack entry, and confirmed. All
 * calls come from the packet path. No netfilter hook of the host is involved.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_nat.h>

#include "compat/conntrack.h"
#include "nat/instance.h"
#include "nat/natport.h"
#include "nat/timers.h"
#include "nat/track.h"

static __always_inline void track_state(const struct dvr_nat *nat,
					const struct dvr_pkt *p,
					unsigned int hook,
					struct nf_hook_state *state)
{
	*state = (struct nf_hook_state){
		.hook = hook,
		.pf = p->h.v4 ? NFPROTO_IPV4 : NFPROTO_IPV6,
		.net = nat->dn->net,
	};
}

/*
 * Near its maximum conntrack evicts entries of any zone to make room. So near
 * the maximum only existing entries are used. Half of the last part is for
 * routers that have few connections, in equal shares: one router may take the
 * table, but not from all others.
 */
static bool track_is_full(const struct dvr_nat *nat)
{
	unsigned int max = READ_ONCE(nf_conntrack_max), share = max / 32;
	unsigned int n = nf_conntrack_count(nat->dn->net);

	if (!max || n < max - max / 16)
		return false;
	return n >= max - share ||
	       atomic_read(&nat->n_conns) * atomic_read(&nat->dn->n_nats) >=
	       share;
}

static bool track_tuple(const struct dvr_nat *nat, const struct dvr_pkt *p,
			struct nf_conntrack_tuple *tuple)
{
	return nf_ct_get_tuplepr(p->skb, skb_network_offset(p->skb),
				 p->h.v4 ? NFPROTO_IPV4 : NFPROTO_IPV6,
				 nat->dn->net, tuple);
}

/**
 * dvr_track_expected() - check whether a helper expects a packet
 * @nat: instance
 * @p: packet, no fragment, without a conntrack entry
 *
 * Context: softirq, RCU.
 * Return: true if so.
 */
bool dvr_track_expected(const struct dvr_nat *nat, const struct dvr_pkt *p)
{
	struct nf_conntrack_expect *exp;
	struct nf_conntrack_tuple tuple;

	if (!track_tuple(nat, p, &tuple))
		return false;
	exp = nf_ct_expect_find_get(nat->dn->net, nf_ct_zone(nat->tmpl),
				    &tuple);
	if (!exp)
		return false;
	nf_ct_expect_put(exp);
	return true;
}

/**
 * dvr_track_known() - check whether a packet has a conntrack entry
 * @nat: instance
 * @p: packet, no fragment and no ICMP error
 *
 * Context: softirq, RCU.
 * Return: true if so.
 */
bool dvr_track_known(const struct dvr_nat *nat, const struct dvr_pkt *p)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;

	if (!track_tuple(nat, p, &tuple))
		return false;
	h = nf_conntrack_find_get(nat->dn->net, nf_ct_zone(nat->tmpl), &tuple);
	if (!h)
		return false;
	nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return true;
}

/**
 * dvr_track_is_error() - check whether a packet is an ICMP error
 * @p: packet
 *
 * Return: true if so; false for a later fragment.
 */
bool dvr_track_is_error(const struct dvr_pkt *p)
{
	u8 type;

	if (p->h.proto != (p->h.v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) ||
	    p->h.frag & DVR_FRAG_LATER ||
	    skb_copy_bits(p->skb, skb_network_offset(p->skb) + p->h.l4, &type, 1))
		return false;
	return p->h.v4 ? icmp_is_err(type) : !(type & ICMPV6_INFOMSG_MASK);
}

/**
 * dvr_track_quoted() - get the host that an ICMP error is about
 * @p: packet
 * @ip: gets the destination of the packet that the error quotes, v4-mapped for
 *	IPv4; unchanged if @p is no ICMP error or quotes too little
 */
void dvr_track_quoted(const struct dvr_pkt *p, struct in6_addr *ip)
{
	unsigned int off = p->h.l4 + sizeof(struct icmphdr);
	union {
		struct iphdr v4;
		struct ipv6hdr v6;
	} inner;

	BUILD_BUG_ON(sizeof(struct icmphdr) != sizeof(struct icmp6hdr));
	if (!dvr_track_is_error(p))
		return;
	off += skb_network_offset(p->skb);
	if (p->h.v4) {
		if (!skb_copy_bits(p->skb, off, &inner.v4, sizeof(inner.v4)))
			dvr_map4(ip, inner.v4.daddr);
	} else if (!skb_copy_bits(p->skb, off, &inner.v6, sizeof(inner.v6))) {
		*ip = inner.v6.daddr;
	}
}

/*
 * True if the IPv4 header that an ICMP error quotes is whole (RFC 5508 REQ-3).
 */
static bool track_quote_ok(const struct dvr_pkt *p)
{
	unsigned int off = skb_network_offset(p->skb) + p->h.l4 +
			   sizeof(struct icmphdr);
	u8 buf[MAX_IPOPTLEN + sizeof(struct iphdr)] __aligned(4);
	const struct iphdr *iph = (const struct iphdr *)buf;

	if (!p->h.v4 || !dvr_track_is_error(p))
		return true;
	return !skb_copy_bits(p->skb, off, buf, sizeof(*iph)) &&
	       iph->version == 4 && iph->ihl >= 5 &&
	       !skb_copy_bits(p->skb, off, buf, iph->ihl * 4) &&
	       !ip_fast_csum(buf, iph->ihl);
}

/*
 * True if a protocol has ports, but the kernel's conntrack does not support it.
 * For such a packet nf_nat would translate the addresses, but would not update
 * the checksum, which covers the addresses.
 */
static bool track_unsupported(u8 proto)
{
	switch (proto) {
	case IPPROTO_SCTP:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_SCTP);
	case IPPROTO_DCCP:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_DCCP);
	case IPPROTO_UDPLITE:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_UDPLITE);
	}
	return false;
}

/**
 * dvr_track() - find or make the conntrack entry of a packet
 * @nat: instance, in whose zone the entry is
 * @p: packet, no fragment
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK with the entry on the packet, or the reason why the packet
 *	must be dropped.
 */
enum dvr_drop dvr_track(const struct dvr_nat *nat, struct dvr_pkt *p)
{
	struct nf_hook_state state;
	enum ip_conntrack_info info;

	nf_reset_ct(p->skb);
	if (unlikely(track_unsupported(p->h.proto)) ||
	    (unlikely(dvr_proto_is_icmp(p->h.proto)) && !track_quote_ok(p)))
		return DVR_DROP_NAT_INVALID;
	if (unlikely(track_is_full(nat)) && !dvr_track_is_error(p) &&
	    !dvr_track_known(nat, p))
		return DVR_DROP_NAT_LIMIT;
	track_state(nat, p, NF_INET_PRE_ROUTING, &state);
	nf_conntrack_get(&nat->tmpl->ct_general);
	nf_ct_set(p->skb, nat->tmpl, IP_CT_NEW);
	if (nf_conntrack_in(p->skb, &state) != NF_ACCEPT)
		return DVR_DROP_NAT_INVALID;
	return nf_ct_get(p->skb, &info) ? DVR_OK : DVR_DROP_NAT_INVALID;
}

/*
 * Add counters, whatever the host's nf_conntrack_acct is. Without memory the
 * entry has no counters.
 */
static void track_add_counters(struct nf_conn *ct, const struct sk_buff *skb)
{
	struct nf_conn_acct *acct;

	if (nf_conn_acct_find(ct))
		return;
	acct = nf_ct_ext_add(ct, NF_CT_EXT_ACCT, GFP_ATOMIC);
	if (!acct)
		return;
	/* Conntrack could not count the first packet. */
	atomic64_set(&acct->counter[IP_CT_DIR_ORIGINAL].packets, 1);
	atomic64_set(&acct->counter[IP_CT_DIR_ORIGINAL].bytes, skb->len);
}

/**
 * dvr_track_new() - add counters and timers to a new entry
 * @nat: instance
 * @ct: conntrack entry, not confirmed
 * @skb: packet of the entry
 *
 * Context: softirq, RCU.
 * Return: DVR_OK or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_track_new(const struct dvr_nat *nat, struct nf_conn *ct,
			    const struct sk_buff *skb)
{
	track_add_counters(ct, skb);
	return dvr_timers_apply(READ_ONCE(nat->timers), ct);
}

/**
 * dvr_track_translate() - translate a packet by its conntrack entry
 * @p: packet with an entry whose NAT is set up
 * @hook: NF_INET_PRE_ROUTING for the destination, NF_INET_POST_ROUTING for the
 *	source
 *
 * For an ICMP error the packet that it quotes is translated back as well (RFC
 * 5508 4).
 *
 * Context: softirq, RCU. Headers may move.
 * Return: DVR_OK or DVR_DROP_NAT_INVALID.
 */
enum dvr_drop dvr_track_translate(struct dvr_pkt *p, unsigned int hook)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(p->skb, &info);
	bool ok;

	if ((info == IP_CT_RELATED || info == IP_CT_RELATED_REPLY) &&
	    dvr_proto_is_icmp(p->h.proto) && dvr_track_is_error(p)) {
		if (p->h.v4)
			ok = nf_nat_icmp_reply_translation(p->skb, ct, info,
							   hook);
		else
			ok = nf_nat_icmpv6_reply_translation(p->skb, ct, info,
							     hook, p->h.l4);
	} else {
		ok = nf_nat_packet(ct, info, hook, p->skb) == NF_ACCEPT;
	}
	return ok ? DVR_OK : DVR_DROP_NAT_INVALID;
}

/**
 * dvr_track_confirm() - confirm the conntrack entry of a packet
 * @nat: instance
 * @p: packet, translated, about to leave
 *
 * Helpers see the packet, and TCP sequence numbers are adjusted. A new entry
 * can be found from now on.
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or DVR_DROP_NAT_CLASH if another entry has the same tuples.
 */
enum dvr_drop dvr_track_confirm(const struct dvr_nat *nat, struct dvr_pkt *p)
{
	struct nf_hook_state state;

	/*
	 * For NF_INET_POST_ROUTING nf_confirm() would read state.out, which is
	 * not set.
	 */
	track_state(nat, p, NF_INET_LOCAL_IN, &state);
	return dvr_nf_confirm(p->skb, p->h.l4, &state) == NF_ACCEPT ?
	       DVR_OK : DVR_DROP_NAT_CLASH;
}

/**
 * dvr_tuple_src() - get the source address of a tuple
 * @t: tuple
 * @ip: gets the address, v4-mapped for IPv4
 */
void dvr_tuple_src(const struct nf_conntrack_tuple *t, struct in6_addr *ip)
{
	if (t->src.l3num == NFPROTO_IPV4)
		dvr_map4(ip, t->src.u3.ip);
	else
		*ip = t->src.u3.in6;
}

/**
 * dvr_tuple_dst() - get the destination address of a tuple
 * @t: tuple
 * @ip: gets the address, v4-mapped for IPv4
 */
void dvr_tuple_dst(const struct nf_conntrack_tuple *t, struct in6_addr *ip)
{
	if (t->src.l3num == NFPROTO_IPV4)
		dvr_map4(ip, t->dst.u3.ip);
	else
		*ip = t->dst.u3.in6;
}
