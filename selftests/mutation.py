# SPDX-License-Identifier: GPL-2.0-only
"""Frames with mistakes, for tests that send many of them."""

import struct

from frames import ICMP6, checksum

INTERESTING = (0, 1, 2, 4, 5, 6, 7, 8, 0x0f, 0x10, 0x3a, 0x3b, 0x3c, 0x40,
               0x45, 0x46, 0x4f, 0x60, 0x7f, 0x80, 0xfe, 0xff)


def mutate(rng, frame):
    """A few bytes changed, cut or added; the headers are hit most."""
    data = bytearray(frame)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 6))):
        if not data:
            break
        what = rng.random()
        where = rng.randrange(min(len(data), 78 if what < 0.9 else 1500))
        if what < 0.45:
            data[where] = rng.choice(INTERESTING)
        elif what < 0.7:
            data[where] ^= 1 << rng.randrange(8)
        elif what < 0.8:
            data[where:where + 2] = struct.pack("!H", rng.choice(
                (0, 1, 7, 8, 20, 39, 40, 0x1fff, 0x2000, 0xfff8, 0xffff)))
        elif what < 0.88:
            del data[rng.randrange(len(data)):]
        elif what < 0.94:
            data[where:where] = bytes(rng.randrange(16))
        else:
            del data[where:where + rng.randrange(1, 9)]
    return data


def repair(data):
    """Make checksums right again, so that more than the first check is met."""
    kind = bytes(data[12:14])
    if kind == b"\x08\x00" and len(data) >= 34:
        size = (data[14] & 15) * 4
        if 20 <= size <= len(data) - 14:
            data[24:26] = b"\0\0"
            data[24:26] = struct.pack("!H", checksum(bytes(
                data[14:14 + size])))
    elif kind == b"\x86\xdd" and len(data) > 58 and data[20] == ICMP6:
        body = data[54:54 + int.from_bytes(data[18:20], "big")]
        if len(body) >= 4:
            body[2:4] = b"\0\0"
            head = bytes(data[22:54]) + struct.pack("!IHBB", len(body), 0, 0,
                                                    ICMP6)
            data[56:58] = struct.pack("!H", checksum(head + bytes(body)))
