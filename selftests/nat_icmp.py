#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""NAT of ICMP by RFC 5508, byte for byte.  The bed is natrfc's."""

import struct
import time

from frames import DSTOPTS, UDP, aged, asks, echo, ip6, packet, udp, udp_packet
from lib import equal, need, test
from natlib import (GWE, GWI, INSIDE6, SYN, NatBed, Tcp, both, bracket, error,
                    inside, outside)
from natrfc import (bed, done, echo_back, echo_out, near, p1, p2, p3, query_id,
                    x, y)


@test("icmp-1 two hosts with the same identifier, and mapping by identifier")
@both
def same_id(v):
    ident = bed.port()
    one, two = echo_out(v, 12, ident), echo_out(v, 11, ident)
    equal({one.saddr, two.saddr}, {outside(v, 10)}, "outside address")
    need(query_id(one) != query_id(two), "both have the same identifier")
    for n, got in ((11, two), (12, one)):
        equal(query_id(echo_back(v, n, got)), ident, "identifier inside")
    # The same for all destinations.
    equal(query_id(echo_out(v, 12, ident, y)), query_id(one),
          "identifier towards y")
    # Data and sequence are not touched.
    data = bed.token() + bytes(range(256)) * 4
    got = echo_out(v, 12, ident, data=data, seq=0xbeef)
    equal((got.rest & 0xffff, got.l4[8:]), (0xbeef, data), "sequence, data")


@test("icmp-2 a query lives 60 s")
@both
def query_timeout(v):
    ident = bed.port()
    got = echo_out(v, 12, ident)
    near(bed.flow(ident)["timeout_s"], 60, "unreplied")
    echo_back(v, 12, got)
    near(bed.flow(ident)["timeout_s"], 60, "replied")


@test("icmp-3 bad checksums are dropped, from outside and from inside")
@both
def bad_icmp(v):
    sport, ident = bed.port(), bed.port()
    got = bed.udp_out(v, 12, sport)
    query = echo_out(v, 12, ident)
    kind, code = (3, 3) if v == 4 else (1, 4)
    at = (20 if v == 4 else 40) + 2
    spoilt = bytearray(echo(query.daddr, query.saddr, bed.token(),
                            query_id(query), reply=True))
    spoilt[at] ^= 0x5a
    bed.flush()
    x.send(bytes(spoilt))
    x.send(error(got.daddr, got.saddr, kind, code, got.ip, csum=0x1234))
    bed.settle()
    seen = [p for p in p1.rx if p.src == GWI and (
        p.icmp_error(kind, code) or p.type in (0, 129))]
    need(not seen, f"came in: {seen and seen[0]}")
    # A query with a bad checksum does not leave.
    token = bed.token()
    spoilt = bytearray(echo(inside(v, 12), x.own(got.saddr), token, 99))
    spoilt[at] ^= 0x5a
    bed.host(12).send(bytes(spoilt))
    bed.settle()
    need(not [p for p in p3.rx if token in p.raw], "a bad query left")
    # The good ones do.
    x.send(error(got.daddr, got.saddr, kind, code, got.ip))
    p1.expect(lambda p: p.icmp_error(kind, code), "the good error")


@test("icmp-3 a quoted IPv4 header with a bad checksum is dropped")
def bad_quote():
    got = bed.udp_out(4, 12, bed.port())
    for at in (4, 8, 10):
        quote = bytearray(got.ip)
        quote[at] ^= 0x5a
        bed.flush()
        x.send(error(got.daddr, got.saddr, 3, 3, bytes(quote)))
        bed.settle()
        need(not [p for p in p1.rx if p.icmp_error(3, 3)],
             f"came in, with byte {at} of the quote spoilt")


@test("icmp-3 options of the quoted packet are skipped")
@both
def quoted_options(v):
    src, dst, sport = inside(v, 12), x.addr(v), bed.port()
    if v == 4:
        sent = udp_packet(src, dst, bed.token(), sport, 5000, flags=2,
                          opts=bytes([0x9e, 4, 1, 2, 0x94, 4, 0, 0]))
    else:
        # A destination options header, hop limits apart.
        sent = ip6(src, dst, DSTOPTS, struct.pack("!BBHI", UDP, 0, 0x0104, 0) + udp(
            src, dst, bed.token(), sport, 5000))
    got = bed.out(12, sent)
    kind, code = {4: (3, 3), 6: (1, 4)}[v]
    bed.flush()
    x.send(error(dst, got.saddr, kind, code, got.ip))
    back = p1.expect(lambda p: p.icmp_error(kind, code), "error inside")
    equal(back.quote, aged(sent), "quote")
    need(back.sound(), "checksum")


ERRORS = {4: [(3, 0, 0), (3, 1, 0), (3, 3, 0), (3, 4, 1400), (3, 13, 0),
              (11, 0, 0), (11, 1, 0), (12, 0, 0x14000000)],
          6: [(1, 0, 0), (1, 1, 0), (1, 3, 0), (1, 4, 0), (2, 0, 1400),
              (3, 0, 0), (3, 1, 0), (4, 1, 6)]}


@test("icmp-4 external errors: the quote reverted to the byte, all else kept")
@both
def external_error(v):
    src, dst = inside(v, 12), x.own(inside(v, 12))
    sport = bed.port()
    conn = Tcp(bed, v, 12)
    # Without DF the identification is the router's, and so it is quoted.
    atomic = {"flags": 2} if v == 4 else {}
    query = echo(src, dst, bed.token(), bed.port(), **atomic)
    sent = {"udp": udp_packet(src, dst, bed.token(), sport, 5000, **atomic),
            "tcp": conn.packet_out(SYN), "echo": query}
    got = {"udp": bed.out(12, sent["udp"]), "tcp": conn.send(SYN),
           "echo": bed.out(12, query, lambda p: p.src == GWE and
                           p.type in (8, 128))}
    for what in sent:
        quote = got[what].ip
        for kind, code, rest in ERRORS[v] if what == "udp" else \
                ERRORS[v][2:3]:
            # From the end, and from a router on the way.
            for who in (dst, bed.far[v]):
                p1.rx.clear()
                x.send(error(who, got[what].saddr, kind, code, quote, rest))
                back = p1.expect(lambda p, k=kind, c=code: p.icmp_error(k, c),
                                 f"{what}: {kind}/{code} of {who} inside")
                equal((back.saddr, back.daddr, back.rest), (who, src, rest),
                      f"{what} {kind}/{code}: addresses, value")
                equal(back.quote.hex(), aged(sent[what]).hex(),
                      f"{what} {kind}/{code}: the quote")
                need(back.sound(), "checksum")
                equal(back.ttl, 63, "TTL of the error")
    # As few bytes as RFC 792 asks for.
    if v == 4:
        for what in sent:
            p1.rx.clear()
            x.send(error(dst, got[what].saddr, 3, 1, got[what].ip[:28]))
            back = p1.expect(lambda p: p.icmp_error(3, 1), f"short {what}")
            want = bytearray(aged(sent[what])[:28])
            have = bytearray(back.quote)
            if what == "udp":       # the checksum may or may not be mended
                want[26:28] = have[26:28]
            equal(have.hex(), want.hex(), f"{what}: a short quote")


@test("icmp-4 an error about what has no mapping is dropped")
@both
def error_without_mapping(v):
    ext, dst = outside(v, 10), x.own(inside(v, 12))
    strange = [udp_packet(ext, dst, bed.token(), 61000 + n, 5000)
               for n in range(3)] + [
        udp_packet(outside(v, 99), dst, bed.token(), 1, 5000),
        echo(ext, dst, bed.token(), 61999),
        packet(ext, dst, UDP, b"\0\1\0")]
    bed.not_in([error(dst, ext, kind, code, s + b"(the end of a quote)" +
                      bed.token(), rest)
                for s in strange for kind, code, rest in ERRORS[v][2:4]],
               "an error about nothing")


@test("icmp-5 internal errors: the quote and the source are translated")
@both
def internal_error(v):
    src = x.own(inside(v, 200))
    cases = []
    # A floating address, asked from outside, and a mapping's answer.
    sent = udp_packet(src, outside(v, 200), bed.token(), 5000, 99)
    cases.append((sent, bed.into(200, sent), 200, outside(v, 200)))
    out = bed.udp_out(v, 12, bed.port())
    sent = udp_packet(src, out.saddr, bed.token(), 5000, out.sport)
    cases.append((sent, bed.into(12, sent), 12, outside(v, 10)))
    for sent, got, n, ext in cases:
        for kind, code, rest in ERRORS[v]:
            # Of the host itself, and of a router between it and us.
            for who in (inside(v, n), inside(v, 33)):
                p3.rx.clear()
                bed.host(n).send(error(who, src, kind, code, got.ip, rest))
                back = p3.expect(lambda p, k=kind, c=code: p.icmp_error(k, c),
                                 f"{kind}/{code} of {who} outside")
                equal((back.saddr, back.daddr, back.rest), (ext, src, rest),
                      f"{kind}/{code}: addresses, value")
                equal(back.quote.hex(), aged(sent).hex(), "the quote")
                need(back.sound(), "checksum")


@test("icmp-5 an internal error about nothing does not leave")
@both
def internal_nothing(v):
    marks = []
    bed.flush()
    for n in (12, 200):
        mark = bed.token()
        marks.append(mark)
        quote = udp_packet(x.own(inside(v, n)), inside(v, n), mark, 5999, 60999)
        kind, code, rest = ERRORS[v][2]
        bed.host(n).send(error(inside(v, n), x.own(inside(v, n)), kind, code,
                               quote, rest))
    bed.settle()
    for mark in marks[:1]:
        got = [p for p in p3.rx if mark in p.raw]
        need(not got, f"left: {got and got[0]}")


@test("icmp-6 errors and filtered packets refresh nothing and delete nothing")
@both
def no_refresh(v):
    sport = bed.port()
    got = bed.udp_out(v, 12, sport)
    start = time.monotonic()
    kind, code, rest = ERRORS[v][2]
    bed.idle(5)
    for _ in range(3):
        x.send(error(got.daddr, got.saddr, kind, code, got.ip, rest))
        x.send(udp_packet(bed.far[v], got.saddr, bed.token(), 5000, got.sport))
        bed.host(12).send(error(inside(v, 12), got.daddr, kind, code,
                                udp_packet(got.daddr, inside(v, 12),
                                           b"x" * 8, 5000, sport), rest))
    bed.settle()
    timeout = bed.flow(sport)["timeout_s"]
    past = time.monotonic() - start
    need(timeout <= 300 - int(past) + 2, f"{timeout} s after {past:.1f}")
    need(timeout >= 300 - past - 3, f"{timeout} s after {past:.1f}")
    bed.answer(got, 12)


@test("icmp-7 hairpinned queries and errors")
@both
def hairpin_icmp(v):
    for n, ext in ((200, outside(v, 200)), (12, outside(v, 10))):
        ident = bed.port()
        token = bed.token()
        bed.flush()
        bed.host(n).send(echo(inside(v, n), outside(v, 201), token, ident))
        got = p2.expect(lambda p, t=token: t in p.raw and p.src == GWI,
                        f"query of {n} inside")
        equal((got.saddr, got.daddr), (ext, inside(v, 201)), "addresses")
        token = bed.token()
        bed.host(201).send(echo(inside(v, 201), ext, token, query_id(got),
                                reply=True))
        back = p1.expect(lambda p, t=token: t in p.raw and p.src == GWI,
                         f"answer to {n}")
        equal((back.saddr, back.daddr, query_id(back)),
              (outside(v, 201), inside(v, n), ident), "the answer")
        # An error about a datagram, from the other inside host.
        sent = udp_packet(inside(v, n), outside(v, 201), bed.token(), ident, 7)
        bed.flush()
        bed.host(n).send(sent)
        got = p2.expect(lambda p: p.proto == UDP and p.src == GWI, "datagram")
        kind, code, rest = ERRORS[v][2]
        bed.host(201).send(error(inside(v, 201), ext, kind, code, got.ip,
                                 rest))
        back = p1.expect(lambda p, k=kind, c=code: p.icmp_error(k, c),
                         f"error to {n}")
        equal((back.saddr, back.daddr), (outside(v, 201), inside(v, n)),
              "addresses of the error")
        equal(back.quote.hex(), aged(sent).hex(), "the quote")
        need(got.sound() and back.sound(), "checksums")


@test("icmp-9 the router's own errors quote what their receiver sent")
@both
def own_errors(v):
    gone = (11, 0) if v == 4 else (3, 0)
    # Outwards: the inside leg speaks.
    sent = udp_packet(inside(v, 12), x.own(inside(v, 12)), bed.token(),
                      bed.port(), 5000, ttl=1)
    bed.flush()
    bed.host(12).send(sent)
    got = p1.expect(lambda p: p.icmp_error(*gone), "time exceeded inside")
    equal((got.saddr, got.daddr), ("10.1.0.1" if v == 4 else f"{INSIDE6}1",
                                   inside(v, 12)), "addresses")
    equal(got.quote, sent, "quote")
    # Inwards, to a floating address and to a mapping: the outside leg.
    out = bed.udp_out(v, 12, bed.port())
    for dst, dport in ((outside(v, 200), 33434), (out.saddr, out.sport)):
        sent = udp_packet(x.own(dst), dst, bed.token(), 5000, dport, ttl=1)
        bed.flush()
        x.send(sent)
        got = p3.expect(lambda p: p.icmp_error(*gone),
                        f"time exceeded outside about {dst}")
        equal((got.saddr, got.daddr), (
            "192.0.2.1" if v == 4 else "2001:db8:e::1", x.own(dst)),
            "addresses")
        equal(got.quote.hex(), sent.hex(), "quote")
        need(got.sound(), "checksum")
    # To a forward on the leg's own address.
    own, port = "192.0.2.1" if v == 4 else "2001:db8:e::1", 33434
    bed.dvr(f"nat add r1 out ext forward udp {bracket(own)}:{port} to "
            f"{bracket(inside(v, 12))}:9 handle 231\n")
    sent = udp_packet(x.own(own), own, bed.token(), 5000, port, ttl=1)
    bed.flush()
    x.send(sent)
    got = p3.expect(lambda p: p.icmp_error(*gone), "time exceeded by a forward")
    equal((got.saddr, got.quote.hex()), (own, sent.hex()), "source, quote")
    bed.dvr("nat del r1 handle 231\n")


@test("icmp-9 an error about a packet whose rule has gone is not sent")
@both
def rule_gone(v):
    net, length = ("10.66.0.", 24) if v == 4 else ("fd00:0:0:66::", 64)
    ext, gone = outside(v, 230), (3, 1) if v == 4 else (1, 3)
    bed.dvr("segment add nobody\n"
            f"iface add r1 segment nobody addr {net}1/{length}\n")
    for host, deleted in ((5, False), (6, True)):
        bed.dvr(f"nat add r1 out ext floating {ext} to {net}{host} handle 230\n")
        sent = udp_packet(x.own(ext), ext, bed.token(), 5000, 6000)
        bed.flush()
        x.send(sent)
        if deleted:
            bed.idle(.2)
            bed.dvr("nat del r1 handle 230\n")
            bed.idle(4)     # until the neighbour is given up
            equal([str(p) for p in p3.rx if p.icmp_error(*gone)], [], "errors")
        else:
            got = p3.expect(lambda p: p.icmp_error(*gone), "unreachable", 6)
            equal(got.quote.hex(), sent.hex(), "quote")
            bed.dvr("nat del r1 handle 230\n")
    bed.dvr("iface del r1 segment nobody\nsegment del nobody\n")


def waiting(b, v, end):
    """A packet from outside waits for its neighbour, END(), the neighbour is given
    up: nothing of it is told outside."""
    ext, gone = outside(v, 230), (3, 1) if v == 4 else (1, 3)
    b.in1.mine = lambda address: False
    b.dvr(f"nat add r1 out ext floating {ext} to {inside(v, 230)} handle 230\n")
    before = b.drops("nat_gone", router="r1")
    b.flush()
    b.x.send(udp_packet(b.x.own(ext), ext, b.token(), 5000, 6000))
    b.p1.expect(lambda p: asks(p, inside(v, 230)), "a question for the neighbour")
    end()
    b.idle(4)
    seen = [str(p) for p in b.x.wire.rx if p.icmp_error(*gone)]
    equal(seen, [], "errors outside")
    return b.drops("nat_gone", router="r1") - before


@test("icmp-9 an error about a packet whose connection was flushed is not sent")
@both
def connection_gone(v):
    b = NatBed(hv=f"flushed{v}", vm=f"flushed{v}-vm")
    waiting(b, v, lambda: b.dvradm("flow", "flush", "router", "r1"))
    b.leaks.none()


@test("icmp-9 an error about a packet whose rule was the last is not sent")
@both
def last_rule_gone(v):
    b = NatBed(hv=f"last{v}", vm=f"last{v}-vm")
    equal(waiting(b, v, lambda: b.dvr("nat del r1 handle 230\n")), 1, "nat_gone")
    b.leaks.none()


@test("icmp-9 errors of routers behind an inside host reach the outside")
@both
def inner_router(v):
    sent = udp_packet(x.own(outside(v, 200)), outside(v, 200), bed.token(),
                      5000, 33434)
    got = bed.into(200, sent)
    gone = (11, 0) if v == 4 else (3, 0)
    bed.flush()
    bed.host(200).send(error(inside(v, 40), got.saddr, *gone, got.ip))
    back = p3.expect(lambda p: p.icmp_error(*gone), "error outside")
    equal((back.saddr, back.daddr), (outside(v, 200), x.own(got.saddr)),
          "addresses")
    equal(back.quote.hex(), aged(sent).hex(), "quote")


done()
