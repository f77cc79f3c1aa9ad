// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes to a table for longest prefix match: committed, aborted, without
 * memory, and with readers.
 */
#include <linux/kthread.h>
#include <linux/timer.h>

#include "lpm_rig.h"

KUNIT_ARRAY_PARAM(table, rig_tables, rig_describe);
KUNIT_ARRAY_PARAM(family, rig_families, rig_describe);

/* Add a prefix and delete it: the table has the same nodes as before. */
static void txn_test_undo(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct rig rig;
	unsigned int i;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	rig.n -= 12;
	rig_set_all(&rig, 1);
	for (i = rig.n; i < rig.n + 12; i++) {
		long nodes = atomic_long_read(&dvr_lpm_nodes);
		long bytes = atomic_long_read(&dvr_lpm_bytes);
		struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig.lpm);

		KUNIT_ASSERT_NOT_NULL(test, txn);
		KUNIT_ASSERT_EQ(test, 0, rig_set(txn, &rig.pfx[i], 1));
		if (i & 1) {
			dvr_lpm_txn_commit(txn);
			txn = dvr_lpm_begin(&rig.lpm);
			KUNIT_ASSERT_NOT_NULL(test, txn);
		}
		KUNIT_ASSERT_EQ(test, 0, rig_del(txn, &rig.pfx[i]));
		dvr_lpm_txn_commit(txn);
		dvr_lpm_barrier();
		KUNIT_EXPECT_EQ(test, nodes, atomic_long_read(&dvr_lpm_nodes));
		KUNIT_EXPECT_EQ(test, bytes, atomic_long_read(&dvr_lpm_bytes));
	}
	rig_expect_walk(&rig);
	rig_exit(&rig);
}

/* Staged changes that are aborted do not change the table. */
static void txn_test_abort(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct pfx *saved;
	unsigned int i, j;
	struct rig rig;
	long nodes;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	rig_set_all(&rig, 1);
	saved = kvcalloc(rig.n, sizeof(*saved), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, saved);
	nodes = atomic_long_read(&dvr_lpm_nodes);
	for (i = 0; i < 16; i++) {
		struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig.lpm);

		KUNIT_ASSERT_NOT_NULL(test, txn);
		memcpy(saved, rig.pfx, rig.n * sizeof(*saved));
		rig_steps(&rig, txn, 1 + below(&rig, 2 * rig.n), i & 1);
		for (j = 0; j < rig.n; j++) {
			struct wire wire = to_wire(rig.pfx[j].addr);

			KUNIT_EXPECT_PTR_EQ(test,
					    dvr_lpm_txn_get(txn, &wire,
							    rig.pfx[j].plen),
					    to_value(rig.pfx[j].value));
		}
		memcpy(rig.pfx, saved, rig.n * sizeof(*saved));
		for (j = 0; j < 20; j++)
			rig_probe(&rig, rig_addr(&rig));
		dvr_lpm_txn_abort(txn);
		KUNIT_EXPECT_EQ(test, nodes, atomic_long_read(&dvr_lpm_nodes));
		rig_expect_walk(&rig);
	}
	for (j = 0; j < rig.n; j++)
		rig_probe_bounds(&rig, &rig.pfx[j]);
	kvfree(saved);
	rig_exit(&rig);
}

/* The value that fail_at() stages for a prefix; 0 for a deletion. */
static u32 to_stage(unsigned int i)
{
	return i % 3 ? 1000 + i : 0;
}

/*
 * Stage changes until allocation @nth fails. The changes before must still be
 * staged. Return: false if there are no more than @nth allocations.
 */
static bool fail_at(struct rig *rig, long nth, unsigned int *failures)
{
	unsigned int i, done = 0, count = 0;
	struct dvr_lpm_txn *txn;
	int err = 0;
	bool failed;

	dvr_lpm_fail_after = nth;
	txn = dvr_lpm_begin(&rig->lpm);
	for (i = 0; txn && i < rig->n; i++) {
		err = to_stage(i) ? rig_set(txn, &rig->pfx[i], to_stage(i)) :
		      rig->pfx[i].value ? rig_del(txn, &rig->pfx[i]) : 0;
		if (err)
			break;
		done++;
	}
	failed = dvr_lpm_fail_after < 0;
	dvr_lpm_fail_after = -1;
	KUNIT_EXPECT_TRUE(rig->test, !err || err == -ENOMEM);
	/* to keep a node that could be smaller is no error */
	*failures += !txn || err;
	for (i = 0; txn && i < rig->n; i++) {
		struct wire wire = to_wire(rig->pfx[i].addr);
		u32 now = i < done ? to_stage(i) : rig->pfx[i].value;

		KUNIT_EXPECT_PTR_EQ(rig->test, to_value(now),
				    dvr_lpm_txn_get(txn, &wire,
						    rig->pfx[i].plen));
		count += !!now;
	}
	if (txn)
		KUNIT_EXPECT_EQ(rig->test, count, dvr_lpm_txn_count(txn));
	dvr_lpm_txn_abort(txn);
	return failed;
}

/* Fail the first, the second ... allocation: the table must not change. */
static void fail_all(struct rig *rig)
{
	unsigned int i, failures = 0;
	long nth, nodes;

	dvr_lpm_barrier();
	nodes = atomic_long_read(&dvr_lpm_nodes);
	for (nth = 0; fail_at(rig, nth, &failures); nth++) {
		KUNIT_EXPECT_EQ(rig->test, nodes,
				atomic_long_read(&dvr_lpm_nodes));
		for (i = 0; i < rig->n; i++)
			KUNIT_EXPECT_PTR_EQ(rig->test,
					    to_value(rig->pfx[i].value),
					    rig_get(&rig->lpm, rig->pfx[i].addr,
						    rig->pfx[i].plen));
	}
	kunit_info(rig->test, "%ld allocations, %u failures\n", nth, failures);
	KUNIT_EXPECT_GT(rig->test, failures, 2);
	rig_expect_walk(rig);
}

static void txn_test_no_memory(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct dvr_lpm_txn *txn;
	struct rig rig;
	unsigned int i;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, 50);
	fail_all(&rig);		/* the table is empty */

	/* delete some, so that changes delete, replace and add prefixes */
	rig_set_all(&rig, 1);
	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	for (i = 0; i < rig.n; i++) {
		if (i % 3 == 0 || i % 2)
			continue;
		KUNIT_ASSERT_EQ(test, 0, rig_del(txn, &rig.pfx[i]));
		rig.pfx[i].value = 0;
	}
	dvr_lpm_txn_commit(txn);
	fail_all(&rig);
	rig_exit(&rig);
}

/*
 * Readers while the table changes. A commit moves all prefixes that stay from
 * one generation to the next. After a reader has found the new value of one
 * prefix, the reader must not find the old value of another.
 */
#define STAY		64
#define GENERATIONS	30

struct reader {
	struct rig *rig;
	struct task_struct *task;
	struct timer_list timer;
	u32 generation;
	u32 place;
	unsigned long reads;
	unsigned long wrong;
};

static void read_some(struct reader *reader, unsigned int n)
{
	const struct rig *rig = reader->rig;

	while (n--) {
		const struct pfx *pfx = &rig->pfx[reader->place++ % STAY];
		unsigned long value;
		u32 generation;

		value = (unsigned long)rig_lookup(&rig->lpm, pfx->addr) / 2;
		generation = value / STAY;
		if (!value || value % STAY != pfx - rig->pfx ||
		    generation < reader->generation)
			reader->wrong++;
		reader->generation = generation;
		reader->reads++;
	}
}

static int read_in_thread(void *arg)
{
	struct reader *reader = arg;

	while (!kthread_should_stop()) {
		read_some(reader, 50);
		cond_resched();
	}
	return 0;
}

static void read_in_softirq(struct timer_list *timer)
{
	struct reader *reader = container_of(timer, struct reader, timer);

	read_some(reader, 200);
	mod_timer(timer, jiffies + 1);
}

/* Commit the next generation, and change the prefixes that do not stay. */
static int write_generation(struct rig *rig, u32 generation)
{
	struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig->lpm);
	unsigned int i;
	int err = 0;

	if (!txn)
		return -ENOMEM;
	for (i = 0; i < rig->n && !err; i++) {
		const struct pfx *pfx = &rig->pfx[i];

		if (i < STAY)
			err = rig_set(txn, pfx, generation * STAY + i);
		else if (below(rig, 2))
			err = rig_set(txn, pfx, 1);
		else if (rig_del(txn, pfx) == -ENOMEM)
			err = -ENOMEM;
		if (i % 16 == 0)
			cond_resched();
	}
	if (err) {
		dvr_lpm_txn_abort(txn);
		return err;
	}
	dvr_lpm_txn_commit(txn);
	return 0;
}

static void txn_test_readers(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct reader *reader;
	unsigned int i;
	struct rig rig;
	u32 generation;

	reader = kunit_kcalloc(test, 3, sizeof(*reader), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, reader);
	rig_init(&rig, test, table->bits, 3 * STAY);
	/* hosts stay: no longer prefix matches their addresses */
	while (rig.n < STAY)
		rig_add(&rig, (struct addr) {
			0x2001000000000000ULL | rnd64(&rig) >> 20, rnd64(&rig)
		}, table->bits);
	while (rig.n < 3 * STAY) {
		struct addr near = rig.pfx[below(&rig, STAY)].addr;

		near.high ^= BIT_ULL(32 + below(&rig, 28));
		rig_add(&rig, near, below(&rig, table->bits + 1));
	}
	KUNIT_ASSERT_EQ(test, 0, write_generation(&rig, 1));

	for (i = 0; i < 3; i++)
		reader[i].rig = &rig;
	for (i = 0; i < 2; i++) {
		reader[i].task = kthread_run(read_in_thread, &reader[i],
					     "lpm_reader");
		KUNIT_ASSERT_FALSE(test, IS_ERR(reader[i].task));
	}
	timer_setup(&reader[2].timer, read_in_softirq, 0);
	mod_timer(&reader[2].timer, jiffies + 1);
	for (generation = 2; generation < GENERATIONS; generation++) {
		KUNIT_EXPECT_EQ(test, 0, write_generation(&rig, generation));
		cond_resched();
	}
	timer_delete_sync(&reader[2].timer);
	kthread_stop(reader[0].task);
	kthread_stop(reader[1].task);

	for (i = 0; i < 3; i++) {
		kunit_info(test, "%lu reads\n", reader[i].reads);
		KUNIT_EXPECT_GT(test, reader[i].reads, 0);
		KUNIT_EXPECT_EQ(test, reader[i].wrong, 0);
	}
	rig_exit(&rig);
}

static struct kunit_case txn_cases[] = {
	KUNIT_CASE_PARAM(txn_test_undo, table_gen_params),
	KUNIT_CASE_PARAM(txn_test_abort, table_gen_params),
	KUNIT_CASE_PARAM(txn_test_no_memory, table_gen_params),
	KUNIT_CASE_PARAM(txn_test_readers, family_gen_params),
	{}
};

struct kunit_suite dvr_lpm_txn_suite = {
	.name = "dvr_lpm_txn",
	.test_cases = txn_cases,
};
