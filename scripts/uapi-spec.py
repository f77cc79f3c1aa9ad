#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What scripts/uapi makes of uapi/dvr.yaml beside the kernel's own generator.

usage: uapi-spec.py policy|header|source|read-only|schema SPEC

policy: the spec without ranges that have a named bound, which the module checks
itself. header, source: tools/spec_gen.h and tools/spec_gen.c, the tables of
dvradm. read-only: kmod/control/nl_read_only_gen.h, the attributes that no request has.
schema: tools/dvradm.schema.json, what dvradm -j prints.
"""

import json
import sys

import yaml

LICENSE = "GPL-2.0-only"
LIMITS = {f"u{bits}-max": (1 << bits) - 1 for bits in (8, 16, 32)}
U32_MAX = LIMITS["u32-max"]
# Attribute sets that are no part of an object, and of which no table is made.
NO_TABLE = ("op", "dvr")
# What the name of an attribute ends with that has a unit; dvradm's words do not.
UNITS = ("ms", "s", "pps")


class Spec:
    """The spec, and what its names stand for."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            text = file.read()
        self.license = text.split("\n", 1)[0]
        self.yaml = yaml.safe_load(text)
        self.consts = {d["name"]: d["value"] for d in self.yaml["definitions"]
                       if d["type"] == "const"}
        self.words = {d["name"]: d["entries"] for d in self.yaml["definitions"]
                      if d["type"] in ("enum", "flags")}
        self.sets = {s["name"]: s["attributes"]
                     for s in self.yaml["attribute-sets"] if "subset-of" not in s}
        self.read_only = {s["subset-of"]: s["attributes"]
                          for s in self.yaml["attribute-sets"] if "subset-of" in s}
        self.check_defaults()

    def number(self, bound):
        """A bound as a number."""
        if isinstance(bound, int):
            return bound
        return LIMITS[bound] if bound in LIMITS else self.consts[bound]

    def check_defaults(self):
        """A default that no attribute has is a slip of the pen."""
        have = {f"{name}-{spoken(attribute['name'])}-default"
                for name, attributes in self.sets.items()
                for attribute in attributes}
        for const in self.consts:
            if const.endswith("-default") and const not in have:
                sys.exit(f"uapi: {const} is the default of no attribute")


def print_policy(spec):
    """The spec as the generator of policies gets it.

    Kernels before 6.2 have one policy for do and dump of a command, which the plain
    protocol cannot ask for.
    """
    spec.yaml["protocol"] = "genetlink-legacy"
    spec.yaml["kernel-policy"] = "per-op"
    for attributes in spec.sets.values():
        for attribute in attributes:
            checks = attribute.get("checks", {})
            bounds = [checks.get("min", 0), checks.get("max", 0)]
            if any(isinstance(bound, str) for bound in bounds):
                del attribute["checks"]
    print(spec.license)
    print("---")
    print(yaml.safe_dump(spec.yaml, sort_keys=False), end="")


def field_type(attribute):
    """How dvradm parses and prints an attribute, unless a command overrides it."""
    kind, checks = attribute["type"], attribute.get("checks", {})
    if kind == "nest":
        return {"prefix": "FT_NET", "stats": "FT_STATS"}.get(
            attribute["nested-attributes"], "FT_HOOK")
    if kind == "string":
        return {"name-max": "FT_NAME", "ifname-max": "FT_IFNAME",
                "domain-max": "FT_DOMAIN"}.get(checks.get("max-len"), "FT_STR")
    if kind == "binary":
        return {"mac": "FT_MAC", "ipv6": "FT_IP6"}.get(
            attribute["display-hint"], "FT_IP")
    if "enum" in attribute:
        return "FT_FLAGS" if attribute.get("enum-as-flags") else "FT_ENUM"
    if kind == "u32" and checks.get("max") == 1:
        return "FT_ONOFF"
    return {"u32": "FT_U32", "uint": "FT_U64"}.get(kind, "FT_HOOK")


def spoken(name):
    """The name of an attribute without its unit, as on a command line."""
    return name.rsplit("-", 1)[0] if name.rsplit("-", 1)[-1] in UNITS else name


def c_name(*words):
    return "-".join(words).replace("-", "_")


def attr_name(of, attribute):
    return "DVR_A_" + c_name(of, attribute["name"]).upper()


def row(spec, of, attribute):
    """One attribute's entry in its set's table."""
    name, checks = attribute["name"], attribute.get("checks", {})
    kind = field_type(attribute)
    out = [f'.word = "{spoken(name)}"', f'.key = "{c_name(name)}"',
           f".attr = {attr_name(of, attribute)}", f".type = {kind}"]
    if "enum" in attribute:
        out.append(f".names = {c_name(attribute['enum'])}_names")
    if kind == "FT_U32":
        low = spec.number(checks.get("min", 0))
        high = spec.number(checks.get("max", U32_MAX))
        if low:
            out.append(f".min = {low}")
        out.append(f".max = {high}" if high != U32_MAX else ".max = UINT32_MAX")
    usual = spec.consts.get(f"{of}-{spoken(name)}-default", 0)
    if usual:
        out.append(f".usual = {usual}")
    text, line = "", "\t\t"
    for part in out:
        if len(line.expandtabs(8)) + len(part) > 78:
            text, line = text + line.rstrip() + "\n", "\t\t"
        line += part + ", "
    return (f"\t[{attr_name(of, attribute)}] = {{\n" + text + line.rstrip() +
            "\n\t},\n")


def tables(spec):
    return {name: attributes for name, attributes in spec.sets.items()
            if name not in NO_TABLE}


def print_read_only(spec):
    print_head(True)
    print("#ifndef _DVR_NL_READ_ONLY_GEN_H\n#define _DVR_NL_READ_ONLY_GEN_H\n")
    print("#include <linux/bits.h>\n#include <uapi/linux/dvr.h>")
    for name, attributes in spec.read_only.items():
        print(f"\n#define DVR_{c_name(name).upper()}_READ_ONLY \\\n\t(" + " | \\\n\t ".join(
            f"BIT_ULL({attr_name(name, a)})" for a in attributes) + ")")
    print("\n#endif")


def json_type(spec, of, attribute):
    """The JSON of an attribute, or one of its values."""
    kind, name = attribute["type"], attribute["name"]
    if kind == "nest":
        inner = attribute["nested-attributes"]
        return {"type": "string"} if inner == "prefix" else {"$ref": f"#/$defs/{inner}"}
    if (of, name) == ("router", "helpers"):
        # NAME or NAME:PORT
        words = "|".join(spec.words["helpers"])
        return {"type": "array", "items": {"type": "string",
                                           "pattern": f"^({words})(:[0-9]+)?$"}}
    if "enum" in attribute:
        words = {"type": "string", "enum": spec.words[attribute["enum"]]}
        return {"type": "array", "items": words} if attribute.get("enum-as-flags") else words
    if name == "proto" or kind in ("string", "binary"):
        return {"type": "string"}
    if attribute.get("checks", {}).get("max") == 1:
        return {"type": "boolean"}
    return {"type": "integer", "minimum": 0}


def json_object(spec, name):
    """An object of JSON; which keys it has depends on its state and on options."""
    out = {}
    for attribute in spec.sets[name]:
        one = json_type(spec, name, attribute)
        if attribute.get("multi-attr"):
            one = {"type": "array", "items": one}
        if "doc" in attribute:
            one = dict(one, description=" ".join(attribute["doc"].split()))
        out[c_name(attribute["name"])] = one
    # Never printed: requests alone have it, and helpers has it.
    for key in ("unset", "helper_port"):
        out.pop(key, None)
    return {"type": "object", "properties": out, "additionalProperties": False}


def print_schema(spec):
    defs = {name: json_object(spec, name) for name in spec.sets
            if name not in ("prefix", "helper-port", "lookup", "op", "dvr")}
    defs["info"]["properties"].update(
        dvradm={"type": "string", "description": "Version of dvradm."},
        generation={"type": "integer", "description": "Generation of the configuration."})
    text, line = {"type": "string"}, {"type": "integer", "minimum": 1}
    defs["error"] = {
        "type": "object", "description": "A line on stderr.", "additionalProperties": False,
        "properties": {"error": text, "warning": text, "word": text, "file": text,
                       "line": line}}
    print(json.dumps({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "JSON of dvradm -j",
        "description": "Made of uapi/dvr.yaml by scripts/uapi. dvradm -j KIND show prints an "
                       "array of $defs/KIND, drops one of $defs/drop.",
        "$defs": defs}, indent=1))


def print_head(comment):
    mark = ("/*", " */") if comment else ("//", "")
    print(f"{mark[0]} SPDX-License-Identifier: {LICENSE}{mark[1]}")
    print("/* Do not edit: scripts/uapi makes it of uapi/dvr.yaml. */")


def print_header(spec):
    print_head(True)
    print("#ifndef DVRADM_SPEC_GEN_H\n#define DVRADM_SPEC_GEN_H\n")
    print('#include "spec.h"\n')
    print("/* Words of an enumeration by their value, of flags by their bit; NULL"
          " ends. */")
    for name in spec.words:
        print(f"extern const char *const {c_name(name)}_names[];")
    print("\n/* Attributes of a set by their number. */")
    for name, attributes in tables(spec).items():
        print(f"extern const struct spec {c_name(name)}_spec"
              f"[{attr_name(name, attributes[-1])} + 1];")
    print("\n#endif")


def print_source(spec):
    print_head(False)
    print('#include <stddef.h>\n\n#include <linux/dvr.h>\n\n#include "spec_gen.h"')
    for name, words in spec.words.items():
        print(f"\nconst char *const {c_name(name)}_names[] = {{")
        print("".join(f'\t"{word}",\n' for word in words) + "\tNULL\n};")
    for name, attributes in tables(spec).items():
        print(f"\nconst struct spec {c_name(name)}_spec"
              f"[{attr_name(name, attributes[-1])} + 1] = {{")
        print("".join(row(spec, name, a) for a in attributes) + "};")


def main():
    print_one = {"policy": print_policy, "header": print_header,
                 "source": print_source, "read-only": print_read_only,
                 "schema": print_schema}
    if len(sys.argv) != 3 or sys.argv[1] not in print_one:
        sys.exit(__doc__)
    print_one[sys.argv[1]](Spec(sys.argv[2]))


main()
