// SPDX-License-Identifier: GPL-2.0-only
/* Attributes that several kinds of objects have. */
#include <linux/nospec.h>

#include "control/nl.h"

/**
 * dvr_nl_bad() - refuse an attribute
 * @extack: set to sentence and attribute; may be NULL
 * @attr: the attribute, or NULL for the object as a whole
 * @msg: sentence, in static memory
 * @err: negative errno
 *
 * Return: @err.
 */
int dvr_nl_bad(struct netlink_ext_ack *extack, const struct nlattr *attr,
	       const char *msg, int err)
{
	if (extack) {
		extack->_msg = msg;
		if (attr)
			extack->bad_attr = attr;
	}
	return err;
}

/**
 * dvr_nl_blame() - add an attribute to a refusal without one
 * @extack: extack with the sentence; may be NULL
 * @attr: the attribute
 * @err: 0 or the error of the object
 *
 * Return: @err.
 */
int dvr_nl_blame(struct netlink_ext_ack *extack, const struct nlattr *attr,
		 int err)
{
	if (err && extack && !extack->bad_attr)
		extack->bad_attr = attr;
	return err;
}

/**
 * dvr_nl_index() - find the attributes of a nest
 * @tb: set to the attributes by type; of equal types, the last one counts
 * @max: highest type
 * @nest: nest of a request; the policy of the request includes that of the
 *	nest, so the kernel has validated all attributes
 */
void dvr_nl_index(struct nlattr **tb, int max, const struct nlattr *nest)
{
	struct nlattr *attr;
	int rem;

	memset(tb, 0, sizeof(*tb) * (max + 1));
	nla_for_each_nested(attr, nest, rem) {
		int type = nla_type(attr);

		if (type <= max)
			tb[array_index_nospec(type, max + 1)] = attr;
	}
}

/**
 * dvr_nl_none_of() - refuse attributes that have no meaning in an object
 * @extack: set to the reason of a refusal
 * @tb: attributes by type
 * @max: highest type, below 64
 * @refused: bits of types
 * @msg: sentence, in static memory
 *
 * If such attributes were ignored, a client could take them for applied.
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_none_of(struct netlink_ext_ack *extack, struct nlattr **tb,
		   unsigned int max, u64 refused, const char *msg)
{
	unsigned int i;

	for (i = 1; i <= max; i++)
		if (tb[i] && refused & BIT_ULL(i))
			return dvr_nl_bad(extack, tb[i], msg, -EINVAL);
	return 0;
}

/**
 * dvr_nl_check_unset() - refuse to unset what an object always has
 * @extack: set to the reason of a refusal
 * @nk: kind of the object
 * @tb: attributes of a set; the first one is the object itself
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_check_unset(struct netlink_ext_ack *extack,
		       const struct dvr_nl_kind *nk, struct nlattr **tb)
{
	struct nlattr *attr;
	int rem;
	u32 n;

	if (!nk->unset || !tb[nk->unset])
		return 0;
	nla_for_each_nested(attr, tb[0], rem) {
		if (nla_type(attr) != nk->unset)
			continue;
		n = nla_get_u32(attr);
		if (n > nk->maxattr || !(nk->may_unset & BIT_ULL(n)))
			return dvr_nl_bad(extack, attr,
					  "the attribute with this number cannot be unset",
					  -EINVAL);
		if (tb[array_index_nospec(n, nk->maxattr + 1)])
			return dvr_nl_bad(extack, attr,
					  "the attribute with this number is given, too",
					  -EINVAL);
	}
	return 0;
}

/**
 * dvr_nl_unset() - read which attributes a set unsets
 * @tb: attributes of the set; the first one is the object itself
 * @type: &dvr_nl_kind.unset
 *
 * Return: bits of attributes, those of &dvr_nl_kind.may_unset at most.
 */
u64 dvr_nl_unset(struct nlattr **tb, int type)
{
	struct nlattr *attr;
	u64 unset = 0;
	int rem;

	if (!tb[type])
		return 0;
	nla_for_each_nested(attr, tb[0], rem)
		if (nla_type(attr) == type)
			unset |= BIT_ULL(nla_get_u32(attr) & 63);
	return unset;
}

/**
 * dvr_nl_name() - read a required name
 * @extack: set to the reason of a refusal
 * @attr: attribute or NULL
 * @missing: sentence for a missing name
 *
 * Return: the name, or -EINVAL as a pointer.
 */
const char *dvr_nl_name(struct netlink_ext_ack *extack,
			const struct nlattr *attr, const char *missing)
{
	if (!attr)
		return ERR_PTR(dvr_nl_bad(extack, NULL, missing, -EINVAL));
	if (!dvr_name_valid(nla_data(attr)))
		return ERR_PTR(dvr_nl_bad(extack, attr,
					  "a name has 1 to 63 printable characters, no white space, quotes, '/', '\\' or '#'",
					  -EINVAL));
	return nla_data(attr);
}

/**
 * dvr_nl_u32() - read a number within limits
 * @extack: set to the reason of a refusal
 * @attr: attribute, or NULL to leave @value unchanged
 * @min: least value
 * @max: greatest value
 * @msg: sentence for a number out of range
 * @value: set to the number
 *
 * Return: 0 or -ERANGE.
 */
int dvr_nl_u32(struct netlink_ext_ack *extack, const struct nlattr *attr,
	       u32 min, u32 max, const char *msg, u32 *value)
{
	u32 v;

	if (!attr)
		return 0;
	v = nla_get_u32(attr);
	if (v < min || v > max)
		return dvr_nl_bad(extack, attr, msg, -ERANGE);
	*value = v;
	return 0;
}

/**
 * dvr_nl_id() - read the requested id of a new object
 * @extack: set to the reason of a refusal
 * @attr: attribute, or NULL for any id
 * @ids: objects of the kind by id; their namespace is locked
 * @id: set to the id, or 0 for any
 *
 * Return: 0 or -EEXIST.
 */
int dvr_nl_id(struct netlink_ext_ack *extack, const struct nlattr *attr,
	      struct xarray *ids, u32 *id)
{
	const struct dvr_named *old;

	*id = attr ? nla_get_u32(attr) : 0;
	old = *id ? xa_load(ids, *id) : NULL;
	if (old && dvr_obj_wanted(&old->obj))
		return dvr_nl_bad(extack, attr,
				  "another object of the kind has this id",
				  -EEXIST);
	return 0;
}

/**
 * dvr_nl_ip() - read an address of either family
 * @extack: set to the reason of a refusal
 * @attr: attribute of 4 or 16 bytes
 * @ip: set to the address, v4-mapped for IPv4
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_ip(struct netlink_ext_ack *extack, const struct nlattr *attr,
	      struct in6_addr *ip)
{
	if (nla_len(attr) == sizeof(__be32)) {
		dvr_map4(ip, nla_get_in_addr(attr));
		return 0;
	}
	if (nla_len(attr) != sizeof(*ip))
		return dvr_nl_bad(extack, attr,
				  "an address has 4 or 16 bytes", -EINVAL);
	*ip = nla_get_in6_addr(attr);
	if (ipv6_addr_v4mapped(ip))
		return dvr_nl_bad(extack, attr,
				  "give a v4-mapped address as IPv4",
				  -EINVAL);
	return 0;
}

/**
 * dvr_nl_forwarded() - refuse a prefix whose addresses are never forwarded
 * @extack: set to the reason of a refusal
 * @attr: attribute with the prefix
 * @p: prefix
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_forwarded(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     const struct dvr_prefix *p)
{
	if (!p->v4 || p->len < 8 || !dvr_net0(dvr_prefix_ip4(p)))
		return 0;
	return dvr_nl_bad(extack, attr,
			  "addresses of 0.0.0.0/8 are never forwarded",
			  -EINVAL);
}

/**
 * dvr_nl_unicast() - read a unicast address
 * @extack: set to the reason of a refusal
 * @attr: attribute of 4 or 16 bytes
 * @ip: set to the address, v4-mapped for IPv4
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_unicast(struct netlink_ext_ack *extack, const struct nlattr *attr,
		   struct in6_addr *ip)
{
	struct dvr_prefix p = { .len = 32 };
	int err = dvr_nl_ip(extack, attr, ip);

	if (err)
		return err;
	p.ip = *ip;
	p.v4 = ipv6_addr_v4mapped(ip);
	err = dvr_nl_forwarded(extack, attr, &p);
	if (err)
		return err;
	if (!dvr_ip_unicast(ip))
		return dvr_nl_bad(extack, attr, "the address is not unicast",
				  -EINVAL);
	return 0;
}

/**
 * dvr_ip_unicast() - check if one host can have an address
 * @ip: v4-mapped for IPv4
 *
 * Return: true if it can.
 */
bool dvr_ip_unicast(const struct in6_addr *ip)
{
	if (ipv6_addr_v4mapped(ip)) {
		__be32 v4 = ip->s6_addr32[3];

		return !dvr_net0(v4) && !ipv4_is_loopback(v4) &&
		       !ipv4_is_multicast(v4) && !ipv4_is_lbcast(v4);
	}
	return !ipv6_addr_any(ip) && !ipv6_addr_loopback(ip) &&
	       !ipv6_addr_is_multicast(ip);
}

/**
 * dvr_nl_mac() - read a unicast MAC
 * @extack: set to the reason of a refusal
 * @attr: attribute of 6 bytes
 * @mac: set to the MAC, see dvr_mac()
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_mac(struct netlink_ext_ack *extack, const struct nlattr *attr,
	       u64 *mac)
{
	if (!is_valid_ether_addr(nla_data(attr)))
		return dvr_nl_bad(extack, attr,
				  "a MAC must be unicast and not zero",
				  -EINVAL);
	*mac = ether_addr_to_u64(nla_data(attr));
	return 0;
}

/**
 * dvr_nl_prefix() - read a prefix and keep its host bits
 * @extack: set to the reason of a refusal
 * @attr: nested attribute
 * @p: set to the prefix
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_prefix(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  struct dvr_prefix *p)
{
	struct nlattr *tb[DVR_A_PREFIX_LEN + 1];
	int err;

	dvr_nl_index(tb, DVR_A_PREFIX_LEN, attr);
	if (!tb[DVR_A_PREFIX_ADDR])
		return dvr_nl_bad(extack, attr, "a prefix needs an address",
				  -EINVAL);
	err = dvr_nl_ip(extack, tb[DVR_A_PREFIX_ADDR], &p->ip);
	if (err)
		return err;
	p->v4 = ipv6_addr_v4mapped(&p->ip);
	p->len = p->v4 ? 32 : 128;
	if (!tb[DVR_A_PREFIX_LEN])
		return 0;
	if (nla_get_u32(tb[DVR_A_PREFIX_LEN]) > p->len)
		return dvr_nl_bad(extack, tb[DVR_A_PREFIX_LEN],
				  "the prefix is longer than its address",
				  -EINVAL);
	p->len = nla_get_u32(tb[DVR_A_PREFIX_LEN]);
	return 0;
}

/**
 * dvr_nl_prefixes() - read all prefixes of an object
 * @extack: set to the reason of a refusal
 * @parent: the object's nested attribute, already validated
 * @type: attribute of the prefixes
 * @p: set to the prefixes
 * @max: room in @p
 *
 * Return: number of prefixes, or -EINVAL or -E2BIG.
 */
int dvr_nl_prefixes(struct netlink_ext_ack *extack,
		    const struct nlattr *parent, int type,
		    struct dvr_prefix *p, unsigned int max)
{
	struct nlattr *attr;
	unsigned int n = 0, i;
	int rem, err;

	nla_for_each_nested(attr, parent, rem) {
		if (nla_type(attr) != type)
			continue;
		if (n == max)
			return dvr_nl_bad(extack, attr, "too many addresses",
					  -E2BIG);
		err = dvr_nl_prefix(extack, attr, &p[n]) ?:
		      dvr_nl_forwarded(extack, attr, &p[n]);
		if (err)
			return err;
		for (i = 0; i < n; i++)
			if (dvr_prefix_equal(&p[i], &p[n]))
				return dvr_nl_bad(extack, attr,
						  "the address is given twice",
						  -EINVAL);
		n++;
	}
	return n;
}

/**
 * dvr_nl_put_ip() - put an address of either family
 * @skb: message
 * @type: attribute
 * @ip: v4-mapped for IPv4
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_put_ip(struct sk_buff *skb, int type, const struct in6_addr *ip)
{
	if (ipv6_addr_v4mapped(ip))
		return nla_put_in_addr(skb, type, ip->s6_addr32[3]);
	return nla_put_in6_addr(skb, type, ip);
}

/**
 * dvr_nl_put_mac() - put a MAC
 * @skb: message
 * @type: attribute
 * @mac: see dvr_mac(); 0 puts nothing
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_put_mac(struct sk_buff *skb, int type, u64 mac)
{
	u8 addr[ETH_ALEN];

	if (!mac)
		return 0;
	u64_to_ether_addr(mac, addr);
	return nla_put(skb, type, sizeof(addr), addr);
}

/**
 * dvr_nl_put_prefix() - put a prefix
 * @skb: message
 * @type: attribute
 * @p: prefix
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_put_prefix(struct sk_buff *skb, int type, const struct dvr_prefix *p)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest)
		return -EMSGSIZE;
	if (dvr_nl_put_ip(skb, DVR_A_PREFIX_ADDR, &p->ip) ||
	    nla_put_u32(skb, DVR_A_PREFIX_LEN, p->len)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * dvr_nl_put_stats() - put counters
 * @skb: message
 * @type: attribute
 * @stats: counters
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_put_stats(struct sk_buff *skb, int type,
		     struct dvr_stats __percpu *stats)
{
	struct nlattr *nest = nla_nest_start(skb, type);
	struct dvr_stats_sum sum;

	if (!nest)
		return -EMSGSIZE;
	dvr_stats_sum(stats, &sum);
	if (nla_put_uint(skb, DVR_A_STATS_RX_PACKETS, sum.rx_packets) ||
	    nla_put_uint(skb, DVR_A_STATS_RX_BYTES, sum.rx_bytes) ||
	    nla_put_uint(skb, DVR_A_STATS_TX_PACKETS, sum.tx_packets) ||
	    nla_put_uint(skb, DVR_A_STATS_TX_BYTES, sum.tx_bytes) ||
	    nla_put_uint(skb, DVR_A_STATS_DROPS, sum.dropped)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}
