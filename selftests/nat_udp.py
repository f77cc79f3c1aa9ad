#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""NAT of UDP by RFC 4787, byte for byte.  The bed is natrfc's."""

import struct

from frames import TCP, UDP, echo, ip4, packet, udp_packet
from lib import equal, need, test
from natlib import (ACK, GWE, GWI, INSIDE6, PSH, SYN, Tcp, both,
                    check_pieces, error, gathered, inside, outside, pieces,
                    reassemble, sound_udp)
from natrfc import bed, done, echo_out, near, p1, p2, p3, p4, query_id, x, y


@test("udp-1 one mapping an inside port, whomever it speaks to")
@both
def udp_eim(v):
    sport = bed.port()
    places = [(x, 5000), (x, 5001), (y, 5000), (bed.far[v], 53)]
    got = [bed.udp_out(v, 12, sport, dst, dport) for dst, dport in places]
    equal({p.saddr for p in got}, {outside(v, 10)}, "outside addresses")
    equal(len({p.sport for p in got}), 1, "outside ports of one inside port")
    for pkt in got:
        back = bed.answer(pkt, 12)
        equal((back.saddr, back.sport, back.daddr, back.dport),
              (pkt.daddr, pkt.dport, inside(v, 12), sport), "the answer")


@test("udp-1 mapping connection gives each connection a port of its own")
@both
def udp_connection(v):
    sport = bed.port()
    got = [bed.udp_out(v, 130, sport, y if n & 1 else x, 6000 + n)
           for n in range(12)]
    equal({p.saddr for p in got}, {outside(v, 12)}, "outside addresses")
    need(len({p.sport for p in got}) >= 10, f"ports {[p.sport for p in got]}")
    for pkt in got[:4]:
        equal(bed.answer(pkt, 130).dport, sport, "the answer's port")


@test("udp-2 cgn-1 a host keeps its address of a pool, for all protocols")
@both
def paired(v):
    pool = {outside(v, n) for n in (32, 34, 35, 36)}
    used = set()
    for n in range(160, 176):
        got = [bed.udp_out(v, n, bed.port(), x),
               bed.udp_out(v, n, bed.port(), y), echo_out(v, n, 77),
               Tcp(bed, v, n).send(SYN)]
        equal(len({p.saddr for p in got}), 1, f"addresses of host {n}")
        used.add(got[0].saddr)
    need(used <= pool, f"addresses {used}, not of {pool}")
    need(len(used) >= 3, f"16 hosts have only {used}")


@test("udp-2 ports below 1024 stay there, others above, parity is kept")
@both
def parity(v):
    cases = [(13, bed.port(n & 1), "x", 5000) for n in range(40)] + \
        [(14, n, "x", 5000) for n in range(900, 940)]
    got = bed.many(v, [(n, s, x, d) for n, s, _, d in cases])
    for (_, sport, _, _), pkt in zip(cases, got):
        need(pkt, f"port {sport} was lost")
        equal((pkt.sport & 1, pkt.sport < 1024), (sport & 1, sport < 1024),
              f"parity and range of {pkt.sport} for {sport}")
        need(pkt.sport, "port 0")


@test("udp-3 no two inside ports share an outside port")
@both
def no_overloading(v):
    first = 30000
    cases = [(n, first + s, x, 5000 + n) for s in range(100)
             for n in (15, 11, 16)]
    got = bed.many(v, cases)
    need(all(got), f"{got.count(None)} were lost")
    equal(len({p.sport for p in got}), len(cases), "outside ports")
    bed.dvradm("flow", "flush", "router", "r1")


@test("udp-4 an idle mapping lives 300 s, answered or not")
@both
def udp_timeout(v):
    sport = bed.port()
    got = bed.udp_out(v, 12, sport)
    near(bed.flow(sport)["timeout_s"], 300, "unreplied")
    bed.answer(got, 12)
    near(bed.flow(sport)["timeout_s"], 300, "replied")


@test("udp-4 icmp-2 udp-timeout and icmp-timeout are obeyed from then on")
@both
def short_timeouts(v):
    old = bed.port()
    bed.udp_out(v, 12, old)
    bed.router_set(udp_timeout=2, icmp_timeout=2)
    try:
        sport = bed.port()
        got = bed.udp_out(v, 12, sport)
        query = echo_out(v, 12, 4242)
        bed.answer(got, 12)
        bed.idle(3.5)
        bed.not_in([udp_packet(x.addr(v), got.saddr, bed.token(), 5000, got.sport)],
                   "what has timed out", "nat_refused")
        bed.not_in([echo(x.addr(v), query.saddr, bed.token(), query_id(query),
                         reply=True)], "an answer to a query that has timed out")
        equal(len(bed.flows("port", str(sport))), 0, "connections left")
        need(bed.flow(old)["timeout_s"] > 200, "an older connection")
    finally:
        bed.router_set(udp_timeout=300, icmp_timeout=60)


@test("udp-5 what goes out refreshes the mapping")
@both
def refresh(v):
    bed.router_set(udp_timeout=8)
    try:
        sport = bed.port()
        got = bed.udp_out(v, 12, sport)
        for _ in range(4):
            bed.idle(2.5)
            bed.udp_out(v, 12, sport)
            need(bed.flow(sport)["timeout_s"] >= 4, "not refreshed")
        bed.answer(got, 12)
    finally:
        bed.router_set(udp_timeout=300)


@test("udp-6 filter connection: only the remote address and port may answer")
@both
def filter_connection(v):
    sport = bed.port()
    got = bed.udp_out(v, 12, sport, x, 5000)
    ext = got.saddr
    bed.not_in([udp_packet(x.own(ext), ext, bed.token(), 5001, got.sport),
                udp_packet(bed.far[v], ext, bed.token(), 5000, got.sport),
                udp_packet(x.own(ext), ext, bed.token(), 5000, got.sport ^ 1)],
               reason="nat_refused")
    bed.not_in([udp_packet(y.own(ext), ext, bed.token(), 5000, got.sport)],
               host=y)
    bed.answer(got, 12)


@test("udp-6 filter endpoint: anybody may speak to a mapping")
@both
def filter_endpoint(v):
    sport = bed.port()
    got = bed.udp_out(v, 70, sport, x, 5000)
    equal(got.saddr, outside(v, 11), "outside address")
    for src, port in ((x, 5000), (x, 5001), (y, 5000), (bed.far[v], 7)):
        back = bed.udp_in(v, 70, sport, got.saddr, got.sport, src, port)
        # And it may be answered, from the same outside port.
        reply = bed.udp_out(v, 70, sport, back.saddr, port)
        equal((reply.saddr, reply.sport), (got.saddr, got.sport),
              "the source of the answer")
    bed.not_in([udp_packet(x.own(got.saddr), got.saddr, bed.token(), 5000,
                           got.sport ^ 1)], reason="nat_refused")
    # Of the same protocol only.
    bed.not_in([packet(x.own(got.saddr), got.saddr, TCP, struct.pack(
        "!HHIIBBHHH", 5000, got.sport, 1, 0, 0x50, SYN, 100, 0, 0) +
        bed.token())])


@test("udp-7 hairpin: the source is the outside address and port")
@both
def hairpin(v):
    near_port, far_port = bed.port(), bed.port()
    mine = bed.udp_out(v, 12, near_port)
    theirs = bed.udp_out(v, 75, far_port)          # behind p2, filter endpoint
    bed.flush()
    token = bed.token()
    bed.host(12).send(udp_packet(inside(v, 12), theirs.saddr, token, near_port,
                                 theirs.sport))
    got = p2.expect(lambda p: token in p.raw and p.src == GWI, "hairpin")
    equal((got.saddr, got.sport, got.daddr, got.dport),
          (mine.saddr, mine.sport, inside(v, 75), far_port), "hairpin")
    need(got.sound(), "checksums")
    token = bed.token()
    bed.host(75).send(udp_packet(inside(v, 75), mine.saddr, token, far_port,
                                 mine.sport))
    got = p1.expect(lambda p: token in p.raw and p.src == GWI, "the answer")
    equal((got.saddr, got.sport, got.daddr, got.dport),
          (theirs.saddr, theirs.sport, inside(v, 12), near_port), "the answer")
    need(not [p for p in p3.rx + p4.rx if token in p.raw], "seen outside")


@test("udp-7 hairpin to a forward, to a floating and to itself")
@both
def hairpin_others(v):
    for n, dst, dport, to, want in (
            (11, outside(v, 10), 8080, 10, 80),
            (12, outside(v, 201), 99, 201, 99),
            (201, outside(v, 200), 98, 200, 98),
            (200, outside(v, 200), 97, 200, 97),
            (10, outside(v, 10), 8080, 10, 80)):
        sport = bed.port()
        token = bed.token()
        bed.flush()
        bed.host(n).send(udp_packet(inside(v, n), dst, token, sport, dport))
        got = bed.host(to).wire.expect(
            lambda p, t=token: t in p.raw and p.src == GWI,
            f"hairpin from {n} to {to}")
        equal((got.daddr, got.dport), (inside(v, to), want), "destination")
        equal(got.saddr, outside(v, 10 if n < 64 else n), "source")
        token = bed.token()
        bed.host(to).send(udp_packet(got.daddr, got.saddr, token, got.dport,
                                     got.sport))
        back = bed.host(n).wire.expect(
            lambda p, t=token: t in p.raw and p.src == GWI, "the answer")
        equal((back.saddr, back.sport, back.daddr, back.dport),
              (dst, dport, inside(v, n), sport), "the answer")
        need(back.sound() and got.sound(), "checksums")


@test("udp-7 who has no rule is answered through the router, too")
@both
def hairpin_no_rule(v):
    bed.flush()
    token = bed.token()
    bed.host(241).send(udp_packet(inside(v, 241), outside(v, 201), token, 7, 8))
    got = p2.expect(lambda p: token in p.raw and p.src == GWI, "hairpin")
    equal((got.saddr, got.daddr), (outside(v, 201), inside(v, 201)),
          "addresses")
    token = bed.token()
    bed.host(201).send(udp_packet(got.daddr, got.saddr, token, got.dport,
                                  got.sport))
    back = p1.expect(lambda p: token in p.raw and p.src == GWI, "the answer")
    equal((back.saddr, back.sport, back.daddr, back.dport),
          (outside(v, 201), 8, inside(v, 241), 7), "the answer")


@test("udp-8 no payload is touched unless a helper is set")
@both
def payload(v):
    conn = Tcp(bed, v, 12, dport=21).open()
    line = b"PORT 10,1,0,12,4,1\r\n" if v == 4 else \
        b"EPRT |2|%s|1025|\r\n" % inside(v, 12).encode()
    conn.send(ACK | PSH, line)      # sees that it is the same
    equal(bed.show("router", "show", "r1")[0].get("helpers") or [], [],
          "helpers")
    for dport, data in ((69, b"\0\1file\0octet\0"),
                        (5060, b"OPTIONS sip:10.1.0.12 SIP/2.0\r\n\r\n")):
        token = bed.token()
        got = bed.udp_out(v, 12, bed.port(), x, dport, data + token)
        equal(got.l4[8:], data + token, f"payload to {dport}")
    # The data channel that a helper would open is not.
    bed.not_in([udp_packet(x.own(conn.ext), conn.ext, bed.token(), 6900,
                           got.sport)])


@test("udp-9 the mapping is the same when ports clash, 500 ports and two hosts")
@both
def clash(v):
    span = range(40000, 40250)
    cases = [(n, s, dst, 5000) for s in span for n in (17, 11)
             for dst in (x, y)]
    got = bed.many(v, cases)
    need(all(got), f"{got.count(None)} of {len(cases)} were lost")
    seen = {}
    for (n, sport, _, _), pkt in zip(cases, got):
        seen.setdefault((n, sport), set()).add((pkt.saddr, pkt.sport))
    need(all(len(s) == 1 for s in seen.values()),
         "one inside port has two outside ports")
    equal(len({s for a in seen.values() for s in a}), len(seen),
          "outside ports of as many inside ports")
    bed.dvradm("flow", "flush", "router", "r1")
    equal(bed.flows(), [], "connections after a flush")


@test("udp-10 no ICMP error ends a mapping")
@both
def icmp_ends_nothing(v):
    sport = bed.port()
    got = bed.udp_out(v, 12, sport)
    kinds = ((3, 1), (3, 3), (3, 13), (11, 0), (4, 0)) if v == 4 else \
        ((1, 0), (1, 4), (3, 0), (4, 0))
    for kind, code in kinds:
        x.send(error(got.daddr, got.saddr, kind, code, got.ip))
    bed.settle()
    near(bed.flow(sport)["timeout_s"], 300, "after errors")
    again = bed.udp_out(v, 12, sport)
    equal(again.sport, got.sport, "outside port")
    bed.answer(again, 12)


@test("udp-11 too big: 3/4 or 2/0 to the inside host")
@both
def too_big(v):
    sport = bed.port()
    bed.udp_out(v, 12, sport)
    token = bed.token()
    sent = udp_packet(inside(v, 12), x.addr(v), token + b"z" * 2000, sport, 5000,
                      **({"flags": 2} if v == 4 else {}))
    bed.flush()
    bed.host(12).send(sent)
    got = p1.expect(lambda p: p.icmp_error(*((3, 4) if v == 4 else (2, 0))), "too big")
    equal(got.rest, 1500, "MTU")
    equal((got.saddr, got.daddr), ("10.1.0.1" if v == 4 else f"{INSIDE6}1", inside(v, 12)),
          "addresses")
    equal(got.quote, sent[:len(got.quote)], "quote, as the host sent it")
    need(not [p for p in p3.rx if token in p.raw], "it was sent on")


@test("udp-11 too big: IPv4 without DF is cut, in order")
def cut():
    sent = udp_packet(inside(4, 12), x.v4, b"z" * 4000, bed.port(), 5000,
                      ident=0x6666)
    bed.flush()
    bed.host(12).send(sent)
    got = [p3.expect(lambda p: p.proto == UDP and p.src == GWE, f"piece {n}")
           for n in range(3)]
    need(all(p.length <= 1500 for p in got), "length of the pieces")
    equal([p.offset for p in got], sorted(p.offset for p in got), "order")
    whole = reassemble(got)
    need(whole, f"no whole: {[str(p) for p in got]}")
    equal(whole[8:], sent[28:], "data")
    equal({p.saddr for p in got}, {outside(4, 10)}, "source")
    equal(len({p.ident for p in got}), 1, "identifications")
    need(sound_udp(got[0].saddr, got[0].daddr, whole), "UDP checksum")


@test("udp-12 fragments in any order are translated, both ways")
@both
def fragments(v):
    size = 512
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)):
        sport = bed.port()
        data = bed.token() + bytes(i * 7 & 255 for i in range(1700))
        sent = udp_packet(inside(v, 12), x.own(inside(v, 12)), data, sport,
                          5000)
        bed.flush()
        for part in pieces(sent, size, 0x1000 + sport, order):
            bed.host(12).send(part)
        out = gathered(p3, GWE, f"order {order} outwards")
        check_pieces(out, v, size, data, outside(v, 10),
                     x.own(inside(v, 12)))
        ext = struct.unpack("!H", reassemble(out)[:2])[0]
        # The answer, in the same disorder.
        data = bed.token() + bytes(i * 5 & 255 for i in range(1700))
        back = udp_packet(x.own(outside(v, 10)), outside(v, 10), data, 5000,
                          ext)
        bed.flush()
        for part in pieces(back, size, 0x2000 + sport, order):
            x.send(part)
        into = gathered(p1, GWI, f"order {order} inwards")
        check_pieces(into, v, size, data, x.own(outside(v, 10)),
                     inside(v, 12))
        equal(struct.unpack("!H", reassemble(into)[2:4])[0], sport,
              "port inside")


@test("udp-12 later fragments without a first one never leave")
@both
def orphans(v):
    data = bed.token() + b"o" * 40
    sent = udp_packet(inside(v, 12), x.own(inside(v, 12)), b"f" * 504 + data,
                      bed.port(), 5000)
    bed.flush()
    bed.host(12).send(pieces(sent, 512)[1])
    bed.settle()
    need(not bed.seen(lambda p: data in p.raw and p.src in (GWE, GWI)),
         "it left")


@test("udp-12 overlapping fragments never leave")
@both
def overlap(v):
    mark = bed.token() * 2
    sent = udp_packet(inside(v, 12), x.own(inside(v, 12)), mark * 40,
                      bed.port(), 5000)
    first, second, third = pieces(sent, 512, 0x777)[:3]
    # One that repeats what is there is as good as none: this one goes beyond.
    evil = pieces(sent, 504, 0x777)[1]
    bed.flush()
    for part in (first, evil, second, third):
        bed.host(12).send(part)
    bed.settle()
    got = [p for p in p3.rx if mark in p.raw and p.src == GWE]
    need(not got, f"{len(got)} left: {got and got[0]}")


@test("a UDP checksum of 0 stays 0")
def no_checksum():
    for direction in ("out", "in"):
        sport = bed.port()
        got = bed.udp_out(4, 12, sport)
        src, dst, ports_ = (inside(4, 12), x.v4, (sport, 5000))
        if direction == "in":
            src, dst, ports_ = (x.v4, got.saddr, (5000, got.sport))
        token = bed.token()
        body = struct.pack("!HHHH", *ports_, 8 + len(token), 0) + token
        sent = ip4(src, dst, UDP, body)
        pkt = bed.out(12, sent) if direction == "out" else bed.into(12, sent)
        equal(pkt.l4[6:8], b"\0\0", f"checksum {direction}")
        equal(pkt.l4[8:], token, "data")


@test("options, DSCP, ECN, identification or flow label, and TTL cross as they are")
@both
def header_kept(v):
    kept = {4: {"ident": 0xabcd, "flags": 2, "opts": bytes([0x94, 4, 0, 0])},
            6: {"flow": 0x12345}}[v]
    got = bed.out(12, udp_packet(inside(v, 12), x.addr(v), bed.token(), bed.port(), 5000,
                                 tos=0xb9, ttl=33, **kept))
    equal((got.tos, got.ttl), (0xb9, 32), "DSCP and ECN, TTL")
    equal({name: getattr(got, name) for name in kept}, kept, "header")


done()
