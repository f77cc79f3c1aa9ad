/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ARP_H
#define _DVR_ARP_H

#include "model/port.h"
#include "model/segment.h"

struct dvr_iface;

void dvr_arp_in(struct dvr_port *port, struct sk_buff *skb);
void dvr_arp_announce(const struct dvr_iface *iface, __be32 ip, bool guests,
		      struct dvr_port *to);
void dvr_arp_ask(const struct dvr_iface *iface, __be32 ip, u64 mac);

#endif /* _DVR_ARP_H */
