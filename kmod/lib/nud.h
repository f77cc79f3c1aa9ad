/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NUD_H
#define _DVR_NUD_H

#include "lib/dvr.h"

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

/**
 * struct dvr_nud - what becomes of an entry
 * @state: &enum dvr_neigh_state, the same when nothing changes
 * @take_mac: the entry gets the MAC of the message
 * @confirmed: the neighbour proved reachable
 */
struct dvr_nud {
	u8 state;
	bool take_mac;
	bool confirmed;
};

struct dvr_nud dvr_nud_seen(u8 state, u64 mac, const struct dvr_seen *seen);

#endif /* _DVR_NUD_H */
