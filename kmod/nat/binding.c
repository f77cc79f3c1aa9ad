// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings: an inside endpoint has one outside endpoint for all its peers
 * (endpoint-independent mapping, RFC 4787 REQ-1). No other inside endpoint has
 * the same outside endpoint (REQ-3). A binding lives as long as one of its
 * connections.
 */
#include <linux/slab.h>

#include "lib/charge.h"
#include "nat/binding.h"
#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natport.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"

#define KEY_LEN		offsetofend(struct dvr_binding_key, zero)

static struct kmem_cache *cache;

static u32 binding_hashfn(const void *data, u32 len, u32 seed)
{
	const struct dvr_binding_key *key = data;

	return dvr_hash(key->scope,
			key->half[0] + key->half[1] * dvr_hash_key[3],
			(__force u16)key->port | key->proto << 16, seed);
}

/* Inlined, as conn_cmpfn(). */
static __always_inline bool binding_key_differs(const struct dvr_binding_key *a,
						const struct dvr_binding_key *b)
{
	return a->scope != b->scope || a->half[0] != b->half[0] ||
	       a->half[1] != b->half[1] || a->port != b->port ||
	       a->proto != b->proto;
}

static int binding_in_cmpfn(struct rhashtable_compare_arg *arg, const void *obj)
{
	return binding_key_differs(arg->key,
				   &((const struct dvr_binding *)obj)->inside);
}

static int binding_out_cmpfn(struct rhashtable_compare_arg *arg,
			     const void *obj)
{
	return binding_key_differs(arg->key,
				   &((const struct dvr_binding *)obj)->outside);
}

const struct rhashtable_params dvr_binding_in_params = {
	.head_offset = offsetof(struct dvr_binding, in),
	.key_offset = offsetof(struct dvr_binding, inside),
	.key_len = KEY_LEN,
	.hashfn = binding_hashfn,
	.obj_cmpfn = binding_in_cmpfn,
	.automatic_shrinking = true,
};

const struct rhashtable_params dvr_binding_out_params = {
	.head_offset = offsetof(struct dvr_binding, out),
	.key_offset = offsetof(struct dvr_binding, outside),
	.key_len = KEY_LEN,
	.hashfn = binding_hashfn,
	.obj_cmpfn = binding_out_cmpfn,
	.automatic_shrinking = true,
};

static void binding_set_key(struct dvr_binding_key *key, const void *scope,
			    const struct in6_addr *ip, u8 proto, __be16 port)
{
	key->scope = scope;
	key->ip = *ip;
	key->port = port;
	key->proto = proto;
	key->zero = 0;
}

/* True if connections from outside may use the binding. */
static bool binding_is_endpoint(const struct dvr_binding *b)
{
	return b->rule->cfg.filter == DVR_NAT_BEHAVIOUR_ENDPOINT;
}

static void binding_free(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct dvr_binding, rcu));
}

/*
 * Make a binding with the port @want, or with any port if @want is NULL.
 * Context: softirq, &dvr_nat.lock held.
 */
static enum dvr_drop binding_make(struct dvr_nat *nat, struct dvr_natrule *rule,
				  const struct dvr_binding_key *inside,
				  const __be16 *want,
				  struct dvr_binding **result)
{
	struct dvr_nataddr *addr = dvr_natrule_pool_addr(rule, &inside->ip);
	enum dvr_drop reason = DVR_DROP_NOMEM;
	struct dvr_binding *b;
	__be16 port = want ? *want : 0;

	b = dvr_charged_alloc(nat->charge, cache, 0);
	if (!b)
		return reason;
	if (want)
		reason = dvr_natport_take_at(addr, inside->proto, port);
	else
		reason = dvr_natport_take(addr, rule, inside->proto,
					  inside->port, &port);
	if (reason)
		goto no_port;
	b->inside = *inside;
	binding_set_key(&b->outside, nat, &addr->key.ip, inside->proto, port);
	b->rule = rule;
	b->addr = addr;
	b->refs = 1;
	reason = DVR_DROP_NOMEM;
	if (rhashtable_insert_fast(&nat->dn->bindings_in, &b->in,
				   dvr_binding_in_params))
		goto no_in;
	if (binding_is_endpoint(b) &&
	    rhashtable_insert_fast(&nat->dn->bindings_out, &b->out,
				   dvr_binding_out_params))
		goto no_out;
	rule->n_ports[dvr_natport_class(inside->proto)]++;
	*result = b;
	return DVR_OK;

no_out:
	rhashtable_remove_fast(&nat->dn->bindings_in, &b->in,
			       dvr_binding_in_params);
no_in:
	dvr_natport_give(addr, inside->proto, port);
no_port:
	/* A look-up may have found the binding. */
	call_rcu(&b->rcu, binding_free);
	return reason;
}

static enum dvr_drop binding_get(struct dvr_nat *nat, struct dvr_natrule *rule,
				 const struct dvr_binding_key *key,
				 const __be16 *want,
				 struct dvr_binding **result)
{
	enum dvr_drop reason = DVR_OK;
	struct dvr_binding *b;

	spin_lock(&nat->lock);
	b = rhashtable_lookup(&nat->dn->bindings_in, key,
			      dvr_binding_in_params);
	if (!b) {
		reason = binding_make(nat, rule, key, want, result);
	} else if (want && b->outside.port != *want) {
		reason = DVR_DROP_NAT_GONE;
	} else {
		b->refs++;
		*result = b;
	}
	spin_unlock(&nat->lock);
	return reason;
}

/**
 * dvr_binding_get() - find or make the binding of an inside endpoint
 * @nat: instance
 * @rule: snat rule that matches the endpoint
 * @ip: inside address, v4-mapped for IPv4
 * @proto: upper-layer protocol
 * @port: inside port, ICMP identifier, or 0
 * @result: gets the binding, with a reference for the caller
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or the reason why there is no binding.
 */
enum dvr_drop dvr_binding_get(struct dvr_nat *nat, struct dvr_natrule *rule,
			      const struct in6_addr *ip, u8 proto, __be16 port,
			      struct dvr_binding **result)
{
	struct dvr_binding_key key;

	binding_set_key(&key, rule, ip, proto, port);
	return binding_get(nat, rule, &key, NULL, result);
}

/**
 * dvr_binding_get_at() - find or make a binding with a given outside port
 * @nat: instance
 * @rule: snat rule that matches the endpoint
 * @ip: inside address, v4-mapped for IPv4
 * @proto: upper-layer protocol
 * @port: inside port, ICMP identifier, or 0
 * @outside: outside port, ICMP identifier, or 0
 * @result: gets the binding, with a reference for the caller
 *
 * Context: softirq, RCU.
 * Return: DVR_OK, or the reason why there is no binding.
 */
enum dvr_drop dvr_binding_get_at(struct dvr_nat *nat, struct dvr_natrule *rule,
				 const struct in6_addr *ip, u8 proto,
				 __be16 port, __be16 outside,
				 struct dvr_binding **result)
{
	struct dvr_binding_key key;

	binding_set_key(&key, rule, ip, proto, port);
	return binding_get(nat, rule, &key, &outside, result);
}

/**
 * dvr_binding_outside() - find a binding that any remote host may use
 * @nat: instance
 * @ip: outside address, v4-mapped for IPv4
 * @proto: upper-layer protocol
 * @port: outside port, ICMP identifier, or 0
 *
 * Context: softirq, RCU.
 * Return: the binding, or NULL if there is none with `filter endpoint`.
 */
struct dvr_binding *dvr_binding_outside(const struct dvr_nat *nat,
					const struct in6_addr *ip, u8 proto,
					__be16 port)
{
	struct dvr_binding_key key;

	binding_set_key(&key, nat, ip, proto, port);
	return rhashtable_lookup(&nat->dn->bindings_out, &key,
				 dvr_binding_out_params);
}

/**
 * dvr_binding_hold() - take a reference of a binding for a connection
 * @nat: instance
 * @binding: binding, found under the same RCU
 *
 * Context: softirq.
 * Return: false if the binding is deleted.
 */
bool dvr_binding_hold(struct dvr_nat *nat, struct dvr_binding *binding)
{
	bool ok;

	spin_lock_bh(&nat->lock);
	ok = binding->refs;
	if (ok)
		binding->refs++;
	spin_unlock_bh(&nat->lock);
	return ok;
}

/**
 * dvr_binding_put() - release the reference of a connection
 * @nat: instance
 * @binding: binding, or NULL; deleted, and its port freed, after the last
 *	reference
 *
 * Context: any but hard interrupts.
 */
void dvr_binding_put(struct dvr_nat *nat, struct dvr_binding *binding)
{
	if (!binding)
		return;
	spin_lock_bh(&nat->lock);
	if (!--binding->refs) {
		if (binding_is_endpoint(binding))
			rhashtable_remove_fast(&nat->dn->bindings_out,
					       &binding->out,
					       dvr_binding_out_params);
		rhashtable_remove_fast(&nat->dn->bindings_in, &binding->in,
				       dvr_binding_in_params);
		binding->rule->n_ports[dvr_natport_class(binding->inside.proto)]--;
		dvr_natport_give(binding->addr, binding->outside.proto,
				 binding->outside.port);
		call_rcu(&binding->rcu, binding_free);
	}
	spin_unlock_bh(&nat->lock);
}

/**
 * dvr_binding_register() - create the caches of bindings and ports
 *
 * Return: 0 or -ENOMEM.
 */
int __init dvr_binding_register(void)
{
	int err = dvr_natport_register();

	if (err)
		return err;
	cache = KMEM_CACHE(dvr_binding, 0);
	if (cache)
		return 0;
	dvr_natport_unregister();
	return -ENOMEM;
}

/**
 * dvr_binding_unregister() - destroy the caches of bindings and ports
 *
 * Context: process, after the last binding is deleted, and rcu_barrier().
 */
void dvr_binding_unregister(void)
{
	kmem_cache_destroy(cache);
	dvr_natport_unregister();
}
