/* SPDX-License-Identifier: GPL-2.0-only */
/* The ops of a batch in the place of objects that the kernel sent. */
#ifndef DVRADM_TESTS_REPLY_H
#define DVRADM_TESTS_REPLY_H

#include "batch.h"
#include "object.h"

/* The object of op @i, its nest in *@nest; *@cmd is the op's command. */
const struct object *reply_op(const struct batch *b, size_t i, uint8_t *cmd,
			      const struct nlattr **nest);
/* The error in the shape of the message, or NULL. */
const char *reply_check(const struct batch *b);
/* All that is added, as lines of a batch in a string, which the caller frees. */
char *reply_print(const struct batch *b);
/*
 * Parse the text of reply_print() for @b, and print it again. *@same becomes true
 * if the messages are equal. Return: the error, or NULL.
 */
const char *reply_roundtrip(const struct batch *b, bool *same);

#endif
