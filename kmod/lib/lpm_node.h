/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the trie: places in the trie and in a node. */
#ifndef DVR_LPM_NODE_H
#define DVR_LPM_NODE_H

#include <linux/atomic.h>
#include <linux/kconfig.h>

#include "lib/lpm.h"

/* In dvr_lpm_node.prefixes: made by the open transaction. */
#define DVR_LPM_OWNED	BIT_ULL(0)

/* The longest path: eleven levels in either half of an IPv6 address. */
#define DVR_LPM_DEPTH	22

/* An address in the order of the nodes; IPv4 uses only the first word. */
struct dvr_lpm_key {
	u64 word[2];
};

/* lpm.c; @root is an entry as in a slot, or 0 */
struct dvr_lpm_key dvr_lpm_key(const struct dvr_lpm *lpm, const void *key_be,
			       int plen);
void *dvr_lpm_find(const struct dvr_lpm *lpm, unsigned long root,
		   const void *key_be, int plen);
void *dvr_lpm_walk(const struct dvr_lpm *lpm, unsigned long root,
		   void *key_be, u8 *plen, bool inclusive);

/* lpm_node.c; @ref is the address of the pointer to a node */
struct dvr_lpm_node *dvr_lpm_node_new(const struct dvr_lpm *lpm, int end,
				      const struct dvr_lpm_key *key);
struct dvr_lpm_node *dvr_lpm_node_copy(const struct dvr_lpm_node *node);
void dvr_lpm_node_free(struct dvr_lpm_node *node);
void dvr_lpm_nodes_free(unsigned long ent, bool owned);
void dvr_lpm_nodes_disown(unsigned long ent);
int dvr_lpm_put_prefix(unsigned long *ref, unsigned int bit, void *value);
int dvr_lpm_put_slot(unsigned long *ref, unsigned int i, unsigned long ent);
void dvr_lpm_take_prefix(unsigned long *ref, unsigned int bit);
void dvr_lpm_take_slot(unsigned long *ref, unsigned int i);

#if IS_ENABLED(CONFIG_KUNIT)
/* Allocations until one fails (negative: none); number and bytes of nodes. */
extern long dvr_lpm_fail_after;
extern atomic_long_t dvr_lpm_nodes;
extern atomic_long_t dvr_lpm_bytes;

static inline bool must_fail(void)
{
	return dvr_lpm_fail_after >= 0 && dvr_lpm_fail_after-- == 0;
}
#else
static inline bool must_fail(void)
{
	return false;
}
#endif

/* The root that readers see; to be called by a reader or by the only writer. */
static inline unsigned long published(const struct dvr_lpm *lpm)
{
	return (unsigned long)rcu_dereference_raw(lpm->root);
}

/*
 * A level is named by its end: the number of address bits down to the last bit
 * of the level. Levels end at /24, /48 and /64, so that routes of the common
 * lengths share nodes, and with the last bit, so that hosts share nodes. If six
 * bits do not fit between two such ends, a level has fewer bits. Bits of @pos
 * take the place of the missing bits in its nodes: the address has the same
 * bits, or the look-up finds nothing.
 */

/* The end of the level of a bit; the first bit is bit 0. */
static inline int end_of(const struct dvr_lpm *lpm, int bit)
{
	int base = 0;

	if (lpm->bits == 32)
		base = bit < 24 ? 0 : 26 - 6;
	else if (bit >= 48)
		base = bit < 64 ? 52 - 6 : 68 - 6;
	return base + ((bit - base) / 6 + 1) * 6;
}

/* The end of the level above. */
static inline int top_of(const struct dvr_lpm *lpm, int end)
{
	if (lpm->bits == 32)
		return end == 26 ? 24 : end - 6;
	if (end == 52)
		return 48;
	return end == 68 ? 64 : end - 6;
}

static inline int word_of(int end)
{
	return end > 64;
}

/* The end of the level of a node; @word is the node's word of the address. */
static inline int end_at(const struct dvr_lpm *lpm,
			 const struct dvr_lpm_node *node, int word)
{
	return (lpm->bits == 32 ? 32 : 64 * (word + 1)) - (int)(node->pos & 63);
}

static inline u64 place_at(const struct dvr_lpm_node *node)
{
	return node->pos & ~63ULL;
}

/* The @pos of the node on the way to @key in the level with that end. */
static inline u64 pos_of(const struct dvr_lpm *lpm, int end,
			 const struct dvr_lpm_key *key)
{
	int shift = (lpm->bits == 32 ? 32 : 64 * (word_of(end) + 1)) - end;
	int own = shift + end - top_of(lpm, end);
	u64 place = 0;

	if (own < 64)
		place = key->word[word_of(end)] >> own << own;
	return place | shift;
}

/* The node's six bits of the address; more than 63 if the bits above differ. */
static inline u64 index_in(const struct dvr_lpm_node *node,
			   const struct dvr_lpm_key *key, int word)
{
	return (key->word[word] ^ node->pos) >> (node->pos & 63);
}

/* The number of the first bit of a word in which @key differs from @node. */
static inline int parting(const struct dvr_lpm *lpm,
			  const struct dvr_lpm_node *node,
			  const struct dvr_lpm_key *key, int word)
{
	int bit = 64 - fls64(key->word[word] ^ place_at(node));

	return lpm->bits == 32 ? bit - 32 : bit + 64 * word;
}

/* The bit in dvr_lpm_node.prefixes of the first r of the six bits i. */
static inline unsigned int prefix_bit(unsigned int i, int r)
{
	return (64 | i) >> (6 - r);
}

/* The index in dvr_lpm_node.ent of a prefix, also of one that is not set. */
static inline unsigned int prefix_at(const struct dvr_lpm_node *node,
				     unsigned int bit)
{
	u64 longer = bit < 63 ? node->prefixes >> (bit + 1) : 0;

	return hweight64(node->slots) + hweight64(longer);
}

static inline bool has_slot(const struct dvr_lpm_node *node, unsigned int i)
{
	return node->slots & BIT_ULL(63 - i);
}

/* The index in dvr_lpm_node.ent of a slot, also of an empty one. */
static inline unsigned int slot_at(const struct dvr_lpm_node *node,
				   unsigned int i)
{
	return i < 63 ? hweight64(node->slots << (i + 1)) : 0;
}

static inline unsigned int entries(const struct dvr_lpm_node *node)
{
	return hweight64(node->slots) +
	       hweight64(node->prefixes & ~DVR_LPM_OWNED);
}

static inline bool is_node(unsigned long ent)
{
	return ent && !(ent & DVR_LPM_VALUE);
}

static inline struct dvr_lpm_node *lpm_to_node(unsigned long ent)
{
	return (struct dvr_lpm_node *)ent;
}

static inline bool is_owned(unsigned long ent)
{
	return is_node(ent) && lpm_to_node(ent)->prefixes & DVR_LPM_OWNED;
}

#endif /* DVR_LPM_NODE_H */
