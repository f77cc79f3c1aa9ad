/* SPDX-License-Identifier: GPL-2.0-only */
/* 6.12 moved <asm/unaligned.h> here; kernels that have this file find their own. */
#include <asm/unaligned.h>
