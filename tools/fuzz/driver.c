// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver of LLVMFuzzerTestOneInput() without libFuzzer. It mutates a corpus,
 * the same way in each run.
 *
 *	fuzz [-runs=N] [-seed=N] DIR|FILE...
 *
 * The input that makes it fail is left in ./fuzz-crash. "-runs=0 fuzz-crash" tries
 * this input alone.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dvradm.h"
#include "fuzz.h"

#define INPUTS_MAX	256
#define SIZE_MAX_INPUT	4096

/* An error that a sanitizer finds ends in SIGABRT, as one of the target does. */
const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

struct input {
	uint8_t data[SIZE_MAX_INPUT];
	size_t len;
};

static struct input corpus[INPUTS_MAX], current;
static unsigned int ninputs;
static uint64_t state = 1;

static const char *const words[] = {
	"router", "segment", "port", "iface", "route", "neigh", "fdb", "add",
	"set", "del", "replace", "show", "via", "weight", "metric", "blackhole",
	"none", "mac", "addr", "dev", "id", "default", "::/0", "0.0.0.0/0",
	"02:00:00:00:00:01", "10.0.0.1", "2001:db8::1/64", "4294967295",
	"4294967296", "on", "off", "\\\n", "#", "'", "\"", "\\", "\n", " ",
	"help", "host", "lladdr", "security", "punt", "ro", "r", "",
	"zone", "conn-limit", "flow-limit", "flow-cache", "netdev",
	"udp-timeout", "helpers", "ftp,sip", ",", "ftp",
	"nat", "out", "snat", "floating", "forward", "from", "to", "prio",
	"handle", "mapping", "filter", "endpoint", "connection", "tcp", "17",
	"203.0.113.1", "203.0.113.1-203.0.113.9:1000-2000", "2001:db8::1",
	"[2001:db8::1-2001:db8::9]:80-90", "[", "]", "]:", "-", ":", ":80",
};

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? (state >> 16) % below : 0;
}

/* Replace @cut bytes at @at of the current input by @len others. */
static void splice(size_t at, size_t cut, const void *data, size_t len)
{
	uint8_t copy[SIZE_MAX_INPUT];

	if (len > sizeof(copy) || current.len - cut + len > SIZE_MAX_INPUT)
		return;
	memcpy(copy, data, len);
	memmove(current.data + at + len, current.data + at + cut,
		current.len - at - cut);
	memcpy(current.data + at, copy, len);
	current.len += len - cut;
}

static void mutate(void)
{
	size_t at = rnd(current.len + 1), len = rnd(16);
	const struct input *other = &corpus[rnd(ninputs)];
	const char *word = words[rnd(ARRAY_SIZE(words))];
	uint8_t byte = rnd(256);
	size_t from;

	if (at + len > current.len)
		len = current.len - at;
	switch (rnd(8)) {
	case 0:
		splice(at, len ? 1 : 0, &byte, 1);
		break;
	case 1:
		if (at < current.len)
			current.data[at] ^= 1 << rnd(8);
		break;
	case 2:
		splice(at, len, "", 0);
		break;
	case 3:
		splice(at, 0, current.data + at, len);
		break;
	case 4:
		splice(at, 0, word, strlen(word));
		break;
	case 5:
		splice(at, len, word, strlen(word));
		break;
	case 6:
		from = rnd(other->len);
		len = rnd(other->len - from + 1);
		splice(at, 0, other->data + from, len);
		break;
	default:
		from = rnd(current.len + 1);
		len = rnd(current.len - from + 1);
		splice(at, 0, current.data + from, len);
		break;
	}
}

static void load_file(const char *path)
{
	struct input *in = &corpus[ninputs];
	FILE *f = fopen(path, "r");

	if (!f || ninputs == INPUTS_MAX) {
		fprintf(stderr, "cannot load %s\n", path);
		exit(2);
	}
	in->len = fread(in->data, 1, sizeof(in->data), f);
	fclose(f);
	ninputs++;
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void load(const char *path)
{
	struct dirent **list;
	char name[4096];
	struct stat st;
	int i, n;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		load_file(path);
		return;
	}
	n = scandir(path, &list, visible, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		load_file(name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void died(int sig)
{
	FILE *f = fopen("fuzz-crash", "w");

	signal(sig, SIG_DFL);
	if (!f)
		return;
	fwrite(current.data, 1, current.len, f);
	fclose(f);
	fputs("the input is in ./fuzz-crash\n", stderr);
}

static void once(void)
{
	LLVMFuzzerTestOneInput(current.data, current.len);
}

int main(int argc, char **argv)
{
	unsigned long runs = 200000, i;
	unsigned int n;

	for (i = 1; i < (unsigned long)argc; i++) {
		if (!strncmp(argv[i], "-runs=", 6))
			runs = strtoul(argv[i] + 6, NULL, 10);
		else if (!strncmp(argv[i], "-seed=", 6))
			state = strtoull(argv[i] + 6, NULL, 10) * 2 + 1;
		else
			load(argv[i]);
	}
	if (!ninputs) {
		fputs("usage: fuzz [-runs=N] [-seed=N] DIR|FILE...\n", stderr);
		return 2;
	}
	signal(SIGABRT, died);
	for (n = 0; n < ninputs; n++) {
		current = corpus[n];
		once();
	}
	for (i = 0; i < runs; i++) {
		current = corpus[rnd(ninputs)];
		for (n = 1 + rnd(5); n; n--)
			mutate();
		once();
	}
	fprintf(stderr, "# %lu inputs from %u files\n", runs, ninputs);
	puts("ok dvradm-parser-fuzz");
	return 0;
}
