/* SPDX-License-Identifier: GPL-2.0-only */
/* The suites of dvr_kunit.ko, one in each file. main_kunit.c registers them. */
#ifndef DVR_KUNIT_SUITES_H
#define DVR_KUNIT_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite dvr_groupmsg_suite;
extern struct kunit_suite dvr_guard_suite;
extern struct kunit_suite dvr_hop_suite;
extern struct kunit_suite dvr_lpm_suite;
extern struct kunit_suite dvr_lpm_txn_suite;
extern struct kunit_suite dvr_ndmsg_suite;
extern struct kunit_suite dvr_npt_suite;
extern struct kunit_suite dvr_nud_suite;
extern struct kunit_suite dvr_parse4_suite;
extern struct kunit_suite dvr_parse6_suite;
extern struct kunit_suite dvr_slot_suite;

#endif /* DVR_KUNIT_SUITES_H */
