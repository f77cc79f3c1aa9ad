// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of a batch: words, quotes, comments and continuation are those of a
 * shell, so that a line of a batch is also a command of a script.
 */
#include <stdlib.h>
#include <string.h>

#include "lines.h"

void lines_start(struct lines *l, const char *text, size_t len)
{
	memset(l, 0, sizeof(*l));
	l->text = text;
	l->len = len;
	l->line = 1;
	/* The NUL after a word takes the place of a blank or of the end. */
	l->words = xrealloc(NULL, len + 1);
}

void lines_free(struct lines *l)
{
	free(l->words);
	free(l->argv);
	memset(l, 0, sizeof(*l));
}

void lines_seek(struct lines *l, size_t pos, unsigned int line)
{
	l->pos = pos;
	l->line = line;
}

/* The byte at @pos + @ahead, -1 after the end. */
static int at(const struct lines *l, size_t ahead)
{
	return l->pos + ahead < l->len ? (unsigned char)l->text[l->pos + ahead] : -1;
}

/* Skip a backslash at the end of a line: the next line continues it. */
static bool continued(struct lines *l)
{
	size_t skip;

	if (at(l, 0) != '\\')
		return false;
	skip = at(l, 1) == '\r' ? 2 : 1;
	if (at(l, skip) != '\n')
		return false;
	l->pos += skip + 1;
	l->line++;
	return true;
}

/* Skip blanks and a comment; false at the end of the line or text. */
static bool word_follows(struct lines *l)
{
	int c;

	for (;;) {
		if (continued(l))
			continue;
		c = at(l, 0);
		if (c != ' ' && c != '\t' && c != '\r')
			break;
		l->pos++;
	}
	if (c == '#')
		while (at(l, 0) != '\n' && at(l, 0) >= 0)
			l->pos++;
	c = at(l, 0);
	return c >= 0 && c != '\n';
}

/* Copy the text in quotes, and skip the closing quote. */
static bool read_quoted(struct lines *l, int quote, char **to)
{
	int c;

	for (;;) {
		if (quote == '"' && continued(l))
			continue;
		c = at(l, 0);
		if (c <= 0 || c == '\n')
			return false;
		l->pos++;
		if (c == quote)
			return true;
		if (quote == '"' && c == '\\' &&
		    (at(l, 0) == '"' || at(l, 0) == '\\')) {
			c = at(l, 0);
			l->pos++;
		}
		*(*to)++ = c;
	}
}

/* Copy plain characters, which are most of a text, in one go. */
static void read_plain(struct lines *l, char **to)
{
	static const char special[256] = {
		['\0'] = 1, [' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1,
		['\\'] = 1, ['"'] = 1, ['\''] = 1,
	};
	const char *from = l->text + l->pos, *end = l->text + l->len;
	char *p = *to;

	while (from < end && !special[(unsigned char)*from])
		*p++ = *from++;
	l->pos = from - l->text;
	*to = p;
}

static int read_word(struct lines *l, struct args *a, char **to)
{
	int c;

	for (;;) {
		read_plain(l, to);
		if (continued(l))
			continue;
		c = at(l, 0);
		if (c < 0 || c == '\n' || c == ' ' || c == '\t' || c == '\r')
			break;
		l->pos++;
		if (!c)
			return bad(a, NULL, "the line has a NUL byte");
		if (c == '\'' || c == '"') {
			if (!read_quoted(l, c, to))
				return bad(a, NULL, "a quote is not closed");
			continue;
		}
		if (c == '\\' && at(l, 0) > 0) {
			c = at(l, 0);
			l->pos++;
		}
		*(*to)++ = c;
	}
	*(*to)++ = '\0';
	return OK;
}

int lines_next(struct lines *l, struct args *a, size_t *pos)
{
	char *to = l->words;
	size_t n = 0;
	int ret;

	while (l->pos < l->len && !word_follows(l)) {
		if (at(l, 0) == '\n') {
			l->pos++;
			l->line++;
		}
	}
	if (pos)
		*pos = l->pos;
	a->line = l->line;
	while (word_follows(l)) {
		l->argv = grow(l->argv, &l->cap, n + 1, sizeof(*l->argv));
		l->argv[n++] = to;
		ret = read_word(l, a, &to);
		if (ret)
			return ret;
	}
	a->argv = l->argv;
	a->argc = n;
	a->pos = 0;
	return OK;
}
