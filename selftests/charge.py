#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
"""Who pays for the memory of what traffic makes.

    m pm -- segment own -- r -- segment ext -- px x

A tenant makes segment own and router r from a memory cgroup of its own; ext belongs to
somebody else.
"""

import contextlib
import os

from frames import eth
from lib import Bed, Host, Skip, both, equal, finish, need, run, test

CGROUP = "/sys/fs/cgroup/dvr-charge"
GWI, GWO = "02:00:00:00:0a:01", "02:00:00:00:0e:0a"
KIB = 1024

bed = Bed("pm", "px")
m = Host(bed.wires["pm"], "02:00:00:00:01:0a", "10.1.0.10", "fd00::10", GWI)
x = Host(bed.wires["px"], "02:00:00:00:0e:10", "192.0.2.10", "2001:db8:e::10", GWO)
bed.dvr("segment add ext\nport add px segment ext\n")
FAR = {4: "198.51.100.7", 6: "2001:db8:d::7"}


def put(name, text):
    with open(name, "w", encoding="ascii") as file:
        file.write(text)


def used():
    """Bytes that are charged to the tenant."""
    with open(f"{CGROUP}/memory.current", encoding="ascii") as file:
        return int(file.read())


@contextlib.contextmanager
def tenant(batch):
    """The tenant's objects, which it makes by BATCH."""
    if not os.path.exists("/sys/fs/cgroup/cgroup.subtree_control"):
        raise Skip("no cgroup v2")
    put("/sys/fs/cgroup/cgroup.subtree_control", "+memory")
    os.mkdir(CGROUP)
    run("sh", "-c", f"echo $$ >{CGROUP}/cgroup.procs; exec dvradm -n {bed.hv} -b -",
        input=batch)
    try:
        yield
    finally:
        bed.dvr("".join(f"{line.split()[0]} del {line.split()[2]}\n" for line in
                        reversed(batch.splitlines()) if line.split()[0] in
                        ("port", "router", "segment")))
        os.rmdir(CGROUP)


def learn(wire, kind, count):
    """WIRE sends from COUNT MACs; returns how many of them were learned."""
    for n in range(count):
        wire.send(eth(GWI, f"02:{kind}:00:00:{n >> 8:02x}:{n & 255:02x}", bytes(46), 0x88b5))
        if n % 100 == 99:
            bed.flush()
    bed.idle(.2)
    return sum(e["mac"].startswith(f"02:{kind}") for e in bed.show("fdb", "show"))


@test("A6-1 what a segment learns is charged to who made it, and ends at that limit")
def macs():
    with tenant("segment add own\nport add pm segment own\n"):
        start = used()
        put(f"{CGROUP}/memory.max", str(start + 512 * KIB))
        got = learn(bed.wires["pm"], "aa", 3000)
        need(100 < got < 2700, f"{got} MACs in 512 KiB")
        need(used() <= start + 512 * KIB, f"{used() - start} bytes more")
        equal(learn(bed.wires["px"], "bb", 3000), 3000, "MACs of another tenant")
        put(f"{CGROUP}/memory.max", "max")
        equal(learn(bed.wires["pm"], "aa", 3000), 3000, "MACs without the limit")
        need(used() > start + 3000 * 200, f"{used() - start} bytes more for 3000 MACs")


@test("A6-2 connections of a router are charged to who made it, and end at that limit")
@both
def connections(v):
    with tenant(f"""segment add own
port add pm segment own mac {m.mac} addr {m.v4} addr {m.v6}
router add r
iface add r segment own mac {GWI} addr 10.1.0.1/24 addr fd00::1/64
iface add r segment ext mac {GWO} addr 192.0.2.1/24 addr 2001:db8:e::1/64
route add r default via {x.v4}
route add r ::/0 via {x.v6}
nat add r out ext snat from 10.1.0.0/24 to 203.0.113.10
nat add r out ext snat from fd00::/64 to 2001:db8:f::10
"""):
        bed.ip("link set r up\n")

        def fill(first, count):
            for n in range(count):
                m.udp(FAR[v], b"fill", sport=first + n)
                if n % 50 == 49:
                    bed.poll()
                    bed.flush()
            bed.idle(.2)
            return bed.show("-d", "router", "show", "r")[0]["conns"]

        fill(10000, 10)
        start = used()
        put(f"{CGROUP}/memory.max", str(start + 256 * KIB))
        got = fill(20000, 2000)
        need(10 < got < 1500, f"{got} connections in 256 KiB")
        need(bed.drops("nomem", router="r") > 0, "no packet was dropped")
        put(f"{CGROUP}/memory.max", "max")
        need(fill(30000, 1000) >= got + 1000, "no more connections without the limit")
        need(used() > start + 256 * KIB, f"{used() - start} bytes more")


finish(bed)
