// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netdev of a router, of kind "dvr": an L3 device. Its counters and taps
 * show the packets that the router routes. The router routes packets that the
 * host sends to the netdev.
 */
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/rtnetlink.h>

#include "control/link.h"
#include "model/address.h"
#include "model/attach.h"
#include "nat/gather.h"
#include "path/forward.h"

static struct rtnl_link_ops link_ops;

/* Refuse what the host's stack sends by itself, such as MLD. */
static enum dvr_drop link_check_host(struct dvr_pkt *p)
{
	int type;

	if (p->h.v4) {
		__be32 dst = ip_hdr(p->skb)->daddr;

		return ipv4_is_multicast(dst) || ipv4_is_lbcast(dst) ?
		       DVR_DROP_MULTICAST : DVR_OK;
	}
	type = ipv6_addr_type(&ipv6_hdr(p->skb)->daddr);
	if (type & IPV6_ADDR_MULTICAST)
		return DVR_DROP_MULTICAST;
	if (type & IPV6_ADDR_MAPPED)
		return DVR_DROP_MARTIAN_DST;
	return type & IPV6_ADDR_LINKLOCAL ? DVR_DROP_LINKLOCAL : DVR_OK;
}

static netdev_tx_t link_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct dvr_pkt p = {
		.skb = skb,
		.router = netdev_priv(dev),
		.local = true,
		.host = true,
	};
	enum dvr_drop reason = DVR_DROP_NOT_IP;

	rcu_read_lock();
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IP) ||
	    skb->protocol == htons(ETH_P_IPV6))
		reason = dvr_parse(skb, &p.h) ?: link_check_host(&p);
	if (reason)
		dvr_pkt_drop(&p, reason);
	else
		dvr_forward(&p);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

static int link_init(struct net_device *dev)
{
	struct dvr_router *router = netdev_priv(dev);

	router->dev = dev;
	return dvr_router_init(router);
}

/* Neighbours may have stale entries for the addresses of the router. */
static void link_announce(struct dvr_router *router)
{
	struct dvr_iface *iface;

	rcu_read_lock();
	list_for_each_entry_rcu(iface, &router->ifaces, list)
		dvr_address_announce(iface);
	rcu_read_unlock();
}

/* The router came up or went down: its legs advertise this at once. */
static void link_advertise(struct dvr_router *router)
{
	struct dvr_iface *iface;

	rcu_read_lock();
	list_for_each_entry_rcu(iface, &router->ifaces, list)
		if (READ_ONCE(iface->ra.listed))
			dvr_segment_advertise(iface->seg, jiffies);
	rcu_read_unlock();
}

/* A commit that opens the device holds the configuration mutex. */
static int link_open(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	struct dvr_router *router = netdev_priv(dev);

	/* A router's netdev has no link, so it gets no link-local address. */
	if (idev)
		idev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
	netif_carrier_on(dev);
	clear_bit(DVR_DETOUR_DOWN, &router->detour);
	link_announce(router);
	link_advertise(router);
	return 0;
}

static int link_stop(struct net_device *dev)
{
	struct dvr_router *router = netdev_priv(dev);

	set_bit(DVR_DETOUR_DOWN, &router->detour);
	link_advertise(router);
	return 0;
}

static void link_stats(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	struct dvr_router *router = netdev_priv(dev);
	struct dvr_stats_sum sum;

	dvr_stats_sum(router->stats, &sum);
	s->rx_packets = sum.rx_packets;
	s->rx_bytes = sum.rx_bytes;
	s->tx_packets = sum.tx_packets;
	s->tx_bytes = sum.tx_bytes;
	s->rx_dropped = sum.dropped;
}

const struct net_device_ops dvr_link_ops = {
	.ndo_init = link_init,
	.ndo_open = link_open,
	.ndo_stop = link_stop,
	.ndo_start_xmit = link_xmit,
	.ndo_get_stats64 = link_stats,
};

static const struct device_type link_type = { .name = "dvr" };

static void link_free(struct net_device *dev)
{
	dvr_gather_stop(netdev_priv(dev));
	dvr_router_destroy(netdev_priv(dev));
}

static void link_setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_HW_CSUM | NETIF_F_SG |
		NETIF_F_FRAGLIST | NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA;

	dev->netdev_ops = &dvr_link_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = link_free;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP | IFF_POINTOPOINT;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;
	/* An Ethernet header is added to packets of the host. */
	dev->needed_headroom = ETH_HLEN;
	dev->features |= features;
	dev->hw_features |= features;
	dvr_netdev_flags(dev);
	SET_NETDEV_DEVTYPE(dev, &link_type);
}

/* ip link add ... type dvr: make a router with the netdev's name. */
static int link_newlink(DVR_NEWLINK_ARGS)
{
	struct dvr_net *dn = dvr_net(dev_net(dev));
	struct dvr_router_cfg cfg;
	struct dvr_txn txn;
	int err;

	dvr_router_cfg_init(&cfg);
	/* In a saved batch, such a name would be two words, or a comment. */
	if (!dvr_name_valid(dev->name)) {
		NL_SET_ERR_MSG(extack,
			       "a router's name has no white space, quotes, backslashes or '#'");
		return -EINVAL;
	}
	err = register_netdevice(dev);
	if (err)
		return err;
	mutex_lock(&dn->lock);
	dvr_txn_begin(&txn, dn, true, extack);
	if (dvr_router_find(dn, dev->name)) {
		NL_SET_ERR_MSG(extack, "another router has this name");
		err = -EEXIST;
	} else {
		err = dvr_router_enter(&txn, netdev_priv(dev), dev->name, 0,
				       &cfg);
	}
	if (err)
		dvr_txn_abort(&txn);
	else
		dvr_txn_commit(&txn);
	mutex_unlock(&dn->lock);
	/* The caller may free a netdev that is being unregistered. */
	if (err)
		unregister_netdevice(dev);
	return err;
}

static void link_dellink(struct net_device *dev, struct list_head *head)
{
	struct dvr_router *router = netdev_priv(dev);
	struct dvr_net *dn = router->dn;
	struct dvr_txn txn;

	mutex_lock(&dn->lock);
	router->gone = true;
	dvr_txn_begin(&txn, dn, true, NULL);
	if (dvr_obj_wanted(&router->named.obj))
		dvr_router_del(&txn, router);
	dvr_txn_commit(&txn);
	mutex_unlock(&dn->lock);
	unregister_netdevice_queue(dev, head);
	dvr_txn_end(&txn);
}

static struct rtnl_link_ops link_ops = {
	.kind = "dvr",
	.priv_size = sizeof(struct dvr_router),
	.setup = link_setup,
	.newlink = link_newlink,
	.dellink = link_dellink,
};

/* The router's name if a netdev can have that name, else the next free dvrN. */
static const char *link_choose_ifname(struct net *net, const char *name)
{
	return dev_valid_name(name) && !__dev_get_by_name(net, name) ? name :
								       "dvr%d";
}

/**
 * dvr_link_create() - stage a new router, make its netdev and open the netdev
 * @txn: open transaction with RTNL
 * @name: valid name of the router
 * @ifname: name of the netdev, or NULL to choose one
 * @id: requested id, or 0 for any
 * @cfg: configuration
 *
 * Return: the netdev, or an error such as -EEXIST or -ENOMEM as a pointer.
 */
struct net_device *dvr_link_create(struct dvr_txn *txn, const char *name,
				   const char *ifname, u32 id,
				   const struct dvr_router_cfg *cfg)
{
	struct net *net = txn->dn->net;
	struct net_device *dev;
	int err;

	ASSERT_RTNL();
	if (ifname && __dev_get_by_name(net, ifname)) {
		NL_SET_ERR_MSG(txn->extack, "a netdev of this name exists");
		return ERR_PTR(-EEXIST);
	}
	dev = alloc_netdev(sizeof(struct dvr_router),
			   ifname ?: link_choose_ifname(net, name),
			   NET_NAME_USER,
			   link_setup);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev_net_set(dev, net);
	dev->rtnl_link_ops = &link_ops;
	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	err = dvr_router_enter(txn, netdev_priv(dev), name, id, cfg);
	if (err) {
		unregister_netdevice_queue(dev, &txn->dn->dead_devs);
		return ERR_PTR(err);
	}
	err = dev_open(dev, txn->extack);
	return err ? ERR_PTR(err) : dev;
}

/**
 * dvr_link_register() - register the link kind, so that ip link makes routers
 *
 * Return: 0 or an error.
 */
int dvr_link_register(void)
{
	return rtnl_link_register(&link_ops);
}

/**
 * dvr_link_unregister() - unregister the link kind, and delete all its netdevs
 */
void dvr_link_unregister(void)
{
	rtnl_link_unregister(&link_ops);
}
