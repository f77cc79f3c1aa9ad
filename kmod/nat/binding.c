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
#include "nat/heir.h"
#include "nat/instance.h"
#include "nat/nataddr.h"
#include "nat/natport.h"
#include "nat/natmatch.h"
#include "nat/natrule.h"
#include "nat/pair.h"
#include "nat/rest.h"

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

static const void *binding_scope(const struct dvr_natrule *rule)
{
	return (const void *)rule->lineage;
}

static void binding_set_key(struct dvr_binding_key *key, const void *scope,
			    const struct in6_addr *ip, u8 proto, __be16 port)
{
	key->scope = scope;
	key->ip = *ip;
	key->port = port;
	key->proto = proto;
	key->zero = 0;
}

static void binding_leave_in(struct dvr_nat *nat, struct dvr_binding *b)
{
	if (b->is_in)
		rhashtable_remove_fast(&nat->dn->bindings_in, &b->in,
				       dvr_binding_in_params);
	b->is_in = false;
}

static void binding_leave_out(struct dvr_nat *nat, struct dvr_binding *b)
{
	if (b->is_out)
		rhashtable_remove_fast(&nat->dn->bindings_out, &b->out,
				       dvr_binding_out_params);
	b->is_out = false;
}

/*
 * Let connections from outside use a binding, or not, as @rule has it. False if
 * there is no memory.
 */
static bool binding_open(struct dvr_nat *nat, struct dvr_binding *b,
			 const struct dvr_natrule *rule)
{
	bool open = rule->cfg.filter == DVR_NAT_BEHAVIOUR_ENDPOINT;

	if (!open)
		binding_leave_out(nat, b);
	else if (!b->is_out)
		b->is_out = !rhashtable_insert_fast(&nat->dn->bindings_out,
						    &b->out,
						    dvr_binding_out_params);
	return b->is_out == open;
}

static void binding_count(const struct dvr_binding *b, int n)
{
	b->rule->n_ports[dvr_natport_class(b->inside.proto)] += n;
}

static void binding_free(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct dvr_binding, rcu));
}

/**
 * dvr_binding_forget() - delete a binding whose port rests
 * @nat: instance, locked
 * @binding: binding
 */
void dvr_binding_forget(struct dvr_nat *nat, struct dvr_binding *binding)
{
	dvr_rest_end(nat, binding);
	binding_leave_in(nat, binding);
	dvr_natport_give(binding->addr, binding->outside.proto,
			 binding->outside.port);
	call_rcu(&binding->rcu, binding_free);
}

/* Take a free port, or, if none is left, one that rests. */
static enum dvr_drop binding_take_port(struct dvr_nat *nat,
				       const struct dvr_natrule *rule,
				       struct dvr_nataddr *addr,
				       const struct dvr_binding_key *inside,
				       __be16 *port)
{
	struct dvr_binding *b;
	enum dvr_drop reason;

	reason = dvr_natport_take(addr, rule, inside->proto, inside->port,
				  port);
	if (likely(reason != DVR_DROP_NAT_NO_PORT))
		return reason;
	b = dvr_rest_pick(nat, addr, rule, inside->proto, &inside->ip,
			  inside->port);
	if (!b)
		return reason;
	*port = b->outside.port;
	dvr_binding_forget(nat, b);
	return dvr_natport_take_at(addr, inside->proto, *port);
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
	struct dvr_nataddr *addr;
	enum dvr_drop reason = DVR_DROP_NOMEM;
	struct dvr_binding *b;
	__be16 port = want ? *want : 0;

	addr = want ? dvr_natrule_pool_addr(rule, &inside->ip) :
		      dvr_pair_addr(nat, rule, inside);

	b = dvr_charged_alloc(nat->charge, cache, 0);
	if (!b)
		return reason;
	if (want)
		reason = dvr_natport_take_at(addr, inside->proto, port);
	else
		reason = binding_take_port(nat, rule, addr, inside, &port);
	if (reason)
		goto no_port;
	b->inside = *inside;
	binding_set_key(&b->outside, nat, &addr->key.ip, inside->proto, port);
	b->rule = rule;
	b->addr = addr;
	b->refs = 1;
	b->is_out = false;
	b->pair = NULL;
	reason = DVR_DROP_NOMEM;
	if (rhashtable_insert_fast(&nat->dn->bindings_in, &b->in,
				   dvr_binding_in_params))
		goto no_in;
	b->is_in = true;
	if (!binding_open(nat, b, rule))
		goto no_out;
	binding_count(b, 1);
	dvr_pair_hold(nat, b);
	*result = b;
	return DVR_OK;

no_out:
	binding_leave_in(nat, b);
no_in:
	dvr_natport_give(addr, inside->proto, port);
no_port:
	/* A look-up may have found the binding. */
	call_rcu(&b->rcu, binding_free);
	return reason;
}

/**
 * dvr_binding_pass() - give a binding to the rule that replaced its rule
 * @nat: instance, locked
 * @binding: binding, or NULL; stays as it is if it belongs to a rule that @rule
 *	has not replaced
 * @rule: live rule
 *
 * Return: false if @rule does not allow the mapping, or if there is no memory.
 */
bool dvr_binding_pass(struct dvr_nat *nat, struct dvr_binding *binding,
		      struct dvr_natrule *rule)
{
	lockdep_assert_held(&nat->lock);
	if (!binding || binding->rule == rule ||
	    binding->inside.scope != binding_scope(rule))
		return true;
	if (!dvr_heir_allows_binding(rule, binding) ||
	    !binding_open(nat, binding, rule))
		return false;
	binding_count(binding, -1);
	WRITE_ONCE(binding->rule, rule);
	binding_count(binding, 1);
	dvr_pair_put(nat, binding);
	dvr_pair_hold(nat, binding);
	return true;
}

/*
 * A binding of another rule with the same traffic: @rule takes it over, or has
 * nothing to do with it if the mapping is no longer allowed. A binding of a
 * younger rule stays: a packet found @rule before it was replaced. Context:
 * &dvr_nat.lock held.
 */
static enum dvr_drop binding_inherit(struct dvr_nat *nat,
				     struct dvr_natrule *rule,
				     struct dvr_binding **result)
{
	struct dvr_binding *b = *result;

	if (dvr_heir(b->rule) != rule)
		return DVR_DROP_NAT_GONE;
	if (dvr_heir_allows_binding(rule, b))
		return dvr_binding_pass(nat, b, rule) ? DVR_OK :
							DVR_DROP_NOMEM;
	binding_leave_in(nat, b);
	*result = NULL;
	return DVR_OK;
}

/*
 * The inside endpoint of a binding that rests has a connection again: it has its
 * port back, if @rule would give the address and may give the port.
 */
static enum dvr_drop binding_revive(struct dvr_nat *nat,
				    struct dvr_natrule *rule,
				    const __be16 *want,
				    struct dvr_binding **result)
{
	struct dvr_binding *b = *result;

	if ((want && b->outside.port != *want) ||
	    b->addr != dvr_pair_addr(nat, rule, &b->inside) ||
	    !dvr_heir_allows_binding(rule, b)) {
		binding_leave_in(nat, b);
		*result = NULL;
		return DVR_OK;
	}
	if (!binding_open(nat, b, rule))
		return DVR_DROP_NOMEM;
	dvr_rest_end(nat, b);
	WRITE_ONCE(b->rule, rule);
	binding_count(b, 1);
	dvr_pair_hold(nat, b);
	return DVR_OK;
}

/* Context: softirq, &dvr_nat.lock held. */
static enum dvr_drop binding_find(struct dvr_nat *nat, struct dvr_natrule *rule,
				  const struct dvr_binding_key *key,
				  const __be16 *want,
				  struct dvr_binding **result)
{
	enum dvr_drop reason = DVR_OK;
	struct dvr_binding *b;

	b = rhashtable_lookup(&nat->dn->bindings_in, key,
			      dvr_binding_in_params);
	if (b && !b->refs)
		reason = binding_revive(nat, rule, want, &b);
	else if (b && unlikely(b->rule != rule))
		reason = binding_inherit(nat, rule, &b);
	if (reason)
		return reason;
	if (!b)
		return binding_make(nat, rule, key, want, result);
	if (want && b->outside.port != *want)
		return DVR_DROP_NAT_GONE;
	b->refs++;
	*result = b;
	return DVR_OK;
}

static enum dvr_drop binding_get(struct dvr_nat *nat, struct dvr_natrule *rule,
				 const struct dvr_binding_key *key,
				 const __be16 *want,
				 struct dvr_binding **result)
{
	enum dvr_drop reason;

	spin_lock(&nat->lock);
	reason = binding_find(nat, rule, key, want, result);
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

	binding_set_key(&key, binding_scope(rule), ip, proto, port);
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

	binding_set_key(&key, binding_scope(rule), ip, proto, port);
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
 * dvr_binding_rule() - get the rule of a binding that any remote host may use
 * @nat: instance
 * @binding: binding, found under the same RCU
 *
 * Context: softirq.
 * Return: the live rule, or NULL if the rule was deleted, or replaced by one that
 *	does not let the remote host in.
 */
struct dvr_natrule *dvr_binding_rule(struct dvr_nat *nat,
				     struct dvr_binding *binding)
{
	struct dvr_natrule *rule = READ_ONCE(binding->rule);
	bool ok;

	if (likely(dvr_obj_live(&rule->obj)))
		return rule;
	rule = dvr_heir(rule);
	if (!rule || rule->cfg.filter != DVR_NAT_BEHAVIOUR_ENDPOINT)
		return NULL;
	spin_lock_bh(&nat->lock);
	ok = binding->rule == rule ||
	     (binding->refs && dvr_heir(binding->rule) == rule &&
	      dvr_binding_pass(nat, binding, rule));
	spin_unlock_bh(&nat->lock);
	return ok ? rule : NULL;
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
	bool rests = false;

	if (!binding)
		return;
	spin_lock_bh(&nat->lock);
	if (!--binding->refs) {
		rests = dvr_rest_begin(nat, binding);
		binding_leave_out(nat, binding);
		binding_count(binding, -1);
		dvr_pair_put(nat, binding);
	}
	if (!binding->refs && !rests) {
		binding_leave_in(nat, binding);
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
