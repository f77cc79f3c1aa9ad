// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages about multicast groups: each kind, messages that are malformed, and
 * messages that are cut at each byte.
 */
#include <linux/icmpv6.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "lib/groupmsg.h"
#include "suites.h"

#define L4		40	/* room for either header */
#define G4		"\xef\x01\x02\x03"
#define G6		"\xff\x05" NO4 NO4 NO4 "\x00\x03"
#define H4		"\xc0\x00\x02\x01"
#define S6		"\x20\x01\x0d\xb8" NO4 NO4 "\x00\x00\x00\x09"
#define NO4		"\x00\x00\x00\x00"
#define NO6		"\x00\x00\x00\x00\x00\x00\x00\x00" NO4 NO4

static const struct msg {
	const char *name;
	bool v6;
	u8 type;
	u8 len;
	u8 joins;
	u8 leaves;
	u8 robust;
	u32 resp;
	u32 interval;
	u8 hops;		/* 0 for 1 */
	bool global;		/* from a global address */
	bool apart;		/* to a group, not to all machines */
	bool pim;
	bool frag;
	bool bad_sum;
	u8 bytes[80];
} msgs[] = {
	{ "IGMPv1 query", .type = DVR_GM_QUERY, .len = 8, .resp = 10000,
	  .bytes = "\x11\x00\x00\x00" NO4 },
	{ "IGMPv2 query", .type = DVR_GM_QUERY, .len = 8, .resp = 25500,
	  .bytes = "\x11\xff\x00\x00" G4 },
	{ "IGMPv2 query of all groups, to one", .len = 8, .apart = true,
	  .bytes = "\x11\xff\x00\x00" NO4 },
	{ "IGMPv2 query of a group, to it", .type = DVR_GM_QUERY, .len = 8,
	  .resp = 25500, .apart = true,
	  .bytes = "\x11\xff\x00\x00" G4 },
	{ "IGMPv3 query", .type = DVR_GM_QUERY, .len = 12, .resp = 12800,
	  .robust = 2, .interval = 125,
	  .bytes = "\x11\x80\x00\x00" NO4 "\x0a\x7d\x00\x00" },
	{ "IGMPv3 query, longest times", .type = DVR_GM_QUERY, .len = 12,
	  .resp = 3174400, .robust = 7, .interval = 31744,
	  .bytes = "\x11\xff\x00\x00" NO4 "\x07\xff\x00\x00" },
	{ "IGMP query of a unicast address", .len = 8,
	  .bytes = "\x11\x01\x00\x00" H4 },
	{ "IGMPv1 report", .type = DVR_GM_REPORT, .len = 8, .joins = 1,
	  .bytes = "\x12\x00\x00\x00" G4 },
	{ "IGMPv2 report", .type = DVR_GM_REPORT, .len = 8, .joins = 1,
	  .bytes = "\x16\x00\x00\x00" G4 },
	{ "IGMPv2 report, in a fragment", .len = 8, .frag = true,
	  .bytes = "\x16\x00\x00\x00" G4 },
	{ "IGMPv2 report, wrong checksum", .len = 8, .bad_sum = true,
	  .bytes = "\x16\x00\x00\x00" G4 },
	{ "IGMPv2 report of a unicast address", .len = 8,
	  .bytes = "\x16\x00\x00\x00" H4 },
	{ "IGMPv2 leave", .type = DVR_GM_REPORT, .len = 8, .leaves = 1,
	  .bytes = "\x17\x00\x00\x00" G4 },
	{ "IGMPv3 report of nothing", .type = DVR_GM_REPORT, .len = 8,
	  .bytes = "\x22" },
	{ "IGMPv3 report of each kind", .type = DVR_GM_REPORT, .len = 72,
	  .joins = 3, .leaves = 1,
	  .bytes = "\x22\x00\x00\x00\x00\x00\x00\x06\x01\x00\x00\x00" G4
		   "\x02\x01\x00\x00" G4 "\x09\x09\x09\x09\x03\x00\x00\x00"
		   G4 "\x04\x00\x00\x01" G4 H4 "\x05\x00\x00\x01" G4 H4
		   "\x06\x00\x00\x01" G4 H4 },
	{ "IGMPv3 report, more records than there are", .len = 16,
	  .bytes = "\x22\x00\x00\x00\x00\x00\x00\x02\x04\x00\x00\x00" G4 },
	{ "IGMPv3 report, more sources than there are", .len = 20,
	  .bytes = "\x22\x00\x00\x00\x00\x00\x00\x01\x04\x00\x00\x02" G4 H4 },
	{ "IGMPv3 report, very many sources", .len = 16,
	  .bytes = "\x22\x00\x00\x00\x00\x00\x00\x01\x04\x00\xff\xff" G4 },
	{ "IGMPv3 report, long auxiliary data", .len = 16,
	  .bytes = "\x22\x00\x00\x00\x00\x00\x00\x01\x04\xff\x00\x00" G4 },
	{ "IGMPv3 report of a unicast address", .len = 16,
	  .bytes = "\x22\x00\x00\x00\x00\x00\x00\x01\x04\x00\x00\x00" H4 },
	{ "IGMP MRD", .type = DVR_GM_ROUTER, .len = 8, .bytes = "\x30" },
	{ "IGMP of another type", .len = 8, .bytes = "\x99" },
	{ "PIM hello", .type = DVR_GM_ROUTER, .len = 4, .pim = true,
	  .bytes = "\x20" },
	{ "PIM register", .len = 4, .pim = true, .bytes = "\x21" },
	{ "MLDv1 query", true, .type = DVR_GM_QUERY, .len = 24, .resp = 1000,
	  .bytes = "\x82\x00\x00\x00\x03\xe8\x00\x00" NO6 },
	{ "MLDv1 query of all groups, to one", true, .len = 24, .apart = true,
	  .bytes = "\x82\x00\x00\x00\x03\xe8\x00\x00" NO6 },
	{ "MLDv2 query", true, .type = DVR_GM_QUERY, .len = 28,
	  .resp = 32768, .robust = 3, .interval = 20,
	  .bytes = "\x82\x00\x00\x00\x80\x00\x00\x00" G6 "\x03\x14\x00\x00" },
	{ "MLDv2 query, longest times", true, .type = DVR_GM_QUERY, .len = 28,
	  .resp = 8387584, .robust = 7, .interval = 31744,
	  .bytes = "\x82\x00\x00\x00\xff\xff\x00\x00" NO6 "\x07\xff\x00\x00" },
	{ "MLDv2 query from a global address", true, .len = 28, .global = true,
	  .bytes = "\x82\x00\x00\x00\x00\x01\x00\x00" NO6 "\x03\x14\x00\x00" },
	{ "MLDv1 report", true, .type = DVR_GM_REPORT, .len = 24, .joins = 1,
	  .bytes = "\x83\x00\x00\x00\x00\x00\x00\x00" G6 },
	{ "MLDv1 report from elsewhere", true, .len = 24, .hops = 2,
	  .bytes = "\x83\x00\x00\x00\x00\x00\x00\x00" G6 },
	{ "MLDv1 report, wrong checksum", true, .len = 24, .bad_sum = true,
	  .bytes = "\x83\x00\x00\x00\x00\x00\x00\x00" G6 },
	{ "MLDv1 done", true, .type = DVR_GM_REPORT, .len = 24, .leaves = 1,
	  .bytes = "\x84\x00\x00\x00\x00\x00\x00\x00" G6 },
	{ "MLDv2 report", true, .type = DVR_GM_REPORT, .len = 64, .joins = 1,
	  .leaves = 1,
	  .bytes = "\x8f\x00\x00\x00\x00\x00\x00\x02\x03\x00\x00\x00" G6
		   "\x03\x00\x00\x01" G6 S6 },
	{ "MLDv2 report, more sources than there are", true, .len = 44,
	  .bytes = "\x8f\x00\x00\x00\x00\x00\x00\x01\x04\x00\x00\x02" G6 S6 },
	{ "MLD MRD", true, .type = DVR_GM_ROUTER, .len = 8,
	  .bytes = "\x97" },
};

static void msg_name(const struct msg *m, char *desc)
{
	strscpy(desc, m->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(msgs, msgs, msg_name);

/* The first @len bytes of a message in a packet, with a checksum of their own. */
static struct sk_buff *msg_skb(struct kunit *test, const struct msg *m,
			       unsigned int len)
{
	struct sk_buff *skb = alloc_skb(L4 + 80, GFP_KERNEL);
	struct ipv6hdr *ip6h;
	__sum16 sum;
	u8 *body;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reset_network_header(skb);
	ip6h = skb_put_zero(skb, L4);
	body = skb_put_data(skb, m->bytes, len);
	if (m->v6) {
		ip6h->hop_limit = m->hops ?: 1;
		ip6h->saddr.s6_addr[0] = m->global ? 0x20 : 0xfe;
		ip6h->saddr.s6_addr[1] = m->global ? 0x01 : 0x80;
		ip6h->daddr.s6_addr[0] = 0xff;
		ip6h->daddr.s6_addr[1] = 0x02;
		ip6h->daddr.s6_addr[15] = m->apart ? 3 : 1;
		sum = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
				      IPPROTO_ICMPV6,
				      csum_partial(body, len, 0));
	} else {
		ip_hdr(skb)->saddr = htonl(0xc0000201);
		ip_hdr(skb)->daddr = htonl(m->apart ? 0xef010203 :
						      INADDR_ALLHOSTS_GROUP);
		sum = ip_compute_csum(body, len);
	}
	if (m->bad_sum)
		sum ^= (__force __sum16)1;
	if (len >= 4 && !m->pim)
		memcpy(body + 2, &sum, sizeof(sum));
	return skb;
}

static void msg_read(struct kunit *test, const struct msg *m, unsigned int len,
		     struct dvr_gm *gm, u8 *joins, u8 *leaves)
{
	struct sk_buff *skb = msg_skb(test, m, len);
	const struct dvr_headers h = {
		.v4 = !m->v6,
		.l4 = L4,
		.proto = m->pim ? IPPROTO_PIM :
			 m->v6 ? IPPROTO_ICMPV6 : IPPROTO_IGMP,
		.frag = m->frag ? DVR_FRAG : 0,
		.parsed = true,
	};
	struct in6_addr group;
	bool leave;

	*joins = 0;
	*leaves = 0;
	dvr_gm_read(skb, &h, gm);
	while (gm->type == DVR_GM_REPORT && dvr_gm_next(gm, &group, &leave)) {
		*(leave ? leaves : joins) += 1;
		KUNIT_EXPECT_EQ(test, group.s6_addr[15], 3);
		KUNIT_EXPECT_EQ(test, ipv6_addr_v4mapped(&group), !m->v6);
	}
	kfree_skb(skb);
}

static void msg_test(struct kunit *test)
{
	const struct msg *m = test->param_value;
	u8 joins, leaves;
	struct dvr_gm gm;

	msg_read(test, m, m->len, &gm, &joins, &leaves);
	KUNIT_EXPECT_EQ(test, gm.type, m->type);
	KUNIT_EXPECT_EQ(test, joins, m->joins);
	KUNIT_EXPECT_EQ(test, leaves, m->leaves);
	if (gm.type != DVR_GM_QUERY)
		return;
	KUNIT_EXPECT_EQ(test, gm.resp, m->resp);
	KUNIT_EXPECT_EQ(test, gm.robust, m->robust);
	KUNIT_EXPECT_EQ(test, gm.interval, m->interval);
}

/* IGMPv3 and MLDv2 queries have those of the version before as their beginning. */
static void cut_test(struct kunit *test)
{
	const struct msg *m = test->param_value;
	unsigned int len, whole = m->v6 ? 24 : 8;
	u8 joins, leaves;
	struct dvr_gm gm;

	for (len = 0; len < m->len; len++) {
		msg_read(test, m, len, &gm, &joins, &leaves);
		if (m->pim && len)
			continue;
		if (gm.type == DVR_GM_QUERY)
			KUNIT_EXPECT_EQ(test, len, whole);
		else
			KUNIT_EXPECT_EQ_MSG(test, gm.type, DVR_GM_OTHER,
					    "%u bytes", len);
	}
}

static struct kunit_case groupmsg_cases[] = {
	KUNIT_CASE_PARAM(msg_test, msgs_gen_params),
	KUNIT_CASE_PARAM(cut_test, msgs_gen_params),
	{}
};

struct kunit_suite dvr_groupmsg_suite = {
	.name = "dvr_groupmsg",
	.test_cases = groupmsg_cases,
};
