// SPDX-License-Identifier: GPL-2.0-only
/* dvradm info: what the module can do, and its limits. */
#include <stdlib.h>

#include "command.h"
#include "genl.h"
#include "out.h"

static const struct field fields[] = {
	{ .spec = &info_spec[DVR_A_INFO_FEATURES] },
	{ .spec = &info_spec[DVR_A_INFO_NAME_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_ADDRS_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_PORT_PAIRS_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_NEXTHOPS_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_NAT_POOLS_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_NAT_ADDRS_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_HELPER_PORTS_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_RA_PREFIXES_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_RA_SERVERS_MAX] },
	{ .spec = &info_spec[DVR_A_INFO_RA_DOMAINS_MAX] },
	{ }
};

static const struct object info_object = { .name = "info", .fields = fields };

static void print(const struct nlmsghdr *nlh)
{
	struct attrs at;

	attrs_parse(&at, genl_nest(nlh, DVR_A_INFO));
	out_item();
	out_str("version", "module", attr_str(at.tb[DVR_A_INFO_VERSION]));
	out_str("dvradm", "dvradm", version);
	out_num("generation", "generation",
		attr_u32(genl_nest(nlh, DVR_A_GENERATION)));
	object_print(&info_object, &at);
	out_item_end();
}

int info_run(struct args *a)
{
	struct replies re = { 0 };
	int ret;

	ret = args_end(a);
	if (!ret)
		ret = genl_open(a);
	if (!ret)
		ret = genl_info(a, &re);
	if (!ret) {
		out_list(NULL);
		print((const void *)re.buf);
		out_list_end();
	}
	free(re.buf);
	return ret;
}
