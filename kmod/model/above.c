// SPDX-License-Identifier: GPL-2.0-only
/* Calls to the layers above. main.c sets them before anything else. */
#include "model/above.h"

struct dvr_above dvr_above __ro_after_init;
