/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_CONN_H
#define _DVR_CONN_H

#include <net/netfilter/nf_conntrack.h>

#include "model/object.h"
#include "model/owner.h"

struct dvr_binding;
struct dvr_flow;
struct dvr_nat;
struct dvr_natrule;

/**
 * struct dvr_tie - that a connection ends with an object
 * @list: in &dvr_owner.ties, when tied
 * @owner: the object, or NULL; written once, under its lock
 * @conn: the connection
 */
struct dvr_tie {
	struct list_head list;
	struct dvr_owner *owner;
	struct dvr_conn *conn;
};

/* What a connection may be tied to. */
enum dvr_tie_kind {
	DVR_TIE_RULE,	/* the rule that let it begin */
	DVR_TIE_SOURCE,	/* the rule of its source, when it comes back inside */
	DVR_TIE_PORT,	/* where the inside host is */
	DVR_TIE_PEER,	/* where the source of a hairpin is */
	DVR_TIES
};

/* Bits of &dvr_conn.flags. */
#define DVR_CONN_DEAD		0
#define DVR_CONN_ADOPTED	1	/* the entry has no timers of ours */
#define DVR_CONN_INBOUND	2	/* it began outside, by the leg of its rule */

/**
 * struct dvr_conn - what dvr knows of a conntrack entry of its own
 * @node: in &dvr_net.conns
 * @ct: the entry, held as long as RCU lets anybody see the connection
 * @nat: instance it belongs to
 * @rule: the rule that counts it and is shown with it
 * @binding: the mapping it keeps, or NULL
 * @tie: its owners
 * @flow: its flows in the fast path, by direction; changed under the instance's
 *	lock, readers by RCU
 * @flags: DVR_CONN_* bits
 * @from: MAC that its packets come from by the leg of @rule, see dvr_mac(), or 0;
 *	answers return to it when no route of that leg leads to the peer
 * @rcu: frees it
 */
struct dvr_conn {
	struct rhash_head node;
	struct nf_conn *ct;
	struct dvr_nat *nat;
	struct dvr_natrule *rule;
	struct dvr_binding *binding;
	struct dvr_tie tie[DVR_TIES];
	struct dvr_flow __rcu *flow[IP_CT_DIR_MAX];
	unsigned long flags;
	u64 from;
	struct rcu_head rcu;
};

extern const struct rhashtable_params dvr_conn_params;

void dvr_owner_reap(struct dvr_owner *owner);

struct dvr_conn *dvr_conn_find(const struct dvr_nat *nat,
			       const struct nf_conn *ct);
enum dvr_drop dvr_conn_add(struct dvr_nat *nat, struct nf_conn *ct,
			   u32 limit, struct dvr_owner *const owner[DVR_TIES],
			   struct dvr_natrule *rule,
			   struct dvr_binding *binding,
			   struct dvr_conn **result);
void dvr_conn_confirmed(struct dvr_conn *conn);
void dvr_conn_end(struct dvr_conn *conn);
void dvr_conn_tie(struct dvr_conn *conn, enum dvr_tie_kind kind,
		  struct dvr_owner *owner);
void dvr_conn_walk(struct rhashtable_iter *iter) __acquires(RCU);
struct dvr_conn *dvr_conn_next(struct rhashtable_iter *iter, bool again);
void dvr_conn_start(struct dvr_net *dn);
void dvr_conn_stop(struct dvr_net *dn);
int dvr_conn_register(void);
void dvr_conn_unregister(void);

/**
 * dvr_conn_came_from() - a packet came from outside, by the leg of the rule
 * @conn: connection that began outside
 * @mac: MAC that the packet came from, see dvr_mac(), or 0
 *
 * The neighbour that sent the last packet is the one that takes the answers.
 */
static inline void dvr_conn_came_from(struct dvr_conn *conn, u64 mac)
{
	if (unlikely(!test_bit(DVR_CONN_INBOUND, &conn->flags)))
		set_bit(DVR_CONN_INBOUND, &conn->flags);
	if (unlikely(mac && READ_ONCE(conn->from) != mac))
		WRITE_ONCE(conn->from, mac);
}

/**
 * dvr_conn_live() - may packets of a connection pass
 * @conn: connection
 *
 * Context: RCU.
 * Return: false once one of its owners is gone.
 */
static inline bool dvr_conn_live(const struct dvr_conn *conn)
{
	unsigned int i;

	for (i = 0; i < DVR_TIES; i++) {
		const struct dvr_owner *owner = READ_ONCE(conn->tie[i].owner);

		if (owner && !dvr_obj_live(owner->obj))
			return false;
	}
	return !test_bit(DVR_CONN_DEAD, &conn->flags);
}

#endif /* _DVR_CONN_H */
