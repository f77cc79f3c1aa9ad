#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A router announces its gateway MAC before machines ask (RFC 5227 3, RFC 4861 7.2.6).

    h1 p1 --+
            +-- segment a -- r1
    h2 p2 --+   192.0.2.0/24
    up p3 --+   2001:db8:1::/64

p3 is an uplink: behind it are machines of other hosts, whose router has the same
addresses.  Behind p4 is a machine with the kernel's stack, g.  nat_life.py tests the
announcements of outside addresses.
"""

import time

from frames import eui64, is_told
from lib import (Bed, both, busywait, defer, equal, finish, link_up, need, run, sysctl,
                 test)

GW1, GW2 = "02:00:00:00:0a:01", "02:00:00:00:0a:02"
V4, V6 = "192.0.2.1", "2001:db8:1::1"
ADDR = {4: V4, 6: V6}

bed = Bed("p1", "p2", "p3", "p5", "p6")
p1, p2, up, p5, p6 = bed.wires.values()
G = f"{bed.vm}-g"
bed.clean.append(G)
run("ip", "-batch", "-", input=f"netns add {G}\n"
    f"link add p4 netns {bed.hv} type veth peer name eth0 netns {G}\n")
sysctl(G, ipv6__conf__eth0__accept_dad=0)
link_up(bed.hv, "p4")
link_up(G, "eth0")
bed.ip("addr add 192.0.2.4/24 dev eth0\naddr add 2001:db8:1::4/64 dev eth0 nodad\n", G)
bed.dvr("""
    segment add a
    port add p1 segment a
    port add p2 segment a
    port add p3 segment a uplink on
    port add p4 segment a
""")


def leg(mac, router="r1", verb="add"):
    return f"iface {verb} {router} segment a mac {mac} addr {V4}/24 addr {V6}/64\n"


def announcements():
    return bed.seen(lambda p: p.op == 1 and p.spa == p.tpa or
                    p.type == 136 and p.daddr == "ff02::1")


def told(mac, wires=(p1, p2)):
    """All addresses are told to machines, and nothing to the uplink."""
    for wire in wires:
        for address in (V4, V6, eui64(mac)):
            wire.expect(lambda p, a=address: is_told(p, a, mac),
                        f"announcement of {address}")
    bed.idle(.2)
    equal([str(p) for dev, p in announcements() if dev == up.dev], [],
          "told to the uplink")


def silence(seconds=.5):
    bed.idle(seconds)
    equal([str(p) for _, p in announcements()], [], "announcements")


def stands(name):
    """Of r1 and r2 that one has the leg, and nothing more is announced."""
    have = {r["name"] for r in bed.show("router", "show")} & {"r1", "r2"}
    if have != {name}:
        bed.dvr("".join(f"router del {r}\n" for r in have))
        if name == "r1":
            bed.dvr("router add r1\n" + leg(GW1))
            bed.ip("link set r1 up\n")
        else:
            bed.dvr("router add r2 netdev off\n" + leg(GW2, "r2"))
        told(GW1 if name == "r1" else GW2)
        bed.idle(.3)
    bed.flush()


@test("a router that is down announces nothing, and all when it comes up")
def netdev_up():
    for router in bed.show("router", "show"):
        bed.dvr(f"router del {router['name']}\n")
    bed.dvr("router add r1\n")
    bed.ip("link set r1 down\n")
    bed.flush()
    bed.dvr(leg(GW1))
    silence()
    bed.ip("link set r1 up\n")
    told(GW1)


@test("a leg that goes and comes back is announced")
def leg_comes():
    stands("r1")
    bed.dvr("iface del r1 segment a\n")
    bed.idle(.2)
    bed.flush()
    bed.dvr(leg(GW1))
    told(GW1)


def comes(wire):
    """The port of WIRE goes down and comes up."""
    bed.ip(f"link set {wire.dev} down\n")
    bed.idle(.2)
    bed.flush()
    bed.ip(f"link set {wire.dev} up\n")


@test("C3 a port that comes up is told, and no other port")
def port_up():
    stands("r1")
    comes(p1)
    told(GW1, [p1])
    equal([str(p) for dev, p in announcements() if dev == p2.dev], [], "told to p2")


@test("C3 an uplink that comes up is not told of gateways, nor is another port")
def uplink_up():
    stands("r1")
    comes(up)
    silence()


def no_rules(router, choose=lambda n: True):
    """Delete the rules that CHOOSE by their number."""
    bed.dvr("".join(f"nat del {router} handle {r['handle']}\n" for n, r in
                    enumerate(bed.show("nat", "show", router)) if choose(n)))


@test("C3 an uplink that comes up is told of outside addresses")
@both
def uplink_up_nat(v):
    stands("r1")
    out = {4: "192.0.2.77", 6: "2001:db8:1::77"}[v]
    inside = {4: "10.1.0.7", 6: "2001:db8:7::7"}[v]
    bed.dvr(f"nat add r1 out a floating {out} to {inside}\n")
    defer(no_rules, "r1")
    bed.idle(.5)
    comes(up)
    up.expect(lambda p: is_told(p, out, GW1), "announcement of the outside address")
    bed.idle(.3)
    equal([str(p) for dev, p in announcements() if dev != up.dev], [],
          "told to other ports")


@test("C3 many ports that come up at once are all told")
def ports_up():
    stands("r1")
    for wire in (p1, p2):
        bed.ip(f"link set {wire.dev} down\n")
    bed.idle(.2)
    bed.flush()
    bed.ip("".join(f"link set {wire.dev} up\n" for wire in (p1, p2)))
    told(GW1)


@test("C3 an address that goes while a port is told is left out, the others are told")
def goes_meanwhile():
    stands("r1")
    many = [f"192.0.2.{n}" for n in range(100, 180)]
    bed.dvr("".join(f"nat add r1 out a floating {a} to 10.1.1.{n}\n"
                    for n, a in enumerate(many, 1)))
    defer(no_rules, "r1")
    bed.idle(.5)
    comes(p1)
    no_rules("r1", lambda n: n % 2)
    for address in many[::2]:
        p1.expect(lambda p, a=address: is_told(p, a, GW1), f"announcement of {address}")


@test("another MAC of a leg is announced, the same one is not")
def leg_mac():
    stands("r1")
    bed.dvr(leg(GW2, verb="set"))
    told(GW2)
    bed.flush()
    bed.dvr(leg(GW2, verb="set"))
    silence()
    bed.dvr(leg(GW1, verb="set"))
    told(GW1)
    need(not bed.seen(lambda p: is_told(p, V4, GW2)), "told with the old MAC")


def known(address):
    """What the machine takes for the MAC of an address."""
    return run("ip", "-n", G, "neigh", "show", address, "dev",
               "eth0").stdout.partition("lladdr ")[2].partition(" ")[0]


@test("a machine follows a router that goes and comes back with another MAC")
@both
def machine(v):
    stands("r1")
    run("ping", "-n", "-q", "-c", "1", "-W", "3", ADDR[v], ns=G)
    equal(known(ADDR[v]), GW1, "the MAC")
    bed.dvr("router del r1\n")
    bed.dvr("router add r2 netdev off\n" + leg(GW2, "r2"))
    busywait(3, "the new MAC", lambda: known(ADDR[v]) == GW2)


@test("a router without a netdev announces as well")
def bare():
    stands("r2")
    bed.dvr("iface del r2 segment a\n")
    bed.idle(.2)
    bed.flush()
    bed.dvr(leg(GW2, "r2"))
    told(GW2)


def rule(v):
    inside = {4: "10.9.0.0/24", 6: "2001:db8:9::/64"}[v]
    return f"nat add r2 out a snat from {inside} to {ADDR[v]}\n"


@test("the uplink is told, too, when the leg gets NAT")
@both
def nat(v):
    stands("r2")
    bed.flush()
    bed.dvr(rule(v) + "".join(f"segment add later{i}\n" for i in range(64)))
    for wire in (p1, p2, up):
        for address in ADDR.values():
            wire.expect(lambda p, a=address: is_told(p, a, GW2),
                        f"announcement of {address}")
    bed.dvr("".join(f"segment del later{i}\n" for i in range(64)))
    no_rules("r2")
    bed.idle(.3)


@test("a leg and its rule of one batch are announced to the uplink")
@both
def nat_batch(v):
    stands("r2")
    bed.dvr("iface del r2 segment a\n")
    bed.idle(.2)
    bed.flush()
    bed.dvr(leg(GW2, "r2") + rule(v))
    for wire in (p1, p2, up):
        wire.expect(lambda p: is_told(p, ADDR[v], GW2), f"announcement of {ADDR[v]}")
    no_rules("r2")
    bed.idle(.3)


@test("a port that comes with its segment's leg in one batch is told")
def batch():
    stands("r2")
    bed.dvr("port del p1\n")
    bed.dvr("iface del r2 segment a\n")
    bed.idle(.3)
    bed.flush()
    bed.dvr(leg(GW2, "r2") + "port add p1 segment a\n")
    told(GW2)


@test("a port at the head of a long batch is told when it can hear")
def long_batch():
    stands("r2")
    bed.dvr("port del p1\nrouter add full netdev off\n")
    bed.idle(.3)
    bed.flush()
    # Its device is up long before the batch is in force.
    bed.dvr("port add p1 segment a\n" + "".join(
        f"route add full 10.{n >> 8}.{n & 255}.0/24 blackhole\n" for n in range(10000)))
    told(GW2, (p1,))
    bed.dvr("router del full\n")


@test("ports that come and go keep nobody from being told")
def flapping():
    bed.dvr("segment add m\nport add p5 segment m\nport add p6 segment m\n")
    # So many that another port is up before all are told.
    hosts = {f"10.5.{r}.{n}" for r in range(20) for n in range(1, 61)}
    bed.dvr("".join(
        f"router add m{r} netdev off\niface add m{r} segment m " +
        " ".join(f"addr 10.5.{r}.{n}/24" for n in range(1, 61)) + "\n" for r in range(20)))
    bed.idle(1)
    comes(p5)
    end = time.monotonic() + 30     # a second or two, where nobody else runs
    while hosts and time.monotonic() < end:
        bed.ip("link set p6 down\nlink set p6 up\n")
        bed.poll(.001)
        hosts -= {p.spa for p in p5.rx if p.op == 1 and p.spa == p.tpa}
    equal(sorted(hosts)[:3], [], f"{len(hosts)} not told meanwhile, the first")


@test("a gateway of two routers' legs is announced by each")
@both
def two(v):
    stands("r2")
    address, bits = {4: ("192.0.2.3", 24), 6: ("2001:db8:1::3", 64)}[v]
    bed.dvr("router add r3 netdev off\n"
            f"iface add r3 segment a mac {GW1} addr {address}/{bits}\n")
    defer(bed.dvr, "router del r3\n")
    for wire in (p1, p2):
        wire.expect(lambda p: is_told(p, address, GW1), "announcement of r3")
    bed.idle(.3)
    equal([str(p) for _, p in announcements() if p.src == GW2], [],
          "what was announced before")


finish(bed)
