// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "dvr".
 *
 * libmnl, not libnl-genl-3: the tool needs a socket and a walk over attributes.
 * libmnl has just these, in a tenth of libnl's size.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include <linux/dvr.h>

#include "genl.h"

#define GROUPS_MAX	32
#define DUMP_TRIES	8
#define RECV_SIZE	(64 * 1024)	/* the kernel fills 32 KiB at most */
#define ECHO_SIZE	(8 * 1024 * 1024)
#define ECHO_MAX	(1024 * 1024 * 1024)

static struct {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t seq;
	unsigned int ngroups;
	struct {
		char name[16];
		uint32_t id;
	} group[GROUPS_MAX];
} g;

/* The sentence for an error for which the kernel gave none. */
static const char *why(int code)
{
	return code == EPERM ? "Operation not permitted; CAP_NET_ADMIN is needed" :
			       strerror(code);
}

static int fail(const struct args *a, const char *what)
{
	complain(a, NULL, "%s: %s", what, strerror(errno));
	return FAILED;
}

const struct nlattr *genl_nest(const struct nlmsghdr *nlh, uint16_t attr)
{
	const struct nlattr *nla;

	if (nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return NULL;
	mnl_attr_for_each(nla, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(nla) == attr)
			return nla;
	return NULL;
}

/* Read @len bytes of attributes, @tlvs, that follow an answer. */
static void kerr_attrs(struct kerr *err, const void *tlvs, size_t len)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(tlvs, len) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(err->text, sizeof(err->text), "%s",
				 attr_str(attr));
			break;
		case NLMSGERR_ATTR_OFFS:
			err->off = attr_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			err->miss_type = attr_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_NEST:
			err->miss_nest = attr_u32(attr);
			break;
		}
	}
}

void kerr_parse(const struct nlmsghdr *nlh, struct kerr *err)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	size_t head = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(*e) : sizeof(int);

	memset(err, 0, sizeof(*err));
	if (len < head) {
		err->code = nlh->nlmsg_type == NLMSG_ERROR ? EBADMSG : 0;
		return;
	}
	err->code = -e->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR && !(nlh->nlmsg_flags & NLM_F_CAPPED))
		head += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (head < len)
		kerr_attrs(err, (const char *)e + head, len - head);
}

/*
 * A batch is one message, which may be larger than the default send buffer,
 * wmem_default. Root may set a larger one than wmem_max allows.
 */
static int send_request(const struct args *a, struct msg *m)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)m->buf;
	int fd = mnl_socket_get_fd(g.nl), size = m->len + 4096;

	if (m->len > MSG_MAX) {
		complain(a, NULL, "a netlink message of %zu bytes is too long",
			 m->len);
		return FAILED;
	}
	if (m->len > 65536 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	nlh->nlmsg_seq = ++g.seq;
	if (mnl_socket_sendto(g.nl, m->buf, m->len) >= 0)
		return OK;
	if (errno == EMSGSIZE)
		complain(a, NULL,
			 "a message of %zu bytes needs a larger net.core.wmem_max",
			 m->len);
	else
		fail(a, "cannot send to the kernel");
	return FAILED;
}

static bool wants_echo(const struct msg *m)
{
	return ((const struct nlmsghdr *)m->buf)->nlmsg_flags & NLM_F_ECHO;
}

/*
 * All events of a request arrive before it is sent. An event takes about as many
 * bytes as what made it, and the kernel's administration of a message.
 */
static void make_room(const struct msg *m)
{
	int fd = mnl_socket_get_fd(g.nl), size = ECHO_SIZE;

	if (m->len > ECHO_MAX / 16)
		size = ECHO_MAX;
	else if (m->len * 16 > ECHO_SIZE)
		size = m->len * 16;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static void keep(struct replies *re, const struct nlmsghdr *nlh)
{
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);

	re->buf = grow(re->buf, &re->cap, re->len + len, 1);
	memset(re->buf + re->len + nlh->nlmsg_len, 0, len - nlh->nlmsg_len);
	memcpy(re->buf + re->len, nlh, nlh->nlmsg_len);
	re->len += len;
}

const struct nlmsghdr *replies_next(const struct replies *re,
				    const struct nlmsghdr *nlh)
{
	const char *next = re->buf;

	if (nlh)
		next = (const char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len);
	return re->len && next < re->buf + re->len ? (const void *)next : NULL;
}

/* Take one received buffer. Return: true when the answer is complete. */
static bool take(const char *buf, int len, struct replies *re, struct kerr *err)
{
	const struct nlmsghdr *nlh = (const void *)buf;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != g.seq ||
		    nlh->nlmsg_pid != mnl_socket_get_portid(g.nl))
			continue;
		if (re && (nlh->nlmsg_flags & NLM_F_DUMP_INTR))
			re->interrupted = true;
		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			kerr_parse(nlh, err);
			return true;
		}
		if (re && nlh->nlmsg_type >= NLMSG_MIN_TYPE)
			keep(re, nlh);
	}
	return false;
}

/* A refused request has no events, so that its answer cannot be lost. */
static int fail_echo(const struct args *a)
{
	complain(a, NULL,
		 "the request is carried out, but what it changed did not fit into the receive buffer; run show");
	return FAILED;
}

static int talk(const struct args *a, struct msg *m, uint16_t type,
		struct replies *re, struct kerr *err)
{
	bool echo = wants_echo(m), lost = false;
	static char buf[RECV_SIZE];
	ssize_t len;

	memset(err, 0, sizeof(*err));
	if (re) {
		re->len = 0;
		re->interrupted = false;
	}
	((struct nlmsghdr *)m->buf)->nlmsg_type = type;
	if (echo)
		make_room(m);
	if (send_request(a, m))
		return FAILED;
	do {
		len = recv(mnl_socket_get_fd(g.nl), buf, sizeof(buf),
			   lost ? MSG_DONTWAIT : 0);
		if (len < 0 && errno == ENOBUFS && echo)
			lost = true;
		else if (len < 0 && lost)
			return fail_echo(a);
		else if (len < 0 && errno != EINTR)
			return fail(a, "cannot receive from the kernel");
	} while (len < 0 || !take(buf, len, re, err));
	if (lost && !err->code)
		return fail_echo(a);
	return err->code ? FAILED : OK;
}

int genl_talk(const struct args *a, struct msg *m, struct replies *re,
	      struct kerr *err)
{
	int ret = talk(a, m, g.family, re, err);

	if (!ret && err->text[0])	/* it is a remark, no error */
		complain(a, NULL, "warning: %s", err->text);
	return ret;
}

int genl_dump(const struct args *a, struct msg *m, struct replies *re,
	      struct kerr *err)
{
	const struct timespec wait = { .tv_nsec = 20 * 1000 * 1000 };
	unsigned int i;
	int ret;

	for (i = 0; i < DUMP_TRIES; i++) {
		if (i)
			nanosleep(&wait, NULL);
		ret = genl_talk(a, m, re, err);
		if (ret || !re->interrupted)
			return ret;
	}
	complain(a, NULL,
		 "the configuration keeps changing; the output may be incomplete");
	return FAILED;
}

static void take_group(const struct nlattr *nest)
{
	const struct nlattr *nla;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(nla, nest) {
		if (mnl_attr_get_type(nla) == CTRL_ATTR_MCAST_GRP_NAME)
			name = attr_str(nla);
		else if (mnl_attr_get_type(nla) == CTRL_ATTR_MCAST_GRP_ID)
			id = attr_u32(nla);
	}
	if (g.ngroups == GROUPS_MAX || strlen(name) >= sizeof(g.group[0].name))
		return;
	strcpy(g.group[g.ngroups].name, name);
	g.group[g.ngroups++].id = id;
}

static void take_family(const struct nlmsghdr *nlh)
{
	const struct nlattr *nla, *group;

	g.family = attr_u16(genl_nest(nlh, CTRL_ATTR_FAMILY_ID));
	nla = genl_nest(nlh, CTRL_ATTR_MCAST_GROUPS);
	if (!nla)
		return;
	mnl_attr_for_each_nested(group, nla)
		take_group(group);
}

static int resolve(const struct args *a)
{
	struct replies re = { 0 };
	struct msg m = { 0 };
	struct kerr err;
	int ret;

	msg_start(&m, NLM_F_ACK, CTRL_CMD_GETFAMILY);
	msg_put_str(&m, CTRL_ATTR_FAMILY_NAME, DVR_FAMILY_NAME);
	ret = talk(a, &m, GENL_ID_CTRL, &re, &err);
	if (!ret && re.len)
		take_family((const void *)re.buf);
	msg_free(&m);
	free(re.buf);
	if (ret && err.code && err.code != ENOENT)
		complain(a, NULL, "%s", strerror(err.code));
	else if ((ret && err.code) || (!ret && !g.family))
		complain(a, NULL,
			 "the dvr module is not loaded; run: modprobe dvr");
	return ret || !g.family ? FAILED : OK;
}

static int ask_info(const struct args *a, struct replies *re, struct kerr *err)
{
	struct msg m = { 0 };
	int ret;

	msg_start(&m, NLM_F_ACK, DVR_CMD_INFO_GET);
	ret = talk(a, &m, g.family, re, err);
	msg_free(&m);
	return ret;
}

int genl_info(const struct args *a, struct replies *re)
{
	struct kerr err;
	int ret = ask_info(a, re, &err);

	if (ret && err.code)
		complain(a, NULL, "%s", *err.text ? err.text : why(err.code));
	return ret;
}

/* What both know works, so the command goes on. */
static void compare_versions(const struct args *a)
{
	const char *other = "older and does not tell its version";
	struct replies re = { 0 };
	struct attrs at;
	struct kerr err;

	if (!ask_info(a, &re, &err) && re.len) {
		attrs_parse(&at, genl_nest((const void *)re.buf, DVR_A_INFO));
		other = attr_str(at.tb[DVR_A_INFO_VERSION]);
	}
	if ((!err.code && strcmp(other, version)) || err.code == EOPNOTSUPP)
		complain(a, NULL,
			 "warning: this is dvradm %s, and the module is %s; what one of both does not know is refused or not shown",
			 version, other);
	free(re.buf);
}

int genl_open(const struct args *a)
{
	int on = 1, ret;

	g.nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!g.nl)
		return fail(a, "cannot open a netlink socket");
	if (mnl_socket_bind(g.nl, 0, MNL_SOCKET_AUTOPID))
		return fail(a, "cannot bind the netlink socket");
	/* If these fail, only the sentences of errors are missing. */
	mnl_socket_setsockopt(g.nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(g.nl, NETLINK_CAP_ACK, &on, sizeof(on));
	g.seq = time(NULL);
	ret = resolve(a);
	if (!ret)
		compare_versions(a);
	return ret;
}

void genl_close(void)
{
	if (g.nl)
		mnl_socket_close(g.nl);
	memset(&g, 0, sizeof(g));
}

bool genl_is_ours(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type == g.family &&
	       nlh->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN;
}

int genl_join(const struct args *a, const char *group)
{
	unsigned int i;

	for (i = 0; i < g.ngroups; i++) {
		if (strcmp(g.group[i].name, group))
			continue;
		if (!mnl_socket_setsockopt(g.nl, NETLINK_ADD_MEMBERSHIP,
					   &g.group[i].id, sizeof(uint32_t)))
			return OK;
		complain(a, NULL, "cannot join a multicast group: %s", why(errno));
		return FAILED;
	}
	complain(a, NULL, "the dvr module has no multicast group %s", group);
	return FAILED;
}

/* The group of the controller has the number of the controller itself. */
int genl_join_control(const struct args *a)
{
	int id = GENL_ID_CTRL;

	if (!mnl_socket_setsockopt(g.nl, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		return OK;
	complain(a, NULL, "cannot join a multicast group: %s", why(errno));
	return FAILED;
}

bool genl_has_ended(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return nlh->nlmsg_type == GENL_ID_CTRL &&
	       nlh->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN &&
	       genl->cmd == CTRL_CMD_DELFAMILY &&
	       attr_u16(genl_nest(nlh, CTRL_ATTR_FAMILY_ID)) == g.family;
}

long genl_recv(void *buf, size_t size)
{
	return mnl_socket_recvfrom(g.nl, buf, size);
}

/* The keyword of a missing attribute, NULL if no field has it. */
static const char *missing_word(const struct object *obj, uint16_t type)
{
	const struct field *f;

	for (f = obj ? obj->fields : NULL; f && f->spec; f++)
		if (f->spec->attr == type)
			return field_name(f);
	return NULL;
}

/*
 * Linux 6.1 drops the sentence about a dump that cannot begin. Such a dump fails with
 * ENOENT for a name that no object has. Return: that name, if the request has one name
 * only, and the object that it is of.
 */
static const char *unknown_name(const struct msg *m, const struct object *obj,
				const struct object **of)
{
	const struct nlattr *nest;
	struct attrs at = { 0 };
	const struct field *f;
	const char *name = NULL;

	nest = obj ? genl_nest((const void *)m->buf, obj->attr) : NULL;
	if (!nest)
		return NULL;
	attrs_parse(&at, nest);
	for (f = obj->fields; f->spec; f++) {
		if (field_type(f) != FT_NAME || !at.tb[f->spec->attr])
			continue;
		if (name)
			return NULL;
		name = attr_str(at.tb[f->spec->attr]);
		*of = field_object(f) ?: obj;
	}
	return name;
}

void kerr_complain(const struct args *a, const struct msg *m,
		   const struct object *obj, const struct kerr *err)
{
	const char *word = err->off ? msg_word(m, err->off) : NULL;
	const char *text = err->text;
	const struct object *of;

	if (!err->code)		/* an error of this side, printed already */
		return;
	if (!word && !*text && err->code == ENOENT) {
		word = unknown_name(m, obj, &of);
		if (word) {
			complain(a, word, "there is no %s of this name", of->name);
			return;
		}
	}
	if (!word && err->miss_type) {
		word = missing_word(obj, err->miss_type);
		if (!*text)
			text = "is missing";
	}
	complain(a, word, "%s", *text ? text : why(err->code));
}
