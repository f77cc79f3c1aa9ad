/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NOTIFY_H
#define _DVR_NOTIFY_H

int dvr_notify_register(void);
void dvr_notify_unregister(void);

#endif /* _DVR_NOTIFY_H */
