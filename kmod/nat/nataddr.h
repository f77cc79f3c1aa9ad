/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NATADDR_H
#define _DVR_NATADDR_H

#include <linux/rhashtable.h>
#include <linux/seqlock.h>

#include "lib/dvr.h"
#include "nat/instance.h"
#include "nat/natport.h"

struct dvr_iface;
struct dvr_nat;
struct dvr_natrule;
struct dvr_txn;

/**
 * struct dvr_nataddr_key - key of the table of outside addresses
 * @nat: instance
 * @ip: address, v4-mapped for IPv4
 * @half: @ip in words, for the hash
 */
struct dvr_nataddr_key {
	const struct dvr_nat *nat;
	union {
		struct in6_addr ip;
		u64 half[2];
	};
};

static inline u32 dvr_nataddr_hash(const void *data, u32 len, u32 seed)
{
	const struct dvr_nataddr_key *key = data;

	return dvr_hash(key->nat, key->half[0], key->half[1], seed);
}

/**
 * struct dvr_nataddr - an outside address of a router
 * @node: in &dvr_net.nataddrs
 * @key: instance and address
 * @floating: live floating rule, or NULL
 * @forwards: live forward rules, by &dvr_natrule.order; their ports do not
 *	overlap; changed under &dvr_nat.lock, read under RCU
 * @seq: @forwards change
 * @claims: all forward rules, by &dvr_natrule.claim; only those of which one is
 *	staged to go may overlap; under the configuration mutex
 * @uses: all rules with the address, by &dvr_natuse.list, under the
 *	configuration mutex; those that are staged to go are at the end
 * @n_uses: number of rules that hold the address, with those about to be freed;
 *	under &dvr_nat.lock
 * @ports: ports that are taken, by class; allocated with the first port;
 *	written under &dvr_nat.lock, read under RCU
 * @rcu: frees the address
 */
struct dvr_nataddr {
	struct rhash_head node;
	struct dvr_nataddr_key key;
	struct dvr_natrule __rcu *floating;
	struct rb_root forwards;
	seqcount_spinlock_t seq;
	struct rb_root_cached claims;
	struct list_head uses;
	u32 n_uses;
	struct dvr_natports __rcu *ports[DVR_NATPORT_CLASSES];
	struct rcu_head rcu;
};

/**
 * struct dvr_natuse - record that a rule has an outside address
 * @list: in &dvr_nataddr.uses
 * @addr: address
 * @rule: rule
 */
struct dvr_natuse {
	struct list_head list;
	struct dvr_nataddr *addr;
	struct dvr_natrule *rule;
};

extern const struct rhashtable_params dvr_nataddr_params;

struct dvr_nataddr *dvr_nataddr_find(const struct dvr_nat *nat,
				     const struct in6_addr *ip);
int dvr_nataddr_use(struct dvr_txn *txn, struct dvr_natrule *rule,
		    struct dvr_natuse *use, const struct in6_addr *ip);
void dvr_nataddr_unuse(struct dvr_natuse *use);
void dvr_nataddr_drop(struct dvr_natuse *use);
void dvr_nataddr_publish(struct dvr_natrule *rule);
void dvr_nataddr_unpublish(struct dvr_natrule *rule);
void dvr_nataddr_put(struct dvr_nat *nat, struct dvr_nataddr *addr);
int dvr_nataddr_answer(struct dvr_txn *txn, struct dvr_iface *leg,
		       const struct in6_addr *ip);
void dvr_nataddr_silence(struct dvr_txn *txn, struct dvr_iface *leg,
			 struct dvr_nataddr *addr);

#endif /* _DVR_NATADDR_H */
