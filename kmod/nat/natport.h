/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NATPORT_H
#define _DVR_NATPORT_H

#include "lib/dvr.h"

struct dvr_nataddr;
struct dvr_natmap;
struct dvr_natrule;

/*
 * Protocols of one class share the ports. In the last class each protocol is a
 * port.
 */
enum dvr_natport_class {
	DVR_NATPORT_TCP,
	DVR_NATPORT_UDP,	/* and UDP-Lite */
	DVR_NATPORT_SCTP,	/* and DCCP */
	DVR_NATPORT_ICMP,	/* identifiers */
	DVR_NATPORT_OTHER,
	DVR_NATPORT_CLASSES
};

/* Ranges that a port may be of, one after the other: see dvr_natport_range(). */
#define DVR_NATPORT_CHOICES	2

/* Number of ports in a map, which exists while one of its ports is taken. */
#define DVR_NATMAP_PORTS	8192
#define DVR_NATMAPS		(65536 / DVR_NATMAP_PORTS)

/**
 * struct dvr_natports - the taken ports of an outside address
 * @map: maps of the parts of the range; written under &dvr_nat.lock, read under
 *	RCU
 * @rests: bindings whose ports rest, the oldest first, by &dvr_binding.rest,
 *	under &dvr_nat.lock
 */
struct dvr_natports {
	struct dvr_natmap __rcu *map[DVR_NATMAPS];
	struct list_head rests;
};

enum dvr_natport_class dvr_natport_class(u8 proto);
bool dvr_natport_fits(const struct dvr_natrule *rule, u8 proto, __be16 inside,
		      __be16 outside);
u32 dvr_natport_random(u32 first, u32 last);
bool dvr_natport_range(const struct dvr_natrule *rule, u8 proto, __be16 like,
		       unsigned int choice, u32 *first, u32 *last);
enum dvr_drop dvr_natport_take(struct dvr_nataddr *addr,
			       const struct dvr_natrule *rule, u8 proto,
			       __be16 like, __be16 *port);
enum dvr_drop dvr_natport_take_at(struct dvr_nataddr *addr, u8 proto,
				  __be16 port);
void dvr_natport_give(struct dvr_nataddr *addr, u8 proto, __be16 port);
bool dvr_natport_forwarded(const struct dvr_nataddr *addr, u8 proto,
			   __be16 port);
bool dvr_natport_taken(const struct dvr_nataddr *addr, u8 proto, __be16 port);
void dvr_natport_free(struct dvr_nataddr *addr);
int dvr_natport_register(void);
void dvr_natport_unregister(void);

static inline bool dvr_proto_has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP ||
	       proto == IPPROTO_UDPLITE;
}

static inline bool dvr_proto_is_icmp(u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

#endif /* _DVR_NATPORT_H */
