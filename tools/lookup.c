// SPDX-License-Identifier: GPL-2.0-only
/* dvradm route get: where a router would send a packet. */
#include <stdlib.h>
#include <string.h>

#include "genl.h"
#include "lookup.h"
#include "object.h"
#include "out.h"

static const struct field fields[] = {
	{ .spec = &lookup_spec[DVR_A_LOOKUP_ROUTER], .flags = F_PLAIN },
	{ .spec = &lookup_spec[DVR_A_LOOKUP_DST], .flags = F_PLAIN },
	{ .spec = &lookup_spec[DVR_A_LOOKUP_SRC], .word = "from" },
	{ }
};

/* An error about a missing attribute takes its word from here. */
static const struct object lookup_object = { .fields = fields };

static int parse(struct args *a, struct msg *m)
{
	const char *router, *dst, *word;
	size_t nest;
	int ret;

	router = args_next(a);
	if (!router)
		return bad(a, "router", "is missing; give a name");
	dst = args_next(a);
	if (!dst)
		return bad(a, "IP", "is missing; give an IP address");
	nest = msg_nest(m, DVR_A_LOOKUP, dst);
	ret = field_parse(a, &fields[0], router, m);
	if (!ret)
		ret = field_parse(a, &fields[1], dst, m);
	if (!ret && args_peek(a) && !strcmp(args_peek(a), "from")) {
		args_next(a);
		ret = args_value(a, "from", "an IP address", &word);
		if (!ret)
			ret = field_parse(a, &fields[2], word, m);
	}
	msg_end(m, nest);
	return ret ? ret : args_end(a);
}

static void print_neigh(const struct nlattr *nest)
{
	struct attrs at;

	if (!nest)
		return;
	attrs_parse(&at, nest);
	out_obj("neigh");
	if (at.tb[DVR_A_NEIGH_LLADDR])
		print_mac("lladdr", "neigh", at.tb[DVR_A_NEIGH_LLADDR]);
	if (at.tb[DVR_A_NEIGH_PORT])
		out_str("port", "port", attr_str(at.tb[DVR_A_NEIGH_PORT]));
	if (at.tb[DVR_A_NEIGH_HOST])
		print_ip("host", "host", at.tb[DVR_A_NEIGH_HOST]);
	out_str("state", "state",
		enum_str(neigh_state_names, attr_u32(at.tb[DVR_A_NEIGH_STATE])));
	out_obj_end();
}

static void print_route(const struct nlattr *nest)
{
	char buf[PREFIX_STRLEN];
	struct attrs at;
	struct prefix p;
	uint8_t type;

	if (!nest)
		return;
	attrs_parse(&at, nest);
	type = attr_u32(at.tb[DVR_A_ROUTE_TYPE]);
	attr_prefix(at.tb[DVR_A_ROUTE_DST], &p);
	out_obj("route");
	out_str("dst", "route", prefix_str(&p, buf));
	out_str("type", type == DVR_ROUTE_TYPE_UNICAST ? OUT_JSON : NULL,
		enum_str(route_type_names, type));
	out_num("metric", opts.details ? "metric" : OUT_JSON,
		attr_u32(at.tb[DVR_A_ROUTE_METRIC]));
	out_obj_end();
}

static void print(const struct attrs *at)
{
	const struct nlattr *gateway = at->tb[DVR_A_LOOKUP_GATEWAY];
	struct addr dst, via;

	out_item();
	out_str("router", OUT_JSON, attr_str(at->tb[DVR_A_LOOKUP_ROUTER]));
	out_num("router_id", OUT_JSON, attr_u32(at->tb[DVR_A_LOOKUP_ROUTER_ID]));
	print_ip("dst", NULL, at->tb[DVR_A_LOOKUP_DST]);
	if (at->tb[DVR_A_LOOKUP_SRC])
		print_ip("src", "from", at->tb[DVR_A_LOOKUP_SRC]);
	if (gateway) {
		attr_addr(at->tb[DVR_A_LOOKUP_DST], &dst);
		attr_addr(gateway, &via);
		print_ip("gateway", memcmp(&dst, &via, sizeof(dst)) ?
			 "via" : OUT_JSON, gateway);
	}
	if (at->tb[DVR_A_LOOKUP_DEV])
		out_str("dev", "dev", attr_str(at->tb[DVR_A_LOOKUP_DEV]));
	if (at->tb[DVR_A_LOOKUP_SEGMENT])
		out_str("segment", "segment",
			attr_str(at->tb[DVR_A_LOOKUP_SEGMENT]));
	if (at->tb[DVR_A_LOOKUP_SEGMENT_ID])
		out_num("segment_id", OUT_JSON,
			attr_u32(at->tb[DVR_A_LOOKUP_SEGMENT_ID]));
	if (at->tb[DVR_A_LOOKUP_PREFSRC])
		print_ip("prefsrc", "src", at->tb[DVR_A_LOOKUP_PREFSRC]);
	if (at->tb[DVR_A_LOOKUP_MTU])
		out_num("mtu", "mtu", attr_u32(at->tb[DVR_A_LOOKUP_MTU]));
	print_neigh(at->tb[DVR_A_LOOKUP_NEIGH]);
	print_route(at->tb[DVR_A_LOOKUP_ROUTE]);
	out_item_end();
}

static void print_all(const struct replies *re)
{
	const struct nlmsghdr *nlh;
	const struct nlattr *nest;
	struct attrs at;

	out_list(NULL);
	for (nlh = replies_next(re, NULL); nlh; nlh = replies_next(re, nlh)) {
		nest = genl_nest(nlh, DVR_A_LOOKUP);
		if (!nest)
			continue;
		attrs_parse(&at, nest);
		print(&at);
	}
	out_list_end();
}

int route_get(struct args *a)
{
	struct replies re = { 0 };
	struct msg m = { 0 };
	struct kerr err;
	int ret;

	msg_start(&m, NLM_F_ACK, DVR_CMD_ROUTE_LOOKUP);
	ret = parse(a, &m);
	if (!ret)
		ret = genl_open(a);
	if (!ret) {
		ret = genl_talk(a, &m, &re, &err);
		if (ret)
			kerr_complain(a, &m, &lookup_object, &err);
		else
			print_all(&re);
	}
	free(re.buf);
	msg_free(&m);
	return ret;
}
