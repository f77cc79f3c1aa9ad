// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for nat rules. */
#include <linux/slab.h>

#include "control/nl.h"
#include "nat/natrule.h"

#define NAME	"a nat rule needs "

static int nl_nat_read_prefix(struct netlink_ext_ack *extack,
			      const struct nlattr *attr, const char *missing,
			      struct dvr_prefix *p)
{
	struct dvr_prefix whole;
	int err;

	if (!attr)
		return dvr_nl_bad(extack, NULL, missing, -EINVAL);
	err = dvr_nl_prefix(extack, attr, p);
	if (err)
		return err;
	whole = *p;
	dvr_prefix_mask(p);
	if (!dvr_prefix_equal(&whole, p))
		return dvr_nl_bad(extack, attr, "the prefix has host bits set",
				  -EINVAL);
	return dvr_nl_forwarded(extack, attr, p);
}

static int nl_nat_read_host(struct netlink_ext_ack *extack,
			    const struct nlattr *attr,
			    const char *missing, struct dvr_prefix *p)
{
	int err = nl_nat_read_prefix(extack, attr, missing, p);

	if (err)
		return err;
	if (dvr_prefix_bits(p) != 128 || !dvr_ip_unicast(&p->ip) ||
	    (!p->v4 && ipv6_addr_type(&p->ip) & IPV6_ADDR_LINKLOCAL))
		return dvr_nl_bad(extack, attr,
				  "a host cannot have this address", -EINVAL);
	return 0;
}

static int nl_nat_read_ports(struct netlink_ext_ack *extack, struct nlattr **tb,
			     struct dvr_natrule_spec *spec)
{
	u32 min = 0, max, inside = 0;
	int err;

	err = dvr_nl_u32(extack, tb[DVR_A_NAT_PORT_MIN], 1, U16_MAX,
			 "a port is 1 to 65535", &min);
	max = min;
	err = err ?: dvr_nl_u32(extack, tb[DVR_A_NAT_PORT_MAX], 1, U16_MAX,
				"a port is 1 to 65535", &max);
	err = err ?: dvr_nl_u32(extack, tb[DVR_A_NAT_INSIDE_PORT], 1, U16_MAX,
				"a port is 1 to 65535", &inside);
	if (err)
		return err;
	if (max < min || (max && !min))
		return dvr_nl_bad(extack, tb[DVR_A_NAT_PORT_MAX],
				  "the range of ports ends before it begins",
				  -EINVAL);
	if (inside + max - min > U16_MAX)
		return dvr_nl_bad(extack, tb[DVR_A_NAT_INSIDE_PORT],
				  "the inside ports end beyond 65535", -EINVAL);
	spec->cfg.port_min = min;
	spec->cfg.port_max = max;
	spec->cfg.inside_port = inside;
	return 0;
}

static int nl_nat_read_pool(struct netlink_ext_ack *extack,
			    const struct nlattr *attr,
			    bool v4, struct dvr_natpool *pool)
{
	struct nlattr *tb[DVR_A_NAT_POOL_MAX + 1];
	int err;

	err = nla_parse_nested(tb, DVR_A_NAT_POOL_MAX, attr,
			       dvr_nat_pool_nl_policy, extack);
	if (err)
		return err;
	if (!tb[DVR_A_NAT_POOL_FIRST])
		return dvr_nl_bad(extack, attr, "a range needs a first address",
				  -EINVAL);
	err = dvr_nl_unicast(extack, tb[DVR_A_NAT_POOL_FIRST], &pool->first);
	pool->last = pool->first;
	if (!err && tb[DVR_A_NAT_POOL_LAST])
		err = dvr_nl_unicast(extack, tb[DVR_A_NAT_POOL_LAST],
				     &pool->last);
	if (err)
		return err;
	if (ipv6_addr_v4mapped(&pool->first) != v4 ||
	    ipv6_addr_v4mapped(&pool->last) != v4)
		return dvr_nl_bad(extack, attr,
				  "inside and outside are of different families",
				  -EINVAL);
	if (memcmp(&pool->first, &pool->last, 12) ||
	    ntohl(pool->last.s6_addr32[3]) < ntohl(pool->first.s6_addr32[3]))
		return dvr_nl_bad(extack, attr,
				  "the range ends before it begins, or differs in more than its last 32 bits",
				  -EINVAL);
	return 0;
}

static bool nl_nat_pools_overlap(const struct dvr_natpool *a,
				 const struct dvr_natpool *b)
{
	return memcmp(&a->first, &b->last, sizeof(a->first)) <= 0 &&
	       memcmp(&b->first, &a->last, sizeof(a->first)) <= 0;
}

static int nl_nat_read_pools(struct netlink_ext_ack *extack, struct nlattr **tb,
			     struct dvr_natrule_spec *spec)
{
	struct nlattr *attr;
	int rem, err, i;
	u64 n = 0;

	nla_for_each_nested(attr, tb[0], rem) {
		struct dvr_natpool *pool = &spec->pool[spec->cfg.n_pools];

		if (nla_type(attr) != DVR_A_NAT_POOL)
			continue;
		if (spec->cfg.n_pools == DVR_NAT_POOLS_MAX)
			return dvr_nl_bad(extack, attr,
					  "too many ranges of addresses",
					  -E2BIG);
		err = nl_nat_read_pool(extack, attr, spec->cfg.inside.v4, pool);
		if (err)
			return err;
		for (i = 0; i < spec->cfg.n_pools; i++)
			if (nl_nat_pools_overlap(pool, &spec->pool[i]))
				return dvr_nl_bad(extack, attr,
						  "two ranges overlap", -EINVAL);
		n += (u64)ntohl(pool->last.s6_addr32[3]) -
		     ntohl(pool->first.s6_addr32[3]) + 1;
		if (n > DVR_NATADDRS_MAX)
			return dvr_nl_bad(extack, attr,
					  "a rule has at most 1024 outside addresses",
					  -E2BIG);
		spec->cfg.n_pools++;
	}
	return spec->cfg.n_pools ? 0 :
	       dvr_nl_bad(extack, NULL, NAME "an outside address", -EINVAL);
}

static int nl_nat_read_snat(struct netlink_ext_ack *extack, struct nlattr **tb,
			    struct dvr_natrule_spec *spec)
{
	if (tb[DVR_A_NAT_MAPPING])
		spec->cfg.mapping = nla_get_u32(tb[DVR_A_NAT_MAPPING]);
	if (tb[DVR_A_NAT_FILTER])
		spec->cfg.filter = nla_get_u32(tb[DVR_A_NAT_FILTER]);
	if (spec->cfg.mapping == DVR_NAT_BEHAVIOUR_CONNECTION &&
	    spec->cfg.filter == DVR_NAT_BEHAVIOUR_ENDPOINT)
		return dvr_nl_bad(extack, tb[DVR_A_NAT_FILTER],
				  "filter endpoint needs mapping endpoint",
				  -EINVAL);
	return nl_nat_read_prefix(extack, tb[DVR_A_NAT_INSIDE],
				  NAME "the inside prefix",
				  &spec->cfg.inside) ?:
	       nl_nat_read_ports(extack, tb, spec) ?:
	       nl_nat_read_pools(extack, tb, spec);
}

static int nl_nat_same_family(struct netlink_ext_ack *extack,
			      const struct nlattr *attr,
			      const struct dvr_prefix *a,
			      const struct dvr_prefix *b)
{
	if (a->v4 == b->v4)
		return 0;
	return dvr_nl_bad(extack, attr,
			  "inside and outside are of different families",
			  -EINVAL);
}

static int nl_nat_read_floating(struct netlink_ext_ack *extack,
				struct nlattr **tb,
				struct dvr_natrule_spec *spec)
{
	struct dvr_prefix *in = &spec->cfg.inside, *out = &spec->cfg.outside;
	int err;

	err = nl_nat_read_prefix(extack, tb[DVR_A_NAT_OUTSIDE],
				 NAME "the outside address", out) ?:
	      nl_nat_read_prefix(extack, tb[DVR_A_NAT_INSIDE],
				 NAME "the inside address", in) ?:
	      nl_nat_same_family(extack, tb[DVR_A_NAT_INSIDE], in, out);
	if (err)
		return err;
	if (in->len != out->len)
		return dvr_nl_bad(extack, tb[DVR_A_NAT_INSIDE],
				  "both prefixes must have the same length",
				  -EINVAL);
	if (dvr_prefix_bits(out) == 128)
		return nl_nat_read_host(extack, tb[DVR_A_NAT_OUTSIDE],
					NULL, out) ?:
		       nl_nat_read_host(extack, tb[DVR_A_NAT_INSIDE], NULL, in);
	if (out->v4 || out->len < 16 || out->len > 112)
		return dvr_nl_bad(extack, tb[DVR_A_NAT_OUTSIDE],
				  "prefix translation is for IPv6 prefixes of /16 to /112",
				  -EINVAL);
	return 0;
}

static int nl_nat_read_forward(struct netlink_ext_ack *extack,
			       struct nlattr **tb,
			       struct dvr_natrule_spec *spec)
{
	int err;

	err = nl_nat_read_host(extack, tb[DVR_A_NAT_OUTSIDE],
			       NAME "the outside address",
			       &spec->cfg.outside) ?:
	      nl_nat_read_host(extack, tb[DVR_A_NAT_INSIDE],
			       NAME "the inside address", &spec->cfg.inside) ?:
	      nl_nat_same_family(extack, tb[DVR_A_NAT_INSIDE],
				 &spec->cfg.inside, &spec->cfg.outside) ?:
	      nl_nat_read_ports(extack, tb, spec);
	if (err)
		return err;
	if (tb[DVR_A_NAT_PROTO])
		spec->cfg.proto = nla_get_u32(tb[DVR_A_NAT_PROTO]);
	if (spec->cfg.proto != IPPROTO_TCP && spec->cfg.proto != IPPROTO_UDP &&
	    spec->cfg.proto != IPPROTO_SCTP)
		return dvr_nl_bad(extack, tb[DVR_A_NAT_PROTO],
				  "ports of tcp, udp or sctp can be forwarded",
				  -EINVAL);
	if (!spec->cfg.port_min || !spec->cfg.inside_port)
		return dvr_nl_bad(extack, NULL,
				  NAME "an outside and an inside port",
				  -EINVAL);
	return 0;
}

static int nl_nat_read_none(struct netlink_ext_ack *extack, struct nlattr **tb,
			    struct dvr_natrule_spec *spec)
{
	return nl_nat_read_prefix(extack, tb[DVR_A_NAT_INSIDE],
				  NAME "the inside prefix",
				  &spec->cfg.inside) ?:
	       nl_nat_read_prefix(extack, tb[DVR_A_NAT_DST],
				  NAME "the destinations that are exempt",
				  &spec->cfg.dst) ?:
	       nl_nat_same_family(extack, tb[DVR_A_NAT_DST], &spec->cfg.inside,
				  &spec->cfg.dst);
}

/* Attributes that only some kinds of rules have. */
#define PORTS		(BIT_ULL(DVR_A_NAT_PORT_MIN) | BIT_ULL(DVR_A_NAT_PORT_MAX))
#define SOME		(PORTS | BIT_ULL(DVR_A_NAT_OUTSIDE) | BIT_ULL(DVR_A_NAT_DST) | \
			 BIT_ULL(DVR_A_NAT_POOL) | BIT_ULL(DVR_A_NAT_PROTO) | \
			 BIT_ULL(DVR_A_NAT_INSIDE_PORT) | \
			 BIT_ULL(DVR_A_NAT_MAPPING) | BIT_ULL(DVR_A_NAT_FILTER))

static const struct {
	u32 prio;
	u64 some;
	int (*read)(struct netlink_ext_ack *extack, struct nlattr **tb,
		    struct dvr_natrule_spec *spec);
} nat_kinds[] = {
	[DVR_NAT_KIND_SNAT] = { DVR_NAT_PRIO_SNAT, PORTS | BIT_ULL(DVR_A_NAT_POOL) |
		BIT_ULL(DVR_A_NAT_MAPPING) | BIT_ULL(DVR_A_NAT_FILTER),
		nl_nat_read_snat },
	[DVR_NAT_KIND_FLOATING] = { DVR_NAT_PRIO_FLOATING,
		BIT_ULL(DVR_A_NAT_OUTSIDE), nl_nat_read_floating },
	[DVR_NAT_KIND_FORWARD] = { DVR_NAT_PRIO_FORWARD,
		PORTS | BIT_ULL(DVR_A_NAT_OUTSIDE) |
		BIT_ULL(DVR_A_NAT_PROTO) | BIT_ULL(DVR_A_NAT_INSIDE_PORT),
		nl_nat_read_forward },
	[DVR_NAT_KIND_NONE] = { DVR_NAT_PRIO_NONE, BIT_ULL(DVR_A_NAT_DST),
		nl_nat_read_none },
};

static int nl_nat_find_leg(struct dvr_txn *txn, struct nlattr **tb,
			   struct dvr_router *router, struct dvr_iface **leg)
{
	struct dvr_segment *seg;

	seg = dvr_nl_segment_ref(txn->dn, txn->extack,
				 DVR_NL_REF(tb, DVR_A_NAT_OUT));
	if (IS_ERR(seg))
		return PTR_ERR(seg);
	*leg = dvr_iface_find(router, seg);
	return *leg ? 0 : dvr_nl_bad(txn->extack,
				     DVR_NL_GIVEN(tb, DVR_A_NAT_OUT),
				     "the router has no iface on the segment; add it first",
				     -ENOENT);
}

static int nl_nat_read_spec(struct dvr_txn *txn, struct nlattr **tb,
			    struct dvr_router *router,
			    struct dvr_natrule_spec *spec)
{
	int err = nl_nat_find_leg(txn, tb, router, &spec->cfg.out);

	if (err)
		return err;
	if (!tb[DVR_A_NAT_KIND])
		return dvr_nl_bad(txn->extack, NULL,
				  NAME "a kind: snat, floating, forward or none",
				  -EINVAL);
	spec->cfg.kind = nla_get_u32(tb[DVR_A_NAT_KIND]);
	spec->cfg.filter = DVR_NAT_FILTER_DEFAULT;
	err = dvr_nl_none_of(txn->extack, tb, DVR_A_NAT_MAX,
			     SOME & ~nat_kinds[spec->cfg.kind].some,
			     "rules of this kind do not have the attribute") ?:
	      nat_kinds[spec->cfg.kind].read(txn->extack, tb, spec);
	if (err)
		return err;
	if ((spec->cfg.kind == DVR_NAT_KIND_FLOATING ||
	     spec->cfg.kind == DVR_NAT_KIND_FORWARD) &&
	    dvr_prefix_bits(&spec->cfg.inside) == 128 &&
	    dvr_route_is_local(router, &spec->cfg.inside.ip))
		return dvr_nl_bad(txn->extack, tb[DVR_A_NAT_INSIDE],
				  "the inside address is the router's own",
				  -EINVAL);
	spec->cfg.prio = nat_kinds[spec->cfg.kind].prio;
	if (tb[DVR_A_NAT_PRIO])
		spec->cfg.prio = nla_get_u32(tb[DVR_A_NAT_PRIO]);
	if (tb[DVR_A_NAT_HANDLE])
		spec->handle = nla_get_u32(tb[DVR_A_NAT_HANDLE]);
	return 0;
}

/*
 * Stage a new rule. With @replace, the new rule replaces a rule for the same
 * traffic, unless that rule is equal.
 */
static int nl_nat_make_rule(struct dvr_txn *txn, struct nlattr **tb,
			    struct dvr_router *router,
			    struct dvr_natrule_spec *spec,
			    bool replace)
{
	struct dvr_natrule *old;
	int err;

	err = nl_nat_read_spec(txn, tb, router, spec);
	if (err)
		return err;
	old = dvr_natrule_same_key(router, spec);
	if (old && !replace)
		return dvr_nl_bad(txn->extack, tb[DVR_A_NAT_KIND],
				  "the router has a rule for the same traffic; see nat replace",
				  -EEXIST);
	if (old && dvr_natrule_equal(old, spec))
		return 0;
	if (old) {
		if (!spec->handle)
			spec->handle = old->slot.id;
		dvr_natrule_del(txn, old);
	}
	if (spec->handle && dvr_natrule_find(router, spec->handle))
		return dvr_nl_bad(txn->extack, tb[DVR_A_NAT_HANDLE],
				  "another rule of the router has this handle",
				  -EEXIST);
	err = dvr_natrule_add(txn, router, spec);
	return dvr_nl_blame(txn->extack,
			    tb[DVR_A_NAT_OUTSIDE] ?: tb[DVR_A_NAT_POOL], err);
}

static int nl_nat_make(struct dvr_txn *txn, struct nlattr **tb, bool replace)
{
	struct dvr_natrule_spec *spec;
	struct dvr_router *router;
	int err;

	router = dvr_nl_router_ref(txn->dn, txn->extack,
				   DVR_NL_REF(tb, DVR_A_NAT_ROUTER));
	if (IS_ERR(router))
		return PTR_ERR(router);
	spec = kzalloc(sizeof(*spec), GFP_KERNEL_ACCOUNT);
	if (!spec)
		return -ENOMEM;
	err = nl_nat_make_rule(txn, tb, router, spec, replace);
	kfree(spec);
	return err;
}

static int nat_add(struct dvr_txn *txn, struct nlattr **tb)
{
	return nl_nat_make(txn, tb, false);
}

static int nat_set(struct dvr_txn *txn, struct nlattr **tb)
{
	return nl_nat_make(txn, tb, true);
}

static struct dvr_natrule *nl_nat_find(struct dvr_net *dn,
				       struct netlink_ext_ack *extack,
				       struct nlattr **tb)
{
	struct dvr_natrule *rule;
	struct dvr_router *router;

	router = dvr_nl_router_ref(dn, extack,
				   DVR_NL_REF(tb, DVR_A_NAT_ROUTER));
	if (IS_ERR(router))
		return ERR_CAST(router);
	if (!tb[DVR_A_NAT_HANDLE])
		return ERR_PTR(dvr_nl_bad(extack, NULL,
					  "name the rule by its handle",
					  -EINVAL));
	rule = dvr_natrule_find(router, nla_get_u32(tb[DVR_A_NAT_HANDLE]));
	return rule ?: ERR_PTR(dvr_nl_bad(extack, tb[DVR_A_NAT_HANDLE],
					  "the router has no rule of this handle",
					  -ENOENT));
}

static int nat_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_natrule *rule = nl_nat_find(txn->dn, txn->extack, tb);

	if (IS_ERR(rule))
		return PTR_ERR(rule);
	dvr_natrule_del(txn, rule);
	return 0;
}

static int nl_nat_fill_pools(struct sk_buff *skb,
			     const struct dvr_natrule *rule)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < rule->cfg.n_pools; i++) {
		nest = nla_nest_start(skb, DVR_A_NAT_POOL);
		if (!nest ||
		    dvr_nl_put_ip(skb, DVR_A_NAT_POOL_FIRST,
				  &rule->pools[i].first) ||
		    dvr_nl_put_ip(skb, DVR_A_NAT_POOL_LAST,
				  &rule->pools[i].last))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int nl_nat_fill_kind(struct sk_buff *skb, const struct dvr_natrule *rule)
{
	if (rule->cfg.kind == DVR_NAT_KIND_NONE)
		return dvr_nl_put_prefix(skb, DVR_A_NAT_DST, &rule->cfg.dst);
	if (rule->cfg.kind == DVR_NAT_KIND_SNAT)
		return nl_nat_fill_pools(skb, rule) ?:
		       nla_put_u32(skb, DVR_A_NAT_MAPPING, rule->cfg.mapping) ?:
		       nla_put_u32(skb, DVR_A_NAT_FILTER, rule->cfg.filter);
	if (dvr_nl_put_prefix(skb, DVR_A_NAT_OUTSIDE, &rule->cfg.outside))
		return -EMSGSIZE;
	if (rule->cfg.kind != DVR_NAT_KIND_FORWARD)
		return 0;
	return nla_put_u32(skb, DVR_A_NAT_PROTO, rule->cfg.proto) ?:
	       nla_put_u32(skb, DVR_A_NAT_INSIDE_PORT, rule->cfg.inside_port);
}

static int nat_fill_counters(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_natrule *rule = dvr_natrule((struct dvr_obj *)obj);
	u64 used = 0, most = 0, all;
	unsigned int i;

	if (nla_put_uint(skb, DVR_A_NAT_HITS, atomic64_read(&rule->hits)) ||
	    nla_put_u32(skb, DVR_A_NAT_CONNS, atomic_read(&rule->n_conns)))
		return -EMSGSIZE;
	/* Where a connection has a mapping of its own, ports are not counted. */
	if (rule->cfg.kind != DVR_NAT_KIND_SNAT ||
	    rule->cfg.mapping == DVR_NAT_BEHAVIOUR_CONNECTION)
		return 0;
	for (i = 0; i < DVR_NATPORT_CLASSES; i++) {
		u32 n = READ_ONCE(rule->n_ports[i]);

		used += n;
		if (i != DVR_NATPORT_OTHER)
			most = max_t(u64, most, n);
	}
	all = rule->cfg.port_max ?
	      rule->cfg.port_max - rule->cfg.port_min + 1 : U16_MAX;
	all *= rule->n_uses;
	return nla_put_uint(skb, DVR_A_NAT_PORTS_USED, used) ?:
	       nla_put_uint(skb, DVR_A_NAT_PORTS_FREE,
			    all > most ? all - most : 0);
}

static int nat_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_natrule *rule = dvr_natrule((struct dvr_obj *)obj);

	if (dvr_nl_put_ref(skb, DVR_A_NAT_ROUTER, &rule->nat->router->named) ||
	    nla_put_u32(skb, DVR_A_NAT_HANDLE, rule->slot.id) ||
	    dvr_nl_put_ref(skb, DVR_A_NAT_OUT, &rule->cfg.out->seg->named) ||
	    nla_put_u32(skb, DVR_A_NAT_KIND, rule->cfg.kind) ||
	    nla_put_u32(skb, DVR_A_NAT_PRIO, rule->cfg.prio) ||
	    dvr_nl_put_prefix(skb, DVR_A_NAT_INSIDE, &rule->cfg.inside) ||
	    nl_nat_fill_kind(skb, rule))
		return -EMSGSIZE;
	if (rule->cfg.port_max &&
	    (nla_put_u32(skb, DVR_A_NAT_PORT_MIN, rule->cfg.port_min) ||
	     nla_put_u32(skb, DVR_A_NAT_PORT_MAX, rule->cfg.port_max)))
		return -EMSGSIZE;
	return 0;
}

const struct dvr_nl_kind dvr_nl_nat = {
	.kind = &dvr_natrule_kind,
	.attr = DVR_A_NAT,
	.op_attr = DVR_A_OP_NAT,
	.policy = dvr_nat_nl_policy,
	.maxattr = DVR_A_NAT_MAX,
	.keys = DVR_NL_BITS_OF(DVR_A_NAT_ROUTER) | BIT_ULL(DVR_A_NAT_HANDLE),
	.told = DVR_NAT_READ_ONLY,
	.filters = DVR_NL_BITS_OF(DVR_A_NAT_ROUTER) |
		   DVR_NL_BITS_OF(DVR_A_NAT_OUT) |
		   BIT_ULL(DVR_A_NAT_KIND) |
		   BIT_ULL(DVR_A_NAT_HANDLE),
	.by_router = { DVR_A_NAT_ROUTER, DVR_A_NAT_ROUTER_ID },
	.by_segment = { DVR_A_NAT_OUT, DVR_A_NAT_OUT_ID },
	.get = DVR_CMD_NAT_GET,
	.ntf = DVR_CMD_NAT_NTF,
	.group = DVR_NLGRP_NAT,
	.add = nat_add,
	.set = nat_set,
	.del = nat_del,
	.fill = nat_fill,
	.fill_counters = nat_fill_counters,
};

int dvr_nl_nat_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_NAT_MAX + 1];
	struct dvr_natrule *rule;
	int err;

	err = dvr_nl_parse(info, &dvr_nl_nat, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	rule = nl_nat_find(dn, info->extack, tb);
	err = IS_ERR(rule) ? PTR_ERR(rule) :
	      dvr_nl_reply(info, &dvr_nl_nat, &rule->obj);
	mutex_unlock(&dn->lock);
	return err;
}

static bool nl_nat_match(struct nlattr **tb, const struct dvr_natrule *rule)
{
	return !dvr_nl_other(tb, DVR_A_NAT_OUT, &rule->cfg.out->seg->named) &&
	       (!tb[DVR_A_NAT_KIND] ||
		nla_get_u32(tb[DVR_A_NAT_KIND]) == rule->cfg.kind) &&
	       (!tb[DVR_A_NAT_HANDLE] ||
		nla_get_u32(tb[DVR_A_NAT_HANDLE]) == rule->slot.id);
}

/* Dump the rules of a router, from handle args[1] on. */
static int nl_nat_dump_router(struct sk_buff *skb, struct netlink_callback *cb,
			      struct nlattr **tb, struct dvr_named *holder)
{
	struct dvr_router *router = container_of(holder, struct dvr_router,
						 named);
	struct dvr_natrule *rule;
	unsigned long handle;

	if (!router->nat_ctl)
		return 0;
	xa_for_each_start(&router->nat_ctl->handles, handle, rule,
			  cb->args[1]) {
		if (nl_nat_match(tb, rule) &&
		    dvr_nl_dump_put(skb, cb, &dvr_nl_nat, &rule->obj))
			return -EMSGSIZE;
		cb->args[1] = handle + 1;
	}
	return 0;
}

int dvr_nl_nat_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *tb[DVR_A_NAT_MAX + 1];

	return dvr_nl_filter(cb, &dvr_nl_nat, tb) ?:
	       dvr_nl_dump_held(skb, cb, tb, DVR_NL_REF(tb, DVR_A_NAT_ROUTER),
				&dvr_net(sock_net(skb->sk))->routers,
				nl_nat_dump_router);
}
