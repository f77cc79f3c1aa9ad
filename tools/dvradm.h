/* SPDX-License-Identifier: GPL-2.0-only */
/* What all of dvradm knows: exit codes and the options. */
#ifndef DVRADM_H
#define DVRADM_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ULL << (n))
#define __printf(a, b)	__attribute((__format__(__printf__, a, b)))

/* Exit codes, and what functions that can fail return. */
enum {
	OK = 0,
	FAILED = 1,		/* the kernel said no, or the system did */
	USAGE = 2,		/* the command line is wrong */
	INVALID = 3,		/* no usage would help, a value is: exits 2 */
};

struct opts {
	bool json;
	bool pretty;
	bool stats;
	bool details;
	bool timestamp;
	int family;		/* AF_INET or AF_INET6 with -4 or -6, else 0 */
	const char *netns;
	const char *batch;
};

extern struct opts opts;

/* Allocate or end the program: a tool has nothing better to do. */
void *xrealloc(void *p, size_t size);

void *grow_more(void *p, size_t *cap, size_t need, size_t size);

/* Room for @need elements of @size bytes in an array that has *@cap. */
static inline void *grow(void *p, size_t *cap, size_t need, size_t size)
{
	return need <= *cap ? p : grow_more(p, cap, need, size);
}

#endif
