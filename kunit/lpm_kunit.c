// SPDX-License-Identifier: GPL-2.0-only
/*
 * Longest prefix match, compared with a list that is searched from end to end.
 */
#include <linux/sort.h>

#include "lpm_rig.h"

KUNIT_ARRAY_PARAM(table, rig_tables, rig_describe);

/* Small tables, as most routers have, and their memory. */
static void lpm_test_small(struct kunit *test)
{
	const struct addr net = { 0xc000020000000000ULL, 0 };	/* 192.0.2.0 */
	struct dvr_lpm_txn *txn;
	struct rig rig;

	rig_init(&rig, test, 32, 4);
	KUNIT_EXPECT_NULL(test, rig_lookup(&rig.lpm, net));
	KUNIT_EXPECT_NULL(test, rig_get(&rig.lpm, net, 24));
	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	dvr_lpm_txn_commit(txn);	/* empty */
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(rig.lpm.root));
	rig_expect_no_nodes(&rig);

	rig_add(&rig, (struct addr) {}, 0);
	rig_set_all(&rig, 1);
	KUNIT_EXPECT_PTR_EQ(test, rig_lookup(&rig.lpm, net), to_value(1));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&dvr_lpm_nodes), rig.nodes);

	rig_add(&rig, net, 24);
	rig_add(&rig, rig_step(&rig, last_of(&rig.pfx[1]), 1), 24);
	rig_set_all(&rig, 7);		/* replaces the default route */
	dvr_lpm_barrier();
	KUNIT_EXPECT_EQ(test, rig.lpm.count, 3);
	KUNIT_EXPECT_LE(test, atomic_long_read(&dvr_lpm_nodes), rig.nodes + 2);
	rig_probe_bounds(&rig, &rig.pfx[1]);
	rig_probe_bounds(&rig, &rig.pfx[2]);
	KUNIT_EXPECT_NULL(test, rig_get(&rig.lpm, net, 23));
	KUNIT_EXPECT_NULL(test, rig_get(&rig.lpm, net, 25));
	KUNIT_EXPECT_NULL(test, rig_get(&rig.lpm, net, 33));
	rig_exit(&rig);
}

/* Bits beyond the length do not matter. */
static void lpm_test_stray_bits(struct kunit *test)
{
	const struct addr host = { 0xc0000263ffffffffULL, ~0ULL };
	struct wire wire = to_wire(host);
	struct dvr_lpm_txn *txn;
	struct rig rig;
	int family;
	u8 plen;

	for (family = 0; family < 2; family++) {
		rig_init(&rig, test, family ? 128 : 32, 1);
		txn = dvr_lpm_begin(&rig.lpm);
		KUNIT_ASSERT_NOT_NULL(test, txn);
		KUNIT_EXPECT_EQ(test, 0, dvr_lpm_txn_set(txn, &wire, 20,
							 to_value(3)));
		KUNIT_EXPECT_EQ(test, 1, dvr_lpm_txn_count(txn));
		dvr_lpm_txn_commit(txn);
		KUNIT_EXPECT_PTR_EQ(test, to_value(3),
				    rig_get(&rig.lpm, masked(host, 20), 20));
		KUNIT_EXPECT_PTR_EQ(test, to_value(3), rig_get(&rig.lpm, host, 20));
		wire = (struct wire) {};
		plen = 0;
		KUNIT_EXPECT_PTR_EQ(test, to_value(3),
				    dvr_lpm_next(&rig.lpm, &wire, &plen, true));
		KUNIT_EXPECT_TRUE(test, same(from_wire(&wire),
					     masked(host, 20)));
		wire = to_wire(host);
		txn = dvr_lpm_begin(&rig.lpm);
		KUNIT_ASSERT_NOT_NULL(test, txn);
		KUNIT_EXPECT_EQ(test, 0, dvr_lpm_txn_del(txn, &wire, 20));
		dvr_lpm_txn_commit(txn);
		rig_exit(&rig);
	}
}

/* All lengths of one address, in rising, falling and mixed order. */
static void chain(struct kunit *test, u8 bits, struct addr addr, int order)
{
	unsigned int i, plen;
	struct rig rig;

	rig_init(&rig, test, bits, bits + 1);
	addr = masked(addr, bits);
	for (plen = 0; plen <= bits; plen++)
		rig_add(&rig, addr, plen);
	for (i = 0; i <= bits; i++) {
		struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig.lpm);
		struct pfx *pfx;

		KUNIT_ASSERT_NOT_NULL(test, txn);
		/* 7 is prime to 33 and 129, so each length comes once */
		pfx = &rig.pfx[order == 0 ? i : order == 1 ? bits - i :
			       i * 7 % (bits + 1)];
		pfx->value = 1 + i;
		KUNIT_ASSERT_EQ(test, 0, rig_set(txn, pfx, 1 + i));
		dvr_lpm_txn_commit(txn);
		rig_probe(&rig, addr);
		rig_probe_bounds(&rig, pfx);
	}
	/* An address that shares n bits finds the prefix of n bits. */
	for (plen = 0; plen < bits; plen++) {
		struct addr other = addr;

		if (plen < 64)
			other.high ^= BIT_ULL(63 - plen);
		else
			other.low ^= BIT_ULL(127 - plen);
		KUNIT_EXPECT_PTR_EQ(test, rig_lookup(&rig.lpm, other),
				    to_value(rig.pfx[plen].value));
	}
	KUNIT_EXPECT_PTR_EQ(test, rig_lookup(&rig.lpm, addr),
			    to_value(rig.pfx[bits].value));
	rig_expect_walk(&rig);
	rig_exit(&rig);
}

static void lpm_test_chain(struct kunit *test)
{
	static const struct addr addrs[] = {
		{ 0, 0 },
		{ ~0ULL, ~0ULL },
		{ 0x5555555555555555ULL, 0x5555555555555555ULL },
		{ 0x20010db8a5c3f01eULL, 0x0123456789abcdefULL },
	};
	unsigned int i;
	int order;

	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		for (order = 0; order < 3; order++) {
			chain(test, 32, addrs[i], order);
			chain(test, 128, addrs[i], order);
		}
	}
}

static void lpm_test_random_changes(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct rig rig;
	unsigned int i, j;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	for (i = 0; i < 300; i++) {
		struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig.lpm);
		unsigned int n = below(&rig, 8) ? 1 : below(&rig, 60);
		struct pfx *pfx;

		KUNIT_ASSERT_NOT_NULL(test, txn);
		rig_steps(&rig, txn, n, !(i / 100 & 1));
		KUNIT_EXPECT_EQ(test, dvr_lpm_txn_count(txn), rig_count(&rig));
		dvr_lpm_txn_commit(txn);

		for (j = 0; j < 8; j++)
			rig_probe(&rig, rig_addr(&rig));
		pfx = &rig.pfx[below(&rig, rig.n)];
		rig_probe_bounds(&rig, pfx);
		KUNIT_EXPECT_PTR_EQ(test, rig_get(&rig.lpm, pfx->addr, pfx->plen),
				    to_value(pfx->value));
		if (i % 100 == 99) {
			rig_expect_walk(&rig);
			for (j = 0; j < rig.n; j++)
				rig_probe_bounds(&rig, &rig.pfx[j]);
		}
	}
	rig_exit(&rig);
}

/* Delete all prefixes, one by one: no prefix and no node is left. */
static void lpm_test_empty_again(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct dvr_lpm_txn *txn;
	unsigned int left;
	struct rig rig;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	rig_set_all(&rig, 1);
	rig_expect_walk(&rig);
	for (left = rig.n; left; left--) {
		struct pfx *pfx = &rig.pfx[below(&rig, left)];

		txn = dvr_lpm_begin(&rig.lpm);
		KUNIT_ASSERT_NOT_NULL(test, txn);
		KUNIT_ASSERT_EQ(test, 0, rig_del(txn, pfx));
		KUNIT_EXPECT_EQ(test, -ENOENT, rig_del(txn, pfx));
		dvr_lpm_txn_commit(txn);
		pfx->value = 0;
		rig_probe_bounds(&rig, pfx);
		rig_probe(&rig, rig_addr(&rig));
		swap(*pfx, rig.pfx[left - 1]);
	}
	KUNIT_EXPECT_EQ(test, 0, rig.lpm.count);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(rig.lpm.root));
	rig_expect_no_nodes(&rig);
	rig_exit(&rig);
}

/* Resume a walk at a prefix in the table or not; the list is sorted. */
static void expect_resume(struct rig *rig, struct addr addr, u8 plen,
			  bool inclusive)
{
	struct pfx from = { .addr = addr, .plen = plen };
	struct wire wire = to_wire(addr);
	unsigned int i;
	void *value;

	for (i = 0; i < rig->n; i++) {
		int order = pfx_compare(&rig->pfx[i], &from);

		if (rig->pfx[i].value && (order > 0 || (!order && inclusive)))
			break;
	}
	value = dvr_lpm_next(&rig->lpm, &wire, &plen, inclusive);
	if (i == rig->n) {
		KUNIT_EXPECT_NULL(rig->test, value);
		return;
	}
	KUNIT_EXPECT_PTR_EQ(rig->test, value, to_value(rig->pfx[i].value));
	KUNIT_EXPECT_EQ(rig->test, plen, rig->pfx[i].plen);
	KUNIT_EXPECT_TRUE(rig->test, same(from_wire(&wire), rig->pfx[i].addr));
}

static void lpm_test_resume(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct rig rig;
	unsigned int i;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	rig_set_all(&rig, 1);
	sort(rig.pfx, rig.n, sizeof(*rig.pfx), pfx_compare, NULL);
	for (i = 0; i < 1000; i++) {
		struct addr addr = rig_addr(&rig);
		u8 plen = below(&rig, table->bits + 1);

		if (below(&rig, 2))
			addr = masked(addr, plen);
		expect_resume(&rig, addr, plen, below(&rig, 2));
	}
	for (i = 0; i < rig.n; i++) {
		const struct pfx *pfx = &rig.pfx[i];

		expect_resume(&rig, pfx->addr, pfx->plen, true);
		expect_resume(&rig, pfx->addr, pfx->plen, false);
		expect_resume(&rig, masked(last_of(pfx), table->bits),
			      table->bits, false);
	}
	rig_exit(&rig);
}

/* Walk a table, delete what was found, and go on. */
static void lpm_test_long_walk(struct kunit *test)
{
	const unsigned int n = 10000;
	struct pfx last = {}, now = {};
	struct dvr_lpm_txn *txn;
	struct wire wire = {};
	unsigned int i = 0;
	struct rig rig;
	void *value;

	rig_init(&rig, test, 32, n);
	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	while (dvr_lpm_txn_count(txn) < n) {
		now.plen = 8 + below(&rig, 25);
		now.addr = masked((struct addr) { rnd64(&rig), 0 }, now.plen);
		KUNIT_ASSERT_EQ(test, 0, rig_set(txn, &now, 1));
	}
	dvr_lpm_txn_commit(txn);

	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	now.plen = 0;
	while ((value = dvr_lpm_txn_next(txn, &wire, &now.plen, !i))) {
		now.addr = from_wire(&wire);
		if (i)
			KUNIT_ASSERT_LT(test, pfx_compare(&last, &now), 0);
		KUNIT_ASSERT_PTR_EQ(test, value, rig_get(&rig.lpm, now.addr,
							 now.plen));
		KUNIT_ASSERT_EQ(test, 0, rig_del(txn, &now));
		last = now;
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, n);
	KUNIT_EXPECT_EQ(test, 0, dvr_lpm_txn_count(txn));
	KUNIT_EXPECT_EQ(test, rig.lpm.count, n);
	dvr_lpm_txn_commit(txn);
	KUNIT_EXPECT_EQ(test, rig.lpm.count, 0);
	rig_expect_no_nodes(&rig);
	rig_exit(&rig);
}

/*
 * Memory: a 64th of the address space, as dense as a table of a million routes
 * with the lengths of the Internet.
 */
static void lpm_test_memory(struct kunit *test)
{
	static const struct {
		u8 plen;
		u16 permille;
	} lengths[] = {
		{ 24, 600 }, { 23, 100 }, { 22, 110 }, { 21, 50 }, { 20, 45 },
		{ 19, 30 }, { 18, 20 }, { 17, 15 }, { 16, 30 },
	};
	const unsigned int n = 1000000 / 64;
	struct dvr_lpm_txn *txn;
	unsigned int i;
	struct rig rig;
	long each;

	rig_init(&rig, test, 32, 1);
	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	while (dvr_lpm_txn_count(txn) < n) {
		u64 high = 0x2800000000000000ULL | rnd64(&rig) >> 6;
		unsigned int permille = below(&rig, 1000);
		struct pfx pfx;

		for (i = 0; permille >= lengths[i].permille; i++)
			permille -= lengths[i].permille;
		pfx.plen = lengths[i].plen;
		pfx.addr = masked((struct addr) { high, 0 }, pfx.plen);
		KUNIT_ASSERT_EQ(test, 0, rig_set(txn, &pfx, 1));
	}
	dvr_lpm_txn_commit(txn);
	each = (atomic_long_read(&dvr_lpm_bytes) - rig.bytes) * 10 / n;
	kunit_info(test, "%u routes: %ld nodes, %ld.%ld bytes a route\n", n,
		   atomic_long_read(&dvr_lpm_nodes) - rig.nodes, each / 10,
		   each % 10);
	KUNIT_EXPECT_LE(test, each, 240);
	rig_exit(&rig);
}

static struct kunit_case lpm_cases[] = {
	KUNIT_CASE(lpm_test_small),
	KUNIT_CASE(lpm_test_stray_bits),
	KUNIT_CASE(lpm_test_chain),
	KUNIT_CASE_PARAM(lpm_test_random_changes, table_gen_params),
	KUNIT_CASE_PARAM(lpm_test_empty_again, table_gen_params),
	KUNIT_CASE_PARAM(lpm_test_resume, table_gen_params),
	KUNIT_CASE(lpm_test_long_walk),
	KUNIT_CASE(lpm_test_memory),
	{}
};

struct kunit_suite dvr_lpm_suite = {
	.name = "dvr_lpm",
	.test_cases = lpm_cases,
};
