/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FAST_H
#define _DVR_FAST_H

#include "port.h"

bool dvr_fast(struct dvr_port *port, struct sk_buff *skb);

#endif /* _DVR_FAST_H */
