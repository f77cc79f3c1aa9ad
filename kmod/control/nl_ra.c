// SPDX-License-Identifier: GPL-2.0-only
/* Router advertisements in the netlink commands for legs. */
#include "control/nl.h"

/**
 * dvr_nl_ra_given() - check if a request is about router advertisements
 * @tb: attributes of the leg
 *
 * Return: true if it has one of their attributes.
 */
bool dvr_nl_ra_given(struct nlattr **tb)
{
	unsigned int i;

	for (i = 1; i <= DVR_A_IFACE_MAX; i++)
		if (tb[i] && DVR_NL_RA_ATTRS & BIT_ULL(i))
			return true;
	return dvr_nl_unset(tb, DVR_A_IFACE_UNSET) & DVR_NL_RA_ATTRS;
}

static void ra_read_u8(const struct nlattr *attr, u8 *value)
{
	if (attr)
		*value = nla_get_u32(attr);
}

static int ra_read_times(struct netlink_ext_ack *extack, struct nlattr **tb,
			 struct dvr_ra_cfg *ra)
{
	int err;

	err = dvr_nl_u32(extack, tb[DVR_A_IFACE_RA_LIFETIME_S], 0,
			 DVR_IFACE_RA_LIFETIME_MAX,
			 "ra-lifetime is at most 9000 seconds", &ra->lifetime);
	if (err)
		return err;
	err = dvr_nl_u32(extack, tb[DVR_A_IFACE_RA_INTERVAL_S],
			 DVR_IFACE_RA_INTERVAL_MIN, DVR_IFACE_RA_INTERVAL_MAX,
			 "ra-interval is 4 to 1800 seconds", &ra->interval);
	if (err)
		return err;
	if (ra->lifetime && ra->lifetime < ra->interval)
		return dvr_nl_bad(extack, tb[DVR_A_IFACE_RA_LIFETIME_S] ?:
				  tb[DVR_A_IFACE_RA_INTERVAL_S] ?:
				  tb[DVR_A_IFACE_UNSET],
				  "ra-lifetime is 0 or at least ra-interval",
				  -EINVAL);
	return 0;
}

static int ra_check_prefix(struct netlink_ext_ack *extack,
			   const struct nlattr *attr,
			   const struct dvr_prefix *p)
{
	struct dvr_prefix masked = *p;

	if (p->v4)
		return dvr_nl_bad(extack, attr,
				  "router advertisements have only IPv6 prefixes",
				  -EINVAL);
	dvr_prefix_mask(&masked);
	if (!dvr_prefix_equal(&masked, p))
		return dvr_nl_bad(extack, attr, "the prefix has host bits set",
				  -EINVAL);
	if (!p->len || ipv6_addr_type(&p->ip) &
		       (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
		return dvr_nl_bad(extack, attr,
				  "hosts cannot use this prefix", -EINVAL);
	return 0;
}

static int ra_read_prefix(struct netlink_ext_ack *extack,
			  const struct nlattr *attr, struct dvr_ra_prefix *to)
{
	struct nlattr *tb[DVR_A_RA_PREFIX_MAX + 1];
	struct dvr_prefix p;
	int err;

	dvr_nl_index(tb, DVR_A_RA_PREFIX_MAX, attr);
	if (!tb[DVR_A_RA_PREFIX_PREFIX])
		return dvr_nl_bad(extack, attr, "name a prefix", -EINVAL);
	err = dvr_nl_prefix(extack, tb[DVR_A_RA_PREFIX_PREFIX], &p);
	if (!err)
		err = ra_check_prefix(extack, tb[DVR_A_RA_PREFIX_PREFIX], &p);
	if (err)
		return err;
	to->ip = p.ip;
	to->len = p.len;
	to->on_link = DVR_RA_PREFIX_ON_LINK_DEFAULT;
	to->autonomous = p.len == DVR_RA_AUTONOMOUS_LEN;
	to->valid = DVR_RA_PREFIX_VALID_DEFAULT;
	ra_read_u8(tb[DVR_A_RA_PREFIX_ON_LINK], &to->on_link);
	ra_read_u8(tb[DVR_A_RA_PREFIX_AUTONOMOUS], &to->autonomous);
	if (to->autonomous && p.len != DVR_RA_AUTONOMOUS_LEN)
		return dvr_nl_bad(extack, tb[DVR_A_RA_PREFIX_AUTONOMOUS],
				  "an autonomous prefix has 64 bits", -EINVAL);
	if (tb[DVR_A_RA_PREFIX_VALID_S])
		to->valid = nla_get_u32(tb[DVR_A_RA_PREFIX_VALID_S]);
	to->preferred = min_t(u32, to->valid, DVR_RA_PREFIX_PREFERRED_DEFAULT);
	if (tb[DVR_A_RA_PREFIX_PREFERRED_S])
		to->preferred = nla_get_u32(tb[DVR_A_RA_PREFIX_PREFERRED_S]);
	if (to->preferred > to->valid)
		return dvr_nl_bad(extack, tb[DVR_A_RA_PREFIX_PREFERRED_S],
				  "the preferred lifetime is longer than the valid one",
				  -EINVAL);
	return 0;
}

static int ra_add_prefix(struct netlink_ext_ack *extack,
			 const struct nlattr *attr, struct dvr_ra_cfg *ra)
{
	struct dvr_ra_prefix *p = &ra->prefix[ra->n_prefixes];
	unsigned int i;
	int err;

	if (ra->n_prefixes == DVR_RA_PREFIXES_MAX)
		return dvr_nl_bad(extack, attr, "too many prefixes", -E2BIG);
	err = ra_read_prefix(extack, attr, p);
	if (err)
		return err;
	for (i = 0; i < ra->n_prefixes; i++)
		if (ra->prefix[i].len == p->len &&
		    ipv6_addr_equal(&ra->prefix[i].ip, &p->ip))
			return dvr_nl_bad(extack, attr,
					  "the prefix is given twice", -EINVAL);
	ra->n_prefixes++;
	return 0;
}

static int ra_add_server(struct netlink_ext_ack *extack,
			 const struct nlattr *attr, struct dvr_ra_cfg *ra)
{
	struct in6_addr ip;
	unsigned int i;
	int err;

	if (ra->n_servers == DVR_RA_SERVERS_MAX)
		return dvr_nl_bad(extack, attr, "too many servers", -E2BIG);
	err = dvr_nl_unicast(extack, attr, &ip);
	if (err)
		return err;
	for (i = 0; i < ra->n_servers; i++)
		if (ipv6_addr_equal(&ra->server[i], &ip))
			return dvr_nl_bad(extack, attr,
					  "the server is given twice", -EINVAL);
	ra->server[ra->n_servers++] = ip;
	return 0;
}

static int ra_add_name(struct netlink_ext_ack *extack,
		       const struct nlattr *attr, struct dvr_ra_cfg *ra)
{
	char name[DVR_DOMAIN_MAX + 1];

	nla_strscpy(name, attr, sizeof(name));
	switch (dvr_ra_add_domain(ra, name)) {
	case 0:
		return 0;
	case -E2BIG:
		return dvr_nl_bad(extack, attr,
				  "the search list is longer than 256 bytes",
				  -E2BIG);
	}
	return dvr_nl_bad(extack, attr,
			  "a domain has labels of 1 to 63 letters, digits, '-' and '_', with dots between",
			  -EINVAL);
}

static void ra_unset(struct nlattr **tb, struct dvr_ra_cfg *ra)
{
	u64 unset = dvr_nl_unset(tb, DVR_A_IFACE_UNSET);

	if (unset & BIT_ULL(DVR_A_IFACE_RA))
		ra->on = false;
	if (unset & BIT_ULL(DVR_A_IFACE_RA_MANAGED))
		ra->managed = false;
	if (unset & BIT_ULL(DVR_A_IFACE_RA_OTHER))
		ra->other = false;
	if (unset & BIT_ULL(DVR_A_IFACE_RA_PREFERENCE))
		ra->preference = DVR_RA_PREFERENCE_MEDIUM;
	if (unset & BIT_ULL(DVR_A_IFACE_RA_MTU))
		ra->mtu = DVR_IFACE_RA_MTU_DEFAULT;
	if (unset & BIT_ULL(DVR_A_IFACE_RA_LIFETIME_S))
		ra->lifetime = DVR_IFACE_RA_LIFETIME_DEFAULT;
	if (unset & BIT_ULL(DVR_A_IFACE_RA_INTERVAL_S))
		ra->interval = DVR_IFACE_RA_INTERVAL_DEFAULT;
}

/* Lists that are given replace the old ones; what is not used is zero. */
static void ra_empty_lists(struct nlattr **tb, struct dvr_ra_cfg *ra)
{
	u64 unset = dvr_nl_unset(tb, DVR_A_IFACE_UNSET);

	if (tb[DVR_A_IFACE_RA_PREFIX] ||
	    unset & BIT_ULL(DVR_A_IFACE_RA_PREFIX)) {
		ra->n_prefixes = 0;
		memset(ra->prefix, 0, sizeof(ra->prefix));
	}
	if (tb[DVR_A_IFACE_RDNSS] || unset & BIT_ULL(DVR_A_IFACE_RDNSS)) {
		ra->n_servers = 0;
		memset(ra->server, 0, sizeof(ra->server));
	}
	if (tb[DVR_A_IFACE_DNSSL] || unset & BIT_ULL(DVR_A_IFACE_DNSSL)) {
		ra->dnssl_len = 0;
		memset(ra->dnssl, 0, sizeof(ra->dnssl));
	}
}

static int ra_read_lists(struct netlink_ext_ack *extack, struct nlattr **tb,
			 struct dvr_ra_cfg *ra)
{
	unsigned int names = 0;
	struct nlattr *attr;
	int rem, err = 0;

	ra_empty_lists(tb, ra);
	nla_for_each_nested(attr, tb[0], rem) {
		switch (nla_type(attr)) {
		case DVR_A_IFACE_RA_PREFIX:
			err = ra_add_prefix(extack, attr, ra);
			break;
		case DVR_A_IFACE_RDNSS:
			err = ra_add_server(extack, attr, ra);
			break;
		case DVR_A_IFACE_DNSSL:
			if (names++ == DVR_RA_DOMAINS_MAX)
				err = dvr_nl_bad(extack, attr,
						 "too many names", -E2BIG);
			else
				err = ra_add_name(extack, attr, ra);
			break;
		}
		if (err)
			return err;
	}
	return 0;
}

/**
 * dvr_nl_ra_read() - read what a request changes in router advertisements
 * @extack: set to the reason of a refusal
 * @tb: attributes of the leg; the first one is the leg itself
 * @ra: configuration, changed
 *
 * Return: 0, -EINVAL, -ERANGE or -E2BIG.
 */
int dvr_nl_ra_read(struct netlink_ext_ack *extack, struct nlattr **tb,
		   struct dvr_ra_cfg *ra)
{
	ra_unset(tb, ra);
	ra_read_u8(tb[DVR_A_IFACE_RA], &ra->on);
	ra_read_u8(tb[DVR_A_IFACE_RA_MANAGED], &ra->managed);
	ra_read_u8(tb[DVR_A_IFACE_RA_OTHER], &ra->other);
	ra_read_u8(tb[DVR_A_IFACE_RA_PREFERENCE], &ra->preference);
	ra_read_u8(tb[DVR_A_IFACE_RA_MTU], &ra->mtu);
	return ra_read_times(extack, tb, ra) ?: ra_read_lists(extack, tb, ra);
}

static int ra_put_attr(struct sk_buff *skb, const struct dvr_ra_prefix *from)
{
	const struct dvr_prefix p = { .ip = from->ip, .len = from->len };
	struct nlattr *nest = nla_nest_start(skb, DVR_A_IFACE_RA_PREFIX);

	if (!nest)
		return -EMSGSIZE;
	if (dvr_nl_put_prefix(skb, DVR_A_RA_PREFIX_PREFIX, &p) ||
	    nla_put_u32(skb, DVR_A_RA_PREFIX_ON_LINK, from->on_link) ||
	    nla_put_u32(skb, DVR_A_RA_PREFIX_AUTONOMOUS, from->autonomous) ||
	    nla_put_u32(skb, DVR_A_RA_PREFIX_VALID_S, from->valid) ||
	    nla_put_u32(skb, DVR_A_RA_PREFIX_PREFERRED_S, from->preferred)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int ra_put_lists(struct sk_buff *skb, const struct dvr_ra_cfg *ra)
{
	char name[DVR_DOMAIN_MAX + 1];
	unsigned int i;

	for (i = 0; i < ra->n_prefixes; i++)
		if (ra_put_attr(skb, &ra->prefix[i]))
			return -EMSGSIZE;
	for (i = 0; i < ra->n_servers; i++)
		if (nla_put_in6_addr(skb, DVR_A_IFACE_RDNSS, &ra->server[i]))
			return -EMSGSIZE;
	for (i = 0; i < ra->dnssl_len;) {
		i = dvr_ra_domain(ra, i, name);
		if (nla_put_string(skb, DVR_A_IFACE_DNSSL, name))
			return -EMSGSIZE;
	}
	return 0;
}

/**
 * dvr_nl_ra_fill() - put the router advertisements of a leg
 * @skb: message
 * @ra: configuration; NULL for the default
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_ra_fill(struct sk_buff *skb, const struct dvr_ra_cfg *ra)
{
	if (!ra)
		return nla_put_u32(skb, DVR_A_IFACE_RA, false);
	if (nla_put_u32(skb, DVR_A_IFACE_RA, ra->on) ||
	    nla_put_u32(skb, DVR_A_IFACE_RA_MANAGED, ra->managed) ||
	    nla_put_u32(skb, DVR_A_IFACE_RA_OTHER, ra->other) ||
	    nla_put_u32(skb, DVR_A_IFACE_RA_LIFETIME_S, ra->lifetime) ||
	    nla_put_u32(skb, DVR_A_IFACE_RA_INTERVAL_S, ra->interval) ||
	    nla_put_u32(skb, DVR_A_IFACE_RA_PREFERENCE, ra->preference) ||
	    nla_put_u32(skb, DVR_A_IFACE_RA_MTU, ra->mtu))
		return -EMSGSIZE;
	return ra_put_lists(skb, ra);
}
