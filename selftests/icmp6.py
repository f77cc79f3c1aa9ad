#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""IPv6 forwarding and ICMPv6, byte for byte (RFC 8200, 4443, 5095, 4291).

    h1 p1 --+
            +-- segment a -- r1 -- segment b -- p3 h3
    h2 p2 --+   2001:db8:1::/64    2001:db8:2::/64

There is no route to 2001:db8:9::/48.
"""

import struct
import time

from frames import (DSTOPTS, FRAGMENT, HOPOPTS, ICMP6, NONEXT, ROUTING, UDP,
                    echo, eth, eui64, frag6, icmp6, ip, ip6, multicast_mac,
                    udp, udp_packet)
from lib import equal, finish, need, test, two_segments

NOWHERE = "2001:db8:9::9"
bed = two_segments()
h1, h2, h3 = bed.h1, bed.h2, bed.h3
p1, p3 = h1.wire, h3.wire
for host in (h1, h2, h3):
    host.v4 = None          # good packets are IPv6 here
LL1 = eui64(h1.mac)
GWLL = eui64(h1.gw)


def error(kind, code, token, wire=p1):
    return wire.expect(lambda p: p.icmp_error(kind, code) and token in p.raw,
                       f"ICMPv6 {kind}/{code}")


def each_blocked(cases, build):
    """build(case, token) is dropped in silence for each of CASES."""
    for case in cases:
        bed.blocked(h1, lambda token, c=case: build(c, token), f"case {case}")


def options(*opts):
    """The body of an options header: next header is put in by chain()."""
    body = b"".join(opts)
    pad = -(len(body) + 2) % 8
    if pad == 1:
        body += b"\0"
    elif pad:
        body += bytes([1, pad - 2]) + b"\0" * (pad - 2)
    return body


def chain(src, dst, headers, proto, payload, **kw):
    """An IPv6 packet with extension headers, [(kind, body), ...]."""
    kinds = [kind for kind, _ in headers] + [proto]
    data = b""
    for number, (_, body) in enumerate(headers):
        data += bytes([kinds[number + 1], (len(body) + 2) // 8 - 1]) + body
    return ip6(src, dst, kinds[0], data + payload, **kw)


# -- header --------------------------------------------------------------

@test("8200 a truncated header, a wrong version or payload length is dropped")
def header():
    whole = udp_packet(h1.v6, h3.v6, b"x" * 8)
    bed.expect_none(lambda p: p.kind == 0x86dd and (p.length or 0) < 48,
                    [(h1, eth(h1.gw, h1.mac, whole[:n], 0x86dd))
                     for n in (0, 1, 20, 39)])
    for kw in ({"version": 4}, {"version": 0}, {"length": 200}):
        bed.blocked(h1, lambda token, k=kw: eth(h1.gw, h1.mac, ip6(
            h1.v6, h3.v6, UDP, udp(h1.v6, h3.v6, token), **k), 0x86dd),
            str(kw), framed=True)


@test("8200 hop limit goes down by one, all else is unchanged")
def unchanged():
    for kw in ({}, {"tclass": 0xb8}, {"tclass": 3}, {"flow": 0xabcde},
               {"hlim": 255}, {"hlim": 2}):
        token = bed.token()
        sent = udp_packet(h1.v6, h3.v6, token, **kw)
        got = bed.passes(h1, sent, p3, token)
        want = bytearray(sent)
        want[7] -= 1
        equal(got.ip, bytes(want), str(kw))
        equal((got.src, got.dst), (h3.gw, h3.mac), "MACs")
    token = bed.token()
    got = bed.passes(h1, udp_packet(h1.v6, h3.v6, token) + b"padding" * 5, p3,
                     token)
    need(b"padding" not in got.raw, "padding was sent on")


@test("a port that goes down: the next packet gives 1/3, up again it is sent")
def port_down():
    def good():
        token = bed.token()
        bed.passes(h1, udp_packet(h1.v6, h3.v6, token), p3, token)

    for _ in range(3):
        good()
    for _ in range(2):
        bed.ip("link set p3 down\n")
        token = bed.token()
        h1.udp(h3.v6, token)
        got = error(1, 3, token)
        equal((got.saddr, got.daddr), (bed.gw6, h1.v6), "addresses")
        bed.ip("link set p3 up\n")
        good()


@test("v6-6 hop limit 0 or 1 in transit gives 3/0")
def hop_limit():
    for hlim in (0, 1):
        token = bed.token()
        sent = udp_packet(h1.v6, h3.v6, token, hlim=hlim)
        h1.send(sent)
        got = error(3, 0, token)
        equal((got.saddr, got.daddr), (bed.gw6, h1.v6), "addresses")
        equal((got.src, got.dst), (h1.gw, h1.mac), "MACs")
        equal((got.rest, got.quote), (0, sent), "error")
        need(got.sound(), "checksum")
        bed.good(h1)
        need(not bed.seen(lambda p: token in p.raw), "it was sent on")
    for dst in (bed.gw6, bed.gw6b):
        token = bed.token()
        h1.send(echo(h1.v6, dst, token, hlim=1))
        p1.expect(lambda p: p.type == 129 and token in p.raw, "local echo")


# -- errors --------------------------------------------------------------

@test("v6-1 an error quotes as much as fits in 1280 bytes")
def quote_length():
    for size in (0, 8, 1100, 1183, 1184, 1185, 1400):
        token = bed.token()
        data = token + b"q" * size
        sent = udp_packet(h1.v6, h3.v6, data[:1452], hlim=1)
        h1.send(sent)
        got = error(3, 0, token)
        equal(got.length, min(48 + len(sent), 1280), f"length for {size}")
        equal(got.quote, sent[:got.length - 48], "quote")
        need(got.sound(), "checksum")


@test("v6-2 no error about an ICMPv6 error")
def about_error():
    inner = udp_packet(h3.v6, h1.v6, b"x" * 8)
    for kind in (1, 2, 3, 4, 100, 127):
        for dst, hlim in ((h3.v6, 1), (NOWHERE, 64)):
            bed.blocked(h1, lambda token, k=kind, d=dst, h=hlim: ip6(
                h1.v6, d, ICMP6, icmp6(h1.v6, d, k, 0, data=inner + token),
                hlim=h), f"type {kind} to {dst}")
    # Behind an extension header it is an error all the same.
    bed.blocked(h1, lambda token: chain(
        h1.v6, NOWHERE, [(DSTOPTS, options())], ICMP6,
        icmp6(h1.v6, NOWHERE, 1, 0, data=inner + token)))
    token = bed.token()
    h1.send(echo(h1.v6, NOWHERE, token))
    error(1, 0, token)


@test("v6-2 no error about a redirect")
def about_redirect():
    bed.blocked(h1, lambda token: ip6(
        h1.v6, NOWHERE, ICMP6, icmp6(h1.v6, NOWHERE, 137, 0,
                                     data=ip(h2.v6) + ip(h3.v6) + token)))


@test("v6-2 no error about a multicast destination")
def about_multicast():
    for dst in ("ff05::1:3", "ff0e::1", "ff02::99"):
        for frame_dst in (multicast_mac(dst), h1.gw):
            token = bed.token()
            bed.expect_none(
                lambda p, t=token: t in p.raw and (p.proto == ICMP6 or
                                                   p.src != h1.mac),
                [(h1, eth(frame_dst, h1.mac, udp_packet(h1.v6, dst, token,
                                                        hlim=1)))], dst)


@test("v6-2 no error about a multicast or broadcast frame")
def about_l2_group():
    for dst in ("33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff"):
        token = bed.token()
        bed.expect_none(
            lambda p, t=token: t in p.raw and p.src != h1.mac,
            [(h1, eth(dst, h1.mac, udp_packet(h1.v6, NOWHERE, token))),
             (h1, eth(dst, h1.mac, udp_packet(h1.v6, h3.v6, token)))])


@test("v6-2 no error to a multicast, unspecified or loopback source")
def about_source():
    each_blocked(["ff02::1", "ff0e::5", "::", "::1"],
                 lambda src, token: udp_packet(src, h3.v6, token, hlim=1))
    each_blocked(["ff02::1", "::", "::1"],
                 lambda src, token: udp_packet(src, NOWHERE, token))


@test("v6-3 errors are bounded by icmp-rate")
def rate():
    bed.dvradm("router", "set", "r1", "icmp-rate", 100)
    time.sleep(0.3)
    token = bed.token()
    frame = h1.frame(udp_packet(h1.v6, NOWHERE, token))
    bed.flush()
    start = time.monotonic()
    for number in range(5000):
        p1.send(frame)
        if not number % 500:
            bed.poll()
    took = time.monotonic() - start
    bed.good(h1)
    errors = len(bed.seen(lambda p: p.icmp_error(1, 0) and token in p.raw))
    bed.dvradm("router", "set", "r1", "icmp-rate", 1000)
    need(50 <= errors <= 100 * (took + 2), f"{errors} errors in {took:.1f} s")


@test("v6-4 no route and unreachable give 1/0, prohibit 1/1, blackhole nothing")
def codes():
    bed.dvr("""
        route add r1 2001:db8:a::/48 prohibit
        route add r1 2001:db8:b::/48 unreachable
        route add r1 2001:db8:c::/48 blackhole
    """)
    for dst, code in ((NOWHERE, 0), ("2001:db8:a::1", 1), ("2001:db8:b::1", 0)):
        token = bed.token()
        sent = udp_packet(h1.v6, dst, token)
        h1.send(sent)
        got = error(1, code, token)
        equal((got.saddr, got.daddr), (bed.gw6, h1.v6), "addresses")
        equal((got.rest, got.quote), (0, sent), "error")
    bed.blocked(h1, lambda token: udp_packet(h1.v6, "2001:db8:c::1", token))


@test("v6-4 a link-local source beyond its segment gives 1/2")
def scope():
    token = bed.token()
    sent = udp_packet(LL1, h3.v6, token)
    h1.send(sent)
    got = p1.expect(lambda p: token in p.raw, "an answer")
    need(got.icmp_error(1, 2), f"{got}")
    equal(got.daddr, LL1, "destination")
    bed.good(h1)
    need(not bed.seen(lambda p: token in p.raw), "it was forwarded")


@test("v6-5 too big gives 2/0 with the next hop's MTU, never fragments")
def too_big():
    bed.dvradm("segment", "set", "b", "mtu", 1400)
    for size, fits in ((1352, True), (1353, False), (1452, False)):
        token = bed.token()
        sent = udp_packet(h1.v6, h3.v6, (token + b"m" * size)[:size])
        if fits:
            bed.passes(h1, sent, p3, token)
            continue
        h1.send(sent)
        got = error(2, 0, token)
        equal(got.rest, 1400, "MTU")
        equal(got.quote, sent[:1232], "quote")
        equal(got.saddr, bed.gw6, "source")
        bed.good(h1)
        need(not bed.seen(lambda p: token in p.raw), "it was sent on")
    bed.dvradm("segment", "set", "b", "mtu", 1500)


@test("pmtu-1 the MTU reported is the next hop's, and never below 1280")
def mtu_reported():
    done = bed.dvradm("segment", "set", "b", "mtu", 1279, check=False)
    need(done.returncode == 1, "an MTU below 1280 on a leg with IPv6")
    bed.dvradm("segment", "set", "b", "mtu", 1280)
    token = bed.token()
    h1.send(udp_packet(h1.v6, h3.v6, token + b"m" * 1300))
    equal(error(2, 0, token).rest, 1280, "MTU")
    token = bed.token()
    bed.passes(h1, udp_packet(h1.v6, h3.v6, (token + b"m" * 1300)[:1232]), p3,
               token)
    bed.dvradm("segment", "set", "b", "mtu", 1500)


@test("v6-7 echo reply comes from the address that was asked")
def echo_reply():
    for dst, size in ((bed.gw6, 0), (bed.gw6b, 57), (GWLL, 8), (bed.gw6, 1400)):
        token = bed.token()
        src = LL1 if dst == GWLL else h1.v6
        sent = echo(src, dst, token + b"d" * size, ident=0xabcd, seq=9,
                    tclass=0xb8)
        h1.send(sent)
        got = p1.expect(lambda p: p.type == 129 and token in p.raw,
                        f"reply from {dst}")
        equal((got.saddr, got.daddr), (dst, src), "addresses")
        equal(got.l4[4:], sent[44:], "id, sequence and data")
        equal((got.src, got.dst), (h1.gw, h1.mac), "MACs")
        need(got.sound(), "checksum")
    bed.blocked(h1, lambda token: ip6(h1.v6, bed.gw6, ICMP6, icmp6(
        h1.v6, bed.gw6, 128, data=token, csum=0xbeef)), "bad checksum")


@test("v6-7 the router's link-local address answers on its own segment only")
def echo_link_local():
    # The link-local address of leg b, asked for on a.
    other = eui64(h3.gw)
    token = bed.token()
    bed.expect_none(lambda p: p.type == 129 and token in p.raw,
                    [(h1, h1.frame(echo(LL1, other, token)))])


# -- extension headers ---------------------------------------------------

@test("v6-8 unknown hop-by-hop options act as their top bits say")
def action_bits():
    def frame(kind, token, dst):
        return chain(h1.v6, dst, [(HOPOPTS, options(bytes([kind, 4, 1, 2, 3,
                                                           4])))],
                     UDP, udp(h1.v6, dst, token))
    token = bed.token()
    sent = frame(0x1e, token, h3.v6)
    got = bed.passes(h1, sent, p3, token, "option to skip")
    equal(got.ip[40:], sent[40:], "the options")
    bed.blocked(h1, lambda token: frame(0x5e, token, h3.v6), "option 01")
    for kind in (0x9e, 0xde):
        token = bed.token()
        h1.send(frame(kind, token, h3.v6))
        got = error(4, 2, token)
        equal(got.rest, 42, "pointer")
        bed.good(h1)
        need(not bed.seen(lambda p: token in p.raw), "it was sent on")
    # To a multicast group only 10 is answered; router alert hides it.
    token = bed.token()
    bed.expect_none(lambda p: token in p.raw and p.proto == ICMP6,
                    [(h1, eth(multicast_mac("ff0e::9"), h1.mac,
                              frame(0xde, token, "ff0e::9")))])


@test("v6-8 padding and router alert options pass unchanged")
def known_options():
    for opts in (options(), options(bytes([5, 2, 0, 0])),
                 options(b"\0\0\0\0")):
        for kind in (HOPOPTS, DSTOPTS):
            token = bed.token()
            sent = chain(h1.v6, h3.v6, [(kind, opts)], UDP,
                         udp(h1.v6, h3.v6, token))
            got = bed.passes(h1, sent, p3, token)
            equal(got.ip[40:], sent[40:], "all behind the header")


@test("v6-8 destination options and unknown headers are none of a router's business")
def not_ours():
    for headers, proto in (([(DSTOPTS, options(bytes([0xde, 2, 0, 0])))], UDP),
                           ([(DSTOPTS, options()), (DSTOPTS, options())], UDP),
                           ([], NONEXT), ([], 253), ([], 50), ([], 132)):
        token = bed.token()
        sent = chain(h1.v6, h3.v6, headers, proto,
                     udp(h1.v6, h3.v6, token))
        bed.passes(h1, sent, p3, token, f"protocol {proto}")


@test("v6-8 routing header type 0 is never processed")
def rh0():
    body = bytes([0, 1]) + b"\0" * 4 + ip(h3.v6)
    # To the router: not forwarded to the next address in it.
    token = bed.token()
    bed.expect_none(
        lambda p: token in p.raw and (p.proto != ICMP6 or
                                      not p.icmp_error(4, 0)),
        [(h1, h1.frame(chain(h1.v6, bed.gw6, [(ROUTING, body)], UDP,
                             udp(h1.v6, h3.v6, token))))])
    # In transit: dropped, or sent on to where the header says, untouched.
    token = bed.token()
    sent = chain(h1.v6, h3.v6, [(ROUTING, bytes([0, 1]) + b"\0" * 4 +
                                 ip(h2.v6))], UDP, udp(h1.v6, h2.v6, token))
    bed.expect_none(
        lambda p: token in p.raw and p.proto == UDP and
        (p.daddr != h3.v6 or p.ip[40:] != sent[40:]), [(h1, h1.frame(sent))])


@test("8200 a malformed or endless header chain is dropped")
def malformed():
    tail = udp(h1.v6, h3.v6, b"")
    for what, build in (
            ("hop-by-hop longer than the packet",
             lambda t: ip6(h1.v6, h3.v6, HOPOPTS,
                           bytes([UDP, 255]) + options(t + b"1234"))),
            ("hop-by-hop option longer than the header",
             lambda t: ip6(h1.v6, h3.v6, HOPOPTS, bytes([UDP, 0, 0x1e, 200]) +
                           b"\0" * 4 + tail + t)),
            ("hop-by-hop that is not first",
             lambda t: chain(h1.v6, bed.gw6, [(DSTOPTS, options()),
                                              (HOPOPTS, options())], UDP,
                             tail + t)),
            ("header cut off",
             lambda t: ip6(h1.v6, h3.v6, HOPOPTS, b"\x11"))):
        token = bed.token()
        bed.expect_none(
            lambda p, t=token: t in p.raw and p.proto == UDP,
            [(h1, h1.frame(build(token)))], what)
    # Far more headers than anybody needs may be dropped, never mangled.
    token = bed.token()
    sent = chain(h1.v6, h3.v6, [(DSTOPTS, options())] * 100, UDP,
                 udp(h1.v6, h3.v6, token))
    bed.expect_none(
        lambda p: token in p.raw and p.proto == UDP and p.ip[40:] != sent[40:],
        [(h1, h1.frame(sent))])


# -- fragments -----------------------------------------------------------

@test("v6-9 fragments in transit pass as they are, overlapping or not")
def transit_fragments():
    whole = udp(h1.v6, h3.v6, bytes(range(256)))
    for offset, more, size in ((0, 1, 128), (128, 0, 136), (64, 1, 128)):
        token = bed.token()
        sent = ip6(h1.v6, h3.v6, FRAGMENT, frag6(
            UDP, offset, more, 77, token + whole[offset:offset + size]))
        got = bed.passes(h1, sent, p3, token)
        equal(got.ip[40:], sent[40:], "fragment")


@test("v6-9 an atomic fragment stands alone")
def atomic():
    token = bed.token()
    sent = ip6(h1.v6, h3.v6, FRAGMENT, frag6(UDP, 0, 0, 78, udp(
        h1.v6, h3.v6, token)))
    bed.passes(h1, sent, p3, token)
    token = bed.token()
    body = icmp6(h1.v6, bed.gw6, 128, 0, struct.pack("!HH", 3, 4), token)
    h1.send(ip6(h1.v6, bed.gw6, FRAGMENT, frag6(ICMP6, 0, 0, 79, body)))
    p1.expect(lambda p: p.type == 129 and token in p.raw, "echo reply")


@test("v6-9 overlapping fragments to the router itself get no reply")
def overlap():
    whole = icmp6(h1.v6, bed.gw6, 128, 0, struct.pack("!HH", 3, 4), b"z" * 200)
    bed.expect_none(lambda p: p.type == 129, [
        (h1, h1.frame(ip6(h1.v6, bed.gw6, FRAGMENT,
                          frag6(ICMP6, offset, more, 80,
                                whole[offset:offset + size]))))
        for offset, more, size in ((0, 1, 104), (96, 1, 16), (104, 0, 104))])


# -- scope -----------------------------------------------------------------

@test("v6-10 link-local, unspecified and loopback addresses are never forwarded")
def never_forwarded():
    each_blocked(["::", "::1"],
                 lambda dst, token: udp_packet(h1.v6, dst, token))
    each_blocked(["::1", "::"],
                 lambda src, token: udp_packet(src, h3.v6, token))
    for src, dst in ((LL1, h3.v6), (h1.v6, eui64(h3.mac)),
                     (LL1, eui64(h3.mac)), (h1.v6, "fe80:0:0:1::9")):
        token = bed.token()
        bed.expect_none(lambda p, t=token: t in p.raw and p.proto == UDP,
                        [(h1, h1.frame(udp_packet(src, dst, token)))],
                        f"{src} to {dst}")


@test("v6-11 multicast of interface-local, reserved or any scope is not routed")
def multicast_scope():
    for dst in ("ff01::1", "ff00::1", "ff02::1", "ff05::2", "ff0e::1",
                "ff0f::1"):
        for frame_dst in (multicast_mac(dst), h1.gw):
            token = bed.token()
            bed.expect_none(
                lambda p, t=token: t in p.raw and
                (p.src != h1.mac or p.proto == ICMP6),
                [(h1, eth(frame_dst, h1.mac,
                          udp_packet(h1.v6, dst, token)))], dst)


@test("1812-20 an IPv6 redirect tells what is on the host's own segment, only there")
def redirect():
    # By its own address or a router's link-local one (RFC 4861 4.5), so none
    # towards a next hop that is known by a global address.
    bed.dvradm("route", "add", "r1", "2001:db8:d::/48", "via", h2.v6)
    token = bed.token()
    bed.flush()
    sent = udp_packet(h1.v6, h2.v6, token)
    h1.send(sent)
    h2.wire.expect(lambda p: token in p.raw and p.proto == UDP, "the packet")
    got = p1.expect(lambda p: p.type == 137, "redirect")
    equal((got.saddr, got.daddr, got.ttl, got.code), (GWLL, h1.v6, 255, 0),
          "header")
    equal((got.target, got.l4[24:40]), (h2.v6, ip(h2.v6)), "what it tells")
    need(got.sound(), "checksum")
    for host, dst in ((h1, "2001:db8:d::1"), (h3, "2001:db8:d::2"),
                      (h3, h2.v6)):
        token = bed.token()
        bed.flush()
        host.udp(dst, token)
        h2.wire.expect(lambda p: token in p.raw and p.proto == UDP, "packet")
        bed.good(h1)
        need(not bed.seen(lambda p: p.type == 137), f"a redirect for {dst}")


@test("v6-10 source validation is off by default, strict drops")
def source_validation():
    token = bed.token()
    bed.passes(h1, udp_packet("2001:db8:2::77", h3.v6, token), p3, token)
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "strict")
    for src in ("2001:db8:2::77", NOWHERE):
        bed.blocked(h1, lambda token, s=src: udp_packet(s, h3.v6, token))
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "off")


finish(bed)
