#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How frames leave: at once by the driver, or by the kernel's transmit path.

    h1 p1 --+-- segment a -- r1 -- segment b -- p3 h3
    h2 p2 --+

The driver gets a frame at once only while nobody else sees or holds it.  Each test
adds somebody who does, at p3 for routed and p2 for switched frames, and counts:
nobody misses a frame.
"""

import contextlib
import glob
import json
import os
import random
import socket
import struct
import time

from frames import TCP, eth, packet, tcp, udp_packet
from lib import (ETH_P_ALL, Skip, both, busywait, defer, equal, finish, in_ns, need, run,
                 test, two_segments)
from offload import NONE, PARTIAL, offloaded
from tap import IFF_MULTI_QUEUE, tap

TRACE = "/sys/kernel/tracing"
COUNT = 10
RANDOM = random.Random(1)
bed = two_segments(vnet=True)
h1, h2, h3 = bed.h1, bed.h2, bed.h3
DEVS = ("p3", "p2")


def port(name):
    return bed.show("port", "show", name)[0]


def way(name):
    return port(name)["transmit"]


def hv(*argv):
    return run(*argv, ns=bed.hv).stdout


def pass_all(v, count=COUNT):
    """COUNT packets to h3 and to h2; they all come.  The first make the hops."""
    for host, through in ((h3, h1.gw), (h2, h2.mac)):
        for number in range(count + 2):
            token = bed.token()
            h1.wire.send(eth(through, h1.mac, udp_packet(h1.addr(v), host.addr(v), token)))
            host.wire.expect(lambda p, t=token: t in p.raw, f"packet {number} at {host.wire}")


def seen_by(v, count):
    """How many frames COUNT(dev) says that it saw while as many passed, for each device."""
    before = [count(dev) for dev in DEVS]
    pass_all(v)
    for dev, old in zip(DEVS, before):
        busywait(3, f"{COUNT} frames seen at {dev}, {count(dev) - old} were",
                 lambda d=dev, o=old: count(d) - o >= COUNT)


def ways(want):
    for dev in DEVS:
        equal(way(dev), want, f"transmit of {dev}")


@test("E-1 a device without a queueing discipline gets its frames at once")
@both
def direct(v):
    ways("direct")
    need("qdisc" not in port("p3"), "a qdisc is shown")
    pass_all(v)


def sent_by_qdisc(dev):
    return json.loads(hv("tc", "-s", "-j", "qdisc", "show", "dev", dev, "root"))[0]["packets"]


def tc(*words):
    for dev in DEVS:
        hv("tc", *(dev if word == "DEV" else word for word in words))


@test("E-2 a queueing discipline gets all frames, and show names it")
@both
def queue(v):
    tc("qdisc", "add", "dev", "DEV", "root", "pfifo")
    defer(tc, "qdisc", "del", "dev", "DEV", "root")
    ways("qdisc")
    equal([port(dev)["qdisc"] for dev in DEVS], ["pfifo"] * 2, "qdisc")
    need("qdisc pfifo" in bed.dvradm("port", "show", "p3").stdout, "the text names it")
    seen_by(v, sent_by_qdisc)


@test("E-3 a queueing discipline that holds frames back holds them all")
def shaped():
    tc("qdisc", "add", "dev", "DEV", "root", "netem", "delay", "300ms")
    defer(tc, "qdisc", "del", "dev", "DEV", "root")
    start = time.monotonic()
    pass_all(4, 0)
    need(time.monotonic() - start > .5, "four frames, one after another, in less than 0.5 s")


def filtered(dev):
    stats = json.loads(hv("tc", "-s", "-j", "filter", "show", "dev", dev, "egress"))
    return sum(action["stats"]["packets"] for entry in stats
               for action in entry.get("options", {}).get("actions", []))


@test("E-4 filters of tc at egress get all frames")
@both
def filters(v):
    tc("qdisc", "add", "dev", "DEV", "clsact")
    defer(tc, "qdisc", "del", "dev", "DEV", "clsact")
    tc("filter", "add", "dev", "DEV", "egress", "matchall", "action", "pass")
    ways("filter")
    seen_by(v, filtered)


@test("E-5 nftables at egress gets all frames")
@both
def nft(v):
    hv("nft", "table netdev e {\n" + "".join(
        f"counter {dev} {{ }}\nchain {dev} {{ type filter hook egress device {dev} "
        f"priority 0; counter name {dev}; }}\n" for dev in DEVS) + "}")
    defer(hv, "nft", "delete table netdev e")
    ways("filter")

    def counted(dev):
        for entry in json.loads(hv("nft", "-j", "list", "counters"))["nftables"]:
            if entry.get("counter", {}).get("name") == dev:
                return entry["counter"]["packets"]
        return None

    seen_by(v, counted)


def listener(dev):
    with in_ns(bed.hv):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        if dev:
            sock.bind((dev, ETH_P_ALL))
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # RCVBUFFORCE
    return sock


def heard(sock, devs):
    """How many frames left by each device, as SOCK heard it."""
    count = dict.fromkeys(devs, 0)
    while True:
        try:
            _, addr = sock.recvfrom(2000)
        except BlockingIOError:
            return count
        if addr[2] == socket.PACKET_OUTGOING and addr[0] in count:
            count[addr[0]] += 1


@test("E-6 listeners on the device and on all devices get all frames")
@both
def listeners(v):
    for where in (DEVS, ("",)):
        socks = [listener(dev) for dev in where]
        try:
            ways("listener")
            pass_all(v)
            time.sleep(.1)
            got = [heard(sock, DEVS) for sock in socks]
            for number, dev in enumerate(DEVS):
                frames = got[number % len(got)][dev]
                need(frames >= COUNT, f"the listener on {where} heard {frames} at {dev}")
        finally:
            for sock in socks:
                sock.close()
    ways("direct")


def trace(name, text):
    with open(f"{TRACE}/{name}", "w", encoding="ascii") as file:
        file.write(text)


@contextlib.contextmanager
def traced(name):
    if not glob.glob(f"{TRACE}/events"):
        run("mount", "-t", "tracefs", "none", TRACE, check=False)
    if not glob.glob(f"{TRACE}/events/net/{name}"):
        raise Skip(f"this kernel has no trace event {name}")
    trace("trace", "\n")
    trace(f"events/net/{name}/enable", "1")
    try:
        yield
    finally:
        trace(f"events/net/{name}/enable", "0")


def fired(name, dev):
    with open(f"{TRACE}/trace", encoding="ascii", errors="replace") as file:
        return sum(f"{name}:" in line and f"dev={dev} " in line for line in file)


@test("E-7 probes of the tracepoints of transmission get all frames")
@both
def tracepoints(v):
    for name in ("net_dev_queue", "net_dev_start_xmit", "net_dev_xmit"):
        with traced(name):
            ways("trace")
            pass_all(v)
            for dev in DEVS:
                frames = fired(name, dev)
                need(frames >= COUNT, f"{name} fired {frames} times for {dev}")
        ways("direct")


@test("E-8 a device that fills in no checksums gets whole frames, one that does gets the rest")
@both
def checksums(v):
    def passes(partial):
        for host, through in ((h3, h1.gw), (h2, h2.mac)):
            for _ in range(4):
                token = bed.token()
                whole = udp_packet(h1.addr(v), host.addr(v), token)
                h1.wire.send(*offloaded(RANDOM, eth(through, h1.mac, whole), 1))
                got = host.wire.expect(lambda p, t=token: t in p.raw, f"at {host.wire}")
                equal(bool(got.vnet[0] & PARTIAL), partial, "the checksum is missing")
                at = (20 if v == 4 else 40) + 6
                equal(got.raw[14 + at:16 + at] == whole[at:at + 2], not partial, "checksum")

    passes(True)
    for dev in DEVS:
        hv("ethtool", "-K", dev, "tx", "off")
        defer(hv, "ethtool", "-K", dev, "tx", "on")
    ways("direct")
    passes(False)


def h3_behind(dev, *words):
    """The port of h3 is DEV instead of p3, for the test."""
    def there(name, *words):
        return (f"port add {name} segment b mac {h3.mac} addr {h3.v4} addr {h3.v6} "
                f"security off {' '.join(words)}\n")

    hv("ip", "link", "set", dev, "up")
    bed.dvr("port del p3\n" + there(dev, *words))
    defer(hv, "ip", "link", "del", dev)
    defer(bed.dvr, f"port del {dev}\n" + there("p3"))


def taken(fds):
    """What came out of a tap's queues since the last time, with the queue."""
    got = []
    for fd in fds:
        while True:
            try:
                got.append((fd, os.read(fd, 2000)))
            except BlockingIOError:
                break
    return got


@test("E-9 noqueue: a tap's frames skip the queueing discipline that the kernel chose, "
      "and no other")
@both
def noqueue(v):
    fd = tap(bed.hv, "t3")
    h3_behind("t3")
    usual = json.loads(hv("tc", "-j", "qdisc", "show", "dev", "t3", "root"))[0]["kind"]
    equal((way("t3"), port("t3").get("qdisc")), ("qdisc", usual), "by default")

    def queued():
        """How many of COUNT frames the queueing discipline saw; all come."""
        before = sent_by_qdisc("t3")
        for _ in range(COUNT):
            token = bed.token()
            h1.udp(h3.addr(v), token)
            busywait(3, "a frame at the tap",
                     lambda t=token: any(t in frame for _, frame in taken([fd])))
        return sent_by_qdisc("t3") - before

    need(queued() >= COUNT, "the kernel's choice misses frames")
    bed.dvr("port set t3 noqueue on\n")
    equal(way("t3"), "direct", "transmit with noqueue")
    equal(queued(), 0, "frames that the kernel's choice saw")
    hv("tc", "qdisc", "replace", "dev", "t3", "root", "handle", "7:", "pfifo")
    equal((way("t3"), port("t3")["qdisc"]), ("qdisc", "pfifo"), "with one that was configured")
    need(queued() >= COUNT, "a configured one misses frames")
    need("noqueue on" in bed.dvradm("save").stdout, "save does not name the setting")
    bed.dvr("port set t3 noqueue off\n")
    need("noqueue" not in bed.dvradm("save").stdout, "save names the default")


@test("E-10 a device with several queues gets frames at once, a flow in one queue")
@both
def queues(v):
    fds = [tap(bed.hv, "m3", IFF_MULTI_QUEUE) for _ in range(2)]
    h3_behind("m3", "noqueue", "on")
    equal(way("m3"), "direct", "transmit")
    used = set()
    for sport in range(4000, 4032):
        taken(fds)
        flow = set()
        for _ in range(3):
            token = bed.token()
            h1.udp(h3.addr(v), token, sport=sport)
            found = []
            busywait(3, "a frame at the tap", lambda f=found, t=token: f.extend(
                fd for fd, frame in taken(fds) if t in frame) or f)
            flow.update(found)
        equal(len(flow), 1, f"queues of the flow from {sport}")
        used |= flow
    equal(used, set(fds), "queues of 32 flows")


@test("E-12 an uplink's driver gets frames at once, and what is for the host never leaves")
@both
def uplink(v):
    """Beside the host's own egress filter, the one of dvr is not enough."""
    bed.dvr(f"port del p3\nport add p3 segment b uplink on attach ingress\nfdb add segment b {h3.mac} port p3\n"
            f"neigh add segment b {h3.addr(v)} lladdr {h3.mac}\n")

    def undo():
        bed.dvr(f"neigh del segment b {h3.addr(v)}\nfdb del segment b {h3.mac}\nport del p3\n"
                f"port add p3 segment b mac {h3.mac} addr {h3.v4} addr {h3.v6} security off\n")

    defer(undo)
    equal(way("p3"), "direct", "transmit of an uplink")
    own = json.loads(hv("ip", "-j", "link", "show", "p3"))[0]["address"]
    hv("ip", "link", "add", "mv3", "link", "p3", "address", "02:00:00:00:77:01", "up", "type",
       "macvlan")
    defer(hv, "ip", "link", "del", "mv3")
    for number, mac in enumerate((own, "02:00:00:00:77:01")):
        dst = {4: f"198.51.100.7{number}", 6: f"2001:db8:2::7{number}"}[v]
        bed.dvr(f"neigh add segment b {dst} lladdr {mac}\n")
        defer(bed.dvr, f"neigh del segment b {dst}\n")
        bed.flush()
        for _ in range(4):
            h1.udp(dst, b"for the host")
        pass_all(v, 2)
        equal(bed.seen(lambda p: b"for the host" in p.raw), [], f"frames to {mac} on the wire")
    hv("nft", "table netdev u { chain c { type filter hook egress device p3 priority 0; "
       "udp dport 7777 drop; }; }")
    defer(hv, "nft", "delete table netdev u")
    equal(way("p3"), "filter", "transmit with a filter of the host")
    for _ in range(3):
        h1.udp(h3.addr(v), b"dropped by the host", dport=7777)
    pass_all(v, 2)
    equal(bed.seen(lambda p: b"dropped by the host" in p.raw), [], "frames past the filter")


@test("E-11 a device gets no segment that it cannot take")
@both
def segments(v):
    for dev in DEVS:
        hv("ethtool", "-K", dev, "tso", "off")
        defer(hv, "ethtool", "-K", dev, "tso", "on")
    for host, through in ((h3, h1.gw), (h2, h2.mac)):
        for _ in range(4):
            data = bytes(range(256)) * 2
            frame, vnet = eth(through, h1.mac, packet(h1.addr(v), host.addr(v), TCP, tcp(
                h1.addr(v), host.addr(v), data))), NONE
            while not vnet[1]:
                sent, vnet = offloaded(RANDOM, frame, 1)
            bed.flush()
            h1.wire.send(sent, vnet)
            size = struct.unpack_from("<H", vnet, 4)[0]
            for _ in range((len(data) + size - 1) // size):
                got = host.wire.expect(lambda p: p.proto == TCP, f"a segment at {host.wire}")
                equal(got.vnet[1], 0, "it is to be cut")


finish(bed)
