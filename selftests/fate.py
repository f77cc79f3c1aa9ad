#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# cache: on
"""Shared fate: what one tenant does costs no other tenant anything.

    a pa -- segment ina -- ra --+                       +-- x px
                                +-- segment ext (all) --+-- y py
    b pb -- segment inb -- rb --+                       +-- z pz
                                                        +-- u pu (uplink)

ra and rb are routers of two tenants with the same addresses inside; both translate at
the segment that all tenants share. The names of the tests begin with the label of the
fault that they are about.
"""

import contextlib
import glob
import re
import time

from frames import (ICMP, ICMP6, arp_frame, echo, eth, lladdr, multicast_mac, ns_packet,
                    solicited, udp_packet)
from fresh import Fresh
from lib import Bed, Host, Skip, both, busywait, defer, equal, finish, in_ns, need, run, test

TRACE = "/sys/kernel/tracing"
GWI, GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0e:0a", "02:00:00:00:0e:0b"
OUT = {"ra": {4: "203.0.113.10", 6: "2001:db8:f::10"},
       "rb": {4: "203.0.113.20", 6: "2001:db8:f::20"}}

bed = Bed("pa", "pb", "px", "py", "pz", "pu", "pw")
a = Host(bed.wires["pa"], "02:00:00:00:01:0a", "10.1.0.10", "fd00::10", GWI)
b = Host(bed.wires["pb"], "02:00:00:00:01:0b", "10.1.0.10", "fd00::10", GWI)
x = Host(bed.wires["px"], "02:00:00:00:0e:10", "192.0.2.10", "2001:db8:e::10", GWA)
y = Host(bed.wires["py"], "02:00:00:00:0e:11", "192.0.2.11", "2001:db8:e::11", GWB)
z = Host(bed.wires["pz"], "02:00:00:00:0e:12", "192.0.2.12", "2001:db8:e::12", GWA)
u = Host(bed.wires["pu"], "02:00:00:00:0e:13", "192.0.2.13", "2001:db8:e::13", GWA)
bed.ip("addr add 192.0.2.200/24 dev pu\naddr add 2001:db8:e::200/64 dev pu nodad\n")
bed.dvr("""
    segment add ext
    port add pu segment ext uplink on
    port add px segment ext
    port add py segment ext
    port add pz segment ext
""" + "".join(f"""
    router add {r}
    segment add in{r}
    iface add {r} segment in{r} mac {GWI} addr 10.1.0.1/24 addr fd00::1/64
    iface add {r} segment ext mac {mac} addr 192.0.2.{n}/24 addr 2001:db8:e::{n}/64
    route add {r} default via {h.v4}
    route add {r} ::/0 via {h.v6}
    port add {host.wire.dev} segment in{r} mac {host.mac} addr {host.v4} addr {host.v6}
    nat add {r} out ext snat from 10.1.0.0/24 to {OUT[r][4]}
    nat add {r} out ext snat from fd00::/64 to {OUT[r][6]}
""" for r, n, mac, host, h in (("ra", 1, GWA, a, x), ("rb", 2, GWB, b, y))))
bed.ip("link set ra up\nlink set rb up\n")
FAR = {4: "198.51.100.7", 6: "2001:db8:d::7"}


class Flow:
    """A UDP connection of HOST and the far end behind PEER, on the fast path."""

    ports = iter(range(20000, 60000))

    def __init__(self, v, host, peer):
        self.v, self.host, self.peer = v, host, peer
        self.sport, self.seen = next(self.ports), None
        for _ in range(3):
            self.go()

    def go(self):
        """A packet each way."""
        token = bed.token()
        self.host.udp(FAR[self.v], token, sport=self.sport, dport=5000)
        got = self.peer.wire.expect(lambda p: token in p.raw and p.dst == self.peer.mac,
                                    "a packet outwards")
        need(self.seen in (None, got.sport), "the outside port changed")
        self.seen, token = got.sport, bed.token()
        self.peer.wire.send(eth(got.src, self.peer.mac, udp_packet(
            FAR[self.v], got.saddr, token, 5000, got.sport)))
        self.host.wire.expect(lambda p: token in p.raw, "a packet inwards")


@contextlib.contextmanager
def freed(name="dvr_flow"):
    """A list that gets one element for each object of a slab cache that is freed."""
    events = f"{TRACE}/events/kmem/kmem_cache_free"
    if not glob.glob(f"{TRACE}/events"):
        run("mount", "-t", "tracefs", "none", TRACE, check=False)
    if not glob.glob(events):
        raise Skip("this kernel has no trace event kmem_cache_free")

    def put(path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    found = []
    put(f"{events}/filter", f'name == "{name}"')
    put(f"{TRACE}/trace", "\n")
    put(f"{events}/enable", "1")
    try:
        yield found
        time.sleep(.3)      # objects are freed after a grace period
    finally:
        put(f"{events}/enable", "0")
        put(f"{events}/filter", "0")
    with open(f"{TRACE}/trace", encoding="ascii", errors="replace") as file:
        found += [line for line in file if f"name={name}" in line]


def remade(during, count=20, pause=.1):
    """How many flows of a connection of ra were made anew while DURING() ran again
    and again; that of rb is not looked at."""
    for router in ("ra", "rb"):
        bed.dvradm("flow", "flush", "router", router)
    time.sleep(1)       # until their flows are freed
    flows = [Flow(v, a, x) for v in (4, 6)]
    with freed() as gone:
        for number in range(count):
            during(number)
            for flow in flows:
                flow.go()
            bed.idle(pause)
    return len(gone)


@test("A2-1 a flow that is made anew is seen by this test")
def control():
    def change(number):
        bed.dvradm("route", "add", "ra", f"198.51.100.0/{24 + number}", "via", x.v4)

    need(remade(change, 3) >= 3, "a change of the routes makes no flow anew")
    bed.dvr("".join(f"route del ra 198.51.100.0/{24 + n}\n" for n in range(3)))


@test("C-routes-1 routes that lead elsewhere change: no flow is made anew")
def routes_elsewhere():
    def change(number):
        bed.dvr(f"route add ra 198.18.{number}.0/24 via {z.v4}\n"
                f"route add ra 2001:db8:{number + 256:x}::/48 via {z.v6}\n")
        if number:
            bed.dvr(f"route replace ra 198.18.{number}.0/24 blackhole\n"
                    f"route del ra 2001:db8:{number + 255:x}::/48\n"
                    f"route del ra 198.18.{number - 1}.0/24\n")

    equal(remade(change, 50, 0), 0, "flows made anew")
    bed.dvr(f"route del ra 198.18.49.0/24\nroute del ra 2001:db8:{49 + 256:x}::/48\n")


@test("C-routes-2 a route that leads a flow elsewhere moves it with the next packet")
@both
def routes_move(v):
    flow = Flow(v, a, x)

    def leads_to(host, *changes):
        """After CHANGES, the first packet leaves to HOST."""
        for text in changes:
            bed.dvr(text + "\n")
        flow.peer = host
        flow.go()
        flow.go()
        bed.dvr(f"route add ra {other} via {z.addr(v)}\n")
        flow.go()
        bed.dvr(f"route del ra {other}\n")
        flow.go()

    far, other, wide = {4: ("198.51.100.7/32", "198.18.0.0/24", "198.51.0.0/16"),
                        6: ("2001:db8:d::7/128", "2001:db8:100::/48", "2001:db8:d::/48")}[v]
    default = "0.0.0.0/0" if v == 4 else "::/0"
    leads_to(x)
    leads_to(z, f"route add ra {far} via {z.addr(v)}")
    leads_to(x, f"route del ra {far}")
    leads_to(z, f"route add ra {wide} via {z.addr(v)}", f"route add ra {other} blackhole",
             f"route del ra {other}")
    leads_to(x, f"route add ra {far} via {x.addr(v)}", f"route del ra {wide}")
    leads_to(z, f"route replace ra {default} via {z.addr(v)}", f"route del ra {far}")
    leads_to(x, f"route replace ra {default} via {x.addr(v)}")


@test("A2-2 a tenant scans a shared segment: no flow of another tenant is made anew")
def scan():
    def during(number):
        for n in range(10):
            b.udp(f"192.0.2.{20 + (number * 10 + n) % 200}", b"scan")
            b.udp(f"2001:db8:e::1:{number * 10 + n:x}", b"scan")

    failed = bed.drops("neigh_failed", router="rb")
    # Three requests a second apart, then a second in the table as failed.
    equal(remade(during, 40), 0, "flows made anew")
    need(bed.drops("neigh_failed", router="rb") > failed, "no neighbour failed")


@test("A2-3 neighbours with a MAC end: no flow of another tenant is made anew")
def ends():
    def during(number):
        y.v4, y.v6 = f"192.0.2.{100 + number}", f"2001:db8:e::2:{number:x}"
        for ip in (y.v4, y.v6):
            token = bed.token()
            b.udp(ip, token)
            y.wire.expect(lambda p, token=token: token in p.raw, f"a packet to {ip}")
            bed.dvradm("neigh", "del", "segment", "ext", ip)

    own = y.v4, y.v6
    try:
        equal(remade(during), 0, "flows made anew")
    finally:
        y.v4, y.v6 = own


@test("A2-4 a MAC moves to and fro: no flow of another tenant is made anew, and its own "
      "neighbours follow")
def moves():
    mac = "02:00:00:00:0e:77"

    def say(wire):
        wire.send(eth("ff:ff:ff:ff:ff:ff", mac, udp_packet("192.0.2.77", "192.0.2.255", b"")))

    def during(number):
        wire, other = (y.wire, z.wire)[::1 if number % 2 else -1]
        say(wire)
        for ip in ("192.0.2.77", "2001:db8:e::77"):
            token = bed.token()
            bed.flush()
            b.udp(ip, token)
            wire.expect(lambda p, token=token: token in p.raw and p.dst == mac,
                        f"a packet to {ip} behind {wire}")
            need(not any(token in p.raw for p in other.rx), f"seen on {other} too")

    bed.dvr(f"neigh add segment ext 192.0.2.77 lladdr {mac}\n"
            f"neigh add segment ext 2001:db8:e::77 lladdr {mac}\n")
    say(z.wire)
    equal(remade(during), 0, "flows made anew")
    bed.dvr("neigh del segment ext 192.0.2.77\nneigh del segment ext 2001:db8:e::77\n")


@test("A2-5 a port of a shared segment goes: no flow of another tenant is made anew")
def port_goes():
    def during(number):
        if number % 2:
            bed.dvr("port del pw\n")
        else:
            bed.dvr("port add pw segment ext mac 02:00:00:00:0e:99 addr 192.0.2.99 "
                    "addr 2001:db8:e::99\n")
            token = bed.token()
            b.udp("192.0.2.99", token, sport=next(Flow.ports))
            bed.wires["pw"].expect(lambda p: token in p.raw, "a packet to the new port")

    equal(remade(during, 10), 0, "flows made anew")


@test("A2-6 a port with connections goes: their flows are void at once")
@both
def port_ends(v):
    bed.dvr(f"port del {b.wire.dev}\nport add pb segment inrb\n")
    flow = Flow(v, b, y)
    # The machine is heard behind another port, so that only its connections tell.
    bed.dvr("port del pb\n")
    token = bed.token()
    bed.flush()
    y.wire.send(eth(GWB, y.mac, udp_packet(FAR[v], OUT["rb"][v], token, 5000, flow.seen)))
    bed.idle(.2)
    need(not bed.seen(lambda p: token in p.raw and p.src == GWI), "a packet got in")
    bed.dvr(f"port add pb segment inrb mac {b.mac} addr {b.v4} addr {b.v6}\n")
    Flow(v, b, y)


def own_mac():
    text = run("ip", "-n", bed.hv, "link", "show", "pu").stdout
    return re.search(r"link/ether (\S+)", text)[1]


def host_answers(v, to=None):
    """The host answers who asks it by the uplink."""
    token, src = bed.token(), u.addr(v)
    dst = "192.0.2.200" if v == 4 else "2001:db8:e::200"
    u.wire.send(eth(to or own_mac(), u.mac, echo(src, dst, token)))
    u.wire.expect(lambda p: token in p.raw and p.daddr == src, "the host's answer")


def macs():
    return {e["mac"]: e for e in bed.show("fdb", "show", "segment", "ext")}


def spoofs(host, mac, why):
    """A frame of HOST with the source MAC is dropped and not learned from."""
    before, token, entry = bed.drops("spoof_mac", port=host.wire.dev), bed.token(), macs().get(mac)
    bed.flush()
    host.wire.send(eth("ff:ff:ff:ff:ff:ff", mac, udp_packet("192.0.2.99", "192.0.2.255", token)))
    bed.idle(.1)
    equal(bed.drops("spoof_mac", port=host.wire.dev) - before, 1, f"{why}: spoof_mac")
    need(not bed.seen(lambda p: token in p.raw), f"{why}: the frame was seen")
    now = macs().get(mac)
    equal(now and now.get("port"), entry and entry.get("port"), f"{why}: where the MAC is")


@test("A1-1 a machine that sends with the host's MAC takes nothing from the host")
def host_mac():
    # What devices on top of the uplink do, such as macvlan.
    upper = "02:00:00:00:0e:ab"
    run("bridge", "-n", bed.hv, "fdb", "add", upper, "dev", "pu", "self")
    defer(run, "bridge", "-n", bed.hv, "fdb", "del", upper, "dev", "pu", "self")
    for host in (x, z):
        for mac, why in ((own_mac(), "the uplink's MAC"), (upper, "a unicast address of the uplink")):
            spoofs(host, mac, why)
            need(macs().get(mac, {}).get("port", "pu") == "pu", f"{why} was learned elsewhere")
    for v in (4, 6):
        host_answers(v)


@test("A1-2 a MAC that the host gets is the host's from then on")
def host_changes():
    old, new = own_mac(), "02:00:00:00:0e:aa"
    z.wire.send(eth("ff:ff:ff:ff:ff:ff", new, udp_packet("192.0.2.99", "192.0.2.255", b"")))
    bed.idle(.1)
    equal(macs()[new]["port"], "pz", "where the MAC is")
    bed.ip(f"link set pu address {new}\n")
    defer(bed.ip, f"link set pu address {old}\n")
    busywait(5, "the MAC moves to the host",
             lambda: (macs()[new]["port"], macs()[new]["origin"]) == ("pu", "host"))
    spoofs(z, new, "the new MAC")
    for v in (4, 6):
        host_answers(v, new)


@test("A7-1 nobody sends with the MAC of a gateway, a held port or a configured entry")
def others():
    bed.dvr("port add pw segment ext mac 02:00:00:00:0e:99\n"
            "fdb add segment ext 02:00:00:00:0e:98 port py\n")
    defer(bed.dvr, "fdb del segment ext 02:00:00:00:0e:98\nport del pw\n")
    for host in (x, z):
        spoofs(host, GWA, "a gateway's MAC")
        spoofs(host, "02:00:00:00:0e:99", "a port's MAC")
        spoofs(host, "02:00:00:00:0e:98", "a configured MAC")
    spoofs(u, "02:00:00:00:0e:99", "a port's MAC from the uplink")
    # Another host's router may have the MAC too, and a machine may have moved there.
    bed.ip("link set pw down\n")
    for mac in (GWA, "02:00:00:00:0e:99"):
        token = bed.token()
        u.wire.send(eth("ff:ff:ff:ff:ff:ff", mac, udp_packet("192.0.2.98", "192.0.2.255", token)))
        x.wire.expect(lambda p, token=token: token in p.raw, f"a frame of {mac} from the uplink")
    bed.ip("link set pw up\n")


@test("A3-1 a port that sends from many MACs loses its own old ones, and no other port's")
def many_macs():
    x.wire.send(eth(z.mac, x.mac, bytes(46), 0x88b5))
    for n in range(4200):
        z.wire.send(eth(z.mac, f"02:bb:00:00:{n >> 8:02x}:{n & 255:02x}", bytes(46), 0x88b5))
    bed.idle(.2)
    table = macs()
    equal(sum(e.get("port") == "pz" for e in table.values()), 4096, "MACs of pz")
    need("02:bb:00:00:10:67" in table, "the last MAC was not learned")
    need(table[x.mac]["port"] == "px", "a MAC of another port went")
    y.wire.send(eth(z.mac, "02:bb:00:01:00:01", bytes(46), 0x88b5))
    bed.idle(.1)
    need("02:bb:00:01:00:01" in macs(), "another port's new MAC was not learned")
    bed.dvr("port del pz\nport add pz segment ext\n")


def inside():
    """A machine behind ra, at pw."""
    return Fresh(bed, bed.wires["pw"], "10.1.0.230", "fd00::77:0")


def outside():
    """A machine beyond ra, on the segment of all."""
    return Fresh(bed, y.wire, "192.0.2.230", "2001:db8:e::77:0")


def reached(fresh, why):
    """A new connection of a gets to a machine."""
    fresh.reached(a, why, sport=next(Flow.ports))


def invent(wire, gateway4, gateway6, four, six, count):
    """Ask for the gateway as COUNT machines that are not there, of each family."""
    group = solicited(gateway6)
    for n in range(count):
        mac, ip4, ip6 = f"02:99:00:00:{n >> 8:02x}:{n & 255:02x}", \
            f"{four}.{20 + n % 200}", f"{six}99:{n:x}"
        wire.send(arp_frame(1, mac, ip4, "00:00:00:00:00:00", gateway4, src=mac))
        wire.send(eth(multicast_mac(group), mac, ns_packet(ip6, group, gateway6,
                                                           lladdr(1, mac))))
        if n % 100 == 99:
            bed.poll()
    bed.flush()


@test("A3-2 whoever asks for a gateway fills no quota that resolution needs")
def inventors():
    bed.dvr("port add pw segment inra security off\nrouter set ra neigh-limit 64\n")
    defer(bed.dvr, "port del pw\nrouter set ra neigh-limit 4096\n")
    inner = inside()
    for where, args in (("inside", (bed.wires["pw"], "10.1.0.1", "fd00::1", "10.1.0", "fd00::")),
                        ("outside", (z.wire, "192.0.2.1", "2001:db8:e::1", "192.0.2",
                                     "2001:db8:e::"))):
        invent(*args, 400)
        learned = [n for n in bed.show("neigh", "show", "router", "ra")
                   if n["origin"] == "learned"]
        need(len(learned) <= 2 * (64 + 64), f"{len(learned)} neighbours of ra")
        reached(outside(), f"outwards, asked {where}")
        reached(inner, f"inwards, asked {where}")
        inner = inside()
    # With no room at all, nobody is learned, and nothing else happens.
    bed.dvr("router set ra neigh-limit 0\n")
    invent(bed.wires["pw"], "10.1.0.1", "fd00::1", "10.1.0", "fd00::1:", 3)
    need(not any(":1:99:" in n["ip"] for n in bed.show("neigh", "show", "router", "ra")),
         "a neighbour without room")


@test("A3-3 a scan keeps neither another leg nor the same one from its neighbours")
def scan_fills():
    bed.dvr("port add pw segment inra security off\nrouter set ra neigh-limit 64\n")
    defer(bed.dvr, "port del pw\nrouter set ra neigh-limit 4096\n")
    known = outside()
    reached(known, "before")
    for n in range(400):
        a.udp(f"2001:db8:e::88:{n:x}", b"scan")
        a.udp(f"192.0.2.{20 + n % 200}", b"scan")
        if n % 50 == 49:
            bed.poll()
    need(bed.drops("neigh_limit", router="ra") > 0, "the limit was not reached")
    reached(known, "who was known")
    reached(inside(), "the other leg")
    reached(outside(), "the same leg")


@test("C6-1 a router that fills the conntrack table leaves some of it to others")
def table():
    path = "/proc/sys/net/netfilter/nf_conntrack_max"
    for router in ("ra", "rb"):
        bed.dvradm("flow", "flush", "router", router)
    with open(path, encoding="ascii") as file:
        old = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write("640")
    try:
        for n in range(700):
            a.udp(FAR[4], b"fill", sport=30000 + n)
            if n % 50 == 49:
                bed.poll()
        bed.flush()
        need(bed.drops("nat_limit", router="ra") > 0, "ra has not filled the table")
        equal(bed.drops("nat_limit", router="rb"), 0, "nat_limit of rb")
        for v in (4, 6):
            Flow(v, b, y)
        # A share is 640 / 32 / 2, of both families.
        for n in range(30):
            b.udp(FAR[4], b"more", sport=40000 + n)
        bed.idle(.2)
        conns = {r["name"]: r["conns"] for r in bed.show("-d", "router", "show")}
        equal((conns["ra"] + conns["rb"], conns["rb"]), (610, 10), "connections")
    finally:
        with open(path, "w", encoding="ascii") as file:
            file.write(old)
        for router in ("ra", "rb"):
            bed.dvradm("flow", "flush", "router", router)


@test("A3-4 packets that wait for a neighbour of another router go with their leg")
@both
def waiting(v):
    inner, outer, bits = {4: ("10.6.0.", "10.5.0.", 24),
                          6: ("fd06::", "fd05::", 64)}[v]
    macs_of = {"q1": "02:00:00:00:0b:01", "q2": "02:00:00:00:0b:02"}
    bed.dvr("segment add qi\nsegment add qo\nport add pw segment qi\n" + "".join(
        f"router add {r} netdev off\n"
        f"iface add {r} segment qi mac {mac} addr {inner}{n}/{bits}\n"
        f"iface add {r} segment qo addr {outer}{n}/{bits}\n"
        for n, (r, mac) in enumerate(macs_of.items(), 1)))
    defer(bed.dvr, "router del q1\nrouter del q2\nport del pw\nsegment del qi\n"
                   "segment del qo\n")

    # Each has packets in an entry of the other; q2 more than q1.
    for router, n in (("q2", 50), ("q1", 50), ("q1", 51), ("q2", 51), ("q2", 51), ("q2", 51)):
        bed.wires["pw"].send(eth(macs_of[router], "02:00:00:00:01:99", udp_packet(
            f"{inner}99", f"{outer}{n}", b"wait")))
    bed.dvr("iface del q1 segment qo\n")
    equal(bed.drops("neigh_gone", router="q1"), 1, "packets of q1")
    bed.idle(4)         # the other entry fails, with what waits for it


def is_error(v, token, kind):
    """An ICMP error of KIND (type, code) that quotes TOKEN."""
    proto = ICMP if v == 4 else ICMP6
    return lambda p: p.proto == proto and (p.type, p.code) == kind and token in p.raw


@test("A5-1 1812-15 v6-3 errors about the path MTU are sent, whatever other machines provoke")
@both
def path_mtu(v):
    bed.dvr("segment set inra mtu 2000\nrouter set ra icmp-rate 20\n"
            "port add pw segment inra security off\n")
    noisy = Host(bed.wires["pw"], "02:00:00:00:01:0c", "10.1.0.12", "fd00::12", GWI)
    run("ip", "-n", bed.vm, "link", "set", "pa", "mtu", "2000")
    run("ip", "-n", bed.hv, "link", "set", "pa", "mtu", "2000")
    try:
        for hops in (1, 64):
            for _ in range(300):
                # The hop limit is used up; to a redirect: the way is back on the segment.
                noisy.udp(FAR[v] if hops == 1 else a.own(FAR[v]), b"noise", ttl=hops)
            bed.idle(.1)
            need(bed.drops("icmp_rate", router="ra") > 0, "the noise is within the rate")
            for number in range(50):
                token = bed.token()
                a.udp(FAR[v], token + bytes(1700), **({"flags": 2} if v == 4 else {}))
                a.wire.expect(is_error(v, token, (3, 4) if v == 4 else (2, 0)),
                              f"error {number} about the path MTU")
        # The machine's own errors about other things are its own, too.
        token = bed.token()
        a.udp(FAR[v], token, ttl=1)
        a.wire.expect(is_error(v, token, (11, 0) if v == 4 else (3, 0)), "time exceeded")
    finally:
        bed.dvr("port del pw\nrouter set ra icmp-rate 1000\nsegment set inra mtu 1500\n")



@test("B6-1 what hooks of a port's device noted in a packet does not reach the host")
@both
def scrubbed(v):
    dev, ip = a.wire.dev, "10.1.0.1" if v == 4 else "fd00::1"
    with in_ns(bed.hv):
        run("tc", "qdisc", "add", "dev", dev, "clsact")
        run("tc", "filter", "add", "dev", dev, "ingress", "matchall", "action", "skbedit",
            "mark", "7")
        run("nft", "-f", "-", input="""table inet fate {
            counter whole { }
            counter marked { }
            chain c { type filter hook prerouting priority -300; policy accept;
                iifname ra udp dport 7777 counter name whole
                iifname ra udp dport 7777 meta mark 7 counter name marked
            }
        }""")
    bed.dvr("router set ra punt on\n")
    try:
        for _ in range(5):
            a.udp(ip, b"to the host", dport=7777)
        bed.idle(.2)
        with in_ns(bed.hv):
            text = run("nft", "list", "counters").stdout
        counts = dict(re.findall(r"counter (\w+) {\s+packets (\d+)", text))
        equal(counts, {"whole": "5", "marked": "0"}, "packets that the host saw")
    finally:
        bed.dvr("router set ra punt off\n")
        with in_ns(bed.hv):
            run("nft", "delete", "table", "inet", "fate")
            run("tc", "qdisc", "del", "dev", dev, "clsact")


@test("B8-1 the zones that the kernel chooses are not those of other users of conntrack")
def zones():
    routers = {r["name"]: r for r in bed.show("router", "show")}
    for name in ("ra", "rb"):
        equal(routers[name]["zone"], 65536 - routers[name]["id"], f"zone of {name}")


@test("B9-1 the MAC of a leg is the router's id, so that no two of a segment are equal")
def derived():
    bed.dvr("""
        segment add m1
        segment add m2
        router add m id 1048577 netdev off
        iface add m segment m1 addr 10.8.0.1/24
        iface add m segment m2 addr 10.9.0.1/24
    """)
    ifaces = {i["segment"]: i["mac"] for i in bed.show("iface", "show", "m")}
    equal(ifaces, dict.fromkeys(("m1", "m2"), "02:64:00:10:00:01"), "MACs")
    bed.dvr("router del m\nsegment del m1\nsegment del m2\n")


@test("B12-1 a neighbour on another host stays there, whatever port its MAC is heard at")
@both
def elsewhere(v):
    mac, ip = "02:00:00:00:0e:b1", {4: "192.0.2.66", 6: "2001:db8:e::66"}[v]
    bed.dvr(f"neigh add segment ext {ip} lladdr {mac} host 198.18.0.1\n")
    defer(bed.dvr, f"neigh del segment ext {ip}\n")
    x.wire.send(eth("ff:ff:ff:ff:ff:ff", mac, udp_packet("192.0.2.66", "192.0.2.255", b"")))
    bed.idle(.1)
    equal(macs()[mac]["port"], "px", "where the MAC is heard")
    before = bed.drops("no_tunnel", router="ra")
    tokens = [bed.token() for _ in range(3)]
    for token in tokens:
        a.udp(ip, token)
    bed.idle(.2)
    equal(bed.seen(lambda p: any(token in p.raw for token in tokens) and p.src != a.mac), [],
          "packets to it")
    equal(bed.drops("no_tunnel", router="ra") - before, 3, "no_tunnel")


@test("B10-1 routers one after the other do not choose next hops alike")
def polarised():
    names = ("e1", "e2")
    bed.dvr("segment add e\n" + "".join(
        f"router add {r} netdev off\niface add {r} segment e addr 10.7.0.{n}/24\n"
        f"route add {r} default via 10.7.0.101 via 10.7.0.102\n"
        for n, r in enumerate(names, 1)))
    chosen = set()
    for n in range(64):
        chosen.add(tuple(str(bed.show("route", "get", r, f"198.18.0.{n}", "from",
                                      "10.1.0.10")[0]["gateway"]) for r in names))
    equal(len(chosen), 4, "pairs of next hops")
    bed.dvr("router del e1\nrouter del e2\nsegment del e\n")


finish(bed)
