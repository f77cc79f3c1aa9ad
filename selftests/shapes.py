#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Shapes of addresses and next hops that operators have: a leg with a /32, next hops
outside of each subnet, link-local next hops.

    h1 p1 -- segment a -- r1 -- segment b -- p2: h2 and h3, next hops
             192.0.2.0/24       198.51.100.1/32
             2001:db8:1::/64    2001:db8:2::1/128
"""

from frames import UDP, eui64
from lib import Bed, Host, both, defer, equal, finish, need, test

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
    return bed.show("route", "show", "r1", net)[0]["nexthop"]


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


finish(bed)
