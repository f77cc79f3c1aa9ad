#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
"""A client that is generated from the spec alone: pyroute2 with uapi/dvr.yaml.

The client has to read what dvradm made, and dvradm has to read what the client made.
"""

import socket
import struct

from frames import eth
from lib import Bed, Fail, defer, equal, finish, in_ns, log, need, test
from speclib import a_client, nest

try:
    from pyroute2.netlink import NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST
    from pyroute2.netlink.exceptions import NetlinkError
except ImportError:
    pass                        # a_client() skips

bed = Bed("p1", "p2", "p3")
bed.dvr("""
    router add r1 id 12 icmp-rate 77
    router add r2
    segment add a vni 4711 mtu 1400 unknown drop
    segment add b suppress off
    iface add r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64
    iface add r1 segment b addr 198.51.100.1/24 rpf strict
    port add p1 segment a mac 02:00:00:00:01:01 addr 192.0.2.10 addr 2001:db8:1:0:8::/80
    port add p2 segment b uplink on attach ingress
    route add r1 203.0.113.0/24 via 198.51.100.2 weight 3 via 198.51.100.3
    route add r1 2001:db8:9::/48 blackhole metric 7
    neigh add segment b 198.51.100.2 lladdr 02:00:00:00:02:02 port p2
    fdb add segment b 02:00:00:00:02:03 port p2
""")


def alike(mine, theirs, path):
    """All that the spec's client sees is what dvradm says."""
    for key, value in mine.items():
        if key in ("stats", "age_ms"):
            continue
        need(key in theirs, f"{path}: dvradm has no {key}: {theirs}")
        other = theirs[key]
        if isinstance(other, bool):
            other = int(other)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            equal(len(value), len(other), f"{path} {key}")
            for number, item in enumerate(value):
                alike(item, other[number], f"{path} {key}")
        else:
            equal(value, other, f"{path} {key}")


def compare(kind, *key):
    with a_client(bed.hv) as client:
        mine = {tuple(str(o.get(k)) for k in key): o for o in client.dump(kind)}
    theirs = {tuple(str(o.get(k)) for k in key): o
              for o in bed.show(kind, "show") if kind != "route" or
              o["type"] not in ("local", "broadcast", "anycast")}
    if kind == "route":
        mine = {k: o for k, o in mine.items()
                if o["type"] not in ("local", "broadcast", "anycast")}
    need(mine, "nothing was dumped")
    equal(sorted(mine), sorted(theirs), f"every {kind}")
    for name, value in mine.items():
        alike(value, theirs[name], f"{kind} {' '.join(name)}")


for one, by in (("router", ("name",)), ("segment", ("name",)),
                ("port", ("name",)), ("iface", ("router", "segment")),
                ("route", ("router", "dst", "metric")),
                ("neigh", ("segment", "ip")), ("fdb", ("segment", "mac"))):
    test(f"the spec's client and dvradm see every {one} alike")(
        lambda one=one, by=by: compare(one, *by))


@test("the spec's client makes and deletes what dvradm sees go")
def makes():
    with a_client(bed.hv) as client:
        made = {"attrs": [("DVR_A_name", "fromspec"), ("DVR_A_mtu", 1300)]}
        client.request("segment-add", [("DVR_A_segment", made)], NLM_F_ACK)
        equal(bed.show("segment", "show", "fromspec")[0]["mtu"], 1300, "MTU")
        got = list(client.request("segment-get", [("DVR_A_segment", {
            "attrs": [("DVR_A_name", "fromspec")]})], 0))
        equal(client.plain("segment", dict(got[0]["attrs"])["DVR_A_segment"])
              ["mtu"], 1300, "MTU by get")
        client.request("segment-del", [("DVR_A_segment", {
            "attrs": [("DVR_A_name", "fromspec")]})], NLM_F_ACK)
        done = bed.dvradm("segment", "show", "fromspec", check=False)
        equal(done.returncode, 1, "exit code of show after del")


@test("the spec's client is refused with an error number")
def refused():
    with a_client(bed.hv) as client:
        for command, attrs in (("router-add", [("DVR_A_name", "r1")]),
                               ("router-del", [("DVR_A_name", "none")]),
                               ("router-add", [])):
            try:
                list(client.request(command, [("DVR_A_router", {"attrs": attrs})],
                                    NLM_F_ACK))
            except NetlinkError as why:
                need(why.code in (17, 2, 22), f"{command}: {why}")
            else:
                need(False, f"{command} {attrs} was granted")


@test("what would be ignored is refused: what is only told, and what is of another kind")
def in_vain():
    with a_client(bed.hv) as client:
        before = bed.dvradm("save").stdout
        hop = nest(("via", socket.inet_aton("198.51.100.2")), ("segment_given", "b"))
        dst = nest(("addr", socket.inet_aton("203.0.113.128")), ("len", 25))
        prefix = nest(("addr", socket.inet_aton("10.0.0.0")), ("len", 8))
        pool = nest(("first", socket.inet_aton("198.51.100.9")))
        rule = (("router", "r1"), ("out", "b"), ("inside", prefix))
        for command, attrs in (
                ("router-set", (("name", "r1"), ("up", 0))),
                ("segment-set", (("name", "a"), ("ports", 3))),
                ("port-add", (("name", "p9"), ("segment", "a"), ("mtu", 1300))),
                ("route-add", (("router", "r1"), ("dst", dst), ("nexthop", hop))),
                ("neigh-add", (("segment", "a"), ("ip", socket.inet_aton("192.0.2.9")),
                               ("lladdr", b"\2\0\0\0\0\x09"), ("age_ms", 1))),
                ("nat-add", (*rule, ("kind", 0), ("pool", pool), ("proto", 6))),
                ("nat-add", (*rule, ("kind", 3), ("dst", dst), ("pool", pool))),
                ("flow-flush", (("zone", 7),)),
                ("flow-flush", (("router", "r1"), ("state", "ESTABLISHED")))):
            kind = command.split("-")[0]
            try:
                list(client.request(command, [(f"DVR_A_{kind}", nest(*attrs))], NLM_F_ACK))
            except NetlinkError as why:
                log(f"# {command}: {why}")
                equal(why.code, 22, f"{command}: error")
            else:
                need(False, f"{command} {attrs} was granted")
        equal(bed.dvradm("save").stdout, before, "configuration")
        # But for that they are right.
        client.request("nat-add", [("DVR_A_nat", nest(*rule, ("kind", 0), ("pool", pool)))],
                       NLM_F_ACK)
        equal(len(bed.show("nat", "show", "r1")), 1, "rules")


class Dump:
    """A dump of which each part is read when it is asked for."""

    def __init__(self, client, command):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        defer(self.sock.close)
        self.sock.send(struct.pack("=IHHIIBBH", 20, client.sock.prid,
                                   NLM_F_REQUEST | NLM_F_DUMP, 1, 0,
                                   client.commands[command], 1, 0))
        self.parts, self.marks, self.objects = 0, 0, []

    def more(self):
        """Read a part; false if it was the last."""
        data = self.sock.recv(4096)
        self.parts += 1
        while data:
            size, kind, flags = struct.unpack("=IHH", data[:8])
            self.marks += flags >> 4 & 1                        # NLM_F_DUMP_INTR
            if kind == 3:                                       # NLMSG_DONE
                return False
            self.objects.append(data[20:size])
            data = data[size + 3 & ~3:]
        return True


@test("a dump during which objects change is marked so, another is not")
def interrupted():
    bed.dvr("".join(f"segment add many{n}\n" for n in range(300)))
    with a_client(bed.hv) as client, in_ns(bed.hv):
        for change in (False, True):
            dump = Dump(client, "segment-get")
            while dump.more():
                if change and dump.parts == 1:
                    bed.dvr("segment add late\n")
            need(dump.parts > 3, f"all came in {dump.parts} parts")
            equal(dump.marks > 0, change, "marked as interrupted")
    bed.dvr("segment del late\n" + "".join(f"segment del many{n}\n" for n in range(300)))


@test("A8-1 MACs that machines bring and take along interrupt no dump, and hide no other MAC")
def churn():
    def mac(kind, n):
        return f"02:{kind}:00:00:{n >> 8:02x}:{n & 255:02x}"

    def come(kind, numbers):
        for n in numbers:
            bed.wires["p3"].send(eth("02:00:00:00:00:99", mac(kind, n), bytes(46), 0x88b5))
        bed.flush()

    bed.dvr("segment add open\nport add p3 segment open\n")
    defer(bed.dvr, "port del p3\nsegment del open\n")
    come("aa", range(300))
    come("bb", range(300))
    with a_client(bed.hv) as client, in_ns(bed.hv):
        one, two = Dump(client, "fdb-get"), Dump(client, "fdb-get")
        while one.more() | two.more():
            gone = [n for n in range(300) if n % 15 == one.parts]
            bed.dvr("".join(f"fdb del segment open {mac('aa', n)}\n" for n in gone))
            come("cc", range(one.parts * 20, one.parts * 20 + 20))
        for dump in (one, two):
            need(dump.parts > 3, f"all came in {dump.parts} parts")
            equal(dump.marks, 0, "marked as interrupted")
            equal(len(dump.objects), len(set(dump.objects)), "different MACs")
            stayed = [n for n in range(300) if not any(
                bytes.fromhex(mac("bb", n).replace(":", "")) in o for o in dump.objects)]
            equal(stayed, [], "MACs that stayed and were not shown")


@test("D2-1 a dump refuses an attribute by which it does not select")
def no_filter():
    wrong = {"port": ("mac", bytes(6)), "iface": ("mac", bytes(6)), "router": ("punt", 1),
             "segment": ("mtu", 1400), "route": ("metric", 7), "nat": ("prio", 1),
             "neigh": ("lladdr", bytes(6)), "fdb": ("mac", bytes(6))}
    with a_client(bed.hv) as client:
        for kind, (name, value) in wrong.items():
            nest = {"attrs": [["DVR_A_" + name, value]]}
            try:
                got = list(client.request(f"{kind}-get", [["DVR_A_" + kind, nest]], NLM_F_DUMP))
                raise Fail(f"{kind} by {name}: {len(got)} objects")
            except NetlinkError as why:
                equal(why.code, 22, f"{kind} by {name}")


@test("D2-2 a name that no object has is an error of show, not an empty list")
def unknown_names():
    for words, what in (("port show segment nope", "segment"), ("iface show nope", "router"),
                        ("iface show segment nope", "segment"), ("route show nope", "router"),
                        ("nat show nope", "router"), ("nat show out nope", "segment"),
                        ("neigh show segment nope", "segment"), ("neigh show port nope", "port"),
                        ("neigh show router nope", "router"), ("fdb show segment nope", "segment"),
                        ("fdb show port nope", "port"), ("fdb show router nope", "router"),
                        ("flow show nope", "router"), ("drops router nope", "router"),
                        ("drops port nope", "port"), ("router show nope", "router"), ("segment show nope", "segment"),
                        ("port show nope", "port")):
        got = bed.dvradm(*words.split(), check=False)
        equal((got.returncode, got.stdout), (1, ""), words)
        need(f"nope: there is no {what}" in got.stderr, f"{words}: {got.stderr!r}")


@test("D2-3 MAC entries of a router are those of its gateways")
def by_router():
    macs = {e["mac"]: e.get("router") for e in bed.show("fdb", "show")}
    mine = {e["mac"] for e in bed.show("fdb", "show", "router", "r1")}
    equal(mine, {mac for mac, router in macs.items() if router == "r1"}, "MAC entries of r1")
    need(mine, "r1 has none")


finish(bed)
