/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_ADOPT_H
#define _DVR_ADOPT_H

#include "model/pkt.h"

struct dvr_conn;
struct dvr_nat;
struct nf_conn;

enum dvr_drop dvr_adopt(struct dvr_nat *nat, struct dvr_pkt *p,
			struct nf_conn *ct, const struct dvr_iface *outer,
			struct dvr_conn **conn);

#endif /* _DVR_ADOPT_H */
