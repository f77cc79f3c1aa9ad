#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 900
"""VLAN tags on frames of ports: priority tags, tags of VLAN devices, and mutated ones.

    g1 p1 (attach rx, held) -------+
    g2 p2 (attach ingress, held) --+-- segment s -- r1      the host has 198.18.1.1,
    u  p3 (uplink) ----------------+                        2001:db8:77::1 and forwards

FUZZ_SEED and FUZZ_COUNT choose which mutated frames are tried; the seed is printed.
"""

import os
import random
import re
import struct

from frames import (BROADCAST, arp_frame, echo, eth, lladdr, mac, multicast_mac, na_packet,
                    ns_packet, question, solicited, udp_packet)
from lib import Bed, Host, amount, both, defer, equal, finish, in_ns, log, need, run, test
from mutation import mutate, repair

SEED = int(os.environ.get("FUZZ_SEED", "8021"))
COUNT = int(os.environ.get("FUZZ_COUNT") or amount(100000, 3000))
GW = "02:00:00:00:0a:01"
GW4, GW6 = "192.0.2.1", "2001:db8:1::1"
OWN4, OWN6 = "198.18.1.1", "2001:db8:77::1"         # the host's
FAR4, FAR6 = "198.18.2.9", "2001:db8:78::9"         # the host has routes there
OWN, FAR = {4: OWN4, 6: OWN6}, {4: FAR4, 6: FAR6}
OTHER = {4: "192.0.2.99", 6: "2001:db8:1::99"}      # nobody's

bed = Bed("p1", "p2", "p3")
g1 = Host(bed.wires["p1"], "02:00:00:00:01:01", "192.0.2.10", "2001:db8:1::10", GW)
g2 = Host(bed.wires["p2"], "02:00:00:00:01:02", "192.0.2.11", "2001:db8:1::11", GW)
u = Host(bed.wires["p3"], "02:00:00:00:01:03", "192.0.2.12", "2001:db8:1::12", GW)
bed.ip(f"""link add own type dummy
link set own up
link set lo up
addr add {OWN4}/24 dev own
addr add {OWN6}/64 dev own nodad
addr add 198.18.2.1/24 dev own
addr add 2001:db8:78::1/64 dev own nodad
""")
bed.dvr(f"""
    router add r1 icmp-rate 100000
    segment add s
    iface add r1 segment s mac {GW} addr {GW4}/24 addr {GW6}/64
    port add p1 segment s mac {g1.mac} addr {g1.v4} addr {g1.v6}
    port add p2 segment s attach ingress mac {g2.mac} addr {g2.v4} addr {g2.v6}
    port add p3 segment s uplink on
""")
bed.ip("link set r1 up\n")
GUESTS = {"rx": g1, "ingress": g2}


def tagged(frame, *tags):
    """FRAME with tags, the outer one first; a tag is (tci) or (ethertype, tci)."""
    for tag in reversed(tags):
        kind, tci = tag if isinstance(tag, tuple) else (0x8100, tag)
        frame = frame[:12] + struct.pack("!HH", kind, tci) + frame[12:]
    return frame


def own_mac(host):
    """The MAC of the host's device that the machine is behind."""
    text = run("ip", "-n", bed.hv, "link", "show", host.wire.dev).stdout
    return re.search(r"link/ether (\S+)", text)[1]


def counters():
    """What the host's own protocols have received."""
    with in_ns(bed.hv):
        with open("/proc/self/net/snmp", encoding="ascii") as file:
            rows = [line.split() for line in file if line.startswith(("Ip:", "Icmp:"))]
        with open("/proc/self/net/snmp6", encoding="ascii") as file:
            six = dict(line.split() for line in file)
    four = {a + b: int(c) for names, values in (rows[0:2], rows[2:4])
            for a, b, c in zip([names[0]] * len(names), names[1:], values[1:])}
    return {"Ip": four["Ip:InReceives"], "Forwarded": four["Ip:ForwDatagrams"],
            "Icmp": four["Icmp:InMsgs"], "Ip6": int(six["Ip6InReceives"]),
            "Icmp6": int(six["Icmp6InMsgs"])}


def neighbours():
    return run("ip", "-n", bed.hv, "neigh", "show").stdout


def answers(host, v, *tags, to=None):
    """HOST asks the gateway, or TO; its echo is answered."""
    token, src = bed.token(), host.addr(v)
    dst = to or (GW4 if v == 4 else GW6)
    bed.flush()
    host.wire.send(tagged(eth(GW, host.mac, echo(src, dst, token)), *tags))
    host.wire.expect(lambda p: token in p.raw and p.src == GW and p.daddr == src,
                     f"the answer to an echo with tags {tags}")


@test("vlan-1 a frame with a priority tag is an untagged one, for each way of attaching")
@both
def priority(v):
    for host in (g1, g2, u):
        for tags in ((), (0,), (5 << 13,), ((0x88a8, 3 << 13),), (0, 0)):
            answers(host, v, *tags)


@test("vlan-2 port security sees what is behind a priority tag")
@both
def security(v):
    for how, host in GUESTS.items():
        for tags in ((0,), (7 << 13,), ((0x88a8, 0),), (0, 0)):
            before, spoofed = counters(), bed.drops("spoof_ip", port=host.wire.dev)
            for dst in (OWN[v], FAR[v]):
                host.wire.send(tagged(eth(own_mac(host), host.mac,
                                          echo(OTHER[v], dst, b"let me in")), *tags))
            answers(host, v)
            equal(counters(), before, f"{how}: what the host received of tags {tags}")
            equal(bed.drops("spoof_ip", port=host.wire.dev) - spoofed, 2, "spoof_ip")


@test("vlan-3 a frame of another VLAN is dropped, if no VLAN device takes it")
@both
def other(v):
    for host in (g1, g2, u):
        for tags in ((5,), (0, 5), ((0x88a8, 5),), (5, 0), (0, 0, 0), (0, 0, 0, 5)):
            before, tag = counters(), bed.drops("vlan_tag", port=host.wire.dev)
            host.wire.send(tagged(eth(own_mac(host), host.mac,
                                      echo(host.addr(v), OWN[v], b"x")), *tags))
            answers(host, v)
            equal(counters(), before, f"{host.wire}: what the host received of {tags}")
            equal(bed.drops("vlan_tag", port=host.wire.dev) - tag, 1, f"vlan_tag of {tags}")


@test("vlan-4 a VLAN device of the host takes the frames of its VLAN")
@both
def device(v):
    for number, host in enumerate((g2, u)):
        dev = host.wire.dev
        own, peer, bits = {4: (f"198.18.{10 + number}.1", f"198.18.{10 + number}.2", "24"),
                           6: (f"2001:db8:7{number}::1", f"2001:db8:7{number}::2",
                               "64 nodad")}[v]
        bed.ip(f"link add link {dev} name {dev}.7 type vlan id 7\nlink set {dev}.7 up\n"
               f"addr add {own}/{bits} dev {dev}.7\n")
        shapes = ((7,), (0, 7)) if host is u else ((7,), (5 << 13 | 7,), (0, 7))
        for tags in shapes:
            bed.flush()
            host.wire.send(tagged(question(host.mac, peer, own), *tags))
            host.wire.expect(lambda p, own=own: p.op == 2 and p.spa == own or
                             p.type == 136 and p.target == own,
                             f"{dev}: the answer of the VLAN device to {tags}")
        before = bed.drops("vlan_tag", port=dev)
        host.wire.send(tagged(eth(own_mac(host), host.mac,
                                  echo(host.addr(v), OWN[v], b"x")), 8))
        answers(host, v)
        equal(bed.drops("vlan_tag", port=dev) - before, 1, "vlan_tag of another VLAN")
        bed.ip(f"link del {dev}.7\n")


def seeds(host):
    """Frames that the host would answer, forward or learn from, if it got them."""
    out, own, zero = [], own_mac(host), "00:00:00:00:00:00"
    for src4, src6 in ((host.v4, host.v6), ("192.0.2.99", "2001:db8:1::99")):
        for dst4, dst6 in ((OWN4, OWN6), (FAR4, FAR6), (GW4, GW6)):
            for frame_to in (own, GW, BROADCAST):
                out.append(eth(frame_to, host.mac, echo(src4, dst4, bytes(40))))
                out.append(eth(frame_to, host.mac, udp_packet(src4, dst4, bytes(40))))
                out.append(eth(frame_to, host.mac, echo(src6, dst6, bytes(40))))
                out.append(eth(frame_to, host.mac, udp_packet(src6, dst6, bytes(40))))
        out.append(arp_frame(1, host.mac, src4, zero, OWN4, src=host.mac))
        out.append(arp_frame(2, host.mac, src4, own, OWN4, dst=own, src=host.mac))
        group = solicited(OWN6)
        out.append(eth(multicast_mac(group), host.mac, ns_packet(
            src6, group, OWN6, lladdr(1, host.mac))))
        out.append(eth(own, host.mac, na_packet(src6, OWN6, src6, lladdr(2, host.mac))))
        out.append(eth(multicast_mac("ff02::1"), host.mac, echo(src6, "ff02::1", bytes(8))))
    return out


def shape(rng):
    """Tags of every shape, most with a priority tag."""
    kinds, tcis = (0x8100, 0x8100, 0x88a8, 0x9100), (0, 0, 0, 5 << 13, 1, 7, 0xfff, 0x1000)
    return [(rng.choice(kinds), rng.choice(tcis)) for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8)))]


@test(f"vlan-5 of {COUNT} mutated frames of a guest port none reaches the host, seed {SEED}")
def mutated():
    """Without the uplink, at which the host is a machine of the segment."""
    bed.dvr("port del p3\n")
    defer(bed.dvr, "port add p3 segment s uplink on\n")
    for how, host in GUESTS.items():
        log(f"# {how}: FUZZ_SEED={SEED} FUZZ_COUNT={COUNT}")
        rng, corpus = random.Random(SEED), seeds(host)
        before, known = counters(), neighbours()
        for number in range(COUNT):
            data = mutate(rng, rng.choice(corpus))
            if rng.random() < 0.8:
                repair(data)
            data = bytes(data)
            if rng.random() < 0.9:
                data = data[:6] + mac(host.mac) + data[12:]
            data = tagged(data[:14].ljust(14, b"\0") + data[14:], *shape(rng))
            if rng.random() < 0.02:
                data = data[:rng.randrange(14, 40)]
            host.wire.send(data)
            if number % 500 == 0:
                bed.flush()
        answers(host, 4)
        equal(counters(), before, f"{how}: what the host's protocols received")
        equal(neighbours(), known, f"{how}: neighbours of the host")


@test("vlan-6 the counters do move when the host receives")
@both
def control(v):
    """The uplink is shared: what is for the host's MAC is the host's."""
    before = counters()
    here, src = {4: ("198.18.5.1/24", "198.18.5.2"),
                 6: ("2001:db8:75::1/64 nodad", "2001:db8:75::2")}[v]
    bed.ip(f"addr add {here} dev p3\n")
    u.wire.send(eth(own_mac(u), u.mac, echo(src, OWN[v], b"hello")))
    u.wire.send(tagged(eth(own_mac(u), u.mac, echo(src, OWN[v], b"hello")), 0))
    answers(u, v)
    name = {4: "Icmp", 6: "Icmp6"}[v]
    after = counters()
    need(after[name] == before[name] + 2, f"{before} -> {after}")


finish(bed)
