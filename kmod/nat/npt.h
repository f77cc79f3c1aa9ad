/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NPT_H
#define _DVR_NPT_H

#include "model/pkt.h"

struct dvr_nat;
struct dvr_natrule;

void dvr_npt_publish(struct dvr_natrule *rule);
void dvr_npt_unpublish(struct dvr_natrule *rule);
bool dvr_npt_covers(const struct dvr_nat *nat, const struct dvr_iface *out,
		    const struct in6_addr *inside);
enum dvr_drop dvr_npt_in(const struct dvr_nat *nat, struct dvr_pkt *p);
enum dvr_drop dvr_npt_out(const struct dvr_nat *nat, struct dvr_pkt *p,
			  const struct dvr_iface *out,
			  const struct in6_addr *inside);
bool dvr_npt_map(struct in6_addr *ip, const struct dvr_prefix *from,
		 const struct dvr_prefix *to);

#endif /* _DVR_NPT_H */
