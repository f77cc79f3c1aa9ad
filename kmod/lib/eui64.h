/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_EUI64_H
#define _DVR_EUI64_H

#include <linux/etherdevice.h>
#include <linux/in6.h>

/**
 * dvr_eui64_linklocal() - make the link-local address of a MAC
 * @ip: set to fe80::/64 with the modified EUI-64 identifier (RFC 4291 2.5.1)
 * @mac: see dvr_mac()
 */
static inline void dvr_eui64_linklocal(struct in6_addr *ip, u64 mac)
{
	u8 b[ETH_ALEN];

	u64_to_ether_addr(mac, b);
	*ip = (struct in6_addr) { .s6_addr = {
		0xfe, 0x80, 0, 0, 0, 0, 0, 0,
		b[0] ^ 2, b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5],
	} };
}

#endif /* _DVR_EUI64_H */
