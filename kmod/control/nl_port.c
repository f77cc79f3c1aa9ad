// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands for ports. */
#include <linux/slab.h>
#include <linux/stringify.h>

#include "control/nl.h"
#include "link/xmit.h"

/* Read the addresses of a MAC, host bits zero. Return: their number or an error. */
static int nl_port_read_addrs(struct netlink_ext_ack *extack,
			      const struct nlattr *parent, int type,
			      struct dvr_prefix *addr, unsigned int max)
{
	int n, i;

	n = dvr_nl_prefixes(extack, parent, type, addr, max);
	for (i = 0; i < n; i++) {
		struct dvr_prefix whole = addr[i];

		dvr_prefix_mask(&addr[i]);
		if (!dvr_prefix_equal(&whole, &addr[i]))
			return dvr_nl_bad(extack, parent,
					  "the prefix has host bits set",
					  -EINVAL);
		if (dvr_prefix_bits(&whole) == 128 &&
		    !dvr_ip_unicast(&whole.ip))
			return dvr_nl_bad(extack, parent,
					  "the address is not unicast", -EINVAL);
	}
	return n;
}

static bool nl_port_unset(struct nlattr **tb, int attr)
{
	return dvr_nl_unset(tb, DVR_A_PORT_UNSET) & BIT_ULL(attr);
}

/* Read the addresses of the port itself; else copy the old ones. */
static int nl_port_read_own(struct dvr_txn *txn, struct nlattr **tb,
			    const struct dvr_guard *old,
			    struct dvr_prefix *addr)
{
	if (tb[DVR_A_PORT_ADDR])
		return nl_port_read_addrs(txn->extack, tb[0], DVR_A_PORT_ADDR,
					  addr, DVR_ADDRS_MAX);
	if (!old || nl_port_unset(tb, DVR_A_PORT_ADDR))
		return 0;
	memcpy(addr, old->addr, old->n * sizeof(*addr));
	return old->n;
}

/* Read a pair, whose addresses leave room for @room of them. */
static struct dvr_guard *nl_port_read_pair(struct netlink_ext_ack *extack,
					   const struct nlattr *attr,
					   struct dvr_prefix *addr,
					   unsigned int room)
{
	struct nlattr *tb[DVR_A_PORT_PAIR_MAX + 1];
	u64 mac;
	int n;

	dvr_nl_index(tb, DVR_A_PORT_PAIR_MAX, attr);
	if (!tb[DVR_A_PORT_PAIR_MAC])
		return ERR_PTR(dvr_nl_bad(extack, attr, "a pair needs a MAC",
					  -EINVAL));
	n = dvr_nl_mac(extack, tb[DVR_A_PORT_PAIR_MAC], &mac) ?:
	    nl_port_read_addrs(extack, attr, DVR_A_PORT_PAIR_ADDR, addr, room);
	if (n < 0)
		return ERR_PTR(n);
	return dvr_guard_make(mac, addr, n) ?: ERR_PTR(-ENOMEM);
}

/* Read all pairs, and append them to the guard. */
static int nl_port_append_pairs(struct netlink_ext_ack *extack,
				struct nlattr **tb, struct dvr_guard *guard,
				struct dvr_prefix *addr)
{
	unsigned int n = 0, room = DVR_ADDRS_MAX;
	struct nlattr *attr;
	int rem;

	if (!guard->mac)
		return dvr_nl_bad(extack, tb[DVR_A_PORT_PAIR],
				  "a port with further MACs needs a mac of its own",
				  -EINVAL);
	nla_for_each_nested(attr, tb[0], rem) {
		if (nla_type(attr) != DVR_A_PORT_PAIR)
			continue;
		if (n++ == DVR_PORT_PAIRS_MAX)
			return dvr_nl_bad(extack, attr, "too many MACs", -E2BIG);
		guard->next = nl_port_read_pair(extack, attr, addr, room);
		if (IS_ERR(guard->next)) {
			int err = PTR_ERR(guard->next);

			guard->next = NULL;
			return err;
		}
		guard = guard->next;
		room -= guard->n;
	}
	return 0;
}

/* A request that names the MAC of the port names all MACs of the port. */
static int nl_port_read_pairs(struct dvr_txn *txn, struct nlattr **tb,
			      const struct dvr_guard *old,
			      struct dvr_guard *guard, struct dvr_prefix *addr)
{
	if (tb[DVR_A_PORT_PAIR])
		return nl_port_append_pairs(txn->extack, tb, guard, addr);
	if (!old || !old->next || tb[DVR_A_PORT_MAC] ||
	    nl_port_unset(tb, DVR_A_PORT_MAC) ||
	    nl_port_unset(tb, DVR_A_PORT_PAIR))
		return 0;
	guard->next = dvr_guard_copy(old->next);
	return guard->next ? 0 : -ENOMEM;
}

/* Set whether the addresses are checked: for the port, so for all its MACs. */
static void nl_port_read_security(struct nlattr **tb,
				  const struct dvr_guard *old,
				  struct dvr_guard *guard)
{
	bool given = old && old->given && !nl_port_unset(tb, DVR_A_PORT_SECURITY);
	bool on = guard->security;

	if (given)
		on = old->security;
	if (tb[DVR_A_PORT_SECURITY]) {
		given = true;
		on = nla_get_u32(tb[DVR_A_PORT_SECURITY]);
	}
	for (; guard; guard = guard->next) {
		guard->given = given;
		guard->security = on;
	}
}

/* Make the guard that a port will have after the request. */
static struct dvr_guard *nl_port_read_guard(struct dvr_txn *txn,
					    struct nlattr **tb,
					    const struct dvr_guard *old)
{
	struct dvr_guard *guard;
	struct dvr_prefix *addr;
	u64 mac = old ? old->mac : 0;
	int err = 0, n;

	if (nl_port_unset(tb, DVR_A_PORT_MAC))
		mac = 0;
	if (tb[DVR_A_PORT_MAC])
		err = dvr_nl_mac(txn->extack, tb[DVR_A_PORT_MAC], &mac);
	if (err)
		return ERR_PTR(err);
	addr = kcalloc(DVR_ADDRS_MAX, sizeof(*addr), GFP_KERNEL_ACCOUNT);
	if (!addr)
		return ERR_PTR(-ENOMEM);
	n = nl_port_read_own(txn, tb, old, addr);
	guard = n < 0 ? ERR_PTR(n) :
			dvr_guard_make(mac, addr, n) ?: ERR_PTR(-ENOMEM);
	if (!IS_ERR(guard)) {
		err = nl_port_read_pairs(txn, tb, old, guard, addr);
		nl_port_read_security(tb, old, guard);
	}
	kfree(addr);
	if (!err)
		return guard;
	dvr_guard_free(guard);
	return ERR_PTR(err);
}

static void nl_port_cfg_init(struct dvr_port_cfg *cfg, bool uplink)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->flood = uplink ? DVR_PORT_FLOOD_RATE_UPLINK :
			      DVR_PORT_FLOOD_RATE_DEFAULT;
	cfg->neigh = uplink ? DVR_PORT_NEIGH_RATE_UPLINK :
			      DVR_PORT_NEIGH_RATE_DEFAULT;
}

static void nl_port_unset_cfg(struct nlattr **tb, bool uplink,
			      struct dvr_port_cfg *cfg)
{
	struct dvr_port_cfg usual;

	nl_port_cfg_init(&usual, uplink);
	if (nl_port_unset(tb, DVR_A_PORT_FLOOD_RATE_PPS))
		cfg->flood = usual.flood;
	if (nl_port_unset(tb, DVR_A_PORT_NEIGH_RATE_PPS))
		cfg->neigh = usual.neigh;
	if (nl_port_unset(tb, DVR_A_PORT_NOQUEUE))
		cfg->noqueue = usual.noqueue;
}

static int nl_port_read_cfg(struct netlink_ext_ack *extack,
			    struct nlattr **tb, struct dvr_port_cfg *cfg)
{
	if (tb[DVR_A_PORT_NOQUEUE])
		cfg->noqueue = nla_get_u32(tb[DVR_A_PORT_NOQUEUE]);
	return dvr_nl_u32(extack, tb[DVR_A_PORT_FLOOD_RATE_PPS], 0,
			  DVR_PORT_FLOOD_RATE_MAX,
			  "flood-rate is 0 to " __stringify(DVR_PORT_FLOOD_RATE_MAX)
			  " frames a second",
			  &cfg->flood) ?:
	       dvr_nl_u32(extack, tb[DVR_A_PORT_NEIGH_RATE_PPS], 0,
			  DVR_PORT_NEIGH_RATE_MAX,
			  "neigh-rate is 0 to " __stringify(DVR_PORT_NEIGH_RATE_MAX)
			  " messages a second",
			  &cfg->neigh);
}

static int port_add(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_port_spec spec = {};
	struct dvr_guard *guard;
	struct dvr_port *port;
	const char *name;
	int err;

	name = dvr_nl_name(txn->extack, tb[DVR_A_PORT_NAME],
			   "a port needs a name");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (dvr_port_find(txn->dn, name))
		return dvr_nl_bad(txn->extack, tb[DVR_A_PORT_NAME],
				  "there is a port of this name", -EEXIST);
	spec.seg = dvr_nl_segment_ref(txn->dn, txn->extack,
				      DVR_NL_REF(tb, DVR_A_PORT_SEGMENT));
	if (IS_ERR(spec.seg))
		return PTR_ERR(spec.seg);
	spec.devname = tb[DVR_A_PORT_DEV] ? nla_data(tb[DVR_A_PORT_DEV]) : name;
	if (!dev_valid_name(spec.devname))
		return dvr_nl_bad(txn->extack, tb[DVR_A_PORT_DEV] ?:
				  tb[DVR_A_PORT_NAME],
				  "a netdev cannot have this name; give a name with dev",
				  -EINVAL);
	err = dvr_nl_id(txn->extack, tb[DVR_A_PORT_ID], &txn->dn->ports,
			&spec.id);
	if (err)
		return err;
	if (tb[DVR_A_PORT_UPLINK])
		spec.uplink = nla_get_u32(tb[DVR_A_PORT_UPLINK]);
	if (tb[DVR_A_PORT_ATTACH])
		spec.attach = nla_get_u32(tb[DVR_A_PORT_ATTACH]);
	nl_port_cfg_init(&spec.cfg, spec.uplink);
	err = nl_port_read_cfg(txn->extack, tb, &spec.cfg);
	if (err)
		return err;
	guard = nl_port_read_guard(txn, tb, NULL);
	if (IS_ERR(guard))
		return PTR_ERR(guard);
	spec.guard = guard;
	port = dvr_port_add(txn, name, &spec);
	dvr_guard_free(guard);
	return dvr_nl_blame(txn->extack, tb[DVR_A_PORT_DEV] ?:
			    tb[DVR_A_PORT_NAME], PTR_ERR_OR_ZERO(port));
}

/* Refuse changes of attributes that a port keeps for life. */
static int nl_port_check_fixed(struct dvr_txn *txn, const struct dvr_port *port,
			       struct nlattr **tb)
{
	const struct nlattr *bad = NULL;

	if (tb[DVR_A_PORT_ID] &&
	    nla_get_u32(tb[DVR_A_PORT_ID]) != port->named.slot.id)
		bad = tb[DVR_A_PORT_ID];
	if (dvr_nl_other(tb, DVR_A_PORT_SEGMENT, &port->seg->named))
		bad = DVR_NL_GIVEN(tb, DVR_A_PORT_SEGMENT);
	if (dvr_nl_differs(tb[DVR_A_PORT_DEV], port->devname))
		bad = tb[DVR_A_PORT_DEV];
	if (tb[DVR_A_PORT_UPLINK] &&
	    nla_get_u32(tb[DVR_A_PORT_UPLINK]) != port->uplink)
		bad = tb[DVR_A_PORT_UPLINK];
	if (tb[DVR_A_PORT_ATTACH] &&
	    nla_get_u32(tb[DVR_A_PORT_ATTACH]) != port->attach)
		bad = tb[DVR_A_PORT_ATTACH];
	return bad ? dvr_nl_bad(txn->extack, bad,
				"the attribute cannot change; delete the port and add it again",
				-EOPNOTSUPP) : 0;
}

static int port_set(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_port_cfg cfg;
	struct dvr_guard *guard;
	struct dvr_port *port;
	int err;

	port = dvr_nl_port_ref(txn->dn, txn->extack,
			       DVR_NL_SELF_SET(tb, DVR_A_PORT));
	if (IS_ERR(port))
		return PTR_ERR(port);
	cfg = *dvr_port_cfg(port);
	nl_port_unset_cfg(tb, port->uplink, &cfg);
	err = nl_port_check_fixed(txn, port, tb) ?:
	      nl_port_read_cfg(txn->extack, tb, &cfg);
	if (err)
		return err;
	guard = nl_port_read_guard(txn, tb, dvr_port_guard(port));
	if (IS_ERR(guard))
		return PTR_ERR(guard);
	err = dvr_port_set(txn, port, guard, &cfg);
	dvr_guard_free(guard);
	return err;
}

static int port_del(struct dvr_txn *txn, struct nlattr **tb)
{
	struct dvr_port *port;

	port = dvr_nl_port_ref(txn->dn, txn->extack,
			       DVR_NL_SELF(tb, DVR_A_PORT));
	return IS_ERR(port) ? PTR_ERR(port) : dvr_port_del(txn, port);
}

/* How frames leave by the device of a bound port. */
static int nl_port_fill_transmit(struct sk_buff *skb,
				 const struct dvr_port *port)
{
	enum dvr_transmit way = DVR_TRANSMIT_DIRECT;
	const char *qdisc = NULL;
	struct net_device *dev;
	int err;

	rcu_read_lock();
	local_bh_disable();
	dev = rcu_dereference(port->dev);
	if (dev)
		way = dvr_xmit_way(port, dev, &qdisc);
	err = nla_put_u32(skb, DVR_A_PORT_TRANSMIT, way) ?:
	      qdisc ? nla_put_string(skb, DVR_A_PORT_QDISC, qdisc) : 0;
	local_bh_enable();
	rcu_read_unlock();
	return err;
}

static int nl_port_fill_device(struct sk_buff *skb, const struct dvr_port *port)
{
	const char *why = port->refused;
	u8 state = DVR_PORT_STATE_ABSENT;
	struct net_device *dev;
	int ifindex = 0;

	rcu_read_lock();
	dev = rcu_dereference(port->dev);
	if (dev) {
		ifindex = dev->ifindex;
		state = READ_ONCE(port->up) ? DVR_PORT_STATE_UP :
					      DVR_PORT_STATE_DOWN;
	} else if (why &&
		   dev_get_by_name_rcu(port->dn->net, port->devname)) {
		state = DVR_PORT_STATE_REFUSED;
	}
	rcu_read_unlock();
	if (nla_put_u32(skb, DVR_A_PORT_STATE, state))
		return -EMSGSIZE;
	if (state == DVR_PORT_STATE_REFUSED)
		return nla_put_string(skb, DVR_A_PORT_WHY, why);
	if (!ifindex)
		return 0;
	return nla_put_u32(skb, DVR_A_PORT_IFINDEX, ifindex) ?:
	       nla_put_u32(skb, DVR_A_PORT_MTU, READ_ONCE(port->mtu)) ?:
	       nl_port_fill_transmit(skb, port);
}

static int nl_port_fill_addrs(struct sk_buff *skb, int type,
			      const struct dvr_guard *guard)
{
	unsigned int i;

	for (i = 0; i < guard->n; i++)
		if (dvr_nl_put_prefix(skb, type, &guard->addr[i]))
			return -EMSGSIZE;
	return 0;
}

static int nl_port_fill_pair(struct sk_buff *skb, const struct dvr_guard *guard)
{
	struct nlattr *nest = nla_nest_start(skb, DVR_A_PORT_PAIR);

	if (!nest)
		return -EMSGSIZE;
	if (dvr_nl_put_mac(skb, DVR_A_PORT_PAIR_MAC, guard->mac) ||
	    nl_port_fill_addrs(skb, DVR_A_PORT_PAIR_ADDR, guard)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int port_fill(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_port *port = dvr_port((struct dvr_obj *)obj);
	const struct dvr_guard *guard;

	guard = dvr_dereference(port->dn, port->guard);
	if (nla_put_u32(skb, DVR_A_PORT_ID, port->named.slot.id) ||
	    nla_put_string(skb, DVR_A_PORT_NAME, port->named.name) ||
	    dvr_nl_put_ref(skb, DVR_A_PORT_SEGMENT, &port->seg->named) ||
	    nla_put_string(skb, DVR_A_PORT_DEV, port->devname) ||
	    dvr_nl_put_mac(skb, DVR_A_PORT_MAC, guard->mac) ||
	    nla_put_u32(skb, DVR_A_PORT_SECURITY, guard->security) ||
	    nla_put_u32(skb, DVR_A_PORT_UPLINK, port->uplink) ||
	    nla_put_u32(skb, DVR_A_PORT_ATTACH, port->attach) ||
	    nla_put_u32(skb, DVR_A_PORT_FLOOD_RATE_PPS, port->cfg.flood) ||
	    nla_put_u32(skb, DVR_A_PORT_NEIGH_RATE_PPS, port->cfg.neigh) ||
	    nla_put_u32(skb, DVR_A_PORT_NOQUEUE, port->cfg.noqueue) ||
	    nl_port_fill_device(skb, port) ||
	    nl_port_fill_addrs(skb, DVR_A_PORT_ADDR, guard))
		return -EMSGSIZE;
	while ((guard = guard->next))
		if (nl_port_fill_pair(skb, guard))
			return -EMSGSIZE;
	return 0;
}

static int port_fill_counters(struct sk_buff *skb, const struct dvr_obj *obj)
{
	const struct dvr_port *port = dvr_port((struct dvr_obj *)obj);

	return dvr_nl_put_stats(skb, DVR_A_PORT_STATS, port->stats);
}

const struct dvr_nl_kind dvr_nl_port = {
	.kind = &dvr_port_kind,
	.attr = DVR_A_PORT,
	.op_attr = DVR_A_OP_PORT,
	.policy = dvr_port_nl_policy,
	.maxattr = DVR_A_PORT_MAX,
	.keys = BIT_ULL(DVR_A_PORT_NAME) | BIT_ULL(DVR_A_PORT_ID),
	.told = DVR_PORT_READ_ONLY,
	.unset = DVR_A_PORT_UNSET,
	.may_unset = BIT_ULL(DVR_A_PORT_MAC) | BIT_ULL(DVR_A_PORT_ADDR) |
		     BIT_ULL(DVR_A_PORT_PAIR) | BIT_ULL(DVR_A_PORT_SECURITY) |
		     BIT_ULL(DVR_A_PORT_FLOOD_RATE_PPS) |
		     BIT_ULL(DVR_A_PORT_NEIGH_RATE_PPS) |
		     BIT_ULL(DVR_A_PORT_NOQUEUE),
	.filters = BIT_ULL(DVR_A_PORT_NAME) | BIT_ULL(DVR_A_PORT_ID) |
		   DVR_NL_BITS_OF(DVR_A_PORT_SEGMENT),
	.by_segment = { DVR_A_PORT_SEGMENT, DVR_A_PORT_SEGMENT_ID },
	.get = DVR_CMD_PORT_GET,
	.ntf = DVR_CMD_PORT_NTF,
	.group = DVR_NLGRP_PORT,
	.rtnl = true,
	.add = port_add,
	.set = port_set,
	.del = port_del,
	.fill = port_fill,
	.fill_counters = port_fill_counters,
};

int dvr_nl_port_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dvr_net *dn = dvr_net(genl_info_net(info));
	struct nlattr *tb[DVR_A_PORT_MAX + 1];
	struct dvr_port *port;
	int err;

	err = dvr_nl_parse(info, &dvr_nl_port, tb);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	port = dvr_nl_port_ref(dn, info->extack, DVR_NL_SELF(tb, DVR_A_PORT));
	err = IS_ERR(port) ? PTR_ERR(port) :
	      dvr_nl_reply(info, &dvr_nl_port, &port->named.obj);
	mutex_unlock(&dn->lock);
	return err;
}

static bool nl_port_match(struct nlattr **tb, const struct dvr_named *named)
{
	const struct dvr_port *port = container_of(named, struct dvr_port,
						   named);

	return !dvr_nl_ref_differs(DVR_NL_SELF(tb, DVR_A_PORT), named) &&
	       !dvr_nl_other(tb, DVR_A_PORT_SEGMENT, &port->seg->named);
}

int dvr_nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dvr_net *dn = dvr_net(sock_net(skb->sk));

	return dvr_nl_dump_named(skb, cb, &dvr_nl_port, &dn->ports,
				 nl_port_match);
}
