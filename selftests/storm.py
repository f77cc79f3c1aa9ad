#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# spread: debug
"""Storms: what one port floods, asks and scans is limited, and nobody else's is.

    a pa --+                          +-- x px
    b pb --+-- segment in -- r1 --+   |
    c pc --+                      +---+-- segment ext -- u pu (uplink)
                             r2 --+   |
                                      +-- y py

a is held to its addresses, all other ports are open. r1 and r2 have addresses on ext.
The names of the tests begin with the label of the fault that they are about.
"""

import time

from frames import (BROADCAST, arp_frame, asks, eth, is_question, lladdr, multicast_mac,
                    na_packet, question, udp_packet)
from fresh import Fresh
from lib import Bed, Fail, Host, amount, both, busywait, defer, equal, finish, need, test

GWI, GW1, GW2 = "02:00:00:00:0a:01", "02:00:00:00:0e:01", "02:00:00:00:0e:02"
ZERO = "00:00:00:00:00:00"
UNKNOWN = "02:00:00:00:66:66"
GROUP = "01:00:5e:01:02:03"
INNER = {4: "10.1.0.1", 6: "fd00::1"}
OUTER = {"r1": {4: "10.9.0.1", 6: "2001:db8:e::1"}, "r2": {4: "10.9.0.2", 6: "2001:db8:e::2"}}
MANY = amount(10000, 3000)
SCAN = 500

bed = Bed("pa", "pb", "pc", "px", "py", "pu")
a = Host(bed.wires["pa"], "02:00:00:00:01:0a", "10.1.0.10", "fd00::10", GWI)
b = Host(bed.wires["pb"], "02:00:00:00:01:0b", "10.1.0.11", "fd00::11", GWI)
c = Host(bed.wires["pc"], "02:00:00:00:01:0c", "10.1.0.12", "fd00::12", GWI)
x = Host(bed.wires["px"], "02:00:00:00:0e:10", "10.9.0.10", "2001:db8:e::10", GW1)
y = Host(bed.wires["py"], "02:00:00:00:0e:11", "10.9.0.11", "2001:db8:e::11", GW2)
z = Host(bed.wires["py"], "02:00:00:00:0e:12", "10.9.0.12", "2001:db8:e::12", GW1)
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


def router_set(rate):
    defer(bed.dvr, "router set r1 neigh-rate 1000\n")
    bed.dvr(f"router set r1 neigh-rate {rate}\n")


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


def ask(v, host, target, **kw):
    """HOST asks for TARGET."""
    return question(host.mac, host.addr(v), target, **kw)


def is_answer(v, target):
    return (lambda p: p.op == 2 and p.spa == target) if v == 4 else \
        (lambda p: p.type == 136 and p.target == target)


def answered(v, host, target):
    """The question of HOST is answered within a second."""
    host.wire.rx.clear()
    host.wire.send(ask(v, host, target))
    host.wire.expect(is_answer(v, target), f"the answer for {target}", 1)


def outside(wire=None):
    return Fresh(bed, wire or x.wire, "10.9.200.0", "2001:db8:e::77:0")


def inside(wire=None):
    return Fresh(bed, wire or b.wire, "10.1.200.0", "fd00::77:0")


# -- frames to all ---------------------------------------------------------

def open_a():
    """For this test a may have any MAC, so its port hears frames to unknown ones."""
    bed.dvr("port set pa security off\n")
    defer(bed.dvr, "port set pa security on\n")


@test("A5-2 the frames to all of one port are limited, and counted there")
def storm():
    settle()
    open_a()
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
    open_a()
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
        host.wire.send(ask(v, host, silent))
        a.wire.expect(lambda p: asks(p, silent), f"the question of {host.wire}", 1)
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


# -- questions ---------------------------------------------------------------

@test("A5-3 questions to the gateway are answered within the limit of their port, and others' at once")
@both
def to_gateway(v):
    settle()
    for name in ("pa", "pb", "pc"):
        port_set(name, neigh_rate=20)
    bed.idle(1.1)
    before = bed.drops("neigh_rate", port="pc")
    frame = ask(v, c, INNER[v])
    flood = Storm(20, MANY, lambda _: c.wire.send(frame))
    got = sum(map(is_answer(v, INNER[v]), c.wire.rx))
    flood.within(got, "answers")
    equal(bed.drops("neigh_rate", port="pc") - before + got, MANY, "drops and answers")
    for host in (b, a):
        for _ in range(3):
            for _ in range(30):
                c.wire.send(frame)
            answered(v, host, INNER[v])
    # The traffic of the one who asks goes on.
    bed.good(c)


@test("A5-3 questions and advertisements to all are sent to all within the limit")
@both
def to_all(v):
    settle()
    port_set("pc", neigh_rate=0)
    silent = {4: "10.1.5.5", 6: "fd00::5:5"}[v]
    if v == 4:
        loud = [arp_frame(op, c.mac, c.v4, ZERO, c.v4) for op in (1, 2)]
    else:
        loud = [eth(multicast_mac("ff02::1"), c.mac, na_packet(
            c.v6, "ff02::1", c.v6, lladdr(2, c.mac), 0x20))]
    # Answered on behalf of a, too, whose MAC is certain.
    known = a.v4 if v == 4 else a.v6
    loud += [ask(v, c, silent), ask(v, c, known), ask(v, c, known, dst=a.mac)]
    before = bed.drops("neigh_rate", port="pc")
    for frame in loud:
        c.wire.send(frame)
    bed.good(b)
    bed.idle(.1)
    equal(bed.drops("neigh_rate", port="pc") - before, len(loud), "drops")
    equal(bed.seen(lambda p: p.op or p.type in (135, 136)), [], "ARP and ND")
    # An answer to one who asked is sent to one.
    answer = arp_frame(2, c.mac, c.v4, b.mac, b.v4, dst=b.mac) if v == 4 else \
        eth(b.mac, c.mac, na_packet(c.v6, b.v6, c.v6, lladdr(2, c.mac)))
    c.wire.send(answer)
    b.wire.expect(lambda p: p.raw == answer, "an answer")
    b.wire.send(ask(v, b, silent))
    a.wire.expect(lambda p: asks(p, silent), "another port's question")


@test("A5-3 whoever invents senders makes no neighbours beyond the limit")
@both
def inventor(v):
    settle()
    port_set("pc", neigh_rate=0)
    ip = {4: "10.1.6.6", 6: "fd00::6:6"}[v]
    ghost = Host(c.wire, "02:00:00:00:66:01", ip if v == 4 else None, ip if v == 6 else None)
    defer(c.wire.hosts.remove, ghost)
    c.wire.send(ask(v, ghost, INNER[v]))
    bed.good(b)
    need(not any(n["ip"] == ip for n in bed.show("neigh", "show", "segment", "in")),
         "a neighbour was made")
    port_set("pc", neigh_rate=10)
    answered(v, ghost, INNER[v])


@test("A5-3 who asks for one router from outside keeps nobody from another")
@both
def from_uplink(v):
    settle()
    port_set("pu", neigh_rate=20)
    bed.idle(1.1)
    frame = ask(v, u, OUTER["r1"][v])
    flood = Storm(20, 1000, lambda _: u.wire.send(frame))
    flood.within(sum(map(is_answer(v, OUTER["r1"][v]), u.wire.rx)), "answers")
    for _ in range(20):
        u.wire.send(frame)
    answered(v, u, OUTER["r2"][v])
    answered(v, y, OUTER["r1"][v])


# -- resolution --------------------------------------------------------------

def scan(v, n):
    """The Nth address that nobody has, outside and inside."""
    return ({4: f"10.9.{64 + (n >> 8)}.{n & 255}", 6: f"2001:db8:e::5ca:{n:x}"}[v],
            {4: f"10.1.{64 + (n >> 8)}.{n & 255}", 6: f"fd00::5ca:{n:x}"}[v])


def targets(v, wire, count):
    """How many of the COUNT addresses of a scan WIRE was asked for."""
    ips = set(sum((scan(v, n) for n in range(count)), ()))
    return len(ips & {p.tpa if v == 4 else p.target for p in wire.rx if is_question(p)})


def forget(v, count):
    """Let neighbours in resolution end, which are asked for three times."""
    bed.idle(4.5)
    ips = set(sum((scan(v, n) for n in range(count)), ()))
    busywait(10, "the scan is over", lambda: not any(
        n["ip"] in ips for n in bed.show("neigh", "show", "router", "r1")))
    bed.flush()


@test("A5-4 a scan is resolved within the neigh-rate, and keeps no other port, leg or router waiting")
@both
def scanner(v):
    settle()
    router_set(5)
    bed.idle(1.1)
    before = [bed.drops("neigh_rate", **w) for w in ({"port": "pa"}, {"router": "r1"})]
    flood = Storm(5, SCAN, lambda n: a.udp(scan(v, n)[0], b"scan"))
    got = targets(v, x.wire, SCAN)
    flood.within(got, "addresses that were asked for")
    after = [bed.drops("neigh_rate", **w) for w in ({"port": "pa"}, {"router": "r1"})]
    for n, where in enumerate(("pa", "r1")):
        equal(after[n] - before[n] + got, SCAN, f"drops at {where}")
    for number in range(3):
        for n in range(60):
            a.udp(scan(v, SCAN + n)[0], b"scan")
        outside().reached(b, f"another port {number}", [v])
        inside().reached(u, f"from outside {number}", [v])
        # Who is known is reached by the one who scans.
        bed.good(a)
    forget(v, SCAN + 60)


@test("A5-4 a scan from outside keeps neither the tenant nor another leg waiting")
@both
def scanned(v):
    settle()
    router_set(5)
    bed.idle(1.1)
    before = bed.drops("neigh_rate", port="pu")
    flood = Storm(5, SCAN, lambda n: u.udp(scan(v, n)[1], b"scan"))
    got = targets(v, a.wire, SCAN)
    flood.within(got, "addresses that were asked for")
    equal(bed.drops("neigh_rate", port="pu") - before + got, SCAN, "drops at pu")
    for n in range(60):
        u.udp(scan(v, SCAN + n)[1], b"scan")
    outside().reached(a, "a tenant", [v])
    inside(b.wire).reached(c, "a tenant on the same segment", [v])
    inside(b.wire).reached(z, "a port that is no uplink", [v])
    forget(v, SCAN + 60)


@test("A5-4 many packets to one neighbour are one question, and take one token")
@both
def waiting(v):
    settle()
    router_set(5)
    bed.idle(1.1)
    before = bed.drops("neigh_rate", router="r1")
    for _ in range(50):
        a.udp(scan(v, 2000)[0], b"waits")
    equal(bed.drops("neigh_rate", router="r1"), before, "drops")
    outside().reached(a, "another neighbour", [v])
    forget(v, 2001)


@test("A5-4 errors to senders that are not there keep nobody's neighbours waiting")
@both
def errors(v):
    settle()
    router_set(5)
    bed.idle(1.1)
    before = bed.drops("neigh_rate", router="r1")
    far = a.v4 if v == 4 else a.v6
    for n in range(100):
        z.udp(far, b"expires", src=scan(v, n)[0], ttl=1)
    need(bed.drops("neigh_rate", router="r1") > before, "errors are not limited")
    for n in range(100, 130):
        z.udp(far, b"expires", src=scan(v, n)[0], ttl=1)
    inside().reached(u, "from outside", [v])
    outside().reached(a, "a tenant", [v])
    forget(v, 130)


@test("A5-4 with neigh-rate 0 nobody is asked for, and who is known is reached")
@both
def none(v):
    settle()
    known = outside()
    known.reached(a, "before", [v])
    router_set(0)
    new, before = outside(), bed.drops("neigh_rate", router="r1")
    ip = new.host.v4 if v == 4 else new.host.v6
    a.udp(ip, b"nobody")
    known.reached(a, "with neigh-rate 0", [v])
    equal((bed.drops("neigh_rate", router="r1") - before, new.host.asked), (1, 0),
          "drops, questions")
    bed.dvr("router set r1 neigh-rate 1000\n")
    new.reached(a, "afterwards", [v])


# -- settings ------------------------------------------------------------------

@test("A5-5 rates have defaults, are changed, shown and saved, and refused with a sentence")
def settings():
    def rates(name):
        port = bed.show("port", "show", name)[0]
        return port["flood_rate_pps"], port["neigh_rate_pps"]

    def text(*words):
        return bed.dvradm(*words).stdout.split("#")[0].split()

    equal((rates("pb"), rates("pu")), ((1000, 1000), (10000, 10000)), "defaults")
    equal(bed.show("router", "show", "r1")[0]["neigh_rate_pps"], 1000, "default of a router")
    for words in (("port", "show", "pb"), ("port", "show", "pu"), ("router", "show", "r1")):
        need("-rate" not in " ".join(text(*words)).replace("icmp-rate", ""), f"{words} has a default")
    saved = bed.dvradm("save").stdout
    need("flood-rate" not in saved and "neigh-rate" not in saved, "a default is saved")
    # What is the default of one kind of port is no default of the other.
    port_set("pb", flood_rate=10000, neigh_rate=7)
    port_set("pu", neigh_rate=1000)
    router_set(9)
    saved = bed.dvradm("save").stdout.splitlines()
    for name, tail, words in (("pb", (10000, 7), "flood-rate 10000 neigh-rate 7"),
                              ("pu", (10000, 1000), "neigh-rate 1000")):
        equal(rates(name), tail, name)
        line = [s for s in saved if s.startswith(f"port add {name} ")][0]
        need(line.split("#")[0].rstrip().endswith(words), line)
        need(" ".join(text("port", "show", name)).endswith(words), f"text of {name}")
    need(any(s.startswith("router add r1 ") and "neigh-rate 9" in s for s in saved), "saved r1")
    for words, why in ((("port", "set", "pb", "flood-rate"), "flood-rate is 0 to 1000000"),
                       (("port", "set", "pb", "neigh-rate"), "neigh-rate is 0 to 1000000"),
                       (("router", "set", "r1", "neigh-rate"), "neigh-rate is 0 to 1000000")):
        done = bed.dvradm(*words, 1000001, check=False)
        need(done.returncode and "out of range" in done.stderr or why in done.stderr, done.stderr)
    equal((rates("pb"), rates("pu")), ((10000, 7), (10000, 1000)), "after refusals")


@test("A5-5 a change of a rate disturbs nothing, and a batch that fails changes none")
def quiet():
    settle()
    def learned():
        return {e["mac"] for e in bed.show("fdb", "show", "segment", "in")
                if e.get("port") == "pc"}

    need(c.mac in learned(), "c is not known")
    port_set("pc", flood_rate=77)
    need(c.mac in learned(), "c was forgotten")
    done = bed.dvr("port set pc flood-rate 78\nport set pc neigh-rate 79\n"
                   "port set pc segment ext\n", check=False)
    need(done.returncode, "the batch was taken")
    port = bed.show("port", "show", "pc")[0]
    equal((port["flood_rate_pps"], port["neigh_rate_pps"]), (77, 1000), "rates after a refusal")
    # Several changes of one batch add up.
    bed.dvr(f"port set pc mac {c.mac}\nport set pc flood-rate 80\nport set pc neigh-rate 81\n"
            f"port set pc addr {c.v4}\n")
    defer(bed.dvr, "port set pc mac none addr none neigh-rate 1000\n")
    port = bed.show("port", "show", "pc")[0]
    equal((port["flood_rate_pps"], port["neigh_rate_pps"], port["mac"], port["security"]),
          (80, 81, c.mac, True), "after a batch")
    try:
        c.udp(x.v4, b"spoof", src="10.1.0.99")
        busywait(2, "spoof_ip", lambda: bed.drops("spoof_ip", port="pc"))
    except Fail as why:
        raise Fail("the addresses of the batch do not hold") from why


finish(bed)
