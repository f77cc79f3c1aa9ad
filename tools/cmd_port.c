// SPDX-License-Identifier: GPL-2.0-only
/* dvradm port */
#include "object.h"
#include "out.h"

static const struct field pair_parts[] = {
	{ .spec = &port_pair_spec[DVR_A_PORT_PAIR_MAC] },
	{ .spec = &port_pair_spec[DVR_A_PORT_PAIR_ADDR], .type = FT_HOST,
	  .most = DVR_ADDRS_MAX, .flags = F_MULTI },
	{ }
};

static const struct field fields[] = {
	{ .spec = &port_spec[DVR_A_PORT_NAME], .word = "port",
	  .flags = F_KEY | F_FIRST | F_FILTER },
	{ .spec = &port_spec[DVR_A_PORT_ID], .flags = F_CONF | F_FIXED },
	{ .spec = &port_spec[DVR_A_PORT_SEGMENT],
	  .flags = F_CONF | F_REQ | F_FILTER | F_FIXED },
	{ .spec = &port_spec[DVR_A_PORT_DEV], .flags = F_CONF | F_FIXED },
	{ .spec = &port_spec[DVR_A_PORT_MAC], .none = true, .flags = F_CONF },
	{ .spec = &port_spec[DVR_A_PORT_ADDR], .none = true,
	  .type = FT_HOST, .most = DVR_ADDRS_MAX, .flags = F_CONF | F_MULTI },
	{ .spec = &port_spec[DVR_A_PORT_PAIR], .word = "mac",
	  .value = "MAC [ addr { IP | CIDR } ]...", .most = DVR_PORT_PAIRS_MAX,
	  .flags = F_CONF | F_MULTI, .parts = pair_parts },
	{ .spec = &port_spec[DVR_A_PORT_SECURITY], .flags = F_CONF },
	{ .spec = &port_spec[DVR_A_PORT_UPLINK], .flags = F_CONF | F_BRIEF | F_FIXED },
	{ .spec = &port_spec[DVR_A_PORT_ATTACH], .flags = F_CONF | F_BRIEF | F_FIXED },
	{ .spec = &port_spec[DVR_A_PORT_FLOOD_RATE_PPS], .flags = F_CONF },
	{ .spec = &port_spec[DVR_A_PORT_NEIGH_RATE_PPS], .flags = F_CONF },
	{ .spec = &port_spec[DVR_A_PORT_NOQUEUE], .flags = F_CONF | F_BRIEF },
	{ .spec = &port_spec[DVR_A_PORT_STATE], .flags = F_NOTE | F_PLAIN },
	{ .spec = &port_spec[DVR_A_PORT_IFINDEX], .flags = F_NOTE | F_DETAIL },
	{ .spec = &port_spec[DVR_A_PORT_MTU], .flags = F_NOTE | F_DETAIL },
	{ .spec = &port_spec[DVR_A_PORT_TRANSMIT], .flags = F_NOTE | F_DETAIL },
	{ .spec = &port_spec[DVR_A_PORT_QDISC], .flags = F_NOTE },
	{ .spec = &port_spec[DVR_A_PORT_STATS], .flags = F_PLAIN },
	{ .spec = &port_spec[DVR_A_PORT_SEGMENT_ID], .flags = F_JSON },
	{ }
};

/* Is a rate the default, which is another one for uplinks? */
static bool rate_is_usual(const struct field *f, const struct nlattr *nla, bool uplink)
{
	uint32_t usual = f->spec->usual;

	if (!nla)
		return false;
	switch (f->spec->attr) {
	case DVR_A_PORT_FLOOD_RATE_PPS:
		return attr_u32(nla) == (uplink ? DVR_PORT_FLOOD_RATE_UPLINK : usual);
	case DVR_A_PORT_NEIGH_RATE_PPS:
		return attr_u32(nla) == (uplink ? DVR_PORT_NEIGH_RATE_UPLINK : usual);
	}
	return false;
}

/*
 * By default a port that has mac or addr is secured, and any other is open.
 * "security" is printed only where it differs from that, so that a line that
 * is added again does not turn a default into a setting.
 */
static void print(const struct object *obj, const struct attrs *at)
{
	bool bound = at->tb[DVR_A_PORT_MAC] || at->tb[DVR_A_PORT_ADDR];
	bool secure = attr_u32(at->tb[DVR_A_PORT_SECURITY]);
	bool uplink = attr_u32(at->tb[DVR_A_PORT_UPLINK]);
	const struct field *f;

	for (f = obj->fields; f->spec; f++) {
		const struct nlattr *nla = at->tb[f->spec->attr];

		if (f->spec->attr == DVR_A_PORT_SECURITY && secure == bound)
			out_bool(f->spec->key, OUT_JSON, secure, "off", "on");
		else if (rate_is_usual(f, nla, uplink))
			out_num(f->spec->key, OUT_JSON, attr_u32(nla));
		else
			field_print(f, at);
		if (f->spec->attr == DVR_A_PORT_STATE && at->tb[DVR_A_PORT_WHY])
			out_why("why", attr_str(at->tb[DVR_A_PORT_WHY]));
		if (f->spec->attr == DVR_A_PORT_STATE && !secure) {
			out_note();
			out_text("open");
		}
	}
}

static const char *unfit(const struct attrs *at)
{
	return attr_u32(at->tb[DVR_A_PORT_STATE]) == DVR_PORT_STATE_REFUSED ?
	       "refused:" : NULL;
}

const struct object port_object = {
	.name = "port",
	.value = "PORT",
	.usage =
"dvradm port add NAME <+segment> <+dev> <+mac> <+addr>\n"
"            <+security> <+uplink>\n"
"            <+attach><+>\n"
"dvradm port set NAME <=mac> <=addr>\n"
"            <=security><=> [ no WORD ]...\n"
"dvradm port del NAME\n"
"dvradm port show<?>\n",
	.set_word = "set",
	.attr = DVR_A_PORT,
	.op_attr = DVR_A_OP_PORT,
	.cmd = {
		[VERB_ADD] = DVR_CMD_PORT_ADD,
		[VERB_SET] = DVR_CMD_PORT_SET,
		[VERB_DEL] = DVR_CMD_PORT_DEL,
		[VERB_SHOW] = DVR_CMD_PORT_GET,
	},
	.ntf = DVR_CMD_PORT_NTF,
	.group = DVR_MCGRP_PORT,
	.unset = DVR_A_PORT_UNSET,
	.fields = fields,
	.print = print,
	.unfit = unfit,
};
