// SPDX-License-Identifier: GPL-2.0-only
/* A netlink message that grows, and which word made which attribute. */
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <linux/dvr.h>

#include "msg.h"

struct opts opts;

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p) {
		fputs("dvradm: out of memory\n", stderr);
		exit(FAILED);
	}
	return p;
}

void *grow_more(void *p, size_t *cap, size_t need, size_t size)
{
	size_t n = *cap;

	if (!n)
		n = 64;
	while (n < need)
		n *= 2;
	*cap = n;
	return xrealloc(p, n * size);
}

/* Append @len bytes, at least 4. Bytes that are added for alignment are 0. */
static void *reserve(struct msg *m, size_t len)
{
	size_t need = m->len + NLA_ALIGN(len);
	char *p;

	m->buf = grow(m->buf, &m->cap, need, 1);
	p = m->buf + m->len;
	memset(m->buf + need - NLA_ALIGNTO, 0, NLA_ALIGNTO);
	m->len = need;
	((struct nlmsghdr *)m->buf)->nlmsg_len = need;
	return p;
}

static void note(struct msg *m, const char *word)
{
	m->map = grow(m->map, &m->mapcap, m->nmap + 1, sizeof(*m->map));
	m->map[m->nmap].off = m->len;
	m->map[m->nmap++].word = word;
}

void msg_start(struct msg *m, uint16_t flags, uint8_t cmd)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	m->len = 0;
	m->nmap = 0;
	m->buf = grow(m->buf, &m->cap, NLMSG_HDRLEN + GENL_HDRLEN, 1);
	nlh = reserve(m, NLMSG_HDRLEN);
	memset(nlh, 0, NLMSG_HDRLEN);
	nlh->nlmsg_len = m->len;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl = reserve(m, GENL_HDRLEN);
	memset(genl, 0, GENL_HDRLEN);
	genl->cmd = cmd;
	genl->version = DVR_FAMILY_VERSION;
}

void msg_free(struct msg *m)
{
	free(m->buf);
	free(m->map);
	memset(m, 0, sizeof(*m));
}

void msg_put(struct msg *m, uint16_t type, const void *data, size_t len,
	     const char *word)
{
	struct nlattr *nla;

	note(m, word);
	nla = reserve(m, NLA_HDRLEN + len);
	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)nla + NLA_HDRLEN, data, len);
}

void msg_put_u32(struct msg *m, uint16_t type, uint32_t v, const char *word)
{
	msg_put(m, type, &v, sizeof(v), word);
}

void msg_put_str(struct msg *m, uint16_t type, const char *word)
{
	msg_put(m, type, word, strlen(word) + 1, word);
}

void msg_put_prefix(struct msg *m, uint16_t type, const struct prefix *p,
		    const char *word)
{
	size_t nest = msg_nest(m, type, word);

	msg_put(m, DVR_A_PREFIX_ADDR, p->addr.b, p->addr.len, word);
	msg_put_u32(m, DVR_A_PREFIX_LEN, p->len, word);
	msg_end(m, nest);
}

size_t msg_nest(struct msg *m, uint16_t type, const char *word)
{
	size_t off = m->len;

	msg_put(m, type | NLA_F_NESTED, NULL, 0, word);
	return off;
}

/*
 * The length of a nest has 16 bits. The largest nest, an iface of DVR_ADDRS_MAX
 * addresses with router advertisements, is below 4 KiB.
 */
void msg_end(struct msg *m, size_t nest)
{
	((struct nlattr *)(m->buf + nest))->nla_len = m->len - nest;
}

void msg_trim(struct msg *m, size_t len)
{
	m->len = len;
	((struct nlmsghdr *)m->buf)->nlmsg_len = len;
}

void msg_forget(struct msg *m)
{
	m->nmap = 0;
}

const char *msg_word(const struct msg *m, uint32_t off)
{
	size_t i;

	for (i = 0; i < m->nmap; i++)
		if (m->map[i].off == off)
			return m->map[i].word;
	return NULL;
}
