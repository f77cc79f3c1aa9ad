#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# spread: debug
# vm: --smp 2
"""NAT at its limits, and when objects are deleted under traffic.

    p1 --+                                      +-- p3 x 192.0.2.10
         +-- segment in -- r1 -- segment ext ---+
    p2 --+   10.1.0.0/24          |             +-- p4 y 192.0.2.11
                                  r2
    p5 ----- segment in2 ---------+  10.1.0.0/24, too

Clients are 10.4.0.0/16 and fd00:0:0:4::/64, behind host 2 of p1.  For them r1 has outside
address 50 with ports 2000 to 2099, and r2 has address 60 with all ports.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time

from frames import TCP, UDP, echo, eth, udp_packet
from lib import (DVRADM, Fail, Skip, amount, both, busywait, defer, equal, finish, in_ns,
                 libc, link_up, log, need, run, sysctl, test)
from natlib import (ACK, BOTH, GWE, GWI, INSIDE6, M1, PSH, Many, NatBed, Tcp,
                    bracket, error, inside, is_inside, outside, pieces, reassemble,
                    tcp_packet)

KO = os.environ.get("DVR_KO", "")
GW2, M5 = "02:00:00:00:0a:02", "02:00:00:00:05:01"
SMALL = {4: 50, 6: 56}      # handles
RULES = f"""
    nat add r1 out ext snat from 10.4.0.0/16 to {outside(4, 50)}:2000-2099 handle 50
    nat add r1 out ext snat from fd00:0:0:4::/64 to [{outside(6, 50)}]:2000-2099 handle 56
    nat add r1 out ext snat from 10.1.0.0/25 to {outside(4, 10)} handle 10
    nat add r1 out ext snat from {INSIDE6}/121 to {outside(6, 10)} handle 16
    nat add r1 out ext floating {outside(4, 200)} to {inside(4, 200)} handle 20
    nat add r1 out ext floating {outside(6, 200)} to {inside(6, 200)} handle 26
"""
ROUTES = f"""
    route add r1 10.4.0.0/16 via 10.1.0.2
    route add r1 fd00:0:0:4::/64 via {INSIDE6}2
"""
SECOND = f"""
    router add r2
    segment add in2
    port add p5 segment in2
    iface add r2 segment in2 mac {GW2} addr 10.1.0.1/24 addr {INSIDE6}1/64
    iface add r2 segment ext addr 192.0.2.5/24 addr 2001:db8:e::5/64
    route add r2 default via 192.0.2.10
    route add r2 ::/0 via 2001:db8:e::10
    nat add r2 out ext snat from 10.1.0.0/25 to {outside(4, 60)} handle 10
    nat add r2 out ext snat from {INSIDE6}/121 to {outside(6, 60)} handle 16
"""
bed = NatBed(ROUTES + RULES)
x, y = bed.x, bed.y
p1, p3 = bed.p1, bed.p3
bed.add("p5")
p5 = bed.wires["p5"]
in2 = Many(p5, M5, GW2, lambda a: is_inside(a) and a not in
           ("10.1.0.1", f"{INSIDE6}1"))
bed.dvr(SECOND)
bed.ip("link set r2 up\n")


def client(v, n):
    return f"10.4.{n >> 8}.{n & 255}" if v == 4 else f"fd00:0:0:4::{n:x}"


def clients(v, count, first=0, dport=5000, sport=7777):
    return [(client(v, first + n), sport, x, dport) for n in range(count)]


def tenant(v, count):
    """COUNT packets of the other tenant; how many were lost."""
    sent = []
    for n in range(count):
        token = bed.token()
        sent.append(token)
        in2.send(udp_packet(inside(v, 20), x.own(inside(v, 20)),
                            token, 3000 + n, 5000))
        if n % 40 == 39:
            bed.poll()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        seen = b"".join(p.raw for p in p3.rx if p.saddr in
                        (outside(4, 60), outside(6, 60)))
        lost = [t for t in sent if t not in seen]
        if not lost:
            return 0
        bed.poll(0.1)
    return len(lost)


def flush():
    bed.dvradm("flow", "flush", "router", "r1")
    bed.dvradm("flow", "flush", "router", "r2")
    bed.flush()


class Monitor:
    """dvradm -j monitor: the alerts that it tells."""

    def __init__(self):
        with in_ns(bed.hv):
            self.process = subprocess.Popen([DVRADM, "-j", "monitor"],
                                            stdout=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = ""
        busywait(10, "the first event", self.first)

    def first(self):
        bed.dvradm("router", "set", "r1", "icmp-rate", 99999)
        bed.dvradm("router", "set", "r1", "icmp-rate", 100000)
        self.read()
        return self.text

    def read(self):
        while data := self.process.stdout.read():
            self.text += data.decode()

    def alerts(self):
        self.read()
        lines = map(json.loads, self.text.splitlines())
        return [e for e in lines if e["object"] == "alert"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def alerted(monitor, **want):
    busywait(5, f"an alert {want}", lambda: [
        a for a in monitor.alerts()
        if all(a.get(k) == value for k, value in want.items())])


# -- what runs out -------------------------------------------------------------

@test("cgn-3 100 ports, 1,000 clients: new ones are dropped, none spills")
@both
def exhaustion(v):
    flush()
    with Monitor() as monitor:
        start = bed.drops("nat_no_port", router="r1")
        got = bed.many(v, clients(v, 1000))
        out = [p for p in got if p]
        equal({p.saddr for p in out}, {outside(v, 50)}, "addresses")
        equal(sorted(p.sport for p in out), list(range(2000, 2100)),
              "outside ports")
        equal(bed.drops("nat_no_port", router="r1") - start, 900, "nat_no_port")
        alerted(monitor, router="r1", reason="nat_no_port",
                handle=SMALL[v])
        need(len(monitor.alerts()) < 30, "more than one alert a second")
    bed.leaks.none()
    # All that live, live on: none was evicted.
    bed.flush()
    answers = set()
    for pkt in out:
        token = bed.token()
        answers.add(token)
        x.send(udp_packet(pkt.daddr, pkt.saddr, token, 5000, pkt.sport))
    busywait(5, "answers to all that live", lambda: bed.poll(0.05) or all(
        any(t in p.raw for p in p1.rx) for t in answers))
    rule = [r for r in bed.show("nat", "show", "r1")
            if r["handle"] == SMALL[v]][0]
    equal((rule["ports_used"], rule["ports_free"], rule["conns"]),
          (100, 0, 100), "ports used and free, connections")
    # TCP and queries have ports of their own.
    token = bed.token()
    bed.in1.send(echo(client(v, 1), x.own(client(v, 1)), token, 5))
    p3.expect(lambda p, t=token: t in p.raw and p.src == GWE, "a query")
    # Other rules do as they did.
    bed.udp_out(v, 12, bed.port())
    # What goes gives its port to others.
    gone = next(p for p in got if p)
    index = got.index(gone)
    bed.dvradm("flow", "flush", "router", "r1", "addr", client(v, index))
    equal(bed.many(v, clients(v, 1, 2000))[0].sport, gone.sport,
          "the port that became free")
    flush()


@test("cgn-3 ports run out for one kind of TCP, queries and UDP alone")
@both
def by_protocol(v):
    flush()
    bed.flush()
    for n in range(110):
        src = client(v, n)
        bed.in1.send(tcp_packet(src, x.addr(v), b"", 7777, 80))
        bed.in1.send(echo(src, x.addr(v), bed.token(), 7777))
        if n % 20 == 19:
            bed.poll(0.05)
    bed.settle()
    syn = [p.sport for p in p3.rx if p.proto == TCP and p.src == GWE]
    ident = [p.rest >> 16 for p in p3.rx if p.type in (8, 128) and p.src == GWE]
    equal(sorted(syn), list(range(2000, 2100)), "ports of TCP")
    equal(sorted(ident), list(range(2000, 2100)), "identifiers")
    bed.leaks.none()
    flush()


@test("cgn-2 udp-3 mapping connection: a port serves other destinations, too")
@both
def connection_mapping(v):
    rule = ["nat", "replace", "r1", "out", "ext", "snat", "from",
            {4: "10.4.0.0/16", 6: "fd00:0:0:4::/64"}[v], "to",
            f"{bracket(outside(v, 50))}:2000-2099", "handle", SMALL[v]]
    defer(flush)
    defer(bed.dvradm, *rule)
    bed.dvradm(*rule, "mapping", "connection")
    flush()
    start = bed.drops("nat_no_port", router="r1")
    one = bed.many(v, clients(v, 110))
    two = bed.many(v, [(n, s, y, d) for n, s, _, d in clients(v, 110)])
    for got in (one, two):
        equal(sorted(p.sport for p in got if p), list(range(2000, 2100)),
              "ports towards one destination")
    equal(bed.drops("nat_no_port", router="r1") - start, 20, "nat_no_port")


@test("cgn-2 conn-limit: A is full, B loses nothing, what lives lives on")
@both
def limit(v):
    flush()
    bed.dvradm("router", "set", "r1", "conn-limit", 50)
    try:
        with Monitor() as monitor:
            start = bed.drops("nat_limit", router="r1")
            conn = Tcp(bed, v, 12).open()
            got = bed.many(v, [(13, 5000 + n, x, 5000) for n in range(100)])
            equal(len([p for p in got if p]), 49, "connections let in")
            equal(bed.drops("nat_limit", router="r1") - start, 51, "nat_limit")
            alerted(monitor, router="r1", reason="nat_limit")
        equal(bed.show("router", "show", "r1")[0]["conns"], 50, "conns")
        # From outside, too; and for the other family.
        for w in BOTH:
            bed.not_in([udp_packet(x.addr(w), outside(w, 200), bed.token(), 1, 2)])
            equal(tenant(w, 200), 0, "packets of the other router lost")
        conn.alive()
        for pkt in [p for p in got if p][:10]:
            bed.answer(pkt, 13)
        bed.leaks.none()
        # Room again.
        bed.dvradm("flow", "flush", "router", "r1", "addr", inside(v, 13))
        bed.udp_out(v, 12, bed.port())
        conn.alive()
    finally:
        bed.dvradm("router", "set", "r1", "conn-limit", 65536)
        flush()


@test("udp-3 64 clients with one port to one server and port, none is lost")
@both
def parallel(v):
    flush()
    sent = {}
    for _ in range(2):      # the second before the first is known
        for n in range(20, 84):
            token = bed.token()
            sent[token] = n
            bed.host(n).send(udp_packet(inside(v, n), x.own(inside(v, n)),
                                        token, 6000, 6000))
        for n in range(20, 84):
            bed.host(n).send(tcp_packet(inside(v, n), x.own(inside(v, n)),
                                        b"", 6000, 6001))
    bed.settle()
    out = [p for p in p3.rx if p.src == GWE and p.dport == 6000]
    equal(len(out), 128, "datagrams outside")
    seen = {}
    for pkt in out:
        mark = next(t for t in sent if t in pkt.raw)
        seen.setdefault(sent[mark], set()).add(pkt.sport)
    need(all(len(s) == 1 for s in seen.values()), "a port changed")
    equal(len({p for s in seen.values() for p in s}), 64, "outside ports")
    syn = [p.sport for p in p3.rx if p.proto == TCP and p.dport == 6001 and
           p.src == GWE]
    equal((len(syn), len(set(syn))), (128, 64), "SYNs, ports")
    answers = []
    for pkt in out[:64]:
        token = bed.token()
        answers.append(token)
        x.send(udp_packet(pkt.daddr, pkt.saddr, token, 6000, pkt.sport))
    busywait(5, "all answers", lambda: bed.poll(0.05) or all(
        any(t in p.raw for p in p1.rx + bed.p2.rx) for t in answers))


@test("udp-12 a flood of fragments is bounded, another tenant's arrive")
@both
def orphans(v):
    flush()
    before = bed.drops(router="r1")
    dst = x.own(inside(v, 12))
    big = udp_packet(inside(v, 12), dst, b"o" * 2000, 1, 2)
    for n in range(3000):
        first = pieces(big, 1400, 0x10000 * (v == 6) + n + 1)[0]
        bed.in1.send(first)
        if n % 100 == 99:
            bed.poll()
    bed.settle()
    need(not [p for p in p3.rx if b"o" * 600 in p.raw], "an orphan left")
    need(bed.drops(router="r1") > before, "none was dropped and counted")
    # The other tenant's fragments.
    for n in range(5):
        data = bed.token() + b"b" * 1500
        for part in pieces(udp_packet(inside(v, 20), dst, data, 4000 + n,
                                      5), 600, 0x700 + n):
            in2.send(part)
        got = []
        while reassemble(got) is None:
            got.append(p3.expect(lambda p: p.proto == UDP and
                                 p.src != x.mac and
                                 (p.offset or p.flags & 1) and
                                 b"o" * 600 not in p.raw,
                                 "a fragment of the other tenant"))
        equal(reassemble(got)[8:], data, "data")
        equal({p.saddr for p in got},
              {outside(4, 60) if v == 4 else outside(6, 60)}, "source")
    # Whole packets of the flooded one, too.
    bed.udp_out(v, 12, bed.port())


# -- what goes away under traffic ----------------------------------------------

def frames():
    """All that NAT has to do with, from either side."""
    out1, out3 = [], []
    for v in BOTH:
        dst = x.own(inside(v, 12))
        for n in range(12, 40):
            src = inside(v, n)
            out1 += [udp_packet(src, dst, b"f" * 30, 1000 + n, 5000),
                     tcp_packet(src, dst, b"", 1000 + n, 80),
                     echo(src, dst, b"f", n),
                     udp_packet(src, outside(v, 200), b"h", 1000 + n, 9)]
        whole = udp_packet(inside(v, 12), dst, b"f" * 1800, 999, 5000)
        out1 += pieces(whole, 800) + pieces(whole, 800, 0x77)[:1]
        out1 += [udp_packet(client(v, n), dst, b"f", 7, 5000)
                 for n in range(150)]
        out1.append(error(inside(v, 12), dst, 3 if v == 4 else 1, 4 if v == 6
                          else 3, udp_packet(dst, inside(v, 12), b"", 5000,
                                             1012)))
        for port in list(range(2000, 2040)) + [80, 9]:
            out3 += [udp_packet(dst, outside(v, 50), b"i", 5000, port),
                     udp_packet(dst, outside(v, 200), b"i", 5000, port),
                     tcp_packet(dst, outside(v, 200), b"", 5000, port),
                     udp_packet(dst, outside(v, 10), b"i", 5000, port)]
        out3.append(echo(dst, outside(v, 200), b"i", 3))
        out3 += pieces(udp_packet(dst, outside(v, 200), b"f" * 1800, 1, 2), 800)
    return {"p1": [eth(GWI, M1, p) for p in out1],
            "p3": [eth(GWE, x.mac, p) for p in out3]}


class Flood:
    """A process that throws them at p1 and p3, as long as it lives."""

    def __init__(self, ns=None):
        self.pid = os.fork()
        if self.pid:
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        libc.prctl(1, signal.SIGKILL)
        os.nice(5)
        data = frames()
        while True:
            for dev, list_ in data.items():
                try:
                    with in_ns(ns or bed.vm), \
                         socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                       0) as sock:
                        sock.bind((dev, 0))
                        for number, frame in enumerate(list_):
                            sock.send(frame)
                            if number % 10 == 9:
                                time.sleep(0.003)
                except OSError:
                    time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def works():
    """After all, a new connection goes both ways."""
    bed.idle(0.2)
    flush()
    for v in BOTH:
        got = bed.udp_out(v, 12, bed.port())
        equal(got.saddr, outside(v, 10), "source")
        bed.answer(got, 12)
    conn = Tcp(bed, 4, 13).open()
    conn.send(ACK | PSH, b"data")


@test("rules deleted and added in one batch under traffic: nothing leaks")
def rules_change():
    with Flood():
        for _ in range(amount(15, 5)):
            time.sleep(0.1)
            bed.dvr("".join(f"nat del r1 handle {h}\n"
                            for h in (10, 16, 20, 26, 50, 56)) + RULES)
            bed.poll()
    works()
    bed.leaks.none()
    # From here on there are moments without rules, when what no rule knows
    # passes as it is.
    bed.leaks.allowed = True


@test("rules deleted and added under traffic")
def rules_go():
    with Flood():
        for number in range(amount(15, 6)):
            bed.dvr("".join(f"nat del r1 handle {h}\n"
                            for h in (10, 16, 20, 26, 50, 56)))
            if number % 3 == 0:
                # With no rule nothing is left in the router's zone.
                equal(bed.flows(), [], "connections without rules")
            if number % 3 == 1:
                time.sleep(0.1)
            bed.dvr(RULES)
            if number % 3 == 2:
                time.sleep(0.2)
                bed.dvradm("flow", "flush", "router", "r1")
    works()


@test("the outer leg, ports and the router deleted under traffic")
def objects_go():
    with Flood():
        for number in range(amount(10, 4)):
            time.sleep(0.1)
            bed.dvr("port del p1\nport del p3\n")
            bed.dvr("port add p1 segment in\nport add p3 segment ext mac "
                    f"{x.mac} addr {x.v4} addr {x.v6} security off\n")
            time.sleep(0.1)
            done = bed.dvr("iface del r1 segment ext\n", check=False)
            if done.returncode:     # it may want its rules to go first
                log(done.stderr.strip())
                bed.dvr("".join(f"nat del r1 handle {h}\n"
                                for h in (10, 16, 20, 26, 50, 56)) +
                        "iface del r1 segment ext\n")
            equal(bed.flows(), [], "connections without an outer leg")
            for rule in bed.show("nat", "show", "r1"):
                bed.dvradm("nat", "del", "r1", "handle", rule["handle"])
            bed.dvr(leg() + RULES)
            if number % 2:
                bed.dvr("router del r1\n")
                bed.dvr(router() + leg() + ROUTES + RULES)
                bed.ip("link set r1 up\n")
    works()


def leg():
    return f"""
        iface add r1 segment ext mac {GWE} addr 192.0.2.1/24 addr 2001:db8:e::1/64
        route replace r1 default via {x.v4}
        route replace r1 ::/0 via {x.v6}
    """


def router():
    return f"""
        router add r1 icmp-rate 100000 neigh-limit 4096
        iface add r1 segment in mac {GWI} addr 10.1.0.1/24 addr {INSIDE6}1/64
    """


def config():
    return f"""
        segment add in
        segment add ext
        {router()}
        {leg()}
        port add p1 segment in
        port add p2 segment in
        port add p3 segment ext mac {x.mac} addr {x.v4} addr {x.v6} security off
        port add p4 segment ext mac {y.mac} addr {y.v4} addr {y.v6} security off
        {ROUTES}
        {RULES}
        {SECOND}
    """


@test("a network namespace deleted under traffic")
def netns_goes():
    # The wires of the far ends move over: they are pairs with a new namespace.
    name, far = f"{bed.hv}-gone", f"{bed.vm}-gone"
    for number in range(4):
        run("ip", "-batch", "-", input=f"netns add {name}\nnetns add {far}\n" +
            "".join(f"link add {d} netns {name} type veth peer name {d} netns "
                    f"{far}\n" for d in ("p1", "p3")))
        bed.clean += [name, far]
        sysctl(name, ipv4__ip_forward=1)
        link_up(far, "p1", "p3")
        link_up(name, "p1", "p3")
        run(DVRADM, "-n", name, "-b", "-", input=config())
        run("ip", "-n", name, "link", "set", "r1", "up")
        with Flood(far):
            time.sleep(1)
            if number == 0:
                need(json.loads(run(DVRADM, "-n", name, "-j", "flow",
                                    "show").stdout), "no connections there")
            run("ip", "netns", "del", name)
            # Nothing names it any more, and it goes in its own time.
            time.sleep(0.3)
        run("ip", "netns", "del", far)
        del bed.clean[-2:]
    works()


def entries():
    with in_ns(bed.hv), open("/proc/sys/net/netfilter/nf_conntrack_count",
                             encoding="ascii") as file:
        return int(file.read())


@test("the module unloaded under traffic, and nothing is left in conntrack")
def rmmod():
    if not KO:
        raise Skip("DVR_KO does not tell where the module is")
    for number in range(5):
        with Flood():
            time.sleep(0.3 if number % 2 else 1)
            # It may be held for a moment by what is on its way.
            busywait(10, "unloading", lambda: not libc.syscall(
                176, b"dvr", os.O_NONBLOCK))
        busywait(10, "entries of conntrack to go", lambda: not entries())
        fd = os.open(KO, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.syscall(313, fd, b"", 0):
                raise Fail(f"loading: {os.strerror(ctypes.get_errno())}")
        finally:
            os.close(fd)
        bed.dvr(config())
        bed.ip("link set r1 up\nlink set r2 up\n")
    works()


finish(bed)
