// SPDX-License-Identifier: GPL-2.0-only
/*
 * One hop: TTL and checksum; other bytes and shared data do not change.
 */
#include <linux/prandom.h>
#include <net/ip.h>

#include "link/output.h"
#include "suites.h"

#define PAYLOAD	64
#define HLEN6	sizeof(struct ipv6hdr)

/* Checksum of the whole header, word by word (RFC 1071). */
static u16 sum_of(const struct iphdr *iph)
{
	const u8 *byte = (const u8 *)iph;
	unsigned int i;
	u32 sum = 0;

	for (i = 0; i < iph->ihl * 4; i += 2)
		if (i != offsetof(struct iphdr, check))
			sum += byte[i] << 8 | byte[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void fill(u8 *data, unsigned int len)
{
	while (len--)
		data[len] = len * 7 + 3;
}

static void fill4(struct iphdr *iph, u8 ihl)
{
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = ihl,
		.tot_len = htons(ihl * 4 + PAYLOAD),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(0xc0000201),
		.daddr = htonl(0xc6336401),
	};
	iph->check = htons(sum_of(iph));
}

/* Make a packet; the bytes from @linear on are in a page. */
static struct sk_buff *make(struct kunit *test, const u8 *data,
			    unsigned int len, unsigned int headroom,
			    unsigned int linear)
{
	struct sk_buff *skb = alloc_skb(headroom + linear, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, headroom);
	skb_put_data(skb, data, linear);
	skb_reset_network_header(skb);
	if (linear < len) {
		struct page *page = alloc_page(GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, page);
		memcpy(page_address(page), data + linear, len - linear);
		skb_add_rx_frag(skb, 0, page, 0, len - linear, PAGE_SIZE);
	}
	return skb;
}

/* Variations of the words in the checksum. */
static void vary_id(struct iphdr *iph, u32 i)
{
	iph->id = htons(i);
}

static void vary_tos_ttl(struct iphdr *iph, u32 i)
{
	iph->tos = i >> 8;
	iph->ttl = i;
}

static void vary_ttl_protocol(struct iphdr *iph, u32 i)
{
	iph->ttl = i;
	iph->protocol = i >> 8;
}

static void vary_frag_off(struct iphdr *iph, u32 i)
{
	iph->frag_off = htons(i);
	iph->ttl = 255;
}

static void vary_addr(struct iphdr *iph, u32 i)
{
	iph->daddr = htonl(i << 16 | (i * 40503 & 0xffff));
	iph->ttl = 2 + i % 254;
}

static void vary_options(struct iphdr *iph, u32 i)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, i);
	prandom_bytes_state(&rnd, iph + 1, iph->ihl * 4 - sizeof(*iph));
}

static const struct sweep {
	const char *name;
	u8 ihl;
	void (*vary)(struct iphdr *iph, u32 i);
} sweeps[] = {
	{ "id", 5, vary_id },
	{ "tos and ttl", 5, vary_tos_ttl },
	{ "ttl and protocol", 5, vary_ttl_protocol },
	{ "fragment offset", 5, vary_frag_off },
	{ "destination", 5, vary_addr },
	{ "4 bytes of options", 6, vary_options },
	{ "40 bytes of options", 15, vary_options },
};

static void describe_sweep(const struct sweep *sweep, char *desc)
{
	strscpy(desc, sweep->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sweep, sweeps, describe_sweep);

/* The updated checksum is equal to a computed one. */
static void hop_test_checksum(struct kunit *test)
{
	const struct sweep *sweep = test->param_value;
	const unsigned int hlen = sweep->ihl * 4;
	struct iphdr *iph;
	struct sk_buff *skb;
	u8 buf[60] __aligned(4) = {};
	u32 i;

	fill4((struct iphdr *)buf, sweep->ihl);
	skb = make(test, buf, hlen, ETH_HLEN, hlen);
	iph = ip_hdr(skb);
	for (i = 0; i < 65536; i++) {
		struct iphdr before;

		memcpy(iph, buf, hlen);
		sweep->vary(iph, i);
		if (iph->ttl < 2)
			continue;
		iph->check = htons(sum_of(iph));
		before = *iph;
		KUNIT_ASSERT_TRUE(test, dvr_hop(skb, true, ETH_HLEN));
		KUNIT_ASSERT_EQ(test, iph->ttl, before.ttl - 1);
		KUNIT_ASSERT_EQ_MSG(test, ntohs(iph->check), sum_of(iph),
				    "of %u, it was %04x", i,
				    ntohs(before.check));
		before.ttl = iph->ttl;
		before.check = iph->check;
		KUNIT_ASSERT_EQ(test, 0, memcmp(iph, &before, sizeof(before)));
		if (i % 4096 == 0)
			cond_resched();
	}
	KUNIT_EXPECT_PTR_EQ(test, iph, ip_hdr(skb));
	kfree_skb(skb);
}

/* Layouts of a packet in memory, and its sharing. */
static const struct lie {
	const char *name;
	u16 headroom;
	u16 wanted;
	bool v4;
	bool split;		/* the payload is in a page */
	bool cloned;
	bool moves;		/* the headers are copied */
} lies[] = {
	{ "IPv4", 64, 14, .v4 = true },
	{ "IPv6", 64, 14 },
	{ "IPv4, all headroom", 64, 64, .v4 = true },
	{ "IPv6, all headroom", 64, 64 },
	{ "IPv4, cloned", 64, 14, .v4 = true, .cloned = true, .moves = true },
	{ "IPv6, cloned", 64, 14, .cloned = true, .moves = true },
	{ "IPv4, split, cloned", 64, 14, .v4 = true, .split = true,
	  .cloned = true, .moves = true },
	{ "IPv6, split, cloned", 64, 14, .split = true, .cloned = true,
	  .moves = true },
	{ "IPv4, no headroom", 0, 14, .v4 = true, .moves = true },
	{ "IPv6, no headroom", 0, 14, .moves = true },
	{ "IPv4, split, no headroom", 0, 300, .v4 = true, .split = true,
	  .moves = true },
	{ "IPv6, a byte short", 79, 80, .moves = true },
	{ "IPv4, none wanted", 0, 0, .v4 = true },
	{ "IPv4, cloned, no headroom", 2, 114, .v4 = true, .cloned = true,
	  .moves = true },
	{ "IPv6, cloned, split, no headroom", 13, 14, .split = true,
	  .cloned = true, .moves = true },
};

static void describe_lie(const struct lie *lie, char *desc)
{
	strscpy(desc, lie->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lie, lies, describe_lie);

static void expect_bytes(struct kunit *test, const struct sk_buff *skb,
			 const u8 *want, unsigned int len)
{
	u8 got[HLEN6 + PAYLOAD];

	KUNIT_ASSERT_EQ(test, skb->len, len);
	KUNIT_ASSERT_EQ(test, 0, skb_copy_bits(skb, 0, got, len));
	KUNIT_EXPECT_EQ(test, 0, memcmp(got, want, len));
}

static void hop_test_memory(struct kunit *test)
{
	const struct lie *lie = test->param_value;
	unsigned int hlen = lie->v4 ? sizeof(struct iphdr) : HLEN6;
	struct sk_buff *skb, *other = NULL;
	unsigned int len = hlen + PAYLOAD;
	u8 before[HLEN6 + PAYLOAD] __aligned(4);
	u8 after[HLEN6 + PAYLOAD] __aligned(4);
	const u8 *head;

	fill(before, sizeof(before));
	if (lie->v4)
		fill4((struct iphdr *)before, 5);
	memcpy(after, before, sizeof(after));
	if (lie->v4) {
		struct iphdr *iph = (struct iphdr *)after;

		iph->ttl--;
		iph->check = htons(sum_of(iph));
	} else {
		((struct ipv6hdr *)after)->hop_limit--;
	}

	skb = make(test, before, len, lie->headroom, lie->split ? hlen : len);
	skb->protocol = htons(lie->v4 ? ETH_P_IP : ETH_P_IPV6);
	if (lie->cloned) {
		other = skb_clone(skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, other);
	}
	head = skb->head;
	KUNIT_EXPECT_TRUE(test, dvr_hop(skb, lie->v4, lie->wanted));
	KUNIT_EXPECT_EQ(test, skb->head != head, lie->moves);
	KUNIT_EXPECT_GE(test, skb_headroom(skb), lie->wanted);
	KUNIT_EXPECT_PTR_EQ(test, skb_network_header(skb), skb->data);
	expect_bytes(test, skb, after, len);
	if (other) {
		KUNIT_EXPECT_PTR_EQ(test, other->head, head);
		KUNIT_EXPECT_PTR_EQ(test, skb_network_header(other),
				    other->data);
		expect_bytes(test, other, before, len);
	}
	kfree_skb(skb);
	kfree_skb(other);
}

/* Each hop limit; no other byte changes. */
static void hop_test_limit6(struct kunit *test)
{
	u8 bytes[HLEN6 + PAYLOAD] __aligned(4);
	struct sk_buff *skb;
	unsigned int limit;

	fill(bytes, sizeof(bytes));
	skb = make(test, bytes, sizeof(bytes), ETH_HLEN, HLEN6);
	for (limit = 2; limit < 256; limit++) {
		ipv6_hdr(skb)->hop_limit = limit;
		KUNIT_EXPECT_TRUE(test, dvr_hop(skb, false, ETH_HLEN));
		((struct ipv6hdr *)bytes)->hop_limit = limit - 1;
		expect_bytes(test, skb, bytes, sizeof(bytes));
	}
	kfree_skb(skb);
}

static struct kunit_case hop_cases[] = {
	KUNIT_CASE_PARAM(hop_test_checksum, sweep_gen_params),
	KUNIT_CASE_PARAM(hop_test_memory, lie_gen_params),
	KUNIT_CASE(hop_test_limit6),
	{}
};

struct kunit_suite dvr_hop_suite = {
	.name = "dvr_hop",
	.test_cases = hop_cases,
};
