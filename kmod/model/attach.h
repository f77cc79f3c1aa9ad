/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ATTACH_H
#define _DVR_ATTACH_H

#include "model/port.h"

void dvr_attach_init(struct dvr_net *dn);
void dvr_attach_later(struct dvr_port *port);
void dvr_attach_came(struct dvr_net *dn, struct net_device *dev);
void dvr_attach_flush(struct dvr_net *dn);
int dvr_attach(struct dvr_port *port, struct net_device *dev,
	       struct netlink_ext_ack *extack);
void dvr_txn_end(struct dvr_txn *txn);
void dvr_detach(struct dvr_port *port);
struct dvr_port *dvr_attach_port_of(struct dvr_net *dn,
				    const struct net_device *dev);

#endif /* _DVR_ATTACH_H */
