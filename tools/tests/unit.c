// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the parser and of the printer without a kernel: the messages of a
 * batch take the place of the kernel's.
 *
 *	unit show [-j] [-p] [-s] [-d]	print the objects added on stdin
 *	unit roundtrip			parse what was printed into the same message
 *	unit hex			the attributes of each op
 *	unit blame OP N			the N-th attribute of op OP is refused
 *	unit miss OP TYPE		op OP misses an attribute
 *	unit errno CODE			the batch is refused without a sentence
 *	unit ack			parse acknowledgments of a kernel
 *	unit routes N			a batch of N routes, and its last one refused
 *	unit flow [-j] [-s] [-d] [-4] [-6]	print connections that a kernel reports
 *	unit event [-j] [-s]		print events of a nat rule, and alerts
 *	unit origin [-j]		print neighbours and MACs of each origin
 *	unit tables			print the tables of fields
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "command.h"
#include "genl.h"
#include "out.h"
#include "reply.h"
#include "tables.h"

static void read_stdin(struct batch *b)
{
	size_t cap = 0, n;

	do {
		b->text = grow(b->text, &cap, b->len + 4096, 1);
		n = fread(b->text + b->len, 1, cap - b->len, stdin);
		b->len += n;
	} while (n);
}

static int show(const struct batch *b)
{
	const struct object *obj;
	const struct nlattr *nest;
	struct attrs at;
	uint8_t cmd;
	size_t i;

	out_list(NULL);
	for (i = 0; i < b->nops; i++) {
		obj = reply_op(b, i, &cmd, &nest);
		attrs_parse(&at, nest);
		out_item();
		object_print(obj, &at);
		out_item_end();
	}
	out_list_end();
	return out_finish();
}

static int roundtrip(const struct batch *b)
{
	bool same = false;
	const char *wrong;
	char *text;

	wrong = reply_roundtrip(b, &same);
	if (!wrong && same)
		return OK;
	text = reply_print(b);
	printf("%s\n%s", wrong ? wrong : "another message", text);
	free(text);
	return FAILED;
}

static int hex(const struct batch *b)
{
	const struct nlattr *nla;
	size_t i, n;

	for (i = 0; i < b->nops; i++) {
		nla = (const void *)(b->msg.buf + b->op[i].off);
		for (n = NLA_HDRLEN; n < nla->nla_len; n++)
			printf("%02x", (unsigned char)((const char *)nla)[n]);
		putchar('\n');
	}
	return OK;
}

/* Offset of the N-th attribute in a nest, counting depth first. */
static uint32_t nth(const struct batch *b, const struct nlattr *nest, int *n)
{
	const struct nlattr *nla;
	uint32_t off;

	mnl_attr_for_each_nested(nla, nest) {
		if (!(*n)--)
			return (const char *)nla - b->msg.buf;
		if (!(nla->nla_type & NLA_F_NESTED))
			continue;
		off = nth(b, nla, n);
		if (off)
			return off;
	}
	return 0;
}

static int blame(const struct batch *b, unsigned int op, int n)
{
	struct kerr err = { .code = EINVAL, .text = "no good" };

	if (op >= b->nops)
		return USAGE;
	err.off = nth(b, (const void *)(b->msg.buf + b->op[op].off), &n);
	batch_complain(b, &err);
	return OK;
}

static int miss(const struct batch *b, unsigned int op, int type)
{
	struct kerr err = { .code = EINVAL, .miss_type = type };

	if (op >= b->nops)
		return USAGE;
	err.miss_nest = b->op[op].off + NLA_HDRLEN;
	batch_complain(b, &err);
	return OK;
}

static int refuse(const struct batch *b, int code)
{
	struct kerr err = { .code = code };

	batch_complain(b, &err);
	return OK;
}

/* An acknowledgment as the kernel makes it, capped or not. */
static void ack(int code, bool capped)
{
	char buf[512] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *e;
	struct kerr err;

	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0);
	e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	e->error = code;
	e->msg.nlmsg_len = NLMSG_HDRLEN + 40;
	if (!capped)
		mnl_nlmsg_put_extra_header(nlh, 40);
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "a sentence");
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, 36);
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_TYPE, 2);
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_NEST, 20);
	kerr_parse(nlh, &err);
	printf("%d %s %u %u %u\n", err.code, err.text, err.off, err.miss_type,
	       err.miss_nest);
}

static int routes(unsigned int n)
{
	struct batch b = { .file = "routes", .err = stdout };
	FILE *f = open_memstream(&b.text, &b.len);
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++)
		fprintf(f, "route add r1 %u.%u.%u.%u/32 via 10.0.0.1\n",
			1 + (i >> 24), i >> 16 & 255, i >> 8 & 255, i & 255);
	fclose(f);
	ret = batch_parse(&b);
	if (!ret && b.nops == n)
		ret = blame(&b, n - 1, 4);
	batch_free(&b);
	return ret;
}

static void put_ip(struct msg *m, uint16_t type, const char *text)
{
	struct addr ip;

	addr_parse(text, &ip);
	msg_put(m, type, ip.b, ip.len, NULL);
}

static void put_u64(struct msg *m, uint16_t type, uint64_t v)
{
	msg_put(m, type, &v, sizeof(v), NULL);
}

static void put_tuple(struct msg *m, uint16_t type, const char *src,
		      const char *dst, uint32_t sport, uint32_t dport)
{
	size_t nest = msg_nest(m, type, NULL);

	put_ip(m, DVR_A_TUPLE_SRC, src);
	put_ip(m, DVR_A_TUPLE_DST, dst);
	if (sport)
		msg_put_u32(m, DVR_A_TUPLE_SPORT, sport, NULL);
	if (dport)
		msg_put_u32(m, DVR_A_TUPLE_DPORT, dport, NULL);
	put_u64(m, DVR_A_TUPLE_PACKETS, 5000000000);
	put_u64(m, DVR_A_TUPLE_BYTES, 300);
	msg_end(m, nest);
}

/* One connection to 192.0.2.1 or 2001:db8::1, as the kernel reports it. */
static void put_flow(struct replies *re, const char *router, uint8_t proto,
		     const char *src, uint32_t sport, uint32_t dport)
{
	const char *dst = strchr(src, ':') ? "2001:db8::1" : "192.0.2.1";
	const char *nat = strchr(src, ':') ? "2001:db8::9" : "203.0.113.9";
	struct msg m = { 0 };
	size_t nest;

	msg_start(&m, 0, DVR_CMD_FLOW_GET);
	nest = msg_nest(&m, DVR_A_FLOW, NULL);
	msg_put_str(&m, DVR_A_FLOW_ROUTER, router);
	msg_put_u32(&m, DVR_A_FLOW_HANDLE, 3, NULL);
	msg_put_u32(&m, DVR_A_FLOW_PROTO, proto, NULL);
	put_tuple(&m, DVR_A_FLOW_ORIG, src, dst, sport, dport);
	put_tuple(&m, DVR_A_FLOW_REPLY, dst, nat, dport, sport);
	msg_put_str(&m, DVR_A_FLOW_STATE, dport ? "established" : "unreplied");
	msg_put_u32(&m, DVR_A_FLOW_TIMEOUT_S, 7440, NULL);
	msg_put_u32(&m, DVR_A_FLOW_ZONE, 9, NULL);
	msg_end(&m, nest);
	re->buf = grow(re->buf, &re->cap, re->len + m.len, 1);
	memcpy(re->buf + re->len, m.buf, m.len);
	re->len += m.len;
	msg_free(&m);
}

static int flows(void)
{
	struct replies re = { 0 };

	put_flow(&re, "r10", 89, "10.0.0.5", 0, 0);
	put_flow(&re, "r2", 17, "10.0.0.5", 40000, 53);
	put_flow(&re, "r2", 6, "fd00::5", 40000, 80);
	put_flow(&re, "r2", 6, "10.0.0.5", 40000, 80);
	put_flow(&re, "r2", 6, "10.0.0.5", 9, 80);
	put_flow(&re, "r2", 1, "10.0.0.5", 77, 0);
	flow_print(&re);
	free(re.buf);
	return out_finish();
}

static void nat_event(uint8_t cmd, uint16_t flags)
{
	static const struct prefix in = { .addr = { 4, { 10 } }, .len = 8 };
	struct msg m = { 0 };
	size_t nest, pool;

	msg_start(&m, flags, cmd);
	nest = msg_nest(&m, DVR_A_NAT, NULL);
	msg_put_str(&m, DVR_A_NAT_ROUTER, "r1");
	msg_put_u32(&m, DVR_A_NAT_HANDLE, 3, NULL);
	msg_put_str(&m, DVR_A_NAT_OUT, "ext");
	msg_put_u32(&m, DVR_A_NAT_KIND, DVR_NAT_KIND_SNAT, NULL);
	msg_put_u32(&m, DVR_A_NAT_PRIO, 300, NULL);
	msg_put_prefix(&m, DVR_A_NAT_INSIDE, &in, NULL);
	pool = msg_nest(&m, DVR_A_NAT_POOL, NULL);
	put_ip(&m, DVR_A_NAT_POOL_FIRST, "192.0.2.1");
	put_ip(&m, DVR_A_NAT_POOL_LAST, "192.0.2.1");
	msg_end(&m, pool);
	msg_put_u32(&m, DVR_A_NAT_PORT_MIN, 9, NULL);
	msg_put_u32(&m, DVR_A_NAT_PORT_MAX, 9, NULL);
	put_u64(&m, DVR_A_NAT_HITS, 5000000000);
	msg_put_u32(&m, DVR_A_NAT_CONNS, 2, NULL);
	put_u64(&m, DVR_A_NAT_PORTS_USED, 1);
	put_u64(&m, DVR_A_NAT_PORTS_FREE, 0);
	msg_end(&m, nest);
	monitor_print((const void *)m.buf);
	msg_free(&m);
}

static void alert_event(const char *reason, uint32_t handle)
{
	struct msg m = { 0 };
	size_t nest;

	msg_start(&m, 0, DVR_CMD_ALERT_NTF);
	nest = msg_nest(&m, DVR_A_ALERT, NULL);
	msg_put_str(&m, DVR_A_ALERT_ROUTER, "r1");
	msg_put_str(&m, DVR_A_ALERT_REASON, reason);
	if (handle)
		msg_put_u32(&m, DVR_A_ALERT_HANDLE, handle, NULL);
	msg_end(&m, nest);
	monitor_print((const void *)m.buf);
	msg_free(&m);
}

static int events(void)
{
	nat_event(DVR_CMD_NAT_NTF, NLM_F_CREATE);
	nat_event(DVR_CMD_NAT_NTF, 0);
	nat_event(DVR_CMD_NAT_DEL_NTF, 0);
	alert_event("nat_no_port", 3);
	alert_event("nat_limit", 0);
	return out_finish();
}

static void print_at(const struct object *obj, const struct msg *m)
{
	struct attrs at;

	attrs_parse(&at, genl_nest((const void *)m->buf, obj->attr));
	out_item();
	object_print(obj, &at);
	out_item_end();
}

static void print_neigh(uint8_t origin)
{
	static const uint8_t mac[] = { 2, 0, 0, 0, 0, 1 };
	struct msg m = { 0 };
	size_t nest;

	msg_start(&m, 0, DVR_CMD_NEIGH_GET);
	nest = msg_nest(&m, DVR_A_NEIGH, NULL);
	msg_put_str(&m, DVR_A_NEIGH_SEGMENT, "s");
	put_ip(&m, DVR_A_NEIGH_IP, "10.0.0.1");
	msg_put(&m, DVR_A_NEIGH_LLADDR, mac, sizeof(mac), NULL);
	if (origin != DVR_ORIGIN_GATEWAY)
		msg_put_str(&m, DVR_A_NEIGH_PORT, "p");
	msg_put_u32(&m, DVR_A_NEIGH_ORIGIN, origin, NULL);
	msg_end(&m, nest);
	print_at(&neigh_object, &m);
	msg_free(&m);
}

static void print_fdb(uint8_t origin)
{
	static const uint8_t mac[] = { 2, 0, 0, 0, 0, 1 };
	struct msg m = { 0 };
	size_t nest;

	msg_start(&m, 0, DVR_CMD_FDB_GET);
	nest = msg_nest(&m, DVR_A_FDB, NULL);
	msg_put_str(&m, DVR_A_FDB_SEGMENT, "s");
	msg_put(&m, DVR_A_FDB_MAC, mac, sizeof(mac), NULL);
	if (origin != DVR_ORIGIN_GATEWAY)
		msg_put_str(&m, DVR_A_FDB_PORT, "p");
	msg_put_u32(&m, DVR_A_FDB_ORIGIN, origin, NULL);
	msg_end(&m, nest);
	print_at(&fdb_object, &m);
	msg_free(&m);
}

static int origins(void)
{
	uint8_t origin;

	out_list(NULL);
	for (origin = DVR_ORIGIN_STATIC; origin <= DVR_ORIGIN_LEARNED; origin++)
		print_neigh(origin);
	for (origin = DVR_ORIGIN_STATIC; origin <= DVR_ORIGIN_LEARNED; origin++)
		print_fdb(origin);
	out_list_end();
	return out_finish();
}

static void options(int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++) {
		opts.json |= !strcmp(argv[i], "-j");
		opts.pretty |= !strcmp(argv[i], "-p");
		opts.stats |= !strcmp(argv[i], "-s");
		opts.details |= !strcmp(argv[i], "-d");
		if (!strcmp(argv[i], "-4"))
			opts.family = AF_INET;
		else if (!strcmp(argv[i], "-6"))
			opts.family = AF_INET6;
	}
}

static int run(const char *what, const struct batch *b, int argc, char **argv)
{
	int arg1 = argc > 2 ? atoi(argv[2]) : 0;
	int arg2 = argc > 3 ? atoi(argv[3]) : 0;

	if (!strcmp(what, "show"))
		return show(b);
	if (!strcmp(what, "roundtrip"))
		return roundtrip(b);
	if (!strcmp(what, "hex"))
		return hex(b);
	if (!strcmp(what, "blame"))
		return blame(b, arg1, arg2);
	if (!strcmp(what, "miss"))
		return miss(b, arg1, arg2);
	if (!strcmp(what, "errno"))
		return refuse(b, arg1);
	return USAGE;
}

int main(int argc, char **argv)
{
	struct batch b = { .file = "stdin", .err = stdout };
	const char *what = argc > 1 ? argv[1] : "", *wrong;
	int ret;

	if (!strcmp(what, "ack")) {
		ack(-EINVAL, true);
		ack(-EEXIST, false);
		ack(0, true);
		return OK;
	}
	if (!strcmp(what, "tables")) {
		tables_print();
		return OK;
	}
	if (!strcmp(what, "routes"))
		return routes(argc > 2 ? atoi(argv[2]) : 1000);
	options(argc, argv);
	if (!strcmp(what, "flow"))
		return flows();
	if (!strcmp(what, "event"))
		return events();
	if (!strcmp(what, "origin"))
		return origins();
	read_stdin(&b);
	ret = batch_parse(&b);
	wrong = ret ? NULL : reply_check(&b);
	if (wrong) {
		puts(wrong);
		ret = FAILED;
	}
	if (!ret)
		ret = run(what, &b, argc, argv);
	batch_free(&b);
	return ret;
}
