#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""NAT by RFC 7857 and 6888, and each kind of rule, byte for byte.

The bed is natrfc's.
"""

from frames import ICMP, UDP, checksum, echo, packet, udp_packet
from lib import equal, need, test
from natlib import (ACK, GWE, PSH, RST, Tcp, both, bracket, inside, outside, pieces,
                    prefix, reassemble)
from natrfc import bed, done, echo_out, near, p1, p3, ports, query_id, x, y


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
        near(conn.flow()["timeout_s"], 240, f"after an RST from {side}side")


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


@test("7857-4 fragments of two protocols with one identification stay two packets")
def protocols():
    src, dst, ident = inside(4, 12), x.v4, bed.port()
    data = {UDP: bed.token() + b"U" * 1200, ICMP: bed.token() + b"I" * 1200}
    cut = [pieces(udp_packet(src, dst, data[UDP], bed.port(), 5000), 512, 0x6666),
           pieces(echo(src, dst, data[ICMP], ident), 512, 0x6666)]
    bed.flush()
    for parts in zip(*cut):
        for part in parts:
            bed.host(12).send(part)
    bed.settle()
    bed.idle(0.3)
    for proto in (UDP, ICMP):
        got = [p for p in p3.rx if p.src == GWE and p.proto == proto and
               (p.offset or p.flags & 1)]
        whole = reassemble(got)
        need(whole, f"protocol {proto}: {len(got)} fragments")
        equal(whole[8:], data[proto], f"data of protocol {proto}")


@test("7857-4 1812-17 fragments with DF are gathered, and then not cut")
def dontfrag():
    sent = udp_packet(inside(4, 12), x.v4, bed.token() + b"D" * 3500, bed.port(), 5000)
    for size, fits in ((2000, False), (1400, True)):
        bed.flush()
        for part in pieces(sent, size, 0x7777):
            head = bytearray(part[:20])
            head[6] |= 0x40
            head[10:12] = b"\0\0"
            head[10:12] = checksum(bytes(head)).to_bytes(2, "big")
            bed.host(12).send(bytes(head) + part[20:])
        if fits:
            bed.settle()
            bed.idle(0.3)
        else:
            got = p1.expect(lambda p: p.icmp_error(3, 4), "3/4 inside")
            equal(got.rest & 0xffff, 1500, "the MTU that is told")
        left = [p for p in p3.rx if p.src == GWE and p.proto == UDP and
                (p.offset or p.flags & 1)]
        equal(bool(left), fits, f"what left of fragments of {size}")


@test("mapping connection: a forwarded port is nobody's")
@both
def connection_beside_forward(v):
    src = prefix(v, 208, 28)
    bed.dvr(f"nat add r1 out ext snat from {src} to {ports(v, 39, 39, '6000-6003')} "
            "mapping connection handle 391\n"
            f"nat add r1 out ext forward udp {bracket(outside(v, 39))}:6001 to "
            f"{bracket(inside(v, 10))}:80 handle 392\n")
    got = bed.many(v, [(210, bed.port(), x, 5000) for _ in range(12)])
    equal(sorted(p.sport for p in got if p), [6000, 6002, 6003], "ports given")
    bed.udp_in(v, 10, 80, outside(v, 39), 6001)
    bed.dvr("nat del r1 handle 391\nnat del r1 handle 392\n")


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
@both
def large(v):
    conn = Tcp(bed, v, 12).open()
    data = bed.token() + b"s" * 1400
    conn.send(ACK | PSH, data)
    conn.reply(ACK | PSH, data)


@test("not by the inside address: connections from outside get translated answers")
@both
def by_inside_address(v):
    token = bed.token()
    got = bed.into(12, udp_packet(x.own(inside(v, 12)), inside(v, 12), token, 5,
                                  6))
    back = bed.out(12, udp_packet(got.daddr, got.saddr, bed.token(), 6, 5))
    equal(back.saddr, outside(v, 10), "source of the answer")


@test("a batch that fails after a rule was replaced leaves the rule as it was")
@both
def failed_replace(v):
    def rules():
        return bed.show("nat", "show", "r1")
    before = rules()
    replace = f"nat replace r1 out ext snat from {prefix(v, 0, 26)} to {outside(v, 14)}\n"
    for batch in (replace, replace + replace.replace(outside(v, 14), outside(v, 15))):
        got = bed.dvr(batch + "nat del r1 handle 4711\n", check=False)
        need(got.returncode and "4711" in got.stderr, f"it was taken: {got}")
        equal(rules(), before, "rules")
    handle = next(r["handle"] for r in before if r.get("pool") ==
                  [{"first": outside(v, 10), "last": outside(v, 10)}])
    # It is known by its handle, too.
    bed.dvr(f"nat del r1 handle {handle}\nnat add r1 out ext snat from "
            f"{prefix(v, 0, 26)} to {outside(v, 10)} handle {handle}\n")
    equal(bed.udp_out(v, 12, bed.port()).saddr, outside(v, 10), "the address")


done()
