/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ENTRY_H
#define _DVR_ENTRY_H

#include <linux/in6.h>
#include <linux/rhashtable.h>

#include "model/object.h"

struct dvr_port;
struct dvr_segment;

/**
 * struct dvr_entry_key - key of an entry
 * @seg: segment of the entry
 * @ip: address of a neighbour entry, v4-mapped for IPv4
 * @mac: MAC of a MAC entry, see dvr_mac(); @high is 0 then
 * @high: first half of the address
 * @half: the address as two words, for comparison
 */
struct dvr_entry_key {
	struct dvr_segment *seg;
	union {
		struct in6_addr ip;
		struct {
			u64 high;
			u64 mac;
		};
		u64 half[2];
	};
};

/**
 * struct dvr_entry - what MAC entries and neighbour entries have in common
 * @key: segment and address; look-ups read @key and @obj
 * @obj: how transactions see the entry; learned entries are in none
 * @node: in the hash table of the namespace
 * @list: in &dvr_entries.list, by the segment's lock
 * @serial: number of the entry in @list, rising
 * @pin: in &dvr_port.pinned, by the configuration mutex
 * @origin: &enum dvr_origin
 */
struct dvr_entry {
	struct dvr_entry_key key;
	struct dvr_obj obj;
	struct rhash_head node;
	struct list_head list;
	unsigned long serial;
	struct list_head pin;
	u8 origin;
};

/**
 * struct dvr_entries - all entries of one kind that a segment has
 * @table: hash table of the namespace that also has the entries
 * @list: the entries, oldest first, by &dvr_entry.list and the segment's lock
 * @next: where the dump that was last asked for more goes on, or NULL
 * @serial: &dvr_entry.serial of the newest entry
 * @n: number of entries in @list
 */
struct dvr_entries {
	struct rhashtable *table;
	struct list_head list;
	struct dvr_entry *next;
	unsigned long serial;
	u32 n;
};

void dvr_entries_init(struct dvr_entries *in, struct rhashtable *table);
void dvr_entries_del(struct dvr_txn *txn, struct dvr_entries *in);

void dvr_entry_init(struct dvr_entry *entry, const struct dvr_kind *kind,
		    const struct dvr_entry_key *key, u8 origin);
int dvr_entry_link(struct dvr_entries *in, struct dvr_entry *entry);
void dvr_entry_unlink(struct dvr_entries *in, struct dvr_entry *entry);
void dvr_entry_kill(struct dvr_entries *in, struct dvr_entry *entry);
int dvr_entry_add(struct dvr_txn *txn, struct dvr_entries *in,
		  struct dvr_entry *entry);
void dvr_entry_del(struct dvr_txn *txn, struct dvr_entry *entry);
void dvr_entry_pin(struct dvr_entry *entry, struct dvr_port *port);
struct dvr_entry *dvr_entry_from(const struct dvr_entries *in,
				 unsigned long serial);
struct dvr_entry *dvr_entry_find(const struct dvr_entries *in,
				 const struct dvr_entry_key *key);
struct dvr_entry *dvr_entry_learned(const struct dvr_entries *in,
				    const struct dvr_entry_key *key);

static inline struct dvr_entry_key dvr_mac_key(const struct dvr_segment *seg,
					       u64 mac)
{
	return (struct dvr_entry_key) {
		.seg = (struct dvr_segment *)seg,
		.mac = mac,
	};
}

static inline struct dvr_entry_key dvr_ip_key(const struct dvr_segment *seg,
					      const struct in6_addr *ip)
{
	return (struct dvr_entry_key) {
		.seg = (struct dvr_segment *)seg,
		.ip = *ip,
	};
}

/* The next entry of the segment, or NULL. Context: the segment's lock. */
static inline struct dvr_entry *dvr_entry_after(const struct dvr_entries *in,
						struct dvr_entry *entry)
{
	return list_is_last(&entry->list, &in->list) ?
	       NULL : list_next_entry(entry, list);
}

static inline u32 dvr_entry_hash(const void *data, u32 len, u32 seed)
{
	const struct dvr_entry_key *key = data;

	return dvr_hash(key->seg, key->half[0], key->half[1], seed);
}

static inline bool dvr_entry_differs(const struct rhashtable_compare_arg *arg,
				     const struct dvr_entry *entry)
{
	const struct dvr_entry_key *key = arg->key;

	return key->seg != entry->key.seg ||
	       key->half[1] != entry->key.half[1] ||
	       key->half[0] != entry->key.half[0];
}

static inline int dvr_entry_live_cmpfn(struct rhashtable_compare_arg *arg,
				       const void *data)
{
	const struct dvr_entry *entry = data;

	return dvr_entry_differs(arg, entry) || !dvr_obj_live(&entry->obj);
}

/* Parameters of the hash tables, for those entries that @cmpfn lets be found. */
#define DVR_ENTRY_PARAMS(cmpfn) {				\
	.head_offset = offsetof(struct dvr_entry, node),	\
	.key_offset = offsetof(struct dvr_entry, key),		\
	.key_len = sizeof(struct dvr_entry_key),		\
	.hashfn = dvr_entry_hash,				\
	.obj_cmpfn = cmpfn,					\
	.automatic_shrinking = true,				\
}

/* Live entries: packets find these. Here, so that look-ups are inlined. */
static const struct rhashtable_params dvr_entry_params __maybe_unused =
	DVR_ENTRY_PARAMS(dvr_entry_live_cmpfn);

/**
 * dvr_entry_get() - the live entry of a key
 * @table: &dvr_net.fdb or &dvr_net.neighs
 * @key: segment and address
 *
 * Context: RCU.
 * Return: the entry or NULL.
 */
static __always_inline struct dvr_entry *
dvr_entry_get(struct rhashtable *table, const struct dvr_entry_key *key)
{
	return rhashtable_lookup(table, key, dvr_entry_params);
}

#endif /* _DVR_ENTRY_H */
