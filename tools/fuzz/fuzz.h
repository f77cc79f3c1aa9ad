/* SPDX-License-Identifier: GPL-2.0-only */
/* What a fuzz target has, by the names that libFuzzer knows. */
#ifndef DVRADM_FUZZ_H
#define DVRADM_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Asked by the sanitizers. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#endif
