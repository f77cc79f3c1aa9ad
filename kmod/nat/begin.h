/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_BEGIN_H
#define _DVR_BEGIN_H

#include "model/pkt.h"

struct dvr_nat;
struct dvr_nataddr;
struct dvr_owner;
struct nf_conn;

enum dvr_drop dvr_begin_refuse(struct dvr_nat *nat, struct dvr_pkt *p,
			       enum dvr_drop reason, u32 handle);
enum dvr_drop dvr_begin_to(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct dvr_nataddr *addr, struct nf_conn *ct);
enum dvr_drop dvr_begin_in(struct dvr_nat *nat, struct dvr_pkt *p,
			   struct nf_conn *ct, struct dvr_iface *out,
			   const struct in6_addr *next);
enum dvr_drop dvr_begin_out(struct dvr_nat *nat, struct dvr_pkt *p,
			    struct nf_conn *ct, struct dvr_natrule *rule);
enum dvr_drop dvr_begin_expected(struct dvr_nat *nat, struct dvr_pkt *p,
				 struct nf_conn *ct);
struct dvr_owner *dvr_owner_behind(const struct dvr_iface *out,
				   const struct in6_addr *next);

#endif /* _DVR_BEGIN_H */
