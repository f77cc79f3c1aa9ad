// SPDX-License-Identifier: GPL-2.0-only
/* How messages refer to routers, segments and ports: by name, by id, or by both. */
#include "control/nl.h"

/**
 * struct ref_words - sentences about references to a kind of object
 * @none: the request names no object
 * @no_name: no object has the name
 * @no_id: no object has the id
 * @other: name and id are of two objects
 */
struct ref_words {
	const char *none;
	const char *no_name;
	const char *no_id;
	const char *other;
};

static struct dvr_named *nl_ref_find(struct dvr_net *dn,
				     struct netlink_ext_ack *extack,
				     struct dvr_nl_ref ref,
				     const struct dvr_kind *kind,
				     struct xarray *ids,
				     const struct ref_words *words)
{
	struct dvr_named *named;

	if (ref.name) {
		named = dvr_named_find(dn, kind, nla_data(ref.name));
		if (!named)
			return ERR_PTR(dvr_nl_bad(extack, ref.name,
						  words->no_name, -ENOENT));
		if (ref.id && nla_get_u32(ref.id) != named->slot.id)
			return ERR_PTR(dvr_nl_bad(extack, ref.id, words->other,
						  -EINVAL));
		return named;
	}
	if (!ref.id)
		return ERR_PTR(dvr_nl_bad(extack, NULL, words->none, -EINVAL));
	named = xa_load(ids, nla_get_u32(ref.id));
	if (!named || !dvr_obj_wanted(&named->obj))
		return ERR_PTR(dvr_nl_bad(extack, ref.id, words->no_id,
					  -ENOENT));
	return named;
}

/**
 * dvr_nl_router_ref() - find the router that a request names
 * @dn: namespace, locked
 * @extack: set to the reason of a refusal
 * @ref: name and id
 *
 * Return: the router, or -EINVAL or -ENOENT as a pointer.
 */
struct dvr_router *dvr_nl_router_ref(struct dvr_net *dn,
				     struct netlink_ext_ack *extack,
				     struct dvr_nl_ref ref)
{
	static const struct ref_words words = {
		.none = "name a router",
		.no_name = "there is no router of this name",
		.no_id = "there is no router of this id",
		.other = "the router of this name has another id",
	};
	struct dvr_named *named;

	named = nl_ref_find(dn, extack, ref, &dvr_router_kind, &dn->routers,
			    &words);
	return IS_ERR(named) ? ERR_CAST(named) :
	       container_of(named, struct dvr_router, named);
}

/**
 * dvr_nl_segment_ref() - find the segment that a request names
 * @dn: namespace, locked
 * @extack: set to the reason of a refusal
 * @ref: name and id
 *
 * Return: the segment, or -EINVAL or -ENOENT as a pointer.
 */
struct dvr_segment *dvr_nl_segment_ref(struct dvr_net *dn,
				       struct netlink_ext_ack *extack,
				       struct dvr_nl_ref ref)
{
	static const struct ref_words words = {
		.none = "name a segment",
		.no_name = "there is no segment of this name",
		.no_id = "there is no segment of this id",
		.other = "the segment of this name has another id",
	};
	struct dvr_named *named;

	named = nl_ref_find(dn, extack, ref, &dvr_segment_kind, &dn->segments,
			    &words);
	return IS_ERR(named) ? ERR_CAST(named) :
	       container_of(named, struct dvr_segment, named);
}

/**
 * dvr_nl_port_ref() - find the port that a request names
 * @dn: namespace, locked
 * @extack: set to the reason of a refusal
 * @ref: name and id
 *
 * Return: the port, or -EINVAL or -ENOENT as a pointer.
 */
struct dvr_port *dvr_nl_port_ref(struct dvr_net *dn,
				 struct netlink_ext_ack *extack,
				 struct dvr_nl_ref ref)
{
	static const struct ref_words words = {
		.none = "name a port",
		.no_name = "there is no port of this name",
		.no_id = "there is no port of this id",
		.other = "the port of this name has another id",
	};
	struct dvr_named *named;

	named = nl_ref_find(dn, extack, ref, &dvr_port_kind, &dn->ports,
			    &words);
	return IS_ERR(named) ? ERR_CAST(named) :
	       container_of(named, struct dvr_port, named);
}

/**
 * dvr_nl_ref_differs() - compare a filter with an object
 * @ref: name and id that the filter has
 * @named: the object
 *
 * Return: true if the filter has a name or an id that is not the object's.
 */
bool dvr_nl_ref_differs(struct dvr_nl_ref ref, const struct dvr_named *named)
{
	return dvr_nl_differs(ref.name, named->name) ||
	       (ref.id && nla_get_u32(ref.id) != named->slot.id);
}

/**
 * dvr_nl_put_named() - put a reference to an object
 * @skb: message
 * @ref: attributes of name and id
 * @named: the object
 *
 * Return: 0 or -EMSGSIZE.
 */
int dvr_nl_put_named(struct sk_buff *skb, struct dvr_nl_ref_attrs ref,
		     const struct dvr_named *named)
{
	return nla_put_string(skb, ref.name, named->name) ?:
	       nla_put_u32(skb, ref.id, named->slot.id);
}
