// SPDX-License-Identifier: GPL-2.0-only
/* The table of commands, and how a command line is dispatched by it. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complete.h"
#include "genl.h"
#include "show.h"

static int help_run(struct args *a);
static void help_words(struct args *a);

const struct command commands[] = {
	{ .name = "router", .obj = &router_object },
	{ .name = "segment", .obj = &segment_object },
	{ .name = "port", .obj = &port_object },
	{ .name = "iface", .obj = &iface_object },
	{ .name = "route", .obj = &route_object },
	{ .name = "nat", .obj = &nat_object },
	{ .name = "neigh", .obj = &neigh_object },
	{ .name = "fdb", .obj = &fdb_object },
	{
		.name = "drops", .run = drops_run, .fields = drop_fields,
		.words = drops_words,
		.usage = "dvradm drops<?>\n",
	}, {
		.name = "mdb", .run = mdb_run, .fields = mdb_fields,
		.words = mdb_words,
		.usage = "dvradm mdb show<?>\n",
	}, {
		.name = "flow", .run = flow_run, .fields = flow_fields,
		.words = flow_words,
		.usage =
"dvradm flow show [ FILTER ]\n"
"dvradm flow flush { FILTER | all }\n"
"FILTER := [ [ router ] ROUTER ] <?handle> <?addr> <?port>\n"
"          <?proto>\n"
"PROTO := <:proto>\n",
	}, {
		.name = "monitor", .run = monitor_run, .words = monitor_words,
		.usage = "dvradm monitor [ OBJECT | alert ]...\n",
	}, {
		.name = "save", .run = save_run,
		.usage = "dvradm save\n",
	}, {
		.name = "info", .run = info_run,
		.usage = "dvradm info\n",
	}, {
		.name = "help", .run = help_run, .words = help_words,
		.usage = "dvradm help [ OBJECT ]\n",
	},
	{ }
};

const struct object *const objects[] = {
	&segment_object, &router_object, &port_object, &iface_object,
	&route_object, &nat_object, &neigh_object, &fdb_object, NULL
};

const struct command *command_pick(const struct args *a, const char *word)
{
	int i = args_pick(a, "object", word, commands, sizeof(commands[0]));

	return i < 0 ? NULL : &commands[i];
}

/* Print lines, of which the first follows "Usage: ". */
static void print_lines(FILE *f, const char *lines)
{
	const char *lead = "Usage: ", *end;

	/* Errors are JSON then, and nothing else is among them. */
	if (opts.json && f != stdout)
		return;
	for (; *lines; lines = end + 1) {
		end = strchr(lines, '\n');
		fprintf(f, "%s%.*s\n", lead, (int)(end - lines), lines);
		lead = "       ";
	}
}

void usage(FILE *f)
{
	static const char text[] =
"dvradm [ OPTIONS ] OBJECT { COMMAND | help }\n"
"dvradm [ OPTIONS ] -b FILE\n"
"OBJECT := { router | segment | port | iface | route | nat | neigh |\n"
"            fdb | drops | mdb | flow | monitor | save | info }\n"
"COMMAND := { add | set | replace | del | show | get | flush }\n"
"OPTIONS := { -j[son] | -p[retty] | -s[tatistics] | -d[etails] |\n"
"             -t[imestamp] | -e[cho] | -4 | -6 | -n[etns] NETNS |\n"
"             -b[atch] FILE [ -g[eneration] N ] | -V[ersion] |\n"
"             -h[elp] }\n";

	print_lines(f, text);
}

static void print_usage(FILE *f, const struct command *cmd)
{
	char *text = usage_text(cmd);

	print_lines(f, text ? text : "");
	free(text);
}

int command_help(const char *name)
{
	const struct command *cmd;

	for (cmd = commands; cmd->name; cmd++)
		if (!strcmp(cmd->name, name))
			print_usage(stdout, cmd);
	return OK;
}

static int help_run(struct args *a)
{
	const char *word = args_next(a);
	const struct command *cmd;

	if (!word) {
		usage(stdout);
		return OK;
	}
	cmd = command_pick(a, word);
	if (!cmd)
		return USAGE;
	print_usage(stdout, cmd);
	return args_end(a);
}

static void help_words(struct args *a)
{
	const struct command *cmd;

	for (cmd = commands; cmd->name && !args_peek(a); cmd++)
		complete_word(cmd->name);
}

/* Run add, set or del: one object is one message. */
static int change(struct args *a, const struct object *obj, enum verb_kind verb)
{
	struct replies re = { 0 };
	struct msg m = { 0 };
	struct kerr err;
	int ret;

	msg_start(&m, change_flags(), obj->cmd[verb]);
	ret = object_parse(a, obj, verb, obj->attr, &m);
	if (!ret)
		ret = genl_open(a);
	if (!ret) {
		ret = genl_talk(a, &m, &re, &err);
		if (ret)
			kerr_complain(a, &m, obj, &err);
	}
	if (opts.echo && (!ret || re.len))
		echo_print(&re);
	free(re.buf);
	msg_free(&m);
	return ret;
}

static int object_run(struct args *a, const struct command *cmd)
{
	const struct object *obj = cmd->obj;
	const char *word = args_next(a);
	enum verb_kind verb = VERB_SHOW;
	int ret;

	if (word) {
		ret = verb_pick(a, obj, word, &verb);
		if (ret)
			return ret;
	}
	/* "help" alone is not the name of an object. */
	if (a->argc == a->pos + 1 && !strcmp(args_peek(a), "help"))
		verb = VERB_HELP;
	switch (verb) {
	case VERB_HELP:
		print_usage(stdout, cmd);
		return OK;
	case VERB_SHOW:
		return object_show(a, obj);
	case VERB_GET:
		return obj->get(a);
	default:
		return change(a, obj, verb);
	}
}

int command_run(struct args *a)
{
	const struct command *cmd;
	const char *word = args_next(a);
	int ret;

	if (!word) {
		usage(a->err);
		return USAGE;
	}
	/* Only shells use it, so it is not in the table and has no abbreviation. */
	if (!strcmp(word, "complete"))
		return complete_run(a);
	cmd = command_pick(a, word);
	if (!cmd) {
		usage(a->err);
		return USAGE;
	}
	word = args_peek(a);
	if (cmd->run && cmd->run != help_run && word && !strcmp(word, "help")) {
		print_usage(stdout, cmd);
		return OK;
	}
	ret = cmd->obj ? object_run(a, cmd) : cmd->run(a);
	if (ret == USAGE)
		print_usage(a->err, cmd);
	return ret;
}
