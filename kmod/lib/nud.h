/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NUD_H
#define _DVR_NUD_H

#include "lib/dvr.h"

/**
 * struct dvr_seen - facts about a neighbour from a message
 * @mac: MAC of the neighbour, see dvr_mac(); 0 if the message has none
 * @solicited: the message answers a request, so the neighbour is reachable
 * @override: @mac replaces another MAC
 * @create_for: leg for which a missing entry is made; or NULL
 */
struct dvr_seen {
	u64 mac;
	bool solicited;
	bool override;
	struct dvr_iface *create_for;
};

/**
 * struct dvr_nud - change of a neighbour entry
 * @state: new &enum dvr_neigh_state; may be the old state
 * @take_mac: the entry gets the MAC of the message
 * @confirmed: the neighbour is reachable
 */
struct dvr_nud {
	u8 state;
	bool take_mac;
	bool confirmed;
};

struct dvr_nud dvr_nud_seen(u8 state, u64 mac, const struct dvr_seen *seen);

#endif /* _DVR_NUD_H */
