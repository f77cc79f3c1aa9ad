#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 200000
# kernel: debug
# vm: --time-travel
"""Wait for every timer with its default, and check the second before and after.

Time jumps to the next timer when the kernel is idle, so two hours take no time.
The bed is natlib's; inside hosts 2-63 have snat to 10, host 200 is floating.
"""

import time

from frames import UDP, arp_frame, echo, udp_packet
from lib import equal, finish, need, test
from natlib import (ACK, FIN, GWE, GWI, RST, SYN, NatBed, Tcp, both, inside,
                    outside, pieces)


def rules(v):
    prefix = "10.1.0.0/26" if v == 4 else "fd00:0:0:1::/122"
    return f"""
        nat add r1 out ext snat from {prefix} to {outside(v, 10)}
        nat add r1 out ext floating {outside(v, 200)} to {inside(v, 200)}
    """


bed = NatBed(rules(4) + rules(6))
x, p1, p3 = bed.x, bed.p1, bed.p3


def gone(port, what):
    """Nothing is known of the connection."""
    equal(bed.flows("port", str(port)), [], f"{what}: connections")


def in_fast_path(v):
    """A connection that has sent enough to be there."""
    conn = Tcp(bed, v, 12).open()
    for _ in range(4):
        conn.alive()
    return conn


@test("time jumps")
def jumps():
    start = time.monotonic()
    with open("/proc/uptime", encoding="ascii") as file:
        before = float(file.read().split()[0])
    bed.idle(3600)
    with open("/proc/uptime", encoding="ascii") as file:
        after = float(file.read().split()[0])
    need(3600 <= after - before < 3700 and time.monotonic() - start >= 3600,
         f"an hour was {after - before} s")


@test("udp-4 an idle mapping is there for 299 s, and gone after 301 s")
@both
def udp(v):
    sport = bed.port()
    got = bed.udp_out(v, 12, sport)
    for _ in range(2):     # as yet unanswered, and answered
        bed.idle(299)
        bed.answer(got, 12)
    # What comes by the fast path keeps it, too.
    for _ in range(4):
        bed.udp_out(v, 12, sport)
        bed.answer(got, 12)
    bed.idle(299)
    equal(bed.udp_out(v, 12, sport).sport, got.sport, "the port")
    bed.idle(301)
    bed.not_in([udp_packet(x.own(got.saddr), got.saddr, bed.token(), 5000, got.sport)],
               "what has timed out", "nat_refused")
    gone(sport, "UDP")


@test("a flow that is idle for 29 s is there, after 32 s it is gone, and comes back")
@both
def flow(v):
    def flows():
        return bed.show("-d", "router", "show", "r1")[0]["flows"]

    bed.dvradm("flow", "flush", "router", "r1")
    conn = in_fast_path(v)
    equal(flows(), 2, "flows")
    bed.idle(29)
    equal(flows(), 2, "flows after 29 s")
    bed.idle(3)
    equal(flows(), 0, "flows after 32 s")
    conn.alive()
    equal(flows(), 2, "flows of a connection that goes on")


@test("icmp-2 a query is known for 59 s, and unknown after 61 s")
@both
def query(v):
    far = x.own(inside(v, 12))
    for wait, known in ((59, True), (61, False)):
        ident = bed.port()
        got = bed.out(12, echo(inside(v, 12), far, bed.token(), ident),
                      lambda p: p.src == GWE and p.type in (8, 128), what="the query")
        ours = got.rest >> 16
        bed.idle(wait)
        answer = echo(far, got.saddr, bed.token(), ours, reply=True)
        if known:
            bed.into(12, answer, want=lambda p: p.src == GWI and p.type in (0, 129),
                     what="the reply")
        else:
            bed.not_in([answer], "a reply to what has timed out")
            gone(ident, "query")


@test("tcp-4 an idle connection is there for 7439 s, and gone after 7441 s")
@both
def established(v):
    conn = in_fast_path(v)
    bed.idle(7439)
    conn.alive()
    # Data that nobody acknowledges is no reason to forget it.
    conn.send(ACK, bed.token())
    bed.idle(7439)
    conn.alive()
    bed.idle(7441)
    gone(conn.sport, "TCP")
    bed.not_in([conn.packet_in(ACK, bed.token())], "what has timed out")


@test("tcp-7 segments out of the window keep no connection alive")
@both
def invalid(v):
    conn = in_fast_path(v)
    for _ in range(60):
        bed.idle(1)
        x.send(conn.packet_in(ACK, seq=conn.oseq + (1 << 24)))
    bed.poll(0.1)
    left = bed.flow(conn.sport)["timeout_s"]
    need(left <= 7440 - 60, f"{left} s left of 7440 after a minute of such segments")
    conn.alive()


@test("tcp-5 opening and closing are known for 239 s, and unknown after 241 s")
@both
def transitory(v):
    conn = Tcp(bed, v, 12)
    conn.send(SYN)
    bed.idle(239)
    conn.reply(SYN | ACK)
    bed.idle(239)
    conn.send(ACK)
    conn.alive()
    conn.send(FIN | ACK)
    bed.idle(239)
    conn.reply(ACK)
    conn.reply(FIN | ACK)
    bed.idle(239)
    conn.send(ACK)
    bed.idle(241)
    gone(conn.sport, "closed")
    conn = Tcp(bed, v, 12)
    conn.send(SYN)
    bed.idle(241)
    gone(conn.sport, "never opened")


@test("7857-1 what an RST has ended is known for 239 s, and unknown after 241 s")
@both
def reset(v):
    conn = Tcp(bed, v, 12).open()
    conn.alive()
    conn.reply(RST | ACK)
    bed.idle(239)
    conn.flow()
    bed.idle(2)
    gone(conn.sport, "reset")


@test("udp-12 fragments wait 30 s for the rest, those of IPv6 60 s")
@both
def fragments(v):
    wait = 30 if v == 4 else 60
    far = x.own(inside(v, 200))
    for late in (False, True):
        data = bed.token() + b"f" * 1900
        first, second = pieces(udp_packet(inside(v, 200), far, data, bed.port(), 5000),
                               1000, 0x7000 + late)
        before = bed.drops("frag_timeout", router="r1")
        bed.flush()
        bed.host(200).send(first)
        # So long a timer of the kernel's may be five seconds late.
        bed.idle(wait + 6 if late else wait - 1)
        bed.host(200).send(second)
        if late:
            bed.settle()
            need(not [p for p in p3.rx if p.src == GWE and p.proto == UDP and
                      b"ffff" in p.raw], "a fragment whose first came too early")
            bed.idle(wait + 6)
            equal(bed.drops("frag_timeout", router="r1") - before, 2, "frag_timeout")
        else:
            for n in range(2):
                p3.expect(lambda p: p.src == GWE and p.proto == UDP and
                          b"ffff" in p.raw, f"fragment {n}")


@test("a learned MAC ages for 300 s")
def learned():
    mac = "02:00:00:00:01:77"
    bed.dvradm("port", "set", "p1", "security", "off")

    def known():
        return [f for f in bed.show("fdb", "show") if f["mac"] == mac]

    p1.send(arp_frame(1, mac, "10.1.0.9", "00:00:00:00:00:00", "10.1.0.8"))
    bed.poll(0.1)
    equal(len(known()), 1, "learned")
    bed.idle(298)
    equal(len(known()), 1, "after 298 s")
    # They are looked for every ten seconds.
    bed.idle(13)
    equal(known(), [], "after 311 s")


@test("nd-6 arp-1 a neighbour is reachable for 30 s, then stale for a minute, then gone")
@both
def neighbour(v):
    host = inside(v, 40)

    def state():
        got = [n for n in bed.show("neigh", "show") if n["ip"] == host]
        return got[0]["state"] if got else None

    sport = bed.port()
    got = bed.udp_out(v, 40, sport)
    bed.answer(got, 40)
    equal(state(), "reachable", "just asked")
    bed.idle(29)
    equal(state(), "reachable", "after 29 s")
    bed.idle(2)
    equal(state(), "stale", "after 31 s")
    bed.idle(57)
    equal(state(), "stale", "after 88 s")
    # The kernel's timers are the later the longer they are: an eighth at most.
    bed.idle(10)
    equal(state(), None, "after 98 s")


@test("all ports are free, and nothing left with an inside address")
def nothing_left():
    bed.idle(7500)
    equal(bed.flows(), [], "connections")
    equal([r["ports_used"] for r in bed.show("nat", "show", "r1") if r["kind"] == "snat"],
          [0, 0], "ports used")
    bed.leaks.none()


finish(bed)
