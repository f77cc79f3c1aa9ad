/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NL_ENTRY_H
#define _DVR_NL_ENTRY_H

#include "control/nl.h"
#include "model/entry.h"

/**
 * struct dvr_nl_entry - MAC entries or neighbour entries over netlink
 * @nk: kind of the objects
 * @in: offset of the entries in &struct dvr_segment
 * @segment: attributes of the segment
 * @key_attr: attribute of the address
 * @read: reads the address into a key
 * @match: does an entry match a filter; under the segment's lock
 * @unlearn: ends the learned entry of a key; false if there is none
 * @no_key: error of a request without an address
 * @no_entry: error of a request for an entry that does not exist
 * @of_port: error of a command that would replace the entry of a port
 * @of_gateway: the same for the entry of a gateway
 * @keep_of_port: error of a command that would delete the entry of a port
 * @keep_of_gateway: the same for the entry of a gateway
 */
struct dvr_nl_entry {
	const struct dvr_nl_kind *nk;
	size_t in;
	struct dvr_nl_ref_attrs segment;
	u8 key_attr;
	int (*read)(struct netlink_ext_ack *extack, const struct nlattr *attr,
		    struct dvr_entry_key *key);
	bool (*match)(struct nlattr **tb, const struct dvr_entry *entry);
	bool (*unlearn)(const struct dvr_entry_key *key);
	const char *no_key;
	const char *no_entry;
	const char *of_port;
	const char *of_gateway;
	const char *keep_of_port;
	const char *keep_of_gateway;
};

int dvr_nl_entry_key(const struct dvr_nl_entry *ne, struct dvr_net *dn,
		     struct netlink_ext_ack *extack, struct nlattr **tb,
		     struct dvr_entry_key *key);
int dvr_nl_entry_port(struct dvr_txn *txn, struct dvr_nl_ref ref,
		      const struct dvr_segment *seg, struct dvr_port **port);
struct dvr_entry *dvr_nl_entry_static(const struct dvr_nl_entry *ne,
				      struct dvr_txn *txn, struct nlattr **tb,
				      const struct dvr_entry_key *key);
int dvr_nl_entry_del(const struct dvr_nl_entry *ne, struct dvr_txn *txn,
		     struct nlattr **tb);
int dvr_nl_entry_get(const struct dvr_nl_entry *ne, struct genl_info *info);
int dvr_nl_entry_dump(const struct dvr_nl_entry *ne, struct sk_buff *skb,
		      struct netlink_callback *cb, struct nlattr **tb,
		      struct dvr_named *holder);

#endif /* _DVR_NL_ENTRY_H */
