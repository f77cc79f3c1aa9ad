// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ports of an outside address. A port is random (RFC 6056, RFC 7857 9), has
 * the parity of the inside port if such a port is free (RFC 4787 REQ-4), and is
 * well-known if the inside port is, while such a port is free (REQ-3a).
 */
#include <linux/bitmap.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "lib/charge.h"
#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natport.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"

#define PORTS		65536
#define WELL_KNOWN	1024

/* The bits of the even ports in a word of a map. */
#define EVEN		(~0UL / 3)

/**
 * struct dvr_natmap - the taken ports of a part of the range
 * @bits: one bit for each port, set if the port is taken
 * @n: number of bits that are set
 * @rcu: frees the map
 */
struct dvr_natmap {
	DECLARE_BITMAP(bits, DVR_NATMAP_PORTS);
	u32 n;
	struct rcu_head rcu;
};

static struct kmem_cache *cache;

/**
 * dvr_natport_class() - get the class of a protocol's ports
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

/* For code that holds the lock of the instance. */
#define locked(addr, p) \
	rcu_dereference_protected(p, lockdep_is_held(&(addr)->key.nat->lock))

static struct dvr_natports *natports_get(struct dvr_nataddr *addr, u8 proto)
{
	struct dvr_natports __rcu **ports = &addr->ports[dvr_natport_class(proto)];
	struct dvr_natports *p = locked(addr, *ports);

	if (!p) {
		p = dvr_charged_zalloc(addr->key.nat->charge, sizeof(*p));
		if (p)
			INIT_LIST_HEAD(&p->rests);
		rcu_assign_pointer(*ports, p);
	}
	return p;
}

static void natmap_free(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct dvr_natmap, rcu));
}

/* Mark a free port as taken. */
static bool natport_set(struct dvr_nataddr *addr, struct dvr_natports *p,
			u32 bit)
{
	struct dvr_natmap __rcu **at = &p->map[bit / DVR_NATMAP_PORTS];
	struct dvr_natmap *map = locked(addr, *at);

	if (!map) {
		map = dvr_charged_alloc(addr->key.nat->charge, cache,
					__GFP_ZERO);
		if (!map)
			return false;
		rcu_assign_pointer(*at, map);
	}
	__set_bit(bit % DVR_NATMAP_PORTS, map->bits);
	map->n++;
	return true;
}

/* Mark a port as free. A map is freed with its last port. */
static void natport_clear(struct dvr_nataddr *addr, struct dvr_natports *p,
			  u32 bit)
{
	struct dvr_natmap __rcu **at = &p->map[bit / DVR_NATMAP_PORTS];
	struct dvr_natmap *map = locked(addr, *at);

	__clear_bit(bit % DVR_NATMAP_PORTS, map->bits);
	if (--map->n)
		return;
	RCU_INIT_POINTER(*at, NULL);
	call_rcu(&map->rcu, natmap_free);
}

/* The bit of a port. A protocol without ports has one bit. */
static u32 natport_bit(u8 proto, __be16 port)
{
	return dvr_natport_class(proto) == DVR_NATPORT_OTHER ? proto :
							       ntohs(port);
}

/**
 * dvr_natport_range() - get the outside ports that an inside port may get
 * @rule: snat rule
 * @proto: upper-layer protocol that has ports, or ICMP
 * @like: inside port
 * @choice: 0 for the ports to try first, 1 for those to try if none of the first
 *	is free
 * @first: gets the first port, host byte order
 * @last: gets the last port, host byte order
 *
 * Return: false if there are no such ports.
 */
bool dvr_natport_range(const struct dvr_natrule *rule, u8 proto, __be16 like,
		       unsigned int choice, u32 *first, u32 *last)
{
	if (rule->cfg.port_max) {
		*first = rule->cfg.port_min;
		*last = rule->cfg.port_max;
		return !choice;
	}
	if (dvr_proto_is_icmp(proto)) {
		*first = 0;
		*last = PORTS - 1;
		return !choice;
	}
	if ((ntohs(like) < WELL_KNOWN) != choice) {
		*first = 1;
		*last = WELL_KNOWN - 1;
	} else {
		*first = WELL_KNOWN;
		*last = PORTS - 1;
	}
	return choice < DVR_NATPORT_CHOICES;
}

/**
 * dvr_natport_fits() - check if a rule could have chosen an outside port
 * @rule: snat rule
 * @proto: upper-layer protocol
 * @inside: inside port, ICMP identifier, or 0
 * @outside: outside port, ICMP identifier, or 0
 *
 * Return: true if so.
 */
bool dvr_natport_fits(const struct dvr_natrule *rule, u8 proto, __be16 inside,
		      __be16 outside)
{
	u32 first, last, port = ntohs(outside);
	unsigned int i;

	if (dvr_natport_class(proto) == DVR_NATPORT_OTHER)
		return true;
	for (i = 0; dvr_natport_range(rule, proto, inside, i, &first, &last);
	     i++)
		if (port >= first && port <= last)
			return true;
	return false;
}

/**
 * dvr_natport_random() - choose a random port
 * @first: first port of the range
 * @last: last port of the range
 *
 * Return: a port of the range.
 */
u32 dvr_natport_random(u32 first, u32 last)
{
	return first + (get_random_u16() * (last - first + 1) >> 16);
}

/**
 * dvr_natport_forwarded() - check whether a forward rule has a port
 * @addr: outside address
 * @proto: upper-layer protocol
 * @port: port
 *
 * Context: RCU.
 * Return: true if so.
 */
bool dvr_natport_forwarded(const struct dvr_nataddr *addr, u8 proto,
			   __be16 port)
{
	return dvr_natrule_forward(addr, proto, port);
}

/* Words of a map. */
#define WORDS		(DVR_NATMAP_PORTS / BITS_PER_LONG)

static unsigned long natport_word(const struct dvr_nataddr *addr,
				  const struct dvr_natports *p, u32 word)
{
	const struct dvr_natmap *map = locked(addr, p->map[word / WORDS]);

	return map ? map->bits[word % WORDS] : 0;
}

static bool natmap_is_full(const struct dvr_nataddr *addr,
			   const struct dvr_natports *p, u32 word)
{
	const struct dvr_natmap *map = locked(addr, p->map[word / WORDS]);

	return map && map->n == DVR_NATMAP_PORTS;
}

/* Find a free port from @from to @to among those with a bit in @mask. */
static u32 natport_find(const struct dvr_nataddr *addr,
			const struct dvr_natports *p,
			u32 from, u32 to, unsigned long mask)
{
	u32 word;

	for (word = from / BITS_PER_LONG; word <= to / BITS_PER_LONG; word++) {
		unsigned long free = ~natport_word(addr, p, word) & mask;

		if (word % WORDS == 0 && natmap_is_full(addr, p, word)) {
			word += WORDS - 1;
			continue;
		}
		if (word == from / BITS_PER_LONG)
			free &= BITMAP_FIRST_WORD_MASK(from);
		if (word == to / BITS_PER_LONG)
			free &= BITMAP_LAST_WORD_MASK(to + 1);
		if (free)
			return word * BITS_PER_LONG + __ffs(free);
	}
	return PORTS;
}

/* Find a free port of the range that no rule forwards, beginning at random. */
static u32 natport_find_around(const struct dvr_nataddr *addr, u8 proto,
			       const struct dvr_natports *p, u32 first,
			       u32 last, unsigned long mask)
{
	u32 start = dvr_natport_random(first, last);
	u32 from = start, to = last, port;

	for (;;) {
		port = natport_find(addr, p, from, to, mask);
		if (port < PORTS) {
			if (likely(!dvr_natport_forwarded(addr, proto, htons(port))))
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

static u32 natport_pick(const struct dvr_nataddr *addr,
			const struct dvr_natrule *rule,
			const struct dvr_natports *p, u8 proto, __be16 like)
{
	unsigned long mask = ntohs(like) & 1 ? ~EVEN : EVEN;
	u32 first, last, port = PORTS;
	unsigned int i;

	if (dvr_natport_class(proto) == DVR_NATPORT_OTHER)
		return natport_word(addr, p, proto / BITS_PER_LONG) &
		       BIT_MASK(proto) ? PORTS : proto;
	for (i = 0; port == PORTS && dvr_natport_range(rule, proto, like, i,
						       &first, &last); i++) {
		port = natport_find_around(addr, proto, p, first, last, mask);
		if (port == PORTS)
			port = natport_find_around(addr, proto, p, first, last,
						   ~mask);
	}
	return port;
}

/**
 * dvr_natport_take() - take a free port
 * @addr: outside address, &dvr_nat.lock held
 * @rule: snat rule, which limits the ports
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
	struct dvr_natports *p = natports_get(addr, proto);
	u32 bit;

	if (!p)
		return DVR_DROP_NOMEM;
	bit = natport_pick(addr, rule, p, proto, like);
	if (bit == PORTS)
		return DVR_DROP_NAT_NO_PORT;
	if (!natport_set(addr, p, bit))
		return DVR_DROP_NOMEM;
	*port = dvr_natport_class(proto) == DVR_NATPORT_OTHER ? 0 : htons(bit);
	return DVR_OK;
}

/**
 * dvr_natport_take_at() - take a given port
 * @addr: outside address, &dvr_nat.lock held
 * @proto: upper-layer protocol
 * @port: port
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, DVR_DROP_NAT_NO_PORT if the port is taken, or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_natport_take_at(struct dvr_nataddr *addr, u8 proto,
				  __be16 port)
{
	struct dvr_natports *p = natports_get(addr, proto);

	if (!p)
		return DVR_DROP_NOMEM;
	if (dvr_natport_taken(addr, proto, port))
		return DVR_DROP_NAT_NO_PORT;
	return natport_set(addr, p, natport_bit(proto, port)) ?
	       DVR_OK : DVR_DROP_NOMEM;
}

/**
 * dvr_natport_give() - give a port back
 * @addr: outside address, &dvr_nat.lock held
 * @proto: upper-layer protocol
 * @port: port that was taken
 */
void dvr_natport_give(struct dvr_nataddr *addr, u8 proto, __be16 port)
{
	natport_clear(addr, locked(addr, addr->ports[dvr_natport_class(proto)]),
		      natport_bit(proto, port));
}

/**
 * dvr_natport_taken() - check whether a binding or a forward rule has a port
 * @addr: outside address
 * @proto: upper-layer protocol
 * @port: port
 *
 * Context: softirq, RCU. Without &dvr_nat.lock the answer may be outdated.
 * Return: true if so.
 */
bool dvr_natport_taken(const struct dvr_nataddr *addr, u8 proto, __be16 port)
{
	const struct dvr_natports *p;
	const struct dvr_natmap *map;
	u32 bit = natport_bit(proto, port);

	p = rcu_dereference(addr->ports[dvr_natport_class(proto)]);
	map = p ? rcu_dereference(p->map[bit / DVR_NATMAP_PORTS]) : NULL;
	return (map && test_bit(bit % DVR_NATMAP_PORTS, map->bits)) ||
	       dvr_natport_forwarded(addr, proto, port);
}

/**
 * dvr_natport_free() - free the port tables of an address
 * @addr: address that cannot be found any more, all its ports given back
 */
void dvr_natport_free(struct dvr_nataddr *addr)
{
	unsigned int i;

	for (i = 0; i < DVR_NATPORT_CLASSES; i++)
		kfree(rcu_access_pointer(addr->ports[i]));
}

/**
 * dvr_natport_register() - create the cache of port maps
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_natport_register(void)
{
	cache = KMEM_CACHE(dvr_natmap, 0);
	return cache ? 0 : -ENOMEM;
}

/**
 * dvr_natport_unregister() - destroy the cache of port maps
 *
 * Context: process, after the last port is given back, and rcu_barrier().
 */
void dvr_natport_unregister(void)
{
	kmem_cache_destroy(cache);
}
