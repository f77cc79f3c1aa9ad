// SPDX-License-Identifier: GPL-2.0-only
/*
 * One printer for text and JSON.
 *
 * To write JSON is to count levels and commas, so there is no library for it;
 * iproute2 has a small writer too.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "out.h"

/* The longest sentence that the kernel sends. */
#define SENTENCE_MAX	255

static struct {
	unsigned int depth;	/* JSON: open brackets */
	bool first;		/* JSON: no comma before the next value */
	bool blank;		/* text: nothing on the line yet */
	bool note;		/* text: after '#' */
	bool no_notes;		/* text: nothing after '#' is printed */
} o = { .first = true, .blank = true };

static void indent(void)
{
	unsigned int i;

	if (!opts.pretty)
		return;
	putchar('\n');
	for (i = 0; i < o.depth; i++)
		fputs("    ", stdout);
}

/* Length of the UTF-8 sequence at @s, 0 if it is not valid. */
static int utf8_len(const unsigned char *s)
{
	int i, len = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 :
		     (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;

	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static void json_string(const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	int len;

	putchar('"');
	while (*s) {
		len = utf8_len(s);
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s < ' ' || *s == 0x7f || !len)
			printf("\\u%04x", *s);
		else
			fwrite(s, 1, len, stdout);
		s += len ? len : 1;
	}
	putchar('"');
}

static void json_key(const char *key)
{
	if (!o.first)
		putchar(',');
	o.first = false;
	if (o.depth)
		indent();
	if (key) {
		json_string(key);
		fputs(opts.pretty ? ": " : ":", stdout);
	}
}

static void json_open(const char *key, char bracket)
{
	json_key(key);
	putchar(bracket);
	o.depth++;
	o.first = true;
}

static void json_close(char bracket)
{
	o.depth--;
	if (!o.first)
		indent();
	putchar(bracket);
	o.first = false;
	if (!o.depth) {
		putchar('\n');
		o.first = true;
	}
}

/* Print the keyword. Return: true if the value is to be printed as text. */
static bool text_key(const char *word)
{
	if (word == OUT_JSON)
		return false;
	if (word)
		out_text(word);
	return true;
}

void out_list(const char *key)
{
	if (opts.json)
		json_open(o.depth ? key : NULL, '[');
}

void out_list_end(void)
{
	if (opts.json)
		json_close(']');
}

void out_obj(const char *key)
{
	if (opts.json)
		json_open(key, '{');
}

void out_obj_end(void)
{
	if (opts.json)
		json_close('}');
}

void out_item(void)
{
	out_obj(NULL);
	o.blank = true;
	o.note = false;
}

void out_item_end(void)
{
	out_obj_end();
	if (!opts.json)
		putchar('\n');
}

static bool muted(void)
{
	return opts.json || (o.note && o.no_notes);
}

void out_no_notes(void)
{
	o.no_notes = true;
}

void out_note(void)
{
	if (opts.json || o.note)
		return;
	if (!o.no_notes)
		out_text("#");
	o.note = true;
}

void out_subline(void)
{
	if (opts.json || o.no_notes)
		return;
	fputs("\n    #", stdout);
	o.note = true;
}

void out_str(const char *key, const char *word, const char *value)
{
	if (opts.json) {
		json_key(key);
		json_string(value);
	} else if (text_key(word)) {
		out_word(value);
	}
}

void out_why(const char *key, const char *sentence)
{
	char buf[SENTENCE_MAX + sizeof("()")];

	snprintf(buf, sizeof(buf), "(%.*s)", SENTENCE_MAX, sentence);
	if (opts.json)
		out_str(key, NULL, sentence);
	else
		out_text(buf);
}

void out_col(const char *key, int width, const char *value)
{
	if (opts.json)
		out_str(key, NULL, value);
	else
		printf("%s%-*s", o.blank ? "" : "  ", width, value);
	o.blank = false;
}

void out_num(const char *key, const char *word, uint64_t value)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%" PRIu64, value);
	if (opts.json) {
		json_key(key);
		fputs(buf, stdout);
	} else if (text_key(word)) {
		out_text(buf);
	}
}

void out_col_num(const char *key, int width, uint64_t value)
{
	if (opts.json)
		out_num(key, NULL, value);
	else
		printf("%s%*" PRIu64, o.blank ? "" : "  ", width, value);
	o.blank = false;
}

void out_bool(const char *key, const char *word, bool value, const char *no,
	      const char *yes)
{
	if (opts.json) {
		json_key(key);
		fputs(value ? "true" : "false", stdout);
	} else if (text_key(word)) {
		out_text(value ? yes : no);
	}
}

void out_msec(const char *key, const char *word, uint32_t value)
{
	char buf[32];

	if (opts.json) {
		out_num(key, NULL, value);
	} else if (text_key(word)) {
		snprintf(buf, sizeof(buf), "%u.%us", value / 1000,
			 value % 1000 / 100);
		out_text(buf);
	}
}

/*
 * A shell and a batch can read the text back, so a word that has characters with
 * a meaning there is quoted.
 */
void out_word(const char *s)
{
	bool quote = !*s || *s == '#' || strpbrk(s, " \t\"'\\$`&|;<>()*?[]{}!~");

	if (muted())
		return;
	if (!o.blank)
		putchar(' ');
	o.blank = false;
	if (quote)
		putchar('\'');
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
	}
	if (quote)
		putchar('\'');
}

void out_text(const char *s)
{
	if (muted())
		return;
	if (!o.blank)
		putchar(' ');
	o.blank = false;
	fputs(s, stdout);
}

int out_finish(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return OK;
	fprintf(stderr, "dvradm: cannot write the output: %s\n",
		errno ? strerror(errno) : "failed");
	return FAILED;
}
