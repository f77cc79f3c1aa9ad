// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the parser makes of words and what the printer makes of attributes,
 * without a kernel: the messages of a batch are taken for the kernel's.
 *
 *	unit show [-j] [-p] [-s] [-d]	print the objects added on stdin
 *	unit roundtrip			they parse again into the same message
 *	unit hex			the attributes of each op
 *	unit blame OP N			the N-th attribute of op OP is refused
 *	unit miss OP TYPE		op OP misses an attribute
 *	unit ack			parse acknowledgments of a kernel
 *	unit routes N			a batch of N routes, and its last one refused
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "genl.h"
#include "out.h"
#include "reply.h"

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

static void options(int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++) {
		opts.json |= !strcmp(argv[i], "-j");
		opts.pretty |= !strcmp(argv[i], "-p");
		opts.stats |= !strcmp(argv[i], "-s");
		opts.details |= !strcmp(argv[i], "-d");
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
	if (!strcmp(what, "routes"))
		return routes(argc > 2 ? atoi(argv[2]) : 1000);
	options(argc, argv);
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
