// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ports of an outside address: random (RFC 6056, RFC 7857 9), of the parity
 * of the inside port where one is left (RFC 4787 REQ-4), well-known for
 * well-known (REQ-3a).
 */
#include <linux/bitmap.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natport.h"
#include "nat/natrule.h"

#define PORTS		65536
#define WELL_KNOWN	1024

/* Bits of the ports of one parity in a word of a map. */
#define EVEN		(~0UL / 3)

/**
 * struct dvr_natmap - some ports of an outside address
 * @bits: one a port, set if it is taken
 * @n: how many are
 * @rcu: frees it
 */
struct dvr_natmap {
	DECLARE_BITMAP(bits, DVR_NATMAP_PORTS);
	u32 n;
	struct rcu_head rcu;
};

static struct kmem_cache *cache;

/**
 * dvr_natport_class() - where the ports of a protocol are
 * @proto: upper-layer protocol
 *
 * Return: the class.
 */
enum dvr_natport_class dvr_natport_class(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return DVR_NATPORT_TCP;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return DVR_NATPORT_UDP;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return DVR_NATPORT_SCTP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return DVR_NATPORT_ICMP;
	}
	return DVR_NATPORT_OTHER;
}

/* For those who change it. */
#define locked(addr, p) \
	rcu_dereference_protected(p, lockdep_is_held(&(addr)->key.nat->lock))

static struct dvr_natports *ports_of(struct dvr_nataddr *addr, u8 proto)
{
	struct dvr_natports __rcu **ports = &addr->ports[dvr_natport_class(proto)];
	struct dvr_natports *p = locked(addr, *ports);

	if (!p) {
		p = kzalloc(sizeof(*p), GFP_ATOMIC);
		rcu_assign_pointer(*ports, p);
	}
	return p;
}

static void map_free(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct dvr_natmap, rcu));
}

/* Take a port that is free. */
static bool take(struct dvr_nataddr *addr, struct dvr_natports *p, u32 bit)
{
	struct dvr_natmap __rcu **at = &p->map[bit / DVR_NATMAP_PORTS];
	struct dvr_natmap *map = locked(addr, *at);

	if (!map) {
		map = kmem_cache_zalloc(cache, GFP_ATOMIC);
		if (!map)
			return false;
		rcu_assign_pointer(*at, map);
	}
	__set_bit(bit % DVR_NATMAP_PORTS, map->bits);
	map->n++;
	return true;
}

/* A map goes with the last of its ports. */
static void give(struct dvr_nataddr *addr, struct dvr_natports *p, u32 bit)
{
	struct dvr_natmap __rcu **at = &p->map[bit / DVR_NATMAP_PORTS];
	struct dvr_natmap *map = locked(addr, *at);

	__clear_bit(bit % DVR_NATMAP_PORTS, map->bits);
	if (--map->n)
		return;
	RCU_INIT_POINTER(*at, NULL);
	call_rcu(&map->rcu, map_free);
}

/* The bit of a port; what has no ports has one bit a protocol. */
static u32 bit_of(u8 proto, __be16 port)
{
	return dvr_natport_class(proto) == DVR_NATPORT_OTHER ? proto :
							       ntohs(port);
}

/**
 * dvr_natport_range() - the ports that an inside port may get
 * @rule: snat rule
 * @proto: upper-layer protocol that has ports, or ICMP
 * @like: inside port
 * @first: gets the first, host byte order
 * @last: gets the last
 */
void dvr_natport_range(const struct dvr_natrule *rule, u8 proto, __be16 like,
		       u32 *first, u32 *last)
{
	if (rule->port_max) {
		*first = rule->port_min;
		*last = rule->port_max;
	} else if (dvr_proto_is_icmp(proto)) {
		*first = 0;
		*last = PORTS - 1;
	} else if (ntohs(like) < WELL_KNOWN) {
		*first = 1;
		*last = WELL_KNOWN - 1;
	} else {
		*first = WELL_KNOWN;
		*last = PORTS - 1;
	}
}

/**
 * dvr_natport_random() - a port to begin with
 * @first: first of the range
 * @last: last of the range
 *
 * Return: any of them.
 */
u32 dvr_natport_random(u32 first, u32 last)
{
	return first + (get_random_u16() * (last - first + 1) >> 16);
}

static bool forwarded(const struct dvr_nataddr *addr, u8 proto, u32 port)
{
	const struct dvr_natrule *rule;

	list_for_each_entry_rcu(rule, &addr->forwards, match)
		if (rule->proto == proto && port >= rule->port_min &&
		    port <= rule->port_max)
			return true;
	return false;
}

static unsigned long taken_in_word(const struct dvr_nataddr *addr,
				   const struct dvr_natports *p, u32 word)
{
	const u32 words = DVR_NATMAP_PORTS / BITS_PER_LONG;
	const struct dvr_natmap *map = locked(addr, p->map[word / words]);

	return map ? map->bits[word % words] : 0;
}

/* A free port from @from to @to, of those that @mask lets through. */
static u32 find(const struct dvr_nataddr *addr, const struct dvr_natports *p,
		u32 from, u32 to, unsigned long mask)
{
	u32 word;

	for (word = from / BITS_PER_LONG; word <= to / BITS_PER_LONG; word++) {
		unsigned long free = ~taken_in_word(addr, p, word) & mask;

		if (word == from / BITS_PER_LONG)
			free &= BITMAP_FIRST_WORD_MASK(from);
		if (word == to / BITS_PER_LONG)
			free &= BITMAP_LAST_WORD_MASK(to + 1);
		if (free)
			return word * BITS_PER_LONG + __ffs(free);
	}
	return PORTS;
}

/* A free port of the range, from a random place on, that is not forwarded. */
static u32 find_around(const struct dvr_nataddr *addr, u8 proto,
		       const struct dvr_natports *p, u32 first, u32 last,
		       unsigned long mask)
{
	u32 start = dvr_natport_random(first, last);
	u32 from = start, to = last, port;

	for (;;) {
		port = find(addr, p, from, to, mask);
		if (port < PORTS) {
			if (likely(!forwarded(addr, proto, port)))
				return port;
			from = port + 1;
		}
		if (port == PORTS || from > to) {
			/* Once more from the beginning of the range. */
			if (to != last || start == first)
				return PORTS;
			from = first;
			to = start - 1;
		}
	}
}

static u32 pick(const struct dvr_nataddr *addr, const struct dvr_natrule *rule,
		const struct dvr_natports *p, u8 proto, __be16 like)
{
	unsigned long mask = ntohs(like) & 1 ? ~EVEN : EVEN;
	u32 first, last, port;

	if (dvr_natport_class(proto) == DVR_NATPORT_OTHER)
		return taken_in_word(addr, p, proto / BITS_PER_LONG) &
		       BIT_MASK(proto) ? PORTS : proto;
	dvr_natport_range(rule, proto, like, &first, &last);
	port = find_around(addr, proto, p, first, last, mask);
	return port < PORTS ? port : find_around(addr, proto, p, first, last,
						 ~mask);
}

/**
 * dvr_natport_take() - a free port
 * @addr: outside address, its instance locked
 * @rule: snat rule, says which ports it may be
 * @proto: upper-layer protocol
 * @like: inside port
 * @port: gets the port, 0 for protocols that have none
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, DVR_DROP_NAT_NO_PORT or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_natport_take(struct dvr_nataddr *addr,
			       const struct dvr_natrule *rule, u8 proto,
			       __be16 like, __be16 *port)
{
	struct dvr_natports *p = ports_of(addr, proto);
	u32 bit;

	if (!p)
		return DVR_DROP_NOMEM;
	bit = pick(addr, rule, p, proto, like);
	if (bit == PORTS)
		return DVR_DROP_NAT_NO_PORT;
	if (!take(addr, p, bit))
		return DVR_DROP_NOMEM;
	*port = dvr_natport_class(proto) == DVR_NATPORT_OTHER ? 0 : htons(bit);
	return DVR_OK;
}

/**
 * dvr_natport_take_at() - this port and no other
 * @addr: outside address, its instance locked
 * @proto: upper-layer protocol
 * @port: port
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, DVR_DROP_NAT_NO_PORT if it is taken, or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_natport_take_at(struct dvr_nataddr *addr, u8 proto,
				  __be16 port)
{
	struct dvr_natports *p = ports_of(addr, proto);

	if (!p)
		return DVR_DROP_NOMEM;
	if (dvr_natport_taken(addr, proto, port))
		return DVR_DROP_NAT_NO_PORT;
	return take(addr, p, bit_of(proto, port)) ? DVR_OK : DVR_DROP_NOMEM;
}

/**
 * dvr_natport_give() - give a port back
 * @addr: outside address, its instance locked
 * @proto: upper-layer protocol
 * @port: port
 */
void dvr_natport_give(struct dvr_nataddr *addr, u8 proto, __be16 port)
{
	give(addr, locked(addr, addr->ports[dvr_natport_class(proto)]),
	     bit_of(proto, port));
}

/**
 * dvr_natport_taken() - has a binding or a forward rule a port
 * @addr: outside address
 * @proto: upper-layer protocol
 * @port: port
 *
 * Context: softirq, RCU.
 * Return: true if so, as of some instant.
 */
bool dvr_natport_taken(const struct dvr_nataddr *addr, u8 proto, __be16 port)
{
	const struct dvr_natports *p;
	const struct dvr_natmap *map;
	u32 bit = bit_of(proto, port);

	p = rcu_dereference(addr->ports[dvr_natport_class(proto)]);
	map = p ? rcu_dereference(p->map[bit / DVR_NATMAP_PORTS]) : NULL;
	return (map && test_bit(bit % DVR_NATMAP_PORTS, map->bits)) ||
	       forwarded(addr, proto, ntohs(port));
}

/**
 * dvr_natport_free() - free what the ports of an address need
 * @addr: address that nobody finds any more; all its ports were given back
 */
void dvr_natport_free(struct dvr_nataddr *addr)
{
	unsigned int i;

	for (i = 0; i < DVR_NATPORT_CLASSES; i++)
		kfree(rcu_access_pointer(addr->ports[i]));
}

/**
 * dvr_natport_register() - get ready to give ports
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_natport_register(void)
{
	cache = KMEM_CACHE(dvr_natmap, 0);
	return cache ? 0 : -ENOMEM;
}

/**
 * dvr_natport_unregister() - after the last port was given back, and rcu_barrier()
 */
void dvr_natport_unregister(void)
{
	kmem_cache_destroy(cache);
}
