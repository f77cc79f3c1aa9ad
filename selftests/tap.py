# SPDX-License-Identifier: GPL-2.0-only
"""Play a hypervisor's taps: python3 tap.py NS1 DEV1 NS2 DEV2 [vnet] [multi]

Opens a tap in each of two namespaces and copies frames between them, so that a
namespace can be the machine behind a tap.  With vnet and multi the first tap is opened
as QEMU opens it: with a virtio header, and with several queues.
"""

import fcntl
import os
import select
import struct
import sys

from lib import in_ns

TUNSETIFF, TUNSETVNETHDRSZ, TUNSETOFFLOAD = 0x400454ca, 0x400454d8, 0x400454d0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 2, 0x1000, 0x4000, 0x100


def tap(name, dev, flags=0):
    with in_ns(name):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", dev.encode(),
                                           IFF_TAP | IFF_NO_PI | flags))
    return fd


def main(ns1, dev1, ns2, dev2, *how):
    flags = (IFF_VNET_HDR if "vnet" in how else 0) | \
        (IFF_MULTI_QUEUE if "multi" in how else 0)
    first = [tap(ns1, dev1, flags)]
    if "multi" in how:
        first.append(tap(ns1, dev1, flags))
    skip = 10 if "vnet" in how else 0
    second = tap(ns2, dev2)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select(first + [second], [], [])
        for fd in ready:
            try:
                frame = os.read(fd, 70000)
                if fd == second:
                    os.write(first[0], b"\0" * skip + frame)
                else:
                    os.write(second, frame[skip:])
            except BlockingIOError:
                pass
            except OSError as err:
                if err.errno != 5:      # EIO: the device is down
                    raise


if __name__ == "__main__":
    main(*sys.argv[1:])
