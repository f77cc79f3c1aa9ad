/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of fields and the limits of the spec, a line each. */
#ifndef DVRADM_TESTS_TABLES_H
#define DVRADM_TESTS_TABLES_H

void tables_print(void);

#endif
