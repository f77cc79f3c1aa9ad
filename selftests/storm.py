#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""Storms: what one port floods is limited, and nobody else's is.

    a pa --+                          +-- x px
    b pb --+-- segment in -- r1 --+   |
    c pc --+                      +---+-- segment ext -- u pu (uplink)
                             r2 --+   |
                                      +-- y py

a is held to its addresses, all other ports are open. r1 and r2 have addresses on ext.
The names of the tests begin with the label of the fault that they are about.
"""

import time

from frames import (BROADCAST, arp_frame, eth, lladdr, multicast_mac, ns_packet, solicited,
                    udp_packet)
from lib import Bed, Host, amount, both, defer, equal, finish, need, test

GWI, GW1, GW2 = "02:00:00:00:0a:01", "02:00:00:00:0e:01", "02:00:00:00:0e:02"
ZERO = "00:00:00:00:00:00"
UNKNOWN = "02:00:00:00:66:66"
GROUP = "01:00:5e:01:02:03"
INNER = {4: "10.1.0.1", 6: "fd00::1"}
MANY = amount(10000, 3000)
SCAN = 500

bed = Bed("pa", "pb", "pc", "px", "py", "pu")
a = Host(bed.wires["pa"], "02:00:00:00:01:0a", "10.1.0.10", "fd00::10", GWI)
b = Host(bed.wires["pb"], "02:00:00:00:01:0b", "10.1.0.11", "fd00::11", GWI)
c = Host(bed.wires["pc"], "02:00:00:00:01:0c", "10.1.0.12", "fd00::12", GWI)
x = Host(bed.wires["px"], "02:00:00:00:0e:10", "10.9.0.10", "2001:db8:e::10", GW1)
y = Host(bed.wires["py"], "02:00:00:00:0e:11", "10.9.0.11", "2001:db8:e::11", GW2)
u = Host(bed.wires["pu"], "02:00:00:00:0e:13", "10.9.0.13", "2001:db8:e::13", GW1)
for host in (a, b, c):
    host.peer = x
x.peer = u.peer = a
bed.dvr(f"""
    segment add in
    segment add ext
    router add r1
    router add r2 netdev off
    iface add r1 segment in mac {GWI} addr 10.1.0.1/16 addr fd00::1/64
    iface add r1 segment ext mac {GW1} addr 10.9.0.1/16 addr 2001:db8:e::1/64
    iface add r2 segment ext mac {GW2} addr 10.9.0.2/16 addr 2001:db8:e::2/64
    port add pa segment in mac {a.mac} addr {a.v4} addr {a.v6}
    port add pb segment in
    port add pc segment in
    port add px segment ext
    port add py segment ext
    port add pu segment ext uplink on
""")
bed.ip("link set r1 up\n")


def port_set(name, **rates):
    """Set rates of a port for this test."""
    usual = 10000 if name == "pu" else 1000

    def words(rates):
        return "".join(f" {key.replace('_', '-')} {value}" for key, value in rates.items())

    defer(bed.dvr, f"port set {name}{words(dict.fromkeys(rates, usual))}\n")
    bed.dvr(f"port set {name}{words(rates)}\n")


class Storm:
    """COUNT calls of SEND(number), and how many a limit of RATE a second lets pass."""

    def __init__(self, rate, count, send):
        self.count = count
        start = time.monotonic()
        for number in range(count):
            send(number)
            if number % 200 == 199:
                bed.poll()
        bed.idle(.2)
        self.least = min(rate, count)
        # A second's worth at once; and jiffies are coarse.
        self.most = int(rate * (time.monotonic() - start + 1.1)) + 1

    def within(self, got, what):
        need(self.least <= got <= self.most,
             f"{what}: {got} of {self.count}, not {self.least} to {self.most}")


def raw(token):
    return token.ljust(46, b".")


def heard(host, token):
    return sum(token in p.raw for p in host.wire.rx)


def settle():
    """Everybody is known, whatever tests have done before."""
    for host in (a, b, c):
        bed.good(host)
        token = bed.token()
        host.udp(x.v6, token)
        x.wire.expect(lambda p, t=token: t in p.raw, f"IPv6 of {host.wire}")
    for _ in range(2):
        for host in (a, b, c, x, y, u):
            host.wire.send(eth(host.mac, host.mac, raw(b"here I am"), 0x88b5))
        bed.idle(.1)
    bed.flush()


def question(v, host, target, dst=None):
    """HOST asks for TARGET."""
    if v == 4:
        return arp_frame(1, host.mac, host.v4, ZERO, target, dst=dst or BROADCAST)
    group = solicited(target)
    return eth(dst or multicast_mac(group), host.mac,
               ns_packet(host.v6, group, target, lladdr(1, host.mac)))


def is_answer(v, target):
    return (lambda p: p.op == 2 and p.spa == target) if v == 4 else \
        (lambda p: p.type == 136 and p.target == target)


def asks(v, target=None):
    """Frames that ask for TARGET, or for any."""
    if v == 4:
        return lambda p: p.op == 1 and target in (None, p.tpa)
    return lambda p: p.type == 135 and target in (None, p.target)


def answered(v, host, target):
    """The question of HOST is answered within a second."""
    host.wire.rx.clear()
    host.wire.send(question(v, host, target))
    host.wire.expect(is_answer(v, target), f"the answer for {target}", 1)


# -- frames to all ---------------------------------------------------------

@test("A5-2 the frames to all of one port are limited, and counted there")
def storm():
    settle()
    port_set("pc", flood_rate=100)
    bed.idle(1.1)
    token, before = bed.token(), bed.drops("flood_rate", port="pc")
    dsts = (BROADCAST, GROUP, UNKNOWN)
    count = 2 * MANY
    flood = Storm(100, count, lambda n: c.wire.send(eth(dsts[n % 3], c.mac, raw(token), 0x88b5)))
    for host in (a, b):
        flood.within(heard(host, token), f"frames at {host.wire}")
    equal(bed.drops("flood_rate", port="pc") - before + heard(a, token), count,
          "drops and copies")
    equal(bed.drops("flood_rate", port="pb"), 0, "drops of another port")


@test("A5-2 broadcast, multicast and unknown unicast are limited alike, and flood-rate 0 "
      "floods none")
def kinds():
    settle()
    port_set("pc", flood_rate=0)
    for dst in (BROADCAST, GROUP, "33:33:00:00:00:77", UNKNOWN):
        before, token = bed.drops("flood_rate", port="pc"), bed.token()
        c.wire.send(eth(dst, c.mac, raw(token), 0x88b5))
        b.wire.send(eth(dst, b.mac, raw(token), 0x88b5))
        a.wire.expect(lambda p, t=token: t in p.raw and p.src == b.mac, f"b's frame to {dst}")
        equal(bed.drops("flood_rate", port="pc") - before, 1, f"drops of {dst}")
        equal(sum(p.src == c.mac for p in a.wire.rx), 0, f"c's frames to {dst}")
    # What the segment does not flood has its own reason, and a MAC that is known no limit.
    bed.dvr("segment set in unknown drop\n")
    defer(bed.dvr, "segment set in unknown flood\n")
    before = bed.drops("unknown_mac", port="pc")
    c.wire.send(eth(UNKNOWN, c.mac, raw(b"drop"), 0x88b5))
    bed.good(c)
    equal(bed.drops("unknown_mac", port="pc") - before, 1, "unknown_mac")


@test("A5-2 what is sent to one is not limited, and takes nothing from what is")
def unicast():
    settle()
    port_set("pc", flood_rate=5)
    bed.idle(1.1)
    one, two, all_ = bed.token(), bed.token(), bed.token()
    for n in range(300):
        c.wire.send(eth(b.mac, c.mac, raw(one), 0x88b5))
        c.udp(x.v4 if n % 2 else x.v6, two)
        if n % 100 == 99:
            bed.poll()
    for _ in range(5):
        c.wire.send(eth(BROADCAST, c.mac, raw(all_), 0x88b5))
    bed.idle(.2)
    equal((heard(b, one), heard(x, two), heard(b, all_)), (300, 300, 5),
          "frames switched, routed and flooded")


@test("A5-2 ARP and ND pass while the port, or another, sends more than it may to all")
@both
def apart(v):
    settle()
    port_set("pc", flood_rate=1)
    for _ in range(50):
        c.wire.send(eth(GROUP, c.mac, raw(b"stream"), 0x88b5))
    need(bed.drops("flood_rate", port="pc"), "the stream is within the limit")
    for host in (c, b):
        answered(v, host, INNER[v])
        silent = {4: "10.1.3.3", 6: "fd00::3:3"}[v]
        a.wire.rx.clear()
        host.wire.send(question(v, host, silent))
        a.wire.expect(asks(v, silent), f"the question of {host.wire}", 1)
    token = bed.token()
    b.wire.send(eth(BROADCAST, b.mac, raw(token), 0x88b5))
    a.wire.expect(lambda p: token in p.raw, "another port's broadcast", 1)


@test("A5-2 an uplink has a limit of its own, and the host gets the whole")
def uplink():
    settle()
    port_set("pu", flood_rate=0)
    before, token = bed.drops("flood_rate", port="pu"), bed.token()
    stats = bed.show("-s", "port", "show", "pu")[0]["stats"]["rx_packets"]
    u.wire.send(eth(BROADCAST, u.mac, udp_packet(u.v4, "255.255.255.255", token)))
    y.wire.send(eth(BROADCAST, y.mac, raw(token), 0x88b5))
    x.wire.expect(lambda p: token in p.raw and p.src == y.mac, "y's broadcast")
    equal(sum(p.src == u.mac for p in x.wire.rx), 0, "the uplink's broadcast")
    equal(bed.drops("flood_rate", port="pu") - before, 1, "drops")
    need(bed.show("-s", "port", "show", "pu")[0]["stats"]["rx_packets"] > stats, "not counted")


@test("A5-2 routed packets to a MAC that is nowhere are frames to all, and limited as those")
@both
def routed(v):
    settle()
    target = {4: "10.9.4.4", 6: "2001:db8:e::4:4"}[v]
    bed.dvr(f"neigh add segment ext {target} lladdr 02:00:00:00:66:67\n")
    defer(bed.dvr, f"neigh del segment ext {target}\n")
    port_set("pa", flood_rate=50)
    bed.idle(1.1)
    token, other = bed.token(), bed.token()
    before = bed.drops("flood_rate", port="pa", router=None), bed.drops("flood_rate", router="r1")
    flood = Storm(50, 1000, lambda _: a.udp(target, token))
    flood.within(heard(x, token), "copies")
    after = bed.drops("flood_rate", port="pa"), bed.drops("flood_rate", router="r1")
    for n, where in enumerate(("pa", "r1")):
        equal(after[n] - before[n] + heard(x, token), 1000, f"drops at {where}")
    b.udp(target, other)
    x.wire.expect(lambda p: other in p.raw, "another port's packet", 1)
    # What is not flooded has another reason.
    bed.dvr("segment set ext unknown drop\nport set pa flood-rate 0\n")
    defer(bed.dvr, "segment set ext unknown flood\n")
    before = bed.drops("flood_rate", port="pa")
    a.udp(target, token)
    bed.good(a)
    equal(bed.drops("flood_rate", port="pa"), before, "drops with unknown drop")
    bed.dvr("segment set ext unknown flood\n")


# -- settings ------------------------------------------------------------------

@test("A5-5 rates have defaults, are changed, shown and saved, and refused with a sentence")
def settings():
    def rate(name):
        return bed.show("port", "show", name)[0]["flood_rate"]

    equal((rate("pb"), rate("pu")), (1000, 10000), "defaults")
    need("flood-rate" not in bed.dvradm("save").stdout, "a default is saved")
    # What is the default of one kind of port is no default of the other.
    port_set("pb", flood_rate=10000)
    port_set("pu", flood_rate=1000)
    saved = bed.dvradm("save").stdout.splitlines()
    for name, value in (("pb", 10000), ("pu", 1000)):
        equal(rate(name), value, name)
        line = [s for s in saved if s.startswith(f"port add {name} ")][0]
        need(line.split("#")[0].rstrip().endswith(f"flood-rate {value}"), line)
    done = bed.dvradm("port", "set", "pb", "flood-rate", 1000001, check=False)
    need(done.returncode and "out of range" in done.stderr, done.stderr)
    equal(rate("pb"), 10000, "after a refusal")


@test("A5-5 a change of a rate disturbs nothing, and a batch that fails changes none")
def quiet():
    settle()
    def learned():
        return {e["mac"] for e in bed.show("fdb", "show", "segment", "in")
                if e.get("port") == "pc"}

    need(c.mac in learned(), "c is not known")
    port_set("pc", flood_rate=77)
    need(c.mac in learned(), "c was forgotten")
    done = bed.dvr("port set pc flood-rate 78\nport set pc segment ext\n", check=False)
    need(done.returncode, "the batch was taken")
    equal(bed.show("port", "show", "pc")[0]["flood_rate"], 77, "rate after a refusal")
    # Several changes of one batch add up.
    bed.dvr(f"port set pc mac {c.mac}\nport set pc flood-rate 80\nport set pc addr {c.v4}\n")
    defer(bed.dvr, "port set pc mac none addr none\n")
    port = bed.show("port", "show", "pc")[0]
    equal((port["flood_rate"], port["mac"], port["security"]), (80, c.mac, True),
          "after a batch")


finish(bed)
