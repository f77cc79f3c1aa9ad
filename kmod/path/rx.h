/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_RX_H
#define _DVR_RX_H

#include <linux/netdevice.h>

struct dvr_port;

rx_handler_result_t dvr_rx_frame(struct dvr_port *port, struct sk_buff **pskb);
unsigned int dvr_rx_ingress(struct dvr_port *port, struct sk_buff *skb);
void dvr_rx_host(struct dvr_port *port, struct sk_buff *skb);

#endif /* _DVR_RX_H */
