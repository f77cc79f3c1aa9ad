#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
"""Packets that NAT leaves unchanged: exempt packets, and those of the router itself.  And
packets that it must drop: errors that would show an inside address, and packets from an
address to itself.

The bed is natlib's.  Host 200 has a floating address, but none towards y.  Host 210
has only a forward.
"""

from frames import ICMP, ICMP6, TCP, UDP, echo, udp_packet
from lib import equal, finish, last_test, need, test
from natlib import (ACK, FIN, GWE, RST, SYN, NatBed, both, bracket, error, inside,
                    outside, prefix, tcp_packet, tokens)

Y = {4: "192.0.2.11", 6: "2001:db8:e::11"}
OWN = {4: "192.0.2.1", 6: "2001:db8:e::1"}
ALL = {4: "0.0.0.0/0", 6: "::/0"}
UNREACHABLE = {4: (3, 3), 6: (1, 4)}


def rules(v):
    return f"""
        nat add r1 out ext snat from {prefix(v, 0, 26)} to {outside(v, 10)}
        nat add r1 out ext floating {outside(v, 200)} to {inside(v, 200)}
        nat add r1 out ext none from {prefix(v, 200, 32)} to {Y[v]}/{32 if v == 4 else 128}
        nat add r1 out ext forward udp {bracket(outside(v, 11))}:8080 to {bracket(inside(v, 210))}:80
        nat add r1 out ext forward udp {bracket(outside(v, 11))}:69 to {bracket(inside(v, 210))}:69
    """


bed = NatBed(rules(4) + rules(6) + """
    nat add r1 out ext floating 2001:db8:f:3::/64 to fd00:0:0:3::/64
    route add r1 fd00:0:0:3::/64 via fd00:0:0:1::2
""")
x, y, p3, p4 = bed.x, bed.y, bed.p3, bed.p4


def crosses(n, payload, wire, src):
    """Host N sends PAYLOAD; it is outside with the source SRC, else unchanged."""
    mark = tokens(payload)
    bed.flush()
    bed.host(n).send(payload)
    got = wire.expect(lambda p: p.src == GWE and mark in p.raw, f"{payload[:1]!r} outside")
    equal(got.saddr, src, "source outside")
    need(got.sound(), f"checksums: {got}")
    return got


def arrives(n, host, payload):
    """HOST sends PAYLOAD; N gets it."""
    return bed.into(n, payload, host)


def tcp_of(v, n, peer, flags, port):
    return tcp_packet(inside(v, n), peer, bed.token(), 22, port, 7, 9, flags)


@test("cgn-1 an exempt host with a floating address, and one with a forward, answer")
@both
def exempt(v):
    bed.leaks.allowed = True
    try:
        for n, host, wire in ((200, y, p4), (210, x, p3)):
            mine, peer, port = inside(v, n), bed.addr(v, host), bed.port()
            arrives(n, host, tcp_packet(peer, mine, bed.token(), port, 22))
            for flags in (SYN | ACK, ACK, FIN | ACK, RST | ACK):
                crosses(n, tcp_of(v, n, peer, flags, port), wire, mine)
            arrives(n, host, echo(peer, mine, bed.token(), port))
            crosses(n, echo(mine, peer, bed.token(), port, reply=True), wire, mine)
            got = arrives(n, host, udp_packet(peer, mine, bed.token(), port, 161))
            crosses(n, error(mine, peer, *UNREACHABLE[v], got.ip), wire, mine)
            equal(bed.flows("addr", mine), [], "connections of what is exempt")
    finally:
        bed.leaks.allowed = False


@test("what was translated on its way in is answered so, exempt or not")
@both
def answered(v):
    port = bed.port()
    got = bed.udp_in(v, 200, 53, outside(v, 200), 53, y, port)
    crosses(200, udp_packet(inside(v, 200), bed.addr(v, y), bed.token(), 53, got.sport), p4,
            outside(v, 200))
    crosses(200, error(inside(v, 200), bed.addr(v, y), *UNREACHABLE[v], got.ip), p4,
            outside(v, 200))
    got = bed.udp_in(v, 210, 80, outside(v, 11), 8080, x, bed.port())
    crosses(210, udp_packet(inside(v, 210), bed.addr(v, x), bed.token(), 80, got.sport), p3,
            outside(v, 11))
    crosses(200, udp_packet(inside(v, 200), bed.addr(v, x), bed.token(), 99, 99), p3,
            outside(v, 200))


@test("what a helper expects of a host that has but a forward is translated, too")
@both
def expected(v):
    bed.router_set(helpers="tftp")
    try:
        port = bed.port()
        arrives(210, x, udp_packet(bed.addr(v, x), outside(v, 11),
                                   b"\0\1" + bed.token() + b"\0octet\0", port, 69))
        crosses(210, udp_packet(inside(v, 210), bed.addr(v, x), b"\0\3\0\1" + bed.token(), 4567,
                                port), p3, outside(v, 11))
    finally:
        bed.router_set(helpers="none")


@test("icmp-5 an error that quotes a stranger does not tell who sends it")
@both
def stranger(v):
    far = x.own(inside(v, 12))
    for n in (12, 200):
        before = bed.drops("nat_invalid", router="r1")
        quote = udp_packet(far, bed.far[v], bed.token(), 5, 6)
        bed.flush()
        bed.host(n).send(error(inside(v, n), far, *UNREACHABLE[v], quote))
        bed.settle()
        got = bed.seen(lambda p, m=tokens(quote): m in p.raw)
        need(not got, f"seen: {got and got[0][1]}")
        equal(bed.drops("nat_invalid", router="r1") - before, 1, "nat_invalid")
    # A router whom no rule knows, about a host whom no rule knows.
    quote = udp_packet(far, inside(v, 251), bed.token(), 5, 6)
    bed.leaks.allowed = True
    crosses(250, error(inside(v, 250), far, *UNREACHABLE[v], quote), p3, inside(v, 250))
    bed.leaks.allowed = False


@test("1812-5 a packet from an outside address of the router, to it or another: dropped")
@both
def forged(v):
    f, s = outside(v, 200), outside(v, 10)
    bed.dvradm("flow", "flush", "router", "r1")
    bed.not_in([udp_packet(f, f, bed.token(), 69, 69),
                udp_packet(s, f, bed.token(), 69, 69),
                tcp_packet(f, f, bed.token(), 80, 80),
                udp_packet(f, outside(v, 11), bed.token(), 69, 8080)],
               "a packet that came from us", "martian_src")
    if v == 6:
        one, two = "2001:db8:f:3::5", "2001:db8:f:3::6"
        bed.not_in([udp_packet(one, one, bed.token(), 69, 69),
                    udp_packet(two, one, bed.token(), 69, 69)],
                   "a packet that came from our prefix", "martian_src")
    equal(bed.flows("addr", f), [], "connections")


@test("what the router itself says outside is not translated, by however wide a rule")
@both
def own(v):
    bed.dvradm("nat", "add", "r1", "out", "ext", "snat", "from", ALL[v], "to",
               outside(v, 20), "handle", 9000 + v)
    try:
        mark, peer = bed.token(), bed.addr(v, x)
        bed.flush()
        x.send(echo(peer, OWN[v], mark, 77))
        got = p3.expect(lambda p: p.src == GWE and mark in p.raw, "the router's reply")
        equal((got.saddr, got.type), (OWN[v], 0 if v == 4 else 129), "source and type")
        ttl = {"ttl": 1} if v == 4 else {"hlim": 1}
        x.send(udp_packet(peer, outside(v, 200), bed.token(), 5, 6, **ttl))
        got = p3.expect(lambda p: p.src == GWE and p.proto in (ICMP, ICMP6) and
                        p.type == (11 if v == 4 else 3), "time exceeded")
        equal(got.saddr, OWN[v], "source of the error")
        # It is in force for others.
        for proto in (UDP, TCP):
            make = udp_packet if proto == UDP else tcp_packet
            crosses(100, make(inside(v, 100), peer, bed.token(), 1234, 80), p3, outside(v, 20))
    finally:
        bed.dvradm("nat", "del", "r1", "handle", 9000 + v)


@last_test("nothing left with an inside address that should not")
def leaks():
    bed.leaks.none()


finish(bed)
