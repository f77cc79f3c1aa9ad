/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_WINDOW_H
#define _DVR_WINDOW_H

#include <linux/tcp.h>
#include <linux/types.h>

struct dvr_pkt;
struct nf_conn;

/*
 * The flags of a plain segment: ACK, but no SYN, FIN, RST or URG; PSH, ECE and
 * CWR may be set.
 */
#define DVR_WINDOW_FLAGS	htonl(0x00370000)
#define DVR_WINDOW_ACK		htonl(0x00100000)

/* NOP, NOP, timestamps: the options of nearly all segments with options. */
#define DVR_WINDOW_STAMPS	htonl(0x0101080a)

/**
 * dvr_window_plain() - check whether a segment cannot change a TCP state
 * @th: header, of which 20 bytes can be read
 *
 * Return: true if the segment has ACK and no flag that changes a state.
 */
static inline bool dvr_window_plain(const struct tcphdr *th)
{
	return (tcp_flag_word(th) & DVR_WINDOW_FLAGS) == DVR_WINDOW_ACK;
}

bool dvr_window_is_plain(const struct dvr_pkt *p);
bool dvr_window_pass(struct nf_conn *ct, unsigned int dir,
		     const struct tcphdr *th, unsigned int len);

#endif /* _DVR_WINDOW_H */
