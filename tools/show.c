// SPDX-License-Identifier: GPL-2.0-only
/* dvradm OBJECT show: ask, filter, sort, print. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "out.h"
#include "show.h"

static const struct field *field_of(const struct object *obj, uint16_t type)
{
	const struct field *f;

	for (f = obj->fields; f->spec; f++)
		if (f->spec->attr == type)
			return f;
	return NULL;
}

static int compare_prefix(const struct nlattr *a, const struct nlattr *b)
{
	struct prefix p, q;
	int ret;

	attr_prefix(a, &p);
	attr_prefix(b, &q);
	if (p.addr.len != q.addr.len)
		return p.addr.len - q.addr.len;
	ret = memcmp(p.addr.b, q.addr.b, sizeof(p.addr.b));
	return ret ? ret : p.len - q.len;
}

static int compare_addr(const struct nlattr *a, const struct nlattr *b)
{
	struct addr p, q;

	attr_addr(a, &p);
	attr_addr(b, &q);
	return memcmp(&p, &q, sizeof(p));
}

static int compare_u32(const struct nlattr *a, const struct nlattr *b)
{
	uint32_t p = attr_u32(a), q = attr_u32(b);

	return p < q ? -1 : p > q;
}

static int compare_bytes(const struct nlattr *a, const struct nlattr *b)
{
	int len = mnl_attr_get_payload_len(a);
	int diff = len - mnl_attr_get_payload_len(b);

	return diff ? diff : memcmp(mnl_attr_get_payload(a),
				    mnl_attr_get_payload(b), len);
}

static int compare(const struct field *f, const struct nlattr *a,
		   const struct nlattr *b)
{
	if (!a || !b)
		return !!a - !!b;
	switch (field_type(f)) {
	case FT_NAME:
	case FT_IFNAME:
		return strverscmp(attr_str(a), attr_str(b));
	case FT_U32:
		return compare_u32(a, b);
	case FT_IP:
		return compare_addr(a, b);
	case FT_NET:
		return compare_prefix(a, b);
	default:
		return compare_bytes(a, b);
	}
}

static int compare_items(const void *p, const void *q, void *data)
{
	const struct field *const *keys = data;
	const struct item *a = p, *b = q;
	int i, ret = 0;

	for (i = 0; !ret && i < SORT_KEYS && keys[i]; i++)
		ret = compare(keys[i], a->key[i], b->key[i]);
	return ret;
}

/* The nest of the object in a filter, NULL without filter. */
static const struct nlattr *filter_nest(const struct object *obj,
					const struct msg *filter)
{
	return filter ? genl_nest((const void *)filter->buf, obj->attr) : NULL;
}

/* Apply the filter, because the kernel filters by names only. */
static bool matches(const struct object *obj, const struct attrs *at,
		    const struct nlattr *nest)
{
	const struct nlattr *nla;
	const struct field *f;

	if (!nest)
		return true;
	mnl_attr_for_each_nested(nla, nest) {
		f = field_of(obj, mnl_attr_get_type(nla));
		if (f && compare(f, at->tb[f->spec->attr], nla))
			return false;
	}
	return true;
}

/* Apply -4 and -6 to objects that have an address. */
static bool matches_family(const struct object *obj, const struct attrs *at)
{
	const struct field *f;
	struct prefix p;

	if (!opts.family)
		return true;
	for (f = obj->fields; f->spec; f++) {
		if (!(f->flags & (F_KEY | F_FAMILY)))
			continue;
		if (field_type(f) == FT_NET)
			attr_prefix(at->tb[f->spec->attr], &p);
		else if (field_type(f) == FT_IP)
			attr_addr(at->tb[f->spec->attr], &p.addr);
		else
			continue;
		return p.addr.len == (opts.family == AF_INET ? 4 : 16);
	}
	return true;
}

static void collect(const struct object *obj, const struct nlattr *filter,
		    const struct field *const *keys, struct listing *l)
{
	const struct nlmsghdr *nlh;
	const struct nlattr *nest;
	struct attrs at;
	struct item *it;
	size_t cap = 0;
	int i;

	for (nlh = replies_next(&l->re, NULL); nlh;
	     nlh = replies_next(&l->re, nlh)) {
		nest = genl_nest(nlh, obj->attr);
		if (!nest)
			continue;
		attrs_parse(&at, nest);
		if (!matches(obj, &at, filter) || !matches_family(obj, &at))
			continue;
		l->item = grow(l->item, &cap, l->n + 1, sizeof(*l->item));
		it = &l->item[l->n++];
		it->nest = nest;
		for (i = 0; i < SORT_KEYS; i++)
			it->key[i] = keys[i] ? at.tb[keys[i]->spec->attr] : NULL;
	}
}

/* Does the filter have all keys of one object, and nothing else? */
static bool names_one(const struct object *obj, const struct nlattr *nest)
{
	unsigned int keys = 0, have = 0;
	const struct nlattr *nla;
	const struct field *f;

	if (!nest || obj->many)
		return false;
	for (f = obj->fields; f->spec; f++)
		keys += !!(f->flags & F_KEY);
	mnl_attr_for_each_nested(nla, nest) {
		f = field_of(obj, mnl_attr_get_type(nla));
		if (!f || !(f->flags & F_KEY))
			return false;
		have++;
	}
	return have == keys;
}

/* Append the names of the filter, by which the kernel filters a dump. */
static void put_names(struct msg *m, const struct object *obj,
		      const struct nlattr *filter)
{
	const struct nlattr *nla;
	const struct field *f;
	size_t nest;

	nest = msg_nest(m, obj->attr, NULL);
	mnl_attr_for_each_nested(nla, filter) {
		f = field_of(obj, mnl_attr_get_type(nla));
		if (f && field_type(f) == FT_NAME)
			msg_put_str(m, f->spec->attr, attr_str(nla));
	}
	msg_end(m, nest);
}

static int ask(const struct args *a, const struct object *obj,
	       const struct msg *filter, struct listing *l)
{
	const struct nlattr *nest = filter_nest(obj, filter);
	bool one = names_one(obj, nest);
	struct msg m = { 0 };
	struct kerr err;
	int ret;

	msg_start(&m, one ? NLM_F_ACK : NLM_F_DUMP, obj->cmd[VERB_SHOW]);
	if (one)
		msg_put(&m, obj->attr | NLA_F_NESTED,
			mnl_attr_get_payload(nest),
			mnl_attr_get_payload_len(nest), NULL);
	else if (nest && mnl_attr_get_payload_len(nest))
		put_names(&m, obj, nest);
	if (one)
		ret = genl_talk(a, &m, &l->re, &err);
	else
		ret = genl_dump(a, &m, &l->re, &err);
	/* A request for one object has the offsets of the filter. */
	if (ret)
		kerr_complain(a, one ? filter : &m, obj, &err);
	msg_free(&m);
	return ret;
}

int listing_get(const struct args *a, const struct object *obj,
		const struct msg *filter, struct listing *l)
{
	const struct field *keys[SORT_KEYS] = { NULL };
	const struct field *f;
	int ret, n = 0;

	memset(l, 0, sizeof(*l));
	ret = ask(a, obj, filter, l);
	if (ret && !l->re.interrupted)
		return ret;
	for (f = obj->fields; f->spec && n < SORT_KEYS; f++)
		if (f->flags & (F_KEY | F_SUBKEY | F_SORT))
			keys[n++] = f;
	collect(obj, filter_nest(obj, filter), keys, l);
	if (l->n)
		qsort_r(l->item, l->n, sizeof(*l->item), compare_items, keys);
	return ret;
}

void listing_free(struct listing *l)
{
	free(l->re.buf);
	free(l->item);
	memset(l, 0, sizeof(*l));
}

static void print(const struct object *obj, const struct listing *l, bool all)
{
	struct attrs at;
	size_t i;

	out_list(NULL);
	for (i = 0; i < l->n; i++) {
		attrs_parse(&at, l->item[i].nest);
		if (!all && obj->hidden && obj->hidden(&at))
			continue;
		out_item();
		object_print(obj, &at);
		out_item_end();
	}
	out_list_end();
}

int object_show(struct args *a, const struct object *obj)
{
	const struct field *type = field_find(obj, "type", F_FILTER);
	const struct nlattr *nla;
	struct msg filter = { 0 };
	bool all = opts.details;
	struct listing l;
	int ret;

	msg_start(&filter, NLM_F_ACK, obj->cmd[VERB_SHOW]);
	ret = object_parse(a, obj, VERB_SHOW, obj->attr, &filter);
	if (!ret)
		ret = genl_open(a);
	if (ret)
		goto out;
	mnl_attr_for_each_nested(nla, filter_nest(obj, &filter))
		if (type && mnl_attr_get_type(nla) == type->spec->attr)
			all = true;	/* the user asked for this type */
	ret = listing_get(a, obj, &filter, &l);
	if (!ret || l.re.interrupted)
		print(obj, &l, all);
	listing_free(&l);
out:
	msg_free(&filter);
	return ret;
}
