/* SPDX-License-Identifier: GPL-2.0-only */
/* One printer for text and JSON: the same calls print either. */
#ifndef DVRADM_OUT_H
#define DVRADM_OUT_H

#include <stdint.h>

#include "dvradm.h"

/*
 * A value has a JSON key, NULL in an array, and a keyword that precedes it in
 * text. With keyword NULL, text has the value alone; with OUT_JSON, nothing.
 */
#define OUT_JSON	((const char *)-1)

/* An array of items: the value of a key, or the whole output if NULL. */
void out_list(const char *key);
void out_list_end(void);
/* An object within an item; nothing in text. */
void out_obj(const char *key);
void out_obj_end(void);
/* An item: an object of the list, a line of text. */
void out_item(void);
void out_item_end(void);
/* The rest of the line is not configuration: it follows a '#' in text. */
void out_note(void);
/* From now on, text has configuration only. */
void out_no_notes(void);
/* The note continues on another line of text. */
void out_subline(void);

void out_str(const char *key, const char *word, const char *value);
/* The same padded to @width columns of text. */
void out_col(const char *key, int width, const char *value);
void out_num(const char *key, const char *word, uint64_t value);
void out_col_num(const char *key, int width, uint64_t value);
void out_bool(const char *key, const char *word, bool value, const char *no,
	      const char *yes);
/* A time in milliseconds; seconds in text. */
void out_msec(const char *key, const char *word, uint32_t value);
/* A sentence of the kernel, in parentheses in text. */
void out_why(const char *key, const char *sentence);
/* In text only: a word, quoted if necessary; a keyword. */
void out_word(const char *s);
void out_text(const char *s);

/* Flush. Return: FAILED if anything could not be written. */
int out_finish(void);

#endif
