// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print the frequency of this machine's TSC in kHz, measured against the clock
 * of its kernel: the TSC of a guest that QEMU emulates runs at the same rate.
 *
 * A reading of both that was interrupted is seen by the TSC before and after it,
 * so the best of many readings is taken; half a second makes that exact to some
 * millionths.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct reading {
	uint64_t tsc, ns, spread;
};

static struct reading read_both(void)
{
	struct reading best = { .spread = UINT64_MAX };
	struct timespec now;
	uint64_t before, after;
	int i;

	for (i = 0; i < 1000; i++) {
		before = __rdtsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		after = __rdtsc();
		if (after - before >= best.spread)
			continue;
		best.spread = after - before;
		best.tsc = before + best.spread / 2;
		best.ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	}
	return best;
}

int main(void)
{
	const struct timespec half = { .tv_nsec = 500000000 };
	struct reading first, last;

	first = read_both();
	nanosleep(&half, NULL);
	last = read_both();
	printf("%.0f\n", (last.tsc - first.tsc) * 1e6 / (last.ns - first.ns));
	return 0;
}
