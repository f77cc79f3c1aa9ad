// SPDX-License-Identifier: GPL-2.0-only
/* What a message means for a learned neighbour: decisions, no state. */
#include "lib/dvr_test.h"
#include "lib/nud.h"

/**
 * dvr_nud_seen() - what a message means for an entry (RFC 4861 7.2.5)
 * @state: state of the entry, &enum dvr_neigh_state
 * @mac: its MAC, see dvr_mac(); 0 while unknown
 * @seen: what the message told
 *
 * The table of the RFC fits ARP as well: replies to us are solicited, and all
 * of ARP overrides.
 *
 * Return: what becomes of the entry.
 */
struct dvr_nud dvr_nud_seen(u8 state, u64 mac, const struct dvr_seen *seen)
{
	struct dvr_nud nud = { .state = state };
	bool other = seen->mac && seen->mac != mac;

	/* Without a MAC there is nothing to complete. */
	if (!mac && !seen->mac)
		return nud;
	/* Somebody else speaks for it: doubt, but keep what is known. */
	if (mac && other && !seen->override) {
		if (state == DVR_NEIGH_STATE_REACHABLE)
			nud.state = DVR_NEIGH_STATE_STALE;
		return nud;
	}
	nud.take_mac = other;
	nud.confirmed = seen->solicited;
	if (seen->solicited)
		nud.state = DVR_NEIGH_STATE_REACHABLE;
	else if (other)
		nud.state = DVR_NEIGH_STATE_STALE;
	return nud;
}

DVR_EXPORT_FOR_TEST(dvr_nud_seen);
