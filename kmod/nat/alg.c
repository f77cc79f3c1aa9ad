// SPDX-License-Identifier: GPL-2.0-only
/*
 * Application layer gateways: conntrack's helpers for protocols that carry
 * addresses in their payload. A helper is used only if the router's
 * configuration names it, and only for the ports that the configuration has (RFC
 * 4787 REQ-10): the ports where servers listen, so for a forwarded port the
 * inside one.
 */
#include <linux/mutex.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "compat/conntrack.h"
#include "nat/alg.h"

static struct alg {
	u32 bit;
	const char *name;
	u16 port;
	u8 proto;
	u8 family;
	struct nf_conntrack_helper *helper;	/* held since its first use */
} algs[] = {
	{ DVR_HELPERS_FTP, "ftp", 21, IPPROTO_TCP, NFPROTO_IPV4 },
	{ DVR_HELPERS_FTP, "ftp", 21, IPPROTO_TCP, NFPROTO_IPV6 },
	{ DVR_HELPERS_TFTP, "tftp", 69, IPPROTO_UDP, NFPROTO_IPV4 },
	{ DVR_HELPERS_TFTP, "tftp", 69, IPPROTO_UDP, NFPROTO_IPV6 },
	{ DVR_HELPERS_SIP, "sip", 5060, IPPROTO_UDP, NFPROTO_IPV4 },
	{ DVR_HELPERS_SIP, "sip", 5060, IPPROTO_UDP, NFPROTO_IPV6 },
	{ DVR_HELPERS_SIP, "sip", 5060, IPPROTO_TCP, NFPROTO_IPV4 },
	{ DVR_HELPERS_SIP, "sip", 5060, IPPROTO_TCP, NFPROTO_IPV6 },
};

static DEFINE_MUTEX(lock);	/* of &alg.helper, which is set once */

static int alg_load(struct alg *alg)
{
	struct nf_conntrack_helper *helper;
	int err;

	if (alg->helper)
		return 0;
	helper = nf_conntrack_helper_try_module_get(alg->name, alg->family,
						    alg->proto);
	if (!helper)
		return -ENOENT;
	err = nf_nat_helper_try_module_get(alg->name, alg->family, alg->proto);
	if (err) {
		nf_conntrack_helper_put(helper);
		return err;
	}
	WRITE_ONCE(alg->helper, helper);
	return 0;
}

/**
 * dvr_alg_ready() - check if helpers are loaded
 * @helpers: DVR_HELPERS_* bits
 *
 * Return: true if dvr_alg_load() has loaded all of them.
 */
bool dvr_alg_ready(u32 helpers)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algs); i++)
		if (algs[i].bit & helpers && !READ_ONCE(algs[i].helper))
			return false;
	return true;
}

/**
 * dvr_alg_load() - load helpers and their modules
 * @helpers: DVR_HELPERS_* bits
 * @extack: gets the reason of a failure
 *
 * Context: process, without RTNL and the configuration mutex: modprobe may take
 *	long, and may need RTNL.
 * Return: 0 or -ENOENT.
 */
int dvr_alg_load(u32 helpers, struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&lock);
	for (i = 0; i < ARRAY_SIZE(algs) && !err; i++)
		if (algs[i].bit & helpers)
			err = alg_load(&algs[i]);
	mutex_unlock(&lock);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "the kernel does not have the helper; the modules are nf_nat_ftp, nf_nat_tftp and nf_nat_sip");
	return err;
}

/**
 * dvr_alg_standard_port() - get the standard port of a helper
 * @helper: one DVR_HELPERS_* bit
 *
 * Return: the port, host byte order, or 0 if there is no such helper.
 */
u16 dvr_alg_standard_port(u32 helper)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algs); i++)
		if (algs[i].bit == helper)
			return algs[i].port;
	return 0;
}

/**
 * dvr_alg_clash() - check if two helpers cannot have the same port
 * @a: DVR_HELPERS_* bit
 * @b: DVR_HELPERS_* bit
 *
 * Return: true if they are for the same upper-layer protocol.
 */
bool dvr_alg_clash(u32 a, u32 b)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(algs); i++)
		for (k = 0; k < ARRAY_SIZE(algs); k++)
			if (algs[i].bit == a && algs[k].bit == b &&
			    algs[i].proto == algs[k].proto)
				return true;
	return false;
}

/* The DVR_HELPERS_* bits of the helpers that a router has on a port. */
static u32 alg_on_port(const struct dvr_router_cfg *cfg, __be16 port)
{
	u32 helpers = 0, on;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cfg->helper_ports); i++) {
		on = READ_ONCE(cfg->helper_ports[i]);
		if (!on)
			break;
		if ((u16)on == ntohs(port))
			helpers |= on >> 16;
	}
	return helpers;
}

/**
 * dvr_alg_attach() - attach a helper to a new connection
 * @cfg: configuration of the router
 * @ct: conntrack entry, not confirmed, NAT not set up yet
 * @port: port where the server listens, after the translation
 *
 * Nothing happens if the router has no helper on the port.
 *
 * Context: softirq, RCU.
 * Return: DVR_OK or DVR_DROP_NOMEM.
 */
enum dvr_drop dvr_alg_attach(const struct dvr_router_cfg *cfg,
			     struct nf_conn *ct, __be16 port)
{
	const struct nf_conntrack_tuple *t;
	struct nf_conntrack_helper *helper;
	u32 helpers = alg_on_port(cfg, port);
	struct nf_conn_help *help;
	unsigned int i;

	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	for (i = 0; i < ARRAY_SIZE(algs); i++) {
		helper = READ_ONCE(algs[i].helper);
		if (!helper || !(algs[i].bit & helpers) ||
		    algs[i].proto != t->dst.protonum ||
		    algs[i].family != t->src.l3num)
			continue;
		help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
		if (!help)
			return DVR_DROP_NOMEM;
		dvr_ct_helper_assign(help, helper);
		set_bit(IPS_HELPER_BIT, &ct->status);
		return DVR_OK;
	}
	return DVR_OK;
}

/**
 * dvr_alg_exit() - release all helpers
 *
 * Context: process, after the last connection has ended.
 */
void dvr_alg_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algs); i++) {
		if (!algs[i].helper)
			continue;
		nf_nat_helper_put(algs[i].helper);
		nf_conntrack_helper_put(algs[i].helper);
	}
}
