// SPDX-License-Identifier: GPL-2.0-only
/* Who has a number while one object ends and another takes its place. */
#include <linux/xarray.h>

#include "lib/slot.h"
#include "suites.h"

#define ID	7

static int slot_init(struct kunit *test)
{
	struct xarray *slots = kunit_kzalloc(test, sizeof(*slots), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, slots);
	xa_init_flags(slots, XA_FLAGS_ALLOC1);
	test->priv = slots;
	return 0;
}

static void slot_exit(struct kunit *test)
{
	if (test->priv)
		xa_destroy(test->priv);
}

static void slot_any(struct kunit *test)
{
	struct dvr_slot a, b, c;

	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &a, 0), 0);
	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &b, 0), 0);
	KUNIT_EXPECT_EQ(test, a.id, 1);
	KUNIT_EXPECT_EQ(test, b.id, 2);
	dvr_slot_give(test->priv, &a);
	KUNIT_EXPECT_NULL(test, xa_load(test->priv, 1));
	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &c, 0), 0);
	KUNIT_EXPECT_EQ(test, c.id, 1);
}

static void slot_chosen(struct kunit *test)
{
	struct dvr_slot a;

	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &a, ID), 0);
	KUNIT_EXPECT_EQ(test, a.id, ID);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(test->priv, ID), &a);
	dvr_slot_give(test->priv, &a);
	KUNIT_EXPECT_TRUE(test, xa_empty(test->priv));
}

/* The newest object ends first, as dvr_txn_abort() does it. */
static void slot_abort(struct kunit *test)
{
	struct dvr_slot a, b, c;

	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &a, ID), 0);
	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &b, ID), 0);
	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &c, ID), 0);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(test->priv, ID), &c);
	dvr_slot_give(test->priv, &c);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(test->priv, ID), &b);
	dvr_slot_give(test->priv, &b);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(test->priv, ID), &a);
	dvr_slot_give(test->priv, &a);
	KUNIT_EXPECT_TRUE(test, xa_empty(test->priv));
}

/* The oldest object ends first, as dvr_txn_commit() does it. */
static void slot_commit(struct kunit *test)
{
	struct dvr_slot a, b, c;

	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &a, ID), 0);
	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &b, ID), 0);
	KUNIT_ASSERT_EQ(test, dvr_slot_take(test->priv, &c, ID), 0);
	dvr_slot_give(test->priv, &a);
	dvr_slot_give(test->priv, &b);
	KUNIT_EXPECT_PTR_EQ(test, xa_load(test->priv, ID), &c);
	dvr_slot_give(test->priv, &c);
	KUNIT_EXPECT_TRUE(test, xa_empty(test->priv));
}

static struct kunit_case slot_cases[] = {
	KUNIT_CASE(slot_any),
	KUNIT_CASE(slot_chosen),
	KUNIT_CASE(slot_abort),
	KUNIT_CASE(slot_commit),
	{}
};

struct kunit_suite dvr_slot_suite = {
	.name = "dvr_slot",
	.init = slot_init,
	.exit = slot_exit,
	.test_cases = slot_cases,
};
