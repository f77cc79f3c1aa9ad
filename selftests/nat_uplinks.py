#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 400
"""Several out segments: who leaves by which, and with which address.

The bed is natlib's, with ext2 as a second out segment.  The default route leads to x
on ext.  Host 200 has a floating address, and host 210 a forwarded port, of ext2.  The
peer is behind x as well as behind z, and no route of ext2 leads to it.
"""

import os
import random

from frames import ICMP, ICMP6, UDP, echo, udp_packet
from lib import Host, amount, equal, finish, log, need, test
from natlib import (ACK, GWE, GWE2, GWI, PSH, SYN, NatBed, bracket, both, check_pieces, error,
                    gathered, inside, outside, pieces, prefix, tcp_packet, tokens)

UNREACHABLE = {4: (3, 3), 6: (1, 4)}
ALL = {4: "default", 6: "::/0"}

bed = NatBed()
bed.second()
x, z, p3, p5 = bed.x, bed.z, bed.p3, bed.p5
for v in (4, 6):
    bed.dvr(f"""
        nat add r1 out ext2 floating {outside(v, 200)} to {inside(v, 200)}
        nat add r1 out ext2 forward udp {bracket(outside(v, 210))}:8080 to {bracket(inside(v, 210))}:80
    """)
SNAT = 700      # handle of ext_rule()


def ext_rule(v, n, length):
    """A rule of ext for hosts from N on."""
    bed.dvr(f"nat add r1 out ext snat from {prefix(v, n, length)} to {outside(v, 10)} "
            f"handle {SNAT}\n")


def no_ext_rule():
    bed.dvradm("nat", "del", "r1", "handle", str(SNAT))


def with_and_without(function):
    """With a rule of ext that translates the hosts, then with none."""
    def run(v):
        ext_rule(v, 192, 27)
        try:
            function(v)
        finally:
            no_ext_rule()
        log("# ext has no rule")
        function(v)
    return run


def expect_back(n, payload, saddr, sport, wire=p5, gw=GWE2, to=None):
    """Inside host N answers; WIRE alone sees it, from SADDR and SPORT."""
    mark = tokens(payload)
    bed.flush()
    bed.host(n).send(payload)
    got = wire.expect(lambda p: p.src == gw and mark in p.raw, "the answer")
    equal((got.saddr, got.sport), (saddr, sport), "source of the answer")
    equal(got.dst, (to or z).mac, "MAC that the answer goes to")
    need(got.sound(), f"checksums: {got}")
    bed.settle()
    need(not [w for w, p in bed.seen(lambda p: mark in p.raw) if w != "p1"],
         "the answer was seen twice")
    return got


def conversation(v, n, dst, dport, want_port, rounds=4):
    """The far peer asks N through z, several times, so that flows are made."""
    peer, sport = bed.far[v], bed.port()
    for _ in range(rounds):
        got = bed.udp_in(v, n, want_port, dst, dport, src=peer, sport=sport, host=z)
        expect_back(n, udp_packet(inside(v, n), peer, bed.token(), got.dport, sport), dst, dport)
    return sport


@test("two-uplinks-1 an answer leaves by the out segment that the question came in by")
@both
@with_and_without
def answers(v):
    conversation(v, 200, outside(v, 200), 5353, 5353)
    conversation(v, 210, outside(v, 210), 8080, 80)
    bed.leaks.none()


@test("two-uplinks-2 TCP from the second out segment is a connection")
@both
@with_and_without
def tcp(v):
    peer, sport, host = bed.far[v], bed.port(), inside(v, 200)
    out = outside(v, 200)
    bed.into(200, tcp_packet(peer, out, b"", sport, 22, 100, 0, SYN), z,
             lambda p: p.src == GWI and p.dport == 22)
    bed.flush()
    bed.host(200).send(tcp_packet(host, peer, b"", 22, sport, 500, 101, SYN | ACK))
    got = p5.expect(lambda p: p.src == GWE2 and p.sport == 22, "SYN-ACK by ext2")
    equal(got.saddr, out, "source of the SYN-ACK")
    bed.into(200, tcp_packet(peer, out, b"", sport, 22, 101, 501, ACK), z,
             lambda p: p.src == GWI and p.dport == 22)
    for i in range(4):
        data = bed.token()
        expect_back(200, tcp_packet(host, peer, data, 22, sport, 501 + i * len(data), 101,
                                    ACK | PSH), out, 22)
    bed.leaks.none()


@test("two-uplinks-3 a route of the leg comes before the neighbour that asked")
@both
def by_route(v):
    other = Host(p5, "02:00:00:00:02:11", "198.18.0.11", "2001:db8:e2::11", GWE2)
    via = other.v4 if v == 4 else other.v6
    peer = "203.0.113.77" if v == 4 else "2001:db8:77::1"
    net = "203.0.113.77/32" if v == 4 else "2001:db8:77::/64"
    bed.dvradm("route", "add", "r1", net, "via", x.v4 if v == 4 else x.v6, "via", via)
    for port in range(6000, 6008):
        bed.udp_in(v, 200, 53, outside(v, 200), 53, src=peer, sport=port, host=z)
        expect_back(200, udp_packet(inside(v, 200), peer, bed.token(), 53, port),
                    outside(v, 200), 53, to=other)
    bed.dvradm("route", "del", "r1", net)
    p5.hosts.remove(other)


@test("two-uplinks-4 answers follow the neighbour that takes over")
@both
def neighbour_changes(v):
    peer, out = bed.far[v], outside(v, 200)
    sport = conversation(v, 200, out, 53, 53, rounds=2)
    second = Host(p5, "02:00:00:00:02:12", None, None, GWE2)
    bed.into(200, udp_packet(peer, out, bed.token(), sport, 53), second)
    expect_back(200, udp_packet(inside(v, 200), peer, bed.token(), 53, sport), out, 53, to=second)
    p5.hosts.remove(second)


@test("two-uplinks-5 fragments and ICMP errors of an answer leave by its out segment")
@both
@with_and_without
def pieces_and_errors(v):
    peer, out, host = bed.far[v], outside(v, 200), inside(v, 200)
    sport = bed.port()
    got = bed.udp_in(v, 200, 53, out, 53, src=peer, sport=sport, host=z)
    data = bed.token() * 100
    bed.flush()
    for piece in pieces(udp_packet(host, peer, data, 53, sport), 800):
        bed.host(200).send(piece)
    check_pieces(gathered(p5, GWE2, "the answer by ext2"), v, 800, data, out, peer)
    proto = ICMP if v == 4 else ICMP6
    bed.flush()
    bed.host(200).send(error(host, peer, *UNREACHABLE[v], got.ip))
    seen = p5.expect(lambda p: p.src == GWE2 and p.proto == proto and p.daddr == peer,
                     "the error by ext2")
    equal(seen.saddr, out, "source of the error")
    need(seen.sound(), f"checksums: {seen}")
    bed.into(200, echo(peer, out, bed.token(), 77), z)
    expect_error = echo(host, peer, bed.token(), 77, reply=True)
    mark = tokens(expect_error)
    bed.host(200).send(expect_error)
    seen = p5.expect(lambda p: p.src == GWE2 and mark in p.raw, "the echo reply by ext2")
    equal(seen.saddr, out, "source of the echo reply")
    bed.settle()
    bed.leaks.none()


@test("two-uplinks-6 an error of the router about a question leaves by its out segment")
@both
def own_error(v):
    """The inside host does not answer, so the peer gets an error."""
    peer, out = bed.far[v], outside(v, 200)
    bed.flush()
    bed.dvradm("neigh", "del", "segment", "in", inside(v, 200), check=False)
    mine, bed.in1.mine = bed.in1.mine, lambda a: False
    try:
        z.send(udp_packet(peer, out, bed.token(), 7, 7))
        got = p5.expect(lambda p: p.src == GWE2 and p.proto == (ICMP if v == 4 else ICMP6) and
                        p.type == (3 if v == 4 else 1), "host unreachable by ext2", 8)
    finally:
        bed.in1.mine = mine
    equal((got.saddr, got.daddr), (out, peer), "addresses of the error")
    bed.leaks.none()


@test("two-uplinks-7 a connection whose route leads to another out segment ends")
@both
def moves(v):
    nets = {4: "198.51.100.128/25", 6: "2001:db8:d:1::/64"}
    peer = {4: "198.51.100.200", 6: "2001:db8:d:1::7"}[v]
    way = {h: h.v4 if v == 4 else h.v6 for h in (x, z)}
    bed.dvr(f"""
        nat add r1 out ext2 snat from {prefix(v, 64, 26)} to {outside(v, 20)} handle 701
        route add r1 {nets[v]} via {way[z]}
    """)
    ext_rule(v, 64, 26)
    sport = bed.port()

    def send(wire, gw, saddr):
        got = bed.out(64, udp_packet(inside(v, 64), peer, bed.token(), sport, 99),
                      lambda p: p.src == gw and p.proto == UDP and p.daddr == peer, wire=wire)
        equal(got.saddr, saddr, "source outside")
        return got

    def lost():
        before = bed.drops("nat_moved", router="r1")
        payload = udp_packet(inside(v, 64), peer, bed.token(), sport, 99)
        bed.flush()
        bed.host(64).send(payload)
        bed.settle()
        need(not bed.seen(lambda p: tokens(payload) in p.raw and p.src in (GWE, GWE2)),
             "the packet was seen outside")
        equal(bed.drops("nat_moved", router="r1") - before, 1, "nat_moved")
        bed.no_flow(sport)

    for _ in range(3):
        got = send(p5, GWE2, outside(v, 20))
        bed.answer(got, 64, host=z)
    bed.dvradm("route", "replace", "r1", nets[v], "via", way[x])
    lost()
    for _ in range(3):
        got = send(p3, GWE, outside(v, 10))
        bed.answer(got, 64, host=x)
    # Where no rule is for the source, the next packet is routed as it is.
    no_ext_rule()
    bed.dvradm("route", "replace", "r1", nets[v], "via", way[z])
    for _ in range(3):
        bed.answer(send(p5, GWE2, outside(v, 20)), 64, host=z)
    bed.leaks.none()
    bed.dvradm("route", "replace", "r1", nets[v], "via", way[x])
    lost()
    bed.leaks.allowed = True
    send(p3, GWE, inside(v, 64))
    bed.leaks.allowed = False
    bed.dvradm("route", "del", "r1", nets[v])
    bed.dvradm("nat", "del", "r1", "handle", "701")


@test("two-uplinks-8 a source of a connected inside segment begins nothing from outside")
@both
def forged(v):
    bed.not_in([udp_packet({4: "10.8.0.9", 6: "fd00:0:0:8::9"}[v], outside(v, 200), bed.token())],
               reason="rpf", host=z)


@test("two-uplinks-9 an answer does not leave by a device of the host")
@both
def by_device(v):
    """A route by a device leads to the peer."""
    net = {4: "203.0.113.99/32", 6: "2001:db8:99::/64"}[v]
    peer = {4: "203.0.113.99", 6: "2001:db8:99::1"}[v]
    bed.dvradm("route", "add", "r1", net, "dev", "tun9")
    for port in range(7000, 7003):
        bed.udp_in(v, 200, 53, outside(v, 200), 53, src=peer, sport=port, host=z)
        expect_back(200, udp_packet(inside(v, 200), peer, bed.token(), 53, port),
                    outside(v, 200), 53)
    bed.dvradm("route", "del", "r1", net)


@test("two-uplinks-10 what has no connection passes a leg without rules as it is")
@both
def stateless(v):
    bed.leaks.allowed = True
    for n in (200, 64):
        for _ in range(4):
            mark = bed.token()
            bed.host(n).send(udp_packet(inside(v, n), bed.far[v], mark, 1234, 4321))
            got = p3.expect(lambda p: p.src == GWE and mark in p.raw, "the packet by ext")
            equal(got.saddr, inside(v, n), "source")
    bed.leaks.allowed = False
    bed.no_flow(1234)


class Model:
    """Random rules and routes, and what may be seen of packets under them."""

    def __init__(self, v, seed):
        self.v, self.rng = v, random.Random(seed)
        self.rules = {}             # (out, n) -> handle
        self.handle = {4: 5000, 6: 7000}[v]
        self.way = {4: x.v4, 6: x.v6}[v]
        self.hosts = (64, 65, 66)
        self.peers = [{4: f"198.51.100.{n}", 6: f"2001:db8:d::{n}"}[v] for n in (21, 22)]
        self.count = {"seen": 0, "plain": 0, "moved": 0, "none": 0}

    def rule(self):
        out, n = self.rng.choice(("ext", "ext2")), self.rng.choice(self.hosts)
        v = self.v
        if (out, n) in self.rules:
            bed.dvradm("nat", "del", "r1", "handle", str(self.rules.pop((out, n))))
            return
        base = 100 if out == "ext" else 150
        kind = self.rng.choice(("floating", "snat", "forward"))
        self.handle += 1    # connections of the last rule may not have ended yet
        handle = self.handle
        text = {
            "floating": f"floating {outside(v, base + n % 64)} to {inside(v, n)}",
            "snat": f"snat from {prefix(v, n, 32)} to {outside(v, base + n % 64)}",
            "forward": f"forward udp {bracket(outside(v, base + n % 64))}:80 to "
                       f"{bracket(inside(v, n))}:80",
        }[kind]
        bed.dvr(f"nat add r1 out {out} {text} handle {handle}\n")
        self.rules[out, n] = handle

    def route(self):
        ways = [[h.v4 if self.v == 4 else h.v6] for h in (x, z)]
        ways.append([w for way in ways for w in way])
        way = [word for via in self.rng.choice(ways) for word in ("via", via)]
        bed.dvradm("route", "replace", "r1", ALL[self.v], *way)

    def translating(self, out, n, sport):
        """A rule of OUT is for packets of N from SPORT."""
        handle = self.rules.get((out, n))
        kind = next((r["kind"] for r in bed.show("nat", "show", "r1")
                     if r["handle"] == handle), None)
        return kind in ("floating", "snat")

    def outward(self):
        n, peer = self.rng.choice(self.hosts), self.rng.choice(self.peers)
        sport = self.rng.choice((80, 1024 + n))
        # Connections of a rule that is gone are dead, if not yet out of sight.
        header = inside(self.v, n), sport, peer, 80
        had = [f for f in bed.flows("port", str(sport)) if
               header in (tuple(f[way][k] for k in ("src", "sport", "dst", "dport"))
                          for way in ("orig", "reply")) and
               f["handle"] in self.rules.values()]
        payload = udp_packet(inside(self.v, n), peer, bed.token(), sport, 80)
        before = bed.drops("nat_moved", router="r1")
        bed.flush()
        bed.host(n).send(payload)
        bed.settle()
        seen = bed.seen(lambda p: tokens(payload) in p.raw and p.src in (GWE, GWE2))
        need(len(seen) < 2, f"{len(seen)} copies")
        if not seen:
            moved = bed.drops("nat_moved", router="r1") - before
            self.count["moved" if moved else "none"] += 1
            return
        wire, pkt = seen[0]
        self.count["seen"] += 1
        if pkt.saddr == inside(self.v, n):
            self.count["plain"] += 1
            out = "ext" if wire == "p3" else "ext2"
            need(not had, f"untranslated by {out}, but there is an entry: {had}")
            need(not self.translating(out, n, sport), f"untranslated by {out} in spite of a rule")
        else:
            base = 100 if wire == "p3" else 150
            equal(pkt.saddr, outside(self.v, base + n % 64),
                  f"source on {wire} is an address of that out segment")

    def inward(self):
        n, out = self.rng.choice(self.hosts), self.rng.choice(("ext", "ext2"))
        host = x if out == "ext" else z
        base = 100 if out == "ext" else 150
        dport = self.rng.choice((80, 1024 + n))
        host.send(udp_packet(self.rng.choice(self.peers), outside(self.v, base + n % 64),
                             bed.token(), 80, dport))
        bed.settle()

    def run(self, steps):
        todo = (self.rule, self.route) + (self.inward,) * 3 + (self.outward,) * 6
        for _ in range(steps):
            self.rng.choice(todo)()
        log(f"# {self.count}")
        # How many connections move depends on chance; other tests move one.
        for name in ("seen", "plain"):
            need(self.count[name], f"nothing was {name} in {steps} steps: no test")


@test("two-uplinks-11 no inside address is seen where a rule or an entry covers it")
@both
def property_test(v):
    bed.leaks.allowed = True        # the model judges
    seed = int(os.environ.get("FUZZ_SEED") or 1115)
    log(f"# seed {seed}")
    try:
        Model(v, seed).run(amount(300, 120))
    except Exception:
        log(f"# failed with seed {seed}")
        raise
    finally:
        bed.leaks.allowed = False


bed.ip("link add tun9 type dummy\nlink set tun9 up\n")
bed.dvr("""
    segment add in8
    iface add r1 segment in8 addr 10.8.0.1/24 addr fd00:0:0:8::1/64
""")
finish(bed)
