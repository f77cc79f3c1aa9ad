/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of a command line or of a batch line, and what they mean. */
#ifndef DVRADM_ARGS_H
#define DVRADM_ARGS_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "dvradm.h"

/**
 * struct args - the words of one command, and how far they are read
 * @argv: words, not ended by NULL
 * @argc: number of words
 * @pos: next word to read
 * @file: batch file the words are from, NULL on a command line
 * @line: line in @file
 * @err: where errors go, NULL for nowhere
 */
struct args {
	char **argv;
	int argc;
	int pos;
	const char *file;
	unsigned int line;
	FILE *err;
};

/* An IPv4 (@len 4) or IPv6 (@len 16) address in network byte order. */
struct addr {
	uint8_t len;
	uint8_t b[16];
};

struct prefix {
	struct addr addr;
	uint8_t len;
};

/*
 * Print "dvradm: WORD: WHAT", or "FILE:LINE: WORD: WHAT" in a batch; with -j an
 * object with the keys error (or warning), word, file and line.
 */
__printf(3, 4)
void complain(const struct args *a, const char *word, const char *fmt, ...);
/* The same, and return USAGE: the word is in the wrong place. */
__printf(3, 4)
int bad(const struct args *a, const char *word, const char *fmt, ...);
/* The same, and return INVALID: the word is in its place, its value is wrong. */
__printf(3, 4)
int bad_value(const struct args *a, const char *word, const char *fmt, ...);

const char *args_peek(const struct args *a);
const char *args_next(struct args *a);
/* Take the word after the keyword @key; the error says that @what is needed. */
int args_value(struct args *a, const char *key, const char *what,
	       const char **word);
/* Refuse words that are left. */
int args_end(const struct args *a);

/**
 * args_pick - find a word by its name or, on a command line, a unique abbreviation
 * @a: for errors
 * @what: what the table holds, for errors
 * @word: the word
 * @table: array of structures that begin with a const char * name, ended by
 *	one whose name is NULL
 * @stride: size of such a structure
 *
 * Return: the index, or -1 after an error was printed.
 */
int args_pick(const struct args *a, const char *what, const char *word,
	      const void *table, size_t stride);

int arg_u32(const struct args *a, const char *word, uint32_t min, uint32_t max,
	    uint32_t *v);
int arg_onoff(const struct args *a, const char *word, uint8_t *v);
int arg_enum(const struct args *a, const char *word, const char *const *names,
	     uint8_t *v);
/* A flag of a list, and the port behind it or 0. */
struct flag {
	uint32_t bit;
	uint32_t port;
};

#define FLAGS_MAX	32

/*
 * Comma-separated names, of which the n-th is bit n, or "none". With @ports a
 * name may have a port, as in "NAME:PORT". @n gets how many there are.
 */
int arg_flags(const struct args *a, const char *word,
	      const char *const *names, bool ports,
	      struct flag list[FLAGS_MAX], unsigned int *n);
/* Join @names, with @mark between them. */
void name_list(const char *const *names, const char *mark, char *list,
	       size_t size);
int arg_name(const struct args *a, const char *word);
int arg_ifname(const struct args *a, const char *word);
int arg_domain(const struct args *a, const char *word);
int arg_mac(const struct args *a, const char *word, uint8_t mac[6]);
int arg_ip(const struct args *a, const char *word, struct addr *ip);
/* The same without an error. */
bool addr_parse(const char *word, struct addr *ip);
/* ADDR/LEN, which keeps its host bits; an address alone only if @bare. */
int arg_prefix(const struct args *a, const char *word, bool bare,
	       struct prefix *p);
/* ADDR/LEN whose host bits are zero, or an address alone. */
int arg_net(const struct args *a, const char *word, struct prefix *p);
/* The same, or "default": all of IPv4, or with -6 of IPv6. */
int arg_dst(const struct args *a, const char *word, struct prefix *p);

/* Long enough for any prefix in text. */
#define PREFIX_STRLEN	64
const char *addr_str(const struct addr *ip, char buf[PREFIX_STRLEN]);
const char *prefix_str(const struct prefix *p, char buf[PREFIX_STRLEN]);
const char *mac_str(const uint8_t *mac, char buf[PREFIX_STRLEN]);

#endif
