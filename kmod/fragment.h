/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FRAGMENT_H
#define _DVR_FRAGMENT_H

#include "forward.h"

void dvr_fragment(struct dvr_pkt *p, struct dvr_iface *out,
		  struct dvr_port *port, u64 mac, unsigned int mtu);
void dvr_fragment6(struct dvr_pkt *p, struct dvr_iface *out,
		   struct dvr_port *port, u64 mac, unsigned int mtu);

#endif /* _DVR_FRAGMENT_H */
