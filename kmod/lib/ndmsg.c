// SPDX-License-Identifier: GPL-2.0-only
/* Neighbour discovery messages, with the checks of RFC 4861 6.1 and 7.1. */
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/ip6_checksum.h>
#include <net/ndisc.h>

#include "lib/dvr_test.h"
#include "lib/ndmsg.h"
#include "lib/wire.h"

/* An option's length is in units of 8 bytes, not 0, and within the packet. */
static enum dvr_drop nd_read_options(const u8 *opt, int left, u8 wanted,
				     struct dvr_nd *nd)
{
	while (left > 0) {
		int len;

		if (left < 8 || !opt[1])
			return DVR_DROP_ND_INVALID;
		len = opt[1] * 8;
		if (len > left)
			return DVR_DROP_ND_INVALID;
		if (opt[0] == wanted && !nd->lladdr) {
			if (!is_valid_ether_addr(opt + 2))
				return DVR_DROP_ND_INVALID;
			nd->lladdr = dvr_wire_mac(opt + 2);
		}
		opt += len;
		left -= len;
	}
	return DVR_OK;
}

static enum dvr_drop nd_check_ns(const struct ipv6hdr *ip6h,
				 const struct dvr_nd *nd)
{
	if (!ipv6_addr_any(&ip6h->saddr))
		return DVR_OK;
	/* Duplicate address detection. */
	return ipv6_addr_is_solict_mult(&ip6h->daddr) && !nd->lladdr ?
	       DVR_OK : DVR_DROP_ND_INVALID;
}

static enum dvr_drop nd_read_neighbour(const struct ipv6hdr *ip6h,
				       const struct nd_msg *msg, int len,
				       struct dvr_nd *nd)
{
	bool ns = nd->type == NDISC_NEIGHBOUR_SOLICITATION;
	enum dvr_drop reason;

	if (len < (int)sizeof(*msg))
		return DVR_DROP_ND_INVALID;
	nd->target = msg->target;
	nd->solicited = !ns && msg->icmph.icmp6_solicited;
	nd->override = !ns && msg->icmph.icmp6_override;
	reason = nd_read_options(msg->opt, len - sizeof(*msg),
				 ns ? ND_OPT_SOURCE_LL_ADDR :
				   ND_OPT_TARGET_LL_ADDR, nd);
	/* A v4-mapped address would be taken for an IPv4 address. */
	if (reason || ipv6_addr_is_multicast(&nd->target) ||
	    ipv6_addr_v4mapped(&nd->target) || ipv6_addr_v4mapped(&ip6h->saddr))
		return DVR_DROP_ND_INVALID;
	if (ns)
		return nd_check_ns(ip6h, nd);
	return ipv6_addr_is_multicast(&ip6h->daddr) && nd->solicited ?
	       DVR_DROP_ND_INVALID : DVR_OK;
}

/**
 * dvr_nd_read() - read and check a neighbour discovery message
 * @skb: ICMPv6 packet of type 133 to 137, data at the network header
 * @h: its headers
 * @nd: set to the fields of the message
 *
 * Context: softirq. The packet is made linear.
 * Return: DVR_OK, or the reason to drop the message.
 */
enum dvr_drop dvr_nd_read(struct sk_buff *skb, const struct dvr_headers *h,
			  struct dvr_nd *nd)
{
	const struct ipv6hdr *ip6h;
	const struct nd_msg *msg;
	int len;

	if (skb_linearize(skb))
		return DVR_DROP_NOMEM;
	ip6h = ipv6_hdr(skb);
	len = (int)skb->len - h->l4;
	msg = (const struct nd_msg *)(skb_network_header(skb) + h->l4);
	memset(nd, 0, sizeof(*nd));
	/* RFC 6980: no fragments, and no fragment header in a whole packet. */
	if (h->frag || h->atomic || ip6h->hop_limit != DVR_ND_HOP_LIMIT ||
	    len < (int)sizeof(struct icmp6hdr) || msg->icmph.icmp6_code)
		return DVR_DROP_ND_INVALID;
	if (skb->ip_summed != CHECKSUM_PARTIAL &&
	    csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_ICMPV6,
			    csum_partial(msg, len, 0)))
		return DVR_DROP_ND_INVALID;
	nd->type = msg->icmph.icmp6_type;
	switch (nd->type) {
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
		return nd_read_neighbour(ip6h, msg, len, nd);
	case NDISC_ROUTER_SOLICITATION:
		if (len < (int)sizeof(struct rs_msg) ||
		    nd_read_options(((const struct rs_msg *)msg)->opt,
				    len - sizeof(struct rs_msg),
				    ND_OPT_SOURCE_LL_ADDR, nd))
			return DVR_DROP_ND_INVALID;
		return ipv6_addr_any(&ip6h->saddr) && nd->lladdr ?
		       DVR_DROP_ND_INVALID : DVR_OK;
	}
	return DVR_OK;
}

DVR_EXPORT_FOR_TEST(dvr_nd_read);
