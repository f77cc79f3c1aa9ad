/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_RA_H
#define _DVR_RA_H

#include <linux/workqueue.h>

struct dvr_iface;
struct dvr_port;

void dvr_ra_end(struct dvr_iface *iface);
bool dvr_ra_solicited(struct dvr_port *port);
void dvr_ra_run(struct work_struct *work);

#endif /* _DVR_RA_H */
