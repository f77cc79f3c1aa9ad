// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage of an object. Its text has marks that stand for fields, so that keywords
 * and enumerations come from the table of fields.
 *
 * A mark is a verb and a keyword in angle brackets, as in <+mtu>. The verb '+'
 * prints the argument of an add, '=' that of a set, '?' that of a show, and ':'
 * the words that the value may be. A mark without keyword stands for all fields
 * of the verb that no earlier mark named, and prints a blank before each; '|'
 * prints those of a set as alternatives.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "range.h"

/* A mark without keyword fills lines of so many columns. */
#define WIDTH		77
#define ITEM_MAX	256

struct text {
	FILE *f;
	const struct command *cmd;
	const struct field *fields;
	unsigned int column;
	char verb;
	uint64_t named;		/* BIT() of each field that @verb has named */
};

static void put(struct text *t, const char *s, size_t len)
{
	size_t i;

	fwrite(s, 1, len, t->f);
	for (i = 0; i < len; i++)
		t->column = s[i] == '\n' ? 0 : t->column + 1;
}

static void put_str(struct text *t, const char *s)
{
	put(t, s, strlen(s));
}

/* Print a blank and @item, on the next line if it does not fit in this one. */
static void put_item(struct text *t, const char *item, unsigned int indent)
{
	if (t->column + 1 + strlen(item) > WIDTH) {
		put_str(t, "\n");
		while (t->column < indent)
			put_str(t, " ");
	} else {
		put_str(t, " ");
	}
	put_str(t, item);
}

/* Append @s to an item, which has ITEM_MAX bytes. */
static void add(char *item, const char *s)
{
	size_t n = strlen(item);

	snprintf(item + n, ITEM_MAX - n, "%s", s);
}

/* Append "{ flood | drop }". As in "{ on | off }", "off" is last. */
static void add_choice(char *item, const char *const *names)
{
	bool off = !strcmp(names[0], "off");
	unsigned int i;

	add(item, "{ ");
	for (i = off; names[i]; i++) {
		add(item, names[i]);
		add(item, names[i + 1] || off ? " | " : "");
	}
	add(item, off ? "off }" : " }");
}

static void add_flags(char *item, const char *const *names, bool ports)
{
	unsigned int i;

	add(item, "{ ");
	for (i = 0; names[i]; i++) {
		add(item, i ? "," : "");
		add(item, names[i]);
	}
	add(item, ports ? ",NAME:PORT | none }" : " | none }");
}

/* The placeholder for a value. */
static const char *value_of(const struct field *f)
{
	const struct object *of;

	if (f->value)
		return f->value;
	switch (field_type(f)) {
	case FT_NAME:
		of = field_object(f);
		return of ? of->value : "NAME";
	case FT_IFNAME:
		return "DEV";
	case FT_PROTO:
		return "PROTO";
	case FT_MAC:
		return "MAC";
	case FT_IP:
	case FT_IP6:
		return "IP";
	case FT_NET:
	case FT_LEG:
		return "PREFIX";
	default:
		return "N";
	}
}

static void add_value(char *item, const struct field *f, bool none)
{
	if (f->value)
		add(item, f->value);
	else if (field_type(f) == FT_ONOFF)
		add(item, "{ on | off }");
	else if (field_type(f) == FT_ENUM)
		add_choice(item, f->spec->names);
	else if (field_type(f) == FT_FLAGS)
		add_flags(item, f->spec->names, f->at);
	else if (field_type(f) == FT_HOST)
		add(item, none ? "{ IP | CIDR | none }" : "{ IP | CIDR }");
	else if (none)
		snprintf(item + strlen(item), ITEM_MAX - strlen(item),
			 "{ %s | none }", value_of(f));
	else
		add(item, value_of(f));
}

/* "WORD VALUE", in brackets if @verb does not require it. */
static void make_item(char *item, const struct field *f, char verb)
{
	bool must = verb == '|' ||
		    (verb != '?' && (f->flags & F_KEY)) ||
		    (verb == '+' && (f->flags & F_REQ));
	char one[ITEM_MAX] = "";

	if (!(f->flags & (F_FIRST | F_BARE))) {
		add(one, field_name(f));
		add(one, " ");
	}
	add_value(one, f, f->none && verb == '=');
	*item = '\0';
	if (must)
		add(item, one);
	if (must && !(f->flags & F_MULTI))
		return;
	add(item, must ? " [ " : "[ ");
	add(item, one);
	add(item, f->flags & F_MULTI ? " ]..." : " ]");
}

static bool takes(const struct field *f, char verb)
{
	if (verb == '?')
		return f->flags & F_FILTER;
	if (!(f->flags & F_CONF))
		return false;
	return verb == '+' || !(f->flags & F_FIXED);
}

/* Print all fields that @t->verb takes and that no mark has named. */
static void put_rest(struct text *t)
{
	bool either = t->verb == '|', first = true;
	unsigned int indent = either ? t->column + 1 :
			      strlen("dvradm ") + strlen(t->cmd->name) + 1;
	char item[ITEM_MAX], last[ITEM_MAX + 2] = "";
	const struct field *f;

	for (f = t->fields; f->spec; f++) {
		if (!takes(f, t->verb) || (t->named & BIT(f - t->fields)))
			continue;
		make_item(item, f, t->verb);
		if (!either) {
			put_item(t, item, indent);
			continue;
		}
		if (!first) {
			strcat(last, " |");
			put_item(t, last, indent);
		}
		strcpy(last, item);
		first = false;
	}
	if (either)
		put_item(t, last, indent);
}

/* Print the words that a value may be. */
static void put_words(struct text *t, const struct field *f)
{
	const char *const *names = f->spec->names;
	unsigned int indent, i;
	char item[64];

	if (field_type(f) == FT_PROTO)
		names = proto_names;
	put_str(t, "{");
	indent = t->column + 1;
	for (i = 0; names[i]; i++) {
		snprintf(item, sizeof(item), "%s%s", names[i],
			 names[i + 1] || names == proto_names ? " |" : "");
		put_item(t, item, indent);
	}
	put_str(t, names == proto_names ? " N }" : " }");
}

static const struct field *find(const struct field *fields, const char *word,
				size_t len)
{
	const struct field *f;

	for (f = fields; f->spec; f++)
		if (strlen(field_name(f)) == len &&
		    !memcmp(field_name(f), word, len))
			return f;
	return NULL;
}

/* Print what a mark stands for; @s is the text between the brackets. */
static void put_mark(struct text *t, const char *s, size_t len)
{
	const struct field *f;
	char item[ITEM_MAX];

	if (*s != t->verb)
		t->named = 0;
	t->verb = *s;
	if (len == 1) {
		put_rest(t);
		return;
	}
	f = find(t->fields, s + 1, len - 1);
	if (!f)
		return;
	if (t->verb == ':') {
		put_words(t, f);
		return;
	}
	t->named |= BIT(f - t->fields);
	make_item(item, f, t->verb);
	put_str(t, item);
}

char *usage_text(const struct command *cmd)
{
	struct text t = {
		.cmd = cmd, .fields = cmd->obj ? cmd->obj->fields : cmd->fields,
	};
	const char *s = cmd->obj ? cmd->obj->usage : cmd->usage;
	char *text = NULL;
	size_t size, len;

	t.f = open_memstream(&text, &size);
	if (!t.f)
		return NULL;
	while (*s) {
		len = strcspn(s, "<");
		put(&t, s, len);
		s += len;
		if (!*s)
			break;
		len = strcspn(s, ">");
		put_mark(&t, s + 1, len - 1);
		s += len + 1;
	}
	fclose(t.f);
	return text;
}
