// SPDX-License-Identifier: GPL-2.0-only
/* dvradm flow: the connections in translation. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "command.h"
#include "complete.h"
#include "genl.h"
#include "out.h"
#include "range.h"

const struct field flow_fields[] = {
	{ .spec = &flow_spec[DVR_A_FLOW_ROUTER], .flags = F_FIRST | F_FILTER },
	{ .spec = &flow_spec[DVR_A_FLOW_HANDLE], .flags = F_FILTER },
	{ .spec = &flow_spec[DVR_A_FLOW_PROTO], .type = FT_PROTO, .flags = F_FILTER },
	{ .spec = &flow_spec[DVR_A_FLOW_ORIG], .flags = F_PLAIN },
	{ .spec = &flow_spec[DVR_A_FLOW_REPLY] },
	{ .spec = &flow_spec[DVR_A_FLOW_STATE] },
	{ .spec = &flow_spec[DVR_A_FLOW_TIMEOUT_S] },
	{ .spec = &flow_spec[DVR_A_FLOW_ZONE], .flags = F_DETAIL },
	{ .spec = &flow_spec[DVR_A_FLOW_ADDR], .flags = F_FILTER },
	{ .spec = &flow_spec[DVR_A_FLOW_PORT], .flags = F_FILTER },
	{ .spec = &flow_spec[DVR_A_FLOW_ROUTER_ID], .flags = F_JSON },
	{ }
};

static const struct field tuple_fields[] = {
	{ .spec = &tuple_spec[DVR_A_TUPLE_SRC] },
	{ .spec = &tuple_spec[DVR_A_TUPLE_DST] },
	{ .spec = &tuple_spec[DVR_A_TUPLE_SPORT] },
	{ .spec = &tuple_spec[DVR_A_TUPLE_DPORT] },
	{ .spec = &tuple_spec[DVR_A_TUPLE_PACKETS], .flags = F_STATS },
	{ .spec = &tuple_spec[DVR_A_TUPLE_BYTES], .flags = F_STATS },
	{ }
};

static void print_tuple(const struct field *f, const struct attrs *at)
{
	const struct field *t;
	struct attrs tuple;

	if (!at->tb[f->spec->attr])
		return;
	attrs_parse(&tuple, at->tb[f->spec->attr]);
	if (field_word(f))
		out_text(field_word(f));
	out_obj(f->spec->key);
	for (t = tuple_fields; t->spec; t++)
		field_print(t, &tuple);
	out_obj_end();
}

static void print(const struct object *obj, const struct attrs *at)
{
	const struct field *f;
	char buf[PROTO_STRLEN];

	for (f = obj->fields; f->spec; f++) {
		if (field_type(f) == FT_HOOK)
			print_tuple(f, at);
		else if (field_type(f) == FT_PROTO && at->tb[f->spec->attr])
			out_str(f->spec->key, NULL,
				proto_str(attr_u32(at->tb[f->spec->attr]), buf));
		else
			field_print(f, at);
	}
}

static const struct object flow_object = {
	.name = "flow",
	.set_word = "set",
	.attr = DVR_A_FLOW,
	.fields = flow_fields,
	.print = print,
};

/* A connection and its sort key, parsed once: there may be millions. */
struct flow {
	const struct nlattr *nest;
	const char *router;
	uint32_t sport;
	uint32_t dport;
	struct addr src;
	struct addr dst;
	uint8_t proto;
};

static int compare_num(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* By router, protocol, and the addresses and ports of the first packet. */
static int compare(const void *p, const void *q)
{
	const struct flow *a = p, *b = q;
	int ret;

	ret = strverscmp(a->router, b->router);
	if (!ret)
		ret = compare_num(a->proto, b->proto);
	if (!ret)
		ret = memcmp(&a->src, &b->src, sizeof(a->src));
	if (!ret)
		ret = compare_num(a->sport, b->sport);
	if (!ret)
		ret = memcmp(&a->dst, &b->dst, sizeof(a->dst));
	return ret ? ret : compare_num(a->dport, b->dport);
}

static void take(struct flow *fl, const struct nlattr *nest)
{
	struct attrs at, orig = { 0 };

	attrs_parse(&at, nest);
	if (at.tb[DVR_A_FLOW_ORIG])
		attrs_parse(&orig, at.tb[DVR_A_FLOW_ORIG]);
	fl->nest = nest;
	fl->router = attr_str(at.tb[DVR_A_FLOW_ROUTER]);
	fl->proto = attr_u32(at.tb[DVR_A_FLOW_PROTO]);
	attr_addr(orig.tb[DVR_A_TUPLE_SRC], &fl->src);
	attr_addr(orig.tb[DVR_A_TUPLE_DST], &fl->dst);
	fl->sport = attr_u32(orig.tb[DVR_A_TUPLE_SPORT]);
	fl->dport = attr_u32(orig.tb[DVR_A_TUPLE_DPORT]);
}

static bool matches_family(const struct flow *fl)
{
	return !opts.family || fl->src.len == (opts.family == AF_INET ? 4 : 16);
}

void flow_print(const struct replies *re)
{
	const struct nlmsghdr *nlh;
	const struct nlattr *nest;
	struct flow *flow = NULL;
	size_t i, n = 0, cap = 0;
	struct attrs at;

	for (nlh = replies_next(re, NULL); nlh; nlh = replies_next(re, nlh)) {
		nest = genl_nest(nlh, DVR_A_FLOW);
		if (!nest)
			continue;
		flow = grow(flow, &cap, n + 1, sizeof(*flow));
		take(&flow[n], nest);
		if (matches_family(&flow[n]))
			n++;
	}
	if (n)
		qsort(flow, n, sizeof(*flow), compare);
	out_list(NULL);
	for (i = 0; i < n; i++) {
		attrs_parse(&at, flow[i].nest);
		out_item();
		object_print(&flow_object, &at);
		out_item_end();
	}
	out_list_end();
	free(flow);
}

static int show(struct args *a, struct msg *m)
{
	struct replies re = { 0 };
	struct kerr err;
	int ret = OK;

	msg_start(m, NLM_F_DUMP, DVR_CMD_FLOW_GET);
	if (args_peek(a))
		ret = object_parse(a, &flow_object, VERB_SHOW, DVR_A_FLOW, m);
	if (!ret)
		ret = genl_open(a);
	if (ret)
		return ret;
	ret = genl_dump(a, m, &re, &err);
	if (ret)
		kerr_complain(a, m, &flow_object, &err);
	if (!ret || re.interrupted)
		flow_print(&re);
	free(re.buf);
	return ret;
}

/* A filter that was forgotten must not end all connections. */
static int parse_flush(struct args *a, struct msg *m)
{
	const char *word = args_peek(a);

	if (!word)
		return bad(a, "flush", "needs a filter or all");
	if (opts.family)
		return bad_value(a, "flush", "-4 and -6 do not limit what is flushed");
	if (strcmp(word, "all"))
		return object_parse(a, &flow_object, VERB_SHOW, DVR_A_FLOW, m);
	args_next(a);
	msg_end(m, msg_nest(m, DVR_A_FLOW, word));
	return args_end(a);
}

static int flush(struct args *a, struct msg *m)
{
	struct kerr err;
	int ret;

	msg_start(m, NLM_F_ACK, DVR_CMD_FLOW_FLUSH);
	ret = parse_flush(a, m);
	if (!ret)
		ret = genl_open(a);
	if (ret)
		return ret;
	ret = genl_talk(a, m, NULL, &err);
	if (ret)
		kerr_complain(a, m, &flow_object, &err);
	return ret;
}

static const struct {
	const char *name;
	int (*run)(struct args *a, struct msg *m);
} verbs[] = { { "show", show }, { "flush", flush }, { } };

void flow_words(struct args *a)
{
	const char *word = args_next(a);
	int i;

	if (word) {
		if (!args_peek(a) && *word == 'f')
			complete_word("all");
		complete_filter(a, flow_fields);
		return;
	}
	for (i = 0; verbs[i].name; i++)
		complete_word(verbs[i].name);
	complete_word("help");
}

int flow_run(struct args *a)
{
	const char *word = args_next(a);
	struct msg m = { 0 };
	int ret, i = 0;

	if (word && strcmp(word, "list"))
		i = args_pick(a, "command", word, verbs, sizeof(verbs[0]));
	if (i < 0)
		return USAGE;
	if (a->argc == a->pos + 1 && !strcmp(args_peek(a), "help"))
		return command_help("flow");
	ret = verbs[i].run(a, &m);
	msg_free(&m);
	return ret;
}
