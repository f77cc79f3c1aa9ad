/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_RESOLVE_H
#define _DVR_RESOLVE_H

#include "lib/nud.h"
#include "model/neigh.h"

struct dvr_pkt;

enum dvr_drop dvr_resolve(struct dvr_iface *out, const struct in6_addr *ip,
			  struct dvr_pkt *p);
bool dvr_resolve_may_ask(struct dvr_port *port, const struct in6_addr *target);
bool dvr_resolve_may_restart(struct dvr_neigh *n);
void dvr_resolve_used(struct dvr_neigh *n);
void dvr_resolve_seen(struct dvr_segment *seg, const struct in6_addr *ip,
		      const struct dvr_seen *seen);

#endif /* _DVR_RESOLVE_H */
