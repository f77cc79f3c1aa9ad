// SPDX-License-Identifier: GPL-2.0-only
/* The ops of a batch in the place of objects that the kernel sent. */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "out.h"
#include "reply.h"

const struct object *reply_op(const struct batch *b, size_t i, uint8_t *cmd,
			      const struct nlattr **nest)
{
	const struct nlattr *op = (const void *)(b->msg.buf + b->op[i].off);
	const struct object *obj = NULL;
	const struct nlattr *nla;
	unsigned int n;

	*cmd = 0;
	*nest = NULL;
	mnl_attr_for_each_nested(nla, op) {
		if (mnl_attr_get_type(nla) == DVR_A_OP_CMD) {
			*cmd = attr_u32(nla);
			continue;
		}
		for (n = 0; objects[n]; n++) {
			if (objects[n]->op_attr != mnl_attr_get_type(nla))
				continue;
			obj = objects[n];
			*nest = nla;
		}
	}
	return obj;
}

/* Attributes fill a nest exactly, and those with the flag are nests too. */
static bool check_nest(const char *buf, size_t len, int depth)
{
	const struct nlattr *nla = (const void *)buf;
	size_t room;

	while (len) {
		if (len < NLA_HDRLEN || nla->nla_len < NLA_HDRLEN ||
		    nla->nla_len > len || depth > 8)
			return false;
		if ((nla->nla_type & NLA_F_NESTED) &&
		    !check_nest((const char *)nla + NLA_HDRLEN,
				nla->nla_len - NLA_HDRLEN, depth + 1))
			return false;
		room = NLA_ALIGN(nla->nla_len);
		if (room > len)
			return false;
		len -= room;
		nla = (const void *)((const char *)nla + room);
	}
	return true;
}

const char *reply_check(const struct batch *b)
{
	const struct nlmsghdr *nlh = (const void *)b->msg.buf;
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	const struct nlattr *nla, *nest;
	uint8_t cmd;
	size_t n = 0;

	if (nlh->nlmsg_len != b->msg.len || b->msg.len < head)
		return "length of the message";
	if (!check_nest(b->msg.buf + head, b->msg.len - head, 0))
		return "nesting";
	mnl_attr_for_each(nla, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(nla) != DVR_A_OP)
			return "an attribute that is no op";
		if (n >= b->nops ||
		    (const char *)nla != b->msg.buf + b->op[n].off)
			return "offset of an op";
		if (!reply_op(b, n, &cmd, &nest) || !cmd)
			return "an op without object or command";
		n++;
	}
	return n == b->nops ? NULL : "number of ops";
}

static void print_ops(const struct batch *b)
{
	const struct object *obj;
	const struct nlattr *nest;
	struct attrs at;
	uint8_t cmd;
	size_t i;

	for (i = 0; i < b->nops; i++) {
		obj = reply_op(b, i, &cmd, &nest);
		if (cmd != obj->cmd[VERB_ADD])
			continue;
		attrs_parse(&at, nest);
		out_item();
		out_text(obj->name);
		out_text("add");
		object_print(obj, &at);
		out_item_end();
	}
}

char *reply_print(const struct batch *b)
{
	FILE *saved = stdout;
	char *text = NULL;
	size_t len;

	stdout = open_memstream(&text, &len);
	print_ops(b);
	fclose(stdout);
	stdout = saved;
	return text;
}

/* The ops of @b that add, and nothing else, equal those of @c. */
static bool equal_adds(const struct batch *b, const struct batch *c)
{
	const struct nlattr *nest, *other;
	const struct object *obj;
	uint8_t cmd, cmd2;
	size_t i, n = 0;

	for (i = 0; i < b->nops; i++) {
		obj = reply_op(b, i, &cmd, &nest);
		if (cmd != obj->cmd[VERB_ADD])
			continue;
		if (n >= c->nops || reply_op(c, n, &cmd2, &other) != obj ||
		    cmd != cmd2 || nest->nla_len != other->nla_len ||
		    memcmp(nest, other, nest->nla_len))
			return false;
		n++;
	}
	return n == c->nops;
}

const char *reply_roundtrip(const struct batch *b, bool *same)
{
	struct batch c = { .file = "printed", .err = b->err };
	const char *wrong = NULL;
	char *first, *second;

	first = reply_print(b);
	c.text = first;
	c.len = strlen(first);
	if (batch_parse(&c)) {
		wrong = "what was printed is refused";
	} else {
		second = reply_print(&c);
		if (strcmp(first, second))
			wrong = "printed again it differs";
		free(second);
	}
	if (!wrong)
		*same = equal_adds(b, &c);
	batch_free(&c);
	return wrong;
}
