// SPDX-License-Identifier: GPL-2.0-only
/* From the attributes of an object to a line of text or to JSON. */
#include <string.h>

#include <libmnl/libmnl.h>

#include "object.h"
#include "out.h"
#include "range.h"

_Static_assert(DVR_A_ROUTER_MAX < ATTR_MAX && DVR_A_PORT_MAX < ATTR_MAX &&
	       DVR_A_IFACE_MAX < ATTR_MAX && DVR_A_NAT_MAX < ATTR_MAX,
	       "objects have at most ATTR_MAX attributes");

void attrs_parse(struct attrs *at, const struct nlattr *nest)
{
	const struct nlattr *nla;
	uint16_t type;

	memset(at, 0, sizeof(*at));
	at->nest = nest;
	mnl_attr_for_each_nested(nla, nest) {
		type = mnl_attr_get_type(nla);
		if (type < ATTR_MAX && !at->tb[type])
			at->tb[type] = nla;
	}
}

/* Copy @size bytes of an attribute; what a shorter one lacks is zero. */
static void attr_copy(const struct nlattr *nla, void *to, size_t size)
{
	size_t len = nla ? mnl_attr_get_payload_len(nla) : 0;

	memset(to, 0, size);
	if (len)
		memcpy(to, mnl_attr_get_payload(nla), len < size ? len : size);
}

uint16_t attr_u16(const struct nlattr *nla)
{
	uint16_t v;

	attr_copy(nla, &v, sizeof(v));
	return v;
}

uint32_t attr_u32(const struct nlattr *nla)
{
	uint32_t v;

	attr_copy(nla, &v, sizeof(v));
	return v;
}

/* Of 32 or 64 bits. */
uint64_t attr_u64(const struct nlattr *nla)
{
	uint64_t v;

	if (nla && mnl_attr_get_payload_len(nla) == sizeof(uint32_t))
		return attr_u32(nla);
	attr_copy(nla, &v, sizeof(v));
	return v;
}

const char *attr_str(const struct nlattr *nla)
{
	size_t len = nla ? mnl_attr_get_payload_len(nla) : 0;

	if (!len || ((const char *)mnl_attr_get_payload(nla))[len - 1])
		return "";
	return mnl_attr_get_payload(nla);
}

bool attr_addr(const struct nlattr *nla, struct addr *ip)
{
	size_t len = nla ? mnl_attr_get_payload_len(nla) : 0;

	memset(ip, 0, sizeof(*ip));
	if (len != 4 && len != 16)
		return false;
	ip->len = len;
	memcpy(ip->b, mnl_attr_get_payload(nla), len);
	return true;
}

bool attr_prefix(const struct nlattr *nla, struct prefix *p)
{
	const struct nlattr *attr, *addr = NULL;

	memset(p, 0, sizeof(*p));
	if (!nla)
		return false;
	/* Without attrs_parse(): a sort of a million routes spends its time here. */
	mnl_attr_for_each_nested(attr, nla) {
		if (mnl_attr_get_type(attr) == DVR_A_PREFIX_ADDR)
			addr = attr;
		else if (mnl_attr_get_type(attr) == DVR_A_PREFIX_LEN)
			p->len = attr_u32(attr);
	}
	return attr_addr(addr, &p->addr);
}

/* A newer module may have values without a name here. */
const char *enum_str(const char *const *names, uint32_t v)
{
	static char number[16];
	unsigned int i;

	for (i = 0; names[i]; i++)
		if (i == v)
			return names[i];
	snprintf(number, sizeof(number), "%u", v);
	return number;
}

uint32_t field_value(const struct field *f, const struct nlattr *nla)
{
	switch (field_type(f)) {
	case FT_U32:
	case FT_FLAGS:
	case FT_ONOFF:
	case FT_ENUM:
		return attr_u32(nla);
	default:
		return 0;
	}
}

struct flag_list {
	const struct field *f;
	char text[512];
};

static void add_flags(struct flag_list *l, uint32_t v, uint32_t port)
{
	const char *const *names = l->f->spec->names;
	size_t used = strlen(l->text);
	char item[64];
	unsigned int i;

	for (i = 0; names[i]; i++) {
		if (!(v & BIT(i)))
			continue;
		snprintf(item, sizeof(item), port ? "%s:%u" : "%s", names[i], port);
		if (opts.json)
			out_str(NULL, NULL, item);
		else
			snprintf(l->text + used, sizeof(l->text) - used, "%s%s",
				 used ? "," : "", item);
		used = strlen(l->text);
	}
}

/* An array in JSON; in text, names with commas between them. */
static void print_flags(const struct field *f, const struct attrs *at,
			const char *word)
{
	struct flag_list l = { .f = f };
	const struct nlattr *nla;
	struct attrs nest;

	out_list(f->spec->key);
	add_flags(&l, attr_u32(at->tb[f->spec->attr]), 0);
	mnl_attr_for_each_nested(nla, at->nest) {
		if (!f->at || mnl_attr_get_type(nla) != f->at)
			continue;
		attrs_parse(&nest, nla);
		add_flags(&l, attr_u32(nest.tb[DVR_A_HELPER_PORT_HELPER]),
			  attr_u32(nest.tb[DVR_A_HELPER_PORT_PORT]));
	}
	out_list_end();
	if (!opts.json)
		out_str(f->spec->key, word, *l.text ? l.text : "none");
}

static void print_stats(const struct nlattr *nest)
{
	struct attrs at;

	if (!opts.stats)
		return;
	attrs_parse(&at, nest);
	out_subline();
	out_obj("stats");
	out_num("rx_packets", "rx packets", attr_u64(at.tb[DVR_A_STATS_RX_PACKETS]));
	out_num("rx_bytes", "bytes", attr_u64(at.tb[DVR_A_STATS_RX_BYTES]));
	out_num("tx_packets", "tx packets", attr_u64(at.tb[DVR_A_STATS_TX_PACKETS]));
	out_num("tx_bytes", "bytes", attr_u64(at.tb[DVR_A_STATS_TX_BYTES]));
	out_num("drops", "drops", attr_u64(at.tb[DVR_A_STATS_DROPS]));
	out_obj_end();
}

static void print_prefix(const struct field *f, const char *key,
			 const char *word, const struct nlattr *nla)
{
	char buf[PREFIX_STRLEN];
	struct prefix p;

	attr_prefix(nla, &p);
	if (field_type(f) == FT_HOST && p.len == p.addr.len * 8 && !opts.json)
		out_str(key, word, addr_str(&p.addr, buf));
	else
		out_str(key, word, prefix_str(&p, buf));
}

void print_ip(const char *key, const char *word, const struct nlattr *nla)
{
	char buf[PREFIX_STRLEN];
	struct addr ip;

	attr_addr(nla, &ip);
	out_str(key, word, addr_str(&ip, buf));
}

void print_mac(const char *key, const char *word, const struct nlattr *nla)
{
	char buf[PREFIX_STRLEN];
	uint8_t mac[6];

	attr_copy(nla, mac, sizeof(mac));
	out_str(key, word, mac_str(mac, buf));
}

static void print_value(const struct field *f, const char *key,
			const char *word, const struct nlattr *nla)
{
	char proto[PROTO_STRLEN];

	switch (field_type(f)) {
	case FT_NAME:
	case FT_IFNAME:
	case FT_DOMAIN:
	case FT_STR:
		out_str(key, word, attr_str(nla));
		break;
	case FT_U32:
		out_num(key, word, attr_u32(nla));
		break;
	case FT_ONOFF:
		out_bool(key, word, attr_u32(nla), "off", "on");
		break;
	case FT_UPDOWN:
		out_bool(key, word, attr_u32(nla), "down", "up");
		break;
	case FT_ENUM:
		out_str(key, word, enum_str(f->spec->names, attr_u32(nla)));
		break;
	case FT_PROTO:
		out_str(key, word, proto_str(attr_u32(nla), proto));
		break;
	case FT_U64:
		out_num(key, word, attr_u64(nla));
		break;
	case FT_MAC:
		print_mac(key, word, nla);
		break;
	case FT_IP:
	case FT_IP6:
		print_ip(key, word, nla);
		break;
	case FT_NET:
	case FT_HOST:
	case FT_LEG:
		print_prefix(f, key, word, nla);
		break;
	case FT_MSEC:
		out_msec(key, word, attr_u32(nla));
		break;
	case FT_STATS:
		print_stats(nla);
		break;
	case FT_FLAGS:
	case FT_SPEC:
	case FT_HOOK:
		break;
	}
}

/* A nest; in text, its parts follow each other. */
static void print_parts(const struct field *f, const struct nlattr *nla)
{
	const struct field *part;
	struct attrs at;

	attrs_parse(&at, nla);
	out_obj(NULL);
	for (part = f->parts; part->spec; part++)
		field_print(part, &at);
	out_obj_end();
}

static void print_multi(const struct field *f, const struct attrs *at,
			const char *word)
{
	const struct nlattr *nla;

	out_list(f->spec->key);
	mnl_attr_for_each_nested(nla, at->nest)
		if (mnl_attr_get_type(nla) == f->spec->attr && f->parts)
			print_parts(f, nla);
		else if (mnl_attr_get_type(nla) == f->spec->attr)
			print_value(f, NULL, word, nla);
	out_list_end();
}

void field_print(const struct field *f, const struct attrs *at)
{
	const struct nlattr *nla = at->tb[f->spec->attr];
	const char *word = field_word(f);

	if (!nla)
		return;
	if (f->flags & (F_FIRST | F_BARE))
		word = NULL;
	if ((f->flags & F_JSON) || ((f->flags & F_DETAIL) && !opts.details))
		word = OUT_JSON;
	if ((f->flags & F_STATS) && !opts.stats)
		word = OUT_JSON;
	if ((f->flags & F_BRIEF) && field_value(f, nla) == f->spec->usual &&
	    !(f->at && at->tb[f->at]))
		word = OUT_JSON;
	if ((f->flags & F_NOTE) && word != OUT_JSON)
		out_note();
	if (f->flags & F_MULTI)
		print_multi(f, at, word);
	else if (field_type(f) == FT_FLAGS)
		print_flags(f, at, word);
	else
		print_value(f, f->spec->key, word, nla);
}

void object_print(const struct object *obj, const struct attrs *at)
{
	const struct field *f;

	if (obj->print) {
		obj->print(obj, at);
		return;
	}
	for (f = obj->fields; f->spec; f++)
		field_print(f, at);
}
