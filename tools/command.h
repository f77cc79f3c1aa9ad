/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of dvradm. */
#ifndef DVRADM_COMMAND_H
#define DVRADM_COMMAND_H

#include "object.h"

/**
 * struct command - the first word of a command line
 * @name: the word
 * @obj: the object whose commands follow; if it is NULL, the rest applies
 * @run: the function of the command
 * @usage: its usage lines, as usage.c reads them
 * @fields: the fields that @usage names, or NULL
 * @words: prints the words that can follow those of a line; NULL if none can
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
#define SHORT_OPTIONS	"+:jpsdte46n:b:g:Vh"

/* The command that a word or its abbreviation names; NULL after an error. */
const struct command *command_pick(const struct args *a, const char *word);
/* Run the command that the words are. */
int command_run(struct args *a);
/* Usage of a command as a string, which the caller frees; NULL without memory. */
char *usage_text(const struct command *cmd);
/* Print the usage of the whole tool. */
void usage(FILE *f);

/* Print the usage of the command of that name. */
int command_help(const char *name);

extern const struct field drop_fields[], flow_fields[], mdb_fields[];

int drops_run(struct args *a);
int info_run(struct args *a);
int flow_run(struct args *a);
void drops_words(struct args *a);
void flow_words(struct args *a);
void monitor_words(struct args *a);
int mdb_run(struct args *a);
void mdb_words(struct args *a);
int monitor_run(struct args *a);
int save_run(struct args *a);

/* Printers of received messages, which the tests call without a kernel. */
struct replies;
void flow_print(const struct replies *re);
void monitor_print(const struct nlmsghdr *nlh);
/* What a request has changed, as a list of events. */
void echo_print(const struct replies *re);

#endif
