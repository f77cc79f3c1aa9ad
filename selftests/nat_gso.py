#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""NAT of packets with segmentation offload.  The bed is natlib's, with frames that have a
virtio-net header."""

import struct

from frames import TCP, checksum, eth, packet, pseudo, tcp
from lib import equal, finish, need, test
from natlib import ACK, GWE, GWI, INSIDE6, M1, NatBed, Tcp, both, outside

SEGMENT, SIZE = 1000, 4500
bed = NatBed(f"""
    nat add r1 out ext snat from 10.1.0.0/24 to {outside(4, 10)}
    nat add r1 out ext snat from {INSIDE6}/120 to {outside(6, 10)}
""", vnet=True)
x, p3 = bed.x, bed.p3


def whole(conn, data, dontfrag):
    """DATA of a connection in one piece, with the header that has it cut."""
    v6 = conn.v == 6
    body = bytearray(tcp(conn.src, conn.dst, data, conn.sport, conn.dport,
                         conn.iseq, conn.oseq, ACK))
    part = ~checksum(pseudo(conn.src, conn.dst, TCP, len(body))) & 0xffff
    body[16:18] = struct.pack("!H", part)
    head = 54 if v6 else 34
    vnet = struct.pack("<BBHHHH", 1, 4 if v6 else 1, head + 20, SEGMENT, head, 16)
    kw = {} if v6 else {"flags": 2 * dontfrag, "ident": 7}
    return eth(GWI, M1, packet(conn.src, conn.dst, TCP, bytes(body), **kw)), vnet


def across(conn, dontfrag=True):
    """SIZE bytes of a connection, and what they are outside."""
    data = (bed.token() * SIZE)[:SIZE]
    frame, vnet = whole(conn, data, dontfrag)
    bed.flush()
    bed.p1.send(frame, vnet)
    got = p3.expect(lambda p: p.proto == TCP and p.src == GWE and
                    data[:SEGMENT] in p.raw, "the segments outside")
    conn.iseq += SIZE
    conn.reply(ACK)
    equal((got.saddr, got.sport), (conn.ext, conn.eport), "source")
    equal((got.l4[20:], got.vnet[3]), (data, SEGMENT), "data, size of a segment")
    return got


@test("a packet of many segments crosses in one piece, its checksum to be made")
@both
def crosses(v):
    conn = Tcp(bed, v, 12).open()
    for _ in range(6):
        got = across(conn)
        need(got.vnet[0] & 1, "the checksum is not left to be made")
        part = checksum(pseudo(got.saddr, got.daddr, TCP, len(got.l4)))
        equal(struct.unpack("!H", got.l4[16:18])[0], ~part & 0xffff,
              "sum of the pseudo-header")
        if v == 4:
            equal(got.ident, 7, "identification with DF")


@test("no two segments of two hosts have the same IPv4 identification")
def identifications():
    for cache in ("on", "off"):
        bed.dvr(f"router set r1 flow-cache {cache}\n")
        conns = [Tcp(bed, 4, n).open() for n in (12, 13)]
        used = []
        for _ in range(20):
            for conn in conns:
                first = across(conn, dontfrag=False).ident
                used += [(first + n) & 0xffff for n in range(-(-SIZE // SEGMENT))]
                conn.alive()
        equal(len(used) - len(set(used)), 0, f"given twice, flow-cache {cache}")


finish(bed)
