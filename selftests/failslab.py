#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# kernel: debug
"""Let each allocation fail in turn while a configuration is applied.

dvradm applies a batch, and the Nth allocation that the kernel makes for the batch
fails, for N = 1, 2, ... until no allocation fails; half of them, by chance,
without FULL=1.  Each time either the batch is
refused without any effect, or all of it is applied.  selftests/run finds leaks and
reports of the kernel.
"""

import random
import subprocess
import time

from lib import DVRADM, FULL, Bed, Fail, equal, finish, log, need, run, test

# So many batches in a row that work are the end: some allocations may fail
# without harm, as those of events.
ENOUGH = 25
LIMIT = 4000
bed = Bed("p1", "p2", "p3")

BASIC = """
    router add r1 conn-limit 100
    segment add a
    segment add b mtu 1400
    iface add r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b addr 198.51.100.1/24 addr 2001:db8:2::1/64
    port add p1 segment a mac 02:00:00:00:01:01 addr 192.0.2.10 addr 2001:db8:1::10
    port add p2 segment b
    route add r1 203.0.113.0/24 via 198.51.100.2 via 198.51.100.3 weight 2
    route add r1 2001:db8:9::/48 via 2001:db8:2::2
    neigh add segment b 198.51.100.2 lladdr 02:00:00:00:02:02
    fdb add segment b 02:00:00:00:02:09 host 192.0.2.200
"""
NAT = """
    router add r1 netdev off zone 9 udp-timeout 100
    segment add a
    segment add ext
    iface add r1 segment a addr 10.0.0.1/24 addr fd00::1/64
    iface add r1 segment ext addr 192.0.2.1/24 addr 2001:db8:e::1/64
    nat add r1 out ext snat from 10.0.0.0/24 to 192.0.2.10-192.0.2.13:2000-3000
    nat add r1 out ext floating 192.0.2.20 to 10.0.0.20
    nat add r1 out ext forward tcp 192.0.2.10:80 to 10.0.0.21:8080
    nat add r1 out ext none from 10.0.0.0/24 to 198.51.100.0/24
    nat add r1 out ext floating 2001:db8:f::/64 to fd00::/64
    nat add r1 out ext snat from fd00:1::/64 to 2001:db8:e::10
"""
CHANGES = """
    segment set a mtu 1300
    iface set r1 segment a mac 02:00:00:00:99:01 addr 10.0.0.2/24 addr fd00::2/64
    iface set r1 segment ext mac 02:00:00:00:99:02
    nat replace r1 out ext snat from 10.0.0.0/24 to 192.0.2.11
    nat del r1 handle 2
    router set r1 icmp-timeout 77
"""


def batch(text, n=0):
    """Return: exit code, and what was said; the Nth allocation fails."""
    child = subprocess.Popen([DVRADM, "-n", bed.hv, "-b", "-"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
    # It has to be past its start, which is not what this is about: it sleeps
    # when it waits for its input.
    deadline = time.monotonic() + 10
    while n and time.monotonic() < deadline:
        with open(f"/proc/{child.pid}/stat", encoding="ascii") as file:
            if file.read().rpartition(")")[2].split()[0] == "S":
                break
        time.sleep(0.002)
    if n:
        with open(f"/proc/{child.pid}/fail-nth", "w",
                  encoding="ascii") as file:
            file.write(str(n))
    out, _ = child.communicate(text)
    return child.returncode, out


def save():
    return run(DVRADM, "-n", bed.hv, "save").stdout.strip()


def sweep(text, undo, before="", again=""):
    """A process is dear here: the state is looked at now and then, and what a
    batch leaves behind would make the next one fail for another reason."""
    def go_back():
        bed.dvr(undo)
        if again:
            bed.dvr(again)

    if before:
        bed.dvr(before)
    base = save()
    bed.dvr(text)
    whole = save()
    go_back()
    equal(save(), base, "undone configuration")
    good = failed = tries = 0
    for n in range(1, LIMIT):
        # Not every second one: of two in a row, often only one matters.
        if not FULL and random.random() < .5:
            continue
        tries += 1
        code, out = batch(text, n)
        if code == 0:
            if not good:
                equal(save(), whole, f"after success, N = {n}")
            go_back()
            good += 1
            if good == ENOUGH:
                break
            continue
        good = 0
        failed += 1
        told = "memory" in out or "buffer" in out
        if told and failed % 16:
            continue
        now = save()
        if now == whole:
            go_back()   # the answer was lost, not the change
        else:
            equal(now, base, f"after N = {n}: {out}")
    else:
        raise Fail(f"it never came to an end, {failed} refused")
    log(f"{failed} of {tries - ENOUGH} refused")
    need(failed > 10, f"only {failed} allocations failed")


WIPE_BASIC = """
    router del r1
    port del p1
    port del p2
    segment del a
    segment del b
"""
WIPE_NAT = """
    router del r1
    segment del a
    segment del ext
"""


def with_faults():
    for knob, value in (("ignore-gfp-wait", 0), ("verbose", 0)):
        with open(f"/sys/kernel/debug/failslab/{knob}", "w",
                  encoding="ascii") as file:
            file.write(str(value))


@test("memory fails while segments, ports, routers and routes are made")
def basic():
    with_faults()
    sweep(BASIC, WIPE_BASIC)


@test("memory fails while nat rules are made")
def nat():
    with_faults()
    sweep(NAT, WIPE_NAT)


@test("memory fails while a configuration is changed")
def changes():
    with_faults()
    sweep(CHANGES, WIPE_NAT, NAT, again=NAT)
    bed.dvr(WIPE_NAT)


finish(bed)
