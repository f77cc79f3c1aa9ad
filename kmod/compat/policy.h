/* SPDX-License-Identifier: GPL-2.0-only */
/* Macros for the generated policies; Kbuild includes this file before them. */
#ifndef _DVR_COMPAT_POLICY_H
#define _DVR_COMPAT_POLICY_H

#include <linux/version.h>
#include <net/netlink.h>

/* 6.17 added this macro. */
#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) NLA_POLICY_MAX(NLA_BINARY, _len)
#endif

/* Before 6.7 the range that a policy points to was not const; none is written to. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range) {			\
	.type = NLA_ENSURE_UINT_OR_BINARY_TYPE(tp),		\
	.validation_type = NLA_VALIDATE_RANGE_PTR,		\
	.range = (struct netlink_range_validation *)(_range),	\
}
#endif

/*
 * 6.7 added integers of 32 or 64 bits. Here only replies have them, and a policy
 * of requests is where the macro is used: as the value of .type.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define NLA_UINT NLA_REJECT, .reject_message = "the attribute is read-only"
#endif

#endif /* _DVR_COMPAT_POLICY_H */
