#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""NAT by RFC 4787, 5382, 5508, 7857, 6888 and 6296, byte for byte.

    p1 --+                                      +-- p3 x 192.0.2.10 (a router)
         +-- segment in -- r1 -- segment ext ---+
    p2 --+   10.1.0.0/24         192.0.2.0/24   +-- p4 y 192.0.2.11
             fd00:0:0:1::/64     2001:db8:e::/64

Inside host N is 10.1.0.N and fd00:0:0:1::N, outside address N 203.0.113.N and
2001:db8:f::N.  What a host gets depends on its number:

    2-63     snat to 10, as if nothing was set; 8080 is forwarded to host 10
    64-127   snat to 11, filter endpoint
    128-159  snat to 12, mapping connection
    160-175  snat to 32 and 34 to 36
    176-191  snat to 37 and 38, ports 5000 to 5009
    192-199  snat to 13; nothing to y, which is exempt
    200-203  floating, 200 to 203
    240-     no rule

NPTv6: fd01:203:405::/48 and fd00:0:0:2::/64, see there.
"""

import struct
import time

from lib import (ICMP, ICMP6, TCP, UDP, checksum, echo, equal,
                 finish, ip, ip4, ip6, ip_text, log, need,
                 packet, pseudo, test, udp, udp_packet)
from natlib import (ACK, BOTH, FIN, GWE, GWI, INSIDE6, PSH, RST, SYN, NatBed,
                    Tcp, aged, both, bracket, check_pieces, error, gathered, inside,
                    outside, pieces, reassemble, sound_udp)

MANGLE = {4: (253, 0), 6: (253, 0)}     # a protocol without ports
NPT = (("fd01:203:405::", "2001:db8:1::", 48),
       ("fd00:0:0:2::", "2001:db8:f:2::", 64))


def prefix(v, n, length):
    """A prefix of inside hosts; LENGTH is IPv4's."""
    return f"{inside(v, n)}/{length if v == 4 else length + 96}"


def rules(v):
    def o(n, m=None):
        return outside(v, n) + (f"-{outside(v, m)}" if m else "")
    i = prefix
    return f"""
    nat add r1 out ext snat from {i(v, 0, 26)} to {o(10)}
    nat add r1 out ext snat from {i(v, 64, 26)} to {o(11)} filter endpoint
    nat add r1 out ext snat from {i(v, 128, 27)} to {o(12)} mapping connection
    nat add r1 out ext snat from {i(v, 160, 28)} to {o(32)} to {o(34, 36)}
    nat add r1 out ext snat from {i(v, 176, 28)} to {ports(v, 37, 38, "5000-5009")}
    nat add r1 out ext snat from {i(v, 192, 29)} to {o(13)}
    nat add r1 out ext none from {i(v, 192, 29)} to {Y[v]}/{32 if v == 4 else 128}
    """ + "".join(f"nat add r1 out ext floating {o(n)} to {inside(v, n)}\n"
                  for n in range(200, 204)) + "".join(
        f"nat add r1 out ext forward {proto} {bracket(o(10))}:8080 to "
        f"{bracket(inside(v, 10))}:80\n" for proto in ("tcp", "udp"))


def ports(v, first, last, span):
    if v == 4:
        return f"{outside(v, first)}-{outside(v, last)}:{span}"
    return f"[{outside(v, first)}-{outside(v, last)}]:{span}"


Y = {4: "192.0.2.11", 6: "2001:db8:e::11"}
bed = NatBed(mtu=9000)
x, y = bed.x, bed.y
p1, p2, p3, p4 = bed.p1, bed.p2, bed.p3, bed.p4
for family in BOTH:
    bed.dvr(rules(family))


def router_set(**values):
    bed.dvradm("router", "set", "r1", *(
        w for k, value in values.items()
        for w in (k.replace("_", "-"), value)))


def near(timeout, want, what, slack=12):
    """A timeout that was just set to WANT; the machine may be slow."""
    need(want - slack <= timeout <= want + 1, f"{what}: {timeout} s, not {want}")


def echo_out(v, n, ident, dst=None, data=None, seq=1, **kw):
    dst = bed.addr(v, dst or x)
    token = data or bed.token()
    return bed.out(n, echo(inside(v, n), dst, token, ident, seq, **kw),
                   lambda p: p.src == GWE and p.type in (8, 128) and
                   token in p.raw, what="the query outside")


def query_id(pkt):
    return pkt.rest >> 16


def echo_back(v, n, got, host=x):
    """The answer to a query seen outside; what N sees of it."""
    token = bed.token()
    reply = bed.into(n, echo(got.daddr, got.saddr, token, query_id(got),
                             got.rest & 0xffff, reply=True), host,
                     lambda p: p.src == GWI and p.type in (0, 129) and
                     token in p.raw, what="the answer inside")
    equal((reply.saddr, reply.daddr), (got.daddr, inside(v, n)), "addresses")
    return reply


# -- RFC 4787: UDP -------------------------------------------------------------

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
    near(bed.flow(sport)["timeout"], 300, "unreplied")
    bed.answer(got, 12)
    near(bed.flow(sport)["timeout"], 300, "replied")


@test("udp-4 icmp-2 udp-timeout and icmp-timeout are obeyed from then on")
def short_timeouts():
    old = bed.port()
    bed.udp_out(4, 12, old)
    router_set(udp_timeout=2, icmp_timeout=2)
    try:
        sport = bed.port()
        got = {v: bed.udp_out(v, 12, sport) for v in BOTH}
        query = echo_out(4, 12, 4242)
        for v in BOTH:
            bed.answer(got[v], 12)
        bed.idle(3.5)
        dead = [udp_packet(x.own(g.saddr), g.saddr, bed.token(), 5000, g.sport)
                for g in got.values()]
        dead.append(echo(x.v4, query.saddr, bed.token(), query_id(query),
                         reply=True))
        bed.not_in(dead[:2], "what has timed out", "nat_refused")
        bed.not_in(dead[2:], "an answer to a query that has timed out")
        equal(len(bed.flows("port", str(sport))), 0, "connections left")
        need(bed.flow(old)["timeout"] > 200, "an older connection")
    finally:
        router_set(udp_timeout=300, icmp_timeout=60)


@test("udp-5 what goes out refreshes the mapping")
@both
def refresh(v):
    router_set(udp_timeout=8)
    try:
        sport = bed.port()
        got = bed.udp_out(v, 12, sport)
        for _ in range(4):
            bed.idle(2.5)
            bed.udp_out(v, 12, sport)
            need(bed.flow(sport)["timeout"] >= 4, "not refreshed")
        bed.answer(got, 12)
    finally:
        router_set(udp_timeout=300)


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
    near(bed.flow(sport)["timeout"], 300, "after errors")
    again = bed.udp_out(v, 12, sport)
    equal(again.sport, got.sport, "outside port")
    bed.answer(again, 12)


@test("udp-11 too big: 3/4 or 2/0 to the inside host, IPv4 without DF is cut")
def too_big():
    for v in BOTH:
        sport = bed.port()
        bed.udp_out(v, 12, sport)
        token = bed.token()
        sent = udp_packet(inside(v, 12), x.own(inside(v, 12)), token +
                          b"z" * 2000, sport, 5000,
                          **({"flags": 2} if v == 4 else {}))
        bed.flush()
        bed.host(12).send(sent)
        got = p1.expect(lambda p: p.icmp_error(*((3, 4) if v == 4 else
                                                 (2, 0))), "too big")
        equal(got.rest, 1500, "MTU")
        equal((got.saddr, got.daddr), (
            "10.1.0.1" if v == 4 else f"{INSIDE6}1", inside(v, 12)),
            "addresses")
        equal(got.quote, sent[:len(got.quote)], "quote, as the host sent it")
        need(not [p for p in p3.rx if token in p.raw], "it was sent on")
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


@test("options, DSCP, ECN, identification and TTL cross as they are")
def header_kept():
    sport = bed.port()
    sent = udp_packet(inside(4, 12), x.v4, bed.token(), sport, 5000, tos=0xb9,
                      ident=0xabcd, flags=2, ttl=33,
                      opts=bytes([0x94, 4, 0, 0]))
    got = bed.out(12, sent)
    equal((got.tos, got.ident, got.flags, got.ttl, got.opts),
          (0xb9, 0xabcd, 2, 32, bytes([0x94, 4, 0, 0])), "header")
    sent = udp_packet(inside(6, 12), x.v6, bed.token(), sport, 5000, tos=0xb9,
                      flow=0x12345, ttl=33)
    got = bed.out(12, sent)
    equal((got.tos, got.flow, got.ttl), (0xb9, 0x12345, 32), "header")


# -- RFC 5382: TCP -------------------------------------------------------------

@test("tcp-1 one mapping an inside port, whomever it speaks to")
@both
def tcp_eim(v):
    sport = bed.port()
    got = [Tcp(bed, v, 12, dst, dport, sport).send(SYN)
           for dst, dport in ((x, 80), (x, 81), (y, 80))]
    equal(len({(p.saddr, p.sport) for p in got}), 1, "outside ports")
    # The mapping of UDP is another one.
    conn = Tcp(bed, v, 12, bed.far[v], 80, sport).open()
    conn.alive()
    equal(conn.eport, got[0].sport, "outside port")


@test("tcp-2 simultaneous open")
@both
def simultaneous(v):
    conn = Tcp(bed, v, 12)
    conn.send(SYN)
    conn.reply(SYN)
    # Both answer the SYN of the other with their own, once more.
    conn.iseq -= 1
    conn.oseq -= 1
    bed.out(12, conn.packet_out(SYN | ACK, ack=conn.oseq + 1),
            lambda p: p.proto == TCP and p.src == GWE and
            p.l4[13] == SYN | ACK and p.sport == conn.eport,
            what="SYN ACK outside")
    bed.into(12, conn.packet_in(SYN | ACK, ack=conn.iseq + 1),
             want=lambda p: p.proto == TCP and p.src == GWI and
             p.l4[13] == SYN | ACK and p.dport == conn.sport,
             what="SYN ACK inside")
    conn.iseq += 1
    conn.oseq += 1
    conn.send(ACK)
    conn.alive()
    equal(conn.flow()["state"].upper(), "ESTABLISHED", "state")


@test("tcp-3 an unsolicited SYN is not answered for 6 s")
def unsolicited():
    frames = []
    for v in BOTH:
        conn = Tcp(bed, v, 12)
        got = conn.send(SYN)
        for src, dst, port in ((x.own(got.saddr), got.saddr, 4321),
                               (bed.far[v], got.saddr, got.sport),
                               (x.own(got.saddr), outside(v, 36), 22)):
            frames.append(tcp_to(src, dst, port))
    bed.not_in(frames)
    bed.flush()
    for frame in frames:
        x.send(frame)
    bed.idle(6)
    got = [p for p in p3.rx if p.src == GWE and p.proto in (TCP, ICMP) and
           p.op is None or p.proto == ICMP6 and p.type < 128]
    need(not got, f"an answer: {got and got[0]}")


def tcp_to(src, dst, dport):
    token = bed.token()
    body = struct.pack("!HHIIBBHHH", 4000, dport, 1, 0, 0x50, SYN, 8192, 0,
                       0) + token
    csum = checksum(pseudo(src, dst, TCP, len(body)) + body)
    return packet(src, dst, TCP, body[:16] + struct.pack("!H", csum) +
                  body[18:])


@test("tcp-4 tcp-5 7440 s established, 240 s opening and closing")
@both
def tcp_timeouts(v):
    conn = Tcp(bed, v, 12)
    conn.send(SYN)
    near(conn.flow()["timeout"], 240, "SYN sent")
    conn.reply(SYN | ACK)
    near(conn.flow()["timeout"], 240, "SYN received")
    conn.send(ACK)
    flow = conn.flow()
    equal(flow["state"].upper(), "ESTABLISHED", "state")
    near(flow["timeout"], 7440, "established")
    conn.send(FIN | ACK)
    near(conn.flow()["timeout"], 240, "FIN sent")
    conn.reply(ACK)
    near(conn.flow()["timeout"], 240, "half closed")
    conn.reply(FIN | ACK)
    near(conn.flow()["timeout"], 240, "last ACK")
    conn.send(ACK)
    near(conn.flow()["timeout"], 240, "time wait")


@test("tcp-5 tcp-timeout and tcp-transitory-timeout are obeyed from then on")
def tcp_short():
    router_set(tcp_timeout=100, tcp_transitory_timeout=50)
    try:
        conn = Tcp(bed, 4, 12)
        conn.send(SYN)
        near(conn.flow()["timeout"], 50, "SYN sent")
        conn.reply(SYN | ACK)
        conn.send(ACK)
        near(conn.flow()["timeout"], 100, "established")
    finally:
        router_set(tcp_timeout=7440, tcp_transitory_timeout=240)


@test("tcp-6 no port is shared, hairpin of TCP")
@both
def tcp_hairpin(v):
    sport = bed.port()
    a, b = Tcp(bed, v, 12, sport=sport), Tcp(bed, v, 11, sport=sport)
    a.open()
    b.open()
    need(a.eport != b.eport, f"both have {a.eport}")
    a.alive()
    b.alive()
    # Host 11 to the port that is forwarded to host 10.
    ext, sport = outside(v, 10), bed.port()
    bed.flush()
    p2.send(bed.in2.frame(tcp_packet_(inside(v, 11), ext, sport, 8080, SYN)))
    got = p1.expect(lambda p: p.proto == TCP and p.src == GWI, "SYN inside")
    equal((got.saddr, got.daddr, got.dport), (ext, inside(v, 10), 80),
          "hairpin")
    bed.host(10).send(tcp_packet_(inside(v, 10), ext, 80, got.sport,
                                  SYN | ACK, ack=2))
    back = p2.expect(lambda p: p.proto == TCP and p.src == GWI, "SYN ACK")
    equal((back.saddr, back.sport, back.daddr, back.dport),
          (ext, 8080, inside(v, 11), sport), "the answer")
    need(got.sound() and back.sound(), "checksums")


def tcp_packet_(src, dst, sport, dport, flags, ack=0):
    body = struct.pack("!HHIIBBHHH", sport, dport, 1, ack, 0x50, flags, 8192,
                       0, 0)
    csum = checksum(pseudo(src, dst, TCP, len(body)) + body)
    return packet(src, dst, TCP, body[:16] + struct.pack("!H", csum) +
                  body[18:])


@test("tcp-7 ICMP errors cross and never close")
@both
def tcp_icmp(v):
    conn = Tcp(bed, v, 12).open()
    got = conn.send(ACK | PSH, bed.token())
    kinds = ((3, 1), (3, 2), (3, 3), (11, 0)) if v == 4 else \
        ((1, 0), (1, 4), (3, 0))
    for kind, code in kinds:
        p1.rx.clear()
        x.send(error(conn.dst, conn.ext, kind, code, got.ip))
        inner = p1.expect(lambda p, k=kind, c=code: p.icmp_error(k, c),
                          f"{kind}/{code} inside")
        equal(inner.daddr, inside(v, 12), "destination")
        equal(struct.unpack("!H", inner.quote[20 if v == 4 else 40:]
                            [:2])[0], conn.sport, "quoted port")
    equal(conn.flow()["state"].upper(), "ESTABLISHED", "state")
    conn.alive()


@test("tcp-7 an RST outside the window is ignored")
@both
def wild_rst(v):
    conn = Tcp(bed, v, 12).open()
    conn.alive()
    for seq in (conn.oseq + 0x20000000, conn.oseq - 0x20000000):
        x.send(conn.packet_in(RST, seq=seq & 0xffffffff))
    bed.settle()
    flow = conn.flow()
    equal(flow["state"].upper(), "ESTABLISHED", "state")
    need(flow["timeout"] > 7000, f"timeout {flow['timeout']}")
    conn.alive()


# -- RFC 5508: ICMP ------------------------------------------------------------

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
    near(bed.flow(ident)["timeout"], 60, "unreplied")
    echo_back(v, 12, got)
    near(bed.flow(ident)["timeout"], 60, "replied")


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
def quoted_options():
    sport = bed.port()
    sent = udp_packet(inside(4, 12), x.v4, bed.token(), sport, 5000, flags=2,
                      opts=bytes([0x9e, 4, 1, 2, 0x94, 4, 0, 0]))
    got = bed.out(12, sent)
    bed.flush()
    x.send(error(x.v4, got.saddr, 3, 3, got.ip))
    back = p1.expect(lambda p: p.icmp_error(3, 3), "error inside")
    equal(back.quote, aged(sent), "quote")
    need(back.sound(), "checksum")
    # An IPv6 destination options header, hop limits apart.
    body = struct.pack("!BBHI", UDP, 0, 0x0104, 0) + udp(
        inside(6, 12), x.v6, bed.token(), sport, 5000)
    sent = ip6(inside(6, 12), x.v6, 60, body)
    got = bed.out(12, sent)
    bed.flush()
    x.send(error(x.v6, got.saddr, 1, 4, got.ip))
    back = p1.expect(lambda p: p.icmp_error(1, 4), "error inside")
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
    timeout = bed.flow(sport)["timeout"]
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


# -- RFC 7857 and 6888 ---------------------------------------------------------

@test("7857-1 an RST crosses and its state is kept 240 s")
@both
def rst(v):
    for side in ("in", "out"):
        conn = Tcp(bed, v, 12).open()
        conn.alive()
        if side == "in":
            conn.send(RST | ACK)
        else:
            conn.reply(RST | ACK)
        near(conn.flow()["timeout"], 240, f"after an RST from {side}side")


@test("7857-2 icmp-8 a paired address out of ports drops, and says so")
@both
def paired_full(v):
    start = bed.drops("nat_no_port", router="r1")
    first = bed.udp_out(v, 178, bed.port())
    need(5000 <= first.sport <= 5009, f"port {first.sport}")
    rest = bed.many(v, [(178, bed.port(), x, 5000) for _ in range(19)])
    got = [p for p in rest if p]
    equal({p.saddr for p in got}, {first.saddr}, "addresses of one host")
    need(len(got) + 1 <= 10, f"{len(got) + 1} mappings in 10 ports")
    need(len(got) + 1 >= 10, f"only {len(got) + 1} mappings in 10 ports")
    equal({p.sport for p in got} | {first.sport}, set(range(5000, 5010)),
          "ports")
    equal(bed.drops("nat_no_port", router="r1") - start, 10, "nat_no_port")
    sent = udp_packet(inside(v, 178), x.own(inside(v, 178)), bed.token(),
                      bed.port(), 5000)
    bed.flush()
    bed.host(178).send(sent)
    told = p1.expect(lambda p: p.icmp_error(*((3, 13) if v == 4 else (1, 1))),
                     "an error inside")
    equal(told.quote, sent[:len(told.quote)], "quote")
    # What lives, lives on.
    bed.answer(first, 178)
    # TCP has ports of its own.
    Tcp(bed, v, 178).open()
    bed.dvradm("flow", "flush", "router", "r1", "addr", inside(v, 178))
    bed.udp_out(v, 178, bed.port())


@test("7857-3 ports are random: chi-square of 1000, and of their differences")
@both
def random_ports(v):
    sports = range(50000, 51000)
    got = bed.many(v, [(18, s, x, 5000) for s in sports])
    need(all(got), f"{got.count(None)} were lost")
    numbers = [p.sport for p in got]
    need(all(p > 1023 for p in numbers), "a port below 1024")

    def chi(values, span, cells=16):
        count = [0] * cells
        for value in values:
            count[value * cells // span] += 1
        want = len(values) / cells
        return sum((c - want) ** 2 / want for c in count)
    # 15 degrees of freedom: 44.3 is exceeded once in 10,000.
    spread = chi([p - 1024 for p in numbers], 65536 - 1024)
    need(spread < 44.3, f"chi-square {spread:.1f} of the ports")
    steps = [(b - a) % 65536 for a, b in zip(numbers, numbers[1:])]
    near_ones = sum(1 for s in steps if s < 64 or s > 65536 - 64)
    need(near_ones < 20, f"{near_ones} ports beside the one before")
    bed.dvradm("flow", "flush", "router", "r1")
    again = bed.many(v, [(18, s, x, 5000) for s in sports[:200]])
    same = sum(1 for a, b in zip(numbers, again) if b and a == b.sport)
    need(same < 10, f"{same} of 200 have the port they had")
    bed.dvradm("flow", "flush", "router", "r1")


@test("7857-4 fragments of two hosts with one identification are kept apart")
@both
def identification(v):
    sent = {}
    bed.flush()
    for n, byte in ((12, b"A"), (11, b"B")):
        data = byte * 1200
        sent[data] = n
        for part in pieces(udp_packet(inside(v, n), x.own(inside(v, n)), data,
                                      bed.port(), 5000), 512, 0x5555):
            bed.host(n).send(part)
    bed.settle()
    bed.idle(0.3)
    got = {}
    for pkt in p3.rx:
        if pkt.src == GWE and pkt.proto == UDP and (pkt.offset or
                                                    pkt.flags & 1):
            got.setdefault((pkt.saddr, pkt.daddr, pkt.ident), []).append(pkt)
    equal(len(got), 2, f"identifications {list(got)}")
    equal({reassemble(g)[8:] for g in got.values()}, set(sent), "data")


@test("cgn-1 none: what is exempt passes as it is, without state")
@both
def exempt(v):
    bed.leaks.allowed = True
    sport = bed.port()
    got = bed.udp_out(v, 194, sport, y)
    equal((got.saddr, got.sport), (inside(v, 194), sport), "source")
    back = bed.into(194, udp_packet(y.own(got.saddr), got.saddr, bed.token(),
                                    5000, sport), y)
    equal((back.daddr, back.dport), (inside(v, 194), sport), "destination")
    bed.no_flow(sport)
    bed.leaks.allowed = False
    got = bed.udp_out(v, 194, sport, x)
    equal(got.saddr, outside(v, 13), "source towards x")


@test("what no rule knows passes as it is, without state")
@both
def unknown_source(v):
    bed.leaks.allowed = True
    sport = bed.port()
    got = bed.udp_out(v, 242, sport)
    equal((got.saddr, got.sport), (inside(v, 242), sport), "source")
    bed.into(242, udp_packet(x.own(got.saddr), got.saddr, bed.token(), 5000,
                             sport))
    bed.no_flow(sport)
    bed.leaks.allowed = False


# -- floating, forward -----------------------------------------------------------

@test("floating: both ways, every protocol, ports kept")
@both
def floating(v):
    ext = outside(v, 200)
    bed.udp_in(v, 200, 4711, ext, 4711, bed.far[v])
    sport = bed.port()
    got = bed.udp_out(v, 200, sport)
    equal((got.saddr, got.sport), (ext, sport), "source")
    bed.answer(got, 200)
    equal(query_id(echo_out(v, 200, 31)), 31, "identifier")
    token = bed.token()
    got = bed.into(200, echo(x.own(ext), ext, token, 32),
                   want=lambda p: p.type in (8, 128) and token in p.raw)
    equal((got.daddr, query_id(got)), (inside(v, 200), 32), "query inside")
    conn = Tcp(bed, v, 200)
    conn.open()
    equal((conn.ext, conn.eport), (ext, conn.sport), "TCP")


@test("forward: one port, from anywhere, and nothing beside it")
@both
def forward(v):
    ext = outside(v, 10)
    for src in (x, y, bed.far[v]):
        got = bed.udp_in(v, 10, 80, ext, 8080, src, 7777)
        back = bed.out(10, udp_packet(got.daddr, got.saddr, bed.token(), 80,
                                      7777))
        equal((back.saddr, back.sport), (ext, 8080), "the answer")
    bed.not_in([udp_packet(bed.far[v], ext, bed.token(), 7777, port)
                for port in (80, 8079, 8081)], reason="nat_refused")
    # What the host itself begins has a port of its own.
    got = bed.udp_out(v, 10, 80)
    need(got.sport != 8080, "the port of the forward was given away")
    bed.leaks.none()


@test("a protocol without ports: one mapping an address")
@both
def unknown_protocol(v):
    def whole(src, dst):
        return packet(src, dst, 253, bed.token() + b"raw" * 9)
    dst = x.own(inside(v, 12))
    sent = whole(inside(v, 12), dst)
    got = bed.out(12, sent)
    equal((got.saddr, got.daddr), (outside(v, 10), dst), "addresses")
    equal(got.l4, sent[-len(got.l4):], "payload")
    back = bed.into(12, whole(dst, got.saddr))
    equal((back.saddr, back.daddr), (dst, inside(v, 12)), "the answer")
    # Another host finds the address taken.
    before = bed.drops("nat_no_port", router="r1")
    lost = whole(inside(v, 19), dst)
    bed.flush()
    bed.host(19).send(lost)
    bed.settle()
    need(not [p for p in p3.rx if lost[-27:] in p.raw and
              p.proto == 253], "it left")
    equal(bed.drops("nat_no_port", router="r1") - before, 1, "nat_no_port")
    # To a floating address nothing stands in the way.
    sent = whole(dst, outside(v, 202))
    equal(bed.into(202, sent).daddr, inside(v, 202), "floating")


@test("GSO: a large TCP segment is translated whole, sums are right")
def large():
    conn = Tcp(bed, 4, 12).open()
    data = bed.token() + b"s" * 1400
    conn.send(ACK | PSH, data)
    conn.reply(ACK | PSH, data)


# -- RFC 6296 --------------------------------------------------------------------

def npt(address, source, target, length):
    """ADDRESS of prefix SOURCE in TARGET, checksum-neutral (RFC 6296 3)."""
    words = list(struct.unpack("!8H", ip(address)))
    old, new = (struct.unpack("!8H", ip(a)) for a in (source, target))
    count = length // 16
    adjust = sum(old[:count]) - sum(new[:count])
    words[:count] = new[:count]
    at = 3 if length <= 48 else next(i for i in range(4, 8)
                                     if words[i] != 0xffff)
    total = (words[at] + adjust) % 0xffff
    words[at] = total
    return ip_text(struct.pack("!8H", *words))


@test("NPTv6 rules and the legs inside them")
def npt_rules():
    bed.dvr(f"iface set r1 segment in addr 10.1.0.1/24 addr {INSIDE6}1/64 "
            "addr fd01:203:405:1::1/64 addr fd00:0:0:2::1/64\n" + "".join(
                f"nat add r1 out ext floating {o}/{n} to {i}/{n}\n"
                for i, o, n in NPT))
    # The example of RFC 6296 appendix B: an oracle for the oracle.
    equal(npt("fd01:203:405:1::1234", *NPT[0]), "2001:db8:1:d550::1234",
          "the example of the RFC")


NPT_HOSTS = [(ip_text(ip(a)), n) for a, n in (
    ("fd01:203:405:1::1234", 0), ("fd01:203:405:1::5:ffff", 0),
    ("fd00:0:0:2::44", 1), ("fd00:0:0:2:ffff::45", 1),
    ("fd00:0:0:2:1234:5678:9abc:def0", 1))]


@test("NPTv6 both ways, neutral to the byte, without state")
def npt_both():
    for address, which in NPT_HOSTS:
        want = npt(address, *NPT[which])
        for data in (bed.token(), bed.token() + b"odd"):
            sent = udp_packet(address, x.v6, data, 1111, 2222)
            got = bed.out(12, sent)
            equal(got.saddr, want, f"{address} outside")
            equal(got.l4.hex(), sent[40:].hex(), "the datagram")
            back = udp_packet(x.v6, want, bed.token(), 2222, 1111)
            got = bed.into(12, back)
            equal(got.daddr, address, f"{want} inside")
            equal(got.l4.hex(), back[40:].hex(), "the datagram")
    # One that outside begins; any protocol.
    address, which = NPT_HOSTS[0]
    sent = packet(x.v6, npt(address, *NPT[which]), 253, bed.token() * 3)
    equal(bed.into(12, sent).daddr, address, "protocol 253")
    equal([f for f in bed.flows() if f["orig"]["src"] == address or
           f["reply"]["src"] == address], [], "connections")


@test("NPTv6 to hosts that do not exist and subnet ffff: silence or an error")
def npt_untranslatable():
    # RFC 6296 3.5, 3.6: an all-ones word cannot be translated.
    for address in ("fd01:203:405:ffff::1", "fd00:0:0:2:ffff:ffff:ffff:ffff"):
        token = bed.token()
        bed.flush()
        bed.host(12).send(udp_packet(address, x.v6, token, 1111, 2222))
        bed.settle()
        got = [p for p in p3.rx if token in p.raw]
        need(not got, f"{address} left as {got and got[0]}")


@test("NPTv6 errors: the quote is reverted, both ways")
def npt_errors():
    for address, which in NPT_HOSTS[::2]:
        ext = npt(address, *NPT[which])
        sent = udp_packet(address, x.v6, bed.token(), 1111, 2222)
        got = bed.out(12, sent)
        bed.flush()
        x.send(error(x.v6, ext, 2, 0, got.ip, 1400))
        back = p1.expect(lambda p: p.icmp_error(2, 0), "error inside")
        equal((back.daddr, back.rest), (address, 1400), "destination, MTU")
        equal(back.quote.hex(), aged(sent).hex(), "the quote inside")
        need(back.sound(), "checksum")
        sent = udp_packet(x.v6, ext, bed.token(), 2222, 1111)
        got = bed.into(12, sent)
        bed.flush()
        bed.host(12).send(error(address, x.v6, 1, 4, got.ip))
        back = p3.expect(lambda p: p.icmp_error(1, 4), "error outside")
        equal((back.saddr, back.daddr), (ext, x.v6), "addresses")
        equal(back.quote.hex(), aged(sent).hex(), "the quote outside")
        need(back.sound(), "checksum")


@test("NPTv6 hairpin: both addresses are of the outside prefix")
def npt_hairpin():
    for (one, a), (two, b) in ((NPT_HOSTS[0], NPT_HOSTS[1]),
                               (NPT_HOSTS[0], NPT_HOSTS[2])):
        sent = udp_packet(one, npt(two, *NPT[b]), bed.token(), 1, 2)
        got = bed.into(12, sent, bed.host(12))
        equal((got.saddr, got.daddr), (npt(one, *NPT[a]), two), "addresses")
        equal(got.l4.hex(), sent[40:].hex(), "the datagram")


@test("NPTv6 fragments are translated as they are")
def npt_fragments():
    address, which = NPT_HOSTS[0]
    ext = npt(address, *NPT[which])
    sent = udp_packet(address, x.v6, bed.token() + b"f" * 1200, 1111, 2222)
    bed.flush()
    for part in pieces(sent, 512, 0x99, (2, 0, 1)):
        bed.host(12).send(part)
    got = gathered(p3, GWE, "fragments outside")
    equal({p.saddr for p in got}, {ext}, "source")
    equal(reassemble(got).hex(), sent[40:].hex(), "the datagram")


# -- to the end --------------------------------------------------------------------

@test("not by the inside address: connections from outside get translated answers")
@both
def by_inside_address(v):
    token = bed.token()
    got = bed.into(12, udp_packet(x.own(inside(v, 12)), inside(v, 12), token, 5,
                                  6))
    back = bed.out(12, udp_packet(got.daddr, got.saddr, bed.token(), 6, 5))
    equal(back.saddr, outside(v, 10), "source of the answer")


@test("no inside address was seen outside in all this")
def no_leak():
    bed.leaks.none()


finish(bed)
