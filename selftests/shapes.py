#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Shapes of addresses and next hops that operators have: a leg with a /32, next hops
outside of each subnet, link-local next hops.

    h1 p1 -- segment a -- r1 -- segment b -- p2: h2 and h3, next hops
             192.0.2.0/24       198.51.100.1/32
             2001:db8:1::/64    2001:db8:2::1/128
"""

from frames import UDP, echo, eui64, question, udp_packet
from lib import Bed, Host, both, busywait, defer, equal, finish, need, test

GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
DST = {4: "198.18.0.9", 6: "2001:db8:d::9"}
NET = {4: "198.18.0.0/24", 6: "2001:db8:d::/48"}
UNREACHABLE = {4: (3, 1), 6: (1, 3)}
bed = Bed("p1", "p2")
w1, w2 = bed.wires.values()
h1 = Host(w1, "02:00:00:00:01:01", "192.0.2.10", "2001:db8:1::10", GWA)
h2 = Host(w2, "02:00:00:00:02:02", "203.0.113.1", "2001:db8:f::1", GWB)
h3 = Host(w2, "02:00:00:00:02:03", "203.0.113.2", "2001:db8:f::2", GWB)
near = Host(w1, "02:00:00:00:01:02", "192.0.2.11", "2001:db8:1::11", GWA)
h1.peer = near
bed.dvr(f"""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/32 addr 2001:db8:2::1/128
    port add p1 segment a
    port add p2 segment b
""")
bed.ip("link set r1 up\n")


def refused(words, *sentence):
    """dvradm WORDS is refused, with all of SENTENCE."""
    done = bed.dvradm(*words.split(), check=False)
    equal(done.returncode, 1, f"exit code of {words}")
    for part in sentence:
        need(part in done.stderr, f"{words}: {done.stderr.strip()}")


def arrives(dst, *hosts, count=3):
    """Packets of h1 to DST reach one of HOSTS by its MAC, at first by a request and
    then by the fast path.  Returns the MACs."""
    macs = set()
    for _ in range(count):
        token = bed.token()
        h1.udp(dst, token)
        got = hosts[0].wire.expect(
            lambda p, t=token: t in p.raw and p.proto == UDP and p.src != h1.mac,
            f"a packet to {dst}")
        need(got.dst in [h.mac for h in hosts], f"sent to {got.dst}")
        equal(got.ttl, 63, "TTL")
        macs.add(got.dst)
    return macs


def saved():
    """The lines of save about routes."""
    return [line for line in bed.dvradm("save").stdout.splitlines()
            if line.startswith("route add")]


def route(words, line=None):
    """Add a route; save has LINE, and a router that was made from it has it too."""
    bed.dvr(f"route add r1 {words}\n")
    defer(bed.dvr, f"route del r1 {words.split()[0]}\n", check=False)
    equal(saved(), [f"route add r1 {line or words}"], "what is saved")
    bed.dvr(f"route del r1 {words.split()[0]}\n{saved()[0]}\n")
    equal(saved(), [f"route add r1 {line or words}"], "what was restored")


def nexthops(net):
    """What is shown of the next hops to NET, without the ids of their segments."""
    hops = bed.show("route", "show", "r1", net)[0]["nexthop"]
    ids = {s["name"]: s["id"] for s in bed.show("segment", "show")}
    for hop in hops:
        equal(hop.pop("segment_id", None), ids.get(hop.get("segment")), "id of the segment")
    return hops


# -- next hops outside of each subnet -----------------------------------------

@test("a next hop outside of each subnet is reached by its segment and onlink")
@both
def onlink(v):
    refused(f"route add r1 {NET[v]} via {h2.addr(v)}", "give its segment and onlink")
    refused(f"route add r1 {NET[v]} via {h2.addr(v)} segment b", "add onlink")
    refused(f"route add r1 {NET[v]} via {h2.addr(v)} segment c onlink",
            "no segment of this name")
    bed.dvr("segment add c\n")
    try:
        refused(f"route add r1 {NET[v]} via {h2.addr(v)} segment c onlink",
                "no iface on the segment")
    finally:
        bed.dvr("segment del c\n")
    route(f"{NET[v]} via {h2.addr(v)} segment b onlink")
    arrives(DST[v], h2)
    equal(nexthops(NET[v]), [{"via": h2.addr(v), "segment_given": "b", "onlink": True,
                              "weight": 1, "segment": "b"}], "JSON")
    got = bed.show("route", "get", "r1", DST[v])[0]
    equal((got["gateway"], got["segment"]), (h2.addr(v), "b"), "route get")


@test("an onlink next hop cannot be the router's own address")
@both
def onlink_own(v):
    own = {4: "192.0.2.1", 6: "2001:db8:1::1"}[v]
    refused(f"route add r1 {NET[v]} via {own} segment b onlink", "router's own address")


@test("a next hop with its segment needs no onlink where a subnet has it")
@both
def segment_given(v):
    route(f"{NET[v]} via {near.addr(v)} segment a")
    arrives(DST[v], near)
    bed.dvr(f"route replace r1 {NET[v]} via {near.addr(v)} segment a onlink\n")
    equal(saved(), [f"route add r1 {NET[v]} via {near.addr(v)} segment a onlink"], "replaced")
    refused(f"route replace r1 {NET[v]} via {near.addr(v)} segment b", "add onlink")
    arrives(DST[v], near, count=1)


@test("ECMP by next hops outside of each subnet")
@both
def onlink_ecmp(v):
    route(f"{NET[v]} via {h2.addr(v)} segment b onlink weight 2 "
          f"via {h3.addr(v)} segment b onlink")
    taken = set()
    for last in range(1, 33):
        taken |= arrives(DST[v][:-1] + str(last), h2, h3, count=1)
    equal(taken, {h2.mac, h3.mac}, "next hops taken")


@test("an onlink next hop waits for its iface, and for a segment of its name")
@both
def onlink_waits(v):
    leg = f"iface add r1 segment b mac {GWB} addr 198.51.100.1/32 addr 2001:db8:2::1/128\n"
    route(f"{NET[v]} via {h2.addr(v)} segment b onlink")
    arrives(DST[v], h2)
    bed.dvr("iface del r1 segment b\nport del p2\nsegment del b\n")
    try:
        equal("segment" in nexthops(NET[v])[0], False, "a leg without the segment")
        shown = bed.dvradm("route", "show", "r1", NET[v]).stdout
        need("segment b onlink # inactive" in shown, shown)
        token = bed.token()
        h1.udp(DST[v], token)
        w1.expect(lambda p: token in p.raw and p.icmp_error(*UNREACHABLE[v]), "an error")
    finally:
        bed.dvr(f"segment add b\nport add p2 segment b\n{leg}")
    arrives(DST[v], h2)
    other = {4: "2001:db8:2::1/128", 6: "198.51.100.1/32"}[v]
    bed.dvr(f"iface set r1 segment b addr {other}\n")
    equal("segment" in nexthops(NET[v])[0], False, "a leg without the family")
    bed.dvr("iface del r1 segment b\n" + leg)
    arrives(DST[v], h2)


# -- link-local next hops ------------------------------------------------------

@test("a link-local next hop has its segment, which is asked for")
def linklocal():
    refused(f"route add r1 ::/0 via {h2.ll}", 'add "segment NAME"')
    refused(f"route add r1 ::/0 via {eui64(GWB)} segment b", "router's own address")
    route(f"::/0 via {h2.ll} segment b")
    arrives(DST[6], h2)
    got = bed.show("route", "get", "r1", DST[6])[0]
    equal((got["gateway"], got["segment"], got["prefsrc"]), (h2.ll, "b", eui64(GWB)),
          "route get")


@test("ECMP by link-local next hops, on two segments with one address")
def linklocal_ecmp():
    both_have = Host(w1, h2.mac, None, None, GWA)
    try:
        route(f"{NET[6]} via {h2.ll} segment a via {h2.ll} segment b via {h3.ll} segment b")
        taken = set()
        for last in range(64):
            token = bed.token()
            h1.udp(f"2001:db8:d::{last:x}", token)
            while not taken >= {(w1.dev, h2.mac), (w2.dev, h2.mac), (w2.dev, h3.mac)}:
                bed.poll(0.2)
                found = {(d, p.dst) for d, p in bed.seen(
                    lambda p, t=token: t in p.raw and p.proto == UDP and p.src != h1.mac)}
                taken |= found
                if found:
                    break
        equal(taken, {(w1.dev, h2.mac), (w2.dev, h2.mac), (w2.dev, h3.mac)},
              "next hops taken")
    finally:
        both_have.forget()


@test("nd-7 a redirect has the link-local address of the better first hop")
def linklocal_redirect():
    route(f"{NET[6]} via {near.ll} segment a")
    token = bed.token()
    bed.flush()
    h1.udp(DST[6], token)
    w1.expect(lambda p: token in p.raw and p.dst == near.mac, "the packet")
    got = w1.expect(lambda p: p.type == 137, "a redirect")
    equal((got.target, got.saddr, got.daddr), (near.ll, eui64(GWA), h1.v6), "redirect")


# -- routes to a segment, and gateways of hosts outside of each subnet ---------

LONE = {4: "203.0.113.1", 6: "2001:db8:f::1"}
FULL = {4: 32, 6: 128}
LEGB = "addr 198.51.100.1/32 addr 2001:db8:2::1/128"


def ping(host, v, address, src=None):
    """HOST has an answer of ADDRESS; returns it."""
    token = bed.token()
    host.send(echo(src or host.addr(v), address, token))
    return host.wire.expect(lambda p: token in p.raw and p.type == {4: 0, 6: 129}[v],
                            f"an answer of {address}")


def asks(wire, who, src, target):
    """A question for TARGET by WHO, from SRC: its answer."""
    wire.send(question(who, src, target))
    got = wire.expect(lambda p: (p.op == 2 and p.spa == target) or
                      (p.type == 136 and p.target == target), f"an answer for {target}")
    return got.src


@test("a route to a segment: its destinations are there, in no subnet of the iface")
@both
def to_segment(v):
    refused(f"route add r1 {NET[v]} segment c", "no segment of this name")
    route(f"{LONE[v]}/{FULL[v]} segment b")
    arrives(LONE[v], h2)
    equal(nexthops(f"{LONE[v]}/{FULL[v]}"),
          [{"segment_given": "b", "weight": 1, "segment": "b"}], "JSON")
    got = bed.show("route", "get", "r1", LONE[v])[0]
    equal((got["gateway"], got["segment"], got["prefsrc"]),
          (LONE[v], "b", {4: "198.51.100.1", 6: "2001:db8:2::1"}[v]), "route get")
    ping(h2, v, got["prefsrc"])
    token = bed.token()
    h2.udp(h1.addr(v), token)
    w1.expect(lambda p: token in p.raw and p.dst == h1.mac, "a packet of the host")
    bed.dvr("iface del r1 segment b\n")
    defer(bed.dvr, f"iface add r1 segment b mac {GWB} {LEGB}\n")
    need("segment b # inactive" in bed.dvradm("route", "show", "r1").stdout, "inactive")


@test("a route to a segment where the iface has no address of the family is refused")
@both
def to_segment_family(v):
    defer(bed.dvr, f"iface set r1 segment b {LEGB}\n")
    bed.dvr(f"iface set r1 segment b {LEGB.replace('addr 2001:db8:2::1/128', '')}\n" if v == 6
            else "iface set r1 segment b addr 2001:db8:2::1/128\n")
    refused(f"route add r1 {LONE[v]}/{FULL[v]} segment b", "no address of the family")


@test("rpf strict takes what a route to a segment leads back to")
@both
def to_segment_rpf(v):
    defer(bed.dvr, "iface set r1 segment b rpf off\n")
    bed.dvr("iface set r1 segment b rpf strict\n")
    before = bed.drops("rpf")
    h2.udp(h1.addr(v), b"from nowhere")
    busywait(5, "a drop", lambda: bed.drops("rpf") > before)
    route(f"{LONE[v]}/{FULL[v]} segment b")
    token = bed.token()
    h2.udp(h1.addr(v), token)
    w1.expect(lambda p: token in p.raw and p.dst == h1.mac, "a packet of the host")


@test("a gateway with a /32 or a chosen link-local address serves hosts with a /32")
@both
def chosen_gateway(v):
    gateway = {4: "169.254.1.1", 6: "fe80::1"}[v]
    bed.flush()
    bed.dvr(f"iface set r1 segment b addr 169.254.1.1/32 addr fe80::1/{64 if v == 4 else 128}\n")
    defer(bed.dvr, f"iface set r1 segment b {LEGB}\n")
    route(f"{LONE[v]}/{FULL[v]} segment b")
    equal(asks(w2, h2.mac, h2.addr(v), gateway), GWB, "MAC of the gateway")
    equal(getattr(ping(h2, v, gateway), "saddr"), gateway, "who answers")
    if v == 6:
        ping(h2, v, gateway, src=h2.ll)
    arrives(LONE[v], h2)
    token = bed.token()
    h2.udp(h1.addr(v), token)
    w1.expect(lambda p: token in p.raw and p.dst == h1.mac, "a packet of the host")
    # The gateway asks the host by the address that the host has as its gateway.
    asked = bed.seen(lambda p: (p.op == 1 and p.tpa == LONE[4]) or
                     (p.type == 135 and p.target == LONE[6]))
    equal({p.spa or p.saddr for _, p in asked}, {gateway}, "who asks")


@test("a chosen link-local address is the source of redirects, errors and advertisements")
def chosen_linklocal():
    derived = eui64(GWA)
    bed.dvr("iface set r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64 addr fe80::1/64 "
            "addr fe80::2/64\n")
    defer(bed.dvr, "iface set r1 segment a ra off addr 192.0.2.1/24 addr 2001:db8:1::1/64\n")
    line = [x for x in bed.dvradm("save").stdout.splitlines() if "segment a mac" in x][0]
    need("addr fe80::1/64" in line, line)
    equal(bed.show("iface", "show", "r1", "segment", "a")[0]["linklocal"], "fe80::1", "shown")
    ping(h1, 6, "fe80::2", src=h1.ll)
    for address, there in (("fe80::1", True), ("fe80::2", True), (derived, False)):
        bed.flush()
        w1.send(question(h1.mac, h1.v6, address))
        bed.good(h1)
        equal(bool(bed.seen(lambda p, a=address: p.type == 136 and p.target == a)), there,
              f"answered for {address}")
    token = bed.token()
    h1.send(udp_packet(h1.ll, h2.v6, token))
    got = w1.expect(lambda p: token in p.raw and p.icmp_error(1, 2), "an error")
    equal(got.saddr, "fe80::1", "source of an error")
    token = bed.token()
    h1.udp(near.v6, token)
    got = w1.expect(lambda p: p.type == 137, "a redirect")
    equal(got.saddr, "fe80::1", "source of a redirect")
    bed.dvr("iface set r1 segment a ra on\n")
    got = w1.expect(lambda p: p.type == 134, "an advertisement", seconds=20)
    equal(got.saddr, "fe80::1", "source of an advertisement")
    need(b"\xfe\x80" not in got.l4[16:], "a link-local prefix is advertised")
    bed.dvr("iface set r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64\n")
    w1.expect(lambda p: p.type == 134 and p.saddr == "fe80::1" and p.l4[6:8] == b"\0\0",
              "the last advertisement of fe80::1", seconds=20)
    refused("iface set r1 segment a addr fe80::1/63", "cannot have this address")


# -- IPv4 by IPv6 next hops ----------------------------------------------------

@test("8950-1 IPv4 is sent to an IPv6 next hop, which is asked for by ND")
def rfc8950():
    refused(f"route add r1 {NET[6]} via {near.v4}", "an IPv6 prefix has no IPv4 next hop")
    for via, words, host in ((near.v6, near.v6, near), (h2.ll, f"{h2.ll} segment b", h2),
                             (h2.v6, f"{h2.v6} segment b onlink", h2)):
        bed.dvr(f"route replace r1 {NET[4]} via {words}\n")
        defer(bed.dvr, f"route del r1 {NET[4]}\n", check=False)
        equal(saved(), [f"route add r1 {NET[4]} via {words}"], "what is saved")
        bed.flush()
        arrives(DST[4], host)
        need(not bed.seen(lambda p: p.op and p.tpa not in (near.v4, h1.v4)), "ARP was asked")
        got = bed.show("route", "get", "r1", DST[4])[0]
        equal(got["gateway"], via, "route get")
    bed.dvr(f"route replace r1 {NET[4]} via {h2.ll} segment b via {near.v4}\n")
    taken = {arrives_anywhere(f"198.18.0.{n}") for n in range(1, 33)}
    equal(taken, {h2.mac, near.mac}, "next hops of both families")


def arrives_anywhere(dst):
    """The MAC to which a packet of h1 to DST is sent."""
    token = bed.token()
    h1.udp(dst, token)
    def found():
        bed.poll()
        return bed.seen(lambda p: token in p.raw and p.proto == UDP and p.src != h1.mac)
    return busywait(5, f"a packet to {dst}", found)[0][1].dst


@test("8950-1 an IPv6 next hop of IPv4 that is not there gives 3/1, and no redirect")
def rfc8950_failed():
    route(f"{NET[4]} via 2001:db8:1::77")
    token = bed.token()
    bed.flush()
    h1.udp(DST[4], token)
    w1.expect(lambda p: token in p.raw and p.icmp_error(3, 1), "an error", seconds=20)
    need(not bed.seen(lambda p: p.type == 5), "a redirect")


def lone_router(leg_a, leg_b):
    """A router r2 with these legs on segments a and b, in place of r1."""
    bed.dvr("iface del r1 segment a\niface del r1 segment b\nrouter add r2 netdev off\n"
            f"iface add r2 segment a mac {GWA} {leg_a}\n"
            f"iface add r2 segment b mac {GWB} {leg_b}\n")
    defer(bed.dvr, "router del r2\n"
          f"iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64\n"
          f"iface add r1 segment b mac {GWB} {LEGB}\n")


@test("7600-1 a router without an IPv4 address sends errors from 192.0.0.8")
def rfc7600():
    lone_router("addr 2001:db8:1::1/64", "addr fe80::1/64")
    bed.dvr(f"route add r2 0.0.0.0/0 via {near.ll} segment a\n"
            f"route add r2 {NET[4]} via {h2.ll} segment b\n")
    token = bed.token()
    h1.send(udp_packet("203.0.113.77", DST[4], token, ttl=1))
    got = near.wire.expect(lambda p: token in p.raw and p.icmp_error(11, 0), "an error")
    equal((got.saddr, got.daddr, got.dst), ("192.0.0.8", "203.0.113.77", near.mac), "error")


@test("7600-2 a leg without an address of the family uses that of another leg")
@both
def source_of_other_leg(v):
    inside = {4: "addr 192.0.2.1/24 addr fe80::1/64", 6: "addr 2001:db8:1::1/64"}[v]
    lone_router(inside, "addr fe80::1/64")
    bed.dvr(f"route add r2 {NET[v]} via {h2.ll} segment b\n")
    token = bed.token()
    h2.send(udp_packet(DST[v], h1.addr(v), token, ttl=1))
    got = w2.expect(lambda p: token in p.raw and
                    p.icmp_error(*{4: (11, 0), 6: (3, 0)}[v]), "an error")
    equal((got.saddr, got.daddr, got.dst),
          ({4: "192.0.2.1", 6: "2001:db8:1::1"}[v], DST[v], h2.mac), "error")


@test("7600-2 a host behind a leg with link-local addresses alone has its errors from there")
def source_linklocal():
    lone_router("addr fe80::2/64", "addr fe80::1/64")
    bed.dvr(f"route add r2 {h1.v6}/128 segment a\n")
    token = bed.token()
    h1.udp(DST[6], token)
    got = w1.expect(lambda p: token in p.raw and p.icmp_error(1, 0), "an error")
    equal((got.saddr, got.daddr), ("fe80::2", h1.v6), "error")


# -- the first address of a subnet ---------------------------------------------

ANY = "2001:db8:1::"


def advertised(target):
    """The flags of the answer to h1, who asks for TARGET, and its MAC."""
    bed.flush()
    w1.send(question(h1.mac, h1.v6, target))
    got = w1.expect(lambda p: p.type == 136 and p.target == target, f"NA for {target}")
    return got.l4[4] >> 5, got.src


@test("4291-1 the subnet-router anycast address is resolved, as one that others have too")
def anycast():
    equal(advertised("2001:db8:1::1"), (7, GWA), "router, solicited, override")
    equal(advertised(ANY), (6, GWA), "router, solicited, no override")
    found = {(r["dst"], r["type"]) for r in bed.show("-d", "route", "show", "r1")}
    need((f"{ANY}/128", "anycast") in found, f"{found}")
    need("anycast" not in bed.dvradm("route", "show", "r1").stdout, "shown without -d")
    need(not any(dst == "2001:db8:2::/128" for dst, _ in found), "a /128 has one")
    refused(f"neigh add segment a {ANY} lladdr 02:00:00:00:00:09", "that of a gateway")
    refused(f"route add r1 {DST[6]}/128 via {ANY}", "router's own address")


@test("4291-1 v6-7 the subnet-router anycast address answers from a unicast address")
def anycast_echo():
    got = ping(h1, 6, ANY)
    equal((got.saddr, got.daddr), ("2001:db8:1::1", h1.v6), "who answers")
    need(got.sound(), "checksum")
    h2.peer = h1
    bed.dvr(f"route add r1 {LONE[6]}/128 segment b\n")
    defer(bed.dvr, f"route del r1 {LONE[6]}/128\n")
    equal(ping(h2, 6, ANY).saddr, "2001:db8:1::1", "who answers from afar")
    # A packet with the last hop is for the router itself.
    bed.blocked(h1, lambda token: udp_packet(h1.v6, ANY, token, ttl=1))
    bed.blocked(h1, lambda token: udp_packet(h1.v6, ANY, token))


@test("4291-1 the subnet-router anycast address is never announced")
def anycast_quiet():
    bed.flush()
    bed.ip("link set r1 down\nlink set r1 up\n")
    w1.expect(lambda p: p.type == 136 and p.target == eui64(GWA), "an announcement")
    w1.expect(lambda p: p.type == 136 and p.target == "2001:db8:1::1", "an announcement")
    bed.good(h1)
    need(not bed.seen(lambda p: p.type == 136 and p.target == ANY), "announced")


@test("4291-1 another router of the subnet answers when the first one goes")
def anycast_two():
    other = "02:00:00:00:0a:02"
    bed.dvr(f"router add r2 netdev off\n"
            f"iface add r2 segment a mac {other} addr 2001:db8:1::2/64\n")
    defer(bed.dvr, "router del r2\n", check=False)
    equal(advertised(ANY), (6, GWA), "with two")
    bed.dvr("iface set r1 segment a addr 192.0.2.1/24\n")
    defer(bed.dvr, "iface set r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64\n")
    equal(advertised(ANY), (6, other), "with the second")
    h1.gw, before = other, h1.gw
    try:
        equal(ping(h1, 6, ANY).saddr, "2001:db8:1::2", "who answers")
    finally:
        h1.gw = before
    bed.dvr("iface set r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64\nrouter del r2\n")
    equal(advertised(ANY), (6, GWA), "with the first again")
    bed.dvr("iface set r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::/64\n")
    equal(advertised(ANY), (7, GWA), "as an address of its own")


ZERO = "198.51.100.0"


@test("1812-24 the address of all zeros is a host's")
def zeros():
    bed.dvr("iface set r1 segment b addr 198.51.100.1/24\n")
    defer(bed.dvr, f"iface set r1 segment b {LEGB}\n")
    host = Host(w2, "02:00:00:00:02:09", ZERO, None, GWB)
    defer(host.forget)
    arrives(ZERO, host)
    ping(host, 4, "198.51.100.1")
    route(f"{NET[4]} via {ZERO}")
    arrives(DST[4], host)
    host.v4 = None
    bed.dvr(f"neigh add segment b {ZERO} lladdr {h3.mac}\n")
    defer(bed.dvr, f"neigh del segment b {ZERO}\n")
    arrives(DST[4], h3)


@test("1812-24 the address of all zeros is an iface's, and one of a nat rule")
def zeros_own():
    bed.dvr(f"iface set r1 segment b addr {ZERO}/24\n")
    defer(bed.dvr, f"iface set r1 segment b {LEGB}\n")
    host = Host(w2, "02:00:00:00:02:09", "198.51.100.9", None, GWB)
    defer(host.forget)
    equal(asks(w2, host.mac, host.v4, ZERO), GWB, "MAC")
    equal(ping(host, 4, ZERO).saddr, ZERO, "who answers")
    bed.dvr("iface set r1 segment b addr 198.51.100.1/24\n"
            f"nat add r1 out b snat from 192.0.2.0/24 to {ZERO}\n")
    defer(bed.dvr, "nat del r1 out b\n", check=False)
    token = bed.token()
    h1.udp(host.v4, token)
    got = w2.expect(lambda p: token in p.raw and p.dst == host.mac, "a translated packet")
    equal(got.saddr, ZERO, "source")
    host.send(udp_packet(host.v4, ZERO, b"back" + token, sport=5000, dport=got.sport))
    got = w1.expect(lambda p: b"back" + token in p.raw, "an answer")
    equal((got.daddr, got.dst), (h1.v4, h1.mac), "answer")


@test("1812-5 an address of 0.0.0.0/8 is refused, as it is never forwarded")
def zero_net():
    for words in ("iface set r1 segment b addr 0.1.2.3/24",
                  f"route add r1 {NET[4]} via 0.1.2.3 segment a onlink",
                  "port set p2 addr 0.1.2.3", "port set p2 addr 0.1.2.0/24",
                  "neigh add segment b 0.1.2.3 lladdr 02:00:00:00:00:09",
                  "nat add r1 out b snat from 192.0.2.0/24 to 0.1.2.3",
                  "nat add r1 out b snat from 0.1.2.0/24 to 198.51.100.9",
                  "nat add r1 out b floating 0.1.2.3 to 192.0.2.9",
                  "nat add r1 out b floating 198.51.100.9 to 0.1.2.3",
                  "nat add r1 out b forward udp 0.1.2.3:53 to 192.0.2.9:53"):
        refused(words, "0.0.0.0/8")


# -- where ways differ ---------------------------------------------------------

@test("v6-12 1812-13 a traceroute shows the leg that its packets come in by, of IPv6")
@both
def ingress(v):
    # What h1 sends from an address behind h2 is answered by segment b.
    route(f"{LONE[v]}/{FULL[v]} segment b")
    for ttl in (1, 64):
        token = bed.token()
        nowhere = {4: "203.0.113.200", 6: "2001:db8:77::1"}[v]
        h1.send(udp_packet(LONE[v], near.addr(v) if ttl == 1 else nowhere, token, ttl=ttl))
        want = {4: (11, 0) if ttl == 1 else (3, 0), 6: (3, 0) if ttl == 1 else (1, 0)}[v]
        got = w2.expect(lambda p, t=token: t in p.raw and p.icmp_error(*want), "an error")
        equal((got.saddr, got.daddr, got.dst),
              ({4: "198.51.100.1", 6: "2001:db8:1::1"}[v], LONE[v], h2.mac), "error")


@test("next hops of one route have weights from 1 to 65535")
@both
def weights(v):
    two = f"via {h2.addr(v)} segment b onlink weight %s via {h3.addr(v)} segment b onlink weight %s"
    route(f"{NET[v]} {two % (65535, 65534)}")
    dsts = [DST[v][:-1] + str(last) for last in range(1, 33)]
    equal({m for d in dsts for m in arrives(d, h2, h3, count=1)}, {h2.mac, h3.mac}, "taken")
    bed.dvr(f"route replace r1 {NET[v]} {two % (65535, 1)}\n")
    equal({m for d in dsts for m in arrives(d, h2, h3, count=1)}, {h2.mac}, "taken")
    bed.dvr(f"route replace r1 {NET[v]} {two % (1, 65535)}\n")
    equal({m for d in dsts for m in arrives(d, h2, h3, count=1)}, {h3.mac}, "taken")
    many = " ".join(f"via {near.addr(v)[:-2]}{n} weight 65535" for n in range(30, 61))
    bed.dvr(f"route replace r1 {NET[v]} {many} via {near.addr(v)} weight 65535\n")
    equal([h["weight"] for h in nexthops(NET[v])], [65535] * 32, "weights")
    got = {bed.show("route", "get", "r1", DST[v], "from", f"{d}")[0]["gateway"] for d in dsts}
    need(len(got) > 10, f"next hops taken: {got}")


finish(bed)
