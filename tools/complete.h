/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that can follow those of a line, for the completion of a shell. */
#ifndef DVRADM_COMPLETE_H
#define DVRADM_COMPLETE_H

#include "object.h"

/* One candidate. */
void complete_word(const char *word);
/* Each of @names, ended by NULL. */
void complete_words(const char *const *names);
/* The network devices. */
void complete_devices(void);
/* What can follow the rest of @a, by the filters in @fields. */
void complete_filter(struct args *a, const struct field *fields);

/* "complete WORD...": what can follow the words, one a line. */
int complete_run(struct args *a);

#endif
