/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FAST_H
#define _DVR_FAST_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>

rx_handler_result_t dvr_rx_handler(struct sk_buff **pskb);
unsigned int dvr_rx_hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state);

#endif /* _DVR_FAST_H */
