/* SPDX-License-Identifier: GPL-2.0-only */
/* 6.5 moved the GSO functions to this file; newer kernels use their own. */
#include <linux/netdevice.h>
