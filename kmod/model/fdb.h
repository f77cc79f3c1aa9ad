/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FDB_H
#define _DVR_FDB_H

#include <linux/refcount.h>

#include "model/port.h"

#define DVR_FDB_AGE	(300 * HZ)	/* IEEE 802.1D ageing time */

/**
 * struct dvr_fdb_key - key of a MAC entry
 * @seg: segment of the entry
 * @mac: see dvr_mac()
 */
struct dvr_fdb_key {
	const struct dvr_segment *seg;
	u64 mac;
};

/**
 * struct dvr_fdb - a MAC entry: a MAC address of a segment and where it is
 * @node: in &dvr_net.fdb
 * @key: segment and MAC
 * @port: port that the MAC is behind; NULL for gateways and other hosts, and
 *	once the entry has ended
 * @was: @port of an entry that ends in this transaction, for the event
 * @iface: leg, for a gateway's MAC
 * @host: tunnel endpoint, v4-mapped for IPv4; all zero for none
 * @used: jiffies of the last frame of the MAC; learned entries only
 * @origin: &enum dvr_origin
 * @obj: how transactions see the entry; learned entries are in none
 * @seg: segment of the entry
 * @list: in &dvr_segment.fdb, by its lock
 * @learned: in &dvr_port.learned, by the segment's lock; learned entries only
 * @refs: references of neighbour entries, and one while the entry is in a table
 * @rcu: frees the entry
 */
struct dvr_fdb {
	struct rhash_head node;
	struct dvr_fdb_key key;
	struct dvr_port __rcu *port;
	const struct dvr_port *was;
	struct dvr_iface *iface;
	struct in6_addr host;
	unsigned long used;
	u8 origin;
	struct dvr_obj obj;
	struct dvr_segment *seg;
	struct list_head list;
	struct list_head learned;
	refcount_t refs;
	struct rcu_head rcu;
};

extern const struct dvr_kind dvr_fdb_kind;
extern const struct rhashtable_params dvr_fdb_params;

struct dvr_fdb *dvr_fdb_lookup(const struct dvr_segment *seg, u64 mac);
bool dvr_fdb_learn(struct dvr_segment *seg, struct dvr_port *port, u64 mac);
void dvr_fdb_renew_sources(struct dvr_port *port);
void dvr_fdb_age(struct work_struct *work);
void dvr_fdb_put(struct dvr_fdb *fdb);
void dvr_fdb_flush_port(struct dvr_segment *seg, struct dvr_port *port);

struct dvr_fdb *dvr_fdb_find(struct dvr_segment *seg, u64 mac);
struct dvr_fdb *dvr_fdb_add(struct dvr_txn *txn, struct dvr_segment *seg,
			    u64 mac, enum dvr_origin origin,
			    struct dvr_port *port, struct dvr_iface *iface,
			    const struct in6_addr *host);
void dvr_fdb_del(struct dvr_txn *txn, struct dvr_fdb *fdb);
bool dvr_fdb_unlearn(struct dvr_segment *seg, u64 mac);

static inline struct dvr_fdb *dvr_fdb(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_fdb, obj);
}

#endif /* _DVR_FDB_H */
