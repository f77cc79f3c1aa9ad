// SPDX-License-Identifier: GPL-2.0-only
/* The way up: set by main.c before anything else. */
#include "model/above.h"

struct dvr_above dvr_above __ro_after_init;
