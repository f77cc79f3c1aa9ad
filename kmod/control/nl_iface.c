// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for legs of routers. */
#include <linux/slab.h>

#include "control/nl.h"

static int nl_iface_find_ends(struct dvr_net *dn,
			      struct netlink_ext_ack *extack,
			      struct nlattr **tb, struct dvr_router **router,
			      struct dvr_segment **seg)
{
	*router = dvr_nl_router_ref(dn, extack,
				    DVR_NL_REF(tb, DVR_A_IFACE_ROUTER));
	if (IS_ERR(*router))
		return PTR_ERR(*router);
	*seg = dvr_nl_segment_ref(dn, extack,
				  DVR_NL_REF(tb, DVR_A_IFACE_SEGMENT));
	return PTR_ERR_OR_ZERO(*seg);
}

static struct dvr_iface *nl_iface_find(struct dvr_net *dn,
				       struct netlink_ext_ack *extack,
				       struct nlattr **tb)
{
	struct dvr_router *router;
	struct dvr_segment *seg;
	struct dvr_iface *iface;
	int err;

	err = nl_iface_find_ends(dn, extack, tb, &router, &seg);
	if (err)
		return ERR_PTR(err);
	iface = dvr_iface_find(router, seg);
	return iface ?: ERR_PTR(dvr_nl_bad(extack,
					   DVR_NL_GIVEN(tb, DVR_A_IFACE_SEGMENT),
					   "the router has no iface on the segment",
					   -ENOENT));
}

static int nl_iface_check_addr(const struct dvr_prefix *p)
{
	__be32 host;

	if (!dvr_ip_unicast(&p->ip))
		return -EINVAL;
	if (!p->v4 && ipv6_addr_type(&p->ip) & IPV6_ADDR_LINKLOCAL)
		return p->len >= 64 ? 0 : -EINVAL;
	if (!p->v4 || p->len > 30)
		return p->len ? 0 : -EINVAL;
	host = dvr_prefix_ip4(p) & ~dvr_mask4(p->len);
	return p->len && host != ~dvr_mask4(p->len) ? 0 : -EINVAL;
}

static int nl_iface_read_addrs(struct dvr_txn *txn, struct nlattr **tb,
			       const struct dvr_iface_cfg *old,
			       struct dvr_prefix *addr)
{
	int n, i;

	if (!tb[DVR_A_IFACE_ADDR]) {
		if (!old)
			return dvr_nl_bad(txn->extack, NULL,
					  "an iface needs an addr", -EINVAL);
		memcpy(addr, old->addr, old->n * sizeof(*addr));
		return old->n;
	}
	n = dvr_nl_prefixes(txn->extack, tb[0], DVR_A_IFACE_ADDR, addr,
			    DVR_ADDRS_MAX);
	for (i = 0; i < n; i++)
		if (nl_iface_check_addr(&addr[i]))
			return dvr_nl_bad(txn->extack, tb[DVR_A_IFACE_ADDR],
					  "a gateway cannot have this address in its subnet",
					  -EINVAL);
	return n;
}

/* What a request changes in a configuration of router advertisements. */
static struct dvr_ra_cfg *nl_iface_read_ra(struct dvr_txn *txn,
					   struct nlattr **tb,
					   const struct dvr_iface_cfg *old)
{
	struct dvr_ra_cfg *ra = kmalloc(sizeof(*ra), GFP_KERNEL_ACCOUNT);
	int err;

	if (!ra)
		return ERR_PTR(-ENOMEM);
	if (old && old->ra)
		*ra = *old->ra;
	else
		dvr_ra_cfg_init(ra);
	err = dvr_nl_ra_read(txn->extack, tb, ra);
	if (!err)
		return ra;
	kfree(ra);
	return ERR_PTR(err);
}

static struct dvr_iface_cfg *nl_iface_read_cfg(struct dvr_txn *txn,
					       struct nlattr **tb,
					       const struct dvr_router *router,
					       const struct dvr_segment *seg,
					       const struct dvr_iface_cfg *old)
{
	u64 unset = dvr_nl_unset(tb, DVR_A_IFACE_UNSET);
	u64 mac = old && !old->derived ? old->mac : 0;
	const struct dvr_ra_cfg *ra = old ? old->ra : NULL;
	u8 rpf = old ? old->rpf : DVR_RPF_OFF;
	struct dvr_ra_cfg *changed = NULL;
	struct dvr_iface_cfg *cfg;
	struct dvr_prefix *addr;
	int err = 0, n;

	if (unset & BIT_ULL(DVR_A_IFACE_MAC))
		mac = 0;
	if (unset & BIT_ULL(DVR_A_IFACE_RPF))
		rpf = DVR_RPF_OFF;
	if (tb[DVR_A_IFACE_MAC])
		err = dvr_nl_mac(txn->extack, tb[DVR_A_IFACE_MAC], &mac);
	if (err)
		return ERR_PTR(err);
	if (tb[DVR_A_IFACE_RPF])
		rpf = nla_get_u32(tb[DVR_A_IFACE_RPF]);
	if (dvr_nl_ra_given(tb)) {
		changed = nl_iface_read_ra(txn, tb, old);
		if (IS_ERR(changed))
			return ERR_CAST(changed);
		ra = dvr_ra_cfg_usual(changed) ? NULL : changed;
	}
	addr = kcalloc(DVR_ADDRS_MAX, sizeof(*addr), GFP_KERNEL_ACCOUNT);
	n = addr ? nl_iface_read_addrs(txn, tb, old, addr) : -ENOMEM;
	cfg = n < 0 ? ERR_PTR(n) :
		      dvr_iface_cfg_make(router, seg, mac, rpf, ra, addr, n) ?:
		      ERR_PTR(-ENOMEM);
	kfree(addr);
	kfree(changed);
	return cfg;
}

static int iface_add(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_iface_cfg *cfg;
	struct dvr_router *router;
	struct dvr_segment *seg;
	int err;

	err = nl_iface_find_ends(txn->dn, txn->extack, tb, &router, &seg);
	if (err)
		return err;
	if (dvr_iface_find(router, seg))
		return dvr_nl_bad(txn->extack,
				  DVR_NL_GIVEN(tb, DVR_A_IFACE_SEGMENT),
				  "the router has an iface on the segment",
				  -EEXIST);
	cfg = nl_iface_read_cfg(txn, tb, router, seg, NULL);
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	err = dvr_iface_add(txn, router, seg, cfg);
	return dvr_nl_blame(txn->extack, tb[DVR_A_IFACE_ADDR], err);
}

static int iface_set(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_iface_cfg *cfg;
	struct dvr_iface *iface;

	iface = nl_iface_find(txn->dn, txn->extack, tb);
	if (IS_ERR(iface))
		return PTR_ERR(iface);
	cfg = nl_iface_read_cfg(txn, tb, iface->router, iface->seg,
				dvr_iface_cfg(iface));
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	return dvr_nl_blame(txn->extack,
			    tb[DVR_A_IFACE_ADDR] ?: tb[DVR_A_IFACE_RA],
			    dvr_iface_set(txn, iface, cfg));
}

static int iface_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_iface *iface = nl_iface_find(txn->dn, txn->extack, tb);

	return IS_ERR(iface) ? PTR_ERR(iface) : dvr_iface_del(txn, iface);
}

static int iface_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_iface *iface = dvr_iface((struct dvr_obj *)obj);
	const struct dvr_iface_cfg *cfg;
	unsigned int i;

	cfg = dvr_dereference(iface->router->dn, iface->cfg);
	if (dvr_nl_put_ref(skb, DVR_A_IFACE_ROUTER, &iface->router->named) ||
	    dvr_nl_put_ref(skb, DVR_A_IFACE_SEGMENT, &iface->seg->named) ||
	    dvr_nl_put_mac(skb, DVR_A_IFACE_MAC, cfg->mac) ||
	    nla_put_u32(skb, DVR_A_IFACE_RPF, cfg->rpf) ||
	    (dvr_iface_cfg_has6(cfg) &&
	     nla_put_in6_addr(skb, DVR_A_IFACE_LINKLOCAL, &cfg->linklocal)))
		return -EMSGSIZE;
	for (i = 0; i < cfg->n; i++)
		if (dvr_nl_put_prefix(skb, DVR_A_IFACE_ADDR, &cfg->addr[i]))
			return -EMSGSIZE;
	return dvr_nl_ra_fill(skb, cfg->ra);
}

const struct dvr_nl_kind dvr_nl_iface = {
	.kind = &dvr_iface_kind,
	.attr = DVR_A_IFACE,
	.op_attr = DVR_A_OP_IFACE,
	.policy = dvr_iface_nl_policy,
	.maxattr = DVR_A_IFACE_MAX,
	.keys = DVR_NL_BITS_OF(DVR_A_IFACE_ROUTER) | DVR_NL_BITS_OF(DVR_A_IFACE_SEGMENT),
	.told = DVR_IFACE_READ_ONLY,
	.unset = DVR_A_IFACE_UNSET,
	.may_unset = BIT_ULL(DVR_A_IFACE_MAC) | BIT_ULL(DVR_A_IFACE_RPF) |
		     DVR_NL_RA_ATTRS,
	.filters = DVR_NL_BITS_OF(DVR_A_IFACE_ROUTER) | DVR_NL_BITS_OF(DVR_A_IFACE_SEGMENT),
	.by_router = { DVR_A_IFACE_ROUTER, DVR_A_IFACE_ROUTER_ID },
	.by_segment = { DVR_A_IFACE_SEGMENT, DVR_A_IFACE_SEGMENT_ID },
	.get = DVR_CMD_IFACE_GET,
	.ntf = DVR_CMD_IFACE_NTF,
	.group = DVR_NLGRP_IFACE,
	.add = iface_add,
	.set = iface_set,
	.del = iface_del,
	.fill = iface_fill,
};

int dvr_nl_iface_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_IFACE_MAX + 1];
	struct dvr_iface *iface;
	int err;

	err = dvr_nl_parse(info, &dvr_nl_iface, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	iface = nl_iface_find(dn, info->extack, tb);
	err = IS_ERR(iface) ? PTR_ERR(iface) :
	      dvr_nl_reply(info, &dvr_nl_iface, &iface->obj);
	mutex_unlock(&dn->lock);
	return err;
}

/* Dump the legs of a router, from the args[1]-th on. */
static int nl_iface_dump_router(struct sk_buff *skb,
				struct netlink_callback *cb,
				struct nlattr **tb, struct dvr_named *holder)
{
	struct dvr_router *router = container_of(holder, struct dvr_router,
						 named);
	struct dvr_iface *iface;
	long i = 0;

	list_for_each_entry(iface, &router->ifaces, list) {
		if (i++ < cb->args[1])
			continue;
		if (!dvr_nl_other(tb, DVR_A_IFACE_SEGMENT,
				  &iface->seg->named) &&
		    dvr_nl_dump_put(skb, cb, &dvr_nl_iface, &iface->obj))
			return -EMSGSIZE;
		cb->args[1] = i;
	}
	return 0;
}

int dvr_nl_iface_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *tb[DVR_A_IFACE_MAX + 1];

	return dvr_nl_filter(cb, &dvr_nl_iface, tb) ?:
	       dvr_nl_dump_held(skb, cb, tb, DVR_NL_REF(tb, DVR_A_IFACE_ROUTER),
				&dvr_net(sock_net(skb->sk))->routers,
				nl_iface_dump_router);
}
