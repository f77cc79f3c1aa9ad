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

from frames import ip4, packet, udp
from lib import equal, finish, need, test, two_segments

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
    if IP in want:
        want.ttl -= 1
        del want.chksum
    else:
        want.hlim -= 1
    equal(bytes(got.payload).hex(), bytes(want).hex(), what)
    return got


def both(upper, name):
    """UPPER through a v4 and a v6 header."""
    tail = Raw(f"opinion {name}".encode().ljust(40, b"."))
    routed(IP(src=h1.v4, dst=h3.v4, id=77) / upper / tail, f"{name}, v4")
    routed(IPv6(src=h1.v6, dst=h3.v6) / upper / tail, f"{name}, v6")


@test("scapy: TCP, UDP, SCTP and GRE are routed, and differ by the hop alone")
def protocols():
    both(UDP(sport=4000, dport=5000), "UDP")
    both(TCP(sport=4000, dport=5000, flags="PA", seq=1 << 31, ack=5,
             options=[("NOP", None), ("NOP", None), ("Timestamp", (1, 2))]), "TCP")
    both(SCTP(sport=4000, dport=5000, tag=9) / SCTPChunkData(data=b"x" * 8), "SCTP")
    routed(IP(src=h1.v4, dst=h3.v4) / GRE() /
           IP(src="10.0.0.1", dst="10.0.0.2") / UDP() / Raw(b"inside of a tunnel"), "GRE")


@test("scapy: options and extension headers are kept")
def options():
    routed(IP(src=h1.v4, dst=h3.v4, options=[IPOption_RR(routers=[], length=3)]) /
           UDP(sport=1, dport=2) / Raw(b"record a full route"), "options")
    for name, header in (("hop by hop", IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 4)])),
                         ("destination", IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])),
                         ("routing, nothing left", IPv6ExtHdrRouting(
                             type=4, segleft=0, addresses=[h3.v6]))):
        routed(IPv6(src=h1.v6, dst=h3.v6) / header / UDP(sport=1, dport=2) /
               Raw(name.encode().ljust(24)), name)


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
def errors():
    for dst, nowhere in ((h3.v4, "203.0.113.9"), (h3.v6, "2001:db8:dead::9")):
        four = ":" not in dst
        src = h1.v4 if four else h1.v6
        sent = packet(src, dst, 17, udp(src, dst, b"t" * 64), ttl=1)
        got = told(sent, 11 if four else 3, 0, f"TTL to {dst}")
        need(sent in bytes(got), f"the quote of {dst}")
        if not four:
            need(ICMPv6TimeExceeded in got, "time exceeded")
        sent = packet(src, nowhere, 17, udp(src, nowhere, b"n" * 64))
        got = told(sent, 3 if four else 1, 0, f"no route to {nowhere}")
        need(sent in bytes(got), f"the quote of {nowhere}")
        if not four:
            need(ICMPv6DestUnreach in got, "unreachable")
    bed.dvradm("segment", "set", "b", "mtu", 1300)
    try:
        got = told(ip4(h1.v4, h3.v4, 17, udp(h1.v4, h3.v4, b"b" * 1400), flags=2),
                      3, 4, "fragmentation needed")
        equal(got[ICMP].nexthopmtu, 1300, "MTU")
        got = told(packet(h1.v6, h3.v6, 17, udp(h1.v6, h3.v6, b"b" * 1400)),
                      2, 0, "packet too big")
        equal(got[ICMPv6PacketTooBig].mtu, 1300, "MTU")
    finally:
        bed.dvradm("segment", "set", "b", "mtu", 1500)


@test("scapy: what is translated has the checksums that it would be made with")
def translated():
    bed.dvr("""
        nat add r1 out b snat from 192.0.2.0/24 to 198.51.100.7 handle 1
        nat add r1 out b floating 2001:db8:2::77 to 2001:db8:1::10 handle 2
    """)
    try:
        for upper in (UDP(sport=4100, dport=5100), TCP(sport=4100, dport=5100, flags="S"),
                      None):
            for dst, source in ((h3.v4, "198.51.100.7"), (h3.v6, "2001:db8:2::77")):
                name = f"{type(upper).__name__} to {dst}"
                token = f"translated {name}".encode().ljust(48, b".")
                if ":" in dst:
                    sent = IPv6(src=h1.v6, dst=dst) / (upper or ICMPv6EchoRequest(id=3))
                else:
                    sent = IP(src=h1.v4, dst=dst) / (upper or ICMP(id=3))
                # The third takes the fast path, where there is one.
                for _ in range(3):
                    bed.flush()
                    h1.send(bytes(sent / Raw(token)))
                    got = received(p3, h3, lambda p, t=token: t in p.raw, name)
                    equal(got.payload.src, source, name)
    finally:
        bed.dvr("nat del r1 handle 1\nnat del r1 handle 2\n")


finish(bed)
