#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""NAT when a router begins, when a table is full, and when it adopts connections.

The bed is natlib's.  Inside host N has

    2-63     snat to 10
    64-127   snat to 11, filter endpoint
    128-159  snat to the outer leg's own addresses
    160-175  snat to 12, mapping connection, ports 3000 and 3001
    200-203  floating, 200 to 203

and port 8080 of 10 is forwarded to port 80 of host 10.
"""

import os

from frames import echo, is_told, udp_packet
from lib import (Fail, busywait, equal, finish, last_test, log, need, once, run,
                 test)
from natlib import (ACK, BOTH, GWE, GWI, PSH, NatBed, Tcp, both, bracket,
                    inside, outside, prefix, tcp_packet, tokens)

LEG = {4: "192.0.2.1", 6: "2001:db8:e::1"}
GWE2 = "02:00:00:00:0e:02"


def rules(v):
    return f"""
    nat add r1 out ext snat from {prefix(v, 0, 26)} to {outside(v, 10)}
    nat add r1 out ext snat from {prefix(v, 64, 26)} to {outside(v, 11)} filter endpoint
    nat add r1 out ext forward udp {bracket(outside(v, 10))}:8080 to {bracket(inside(v, 10))}:80
    nat add r1 out ext snat from {prefix(v, 160, 28)} to {bracket(outside(v, 12))}:3000-3001 mapping connection
    """ + "".join(f"nat add r1 out ext floating {outside(v, n)} to {inside(v, n)}\n"
                  for n in range(200, 204))


def rules_of_leg(v):
    return f"nat add r1 out ext snat from {prefix(v, 128, 27)} to {LEG[v]}\n"


bed = NatBed()
x, y = bed.x, bed.y
p1, p3 = bed.p1, bed.p3


# -- announcements -------------------------------------------------------------

def told(addresses, mac=GWE, why="", wires=(bed.p3, bed.p4)):
    """All of them are told outside, on these wires, and nothing inside."""
    for wire in wires:
        for address in addresses:
            wire.expect(lambda p, a=address: is_told(p, a, mac),
                        f"announcement of {address} {why}")
    bed.poll()
    for wire in (bed.p1, bed.p2):
        need(not [p for p in wire.rx for a in addresses if is_told(p, a, p.src)],
             f"announced inside {why}")


def nat_addresses():
    return [outside(v, n) for v in BOTH for n in (10, 11, 200, 203)]


@once
def ruled():
    """The rules are there, and nothing more is announced of them."""
    bed.flush()
    for v in BOTH:
        bed.dvr(rules(v))
        bed.dvr(rules_of_leg(v))
    told(nat_addresses() + list(LEG.values()), why="with a rule")
    bed.idle(0.5)
    bed.flush()


test("addresses are announced when their rules come")(ruled)


@test("addresses are announced when the router's netdev comes up, not before")
def netdev_up():
    ruled()
    everything = nat_addresses() + list(LEG.values())
    bed.ip("link set r1 down\n")
    bed.flush()
    bed.idle(0.5)
    need(not bed.seen(lambda p: p.src == GWE and (p.op or p.type == 136)),
         "announced while the router is down")
    bed.ip("link set r1 up\n")
    told(everything, why="with the router")


@test("addresses are announced when a port comes up")
def port_up():
    ruled()
    bed.ip("link set p4 down\n")
    bed.idle(0.2)
    bed.flush()
    bed.ip("link set p4 up\n")
    told(nat_addresses() + list(LEG.values()), why="with a port", wires=[bed.p4])


def set_leg(mac):
    bed.dvr(f"iface set r1 segment ext mac {mac} addr 192.0.2.1/24 "
            "addr 2001:db8:e::1/64\n")


@test("addresses are announced when the MAC of the leg changes")
def leg_mac():
    ruled()
    bed.flush()
    set_leg(GWE2)
    told(nat_addresses() + list(LEG.values()), GWE2, "with the new MAC")
    need(not bed.seen(lambda p: p.src == GWE and (p.op == 1 or p.type == 136)),
         "announced with the old MAC")
    bed.flush()
    set_leg(GWE)
    told(nat_addresses() + list(LEG.values()), why="with the first MAC")
    for v in BOTH:
        bed.answer(bed.udp_out(v, 12, bed.port()), 12)


@test("a leg that goes with its rules and comes back announces them again")
def leg_again():
    ruled()
    handles = [r["handle"] for r in bed.show("nat", "show", "r1")]
    bed.dvr("".join(f"nat del r1 handle {h}\n" for h in handles) +
            "iface del r1 segment ext\n")
    bed.idle(0.2)
    bed.flush()
    bed.dvr(f"""
        iface add r1 segment ext mac {GWE} addr 192.0.2.1/24 addr 2001:db8:e::1/64
    """ + "".join(rules(v) + rules_of_leg(v) for v in BOTH))
    told(nat_addresses() + list(LEG.values()), why="with the leg")


@test("the same rules and legs again announce nothing")
def nothing_new():
    ruled()
    bed.idle(0.3)
    bed.flush()
    set_leg(GWE)
    bed.dvr("".join(f"nat replace {line.strip()[8:]}\n"
                    for v in BOTH for line in (rules(v) + rules_of_leg(v)).splitlines()
                    if line.strip()))
    bed.idle(0.5)
    equal([str(p) for _, p in bed.seen(lambda p: p.src == GWE and (
        p.op or p.type == 136 and p.daddr == "ff02::1"))], [], "announcements")


# -- no room ---------------------------------------------------------------------

CT_MAX = "/proc/sys/net/netfilter/nf_conntrack_max"


def refusal(v):
    return (3, 13) if v == 4 else (1, 1)


def told_full(v, n, payload, what):
    """Inside host N is told that PAYLOAD did not find room, and nobody else
    sees anything of it."""
    mark = tokens(payload)
    bed.flush()
    bed.host(n).send(payload)
    got = bed.host(n).wire.expect(
        lambda p: p.src == GWI and p.icmp_error(*refusal(v)), f"the error: {what}")
    need(got.sound(), f"checksums: {what}")
    equal(got.daddr, inside(v, n), f"who is told: {what}")
    equal(got.quote, payload[:len(got.quote)], f"the quote: {what}")
    bed.settle()
    need(not bed.seen(lambda p: mark in p.raw and p.src != GWI),
         f"seen outside: {what}")


def new_ones(v):
    """New connections of inside hosts, of every kind."""
    src, dst = inside(v, 12), x.own(inside(v, 12))
    return [
        (12, udp_packet(src, dst, bed.token(), bed.port(), 5000), "UDP"),
        (12, tcp_packet(src, dst, b"", bed.port(), 80), "TCP"),
        (12, echo(src, dst, bed.token(), 77), "a query"),
        (200, udp_packet(inside(v, 200), dst, bed.token(), 1, 2), "floating"),
        (12, udp_packet(src, outside(v, 201), bed.token(), 3, 4), "hairpin"),
        (12, udp_packet(src, outside(v, 10), bed.token(), 5, 8080),
         "hairpin to a forward")]


@test("icmp-8 at conn-limit who is inside is told, who is outside is not")
@both
def limit_told(v):
    ruled()
    bed.dvradm("flow", "flush", "router", "r1")
    live = bed.udp_out(v, 13, bed.port())
    bed.dvradm("router", "set", "r1", "conn-limit", 1)
    try:
        before = bed.drops("nat_limit", router="r1")
        cases = new_ones(v)
        for n, payload, what in cases:
            told_full(v, n, payload, what)
        equal(bed.drops("nat_limit", router="r1") - before, len(cases), "nat_limit")
        bed.not_in([udp_packet(x.own(inside(v, 1)), outside(v, 200), bed.token(), 1, 2),
                    udp_packet(x.own(inside(v, 1)), outside(v, 10), bed.token(), 1, 8080)],
                   "a new connection from outside", "nat_limit")
        # What nobody would let in is refused as ever.
        bed.not_in([udp_packet(x.own(inside(v, 1)), outside(v, 10), bed.token(), 1, 2)],
                   "what nobody lets in", "nat_refused")
        bed.answer(live, 13)
        equal(bed.show("router", "show", "r1")[0]["conns"], 1, "connections")
    finally:
        bed.dvradm("router", "set", "r1", "conn-limit", 65536)


@test("icmp-8 when conntrack is nearly full who is inside is told, too")
@both
def table_told(v):
    ruled()
    bed.dvradm("flow", "flush", "router", "r1")
    with open(CT_MAX, encoding="ascii") as file:
        old = file.read()
    live = [bed.udp_out(v, 13, bed.port()) for _ in range(16)]
    try:
        with open(CT_MAX, "w", encoding="ascii") as file:
            file.write("17")
        before = bed.drops("nat_limit", router="r1")
        cases = new_ones(v)
        for n, payload, what in cases:
            told_full(v, n, payload, what)
        equal(bed.drops("nat_limit", router="r1") - before, len(cases), "nat_limit")
        bed.not_in([udp_packet(x.own(inside(v, 1)), outside(v, 200), bed.token(), 1, 2)],
                   "a new connection from outside", "nat_limit")
        for pkt in live:
            bed.answer(pkt, 13)
    finally:
        with open(CT_MAX, "w", encoding="ascii") as file:
            file.write(old)


@test("icmp-8 mapping connection: identifiers run out, none is given twice")
@both
def queries(v):
    ruled()
    before = [bed.drops(r, router="r1") for r in ("nat_no_port", "nat_clash")]
    dst, seen = x.own(inside(v, 1)), set()
    for n in (160, 161):
        token = bed.token()
        got = bed.out(n, echo(inside(v, n), dst, token, 9),
                      lambda p, t=token: p.src == GWE and t in p.raw)
        seen.add(got.rest >> 16)
    equal(seen, {3000, 3001}, "identifiers")
    told_full(v, 162, echo(inside(v, 162), dst, bed.token(), 9), "a third query")
    after = [bed.drops(r, router="r1") for r in ("nat_no_port", "nat_clash")]
    equal([a - b for a, b in zip(after, before)], [1, 0], "nat_no_port, nat_clash")
    # Towards another they are free.
    token = bed.token()
    bed.out(162, echo(inside(v, 162), y.own(inside(v, 1)), token, 9),
            lambda p: p.src == GWE and token in p.raw)
    bed.dvradm("flow", "flush", "router", "r1")


@test("icmp-8 who is told of no room is within icmp-rate")
@both
def told_rate(v):
    ruled()
    bed.dvradm("router", "set", "r1", "conn-limit", 0, "icmp-rate", 5)
    bed.dvradm("flow", "flush", "router", "r1")
    try:
        before = [bed.drops(r, router="r1") for r in ("nat_limit", "icmp_rate")]
        bed.flush()
        for n in range(60):
            bed.host(12).send(udp_packet(inside(v, 12), x.own(inside(v, 12)),
                                         bed.token(), 1000 + n, 5000))
        bed.settle()
        errors = len([p for p in p1.rx if p.icmp_error(*refusal(v))])
        after = [bed.drops(r, router="r1") for r in ("nat_limit", "icmp_rate")]
        need(1 <= errors <= 30, f"{errors} errors")
        equal([a - b for a, b in zip(after, before)], [60, 60 - errors],
              "nat_limit, icmp_rate")
    finally:
        bed.dvradm("router", "set", "r1", "conn-limit", 65536, "icmp-rate", 100000)


# -- entries that others made ------------------------------------------------------

def zone():
    return bed.show("router", "show", "r1")[0]["zone"]


def endpoint(address, port):
    return f"{bracket(address)}:{port}" if port else address


def entry(v, proto, src, sport, dst, dport, *words, snat=None, dnat=None):
    """An entry of the router's zone, as conntrackd would make it."""
    nat = [w for name, to in (("--src-nat", snat), ("--dst-nat", dnat)) if to
           for w in (name, endpoint(*to))]
    ports = ["--icmp-type" if v == 4 else "--icmpv6-type", 8 if v == 4 else 128,
             "--icmp-code" if v == 4 else "--icmpv6-code", 0,
             "--icmp-id" if v == 4 else "--icmpv6-id", sport] \
        if "icmp" in proto else ["--sport", sport, "--dport", dport]
    if proto == "tcp":
        ports += ["--state", "ESTABLISHED", "-u", "ASSURED,SEEN_REPLY"]
    run("conntrack", "-I", "-p", proto,
        "-s", src, "-d", dst, *ports, "-t", 100, "-w", zone(), *nat, *words,
        ns=bed.hv)


def entries():
    """Lines of conntrack of the router's zone."""
    return [line for family in ("ipv4", "ipv6") for line in run(
        "conntrack", "-L", "-f", family, "-w", zone(), ns=bed.hv).stdout.splitlines()]


def clear():
    bed.dvradm("flow", "flush", "router", "r1")
    run("conntrack", "-F", ns=bed.hv)


def rule_of(v, what):
    """The rule whose outside address is WHAT."""
    want = outside(v, what)
    for rule in bed.show("nat", "show", "r1"):
        if want in str(rule.get("pool")) + str(rule.get("outside")) and \
                rule["kind"] != "forward":
            return rule
    raise Fail(f"no rule with {want}")


def near(timeout, want):
    need(want - 12 <= timeout <= want + 1, f"{timeout} s, not {want}")


@test("other idle times hold from the next packet on, for connections in the fast path too")
@both
def idle_times(v):
    ruled()
    clear()
    sport = bed.port()
    got = bed.udp_out(v, 12, sport)
    bed.answer(got, 12)
    bed.idle(2.5)       # it is a stream then
    for _ in range(4):
        bed.udp_out(v, 12, sport)
        bed.answer(got, 12)
    if os.environ.get("DVR_FLOW_CACHE") != "off":
        equal(bed.show("router", "show", "r1")[0]["flows"], 2,
              "directions in the fast path")
    try:
        for seconds in (300, 40, 200):
            bed.router_set(udp_timeout=seconds)
            for _ in range(4):
                equal(bed.udp_out(v, 12, sport).sport, got.sport, "port outside")
                bed.answer(got, 12)
            near(bed.flow(sport)["timeout_s"], seconds)
    finally:
        bed.router_set(udp_timeout=300)


@test("an entry that snat would have made is adopted, with its port")
@both
def adopt_snat(v):
    ruled()
    clear()
    sport, peer = bed.port(), x.own(inside(v, 1))
    before = rule_of(v, 10)
    entry(v, "udp", inside(v, 12), sport, peer, 5000, snat=(outside(v, 10), 34567))
    got = bed.udp_out(v, 12, sport)
    equal((got.saddr, got.sport), (outside(v, 10), 34567), "source outside")
    bed.answer(got, 12)
    flow = bed.flow(sport)
    equal(flow["handle"], before["handle"], "rule")
    near(flow["timeout_s"], 300)
    # The mapping is as if it had been made here: for whomever it speaks to.
    other = bed.udp_out(v, 12, sport, y)
    equal((other.saddr, other.sport), (outside(v, 10), 34567), "to another")
    after = rule_of(v, 10)
    equal([after[k] - before[k] for k in ("conns", "ports_used", "hits")],
          [2, 1, 2], "connections, ports, hits")
    bed.dvradm("flow", "flush", "router", "r1")
    equal([rule_of(v, 10)[k] for k in ("conns", "ports_used")], [0, 0],
          "connections and ports left")
    equal(entries(), [], "entries left")


@test("an answer from outside may be the first packet of an adopted entry")
@both
def adopt_reply(v):
    ruled()
    clear()
    peer = x.own(inside(v, 1))
    entry(v, "udp", inside(v, 12), 4000, peer, 5000, snat=(outside(v, 10), 34568))
    bed.udp_in(v, 12, 4000, outside(v, 10), 34568)
    got = bed.udp_out(v, 12, 4000)
    equal((got.saddr, got.sport), (outside(v, 10), 34568), "source outside")
    # Only who was spoken to may answer.
    bed.not_in([udp_packet(peer, outside(v, 10), bed.token(), 5001, 34568)],
               reason="nat_refused")
    # It ends with the port of its inside host, once that is known.
    bed.answer(bed.udp_out(v, 75, bed.port()), 75)
    entry(v, "udp", inside(v, 75), 4001, peer, 5000, snat=(outside(v, 11), 34569))
    bed.udp_in(v, 75, 4001, outside(v, 11), 34569)
    bed.flow(4001)
    bed.dvr("port del p2\nport add p2 segment in\n")
    bed.no_flow(4001)
    equal(len(bed.flows("port", "4000")), 1, "connections of another port")


@test("TCP in the middle of a connection is adopted, and a query")
@both
def adopt_others(v):
    ruled()
    clear()
    conn = Tcp(bed, v, 12)
    conn.ext, conn.eport = outside(v, 10), 34570
    entry(v, "tcp", inside(v, 12), conn.sport, conn.dst, 80,
          snat=(outside(v, 10), 34570))
    got = conn.send(ACK | PSH, bed.token())
    equal((got.saddr, got.sport), (outside(v, 10), 34570), "source outside")
    conn.reply(ACK | PSH, bed.token())
    conn.alive()
    near(conn.flow()["timeout_s"], 7440)
    entry(v, "icmp" if v == 4 else "icmpv6", inside(v, 12), 4711,
          x.own(inside(v, 1)), 0, snat=(outside(v, 10), 0))
    token = bed.token()
    query = bed.out(12, echo(inside(v, 12), x.own(inside(v, 1)), token, 4711),
                    lambda p: p.src == GWE and token in p.raw)
    equal((query.saddr, query.rest >> 16), (outside(v, 10), 4711), "the query")
    near(bed.flow(4711)["timeout_s"], 60)


@test("entries of floating, forward, filter endpoint and mapping connection are adopted")
@both
def adopt_rules(v):
    ruled()
    clear()
    peer = x.own(inside(v, 1))
    entry(v, "udp", inside(v, 200), 4000, peer, 5000, snat=(outside(v, 200), 4000))
    got = bed.udp_out(v, 200, 4000)
    equal((got.saddr, got.sport), (outside(v, 200), 4000), "floating, from inside")
    bed.answer(got, 200)
    entry(v, "udp", peer, 5001, outside(v, 201), 4002, dnat=(inside(v, 201), 4002))
    bed.udp_in(v, 201, 4002, outside(v, 201), 4002, sport=5001)
    entry(v, "udp", peer, 5002, outside(v, 10), 8080, dnat=(inside(v, 10), 80))
    back = bed.udp_out(v, 10, 80, dport=5002)
    equal((back.saddr, back.sport), (outside(v, 10), 8080), "an answer of a forward")
    # Full cone: who comes in needs the mapping, which the other entry brings.
    entry(v, "udp", inside(v, 70), 4004, peer, 5000, snat=(outside(v, 11), 34571))
    entry(v, "udp", peer, 5003, outside(v, 11), 34571, dnat=(inside(v, 70), 4004))
    bed.not_in([udp_packet(peer, outside(v, 11), bed.token(), 5003, 34571)],
               reason="nat_gone")
    bed.udp_out(v, 70, 4004)
    bed.udp_in(v, 70, 4004, outside(v, 11), 34571, sport=5003)
    entry(v, "udp", inside(v, 163), 4006, peer, 5000, snat=(outside(v, 12), 3001))
    equal(bed.udp_out(v, 163, 4006).sport, 3001, "mapping connection")
    equal(len(bed.flows()), 6, "connections")


def refused(v, n, payload, what):
    """What inside host N sends of an entry is dropped, and seen nowhere."""
    mark = tokens(payload)
    before = bed.drops("nat_gone", router="r1")
    bed.flush()
    bed.host(n).send(payload)
    bed.settle()
    need(not bed.seen(lambda p: mark in p.raw), f"{what}: seen")
    equal(bed.drops("nat_gone", router="r1") - before, 1, f"{what}: nat_gone")


@test("an entry that no rule would have made stays shut")
@both
def adopt_not(v):
    ruled()
    clear()
    peer, used = x.own(inside(v, 1)), bed.port()
    taken = bed.udp_out(v, 13, used)
    conns = bed.show("router", "show", "r1")[0]["conns"]
    p = iter(range(4100, 4200))
    for n, proto, what, kw in (
            (12, "udp", "no translation", {}),
            (12, "udp", "an address of another rule", {"snat": (outside(v, 11), 5)}),
            (12, "udp", "an address of no rule", {"snat": (outside(v, 99), 34580)}),
            (12, "udp", "a port that another has", {"snat": (outside(v, 10), taken.sport)}),
            (12, "udp", "a forwarded port", {"snat": (outside(v, 10), 8080)}),
            (12, "udp", "another's floating address", {"snat": (outside(v, 200), 4000)}),
            (200, "udp", "floating with another port", {"snat": (outside(v, 200), 34581)}),
            (163, "udp", "a port out of range", {"snat": (outside(v, 12), 3002)}),
            (12, "udp", "both ends translated",
             {"snat": (outside(v, 10), 34582), "dnat": (peer, 5000)})):
        log(f"# {what}")
        sport = next(p)
        # To another destination, so that only the mapping is in question.
        entry(v, proto, inside(v, n), sport, y.own(inside(v, 1)), 5000, **kw)
        refused(v, n, udp_packet(inside(v, n), y.own(inside(v, 1)), bed.token(), sport, 5000),
                what)
    # A reply that says what no translation does.
    entry(v, "udp", inside(v, 12), 4200, peer, 5000, "-r", peer, "-q", outside(v, 10),
          "--reply-port-src", 5000, "--reply-port-dst", 34583)
    refused(v, 12, udp_packet(inside(v, 12), peer, bed.token(), 4200, 5000), "a lie")
    for dst, dport, to, what in (
            (outside(v, 201), 4300, (inside(v, 202), 4300), "floating to another"),
            (outside(v, 10), 8080, (inside(v, 10), 81), "a forward to another port"),
            (outside(v, 10), 8081, (inside(v, 10), 80), "a port that is not forwarded"),
            (outside(v, 10), taken.sport, (inside(v, 13), used), "a mapping with filter")):
        log(f"# {what}")
        entry(v, "udp", peer, 5100, dst, dport, dnat=to)
        bed.not_in([udp_packet(peer, dst, bed.token(), 5100, dport)], what, "nat_gone")
    equal(bed.show("router", "show", "r1")[0]["conns"], conns, "connections")
    bed.answer(taken, 13)


@test("conn-limit holds for adopted entries, and a rule's end for what it adopted")
@both
def adopt_limit(v):
    ruled()
    clear()
    peer = x.own(inside(v, 1))
    entry(v, "udp", inside(v, 12), 4400, peer, 5000, snat=(outside(v, 10), 34590))
    bed.dvradm("router", "set", "r1", "conn-limit", 0)
    payload = udp_packet(inside(v, 12), peer, bed.token(), 4400, 5000)
    told_full(v, 12, payload, "adoption")
    bed.dvradm("router", "set", "r1", "conn-limit", 65536)
    equal(bed.udp_out(v, 12, 4400).sport, 34590, "port")
    handle = rule_of(v, 10)["handle"]
    bed.dvradm("nat", "del", "r1", "handle", handle)
    bed.not_in([udp_packet(peer, outside(v, 10), bed.token(), 5000, 34590)])
    equal(bed.flows(), [], "connections of a deleted rule")
    equal(entries(), [], "entries of a deleted rule")
    bed.dvr(rules(v).splitlines()[1] + f" handle {handle}\n")


# -- tuples that are taken -----------------------------------------------------------

@test("an entry of others that has the tuple: nat_clash, nothing leaves")
@both
def clash(v):
    ruled()
    clear()
    peer, far = x.own(inside(v, 1)), bed.far[v]
    for proto, make in (("udp", lambda src, dst, sport, dport: udp_packet(
                            src, dst, bed.token(), sport, dport)),
                        ("tcp", lambda src, dst, sport, dport: tcp_packet(
                            src, dst, bed.token(), sport, dport))):
        # What floating needs to go out.
        entry(v, proto, far, 9, peer, 5000, "-r", peer, "-q", outside(v, 200),
              "--reply-port-src", 5000, "--reply-port-dst", 4500)
        before = bed.drops("nat_clash", router="r1")
        sent = make(inside(v, 200), peer, 4500, 5000)
        mark = tokens(sent)
        bed.flush()
        bed.host(200).send(sent)
        bed.settle()
        need(not bed.seen(lambda p, m=mark: m in p.raw), f"{proto}: it left")
        equal(bed.drops("nat_clash", router="r1") - before, 1, f"{proto}: nat_clash")
        equal(bed.flows(), [], "connections left")
        # Beside the clash all is well.
        bed.answer(bed.udp_out(v, 200, 4501), 200)
        clear()
    # What a forward needs to come in: the source has another port inside.
    entry(v, "udp", far, 9, far, 10, "-r", inside(v, 10), "-q", peer,
          "--reply-port-src", 80, "--reply-port-dst", 5200)
    got = bed.into(10, udp_packet(peer, outside(v, 10), bed.token(), 5200, 8080))
    equal((got.saddr, got.dport, got.sport == 5200), (peer, 80, False), "inside")
    back = bed.out(10, udp_packet(inside(v, 10), peer, bed.token(), 80, got.sport))
    equal((back.saddr, back.sport, back.dport), (outside(v, 10), 8080, 5200), "the answer")
    clear()


# -- zones -------------------------------------------------------------------------------

def with_zone(name, number):
    return f"""
        router add {name} zone {number}
        segment add {name}-in
        segment add {name}-out
        iface add {name} segment {name}-in addr 10.7.0.1/24
        iface add {name} segment {name}-out addr 192.0.2.1/24
        nat add {name} out {name}-out snat from 10.7.0.0/24 to 203.0.113.70
    """


@test("a zone is refused in the batch that deletes its router, and given after it")
def zones():
    bed.dvr(with_zone("za", 700))
    before = bed.dvradm("save").stdout
    for batch in (with_zone("zb", 700), "router del za\n" + with_zone("zb", 700)):
        done = bed.dvr(batch, check=False)
        equal(done.returncode, 1, "exit code")
        need("zone" in done.stderr and "earlier batch" in done.stderr, done.stderr)
        equal(bed.dvradm("save").stdout, before, "the configuration")
    bed.dvr("router del za\n")
    busywait(10, "the zone", lambda: not bed.dvr(with_zone("zb", 700),
                                                 check=False).returncode)
    equal(bed.show("router", "show", "zb")[0]["zone"], 700, "zone")
    bed.dvr("router del zb\n")


@test("a batch that is refused leaves a router without zone and idle times")
def aborted():
    rule, _, parts = with_zone("zc", 0).strip().rpartition("\n")[::-1]
    parts = parts.replace(" zone 0", "")
    bed.dvr(parts)
    before = bed.show("-d", "router", "show", "zc")
    done = bed.dvr(f"router set zc zone 710 udp-timeout 333\n{rule}\n{rule}\n",
                   check=False)
    equal(done.returncode, 1, "exit code")
    equal(bed.show("-d", "router", "show", "zc"), before, "the router")
    # The zone is free at once, and it may have another.
    bed.dvr(f"router set zc zone 710\nsegment add zd\n{rule}\n{rule}\n", check=False)
    bed.dvr(f"router set zc zone 711\n{rule}\n")
    equal(bed.show("router", "show", "zc")[0]["zone"], 711, "zone")
    bed.dvr("router del zc\n")


@last_test("no inside address was seen outside in all this")
def no_leak():
    bed.leaks.none()


finish(bed)
