// SPDX-License-Identifier: GPL-2.0-only
/* dvradm mdb: multicast groups and routers behind the ports of segments with snooping. */
#include "command.h"
#include "complete.h"
#include "show.h"

const struct field mdb_fields[] = {
	{ .spec = &mdb_spec[DVR_A_MDB_SEGMENT], .flags = F_FILTER | F_SORT },
	{ .spec = &mdb_spec[DVR_A_MDB_PORT], .flags = F_FILTER | F_SORT },
	{ .spec = &mdb_spec[DVR_A_MDB_GROUP], .flags = F_FILTER | F_SORT },
	{ .spec = &mdb_spec[DVR_A_MDB_ROUTER], .flags = F_FILTER },
	{ .spec = &mdb_spec[DVR_A_MDB_TIMEOUT_MS], .type = FT_MSEC, .flags = F_NOTE | F_DETAIL },
	{ .spec = &mdb_spec[DVR_A_MDB_SEGMENT_ID], .flags = F_JSON },
	{ .spec = &mdb_spec[DVR_A_MDB_PORT_ID], .flags = F_JSON },
	{ }
};

static const struct object mdb_object = {
	.name = "mdb",
	.set_word = "set",
	.attr = DVR_A_MDB,
	.many = true,
	.cmd = { [VERB_SHOW] = DVR_CMD_MDB_GET },
	.fields = mdb_fields,
};

static const char *const verbs[] = { "show", "help", NULL };

int mdb_run(struct args *a)
{
	const char *word = args_next(a);

	if (word && args_pick(a, "command", word, verbs, sizeof(verbs[0])) < 0)
		return USAGE;
	return object_show(a, &mdb_object);
}

void mdb_words(struct args *a)
{
	if (!args_next(a))
		complete_words(verbs);
	else
		complete_filter(a, mdb_fields);
}
