// SPDX-License-Identifier: GPL-2.0-only
/* State changes of learned neighbour entries. */
#include "lib/dvr_test.h"
#include "lib/nud.h"

/**
 * dvr_nud_seen() - decide how a message changes an entry (RFC 4861 7.2.5)
 * @state: state of the entry, &enum dvr_neigh_state
 * @mac: MAC of the entry, see dvr_mac(); 0 while unknown
 * @seen: facts from the message
 *
 * The table of the RFC fits ARP as well: replies to the router are solicited,
 * and all ARP messages override.
 *
 * Return: the change of the entry.
 */
struct dvr_nud dvr_nud_seen(u8 state, u64 mac, const struct dvr_seen *seen)
{
	struct dvr_nud nud = { .state = state };
	bool other = seen->mac && seen->mac != mac;

	/* Without a MAC, the entry stays incomplete. */
	if (!mac && !seen->mac)
		return nud;
	/* A message with another MAC does not override: doubt the old MAC. */
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
