// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of a neighbour entry by a message, compared with the table of
 * RFC 4861 7.2.5 and appendix C.
 */
#include "lib/nud.h"
#include "suites.h"

#define MAC	0x020000000001ULL
#define OTHER	0x020000000002ULL

/* The columns of the table. */
enum flags { NONE, OVERRIDE, SOLICITED, BOTH, FLAGS };

static const char * const flag_names[FLAGS] = {
	"no flag", "override", "solicited", "solicited and override",
};

/* MACs in the message and in the entry. */
enum told {
	UNKNOWN_NO_MAC,		/* neither has one */
	UNKNOWN_MAC,		/* only the message has one */
	NO_MAC,
	SAME_MAC,
	OTHER_MAC,
	TOLD
};

static const char * const told_names[TOLD] = {
	"none to none", "the first", "none", "the same", "another",
};

static const struct {
	u64 entry;
	u64 message;
} macs[TOLD] = {
	[UNKNOWN_NO_MAC] = { 0, 0 },
	[UNKNOWN_MAC] = { 0, MAC },
	[NO_MAC] = { MAC, 0 },
	[SAME_MAC] = { MAC, MAC },
	[OTHER_MAC] = { MAC, OTHER },
};

enum outcome {
	KEEP = 1,	/* nothing changes */
	CONFIRM,	/* the MAC stays and is reachable */
	DOUBT,		/* the MAC stays and is stale */
	REPLACE,	/* the new MAC, which is stale */
	ANSWER,		/* the new MAC, which is reachable */
	OUTCOMES
};

static const struct dvr_nud outcomes[OUTCOMES] = {
	[CONFIRM] = { DVR_NEIGH_STATE_REACHABLE, false, true },
	[DOUBT] = { DVR_NEIGH_STATE_STALE, false, false },
	[REPLACE] = { DVR_NEIGH_STATE_STALE, true, false },
	[ANSWER] = { DVR_NEIGH_STATE_REACHABLE, true, true },
};

/*
 * Entries without a MAC are incomplete or failed, but the function does not
 * rely on that. The function is not called for permanent entries.
 */
static const struct row {
	const char *name;
	u8 state;
	u8 expect[TOLD][FLAGS];
} rows[] = {
	{ "incomplete", DVR_NEIGH_STATE_INCOMPLETE, {
			       /* none     override solicited both */
		[UNKNOWN_NO_MAC] = { KEEP, KEEP,    KEEP,    KEEP },
		[UNKNOWN_MAC] = { REPLACE, REPLACE, ANSWER,  ANSWER },
		[NO_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[SAME_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[OTHER_MAC] =	{ KEEP,    REPLACE, KEEP,    ANSWER },
	} },
	{ "reachable", DVR_NEIGH_STATE_REACHABLE, {
		[UNKNOWN_NO_MAC] = { KEEP, KEEP,    KEEP,    KEEP },
		[UNKNOWN_MAC] = { REPLACE, REPLACE, ANSWER,  ANSWER },
		[NO_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[SAME_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[OTHER_MAC] =	{ DOUBT,   REPLACE, DOUBT,   ANSWER },
	} },
	{ "stale", DVR_NEIGH_STATE_STALE, {
		[UNKNOWN_NO_MAC] = { KEEP, KEEP,    KEEP,    KEEP },
		[UNKNOWN_MAC] = { REPLACE, REPLACE, ANSWER,  ANSWER },
		[NO_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[SAME_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[OTHER_MAC] =	{ KEEP,    REPLACE, KEEP,    ANSWER },
	} },
	{ "delay", DVR_NEIGH_STATE_DELAY, {
		[UNKNOWN_NO_MAC] = { KEEP, KEEP,    KEEP,    KEEP },
		[UNKNOWN_MAC] = { REPLACE, REPLACE, ANSWER,  ANSWER },
		[NO_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[SAME_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[OTHER_MAC] =	{ KEEP,    REPLACE, KEEP,    ANSWER },
	} },
	{ "probe", DVR_NEIGH_STATE_PROBE, {
		[UNKNOWN_NO_MAC] = { KEEP, KEEP,    KEEP,    KEEP },
		[UNKNOWN_MAC] = { REPLACE, REPLACE, ANSWER,  ANSWER },
		[NO_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[SAME_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[OTHER_MAC] =	{ KEEP,    REPLACE, KEEP,    ANSWER },
	} },
	{ "failed", DVR_NEIGH_STATE_FAILED, {
		[UNKNOWN_NO_MAC] = { KEEP, KEEP,    KEEP,    KEEP },
		[UNKNOWN_MAC] = { REPLACE, REPLACE, ANSWER,  ANSWER },
		[NO_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[SAME_MAC] =	{ KEEP,    KEEP,    CONFIRM, CONFIRM },
		[OTHER_MAC] =	{ KEEP,    REPLACE, KEEP,    ANSWER },
	} },
};

static void describe(const struct row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, describe);

static void expect_outcome(struct kunit *test, const struct row *row,
			   enum told told, enum flags flags)
{
	struct dvr_nud want = outcomes[row->expect[told][flags]];
	struct dvr_seen seen = {
		.mac = macs[told].message,
		.solicited = flags == SOLICITED || flags == BOTH,
		.override = flags == OVERRIDE || flags == BOTH,
	};
	struct dvr_nud nud;

	KUNIT_ASSERT_NE(test, row->expect[told][flags], 0);
	if (row->expect[told][flags] == KEEP)
		want.state = row->state;
	nud = dvr_nud_seen(row->state, macs[told].entry, &seen);
	KUNIT_EXPECT_EQ_MSG(test, nud.state, want.state, "MAC: %s; %s",
			    told_names[told], flag_names[flags]);
	KUNIT_EXPECT_EQ_MSG(test, nud.take_mac, want.take_mac, "MAC: %s; %s",
			    told_names[told], flag_names[flags]);
	KUNIT_EXPECT_EQ_MSG(test, nud.confirmed, want.confirmed, "MAC: %s; %s",
			    told_names[told], flag_names[flags]);
}

static void nud_test_table(struct kunit *test)
{
	const struct row *row = test->param_value;
	enum flags flags;
	enum told told;

	for (told = 0; told < TOLD; told++)
		for (flags = 0; flags < FLAGS; flags++)
			expect_outcome(test, row, told, flags);
}

/* MACs are compared to the last bit, and @create_for has no effect. */
static void nud_test_every_bit(struct kunit *test)
{
	unsigned int bit;

	for (bit = 0; bit < 48; bit++) {
		struct dvr_seen seen = {
			.mac = MAC ^ BIT_ULL(bit),
			.create_for = (void *)test,
		};
		struct dvr_nud nud;

		nud = dvr_nud_seen(DVR_NEIGH_STATE_REACHABLE, MAC, &seen);
		KUNIT_EXPECT_EQ(test, nud.state, DVR_NEIGH_STATE_STALE);
		KUNIT_EXPECT_FALSE(test, nud.take_mac);
		seen.override = true;
		nud = dvr_nud_seen(DVR_NEIGH_STATE_REACHABLE, MAC, &seen);
		KUNIT_EXPECT_EQ(test, nud.state, DVR_NEIGH_STATE_STALE);
		KUNIT_EXPECT_TRUE(test, nud.take_mac);
		KUNIT_EXPECT_FALSE(test, nud.confirmed);
	}
}

static struct kunit_case nud_cases[] = {
	KUNIT_CASE_PARAM(nud_test_table, row_gen_params),
	KUNIT_CASE(nud_test_every_bit),
	{}
};

struct kunit_suite dvr_nud_suite = {
	.name = "dvr_nud",
	.test_cases = nud_cases,
};
