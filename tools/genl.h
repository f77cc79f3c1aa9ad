/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family "dvr". */
#ifndef DVRADM_GENL_H
#define DVRADM_GENL_H

#include <linux/netlink.h>

#include "msg.h"
#include "object.h"

/**
 * struct kerr - what the kernel answered
 * @code: errno, 0 if it agreed
 * @text: its sentence, "" if it had none
 * @off: offset in the request of the attribute it objects to, or 0
 * @miss_type: attribute it misses, or 0
 * @miss_nest: offset in the request of the nest it misses it in, or 0
 */
struct kerr {
	int code;
	char text[256];
	uint32_t off;
	uint16_t miss_type;
	uint32_t miss_nest;
};

/**
 * struct replies - messages received
 * @buf: the messages, one after another, as netlink aligns them
 * @len: bytes in use
 * @cap: bytes allocated
 * @interrupted: the kernel says the dump may be inconsistent
 */
struct replies {
	char *buf;
	size_t len;
	size_t cap;
	bool interrupted;
};

/* Open the socket and find the family; prints the error. */
int genl_open(const struct args *a);
void genl_close(void);
/*
 * Send @m and receive until the kernel agrees or refuses. Returns OK, or
 * FAILED: with @err->code 0 after an error of this side was printed, else the
 * kernel's answer is in @err and nothing is printed. @re may be NULL.
 */
int genl_talk(const struct args *a, struct msg *m, struct replies *re,
	      struct kerr *err);
/* A dump: repeated while it is interrupted, FAILED if it stays so. */
int genl_dump(const struct args *a, struct msg *m, struct replies *re,
	      struct kerr *err);
/* Join a multicast group of the family. */
int genl_join(const struct args *a, const char *group);
/* Events that arrived, of groups joined, while requests were answered. */
unsigned int genl_events(void);
/* Receive once, for the monitor: bytes, or -1 with errno. */
long genl_recv(void *buf, size_t size);
/* A message of the family, with its header. */
bool genl_is_ours(const struct nlmsghdr *nlh);

/* The message received after @nlh, the first after NULL; NULL at the end. */
const struct nlmsghdr *replies_next(const struct replies *re,
				    const struct nlmsghdr *nlh);

/* The object's nest in a message, NULL if it has none. */
const struct nlattr *genl_nest(const struct nlmsghdr *nlh, uint16_t attr);

/* The kernel's answer to one object's request, in words of the line. */
void kerr_complain(const struct args *a, const struct msg *m,
		   const struct object *obj, const struct kerr *err);
/* Parse the extended acknowledgment in @nlh. */
void kerr_parse(const struct nlmsghdr *nlh, struct kerr *err);

#endif
