// SPDX-License-Identifier: GPL-2.0-only
/* Configurations of legs: making, comparing and checking them. */
#include <linux/slab.h>

#include "lib/eui64.h"
#include "model/above.h"
#include "model/iface.h"
#include "model/router.h"
#include "model/segment.h"

/**
 * dvr_iface_cfg() - get the configuration of a leg
 * @iface: leg, its namespace locked
 *
 * Return: the configuration as the open transaction sees it.
 */
const struct dvr_iface_cfg *dvr_iface_cfg(const struct dvr_iface *iface)
{
	return iface->obj.staged ?:
	       dvr_dereference(iface->router->dn, iface->cfg);
}

/*
 * The MAC is the same on every hypervisor: 02:64 (locally administered, 'd'),
 * then the id of the router. A router has one leg on a segment, so no two legs
 * of a segment get the same MAC.
 */
static u64 iface_derive_mac(const struct dvr_router *router)
{
	return 0x026400000000ULL | router->named.slot.id;
}

/**
 * dvr_iface_cfg_make() - make a configuration for a leg
 * @router: router of the leg
 * @seg: segment of the leg
 * @mac: gateway MAC, or 0 to derive it from the router's id
 * @rpf: &enum dvr_rpf
 * @ra: router advertisements, copied; NULL for the default
 * @addr: gateway addresses with their host bits
 * @n: number of addresses, at most DVR_ADDRS_MAX
 *
 * Return: the configuration, or NULL if there is no memory.
 */
struct dvr_iface_cfg *dvr_iface_cfg_make(const struct dvr_router *router,
					 const struct dvr_segment *seg, u64 mac,
					 u8 rpf, const struct dvr_ra_cfg *ra,
					 const struct dvr_prefix *addr,
					 unsigned int n)
{
	struct dvr_iface_cfg *cfg;
	size_t size;
	bool v6 = false;
	int i;

	size = ALIGN(struct_size(cfg, addr, n), __alignof__(*ra));
	cfg = kzalloc(size + (ra ? sizeof(*ra) : 0), GFP_KERNEL_ACCOUNT);
	if (!cfg)
		return NULL;
	if (ra) {
		cfg->ra = (void *)cfg + size;
		*cfg->ra = *ra;
	}
	cfg->n = n;
	cfg->derived = !mac;
	cfg->mac = mac ?: iface_derive_mac(router);
	cfg->rpf = rpf;
	cfg->v4 = -1;
	cfg->v6 = -1;
	for (i = n - 1; i >= 0; i--) {
		cfg->addr[i] = addr[i];
		v6 = v6 || !addr[i].v4;
		if (addr[i].v4)
			cfg->v4 = i;
		else if (ipv6_addr_type(&addr[i].ip) & IPV6_ADDR_LINKLOCAL)
			cfg->linklocal = addr[i].ip;
		else
			cfg->v6 = i;
	}
	if (v6 && ipv6_addr_any(&cfg->linklocal))
		dvr_eui64_linklocal(&cfg->linklocal, cfg->mac);
	return cfg;
}

/**
 * dvr_iface_cfg_equal() - compare configurations of a leg
 * @a: configuration
 * @b: configuration
 *
 * Return: true if they are the same.
 */
bool dvr_iface_cfg_equal(const struct dvr_iface_cfg *a,
			 const struct dvr_iface_cfg *b)
{
	unsigned int i;

	if (a->mac != b->mac || a->rpf != b->rpf || a->n != b->n ||
	    !a->ra != !b->ra || (a->ra && memcmp(a->ra, b->ra, sizeof(*a->ra))))
		return false;
	for (i = 0; i < a->n; i++)
		if (!dvr_prefix_equal(&a->addr[i], &b->addr[i]))
			return false;
	return true;
}

/**
 * dvr_iface_cfg_covers() - check if an address is in the subnets of a
 *	configuration or link-local
 * @cfg: configuration of a leg
 * @ip: v4-mapped for IPv4
 *
 * Return: true if it is; an IPv6 link-local address only if the leg has IPv6.
 */
bool dvr_iface_cfg_covers(const struct dvr_iface_cfg *cfg,
			  const struct in6_addr *ip)
{
	unsigned int i;

	for (i = 0; i < cfg->n; i++)
		if (dvr_prefix_has(&cfg->addr[i], ip))
			return true;
	return dvr_iface_cfg_has6(cfg) &&
	       ipv6_addr_type(ip) & IPV6_ADDR_LINKLOCAL;
}

/**
 * dvr_iface_anycast() - find the subnet-router anycast address (RFC 4291 2.6.1)
 * @addr: address of a leg with its subnet
 * @any: set to the anycast address
 *
 * A /127 between two routers has none (RFC 6164 6).
 *
 * Return: true if the subnet has one.
 */
bool dvr_iface_anycast(const struct dvr_prefix *addr, struct dvr_prefix *any)
{
	*any = *addr;
	dvr_prefix_mask(any);
	any->len = 128;
	return !addr->v4 && addr->len < 127 &&
	       !(ipv6_addr_type(&addr->ip) & IPV6_ADDR_LINKLOCAL);
}

/**
 * dvr_iface_cfg_anycasts() - check if an address is the subnet-router anycast
 *	address of a subnet
 * @cfg: configuration of a leg
 * @ip: the address
 *
 * Return: true if it is that of one of the subnets of @cfg.
 */
bool dvr_iface_cfg_anycasts(const struct dvr_iface_cfg *cfg,
			    const struct in6_addr *ip)
{
	struct dvr_prefix any;
	unsigned int i;

	for (i = 0; i < cfg->n; i++)
		if (dvr_iface_anycast(&cfg->addr[i], &any) &&
		    ipv6_addr_equal(&any.ip, ip))
			return true;
	return false;
}

/* An advertisement has all its prefixes in one packet. */
static int iface_check_ra(struct dvr_txn *txn, const struct dvr_iface_cfg *cfg)
{
	const struct dvr_ra_leg leg = { .addr = cfg->addr, .n = cfg->n };

	if (!dvr_iface_cfg_advertises(cfg))
		return 0;
	if (!dvr_iface_cfg_has6(cfg)) {
		NL_SET_ERR_MSG(txn->extack,
			       "router advertisements need an IPv6 address of the iface");
		return -EINVAL;
	}
	if (dvr_ra_size(cfg->ra, &leg) > DVR_RA_SIZE_MAX) {
		NL_SET_ERR_MSG(txn->extack,
			       "a router advertisement has 1280 bytes; give fewer prefixes, servers or names");
		return -E2BIG;
	}
	return 0;
}

/**
 * dvr_iface_cfg_check() - check if a leg can have a configuration
 * @txn: open transaction
 * @router: router of the leg
 * @seg: segment of the leg
 * @cfg: configuration
 *
 * Return: 0, -EINVAL, -EEXIST or -E2BIG.
 */
int dvr_iface_cfg_check(struct dvr_txn *txn, const struct dvr_router *router,
			const struct dvr_segment *seg,
			const struct dvr_iface_cfg *cfg)
{
	unsigned int i;

	if (dvr_iface_cfg_has6(cfg) &&
	    dvr_segment_cfg(seg)->mtu < IPV6_MIN_MTU) {
		NL_SET_ERR_MSG(txn->extack,
			       "IPv6 needs a segment with an mtu of at least 1280");
		return -EINVAL;
	}
	for (i = 0; i < cfg->n; i++)
		if (dvr_above.nat_is_inside(router, &cfg->addr[i].ip)) {
			NL_SET_ERR_MSG(txn->extack,
				       "a nat rule of the router is for a host with this address; delete the rule first");
			return -EEXIST;
		}
	return iface_check_ra(txn, cfg);
}
