/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_FDB_H
#define _DVR_FDB_H

#include <linux/refcount.h>

#include "model/entry.h"
#include "model/port.h"

#define DVR_FDB_AGE	(300 * HZ)	/* IEEE 802.1D ageing time */

/**
 * struct dvr_fdb - a MAC entry: a MAC address of a segment and where it is
 * @entry: the part that neighbour entries have too; first
 * @port: port that the MAC is behind; NULL for gateways and other hosts, and
 *	once the entry has ended
 * @was: @port of an entry that ends in this transaction, for the event
 * @iface: leg, for a gateway's MAC
 * @host: tunnel endpoint, v4-mapped for IPv4; all zero for none
 * @local: @port is an uplink, and the MAC is on this host and not beyond the
 *	uplink; learned entries only
 * @hosted: counted in &dvr_port.n_hosted
 * @used: jiffies of the last frame of the MAC; learned entries only
 * @learned: in &dvr_port.learned, by the segment's lock; learned entries only
 * @refs: references of neighbour entries, and one while the entry is in a table
 * @rcu: frees the entry
 */
struct dvr_fdb {
	struct dvr_entry entry;
	struct dvr_port __rcu *port;
	const struct dvr_port *was;
	struct dvr_iface *iface;
	struct in6_addr host;
	bool local;
	bool hosted;
	unsigned long used;
	struct list_head learned;
	refcount_t refs;
	struct rcu_head rcu;
};

static_assert(offsetof(struct dvr_fdb, entry) == 0);

extern const struct dvr_kind dvr_fdb_kind;

struct dvr_fdb *dvr_fdb_lookup(const struct dvr_segment *seg, u64 mac);
bool dvr_fdb_learn(struct dvr_segment *seg, struct dvr_port *port, u64 mac);
void dvr_fdb_learn_local(struct dvr_port *uplink, u64 mac);
void dvr_fdb_renew_sources(struct dvr_port *port);
void dvr_fdb_age(struct work_struct *work);
void dvr_fdb_put(struct dvr_fdb *fdb);
void dvr_fdb_flush_port(struct dvr_segment *seg, struct dvr_port *port);

struct dvr_fdb *dvr_fdb_find(struct dvr_segment *seg, u64 mac);
struct dvr_fdb *dvr_fdb_add(struct dvr_txn *txn, struct dvr_segment *seg,
			    u64 mac, enum dvr_origin origin,
			    struct dvr_port *port, struct dvr_iface *iface,
			    const struct in6_addr *host);
bool dvr_fdb_unlearn(const struct dvr_entry_key *key);

static inline struct dvr_fdb *dvr_fdb(struct dvr_obj *obj)
{
	return container_of(obj, struct dvr_fdb, entry.obj);
}

/* NULL if there is no entry. */
static inline struct dvr_fdb *dvr_fdb_of(struct dvr_entry *entry)
{
	return container_of(entry, struct dvr_fdb, entry);
}

#endif /* _DVR_FDB_H */
