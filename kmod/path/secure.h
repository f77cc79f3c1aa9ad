/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SECURE_H
#define _DVR_SECURE_H

#include "lib/guard.h"
#include "lib/parse.h"

struct dvr_port;

enum dvr_drop dvr_secure(const struct dvr_port *port,
			 const struct dvr_guard *guard, struct sk_buff *skb,
			 struct dvr_headers *h);
enum dvr_drop dvr_secure_host(struct sk_buff *skb);

#endif /* _DVR_SECURE_H */
