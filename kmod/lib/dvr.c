// SPDX-License-Identifier: GPL-2.0-only
/* Variables that all files of the module share. main.c initializes them. */
#include <net/netns/generic.h>

#include "lib/dvr.h"

struct workqueue_struct *dvr_wq;

u64 dvr_hash_key[6] __ro_after_init;

unsigned int dvr_net_id;

/**
 * dvr_net() - get the module's state of a network namespace
 * @net: namespace
 *
 * Return: the state; valid as long as @net is.
 */
struct dvr_net *dvr_net(const struct net *net)
{
	return net_generic(net, dvr_net_id);
}
