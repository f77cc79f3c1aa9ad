#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: no
# timeout: 300
# cache: on
"""The flow cache: connections in translation that take the fast path.

The tests check when a connection enters and leaves the fast path, one connection at a
time.  flow_diff.py checks that its packets are the same as without the cache.  The bed
is natlib's.
"""

import struct
import time

from frames import TCP, packet, tcp, udp_packet
from lib import Fail, busywait, equal, finish, last_test, log, need, run, test
from natlib import (ACK, BOTH, FIN, GWE, GWI, INSIDE6, M1, PSH, RST, SYN,
                    NatBed, Tcp, both, inside, outside, prefix)

bed = NatBed(f"""
    nat add r1 out ext snat from 10.1.0.0/26 to {outside(4, 10)} handle 10
    nat add r1 out ext snat from {INSIDE6}/122 to {outside(6, 10)} handle 16
    nat add r1 out ext snat from 10.1.0.0/16 to {outside(4, 11)} prio 400 handle 11
    nat add r1 out ext snat from {INSIDE6}/64 to {outside(6, 11)} prio 400 handle 17
    nat add r1 out ext floating {outside(4, 200)} to {inside(4, 200)} handle 20
    nat add r1 out ext floating {outside(6, 200)} to {inside(6, 200)} handle 26
    nat add r1 out ext none from 10.1.0.248/29 to 0.0.0.0/0 handle 30
""")
x, y = bed.x, bed.y
p1, p2, p3, p4 = bed.p1, bed.p2, bed.p3, bed.p4


def flows():
    return bed.show("-d", "router", "show", "r1")[0]["flows"]


def flush():
    bed.dvradm("flow", "flush", "router", "r1")
    bed.flush()
    equal(flows(), 0, "flows after a flush")


class Udp:
    """A connection of inside host N and X, in the cache."""

    def __init__(self, v, n=12, grown=2):
        self.v, self.n, self.sport = v, n, bed.port()
        self.first = self.last = None
        before = flows()
        for _ in range(2):
            self.go()
            self.back()
        if grown is not None:
            equal(flows() - before, grown, "new flows of a connection")

    def out_packet(self, token):
        return udp_packet(inside(self.v, self.n), x.own(inside(self.v, 1)), token,
                          self.sport, 5000)

    def in_packet(self, token):
        return udp_packet(x.own(self.first.saddr), self.first.saddr, token, 5000,
                          self.first.sport)

    def go(self):
        got = bed.udp_out(self.v, self.n, self.sport)
        self.first = self.first or got
        equal((got.saddr, got.sport), (self.first.saddr, self.first.sport),
              "outside address and port")

    def back(self):
        got = bed.answer(self.first, self.n)
        equal((got.saddr, got.daddr, got.dport),
              (self.first.daddr, inside(self.v, self.n), self.sport),
              "the answer")

    def dead_inwards(self, why):
        """The very next packet from outside is seen nowhere."""
        token = bed.token()
        bed.flush()
        x.send(self.in_packet(token))
        bed.idle(.1)
        found = bed.seen(lambda p: token in p.raw and p.src == GWI)
        need(not found, f"{why}: seen on {found and found[0][0]}: "
             f"{found and found[0][1]}")

    def dead_outwards(self, why):
        """The very next packet from inside has not the old source, nor its
        own."""
        token = bed.token()
        bed.flush()
        bed.host(self.n).send(self.out_packet(token))
        bed.idle(.1)
        for _, pkt in bed.seen(lambda p: token in p.raw and p.src == GWE):
            need(pkt.saddr not in (self.first.saddr, inside(self.v, self.n)),
                 f"{why}: seen as {pkt}")

    def stat(self):
        return bed.flow(self.sport)


@test("a connection has two flows, and its counters are exact")
@both
def counted(v):
    flush()
    conn = Udp(v)
    # Udp() has sent two each way.
    size = len(conn.out_packet(bed.token()))
    for _ in range(20):
        conn.go()
    for _ in range(9):
        conn.back()
    row = bed.show("-s", "flow", "show", "router", "r1", "port",
                   str(conn.sport))[0]
    for way, count in (("orig", 22), ("reply", 11)):
        equal((row[way]["packets"], row[way]["bytes"]), (count, count * size),
              f"packets and bytes of {way}")
    # TCP, too.
    conn = Tcp(bed, v, 12).open()
    for _ in range(5):
        conn.alive()
    equal(flows(), 4, "flows of two connections")
    row = bed.show("-s", "flow", "show", "router", "r1", "port",
                   str(conn.sport))[0]
    equal((row["orig"]["packets"], row["reply"]["packets"]), (12, 6),
          "segments")


@test("the rule, the port, the router, a flush: the next packet meets no flow")
@both
def ends(v):
    text = {4: f"from 10.1.0.0/26 to {outside(4, 10)} handle 10",
            6: f"from {INSIDE6}/122 to {outside(6, 10)} handle 16"}[v]
    handle = text.rsplit(" ", 1)[1]
    for way in ("dead_inwards", "dead_outwards"):
        flush()
        conn, other = Udp(v), Udp(v, 200)
        bed.dvradm("nat", "del", "r1", "handle", handle)
        getattr(conn, way)("its rule is gone")
        other.go()
        other.back()
        bed.dvradm("nat", "add", "r1", "out", "ext", "snat", *text.split())

        flush()
        conn = Udp(v)
        bed.dvradm("flow", "flush", "router", "r1", "port", conn.sport)
        conn.dead_inwards("it was flushed")

        flush()
        conn = Udp(v, 11)                           # behind p2
        bed.dvr("port del p2\nport add p2 segment in\n")
        if way == "dead_inwards":
            conn.dead_inwards("its port is gone")
        bed.idle(.1)
        equal(bed.flows("port", str(conn.sport)), [], "connections of a port "
              "that is gone")
    flush()


@test("an address that another port gets meets no old connection")
@both
def moved(v):
    flush()
    conn = Udp(v, 11)
    bed.dvr(f"port del p2\nneigh add segment in {inside(v, 11)} lladdr {M1} "
            "port p1\n")
    token = bed.token()
    bed.flush()
    x.send(conn.in_packet(token))
    bed.idle(.1)
    need(not bed.seen(lambda p: token in p.raw and p.src == GWI),
         "the new owner of the address sees an old packet")
    bed.dvr(f"port add p2 segment in\nneigh del segment in {inside(v, 11)}\n")


@test("the router is deleted and made anew: no old connection passes")
@both
def router_goes(v):
    b = NatBed(f"nat add r1 out ext snat from {prefix(v, 0, 26)} to {outside(v, 10)}\n",
               hv="two", vm="two-vm")
    peer = b.x.addr(v)
    got = None
    for _ in range(3):
        got = b.udp_out(v, 12, 4444)
        b.answer(got, 12)
    need(b.show("-d", "router", "show", "r1")[0]["flows"] == 2, "no flows")
    save = b.dvradm("save").stdout
    lines = [line for line in save.splitlines() if " r1" in line]
    b.dvr("router del r1\n")
    token = b.token()
    b.flush()
    b.x.send(udp_packet(peer, got.saddr, token, 5000, got.sport))
    b.in1.send(udp_packet(inside(v, 12), peer, token, 4444, 5000))
    b.idle(.1)
    need(not b.seen(lambda p: token in p.raw and p.src in (GWI, GWE)),
         "a router that is gone")
    busywait(5, "the zone", lambda: not b.dvr("\n".join(lines) + "\n",
                                              check=False).returncode)
    b.ip("link set r1 up\n")
    b.flush()
    b.x.send(udp_packet(peer, got.saddr, token, 5000, got.sport))
    b.idle(.1)
    need(not b.seen(lambda p: token in p.raw and p.src == GWI),
         "a connection of before")
    b.answer(b.udp_out(v, 12, 4444), 12)
    b.leaks.none()


@test("conntrack -D ends a connection within half a second")
@both
def deleted(v):
    flush()
    zone = bed.show("router", "show", "r1")[0]["zone"]
    conn = Udp(v)
    conn.back()
    run("conntrack", "-D", "-f", f"ipv{v}", "-w", zone, "-p", "udp", "-s",
        inside(v, 12), ns=bed.hv)
    start, last = time.monotonic(), 0
    while time.monotonic() - start < 1.5:
        token = bed.token()
        bed.flush()
        x.send(conn.in_packet(token))
        bed.idle(.01)
        if bed.seen(lambda p, t=token: t in p.raw and p.src == GWI):
            last = time.monotonic() - start
    log(f"# the last one passed after {last:.3f} s")
    need(last < .6, f"passed after {last:.3f} s")
    flush()


@test("a connection lives as long as packets come, and udp-timeout after the last")
@both
def timeout(v):
    flush()
    # A busy machine may stand still for longer than a packet should take.
    bed.router_set(udp_timeout=4)
    try:
        conn = Udp(v)
        start = time.monotonic()
        while time.monotonic() - start < 5:
            conn.back()             # from outside alone
            bed.idle(.02)
        need(len(bed.flows("port", str(conn.sport))) == 1, "ended under traffic")
        conn.back()
        last = time.monotonic()
        while bed.flows("port", str(conn.sport)):
            need(time.monotonic() - last < 7, "lives on")
        idle = time.monotonic() - last
        log(f"# ended after {idle:.3f} s")
        need(3.7 <= idle < 7, f"ended after {idle:.3f} s")
        conn.dead_inwards("it has timed out")
    finally:
        bed.router_set(udp_timeout=300)


def tcp_state(conn):
    zone = bed.show("router", "show", "r1")[0]["zone"]
    text = run("conntrack", "-L", "-f", f"ipv{conn.v}", "-w", zone, "-p", "tcp",
               "--orig-port-src", conn.sport, ns=bed.hv).stdout.split()
    return text[3] if text else ""


def seen_out(conn, payload):
    """Is it seen outside?"""
    bed.flush()
    bed.host(conn.n).send(payload)
    bed.idle(.1)
    return [p for p in p3.rx if p.src == GWE and p.proto == TCP and
            p.saddr == conn.ext]


@test("TCP: what is out of the window is dropped, what comes again passes")
@both
def windows(v):
    flush()
    conn = Tcp(bed, v, 12).open()
    for _ in range(3):
        conn.alive()
    before = bed.drops("nat_invalid", router="r1")
    bad = [conn.packet_out(ACK, b"far", seq=conn.iseq + (1 << 20)),
           conn.packet_out(ACK, b"", ack=conn.oseq + 70000)]
    for number, payload in enumerate(bad):
        need(not seen_out(conn, payload), f"{number}: seen though out of the "
             "window")
    equal(bed.drops("nat_invalid", router="r1") - before, len(bad),
          "nat_invalid")
    conn.alive()
    # Again, in part again, and an old acknowledgement.
    again = conn.packet_out(ACK | PSH, bed.token())
    for _ in range(5):
        need(seen_out(conn, again), "the same again")
    conn.iseq += len(bed.token())
    need(seen_out(conn, conn.packet_out(ACK, b"0123456789",
                                        seq=conn.iseq - 5)), "partly again")
    conn.iseq += 5
    need(seen_out(conn, conn.packet_out(ACK, b"", ack=conn.oseq - 10)),
         "an old acknowledgement")
    # With SACK, which tells what is missing.
    opts = struct.pack("!BBBBII", 1, 1, 5, 10, conn.oseq + 1000, conn.oseq + 2000)
    need(seen_out(conn, packet(conn.src, conn.dst, TCP, tcp(
        conn.src, conn.dst, b"", conn.sport, conn.dport, conn.iseq, conn.oseq,
        ACK, opts=opts))), "SACK")
    conn.alive()
    need(flows() == 2, "no flows after all that")


@test("TCP: windows are scaled")
@both
def scaled(v):
    flush()
    conn = Tcp(bed, v, 12)

    def segment(side, flags, seq, ack, data=b"", window=1000, opts=b""):
        a, b = (conn.src, conn.dst), (conn.sport, conn.dport)
        if side:
            a, b = (conn.dst, conn.ext), (conn.dport, conn.eport)
        p = packet(*a, TCP, tcp(*a, data, *b, seq, ack, flags, window, opts))
        bed.flush()
        (x if side else bed.host(12)).send(p)
        bed.idle(.1)
        got = [q for q in (p1 if side else p3).rx if q.proto == TCP and
               q.src == (GWI if side else GWE)]
        if got and not side:
            conn.ext, conn.eport = got[0].saddr, got[0].sport
        return got and got[0].sound()

    scale = bytes((3, 3, 7, 1))
    need(segment(0, SYN, 99, 0, opts=scale), "SYN")
    need(segment(1, SYN | ACK, 499, 100, opts=scale), "SYN ACK")
    need(segment(0, ACK, 100, 500), "ACK")
    need(segment(1, ACK, 500, 100), "the window, which is scaled now")
    seq = 100
    for _ in range(20):         # 128000 bytes are allowed
        need(segment(0, ACK, seq, 500, b"d" * 1000), f"data at {seq}")
        seq += 1000
    need(segment(0, ACK, 100 + 127000, 500, b"d" * 999), "the last in the window")
    # Conntrack bears with those who send twice of what they may.
    need(not segment(0, ACK, 100 + 300000, 500, b"d"), "behind the window")
    need(segment(1, ACK, 500, 100 + 127999, window=2000), "an acknowledgement")
    need(segment(0, ACK, 100 + 300000, 500, b"d"), "in the window now")
    need(flows() == 2, "no flows")


@test("TCP: FIN and RST close the entry")
@both
def closing(v):
    flush()
    conn = Tcp(bed, v, 12).open()
    conn.alive()
    equal(tcp_state(conn), "ESTABLISHED", "state")
    conn.send(FIN | ACK)
    equal(tcp_state(conn), "FIN_WAIT", "state after FIN")
    conn.reply(ACK, bed.token())
    conn.reply(FIN | ACK)
    conn.send(ACK)
    equal(tcp_state(conn), "TIME_WAIT", "state after both")
    conn = Tcp(bed, v, 12).open()
    conn.alive()
    conn.reply(RST | ACK)
    equal(tcp_state(conn), "CLOSE", "state after RST")
    flush()


@test("TCP: after a forged RST, which is refused, a true one behind data closes")
@both
def forged(v):
    flush()
    conn = Tcp(bed, v, 12).open()
    for _ in range(3):
        conn.alive()
    equal(flows(), 2, "flows")
    bed.flush()
    x.send(conn.packet_in(RST, seq=conn.oseq + (1 << 20)))
    bed.idle(.1)
    equal([str(p) for p in p1.rx if p.proto == TCP], [], "a forged RST, inside")
    # Conntrack takes a RST that is not acknowledged if it is next to data.
    conn.reply(ACK | PSH, bed.token())
    equal(tcp_state(conn), "ESTABLISHED", "state")
    conn.reply(RST | ACK)
    equal(tcp_state(conn), "CLOSE", "state after RST")
    flush()


def full_of_old():
    """There is no room for a second connection while the first is busy."""
    bed.dvradm("flow", "flush", "router", "r1")
    old = Udp(4)
    new = Udp(4, 12, grown=0)
    bed.dvradm("flow", "flush", "router", "r1", "port", new.sport)
    equal(flows(), 2, "flows while none is idle")
    return old


def while_busy(what):
    """Do WHAT before flows are idle; again, if this machine was too slow for it."""
    for _ in range(9):
        start = time.monotonic()
        try:
            return what()
        except Fail:
            if time.monotonic() - start < 2:
                raise
    return what()


@test("flow-limit: all connections work, an idle flow goes for a new one")
def limit():
    flush()
    bed.router_set(flow_limit=2)
    try:
        ports = [bed.port() for _ in range(6)]
        for _ in range(2):
            for sport in ports:
                for v in BOTH:
                    bed.answer(bed.udp_out(v, 12, sport), 12)
                need(flows() <= 2, f"{flows()} flows")
        old = while_busy(full_of_old)
        # Idle: both are of the new one.
        bed.idle(3)
        new = Udp(4, 12, grown=None)
        equal(flows(), 2, "flows")
        bed.dvradm("flow", "flush", "router", "r1", "port", old.sport)
        equal(flows(), 2, "flows without the old connection")
        new.go()
    finally:
        bed.router_set(flow_limit=131072)
        flush()


@test("flow-limit, lowered: flows that are there go, their connections live")
def lowered():
    flush()
    conns = [Udp(v) for v in BOTH for _ in range(3)]
    equal(flows(), 12, "flows")
    bed.router_set(flow_limit=2)
    try:
        for conn in conns:
            conn.go()
            conn.back()
        need(flows() <= 2, f"{flows()} flows")
        for conn in conns:
            conn.go()
    finally:
        bed.router_set(flow_limit=131072)
    conns[0].go()
    conns[0].back()
    need(flows() >= 2, "no flows")
    flush()


@test("the cache off and on under traffic: nothing is lost")
@both
def switch(v):
    flush()
    conn, stream = Udp(v), Tcp(bed, v, 12).open()
    for number in range(8):
        bed.router_set(flow_cache=("off", "on")[number & 1])
        for _ in range(4):
            conn.go()
            conn.back()
            stream.alive()
    need(flows() == 4, "no flows")
    bed.router_set(flow_cache="off")
    conn.go()
    bed.router_set(flow_cache="on")
    row = bed.show("-s", "flow", "show", "router", "r1", "port",
                   str(conn.sport))[0]
    equal((row["orig"]["packets"], row["reply"]["packets"]), (35, 34),
          "packets counted")


@test("a connection with a helper is never in the cache")
@both
def helper(v):
    flush()
    bed.router_set(helpers="ftp")
    try:
        conn = Tcp(bed, v, 12, dport=21).open()
        for _ in range(3):
            conn.send(ACK | PSH, b"NOOP\r\n")
            conn.reply(ACK | PSH, b"200 ok\r\n")
        equal(flows(), 0, "flows of a connection with a helper")
        line = b"PORT 10,1,0,12,4,1\r\n" if v == 4 else \
            b"EPRT |2|%s|1025|\r\n" % inside(6, 12).encode()
        bed.flush()
        bed.host(12).send(conn.packet_out(ACK | PSH, line))
        got = p3.expect(lambda p: p.proto == TCP and p.src == GWE and
                        len(p.l4) > 20, "the command")
        need(inside(v, 12).replace(".", ",").encode() not in got.l4,
             f"the command is not translated: {got.l4}")
        other = Udp(v)
        other.go()
        flush()
    finally:
        bed.router_set(helpers="none")


@test("after a change of routes the next packet takes the new way, both ways")
@both
def rerouted(v):
    flush()
    sport, dst = bed.port(), bed.far[v]
    net = {4: "198.51.100.0/24", 6: "2001:db8:d::/64"}[v]
    for _ in range(3):
        got = bed.udp_out(v, 12, sport, dst)
        bed.answer(got, 12)
    equal(flows(), 2, "flows")
    bed.dvradm("route", "add", "r1", net, "via", y.own(dst))
    token = bed.token()
    again = bed.out(12, udp_packet(inside(v, 12), dst, token, sport, 5000),
                    wire=p4)
    equal((again.dst, again.saddr, again.sport), (y.mac, got.saddr, got.sport),
          "the new way")
    bed.answer(got, 12, host=y)
    bed.dvradm("route", "del", "r1", net)
    bed.udp_out(v, 12, sport, dst)
    # Inwards: the host is somewhere else, and then has another MAC.
    other = "02:00:00:00:77:01"
    bed.dvradm("neigh", "replace", "segment", "in", inside(v, 12), "lladdr", other,
               "port", "p2")
    token = bed.token()
    bed.flush()
    x.send(udp_packet(dst, got.saddr, token, 5000, got.sport))
    back = p2.expect(lambda p: token in p.raw, "the answer at its new place")
    equal((back.dst, back.daddr), (other, inside(v, 12)), "the new place")
    bed.dvradm("neigh", "del", "segment", "in", inside(v, 12))
    bed.answer(bed.udp_out(v, 12, sport, dst), 12)


@test("flow flush proto ends connections of that protocol alone")
@both
def flush_protocol(v):
    flush()
    datagrams, stream = Udp(v), Tcp(bed, v, 12).open()
    stream.alive()
    bed.dvradm("flow", "flush", "router", "r1", "proto", "udp")
    equal([f["proto"] for f in bed.flows("addr", inside(v, 12))], ["tcp"],
          "connections after a flush of UDP")
    bed.no_flow(datagrams.sport)
    stream.alive()
    flush()


FIRST = {
    4: {"snat": (f"snat from 10.1.0.0/26 to {outside(4, 10)}", outside(4, 10)),
        "floating": (f"floating {outside(4, 10)} to {inside(4, 12)}", outside(4, 10))},
    6: {"snat": (f"snat from {INSIDE6}/122 to {outside(6, 10)}", outside(6, 10)),
        "floating": (f"floating {outside(6, 10)} to {inside(6, 12)}", outside(6, 10)),
        "a prefix": (f"floating 2001:db8:f:2::/64 to {INSIDE6}/64", "2001:db8:f:2:")},
}


@test("the first rule of a leg is for the very next packet of who was routed without it")
@both
def first_rule(v):
    b = NatBed(hv="first", vm="first-vm")
    for what, (rule, ext) in FIRST[v].items():
        sport = b.port()
        for _ in range(3):
            got = b.udp_out(v, 12, sport)
            equal(got.saddr, inside(v, 12), f"{what}: the source without a rule")
        b.dvr(f"nat add r1 out ext {rule} handle 9\n")
        got = b.udp_out(v, 12, sport)
        need(got.saddr.startswith(ext), f"{what}: left as {got.saddr}")
        b.dvr("nat del r1 handle 9\n")


@last_test("no inside address was seen outside in all this")
def no_leak():
    bed.leaks.none()


finish(bed)
