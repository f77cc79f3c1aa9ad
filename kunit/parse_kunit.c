// SPDX-License-Identifier: GPL-2.0-only
/*
 * Headers of all kinds, cut off at every byte, in one piece of memory and in
 * several. Nothing but the packet may count: what lies behind it varies.
 */
#include <net/ip.h>
#include <net/ipv6.h>

#include "parse.h"
#include "suites.h"

#define HLEN4	sizeof(struct iphdr)
#define HLEN6	sizeof(struct ipv6hdr)
#define L4_LEN	20
#define PORTS	"\x12\x34\x56\x78"

struct packet {
	unsigned int len;
	bool v4;
	bool gso;
	u8 data[320] __aligned(4);
};

struct want {
	enum dvr_drop reason;
	struct dvr_headers h;
	unsigned int len;	/* of what padding leaves; 0: all */
};

/* What comes behind the packet in memory. */
enum behind { REST, ZEROS, ONES, BEHIND };

/* Memory that is used again and again, as there are many packets. */
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

/* The first bytes of a packet, in one piece; this is not to be freed. */
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
 * Those behind byte @linear are in two fragments, and there is no room behind
 * the others, so that each pull moves the headers.
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

static void expect_whole(struct kunit *test, const struct packet *p,
			 unsigned int len, const struct want *want)
{
	enum behind behind;

	for (behind = 0; behind < BEHIND; behind++)
		expect_one(test, p, whole(test, p, len, behind), want);
}

static const u8 linears[] = { 0, 1, 19, 20, 23, 40, 47, 48, 56, 64, 80 };

static void expect_split(struct kunit *test, const struct packet *p,
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

/* The same comes of a packet however it lies in memory: the ways in turn. */
static void expect(struct kunit *test, const struct packet *p,
		   unsigned int len, const struct want *want)
{
	expect_whole(test, p, len, want);
	expect_split(test, p, len, want);
}

/* All ways. */
static void expect_all(struct kunit *test, const struct packet *p,
		       const struct want *want)
{
	unsigned int i;

	expect_whole(test, p, p->len, want);
	for (i = 0; i < ARRAY_SIZE(linears); i++)
		expect_split(test, p, p->len, want);
}

static void put(struct packet *p, const void *bytes, unsigned int len)
{
	memcpy(p->data + p->len, bytes, len);
	p->len += len;
}

static void put_l4(struct packet *p)
{
	static const u8 l4[L4_LEN] = PORTS "of no interest.";

	put(p, l4, sizeof(l4));
}

/* IPv4 */

static void sum4(struct packet *p)
{
	struct iphdr *iph = (struct iphdr *)p->data;
	unsigned int i;
	u32 sum = 0;

	iph->check = 0;
	for (i = 0; i < iph->ihl * 4; i += 2)
		sum += p->data[i] << 8 | p->data[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	iph->check = htons(~(sum + (sum >> 16)));
}

static void make4(struct packet *p, const u8 *opt, unsigned int optlen,
		  u8 proto)
{
	struct iphdr iph = {
		.version = 4,
		.ihl = 5 + optlen / 4,
		.tot_len = htons(HLEN4 + optlen + L4_LEN),
		.ttl = 64,
		.protocol = proto,
		.saddr = htonl(0xc0000201),
		.daddr = htonl(0xc6336401),
	};

	*p = (struct packet) { .v4 = true };
	put(p, &iph, sizeof(iph));
	put(p, opt, optlen);
	put_l4(p);
	sum4(p);
}

static const struct stack4 {
	const char *name;
	u8 optlen;
	u8 proto;
	u8 opt[40];
} stacks4[] = {
	{ "TCP", 0, IPPROTO_TCP },
	{ "UDP", 0, IPPROTO_UDP },
	{ "ICMP", 0, IPPROTO_ICMP },
	{ "SCTP", 0, IPPROTO_SCTP },
	{ "TCP, router alert", 4, IPPROTO_TCP, { 148, 4, 0, 0 } },
	{ "UDP, 4 bytes of options", 4, IPPROTO_UDP, { 1, 1, 1, 1 } },
	{ "ICMP, timestamp", 8, IPPROTO_ICMP, { 68, 8, 5 } },
	{ "TCP, 40 bytes of options", 40, IPPROTO_TCP, { 7, 39, 4 } },
	{ "UDP, 40 bytes of options", 40, IPPROTO_UDP,
	  { 1, 1, 94, 2, 7, 31, 4, [35] = 94, 5 } },
	{ "ICMP, 40 bytes of options", 40, IPPROTO_ICMP, { 68, 40, 5 } },
	{ "UDPLite", 0, IPPROTO_UDPLITE },
	{ "DCCP", 0, IPPROTO_DCCP },
	{ "GRE", 0, IPPROTO_GRE },
	{ "as an IPv6 header is", 0, NEXTHDR_HOP },
};

static void describe4(const struct stack4 *stack, char *desc)
{
	strscpy(desc, stack->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(stack4, stacks4, describe4);

static void parse_test_cut4(struct kunit *test)
{
	const struct stack4 *stack = test->param_value;
	const struct want truncated = { .reason = DVR_DROP_TRUNCATED };
	struct want want = {
		.h = { .l4 = HLEN4 + stack->optlen, .proto = stack->proto },
	};
	struct packet p;
	unsigned int len;

	make4(&p, stack->opt, stack->optlen, stack->proto);
	for (len = 0; len < p.len; len++)
		expect_whole(test, &p, len, &truncated);
	expect_split(test, &p, len / 2, &truncated);
	expect_split(test, &p, len - 1, &truncated);
	expect_all(test, &p, &want);
	/* now the header tells how long it is */
	for (len = 0; len <= p.len; len++) {
		((struct iphdr *)p.data)->tot_len = htons(len);
		sum4(&p);
		expect(test, &p, len, len < want.h.l4 ? &truncated : &want);
	}
}

/* No length but the true one, and longer only with padding, which goes. */
static void parse_test_length4(struct kunit *test)
{
	const struct stack4 *stack = test->param_value;
	struct packet p;
	unsigned int len;

	make4(&p, stack->opt, stack->optlen, stack->proto);
	for (len = 0; len < p.len + 60; len++) {
		struct want want = {
			.h = { .l4 = HLEN4 + stack->optlen,
			       .proto = stack->proto },
			.len = len,
			.reason = len < HLEN4 + stack->optlen ?
				  DVR_DROP_BAD_HEADER :
				  len > p.len ? DVR_DROP_TRUNCATED : DVR_OK,
		};

		((struct iphdr *)p.data)->tot_len = htons(len);
		sum4(&p);
		expect_whole(test, &p, p.len, &want);
	}
	/* a super-packet says 0 */
	((struct iphdr *)p.data)->tot_len = 0;
	sum4(&p);
	p.gso = true;
	expect_all(test, &p, &(struct want) {
		.h = { .l4 = HLEN4 + stack->optlen, .proto = stack->proto },
	});
}

/* No bit of a header may be another. */
static void parse_test_checksum4(struct kunit *test)
{
	const struct stack4 *stack = test->param_value;
	struct want want = { .reason = DVR_DROP_BAD_CHECKSUM };
	struct dvr_headers h;
	struct packet p;
	unsigned int bit;

	make4(&p, stack->opt, stack->optlen, stack->proto);
	for (bit = 0; bit < 8 * (HLEN4 + stack->optlen); bit++) {
		p.data[bit / 8] ^= 1 << bit % 8;
		if (bit >= 8)
			expect_whole(test, &p, p.len, &want);
		else
			KUNIT_EXPECT_NE(test, DVR_OK,
					dvr_parse4(whole(test, &p, p.len, REST),
						   &h));
		p.data[bit / 8] ^= 1 << bit % 8;
	}
}

/* Every first byte with a right checksum: version and length of the header. */
static void parse_test_version4(struct kunit *test)
{
	struct packet p;
	unsigned int i;

	for (i = 0; i < 256; i++) {
		struct want want = {
			.h = { .l4 = (i & 15) * 4, .proto = IPPROTO_ICMP },
			.reason = i < 0x45 || i > 0x4f ? DVR_DROP_BAD_HEADER :
							 DVR_OK,
		};

		make4(&p, (const u8 [40]) {}, 40, IPPROTO_ICMP);
		p.data[0] = i;
		sum4(&p);
		expect_whole(test, &p, p.len, &want);
	}
}

static const struct options4 {
	const char *name;
	enum dvr_drop reason;
	u8 len;
	u8 opt[16];
} options4[] = {
	{ "loose source route", DVR_DROP_SOURCE_ROUTE, 8, { 131, 7, 4 } },
	{ "strict source route", DVR_DROP_SOURCE_ROUTE, 8, { 137, 7, 4 } },
	{ "source route, used up", DVR_DROP_SOURCE_ROUTE, 4, { 131, 3, 4 } },
	{ "source route behind no-ops", DVR_DROP_SOURCE_ROUTE, 8,
	  { 1, 1, 1, 1, 1, 131, 3, 4 } },
	{ "source route behind another", DVR_DROP_SOURCE_ROUTE, 8,
	  { 148, 4, 0, 0, 137, 3, 4 } },
	{ "source route at the end", DVR_DROP_SOURCE_ROUTE, 4,
	  { 1, 1, 137, 2 } },
	{ "source route behind the end", DVR_OK, 8, { 1, 0, 131, 3, 4 } },
	{ "source route within another", DVR_OK, 8, { 7, 7, 4, 131, 3, 4 } },
	{ "garbage behind the end", DVR_OK, 8, { 0, 7, 200, 1, 7, 0, 7, 99 } },
	{ "length 0", DVR_DROP_BAD_OPTION, 4, { 7, 0 } },
	{ "length 1", DVR_DROP_BAD_OPTION, 4, { 7, 1 } },
	{ "length 2", DVR_OK, 4, { 7, 2 } },
	{ "source route of length 1", DVR_DROP_BAD_OPTION, 4, { 131, 1 } },
	{ "exactly to the end", DVR_OK, 8, { 7, 8 } },
	{ "a byte beyond", DVR_DROP_BAD_OPTION, 8, { 7, 9 } },
	{ "far beyond", DVR_DROP_BAD_OPTION, 8, { 7, 255 } },
	{ "the second beyond", DVR_DROP_BAD_OPTION, 8, { 7, 4, 0, 0, 68, 5 } },
	{ "no length", DVR_DROP_BAD_OPTION, 4, { 1, 1, 1, 7 } },
	{ "source route without length", DVR_DROP_BAD_OPTION, 4,
	  { 1, 1, 1, 131 } },
	{ "length 2 at the end", DVR_OK, 4, { 1, 1, 7, 2 } },
	{ "unknown", DVR_OK, 4, { 222, 4, 1, 2 } },
};

static void describe_options4(const struct options4 *options, char *desc)
{
	strscpy(desc, options->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(options4, options4, describe_options4);

static void parse_test_options4(struct kunit *test)
{
	const struct options4 *options = test->param_value;
	struct packet p;
	struct want want = {
		.h = { .l4 = HLEN4 + options->len, .proto = IPPROTO_UDP },
		.reason = options->reason,
	};

	make4(&p, options->opt, options->len, IPPROTO_UDP);
	expect_all(test, &p, &want);
}

/* All of 64k values of flags and offset. */
static void parse_test_fragments4(struct kunit *test)
{
	struct packet p;
	unsigned int i;

	make4(&p, NULL, 0, IPPROTO_UDP);
	for (i = 0; i < 65536; i++) {
		struct want want = {
			.h = { .l4 = HLEN4, .proto = IPPROTO_UDP },
		};

		if (i & 0x1fff)
			want.h.frag = DVR_FRAG | DVR_FRAG_LATER;
		else if (i & 0x2000)
			want.h.frag = DVR_FRAG;
		((struct iphdr *)p.data)->frag_off = htons(i);
		sum4(&p);
		expect_one(test, &p, whole(test, &p, p.len, REST), &want);
	}
}

/* IPv6 */

enum kind {
	END, HBH, ALERT, HBH16, DST, DST24, SRH, RH0_USED, RH0, RH2, FIRST,
	LATER, LAST, ATOMIC, AH, AH12, HUGE,
};

static const struct ext {
	u8 type;
	u8 len;
	u8 bytes[24];		/* the first is the next header */
} exts[] = {
	[HBH] = { NEXTHDR_HOP, 8, { 0, 0, 1, 4 } },
	[ALERT] = { NEXTHDR_HOP, 8, { 0, 0, 5, 2, 0, 0, 1, 0 } },
	[HBH16] = { NEXTHDR_HOP, 16, { 0, 1, 0x1e, 12, 0xff, 0xff, 0xff } },
	[DST] = { NEXTHDR_DEST, 8, { 0, 0, 1, 4 } },
	/* options that only its destination looks at */
	[DST24] = { NEXTHDR_DEST, 24, { 0, 2, 0xde, 200, 0x5e, 0xff } },
	[SRH] = { NEXTHDR_ROUTING, 24, { 0, 2, 4, 1 } },
	[RH0_USED] = { NEXTHDR_ROUTING, 24, { 0, 2, 0, 0 } },
	[RH0] = { NEXTHDR_ROUTING, 24, { 0, 2, 0, 1 } },
	[RH2] = { NEXTHDR_ROUTING, 24, { 0, 2, 2, 1 } },
	[FIRST] = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0x00, 0x01, 1, 2, 3, 4 } },
	[LATER] = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0x00, 0x09, 1, 2, 3, 4 } },
	[LAST] = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0xff, 0xf8, 1, 2, 3, 4 } },
	[ATOMIC] = { NEXTHDR_FRAGMENT, 8, { 0, 0xff, 0x00, 0x06, 1, 2, 3, 4 } },
	[AH] = { NEXTHDR_AUTH, 24, { 0, 4, 0, 0, 1 } },
	[AH12] = { NEXTHDR_AUTH, 12, { 0, 1, 0, 0, 1 } },
	[HUGE] = { NEXTHDR_DEST, 8, { 0, 255, 1, 4 } },
};

static void make6(struct packet *p, const u8 *kinds, u8 proto)
{
	struct ipv6hdr ip6h = {
		.version = 6,
		.nexthdr = kinds[0] ? exts[kinds[0]].type : proto,
		.hop_limit = 64,
		.saddr.s6_addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 },
		.daddr.s6_addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 },
	};

	*p = (struct packet) {};
	put(p, &ip6h, sizeof(ip6h));
	for (; *kinds; kinds++) {
		put(p, exts[*kinds].bytes, exts[*kinds].len);
		p->data[p->len - exts[*kinds].len] =
			kinds[1] ? exts[kinds[1]].type : proto;
	}
	put_l4(p);
	((struct ipv6hdr *)p->data)->payload_len = htons(p->len - HLEN6);
}

static void set_len6(struct packet *p, unsigned int len)
{
	((struct ipv6hdr *)p->data)->payload_len = htons(len);
}

static const struct stack6 {
	const char *name;
	u8 kinds[12];
	u8 proto;
	u8 l4;
	u8 frag;
	bool atomic;
	enum dvr_drop reason;
	u8 found;		/* what the headers end with, if not proto */
} stacks6[] = {
	{ "TCP", { END }, IPPROTO_TCP, 40 },
	{ "UDP", { END }, IPPROTO_UDP, 40 },
	{ "ICMP", { END }, IPPROTO_ICMPV6, 40 },
	{ "nothing", { END }, NEXTHDR_NONE, 40 },
	{ "hop-by-hop", { HBH }, IPPROTO_TCP, 48 },
	{ "router alert", { ALERT }, IPPROTO_ICMPV6, 48 },
	{ "16 bytes hop-by-hop", { HBH16 }, IPPROTO_UDP, 56 },
	{ "destination", { DST }, IPPROTO_TCP, 48 },
	{ "eight headers", { HBH, DST, DST, DST, DST, DST, DST, DST },
	  IPPROTO_TCP, 104 },
	{ "24 bytes destination", { DST24 }, IPPROTO_UDP, 64 },
	{ "segment routing", { SRH }, IPPROTO_UDP, 64 },
	{ "type 0, used up", { RH0_USED }, IPPROTO_TCP, 64 },
	{ "type 2", { RH2 }, IPPROTO_TCP, 64 },
	{ "AH", { AH }, IPPROTO_TCP, 64 },
	{ "AH of 12 bytes", { AH12 }, IPPROTO_UDP, 52 },
	{ "first fragment", { FIRST }, IPPROTO_TCP, 48, DVR_FRAG },
	{ "later fragment", { LATER }, IPPROTO_UDP, 48,
	  DVR_FRAG | DVR_FRAG_LATER },
	{ "last fragment", { LAST }, IPPROTO_TCP, 48,
	  DVR_FRAG | DVR_FRAG_LATER },
	{ "atomic fragment", { ATOMIC }, IPPROTO_UDP, 48, .atomic = true },
	{ "first fragment of options", { FIRST, DST, AH }, IPPROTO_TCP, 80,
	  DVR_FRAG },
	{ "later fragment of options", { LATER, DST, AH }, IPPROTO_TCP, 48,
	  DVR_FRAG | DVR_FRAG_LATER, .found = NEXTHDR_DEST },
	{ "source route in a later fragment", { LATER, RH0 }, IPPROTO_TCP, 48,
	  DVR_FRAG | DVR_FRAG_LATER, .found = NEXTHDR_ROUTING },
	{ "nothing, then what is not read", { HBH, ATOMIC }, NEXTHDR_NONE, 56,
	  .atomic = true },
	{ "hop-by-hop, destination, routing", { ALERT, DST, SRH },
	  IPPROTO_TCP, 80 },
	{ "all of them", { HBH16, DST, RH2, ATOMIC, AH, DST24 }, IPPROTO_UDP,
	  144, .atomic = true },
	{ "all of them, first fragment", { HBH, DST, SRH, FIRST, AH12, DST },
	  IPPROTO_ICMPV6, 108, DVR_FRAG },
	{ "seven headers", { HBH, DST, DST, DST, DST, DST, DST }, IPPROTO_TCP,
	  96 },
	{ "nine headers", { HBH, DST, DST, DST, DST, DST, DST, DST, DST },
	  IPPROTO_TCP, .reason = DVR_DROP_EXT_HEADERS },
	{ "eleven headers",
	  { DST, DST, DST, DST, AH, AH, AH, AH, RH2, DST, DST },
	  IPPROTO_TCP, .reason = DVR_DROP_EXT_HEADERS },
	{ "hop-by-hop twice", { HBH, HBH }, IPPROTO_TCP,
	  .reason = DVR_DROP_EXT_HEADERS },
	{ "hop-by-hop behind destination", { DST, ALERT }, IPPROTO_ICMPV6,
	  .reason = DVR_DROP_EXT_HEADERS },
	{ "hop-by-hop in a fragment", { FIRST, HBH }, IPPROTO_TCP,
	  .reason = DVR_DROP_EXT_HEADERS },
	{ "source route", { RH0 }, IPPROTO_TCP,
	  .reason = DVR_DROP_SOURCE_ROUTE },
	{ "source route behind others", { HBH, DST, AH, RH0 }, IPPROTO_TCP,
	  .reason = DVR_DROP_SOURCE_ROUTE },
	{ "source route in a first fragment", { FIRST, RH0 }, IPPROTO_TCP,
	  .reason = DVR_DROP_SOURCE_ROUTE },
	{ "header beyond the packet", { DST, HUGE }, IPPROTO_TCP,
	  .reason = DVR_DROP_EXT_HEADERS },
};

static void describe6(const struct stack6 *stack, char *desc)
{
	strscpy(desc, stack->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(stack6, stacks6, describe6);

static struct want want6(const struct stack6 *stack)
{
	return (struct want) {
		.h = { .l4 = stack->l4, .proto = stack->found ?: stack->proto,
		       .frag = stack->frag, .atomic = stack->atomic },
		.reason = stack->reason,
	};
}

static void parse_test_cut6(struct kunit *test)
{
	const struct stack6 *stack = test->param_value;
	const struct want truncated = { .reason = DVR_DROP_TRUNCATED };
	const struct want headers = { .reason = DVR_DROP_EXT_HEADERS };
	const struct want want = want6(stack);
	struct packet p;
	unsigned int len;

	make6(&p, stack->kinds, stack->proto);
	for (len = 0; len < p.len; len++)
		expect_whole(test, &p, len, &truncated);
	expect_split(test, &p, len / 2, &truncated);
	expect_split(test, &p, len - 1, &truncated);
	expect_all(test, &p, &want);
	if (stack->reason)
		return;
	/* now the header tells how long it is */
	for (len = 0; len <= p.len; len++) {
		set_len6(&p, len < HLEN6 ? 0 : len - HLEN6);
		expect(test, &p, len, len < HLEN6 ? &truncated :
				      len < stack->l4 ? &headers : &want);
	}
}

/* No length but the true one, and longer only with padding, which goes. */
static void parse_test_length6(struct kunit *test)
{
	const struct stack6 *stack = test->param_value;
	struct want want = want6(stack);
	struct packet p;
	unsigned int len;

	make6(&p, stack->kinds, stack->proto);
	for (len = HLEN6; len < p.len + 60 && !stack->reason; len++) {
		want.len = len;
		want.reason = len > p.len ? DVR_DROP_TRUNCATED :
			      len < stack->l4 ? DVR_DROP_EXT_HEADERS : DVR_OK;
		set_len6(&p, len - HLEN6);
		expect_whole(test, &p, p.len, &want);
	}
	/* a super-packet says 0 */
	want = want6(stack);
	set_len6(&p, 0);
	p.gso = true;
	expect_all(test, &p, &want);
}

static void parse_test_version6(struct kunit *test)
{
	struct packet p;
	unsigned int i;

	make6(&p, (const u8 []) { END }, IPPROTO_UDP);
	for (i = 0; i < 256; i++) {
		struct want want = {
			.h = { .l4 = HLEN6, .proto = IPPROTO_UDP },
			.reason = i >> 4 == 6 ? DVR_OK : DVR_DROP_BAD_HEADER,
		};

		p.data[0] = i;
		expect_whole(test, &p, p.len, &want);
	}
}

/* All of 64k values of flags and offset. */
static void parse_test_fragments6(struct kunit *test)
{
	struct packet p;
	unsigned int i;

	make6(&p, (const u8 []) { ATOMIC, END }, IPPROTO_UDP);
	for (i = 0; i < 65536; i++) {
		struct want want = {
			.h = { .l4 = 48, .proto = IPPROTO_UDP,
			       .atomic = !(i & 0xfff9) },
		};

		if (i & 0xfff8)
			want.h.frag = DVR_FRAG | DVR_FRAG_LATER;
		else if (i & 1)
			want.h.frag = DVR_FRAG;
		p.data[42] = i >> 8;
		p.data[43] = i;
		expect_one(test, &p, whole(test, &p, p.len, REST), &want);
	}
}

/* What becomes of an option is in the two highest bits of its type. */
static void parse_test_option_types6(struct kunit *test)
{
	unsigned int type, multicast, at;
	struct packet p;

	for (type = 0; type < 256; type++) {
		bool known = type == 0 || type == 1 || type == 5 ||
			     type == 0xc2;

		for (multicast = 0; multicast < 2; multicast++) {
			for (at = 42; at < 46; at++) {
				struct want want = {
					.h = { .l4 = 48, .pointer = at,
					       .proto = IPPROTO_UDP },
				};

				make6(&p, (const u8 []) { HBH, END },
				      IPPROTO_UDP);
				if (multicast)
					p.data[24] = 0xff;
				/* Pad1 in front, PadN of what is left behind */
				memset(p.data + 42, 0, 6);
				p.data[at] = type;
				if (type >= 0x40 && !known) {
					want.reason = DVR_DROP_BAD_OPTION;
					want.h.complain =
						type >> 6 == 2 ||
						(type >> 6 == 3 && !multicast);
				}
				expect_whole(test, &p, p.len, &want);
			}
		}
	}
}

static const struct options6 {
	const char *name;
	enum dvr_drop reason;
	u8 opt[6];
	u8 pointer;		/* 0: no complaint */
} options6[] = {
	{ "one to the end", DVR_OK, { 0x1e, 4, 0xde, 0xde, 0xde, 0xde } },
	{ "one byte beyond", DVR_DROP_BAD_OPTION, { 0x1e, 5 } },
	{ "far beyond", DVR_DROP_BAD_OPTION, { 1, 255 } },
	{ "the second beyond", DVR_DROP_BAD_OPTION, { 1, 1, 0, 5, 2, 0 } },
	{ "the second to the end", DVR_OK, { 1, 1, 0, 1, 1, 0 } },
	{ "no length", DVR_DROP_BAD_OPTION, { 1, 3, 0, 0, 0, 1 } },
	{ "no length, of those to skip", DVR_DROP_BAD_OPTION,
	  { 0, 0, 0, 0, 0, 0x1e } },
	{ "complaint beyond the end", DVR_DROP_BAD_OPTION, { 0x9e, 5 } },
	{ "complaint behind another", DVR_DROP_BAD_OPTION,
	  { 0x1e, 1, 0, 0, 0x9e, 0 }, 46 },
	{ "the first one counts", DVR_DROP_BAD_OPTION,
	  { 0xde, 0, 0x5e, 0, 0x9e, 0 }, 42 },
	{ "silent, then a complaint", DVR_DROP_BAD_OPTION,
	  { 0x5e, 0, 0x9e, 0, 0x9e, 0 } },
	{ "as data of another", DVR_OK, { 0x1e, 3, 0x9e, 0, 0x5e, 0 } },
	{ "all Pad1", DVR_OK, {} },
	{ "jumbo payload", DVR_OK, { 0xc2, 4, 0, 1, 0, 0 } },
};

static void describe_options6(const struct options6 *options, char *desc)
{
	strscpy(desc, options->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(options6, options6, describe_options6);

static void parse_test_options6(struct kunit *test)
{
	const struct options6 *options = test->param_value;
	struct want want = {
		.h = { .l4 = 56, .proto = IPPROTO_TCP,
		       .complain = options->pointer,
		       .pointer = options->pointer },
		.reason = options->reason,
	};
	struct packet p;

	make6(&p, (const u8 []) { HBH, DST, END }, IPPROTO_TCP);
	memcpy(p.data + 42, options->opt, sizeof(options->opt));
	expect_all(test, &p, &want);
}

/* What a device summed is right without the padding as well. */
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

static void parse_test_padding_sum(struct kunit *test)
{
	unsigned int v4, pad;
	struct sk_buff *skb;
	struct packet p;

	for (v4 = 0; v4 < 2; v4++) {
		if (v4)
			make4(&p, NULL, 0, IPPROTO_UDP);
		else
			make6(&p, (const u8 []) { DST, END }, IPPROTO_UDP);
		memset(p.data + p.len, 0xa7, sizeof(p.data) - p.len);
		for (pad = 0; pad < 100; pad++) {
			expect_sum(test, &p, whole(test, &p, p.len + pad, REST));
			skb = split(test, &p, p.len + pad, p.len - 9, REST);
			expect_sum(test, &p, skb);
			kfree_skb(skb);
		}
	}
}

static int parse_init(struct kunit *test)
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

static void parse_exit(struct kunit *test)
{
	struct rig *rig = test->priv;

	if (!rig)
		return;
	if (rig->page)
		put_page(rig->page);
	kfree_skb(rig->skb);
}

static struct kunit_case parse_cases[] = {
	KUNIT_CASE_PARAM(parse_test_cut4, stack4_gen_params),
	KUNIT_CASE_PARAM(parse_test_length4, stack4_gen_params),
	KUNIT_CASE_PARAM(parse_test_checksum4, stack4_gen_params),
	KUNIT_CASE_PARAM(parse_test_options4, options4_gen_params),
	KUNIT_CASE(parse_test_version4),
	KUNIT_CASE(parse_test_fragments4),
	KUNIT_CASE_PARAM(parse_test_cut6, stack6_gen_params),
	KUNIT_CASE_PARAM(parse_test_length6, stack6_gen_params),
	KUNIT_CASE_PARAM(parse_test_options6, options6_gen_params),
	KUNIT_CASE(parse_test_option_types6),
	KUNIT_CASE(parse_test_version6),
	KUNIT_CASE(parse_test_fragments6),
	KUNIT_CASE(parse_test_padding_sum),
	{}
};

struct kunit_suite dvr_parse_suite = {
	.name = "dvr_parse",
	.init = parse_init,
	.exit = parse_exit,
	.test_cases = parse_cases,
};
