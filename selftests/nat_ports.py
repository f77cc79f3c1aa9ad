#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 300
"""Which outside ports are given when some are used up, and when some were just in use.

The bed is natlib's.  Clients are 10.4.0.0/16 and fd00:0:0:4::/64, behind host 2 of p1.
"""

import contextlib
import time

from frames import udp_packet
from lib import both, equal, finish, last_test, need, test
from natlib import INSIDE6, NatBed, bracket, outside

bed = NatBed(f"""
    route add r1 10.4.0.0/16 via 10.1.0.2
    route add r1 fd00:0:0:4::/64 via {INSIDE6}2
""")
x, y = bed.x, bed.y
SOURCE = {4: "10.4.0.0/16", 6: "fd00:0:0:4::/64"}


def client(v, n):
    return f"10.4.{n >> 8}.{n & 255}" if v == 4 else f"fd00:0:0:4::{n:x}"


def clients(v, count, sport, first=0):
    """UDP of COUNT clients by their port SPORT."""
    return bed.many(v, [(client(v, first + n), sport, x, 123) for n in range(count)])


@contextlib.contextmanager
def snat(v, words="", ports=""):
    to = f"{bracket(outside(v, 70)) if ports else outside(v, 70)}{ports}"
    bed.dvr(f"nat add r1 out ext snat from {SOURCE[v]} to {to} {words} handle 70\n")
    try:
        yield
    finally:
        bed.dvr("nat del r1 handle 70\n")


# -- ports below 1024 ------------------------------------------------------------

def well_known(v, words):
    with snat(v, words):
        start = bed.drops("nat_no_port", router="r1")
        got = clients(v, 1100, 123)
        need(all(got), f"{got.count(None)} of 1100 were refused")
        equal(bed.drops("nat_no_port", router="r1"), start, "nat_no_port")
        low = [p.sport for p in got if p.sport < 1024]
        high = [p.sport for p in got if p.sport >= 1024]
        equal(len(set(low + high)), 1100, "ports")
        equal({p.saddr for p in got}, {outside(v, 70)}, "addresses")
        return low, high


@test("cases-06 udp-2 1,100 hosts with port 123: the first have ports below 1024, none is refused")
@both
def low_class(v):
    low, high = well_known(v, "")
    equal(sorted(low), list(range(1, 1024)), "ports below 1024")
    need(all(p % 2 for p in high), "the parity is lost")


@test("cases-06 udp-2 mapping connection: 1,100 hosts with port 123, none is refused")
@both
def low_class_connection(v):
    low, high = well_known(v, "mapping connection")
    need(len(low) > 900, f"only {len(low)} ports below 1024")
    need(high, "no port above 1023")


@test("cases-06 the ports of a rule are kept to when they are used up")
@both
def limited(v):
    for words in ("", "mapping connection"):
        with snat(v, words, ports=":1000-1007"):
            got = clients(v, 20, 123)
            equal(sorted(p.sport for p in got if p), list(range(1000, 1008)), "ports")


# -- ports that were just in use ---------------------------------------------------

def one(v, n, sport):
    """UDP of a client; the outside port, or None."""
    got, = bed.many(v, [(client(v, n), sport, x, 123)])
    return got and got.sport


def end_of(v, n):
    bed.dvradm("flow", "flush", "router", "r1", "addr", client(v, n))


@contextlib.contextmanager
def rests(seconds):
    bed.router_set(port_rest=seconds)
    try:
        yield
    finally:
        bed.router_set(port_rest=120)


@test("cases-16 cgn-4 a port rests: another host does not get it while others are free")
@both
def port_rests(v):
    with snat(v, "filter endpoint", ports=":4000-4003"):
        mine = one(v, 1, 5000)
        end_of(v, 1)
        # Nobody reaches what rests.
        bed.not_in([udp_packet(x.addr(v), outside(v, 70), bed.token(), 123, mine)],
                   "a packet to a port that rests", "nat_refused")
        others = [one(v, 2, 5001 + n) for n in range(3)]
        equal(sorted(others + [mine]), [4000, 4001, 4002, 4003], "ports")
        equal(bed.show("-s", "nat", "show", "r1")[0]["ports_used"], 3, "ports in use")


@test("cases-16 cgn-4 the same inside host has its port back at once")
@both
def same_host(v):
    with snat(v, "filter endpoint"):
        mine = [one(v, 1, 5000 + n) for n in range(8)]
        end_of(v, 1)
        equal([one(v, 1, 5000 + n) for n in range(8)], mine, "ports of the same endpoints")
        # A stranger reaches it again.
        bed.into(2, udp_packet(bed.far[v], outside(v, 70), bed.token(), 7777, mine[0]))


@test("cases-16 cgn-4 when no other port is left one that rests is given, the host's own first")
@both
def last_resort(v):
    with snat(v, "filter endpoint", ports=":4000-4003"):
        first = [one(v, 1, 5000), one(v, 1, 5001)]
        end_of(v, 1)
        second = [one(v, 2, 5000), one(v, 2, 5001)]
        end_of(v, 2)
        equal(sorted(first + second), [4000, 4001, 4002, 4003], "ports")
        need(one(v, 2, 6000) in second, "a port of another host")
        got = [one(v, 3, 6000 + n) for n in range(3)]
        equal(len(set(got) - {None}), 3, f"ports of a new host: {got}")
        need(set(got[:2]) == set(first), f"the oldest were {first}, given were {got}")
        start = bed.drops("nat_no_port", router="r1")
        equal(one(v, 3, 7000), None, "a fifth port")
        equal(bed.drops("nat_no_port", router="r1") - start, 1, "nat_no_port")


@test("cases-16 cgn-4 port-rest: for so long, and 0 for not at all")
@both
def length(v):
    with rests(3), snat(v, "filter endpoint", ports=":4000-4001"):
        mine, theirs = one(v, 1, 5000), one(v, 2, 5000)
        end_of(v, 1)
        time.sleep(6)
        end_of(v, 2)
        # The host's own port would come first if the other one rested, too.
        equal(one(v, 2, 5001), mine, f"the port that has rested, not {theirs}")
        end_of(v, 2)
        bed.router_set(port_rest=0)
        need(one(v, 3, 5000), "no port")
    with rests(0), snat(v, "filter endpoint", ports=":4000-4001"):
        held, free = one(v, 1, 5000), one(v, 2, 5000)
        end_of(v, 2)
        equal(one(v, 3, 5000), free, f"the port that is free at once, not {held}")


@test("cases-16 cgn-4 with filter connection a port does not rest")
@both
def without(v):
    with snat(v, ports=":4000-4000"):
        equal([one(v, 1, 5000), end_of(v, 1), one(v, 2, 5000)], [4000, None, 4000], "ports")
        equal(bed.show("-s", "nat", "show", "r1")[0]["ports_used"], 1, "ports in use")


@test("cases-16 cgn-4 at most conn-limit ports rest, the oldest is free then")
@both
def limit(v):
    bed.router_set(conn_limit=4)
    try:
        with snat(v, "filter endpoint", ports=":4000-4004"):
            got = []
            for n in range(1, 6):
                got.append(one(v, n, 5000))
                end_of(v, n)
            equal(sorted(got), list(range(4000, 4005)), "ports")
            # The host's own port would come first if all rested.
            equal(one(v, 5, 6000), got[0], f"the port of {got} that is free")
    finally:
        bed.router_set(conn_limit=65536)


@test("cases-16 cgn-4 rules are replaced and deleted while ports rest")
@both
def under_change(v):
    with snat(v, "filter endpoint", ports=":4000-4007"):
        mine = one(v, 1, 5000)
        end_of(v, 1)
        bed.dvr(f"nat replace r1 out ext snat from {SOURCE[v]} to "
                f"{bracket(outside(v, 70))}:4000-4007 filter endpoint prio 250 handle 70\n")
        equal(one(v, 1, 5000), mine, "the port after the rule was replaced")
        end_of(v, 1)
        bed.dvr(f"nat replace r1 out ext snat from {SOURCE[v]} to {outside(v, 71)} "
                "filter endpoint handle 70\n")
        got, = clients(v, 1, 5000, first=1)
        equal(got.saddr, outside(v, 71), "the address")
    with snat(v, "filter endpoint", ports=":4000-4000"):
        equal(one(v, 1, 5000), 4000, "a port after the rule went")


last_test("no inside address was seen outside in all this")(bed.leaks.none)
finish(bed)
