/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that can follow those of a line, for a shell's completion. */
#ifndef DVRADM_COMPLETE_H
#define DVRADM_COMPLETE_H

#include "object.h"

/* Print one candidate. */
void complete_word(const char *word);
/* Print each of @names, which NULL ends. */
void complete_words(const char *const *names);
/* Print the names of all objects of a kind; nothing if the kernel refuses. */
void complete_names(const struct object *obj);
/* Print the names of all network devices. */
void complete_devices(void);
/* Print what can follow the words left in @a, which are filters of @fields. */
void complete_filter(struct args *a, const struct field *fields);

/* Run "complete WORD...". */
int complete_run(struct args *a);

#endif
