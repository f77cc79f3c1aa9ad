/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family "dvr". */
#ifndef DVRADM_GENL_H
#define DVRADM_GENL_H

#include <linux/netlink.h>

#include "msg.h"
#include "object.h"

/**
 * struct kerr - what the kernel answered
 * @code: errno, 0 if the request was accepted
 * @text: the kernel's sentence, or ""
 * @off: offset in the request of the attribute that was refused, or 0
 * @miss_type: attribute that is missing, or 0
 * @miss_nest: offset in the request of the nest that lacks @miss_type, or 0
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
 * @interrupted: the kernel reports that the dump may be inconsistent
 */
struct replies {
	char *buf;
	size_t len;
	size_t cap;
	bool interrupted;
};

/*
 * Open the socket and find the family; prints the error, and a warning if the
 * module is of another version.
 */
int genl_open(const struct args *a);
void genl_close(void);
/* Flags of a request for changes. */
static inline uint16_t change_flags(void)
{
	return NLM_F_ACK | (opts.echo ? NLM_F_ECHO : 0);
}

/*
 * Send @m and receive until the kernel accepts or refuses. @re may be NULL.
 * Return: OK or FAILED. If FAILED and @err->code is 0, the error was on this
 * side and is printed; else @err has the kernel's answer, which is not printed.
 */
int genl_talk(const struct args *a, struct msg *m, struct replies *re,
	      struct kerr *err);
/* Dump. An interrupted dump is repeated; FAILED if each try is interrupted. */
int genl_dump(const struct args *a, struct msg *m, struct replies *re,
	      struct kerr *err);
/* Get the answer of info-get; prints errors. */
int genl_info(const struct args *a, struct replies *re);
/* Join a multicast group of the family. */
int genl_join(const struct args *a, const char *group);
/* Hear of the end of the family, too. */
int genl_join_control(const struct args *a);
/* Does the message tell that the family has ended? */
bool genl_has_ended(const struct nlmsghdr *nlh);
/* Receive once, for the monitor. Return: bytes, or -1 with errno. */
long genl_recv(void *buf, size_t size);
/* Is it a message of the family, with its header? */
bool genl_is_ours(const struct nlmsghdr *nlh);

/* The message after @nlh, or the first if @nlh is NULL; NULL at the end. */
const struct nlmsghdr *replies_next(const struct replies *re,
				    const struct nlmsghdr *nlh);

/* The nest of the object in a message, or NULL. */
const struct nlattr *genl_nest(const struct nlmsghdr *nlh, uint16_t attr);

/* Print the kernel's answer to a request, with the word that it refused. */
void kerr_complain(const struct args *a, const struct msg *m,
		   const struct object *obj, const struct kerr *err);
/* Parse the extended acknowledgment in @nlh. */
void kerr_parse(const struct nlmsghdr *nlh, struct kerr *err);

#endif
