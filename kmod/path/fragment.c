// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv4 fragmentation by the kernel's ip_do_fragment(). This function needs a
 * route. As in net/sched/sch_frag.c, the route is on the stack, and what is
 * needed to send the fragments is stored with it.
 */
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/route.h>

#include "path/fragment.h"

/* The way of the fragments, around the route that ip_do_fragment() reads. */
struct frag_way {
	struct rtable rt;
	struct dvr_router *router;
	const struct dvr_way *to;
	unsigned int mtu;
	bool host;
	bool df;
};

/* ip_do_fragment() calls none of the operations. */
static struct dst_ops frag_dst_ops = {
	.family = AF_INET,
};

static int frag_out(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	const struct frag_way *way;

	way = container_of(skb_dst(skb), struct frag_way, rt.dst);
	skb_dst_drop(skb);
	/* The gathered packet has no DF, but the fragments that came had DF. */
	if (way->df) {
		ip_hdr(skb)->frag_off |= htons(IP_DF);
		ip_send_check(ip_hdr(skb));
	}
	dvr_output(way->router, way->to, skb, way->host);
	return 0;
}

static void fragment_one(struct frag_way *way, struct dvr_pkt *p,
			 struct sk_buff *skb)
{
	struct net *net = p->router->dn->net;
	int err;

	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->frag_max_size = way->mtu;
	/* RFC 791 3.1: the options say which of them later fragments get. */
	IPCB(skb)->opt.optlen = ip_hdrlen(skb) - sizeof(struct iphdr);
	skb_dst_set_noref(skb, &way->rt.dst);
	/* On failure, ip_do_fragment() has freed the packet. */
	err = ip_do_fragment(net, NULL, skb, frag_out);
	if (err)
		dvr_drop_gone(p->router, NULL, DVR_DROP_FRAG_FAILED);
}

/* A GSO packet is segmented first; segments that fit are not fragmented. */
static void fragment_gso(struct frag_way *way, struct dvr_pkt *p)
{
	struct sk_buff *segs, *seg, *next;

	segs = skb_gso_segment(p->skb, 0);
	if (IS_ERR_OR_NULL(segs)) {
		dvr_pkt_drop(p, DVR_DROP_FRAG_FAILED);
		return;
	}
	consume_skb(p->skb);
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		if (seg->len <= way->mtu)
			dvr_output(way->router, way->to, seg, way->host);
		else
			fragment_one(way, p, seg);
	}
}

/**
 * dvr_fragment() - send a packet as fragments (RFC 1812 5.2.6, RFC 791)
 * @p: IPv4 packet without DF, longer than @mtu; gone after this
 * @to: how the fragments leave
 * @mtu: longest fragment, bytes
 *
 * If the packet came as fragments with DF, the new fragments have DF.
 *
 * Context: softirq, RCU.
 */
void dvr_fragment(struct dvr_pkt *p, const struct dvr_way *to,
		  unsigned int mtu)
{
	struct frag_way way = {
		.router = p->router,
		.to = to,
		.mtu = mtu,
		.host = p->host,
		.df = p->frag.df,
	};
	struct net_device *dev = to->dev ?: p->router->dev;

	if (to->port)
		dev = rcu_dereference(to->port->dev);
	if (!dev) {
		dvr_pkt_drop(p, DVR_DROP_PORT_DOWN);
		return;
	}
	if (!(p->local || dvr_hop(p->skb, true, ETH_HLEN))) {
		dvr_pkt_drop(p, DVR_DROP_NOMEM);
		return;
	}
	dvr_dst_init(&way.rt.dst, &frag_dst_ops);
	way.rt.dst.dev = dev;
	/* Not the device's MTU: that may be too small for a fragment. */
	way.rt.rt_pmtu = mtu;
	way.rt.dst.expires = jiffies + HZ;
	if (skb_is_gso(p->skb))
		fragment_gso(&way, p);
	else
		fragment_one(&way, p, p->skb);
}
