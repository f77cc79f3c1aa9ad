#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""Too big: fragmentation, ICMP and segmentation offload.

    h1 p1 --+
            +-- segment a -- r1 -- segment b -- p3 h3
    h2 p2 --+   MTU 9000           MTU 1500, or what a test sets
"""

import struct

from frames import (FRAGMENT, TCP, UDP, checksum, echo, eth, frag6, ip4, ip6,
                    packet, pseudo, tcp, udp, udp_packet)
from lib import both, defer, equal, finish, need, test, two_segments

TOO_BIG = {4: (3, 4), 6: (2, 0)}
bed = two_segments(mtu=9000, vnet=True)
h1, h3 = bed.h1, bed.h3
p1, p3 = h1.wire, h3.wire
bed.dvradm("segment", "set", "b", "mtu", 1500)


def data(size):
    return bytes((i * 7 + i // 256) & 255 for i in range(size))


def pieces(host, sent, count, wire=p3):
    """Send a packet and take the COUNT pieces that it comes out in."""
    bed.flush()
    host.send(sent)
    got = [wire.expect(lambda p: p.v == 4 and p.proto == sent[9] and
                       p.src != host.mac, f"piece {n + 1} of {count}")
           for n in range(count)]
    bed.good(host)
    more = [str(p) for p in wire.rx if p.ident == got[0].ident and
            p.proto == sent[9] and p.offset]
    need(not more, f"too many pieces: {more}")
    return got


def check_pieces(sent, got, mtu, what):
    """GOT is SENT in fragments as RFC 791 wants them."""
    head = (sent[0] & 15) * 4
    first, more = struct.unpack("!H", sent[6:8])[0] & 0x1fff, sent[6] & 0x20
    offset, payload = first * 8, b""
    for number, pkt in enumerate(got):
        last = number == len(got) - 1
        need(pkt.length <= mtu, f"{what}: {pkt.length} bytes, MTU {mtu}")
        equal(pkt.offset, offset, f"{what}: offset of piece {number}")
        equal(bool(pkt.flags & 1), not last or bool(more), f"{what}: MF")
        equal(pkt.ident, struct.unpack("!H", sent[4:6])[0], f"{what}: id")
        equal((pkt.tos, pkt.ttl), (sent[1], sent[8] - 1), f"{what}: tos, ttl")
        equal(checksum(pkt.ip[:20 + len(pkt.opts)]), 0, f"{what}: checksum")
        need(last or not len(pkt.l4) % 8, f"{what}: piece of {len(pkt.l4)}")
        payload += pkt.l4
        offset += len(pkt.l4)
    equal(payload, sent[head:], f"{what}: reassembled")
    for pkt in got[:-1]:
        need(pkt.length > mtu - 8, f"{what}: piece of {pkt.length}, no need")


@test("1812-17 a packet without DF is fragmented to the MTU and reassembles")
def fragments():
    for mtu in (1500, 1280, 576):
        bed.dvradm("segment", "set", "b", "mtu", mtu) if mtu >= 1280 else None
        if mtu < 1280:
            # IPv6 does not go that low: the leg has none for a moment.
            bed.dvradm("iface", "set", "r1", "segment", "b", "addr",
                       bed.gw4b + "/24")
            bed.dvradm("segment", "set", "b", "mtu", mtu)
        room = (mtu - 20) // 8 * 8
        for size in (mtu - 28, mtu - 27, 2 * room - 8, 2 * room - 7, 4000,
                     8900):
            sent = ip4(h1.v4, h3.v4, UDP, udp(h1.v4, h3.v4, data(size)),
                       ident=0x4000 + size, tos=0x28)
            # The last piece may be longer than what fits in the others.
            count = 1 + max(0, -(-(size + 28 - mtu) // room))
            check_pieces(sent, pieces(h1, sent, count), mtu,
                         f"{size} bytes, MTU {mtu}")
    bed.dvradm("segment", "set", "b", "mtu", 1500)
    bed.dvradm("iface", "set", "r1", "segment", "b", "addr", bed.gw4b + "/24",
               "addr", bed.gw6b + "/64")


@test("1812-17 a fragment is fragmented further, offset and MF are kept")
def further():
    for flags, offset in ((1, 0), (1, 8000), (0, 8000), (1, 2960)):
        sent = ip4(h1.v4, h3.v4, UDP, data(4000), flags=flags, offset=offset,
                   ident=0x7000 + offset)
        check_pieces(sent, pieces(h1, sent, 3), 1500,
                     f"fragment {flags}/{offset}")


@test("1812-17 options are copied to later fragments only where they ask for it")
def option_copy():
    copied, once = bytes([0x9e, 4, 1, 2]), bytes([0x1e, 4, 3, 4])
    sent = ip4(h1.v4, h3.v4, UDP, data(4000), opts=once + copied)
    bed.flush()
    h1.send(sent)
    got = []
    while not got or got[-1].flags & 1:
        got.append(p3.expect(lambda p: p.ident == 0x1234 and p.proto == UDP,
                             "fragment"))
    equal(got[0].opts, once + copied, "options of the first")
    for pkt in got[1:]:
        need(copied in pkt.opts, "the option to copy is in all")
        need(once not in pkt.opts, "the other is not")
        equal(checksum(pkt.ip[:20 + len(pkt.opts)]), 0, "checksum")
    equal(b"".join(p.l4 for p in got), data(4000), "reassembled")
    need(all(p.length <= 1500 for p in got), "length")


@test("1812-17 pmtu-1 v6-5 what may not be cut gets 3/4 or 2/0 with the MTU of the next hop")
@both
def dont_fragment(v):
    head, may_not = (28, {"flags": 2}) if v == 4 else (48, {})

    def packet_of(size, token):
        return udp_packet(h1.addr(v), h3.addr(v), (token + data(size))[:size], **may_not)

    defer(bed.dvradm, "segment", "set", "b", "mtu", 1500)
    for mtu in (1500, 1400):
        bed.dvradm("segment", "set", "b", "mtu", mtu)
        token = bed.token()
        bed.passes(h1, packet_of(mtu - head, token), p3, token)
        for size in (mtu - head + 1, 8000):
            token = bed.token()
            sent = packet_of(size, token)
            h1.send(sent)
            got = p1.expect(lambda p: p.icmp_error(*TOO_BIG[v]), "too big")
            equal(got.rest, mtu, "MTU")
            equal(got.quote, sent[:len(got.quote)], "quote")
            equal((got.length, got.saddr), (576, bed.gw4) if v == 4 else (1280, bed.gw6),
                  "error")
            bed.good(h1)
            need(not [p for p in p3.rx if token in p.raw], "it was sent on")


@test("an echo reply of the router fits its own segment, in fragments if need be")
def big_echo():
    token = bed.token()
    h1.send(echo(h1.v4, bed.gw4, token + data(5000)))
    p1.expect(lambda p: p.type == 0 and token in p.raw, "reply on a jumbo leg")
    # One that comes by a and leaves by b has to be cut to fit.
    bed.flush()
    h1.send(echo(h3.v4, bed.gw4b, token + data(2000)))
    first = p3.expect(lambda p: p.type == 0 and token in p.raw, "reply")
    need(first.length <= 1500, f"{first.length} bytes on an MTU of 1500")


@test("v6-5 too big is never fragmented, fragments of the source pass")
def never_v6():
    body = udp(h1.v6, h3.v6, data(3000))
    bed.flush()
    h1.send(ip6(h1.v6, h3.v6, UDP, body))
    got = p1.expect(lambda p: p.icmp_error(2, 0), "2/0")
    equal(got.rest, 1500, "MTU")
    bed.flush()
    for offset in range(0, len(body), 1448):
        part = body[offset:offset + 1448]
        h1.send(ip6(h1.v6, h3.v6, FRAGMENT, frag6(
            UDP, offset, offset + 1448 < len(body), 99, part)))
    got = [p3.expect(lambda p: p.ident == 99, "fragment") for _ in range(3)]
    equal(b"".join(p.l4 for p in got), body, "reassembled")
    # A fragment of the source may itself be too big.
    h1.send(ip6(h1.v6, h3.v6, FRAGMENT, frag6(UDP, 0, 1, 98, data(1456))))
    p1.expect(lambda p: p.icmp_error(2, 0), "2/0 about a fragment")


def gso(src, dst, size, segment, flags=2, kind=None, ident=0x100):
    """A TCP packet of SIZE bytes that is to be cut into SEGMENT bytes.

    Returns the header that tells the kernel so, and the packet.
    """
    v6 = ":" in dst
    body = bytearray(tcp(src, dst, data(size), flags=0x10, ack=1))
    part = ~checksum(pseudo(src, dst, TCP, len(body))) & 0xffff
    body[16:18] = struct.pack("!H", part)
    head = 54 if v6 else 34
    vnet = struct.pack("<BBHHHH", 1, kind or (4 if v6 else 1), head + 20,
                       segment, head, 16)
    kw = {} if v6 else {"flags": flags, "ident": ident}
    return vnet, packet(src, dst, TCP, bytes(body), **kw)


def send_gso(*args, **kw):
    vnet, payload = gso(*args, **kw)
    bed.flush()
    p1.send(eth(h1.gw, h1.mac, payload), vnet)
    return payload


@test("pmtu-4 a GSO packet is judged by its segments and stays whole")
@both
def gso_whole(v):
    for segment in {4: (1460, 536), 6: (1440, 1220)}[v]:
        sent = send_gso(h1.addr(v), h3.addr(v), 20000, segment)
        got = p3.expect(lambda p: p.proto == TCP, f"GSO of {segment}")
        equal(len(got.ip), len(sent), "length of what arrives")
        equal(got.vnet[3], segment, "segment size of what arrives")
        equal(got.l4[20:], data(20000), "data")
        equal(got.ttl, 63, "ttl")
        bed.good(h1)
        need(not [p for p in p1.rx if p.icmp_error(*TOO_BIG[v])], "a false error")


@test("pmtu-4 GSO segments over the MTU that may not be cut get an error with the MTU")
@both
def gso_too_big(v):
    for segment in {4: (1461, 8000), 6: (1441, 8000)}[v]:
        send_gso(h1.addr(v), h3.addr(v), 16001, segment)
        got = p1.expect(lambda p: p.icmp_error(*TOO_BIG[v]), f"error for {segment}")
        equal(got.rest, 1500, "MTU")
        need(got.length <= (576 if v == 4 else 1280), "length of error")
        bed.good(h1)
        need(not [p for p in p3.rx if p.proto == TCP], "it was sent on")


@test("1812-17 GSO segments over the MTU without DF are cut, then fragmented")
def gso_fragment():
    for segment in (1461, 2000, 4000):
        size = 12000
        send_gso(h1.v4, h3.v4, size, segment, flags=0, ident=0x2000)
        bed.good(h1)
        bed.poll()
        got = [p for p in p3.rx if p.proto == TCP]
        need(got and all(p.length <= 1500 for p in got),
             f"{len(got)} pieces, {max((p.length for p in got), default=0)}")
        stream, by_id = {}, {}
        for pkt in got:
            by_id.setdefault(pkt.ident, []).append(pkt)
        for ident, parts in by_id.items():
            parts.sort(key=lambda p: p.offset)
            body, at = b"", 0
            for pkt in parts:
                equal(pkt.offset, at, f"offset in id {ident}")
                at += len(pkt.l4)
                body += pkt.l4
            need(not parts[-1].flags & 1, f"the end of id {ident} is missing")
            equal(checksum(pseudo(h1.v4, h3.v4, TCP, len(body)) + body), 0,
                  f"TCP checksum of id {ident}")
            stream[struct.unpack("!I", body[4:8])[0]] = body[20:]
        equal(b"".join(stream[seq] for seq in sorted(stream)), data(size),
              f"stream in segments of {segment}")


@test("a packet whose checksum is to be filled in gets it before fragmenting")
def partial_checksum():
    size = 4000
    body = bytearray(udp(h1.v4, h3.v4, data(size)))
    body[6:8] = struct.pack("!H", ~checksum(pseudo(h1.v4, h3.v4, UDP,
                                                   len(body))) & 0xffff)
    vnet = struct.pack("<BBHHHH", 1, 0, 0, 0, 34, 6)
    bed.flush()
    p1.send(eth(h1.gw, h1.mac, ip4(h1.v4, h3.v4, UDP, bytes(body),
                                   ident=0x3333)), vnet)
    got = [p3.expect(lambda p: p.ident == 0x3333, "fragment")
           for _ in range(3)]
    whole = b"".join(p.l4 for p in got)
    equal(checksum(pseudo(h1.v4, h3.v4, UDP, len(whole)) + whole), 0,
          "UDP checksum")
    equal(whole[8:], data(size), "data")


@test("what the router switches, it does not cut: GSO stays whole on a segment")
@both
def switched_gso(v):
    vnet, payload = gso(h1.addr(v), bed.h2.addr(v), 20000, 8000)
    bed.flush()
    p1.send(eth(bed.h2.mac, h1.mac, payload), vnet)
    got = bed.h2.wire.expect(lambda p: p.proto == TCP, "switched GSO")
    equal((len(got.ip), got.vnet[3], got.ttl), (len(payload), 8000, 64),
          "packet")


finish(bed)
