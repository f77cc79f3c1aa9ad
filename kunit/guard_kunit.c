// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guards, compared with an oracle that matches prefixes bit by bit.
 */
#include <linux/prandom.h>
#include <linux/slab.h>

#include "lib/guard.h"
#include "suites.h"

#define SEED	4861
#define MAC	0x02a1b2c3d4e5ULL
#define ADDRS	12

struct rig {
	struct kunit *test;
	struct rnd_state rnd;
	unsigned int n;
	struct dvr_prefix addr[ADDRS];
};

static const struct in6_addr linklocal = { .s6_addr = {
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x00, 0xa1, 0xb2, 0xff, 0xfe, 0xc3, 0xd4,
	0xe5,
} };

static u32 below(struct rig *rig, u32 limit)
{
	return prandom_u32_state(&rig->rnd) % limit;
}

static bool bit_of(const u8 *bytes, unsigned int bit)
{
	return bytes[bit / 8] & 0x80 >> bit % 8;
}

static void flip(u8 *bytes, unsigned int bit)
{
	bytes[bit / 8] ^= 0x80 >> bit % 8;
}

/* Offset of the address in 128 bits. */
static unsigned int base(bool v4)
{
	return v4 ? 96 : 0;
}

static bool inside(const struct dvr_prefix *pfx, const struct in6_addr *ip)
{
	unsigned int i;

	for (i = base(pfx->v4); i < base(pfx->v4) + pfx->len; i++)
		if (bit_of(pfx->ip.s6_addr, i) != bit_of(ip->s6_addr, i))
			return false;
	return true;
}

static bool expected(const struct rig *rig, u64 mac, bool v4,
		     const struct in6_addr *ip)
{
	unsigned int i;

	if (!rig->n)
		return true;
	for (i = 0; i < rig->n; i++)
		if (rig->addr[i].v4 == v4 && inside(&rig->addr[i], ip))
			return true;
	return !v4 && mac && !memcmp(ip, &linklocal, sizeof(*ip));
}

/* Few bits differ, so that prefixes overlap. */
static struct in6_addr rnd_addr(struct rig *rig, bool v4)
{
	struct in6_addr ip = {};
	unsigned int i;

	ip.s6_addr[0] = 0x20;
	if (v4)
		ip = (struct in6_addr) { .s6_addr = {
			[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 7,
		} };
	for (i = below(rig, 4); i; i--)
		flip(ip.s6_addr, base(v4) + below(rig, 128 - base(v4)));
	return ip;
}

static struct dvr_prefix rnd_prefix(struct rig *rig, bool v4)
{
	unsigned int bits = 128 - base(v4);
	struct dvr_prefix pfx = {
		.ip = rnd_addr(rig, v4),
		.len = below(rig, 3) ? below(rig, bits + 1) : bits,
		.v4 = v4,
	};
	unsigned int i;

	for (i = base(v4) + pfx.len; i < 128; i++)
		if (bit_of(pfx.ip.s6_addr, i))
			flip(pfx.ip.s6_addr, i);
	return pfx;
}

static void rig_init(struct rig *rig, struct kunit *test)
{
	memset(rig, 0, sizeof(*rig));
	rig->test = test;
	prandom_seed_state(&rig->rnd, SEED);
}

static void expect(struct rig *rig, const struct dvr_guard *guard, bool v4,
		   const struct in6_addr *ip)
{
	bool allows = v4 ? dvr_guard_allows4(guard, ip->s6_addr32[3]) :
			   dvr_guard_allows6(guard, ip);

	KUNIT_EXPECT_EQ_MSG(rig->test, allows,
			    expected(rig, guard->mac, v4, ip),
			    "%pI6c of %u prefixes", ip, rig->n);
}

/* Check the edges of a prefix, in either family. */
static void expect_edges(struct rig *rig, const struct dvr_guard *guard,
			 const struct dvr_prefix *pfx)
{
	struct in6_addr ip = pfx->ip;
	unsigned int i;

	for (i = base(pfx->v4); i < 128; i++) {
		flip(ip.s6_addr, i);
		expect(rig, guard, pfx->v4, &ip);
		flip(ip.s6_addr, i);
	}
	for (i = base(pfx->v4) + pfx->len; i < 128; i++)
		flip(ip.s6_addr, i);
	expect(rig, guard, true, &ip);
	expect(rig, guard, false, &ip);
}

/* The guard has all prefixes: IPv4 first, otherwise in the given order. */
static void expect_order(struct rig *rig, const struct dvr_guard *guard)
{
	unsigned int i, at = 0;
	int v4;

	for (v4 = 1; v4 >= 0; v4--) {
		for (i = 0; i < rig->n; i++) {
			const struct dvr_prefix *pfx = &guard->addr[at];

			if (rig->addr[i].v4 != v4)
				continue;
			KUNIT_EXPECT_TRUE(rig->test,
					  dvr_prefix_equal(pfx, &rig->addr[i]));
			at++;
		}
		if (v4)
			KUNIT_EXPECT_EQ(rig->test, guard->n4, at);
	}
	KUNIT_EXPECT_EQ(rig->test, guard->n, rig->n);
}

static void guard_test_random(struct kunit *test)
{
	unsigned int round, i;
	struct rig rig;

	rig_init(&rig, test);
	for (round = 0; round < 400; round++) {
		/* both families, or one only */
		unsigned int kind = below(&rig, 4);
		u64 mac = round & 1 ? MAC : 0;
		struct dvr_guard *guard;

		rig.n = below(&rig, ADDRS + 1);
		for (i = 0; i < rig.n; i++)
			rig.addr[i] = rnd_prefix(&rig, kind > 1 ?
						 below(&rig, 2) : kind);
		guard = dvr_guard_make(mac, rig.addr, rig.n);
		KUNIT_ASSERT_NOT_NULL(test, guard);
		KUNIT_EXPECT_EQ(test, guard->mac, mac);
		KUNIT_EXPECT_EQ(test, guard->security, mac || rig.n);
		KUNIT_EXPECT_FALSE(test, guard->given);
		expect_order(&rig, guard);
		for (i = 0; i < rig.n; i++)
			expect_edges(&rig, guard, &rig.addr[i]);
		for (i = 0; i < 40; i++) {
			struct in6_addr ip = rnd_addr(&rig, i & 1);

			expect(&rig, guard, i & 1, &ip);
		}
		expect(&rig, guard, false, &linklocal);
		expect(&rig, guard, false, &in6addr_any);
		expect(&rig, guard, true, &in6addr_any);
		kfree(guard);
	}
}

/* Each length alone: a length wrong by one bit fails. */
static void guard_test_lengths(struct kunit *test)
{
	struct dvr_guard *guard;
	unsigned int len, v4, i;
	struct rig rig;

	rig_init(&rig, test);
	rig.n = 1;
	for (v4 = 0; v4 < 2; v4++) {
		for (len = 0; len <= 128 - base(v4); len++) {
			struct dvr_prefix *pfx = rig.addr;

			*pfx = (struct dvr_prefix) { .len = len, .v4 = v4 };
			if (v4)
				dvr_map4(&pfx->ip, 0);
			for (i = base(v4); i < base(v4) + len; i++)
				if (i % 3)
					flip(pfx->ip.s6_addr, i);
			guard = dvr_guard_make(0, pfx, 1);
			KUNIT_ASSERT_NOT_NULL(test, guard);
			expect(&rig, guard, v4, &pfx->ip);
			expect_edges(&rig, guard, pfx);
			kfree(guard);
		}
	}
}

static const struct guarded {
	const char *name;
	u64 mac;
	u8 n;
	struct dvr_prefix addr[2];
	bool security;
	bool any4;		/* an IPv4 address that is not in the list */
	bool any6;
	bool linklocal;
} guardeds[] = {
	{ .name = "nothing", .any4 = true, .any6 = true, .linklocal = true },
	{ .name = "MAC", .mac = MAC, .security = true, .any4 = true,
	  .any6 = true, .linklocal = true },
	{ .name = "IPv4 without MAC", .n = 1, .security = true,
	  .addr = { { .len = 32, .v4 = true } } },
	{ .name = "IPv4 and MAC", .mac = MAC, .n = 1, .security = true,
	  .linklocal = true, .addr = { { .len = 32, .v4 = true } } },
	{ .name = "IPv6 without MAC", .n = 1, .security = true,
	  .addr = { { .len = 128 } } },
	{ .name = "IPv6 and MAC", .mac = MAC, .n = 1, .security = true,
	  .linklocal = true, .addr = { { .len = 128 } } },
	{ .name = "all of IPv4", .n = 1, .security = true, .any4 = true,
	  .addr = { { .v4 = true } } },
	{ .name = "all of IPv6", .n = 2, .security = true, .any6 = true,
	  .linklocal = true, .addr = { {}, { .len = 32, .v4 = true } } },
};

static void describe(const struct guarded *guarded, char *desc)
{
	strscpy(desc, guarded->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(guarded, guardeds, describe);

/* Security for addresses that are not in the list. */
static void guard_test_defaults(struct kunit *test)
{
	const struct guarded *want = test->param_value;
	struct in6_addr global = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8 } };
	struct in6_addr other = linklocal;
	struct dvr_guard *guard;

	guard = dvr_guard_make(want->mac, want->addr, want->n);
	KUNIT_ASSERT_NOT_NULL(test, guard);
	KUNIT_EXPECT_EQ(test, guard->security, want->security);
	KUNIT_EXPECT_EQ(test, dvr_guard_allows4(guard, htonl(0x0a000001)),
			want->any4);
	KUNIT_EXPECT_EQ(test, dvr_guard_allows6(guard, &global), want->any6);
	KUNIT_EXPECT_EQ(test, dvr_guard_allows6(guard, &linklocal),
			want->linklocal);
	/* first with the MAC's universal bit, then of another MAC */
	flip(other.s6_addr, 70);
	KUNIT_EXPECT_EQ(test, dvr_guard_allows6(guard, &other), want->any6);
	flip(other.s6_addr, 70);
	flip(other.s6_addr, 127);
	KUNIT_EXPECT_EQ(test, dvr_guard_allows6(guard, &other), want->any6);
	kfree(guard);
}

static struct kunit_case guard_cases[] = {
	KUNIT_CASE(guard_test_random),
	KUNIT_CASE(guard_test_lengths),
	KUNIT_CASE_PARAM(guard_test_defaults, guarded_gen_params),
	{}
};

struct kunit_suite dvr_guard_suite = {
	.name = "dvr_guard",
	.test_cases = guard_cases,
};
