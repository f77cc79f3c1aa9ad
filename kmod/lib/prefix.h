/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_PREFIX_H
#define _DVR_PREFIX_H

#include <linux/in6.h>
#include <net/ipv6.h>

/**
 * struct dvr_prefix - an address and the length of a prefix
 * @ip: address, v4-mapped for IPv4
 * @len: length, bits: 0 to 32 for IPv4, 0 to 128 for IPv6
 * @v4: IPv4, else IPv6
 */
struct dvr_prefix {
	struct in6_addr ip;
	u8 len;
	bool v4;
};

static inline __be32 dvr_prefix_ip4(const struct dvr_prefix *p)
{
	return p->ip.s6_addr32[3];
}

static inline __be32 dvr_mask4(u8 len)
{
	return len ? htonl(~0U << (32 - len)) : 0;
}

/**
 * dvr_prefix_bits() - get the length of a prefix in &dvr_prefix.ip
 * @p: prefix
 *
 * Return: bits, including the 96 bits in front of a v4-mapped address.
 */
static inline u8 dvr_prefix_bits(const struct dvr_prefix *p)
{
	return p->len + (p->v4 ? 96 : 0);
}

/**
 * dvr_prefix_has() - check if a prefix contains an address
 * @p: prefix
 * @ip: v4-mapped for IPv4
 *
 * Return: true if it does.
 */
static inline bool dvr_prefix_has(const struct dvr_prefix *p,
				  const struct in6_addr *ip)
{
	return ipv6_prefix_equal(&p->ip, ip, dvr_prefix_bits(p));
}

/**
 * dvr_prefix_mask() - clear the host bits of a prefix
 * @p: prefix
 */
static inline void dvr_prefix_mask(struct dvr_prefix *p)
{
	struct in6_addr ip = p->ip;

	ipv6_addr_prefix(&p->ip, &ip, dvr_prefix_bits(p));
}

static inline bool dvr_prefix_equal(const struct dvr_prefix *a,
				    const struct dvr_prefix *b)
{
	return a->v4 == b->v4 && a->len == b->len &&
	       ipv6_addr_equal(&a->ip, &b->ip);
}

/**
 * dvr_prefix_key() - get the key of a prefix in a routing table
 * @p: prefix
 *
 * Return: 4 bytes for IPv4, 16 for IPv6, network byte order.
 */
static inline const void *dvr_prefix_key(const struct dvr_prefix *p)
{
	return p->v4 ? (const void *)&p->ip.s6_addr32[3] : (const void *)&p->ip;
}

static inline void dvr_map4(struct in6_addr *ip, __be32 v4)
{
	ipv6_addr_set_v4mapped(v4, ip);
}

/* The lower 64 bits of a v4-mapped address, in network byte order. */
static inline u64 dvr_mapped_half(__be32 v4)
{
	return (__force u64)cpu_to_be64(0xffffULL << 32 | ntohl(v4));
}

/* "This network", 0.0.0.0/8 (RFC 1122 3.2.1.3). Only 0.0.0.0 is in Linux. */
static inline bool dvr_net0(__be32 ip)
{
	return !(ip & htonl(0xff000000));
}

/* Not multicast, "this network", loopback or class E (RFC 1812 5.3.7). */
static inline bool dvr_plain4(__be32 ip)
{
	u8 net = ntohl(ip) >> 24;

	return net - 1U < 223U && net != 127;
}

/* Global and unique local unicast, 2000::/3 and fc00::/7. */
static inline bool dvr_plain6(const struct in6_addr *ip)
{
	u8 b = ip->s6_addr[0];

	return (b & 0xe0) == 0x20 || (b & 0xfe) == 0xfc;
}

#endif /* _DVR_PREFIX_H */
