/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ALG_H
#define _DVR_ALG_H

#include <net/netfilter/nf_conntrack.h>

#include "model/router.h"

bool dvr_alg_ready(u32 helpers);
int dvr_alg_load(u32 helpers, struct netlink_ext_ack *extack);
u16 dvr_alg_standard_port(u32 helper);
bool dvr_alg_clash(u32 a, u32 b);
enum dvr_drop dvr_alg_attach(const struct dvr_router_cfg *cfg,
			     struct nf_conn *ct, __be16 port);
void dvr_alg_exit(void);

#endif /* _DVR_ALG_H */
