// SPDX-License-Identifier: GPL-2.0-only
/*
 * Longest prefix match, against a list that is searched from end to end.
 */
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sort.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "lpm_node.h"
#include "suites.h"

#define SEED	20131

/* An address, aligned to the left: IPv4 is in the upper half of @high. */
struct addr {
	u64 high;
	u64 low;
};

/* A prefix there may be; value 0: it is not in the table. */
struct pfx {
	struct addr addr;
	u8 plen;
	u32 value;
};

/* The table under test, and what should be in it. */
struct rig {
	struct kunit *test;
	struct dvr_lpm lpm;
	struct rnd_state rnd;
	unsigned int n;
	struct pfx *pfx;
	long nodes;
	long bytes;
};

static void *to_value(u32 value)
{
	return (void *)((unsigned long)value * 2);
}

static u64 rnd64(struct rig *rig)
{
	return (u64)prandom_u32_state(&rig->rnd) << 32 |
	       prandom_u32_state(&rig->rnd);
}

static u32 below(struct rig *rig, u32 limit)
{
	return prandom_u32_state(&rig->rnd) % limit;
}

static struct addr mask_of(unsigned int plen)
{
	return (struct addr) {
		.high = plen ? ~0ULL << (64 - min(plen, 64U)) : 0,
		.low = plen > 64 ? ~0ULL << (128 - plen) : 0,
	};
}

static struct addr masked(struct addr addr, unsigned int plen)
{
	struct addr mask = mask_of(plen);

	return (struct addr) { addr.high & mask.high, addr.low & mask.low };
}

static struct addr last_of(const struct pfx *pfx)
{
	struct addr mask = mask_of(pfx->plen);

	return (struct addr) {
		pfx->addr.high | ~mask.high, pfx->addr.low | ~mask.low
	};
}

/* The address after, or before; around the end it goes on at the other. */
static struct addr step(const struct rig *rig, struct addr addr, int by)
{
	u64 low = addr.low + by;

	if (rig->lpm.bits == 32)
		return (struct addr) { addr.high + ((u64)(u32)by << 32), 0 };
	if (by > 0 ? low < addr.low : low > addr.low)
		addr.high += by;
	return (struct addr) { addr.high, low };
}

static bool same(struct addr a, struct addr b)
{
	return a.high == b.high && a.low == b.low;
}

static bool contains(const struct pfx *pfx, struct addr addr)
{
	return same(masked(addr, pfx->plen), pfx->addr);
}

static int compare(const void *a, const void *b)
{
	const struct pfx *x = a, *y = b;

	if (x->addr.high != y->addr.high)
		return x->addr.high < y->addr.high ? -1 : 1;
	if (x->addr.low != y->addr.low)
		return x->addr.low < y->addr.low ? -1 : 1;
	return x->plen - y->plen;
}

/* Network order, as the table wants it. */
struct wire {
	__be64 word[2];
};

static struct wire to_wire(struct addr addr)
{
	return (struct wire) {
		{ cpu_to_be64(addr.high), cpu_to_be64(addr.low) }
	};
}

static struct addr from_wire(const struct wire *wire)
{
	return (struct addr) {
		be64_to_cpu(wire->word[0]), be64_to_cpu(wire->word[1])
	};
}

static void *lookup(const struct dvr_lpm *lpm, struct addr addr)
{
	struct wire wire = to_wire(addr);
	struct in6_addr addr6;
	void *value;

	memcpy(&addr6, &wire, sizeof(addr6));
	rcu_read_lock();
	value = lpm->bits == 32 ? dvr_lpm_lookup4(lpm, addr6.s6_addr32[0]) :
				  dvr_lpm_lookup6(lpm, &addr6);
	rcu_read_unlock();
	return value;
}

static void *get(const struct dvr_lpm *lpm, struct addr addr, u8 plen)
{
	struct wire wire = to_wire(addr);

	return dvr_lpm_get(lpm, &wire, plen);
}

static int set(struct dvr_lpm_txn *txn, const struct pfx *pfx, u32 value)
{
	struct wire wire = to_wire(pfx->addr);

	return dvr_lpm_txn_set(txn, &wire, pfx->plen, to_value(value));
}

static int del(struct dvr_lpm_txn *txn, const struct pfx *pfx)
{
	struct wire wire = to_wire(pfx->addr);

	return dvr_lpm_txn_del(txn, &wire, pfx->plen);
}

static void *expected(const struct rig *rig, struct addr addr)
{
	const struct pfx *best = NULL;
	unsigned int i;

	for (i = 0; i < rig->n; i++) {
		const struct pfx *pfx = &rig->pfx[i];

		if (pfx->value && (!best || pfx->plen > best->plen) &&
		    contains(pfx, addr))
			best = pfx;
	}
	return best ? to_value(best->value) : NULL;
}

static void probe(struct rig *rig, struct addr addr)
{
	if (rig->lpm.bits == 32)
		addr = masked(addr, 32);
	KUNIT_EXPECT_PTR_EQ_MSG(rig->test, lookup(&rig->lpm, addr),
				expected(rig, addr), "%016llx:%016llx",
				addr.high, addr.low);
}

static void probe_bounds(struct rig *rig, const struct pfx *pfx)
{
	struct addr last = last_of(pfx);

	probe(rig, pfx->addr);
	probe(rig, last);
	probe(rig, step(rig, pfx->addr, -1));
	probe(rig, step(rig, masked(last, rig->lpm.bits), 1));
}

/* An address anywhere, or one that begins as a prefix does. */
static struct addr rnd_addr(struct rig *rig)
{
	struct addr addr = { rnd64(rig), rnd64(rig) };

	if (rig->n && below(rig, 4)) {
		struct addr near = rig->pfx[below(rig, rig->n)].addr;
		struct addr mask = mask_of(below(rig, rig->lpm.bits + 1));

		addr.high = (near.high & mask.high) | (addr.high & ~mask.high);
		addr.low = (near.low & mask.low) | (addr.low & ~mask.low);
	}
	return masked(addr, rig->lpm.bits);
}

static void rig_init(struct rig *rig, struct kunit *test, u8 bits,
		     unsigned int room)
{
	memset(rig, 0, sizeof(*rig));
	rig->test = test;
	prandom_seed_state(&rig->rnd, SEED);
	rcu_barrier();		/* what earlier tests left to be freed */
	rig->nodes = atomic_long_read(&dvr_lpm_nodes);
	rig->bytes = atomic_long_read(&dvr_lpm_bytes);
	dvr_lpm_init(&rig->lpm, bits);
	rig->pfx = kvcalloc(room, sizeof(*rig->pfx), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rig->pfx);
}

static void expect_no_nodes(struct rig *rig)
{
	rcu_barrier();
	KUNIT_EXPECT_EQ(rig->test, atomic_long_read(&dvr_lpm_nodes), rig->nodes);
	KUNIT_EXPECT_EQ(rig->test, atomic_long_read(&dvr_lpm_bytes), rig->bytes);
}

static void rig_exit(struct rig *rig)
{
	dvr_lpm_destroy(&rig->lpm);
	expect_no_nodes(rig);
	kvfree(rig->pfx);
}

/* Add a prefix that there may be, unless it is there. */
static bool add_pfx(struct rig *rig, struct addr addr, u8 plen)
{
	struct pfx pfx = { .addr = masked(addr, plen), .plen = plen };
	unsigned int i;

	for (i = 0; i < rig->n; i++)
		if (!compare(&rig->pfx[i], &pfx))
			return false;
	rig->pfx[rig->n++] = pfx;
	return true;
}

/* Set all prefixes to value base, base + 1 ... in one transaction. */
static void set_all(struct rig *rig, u32 base)
{
	struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig->lpm);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(rig->test, txn);
	for (i = 0; i < rig->n; i++) {
		rig->pfx[i].value = base + i;
		KUNIT_ASSERT_EQ(rig->test, 0, set(txn, &rig->pfx[i], base + i));
	}
	dvr_lpm_txn_commit(txn);
}

/* All of the table in order, each prefix compared with the sorted list. */
static void expect_walk(struct rig *rig)
{
	struct wire wire = {};
	unsigned int i, n = 0;
	bool inclusive = true;
	u8 plen = 0;
	void *value;

	sort(rig->pfx, rig->n, sizeof(*rig->pfx), compare, NULL);
	for (i = 0; i < rig->n; i++) {
		const struct pfx *pfx = &rig->pfx[i];

		if (!pfx->value)
			continue;
		n++;
		value = dvr_lpm_next(&rig->lpm, &wire, &plen, inclusive);
		KUNIT_ASSERT_PTR_EQ(rig->test, value, to_value(pfx->value));
		KUNIT_ASSERT_EQ(rig->test, plen, pfx->plen);
		KUNIT_ASSERT_TRUE(rig->test, same(from_wire(&wire), pfx->addr));
		KUNIT_ASSERT_PTR_EQ(rig->test, value,
				    get(&rig->lpm, pfx->addr, plen));
		inclusive = false;
	}
	KUNIT_EXPECT_NULL(rig->test, dvr_lpm_next(&rig->lpm, &wire, &plen,
						  inclusive));
	KUNIT_EXPECT_EQ(rig->test, rig->lpm.count, n);
}

/* Resume a walk at some place, in the table or not; the list is sorted. */
static void expect_resume(struct rig *rig, struct addr addr, u8 plen,
			  bool inclusive)
{
	struct pfx from = { .addr = addr, .plen = plen };
	struct wire wire = to_wire(addr);
	unsigned int i;
	void *value;

	for (i = 0; i < rig->n; i++) {
		int order = compare(&rig->pfx[i], &from);

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

/* Kinds of tables. */

static void fill_random(struct rig *rig, unsigned int n)
{
	while (rig->n < n)
		add_pfx(rig, (struct addr) { rnd64(rig), rnd64(rig) },
			below(rig, rig->lpm.bits + 1));
}

/* Prefixes within prefixes: those of one address, and what branches off. */
static void fill_nested(struct rig *rig, unsigned int n)
{
	const u8 bits = rig->lpm.bits;
	struct addr addr = { rnd64(rig), rnd64(rig) };

	while (rig->n < n) {
		struct addr other = addr;

		if (below(rig, 2))
			other.high ^= BIT_ULL(63 - below(rig, min_t(u8, bits, 64)));
		if (bits == 128 && below(rig, 2))
			other.low ^= BIT_ULL(below(rig, 64));
		add_pfx(rig, other, below(rig, bits + 1));
	}
}

/* Hosts and small networks of one /16 or /48, and a default route. */
static void fill_clustered(struct rig *rig, unsigned int n)
{
	const u8 bits = rig->lpm.bits;
	const u8 site = bits == 32 ? 16 : 48;
	struct addr mask = mask_of(site);

	add_pfx(rig, (struct addr) {}, 0);
	while (rig->n < n) {
		struct addr addr = { 0x20010db800010000ULL, 0 };

		addr.high |= rnd64(rig) & ~mask.high;
		addr.low = rnd64(rig);
		add_pfx(rig, addr, site + below(rig, bits - site + 1));
	}
}

/* Neighbours, as far as there are any: 0, 1, 2 ... of one length. */
static void fill_adjacent(struct rig *rig, unsigned int n)
{
	const u8 bits = rig->lpm.bits;
	u8 plen = bits;
	u64 i = 0;

	while (rig->n < n) {
		unsigned int left = 128 - plen;
		struct addr addr = {
			left >= 64 ? i << (left - 64) : 0,
			left < 64 ? i << left : 0,
		};

		add_pfx(rig, addr, plen);
		if (++i == 40) {
			i = 0;
			plen -= 7 - (plen & 3);
		}
	}
}

/* Both ends of the address space. */
static void fill_ends(struct rig *rig, unsigned int n)
{
	const u8 bits = rig->lpm.bits;
	unsigned int plen;

	for (plen = 0; plen <= bits && rig->n + 1 < n; plen++) {
		add_pfx(rig, (struct addr) { ~0ULL, ~0ULL }, plen);
		add_pfx(rig, (struct addr) {}, plen);
	}
}

/* A level of the trie ends where the length does, or nearly. */
static void fill_seams(struct rig *rig, unsigned int n)
{
	static const u8 seam4[] = { 0, 6, 12, 18, 24, 26, 32 };
	static const u8 seam6[] = { 0, 6, 42, 48, 52, 58, 64, 68, 74, 122, 128 };
	const u8 bits = rig->lpm.bits;

	while (rig->n < n) {
		int plen = bits == 32 ? seam4[below(rig, ARRAY_SIZE(seam4))] :
					seam6[below(rig, ARRAY_SIZE(seam6))];
		struct addr addr = { rnd64(rig), rnd64(rig) };

		/* few bits that differ, so that much lies below others */
		addr.high &= 0x8080408000c00081ULL;
		addr.low &= 0x8400000000000041ULL;
		plen += (int)below(rig, 3) - 1;
		if (plen >= 0 && plen <= bits)
			add_pfx(rig, addr, plen);
		else
			add_pfx(rig, addr, bits);
	}
}

static const struct table {
	const char *name;
	u8 bits;
	unsigned int n;
	void (*fill)(struct rig *rig, unsigned int n);
} tables[] = {
	{ "IPv4, random", 32, 200, fill_random },
	{ "IPv6, random", 128, 200, fill_random },
	{ "IPv4, nested", 32, 200, fill_nested },
	{ "IPv6, nested", 128, 200, fill_nested },
	{ "IPv4, clustered", 32, 200, fill_clustered },
	{ "IPv6, clustered", 128, 200, fill_clustered },
	{ "IPv4, adjacent", 32, 160, fill_adjacent },
	{ "IPv6, adjacent", 128, 200, fill_adjacent },
	{ "IPv4, ends", 32, 200, fill_ends },
	{ "IPv6, ends", 128, 257, fill_ends },
	{ "IPv4, seams", 32, 100, fill_seams },
	{ "IPv6, seams", 128, 150, fill_seams },
};

static void describe(const struct table *table, char *desc)
{
	strscpy(desc, table->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(table, tables, describe);

static const struct table families[] = {
	{ "IPv4", 32 },
	{ "IPv6", 128 },
};

KUNIT_ARRAY_PARAM(family, families, describe);

/* Some steps of a transaction, on prefixes at random; how the list follows. */
static void rnd_steps(struct rig *rig, struct dvr_lpm_txn *txn, unsigned int n,
		      bool grow)
{
	while (n--) {
		struct pfx *pfx = &rig->pfx[below(rig, rig->n)];
		u32 value = 1 + below(rig, 1 << 20);

		if (below(rig, 5) == 0 ? !grow : grow) {
			KUNIT_ASSERT_EQ(rig->test, 0, set(txn, pfx, value));
			pfx->value = value;
		} else {
			KUNIT_ASSERT_EQ(rig->test, pfx->value ? 0 : -ENOENT,
					del(txn, pfx));
			pfx->value = 0;
		}
	}
}

static unsigned int count_of(const struct rig *rig)
{
	unsigned int i, n = 0;

	for (i = 0; i < rig->n; i++)
		n += !!rig->pfx[i].value;
	return n;
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
		rnd_steps(&rig, txn, n, !(i / 100 & 1));
		KUNIT_EXPECT_EQ(test, dvr_lpm_txn_count(txn), count_of(&rig));
		dvr_lpm_txn_commit(txn);

		for (j = 0; j < 8; j++)
			probe(&rig, rnd_addr(&rig));
		pfx = &rig.pfx[below(&rig, rig.n)];
		probe_bounds(&rig, pfx);
		KUNIT_EXPECT_PTR_EQ(test, get(&rig.lpm, pfx->addr, pfx->plen),
				    to_value(pfx->value));
		if (i % 100 == 99) {
			expect_walk(&rig);
			for (j = 0; j < rig.n; j++)
				probe_bounds(&rig, &rig.pfx[j]);
		}
	}
	rig_exit(&rig);
}

/* Take all out again, one by one: nothing may be left, not even a node. */
static void lpm_test_empty_again(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct dvr_lpm_txn *txn;
	unsigned int left;
	struct rig rig;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	set_all(&rig, 1);
	expect_walk(&rig);
	for (left = rig.n; left; left--) {
		struct pfx *pfx = &rig.pfx[below(&rig, left)];

		txn = dvr_lpm_begin(&rig.lpm);
		KUNIT_ASSERT_NOT_NULL(test, txn);
		KUNIT_ASSERT_EQ(test, 0, del(txn, pfx));
		KUNIT_EXPECT_EQ(test, -ENOENT, del(txn, pfx));
		dvr_lpm_txn_commit(txn);
		pfx->value = 0;
		probe_bounds(&rig, pfx);
		probe(&rig, rnd_addr(&rig));
		swap(*pfx, rig.pfx[left - 1]);
	}
	KUNIT_EXPECT_EQ(test, 0, rig.lpm.count);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(rig.lpm.root));
	expect_no_nodes(&rig);
	rig_exit(&rig);
}

/* Add a prefix and take it out: the table has the nodes it had before. */
static void lpm_test_undo(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct rig rig;
	unsigned int i;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	rig.n -= 12;
	set_all(&rig, 1);
	for (i = rig.n; i < rig.n + 12; i++) {
		long nodes = atomic_long_read(&dvr_lpm_nodes);
		long bytes = atomic_long_read(&dvr_lpm_bytes);
		struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig.lpm);

		KUNIT_ASSERT_NOT_NULL(test, txn);
		KUNIT_ASSERT_EQ(test, 0, set(txn, &rig.pfx[i], 1));
		if (i & 1) {
			dvr_lpm_txn_commit(txn);
			txn = dvr_lpm_begin(&rig.lpm);
			KUNIT_ASSERT_NOT_NULL(test, txn);
		}
		KUNIT_ASSERT_EQ(test, 0, del(txn, &rig.pfx[i]));
		dvr_lpm_txn_commit(txn);
		rcu_barrier();
		KUNIT_EXPECT_EQ(test, nodes, atomic_long_read(&dvr_lpm_nodes));
		KUNIT_EXPECT_EQ(test, bytes, atomic_long_read(&dvr_lpm_bytes));
	}
	expect_walk(&rig);
	rig_exit(&rig);
}

static void lpm_test_resume(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct rig rig;
	unsigned int i;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	set_all(&rig, 1);
	sort(rig.pfx, rig.n, sizeof(*rig.pfx), compare, NULL);
	for (i = 0; i < 1000; i++) {
		struct addr addr = rnd_addr(&rig);
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

/* Whatever is staged and aborted, the table stays as it was. */
static void lpm_test_abort(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct pfx *saved;
	unsigned int i, j;
	struct rig rig;
	long nodes;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, table->n);
	set_all(&rig, 1);
	saved = kvcalloc(rig.n, sizeof(*saved), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, saved);
	nodes = atomic_long_read(&dvr_lpm_nodes);
	for (i = 0; i < 16; i++) {
		struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig.lpm);

		KUNIT_ASSERT_NOT_NULL(test, txn);
		memcpy(saved, rig.pfx, rig.n * sizeof(*saved));
		rnd_steps(&rig, txn, 1 + below(&rig, 2 * rig.n), i & 1);
		for (j = 0; j < rig.n; j++) {
			struct wire wire = to_wire(rig.pfx[j].addr);

			KUNIT_EXPECT_PTR_EQ(test,
					    dvr_lpm_txn_get(txn, &wire,
							    rig.pfx[j].plen),
					    to_value(rig.pfx[j].value));
		}
		memcpy(rig.pfx, saved, rig.n * sizeof(*saved));
		for (j = 0; j < 20; j++)
			probe(&rig, rnd_addr(&rig));
		dvr_lpm_txn_abort(txn);
		KUNIT_EXPECT_EQ(test, nodes, atomic_long_read(&dvr_lpm_nodes));
		expect_walk(&rig);
	}
	for (j = 0; j < rig.n; j++)
		probe_bounds(&rig, &rig.pfx[j]);
	kvfree(saved);
	rig_exit(&rig);
}

/* What fail_at() stages for a prefix, if it gets that far; 0: deleted. */
static u32 to_stage(unsigned int i)
{
	return i % 3 ? 1000 + i : 0;
}

/*
 * Stage a lot with an allocation that fails. What was staged before must be
 * staged still.  False if there are no more than @nth allocations.
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
		err = to_stage(i) ? set(txn, &rig->pfx[i], to_stage(i)) :
		      rig->pfx[i].value ? del(txn, &rig->pfx[i]) : 0;
		if (err)
			break;
		done++;
	}
	failed = dvr_lpm_fail_after < 0;
	dvr_lpm_fail_after = -1;
	KUNIT_EXPECT_TRUE(rig->test, !err || err == -ENOMEM);
	/* a node that could not be made smaller is no error */
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

	rcu_barrier();
	nodes = atomic_long_read(&dvr_lpm_nodes);
	for (nth = 0; fail_at(rig, nth, &failures); nth++) {
		KUNIT_EXPECT_EQ(rig->test, nodes,
				atomic_long_read(&dvr_lpm_nodes));
		for (i = 0; i < rig->n; i++)
			KUNIT_EXPECT_PTR_EQ(rig->test,
					    to_value(rig->pfx[i].value),
					    get(&rig->lpm, rig->pfx[i].addr,
						rig->pfx[i].plen));
	}
	kunit_info(rig->test, "%ld allocations, %u failures\n", nth, failures);
	KUNIT_EXPECT_GT(rig->test, failures, 2);
	expect_walk(rig);
}

static void lpm_test_no_memory(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct dvr_lpm_txn *txn;
	struct rig rig;
	unsigned int i;

	rig_init(&rig, test, table->bits, table->n);
	table->fill(&rig, 50);
	fail_all(&rig);		/* the table is empty */

	/* two of three: some are deleted then, some replaced, some new */
	set_all(&rig, 1);
	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	for (i = 0; i < rig.n; i++) {
		if (i % 3 == 0 || i % 2)
			continue;
		KUNIT_ASSERT_EQ(test, 0, del(txn, &rig.pfx[i]));
		rig.pfx[i].value = 0;
	}
	dvr_lpm_txn_commit(txn);
	fail_all(&rig);
	rig_exit(&rig);
}

/* All lengths of one address, from the shortest, from the longest, mixed. */
static void chain(struct kunit *test, u8 bits, struct addr addr, int order)
{
	unsigned int i, plen;
	struct rig rig;

	rig_init(&rig, test, bits, bits + 1);
	addr = masked(addr, bits);
	for (plen = 0; plen <= bits; plen++)
		add_pfx(&rig, addr, plen);
	for (i = 0; i <= bits; i++) {
		struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig.lpm);
		struct pfx *pfx;

		KUNIT_ASSERT_NOT_NULL(test, txn);
		/* 7 is prime to 33 and to 129: each comes once */
		pfx = &rig.pfx[order == 0 ? i : order == 1 ? bits - i :
			       i * 7 % (bits + 1)];
		pfx->value = 1 + i;
		KUNIT_ASSERT_EQ(test, 0, set(txn, pfx, 1 + i));
		dvr_lpm_txn_commit(txn);
		probe(&rig, addr);
		probe_bounds(&rig, pfx);
	}
	/* An address that shares n bits with it finds the prefix of n bits. */
	for (plen = 0; plen < bits; plen++) {
		struct addr other = addr;

		if (plen < 64)
			other.high ^= BIT_ULL(63 - plen);
		else
			other.low ^= BIT_ULL(127 - plen);
		KUNIT_EXPECT_PTR_EQ(test, lookup(&rig.lpm, other),
				    to_value(rig.pfx[plen].value));
	}
	KUNIT_EXPECT_PTR_EQ(test, lookup(&rig.lpm, addr),
			    to_value(rig.pfx[bits].value));
	expect_walk(&rig);
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

/* Small tables, as most routers have, and what they cost. */
static void lpm_test_small(struct kunit *test)
{
	const struct addr net = { 0xc000020000000000ULL, 0 };	/* 192.0.2.0 */
	struct dvr_lpm_txn *txn;
	struct rig rig;

	rig_init(&rig, test, 32, 4);
	KUNIT_EXPECT_NULL(test, lookup(&rig.lpm, net));
	KUNIT_EXPECT_NULL(test, get(&rig.lpm, net, 24));
	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	dvr_lpm_txn_commit(txn);	/* with nothing in it */
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(rig.lpm.root));
	expect_no_nodes(&rig);

	add_pfx(&rig, (struct addr) {}, 0);
	set_all(&rig, 1);
	KUNIT_EXPECT_PTR_EQ(test, lookup(&rig.lpm, net), to_value(1));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&dvr_lpm_nodes), rig.nodes);

	add_pfx(&rig, net, 24);
	add_pfx(&rig, step(&rig, last_of(&rig.pfx[1]), 1), 24);
	set_all(&rig, 7);		/* replaces the default route */
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, rig.lpm.count, 3);
	KUNIT_EXPECT_LE(test, atomic_long_read(&dvr_lpm_nodes), rig.nodes + 2);
	probe_bounds(&rig, &rig.pfx[1]);
	probe_bounds(&rig, &rig.pfx[2]);
	KUNIT_EXPECT_NULL(test, get(&rig.lpm, net, 23));
	KUNIT_EXPECT_NULL(test, get(&rig.lpm, net, 25));
	KUNIT_EXPECT_NULL(test, get(&rig.lpm, net, 33));
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
				    get(&rig.lpm, masked(host, 20), 20));
		KUNIT_EXPECT_PTR_EQ(test, to_value(3), get(&rig.lpm, host, 20));
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

/* A walk over many, that deletes behind itself and goes on. */
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
		KUNIT_ASSERT_EQ(test, 0, set(txn, &now, 1));
	}
	dvr_lpm_txn_commit(txn);

	txn = dvr_lpm_begin(&rig.lpm);
	KUNIT_ASSERT_NOT_NULL(test, txn);
	now.plen = 0;
	while ((value = dvr_lpm_txn_next(txn, &wire, &now.plen, !i))) {
		now.addr = from_wire(&wire);
		if (i)
			KUNIT_ASSERT_LT(test, compare(&last, &now), 0);
		KUNIT_ASSERT_PTR_EQ(test, value, get(&rig.lpm, now.addr,
						     now.plen));
		KUNIT_ASSERT_EQ(test, 0, del(txn, &now));
		last = now;
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, n);
	KUNIT_EXPECT_EQ(test, 0, dvr_lpm_txn_count(txn));
	KUNIT_EXPECT_EQ(test, rig.lpm.count, n);
	dvr_lpm_txn_commit(txn);
	KUNIT_EXPECT_EQ(test, rig.lpm.count, 0);
	expect_no_nodes(&rig);
	rig_exit(&rig);
}

/*
 * Readers while the table changes.  A commit moves all prefixes that stay from
 * one generation to the next; a reader who has seen one of them new must never
 * see another one old.
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

		value = (unsigned long)lookup(&rig->lpm, pfx->addr) / 2;
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

/* The next generation, and changes all around to those that do not stay. */
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
			err = set(txn, pfx, generation * STAY + i);
		else if (below(rig, 2))
			err = set(txn, pfx, 1);
		else if (del(txn, pfx) == -ENOMEM)
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

static void lpm_test_readers(struct kunit *test)
{
	const struct table *table = test->param_value;
	struct reader *reader;
	unsigned int i;
	struct rig rig;
	u32 generation;

	reader = kunit_kcalloc(test, 3, sizeof(*reader), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, reader);
	rig_init(&rig, test, table->bits, 3 * STAY);
	/* hosts stay, so that nothing else can be what their address finds */
	while (rig.n < STAY)
		add_pfx(&rig, (struct addr) {
			0x2001000000000000ULL | rnd64(&rig) >> 20, rnd64(&rig)
		}, table->bits);
	while (rig.n < 3 * STAY) {
		struct addr near = rig.pfx[below(&rig, STAY)].addr;

		near.high ^= BIT_ULL(32 + below(&rig, 28));
		add_pfx(&rig, near, below(&rig, table->bits + 1));
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

/*
 * Memory: a table as dense as one of a million routes of the Internet's lengths
 * would be, of a 64th of the address space.
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
		KUNIT_ASSERT_EQ(test, 0, set(txn, &pfx, 1));
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
	KUNIT_CASE_PARAM(lpm_test_undo, table_gen_params),
	KUNIT_CASE_PARAM(lpm_test_resume, table_gen_params),
	KUNIT_CASE_PARAM(lpm_test_abort, table_gen_params),
	KUNIT_CASE_PARAM(lpm_test_no_memory, table_gen_params),
	KUNIT_CASE_PARAM(lpm_test_readers, family_gen_params),
	KUNIT_CASE(lpm_test_long_walk),
	KUNIT_CASE(lpm_test_memory),
	{}
};

struct kunit_suite dvr_lpm_suite = {
	.name = "dvr_lpm",
	.test_cases = lpm_cases,
};
