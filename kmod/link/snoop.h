/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SNOOP_H
#define _DVR_SNOOP_H

#include "lib/parse.h"
#include "model/port.h"

void dvr_snoop_in(struct dvr_port *port, struct sk_buff *skb,
		  struct dvr_headers *h);

#endif /* _DVR_SNOOP_H */
