/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_REST_H
#define _DVR_REST_H

#include "lib/dvr.h"

struct dvr_binding;
struct dvr_nat;
struct dvr_nataddr;
struct dvr_natrule;

void dvr_rest_start(struct dvr_nat *nat);
void dvr_rest_stop(struct dvr_nat *nat);
bool dvr_rest_begin(struct dvr_nat *nat, struct dvr_binding *b);
void dvr_rest_end(struct dvr_nat *nat, struct dvr_binding *b);
struct dvr_binding *dvr_rest_pick(const struct dvr_nat *nat,
				  const struct dvr_nataddr *addr,
				  const struct dvr_natrule *rule, u8 proto,
				  const struct in6_addr *inside, __be16 port);
void dvr_rest_leave_addr(struct dvr_nat *nat, struct dvr_nataddr *addr);

#endif /* _DVR_REST_H */
