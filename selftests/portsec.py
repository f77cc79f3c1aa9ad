#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""Port security: what a port with addresses may send.

    h1 p1 --+                                  p1 holds one address each
    h2 p2 --+-- segment a -- r1 -- segment b -- p4 h4
    h3 p3 --+   192.0.2.0/24       198.51.100.0/24
                2001:db8:1::/64    2001:db8:2::/64

p1 is held to h1's addresses, p2 to a MAC and prefixes, p3 is open, p4 is held
to h4's addresses.
"""

import struct

from frames import (BROADCAST, DSTOPTS, FRAGMENT, HOPOPTS, ICMP6, UDP,
                    arp_frame, eth, eui64, frag6, icmp, icmp6, ip, ip4, ip6, lladdr,
                    multicast_mac, na_packet, ns_packet, solicited, udp,
                    udp_packet)
from lib import Bed, Host, both, defer, equal, finish, need, test

GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
GW6 = "2001:db8:1::1"
ZERO = "00:00:00:00:00:00"
ELSEWHERE = {4: "203.0.113.77", 6: "2001:db8:9::77"}
bed = Bed("p1", "p2", "p3", "p4")
w1, w2, w3, w4 = bed.wires.values()
h1 = Host(w1, "02:00:00:00:01:01", "192.0.2.101", "2001:db8:1::101", GWA)
h2 = Host(w2, "02:00:00:00:01:02", "192.0.2.130", "2001:db8:1:0:8::2", GWA)
h3 = Host(w3, "02:00:00:00:01:03", "192.0.2.103", "2001:db8:1::103", GWA)
h4 = Host(w4, "02:00:00:00:02:04", "198.51.100.104", "2001:db8:2::104", GWB)
for host in (h1, h2, h3):
    host.peer = h4
h4.peer = h1
bed.dvr(f"""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    port add p1 segment a mac {h1.mac} addr {h1.v4} addr {h1.v6}
    port add p2 segment a mac {h2.mac} addr 192.0.2.128/28 addr 2001:db8:1:0:8::/80
    port add p3 segment a
    port add p4 segment b mac {h4.mac} addr {h4.v4} addr {h4.v6}
    neigh add segment a {h2.v4} lladdr {h2.mac}
    neigh add segment a {h3.v4} lladdr {h3.mac}
    neigh add segment a {h3.v6} lladdr {h3.mac}
""")
bed.ip("link set r1 up\n")


def held(host, reason, sends, what):
    """None of the frames of HOST gets anywhere, and each counts as REASON."""
    port = host.wire.dev
    before = bed.drops(reason, port=port)
    heard = []
    for frame in sends:
        bed.expect_none(lambda p, f=frame: f[12:] == p.raw[12:len(f)] or
                        f[-12:] in p.raw, [(host, frame)], what)
        heard += bed.seen(lambda p: p.op or p.type in (135, 136))
    equal(heard, [], "ARP or ND")
    equal(bed.drops(reason, port=port) - before, len(sends),
          f"{reason} counted at {port}")


def open_to(host, wire, frame, what):
    """FRAME of HOST reaches WIRE as it is."""
    bed.flush()
    host.wire.send(frame)
    wire.expect(lambda p: p.raw == frame, what)


def to_gateway(host, src, token, dst=None):
    dst = dst or (h4.v6 if ":" in src else h4.v4)
    return eth(host.gw, host.mac, udp_packet(src, dst, token))


@test("what a port may send passes, routed and switched")
@both
def allowed(v):
    for host, sources in {4: ((h1, [h1.v4]), (h2, ["192.0.2.128", "192.0.2.143"])),
                          6: ((h1, [h1.v6]), (h2, ["2001:db8:1:0:8::",
                                                   "2001:db8:1:0:8:ffff::1"]))}[v]:
        for src in sources:
            token = bed.token()
            bed.flush()
            host.wire.send(to_gateway(host, src, token))
            w4.expect(lambda p: token in p.raw, f"{src} routed")
            token = bed.token()
            open_to(host, w3, eth(BROADCAST, host.mac, udp_packet(
                src, {4: "192.0.2.255", 6: "ff02::fb"}[v], token)), f"{src} switched")


@test("another source MAC is dropped, whatever the protocol")
def spoofed_mac():
    other = "02:00:00:00:66:66"
    held(h1, "spoof_mac", [
        eth(BROADCAST, other, bed.token().ljust(46, b"."), 0x88b5),
        eth(h1.gw, other, udp_packet(h1.v4, h4.v4, bed.token())),
        eth(h1.gw, h3.mac, udp_packet(h1.v6, h4.v6, bed.token())),
        eth(BROADCAST, GWA, udp_packet(h1.v4, "192.0.2.255", bed.token())),
        arp_frame(1, h1.mac, h1.v4, ZERO, "192.0.2.222", src=other),
    ], "spoofed MAC")


@test("another source address is dropped, routed and switched")
@both
def spoofed_ip(v):
    frames = []
    for src in {4: ("192.0.2.102", "192.0.2.1", "198.51.100.104", "203.0.113.1"),
                6: ("2001:db8:1::102", "2001:db8:1::1", "2001:db8:2::104",
                    "2001:db8:9::1")}[v]:
        frames.append(to_gateway(h1, src, bed.token()))
        frames.append(eth(h3.mac, h1.mac, udp_packet(src, h3.addr(v), bed.token())))
    held(h1, "spoof_ip", frames, "spoofed address")


@test("an address beside the port's prefixes is dropped")
@both
def beside_prefix(v):
    held(h2, "spoof_ip", [to_gateway(h2, src, bed.token()) for src in {
        4: ("192.0.2.127", "192.0.2.144"),
        6: ("2001:db8:1:0:7:ffff:ffff:ffff", "2001:db8:1:0:9::")}[v]],
        "address beside a prefix")


@test("the link-local address of the port's MAC is allowed, others are not")
def link_local():
    token = bed.token()
    open_to(h1, w3, eth(multicast_mac("ff02::fb"), h1.mac, udp_packet(
        eui64(h1.mac), "ff02::fb", token, hlim=255)), "own link-local")
    held(h1, "spoof_ip", [eth(multicast_mac("ff02::fb"), h1.mac, udp_packet(
        src, "ff02::fb", bed.token())) for src in (
            eui64(h3.mac), "fe80::1", eui64(GWA))], "foreign link-local")


@test("duplicate address detection and DHCP clients may use no address")
def unspecified():
    for target in (h1.v6, eui64(h1.mac)):
        group = solicited(target)
        open_to(h1, w3, eth(multicast_mac(group), h1.mac, ns_packet(
            "::", group, target)), f"DAD for {target}")
    # A report of multicast membership comes before there is an address.
    report = icmp6("::", "ff02::16", 143, 0, b"\0\0\0\1", b"\4\0\0\0" +
                   ip("ff02::fb"))
    open_to(h1, w3, eth(multicast_mac("ff02::16"), h1.mac, ip6(
        "::", "ff02::16", HOPOPTS, bytes([ICMP6, 0, 5, 2, 0, 0, 1, 0]) + report,
        hlim=1)), "MLD report")
    open_to(h1, w3, eth(BROADCAST, h1.mac, udp_packet(
        "0.0.0.0", "255.255.255.255", b"D" * 240, sport=68, dport=67)),
        "DHCP client")
    # RFC 3376 4.2.13: so is a report of IGMPv3.
    report = icmp(0x22, 0, b"\0\0\0\1", b"\4\0\0\0" + ip("224.0.0.251"))
    open_to(h1, w3, eth(multicast_mac("224.0.0.22"), h1.mac, ip4(
        "0.0.0.0", "224.0.0.22", 2, report, ttl=1)), "IGMP report")
    held(h1, "spoof_ip", [
        eth(BROADCAST, h1.mac, udp_packet("0.0.0.0", "255.255.255.255",
                                          bed.token(), sport=68, dport=69)),
        to_gateway(h1, "0.0.0.0", bed.token()),
        eth(h1.gw, h1.mac, ip4("0.0.0.0", h4.v4, 2, report + bed.token(), ttl=1)),
        to_gateway(h1, "::", bed.token()),
    ], "no address, no reason for that")


@test("arp-5 ARP may only speak for the port's MAC and addresses")
def spoofed_arp():
    held(h1, "spoof_arp", [
        # sender address, then sender MAC, in requests, replies, GARP
        arp_frame(1, h1.mac, "192.0.2.102", ZERO, "192.0.2.222"),
        arp_frame(1, h3.mac, h1.v4, ZERO, "192.0.2.222", src=h1.mac),
        arp_frame(2, h1.mac, "192.0.2.1", h3.mac, h3.v4, dst=h3.mac),
        arp_frame(2, GWA, h1.v4, h3.mac, h3.v4, dst=h3.mac, src=h1.mac),
        arp_frame(1, h1.mac, "192.0.2.1", ZERO, "192.0.2.1"),
        arp_frame(2, h1.mac, "192.0.2.1", BROADCAST, "192.0.2.1"),
        # a probe for an address that is not the port's
        arp_frame(1, h1.mac, "0.0.0.0", ZERO, "192.0.2.1"),
    ], "spoofed ARP")
    open_to(h1, w3, arp_frame(1, h1.mac, h1.v4, ZERO, "192.0.2.222"),
            "its own ARP")
    open_to(h1, w3, arp_frame(1, h1.mac, "0.0.0.0", ZERO, h1.v4),
            "its own probe")
    open_to(h1, w3, arp_frame(1, h1.mac, h1.v4, ZERO, h1.v4), "its own GARP")


@test("neighbour advertisements may only speak for the port's addresses")
def spoofed_na():
    def na(target, option, src=h1.v6):
        return eth(multicast_mac("ff02::1"), h1.mac, na_packet(
            src, "ff02::1", target, lladdr(2, option) if option else b"",
            flags=0x20))
    held(h1, "spoof_arp", [
        na(h3.v6, h1.mac), na(GW6, h1.mac), na(GW6, GWA),
        na(eui64(GWA), h1.mac), na(h1.v6, h3.mac), na(h1.v6, GWA),
        na(h3.v6, None),
    ], "spoofed NA")
    open_to(h1, w3, na(h1.v6, h1.mac), "its own NA")
    open_to(h1, w3, na(eui64(h1.mac), h1.mac, eui64(h1.mac)),
            "its own link-local NA")


@test("neighbour solicitations may only carry the port's MAC")
def spoofed_ns():
    group = solicited("2001:db8:1::222")

    def ns(src, opts, target="2001:db8:1::222", dst=group):
        return eth(multicast_mac(dst), h1.mac, ns_packet(src, dst, target,
                                                         opts))
    held(h1, "spoof_arp", [ns(h1.v6, lladdr(1, h3.mac)),
                           ns(h1.v6, lladdr(1, GWA))], "spoofed NS")
    # DAD for what is another's would keep the other from it.
    held(h1, "spoof_arp", [ns("::", b"", h3.v6, solicited(h3.v6)),
                           ns("::", b"", GW6, solicited(GW6))],
         "DAD for another's address")
    held(h1, "spoof_ip", [ns(h3.v6, lladdr(1, h1.mac))], "NS from another's")
    open_to(h1, w3, ns(h1.v6, lladdr(1, h1.mac)), "its own NS")


# From and to which port a server sends.
DHCP = {4: (67, 68), 6: (547, 546)}


def dhcp4(host, dst="255.255.255.255"):
    return eth(BROADCAST, host.mac, udp_packet(host.v4, dst, bed.token(), *DHCP[4]))


def dhcp6(host, headers=b"", first=UDP):
    body = udp(eui64(host.mac), h3.v6, bed.token(), *DHCP[6])
    return eth(h3.mac, host.mac, ip6(eui64(host.mac), h3.v6, first,
                                     headers + body))


def to_server(v, host):
    """What a client with an address sends."""
    return eth(h3.mac, host.mac, udp_packet(host.addr(v), h3.addr(v), bed.token(),
                                            *DHCP[v][::-1]))


@test("a port with addresses is no DHCP server, but may be a client")
@both
def dhcp_server(v):
    w3.send(eth(BROADCAST, h3.mac, b"here".ljust(46, b"."), 0x88b5))
    held(h1, "dhcp_server", {4: [dhcp4(h1), dhcp4(h1, h3.v4)], 6: [
        dhcp6(h1), dhcp6(h1, bytes([UDP, 0, 1, 4, 0, 0, 0, 0]), DSTOPTS)]}[v],
        "DHCP server")
    open_to(h1, w3, to_server(v, h1), "DHCP client")


@test("nor is it one through the router, whose fast path its other packets take")
@both
def dhcp_server_routed(v):
    src, dst, ports = h1.addr(v), h4.addr(v), DHCP[v]
    for _ in range(3):
        token = bed.token()
        bed.passes(h1, udp_packet(src, dst, token), w4, token)
    held(h1, "dhcp_server", [h1.frame(udp_packet(src, dst, bed.token(), *ports))],
         "DHCP server behind the router")
    # A client may, and a server may answer to other ports.
    for other in (ports[::-1], (ports[0], ports[0]), (ports[1], ports[1])):
        token = bed.token()
        bed.passes(h1, udp_packet(src, dst, token, *other), w4, token)


def ra(host, kind=134, wrap=None, src=None):
    """A router advertisement or redirect of HOST to all nodes."""
    src, dst = src or eui64(host.mac), "ff02::1"
    if kind == 134:
        body = icmp6(src, dst, 134, 0, bytes([64, 0, 7, 8]),
                     b"\0" * 8 + lladdr(1, host.mac))
    else:
        body = icmp6(src, dst, 137, 0, data=ip(h4.v6) + ip(h3.v6))
    head, first = wrap(body) if wrap else (body, ICMP6)
    return eth(multicast_mac(dst), host.mac, ip6(src, dst, first, head,
                                                 hlim=255))


def behind(kind, count=1, size=8):
    """ICMPv6 behind COUNT options headers of SIZE bytes."""
    def wrap(body):
        for number in range(count):
            body = bytes([ICMP6 if not number else kind, size // 8 - 1, 1,
                          size - 4]) + b"\0" * (size - 4) + body
        return body, kind
    return wrap


@test("router advertisements and redirects are dropped, RFC 6105")
def ra_guard():
    held(h1, "ra_guard", [ra(h1), ra(h1, 137)], "RA or redirect")


@test("an RA behind extension headers is dropped, RFC 7113")
def ra_behind():
    held(h1, "ra_guard", [
        ra(h1, wrap=behind(DSTOPTS)), ra(h1, wrap=behind(HOPOPTS)),
        ra(h1, wrap=behind(DSTOPTS, 4)), ra(h1, wrap=behind(DSTOPTS, 1, 256)),
        ra(h1, 137, behind(DSTOPTS)),
    ], "RA behind a header")


@test("neighbour discovery in fragments is dropped, RFC 6980")
def nd_fragment():
    def first(body):
        return frag6(ICMP6, 0, 1, 5, body[:16]), FRAGMENT

    def atomic(body):
        return frag6(ICMP6, 0, 0, 6, body), FRAGMENT

    def hidden(_):
        # The ICMPv6 header is in the second fragment: RFC 7112 forbids it.
        return frag6(DSTOPTS, 0, 1, 7, bytes([ICMP6, 1, 1, 12]) +
                     b"\0" * 4), FRAGMENT
    before = bed.drops(port="p1")
    for wrap in (first, atomic, hidden):
        sent = ra(h1, wrap=wrap)
        bed.expect_none(lambda p, s=sent: p.raw == s, [(h1, sent)],
                        wrap.__name__)
    equal(bed.drops(port="p1") - before, 3, "RA in fragments counted")
    advert = icmp6(h1.v6, "ff02::1", 136, 0, b"\x20\0\0\0",
                   ip(h1.v6) + lladdr(2, h1.mac))
    held(h1, "nd_fragment", [
        eth(multicast_mac("ff02::1"), h1.mac, ip6(
            h1.v6, "ff02::1", FRAGMENT, frag6(ICMP6, 0, more, 8, advert),
            hlim=255)) for more in (0, 1)], "its own NA in a fragment")


@test("v6-8 unknown hop-by-hop options of a held port are answered, too")
def options():
    token = bed.token()
    bed.flush()
    w1.send(eth(GWA, h1.mac, ip6(h1.v6, h4.v6, HOPOPTS, bytes(
        [UDP, 0, 0x9e, 4, 0, 0, 0, 0]) + udp(h1.v6, h4.v6, token))))
    w1.expect(lambda p: p.icmp_error(4, 2) and token in p.raw, "ICMPv6 4/2")
    # But nobody learns what a spoofed packet had.
    token = bed.token()
    bed.expect_none(lambda p: token in p.raw, [(h1, eth(GWA, h1.mac, ip6(
        h3.v6, h4.v6, HOPOPTS, bytes([UDP, 0, 0x9e, 4, 0, 0, 0, 0]) +
        udp(h3.v6, h4.v6, token))))])


@test("an open port is shown open, and may claim what it likes")
@both
def open_port(v):
    ports = {p["name"]: p for p in bed.show("port", "show")}
    equal([ports[n]["security"] for n in ("p1", "p2", "p3", "p4")],
          [True, True, False, True], "security")
    need("open" in bed.dvradm("port", "show", "p3").stdout, "text says open")
    need("open" not in bed.dvradm("port", "show", "p1").stdout, "p1 open")
    token = bed.token()
    bed.flush()
    w3.send(to_gateway(h3, ELSEWHERE[v], token))
    w4.expect(lambda p: token in p.raw, "any source")


@test("security off opens a port, on holds it again")
@both
def security_off(v):
    defer(bed.dvradm, "port", "set", "p1", "security", "on")
    bed.dvradm("port", "set", "p1", "security", "off")
    token = bed.token()
    bed.flush()
    w1.send(to_gateway(h1, ELSEWHERE[v], token))
    w4.expect(lambda p: token in p.raw, "any source")
    for frame in {4: (dhcp4(h1),), 6: (dhcp6(h1), ra(h1))}[v]:
        open_to(h1, w3, frame, "DHCP server or RA")
    bed.dvradm("port", "set", "p1", "security", "on")
    held(h1, "spoof_ip", [to_gateway(h1, ELSEWHERE[v], bed.token())], "held again")


@test("a port's addresses can be replaced and forgotten, at once")
@both
def change(v):
    new, other = {4: ("192.0.2.199", h1.v6), 6: ("2001:db8:1::199", h1.v4)}[v]
    bed.dvradm("port", "set", "p1", "addr", new, "addr", other)
    bed.flush()
    token, token2 = bed.token(), bed.token()
    w1.send(to_gateway(h1, h1.addr(v), token))
    w1.send(to_gateway(h1, new, token2))
    w4.expect(lambda p: token2 in p.raw, "the new address")
    need(not bed.seen(lambda p: token in p.raw), "the old address passed")
    bed.dvradm("port", "set", "p1", "addr", "none", "mac", "none")
    token = bed.token()
    w1.send(to_gateway(h1, ELSEWHERE[v], token))
    w4.expect(lambda p: token in p.raw, "open without addresses")
    bed.dvradm("port", "set", "p1", "mac", h1.mac, "addr", h1.v4, "addr",
               h1.v6)
    held(h1, "spoof_ip", [to_gateway(h1, new, bed.token())], "held again")


@test("a truncated or malformed packet of a held port does not slip through")
def malformed():
    whole = udp_packet("203.0.113.9", h3.v4, b"evil" * 4)
    whole6 = udp_packet("2001:db8:66::1", h3.v6, b"evil" * 4)
    arp = arp_frame(1, h1.mac, "192.0.2.1", ZERO, h3.v4)[14:]
    sends = [(h1, eth(h3.mac, h1.mac, data[:n], kind))
             for data, kind in ((whole, 0x0800), (whole6, 0x86dd),
                                (arp, 0x0806))
             for n in (0, 1, 8, 16, 19, 20, 24, 27, 39, 40, 44)
             if n < len(data)]
    bed.expect_none(lambda p: p.src == h1.mac and p.kind in (0x0800, 0x86dd,
                                                             0x0806) and
                    p.dst != h4.mac, sends, "truncated")
    # An address cannot hide behind the wrong type or a header too long.
    bed.expect_none(lambda p: b"evil" in p.raw, [
        (h1, eth(h3.mac, h1.mac, ip4("203.0.113.9", h3.v4, UDP, b"evil" * 4,
                                     version=6))),
        (h1, eth(h3.mac, h1.mac, ip4("203.0.113.9", h3.v4, UDP, b"evil" * 4,
                                     ihl=15))),
        (h1, eth(h3.mac, h1.mac, whole6, 0x0800)),
        (h1, eth(h3.mac, h1.mac, whole, 0x86dd)),
        (h1, eth(h3.mac, h1.mac, struct.pack("!HH", 0, 0x0800) + whole,
                 0x8100)),
    ], "disguised")


finish(bed)
