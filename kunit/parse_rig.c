// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets in several layouts of memory, and their expected headers.
 */
#include "parse_rig.h"

/* Bytes behind the packet in memory. */
enum behind { REST, ZEROS, ONES, BEHIND };

/* Memory that is reused, as there are many packets. */
struct rig {
	struct sk_buff *skb;
	struct page *page;
	unsigned int turn;
};

static void copy(u8 *to, const struct packet *p, unsigned int from,
		 unsigned int end, enum behind behind)
{
	memcpy(to, p->data + from, end - from);
	if (behind == REST)
		memcpy(to + end - from, p->data + end, sizeof(p->data) - end);
	else
		memset(to + end - from, behind == ONES ? 0xff : 0,
		       sizeof(p->data) - end);
}

/* The first bytes of a packet, in one piece. The skb must not be freed. */
static struct sk_buff *whole(struct kunit *test, const struct packet *p,
			     unsigned int len, enum behind behind)
{
	struct rig *rig = test->priv;
	struct sk_buff *skb = rig->skb;

	copy(skb->data, p, 0, len, behind);
	skb_trim(skb, 0);
	skb_put(skb, len);
	skb->protocol = htons(p->v4 ? ETH_P_IP : ETH_P_IPV6);
	skb_shinfo(skb)->gso_size = p->gso ? 8 : 0;
	return skb;
}

/*
 * The bytes from @linear on are in two fragments. The linear part has no
 * tailroom, so each pull moves the headers.
 */
static struct sk_buff *split(struct kunit *test, const struct packet *p,
			     unsigned int len, unsigned int linear,
			     enum behind behind)
{
	struct sk_buff *skb = alloc_skb(linear, GFP_KERNEL);
	unsigned int middle = linear + (len - linear) / 2;
	struct rig *rig = test->priv;
	u8 *to = page_address(rig->page);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, skb_tailroom(skb) - linear);
	skb_reset_network_header(skb);
	skb_put_data(skb, p->data, linear);
	copy(to, p, linear, middle, behind);
	copy(to + PAGE_SIZE / 2, p, middle, len, behind);
	get_page(rig->page);
	skb_add_rx_frag(skb, 0, rig->page, 0, middle - linear, PAGE_SIZE / 2);
	get_page(rig->page);
	skb_add_rx_frag(skb, 1, rig->page, PAGE_SIZE / 2, len - middle,
			PAGE_SIZE / 2);
	skb->protocol = htons(p->v4 ? ETH_P_IP : ETH_P_IPV6);
	skb_shinfo(skb)->gso_size = p->gso ? 8 : 0;
	return skb;
}

static void expect_ports(struct kunit *test, struct sk_buff *skb,
			 const struct want *want)
{
	bool has = (want->h.proto == IPPROTO_TCP ||
		    want->h.proto == IPPROTO_UDP ||
		    want->h.proto == IPPROTO_UDPLITE ||
		    want->h.proto == IPPROTO_SCTP ||
		    want->h.proto == IPPROTO_DCCP) &&
		   !(want->h.frag & DVR_FRAG_LATER) &&
		   skb->len >= want->h.l4 + 4;
	__be16 ports[2];

	KUNIT_ASSERT_EQ(test, dvr_parse_ports(skb, &want->h, ports), has);
	if (has)
		KUNIT_EXPECT_EQ(test, 0, memcmp(ports, PORTS, 4));
}

static void expect_one(struct kunit *test, const struct packet *p,
		       struct sk_buff *skb, const struct want *want)
{
	const unsigned int len = want->len ?: skb->len;
	u8 got[sizeof(p->data)];
	struct dvr_headers h;

	memset(&h, 0xa5, sizeof(h));
	KUNIT_ASSERT_EQ(test, dvr_parse(skb, &h), want->reason);
	if (want->reason == DVR_DROP_BAD_OPTION && !p->v4) {
		KUNIT_ASSERT_EQ(test, h.complain, want->h.complain);
		if (h.complain)
			KUNIT_ASSERT_EQ(test, h.pointer, want->h.pointer);
	}
	if (want->reason)
		return;
	KUNIT_ASSERT_EQ(test, h.v4, p->v4);
	KUNIT_ASSERT_EQ(test, h.l4, want->h.l4);
	KUNIT_ASSERT_EQ(test, h.proto, want->h.proto);
	KUNIT_ASSERT_EQ(test, h.frag, want->h.frag);
	KUNIT_ASSERT_EQ(test, h.atomic, want->h.atomic);
	KUNIT_ASSERT_FALSE(test, h.complain);
	KUNIT_ASSERT_TRUE(test, h.parsed);
	KUNIT_ASSERT_EQ(test, skb_transport_offset(skb), want->h.l4);
	KUNIT_ASSERT_EQ(test, skb_network_offset(skb), 0);
	KUNIT_ASSERT_EQ(test, skb->len, len);
	KUNIT_ASSERT_EQ(test, 0, skb_copy_bits(skb, 0, got, len));
	KUNIT_ASSERT_EQ(test, 0, memcmp(got, p->data, len));
	expect_ports(test, skb, want);
}

/* A whole packet, in one piece. The skb must not be freed. */
struct sk_buff *packet_whole(struct kunit *test, const struct packet *p)
{
	return whole(test, p, p->len, REST);
}

/* Check one layout, for tests with tens of thousands of packets. */
void packet_expect_once(struct kunit *test, const struct packet *p,
			const struct want *want)
{
	expect_one(test, p, packet_whole(test, p), want);
}

void packet_expect_whole(struct kunit *test, const struct packet *p,
			 unsigned int len, const struct want *want)
{
	enum behind behind;

	for (behind = 0; behind < BEHIND; behind++)
		expect_one(test, p, whole(test, p, len, behind), want);
}

static const u8 linears[] = { 0, 1, 19, 20, 23, 40, 47, 48, 56, 64, 80 };

void packet_expect_split(struct kunit *test, const struct packet *p,
			 unsigned int len, const struct want *want)
{
	struct rig *rig = test->priv;
	unsigned int i = rig->turn++;
	struct sk_buff *skb;

	skb = split(test, p, len, min_t(u32, linears[i % ARRAY_SIZE(linears)], len),
		    i % BEHIND);
	expect_one(test, p, skb, want);
	kfree_skb(skb);
}

/* Check one layout in pieces, in turn, and those in one piece. */
void packet_expect(struct kunit *test, const struct packet *p,
		   unsigned int len, const struct want *want)
{
	packet_expect_whole(test, p, len, want);
	packet_expect_split(test, p, len, want);
}

/* Check all layouts. */
void packet_expect_all(struct kunit *test, const struct packet *p,
		       const struct want *want)
{
	unsigned int i;

	packet_expect_whole(test, p, p->len, want);
	for (i = 0; i < ARRAY_SIZE(linears); i++)
		packet_expect_split(test, p, p->len, want);
}

void packet_put(struct packet *p, const void *bytes, unsigned int len)
{
	memcpy(p->data + p->len, bytes, len);
	p->len += len;
}

void packet_put_l4(struct packet *p)
{
	static const u8 l4[L4_LEN] = PORTS "of no interest.";

	packet_put(p, l4, sizeof(l4));
}

/* A checksum of the device is adjusted for the padding that is cut off. */
static void expect_sum(struct kunit *test, const struct packet *p,
		       struct sk_buff *skb)
{
	struct dvr_headers h;
	__wsum sum;

	skb->ip_summed = CHECKSUM_COMPLETE;
	skb->csum = skb_checksum(skb, 0, skb->len, 0);
	KUNIT_ASSERT_EQ(test, dvr_parse(skb, &h), DVR_OK);
	KUNIT_ASSERT_EQ(test, skb->len, p->len);
	KUNIT_ASSERT_TRUE(test, skb->ip_summed == CHECKSUM_COMPLETE);
	sum = skb_checksum(skb, 0, skb->len, 0);
	KUNIT_ASSERT_EQ(test, csum_fold(skb->csum), csum_fold(sum));
	skb->ip_summed = CHECKSUM_NONE;
}

/* Check with padding of many lengths. */
void packet_expect_sum(struct kunit *test, struct packet *p)
{
	struct sk_buff *skb;
	unsigned int pad;

	memset(p->data + p->len, 0xa7, sizeof(p->data) - p->len);
	for (pad = 0; pad < 100; pad++) {
		expect_sum(test, p, whole(test, p, p->len + pad, REST));
		skb = split(test, p, p->len + pad, p->len - 9, REST);
		expect_sum(test, p, skb);
		kfree_skb(skb);
	}
}

int packet_init(struct kunit *test)
{
	struct rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);

	if (!rig)
		return -ENOMEM;
	test->priv = rig;
	rig->page = alloc_page(GFP_KERNEL);
	rig->skb = alloc_skb(sizeof_field(struct packet, data), GFP_KERNEL);
	if (!rig->page || !rig->skb)
		return -ENOMEM;
	skb_reset_network_header(rig->skb);
	return 0;
}

void packet_exit(struct kunit *test)
{
	struct rig *rig = test->priv;

	if (!rig)
		return;
	if (rig->page)
		put_page(rig->page);
	kfree_skb(rig->skb);
}
