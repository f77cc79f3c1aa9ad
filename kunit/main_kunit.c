// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unit tests of dvr.ko, in a separate module.
 */
#include <linux/module.h>

#include "suites.h"

kunit_test_suites(&dvr_groupmsg_suite, &dvr_guard_suite, &dvr_hop_suite,
		  &dvr_lpm_suite, &dvr_lpm_txn_suite, &dvr_ndmsg_suite,
		  &dvr_npt_suite, &dvr_nud_suite, &dvr_parse4_suite,
		  &dvr_parse6_suite, &dvr_slot_suite);

MODULE_DESCRIPTION("Distributed virtual router: unit tests");
MODULE_LICENSE("GPL");
