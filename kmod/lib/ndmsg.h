/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NDMSG_H
#define _DVR_NDMSG_H

#include <linux/in6.h>

#include "lib/parse.h"

#define DVR_ND_HOP_LIMIT 255	/* no router has forwarded the packet */

/**
 * struct dvr_nd - a valid neighbour discovery message
 * @target: target of a neighbour solicitation or advertisement
 * @lladdr: source link-layer option of a solicitation, target option of an
 *	advertisement, see dvr_mac(); 0 without the option
 * @type: ICMPv6 type, 133 to 137
 * @solicited: flag of an advertisement
 * @override: flag of an advertisement
 */
struct dvr_nd {
	struct in6_addr target;
	u64 lladdr;
	u8 type;
	bool solicited;
	bool override;
};

enum dvr_drop dvr_nd_read(struct sk_buff *skb, const struct dvr_headers *h,
			  struct dvr_nd *nd);

#endif /* _DVR_NDMSG_H */
