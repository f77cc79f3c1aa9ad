/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NATMATCH_H
#define _DVR_NATMATCH_H

#include "lib/dvr.h"

struct dvr_iface;
struct dvr_nat;
struct dvr_nataddr;
struct dvr_natrule;

struct dvr_natrule *dvr_natrule_match(const struct dvr_nat *nat,
				      const struct dvr_iface *out,
				      const struct in6_addr *src,
				      const struct in6_addr *dst,
				      bool *is_host);
bool dvr_natrule_covers(const struct dvr_nat *nat, const struct in6_addr *src);
struct dvr_natrule *dvr_natrule_forward(const struct dvr_nataddr *addr,
					u8 proto, __be16 port);
struct dvr_nataddr *dvr_natrule_pool_addr(const struct dvr_natrule *rule,
					  const struct in6_addr *inside);

#endif /* _DVR_NATMATCH_H */
