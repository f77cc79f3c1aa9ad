#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tenants with the same addresses, and a machine that reuses an address.

The bed is natlib's.  A second router, r2, has the same legs and rules, with the same
inside hosts at p5 and the same x at p6.  In both routers inside host N has

    2-63     snat to 10
    200-203  floating, 200 to 203

and of 10 the port 8080 is forwarded to port 80 of host 10, 8081 to 81 of 11.
"""

import struct

from frames import TCP, UDP, echo, gratuitous, udp_packet
from lib import Host, equal, finish, last_test, need, run, test
from natlib import (ACK, GWE, GWI, INSIDE6, PSH, SYN, Many, NatBed, Tcp, both, bracket,
                    error, inside, is_inside, outside, pieces, reassemble, sound_udp,
                    tcp_packet)

NEXT_MAC = {4: "02:00:00:00:01:92", 6: "02:00:00:00:01:93"}


def rules(v, router, out):
    src, ext = "10.1.0.0/26" if v == 4 else f"{INSIDE6}/122", bracket(outside(v, 10))
    return f"nat add {router} out {out} snat from {src} to {outside(v, 10)}\n" + "".join(
        f"nat add {router} out {out} forward {proto} {ext}:{port} to "
        f"{bracket(inside(v, n))}:{to}\n"
        for proto in ("tcp", "udp") for port, n, to in ((8080, 10, 80), (8081, 11, 81))
    ) + "".join(f"nat add {router} out {out} floating {outside(v, n)} to {inside(v, n)}\n"
                for n in range(200, 204))


class Tenant:
    """A router, a machine that has all inside hosts, and x."""

    def __init__(self, router, host, x):
        self.router, self.host, self.x = router, host, x
        self.wires = host.wire, x.wire


bed = NatBed(rules(4, "r1", "ext") + rules(6, "r1", "ext"))
x, p2 = bed.x, bed.p2
bed.add("p5", "p6")
two = Many(bed.wires["p5"], bed.in1.mac, GWI, lambda a: is_inside(a) and
           a not in ("10.1.0.1", f"{INSIDE6}1"))
x2 = Host(bed.wires["p6"], x.mac, x.v4, x.v6, GWE)
bed.wires["p6"].hosts.append(bed.leaks)
bed.dvr(f"""
    router add r2
    segment add in2
    segment add ext2
    iface add r2 segment in2 mac {GWI} addr 10.1.0.1/24 addr {INSIDE6}1/64
    iface add r2 segment ext2 mac {GWE} addr 192.0.2.1/24 addr 2001:db8:e::1/64
    route add r2 default via {x.v4}
    route add r2 ::/0 via {x.v6}
    port add p5 segment in2
    port add p6 segment ext2 mac {x2.mac} addr {x2.v4} addr {x2.v6} security off
""")
bed.ip("link set r2 up\n")
bed.dvr(rules(4, "r2", "ext2") + rules(6, "r2", "ext2"))
tenants = Tenant("r1", bed.in1, x), Tenant("r2", two, x2)


def other(t):
    return tenants[1] if t is tenants[0] else tenants[0]


def apart(marks):
    """What has a tenant's mark was on no wire of the other."""
    bed.poll()
    for t, mark in marks:
        for wire in other(t).wires:
            found = [p for p in wire.rx if mark in p.raw]
            need(not found, f"of {t.router}, but on {wire}: {found and found[0]}")


def at_once(build, outwards, what):
    """Both send the same but for the mark; what each other side sees of its own.

    build(mark) is the packet, outwards whether it is from inside.
    """
    bed.flush()
    marks = [(t, bed.token()) for t in tenants]
    for t, mark in marks:
        (t.host if outwards else t.x).send(build(mark))
    got = []
    for t, mark in marks:
        wire = (t.x if outwards else t.host).wire
        got.append(wire.expect(lambda p, m=mark: m in p.raw and p.src in (GWE, GWI),
                               f"{what} of {t.router}"))
        need(got[-1].sound(), f"{what}: checksums")
    apart(marks)
    return got


def answers(build, outwards, what):
    """Each is answered by its own; build(tenant's number, mark)."""
    bed.flush()
    marks = [(t, bed.token()) for t in tenants]
    for number, (t, mark) in enumerate(marks):
        (t.host if outwards else t.x).send(build(number, mark))
    got = []
    for t, mark in marks:
        wire = (t.x if outwards else t.host).wire
        got.append(wire.expect(lambda p, m=mark: m in p.raw and p.src in (GWE, GWI),
                               f"{what} of {t.router}"))
    apart(marks)
    return got


@test("two tenants: the same UDP and TCP at once, by snat, floating and forwards")
@both
def same_ports(v):
    peer = x.own(inside(v, 1))
    for n, ext in ((12, outside(v, 10)), (200, outside(v, 200))):
        port = bed.port()
        got = at_once(lambda m, n=n, s=port: udp_packet(inside(v, n), peer, m, s, 5000), True,
                      f"UDP of {n}")
        equal({p.saddr for p in got}, {ext}, "outside address")
        back = answers(lambda i, m, g=got: udp_packet(peer, g[i].saddr, m, 5000, g[i].sport), False,
                       f"the answer to {n}")
        equal({(p.daddr, p.dport) for p in back}, {(inside(v, n), port)}, "the answers")
        port = bed.port()
        got = at_once(lambda m, n=n, s=port: tcp_packet(inside(v, n), peer, m, s, 80), True,
                      f"TCP of {n}")
        equal({p.saddr for p in got}, {ext}, "outside address, TCP")
    for make, proto in ((udp_packet, UDP), (tcp_packet, TCP)):
        for dst, dport, n, to in ((outside(v, 10), 8080, 10, 80), (outside(v, 200), 99, 200, 99)):
            port = bed.port()
            got = at_once(lambda m, d=dst, p=dport, s=port, k=make: k(peer, d, m, s, p), False,
                          f"protocol {proto} to {dst}")
            equal({(p.daddr, p.sport, p.dport) for p in got}, {(inside(v, n), port, to)}, "inside")
            if proto == UDP:
                back = at_once(lambda m, s=port, n=n, t=to: udp_packet(inside(v, n), peer, m, t, s),
                               True, f"the answer of {dst}")
                equal({(p.saddr, p.sport, p.dport) for p in back}, {(dst, dport, port)}, "outside")


@test("icmp-1 two tenants: the same query at once, by snat and floating, both ways")
@both
def same_queries(v):
    peer = x.own(inside(v, 1))
    for n, ext in ((12, outside(v, 10)), (200, outside(v, 200))):
        ident = bed.port()
        got = at_once(lambda m, n=n, i=ident: echo(inside(v, n), peer, m, i), True,
                      f"a query of {n}")
        equal({p.saddr for p in got}, {ext}, "outside address")
        back = answers(lambda i, m, g=got: echo(peer, g[i].saddr, m, g[i].rest >> 16, reply=True),
                       False, f"the answer to {n}")
        equal({(p.daddr, p.rest >> 16) for p in back}, {(inside(v, n), ident)}, "the answers")
    ident = bed.port()
    got = at_once(lambda m: echo(peer, outside(v, 200), m, ident), False, "a query to floating")
    equal({(p.daddr, p.rest >> 16) for p in got}, {(inside(v, 200), ident)}, "inside")


@test("7857-4 two tenants: fragments of the same addresses and identification, mixed")
@both
def same_fragments(v):
    peer = x.own(inside(v, 1))
    for outwards, src, dst, ports, want in (
            (True, inside(v, 12), peer, (bed.port(), 5000), (outside(v, 10), peer)),
            (False, peer, outside(v, 10), (bed.port(), 8080), (peer, inside(v, 10))),
            (False, peer, outside(v, 200), (bed.port(), 99), (peer, inside(v, 200)))):
        bed.flush()
        data = [bed.token() + byte * 1500 for byte in (b"A", b"B")]
        cut = [pieces(udp_packet(src, dst, d, *ports), 512, 0x7777) for d in data]
        for number in (2, 0, 3, 1):
            for t, parts in zip(tenants, cut):
                if number < len(parts):
                    (t.host if outwards else t.x).send(parts[number])
        for t, d in zip(tenants, data):
            wire = (t.x if outwards else t.host).wire
            got = []
            while not got or reassemble(got) is None:
                got.append(wire.expect(lambda p: p.src in (GWE, GWI) and p.proto == UDP and
                                       (p.offset or p.flags & 1), f"fragments of {t.router}"))
            whole = reassemble(got)
            equal(whole[8:], d, f"data of {t.router}")
            equal({(p.saddr, p.daddr) for p in got}, {want}, "addresses")
            need(sound_udp(*want, whole), "UDP checksum")
        apart(zip(tenants, (b"A" * 99, b"B" * 99)))


# -- counters --------------------------------------------------------------------------

def rows(*words):
    return bed.show("-s", "flow", "show", *words)


@test("flow show counts packets and bytes, filtered by router, rule, address and port")
@both
def counted(v):
    head = 28 if v == 4 else 48
    peer = x.own(inside(v, 1))
    for t in tenants:
        bed.dvradm("flow", "flush", "router", t.router)
    ports = bed.port(), bed.port()
    want = {}
    for number, t in enumerate(tenants):
        for n in (12, 200):
            for sport in ports:
                out, back, size = 3 + number + n % 7, 2 + number, 100 + sport % 50
                for _ in range(out):
                    mark = bed.token().ljust(size, b".")
                    t.host.send(udp_packet(inside(v, n), peer, mark, sport, 5000))
                    got = t.x.wire.expect(lambda p, m=mark: m in p.raw, "outside")
                for _ in range(back):
                    mark = bed.token().ljust(size + 11, b".")
                    t.x.send(udp_packet(peer, got.saddr, mark, 5000, got.sport))
                    t.host.wire.expect(lambda p, m=mark: m in p.raw, "inside")
                want[t.router, inside(v, n), sport] = (
                    out, out * (size + head), back, back * (size + 11 + head))

    def check(keys, *words):
        got = {(f["router"], f["orig"]["src"], f["orig"]["sport"]): (
            f["orig"]["packets"], f["orig"]["bytes"],
            f["reply"]["packets"], f["reply"]["bytes"]) for f in rows(*words)}
        equal(got, {k: want[k] for k in want if keys(*k)}, f"flow show {' '.join(words)}")

    a, b = inside(v, 12), inside(v, 200)
    check(lambda r, i, s: True)
    check(lambda r, i, s: r == "r2", "router", "r2")
    check(lambda r, i, s: i == a, "addr", a)
    check(lambda r, i, s: i == b, "addr", outside(v, 200))
    check(lambda r, i, s: True, "addr", peer)
    check(lambda r, i, s: s == ports[1], "port", str(ports[1]))
    check(lambda r, i, s: (r, i, s) == ("r1", b, ports[0]), "router", "r1", "addr", b, "port",
          str(ports[0]))
    check(lambda r, i, s: r == "r2" and i == a, "router", "r2", "addr", a)
    check(lambda r, i, s: False, "router", "r1", "addr", inside(v, 13))
    check(lambda r, i, s: r == "r1", "router", "r1", "port", "5000")
    # Of one rule, and these alone are ended by it.
    rule = {f["orig"]["src"]: f["handle"] for f in rows("router", "r1")}
    need(rule[a] != rule[b], "two rules")
    check(lambda r, i, s: r == "r1" and i == a, "router", "r1", "handle", str(rule[a]))
    bed.dvradm("flow", "flush", "router", "r1", "handle", str(rule[a]))
    check(lambda r, i, s: r == "r2" or i == b)


# -- the next machine of an address ------------------------------------------------------

def states(v):
    """Of hosts 11 and 201, behind p2."""
    return [f for n in (11, 201) for f in bed.flows("addr", inside(v, n))]


def entries(v):
    """Lines of conntrack about them."""
    return [line for line in run(
        "conntrack", "-L", "-f", f"ipv{v}", ns=bed.hv).stdout.splitlines()
        if any(f"={inside(v, n)} " in line for n in (11, 201))]


@test("the next machine of an address meets no state: snat, floating and forwards")
@both
def next_owner(v):
    peer, ext = x.addr(v), outside(v, 201)
    snat, port = bed.udp_out(v, 11, bed.port()), bed.port()
    bed.answer(snat, 11)
    flt = bed.udp_out(v, 201, port)
    bed.answer(flt, 201)
    bed.udp_in(v, 201, 99, ext, 99, sport=port)
    conn = Tcp(bed, v, 201).open()
    conn.alive()
    token = bed.token()
    query = bed.out(201, echo(inside(v, 201), peer, token, port),
                    lambda p, t=token: p.src == GWE and t in p.raw)
    bed.udp_in(v, 11, 81, outside(v, 10), 8081, sport=port)
    bed.out(11, udp_packet(inside(v, 11), peer, bed.token(), 81, port))
    syn = tcp_packet(peer, outside(v, 10), b"", port, 8081, 1000)
    mine = tcp_packet(inside(v, 11), peer, b"", 81, port, 2000, 1001, SYN | ACK)
    bed.into(11, syn, want=lambda p: p.src == GWI and p.proto == TCP and p.sport == port)
    bed.out(11, mine, lambda p: p.src == GWE and p.proto == TCP and p.dport == port)
    bed.into(11, tcp_packet(peer, outside(v, 10), bed.token(), port, 8081, 1001, 2001,
                            ACK | PSH))
    equal(len(states(v)), 7, "connections of the old machine")
    bed.dvradm("port", "del", "p2")
    equal(states(v), [], "connections after its port went")
    equal(entries(v), [], "entries after its port went")
    next_mac = NEXT_MAC[v]
    bed.in2.mac = next_mac
    bed.dvradm("port", "add", "p2", "segment", "in")
    # It says who it is, as machines do when they come up.
    for w in (4, 6):
        for n in (11, 201):
            p2.send(gratuitous(next_mac, inside(w, n)))
    # What was for the old one's mapping, and errors about what it sent.
    kind = (3, 4) if v == 4 else (2, 0)
    bed.not_in([udp_packet(peer, snat.saddr, bed.token(), 5000, snat.sport)],
               "an answer to the old machine", "nat_refused")
    bed.not_in([echo(peer, query.saddr, bed.token(), port, reply=True)] + [
        error(peer, p.saddr, *kind, p.ip + bed.token(), 1300) for p in (snat, flt)],
        "an answer or an error for the old machine")
    # Anew, with the same ports: counted from the start, in the other direction.
    got = bed.udp_in(v, 201, port, ext, port)
    equal(got.dst, next_mac, "MAC of the next machine")
    row, = [f for f in rows("router", "r1", "addr", inside(v, 201), "port", str(port))
            if f["proto"] == "udp"]
    equal((row["orig"]["src"], row["orig"]["packets"], row["reply"]["packets"]),
          (peer, 1, 0), "the connection")
    # TCP of the same ports, with numbers that are nowhere near.
    again = Tcp(bed, v, 201, sport=conn.sport)
    again.iseq, again.oseq = 0x90000000, 0xe0000000
    again.open()
    again.alive()
    want = tcp_packet(peer, outside(v, 10), b"", port, 8081, 0xa0000000)
    got = bed.into(11, want, want=lambda p: p.src == GWI and p.proto == TCP and
                   p.sport == port)
    equal((got.dst, got.l4[4:8]), (next_mac, struct.pack("!I", 0xa0000000)),
          "a new connection of the old ports")
    row, = [f for f in rows("router", "r1", "addr", inside(v, 11), "port", str(port))
            if f["proto"] == "tcp"]
    equal((row["orig"]["packets"], row["reply"]["packets"]), (1, 0), "its packets")


# -- whose a connection is -------------------------------------------------------------

def hairpin(v, n, dst, dport, to):
    """UDP of host N behind p1 to the outside address DST of a host behind p2, and
    its answer; what that host saw."""
    token, sport = bed.token(), bed.port()
    bed.flush()
    bed.host(n).send(udp_packet(inside(v, n), dst, token, sport, dport))
    got = p2.expect(lambda p: token in p.raw and p.src == GWI, "hairpin")
    token = bed.token()
    bed.in2.send(udp_packet(got.daddr, got.saddr, token, got.dport, got.sport))
    bed.p1.expect(lambda p: token in p.raw and p.src == GWI, "the answer")
    equal((got.daddr, got.dport), (inside(v, to), dport if to > 199 else 81), "inside")
    return got


@test("a hairpin connection ends with the port of who began it")
@both
def caller_gone(v):
    for dst, dport, to in ((outside(v, 10), 8081, 11), (outside(v, 201), 99, 201)):
        got = hairpin(v, 12, dst, dport, to)
        need(bed.flows("addr", inside(v, 12)), "no connection")
        bed.dvradm("port", "del", "p1")
        equal(bed.flows("addr", inside(v, 12)), [], "connections of a caller that is gone")
        bed.dvradm("port", "add", "p1", "segment", "in")
        token = bed.token()
        bed.flush()
        bed.in2.send(udp_packet(got.daddr, got.saddr, token, got.dport, got.sport))
        bed.settle()
        need(not [p for p in bed.p1.rx if token in p.raw and p.src == GWI],
             "the next machine at the port sees the answer")


@test("a hairpin connection ends with the rule of its source")
@both
def caller_rule_gone(v):
    src = "10.1.0.64/28" if v == 4 else f"{INSIDE6}40/124"
    bed.dvr(f"nat add r1 out ext snat from {src} to {outside(v, 20)} handle 777\n")
    got = hairpin(v, 70, outside(v, 201), 99, 201)
    equal(got.saddr, outside(v, 20), "the caller")
    bed.dvr("nat del r1 handle 777\n")
    equal(bed.flows("addr", inside(v, 70)), [], "connections of a rule that is gone")
    token = bed.token()
    bed.flush()
    bed.host(70).send(udp_packet(inside(v, 70), outside(v, 201), token, got.sport, 99))
    bed.settle()
    need(not [p for p in p2.rx if token in p.raw and p.saddr == outside(v, 20)],
         "the next packet has the source of a rule that is gone")
    bed.dvradm("flow", "flush", "router", "r1")


@test("a connection from outside ends with the port that its answers came from")
@both
def server_gone(v):
    bed.dvradm("neigh", "del", "segment", "in", inside(v, 201), check=False)
    port = bed.port()
    # Its host has to be asked for: the first packet does not say where it is.
    bed.udp_in(v, 201, 99, outside(v, 201), 99, sport=port)
    bed.out(201, udp_packet(inside(v, 201), x.own(inside(v, 1)), bed.token(), 99, port))
    bed.flow(port)
    bed.dvradm("port", "del", "p2")
    bed.no_flow(port)
    bed.dvradm("port", "add", "p2", "segment", "in")


@last_test("no inside address was seen outside in all this")
def no_leak():
    bed.leaks.none()


finish(bed)
