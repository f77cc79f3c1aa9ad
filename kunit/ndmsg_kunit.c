// SPDX-License-Identifier: GPL-2.0-only
/*
 * Neighbour discovery messages: each check of RFC 4861 6.1.1, 7.1.1 and 7.1.2,
 * and messages cut at each byte.
 */
#include <linux/icmpv6.h>
#include <net/ipv6.h>

#include "lib/ndmsg.h"
#include "suites.h"

#define L4	sizeof(struct ipv6hdr)
#define NS	135
#define NA	136
#define RS	133
/* Options: link-layer addresses, and one that is skipped. */
#define SOURCE	{ 1, 1, 2, 0, 0, 0, 0, 1 }
#define TARGET	{ 2, 1, 2, 0, 0, 0, 0, 2 }
#define NONCE	{ 14, 1, 1, 2, 3, 4, 5, 6 }
#define MAC1	0x020000000001ULL
#define MAC2	0x020000000002ULL

/* Addresses. */
enum { UNSPEC, HOST, HOST2, SOLICITED, ALL, MAPPED, NODES2 };

static const struct in6_addr addrs[] = {
	[UNSPEC] = {},
	[HOST] = { .s6_addr = { 0xfe, 0x80, [15] = 1 } },
	[HOST2] = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 } },
	[SOLICITED] = { .s6_addr = { 0xff, 2, [11] = 1, 0xff, 0, 0, 2 } },
	[ALL] = { .s6_addr = { 0xff, 2, [15] = 1 } },
	[MAPPED] = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 1 } },
	/* almost a solicited-node multicast address */
	[NODES2] = { .s6_addr = { 0xff, 2, [11] = 1, 0xfe, 0, 0, 2 } },
};

static const struct msg {
	const char *name;
	u8 type;
	u8 saddr;
	u8 daddr;
	u8 target;
	u8 len;			/* length of the options */
	u8 opt[4][8];
	u64 lladdr;		/* expected */
	u8 flags;		/* router, solicited, override */
	u8 code;
	u8 hop_limit;		/* 0 for 255 */
	bool invalid;
	u8 frag;
	bool atomic;
	bool partial;		/* the device computes the checksum */
} msgs[] = {
	{ "NS", NS, HOST, SOLICITED, HOST2, 8, { SOURCE }, MAC1 },
	{ "NS, unicast", NS, HOST, HOST2, HOST2, 8, { SOURCE }, MAC1 },
	{ "NS without options", NS, HOST, HOST2, HOST2 },
	{ "NS, DAD", NS, UNSPEC, SOLICITED, HOST2 },
	{ "NS, DAD with nonce", NS, UNSPEC, SOLICITED, HOST2, 8, { NONCE } },
	{ "NS, DAD with another's MAC", NS, UNSPEC, SOLICITED, HOST2, 8,
	  { TARGET } },
	{ "NS, DAD with MAC", NS, UNSPEC, SOLICITED, HOST2, 8, { SOURCE },
	  .invalid = true },
	{ "NS, DAD with nonce and MAC", NS, UNSPEC, SOLICITED, HOST2, 16,
	  { NONCE, SOURCE }, .invalid = true },
	{ "NS, DAD to one host", NS, UNSPEC, HOST2, HOST2, .invalid = true },
	{ "NS, DAD to all nodes", NS, UNSPEC, ALL, HOST2, .invalid = true },
	{ "NS, DAD to nearly a solicited-node address", NS, UNSPEC, NODES2,
	  HOST2, .invalid = true },
	{ "NS for multicast", NS, HOST, SOLICITED, ALL, 8, { SOURCE },
	  .invalid = true },
	{ "NS for a mapped address", NS, HOST, SOLICITED, MAPPED,
	  .invalid = true },
	{ "NS from a mapped address", NS, MAPPED, SOLICITED, HOST2,
	  .invalid = true },
	{ "NS, flags mean nothing", NS, HOST, HOST2, HOST2, .flags = 0xe0 },
	{ "NS, hop limit 254", NS, HOST, SOLICITED, HOST2, .hop_limit = 254,
	  .invalid = true },
	{ "NS, hop limit 1", NS, HOST, SOLICITED, HOST2, .hop_limit = 1,
	  .invalid = true },
	{ "NS, code 1", NS, HOST, SOLICITED, HOST2, .code = 1,
	  .invalid = true },
	{ "NS, first fragment", NS, HOST, SOLICITED, HOST2, .frag = DVR_FRAG,
	  .invalid = true },
	{ "NS, atomic fragment", NS, HOST, SOLICITED, HOST2, .atomic = true,
	  .invalid = true },
	{ "NS, option that is not its", NS, HOST, HOST2, HOST2, 8,
	  { TARGET } },
	{ "NS, both options", NS, HOST, HOST2, HOST2, 16, { TARGET, SOURCE },
	  MAC1 },
	{ "NS, the first MAC", NS, HOST, HOST2, HOST2, 16,
	  { SOURCE, { 1, 1, 2, 0, 0, 0, 0, 7 } }, MAC1 },
	{ "NS, MAC behind another option", NS, HOST, HOST2, HOST2, 24,
	  { { 200, 2, 1, 1 }, {}, SOURCE }, MAC1 },
	{ "NS, MAC within another option", NS, HOST, HOST2, HOST2, 16,
	  { { 200, 2 }, SOURCE } },
	{ "NS, option of length 0", NS, HOST, HOST2, HOST2, 8, { { 14, 0 } },
	  .invalid = true },
	{ "NS, MAC of length 0", NS, HOST, HOST2, HOST2, 8,
	  { { 1, 0, 2, 0, 0, 0, 0, 1 } }, .invalid = true },
	{ "NS, length 0 behind the MAC", NS, HOST, HOST2, HOST2, 16,
	  { SOURCE, { 14, 0 } }, .invalid = true },
	{ "NS, option that is cut", NS, HOST, HOST2, HOST2, 8, { { 14, 2 } },
	  .invalid = true },
	{ "NS, option far beyond", NS, HOST, HOST2, HOST2, 16,
	  { SOURCE, { 14, 255 } }, .invalid = true },
	{ "NS, multicast MAC", NS, HOST, HOST2, HOST2, 8,
	  { { 1, 1, 3, 0, 0, 0, 0, 1 } }, .invalid = true },
	{ "NS, no MAC in its option", NS, HOST, HOST2, HOST2, 8, { { 1, 1 } },
	  .invalid = true },
	{ "NA, solicited", NA, HOST2, HOST, HOST2, 8, { TARGET }, MAC2,
	  .flags = 0x60 },
	{ "NA, no override", NA, HOST2, HOST, HOST2, 8, { TARGET }, MAC2,
	  .flags = 0x40 },
	{ "NA, router", NA, HOST2, HOST, HOST2, 8, { TARGET }, MAC2,
	  .flags = 0x80 },
	{ "NA, other bits", NA, HOST2, HOST, HOST2, 8, { TARGET }, MAC2,
	  .flags = 0x1f },
	{ "NA without options", NA, HOST2, HOST, HOST2, .flags = 0x40 },
	{ "NA to all", NA, HOST2, ALL, HOST2, 8, { TARGET }, MAC2,
	  .flags = 0x20 },
	{ "NA to all, solicited", NA, HOST2, ALL, HOST2, 8, { TARGET },
	  .flags = 0x60, .invalid = true },
	{ "NA to some, solicited", NA, HOST2, SOLICITED, HOST2,
	  .flags = 0x40, .invalid = true },
	{ "NA for multicast", NA, HOST2, HOST, ALL, 8, { TARGET },
	  .invalid = true },
	{ "NA for a mapped address", NA, HOST2, HOST, MAPPED, 8, { TARGET },
	  .invalid = true },
	{ "NA from a mapped address", NA, MAPPED, HOST, HOST2, 8, { TARGET },
	  .invalid = true },
	{ "NA, option that is not its", NA, HOST2, HOST, HOST2, 8,
	  { SOURCE } },
	{ "NA, both options", NA, HOST2, HOST, HOST2, 16, { SOURCE, TARGET },
	  MAC2 },
	{ "NA, hop limit 0x7f", NA, HOST2, HOST, HOST2, .hop_limit = 0x7f,
	  .invalid = true },
	{ "NA, code 255", NA, HOST2, HOST, HOST2, .code = 255,
	  .invalid = true },
	{ "NA, option of length 0", NA, HOST2, HOST, HOST2, 16,
	  { TARGET, { 2, 0 } }, .invalid = true },
	{ "NA, option that is cut", NA, HOST2, HOST, HOST2, 8, { { 2, 2, 2 } },
	  .invalid = true },
	{ "NA, broadcast MAC", NA, HOST2, HOST, HOST2, 8,
	  { { 2, 1, 255, 255, 255, 255, 255, 255 } }, .invalid = true },
	{ "NA, fragment", NA, HOST2, HOST, HOST2, .frag = DVR_FRAG,
	  .invalid = true },
	{ "RS", RS, HOST, ALL, .len = 8, { SOURCE }, MAC1 },
	{ "RS without options", RS, HOST, ALL },
	{ "RS from nobody", RS, UNSPEC, ALL },
	{ "RS from nobody, another option", RS, UNSPEC, ALL, .len = 8,
	  { NONCE } },
	{ "RS from nobody with a MAC", RS, UNSPEC, ALL, .len = 8, { SOURCE },
	  .invalid = true },
	{ "RS, hop limit 64", RS, HOST, ALL, .hop_limit = 64,
	  .invalid = true },
	{ "RS, code 1", RS, HOST, ALL, .code = 1, .invalid = true },
	{ "RS, option of length 0", RS, HOST, ALL, .len = 8, { { 1, 0, 2 } },
	  .invalid = true },
	{ "RS, option that is cut", RS, HOST, ALL, .len = 8, { { 5, 2 } },
	  .invalid = true },
	{ "RS, atomic fragment", RS, HOST, ALL, .atomic = true,
	  .invalid = true },
};

static void describe(const struct msg *msg, char *desc)
{
	strscpy(desc, msg->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(msg, msgs, describe);

/* A packet from the network header on. */
struct packet {
	unsigned int len;
	u8 data[128] __aligned(4);
};

static unsigned int fixed_len(const struct msg *msg)
{
	return msg->type == RS ? 8 : 24;
}

/* Set length and checksum (RFC 4443 2.3), byte by byte. */
static void sum(struct packet *p, unsigned int len)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)p->data;
	u32 sum = len - L4 + IPPROTO_ICMPV6;
	unsigned int i;

	ip6h->payload_len = htons(len - L4);
	if (len < L4 + 4)
		return;
	p->data[L4 + 2] = 0;
	p->data[L4 + 3] = 0;
	for (i = offsetof(struct ipv6hdr, saddr); i < len; i++)
		sum += i & 1 ? p->data[i] : p->data[i] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	p->data[L4 + 2] = sum >> 8;
	p->data[L4 + 3] = sum;
}

static void make(struct packet *p, const struct msg *msg)
{
	struct ipv6hdr ip6h = {
		.version = 6,
		.nexthdr = IPPROTO_ICMPV6,
		.hop_limit = msg->hop_limit ?: 255,
		.saddr = addrs[msg->saddr],
		.daddr = addrs[msg->daddr],
	};

	memset(p, 0, sizeof(*p));
	memcpy(p->data, &ip6h, sizeof(ip6h));
	p->data[L4] = msg->type;
	p->data[L4 + 1] = msg->code;
	p->data[L4 + 4] = msg->flags;
	if (msg->type != RS)
		memcpy(p->data + L4 + 8, &addrs[msg->target], 16);
	p->len = L4 + fixed_len(msg) + msg->len;
	memcpy(p->data + p->len - msg->len, msg->opt, msg->len);
	sum(p, p->len);
}

/* An skb of the first @len bytes; the bytes from @linear on are in a page. */
static struct sk_buff *to_skb(struct kunit *test, const struct packet *p,
			      unsigned int len, unsigned int linear)
{
	struct sk_buff *skb = alloc_skb(sizeof(p->data), GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	if (linear < len)
		skb_reserve(skb, skb_tailroom(skb) - linear);
	else
		memcpy(skb->data, p->data, sizeof(p->data));
	skb_reset_network_header(skb);
	skb_put_data(skb, p->data, linear);
	if (linear < len) {
		page = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memcpy(page_address(page), p->data + linear,
		       sizeof(p->data) - linear);
		skb_add_rx_frag(skb, 0, page, 0, len - linear, PAGE_SIZE);
	}
	return skb;
}

static enum dvr_drop read_with(struct kunit *test, const struct packet *p,
			       unsigned int len, unsigned int linear,
			       const struct msg *msg, struct dvr_nd *nd)
{
	struct sk_buff *skb = to_skb(test, p, len, linear);
	const struct dvr_headers h = {
		.l4 = L4,
		.proto = IPPROTO_ICMPV6,
		.parsed = true,
		.frag = msg->frag,
		.atomic = msg->atomic,
	};
	enum dvr_drop reason;

	if (msg->partial)
		skb->ip_summed = CHECKSUM_PARTIAL;
	memset(nd, 0xa5, sizeof(*nd));
	reason = dvr_nd_read(skb, &h, nd);
	kfree_skb(skb);
	return reason;
}

static void expect_read(struct kunit *test, const struct msg *msg,
			const struct dvr_nd *nd, u64 lladdr)
{
	bool na = msg->type == NA;

	KUNIT_EXPECT_EQ(test, nd->type, msg->type);
	KUNIT_EXPECT_EQ(test, nd->lladdr, lladdr);
	KUNIT_EXPECT_EQ(test, nd->solicited, na && msg->flags & 0x40);
	KUNIT_EXPECT_EQ(test, nd->override, na && msg->flags & 0x20);
	KUNIT_EXPECT_TRUE(test, msg->type == RS ||
			  ipv6_addr_equal(&nd->target, &addrs[msg->target]));
}

static void ndmsg_test_checks(struct kunit *test)
{
	const struct msg *msg = test->param_value;
	enum dvr_drop want = msg->invalid ? DVR_DROP_ND_INVALID : DVR_OK;
	unsigned int linear;
	struct packet p;
	struct dvr_nd nd;

	make(&p, msg);
	for (linear = 0; linear <= p.len; linear += 8) {
		KUNIT_EXPECT_EQ(test, want,
				read_with(test, &p, p.len, linear, msg, &nd));
		if (!want)
			expect_read(test, msg, &nd, msg->lladdr);
	}
}

/* A valid message with one bit flipped, in any byte, is invalid. */
static void ndmsg_test_checksum(struct kunit *test)
{
	const struct msg *msg = test->param_value;
	struct packet p;
	struct dvr_nd nd;
	unsigned int i;

	if (msg->invalid)
		return;
	make(&p, msg);
	for (i = offsetof(struct ipv6hdr, saddr); i < p.len; i++) {
		p.data[i] ^= 1 << i % 7;
		KUNIT_EXPECT_EQ_MSG(test, DVR_DROP_ND_INVALID,
				    read_with(test, &p, p.len, p.len, msg, &nd),
				    "byte %u", i);
		p.data[i] ^= 1 << i % 7;
	}
}

/* True if the options of a valid message, of any types, may end at @len. */
static bool whole(const struct msg *msg, unsigned int len)
{
	unsigned int at = L4 + fixed_len(msg), i = 0;

	while (at < len) {
		at += msg->opt[i][1] * 8;
		i += msg->opt[i][1];
	}
	return at == len;
}

static void ndmsg_test_cut(struct kunit *test)
{
	const struct msg *msg = test->param_value;
	unsigned int len, linear;
	struct dvr_nd nd, all;
	struct packet p;

	if (msg->invalid)
		return;
	make(&p, msg);
	KUNIT_ASSERT_EQ(test, 0, read_with(test, &p, p.len, p.len, msg, &all));
	for (len = L4; len < p.len; len++) {
		enum dvr_drop want = whole(msg, len) ? DVR_OK :
						       DVR_DROP_ND_INVALID;

		/* cut on the way, so that the checksum is wrong */
		make(&p, msg);
		KUNIT_EXPECT_EQ_MSG(test, DVR_DROP_ND_INVALID,
				    read_with(test, &p, len, len, msg, &nd),
				    "%u bytes, wrong sum", len);
		/* sent with that length */
		sum(&p, len);
		for (linear = len % 16; linear <= len; linear += 16) {
			KUNIT_EXPECT_EQ_MSG(test, want,
					    read_with(test, &p, len, linear,
						      msg, &nd),
					    "%u bytes", len);
			if (!want && nd.lladdr)
				expect_read(test, msg, &nd, msg->lladdr);
		}
	}
}

/* Checks of all types: the hop limit, and an ICMPv6 header. */
static void ndmsg_test_common(struct kunit *test)
{
	unsigned int type, limit, len;
	struct packet p;
	struct dvr_nd nd;

	for (type = 133; type <= 137; type++) {
		for (limit = 1; limit < 256; limit++) {
			struct msg msg = {
				.type = type,
				.saddr = HOST,
				.daddr = HOST2,
				.target = HOST2,
				.hop_limit = limit,
			};

			make(&p, &msg);
			KUNIT_EXPECT_EQ(test, limit == 255 ? DVR_OK :
					      DVR_DROP_ND_INVALID,
					read_with(test, &p, p.len, L4, &msg,
						  &nd));
		}
		KUNIT_EXPECT_EQ(test, nd.type, type);
		for (len = 0; len < 8; len++) {
			const struct msg msg = { .type = type };

			sum(&p, L4 + len);
			KUNIT_EXPECT_EQ(test, DVR_DROP_ND_INVALID,
					read_with(test, &p, L4 + len, L4, &msg,
						  &nd));
		}
	}
}

/* Only a checksum left to the device may be wrong. */
static void ndmsg_test_partial(struct kunit *test)
{
	struct msg msg = {
		.type = NS,
		.saddr = HOST,
		.daddr = SOLICITED,
		.target = HOST2,
	};
	struct packet p;
	struct dvr_nd nd;

	make(&p, &msg);
	p.data[L4 + 2] ^= 1;
	KUNIT_EXPECT_EQ(test, DVR_DROP_ND_INVALID,
			read_with(test, &p, p.len, p.len, &msg, &nd));
	msg.partial = true;
	KUNIT_EXPECT_EQ(test, DVR_OK,
			read_with(test, &p, p.len, p.len, &msg, &nd));
	msg.hop_limit = 64;
	make(&p, &msg);
	KUNIT_EXPECT_EQ(test, DVR_DROP_ND_INVALID,
			read_with(test, &p, p.len, p.len, &msg, &nd));
}

static struct kunit_case ndmsg_cases[] = {
	KUNIT_CASE_PARAM(ndmsg_test_checks, msg_gen_params),
	KUNIT_CASE_PARAM(ndmsg_test_checksum, msg_gen_params),
	KUNIT_CASE_PARAM(ndmsg_test_cut, msg_gen_params),
	KUNIT_CASE(ndmsg_test_common),
	KUNIT_CASE(ndmsg_test_partial),
	{}
};

struct kunit_suite dvr_ndmsg_suite = {
	.name = "dvr_ndmsg",
	.test_cases = ndmsg_cases,
};
