// SPDX-License-Identifier: GPL-2.0-only
/* dvradm drops: why packets were dropped. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complete.h"
#include "genl.h"
#include "out.h"

const struct field drop_fields[] = {
	{ .spec = &drop_spec[DVR_A_DROP_ROUTER], .flags = F_FILTER },
	{ .spec = &drop_spec[DVR_A_DROP_PORT], .flags = F_FILTER },
	{ }
};

static const struct object drop_object = {
	.name = "drops",
	.set_word = "set",
	.attr = DVR_A_DROP,
	.fields = drop_fields,
};

struct drop {
	const char *reason;
	const char *router;	/* NULL if the drop has none */
	const char *port;
	const char *help;
	uint32_t router_id;
	uint32_t port_id;
	uint64_t packets;
};

struct table {
	struct drop *drop;
	size_t n;
	size_t cap;
	int reason_width;
	int router_width;
	int port_width;
};

static const char *str_or_null(const struct nlattr *nla)
{
	return nla ? attr_str(nla) : NULL;
}

static bool matches(const struct nlattr *filter, const struct nlattr *nla)
{
	return !filter || (nla && !strcmp(attr_str(filter), attr_str(nla)));
}

static void widen(int *width, const char *s)
{
	int len = s ? strlen(s) : 1;

	if (len > *width)
		*width = len;
}

static void take(struct table *t, const struct nlattr *nest,
		 const struct attrs *filter)
{
	struct drop *d;
	struct attrs at;
	uint64_t packets;

	attrs_parse(&at, nest);
	packets = attr_u64(at.tb[DVR_A_DROP_PACKETS]);
	if (!packets)
		return;
	if (!matches(filter->tb[DVR_A_DROP_ROUTER], at.tb[DVR_A_DROP_ROUTER]) ||
	    !matches(filter->tb[DVR_A_DROP_PORT], at.tb[DVR_A_DROP_PORT]))
		return;
	t->drop = grow(t->drop, &t->cap, t->n + 1, sizeof(*t->drop));
	d = &t->drop[t->n++];
	d->reason = attr_str(at.tb[DVR_A_DROP_REASON]);
	d->router = str_or_null(at.tb[DVR_A_DROP_ROUTER]);
	d->port = str_or_null(at.tb[DVR_A_DROP_PORT]);
	d->router_id = attr_u32(at.tb[DVR_A_DROP_ROUTER_ID]);
	d->port_id = attr_u32(at.tb[DVR_A_DROP_PORT_ID]);
	d->help = str_or_null(at.tb[DVR_A_DROP_HELP]);
	d->packets = packets;
	widen(&t->reason_width, d->reason);
	widen(&t->router_width, d->router);
	widen(&t->port_width, d->port);
}

/* Most packets first. */
static int compare(const void *p, const void *q)
{
	const struct drop *a = p, *b = q;
	int ret;

	if (a->packets != b->packets)
		return a->packets < b->packets ? 1 : -1;
	ret = strcmp(a->reason, b->reason);
	if (!ret)
		ret = strverscmp(a->router ? a->router : "",
				 b->router ? b->router : "");
	return ret ? ret : strverscmp(a->port ? a->port : "",
				      b->port ? b->port : "");
}

static void print_col(const char *key, int width, const char *value)
{
	if (value || !opts.json)
		out_col(key, width, value ? value : "-");
}

static void print(const struct table *t)
{
	const struct drop *d;

	if (t->n && !opts.json) {
		out_item();
		out_col(NULL, t->reason_width, "REASON");
		out_col(NULL, 12, "     PACKETS");
		out_col(NULL, t->router_width, "ROUTER");
		out_col(NULL, opts.details ? t->port_width : 0, "PORT");
		if (opts.details)
			out_col(NULL, 0, "MEANING");
		out_item_end();
	}
	out_list(NULL);
	for (d = t->drop; d < t->drop + t->n; d++) {
		out_item();
		out_col("reason", t->reason_width, d->reason);
		out_col_num("packets", 12, d->packets);
		print_col("router", t->router_width, d->router);
		print_col("port", opts.details ? t->port_width : 0, d->port);
		if (d->help && (opts.details || opts.json))
			out_col("help", 0, d->help);
		if (d->router_id)
			out_num("router_id", OUT_JSON, d->router_id);
		if (d->port_id)
			out_num("port_id", OUT_JSON, d->port_id);
		out_item_end();
	}
	out_list_end();
}

static void take_all(struct table *t, const struct replies *re,
		     const struct attrs *filter)
{
	const struct nlmsghdr *nlh;
	const struct nlattr *nest;

	for (nlh = replies_next(re, NULL); nlh; nlh = replies_next(re, nlh)) {
		nest = genl_nest(nlh, DVR_A_DROP);
		if (nest)
			take(t, nest, filter);
	}
	if (t->n)
		qsort(t->drop, t->n, sizeof(*t->drop), compare);
}

static int show(const struct args *a, struct msg *m)
{
	struct table t = {
		.reason_width = 6, .router_width = 6, .port_width = 4,
	};
	struct attrs filter = { 0 };
	struct replies re = { 0 };
	const struct nlattr *nest;
	struct kerr err;
	int ret;

	nest = genl_nest((const void *)m->buf, DVR_A_DROP);
	if (nest)
		attrs_parse(&filter, nest);
	ret = genl_dump(a, m, &re, &err);
	if (ret)
		kerr_complain(a, m, &drop_object, &err);
	if (!ret || re.interrupted) {
		take_all(&t, &re, &filter);
		print(&t);
	}
	free(t.drop);
	free(re.buf);
	return ret;
}

void drops_words(struct args *a)
{
	if (!args_peek(a))
		complete_word("help");
	complete_filter(a, drop_fields);
}

int drops_run(struct args *a)
{
	struct msg m = { 0 };
	int ret = OK;

	if (args_peek(a) && !strcmp(args_peek(a), "show"))
		args_next(a);
	msg_start(&m, NLM_F_DUMP, DVR_CMD_DROPS_GET);
	if (args_peek(a))
		ret = object_parse(a, &drop_object, VERB_SHOW, DVR_A_DROP, &m);
	if (!ret)
		ret = genl_open(a);
	if (!ret)
		ret = show(a, &m);
	msg_free(&m);
	return ret;
}
