/* SPDX-License-Identifier: GPL-2.0-only */
/* A netlink message that grows, and the word that each attribute is made of. */
#ifndef DVRADM_MSG_H
#define DVRADM_MSG_H

#include <stdint.h>

#include "args.h"

/**
 * struct msg - a request being built
 * @buf: the message, beginning with its nlmsghdr
 * @len: bytes in use
 * @cap: bytes allocated
 * @map: offset of each attribute since msg_forget(), and its word or NULL
 * @nmap: entries in use
 * @mapcap: entries allocated
 *
 * A place in the message is an offset, not a pointer, because the message moves
 * when it grows: a batch of a million routes has tens of megabytes.
 */
struct msg {
	char *buf;
	size_t len;
	size_t cap;
	struct msg_map {
		uint32_t off;
		const char *word;
	} *map;
	size_t nmap;
	size_t mapcap;
};

/* The kernel doubles the size of a send buffer, which is an int. */
#define MSG_MAX		(512U * 1024 * 1024)

void msg_start(struct msg *m, uint16_t flags, uint8_t cmd);
void msg_free(struct msg *m);
void msg_put(struct msg *m, uint16_t type, const void *data, size_t len,
	     const char *word);
void msg_put_u32(struct msg *m, uint16_t type, uint32_t v, const char *word);
void msg_put_str(struct msg *m, uint16_t type, const char *word);
void msg_put_prefix(struct msg *m, uint16_t type, const struct prefix *p,
		    const char *word);
/* Open a nest; its offset goes to msg_end(). */
size_t msg_nest(struct msg *m, uint16_t type, const char *word);
void msg_end(struct msg *m, size_t nest);
/* Drop what follows @len. */
void msg_trim(struct msg *m, size_t len);
/* Forget the words: the next op of a batch begins. */
void msg_forget(struct msg *m);
/* The word that the attribute at @off is made of, or NULL. */
const char *msg_word(const struct msg *m, uint32_t off);

#endif
