// SPDX-License-Identifier: GPL-2.0-only
/*
 * A text is a batch or is refused. The message of a batch is well formed, each of
 * its attributes leads back to a line, and what the batch adds can be printed
 * and parsed again without a change.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "genl.h"
#include "reply.h"

static void expect(const char *wrong, const struct batch *b)
{
	if (!wrong)
		return;
	fprintf(stderr, "%s:\n%.*s\n", wrong, (int)b->len, b->text);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kerr err = { .code = EINVAL, .text = "no" };
	struct batch b = { .file = "fuzz" };
	static FILE *null;
	bool same;

	if (!null)
		null = fopen("/dev/null", "w");
	b.err = null;
	b.text = malloc(size + 1);
	memcpy(b.text, data, size);
	b.len = size;
	if (!batch_parse(&b)) {
		expect(reply_check(&b), &b);
		/* The last byte of the text chooses the offset that is refused. */
		err.off = size ? data[size - 1] * 4 : 0;
		err.miss_nest = size;
		batch_complain(&b, &err);
		expect(reply_roundtrip(&b, &same), &b);
	}
	batch_free(&b);
	return 0;
}
