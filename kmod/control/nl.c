// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: requests become transactions, changes become
 * events. Each nl_*.c handles a kind of object.
 */
#include <linux/rtnetlink.h>
#include <net/genetlink.h>

#include "control/nl.h"
#include "model/attach.h"
#include "model/fdb.h"
#include "nat/alg.h"
#include "nat/instance.h"

static const struct dvr_nl_kind *const kinds[] = {
	&dvr_nl_router,
	&dvr_nl_segment,
	&dvr_nl_port,
	&dvr_nl_iface,
	&dvr_nl_route,
	&dvr_nl_neigh,
	&dvr_nl_fdb,
	&dvr_nl_nat,
};

/* Commands of each kind, in the order of uapi/dvr.yaml. */
enum verb {
	GET,
	ADD,
	SET,
	DEL,
	VERBS
};

static const struct dvr_nl_kind *nl_kind_of_cmd(u32 cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (cmd > kinds[i]->get && cmd < kinds[i]->get + VERBS)
			return kinds[i];
	return NULL;
}

static const struct dvr_nl_kind *nl_kind_of_obj(const struct dvr_obj *obj)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->kind == obj->kind)
			return kinds[i];
	return NULL;
}

/* Refuse attributes that the command does not use. */
static int nl_check_meaning(struct netlink_ext_ack *extack,
			    const struct dvr_nl_kind *nk, enum verb verb,
			    struct nlattr **tb)
{
	int err;

	if (verb == DEL)
		return dvr_nl_none_of(extack, tb, nk->maxattr, ~nk->keys,
				      "the attribute does not name the object");
	err = dvr_nl_none_of(extack, tb, nk->maxattr, nk->told,
			     "the attribute is read-only");
	if (err)
		return err;
	if (verb == SET)
		return dvr_nl_check_unset(extack, nk, tb);
	if (nk->unset && tb[nk->unset])
		return dvr_nl_bad(extack, tb[nk->unset],
				  "a new object has nothing to unset", -EINVAL);
	return 0;
}

/* Stage one command. A refusal that names no attribute names the object. */
static int nl_stage(struct dvr_txn *txn, const struct dvr_nl_kind *nk, u32 cmd,
		    const struct nlattr *attr)
{
	struct nlattr *tb[DVR_NL_ATTRS];
	int err;

	dvr_nl_index(tb, nk->maxattr, attr);
	/* No attribute has type 0, so the object itself goes there. */
	tb[0] = (struct nlattr *)attr;
	err = nl_check_meaning(txn->extack, nk, cmd - nk->get, tb);
	if (err)
		return err;
	switch (cmd - nk->get) {
	case ADD:
		err = nk->add(txn, tb);
		break;
	case SET:
		err = nk->set(txn, tb);
		break;
	case DEL:
		err = nk->del(txn, tb);
		break;
	}
	return dvr_nl_blame(txn->extack, attr, err);
}

static void nl_lock(struct dvr_net *dn, bool rtnl)
{
	if (rtnl)
		rtnl_lock();
	mutex_lock(&dn->lock);
}

static void nl_finish(struct dvr_txn *txn, int err)
{
	if (err)
		dvr_txn_abort(txn);
	else
		dvr_txn_commit(txn);
	mutex_unlock(&txn->dn->lock);
	dvr_txn_end(txn);
	if (!txn->rtnl)
		return;
	rtnl_unlock();
	/* Restore devices before the requester gets the reply. */
	dvr_attach_flush(txn->dn);
}

/*
 * Wait, without locks, for what a transaction was refused for. Return: 0 if the
 * changes may be staged again, in @waited with the reason.
 */
static int nl_wait(const struct dvr_txn *txn, u8 *waited)
{
	int err;

	if (txn->helpers && !(*waited & DVR_WAITED_HELPERS)) {
		*waited |= DVR_WAITED_HELPERS;
		err = dvr_alg_load(txn->helpers, txn->extack);
		if (err)
			return err;
	} else if (txn->zone && !(*waited & DVR_WAITED_ZONE)) {
		*waited |= DVR_WAITED_ZONE;
		dvr_nat_wait_zone(txn->dn, txn->zone);
	} else {
		return -EAGAIN;
	}
	txn->extack->bad_attr = NULL;
	return 0;
}

/* Carry out the commands of a request, all or none; @stage stages them. */
static int nl_transact(struct genl_info *info, bool rtnl,
		       int (*stage)(struct dvr_txn *txn,
				    struct genl_info *info))
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct dvr_txn txn;
	u8 waited = 0;
	int err;

	do {
		nl_lock(dn, rtnl);
		dvr_txn_begin(&txn, dn, rtnl, info->extack);
		txn.request = info;
		txn.waited = waited;
		err = stage(&txn, info);
		nl_finish(&txn, err);
	} while (err == -EAGAIN && !(err = nl_wait(&txn, &waited)));
	return err;
}

static int nl_stage_one(struct dvr_txn *txn, struct genl_info *info)
{
	const struct dvr_nl_kind *nk = nl_kind_of_cmd(info->genlhdr->cmd);

	return nl_stage(txn, nk, info->genlhdr->cmd, info->attrs[nk->attr]);
}

/* Carry out a request with one command. */
static int nl_change(struct genl_info *info)
{
	const struct dvr_nl_kind *nk = nl_kind_of_cmd(info->genlhdr->cmd);

	if (!info->attrs[nk->attr])
		return dvr_nl_bad(info->extack, NULL,
				  "the request has no object", -EINVAL);
	return nl_transact(info, nk->rtnl, nl_stage_one);
}

#define CHANGE(name)						\
int dvr_nl_##name##_doit(struct sk_buff *skb, struct genl_info *info)	\
{								\
	return nl_change(info);					\
}

CHANGE(router_add)
CHANGE(router_set)
CHANGE(router_del)
CHANGE(segment_add)
CHANGE(segment_set)
CHANGE(segment_del)
CHANGE(port_add)
CHANGE(port_set)
CHANGE(port_del)
CHANGE(iface_add)
CHANGE(iface_set)
CHANGE(iface_del)
CHANGE(route_add)
CHANGE(route_set)
CHANGE(route_del)
CHANGE(neigh_add)
CHANGE(neigh_set)
CHANGE(neigh_del)
CHANGE(fdb_add)
CHANGE(fdb_set)
CHANGE(fdb_del)
CHANGE(nat_add)
CHANGE(nat_set)
CHANGE(nat_del)

/* The command of an op in a batch, or 0. */
static u32 nl_op_cmd(const struct nlattr *op)
{
	struct nlattr *attr;
	u32 cmd = 0;
	int rem;

	nla_for_each_nested(attr, op, rem)
		if (nla_type(attr) == DVR_A_OP_CMD)
			cmd = nla_get_u32(attr);
	return cmd;
}

/* Read command and object of an op in a batch, or refuse the op. */
static const struct dvr_nl_kind *nl_read_op(struct netlink_ext_ack *extack,
					    const struct nlattr *op, u32 *cmd,
					    struct nlattr **object)
{
	struct nlattr *tb[DVR_A_OP_MAX + 1];
	const struct dvr_nl_kind *nk;
	int err;

	dvr_nl_index(tb, DVR_A_OP_MAX, op);
	if (!tb[DVR_A_OP_CMD])
		return ERR_PTR(dvr_nl_bad(extack, op, "the op has no command",
					  -EINVAL));
	*cmd = nla_get_u32(tb[DVR_A_OP_CMD]);
	nk = nl_kind_of_cmd(*cmd);
	if (!nk)
		return ERR_PTR(dvr_nl_bad(extack, tb[DVR_A_OP_CMD],
					  "a batch cannot have this command",
					  -EINVAL));
	err = dvr_nl_none_of(extack, tb, DVR_A_OP_MAX,
			     ~(BIT_ULL(DVR_A_OP_CMD) | BIT_ULL(nk->op_attr)),
			     "the op has an object of another command");
	if (err)
		return ERR_PTR(err);
	*object = tb[nk->op_attr];
	if (!*object)
		return ERR_PTR(dvr_nl_bad(extack, op,
					  "the op has no object of its command",
					  -EINVAL));
	return nk;
}

/* Check if any op needs RTNL. Malformed ops are refused later. */
static bool nl_batch_needs_rtnl(struct genl_info *info)
{
	const struct dvr_nl_kind *nk;
	struct nlattr *op;
	int rem;

	nlmsg_for_each_attr(op, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(op) != DVR_A_OP)
			continue;
		nk = nl_kind_of_cmd(nl_op_cmd(op));
		if (nk && nk->rtnl)
			return true;
	}
	return false;
}

/* Refuse a batch that was made for what the configuration is no more. */
static int nl_check_generation(const struct dvr_txn *txn,
			       const struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[DVR_A_EXPECT_GENERATION];

	if (!attr || nla_get_u32(attr) == txn->dn->generation)
		return 0;
	return dvr_nl_bad(txn->extack, attr,
			  "the configuration has changed and has another generation; read it again",
			  -ESTALE);
}

static int nl_stage_batch(struct dvr_txn *txn, struct genl_info *info)
{
	const struct dvr_nl_kind *nk;
	struct nlattr *op, *object;
	int rem, err;
	u32 cmd;

	err = nl_check_generation(txn, info);
	if (err)
		return err;
	nlmsg_for_each_attr(op, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(op) != DVR_A_OP)
			continue;
		nk = nl_read_op(info->extack, op, &cmd, &object);
		err = IS_ERR(nk) ? PTR_ERR(nk) :
				   nl_stage(txn, nk, cmd, object);
		if (err)
			break;
		cond_resched();
	}
	return err;
}

/**
 * dvr_nl_batch_doit() - carry out all commands of a batch, or none
 * @skb: message
 * @info: request
 *
 * Return: 0 or the error of the first command that was refused.
 */
int dvr_nl_batch_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nl_transact(info, nl_batch_needs_rtnl(info), nl_stage_batch);
}

/**
 * dvr_nl_event() - report a change to listeners
 * @dn: namespace
 * @obj: object
 * @event: kind of change
 * @txn: transaction that makes the change, or NULL
 * @gfp: GFP_KERNEL, or GFP_ATOMIC in atomic context
 *
 * An event of a transaction has the generation that the transaction makes, and
 * portid and sequence number of its request. With NLM_F_ECHO the
 * requester gets the event too, before the answer, once even as a listener.
 *
 * Events may be lost if there is no memory, as with all of netlink. A listener
 * that needs all changes compares with a dump.
 */
void dvr_nl_event(struct dvr_net *dn, struct dvr_obj *obj,
		  enum dvr_event event, const struct dvr_txn *txn, gfp_t gfp)
{
	const struct dvr_nl_kind *nk = nl_kind_of_obj(obj);
	struct genl_info *request = txn ? txn->request : NULL;
	u32 portid = request ? request->snd_portid : 0;
	u32 seq = request ? request->snd_seq : 0;
	struct sk_buff *msg;
	u8 cmd;

	if (!genl_has_listeners(&dvr_family, dn->net, nk->group) &&
	    !(request && nlmsg_report(request->nlhdr)))
		return;
	msg = genlmsg_new(DVR_NL_REPLY_SIZE, gfp);
	if (!msg)
		return;
	cmd = nk->ntf + (event == DVR_EVENT_DEL);
	if (dvr_nl_put(msg, portid, seq,
		       event == DVR_EVENT_NEW ? NLM_F_CREATE : 0, cmd,
		       txn ? dn->generation : 0, nk, obj))
		nlmsg_free(msg);
	else if (request)
		genl_notify(&dvr_family, msg, request, nk->group, gfp);
	else
		genlmsg_multicast_netns(&dvr_family, dn->net, msg, 0,
					nk->group, gfp);
}

/**
 * dvr_nl_alert() - report to listeners that a router drops packets at a limit
 * @router: router
 * @reason: reason of the drops
 * @handle: nat rule, or 0
 *
 * Context: softirq.
 */
void dvr_nl_alert(const struct dvr_router *router, enum dvr_drop reason,
		  u32 handle)
{
	struct net *net = router->dn->net;
	struct nlattr *nest;
	struct sk_buff *msg;
	void *hdr;

	if (!genl_has_listeners(&dvr_family, net, DVR_NLGRP_ALERT))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC);
	if (!msg)
		return;
	hdr = genlmsg_put(msg, 0, 0, &dvr_family, 0, DVR_CMD_ALERT_NTF);
	nest = hdr ? nla_nest_start(msg, DVR_A_ALERT) : NULL;
	if (!nest ||
	    dvr_nl_put_ref(msg, DVR_A_ALERT_ROUTER, &router->named) ||
	    nla_put_string(msg, DVR_A_ALERT_REASON,
			   dvr_drop_descs[reason].name) ||
	    (handle && nla_put_u32(msg, DVR_A_ALERT_HANDLE, handle))) {
		nlmsg_free(msg);
		return;
	}
	nla_nest_end(msg, nest);
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&dvr_family, net, msg, 0, DVR_NLGRP_ALERT,
				GFP_ATOMIC);
}

/* Refuse a dump that would show something else than its filter asks for. */
static int nl_dump_start(struct netlink_callback *cb)
{
	const struct genlmsghdr *hdr = nlmsg_data(cb->nlh);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->get == hdr->cmd)
			return dvr_nl_dump_check(cb, kinds[i]);
	return 0;
}

/* dvr_nl_ops with callbacks that the generator does not support. */
static struct genl_ops ops[ARRAY_SIZE(dvr_nl_ops)] __ro_after_init;

/**
 * dvr_nl_register() - register the generic netlink family
 *
 * Return: 0 or an error.
 */
int __init dvr_nl_register(void)
{
	unsigned int i;

	memcpy(ops, dvr_nl_ops, sizeof(ops));
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (ops[i].dumpit)
			ops[i].start = nl_dump_start;
		if (ops[i].cmd == DVR_CMD_FLOW_GET) {
			ops[i].start = dvr_nl_flow_get_start;
			ops[i].done = dvr_nl_flow_get_done;
		}
		if (ops[i].cmd == DVR_CMD_DROPS_GET)
			ops[i].start = dvr_nl_drops_get_start;
		if (ops[i].cmd == DVR_CMD_MDB_GET)
			ops[i].start = dvr_nl_mdb_get_start;
	}
	dvr_family.ops = ops;
	dvr_family.n_ops = ARRAY_SIZE(ops);
	return genl_register_family(&dvr_family);
}

/**
 * dvr_nl_unregister() - unregister the generic netlink family
 */
void dvr_nl_unregister(void)
{
	genl_unregister_family(&dvr_family);
}
