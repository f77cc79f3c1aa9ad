#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# vm: --smp 2
# cache: on
"""The flow cache while the configuration changes under it.

flow_diff changes the configuration between packets.  Here a thread changes it all the
time, so the state that a packet meets is not known.  But hosts whose own rules never
change always have the same outside address, and each packet that is sent is valid.
From time to time the changes pause.  Then no packet is translated by a deleted rule or
sent by a deleted route.  DVR_SEED and DVR_PACKETS are those of flow_diff.
"""

import os
import random
import struct
import threading
import time
from collections import Counter

from burst import Burst
from changes import WAY, Changes, X
from chatter import Conn, cksum, pseudo
from diffbed import (FLOATING, KEPT, PLACES, SNAT, STATIC, DiffBed, connections,
                     nat_rules, neigh_text)
from frames import TCP, UDP, Pkt, ip, mac
from lib import FULL, Fail, equal, finish, log, need, test
from natlib import BOTH, inside, outside
from offload import PARTIAL, layers
from talk import Talk

SEED = int(os.environ.get("DVR_SEED") or random.randrange(1 << 32))
PACKETS = int(os.environ.get("DVR_PACKETS") or
              (20000 if FULL and os.environ.get("DVR_KERNEL") != "debug" else 8000))
BATCH, ROUNDS = 200, 5
HIDDEN = {ip(inside(v, n)) for v in BOTH for n in KEPT}


class Changer(threading.Thread):
    """Makes changes of a bed until it is told to stop."""

    def __init__(self, changes, bed):
        super().__init__(daemon=True)
        self.changes, self.bed = changes, bed
        self.done, self.failed, self.over = 0, None, threading.Event()

    def run(self):
        try:
            while not self.over.is_set() or self.changes.undo:
                self.bed.change(self.changes.next())
                self.done += 1
        except Exception as why:  # pylint: disable=broad-except
            self.failed = why

    def stop(self):
        self.over.set()
        self.join()
        if self.failed:
            raise Fail(f"seed {SEED}: a change: {self.failed}")


def choose(c):
    """Rules above all; not the link, or nothing comes out."""
    c.kinds = [c.way, c.longer, c.refused, c.default, c.inner, c.outer, c.rule,
               c.rule, c.rule, c.port, c.neigh, c.mtu, c.leg_mac, c.flush,
               c.limit, c.timeout, c.filter, c.cache, c.leg, c.security,
               c.addresses, c.port_mac]
    return c


def restore(c, bed):
    """Everything but rules is as it was at first."""
    bed.dvr("".join(f"route del r1 {net}\n" for net in sorted(c.extra)) +
            "".join(neigh_text(v, n) for v in BOTH for n in STATIC) + f"""
        route replace r1 0.0.0.0/0 via {X[4]}
        route replace r1 {WAY[4]} via {X[4]}
        route replace r1 ::/0 via {X[6]}
        route replace r1 {WAY[6]} via {X[6]}
        router set r1 flow-limit 131072
        segment set ext mtu 1500
    """)
    c.extra.clear()


def used(handle):
    """What the outside sees of a rule: source, and its port if the rule has one."""
    for v in BOTH:
        for n in SNAT:
            if handle == 100 * v + n:
                return ip(outside(v, 10)), 2000 + n
        for n in FLOATING:
            if handle == 1000 * v + n:
                return ip(outside(v, n)), None
    return None


def names(conns):
    """How UDP and TCP of hosts with a rule that stays look outside: source and
    its port, and where, by the peer and its port, which no other connection
    has."""
    out = {}
    for c in conns:
        a, b = c.end
        if c.proto in (UDP, TCP) and a.src in HIDDEN and b.place in ("p3", "p4"):
            out[c.proto, a.dst, a.dport] = b.dst, b.dport, b.place
        if c.proto in (UDP, TCP) and b.src in HIDDEN and a.place in ("p3", "p4"):
            out[c.proto, b.dst, b.dport] = a.dst, a.dport, a.place
    return out


def sound(frame, vnet, what):
    """The checksums are right, or such that they will be."""
    if frame[12:14] == b"\x08\0" and cksum(frame[14:14 + (frame[14] & 15) * 4]):
        return False
    if not what or what[2] not in (TCP, UDP):
        return True
    start, end, proto, addrs = what
    head = pseudo(4 if len(addrs) == 8 else 6, addrs, b"", proto, end - start)
    if vnet[0] & PARTIAL:
        start_, at = struct.unpack("<HH", vnet[6:])
        got = struct.unpack_from("!H", frame, start_ + at)[0]
        return start_ == start and got % 65535 == -cksum(head) % 65535
    if proto == UDP and frame[start + 6:start + 8] == b"\0\0":
        return True
    return not cksum(head + frame[start:end])


def look(frames, wanted, quiet, count):
    """See to all that came out, and count those that have a name.

    QUIET, if nothing changes: what of rules that are gone may not be seen, and
    the MAC address of the leg."""
    for dev, frame, vnet in frames:
        what = layers(frame)
        told = f"{dev} {vnet.hex()} {Pkt(frame)} {frame[:100].hex()}"
        need(sound(frame, vnet, what), f"seed {SEED}: checksum of {told}")
        count["seen"] += 1
        if dev not in ("p3", "p4"):
            continue
        v4 = frame[12:14] == b"\x08\0"
        src, dst = (frame[26:30], frame[30:34]) if v4 else \
            (frame[22:38], frame[38:54])
        need(src not in HIDDEN, f"seed {SEED}: not translated: {told}")
        if not what or what[2] not in (TCP, UDP):
            continue
        sport, dport = struct.unpack_from("!HH", frame, what[0])
        if quiet:
            need(not quiet[0] & {(src, sport), (src, None)},
                 f"seed {SEED}: translated without a rule: {told}")
        name = wanted.get((what[2], dst, dport))
        if name:
            count["named"] += 1
            count["udp"] += what[2] == UDP
            equal((src, sport), name[:2], f"seed {SEED}: the source of {told}")
        if name and quiet:
            equal((dev, frame[:12]),
                  (name[2], mac(PLACES[name[2]][1]) + mac(quiet[1])),
                  f"seed {SEED}: the way of {told}")


class Run:
    """A bed, and what comes out of it."""

    def __init__(self, r):
        rules, conns = nat_rules(), connections(r)
        # Most is to be told of these.
        conns += 4 * [c for c in conns if HIDDEN & {c.end[0].src, c.end[1].src}]
        Conn.common = 1
        self.bed = DiffBed("hv", rules, "on")
        self.changes = choose(Changes(random.Random(SEED), rules))
        self.burst, self.talk = Burst(self.bed.vm), Talk(r, conns)
        self.wanted, self.total = names(conns), Counter()

    def send(self, most, quiet=None):
        """Counts of MOST packets; due is how many of UDP have to have a name."""
        count = Counter()
        while count["sent"] < most:
            sent, owner = self.talk.burst(BATCH, self.changes.gwe)
            self.burst.send(sent)
            time.sleep(.01)
            look(self.burst.ordinary(), self.wanted, quiet, count)
            count["sent"] += len(sent)
            count["due"] += sum(is_due(c, dev) for c, (dev, _, _) in
                                zip(owner, sent))
            count["flows"] = max(count["flows"], self.flows())
        return count

    def race(self, most):
        """Changes all the time, and then none."""
        changer = Changer(self.changes, self.bed)
        changer.start()
        try:
            self.total += self.send(most)
        finally:
            changer.stop()
        self.total["changes"] += changer.done
        restore(self.changes, self.bed)
        self.bed.idle(.1)
        self.burst.ordinary()
        gone = {used(h) for h in self.changes.gone} - {None}
        count = self.send(most // 4, (gone, self.changes.gwe))
        log(f"# {len(gone)} without a rule: {dict(count)}")
        need(count["udp"] == count["due"],
             f"seed {SEED}: {count['udp']} of {count['due']} packets of UDP "
             "came out")
        self.total["quiet"] += count["flows"]

    def flows(self):
        if self.talk.bursts % 5:
            return 0
        return self.bed.show("router", "show", "r1")[0]["flows"]


def is_due(conn, dev):
    """A packet of UDP that came by DEV comes out with a name."""
    inner, outer = conn.end
    if inner.place in ("p3", "p4"):
        inner, outer = outer, inner
    return conn.proto == UDP and conn.what != "nowhere" and \
        dev == inner.place and inner.src in HIDDEN and \
        outer.place in ("p3", "p4")


@test("the configuration changes all the time: who is translated always is")
def race():
    log(f"# DVR_SEED={SEED}")
    run = Run(random.Random(SEED))
    for _ in range(ROUNDS):
        run.race(PACKETS // ROUNDS)
    log(f"# {dict(run.total)}")
    need(run.total["changes"] > PACKETS / 1000, "too few changes")
    need(run.total["named"] > PACKETS / 50, "too few came out translated")
    need(run.total["quiet"] > 20 * ROUNDS, "too few flows without changes")


finish()
