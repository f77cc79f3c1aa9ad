#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Packets through a forward, hairpin and a translated prefix, byte for byte.

The bed is natlib's.  Inside host N has

    2-63     snat to 10
    200-203  floating, 200 to 203

of 10, port 8080 is forwarded to port 80 of host 10, and the ports 9000 to 9009
to 7000 to 7009 of host 9; fd00:0:0:2::/64 is 2001:db8:f:2::/64 outside.
"""

from frames import TCP, UDP, aged, ip_text, udp_packet
from lib import equal, finish, last_test, log, need, test
from natlib import (ACK, BOTH, GWE, GWI, INSIDE6, PSH, SYN, NatBed, both,
                    bracket, check_pieces, error, gathered, inside, outside,
                    pieces, reassemble, sound_udp, tcp_packet, tokens)

LEG = {4: "192.0.2.1", 6: "2001:db8:e::1"}
ORDERS = ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2))
NPT_IN, NPT_OUT = "fd00:0:0:2::", "2001:db8:f:2::"
SIZE = 512


def rules(v):
    src = "10.1.0.0/26" if v == 4 else f"{INSIDE6}/122"
    ext = bracket(outside(v, 10))
    return f"nat add r1 out ext snat from {src} to {outside(v, 10)}\n" + "".join(
        f"nat add r1 out ext forward {proto} {ext}:8080 to {bracket(inside(v, 10))}:80\n"
        f"nat add r1 out ext forward {proto} {ext}:9000-9009 to {bracket(inside(v, 9))}:7000\n"
        for proto in ("tcp", "udp")) + "".join(
        f"nat add r1 out ext floating {outside(v, n)} to {inside(v, n)}\n"
        for n in range(200, 204))


bed = NatBed()
x = bed.x
p1, p2, p3, p4 = bed.p1, bed.p2, bed.p3, bed.p4
for family in BOTH:
    bed.dvr(rules(family))
bed.dvr(f"iface set r1 segment in addr 10.1.0.1/24 addr {INSIDE6}1/64 addr {NPT_IN}1/64\n"
        f"nat add r1 out ext floating {NPT_OUT}/64 to {NPT_IN}/64\n")


def npt_address():
    """An address of the prefix inside, and what it is outside, as seen."""
    here = ip_text(bytes.fromhex("fd000000000000021234567800000045"))
    ext = bed.out(12, udp_packet(here, x.v6, bed.token(), 1, 2)).saddr
    need(ext.startswith(NPT_OUT[:-1]), f"{here} is {ext} outside")
    return here, ext


def body(length=1700, step=7):
    return bed.token() + bytes(i * step & 255 for i in range(length))


def nothing_outside(mark, what):
    bed.poll()
    got = [p for p in p3.rx + p4.rx if mark in p.raw]
    need(not got, f"{what} was seen outside: {got and got[0]}")


# -- fragments -----------------------------------------------------------------

def cut(host, packet, order, wire, src, what):
    """HOST sends PACKET in pieces; the pieces that WIRE gets of it."""
    bed.flush()
    for part in pieces(packet, SIZE, 0x1000 + bed.port(), order):
        host.send(part)
    return gathered(wire, src, f"{what}, order {order}")


def ports_of(got):
    whole = reassemble(got)
    return int.from_bytes(whole[:2], "big"), int.from_bytes(whole[2:4], "big")


@test("udp-12 fragments to a forward and of its answers, in any order")
@both
def fragments_forward(v):
    peer, ext, host = x.own(inside(v, 1)), outside(v, 10), inside(v, 10)
    for order in ORDERS:
        sport, data = bed.port(), body()
        got = cut(x, udp_packet(peer, ext, data, sport, 8080), order, p1, GWI, "inwards")
        check_pieces(got, v, SIZE, data, peer, host)
        equal(ports_of(got), (sport, 80), "ports inside")
        data = body(step=5)
        got = cut(bed.host(10), udp_packet(host, peer, data, 80, sport), order, p3, GWE,
                  "the answer")
        check_pieces(got, v, SIZE, data, ext, peer)
        equal(ports_of(got), (8080, sport), "ports outside")


@test("udp-12 fragments through hairpin, in any order")
@both
def fragments_hairpin(v):
    for n, dst, dport, to, port in ((11, outside(v, 10), 8080, 10, 80),
                                    (12, outside(v, 201), 99, 201, 99),
                                    (201, outside(v, 200), 98, 200, 98)):
        there, back = bed.host(to), bed.host(n)
        mine = outside(v, 10 if n < 64 else n)
        for order in ORDERS:
            sport, data = bed.port(), body()
            got = cut(back, udp_packet(inside(v, n), dst, data, sport, dport), order,
                      there.wire, GWI, f"from {n} to {to}")
            check_pieces(got, v, SIZE, data, mine, inside(v, to))
            theirs, at = ports_of(got)
            equal(at, port, "port inside")
            nothing_outside(data[:20], "a hairpin")
            data = body(step=5)
            got = cut(there, udp_packet(inside(v, to), mine, data, port, theirs), order,
                      back.wire, GWI, f"from {to} to {n}")
            check_pieces(got, v, SIZE, data, dst, inside(v, n))
            equal(ports_of(got), (dport, sport), "ports of the answer")
            nothing_outside(data[:20], "an answer of a hairpin")


@test("NPTv6 fragments into the prefix and through hairpin, in any order")
def fragments_npt():
    here, ext = npt_address()
    # Pieces that wait for a neighbour are not all kept.
    bed.into(12, udp_packet(x.v6, ext, bed.token(), 2222, 1111))
    for order in ORDERS:
        data = body()
        sent = udp_packet(x.v6, ext, data, 2222, 1111)
        got = cut(x, sent, order, p1, GWI, "inwards")
        check_pieces(got, 6, SIZE, data, x.v6, here)
        equal(reassemble(got).hex(), sent[40:].hex(), "the datagram")
        # Of one host of the prefix to itself, by its outside address.
        sent = udp_packet(here, ext, data, 1, 2)
        got = cut(bed.host(12), sent, order, p1, GWI, "hairpin")
        check_pieces(got, 6, SIZE, data, ext, here)
        nothing_outside(data[:20], "a hairpin")


# -- path MTU --------------------------------------------------------------------

def too_big(v):
    return (3, 4) if v == 4 else (2, 0)


def crosses(v, sender, receiver, got, sent, who, src, dst, what):
    """An error of WHO about GOT, which SENDER's SENT became: it comes to
    RECEIVER from SRC, and quotes what was sent there."""
    bed.flush()
    sender.send(error(who, got.saddr, *too_big(v), got.ip, 1300))
    back = receiver.wire.expect(lambda p: p.icmp_error(*too_big(v)), f"{what}: the error")
    equal((back.saddr, back.daddr, back.rest), (src, dst, 1300), f"{what}: addresses, MTU")
    equal(back.quote.hex(), aged(sent).hex(), f"{what}: the quote")
    need(back.sound(), f"{what}: checksum")


def make(proto, src, dst, sport, dport, flags=ACK | PSH):
    df = {"flags": 2} if ":" not in src else {}
    if proto == UDP:
        return udp_packet(src, dst, bed.token() + b"d" * 1000, sport, dport, **df)
    return tcp_packet(src, dst, b"" if flags & SYN else bed.token() + b"d" * 1000, sport, dport,
                      1, 1 if flags & ACK else 0, flags, dontfrag=":" not in src)


def conversation(v, proto, n, ext, dport, port):
    """An outside host speaks to EXT and DPORT, N answers: a pair of what was sent
    and seen, each way."""
    peer, sport = x.own(inside(v, 1)), bed.port()
    want = {"inside": lambda p: p.src == GWI and p.proto == proto and p.sport == sport,
            "outside": lambda p: p.src == GWE and p.proto == proto and p.dport == sport}
    result = []
    for flags, more in ((SYN, SYN | ACK), (ACK, None), (ACK | PSH, ACK | PSH)):
        if proto == UDP and flags == SYN:
            continue
        sent = make(proto, peer, ext, sport, dport, flags)
        result = [(bed.into(n, sent, want=want["inside"]), sent)]
        equal((result[0][0].daddr, result[0][0].dport), (inside(v, n), port), "destination inside")
        if more:
            sent = make(proto, inside(v, n), peer, port, sport, more)
            result.append((bed.out(n, sent, want["outside"]), sent))
            equal((result[1][0].saddr, result[1][0].sport), (ext, dport), "source outside")
    return result


@test("pmtu-2 icmp-4 icmp-5 errors about UDP and TCP of a forward and a floating, both ways")
@both
def pmtu_errors(v):
    for n, ext, dport, port in ((10, outside(v, 10), 8080, 80), (9, outside(v, 10), 9005, 7005),
                                (200, outside(v, 200), 99, 99)):
        for proto in (UDP, TCP):
            what = f"host {n}, protocol {proto}"
            into, out = conversation(v, proto, n, ext, dport, port)
            peer = x.own(ext)
            # A router outside, about an answer.
            crosses(v, x, bed.host(n), *out, bed.far[v], bed.far[v], inside(v, n),
                    f"{what}, from outside")
            # A router inside, about what came in: it speaks as the outside address.
            crosses(v, bed.host(n), x, *into, inside(v, 33), ext, peer, f"{what}, from inside")
            # The connection is as it was.
            again = make(proto, inside(v, n), peer, port, out[0].dport)
            equal(bed.out(n, again, lambda p, t=tokens(again): t in p.raw and
                          p.src == GWE).sport, dport, "the source, later")


@test("pmtu-2 icmp-7 errors about packets through hairpin, both ways")
@both
def pmtu_hairpin(v):
    for n, dst, dport, to, port in ((11, outside(v, 10), 8080, 10, 80),
                                    (12, outside(v, 201), 99, 201, 99)):
        mine = outside(v, 10)
        sport, one, two = bed.port(), bed.host(n), bed.host(to)
        sent = make(UDP, inside(v, n), dst, sport, dport)
        got = bed.into(to, sent, one)
        crosses(v, two, one, got, sent, inside(v, 33 if to == 10 else to), dst, inside(v, n),
                f"{n} to {to}")
        sent = make(UDP, inside(v, to), mine, port, got.sport)
        got = bed.into(n, sent, two)
        equal((got.saddr, got.sport), (dst, dport), "the answer's source")
        crosses(v, one, two, got, sent, inside(v, n), mine, inside(v, to), f"{to} to {n}")


@test("pmtu-2 icmp-5 errors of a router behind a translated prefix, whose address is not of it")
def npt_inner_router():
    here, ext = npt_address()
    for who, sees in (("fd00:0:0:9::2", ext), (here, ext), (inside(6, 33), ext)):
        sent = make(UDP, x.v6, ext, bed.port(), 99)
        got = bed.into(12, sent)
        crosses(6, bed.host(12), x, got, sent, who, sees, x.v6, f"of {who}")
        # And to another host inside.
        sent = make(UDP, here, ext, bed.port(), 98)
        got = bed.into(12, sent, bed.host(12))
        crosses(6, bed.host(12), bed.host(12), got, sent, who, sees, here,
                f"of {who}, through hairpin")


@test("icmp-9 the router's own hop before a translated prefix quotes what was sent")
def npt_hop():
    _, ext = npt_address()
    sent = udp_packet(x.v6, ext, bed.token(), bed.port(), 99, ttl=1)
    bed.flush()
    x.send(sent)
    got = p3.expect(lambda p: p.icmp_error(3, 0), "time exceeded")
    equal((got.saddr, got.daddr), (LEG[6], x.v6), "addresses")
    equal(got.quote.hex(), sent.hex(), "the quote")


@test("pmtu-1 pmtu-2 a smaller inside segment is told outside, for each kind of rule")
@both
def small_inside(v):
    # Behind a translation the router speaks as the address that was asked.
    cases = [(x, outside(v, 10), 8080), (x, outside(v, 10), 9009), (x, outside(v, 200), 99),
             (bed.host(11), outside(v, 10), 8080), (bed.host(12), outside(v, 201), 99)]
    if v == 6:
        cases.append((x, npt_address()[1], 99))
    bed.dvradm("segment", "set", "in", "mtu", 1300)
    try:
        for host, dst, dport in cases:
            src = x.own(dst) if host is x else inside(v, 11 if host is bed.in2 else 12)
            for proto in (UDP, TCP):
                if proto == TCP:
                    sent = tcp_packet(src, dst, bed.token() + b"s" * 1380, bed.port(), dport,
                                      dontfrag=v == 4)
                else:
                    sent = udp_packet(src, dst, bed.token() + b"u" * 1380, bed.port(), dport,
                                      **({"flags": 2} if v == 4 else {}))
                bed.flush()
                host.send(sent)
                got = host.wire.expect(lambda p: p.icmp_error(*too_big(v)),
                                       f"too big, of {dst} port {dport}")
                equal((got.saddr, got.daddr, got.rest), (dst, src, 1300),
                      f"{dst} port {dport}: addresses, MTU")
                equal(got.quote.hex(), sent[:len(got.quote)].hex(), f"{dst}: the quote")
                need(got.sound(), "checksum")
                need(not bed.seen(lambda p, t=tokens(sent): t in p.raw and p.src == GWI and
                                  p.proto == proto), "it was sent on")
    finally:
        bed.dvradm("segment", "set", "in", "mtu", 1500)


@test("udp-11 what may be cut is cut behind a forward, in order")
def cut_inside():
    bed.dvradm("segment", "set", "in", "mtu", 1300)
    try:
        for dst, dport, n, port in ((outside(4, 10), 8080, 10, 80),
                                    (outside(4, 200), 99, 200, 99)):
            data = body(1400)
            bed.flush()
            x.send(udp_packet(x.v4, dst, data, bed.port(), dport))
            got = gathered(p1, GWI, "pieces inside")
            need(all(p.length <= 1300 for p in got), "length of the pieces")
            equal([p.offset for p in got], sorted(p.offset for p in got), "order")
            whole = reassemble(got)
            need(whole[8:] == data, "the data is not what was sent")
            equal(ports_of(got)[1], port, "port")
            need(sound_udp(x.v4, inside(4, n), whole), "UDP checksum")
    finally:
        bed.dvradm("segment", "set", "in", "mtu", 1500)


# -- ports ---------------------------------------------------------------------------

@test("forward of a range: first, middle and last port, and none beside it")
@both
def port_range(v):
    peer, ext = x.own(inside(v, 1)), outside(v, 10)
    for dport in (9000, 9004, 9009):
        got = bed.udp_in(v, 9, dport - 2000, ext, dport, sport=bed.port())
        back = bed.out(9, udp_packet(inside(v, 9), peer, bed.token(), dport - 2000, got.sport))
        equal((back.saddr, back.sport), (ext, dport), "the answer")
        sport = bed.port()
        syn = bed.into(9, tcp_packet(peer, ext, b"", sport, dport),
                       want=lambda p, s=sport: p.proto == TCP and p.src == GWI and p.sport == s)
        equal((syn.daddr, syn.dport), (inside(v, 9), dport - 2000), "TCP inside")
        # From inside, too.
        token = bed.token()
        bed.flush()
        bed.host(11).send(udp_packet(inside(v, 11), ext, token, bed.port(), dport))
        got = p1.expect(lambda p, t=token: t in p.raw and p.src == GWI, "hairpin")
        equal((got.saddr, got.daddr, got.dport), (ext, inside(v, 9), dport - 2000), "hairpin")
    beside = (8999, 9010)
    bed.not_in([udp_packet(peer, ext, bed.token(), bed.port(), port) for port in beside] +
               [tcp_packet(peer, ext, bed.token(), bed.port(), port) for port in beside],
               "a port beside the range", "nat_refused")
    # Nor from inside, nor as a fragment.
    before = bed.drops("nat_refused", router="r1")
    marks = []
    bed.flush()
    for port in beside:
        sent = udp_packet(inside(v, 11), ext, bed.token(), bed.port(), port)
        marks.append(tokens(sent))
        bed.host(11).send(sent)
        sent = udp_packet(peer, ext, bed.token() * 60, bed.port(), port)
        marks.append(tokens(sent))
        for part in pieces(sent, SIZE, bed.port()):
            x.send(part)
    bed.settle()
    found = bed.seen(lambda p: any(m in p.raw for m in marks))
    need(not found, f"beside the range: {found and found[0][1]}")
    equal(bed.drops("nat_refused", router="r1") - before, 4, "nat_refused")


@test("snat gives no port that is forwarded, however few are left")
@both
def port_reserved(v):
    ext = bracket(outside(v, 40))
    span = f"{ext}:6000-6007" if v == 4 else f"[{outside(v, 40)}]:6000-6007"
    src = "10.1.0.64/28" if v == 4 else f"{INSIDE6}40/124"
    bed.dvr(f"nat add r1 out ext snat from {src} to {span} handle 401\n"
            f"nat add r1 out ext forward udp {ext}:6003-6004 to {bracket(inside(v, 9))}:7003 "
            "handle 402\n")
    got = bed.many(v, [(70, bed.port(), x, 5000) for _ in range(24)])
    equal(sorted(p.sport for p in got if p), [6000, 6001, 6002, 6005, 6006, 6007],
          "ports given")
    for port in (6003, 6004):
        bed.udp_in(v, 9, port + 1000, outside(v, 40), port, sport=bed.port())
    bed.dvr("nat del r1 handle 401\nnat del r1 handle 402\n")


# -- headers -------------------------------------------------------------------------

@test("DSCP and ECN cross every kind of rule, both ways, first packets and flows")
@both
def dscp_ecn(v):
    ext, peer = outside(v, 10), x.own(inside(v, 1))
    marks = (0xb9, 0xba, 0x03, 0x29)        # EF, CS1, none; ECT(1), ECT(0), CE
    for what, n, here, there, sender, dst, dport, port in (
            ("snat", 12, None, None, None, None, 5000, None),
            ("forward", 10, None, None, x, ext, 8080, 80),
            ("floating", 200, None, None, x, outside(v, 200), 99, 99),
            ("hairpin", 10, None, None, bed.host(11), ext, 8080, 80)):
        log(f"# {what}")
        sport = bed.port()
        for tos in marks * 2:
            if what == "snat":
                got = bed.udp_out(v, n, sport, tos=tos)
                back = bed.into(n, udp_packet(peer, got.saddr, bed.token(), 5000, got.sport,
                                              tos=tos ^ 4))
            else:
                src = peer if sender is x else inside(v, 11)
                got = bed.into(n, udp_packet(src, dst, bed.token(), sport, dport, tos=tos), sender)
                answer = udp_packet(inside(v, n), got.saddr, bed.token(), port, got.sport,
                                    tos=tos ^ 4)
                back = bed.out(n, answer) if sender is x else \
                    bed.into(11, answer, bed.host(n))
            equal((got.tos, back.tos), (tos, tos ^ 4), f"{what}: traffic class, both ways")
    if v == 6:
        here, ext = npt_address()
        for tos in marks:
            equal((bed.out(12, udp_packet(here, x.v6, bed.token(), 1, 2, tos=tos)).tos,
                   bed.into(12, udp_packet(x.v6, ext, bed.token(), 2, 1, tos=tos)).tos),
                  (tos, tos), "NPTv6: traffic class")


@last_test("no inside address was seen outside in all this")
def no_leak():
    bed.leaks.none()


finish(bed)
