/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_SOURCES_H
#define _DVR_SOURCES_H

#include <linux/hash.h>
#include <linux/percpu.h>

#include "model/port.h"

#define DVR_SOURCES_BITS	8	/* places of a CPU, two ways each */

/**
 * struct dvr_source - a source MAC address of which nothing has to be learned
 * @gen: &dvr_port.sources of the port that the frame came in by; 0 if empty
 * @mac: see dvr_mac()
 * @stamp: jiffies of the last learning
 */
struct dvr_source {
	unsigned long gen;
	u64 mac;
	unsigned long stamp;
};

/**
 * struct dvr_sources - the sources of a CPU
 * @way: each source has two places
 * @turn: way that the next source of the place gets
 */
struct dvr_sources {
	struct dvr_source way[1 << DVR_SOURCES_BITS][2];
	u8 turn[1 << DVR_SOURCES_BITS];
};

extern struct dvr_sources __percpu *dvr_sources;

static __always_inline bool dvr_source_is(const struct dvr_source *s,
					  unsigned long gen, u64 mac)
{
	return s->gen == gen && s->mac == mac &&
	       !time_after(jiffies, s->stamp + HZ);
}

/**
 * dvr_source_fresh() - is there nothing to learn from a frame
 * @port: port that the frame came in by
 * @mac: source MAC address of the frame, see dvr_mac()
 *
 * Any number of addresses of a port are as fast as one, while they do not share
 * a place.
 *
 * Context: softirq.
 * Return: true if the address was learned from the port within the last second.
 */
static __always_inline bool dvr_source_fresh(const struct dvr_port *port,
					     u64 mac)
{
	unsigned long gen = READ_ONCE(port->sources);
	const struct dvr_source *s;

	s = this_cpu_ptr(dvr_sources)->way[hash_64(mac, DVR_SOURCES_BITS)];
	return likely(dvr_source_is(s, gen, mac)) ||
	       dvr_source_is(s + 1, gen, mac);
}

int dvr_sources_init(void);
void dvr_sources_exit(void);
bool dvr_source_find(const struct dvr_port *port, u64 mac);
void dvr_source_note(const struct dvr_port *port, unsigned long gen, u64 mac);

#endif /* _DVR_SOURCES_H */
