// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rest: an outside port to which any remote host could send is not given to
 * another inside host for a while (RFC 6888 REQ-8), because remote hosts that
 * have not heard of the end would reach the other host. A binding without
 * connections keeps the port so long. Its inside endpoint may have the binding
 * again at once. A port that rests is given to others only if no port is left:
 * to refuse a connection would be worse.
 *
 * As many ports as the router may have connections rest at most; then the oldest
 * of the same address, or the port itself, is free at once.
 */
#include "nat/binding.h"
#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natport.h"
#include "nat/natrule.h"
#include "nat/rest.h"

/* A search for a port that rests looks at this many. */
#define PICK_TRIES	128
#define BATCH		64

static struct dvr_natports *rest_ports(const struct dvr_nataddr *addr, u8 proto)
{
	return rcu_dereference_protected(addr->ports[dvr_natport_class(proto)],
					 lockdep_is_held(&addr->key.nat->lock));
}

/* The binding that rests for the longest time, or NULL. */
static struct dvr_binding *rest_oldest(struct dvr_natports *p)
{
	return list_first_entry_or_null(&p->rests, struct dvr_binding, rest);
}

/**
 * dvr_rest_begin() - let the port of a binding rest
 * @nat: instance, locked
 * @b: binding whose last connection has ended
 *
 * Ports do not rest if their rule is deleted.
 *
 * Return: false if the port is free at once.
 */
bool dvr_rest_begin(struct dvr_nat *nat, struct dvr_binding *b)
{
	struct dvr_natports *p = rest_ports(b->addr, b->outside.proto);
	struct dvr_binding *old;

	lockdep_assert_held(&nat->lock);
	/*
	 * The work of a rule that is deleted later than this check finds the
	 * binding, see dvr_rest_leave_addr().
	 */
	if (!b->is_out || !READ_ONCE(nat->port_rest) ||
	    !dvr_proto_has_ports(b->outside.proto) ||
	    !dvr_obj_live(&b->rule->obj))
		return false;
	if (nat->n_rests >= READ_ONCE(nat->rest_max)) {
		old = rest_oldest(p);
		if (!old)
			return false;
		dvr_binding_forget(nat, old);
	}
	b->ended = jiffies;
	list_add_tail(&b->rest, &p->rests);
	list_add_tail(&b->rest_all, &nat->rests);
	if (!nat->n_rests++)
		queue_delayed_work(dvr_wq, &nat->wake, HZ);
	return true;
}

/**
 * dvr_rest_end() - end the rest of a binding
 * @nat: instance, locked
 * @b: binding that rests; has a connection next, or is forgotten
 */
void dvr_rest_end(struct dvr_nat *nat, struct dvr_binding *b)
{
	lockdep_assert_held(&nat->lock);
	list_del(&b->rest);
	list_del(&b->rest_all);
	nat->n_rests--;
}

/**
 * dvr_rest_pick() - choose a port that rests, as no other is left
 * @nat: instance, locked
 * @addr: outside address
 * @rule: rule that may give the port
 * @proto: upper-layer protocol
 * @inside: inside address
 * @port: inside port
 *
 * Context: RCU.
 * Return: the binding with the port: one of the same inside host if there is one
 *	among the oldest, or the oldest; NULL if none suits.
 */
struct dvr_binding *dvr_rest_pick(const struct dvr_nat *nat,
				  const struct dvr_nataddr *addr,
				  const struct dvr_natrule *rule, u8 proto,
				  const struct in6_addr *inside, __be16 port)
{
	const struct dvr_natports *p = rest_ports(addr, proto);
	struct dvr_binding *oldest = NULL, *b;
	unsigned int tries = PICK_TRIES;

	lockdep_assert_held(&nat->lock);
	if (!p)
		return NULL;
	list_for_each_entry(b, &p->rests, rest) {
		if (!tries--)
			break;
		if (!dvr_natport_fits(rule, proto, port, b->outside.port) ||
		    dvr_natport_forwarded(addr, proto, b->outside.port))
			continue;
		if (ipv6_addr_equal(&b->inside.ip, inside))
			return b;
		oldest = oldest ?: b;
	}
	return oldest;
}

/* Forget up to @n bindings that have rested; true if there may be more. */
static bool rest_wake_some(struct dvr_nat *nat, unsigned int n)
{
	unsigned long rest = READ_ONCE(nat->port_rest) * (unsigned long)HZ;
	struct dvr_binding *b;

	for (; n; n--) {
		b = list_first_entry_or_null(&nat->rests, struct dvr_binding,
					     rest_all);
		if (!b || time_before(jiffies, b->ended + rest))
			return false;
		dvr_binding_forget(nat, b);
	}
	return true;
}

static void rest_wake(struct work_struct *work)
{
	struct dvr_nat *nat = container_of(to_delayed_work(work),
					   struct dvr_nat, wake);
	bool more;

	do {
		spin_lock_bh(&nat->lock);
		more = rest_wake_some(nat, BATCH);
		if (!more && nat->n_rests)
			queue_delayed_work(dvr_wq, &nat->wake, HZ);
		spin_unlock_bh(&nat->lock);
		cond_resched();
	} while (more);
}

/* Forget up to @n bindings of an address; true if there are more. */
static bool rest_leave_some(struct dvr_nat *nat, struct dvr_nataddr *addr,
			    unsigned int n)
{
	struct dvr_natports *p;
	unsigned int i;

	for (i = 0; i < DVR_NATPORT_CLASSES; i++) {
		p = rcu_dereference_protected(addr->ports[i],
					      lockdep_is_held(&nat->lock));
		while (p && !list_empty(&p->rests)) {
			if (!n--)
				return true;
			dvr_binding_forget(nat, rest_oldest(p));
		}
	}
	return false;
}

/**
 * dvr_rest_leave_addr() - end all rests of an address
 * @nat: instance
 * @addr: address that is about to lose its last rule
 *
 * Context: process.
 */
void dvr_rest_leave_addr(struct dvr_nat *nat, struct dvr_nataddr *addr)
{
	bool more;

	do {
		spin_lock_bh(&nat->lock);
		more = addr->n_uses == 1 && rest_leave_some(nat, addr, BATCH);
		spin_unlock_bh(&nat->lock);
		cond_resched();
	} while (more);
}

/**
 * dvr_rest_start() - prepare an instance for ports that rest
 * @nat: instance
 */
void dvr_rest_start(struct dvr_nat *nat)
{
	INIT_LIST_HEAD(&nat->rests);
	INIT_DELAYED_WORK(&nat->wake, rest_wake);
}

/**
 * dvr_rest_stop() - stop the work for ports that rest
 * @nat: instance without addresses
 *
 * Context: process.
 */
void dvr_rest_stop(struct dvr_nat *nat)
{
	cancel_delayed_work_sync(&nat->wake);
}
