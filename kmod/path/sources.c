// SPDX-License-Identifier: GPL-2.0-only
/*
 * Source MAC addresses of which a CPU has learned within the last second, so that
 * the fast path takes their frames without a look-up in the MAC table. A tenant who
 * fills the places costs other tenants this look-up for each frame, no more.
 */
#include "model/fdb.h"
#include "path/sources.h"

/* Allocated, because modules have little room for per-CPU variables. */
struct dvr_sources __percpu *dvr_sources __ro_after_init;

/**
 * dvr_source_note() - note that nothing has to be learned for a second
 * @port: port that the frame came in by
 * @gen: &dvr_port.sources, read before the address was learned
 * @mac: source MAC address of the frame, see dvr_mac()
 *
 * Context: softirq.
 */
void dvr_source_note(const struct dvr_port *port, unsigned long gen, u64 mac)
{
	struct dvr_sources *all = this_cpu_ptr(dvr_sources);
	unsigned int place = hash_64(mac, DVR_SOURCES_BITS);
	struct dvr_source *s = all->way[place];
	unsigned int way = all->turn[place];

	if (s[0].mac == mac || s[1].mac == mac)
		way = s[1].mac == mac;
	else
		all->turn[place] = !way;
	s[way] = (struct dvr_source){
		.gen = gen,
		.mac = mac,
		.stamp = jiffies,
	};
}

/**
 * dvr_source_find() - look up whether there is nothing to learn from a frame
 * @port: port that the frame came in by
 * @mac: source MAC address of the frame, see dvr_mac()
 *
 * Context: softirq, RCU.
 * Return: true if the address was learned from the port within the last second.
 */
bool dvr_source_find(const struct dvr_port *port, u64 mac)
{
	unsigned long gen = READ_ONCE(port->sources);
	const struct dvr_fdb *fdb = dvr_fdb_lookup(port->seg, mac);

	if (!fdb || fdb->entry.origin != DVR_ORIGIN_LEARNED ||
	    rcu_access_pointer(fdb->port) != port ||
	    time_after(jiffies, READ_ONCE(fdb->used) + HZ))
		return false;
	dvr_source_note(port, gen, mac);
	return true;
}

/**
 * dvr_sources_init() - allocate the sources of all CPUs
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_sources_init(void)
{
	dvr_sources = alloc_percpu(struct dvr_sources);
	return dvr_sources ? 0 : -ENOMEM;
}

/**
 * dvr_sources_exit() - free the sources of all CPUs
 */
void dvr_sources_exit(void)
{
	free_percpu(dvr_sources);
}
