// SPDX-License-Identifier: GPL-2.0-only
/*
 * dvradm -b: a file of commands as one message, all or nothing.
 *
 * A batch may have a million lines, so only the place where each begins is
 * kept. The one line that the kernel refuses is parsed again for its words.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "command.h"
#include "genl.h"
#include "lines.h"
#include "object.h"

/* Append the op of one line to @m. *@obj becomes the line's object. */
static int put_op(struct args *a, struct msg *m, const struct object **obj)
{
	const struct command *cmd;
	const char *word;
	enum verb_kind verb;
	size_t nest;
	int ret;

	word = args_next(a);
	cmd = command_pick(a, word);
	if (!cmd)
		return USAGE;
	*obj = cmd->obj;
	if (!cmd->obj)
		return bad(a, word, "is not allowed in a batch");
	word = args_next(a);
	if (!word)
		return bad(a, cmd->name, "needs a command");
	ret = verb_pick(a, cmd->obj, word, &verb);
	if (ret)
		return ret;
	if (verb > VERB_DEL)
		return bad(a, word, "is not allowed in a batch");
	nest = msg_nest(m, DVR_A_OP, NULL);
	msg_put_u32(m, DVR_A_OP_CMD, cmd->obj->cmd[verb], word);
	ret = object_parse(a, cmd->obj, verb, cmd->obj->op_attr, m);
	if (!ret)
		msg_end(m, nest);
	return ret;
}

static int parse_lines(struct batch *b, struct lines *l, struct args *a)
{
	const struct object *obj;
	struct batch_op *op;
	size_t pos;
	int ret;

	for (;;) {
		ret = lines_next(l, a, &pos);
		if (ret || !a->argc)
			return ret;
		b->op = grow(b->op, &b->cap, b->nops + 1, sizeof(*b->op));
		op = &b->op[b->nops++];
		op->off = b->msg.len;
		op->line = a->line;
		op->pos = pos;
		msg_forget(&b->msg);
		ret = put_op(a, &b->msg, &obj);
		if (ret)
			return ret;
		if (b->msg.len > MSG_MAX)
			return bad_value(a, NULL, "the batch is too large");
	}
}

/* Begin the message of a batch. */
static int start(struct msg *m, const struct args *a)
{
	struct args line = { .err = a->err };
	uint32_t generation;
	int ret;

	msg_start(m, change_flags(), DVR_CMD_BATCH);
	if (!opts.generation)
		return OK;
	ret = arg_u32(&line, opts.generation, 1, UINT32_MAX, &generation);
	if (!ret)
		msg_put_u32(m, DVR_A_EXPECT_GENERATION, generation,
			    opts.generation);
	return ret;
}

int batch_parse(struct batch *b)
{
	struct args a = { .file = b->file, .err = b->err };
	struct lines l;
	int ret;

	ret = start(&b->msg, &a);
	if (ret)
		return ret;
	lines_start(&l, b->text, b->len);
	ret = parse_lines(b, &l, &a);
	lines_free(&l);
	return ret;
}

/* The op that contains offset @off of the message, or NULL. */
static const struct batch_op *find_op(const struct batch *b, uint32_t off)
{
	size_t low = 0, high = b->nops, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (b->op[mid].off <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &b->op[low - 1] : NULL;
}

void batch_complain(const struct batch *b, const struct kerr *err)
{
	struct args a = { .file = b->file, .err = NULL };
	const struct object *obj = NULL;
	const struct batch_op *op;
	struct kerr moved = *err;
	struct msg m = { 0 };
	struct lines l;
	size_t base;

	lines_start(&l, b->text, b->len);
	start(&m, &a);
	base = m.len;
	op = find_op(b, err->off ? err->off : err->miss_nest);
	if (op) {
		msg_forget(&m);
		lines_seek(&l, op->pos, op->line);
		if (!lines_next(&l, &a, NULL))
			put_op(&a, &m, &obj);
		if (err->off)
			moved.off = err->off - op->off + base;
	}
	a.err = b->err;
	kerr_complain(&a, &m, obj, &moved);
	msg_free(&m);
	lines_free(&l);
}

void batch_free(struct batch *b)
{
	free(b->text);
	free(b->op);
	msg_free(&b->msg);
	memset(b, 0, sizeof(*b));
}

static int read_all(struct batch *b, FILE *f)
{
	size_t cap = 0, n;

	do {
		b->text = grow(b->text, &cap, b->len + 65536, 1);
		n = fread(b->text + b->len, 1, cap - b->len, f);
		b->len += n;
	} while (n);
	return ferror(f) ? FAILED : OK;
}

static int read_file(struct batch *b, const char *file)
{
	struct args a = { .err = b->err };
	FILE *f = stdin;
	int ret;

	if (strcmp(file, "-"))
		f = fopen(file, "re");
	if (!f) {
		complain(&a, file, "%s", strerror(errno));
		return FAILED;
	}
	ret = read_all(b, f);
	if (ret)
		complain(&a, file, "%s", strerror(errno));
	if (f != stdin)
		fclose(f);
	return ret;
}

int batch_run(const char *file)
{
	struct batch b = { .file = file, .err = stderr };
	struct args a = { .err = stderr };
	struct replies re = { 0 };
	struct kerr err;
	int ret;

	if (!strcmp(file, "-"))
		b.file = "stdin";
	ret = read_file(&b, file);
	if (!ret)
		ret = batch_parse(&b);
	if (!ret && (b.nops || opts.generation))
		ret = genl_open(&a);
	if (!ret && (b.nops || opts.generation)) {
		ret = genl_talk(&a, &b.msg, &re, &err);
		if (ret)
			batch_complain(&b, &err);
	}
	if (opts.echo && (!ret || re.len))
		echo_print(&re);
	free(re.buf);
	batch_free(&b);
	return ret;
}
