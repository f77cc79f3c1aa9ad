/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ADDRESS_H
#define _DVR_ADDRESS_H

#include "model/neigh.h"

struct dvr_port;

/**
 * struct dvr_address - neighbour entry of a leg's address that is announced
 * @neigh: the entry; &dvr_neigh.mine is in &dvr_iface.addresses
 * @own: in &dvr_segment.addresses while the entry is live
 * @due: in &dvr_segment.due until the address is announced to all ports
 *
 * All lists are protected by the segment's lock.
 */
struct dvr_address {
	struct dvr_neigh neigh;
	struct list_head own;
	struct list_head due;
};

/**
 * struct dvr_notice - an announcement that is to be sent
 * @iface: leg
 * @ip: address of the leg, v4-mapped for IPv4
 * @to: port that gets the announcement, or NULL for all ports
 */
struct dvr_notice {
	const struct dvr_iface *iface;
	struct in6_addr ip;
	struct dvr_port *to;
};

struct dvr_neigh *dvr_address_alloc(void);
void dvr_address_publish(struct dvr_neigh *n);
void dvr_address_unpublish(struct dvr_neigh *n);
void dvr_address_announce(struct dvr_iface *iface);
void dvr_address_tell(struct dvr_port *port);
void dvr_address_hush(struct dvr_port *port);
unsigned int dvr_address_notices(struct dvr_segment *seg,
				 struct dvr_notice *notices, unsigned int to_all,
				 unsigned int to_one);

#endif /* _DVR_ADDRESS_H */
