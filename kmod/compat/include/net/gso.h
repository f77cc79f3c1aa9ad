/* SPDX-License-Identifier: GPL-2.0-only */
/* 6.5 moved the GSO functions here; kernels that have this file find their own. */
#include <linux/netdevice.h>
