/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_TIMERS_H
#define _DVR_TIMERS_H

#include <net/netfilter/nf_conntrack_timeout.h>

#include "model/router.h"

/**
 * struct dvr_timers - idle times of conntrack entries
 * @list: in the list of all sets, one for each configuration
 * @cfg: configuration
 * @tcp: timeout policy of TCP
 */
struct dvr_timers {
	struct list_head list;
	struct dvr_timers_cfg cfg;
	struct nf_ct_timeout *tcp;
};

int dvr_timers_get(const struct net *net, const struct dvr_timers_cfg *cfg,
		   struct dvr_timers **timers,
		   struct netlink_ext_ack *extack);
void dvr_timers_exit(void);
enum dvr_drop dvr_timers_apply(const struct dvr_timers *timers,
			       struct nf_conn *ct);
void dvr_timers_refresh(const struct dvr_timers *timers, struct nf_conn *ct);

#endif /* _DVR_TIMERS_H */
