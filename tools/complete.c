// SPDX-License-Identifier: GPL-2.0-only
/*
 * dvradm complete: print the words that can follow those of a line. It is here
 * and not in the shell's completion, so that the tables of fields are the only
 * list of words.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complete.h"
#include "genl.h"
#include "range.h"
#include "show.h"

/* An error message would garble the line that the user types. */
static const struct args quiet;

/**
 * struct line - a line that is read
 * @fields: the fields that it may have
 * @obj: its object, or NULL
 * @verb: its command
 * @given: BIT() of each field that it has
 * @key: keyword whose value is the next word, or NULL
 * @value: field of that value; NULL if only @obj->words has @key
 * @no: the next word follows "no"
 * @nest: field with parts that was given last, and whose parts may follow; or NULL
 */
struct line {
	const struct field *fields;
	const struct object *obj;
	enum verb_kind verb;
	uint64_t given;
	const char *key;
	const struct field *value;
	bool no;
	const struct field *nest;
};

void complete_word(const char *word)
{
	puts(word);
}

void complete_words(const char *const *names)
{
	for (; *names; names++)
		complete_word(*names);
}

void complete_devices(void)
{
	struct if_nameindex *list = if_nameindex(), *dev;

	for (dev = list; dev && dev->if_name; dev++)
		complete_word(dev->if_name);
	if (list)
		if_freenameindex(list);
}

void complete_names(const struct object *obj)
{
	struct listing l = { 0 };
	struct attrs at;
	size_t i;

	if (genl_open(&quiet) || listing_get(&quiet, obj, NULL, &l))
		return;
	for (i = 0; i < l.n; i++) {
		attrs_parse(&at, l.item[i].nest);
		complete_word(attr_str(at.tb[obj->fields->spec->attr]));
	}
	listing_free(&l);
}

static void complete_value(const struct line *l, const struct field *f)
{
	const struct object *of;

	switch (field_type(f)) {
	case FT_NAME:
		of = field_object(f);
		complete_names(of ? of : l->obj);
		break;
	case FT_IFNAME:
		complete_devices();
		break;
	case FT_ONOFF:
		complete_word("on");
		complete_word("off");
		break;
	case FT_FLAGS:
		complete_words(f->spec->names);
		complete_word("none");
		break;
	case FT_ENUM:
		complete_words(f->spec->names);
		break;
	case FT_PROTO:
		complete_words(proto_names);
		break;
	case FT_NET:
		complete_word("default");
		break;
	default:
		break;
	}
	if (f->none && l->verb == VERB_SET)
		complete_word("none");
}

/* The next field that has no keyword before it, NULL if all are given. */
static const struct field *first_field(const struct line *l)
{
	const struct field *f;

	for (f = l->fields; f->spec && (f->flags & F_FIRST); f++)
		if (!(l->given & BIT(f - l->fields)))
			return f;
	return NULL;
}

static const struct field *keyword(const struct line *l, const char *word)
{
	unsigned int flags = verb_flags[l->verb];
	const struct field *f;

	for (f = l->fields; f->spec; f++) {
		if (!(f->flags & flags) || !field_word(f))
			continue;
		if (l->verb != VERB_SHOW && (f->flags & (F_FIRST | F_BARE)))
			continue;
		/* A keyword that is given again may be that of another field. */
		if (!strcmp(field_word(f), word) &&
		    (!(l->given & BIT(f - l->fields)) || (f->flags & F_MULTI)))
			return f;
	}
	return NULL;
}

/* A part that may follow, by its keyword. */
static const struct field *part(const struct line *l, const char *word)
{
	const struct field *f = l->nest ? l->nest->parts + 1 : NULL;

	for (; f && f->spec; f++)
		if (!strcmp(field_word(f), word))
			return f;
	return NULL;
}

static bool has_words(const struct line *l)
{
	return l->obj && l->obj->words && l->verb != VERB_SHOW &&
	       l->verb != VERB_DEL;
}

static bool takes_no(const struct line *l)
{
	return l->verb == VERB_SET && l->obj && l->obj->unset;
}

static void read_word(struct line *l, const char *word)
{
	const struct field *first = first_field(l), *f = NULL;

	if (l->no) {
		f = field_optional(l->obj, word);
		if (f)
			l->given |= BIT(f - l->fields);
		l->no = false;
		return;
	}
	if (l->key) {
		l->key = NULL;
		return;
	}
	if (!first && takes_no(l) && !strcmp(word, "no")) {
		l->no = true;
		return;
	}
	if (part(l, word)) {
		l->key = word;
		l->value = part(l, word);
		return;
	}
	if (!first || l->verb == VERB_SHOW)
		f = keyword(l, word);
	l->nest = f && f->parts ? f : NULL;
	if (f) {
		l->given |= BIT(f - l->fields);
		l->key = word;
		l->value = f;
	} else if (first) {
		l->given |= BIT(first - l->fields);
	} else if (has_words(l) && l->obj->words(l->verb, word, false)) {
		l->key = word;
		l->value = NULL;
	}
}

static void complete_keywords(const struct line *l)
{
	unsigned int flags = verb_flags[l->verb], i;
	const struct field *f;

	for (f = l->fields; f->spec; f++) {
		i = f - l->fields;
		if ((l->given & BIT(i)) && !(f->flags & F_MULTI))
			continue;
		if (l->verb == VERB_SET && (f->flags & F_FIXED))
			continue;
		if (field_word(f) && keyword(l, field_word(f)) == f &&
		    (f->flags & flags))
			complete_word(field_word(f));
	}
	for (f = l->nest ? l->nest->parts + 1 : NULL; f && f->spec; f++)
		complete_word(field_word(f));
	if (has_words(l))
		l->obj->words(l->verb, NULL, true);
	if (takes_no(l))
		complete_word("no");
}

/* Keywords that "no" may precede, each once. */
static void complete_optional(const struct line *l)
{
	const struct field *f;

	for (f = l->fields; f->spec; f++)
		if (field_is_optional(l->obj, f) &&
		    field_optional(l->obj, field_word(f)) == f &&
		    !(l->given & BIT(f - l->fields)))
			complete_word(field_word(f));
}

/* The name of a new object is the user's choice. */
static bool is_new(const struct line *l, const struct field *f)
{
	return l->verb == VERB_ADD && field_type(f) == FT_NAME &&
	       !field_object(f);
}

static void complete_line(struct args *a, struct line *l)
{
	const struct field *first;

	while (args_peek(a))
		read_word(l, args_next(a));
	if (l->no) {
		complete_optional(l);
		return;
	}
	if (l->key && l->value) {
		complete_value(l, l->value);
		return;
	}
	if (l->key) {
		l->obj->words(l->verb, l->key, true);
		return;
	}
	first = first_field(l);
	if (first && !is_new(l, first) &&
	    (l->verb != VERB_GET || field_type(first) == FT_NAME))
		complete_value(l, first);
	if (!first || l->verb == VERB_SHOW)
		complete_keywords(l);
}

void complete_filter(struct args *a, const struct field *fields)
{
	struct line l = { .fields = fields, .verb = VERB_SHOW };

	complete_line(a, &l);
}

static void complete_object(struct args *a, const struct object *obj)
{
	struct line l = { .fields = obj->fields, .obj = obj };
	const char *word = args_next(a);
	const char *names[VERBS + 1];

	if (!word) {
		verb_names(obj, names);
		complete_words(names);
	} else if (!verb_pick(&quiet, obj, word, &l.verb) &&
		   l.verb != VERB_HELP) {
		complete_line(a, &l);
	}
}

static void complete_start(void)
{
	const struct command *cmd;
	char option[] = "-?";
	const char *c;

	for (cmd = commands; cmd->name; cmd++)
		complete_word(cmd->name);
	for (c = SHORT_OPTIONS; *c; c++) {
		option[1] = *c;
		if (*c != '+' && *c != ':')
			complete_word(option);
	}
}

int complete_run(struct args *a)
{
	const char *word = args_next(a);
	const struct command *cmd;

	if (!word) {
		complete_start();
		return OK;
	}
	cmd = command_pick(&quiet, word);
	if (cmd && cmd->obj)
		complete_object(a, cmd->obj);
	else if (cmd && cmd->words)
		cmd->words(a);
	return OK;
}
