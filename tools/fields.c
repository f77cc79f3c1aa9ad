// SPDX-License-Identifier: GPL-2.0-only
/* From the words of a line to the attributes of an object. */
#include <string.h>

#include "object.h"
#include "range.h"

const unsigned int verb_flags[VERBS] = {
	[VERB_ADD] = F_KEY | F_CONF,
	[VERB_SET] = F_KEY | F_CONF,
	[VERB_DEL] = F_KEY | F_SUBKEY,
	[VERB_SHOW] = F_FILTER,
};

/* "get" is last, because not every object has it. */
void verb_names(const struct object *obj, const char *names[VERBS + 1])
{
	names[VERB_ADD] = "add";
	names[VERB_SET] = obj->set_word;
	names[VERB_DEL] = "del";
	names[VERB_SHOW] = "show";
	names[VERB_HELP] = "help";
	names[VERB_GET] = obj->get ? "get" : NULL;
	names[VERBS] = NULL;
}

int verb_pick(const struct args *a, const struct object *obj, const char *word,
	      enum verb_kind *verb)
{
	const char *names[VERBS + 1];
	int i;

	if (!strcmp(word, "delete"))	/* iproute2 has both spellings */
		word = "del";
	else if (!strcmp(word, "list"))
		word = "show";
	verb_names(obj, names);
	i = args_pick(a, "command", word, names, sizeof(names[0]));
	if (i < 0)
		return USAGE;
	*verb = i;
	return OK;
}

static int parse_number(struct args *a, const struct field *f, const char *word,
			struct msg *m)
{
	uint32_t v;
	int ret;

	ret = arg_u32(a, word, f->spec->min, f->spec->max, &v);
	if (!ret)
		msg_put_u32(m, f->spec->attr, v, word);
	return ret;
}

static int parse_choice(struct args *a, const struct field *f, const char *word,
			struct msg *m)
{
	uint8_t v;
	int ret;

	if (field_type(f) == FT_ONOFF)
		ret = arg_onoff(a, word, &v);
	else
		ret = arg_enum(a, word, f->spec->names, &v);
	if (!ret)
		msg_put_u32(m, f->spec->attr, v, word);
	return ret;
}

static int parse_flags(struct args *a, const struct field *f, const char *word,
		       struct msg *m)
{
	struct flag list[FLAGS_MAX];
	unsigned int n, i;
	uint32_t v = 0;
	size_t nest;
	int ret;

	ret = arg_flags(a, word, f->spec->names, f->at, list, &n);
	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		if (!list[i].port)
			v |= list[i].bit;
	msg_put_u32(m, f->spec->attr, v, word);
	for (i = 0; i < n; i++) {
		if (!list[i].port)
			continue;
		nest = msg_nest(m, f->at, word);
		msg_put_u32(m, DVR_A_HELPER_PORT_HELPER, list[i].bit, word);
		msg_put_u32(m, DVR_A_HELPER_PORT_PORT, list[i].port, word);
		msg_end(m, nest);
	}
	return OK;
}

static int parse_proto(struct args *a, const struct field *f, const char *word,
		       struct msg *m)
{
	uint8_t v;
	int ret;

	ret = arg_proto(a, word, &v);
	if (!ret)
		msg_put_u32(m, f->spec->attr, v, word);
	return ret;
}

static int parse_name(struct args *a, const struct field *f, const char *word,
		      struct msg *m)
{
	int ret;

	if (field_type(f) == FT_IFNAME)
		ret = arg_ifname(a, word);
	else if (field_type(f) == FT_DOMAIN)
		ret = arg_domain(a, word);
	else
		ret = arg_name(a, word);
	if (!ret)
		msg_put_str(m, f->spec->attr, word);
	return ret;
}

static int parse_mac(struct args *a, const struct field *f, const char *word,
		     struct msg *m)
{
	uint8_t mac[6];
	int ret;

	ret = arg_mac(a, word, mac);
	if (!ret)
		msg_put(m, f->spec->attr, mac, sizeof(mac), word);
	return ret;
}

static int parse_ip(struct args *a, const struct field *f, const char *word,
		    struct msg *m)
{
	struct addr ip;
	int ret;

	ret = arg_ip(a, word, &ip);
	if (!ret && field_type(f) == FT_IP6 && ip.len != 16)
		ret = bad_value(a, word, "must be an IPv6 address");
	if (!ret)
		msg_put(m, f->spec->attr, ip.b, ip.len, word);
	return ret;
}

static int parse_prefix(struct args *a, const struct field *f, const char *word,
			struct msg *m)
{
	struct prefix p;
	int ret;

	if (field_type(f) == FT_NET)
		ret = arg_dst(a, word, &p);
	else if (field_type(f) == FT_LEG)
		ret = arg_prefix(a, word, false, &p);
	else
		ret = arg_net(a, word, &p);
	if (!ret)
		msg_put_prefix(m, f->spec->attr, &p, word);
	return ret;
}

static const struct field *find_part(const struct field *f, const char *word)
{
	for (f = f->parts + 1; word && f->spec; f++)
		if (!strcmp(field_word(f), word))
			return f;
	return NULL;
}

/* The value of the first part, and what follows with the keywords of others. */
static int parse_parts(struct args *a, const struct field *f, const char *word,
		       struct msg *m)
{
	size_t nest = msg_nest(m, f->spec->attr, word);
	const struct field *part;
	unsigned int count[8] = { 0 }, most;
	int ret;

	ret = field_parse(a, f->parts, word, m);
	while (!ret && (part = find_part(f, args_peek(a)))) {
		args_next(a);
		most = part->flags & F_MULTI ? part->most : 1;
		if (count[part - f->parts]++ >= most)
			return most == 1 ? bad(a, field_word(part), "given twice") :
			       bad_value(a, field_word(part),
					 "may be given %u times at most", most);
		ret = args_value(a, field_word(part), field_what(part), &word);
		if (!ret)
			ret = field_parse(a, part, word, m);
	}
	msg_end(m, nest);
	return ret;
}

int field_parse(struct args *a, const struct field *f, const char *word,
		struct msg *m)
{
	if (f->parts)
		return parse_parts(a, f, word, m);
	switch (field_type(f)) {
	case FT_NAME:
	case FT_IFNAME:
	case FT_DOMAIN:
		return parse_name(a, f, word, m);
	case FT_U32:
		return parse_number(a, f, word, m);
	case FT_ONOFF:
	case FT_ENUM:
		return parse_choice(a, f, word, m);
	case FT_FLAGS:
		return parse_flags(a, f, word, m);
	case FT_PROTO:
		return parse_proto(a, f, word, m);
	case FT_MAC:
		return parse_mac(a, f, word, m);
	case FT_IP:
	case FT_IP6:
		return parse_ip(a, f, word, m);
	case FT_NET:
	case FT_HOST:
	case FT_LEG:
		return parse_prefix(a, f, word, m);
	default:
		return bad(a, word, "is only shown, and cannot be given");
	}
}

const struct field *field_find(const struct object *obj, const char *word,
			       unsigned int flags)
{
	const struct field *f;
	const char *name;

	for (f = obj->fields; f->spec; f++) {
		name = field_word(f);
		if (name && (f->flags & flags) && !strcmp(name, word))
			return f;
	}
	return NULL;
}

const char *field_what(const struct field *f)
{
	if (f->parts)
		f = f->parts;
	switch (field_type(f)) {
	case FT_NAME:
		return "a name";
	case FT_IFNAME:
		return "a device name";
	case FT_DOMAIN:
		return "a domain";
	case FT_U32:
		return "a number";
	case FT_ONOFF:
		return "on or off";
	case FT_MAC:
		return "a MAC address";
	case FT_PROTO:
		return "a protocol";
	case FT_IP:
	case FT_IP6:
		return "an IP address";
	case FT_NET:
	case FT_HOST:
	case FT_LEG:
		return "a prefix";
	default:
		return "a value";
	}
}

const struct object *field_object(const struct field *f)
{
	int i;

	if (f->of)
		return f->of;
	for (i = 0; objects[i]; i++)
		if (!strcmp(objects[i]->name, f->spec->word))
			return objects[i];
	return NULL;
}

/* Another field with the keyword of @f, for where that is given again, or NULL. */
static const struct field *field_again(const struct field *f)
{
	const struct field *other;

	for (other = f + 1; other->spec; other++)
		if ((other->flags & F_MULTI) && field_word(other) &&
		    !strcmp(field_word(other), field_word(f)))
			return other;
	return NULL;
}

/* The fields that a line has given so far. */
struct given {
	uint64_t fields;	/* BIT() of each field */
	uint64_t none;		/* BIT() of each that is unset */
	unsigned int count[64];
};

bool field_is_optional(const struct object *obj, const struct field *f)
{
	return obj->unset && (f->flags & F_CONF) && field_word(f) &&
	       !(f->flags & (F_KEY | F_FIXED | F_REQ));
}

const struct field *field_optional(const struct object *obj, const char *word)
{
	const struct field *f;

	for (f = obj->fields; f->spec; f++)
		if (field_is_optional(obj, f) && !strcmp(field_word(f), word))
			return f;
	return NULL;
}

static int take_none(struct args *a, const struct object *obj, const struct field *f,
		     const char *word, struct given *g, struct msg *m)
{
	uint64_t bit = BIT(f - obj->fields);

	if (g->none & bit)
		return bad(a, field_name(f), "given twice");
	if (g->fields & bit)
		return bad(a, field_name(f), "cannot be combined with a value");
	g->fields |= bit;
	g->none |= bit;
	msg_put_u32(m, obj->unset, f->spec->attr, word);
	return OK;
}

/* "no WORD" of a set. */
static int take_no(struct args *a, const struct object *obj, struct given *g,
		   struct msg *m)
{
	const struct field *f;
	const char *word;
	int ret;

	ret = args_value(a, "no", "a keyword", &word);
	if (ret)
		return ret;
	f = field_optional(obj, word);
	if (f)
		return take_none(a, obj, f, word, g, m);
	return bad(a, word, field_find(obj, word, ~0) ? "cannot be unset" :
		   "unknown keyword");
}

static int take(struct args *a, const struct object *obj, const struct field *f,
		const char *word, enum verb_kind verb, struct given *g, struct msg *m)
{
	const char *name = field_name(f);
	unsigned int i = f - obj->fields;

	if (f->none && verb == VERB_SET && !strcmp(word, "none"))
		return take_none(a, obj, f, word, g, m);
	if (g->none & BIT(i))
		return bad(a, name, "cannot be combined with a value");
	if ((g->fields & BIT(i)) && !(f->flags & F_MULTI))
		return bad(a, name, "given twice");
	if ((f->flags & F_MULTI) && g->count[i]++ >= f->most)
		return bad_value(a, word, "%s may be given %u times at most",
				 name, f->most);
	g->fields |= BIT(i);
	return field_parse(a, f, word, m);
}

/* The field whose value a word without keyword is, NULL if none is left. */
static const struct field *bare_field(const struct object *obj,
				      const struct given *g, enum verb_kind verb)
{
	unsigned int flags = verb_flags[verb];
	const struct field *f;

	for (f = obj->fields; f->spec; f++) {
		if (!(f->flags & (F_FIRST | F_BARE)) || !(f->flags & flags))
			continue;
		if (g->fields & BIT(f - obj->fields))
			continue;
		return f;
	}
	return NULL;
}

static int take_word(struct args *a, const struct object *obj, enum verb_kind verb,
		     struct given *g, struct msg *m)
{
	const struct field *f, *bare;
	const char *key = args_next(a), *word = key;
	int ret;

	bare = bare_field(obj, g, verb);
	if (bare && (bare->flags & F_FIRST) && verb != VERB_SHOW)
		return take(a, obj, bare, key, verb, g, m);
	if (verb == VERB_SET && obj->unset && !strcmp(key, "no"))
		return take_no(a, obj, g, m);
	f = field_find(obj, key, verb_flags[verb]);
	if (f && (g->fields & BIT(f - obj->fields)) && !(f->flags & F_MULTI) &&
	    field_again(f))
		f = field_again(f);
	if (f && (verb == VERB_SHOW || !(f->flags & (F_FIRST | F_BARE)))) {
		ret = args_value(a, key, field_what(f), &word);
		if (ret)
			return ret;
		return take(a, obj, f, word, verb, g, m);
	}
	if (bare)
		return take(a, obj, bare, key, verb, g, m);
	if (field_find(obj, key, ~0))
		return bad(a, key, "cannot be given here");
	return bad(a, key, "unknown keyword");
}

static int check_required(const struct args *a, const struct object *obj,
			  enum verb_kind verb, const struct given *g)
{
	const struct field *f;
	unsigned int need = F_KEY;

	if (verb == VERB_SHOW)
		return OK;
	/* "set" changes an object that exists, "replace" may have to make it. */
	if (verb == VERB_ADD ||
	    (verb == VERB_SET && !strcmp(obj->set_word, "replace")))
		need |= F_REQ;
	for (f = obj->fields; f->spec; f++)
		if ((f->flags & need) && !(g->fields & BIT(f - obj->fields)))
			return bad(a, field_name(f),
				   "is missing; give %s", field_what(f));
	return OK;
}

static int table_parse(struct args *a, const struct object *obj, enum verb_kind verb,
		       struct msg *m)
{
	struct given g = { 0 };
	int ret;

	while (args_peek(a)) {
		ret = take_word(a, obj, verb, &g, m);
		if (ret)
			return ret;
	}
	ret = check_required(a, obj, verb, &g);
	if (!ret && obj->check)
		ret = obj->check(a, verb, g.fields);
	return ret;
}

int object_parse(struct args *a, const struct object *obj, enum verb_kind verb,
		 uint16_t attr, struct msg *m)
{
	const char *name = NULL;
	size_t nest;
	int ret;

	/* An error about the whole object names its first word. */
	if (obj->fields->flags & F_FIRST)
		name = args_peek(a);
	nest = msg_nest(m, attr, name);
	if (obj->parse && verb != VERB_SHOW)
		ret = obj->parse(a, verb, m);
	else
		ret = table_parse(a, obj, verb, m);
	if (!ret)
		msg_end(m, nest);
	return ret;
}
