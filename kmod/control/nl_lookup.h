/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NL_LOOKUP_H
#define _DVR_NL_LOOKUP_H

#include "control/nl.h"

int dvr_nl_route_fill(struct sk_buff *skb, const struct dvr_obj *obj);
int dvr_nl_neigh_fill(struct sk_buff *skb, const struct dvr_obj *obj);

#endif /* _DVR_NL_LOOKUP_H */
