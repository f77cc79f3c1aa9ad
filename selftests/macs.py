#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 300
"""A port with several MACs, each with its own addresses.

    x  p1 --+                                          x: x1, and x2, a machine inside of x
            +-- segment a -- r1 -- segment b -- p3 z   y: y1; x and y share a virtual
    y  p2 --+   192.0.2.0/24       198.51.100.0/24     router by VRRP
                2001:db8:1::/64    2001:db8:2::/64
"""

from frames import eth, gratuitous, udp_packet
from lib import Bed, Host, both, busywait, defer, equal, finish, need, test

GWA, GWB = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
VMAC = "00:00:5e:00:01:07"
VIP = {4: "192.0.2.100", 6: "2001:db8:1::100"}
SHARED = {4: "192.0.2.101", 6: "2001:db8:1::101"}
bed = Bed("p1", "p2", "p3")
x1 = Host(bed.wires["p1"], "02:00:00:00:01:01", "192.0.2.11", "2001:db8:1::11", GWA)
x2 = Host(bed.wires["p1"], "02:00:00:00:01:02", "192.0.2.12", "2001:db8:1::12", GWA)
y1 = Host(bed.wires["p2"], "02:00:00:00:01:03", "192.0.2.13", "2001:db8:1::13", GWA)
z = Host(bed.wires["p3"], "02:00:00:00:02:01", "198.51.100.10", "2001:db8:2::10", GWB)
for host in (x1, x2, y1):
    host.peer = z
z.peer = x1
VRRP = f"mac {VMAC} addr {VIP[4]} addr {VIP[6]}"
P1 = (f"mac {x1.mac} addr {x1.v4} addr {x1.v6} mac {x2.mac} addr {x2.v4} addr {x2.v6} {VRRP} "
      f"mac {x1.mac} addr {SHARED[4]} addr {SHARED[6]}")
P2 = (f"mac {y1.mac} addr {y1.v4} addr {y1.v6} {VRRP} "
      f"mac {y1.mac} addr {SHARED[4]} addr {SHARED[6]}")
bed.dvr(f"""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a mac {GWA} addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b mac {GWB} addr 198.51.100.1/24 addr 2001:db8:2::1/64
    port add p1 segment a {P1}
    port add p2 segment a {P2}
    port add p3 segment b mac {z.mac} addr {z.v4} addr {z.v6}
""")
bed.ip("link set r1 up\n")


def sends(wire, mac, src, token):
    wire.send(eth(GWA, mac, udp_packet(src, z.addr(6 if ":" in src else 4), token)))


def passes(wire, mac, src):
    token = bed.token()
    for _ in range(3):      # the last ones by the fast path
        sends(wire, mac, src, token)
        z.wire.expect(lambda p: token in p.raw, f"a packet of {mac} from {src}")


def held(wire, mac, src, reason):
    before, token = bed.drops(reason, port=wire.dev), bed.token()
    bed.flush()
    sends(wire, mac, src, token)
    bed.good(x1)
    equal(bed.seen(lambda p: token in p.raw), [], f"{mac} from {src}")
    equal(bed.drops(reason, port=wire.dev) - before, 1, f"{reason} of {mac} from {src}")


@test("macs-1 each MAC of a port sends from its own addresses, and from no other one's")
@both
def own(v):
    p1 = bed.wires["p1"]
    for mac, src in ((x1.mac, x1.addr(v)), (x2.mac, x2.addr(v)), (VMAC, VIP[v]),
                     (x1.mac, SHARED[v])):
        passes(p1, mac, src)
    for mac, src in ((x1.mac, x2.addr(v)), (x2.mac, x1.addr(v)), (x2.mac, VIP[v]),
                     (VMAC, x1.addr(v)), (x2.mac, SHARED[v])):
        held(p1, mac, src, "spoof_ip")
    held(p1, "02:00:00:00:01:99", x1.addr(v), "spoof_mac")
    held(bed.wires["p2"], x2.mac, x2.addr(v), "spoof_mac")


@test("macs-2 each MAC of a port speaks for its own addresses, and for no other one's")
@both
def speaks(v):
    for mac, address, why in ((x2.mac, x2.addr(v), None), (VMAC, VIP[v], None),
                              (x2.mac, x1.addr(v), "spoof_arp"), (VMAC, x2.addr(v), "spoof_arp")):
        before, told = bed.drops("spoof_arp", port="p1"), gratuitous(mac, address)
        bed.flush()
        bed.wires["p1"].send(told)
        if why:
            busywait(3, f"{mac} tells of {address}: {why}",
                     lambda n=before: bed.drops("spoof_arp", port="p1") > n)
        else:
            y1.wire.expect(lambda p, told=told: p.raw == told, f"{mac} tells of {address}")


def reaches(v, address, wire, why):
    token = bed.token()
    bed.flush()
    z.udp(address, token)
    wire.expect(lambda p: token in p.raw, why)


@test("macs-3 a virtual router moves between two ports that may have its MAC")
@both
def vrrp(v):
    for host in (y1, x1, y1):
        master = Host(host.wire, VMAC, VIP[4], VIP[6], GWA)
        try:
            host.wire.send(gratuitous(VMAC, VIP[v]))
            for _ in range(3):
                reaches(v, VIP[v], host.wire, f"a packet to the master at {host.wire}")
        finally:
            master.forget()


@test("macs-4 an address that two ports may have moves between their MACs")
@both
def shared(v):
    for host in (x1, y1, x1):
        owner = Host(host.wire, host.mac, SHARED[4], SHARED[6], GWA)
        try:
            host.wire.send(gratuitous(host.mac, SHARED[v]))
            for _ in range(3):
                reaches(v, SHARED[v], host.wire, f"a packet to the address at {host.wire}")
        finally:
            owner.forget()


@test("macs-5 what a second MAC of a port does not have is flooded to that port")
def flooded():
    mac = "02:00:00:00:01:77"
    bed.dvr(f"port set p2 {P2} mac {mac} addr 192.0.2.77\n")
    defer(bed.dvr, f"port set p2 {P2}\n")
    token = bed.token()
    bed.wires["p1"].send(eth(mac, x1.mac, udp_packet(x1.v4, "192.0.2.77", token)))
    y1.wire.expect(lambda p: token in p.raw, "a frame to a MAC that was silent")


def shown(name):
    return bed.dvradm("port", "show", name).stdout


def pairs(name):
    return bed.show("port", "show", name)[0].get("pair", [])


@test("macs-6 the pairs of a port are shown, saved and restored, and change as one")
def config():
    line = next(line for line in bed.dvradm("save").stdout.splitlines()
                if line.startswith("port add p1 "))
    need(P1 in line, f"saved: {line}")
    need(P1 in shown("p1"), f"shown: {shown('p1')}")
    equal(pairs("p1")[1], {"mac": VMAC, "addr": [f"{VIP[4]}/32", f"{VIP[6]}/128"]}, "the second pair")
    defer(bed.dvr, f"port set p1 {P1} security on\n")
    bed.dvr(f"port set p1 addr {x1.v4}\n")
    equal(len(pairs("p1")), 3, "pairs after addr was set")
    bed.dvr("port set p1 flood-rate 900\nport set p1 flood-rate 1000\n")
    equal(len(pairs("p1")), 3, "pairs after another option was set")
    bed.dvr(f"port set p1 mac {x1.mac} addr {x1.v4} addr {x1.v6} mac {x2.mac}\n")
    equal(pairs("p1"), [{"mac": x2.mac}], "pairs after they were set")
    passes(bed.wires["p1"], x2.mac, "192.0.2.99")   # a MAC without addresses has any
    bed.dvr("port set p1 mac none\n")
    equal(pairs("p1"), [], "pairs without a MAC")


@test("macs-8 a port with as many MACs and addresses as it may have is shown whole")
def most():
    own = " ".join(f"addr 2001:db8:1:0:{n:x}::/80" for n in range(1, 65))
    more = " ".join(f"mac 02:00:00:00:77:{n:02x} addr 2001:db8:1:1:{n:x}::/80" for n in range(1, 65))
    words = f"mac 02:00:00:00:77:ff {own} {more}"
    bed.dvr(f"port add most segment a {words}\n")
    defer(bed.dvr, "port del most\n")
    need(words in shown("most"), f"shown: {shown('most')}")
    need(any(words in line for line in bed.dvradm("save").stdout.splitlines()), "saved")


@test("macs-7 a refused pair says why, and changes nothing")
def refused():
    before = shown("p1")
    many = " ".join(f"mac 02:00:00:01:00:{n:02x}" for n in range(65))
    for words, why in ((f"mac none mac {x2.mac}", "mac of its own"),
                       (f"mac {x1.mac} mac {x2.mac} addr 192.0.2.1/24", "host bits"),
                       (f"mac {x1.mac} mac 01:00:5e:00:00:01", "multicast"),
                       (f"mac {x1.mac} mac {x2.mac} addr 224.0.0.1", "not unicast"),
                       (f"mac {x1.mac} {many}", "64 times at most")):
        got = bed.dvr(f"port set p1 {words}\n", check=False)
        need(got.returncode and why in got.stderr, f"{words}: {got.stderr}")
    equal(shown("p1"), before, "the port")


finish(bed)
