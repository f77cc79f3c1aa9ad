/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_BINDING_H
#define _DVR_BINDING_H

#include <linux/rhashtable.h>

#include "lib/dvr.h"

struct dvr_nat;
struct dvr_nataddr;
struct dvr_natrule;
struct dvr_pair;

/**
 * struct dvr_binding_key - key of the tables of bindings
 * @scope: for an inside endpoint &dvr_natrule.lineage, so that a rule finds the
 *	mappings of the rule that it replaced; for an outside endpoint the
 *	instance
 * @ip: address, v4-mapped for IPv4
 * @half: @ip in words, for the hash
 * @port: port, ICMP identifier, or 0
 * @proto: upper-layer protocol
 * @zero: padding, part of the key
 */
struct dvr_binding_key {
	const void *scope;
	union {
		struct in6_addr ip;
		u64 half[2];
	};
	__be16 port;
	u8 proto;
	u8 zero;
};

/**
 * struct dvr_binding - an inside and its outside endpoint (RFC 4787 4.1)
 * @in: in &dvr_net.bindings_in
 * @out: in &dvr_net.bindings_out, if the rule has `filter endpoint`
 * @inside: inside endpoint
 * @outside: outside endpoint
 * @rule: snat rule that made the binding, or that replaced this one; written
 *	under &dvr_nat.lock
 * @addr: outside address, whose port the binding holds
 * @pair: pair that the binding holds, or NULL; under &dvr_nat.lock
 * @refs: number of connections that hold the binding, under &dvr_nat.lock
 * @rest: in &dvr_natports.rests while the port rests, that is, while @refs is 0
 * @rest_all: in &dvr_nat.rests, too
 * @ended: jiffies when the last connection ended; @rule is not to be followed
 *	from then on
 * @is_in: the binding is in &dvr_net.bindings_in
 * @is_out: the binding is in &dvr_net.bindings_out
 * @rcu: frees the binding
 */
struct dvr_binding {
	struct rhash_head in;
	struct rhash_head out;
	struct dvr_binding_key inside;
	struct dvr_binding_key outside;
	struct dvr_natrule *rule;
	struct dvr_nataddr *addr;
	struct dvr_pair *pair;
	struct list_head rest;
	struct list_head rest_all;
	unsigned long ended;
	u32 refs;
	bool is_in;
	bool is_out;
	struct rcu_head rcu;
};

extern const struct rhashtable_params dvr_binding_in_params;
extern const struct rhashtable_params dvr_binding_out_params;

enum dvr_drop dvr_binding_get(struct dvr_nat *nat, struct dvr_natrule *rule,
			      const struct in6_addr *ip, u8 proto, __be16 port,
			      struct dvr_binding **result);
enum dvr_drop dvr_binding_get_at(struct dvr_nat *nat, struct dvr_natrule *rule,
				 const struct in6_addr *ip, u8 proto,
				 __be16 port, __be16 outside,
				 struct dvr_binding **result);
struct dvr_binding *dvr_binding_outside(const struct dvr_nat *nat,
					const struct in6_addr *ip, u8 proto,
					__be16 port);
struct dvr_natrule *dvr_binding_rule(struct dvr_nat *nat,
				     struct dvr_binding *binding);
bool dvr_binding_pass(struct dvr_nat *nat, struct dvr_binding *binding,
		      struct dvr_natrule *rule);
void dvr_binding_forget(struct dvr_nat *nat, struct dvr_binding *binding);
bool dvr_binding_hold(struct dvr_nat *nat, struct dvr_binding *binding);
void dvr_binding_put(struct dvr_nat *nat, struct dvr_binding *binding);
int dvr_binding_register(void);
void dvr_binding_unregister(void);

#endif /* _DVR_BINDING_H */
