# SPDX-License-Identifier: GPL-2.0-only
"""Two equal hypervisors and their hosts, for tests that compare.

The bed is natlib's.  Here p5 is on another inside segment, 10.2.0.0/24, and hosts of a
translated prefix are behind p1 too.
"""

from chatter import Conn, End
from frames import ICMP, ICMP6, TCP, UDP
from lib import run
from natlib import (BOTH, GWE, GWI, INSIDE6, M1, M2, P2, NatBed, bracket, inside,
                    npt, outside)

GWI2, M5 = "02:00:00:00:0a:02", "02:00:00:00:02:05"
SNAT = (11, 12, 13, 14, 15, 16)
FORWARD = 17            # without a rule of its own: what it sends is an answer
FLOATING = (200, 201, 202, 203)
PLAIN = (250, 251)
KEPT = (12, 13, 200, 203)
STATIC = (11, 13, 200, 251)     # whose MAC addresses change
MACS = {"p1": (M1, "02:00:00:00:77:01"), "p2": (M2, "02:00:00:00:77:02")}
BEHIND = {4: ("10.2.0.20", "10.2.0.21"),
          6: ("fd00:0:0:2::20", "fd00:0:0:2::21")}      # on p5
BEYOND = {4: "10.3.0.5", 6: "fd00:0:0:3::5"}            # behind one of them
NPT = "fd01:203:405::", "2001:db8:1::", 48
NPT_LEG = "fd01:203:405:1::1/64"
NPT_HOSTS = ("fd01:203:405:1::30", "fd01:203:405:1:5::31")
PLACES = {"p1": (GWI, M1), "p2": (GWI, M2), "p5": (GWI2, M5),
          "p3": (GWE, "02:00:00:00:0e:10"), "p4": (GWE, "02:00:00:00:0e:11")}


def wire(n):
    return "p2" if n in P2 else "p1"


def prefixes(add, proto, peers, number):
    """Connections of hosts whose prefix is translated."""
    for peer, place in zip(peers, ("p3", "p4", "p3")):
        for host in NPT_HOSTS:
            s, d = next(number), next(number)
            there = place, peer, npt(host, *NPT), s if proto == ICMP else d, s
            add(6, proto, ("p1", host, peer, s, d), there, "prefix")
            s, d = next(number), next(number)
            add(6, proto, (*there[:3], s, d),
                ("p1", host, peer, s if proto == ICMP else d, s), "prefix in")
    (one, a), (two, b) = ((h, npt(h, *NPT)) for h in NPT_HOSTS)
    s, d = next(number), next(number)
    add(6, proto, ("p1", one, b, s, d),
        ("p1", two, a, s if proto == ICMP else d, s), "hairpin prefix")


def connections(r):
    """Of all kinds, none with the addresses and ports of another."""
    out = []
    x, y, far = ({4: "192.0.2.10", 6: "2001:db8:e::10"},
                 {4: "192.0.2.11", 6: "2001:db8:e::11"},
                 {4: "198.51.100.7", 6: "2001:db8:d::7"})
    inner = {v: BEHIND[v][0] for v in BOTH}
    number = iter(range(3000, 9999))

    def add(v, proto, one, two, what):
        if proto == ICMP and v == 6:
            proto = ICMP6
        out.append(Conn(r, v, proto, End(*one), End(*two), what))

    for v in BOTH:
        o = outside(v, 10)
        for proto in (UDP, TCP, UDP, TCP, ICMP):
            for peer, place in ((x[v], "p3"), (y[v], "p4"), (far[v], "p3")):
                for n in SNAT:
                    d = next(number)
                    if proto == ICMP:
                        d = 0
                    add(v, proto, (wire(n), inside(v, n), peer, 6000 + n, d),
                        (place, peer, o, d or 2000 + n, 2000 + n), "snat")
                n = r.choice(FLOATING)
                s, d = next(number), next(number)
                add(v, proto, (wire(n), inside(v, n), peer, s, d),
                    (place, peer, outside(v, n), s if proto == ICMP else d, s),
                    "floating")
                s, d = next(number), next(number)
                add(v, proto, (place, peer, outside(v, n), s, d),
                    (wire(n), inside(v, n), peer, s if proto == ICMP else d, s),
                    "floating in")
                s, d, n = next(number), next(number), r.choice(PLAIN)
                add(v, proto, (wire(n), inside(v, n), peer, s, d),
                    (place, peer, inside(v, n), d, s), "no rule")
                s, d = next(number), next(number)
                add(v, proto, (wire(18), inside(v, 18), y[v], s, d),
                    ("p4", y[v], inside(v, 18), d, s), "exempt")
            s, d = next(number), next(number)
            for n in (12, 200, 11):
                # Where there is no leg they leave by ext, and are mapped.
                m = s if n in FLOATING or proto == ICMP else 6000 + n
                for dst in (inner[v], BEYOND[v]):
                    add(v, proto, (wire(n), inside(v, n), dst, m, d),
                        ("p5", dst, inside(v, n), d, m), "inside")
            d = next(number)
            add(v, proto, (wire(13), inside(v, 13), outside(v, 201), 6013, d),
                (wire(201), inside(v, 201), o, 2013 if proto == ICMP else d,
                 2013), "hairpin floating")
            s, d = next(number), next(number)
            add(v, proto, (wire(200), inside(v, 200), outside(v, 203), s, d),
                (wire(203), inside(v, 203), outside(v, 200),
                 s if proto == ICMP else d, s), "hairpin two floating")
            if proto == ICMP:
                continue
            for peer, place in ((x[v], "p3"), (y[v], "p4"), (far[v], "p3")):
                s = next(number)
                add(v, proto, (place, peer, o, s, 8080),
                    (wire(FORWARD), inside(v, FORWARD), peer, 80, s), "forward")
                s = next(number)
                add(v, proto, (place, peer, o, s, 2014),
                    (wire(14), inside(v, 14), peer, 6014, s), "endpoint")
        for proto in (UDP, TCP):
            add(v, proto, (wire(12), inside(v, 12), o, 6012, 8080),
                (wire(FORWARD), inside(v, FORWARD), o, 80, 2012), "hairpin forward")
        if v == 6:
            for proto in (UDP, TCP, ICMP):
                prefixes(add, proto, (x[v], y[v], far[v]), number)
        s, d = next(number), next(number)
        add(v, UDP, (wire(12), inside(v, 12), {4: "172.16.0.1", 6: "fc99::1"}[v],
                     6012, d), ("p3", x[v], outside(v, 99), s, d), "nowhere")
    return out


def nat_rules():
    """Text of each rule by its handle: a snat port is no matter of chance."""
    rules = {}
    for v in BOTH:
        o, w = bracket(outside(v, 10)), 100 * v
        all_, full = {4: ("/24", "/32"), 6: ("/64", "/128")}[v]
        for n in SNAT:
            rules[w + n] = f"snat from {inside(v, n)}{full} to {o}:" \
                f"{2000 + n}-{2000 + n}" + " filter endpoint" * (n == 14)
        for n in FLOATING:
            rules[w * 10 + n] = f"floating {outside(v, n)} to {inside(v, n)}"
        for n, proto in enumerate(("tcp", "udp")):
            rules[w * 20 + n] = \
                f"forward {proto} {o}:8080 to {bracket(inside(v, FORWARD))}:80"
        rules[w + 99] = f"none from {inside(v, 18)}{full} to " + \
            {4: "192.0.2.0", 6: "2001:db8:e::"}[v] + all_
    source, target, length = NPT
    rules[600] = f"floating {target}/{length} to {source}/{length}"
    return rules


def neigh_text(v, n, mac=None):
    return f"neigh replace segment in {inside(v, n)} " \
        f"lladdr {mac or MACS[wire(n)][0]} port {wire(n)}\n"


def addrs(name, static=True):
    """What a port may send from: those of STATIC as a prefix, which is nobody's
    MAC address."""
    hosts = [n for n in (*SNAT, FORWARD, 18, *FLOATING, *PLAIN)
             if wire(n) == name and n not in STATIC]
    text = "".join(f" addr {inside(v, n)}" for v in BOTH for n in hosts)
    if name == "p1":
        return text + "".join(f" addr {host}" for host in NPT_HOSTS)
    if static:
        text += "".join(f" addr {inside(v, n & ~1)}/{length}" for n in STATIC
                        if wire(n) == name for v, length in ((4, 31), (6, 127)))
    return text


def port_text(name):
    if name == "p4":
        return "port add p4 segment ext mac 02:00:00:00:0e:11 " \
            "addr 192.0.2.11 addr 2001:db8:e::11 security off\n"
    return f"port add {name} segment in mac {MACS[name][0]}{addrs(name)}" + \
        (" security off" if name == "p1" else "") + "\n" + \
        "".join(neigh_text(v, n) for v in BOTH for n in STATIC
                if wire(n) == name)


LEG2 = f"iface add r1 segment in2 mac {GWI2} addr 10.2.0.1/24 addr fd00:0:0:2::1/64"


def beyond(v):
    return {4: "10.3.0.0/16", 6: "fd00:0:0:3::/64"}[v]


def setup(rules, cache):
    """What is different from natlib's bed.  No connection may end by itself: when
    it does is not to the millisecond the same."""
    return "port del p1\nport del p2\n" + f"""
        iface set r1 segment in addr 10.1.0.1/24 addr {INSIDE6}1/64 addr {NPT_LEG}
        {port_text("p1")}
        {port_text("p2")}
        router set r1 flow-cache {cache} icmp-rate 1000000 icmp-timeout 80000
        router set r1 udp-timeout 80000 tcp-transitory-timeout 80000
        segment add in2
        {LEG2}
        port add p5 segment in2 mac {M5} {" ".join(
            f"addr {BEHIND[v][0]} addr {beyond(v)}" for v in BOTH)}
        route add r1 172.16.0.0/12 unreachable
        route add r1 fc99::/16 unreachable
    """ + "".join(f"""
        neigh add segment in2 {BEHIND[v][1]} lladdr 02:00:00:00:02:06 port p5
        route add r1 {beyond(v)} via {BEHIND[v][0]}
    """ for v in BOTH) + "".join(
        f"nat add r1 out ext {text} handle {handle}\n"
        for handle, text in rules.items())


class DiffBed(NatBed):
    """One of the two, with CACHE on or off."""

    def __init__(self, hv, rules, cache):
        super().__init__(hv=hv, vm=f"{hv}-vm")
        self.cache = cache
        self.add("p5")
        self.dvr(setup(rules, cache))
        if cache == "off":
            # Of one the driver gets frames at once, of the other by the kernel.
            for dev in self.wires:
                run("tc", "qdisc", "add", "dev", dev, "root", "pfifo", ns=self.hv)
        self.idle(.3)
        # Burst sees all. A copy of a packet kept for another socket would keep
        # it from the fast path.
        for w in self.wires.values():
            w.sock.bind((w.dev, 0x88b5))

    def change(self, text):
        """What Changes says."""
        if text.startswith("cache "):
            if self.cache == "on":
                self.dvr(f"router set r1 flow-{text}\n")
        elif text.startswith("flush"):
            self.dvradm("flow", *text.split())
        elif text.startswith("link"):
            self.ip(text + "\n")
        else:
            self.dvr(text + "\n")
