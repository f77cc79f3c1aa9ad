/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DVR_TEST_H
#define DVR_TEST_H

#include <linux/export.h>
#include <linux/kconfig.h>

/*
 * The KUnit suites are a module of their own.  What they call of dvr.ko is
 * exported on kernels that can run them, and on no others.
 */
#if IS_ENABLED(CONFIG_KUNIT)
#define DVR_EXPORT_FOR_TEST(sym) EXPORT_SYMBOL_GPL(sym)
#else
#define DVR_EXPORT_FOR_TEST(sym)
#endif

#endif /* DVR_TEST_H */
