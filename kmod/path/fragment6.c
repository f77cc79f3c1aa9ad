// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv6 fragmentation (RFC 8200 4.5) of packets that came as fragments and were
 * gathered. The kernel's ip6_fragment() cannot be used: it makes no fragments
 * shorter than 1280 bytes, sends errors by the host's routing table, and counts
 * in the host's statistics.
 */
#include <linux/random.h>
#include <net/ipv6.h>

#include "lib/gather_part.h"
#include "nat/gather.h"
#include "path/fragment.h"

/* How a packet is cut. */
struct cut {
	unsigned int hlen;	/* length of the headers of all fragments */
	unsigned int nhoff;	/* offset of their last next-header field */
	unsigned int room;	/* longest payload of a fragment */
	__be32 id;
};

/*
 * The fragment header gets the place that the sender gave it. If headers behind
 * this place were repeated in each fragment, a packet could leave as many more
 * fragments than it came in. A first fragment with more headers than the others
 * could have the same effect, hence the limit.
 */
static bool frag6_plan(const struct dvr_pkt *p, unsigned int mtu,
		       struct cut *cut)
{
	struct sk_buff *skb = p->skb;
	unsigned int hlen = p->frag.hlen;

	if (mtu < hlen + sizeof(struct frag_hdr) + 8 || skb->len <= hlen)
		return false;
	cut->hlen = hlen;
	cut->nhoff = dvr_part_nhoff6(skb, hlen);
	cut->room = mtu - hlen - sizeof(struct frag_hdr);
	if (skb->len - hlen > (cut->room & ~7U) * DVR_GATHER_FRAGS)
		return false;
	cut->id = (__force __be32)get_random_u32();
	return skb->ip_summed != CHECKSUM_PARTIAL || !skb_checksum_help(skb);
}

/* Make the fragment of @len bytes at the offset @at of the payload. */
static struct sk_buff *frag6_make(const struct sk_buff *skb,
				  const struct cut *cut, unsigned int at,
				  unsigned int len, bool more)
{
	unsigned int hlen = cut->hlen;
	struct frag_hdr *fh;
	struct sk_buff *frag;
	u8 *net;

	frag = alloc_skb(LL_MAX_HEADER + hlen + sizeof(*fh) + len, GFP_ATOMIC);
	if (!frag)
		return NULL;
	skb_reserve(frag, LL_MAX_HEADER);
	skb_reset_network_header(frag);
	net = skb_put(frag, hlen);
	fh = skb_put(frag, sizeof(*fh));
	if (skb_copy_bits(skb, 0, net, hlen) ||
	    skb_copy_bits(skb, hlen + at, skb_put(frag, len), len)) {
		kfree_skb(frag);
		return NULL;
	}
	fh->nexthdr = net[cut->nhoff];
	fh->reserved = 0;
	fh->frag_off = htons(at | more);
	fh->identification = cut->id;
	net[cut->nhoff] = NEXTHDR_FRAGMENT;
	ipv6_hdr(frag)->payload_len = htons(frag->len - sizeof(struct ipv6hdr));
	skb_set_transport_header(frag, hlen);
	frag->protocol = skb->protocol;
	frag->pkt_type = skb->pkt_type;
	frag->priority = skb->priority;
	frag->mark = skb->mark;
	skb_copy_hash(frag, skb);
	return frag;
}

/**
 * dvr_fragment6() - send a packet as fragments (RFC 8200 4.5)
 * @p: IPv6 packet that came as fragments; gone after this
 * @way: how the fragments leave
 * @mtu: longest fragment, bytes
 *
 * Context: softirq, RCU.
 */
void dvr_fragment6(struct dvr_pkt *p, const struct dvr_way *way,
		   unsigned int mtu)
{
	unsigned int at = 0, left, len;
	struct sk_buff *frag;
	struct cut cut;

	if (!(p->local || dvr_hop(p->skb, false, ETH_HLEN))) {
		dvr_pkt_drop(p, DVR_DROP_NOMEM);
		return;
	}
	if (!frag6_plan(p, mtu, &cut)) {
		dvr_pkt_drop(p, DVR_DROP_FRAG_FAILED);
		return;
	}
	for (left = p->skb->len - cut.hlen; left; left -= len) {
		len = left > cut.room ? cut.room & ~7U : left;
		frag = frag6_make(p->skb, &cut, at, len, len < left);
		if (!frag) {
			dvr_pkt_drop(p, DVR_DROP_FRAG_FAILED);
			return;
		}
		dvr_output(p->router, way, frag, p->host);
		at += len;
	}
	consume_skb(p->skb);
}
