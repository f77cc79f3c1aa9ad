/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NAT_H
#define _DVR_NAT_H

#include "model/pkt.h"

struct dvr_nat;

enum dvr_drop dvr_nat_in(struct dvr_nat *nat, struct dvr_pkt *p);
enum dvr_drop dvr_nat_out(struct dvr_nat *nat, struct dvr_pkt *p,
			  struct dvr_iface *out, const struct in6_addr *next);

#endif /* _DVR_NAT_H */
