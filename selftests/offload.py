# SPDX-License-Identifier: GPL-2.0-only
"""Frames of a machine with offloads: the checksum of TCP or UDP is missing, and TCP packets
are longer than a segment.  A virtio-net header describes the frame.
"""

import struct

from chatter import cksum, pseudo
from frames import DSTOPTS, TCP, UDP

NONE = bytes(10)
MTU = 1500
PARTIAL, GSO4, GSO6 = 1, 1, 4
SEGMENTS = (30, 100, 536, 1200, 1208, 1220, 1400, 1428, 1440, 1448, 1460, 1461,
            2000)


def layers(frame):
    """Where TCP or UDP begins and ends, which it is, and both addresses; None
    of a fragment."""
    if frame[12:14] == b"\x08\0":
        size, frag = struct.unpack_from("!H2xH", frame, 16)
        if frag & 0x3fff:
            return None
        return (14 + (frame[14] & 15) * 4, 14 + size, frame[23], frame[26:34])
    size, proto = struct.unpack_from("!HB", frame, 18)
    start = 54
    if proto == DSTOPTS:
        proto, start = frame[54], 62
    return start, 54 + size, proto, frame[22:54]


def offloaded(r, frame, share):
    """FRAME and its header, as a machine leaves it that does so with SHARE of
    its packets.  What is too long for a frame has no choice."""
    what = layers(frame)
    long = len(frame) > MTU + 14
    if not what or what[2] not in (TCP, UDP) or \
            not long and r.random() >= share:
        return frame, NONE
    start, end, proto, addrs = what
    if long:
        frame = frame[:end]             # Ethernet's trailer is for short ones
    size = end - start
    if end != len(frame) or size < (20 if proto == TCP else 8):
        return frame, NONE
    v = 4 if len(addrs) == 8 else 6
    at = start + (16 if proto == TCP else 6)
    sum_ = 0xffff ^ cksum(pseudo(v, addrs, b"", proto, size))
    frame = frame[:at] + struct.pack("!H", sum_) + frame[at + 2:]
    head, kind, segment = start + 8, 0, 0
    if proto == TCP:
        head = start + (frame[start + 12] >> 4) * 4
        fit = [n for n in SEGMENTS if n < end - head]
        if fit and start + 20 <= head and (long or r.random() < .8):
            kind, segment = GSO4 if v == 4 else GSO6, r.choice(fit)
    return frame, struct.pack("<BBHHHH", PARTIAL, kind, min(head, end), segment,
                              start, at - start)
