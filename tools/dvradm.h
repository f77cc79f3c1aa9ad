/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit codes, options and helpers that all files use. */
#ifndef DVRADM_H
#define DVRADM_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ULL << (n))
#define __printf(a, b)	__attribute((__format__(__printf__, a, b)))

/* Exit codes, which are also the return values of functions that can fail. */
enum {
	OK = 0,
	FAILED = 1,		/* the kernel or the system refused */
	USAGE = 2,		/* the command line is wrong */
	INVALID = 3,		/* a value is wrong: exits 2, without usage */
};

struct opts {
	bool json;
	bool pretty;
	bool stats;
	bool details;
	bool timestamp;
	bool echo;
	int family;		/* AF_INET or AF_INET6 with -4 or -6, else 0 */
	const char *netns;
	const char *batch;
	const char *generation;	/* that the batch is for, a number */
};

extern struct opts opts;

/* Version of dvradm; that of the module should be the same. */
extern const char version[];

/* Allocate memory; without memory the program ends. */
void *xrealloc(void *p, size_t size);

void *grow_more(void *p, size_t *cap, size_t need, size_t size);

/* Room for @need elements of @size bytes in an array that has *@cap. */
static inline void *grow(void *p, size_t *cap, size_t need, size_t size)
{
	return need <= *cap ? p : grow_more(p, cap, need, size);
}

#endif
