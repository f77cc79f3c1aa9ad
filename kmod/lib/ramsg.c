// SPDX-License-Identifier: GPL-2.0-only
/*
 * Router advertisements (RFC 4861 4.2) with options for prefixes, the MTU, DNS
 * servers and the DNS search list (RFC 8106), and the preference of RFC 4191.
 */
#include <linux/ctype.h>
#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/ndisc.h>

#include "lib/ramsg.h"

#define RA_HOP_LIMIT	64	/* for packets of hosts, as in Linux */
#define LABEL_MAX	63	/* RFC 1035 2.3.4 */
#define OPT_UNIT	8	/* lengths of options are in units of 8 bytes */
#define OPT_HEAD	8	/* of RDNSS and DNSSL, with the lifetime */

#define PIO_ON_LINK	BIT(7)
#define PIO_AUTONOMOUS	BIT(6)

/* RFC 8106 5.1: the default of the lifetime of DNS options. */
#define DNS_INTERVALS	3

/**
 * dvr_ra_cfg_init() - set the default configuration
 * @ra: configuration
 */
void dvr_ra_cfg_init(struct dvr_ra_cfg *ra)
{
	memset(ra, 0, sizeof(*ra));
	ra->mtu = DVR_IFACE_RA_MTU_DEFAULT;
	ra->lifetime = DVR_IFACE_RA_LIFETIME_DEFAULT;
	ra->interval = DVR_IFACE_RA_INTERVAL_DEFAULT;
}

/**
 * dvr_ra_cfg_usual() - check for the default configuration
 * @ra: configuration
 *
 * Return: true if it is the default.
 */
bool dvr_ra_cfg_usual(const struct dvr_ra_cfg *ra)
{
	return !ra->on && !ra->managed && !ra->other && !ra->preference &&
	       ra->mtu == DVR_IFACE_RA_MTU_DEFAULT &&
	       ra->lifetime == DVR_IFACE_RA_LIFETIME_DEFAULT &&
	       ra->interval == DVR_IFACE_RA_INTERVAL_DEFAULT &&
	       !ra->n_prefixes && !ra->n_servers && !ra->dnssl_len;
}

static bool label_char(char c)
{
	return isascii(c) && (isalnum(c) || c == '-' || c == '_');
}

/**
 * dvr_ra_add_domain() - append a name to the search list
 * @ra: configuration
 * @name: labels of letters, digits, '-' and '_', with dots between; a dot may
 *	follow
 *
 * Return: 0, -EINVAL if @name is no name, or -E2BIG if the list is too long.
 */
int dvr_ra_add_domain(struct dvr_ra_cfg *ra, const char *name)
{
	u8 *to = ra->dnssl + ra->dnssl_len;
	u8 *end = ra->dnssl + sizeof(ra->dnssl);
	unsigned int len;

	if (!*name)
		return -EINVAL;
	while (*name) {
		for (len = 0; label_char(name[len]); len++)
			;
		if (!len || len > LABEL_MAX || (name[len] && name[len] != '.'))
			return -EINVAL;
		/* The length, the label, and the end of the name. */
		if (end - to < (int)len + 2)
			return -E2BIG;
		*to++ = len;
		memcpy(to, name, len);
		to += len;
		name += len + (name[len] == '.');
	}
	*to++ = 0;
	ra->dnssl_len = to - ra->dnssl;
	return 0;
}

/**
 * dvr_ra_domain() - get a name of the search list
 * @ra: configuration
 * @at: place of the name in &dvr_ra_cfg.dnssl, below &dvr_ra_cfg.dnssl_len
 * @name: set to the name without final dot, DVR_DOMAIN_MAX + 1 bytes
 *
 * Return: the place of the next name.
 */
unsigned int dvr_ra_domain(const struct dvr_ra_cfg *ra, unsigned int at,
			   char *name)
{
	unsigned int len;
	char *to = name;

	while ((len = ra->dnssl[at++])) {
		if (to != name)
			*to++ = '.';
		memcpy(to, ra->dnssl + at, len);
		to += len;
		at += len;
	}
	*to = '\0';
	return at;
}

/* Make a prefix to advertise of an address of the leg, if there is one. */
static bool ra_leg_prefix(const struct dvr_ra_leg *leg, unsigned int i,
			  struct dvr_ra_prefix *p)
{
	const struct dvr_prefix *addr = &leg->addr[i];
	unsigned int j;

	if (addr->v4 || addr->len == 128 ||
	    ipv6_addr_type(&addr->ip) & IPV6_ADDR_LINKLOCAL)
		return false;
	/* Two addresses of one subnet have one prefix. */
	for (j = 0; j < i; j++)
		if (!leg->addr[j].v4 && leg->addr[j].len == addr->len &&
		    dvr_prefix_has(addr, &leg->addr[j].ip))
			return false;
	ipv6_addr_prefix(&p->ip, &addr->ip, addr->len);
	p->len = addr->len;
	p->on_link = DVR_RA_PREFIX_ON_LINK_DEFAULT;
	p->autonomous = addr->len == DVR_RA_AUTONOMOUS_LEN;
	p->valid = DVR_RA_PREFIX_VALID_DEFAULT;
	p->preferred = DVR_RA_PREFIX_PREFERRED_DEFAULT;
	return true;
}

static unsigned int ra_count_prefixes(const struct dvr_ra_cfg *ra,
				      const struct dvr_ra_leg *leg)
{
	unsigned int i, n = ra->n_prefixes;
	struct dvr_ra_prefix p;

	if (n)
		return n;
	for (i = 0; i < leg->n; i++)
		n += ra_leg_prefix(leg, i, &p);
	return n;
}

static unsigned int ra_dns_size(unsigned int len)
{
	return len ? OPT_HEAD + ALIGN(len, OPT_UNIT) : 0;
}

/**
 * dvr_ra_size() - get the length of a router advertisement
 * @ra: configuration
 * @leg: leg that sends the message
 *
 * Return: bytes from the ICMPv6 header on.
 */
unsigned int dvr_ra_size(const struct dvr_ra_cfg *ra,
			 const struct dvr_ra_leg *leg)
{
	unsigned int size = sizeof(struct ra_msg) + OPT_UNIT;

	if (ra->mtu)
		size += OPT_UNIT;
	size += ra_count_prefixes(ra, leg) * sizeof(struct prefix_info);
	size += ra_dns_size(ra->n_servers * sizeof(struct in6_addr));
	return size + ra_dns_size(ra->dnssl_len);
}

static u8 *ra_put_option(u8 *to, u8 type, unsigned int size)
{
	to[0] = type;
	to[1] = size / OPT_UNIT;
	return to;
}

static u8 *ra_put_prefix(u8 *to, const struct dvr_ra_prefix *p)
{
	ra_put_option(to, ND_OPT_PREFIX_INFO, sizeof(struct prefix_info));
	to[2] = p->len;
	to[3] = (p->on_link ? PIO_ON_LINK : 0) |
		(p->autonomous ? PIO_AUTONOMOUS : 0);
	put_unaligned_be32(p->valid, to + 4);
	put_unaligned_be32(p->preferred, to + 8);
	memcpy(to + offsetof(struct prefix_info, prefix), &p->ip,
	       sizeof(p->ip));
	return to + sizeof(struct prefix_info);
}

static u8 *ra_put_prefixes(u8 *to, const struct dvr_ra_cfg *ra,
			   const struct dvr_ra_leg *leg)
{
	struct dvr_ra_prefix p;
	unsigned int i;

	for (i = 0; i < ra->n_prefixes; i++)
		to = ra_put_prefix(to, &ra->prefix[i]);
	for (i = 0; !ra->n_prefixes && i < leg->n; i++)
		if (ra_leg_prefix(leg, i, &p))
			to = ra_put_prefix(to, &p);
	return to;
}

/* What the option does not fill up is zero already. */
static u8 *ra_put_dns(u8 *to, const struct dvr_ra_cfg *ra, u8 type,
		      const void *data, unsigned int len)
{
	if (!len)
		return to;
	ra_put_option(to, type, ra_dns_size(len));
	put_unaligned_be32(ra->interval * DNS_INTERVALS, to + 4);
	memcpy(to + OPT_HEAD, data, len);
	return to + ra_dns_size(len);
}

/* RFC 4191 2.2: without a lifetime the preference is medium. */
static u8 ra_preference(const struct dvr_ra_cfg *ra, bool final)
{
	if (final || !ra->lifetime)
		return ICMPV6_ROUTER_PREF_MEDIUM;
	switch (ra->preference) {
	case DVR_RA_PREFERENCE_HIGH:
		return ICMPV6_ROUTER_PREF_HIGH;
	case DVR_RA_PREFERENCE_LOW:
		return ICMPV6_ROUTER_PREF_LOW;
	}
	return ICMPV6_ROUTER_PREF_MEDIUM;
}

/**
 * dvr_ra_write() - write a router advertisement
 * @msg: zeroed, dvr_ra_size() bytes; the checksum stays zero
 * @ra: configuration
 * @leg: leg that sends the message
 * @final: the router is no default router from now on (RFC 4861 6.2.5)
 */
void dvr_ra_write(u8 *msg, const struct dvr_ra_cfg *ra,
		  const struct dvr_ra_leg *leg, bool final)
{
	struct icmp6hdr *hdr = (struct icmp6hdr *)msg;
	u8 *to = msg + sizeof(struct ra_msg);

	hdr->icmp6_type = NDISC_ROUTER_ADVERTISEMENT;
	hdr->icmp6_hop_limit = RA_HOP_LIMIT;
	hdr->icmp6_addrconf_managed = ra->managed;
	hdr->icmp6_addrconf_other = ra->other;
	hdr->icmp6_router_pref = ra_preference(ra, final);
	hdr->icmp6_rt_lifetime = final ? 0 : htons(ra->lifetime);
	ra_put_option(to, ND_OPT_SOURCE_LL_ADDR, OPT_UNIT);
	memcpy(to + 2, leg->hw, ETH_ALEN);
	to += OPT_UNIT;
	if (ra->mtu) {
		ra_put_option(to, ND_OPT_MTU, OPT_UNIT);
		put_unaligned_be32(leg->mtu, to + 4);
		to += OPT_UNIT;
	}
	to = ra_put_prefixes(to, ra, leg);
	to = ra_put_dns(to, ra, ND_OPT_RDNSS, ra->server,
			ra->n_servers * sizeof(*ra->server));
	ra_put_dns(to, ra, ND_OPT_DNSSL, ra->dnssl, ra->dnssl_len);
}
