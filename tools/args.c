// SPDX-License-Identifier: GPL-2.0-only
/* Words of a command: errors, abbreviations, numbers, names, addresses. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <linux/dvr.h>

#include "args.h"

static void put_printable(FILE *f, const char *s)
{
	for (; *s; s++)
		fputc((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s, f);
}

/* A string of JSON; bytes that are not printable ASCII are replaced. */
static void put_json(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s < ' ' || *s > '~' ? '?' : *s, f);
	}
	fputc('"', f);
}

/* An error, or a warning, as a JSON object on a line. */
static void complain_json(const struct args *a, const char *word,
			  const char *text)
{
	static const char mark[] = "warning: ";
	bool warning = !strncmp(text, mark, strlen(mark));

	fputs(warning ? "{\"warning\":" : "{\"error\":", a->err);
	put_json(a->err, warning ? text + strlen(mark) : text);
	if (word) {
		fputs(",\"word\":", a->err);
		put_json(a->err, word);
	}
	if (a->file) {
		fputs(",\"file\":", a->err);
		put_json(a->err, a->file);
	}
	if (a->file && a->line)
		fprintf(a->err, ",\"line\":%u", a->line);
	fputs("}\n", a->err);
}

static void vcomplain(const struct args *a, const char *word, const char *fmt,
		      va_list ap)
{
	char text[1024];

	if (!a->err)
		return;
	fflush(stdout);
	if (opts.json) {
		vsnprintf(text, sizeof(text), fmt, ap);
		complain_json(a, word, text);
		return;
	}
	if (a->file && a->line)
		fprintf(a->err, "%s:%u: ", a->file, a->line);
	else if (a->file)
		fprintf(a->err, "%s: ", a->file);
	else
		fputs("dvradm: ", a->err);
	if (word) {
		put_printable(a->err, *word ? word : "\"\"");
		fputs(": ", a->err);
	}
	vfprintf(a->err, fmt, ap);
	fputc('\n', a->err);
}

void complain(const struct args *a, const char *word, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(a, word, fmt, ap);
	va_end(ap);
}

int bad(const struct args *a, const char *word, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(a, word, fmt, ap);
	va_end(ap);
	return USAGE;
}

int bad_value(const struct args *a, const char *word, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(a, word, fmt, ap);
	va_end(ap);
	return INVALID;
}

const char *args_peek(const struct args *a)
{
	return a->pos < a->argc ? a->argv[a->pos] : NULL;
}

const char *args_next(struct args *a)
{
	return a->pos < a->argc ? a->argv[a->pos++] : NULL;
}

int args_value(struct args *a, const char *key, const char *what,
	       const char **word)
{
	*word = args_next(a);
	if (!*word)
		return bad(a, key, "needs %s", what);
	return OK;
}

int args_end(const struct args *a)
{
	const char *word = args_peek(a);

	return word ? bad(a, word, "is not expected here") : OK;
}

static const char *name_at(const void *table, size_t stride, int i)
{
	const char *const *name = (const void *)((const char *)table + i * stride);

	return *name;
}

int args_pick(const struct args *a, const char *what, const char *word,
	      const void *table, size_t stride)
{
	size_t len = strlen(word), used = 0;
	int i, found = -1, matches = 0;
	char list[256] = "";
	const char *name;

	for (i = 0; (name = name_at(table, stride, i)); i++)
		if (!strcmp(name, word))
			return i;
	for (i = 0; (name = name_at(table, stride, i)); i++) {
		if (len && strncmp(name, word, len))
			continue;
		if (len) {
			matches++;
			found = i;
		}
		if (used < sizeof(list))
			used += snprintf(list + used, sizeof(list) - used,
					 "%s%s", used ? ", " : "", name);
	}
	if (matches == 1 && !a->file)
		return found;
	/* A later version may have another word that begins like that. */
	if (matches == 1)
		bad(a, word, "a batch has no abbreviations; write %s",
		    name_at(table, stride, found));
	else if (matches)
		bad(a, word, "ambiguous %s: %s", what, list);
	else
		bad(a, word, "unknown %s", what);
	return -1;
}

int arg_u32(const struct args *a, const char *word, uint32_t min, uint32_t max,
	    uint32_t *v)
{
	unsigned long long n = 0;
	const char *c;

	for (c = word; *c >= '0' && *c <= '9' && n <= UINT32_MAX; c++)
		n = n * 10 + (*c - '0');
	if (c == word || (*c && (*c < '0' || *c > '9')))
		return bad_value(a, word, "not a number");
	if (n < min || n > max)
		return bad_value(a, word,
				 "out of range, %" PRIu32 " to %" PRIu32,
				 min, max);
	*v = n;
	return OK;
}

int arg_onoff(const struct args *a, const char *word, uint8_t *v)
{
	static const char *const names[] = { "off", "on", NULL };

	return arg_enum(a, word, names, v);
}

/* The index in @names of the @len characters at @word, or -1. */
static int name_index(const char *const *names, const char *word, size_t len)
{
	int i;

	for (i = 0; names[i]; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], word, len))
			return i;
	return -1;
}

void name_list(const char *const *names, const char *mark, char *list,
	       size_t size)
{
	size_t used = 0;
	int i;

	*list = '\0';
	for (i = 0; names[i] && used < size; i++)
		used += snprintf(list + used, size - used, "%s%s",
				 i ? mark : "", names[i]);
}

int arg_enum(const struct args *a, const char *word, const char *const *names,
	     uint8_t *v)
{
	int i = name_index(names, word, strlen(word));
	char list[256];

	if (i < 0) {
		name_list(names, "|", list, sizeof(list));
		return bad_value(a, word, "must be %s", list);
	}
	*v = i;
	return OK;
}

/* One flag of a list: @len characters at @c. */
static int one_flag(const struct args *a, const char *word, const char *c,
		    size_t len, const char *const *names, bool ports,
		    struct flag *flag)
{
	size_t name = ports ? strcspn(c, ":,") : len;
	char list[256], number[8];
	int i = name_index(names, c, name);

	flag->port = 0;
	if (i < 0) {
		name_list(names, ",", list, sizeof(list));
		return bad_value(a, word, "must be none, or some of %s%s", list,
				 ports ? ", each as NAME or NAME:PORT" :
				 "");
	}
	flag->bit = BIT(i);
	if (name == len)
		return OK;
	snprintf(number, sizeof(number), "%.*s", (int)(len - name - 1),
		 c + name + 1);
	return arg_u32(a, number, 1, UINT16_MAX, &flag->port);
}

int arg_flags(const struct args *a, const char *word,
	      const char *const *names, bool ports,
	      struct flag list[FLAGS_MAX], unsigned int *n)
{
	const char *c = word;
	unsigned int i;
	size_t len;
	int ret;

	*n = 0;
	if (!strcmp(word, "none"))
		return OK;
	for (;; c += len + 1) {
		len = strcspn(c, ",");
		if (*n == FLAGS_MAX)
			return bad_value(a, word, "is too long a list");
		ret = one_flag(a, word, c, len, names, ports, &list[*n]);
		if (ret)
			return ret;
		for (i = 0; i < *n; i++)
			if (list[i].bit == list[*n].bit &&
			    list[i].port == list[*n].port)
				return bad_value(a, word, "%.*s is given twice",
						 (int)len, c);
		++*n;
		if (!c[len])
			return OK;
	}
}

int arg_name(const struct args *a, const char *word)
{
	size_t len = strlen(word);
	const char *c;

	if (!len || len > DVR_NAME_MAX)
		return bad_value(a, word, "a name has 1 to %d characters",
				 DVR_NAME_MAX);
	for (c = word; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '/')
			return bad_value(a, word,
					 "a name has printable characters, but no blank and no '/'");
	return OK;
}

/* The kernel's dev_valid_name() accepts this, and control characters too. */
int arg_ifname(const struct args *a, const char *word)
{
	size_t len = strlen(word);
	const char *c;

	if (!len || len > DVR_IFNAME_MAX)
		return bad_value(a, word, "a device name has 1 to %d characters",
				 DVR_IFNAME_MAX);
	if (!strcmp(word, ".") || !strcmp(word, ".."))
		return bad_value(a, word, "not a device name");
	for (c = word; *c; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c) ||
		    *c == '/' || *c == ':')
			return bad_value(a, word, "not a device name");
	return OK;
}

/* The kernel looks at the labels of the name. */
int arg_domain(const struct args *a, const char *word)
{
	size_t len = strlen(word);
	const char *c;

	if (!len || len > DVR_DOMAIN_MAX)
		return bad_value(a, word, "a domain has 1 to %d characters",
				 DVR_DOMAIN_MAX);
	for (c = word; *c; c++)
		if (*c <= ' ' || *c > '~')
			return bad_value(a, word,
					 "a domain has printable characters, but no blank");
	return OK;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int arg_mac(const struct args *a, const char *word, uint8_t mac[6])
{
	static const uint8_t zero[6];
	const char *c = word;
	int i, high, low;

	for (i = 0; i < 6; i++, c += 3) {
		high = hex(c[0]);
		low = high < 0 ? -1 : hex(c[1]);
		if (low < 0 || c[2] != (i < 5 ? ':' : '\0'))
			return bad_value(a, word,
					 "not a MAC address (02:00:00:00:00:01)");
		mac[i] = high << 4 | low;
	}
	if (mac[0] & 1)
		return bad_value(a, word, "must not be a multicast MAC address");
	if (!memcmp(mac, zero, sizeof(zero)))
		return bad_value(a, word, "must not be the zero MAC address");
	return OK;
}

bool addr_parse(const char *word, struct addr *ip)
{
	memset(ip, 0, sizeof(*ip));
	ip->len = strchr(word, ':') ? 16 : 4;
	return inet_pton(ip->len == 16 ? AF_INET6 : AF_INET, word, ip->b) == 1;
}

int arg_ip(const struct args *a, const char *word, struct addr *ip)
{
	return addr_parse(word, ip) ? OK : bad_value(a, word, "not an IP address");
}

int arg_prefix(const struct args *a, const char *word, bool bare,
	       struct prefix *p)
{
	const char *slash = strchr(word, '/');
	char ip[INET6_ADDRSTRLEN];
	unsigned int n = 0;
	const char *c;
	size_t len;

	len = slash ? (size_t)(slash - word) : strlen(word);
	if (len >= sizeof(ip))
		return bad_value(a, word, "not a prefix");
	memcpy(ip, word, len);
	ip[len] = '\0';
	if (!addr_parse(ip, &p->addr))
		return bad_value(a, word, "not a prefix");
	p->len = p->addr.len * 8;
	if (!slash)
		return bare ? OK :
		       bad_value(a, word, "needs a prefix length, as in %s/%u",
				 word, p->addr.len == 4 ? 24 : 64);
	for (c = slash + 1; *c >= '0' && *c <= '9' && c < slash + 4; c++)
		n = n * 10 + (*c - '0');
	if (c == slash + 1 || *c)
		return bad_value(a, word, "not a prefix length: %s", slash + 1);
	if (n > p->len)
		return bad_value(a, word, "the prefix length is at most %u", p->len);
	p->len = n;
	return OK;
}

/* Clear the host bits. Return: true if one was set. */
static bool mask(struct prefix *p)
{
	struct addr was = p->addr;
	unsigned int i, keep;

	for (i = 0; i < p->addr.len; i++) {
		keep = p->len > i * 8 ? p->len - i * 8 : 0;
		if (keep < 8)
			p->addr.b[i] &= 0xff00 >> keep;
	}
	return memcmp(&was, &p->addr, sizeof(was));
}

int arg_net(const struct args *a, const char *word, struct prefix *p)
{
	char buf[PREFIX_STRLEN];
	int ret;

	ret = arg_prefix(a, word, true, p);
	if (ret)
		return ret;
	if (mask(p))
		return bad_value(a, word, "has host bits; did you mean %s?",
				 prefix_str(p, buf));
	return OK;
}

int arg_dst(const struct args *a, const char *word, struct prefix *p)
{
	if (strcmp(word, "default"))
		return arg_net(a, word, p);
	memset(p, 0, sizeof(*p));
	p->addr.len = opts.family == AF_INET6 ? 16 : 4;
	return OK;
}

const char *addr_str(const struct addr *ip, char buf[PREFIX_STRLEN])
{
	if (ip->len != 4 && ip->len != 16)
		return strcpy(buf, "?");
	inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->b, buf, PREFIX_STRLEN);
	return buf;
}

const char *prefix_str(const struct prefix *p, char buf[PREFIX_STRLEN])
{
	size_t len = strlen(addr_str(&p->addr, buf));

	snprintf(buf + len, PREFIX_STRLEN - len, "/%u", p->len);
	return buf;
}

const char *mac_str(const uint8_t *mac, char buf[PREFIX_STRLEN])
{
	snprintf(buf, PREFIX_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x",
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}
