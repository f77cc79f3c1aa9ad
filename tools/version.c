// SPDX-License-Identifier: GPL-2.0-only
#include "dvradm.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

const char version[] = VERSION;
