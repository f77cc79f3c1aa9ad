#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare the manual page with the tables that dvradm parses by.

usage: manual.py PAGE < what "unit tables" prints

Each keyword must be there. Each range, default and enumeration that the page has
must be that of the table; a range and a default that the table has must be there.
Prints what is wrong, a line each; exits 1 if anything is.
"""

import re
import sys

MACROS = {"Ar", "Brc", "Brq", "Cm", "Dv", "Em", "Fl", "Ic", "It", "Nm", "Ns",
          "Oc", "Oo", "Op", "Pa", "Pp", "Pq", "Sq", "Sx", "Sy", "Va", "Xc", "Xo",
          "Xr"}
U32_MAX = (1 << 32) - 1
wrong = []


def plain(lines):
    """Text without macros."""
    words = []
    for line in lines:
        if not line.startswith('.\\"'):
            words += [w for w in line.lstrip(".").split() if w not in MACROS]
    return " ".join(words)


class Section:
    """The lines of one command, and its arguments by their keyword."""

    def __init__(self, name, lines):
        self.lines = lines
        self.text = plain(lines)
        self.cm, self.syntax = set(), set()
        self.choices = {}
        self.items = {}
        current, syntax = [], False
        for line in lines:
            words = line.split()
            syntax = line == ".It Xo" or (syntax and line != ".Xc")
            if syntax or line.startswith(f".It Cm {name} "):
                self.syntax.update(words)
            for i, word in enumerate(words[1:-1], 1):
                if word == "Brq" and words[i + 1] == "Cm":
                    self.choices.setdefault(words[i - 1], []).append(
                        {w for w in words[i + 2:] if w not in ("|", "Cm", "Oc")})
            if ".Cm" in words or "Cm" in words:
                self.cm.update(words)
            if line.startswith((".It", ".El", ".Ss", ".Sh", ".Pp")):
                current = []
            if line.startswith(".It Cm "):
                for word in words[2:]:
                    self.items[word] = current
            else:
                current.append(line)

    def item(self, word):
        return plain(self.items.get(word, []))


def sections(path):
    out, name = {}, None
    with open(path, encoding="ascii") as file:
        for line in file.read().split("\n"):
            if line.startswith((".Ss", ".Sh")):
                name = line[4:] if line.startswith(".Ss") else None
                out[name] = []
            elif name:
                out[name].append(line)
    return {key: Section(key, lines) for key, lines in out.items() if key}


def expect(where, what, have, want):
    if have != want:
        wrong.append(f"{where}: {what} is {want}, the page has {have}")


def check_range(where, text, low, high):
    """All ranges in @text are @low to @high. True if there is one."""
    found = False
    for a, b in re.findall(r"(\d+) to (\d+)", text):
        expect(where, "the range", f"{a}-{b}", f"{low}-{high}")
        found = True
    for number in re.findall(r"(?:up to|at most) (\d+)", text, re.I):
        expect(where, "the largest value", int(number), high)
        found = True
    for number in re.findall(r"at least (\d+)", text, re.I):
        expect(where, "the least value", int(number), low)
        found = True
    return found


def check_default(where, text, default, names=()):
    """All defaults in @text are @default. True if there is one."""
    found = re.findall(r"([\w-]+),? (?:by|,? ?(?:which is )?the) default", text)
    found = [word for word in found if word.isdigit() or word in names]
    for word in found:
        expect(where, "the default", word, default)
    return bool(found)


def check_number(section, where, word, values, default):
    low, high = (int(v) for v in values.split("-"))
    text = section.item(word)
    ranged = check_range(where, text, low, high)
    if not ranged and word.endswith("-timeout"):
        ranged = check_range(where, " ".join(
            re.findall(r"Timeouts are[^.]*", section.text)), low, high)
    if not ranged and high != U32_MAX:
        # Of what has no item, as weight and the port of a connection.
        ranged = check_range(where, " ".join(
            re.findall(rf"\b{word} , \d+ to \d+", section.text)), low, high)
    if not ranged and high not in (U32_MAX, 65535):
        wrong.append(f"{where}: the page has no range, it is {values}")
    if not check_default(where, text, default) and text and default != "-":
        wrong.append(f"{where}: the page has no default, it is {default}")


def check_words(section, where, word, names, default):
    names = names.split(",")
    for choice in section.choices.get(word, []):
        expect(where, "the choice", " ".join(sorted(choice)),
               " ".join(sorted(names)))
    if word not in section.choices:
        for name in names:
            if name not in section.cm:
                wrong.append(f"{where}: the page has no word {name}")
    if default != "-":
        check_default(where, section.item(word), default, names + ["none"])


def check_field(section, obj, word, values, default, most):
    where = f"{obj} {word}"
    if word not in section.syntax:
        wrong.append(f"{where}: the page has no such keyword")
        return
    if most != "0":
        check_range(where, section.item(word), 1, int(most))
    elif re.fullmatch(r"\d+-\d+", values):
        check_number(section, where, word, values, default)
    elif values != "-":
        check_words(section, where, word, values, default)


LIMITS = {
    ("route", "next-hops"): r"(\d+) next hops",
    ("nat", "ranges"): r"(\d+) ranges",
    ("nat", "prio-none"): r"none has (\d+)",
    ("nat", "prio-floating"): r"floating (?:and forward )?(\d+)",
    ("nat", "prio-forward"): r"forward (\d+)",
    ("nat", "prio-snat"): r"snat (\d+)",
    ("iface", "ra-valid"): r"valid for (\d+) seconds",
    ("iface", "ra-preferred"): r"preferred for (\d+) seconds",
    ("-", "name"): r"have 1 to (\d+) printable",
}


def check_limit(text, obj, name, number):
    found = re.findall(LIMITS[obj, name], text)
    if not found:
        wrong.append(f"{obj} {name}: the page has no such limit, it is {number}")
    for have in found:
        expect(f"{obj} {name}", "the limit", have, number)


def main():
    page = sections(sys.argv[1])
    with open(sys.argv[1], encoding="ascii") as file:
        whole = plain(file.read().split("\n"))
    lines = 0
    for line in sys.stdin:
        kind, obj, *rest = line.split()
        lines += 1
        if kind == "limit":
            text = whole if obj == "-" else page[obj].text
            check_limit(text, obj, *rest)
        elif rest[1] != "-":		# given, and not only shown
            word, _, values, default, most = rest
            check_field(page[obj], obj, word, values, default, most)
    if not lines:
        wrong.append("no tables")
    print("".join(f"{line}\n" for line in wrong), end="")
    return bool(wrong)


sys.exit(main())
