/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of dvradm. */
#ifndef DVRADM_COMMAND_H
#define DVRADM_COMMAND_H

#include "object.h"

/**
 * struct command - the first word of a command line
 * @name: the word
 * @obj: the object whose commands follow, or NULL
 * @run: else what it does
 * @usage: and its usage lines, as usage.c reads them
 * @fields: and the fields that these name, or NULL
 * @words: and what can follow its words, for complete.c; NULL if nothing can
 */
struct command {
	const char *name;
	const struct object *obj;
	int (*run)(struct args *a);
	const char *usage;
	const struct field *fields;
	void (*words)(struct args *a);
};

extern const struct command commands[];

/* Options of the whole tool, for getopt(). */
#define SHORT_OPTIONS	"+:jpsdt46n:b:Vh"

/* The command of a word or its abbreviation; NULL after an error. */
const struct command *command_pick(const struct args *a, const char *word);
/* Do what the words say. */
int command_run(struct args *a);
/* Usage of a command, to be freed, or NULL. */
char *usage_text(const struct command *cmd);
/* Usage of all of it. */
void usage(FILE *f);

/* "help" of the command of that name. */
int command_help(const char *name);

extern const struct field drop_fields[], flow_fields[];

int drops_run(struct args *a);
int flow_run(struct args *a);
void drops_words(struct args *a);
void flow_words(struct args *a);
void monitor_words(struct args *a);
int monitor_run(struct args *a);
int save_run(struct args *a);

/* What is received, in words; apart from how it is received for the tests. */
struct replies;
void flow_print(const struct replies *re);
void monitor_print(const struct nlmsghdr *nlh);

#endif
