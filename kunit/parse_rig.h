/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet to parse, and the expected result for each layout in memory, in one
 * piece and in several. The bytes behind the packet vary and have no effect.
 */
#ifndef DVR_KUNIT_PARSE_RIG_H
#define DVR_KUNIT_PARSE_RIG_H

#include <net/ip.h>
#include <net/ipv6.h>

#include "lib/parse.h"
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
	unsigned int len;	/* length without padding; 0 for all */
};

/* Init and exit of a suite. */
int packet_init(struct kunit *test);
void packet_exit(struct kunit *test);

void packet_put(struct packet *p, const void *bytes, unsigned int len);
void packet_put_l4(struct packet *p);
struct sk_buff *packet_whole(struct kunit *test, const struct packet *p);
void packet_expect_once(struct kunit *test, const struct packet *p,
			const struct want *want);
void packet_expect_whole(struct kunit *test, const struct packet *p,
			 unsigned int len, const struct want *want);
void packet_expect_split(struct kunit *test, const struct packet *p,
			 unsigned int len, const struct want *want);
void packet_expect(struct kunit *test, const struct packet *p,
		   unsigned int len, const struct want *want);
void packet_expect_all(struct kunit *test, const struct packet *p,
		       const struct want *want);
void packet_expect_sum(struct kunit *test, struct packet *p);

#endif /* DVR_KUNIT_PARSE_RIG_H */
