#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""Routes: longest prefix, metrics, ECMP, next hops that appear and disappear.

    h1 p1 -- segment a -- r1 -- segment b -- p2: next hops 1 to 32, which are
             192.0.2.0/24       198.51.100.0/24  told apart by their MACs
             2001:db8:1::/64    2001:db8:2::/64
"""

import contextlib
import ipaddress
import random

from frames import (FRAGMENT, ICMP, ICMP6, TCP, UDP, echo, eth, frag6, ip4, ip6, packet,
                    tcp, udp_packet)
from lib import Bed, Fail, Host, both, equal, finish, need, test

GWA, GWB, GWC = (f"02:00:00:00:{x}:01" for x in ("0a", "0b", "0c"))
HOPS = 32
SEED = 20240117
NET = {4: "203.0.113.0/24", 6: "2001:db8:9::/48"}
DST = {4: "203.0.113.9", 6: "2001:db8:9::9"}
bed = Bed("p1", "p2")
w1, w2 = bed.wires.values()
h1 = Host(w1, "02:00:00:00:01:01", "192.0.2.10", "2001:db8:1::10", GWA)
h2 = Host(w2, "02:00:00:00:02:fe", "198.51.100.254", "2001:db8:2::fe", GWB)
h1.peer, h2.peer = h2, h1


def hop_mac(number):
    return f"02:00:00:00:02:{number:02x}"


def hop(number, v):
    return f"198.51.100.{number}" if v == 4 else f"2001:db8:2::{number:x}"


bed.dvr(f"""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.253/24 addr 2001:db8:2::fd/64
    port add p1 segment a mac {h1.mac} addr {h1.v4} addr {h1.v6} security off
    port add p2 segment b
    neigh add segment b {h2.v4} lladdr {h2.mac}
    neigh add segment b {h2.v6} lladdr {h2.mac}
""" + "".join(f"neigh add segment b {hop(n, v)} lladdr {hop_mac(n)} port p2\n"
              for n in range(1, HOPS + 1) for v in (4, 6)))
bed.ip("link set r1 up\n")
bed.good(h2)                # p2 learns nothing more after this


def went(dsts, **kw):
    """The next hop that a packet to each of DSTS took; None: to none.

    A packet without a route gives an ICMP error, which is not waited for.
    """
    bed.flush()
    out = {}
    tokens = {}
    for number, dst in enumerate(dsts):
        token = bed.token()
        tokens[token] = number
        out[number] = None
        h1.udp(dst, token, **kw)
        if not number % 100:
            bed.poll()
    bed.good(h1)
    size = len(next(iter(tokens)))
    for pkt in w2.rx:
        if pkt.dport is not None:
            number = tokens.get(pkt.l4[8:8 + size])
            if number is not None:
                out[number] = int(pkt.dst[-2:], 16)
    bed.flush()
    return [out[number] for number in range(len(dsts))]


def batch(lines):
    bed.dvr("\n".join(lines) + "\n")


def oracle(v, count, rounds):
    """COUNT random routes, nested on purpose, and where packets go."""
    rng = random.Random(SEED + v)
    bits = 32 if v == 4 else 128
    base = int(ipaddress.ip_address("32.0.0.0" if v == 4 else "2a00::"))
    short = 4 if v == 4 else 8
    routes = {}
    known = []
    while len(routes) < count:
        if known and rng.random() < 0.6:
            address = rng.choice(known) ^ rng.getrandbits(rng.randint(1, 24))
        else:
            address = base | rng.getrandbits(bits - short)
        length = rng.choice([rng.randint(short, bits), rng.randint(16, 28),
                             bits])
        net = ipaddress.ip_network((address, length), strict=False)
        routes[net] = rng.randint(1, HOPS)
        known.append(address)

    def index():
        table = {}
        for net, number in routes.items():
            shift = bits - net.prefixlen
            table.setdefault(shift, {})[int(net.network_address) >> shift] = \
                number
        return sorted(table.items())

    def look_up(table, address):
        for shift, nets in table:
            if address >> shift in nets:
                return nets[address >> shift]
        return None

    def compare(what):
        addresses = []
        for _ in range(rounds):
            net = rng.choice(list(routes))
            first = int(net.network_address)
            address = rng.choice([
                first, int(net.broadcast_address), first - 1,
                int(net.broadcast_address) + 1,
                first | rng.getrandbits(bits - net.prefixlen or 1)
                if net.prefixlen < bits else first])
            # Stay with unicast that nothing else has a say in.
            if address >> (bits - short) == base >> (bits - short):
                addresses.append(ipaddress.ip_address(address))
        got = went([str(a) for a in addresses])
        table = index()
        want = [look_up(table, int(a)) for a in addresses]
        wrong = [(str(a), g, w) for a, g, w in zip(addresses, got, want)
                 if g != w]
        if wrong:
            raise Fail(f"{what}: {len(wrong)} of {len(addresses)} differ, "
                       f"seed {SEED}: {wrong[:3]}")

    batch(f"route add r1 {net} via {hop(n, v)}" for net, n in routes.items())
    compare("after adding")
    gone = rng.sample(list(routes), count // 2)
    batch(f"route del r1 {net}" for net in gone)
    for net in gone:
        del routes[net]
    compare("after deleting half")
    changed = rng.sample(list(routes), len(routes) // 2)
    for net in changed:
        routes[net] = rng.randint(1, HOPS)
    batch(f"route replace r1 {net} via {hop(routes[net], v)}"
          for net in changed)
    batch([f"route add r1 default via {hop(32, v)}"])
    routes[ipaddress.ip_network("0.0.0.0/0" if v == 4 else "::/0")] = 32
    compare("after replacing half, with a default route")
    listed = {ipaddress.ip_network(r["dst"] if r["dst"] != "default" else
                                   ("0.0.0.0/0" if v == 4 else "::/0")):
              int(r["nexthop"][0]["via"].split(".")[-1]) if v == 4 else
              int(r["nexthop"][0]["via"].split(":")[-1], 16)
              for r in bed.show("route", "show", "r1", "type", "unicast")
              if (":" in r["nexthop"][0]["via"]) == (v == 6)}
    equal(listed, routes, "what show tells")
    batch(f"route del r1 {net}" for net in routes)


@test("1812-19 longest prefix match equals an oracle, default last")
@both
def lpm(v):
    oracle(v, 400, 400)


@test("1812-19 route get tells where packets go, and for which reason not")
@both
def get(v):
    whole, half, there, lost, none = {
        4: ("203.0.113.0/24", "203.0.113.128/25", "203.0.113.9", "203.0.113.129",
            "198.18.0.1"),
        6: ("2001:db8:9::/48", "2001:db8:9:8000::/49", "2001:db8:9::9",
            "2001:db8:9:8000::1", "2001:db8:7::1")}[v]
    batch([f"route add r1 {whole} via {hop(5, v)}",
           f"route add r1 {half} blackhole"])
    got = bed.show("route", "get", "r1", there)
    got = got[0] if isinstance(got, list) else got
    need(hop(5, v) in str(got) and "'b'" in str(got), str(got))
    need(hop_mac(5) in str(got), f"no neighbour in {got}")
    need("blackhole" in str(bed.show("route", "get", "r1", lost)), "blackhole")
    done = bed.dvradm("route", "get", "r1", none, check=False)
    equal(done.returncode, 1, "exit code without a route")
    batch([f"route del r1 {whole}", f"route del r1 {half}"])


@test("the lower metric wins, the higher takes over when it goes")
@both
def metric(v):
    net, dst = NET[v], DST[v]
    batch([f"route add r1 {net} via {hop(3, v)} metric 20",
           f"route add r1 {net} via {hop(4, v)} metric 10",
           f"route add r1 {net} via {hop(5, v)} metric 30"])
    equal(went([dst]), [4], "lowest metric")
    batch([f"route del r1 {net} metric 10"])
    equal(went([dst]), [3], "next metric")
    batch([f"route add r1 {net} via {hop(6, v)}"])
    equal(went([dst]), [6], "metric 0")
    batch([f"route del r1 {net}", f"route del r1 {net} metric 20"])
    equal(went([dst]), [5], "last one")
    batch([f"route del r1 {net} metric 30"])
    equal(went([dst]), [None], "none left")


@test("a connected prefix is routed, and nothing else of the same segment")
@both
def connected(v):
    routes = bed.show("route", "show", "r1")
    found = {(r["dst"], r["type"], r.get("segment")) for r in routes}
    for dst, segment in {4: (("192.0.2.0/24", "a"), ("198.51.100.0/24", "b")),
                         6: (("2001:db8:1::/64", "a"), ("2001:db8:2::/64", "b"))}[v]:
        need((dst, "connected", segment) in found, f"{dst} in {found}")
    equal(went({4: ["198.51.100.9", "198.51.101.9"],
                6: ["2001:db8:2::9", "2001:db8:2:1::9"]}[v]), [9, None], "connected")


@test("a next hop beyond every leg is refused or inactive, never guessed")
@both
def no_leg(v):
    done = bed.dvradm("route", "add", "r1", NET[v], "via",
                      {4: "203.0.113.1", 6: "2001:db8:9::1"}[v], check=False)
    if done.returncode == 0:
        equal(went([DST[v]]), [None], "packet")
        bed.dvradm("route", "del", "r1", NET[v])
    else:
        equal(done.returncode, 1, "exit code")


FLOWS = 64


def flows(v, count=FLOWS):
    """COUNT UDP flows and the next hop that each takes, twice."""
    picks = []
    for _ in range(2):
        bed.flush()
        want = {}
        for number in range(count):
            token = bed.token()
            want[token] = number
            h1.udp(DST[v], token,
                   sport=10000 + number * 7, dport=443)
        bed.good(h1)
        got = {}
        for pkt in w2.rx:
            for token, number in want.items():
                if token in pkt.raw:
                    got[number] = int(pkt.dst[-2:], 16)
        picks.append([got.get(number) for number in range(count)])
    equal(picks[0], picks[1], "path of a flow")
    return picks[0]


def share(picks, number):
    return sum(p == number for p in picks) / len(picks)


@test("ECMP spreads flows, a flow keeps its path")
@both
def ecmp(v):
    hops = range(1, 5)
    batch([f"route add r1 {NET[v]} " + " ".join(f"via {hop(n, v)}" for n in hops)])
    picks = flows(v)
    equal(set(picks), set(hops), "next hops in use")
    for number in hops:
        # 64 flows, 1/4 each: 0.25 within 4 standard deviations.
        need(0.03 <= share(picks, number) <= 0.47,
             f"share of {number}: {share(picks, number):.2f}")
    batch([f"route del r1 {NET[v]}"])


@test("ECMP follows the weights")
@both
def weights(v):
    batch([f"route add r1 {NET[v]} via {hop(1, v)} weight 1 "
           f"via {hop(2, v)} weight 3"])
    picks = flows(v, 256)
    equal(set(picks), {1, 2}, "next hops in use")
    # 256 flows: 0.75 within 4 standard deviations of 0.027.
    need(0.64 <= share(picks, 2) <= 0.86, f"share {share(picks, 2):.2f}")
    batch([f"route replace r1 {NET[v]} via {hop(1, v)} weight 256 "
           f"via {hop(2, v)}"])
    need(share(flows(v), 1) > 0.9, "share of weight 256")
    batch([f"route del r1 {NET[v]}"])


def fragment_of(v, dst, offset, more, data):
    if v == 4:
        return ip4(h1.v4, dst, UDP, data, offset=offset, flags=more)
    return ip6(h1.v6, dst, FRAGMENT, frag6(UDP, offset, more, 0x1234, data))


@test("ECMP keeps all fragments and the ICMP of a pair of hosts together")
@both
def ecmp_fragments(v):
    batch([f"route add r1 {NET[v]} " + " ".join(f"via {hop(n, v)}" for n in range(1, 9))])
    for last in range(1, 9):
        bed.flush()
        dst, token = {4: f"203.0.113.{last}", 6: f"2001:db8:9::{last}"}[v], bed.token()
        for offset, more in ((0, 1), (1480, 1), (2960, 0)):
            h1.send(fragment_of(v, dst, offset, more, token.ljust(32, b"f")))
        bed.good(h1)
        paths = [p.dst for p in w2.rx if token in p.raw]
        equal((len(paths), len(set(paths))), (3, 1),
              f"fragments to {dst}, and their paths")
    batch([f"route del r1 {NET[v]}"])


@test("flows over TCP, ICMP and unknown protocols have a path, too")
@both
def other_protocols(v):
    batch([f"route add r1 {NET[v]} via {hop(1, v)} via {hop(2, v)}"])
    src, dst = h1.addr(v), DST[v]
    for proto in (TCP, ICMP, ICMP6, 47, 50, 132, 253):
        bed.flush()
        token = bed.token()
        body = tcp(src, dst, token) if proto == TCP else \
            b"\x80\0\0\0" * 4 + token
        for _ in range(3):
            h1.send(packet(src, dst, proto, body))
        bed.good(h1)
        got = [p.dst for p in w2.rx if token in p.raw]
        equal(len(got), 3, f"packets of protocol {proto}")
        equal(len(set(got)), 1, f"paths of protocol {proto}")
    batch([f"route del r1 {NET[v]}"])


@test("an iface that goes takes its routes' next hops with it, and brings them back")
@both
def iface_del(v):
    batch([f"route add r1 {NET[v]} via {hop(7, v)}"])
    equal(went([DST[v]]), [7], "before")
    bed.dvradm("iface", "del", "r1", "segment", "b")
    token = bed.token()
    h1.udp(DST[v], token)
    h1.send(udp_packet(h1.addr(v), {4: "192.0.2.1", 6: "2001:db8:1::1"}[v], b"marker",
                       dport=9))
    bed.idle(0.2)
    need(not [p for p in w2.rx if token in p.raw], "it left by a leg that went")
    bed.dvradm("iface", "add", "r1", "segment", "b", "mac", GWB, "addr",
               "198.51.100.253/24", "addr", "2001:db8:2::fd/64")
    left = [r for r in bed.show("route", "show", "r1", "type", "unicast")]
    if not left:
        batch([f"route add r1 {NET[v]} via {hop(7, v)}"])
    equal(went([DST[v]]), [7], "after")
    batch([f"route del r1 {NET[v]}"])


@test("an iface's new MAC is routed for at once, its old one no more")
@both
def iface_mac(v):
    new = "02:00:00:00:0a:02"

    def seen(gw):
        token = bed.token()
        bed.flush()
        w1.send(eth(gw, h1.mac, udp_packet(h1.addr(v), h2.addr(v), token)))
        h1.udp(h2.addr(v), b"after it", dport=9)
        w2.expect(lambda p: p.dport == 9, "a packet behind it")
        return [p for p in w2.rx if token in p.raw and p.src == GWB]

    for _ in range(2):
        need(seen(GWA), "the MAC it has")
    bed.dvradm("iface", "set", "r1", "segment", "a", "mac", new)
    h1.gw = new
    need(not seen(GWA), "routed for the old MAC")
    need(seen(new), "not routed for the new MAC")
    bed.dvradm("iface", "set", "r1", "segment", "a", "mac", GWA)
    h1.gw = GWA
    need(not seen(new), "routed for the MAC that it had for a while")


@test("3021-1 6164-1 both addresses of a /31 or /127 are hosts', and no broadcast")
@both
def two_addresses(v):
    net, bits, one, two = {
        4: ("203.0.113.", 32, "203.0.113.16", "203.0.113.17"),
        6: ("2001:db8:9:", 128, "2001:db8:9::10", "2001:db8:9::11")}[v]
    p1 = f"port add p1 segment a mac {h1.mac} addr {h1.v4} addr {h1.v6} security off\n"
    for own, other in ((one, two), (two, one)):
        host = Host(w1, "02:00:00:00:01:31", None, None, GWC)
        if v == 4:
            host.v4 = other
        else:
            host.v6 = other
        with contextlib.ExitStack() as after:
            after.callback(bed.dvr, "port del p1\niface del r1 segment c\nsegment del c\n" + p1)
            after.callback(host.forget)
            bed.dvr(f"segment add c\niface add r1 segment c mac {GWC} addr {own}/{bits - 1}\n"
                    f"port del p1\nport add p1 segment c mac {host.mac} addr {other}\n")
            routes = [(r["dst"], r["type"]) for r in bed.show("-d", "route", "show", "r1")
                      if r["dst"].startswith(net)]
            equal(sorted(routes), sorted([(f"{own}/{bits}", "local"),
                                          (f"{one}/{bits - 1}", "connected")]), "routes")
            token = bed.token()
            bed.flush()
            host.send(echo(other, own, token))
            w1.expect(lambda p, t=token: t in p.raw and p.type == {4: 0, 6: 129}[v],
                      f"answer of {own}")
            token = bed.token()
            h2.udp(other, token)
            w1.expect(lambda p, t=token: t in p.raw and p.dst == host.mac,
                      f"packet to {other}")
        bed.good(h1)


@test("two host routes of one address cannot be, replace changes one at once")
@both
def duplicates(v):
    dst, net = DST[v], f"{DST[v]}/{32 if v == 4 else 128}"
    batch([f"route add r1 {net} via {hop(1, v)}"])
    done = bed.dvradm("route", "add", "r1", net, "via", hop(2, v), check=False)
    equal(done.returncode, 1, "exit code of a second add")
    equal(went([dst]), [1], "after the refused one")
    batch([f"route replace r1 {net} via {hop(2, v)}"])
    equal(went([dst]), [2], "after replace")
    batch([f"route del r1 {net}"])
    done = bed.dvradm("route", "del", "r1", net, check=False)
    equal(done.returncode, 1, "exit code of a second del")


@test("a packet that is routed back to its own segment goes out there")
@both
def hairpin(v):
    mac, address = "02:00:00:00:01:77", {4: "192.0.2.77", 6: "2001:db8:1::77"}[v]
    batch([f"neigh add segment a {address} lladdr {mac} port p1",
           f"route add r1 {NET[v]} via {address}"])
    token = bed.token()
    h1.udp(DST[v], token)
    got = w1.expect(lambda p: token in p.raw and p.proto == UDP, "hairpinned")
    equal((got.dst, got.src, got.ttl), (mac, GWA, 63), "frame")
    batch([f"route del r1 {NET[v]}", f"neigh del segment a {address}"])


finish(bed)
