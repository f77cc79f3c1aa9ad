// SPDX-License-Identifier: GPL-2.0-only
/* dvradm monitor: events as they happen. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "command.h"
#include "genl.h"
#include "out.h"

/* The objects whose events are wanted, a BIT() of each index; 0 is all. */
static uint64_t wanted;

static int parse(struct args *a)
{
	const struct command *cmd;
	const char *word;

	while ((word = args_next(a))) {
		if (!strcmp(word, "-t")) {
			opts.timestamp = true;
			continue;
		}
		cmd = command_pick(a, word);
		if (!cmd)
			return USAGE;
		if (!cmd->obj)
			return bad(a, word, "has no events");
		wanted |= BIT(cmd - commands);
	}
	return OK;
}

static int join(const struct args *a)
{
	bool neigh = false, config = false;
	const struct command *cmd;
	int ret = OK;

	for (cmd = commands; cmd->name; cmd++) {
		if (!cmd->obj || (wanted && !(wanted & BIT(cmd - commands))))
			continue;
		if (cmd->obj->neigh_group)
			neigh = true;
		else
			config = true;
	}
	if (config)
		ret = genl_join(a, DVR_MCGRP_CONFIG);
	if (!ret && neigh)
		ret = genl_join(a, DVR_MCGRP_NEIGH);
	return ret;
}

static void print_time(void)
{
	char buf[64], whole[32];
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(whole, sizeof(whole), "%FT%T", &tm);
	snprintf(buf, sizeof(buf), opts.json ? "%s.%06ld" : "[%s.%06ld]",
		 whole, ts.tv_nsec / 1000);
	if (opts.json)
		out_str("timestamp", NULL, buf);
	else
		out_text(buf);
}

/* The kernel says by a flag that what it tells of was not there before. */
static void print_event(const struct object *obj, bool deleted, bool added,
			const struct nlattr *nest)
{
	struct attrs at;

	attrs_parse(&at, nest);
	out_item();
	if (opts.timestamp)
		print_time();
	out_str("event", deleted ? NULL : OUT_JSON, deleted ? "deleted" :
		added ? "added" : "changed");
	out_str("object", NULL, obj->name);
	object_print(obj, &at);
	out_item_end();
}

static void take(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct command *cmd;
	const struct nlattr *nest;

	for (cmd = commands; cmd->name; cmd++) {
		if (!cmd->obj || (wanted && !(wanted & BIT(cmd - commands))))
			continue;
		if (genl->cmd != cmd->obj->ntf && genl->cmd != cmd->obj->ntf + 1)
			continue;
		nest = genl_nest(nlh, cmd->obj->attr);
		if (nest)
			print_event(cmd->obj, genl->cmd == cmd->obj->ntf + 1,
				    nlh->nlmsg_flags & NLM_F_CREATE, nest);
	}
}

static int loop(const struct args *a)
{
	static char buf[64 * 1024];
	const struct nlmsghdr *nlh;
	long got;
	int len;

	for (;;) {
		got = genl_recv(buf, sizeof(buf));
		if (got < 0 && errno == ENOBUFS) {
			complain(a, NULL, "events were lost");
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			complain(a, NULL, "receiving events: %s",
				 strerror(errno));
			return FAILED;
		}
		len = got;
		for (nlh = (const void *)buf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			if (genl_is_ours(nlh))
				take(nlh);
		if (out_finish())
			return FAILED;
	}
}

int monitor_run(struct args *a)
{
	int ret;

	ret = parse(a);
	if (!ret)
		ret = genl_open(a);
	if (!ret)
		ret = join(a);
	return ret ? ret : loop(a);
}
