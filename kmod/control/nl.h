/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DVR_NL_H
#define _DVR_NL_H

#include <net/genetlink.h>

#include "control/nl_gen.h"
#include "control/nl_read_only_gen.h"
#include "lib/guard.h"
#include "model/iface.h"
#include "model/neigh.h"
#include "model/object.h"
#include "model/port.h"
#include "model/route.h"
#include "model/router.h"
#include "model/segment.h"

/* An object with all its addresses fits into this. */
#define DVR_NL_REPLY_SIZE	(NLMSG_GOODSIZE + DVR_ADDRS_MAX * 64)

/* More attributes than an object has: sets of attributes have as many bits. */
#define DVR_NL_ATTRS	64

static_assert(DVR_A_ROUTER_MAX < DVR_NL_ATTRS && DVR_A_SEGMENT_MAX < DVR_NL_ATTRS &&
	      DVR_A_PORT_MAX < DVR_NL_ATTRS && DVR_A_IFACE_MAX < DVR_NL_ATTRS &&
	      DVR_A_ROUTE_MAX < DVR_NL_ATTRS && DVR_A_NEXTHOP_MAX < DVR_NL_ATTRS &&
	      DVR_A_NEIGH_MAX < DVR_NL_ATTRS && DVR_A_FDB_MAX < DVR_NL_ATTRS &&
	      DVR_A_NAT_MAX < DVR_NL_ATTRS && DVR_A_FLOW_MAX < DVR_NL_ATTRS &&
	      DVR_A_DROP_MAX < DVR_NL_ATTRS && DVR_A_LOOKUP_MAX < DVR_NL_ATTRS &&
	      DVR_A_MDB_MAX < DVR_NL_ATTRS && DVR_A_OP_MAX < DVR_NL_ATTRS);

extern struct genl_family dvr_family;

int dvr_nl_register(void);
void dvr_nl_unregister(void);
void dvr_nl_event(struct dvr_net *dn, struct dvr_obj *obj,
		  enum dvr_event event, const struct dvr_txn *txn, gfp_t gfp);
void dvr_nl_alert(const struct dvr_router *router, enum dvr_drop reason,
		  u32 handle);

/**
 * struct dvr_nl_ref_attrs - attributes that name a router, segment or port
 * @name: attribute of the name; 0 for none
 * @id: attribute of the id
 */
struct dvr_nl_ref_attrs {
	u8 name;
	u8 id;
};

/* The attributes NAME and NAME_ID. */
#define DVR_NL_ATTRS_OF(attr)	((struct dvr_nl_ref_attrs) { attr, attr##_ID })
#define DVR_NL_BITS_OF(attr)	(BIT_ULL(attr) | BIT_ULL(attr##_ID))

/**
 * struct dvr_nl_ref - how a request names a router, segment or port
 * @name: name, or NULL
 * @id: id, or NULL; if both are given, they have to be of one object
 */
struct dvr_nl_ref {
	const struct nlattr *name;
	const struct nlattr *id;
};

static inline struct dvr_nl_ref dvr_nl_ref(struct nlattr **tb,
					   struct dvr_nl_ref_attrs attrs)
{
	return (struct dvr_nl_ref) {
		.name = attrs.name ? tb[attrs.name] : NULL,
		.id = attrs.name ? tb[attrs.id] : NULL,
	};
}

/* The reference of the attributes NAME and NAME_ID of a request. */
#define DVR_NL_REF(tb, attr)	dvr_nl_ref(tb, DVR_NL_ATTRS_OF(attr))

/* How a request names the router, segment or port that it is for. */
#define DVR_NL_SELF(tb, set) \
	dvr_nl_ref(tb, (struct dvr_nl_ref_attrs) { set##_NAME, set##_ID })

/* The same for a command that explains itself why an id does not change. */
#define DVR_NL_SELF_SET(tb, set)	dvr_nl_ref_once(DVR_NL_SELF(tb, set))

static inline struct dvr_nl_ref dvr_nl_ref_once(struct dvr_nl_ref ref)
{
	return (struct dvr_nl_ref) { ref.name, ref.name ? NULL : ref.id };
}

static inline const struct nlattr *dvr_nl_ref_attr(struct dvr_nl_ref ref)
{
	return ref.name ?: ref.id;
}

/**
 * struct dvr_nl_kind - attributes and commands of a kind of object
 * @kind: the kind
 * @attr: attribute of an object in a request, a reply or an event
 * @op_attr: attribute of an object in an op of a batch
 * @policy: policy of the attributes of an object
 * @maxattr: highest attribute of an object
 * @keys: bits of the attributes that name an object, for get and del
 * @told: bits of the read-only attributes, which replies and events have; the
 *	spec lists them in NAME-read-only
 * @unset: attribute of a set with the number of an attribute to unset; 0 if a
 *	set replaces the object
 * @may_unset: bits of the attributes that can be unset
 * @filters: bits of the attributes by which a dump selects objects
 * @by_router: those of @filters that name a router; else 0
 * @by_segment: those of @filters that name a segment; else 0
 * @by_port: those of @filters that name a port; else 0
 * @get: command that shows an object; add, set and del follow in this order
 * @ntf: event of a new or changed object; the event of a deleted one follows
 * @group: multicast group of the events
 * @rtnl: changes need RTNL
 * @add: stages a new object
 * @set: stages changes
 * @del: stages the end of an object
 * @fill: puts the attributes of an object; -EMSGSIZE if there is no room
 * @fill_counters: puts what replies have beside that and events do not; may be
 *	NULL
 */
struct dvr_nl_kind {
	const struct dvr_kind *kind;
	u8 attr;
	u8 op_attr;
	const struct nla_policy *policy;
	u8 maxattr;
	u64 keys;
	u64 told;
	u64 may_unset;
	u8 unset;
	u64 filters;
	struct dvr_nl_ref_attrs by_router;
	struct dvr_nl_ref_attrs by_segment;
	struct dvr_nl_ref_attrs by_port;
	u8 get;
	u8 ntf;
	u8 group;
	bool rtnl;
	int (*add)(struct dvr_txn *txn, struct nlattr **tb);
	int (*set)(struct dvr_txn *txn, struct nlattr **tb);
	int (*del)(struct dvr_txn *txn, struct nlattr **tb);
	int (*fill)(struct sk_buff *skb, const struct dvr_obj *obj);
	int (*fill_counters)(struct sk_buff *skb, const struct dvr_obj *obj);
};

extern const struct dvr_nl_kind dvr_nl_router;
extern const struct dvr_nl_kind dvr_nl_segment;
extern const struct dvr_nl_kind dvr_nl_port;
extern const struct dvr_nl_kind dvr_nl_iface;
extern const struct dvr_nl_kind dvr_nl_route;
extern const struct dvr_nl_kind dvr_nl_neigh;
extern const struct dvr_nl_kind dvr_nl_fdb;
extern const struct dvr_nl_kind dvr_nl_nat;

/* nl_msg.c: requests and replies */
int dvr_nl_parse(struct genl_info *info, const struct dvr_nl_kind *nk,
		 struct nlattr **tb);
int dvr_nl_put(struct sk_buff *skb, u32 portid, u32 seq, int flags, u8 cmd,
	       u32 generation, const struct dvr_nl_kind *nk,
	       const struct dvr_obj *obj);
int dvr_nl_reply(struct genl_info *info, const struct dvr_nl_kind *nk,
		 const struct dvr_obj *obj);
int dvr_nl_reply_atomic(struct genl_info *info, const struct dvr_nl_kind *nk,
			const struct dvr_obj *obj);

/* nl_dump.c: dumps */
int dvr_nl_check_names(struct netlink_callback *cb, struct dvr_nl_ref router,
		       struct dvr_nl_ref segment, struct dvr_nl_ref port);
int dvr_nl_dump_check(struct netlink_callback *cb,
		      const struct dvr_nl_kind *nk);
int dvr_nl_filter(struct netlink_callback *cb, const struct dvr_nl_kind *nk,
		  struct nlattr **tb);
int dvr_nl_dump_named(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct dvr_nl_kind *nk, struct xarray *ids,
		      bool (*match)(struct nlattr **tb,
				    const struct dvr_named *named));
int dvr_nl_dump_held(struct sk_buff *skb, struct netlink_callback *cb,
		     struct nlattr **tb, struct dvr_nl_ref only,
		     struct xarray *ids,
		     int (*dump)(struct sk_buff *skb,
				 struct netlink_callback *cb,
				 struct nlattr **tb,
				 struct dvr_named *holder));
int dvr_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct dvr_nl_kind *nk, const struct dvr_obj *obj);

/* nl_attr.c: attributes that several kinds of objects have */
int dvr_nl_bad(struct netlink_ext_ack *extack, const struct nlattr *attr,
	       const char *msg, int err);
int dvr_nl_none_of(struct netlink_ext_ack *extack, struct nlattr **tb,
		   unsigned int max, u64 refused, const char *msg);
int dvr_nl_blame(struct netlink_ext_ack *extack, const struct nlattr *attr,
		 int err);
void dvr_nl_index(struct nlattr **tb, int max, const struct nlattr *nest);
int dvr_nl_check_unset(struct netlink_ext_ack *extack,
		       const struct dvr_nl_kind *nk, struct nlattr **tb);
u64 dvr_nl_unset(struct nlattr **tb, int type);
const char *dvr_nl_name(struct netlink_ext_ack *extack,
			const struct nlattr *attr, const char *missing);
int dvr_nl_u32(struct netlink_ext_ack *extack, const struct nlattr *attr,
	       u32 min, u32 max, const char *msg, u32 *value);
int dvr_nl_id(struct netlink_ext_ack *extack, const struct nlattr *attr,
	      struct xarray *ids, u32 *id);
int dvr_nl_ip(struct netlink_ext_ack *extack, const struct nlattr *attr,
	      struct in6_addr *ip);
int dvr_nl_unicast(struct netlink_ext_ack *extack, const struct nlattr *attr,
		   struct in6_addr *ip);
int dvr_nl_forwarded(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     const struct dvr_prefix *p);
bool dvr_ip_unicast(const struct in6_addr *ip);
int dvr_nl_mac(struct netlink_ext_ack *extack, const struct nlattr *attr,
	       u64 *mac);
int dvr_nl_prefix(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  struct dvr_prefix *p);
int dvr_nl_prefixes(struct netlink_ext_ack *extack,
		    const struct nlattr *parent, int type,
		    struct dvr_prefix *p, unsigned int max);
int dvr_nl_put_ip(struct sk_buff *skb, int type, const struct in6_addr *ip);
int dvr_nl_put_mac(struct sk_buff *skb, int type, u64 mac);
int dvr_nl_put_prefix(struct sk_buff *skb, int type,
		      const struct dvr_prefix *p);
int dvr_nl_put_stats(struct sk_buff *skb, int type,
		     struct dvr_stats __percpu *stats);

/* nl_ref.c: references to routers, segments and ports */
struct dvr_router *dvr_nl_router_ref(struct dvr_net *dn,
				     struct netlink_ext_ack *extack,
				     struct dvr_nl_ref ref);
struct dvr_segment *dvr_nl_segment_ref(struct dvr_net *dn,
				       struct netlink_ext_ack *extack,
				       struct dvr_nl_ref ref);
struct dvr_port *dvr_nl_port_ref(struct dvr_net *dn,
				 struct netlink_ext_ack *extack,
				 struct dvr_nl_ref ref);
bool dvr_nl_ref_differs(struct dvr_nl_ref ref, const struct dvr_named *named);
int dvr_nl_put_named(struct sk_buff *skb, struct dvr_nl_ref_attrs ref,
		     const struct dvr_named *named);

/* Put the attributes NAME and NAME_ID. */
#define dvr_nl_put_ref(skb, attr, named) \
	dvr_nl_put_named(skb, DVR_NL_ATTRS_OF(attr), named)

/* True if the attributes NAME and NAME_ID of a filter are not an object's. */
#define dvr_nl_other(tb, attr, named) \
	dvr_nl_ref_differs(DVR_NL_REF(tb, attr), named)

/* The one of the attributes NAME and NAME_ID that is given, or NULL. */
#define DVR_NL_GIVEN(tb, attr)	dvr_nl_ref_attr(DVR_NL_REF(tb, attr))

/* nl_ra.c: router advertisements of an iface */
#define DVR_NL_RA_ATTRS \
	(BIT_ULL(DVR_A_IFACE_RA) | BIT_ULL(DVR_A_IFACE_RA_MANAGED) | \
	 BIT_ULL(DVR_A_IFACE_RA_OTHER) | BIT_ULL(DVR_A_IFACE_RA_LIFETIME_S) | \
	 BIT_ULL(DVR_A_IFACE_RA_INTERVAL_S) | \
	 BIT_ULL(DVR_A_IFACE_RA_PREFERENCE) | BIT_ULL(DVR_A_IFACE_RA_MTU) | \
	 BIT_ULL(DVR_A_IFACE_RA_PREFIX) | BIT_ULL(DVR_A_IFACE_RDNSS) | \
	 BIT_ULL(DVR_A_IFACE_DNSSL))

bool dvr_nl_ra_given(struct nlattr **tb);
int dvr_nl_ra_read(struct netlink_ext_ack *extack, struct nlattr **tb,
		   struct dvr_ra_cfg *ra);
int dvr_nl_ra_fill(struct sk_buff *skb, const struct dvr_ra_cfg *ra);

/* True if a filter has a string that is not the object's. */
static inline bool dvr_nl_differs(const struct nlattr *attr, const char *name)
{
	return attr && nla_strcmp(attr, name);
}

#endif /* _DVR_NL_H */
