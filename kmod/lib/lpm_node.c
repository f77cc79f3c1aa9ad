// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes of the trie: memory and entries.
 */
#include <linux/errno.h>
#include <linux/slab.h>

#include "lib/dvr_test.h"
#include "lib/lpm_node.h"

#if IS_ENABLED(CONFIG_KUNIT)
long dvr_lpm_fail_after = -1;
DVR_EXPORT_FOR_TEST(dvr_lpm_fail_after);
atomic_long_t dvr_lpm_nodes;
DVR_EXPORT_FOR_TEST(dvr_lpm_nodes);
atomic_long_t dvr_lpm_bytes;
DVR_EXPORT_FOR_TEST(dvr_lpm_bytes);

static void lpm_node_account(const struct dvr_lpm_node *node, int sign)
{
	atomic_long_add(sign, &dvr_lpm_nodes);
	atomic_long_add(sign * (long)ksize(node), &dvr_lpm_bytes);
}
#else
static void lpm_node_account(const struct dvr_lpm_node *node, int sign)
{
}
#endif

static size_t lpm_node_bytes(unsigned int n)
{
	return sizeof(struct dvr_lpm_node) + n * sizeof(unsigned long);
}

/*
 * The allocator rounds sizes up. A node takes all of the rounded size, so the
 * room of a node follows from its number of entries and need not be stored.
 */
static size_t lpm_node_room(unsigned int n)
{
	return kmalloc_size_roundup(lpm_node_bytes(n));
}

static struct dvr_lpm_node *lpm_node_alloc(unsigned int n, gfp_t gfp)
{
	struct dvr_lpm_node *node;

	if (must_fail())
		return NULL;
	node = kmalloc(lpm_node_room(n), GFP_KERNEL_ACCOUNT | gfp);
	if (node)
		lpm_node_account(node, 1);
	return node;
}

/**
 * dvr_lpm_node_free() - free one node at once
 * @node: the node; no reader can use the node
 */
void dvr_lpm_node_free(struct dvr_lpm_node *node)
{
	lpm_node_account(node, -1);
	kfree(node);
}

/**
 * dvr_lpm_node_new() - make a node for one entry
 * @lpm: the table
 * @end: end of the node's level
 * @key: an address below the node
 *
 * Return: an owned node, whose entry and bit the caller sets, or NULL if there
 * is no memory.
 */
struct dvr_lpm_node *dvr_lpm_node_new(const struct dvr_lpm *lpm, int end,
				      const struct dvr_lpm_key *key)
{
	struct dvr_lpm_node *node = lpm_node_alloc(1, 0);

	if (!node)
		return NULL;
	node->pos = pos_of(lpm, end, key);
	node->prefixes = DVR_LPM_OWNED;
	node->slots = 0;
	return node;
}

/**
 * dvr_lpm_node_copy() - make a copy that may be changed
 * @node: the node
 *
 * Return: an owned node, or NULL if there is no memory.
 */
struct dvr_lpm_node *dvr_lpm_node_copy(const struct dvr_lpm_node *node)
{
	unsigned int n = entries(node);
	struct dvr_lpm_node *copy = lpm_node_alloc(n, 0);

	if (!copy)
		return NULL;
	memcpy(copy, node, lpm_node_bytes(n));
	copy->prefixes |= DVR_LPM_OWNED;
	return copy;
}

/* Put @ent into the owned node at @ref; the caller then sets its bit. */
static int lpm_node_put_entry(unsigned long *ref, unsigned int at,
			      unsigned long ent)
{
	struct dvr_lpm_node *node = lpm_to_node(*ref);
	unsigned int n = entries(node);
	struct dvr_lpm_node *wide = node;

	if (lpm_node_room(n + 1) > lpm_node_room(n)) {
		wide = lpm_node_alloc(n + 1, 0);
		if (!wide)
			return -ENOMEM;
		memcpy(wide, node, lpm_node_bytes(at));
		*ref = (unsigned long)wide;
	}
	memmove(&wide->ent[at + 1], &node->ent[at],
		(n - at) * sizeof(node->ent[0]));
	wide->ent[at] = ent;
	if (wide != node)
		dvr_lpm_node_free(node);
	return 0;
}

/*
 * Remove an entry, whose bit is already cleared, from the owned node at @ref.
 * If there is no memory for a smaller node, the old node stays, because a
 * deletion must not fail half way up.
 */
static void lpm_node_take_entry(unsigned long *ref, unsigned int at)
{
	struct dvr_lpm_node *node = lpm_to_node(*ref);
	unsigned int n = entries(node);
	struct dvr_lpm_node *tight;

	memmove(&node->ent[at], &node->ent[at + 1],
		(n - at) * sizeof(node->ent[0]));
	if (!n || lpm_node_room(n) == lpm_node_room(n + 1))
		return;
	tight = lpm_node_alloc(n, __GFP_NOWARN);
	if (!tight)
		return;
	memcpy(tight, node, lpm_node_bytes(n));
	dvr_lpm_node_free(node);
	*ref = (unsigned long)tight;
}

/**
 * dvr_lpm_put_prefix() - add a prefix to a node
 * @ref: address of the pointer to the owned node; the pointer may change
 * @bit: the prefix_bit(), which is not set
 * @value: value of the prefix
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int dvr_lpm_put_prefix(unsigned long *ref, unsigned int bit, void *value)
{
	unsigned int at = prefix_at(lpm_to_node(*ref), bit);

	if (lpm_node_put_entry(ref, at, (unsigned long)value))
		return -ENOMEM;
	lpm_to_node(*ref)->prefixes |= BIT_ULL(bit);
	return 0;
}

/**
 * dvr_lpm_put_slot() - fill an empty slot of a node
 * @ref: address of the pointer to the owned node; the pointer may change
 * @i: number of the slot
 * @ent: a node, or a value with %DVR_LPM_VALUE
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int dvr_lpm_put_slot(unsigned long *ref, unsigned int i, unsigned long ent)
{
	unsigned int at = slot_at(lpm_to_node(*ref), i);

	if (lpm_node_put_entry(ref, at, ent))
		return -ENOMEM;
	lpm_to_node(*ref)->slots |= BIT_ULL(63 - i);
	return 0;
}

/**
 * dvr_lpm_take_prefix() - remove a prefix from a node
 * @ref: address of the pointer to the owned node; the pointer may change
 * @bit: the prefix_bit(), which is set
 */
void dvr_lpm_take_prefix(unsigned long *ref, unsigned int bit)
{
	struct dvr_lpm_node *node = lpm_to_node(*ref);

	node->prefixes &= ~BIT_ULL(bit);
	lpm_node_take_entry(ref, prefix_at(node, bit));
}

/**
 * dvr_lpm_take_slot() - empty a slot of a node
 * @ref: address of the pointer to the owned node; the pointer may change
 * @i: number of the slot, which is not empty; its entry is not freed
 */
void dvr_lpm_take_slot(unsigned long *ref, unsigned int i)
{
	struct dvr_lpm_node *node = lpm_to_node(*ref);

	node->slots &= ~BIT_ULL(63 - i);
	lpm_node_take_entry(ref, slot_at(node, i));
}

/**
 * dvr_lpm_nodes_free() - free a node and the nodes below it at once
 * @ent: the node; or a value or 0, which free nothing
 * @owned: only owned nodes; no owned node is below one that is not owned
 */
void dvr_lpm_nodes_free(unsigned long ent, bool owned)
{
	struct dvr_lpm_node *node = lpm_to_node(ent);
	unsigned int i;

	if (owned ? !is_owned(ent) : !is_node(ent))
		return;
	/* The recursion is at most DVR_LPM_DEPTH deep, here and below. */
	for (i = 0; i < hweight64(node->slots); i++)
		dvr_lpm_nodes_free(node->ent[i], owned);
	dvr_lpm_node_free(node);
}

/**
 * dvr_lpm_nodes_disown() - make a node and the nodes below it read-only
 * @ent: the node, or a value or 0
 */
void dvr_lpm_nodes_disown(unsigned long ent)
{
	struct dvr_lpm_node *node = lpm_to_node(ent);
	unsigned int i;

	if (!is_owned(ent))
		return;
	node->prefixes &= ~DVR_LPM_OWNED;
	for (i = 0; i < hweight64(node->slots); i++)
		dvr_lpm_nodes_disown(node->ent[i]);
}
