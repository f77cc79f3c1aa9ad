/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_GATHER_PART_H
#define _DVR_GATHER_PART_H

#include "lib/parse.h"

/**
 * struct dvr_part - fields of a fragment's headers
 * @id: identification; IPv4 uses 16 bits
 * @offset: offset of the fragment's payload in the packet's payload, bytes
 * @end: end of the fragment's payload in the packet's payload, bytes
 * @len: length of the fragment, bytes, at most 65535
 * @pull: length of the headers in front of the payload, bytes
 * @hlen: length of these headers without the fragment header, bytes
 * @nhoff: offset of the next header field that announces the fragment header,
 *	from the network header
 * @ecn: ECN codepoint
 * @more: the fragment is not the last
 * @df: IPv4: the fragment may not be fragmented further
 */
struct dvr_part {
	__be32 id;
	unsigned int offset;
	unsigned int end;
	u16 len;
	u16 pull;
	u16 hlen;
	u16 nhoff;
	u8 ecn;
	bool more;
	bool df;
};

enum dvr_drop dvr_part_read(struct sk_buff *skb, const struct dvr_headers *h,
			    struct dvr_part *part);
unsigned int dvr_part_nhoff6(const struct sk_buff *skb, unsigned int off);
bool dvr_part_fits(unsigned int hlen, unsigned int payload, bool v4);
void dvr_part_pull(struct sk_buff *skb, const struct dvr_part *part, bool v4);
void dvr_part_strip6(struct sk_buff *skb, unsigned int nhoff);
void dvr_part_header4(struct sk_buff *skb, u8 ecn);
void dvr_part_header6(struct sk_buff *skb, unsigned int hlen, u8 ecn);

#endif /* _DVR_GATHER_PART_H */
