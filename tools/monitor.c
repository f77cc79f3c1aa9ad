// SPDX-License-Identifier: GPL-2.0-only
/* dvradm monitor: events as they happen. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "command.h"
#include "complete.h"
#include "genl.h"
#include "out.h"

static const struct field alert_fields[] = {
	{ .spec = &alert_spec[DVR_A_ALERT_ROUTER] },
	{ .spec = &alert_spec[DVR_A_ALERT_REASON] },
	{ .spec = &alert_spec[DVR_A_ALERT_HANDLE] },
	{ .spec = &alert_spec[DVR_A_ALERT_ROUTER_ID], .flags = F_JSON },
	{ }
};

/* An alert is an event only: no command has it. */
static const struct object alert_object = {
	.name = "alert",
	.attr = DVR_A_ALERT,
	.ntf = DVR_CMD_ALERT_NTF,
	.group = DVR_MCGRP_ALERT,
	.fields = alert_fields,
};

static const struct kind {
	const char *name;
	const struct object *obj;	/* NULL if it has no events */
	const char *instead;		/* what to run then */
} kinds[] = {
	{ "router", &router_object, NULL },
	{ "segment", &segment_object, NULL },
	{ "port", &port_object, NULL },
	{ "iface", &iface_object, NULL },
	{ "route", &route_object, NULL },
	{ "nat", &nat_object, NULL },
	{ "neigh", &neigh_object, NULL },
	{ "fdb", &fdb_object, NULL },
	{ "alert", &alert_object, NULL },
	{ "drops", NULL, "" },
	{ "mdb", NULL, "" },
	{ "flow", NULL, "; run: conntrack -E -w ZONE" },
	{ "save", NULL, "" },
	{ "info", NULL, "" },
	{ }
};

/* BIT() of each kind whose events are printed; 0 is all. */
static uint64_t wanted;

static bool is_wanted(const struct kind *k)
{
	return k->obj && (!wanted || (wanted & BIT(k - kinds)));
}

static int parse(struct args *a)
{
	const char *word;
	int i;

	while ((word = args_next(a))) {
		if (!strcmp(word, "-t")) {
			opts.timestamp = true;
			continue;
		}
		i = args_pick(a, "object", word, kinds, sizeof(kinds[0]));
		if (i < 0)
			return USAGE;
		if (!kinds[i].obj)
			return bad(a, word, "has no events%s",
				   kinds[i].instead);
		wanted |= BIT(i);
	}
	return OK;
}

void monitor_words(struct args *a)
{
	const struct kind *k;

	(void)a;
	for (k = kinds; k->name; k++)
		if (k->obj)
			complete_word(k->name);
	complete_word("-t");
}

static int join(const struct args *a)
{
	const struct kind *k;
	int ret = OK;

	/* To join a group twice has no effect. */
	for (k = kinds; !ret && k->name; k++)
		if (is_wanted(k))
			ret = genl_join(a, k->obj->group);
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

static void print_event(const struct object *obj, const char *event, bool deleted,
			const struct nlattr *nest, const struct nlattr *generation)
{
	struct attrs at;

	attrs_parse(&at, nest);
	out_item();
	if (opts.timestamp)
		print_time();
	out_str("event", deleted ? NULL : OUT_JSON, event);
	out_str("object", NULL, obj->name);
	if (generation)
		out_num("generation", OUT_JSON, attr_u32(generation));
	object_print(obj, &at);
	out_item_end();
}

/*
 * An object is added, changed or deleted. NLM_F_CREATE is the difference between
 * the first two. An alert is raised.
 */
void monitor_print(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	bool added = nlh->nlmsg_flags & NLM_F_CREATE, deleted;
	const struct nlattr *nest;
	const struct kind *k;

	for (k = kinds; k->name; k++) {
		if (!is_wanted(k))
			continue;
		deleted = k->obj->cmd[VERB_DEL] && genl->cmd == k->obj->ntf + 1;
		if (genl->cmd != k->obj->ntf && !deleted)
			continue;
		nest = genl_nest(nlh, k->obj->attr);
		if (!nest)
			continue;
		print_event(k->obj, !k->obj->cmd[VERB_DEL] ? "raised" :
			    deleted ? "deleted" : added ? "added" : "changed",
			    deleted, nest, genl_nest(nlh, DVR_A_GENERATION));
	}
}

void echo_print(const struct replies *re)
{
	const struct nlmsghdr *nlh;

	out_list(NULL);
	for (nlh = replies_next(re, NULL); nlh; nlh = replies_next(re, nlh))
		monitor_print(nlh);
	out_list_end();
}

/* Print the events in a buffer. Return: false after the last one that there is. */
static bool print_events(const void *buf, int len)
{
	const struct nlmsghdr *nlh;

	for (nlh = buf; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (genl_has_ended(nlh))
			return false;
		if (genl_is_ours(nlh))
			monitor_print(nlh);
	}
	return true;
}

static int loop(const struct args *a)
{
	static char buf[64 * 1024];
	bool more;
	long got;

	for (;;) {
		got = genl_recv(buf, sizeof(buf));
		if (got < 0 && errno == ENOBUFS) {
			complain(a, NULL, "events were lost; run show again");
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			complain(a, NULL, "cannot receive events: %s",
				 strerror(errno));
			return FAILED;
		}
		more = print_events(buf, got);
		if (out_finish())
			return FAILED;
		if (!more) {
			complain(a, NULL, "the dvr module was unloaded, and no more events come");
			return FAILED;
		}
	}
}

int monitor_run(struct args *a)
{
	int ret;

	ret = parse(a);
	if (!ret)
		ret = genl_open(a);
	if (!ret)
		ret = genl_join_control(a);
	if (!ret)
		ret = join(a);
	return ret ? ret : loop(a);
}
