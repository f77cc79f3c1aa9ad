/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_RAMSG_H
#define _DVR_RAMSG_H

#include <uapi/linux/dvr.h>

#include "lib/prefix.h"

/* A message fits into the least MTU of IPv6, less the IPv6 header. */
#define DVR_RA_SIZE_MAX		(IPV6_MIN_MTU - sizeof(struct ipv6hdr))

/* Interface identifiers of Ethernet have 64 bits (RFC 4862 5.5.3, RFC 2464 4). */
#define DVR_RA_AUTONOMOUS_LEN	64

/*
 * The names of the search list together, as in the message, bytes. A dump of legs
 * begins with a buffer of NLMSG_GOODSIZE bytes, into which the largest leg has to fit.
 */
#define DVR_RA_DNSSL_MAX	256

/**
 * struct dvr_ra_prefix - a prefix of router advertisements
 * @ip: prefix, host bits zero
 * @valid: valid lifetime, seconds; U32_MAX for no end
 * @preferred: preferred lifetime, seconds
 * @len: length, bits
 * @on_link: flag L
 * @autonomous: flag A
 */
struct dvr_ra_prefix {
	struct in6_addr ip;
	u32 valid;
	u32 preferred;
	u8 len;
	u8 on_link;
	u8 autonomous;
};

/**
 * struct dvr_ra_cfg - configuration of router advertisements
 * @on: advertisements are sent
 * @managed: flag M
 * @other: flag O
 * @mtu: the message has the MTU of the segment
 * @preference: &enum dvr_ra_preference
 * @n_prefixes: prefixes in @prefix; if 0, those of the leg are advertised
 * @n_servers: addresses in @server
 * @dnssl_len: bytes of @dnssl
 * @lifetime: router lifetime, seconds
 * @interval: MaxRtrAdvInterval (RFC 4861 6.2.1), seconds
 * @prefix: prefixes
 * @server: recursive DNS servers
 * @dnssl: DNS search list, names as in the message (RFC 1035 3.1)
 *
 * Two configurations are compared as memory, so padding and what is not used are
 * zero.
 */
struct dvr_ra_cfg {
	u8 on;
	u8 managed;
	u8 other;
	u8 mtu;
	u8 preference;
	u8 n_prefixes;
	u8 n_servers;
	u16 dnssl_len;
	u32 lifetime;
	u32 interval;
	struct dvr_ra_prefix prefix[DVR_RA_PREFIXES_MAX];
	struct in6_addr server[DVR_RA_SERVERS_MAX];
	u8 dnssl[DVR_RA_DNSSL_MAX];
};

/**
 * struct dvr_ra_leg - what a message has from the leg and its segment
 * @addr: addresses of the leg
 * @n: number of addresses
 * @hw: MAC of the leg
 * @mtu: MTU of the segment, bytes
 */
struct dvr_ra_leg {
	const struct dvr_prefix *addr;
	unsigned int n;
	const u8 *hw;
	u32 mtu;
};

void dvr_ra_cfg_init(struct dvr_ra_cfg *ra);
bool dvr_ra_cfg_usual(const struct dvr_ra_cfg *ra);
int dvr_ra_add_domain(struct dvr_ra_cfg *ra, const char *name);
unsigned int dvr_ra_domain(const struct dvr_ra_cfg *ra, unsigned int at,
			   char *name);
unsigned int dvr_ra_size(const struct dvr_ra_cfg *ra,
			 const struct dvr_ra_leg *leg);
void dvr_ra_write(u8 *msg, const struct dvr_ra_cfg *ra,
		  const struct dvr_ra_leg *leg, bool final);

#endif /* _DVR_RAMSG_H */
