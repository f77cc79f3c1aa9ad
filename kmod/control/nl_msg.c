// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the generic netlink family. */
#include <net/genetlink.h>

#include "control/nl.h"

static const struct genl_multicast_group groups[] = {
	[DVR_NLGRP_ROUTER] = { .name = DVR_MCGRP_ROUTER, DVR_MCAST_FLAGS },
	[DVR_NLGRP_SEGMENT] = { .name = DVR_MCGRP_SEGMENT, DVR_MCAST_FLAGS },
	[DVR_NLGRP_PORT] = { .name = DVR_MCGRP_PORT, DVR_MCAST_FLAGS },
	[DVR_NLGRP_IFACE] = { .name = DVR_MCGRP_IFACE, DVR_MCAST_FLAGS },
	[DVR_NLGRP_ROUTE] = { .name = DVR_MCGRP_ROUTE, DVR_MCAST_FLAGS },
	[DVR_NLGRP_NEIGH] = { .name = DVR_MCGRP_NEIGH, DVR_MCAST_FLAGS },
	[DVR_NLGRP_FDB] = { .name = DVR_MCGRP_FDB, DVR_MCAST_FLAGS },
	[DVR_NLGRP_NAT] = { .name = DVR_MCGRP_NAT, DVR_MCAST_FLAGS },
	[DVR_NLGRP_ALERT] = { .name = DVR_MCGRP_ALERT, DVR_MCAST_FLAGS },
};

/* nl.c sets the operations. */
struct genl_family dvr_family __ro_after_init = {
	.name = DVR_FAMILY_NAME,
	.version = DVR_FAMILY_VERSION,
	.maxattr = DVR_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * dvr_nl_parse() - read the attributes of the object in a get
 * @info: request
 * @nk: kind of the object
 * @tb: set to the attributes, from 0 to &dvr_nl_kind.maxattr
 *
 * Return: 0 or -EINVAL.
 */
int dvr_nl_parse(struct genl_info *info, const struct dvr_nl_kind *nk,
		 struct nlattr **tb)
{
	if (!info->attrs[nk->attr])
		return dvr_nl_bad(info->extack, NULL,
				  "the request has no object", -EINVAL);
	return nla_parse_nested(tb, nk->maxattr, info->attrs[nk->attr],
				nk->policy, info->extack) ?:
	       dvr_nl_none_of(info->extack, tb, nk->maxattr, ~nk->keys,
			      "the attribute does not name the object");
}

/**
 * dvr_nl_put() - put a message about an object
 * @skb: buffer
 * @portid: netlink port of the receiver
 * @seq: sequence number
 * @flags: flags of the message
 * @cmd: command
 * @generation: of the configuration, or 0 to leave it out
 * @nk: kind of the object
 * @obj: the object
 *
 * An event has no counters: an object may have many events, and its counters are
 * sums over all CPUs.
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_put(struct sk_buff *skb, u32 portid, u32 seq, int flags, u8 cmd,
	       u32 generation, const struct dvr_nl_kind *nk,
	       const struct dvr_obj *obj)
{
	struct nlattr *nest;
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &dvr_family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, nk->attr);
	if (!nest || nk->fill(skb, obj) ||
	    (cmd == nk->get && nk->fill_counters &&
	     nk->fill_counters(skb, obj))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	if (generation && nla_put_u32(skb, DVR_A_GENERATION, generation)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int nl_reply(struct genl_info *info, const struct dvr_nl_kind *nk,
		    const struct dvr_obj *obj, gfp_t gfp)
{
	struct sk_buff *msg = genlmsg_new(DVR_NL_REPLY_SIZE, gfp);
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	int err;

	if (!msg)
		return -ENOMEM;
	err = dvr_nl_put(msg, info->snd_portid, info->snd_seq, 0,
			 info->genlhdr->cmd, dn->generation, nk, obj);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/**
 * dvr_nl_reply() - answer a get
 * @info: request
 * @nk: kind of the object
 * @obj: the object
 *
 * Context: the configuration mutex.
 * Return: 0, -EMSGSIZE or -ENOMEM.
 */
int dvr_nl_reply(struct genl_info *info, const struct dvr_nl_kind *nk,
		 const struct dvr_obj *obj)
{
	return nl_reply(info, nk, obj, GFP_KERNEL);
}

/**
 * dvr_nl_reply_atomic() - answer a get under RCU
 * @info: request
 * @nk: kind of the object
 * @obj: the object
 *
 * Context: the configuration mutex and RCU.
 * Return: 0, -EMSGSIZE or -ENOMEM.
 */
int dvr_nl_reply_atomic(struct genl_info *info, const struct dvr_nl_kind *nk,
			const struct dvr_obj *obj)
{
	return nl_reply(info, nk, obj, GFP_ATOMIC);
}
