#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Protocols that are neither TCP, UDP nor ICMP, byte for byte.

The bed is natlib's.  Inside hosts 2 to 63 have snat to 10, 200 to 203 are
floating, and SCTP's port 8080 of 10 is forwarded to port 80 of host 10.
"""

import os
import socket
import struct

from frames import aged, checksum, packet, pseudo
from lib import equal, finish, last_test, log, need, sysctl, test
from natlib import (BOTH, INSIDE6, NatBed, both, bracket, error,
                    inside, outside, tokens)

GRE, ESP, DCCP, SCTP, UDPLITE = 47, 50, 33, 132, 136


def rules(v):
    src = "10.1.0.0/26" if v == 4 else f"{INSIDE6}/122"
    return f"""
    nat add r1 out ext snat from {src} to {outside(v, 10)}
    nat add r1 out ext forward sctp {bracket(outside(v, 10))}:8080 to {bracket(inside(v, 10))}:80
    """ + "".join(f"nat add r1 out ext floating {outside(v, n)} to {inside(v, n)}\n"
                  for n in range(200, 204))


bed = NatBed()
x, y = bed.x, bed.y
p1, p2, p3, p4 = bed.p1, bed.p2, bed.p3, bed.p4
for family in BOTH:
    bed.dvr(rules(family))


# -- packets ---------------------------------------------------------------------

def gre(src, dst, version=0, call=0):
    """Of version 0 with a key, or PPTP's with a call."""
    mark = bed.token()
    head = struct.pack("!HHI", 0x2000, 0x0800, 0xdeadbeef)
    if version:
        head = struct.pack("!HHHHI", 0x3000 | version, 0x880b, len(mark), call, 1)
    return packet(src, dst, GRE, head + mark)


def esp(src, dst):
    return packet(src, dst, ESP, struct.pack("!II", 0x12345678, 1) + bed.token() * 3)


def with_sum(src, dst, proto, head, data, at, cover=None):
    """The Internet checksum of the pseudo header and COVER bytes is put AT."""
    whole = head + data
    part = whole[:cover] if cover else whole
    csum = checksum(pseudo(src, dst, proto, len(whole)) + part)
    return packet(src, dst, proto, whole[:at] + struct.pack("!H", csum or 0xffff) +
                  whole[at + 2:])


def udplite(src, dst, sport, dport, cover=8):
    return with_sum(src, dst, UDPLITE, struct.pack("!HHHH", sport, dport, cover, 0),
                    bed.token(), 6, cover)


def dccp(src, dst, sport, dport, kind=0, ack=0):
    """A Request, or the Response to it (RFC 4340 5)."""
    more = struct.pack("!HHI", 0, 0, ack) if kind else b""
    head = struct.pack("!HHBBHBBHI", sport, dport, 5 + len(more) // 4, 0, 0, kind << 1 | 1, 0, 0,
                       100) + more + struct.pack("!I", 42)
    return with_sum(src, dst, DCCP, head, bed.token(), 6)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xffffffff)


def sctp(src, dst, sport, dport, kind=1, vtag=0, tag=0x1111):
    """INIT, or INIT ACK with a cookie of ours."""
    mark = bed.token()
    mark += b"\0" * (-len(mark) % 4)
    cookie = struct.pack("!HH", 7 if kind == 2 else 0x8005, 4 + len(mark)) + mark
    chunk = struct.pack("!BBHIIHHI", kind, 0, 20 + len(cookie), tag, 65535, 1, 1, 1) + cookie
    head = struct.pack("!HHI", sport, dport, vtag)
    return packet(src, dst, SCTP, head + crc32c(head + b"\0\0\0\0" + chunk) + chunk)


def sound(pkt):
    """Is the checksum of a packet that was seen right?"""
    b = pkt.l4
    if pkt.proto == SCTP:
        return b[8:12] == crc32c(b[:8] + b"\0\0\0\0" + b[12:])
    part = b[:struct.unpack("!H", b[4:6])[0] or None] if pkt.proto == UDPLITE else b
    return not checksum(pseudo(pkt.saddr, pkt.daddr, pkt.proto, len(b)) + part)


def ports(pkt):
    return struct.unpack("!HH", pkt.l4[:4])


def out(n, sent, src, dst, what):
    """Host N sends; what is outside has SRC, and only its addresses are new."""
    got = bed.out(n, sent)
    equal((got.saddr, got.daddr), (src, dst), f"{what}: addresses outside")
    return got


def into(n, sent, src, what, host=None):
    got = bed.into(n, sent, host)
    equal((got.saddr, got.daddr), (src, inside(4 if got.v == 4 else 6, n)),
          f"{what}: addresses inside")
    return got


def refused_inside(v, n, sent, reason, what):
    """What host N sends is dropped and counted, and seen nowhere outside."""
    mark, before = tokens(sent), bed.drops(reason, router="r1")
    bed.flush()
    bed.host(n).send(sent)
    bed.settle()
    found = [p for p in p3.rx + p4.rx if mark in p.raw]
    need(not found, f"{what}: it left: {found and found[0]}")
    equal(bed.drops(reason, router="r1") - before, 1, f"{what}: {reason}")
    told = [p for p in bed.host(n).wire.rx if p.icmp_error(*((3, 13) if v == 4 else (1, 1)))]
    equal(len(told), reason == "nat_no_port", f"{what}: errors to the sender")


# -- without ports ------------------------------------------------------------------

PLAIN = ((GRE, gre, "GRE"), (ESP, esp, "ESP"))


@test("GRE and ESP through a floating address, whoever begins")
@both
def plain_floating(v):
    peer = x.own(inside(v, 1))
    for _, make, what in PLAIN:
        for n, first in ((200, "inside"), (202, "outside")):
            ext = outside(v, n)
            for side in ((first, "outside", "inside") if first == "inside" else
                         (first, "inside", "outside")):
                if side == "inside":
                    sent = make(inside(v, n), peer)
                    got = out(n, sent, ext, peer, what)
                else:
                    sent = make(peer, ext)
                    got = into(n, sent, peer, what)
                equal(got.l4.hex(), sent[20 if v == 4 else 40:].hex(), f"{what}: payload")


@test("GRE and ESP through hairpin of two floating addresses")
@both
def plain_hairpin(v):
    for _, make, what in PLAIN:
        sent = make(inside(v, 200), outside(v, 201))
        got = into(201, sent, outside(v, 200), what, bed.host(200))
        back = into(200, make(inside(v, 201), got.saddr), outside(v, 201), what, bed.host(201))
        equal(back.saddr, outside(v, 201), "the answer")


@test("GRE and ESP through snat: one host an address; the next is told, and nothing leaves")
@both
def plain_snat(v):
    bed.dvradm("flow", "flush", "router", "r1")
    peer, ext = x.own(inside(v, 1)), outside(v, 10)
    for _, make, what in PLAIN:
        log(f"# {what}")
        bed.not_in([make(peer, ext)], f"{what} to nobody", "nat_refused")
        sent = make(inside(v, 12), peer)
        got = out(12, sent, ext, peer, what)
        equal(got.l4.hex(), sent[20 if v == 4 else 40:].hex(), f"{what}: payload")
        into(12, make(peer, ext), peer, f"{what}, the answer")
        # The mapping is the host's, for all whom it speaks to, and nobody else's.
        out(12, make(inside(v, 12), y.own(peer)), ext, y.own(peer), f"{what} to another")
        refused_inside(v, 13, make(inside(v, 13), peer), "nat_no_port", f"{what} of another")
        bed.not_in([make(bed.far[v], ext)], f"{what} of a stranger", "nat_refused")
    bed.dvradm("flow", "flush", "router", "r1")
    for _, make, what in PLAIN:
        out(13, make(inside(v, 13), peer), ext, peer, f"{what}, after the first has gone")
    bed.dvradm("flow", "flush", "router", "r1")


@test("PPTP's GRE through snat: the call as it is, answers with another call are refused")
@both
def pptp(v):
    bed.dvradm("flow", "flush", "router", "r1")
    peer, ext = x.own(inside(v, 1)), outside(v, 10)
    got = out(12, gre(inside(v, 12), peer, 1, 77), ext, peer, "a call")
    equal(got.l4[6:8], struct.pack("!H", 77), "the call")
    bed.not_in([gre(peer, ext, 1, 78)], "an answer", "nat_refused")
    refused_inside(v, 13, gre(inside(v, 13), peer, 1, 77), "nat_no_port", "another's call")
    # To a floating address nothing stands in the way.
    got = into(200, gre(peer, outside(v, 200), 1, 79), peer, "a call to a floating address")
    equal(got.l4[6:8], struct.pack("!H", 79), "the call inside")
    bed.not_in([gre(peer, outside(v, 200), 3)], "GRE of no known version", "nat_invalid")
    bed.dvradm("flow", "flush", "router", "r1")


# -- with ports ----------------------------------------------------------------------

def checksums(on):
    """Does conntrack look at checksums?"""
    sysctl(bed.hv, netfilter__nf_conntrack_checksum=int(on))


def answer(proto, src, dst, sport, dport):
    if proto == DCCP:
        return dccp(src, dst, sport, dport, 1, 100)
    if proto == SCTP:
        return sctp(src, dst, sport, dport, 2, 0x1111, 0x2222)
    return udplite(src, dst, sport, dport)


def with_ports(v, proto, make, what):
    peer, ext, floating = x.own(inside(v, 1)), outside(v, 10), outside(v, 200)
    sport, used = bed.port(), set()
    bed.not_in([make(peer, ext, 5000, sport)], f"{what} to nobody", "nat_refused")
    # Two hosts with one port, and a third that is floating.
    for n, src in ((12, ext), (11, ext), (200, floating)):
        sent = make(inside(v, n), peer, sport, 5000)
        got = out(n, sent, src, peer, f"{what} of {n}")
        need(sound(got), f"{what} of {n}: checksum outside")
        mine, theirs = ports(got)
        equal(theirs, 5000, f"{what} of {n}: destination port")
        used.add((src, mine))
        equal(got.l4[12:].hex(), sent[-len(got.l4):][12:].hex(), f"{what} of {n}: what it carries")
        back = into(n, answer(proto, peer, src, 5000, mine), peer, f"{what}, to {n}")
        need(sound(back), f"{what}, to {n}: checksum inside")
        equal(ports(back), (5000, sport), f"{what}, to {n}: ports inside")
        if n != 200:
            bed.not_in([answer(proto, bed.far[v], src, 5000, mine)], f"{what} of a stranger",
                       "nat_invalid" if proto != UDPLITE else "nat_refused")
    equal(len(used), 3, f"{what}: outside ports {used}")
    equal((floating, sport) in used, True, f"{what}: the port of floating is kept")
    # From outside to a floating address, and from inside by hairpin.
    port = bed.port()
    got = into(201, make(peer, outside(v, 201), port, 99), peer, f"{what} to floating")
    equal((ports(got), sound(got)), ((port, 99), True), f"{what} to floating: ports, checksum")
    port = bed.port()
    got = into(201, make(inside(v, 12), outside(v, 201), port, 99), ext, f"{what}, hairpin",
               bed.host(12))
    need(sound(got), f"{what}, hairpin: checksum")
    back = into(12, answer(proto, inside(v, 201), ext, 99, ports(got)[0]), outside(v, 201),
                f"{what}, the answer", bed.host(201))
    equal((ports(back), sound(back)), ((99, port), True), f"{what}, the answer: ports, checksum")


@test("SCTP through snat, floating and hairpin: ports, CRC")
@both
def sctp_ports(v):
    with_ports(v, SCTP, sctp, "SCTP")


@test("SCTP to a forward, and from inside to it; nothing beside it")
@both
def sctp_forward(v):
    peer, ext = x.own(inside(v, 1)), outside(v, 10)
    port = bed.port()
    got = into(10, sctp(peer, ext, port, 8080), peer, "INIT")
    equal((ports(got), sound(got)), ((port, 80), True), "ports, CRC")
    back = out(10, sctp(inside(v, 10), peer, 80, port, 2, 0x1111, 0x2222), ext, peer, "INIT ACK")
    equal((ports(back), sound(back)), ((8080, port), True), "ports, CRC of the answer")
    got = into(10, sctp(inside(v, 11), ext, port, 8080), ext, "hairpin", bed.host(11))
    equal((ports(got)[1], sound(got)), (80, True), "port, CRC of hairpin")
    bed.not_in([sctp(peer, ext, port, 8081), sctp(peer, ext, port, 80)], "beside it",
               "nat_refused")


@test("pmtu-2 icmp-4 an error about SCTP: the quote is reverted")
@both
def sctp_error(v):
    peer, port = x.own(inside(v, 1)), bed.port()
    df = {"flags": 2} if v == 4 else {}
    sent = sctp(inside(v, 12), peer, port, 5000)
    sent = packet(inside(v, 12), peer, SCTP, sent[20 if v == 4 else 40:], **df)
    got = out(12, sent, outside(v, 10), peer, "INIT")
    kind = (3, 4) if v == 4 else (2, 0)
    bed.flush()
    x.send(error(bed.far[v], got.saddr, *kind, got.ip, 1300))
    back = p1.expect(lambda p: p.icmp_error(*kind), "the error inside")
    equal((back.saddr, back.daddr, back.rest), (bed.far[v], inside(v, 12), 1300),
          "addresses, MTU")
    equal(back.quote.hex(), aged(sent).hex(), "the quote")


def unknown(v, make, what):
    """Its checksum is of the addresses, and nobody would mend it."""
    peer = x.own(inside(v, 1))
    for n in (12, 200):
        refused_inside(v, n, make(inside(v, n), peer, 5, 6), "nat_invalid", what)
    bed.not_in([make(peer, outside(v, 200), 5, 6), make(peer, outside(v, 10), 5, 6)], what,
               "nat_invalid")


@test("UDP-Lite: dropped, as conntrack takes its checksum for UDP's or does not know it")
@both
def udplite_dropped(v):
    unknown(v, udplite, "UDP-Lite")


@test("UDP-Lite where checksums are not looked at: ports and checksum as UDP's, if it is known")
@both
def udplite_ports(v):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, UDPLITE).close()
        known = True
    except OSError:
        log("# this kernel has no UDP-Lite")
        known = False
    checksums(False)
    try:
        if not known:
            unknown(v, udplite, "UDP-Lite")
            return
        with_ports(v, UDPLITE, udplite, "UDP-Lite")
        with_ports(v, UDPLITE, lambda *a: udplite(*a, 0), "UDP-Lite, all of it covered")
    finally:
        checksums(True)


@test("DCCP: ports and checksum as TCP's, or dropped where conntrack does not know it")
@both
def dccp_ports(v):
    if os.path.exists("/proc/sys/net/netfilter/nf_conntrack_dccp_timeout_request"):
        with_ports(v, DCCP, dccp, "DCCP")
    else:
        log("# this kernel's conntrack does not know DCCP")
        unknown(v, dccp, "DCCP")


@last_test("no inside address was seen outside in all this")
def no_leak():
    bed.leaks.none()


finish(bed)
