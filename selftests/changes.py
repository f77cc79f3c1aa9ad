# SPDX-License-Identifier: GPL-2.0-only
"""Random changes of the configuration of diffbed's hypervisors."""

from diffbed import (BEHIND, FLOATING, KEPT, LEG2, MACS, STATIC, addrs, beyond,
                     neigh_text, port_text, wire)
from natlib import BOTH, GWE, M2, inside, outside

X = {4: "192.0.2.10", 6: "2001:db8:e::10"}
Y = {4: "192.0.2.11", 6: "2001:db8:e::11"}
WAY = {4: "198.51.100.0/25", 6: "2001:db8:d::/65"}


class Changes:
    """What was changed, and what to change next.

    A change is a text for DiffBed.change(); UNDO is the next one if nearly
    nothing is the same until then."""

    def __init__(self, r, rules):
        self.r, self.rules = r, rules
        self.gone, self.extra, self.undo, self.gwe = set(), set(), "", GWE
        self.kinds = [self.way, self.longer, self.refused, self.default,
                      self.inner, self.outer,
                      self.rule, self.rule, self.again, self.port, self.neigh,
                      self.mtu, self.leg_mac, self.link, self.flush, self.limit,
                      self.timeout, self.filter, self.cache, self.cache,
                      self.leg, self.security, self.addresses, self.port_mac]

    def next(self):
        text, self.undo = self.undo, ""
        return text or self.r.choice(self.kinds)(self.r.choice(BOTH))

    def until(self, text, undo):
        self.undo = undo
        return text

    def hops(self, v):
        """One next hop, or two."""
        return "via " + self.r.choice((
            X[v], Y[v], f"{X[v]} via {Y[v]}", f"{Y[v]} weight 3 via {X[v]}"))

    def toggle(self, net, how):
        self.extra ^= {net}
        if net in self.extra:
            return f"route add r1 {net} {how}"
        return f"route del r1 {net}"

    def way(self, v):
        return f"route replace r1 {WAY[v]} {self.hops(v)}"

    def longer(self, v):
        return self.toggle({4: "198.51.100.0/24", 6: "2001:db8:d::/64"}[v],
                           self.hops(v))

    def refused(self, v):
        return self.toggle({4: "198.51.100.6/31", 6: "2001:db8:d::6/127"}[v],
                           self.r.choice(("blackhole", "unreachable",
                                          "prohibit")))

    def default(self, v):
        net = {4: "0.0.0.0/0", 6: "::/0"}[v]
        if self.r.random() < .2:
            return self.until(f"route replace r1 {net} prohibit",
                              f"route replace r1 {net} via {X[v]}")
        return f"route replace r1 {net} {self.hops(v)}"

    def inner(self, v):
        """Where nothing is translated."""
        one, two = BEHIND[v]
        return f"route replace r1 {beyond(v)} via " + self.r.choice((
            one, two, f"{one} via {two}", f"{two} weight 2 via {one}"))

    def outer(self, v):
        """What goes to an outside address is translated before it is routed, so
        that this is for those without a rule."""
        return self.toggle(
            self.r.choice({4: ("203.0.113.0/24", "203.0.113.200/30"),
                           6: ("2001:db8:f::/64", "2001:db8:1::/48")}[v]),
            f"via {BEHIND[v][0]}")

    def rule(self, _):
        # Who is in hairpin without a rule has ports at random.
        handle = self.r.choice([h for h, text in self.rules.items() if not any(
            f" {inside(v, n)}" in text.replace("/", " ") + " " for n in KEPT
            for v in BOTH)])
        self.gone ^= {handle}
        if handle in self.gone:
            return f"nat del r1 handle {handle}"
        return f"nat add r1 out ext {self.rules[handle]} handle {handle}"

    def again(self, _):
        handle = self.r.choice([h for h in self.rules if h not in self.gone])
        return f"nat del r1 handle {handle}\n" \
            f"nat add r1 out ext {self.rules[handle]} handle {handle}"

    def port(self, _):
        name = self.r.choice(("p2", "p4"))
        return f"port del {name}\n{port_text(name)}"

    def neigh(self, v):
        n = self.r.choice(STATIC)
        return neigh_text(v, n, self.r.choice(MACS[wire(n)]))

    def mtu(self, _):
        return f"segment set ext mtu {self.r.choice((1280, 1400, 1500, 1500))}"

    def leg_mac(self, _):
        self.gwe = self.r.choice((GWE, "02:00:00:00:0e:02"))
        return f"iface set r1 segment ext mac {self.gwe}"

    def link(self, _):
        return self.until("link set r1 down", "link set r1 up")

    def flush(self, v):
        return self.r.choice(("flush router r1", f"flush addr {inside(v, 12)}",
                              f"flush addr {outside(v, FLOATING[1])}"))

    def limit(self, _):
        n = self.r.choice((2, 20, 131072, 131072))
        text = f"router set r1 flow-limit {n}"
        if n == 2:
            return self.until(text, "router set r1 flow-limit 131072")
        return text

    def timeout(self, _):
        return f"router set r1 udp-timeout {self.r.choice((80000, 80001))}"

    def filter(self, v):
        """What is far seems to be inside, and those who are really there do not
        come through."""
        leg = self.r.choice(("in", "ext", "ext"))
        net = {4: "198.51.100.0/28", 6: "2001:db8:d::/124"}[v]
        return self.until(f"iface set r1 segment {leg} rpf strict\n"
                          f"route add r1 {net} via {BEHIND[v][0]}",
                          f"iface set r1 segment {leg} rpf off\n"
                          f"route del r1 {net}")

    def cache(self, _):
        """Not of the hypervisor that never has it."""
        if self.r.random() < .5:
            return "cache off\nrouter set r1 flow-cache on"
        return self.until("cache off", "cache on")

    def leg(self, _):
        """What is behind it is elsewhere until it is back."""
        gone = "iface del r1 segment in2"
        if self.r.random() < .5:
            return f"{gone}\n{LEG2}"
        return self.until(gone, LEG2)

    def security(self, _):
        """Hosts of STATIC have no address of p1."""
        return self.until("port set p1 security on", "port set p1 security off")

    def addresses(self, _):
        return self.until("port set p2" + addrs("p2", False),
                          "port set p2" + addrs("p2"))

    def port_mac(self, _):
        return self.until(f"port set p2 mac {MACS['p2'][1]}",
                          f"port set p2 mac {M2}")
