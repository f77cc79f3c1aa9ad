// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows of TCP connections in the fast path. A segment that conntrack would
 * accept without any action passes, and changes conntrack's own state as
 * conntrack would (net/netfilter/nf_conntrack_proto_tcp.c, tcp_in_window(),
 * after "Real Stateful TCP Packet Filtering in IP Filter", van Rooij 2001). All
 * other segments, such as repeated ones and those with SACK, are left to
 * conntrack.
 */
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/tcp.h>

#include "compat/conntrack.h"
#include "model/pkt.h"
#include "nat/window.h"

/* Maximum age of an acknowledgment, as in conntrack. */
#define ACK_WINDOW	66000U

/**
 * struct segment - the members of a TCP segment that conntrack checks
 * @seq: first sequence number
 * @end: sequence number after the last
 * @ack: acknowledgment number
 * @win: window as in the header, not scaled
 */
struct segment {
	u32 seq;
	u32 end;
	u32 ack;
	u16 win;
};

/**
 * dvr_window_is_plain() - call dvr_window_plain() for a packet
 * @p: TCP packet, no fragment
 *
 * Return: true if the segment cannot change a TCP state.
 */
bool dvr_window_is_plain(const struct dvr_pkt *p)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	th = skb_header_pointer(p->skb, skb_network_offset(p->skb) + p->h.l4,
				sizeof(buf), &buf);
	return th && dvr_window_plain(th);
}

static bool window_repeats(const struct ip_ct_tcp *tcp, unsigned int dir,
			   const struct segment *s)
{
	return tcp->last_seq == s->seq && tcp->last_ack == s->ack &&
	       tcp->last_end == s->end && tcp->last_win == s->win &&
	       tcp->last_dir == dir;
}

static bool window_fits(const struct ip_ct_tcp_state *sender,
			const struct ip_ct_tcp_state *receiver,
			const struct segment *s)
{
	u32 old = max(sender->td_maxwin, ACK_WINDOW);

	return sender->td_maxwin && receiver->td_maxwin &&
	       !after(s->seq, sender->td_maxend) &&
	       !after(s->ack, receiver->td_end) &&
	       after(s->end, sender->td_end - receiver->td_maxwin - 1) &&
	       after(s->ack, receiver->td_end - old - 1);
}

static void window_advance(struct ip_ct_tcp_state *sender,
			   struct ip_ct_tcp_state *receiver,
			   const struct segment *s)
{
	u32 win = (u32)s->win << sender->td_scale;

	if (sender->td_maxwin < win)
		sender->td_maxwin = win;
	if (after(s->end, sender->td_end)) {
		sender->td_end = s->end;
		sender->flags |= IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
	}
	if (!(sender->flags & IP_CT_TCP_FLAG_MAXACK_SET) ||
	    after(s->ack, sender->td_maxack)) {
		sender->td_maxack = s->ack;
		sender->flags |= IP_CT_TCP_FLAG_MAXACK_SET;
	}
	if (after(s->end, sender->td_maxend))
		receiver->td_maxwin += s->end - sender->td_maxend;
	if (after(s->ack + win, receiver->td_maxend - 1))
		receiver->td_maxend = s->ack + max(win, 1U);
	if (s->ack == receiver->td_end)
		receiver->flags &= ~IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
}

static void window_remember(struct ip_ct_tcp *tcp, unsigned int dir,
			    const struct segment *s)
{
	/* A refused RST or FIN leaves another value. */
	tcp->last_index = DVR_CT_TCP_ACK;
	tcp->last_dir = dir;
	tcp->last_seq = s->seq;
	tcp->last_ack = s->ack;
	tcp->last_end = s->end;
	tcp->last_win = s->win;
	tcp->retrans = 0;
}

/**
 * dvr_window_pass() - let a segment pass that is in the window
 * @ct: conntrack entry of a flow, without adjusted sequence numbers
 * @dir: direction of the segment
 * @th: header, plain, with its options readable
 * @len: bytes of header, options and data
 *
 * If the function returns true, the segment must be sent. The lock is that of
 * the entry, so only the two directions of one connection contend.
 *
 * Context: softirq, RCU.
 * Return: false with nothing changed if conntrack has to check the segment.
 */
bool dvr_window_pass(struct nf_conn *ct, unsigned int dir,
		     const struct tcphdr *th, unsigned int len)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;
	struct segment s;
	bool ok;

	if (th->doff != 5 &&
	    (th->doff != 8 || *(const __be32 *)(th + 1) != DVR_WINDOW_STAMPS))
		return false;
	s.seq = ntohl(th->seq);
	s.end = s.seq + len - th->doff * 4;
	s.ack = ntohl(th->ack_seq);
	s.win = ntohs(th->window);
	spin_lock(&ct->lock);
	ok = tcp->state == TCP_CONNTRACK_ESTABLISHED &&
	     !window_repeats(tcp, dir, &s) &&
	     window_fits(&tcp->seen[dir], &tcp->seen[!dir], &s);
	if (likely(ok)) {
		window_advance(&tcp->seen[dir], &tcp->seen[!dir], &s);
		window_remember(tcp, dir, &s);
	}
	spin_unlock(&ct->lock);
	return ok;
}
