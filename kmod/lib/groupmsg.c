// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages about multicast groups: IGMPv1 to v3 (RFC 1112, 2236, 3376), MLDv1 and
 * v2 (RFC 2710, 3810), and what multicast routers send (PIM, RFC 4286).
 */
#include <linux/icmpv6.h>
#include <linux/igmp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/mld.h>

#include "lib/dvr_test.h"
#include "lib/groupmsg.h"

#define IGMP_MRD		0x30	/* RFC 4286: advertisement */
#define ICMP6_MRD		151
#define PIM_HELLO		0x20	/* version 2, type 0 */

/* Default of RFC 2236 8.3, which a message of IGMPv1 means. */
#define RESP_DEFAULT		10000	/* ms */

/* Records of one group in a report (RFC 3376 4.2.12, RFC 3810 5.2.12). */
enum { IS_IN = 1, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK };

#define RECORD_HEAD		4	/* type, length of the rest, sources */

static unsigned int gm_addr_len(const struct dvr_gm *gm)
{
	return gm->v4 ? 4 : 16;
}

static void gm_addr(const struct dvr_gm *gm, const u8 *at, struct in6_addr *ip)
{
	if (gm->v4)
		ipv6_addr_set_v4mapped(get_unaligned((const __be32 *)at), ip);
	else
		memcpy(ip, at, sizeof(*ip));
}

static bool gm_is_multicast(const struct dvr_gm *gm, const u8 *at)
{
	return gm->v4 ? (at[0] & 0xf0) == 0xe0 : at[0] == 0xff;
}

/* RFC 3376 4.1.1: a number with a mantissa of 4 bits and an exponent of 3. */
static u32 gm_code8(u8 code)
{
	return code < 0x80 ? code : ((code & 15) | 16) << (((code >> 4) & 7) + 3);
}

/* RFC 3810 5.1.3: a mantissa of 12 bits. */
static u32 gm_code16(u16 code)
{
	return code < 0x8000 ? code :
	       ((code & 0xfff) | 0x1000) << (((code >> 12) & 7) + 3);
}

/* The records of a report are within the message, and each is of a group. */
static void gm_read_records(struct dvr_gm *gm, const u8 *msg, unsigned int len)
{
	unsigned int size = gm_addr_len(gm), at = 8, n, need;

	if (len < at)
		return;
	n = get_unaligned_be16(msg + 6);
	gm->left = n;
	gm->at = msg + at;
	while (n--) {
		if (len - at < RECORD_HEAD + size)
			return;
		need = RECORD_HEAD + size + msg[at + 1] * 4 +
		       get_unaligned_be16(msg + at + 2) * size;
		if (len - at < need ||
		    !gm_is_multicast(gm, msg + at + RECORD_HEAD))
			return;
		at += need;
	}
	gm->type = DVR_GM_REPORT;
}

static void gm_read_one(struct dvr_gm *gm, const u8 *group, bool leave)
{
	if (!gm_is_multicast(gm, group))
		return;
	gm_addr(gm, group, &gm->group);
	gm->leave = leave;
	gm->at = NULL;
	gm->left = 1;
	gm->type = DVR_GM_REPORT;
}

/*
 * A query about all groups that is not sent to all machines is malformed: those that
 * do not get it do not answer (RFC 3376 4.1.12, RFC 3810 5.1.15).
 * @more: where version 3 of IGMP or 2 of MLD has its fields.
 * @to_all: the query is sent to all machines
 */
static void gm_read_query(struct dvr_gm *gm, const u8 *group, const u8 *more,
			  u32 resp, bool to_all)
{
	gm_addr(gm, group, &gm->group);
	gm->general = gm->v4 ? !get_unaligned((const __be32 *)group) :
			       ipv6_addr_any(&gm->group);
	if (gm->general ? !to_all : !gm_is_multicast(gm, group))
		return;
	gm->resp = resp;
	if (more) {
		gm->robust = more[0] & 7;
		gm->interval = gm_code8(more[1]);
	}
	gm->type = DVR_GM_QUERY;
}

static void gm_read_igmp(struct dvr_gm *gm, const struct iphdr *iph,
			 const u8 *msg, unsigned int len)
{
	u32 resp;

	if (len < 8)
		return;
	switch (msg[0]) {
	case IGMP_HOST_MEMBERSHIP_QUERY:
		if (len > 8 && len < 12)
			return;
		resp = len > 8 ? gm_code8(msg[1]) * 100 : msg[1] * 100;
		gm->known = iph->saddr;
		gm_read_query(gm, msg + 4, len > 8 ? msg + 8 : NULL,
			      resp ?: RESP_DEFAULT,
			      iph->daddr == htonl(INADDR_ALLHOSTS_GROUP));
		break;
	case IGMP_HOST_MEMBERSHIP_REPORT:
	case IGMPV2_HOST_MEMBERSHIP_REPORT:
		gm_read_one(gm, msg + 4, false);
		break;
	case IGMP_HOST_LEAVE_MESSAGE:
		gm_read_one(gm, msg + 4, true);
		break;
	case IGMPV3_HOST_MEMBERSHIP_REPORT:
		gm_read_records(gm, msg, len);
		break;
	case IGMP_MRD:
		gm->type = DVR_GM_ROUTER;
		break;
	}
}

static void gm_read_mld(struct dvr_gm *gm, const struct ipv6hdr *ip6h,
			const u8 *msg, unsigned int len)
{
	if (len < sizeof(struct icmp6hdr) || ip6h->hop_limit != 1)
		return;
	switch (msg[0]) {
	case ICMPV6_MGM_QUERY:
		if (len < 24 || (len > 24 && len < 28))
			return;
		gm->known = true;
		gm_read_query(gm, msg + 8, len > 24 ? msg + 24 : NULL,
			      gm_code16(get_unaligned_be16(msg + 4)),
			      ipv6_addr_is_ll_all_nodes(&ip6h->daddr));
		break;
	case ICMPV6_MGM_REPORT:
	case ICMPV6_MGM_REDUCTION:
		if (len >= 24)
			gm_read_one(gm, msg + 8,
				    msg[0] == ICMPV6_MGM_REDUCTION);
		break;
	case ICMPV6_MLD2_REPORT:
		gm_read_records(gm, msg, len);
		break;
	case ICMP6_MRD:
		gm->type = DVR_GM_ROUTER;
		break;
	}
}

static void gm_read4(struct sk_buff *skb, const struct dvr_headers *h,
		     struct dvr_gm *gm)
{
	unsigned int len = skb->len - h->l4;
	const u8 *msg;

	if (h->proto != IPPROTO_IGMP || skb_linearize(skb))
		return;
	msg = skb_network_header(skb) + h->l4;
	if (!ip_compute_csum(msg, len))
		gm_read_igmp(gm, ip_hdr(skb), msg, len);
}

/* RFC 3810 5: from a link-local address, or a report from none (5.2.13). */
static void gm_read6(struct sk_buff *skb, const struct dvr_headers *h,
		     struct dvr_gm *gm)
{
	unsigned int len = skb->len - h->l4;
	const struct ipv6hdr *ip6h;
	const u8 *msg;

	if (h->proto != IPPROTO_ICMPV6 || skb_linearize(skb))
		return;
	ip6h = ipv6_hdr(skb);
	msg = skb_network_header(skb) + h->l4;
	if (skb->ip_summed != CHECKSUM_PARTIAL &&
	    csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_ICMPV6,
			    csum_partial(msg, len, 0)))
		return;
	gm_read_mld(gm, ip6h, msg, len);
	if (ipv6_addr_type(&ip6h->saddr) & IPV6_ADDR_LINKLOCAL ||
	    (gm->type == DVR_GM_REPORT && ipv6_addr_any(&ip6h->saddr)))
		return;
	gm->type = DVR_GM_OTHER;
}

/**
 * dvr_gm_read() - read and check a message about multicast groups
 * @skb: IP packet to a multicast address, data at the network header
 * @h: its headers
 * @gm: set to the fields of the message, DVR_GM_OTHER if @skb is no such message or a
 *	malformed one
 *
 * Nothing is taken from a part of a malformed message (RFC 4541 2.1.1).
 *
 * Context: softirq. The packet is made linear.
 */
void dvr_gm_read(struct sk_buff *skb, const struct dvr_headers *h,
		 struct dvr_gm *gm)
{
	u8 type;

	memset(gm, 0, sizeof(*gm));
	gm->v4 = h->v4;
	if (h->frag || skb->len <= h->l4)
		return;
	if (h->proto == IPPROTO_PIM) {
		if (!skb_copy_bits(skb, skb_network_offset(skb) + h->l4, &type,
				   1) && type == PIM_HELLO)
			gm->type = DVR_GM_ROUTER;
	} else if (h->v4) {
		gm_read4(skb, h, gm);
	} else {
		gm_read6(skb, h, gm);
	}
}

DVR_EXPORT_FOR_TEST(dvr_gm_read);

/* What a record says of its group. Return: false if it is no news. */
static bool gm_record(const struct dvr_gm *gm, const u8 *at, bool *leave)
{
	bool sources = get_unaligned_be16(at + 2);

	*leave = false;
	switch (at[0]) {
	case IS_EX:
	case TO_EX:
		return true;
	case IS_IN:
	case ALLOW:
		return sources;
	case TO_IN:
		*leave = !sources;
		return true;
	}
	return false;
}

/**
 * dvr_gm_next() - the next group of a report
 * @gm: report, which dvr_gm_read() has found to be right
 * @group: set to the group
 * @leave: set if the machine leaves the group, else the machine is a member
 *
 * A machine that wants some sources of a group is a member of the group.
 *
 * Return: false if there is no group any more.
 */
bool dvr_gm_next(struct dvr_gm *gm, struct in6_addr *group, bool *leave)
{
	unsigned int size = gm_addr_len(gm);
	const u8 *at;

	while (gm->left) {
		gm->left--;
		at = gm->at;
		if (!at) {
			*group = gm->group;
			*leave = gm->leave;
			return true;
		}
		gm->at += RECORD_HEAD + size + at[1] * 4 +
			  get_unaligned_be16(at + 2) * size;
		gm_addr(gm, at + RECORD_HEAD, group);
		if (gm_record(gm, at, leave))
			return true;
	}
	return false;
}

DVR_EXPORT_FOR_TEST(dvr_gm_next);
