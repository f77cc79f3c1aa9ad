#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""Neighbours: ARP (RFC 826, 1122, 5227) and neighbour discovery (RFC 4861).

    h1 p1 -- segment a -- r1 -- segment b -- p2 h2 and others
             192.0.2.0/24       198.51.100.0/24
             2001:db8:1::/64    2001:db8:2::/64

    t1 p3 -- segment c -- r2 -- segment d -- p4 t2      another tenant with
             192.0.2.0/24       198.51.100.0/24         the same addresses

p2 and p4 are open, so the hosts behind them have to be resolved.
"""

import time

from frames import (BROADCAST, ICMP6, arp, arp_frame, asks, eth, eui64, gratuitous,
                    icmp6, ip, ip6, is_reply, lladdr, multicast_mac, na_packet,
                    ns_packet, question, reply, solicited)
from lib import BOTH, Bed, Fail, Host, both, defer, equal, finish, need, once, test

ZERO = "00:00:00:00:00:00"
GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
GWC, GWD = "02:00:00:00:0c:01", "02:00:00:00:0d:01"
GW4, GW6 = "198.51.100.1", "2001:db8:2::1"
GW = {4: GW4, 6: GW6}
UNREACHABLE = {4: (3, 1), 6: (1, 3)}
bed = Bed("p1", "p2", "p3", "p4")
w1, w2, w3, w4 = bed.wires.values()
h1 = Host(w1, "02:00:00:00:01:01", "192.0.2.10", "2001:db8:1::10", GWA)
t1 = Host(w3, "02:00:00:00:03:01", "192.0.2.10", "2001:db8:1::10", GWC)


def on_b(number, wire=w2, gw=GWB):
    """A host on segment b that nobody knows yet."""
    return Host(wire, f"02:00:00:00:{wire.dev[1]}2:{number:02x}",
                f"198.51.100.{number}", f"2001:db8:2::{number:x}", gw)


def only(v, number):
    """As on_b(), of family V alone, and gone after the test."""
    host = on_b(number)
    if v == 4:
        host.v6 = None
    else:
        host.v4 = None
    defer(host.forget)
    return host


h2, t2 = on_b(10), on_b(10, w4, GWD)
h1.peer, h2.peer, t1.peer, t2.peer = h2, h1, t2, t1
bed.dvr("".join(f"""
    router add {r}
    segment add {x}
    segment add {y}
    iface add {r} segment {x} mac {gwx} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add {r} segment {y} mac {gwy} addr {GW4}/24 addr {GW6}/64
    port add {p} segment {x} mac {h.mac} addr {h.v4} addr {h.v6}
    port add {q} segment {y}
""" for r, x, y, p, q, gwx, gwy, h in (
    ("r1", "a", "b", "p1", "p2", GWA, GWB, h1),
    ("r2", "c", "d", "p3", "p4", GWC, GWD, t1))))
bed.ip("link set r1 up\nlink set r2 up\n")


def neighs(segment="b", **match):
    """address -> entry, without those that are configured."""
    return {n["ip"]: n for n in bed.show("neigh", "show", "segment", segment)
            if n["origin"] == "learned" and
            all(n.get(k) == v for k, v in match.items())}


def reach(host, dst_host, tries=1, families=BOTH):
    """A UDP packet of HOST that reaches DST_HOST, by v4 and by v6."""
    for dst in filter(None, map(dst_host.addr, families)):
        token = bed.token()
        for left in range(tries, 0, -1):
            host.udp(dst, token)
            try:
                dst_host.wire.expect(lambda p: token in p.raw and
                                     p.dst == dst_host.mac, f"packet to {dst}",
                                     3 if left == 1 else 1.2)
                break
            except Fail:
                if left == 1:
                    raise


def requests(dst, wire=w2):
    """How often DST was asked for on WIRE."""
    return [p for p in wire.rx if asks(p, dst)]


def answer(host, mac=None):
    """HOST, of one family, answers the gateway's question, as MAC if that is given."""
    to = GW4 if host.v4 else eui64(GWB)
    return reply(mac or host.mac, host.v4 or host.v6, GWB, to)


def dead_and_alive(one, two):
    """Both are resolved, then one falls silent; and when that was."""
    reach(h1, one)
    reach(h1, two)
    one.mute = True
    return one, two, time.monotonic()


# Whose fate is told at the end, half a minute from now.
FATE = dead_and_alive(on_b(66), on_b(67))


# -- asked for an address of the router ----------------------------------

@test("arp-1 a request for the gateway gets one reply")
def arp_reply():
    for src in (h2.v4, "198.51.100.200"):
        bed.flush()
        w2.send(arp_frame(1, h2.mac, src, ZERO, GW4))
        got = w2.expect(lambda p: p.op == 2, "ARP reply")
        equal((got.src, got.dst, got.sha, got.spa, got.tha, got.tpa),
              (GWB, h2.mac, GWB, GW4, h2.mac, src), "reply")
        bed.good(h2)
        equal([p for p in w2.rx if p.op == 2], [], "second reply")
    # A probe (RFC 5227) is a question, too.
    w2.send(arp_frame(1, h2.mac, "0.0.0.0", ZERO, GW4))
    w2.expect(lambda p: p.op == 2 and p.tpa == "0.0.0.0", "reply to a probe")
    # And one that comes by unicast.
    w2.send(arp_frame(1, h2.mac, h2.v4, GWB, GW4, dst=GWB))
    w2.expect(lambda p: p.op == 2 and p.spa == GW4, "reply to unicast")


@test("arp-1 nd-2 no reply for an address that is not the leg's")
@both
def not_owned(v):
    targets = {4: ("198.51.100.99", "192.0.2.1", "198.51.100.255",
                   "203.0.113.1", "0.0.0.0", "127.0.0.1"),
               6: ("2001:db8:2::99", "2001:db8:1::1", "2001:db8:9::1", "::", "::1")}
    bed.expect_none(is_reply, [
        (h2, question(h2.mac, h2.addr(v), target)) for target in targets[v]])


@test("arp-1 malformed ARP is ignored and teaches nothing")
def arp_malformed():
    before = neighs()
    victim = "198.51.100.210"
    evil = "02:00:00:00:66:01"

    def raw(**kw):
        return eth(BROADCAST, evil, arp(1, evil, victim, ZERO, GW4, **kw),
                   0x0806)
    whole = arp(1, evil, victim, ZERO, GW4)
    bed.expect_none(lambda p: p.op == 2, [
        (h2, raw(hlen=5)), (h2, raw(hlen=8)), (h2, raw(plen=6)),
        (h2, raw(plen=16)), (h2, raw(htype=6)), (h2, raw(ptype=0x86dd)),
        (h2, eth(BROADCAST, evil, arp(0, evil, victim, ZERO, GW4), 0x0806)),
        (h2, eth(BROADCAST, evil, arp(9, evil, victim, ZERO, GW4), 0x0806)),
        # Sender and frame disagree, or the sender is no single host.
        (h2, arp_frame(1, "ff:ff:ff:ff:ff:ff", victim, ZERO, GW4, src=evil)),
        (h2, arp_frame(1, "01:00:5e:00:00:01", victim, ZERO, GW4, src=evil)),
    ] + [(h2, eth(BROADCAST, evil, whole[:n], 0x0806))
         for n in (0, 1, 7, 8, 14, 24, 27)])
    equal(set(neighs()), set(before), "neighbours")


# -- resolution ----------------------------------------------------------

@test("arp-2 nd-3 what waits for an address is sent on, none lost, in order")
@both
def queued(v):
    host = only(v, 20)
    dst = host.addr(v)
    host.mute = True
    bed.flush()
    tokens = [bed.token() for _ in range(3)]
    for token in tokens:
        h1.udp(dst, token)
    w2.expect(lambda p: asks(p, dst), "request")
    host.mute = False
    w2.send(answer(host))
    for token in tokens:
        got = w2.expect(lambda p: p.dst == host.mac and p.dport,
                        "a packet that waited")
        need(token in got.raw, "order of those that waited")
    entry = neighs()[dst]
    equal((entry["lladdr"], entry["state"], entry["router"], entry["port"]),
          (host.mac, "reachable", "r1", "p2"), dst)


@test("arp-2 nd-3 not more than three wait, the rest is counted")
@both
def queue_limit(v):
    host = only(v, 21)
    dst = host.addr(v)
    before, last = bed.drops("neigh_queue"), bed.token()
    host.mute = True
    bed.flush()
    for _ in range(10):
        h1.udp(dst, b"wait")
    w2.expect(lambda p: asks(p, dst), "request")
    host.mute = False
    w2.send(answer(host))
    for _ in range(3):
        w2.expect(lambda p: p.dst == host.mac and b"wait" in p.raw,
                  "a packet that waited")
    h1.udp(dst, last)
    w2.expect(lambda p: last in p.raw, "a packet after them")
    need(not [p for p in w2.rx if b"wait" in p.raw], "a fourth")
    equal(bed.drops("neigh_queue") - before, 7, "neigh_queue counted")


@test("arp-2 nd-3 the request is right: from the leg, to all or to the group")
@both
def request_form(v):
    host = only(v, 22)
    bed.flush()
    reach(h1, host)
    got = requests(host.addr(v))
    equal(len(got), 1, "requests")
    got = got[0]
    if v == 4:
        equal((got.src, got.dst, got.sha, got.spa, got.tha),
              (GWB, BROADCAST, GWB, GW4, ZERO), "ARP request")
        return
    group = solicited(host.v6)
    equal((got.src, got.dst, got.daddr, got.ttl, got.option(1)),
          (GWB, multicast_mac(group), group, 255, GWB), "NS")
    need(got.saddr in (GW6, eui64(GWB)), f"source {got.saddr}")
    need(got.sound(), "checksum")


@test("nd-3 1812-16 v6-4 three requests a second apart, then 3/1 or 1/3")
@both
def unreachable(v):
    dst = {4: "198.51.100.250", 6: "2001:db8:2::fa"}[v]
    bed.flush()
    tokens = [bed.token(), bed.token()]
    start = time.monotonic()
    for token in tokens:
        h1.udp(dst, token)
    for token in tokens:
        got = w1.expect(lambda p, t=token: t in p.raw, f"error of {dst}", 6)
        need(got.icmp_error(*UNREACHABLE[v]), str(got))
    took = time.monotonic() - start
    equal(got.saddr, {4: "192.0.2.1", 6: "2001:db8:1::1"}[v], "source of the error")
    bed.poll()
    equal(len(requests(dst)), 3, "requests")
    need(2.5 <= took <= 4.5, f"{took:.1f} s until the error")


@test("arp-3 nd-3 not more than one request a second for one address")
@both
def no_flood(v):
    dst = {4: "198.51.100.251", 6: "2001:db8:2::fb"}[v]
    bed.flush()
    start = time.monotonic()
    while time.monotonic() - start < 5:
        for _ in range(5):
            h1.udp(dst, b"flood")
        bed.poll(0.05)
    took = time.monotonic() - start
    count = len(requests(dst))
    need(3 <= count <= took + 2, f"{count} requests for {dst}")


@test("a neighbour that failed is reached again when it answers")
@both
def recovers(v):
    host = only(v, 251)
    host.mute = True
    token = bed.token()
    h1.udp(host.addr(v), token)
    got = w1.expect(lambda p: token in p.raw, "an error", 6)
    need(got.icmp_error(*UNREACHABLE[v]), str(got))
    host.mute = False
    reach(h1, host, 3)


# -- what others say -------------------------------------------------------

@test("arp-4 nd-4 a gratuitous ARP or NA updates an entry that exists")
@both
def garp_update(v):
    host = only(v, 23)
    reach(h1, host)
    for op in (1, 2):
        host.mac = f"02:00:00:00:23:{op:02x}"
        w2.send(gratuitous(host.mac, host.addr(v), op))
        token = bed.token()
        h1.udp(host.addr(v), token)
        got = w2.expect(lambda p: token in p.raw, "packet after the move")
        equal(got.dst, host.mac, f"MAC after the message {op}")
    equal(neighs()[host.addr(v)]["lladdr"], host.mac, "the entry")


@once
def fifth():
    bed.add("p5")
    return bed.wires["p5"]


@test("a host that moves to another port is routed to there from its first frame on")
@both
def moves(v):
    w5, host = fifth(), only(v, 70)
    bed.dvradm("port", "add", "p5", "segment", "b")
    defer(bed.dvradm, "port", "del", "p5")
    for _ in range(3):
        reach(h1, host)
    w2.hosts.remove(host)
    w5.hosts.append(host)
    host.wire = w5
    # A frame that no neighbour is learned from.
    w5.send(eth("02:00:00:00:99:99", host.mac, bed.token().ljust(46, b"."), 0x88b5))
    bed.good(h2)
    token = bed.token()
    bed.flush()
    h1.udp(host.addr(v), token)
    w5.expect(lambda p: token in p.raw and p.dst == host.mac, "the packet")


@test("nd-4 an unsolicited NA updates what exists and creates nothing")
def unsolicited_na():
    host = on_b(24)
    reach(h1, host)
    before = set(neighs())

    def na(target, mac, flags):
        return eth(multicast_mac("ff02::1"), mac, na_packet(
            host.v6, "ff02::1", target, lladdr(2, mac), flags))
    for flags in (0x20, 0x00, 0xa0):
        for n in range(300):
            w2.send(na(f"2001:db8:2::5:{n:x}", host.mac, flags))
        bed.flush()
    bed.good(h2)
    equal(set(neighs()), before, "neighbours")
    # Without the override flag another MAC is not taken over.
    other = "02:00:00:00:24:01"
    w2.send(na(host.v6, other, 0x00))
    token = bed.token()
    h1.udp(host.v6, token)
    got = w2.expect(lambda p: token in p.raw, "packet")
    equal(got.dst, host.mac, "MAC without override")
    w2.send(na(host.v6, other, 0x20))
    token = bed.token()
    h1.udp(host.v6, token)
    got = w2.expect(lambda p: token in p.raw, "packet")
    equal(got.dst, other, "MAC with override")


@test("arp-5 a tenant cannot speak for another's addresses, nor for the gateway")
@both
def other_tenant(v):
    reach(h1, h2, families=(v,))
    reach(t1, t2, families=(v,))
    gw, mine, theirs = GW[v], h1.addr(v), h2.addr(v)
    evil = "02:00:00:00:66:05"
    w4.send(gratuitous(evil, theirs))
    w4.send(gratuitous(evil, mine, 2))
    w2.send(question(evil, mine, gw))       # a's address on b
    w2.send(gratuitous(evil, gw))           # the gateway's own
    if v == 4:
        w2.send(arp_frame(2, evil, gw, ZERO, theirs))
    bed.good(h2)
    bed.good(t2)
    reach(h1, h2, families=(v,))
    equal(neighs()[theirs]["lladdr"], h2.mac, "h2 on b")
    need(mine not in neighs(), "h1's address was learned on b")
    entry = [n for n in bed.show("neigh", "show", "segment", "b")
             if n["ip"] == gw]
    equal([(n["lladdr"], n["origin"]) for n in entry], [(GWB, "gateway")],
          "the gateway's entry")
    # d has a host of that address, and that one may move.
    equal(neighs("d")[theirs]["lladdr"], evil, "t2 on d")
    w4.send(gratuitous(t2.mac, theirs))


@test("what is configured is not overridden by what is heard")
@both
def static(v):
    host, gw = only(v, 25), GW[v]
    dst = host.addr(v)
    bed.dvradm("neigh", "add", "segment", "b", dst, "lladdr", host.mac)
    asked = host.asked
    reach(h1, host)
    equal(host.asked, asked, "requests for a static neighbour")
    evil = "02:00:00:00:66:06"
    w2.send(gratuitous(evil, dst))
    w2.send(answer(host, evil))
    w2.send(question(evil, dst, gw))
    if v == 6:
        w2.send(eth(GWB, evil, na_packet(dst, gw, dst, lladdr(2, evil))))
        w2.send(eth(GWB, evil, ns_packet(dst, gw, gw, lladdr(1, evil))))
    reach(h1, host)
    entry = {n["ip"]: n for n in bed.show("neigh", "show", "segment", "b")}[dst]
    equal((entry["lladdr"], entry["origin"], entry["state"]),
          (host.mac, "static", "permanent"), dst)
    # Replaced and deleted, at once.
    host.mac = "02:00:00:00:25:99"
    bed.dvradm("neigh", "replace", "segment", "b", dst, "lladdr", host.mac)
    token = bed.token()
    h1.udp(dst, token)
    equal(w2.expect(lambda p: token in p.raw, "packet").dst, host.mac,
          "after replace")
    bed.dvradm("neigh", "del", "segment", "b", dst)
    asked = host.asked
    reach(h1, host)
    equal(host.asked, asked + 1, "requests after it is deleted")


def entries(kind):
    """What is configured on segment b behind the ports of the next test."""
    return sorted((e.get("ip") or e["mac"], e["port"]) for e in
                  bed.show(kind, "show", "segment", "b") if e.get("port", "").startswith("q"))


@test("an entry goes with the port that it is behind, whatever other batches failed")
def pinned():
    four, six, mac = "192.0.2.61", "2001:db8:2::61", "02:00:00:00:61:01"
    one, two = (f"neigh add segment b {ip} lladdr {mac} port q1\n" for ip in (four, six))
    move = "".join(f"neigh replace segment b {ip} lladdr {mac} port {{0}}\n"
                   for ip in (four, six)) + f"fdb replace segment b {mac} port {{0}}\n"
    wrong = "segment del nosuch\n"
    bed.dvr("port add q1 segment b\nport add q2 segment b\n" + one + two +
            f"fdb add segment b {mac} port q1\n")

    def behind(port, why):
        equal((entries("neigh"), entries("fdb")),
              ([(ip, port) for ip in (four, six) if port], [(mac, port)] if port else []), why)

    behind("q1", "as configured")
    for batch in (move.format("q2") + wrong,
                  move.format("q2") + "port add q3 segment b\n" + move.format("q3") + wrong,
                  move.format("q2") + "port del q1\n" + wrong,
                  "port del q1\n" + wrong):
        equal(bed.dvr(batch, check=False).returncode, 1, "exit code")
        behind("q1", "after a batch that failed")
    bed.dvr(move.format("q2") + "port del q1\n")
    behind("q2", "after a batch that moved it away")
    bed.dvr("port add q1 segment b\n" + move.format("q1") + move.format("q2"))
    bed.dvr("port del q1\n")
    behind("q2", "after it moved to and fro")
    bed.dvr("port del q2\n")
    behind(None, "after the port went")


@test("a learned neighbour can be deleted and is asked for again")
@both
def delete_learned(v):
    host = only(v, 27)
    dst = host.addr(v)
    reach(h1, host)
    asked = host.asked
    need(dst in neighs(), "it is known")
    bed.dvradm("neigh", "del", "segment", "b", dst)
    need(dst not in neighs(), "it was forgotten")
    reach(h1, host)
    equal(host.asked, asked + 1, "requests")


# -- neighbour discovery -------------------------------------------------

def ns_to_gateway(src=None, dst=None, target=GW6, opts=None, **kw):
    src = src or h2.v6
    dst = dst or solicited(target)
    opts = lladdr(1, h2.mac) if opts is None else opts
    return eth(multicast_mac(dst) if dst.startswith("ff") else GWB, h2.mac,
               ns_packet(src, dst, target, opts, **kw))


@test("nd-2 a solicitation gets a solicited advertisement with its flags")
def na_flags():
    for target in (GW6, eui64(GWB)):
        for dst in (None, target):
            for src in (h2.v6, eui64(h2.mac)):
                bed.flush()
                w2.send(ns_to_gateway(src, dst, target))
                got = w2.expect(lambda p: p.type == 136, f"NA for {target}")
                equal((got.src, got.dst, got.saddr, got.daddr, got.target,
                       got.ttl, got.option(2)),
                      (GWB, h2.mac, target, src, target, 255, GWB), "NA")
                equal(got.rest >> 28 & 0xc, 0xc, "router and solicited flags")
                need(got.sound(), "checksum")


@test("nd-2 a DAD probe for the gateway is answered to all nodes, S=0")
def dad():
    for target in (GW6, eui64(GWB)):
        bed.flush()
        w2.send(ns_to_gateway("::", target=target, opts=b""))
        got = w2.expect(lambda p: p.type == 136, f"NA for {target}")
        equal((got.src, got.dst, got.saddr, got.daddr, got.target,
               got.option(2)),
              (GWB, multicast_mac("ff02::1"), target, "ff02::1", target, GWB),
              "NA")
        equal(got.rest >> 28 & 4, 0, "solicited flag")
        equal(got.rest >> 28 & 2, 2, "override flag")


@test("nd-1 invalid solicitations are ignored and teach nothing")
def invalid_ns():
    evil = "02:00:00:00:66:07"
    src = "2001:db8:2::66:7"
    opts = lladdr(1, evil)
    before = set(neighs())
    group = solicited(GW6)

    def whole(**kw):
        return ns_packet(src, group, GW6, opts, **kw)

    def cut(size):
        body = icmp6(src, group, 135, 0, data=(ip(GW6) + opts)[:size])
        return ip6(src, group, ICMP6, body, hlim=255)
    cases = [whole(hlim=254), whole(hlim=64), whole(code=1),
             whole(csum=0xbeef), cut(0), cut(8), cut(15), cut(20),
             # an option of length 0, and one longer than the message
             ns_packet(src, group, GW6, b"\1\0" + opts[2:]),
             ns_packet(src, group, GW6, b"\1\4" + opts[2:]),
             # a multicast target
             ns_packet(src, group, "ff02::1", opts),
             # from :: : with a link-layer address, or to no solicited-node
             ns_packet("::", group, GW6, opts),
             ns_packet("::", "ff02::1", GW6, b""),
             ns_packet("::", GW6, GW6, b"")]
    bed.expect_none(lambda p: p.type == 136 and p.src == GWB,
                    [(h2, eth(multicast_mac(group), evil, case))
                     for case in cases])
    equal(set(neighs()), before, "neighbours")


@test("nd-1 invalid advertisements are ignored")
def invalid_na():
    host = on_b(26)
    evil = "02:00:00:00:66:08"
    host.mute = True
    bed.flush()
    token = bed.token()
    h1.udp(host.v6, token)
    w2.expect(lambda p: p.type == 135 and p.target == host.v6, "NS")
    src, opts = host.v6, lladdr(2, evil)
    for case in (na_packet(src, GW6, src, opts, hlim=254),
                 na_packet(src, GW6, src, opts, code=1),
                 na_packet(src, GW6, src, opts, csum=0xbeef),
                 na_packet(src, GW6, src, b"\2\0" + opts[2:]),
                 na_packet(src, GW6, src, b""),     # says no MAC
                 na_packet(src, GW6, "ff02::1", opts),
                 na_packet(src, "ff02::1", src, opts, flags=0x60)):
        w2.send(eth(GWB, evil, case))
    bed.good(h2)
    need(not [p for p in w2.rx if token in p.raw], "an invalid NA was taken")
    host.mute = False
    w2.send(eth(GWB, host.mac, na_packet(src, eui64(GWB), src,
                                         lladdr(2, host.mac))))
    w2.expect(lambda p: token in p.raw and p.dst == host.mac, "a valid one")


@test("nd-4 redirects to the router are ignored")
def redirects():
    before = (neighs(), bed.show("route", "show", "r1"))
    for src in (eui64(h2.mac), h2.v6):
        w2.send(eth(GWB, h2.mac, ip6(src, GW6, ICMP6, icmp6(
            src, GW6, 137, 0, data=ip(h2.v6) + ip(h1.v6) + lladdr(2, h2.mac)),
            hlim=255)))
    bed.good(h2)
    # Meanwhile others may have been forgotten.
    equal((set(neighs()) - set(before[0]), bed.show("route", "show", "r1")),
          (set(), before[1]), "new neighbours, and routes")


@test("nd-5 a router solicitation gets no advertisement without ra on")
def rs():
    src = eui64(h2.mac)
    bed.expect_none(lambda p: p.type == 134, [(h2, eth(
        multicast_mac("ff02::2"), h2.mac, ip6(src, "ff02::2", ICMP6, icmp6(
            src, "ff02::2", 133, 0, data=lladdr(1, h2.mac)), hlim=255)))])


@test("nd-1 a v4-mapped address is no neighbour's, and is not answered for")
def mapped():
    reach(h1, h2)
    evil = "02:00:00:00:66:09"
    mapped_gw, mapped_h2 = "::ffff:" + GW4, "::ffff:" + h2.v4
    group = solicited(mapped_gw)
    bed.expect_none(lambda p: p.type == 136 and p.src == GWB, [
        (h2, eth(multicast_mac(group), h2.mac, ns_packet(
            h2.v6, group, mapped_gw, lladdr(1, h2.mac))))])
    w2.send(eth(multicast_mac("ff02::1"), evil, na_packet(
        h2.v6, "ff02::1", mapped_h2, lladdr(2, evil), 0x20)))
    w2.send(eth(GWB, evil, ns_packet(mapped_h2, GW6, GW6, lladdr(1, evil))))
    reach(h1, h2)
    equal(neighs()[h2.v4]["lladdr"], h2.mac, "the IPv4 neighbour")


# -- quota -------------------------------------------------------------------

@test("neigh-limit holds, and the other tenant does not feel it")
def limit():
    count = len(neighs(router="r1"))
    bed.dvradm("router", "set", "r1", "neigh-limit", count + 10)
    before = bed.drops("neigh_limit", router="r1")
    for number in range(100):
        h1.udp(f"198.51.100.{100 + number}", b"scan")
        h1.udp(f"2001:db8:2::100:{number:x}", b"scan")
        if not number % 20:
            bed.flush()
    bed.good(t1)
    router = {r["name"]: r for r in bed.show("router", "show")}["r1"]
    there = [n for n in neighs(router="r1").values() if n["segment"] == "b"]
    # Those that only asked are counted apart.
    need(len(there) <= count + 10 + count, f"{len(there)} neighbours of the iface")
    equal(router["neigh_limit"], count + 10, "neigh-limit shown")
    need(bed.drops("neigh_limit", router="r1") - before >= 100,
         "neigh_limit counted")
    equal(bed.drops("neigh_limit", router="r2"), 0, "drops of r2")
    fresh = on_b(28, w4, GWD)
    reach(t1, fresh)
    # Who is known already is still served.
    reach(h1, h2)
    bed.dvradm("router", "set", "r1", "neigh-limit", 4096)


# -- half a minute later, and then what takes long ---------------------------------

@once
def fate():
    """What became of a dead neighbour and a live one, of both families: the errors
    about them and when they came, the requests, and their entries then."""
    dead, alive, born = FATE
    if time.monotonic() - born > 45 or not {dead.v4, dead.v6} <= set(neighs()):
        # This machine is slow, and they are about to be forgotten; or a scan was faster.
        dead, alive, born = dead_and_alive(on_b(68), on_b(69))
    bed.flush()
    left, since = {dead.v4, dead.v6}, {}
    probes = []
    # Stale 30 s after it was last heard of, then asked as soon as it is used:
    # 5 s of grace and 3 probes, a second apart.
    start = max(time.monotonic(), born + 30)
    while left and time.monotonic() - start < 14:
        for dst in (dead.v4, dead.v6, alive.v4, alive.v6):
            h1.udp(dst, b"nud " + dst.encode())
        bed.idle(0.25)
        for pkt in w1.rx:
            for v in BOTH:
                for dst in (dead.addr(v), alive.addr(v)):
                    if pkt.icmp_error(*UNREACHABLE[v]) and dst.encode() in pkt.raw:
                        since.setdefault(dst, time.monotonic() - start)
                        left.discard(dst)
        probes += [p for p in w2.rx if p.op == 1 or p.type == 135]
        bed.flush()
    return dead, alive, since, probes, neighs()


@test("nd-6 a dead neighbour is found within 38 s, a live one is asked by unicast")
@both
def detection(v):
    dead, alive, since, probes, state = fate()
    need(alive.addr(v) not in since, "an error about the live one")
    need(dead.addr(v) in since, f"no error about {dead.addr(v)}")
    took = since[dead.addr(v)]
    need(6 <= took <= 11, f"{dead.addr(v)} after 30 + {took:.1f} s")
    for host in (dead, alive):
        asked = [p for p in probes if asks(p, host.addr(v))]
        need(asked, f"{host.addr(v)} was not asked")
        equal({p.dst for p in asked[:3]}, {host.mac}, f"probes of {host.addr(v)} go to")
    equal(len([p for p in probes if asks(p, dead.addr(v)) and p.dst == dead.mac]), 3,
          "probes")
    equal(state[alive.addr(v)]["state"], "reachable", "the live one")
    need(dead.addr(v) not in state or state[dead.addr(v)]["state"] in
         ("failed", "incomplete"), "the dead one")


@test("arp-4 nd-4 10000 gratuitous ARPs or NAs make no entry")
@both
def garp_flood(v):
    before = neighs()
    for number in range(10000):
        evil = f"02:66:00:00:{number >> 8:02x}:{number & 255:02x}"
        address = {4: f"198.51.100.{30 + number % 30}",
                   6: f"2001:db8:2::{30 + number % 30:x}"}[v]
        if v == 4:
            w2.send(arp_frame(1 + number % 2, evil, address, ZERO, address))
        else:
            w2.send(gratuitous(evil, address, flags=(0x20, 0xa0)[number % 2]))
        if not number % 250:
            bed.flush()
    bed.good(h2)
    # On a slow machine an old one may have gone meanwhile.
    equal(sorted(set(neighs()) - set(before)), [], "neighbours after the flood")


finish(bed)
