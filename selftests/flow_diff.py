#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 1200
# cache: on
"""The flow cache on and off: the same packets out, to the byte.

The fast path must do what the slow path does.  Two hypervisors have the same
configuration, except that flow-cache is on in one and off in the other.  Both get the
same random packets and the same random changes of configuration.  The packets that
they send and their counters must be equal.  In every third burst the packets are
offloaded.  DVR_SEED repeats a run, DVR_PACKETS sets the number of packets.

The bed is diffbed's; changes.py makes the changes.
"""

import os
import random
import time
from collections import Counter

from burst import Burst
from changes import Changes
from chatter import cksum
from diffbed import DiffBed, connections, nat_rules
from frames import Pkt
from lib import FULL, Fail, Skip, equal, finish, log, need, test
from offload import GSO4, GSO6, PARTIAL
from talk import Talk

SEED = int(os.environ.get("DVR_SEED") or random.randrange(1 << 32))
PACKETS = int(os.environ.get("DVR_PACKETS") or
              (50000 if FULL and os.environ.get("DVR_KERNEL") != "debug" else 25000))
BATCH = 250


def same(one, two):
    """Equal but for what is random: an identification without DF, and that of
    IPv6 fragments."""
    if one == two:
        return True
    (dev1, a, vnet1), (dev2, b, vnet2) = one, two
    if (dev1, vnet1) != (dev2, vnet2):
        return False
    if a[12:14] == b"\x86\xdd" and a[20] == 44:
        return a[:58] + a[62:] == b[:58] + b[62:]
    if a[12:14] != b"\x08\0" or len(a) != len(b):
        return False
    size = (a[14] & 15) * 4
    if a[20] & 0x40 or cksum(a[14:14 + size]) or cksum(b[14:14 + size]):
        return False
    return a[:18] + a[20:24] + a[26:] == b[:18] + b[20:24] + b[26:]


def tell(what, frames):
    log(f"# {what}:")
    for dev, frame, vnet in frames:
        log(f"#   {dev} {vnet.hex()} {Pkt(frame)} {frame[:130].hex()}")


def tale(frame):
    return frame[0], frame[2].hex(), str(Pkt(frame[1])), frame[1][34:76].hex()


def differ(sent, one, two, owner, history):
    """Print all that there is to a difference."""
    at = next((n for n, (a, b) in enumerate(zip(one, two)) if not same(a, b)),
              min(len(one), len(two)))
    log(f"# seed {SEED}: {len(one)} frames with the cache, {len(two)} without, "
        f"the first {at} are the same")
    tell("with the cache", one[at:at + 3])
    tell("without", two[at:at + 3])
    marks = {f[-12:] for _, f, _ in one[at:at + 2] + two[at:at + 2]}
    guess = [n for n, (_, f, _) in enumerate(sent) if f[-12:] in marks]
    for n in guess[:3]:
        tell(f"sent, {owner[n].what}", [sent[n]])
    if guess:
        conn = owner[guess[0]]
        log("# the connection before that, and changes")
        past = [h for h in history if h[0] in (conn, None)]
        past += [(c, f) for c, f in zip(owner[:guess[0] + 1], sent)
                 if c is conn]
        for c, what in past[-40:]:
            log(f"#   {what if c is None else tale(what)}")
    raise Fail(f"seed {SEED}: not the same with and without the cache")


def ports(b, burst):
    """Ports and what they counted, but for what Burst put aside."""
    rows = b.show("-s", "port", "show")
    burst.ordinary()
    for row in rows:
        for what in ("tx_packets", "tx_bytes"):
            row["stats"][what] -= burst.aside[row["dev"], what]
    return rows


def begin(b, burst):
    """What came out until now does not count."""
    b.idle(.3)
    burst.ordinary()
    burst.aside.clear()
    for row in ports(b, burst):
        for what in ("tx_packets", "tx_bytes"):
            burst.aside[row["dev"], what] = row["stats"][what]


def counters(b, burst):
    """All that is counted, in an order of its own.

    Not how many connections a router holds: when one that has ended is collected
    is not when it ends in the other hypervisor.  Those that live are all in
    "flow"."""
    def told(rows, *without):
        return sorted(repr({k: val for k, val in sorted(row.items())
                            if k not in without}) for row in rows)
    return {
        "router": told(b.show("-s", "router", "show"), "conns", "flows",
                       "flow_cache", "ifindex", "neighs"),
        "port": told(ports(b, burst), "ifindex", "qdisc", "transmit"),
        "drops": told(b.show("drops")),
        "flow": told(b.show("-s", "flow", "show"), "timeout_s", "zone"),
    }


def through(bursts, sent):
    """What comes out of both when the same is SENT to both."""
    outs = []
    for burst in bursts:
        burst.send(sent)
        outs.append(burst.ordinary())
    end = time.monotonic() + 1
    while len(outs[0]) != len(outs[1]) and time.monotonic() < end:
        time.sleep(.01)
        for out, burst in zip(outs, bursts):
            out += burst.ordinary()
    return outs


def compare_counters(beds, bursts):
    one, two = map(counters, beds, bursts)
    if one != two:      # one of the last 10 seconds of a connection, between them
        time.sleep(1)
        one, two = map(counters, beds, bursts)
    for what, rows in one.items():
        if rows != two[what]:
            for row in sorted(set(rows) ^ set(two[what]))[:20]:
                log(f"# {'on ' if row in rows else 'off'} {row}")
            raise Fail(f"seed {SEED}: counters of {what} differ")
    equal(two["drops"] and beds[1].show("router", "show", "r1")[0]["flows"], 0,
          "flows without the cache")


def one_burst(talk, most, bursts, gwe, count):
    """Of at most MOST packets: the same has to come out of both."""
    sent, owner = talk.burst(most, gwe)
    one, two = through(bursts, sent)
    if len(one) != len(two) or not all(map(same, one, two)):
        differ(sent, one, two, owner, talk.history[:-len(sent)])
    count["sent"] += len(sent)
    count["seen"] += len(one)
    count["partial"] += sum(vnet[0] & PARTIAL for _, _, vnet in one)
    count["cut"] += sum(vnet[1] in (GSO4, GSO6) for _, _, vnet in one)


def one_change(changes, talk, beds, bursts, count):
    text = changes.next()
    talk.history.append((None, text))
    count["changes"] += 1
    for b, burst in zip(beds, bursts):
        burst.ordinary()
        if text.startswith("port del "):        # what it counted goes with it
            for what in ("tx_packets", "tx_bytes"):
                burst.aside.pop((text.split()[2], what), None)
        b.change(text)
        burst.ordinary()


def enough(count):
    """So much that it tells something."""
    log("# " + ", ".join(f"{n} {what}" for what, n in count.items()))
    need(count["sent"] >= PACKETS, "not all packets were sent")
    need(count["flows"] > 20, "too few flows")
    need(count["seen"] > PACKETS / 3, "too few packets came out")
    need(count["partial"] > PACKETS / 50, "too few without a checksum came out")
    need(count["cut"] > PACKETS / 400, "too few that are to be cut came out")


@test(f"{PACKETS} packets at random, with the cache and without: the same")
def differential():
    if not PACKETS:
        raise Skip("DVR_PACKETS is 0")
    log(f"# DVR_SEED={SEED}")
    r = random.Random(SEED)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rules, count, start = nat_rules(), Counter(), time.monotonic()
    beds = DiffBed("on", rules, "on"), DiffBed("off", rules, "off")
    bursts = [Burst(b.vm) for b in beds]
    equal(bursts[0].index, bursts[1].index, "devices")
    for b, burst in zip(beds, bursts):
        begin(b, burst)
    talk, changes = Talk(r, connections(r)), Changes(r, rules)
    while count["sent"] < PACKETS:
        one_burst(talk, min(BATCH, PACKETS - count["sent"]), bursts, changes.gwe,
                  count)
        if changes.undo or r.random() < .6:
            one_change(changes, talk, beds, bursts, count)
        if not talk.bursts % 4:
            count["flows"] = max(count["flows"], beds[0].show(
                "router", "show", "r1")[0]["flows"])
        if not talk.bursts % 40:
            log(f"# {count['sent']} in {time.monotonic() - start:.0f} s")
    compare_counters(beds, bursts)
    enough(count)


finish()
