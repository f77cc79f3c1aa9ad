/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_GATHER_H
#define _DVR_GATHER_H

#include <linux/sizes.h>

#include "model/pkt.h"

#define DVR_GATHER_MEM		SZ_1M		/* fragments of a router */
#define DVR_GATHER_FRAGS	64		/* fragments of a packet */
#define DVR_GATHER_TIME4	(30 * HZ)	/* first to last fragment */
#define DVR_GATHER_TIME6	(60 * HZ)	/* RFC 8200 4.5 */

int dvr_gather_register(void);
void dvr_gather_unregister(void);
int dvr_gather_start(struct dvr_router *router);
void dvr_gather_stop(struct dvr_router *router);
enum dvr_drop dvr_gather(struct dvr_pkt *p);

#endif /* _DVR_GATHER_H */
