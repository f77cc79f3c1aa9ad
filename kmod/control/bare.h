/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_BARE_H
#define _DVR_BARE_H

#include "model/router.h"

int dvr_bare_create(struct dvr_txn *txn, const char *name, u32 id,
		    const struct dvr_router_cfg *cfg);
void dvr_bare_put(struct dvr_router *router);
void dvr_bare_exit(struct dvr_net *dn);

#endif /* _DVR_BARE_H */
