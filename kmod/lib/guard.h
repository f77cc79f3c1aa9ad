/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_GUARD_H
#define _DVR_GUARD_H

#include <linux/in6.h>

#include "lib/dvr.h"
#include "lib/prefix.h"

/**
 * struct dvr_guard - the addresses that port security allows on a port
 *
 * The first guard of a port has the MAC and the addresses of the machine itself, for
 * which there are permanent entries. Those that follow have pairs that the port may
 * use, and other ports too; their MACs are learned.
 *
 * @rcu: frees the guard and all that follow
 * @next: another MAC that the port may use, and its addresses; or NULL
 * @mac: see dvr_mac(), 0 for any
 * @security: allow only @mac and @addr
 * @given: @security was configured, not derived from @mac and @addr
 * @first4: an IPv4 address that is allowed and may be a source; or 0
 * @first6: the same for IPv6, or ::
 * @linklocal: EUI-64 link-local address of @mac, allowed beside @addr
 * @n4: number of IPv4 entries, the first of @addr
 * @n: number of all entries
 * @addr: addresses and prefixes, network byte order, host bits zero
 */
struct dvr_guard {
	struct rcu_head rcu;
	struct dvr_guard *next;
	u64 mac;
	bool security;
	bool given;
	u16 n4;
	u16 n;
	__be32 first4;
	struct in6_addr first6;
	struct in6_addr linklocal;
	struct dvr_prefix addr[] __counted_by(n);
};

struct dvr_guard *dvr_guard_make(u64 mac, const struct dvr_prefix *addr,
				 unsigned int n);
struct dvr_guard *dvr_guard_copy(const struct dvr_guard *guard);
void dvr_guard_free(struct dvr_guard *guard);
void dvr_guard_free_rcu(struct dvr_guard *guard);
bool dvr_guard_equal(const struct dvr_guard *a, const struct dvr_guard *b);
bool dvr_guard_allows4(const struct dvr_guard *guard, __be32 ip);
bool dvr_guard_allows6(const struct dvr_guard *guard,
		       const struct in6_addr *ip);

/* The first of the guards, from @guard on, that has the MAC; or NULL. */
static inline const struct dvr_guard *
dvr_guard_find(const struct dvr_guard *guard, u64 mac)
{
	while (guard && guard->mac != mac)
		guard = guard->next;
	return guard;
}

#endif /* _DVR_GUARD_H */
