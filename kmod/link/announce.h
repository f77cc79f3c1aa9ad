/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ANNOUNCE_H
#define _DVR_ANNOUNCE_H

#include <linux/workqueue.h>

void dvr_announce(struct work_struct *work);

#endif /* _DVR_ANNOUNCE_H */
