#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""NPTv6 by RFC 6296, byte for byte.

The bed is natrfc's, with legs inside fd01:203:405::/48 and fd00:0:0:2::/64.
"""

from frames import aged, ip, ip_text, packet, udp_packet
from lib import equal, need, test
from natlib import (GWE, INSIDE6, error, gathered, npt, pieces, reassemble)
from natrfc import bed, done, p1, p3, x

NPT = (("fd01:203:405::", "2001:db8:1::", 48),
       ("fd00:0:0:2::", "2001:db8:f:2::", 64))


bed.dvr(f"iface set r1 segment in addr 10.1.0.1/24 addr {INSIDE6}1/64 "
        "addr fd01:203:405:1::1/64 addr fd00:0:0:2::1/64\n" + "".join(
            f"nat add r1 out ext floating {o}/{n} to {i}/{n}\n" for i, o, n in NPT))


@test("NPTv6 as the example of the RFC has it")
def npt_oracle():
    # The example of RFC 6296 appendix B: an oracle for the oracle.
    equal(npt("fd01:203:405:1::1234", *NPT[0]), "2001:db8:1:d550::1234",
          "the example of the RFC")


NPT_HOSTS = [(ip_text(ip(a)), n) for a, n in (
    ("fd01:203:405:1::1234", 0), ("fd01:203:405:1::5:ffff", 0),
    ("fd00:0:0:2::44", 1), ("fd00:0:0:2:ffff::45", 1),
    ("fd00:0:0:2:1234:5678:9abc:def0", 1))]


@test("NPTv6 both ways, neutral to the byte, without state")
def npt_both():
    for address, which in NPT_HOSTS:
        want = npt(address, *NPT[which])
        for data in (bed.token(), bed.token() + b"odd"):
            sent = udp_packet(address, x.v6, data, 1111, 2222)
            got = bed.out(12, sent)
            equal(got.saddr, want, f"{address} outside")
            equal(got.l4.hex(), sent[40:].hex(), "the datagram")
            back = udp_packet(x.v6, want, bed.token(), 2222, 1111)
            got = bed.into(12, back)
            equal(got.daddr, address, f"{want} inside")
            equal(got.l4.hex(), back[40:].hex(), "the datagram")
    # One that outside begins; any protocol.
    address, which = NPT_HOSTS[0]
    sent = packet(x.v6, npt(address, *NPT[which]), 253, bed.token() * 3)
    equal(bed.into(12, sent).daddr, address, "protocol 253")
    equal([f for f in bed.flows() if f["orig"]["src"] == address or
           f["reply"]["src"] == address], [], "connections")


@test("NPTv6 to hosts that do not exist and subnet ffff: silence or an error")
def npt_untranslatable():
    # RFC 6296 3.5, 3.6: an all-ones word cannot be translated.
    for address in ("fd01:203:405:ffff::1", "fd00:0:0:2:ffff:ffff:ffff:ffff"):
        token = bed.token()
        bed.flush()
        bed.host(12).send(udp_packet(address, x.v6, token, 1111, 2222))
        bed.settle()
        got = [p for p in p3.rx if token in p.raw]
        need(not got, f"{address} left as {got and got[0]}")


@test("NPTv6 errors: the quote is reverted, both ways")
def npt_errors():
    for address, which in NPT_HOSTS[::2]:
        ext = npt(address, *NPT[which])
        sent = udp_packet(address, x.v6, bed.token(), 1111, 2222)
        got = bed.out(12, sent)
        bed.flush()
        x.send(error(x.v6, ext, 2, 0, got.ip, 1400))
        back = p1.expect(lambda p: p.icmp_error(2, 0), "error inside")
        equal((back.daddr, back.rest), (address, 1400), "destination, MTU")
        equal(back.quote.hex(), aged(sent).hex(), "the quote inside")
        need(back.sound(), "checksum")
        sent = udp_packet(x.v6, ext, bed.token(), 2222, 1111)
        got = bed.into(12, sent)
        bed.flush()
        bed.host(12).send(error(address, x.v6, 1, 4, got.ip))
        back = p3.expect(lambda p: p.icmp_error(1, 4), "error outside")
        equal((back.saddr, back.daddr), (ext, x.v6), "addresses")
        equal(back.quote.hex(), aged(sent).hex(), "the quote outside")
        need(back.sound(), "checksum")


@test("NPTv6 hairpin: both addresses are of the outside prefix")
def npt_hairpin():
    for (one, a), (two, b) in ((NPT_HOSTS[0], NPT_HOSTS[1]),
                               (NPT_HOSTS[0], NPT_HOSTS[2])):
        sent = udp_packet(one, npt(two, *NPT[b]), bed.token(), 1, 2)
        got = bed.into(12, sent, bed.host(12))
        equal((got.saddr, got.daddr), (npt(one, *NPT[a]), two), "addresses")
        equal(got.l4.hex(), sent[40:].hex(), "the datagram")


@test("NPTv6 fragments are translated as they are")
def npt_fragments():
    address, which = NPT_HOSTS[0]
    ext = npt(address, *NPT[which])
    sent = udp_packet(address, x.v6, bed.token() + b"f" * 1200, 1111, 2222)
    bed.flush()
    for part in pieces(sent, 512, 0x99, (2, 0, 1)):
        bed.host(12).send(part)
    got = gathered(p3, GWE, "fragments outside")
    equal({p.saddr for p in got}, {ext}, "source")
    equal(reassemble(got).hex(), sent[40:].hex(), "the datagram")


done()
