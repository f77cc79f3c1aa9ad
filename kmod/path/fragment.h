/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FRAGMENT_H
#define _DVR_FRAGMENT_H

#include "link/output.h"

void dvr_fragment(struct dvr_pkt *p, const struct dvr_way *way,
		  unsigned int mtu);
void dvr_fragment6(struct dvr_pkt *p, const struct dvr_way *way,
		   unsigned int mtu);

#endif /* _DVR_FRAGMENT_H */
