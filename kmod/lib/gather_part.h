/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_GATHER_PART_H
#define _DVR_GATHER_PART_H

#include "lib/parse.h"

/**
 * struct dvr_part - a fragment, as its headers tell
 * @id: identification; IPv4 has 16 bits of it
 * @offset: place of its payload in the packet's, bytes
 * @end: where it ends
 * @len: all of the fragment, bytes, no more than 65535
 * @pull: what is in front of the payload
 * @hlen: what of that the whole packet has too, without the fragment header
 * @nhoff: place of the byte that announces the fragment header, from the network
 *	header
 * @ecn: ECN codepoint
 * @more: it is not the last
 * @df: IPv4: it may not be fragmented further
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
