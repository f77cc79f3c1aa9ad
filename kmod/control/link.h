/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_LINK_H
#define _DVR_LINK_H

#include "model/router.h"

extern const struct net_device_ops dvr_link_ops;

struct net_device *dvr_link_create(struct dvr_txn *txn, const char *name,
				   const char *ifname, u32 id,
				   const struct dvr_router_cfg *cfg);
int dvr_link_register(void);
void dvr_link_unregister(void);

#endif /* _DVR_LINK_H */
