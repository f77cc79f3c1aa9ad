// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of the generic netlink family: filters, and the place from which the
 * next message continues. If the configuration changed meanwhile, the dump is
 * marked as interrupted, and the client repeats the request.
 */
#include <net/genetlink.h>

#include "control/nl.h"

/**
 * dvr_nl_check_names() - refuse names and ids in a filter that no object has
 * @cb: dump
 * @router: reference to a router, if the filter has one
 * @segment: reference to a segment, if the filter has one
 * @port: reference to a port, if the filter has one
 *
 * Else an error of spelling would be a dump without objects.
 *
 * Return: 0, -ENOENT, or -EINVAL if a name and an id are of two objects.
 */
int dvr_nl_check_names(struct netlink_callback *cb, struct dvr_nl_ref router,
		       struct dvr_nl_ref segment, struct dvr_nl_ref port)
{
	struct dvr_net *dn = dvr_net(sock_net(cb->skb->sk));
	int err = 0;

	mutex_lock(&dn->lock);
	if (dvr_nl_ref_attr(router))
		err = PTR_ERR_OR_ZERO(dvr_nl_router_ref(dn, cb->extack,
							router));
	if (!err && dvr_nl_ref_attr(segment))
		err = PTR_ERR_OR_ZERO(dvr_nl_segment_ref(dn, cb->extack,
							 segment));
	if (!err && dvr_nl_ref_attr(port))
		err = PTR_ERR_OR_ZERO(dvr_nl_port_ref(dn, cb->extack, port));
	mutex_unlock(&dn->lock);
	return err;
}

/**
 * dvr_nl_filter() - read the filter of a dump
 * @cb: dump
 * @nk: kind of the objects
 * @tb: set to the attributes that objects must match, all NULL without a filter
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_filter(struct netlink_callback *cb, const struct dvr_nl_kind *nk,
		  struct nlattr **tb)
{
	struct nlattr **attrs = dvr_dump_attrs(cb);

	memset(tb, 0, sizeof(*tb) * (nk->maxattr + 1));
	if (!attrs || !attrs[nk->attr])
		return 0;
	return nla_parse_nested(tb, nk->maxattr, attrs[nk->attr], nk->policy,
				cb->extack);
}

/**
 * dvr_nl_dump_check() - check the filter of a dump before the dump begins
 * @cb: dump
 * @nk: kind of the objects
 *
 * Return: 0, -EINVAL for an attribute that is no filter, or -ENOENT for a name
 *	that no object has.
 */
int dvr_nl_dump_check(struct netlink_callback *cb, const struct dvr_nl_kind *nk)
{
	struct nlattr *tb[DVR_NL_ATTRS];
	int err;

	err = dvr_nl_filter(cb, nk, tb);
	if (err)
		return err;
	/* A client would take all objects for those that it asked for. */
	err = dvr_nl_none_of(cb->extack, tb, nk->maxattr, ~nk->filters,
			     "a dump does not select objects by this attribute");
	return err ?: dvr_nl_check_names(cb, dvr_nl_ref(tb, nk->by_router),
					 dvr_nl_ref(tb, nk->by_segment),
					 dvr_nl_ref(tb, nk->by_port));
}

/**
 * dvr_nl_dump_put() - put an object into a dump
 * @skb: buffer
 * @cb: dump; &netlink_callback.seq is set
 * @nk: kind of the object
 * @obj: the object
 *
 * Return: 0, or -EMSGSIZE if the object must go into the next message.
 */
int dvr_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct dvr_nl_kind *nk, const struct dvr_obj *obj)
{
	unsigned int start = skb->len;
	int err;

	err = dvr_nl_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			 NLM_F_MULTI, nk->get, cb->seq, nk, obj);
	if (!err)
		nl_dump_check_consistent(cb, (struct nlmsghdr *)(skb->data +
								 start));
	return err;
}

/**
 * dvr_nl_dump_named() - dump routers, segments or ports by rising id
 * @skb: buffer
 * @cb: dump; args[0] is the next id
 * @nk: kind of the objects
 * @ids: the objects by id
 * @match: checks if an object matches a filter
 *
 * Return: the return value of a dumpit callback.
 */
int dvr_nl_dump_named(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct dvr_nl_kind *nk, struct xarray *ids,
		      bool (*match)(struct nlattr **tb,
				    const struct dvr_named *named))
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));
	struct nlattr *tb[DVR_NL_ATTRS];
	struct dvr_named *named;
	unsigned long id;
	int err;

	err = dvr_nl_filter(cb, nk, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	cb->seq = dn->generation;
	xa_for_each_start(ids, id, named, cb->args[0]) {
		if (match(tb, named)) {
			err = dvr_nl_dump_put(skb, cb, nk, &named->obj);
			if (err)
				break;
		}
		cb->args[0] = id + 1;
	}
	mutex_unlock(&dn->lock);
	return skb->len;
}

/**
 * dvr_nl_dump_held() - dump the objects of routers or segments, by rising id
 * @skb: buffer
 * @cb: dump; args[0] is the holder's id, args[1] the place in the holder
 * @tb: filter
 * @only: reference to the only holder to dump, or without name and id
 * @ids: the holders by id
 * @dump: dumps a holder from args[1] on; -EMSGSIZE if there is no room
 *
 * Return: the return value of a dumpit callback.
 */
int dvr_nl_dump_held(struct sk_buff *skb, struct netlink_callback *cb,
		     struct nlattr **tb, struct dvr_nl_ref only,
		     struct xarray *ids,
		     int (*dump)(struct sk_buff *skb,
				 struct netlink_callback *cb,
				 struct nlattr **tb,
				 struct dvr_named *holder))
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));
	struct dvr_named *holder;
	unsigned long id;

	mutex_lock(&dn->lock);
	cb->seq = dn->generation;
	xa_for_each_start(ids, id, holder, cb->args[0]) {
		if (id != cb->args[0])
			cb->args[1] = 0;
		cb->args[0] = id;
		if (!dvr_nl_ref_differs(only, holder) &&
		    dump(skb, cb, tb, holder))
			break;
		cb->args[0] = id + 1;
		cb->args[1] = 0;
	}
	mutex_unlock(&dn->lock);
	return skb->len;
}
