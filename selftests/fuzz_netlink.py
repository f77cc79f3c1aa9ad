#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# cache: on
"""Send mutated netlink messages, then check that the configuration is consistent.

FUZZ_SEED and FUZZ_COUNT choose the messages; the seed is printed.
"""

import os
import random
import socket
import struct
import sys
import time

from frames import ip, mac
from lib import (DVRADM, Bed, Fail, amount, defer, equal, finish, in_ns, log, need,
                 once, run, sysctl, test)

SEED = int(os.environ.get("FUZZ_SEED", "4443"))
COUNT = int(os.environ.get("FUZZ_COUNT") or amount(50000, 10000))
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NESTED = 0x8000
HERE = os.path.dirname(os.path.abspath(__file__))
bed = Bed("p1", "p2")
bed.dvr("""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b addr 198.51.100.1/24
    port add p1 segment a mac 02:00:00:00:01:01 addr 192.0.2.10
    port add p2 segment b
    route add r1 203.0.113.0/24 via 198.51.100.2
    neigh add segment a 192.0.2.7 lladdr 02:00:00:00:01:07
""")


def attr(kind, data, flags=0):
    return struct.pack("=HH", 4 + len(data), kind | flags) + data + \
        b"\0" * (-len(data) % 4)


def nest(kind, *attrs):
    return attr(kind, b"".join(attrs), NESTED)


def numbers():
    """Names of the uapi header, DVR_..., and their numbers.

    An enum counts on from its last value; the header is generated and plain.
    """
    out, value, inside = {}, 0, False
    with open(os.path.join(HERE, "../uapi/linux/dvr.h"),
              encoding="ascii") as file:
        for line in file:
            line = line.split("/*")[0].strip()
            if line.startswith("enum"):
                value, inside = 0, True
            elif line.startswith("}"):
                inside = False
            elif inside and line.startswith(("DVR_", "__DVR_")):
                name, _, given = line.rstrip(",").partition("=")
                if given.strip():
                    given = given.strip()
                    value = int(given, 0) if given[0].isdigit() else \
                        out.get(given.strip("()").split(" ")[0], 0)
                out[name.strip()] = value
                value += 1
    return out


N = numbers()


def text(string):
    return string.encode() + b"\0"


def u32(value):
    return struct.pack("=I", value)


def prefix(kind, address, length):
    return nest(kind, attr(N["DVR_A_PREFIX_ADDR"], ip(address)),
                attr(N["DVR_A_PREFIX_LEN"], u32(length)))


def a(obj, field, data):
    return attr(N[f"DVR_A_{obj}_{field}"], data)


def objects():
    """(object, attributes) of every kind, as add and set would have them."""
    P = N["DVR_A_PORT_ADDR"]
    I = N["DVR_A_IFACE_ADDR"]
    hop = N["DVR_A_ROUTE_NEXTHOP"]
    return [
        ("ROUTER", [a("ROUTER", "NAME", text("r1")),
                    a("ROUTER", "ICMP_RATE_PPS", u32(10)),
                    a("ROUTER", "NEIGH_LIMIT", u32(10)),
                    a("ROUTER", "PUNT", u32(1))]),
        ("ROUTER", [a("ROUTER", "NAME", text("r2")), a("ROUTER", "ID", u32(5)),
                    a("ROUTER", "IFNAME", text("r2x"))]),
        ("ROUTER", [a("ROUTER", "NAME", text("r3")), a("ROUTER", "NETDEV", u32(0))]),
        ("SEGMENT", [a("SEGMENT", "NAME", text("a")),
                     a("SEGMENT", "MTU", u32(1400)),
                     a("SEGMENT", "UNKNOWN", u32(1)),
                     a("SEGMENT", "SUPPRESS", u32(0))]),
        ("SEGMENT", [a("SEGMENT", "NAME", text("c")),
                     a("SEGMENT", "VNI", u32(77)), a("SEGMENT", "ID",
                                                     u32(99))]),
        ("PORT", [a("PORT", "NAME", text("p1")), a("PORT", "MAC",
                                                   mac("02:00:00:00:01:02")),
                  prefix(P, "192.0.2.11", 32), prefix(P, "2001:db8:1::", 64),
                  a("PORT", "SECURITY", u32(1))]),
        ("PORT", [a("PORT", "NAME", text("p9")),
                  a("PORT", "SEGMENT", text("b")), a("PORT", "DEV",
                                                     text("tap9")),
                  a("PORT", "ATTACH", u32(1)), a("PORT", "UPLINK", u32(1)),
                  a("PORT", "UNSET", u32(N["DVR_A_PORT_MAC"]))]),
        ("ROUTER", [a("ROUTER", "NAME", text("r1")),
                    a("ROUTER", "UNSET", u32(N["DVR_A_ROUTER_HELPERS"])),
                    a("ROUTER", "UNSET", u32(N["DVR_A_ROUTER_ZONE"]))]),
        ("IFACE", [a("IFACE", "ROUTER", text("r1")),
                   a("IFACE", "SEGMENT", text("a")),
                   a("IFACE", "UNSET", u32(N["DVR_A_IFACE_MAC"])),
                   a("IFACE", "UNSET", u32(N["DVR_A_IFACE_RA_PREFIX"]))]),
        ("IFACE", [a("IFACE", "ROUTER", text("r1")),
                   a("IFACE", "SEGMENT", text("a")),
                   prefix(I, "192.0.2.1", 24), prefix(I, "2001:db8:1::1", 64),
                   a("IFACE", "RPF", u32(1))]),
        ("IFACE", [a("IFACE", "ROUTER", text("r2")),
                   a("IFACE", "SEGMENT", text("c")),
                   a("IFACE", "MAC", mac("02:00:00:00:0c:01")),
                   prefix(I, "203.0.113.1", 28)]),
        ("ROUTE", [a("ROUTE", "ROUTER", text("r1")),
                   prefix(N["DVR_A_ROUTE_DST"], "10.0.0.0", 8),
                   a("ROUTE", "METRIC", u32(3)),
                   nest(hop, a("NEXTHOP", "VIA", ip("198.51.100.2")),
                        a("NEXTHOP", "WEIGHT", u32(3))),
                   nest(hop, a("NEXTHOP", "VIA", ip("198.51.100.3")))]),
        ("ROUTE", [a("ROUTE", "ROUTER", text("r1")),
                   prefix(N["DVR_A_ROUTE_DST"], "2001:db8:9::", 48),
                   a("ROUTE", "TYPE", u32(1))]),
        ("NEIGH", [a("NEIGH", "SEGMENT", text("a")),
                   a("NEIGH", "IP", ip("192.0.2.7")),
                   a("NEIGH", "LLADDR", mac("02:00:00:00:01:08")),
                   a("NEIGH", "PORT", text("p1"))]),
        ("NEIGH", [a("NEIGH", "SEGMENT", text("b")),
                   a("NEIGH", "IP", ip("2001:db8:2::7")),
                   a("NEIGH", "LLADDR", mac("02:00:00:00:01:09")),
                   a("NEIGH", "HOST", ip("192.0.2.99"))]),
        ("FDB", [a("FDB", "SEGMENT", text("a")),
                 a("FDB", "MAC", mac("02:00:00:00:05:01")),
                 a("FDB", "PORT", text("p1"))]),
        ("DROP", [a("DROP", "REASON", text("no_route")),
                  a("DROP", "ROUTER", text("r1"))]),
        ("LOOKUP", [a("LOOKUP", "ROUTER", text("r1")),
                    attr(2, ip("203.0.113.9"))]),
    ]


# How many attributes at the beginning name the object: a del and a get have no others.
NAMED_BY = {"ROUTER": 1, "SEGMENT": 1, "PORT": 1, "IFACE": 2, "ROUTE": 2, "NEIGH": 2,
            "FDB": 2}


def commands():
    """Numbers of all commands, and a few that are none."""
    got = sorted({v for k, v in N.items() if k.startswith("DVR_CMD_") and
                  "MAX" not in k})
    return got + [0, max(got) + 1, 255]


def build(rng, pool, cmds):
    """(command, flags, payload) of a message that is at least half right."""
    kind, attrs = rng.choice(pool)
    verb = rng.choice(("GET", "ADD", "SET", "DEL", "ADD", "SET"))
    # Netdevs are slow to make; routers come and go now and then.
    if kind == "ROUTER" and verb in ("ADD", "DEL") and rng.random() < 0.9:
        verb = "SET"
    if verb in ("GET", "DEL") and rng.random() < 0.8:
        attrs = attrs[:NAMED_BY.get(kind)]
    attrs = [x for x in attrs if rng.random() < 0.85]
    rng.shuffle(attrs)
    if rng.random() < 0.1:
        attrs += attrs
    if rng.random() < 0.15:
        attrs += rng.choice(pool)[1]
    body = nest(N[f"DVR_A_{kind}"], *attrs)
    cmd = N.get(f"DVR_CMD_{kind}_{verb}", N.get(f"DVR_CMD_{kind}_GET"))
    if cmd is None:
        cmd = rng.choice(cmds)
    dice = rng.random()
    if dice < 0.2:
        ops = b""
        for _ in range(rng.randint(1, 6)):
            kind, attrs = rng.choice(pool)
            if kind in ("DROP", "LOOKUP", "ROUTER"):
                continue
            verb = rng.choice(("ADD", "SET", "DEL"))
            op = N.get(f"DVR_CMD_{kind}_{verb}")
            if verb == "DEL":
                attrs = attrs[:NAMED_BY[kind]]
            ops += nest(N["DVR_A_OP"], attr(N["DVR_A_OP_CMD"], u32(op)),
                        nest(N[f"DVR_A_OP_{kind}"], *attrs))
        return N["DVR_CMD_BATCH"], 0, ops
    if dice < 0.3:
        return cmd, NLM_F_DUMP, body
    if dice < 0.35:
        return rng.choice(cmds), rng.choice((0, NLM_F_DUMP)), body
    return cmd, 0, body


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        if not data:
            break
        what, where = rng.random(), rng.randrange(len(data))
        if what < 0.4:
            data[where] = rng.choice((0, 1, 2, 4, 8, 16, 0x7f, 0x80, 0xff,
                                      rng.randrange(256)))
        elif what < 0.6:
            data[where & ~3:(where & ~3) + 2] = struct.pack(
                "=H", rng.choice((0, 1, 3, 4, 5, 8, 64, 0x7fff, 0xffff)))
        elif what < 0.75:
            del data[where:]
        elif what < 0.9:
            data[where & ~3:where & ~3] = bytes(rng.randrange(0, 12, 4))
        else:
            data += data[where:]
    return bytes(data)


class Genl:
    """A generic netlink socket to the family dvr."""

    def __init__(self, ns):
        with in_ns(ns):
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.settimeout(5)
        self.family = 16
        self.send(3, NLM_F_ACK, attr(2, text("dvr")))
        for kind, data in self.attrs(self.sock.recv(65536)[20:]):
            if kind == 1:
                self.family = struct.unpack("=H", data[:2])[0]
        if self.family == 16:
            raise Fail("no family dvr")
        self.sock.recv(65536)
        self.sock.setblocking(False)

    def send(self, cmd, flags, payload, reserved=0):
        self.sock.send(struct.pack("=IHHII", 20 + len(payload), self.family,
                                   NLM_F_REQUEST | flags, 1, 0) +
                       struct.pack("=BBH", cmd, 1, reserved) + payload)

    def drain(self):
        """Read all that came; returns how often a request was granted."""
        good = 0
        while True:
            try:
                data = self.sock.recv(1 << 17)
            except BlockingIOError:
                return good
            except OSError as err:
                if err.errno != 105:
                    raise
                continue
            at = 0
            while at + 16 <= len(data):
                size, kind = struct.unpack_from("=IH", data, at)
                if kind == 2 and not struct.unpack_from("=i", data, at + 16)[0]:
                    good += 1
                at += max(size + 3 & ~3, 16)

    @staticmethod
    def attrs(data):
        while len(data) >= 4:
            size, kind = struct.unpack("=HH", data[:4])
            if size < 4:
                return
            yield kind & 0x3fff, data[4:size]
            data = data[size + 3 & ~3:]


@test(f"{COUNT} mutated requests of seed {SEED} leave a configuration behind")
@once
def fuzz():
    log(f"seed {SEED}, {COUNT} messages: FUZZ_SEED={SEED} "
        f"FUZZ_COUNT={COUNT} {sys.argv[0]}")
    genl = Genl(bed.hv)
    rng = random.Random(SEED)
    pool, cmds = objects(), commands()
    good = 0
    start = time.monotonic()
    for _ in range(COUNT):
        cmd, flags, payload = build(rng, pool, cmds)
        try:
            genl.send(cmd, flags or NLM_F_ACK, mutate(rng, payload))
        except OSError as err:
            if err.errno not in (11, 105, 16):
                raise
        good += genl.drain()
    log(f"{COUNT} messages in {time.monotonic() - start:.1f} s, "
        f"{good} granted")
    need(good > COUNT / 50, f"only {good} requests were granted")


@test("afterwards save works, and another namespace takes what it says")
def saved():
    fuzz()
    first = bed.dvradm("save").stdout
    log(first)
    name = f"{bed.hv}2"
    run("ip", "netns", "add", name)
    bed.clean.append(name)
    sysctl(name, ipv4__ip_forward=1)
    run(DVRADM, "-n", name, "-b", "-", input=first)
    equal(run(DVRADM, "-n", name, "save").stdout, first, "saved again")


@test("afterwards every object can be shown and deleted")
def deleted():
    fuzz()
    for kind in ("router", "segment", "port", "iface", "route", "neigh", "fdb"):
        bed.show(kind, "show")
    for kind in ("router", "port", "segment"):
        bed.dvr("".join(f"{kind} del {o['name']}\n"
                        for o in bed.show(kind, "show")))
    equal(bed.dvradm("save").stdout, "", "what is left")
    bed.dvr("router add r1\nsegment add a\n"
            "iface add r1 segment a addr 192.0.2.1/24\n")


@test("a message to another namespace's objects finds none")
def confined():
    before = bed.show("router", "show")
    if "r1" not in [r["name"] for r in before]:
        bed.dvr("router add r1\n")
        before = bed.show("router", "show")
    genl = Genl(bed.vm)
    genl.send(N["DVR_CMD_ROUTER_DEL"], NLM_F_ACK,
              nest(N["DVR_A_ROUTER"], a("ROUTER", "NAME", text("r1"))))
    time.sleep(0.05)
    equal(genl.drain(), 0, "requests granted elsewhere")
    equal(len(bed.show("router", "show")), len(before), "routers")


@test("D1-1 reserved fields and flags without a meaning are refused")
def reserved():
    genl = Genl(bed.hv)
    payload = nest(N["DVR_A_SEGMENT"], a("SEGMENT", "NAME", text("reserved")))
    for flags, field in ((NLM_F_ACK, 0x1234), (NLM_F_ACK | 0x400, 0), (NLM_F_ACK | 0x800, 0),
                         (NLM_F_ACK | 0x40, 0)):
        genl.send(N["DVR_CMD_SEGMENT_ADD"], flags, payload, field)
        time.sleep(0.05)
        equal(genl.drain(), 0, f"granted with flags {flags:#x} and reserved {field:#x}")
    genl.send(N["DVR_CMD_SEGMENT_ADD"], NLM_F_ACK, payload)
    defer(bed.dvr, "segment del reserved\n")
    time.sleep(0.05)
    equal(genl.drain(), 1, "granted without")


finish(bed)
