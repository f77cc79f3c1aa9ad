/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_GROUPMSG_H
#define _DVR_GROUPMSG_H

#include <linux/in6.h>

#include "lib/parse.h"

/* What a packet is to a switch that follows multicast groups (RFC 4541 2.1). */
enum dvr_gm_type {
	DVR_GM_OTHER,	/* none of these, or malformed */
	DVR_GM_QUERY,	/* IGMP or MLD: a router asks for members */
	DVR_GM_REPORT,	/* IGMP or MLD: a machine joins or leaves groups */
	DVR_GM_ROUTER,	/* PIM or MRD (RFC 4286): a router is there */
};

/**
 * struct dvr_gm - a message about multicast groups
 * @type: &enum dvr_gm_type
 * @v4: IGMP, else MLD
 * @resp: of a query, the time in which machines answer, ms
 * @interval: of a query, the time between two of its router, s; 0 if the version of
 *	the message has none
 * @robust: of a query, the queries that may be lost, plus one; 0 likewise
 * @general: of a query, about all groups
 * @known: the querier has an address (RFC 4541 2.1.1)
 * @left: records that dvr_gm_next() has not returned
 * @at: where they begin
 * @group: of a report of one group
 * @leave: this one is left
 *
 * Addresses of IPv4 are v4-mapped.
 */
struct dvr_gm {
	u8 type;
	bool v4;
	bool general;
	bool known;
	bool leave;
	u8 robust;
	u16 left;
	u32 resp;
	u32 interval;
	const u8 *at;
	struct in6_addr group;
};

void dvr_gm_read(struct sk_buff *skb, const struct dvr_headers *h,
		 struct dvr_gm *gm);
bool dvr_gm_next(struct dvr_gm *gm, struct in6_addr *group, bool *leave);

#endif /* _DVR_GROUPMSG_H */
