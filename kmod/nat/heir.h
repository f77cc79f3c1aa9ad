/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_HEIR_H
#define _DVR_HEIR_H

#include "lib/dvr.h"

struct dvr_binding;
struct dvr_conn;
struct dvr_natrule;

void dvr_heir_stage(struct dvr_natrule *rule, struct dvr_natrule *elder);
void dvr_heir_appoint(struct dvr_natrule *rule);
struct dvr_natrule *dvr_heir(const struct dvr_natrule *rule);
bool dvr_heir_pool_has(const struct dvr_natrule *rule,
		       const struct in6_addr *ip);
bool dvr_heir_allows_binding(const struct dvr_natrule *rule,
			     const struct dvr_binding *binding);
bool dvr_heir_take(struct dvr_conn *conn);

#endif /* _DVR_HEIR_H */
