#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
"""A change of one object costs as much among 10,000 of them as among 100.

make bench-control prints the ratios by instructions. Here the time of the fastest of
some runs is compared, with bounds that a walk of all objects exceeds by far.
"""

import time

from lib import Bed, defer, equal, finish, log, need, run, test

FEW, MANY = 100, 10000
RUNS = 7
LIMIT = 3       # a walk of all has 20 and more

bed = Bed()


def lines(text, first, n):
    """TEXT for as many numbers, where {i} is the number, and {a} and {b} its bytes."""
    return "".join(text.format(i=i, a=i // 256, b=i % 256) + "\n"
                   for i in range(first, first + n))


def quickest(function, runs=RUNS):
    """The time of the quickest call."""
    best = None
    for _ in range(runs):
        start = time.perf_counter()
        function()
        took = time.perf_counter() - start
        best = took if best is None else min(best, took)
    return best


def cost(change, undo, n=200):
    """Seconds of one CHANGE and its UNDO, without what a batch without them takes."""
    def both():
        bed.dvr(lines(change, 50000, n))
        bed.dvr(lines(undo, 50000, n))

    def none():
        bed.dvr("")
        bed.dvr("")
    return max(quickest(both) - quickest(none), 1e-6) / n


def same_cost(make, change, undo, many=MANY, limit=LIMIT):
    """CHANGE and UNDO of one object cost the same among FEW that MAKE made as among
    MANY."""
    bed.dvr(lines(make, 0, FEW))
    few = cost(change, undo)
    bed.dvr(lines(make, FEW, many - FEW))
    ratio = cost(change, undo) / few
    log(f"{few * 1e6:.0f} microseconds, ratio {ratio:.1f}")
    need(ratio <= limit, f"one of {many} costs {ratio:.1f} times as much as one of {FEW}")


def anew():
    """The hypervisor has no objects at the end of the test."""
    def clear():
        run("ip", "netns", "del", bed.hv)
        run("ip", "netns", "add", bed.hv)
    defer(clear)


@test("C-vni: a segment with a vni")
def vni():
    anew()
    same_cost("segment add s{i} vni {i}", "segment add s{i} vni {i}", "segment del s{i}")


@test("C-vni: a batch may pass a vni on, and no two segments get one")
def vni_of_others():
    anew()
    bed.dvr("segment add a vni 5\nsegment add b vni 6\nsegment add c\n")

    def refused(text):
        done = bed.dvr(text, check=False)
        need(done.returncode and "has this vni" in done.stderr, f"{text}: {done.stderr}")

    def vnis():
        return {s["name"]: s.get("vni") for s in bed.show("segment")}

    refused("segment set c vni 5\n")
    refused("segment set a vni 7\nsegment add d vni 7\n")
    equal(vnis(), {"a": 5, "b": 6, "c": None}, "after what was refused")
    bed.dvr("segment set a vni 7\nsegment set c vni 5\nsegment del b\nsegment add b vni 6\n")
    equal(vnis(), {"a": 7, "b": 6, "c": 5}, "the vnis")
    refused("segment set a vni 5\n")
    bed.dvr("segment set a vni 8\nsegment set a vni 9\nsegment set b vni 7\n")
    equal(vnis(), {"a": 9, "b": 7, "c": 5}, "the vnis")
    refused("segment add d vni 9\n")
    bed.dvr("segment add d vni 8\n")


finish(bed)
