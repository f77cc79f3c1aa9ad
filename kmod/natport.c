// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ports of an outside address: random (RFC 6056, RFC 7857 9), of the parity
 * of the inside port where one is left (RFC 4787 REQ-4), well-known for
 * well-known (REQ-3a).
 */
#include <linux/bitmap.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "nataddr.h"
#include "natport.h"
#include "natrule.h"

#define PORTS		65536
#define WELL_KNOWN	1024

/* Bits of the ports of one parity in a word of the bitmap. */
#define EVEN		(~0UL / 3)

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

static struct dvr_natports *ports_of(struct dvr_nataddr *addr, u8 proto)
{
	struct dvr_natports *p = &addr->ports[dvr_natport_class(proto)];

	if (!p->bits)
		p->bits = bitmap_zalloc(PORTS, GFP_ATOMIC);
	return p->bits ? p : NULL;
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

/* A free port from @from to @to, of those that @mask lets through. */
static u32 find(const unsigned long *bits, u32 from, u32 to, unsigned long mask)
{
	u32 word;

	for (word = from / BITS_PER_LONG; word <= to / BITS_PER_LONG; word++) {
		unsigned long free = ~bits[word] & mask;

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
		       const unsigned long *bits, u32 first, u32 last,
		       unsigned long mask)
{
	u32 start = dvr_natport_random(first, last);
	u32 from = start, to = last, port;

	for (;;) {
		port = find(bits, from, to, mask);
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
		const unsigned long *bits, u8 proto, __be16 like)
{
	unsigned long mask = ntohs(like) & 1 ? ~EVEN : EVEN;
	u32 first, last, port;

	if (dvr_natport_class(proto) == DVR_NATPORT_OTHER)
		return test_bit(proto, bits) ? PORTS : proto;
	dvr_natport_range(rule, proto, like, &first, &last);
	port = find_around(addr, proto, bits, first, last, mask);
	return port < PORTS ? port : find_around(addr, proto, bits, first,
						 last, ~mask);
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
	bit = pick(addr, rule, p->bits, proto, like);
	if (bit == PORTS)
		return DVR_DROP_NAT_NO_PORT;
	__set_bit(bit, p->bits);
	p->n++;
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
	__set_bit(bit_of(proto, port), p->bits);
	p->n++;
	return DVR_OK;
}

/**
 * dvr_natport_give() - give a port back
 * @addr: outside address, its instance locked
 * @proto: upper-layer protocol
 * @port: port
 */
void dvr_natport_give(struct dvr_nataddr *addr, u8 proto, __be16 port)
{
	struct dvr_natports *p = &addr->ports[dvr_natport_class(proto)];

	__clear_bit(bit_of(proto, port), p->bits);
	p->n--;
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
	const unsigned long *bits;

	bits = READ_ONCE(addr->ports[dvr_natport_class(proto)].bits);
	return (bits && test_bit(bit_of(proto, port), bits)) ||
	       forwarded(addr, proto, ntohs(port));
}

/**
 * dvr_natport_free() - free what the ports of an address need
 * @addr: address that nobody finds any more
 */
void dvr_natport_free(struct dvr_nataddr *addr)
{
	unsigned int i;

	for (i = 0; i < DVR_NATPORT_CLASSES; i++)
		bitmap_free(addr->ports[i].bits);
}
