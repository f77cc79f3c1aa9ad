#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
"""What a router's NAT does as it comes, as it fills up, and what it takes over.

The bed is natlib's.  Inside host N has

    2-63     snat to 10
    64-127   snat to 11, filter endpoint
    128-159  snat to the outer leg's own addresses
    200-203  floating, 200 to 203

and port 8080 of 10 is forwarded to port 80 of host 10.
"""

from lib import equal, finish, log, need, test
from natlib import GWE, NatBed, bracket, inside, outside

BOTH = (4, 6)
LEG = {4: "192.0.2.1", 6: "2001:db8:e::1"}
GWE2 = "02:00:00:00:0e:02"


def prefix(v, n, length):
    """A prefix of inside hosts; LENGTH is IPv4's."""
    return f"{inside(v, n)}/{length if v == 4 else length + 96}"


def rules(v):
    return f"""
    nat add r1 out ext snat from {prefix(v, 0, 26)} to {outside(v, 10)}
    nat add r1 out ext snat from {prefix(v, 64, 26)} to {outside(v, 11)} filter endpoint
    nat add r1 out ext forward udp {bracket(outside(v, 10))}:8080 to {bracket(inside(v, 10))}:80
    """ + "".join(f"nat add r1 out ext floating {outside(v, n)} to {inside(v, n)}\n"
                  for n in range(200, 204))


def rules_of_leg(v):
    return f"nat add r1 out ext snat from {prefix(v, 128, 27)} to {LEG[v]}\n"


bed = NatBed()
x, y = bed.x, bed.y
p1, p3 = bed.p1, bed.p3


def both(function):
    """The test is run for IPv4, then for IPv6."""
    def run():
        for v in BOTH:
            log(f"# IPv{v}")
            function(v)
    return run


# -- announcements -------------------------------------------------------------

def is_told(pkt, address, mac=GWE):
    """A gratuitous ARP or an unsolicited advertisement of an address."""
    if pkt.src != mac:
        return False
    if ":" in address:
        return pkt.type == 136 and pkt.target == address and \
            pkt.daddr == "ff02::1" and pkt.option(2) == mac and \
            pkt.rest == 0xa0000000
    return pkt.op == 1 and (pkt.spa, pkt.tpa, pkt.sha) == (address, address, mac)


def told(addresses, mac=GWE, why=""):
    """All of them are told outside, on both wires, and nothing inside."""
    for wire in (bed.p3, bed.p4):
        for address in addresses:
            wire.expect(lambda p, a=address: is_told(p, a, mac),
                        f"announcement of {address} {why}")
    bed.poll()
    for wire in (bed.p1, bed.p2):
        need(not [p for p in wire.rx for a in addresses if is_told(p, a, p.src)],
             f"announced inside {why}")


def nat_addresses():
    return [outside(v, n) for v in BOTH for n in (10, 11, 200, 203)]


@test("addresses are announced when their rules come")
def rules_come():
    bed.flush()
    for v in BOTH:
        bed.dvr(rules(v))
    told(nat_addresses(), why="with a rule")


@test("the leg's own address is announced when a rule makes it a NAT address")
def own_address():
    bed.flush()
    bed.dvr(rules_of_leg(4) + rules_of_leg(6))
    told(LEG.values(), why="with a rule")


@test("addresses are announced when the router's netdev comes up, not before")
def netdev_up():
    everything = nat_addresses() + list(LEG.values())
    bed.ip("link set r1 down\n")
    bed.flush()
    bed.idle(0.5)
    need(not bed.seen(lambda p: p.src == GWE and (p.op or p.type == 136)),
         "announced while the router is down")
    bed.ip("link set r1 up\n")
    told(everything, why="with the router")


@test("addresses are announced when a port comes up")
def port_up():
    bed.ip("link set p4 down\n")
    bed.idle(0.2)
    bed.flush()
    bed.ip("link set p4 up\n")
    told(nat_addresses() + list(LEG.values()), why="with a port")


def set_leg(mac):
    bed.dvr(f"iface set r1 segment ext mac {mac} addr 192.0.2.1/24 "
            "addr 2001:db8:e::1/64\n")


@test("addresses are announced when the MAC of the leg changes")
def leg_mac():
    bed.flush()
    set_leg(GWE2)
    told(nat_addresses() + list(LEG.values()), GWE2, "with the new MAC")
    need(not bed.seen(lambda p: p.src == GWE and (p.op == 1 or p.type == 136)),
         "announced with the old MAC")
    bed.flush()
    set_leg(GWE)
    told(nat_addresses() + list(LEG.values()), why="with the first MAC")
    for v in BOTH:
        bed.answer(bed.udp_out(v, 12, bed.port()), 12)


@test("a leg that goes with its rules and comes back announces them again")
def leg_again():
    handles = [r["handle"] for r in bed.show("nat", "show", "r1")]
    bed.dvr("".join(f"nat del r1 handle {h}\n" for h in handles) +
            "iface del r1 segment ext\n")
    bed.idle(0.2)
    bed.flush()
    bed.dvr(f"""
        iface add r1 segment ext mac {GWE} addr 192.0.2.1/24 addr 2001:db8:e::1/64
    """ + "".join(rules(v) + rules_of_leg(v) for v in BOTH))
    told(nat_addresses() + list(LEG.values()), why="with the leg")


@test("the same rules and legs again announce nothing")
def nothing_new():
    bed.idle(0.3)
    bed.flush()
    set_leg(GWE)
    bed.dvr("".join(f"nat replace {line.strip()[8:]}\n"
                    for v in BOTH for line in (rules(v) + rules_of_leg(v)).splitlines()
                    if line.strip()))
    bed.idle(0.5)
    equal([str(p) for _, p in bed.seen(lambda p: p.src == GWE and (
        p.op or p.type == 136 and p.daddr == "ff02::1"))], [], "announcements")


finish(bed)
