/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_TIMERS_H
#define _DVR_TIMERS_H

#include <net/netfilter/nf_conntrack_timeout.h>

/**
 * struct dvr_timers_cfg - how long idle connections live, seconds
 * @udp: UDP (RFC 4787 REQ-5)
 * @tcp: established TCP (RFC 5382 REQ-5)
 * @transitory: TCP that opens or closes (RFC 5382 REQ-5, RFC 7857 2)
 * @icmp: ICMP queries (RFC 5508 REQ-2)
 */
struct dvr_timers_cfg {
	u32 udp;
	u32 tcp;
	u32 transitory;
	u32 icmp;
};

/**
 * struct dvr_timers - idle times of conntrack entries
 * @list: in the list of all, of which there is one for each configuration
 * @cfg: the configuration
 * @tcp: policy of TCP
 */
struct dvr_timers {
	struct list_head list;
	struct dvr_timers_cfg cfg;
	struct nf_ct_timeout *tcp;
};

/* What the RFCs ask for at least, seconds. */
#define DVR_TIMER_UDP		300
#define DVR_TIMER_TCP		7440
#define DVR_TIMER_TRANSITORY	240
#define DVR_TIMER_ICMP		60
#define DVR_TIMER_MAX		864000

int dvr_timers_get(const struct net *net, const struct dvr_timers_cfg *cfg,
		   struct dvr_timers **timers,
		   struct netlink_ext_ack *extack);
void dvr_timers_exit(void);
enum dvr_drop dvr_timers_apply(const struct dvr_timers *timers,
			       struct nf_conn *ct);
void dvr_timers_refresh(const struct dvr_timers *timers, struct nf_conn *ct);

#endif /* _DVR_TIMERS_H */
