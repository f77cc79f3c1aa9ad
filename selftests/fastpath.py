#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
# cache: on
"""Which packets take the fast path, and what it may not do with them.

        h1 p1 --+                                            a: 192.0.2.0/24
        h2 p2 --+-- segment a -- r1 -- segment b -- p3 h3       2001:db8:1::/64
    zc     z0 --+                                            b: 198.51.100.0/24
                                                                2001:db8:2::/64

The kernel's trace event of a frame that is sent has the stack of its sender, which is
dvr_rx_frame() or dvr_rx_ingress() for the slow path. The namespace zc has a stack of its
own and no packet socket, which would copy what a program sends without a copy.
"""

import contextlib
import fcntl
import glob
import itertools
import os
import socket
import struct

from frames import ICMP, ICMP6, TCP, Pkt, eth, packet, tcp, udp_packet
from lib import (Bed, Host, both, busywait, defer, equal, finish, in_ns, need, once, run,
                 sysctl, test)

TRACE = "/sys/kernel/tracing"
GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
bed = Bed("p1", "p2", "p3")
p1, p2, p3 = (bed.wires[name] for name in ("p1", "p2", "p3"))
h1 = Host(p1, "02:00:00:00:01:0a", "192.0.2.10", "2001:db8:1::10", GWA)
h3 = Host(p3, "02:00:00:00:02:0a", "198.51.100.10", "2001:db8:2::10", GWB)
h1.peer, h3.peer = h3, h1
ZC = {4: "192.0.2.20", 6: "2001:db8:1::20"}
GW = {4: "192.0.2.1", 6: "2001:db8:1::1"}
NOBODY = {4: "198.51.100.99", 6: "2001:db8:2::99"}
bed.dvr(f"""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr {GW[4]}/24 addr {GW[6]}/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    port add p1 segment a
    port add p2 segment a attach ingress
    port add z0 segment a
    port add p3 segment b
""")
bed.ip("link set r1 up\n")


# ------------------------------------------------------------------ what is seen

def put(path, text):
    with open(f"{TRACE}/{path}", "w", encoding="ascii") as file:
        file.write(text)


@contextlib.contextmanager
def senders(dev="p3"):
    """A list that gets the stack of each frame that is sent to DEV."""
    if not glob.glob(f"{TRACE}/events"):
        run("mount", "-t", "tracefs", "none", TRACE)
    event = "events/net/net_dev_queue"
    found = []
    put(f"{event}/filter", f'name == "{dev}"')
    put("trace", "\n")
    put("options/stacktrace", "1")
    put(f"{event}/enable", "1")
    try:
        yield found
    finally:
        put(f"{event}/enable", "0")
        put("options/stacktrace", "0")
        put(f"{event}/filter", "0")
    with open(f"{TRACE}/trace", encoding="ascii", errors="replace") as file:
        found += file.read().split("net_dev_queue:")[1:]


def is_slow(stack):
    need("dvr_rx" in stack, f"no packet of a port: {stack}")
    return "dvr_rx_frame" in stack or "dvr_rx_ingress" in stack


def crosses(wire, mac, src):
    """A packet of MAC reaches h3."""
    token = bed.token()
    wire.send(eth(GWA, mac, udp_packet(src, h3.addr(6 if ":" in src else 4), token)))
    p3.expect(lambda p: token in p.raw and p.dst == h3.mac, f"a packet of {mac}")


def slow_ones(sends):
    """How many of the packets of SENDS, a list of functions, took the slow path."""
    with senders() as stacks:
        for send in sends:
            send()
    equal(len(stacks), len(sends), "frames that were sent")
    return sum(map(is_slow, stacks))


# ------------------------------------------------------------------------- tests

def inside(v, n):
    return f"192.0.2.{100 + n}" if v == 4 else f"2001:db8:1::{100 + n}"


@test("B1-1 each source MAC of a port takes the fast path, whoever was heard first")
@both
def sources(v):
    crosses(p1, h1.mac, h1.addr(v))     # h3 is asked for its MAC
    for wire in (p1, p2):
        macs = [f"02:00:00:00:{int(wire.dev[1]):02x}:{v:x}{n:x}" for n in range(6)]
        sends = [lambda m=m, n=n: crosses(wire, m, inside(v, n)) for n, m in enumerate(macs)]
        need(slow_ones(sends) >= len(macs) - 1, "frames of unknown machines are learned from")
        for _ in range(3):
            got = slow_ones(sends * 2)
            # A machine is looked at once a second.
            need(got <= len(macs), f"{wire.dev}: {got} of {2 * len(macs)} packets are slow")
        equal(min(slow_ones(sends * 2) for _ in range(3)), 0,
              f"{wire.dev}: packets on the slow path")



ACK = itertools.count(1)


def acknowledges(wire, pad):
    """A bare ACK of h1, the shortest TCP segment, reaches h3 without the padding."""
    seq = next(ACK)
    body = tcp(h1.v4, h3.v4, seq=seq, ack=seq, flags=0x10)
    wire.send(eth(GWA, h1.mac, packet(h1.v4, h3.v4, TCP, body)) + pad)
    got = p3.expect(lambda p: p.dst == h3.mac and p.raw[34:54] == body, "an ACK")
    equal(len(got.raw), 54, "bytes of the ACK")


# IPv6 has no such frames: its shortest TCP segment is longer than Ethernet's least.
@test("B2-1 an IPv4 packet that a NIC has padded takes the fast path")
def padded():
    for wire in (p1, p2):
        for _ in range(3):
            acknowledges(wire, b"")
        for pad in (b"", bytes(6), b"\xff" * 6):
            # A machine is looked at once a second.
            equal(min(slow_ones([lambda: acknowledges(wire, pad)] * 3) for _ in range(3)), 0,
                  f"ACKs with {len(pad)} bytes of padding on the slow path")


class Tap:
    """The tap of a machine, which writes frames as it likes; a device of Linux repairs them."""

    TUNSETIFF, FLAGS = 0x400454ca, 0x5002     # IFF_TAP | IFF_NO_PI | IFF_VNET_HDR

    def __init__(self, name, mac):
        with in_ns(bed.hv):
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        defer(os.close, self.fd)
        fcntl.ioctl(self.fd, self.TUNSETIFF, struct.pack("16sH22x", name.encode(), self.FLAGS))
        bed.ip(f"link set {name} up\n")
        bed.dvr(f"port add {name} segment a mac {mac} addr {inside(4, 50)} addr {inside(6, 50)}\n")
        defer(bed.dvr, f"port del {name}\n")

    def send(self, frame, vnet=bytes(10)):
        os.write(self.fd, vnet + frame)

    def read(self):
        """All frames that have come."""
        while True:
            try:
                yield Pkt(os.read(self.fd, 70000)[10:])
            except BlockingIOError:
                return


def super_packet(v, mac, size, start):
    """A TCP segment for the NIC to cut into segments of SIZE bytes, whose checksum begins
    START bytes behind the network header."""
    src, dst, header = inside(v, 50), h3.addr(v), 20 if v == 4 else 40
    # What begins at START has the length of a TCP header, where there is none.
    body = tcp(src, dst, b"\x50" * 8000, dport=0x5000)
    frame = eth(GWA, mac, packet(src, dst, TCP, body, **({"flags": 2} if v == 4 else {})))
    vnet = struct.pack("<BBHHHH", 1, {4: 1, 6: 4}[v], 14 + header + 20, size, 14 + start, 16)
    return frame, vnet


@test("B5-1 pmtu-4 a super-packet is judged by its headers, wherever its checksum begins")
@both
def judged(v):
    header, mac = {4: 20, 6: 40}[v], "02:00:00:00:01:50"
    tap = Tap("t0", mac)
    error = {4: (ICMP, 3, 4), 6: (ICMP6, 2, 0)}[v]
    defer(bed.dvr, "router set r1 flow-cache on\n")
    for cache in ("on", "off"):
        bed.dvr(f"router set r1 flow-cache {cache}\n")
        for start in (header, header - 10):
            for _ in range(3):
                crosses(tap, mac, inside(v, 50))
            list(tap.read())
            tap.send(*super_packet(v, mac, 1461 - header + 20, start))
            what = f"an error, checksum from {start}, cache {cache}"
            busywait(3, what, lambda: error in ((p.proto, p.type, p.code) for p in tap.read()))


@once
def zero_copies():
    """The namespace zc behind port z0."""
    zc = f"{bed.vm}-zc"
    run("ip", "netns", "add", zc)
    bed.clean.append(zc)
    sysctl(zc, ipv6__conf__default__accept_dad=0, ipv6__conf__default__accept_ra=0)
    bed.ip(f"link add z0 type veth peer name z0 netns {zc}\nlink set z0 up\n")
    bed.ip(f"""
        link set z0 address 02:00:00:00:01:20 up
        addr add {ZC[4]}/24 dev z0
        addr add {ZC[6]}/64 dev z0 nodad
        neigh add {GW[4]} lladdr {GWA} dev z0
        neigh add {GW[6]} lladdr {GWA} dev z0
        route add default via {GW[4]}
        route add default via {GW[6]}
    """, zc)
    busywait(5, "port z0 is up", lambda: bed.show("port", "show", "z0")[0]["state"] == "up")
    return zc


class Sender:
    """A UDP socket of zc that sends without a copy."""

    ZEROCOPY, MSG_ZEROCOPY, ORIGIN, COPIED = 60, 0x4000000, 5, 1

    def __init__(self, v):
        self.recverr = {4: (0, 11), 6: (41, 25)}[v]
        with in_ns(zero_copies()):
            self.sock = socket.socket({4: socket.AF_INET, 6: socket.AF_INET6}[v],
                                      socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, self.ZEROCOPY, 1)
        self.sock.setblocking(False)
        defer(self.sock.close)

    def send(self, data, dst):
        equal(self.sock.sendto(data, self.MSG_ZEROCOPY, (dst, 5000)), len(data), "sent")

    def sends_copied(self, size, dst, what):
        """A packet of SIZE bytes is sent, and its buffer is free before its time.  Returns
        the bytes, which the buffer has not any more."""
        buffer = bytearray((bed.token() * size)[:size])
        data = bytes(buffer)
        self.send(buffer, dst)
        got = busywait(2.5, what, lambda: [c for c in (self.done(),) if c is not None])
        equal(got, [self.COPIED], what)
        buffer[:] = bytes(size)
        return data

    def done(self):
        """What became of a buffer that may be used again; None of all others."""
        try:
            _, aux, _, _ = self.sock.recvmsg(1, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return None
        for level, kind, value in aux:
            if (level, kind) == self.recverr:
                _, origin, _, code, _ = struct.unpack("=IBBBB", value[:8])
                return code if origin == self.ORIGIN else None
        return None


@test("B7-1 a packet sent without a copy waits for a neighbour on pages of its own")
@both
def waits(v):
    late = Host(p3, "02:00:00:00:02:99", NOBODY[4], NOBODY[6], GWB)
    defer(late.forget)
    bed.dvr("neigh flush segment b\n", check=False)
    bed.flush()
    data = Sender(v).sends_copied(1200, NOBODY[v], "the buffer of a packet that waits")
    # The machine answers as soon as its wire is read.
    p3.expect(lambda p: p.dst == late.mac and data in p.raw, "the bytes as they were sent")


finish(bed)
