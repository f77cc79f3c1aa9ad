// SPDX-License-Identifier: GPL-2.0-only
/* dvradm route without "get". A table of fields cannot describe next hops. */
#include <stddef.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "complete.h"
#include "lookup.h"
#include "object.h"
#include "out.h"

enum { ROUTER, DST, TYPE, METRIC };

/* Next hops are printed between TYPE and METRIC. */
static const struct field fields[] = {
	[ROUTER] = { .spec = &route_spec[DVR_A_ROUTE_ROUTER],
		     .flags = F_KEY | F_FIRST | F_FILTER },
	[DST] = { .spec = &route_spec[DVR_A_ROUTE_DST], .word = "prefix",
		  .flags = F_KEY | F_FIRST | F_FILTER },
	[TYPE] = { .spec = &route_spec[DVR_A_ROUTE_TYPE], .value = "TYPE",
		   .flags = F_FILTER },
	[METRIC] = { .spec = &route_spec[DVR_A_ROUTE_METRIC],
		     .flags = F_CONF | F_SUBKEY | F_FILTER },
	{ }
};

static const struct field weight_field = {
	.spec = &nexthop_spec[DVR_A_NEXTHOP_WEIGHT],
};

static const struct field segment_field = {
	.spec = &nexthop_spec[DVR_A_NEXTHOP_SEGMENT],
};

static const struct field hop_segment_id_field = {
	.spec = &nexthop_spec[DVR_A_NEXTHOP_SEGMENT_ID], .flags = F_JSON,
};

static const struct field router_id_field = {
	.spec = &route_spec[DVR_A_ROUTE_ROUTER_ID], .flags = F_JSON,
};

static const struct field segment_id_field = {
	.spec = &route_spec[DVR_A_ROUTE_SEGMENT_ID], .flags = F_JSON,
};

static const struct field dev_field = {
	.spec = &nexthop_spec[DVR_A_NEXTHOP_DEV],
};

struct hop {
	const char *via;
	const char *weight;
	const char *segment;
	const char *onlink;
	struct addr ip;
};

struct line {
	const char *router;
	const char *dst;
	const char *type_word;
	const char *dev;
	const char *segment;
	const char *metric;
	uint8_t type;
	unsigned int hops;
	struct hop hop[DVR_NEXTHOPS_MAX];
};

/* The earlier keyword that @word cannot be combined with, or NULL. */
static const char *excluded_by(const struct line *l, const char *word)
{
	if (l->type_word)
		return l->type_word;
	if (l->dev)
		return "dev";
	if (l->segment)
		return "segment";
	return l->hops && strcmp(word, "via") ? "via" : NULL;
}

/* Is it the same next hop: a link-local address may be on several segments. */
static bool hop_twice(const struct hop *a, const struct hop *b)
{
	if (memcmp(&a->ip, &b->ip, sizeof(a->ip)))
		return false;
	return a->segment && b->segment ? !strcmp(a->segment, b->segment) :
					  a->segment == b->segment;
}

/* Take the words that may follow a next hop. */
static int take_hop_words(struct args *a, struct hop *h)
{
	const char **to, *word;
	int ret = OK;

	while (!ret && args_peek(a)) {
		word = args_peek(a);
		if (!strcmp(word, "weight"))
			to = &h->weight;
		else if (!strcmp(word, "segment"))
			to = &h->segment;
		else if (!strcmp(word, "onlink"))
			to = &h->onlink;
		else
			break;
		if (*to)
			return bad(a, args_next(a), "given twice");
		*to = args_next(a);
		if (to == &h->weight)
			ret = args_value(a, word, "a number", to);
		else if (to == &h->segment)
			ret = args_value(a, word, "a name", to);
	}
	if (!ret && h->onlink && !h->segment)
		ret = bad(a, h->onlink, "needs the segment of the next hop");
	return ret;
}

static int take_via(struct args *a, struct line *l)
{
	struct hop *h = &l->hop[l->hops];
	const char *via;
	unsigned int i;
	int ret;

	ret = args_value(a, "via", "an IP address", &via);
	if (ret)
		return ret;
	if (l->hops == DVR_NEXTHOPS_MAX)
		return bad_value(a, via, "via may be given %d times at most",
				 DVR_NEXTHOPS_MAX);
	memset(h, 0, sizeof(*h));
	h->via = via;
	ret = arg_ip(a, via, &h->ip);
	if (!ret)
		ret = take_hop_words(a, h);
	if (ret)
		return ret;
	for (i = 0; i < l->hops; i++)
		if (hop_twice(&l->hop[i], h))
			return bad_value(a, via, "given twice");
	l->hops++;
	return OK;
}

/* The type that a word such as blackhole names, 0 for any other word. */
static uint8_t type_of(const char *word)
{
	uint8_t i;

	for (i = DVR_ROUTE_TYPE_BLACKHOLE; i <= DVR_ROUTE_TYPE_PROHIBIT; i++)
		if (!strcmp(word, route_type_names[i]))
			return i;
	return 0;
}

static bool is_hop_word(const char *word)
{
	return !strcmp(word, "weight") || !strcmp(word, "segment") ||
	       !strcmp(word, "onlink");
}

/* Take what becomes of packets: via, segment, dev or a type. */
static int take_next(struct args *a, struct line *l, const char *word)
{
	bool via = !strcmp(word, "via"), dev = !via && !strcmp(word, "dev");
	bool segment = !l->hops && !strcmp(word, "segment");
	uint8_t type = via || dev ? 0 : type_of(word);
	const char *before;

	if (!type && !via && !dev && !segment)
		return bad(a, word, is_hop_word(word) ?
			   "must follow via IP" : "unknown keyword");
	before = excluded_by(l, word);
	if (before && !strcmp(before, word))
		return bad(a, word, "given twice");
	if (before)
		return bad(a, word, "cannot be combined with %s", before);
	if (via)
		return take_via(a, l);
	if (dev)
		return args_value(a, word, "a device name", &l->dev);
	if (segment)
		return args_value(a, word, "a name", &l->segment);
	l->type_word = word;
	l->type = type;
	return OK;
}

static int take_word(struct args *a, struct line *l, enum verb_kind verb)
{
	const char *word = args_next(a);

	if (!strcmp(word, "metric")) {
		if (l->metric)
			return bad(a, word, "given twice");
		return args_value(a, word, "a number", &l->metric);
	}
	if (verb == VERB_DEL)
		return bad(a, word, "is not expected here");
	return take_next(a, l, word);
}

/* Without -4 or -6, "default" has the address family of its first next hop. */
static int put_dst(struct args *a, const struct line *l, struct msg *m)
{
	static const struct prefix all = { .addr.len = 16 };

	if (strcmp(l->dst, "default") || opts.family || !l->hops ||
	    l->hop[0].ip.len != 16)
		return field_parse(a, &fields[DST], l->dst, m);
	msg_put_prefix(m, DVR_A_ROUTE_DST, &all, l->dst);
	return OK;
}

static int put_hops(struct args *a, const struct line *l, struct msg *m)
{
	unsigned int i;
	size_t nest;
	int ret = OK;

	if (l->dev) {
		nest = msg_nest(m, DVR_A_ROUTE_NEXTHOP, l->dev);
		ret = field_parse(a, &dev_field, l->dev, m);
		msg_end(m, nest);
	}
	if (l->segment) {
		nest = msg_nest(m, DVR_A_ROUTE_NEXTHOP, l->segment);
		ret = field_parse(a, &segment_field, l->segment, m);
		msg_end(m, nest);
	}
	for (i = 0; i < l->hops && !ret; i++) {
		const struct hop *h = &l->hop[i];

		nest = msg_nest(m, DVR_A_ROUTE_NEXTHOP, h->via);
		msg_put(m, DVR_A_NEXTHOP_VIA, h->ip.b, h->ip.len, h->via);
		if (h->segment)
			ret = field_parse(a, &segment_field, h->segment, m);
		if (h->onlink)
			msg_put_u32(m, DVR_A_NEXTHOP_ONLINK, 1, h->onlink);
		if (h->weight && !ret)
			ret = field_parse(a, &weight_field, h->weight, m);
		msg_end(m, nest);
	}
	return ret;
}

static int parse(struct args *a, enum verb_kind verb, struct msg *m)
{
	struct line l;
	int ret;

	/* The array of next hops is large, and only the first l.hops are read. */
	memset(&l, 0, offsetof(struct line, hop));
	l.router = args_next(a);
	if (!l.router)
		return bad(a, "router", "is missing; give a name");
	l.dst = args_next(a);
	if (!l.dst)
		return bad(a, "prefix", "is missing; give PREFIX or default");
	ret = field_parse(a, &fields[ROUTER], l.router, m);
	while (!ret && args_peek(a))
		ret = take_word(a, &l, verb);
	if (!ret && verb != VERB_DEL && !l.hops && !l.dev && !l.segment &&
	    !l.type_word)
		ret = bad(a, l.dst,
			  "the route needs via, segment, dev, blackhole, unreachable or prohibit");
	if (!ret)
		ret = put_dst(a, &l, m);
	if (!ret && verb != VERB_DEL)
		msg_put_u32(m, DVR_A_ROUTE_TYPE, l.type, l.type_word);
	if (!ret && l.metric)
		ret = field_parse(a, &fields[METRIC], l.metric, m);
	return ret ? ret : put_hops(a, &l, m);
}

static bool words(enum verb_kind verb, const char *after, bool print)
{
	static const char *const next[] = { "via", "segment", "onlink", "weight",
					    "dev", NULL };
	uint8_t type;

	if (verb == VERB_GET) {
		if (print && !after)
			complete_word("from");
		return after && !strcmp(after, "from");
	}
	if (print && !after) {
		complete_words(next);
		for (type = DVR_ROUTE_TYPE_BLACKHOLE;
		     type <= DVR_ROUTE_TYPE_PROHIBIT; type++)
			complete_word(route_type_names[type]);
	}
	if (!after)
		return false;
	if (print && !strcmp(after, "dev"))
		complete_devices();
	if (print && !strcmp(after, "segment"))
		complete_names(&segment_object);
	return !strcmp(after, "via") || !strcmp(after, "weight") ||
	       !strcmp(after, "dev") || !strcmp(after, "segment");
}

static const char *state_of(const struct attrs *hop)
{
	return enum_str(port_state_names,
			attr_u32(hop->tb[DVR_A_NEXTHOP_STATE]));
}

static void print_why(const struct attrs *hop)
{
	if (hop->tb[DVR_A_NEXTHOP_WHY])
		out_why("why", attr_str(hop->tb[DVR_A_NEXTHOP_WHY]));
}

/* The address of a next hop, if it has one, and where it is. */
static void print_via(const struct attrs *hop)
{
	const struct nlattr *given = hop->tb[DVR_A_NEXTHOP_SEGMENT_GIVEN];
	char buf[PREFIX_STRLEN];
	struct addr ip;

	if (hop->tb[DVR_A_NEXTHOP_VIA]) {
		attr_addr(hop->tb[DVR_A_NEXTHOP_VIA], &ip);
		out_str("via", "via", addr_str(&ip, buf));
	}
	if (given)
		out_str("segment_given", "segment", attr_str(given));
	if (attr_u32(hop->tb[DVR_A_NEXTHOP_ONLINK]))
		out_bool("onlink", NULL, true, "", "onlink");
}

static void print_hops(const struct attrs *at)
{
	const struct nlattr *nla;
	struct attrs hop;
	uint32_t weight;

	out_list("nexthop");
	mnl_attr_for_each_nested(nla, at->nest) {
		if (mnl_attr_get_type(nla) != DVR_A_ROUTE_NEXTHOP)
			continue;
		attrs_parse(&hop, nla);
		weight = attr_u32(hop.tb[DVR_A_NEXTHOP_WEIGHT]);
		out_obj(NULL);
		if (hop.tb[DVR_A_NEXTHOP_DEV]) {
			out_str("dev", "dev", attr_str(hop.tb[DVR_A_NEXTHOP_DEV]));
			out_str("state", OUT_JSON, state_of(&hop));
			if (opts.json)
				print_why(&hop);
		} else {
			print_via(&hop);
		}
		if (weight)
			out_num("weight", weight > 1 ? "weight" : OUT_JSON,
				weight);
		if (hop.tb[DVR_A_NEXTHOP_SEGMENT])
			out_str("segment", OUT_JSON,
				attr_str(hop.tb[DVR_A_NEXTHOP_SEGMENT]));
		field_print(&hop_segment_id_field, &hop);
		out_obj_end();
	}
	out_list_end();
}

/*
 * As a note, the leg by which each next hop is reached, unless its segment is
 * in front of the note; or "inactive".
 */
static void print_hop_segments(const struct attrs *at)
{
	const struct nlattr *nla;
	struct attrs hop;

	mnl_attr_for_each_nested(nla, at->nest) {
		if (mnl_attr_get_type(nla) != DVR_A_ROUTE_NEXTHOP)
			continue;
		attrs_parse(&hop, nla);
		if (hop.tb[DVR_A_NEXTHOP_SEGMENT_GIVEN] &&
		    hop.tb[DVR_A_NEXTHOP_SEGMENT])
			continue;
		out_note();
		if (hop.tb[DVR_A_NEXTHOP_DEV]) {
			out_text(state_of(&hop));
			print_why(&hop);
		} else if (hop.tb[DVR_A_NEXTHOP_SEGMENT]) {
			out_text("segment");
			out_word(attr_str(hop.tb[DVR_A_NEXTHOP_SEGMENT]));
		} else {
			out_text("inactive");
		}
	}
}

static void print(const struct object *obj, const struct attrs *at)
{
	uint8_t type = attr_u32(at->tb[DVR_A_ROUTE_TYPE]);
	uint32_t metric = attr_u32(at->tb[DVR_A_ROUTE_METRIC]);

	(void)obj;
	if (type > DVR_ROUTE_TYPE_PROHIBIT)
		out_note();
	field_print(&fields[ROUTER], at);
	field_print(&fields[DST], at);
	out_str("type", type == DVR_ROUTE_TYPE_UNICAST ? OUT_JSON : NULL,
		enum_str(route_type_names, type));
	if (at->tb[DVR_A_ROUTE_NEXTHOP])
		print_hops(at);
	out_num("metric", metric ? "metric" : OUT_JSON, metric);
	if (at->tb[DVR_A_ROUTE_SEGMENT])
		out_str("segment", "segment",
			attr_str(at->tb[DVR_A_ROUTE_SEGMENT]));
	field_print(&router_id_field, at);
	field_print(&segment_id_field, at);
	if (!opts.json)
		print_hop_segments(at);
}

/* ip route does not list these routes unless they are asked for either. */
static bool hidden(const struct attrs *at)
{
	uint8_t type = attr_u32(at->tb[DVR_A_ROUTE_TYPE]);

	return type == DVR_ROUTE_TYPE_LOCAL ||
	       type == DVR_ROUTE_TYPE_BROADCAST ||
	       type == DVR_ROUTE_TYPE_ANYCAST;
}

static bool saved(const struct attrs *at)
{
	return attr_u32(at->tb[DVR_A_ROUTE_TYPE]) <= DVR_ROUTE_TYPE_PROHIBIT;
}

static const char *unfit(const struct attrs *at)
{
	const struct nlattr *nla;
	const char *why = NULL;
	struct attrs hop;

	mnl_attr_for_each_nested(nla, at->nest) {
		if (mnl_attr_get_type(nla) != DVR_A_ROUTE_NEXTHOP)
			continue;
		attrs_parse(&hop, nla);
		if (!hop.tb[DVR_A_NEXTHOP_DEV] && !hop.tb[DVR_A_NEXTHOP_SEGMENT])
			why = "inactive:";
		else if (attr_u32(hop.tb[DVR_A_NEXTHOP_STATE]) ==
			 DVR_PORT_STATE_REFUSED)
			why = "refused:";
	}
	return why;
}

const struct object route_object = {
	.name = "route",
	.usage =
"dvradm route { add | replace } ROUTER PREFIX NEXT<+>\n"
"dvradm route del ROUTER PREFIX [ metric N ]\n"
"dvradm route show [ ROUTER [ PREFIX ] ] <?type> <?metric>\n"
"dvradm route get ROUTER IP [ from IP ]\n"
"NEXT := { HOP [ HOP ]... | segment SEG | dev DEV |\n"
"          blackhole | unreachable | prohibit }\n"
"HOP := via IP [ segment SEG [ onlink ] ] [ weight N ]\n"
"TYPE := <:type>\n",
	.set_word = "replace",
	.attr = DVR_A_ROUTE,
	.op_attr = DVR_A_OP_ROUTE,
	.cmd = {
		[VERB_ADD] = DVR_CMD_ROUTE_ADD,
		[VERB_SET] = DVR_CMD_ROUTE_SET,
		[VERB_DEL] = DVR_CMD_ROUTE_DEL,
		[VERB_SHOW] = DVR_CMD_ROUTE_GET,
	},
	.ntf = DVR_CMD_ROUTE_NTF,
	.group = DVR_MCGRP_ROUTE,
	.many = true,
	.fields = fields,
	.parse = parse,
	.print = print,
	.hidden = hidden,
	.saved = saved,
	.unfit = unfit,
	.get = route_get,
	.words = words,
};
