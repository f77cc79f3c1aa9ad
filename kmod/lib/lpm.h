/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Longest prefix match: a path-compressed tree bitmap. Transactions change the
 * trie, and readers take no locks. lpm.c describes the trie.
 */
#ifndef DVR_LPM_H
#define DVR_LPM_H

#include <linux/bitops.h>
#include <linux/in6.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * struct dvr_lpm_node - node of the trie, for six bits of the address
 * @pos: the address bits above this node's six, in place; the low six bits are
 *	the number of bits to shift an address to the right to index the node
 * @prefixes: bit (1 << r | v) is set for a prefix that ends after r < 6 of the
 *	node's bits, of value v; bit 0 marks a node that no reader has seen
 * @slots: bit 63 - i is set if there is an entry for the six bits i
 * @ent: an entry for each set bit: first those of @slots, then those of
 *	@prefixes, from the highest prefix bit or the largest i on; a slot
 *	holds a node, or %DVR_LPM_VALUE plus the value of the prefix that ends
 *	with the six bits
 *
 * A node that readers can see never changes.
 */
struct dvr_lpm_node {
	u64 pos;
	u64 prefixes;
	u64 slots;
	unsigned long ent[];
};

#define DVR_LPM_VALUE	1UL

/**
 * struct dvr_lpm - a table of prefixes, each with a value
 * @root: published root: an entry as in a slot, that is a node or the value of
 *	an only default route, or NULL; written by commits only
 * @count: number of prefixes
 * @bits: length of an address: 32 or 128
 * @busy: a transaction is open
 */
struct dvr_lpm {
	struct dvr_lpm_node __rcu *root;
	u32 count;
	u8 bits;
	bool busy;
};

struct dvr_lpm_txn;

/* 64 entries. With the size, the compiler would check each index. */
extern const u64 dvr_lpm_cover[];

void dvr_lpm_init(struct dvr_lpm *lpm, u8 bits);
void dvr_lpm_destroy(struct dvr_lpm *lpm);
void *dvr_lpm_get(const struct dvr_lpm *lpm, const void *key_be, u8 plen);
void *dvr_lpm_next(const struct dvr_lpm *lpm, void *key_be, u8 *plen,
		   bool inclusive);

struct dvr_lpm_txn *dvr_lpm_begin(struct dvr_lpm *lpm);
int dvr_lpm_txn_set(struct dvr_lpm_txn *txn, const void *key_be, u8 plen,
		    void *value);
int dvr_lpm_txn_del(struct dvr_lpm_txn *txn, const void *key_be, u8 plen);
void *dvr_lpm_txn_get(const struct dvr_lpm_txn *txn, const void *key_be,
		      u8 plen);
void *dvr_lpm_txn_next(const struct dvr_lpm_txn *txn, void *key_be, u8 *plen,
		       bool inclusive);
u32 dvr_lpm_txn_count(const struct dvr_lpm_txn *txn);
void dvr_lpm_txn_commit(struct dvr_lpm_txn *txn);
void dvr_lpm_txn_abort(struct dvr_lpm_txn *txn);
void dvr_lpm_barrier(void);

/* The value of the longest prefix among @hits, a subset of @node's prefixes. */
static inline void *dvr_lpm_longest(const struct dvr_lpm_node *node, u64 hits)
{
	unsigned int i;

	if (!hits)
		return NULL;
	i = hweight64(node->prefixes >> (fls64(hits) - 1));
	return (void *)node->ent[hweight64(node->slots) + i - 1];
}

/**
 * dvr_lpm_lookup4() - find the longest prefix that matches an IPv4 address
 * @lpm: a table of 32 bit keys
 * @addr: the address, network order
 *
 * Context: rcu_read_lock() held, any context. Wait-free, at most 6 nodes.
 * Return: the value of the prefix, or NULL if none matches.
 */
static inline void *dvr_lpm_lookup4(const struct dvr_lpm *lpm, __be32 addr)
{
	unsigned long ent = (unsigned long)rcu_dereference(lpm->root);
	const u64 key = be32_to_cpu(addr);
	const struct dvr_lpm_node *best = NULL;
	u64 hits = 0;

	if (!ent)
		return NULL;
	while (!(ent & DVR_LPM_VALUE)) {
		const struct dvr_lpm_node *node = (void *)ent;
		u64 i = (key ^ node->pos) >> (node->pos & 63);
		u64 here, rest;

		if (i > 63)		/* bits that were skipped differ */
			return dvr_lpm_longest(best, hits);
		here = node->prefixes & dvr_lpm_cover[i];
		if (here) {
			hits = here;
			best = node;
		}
		rest = node->slots << i;
		if ((s64)rest >= 0)	/* nothing below */
			return dvr_lpm_longest(best, hits);
		ent = node->ent[hweight64(rest) - 1];
	}
	return (void *)(ent - DVR_LPM_VALUE);
}

/**
 * dvr_lpm_lookup6() - find the longest prefix that matches an IPv6 address
 * @lpm: a table of 128 bit keys
 * @addr: the address
 *
 * Context: rcu_read_lock() held, any context. Wait-free, at most 22 nodes.
 * Return: the value of the prefix, or NULL if none matches.
 */
static inline void *dvr_lpm_lookup6(const struct dvr_lpm *lpm,
				    const struct in6_addr *addr)
{
	unsigned long ent = (unsigned long)rcu_dereference(lpm->root);
	const struct dvr_lpm_node *best = NULL;
	__be64 high, low;
	u64 hits = 0;
	u64 key, next;

	if (!ent)
		return NULL;
	memcpy(&high, &addr->s6_addr[0], sizeof(high));
	memcpy(&low, &addr->s6_addr[8], sizeof(low));
	key = be64_to_cpu(high);
	next = be64_to_cpu(low);
	while (!(ent & DVR_LPM_VALUE)) {
		const struct dvr_lpm_node *node = (void *)ent;
		unsigned int shift = node->pos & 63;
		u64 i = (key ^ node->pos) >> shift;
		u64 here, rest;

		if (i > 63)
			return dvr_lpm_longest(best, hits);
		here = node->prefixes & dvr_lpm_cover[i];
		if (here) {
			hits = here;
			best = node;
		}
		rest = node->slots << i;
		if ((s64)rest >= 0)
			return dvr_lpm_longest(best, hits);
		ent = node->ent[hweight64(rest) - 1];
		if (!shift)		/* below are the lower 64 bits */
			key = next;
	}
	return (void *)(ent - DVR_LPM_VALUE);
}

#endif /* DVR_LPM_H */
