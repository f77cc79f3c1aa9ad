// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared by the tests of longest prefix match: tables of several kinds, and a
 * list of the expected prefixes.
 */
#include <linux/sort.h>

#include "lpm_rig.h"

#define SEED	20131

/* The next address, or the one before; wraps around at the ends. */
struct addr rig_step(const struct rig *rig, struct addr addr, int by)
{
	u64 low = addr.low + by;

	if (rig->lpm.bits == 32)
		return (struct addr) { addr.high + ((u64)(u32)by << 32), 0 };
	if (by > 0 ? low < addr.low : low > addr.low)
		addr.high += by;
	return (struct addr) { addr.high, low };
}

static bool contains(const struct pfx *pfx, struct addr addr)
{
	return same(masked(addr, pfx->plen), pfx->addr);
}

int pfx_compare(const void *a, const void *b)
{
	const struct pfx *x = a, *y = b;

	if (x->addr.high != y->addr.high)
		return x->addr.high < y->addr.high ? -1 : 1;
	if (x->addr.low != y->addr.low)
		return x->addr.low < y->addr.low ? -1 : 1;
	return x->plen - y->plen;
}

void *rig_lookup(const struct dvr_lpm *lpm, struct addr addr)
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

void *rig_get(const struct dvr_lpm *lpm, struct addr addr, u8 plen)
{
	struct wire wire = to_wire(addr);

	return dvr_lpm_get(lpm, &wire, plen);
}

int rig_set(struct dvr_lpm_txn *txn, const struct pfx *pfx, u32 value)
{
	struct wire wire = to_wire(pfx->addr);

	return dvr_lpm_txn_set(txn, &wire, pfx->plen, to_value(value));
}

int rig_del(struct dvr_lpm_txn *txn, const struct pfx *pfx)
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

void rig_probe(struct rig *rig, struct addr addr)
{
	if (rig->lpm.bits == 32)
		addr = masked(addr, 32);
	KUNIT_EXPECT_PTR_EQ_MSG(rig->test, rig_lookup(&rig->lpm, addr),
				expected(rig, addr), "%016llx:%016llx",
				addr.high, addr.low);
}

void rig_probe_bounds(struct rig *rig, const struct pfx *pfx)
{
	struct addr last = last_of(pfx);

	rig_probe(rig, pfx->addr);
	rig_probe(rig, last);
	rig_probe(rig, rig_step(rig, pfx->addr, -1));
	rig_probe(rig, rig_step(rig, masked(last, rig->lpm.bits), 1));
}

/* A random address; most begin with bits of a prefix. */
struct addr rig_addr(struct rig *rig)
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

void rig_init(struct rig *rig, struct kunit *test, u8 bits,
	      unsigned int room)
{
	memset(rig, 0, sizeof(*rig));
	rig->test = test;
	prandom_seed_state(&rig->rnd, SEED);
	dvr_lpm_barrier();		/* for what earlier tests free */
	rig->nodes = atomic_long_read(&dvr_lpm_nodes);
	rig->bytes = atomic_long_read(&dvr_lpm_bytes);
	dvr_lpm_init(&rig->lpm, bits);
	rig->pfx = kvcalloc(room, sizeof(*rig->pfx), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rig->pfx);
}

void rig_expect_no_nodes(struct rig *rig)
{
	dvr_lpm_barrier();
	KUNIT_EXPECT_EQ(rig->test, atomic_long_read(&dvr_lpm_nodes), rig->nodes);
	KUNIT_EXPECT_EQ(rig->test, atomic_long_read(&dvr_lpm_bytes), rig->bytes);
}

void rig_exit(struct rig *rig)
{
	dvr_lpm_destroy(&rig->lpm);
	rig_expect_no_nodes(rig);
	kvfree(rig->pfx);
}

/* Add a prefix to the list, unless the list has the prefix. */
bool rig_add(struct rig *rig, struct addr addr, u8 plen)
{
	struct pfx pfx = { .addr = masked(addr, plen), .plen = plen };
	unsigned int i;

	for (i = 0; i < rig->n; i++)
		if (!pfx_compare(&rig->pfx[i], &pfx))
			return false;
	rig->pfx[rig->n++] = pfx;
	return true;
}

/* Set all prefixes to value base, base + 1 ... in one transaction. */
void rig_set_all(struct rig *rig, u32 base)
{
	struct dvr_lpm_txn *txn = dvr_lpm_begin(&rig->lpm);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(rig->test, txn);
	for (i = 0; i < rig->n; i++) {
		rig->pfx[i].value = base + i;
		KUNIT_ASSERT_EQ(rig->test, 0, rig_set(txn, &rig->pfx[i], base + i));
	}
	dvr_lpm_txn_commit(txn);
}

/* Walk the table in order, and compare each prefix with the sorted list. */
void rig_expect_walk(struct rig *rig)
{
	struct wire wire = {};
	unsigned int i, n = 0;
	bool inclusive = true;
	u8 plen = 0;
	void *value;

	sort(rig->pfx, rig->n, sizeof(*rig->pfx), pfx_compare, NULL);
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
				    rig_get(&rig->lpm, pfx->addr, plen));
		inclusive = false;
	}
	KUNIT_EXPECT_NULL(rig->test, dvr_lpm_next(&rig->lpm, &wire, &plen,
						  inclusive));
	KUNIT_EXPECT_EQ(rig->test, rig->lpm.count, n);
}

/* Kinds of tables. */

static void fill_random(struct rig *rig, unsigned int n)
{
	while (rig->n < n)
		rig_add(rig, (struct addr) { rnd64(rig), rnd64(rig) },
			below(rig, rig->lpm.bits + 1));
}

/* Prefixes within prefixes: those of one address, and branches. */
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
		rig_add(rig, other, below(rig, bits + 1));
	}
}

/* Hosts and small networks of one /16 or /48, and a default route. */
static void fill_clustered(struct rig *rig, unsigned int n)
{
	const u8 bits = rig->lpm.bits;
	const u8 site = bits == 32 ? 16 : 48;
	struct addr mask = mask_of(site);

	rig_add(rig, (struct addr) {}, 0);
	while (rig->n < n) {
		struct addr addr = { 0x20010db800010000ULL, 0 };

		addr.high |= rnd64(rig) & ~mask.high;
		addr.low = rnd64(rig);
		rig_add(rig, addr, site + below(rig, bits - site + 1));
	}
}

/* Adjacent prefixes: 0, 1, 2 ... of one length. */
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

		rig_add(rig, addr, plen);
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
		rig_add(rig, (struct addr) { ~0ULL, ~0ULL }, plen);
		rig_add(rig, (struct addr) {}, plen);
	}
}

/* Lengths at or near the ends of levels of the trie. */
static void fill_seams(struct rig *rig, unsigned int n)
{
	static const u8 seam4[] = { 0, 6, 12, 18, 24, 26, 32 };
	static const u8 seam6[] = { 0, 6, 42, 48, 52, 58, 64, 68, 74, 122, 128 };
	const u8 bits = rig->lpm.bits;

	while (rig->n < n) {
		int plen = bits == 32 ? seam4[below(rig, ARRAY_SIZE(seam4))] :
					seam6[below(rig, ARRAY_SIZE(seam6))];
		struct addr addr = { rnd64(rig), rnd64(rig) };

		/* few bits differ, so that many prefixes are nested */
		addr.high &= 0x8080408000c00081ULL;
		addr.low &= 0x8400000000000041ULL;
		plen += (int)below(rig, 3) - 1;
		if (plen >= 0 && plen <= bits)
			rig_add(rig, addr, plen);
		else
			rig_add(rig, addr, bits);
	}
}

const struct table rig_tables[RIG_TABLES] = {
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

const struct table rig_families[RIG_FAMILIES] = {
	{ "IPv4", 32 },
	{ "IPv6", 128 },
};

/* Stage random changes in a transaction, and follow them in the list. */
void rig_steps(struct rig *rig, struct dvr_lpm_txn *txn, unsigned int n,
	       bool grow)
{
	while (n--) {
		struct pfx *pfx = &rig->pfx[below(rig, rig->n)];
		u32 value = 1 + below(rig, 1 << 20);

		if (below(rig, 5) == 0 ? !grow : grow) {
			KUNIT_ASSERT_EQ(rig->test, 0, rig_set(txn, pfx, value));
			pfx->value = value;
		} else {
			KUNIT_ASSERT_EQ(rig->test, pfx->value ? 0 : -ENOENT,
					rig_del(txn, pfx));
			pfx->value = 0;
		}
	}
}

unsigned int rig_count(const struct rig *rig)
{
	unsigned int i, n = 0;

	for (i = 0; i < rig->n; i++)
		n += !!rig->pfx[i].value;
	return n;
}
