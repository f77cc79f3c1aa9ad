#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""Send mutated frames to ports of every kind, then check that traffic still passes.

    h1 p1 (held) ----+
    p2 (open) -------+-- segment a -- r1 -- segment b -- p3 h3 (held)
    p4 (ingress) ----+                  |
                                        +-- segment c -- p5 (uplink), MTU 1280

FUZZ_SEED and FUZZ_COUNT choose the frames; the seed is printed.
"""

import os
import random
import socket
import struct
import sys
import time

from frames import (BROADCAST, DSTOPTS, FRAGMENT, HOPOPTS, ICMP, ICMP6,
                    ROUTING, TCP, UDP, arp_frame, echo, eth, eui64,
                    frag6, icmp, icmp6, ip, ip4, ip6, lladdr, multicast_mac,
                    na_packet, ns_packet, solicited, tcp, udp, udp_packet)
from lib import (Bed, Host, Wire, amount, equal, finish, in_ns, log, need, once,
                 test)
from mutation import mutate, repair

SEED = int(os.environ.get("FUZZ_SEED", "1812"))
COUNT = int(os.environ.get("FUZZ_COUNT") or amount(100000, 20000))
GWA, GWB, GWC = (f"02:00:00:00:0{x}:01" for x in "abc")
PORTS = ("p1", "p2", "p3", "p4", "p5")
bed = Bed(*PORTS)
h1 = Host(bed.wires["p1"], "02:00:00:00:01:01", "192.0.2.10",
          "2001:db8:1::10", GWA)
h3 = Host(bed.wires["p3"], "02:00:00:00:02:01", "198.51.100.10",
          "2001:db8:2::10", GWB)
h1.peer, h3.peer = h3, h1
bed.dvr(f"""
    router add r1 neigh-limit 200 icmp-rate 1000000
    segment add a
    segment add b
    segment add c mtu 1280
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    iface add r1 segment c mac {GWC} addr 203.0.113.1/24 addr 2001:db8:3::1/64
    port add p1 segment a mac {h1.mac} addr {h1.v4} addr {h1.v6}
    port add p2 segment a
    port add p3 segment b mac {h3.mac} addr {h3.v4} addr {h3.v6}
    port add p4 segment a attach ingress
    port add p5 segment c uplink on
    route add r1 default via 203.0.113.99
    route add r1 ::/0 via 2001:db8:3::99
    neigh add segment c 203.0.113.99 lladdr 02:00:00:00:03:99 port p5
    neigh add segment c 2001:db8:3::99 lladdr 02:00:00:00:03:99 port p5
""")
bed.ip("link set r1 up\n")


def seeds():
    """One of everything that the module takes a look at."""
    out = []
    s4, s6, d4, d6 = h1.v4, h1.v6, h3.v4, h3.v6
    ll, mac = eui64(h1.mac), h1.mac
    far4, far6 = "8.8.8.8", "2001:db8:f::1"
    data = bytes(range(64))

    def add(payload, dst=GWA, src=mac, kind=None):
        out.append(eth(dst, src, payload, kind))
    for src, dst in ((s4, d4), (s6, d6), (s4, far4), (s6, far6),
                     (s4, "192.0.2.1"), (s6, "2001:db8:1::1")):
        add(udp_packet(src, dst, data))
        add(udp_packet(src, dst, bytes(1300)))
        add(echo(src, dst, data))
        add(echo(src, dst, data, ttl=1))
        body = tcp(src, dst, data, opts=bytes([2, 4, 5, 180, 1, 3, 3, 7]))
        add(ip6(src, dst, TCP, body) if ":" in dst else
            ip4(src, dst, TCP, body, flags=2))
    for opts in (bytes([7, 7, 4, 0, 0, 0, 0]), bytes([131, 7, 4]) + ip(d4),
                 bytes([0x94, 4, 0, 0]), bytes([68, 12, 5, 1]) + bytes(8),
                 bytes([0x9e, 8]) + bytes(6) + b"\1" * 4):
        add(ip4(s4, d4, UDP, udp(s4, d4, data), opts=opts))
    for flags, offset in ((1, 0), (1, 64), (0, 128), (1, 65528)):
        add(ip4(s4, d4, UDP, data, flags=flags, offset=offset))
        add(ip6(s6, d6, FRAGMENT, frag6(UDP, offset, flags, 9, data)))
    inner4, inner6 = udp_packet(d4, s4, data), udp_packet(d6, s6, data)
    for kind in (3, 5, 11, 12, 0, 13):
        add(ip4(s4, d4, ICMP, icmp(kind, 0, data=inner4)))
    for kind in (1, 2, 3, 4, 129, 131, 137):
        add(ip6(s6, d6, ICMP6, icmp6(s6, d6, kind, 0, data=inner6)))
    for kind, body in ((HOPOPTS, b"\5\2\0\0\1\0"), (DSTOPTS, b"\x1e\4" +
                                                    bytes(4)),
                       (HOPOPTS, b"\xde\4" + bytes(4)),
                       (ROUTING, b"\0\1" + bytes(4) + ip(d6)),
                       (ROUTING, b"\4\1" + bytes(4) + ip(d6))):
        head = bytes([UDP, (len(body) + 2) // 8 - 1]) + body
        add(ip6(s6, d6, kind, head + udp(s6, d6, data)))
        chain = bytes([DSTOPTS, (len(body) + 2) // 8 - 1]) + body + \
            bytes([FRAGMENT, 0, 1, 4, 0, 0, 0, 0]) + frag6(UDP, 0, 1, 3, data)
        add(ip6(s6, d6, kind, chain))
    for op, sha, spa, tpa in ((1, mac, s4, "192.0.2.1"), (1, mac, s4, s4),
                              (2, mac, s4, "192.0.2.1"),
                              (1, mac, "0.0.0.0", "192.0.2.10"),
                              (1, "02:00:00:00:02:44", "192.0.2.44", s4)):
        out.append(arp_frame(op, sha, spa, GWA if op == 2 else
                             "00:00:00:00:00:00", tpa,
                             dst=GWA if op == 2 else BROADCAST))
    for target in ("2001:db8:1::1", s6, eui64(GWA), "2001:db8:1::77"):
        group = solicited(target)
        for src, opts in ((s6, lladdr(1, mac)), ("::", b""), (ll, b"")):
            add(ns_packet(src, group, target, opts), multicast_mac(group))
    for target in (s6, ll, "2001:db8:1::1"):
        add(na_packet(s6, "2001:db8:1::1", target, lladdr(2, mac)))
        add(na_packet(s6, "ff02::1", target, lladdr(2, mac), flags=0x20),
            multicast_mac("ff02::1"))
    for kind in (133, 134, 137, 143):
        add(ip6(ll, "ff02::1", ICMP6, icmp6(
            ll, "ff02::1", kind, 0, data=bytes(8) + lladdr(1, mac)),
            hlim=255), multicast_mac("ff02::1"))
    add(udp_packet(s4, "255.255.255.255", data, sport=68, dport=67), BROADCAST)
    add(udp_packet(s4, "255.255.255.255", data, sport=67, dport=68), BROADCAST)
    add(udp_packet(ll, "ff02::1:2", data, sport=547, dport=546),
        multicast_mac("ff02::1:2"))
    add(udp_packet(s4, "239.1.2.3", data), multicast_mac("239.1.2.3"))
    add(udp_packet(s4, "192.0.2.77", data), "02:00:00:00:01:77")
    for kind in (0x8100, 0x88a8, 0x8847, 0x8864, 0x88e5, 0x0600, 60):
        add(struct.pack("!HH", 0, 0x0800) + udp_packet(s4, d4, data),
            kind=kind)
    return out


@test(f"{COUNT} mutated frames of seed {SEED} do no harm")
@once
def fuzz():
    log(f"seed {SEED}, {COUNT} frames: FUZZ_SEED={SEED} "
        f"FUZZ_COUNT={COUNT} {sys.argv[0]}")
    before = bed.dvradm("save").stdout
    for wire in bed.wires.values():
        wire.sock.close()
    out = []
    for dev in PORTS:
        with in_ns(bed.vm):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            sock.bind((dev, 0))
        out.append(sock)
    rng = random.Random(SEED)
    corpus = seeds()
    sent = refused = 0
    start = time.monotonic()
    while sent < COUNT:
        data = mutate(rng, rng.choice(corpus))
        if rng.random() < 0.8:
            repair(data)
        if len(data) < 14:
            data += bytes(14 - len(data))
        # The same frame comes in by two ports: held and open, say.
        for sock in rng.sample(out, 2):
            sent += 1
            try:
                sock.send(data)
            except OSError:
                refused += 1
    took = time.monotonic() - start
    log(f"{sent} frames in {took:.1f} s, {refused} refused by the socket")
    need(refused < COUNT / 20, f"{refused} frames were refused by the socket")
    for sock in out:
        sock.close()
    for dev in PORTS:
        old = bed.wires[dev]
        bed.wires[dev] = Wire(bed, bed.vm, dev)
        bed.wires[dev].hosts = old.hosts
        for host in old.hosts:
            host.wire = bed.wires[dev]
    for host in (h1, h3):
        bed.good(host)
        bed.flush()
        token = bed.token()
        host.send(echo(host.v6, "2001:db8:1::1", token))
        host.wire.expect(lambda p: p.type == 129 and token in p.raw, "echo")
    equal(bed.dvradm("save").stdout, before, "configuration")


@test("every frame of the corpus, cut at every length")
@once
def cuts():
    for frame in seeds():
        for size in range(14, min(len(frame), 110)):
            bed.wires["p2"].send(frame[:size])
        bed.flush()
    bed.good(h1)


@test("what was dropped was counted")
def counted():
    fuzz()
    cuts()
    drops = {}
    for entry in bed.show("drops"):
        drops[entry["reason"]] = drops.get(entry["reason"], 0) + \
            entry["packets"]
    log(drops)
    need(len(drops) >= 25, f"only {len(drops)} reasons: {sorted(drops)}")


finish(bed)
