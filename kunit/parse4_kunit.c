// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv4 headers of all kinds, cut at each byte, in one piece of memory and in
 * several.
 */
#include "parse_rig.h"

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
	packet_put(p, &iph, sizeof(iph));
	packet_put(p, opt, optlen);
	packet_put_l4(p);
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
		packet_expect_whole(test, &p, len, &truncated);
	packet_expect_split(test, &p, len / 2, &truncated);
	packet_expect_split(test, &p, len - 1, &truncated);
	packet_expect_all(test, &p, &want);
	/* now with the length in the header */
	for (len = 0; len <= p.len; len++) {
		((struct iphdr *)p.data)->tot_len = htons(len);
		sum4(&p);
		packet_expect(test, &p, len, len < want.h.l4 ? &truncated : &want);
	}
}

/* Each total length; padding is cut off. */
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
		packet_expect_whole(test, &p, p.len, &want);
	}
	/* the length in an offloaded packet is 0 */
	((struct iphdr *)p.data)->tot_len = 0;
	sum4(&p);
	p.gso = true;
	packet_expect_all(test, &p, &(struct want) {
		.h = { .l4 = HLEN4 + stack->optlen, .proto = stack->proto },
	});
}

/* A header with any bit flipped is refused. */
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
			packet_expect_whole(test, &p, p.len, &want);
		else
			KUNIT_EXPECT_NE(test, DVR_OK,
					dvr_parse4(packet_whole(test, &p), &h));
		p.data[bit / 8] ^= 1 << bit % 8;
	}
}

/* Each first byte, version and header length, with a correct checksum. */
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
		packet_expect_whole(test, &p, p.len, &want);
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
	packet_expect_all(test, &p, &want);
}

/* All 64k values of flags and offset. */
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
		packet_expect_once(test, &p, &want);
	}
}

static void parse_test_padding_sum4(struct kunit *test)
{
	struct packet p;

	make4(&p, NULL, 0, IPPROTO_UDP);
	packet_expect_sum(test, &p);
}

static struct kunit_case parse4_cases[] = {
	KUNIT_CASE_PARAM(parse_test_cut4, stack4_gen_params),
	KUNIT_CASE_PARAM(parse_test_length4, stack4_gen_params),
	KUNIT_CASE_PARAM(parse_test_checksum4, stack4_gen_params),
	KUNIT_CASE_PARAM(parse_test_options4, options4_gen_params),
	KUNIT_CASE(parse_test_version4),
	KUNIT_CASE(parse_test_fragments4),
	KUNIT_CASE(parse_test_padding_sum4),
	{}
};

struct kunit_suite dvr_parse4_suite = {
	.name = "dvr_parse4",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = parse4_cases,
};
