#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
"""Which outside ports are given when some are used up, and when some were just in use.

The bed is natlib's.  Clients are 10.4.0.0/16 and fd00:0:0:4::/64, behind host 2 of p1.
"""

import contextlib

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


last_test("no inside address was seen outside in all this")(bed.leaks.none)
finish(bed)
