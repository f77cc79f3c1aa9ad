// SPDX-License-Identifier: GPL-2.0-only
/* dvradm nat without its parser: the fields of a rule, and its printer. */
#include <libmnl/libmnl.h>

#include "nat.h"
#include "out.h"
#include "range.h"

/* JSON has KIND to INSIDE_PORT in this order; text has an order for each kind. */
const struct field nat_fields[] = {
	[ROUTER] = { .spec = &nat_spec[DVR_A_NAT_ROUTER],
		     .flags = F_KEY | F_FIRST | F_FILTER },
	[OUT] = { .spec = &nat_spec[DVR_A_NAT_OUT], .of = &segment_object,
		  .flags = F_CONF | F_FILTER },
	[KIND] = { .spec = &nat_spec[DVR_A_NAT_KIND], .value = "KIND",
		   .flags = F_FILTER },
	[INSIDE] = { .spec = &nat_spec[DVR_A_NAT_INSIDE], .word = "from",
		     .flags = F_CONF | F_FAMILY },
	[OUTSIDE] = { .spec = &nat_spec[DVR_A_NAT_OUTSIDE], .type = FT_HOST,
		      .flags = F_PLAIN },
	[DST] = { .spec = &nat_spec[DVR_A_NAT_DST], .flags = F_PLAIN },
	[POOL] = { .spec = &nat_spec[DVR_A_NAT_POOL], .flags = F_PLAIN },
	[PROTO] = { .spec = &nat_spec[DVR_A_NAT_PROTO], .type = FT_PROTO,
		    .flags = F_PLAIN },
	[PORT_MIN] = { .spec = &nat_spec[DVR_A_NAT_PORT_MIN], .flags = F_PLAIN },
	[PORT_MAX] = { .spec = &nat_spec[DVR_A_NAT_PORT_MAX], .type = FT_HOOK,
		       .flags = F_PLAIN },
	[INSIDE_PORT] = { .spec = &nat_spec[DVR_A_NAT_INSIDE_PORT], .flags = F_PLAIN },
	[PRIO] = { .spec = &nat_spec[DVR_A_NAT_PRIO],
		   .flags = F_CONF | F_SORT | F_FILTER },
	[HANDLE] = { .spec = &nat_spec[DVR_A_NAT_HANDLE], .flags = F_KEY | F_FILTER },
	[MAPPING] = { .spec = &nat_spec[DVR_A_NAT_MAPPING], .value = "BEHAVIOUR",
		      .flags = F_CONF | F_BRIEF },
	[FILTER] = { .spec = &nat_spec[DVR_A_NAT_FILTER], .value = "BEHAVIOUR",
		     .flags = F_CONF | F_BRIEF },
	[HITS] = { .spec = &nat_spec[DVR_A_NAT_HITS], .flags = F_NOTE | F_STATS },
	[CONNS] = { .spec = &nat_spec[DVR_A_NAT_CONNS], .flags = F_NOTE | F_STATS },
	[PORTS_USED] = { .spec = &nat_spec[DVR_A_NAT_PORTS_USED], .word = "ports used",
			 .flags = F_NOTE | F_STATS },
	[PORTS_FREE] = { .spec = &nat_spec[DVR_A_NAT_PORTS_FREE], .word = "free",
			 .flags = F_NOTE | F_STATS },
	[ROUTER_ID] = { .spec = &nat_spec[DVR_A_NAT_ROUTER_ID], .flags = F_JSON },
	[OUT_ID] = { .spec = &nat_spec[DVR_A_NAT_OUT_ID], .flags = F_JSON },
	[FIELDS] = { }
};

/* In text, some kinds of rules have other words than the table. */
static const struct field floating_field = {
	.spec = &nat_spec[DVR_A_NAT_OUTSIDE], .word = "floating", .type = FT_HOST,
};

static const struct field to_inside_field = {
	.spec = &nat_spec[DVR_A_NAT_INSIDE], .word = "to", .type = FT_HOST,
};

static const struct field to_dst_field = {
	.spec = &nat_spec[DVR_A_NAT_DST], .word = "to",
};

static void get_ports(const struct attrs *at, struct range *r)
{
	r->port_min = attr_u32(at->tb[DVR_A_NAT_PORT_MIN]);
	r->port_max = at->tb[DVR_A_NAT_PORT_MAX] ?
		      attr_u32(at->tb[DVR_A_NAT_PORT_MAX]) : r->port_min;
}

static void get_pool(const struct nlattr *nest, struct range *r)
{
	struct attrs pool;

	attrs_parse(&pool, nest);
	attr_addr(pool.tb[DVR_A_NAT_POOL_FIRST], &r->first);
	if (!attr_addr(pool.tb[DVR_A_NAT_POOL_LAST], &r->last))
		r->last = r->first;
}

static void print_pools(const struct attrs *at)
{
	char buf[RANGE_STRLEN], addr[PREFIX_STRLEN];
	const struct nlattr *nla;
	struct range r = { 0 };

	get_ports(at, &r);
	out_list("pool");
	mnl_attr_for_each_nested(nla, at->nest) {
		if (mnl_attr_get_type(nla) != DVR_A_NAT_POOL)
			continue;
		get_pool(nla, &r);
		if (opts.json) {
			out_obj(NULL);
			out_str("first", NULL, addr_str(&r.first, addr));
			out_str("last", NULL, addr_str(&r.last, addr));
			out_obj_end();
		} else {
			out_str(NULL, "to", range_str(&r, buf));
		}
		r.port_min = 0;
		r.port_max = 0;
	}
	out_list_end();
}

static void print_forward(const struct attrs *at)
{
	char buf[RANGE_STRLEN];
	struct range r = { 0 };
	struct prefix p;

	out_text("forward");
	field_print(&nat_fields[PROTO], at);
	get_ports(at, &r);
	attr_prefix(at->tb[DVR_A_NAT_OUTSIDE], &p);
	r.first = p.addr;
	r.last = p.addr;
	out_word(range_str(&r, buf));
	attr_prefix(at->tb[DVR_A_NAT_INSIDE], &p);
	r.first = p.addr;
	r.last = p.addr;
	r.port_min = attr_u32(at->tb[DVR_A_NAT_INSIDE_PORT]);
	r.port_max = r.port_min;
	out_str(NULL, "to", range_str(&r, buf));
}

static void print_text(const struct attrs *at, uint8_t kind)
{
	switch (kind) {
	case DVR_NAT_KIND_SNAT:
		out_text("snat");
		field_print(&nat_fields[INSIDE], at);
		print_pools(at);
		break;
	case DVR_NAT_KIND_FLOATING:
		field_print(&floating_field, at);
		field_print(&to_inside_field, at);
		break;
	case DVR_NAT_KIND_FORWARD:
		print_forward(at);
		break;
	case DVR_NAT_KIND_NONE:
		out_text("none");
		field_print(&nat_fields[INSIDE], at);
		field_print(&to_dst_field, at);
		break;
	}
}

static void print_json(const struct attrs *at)
{
	struct range r = { 0 };
	unsigned int i;

	get_ports(at, &r);
	for (i = KIND; i <= INSIDE_PORT; i++) {
		if (i == POOL && at->tb[DVR_A_NAT_POOL])
			print_pools(at);
		else if (i == PORT_MAX && r.port_min)
			out_num("port_max", NULL, r.port_max);
		else
			field_print(&nat_fields[i], at);
	}
}

static void print(const struct object *obj, const struct attrs *at)
{
	uint8_t kind = attr_u32(at->tb[DVR_A_NAT_KIND]);
	unsigned int i;

	(void)obj;
	field_print(&nat_fields[ROUTER], at);
	field_print(&nat_fields[OUT], at);
	if (opts.json)
		print_json(at);
	else
		print_text(at, kind);
	for (i = PRIO; nat_fields[i].spec; i++)
		if ((i != MAPPING && i != FILTER) || kind == DVR_NAT_KIND_SNAT)
			field_print(&nat_fields[i], at);
}

const struct object nat_object = {
	.name = "nat",
	.usage =
"dvradm nat { add | replace } ROUTER out SEG RULE <+prio> [ handle N ]\n"
"dvradm nat del ROUTER handle N\n"
"dvradm nat show<?>\n"
"RULE := { snat from PREFIX to RANGE [ to RANGE ]... <+mapping>\n"
"          <+filter> | floating { IP to IP | PREFIX to PREFIX } |\n"
"          forward { tcp | udp | sctp } IP:PORT[-PORT] to IP:PORT |\n"
"          none from PREFIX to PREFIX }\n"
"RANGE := IP[-IP][:PORT[-PORT]]     of IPv6 with ports: [IP[-IP]]:PORT[-PORT]\n"
"KIND := <:kind>\n"
"BEHAVIOUR := <:mapping>\n",
	.set_word = "replace",
	.attr = DVR_A_NAT,
	.op_attr = DVR_A_OP_NAT,
	.cmd = {
		[VERB_ADD] = DVR_CMD_NAT_ADD,
		[VERB_SET] = DVR_CMD_NAT_SET,
		[VERB_DEL] = DVR_CMD_NAT_DEL,
		[VERB_SHOW] = DVR_CMD_NAT_GET,
	},
	.ntf = DVR_CMD_NAT_NTF,
	.group = DVR_MCGRP_NAT,
	.fields = nat_fields,
	.parse = nat_parse,
	.words = nat_words,
	.print = print,
};
