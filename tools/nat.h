/* SPDX-License-Identifier: GPL-2.0-only */
/* dvradm nat: what its parser and its printer share. */
#ifndef DVRADM_NAT_H
#define DVRADM_NAT_H

#include "object.h"

enum {
	ROUTER, OUT, KIND, INSIDE, OUTSIDE, DST, POOL, PROTO, PORT_MIN, PORT_MAX,
	INSIDE_PORT, PRIO, HANDLE, MAPPING, FILTER, HITS, CONNS, PORTS_USED,
	PORTS_FREE, ROUTER_ID, OUT_ID, FIELDS
};

/* By the enum above. */
extern const struct field nat_fields[];

bool nat_words(enum verb_kind verb, const char *after, bool print);
int nat_parse(struct args *a, enum verb_kind verb, struct msg *m);

#endif
