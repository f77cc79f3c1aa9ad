/* SPDX-License-Identifier: GPL-2.0-only */
/* 6.12 moved <asm/unaligned.h> to this file; newer kernels use their own. */
#include <asm/unaligned.h>
