/* SPDX-License-Identifier: GPL-2.0-only */
/* The ops of a batch, taken for objects that the kernel sent. */
#ifndef DVRADM_TESTS_REPLY_H
#define DVRADM_TESTS_REPLY_H

#include "batch.h"
#include "object.h"

/* The object of op @i, its nest in *@nest; *@cmd is the op's command. */
const struct object *reply_op(const struct batch *b, size_t i, uint8_t *cmd,
			      const struct nlattr **nest);
/* What is wrong with the shape of the message, NULL if nothing. */
const char *reply_check(const struct batch *b);
/* All that is added, as lines of a batch, into a string to free. */
char *reply_print(const struct batch *b);
/*
 * Parse what reply_print() made of @b, and print it again. Return: what is
 * wrong, NULL if nothing. *@same tells if the messages are equal too.
 */
const char *reply_roundtrip(const struct batch *b, bool *same);

#endif
