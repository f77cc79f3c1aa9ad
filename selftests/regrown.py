#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
"""Dumps of connections while their table grows."""

import os
import re
import socket
import struct

from lib import both, busywait, defer, equal, finish, in_ns, need, test, two_segments

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../uapi/linux/dvr.h")
REQUEST, DUMP, INTR = 1, 0x300, 0x10
CONTROL = 16        # GENL_ID_CTRL
DONE = 3

bed = two_segments()


def command(name):
    """The number of a command of the spec."""
    with open(HEADER, encoding="ascii") as file:
        text = re.search(r"enum \{\n\tDVR_CMD_.*?\};", file.read(), re.S)[0]
    names = re.findall(r"^\t(DVR_CMD_\w+)", text, re.M)
    return names.index(name) + 1


def a_socket():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, CONTROL)
    defer(sock.close)
    return sock


def family():
    """The number of the module's family."""
    sock = a_socket()
    sock.send(struct.pack("=IHHIIBBHHH4s", 28, CONTROL, REQUEST, 1, 0, 3, 1, 0, 8, 2, b"dvr"))
    data = sock.recv(8192)[20:]
    while data:
        size, kind = struct.unpack("=HH", data[:4])
        if kind == 1:
            return struct.unpack("=H", data[4:6])[0]
        data = data[size + 3 & ~3:]
    raise LookupError("no family")


class Dump:
    """A dump of connections of which each part is read when it is asked for."""

    def __init__(self):
        self.sock = a_socket()
        self.sock.send(struct.pack("=IHHIIBBH", 20, family(), REQUEST | DUMP, 1, 0,
                                   command("DVR_CMD_FLOW_GET"), 1, 0))
        self.parts, self.marks, self.objects = 0, 0, 0

    def more(self):
        """Read a part; false if it was the last."""
        data = self.sock.recv(4096)
        self.parts += 1
        while data:
            size, kind, flags = struct.unpack("=IHH", data[:8])
            self.marks += bool(flags & INTR)
            if kind == DONE:
                return False
            self.objects += 1
            data = data[size + 3 & ~3:]
        return True


@test("B11 a dump of connections that begins anew, because their table grew, is marked so")
@both
def regrown(v):
    rule = {4: "from 192.0.2.0/24 to 198.51.100.50",
            6: "from 2001:db8:1::/64 to 2001:db8:2::50"}[v]
    bed.dvr(f"nat add r1 out b snat {rule} handle 99\n")
    defer(bed.dvr, "nat del r1 handle 99\n")

    def connect(first, end):
        for sport in range(first, end):
            bed.h1.udp(bed.h3.addr(v), sport=sport)
            if sport % 50 == 49:
                bed.poll()
        busywait(20, f"{end - 2000} connections", lambda: len(
            bed.show("flow", "show", "router", "r1")) >= end - 2000)

    connect(2000, 2100)
    with in_ns(bed.hv):
        for grow in (False, True):
            dump = Dump()
            while dump.more():
                if grow and dump.parts == 1:
                    connect(2100, 2900)
            need(dump.parts > 3, f"all came in {dump.parts} parts")
            need(dump.objects >= 100, f"{dump.objects} connections")
            equal(dump.marks > 0, grow, "marked as interrupted")


@test("B11 a search among many connections finds those of a filter, and ends no others")
@both
def searched(v):
    rule = {4: "from 192.0.2.0/24 to 198.51.100.50",
            6: "from 2001:db8:1::/64 to 2001:db8:2::50"}[v]
    bed.dvr(f"nat add r1 out b snat {rule} handle 99\n")
    defer(bed.dvr, "nat del r1 handle 99\n")
    ports = range(2000, 3500)       # more than one search looks at without a pause
    for sport in ports:
        bed.h1.udp(bed.h3.addr(v), sport=sport)
        if sport % 50 == 49:
            bed.poll()
    busywait(20, "connections", lambda: len(bed.show("flow")) >= len(ports))
    equal(len(bed.show("flow", "show", "port", "2750")), 1, "connections of a port")
    bed.dvradm("flow", "flush", "port", "2750")
    equal(len(bed.show("flow", "show", "port", "2750")), 0, "connections after the flush")
    equal(len(bed.show("flow")), len(ports) - 1, "other connections")


finish(bed)
