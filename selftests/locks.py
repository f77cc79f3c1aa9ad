#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# kernel: 6.1 6.12 7.3
"""What waits for user space holds no lock that others need.

The debug kernel has all helpers built in, so nothing is loaded there.
"""

import os
import subprocess
import tempfile
import threading
import time

from lib import Bed, busywait, defer, equal, finish, need, run, test

WAIT = 60       # seconds that a command may wait for another one
KO = os.environ.get("DVR_KO")

if KO:
    # The module keeps a helper that a router once had, whatever file that was in.
    run("rmmod", "dvr")
    run("insmod", KO)
bed = Bed("p1")
other = f"{bed.hv}-2"
run("ip", "netns", "add", other)
bed.clean.append(other)
bed.dvr("router add r1\n")


def without(helper):
    """The modules of HELPER are not loaded."""
    for module in (f"nf_nat_{helper}", f"nf_conntrack_{helper}"):
        run("rmmod", module, check=False)
        need(not os.path.exists(f"/sys/module/{module}"), f"{module} does not go")


def use_modprobe(program):
    """The kernel loads modules with PROGRAM until the test ends."""
    path = "/proc/sys/kernel/modprobe"

    def put(text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    with open(path, encoding="ascii") as file:
        defer(put, file.read())
    put(program)


def modprobe_that_waits():
    """Loading a module takes until the second file is there.

    Returns that file, and one that is there meanwhile.
    """
    folder = tempfile.mkdtemp(dir="/run")
    root = f"/proc/{os.getpid()}/root"      # the kernel's is another
    script, mark, end = (f"{folder}/{name}" for name in ("modprobe", "mark", "end"))
    with open(script, "w", encoding="ascii") as file:
        # The root of the kernel's threads may have no other program.
        file.write(f'#!/bin/busybox sh\n: >{root}{mark}\nbusybox=/bin/busybox\nn=0\n'
                   f'while [ ! -e {root}{end} ] && [ $n -lt {WAIT} ]; do\n'
                   f'$busybox sleep 1\nn=$((n + 1))\ndone\n$busybox rm {root}{mark}\n'
                   'exec /sbin/modprobe "$@"\n')
    os.chmod(script, 0o755)
    use_modprobe(root + script)
    return end, mark


@test("A4-1 a module that is loaded for a router keeps nobody from RTNL or configuration")
def loading():
    without("tftp")
    end, mark = modprobe_that_waits()
    done = []

    def ask():
        done.append(subprocess.run(["dvradm", "-n", bed.hv, "router", "set", "r1", "helpers",
                                    "tftp"], stderr=subprocess.PIPE, text=True, check=False))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        busywait(WAIT, "modprobe", lambda: os.path.exists(mark))
        for what, argv in (
                ("RTNL", ("ip", "-n", other, "link", "set", "lo", "up")),
                ("another namespace", ("dvradm", "-n", other, "router", "add", "r2")),
                ("the same namespace", ("dvradm", "-n", bed.hv, "segment", "add", "s1")),
                ("a dump", ("dvradm", "-n", bed.hv, "router", "show"))):
            start = time.monotonic()
            run(*argv)
            took = time.monotonic() - start
            need(os.path.exists(mark), f"{what}: waited for modprobe, {took:.1f} s")
    finally:
        with open(end, "w", encoding="ascii"):
            pass
        thread.join()
    equal((done[0].returncode, done[0].stderr), (0, ""), "the command")
    equal(bed.show("router", "show", "r1")[0]["helpers"], ["tftp"], "helpers")
    bed.dvr("router set r1 helpers none\nsegment del s1\n")


@test("A4-2 a helper that there is not is an error that changes nothing")
def missing():
    without("sip")
    use_modprobe("/bin/false")
    got = bed.dvr("segment add s2\nrouter add r3 helpers sip\n", check=False)
    equal(got.returncode, 1, "exit code")
    need("stdin:2" in got.stderr and "helper" in got.stderr, got.stderr)
    equal([s["name"] for s in bed.show("segment", "show")], [], "segments")
    use_modprobe("/sbin/modprobe")
    bed.dvr("router add r3 helpers sip\nrouter del r3\n")


finish(bed)
