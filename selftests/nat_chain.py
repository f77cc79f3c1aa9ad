#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
"""Two routers of one host that translate one after the other, as behind a carrier's NAT.

    p5 h -- segment home -- r2 -- segment hop -- r1 -- segment ext -- p3 x, p4 y
    10.8.0.10               10.9.0.2    10.9.0.1

h has the address 10.9.0.5 on the segment hop.  Hosts there share an outside address of
r1, whose mappings have filter endpoint.  The rest of the bed is natlib's.
"""

from frames import udp_packet
from lib import Host, equal, finish, need, test
from natlib import GWE, NatBed, both, bracket, outside, tokens

GWH = "02:00:00:00:08:01"
HOME = {4: "10.8.0.10", 6: "fd00:0:0:8::10"}
HOP = {4: "10.9.0.5", 6: "fd00:0:0:9::5"}


def rules(v):
    hop = {4: "10.9.0.0/24", 6: "fd00:0:0:9::/64"}[v]
    return f"""
        nat add r1 out ext snat from {hop} to {outside(v, 30)} filter endpoint handle {30 + v}
        nat add r2 out hop floating {HOP[v]} to {HOME[v]} handle {30 + v}
    """


bed = NatBed()
bed.add("p5")
x, y, p3 = bed.x, bed.y, bed.p3
h = Host(bed.wires["p5"], "02:00:00:00:08:10", HOME[4], HOME[6], GWH)
bed.dvr(f"""
    router add r2
    segment add home
    segment add hop
    iface add r2 segment home mac {GWH} addr 10.8.0.1/24 addr fd00:0:0:8::1/64
    iface add r2 segment hop addr 10.9.0.2/24 addr fd00:0:0:9::2/64
    iface add r1 segment hop addr 10.9.0.1/24 addr fd00:0:0:9::1/64
    route add r2 default via 10.9.0.1
    route add r2 ::/0 via fd00:0:0:9::1
    port add p5 segment home mac {h.mac} addr {HOME[4]} addr {HOME[6]}
""" + rules(4) + rules(6))
bed.ip("link set r2 up\n")


def leave(v, sport):
    """h sends to x; what is seen of it."""
    payload = udp_packet(HOME[v], bed.addr(v, x), bed.token(), sport, 5000)
    bed.flush()
    h.send(payload)
    got = p3.expect(lambda p: p.src == GWE and tokens(payload) in p.raw, "the packet outside")
    equal((got.saddr, got.ttl), (outside(v, 30), 62), "outside address, TTL")
    need(got.sound(), f"checksums: {got}")
    return got


def enter(v, host, got, sport):
    """HOST sends to where GOT is from; h gets it."""
    src = bed.addr(v, host)
    payload = udp_packet(src, got.saddr, bed.token(), sport, got.sport)
    bed.flush()
    host.send(payload)
    came = h.wire.expect(lambda p: p.src == GWH and tokens(payload) in p.raw, "the packet at h")
    equal((came.saddr, came.daddr), (src, HOME[v]), "addresses at h")
    need(came.sound(), f"checksums: {came}")
    return came


def rule(v):
    return next(r for r in bed.show("nat", "show", "r1") if r["handle"] == 30 + v)


def flush(router):
    bed.dvradm("flow", "flush", "router", router)


@test("both translate, there and back, and one for another who asks from outside")
@both
def through(v):
    got = leave(v, 7000)
    equal(enter(v, x, got, 5000).dport, 7000, "port at h")
    equal(enter(v, y, got, 6000).dport, 7000, "port at h, of another who asks")
    equal(leave(v, 7000).sport, got.sport, "port outside")


@test("a mapping of one router is not held by a connection of the other")
@both
def apart(v):
    got = leave(v, 7100)
    enter(v, y, got, 6100)
    flush("r1")
    need(bed.show("flow", "show", "router", "r2"), "no connection of r2")
    equal(rule(v)["ports_used"], 0, "ports in use of r1, with none of its connections")
    flush("r2")
    equal(rule(v)["ports_used"], 0, "ports in use of r1, with none of r2's either")


@test("a rule of one router goes while connections of the other live")
@both
def outlived(v):
    got = leave(v, 7200)
    enter(v, y, got, 6200)
    before = rule(v)
    bed.dvradm("nat", "del", "r1", "handle", 30 + v)
    bed.idle(.3)
    flush("r2")
    bed.idle(.3)
    bed.dvradm("nat", "add", "r1", "out", "ext", "snat", "from", before["inside"], "to",
               bracket(outside(v, 30)), "filter", "endpoint", "handle", 30 + v)
    got = leave(v, 7300)
    equal(enter(v, y, got, 6300).dport, 7300, "port at h")
    equal(rule(v)["ports_used"], 1, "ports in use")


finish(bed)
