/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_DROP_H
#define _DVR_DROP_H

/**
 * DVR_DROP_REASONS() - list of all reasons to drop a packet
 * @R: called as R(NAME, name, core, help) for each reason
 *
 * DVR_DROP_<NAME> is the number, @name the word for operators, @core the
 * SKB_DROP_REASON_<CORE> for drop monitors of the kernel, @help the sentence
 * that ``dvradm -d drops`` prints.
 *
 * A module out of the tree cannot register a subsystem of the kernel's own drop
 * reasons, so the counters and the tracepoint use these numbers.
 */
#define DVR_DROP_REASONS(R)							\
	/* frame */								\
	R(VLAN_TAG, vlan_tag, DEV_HDR,						\
	  "tagged frame on a port; give the VLAN netdev as the port's device")	\
	R(SRC_MAC, src_mac, DEV_HDR,						\
	  "source MAC is multicast or zero")					\
	R(TRUNCATED, truncated, PKT_TOO_SMALL,					\
	  "frame ends inside a header")						\
	R(NOMEM, nomem, NOMEM,							\
	  "no memory")								\
	R(PORT_DOWN, port_down, DEV_READY,					\
	  "the way out has no device, or its device is down")			\
	R(XMIT, xmit, DEV_READY,						\
	  "the queue of the device refused the frame")				\
	R(TOO_LONG, too_long, PKT_TOO_BIG,					\
	  "switched frame is longer than the port's MTU")			\
	/* port security */							\
	R(SPOOF_MAC, spoof_mac, NOT_SPECIFIED,					\
	  "source MAC is not the port's, or belongs to another")		\
	R(SPOOF_IP, spoof_ip, NOT_SPECIFIED,					\
	  "source address is not one of the port's")				\
	R(SPOOF_ARP, spoof_arp, NOT_SPECIFIED,					\
	  "ARP or ND claims an address or MAC that is not the port's")		\
	R(DHCP_SERVER, dhcp_server, NOT_SPECIFIED,				\
	  "DHCP server message from a port that is no uplink")			\
	R(RA_GUARD, ra_guard, NOT_SPECIFIED,					\
	  "router advertisement or redirect from a port that is no uplink")	\
	R(ND_FRAGMENT, nd_fragment, NOT_SPECIFIED,				\
	  "neighbour discovery in a fragment (RFC 6980)")			\
	/* switch */								\
	R(UNKNOWN_MAC, unknown_mac, NOT_SPECIFIED,				\
	  "destination MAC is unknown, and the segment does not flood")		\
	R(SAME_PORT, same_port, NOT_SPECIFIED,					\
	  "destination is behind the port by which the frame came in")		\
	R(SUPPRESSED, suppressed, NOT_SPECIFIED,				\
	  "link-local control frame that switches do not forward")		\
	R(NO_TUNNEL, no_tunnel, NOT_SPECIFIED,					\
	  "destination is on another host, and no tunnel leads there")		\
	R(FLOOD_RATE, flood_rate, NOT_SPECIFIED,				\
	  "frame to all ports is over the flood-rate of its port")		\
	/* IP header */								\
	R(BAD_HEADER, bad_header, IP_INHDR,					\
	  "version, header or total length is wrong")				\
	R(BAD_CHECKSUM, bad_checksum, IP_CSUM,					\
	  "IPv4 header checksum is wrong")					\
	R(MARTIAN_SRC, martian_src, IP_INADDRERRORS,				\
	  "source address cannot be a source")					\
	R(MARTIAN_DST, martian_dst, IP_INADDRERRORS,				\
	  "destination address cannot be routed")				\
	R(SOURCE_ROUTE, source_route, IP_INHDR,					\
	  "IPv4 source route or IPv6 routing header type 0")			\
	R(BAD_OPTION, bad_option, IP_INHDR,					\
	  "option is malformed, or requires a discard")				\
	R(EXT_HEADERS, ext_headers, IP_INHDR,					\
	  "IPv6 extension header chain is malformed or too long")		\
	R(NOT_IP, not_ip, UNHANDLED_PROTO,					\
	  "packet to a gateway is neither IPv4 nor IPv6")			\
	R(MULTICAST, multicast, IP_INADDRERRORS,				\
	  "multicast is not routed")						\
	R(BROADCAST, broadcast, IP_INADDRERRORS,				\
	  "broadcast of a subnet is not routed")				\
	R(LINKLOCAL, linklocal, IP_INADDRERRORS,				\
	  "link-local address does not leave its segment")			\
	R(RPF, rpf, IP_RPFILTER,						\
	  "the route back does not use the leg by which the packet came in")	\
	/* route */								\
	R(ROUTER_DOWN, router_down, DEV_READY,					\
	  "the router's netdev is down")					\
	R(TTL, ttl, IP_INHDR,							\
	  "TTL or hop limit is used up")					\
	R(NO_ROUTE, no_route, IP_INNOROUTES,					\
	  "no route")								\
	R(BLACKHOLE, blackhole, IP_OUTNOROUTES,					\
	  "blackhole route")							\
	R(UNREACHABLE, unreachable, IP_OUTNOROUTES,				\
	  "unreachable route")							\
	R(PROHIBIT, prohibit, IP_OUTNOROUTES,					\
	  "prohibit route")							\
	R(NO_NEXTHOP, no_nexthop, IP_OUTNOROUTES,				\
	  "no leg leads to the next hop")					\
	R(LOOP, loop, NOT_SPECIFIED,						\
	  "too many routers on this host forwarded the packet")			\
	R(TOO_BIG, too_big, PKT_TOO_BIG,					\
	  "packet is longer than the MTU, and may not be fragmented")		\
	R(FRAG_FAILED, frag_failed, NOT_SPECIFIED,				\
	  "packet could not be fragmented")					\
	/* neighbour */								\
	R(NEIGH_FAILED, neigh_failed, NEIGH_FAILED,				\
	  "the neighbour did not answer")					\
	R(NEIGH_QUEUE, neigh_queue, NEIGH_QUEUEFULL,				\
	  "too many packets wait for the neighbour")				\
	R(NEIGH_LIMIT, neigh_limit, NEIGH_CREATEFAIL,				\
	  "the router's neighbour limit is reached")				\
	R(NEIGH_RATE, neigh_rate, NOT_SPECIFIED,				\
	  "ARP, ND or resolution is over the neigh-rate of port or router")	\
	R(NEIGH_GONE, neigh_gone, NEIGH_DEAD,					\
	  "the neighbour was deleted while packets waited")			\
	/* to the router itself */						\
	R(ARP_IGNORED, arp_ignored, NOT_SPECIFIED,				\
	  "ARP is malformed, or asks for no address of the router")		\
	R(ND_INVALID, nd_invalid, NOT_SPECIFIED,				\
	  "ND message that fails the checks of RFC 4861")			\
	R(ND_IGNORED, nd_ignored, NOT_SPECIFIED,				\
	  "ND message on which a router does not act")				\
	R(ICMP_CHECKSUM, icmp_checksum, ICMP_CSUM,				\
	  "checksum of an echo request is wrong")				\
	R(LOCAL_FRAGMENT, local_fragment, NOT_SPECIFIED,			\
	  "fragment to the router itself, which does not reassemble")		\
	R(LOCAL_PROTO, local_proto, NOT_SPECIFIED,				\
	  "nothing listens at the router's own address; see punt")		\
	/* NAT */								\
	R(NAT_INVALID, nat_invalid, NOT_SPECIFIED,				\
	  "conntrack finds the packet invalid, or it belongs to no connection")	\
	R(NAT_REFUSED, nat_refused, NOT_SPECIFIED,				\
	  "no rule or mapping lets a packet to an outside address in")		\
	R(NAT_GONE, nat_gone, NOT_SPECIFIED,					\
	  "rule or port of the connection is gone, or no rule made it")		\
	R(NAT_MOVED, nat_moved, NOT_SPECIFIED,					\
	  "the connection leaves by another segment now, and was ended")	\
	R(NAT_NO_PORT, nat_no_port, NOT_SPECIFIED,				\
	  "the rule has no outside port left")					\
	R(NAT_LIMIT, nat_limit, NOT_SPECIFIED,					\
	  "the router's conn-limit is reached, or conntrack is nearly full")	\
	R(NAT_CLASH, nat_clash, NOT_SPECIFIED,					\
	  "another connection has the same addresses and ports")		\
	R(ICMP_RATE, icmp_rate, NOT_SPECIFIED,					\
	  "ICMP error is over the router's icmp-rate")				\
	/* fragments */								\
	R(FRAG_OVERLAP, frag_overlap, NOT_SPECIFIED,				\
	  "fragments overlap (RFC 5722), or a fragment came twice")		\
	R(FRAG_LIMIT, frag_limit, NOT_SPECIFIED,				\
	  "too many fragments wait for the rest of their packets")		\
	R(FRAG_BAD, frag_bad, IP_INHDR,						\
	  "lengths, headers or ECN of the fragments are wrong")			\
	R(FRAG_TIMEOUT, frag_timeout, NOT_SPECIFIED,				\
	  "the rest of a fragmented packet did not come")

/*
 * Reasons to drop a packet, from the list above. A check returns DVR_OK if the
 * packet is not dropped.
 */
enum dvr_drop {
	DVR_OK,
#define R(NAME, name, core, help) DVR_DROP_##NAME,
	DVR_DROP_REASONS(R)
#undef R
	DVR_DROP_COUNT
};

/**
 * struct dvr_drop_desc - description of a reason
 * @name: word for operators, lower case
 * @help: sentence without a full stop
 * @core: enum skb_drop_reason for the kernel
 */
struct dvr_drop_desc {
	const char *name;
	const char *help;
	u32 core;
};

extern const struct dvr_drop_desc dvr_drop_descs[DVR_DROP_COUNT];

#endif /* _DVR_DROP_H */
