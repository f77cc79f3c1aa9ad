// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port security: addresses that a port may use. secure.c applies these
 * decisions to frames.
 */
#include <linux/slab.h>

#include "lib/dvr_test.h"
#include "lib/eui64.h"
#include "lib/guard.h"

/**
 * dvr_guard_make() - make a guard
 * @mac: see dvr_mac(), 0 for any
 * @addr: addresses and prefixes, host bits zero
 * @n: number of addresses and prefixes
 *
 * Security is on if there is a MAC or an address. The caller may change this.
 *
 * Return: the guard, or NULL if there is no memory.
 */
struct dvr_guard *dvr_guard_make(u64 mac, const struct dvr_prefix *addr,
				 unsigned int n)
{
	struct dvr_guard *guard;
	unsigned int i, at = 0;

	guard = kzalloc(struct_size(guard, addr, n), GFP_KERNEL_ACCOUNT);
	if (!guard)
		return NULL;
	guard->n = n;
	guard->mac = mac;
	guard->security = mac || n;
	if (mac)
		dvr_eui64_linklocal(&guard->linklocal, mac);
	for (i = 0; i < n; i++)
		if (addr[i].v4)
			guard->addr[at++] = addr[i];
	guard->n4 = at;
	for (i = 0; i < n; i++)
		if (!addr[i].v4)
			guard->addr[at++] = addr[i];
	if (guard->n4 && dvr_plain4(dvr_prefix_ip4(&guard->addr[0])))
		guard->first4 = dvr_prefix_ip4(&guard->addr[0]);
	if (guard->n > guard->n4 && dvr_plain6(&guard->addr[guard->n4].ip))
		guard->first6 = guard->addr[guard->n4].ip;
	return guard;
}

DVR_EXPORT_FOR_TEST(dvr_guard_make);

/**
 * dvr_guard_free() - free a guard and all that follow
 * @guard: guard that packets do not use, or NULL
 */
void dvr_guard_free(struct dvr_guard *guard)
{
	struct dvr_guard *next;

	for (; guard; guard = next) {
		next = guard->next;
		kfree(guard);
	}
}

DVR_EXPORT_FOR_TEST(dvr_guard_free);

static void guard_free_cb(struct rcu_head *rcu)
{
	dvr_guard_free(container_of(rcu, struct dvr_guard, rcu));
}

/**
 * dvr_guard_free_rcu() - free a guard and all that follow after a grace period
 * @guard: guard that packets do not find any more
 */
void dvr_guard_free_rcu(struct dvr_guard *guard)
{
	call_rcu(&guard->rcu, guard_free_cb);
}

/**
 * dvr_guard_copy() - copy a guard and all that follow
 * @guard: guard
 *
 * Return: the copy, or NULL if there is no memory.
 */
struct dvr_guard *dvr_guard_copy(const struct dvr_guard *guard)
{
	struct dvr_guard *first = NULL, **at = &first;

	for (; guard; guard = guard->next) {
		*at = kmemdup(guard, struct_size(guard, addr, guard->n),
			      GFP_KERNEL_ACCOUNT);
		if (!*at) {
			dvr_guard_free(first);
			return NULL;
		}
		(*at)->next = NULL;
		at = &(*at)->next;
	}
	return first;
}

static bool guard_same(const struct dvr_guard *a, const struct dvr_guard *b)
{
	unsigned int i;

	if (a->mac != b->mac || a->security != b->security ||
	    a->given != b->given || a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!dvr_prefix_equal(&a->addr[i], &b->addr[i]))
			return false;
	return true;
}

/**
 * dvr_guard_equal() - compare two guards and all that follow
 * @a: one guard
 * @b: the other guard
 *
 * Return: true if they are equal, the order of the addresses included.
 */
bool dvr_guard_equal(const struct dvr_guard *a, const struct dvr_guard *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!guard_same(a, b))
			return false;
	return !a && !b;
}

static bool guard_has4(const struct dvr_guard *guard, __be32 ip)
{
	const struct dvr_prefix *p = guard->addr;
	unsigned int i;

	for (i = 0; i < guard->n4; i++, p++)
		if (!((dvr_prefix_ip4(p) ^ ip) & dvr_mask4(p->len)))
			return true;
	return !guard->n;
}

static bool guard_has6(const struct dvr_guard *guard, const struct in6_addr *ip)
{
	unsigned int i;

	for (i = guard->n4; i < guard->n; i++)
		if (dvr_prefix_has(&guard->addr[i], ip))
			return true;
	return !guard->n ||
	       (guard->mac && ipv6_addr_equal(&guard->linklocal, ip));
}

/* What follows for the same MAC, or NULL. */
static const struct dvr_guard *guard_more(const struct dvr_guard *guard)
{
	return unlikely(guard->next) ? dvr_guard_find(guard->next, guard->mac) :
				       NULL;
}

/**
 * dvr_guard_allows4() - check if a MAC of a port may send from an IPv4 address
 * @guard: first guard of the MAC
 * @ip: source address
 *
 * A guard without addresses of either family allows all addresses.
 *
 * Return: true if it may.
 */
bool dvr_guard_allows4(const struct dvr_guard *guard, __be32 ip)
{
	for (; guard; guard = guard_more(guard))
		if (guard_has4(guard, ip))
			return true;
	return false;
}

DVR_EXPORT_FOR_TEST(dvr_guard_allows4);

/**
 * dvr_guard_allows6() - check if a MAC of a port may send from an IPv6 address
 * @guard: first guard of the MAC
 * @ip: source address
 *
 * The link-local address of the MAC is always allowed, because neighbour discovery
 * uses the address.
 *
 * Return: true if it may.
 */
bool dvr_guard_allows6(const struct dvr_guard *guard,
		       const struct in6_addr *ip)
{
	for (; guard; guard = guard_more(guard))
		if (guard_has6(guard, ip))
			return true;
	return false;
}

DVR_EXPORT_FOR_TEST(dvr_guard_allows6);
