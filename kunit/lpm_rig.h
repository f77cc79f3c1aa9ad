/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table for longest prefix match under test, and a list of the expected
 * prefixes, which is searched from end to end.
 */
#ifndef DVR_KUNIT_LPM_RIG_H
#define DVR_KUNIT_LPM_RIG_H

#include <linux/prandom.h>

#include "lib/lpm_node.h"
#include "suites.h"

/* An address, aligned to the left: IPv4 is in the upper half of @high. */
struct addr {
	u64 high;
	u64 low;
};

/* A prefix; with value 0, the table does not have the prefix. */
struct pfx {
	struct addr addr;
	u8 plen;
	u32 value;
};

/* The table under test, and the expected prefixes. */
struct rig {
	struct kunit *test;
	struct dvr_lpm lpm;
	struct rnd_state rnd;
	unsigned int n;
	struct pfx *pfx;
	long nodes;
	long bytes;
};

/* A kind of table; @fill adds up to @n prefixes. */
struct table {
	const char *name;
	u8 bits;
	unsigned int n;
	void (*fill)(struct rig *rig, unsigned int n);
};

#define RIG_TABLES	12
#define RIG_FAMILIES	2

extern const struct table rig_tables[RIG_TABLES];
extern const struct table rig_families[RIG_FAMILIES];

static inline void rig_describe(const struct table *table, char *desc)
{
	strscpy(desc, table->name, KUNIT_PARAM_DESC_SIZE);
}

/* The values of a table are pointers, and even. */
static inline void *to_value(u32 value)
{
	return (void *)((unsigned long)value * 2);
}

static inline u64 rnd64(struct rig *rig)
{
	return (u64)prandom_u32_state(&rig->rnd) << 32 |
	       prandom_u32_state(&rig->rnd);
}

static inline u32 below(struct rig *rig, u32 limit)
{
	return prandom_u32_state(&rig->rnd) % limit;
}

static inline struct addr mask_of(unsigned int plen)
{
	return (struct addr) {
		.high = plen ? ~0ULL << (64 - min(plen, 64U)) : 0,
		.low = plen > 64 ? ~0ULL << (128 - plen) : 0,
	};
}

static inline struct addr masked(struct addr addr, unsigned int plen)
{
	struct addr mask = mask_of(plen);

	return (struct addr) { addr.high & mask.high, addr.low & mask.low };
}

static inline struct addr last_of(const struct pfx *pfx)
{
	struct addr mask = mask_of(pfx->plen);

	return (struct addr) {
		pfx->addr.high | ~mask.high, pfx->addr.low | ~mask.low
	};
}

static inline bool same(struct addr a, struct addr b)
{
	return a.high == b.high && a.low == b.low;
}

/* Address in network order, as arguments of the table. */
struct wire {
	__be64 word[2];
};

static inline struct wire to_wire(struct addr addr)
{
	return (struct wire) {
		{ cpu_to_be64(addr.high), cpu_to_be64(addr.low) }
	};
}

static inline struct addr from_wire(const struct wire *wire)
{
	return (struct addr) {
		be64_to_cpu(wire->word[0]), be64_to_cpu(wire->word[1])
	};
}

int pfx_compare(const void *a, const void *b);
struct addr rig_step(const struct rig *rig, struct addr addr, int by);
void *rig_lookup(const struct dvr_lpm *lpm, struct addr addr);
void *rig_get(const struct dvr_lpm *lpm, struct addr addr, u8 plen);
int rig_set(struct dvr_lpm_txn *txn, const struct pfx *pfx, u32 value);
int rig_del(struct dvr_lpm_txn *txn, const struct pfx *pfx);
void rig_probe(struct rig *rig, struct addr addr);
void rig_probe_bounds(struct rig *rig, const struct pfx *pfx);
struct addr rig_addr(struct rig *rig);
void rig_init(struct rig *rig, struct kunit *test, u8 bits,
	      unsigned int room);
void rig_exit(struct rig *rig);
void rig_expect_no_nodes(struct rig *rig);
bool rig_add(struct rig *rig, struct addr addr, u8 plen);
void rig_set_all(struct rig *rig, u32 base);
void rig_expect_walk(struct rig *rig);
void rig_steps(struct rig *rig, struct dvr_lpm_txn *txn, unsigned int n,
	       bool grow);
unsigned int rig_count(const struct rig *rig);

#endif /* DVR_KUNIT_LPM_RIG_H */
