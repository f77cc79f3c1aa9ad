// SPDX-License-Identifier: GPL-2.0-only
/* Over netlink: what the module can do, and its limits. */
#include "control/nl.h"
#include "nat/natrule.h"

/* Features of each module of this version, and those that a kernel may lack. */
static const u32 features =
	DVR_FEATURES_ECHO | DVR_FEATURES_GENERATION | DVR_FEATURES_PAIRS |
	DVR_FEATURES_SNOOPING | DVR_FEATURES_RA | DVR_FEATURES_NOQUEUE |
	(IS_ENABLED(CONFIG_NETFILTER_EGRESS) ? DVR_FEATURES_UPLINK : 0) |
	(IS_ENABLED(CONFIG_PREEMPT_RT) ? 0 : DVR_FEATURES_FAST_PATH) |
	(IS_ENABLED(CONFIG_NF_NAT_FTP) ? DVR_FEATURES_FTP : 0) |
	(IS_ENABLED(CONFIG_NF_NAT_TFTP) ? DVR_FEATURES_TFTP : 0) |
	(IS_ENABLED(CONFIG_NF_NAT_SIP) ? DVR_FEATURES_SIP : 0);

static const struct {
	u16 attr;
	u32 value;
} limits[] = {
	{ DVR_A_INFO_NAME_MAX, DVR_NAME_MAX },
	{ DVR_A_INFO_ADDRS_MAX, DVR_ADDRS_MAX },
	{ DVR_A_INFO_PORT_PAIRS_MAX, DVR_PORT_PAIRS_MAX },
	{ DVR_A_INFO_NEXTHOPS_MAX, DVR_NEXTHOPS_MAX },
	{ DVR_A_INFO_NAT_POOLS_MAX, DVR_NAT_POOLS_MAX },
	{ DVR_A_INFO_NAT_ADDRS_MAX, DVR_NATADDRS_MAX },
	{ DVR_A_INFO_HELPER_PORTS_MAX, DVR_HELPER_PORTS_MAX },
	{ DVR_A_INFO_RA_PREFIXES_MAX, DVR_RA_PREFIXES_MAX },
	{ DVR_A_INFO_RA_SERVERS_MAX, DVR_RA_SERVERS_MAX },
	{ DVR_A_INFO_RA_DOMAINS_MAX, DVR_RA_DOMAINS_MAX },
};

static int nl_info_put(struct sk_buff *skb, const struct genl_info *info,
		       u32 generation)
{
	struct nlattr *nest;
	unsigned int i;
	void *hdr;

	hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, &dvr_family, 0,
			  DVR_CMD_INFO_GET);
	nest = hdr ? nla_nest_start(skb, DVR_A_INFO) : NULL;
	if (!nest || nla_put_string(skb, DVR_A_INFO_VERSION, DVR_VERSION) ||
	    nla_put_u32(skb, DVR_A_INFO_FEATURES, features))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(limits); i++)
		if (nla_put_u32(skb, limits[i].attr, limits[i].value))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	if (nla_put_u32(skb, DVR_A_GENERATION, generation))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

int dvr_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	int err;

	if (!msg)
		return -ENOMEM;
	if (info->attrs[DVR_A_INFO] && nla_len(info->attrs[DVR_A_INFO])) {
		nlmsg_free(msg);
		return dvr_nl_bad(info->extack, info->attrs[DVR_A_INFO],
				  "an info in a request is empty", -EINVAL);
	}
	mutex_lock(&dn->lock);
	err = nl_info_put(msg, info, dn->generation);
	mutex_unlock(&dn->lock);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}
