/* SPDX-License-Identifier: GPL-2.0-only */
/* What the generated policies use; Kbuild includes it in front of them. */
#ifndef _DVR_COMPAT_POLICY_H
#define _DVR_COMPAT_POLICY_H

#include <net/netlink.h>

/* 6.17 */
#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) NLA_POLICY_MAX(NLA_BINARY, _len)
#endif

#endif /* _DVR_COMPAT_POLICY_H */
