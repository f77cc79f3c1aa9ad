// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv4 fragmentation, by the kernel's own ip_do_fragment(), which wants a
 * route: one on the stack, as net/sched/sch_frag.c has it. The route carries
 * what the fragments need to leave.
 */
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/route.h>

#include "path/fragment.h"

/* Where fragments go, around the route that ip_do_fragment() reads. */
struct frag_way {
	struct rtable rt;
	struct dvr_router *router;
	const struct dvr_way *to;
	unsigned int mtu;
	bool host;
	bool df;
};

/* Nothing but the address of this is needed. */
static struct dst_ops frag_dst_ops = {
	.family = AF_INET,
};

static int frag_out(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	const struct frag_way *way;

	way = container_of(skb_dst(skb), struct frag_way, rt.dst);
	skb_dst_drop(skb);
	/* A packet that is cut where it was cut before loses it on the way. */
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
	/* Which options later fragments get is in the options (RFC 791 3.1). */
	IPCB(skb)->opt.optlen = ip_hdrlen(skb) - sizeof(struct iphdr);
	skb_dst_set_noref(skb, &way->rt.dst);
	/* Frees the packet when it fails. */
	err = ip_do_fragment(net, NULL, skb, frag_out);
	if (err)
		dvr_drop_gone(p->router, NULL, DVR_DROP_FRAG_FAILED);
}

/* A super-packet is cut into its packets first, some of which may fit. */
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
 * @to: where to
 * @mtu: longest fragment, bytes
 *
 * Fragments of a packet that came as fragments with DF have it again.
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
		.df = p->frag_df,
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
	/* The MTU of some devices may be too small to cut for. */
	way.rt.rt_pmtu = mtu;
	way.rt.dst.expires = jiffies + HZ;
	if (skb_is_gso(p->skb))
		fragment_gso(&way, p);
	else
		fragment_one(&way, p, p->skb);
}
