/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_WINDOW_H
#define _DVR_WINDOW_H

#include <linux/tcp.h>
#include <linux/types.h>

struct dvr_pkt;
struct nf_conn;

/* SYN, FIN, RST and URG make a segment special; PSH, ECE and CWR do not. */
#define DVR_WINDOW_FLAGS	htonl(0x00370000)
#define DVR_WINDOW_ACK		htonl(0x00100000)

/* NOP, NOP, timestamps: the options of nearly all segments that have any. */
#define DVR_WINDOW_STAMPS	htonl(0x0101080a)

/**
 * dvr_window_plain() - is a segment one of an established connection
 * @th: header, of which 20 bytes can be read
 *
 * Return: true if it has ACK and no flag that changes a state.
 */
static inline bool dvr_window_plain(const struct tcphdr *th)
{
	return (tcp_flag_word(th) & DVR_WINDOW_FLAGS) == DVR_WINDOW_ACK;
}

bool dvr_window_is_plain(const struct dvr_pkt *p);
bool dvr_window_pass(struct nf_conn *ct, unsigned int dir,
		     const struct tcphdr *th, unsigned int len);

#endif /* _DVR_WINDOW_H */
