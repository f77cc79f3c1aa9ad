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
 * struct dvr_tie - record that a connection ends with an owner
 * @list: in &dvr_owner.ties, if @owner is not NULL
 * @owner: owner, or NULL; written under &dvr_owner.lock, once and when a rule
 *	is replaced
 * @conn: the connection
 */
struct dvr_tie {
	struct list_head list;
	struct dvr_owner *owner;
	struct dvr_conn *conn;
};

/* The role of an owner; a connection has at most one owner for each. */
enum dvr_tie_kind {
	DVR_TIE_RULE,	/* rule that let the connection begin */
	DVR_TIE_SOURCE,	/* rule that sets the source of a hairpin */
	DVR_TIE_PORT,	/* port of the inside host */
	DVR_TIE_PEER,	/* port of the host that began a hairpin */
	DVR_TIES
};

/* Bits of &dvr_conn.flags. */
#define DVR_CONN_DEAD		0
#define DVR_CONN_ADOPTED	1	/* no timers in the conntrack entry */
#define DVR_CONN_INBOUND	2	/* began at the rule's leg */

/**
 * struct dvr_conn - a conntrack entry with its rule and owners
 * @node: in &dvr_net.conns
 * @ct: conntrack entry, held until an RCU grace period after the connection's
 *	end
 * @nat: instance that the connection belongs to
 * @rule: rule that counts the connection and is shown with it; changes when a
 *	rule is replaced
 * @binding: mapping that the connection holds, or NULL
 * @tie: ties to the owners of the connection
 * @flow: flows of the connection by direction; changed under &dvr_nat.lock,
 *	read under RCU
 * @flags: DVR_CONN_* bits
 * @from: MAC address of the neighbour that last sent a packet by the leg of
 *	@rule, see dvr_mac(), or 0; replies are sent to @from if no route by
 *	that leg leads to the peer
 * @rcu: frees the connection
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

void dvr_owner_renew(struct dvr_owner *owner);
void dvr_owner_reap(struct dvr_owner *owner);
void dvr_owner_pass(struct dvr_owner *owner,
		    bool (*keep)(struct dvr_conn *conn));

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
bool dvr_conn_pass(struct dvr_conn *conn, enum dvr_tie_kind kind,
		   struct dvr_natrule *rule);
void dvr_conn_walk(struct rhashtable_iter *iter, long *anew) __acquires(RCU);
struct dvr_conn *dvr_conn_next(struct rhashtable_iter *iter, bool again,
			       long *anew);
void dvr_conn_start(struct dvr_net *dn);
void dvr_conn_stop(struct dvr_net *dn);
int dvr_conn_register(void);
void dvr_conn_unregister(void);

/**
 * dvr_conn_came_from() - record that a packet came in by the leg of the rule
 * @conn: connection that began outside
 * @mac: MAC address that the packet came from, see dvr_mac(), or 0
 *
 * Replies are sent to the neighbour that sent the last packet.
 */
static inline void dvr_conn_came_from(struct dvr_conn *conn, u64 mac)
{
	if (unlikely(!test_bit(DVR_CONN_INBOUND, &conn->flags)))
		set_bit(DVR_CONN_INBOUND, &conn->flags);
	if (unlikely(mac && READ_ONCE(conn->from) != mac))
		WRITE_ONCE(conn->from, mac);
}

/**
 * dvr_conn_live() - check whether packets of a connection may pass
 * @conn: connection
 *
 * Context: RCU.
 * Return: true if the connection has not ended and all its owners are live.
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
