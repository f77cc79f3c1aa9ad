/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of a batch: words, quotes, comments, continuation. */
#ifndef DVRADM_LINES_H
#define DVRADM_LINES_H

#include "args.h"

/**
 * struct lines - a text and how far it is read
 * @text: the whole text
 * @len: its length
 * @pos: next byte to read
 * @line: line that @pos is in, from 1
 * @words: room for the words of a line, as large as the text
 * @argv: pointers to them
 * @cap: pointers allocated
 */
struct lines {
	const char *text;
	size_t len;
	size_t pos;
	unsigned int line;
	char *words;
	char **argv;
	size_t cap;
};

void lines_start(struct lines *l, const char *text, size_t len);
void lines_free(struct lines *l);
/*
 * Read the next line that has words into @a, until the next call. *@pos, if
 * @pos is not NULL, becomes the place where it begins, for lines_seek().
 * Return: OK, with no words at the end of the text; USAGE after an error was
 * printed.
 */
int lines_next(struct lines *l, struct args *a, size_t *pos);
void lines_seek(struct lines *l, size_t pos, unsigned int line);

#endif
