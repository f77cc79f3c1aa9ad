/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_WIRE_H
#define _DVR_WIRE_H

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/unaligned.h>

#include "lib/dvr.h"

/**
 * struct dvr_arp - ARP for IPv4 over Ethernet (RFC 826)
 * @hdr: fixed part
 * @sender_mac: sender hardware address
 * @sender_ip: sender protocol address
 * @target_mac: target hardware address
 * @target_ip: target protocol address
 */
struct dvr_arp {
	struct arphdr hdr;
	u8 sender_mac[ETH_ALEN];
	__be32 sender_ip;
	u8 target_mac[ETH_ALEN];
	__be32 target_ip;
} __packed;

/**
 * dvr_wire_mac() - convert a MAC address at any alignment to a number
 * @addr: 6 bytes
 *
 * Return: see dvr_mac().
 */
static inline u64 dvr_wire_mac(const u8 *addr)
{
	return (u64)get_unaligned_be32(addr) << 16 |
	       get_unaligned_be16(addr + 4);
}

/**
 * dvr_arp_valid() - check an ARP request or reply
 * @arp: whole message
 *
 * Return: true if hardware and protocol types and lengths are those of Ethernet
 *	and IPv4, and the sender MAC is unicast and not zero.
 */
static inline bool dvr_arp_valid(const struct dvr_arp *arp)
{
	return arp->hdr.ar_hrd == htons(ARPHRD_ETHER) &&
	       arp->hdr.ar_pro == htons(ETH_P_IP) &&
	       arp->hdr.ar_hln == ETH_ALEN && arp->hdr.ar_pln == 4 &&
	       (arp->hdr.ar_op == htons(ARPOP_REQUEST) ||
		arp->hdr.ar_op == htons(ARPOP_REPLY)) &&
	       is_valid_ether_addr(arp->sender_mac);
}

#endif /* _DVR_WIRE_H */
