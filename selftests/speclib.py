# SPDX-License-Identifier: GPL-2.0-only
"""A client of the family dvr that is generated from the spec alone: pyroute2 with
uapi/dvr.yaml."""

import contextlib
import os
import socket
import struct
import sys

from frames import ip_text, mac_text
from lib import Skip, defer, in_ns, need, patience

try:
    import yaml
    from pyroute2.netlink import (NLA_F_NESTED, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, genlmsg,
                                  nla)
    from pyroute2.netlink.generic import GenericNetlinkSocket
    MISSING = ""
except ImportError as error:
    MISSING = str(error)
    NLM_F_ACK = 0

HERE = os.path.dirname(os.path.abspath(__file__))
# An uint has 32 or 64 bits.
TYPES = {"u32": "uint32", "uint": "cdata", "string": "asciiz", "binary": "cdata"}


class Client:
    """Messages and attributes as the spec has them."""

    def __init__(self, ns):
        if MISSING:
            raise Skip(MISSING)
        with open(os.path.join(HERE, "../uapi/dvr.yaml"),
                  encoding="ascii") as file:
            self.spec = yaml.safe_load(file)
        self.sets = {s["name"]: s for s in self.spec["attribute-sets"] if "subset-of" not in s}
        self.read_only = {s["subset-of"]: [a["name"] for a in s["attributes"]]
                          for s in self.spec["attribute-sets"] if "subset-of" in s}
        self.enums = {d["name"]: d["entries"]
                      for d in self.spec["definitions"] if "entries" in d}
        self.commands = {}
        value = 1
        for operation in self.spec["operations"]["list"]:
            value = operation.get("value", value)
            self.commands[operation["name"]] = value
            value += 1
        self.made = {}
        message = type("dvr_message", (genlmsg,),
                       dict(self.body("dvr"), prefix="DVR_A_"))
        with in_ns(ns):
            self.sock = GenericNetlinkSocket()
        self.sock.bind(self.spec["name"], message)
        self.message = message

    @staticmethod
    def word(name):
        return name.replace("-", "_")

    def body(self, name):
        """nla_map, and the classes that it names, of an attribute set."""
        rows, out, value = [], {}, 1
        for attribute in self.sets[name]["attributes"]:
            value = attribute.get("value", value)
            kind = attribute["type"]
            if kind == "nest":
                inner = attribute["nested-attributes"]
                kind = "set_" + self.word(inner)
                out[kind] = self.nested(inner)
            else:
                kind = TYPES[kind]
            rows.append((value, "DVR_A_" + self.word(attribute["name"]), kind))
            value += 1
        out["nla_map"] = tuple(rows)
        return out

    def nested(self, name):
        if name not in self.made:
            self.made[name] = type("set_" + self.word(name), (nla,),
                                   dict(self.body(name),
                                        nla_flags=NLA_F_NESTED))
        return self.made[name]

    def request(self, command, attrs, flags):
        message = self.message()
        message["cmd"] = self.commands[command]
        message["version"] = 1
        message["attrs"] = attrs
        return self.sock.nlm_request(message, msg_type=self.sock.prid,
                                     msg_flags=NLM_F_REQUEST | flags)

    def plain(self, name, value):
        """An attribute set of a reply as dvradm -j would print it."""
        by_name = {"DVR_A_" + self.word(a["name"]): a
                   for a in self.sets[name]["attributes"]}
        out = {}
        for key, raw in value["attrs"]:
            attribute = by_name[key]
            word = self.word(attribute["name"])
            hint = attribute.get("display-hint", "")
            if attribute["type"] == "nest":
                inner = attribute["nested-attributes"]
                what = self.plain(inner, raw)
                if inner == "prefix":
                    what = f"{what['addr']}/{what['len']}"
            elif attribute.get("enum-as-flags"):
                names = self.enums[attribute["enum"]]
                what = [n for i, n in enumerate(names) if raw >> i & 1]
            elif "enum" in attribute:
                what = self.enums[attribute["enum"]][raw]
            elif attribute["type"] == "uint":
                what = int.from_bytes(bytes(raw), sys.byteorder)
            elif hint.startswith("ip"):
                what = ip_text(bytes(raw))
            elif hint == "mac":
                what = mac_text(bytes(raw))
            else:
                what = raw
            if attribute.get("multi-attr"):
                out.setdefault(word, []).append(what)
            else:
                out[word] = what
        return out

    def refusal(self, ns, command, attrs, flags=NLM_F_ACK):
        """(error, sentence, number of the attribute) of a request, (0, "", 0) if it is
        granted."""
        return self.answer(ns, self.encoded(command, attrs, flags))

    def encoded(self, command, attrs, flags=NLM_F_ACK):
        """A request as bytes."""
        message = self.message()
        message["cmd"] = self.commands[command]
        message["version"] = 1
        message["attrs"] = attrs
        message["header"]["type"] = self.sock.prid
        message["header"]["flags"] = NLM_F_REQUEST | flags
        message.encode()
        return bytes(message.data)

    @staticmethod
    def answer(ns, sent):
        """What refusal() returns, for a request as bytes."""
        with in_ns(ns), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
            sock.setsockopt(270, 11, 1)                         # NETLINK_EXT_ACK
            sock.setsockopt(270, 10, 1)                         # NETLINK_CAP_ACK
            sock.settimeout(5 * patience())
            sock.send(sent)
            data = b""
            while not data or struct.unpack_from("=H", data, 4)[0] not in (2, 3):
                # NLMSG_ERROR and NLMSG_DONE are last.
                data = data[struct.unpack_from("=I", data)[0] + 3 & ~3:] if data else b""
                data = data or sock.recv(1 << 16)
        error = -struct.unpack_from("=i", data, 16)[0]
        told, data = {}, data[36 if data[4] == 2 else 20:struct.unpack_from("=I", data)[0]]
        while len(data) >= 4 and error:
            size, kind = struct.unpack_from("=HH", data)
            told[kind] = data[4:size]
            data = data[size + 3 & ~3:]
        at = int.from_bytes(told.get(2, b""), sys.byteorder)
        return (error, told.get(1, b"").rstrip(b"\0").decode(),
                struct.unpack_from("=H", sent, at + 2)[0] & 0x3fff if at else 0)

    def number(self, kind, name):
        """The number of an attribute."""
        return 1 + [self.word(a["name"]) for a in self.sets[kind]["attributes"]].index(name)

    def attr(self, data, name):
        """The number that is attribute NAME of a message, or None."""
        number = self.number("dvr", name)
        while len(data) >= 4:
            size, kind = struct.unpack_from("=HH", data)
            if kind & 0x3fff == number:
                return int.from_bytes(data[4:size], sys.byteorder)
            data = data[size + 3 & ~3:]
        return None

    def dump(self, kind):
        return [self.plain(kind, dict(m["attrs"])["DVR_A_" + kind])
                for m in self.request(f"{kind}-get", [], NLM_F_DUMP)]


@contextlib.contextmanager
def a_client(ns):
    client = Client(ns)
    try:
        yield client
    finally:
        # Not at some time later: the next client may get its port number.
        client.sock.close()


def nest(*attrs):
    """A nest of (name, value)."""
    return {"attrs": [(f"DVR_A_{name}", value) for name, value in attrs]}


class Listener:
    """A socket that is in multicast groups of the family."""

    def __init__(self, client, ns, *groups):
        with in_ns(ns):
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        defer(self.sock.close)
        self.sock.bind((0, 0))
        self.sock.settimeout(5 * patience())
        self.family = client.sock.prid
        for group in groups:
            # SOL_NETLINK, NETLINK_ADD_MEMBERSHIP
            self.sock.setsockopt(270, 1, client.sock.mcast_groups[group])

    def get(self):
        """(command, flags, port, sequence number, attributes) of the next event."""
        data = self.sock.recv(1 << 16)
        size, kind, flags, seq, port, cmd = struct.unpack_from("=IHHIIB", data)
        need(kind == self.family, f"a message of type {kind}")
        return cmd, flags, port, seq, data[20:size]
