#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# spread: no
# timeout: 900
# cache: on
"""Objects: add, set, show, del, batches, save, events, errors, permission.

    p1 -- a -- r1 -- b         another namespace applies the output of save

Only p1 has a device; the other ports wait for theirs.
"""

import contextlib
import ctypes
import json
import os
import re
import subprocess

from lib import (DVRADM, Bed, Skip, busywait, defer, equal, finish, in_ns, libc, log,
                 need, run, sysctl, test)

CONFIG = """\
router add r1 id 7 icmp-rate 50 neigh-limit 500 punt on
router add long-name-of-a-router dev lr0
segment add a mtu 1400 vni 4711 unknown drop suppress off
segment add b id 9
port add p1 segment a mac 02:00:00:00:01:01 addr 192.0.2.10 addr 2001:db8:1::10
port add p2 segment a dev tap0 addr 192.0.2.128/28 security off
port add p3 segment b
port add p4 segment b dev eth9 uplink on attach ingress
iface add r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64 rpf strict
iface add r1 segment b mac 02:00:00:00:0b:01 addr 198.51.100.1/24 addr 203.0.113.1/28
iface add long-name-of-a-router segment b addr 198.51.100.2/24
route add r1 default via 198.51.100.2
route add r1 10.0.0.0/8 via 198.51.100.3 weight 3 via 198.51.100.4
route add r1 10.0.0.0/8 via 198.51.100.5 metric 100
route add r1 10.1.0.0/16 blackhole
route add r1 10.2.0.0/16 unreachable metric 5
route add r1 2001:db8:ff::/48 prohibit
route add r1 2001:db8:a::/48 via 2001:db8:1::20
neigh add segment a 192.0.2.77 lladdr 02:00:00:00:01:77
neigh add segment b 198.51.100.3 lladdr 02:00:00:00:02:03 port p3
neigh add segment a 2001:db8:1::77 lladdr 02:00:00:00:01:77
fdb add segment b 02:00:00:00:02:99 port p3
"""
KINDS = ("router", "segment", "port", "iface", "route", "neigh", "fdb")
bed = Bed("p1")
OTHER = f"{bed.hv}2"
run("ip", "netns", "add", OTHER)
bed.clean.append(OTHER)
sysctl(OTHER, ipv4__ip_forward=1)
bed.dvr(CONFIG)


def other(*words, **kw):
    return run(DVRADM, "-n", OTHER, *words, **kw)


def one(kind, name):
    got = bed.show(kind, "show", name)
    equal(len(got), 1, f"{kind}s named {name}")
    return got[0]


def has(got, **want):
    for key, value in want.items():
        equal(got.get(key), value, key)


def refused(code, word, *words, ns=None, argv=None, input=None):
    """The command exits with CODE, and its error has WORD."""
    argv = argv or [DVRADM, "-n", bed.hv, *words]
    done = run(*argv, check=False, ns=ns, input=input)
    log(done.stderr.strip())
    equal(done.returncode, code, f"exit code of {' '.join(map(str, words))}")
    need(re.search(word, done.stderr, re.I), f"no {word!r} in the error of "
         f"{' '.join(map(str, words))}: {done.stderr.strip()}")


@test("a batch makes objects of every kind, show tells them")
def add():
    equal(sorted(r["name"] for r in bed.show("router", "show")),
          ["long-name-of-a-router", "r1"], "routers")
    has(one("router", "r1"), id=7, icmp_rate_pps=50, neigh_limit=500, punt=True,
        ifname="r1", ifaces=2)
    has(one("segment", "a"), mtu=1400, vni=4711, unknown="drop",
        suppress=False, ports=2, ifaces=1)
    has(one("segment", "b"), id=9, mtu=1500, unknown="flood", suppress=True)
    ports = {p["name"]: p for p in bed.show("port", "show")}
    has(ports["p1"], segment="a", dev="p1", mac="02:00:00:00:01:01",
        addr=["192.0.2.10/32", "2001:db8:1::10/128"], security=True,
        state="up", uplink=False, attach="rx")
    has(ports["p2"], state="absent", security=False, dev="tap0",
        addr=["192.0.2.128/28"])
    has(ports["p3"], state="absent", security=False)
    has(ports["p4"], uplink=True, attach="ingress", dev="eth9")
    ifaces = {(i["router"], i["segment"]): i for i in bed.show("iface",
                                                               "show")}
    has(ifaces["r1", "a"], addr=["192.0.2.1/24", "2001:db8:1::1/64"],
        rpf="strict")
    need(ifaces["r1", "a"]["linklocal"].startswith("fe80::"), "linklocal")
    has(ifaces["r1", "b"], mac="02:00:00:00:0b:01", rpf="off")
    routes = [r for r in bed.show("-d", "route", "show", "r1")
              if r["type"] not in ("connected", "local", "broadcast", "anycast")]
    equal(len(routes), 7, "routes of r1")
    many = [r for r in routes if r["dst"] == "10.0.0.0/8" and
            not r["metric"]][0]
    equal([(h["via"], h["weight"]) for h in many["nexthop"]],
          [("198.51.100.3", 3), ("198.51.100.4", 1)], "next hops")
    equal(len([n for n in bed.show("neigh", "show")
               if n["origin"] == "static"]), 3, "static neighbours")
    equal([f["mac"] for f in bed.show("fdb", "show")
           if f["origin"] == "static"], ["02:00:00:00:02:99"], "static MACs")


@test("text for people has every object, open ports say so")
def text():
    for kind in KINDS:
        need(bed.dvradm(kind, "show").stdout, f"{kind}s")
    ports = bed.dvradm("port", "show").stdout.splitlines()
    equal(["open" in line for line in ports], [False, True, True, True],
          "open in the lines of the ports")
    equal(len(json.loads(bed.dvradm("-p", "-j", "router", "show").stdout)), 2,
          "pretty JSON")
    need("packets" in bed.dvradm("-s", "port", "show").stdout, "counters")
    need(run(DVRADM, "-V").stdout.strip(), "version")


@test("a derived gateway MAC is the same on every hypervisor")
def gateway_mac():
    first = [i for i in bed.show("iface", "show", "r1")
             if i["segment"] == "a"][0]["mac"]
    other("-b", "-", input=f"""
        router add x id 7
        segment add y id {one("segment", "a")["id"]}
        iface add x segment y addr 192.0.2.1/24
    """)
    equal(json.loads(other("-j", "iface", "show").stdout)[0]["mac"], first,
          "gateway MAC elsewhere")
    equal(int(first[:2], 16) & 3, 2, "local unicast bits")
    other("-b", "-", input="router del x\nsegment del y\n")


@test("usage errors exit 2 and name the word")
def usage():
    refused(2, "bogus", "bogus", "show")
    refused(2, "bogus", "router", "bogus")
    refused(2, "nonsense", "route", "add", "r1", "nonsense", "via", "192.0.2.7")
    refused(2, "mtu", "segment", "add", "z", "mtu")
    refused(2, "12x", "segment", "add", "z", "mtu", "12x")
    refused(2, "n" * 64, "segment", "add", "n" * 64)
    refused(2, "0", "router", "add", "z", "id", "0")
    refused(2, "0", "flow", "flush", "port", "0")
    refused(2, "01:00:5e", "port", "add", "p9", "segment", "a", "mac",
            "01:00:5e:00:00:01")
    refused(2, "ff:ff", "neigh", "add", "segment", "a", "192.0.2.9", "lladdr",
            "ff:ff:ff:ff:ff:ff")


@test("what the kernel refuses exits 1 with its words, the word is named")
def errors():
    refused(1, "nowhere", "port", "add", "p9", "segment", "nowhere")
    refused(1, "r1:", "router", "add", "r1")
    refused(1, "r99", "router", "del", "r99")
    refused(1, "r99", "route", "add", "r99", "10.9.0.0/16", "blackhole")
    refused(1, "10.1.0.0/16", "route", "add", "r1", "10.1.0.0/16", "prohibit")
    refused(1, "10.7.0.0/16", "route", "del", "r1", "10.7.0.0/16")
    refused(1, "", "iface", "add", "r1", "segment", "a", "addr",
            "192.0.2.3/24")
    refused(1, "7:", "router", "add", "r3", "id", "7")
    refused(1, "9:", "segment", "add", "z", "id", "9")
    refused(1, "224.0.0.1", "neigh", "add", "segment", "a", "224.0.0.1",
            "lladdr", "02:00:00:00:00:09")
    for _ in range(3):
        refused(1, "1280", "-b", "-", input="segment add low mtu 1000\n"
                "iface add r1 segment low addr 2001:db8:9::1/64\n")
    bed.ip("link add alt0 type dummy\nlink property add dev alt0 altname other-name\n")
    refused(1, "alternative", "port", "add", "p9", "segment", "a", "dev", "other-name")
    bed.ip("link del alt0\n")
    refused(2, "name", "", argv=["ip", "-n", bed.hv, "link", "add", "a#b", "type", "dvr"])
    # A device cannot be two ports.
    refused(1, "p1", "port", "add", "p9", "segment", "b", "dev", "p1")
    equal([len(bed.show(kind, "show")) for kind in ("port", "segment",
                                                    "router")], [4, 2, 2],
          "objects after all that")


@test("an iface's own routes cannot be replaced nor deleted")
def iface_routes():
    before = bed.show("-d", "route", "show", "r1")
    for dst in ("192.0.2.0/24", "192.0.2.1/32", "192.0.2.255/32", "2001:db8:1::/64"):
        via = "2001:db8:1::20" if ":" in dst else "198.51.100.2"
        for command in ("add", "replace"):
            refused(1, "belongs to an iface", "route", command, "r1", dst, "via", via)
            refused(1, "belongs to an iface", "route", command, "r1", dst, "blackhole")
        refused(1, "", "route", "del", "r1", dst)
    equal(bed.show("-d", "route", "show", "r1"), before, "routes")


@test("names and ids do not change")
def rename_refused():
    refused(2, "name", "router", "set", "r1", "name", "r5")
    refused(1, "8", "router", "set", "r1", "id", "8")
    refused(1, "77", "segment", "set", "a", "id", "77")
    has(one("router", "r1"), id=7)


@test("set changes what is given and nothing else")
def set_changes():
    bed.dvr("router set r1 icmp-rate 60\nsegment set a suppress on\n")
    has(one("router", "r1"), icmp_rate_pps=60, neigh_limit=500, punt=True)
    has(one("segment", "a"), suppress=True, unknown="drop", mtu=1400)
    bed.dvr("router set r1 icmp-rate 50\nsegment set a suppress off\n")


@test("quotas and their use are shown")
def quota():
    has(one("router", "r1"), neigh_limit=500, neighs=0)


def state():
    return bed.dvradm("save").stdout, bed.show("route", "show")


@test("a batch that fails at the last of 200 lines changes nothing")
def batch_fails():
    before = state()
    lines = ["router add r50", "segment add s50",
             "iface add r50 segment s50 addr 10.50.0.1/16",
             "route del r1 10.1.0.0/16", "port set p1 addr 192.0.2.11",
             "router set r1 icmp-rate 99"]
    lines += [f"route add r50 10.51.{n}.0/24 via 10.50.0.2"
              for n in range(193)]
    lines.append("route add nosuch 10.0.0.0/8 blackhole")
    equal(len(lines), 200, "lines")
    batch = "\n".join(lines) + "\n"
    refused(1, "200.*nosuch", "-b", "-", input=batch)
    equal(state(), before, "configuration after a batch that failed")
    need("r50" not in run("ip", "-n", bed.hv, "link").stdout, "a netdev")
    # A line that is no command is found before anything is sent.
    refused(2, "2", "-b", "-", input="router add r51\nrouter add\n")
    equal(state(), before, "configuration after a batch that is none")
    # Without its last line it works; what it did can be undone.
    bed.dvr("\n".join(lines[:-1]) + "\n")
    bed.dvr("""
        router del r50
        segment del s50
        route add r1 10.1.0.0/16 blackhole
        port set p1 addr 192.0.2.10 addr 2001:db8:1::10
        router set r1 icmp-rate 50
    """)
    equal(state(), before, "configuration after it was undone")


@test("within one batch names and ids can be given up and taken again")
def reuse():
    before = state()
    bed.dvr("""
        segment add t id 100
        port add q segment t dev q0
        port del q
        segment del t
        segment add t id 100 mtu 1300
        port add q segment t dev q0
        route replace r1 10.1.0.0/16 prohibit
        route replace r1 10.1.0.0/16 blackhole
    """)
    has(one("segment", "t"), id=100, mtu=1300, ports=1)
    bed.dvr("port del q\nsegment del t\n")
    equal(state(), before, "configuration")


@test("a batch that fails gives back the ids that it took")
def ids_back():
    before = state()
    bed.dvr("""
        segment add t id 100
        router add t id 100
        port add q segment t dev q0 id 100
    """)
    with_them = state()
    batch = """
        port del q
        segment del t
        router del t
        segment add u id 100
        router add u id 100
        port add u segment u dev q1 id 100
        port del u
        port add v segment u dev q2 id 100
        route add nosuch 10.0.0.0/8 blackhole
    """
    refused(1, "nosuch", "-b", "-", input=batch)
    for kind, name in (("segment", "t"), ("router", "t"), ("port", "q")):
        equal([o["name"] for o in bed.show(kind, "show") if o["id"] == 100], [name],
              f"{kind}s of id 100")
    equal(state(), with_them, "configuration")
    refused(1, "100:", "segment", "add", "u", "id", "100")
    bed.dvr("port del q\nsegment del t\nrouter del t\n")
    equal(state(), before, "configuration without them")


@test("a segment goes in one batch with all that is on it, whatever was named first")
def whole_segment():
    before = state()
    ports = range(8)
    bed.ip("".join(f"link add g{n} type dummy\nlink set g{n} up\n" for n in ports))
    bed.dvr("segment add t\nrouter add t\niface add t segment t addr 10.77.0.1/24\n" + "".join(
        f"port add g{n} segment t\n"
        f"neigh add segment t 10.77.0.{9 + n} lladdr 02:00:00:00:77:0{n} port g{n}\n"
        f"fdb add segment t 02:00:00:00:78:0{n} port g{n}\n" for n in ports))
    bed.dvr("segment set t mtu 1300\nport set g3 security off\n" +
            "".join(f"port del g{n}\n" for n in ports) + "router del t\nsegment del t\n")
    equal(state(), before, "configuration")
    links = json.loads(run("ip", "-n", bed.hv, "-d", "-j", "link", "show", "type", "dummy").stdout)
    equal({d["promiscuity"] for d in links}, {0}, "promiscuity of devices that are ports no more")
    bed.ip("".join(f"link del g{n}\n" for n in ports))


@test("a neighbour that a batch moves to another port stays with that, and goes with it")
def neigh_moved():
    before = state()
    bed.dvr("""
        segment add t
        port add q segment t dev q0
        port add u segment t dev q1
        neigh add segment t 10.77.0.9 lladdr 02:00:00:00:77:09 port q
    """)
    move = "neigh replace segment t 10.77.0.9 lladdr 02:00:00:00:77:09 port "
    bed.dvr(f"{move}u\nport del q\n")
    equal([n.get("port") for n in bed.show("neigh", "show", "segment", "t")], ["u"],
          "ports of neighbours")
    bed.dvr(f"port add q segment t dev q0\n{move}q\nport del q\n")
    equal(bed.show("neigh", "show", "segment", "t"), [], "neighbours of a port that has gone")
    bed.dvr("port del u\nsegment del t\n")
    equal(state(), before, "configuration")


@test("save, taken by a fresh namespace, saves the same")
def save_again():
    saved = bed.dvradm("save").stdout
    need(len(saved.splitlines()) >= 20, f"{len(saved.splitlines())} lines")
    other("-b", "-", input=saved)
    equal(other("save").stdout, saved, "saved again")
    need("\nr1 10.1.0.0/16 blackhole" in bed.dvradm("route", "show").stdout,
         "a route as text")


@test("what would be refused is saved as a comment, the rest can be made again")
def unfit():
    fresh = f"{bed.hv}3"
    run("ip", "netns", "add", fresh)
    bed.clean.append(fresh)
    sysctl(fresh, ipv4__ip_forward=1)
    bed.dvr("""
        router add t
        segment add t
        iface add t segment t addr 10.88.0.1/24
        route add t 10.99.0.0/16 via 10.88.0.2
        route add t 10.98.0.0/16 dev nosuch
        port add t segment t dev tun7
        neigh add segment t 10.88.0.9 lladdr 02:00:00:00:88:09 port t
        fdb add segment t 02:00:00:00:88:0a port t
        iface del t segment t
    """)
    bed.ip("tuntap add tun7 mode tun\n")
    busywait(5, "state refused", lambda: one("port", "t")["state"] == "refused")
    saved = bed.dvradm("save").stdout
    for line in ("# inactive: route add t 10.99.0.0/16 via 10.88.0.2",
                 "# refused: port add t ", "# refused: neigh add segment t 10.88.0.9 ",
                 "# refused: fdb add segment t 02:00:00:00:88:0a "):
        need(f"\n{line}" in saved, f"no line {line!r} in {saved}")
    need("\nroute add t 10.98.0.0/16 dev nosuch" in saved, "a route by a device to come")
    run("ip", "-n", fresh, "tuntap", "add", "tun7", "mode", "tun")
    run(DVRADM, "-n", fresh, "-b", "-", input=saved)
    equal(run(DVRADM, "-n", fresh, "save").stdout,
          "".join(f"{line}\n" for line in saved.splitlines() if line[0] != "#"),
          "saved again")
    bed.ip("link del tun7\n")
    bed.dvr("port del t\nrouter del t\nsegment del t\n")


class Monitor:
    """dvradm monitor, and what it says."""

    def __init__(self, *words):
        with in_ns(bed.hv):
            self.process = subprocess.Popen(
                [DVRADM, *words], stdout=subprocess.PIPE)
        self.fd = self.process.stdout.fileno()
        os.set_blocking(self.fd, False)
        self.text = ""
        # It is heard when it listens: change something until then.
        busywait(10, "the first event", self.first)

    def first(self):
        bed.dvr("router set r1 icmp-rate 51\n")
        bed.dvr("router set r1 icmp-rate 50\n")
        return self.read()

    def read(self):
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.fd, 65536):
                self.text += data.decode()
        return self.text

    def end(self):
        self.process.kill()
        self.process.wait()
        log(self.text)


@test("the same configuration again disturbs nothing")
def reapply():
    saved = bed.dvradm("save").stdout
    index = one("router", "r1")["ifindex"]
    again = re.sub(r"^(route|neigh|fdb) add", r"\1 replace", saved, flags=re.M)
    again = re.sub(r"^(router|segment|port|iface) add", r"\1 set", again,
                   flags=re.M)
    monitor = Monitor("monitor")
    bed.dvr(again)
    bed.dvradm("router", "set", "r1", "icmp-rate", "52")
    busywait(5, "the last event", lambda: "52" in monitor.read())
    bed.dvradm("router", "set", "r1", "icmp-rate", "50")
    monitor.end()
    need("delete" not in monitor.text, "something was deleted")
    equal(one("router", "r1")["ifindex"], index, "ifindex of r1")
    equal(bed.dvradm("save").stdout, saved, "saved again")


@test("monitor -j tells what happens to objects of every kind")
def events():
    monitor = Monitor("-j", "monitor")
    bed.dvr("""
        router add ev
        segment add evs
        iface add ev segment evs addr 10.60.0.1/24
        route add ev 10.61.0.0/16 via 10.60.0.2
        port add evp segment evs
        neigh add segment evs 10.60.0.9 lladdr 02:00:00:00:06:09
        fdb add segment evs 02:00:00:00:06:0a port evp
    """)
    bed.dvr("router del ev\nport del evp\nsegment del evs\n")

    def told():
        lines = monitor.read().splitlines()
        seen = {(e["event"], e["object"]) for e in map(json.loads, lines)
                if "ev" in str(e)}
        return {("added", k) for k in KINDS} <= seen and \
            {("deleted", k) for k in ("router", "segment", "port", "iface",
                                      "neigh", "fdb")} <= seen
    try:
        busywait(5, "an event of every object", told)
    finally:
        monitor.end()
    need("10.61.0.0/16" in monitor.text, "the route's prefix")


@test("monitor -j tells when a port's device goes down and comes up")
def link_events():
    bed.ip("link add ln0 type dummy\n")
    monitor = Monitor("-j", "monitor")
    bed.dvr("segment add ln\nport add ln0 segment ln\n")

    def told():
        return [e["state"] for e in map(json.loads, monitor.read().splitlines())
                if e.get("name") == "ln0"]
    try:
        busywait(5, "that it is down", lambda: told() == ["down"])
        for state in ("up", "down", "up"):
            bed.ip(f"link set ln0 {state}\n")
            busywait(5, state, lambda s=state: told()[-1] == s)
        bed.ip("link del ln0\n")
        busywait(5, "that it is gone", lambda: told()[-1] == "absent")
        bed.ip("link add ln0 type dummy\n")
        busywait(5, "that it is back", lambda: told()[-1] == "down")
    finally:
        monitor.end()
    need(len(told()) <= 8, f"told {told()}")
    bed.ip("link del ln0\n")
    bed.dvr("port del ln0\nsegment del ln\n")


@test("objects belong to their namespace")
def own_namespace():
    other("segment", "add", "only-here")
    refused(1, "only-here", "segment", "show", "only-here")
    other("segment", "del", "only-here")


@test("ids are given, unique, and may be chosen; names have 63 characters")
def ids():
    bed.dvr("router add i1\nrouter add i2\nrouter add i5 id 4294967295\n"
            f"segment add {'n' * 63}\n")
    got = {r["name"]: r["id"] for r in bed.show("router", "show")}
    need(0 < got["i1"] != got["i2"] > 0, f"ids {got}")
    equal(got["i5"], 4294967295, "the id that was chosen")
    bed.dvr(f"router del i1\nrouter del i2\nrouter del i5\n"
            f"segment del {'n' * 63}\n")


def unconfigured():
    """Nothing is configured, until the end of the test."""
    bed.dvr("router del r1\nrouter del long-name-of-a-router\n" +
            "".join(f"port del p{n}\n" for n in (1, 2, 3, 4)) +
            "segment del a\nsegment del b\n")
    defer(bed.dvr, CONFIG)


@test("del takes what an object owns")
def delete():
    defer(bed.dvr, CONFIG)
    bed.dvradm("iface", "del", "r1", "segment", "b")
    equal([i["segment"] for i in bed.show("iface", "show", "r1")], ["a"],
          "ifaces")
    refused(1, "b", "iface", "del", "r1", "segment", "b")
    bed.dvr("router del r1\nrouter del long-name-of-a-router\n")
    equal(bed.show("iface", "show") + bed.show("route", "show"), [],
          "what routers owned")
    need("r1:" not in run("ip", "-n", bed.hv, "link").stdout, "the netdev")
    bed.dvr("".join(f"port del p{n}\n" for n in (1, 2, 3, 4)))
    bed.dvr("segment del a\nsegment del b\n")
    equal(bed.dvradm("save").stdout, "", "save of nothing")
    equal(bed.show("neigh", "show") + bed.show("fdb", "show"), [],
          "what segments owned")


def as_nobody():
    """In a child: another user, without capabilities."""
    libc.prctl(8, 0)            # PR_SET_KEEPCAPS
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def root_without_caps():
    """In a child: user 0, but for all that makes root."""
    for cap in range(41):
        libc.prctl(24, cap)     # PR_CAPBSET_DROP
    libc.prctl(28, 0x0f)        # PR_SET_SECUREBITS: no root, no setuid fixup


def refused_to(who):
    for words in (("segment", "add", "x"), ("segment", "show"),
                  ("router", "add", "x"), ("save",), ("monitor",)):
        with in_ns(bed.hv):
            done = subprocess.run([DVRADM, *words], preexec_fn=who, text=True,
                                  stderr=subprocess.PIPE, timeout=20,
                                  stdout=subprocess.PIPE)
        log(done.stderr.strip())
        equal(done.returncode, 1, f"exit code of {' '.join(words)}")
        need("permi" in done.stderr, f"{done.stderr.strip()}: not permission")
        equal(done.stdout, "", f"what {' '.join(words)} shows")


@test("without CAP_NET_ADMIN nothing can be changed or read")
def no_caps():
    unconfigured()
    bed.dvradm("segment", "add", "guarded")
    refused_to(as_nobody)
    refused_to(root_without_caps)
    equal([s["name"] for s in bed.show("segment", "show")], ["guarded"],
          "segments")
    bed.dvradm("segment", "del", "guarded")


def new_user(net):
    """In a child: root of a user namespace of its own."""
    uid = os.getuid()
    if libc.unshare(0x10000000 | (0x40000000 if net else 0)):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, value in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                        ("gid_map", f"0 {uid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(value)


def as_root_of(net, *argv):
    with in_ns(bed.hv):
        return subprocess.run(argv, preexec_fn=lambda: new_user(net),
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)


@test("root of a user namespace is confined to its own")
def user_ns():
    unconfigured()
    try:
        done = as_root_of(True, "sh", "-c", f"{DVRADM} router add mine && "
                          f"{DVRADM} -j router show")
    except subprocess.SubprocessError as why:
        raise Skip("no user namespaces here, or in a chroot") from why
    log(done.stderr)
    equal([r["name"] for r in json.loads(done.stdout or "[]")], ["mine"],
          "routers in its own namespace")
    for argv in ((DVRADM, "segment", "add", "x"),
                 ("ip", "link", "add", "x", "type", "dvr")):
        done = as_root_of(False, *argv)
        log(done.stderr)
        need(done.returncode, f"{' '.join(argv)} was granted")
        need("permi" in done.stderr, f"{done.stderr}: not permission")
    equal(bed.show("segment", "show"), [], "segments")


finish(bed)
