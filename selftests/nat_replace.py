#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 300
"""A nat rule is replaced: which connections go on, and which end.

The bed is natlib's.  Each test makes its rule for the inside hosts 32 to 63 and deletes it.
"""

import contextlib

from frames import UDP, echo, udp_packet
from lib import busywait, equal, finish, last_test, need, test
from natlib import GWE, GWI, NatBed, Tcp, both, bracket, inside, outside, prefix

bed = NatBed()
x, y = bed.x, bed.y
p1, p3 = bed.p1, bed.p3
HOSTS = range(32, 48)
FRESH = range(48, 64)


def snat(v, *pool, words="", ports=""):
    """A rule from which add, or replace, is missing."""
    to = " ".join(f"to {bracket(outside(v, n)) if ports else outside(v, n)}{ports}"
                  for n in pool)
    return f"r1 out ext snat from {prefix(v, 32, 27)} {to} {words}"


@contextlib.contextmanager
def ruled(*rules):
    bed.dvr("".join(f"nat add {rule}\n" for rule in rules))
    try:
        yield
    finally:
        bed.dvr("".join(f"nat del r1 handle {r['handle']}\n"
                        for r in bed.show("nat", "show", "r1")))


def replace(rule, count=None):
    """Replace; until the rule has COUNT connections."""
    bed.dvr(f"nat replace {rule}\n")
    if count is not None:
        busywait(10, f"{count} connections", lambda: [
            r for r in bed.show("nat", "show", "r1") if r["conns"] == count])


def open_all(v, hosts=HOSTS):
    """UDP of each host; (host, inside port, what was seen outside)."""
    return [(n, s, bed.udp_out(v, n, s)) for n, s in ((n, bed.port()) for n in hosts)]


def same(v, conn):
    """It has its mapping still, both ways."""
    n, sport, got = conn
    bed.answer(got, n)
    again = bed.udp_out(v, n, sport)
    equal((again.saddr, again.sport), (got.saddr, got.sport), f"the mapping of host {n}")


def ended(v, conn):
    """Nothing is let in, and the next packet begins anew."""
    n, sport, got = conn
    token = bed.token()
    x.send(udp_packet(got.daddr, got.saddr, token, got.dport, got.sport))
    bed.settle()
    need(not [p for p in bed.host(n).wire.rx if token in p.raw],
         "an answer of a connection that ended was let in")
    again = bed.udp_out(v, n, sport)
    need((again.saddr, again.sport) != (got.saddr, got.sport), f"host {n} has its mapping")
    return again


@test("cases-13 udp-2 a pool that grows ends no connection")
@both
def grows(v):
    with ruled(snat(v, 10)):
        conns = open_all(v)
        tcp = [Tcp(bed, v, n).open() for n in list(HOSTS)[:4]]
        query = bed.port()
        token = bed.token()
        ping = bed.out(33, echo(inside(v, 33), x.addr(v), token, query),
                       lambda p: p.src == GWE and p.type in (8, 128) and token in p.raw)
        before = {f["orig"]["sport"]: f["reply"]["dport"] for f in bed.flows()}
        replace(snat(v, 10, 11), len(before))
        equal({f["orig"]["sport"]: f["reply"]["dport"] for f in bed.flows()}, before,
              "ports inside and outside")
        rule, = bed.show("-s", "nat", "show", "r1")
        equal(rule["ports_used"], len(before), "ports in use")
        for conn in conns:
            same(v, conn)
        for conn in tcp:
            conn.alive()
        token = bed.token()
        bed.into(33, echo(ping.daddr, ping.saddr, token, ping.rest >> 16, 1, reply=True),
                 want=lambda p: p.src == GWI and token in p.raw)
        # RFC 4787 REQ-2: who has a mapping keeps the address, others have the new pool.
        equal({bed.udp_out(v, n, bed.port()).saddr for n in HOSTS}, {outside(v, 10)},
              "addresses of hosts that have mappings")
        both_addresses = {outside(v, 10), outside(v, 11)}
        equal({bed.udp_out(v, n, bed.port()).saddr for n in FRESH}, both_addresses,
              "addresses of new hosts")
        bed.dvradm("flow", "flush", "router", "r1")
        equal({bed.udp_out(v, n, bed.port()).saddr for n in HOSTS}, both_addresses,
              "addresses once the mappings have ended")


@test("cases-13 connections go on at once: no packet waits for the work in the background")
@both
def at_once(v):
    with ruled(snat(v, 10)):
        conns = open_all(v)
        for number, conn in enumerate(conns):
            replace(snat(v, 10, 11, words=f"prio {300 + number}"))
            same(v, conn)
        replace(snat(v, 10), len(conns))
        for conn in conns:
            same(v, conn)


@test("cases-13 prio, handle, and del and add in one batch end no connection")
@both
def reworded(v):
    with ruled(snat(v, 10, words="handle 41")):
        conn, = open_all(v, [40])
        tcp = Tcp(bed, v, 40).open()
        for rule in ("prio 250 handle 41", "prio 250 handle 42", "handle 42"):
            replace(snat(v, 10, words=rule), 2)
            same(v, conn)
            tcp.alive()
        bed.dvr(f"nat del r1 handle 42\nnat add {snat(v, 10, 11, words='handle 43')}\n")
        same(v, conn)
        tcp.alive()
        # Twice in a batch.
        bed.dvr(f"nat replace {snat(v, 11)}\nnat replace {snat(v, 10)}\n")
        same(v, conn)
        tcp.alive()
        # A batch that fails changes nothing.
        got = bed.dvr(f"nat replace {snat(v, 11)}\nnat del r1 handle 4711\n", check=False)
        need(got.returncode, "the batch was taken")
        same(v, conn)
        tcp.alive()


@test("cases-13 a rule that is deleted and added in two batches ends its connections")
@both
def two_batches(v):
    with ruled(snat(v, 10, words="handle 41")):
        conn, = open_all(v, [40])
        bed.dvr("nat del r1 handle 41\n")
        bed.dvr(f"nat add {snat(v, 10, words='handle 41')}\n")
        ended(v, conn)


@test("cases-13 an address that leaves the pool ends its connections, others go on")
@both
def address_leaves(v):
    with ruled(snat(v, 10, 11)):
        conns = open_all(v)
        gone = [c for c in conns if c[2].saddr == outside(v, 10)]
        need(0 < len(gone) < len(conns), f"{len(gone)} of {len(conns)} at the first address")
        replace(snat(v, 11, 12), len(conns) - len(gone))
        for conn in conns:
            if conn not in gone:
                same(v, conn)
        for conn in gone[:4]:
            need(ended(v, conn).saddr in (outside(v, 11), outside(v, 12)), "an old address")


@test("cases-13 ports beyond a smaller range end, others go on")
@both
def ports_leave(v):
    with ruled(snat(v, 10, ports=":5000-5015")):
        conns = open_all(v)
        stay = [c for c in conns if c[2].sport < 5008]
        need(len(stay) == 8, f"{len(stay)} of {len(conns)} ports below 5008")
        replace(snat(v, 10, ports=":5000-5007"), 8)
        for conn in stay:
            same(v, conn)
        rule, = bed.show("-s", "nat", "show", "r1")
        equal(rule["ports_used"], 8, "ports in use")


@test("cases-13 filter: a mapping stays, who it no longer lets in is cut off")
@both
def filters(v):
    with ruled(snat(v, 10, words="filter endpoint")):
        conn, = open_all(v, [40])
        _, sport, got = conn
        stranger = bed.udp_in(v, 40, sport, got.saddr, got.sport, bed.far[v], 7777)
        replace(snat(v, 10), 1)
        same(v, conn)
        bed.not_in([udp_packet(stranger.saddr, got.saddr, bed.token(), 7777, got.sport)],
                   "a stranger")
        replace(snat(v, 10, words="filter endpoint"), 1)
        bed.udp_in(v, 40, sport, got.saddr, got.sport, bed.far[v], 7778)
        same(v, conn)
        # In the same instant as the rule is replaced.
        replace(snat(v, 10, 11, words="filter endpoint"))
        bed.udp_in(v, 40, sport, got.saddr, got.sport, bed.far[v], 7779)
        same(v, conn)


@test("cases-13 mapping: a port that connections may share is none of mapping endpoint")
@both
def mappings(v):
    with ruled(snat(v, 10, words="mapping connection")):
        conn, = open_all(v, [40])
        replace(snat(v, 10, 11, words="mapping connection"), 1)
        same(v, conn)
        replace(snat(v, 10, 11), 0)
        ended(v, conn)
    with ruled(snat(v, 10)):
        conn, = open_all(v, [40])
        replace(snat(v, 10, words="mapping connection"), 1)
        same(v, conn)


def hairpin(v, n, dst, dport, to, sport):
    """UDP of host N behind p1 to host TO behind p2 by its outside address."""
    token = bed.token()
    bed.flush()
    bed.host(n).send(udp_packet(inside(v, n), dst, token, sport, dport))
    got = bed.p2.expect(lambda p: token in p.raw and p.src == GWI, "hairpin")
    token = bed.token()
    bed.in2.send(udp_packet(got.daddr, got.saddr, token, got.dport, got.sport))
    p1.expect(lambda p: token in p.raw and p.src == GWI, "the answer")
    equal((got.daddr, got.proto), (inside(v, to), UDP), "inside")
    return got.saddr, got.sport


@test("cases-13 floating, forward and hairpin go on, unless they lead elsewhere")
@both
def other_kinds(v):
    ext = bracket(outside(v, 12))
    forward = f"r1 out ext forward udp {ext}:8081-80%d to {bracket(inside(v, 11))}:%d"
    floating = f"r1 out ext floating {outside(v, 200)} to {inside(v, 201)}"
    with ruled(snat(v, 10), forward % (85, 81), floating):
        sport = bed.port()
        mine = hairpin(v, 40, outside(v, 12), 8082, 11, sport)
        by_floating = hairpin(v, 40, outside(v, 200), 99, 201, sport)
        bed.udp_in(v, 11, 83, outside(v, 12), 8083, sport=5001)
        conn, = open_all(v, [201])
        before = sorted(f["orig"]["sport"] for f in bed.flows())
        replace(snat(v, 10, 11))
        replace(forward % (84, 81))
        replace(floating + " prio 20")
        equal(hairpin(v, 40, outside(v, 12), 8082, 11, sport), mine, "the source of the hairpin")
        equal(hairpin(v, 40, outside(v, 200), 99, 201, sport), by_floating, "the source")
        bed.out(11, udp_packet(inside(v, 11), x.addr(v), bed.token(), 83, 5001))
        same(v, conn)
        busywait(10, "the same connections", lambda: sorted(
            f["orig"]["sport"] for f in bed.flows()) == before)
        # To another port inside, or to another host.
        replace(forward % (84, 91), 0)
        bed.udp_in(v, 11, 93, outside(v, 12), 8083, sport=5001)
        replace(floating.replace(inside(v, 201), inside(v, 203)))
        busywait(10, "the end of what the other host had",
                 lambda: not bed.flows("addr", inside(v, 201)))


@test("cases-13 a rule is replaced again and again under traffic")
@both
def storm(v):
    with ruled(snat(v, 10)):
        conns = open_all(v)
        tcp = [Tcp(bed, v, n).open() for n in (50, 51)]
        for number in range(40):
            bed.dvr(f"nat replace {snat(v, *((10, 11, 12)[:1 + number % 3]))}\n")
            same(v, conns[number % len(conns)])
            tcp[number % 2].alive()
        busywait(10, "all connections", lambda: bed.show("nat", "show", "r1")[0]["conns"] ==
                 len(conns) + len(tcp))
        equal(bed.show("-s", "nat", "show", "r1")[0]["ports_used"], len(conns) + len(tcp), "ports")
        for conn in conns:
            same(v, conn)


last_test("no inside address was seen outside in all this")(bed.leaks.none)
finish(bed)
