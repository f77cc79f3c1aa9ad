#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 400
# cache: on
"""The flow cache on and off: the same packets out, to the byte.

What the cache does, the general path must do, too.  So two hypervisors are set up
alike, one with flow-cache on and one with it off, and get the same packets and the
same changes of configuration, all at random: what comes out of them has to be the
same, and so have the counters.  DVR_SEED repeats a run, DVR_PACKETS is how many
there are.

The bed is natlib's; here p5 is on another inside segment, 10.2.0.0/24.
"""

import os
import random
import time

from burst import Burst
from chatter import Conn, End, cksum
from frames import ICMP, ICMP6, TCP, UDP, Pkt, mac
from lib import Fail, Skip, amount, equal, finish, log, need, test
from natlib import (BOTH, GWE, GWI, M1, M2, P2, NatBed, bracket, inside,
                    outside)

SEED = int(os.environ.get("DVR_SEED") or random.randrange(1 << 32))
PACKETS = int(os.environ.get("DVR_PACKETS") or amount(100000, 25000, "debug"))
BATCH = 400
GWI2, M5 = "02:00:00:00:0a:02", "02:00:00:00:02:05"
SNAT = (11, 12, 13, 14, 15, 16)
FORWARD = 17            # without a rule of its own: what it sends is an answer
FLOATING = (200, 201, 202, 203)
PLAIN = (250, 251)
KEPT = (12, 13, 200, 203)
STATIC = (13, 200)      # whose MAC addresses change
PLACES = {"p1": (GWI, M1), "p2": (GWI, M2), "p5": (GWI2, M5),
          "p3": (GWE, "02:00:00:00:0e:10"), "p4": (GWE, "02:00:00:00:0e:11")}


def connections(r):
    """Of all kinds, none with the addresses and ports of another."""
    out = []
    x, y, far = ({4: "192.0.2.10", 6: "2001:db8:e::10"},
                 {4: "192.0.2.11", 6: "2001:db8:e::11"},
                 {4: "198.51.100.7", 6: "2001:db8:d::7"})
    inner = {4: "10.2.0.20", 6: "fd00:0:0:2::20"}
    number = iter(range(3000, 9999))

    def wire(n):
        return "p2" if n in P2 else "p1"

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
                add(v, proto, (wire(n), inside(v, n), inner[v], s, d),
                    ("p5", inner[v], inside(v, n), d, s), "inside")
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
    return rules


def change(r, rules, state):
    """A change of configuration: a text of dvradm, or (what, device) of ip."""
    kind = r.randrange(14)
    v = r.choice(BOTH)
    x, y = {4: ("192.0.2.10", "192.0.2.11"),
            6: ("2001:db8:e::10", "2001:db8:e::11")}[v]
    if kind == 0:
        net = {4: "198.51.100.0/25", 6: "2001:db8:d::/65"}[v]
        return f"route replace r1 {net} via {r.choice((x, y))}"
    if kind == 1:
        net = {4: "198.51.100.0/24", 6: "2001:db8:d::/64"}[v]
        key = "route", net
        state[key] = not state.get(key)
        if not state[key]:
            return f"route del r1 {net}"
        return f"route add r1 {net} via {y}"
    if kind == 2:
        net = {4: "198.51.100.6/31", 6: "2001:db8:d::6/127"}[v]
        key = "route", net
        state[key] = not state.get(key)
        if not state[key]:
            return f"route del r1 {net}"
        return f"route add r1 {net} {r.choice(('blackhole', 'unreachable', 'prohibit'))}"
    if kind in (3, 4):
        # Who is in hairpin without a rule has ports at random.
        handle = r.choice([h for h, text in rules.items() if not any(
            f" {inside(v, n)}" in text.replace("/", " ") + " " for n in KEPT
            for v in BOTH)])
        state[handle] = not state.get(handle)
        if state[handle]:
            return f"nat del r1 handle {handle}"
        return f"nat add r1 out ext {rules[handle]} handle {handle}"
    if kind == 5:
        handle = r.choice(list(rules))
        if state.get(handle):
            return ""
        return f"nat del r1 handle {handle}\n" \
            f"nat add r1 out ext {rules[handle]} handle {handle}"
    if kind == 6:
        name = r.choice(("p2", "p4"))
        return f"port del {name}\n{port_text(name)}"
    if kind == 7:
        return neigh_text(v, r.choice(STATIC), r.choice((
            M1, "02:00:00:00:77:01")))
    if kind == 8:
        return f"segment set ext mtu {r.choice((1280, 1400, 1500, 1500))}"
    if kind == 9:
        state["gwe"] = r.choice((GWE, "02:00:00:00:0e:02"))
        return f"iface set r1 segment ext mac {state['gwe']}"
    if kind == 10:
        state["down"] = True
        return "link set r1 down"
    if kind == 11:
        return r.choice(("flush router r1", f"flush addr {inside(v, 12)}",
                         f"flush addr {outside(v, 201)}"))
    if kind == 12:
        return f"router set r1 flow-limit {r.choice((2, 20, 131072, 131072))}"
    return f"router set r1 udp-timeout {r.choice((290, 300))}"


def apply(b, text):
    if text.startswith("flush"):
        b.dvradm("flow", *text.split())
    elif text.startswith("link"):
        b.ip(text + "\n")
    else:
        b.dvr(text + "\n")


def neigh_text(v, n, where=M1):
    return f"neigh replace segment in {inside(v, n)} lladdr {where} port p1\n"


def port_text(name):
    hosts = [n for n in (*SNAT, FORWARD, 18, *FLOATING, *PLAIN)
             if (n in P2) == (name == "p2") and n not in STATIC]
    inner = "".join(f" addr {inside(v, n)}" for v in BOTH for n in hosts)
    return {
        "p1": f"port add p1 segment in mac {M1}{inner} security off",
        "p2": f"port add p2 segment in mac {M2}{inner}",
        "p4": "port add p4 segment ext mac 02:00:00:00:0e:11 addr 192.0.2.11 "
              "addr 2001:db8:e::11 security off",
    }[name]


def make(hv, rules, cache):
    b = NatBed(hv=hv, vm=f"{hv}-vm")
    b.add("p5")
    b.dvr("port del p1\nport del p2\n" + port_text("p1") + "\n" +
          port_text("p2") + "\n" +
          "".join(neigh_text(v, n) for v in BOTH for n in STATIC) + f"""
        router set r1 flow-cache {cache} icmp-rate 1000000
        segment add in2
        iface add r1 segment in2 mac {GWI2} addr 10.2.0.1/24 addr fd00:0:0:2::1/64
        port add p5 segment in2 mac {M5} addr 10.2.0.20 addr fd00:0:0:2::20
        route add r1 172.16.0.0/12 unreachable
        route add r1 fc99::/16 unreachable
    """ + "".join(f"nat add r1 out ext {text} handle {handle}\n"
                  for handle, text in rules.items()))
    b.idle(.3)
    # Burst sees all. A copy of a packet kept for another socket would keep it
    # from the fast path.
    for w in b.wires.values():
        w.sock.bind((w.dev, 0x88b5))
    return b


def ordinary(frames):
    """Those that do not ask for or tell MAC addresses."""
    return [f for f in frames if f[1][12:14] != b"\x08\x06" and not (
        f[1][12:14] == b"\x86\xdd" and f[1][20] == 58 and
        133 <= f[1][54] <= 137)]


def same(one, two):
    """Equal but for what is random: an identification without DF, and that of
    IPv6 fragments."""
    if one == two:
        return True
    (dev1, a), (dev2, b) = one, two
    if dev1 == dev2 and a[12:14] == b"\x86\xdd" and a[20] == 44:
        return a[:58] + a[62:] == b[:58] + b[62:]
    if dev1 != dev2 or a[12:14] != b"\x08\0" or len(a) != len(b):
        return False
    size = (a[14] & 15) * 4
    if a[20] & 0x40 or cksum(a[14:14 + size]) or cksum(b[14:14 + size]):
        return False
    return a[:18] + a[20:24] + a[26:] == b[:18] + b[20:24] + b[26:]


def tell(what, frames):
    log(f"# {what}:")
    for dev, frame in frames:
        log(f"#   {dev} {Pkt(frame)} {frame[:130].hex()}")


def differ(sent, one, two, owner, history):
    """Print all that there is to a difference."""
    at = next((n for n, (a, b) in enumerate(zip(one, two)) if not same(a, b)),
              min(len(one), len(two)))
    log(f"# seed {SEED}: {len(one)} frames with the cache, {len(two)} without, "
        f"the first {at} are the same")
    tell("with the cache", one[at:at + 3])
    tell("without", two[at:at + 3])
    marks = {f[-12:] for _, f in one[at:at + 2] + two[at:at + 2]}
    guess = [n for n, (_, f) in enumerate(sent) if f[-12:] in marks]
    for n in guess[:3]:
        tell(f"sent, {owner[n].what}", [sent[n]])
    if guess:
        conn = owner[guess[0]]
        log("# the connection before that, and changes")
        past = [h for h in history if h[0] in (conn, None)]
        past += [(c, f) for c, f in zip(owner[:guess[0] + 1], sent)
                 if c is conn]
        for c, what in past[-40:]:
            log(f"#   {what if c is None else (what[0], str(Pkt(what[1])), what[1][34:76].hex())}")
    raise Fail(f"seed {SEED}: not the same with and without the cache")


def counters(b):
    """All that is counted, in an order of its own.

    Not how many connections a router holds: when one that has ended is collected
    is not when it ends in the other hypervisor.  Those that live are all in
    "flow"."""
    def told(words, *without):
        return sorted(repr({k: val for k, val in sorted(row.items())
                            if k not in without})
                      for row in b.show(*words))
    return {
        "router": told(("-s", "router", "show"), "conns", "flows", "flow_cache",
                       "ifindex", "neighs"),
        "port": told(("-s", "port", "show"), "ifindex"),
        "drops": told(("drops",)),
        "flow": told(("-s", "flow", "show"), "timeout", "zone"),
    }


@test(f"{PACKETS} packets at random, with the cache and without: the same")
def differential():
    if not PACKETS:
        raise Skip("DVR_PACKETS is 0")
    log(f"# DVR_SEED={SEED}")
    r = random.Random(SEED)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rules = nat_rules()
    beds = make("on", rules, "on"), make("off", rules, "off")
    bursts = [Burst(b.vm) for b in beds]
    equal(bursts[0].index, bursts[1].index, "devices")
    conns, history, state = connections(r), [], {}
    done = cached = changes = seen = 0
    busy = r.sample(conns, 24)
    start = time.monotonic()
    while done < PACKETS and time.monotonic() - start < 170:
        gate = {p: mac(state.get("gwe", GWE) if g == GWE else g) + mac(m)
                for p, (g, m) in PLACES.items()}
        sent, owner = [], []
        # A few at a time speak much and for a while, as connections do.
        if not done // BATCH % 6:
            busy = r.sample(conns, 24)
        while len(sent) < min(BATCH, PACKETS - done):
            conn = r.choice(busy)
            for _ in range(r.choice((1, 1, 4, 10))):
                new = conn.frames(gate)
                sent += new
                owner += [conn] * len(new)
        outs = []
        for burst in bursts:
            burst.send(sent)
            outs.append(ordinary(burst.read()))
        end = time.monotonic() + 1
        while len(outs[0]) != len(outs[1]) and time.monotonic() < end:
            time.sleep(.01)
            for out, burst in zip(outs, bursts):
                out += ordinary(burst.read())
        if len(outs[0]) != len(outs[1]) or \
                not all(map(same, outs[0], outs[1])):
            differ(sent, outs[0], outs[1], owner, history)
        seen += len(outs[0])
        done += len(sent)
        history += zip(owner, sent)
        del history[:-20000]
        if state.get("down") or r.random() < .6:
            text = "link set r1 up" if state.pop("down", False) else \
                change(r, rules, state)
            history.append((None, text))
            changes += 1
            for b, burst in zip(beds, bursts):
                apply(b, text)
                burst.read()
        if not done // BATCH % 4:
            cached = max(cached, beds[0].show("router", "show", "r1")[0]["flows"])
    log(f"# {done} packets, {seen} came out, {changes} changes, "
        f"{time.monotonic() - start:.0f} s, up to {cached} flows")
    one, two = map(counters, beds)
    if one != two:      # one of the last 10 seconds of a connection, between them
        time.sleep(1)
        one, two = map(counters, beds)
    for what, rows in one.items():
        if rows != two[what]:
            for row in sorted(set(rows) ^ set(two[what]))[:20]:
                log(f"# {'on ' if row in rows else 'off'} {row}")
            raise Fail(f"seed {SEED}: counters of {what} differ")
    equal(two["drops"] and beds[1].show("router", "show", "r1")[0]["flows"], 0,
          "flows without the cache")
    need(cached > 20, f"only {cached} flows")
    need(seen > done / 3, f"only {seen} packets came out")
    need(done > min(PACKETS, 20000) * .9, f"only {done} packets in time")


finish()
