// SPDX-License-Identifier: GPL-2.0-only
/* Addresses and ports as one word, and protocols. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "range.h"

/*
 * Not from /etc/protocols: that file may be missing, and a batch that is printed
 * on one host may be read on another.
 */
const char *const proto_names[] = {
	"tcp", "udp", "icmp", "icmpv6", "sctp", "gre", "esp", NULL
};

static const uint8_t proto_numbers[] = {
	IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_SCTP,
	IPPROTO_GRE, IPPROTO_ESP,
};

int arg_proto(const struct args *a, const char *word, uint8_t *v)
{
	char list[128];
	uint32_t n;
	size_t i;
	int ret;

	for (i = 0; proto_names[i]; i++) {
		if (strcmp(proto_names[i], word))
			continue;
		*v = proto_numbers[i];
		return OK;
	}
	if (*word < '0' || *word > '9') {
		name_list(proto_names, ", ", list, sizeof(list));
		return bad_value(a, word, "must be %s or a number", list);
	}
	ret = arg_u32(a, word, 1, 255, &n);
	if (!ret)
		*v = n;
	return ret;
}

const char *proto_str(uint8_t v, char buf[PROTO_STRLEN])
{
	size_t i;

	for (i = 0; proto_names[i]; i++)
		if (proto_numbers[i] == v)
			return proto_names[i];
	snprintf(buf, PROTO_STRLEN, "%u", v);
	return buf;
}

/* "ADDR" or "ADDR-ADDR", @len characters of it. */
static bool parse_addrs(const char *s, size_t len, struct range *r)
{
	char buf[2 * INET6_ADDRSTRLEN];
	char *dash;

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, s, len);
	buf[len] = '\0';
	dash = strchr(buf, '-');
	if (dash)
		*dash++ = '\0';
	return addr_parse(buf, &r->first) &&
	       addr_parse(dash ? dash : buf, &r->last);
}

/* Parse a port. Return: the text after it, or NULL if there is no port. */
static const char *parse_port(const char *s, uint32_t *port)
{
	size_t len = strspn(s, "0123456789");

	*port = len && len <= 5 ? strtoul(s, NULL, 10) : 0;
	return *port && *port <= UINT16_MAX ? s + len : NULL;
}

/* "PORT" or "PORT-PORT". */
static bool parse_ports(const char *s, struct range *r)
{
	s = parse_port(s, &r->port_min);
	r->port_max = r->port_min;
	if (s && *s == '-')
		s = parse_port(s + 1, &r->port_max);
	return s && !*s;
}

/* The end of the addresses in @word, NULL if it has none; *@ports follow. */
static const char *split(const char *word, const char **ports)
{
	const char *end, *colon;

	if (*word == '[') {
		end = strchr(word, ']');
		if (!end || (end[1] && end[1] != ':'))
			return NULL;
		*ports = end[1] ? end + 2 : NULL;
		return end;
	}
	/* An IPv6 address has two colons at least. */
	colon = strchr(word, ':');
	if (!colon || strchr(colon + 1, ':')) {
		*ports = NULL;
		return word + strlen(word);
	}
	*ports = colon + 1;
	return colon;
}

int arg_range(const struct args *a, const char *word, struct range *r)
{
	const char *addrs = *word == '[' ? word + 1 : word;
	const char *ports, *end;

	memset(r, 0, sizeof(*r));
	end = split(word, &ports);
	if (!end || !parse_addrs(addrs, end - addrs, r))
		return bad_value(a, word, "is neither an IP address nor a range of IP addresses");
	if (r->first.len != r->last.len)
		return bad_value(a, word, "both ends of a range must be of one address family");
	if (memcmp(r->first.b, r->last.b, r->first.len) > 0)
		return bad_value(a, word, "the range ends before it begins");
	if (ports && !parse_ports(ports, r))
		return bad_value(a, word,
				 "not a port or a range of ports from 1 to 65535: %s",
				 ports);
	if (r->port_min > r->port_max)
		return bad_value(a, word, "the range of ports ends before it begins");
	return OK;
}

const char *range_str(const struct range *r, char buf[RANGE_STRLEN])
{
	bool bracket = r->first.len == 16 && r->port_min;
	char addr[PREFIX_STRLEN];
	FILE *f = fmemopen(buf, RANGE_STRLEN, "w");

	if (bracket)
		fputc('[', f);
	fputs(addr_str(&r->first, addr), f);
	if (memcmp(&r->first, &r->last, sizeof(r->first)))
		fprintf(f, "-%s", addr_str(&r->last, addr));
	if (bracket)
		fputc(']', f);
	if (r->port_min)
		fprintf(f, ":%u", r->port_min);
	if (r->port_max != r->port_min)
		fprintf(f, "-%u", r->port_max);
	fclose(f);
	return buf;
}
