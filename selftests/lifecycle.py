#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# vm: --smp 2
"""Loading, unloading and deleting, at rest and under traffic.

    p1 -- segment a -- r1 -- segment b -- p2

The far ends of p1 and p2 are in another namespace, which sends frames of all kinds all
the time.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time

from frames import (BROADCAST, arp_frame, eth, eui64, multicast_mac, ns_packet,
                    solicited, udp_packet)
from lib import (DVRADM, NAME, Bed, Fail, Host, Skip, Wire, amount, busywait,
                 equal, finish, in_ns, libc, link_up, need, patience, run, test)

KO = os.environ.get("DVR_KO", "")
CYCLES, GONE = amount(100, 25), amount(50, 15)
GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
CONFIG = f"""
    router add r1 netdev {{netdev}}
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    route add r1 203.0.113.0/24 via 198.51.100.99
    route add r1 2001:db8:9::/48 via 2001:db8:2::99
    neigh add segment b 198.51.100.98 lladdr 02:00:00:00:02:98
"""
PORTS = """
    port add p1 segment a
    port add p2 segment b
"""
bed = Bed("p1", "p2")
h1 = Host(bed.wires["p1"], "02:00:00:00:01:01", "192.0.2.10",
          "2001:db8:1::10", GWA)
h2 = Host(bed.wires["p2"], "02:00:00:00:02:01", "198.51.100.10",
          "2001:db8:2::10", GWB)
h1.peer, h2.peer = h2, h1


def frames(me, other, far):
    """A bit of all that makes the module work: known, unknown, broken."""
    group = solicited(other.v6)
    out = [me.frame(udp_packet(me.v4, dst, b"f" * 40))
           for dst in (other.v4, far + ".77", far + ".98", "203.0.113.5",
                       "198.18.0.1", "192.0.2.1", "198.51.100.1")]
    out += [me.frame(udp_packet(me.v6, dst, b"f" * 40))
            for dst in (other.v6, "2001:db8:9::5", "2001:db8:2::77",
                        "2001:db8:2::1")]
    out += [me.frame(udp_packet(me.v4, other.v4, b"f", ttl=1)),
            me.frame(udp_packet(me.v4, other.v4, b"f" * 1400)),
            eth(BROADCAST, me.mac, udp_packet(me.v4, "255.255.255.255")),
            eth("02:00:00:00:77:77", me.mac, udp_packet(me.v4, other.v4)),
            arp_frame(1, me.mac, me.v4, "00:00:00:00:00:00", "192.0.2.1"),
            arp_frame(2, me.mac, me.v4, GWA, "192.0.2.1", dst=me.gw),
            eth(multicast_mac(group), me.mac,
                ns_packet(eui64(me.mac), group, other.v6)),
            b"\xff" * 60]
    return out


class Flood:
    """A process that throws frames at devices, as long as it lives."""

    def __init__(self, ns, devs):
        self.pid = os.fork()
        if self.pid:
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.nice(5)
        data = {"p1": frames(h1, h2, "198.51.100"),
                "p2": frames(h2, h1, "192.0.2")}
        libc.prctl(1, signal.SIGKILL)
        while True:
            for dev in devs:
                try:
                    with in_ns(ns), socket.socket(socket.AF_PACKET,
                                                  socket.SOCK_RAW, 0) as sock:
                        sock.bind((dev, 0))
                        for frame in data[dev]:
                            sock.send(frame)
                except OSError:
                    pass
            # Two or three thousand frames a second leave room for the rest.
            time.sleep(0.005)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def loaded():
    return os.path.exists("/sys/module/dvr")


def load():
    fd = os.open(KO, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.syscall(313, fd, b"", 0):
            raise Fail(f"loading: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(fd)


def unload():
    if libc.syscall(176, b"dvr", os.O_NONBLOCK):
        raise Fail(f"unloading: {os.strerror(ctypes.get_errno())}")


def need_ko():
    if not KO:
        raise Skip("DVR_KO does not tell where the module is")


def configured(ports=True, netdev="on"):
    bed.dvr(CONFIG.format(netdev=netdev) + (PORTS if ports else ""))
    if netdev == "on":
        bed.ip("link set r1 up\n")


def anew():
    """What another test has left goes, and all is made again."""
    have = [f"{kind} del {o['name']}\n" for kind in ("port", "router", "segment")
            for o in bed.show(kind, "show")]
    bed.dvr("".join(have))
    configured()
    bed.flush()


def promiscuity():
    return sum(d["promiscuity"] for d in json.loads(run(
        "ip", "-n", bed.hv, "-d", "-j", "link", "show", "type", "veth").stdout))


@test(f"{CYCLES} times unloaded and loaded, with and without objects")
def cycles():
    need_ko()
    for number in range(CYCLES):
        if number % 10 == 0:
            configured(netdev="off" if number % 20 else "on")
            bed.good(h1)
        unload()
        need(not loaded(), "still there")
        if number % 50 == 0:
            equal(promiscuity(), 0, "promiscuity of the ports' devices")
            need("r1" not in run("ip", "-n", bed.hv, "-br", "link").stdout,
                 "r1 is still there")
        load()


@test("unloaded and loaded under traffic, ten times")
def under_traffic():
    need_ko()
    with Flood(bed.vm, ["p1", "p2"]):
        for number in range(10):
            configured(netdev="off" if number % 4 > 1 else "on")
            if number % 2:
                # Packets wait for neighbours that never answer.
                time.sleep(0.2)
            unload()
            load()
    bed.flush()
    configured()
    bed.flush()
    bed.good(h1)


@test("unloaded while events are listened to and routes are dumped")
def listeners():
    need_ko()
    anew()
    bed.dvr("".join(f"route add r1 10.{n >> 8}.{n & 255}.0/24 blackhole\n"
                    for n in range(2000)))
    with in_ns(bed.hv):
        monitor = subprocess.Popen([DVRADM, "monitor"],
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        dump = subprocess.Popen([DVRADM, "route", "show"],
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    busywait(10, "unloading",
             lambda: not libc.syscall(176, b"dvr", os.O_NONBLOCK))
    dump.wait()
    load()
    try:
        _, said = monitor.communicate(timeout=10 * patience())
    except subprocess.TimeoutExpired:
        monitor.kill()
        _, said = monitor.communicate()
    equal(monitor.returncode, 1, f"exit code of monitor, which said {said!r}")
    need("the dvr module was unloaded" in said, f"monitor said {said!r}")


@test(f"{GONE} port devices deleted under traffic, and taken again")
def devices():
    anew()
    with Flood(bed.vm, ["p1", "p2"]):
        for number in range(GONE):
            dev = "p1" if number % 2 else "p2"
            # Either end may be the one that is deleted.
            ns = bed.hv if number % 3 else bed.vm
            run("ip", "-n", ns, "link", "del", dev)
            run("ip", "link", "add", dev, "netns", bed.hv, "type", "veth",
                "peer", "name", dev, "netns", bed.vm)
            link_up(bed.vm, dev)
            link_up(bed.hv, dev)
    for host, dev in ((h1, "p1"), (h2, "p2")):
        bed.wires[dev] = Wire(bed, bed.vm, dev)
        bed.wires[dev].hosts = [host]
        host.wire = bed.wires[dev]
    busywait(5, "ports up", lambda: all(
        p["state"] == "up" for p in bed.show("port", "show")))
    bed.idle(1.5)       # until those that did not answer meanwhile are asked again
    bed.good(h1)


@test("objects deleted and made again under traffic")
def objects():
    anew()
    with Flood(bed.vm, ["p1", "p2"]):
        for number in range(20):
            if number % 4 == 0:
                bed.dvr("port del p1\nport del p2\nrouter del r1\n"
                        "segment del a\nsegment del b\n")
                configured()
            elif number % 4 == 1:
                bed.dvr("iface del r1 segment b\n"
                        f"iface add r1 segment b mac {GWB} "
                        "addr 198.51.100.1/24 addr 2001:db8:2::1/64\n")
            elif number % 4 == 2:
                bed.dvr("port del p1\nport add p1 segment a\n"
                        "route replace r1 203.0.113.0/24 blackhole\n"
                        "neigh del segment b 198.51.100.98\n")
            else:
                run("ip", "-n", bed.hv, "link", "del", "r1")
                bed.dvr("router add r1\n"
                        f"iface add r1 segment a mac {GWA} addr 192.0.2.1/24 "
                        "addr 2001:db8:1::1/64\n"
                        f"iface add r1 segment b mac {GWB} "
                        "addr 198.51.100.1/24 addr 2001:db8:2::1/64\n"
                        "neigh add segment b 198.51.100.98 lladdr "
                        "02:00:00:00:02:98\n")
                bed.ip("link set r1 up\n")
    bed.flush()
    bed.good(h1)
    bed.good(h2)


@test(f"{GONE} namespaces deleted under traffic")
def namespaces():
    name, far = f"{NAME}-gone", bed.vm
    # Far ends of other names would need frames of their own.
    for wire in bed.wires.values():
        wire.sock.close()
    run("ip", "-n", bed.hv, "link", "del", "p1")
    run("ip", "-n", bed.hv, "link", "del", "p2")
    bed.clean.append(name)
    with Flood(far, ["p1", "p2"]):
        for number in range(GONE):
            run("ip", "-batch", "-", input=f"netns add {name}\n" + "".join(
                f"link add {d} netns {name} type veth peer name {d} "
                f"netns {far}\n" for d in ("p1", "p2")))
            netdev = "off" if number % 2 else "on"
            run(DVRADM, "-n", name, "-b", "-",
                input=CONFIG.format(netdev=netdev) + PORTS)
            link_up(name, "p1", "p2")
            link_up(far, "p1", "p2")
            time.sleep(0.02)
            # The far ends go with it, some time later.
            run("ip", "netns", "del", name)
            busywait(20, "the devices' end", lambda: not gone(far))


def gone(ns):
    with in_ns(ns):
        return "p1" in (n for _, n in socket.if_nameindex()) or \
            "p2" in (n for _, n in socket.if_nameindex())


@test("sets of timeouts are kept for good, so they are not without number")
def sets():
    need_ko()
    router = """
        router add many
        segment add many
        iface add many segment many addr 10.66.0.1/24
        nat add many out many snat from 10.67.0.0/16 to 10.66.0.9
    """

    def times(first, count):
        return "".join(f"router set many udp-timeout {n}\n"
                       for n in range(first, first + count))
    # Anybody can be root of a namespace, and may have some of them.
    for batch, code in ((router + times(3000, 200), 0), (router + times(3200, 100), 1)):
        got = run("unshare", "-Urn", DVRADM, "-b", "-", input=batch, check=False)
        equal(got.returncode, code, f"exit code in a user namespace: {got.stderr}")
    need("sets of timeouts" in got.stderr, got)
    bed.dvr(router + times(400, 1))
    got = bed.dvr(times(400, 1600), check=False)
    need(got.returncode and "sets of timeouts" in got.stderr, got)
    # What all have, and what the batch was before it was refused.
    equal([r["udp_timeout_s"] for r in bed.show("router", "show", "many")], [400],
          "timeout after the refusal")
    bed.dvr("router set many udp-timeout 1000\n")
    need(bed.dvr("router set many udp-timeout 5000\n", check=False).returncode,
         "another set was taken")
    bed.dvr("router add other udp-timeout 6000\nrouter del other\n")
    bed.dvr("router del many\nsegment del many\n")


@test("nothing is left: the module is not in use, and goes at once")
def nothing_left():
    need_ko()
    busywait(10, "the module's references", lambda: open(
        "/sys/module/dvr/refcnt", encoding="ascii").read().strip() == "0")
    start = time.monotonic()
    unload()
    need(time.monotonic() - start < 5, "unloading took too long")
    load()
    equal(bed.show("router", "show") + bed.show("port", "show"), [],
          "objects after loading anew")


try:
    finish(bed)
finally:
    if KO and not loaded():
        load()
