// SPDX-License-Identifier: GPL-2.0-only
/* Prefix translation (RFC 6296): examples, and properties of all addresses. */
#include <linux/prandom.h>
#include <net/checksum.h>

#include "nat/npt.h"
#include "suites.h"

#define SEED	6296
#define ROUNDS	20000

/* RFC 6296 2.1 and appendix B. */
static const struct dvr_prefix inside48 = {
	.ip = { .s6_addr = { 0xfd, 0x01, 0x02, 0x03, 0x04, 0x05 } },
	.len = 48,
};

static const struct dvr_prefix outside48 = {
	.ip = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01 } },
	.len = 48,
};

static void examples(struct kunit *test)
{
	static const struct in6_addr in = { .s6_addr = {
		0xfd, 0x01, 0x02, 0x03, 0x04, 0x05, 0x00, 0x01,
		0, 0, 0, 0, 0, 0, 0x12, 0x34 } };
	static const struct in6_addr out = { .s6_addr = {
		0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01, 0xd5, 0x50,
		0, 0, 0, 0, 0, 0, 0x12, 0x34 } };
	struct in6_addr ip = in;

	KUNIT_EXPECT_TRUE(test, dvr_npt_map(&ip, &inside48, &outside48));
	KUNIT_EXPECT_TRUE(test, ipv6_addr_equal(&ip, &out));
	KUNIT_EXPECT_TRUE(test, dvr_npt_map(&ip, &outside48, &inside48));
	KUNIT_EXPECT_TRUE(test, ipv6_addr_equal(&ip, &in));
}

static u16 sum(const struct in6_addr *ip)
{
	u16 folded = ~(__force u16)csum_fold(csum_partial(ip, sizeof(*ip), 0));

	return folded == 0xffff ? 0 : folded;
}

static void random_prefix(struct rnd_state *rnd, struct dvr_prefix *p, u8 len)
{
	prandom_bytes_state(rnd, &p->ip, sizeof(p->ip));
	p->v4 = false;
	p->len = len;
	dvr_prefix_mask(p);
}

/* The way back is the inverse, sums stay, and the prefix is translated. */
static void neutral(struct kunit *test)
{
	static const u8 lens[] = { 16, 32, 44, 48, 52, 56, 60, 64, 80, 112 };
	struct dvr_prefix from, to;
	struct in6_addr ip, was;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, SEED);
	for (i = 0; i < ROUNDS; i++) {
		u8 len = lens[i % ARRAY_SIZE(lens)];

		random_prefix(&rnd, &from, len);
		random_prefix(&rnd, &to, len);
		prandom_bytes_state(&rnd, &was, sizeof(was));
		ipv6_addr_prefix_copy(&was, &from.ip, len);
		ip = was;
		if (!dvr_npt_map(&ip, &from, &to))
			continue;
		KUNIT_ASSERT_TRUE(test, dvr_prefix_has(&to, &ip));
		KUNIT_ASSERT_EQ_MSG(test, sum(&ip), sum(&was), "/%u", len);
		KUNIT_ASSERT_TRUE(test, dvr_npt_map(&ip, &to, &from));
		KUNIT_ASSERT_TRUE_MSG(test, ipv6_addr_equal(&ip, &was),
				      "/%u: %pI6c came back as %pI6c", len,
				      &was, &ip);
	}
}

/* A word of all ones takes no adjustment; the next word does, or none. */
static void all_ones(struct kunit *test)
{
	struct dvr_prefix from, to;
	struct rnd_state rnd;
	struct in6_addr ip;

	prandom_seed_state(&rnd, SEED);
	random_prefix(&rnd, &from, 48);
	random_prefix(&rnd, &to, 48);
	memset(&ip, 0xff, sizeof(ip));
	ipv6_addr_prefix_copy(&ip, &from.ip, 48);
	KUNIT_EXPECT_FALSE(test, dvr_npt_map(&ip, &from, &to));
	random_prefix(&rnd, &from, 64);
	random_prefix(&rnd, &to, 64);
	memset(&ip, 0xff, sizeof(ip));
	ip.s6_addr16[6] = htons(0x1234);
	ipv6_addr_prefix_copy(&ip, &from.ip, 64);
	KUNIT_EXPECT_TRUE(test, dvr_npt_map(&ip, &from, &to));
	KUNIT_EXPECT_EQ(test, ip.s6_addr16[4], htons(0xffff));
	KUNIT_EXPECT_EQ(test, ip.s6_addr16[5], htons(0xffff));
	KUNIT_EXPECT_EQ(test, ip.s6_addr16[7], htons(0xffff));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(examples),
	KUNIT_CASE(neutral),
	KUNIT_CASE(all_ones),
	{}
};

struct kunit_suite dvr_npt_suite = {
	.name = "dvr_npt",
	.test_cases = cases,
};
