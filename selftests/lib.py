# SPDX-License-Identifier: GPL-2.0-only
"""What the selftests in Python share.

A test bed has one network namespace for the hypervisor with dvr's objects, and one for
the far ends of all its ports.  The far ends have no addresses.  Raw sockets play the
hosts behind them, so a test reads and writes every byte.
"""

import atexit
import contextlib
import ctypes
import fcntl
import fnmatch
import functools
import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import time
import traceback

from frames import Pkt, arp_frame, eth, eui64, lladdr, na_packet, udp_packet

NAME = os.path.splitext(os.path.basename(sys.argv[0]))[0]
DVRADM = os.environ.get("DVRADM", "dvradm")
libc = ctypes.CDLL(None, use_errno=True)

SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_VNET_HDR = 15
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 1 << 4
ETH_P_ALL = 3



# ---------------------------------------------------------------- results

class Fail(Exception):
    """What a test says when it does not hold."""


class Skip(Exception):
    """What a test says when it cannot be made here."""


def log(*words):
    """A diagnostic line of KTAP."""
    for line in " ".join(map(str, words)).splitlines():
        print(line if line.startswith("#") else f"# {line}", flush=True)


def need(cond, why):
    if not cond:
        raise Fail(why)


def equal(got, want, what):
    if got != want:
        raise Fail(f"{what}: {got!r}, not {want!r}")


class Scope:
    """What is undone at the end of a test, or of the file; and the family of a test
    that is for one."""

    file = contextlib.ExitStack()
    now = file
    family = None


def defer(function, *args, **kw):
    """Call FUNCTION at the end of this test, the last one first; outside of a
    test, at the end of the file."""
    if not os.environ.get("KEEP"):
        Scope.now.callback(function, *args, **kw)


def once(function):
    """Decorator: what several tests need is made by the first that calls
    FUNCTION, and kept until the file ends."""
    made = []

    def call():
        if not made:
            test_scope, Scope.now = Scope.now, Scope.file
            try:
                made.append((function(), None))
            except Exception as why:    # pylint: disable=broad-except
                made.append((None, why))
            finally:
                Scope.now = test_scope
        value, why = made[0]
        if why:
            raise why
        return value
    return call


atexit.register(Scope.file.close)

TESTS = []
LAST_TESTS = []


def test(name):
    """Decorator: the function is the test called NAME, run by finish()."""
    def add(function):
        for v in getattr(function, "families", ()):
            TESTS.append((f"{name} (IPv{v})", functools.partial(in_family, v, function)))
        if not hasattr(function, "families"):
            TESTS.append((name, function))
        return function
    return add


BOTH = (4, 6)


def both(function):
    """Decorator, below test(): it is a test of IPv4 and one of IPv6.  FUNCTION is
    called with 4 or 6."""
    function.families = BOTH
    return function


def in_family(v, function):
    """Call FUNCTION with V; good packets of its beds are of that family."""
    Scope.family = v
    try:
        function(v)
    finally:
        Scope.family = None


def last_test(name):
    """Decorator: as test(), but run after all others, and with any of them."""
    def add(function):
        LAST_TESTS.append((name, function))
        return function
    return add


def selected(name):
    """Is it one of those that ONLY names, by a glob anywhere in the name or by
    "=" and the name itself?"""
    only = os.environ.get("ONLY", "")
    if only.startswith("="):
        return name == only[1:]
    return not only or fnmatch.fnmatchcase(name, f"*{only}*")


class Results:
    """Prints KTAP of COUNT results."""

    def __init__(self, count):
        self.number = self.failed = 0
        print(f"KTAP version 1\n1..{count}", flush=True)

    def put(self, name, function):
        """Call FUNCTION and what it defers, and print what became of it."""
        start = time.monotonic()
        word, why = "ok", ""
        try:
            with contextlib.ExitStack() as Scope.now:
                function()
        except Skip as skip:
            why = f"SKIP {skip}"
        except Fail as fail:
            word, why = "not ok", str(fail)
        except Exception as error:  # pylint: disable=broad-except
            word, why = "not ok", f"{type(error).__name__}: {error}"
            log(traceback.format_exc())
        Scope.now = Scope.file
        self.number += 1
        self.failed += word != "ok"
        log(f"took {(time.monotonic() - start) * 1000:.0f} ms")
        why = " ".join(why.split())
        print(f"{word} {self.number} {name}" + (f" # {why}" if why else ""),
              flush=True)


def finish(bed=None):
    """Run every test in order, then see that the host's own router slept."""
    tests = [(name, function) for name, function in TESTS if selected(name)]
    if not tests:
        print("KTAP version 1\n1..0 # SKIP no test of that name", flush=True)
        sys.exit(0)

    def host_idle():
        counts = {hv: host_forwarded(hv) for hv in bed.hvs}
        need(not any(counts.values()), str(counts))

    tests += LAST_TESTS
    if bed:
        tests.append((f"{NAME} the host itself forwarded nothing", host_idle))
    results = Results(len(tests))
    for name, function in tests:
        results.put(name, function)
    sys.exit(1 if results.failed else 0)


FULL = bool(os.environ.get("DVR_FULL"))     # make check FULL=1


def amount(whole, part):
    """How much of a long test: most of it on the debug kernel, which runs at the speed of
    the machine and sees more, and all of it with FULL; a part on the others, which are
    emulated."""
    if os.environ.get("DVR_KERNEL") in ("6.1", "6.12", "7.3"):
        return part
    return whole if FULL else max(part, whole // 2)


# ------------------------------------------------------------- processes

def run(*argv, input=None, check=True, ns=None):
    """Run a program, in a namespace if NS is given; returns what it said."""
    with in_ns(ns) if ns else contextlib.nullcontext():
        done = subprocess.run([str(a) for a in argv], input=input, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode:
        raise Fail(f"{' '.join(map(str, argv))}: exit {done.returncode}: "
                   f"{done.stderr.strip()}")
    return done


def need_program(name):
    if not shutil.which(name):
        raise Skip(f"no {name} here")


@contextlib.contextmanager
def in_ns(name):
    """Be in the network namespace NAME for the length of a with block."""
    def enter(path):
        fd = os.open(path, os.O_RDONLY)
        try:
            if libc.setns(fd, 0x40000000):
                raise OSError(ctypes.get_errno(), f"setns {path}")
        finally:
            os.close(fd)
    enter(f"/run/netns/{name}")
    try:
        yield
    finally:
        enter(HOME_NS)


HOME_NS = f"/proc/{os.getpid()}/fd/{os.open('/proc/self/ns/net', os.O_RDONLY)}"


def sysctl(ns, **values):
    """Write net.* sysctls; the name has _ for / after net."""
    with in_ns(ns):
        for name, value in values.items():
            path = "/proc/sys/net/" + name.replace("__", "/")
            with open(path, "w", encoding="ascii") as file:
                file.write(str(value))


def link_up(ns, *devs):
    """Set devices up; a process would take longer."""
    with in_ns(ns), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for dev in devs:
            name = dev.encode().ljust(16, b"\0")
            got = fcntl.ioctl(sock, 0x8913, name + bytes(24))   # SIOCGIFFLAGS
            flags = struct.unpack("H", got[16:18])[0] | 1
            fcntl.ioctl(sock, 0x8914, name + struct.pack("H22x", flags))


def host_forwarded(ns):
    """How many packets the kernel's own router forwarded in NS."""
    count = 0
    with in_ns(ns):
        with open("/proc/self/net/snmp", encoding="ascii") as file:
            rows = [line.split() for line in file if line.startswith("Ip:")]
        count += int(dict(zip(*rows))["ForwDatagrams"])
        with open("/proc/self/net/snmp6", encoding="ascii") as file:
            for line in file:
                if line.startswith("Ip6OutForwDatagrams"):
                    count += int(line.split()[1])
    return count


def patience():
    """How many times longer than on a machine with nothing else to do something
    may take: scripts/test writes that down."""
    try:
        with open(os.environ["DVR_PATIENCE"], encoding="ascii") as file:
            return max(int(file.read()), 1)
    except (KeyError, OSError, ValueError):
        return 1


def busywait(seconds, what, condition):
    """Wait until condition() is true and return its value."""
    start = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        took = time.monotonic() - start
        if took > seconds and took > seconds * patience():
            raise Fail(f"{what}: not within {seconds} s")
        time.sleep(0.05)


# --------------------------------------------------------------- test bed

class Wire:
    """The far end of a port: what is sent into it and what came out."""

    def __init__(self, bed, ns, dev, vnet=False):
        self.bed, self.ns, self.dev, self.vnet = bed, ns, dev, vnet
        self.hosts, self.rx = [], []
        with in_ns(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # RCVBUFFORCE
        self.sock.setsockopt(socket.SOL_SOCKET, 32, 8 << 20)  # SNDBUFFORCE
        if vnet:
            self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        with in_ns(ns):
            self.sock.bind((dev, ETH_P_ALL))
        self.sock.setblocking(False)

    def send(self, frame, vnet=b"\0" * 10):
        frame = vnet + frame if self.vnet else frame
        while True:
            try:
                self.sock.send(frame)
                return
            except (BlockingIOError, OSError) as err:
                if err.errno not in (11, 105):
                    raise
                select.select([], [self.sock], [], 0.1)

    def read(self):
        """Take in all that has come; True if there was any."""
        any_came = False
        while True:
            try:
                data, aux, _, addr = self.sock.recvmsg(70000, 64)
            except BlockingIOError:
                return any_came
            except OSError as err:
                if err.errno == 100:    # the device is down
                    return any_came
                raise
            if addr[2] == PACKET_OUTGOING:
                continue
            any_came = True
            vlan = vnet = None
            for level, kind, value in aux:
                if level == SOL_PACKET and kind == PACKET_AUXDATA:
                    status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH",
                                                               value[:20])
                    vlan = tci if status & TP_STATUS_VLAN_VALID else None
            if self.vnet:
                vnet, data = struct.unpack("<BBHHHH", data[:10]), data[10:]
            if len(data) < 14:
                continue
            pkt = Pkt(data, vlan, vnet)
            self.rx.append(pkt)
            for host in self.hosts:
                host.hear(pkt)

    def expect(self, want, what="a frame", seconds=3):
        """Wait for the first frame that want() likes, take and return it."""
        start = time.monotonic()
        while True:
            for number, pkt in enumerate(self.rx):
                if want(pkt):
                    del self.rx[number]
                    return pkt
            left = start + seconds - time.monotonic()
            if left <= 0:
                left += seconds * (patience() - 1)
            if left <= 0:
                for pkt in self.rx[-8:]:
                    log(f"  {self.dev} saw {pkt}")
                raise Fail(f"{what}: not seen on {self.dev}")
            self.bed.poll(left)

    def __repr__(self):
        return self.dev


class Host:
    """A machine behind a wire: it answers for its addresses unless mute."""

    def __init__(self, wire, hwaddr, v4=None, v6=None, gw=None, peer=None):
        self.wire, self.mac, self.v4, self.v6 = wire, hwaddr, v4, v6
        self.ll = eui64(hwaddr)
        self.gw, self.peer, self.mute = gw, peer, False
        self.asked = 0
        wire.hosts.append(self)

    def hear(self, pkt):
        if pkt.op == 1 and pkt.tpa == self.v4:
            self.asked += 1
            if not self.mute:
                self.wire.send(arp_frame(2, self.mac, self.v4, pkt.sha,
                                         pkt.spa, dst=pkt.src))
        elif pkt.type == 135 and pkt.target in (self.v6, self.ll) and \
                pkt.saddr != "::":
            self.asked += 1
            if not self.mute:
                self.wire.send(eth(pkt.src, self.mac, na_packet(
                    pkt.target, pkt.saddr, pkt.target, lladdr(2, self.mac))))

    def addr(self, v):
        """My address of family V, or None."""
        return {4: self.v4, 6: self.v6}.get(v)

    def own(self, dst):
        """My address of the family of DST."""
        return self.addr(6 if ":" in dst else 4)

    def forget(self):
        """It is not there any more."""
        self.wire.hosts.remove(self)

    def frame(self, payload):
        """PAYLOAD in a frame to the gateway."""
        return eth(self.gw, self.mac, payload)

    def send(self, payload):
        self.wire.send(self.frame(payload))

    def udp(self, dst, data=b"", src=None, **kw):
        src = src or self.own(dst)
        self.send(udp_packet(src, dst, data, **kw))


class Bed:
    """Namespaces, wires and hosts of a test."""

    def __init__(self, *devs, mtu=1500, hv="hv", vm="vm", vnet=False):
        self.hv, self.vm = f"{NAME}-{hv}", f"{NAME}-{vm}"
        self.hvs = [self.hv]
        self.tokens = 0
        self.wires = {}
        self.clean = []
        defer(self.cleanup)
        for name in (self.hv, self.vm):
            if os.path.exists(f"/run/netns/{name}"):
                run("ip", "netns", "del", name, check=False)
        run("ip", "-batch", "-",
            input=f"netns add {self.hv}\nnetns add {self.vm}\n")
        self.clean += [self.hv, self.vm]
        sysctl(self.vm, ipv6__conf__all__disable_ipv6=1,
               ipv6__conf__default__disable_ipv6=1)
        # The host could forward: what leaks out of dvr would be seen.
        sysctl(self.hv, ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        self.add(*devs, mtu=mtu, vnet=vnet)

    def add(self, *devs, mtu=1500, vnet=False):
        """More veth pairs; both ends have the same name."""
        if not devs:
            return
        run("ip", "-batch", "-", input="".join(
            f"link add {d} mtu {mtu} netns {self.hv} type veth "
            f"peer name {d} mtu {mtu} netns {self.vm}\n" for d in devs))
        link_up(self.vm, *devs)
        link_up(self.hv, *devs)
        for dev in devs:
            self.wires[dev] = Wire(self, self.vm, dev, vnet)

    def cleanup(self):
        run("ip", "-batch", "-", check=False,
            input="".join(f"netns del {n}\n" for n in self.clean))

    def ip(self, text, ns=None):
        run("ip", "-n", ns or self.hv, "-batch", "-", input=text)

    def dvradm(self, *words, check=True):
        return run(DVRADM, "-n", self.hv, *words, check=check)

    def dvr(self, text, check=True):
        """Apply a batch, all or nothing."""
        return run(DVRADM, "-n", self.hv, "-b", "-", input=text, check=check)

    def show(self, *words):
        """What dvradm -j says, as lists and dictionaries."""
        return json.loads(self.dvradm("-j", *words).stdout or "[]")

    def drops(self, reason=None, **match):
        """Sum of the drop counters that fit."""
        return sum(d["packets"] for d in self.show("drops")
                   if reason in (None, d["reason"]) and
                   all(d.get(k) == v for k, v in match.items()))

    def poll(self, seconds=0.0):
        """Wait for frames and take them in."""
        by_fd = {w.sock.fileno(): w for w in self.wires.values()}
        ready, _, _ = select.select(list(by_fd), [], [], max(seconds, 0))
        for fd in ready:
            by_fd[fd].read()
        return bool(ready)

    def idle(self, seconds):
        """Answer for the hosts while time passes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.poll(end - time.monotonic())

    def flush(self):
        self.poll()
        for wire in self.wires.values():
            wire.rx.clear()

    def seen(self, want):
        """Every frame on any wire that want() likes."""
        return [(w.dev, p) for w in self.wires.values() for p in w.rx
                if want(p)]

    def token(self):
        """Bytes that no other packet of this run has."""
        self.tokens += 1
        return b"<%s-%06d>" % (NAME[:8].encode(), self.tokens)

    def good(self, host):
        """A packet of HOST that must reach its peer through the router; of the
        family of the test, if the peer has an address of that."""
        token = self.token()
        host.udp(host.peer.addr(Scope.family) or host.peer.v4 or host.peer.v6, token)
        return host.peer.wire.expect(lambda p: token in p.raw and
                                     p.dst == host.peer.mac,
                                     "good packet")

    def expect_none(self, bad, sends, what="a frame"):
        """Send frames of which none may show, then a good one of each wire.

        bad(pkt) tells what may not be seen anywhere; sends is a list of
        (host, frame); the good packets come last and must pass, so that
        silence is the router's doing.
        """
        self.flush()
        for host, frame in sends:
            host.wire.send(frame)
        for host in {h.wire: h for h, _ in sends}.values():
            self.good(host)
        self.poll()
        found = self.seen(bad)
        if found:
            raise Fail(f"{what}: seen on {found[0][0]}: {found[0][1]}")

    def blocked(self, host, build, what="the packet", framed=False):
        """BUILD(token) is dropped in silence: neither sent on nor quoted."""
        token = self.token()
        frame = build(token)
        self.expect_none(lambda p: token in p.raw,
                         [(host, frame if framed else host.frame(frame))],
                         what)

    def passes(self, host, payload, wire, token, what="the packet"):
        """PAYLOAD of HOST comes out of WIRE through the router."""
        self.flush()
        host.send(payload)
        return wire.expect(lambda p: token in p.raw and p.src != host.mac,
                           what)


def two_segments(security="off", mtu=1500, vnet=False):
    """The bed of most tests: one router, two segments, three hosts.

        h1 p1 --+
                +-- segment a -- r1 -- segment b -- p3 h3
        h2 p2 --+   192.0.2.0/24       198.51.100.0/24
                    2001:db8:1::/64    2001:db8:2::/64

    A port knows its host's addresses, so nobody has to be asked for them.
    """
    bed = Bed("p1", "p2", "p3", mtu=mtu, vnet=vnet)
    gwa, gwb = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
    bed.h1 = Host(bed.wires["p1"], "02:00:00:00:01:0a", "192.0.2.10",
                  "2001:db8:1::10", gwa)
    bed.h2 = Host(bed.wires["p2"], "02:00:00:00:01:0b", "192.0.2.11",
                  "2001:db8:1::11", gwa)
    bed.h3 = Host(bed.wires["p3"], "02:00:00:00:02:0a", "198.51.100.10",
                  "2001:db8:2::10", gwb)
    bed.h1.peer = bed.h2.peer = bed.h3
    bed.h3.peer = bed.h1
    bed.gw4, bed.gw6 = "192.0.2.1", "2001:db8:1::1"
    bed.gw4b, bed.gw6b = "198.51.100.1", "2001:db8:2::1"
    bed.dvr(f"""
        router add r1
        segment add a mtu {mtu}
        segment add b mtu {mtu}
        iface add r1 segment a mac {gwa} addr 192.0.2.1/24 addr 2001:db8:1::1/64
        iface add r1 segment b mac {gwb} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    """ + "".join(
        f"port add {dev} segment {seg} mac {h.mac} addr {h.v4} addr {h.v6} "
        f"security {security}\n"
        for dev, seg, h in (("p1", "a", bed.h1), ("p2", "a", bed.h2),
                            ("p3", "b", bed.h3))))
    bed.ip("link set r1 up\n")
    return bed
