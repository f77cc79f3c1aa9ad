#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""IPv4 forwarding and ICMP, byte for byte (RFC 1812).

    h1 p1 --+
            +-- segment a -- r1 -- segment b -- p3 h3
    h2 p2 --+   192.0.2.0/24       198.51.100.0/24

There is no route to 203.0.113.0/24.
"""

import struct
import time

from frames import (BROADCAST, ICMP, UDP, arp_frame, checksum, echo, eth, icmp, ip,
                    ip4, udp, udp_packet)
from lib import Wire, equal, finish, need, test, two_segments

NOWHERE = "203.0.113.9"
bed = two_segments()
h1, h2, h3 = bed.h1, bed.h2, bed.h3
p1, p3 = h1.wire, h3.wire


def error(kind, code, token, wire=p1):
    """Wait for an ICMP error that quotes TOKEN."""
    return wire.expect(lambda p: p.icmp_error(kind, code) and token in p.raw,
                       f"ICMP {kind}/{code}")


def each_blocked(cases, build):
    """build(case, token) is dropped in silence for each of CASES."""
    for case in cases:
        bed.blocked(h1, lambda token, c=case: eth(
            h1.gw, h1.mac, build(c, token), 0x0800), f"case {case}",
            framed=True)


def both_ways(token):
    """A UDP packet of h1 to h3 whose headers a test then spoils."""
    return udp(h1.v4, h3.v4, token)


# -- what is no IP packet ------------------------------------------------

@test("1812-1 shorter than an IP header is dropped in silence")
def short():
    whole = udp_packet(h1.v4, h3.v4, b"x" * 8)
    frames = [(h1, eth(h1.gw, h1.mac, whole[:n], 0x0800))
              for n in (0, 1, 10, 19)]
    bed.expect_none(lambda p: p.kind == 0x0800 and
                    (p.length or 0) < 20 or p.proto == ICMP, frames)


@test("1812-2 bad header checksum is dropped in silence")
def header_checksum():
    good = ip4(h1.v4, h3.v4, UDP, b"")
    right = struct.unpack("!H", good[10:12])[0]
    need(checksum(good) == 0, "the good one")
    each_blocked([0, right ^ 0x0100, right ^ 0xffff],
                 lambda csum, token: ip4(h1.v4, h3.v4, UDP, both_ways(token),
                                         csum=csum))


@test("1812-3 wrong version, header length or total length is dropped")
def header_fields():
    each_blocked([{"version": 6}, {"version": 0}, {"version": 15},
                  {"ihl": 4}, {"ihl": 0}, {"length": 19}, {"length": 0},
                  {"ihl": 15, "length": 40}],
                 lambda kw, token: ip4(h1.v4, h3.v4, UDP, both_ways(token),
                                       **kw))


@test("1812-4 shorter than its total length is dropped, padding is not sent on")
def length():
    bed.blocked(h1, lambda token: ip4(h1.v4, h3.v4, UDP, both_ways(token),
                                      length=20 + 8 + len(token) + 1))
    token = bed.token()
    got = bed.passes(h1, udp_packet(h1.v4, h3.v4, token) + b"padding" * 9,
                     p3, token)
    need(b"padding" not in got.raw, "padding was sent on")
    need(got.sound(), "checksums")


# -- martians and broadcasts ---------------------------------------------

@test("1812-5 martian sources are not forwarded and get no answer")
def martian_sources():
    each_blocked(["0.0.0.1", "127.0.0.1", "127.255.255.254", "224.0.0.5",
                  "239.1.2.3", "255.255.255.255"],
                 lambda src, token: udp_packet(src, h3.v4, token))


@test("1812-5 martian destinations are not forwarded")
def martian_destinations():
    each_blocked(["0.0.0.1", "127.0.0.1", "127.9.9.9"],
                 lambda dst, token: udp_packet(h1.v4, dst, token))


@test("1812-6 class E sources are forwarded, as Linux does")
def class_e():
    token = bed.token()
    got = bed.passes(h1, udp_packet("240.0.0.1", h3.v4, token), p3, token)
    equal(got.saddr, "240.0.0.1", "source")


@test("1812-7 limited broadcast does not leave its segment")
def limited_broadcast():
    token = bed.token()
    bed.expect_none(
        lambda p: token in p.raw and (p.proto == ICMP or p.src == h3.gw),
        [(h1, eth(BROADCAST, h1.mac, udp_packet(h1.v4, "255.255.255.255",
                                                token))),
         (h1, h1.frame(udp_packet(h1.v4, "255.255.255.255", token)))])


@test("1812-7 directed broadcast is never forwarded, nor answered")
def directed_broadcast():
    each_blocked(["198.51.100.255", "198.51.100.0", "192.0.2.255"],
                 lambda dst, token: udp_packet(h1.v4, dst, token))
    token = bed.token()
    bed.expect_none(lambda p: token in p.raw,
                    [(h1, h1.frame(echo(h1.v4, "198.51.100.255", token)))])


@test("1812-8 unicast address in a broadcast or multicast frame is not forwarded")
def l2_group():
    for dst in (BROADCAST, "01:00:5e:00:00:05"):
        token = bed.token()
        # The segment floods it; r1 does nothing with it.
        bed.expect_none(
            lambda p, t=token: t in p.raw and (p.proto == ICMP or
                                               p.dst != dst),
            [(h1, eth(dst, h1.mac, udp_packet(h1.v4, h3.v4, token))),
             (h1, eth(dst, h1.mac, udp_packet(h1.v4, NOWHERE, token))),
             (h1, eth(dst, h1.mac, udp_packet(h1.v4, h3.v4, token, ttl=1)))])


# -- TTL -------------------------------------------------------------------

@test("1812-9 ttl goes down by one, header checksum is right")
def ttl_minus_one():
    for ttl in (255, 64, 3, 2):
        for ident in (0, 1, 0xff00, 0xffff):
            token = bed.token()
            got = bed.passes(h1, udp_packet(h1.v4, h3.v4, token, ttl=ttl,
                                            ident=ident), p3, token)
            equal(got.ttl, ttl - 1, "ttl")
            need(got.sound(), f"checksum with ttl {ttl} id {ident}")
            equal((got.src, got.dst), (h3.gw, h3.mac), "MACs")


@test("1812-9 every header checksum survives the step")
def checksum_steps():
    # The incremental update has its odd cases near 0xffff and 0x0000.
    for want in (0x0000, 0x0001, 0x00ff, 0x0100, 0xfeff, 0xff00, 0xfffe):
        token = bed.token()
        base = udp_packet(h1.v4, h3.v4, token, ident=0)
        have = ~struct.unpack("!H", base[10:12])[0] & 0xffff
        ident = ((~want & 0xffff) - have) % 0xffff
        sent = udp_packet(h1.v4, h3.v4, token, ident=ident)
        got = bed.passes(h1, sent, p3, token)
        need(got.sound(), f"checksum sent as {sent[10:12].hex()}")


@test("1812-10 ttl 0 or 1 in transit is dropped and gives 11/0")
def ttl_exceeded():
    for ttl in (0, 1):
        token = bed.token()
        sent = udp_packet(h1.v4, h3.v4, token, ttl=ttl)
        h1.send(sent)
        got = error(11, 0, token)
        need(got.sound(), "checksum")
        equal((got.src, got.dst), (h1.gw, h1.mac), "MACs")
        equal((got.saddr, got.daddr), (bed.gw4, h1.v4), "addresses")
        equal(got.rest, 0, "unused field")
        equal(got.quote, sent, "quoted packet")
        bed.good(h1)
        need(not bed.seen(lambda p: token in p.raw), "it was sent on")


@test("1812-11 ttl is not checked for the router's own addresses")
def ttl_local():
    for dst in (bed.gw4, bed.gw4b):
        token = bed.token()
        h1.send(echo(h1.v4, dst, token, ttl=1))
        p1.expect(lambda p: p.type == 0 and token in p.raw, f"echo of {dst}")


# -- errors ------------------------------------------------------------------

@test("1812-12 an error quotes as much as fits in 576 bytes")
def quote_length():
    for size in (0, 8, 400, 519, 520, 521, 1000, 1400):
        token = bed.token()
        sent = udp_packet(h1.v4, h3.v4, token + b"q" * size, ttl=1)
        h1.send(sent)
        got = error(11, 0, token)
        equal(got.length, min(20 + 8 + len(sent), 576), f"length for {size}")
        equal(got.quote, sent[:got.length - 28], "quote")
        need(got.sound(), "checksum")


@test("1812-12 an error has precedence 6, an echo reply the tos of its request")
def precedence():
    for tos in (0, 0x20, 0xb8):
        token = bed.token()
        h1.send(udp_packet(h1.v4, h3.v4, token, ttl=1, tos=tos))
        got = error(11, 0, token)
        need(got.tos & 0xe0 in (0xc0, 0xe0), f"tos {got.tos:#x}")
        token = bed.token()
        h1.send(echo(h1.v4, bed.gw4, token, tos=tos))
        got = p1.expect(lambda p: p.type == 0 and token in p.raw, "echo reply")
        equal(got.tos, tos, "tos of the reply")


@test("1812-13 the source of an error is that of the leg it leaves by")
def error_source():
    token = bed.token()
    h3.send(udp_packet(h3.v4, h1.v4, token, ttl=1))
    equal(error(11, 0, token, p3).saddr, bed.gw4b, "source towards h3")
    token = bed.token()
    # It came by segment b, but the way back is segment a.
    h3.send(udp_packet(h1.v4, NOWHERE, token))
    got = error(3, 0, token, p1)
    equal(got.saddr, bed.gw4, "source towards h1")
    equal(got.dst, h1.mac, "frame")


@test("1812-14 no error about an ICMP error")
def about_error():
    inner = udp_packet(h3.v4, h1.v4, b"x" * 8)
    for kind in (3, 4, 5, 11, 12):
        bed.blocked(h1, lambda token, k=kind: ip4(
            h1.v4, h3.v4, ICMP, icmp(k, 0, data=inner + token), ttl=1))
        bed.blocked(h1, lambda token, k=kind: ip4(
            h1.v4, NOWHERE, ICMP, icmp(k, 0, data=inner + token)))
    token = bed.token()
    h1.send(echo(h1.v4, NOWHERE, token))
    error(3, 0, token)


@test("1812-14 no error about a multicast or broadcast destination")
def about_group():
    each_blocked(["224.0.0.1", "224.1.2.3", "239.255.255.250",
                  "255.255.255.255", "198.51.100.255"],
                 lambda dst, token: udp_packet(h1.v4, dst, token, ttl=1))


@test("1812-14 no error about a broadcast or multicast frame")
def about_l2_group():
    for dst in (BROADCAST, "01:00:5e:01:02:03"):
        token = bed.token()
        bed.expect_none(
            lambda p, t=token: t in p.raw and p.proto == ICMP,
            [(h1, eth(dst, h1.mac, udp_packet(h1.v4, NOWHERE, token)))])


@test("1812-14 no error to a source that is no single host")
def about_source():
    each_blocked(["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255",
                  "192.0.2.255"],
                 lambda src, token: udp_packet(src, h3.v4, token, ttl=1))


@test("1812-14 no error about a fragment but the first")
def about_fragment():
    for kw in ({"ttl": 1}, {}):
        dst = h3.v4 if kw else NOWHERE
        bed.blocked(h1, lambda token, d=dst, k=kw: ip4(
            h1.v4, d, UDP, token, flags=1, offset=64, **k))
        bed.blocked(h1, lambda token, d=dst, k=kw: ip4(
            h1.v4, d, UDP, token, offset=1480, **k))
        token = bed.token()
        h1.send(ip4(h1.v4, dst, UDP, udp(h1.v4, dst, token + b"x" * 5),
                    flags=1, **kw))
        error(*((11, 0) if kw else (3, 0)), token)


@test("1812-16 no route gives 3/0, prohibit 3/13, unreachable 3/1, blackhole nothing")
def codes():
    bed.dvr("""
        route add r1 203.0.113.64/28 prohibit
        route add r1 203.0.113.80/28 unreachable
        route add r1 203.0.113.96/28 blackhole
    """)
    for dst, code in ((NOWHERE, 0), ("203.0.113.65", 13), ("203.0.113.81", 1)):
        token = bed.token()
        sent = udp_packet(h1.v4, dst, token)
        h1.send(sent)
        got = error(3, code, token)
        equal((got.saddr, got.daddr), (bed.gw4, h1.v4), "addresses")
        equal((got.rest, got.quote), (0, sent), "error")
    bed.blocked(h1, lambda token: udp_packet(h1.v4, "203.0.113.97", token))


@test("1812-15 errors are bounded by icmp-rate, and 0 sends none")
def rate():
    def storm(count):
        token = bed.token()
        frame = h1.frame(udp_packet(h1.v4, NOWHERE, token))
        start = time.monotonic()
        for number in range(count):
            p1.send(frame)
            if not number % 500:
                bed.poll()
        took = time.monotonic() - start
        bed.good(h1)
        errors = len(bed.seen(lambda p: p.icmp_error(3, 0) and token in p.raw))
        bed.flush()
        return errors, took

    bed.flush()
    bed.dvradm("router", "set", "r1", "icmp-rate", 100)
    time.sleep(0.3)
    errors, took = storm(10000)
    # A token bucket may hold a second's worth when the storm begins.
    need(errors <= 100 * (took + 2), f"{errors} errors in {took:.1f} s")
    need(errors >= 50, f"only {errors} errors in {took:.1f} s")
    bed.dvradm("router", "set", "r1", "icmp-rate", 0)
    equal(storm(100)[0], 0, "errors with icmp-rate 0")
    bed.dvradm("router", "set", "r1", "icmp-rate", 1000)
    time.sleep(0.1)
    need(storm(1)[0] == 1, "errors again")


# -- to the router -----------------------------------------------------------

@test("1812-18 echo reply has id, sequence, data, and the address that was asked")
def echo_reply():
    for dst, size in ((bed.gw4, 0), (bed.gw4, 1), (bed.gw4b, 56),
                      (bed.gw4, 1400)):
        token = bed.token()
        data = token + bytes(i & 255 for i in range(size))
        sent = echo(h1.v4, dst, data, ident=0xabcd, seq=0x1234)
        h1.send(sent)
        got = p1.expect(lambda p: p.type == 0 and token in p.raw, "reply")
        equal((got.saddr, got.daddr), (dst, h1.v4), "addresses")
        equal((got.src, got.dst), (h1.gw, h1.mac), "MACs")
        equal(got.l4[4:], sent[24:], "id, sequence and data")
        need(got.sound(), "checksum")
        need(got.ttl >= 64, f"ttl {got.ttl}")


@test("1812-18 an echo request with a bad checksum, or to a broadcast, gets none")
def no_echo_reply():
    def spoilt(token):
        body = icmp(8, 0, data=token)
        return ip4(h1.v4, bed.gw4, ICMP, body[:2] + b"\xbe\xef" + body[4:])
    bed.blocked(h1, spoilt)
    token = bed.token()
    bed.expect_none(lambda p: p.type == 0 and token in p.raw,
                    [(h1, eth(BROADCAST, h1.mac,
                              echo(h1.v4, "192.0.2.255", token))),
                     (h1, eth(BROADCAST, h1.mac,
                              echo(h1.v4, bed.gw4, token)))])


@test("1812-20 a redirect goes to a host on the next hop's own segment only")
def redirect():
    bed.dvradm("route", "add", "r1", "203.0.113.128/28", "via", h2.v4)
    token = bed.token()
    bed.flush()
    sent = udp_packet(h1.v4, "203.0.113.129", token)
    h1.send(sent)
    h2.wire.expect(lambda p: token in p.raw and p.proto == UDP, "the packet")
    got = error(5, 1, token)
    equal(got.l4[4:8], ip(h2.v4), "gateway")
    equal((got.saddr, got.daddr), (bed.gw4, h1.v4), "addresses")
    need(got.quote == sent or got.quote[8:9] != sent[8:9], "quote")
    # Not from another segment, nor to a source that is not on this one.
    for host, src in ((h3, h3.v4), (h1, "203.0.113.200")):
        token = bed.token()
        bed.flush()
        host.send(udp_packet(src, "203.0.113.130", token))
        h2.wire.expect(lambda p: token in p.raw and p.proto == UDP, "packet")
        bed.good(h1)
        need(not bed.seen(lambda p: p.type == 5), "a redirect")


@test("1812-20 no redirect to a next hop that is on another subnet of the leg")
def redirect_subnet():
    leg = ["iface", "set", "r1", "segment", "a", "addr", f"{bed.gw4}/24",
           "addr", f"{bed.gw6}/64"]
    bed.dvradm(*leg, "addr", "203.0.113.225/28")
    bed.dvr(f"neigh add segment a 203.0.113.226 lladdr {h2.mac} port p2\n"
            "route add r1 198.18.5.0/24 via 203.0.113.226\n")
    for src, told in ((h1.v4, False), ("203.0.113.227", True)):
        token = bed.token()
        bed.flush()
        h1.send(udp_packet(src, "198.18.5.1", token))
        h2.wire.expect(lambda p, t=token: t in p.raw and p.proto == UDP, "packet")
        # The sender of the second is asked for.
        if told:
            p1.expect(lambda p: p.op == 1 and p.tpa == "203.0.113.227", "a request")
            p1.send(arp_frame(2, h1.mac, "203.0.113.227", h1.gw, "203.0.113.225",
                              dst=h1.gw))
            error(5, 1, token)
        else:
            bed.good(h1)
            need(not bed.seen(lambda p: p.type == 5), "a redirect")
    bed.dvr("route del r1 198.18.5.0/24\nneigh del segment a 203.0.113.226\n")
    bed.dvradm(*leg)


# -- what changes under a packet that is routed as the one before it --------------

@test("a port that goes down: the next packet gives 3/1, up again it is sent")
def port_down():
    for _ in range(3):
        bed.good(h1)
    for _ in range(2):
        down, xmit = bed.drops("port_down", port="p3"), bed.drops("xmit")
        bed.ip("link set p3 down\n")
        token = bed.token()
        h1.udp(h3.v4, token)
        got = error(3, 1, token)
        equal((got.saddr, got.daddr), (bed.gw4, h1.v4), "addresses")
        equal(bed.drops("port_down", port="p3") - down, 1, "port_down")
        equal(bed.drops("xmit") - xmit, 0, "xmit")
        bed.ip("link set p3 up\n")
        bed.good(h1)


@test("what listens at a port sees packets as they came, not as they leave")
def cloned():
    ear = Wire(bed, bed.hv, "p1")
    sent = []
    for dst in (h3.v4, h3.v6):
        for _ in range(4):
            token = bed.token()
            sent.append(h1.frame(udp_packet(h1.own(dst), dst, token)))
            bed.flush()
            p1.send(sent[-1])
            got = p3.expect(lambda p, t=token: t in p.raw, f"packet to {dst}")
            equal(got.ttl, 63, "TTL")
    ear.read()
    equal([p.raw.hex() for p in ear.rx if p.src == h1.mac],
          [frame.hex() for frame in sent], "frames heard at p1")


# -- unchanged ---------------------------------------------------------------

@test("1812-21 unknown options, reserved bit, DSCP and ECN are sent on unchanged")
def unchanged():
    # Copied and not, classes 0 to 3, a no-operation, an end of list.
    option = bytes([0x9e, 4, 1, 2]) + bytes([0x5e, 4, 3, 4]) + \
        bytes([1, 1]) + bytes([0xde, 6, 1, 2, 3, 4]) + b"\0"
    for kw in ({"opts": option}, {"flags": 4}, {"flags": 6},
               *({"tos": t} for t in (1, 2, 3, 0xb8, 0xff)),
               {"opts": bytes([7, 7, 4, 0, 0, 0, 0])},     # record route, full?
               {"opts": bytes([0x94, 4, 0, 0])}):          # router alert
        token = bed.token()
        sent = udp_packet(h1.v4, h3.v4, token, **kw)
        got = bed.passes(h1, sent, p3, token, str(kw))
        want = bytearray(sent)
        want[8] -= 1
        have = bytearray(got.ip)
        if kw.get("opts", b"")[:1] == b"\x07":     # may be filled in
            continue
        want[10:12] = have[10:12] = b"\0\0"
        equal(bytes(have), bytes(want), str(kw))
        need(got.sound(), "checksum")


@test("1812-21 a malformed option list is dropped")
def bad_options():
    for opts in (bytes([0x9e, 1, 0, 0]), bytes([0x9e, 0, 0, 0]),
                 bytes([1, 1, 1, 0x9e]), bytes([0x9e, 9, 0, 0])):
        token = bed.token()
        bed.expect_none(
            lambda p, t=token: t in p.raw and p.proto != ICMP,
            [(h1, h1.frame(udp_packet(h1.v4, h3.v4, token, opts=opts)))],
            opts.hex())


@test("1812-22 source-routed packets are dropped, the destination never rewritten")
def source_route():
    hop = ip(bed.gw4b)
    for option in (131, 137):
        for pointer in (4, 8):
            opts = bytes([option, 7, pointer]) + hop
            for dst in (h3.v4, bed.gw4):
                token = bed.token()
                bed.expect_none(
                    lambda p, t=token: t in p.raw and p.proto == UDP,
                    [(h1, h1.frame(udp_packet(h1.v4, dst, token,
                                              opts=opts)))],
                    f"option {option} pointer {pointer} to {dst}")
        # Behind other options.
        token = bed.token()
        bed.expect_none(
            lambda p, t=token: t in p.raw and p.proto == UDP,
            [(h1, h1.frame(udp_packet(h1.v4, h3.v4, token, opts=bytes(
                [1, 0x9e, 4, 1, 2, option, 7, 4]) + hop)))])


@test("1812-23 source validation is off by default, strict drops")
def source_validation():
    def spoofed(token):
        return udp_packet(h3.v4, h3.v4, token)
    token = bed.token()
    bed.passes(h1, udp_packet("198.51.100.77", h3.v4, token), p3, token)
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "strict")
    for src in ("198.51.100.77", NOWHERE):
        bed.blocked(h1, lambda token, s=src: udp_packet(s, h3.v4, token))
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "off")
    token = bed.token()
    bed.passes(h1, udp_packet("198.51.100.77", h3.v4, token), p3, token)


@test("1812-23 with two next hops both of their legs are right for strict, no other")
def source_validation_ecmp():
    net, src = "203.0.113.160/28", "203.0.113.161"
    for rpf in ("strict", "off"):
        bed.dvradm("route", "replace", "r1", net, "via", h2.v4, "via", h3.v4)
        for seg in "ab":
            bed.dvradm("iface", "set", "r1", "segment", seg, "rpf", rpf)
        for host, dst in ((h1, h3), (h3, h1)):
            token = bed.token()
            bed.passes(host, udp_packet(src, dst.v4, token), dst.wire, token,
                       f"of {host.v4}, rpf {rpf}")
        for via, bad in ((h2, h3), (h3, h1)):
            bed.dvradm("route", "replace", "r1", net, "via", via.v4)
            if rpf == "strict":
                bed.blocked(bad, lambda token, h=bad: udp_packet(src, h.peer.v4, token))
    bed.dvradm("route", "del", "r1", net)


@test("169.254/16 destinations are forwarded, as Linux does")
def linklocal4():
    bed.dvradm("route", "add", "r1", "169.254.0.0/16", "via", h3.v4)
    token = bed.token()
    bed.passes(h1, udp_packet(h1.v4, "169.254.1.1", token), p3, token)


@test("not IP to a gateway is dropped, multicast is not routed")
def not_ip():
    for kind in (0x88cc, 0x9000, 0x8863, 0x0600):
        bed.blocked(h1, lambda token, k=kind: eth(h1.gw, h1.mac, token, k),
                    framed=True)
    token = bed.token()
    bed.expect_none(lambda p: token in p.raw and p.src != h1.mac,
                    [(h1, eth("01:00:5e:01:02:03", h1.mac, udp_packet(
                        h1.v4, "239.1.2.3", token, ttl=9)))])


finish(bed)
