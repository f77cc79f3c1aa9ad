// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for segments. */
#include <linux/stringify.h>

#include "control/nl.h"

static int nl_segment_read_cfg(struct netlink_ext_ack *extack,
			       struct nlattr **tb,
			       struct dvr_segment_cfg *cfg)
{
	u32 vni = cfg->vni;
	int err;

	err = dvr_nl_u32(extack, tb[DVR_A_SEGMENT_VNI], 0, DVR_SEGMENT_VNI_MAX,
			 "a vni is 0 to " __stringify(DVR_SEGMENT_VNI_MAX), &vni) ?:
	      dvr_nl_u32(extack, tb[DVR_A_SEGMENT_MTU], DVR_SEGMENT_MTU_MIN, U16_MAX,
			 "an mtu is " __stringify(DVR_SEGMENT_MTU_MIN) " to 65535 bytes",
			 &cfg->mtu);
	cfg->vni = vni;
	if (tb[DVR_A_SEGMENT_UNKNOWN])
		cfg->unknown = nla_get_u32(tb[DVR_A_SEGMENT_UNKNOWN]);
	if (tb[DVR_A_SEGMENT_SUPPRESS])
		cfg->suppress = nla_get_u32(tb[DVR_A_SEGMENT_SUPPRESS]);
	if (tb[DVR_A_SEGMENT_SNOOPING])
		cfg->snooping = nla_get_u32(tb[DVR_A_SEGMENT_SNOOPING]);
	return err;
}

static void nl_segment_cfg_init(struct dvr_segment_cfg *cfg)
{
	memset(cfg, 0, sizeof(*cfg));	/* padding is compared too */
	cfg->vni = -1;
	cfg->mtu = DVR_SEGMENT_MTU_DEFAULT;
	cfg->unknown = DVR_UNKNOWN_FLOOD;
	cfg->suppress = DVR_SEGMENT_SUPPRESS_DEFAULT;
	cfg->snooping = DVR_SEGMENT_SNOOPING_DEFAULT;
}

static void nl_segment_unset(struct nlattr **tb, struct dvr_segment_cfg *cfg)
{
	u64 unset = dvr_nl_unset(tb, DVR_A_SEGMENT_UNSET);
	struct dvr_segment_cfg usual;

	nl_segment_cfg_init(&usual);
	if (unset & BIT_ULL(DVR_A_SEGMENT_VNI))
		cfg->vni = usual.vni;
	if (unset & BIT_ULL(DVR_A_SEGMENT_MTU))
		cfg->mtu = usual.mtu;
	if (unset & BIT_ULL(DVR_A_SEGMENT_UNKNOWN))
		cfg->unknown = usual.unknown;
	if (unset & BIT_ULL(DVR_A_SEGMENT_SUPPRESS))
		cfg->suppress = usual.suppress;
	if (unset & BIT_ULL(DVR_A_SEGMENT_SNOOPING))
		cfg->snooping = usual.snooping;
}

static int segment_add(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_segment_cfg cfg;
	const char *name;
	int err;
	u32 id;

	name = dvr_nl_name(txn->extack, tb[DVR_A_SEGMENT_NAME],
			   "a segment needs a name");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (dvr_segment_find(txn->dn, name))
		return dvr_nl_bad(txn->extack, tb[DVR_A_SEGMENT_NAME],
				  "there is a segment of this name", -EEXIST);
	nl_segment_cfg_init(&cfg);
	err = nl_segment_read_cfg(txn->extack, tb, &cfg) ?:
	      dvr_nl_id(txn->extack, tb[DVR_A_SEGMENT_ID], &txn->dn->segments,
			&id);
	if (err)
		return err;
	return PTR_ERR_OR_ZERO(dvr_segment_add(txn, name, id, &cfg));
}

static int segment_set(struct dvr_txn *txn, struct nlattr **tb)
{
	struct nlattr *id = tb[DVR_A_SEGMENT_ID];
	struct dvr_segment_cfg cfg;
	struct dvr_segment *seg;

	seg = dvr_nl_segment_ref(txn->dn, txn->extack,
				 DVR_NL_SELF_SET(tb, DVR_A_SEGMENT));
	if (IS_ERR(seg))
		return PTR_ERR(seg);
	if (id && nla_get_u32(id) != seg->named.slot.id)
		return dvr_nl_bad(txn->extack, id,
				  "the id of a segment cannot change",
				  -EOPNOTSUPP);
	cfg = *dvr_segment_cfg(seg);
	nl_segment_unset(tb, &cfg);
	return nl_segment_read_cfg(txn->extack, tb, &cfg) ?:
	       dvr_segment_set(txn, seg, &cfg);
}

static int segment_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_segment *seg;

	seg = dvr_nl_segment_ref(txn->dn, txn->extack,
				 DVR_NL_SELF(tb, DVR_A_SEGMENT));
	return IS_ERR(seg) ? PTR_ERR(seg) : dvr_segment_del(txn, seg);
}

static int segment_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_segment *seg = dvr_segment((struct dvr_obj *)obj);

	if (nla_put_u32(skb, DVR_A_SEGMENT_ID, seg->named.slot.id) ||
	    nla_put_string(skb, DVR_A_SEGMENT_NAME, seg->named.name) ||
	    (seg->cfg.vni >= 0 &&
	     nla_put_u32(skb, DVR_A_SEGMENT_VNI, seg->cfg.vni)) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_MTU, seg->cfg.mtu) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_UNKNOWN, seg->cfg.unknown) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_SUPPRESS, seg->cfg.suppress) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_SNOOPING, seg->cfg.snooping) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_PORTS, seg->n_ports) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_IFACES, seg->n_ifaces) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_NEIGHS, READ_ONCE(seg->neighs.n)) ||
	    nla_put_u32(skb, DVR_A_SEGMENT_MACS, READ_ONCE(seg->fdb.n)))
		return -EMSGSIZE;
	return 0;
}

const struct dvr_nl_kind dvr_nl_segment = {
	.kind = &dvr_segment_kind,
	.attr = DVR_A_SEGMENT,
	.op_attr = DVR_A_OP_SEGMENT,
	.policy = dvr_segment_nl_policy,
	.maxattr = DVR_A_SEGMENT_MAX,
	.keys = BIT_ULL(DVR_A_SEGMENT_NAME) | BIT_ULL(DVR_A_SEGMENT_ID),
	.told = DVR_SEGMENT_READ_ONLY,
	.unset = DVR_A_SEGMENT_UNSET,
	.may_unset = BIT_ULL(DVR_A_SEGMENT_VNI) | BIT_ULL(DVR_A_SEGMENT_MTU) |
		     BIT_ULL(DVR_A_SEGMENT_UNKNOWN) |
		     BIT_ULL(DVR_A_SEGMENT_SUPPRESS) |
		     BIT_ULL(DVR_A_SEGMENT_SNOOPING),
	.filters = BIT_ULL(DVR_A_SEGMENT_NAME) | BIT_ULL(DVR_A_SEGMENT_ID),
	.get = DVR_CMD_SEGMENT_GET,
	.ntf = DVR_CMD_SEGMENT_NTF,
	.group = DVR_NLGRP_SEGMENT,
	.add = segment_add,
	.set = segment_set,
	.del = segment_del,
	.fill = segment_fill,
};

int dvr_nl_segment_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_SEGMENT_MAX + 1];
	struct dvr_segment *seg;
	int err;

	err = dvr_nl_parse(info, &dvr_nl_segment, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	seg = dvr_nl_segment_ref(dn, info->extack,
				 DVR_NL_SELF(tb, DVR_A_SEGMENT));
	err = IS_ERR(seg) ? PTR_ERR(seg) :
	      dvr_nl_reply(info, &dvr_nl_segment, &seg->named.obj);
	mutex_unlock(&dn->lock);
	return err;
}

static bool nl_segment_match(struct nlattr **tb, const struct dvr_named *named)
{
	return !dvr_nl_ref_differs(DVR_NL_SELF(tb, DVR_A_SEGMENT), named);
}

int dvr_nl_segment_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));

	return dvr_nl_dump_named(skb, cb, &dvr_nl_segment, &dn->segments,
				 nl_segment_match);
}
