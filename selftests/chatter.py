# SPDX-License-Identifier: GPL-2.0-only
"""Connections that send random packets, most of them correct and some not."""

import random
import struct

from frames import TCP, UDP, ip
from natlib import ACK, FIN, PSH, RST, SYN


def cksum(data):
    """As lib's, but fast."""
    if len(data) & 1:
        data += b"\0"
    return -int.from_bytes(data, "big") % 65535


def l3(r, v, src, dst, proto, body, plain):
    """A packet; if it is not PLAIN, something about it is not common."""
    ttl, flags, opts, tos = 64, r.getrandbits(1) << 1, b"", 0
    if not plain:
        ttl = r.choice((0, 1, 2, 2, 3, 255, 64, 64))
        tos = r.choice((0, 1, 3, 0xb8))
        if r.random() < .2:
            opts = r.choice((b"\1\1\1\0", b"\x94\x04\0\0",
                             b"\x07\x07\x04\0\0\0\0\0", b"\x44\x08\x05\0\0\0\0\0"))
    if v == 4:
        size = 20 + len(opts)
        head = struct.pack("!BBHHHBBH", 0x45 + len(opts) // 4, tos,
                           size + len(body), r.getrandbits(16), flags << 13,
                           ttl, proto, 0) + src + dst + opts
        sum_ = cksum(head)
        if not plain and r.random() < .05:
            sum_ ^= 0x100
        return head[:10] + struct.pack("!H", sum_) + head[12:] + body
    ext = b""
    if opts:
        ext, proto = struct.pack("!BB6s", proto, 0, b"\1\4\0\0\0\0"), 60
    return struct.pack("!IHBB", 6 << 28 | tos << 20 | r.getrandbits(20) * plain,
                       len(ext + body), proto, ttl) + src + dst + ext + body


def pseudo(v, src, dst, proto, size):
    if v == 4:
        return src + dst + struct.pack("!HH", proto, size)
    return src + dst + struct.pack("!II", size, proto)


def cut(r, whole, size):
    """WHOLE in fragments, in some order."""
    v = whole[0] >> 4
    head = (whole[0] & 15) * 4 if v == 4 else 40
    body, parts = whole[head:], []
    ident = r.getrandbits(32)
    for off in range(0, len(body), size):
        part, more = body[off:off + size], off + size < len(body)
        if v == 4:
            h = bytearray(whole[:head])
            struct.pack_into("!HHH", h, 2, head + len(part), ident & 0xffff,
                             more << 13 | off >> 3)
            h[10:12] = b"\0\0"
            h[10:12] = struct.pack("!H", cksum(bytes(h)))
            parts.append(bytes(h) + part)
        else:
            parts.append(whole[:4] + struct.pack("!HBB", len(part) + 8, 44,
                                                 whole[7]) + whole[8:40] +
                         struct.pack("!BBHI", whole[6], 0, off | more, ident) +
                         part)
    if r.random() < .5:
        r.shuffle(parts)
    return parts


NOISE = random.Random(1).randbytes(1 << 16)


class End:
    """One end of a connection: where it sends from, and to what."""

    def __init__(self, place, src, dst, sport, dport):
        self.place, self.sport, self.dport = place, sport, dport
        self.src, self.dst = ip(src), ip(dst)
        self.seq, self.scale, self.sent = 0, 0, b""


class Conn:
    """Packets of a connection, most of them as they should be.

    MOST is how much data TCP sends at once: one who sends it may have to cut it
    (see offload.py).  COMMON is the share of packets with nothing odd about them;
    if it is all of them, TCP still says what should not count, but no nonsense."""

    most, common = 1400, .9

    def __init__(self, r, v, proto, a, b, what):
        self.r, self.v, self.proto, self.end = r, v, proto, (a, b)
        self.what, self.state, self.left = what, 0, 0

    def frames(self, gate):
        """The next packet, as frames of (device, bytes)."""
        r = self.r
        plain = r.random() < self.common
        side = r.getrandbits(1)
        if self.proto == TCP:
            side, body = self.tcp(plain)
            e = self.end[side]
        else:
            if not self.left:
                side = 0
            self.left = 1
            e = self.end[side]
            body = self.udp(e, plain) if self.proto == UDP else \
                self.icmp(e, side, plain)
        whole = l3(r, self.v, e.src, e.dst, self.proto, body, plain)
        parts = [whole]
        if not plain and len(body) > 64 and r.random() < .2 and \
                whole[6 if self.v == 6 else 9] == self.proto:
            parts = cut(r, whole, r.choice((32, 128, 512)))
            if len(parts) > 8:
                parts = [whole]
        head = gate[e.place]
        if not plain and r.random() < .02:
            head = head[:5] + bytes([head[5] ^ 0x40]) + head[6:]
        if not plain and r.random() < .1:
            parts[-1] += bytes(r.randrange(1, 20))      # trailer of Ethernet
        kind = b"\x08\0" if self.v == 4 else b"\x86\xdd"
        return [(e.place, head + kind + p) for p in parts]

    def data(self, most):
        r = self.r
        size = r.choice((0, 1, 8, 20, 64, 100, 100, 500, most))
        at = r.randrange(60000)
        return NOISE[at:at + size]

    def fill(self, e, body, at, plain, zero):
        """Put the checksum of TCP or UDP at AT."""
        sum_ = cksum(pseudo(self.v, e.src, e.dst, self.proto, len(body)) + body)
        if zero:
            sum_ = sum_ or 0xffff
        if not plain:
            kind = self.r.random()
            if kind < .1:
                sum_ ^= 1 << self.r.randrange(16)
            elif kind < .3 and zero:
                sum_ = 0
        return body[:at] + struct.pack("!H", sum_) + body[at + 2:]

    def udp(self, e, plain):
        data = self.data(1400)
        size = 8 + len(data)
        if not plain and self.r.random() < .1:
            size += self.r.choice((-8, -1, 1, 4))
        if not plain and self.r.random() < .03:
            return NOISE[:self.r.randrange(8)]
        return self.fill(e, struct.pack("!HHHH", e.sport, e.dport, max(size, 0),
                                        0) + data, 6, plain, True)

    def icmp(self, e, side, plain):
        kind = (8, 0)[side] if self.v == 4 else (128, 129)[side]
        body = struct.pack("!BBHHH", kind, 0, 0, e.sport, 1) + self.data(600)
        extra = b"" if self.v == 4 else pseudo(6, e.src, e.dst, 58, len(body))
        sum_ = cksum(extra + body) ^ (not plain and self.r.random() < .1)
        return body[:2] + struct.pack("!H", sum_) + body[4:]

    def segment(self, side, flags, data, plain, opts=b"", seq=None, ack=None,
                win=None):
        e, o = self.end[side], self.end[not side]
        seq = e.seq if seq is None else seq
        ack = (o.seq if flags & ACK else 0) if ack is None else ack
        if win is None:
            win = self.r.choice((0, 1, 500, 3000, 29200, 65535, 65535, 65535))
        if not opts and not flags & SYN and self.ts:
            opts = struct.pack("!IQ", 0x0101080a, self.r.getrandbits(64))
        body = struct.pack("!HHIIBBHHH", e.sport, e.dport, seq & 0xffffffff,
                           ack & 0xffffffff, (20 + len(opts)) << 2, flags, win,
                           0, 0) + opts + data
        body = self.fill(e, body, 16, plain, False)
        return body

    def say(self, side, flags, plain, data=b"", opts=b""):
        """A segment that counts."""
        body = self.segment(side, flags, data, True if flags & SYN else plain,
                            opts)
        e = self.end[side]
        e.sent = body
        e.seq += len(data) + bool(flags & (SYN | FIN))
        return side, body

    def tcp(self, plain):
        r = self.r
        if self.state < 3:
            # Not every handshake is one.
            if r.random() < .03:
                return self.odd(r.getrandbits(1))
            self.state += 1
            if self.state == 1:
                self.ts = r.random() < .5
                for e in self.end:
                    e.seq = r.getrandbits(32)
                self.scale = r.choice((b"", bytes((3, 3, r.randrange(15), 1))))
                self.sack = r.choice((b"", b"\4\2\1\1"))
            opts = b"\2\4\5\xb4" + self.scale + self.sack
            if self.state < 3:
                return self.say(self.state - 1,
                                (SYN, SYN | ACK)[self.state - 1], True, b"",
                                opts)
            return self.say(0, ACK, True)
        side, kind = r.getrandbits(1), r.random()
        if kind < .005:
            self.state = r.choice((0, 3, 3))
            return self.say(side, FIN | ACK, plain)
        if kind < .0075:
            self.state = 0
            return self.say(side, RST | ACK, plain)
        if kind < .06:
            return self.odd(side)
        if kind < .4:
            return self.say(side, ACK, plain)
        return self.say(side, ACK | (r.getrandbits(1) and PSH), plain,
                        self.data(self.most))

    ts, scale, sack = False, b"", b""

    def odd(self, side):
        """A segment that should not count, or is not common."""
        r, e, o = self.r, self.end[side], self.end[not side]
        kind = r.randrange(12 if self.common < 1 else 9)
        if kind < 2 and e.sent:
            return side, e.sent                     # again
        if kind < 4:
            return side, self.segment(side, ACK, self.data(self.most), True,
                                      seq=e.seq + r.choice((
                                          -1, -500, 70000, 1 << 20, 1 << 31)))
        if kind < 6:
            return side, self.segment(side, ACK, b"", True, ack=o.seq + r.choice(
                (1, 1000, -1, -60000, -70000, 1 << 31)))
        if kind < 7:
            return side, self.segment(side, ACK, b"", True, struct.pack(
                "!BBBBII", 1, 1, 5, 10, o.seq + 1000 & 0xffffffff,
                o.seq + 2000 & 0xffffffff))
        if kind < 8:
            return side, self.segment(side, r.choice((
                SYN, RST, FIN | ACK, SYN | ACK, 0, 0x20 | ACK, 63, SYN | FIN,
                RST | ACK)), b"", True, seq=e.seq + r.choice((0, 1, -1, 90000)))
        if kind < 9:
            return self.say(side, ACK | r.choice((0x40, 0x80, 0xc0)), True,
                            self.data(self.most))
        if kind < 10:
            body = self.segment(side, ACK, b"data", True)
            return side, body[:12] + bytes([r.choice((0, 0x40, 0x60, 0xf0))]) + \
                body[13:]
        if kind < 11:
            body = self.segment(side, ACK, b"", True)
            return side, body[:r.randrange(20)]
        return self.say(side, ACK, True, self.data(self.most), r.choice((
            b"\1\1\1\1", b"\1\1\1\1\x08\x0a" + bytes(8) + b"\1\1",
            b"\x08\x0a" + bytes(8) + b"\1\1", b"\xfe\x0c" + bytes(10))))
