#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""What IPv6 alone has of forwarding and ICMPv6, byte for byte (RFC 8200, 4443, 5095,
4291).  The rest is in icmp.py, with IPv4.

    h1 p1 --+
            +-- segment a -- r1 -- segment b -- p3 h3
    h2 p2 --+   2001:db8:1::/64    2001:db8:2::/64

There is no route to 2001:db8:9::/48.
"""

import struct

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


# -- errors --------------------------------------------------------------

@test("v6-2 no error about an ICMPv6 error behind an extension header")
def about_error():
    inner = udp_packet(h3.v6, h1.v6, b"x" * 8)
    bed.blocked(h1, lambda token: chain(
        h1.v6, NOWHERE, [(DSTOPTS, options())], ICMP6,
        icmp6(h1.v6, NOWHERE, 1, 0, data=inner + token)))


@test("v6-2 no error about a redirect")
def about_redirect():
    bed.blocked(h1, lambda token: ip6(
        h1.v6, NOWHERE, ICMP6, icmp6(h1.v6, NOWHERE, 137, 0,
                                     data=ip(h2.v6) + ip(h3.v6) + token)))


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

@test("v6-10 link-local addresses are never forwarded")
def never_forwarded():
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


@test("1812-20 nd-7 an IPv6 redirect tells what is on the host's own segment, only there")
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


finish(bed)
