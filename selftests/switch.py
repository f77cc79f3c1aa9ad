#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""The switch of a segment: learning, flooding, suppression, tags.

    h1 p1 --+
    h2 p2 --+-- segment a -- r1 -- segment b -- p5 h5
    h3 p3 --+   192.0.2.0/24       198.51.100.0/24
    h4 p4 --+   2001:db8:1::/64    2001:db8:2::/64

p1, p2 and p3 are open ports; p4 and p5 are configured with the addresses of their hosts.
"""

import contextlib
import socket
import struct
import time

from frames import (BROADCAST, eth, eui64, is_reply, lladdr, ns_packet, question, reply,
                    udp_packet)
from lib import Bed, Host, both, defer, equal, finish, in_ns, log, need, run, test

GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
bed = Bed("p1", "p2", "p3", "p4", "p5")
w1, w2, w3, w4, w5 = bed.wires.values()
h1 = Host(w1, "02:00:00:00:01:01", "192.0.2.101", "2001:db8:1::101", GWA)
h2 = Host(w2, "02:00:00:00:01:02", "192.0.2.102", "2001:db8:1::102", GWA)
h3 = Host(w3, "02:00:00:00:01:03", "192.0.2.103", "2001:db8:1::103", GWA)
h4 = Host(w4, "02:00:00:00:01:04", "192.0.2.104", "2001:db8:1::104", GWA)
h5 = Host(w5, "02:00:00:00:02:05", "198.51.100.105", "2001:db8:2::105", GWB)
for host in (h1, h2, h3, h4):
    host.peer = h5
h5.peer = h4
bed.dvr(f"""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    port add p1 segment a
    port add p2 segment a
    port add p3 segment a
    port add p4 segment a mac {h4.mac} addr {h4.v4} addr {h4.v6}
    port add p5 segment b mac {h5.mac} addr {h5.v4} addr {h5.v6}
""")
bed.ip("link set r1 up\n")
SEG_A = {"p1", "p2", "p3", "p4"}
OPEN = SEG_A - {"p4"}


NONE = {4: "0.0.0.0", 6: "::"}
FREE = {4: "192.0.2.200", 6: "2001:db8:1::200"}


def frame(src, dst, token, v=4, dst_ip=None):
    """A UDP packet of an address that no host has, to another or to DST_IP."""
    return eth(dst, src, udp_packet({4: "192.0.2.201", 6: "2001:db8:1::201"}[v],
                                    dst_ip or FREE[v], token))


def where(host, dst, src=None, token=None):
    """The ports at which a frame of HOST to DST comes out, after a good one."""
    token = token or bed.token()
    bed.flush()
    host.wire.send(eth(dst, src or host.mac, token.ljust(46, b"."), 0x88b5))
    bed.good(host)
    return {dev for dev, _ in bed.seen(lambda p: token in p.raw)}


def fdb(segment="a"):
    """MAC -> entry of a segment."""
    return {e["mac"]: e for e in bed.show("fdb", "show")
            if e["segment"] == segment}


@test("an unknown MAC is flooded to the other ports that may send from it")
def flood():
    equal(where(h1, "02:00:00:00:99:99"), OPEN - {"p1"}, "flooded to")
    bed.dvr("port set p4 security off\n")
    defer(bed.dvr, "port set p4 security on\n")
    equal(where(h1, "02:00:00:00:99:99"), SEG_A - {"p1"}, "flooded to without security")


@test("broadcast and multicast reach every other port of the segment, no other")
def group():
    for dst in (BROADCAST, "01:00:5e:01:02:03", "33:33:00:00:00:fb"):
        equal(where(h1, dst), SEG_A - {"p1"}, dst)
        equal(where(h4, dst), SEG_A - {"p4"}, dst)


@test("a source MAC is learned, and frames go to its port alone")
def learning():
    where(h1, BROADCAST)
    where(h2, BROADCAST)
    equal(where(h1, h2.mac), {"p2"}, "frame to h2")
    equal(where(h2, h1.mac), {"p1"}, "frame to h1")
    table = fdb()
    equal((table[h1.mac]["port"], table[h1.mac]["origin"]), ("p1", "learned"),
          "h1's entry")
    need("age_ms" in table[h1.mac], "a learned entry has an age")
    need(table[h1.mac]["age_ms"] < 20000, "age of h1's entry")
    equal(table[h4.mac]["origin"], "port", "origin of a port's own MAC")
    equal((table[GWA]["origin"], table[GWA]["router"]), ("gateway", "r1"),
          "origin of a gateway's MAC")


@test("the age of an entry grows until the MAC is heard again")
def ageing():
    where(h1, BROADCAST)
    time.sleep(0.5)
    age = fdb()[h1.mac]["age_ms"]
    need(500 <= age < 20000, f"age {age}")
    where(h1, BROADCAST)
    # Reading the table takes its time, too.
    need(fdb()[h1.mac]["age_ms"] < age + 400, "age after another frame")


@test("a MAC moves between open ports with its traffic")
def move():
    roamer = "02:00:00:00:77:01"
    where(h1, BROADCAST, src=roamer)
    equal(where(h2, roamer), {"p1"}, "before")
    where(h3, BROADCAST, src=roamer)
    equal(where(h2, roamer), {"p3"}, "after")
    equal(fdb()[roamer]["port"], "p3", "the entry")


@test("a port's own MAC and a gateway's do not move to an open port")
def no_move():
    for stolen in (h4.mac, GWA):
        where(h1, BROADCAST, src=stolen)
        bed.good(h1)
    equal(where(h2, h4.mac), {"p4"}, "frames to h4")
    equal(fdb()[h4.mac]["port"], "p4", "h4's entry")
    equal(fdb()[GWA]["origin"], "gateway", "the gateway's entry")


@test("a multicast or zero source MAC is dropped and never learned")
def bad_source():
    for src in ("01:00:5e:00:00:09", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00",
                "03:00:00:00:00:01"):
        equal(where(h1, BROADCAST, src=src), set(), f"from {src}")
        need(src not in fdb(), f"{src} was learned")


@test("a frame to MAC zero is flooded as an unknown one, where a leg has gone, too")
def zero_mac():
    none = "00:00:00:00:00:00"
    equal(where(h1, none), OPEN - {"p1"}, "before")
    bed.dvr("""
        router add r2
        iface add r2 segment a addr 192.0.2.2/24 addr 2001:db8:1::2/64
        iface del r2 segment a
    """)
    time.sleep(0.3)
    for token in (bed.token(), bed.token()):
        equal(where(h1, none, token=token), OPEN - {"p1"}, "where a leg was")
    packet = frame(h1.mac, none, bed.token(), dst_ip=h5.v4)
    before = bed.drops(router="r2")
    h1.wire.send(packet)
    bed.good(h1)
    equal(bed.drops(router="r2"), before, "drops of the router whose leg it was")
    bed.dvr("router del r2\n")


@test("switched frames leave by a queue that looks at time stamps")
def stamped():
    """What was stamped on the way in, as for a socket that asks for it, would wait
    in fq until that time by another clock."""
    with in_ns(bed.vm):
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.setsockopt(socket.SOL_SOCKET, 29, 1)     # SO_TIMESTAMP
    fq = run("tc", "-n", bed.hv, "qdisc", "add", "dev", "p2", "root", "fq", check=False)
    log(f"# fq: {fq.stderr.strip() or 'yes'}")
    time.sleep(0.3)
    for _ in range(3):
        equal(where(h1, "02:00:00:00:99:98"), OPEN - {"p1"}, "flooded to")
    where(h2, BROADCAST)
    equal(where(h1, h2.mac), {"p2"}, "a frame to h2")
    asking.close()
    if not fq.returncode:
        run("tc", "-n", bed.hv, "qdisc", "del", "dev", "p2", "root")


@test("a frame to a MAC behind its own port does not come back")
def same_port():
    second = "02:00:00:00:01:81"
    where(h1, BROADCAST, src=second)
    equal(where(h1, second), set(), "frame to a neighbour on the same port")


STP = "01:80:c2:00:00:00"


@test("link-local control frames are not forwarded")
def control():
    for last in (1, 2, 3, 14, 15):
        equal(where(h1, STP[:-2] + f"{last:02x}"), set(), last)


@test("bpdu BPDUs pass between machines, who find their loops, and by no uplink")
def bpdus():
    bed.add("p7")
    bed.dvr("port add p7 segment a uplink on\n")
    defer(bed.dvr, "port del p7\n")
    equal(where(h1, STP), SEG_A - {"p1"}, "wires of a machine's BPDU")
    token = bed.token()
    bed.flush()
    bed.wires["p7"].send(eth(STP, "02:00:00:00:66:07", token.ljust(46, b"."), 0x88b5))
    bed.good(h1)
    bed.idle(.1)
    equal(bed.seen(lambda p: token in p.raw), [], "wires of the uplink's BPDU")


@test("a static entry holds against learning, and can be deleted")
def static():
    mac = "02:00:00:00:55:01"
    bed.dvradm("fdb", "add", "segment", "a", mac, "port", "p3")
    equal(fdb()[mac]["origin"], "static", "origin")
    equal(where(h1, mac), {"p3"}, "static")
    where(h2, BROADCAST, src=mac)
    equal(where(h1, mac), {"p3"}, "static after a frame from elsewhere")
    bed.dvradm("fdb", "del", "segment", "a", mac)
    equal(where(h1, mac), OPEN - {"p1"}, "after it is deleted")


@test("unknown drop keeps unknown MACs from other ports, broadcast passes")
def unknown_drop():
    where(h2, BROADCAST)
    before = bed.drops("unknown_mac")
    bed.dvradm("segment", "set", "a", "unknown", "drop")
    equal(where(h1, "02:00:00:00:99:98"), set(), "unknown")
    equal(where(h1, h2.mac), {"p2"}, "known")
    equal(where(h1, BROADCAST), SEG_A - {"p1"}, "broadcast")
    need(bed.drops("unknown_mac") > before, "no unknown_mac counted")
    bed.dvradm("segment", "set", "a", "unknown", "flood")
    equal(where(h1, "02:00:00:00:99:98"), OPEN - {"p1"}, "flood again")


@test("segments do not mix, whatever the MAC")
def separate():
    for dst in (h5.mac, GWB, BROADCAST):
        got = where(h1, dst)
        need("p5" not in got, f"{dst} reached the other segment")
    where(h1, BROADCAST, src=h5.mac)
    need(h5.mac in fdb(), "learned on a")
    bed.good(h4)            # is still delivered to h5 on b


@test("arp-1 nd-2 suppression answers for a port's address, its host sees nothing")
@both
def suppress(v):
    bed.flush()
    mine, theirs = h1.addr(v), h4.addr(v)
    w1.send(question(h1.mac, mine, theirs))
    got = w1.expect(is_reply, "ARP reply or NA")
    equal((got.src, got.dst), (h4.mac, h1.mac), "MACs")
    if v == 4:
        equal((got.sha, got.spa, got.tha, got.tpa), (h4.mac, theirs, h1.mac, mine),
              "ARP reply")
    else:
        equal((got.saddr, got.daddr, got.target, got.ttl), (theirs, mine, theirs, 255),
              "NA")
        equal(got.option(2), h4.mac, "target link-layer address")
        equal(got.rest >> 28 & 4, 4, "solicited flag")
        need(not got.rest >> 31, "a host is no router")
        need(got.sound(), "checksum")
    bed.good(h1)
    equal(bed.seen(lambda p: p.op is not None or p.type == 135), [], "questions elsewhere")


@test("ARP and NS for an address nobody knows are flooded")
@both
def not_suppressed(v):
    defer(setattr, h2, "mute", False)
    h2.mute = True
    for target in ({4: "192.0.2.222", 6: "2001:db8:1::222"}[v], h2.addr(v)):
        request = question(h1.mac, h1.addr(v), target)
        bed.flush()
        w1.send(request)
        for wire in (w2, w3, w4):
            wire.expect(lambda p: p.raw == request, f"request for {target}")


@test("arp-1 nd-2 a probe for an address in use is answered, for a free one not")
@both
def probe(v):
    bed.flush()
    w1.send(question(h1.mac, NONE[v], h4.addr(v)))
    got = w1.expect(is_reply, "answer to the probe")
    equal(got.sha if v == 4 else got.option(2), h4.mac, "who has it")
    bed.expect_none(is_reply, [(h1, question(h1.mac, NONE[v], FREE[v]))])
    # h4 asks about its own address: that is no conflict.
    bed.flush()
    w4.send(question(h4.mac, NONE[v], h4.addr(v)))
    bed.good(h4)
    need(not [p for p in w4.rx if is_reply(p)], "answer to its own probe")


@test("a static neighbour is not told that its own address is in use")
@both
def own_probe(v):
    mac, address = "02:00:00:00:01:44", {4: "192.0.2.144", 6: "2001:db8:1::144"}[v]
    bed.dvradm("neigh", "add", "segment", "a", address, "lladdr", mac)
    bed.expect_none(is_reply, [(h1, question(mac, NONE[v], address))])
    # Somebody else is.
    w2.send(question(h2.mac, NONE[v], address))
    got = w2.expect(is_reply, "answer to another")
    equal(got.sha if v == 4 else got.option(2), mac, "who has it")
    bed.dvradm("neigh", "del", "segment", "a", address)


@test("suppress off leaves ARP and NS to the hosts")
@both
def suppress_off(v):
    defer(bed.dvradm, "segment", "set", "a", "suppress", "on")
    bed.dvradm("segment", "set", "a", "suppress", "off")
    bed.flush()
    asked = h4.asked
    w1.send(question(h1.mac, h1.addr(v), h4.addr(v)))
    got = w1.expect(is_reply, "reply")
    equal(got.sha if v == 4 else got.option(2), h4.mac, "who has it")
    equal(h4.asked - asked, 1, "requests that h4 saw")
    # The gateway answers for itself all the same.
    w1.send(question(h1.mac, h1.addr(v), {4: "192.0.2.1", 6: "2001:db8:1::1"}[v]))
    w1.expect(lambda p: is_reply(p) and GWA in (p.sha, p.src), "gateway")


@test("ARP replies, NAs and unicast NS between open ports are switched")
@both
def replies(v):
    bed.flush()
    where(h2, BROADCAST)
    w1.send(reply(h1.mac, h1.addr(v), h2.mac, h2.addr(v)))
    got = w2.expect(is_reply, "reply")
    equal(got.src, h1.mac, "who says so")
    if v == 6:
        w1.send(eth(h2.mac, h1.mac, ns_packet(eui64(h1.mac), eui64(h2.mac),
                                              eui64(h2.mac), lladdr(1, h1.mac))))
        w2.expect(lambda p: p.type == 135, "unicast NS")


def tagged(tci, inner, kind=0x8100):
    return inner[:12] + struct.pack("!HH", kind, tci) + inner[12:]


@test("frames with a VLAN tag are dropped, priority tags (VID 0) accepted")
@both
def tags(v):
    before = bed.drops("vlan_tag")
    count = 0
    for kind in (0x8100, 0x88a8):
        for tci in (1, 100, 4095, 0xe064):
            for dst in (BROADCAST, GWA, h2.mac):
                token = bed.token()
                bed.expect_none(
                    lambda p, t=token: t in p.raw,
                    [(h1, tagged(tci, eth(dst, h1.mac, udp_packet(
                        h1.addr(v), h5.addr(v), token)), kind))], f"tag {tci} to {dst}")
                count += 1
    equal(bed.drops("vlan_tag") - before, count, "vlan_tag counted")
    # The tag of a priority is taken off on the way to a router.
    for tci in (0, 0xe000):
        token = bed.token()
        w1.send(tagged(tci, h1.frame(udp_packet(h1.addr(v), h5.addr(v), token))))
        got = w5.expect(lambda p: token in p.raw, "priority-tagged, routed")
        equal((got.vlan, got.kind), (None, {4: 0x0800, 6: 0x86dd}[v]), "tag after routing")
        token = bed.token()
        where(h2, BROADCAST)
        w1.send(tagged(tci, frame(h1.mac, h2.mac, token, v)))
        got = w2.expect(lambda p: token in p.raw, "priority-tagged, switched")
        need(not (got.vlan or 0) & 0xfff, "VID after switching")


@test("an uplink leaves frames between two machines beyond it to the host")
def beyond_uplink():
    bed.add("p6")
    bed.dvradm("port", "add", "p6", "segment", "a", "uplink", "on")
    w6, far, near = bed.wires["p6"], "02:00:00:00:66:01", "02:00:00:00:66:02"
    with in_ns(bed.hv):
        host = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        host.bind(("p6", 0x88b5))
        host.setblocking(False)
    before = bed.drops("same_port")
    for src, dst, passes in ((far, BROADCAST, True), (near, BROADCAST, True),
                             (far, near, True), (near, far, True),
                             (far, h2.mac, False), (far, GWA, False)):
        where(h2, BROADCAST)
        token = bed.token()
        w6.send(eth(dst, src, token.ljust(46, b"."), 0x88b5))
        bed.good(h1)
        heard = []
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.append(host.recv(2000))
        equal(any(token in h for h in heard), passes, f"the host hears {src} to {dst}")
    equal(bed.drops("same_port") - before, 0, "same_port")
    host.close()
    bed.dvradm("port", "del", "p6")


@test("other protocols than IP are switched as they are")
def not_ip():
    where(h2, BROADCAST)
    for kind in (0x88cc, 0x8863, 0x0600, 46):
        token = bed.token()
        sent = eth(h2.mac, h1.mac, token.ljust(46, b"\0"), kind)
        bed.flush()
        w1.send(sent)
        equal(w2.expect(lambda p: token in p.raw, f"type {kind:#x}").raw, sent,
              "frame")


@test("a frame longer than the segment's MTU is not switched")
@both
def too_long(v):
    where(h2, BROADCAST)
    defer(bed.dvradm, "segment", "set", "a", "mtu", 1500)
    bed.dvradm("segment", "set", "a", "mtu", 1400)
    head = {4: 28, 6: 48}[v]
    for size, fits in ((1400, True), (1401, False)):
        token = bed.token()
        bed.flush()
        w1.send(frame(h1.mac, h2.mac, (token + b"L" * size)[:size - head], v))
        bed.good(h1)
        bed.poll()
        equal(bool(bed.seen(lambda p: token in p.raw)), fits, f"{size} bytes")


@test("learned MACs are bounded, and go with their port")
def bounded():
    # Frames to a MAC behind their own port are learned from and go nowhere.
    mark = "02:aa:ff:ff:ff:01"
    where(h3, BROADCAST, src=mark)
    for n in range(5000):
        w3.send(eth(mark, "02:aa:%02x:%02x:%02x:01" % (
            n >> 16, n >> 8 & 255, n & 255), b"x" * 46, 0x88b5))
    bed.good(h1)
    segment = bed.show("segment", "show", "a")[0]
    need(4096 <= segment["macs"] <= 4096 + 20, f"{segment['macs']} MACs")
    need(where(h2, "02:aa:00:13:87:01") == {"p3"}, "the last one was learned")
    equal(where(h2, h4.mac), {"p4"}, "frames to h4")
    defer(bed.dvradm, "port", "add", "p3", "segment", "a")
    bed.dvradm("port", "del", "p3")
    equal([e for e in fdb().values() if e.get("port") == "p3"], [],
          "entries of a deleted port")
    equal(where(h1, "02:aa:00:00:01:01"), {"p2"}, "flooded again")


finish(bed)
