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
 * @words: room for the words of a line, as long as the text can need
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
 * The next line that has words, into @a, which is overwritten by the one
 * after it. @pos, if not NULL, becomes where it begins, for lines_seek().
 * Return: OK; a line without words: the end; USAGE after an error was printed.
 */
int lines_next(struct lines *l, struct args *a, size_t *pos);
void lines_seek(struct lines *l, size_t pos, unsigned int line);

#endif
