/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_PAIR_H
#define _DVR_PAIR_H

#include <linux/rhashtable.h>

#include "nat/binding.h"

/**
 * struct dvr_pair - the outside address that a host keeps in a changed pool
 * @node: in &dvr_net.pairs
 * @key: lineage of the rule and inside address
 * @addr: outside address, not the one that the rule would choose now
 * @refs: number of bindings with the address, under &dvr_nat.lock
 * @rcu: frees the pair
 */
struct dvr_pair {
	struct rhash_head node;
	struct dvr_binding_key key;
	struct dvr_nataddr *addr;
	u32 refs;
	struct rcu_head rcu;
};

extern const struct rhashtable_params dvr_pair_params;

struct dvr_nataddr *dvr_pair_addr(struct dvr_nat *nat,
				  const struct dvr_natrule *rule,
				  const struct dvr_binding_key *inside);
void dvr_pair_hold(struct dvr_nat *nat, struct dvr_binding *b);
void dvr_pair_put(struct dvr_nat *nat, struct dvr_binding *b);

#endif /* _DVR_PAIR_H */
