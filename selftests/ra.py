#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 600
"""Router advertisements: RFC 4861 6.2, RFC 4191, RFC 8106.

    h1 p1 --+
            +-- segment a -- r1 -- segment b -- p3 h3
    h2 p2 --+   2001:db8:1::/64    2001:db8:2::/64

    and machines with a kernel's own stack behind more ports of a and b
"""

import re
import struct
import time

from frames import (ICMP6, eth, eui64, frag6, icmp6, ip6, ip_text, lladdr,
                    mac_text, multicast_mac)
from lib import (Host, busywait, defer, equal, finish, need, need_program,
                 once, run, sysctl, test, two_segments)

GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
ALL, ROUTERS = "ff02::1", "ff02::2"
DELAY = 3           # MIN_DELAY_BETWEEN_RAS
bed = two_segments()
w1, w2, w3 = bed.wires.values()
h1, h2 = bed.h1, bed.h2


class Ra:
    """A router advertisement, taken apart."""

    def __init__(self, pkt):
        self.pkt = pkt
        self.hop_limit, flags, self.lifetime, self.reachable, self.retrans = \
            struct.unpack("!BBHII", pkt.l4[4:16])
        self.managed, self.other = bool(flags & 0x80), bool(flags & 0x40)
        self.preference = flags >> 3 & 3
        self.rest = flags & 0x27
        self.prefixes, self.servers, self.domains = {}, [], []
        self.mtu = self.lladdr = self.server_life = self.domain_life = None
        opts = pkt.l4[16:]
        while opts:
            self.option(opts[0], opts[:opts[1] * 8])
            opts = opts[opts[1] * 8:]

    def option(self, kind, opt):
        if kind == 1:
            self.lladdr = mac_text(opt[2:8])
        elif kind == 3:
            valid, preferred, zero = struct.unpack("!III", opt[4:16])
            equal((zero, opt[3] & 0x3f), (0, 0), "reserved bits")
            prefix = f"{ip_text(opt[16:32])}/{opt[2]}"
            need(prefix not in self.prefixes, f"{prefix} twice")
            self.prefixes[prefix] = (
                bool(opt[3] & 0x80), bool(opt[3] & 0x40), valid, preferred)
        elif kind == 5:
            self.mtu = struct.unpack("!I", opt[4:8])[0]
        elif kind == 25:
            self.server_life = struct.unpack("!I", opt[4:8])[0]
            self.servers = [ip_text(opt[i:i + 16])
                            for i in range(8, len(opt), 16)]
        elif kind == 31:
            self.domain_life = struct.unpack("!I", opt[4:8])[0]
            labels, names = [], opt[8:]
            while names and (labels or names[0]):
                if names[0]:
                    labels.append(names[1:names[0] + 1].decode())
                else:
                    self.domains.append(".".join(labels))
                    labels = []
                names = names[names[0] + 1:]
        else:
            need(False, f"an option {kind}")


def is_ra(pkt):
    return pkt.type == 134


def next_ra(wire=w1, seconds=DELAY + 3):
    """It may have to wait, as an earlier one is not long ago."""
    return Ra(wire.expect(is_ra, "a router advertisement", seconds))


def advertise(options="", segment="a"):
    """r1 advertises on SEGMENT until the end of the test."""
    gw = GWA if segment == "a" else GWB
    defer(bed.dvr, f"iface set r1 segment {segment} mac {gw} ra off ra-managed off "
          "ra-other off ra-lifetime 1800 ra-interval 600 ra-preference medium "
          "ra-mtu on ra-prefix none rdnss none dnssl none\n")
    bed.flush()
    bed.dvr(f"iface set r1 segment {segment} ra on {options}\n")


def quiet(options="", segment="a"):
    """The same, after the first advertisement and DELAY of silence."""
    advertise(options, segment)
    wire = w1 if segment == "a" else w3
    next_ra(wire)
    bed.idle(DELAY)
    bed.flush()


def rs(host, src=None, dst=ROUTERS, opts=None, hlim=255, to=None, **kw):
    src = src or host.ll
    opts = lladdr(1, host.mac) if opts is None else opts
    return eth(to or multicast_mac(dst), host.mac, ip6(src, dst, ICMP6, icmp6(
        src, dst, 133, data=opts, **kw), hlim=hlim))


def silence(seconds, wires=None, after=None):
    """No advertisement comes out for so long, AFTER this command if there is one."""
    bed.flush()
    if after:
        bed.dvr(after)
    bed.idle(seconds)
    for wire in wires or bed.wires.values():
        equal([str(p) for p in wire.rx if is_ra(p)], [], f"seen on {wire}")


# -- what is in it -------------------------------------------------------

@test("nd-5 an advertisement has what RFC 4861 6.2.3 says, and goes to all hosts")
def content():
    advertise()
    for wire in (w1, w2):
        ra = next_ra(wire)
        pkt = ra.pkt
        equal((pkt.src, pkt.dst, pkt.saddr, pkt.daddr, pkt.ttl, pkt.code),
              (GWA, multicast_mac(ALL), eui64(GWA), ALL, 255, 0), "headers")
        need(pkt.sound(), "checksum")
        equal((ra.hop_limit, ra.managed, ra.other, ra.preference, ra.rest,
               ra.lifetime, ra.reachable, ra.retrans),
              (64, False, False, 0, 0, 1800, 0, 0), "the message")
        equal((ra.lladdr, ra.mtu), (GWA, 1500), "MAC and MTU")
        equal(ra.prefixes, {"2001:db8:1::/64": (True, True, 86400, 14400)},
              "prefixes")
        equal((ra.servers, ra.domains), ([], []), "DNS")
    bed.poll()
    equal([str(p) for p in w3.rx if is_ra(p)], [], "on another segment")


@test("nd-5 flags, times, preference, prefixes and DNS are what is configured")
def configured():
    advertise("ra-managed on ra-other on ra-lifetime 9000 ra-interval 1000 "
              "ra-preference high ra-mtu off "
              "ra-prefix 2001:db8:a::/64 valid 4294967295 preferred 7 "
              "ra-prefix 2001:db8:b::/48 "
              "ra-prefix 2001:db8:c::/64 on-link off autonomous off valid 0 "
              "ra-prefix 2001:db8:d::/64 on-link off valid 60 "
              "rdnss 2001:db8::53 rdnss fe80::53 "
              "dnssl example.org dnssl a.b.example.")
    ra = next_ra()
    equal((ra.managed, ra.other, ra.preference, ra.lifetime, ra.mtu),
          (True, True, 1, 9000, None), "the message")
    equal(ra.prefixes, {
        "2001:db8:a::/64": (True, True, 0xffffffff, 7),
        "2001:db8:b::/48": (True, False, 86400, 14400),
        "2001:db8:c::/64": (False, False, 0, 0),
        "2001:db8:d::/64": (False, True, 60, 60)}, "prefixes")
    equal((ra.servers, ra.server_life), (["2001:db8::53", "fe80::53"], 3000),
          "servers")
    equal((ra.domains, ra.domain_life), (["example.org", "a.b.example"], 3000),
          "search list")
    # A change is advertised at once, and does not touch what it does not name.
    bed.idle(DELAY)
    bed.flush()
    bed.dvr("iface set r1 segment a ra-preference low rdnss none\n")
    ra = next_ra()
    equal((ra.preference, ra.servers, ra.domains, len(ra.prefixes)),
          (3, [], ["example.org", "a.b.example"], 4), "after a change")
    # RFC 4191: a router that is no default router has no preference.
    bed.idle(DELAY)
    bed.flush()
    bed.dvr("iface set r1 segment a ra-lifetime 0\n")
    ra = next_ra()
    equal((ra.lifetime, ra.preference), (0, 0), "no default router")
    # The same again is no change.
    bed.idle(DELAY)
    silence(1, after="iface set r1 segment a ra on ra-lifetime 0 ra-other on\n")


@test("nd-5 the prefixes of the iface are advertised, each once")
def own_prefixes():
    defer(bed.dvr, "iface set r1 segment a addr 192.0.2.1/24 "
          "addr 2001:db8:1::1/64\n")
    bed.dvr("iface set r1 segment a addr 2001:db8:1::1/64 addr 192.0.2.1/24 "
            "addr 2001:db8:1::2/64 addr 2001:db8:f::1/56 addr fd00::1/128\n")
    advertise()
    on, off = (True, True, 86400, 14400), (True, False, 86400, 14400)
    equal(next_ra().prefixes, {"2001:db8:1::/64": on, "2001:db8:f::/56": off},
          "prefixes")
    bed.idle(DELAY)
    bed.flush()
    bed.dvr("iface set r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64\n")
    equal(next_ra().prefixes, {"2001:db8:1::/64": on}, "after a change")


@test("nd-5 another MTU of the segment is advertised at once")
def mtu():
    quiet()
    defer(bed.dvr, "segment set a mtu 1500\n")
    bed.dvr("segment set a mtu 1400\n")
    equal(next_ra().mtu, 1400, "MTU")


# -- when ------------------------------------------------------------------

@test("nd-5 three advertisements 16 s apart, then the interval")
def initial():
    advertise()
    start, times = time.monotonic(), []
    while time.monotonic() - start < 52:
        bed.idle(0.2)
        if any(is_ra(p) for p in w1.rx):
            times.append(time.monotonic() - start)
            bed.flush()
    equal(len(times), 3, f"advertisements at {times}")
    for before, after in zip(times, times[1:]):
        need(15 <= after - before <= 18, f"advertisements at {times}")


@test("nd-5 with ra-interval 4 advertisements are 3 to 4 s apart, at random")
def interval():
    advertise("ra-interval 4")
    next_ra()
    before, gaps = time.monotonic(), []
    while len(gaps) < 6:
        next_ra(seconds=6)
        now = time.monotonic()
        gaps.append(now - before)
        before = now
    need(all(2.8 <= g <= 4.8 for g in gaps), f"{gaps}")
    need(max(gaps) - min(gaps) > 0.02, f"{gaps} are not random")


@test("nd-5 a solicitation is answered by its port, within half a second")
def answered():
    # Another interval begins with the first advertisements, the next in 16 s.
    for number, src, opts in ((0, h1.ll, None), (1, h1.ll, b""), (2, "::", b"")):
        quiet(f"ra-interval {600 + number}")
        w1.send(rs(h1, src, opts=opts))
        start = time.monotonic()
        ra = next_ra(seconds=2)
        equal((ra.pkt.daddr, ra.pkt.dst, ra.pkt.saddr, ra.lifetime),
              (ALL, multicast_mac(ALL), eui64(GWA), 1800), "the answer")
        need(time.monotonic() - start < 2, "half a second is long over")
        bed.poll()
        equal([str(p) for p in w2.rx if is_ra(p)], [], "at the other port")
    # To the gateway alone, which answers and passes it to nobody.
    quiet("ra-interval 603")
    w1.send(rs(h1, dst=eui64(GWA), to=GWA))
    next_ra(seconds=2)
    equal([str(p) for p in w2.rx if p.type == 133], [], "at the other port")


@test("nd-5 however many solicitations, an answer every 3 s, and others get none")
def flood():
    quiet()
    start, times = time.monotonic(), []
    while time.monotonic() - start < 8:
        for _ in range(50):
            w1.send(rs(h1))
        bed.idle(0.1)
        times += [time.monotonic() for p in w1.rx if is_ra(p)]
        need(not any(is_ra(p) for p in w2.rx), "an answer at the other port")
        bed.flush()
    need(2 <= len(times) <= 3, f"{len(times)} answers")
    for before, after in zip(times, times[1:]):
        need(after - before > DELAY - 0.2, f"{after - before:.2f} s apart")
    # Another port is not served later for it.
    w2.send(rs(h2))
    next_ra(w2, DELAY - 1)


@test("nd-5 no answer sooner than 3 s after an advertisement to all")
def answer_waits():
    quiet()
    bed.dvr("iface set r1 segment a ra-other on\n")
    next_ra()
    start = time.monotonic()
    w1.send(rs(h1))
    next_ra(seconds=5)
    took = time.monotonic() - start
    need(2.7 <= took <= 4.5, f"{took:.1f} s")


@test("nd-5 no answer where an advertisement to all comes within 3 s")
def answer_is_left():
    advertise("ra-interval 4")
    next_ra()
    times, start = [], time.monotonic()
    while time.monotonic() - start < 16:
        w1.send(rs(h1))
        bed.idle(0.2)
        times += [time.monotonic() for p in w1.rx if is_ra(p)]
        bed.flush()
    for before, after in zip(times, times[1:]):
        need(after - before > DELAY - 0.3, f"{after - before:.2f} s apart")


@test("nd-5 an advertisement to all is the answer")
def answered_by_all():
    quiet()
    w1.send(rs(h1))
    next_ra(seconds=2)
    # The answer to this one is due in 3 s.
    w1.send(rs(h1))
    bed.good(h1)
    bed.idle(0.1)
    bed.dvr("iface set r1 segment a ra-other on\n")
    equal(next_ra().other, True, "the flag")
    silence(4, [w1])


@test("nd-5 changes that follow each other are advertised 3 s apart")
def changes():
    quiet()
    start, times = time.monotonic(), []
    for number in range(30):
        bed.dvr(f"iface set r1 segment a ra-interval {600 + number}\n")
        bed.idle(0.2)
        times += [time.monotonic() for p in w1.rx if is_ra(p)]
        bed.flush()
    took = time.monotonic() - start
    need(2 <= len(times) <= took / DELAY + 1, f"{len(times)} in {took:.1f} s")


@test("nd-5 nd-1 invalid solicitations are not answered")
def invalid():
    quiet()
    good = rs(h1)
    for case in (rs(h1, hlim=254), rs(h1, code=1), rs(h1, csum=0xbeef),
                 rs(h1, "::"), rs(h1, opts=b"\1\0" + lladdr(1, h1.mac)[2:]),
                 rs(h1, opts=b"\1\2" + lladdr(1, h1.mac)[2:]),
                 rs(h1, opts=b"\1\1\3\0\0\0\0\1"),
                 eth(multicast_mac(ROUTERS), h1.mac, ip6(
                     h1.ll, ROUTERS, ICMP6, icmp6(h1.ll, ROUTERS, 133, 0,
                                                  b""), hlim=255)),
                 eth(multicast_mac(ROUTERS), h1.mac, ip6(
                     h1.ll, ROUTERS, 44, frag6(ICMP6, 0, 0, 1, good[54:]),
                     hlim=255))):
        w1.send(case)
    silence(1.5)
    # Not for a router: to another machine.
    w1.send(rs(h1, dst=h2.ll, to=h2.mac))
    silence(1)
    w1.send(good)
    next_ra(seconds=2)


# -- the end -----------------------------------------------------------------

def final(wire=w1, gw=GWA):
    ra = next_ra(wire)
    equal((ra.lifetime, ra.preference, ra.pkt.src, ra.pkt.saddr, ra.lladdr),
          (0, 0, gw, eui64(gw), gw), "the last advertisement")
    return ra


@test("nd-5 ra off is advertised, and then there is silence")
def off():
    quiet("ra-preference high")
    bed.dvr("iface set r1 segment a ra off\n")
    equal(final().prefixes, {"2001:db8:1::/64": (True, True, 86400, 14400)},
          "prefixes")
    final(w2)
    w1.send(rs(h1))
    silence(4)
    # What is set stays set.
    bed.dvr("iface set r1 segment a ra on\n")
    equal(next_ra().preference, 1, "preference")


@test("nd-5 the end of an iface and of a router is advertised")
def deleted():
    defer(bed.dvr, f"iface add r1 segment a mac {GWA} addr 192.0.2.1/24 "
          "addr 2001:db8:1::1/64\n")
    bed.flush()
    bed.dvr("iface set r1 segment a ra on\n")
    next_ra()
    bed.dvr("iface del r1 segment a\n")
    final()
    for netdev in ("on", "off"):
        bed.dvr(f"router add r2 netdev {netdev}\n"
                "iface add r2 segment a mac 02:00:00:00:0a:02 "
                "addr 2001:db8:1::2/64 ra on\n")
        if netdev == "on":
            bed.ip("link set r2 up\n")
        equal(next_ra().lifetime, 1800, "lifetime")
        bed.dvr("router del r2\n")
        final(gw="02:00:00:00:0a:02")
    silence(1)


@test("nd-5 a router that goes down advertises this, and so does one that comes up")
def down():
    quiet()
    defer(bed.ip, "link set r1 up\n")
    bed.ip("link set r1 down\n")
    final()
    w1.send(rs(h1))
    silence(4)
    # What is over needs no end.
    silence(1, after="iface set r1 segment a ra off\n")
    silence(1, after="iface set r1 segment a ra on\n")
    bed.ip("link set r1 up\n")
    equal(next_ra().lifetime, 1800, "lifetime")


@test("nd-5 another MAC is another router")
def other_mac():
    quiet()
    other = "02:00:00:00:0a:09"
    bed.dvr(f"iface set r1 segment a mac {other}\n")
    final()
    ra = next_ra(seconds=5)
    equal((ra.lifetime, ra.pkt.saddr, ra.lladdr), (1800, eui64(other), other),
          "the new one")


# -- others on the segment -----------------------------------------------------

@test("nd-5 uplinks get no advertisement, and are not answered")
def uplink():
    bed.add("p4")
    bed.dvr("port add p4 segment a uplink on\n")
    defer(bed.dvr, "port del p4\n")
    advertise()
    next_ra()
    w4 = bed.wires["p4"]
    bed.idle(DELAY)
    w4.send(rs(Host(w4, "02:00:00:00:04:0a")))
    bed.idle(1)
    equal([str(p) for p in w4.rx if is_ra(p)], [], "seen on the uplink")


@test("nd-5 two routers of a segment both answer")
def two_routers():
    bed.dvr("router add r2 netdev off\niface add r2 segment a "
            "mac 02:00:00:00:0a:02 addr 2001:db8:1::2/64 ra on\n")
    defer(bed.dvr, "router del r2\n")
    quiet()
    bed.flush()
    w1.send(rs(h1))
    both = {next_ra().pkt.saddr, next_ra().pkt.saddr}
    equal(both, {eui64(GWA), eui64("02:00:00:00:0a:02")}, "answers")
    # One that does not advertise is not one of them.
    bed.dvr("iface set r2 segment a ra off\n")
    bed.idle(DELAY + 1)
    bed.flush()
    w1.send(rs(h1))
    equal(next_ra().pkt.saddr, eui64(GWA), "the answer")
    silence(1)


@test("nd-5 ports, ifaces and segments end while answers are due")
def races():
    for number in range(20):
        bed.add("p7")
        bed.dvr("segment add c\nport add p7 segment c\n"
                "router add r3 netdev off\n"
                "iface add r3 segment c addr 2001:db8:3::1/64 ra on "
                "ra-interval 4\n")
        bed.wires["p7"].expect(is_ra, "an advertisement", 5)
        bed.wires["p7"].send(rs(h1))
        bed.idle(0.02 * (number % 4))
        end = ["port del p7\n", "router del r3\n", "segment del c\n"]
        if number % 3 == 1:
            end = [end[1], end[0], end[2]]
        if number % 3 == 2:
            bed.dvr("iface set r3 segment c ra off\n")
        bed.dvr("".join(end))
        bed.wires.pop("p7").sock.close()
        bed.ip("link del p7\n")
    bed.good(h1)


# -- configuration -------------------------------------------------------------

@test("router advertisements are shown, saved and refused in words")
def shown():
    defer(bed.dvr, "iface set r1 segment a ra-managed off ra-prefix none "
          "rdnss none dnssl none ra-interval 600 ra-mtu on\n")
    entry = bed.show("iface", "show", "r1", "segment", "a")[0]
    equal(entry["ra"], False, "ra")
    text = bed.dvradm("iface", "show", "r1", "segment", "a").stdout
    need("ra" not in text.split(), text)
    options = ("ra-interval 300 ra-managed on ra-mtu off "
               "ra-prefix 2001:db8:a::/64 valid 100 preferred 50 "
               "ra-prefix 2001:db8:b::/60 autonomous off preferred 9 "
               "ra-prefix 2001:db8:c::/64 on-link off "
               "rdnss 2001:db8::53 dnssl example.org dnssl lab")
    bed.dvr(f"iface set r1 segment a {options}\n")
    entry = bed.show("iface", "show", "r1", "segment", "a")[0]
    equal((entry["ra_interval_s"], entry["ra_lifetime_s"], entry["ra_preference"],
           entry["ra_mtu"], entry["rdnss"], entry["dnssl"]),
          (300, 1800, "medium", False, ["2001:db8::53"],
           ["example.org", "lab"]), "JSON")
    equal(entry["ra_prefix"][0], {
        "prefix": "2001:db8:a::/64", "on_link": True, "autonomous": True,
        "valid_s": 100, "preferred_s": 50}, "prefix")
    for text in (bed.dvradm("iface", "show", "r1", "segment", "a").stdout,
                 bed.dvradm("save").stdout):
        need(options in " ".join(text.split()), text)
    # What save wrote makes the same again.
    before = bed.dvradm("save").stdout
    line = [row for row in before.splitlines() if options in row][0]
    bed.dvr("iface del r1 segment a\n" + line + "\n")
    equal([row for row in bed.dvradm("save").stdout.splitlines()
           if options in row], [line], "the same line")


@test("an iface with all that it may have is shown and saved")
def largest():
    bed.dvr("router add r4 netdev off\nsegment add d\n")
    defer(bed.dvr, "router del r4\nsegment del d\n")
    name = "x" * 59
    line = ("iface add r4 segment d ra-interval 4 ra-lifetime 4 ra-managed on "
            "ra-other on ra-mtu off ra-preference low ") + " ".join(
        [f"addr 2001:db8:{n:x}::1/64" for n in range(1, 65)] +
        [f"ra-prefix 2001:db8:{n:x}::/64 on-link off autonomous off "
         f"valid {n + 2} preferred {n + 1}" for n in range(1, 9)] +
        [f"rdnss 2001:db8::{n + 1:x}" for n in range(8)] +
        [f"dnssl {name}.{n}" for n in range(4)])
    bed.dvr(line + "\n")
    entry = bed.show("iface", "show", "r4")[0]
    equal([len(entry[k]) for k in ("addr", "ra_prefix", "rdnss", "dnssl")],
          [64, 8, 8, 4], "parts")
    equal(bed.show("iface", "show", "r4", "segment", "d")[0], entry, "one alone")
    saved = [row for row in bed.dvradm("save").stdout.splitlines()
             if row.startswith("iface add r4 ")]
    equal(sorted(saved[0].split()),
          sorted([*line.split(), "mac", entry["mac"], "rpf", "off"]),
          "the saved line")


@test("router advertisements that make no sense are refused in words")
def refused():
    many = "".join(f"addr 2001:db8:{n:x}::1/64 " for n in range(16, 60))
    names = "".join(f"dnssl {'x' * 60}.{'y' * 60}.{n} " for n in range(8))
    name = "z" * 64
    for options, why in (
            ("ra-interval 600 ra-lifetime 599", "0 or at least ra-interval"),
            ("ra-prefix 2001:db8::/48 autonomous on", "has 64 bits"),
            ("ra-prefix 2001:db8::/64 valid 5 preferred 6", "is longer than"),
            ("ra-prefix 192.0.2.0/24", "only IPv6 prefixes"),
            ("ra-prefix fe80::/64", "hosts cannot use this prefix"),
            ("ra-prefix ff02::/64", "hosts cannot use this prefix"),
            ("ra-prefix 2001:db8::/64 ra-prefix 2001:db8::/64", "given twice"),
            ("rdnss 2001:db8::1 rdnss 2001:db8::1", "given twice"),
            ("rdnss ff02::1", "is not unicast"),
            ("dnssl a..b", "labels of 1 to 63"),
            (f"dnssl {name}", "labels of 1 to 63"),
            ("dnssl .a", "labels of 1 to 63"),
            (f"ra on {names}", "longer than 256 bytes"),
            (f"ra on {many}", "has 1280 bytes"),
            ("ra on addr 192.0.2.1/24", "need an IPv6 address")):
        done = bed.dvradm("iface", "set", "r1", "segment", "a",
                          *options.split(), check=False)
        equal(done.returncode, 1, f"exit code of {options}")
        need(why in done.stderr, f"{options}: {done.stderr}")
    equal(bed.show("iface", "show", "r1", "segment", "a")[0]["ra"], False,
          "ra after all that")


# -- machines --------------------------------------------------------------------

@once
def machines():
    """A machine on each segment, which has no address of its own."""
    for name, seg in (("g1", "a"), ("g2", "b")):
        ns = f"ra-{name}"
        run("ip", "netns", "del", ns, check=False)
        run("ip", "netns", "add", ns)
        bed.clean.append(ns)
        sysctl(ns, ipv6__conf__default__accept_ra=1,
               ipv6__conf__default__autoconf=1)
        run("ip", "link", "add", name, "netns", bed.hv, "type", "veth", "peer",
            "name", "eth0", "address", f"02:00:00:00:99:0{name[1]}", "netns",
            ns)
        bed.ip(f"link set {name} up\n")
        bed.dvr(f"port add {name} segment {seg}\n")
    return "ra-g1", "ra-g2"


def addresses(ns):
    out = run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope",
              "global", ns=ns).stdout
    return [word for word in re.findall(r"inet6 (\S+)/64", out)
            if "tentative" not in out]


def default_route(ns):
    return run("ip", "-6", "route", "show", "default", ns=ns).stdout


@test("nd-5 a machine gets its address and its default route, and loses the route")
def slaac():
    g1, g2 = machines()
    advertise()
    advertise("", "b")
    for ns in (g1, g2):
        defer(bed.ip, "link set eth0 down\n", ns)
        bed.ip("link set eth0 up\n", ns)
    for ns, prefix, number in ((g1, "2001:db8:1::", 1), (g2, "2001:db8:2::", 2)):
        want = eui64(f"02:00:00:00:99:0{number}", prefix)
        busywait(20, f"{want} of {ns}", lambda n=ns, w=want: w in addresses(n))
        busywait(5, f"a default route of {ns}", lambda n=ns: default_route(n))
    need(f"via {eui64(GWA)}" in default_route(g1), default_route(g1))
    run("ping", "-6", "-n", "-c", "3", "-i", "0.2", "-w", "20",
        eui64("02:00:00:00:99:02", "2001:db8:2::"), ns=g1)
    bed.dvr("iface set r1 segment a ra off\n")
    busywait(5, "no default route", lambda: not default_route(g1))


@test("nd-5 rdisc6 shows the advertisement")
def rdisc6():
    need_program("rdisc6")
    g1, _ = machines()
    quiet("ra-other on rdnss 2001:db8::53 dnssl example.org")
    defer(bed.ip, "link set eth0 down\n", g1)
    bed.ip("link set eth0 up\n", g1)
    busywait(10, "a link-local address", lambda: "tentative" not in run(
        "ip", "-6", "addr", "show", "dev", "eth0", ns=g1).stdout)
    out = run("rdisc6", "-1", "-w", "8000", "eth0", ns=g1).stdout
    for want in (r"Hop limit\s*:\s*64", r"Stateful other conf\.\s*:\s*Yes",
                 r"Stateful address conf\.\s*:\s*No",
                 r"Router lifetime\s*:\s*1800", r"Prefix\s*:\s*2001:db8:1::/64",
                 r"On-link\s*:\s*Yes", r"Autonomous address conf\.:\s*Yes",
                 r"MTU\s*:\s*1500", r"Recursive DNS server\s*:\s*2001:db8::53",
                 r"DNS search list\s*:\s*example\.org",
                 r"Source link-layer address:\s*" + GWA.upper(),
                 f"from {eui64(GWA)}"):
        need(re.search(want, out), f"{want} is not in {out}")


finish(bed)
