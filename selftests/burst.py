# SPDX-License-Identifier: GPL-2.0-only
"""Send and receive many packets at once on all devices of a namespace."""

import ctypes
import socket
import struct
from collections import Counter

from lib import ETH_P_ALL, PACKET_VNET_HDR, SOL_PACKET, in_ns, libc


class Burst:
    """Sends to all devices of a namespace, and sees what comes out of them, in
    order.  One call of the kernel is for many packets.

    Frames are of (device, bytes, header of virtio-net)."""

    SLOT, COUNT = 8192, 512

    def __init__(self, ns):
        with in_ns(ns):
            self.tx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.rx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                    socket.htons(ETH_P_ALL))
            self.index = {d: socket.if_nametoindex(d)
                          for d in ("p1", "p2", "p3", "p4", "p5")}
            for kind in (32, 33):               # SNDBUFFORCE, RCVBUFFORCE
                self.tx.setsockopt(socket.SOL_SOCKET, kind, 64 << 20)
                self.rx.setsockopt(socket.SOL_SOCKET, kind, 64 << 20)
            self.rx.setsockopt(SOL_PACKET, 23, 1)       # PACKET_IGNORE_OUTGOING
            for sock in (self.tx, self.rx):
                sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.dev = {n: d for d, n in self.index.items()}
        self.aside = Counter()
        self.buf = bytearray(self.SLOT * self.COUNT)
        self.view = memoryview(self.buf)
        base = addr(self.buf)
        self.names = bytearray(32 * self.COUNT)
        self.iov = bytearray(b"".join(struct.pack(
            "QQ", base + n * self.SLOT, self.SLOT) for n in range(self.COUNT)))
        self.head = bytearray(b"".join(
            header(addr(self.names) + n * 32, 20, addr(self.iov) + n * 16)
            for n in range(self.COUNT)))
        self.to = {}
        for dev, index in self.index.items():
            self.to[dev] = ctypes.create_string_buffer(
                struct.pack("HHiHBB8s", 17, 0, index, 0, 0, 6, b""))

    def send(self, frames):
        data = ctypes.create_string_buffer(b"".join(v + f for _, f, v in frames))
        base, iov = ctypes.addressof(data), []
        for _, frame, vnet in frames:
            iov += [base, len(vnet + frame)]
            base += len(vnet + frame)
        iov = bytearray(struct.pack(f"{len(iov)}Q", *iov))
        names = {d: ctypes.addressof(t) for d, t in self.to.items()}
        head = bytearray(b"".join(
            header(names[dev], 20, addr(iov) + n * 16)
            for n, (dev, _, _) in enumerate(frames)))
        done = 0
        while done < len(frames):
            got = libc.sendmmsg(self.tx.fileno(),
                                ctypes.c_void_p(addr(head) + done * 64),
                                len(frames) - done, 0)
            if got < 0:
                raise OSError(ctypes.get_errno(), "sendmmsg")
            done += got

    def read(self):
        """What came.

        Left out is how much of a packet lies in one piece, and whether its
        checksum has been looked at already."""
        out = []
        while True:
            got = libc.recvmmsg(self.rx.fileno(),
                                ctypes.c_void_p(addr(self.head)),
                                self.COUNT, 0x40, None)     # MSG_DONTWAIT
            if got <= 0:
                return out
            for n in range(got):
                size = struct.unpack_from("I", self.head, n * 64 + 56)[0]
                index = struct.unpack_from("i", self.names, n * 32 + 4)[0]
                at = n * self.SLOT
                out.append((self.dev[index],
                            bytes(self.view[at + 10:at + size]),
                            bytes((self.view[at] & 1, self.view[at + 1], 0, 0)) +
                            bytes(self.view[at + 4:at + 10])))

    def ordinary(self):
        """What came but for what asks for MAC addresses or tells them, which
        comes when it likes and is only counted."""
        out = []
        for one in self.read():
            dev, frame, _ = one
            if frame[12:14] == b"\x08\x06" or (
                    frame[12:14] == b"\x86\xdd" and frame[20] == 58 and
                    133 <= frame[54] <= 137):
                self.aside[dev, "tx_packets"] += 1
                self.aside[dev, "tx_bytes"] += len(frame)
            else:
                out.append(one)
        return out


def addr(buf):
    return ctypes.addressof((ctypes.c_char * len(buf)).from_buffer(buf))


def header(name, namelen, iov):
    """A struct mmsghdr."""
    return struct.pack("QIIQQQQIIII", name, namelen, 0, iov, 1, 0, 0, 0, 0, 0, 0)
