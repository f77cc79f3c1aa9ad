#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""A second opinion: packets that scapy builds and parses.

The other tests build and parse packets with code of their own, and do not notice an error
that this code shares with the module.  Here scapy parses each packet and builds it again
with all lengths and checksums computed by scapy.  The bytes must be the same.

    h1 p1 --- segment a -- r1 -- segment b --- p3 h3
"""

import logging

from frames import packet, udp
from lib import both, defer, equal, finish, need, test, two_segments

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
from scapy.layers.inet import (ICMP, IP, TCP, UDP, IPerror, IPOption_RR,
                               defragment, fragment)
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoRequest,
                                ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPerror6,
                                IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop,
                                IPv6ExtHdrRouting, PadN)
from scapy.layers.l2 import GRE, Ether
from scapy.layers.sctp import SCTP, SCTPChunkData
from scapy.packet import Raw

bed = two_segments()
h1, h3 = bed.h1, bed.h3
p1, p3 = h1.wire, h3.wire

# What scapy fills in where it is not said.
FILLED = ("chksum", "cksum", "len", "plen", "ihl", "dataofs")


def filled(pkt):
    """A packet as scapy would have made it; quotes stay as they are."""
    pkt = pkt.copy()
    layer = pkt
    while layer and not isinstance(layer, (IPerror, IPerror6)):
        for name in FILLED:
            if layer.fields.get(name) is not None:
                layer.delfieldval(name)
        # Behind that of a fragment nothing is whole.
        if isinstance(layer, IP) and (layer.frag or layer.flags.MF):
            break
        layer = layer.payload
    return bytes(pkt)


def received(wire, host, want, what):
    """The frame that HOST gets, as scapy reads it, sound by its opinion."""
    got = wire.expect(lambda p: p.dst == host.mac and want(p), what)
    frame = Ether(got.raw)
    need(filled(frame) == got.raw, f"{what}: {got.raw.hex()} is {filled(frame).hex()} to scapy")
    return frame


def routed(sent, what):
    """Send from h1 to h3: the same but for the hop."""
    token = bytes(sent)[-12:]
    bed.flush()
    h1.send(bytes(sent))
    got = received(p3, h3, lambda p: p.raw.endswith(token), what)
    want = sent.copy()
    if isinstance(want, IP):
        want.ttl -= 1
        del want.chksum
    else:
        want.hlim -= 1
    equal(bytes(got.payload).hex(), bytes(want).hex(), what)
    return got


def header(v, src=None, dst=None, **kw):
    """The header of a packet of h1 to h3."""
    return (IP if v == 4 else IPv6)(src=src or h1.addr(v), dst=dst or h3.addr(v), **kw)


@test("scapy: TCP, UDP, SCTP and GRE are routed, and differ by the hop alone")
@both
def protocols(v):
    for name, upper in (
            ("UDP", UDP(sport=4000, dport=5000)),
            ("TCP", TCP(sport=4000, dport=5000, flags="PA", seq=1 << 31, ack=5,
                        options=[("NOP", None), ("NOP", None), ("Timestamp", (1, 2))])),
            ("SCTP", SCTP(sport=4000, dport=5000, tag=9) / SCTPChunkData(data=b"x" * 8)),
            ("GRE", GRE() / IP(src="10.0.0.1", dst="10.0.0.2") / UDP())):
        routed(header(v) / upper / Raw(f"opinion {name}".encode().ljust(40, b".")), name)


@test("scapy: options and extension headers are kept")
@both
def options(v):
    def padding():
        return [PadN(optdata=b"\0" * 4)]
    heads = {4: {"record a full route": IP(
                 src=h1.v4, dst=h3.v4, options=[IPOption_RR(routers=[], length=3)])},
             6: {"hop by hop": header(6) / IPv6ExtHdrHopByHop(options=padding()),
                 "destination": header(6) / IPv6ExtHdrDestOpt(options=padding()),
                 "routing, nothing left": header(6) / IPv6ExtHdrRouting(
                     type=4, segleft=0, addresses=[h3.v6])}}
    for name, head in heads[v].items():
        routed(head / UDP(sport=1, dport=2) / Raw(name.encode().ljust(24)), name)


@test("scapy: fragments of the router are put together to what was sent")
def fragments():
    sent = IP(src=h1.v4, dst=h3.v4, id=4711) / UDP(sport=4000, dport=5000) / \
        Raw(bytes(range(256)) * 5 + b"the end")
    bed.dvradm("segment", "set", "b", "mtu", 1280)
    try:
        bed.flush()
        h1.send(bytes(sent))
        parts = [received(p3, h3, lambda p: p.ident == 4711, "a fragment").payload
                 for _ in range(2)]
    finally:
        bed.dvradm("segment", "set", "b", "mtu", 1500)
    need(all(part.len <= 1280 for part in parts), "the MTU")
    whole = list(defragment(parts))
    equal(len(whole), 1, "datagrams")
    equal(bytes(whole[0][UDP]).hex(), bytes(sent[UDP]).hex(), "reassembled")
    # And those of others pass as they are.
    for number, part in enumerate(fragment(sent, fragsize=600)):
        routed(part, f"fragment {number} of scapy")


def told(sent, kind, code, what):
    """What h1 is told of a packet."""
    bed.flush()
    h1.send(sent)
    return received(p1, h1, lambda p: p.type == kind and p.code == code, what)


@test("scapy: errors of the router are sound and quote what was sent")
@both
def errors(v):
    src, dst, nowhere = h1.addr(v), h3.addr(v), {4: "203.0.113.9", 6: "2001:db8:dead::9"}[v]
    exceeded, no_route, too_big = {4: ((11, 0), (3, 0), (3, 4)),
                                   6: ((3, 0), (1, 0), (2, 0))}[v]
    sent = packet(src, dst, 17, udp(src, dst, b"t" * 64), ttl=1)
    got = told(sent, *exceeded, "TTL")
    need(sent in bytes(got), "the quote of what had too many hops")
    need(v == 4 or ICMPv6TimeExceeded in got, "time exceeded")
    sent = packet(src, nowhere, 17, udp(src, nowhere, b"n" * 64))
    got = told(sent, *no_route, "no route")
    need(sent in bytes(got), "the quote of what had no route")
    need(v == 4 or ICMPv6DestUnreach in got, "unreachable")
    defer(bed.dvradm, "segment", "set", "b", "mtu", 1500)
    bed.dvradm("segment", "set", "b", "mtu", 1300)
    got = told(packet(src, dst, 17, udp(src, dst, b"b" * 1400),
                      **({"flags": 2} if v == 4 else {})), *too_big, "too big")
    equal(got[ICMP].nexthopmtu if v == 4 else got[ICMPv6PacketTooBig].mtu, 1300, "MTU")


@test("scapy: what is translated has the checksums that it would be made with")
@both
def translated(v):
    source, rule = {
        4: ("198.51.100.7", "snat from 192.0.2.0/24 to 198.51.100.7"),
        6: ("2001:db8:2::77", "floating 2001:db8:2::77 to 2001:db8:1::10")}[v]
    bed.dvr(f"nat add r1 out b {rule} handle 1\n")
    defer(bed.dvr, "nat del r1 handle 1\n")
    for name, upper in (("UDP", UDP(sport=4100, dport=5100)),
                        ("TCP", TCP(sport=4100, dport=5100, flags="S")),
                        ("a query", ICMP(id=3) if v == 4 else ICMPv6EchoRequest(id=3))):
        token = f"translated {name}".encode().ljust(48, b".")
        # The third takes the fast path, where there is one.
        for _ in range(3):
            bed.flush()
            h1.send(bytes(header(v) / upper / Raw(token)))
            got = received(p3, h3, lambda p, t=token: t in p.raw, name)
            equal(got.payload.src, source, name)


finish(bed)
