// SPDX-License-Identifier: GPL-2.0-only
/* dvradm save: the whole configuration, as a batch that makes it again. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "genl.h"
#include "out.h"
#include "show.h"

#define OBJECTS		16	/* room for all of objects[] */
#define TRIES		8

static int get_generation(const struct args *a, uint32_t *generation)
{
	struct replies re = { 0 };
	int ret = genl_info(a, &re);

	if (!ret)
		*generation = attr_u32(genl_nest((const void *)re.buf,
						 DVR_A_GENERATION));
	free(re.buf);
	return ret;
}

/*
 * Each kind of object has its own dump. The dumps are consistent with each other
 * if the generation before the first is that after the last.
 */
static int get_all(const struct args *a, struct listing *l, uint32_t *generation)
{
	const struct timespec wait = { .tv_nsec = 50 * 1000 * 1000 };
	unsigned int try, i;
	uint32_t before;
	int ret;

	for (try = 0; try < TRIES; try++) {
		if (try)
			nanosleep(&wait, NULL);
		ret = get_generation(a, &before);
		for (i = 0; !ret && objects[i]; i++) {
			listing_free(&l[i]);
			ret = listing_get(a, objects[i], NULL, &l[i]);
		}
		if (!ret)
			ret = get_generation(a, generation);
		if (ret || before == *generation)
			return ret;
	}
	complain(a, NULL, "the configuration keeps changing; nothing is saved");
	return FAILED;
}

/* Ports that are printed as comments. They precede objects that need a port. */
struct names {
	const char **name;
	size_t n;
};

static bool has(const struct names *names, const struct nlattr *port)
{
	size_t i;

	for (i = 0; port && i < names->n; i++)
		if (!strcmp(names->name[i], attr_str(port)))
			return true;
	return false;
}

/* One object that would be refused must not make the whole batch fail. */
static void comment_out(const struct object *obj, const struct attrs *at,
			struct names *gone)
{
	const char *why = obj->unfit ? obj->unfit(at) : NULL;

	if (why && obj == &port_object) {
		gone->name = xrealloc(gone->name,
				      (gone->n + 1) * sizeof(*gone->name));
		gone->name[gone->n++] = attr_str(at->tb[DVR_A_PORT_NAME]);
	}
	if (obj->port && has(gone, at->tb[obj->port]))
		why = "refused:";
	if (!why)
		return;
	out_text("#");
	out_text(why);
}

static void print(const struct object *obj, const struct listing *l,
		  struct names *gone)
{
	struct attrs at;
	size_t i;

	out_list(obj->name);
	for (i = 0; i < l->n; i++) {
		attrs_parse(&at, l->item[i].nest);
		if (obj->saved && !obj->saved(&at))
			continue;
		out_item();
		comment_out(obj, &at, gone);
		out_text(obj->name);
		out_text("add");
		object_print(obj, &at);
		out_item_end();
	}
	out_list_end();
}

/* A comment, which a batch may have. */
static void print_generation(uint32_t generation)
{
	if (opts.json || !opts.details)
		return;
	out_text("#");
	out_num(NULL, "generation", generation);
	out_item_end();
}

int save_run(struct args *a)
{
	struct listing l[OBJECTS] = { 0 };
	struct names gone = { 0 };
	uint32_t generation;
	unsigned int i;
	int ret;

	opts.family = 0;	/* or listing_get() would filter */
	ret = args_end(a);
	if (!ret)
		ret = genl_open(a);
	if (!ret)
		ret = get_all(a, l, &generation);
	if (!ret) {
		opts.stats = false;
		print_generation(generation);
		out_no_notes();
		out_obj(NULL);
		if (opts.json)
			out_num("generation", NULL, generation);
		for (i = 0; objects[i]; i++)
			print(objects[i], &l[i], &gone);
		out_obj_end();
	}
	free(gone.name);
	for (i = 0; objects[i]; i++)
		listing_free(&l[i]);
	return ret;
}
