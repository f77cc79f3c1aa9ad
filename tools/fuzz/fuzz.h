/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions of a fuzz target, with the names that libFuzzer requires. */
#ifndef DVRADM_FUZZ_H
#define DVRADM_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Called by the sanitizers. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#endif
