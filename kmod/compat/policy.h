/* SPDX-License-Identifier: GPL-2.0-only */
/* Macros for the generated policies; Kbuild includes this file before them. */
#ifndef _DVR_COMPAT_POLICY_H
#define _DVR_COMPAT_POLICY_H

#include <net/netlink.h>

/* 6.17 added this macro. */
#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) NLA_POLICY_MAX(NLA_BINARY, _len)
#endif

#endif /* _DVR_COMPAT_POLICY_H */
