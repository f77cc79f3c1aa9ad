/* SPDX-License-Identifier: GPL-2.0-only */
/* dvradm -b: a file of commands as one message, all or nothing. */
#ifndef DVRADM_BATCH_H
#define DVRADM_BATCH_H

#include "msg.h"

/**
 * struct batch - a batch file and the message made of it
 * @file: its name, for errors
 * @text: its text
 * @len: length of it
 * @err: where errors go, NULL for nowhere
 * @msg: the message
 * @op: where each op begins in the message and in the text
 * @nops: number of them
 * @cap: number allocated
 */
struct batch {
	const char *file;
	char *text;
	size_t len;
	FILE *err;
	struct msg msg;
	struct batch_op {
		uint32_t off;
		unsigned int line;
		size_t pos;
	} *op;
	size_t nops;
	size_t cap;
};

/* Make the message of the text. OK, or USAGE after an error was printed. */
int batch_parse(struct batch *b);
/* Print which line and word the kernel refused, and why. */
struct kerr;
void batch_complain(const struct batch *b, const struct kerr *err);
void batch_free(struct batch *b);

/* Read, parse and send a file, or stdin if it is "-". */
int batch_run(const char *file);

#endif
