// SPDX-License-Identifier: GPL-2.0-only
/* dvradm: the operator's tool of dvr, the distributed virtual router. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "batch.h"
#include "command.h"
#include "genl.h"
#include "out.h"

/* As in iproute2, a long option may have one dash. */
static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "statistics", no_argument, NULL, 's' },
	{ "stats", no_argument, NULL, 's' },
	{ "details", no_argument, NULL, 'd' },
	{ "timestamp", no_argument, NULL, 't' },
	{ "echo", no_argument, NULL, 'e' },
	{ "netns", required_argument, NULL, 'n' },
	{ "batch", required_argument, NULL, 'b' },
	{ "generation", required_argument, NULL, 'g' },
	{ "Version", no_argument, NULL, 'V' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

/* Take one option. Return: -1 to go on, else the exit code. */
static int take_option(const struct args *a, int c, const char *word)
{
	switch (c) {
	case 'j':
		opts.json = true;
		return -1;
	case 'p':
		opts.pretty = true;
		return -1;
	case 's':
		opts.stats = true;
		return -1;
	case 'd':
		opts.details = true;
		return -1;
	case 't':
		opts.timestamp = true;
		return -1;
	case 'e':
		opts.echo = true;
		return -1;
	case '4':
		opts.family = AF_INET;
		return -1;
	case '6':
		opts.family = AF_INET6;
		return -1;
	case 'n':
		opts.netns = optarg;
		return -1;
	case 'b':
		opts.batch = optarg;
		return -1;
	case 'g':
		opts.generation = optarg;
		return -1;
	case 'V':
		printf("dvradm %s\n", version);
		return OK;
	case 'h':
		usage(stdout);
		return OK;
	case ':':
		return bad(a, word, "needs an argument");
	default:
		return bad(a, word, "unknown option");
	}
}

static int options(struct args *a)
{
	int c, at, ret;

	opterr = 0;
	for (;;) {
		at = optind;
		c = getopt_long_only(a->argc, a->argv, SHORT_OPTIONS,
				     long_options, NULL);
		if (c < 0)
			break;
		ret = take_option(a, c, a->argv[at < a->argc ? at : a->argc - 1]);
		if (ret == USAGE)
			usage(a->err);
		if (ret >= 0)
			return ret;
	}
	a->pos = optind;
	return -1;
}

static int enter_netns(const struct args *a, const char *name)
{
	char path[256];
	int fd, ret;

	if (!*name || strchr(name, '/') || strlen(name) > 200)
		return bad_value(a, name, "not the name of a network namespace");
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain(a, name, "cannot open the network namespace: %s",
			 strerror(errno));
		return FAILED;
	}
	ret = setns(fd, CLONE_NEWNET);
	if (ret)
		complain(a, name, "cannot enter the network namespace: %s",
			 strerror(errno));
	close(fd);
	return ret ? FAILED : OK;
}

int main(int argc, char **argv)
{
	struct args a = { .argv = argv, .argc = argc, .err = stderr };
	int ret;

	ret = options(&a);
	if (ret >= 0)
		return ret ? ret : out_finish();
	if (opts.batch && args_peek(&a)) {
		ret = bad(&a, args_peek(&a), "no word may follow -b FILE");
		usage(stderr);
		return ret;
	}
	if (opts.generation && !opts.batch) {
		ret = bad(&a, "-g", "must be given with -b FILE");
		usage(stderr);
		return ret;
	}
	if (opts.netns) {
		ret = enter_netns(&a, opts.netns);
		if (ret)
			return ret == INVALID ? USAGE : ret;
	}
	ret = opts.batch ? batch_run(opts.batch) : command_run(&a);
	genl_close();
	if (out_finish())
		return FAILED;
	return ret == INVALID ? USAGE : ret;
}
