/* SPDX-License-Identifier: GPL-2.0-only */
/* dvradm route get */
#ifndef DVRADM_LOOKUP_H
#define DVRADM_LOOKUP_H

#include "args.h"

int route_get(struct args *a);

#endif
