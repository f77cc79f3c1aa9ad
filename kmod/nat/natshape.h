/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NATSHAPE_H
#define _DVR_NATSHAPE_H

#include "lib/dvr.h"

struct dvr_iface;
struct dvr_natrule;

/* A packet is compared with the rules of a shape one by one up to so many. */
#define DVR_NATSHAPE_FEW	4

/**
 * struct dvr_natshape - snat or none rules of one leg whose prefixes have the same
 *	lengths
 * @list: in &dvr_nat.shapes, an RCU list
 * @rules: live rules, an RCU list by &dvr_natrule.match
 * @n_live: number of @rules
 * @n_rules: these and staged ones, under the configuration mutex
 * @out: leg of the rules; only for comparison
 * @kind: &enum dvr_nat_kind
 * @v4: the inside prefixes are of IPv4
 * @inside_len: length of the inside prefixes
 * @dst_v4: as @v4, for the destinations that are exempt
 * @dst_len: their length
 * @rcu: frees the shape
 *
 * With the lengths, the only prefixes of a shape that can have an address are known,
 * so one look-up in &dvr_net.natkeys finds the rule.
 */
struct dvr_natshape {
	struct list_head list;
	struct list_head rules;
	u32 n_live;
	u32 n_rules;
	const struct dvr_iface *out;
	u8 kind;
	bool v4;
	u8 inside_len;
	bool dst_v4;
	u8 dst_len;
	struct rcu_head rcu;
};

int dvr_natshape_join(struct dvr_natrule *rule);
void dvr_natshape_leave(struct dvr_natrule *rule);
void dvr_natshape_publish(struct dvr_natrule *rule);
void dvr_natshape_unpublish(struct dvr_natrule *rule);
struct dvr_natrule *dvr_natshape_find(const struct dvr_net *dn,
				      const struct dvr_natshape *shape,
				      const struct in6_addr *src,
				      const struct in6_addr *dst);

#endif /* _DVR_NATSHAPE_H */
