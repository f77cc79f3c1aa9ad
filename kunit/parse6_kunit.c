// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv6 headers of all kinds, cut at each byte, in one piece of memory and in
 * several.
 */
#include "parse_rig.h"

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
	/* options for the destination only */
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
	packet_put(p, &ip6h, sizeof(ip6h));
	for (; *kinds; kinds++) {
		packet_put(p, exts[*kinds].bytes, exts[*kinds].len);
		p->data[p->len - exts[*kinds].len] =
			kinds[1] ? exts[kinds[1]].type : proto;
	}
	packet_put_l4(p);
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
	u8 found;		/* expected protocol, if not proto */
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
		packet_expect_whole(test, &p, len, &truncated);
	packet_expect_split(test, &p, len / 2, &truncated);
	packet_expect_split(test, &p, len - 1, &truncated);
	packet_expect_all(test, &p, &want);
	if (stack->reason)
		return;
	/* now with the length in the header */
	for (len = 0; len <= p.len; len++) {
		set_len6(&p, len < HLEN6 ? 0 : len - HLEN6);
		packet_expect(test, &p, len, len < HLEN6 ? &truncated :
			      len < stack->l4 ? &headers : &want);
	}
}

/* Each payload length; padding is cut off. */
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
		packet_expect_whole(test, &p, p.len, &want);
	}
	/* the length in an offloaded packet is 0 */
	want = want6(stack);
	set_len6(&p, 0);
	p.gso = true;
	packet_expect_all(test, &p, &want);
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
		packet_expect_whole(test, &p, p.len, &want);
	}
}

/* All 64k values of flags and offset. */
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
		packet_expect_once(test, &p, &want);
	}
}

/* The two highest bits of an option's type select the action. */
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
				/* Pad1 in front, PadN in the remaining bytes */
				memset(p.data + 42, 0, 6);
				p.data[at] = type;
				if (type >= 0x40 && !known) {
					want.reason = DVR_DROP_BAD_OPTION;
					want.h.complain =
						type >> 6 == 2 ||
						(type >> 6 == 3 && !multicast);
				}
				packet_expect_whole(test, &p, p.len, &want);
			}
		}
	}
}

static const struct options6 {
	const char *name;
	enum dvr_drop reason;
	u8 opt[6];
	u8 pointer;		/* 0 for no error */
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
	packet_expect_all(test, &p, &want);
}

static void parse_test_padding_sum6(struct kunit *test)
{
	struct packet p;

	make6(&p, (const u8 []) { DST, END }, IPPROTO_UDP);
	packet_expect_sum(test, &p);
}

static struct kunit_case parse6_cases[] = {
	KUNIT_CASE_PARAM(parse_test_cut6, stack6_gen_params),
	KUNIT_CASE_PARAM(parse_test_length6, stack6_gen_params),
	KUNIT_CASE_PARAM(parse_test_options6, options6_gen_params),
	KUNIT_CASE(parse_test_option_types6),
	KUNIT_CASE(parse_test_version6),
	KUNIT_CASE(parse_test_fragments6),
	KUNIT_CASE(parse_test_padding_sum6),
	{}
};

struct kunit_suite dvr_parse6_suite = {
	.name = "dvr_parse6",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = parse6_cases,
};
