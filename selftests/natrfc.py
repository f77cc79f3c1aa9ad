# SPDX-License-Identifier: GPL-2.0-only
"""natlib's bed with a rule of every kind, for the tests that are named by RFCs.

Inside host N is 10.1.0.N and fd00:0:0:1::N, outside address N 203.0.113.N and
2001:db8:f::N.  The rule of a host depends on its number:

    2-63     snat to 10, with defaults; 8080 is forwarded to host 10
    64-127   snat to 11, filter endpoint
    128-159  snat to 12, mapping connection
    160-175  snat to 32 and 34 to 36
    176-191  snat to 37 and 38, ports 5000 to 5009
    192-199  snat to 13; nothing to y, which is exempt
    200-203  floating, 200 to 203
    240-     no rule
"""

from frames import echo
from lib import equal, finish, last_test, need
from natlib import BOTH, GWE, GWI, NatBed, bracket, inside, outside, prefix


def rules(v):
    def o(n, m=None):
        return outside(v, n) + (f"-{outside(v, m)}" if m else "")
    i = prefix
    return f"""
    nat add r1 out ext snat from {i(v, 0, 26)} to {o(10)}
    nat add r1 out ext snat from {i(v, 64, 26)} to {o(11)} filter endpoint
    nat add r1 out ext snat from {i(v, 128, 27)} to {o(12)} mapping connection
    nat add r1 out ext snat from {i(v, 160, 28)} to {o(32)} to {o(34, 36)}
    nat add r1 out ext snat from {i(v, 176, 28)} to {ports(v, 37, 38, "5000-5009")}
    nat add r1 out ext snat from {i(v, 192, 29)} to {o(13)}
    nat add r1 out ext none from {i(v, 192, 29)} to {Y[v]}/{32 if v == 4 else 128}
    """ + "".join(f"nat add r1 out ext floating {o(n)} to {inside(v, n)}\n"
                  for n in range(200, 204)) + "".join(
        f"nat add r1 out ext forward {proto} {bracket(o(10))}:8080 to "
        f"{bracket(inside(v, 10))}:80\n" for proto in ("tcp", "udp"))


def ports(v, first, last, span):
    if v == 4:
        return f"{outside(v, first)}-{outside(v, last)}:{span}"
    return f"[{outside(v, first)}-{outside(v, last)}]:{span}"


Y = {4: "192.0.2.11", 6: "2001:db8:e::11"}
bed = NatBed(mtu=9000)
x, y = bed.x, bed.y
p1, p2, p3, p4 = bed.p1, bed.p2, bed.p3, bed.p4
for family in BOTH:
    bed.dvr(rules(family))


def near(timeout, want, what, slack=12):
    """A timeout that was just set to WANT; the machine may be slow."""
    need(want - slack <= timeout <= want + 1, f"{what}: {timeout} s, not {want}")


def echo_out(v, n, ident, dst=None, data=None, seq=1, **kw):
    dst = bed.addr(v, dst or x)
    token = data or bed.token()
    return bed.out(n, echo(inside(v, n), dst, token, ident, seq, **kw),
                   lambda p: p.src == GWE and p.type in (8, 128) and
                   token in p.raw, what="the query outside")


def query_id(pkt):
    return pkt.rest >> 16


def echo_back(v, n, got, host=x):
    """The answer to a query seen outside; what N sees of it."""
    token = bed.token()
    reply = bed.into(n, echo(got.daddr, got.saddr, token, query_id(got),
                             got.rest & 0xffff, reply=True), host,
                     lambda p: p.src == GWI and p.type in (0, 129) and
                     token in p.raw, what="the answer inside")
    equal((reply.saddr, reply.daddr), (got.daddr, inside(v, n)), "addresses")
    return reply


def done():
    """Run the tests of a file, and see that nothing has leaked meanwhile."""
    last_test("no inside address was seen outside in all this")(bed.leaks.none)
    finish(bed)
