# SPDX-License-Identifier: GPL-2.0-only
"""What the selftests in Python share.

A test bed is one network namespace that is the hypervisor, where dvr's objects
live, and one that holds the far ends of all its ports.  The far ends have no
addresses; the hosts behind them are played by raw sockets, so that a test sees
and says every byte.  Packets are built and taken apart here, by hand: a packet
library takes seconds to load in a slow emulator, and would repair what a test
wants broken.
"""

import atexit
import contextlib
import ctypes
import fcntl
import json
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import time

NAME = os.path.splitext(os.path.basename(sys.argv[0]))[0]
DVRADM = os.environ.get("DVRADM", "dvradm")
libc = ctypes.CDLL(None, use_errno=True)

SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_VNET_HDR = 15
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 1 << 4
ETH_P_ALL = 3

BROADCAST = "ff:ff:ff:ff:ff:ff"
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
HOPOPTS, ROUTING, FRAGMENT, NONEXT, DSTOPTS = 0, 43, 44, 59, 60


# ---------------------------------------------------------------- results

class Fail(Exception):
    """What a test says when it does not hold."""


class Skip(Exception):
    """What a test says when it cannot be made here."""


def log(*words):
    print(*words, file=sys.stderr, flush=True)


def result(word, name, why=""):
    print(f"{word} {name}" + (f" # {why}" if why else ""), flush=True)


def need(cond, why):
    if not cond:
        raise Fail(why)


def equal(got, want, what):
    if got != want:
        raise Fail(f"{what}: {got!r}, not {want!r}")


TESTS = []


def test(name):
    """Decorator: the function is the test called NAME, run by finish()."""
    def add(function):
        TESTS.append((name, function))
        return function
    return add


def finish(bed=None):
    """Run every test in order, then see that the host's own router slept."""
    failed = 0
    only = os.environ.get("ONLY")
    for name, function in TESTS:
        if only and only not in name:
            continue
        start = time.monotonic()
        try:
            function()
            result("ok", name)
        except Skip as why:
            result("skip", name, str(why))
        except Fail as why:
            failed += 1
            result("not ok", name, " ".join(str(why).split()))
        except Exception as why:  # pylint: disable=broad-except
            failed += 1
            import traceback
            traceback.print_exc()
            result("not ok", name, f"{type(why).__name__}: {why}")
        log(f"# {time.monotonic() - start:.2f} s {name}")
    if bed:
        name = f"{NAME} the host itself forwarded nothing"
        counts = {hv: host_forwarded(hv) for hv in bed.hvs}
        if any(counts.values()):
            failed += 1
            result("not ok", name, str(counts))
        else:
            result("ok", name)
    sys.exit(1 if failed else 0)


def amount(whole, part, *also):
    """How much of a long test: all of it by default, a part on 6.12 and 7.3, and on
    the kernels of ALSO."""
    few = os.environ.get("DVR_KERNEL") in ("6.12", "7.3") + also
    return part if few else whole


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


def busywait(seconds, what, condition):
    """Wait until condition() is true and return its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Fail(f"{what}: not within {seconds} s")
        time.sleep(0.05)


# -------------------------------------------------------------- addresses

def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET,
                            text)


def ip_text(raw):
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else
                            socket.AF_INET6, raw)


def mac_text(raw):
    return raw.hex(":")


def eui64(mac_address, prefix="fe80::"):
    """The address made of PREFIX/64 and a MAC (RFC 4291 appendix A)."""
    m = mac(mac_address)
    return ip_text(ip(prefix)[:8] + bytes([m[0] ^ 2]) + m[1:3] + b"\xff\xfe" +
                   m[3:])


def solicited(address):
    return ip_text(ip("ff02::1:ff00:0")[:13] + ip(address)[13:])


def multicast_mac(address):
    raw = ip(address)
    if len(raw) == 4:
        return mac_text(b"\x01\x00\x5e" + bytes([raw[1] & 0x7f]) + raw[2:])
    return mac_text(b"\x33\x33" + raw[12:])


# --------------------------------------------------------------- building

def checksum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, proto, length):
    src, dst = ip(src), ip(dst)
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!IHBB", length, 0, 0, proto)


def eth(dst, src, payload, kind=None):
    if kind is None:
        kind = 0x86dd if payload[0] >> 4 == 6 else 0x0800
    return mac(dst) + mac(src) + struct.pack("!H", kind) + payload


def ip4(src, dst, proto, body=b"", ttl=64, tos=0, ident=0x1234, flags=0,
        offset=0, opts=b"", version=4, ihl=None, length=None, csum=None):
    """An IPv4 packet; FLAGS: 4 reserved, 2 DF, 1 MF; OFFSET in bytes."""
    opts += b"\0" * (-len(opts) % 4)
    ihl = 5 + len(opts) // 4 if ihl is None else ihl
    length = 20 + len(opts) + len(body) if length is None else length
    head = struct.pack("!BBHHHBBH", version << 4 | ihl, tos, length, ident,
                       flags << 13 | offset >> 3, ttl, proto, 0)
    tail = ip(src) + ip(dst) + opts
    if csum is None:
        csum = checksum(head + tail)
    return head[:10] + struct.pack("!H", csum) + tail + body


def ip6(src, dst, proto, body=b"", hlim=64, tclass=0, flow=0, length=None,
        version=6):
    return struct.pack("!IHBB", version << 28 | tclass << 20 | flow,
                       len(body) if length is None else length, proto,
                       hlim) + ip(src) + ip(dst) + body


def udp(src, dst, data=b"", sport=4000, dport=5000):
    head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
    csum = checksum(pseudo(src, dst, UDP, 8 + len(data)) + head + data)
    return head[:6] + struct.pack("!H", csum or 0xffff) + data


def tcp(src, dst, data=b"", sport=4000, dport=5000, seq=1, ack=0, flags=2,
        window=65535, opts=b""):
    opts += b"\0" * (-len(opts) % 4)
    head = struct.pack("!HHIIBBHHH", sport, dport, seq, ack,
                       5 + len(opts) // 4 << 4, flags, window, 0, 0) + opts
    csum = checksum(pseudo(src, dst, TCP, len(head) + len(data)) + head + data)
    return head[:16] + struct.pack("!H", csum) + head[18:] + data


def icmp(kind, code=0, rest=b"\0\0\0\0", data=b""):
    body = struct.pack("!BBH", kind, code, 0) + rest + data
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def icmp6(src, dst, kind, code=0, rest=b"\0\0\0\0", data=b"", csum=None):
    body = struct.pack("!BBH", kind, code, 0) + rest + data
    if csum is None:
        csum = checksum(pseudo(src, dst, ICMP6, len(body)) + body)
    return body[:2] + struct.pack("!H", csum) + body[4:]


def packet(src, dst, proto, body, **kw):
    """An IP packet of the family of its addresses; ttl means both."""
    if ":" not in dst:
        return ip4(src, dst, proto, body, **kw)
    if "ttl" in kw:
        kw["hlim"] = kw.pop("ttl")
    if "tos" in kw:
        kw["tclass"] = kw.pop("tos")
    return ip6(src, dst, proto, body, **kw)


def udp_packet(src, dst, data=b"", sport=4000, dport=5000, **kw):
    return packet(src, dst, UDP, udp(src, dst, data, sport, dport), **kw)


def echo(src, dst, data=b"", ident=7, seq=1, reply=False, **kw):
    rest = struct.pack("!HH", ident, seq)
    if ":" in dst:
        body = icmp6(src, dst, 129 if reply else 128, 0, rest, data)
        return packet(src, dst, ICMP6, body, **kw)
    return packet(src, dst, ICMP, icmp(0 if reply else 8, 0, rest, data), **kw)


def arp(op, sha, spa, tha, tpa, hlen=6, plen=4, htype=1, ptype=0x800):
    return struct.pack("!HHBBH", htype, ptype, hlen, plen, op) + mac(sha) + \
        ip(spa) + mac(tha) + ip(tpa)


def arp_frame(op, sha, spa, tha, tpa, dst=BROADCAST, src=None, **kw):
    return eth(dst, src or sha, arp(op, sha, spa, tha, tpa, **kw), 0x0806)


def lladdr(kind, address):
    """A link-layer address option: kind 1 is the source's, 2 the target's."""
    return bytes([kind, 1]) + mac(address)


def ns_packet(src, dst, target, opts=b"", hlim=255, code=0, csum=None):
    return ip6(src, dst, ICMP6, icmp6(src, dst, 135, code, b"\0" * 4,
                                      ip(target) + opts, csum), hlim=hlim)


def na_packet(src, dst, target, opts=b"", flags=0x60, hlim=255, code=0,
              csum=None):
    """FLAGS: 0x80 router, 0x40 solicited, 0x20 override."""
    return ip6(src, dst, ICMP6, icmp6(src, dst, 136, code,
                                      bytes([flags, 0, 0, 0]),
                                      ip(target) + opts, csum), hlim=hlim)


def frag6(proto, offset, more, ident, body):
    """A fragment header and what follows it; OFFSET in bytes."""
    return struct.pack("!BBHI", proto, 0, offset | more, ident) + body


# ---------------------------------------------------------------- parsing

class Pkt:
    """A received frame, taken apart.  What is not in it is None."""

    def __init__(self, raw, vlan=None, vnet=None):
        self.raw, self.vlan, self.vnet = raw, vlan, vnet
        self.dst, self.src = mac_text(raw[0:6]), mac_text(raw[6:12])
        self.kind = struct.unpack("!H", raw[12:14])[0]
        self.op = self.spa = self.tpa = self.sha = self.tha = None
        self.v = self.ttl = self.tos = self.proto = self.l4 = None
        self.saddr = self.daddr = self.ip = None
        self.ident = self.flags = self.offset = self.opts = None
        self.sport = self.dport = self.type = self.code = None
        self.length = self.target = None
        try:
            if self.kind == 0x0806:
                self._arp(raw[14:])
            elif self.kind == 0x0800:
                self._ip4(raw[14:])
            elif self.kind == 0x86dd:
                self._ip6(raw[14:])
        except (struct.error, IndexError, ValueError):
            pass

    def _arp(self, b):
        self.op = struct.unpack("!H", b[6:8])[0]
        self.sha, self.spa = mac_text(b[8:14]), ip_text(b[14:18])
        self.tha, self.tpa = mac_text(b[18:24]), ip_text(b[24:28])

    def _ip4(self, b):
        (vihl, self.tos, self.length, self.ident, frag, self.ttl, self.proto,
         _) = struct.unpack("!BBHHHBBH", b[:12])
        self.v, head = vihl >> 4, (vihl & 15) * 4
        self.ip = b[:self.length]
        self.saddr, self.daddr = ip_text(b[12:16]), ip_text(b[16:20])
        self.opts = b[20:head]
        self.flags, self.offset = frag >> 13, (frag & 0x1fff) * 8
        self.l4 = b[head:self.length]
        if not self.offset:
            self._l4()

    def _ip6(self, b):
        first, length, self.proto, self.ttl = struct.unpack("!IHBB", b[:8])
        self.v, self.tos, self.flow = 6, first >> 20 & 255, first & 0xfffff
        self.length = 40 + length
        self.ip = b[:self.length]
        self.saddr, self.daddr = ip_text(b[8:24]), ip_text(b[24:40])
        self.l4 = b[40:self.length]
        while self.proto in (HOPOPTS, ROUTING, DSTOPTS):
            self.proto, size = self.l4[0], (self.l4[1] + 1) * 8
            self.l4 = self.l4[size:]
        if self.proto == FRAGMENT:
            self.proto, _, off, self.ident = struct.unpack("!BBHI",
                                                           self.l4[:8])
            self.offset, self.flags = off & ~7, off & 1
            self.l4 = self.l4[8:]
        if not self.offset:
            self._l4()

    def _l4(self):
        if self.proto in (TCP, UDP):
            self.sport, self.dport = struct.unpack("!HH", self.l4[:4])
        elif self.proto in (ICMP, ICMP6):
            self.type, self.code = self.l4[0], self.l4[1]
            if self.proto == ICMP6 and 133 <= self.type <= 137:
                self.target = ip_text(self.l4[8:24])

    @property
    def rest(self):
        """The four bytes behind an ICMP header, as a number."""
        return struct.unpack("!I", self.l4[4:8])[0]

    @property
    def quote(self):
        """What an ICMP error quotes."""
        return self.l4[8:]

    def option(self, kind):
        """The link-layer address in a neighbour discovery option."""
        opts = self.l4[24:]
        while len(opts) >= 8 and opts[1]:
            if opts[0] == kind:
                return mac_text(opts[2:8])
            opts = opts[opts[1] * 8:]
        return None

    def sound(self):
        """Are the header checksum and that of the ICMP or UDP right?"""
        if self.v == 4 and checksum(self.ip[:20 + len(self.opts)]):
            return False
        if self.proto == ICMP and not self.offset and not self.flags & 1:
            return not checksum(self.l4)
        if self.proto in (ICMP6, TCP) or \
           self.proto == UDP and self.l4[6:8] != b"\0\0":
            if self.flags or self.offset:
                return True
            return not checksum(pseudo(self.saddr, self.daddr, self.proto,
                                       len(self.l4)) + self.l4)
        return True

    def icmp_error(self, kind, code):
        return self.proto in (ICMP, ICMP6) and self.type == kind and \
            self.code == code

    def __str__(self):
        text = f"{self.src}>{self.dst} {self.kind:04x}"
        if self.op:
            text += f" arp {self.op} {self.spa} {self.sha}>{self.tpa}"
        if self.saddr:
            text += f" {self.saddr}>{self.daddr} proto {self.proto}"
            text += f" ttl {self.ttl} len {self.length}"
        if self.type is not None:
            text += f" icmp {self.type}/{self.code} {self.target or ''}"
        if self.dport is not None:
            text += f" ports {self.sport}>{self.dport}"
        if self.offset or self.flags:
            text += f" frag {self.flags}/{self.offset}"
        return text


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
        end = time.monotonic() + seconds
        while True:
            for number, pkt in enumerate(self.rx):
                if want(pkt):
                    del self.rx[number]
                    return pkt
            left = end - time.monotonic()
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

    def own(self, dst):
        """My address of the family of DST."""
        return self.v6 if ":" in dst else self.v4

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
        atexit.register(self.cleanup)
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
        if os.environ.get("KEEP"):
            return
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
        """A packet of HOST that must reach its peer through the router."""
        token = self.token()
        host.udp(host.peer.v4 or host.peer.v6, token)
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
