/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DVR_TEST_H
#define DVR_TEST_H

#include <linux/export.h>
#include <linux/kconfig.h>

/*
 * The KUnit suites are a separate module. dvr.ko exports the symbols that the
 * suites use, on kernels with KUnit only.
 */
#if IS_ENABLED(CONFIG_KUNIT)
#define DVR_EXPORT_FOR_TEST(sym) EXPORT_SYMBOL_GPL(sym)
#else
#define DVR_EXPORT_FOR_TEST(sym)
#endif

#endif /* DVR_TEST_H */
