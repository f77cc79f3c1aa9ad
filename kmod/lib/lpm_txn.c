// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes to a table of prefixes. lpm.c describes the trie.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "lib/dvr.h"
#include "lib/dvr_test.h"
#include "lib/lpm_node.h"

/* Nodes that were replaced. Readers may still use them. */
struct trash {
	struct trash *next;
	unsigned long n;
	void *node[62];
};

struct dvr_lpm_txn {
	struct dvr_lpm *lpm;
	unsigned long root;
	struct trash *trash;
	u32 count;
	struct rcu_work free;
};

/* Keep a published node that is replaced until no reader can use the node. */
static int lpm_discard(struct dvr_lpm_txn *txn, struct dvr_lpm_node *node)
{
	struct trash *trash = txn->trash;

	if (!trash || trash->n == ARRAY_SIZE(trash->node)) {
		if (must_fail())
			return -ENOMEM;
		trash = kmalloc(sizeof(*trash), GFP_KERNEL_ACCOUNT);
		if (!trash)
			return -ENOMEM;
		trash->next = txn->trash;
		trash->n = 0;
		txn->trash = trash;
	}
	trash->node[trash->n++] = node;
	return 0;
}

/* Make the node at @ref owned, so that it may be changed. */
static struct dvr_lpm_node *lpm_own(struct dvr_lpm_txn *txn, unsigned long *ref)
{
	struct dvr_lpm_node *node = lpm_to_node(*ref);
	struct dvr_lpm_node *copy;

	if (node->prefixes & DVR_LPM_OWNED)
		return node;
	copy = dvr_lpm_node_copy(node);
	if (!copy)
		return NULL;
	if (lpm_discard(txn, node)) {
		dvr_lpm_node_free(copy);
		return NULL;
	}
	*ref = (unsigned long)copy;
	return copy;
}

/*
 * Make the entry of a slot, or the root, for a prefix that is alone there: the
 * value, or new nodes. The level above ends at @above.
 */
static unsigned long lpm_branch(const struct dvr_lpm *lpm, int above,
				const struct dvr_lpm_key *key, int plen,
				void *value)
{
	struct dvr_lpm_node *node, *upper;
	unsigned int i;
	int end, r;

	if (plen == above)
		return (unsigned long)value | DVR_LPM_VALUE;
	end = end_of(lpm, plen - 1);
	node = dvr_lpm_node_new(lpm, end, key);
	if (!node)
		return 0;
	r = plen - end + 6;
	i = index_in(node, key, word_of(end));
	node->ent[0] = (unsigned long)value;
	if (r < 6) {
		node->prefixes |= BIT_ULL(prefix_bit(i, r));
	} else {
		node->slots = BIT_ULL(63 - i);
		node->ent[0] |= DVR_LPM_VALUE;
	}
	if (above >= 64 || end <= 64)
		return (unsigned long)node;

	upper = dvr_lpm_node_new(lpm, 64, key);
	if (!upper) {
		dvr_lpm_node_free(node);
		return 0;
	}
	upper->slots = BIT_ULL(63 - index_in(upper, key, 0));
	upper->ent[0] = (unsigned long)node;
	return (unsigned long)upper;
}

/* Put a node above the node at @ref, in the level in which @key differs. */
static int lpm_fork_above(const struct dvr_lpm *lpm, unsigned long *ref,
			  int end,
			  const struct dvr_lpm_key *key)
{
	struct dvr_lpm_node *node = dvr_lpm_node_new(lpm, end, key);
	struct dvr_lpm_key below = {};

	if (!node)
		return -ENOMEM;
	below.word[word_of(end)] = place_at(lpm_to_node(*ref));
	node->slots = BIT_ULL(63 - index_in(node, &below, word_of(end)));
	node->ent[0] = *ref;
	*ref = (unsigned long)node;
	return 0;
}

/* The bit of the prefix that ends at the beginning of the node's level. */
static unsigned int lpm_first_bit(const struct dvr_lpm *lpm, int end)
{
	return prefix_bit(0, top_of(lpm, end) - end + 6);
}

/*
 * A longer prefix will go below the prefix whose value is in the slot at @ref:
 * move the value into a node of the next level.
 */
static int lpm_sink(const struct dvr_lpm *lpm, unsigned long *ref, int end,
		    const struct dvr_lpm_key *key)
{
	struct dvr_lpm_node *node = dvr_lpm_node_new(lpm, end, key);

	if (!node)
		return -ENOMEM;
	node->prefixes |= BIT_ULL(lpm_first_bit(lpm, end));
	node->ent[0] = *ref - DVR_LPM_VALUE;
	*ref = (unsigned long)node;
	return 0;
}

/* Remove the node at @ref if its only entry is another node. */
static bool lpm_bypass(unsigned long *ref, int end)
{
	struct dvr_lpm_node *node = lpm_to_node(*ref);

	if (entries(node) != 1 || !node->slots || end == 64 ||
	    node->ent[0] & DVR_LPM_VALUE)
		return false;
	*ref = node->ent[0];
	dvr_lpm_node_free(node);
	return true;
}

/* Fill the empty slot i of the owned node at @ref. */
static int lpm_set_slot(const struct dvr_lpm *lpm, unsigned long *ref, int end,
			unsigned int i, const struct dvr_lpm_key *key, int plen,
			void *value)
{
	unsigned long ent = lpm_branch(lpm, end, key, plen, value);

	if (!ent)
		return -ENOMEM;
	if (dvr_lpm_put_slot(ref, i, ent)) {
		dvr_lpm_nodes_free(ent, false);
		return -ENOMEM;
	}
	return 0;
}

/*
 * Set a prefix that belongs into the owned node at @ref, whose level ends at
 * @end, or into the node's empty slot @i.
 */
static int lpm_set_here(struct dvr_lpm_txn *txn, unsigned long *ref, int end,
			unsigned int i, const struct dvr_lpm_key *key, int plen,
			void *value)
{
	struct dvr_lpm_node *node = lpm_to_node(*ref);
	int err;

	if (plen < end) {
		unsigned int bit = prefix_bit(i, plen - end + 6);

		if (node->prefixes & BIT_ULL(bit)) {
			node->ent[prefix_at(node, bit)] = (unsigned long)value;
			return 0;
		}
		err = dvr_lpm_put_prefix(ref, bit, value);
	} else {
		err = lpm_set_slot(txn->lpm, ref, end, i, key, plen, value);
	}
	if (err) {
		lpm_bypass(ref, end);	/* the node may be new */
		return err;
	}
	txn->count++;
	return 0;
}

static int lpm_set(struct dvr_lpm_txn *txn, const struct dvr_lpm_key *key,
		   int plen, void *value)
{
	const struct dvr_lpm *lpm = txn->lpm;
	unsigned long *ref = &txn->root;
	unsigned long *above = NULL;
	int end = 0;

	/* Each step keeps the content of the table, so each may fail. */
	while (*ref) {
		struct dvr_lpm_node *node = lpm_to_node(*ref);
		int word = end >= 64;
		unsigned int i;
		int shared;

		if (*ref & DVR_LPM_VALUE) {
			if (plen == end)
				break;
			if (lpm_sink(lpm, ref, end_of(lpm, end), key))
				return -ENOMEM;
			if (above && lpm_bypass(above, end))
				ref = above;
			continue;
		}
		shared = min(plen, parting(lpm, node, key, word));
		if (shared < top_of(lpm, end_at(lpm, node, word))) {
			if (lpm_fork_above(lpm, ref, end_of(lpm, shared), key))
				return -ENOMEM;
			continue;
		}
		node = lpm_own(txn, ref);
		if (!node)
			return -ENOMEM;
		end = end_at(lpm, node, word);
		i = index_in(node, key, word);
		if (plen < end || !has_slot(node, i))
			return lpm_set_here(txn, ref, end, i, key, plen, value);
		above = ref;
		ref = &node->ent[slot_at(node, i)];
	}
	if (*ref) {
		*ref = (unsigned long)value | DVR_LPM_VALUE;
		return 0;
	}
	*ref = lpm_branch(lpm, 0, key, plen, value);
	if (!*ref)
		return -ENOMEM;
	txn->count++;
	return 0;
}

/* A step on the way down. */
struct step {
	unsigned long *ref;
	unsigned int i;
	int end;
};

/* Undo lpm_sink() if only that prefix is left; @above is as in lpm_branch(). */
static void lpm_rise(const struct dvr_lpm *lpm, int above,
		     const struct step *step)
{
	struct dvr_lpm_node *node = lpm_to_node(*step->ref);

	if (above != top_of(lpm, step->end) || node->slots ||
	    node->prefixes != (DVR_LPM_OWNED |
			       BIT_ULL(lpm_first_bit(lpm, step->end))))
		return;
	*step->ref = node->ent[0] | DVR_LPM_VALUE;
	dvr_lpm_node_free(node);
}

/* Tidy a path after an entry left its last node; all its nodes are owned. */
static void lpm_tidy(struct dvr_lpm_txn *txn, const struct step *path,
		     int depth)
{
	for (;; depth--) {
		const struct step *step = &path[depth];
		struct dvr_lpm_node *node = lpm_to_node(*step->ref);

		if (entries(node)) {
			if (!lpm_bypass(step->ref, step->end))
				lpm_rise(txn->lpm, depth ? step[-1].end : 0,
					 step);
			return;
		}
		dvr_lpm_node_free(node);
		if (!depth) {
			txn->root = 0;
			return;
		}
		step--;
		dvr_lpm_take_slot(step->ref, step->i);
	}
}

/* Delete a prefix that is in the table. */
static int lpm_del(struct dvr_lpm_txn *txn, const struct dvr_lpm_key *key,
		   int plen)
{
	const struct dvr_lpm *lpm = txn->lpm;
	unsigned long *ref = &txn->root;
	struct step path[DVR_LPM_DEPTH];
	int depth, end = 0;

	for (depth = 0; is_node(*ref); depth++) {
		struct dvr_lpm_node *node = lpm_own(txn, ref);
		struct step *step = &path[depth];
		int word = end >= 64;

		if (!node)
			return -ENOMEM;
		end = end_at(lpm, node, word);
		step->ref = ref;
		step->end = end;
		step->i = index_in(node, key, word);
		if (plen < end)
			break;
		ref = &node->ent[slot_at(node, step->i)];
	}
	txn->count--;
	if (is_node(*ref)) {
		const struct step *step = &path[depth];

		dvr_lpm_take_prefix(ref, prefix_bit(step->i, plen - end + 6));
	} else if (depth) {
		const struct step *step = &path[--depth];

		dvr_lpm_take_slot(step->ref, step->i);
	} else {
		txn->root = 0;
		return 0;
	}
	lpm_tidy(txn, path, depth);
	return 0;
}

/**
 * dvr_lpm_destroy() - free a table, but not the values in it
 * @lpm: the table; empty afterwards
 *
 * Context: any. No reader can use the table, and no transaction is open.
 */
void dvr_lpm_destroy(struct dvr_lpm *lpm)
{
	WARN_ON_ONCE(lpm->busy);
	dvr_lpm_nodes_free(published(lpm), false);
	RCU_INIT_POINTER(lpm->root, NULL);
	lpm->count = 0;
}

/**
 * dvr_lpm_begin() - open a transaction
 * @lpm: the table, without an open transaction
 *
 * Context: process. The caller holds the lock of the table's writers until the
 * transaction is committed or aborted.
 * Return: the transaction, or NULL if there is no memory.
 */
struct dvr_lpm_txn *dvr_lpm_begin(struct dvr_lpm *lpm)
{
	struct dvr_lpm_txn *txn;

	if (WARN_ON_ONCE(lpm->busy) || must_fail())
		return NULL;
	txn = kmalloc(sizeof(*txn), GFP_KERNEL_ACCOUNT);
	if (!txn)
		return NULL;
	txn->lpm = lpm;
	txn->root = published(lpm);
	txn->trash = NULL;
	txn->count = lpm->count;
	lpm->busy = true;
	return txn;
}

/**
 * dvr_lpm_txn_set() - stage a new prefix, or a new value of a prefix
 * @txn: the transaction
 * @key_be: address, network order; bits beyond @plen do not matter
 * @plen: length of the prefix
 * @value: address of an object: not NULL, and even
 *
 * Context: process.
 * Return: 0, -ENOMEM without an effect on staged changes, or -EINVAL if @plen
 * or @value is not valid.
 */
int dvr_lpm_txn_set(struct dvr_lpm_txn *txn, const void *key_be, u8 plen,
		    void *value)
{
	struct dvr_lpm_key key;

	if (WARN_ON_ONCE(plen > txn->lpm->bits || !value ||
			 (unsigned long)value & DVR_LPM_VALUE))
		return -EINVAL;
	key = dvr_lpm_key(txn->lpm, key_be, plen);
	return lpm_set(txn, &key, plen, value);
}

/**
 * dvr_lpm_txn_del() - stage the deletion of a prefix
 * @txn: the transaction
 * @key_be: address, network order; bits beyond @plen do not matter
 * @plen: length of the prefix
 *
 * Context: process. The caller frees the value a grace period after the commit.
 * Return: 0, -ENOENT, or -ENOMEM without an effect on staged changes.
 */
int dvr_lpm_txn_del(struct dvr_lpm_txn *txn, const void *key_be, u8 plen)
{
	struct dvr_lpm_key key;

	if (!dvr_lpm_find(txn->lpm, txn->root, key_be, plen))
		return -ENOENT;
	key = dvr_lpm_key(txn->lpm, key_be, plen);
	return lpm_del(txn, &key, plen);
}

/**
 * dvr_lpm_txn_get() - find a prefix by exact match in the staged table
 * @txn: the transaction
 * @key_be: address, network order; bits beyond @plen do not matter
 * @plen: length of the prefix
 *
 * Return: the value, or NULL if the prefix is not there.
 */
void *dvr_lpm_txn_get(const struct dvr_lpm_txn *txn, const void *key_be,
		      u8 plen)
{
	return dvr_lpm_find(txn->lpm, txn->root, key_be, plen);
}

/**
 * dvr_lpm_txn_next() - find the next prefix of the staged table, in order
 * @txn: the transaction; changes may be staged between two calls
 * @key_be: address to begin with, network order; set to that of the prefix
 * @plen: length to begin with; set to that of the prefix
 * @inclusive: include the prefix that is equal to @key_be and @plen
 *
 * Return: as dvr_lpm_next().
 */
void *dvr_lpm_txn_next(const struct dvr_lpm_txn *txn, void *key_be, u8 *plen,
		       bool inclusive)
{
	return dvr_lpm_walk(txn->lpm, txn->root, key_be, plen, inclusive);
}

/**
 * dvr_lpm_txn_count() - count the prefixes of the staged table
 * @txn: the transaction
 *
 * Return: the number of prefixes.
 */
u32 dvr_lpm_txn_count(const struct dvr_lpm_txn *txn)
{
	return txn->count;
}

/* A million routes leave some hundred thousand nodes: too many for a softirq. */
static void lpm_free_trash(struct work_struct *work)
{
	struct dvr_lpm_txn *txn = container_of(to_rcu_work(work),
					       struct dvr_lpm_txn, free);
	struct trash *trash;
	unsigned long i;

	while ((trash = txn->trash)) {
		txn->trash = trash->next;
		for (i = 0; i < trash->n; i++)
			dvr_lpm_node_free(trash->node[i]);
		kfree(trash);
		cond_resched();
	}
	kfree(txn);
}

/**
 * dvr_lpm_txn_commit() - publish all staged changes at once
 * @txn: the transaction; freed
 *
 * A commit cannot fail. The nodes that were replaced are freed by a
 * work item, a grace period later.
 *
 * Context: process, but a commit does not sleep.
 */
void dvr_lpm_txn_commit(struct dvr_lpm_txn *txn)
{
	struct dvr_lpm *lpm = txn->lpm;

	dvr_lpm_nodes_disown(txn->root);
	rcu_assign_pointer(lpm->root, lpm_to_node(txn->root));
	WRITE_ONCE(lpm->count, txn->count);
	lpm->busy = false;
	if (!txn->trash) {
		kfree(txn);
		return;
	}
	INIT_RCU_WORK(&txn->free, lpm_free_trash);
	queue_rcu_work(dvr_wq, &txn->free);
}

/**
 * dvr_lpm_txn_abort() - drop all staged changes
 * @txn: the transaction; freed; NULL does nothing
 */
void dvr_lpm_txn_abort(struct dvr_lpm_txn *txn)
{
	struct trash *trash;

	if (!txn)
		return;
	dvr_lpm_nodes_free(txn->root, true);
	while ((trash = txn->trash)) {	/* the nodes are still published */
		txn->trash = trash->next;
		kfree(trash);
	}
	txn->lpm->busy = false;
	kfree(txn);
}

/**
 * dvr_lpm_barrier() - wait until what tables no longer use is freed
 *
 * Context: process.
 */
void dvr_lpm_barrier(void)
{
	/* A grace period queues the work that frees nodes. */
	rcu_barrier();
	flush_workqueue(dvr_wq);
}

DVR_EXPORT_FOR_TEST(dvr_lpm_barrier);
DVR_EXPORT_FOR_TEST(dvr_lpm_destroy);
DVR_EXPORT_FOR_TEST(dvr_lpm_begin);
DVR_EXPORT_FOR_TEST(dvr_lpm_txn_set);
DVR_EXPORT_FOR_TEST(dvr_lpm_txn_del);
DVR_EXPORT_FOR_TEST(dvr_lpm_txn_get);
DVR_EXPORT_FOR_TEST(dvr_lpm_txn_next);
DVR_EXPORT_FOR_TEST(dvr_lpm_txn_count);
DVR_EXPORT_FOR_TEST(dvr_lpm_txn_commit);
DVR_EXPORT_FOR_TEST(dvr_lpm_txn_abort);
