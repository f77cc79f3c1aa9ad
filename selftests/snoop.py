#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 180
"""IGMP and MLD snooping (RFC 4541): a segment with snooping beside one without.

    q  pq --+                          q: a multicast router
    a  pa --+-- segment s              a, b, c: machines
    b  pb --+
    c  pc --+
    d  pd --+-- segment plain -- pe  e
"""

import struct
import time

from frames import (HOPOPTS, checksum, eth, icmp6, ip, ip4, ip6, multicast_mac,
                    packet, udp_packet)
from lib import Bed, Host, both, busywait, defer, equal, finish, need, test

bed = Bed("pq", "pa", "pb", "pc", "pd", "pe")
q, a, b, c, d, e = (
    Host(bed.wires[f"p{name}"], f"02:00:00:00:01:0{n}", f"192.0.2.{n}", f"2001:db8:1::{n}")
    for n, name in enumerate("qabcde", 1))
for one, two in ((q, a), (a, b), (b, a), (c, a), (d, e), (e, d)):
    one.peer = two
bed.dvr("".join(f"""
    segment add {seg} {more}
    """ + "".join(f"port add {p} segment {seg}\n" for p in ports)
                for seg, more, ports in (("s", "snooping on", ("pq", "pa", "pb", "pc")),
                                         ("plain", "", ("pd", "pe")))))

GROUP = {4: "239.1.2.3", 6: "ff05::1:2:3"}
OTHER = {4: "239.1.2.4", 6: "ff05::1:2:4"}
LOCAL = {4: ("224.0.0.1", "224.0.0.251"), 6: ("ff02::1", "ff02::1:ff00:99")}
ALL = {4: "224.0.0.1", 6: "ff02::1"}
V3 = {4: "224.0.0.22", 6: "ff02::16"}
ZERO = {4: "0.0.0.0", 6: "::"}
IGMP, PIM = 2, 103
IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = range(1, 7)


# --------------------------------------------------------------------- messages

def igmp(kind, code, rest):
    body = struct.pack("!BBH", kind, code, 0) + rest
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def message(host, v, dst, body, src=None, hlim=1):
    """BODY, of IGMP or a function that makes that of MLD, as HOST sends it."""
    if v == 4:
        inner = ip4(src or host.v4, dst, IGMP, body, ttl=1, opts=b"\x94\x04\0\0")
    else:
        src = src or host.ll
        inner = ip6(src, dst, HOPOPTS, b"\x3a\0\5\2\0\0\1\0" + body(src, dst), hlim=hlim)
    return eth(multicast_mac(dst), host.mac, inner)


def mld(kind, rest, code=b"\0\0\0\0"):
    return lambda src, dst: icmp6(src, dst, kind, 0, code, rest)


def query(host, v, group=None, resp=200, interval=1, robust=2, src=None, dst=None, version=3):
    """A query of version 3 of IGMP or 2 of MLD, or of one less; RESP in ms."""
    target = ip(group or ZERO[v])
    more = struct.pack("!BBH", robust, interval, 0) if version == 3 else b""
    if v == 4:
        body = igmp(0x11, resp // 100, target + more)
    else:
        body = mld(130, target + more, struct.pack("!HH", resp, 0))
    return message(host, v, dst or group or ALL[v], body, src)


def record(kind, group, *sources, aux=b""):
    return struct.pack("!BBH", kind, len(aux) // 4, len(sources)) + ip(group) + \
        b"".join(map(ip, sources)) + aux


def report3(host, v, *records, count=None, **kw):
    rest = b"".join(records)
    head = struct.pack("!HH", 0, len(records) if count is None else count)
    return message(host, v, V3[v], igmp(0x22, 0, head + rest) if v == 4 else mld(143, rest, head),
                   **kw)


def report(host, v, group, version=2, **kw):
    """A report of IGMPv1 or v2, or of MLDv1."""
    return message(host, v, group, igmp({1: 0x12, 2: 0x16}[version], 0, ip(group)) if v == 4 else
                   mld(131, ip(group)), **kw)


def leave(host, v, group):
    dst = {4: "224.0.0.2", 6: "ff02::2"}[v]
    return message(host, v, dst, igmp(0x17, 0, ip(group)) if v == 4 else mld(132, ip(group)))


# ------------------------------------------------------------------ what happens

def data(host, v, group, token):
    host.wire.send(eth(multicast_mac(group), host.mac, udp_packet(
        host.addr(v), group, token, ttl=5)))


def heard(frame_of, hosts=(q, a, b, c)):
    """Who of HOSTS gets what FRAME_OF(token) sends; a frame to all comes last."""
    token, last = bed.token(), bed.token()
    bed.flush()
    sender = frame_of(token)
    sender.wire.send(eth("ff:ff:ff:ff:ff:ff", sender.mac, udp_packet(
        sender.v4, "255.255.255.255", last)))
    got = set()
    for host in hosts:
        if host is not sender:
            host.wire.expect(lambda p: last in p.raw, "the frame to all")
            if any(token in p.raw for p in host.wire.rx):
                got.add(host.wire.dev)
    return got


def who(host, v, group, hosts=(q, a, b, c)):
    def send(token):
        data(host, v, group, token)
        return host
    return heard(send, hosts)


def gets(frame, host, hosts=(q, a, b, c)):
    """Who gets the very FRAME of HOST."""
    last = bed.token()
    bed.flush()
    host.wire.send(frame)
    host.wire.send(eth("ff:ff:ff:ff:ff:ff", host.mac, udp_packet(
        host.v4, "255.255.255.255", last)))
    got = set()
    for other in hosts:
        if other is not host:
            other.wire.expect(lambda p: last in p.raw, "the frame to all")
            if any(p.raw == frame for p in other.wire.rx):
                got.add(other.wire.dev)
    return got


def fresh():
    """Nobody is known on segment s."""
    bed.dvr("segment set s snooping off\n")
    bed.dvr("segment set s snooping on\n")


def quiet(v, **kw):
    """There is a querier, and machines have had their time to answer it."""
    kw = {"resp": 100, "interval": 60, **kw}
    fresh()
    q.wire.send(query(q, v, **kw))
    busywait(3, "a querier", lambda: routers(v) == {"pq"})
    time.sleep(.2)


def rows(**match):
    return [r for r in bed.show("-d", "mdb", "show", "segment", "s")
            if all(r.get(k) == w for k, w in match.items())]


def routers(v):
    return {r["port"] for r in rows(router=f"ipv{v}")}


def joined(port):
    return sorted(r["group"] for r in rows(port=port) if "group" in r)


def joins(host, v, group=None):
    host.wire.send(report3(host, v, record(TO_EX, group or GROUP[v])))
    busywait(3, "joined", lambda: rows(port=host.wire.dev, group=group or GROUP[v]))


# ------------------------------------------------------------------------- tests

@test("snoop-1 data goes to members of the group and to the router, with a querier alone")
@both
def members(v):
    fresh()
    equal(who(a, v, GROUP[v]), {"pq", "pb", "pc"}, "without a querier")
    quiet(v)
    equal(who(a, v, GROUP[v]), {"pq"}, "before anybody joins")
    joins(b, v)
    equal(who(a, v, GROUP[v]), {"pq", "pb"}, "with a member")
    equal(who(a, v, OTHER[v]), {"pq"}, "another group")
    equal(who(q, v, GROUP[v]), {"pb"}, "from the router")
    for group in LOCAL[v]:
        equal(who(a, v, group), {"pq", "pb", "pc"}, f"to {group}")
    equal(who(a, 10 - v, GROUP[10 - v]), {"pq", "pb", "pc"}, "the other family has no querier")
    equal(who(d, v, GROUP[v], (d, e)), {"pe"}, "a segment without snooping")


@test("snoop-2 reports of each version join, and reach routers alone")
@both
def versions(v):
    source = {4: "198.51.100.1", 6: "2001:db8:9::1"}[v]
    kinds = {
        "version 2": report(b, v, GROUP[v]),
        "to exclude": report3(b, v, record(TO_EX, GROUP[v])),
        "is exclude": report3(b, v, record(IS_EX, GROUP[v], source, aux=b"1234")),
        "to include a source": report3(b, v, record(TO_IN, GROUP[v], source)),
        "allow a source": report3(b, v, record(ALLOW, GROUP[v], source)),
        "the last of several": report3(b, v, record(BLOCK, OTHER[v], source),
                                       record(IS_IN, OTHER[v]), record(IS_EX, GROUP[v])),
        "from no address": report3(b, v, record(TO_EX, GROUP[v]), src=ZERO[v]),
    }
    if v == 4:
        kinds["version 1"] = report(b, v, GROUP[v], version=1)
    for what, frame in kinds.items():
        quiet(v)
        equal(gets(frame, b), {"pq"}, f"{what}: who gets the report")
        equal(joined("pb"), [GROUP[v]], f"{what}: groups")
        equal(who(a, v, GROUP[v]), {"pq", "pb"}, what)


@test("snoop-3 who leaves is a member until others had time to answer")
@both
def leaves(v):
    for what, frame in (("a leave", leave(b, v, GROUP[v])),
                        ("to include nothing", report3(b, v, record(TO_IN, GROUP[v])))):
        quiet(v)
        joins(b, v)
        joins(c, v)
        equal(gets(frame, b), {"pq"}, f"{what}: who gets it")
        equal(who(a, v, GROUP[v]), {"pq", "pb", "pc"}, f"{what}: at once")
        busywait(6, f"{what}: pb has no group", lambda: not joined("pb"))
        equal(who(a, v, GROUP[v]), {"pq", "pc"}, what)
        joins(b, v)
        b.wire.send(frame)
        b.wire.send(report(b, v, GROUP[v]))     # a second machine of the port
        time.sleep(2.5)
        equal(joined("pb"), [GROUP[v]], f"{what}: with another member")


@test("snoop-4 a member that is silent is none, and a querier that is silent is none")
@both
def silence(v):
    quiet(v, interval=1, robust=2)              # 2.1 s, and 2.05 s
    joins(b, v)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        q.wire.send(query(q, v, resp=100, interval=1))
        time.sleep(.3)
    equal(joined("pb"), [], "groups of a silent member")
    equal(who(a, v, GROUP[v]), {"pq"}, "data, with a querier")
    busywait(6, "the querier is gone", lambda: not routers(v))
    equal(who(a, v, GROUP[v]), {"pq", "pb", "pc"}, "data, without one")


@test("snoop-5 machines have the time that a new querier gives before data is limited")
@both
def patience_(v):
    fresh()
    q.wire.send(query(q, v, resp=2000, interval=60))
    busywait(3, "a querier", lambda: routers(v) == {"pq"})
    equal(who(a, v, GROUP[v]), {"pq", "pb", "pc"}, "at once")
    busywait(8, "data is limited", lambda: who(a, v, GROUP[v]) == {"pq"})


@test("snoop-6 routers are where queries, PIM and MRD come from, and nowhere else")
@both
def where(v):
    hello = {4: ("224.0.0.13", "224.0.0.106"), 6: ("ff02::d", "ff02::6a")}[v]
    quiet(v)
    src = c.v4 if v == 4 else c.ll
    pim = eth(multicast_mac(hello[0]), c.mac, packet(src, hello[0], PIM, b"\x20\0\xdf\xff", ttl=1))
    mrd = message(c, v, hello[1], igmp(0x30, 20, bytes(4)) if v == 4 else mld(151, b""))
    for what, frame in (("PIM", pim), ("MRD", mrd)):
        quiet(v)
        equal(gets(frame, c), {"pq", "pa", "pb"}, f"{what}: who gets it")
        equal(routers(v), {"pq", "pc"}, what)
        equal(who(a, v, GROUP[v]), {"pq", "pc"}, f"{what}: data")
        equal(gets(report(b, v, GROUP[v]), b), {"pq", "pc"}, f"{what}: reports")
    fresh()
    others = [query(c, v, GROUP[v])]            # one group's query does not say when it ends
    if v == 4:
        others.append(query(c, v, src="0.0.0.0"))
    else:
        others.append(query(c, v, src="2001:db8:1::4"))
    for frame in others:
        equal(gets(frame, c), {"pq", "pa", "pb"}, "who gets such a query")
    equal(routers(v), set(), "routers")


@test("snoop-7 malformed messages are passed on to all, and nothing is learned from them")
@both
def malformed(v):
    good = record(TO_EX, GROUP[v])
    wrong = [report3(b, v, good, count=2), report3(b, v, good + good[:-1], count=2),
             report3(b, v, struct.pack("!BBH", TO_EX, 0, 9) + ip(GROUP[v])),
             report3(b, v, struct.pack("!BBH", TO_EX, 255, 0) + ip(GROUP[v])),
             report3(b, v, good, record(TO_EX, b.addr(v))), report(b, v, b.addr(v)),
             report(b, v, GROUP[v])[:-1] + b"\1"]
    if v == 6:
        wrong += [report(b, v, GROUP[v], src=b.v6), report(b, v, GROUP[v], hlim=2)]
    for number, frame in enumerate(wrong):
        quiet(v)
        got = gets(frame, b)
        need({"pq"} <= got, f"{number}: who gets it: {got}")
        equal(joined("pb"), [], f"{number}: groups")
    equal(routers(v), {"pq"}, "routers")


@test("snoop-8 a port has 256 groups, and loses its own oldest one, never another's")
@both
def quota(v):
    quiet(v)
    joins(c, v)
    many = [f"239.2.{n // 250}.{n % 250}" if v == 4 else f"ff05::2:{n:x}" for n in range(300)]
    for at in range(0, 300, 50):
        b.wire.send(report3(b, v, *[record(TO_EX, g) for g in many[at:at + 50]]))
    busywait(5, "all were heard", lambda: rows(port="pb", group=many[-1]))
    equal(joined("pb"), sorted(many[-256:]), "groups of the port")
    equal(joined("pc"), [GROUP[v]], "groups of another")
    equal(who(a, v, many[-1]), {"pq", "pb"}, "the last one")
    equal(who(a, v, many[0]), {"pq"}, "the first one")


@test("snoop-9 what a port has joined goes with its carrier, and with the port")
@both
def gone(v):
    quiet(v)
    joins(b, v)
    defer(bed.ip, "link set pb up\n", bed.vm)
    bed.ip("link set pb down\n", bed.vm)
    busywait(5, "no groups", lambda: not joined("pb"))
    bed.ip("link set pb up\n", bed.vm)
    busywait(5, "pb is up", lambda: bed.show("port", "show", "pb")[0]["state"] == "up")
    equal(who(a, v, GROUP[v]), {"pq"}, "data")
    joins(b, v)
    bed.dvr("port del pb\n")
    defer(bed.dvr, "port add pb segment s\n")
    equal(joined("pb"), [], "groups")


@test("snoop-10 the switch is shown, saved and set; the table names what is asked for")
def config():
    quiet(4)
    joins(b, 4)
    joins(c, 4)
    line = next(r for r in bed.dvradm("save").stdout.splitlines() if r.startswith("segment add s "))
    need("snooping on" in line, f"saved: {line}")
    equal([s["snooping"] for s in bed.show("segment", "show")], [False, True], "in JSON")
    text = bed.dvradm("mdb", "show", "port", "pb").stdout
    equal(text, f"segment s port pb group {GROUP[4]}\n", "one port")
    equal(len(bed.show("mdb", "show")), 3, "rows")
    equal(len(bed.show("mdb", "show", "group", GROUP[4])), 2, "rows of a group")
    equal([r["port"] for r in bed.show("mdb", "show", "router", "ipv4")], ["pq"], "routers")
    got = bed.dvradm("mdb", "show", "segment", "none", check=False)
    need(got.returncode == 1 and "segment" in got.stderr, f"no such segment: {got.stderr}")
    bed.dvr("segment set s snooping off\n")
    equal(rows(), [], "rows without snooping")
    equal(who(a, 4, GROUP[4]), {"pq", "pb", "pc"}, "without snooping")
    bed.dvr("segment set s snooping on\n")


@test("snoop-11 a query that machines have not heard limits no data")
@both
def unheard(v):
    bed.dvr("port set pc flood-rate 0\n")
    defer(bed.dvr, "port set pc flood-rate 1000\n")
    fresh()
    before = bed.drops("flood_rate", port="pc")
    c.wire.send(query(c, v, resp=100, interval=60))
    busywait(3, "the query is dropped", lambda: bed.drops("flood_rate", port="pc") > before)
    equal(routers(v), set(), "routers, by a query above the limit")
    bed.dvr("port set pc flood-rate 1000\n")
    stray = query(c, v, resp=100, interval=60)
    for what, frame in (("to a group", query(c, v, resp=100, interval=60, dst=GROUP[v])),
                        ("to another MAC", eth(multicast_mac(GROUP[v]), c.mac, stray[14:],
                                               struct.unpack("!H", stray[12:14])[0]))):
        equal(gets(frame, c), {"pq", "pa", "pb"}, f"a query {what}: who gets it")
        equal(routers(v), set(), f"routers, by a query {what}")
    time.sleep(.2)
    equal(who(a, v, GROUP[v]), {"pq", "pb", "pc"}, "data")


finish(bed)
