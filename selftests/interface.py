#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The netlink interface as programs use it: what a request is answered with, and which
request an event is of."""

import errno
import json
import os
import shutil
import struct
import subprocess
import tempfile

from frames import eth
from lib import DVRADM, Bed, Fail, busywait, defer, equal, finish, need, run, test
from speclib import Listener, a_client, nest

try:
    import jsonschema
    from pyroute2.netlink import NLM_F_ACK, NLM_F_DUMP, NLM_F_ECHO
    from pyroute2.netlink.exceptions import NetlinkError
except ImportError:
    pass                        # a_client() skips

NLM_F_CREATE = 0x400
ADDR_10 = nest(("addr", b"\x0a\0\0\0"), ("len", 8))
KINDS = ("router", "segment", "port", "iface", "route", "nat", "neigh", "fdb")
bed = Bed("p1", "p2")
bed.dvr("""
    router add r1
    segment add a
    segment add b
    iface add r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64
""")


def rmem_max(value):
    """Limit receive buffers; returns the limit that there was."""
    with open("/proc/sys/net/core/rmem_max", "r+", encoding="ascii") as file:
        was = file.read()
        file.seek(0)
        file.write(str(value))
    return was


def echo(client, command, kind, *attrs):
    """The events that a request is answered with, and the objects of KIND in them."""
    got = list(client.request(command, [(f"DVR_A_{kind}", nest(*attrs))],
                              NLM_F_ACK | NLM_F_ECHO))
    return [m for m in got if dict(m["attrs"]).get(f"DVR_A_{kind}")]


def echo_of(client, command, kind, *attrs):
    """The one object that a request is answered with."""
    got = echo(client, command, kind, *attrs)
    equal(len(got), 1, f"objects in the answer to {command}")
    equal(got[0]["cmd"], client.commands[f"{kind}-ntf"], f"message for {command}")
    need(got[0]["header"]["flags"] & NLM_F_CREATE, f"{command}: not marked as new")
    return client.plain(kind, dict(got[0]["attrs"])[f"DVR_A_{kind}"])


@test("D3-1 a request with NLM_F_ECHO is answered with what the kernel chose")
def chosen():
    defer(bed.dvr, "router del e1\nport del e1p\nsegment del e1\n", check=False)
    with a_client(bed.hv) as client:
        router = echo_of(client, "router-add", "router", ("name", "e1"))
        need(router["id"] and router["ifname"] == "e1" and router["ifindex"], str(router))
        segment = echo_of(client, "segment-add", "segment", ("name", "e1"))
        equal(segment["id"], bed.show("segment", "show", "e1")[0]["id"], "id of a segment")
        port = echo_of(client, "port-add", "port", ("name", "e1p"), ("segment", "e1"))
        need(port["id"] and port["dev"] == "e1p", str(port))
        addr = nest(("addr", b"\xcb\x00\x71\x01"), ("len", 24))
        iface = echo_of(client, "iface-add", "iface", ("router", "e1"), ("segment", "e1"),
                        ("addr", addr))
        equal(iface["mac"], bed.show("iface", "show", "e1")[0]["mac"], "derived MAC")
        rule = (("router", "e1"), ("out", "e1"), ("kind", 0),
                ("inside", nest(("addr", b"\x0a\0\0\0"), ("len", 8))),
                ("pool", nest(("first", b"\xcb\x00\x71\x05"))))
        equal(echo_of(client, "nat-add", "nat", *rule)["handle"],
              bed.show("nat", "show", "e1")[0]["handle"], "handle")
        # A router gets its zone with its first rule.
        zone = echo(client, "router-set", "router", ("name", "e1"), ("icmp_rate_pps", 7))
        equal(client.plain("router", dict(zone[0]["attrs"])["DVR_A_router"])["zone"],
              bed.show("router", "show", "e1")[0]["zone"], "zone")


@test("D3-2 a request without NLM_F_ECHO, and one that is refused, is answered alone")
def silent():
    with a_client(bed.hv) as client:
        made = [("DVR_A_segment", nest(("name", "quiet")))]
        defer(bed.dvr, "segment del quiet\n")
        got = list(client.request("segment-add", made, NLM_F_ACK))
        equal([m for m in got if dict(m.get("attrs", ()))], [], "answer without NLM_F_ECHO")
        try:
            got = list(client.request("segment-add", made, NLM_F_ACK | NLM_F_ECHO))
            raise Fail(f"granted: {got}")
        except NetlinkError as why:
            equal(why.code, errno.EEXIST, "error")


@test("D3-3 an event has the port and the sequence number of its request")
def cause():
    with a_client(bed.hv) as client:
        listener = Listener(client, bed.hv, *KINDS)
        defer(bed.dvr, "segment del cause\n")
        for flags in (0, NLM_F_ECHO):
            got = list(client.request("segment-add", [("DVR_A_segment", nest(("name", "cause")))],
                                      NLM_F_ACK | flags))
            cmd, _, port, seq, _ = listener.get()
            equal(cmd, client.commands["segment-ntf"], "event")
            equal((port, seq), (client.sock.epid, got[-1]["header"]["sequence_number"]),
                  "port and sequence number of the event")
            if flags:
                equal((got[0]["header"]["pid"], got[0]["header"]["sequence_number"]), (port, seq),
                      "port and sequence number of the answer")
            client.request("segment-del", [("DVR_A_segment", nest(("name", "cause")))], NLM_F_ACK)
            equal(listener.get()[0], client.commands["segment-del-ntf"], "event of the end")
        bed.dvr("segment add cause\n")
        equal(listener.get()[2] == client.sock.epid, False, "the port of another requester")
        # What no request made is of none.
        bed.dvr("port add p1 segment cause\n")
        defer(bed.dvr, "port del p1\n")
        listener.get()
        bed.ip("link set p1 down\n")
        defer(bed.ip, "link set p1 up\n")
        equal(listener.get()[2:4], (0, 0), "port and sequence number of a device's event")


@test("D3-4 dvradm -e prints what a command or a batch changed, and monitor sees it once")
def dvradm():
    defer(bed.dvr, "port del e9\nsegment del e9\n")
    seg = bed.show("-e", "segment", "add", "e9")
    equal([(o["event"], o["object"], o["name"]) for o in seg], [("added", "segment", "e9")],
          "echo of add")
    equal(seg[0]["id"], bed.show("segment", "show", "e9")[0]["id"], "id")
    done = run(DVRADM, "-n", bed.hv, "-j", "--echo", "-b", "-",
               input="port add e9 segment e9\nsegment set e9 mtu 1400\nsegment del b\nsegment add b\n")
    equal([(o["event"], o["object"], o["name"]) for o in json.loads(done.stdout)],
          [("added", "port", "e9"), ("changed", "segment", "e9"), ("deleted", "segment", "b"),
           ("added", "segment", "b")], "echo of a batch")
    text = bed.dvradm("-e", "route", "add", "r1", "203.0.113.0/24", "blackhole").stdout
    equal(text, "route r1 203.0.113.0/24 blackhole\n", "echo in text")
    text = bed.dvradm("-e", "route", "del", "r1", "203.0.113.0/24").stdout
    equal(text, "deleted route r1 203.0.113.0/24 blackhole\n", "echo of del")
    equal(bed.dvradm("-e", "segment", "set", "e9", "mtu", "1400").stdout, "", "echo of no change")
    failed = bed.dvradm("-j", "-e", "segment", "add", "e9", check=False)
    equal((failed.returncode, failed.stdout), (1, ""), "echo of what is refused")


@test("D3-5 an echo of more than a socket takes is whole, or dvradm says that it is not")
def large():
    count = 1500
    defer(rmem_max, rmem_max(212992))
    defer(bed.dvr, "router del big\nsegment del big\n")
    bed.dvr("router add big netdev off\nsegment add big\n"
            "iface add big segment big addr 198.51.100.1/24\n")
    routes = "".join(f"route add big 10.{n >> 8}.{n & 255}.0/24 via 198.51.100.{2 + n % 9}\n"
                     for n in range(count))
    done = run(DVRADM, "-n", bed.hv, "-j", "-e", "-b", "-", input=routes)
    equal(len(json.loads(done.stdout)), count, "routes in the answer")
    # A user namespace cannot have a large buffer.
    with tempfile.NamedTemporaryFile("w") as first, tempfile.NamedTemporaryFile("w") as second:
        first.write("router add big netdev off\nsegment add big\n"
                    "iface add big segment big addr 198.51.100.1/24\n")
        second.write(routes)
        first.flush()
        second.flush()
        done = run("unshare", "-rn", "sh", "-c",
                   f"{DVRADM} -b {first.name} && {DVRADM} -j -e -b {second.name};"
                   f"echo $?; {DVRADM} -j route show big")
    some, code, whole = done.stdout.splitlines()
    need(len(json.loads(some)) < count and code == "1", f"exit {code}, answer {some[:200]}")
    need("did not fit into the receive buffer" in done.stderr, done.stderr)
    equal(len([r for r in json.loads(whole) if r["type"] == "unicast"]), count, "routes")



def generation(client, kind="segment"):
    """The generation that each message of a dump has."""
    got = {dict(m["attrs"]).get("DVR_A_generation")
           for m in client.request(f"{kind}-get", [], NLM_F_DUMP)}
    equal(len(got), 1, f"generations in a dump of {kind}")
    return got.pop()


def batch(client, expected, *ops):
    """Send a batch of (command, kind, attributes) for the generation EXPECTED."""
    attrs = [("DVR_A_expect_generation", expected)] if expected else []
    attrs += [("DVR_A_op", nest(("cmd", client.commands[command]), (kind, nest(*what))))
              for command, kind, what in ops]
    return client.request("batch", attrs, NLM_F_ACK)


@test("D4-1 dumps, answers and events have the generation of the configuration")
def generations():
    bed.dvr("port add p1 segment a\nroute add r1 10.0.0.0/8 via 192.0.2.9\n"
            "nat add r1 out a floating 192.0.2.50 to 10.0.0.1\n"
            "neigh add segment a 192.0.2.9 lladdr 02:00:00:00:00:09\n"
            "fdb add segment a 02:00:00:00:00:09 port p1\n")
    defer(bed.dvr, "nat del r1 handle 1\nroute del r1 10.0.0.0/8\nport del p1\n"
                   "neigh del segment a 192.0.2.9\n")
    with a_client(bed.hv) as client:
        first = {generation(client, kind) for kind in KINDS}
        equal(len(first), 1, "generations of dumps")
        listener = Listener(client, bed.hv, *KINDS)
        seen = first
        for step in range(3):
            bed.dvr(f"segment set a mtu {1400 + step}\nsegment set b mtu {1400 + step}\n")
            events = [client.attr(listener.get()[4], "generation") for _ in range(2)]
            equal(events[0], events[1], "generations of one batch's events")
            equal(generation(client), events[0], "generation of a dump after the event")
            need(events[0] not in seen, f"{events[0]} was one before")
            seen = seen | {events[0]}
            got = client.request("segment-get", [("DVR_A_segment", nest(("name", "a")))], 0)
            equal(dict(got[0]["attrs"])["DVR_A_generation"], events[0], "generation of an answer")
        # Requests that change nothing, and traffic, leave it.
        last = generation(client)
        bed.dvr("segment set a mtu 1402\n")
        bed.wires["p1"].send(eth("02:00:00:00:00:01", "02:00:00:00:00:33", bytes(46), 0x88b5))
        equal(client.attr(listener.get()[4], "generation"), None, "generation of a learned MAC")
        equal(generation(client), last, "generation after no change")


@test("D4-2 a batch for another generation changes nothing")
def stale():
    defer(bed.dvr, "segment del g1\n")
    with a_client(bed.hv) as client:
        old = generation(client)
        batch(client, old, ("segment-add", "segment", [("name", "g1")]))
        new = generation(client)
        for ops in ([("segment-set", "segment", [("name", "g1"), ("mtu", 1300)])], []):
            try:
                list(batch(client, old, *ops))
                raise Fail("granted")
            except NetlinkError as why:
                equal(why.code, errno.ESTALE, "error")
        equal((generation(client), bed.show("segment", "show", "g1")[0]["mtu"]), (new, 1500),
              "generation and MTU")
        list(batch(client, new))                # asks if it is still that
        list(batch(client, new, ("segment-set", "segment", [("name", "g1"), ("mtu", 1300)])))
        equal(bed.show("segment", "show", "g1")[0]["mtu"], 1300, "MTU")


@test("D4-3 of writers that read and then write, none undoes what another has done")
def race():
    defer(bed.dvr, "segment del g2\n")
    bed.dvr("segment add g2 mtu 1000\n")
    writers, times = 4, 10

    def write():
        with a_client(bed.hv) as client:
            for _ in range(times):
                while True:
                    got = client.request("segment-get",
                                         [("DVR_A_segment", nest(("name", "g2")))], 0)[0]
                    attrs = dict(got["attrs"])
                    mtu = client.plain("segment", attrs["DVR_A_segment"])["mtu"]
                    try:
                        list(batch(client, attrs["DVR_A_generation"],
                                   ("segment-set", "segment", [("name", "g2"), ("mtu", mtu + 1)])))
                        break
                    except NetlinkError as why:
                        equal(why.code, errno.ESTALE, "error")

    pids = []
    for _ in range(writers):
        pid = os.fork()
        if not pid:
            try:
                write()
                os._exit(0)
            finally:
                os._exit(1)
        pids.append(pid)
    equal([os.waitpid(pid, 0)[1] for pid in pids], [0] * writers, "exit codes")
    equal(bed.show("segment", "show", "g2")[0]["mtu"], 1000 + writers * times, "MTU")


@test("D4-4 dvradm -g applies a batch to one generation of the configuration only")
def option():
    defer(bed.dvr, "segment del g3\n", check=False)
    seen = bed.show("-e", "segment", "add", "g3")[0]["generation"]
    words = [DVRADM, "-n", bed.hv, "-j", "-e", "-g", seen, "-b", "-"]
    done = run(*words, input="segment set g3 mtu 1200\n")
    need(json.loads(done.stdout)[0]["generation"] != seen, "the same generation after a change")
    done = run(*words, input="segment set g3 mtu 1100\nsegment del g3\n", check=False)
    equal((done.returncode, done.stdout), (1, ""), "a second time")
    error = json.loads(done.stderr)
    need(error["word"] == str(seen) and error["error"].startswith("the configuration has changed"),
         done.stderr)
    equal(bed.show("segment", "show", "g3")[0]["mtu"], 1200, "MTU")
    equal(bed.dvradm("-g", seen, "segment", "show", check=False).returncode, 2, "-g without -b")



@test("D12-1 info-get has version, features and limits as the spec has them")
def info():
    with a_client(bed.hv) as client:
        got = dict(client.request("info-get", [], NLM_F_ACK)[0]["attrs"])
        module = client.plain("info", got["DVR_A_info"])
        with open("/sys/module/dvr/version", encoding="ascii") as file:
            equal(module["version"], file.read().strip(), "version")
        equal(got["DVR_A_generation"], generation(client), "generation")
        consts = {d["name"]: d["value"] for d in client.spec["definitions"]
                  if d["type"] == "const"}
        for name, value in module.items():
            if name.endswith("_max") and name != "nat_addrs_max":
                equal(value, consts[name.replace("_", "-")], name)
        need({"echo", "generation", "uplink", "ftp"} <= set(module["features"]), str(module))
        try:
            list(client.request("info-get", [("DVR_A_info", nest(("version", "9")))], NLM_F_ACK))
            raise Fail("granted with a version")
        except NetlinkError as why:
            equal(why.code, errno.EINVAL, "error")
        tool = bed.show("info")[0]
        equal({k: tool[k] for k in module}, module, "what dvradm says")
        equal(tool["dvradm"], module["version"], "version of dvradm")


@test("D12-2 dvradm says that the module is of another version, and goes on")
def versions():
    version = bed.show("info")[0]["version"].encode() + b"\0"
    with open(shutil.which(DVRADM), "rb") as file:
        program = file.read()
    equal(program.count(version), 1, "version strings in dvradm")
    with tempfile.TemporaryDirectory() as folder:
        other = os.path.join(folder, "dvradm")
        with open(other, "wb") as file:
            name = "9" * (len(version) - 1)
            file.write(program.replace(version, name.encode() + b"\0"))
        os.chmod(other, 0o755)
        for words in (("segment", "add", "other"), ("segment", "show", "other"),
                      ("segment", "del", "other")):
            done = run(other, "-n", bed.hv, *words)
            need(f"warning: this is dvradm {name}, and the module is" in done.stderr, done.stderr)
            equal(bed.dvradm(*words[:2], "third").stderr if words[1] == "add" else "", "",
                  "what the right dvradm says")
        equal(json.loads(run(other, "-n", bed.hv, "-j", "info").stdout)[0]["dvradm"], name,
              "version of dvradm in info")
    bed.dvr("segment del third\n")


@test("D12-3 what is saved has its generation, and a batch may be for that")
def saved():
    now = bed.show("info")[0]["generation"]
    equal(bed.show("save")["generation"], now, "generation in JSON")
    lines = bed.dvradm("-d", "save").stdout.splitlines()
    equal(lines[0], f"# generation {now}", "first line with -d")
    need(not bed.dvradm("save").stdout.startswith("#"), "a comment without -d")
    run(DVRADM, "-n", bed.hv, "-g", now, "-b", "-", input="segment add late\n")
    defer(bed.dvr, "segment del late\n")
    equal(run(DVRADM, "-n", bed.hv, "-g", now, "-b", "-", input=lines[0] + "\n",
              check=False).returncode, 1, "a second time")



@test("json-1 with -j the kernel's refusals are JSON, with word, file and line")
def json_errors():
    done = bed.dvradm("-j", "segment", "add", "a", check=False)
    error = json.loads(done.stderr)
    equal((done.returncode, error["word"], set(error)), (1, "a", {"error", "word"}), "refusal")
    done = run(DVRADM, "-n", bed.hv, "-j", "-b", "-", check=False,
               input="segment set a mtu 1500\nport add x segment nowhere\n")
    equal((done.returncode, json.loads(done.stderr)), (1, {
        "error": "there is no segment of this name", "word": "nowhere", "file": "stdin",
        "line": 2}), "refusal of a batch")


@test("json-2 what dvradm -j prints is as tools/dvradm.schema.json has it")
def schema():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "../tools/dvradm.schema.json"), encoding="ascii") as file:
        whole = json.load(file)

    def check(kind, got):
        """GOT has an object at least, and each is of KIND."""
        need(got, f"no {kind}")
        jsonschema.validate(got, dict(whole, type="array", items={"$ref": f"#/$defs/{kind}"}))

    def refused(kind, got):
        try:
            check(kind, got)
        except jsonschema.ValidationError:
            return
        raise Fail(f"{got} is a {kind}")

    make_all("json")
    bed.dvr("router set json helpers ftp,sip:5070\n"
            "nat add json out json snat from 10.0.0.0/8 to 198.51.100.20-198.51.100.22\n"
            "nat add json out json forward tcp 198.51.100.10:80 to 10.0.0.3:8080\n"
            "route add json 10.1.0.0/16 via 198.51.100.8 via 198.51.100.7 weight 3\n"
            "route add json 10.2.0.0/16 dev nowhere0\n"
            "iface add json segment a addr 2001:db8:9::1/64 ra on rdnss 2001:db8::53 "
            "ra-prefix 2001:db8:9::/64 valid 9 preferred 8\n"
            "port add json2 segment json mac 02:00:00:00:09:06 addr 198.51.100.30 "
            "mac 02:00:00:00:09:07 addr 198.51.100.31\nport add p1 segment json\n")
    defer(bed.dvr, "router del json\nport del json\nport del json2\nport del p1\n"
                   "segment del json\n")
    bed.wires["p1"].send(eth("02:00:00:00:00:01", "02:00:00:00:00:35", bytes(46), 0x88b5))
    for kind in KINDS:
        for options in ((), ("-s", "-d")):
            check(kind, bed.show(*options, kind, "show"))
    # A frame whose source is a group is dropped.
    bed.wires["p1"].send(eth("02:00:00:00:00:01", "03:00:00:00:00:35", bytes(46), 0x88b5))
    check("drop", busywait(5, "a drop", lambda: bed.show("drops", "port", "p1")))
    check("info", bed.show("info"))
    check("error", [json.loads(bed.dvradm("-j", "port", "add", "p1", "segment", "a",
                                          check=False).stderr)])
    refused("router", [{"name": "x", "icmp_rate": 7}])
    refused("port", [{"name": "x", "state": "sideways"}])
    refused("segment", [{"name": "x", "suppress": "on"}])


# What names an object of each kind, and an attribute that an add has beside that.
NAMED = {
    "router": ((("name", "r1"),), ("icmp_rate_pps", 7)),
    "segment": ((("name", "a"),), ("mtu", 1400)),
    "port": ((("name", "named"),), ("segment", "a")),
    "iface": ((("router", "r1"), ("segment", "a")), ("rpf", 0)),
    "route": ((("router", "r1"), ("dst", ADDR_10)), ("type", 1)),
    "nat": ((("router", "r1"), ("handle", 9)), ("out", "a")),
    "neigh": ((("segment", "a"), ("ip", b"\xc0\x00\x02\x09")), ("lladdr", b"\2\0\0\0\0\x09")),
    "fdb": ((("segment", "a"), ("mac", b"\2\0\0\0\0\x08")), ("port", "named")),
}


def make_named():
    """Make the objects of NAMED for this test."""
    bed.dvr("port add named segment a\nroute add r1 10.0.0.0/8 blackhole\n"
            "nat add r1 out a floating 192.0.2.51 to 10.0.0.2 handle 9\n"
            "neigh add segment a 192.0.2.9 lladdr 02:00:00:00:00:09\n"
            "fdb add segment a 02:00:00:00:00:08 port named\n")
    defer(bed.dvr, "nat del r1 handle 9\nroute del r1 10.0.0.0/8\nport del named\n"
                   "neigh del segment a 192.0.2.9\n", check=False)


@test("D13-1 a get or a del with more than the name of an object is refused, and names what")
def names_only():
    make_named()
    with a_client(bed.hv) as client:
        for kind, (name, more) in NAMED.items():
            for verb in ("get", "del"):
                got = client.refusal(bed.hv, f"{kind}-{verb}",
                                     [(f"DVR_A_{kind}", nest(*name, more))])
                equal(got, (errno.EINVAL, "the attribute does not name the object",
                            client.number(kind, more[0])), f"{kind}-{verb} with {more[0]}")
            got = client.refusal(bed.hv, f"{kind}-get", [(f"DVR_A_{kind}", nest(*name))])
            equal(got[0], 0, f"{kind}-get by its name")
        for kind, (name, more) in NAMED.items():
            op = nest(("cmd", client.commands[f"{kind}-del"]), (kind, nest(*name, more)))
            got = client.refusal(bed.hv, "batch", [("DVR_A_op", op)])
            equal((got[0], got[2]), (errno.EINVAL, client.number(kind, more[0])),
                  f"{kind}-del with {more[0]} in a batch")


@test("D13-2 an attribute that is only told, or of another command, is refused, and named")
def of_no_meaning():
    with a_client(bed.hv) as client:
        for command, kind, attrs, bad in (
                ("route-lookup", "lookup", (("router", "r1"), ("dst", b"\x0a\0\0\1"),
                                            ("mtu", 9)), "mtu"),
                ("drops-get", "drop", (("router", "r1"), ("reason", "ttl"), ("help", "x")), "help"),
                ("drops-get", "drop", (("router", "r1"), ("reason", "ttl"), ("port", "x")),
                 "router"),
                ("port-add", "port", (("name", "x"), ("segment", "a"), ("state", 1)), "state"),
                ("segment-set", "segment", (("name", "a"), ("macs", 1)), "macs"),
                ("iface-set", "iface", (("router", "r1"), ("segment", "a"),
                                        ("linklocal", bytes(16))), "linklocal")):
            got = client.refusal(bed.hv, command, [(f"DVR_A_{kind}", nest(*attrs))])
            equal((got[0], got[2]), (errno.EINVAL, client.number(kind, bad)),
                  f"{command} with {bad}")
        got = client.refusal(bed.hv, "drops-get", [("DVR_A_drop", nest(("help", "x")))],
                             NLM_F_DUMP)
        equal(got[0], errno.EINVAL, "dump of drops")
        # Linux before 6.3 does not tell why a dump cannot start.
        if not os.uname().release.startswith("6.1."):
            equal(got[2], client.number("drop", "help"), "attribute of a dump of drops")
        op = nest(("cmd", client.commands["segment-add"]), ("segment", nest(("name", "x"))),
                  ("router", nest(("name", "x"))))
        got = client.refusal(bed.hv, "batch", [("DVR_A_op", op)])
        equal((got[0], got[2]), (errno.EINVAL, client.number("op", "router")), "two objects")



# Objects, how they are added, and for each option what a set makes of it.  Two words are a
# list of the option; what is unset together is beside the option.
OPTIONS = {
    "router": ("router add u1", "router set u1", {
        "icmp-rate": "5", "neigh-rate": "6", "neigh-limit": "7", "punt": "on", "zone": "4711",
        "conn-limit": "8", "flow-limit": "9", "flow-cache": "off", "udp-timeout": "10",
        "tcp-timeout": "11", "tcp-transitory-timeout": "12", "icmp-timeout": "13",
        "port-rest": "14", "helpers": "ftp,sip:5070"}),
    "segment": ("segment add u2", "segment set u2", {
        "vni": "4711", "mtu": "1400", "unknown": "drop", "suppress": "off", "snooping": "on"}),
    "port": ("port add u3 segment a", "port set u3", {
        "mac": "02:00:00:00:09:01 addr 192.0.2.77 mac 02:00:00:00:09:02", "addr": "192.0.2.78",
        "security": "on", "flood-rate": "5", "neigh-rate": "6", "noqueue": "on"}),
    "iface": ("iface add r1 segment b addr 2001:db8:2::1/64", "iface set r1 segment b", {
        "mac": "02:00:00:00:09:03", "rpf": "strict", "ra": "on", "ra-lifetime": "2000",
        "ra-interval": "500", "ra-preference": "high", "ra-managed": "on", "ra-other": "on",
        "ra-mtu": "off", "ra-prefix": "2001:db8:2::/64 valid 9 preferred 8",
        "rdnss": "2001:db8::53", "dnssl": "example.org"}),
}


@test("D5-1 each option of a router, segment, port and iface can be unset, and is as after add")
def unset():
    defer(bed.dvr, "router del u1\nsegment del u2\nport del u3\niface del r1 segment b\n",
          check=False)
    for kind, (add, change, options) in OPTIONS.items():
        bed.dvr(add + "\n")
        words = [w for w in add.split()[2:] if w not in ("segment", "addr") and "/" not in w]
        show = [kind, "show", *(["r1", "segment", "b"] if kind == "iface" else words[:1])]

        def settings():
            return {k: v for k, v in bed.show("-d", *show)[0].items() if k not in ("conns", "flows")}
        fresh = settings()
        for word, value in options.items():
            bed.dvr(f"{change} {word} {value}\n")
            need(settings() != fresh, f"{kind} {word} {value} changed nothing")
            bed.dvr(f"{change} no {word}\n")
            if word == "mac" and kind == "port":
                bed.dvr(f"{change} no addr\n")
            equal(settings(), fresh, f"{kind} without {word}")
        every = " ".join(f"{word} {value}" for word, value in options.items() if
                         (kind, word) != ("port", "addr"))
        bed.dvr(f"{change} {every}\n")
        more = " no addr" if kind == "port" else ""
        bed.dvr(change + "".join(f" no {w}" for w in options if w != "addr") + more + "\n")
        equal(settings(), fresh, f"{kind} without any")


@test("D5-2 what an object always has, what is given too, and in an add nothing can be unset")
def never_unset():
    with a_client(bed.hv) as client:
        def number(kind, name):
            return client.number(kind, name)
        for kind, name, others in (("router", (("name", "r1"),),
                                    ("id", "name", "ifname", "netdev", "up", "stats", "unset")),
                                   ("segment", (("name", "a"),), ("id", "name", "ports")),
                                   ("iface", (("router", "r1"), ("segment", "a")),
                                    ("router", "segment", "addr", "linklocal"))):
            for bad in [number(kind, o) for o in others] + [0, 63, 64, 200, 1 << 31]:
                got = client.refusal(bed.hv, f"{kind}-set",
                                     [(f"DVR_A_{kind}", nest(*name, ("unset", bad)))])
                equal((got[0], got[2]), (errno.EINVAL, number(kind, "unset")),
                      f"{kind}-set unset {bad}")
        mtu = number("segment", "mtu")
        got = client.refusal(bed.hv, "segment-set", [("DVR_A_segment", nest(
            ("name", "a"), ("mtu", 1400), ("unset", mtu)))])
        equal(got[:2], (errno.EINVAL, "the attribute with this number is given, too"),
              "given and unset")
        got = client.refusal(bed.hv, "segment-add", [("DVR_A_segment", nest(
            ("name", "new"), ("unset", mtu)))])
        equal((got[0], got[2]), (errno.EINVAL, number("segment", "unset")), "in an add")


@test("D5-3 a vni that a segment does not have any more is free, and pairs go without the mac")
def free():
    bed.dvr("segment add u4 vni 4712\n")
    defer(bed.dvr, "segment del u4\nsegment del u5\nport del u6\n", check=False)
    equal(bed.dvr("segment add u5 vni 4712\n", check=False).returncode, 1, "a vni of another")
    bed.dvr("segment set u4 no vni\nsegment add u5 vni 4712\n")
    need("vni" not in bed.show("segment", "show", "u4")[0], "u4 has a vni")
    bed.dvr("port add u6 segment a mac 02:00:00:00:09:04 mac 02:00:00:00:09:05\n")
    with a_client(bed.hv) as client:
        pair = client.number("port", "pair")
        client.request("port-set", [("DVR_A_port", nest(("name", "u6"), ("unset", pair)))],
                       NLM_F_ACK)
    port = bed.show("port", "show", "u6")[0]
    equal((port["mac"], port.get("pair")), ("02:00:00:00:09:04", None), "MACs")


@test("D6-1 the spec is one of the plain protocol, and a number of fewer than 32 bits is refused")
def plain():
    with a_client(bed.hv) as client:
        equal(client.spec["protocol"], "genetlink", "protocol")
        types = {a["type"] for s in client.sets.values() for a in s["attributes"]}
        equal(types, {"u32", "uint", "string", "binary", "nest"}, "types of attributes")
        need(not any("value" in a for s in client.sets.values() for a in s["attributes"]),
             "a number of an attribute is given")
        sent = client.encoded("segment-set", [("DVR_A_segment", nest(("name", "a"),
                                                                     ("suppress", 1)))])
        equal(client.answer(bed.hv, sent)[0], 0, "with 32 bits")
        # The attribute is last: 4 bytes of header and 4 of the number.
        number = client.number("segment", "suppress")
        for size in (1, 2):
            short = sent[:-8] + struct.pack("=HHI", 4 + size, number, 1)
            got = client.answer(bed.hv, short)
            equal((got[0], got[2]), (errno.EINVAL, number), f"with {8 * size} bits")


@test("D11-1 the name of an attribute has its unit, in the spec and in JSON")
def units():
    with a_client(bed.hv) as client:
        for kind, attributes in client.sets.items():
            for attribute in attributes["attributes"]:
                said = attribute.get("doc", "").lower()
                for word, unit in (("millisecond", "-ms"), (" a second", "-pps"),
                                   ("seconds", "-s")):
                    if attribute["type"] == "u32" and word in said:
                        need(attribute["name"].endswith(unit), f"{kind} {attribute['name']}")
                        break
                else:
                    need(not attribute["name"].endswith(("-ms", "-s", "-pps")),
                         f"{kind} {attribute['name']}: which unit?")
    bed.dvr("port add p1 segment a\nrouter set r1 udp-timeout 77 icmp-rate 78\n"
            "port set p1 flood-rate 79\niface set r1 segment a ra-lifetime 1900\n")
    defer(bed.dvr, "port del p1\nrouter set r1 no udp-timeout no icmp-rate\n"
                   "iface set r1 segment a no ra-lifetime\n")
    bed.wires["p1"].send(eth("02:00:00:00:00:01", "02:00:00:00:00:34", bytes(46), 0x88b5))
    router = bed.show("-d", "router", "show", "r1")[0]
    equal((router["udp_timeout_s"], router["icmp_rate_pps"]), (77, 78), "timeout and rate")
    equal(bed.show("-d", "port", "show", "p1")[0]["flood_rate_pps"], 79, "rate of a port")
    equal(bed.show("-d", "iface", "show", "r1")[0]["ra_lifetime_s"], 1900, "lifetime")
    busywait(5, "the age of a learned MAC", lambda: any(
        0 <= m.get("age_ms", -1) < 60000 for m in bed.show("fdb", "show", "port", "p1")))


def some_value(attribute):
    """A value that the policy of an attribute lets pass."""
    checks = attribute.get("checks", {})
    size = checks.get("exact-len", 4)
    return {"u32": checks.get("min", 0), "uint": bytes(4), "string": "x", "binary": bytes(size),
            "nest": nest()}[attribute["type"]]


@test("D7-1 what the spec calls read-only is refused in each request, with a sentence")
def read_only():
    bed.dvr("port add named segment a\n")
    defer(bed.dvr, "port del named\n")
    with a_client(bed.hv) as client:
        equal(set(client.read_only), {*KINDS, "nexthop"}, "sets of read-only attributes")
        for kind, names in client.read_only.items():
            attributes = {a["name"]: a for a in client.sets[kind]["attributes"]}
            for name in names:
                word = name.replace("-", "_")
                bad = ((word, some_value(attributes[name])),)
                of = kind
                if kind == "nexthop":
                    of, bad = "route", (("nexthop", nest(*bad)),)
                for verb in ("add", "set"):
                    got = client.refusal(bed.hv, f"{of}-{verb}", [
                        (f"DVR_A_{of}", nest(*NAMED[of][0], *bad))])
                    equal(got, (errno.EINVAL, "the attribute is read-only",
                                client.number(kind, word)), f"{of}-{verb} with {kind} {name}")


def make_all(name):
    """Make an object of each kind."""
    bed.dvr(f"""
        segment add {name}
        router add {name} netdev off
        port add {name} segment {name}
        iface add {name} segment {name} addr 198.51.100.1/24
        route add {name} 10.0.0.0/8 blackhole
        nat add {name} out {name} floating 198.51.100.9 to 10.0.0.1 handle 1
        neigh add segment {name} 198.51.100.8 lladdr 02:00:00:00:00:10
        fdb add segment {name} 02:00:00:00:00:11 port {name}
    """)


# For each kind, the references that its objects have to others: attribute, kind.
REFERENCES = {
    "port": (("segment", "segment"),),
    "iface": (("router", "router"), ("segment", "segment")),
    "route": (("router", "router"),),
    "nat": (("router", "router"), ("out", "segment")),
    "neigh": (("segment", "segment"),),
    "fdb": (("segment", "segment"), ("port", "port")),
}


def ids_of(client):
    """(kind, name) -> id of routers, segments and ports."""
    return {(kind, o["name"]): o["id"] for kind in ("router", "segment", "port")
            for o in client.dump(kind)}


def by_id(kind, ids, attrs):
    """ATTRS with ids in place of names."""
    of = {"name": kind, **dict(REFERENCES.get(kind, ()))}
    return tuple((("id" if n == "name" else n + "_id"), ids[of[n], v]) if n in of else (n, v)
                 for n, v in attrs)


@test("D8-1 answers, dumps and events have the ids of the objects that they name")
def told_ids():
    make_all("d8")
    defer(bed.dvr, "router del d8\nport del d8\nsegment del d8\n")
    with a_client(bed.hv) as client:
        ids = ids_of(client)
        for kind, references in REFERENCES.items():
            mine = [o for o in client.dump(kind) if "d8" in (o.get("name"), o.get("router"),
                                                             o.get("segment"))]
            need(mine, f"no {kind}")
            for o in mine:
                for name, of in references:
                    if name in o:
                        equal(o.get(name + "_id"), ids[of, o[name]], f"{name}-id of a {kind}")
        got = echo_of(client, "iface-add", "iface", ("router", "d8"), ("segment", "a"),
                      ("addr", nest(("addr", b"\xc0\x00\x02\x63"), ("len", 24))))
        equal((got["router_id"], got["segment_id"]),
              (ids["router", "d8"], ids["segment", "a"]), "ids in an event")
        hop = nest(("via", b"\xc6\x33\x64\x02"))
        got = echo_of(client, "route-add", "route", ("router", "d8"),
                      ("dst", nest(("addr", b"\x0b\0\0\0"), ("len", 8))), ("nexthop", hop))
        equal(got["nexthop"][0]["segment_id"], ids["segment", "d8"], "segment of a next hop")


@test("D8-2 a request refers to an object by id, by name, or by both")
def asked_ids():
    make_named()
    with a_client(bed.hv) as client:
        ids = ids_of(client)
        for kind, (name, _) in NAMED.items():
            number = by_id(kind, ids, name)
            need(number != name, f"{kind} has no id")
            for attrs in (number, (*name, *(a for a in number if a not in name))):
                got = client.refusal(bed.hv, f"{kind}-get", [(f"DVR_A_{kind}", nest(*attrs))])
                equal(got[0], 0, f"{kind}-get by {attrs}")
            first = number[0][0]
            wrong = (*name, (first, 4_000_000_000))
            got = client.refusal(bed.hv, f"{kind}-get", [(f"DVR_A_{kind}", nest(*wrong))])
            of = kind if first == "id" else first[:-3]
            equal(got, (errno.EINVAL, f"the {of} of this name has another id",
                        client.number(kind, first)), f"{kind}-get by {wrong}")
            nobody = ((first, 4_000_000_000), *number[1:])
            got = client.refusal(bed.hv, f"{kind}-get", [(f"DVR_A_{kind}", nest(*nobody))])
            equal(got, (errno.ENOENT, f"there is no {of} of this id",
                        client.number(kind, first)), f"{kind}-get by {nobody}")


@test("D8-3 objects are made, changed, deleted and selected by ids")
def used_ids():
    with a_client(bed.hv) as client:
        ids = ids_of(client)
        r1, b = ids["router", "r1"], ids["segment", "b"]

        def ask(command, kind, *attrs):
            equal(client.refusal(bed.hv, command, [(f"DVR_A_{kind}", nest(*attrs))]), (0, "", 0),
                  f"{command} {attrs}")

        ask("port-add", "port", ("name", "d8p"), ("segment_id", b))
        port = ids_of(client)["port", "d8p"]
        ask("port-set", "port", ("id", port), ("noqueue", 1))
        ask("iface-add", "iface", ("router_id", r1), ("segment_id", b),
            ("addr", nest(("addr", b"\xc6\x33\x64\x01"), ("len", 24))))
        ask("route-add", "route", ("router_id", r1), ("dst", ADDR_10),
            ("nexthop", nest(("via", b"\xc6\x33\x64\x07"), ("segment_id", b))))
        ask("nat-add", "nat", ("router_id", r1), ("out_id", b), ("handle", 8), ("kind", 1),
            ("outside", nest(("addr", b"\xc6\x33\x64\x33"))),
            ("inside", nest(("addr", b"\x0a\0\0\2"))))
        ask("neigh-add", "neigh", ("segment_id", b), ("ip", b"\xc6\x33\x64\x08"),
            ("lladdr", b"\2\0\0\0\0\x09"), ("port_id", port))
        ask("fdb-add", "fdb", ("segment_id", b), ("mac", b"\2\0\0\0\0\x0a"),
            ("port_id", port))
        for kind, name, word, number in (
                ("iface", "segment", "b", b), ("nat", "out", "b", b), ("port", "segment", "b", b),
                ("route", "router", "r1", r1), ("neigh", "port", "d8p", port),
                ("fdb", "port", "d8p", port), ("drop", "router", "r1", r1)):
            command = "drops-get" if kind == "drop" else f"{kind}-get"
            named, numbered = ([client.plain(kind, dict(m["attrs"])[f"DVR_A_{kind}"])
                                for m in client.request(command, [
                                    (f"DVR_A_{kind}", nest(f))], NLM_F_DUMP)]
                               for f in ((name, word), (name + "_id", number)))
            need(named or kind == "drop", f"no {kind} of {name} {word}")
            equal([o.get(name) for o in numbered], [o.get(name) for o in named],
                  f"{kind} selected by the id of {name}")
            got = client.refusal(bed.hv, command, [
                (f"DVR_A_{kind}", nest((name + "_id", 4_000_000_000)))], NLM_F_DUMP)
            equal(got[0], errno.ENOENT, f"{kind} selected by an id that nothing has")
        ask("fdb-del", "fdb", ("segment_id", b), ("mac", b"\2\0\0\0\0\x0a"))
        ask("neigh-del", "neigh", ("segment_id", b), ("ip", b"\xc6\x33\x64\x08"))
        ask("nat-del", "nat", ("router_id", r1), ("handle", 8))
        ask("route-del", "route", ("router_id", r1), ("dst", ADDR_10))
        ask("iface-del", "iface", ("router_id", r1), ("segment_id", b))
        ask("port-del", "port", ("id", port))


@test("D10-1 events of a kind of object reach the group of the kind, and no other")
def groups():
    with a_client(bed.hv) as client:
        equal({g["name"] for g in client.spec["mcast-groups"]["list"]}, {*KINDS, "alert"},
              "groups of the spec")
        listeners = {kind: Listener(client, bed.hv, kind) for kind in KINDS}
        make_all("n1")
        bed.dvr("fdb del segment n1 02:00:00:00:00:11\nneigh del segment n1 198.51.100.8\n"
                "nat del n1 handle 1\nroute del n1 10.0.0.0/8\niface del n1 segment n1\n"
                "port del n1\nrouter del n1\nsegment del n1\n")
        # Nothing else comes before these.
        make_all("last")
        defer(bed.dvr, "router del last\nport del last\nsegment del last\n")
        for kind, listener in listeners.items():
            seen, data = set(), b""
            while b"last\0" not in data:
                cmd, *_, data = listener.get()
                seen.add(cmd)
            equal(seen, {client.commands[f"{kind}-ntf"], client.commands[f"{kind}-del-ntf"]},
                  f"events in the group {kind}")


@test("D10-2 events have no counters, which are sums over all CPUs; answers have them")
def no_counters():
    counters = {"router": {"stats", "neighs", "conns", "flows"}, "port": {"stats"},
                "nat": {"hits", "conns"}}
    bed.dvr("port add p1 segment a\n"
            "nat add r1 out a floating 192.0.2.50 to 10.0.0.1 handle 1\n")
    defer(bed.dvr, "nat del r1 handle 1\nnat del r1 handle 2\nport del p1\n")
    with a_client(bed.hv) as client:
        for kind, command, attrs in (
                ("router", "router-set", (("name", "r1"), ("icmp_rate_pps", 9))),
                ("port", "port-set", (("name", "p1"), ("flood_rate_pps", 9))),
                ("nat", "nat-add", (("router", "r1"), ("handle", 2), ("out", "a"), ("kind", 1),
                                    ("outside", nest(("addr", b"\xc0\x00\x02\x33"))),
                                    ("inside", nest(("addr", b"\x0a\0\0\2")))))):
            event = echo(client, command, kind, *attrs)[-1]
            event = client.plain(kind, dict(event["attrs"])[f"DVR_A_{kind}"])
            equal(counters[kind] & set(event), set(), f"counters of {command}")
            for answer in client.dump(kind):
                equal(counters[kind] - set(answer), set(), f"counters that {kind}-get lacks")


@test("D10-3 dvradm monitor joins the groups of the kinds that it prints, and no other")
def joined():
    with a_client(bed.hv) as client:
        ids = {name: client.sock.mcast_groups[name] for name in (*KINDS, "alert")}
    need(max(ids.values()) <= 32, f"groups {ids}")
    for words in (("port",), ("route", "neigh"), ("alert",), ()):
        with subprocess.Popen([DVRADM, "-n", bed.hv, "monitor", *words]) as monitor:
            def in_groups():
                with open(f"/proc/{monitor.pid}/net/netlink", encoding="ascii") as file:
                    rows = [line.split() for line in file.readlines()[1:]]
                mask = sum({int(r[3], 16) for r in rows
                            if r[1] == "16" and r[2] == str(monitor.pid)})
                return {name for name, n in ids.items() if mask >> n - 1 & 1}
            try:
                busywait(10, f"groups of monitor {words}",
                         lambda: in_groups() == set(words or ids))
            finally:
                monitor.kill()


finish(bed)
