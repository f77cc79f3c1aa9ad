/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_DISCARD_H
#define _DVR_DISCARD_H

#include "lib/dvr.h"

void dvr_drop_gone(const struct dvr_router *router,
		   const struct dvr_port *port, enum dvr_drop reason);
void dvr_drop(struct sk_buff *skb, const struct dvr_router *router,
	      const struct dvr_port *port, enum dvr_drop reason);

#endif /* _DVR_DISCARD_H */
