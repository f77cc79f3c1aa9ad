/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_HOST_H
#define _DVR_HOST_H

#include <linux/netfilter.h>

unsigned int dvr_tx_hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state);
bool dvr_host_got(struct sk_buff *skb);
int dvr_host_init(void);
void dvr_host_exit(void);

#endif /* _DVR_HOST_H */
