// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors: what both families share. icmp4.c and icmp6.c write the
 * messages. The kernel's icmp_send() needs a route of the host's own table, and
 * packets of tenants have none.
 */
#include <net/ipv6.h>

#include "lib/bucket.h"
#include "model/port.h"
#include "model/router.h"
#include "path/icmp.h"

/* Tokens that redirects leave to other errors. */
#define REDIRECT_SPARE	16U

/**
 * dvr_icmp_may_send() - whether an error is within the router's rate
 * @p: packet that the error is about
 * @kind: kind of the error
 *
 * RFC 1812 4.3.2.8, RFC 4443 2.4(f). As in Linux, icmpv4_mask_allow(), errors
 * about the path MTU are not limited: there is at most one for each packet, and
 * without it a connection stops. Redirects leave the last tokens to other
 * errors. Errors over the rate are counted as drops.
 *
 * Context: softirq, RCU.
 * Return: true if the error may be sent.
 */
bool dvr_icmp_may_send(struct dvr_pkt *p, enum dvr_icmp_kind kind)
{
	struct dvr_router *router = p->router;
	u32 rate = READ_ONCE(router->cfg.icmp_rate);

	if (rate && kind == DVR_ICMP_PMTU)
		return true;
	if (dvr_bucket_take(&dvr_pkt_buckets(p)->errors, rate,
			    kind == DVR_ICMP_REDIRECT ?
			    min(rate / 2, REDIRECT_SPARE) : 0))
		return true;
	dvr_drop_gone(router, NULL, DVR_DROP_ICMP_RATE);
	return false;
}

static const struct dvr_iface *icmp_leg_of(const struct dvr_route *route)
{
	if (!route)
		return NULL;
	if (route->type == DVR_ROUTE_TYPE_CONNECTED)
		return route->iface;
	return route->type == DVR_ROUTE_TYPE_UNICAST ?
	       READ_ONCE(route->nhg->nh[0].iface) : NULL;
}

/*
 * The address of a leg for an error to @to, which is not link-local. A
 * link-local source would not come further than to the next router.
 */
static bool icmp_leg_source(const struct dvr_iface *leg,
			    const struct in6_addr *to, struct in6_addr *source)
{
	return leg && dvr_iface_source(leg, to, source) &&
	       !(ipv6_addr_type(source) & IPV6_ADDR_LINKLOCAL);
}

/*
 * No leg that the packet or the error passes has an address of the family. The
 * error is sent all the same: from the dummy address of RFC 7600 4.8, as in
 * Linux, or, to a host on the segment, from a link-local address.
 */
static bool icmp_last_source(const struct dvr_iface *back,
			     const struct in6_addr *to, struct in6_addr *source)
{
	if (!ipv6_addr_v4mapped(to))
		return back && dvr_iface_source(back, to, source);
	dvr_map4(source, htonl(INADDR_DUMMY));
	return true;
}

/**
 * dvr_icmp_source() - the source of an error
 * @p: packet that the error is about, whose source is not link-local
 * @source: set to the address, v4-mapped for IPv4
 *
 * RFC 1812 4.3.2.4: the source is an address of the interface that the error
 * leaves by. RFC 4443 2.2 has no such rule: the source of an ICMPv6 error is an
 * address of the leg that the packet came in by, as in Linux, icmp6_send(),
 * because traceroute shows the source as a part of the packet's way.
 *
 * A device of the host has no address of the router, and a leg may have none of
 * the family. Then it is an address of the leg that the packet came in by, or
 * else of the leg that the packet would have left by.
 *
 * Context: softirq, RCU.
 * Return: false if there is no address for the source.
 */
bool dvr_icmp_source(struct dvr_pkt *p, struct in6_addr *source)
{
	const struct dvr_iface *back;
	struct in6_addr to;
	const void *sender;

	dvr_pkt_src(p, &to);
	/* @p may have an outside source by now, but the error goes back inside. */
	if ((!p->h.v4 || unlikely(p->nat.passed)) &&
	    icmp_leg_source(p->iif, &to, source))
		return true;
	sender = p->h.v4 ? (const void *)&ip_hdr(p->skb)->saddr :
			   (const void *)&ipv6_hdr(p->skb)->saddr;
	back = icmp_leg_of(dvr_lookup(p->router, p->h.v4, sender));
	return icmp_leg_source(back, &to, source) ||
	       icmp_leg_source(p->iif, &to, source) ||
	       icmp_leg_source(icmp_leg_of(dvr_lookup_dst(p)), &to, source) ||
	       icmp_last_source(back, &to, source);
}

/**
 * dvr_icmp_unreachable() - send "destination unreachable" about a packet
 * @p: packet; the caller keeps it
 * @why: reason, which selects the code
 *
 * Context: softirq, RCU. Headers do not move.
 */
void dvr_icmp_unreachable(struct dvr_pkt *p, enum dvr_unreach why)
{
	static const u8 code4[] = {
		[DVR_UNREACH_NO_ROUTE] = ICMP_NET_UNREACH,
		[DVR_UNREACH_ROUTE] = ICMP_HOST_UNREACH,
		[DVR_UNREACH_HOST] = ICMP_HOST_UNREACH,
		[DVR_UNREACH_PROHIBITED] = ICMP_PKT_FILTERED,
	};
	static const u8 code6[] = {
		[DVR_UNREACH_NO_ROUTE] = ICMPV6_NOROUTE,
		[DVR_UNREACH_ROUTE] = ICMPV6_NOROUTE,
		[DVR_UNREACH_HOST] = ICMPV6_ADDR_UNREACH,
		[DVR_UNREACH_PROHIBITED] = ICMPV6_ADM_PROHIBITED,
	};

	if (p->h.v4)
		dvr_icmp4_error(p, ICMP_DEST_UNREACH, code4[why], 0);
	else
		dvr_icmp6_error(p, ICMPV6_DEST_UNREACH, code6[why], 0);
}

/**
 * dvr_icmp_time_exceeded() - send "time exceeded" about a packet
 * @p: packet; the caller keeps it
 *
 * Context: softirq, RCU.
 */
void dvr_icmp_time_exceeded(struct dvr_pkt *p)
{
	if (p->h.v4)
		dvr_icmp4_error(p, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	else
		dvr_icmp6_error(p, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
}

/**
 * dvr_icmp_too_big() - send the MTU to the sender (RFC 1191 4, RFC 8201 4)
 * @p: packet; the caller keeps it
 * @mtu: MTU of the way out, bytes
 *
 * Context: softirq, RCU.
 */
void dvr_icmp_too_big(struct dvr_pkt *p, unsigned int mtu)
{
	if (p->h.v4)
		dvr_icmp4_error(p, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
				htonl(mtu));
	else
		dvr_icmp6_error(p, ICMPV6_PKT_TOOBIG, 0,
				max_t(unsigned int, mtu, IPV6_MIN_MTU));
}

/*
 * A host with an address of this subnet can reach the next hop. A link-local
 * next hop is on the segment, whatever the subnets are (RFC 4861 8.2).
 */
static bool icmp_subnet_reaches(const struct dvr_prefix *subnet,
				const struct in6_addr *ip)
{
	return dvr_prefix_has(subnet, ip) ||
	       (!subnet->v4 && ipv6_addr_type(ip) & IPV6_ADDR_LINKLOCAL);
}

/**
 * dvr_icmp_maybe_redirect() - redirect a host to a better first hop
 * @p: packet that leaves by the leg it came in by; the caller keeps it
 * @ip: next hop, v4-mapped for IPv4
 *
 * RFC 1812 5.2.7.2: the sender and the next hop are on one segment.
 *
 * Context: softirq, RCU.
 */
void dvr_icmp_maybe_redirect(struct dvr_pkt *p, const struct in6_addr *ip)
{
	const struct dvr_iface_cfg *cfg;
	struct in6_addr src;
	unsigned int i;

	if (p->local || p->nat.tracked)
		return;
	cfg = rcu_dereference(p->iif->cfg);
	dvr_pkt_src(p, &src);
	for (i = 0; i < cfg->n; i++)
		if (dvr_prefix_has(&cfg->addr[i], &src) &&
		    icmp_subnet_reaches(&cfg->addr[i], ip)) {
			dvr_icmp_redirect(p, ip);
			/* The fast path sends no redirects. */
			p->nat.flow = false;
			return;
		}
}
