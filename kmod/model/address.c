// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses of legs have to be announced, and to which ports. A new
 * address, and all addresses of a leg whose router came up, are announced to all
 * ports. A port that came up gets the addresses of the segment alone: on a
 * segment that many routers share, each announcement to all ports costs every
 * tenant a frame.
 */
#include "lib/dvr.h"
#include "model/address.h"
#include "model/iface.h"
#include "model/port.h"
#include "model/segment.h"

/* A device that comes up may need a moment until it carries frames. */
#define ANNOUNCE_WAIT	(HZ / 10)

static struct dvr_address *address_of(struct dvr_neigh *n)
{
	return container_of(n, struct dvr_address, neigh);
}

/**
 * dvr_address_alloc() - allocate the entry of an address that is announced
 *
 * Context: process.
 * Return: the entry, zeroed, or NULL.
 */
struct dvr_neigh *dvr_address_alloc(void)
{
	struct dvr_address *a = kzalloc(sizeof(*a), GFP_KERNEL_ACCOUNT);

	BUILD_BUG_ON(offsetof(struct dvr_address, neigh));
	if (!a)
		return NULL;
	INIT_LIST_HEAD(&a->due);
	return &a->neigh;
}

/**
 * dvr_address_publish() - announce a new address of a leg
 * @n: entry of dvr_address_alloc(), live
 *
 * dvr_address_tell() announces the address to ports that come up later.
 *
 * Context: the configuration mutex.
 */
void dvr_address_publish(struct dvr_neigh *n)
{
	struct dvr_segment *seg = n->entry.key.seg;
	struct dvr_address *a = address_of(n);

	spin_lock_bh(&seg->lock);
	list_add_tail(&n->mine, &n->iface->addresses);
	list_add_tail(&a->own, &seg->addresses);
	if (seg->n_ports) {
		list_add_tail(&a->due, &seg->due);
		queue_delayed_work(dvr_wq, &seg->announce, 0);
	}
	spin_unlock_bh(&seg->lock);
}

/**
 * dvr_address_unpublish() - announce an address no longer
 * @n: entry after dvr_address_publish(), no longer live
 *
 * Context: the configuration mutex.
 */
void dvr_address_unpublish(struct dvr_neigh *n)
{
	struct dvr_segment *seg = n->entry.key.seg;
	struct dvr_address *a = address_of(n);
	struct dvr_port *port;

	spin_lock_bh(&seg->lock);
	/* Few ports come up at a time. */
	list_for_each_entry(port, &seg->newcomers, newcomer)
		if (port->told_to == &a->own)
			port->told_to = a->own.prev;
	list_del(&a->own);
	list_del(&n->mine);
	list_del_init(&a->due);
	spin_unlock_bh(&seg->lock);
}

/**
 * dvr_address_announce() - announce the addresses of a leg to all ports again
 * @iface: leg whose router came up, or that got its first rule of NAT
 *
 * Context: any but hard interrupts; RCU or the configuration mutex.
 */
void dvr_address_announce(struct dvr_iface *iface)
{
	struct dvr_segment *seg = iface->seg;
	struct dvr_neigh *n;

	spin_lock_bh(&seg->lock);
	list_for_each_entry(n, &iface->addresses, mine)
		if (list_empty(&address_of(n)->due))
			list_add_tail(&address_of(n)->due, &seg->due);
	if (!list_empty(&iface->addresses))
		queue_delayed_work(dvr_wq, &seg->announce, ANNOUNCE_WAIT);
	spin_unlock_bh(&seg->lock);
}

/**
 * dvr_address_tell() - announce the addresses of a segment to one port
 * @port: port that came up; hosts behind it may have missed announcements
 *
 * Context: the configuration mutex or RTNL; &dvr_segment.lock held.
 */
void dvr_address_tell(struct dvr_port *port)
{
	struct dvr_segment *seg = port->seg;

	lockdep_assert_held(&seg->lock);
	if (list_empty(&seg->addresses))
		return;
	port->told_to = &seg->addresses;
	list_move_tail(&port->newcomer, &seg->newcomers);
	queue_delayed_work(dvr_wq, &seg->announce, ANNOUNCE_WAIT);
}

/**
 * dvr_address_hush() - announce nothing to a port any more
 * @port: port that is down
 *
 * Context: &dvr_segment.lock held.
 */
void dvr_address_hush(struct dvr_port *port)
{
	lockdep_assert_held(&port->seg->lock);
	list_del_init(&port->newcomer);
}

static void address_note(struct dvr_notice *notice, const struct dvr_address *a,
			 struct dvr_port *to)
{
	notice->iface = a->neigh.iface;
	notice->ip = a->neigh.entry.key.ip;
	notice->to = to;
}

/* The next ones for the port that came up first; the others have their turn. */
static unsigned int address_notices_to(struct dvr_segment *seg,
				       struct dvr_notice *notices,
				       unsigned int max)
{
	struct dvr_port *port;
	unsigned int n;

	port = list_first_entry_or_null(&seg->newcomers, struct dvr_port,
					newcomer);
	if (!port)
		return 0;
	for (n = 0; n < max; n++) {
		if (list_is_last(port->told_to, &seg->addresses)) {
			list_del_init(&port->newcomer);
			return n;
		}
		port->told_to = port->told_to->next;
		address_note(&notices[n],
			     list_entry(port->told_to, struct dvr_address, own),
			     port);
	}
	list_move_tail(&port->newcomer, &seg->newcomers);
	return n;
}

/**
 * dvr_address_notices() - take the next announcements of a segment
 * @seg: segment
 * @notices: gets at most @to_all plus @to_one announcements
 * @to_all: at most so many to all ports
 * @to_one: at most so many to one port
 *
 * Context: process, RCU.
 * Return: number of @notices.
 */
unsigned int dvr_address_notices(struct dvr_segment *seg,
				 struct dvr_notice *notices, unsigned int to_all,
				 unsigned int to_one)
{
	struct dvr_address *a, *next;
	unsigned int n = 0;

	spin_lock_bh(&seg->lock);
	list_for_each_entry_safe(a, next, &seg->due, due) {
		if (n == to_all)
			break;
		list_del_init(&a->due);
		address_note(&notices[n++], a, NULL);
	}
	n += address_notices_to(seg, notices + n, to_one);
	spin_unlock_bh(&seg->lock);
	return n;
}
