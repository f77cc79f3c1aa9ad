#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""NAT of TCP by RFC 5382, byte for byte.  The bed is natrfc's."""

import struct

from frames import ICMP, ICMP6, TCP, checksum, packet, pseudo
from lib import equal, need, test
from natlib import (ACK, FIN, GWE, GWI, PSH, RST, SYN, Tcp, both, error,
                    inside, outside)
from natrfc import bed, done, near, p1, p2, p3, x, y


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
@both
def unsolicited(v):
    got = Tcp(bed, v, 12).send(SYN)
    frames = [tcp_to(src, dst, port) for src, dst, port in (
        (x.addr(v), got.saddr, 4321), (bed.far[v], got.saddr, got.sport),
        (x.addr(v), outside(v, 36), 22))]
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
    near(conn.flow()["timeout_s"], 240, "SYN sent")
    conn.reply(SYN | ACK)
    near(conn.flow()["timeout_s"], 240, "SYN received")
    conn.send(ACK)
    flow = conn.flow()
    equal(flow["state"].upper(), "ESTABLISHED", "state")
    near(flow["timeout_s"], 7440, "established")
    conn.send(FIN | ACK)
    near(conn.flow()["timeout_s"], 240, "FIN sent")
    conn.reply(ACK)
    near(conn.flow()["timeout_s"], 240, "half closed")
    conn.reply(FIN | ACK)
    near(conn.flow()["timeout_s"], 240, "last ACK")
    conn.send(ACK)
    near(conn.flow()["timeout_s"], 240, "time wait")


@test("tcp-5 tcp-timeout and tcp-transitory-timeout are obeyed from then on")
@both
def tcp_short(v):
    bed.router_set(tcp_timeout=100, tcp_transitory_timeout=50)
    try:
        conn = Tcp(bed, v, 12)
        conn.send(SYN)
        near(conn.flow()["timeout_s"], 50, "SYN sent")
        conn.reply(SYN | ACK)
        conn.send(ACK)
        near(conn.flow()["timeout_s"], 100, "established")
    finally:
        bed.router_set(tcp_timeout=7440, tcp_transitory_timeout=240)


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
    need(flow["timeout_s"] > 7000, f"timeout {flow['timeout_s']}")
    conn.alive()


done()
