/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_RESOLVE_H
#define _DVR_RESOLVE_H

#include "neigh.h"

/**
 * struct dvr_seen - what a message told of a neighbour
 * @mac: its MAC, see dvr_mac(); 0 if the message did not tell it
 * @solicited: it answers a question of ours, so the neighbour is reachable
 * @override: @mac replaces another one
 * @create_for: make an entry if there is none, for this leg; or NULL
 */
struct dvr_seen {
	u64 mac;
	bool solicited;
	bool override;
	struct dvr_iface *create_for;
};

enum dvr_drop dvr_resolve(struct dvr_iface *out, const struct in6_addr *ip,
			  struct sk_buff *skb, bool local);
void dvr_resolve_used(struct dvr_neigh *n);
void dvr_resolve_seen(struct dvr_segment *seg, const struct in6_addr *ip,
		      const struct dvr_seen *seen);

#endif /* _DVR_RESOLVE_H */
