# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of NAT in Python share: a bed, and packets that cross it.

    p1 --+                                      +-- p3 x 192.0.2.10 (a router)
         +-- segment in -- r1 -- segment ext ---+
    p2 --+   10.1.0.0/24         192.0.2.0/24   +-- p4 y 192.0.2.11
             fd00:0:0:1::/64     2001:db8:e::/64

Inside hosts are numbers: number N is 10.1.0.N and fd00:0:0:1::N (N in
hexadecimal), behind p2 if it is in P2, else behind p1.  Outside addresses are
203.0.113.N and 2001:db8:f::N, not of the leg's subnet.  All other addresses, such as
198.51.100.0/24 and 2001:db8:d::/64, are behind x.

Leaks looks for inside addresses in all packets that leave by ext, and by a second out
segment where a test has one.
"""

import re
import struct

from frames import (FRAGMENT, ICMP, ICMP6, TCP, UDP, arp_frame, checksum, eth,
                    frag6, icmp_packet, ip, ip_text, lladdr, na_packet, packet,
                    pseudo, tcp, udp_packet)
import lib
from lib import Bed, Host, equal, need

GWI, GWE = "02:00:00:00:0a:01", "02:00:00:00:0e:01"
GWE2 = "02:00:00:00:02:01"      # of ext2, see NatBed.second()
M1, M2 = "02:00:00:00:01:01", "02:00:00:00:01:02"
P2 = (11, 75, 139, 161, 177, 201, 203, 251)
PLAIN = ("10.1.0.250", "10.1.0.251")     # no rule may know them
INSIDE6 = "fd00:0:0:1::"
BOTH, both = lib.BOTH, lib.both
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TOKEN = re.compile(rb"<[a-z_]+-[0-9]+>")


def inside(v, n):
    return f"10.1.0.{n}" if v == 4 else f"{INSIDE6}{n:x}"


def prefix(v, n, length):
    """A prefix of inside hosts; LENGTH is IPv4's."""
    return f"{inside(v, n)}/{length if v == 4 else length + 96}"


def outside(v, n):
    return f"203.0.113.{n}" if v == 4 else f"2001:db8:f::{n:x}"


def npt(address, source, target, length):
    """ADDRESS of prefix SOURCE in TARGET, checksum-neutral (RFC 6296 3)."""
    words = list(struct.unpack("!8H", ip(address)))
    old, new = (struct.unpack("!8H", ip(a)) for a in (source, target))
    count = length // 16
    adjust = sum(old[:count]) - sum(new[:count])
    words[:count] = new[:count]
    at = 3 if length <= 48 else next(i for i in range(4, 8)
                                     if words[i] != 0xffff)
    total = (words[at] + adjust) % 0xffff
    words[at] = total
    return ip_text(struct.pack("!8H", *words))


def is_inside(address):
    return address is not None and (address.startswith("10.") or
                                    address.startswith("fd"))


def bracket(address):
    return f"[{address}]" if ":" in address else address


class Many(Host):
    """A machine with all inside addresses that no other one has."""

    def __init__(self, wire, hwaddr, gw, mine):
        super().__init__(wire, hwaddr, None, None, gw)
        self.mine = mine

    def hear(self, pkt):
        if pkt.op == 1 and self.mine(pkt.tpa):
            self.asked += 1
            self.wire.send(arp_frame(2, self.mac, pkt.tpa, pkt.sha, pkt.spa,
                                     dst=pkt.src))
        elif pkt.type == 135 and pkt.saddr != "::" and self.mine(pkt.target):
            self.asked += 1
            self.wire.send(eth(pkt.src, self.mac, na_packet(
                pkt.target, pkt.saddr, pkt.target, lladdr(2, self.mac))))


class Leaks:
    """Frames of the router on the outside that have an inside address."""

    def __init__(self, *wires):
        self.found, self.allowed, self.macs = [], False, {GWE}
        self.watch(*wires)

    def watch(self, *wires, mac=GWE):
        """WIRES are outside too; MAC is the router's there."""
        self.macs.add(mac)
        for wire in wires:
            wire.hosts.append(self)

    def hear(self, pkt):
        if pkt.src not in self.macs or pkt.v is None or self.allowed or \
                pkt.saddr in PLAIN:
            return
        there = [pkt.saddr, pkt.daddr]
        if pkt.proto == ICMP and pkt.type in (3, 4, 5, 11, 12) and \
                not pkt.offset and len(pkt.quote) >= 20:
            there += [ip_text(pkt.quote[12:16]), ip_text(pkt.quote[16:20])]
        if pkt.proto == ICMP6 and pkt.type < 128 and not pkt.offset and \
                len(pkt.quote) >= 40:
            there += [ip_text(pkt.quote[8:24]), ip_text(pkt.quote[24:40])]
        if any(map(is_inside, there)):
            self.found.append(f"{pkt} {there}")

    def none(self):
        need(not self.found, f"{len(self.found)} leaks: {self.found[:3]}")


class NatBed(Bed):
    """The bed above; RULES are lines of dvradm for the router r1."""

    def __init__(self, rules="", mtu=1500, **kw):
        super().__init__("p1", "p2", "p3", "p4", mtu=mtu, **kw)
        self.p1, self.p2, self.p3, self.p4 = self.wires.values()
        self.ports = iter(range(20000, 60000))
        two = {inside(v, n) for v in (4, 6) for n in P2}
        gates = ("10.1.0.1", f"{INSIDE6}1")
        self.in1 = Many(self.p1, M1, GWI, lambda a: is_inside(a) and
                        a not in two and a not in gates)
        self.in2 = Many(self.p2, M2, GWI, lambda a: a in two)
        self.x = Host(self.p3, "02:00:00:00:0e:10", "192.0.2.10",
                      "2001:db8:e::10", GWE)
        self.y = Host(self.p4, "02:00:00:00:0e:11", "192.0.2.11",
                      "2001:db8:e::11", GWE)
        self.far = {4: "198.51.100.7", 6: "2001:db8:d::7"}
        self.leaks = Leaks(self.p3, self.p4)
        self.dvr(f"""
            router add r1 icmp-rate 100000 neigh-limit 4096
            segment add in mtu {mtu}
            segment add ext mtu 1500
            iface add r1 segment in mac {GWI} addr 10.1.0.1/24 addr {INSIDE6}1/64
            iface add r1 segment ext mac {GWE} addr 192.0.2.1/24 addr 2001:db8:e::1/64
            route add r1 default via {self.x.v4}
            route add r1 ::/0 via {self.x.v6}
            port add p1 segment in
            port add p2 segment in
            port add p3 segment ext mac {self.x.mac} addr {self.x.v4} addr {self.x.v6} security off
            port add p4 segment ext mac {self.y.mac} addr {self.y.v4} addr {self.y.v6} security off
        """)
        self.ip("link set r1 up\n")
        self.dvr(rules)

    def second(self):
        """A second out segment, ext2, with z: 198.18.0.0/24, 2001:db8:e2::/64."""
        self.add("p5")
        self.p5 = self.wires["p5"]
        self.z = Host(self.p5, "02:00:00:00:02:10", "198.18.0.10",
                      "2001:db8:e2::10", GWE2)
        self.leaks.watch(self.p5, mac=GWE2)
        self.dvr(f"""
            segment add ext2
            iface add r1 segment ext2 mac {GWE2} addr 198.18.0.1/24 addr 2001:db8:e2::1/64
            port add p5 segment ext2 mac {self.z.mac} addr {self.z.v4} addr {self.z.v6} security off
        """)

    # -- sending and seeing ------------------------------------------------

    def host(self, n):
        return self.in2 if n in P2 else self.in1

    def addr(self, v, host):
        """The address of X or Y, or of what is behind it."""
        return host.addr(v) if isinstance(host, Host) else host

    def wire_to(self, address):
        return self.p4 if address in (self.y.v4, self.y.v6) else self.p3

    def port(self, parity=None):
        """A port that no test has used yet."""
        number = next(self.ports)
        while parity is not None and number % 2 != parity:
            number = next(self.ports)
        return number

    def out(self, n, payload, want=None, wire=None, what="the packet outside"):
        """Inside host N sends PAYLOAD; what is seen of it outside."""
        token = tokens(payload)
        self.flush()
        self.host(n).send(payload)
        dst = ip_text(payload[16:20] if payload[0] >> 4 == 4 else
                      payload[24:40])
        wire = wire or self.wire_to(dst)
        got = wire.expect(want or (lambda p: p.src == GWE and
                                   p.saddr is not None and
                                   p.proto not in (ICMP6, ICMP) and
                                   token in p.raw), what)
        need(got.sound(), f"checksums outside: {got}")
        return got

    def into(self, n, payload, host=None, want=None,
             what="the packet inside"):
        """An outside host sends PAYLOAD; what inside host N gets of it."""
        token = tokens(payload)
        self.flush()
        (host or self.x).send(payload)
        got = self.host(n).wire.expect(
            want or (lambda p: p.src == GWI and token in p.raw), what)
        need(got.sound(), f"checksums inside: {got}")
        return got

    def udp_out(self, v, n, sport, dst=None, dport=5000, data=None, **kw):
        dst = self.addr(v, dst or self.x)
        got = self.out(n, udp_packet(inside(v, n), dst, data or self.token(),
                                     sport, dport, **kw))
        equal((got.daddr, got.dport, got.ttl), (dst, dport, 63),
              "destination, TTL")
        return got

    def udp_in(self, v, n, want_port, dst, dport, src=None, sport=5000,
               host=None):
        """SRC sends to the outside DST and DPORT; N gets it on its port."""
        host = host or (src if isinstance(src, Host) else self.x)
        src = self.addr(v, src or self.x)
        got = self.into(n, udp_packet(src, dst, self.token(), sport, dport),
                        host)
        equal((got.saddr, got.sport), (src, sport), "source inside")
        equal((got.daddr, got.dport), (inside(v, n), want_port),
              "destination inside")
        return got

    def answer(self, got, n, data=None, host=None):
        """The far end of GOT, seen outside, answers; N sees the answer."""
        src = got.daddr
        host = host or (self.y if src in (self.y.v4, self.y.v6) else self.x)
        return self.into(n, udp_packet(src, got.saddr, data or self.token(),
                                       got.dport, got.sport), host)

    def not_in(self, payloads, what="a packet that nobody asked for",
               reason=None, host=None):
        """None of PAYLOADS of an outside host is seen anywhere, nor is there
        any answer; a packet that is let in comes through after them."""
        host = host or self.x
        before = self.drops(reason, router="r1") if reason else 0
        marks = [tokens(p) for p in payloads]
        self.flush()
        for payload in payloads:
            host.send(payload)
        self.settle()
        found = self.seen(lambda p: any(t in p.raw for t in marks))
        need(not found, f"{what}: seen on {found and found[0][0]}: "
             f"{found and found[0][1]}")
        if reason:
            count = self.drops(reason, router="r1") - before
            need(count >= len(payloads), f"{what}: {count} counted as "
                 f"{reason}, not {len(payloads)}")

    def settle(self):
        """All that was sent has been dealt with: packets sent behind it have
        come, and what they bring with them has been read."""
        for wire, n, peer in ((self.p3, 250, self.x), (self.p4, 251, self.y)):
            token, src = self.token(), inside(4, n)
            self.host(n).send(udp_packet(src, peer.v4, token, 9, 9))
            wire.expect(lambda p, t=token: t in p.raw, "a packet behind it")
            token = self.token()
            peer.send(udp_packet(peer.v4, src, token, 9, 9))
            self.host(n).wire.expect(
                lambda p, t=token: t in p.raw and p.src == GWI,
                "a packet behind it, inwards")
        self.poll()

    def many(self, v, cases, data=None, chunk=40):
        """UDP of CASES, (n, sport, dst, dport); what came of each, or None.

        N may be an address: one that is routed to what is behind p1."""
        self.flush()
        marks, result = [], {}
        for start in range(0, len(cases), chunk):
            for n, sport, dst, dport in cases[start:start + chunk]:
                token = self.token()
                marks.append(token)
                self.host(n).send(udp_packet(
                    n if isinstance(n, str) else inside(v, n),
                    self.addr(v, dst), token + (data or b""), sport, dport))
            self.poll(0.01)
        end = 40
        while len(result) < len(cases) and end:
            for wire in (self.p3, self.p4):
                for pkt in wire.rx:
                    mark = TOKEN.search(pkt.raw)
                    if mark and pkt.src == GWE and pkt.proto == UDP:
                        result[mark[0]] = pkt
                wire.rx.clear()
            if len(result) < len(cases) and not self.poll(0.05):
                end -= 1
        return [result.get(m) for m in marks]

    def router_set(self, **values):
        """The router's settings; a name has _ for -."""
        self.dvradm("router", "set", "r1", *(
            w for k, value in values.items()
            for w in (k.replace("_", "-"), value)))

    # -- conntrack as dvradm tells it ------------------------------------

    def flows(self, *words):
        return self.show("flow", "show", "router", "r1", *words)

    def flow(self, port, *words):
        """The one connection of that port (or ICMP identifier)."""
        got = self.flows("port", str(port), *words)
        equal(len(got), 1, f"connections with port {port}: {got}")
        return got[0]

    def no_flow(self, port):
        equal(self.flows("port", str(port)), [], f"connections of {port}")


def tokens(payload):
    """What to know PAYLOAD by: its token, or the end of it."""
    mark = TOKEN.search(payload)
    return mark[0] if mark else payload[-16:]


def error(src, dst, kind, code, quote, rest=0, csum=None):
    """An ICMP error."""
    return icmp_packet(src, dst, kind, code, struct.pack("!I", rest), quote, csum)


def tcp_packet(src, dst, data=b"", sport=4000, dport=5000, seq=1, ack=0,
               flags=SYN, dontfrag=False):
    return packet(src, dst, TCP, tcp(src, dst, data, sport, dport, seq, ack,
                                     flags), **({"flags": 2} if dontfrag else
                                                {}))


class Tcp:
    """A TCP connection, byte by byte: inside host N and an outside host."""

    def __init__(self, bed, v, n, dst=None, dport=80, sport=None):
        self.bed, self.v, self.n = bed, v, n
        self.peer = dst if isinstance(dst, Host) else bed.x
        self.dst = bed.addr(v, dst or bed.x)
        self.src, self.sport = inside(v, n), sport or bed.port()
        self.dport = dport
        self.iseq, self.oseq = 0x10000000, 0x70000000
        self.ext = self.eport = None

    def packet_out(self, flags, data=b"", seq=None, ack=None):
        return tcp_packet(self.src, self.dst, data, self.sport, self.dport,
                          self.iseq if seq is None else seq,
                          (self.oseq if flags & ACK else 0) if ack is None
                          else ack, flags, dontfrag=self.v == 4)

    def packet_in(self, flags, data=b"", seq=None, ack=None, src=None):
        return tcp_packet(src or self.dst, self.ext, data, self.dport,
                          self.eport, self.oseq if seq is None else seq,
                          (self.iseq if flags & ACK else 0) if ack is None
                          else ack, flags)

    def send(self, flags, data=b""):
        """From inside; seen outside."""
        before = self.iseq
        got = self.bed.out(
            self.n, self.packet_out(flags, data),
            lambda p: p.proto == TCP and p.src == GWE and
            p.dport == self.dport and p.daddr == self.dst and
            p.l4[4:8] == struct.pack("!I", before) and p.l4[13] == flags and
            p.l4[20:] == data, what=f"TCP flags {flags} outside")
        self.iseq += len(data) + bool(flags & (SYN | FIN))
        if self.ext is None:
            self.ext, self.eport = got.saddr, got.sport
        equal((got.saddr, got.sport), (self.ext, self.eport),
              "outside address and port")
        return got

    def reply(self, flags, data=b""):
        """From outside; seen inside."""
        before = self.oseq
        got = self.bed.into(
            self.n, self.packet_in(flags, data), self.peer,
            lambda p: p.proto == TCP and p.src == GWI and
            p.daddr == self.src and
            p.dport == self.sport and p.l4[13] == flags and
            p.l4[4:8] == struct.pack("!I", before) and p.l4[20:] == data,
            f"TCP flags {flags} inside")
        equal((got.saddr, got.sport), (self.dst, self.dport), "source inside")
        self.oseq += len(data) + bool(flags & (SYN | FIN))
        return got

    def open(self):
        self.send(SYN)
        self.reply(SYN | ACK)
        self.send(ACK)
        return self

    def alive(self):
        """Data goes both ways, and is acknowledged."""
        self.send(ACK | PSH, self.bed.token())
        self.reply(ACK | PSH, self.bed.token())
        self.send(ACK)

    def flow(self):
        got = [f for f in self.bed.flows("port", str(self.sport))
               if f["orig"]["src"] == self.src and f["orig"]["dst"] == self.dst]
        equal(len(got), 1, f"connections of port {self.sport}: {got}")
        return got[0]


def pieces(payload, size, ident=0x4321, order=None):
    """PAYLOAD in fragments of SIZE bytes each, in that order."""
    v = payload[0] >> 4
    if v == 4:
        head, body = bytearray(payload[:20]), payload[20:]
    else:
        head, body = bytearray(payload[:40]), payload[40:]
    out = []
    for offset in range(0, len(body), size):
        part, more = body[offset:offset + size], offset + size < len(body)
        h = bytearray(head)
        if v == 4:
            h[2:4] = struct.pack("!H", 20 + len(part))
            h[4:8] = struct.pack("!HH", ident, more << 13 | offset >> 3)
            h[10:12] = b"\0\0"
            h[10:12] = struct.pack("!H", checksum(bytes(h)))
            out.append(bytes(h) + part)
        else:
            proto, h[6] = h[6], FRAGMENT
            h[4:6] = struct.pack("!H", len(part) + 8)
            out.append(bytes(h) + frag6(proto, offset, more, ident, part))
    return out if order is None else [out[i] for i in order]


def reassemble(pkts):
    """Fragments of one packet, in any order: what they carry, or None."""
    body, end = {}, None
    for p in pkts:
        body[p.offset] = p.l4
        if not p.flags & 1:
            end = p.offset + len(p.l4)
    whole, offset = b"", 0
    while offset in body:
        whole += body[offset]
        if offset + len(body[offset]) == end:
            return whole
        offset += len(body[offset])
    return None


def sound_udp(src, dst, l4):
    return not checksum(pseudo(src, dst, UDP, len(l4)) + l4)


def gathered(wire, src, what, seconds=4):
    """Fragments from the router until they make a whole."""
    got = []
    while not got or reassemble(got) is None:
        got.append(wire.expect(
            lambda p: p.src == src and p.proto == UDP and
            (p.offset or p.flags & 1), f"{what}, after {len(got)} fragments",
            seconds))
    return got


def check_pieces(got, v, size, data, src, dst):
    whole = reassemble(got)
    equal(whole[8:], data, "data")
    equal({(p.saddr, p.daddr) for p in got}, {(src, dst)}, "addresses")
    need(sound_udp(src, dst, whole), "UDP checksum of the whole")
    need(all(len(p.l4) <= size for p in got),
         f"pieces of {[len(p.l4) for p in got]}, sent were {size}")
    if v == 4:
        need(all(not checksum(p.ip[:20]) for p in got), "header checksum")
