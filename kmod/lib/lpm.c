// SPDX-License-Identifier: GPL-2.0-only
/*
 * Longest prefix match.
 *
 * A tree bitmap (Eatherton, Varghese, Dittia: "Tree Bitmap", 2004) with
 * strides of six bits and path compression. A node stands at a fixed level of
 * its trie, so two nodes never overlap in part. A node exists only where a
 * prefix ends or paths part, so small tables are one or two nodes deep.
 *
 * A prefix that ends with the sixth bit of a node could be kept in that node or
 * in the node below. The prefix is a value in the node's slot if no longer
 * prefix is below, because a node would take four times the memory. When a
 * longer prefix is added, the value moves into the node below.
 *
 * An IPv6 address is two words, and each word has its own trie: a level ends
 * with the upper 64 bits, and every path to a longer prefix has a node at that
 * level. So the position of a node fits into one word.
 *
 * Changes copy paths. A transaction has its own root. Before the transaction
 * changes a node that readers may see, it copies the node and the nodes above.
 * Nodes that the transaction made are changed in place, so a million changes
 * copy no node twice. A commit publishes the root. Before the commit, readers
 * see no change, and an abort only frees the nodes that the transaction made.
 */
#include <linux/log2.h>
#include <linux/minmax.h>

#include "lib/dvr_test.h"
#include "lib/lpm_node.h"

/*
 * For each value of a node's six bits, the prefixes of 0 to 5 bits that contain
 * the value: bits (64 | i) >> 1 to (64 | i) >> 6 of dvr_lpm_node.prefixes.
 */
const u64 dvr_lpm_cover[64] = {
	0x0000000100010116, 0x0000000100010116, 0x0000000200010116,
	0x0000000200010116, 0x0000000400020116, 0x0000000400020116,
	0x0000000800020116, 0x0000000800020116, 0x0000001000040216,
	0x0000001000040216, 0x0000002000040216, 0x0000002000040216,
	0x0000004000080216, 0x0000004000080216, 0x0000008000080216,
	0x0000008000080216, 0x0000010000100426, 0x0000010000100426,
	0x0000020000100426, 0x0000020000100426, 0x0000040000200426,
	0x0000040000200426, 0x0000080000200426, 0x0000080000200426,
	0x0000100000400826, 0x0000100000400826, 0x0000200000400826,
	0x0000200000400826, 0x0000400000800826, 0x0000400000800826,
	0x0000800000800826, 0x0000800000800826, 0x000100000100104a,
	0x000100000100104a, 0x000200000100104a, 0x000200000100104a,
	0x000400000200104a, 0x000400000200104a, 0x000800000200104a,
	0x000800000200104a, 0x001000000400204a, 0x001000000400204a,
	0x002000000400204a, 0x002000000400204a, 0x004000000800204a,
	0x004000000800204a, 0x008000000800204a, 0x008000000800204a,
	0x010000001000408a, 0x010000001000408a, 0x020000001000408a,
	0x020000001000408a, 0x040000002000408a, 0x040000002000408a,
	0x080000002000408a, 0x080000002000408a, 0x100000004000808a,
	0x100000004000808a, 0x200000004000808a, 0x200000004000808a,
	0x400000008000808a, 0x400000008000808a, 0x800000008000808a,
	0x800000008000808a,
};

/**
 * dvr_lpm_key() - convert an address to a key
 * @lpm: the table, for the length of its addresses
 * @key_be: the address, network order
 * @plen: number of bits to read; the other bits become 0
 *
 * Return: the key.
 */
struct dvr_lpm_key dvr_lpm_key(const struct dvr_lpm *lpm, const void *key_be,
			       int plen)
{
	struct dvr_lpm_key key = {};

	if (lpm->bits == 32) {
		__be32 addr;

		memcpy(&addr, key_be, sizeof(addr));
		key.word[0] = be32_to_cpu(addr);
		plen += 32;
	} else {
		__be64 addr[2];

		memcpy(addr, key_be, sizeof(addr));
		key.word[0] = be64_to_cpu(addr[0]);
		key.word[1] = be64_to_cpu(addr[1]);
	}
	if (plen < 64)
		key.word[0] &= ~(~0ULL >> plen);
	if (plen <= 64)
		key.word[1] = 0;
	else if (plen < 128)
		key.word[1] &= ~(~0ULL >> (plen - 64));
	return key;
}

static void lpm_key_write(const struct dvr_lpm *lpm, void *key_be,
			  const struct dvr_lpm_key *key)
{
	if (lpm->bits == 32) {
		__be32 addr = cpu_to_be32(key->word[0]);

		memcpy(key_be, &addr, sizeof(addr));
	} else {
		__be64 addr[2] = {
			cpu_to_be64(key->word[0]), cpu_to_be64(key->word[1])
		};

		memcpy(key_be, addr, sizeof(addr));
	}
}

/**
 * dvr_lpm_find() - find a prefix by exact match
 * @lpm: the table
 * @root: root of the trie to search
 * @key_be: address, network order; bits beyond @plen do not matter
 * @plen: length of the prefix; a length beyond the address matches no prefix
 *
 * Context: @root must stay: it is the transaction's, or RCU is held.
 * Return: the value, or NULL if the prefix is not there.
 */
void *dvr_lpm_find(const struct dvr_lpm *lpm, unsigned long root,
		   const void *key_be, int plen)
{
	unsigned long ent = root;
	struct dvr_lpm_key key;
	int end = 0;

	if (plen > lpm->bits)
		return NULL;
	key = dvr_lpm_key(lpm, key_be, plen);
	while (is_node(ent)) {
		const struct dvr_lpm_node *node = lpm_to_node(ent);
		int word = end >= 64;
		int r;
		u64 i;

		end = end_at(lpm, node, word);
		i = index_in(node, &key, word);
		r = plen - end + 6;
		if (i > 63 || r < 0)
			return NULL;
		if (r < 6) {
			unsigned int bit = prefix_bit(i, r);

			if (!(node->prefixes & BIT_ULL(bit)))
				return NULL;
			return (void *)node->ent[prefix_at(node, bit)];
		}
		if (!has_slot(node, i))
			return NULL;
		ent = node->ent[slot_at(node, i)];
	}
	return ent && plen == end ? (void *)(ent - DVR_LPM_VALUE) : NULL;
}

/* Place of an ordered walk; @plen may be one more than the address length. */
struct cursor {
	struct dvr_lpm_key key;
	int plen;
	void *value;
};

/* Length of the shortest prefix of r or more bits that begins at six bits i. */
static int lpm_prefix_from(const struct dvr_lpm_node *node, unsigned int i,
			   int r)
{
	u64 here;

	r = max_t(int, r, i ? 6 - __ffs(i) : 0);
	if (r > 5)
		return -1;
	here = node->prefixes & dvr_lpm_cover[i] & -BIT_ULL(1 << r);
	return here ? ilog2(__ffs64(here)) : -1;
}

/* True if the cursor is beyond the first address of its place in a node. */
static bool lpm_cursor_within(const struct dvr_lpm_node *node,
			      const struct cursor *cur,
			      int word)
{
	u64 below = cur->key.word[word] & (BIT_ULL(node->pos & 63) - 1);

	return below || (!word && cur->key.word[1]);
}

/* Move the cursor to a node's prefix: the first r of the six bits i. */
static void lpm_cursor_arrive(struct cursor *cur,
			      const struct dvr_lpm_node *node, int end,
			      unsigned int i,
			      int r)
{
	unsigned int at = r < 6 ? prefix_at(node, prefix_bit(i, r)) :
				  slot_at(node, i);
	int word = word_of(end);

	cur->key.word[word] = place_at(node) | (u64)i << (node->pos & 63);
	if (!word)
		cur->key.word[1] = 0;
	cur->plen = end - 6 + r;
	cur->value = (void *)(node->ent[at] & ~DVR_LPM_VALUE);
}

/*
 * Move the cursor to the first prefix in and below @node. With @bound, skip the
 * prefixes before the cursor.
 */
static bool lpm_cursor_seek(const struct dvr_lpm *lpm,
			    const struct dvr_lpm_node *node,
			    int word, struct cursor *cur, bool bound)
{
	int end = end_at(lpm, node, word);
	u64 i = bound ? index_in(node, &cur->key, word) : 0;

	if (i >> (end - top_of(lpm, end))) {
		if (cur->key.word[word] > node->pos)
			return false;
		bound = false;
		i = 0;
	}
	for (; i < 64; i++, bound = false) {
		int from = 0, r;

		if (bound)
			from = lpm_cursor_within(node, cur, word) ? 7 :
			       cur->plen - end + 6;
		r = lpm_prefix_from(node, i, from);
		if (r < 0 && has_slot(node, i)) {
			unsigned long ent = node->ent[slot_at(node, i)];

			if (!(ent & DVR_LPM_VALUE)) {
				if (end == 64 && !bound)
					cur->key.word[0] = place_at(node) | i;
				/* At most DVR_LPM_DEPTH deep. */
				if (lpm_cursor_seek(lpm, lpm_to_node(ent),
						    end >= 64, cur,
						    bound))
					return true;
			} else if (from <= 6) {
				r = 6;
			}
		}
		if (r >= 0) {
			lpm_cursor_arrive(cur, node, end, i, r);
			return true;
		}
	}
	return false;
}

/**
 * dvr_lpm_walk() - find the next prefix in order
 * @lpm: the table
 * @root: root of the trie to search
 * @key_be: address to begin with, network order; set to that of the prefix
 * @plen: length to begin with; set to that of the prefix
 * @inclusive: include the prefix that is equal to @key_be and @plen
 *
 * Context: @root must stay: it is the transaction's, or RCU is held.
 * Return: the value, or NULL at the end.
 */
void *dvr_lpm_walk(const struct dvr_lpm *lpm, unsigned long root,
		   void *key_be, u8 *plen, bool inclusive)
{
	struct cursor cur = {
		.key = dvr_lpm_key(lpm, key_be, lpm->bits),
		.plen = *plen + !inclusive,
	};
	u64 *word = cur.key.word;

	if (cur.plen > lpm->bits) {	/* all of this address is done */
		cur.plen = 0;
		if (lpm->bits == 32)
			word[0]++;
		else if (!++word[1] && !++word[0])
			return NULL;
	}
	if (root & DVR_LPM_VALUE) {
		if (word[0] || word[1] || cur.plen)
			return NULL;
		cur.value = (void *)(root - DVR_LPM_VALUE);
	} else if (!root || !lpm_cursor_seek(lpm, lpm_to_node(root), 0, &cur,
					     true)) {
		return NULL;
	}
	lpm_key_write(lpm, key_be, &cur.key);
	*plen = cur.plen;
	return cur.value;
}

/**
 * dvr_lpm_init() - initialize an empty table
 * @lpm: the table
 * @bits: length of its addresses: 32 or 128
 *
 * An empty table, or one with only a default route, has no nodes.
 */
void dvr_lpm_init(struct dvr_lpm *lpm, u8 bits)
{
	WARN_ON_ONCE(bits != 32 && bits != 128);
	RCU_INIT_POINTER(lpm->root, NULL);
	lpm->count = 0;
	lpm->bits = bits;
	lpm->busy = false;
}

/**
 * dvr_lpm_get() - find a prefix by exact match in the published table
 * @lpm: the table
 * @key_be: address, network order, as many bits as the table's
 * @plen: length of the prefix; bits of @key_be beyond it do not matter
 *
 * Context: rcu_read_lock(), or the lock of the table's writers.
 * Return: the value, or NULL if the prefix is not there.
 */
void *dvr_lpm_get(const struct dvr_lpm *lpm, const void *key_be, u8 plen)
{
	return dvr_lpm_find(lpm, published(lpm), key_be, plen);
}

/**
 * dvr_lpm_next() - find the next prefix of the published table, in order
 * @lpm: the table
 * @key_be: address to begin with, network order; set to that of the prefix
 * @plen: length to begin with; set to that of the prefix
 * @inclusive: include the prefix that is equal to @key_be and @plen
 *
 * Prefixes are ordered by address, and by length if addresses are equal, the
 * shorter first. So a prefix comes before the prefixes that it contains. All
 * bits of @key_be count. The prefix to begin with need not be in the table, so
 * a walk can continue from a prefix that was deleted.
 *
 * Context: rcu_read_lock(), or the lock of the table's writers.
 * Return: the value of the first such prefix, or NULL at the end.
 */
void *dvr_lpm_next(const struct dvr_lpm *lpm, void *key_be, u8 *plen,
		   bool inclusive)
{
	return dvr_lpm_walk(lpm, published(lpm), key_be, plen, inclusive);
}

DVR_EXPORT_FOR_TEST(dvr_lpm_cover);
DVR_EXPORT_FOR_TEST(dvr_lpm_init);
DVR_EXPORT_FOR_TEST(dvr_lpm_get);
DVR_EXPORT_FOR_TEST(dvr_lpm_next);
