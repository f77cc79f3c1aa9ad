// SPDX-License-Identifier: GPL-2.0-only
/* dvradm nat: the parser. Each of the four kinds of rules has its own words. */
#include <netinet/in.h>
#include <string.h>

#include "complete.h"
#include "nat.h"
#include "range.h"

struct line {
	const char *router;
	const char *kind_word;
	uint8_t kind;
	const char *proto;		/* of forward */
	const char *outside;		/* of floating and forward */
	const char *word[FIELDS];	/* of the other fields, by index */
	const char *to[DVR_NAT_POOLS_MAX];
	unsigned int tos;
};

static int take_kind(struct args *a, struct line *l, uint8_t kind,
		     const char *word)
{
	if (l->kind_word && !strcmp(l->kind_word, word))
		return bad(a, word, "given twice");
	if (l->kind_word)
		return bad(a, word, "cannot be combined with %s", l->kind_word);
	l->kind_word = word;
	l->kind = kind;
	if (kind == DVR_NAT_KIND_FLOATING)
		return args_value(a, word, "an IP address", &l->outside);
	if (kind != DVR_NAT_KIND_FORWARD)
		return OK;
	if (args_value(a, word, "tcp, udp or sctp", &l->proto))
		return USAGE;
	return args_value(a, l->proto, "IP:PORT", &l->outside);
}

static int take_to(struct args *a, struct line *l)
{
	const char *word;
	int ret;

	ret = args_value(a, "to", "an IP address", &word);
	if (ret)
		return ret;
	if (l->tos == DVR_NAT_POOLS_MAX)
		return bad_value(a, word, "to may be given %d times at most",
				 DVR_NAT_POOLS_MAX);
	l->to[l->tos++] = word;
	return OK;
}

static int take_word(struct args *a, struct line *l, enum verb_kind verb)
{
	unsigned int flags = verb == VERB_DEL ? F_KEY : F_KEY | F_CONF;
	const char *word = args_next(a);
	const struct field *f;
	uint8_t kind;

	if (verb != VERB_DEL) {
		for (kind = 0; nat_kind_names[kind]; kind++)
			if (!strcmp(word, nat_kind_names[kind]))
				return take_kind(a, l, kind, word);
		if (!strcmp(word, "to"))
			return take_to(a, l);
	}
	f = field_find(&nat_object, word, flags);
	if (!f || (f->flags & F_FIRST))
		return bad(a, word, verb == VERB_DEL ? "is not expected here" :
			   "unknown keyword");
	if (l->word[f - nat_fields])
		return bad(a, word, "given twice");
	return args_value(a, word, field_what(f), &l->word[f - nat_fields]);
}

/* Refuse words that a rule of this kind cannot have, and words that are missing. */
static int check(const struct args *a, const struct line *l)
{
	bool from = l->kind == DVR_NAT_KIND_SNAT || l->kind == DVR_NAT_KIND_NONE;

	if (!l->kind_word)
		return bad(a, l->router,
			   "the rule needs snat, floating, forward or none");
	if (!l->word[OUT])
		return bad(a, "out", "is missing; give a name");
	if (from && !l->word[INSIDE])
		return bad(a, "from", "is missing; give a prefix");
	if (!from && l->word[INSIDE])
		return bad(a, "from", "cannot be combined with %s", l->kind_word);
	if (!l->tos)
		return bad(a, "to", "is missing; give %s",
			   l->kind == DVR_NAT_KIND_NONE ? "a prefix" :
			   l->kind == DVR_NAT_KIND_FORWARD ? "IP:PORT" :
			   "an IP address");
	if (l->kind == DVR_NAT_KIND_SNAT)
		return OK;
	if (l->tos > 1)
		return bad(a, "to", "given twice");
	if (l->word[MAPPING])
		return bad(a, "mapping", "only a snat rule has this");
	if (l->word[FILTER])
		return bad(a, "filter", "only a snat rule has this");
	return OK;
}

static int other_family(const struct args *a, const char *word, const char *than)
{
	return bad_value(a, word, "is of another address family than %s", than);
}

static void put_ports(struct msg *m, const struct range *r, const char *word)
{
	if (r->port_min)
		msg_put_u32(m, DVR_A_NAT_PORT_MIN, r->port_min, word);
	if (r->port_max != r->port_min)
		msg_put_u32(m, DVR_A_NAT_PORT_MAX, r->port_max, word);
}

static int put_snat(struct args *a, const struct line *l, struct msg *m)
{
	const char *from = l->word[INSIDE];
	struct range r, first = { 0 };
	struct prefix inside;
	unsigned int i;
	size_t nest;
	int ret;

	ret = arg_dst(a, from, &inside);
	if (ret)
		return ret;
	msg_put_prefix(m, DVR_A_NAT_INSIDE, &inside, from);
	for (i = 0; i < l->tos; i++) {
		ret = arg_range(a, l->to[i], &r);
		if (ret)
			return ret;
		if (r.first.len != inside.addr.len)
			return other_family(a, l->to[i], from);
		if (i && r.port_min)
			return bad_value(a, l->to[i],
					 "only the first range has ports, which limit all ranges");
		if (!i)
			first = r;
		nest = msg_nest(m, DVR_A_NAT_POOL, l->to[i]);
		msg_put(m, DVR_A_NAT_POOL_FIRST, r.first.b, r.first.len,
			l->to[i]);
		if (memcmp(&r.first, &r.last, sizeof(r.first)))
			msg_put(m, DVR_A_NAT_POOL_LAST, r.last.b, r.last.len,
				l->to[i]);
		msg_end(m, nest);
	}
	put_ports(m, &first, l->to[0]);
	return OK;
}

/* An address, or an IPv6 prefix. */
static int floating_end(const struct args *a, const char *word, struct prefix *p)
{
	int ret;

	ret = arg_net(a, word, p);
	if (!ret && p->addr.len == 4 && p->len != 32)
		ret = bad_value(a, word,
				"must be one address; only IPv6 has floating prefixes");
	return ret;
}

static int put_floating(struct args *a, const struct line *l, struct msg *m)
{
	struct prefix outside, inside;
	int ret;

	ret = floating_end(a, l->outside, &outside);
	if (!ret)
		ret = floating_end(a, l->to[0], &inside);
	if (ret)
		return ret;
	if (inside.addr.len != outside.addr.len)
		return other_family(a, l->to[0], l->outside);
	if (inside.len != outside.len)
		return bad_value(a, l->to[0], "must have the prefix length of %s",
				 l->outside);
	msg_put_prefix(m, DVR_A_NAT_INSIDE, &inside, l->to[0]);
	msg_put_prefix(m, DVR_A_NAT_OUTSIDE, &outside, l->outside);
	return OK;
}

/* One address with a port or a range of ports. */
static int forward_end(const struct args *a, const char *word, struct range *r)
{
	int ret;

	ret = arg_range(a, word, r);
	if (ret)
		return ret;
	if (memcmp(&r->first, &r->last, sizeof(r->first)))
		return bad_value(a, word, "must be one address");
	if (!r->port_min)
		return bad_value(a, word, "needs a port, as in %s",
				 r->first.len == 4 ? "192.0.2.1:80" :
				 "[2001:db8::1]:80");
	return OK;
}

static int put_proto(struct args *a, const struct line *l, struct msg *m)
{
	uint8_t v;
	int ret;

	ret = arg_proto(a, l->proto, &v);
	if (ret)
		return ret;
	if (v != IPPROTO_TCP && v != IPPROTO_UDP && v != IPPROTO_SCTP)
		return bad_value(a, l->proto, "only tcp, udp and sctp have ports");
	msg_put_u32(m, DVR_A_NAT_PROTO, v, l->proto);
	return OK;
}

static void put_host(struct msg *m, uint16_t type, const struct addr *ip,
		     const char *word)
{
	const struct prefix p = { .addr = *ip, .len = ip->len * 8 };

	msg_put_prefix(m, type, &p, word);
}

static int put_forward(struct args *a, const struct line *l, struct msg *m)
{
	struct range outside, inside;
	int ret;

	ret = put_proto(a, l, m);
	if (!ret)
		ret = forward_end(a, l->outside, &outside);
	if (!ret)
		ret = forward_end(a, l->to[0], &inside);
	if (ret)
		return ret;
	if (inside.first.len != outside.first.len)
		return other_family(a, l->to[0], l->outside);
	if (inside.port_min != inside.port_max)
		return bad_value(a, l->to[0],
				 "must have one port, that of the first outside port");
	put_host(m, DVR_A_NAT_INSIDE, &inside.first, l->to[0]);
	put_host(m, DVR_A_NAT_OUTSIDE, &outside.first, l->outside);
	put_ports(m, &outside, l->outside);
	msg_put_u32(m, DVR_A_NAT_INSIDE_PORT, inside.port_min, l->to[0]);
	return OK;
}

static int put_none(struct args *a, const struct line *l, struct msg *m)
{
	struct prefix inside, dst;
	int ret;

	ret = arg_dst(a, l->word[INSIDE], &inside);
	if (!ret)
		ret = arg_dst(a, l->to[0], &dst);
	if (ret)
		return ret;
	if (inside.addr.len != dst.addr.len)
		return other_family(a, l->to[0], l->word[INSIDE]);
	msg_put_prefix(m, DVR_A_NAT_INSIDE, &inside, l->word[INSIDE]);
	msg_put_prefix(m, DVR_A_NAT_DST, &dst, l->to[0]);
	return OK;
}

static int (*const put_kind[])(struct args *a, const struct line *l,
			       struct msg *m) = {
	[DVR_NAT_KIND_SNAT] = put_snat,
	[DVR_NAT_KIND_FLOATING] = put_floating,
	[DVR_NAT_KIND_FORWARD] = put_forward,
	[DVR_NAT_KIND_NONE] = put_none,
};

static int put_rule(struct args *a, const struct line *l, struct msg *m)
{
	int ret;

	ret = check(a, l);
	if (!ret)
		ret = field_parse(a, &nat_fields[OUT], l->word[OUT], m);
	if (ret)
		return ret;
	msg_put_u32(m, DVR_A_NAT_KIND, l->kind, l->kind_word);
	return put_kind[l->kind](a, l, m);
}

bool nat_words(enum verb_kind verb, const char *after, bool print)
{
	static const char *const protos[] = { "tcp", "udp", "sctp", NULL };

	(void)verb;
	if (print && !after) {
		complete_words(nat_kind_names);
		complete_word("to");
	}
	if (!after)
		return false;
	if (print && !strcmp(after, "forward"))
		complete_words(protos);
	return !strcmp(after, "forward") || !strcmp(after, "floating") ||
	       !strcmp(after, "to");
}

int nat_parse(struct args *a, enum verb_kind verb, struct msg *m)
{
	struct line l = { 0 };
	unsigned int i;
	int ret;

	l.router = args_next(a);
	if (!l.router)
		return bad(a, "router", "is missing; give a name");
	ret = field_parse(a, &nat_fields[ROUTER], l.router, m);
	while (!ret && args_peek(a))
		ret = take_word(a, &l, verb);
	if (!ret && verb == VERB_DEL && !l.word[HANDLE])
		ret = bad(a, "handle", "is missing; give a number");
	if (!ret && verb != VERB_DEL)
		ret = put_rule(a, &l, m);
	for (i = PRIO; !ret && i <= FILTER; i++)
		if (l.word[i])
			ret = field_parse(a, &nat_fields[i], l.word[i], m);
	return ret;
}
