/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ALG_H
#define _DVR_ALG_H

#include <net/netfilter/nf_conntrack.h>

#include "lib/dvr.h"

bool dvr_alg_ready(u32 helpers);
int dvr_alg_load(u32 helpers, struct netlink_ext_ack *extack);
enum dvr_drop dvr_alg_attach(u32 helpers, struct nf_conn *ct);
void dvr_alg_exit(void);

#endif /* _DVR_ALG_H */
