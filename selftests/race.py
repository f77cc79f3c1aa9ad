#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# vm: --smp 2
"""Two CPUs at once: they open the same connections, share ports and limits.

    p1 --+                                      +-- p3 x 192.0.2.10 (a router)
         +-- segment in -- r1 -- segment ext ---+
    p2 --+   10.1.0.0/24         192.0.2.0/24   +-- p4 y 192.0.2.11

The CPU that sends a packet to the far end of a port forwards it.  So a process for each
CPU sends frames, and both begin at the same time.  On one CPU the processes take turns as
the scheduler decides.

The clients 10.4.0.0/16 and fd00:0:0:4::/64 are behind host 2 of p1.  Of these,
10.4.1.0/24 and ::1:0/112 have 100 ports and a mapping for each connection.
"""

import mmap
import os
import signal
import socket

from frames import eth, udp_packet
from lib import (Fail, busywait, equal, finish, in_ns, last_test, libc, need,
                 test)
from natlib import (GWE, GWI, M1, TOKEN, Many, NatBed, both, bracket, inside,
                    outside, tcp_packet, tokens)

CPUS = sorted(os.sched_getaffinity(0))[:2]
FEW = {4: 50, 6: 56}    # handles of the rules with few ports


def rules(v):
    few, all_ = (("10.4.1.0/24", "10.4.0.0/16") if v == 4 else
                 ("fd00:0:0:4::1:0/112", "fd00:0:0:4::/64"))
    return f"""
        route add r1 {all_} via {inside(v, 2)}
        nat add r1 out ext snat from {few} to {bracket(outside(v, 50))}:2000-2099 mapping connection handle {FEW[v]}
        nat add r1 out ext snat from {all_} to {outside(v, 40)}
        nat add r1 out ext floating {outside(v, 200)} to {inside(v, 200)}
    """


bed = NatBed(rules(4) + rules(6))
x, p1, p3 = bed.x, bed.p1, bed.p3


def client(v, n, few=False):
    return f"10.4.{int(few)}.{n}" if v == 4 else f"fd00:0:0:4::{int(few):x}:{n:x}"


def out_frame(payload):
    return eth(GWI, M1, payload)


def in_frame(payload):
    return eth(GWE, x.mac, payload)


class Racer:
    """A process that sends its frames from one CPU when it is told to."""

    def __init__(self, cpu, dev, frames, gate):
        self.pid = os.fork()
        if self.pid:
            return
        code = 1
        try:
            libc.prctl(1, signal.SIGKILL)
            os.sched_setaffinity(0, {cpu})
            with in_ns(bed.vm):
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                sock.bind((dev, 0))
            gate[1 + CPUS.index(cpu)] = 1
            while not gate[0]:
                os.sched_yield()
            for frame in frames:
                sock.send(frame)
            code = 0
        finally:
            os._exit(code)

    def done(self):
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid and status:
            raise Fail(f"sending: status {status}")
        return bool(pid)


def race(*jobs):
    """Of each (DEV, FRAMES), a process on the next CPU; ends when all have sent."""
    gate = mmap.mmap(-1, 8)
    racers = [Racer(CPUS[n % len(CPUS)], dev, frames, gate)
              for n, (dev, frames) in enumerate(jobs)]
    if len(CPUS) > 1:
        busywait(10, "all CPUs", lambda: all(gate[1:1 + len(jobs)]))
    gate[0] = 1
    while racers:
        racers = [r for r in racers if not r.done()]
        bed.poll(0.01)
    bed.settle()
    gate.close()


def marks(pkts):
    """The tokens of PKTS, in order."""
    return [m[0] for m in (TOKEN.search(p.raw) for p in pkts) if m]


def left(v, dport):
    """What the router has sent out by p3 to that port."""
    return [p for p in p3.rx if p.src == GWE and p.v == v and p.dport == dport]


def flush():
    bed.dvradm("flow", "flush", "router", "r1")
    bed.flush()


@test("the same connections opened by both CPUs keep one port, none is lost")
@both
def same(v):
    flush()
    # The same for both CPUs, but for what they carry.
    jobs = [[udp_packet(client(v, n % 64), x.own(client(v, 1)), bed.token(), 6000 + n, 5000)
             for n in range(800)] for _ in range(2)]
    race(*(("p1", [out_frame(p) for p in job]) for job in jobs))
    number = {tokens(p): n for job in jobs for n, p in enumerate(job)}
    got = left(v, 5000)
    equal({p.saddr for p in got}, {outside(v, 40)}, "outside address")
    lost = set(number) - set(marks(got))
    need(not lost, f"{len(lost)} of {len(number)} packets lost, drops {bed.show('drops')}")
    port = {}
    for pkt in got:
        port.setdefault(number[tokens(pkt.raw)], set()).add(pkt.sport)
    need(all(len(p) == 1 for p in port.values()), "a client had two ports")
    equal(len({p for ports in port.values() for p in ports}), 800, "ports in use")
    equal(len(bed.flows("proto", "udp")), 800, "connections")


@test("udp-3 connections of both CPUs to one server never share a port")
@both
def clash(v):
    flush()
    jobs = [[tcp_packet(client(v, n % 64), x.own(client(v, 1)), b"", first + n, 80)
             for n in range(800)] for first in (10000, 20000)]
    race(*(("p1", [out_frame(p) for p in job]) for job in jobs))
    got = left(v, 80)
    equal(len(got), 1600, "SYNs outside")
    equal(len({p.sport for p in got}), 1600, "ports in use")


def refused():
    """Two CPUs may find the same port free: then one of them has a clash."""
    return bed.drops("nat_no_port", router="r1") + bed.drops("nat_clash", router="r1")


@test("few ports are shared by both CPUs to the last, and no further")
@both
def few(v):
    flush()
    before = refused()
    jobs = [[udp_packet(client(v, n % 200, few=True), x.own(client(v, 1)), bed.token(),
                        first + n, 5001) for n in range(400)]
            for first in (10000, 20000)]
    race(*(("p1", [out_frame(p) for p in job]) for job in jobs))
    got = left(v, 5001)
    equal((len(got), len({p.sport for p in got})), (100, 100), "packets, ports outside")
    equal(refused() - before, 700, "nat_no_port and nat_clash")
    rule = next(r for r in bed.show("nat", "show", "r1") if r["handle"] == FEW[v])
    equal((rule["conns"], "ports_free" in rule), (100, False), f"connections of {rule}")


@test("cgn-2 the router's connection limit holds for both CPUs together")
@both
def limit(v):
    flush()
    before = bed.drops("nat_limit", router="r1")
    bed.dvradm("router", "set", "r1", "conn-limit", 300)
    try:
        jobs = [[udp_packet(client(v, n % 64), x.own(client(v, 1)), bed.token(), first + n,
                            5002) for n in range(400)] for first in (10000, 20000)]
        race(*(("p1", [out_frame(p) for p in job]) for job in jobs))
        got = len(left(v, 5002))
        equal(len(bed.flows()), got, "connections")
        # Two CPUs may see the last one free at a time, and both let it go.
        need(298 <= got <= 300, f"{got} connections, the limit is 300")
        equal(bed.drops("nat_limit", router="r1") - before, 800 - got, "nat_limit")
    finally:
        bed.dvradm("router", "set", "r1", "conn-limit", 65536)


@test("both directions of connections on two CPUs, others' rules changing")
@both
def directions(v):
    flush()
    far = x.own(client(v, 1))
    opened = [bed.udp_out(v, 200, 7000 + n) for n in range(20)]
    for got in opened:
        bed.answer(got, 200)
    out = [udp_packet(inside(v, 200), far, bed.token(), 7000 + n % 20, 5000)
           for n in range(2000)]
    back = [udp_packet(far, outside(v, 200), bed.token(), 5000, opened[n % 20].sport)
            for n in range(2000)]
    want = {t for p in out + back for t in TOKEN.findall(p)}
    changing = os.fork()
    if not changing:
        n = 0
        while True:
            bed.dvr(f"nat add r1 out ext floating {outside(v, 210 + n)} to "
                    f"{inside(v, 210 + n)} handle {300 + n}\n"
                    f"nat del r1 handle {300 + n}\n")
            n = (n + 1) % 20
    try:
        race(("p1", [out_frame(p) for p in out]), ("p3", [in_frame(p) for p in back]))
    finally:
        os.kill(changing, signal.SIGKILL)
        os.waitpid(changing, 0)
    seen = set(marks(p for p in p3.rx if p.src == GWE)) | \
        set(marks(p for p in p1.rx if p.src == GWI))
    need(want <= seen, f"{len(want - seen)} of {len(want)} lost, {bed.show('drops')}")


@test("a connection ended on one CPU while the other opens it anew")
@both
def reopened(v):
    flush()
    far = x.own(client(v, 1))
    syn = [tcp_packet(client(v, 1), far, b"", 9000, 81, seq=n << 16) for n in range(400)]
    ends = [tcp_packet(client(v, 1), far, b"", 9000, 81, seq=(n << 16) + 1, flags=4)
            for n in range(400)]
    before = bed.drops(router="r1")
    race(("p1", [out_frame(p) for p in syn]), ("p1", [out_frame(p) for p in ends]))
    equal(len(left(v, 81)) + bed.drops(router="r1") - before, 800,
          "sent, and dropped for a reason")
    need(len(bed.flows()) <= 1, f"{bed.flows()} of one client and port")
    flush()
    equal(bed.flows(), [], "connections left")
    race(("p1", [out_frame(syn[0])]))
    equal(len(left(v, 81)), 1, "SYNs outside, with nothing before")
    equal(len(bed.flows()), 1, "connections of that")


@test("both CPUs ask for the same neighbours, every first packet arrives")
@both
def neighbours(v):
    flush()
    net = "192.0.2." if v == 4 else "2001:db8:e::"
    there = [f"{net}{n}" for n in range(100, 140)]
    host = Many(bed.p4, "02:00:00:00:0e:12", GWE, lambda a: a in there)
    jobs = [[udp_packet(inside(v, 250), a, bed.token(), 1, 5003) for a in there]
            for _ in range(2)]
    bed.leaks.allowed = True
    try:
        race(*(("p1", [out_frame(p) for p in job]) for job in jobs))
        want = {t for job in jobs for p in job for t in TOKEN.findall(p)}
        busywait(5, "all of them", lambda: bed.poll(0.05) or want == set(
            marks(p for p in bed.p4.rx if p.dst == host.mac)))
        asked = [p for p in bed.p4.rx if p.src == GWE and
                 there[0] in (p.tpa, p.target)]
        equal(len(asked), 1, "questions for one neighbour")
    finally:
        bed.leaks.allowed = False
        bed.p4.hosts.remove(host)


@last_test("nothing left with an inside address")
def leaks():
    bed.leaks.none()


finish(bed)
