// SPDX-License-Identifier: GPL-2.0-only
/* What MAC entries and neighbour entries have in common over netlink. */
#include "control/nl_entry.h"

/* More attributes than an entry of either kind has. */
#define ENTRY_ATTRS	24

static_assert(DVR_A_FDB_MAX < ENTRY_ATTRS && DVR_A_NEIGH_MAX < ENTRY_ATTRS);

static struct dvr_entries *entries_of(const struct dvr_nl_entry *ne,
				      struct dvr_segment *seg)
{
	return (void *)seg + ne->in;
}

/**
 * dvr_nl_entry_key() - read segment and address of an entry
 * @ne: kind of entry
 * @dn: namespace
 * @extack: for errors
 * @tb: attributes
 * @key: set to what the entry is found by
 *
 * Context: the configuration mutex.
 * Return: 0, -EINVAL or -ENOENT.
 */
int dvr_nl_entry_key(const struct dvr_nl_entry *ne, struct dvr_net *dn,
		     struct netlink_ext_ack *extack, struct nlattr **tb,
		     struct dvr_entry_key *key)
{
	*key = (struct dvr_entry_key) {};
	key->seg = dvr_nl_segment_ref(dn, extack, dvr_nl_ref(tb, ne->segment));
	if (IS_ERR(key->seg))
		return PTR_ERR(key->seg);
	if (!tb[ne->key_attr])
		return dvr_nl_bad(extack, NULL, ne->no_key, -EINVAL);
	return ne->read(extack, tb[ne->key_attr], key);
}

/**
 * dvr_nl_entry_port() - read the port that an entry is behind
 * @txn: open transaction
 * @ref: name and id of the port, if they are given
 * @seg: segment of the entry
 * @port: set to the port; not changed if @ref is empty
 *
 * Return: 0, -EINVAL or -ENOENT.
 */
int dvr_nl_entry_port(struct dvr_txn *txn, struct dvr_nl_ref ref,
		      const struct dvr_segment *seg, struct dvr_port **port)
{
	struct dvr_port *found;

	if (!dvr_nl_ref_attr(ref))
		return 0;
	found = dvr_nl_port_ref(txn->dn, txn->extack, ref);
	if (IS_ERR(found))
		return PTR_ERR(found);
	if (found->seg != seg)
		return dvr_nl_bad(txn->extack, dvr_nl_ref_attr(ref),
				  "the port is on another segment", -EINVAL);
	*port = found;
	return 0;
}

/**
 * dvr_nl_entry_static() - find the static entry of a key
 * @ne: kind of entry
 * @txn: open transaction
 * @tb: attributes
 * @key: segment and address
 *
 * Return: the entry, NULL if no entry that does not age has the key, or -EEXIST
 *	as a pointer if the entry of a port or of a gateway has it.
 */
struct dvr_entry *dvr_nl_entry_static(const struct dvr_nl_entry *ne,
				      struct dvr_txn *txn, struct nlattr **tb,
				      const struct dvr_entry_key *key)
{
	struct dvr_entry *entry = dvr_entry_find(entries_of(ne, key->seg), key);

	if (!entry || entry->origin == DVR_ORIGIN_STATIC)
		return entry;
	return ERR_PTR(dvr_nl_bad(txn->extack, tb[ne->key_attr],
				  entry->origin == DVR_ORIGIN_PORT ?
				  ne->of_port : ne->of_gateway, -EEXIST));
}

/**
 * dvr_nl_entry_del() - stage the end of a static entry, or end a learned one
 * @ne: kind of entry
 * @txn: open transaction
 * @tb: attributes
 *
 * Return: 0, -EINVAL, -ENOENT, or -EBUSY for the entry of a port or a gateway.
 */
int dvr_nl_entry_del(const struct dvr_nl_entry *ne, struct dvr_txn *txn,
		     struct nlattr **tb)
{
	struct dvr_entry_key key;
	struct dvr_entry *entry;
	int err;

	err = dvr_nl_entry_key(ne, txn->dn, txn->extack, tb, &key);
	if (err)
		return err;
	entry = dvr_entry_find(entries_of(ne, key.seg), &key);
	if (!entry)
		return ne->unlearn(&key) ? 0 :
		       dvr_nl_bad(txn->extack, tb[ne->key_attr], ne->no_entry,
				  -ENOENT);
	if (entry->origin != DVR_ORIGIN_STATIC)
		return dvr_nl_bad(txn->extack, tb[ne->key_attr],
				  entry->origin == DVR_ORIGIN_PORT ?
				  ne->keep_of_port : ne->keep_of_gateway,
				  -EBUSY);
	dvr_entry_del(txn, entry);
	return 0;
}

/**
 * dvr_nl_entry_get() - reply with one live entry
 * @ne: kind of entry
 * @info: request
 *
 * Return: 0 or a negative error.
 */
int dvr_nl_entry_get(const struct dvr_nl_entry *ne, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[ENTRY_ATTRS];
	struct dvr_entry_key key;
	struct dvr_entry *entry;
	int err;

	err = dvr_nl_parse(info, ne->nk, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	err = dvr_nl_entry_key(ne, dn, info->extack, tb, &key);
	if (err)
		goto out;
	rcu_read_lock();
	entry = dvr_entry_get(entries_of(ne, key.seg)->table, &key);
	if (entry)
		err = dvr_nl_reply_atomic(info, ne->nk, &entry->obj);
	else
		err = dvr_nl_bad(info->extack, tb[ne->key_attr], ne->no_entry,
				 -ENOENT);
	rcu_read_unlock();
out:
	mutex_unlock(&dn->lock);
	return err;
}

/**
 * dvr_nl_entry_dump() - dump the live entries of a segment that match a filter
 * @ne: kind of entry
 * @skb: buffer
 * @cb: dump; args[1] is the serial number of the entry that is next, 0 for all
 * @tb: filter
 * @holder: the segment
 *
 * Return: 0, or -EMSGSIZE if there is no room for the entry that is next.
 */
int dvr_nl_entry_dump(const struct dvr_nl_entry *ne, struct sk_buff *skb,
		      struct netlink_callback *cb, struct nlattr **tb,
		      struct dvr_named *holder)
{
	struct dvr_segment *seg = container_of(holder, struct dvr_segment,
					       named);
	struct dvr_entries *in = entries_of(ne, seg);
	struct dvr_entry *entry;
	int err = 0;

	spin_lock_bh(&seg->lock);
	for (entry = dvr_entry_from(in, cb->args[1]); entry;
	     entry = dvr_entry_after(in, entry)) {
		if (!dvr_obj_live(&entry->obj) || !ne->match(tb, entry))
			continue;
		err = dvr_nl_dump_put(skb, cb, ne->nk, &entry->obj);
		if (err) {
			cb->args[1] = entry->serial;
			in->next = entry;
			break;
		}
	}
	spin_unlock_bh(&seg->lock);
	return err;
}
