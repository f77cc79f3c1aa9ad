#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
"""What a port's loss of carrier makes known is used at once.

    c p1 -- segment a -- r1 -- segment b --+-- p2 x   port with MAC and addresses
            192.0.2.0/24       198.51.100.0/24 +-- p3 y   open port
            2001:db8:1::/64    2001:db8:2::/64 +-- p4 z   open port
"""

import contextlib
import time

from frames import gratuitous, question
from lib import Bed, Host, both, busywait, defer, equal, finish, link_up, need, test

GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
bed = Bed("p1", "p2", "p3", "p4")
c = Host(bed.wires["p1"], "02:00:00:00:01:01", "192.0.2.10", "2001:db8:1::10", GWA)
x = Host(bed.wires["p2"], "02:00:00:00:02:02", "198.51.100.12", "2001:db8:2::12", GWB)
y = Host(bed.wires["p3"], "02:00:00:00:02:03", "198.51.100.13", "2001:db8:2::13", GWB)
z = Host(bed.wires["p4"], "02:00:00:00:02:04", "198.51.100.14", "2001:db8:2::14", GWB)
FAR = {4: "203.0.113.{}", 6: "2001:db8:f::{}"}
bed.dvr(f"""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    port add p1 segment a mac {c.mac} addr {c.v4} addr {c.v6} security off
    port add p2 segment b mac {x.mac} addr {x.v4} addr {x.v6}
    port add p3 segment b
    port add p4 segment b
    route add r1 203.0.113.0/24 via {x.v4} via {y.v4}
    route add r1 2001:db8:f::/64 via {x.v6} via {y.v6}
""")
bed.ip("link set r1 up\n")


def state(dev):
    return {p["name"]: p["state"] for p in bed.show("port", "show")}[dev]


@contextlib.contextmanager
def lost(*devs):
    """The far ends of these ports are down meanwhile."""
    hosts = [host for host in (x, y) if host.wire.dev in devs]
    for host in hosts:
        host.mute = True
        bed.ip(f"link set {host.wire.dev} down\n", bed.vm)
    try:
        for dev in devs:
            busywait(5, "loss of carrier", lambda dev=dev: state(dev) == "down")
        yield
    finally:
        link_up(bed.vm, *devs)
        for host in hosts:
            host.mute = False
            busywait(5, "carrier", lambda dev=host.wire.dev: state(dev) == "up")
            # Its MAC may have been at another port.
            host.wire.send(gratuitous(host.mac, host.v4))


def spread(v, count=32):
    """How many of COUNT flows come out of each port of the segment."""
    token = bed.token()
    bed.flush()
    for n in range(count):
        c.udp(FAR[v].format(n + 1), token, sport=4000 + n)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        bed.poll(.2)
        got = bed.seen(lambda p: token in p.raw and p.src == GWB)
        if len(got) == count:
            break
    return {w: sum(dev == w for dev, _ in got) for w in ("p2", "p3")}


def resolved(v):
    """The router knows y, which no configuration names; one that did not answer is
    asked again after a second."""
    def reached():
        token = bed.token()
        c.udp(y.addr(v), token)
        bed.idle(.1)
        return [p for p in y.wire.rx if token in p.raw]
    busywait(10, "a packet to y", reached)


@test("A2-7 a next hop whose port has no carrier is left out at once, and back at once")
@both
def ecmp(v):
    resolved(v)
    both_ways = spread(v)
    need(min(both_ways.values()) > 4 and sum(both_ways.values()) == 32, str(both_ways))
    for dev, other in (("p2", "p3"), ("p3", "p2")):
        with lost(dev):
            equal(spread(v), {dev: 0, other: 32}, f"flows without {dev}")
        resolved(v)
        need(min(spread(v).values()) > 4, f"{dev} is not used again")


@test("A2-12 a next hop is left out although the kernel tells of its carrier late")
@both
def late(v):
    resolved(v)
    # The kernel notifies of one lost carrier a second.
    for host in (x, y):
        host.mute = True
        defer(setattr, host, "mute", False)
    bed.ip("link set p4 down\nlink set p2 down\n", bed.vm)
    for dev in ("p2", "p4"):
        defer(busywait, 5, "carrier", lambda dev=dev: state(dev) == "up")
    defer(link_up, bed.vm, "p2", "p4")
    bed.idle(.1)
    first, second = spread(v), spread(v)
    # The first frame that is lost shows that the carrier is.
    need(first["p3"] >= 31, f"flows beside the lost carrier: {first}")
    equal(second, {"p2": 0, "p3": 32}, "flows beside the lost carrier")


@test("A2-8 where all next hops are out of reach the sender hears of it")
@both
def ecmp_none(v):
    resolved(v)
    with lost("p2", "p3"):
        bed.flush()
        for n in range(16):
            c.udp(FAR[v].format(n + 1), bed.token(), sport=4000 + n)
        c.wire.expect(lambda p: p.type == (3 if v == 4 else 1), "an ICMP error", 10)


@test("A2-9 a neighbour whose port has lost its carrier is looked for on all ports")
@both
def moves(v):
    resolved(v)
    with lost("p3"):
        # The machine is migrated to another port.
        again = Host(z.wire, y.mac, y.v4, y.v6, GWB)
        defer(again.forget)
        token = bed.token()
        c.udp(y.addr(v), token)
        got = z.wire.expect(lambda p: token in p.raw, "the packet at the new port")
    equal((got.dst, got.src), (y.mac, GWB), "MAC addresses of the packet")
    equal(sum(token in p.raw for p in z.wire.rx), 0, "copies of the packet")


@test("A2-10 nobody answers for a machine whose port has no carrier")
@both
def on_behalf(v):
    x.mute = True
    defer(setattr, x, "mute", False)
    bed.flush()
    y.wire.send(question(y.mac, y.addr(v), x.addr(v)))
    y.wire.expect(lambda p: p.src == x.mac, "the answer for a machine that is there")
    with lost("p2"):
        bed.flush()
        y.wire.send(question(y.mac, y.addr(v), x.addr(v)))
        z.wire.expect(lambda p: p.src == y.mac, "the question, sent to all")
        bed.idle(.1)
        equal([p for p in y.wire.rx if p.src == x.mac], [], "answers")


@test("A2-11 a question to one machine reaches that machine")
@both
def unicast_probe(v):
    x.mute = True
    defer(setattr, x, "mute", False)
    before = x.asked
    bed.flush()
    y.wire.send(question(y.mac, y.addr(v), x.addr(v), x.mac))
    busywait(3, "the question", lambda: bed.poll(.05) and x.asked > before)
    bed.idle(.1)
    equal([p for p in y.wire.rx if p.src == x.mac], [], "answers of somebody else")


finish(bed)
