// SPDX-License-Identifier: GPL-2.0-only
/* Descriptions of the drop reasons. */
#include <linux/skbuff.h>

#include "lib/dvr.h"

#define R(NAME, _name, _core, _help)		\
	[DVR_DROP_##NAME] = {			\
		.name = #_name,			\
		.core = SKB_DROP_REASON_##_core,	\
		.help = _help,			\
	},
const struct dvr_drop_desc dvr_drop_descs[DVR_DROP_COUNT] = {
	DVR_DROP_REASONS(R)
};

#undef R
