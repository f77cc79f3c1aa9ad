# SPDX-License-Identifier: GPL-2.0-only
"""Build and parse the packets of the selftests.

A packet library would take seconds to load in a slow emulator, and would repair packets
that are broken on purpose.
"""

import socket
import struct

BROADCAST = "ff:ff:ff:ff:ff:ff"
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
HOPOPTS, ROUTING, FRAGMENT, NONEXT, DSTOPTS = 0, 43, 44, 59, 60


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


def icmp(kind, code=0, rest=b"\0\0\0\0", data=b"", csum=None):
    body = struct.pack("!BBH", kind, code, 0) + rest + data
    if csum is None:
        csum = checksum(body)
    return body[:2] + struct.pack("!H", csum) + body[4:]


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


def icmp_packet(src, dst, kind, code=0, rest=b"\0\0\0\0", data=b"", csum=None, **kw):
    """An ICMP packet of the family of its addresses."""
    if ":" in dst:
        return packet(src, dst, ICMP6, icmp6(src, dst, kind, code, rest, data, csum), **kw)
    return packet(src, dst, ICMP, icmp(kind, code, rest, data, csum), **kw)


def echo(src, dst, data=b"", ident=7, seq=1, reply=False, **kw):
    kinds = (128, 129) if ":" in dst else (8, 0)
    return icmp_packet(src, dst, kinds[reply], 0, struct.pack("!HH", ident, seq), data, **kw)


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


def aged(payload):
    """PAYLOAD as it is behind one router."""
    b = bytearray(payload)
    if b[0] >> 4 == 6:
        b[7] -= 1
        return bytes(b)
    head = (b[0] & 15) * 4
    b[8] -= 1
    b[10:12] = b"\0\0"
    b[10:12] = struct.pack("!H", checksum(bytes(b[:head])))
    return bytes(b)


def question(mac_address, src, target, dst=None):
    """A frame of a MAC that asks all, or the MAC DST, for TARGET, by ARP or NS; SRC is
    0.0.0.0 or :: in a probe."""
    if ":" not in target:
        return arp_frame(1, mac_address, src, "00:00:00:00:00:00", target,
                         dst=dst or BROADCAST)
    group = solicited(target)
    return eth(dst or multicast_mac(group), mac_address, ns_packet(
        src, group, target, lladdr(1, mac_address) if src != "::" else b""))


def reply(mac_address, address, to_mac, to):
    """The answer to a question that TO asked: a MAC has ADDRESS."""
    if ":" not in address:
        return arp_frame(2, mac_address, address, to_mac, to, dst=to_mac)
    return eth(to_mac, mac_address, na_packet(address, to, address, lladdr(2, mac_address)))


def gratuitous(mac_address, address, op=1, flags=0x20):
    """A frame of a MAC that tells all that it has ADDRESS: OP is of ARP, FLAGS of an NA."""
    if ":" not in address:
        return arp_frame(op, mac_address, address,
                         "00:00:00:00:00:00" if op == 1 else BROADCAST, address)
    return eth(multicast_mac("ff02::1"), mac_address, na_packet(
        address, "ff02::1", address, lladdr(2, mac_address), flags))


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


def is_question(pkt):
    """ARP or NS."""
    return pkt.op == 1 or pkt.type == 135


def asks(pkt, address):
    """Is it a question for an address?"""
    return is_question(pkt) and address in (pkt.tpa, pkt.target)


def is_reply(pkt):
    """ARP or NA."""
    return pkt.op == 2 or pkt.type == 136


def is_told(pkt, address, mac):
    """A gratuitous ARP or an unsolicited advertisement of an address."""
    if pkt.src != mac:
        return False
    if ":" in address:
        return pkt.type == 136 and pkt.target == address and \
            pkt.daddr == "ff02::1" and pkt.option(2) == mac and \
            pkt.rest == 0xa0000000
    return pkt.op == 1 and (pkt.spa, pkt.tpa, pkt.sha) == (address, address, mac)
