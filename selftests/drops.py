#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""Provoke every drop reason, and check its counter and tracepoint.

    h1 p1 (open) --+
    h2 p2 (held) --+-- segment a -- r1 -- segment b -- p3 h3 (held)
                                    |
                                    +-- segment l -- r2, each the other's
                                        default: a loop for 198.18.0.0/24
"""

import os
import re
import struct
import subprocess

from frames import (BROADCAST, FRAGMENT, HOPOPTS, ICMP, ICMP6, UDP, arp_frame,
                    echo, eth, eui64, frag6, icmp, icmp6, ip, ip4, ip6, lladdr,
                    multicast_mac, na_packet, ns_packet, solicited, udp,
                    udp_packet)
from lib import (Bed, Host, Skip, equal, finish, log, need, once, run,
                 test)

HERE = os.path.dirname(os.path.abspath(__file__))
TRACE = "/sys/kernel/tracing"
GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
# Reasons that no packet can provoke from outside.
UNPROVOKED = {
    "nomem": "memory would have to run out",
    "frag_failed": "memory would have to run out",
    "frag_timeout": "it would take half a minute",
}
bed = Bed("p1", "p2", "p3")
w1, w2, w3 = bed.wires.values()
h1 = Host(w1, "02:00:00:00:01:01", "192.0.2.10", "2001:db8:1::10", GWA)
h2 = Host(w2, "02:00:00:00:01:02", "192.0.2.11", "2001:db8:1::11", GWA)
h3 = Host(w3, "02:00:00:00:02:01", "198.51.100.10", "2001:db8:2::10", GWB)
h1.peer = h2.peer = h3
h3.peer = h2
bed.dvr(f"""
    router add r1
    router add r2
    segment add a
    segment add b
    segment add l
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    iface add r1 segment l addr 203.0.113.1/28
    iface add r2 segment l addr 203.0.113.2/28
    route add r1 198.18.0.0/24 via 203.0.113.2
    route add r2 default via 203.0.113.1
    route add r1 203.0.113.64/28 blackhole
    route add r1 203.0.113.80/28 unreachable
    route add r1 203.0.113.96/28 prohibit
    port add p1 segment a
    port add p2 segment a mac {h2.mac} addr {h2.v4} addr {h2.v6}
    port add p3 segment b mac {h3.mac} addr {h3.v4} addr {h3.v6}
    nat add r1 out b snat from 192.0.2.128/28 to 198.51.100.77:2000-2000
    nat add r1 out b floating 198.51.100.78 to 192.0.2.150
    neigh add segment a {h1.v4} lladdr {h1.mac} port p1
    neigh add segment a {h1.v6} lladdr {h1.mac} port p1
    neigh add segment b 198.51.100.99 lladdr 02:00:00:00:02:99 host 192.0.2.99
""")
bed.ip("link set r1 up\nlink set r2 up\n")
bed.good(h1)
bed.good(h2)
bed.good(h3)

PROVOKE = {}


def reason(name):
    def add(function):
        PROVOKE[name] = function
        return function
    return add


def send(host, *frames):
    for frame in frames:
        host.wire.send(frame)


def routed(dst, src=None, host=h1, **kw):
    """A UDP packet of HOST to its gateway."""
    return host.frame(udp_packet(src or host.own(dst), dst, b"drop me", **kw))


@reason("vlan_tag")
def _():
    frame = routed(h3.v4)
    send(h1, frame[:12] + struct.pack("!HH", 0x8100, 42) + frame[12:])


@reason("src_mac")
def _():
    send(h1, eth(GWA, "01:00:5e:00:00:01", udp_packet(h1.v4, h3.v4)))


@reason("truncated")
def _():
    send(h1, h1.frame(udp_packet(h1.v4, h3.v4)[:12] or b"E"))


@reason("port_down")
def _():
    bed.ip("link set p3 down\n")
    send(h1, routed(h3.v4))
    bed.ip("link set p3 up\n")


@reason("xmit")
def _():
    # A queue that takes no packet of that size.
    done = run("tc", "-n", bed.hv, "qdisc", "add", "dev", "p3", "root", "tbf",
               "rate", "1mbit", "burst", "100", "limit", "100", check=False)
    if done.returncode:
        raise Skip(f"no tbf queue here: {done.stderr.strip()}")
    send(h1, h1.frame(udp_packet(h1.v4, h3.v4, b"x" * 500)))
    run("tc", "-n", bed.hv, "qdisc", "del", "dev", "p3", "root")


@reason("too_long")
def _():
    bed.dvradm("segment", "set", "a", "mtu", 1400)
    send(h1, eth(h2.mac, h1.mac, udp_packet(h1.v4, h2.v4, b"x" * 1450)))
    bed.dvradm("segment", "set", "a", "mtu", 1500)


@reason("spoof_mac")
def _():
    send(h2, eth(GWA, h1.mac, udp_packet(h2.v4, h3.v4)))


@reason("spoof_ip")
def _():
    send(h2, routed(h3.v4, h1.v4, h2), routed(h3.v6, h1.v6, h2))


@reason("spoof_arp")
def _():
    send(h2, arp_frame(1, h2.mac, h1.v4, "00:00:00:00:00:00", "192.0.2.1"),
         eth(multicast_mac("ff02::1"), h2.mac, na_packet(
             h2.v6, "ff02::1", h1.v6, lladdr(2, h2.mac), 0x20)))


@reason("dhcp_server")
def _():
    send(h2, eth(BROADCAST, h2.mac, udp_packet(
        h2.v4, "255.255.255.255", b"", sport=67, dport=68)))


@reason("ra_guard")
def _():
    src = eui64(h2.mac)
    send(h2, eth(multicast_mac("ff02::1"), h2.mac, ip6(
        src, "ff02::1", ICMP6, icmp6(src, "ff02::1", 134, 0, data=bytes(8)),
        hlim=255)))


@reason("nd_fragment")
def _():
    body = icmp6(h2.v6, "ff02::1", 136, 0, b"\x20\0\0\0",
                 ip(h2.v6) + lladdr(2, h2.mac))
    send(h2, eth(multicast_mac("ff02::1"), h2.mac, ip6(
        h2.v6, "ff02::1", FRAGMENT, frag6(ICMP6, 0, 0, 1, body), hlim=255)))


@reason("unknown_mac")
def _():
    bed.dvradm("segment", "set", "a", "unknown", "drop")
    send(h1, eth("02:00:00:00:77:77", h1.mac, udp_packet(h1.v4, h2.v4)))
    bed.dvradm("segment", "set", "a", "unknown", "flood")


@reason("flood_rate")
def _():
    bed.dvradm("port", "set", "p1", "flood-rate", 0)
    send(h1, eth(BROADCAST, h1.mac, b"x" * 46, 0x88b5))
    bed.dvradm("port", "set", "p1", "flood-rate", 1000)


@reason("same_port")
def _():
    send(h1, eth(BROADCAST, "02:00:00:00:01:81", b"x" * 46, 0x88b5),
         eth("02:00:00:00:01:81", h1.mac, udp_packet(h1.v4, h2.v4)))


@reason("suppressed")
def _():
    send(h1, eth("01:80:c2:00:00:03", h1.mac, b"x" * 46, 0x88b5))


@reason("no_tunnel")
def _():
    send(h1, routed("198.51.100.99"))


@reason("bad_header")
def _():
    send(h1, h1.frame(ip4(h1.v4, h3.v4, UDP, b"x" * 20, ihl=4)),
         eth(GWA, h1.mac, ip6(h1.v6, h3.v6, UDP, b"x" * 20, version=4),
             0x86dd))


@reason("bad_checksum")
def _():
    send(h1, h1.frame(ip4(h1.v4, h3.v4, UDP, b"x" * 20, csum=0xdead)))


@reason("martian_src")
def _():
    send(h1, routed(h3.v4, "127.0.0.1"), routed(h3.v6, "ff02::1"))


@reason("martian_dst")
def _():
    send(h1, routed("127.0.0.1"), routed("::1"))


@reason("source_route")
def _():
    body = bytes([UDP, 2, 0, 1]) + bytes(4) + ip(h3.v6)
    send(h1, routed(h3.v4, opts=bytes([131, 7, 4]) + ip(h3.v4)),
         h1.frame(ip6(h1.v6, "2001:db8:1::1", 43, body + udp(h1.v6, h3.v6))))


@reason("bad_option")
def _():
    send(h1, routed(h3.v4, opts=bytes([0x9e, 40, 0, 0])),
         h1.frame(ip6(h1.v6, h3.v6, HOPOPTS, bytes([UDP, 0, 0x5e, 4, 0, 0, 0,
                                                    0]) + udp(h1.v6, h3.v6))))


@reason("ext_headers")
def _():
    send(h1, h1.frame(ip6(h1.v6, h3.v6, HOPOPTS, bytes([UDP, 200]) +
                          bytes(30))),
         h1.frame(ip6(h1.v6, h3.v6, 60, bytes([60, 0, 1, 4, 0, 0, 0, 0]) *
                      120)))


@reason("not_ip")
def _():
    send(h1, eth(GWA, h1.mac, b"x" * 46, 0x88cc))


@reason("multicast")
def _():
    send(h1, routed("239.1.2.3"), routed("ff0e::1"))


@reason("broadcast")
def _():
    send(h1, routed("198.51.100.255"), routed("255.255.255.255"))


@reason("linklocal")
def _():
    send(h1, routed(h3.v6, eui64(h1.mac)), routed(eui64(h3.mac)))


@reason("rpf")
def _():
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "strict")
    send(h1, routed(h3.v4, "198.51.100.77"), routed(h3.v6, "2001:db8:2::7"))
    bed.dvradm("iface", "set", "r1", "segment", "a", "rpf", "off")


@reason("router_down")
def _():
    bed.ip("link set r1 down\n")
    send(h1, routed(h3.v4), routed(h3.v6))
    bed.ip("link set r1 up\n")


@reason("ttl")
def _():
    send(h1, routed(h3.v4, ttl=1), routed(h3.v6, ttl=1))


@reason("no_route")
def _():
    send(h1, routed("203.0.113.200"), routed("2001:db8:f::1"))


@reason("blackhole")
def _():
    send(h1, routed("203.0.113.65"))


@reason("unreachable")
def _():
    send(h1, routed("203.0.113.81"))


@reason("prohibit")
def _():
    send(h1, routed("203.0.113.97"))


@reason("no_nexthop")
def _():
    # The leg that the next hop is on goes, the route stays or goes with it.
    bed.dvr("route add r1 203.0.113.128/28 via 203.0.113.2\n"
            "iface del r1 segment l\n")
    send(h1, routed("203.0.113.129"))
    bed.dvradm("iface", "add", "r1", "segment", "l", "addr", "203.0.113.1/28")


@reason("loop")
def _():
    send(h1, routed("198.18.0.1", ttl=255))


@reason("too_big")
def _():
    bed.dvradm("segment", "set", "b", "mtu", 1300)
    send(h1, h1.frame(udp_packet(h1.v4, h3.v4, b"x" * 1400, flags=2)),
         h1.frame(udp_packet(h1.v6, h3.v6, b"x" * 1400)))
    bed.dvradm("segment", "set", "b", "mtu", 1500)


@reason("neigh_failed")
def _():
    send(h1, routed("198.51.100.200"), routed("2001:db8:2::200"))
    bed.idle(4.5)
    # While it is known to be dead, and not asked for, packets fail at once.
    send(h1, routed("198.51.100.200"))


@reason("neigh_queue")
def _():
    for _ in range(8):
        send(h1, routed("198.51.100.201"))


@reason("neigh_limit")
def _():
    bed.dvradm("router", "set", "r1", "neigh-limit", 1)
    send(h1, routed("198.51.100.202"), routed("198.51.100.203"))
    bed.dvradm("router", "set", "r1", "neigh-limit", 1000)


@reason("neigh_rate")
def _():
    bed.dvr("router set r1 neigh-rate 0\nport set p1 neigh-rate 0\n")
    send(h1, routed("198.51.100.205"),
         arp_frame(1, h1.mac, h1.v4, "00:00:00:00:00:00", "192.0.2.1"))
    bed.dvr("router set r1 neigh-rate 1000\nport set p1 neigh-rate 1000\n")


@reason("neigh_gone")
def _():
    send(h1, routed("198.51.100.204"))
    bed.dvradm("neigh", "del", "segment", "b", "198.51.100.204")


@reason("arp_ignored")
def _():
    send(h1, arp_frame(1, h1.mac, h1.v4, "00:00:00:00:00:00", "192.0.2.1",
                       hlen=5),
         arp_frame(1, h1.mac, h1.v4, GWA, "192.0.2.200", dst=GWA))


@reason("nd_invalid")
def _():
    group = solicited("2001:db8:1::1")
    send(h1, eth(multicast_mac(group), h1.mac, ns_packet(
        h1.v6, group, "2001:db8:1::1", lladdr(1, h1.mac), hlim=64)))


@reason("nd_ignored")
def _():
    # A redirect to the router: it takes none (RFC 4861 8.2).
    src, dst = eui64(h1.mac), "2001:db8:1::1"
    send(h1, h1.frame(ip6(src, dst, ICMP6, icmp6(
        src, dst, 137, data=ip(h2.v6) + ip(h3.v6)), hlim=255)))


@reason("icmp_checksum")
def _():
    body = icmp(8, 0, data=b"x" * 8)
    send(h1, h1.frame(ip4(h1.v4, "192.0.2.1", ICMP, body[:2] + b"\xde\xad" +
                          body[4:])))


@reason("local_fragment")
def _():
    send(h1, h1.frame(ip4(h1.v4, "192.0.2.1", ICMP, icmp(8, 0, data=b"x" * 20),
                          flags=1)))


@reason("local_proto")
def _():
    send(h1, routed("192.0.2.1"), routed("2001:db8:1::1"),
         h1.frame(ip4(h1.v4, "192.0.2.1", 253, b"x" * 20)))


@reason("icmp_rate")
def _():
    bed.dvradm("router", "set", "r1", "icmp-rate", 0)
    send(h1, routed(h3.v4, ttl=1))
    bed.dvradm("router", "set", "r1", "icmp-rate", 1000)


def counters():
    out = {}
    for entry in bed.show("drops"):
        out[entry["reason"]] = out.get(entry["reason"], 0) + entry["packets"]
    return out


def trace(name, value):
    with open(f"{TRACE}/{name}", "w", encoding="ascii") as file:
        file.write(value)


@test("tracepoint dvr:dvr_drop can be switched on")
def trace_on():
    if not os.path.exists(f"{TRACE}/events"):
        subprocess.run(["mount", "-t", "tracefs", "trace", TRACE], check=False)
    if not os.path.exists(f"{TRACE}/events"):
        raise Skip("no tracefs here")
    trace("trace", "")
    trace("events/dvr/dvr_drop/enable", "1")


OUT, FLOATING = "198.51.100.77", "198.51.100.78"


@reason("nat_no_port")
def _():
    send(h1, *(routed(h3.v4, src="192.0.2.130", sport=port)
               for port in (4000, 4002)))


@reason("nat_limit")
def _():
    bed.dvradm("router", "set", "r1", "conn-limit", "0")
    send(h1, routed(h3.v4, src="192.0.2.150"))
    bed.idle(0.2)
    bed.dvradm("router", "set", "r1", "conn-limit", "1000")


@reason("nat_refused")
def _():
    send(h3, h3.frame(udp_packet(h3.v4, OUT, b"nobody asked")))


@reason("nat_invalid")
def _():
    send(h3, h3.frame(echo(h3.v4, OUT, reply=True)))


@reason("nat_gone")
def _():
    # An entry of the zone that is no connection of dvr's.
    zone = bed.show("router", "show", "r1")[0]["zone"]
    run("conntrack", "-I", "-p", "udp", "-s", h3.v4, "-d", FLOATING,
        "--sport", "4000", "--dport", "5000", "-t", "60", "-w", zone, ns=bed.hv)
    send(h3, h3.frame(udp_packet(h3.v4, FLOATING, b"whose")))


@reason("nat_moved")
def _():
    # A connection by segment b, whose route then leads to segment l.
    net, src = "203.0.113.160/28", "192.0.2.150"
    bed.dvradm("route", "add", "r1", net, "via", h3.v4)
    send(h1, routed("203.0.113.161", src=src, sport=4200))
    bed.dvradm("route", "replace", "r1", net, "via", "203.0.113.2")
    send(h1, routed("203.0.113.161", src=src, sport=4200))
    bed.dvradm("route", "del", "r1", net)


@reason("nat_clash")
def _():
    # What the floating address would have outside is an entry of others.
    zone = bed.show("router", "show", "r1")[0]["zone"]
    run("conntrack", "-I", "-p", "udp", "-s", "203.0.113.1", "-d", "203.0.113.2",
        "--sport", "1", "--dport", "2", "-r", h3.v4, "-q", FLOATING,
        "--reply-port-src", "5000", "--reply-port-dst", "4100", "-t", "60",
        "-w", zone, ns=bed.hv)
    send(h1, routed(h3.v4, src="192.0.2.150", sport=4100, dport=5000))


def piece(offset, length, more, ident):
    return h3.frame(ip4(h3.v4, FLOATING, 17, b"f" * length, ident=ident,
                        flags=more, offset=offset))


@reason("frag_bad")
def _():
    send(h3, piece(0, 13, 1, 1))


@reason("frag_overlap")
def _():
    send(h3, piece(0, 64, 1, 2), piece(32, 64, 1, 2))


@reason("frag_limit")
def _():
    send(h3, *(piece(8 * n, 8, 1, 3) for n in range(80)))


COUNTED = {}
SKIPPED = {}


@once
def provoke():
    before = counters()
    for name, function in PROVOKE.items():
        try:
            function()
        except Skip as why:
            SKIPPED[name] = str(why)
    bed.idle(0.3)
    bed.flush()
    bed.good(h1)
    bed.good(h2)
    after = counters()
    COUNTED.update((k, v - before.get(k, 0)) for k, v in after.items())
    log(COUNTED)


test("every reason is provoked without harm")(provoke)


def one(name):
    provoke()
    if name in SKIPPED:
        raise Skip(SKIPPED[name])
    need(COUNTED.get(name), "not counted")


for word in PROVOKE:
    test(f"drop reason {word} is counted")(lambda word=word: one(word))


@test("the tracepoint told each drop with its reason, router and port")
def traced():
    if not os.path.exists(f"{TRACE}/events/dvr"):
        raise Skip("no tracefs here")
    provoke()
    trace("events/dvr/dvr_drop/enable", "0")
    with open(f"{TRACE}/trace", encoding="ascii", errors="replace") as file:
        text = file.read()
    seen = set(re.findall(r"dvr_drop:.* reason=(\w+)", text))
    # An error that is not sent is no packet that is dropped.
    seen.add("icmp_rate")
    equal(sorted({k for k, v in COUNTED.items() if v} - seen), [],
          "reasons that were counted and not traced")
    need(re.search(r"dvr_drop:.* reason=no_route router=r1", text), "router")
    need(re.search(r"dvr_drop:.* reason=spoof_mac .*port=p2", text), "port")


@test("drops can be asked for by router and by port")
def selected():
    provoke()
    got = bed.show("drops", "router", "r1")
    need(got and {d.get("router") for d in got} == {"r1"}, str(got)[:200])
    got = bed.show("drops", "port", "p2")
    need(got and {d.get("port") for d in got} == {"p2"}, str(got)[:200])
    text = bed.dvradm("-d", "drops").stdout
    need("no_route" in text and "no route" in text, "the help of a reason")


@test("the drops of an object go with it")
def gone():
    provoke()
    bed.dvradm("router", "add", "r2b")
    bed.dvradm("router", "del", "r2")
    equal([d for d in bed.show("drops") if d.get("router") == "r2"], [],
          "drops of a deleted router")
    bed.dvradm("router", "del", "r2b")


@test("no reason is without a test")
def complete():
    path = os.path.join(HERE, "../kmod/lib/drop.h")
    if not os.path.exists(path):
        raise Skip("no kmod/lib/drop.h beside the tests")
    with open(path, encoding="ascii") as file:
        names = re.findall(r"^\tR\([A-Z_0-9]+, (\w+),", file.read(), re.M)
    equal(sorted(set(names) - set(PROVOKE) - set(UNPROVOKED)), [],
          "reasons that nothing here provokes")
    need(len(names) > 40, f"{len(names)} reasons read")


finish(bed)
