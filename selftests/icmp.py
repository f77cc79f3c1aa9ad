#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""Forwarding and ICMP, byte for byte (RFC 1812, 8200, 4443).

    h1 p1 --+
            +-- segment a -- r1 -- segment b -- p3 h3
    h2 p2 --+   192.0.2.0/24       198.51.100.0/24
                2001:db8:1::/64    2001:db8:2::/64

There is no route to 203.0.113.0/24 and 2001:db8:9::/48.  icmp6.py has what IPv6 alone
has.
"""

import struct
import time

from frames import (BROADCAST, ICMP, ICMP6, UDP, aged, arp_frame, checksum, echo, eth,
                    eui64, icmp_packet, ip, ip4, multicast_mac, packet, udp,
                    udp_packet)
from lib import Wire, both, defer, equal, finish, need, test, two_segments

bed = two_segments()
h1, h2, h3 = bed.h1, bed.h2, bed.h3
p1, p3 = h1.wire, h3.wire

# What differs between the families.
NOWHERE = {4: "203.0.113.9", 6: "2001:db8:9::9"}
GW = {4: (bed.gw4, bed.gw4b), 6: (bed.gw6, bed.gw6b)}
KIND = {4: 0x0800, 6: 0x86dd}
HEADER = {4: 20, 6: 40}
REPLY = {4: 0, 6: 129}
NO_ROUTE = {4: (3, 0), 6: (1, 0)}
UNREACHABLE = {4: (3, 1), 6: (1, 3)}
EXCEEDED = {4: (11, 0), 6: (3, 0)}


def error(v, what, token, wire=p1):
    """Wait for an ICMP error that quotes TOKEN."""
    kind, code = what[v]
    return wire.expect(lambda p: p.v == v and p.icmp_error(kind, code) and token in p.raw,
                       f"ICMP {kind}/{code}")


def is_icmp(pkt):
    """ICMP of either family, but no neighbour discovery."""
    return pkt.proto == ICMP or pkt.proto == ICMP6 and (pkt.type or 0) < 130


def each_blocked(v, cases, build):
    """build(case, token) is dropped in silence for each of CASES."""
    for case in cases:
        bed.blocked(h1, lambda token, c=case: eth(
            h1.gw, h1.mac, build(c, token), KIND[v]), f"case {case}",
            framed=True)


def both_ways(v, token):
    """A UDP packet of h1 to h3 whose headers a test then spoils."""
    return udp(h1.addr(v), h3.addr(v), token)


def to_h3(v, data, **kw):
    return udp_packet(h1.addr(v), h3.addr(v), data, **kw)


# -- what is no IP packet ------------------------------------------------

@test("1812-1 8200 shorter than an IP header is dropped in silence")
@both
def short(v):
    whole = to_h3(v, b"x" * 8)
    sizes = {4: (0, 1, 10, 19), 6: (0, 1, 20, 39)}
    bed.expect_none(lambda p: p.kind == KIND[v] and (p.length or 0) < len(whole) or
                    is_icmp(p),
                    [(h1, eth(h1.gw, h1.mac, whole[:n], KIND[v])) for n in sizes[v]])


@test("1812-2 bad header checksum is dropped in silence")
def header_checksum():
    good = ip4(h1.v4, h3.v4, UDP, b"")
    right = struct.unpack("!H", good[10:12])[0]
    need(checksum(good) == 0, "the good one")
    each_blocked(4, [0, right ^ 0x0100, right ^ 0xffff],
                 lambda csum, token: ip4(h1.v4, h3.v4, UDP, both_ways(4, token),
                                         csum=csum))


@test("1812-3 8200 wrong version, header length or total length is dropped")
@both
def header_fields(v):
    fields = {4: [{"version": 6}, {"version": 0}, {"version": 15},
                  {"ihl": 4}, {"ihl": 0}, {"length": 19}, {"length": 0},
                  {"ihl": 15, "length": 40}],
              6: [{"version": 4}, {"version": 0}, {"version": 15}, {"length": 200}]}
    each_blocked(v, fields[v], lambda kw, token: packet(
        h1.addr(v), h3.addr(v), UDP, both_ways(v, token), **kw))


@test("1812-4 8200 shorter than its length is dropped, padding is not sent on")
@both
def length(v):
    # The length of an IPv6 packet is that of what follows the header.
    bed.blocked(h1, lambda token: packet(
        h1.addr(v), h3.addr(v), UDP, both_ways(v, token),
        length=(20 if v == 4 else 0) + 8 + len(token) + 1))
    token = bed.token()
    got = bed.passes(h1, to_h3(v, token) + b"padding" * 9, p3, token)
    need(b"padding" not in got.raw, "padding was sent on")
    need(got.sound(), "checksums")


# -- martians and broadcasts ---------------------------------------------

@test("1812-5 v6-10 martian sources are not forwarded and get no answer")
@both
def martian_sources(v):
    martians = {4: ["0.0.0.1", "127.0.0.1", "127.255.255.254", "224.0.0.5",
                    "239.1.2.3", "255.255.255.255"],
                6: ["::", "::1", "ff02::1", "ff0e::5"]}
    each_blocked(v, martians[v], lambda src, token: udp_packet(src, h3.addr(v), token))


@test("1812-5 v6-10 martian destinations are not forwarded")
@both
def martian_destinations(v):
    martians = {4: ["0.0.0.1", "127.0.0.1", "127.9.9.9"], 6: ["::", "::1"]}
    each_blocked(v, martians[v], lambda dst, token: udp_packet(h1.addr(v), dst, token))


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
    each_blocked(4, ["198.51.100.255", "192.0.2.255"],
                 lambda dst, token: udp_packet(h1.v4, dst, token))
    token = bed.token()
    bed.expect_none(lambda p: token in p.raw,
                    [(h1, h1.frame(echo(h1.v4, "198.51.100.255", token)))])


@test("1812-8 1812-14 v6-2 unicast address in a broadcast or multicast frame: not "
      "forwarded, no error")
@both
def l2_group(v):
    groups = {4: ("01:00:5e:00:00:05", "01:00:5e:01:02:03"), 6: ("33:33:00:00:00:01",)}
    for dst in (BROADCAST, *groups[v]):
        token = bed.token()
        # The segment floods it; r1 does nothing with it.
        bed.expect_none(
            lambda p, t=token: t in p.raw and (is_icmp(p) or p.src != h1.mac or
                                               p.dst != dst),
            [(h1, eth(dst, h1.mac, to_h3(v, token))),
             (h1, eth(dst, h1.mac, udp_packet(h1.addr(v), NOWHERE[v], token))),
             (h1, eth(dst, h1.mac, to_h3(v, token, ttl=1)))])


# -- TTL -------------------------------------------------------------------

@test("1812-9 8200 ttl goes down by one, header checksum is right, all else is unchanged")
@both
def ttl_minus_one(v):
    cases = {4: [{"ttl": ttl, "ident": ident} for ttl in (255, 64, 3, 2)
                 for ident in (0, 1, 0xff00, 0xffff)],
             6: [{}, {"tclass": 0xb8}, {"tclass": 3}, {"flow": 0xabcde},
                 {"hlim": 255}, {"hlim": 2}]}
    for kw in cases[v]:
        token = bed.token()
        sent = to_h3(v, token, **kw)
        got = bed.passes(h1, sent, p3, token)
        need(got.sound(), f"checksum with {kw}")
        equal(got.ip, aged(sent), str(kw))
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


@test("1812-10 v6-6 ttl 0 or 1 in transit is dropped and gives 11/0 or 3/0")
@both
def ttl_exceeded(v):
    for ttl in (0, 1):
        token = bed.token()
        sent = to_h3(v, token, ttl=ttl)
        h1.send(sent)
        got = error(v, EXCEEDED, token)
        need(got.sound(), "checksum")
        equal((got.src, got.dst), (h1.gw, h1.mac), "MACs")
        equal((got.saddr, got.daddr), (GW[v][0], h1.addr(v)), "addresses")
        equal(got.rest, 0, "unused field")
        equal(got.quote, sent, "quoted packet")
        bed.good(h1)
        need(not bed.seen(lambda p: token in p.raw), "it was sent on")


@test("1812-11 v6-6 ttl is not checked for the router's own addresses")
@both
def ttl_local(v):
    for dst in GW[v]:
        token = bed.token()
        h1.send(echo(h1.addr(v), dst, token, ttl=1))
        p1.expect(lambda p: p.type == REPLY[v] and token in p.raw, f"echo of {dst}")


# -- errors ------------------------------------------------------------------

@test("1812-12 v6-1 an error quotes as much as fits in 576 or 1280 bytes")
@both
def quote_length(v):
    sizes = {4: (0, 8, 400, 519, 520, 521, 1000, 1400),
             6: (0, 8, 1100, 1183, 1184, 1185, 1400)}
    head = HEADER[v] + 8
    for size in sizes[v]:
        token = bed.token()
        sent = to_h3(v, (token + b"q" * size)[:1452], ttl=1)
        h1.send(sent)
        got = error(v, EXCEEDED, token)
        equal(got.length, min(head + len(sent), 576 if v == 4 else 1280),
              f"length for {size}")
        equal(got.quote, sent[:got.length - head], "quote")
        need(got.sound(), "checksum")


@test("1812-12 an error has precedence 6, an echo reply the tos of its request")
def precedence():
    for tos in (0, 0x20, 0xb8):
        token = bed.token()
        h1.send(to_h3(4, token, ttl=1, tos=tos))
        got = error(4, EXCEEDED, token)
        need(got.tos & 0xe0 in (0xc0, 0xe0), f"tos {got.tos:#x}")
        token = bed.token()
        h1.send(echo(h1.v4, bed.gw4, token, tos=tos))
        got = p1.expect(lambda p: p.type == 0 and token in p.raw, "echo reply")
        equal(got.tos, tos, "tos of the reply")


@test("1812-13 v6-12 the source of an error is that of the leg it leaves by, or, of ICMPv6, "
      "that its packet came in by")
@both
def error_source(v):
    token = bed.token()
    h3.send(udp_packet(h3.addr(v), h1.addr(v), token, ttl=1))
    equal(error(v, EXCEEDED, token, p3).saddr, GW[v][1], "source towards h3")
    token = bed.token()
    # It came by segment b, but the way back is segment a.
    h3.send(udp_packet(h1.addr(v), NOWHERE[v], token))
    got = error(v, NO_ROUTE, token, p1)
    equal(got.saddr, GW[v][v == 6], "source towards h1")
    equal(got.dst, h1.mac, "frame")


@test("1812-14 v6-2 no error about an ICMP error")
@both
def about_error(v):
    src = h1.addr(v)
    inner = udp_packet(h3.addr(v), src, b"x" * 8)
    for kind in {4: (3, 4, 5, 11, 12), 6: (1, 2, 3, 4, 100, 127)}[v]:
        for dst, ttl in ((h3.addr(v), 1), (NOWHERE[v], 64)):
            bed.blocked(h1, lambda token, k=kind, d=dst, t=ttl: icmp_packet(
                src, d, k, data=inner + token, ttl=t), f"type {kind} to {dst}")
    token = bed.token()
    h1.send(echo(src, NOWHERE[v], token))
    error(v, NO_ROUTE, token)


@test("1812-14 v6-2 no error about a multicast or broadcast destination")
@both
def about_group(v):
    groups = {4: ["224.0.0.1", "224.1.2.3", "239.255.255.250", "255.255.255.255",
                  "198.51.100.255"],
              6: ["ff05::1:3", "ff0e::1", "ff02::99"]}
    each_blocked(v, groups[v], lambda dst, token: udp_packet(h1.addr(v), dst, token, ttl=1))
    for dst in groups[v]:
        if dst.endswith(".255"):
            continue
        token = bed.token()
        bed.expect_none(
            lambda p, t=token: t in p.raw and (is_icmp(p) or p.src != h1.mac),
            [(h1, eth(multicast_mac(dst), h1.mac,
                      udp_packet(h1.addr(v), dst, token, ttl=1)))], dst)


@test("1812-14 v6-2 no error to a source that is no single host")
@both
def about_source(v):
    sources = {4: ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.255"],
               6: ["ff02::1", "ff0e::5", "::", "::1"]}
    for dst, ttl in ((h3.addr(v), 1), (NOWHERE[v], 64)):
        each_blocked(v, sources[v], lambda src, token, d=dst, t=ttl: udp_packet(
            src, d, token, ttl=t))


@test("1812-14 no error about a fragment but the first")
def about_fragment():
    for kw in ({"ttl": 1}, {}):
        dst = h3.v4 if kw else NOWHERE[4]
        bed.blocked(h1, lambda token, d=dst, k=kw: ip4(
            h1.v4, d, UDP, token, flags=1, offset=64, **k))
        bed.blocked(h1, lambda token, d=dst, k=kw: ip4(
            h1.v4, d, UDP, token, offset=1480, **k))
        token = bed.token()
        h1.send(ip4(h1.v4, dst, UDP, udp(h1.v4, dst, token + b"x" * 5),
                    flags=1, **kw))
        error(4, EXCEEDED if kw else NO_ROUTE, token)


@test("1812-16 v6-4 no route, prohibit and unreachable have errors, blackhole none")
@both
def codes(v):
    nets = {4: ("203.0.113.64/28", "203.0.113.80/28", "203.0.113.96/28"),
            6: ("2001:db8:a::/48", "2001:db8:b::/48", "2001:db8:c::/48")}[v]
    prohibited, unreachable, lost = (
        net.replace("::/48", "::1").replace("/28", "") for net in nets)
    for net, kind in zip(nets, ("prohibit", "unreachable", "blackhole")):
        bed.dvradm("route", "add", "r1", net, kind)
        defer(bed.dvradm, "route", "del", "r1", net)
    for dst, code in ((NOWHERE[v], NO_ROUTE), (prohibited, {4: (3, 13), 6: (1, 1)}),
                      (unreachable, {4: (3, 1), 6: (1, 0)})):
        token = bed.token()
        sent = udp_packet(h1.addr(v), dst, token)
        h1.send(sent)
        got = error(v, code, token)
        equal((got.saddr, got.daddr), (GW[v][0], h1.addr(v)), "addresses")
        equal((got.rest, got.quote), (0, sent), "error")
    bed.blocked(h1, lambda token: udp_packet(h1.addr(v), lost, token))


@test("1812-15 v6-3 errors are bounded by icmp-rate, and 0 sends none")
@both
def rate(v):
    def storm(count):
        token = bed.token()
        frame = h1.frame(udp_packet(h1.addr(v), NOWHERE[v], token))
        start = time.monotonic()
        for number in range(count):
            p1.send(frame)
            if not number % 500:
                bed.poll()
        took = time.monotonic() - start
        bed.good(h1)
        errors = len(bed.seen(lambda p: p.icmp_error(*NO_ROUTE[v]) and token in p.raw))
        bed.flush()
        return errors, took

    bed.flush()
    defer(bed.dvradm, "router", "set", "r1", "icmp-rate", 1000)
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

@test("1812-18 v6-7 echo reply has id, sequence, data, and the address that was asked")
@both
def echo_reply(v):
    src, (near, far) = h1.addr(v), GW[v]
    cases = [(src, near, 0), (src, near, 1), (src, far, 56), (src, far, 57), (src, near, 1400)]
    if v == 6:
        cases.append((h1.ll, eui64(h1.gw), 8))
    for src, dst, size in cases:
        token = bed.token()
        data = token + bytes(i & 255 for i in range(size))
        sent = echo(src, dst, data, ident=0xabcd, seq=0x1234, tos=0xb8)
        h1.send(sent)
        got = p1.expect(lambda p: p.type == REPLY[v] and token in p.raw,
                        f"reply from {dst}")
        equal((got.saddr, got.daddr), (dst, src), "addresses")
        equal((got.src, got.dst), (h1.gw, h1.mac), "MACs")
        equal(got.l4[4:], sent[HEADER[v] + 4:], "id, sequence and data")
        need(got.sound(), "checksum")
        need(got.ttl >= 64, f"ttl {got.ttl}")


@test("1812-18 v6-7 an echo request with a bad checksum gets none")
@both
def bad_echo(v):
    kind = {4: 8, 6: 128}[v]
    bed.blocked(h1, lambda token: icmp_packet(h1.addr(v), GW[v][0], kind, data=token,
                                              csum=0xbeef))


@test("1812-18 an echo request to a broadcast, or in such a frame, gets none")
@both
def broadcast_echo(v):
    token = bed.token()
    bed.expect_none(lambda p: p.type == REPLY[v] and token in p.raw,
                    [(h1, eth(BROADCAST, h1.mac, echo(h1.addr(v), dst, token)))
                     for dst in {4: ("192.0.2.255", bed.gw4), 6: (bed.gw6,)}[v]])


@test("1812-20 a redirect goes to a host on the next hop's own segment only")
def redirect():
    bed.dvradm("route", "add", "r1", "203.0.113.128/28", "via", h2.v4)
    token = bed.token()
    bed.flush()
    sent = udp_packet(h1.v4, "203.0.113.129", token)
    h1.send(sent)
    h2.wire.expect(lambda p: token in p.raw and p.proto == UDP, "the packet")
    got = p1.expect(lambda p: p.icmp_error(5, 1) and token in p.raw, "redirect")
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
            p1.expect(lambda p, t=token: p.icmp_error(5, 1) and t in p.raw, "a redirect")
        else:
            bed.good(h1)
            need(not bed.seen(lambda p: p.type == 5), "a redirect")
    bed.dvr("route del r1 198.18.5.0/24\nneigh del segment a 203.0.113.226\n")
    bed.dvradm(*leg)


# -- what changes under a packet that is routed as the one before it --------------

@test("a port that goes down: the next packet gives 3/1 or 1/3, up again it is sent")
@both
def port_down(v):
    for _ in range(3):
        bed.good(h1)
    for _ in range(2):
        down, xmit = bed.drops("port_down", port="p3"), bed.drops("xmit")
        bed.ip("link set p3 down\n")
        token = bed.token()
        h1.udp(h3.addr(v), token)
        got = error(v, UNREACHABLE, token)
        equal((got.saddr, got.daddr), (GW[v][0], h1.addr(v)), "addresses")
        equal(bed.drops("port_down", port="p3") - down, 1, "port_down")
        equal(bed.drops("xmit") - xmit, 0, "xmit")
        bed.ip("link set p3 up\n")
        bed.good(h1)


@test("what listens at a port sees packets as they came, not as they leave")
@both
def cloned(v):
    ear = Wire(bed, bed.hv, "p1")
    sent = []
    for _ in range(4):
        token = bed.token()
        sent.append(h1.frame(to_h3(v, token)))
        bed.flush()
        p1.send(sent[-1])
        got = p3.expect(lambda p, t=token: t in p.raw, "the packet")
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


@test("1812-23 v6-10 source validation is off by default, strict drops")
@both
def source_validation(v):
    spoofed = {4: "198.51.100.77", 6: "2001:db8:2::77"}[v]

    def spoofing():
        token = bed.token()
        bed.passes(h1, udp_packet(spoofed, h3.addr(v), token), p3, token)

    spoofing()
    defer(bed.dvradm, "iface", "set", "r1", "segment", "a", "rpf", "off")
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "strict")
    for src in (spoofed, NOWHERE[v]):
        bed.blocked(h1, lambda token, s=src: udp_packet(s, h3.addr(v), token))
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "off")
    spoofing()


@test("1812-23 with two next hops both of their legs are right for strict, no other")
@both
def source_validation_ecmp(v):
    net, src = {4: ("203.0.113.160/28", "203.0.113.161"),
                6: ("2001:db8:e::/48", "2001:db8:e::1")}[v]
    defer(bed.dvradm, "route", "del", "r1", net)
    for seg in "ab":
        defer(bed.dvradm, "iface", "set", "r1", "segment", seg, "rpf", "off")
    for rpf in ("strict", "off"):
        bed.dvradm("route", "replace", "r1", net, "via", h2.addr(v), "via", h3.addr(v))
        for seg in "ab":
            bed.dvradm("iface", "set", "r1", "segment", seg, "rpf", rpf)
        for host, dst in ((h1, h3), (h3, h1)):
            token = bed.token()
            bed.passes(host, udp_packet(src, dst.addr(v), token), dst.wire, token,
                       f"of {host.addr(v)}, rpf {rpf}")
        for via, bad in ((h2, h3), (h3, h1)):
            bed.dvradm("route", "replace", "r1", net, "via", via.addr(v))
            if rpf == "strict":
                bed.blocked(bad, lambda token, h=bad: udp_packet(src, h.peer.addr(v), token))


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
