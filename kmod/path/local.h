/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_LOCAL_H
#define _DVR_LOCAL_H

#include "model/pkt.h"

void dvr_local_in(struct dvr_pkt *p);

#endif /* _DVR_LOCAL_H */
