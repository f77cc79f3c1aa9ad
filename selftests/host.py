#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
"""The host is one more machine of a segment on whose uplink it is.

    host 192.0.2.200 -- pu (uplink) --+-- pg g     open port
    u, on the wire ----------+        +-- ph h     port with MAC and addresses
                                      +-- pr       a machine with a kernel of its own
                        segment ext --+-- router r -- segment in -- pw, another such

The same names of the labels as in fate.py.
"""

import contextlib
import re
import socket
import threading

from frames import (BROADCAST, arp_frame, echo, eth, eui64, icmp6, ip4, ip6, lladdr,
                    multicast_mac, udp_packet)
from lib import Bed, Host, both, busywait, defer, equal, finish, in_ns, need, run, test

GWE, GWI = "02:00:00:00:0e:01", "02:00:00:00:0a:01"
ALL = "ff02::1"
HOST = {4: "192.0.2.200", 6: "2001:db8:e::200"}
REAL = {4: "192.0.2.50", 6: "2001:db8:e::50"}
WEB = {4: "10.1.0.10", 6: "fd00::10"}
FLOATING = {4: "192.0.2.5", 6: "2001:db8:e::5"}

bed = Bed("pu", "pg", "ph")
u = Host(bed.wires["pu"], "02:00:00:00:0e:13", "192.0.2.13", "2001:db8:e::13", GWE)
g = Host(bed.wires["pg"], "02:00:00:00:0e:14", "192.0.2.14", "2001:db8:e::14", GWE)
h = Host(bed.wires["ph"], "02:00:00:00:0e:15", "192.0.2.15", "2001:db8:e::15", GWE)


def machine(dev, mac, four, six, gws):
    """A namespace with a kernel's own stack behind the device; returns its name."""
    ns = f"host-{dev}"
    run("ip", "netns", "del", ns, check=False)
    bed.clean.append(ns)
    run("ip", "-batch", "-", input=f"netns add {ns}\nlink add eth0 netns {ns} address {mac} "
        f"type veth peer name {dev} netns {bed.hv}\n")
    bed.ip(f"link set {dev} up\n")
    bed.ip(f"link set lo up\nlink set eth0 up\naddr add {four} dev eth0\n"
           f"addr add {six} dev eth0 nodad\n" +
           "".join(f"route add default via {gw}\n" for gw in gws), ns)
    return ns


REAL_NS = machine("pr", "02:00:00:00:0e:50", "192.0.2.50/24", "2001:db8:e::50/64", ())
WEB_NS = machine("pw", "02:00:00:00:01:10", "10.1.0.10/24", "fd00::10/64", ("10.1.0.1", "fd00::1"))
bed.ip(f"addr add {HOST[4]}/24 dev pu\naddr add {HOST[6]}/64 dev pu nodad\n")
bed.dvr(f"""
    segment add ext
    segment add in
    router add r
    iface add r segment ext mac {GWE} addr 192.0.2.1/24 addr 2001:db8:e::1/64
    iface add r segment in mac {GWI} addr 10.1.0.1/24 addr fd00::1/64
    port add pu segment ext uplink on
    port add pg segment ext
    port add ph segment ext mac {h.mac} addr {h.v4} addr {h.v6}
    port add pr segment ext
    port add pw segment in
    nat add r out ext floating {FLOATING[4]} to {WEB[4]}
    nat add r out ext floating {FLOATING[6]} to {WEB[6]}
""")
bed.ip("link set r up\n")


def host_mac():
    text = run("ip", "-n", bed.hv, "link", "show", "pu").stdout
    return re.search(r"link/ether (\S+)", text)[1]


def pings(ns, dst, want=True):
    got = run("ping", "-n", "-c", "2", "-i", "0.2", "-W", "5", dst, ns=ns, check=False)
    need((got.returncode == 0) == want, f"ping from {ns} to {dst}: {got.stdout[-200:]}")


def transfer(to_ns, dst, from_ns, size=1 << 20):
    """TCP from a namespace to a server in another, SIZE bytes there and back."""
    data = bytes(range(256)) * (size // 256)
    family = socket.AF_INET6 if ":" in dst else socket.AF_INET
    with in_ns(to_ns):
        server = socket.create_server(("", 7000), family=family)
    server.settimeout(20)

    def serve():
        with server, contextlib.suppress(OSError):
            peer, _ = server.accept()
            with peer:
                peer.settimeout(20)
                got = b""
                while len(got) < size:
                    got += peer.recv(1 << 16) or b"\0" * size
                peer.sendall(got)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with in_ns(from_ns):
        client = socket.socket(family)
    client.settimeout(20)
    got = b""
    with client:
        client.connect((dst, 7000))
        client.sendall(data)
        while len(got) < size:
            part = client.recv(1 << 16)
            if not part:
                break
            got += part
    thread.join(20)
    need(got == data, f"{len(got)} of {size} bytes came back from {dst}, or other ones")


def both_ways(v, ns, address):
    """The host and the namespace, at this address, reach each other."""
    pings(ns, HOST[v])
    pings(bed.hv, address)
    transfer(bed.hv, HOST[v], ns)
    transfer(ns, address, bed.hv)


def macs():
    return {e["mac"]: e for e in bed.show("fdb", "show", "segment", "ext")}


def wires(*hosts):
    return {host.wire.dev for host in hosts}


def seen_on(token):
    return sorted(dev for dev, _ in bed.seen(lambda p: token in p.raw))


def wait_seen(token, *hosts):
    """The frame comes out of the wires of these, once each, and of no other one."""
    for host in hosts:
        got = host.wire.expect(lambda p: token in p.raw, f"the frame at {host.wire}")
        host.wire.rx.append(got)
    bed.idle(.1)
    equal(seen_on(token), sorted(wires(*hosts)), "wires that the frame came out of")


@test("A1-3 a machine of the segment and the host reach each other")
@both
def neighbours(v):
    both_ways(v, REAL_NS, REAL[v])


@test("A1-4 a machine behind a router and the host reach each other")
@both
def routed(v):
    both_ways(v, WEB_NS, FLOATING[v])


@test("A1-14 the host hears the errors of a router, and those of machines behind it")
@both
def errors(v):
    net, gw, far = {4: ("198.51.100.0/24", "192.0.2.1", "198.51.100.9"),
                    6: ("2001:db8:d::/64", "2001:db8:e::1", "2001:db8:d::9")}[v]
    bed.ip(f"route add {net} via {gw} dev pu\n")
    defer(bed.ip, f"route del {net}\n")
    for words, why in (((), "nreachable"), (("-t", "1"), "exceeded")):
        if words:
            bed.dvr(f"route add r {net} via {WEB[v]}\n")
            defer(bed.dvr, f"route del r {net}\n")
        got = run("ping", "-n", "-c", "1", "-W", "5", *words, far, ns=bed.hv, check=False).stdout
        need(gw in got and why in got, f"ping {words}: {got}")
    got = run("ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", "1400", FLOATING[v],
              ns=bed.hv).stdout
    need("1 received" in got, got)
    # The machine's segment has a smaller MTU.
    bed.dvr("segment set in mtu 1300\n")
    defer(bed.dvr, "segment set in mtu 1500\n")
    got = run("ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", "1400", FLOATING[v],
              ns=bed.hv, check=False).stdout
    need("1300" in got, got)
    run("ip", "-n", bed.hv, {4: "-4", 6: "-6"}[v], "route", "flush", "cache")


@test("A1-5 what the host sends to the wire stays there, what it asks all hear once")
@both
def to_the_wire(v):
    token = bed.token()
    bed.ip("neigh flush all\n")
    bed.flush()
    with in_ns(bed.hv), socket.socket(socket.AF_INET6 if v == 6 else socket.AF_INET,
                                      socket.SOCK_DGRAM) as sock:
        sock.sendto(token, (u.addr(v), 5000))
    wait_seen(token, u)
    for host in (u, g, h):
        equal(sum(p.src == host_mac() and (p.tpa == u.v4 if v == 4 else p.target == u.v6)
                  for p in host.wire.rx), 1, f"questions of the host at {host.wire}")


@test("A1-6 the MAC table shows the host, whose MAC stays there")
def table():
    old = host_mac()
    entry = macs()[old]
    equal((entry["port"], entry["origin"]), ("pu", "host"), "the entry")
    run("dvradm", "-n", bed.hv, "fdb", "del", "segment", "ext", old)
    need(old not in macs(), "the entry was not deleted")
    pings(bed.hv, REAL[4])
    equal(macs()[old]["origin"], "host", "the entry after a frame of the host")
    new = "02:00:00:00:0e:aa"
    bed.ip(f"link set pu address {new}\n")
    defer(bed.ip, f"link set pu address {old}\n")
    busywait(5, "the new MAC", lambda: new in macs())
    need(old not in macs(), "the old MAC is there")
    bed.ip("neigh flush all\n", REAL_NS)
    pings(REAL_NS, HOST[6])


def attach(how):
    """For this test the uplink leaves the device's rx handler to others."""
    again = "port del pu\nport add pu segment ext uplink on"
    bed.dvr(f"{again} attach {how}\n")
    defer(bed.dvr, f"{again}\n")


@contextlib.contextmanager
def device(ns, text, name):
    """A device of the host on top of its uplink, moved to a namespace of its own."""
    run("ip", "netns", "del", ns, check=False)
    run("ip", "netns", "add", ns)
    try:
        bed.ip(text)
        bed.ip(f"link set {name} netns {ns}\n")
        bed.ip(f"link set {name} up\naddr add 192.0.2.77/24 dev {name}\n"
               f"addr add 2001:db8:e::77/64 dev {name} nodad\n", ns)
        yield
    finally:
        run("ip", "netns", "del", ns)


@test("A1-7 so do a machine and a macvlan device on top of the uplink")
@both
def macvlan(v):
    peer = {4: "192.0.2.77", 6: "2001:db8:e::77"}[v]
    attach("ingress")
    with device("host-mv", "link add mv0 link pu address 02:00:00:00:0e:77 type macvlan mode bridge\n",
                "mv0"):
        pings("host-mv", REAL[v])
        pings(REAL_NS, peer)
        pings("host-mv", FLOATING[v])
        transfer("host-mv", peer, REAL_NS, 1 << 16)


@test("A1-8 so do machines and what is on a bridge of the host with the uplink")
@both
def bridge(v):
    """The uplink is a port of a bridge, and dvr has its ingress hook."""
    peer = {4: "192.0.2.78", 6: "2001:db8:e::78"}[v]
    ns = "host-br"
    run("ip", "netns", "del", ns, check=False)
    run("ip", "netns", "add", ns)
    defer(run, "ip", "netns", "del", ns)
    attach("ingress")
    bed.ip("link add br0 type bridge mcast_snooping 0\nlink set pu master br0\n"
           "link set br0 up\nlink add vb type veth peer name eth0 netns host-br\n"
           "link set vb master br0\nlink set vb up\n")
    defer(bed.ip, "link del br0\n")
    bed.ip("link set eth0 up\naddr add 192.0.2.78/24 dev eth0\n"
           "addr add 2001:db8:e::78/64 dev eth0 nodad\n", ns)
    pings(ns, REAL[v])
    pings(REAL_NS, peer)
    pings(ns, FLOATING[v])
    transfer(ns, peer, REAL_NS, 1 << 16)
    token = bed.token()
    bed.flush()
    u.wire.send(eth(BROADCAST, u.mac, udp_packet(u.v4, "192.0.2.255", token)))
    wait_seen(token, g, h)


def icmp6_count(name):
    with in_ns(bed.hv), open("/proc/self/net/snmp6", encoding="ascii") as file:
        return int(dict(line.split() for line in file)[name])


def advert(src, mac):
    return ip6(src, ALL, 58, icmp6(src, ALL, 134, rest=b"\x40\x00\x07\x08",
                                   data=bytes(8) + lladdr(1, mac)), hlim=255)


@test("A1-9 the host takes router advertisements and redirects from the wire only")
def advertisements():
    for host, more in ((g, 0), (u, 1)):
        before = icmp6_count("Icmp6InRouterAdvertisements")
        drops = bed.drops("ra_guard", port="pu")
        host.wire.send(eth(multicast_mac(ALL), host.mac, advert(host.ll, host.mac)))
        if more:
            busywait(5, "the advertisement", lambda n=before: icmp6_count("Icmp6InRouterAdvertisements") > n)
        else:
            busywait(5, "the drop", lambda n=drops: bed.drops("ra_guard", port="pu") > n)
        equal(icmp6_count("Icmp6InRouterAdvertisements") - before, more, f"seen from {host.wire}")
    host_ll = eui64(host_mac())
    before = icmp6_count("Icmp6InRedirects")
    token = bed.token()
    g.wire.send(eth(host_mac(), g.mac, ip6(g.ll, host_ll, 58, icmp6(
        g.ll, host_ll, 137, data=bytes(32)), hlim=255)))
    g.wire.send(eth(host_mac(), g.mac, echo(g.v6, HOST[6], token)))
    g.wire.expect(lambda p: token in p.raw and p.src == host_mac(), "the host's answer")
    equal(icmp6_count("Icmp6InRedirects"), before, "redirects")


@test("A1-10 the host takes answers of a DHCP server from the wire only")
@both
def dhcp(v):
    ports = {4: (67, 68), 6: (547, 546)}[v]
    with in_ns(bed.hv), socket.socket(socket.AF_INET6 if v == 6 else socket.AF_INET,
                                      socket.SOCK_DGRAM) as sock:
        sock.bind(("", ports[1]))
        sock.settimeout(5)
        for host in (g, u):
            token = bed.token()
            host.wire.send(eth(host_mac(), host.mac, udp_packet(
                host.addr(v), HOST[v], token, *ports)))
        equal(sock.recv(100), token, "what the host heard")
        equal(bed.drops("dhcp_server", port="pu") > 0, True, "the drop is counted")


def group_frame(host, dst, proto, body, token):
    src = host.addr(6 if ":" in dst else 4)
    packet = (ip6(src, dst, proto, body + token, hlim=1) if ":" in dst else
              ip4(src, dst, proto, body + token, ttl=1))
    return eth(multicast_mac(dst), host.mac, packet)


GROUPS = (("VRRP", 112, "224.0.0.18", "ff02::12"), ("OSPF", 89, "224.0.0.5", "ff02::5"),
          ("mDNS", 17, "224.0.0.251", "ff02::fb"))


@test("B3-1 multicast passes between the wire, the machines and the host")
@both
def multicast(v):
    for name, proto, *dst in GROUPS:
        dst = dst[v == 6]
        with in_ns(bed.hv), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                          socket.htons(0x86dd if v == 6 else 0x800)) as sock:
            sock.bind(("pu", 0x86dd if v == 6 else 0x800))
            sock.settimeout(5)
            for host, others in ((u, (g, h)), (g, (u, h))):
                token = bed.token()
                bed.flush()
                host.wire.send(group_frame(host, dst, proto, bytes(8), token))
                wait_seen(token, *others)
                while token not in sock.recv(2000):
                    pass
    token = bed.token()
    bed.flush()
    with in_ns(bed.hv), socket.socket(socket.AF_INET6 if v == 6 else socket.AF_INET,
                                      socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"pu")
        sock.sendto(token, (GROUPS[2][2 + (v == 6)], 5353))
    wait_seen(token, u, g, h)


@test("B3-2 control frames of the link stay between the wire and the host")
def link_control():
    for last in (0, 2, 3, 14):
        token = bed.token()
        bed.flush()
        u.wire.send(eth(f"01:80:c2:00:00:{last:02x}", u.mac, token.ljust(46, b"\0"), 0x88cc))
        bed.idle(.1)
        equal(seen_on(token), [], "wires")


@test("B4-1 a machine that was silent for long is reached from the wire")
def silent():
    mac = "02:00:00:00:0e:d0"
    need(mac not in macs(), "the MAC is known")
    token = bed.token()
    bed.flush()
    u.wire.send(eth(mac, u.mac, udp_packet(u.v4, "192.0.2.99", token)))
    wait_seen(token, g)
    bed.dvr("segment set ext unknown drop\n")
    defer(bed.dvr, "segment set ext unknown flood\n")
    token = bed.token()
    u.wire.send(eth(mac, u.mac, udp_packet(u.v4, "192.0.2.99", token)))
    bed.idle(.1)
    equal(seen_on(token), [], "wires with unknown drop")


@test("B4-2 frames of the wire to unknown machines are limited")
def silent_limit():
    bed.dvr("port set pu flood-rate 5\n")
    defer(bed.dvr, "port set pu flood-rate 10000\n")
    before, token = bed.drops("flood_rate", port="pu"), bed.token()
    bed.flush()
    for _ in range(200):
        u.wire.send(eth("02:00:00:00:0e:d1", u.mac, udp_packet(u.v4, "192.0.2.99", token)))
    busywait(5, "the frames", lambda: bed.drops("flood_rate", port="pu") - before > 100)
    bed.idle(.1)
    need(len(seen_on(token)) < 100, "frames passed the limit")


@test("A1-11 frames of the host's VLAN devices stay on the wire")
def vlan():
    bed.ip("link add link pu name pu.7 type vlan id 7\nlink set pu.7 up\n"
           "addr add 198.51.100.1/24 dev pu.7\n")
    defer(bed.ip, "link del pu.7\n")
    bed.flush()
    with in_ns(bed.hv), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"", ("198.51.100.2", 5000))
    u.wire.expect(lambda p: p.tpa == "198.51.100.2", "the host's question")
    equal(bed.seen(lambda p: p.tpa == "198.51.100.2"), [], "seen elsewhere")


@test("A1-12 frames of a machine reach the host once, and no machine by the host")
def once_each():
    with in_ns(bed.hv), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as sock:
        sock.bind(("pu", 0x88b5))
        sock.settimeout(5)
        token, last = bed.token(), bed.token()
        bed.flush()
        for dst, data in ((BROADCAST, token), (host_mac(), token), (host_mac(), last)):
            g.wire.send(eth(dst, g.mac, data.ljust(46, b"\0"), 0x88b5))
        got = []
        while last not in (got or [b""])[-1]:
            data, addr = sock.recvfrom(2000)
            if addr[2] != 4:        # PACKET_OUTGOING
                got.append(data)
    equal(sum(token in data for data in got), 2, "frames at the host")
    bed.idle(.1)
    equal(seen_on(token), ["ph", "pu"], "wires of the broadcast")


@test("A1-13 nothing of the host's is left when the uplink goes")
def goes():
    bed.dvr("port del pu\n")
    defer(bed.dvr, "port add pu segment ext uplink on\n")
    need(host_mac() not in macs(), "the host's MAC is there")
    pings(bed.hv, REAL[4], want=False)
    token = bed.token()
    bed.flush()
    g.wire.send(eth(BROADCAST, g.mac, arp_frame(1, g.mac, g.v4, "00:00:00:00:00:00", HOST[4])[14:] + token, 0x806))
    bed.idle(.1)
    equal(seen_on(token), ["ph"], "wires")


finish(bed)
