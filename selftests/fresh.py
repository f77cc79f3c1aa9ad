# SPDX-License-Identifier: GPL-2.0-only
"""Machines that come into being while a test runs."""

import ipaddress

from lib import BOTH, Host


class Fresh:
    """A machine at WIRE of BED that nobody has heard of, and answers.

    Its addresses are among those that follow FOUR and SIX, and no other one has them.
    """

    count = 0

    def __init__(self, bed, wire, four, six):
        Fresh.count += 1
        self.bed = bed
        self.host = Host(wire, f"02:00:00:00:77:{Fresh.count:02x}", *(
            str(ipaddress.ip_address(first) + Fresh.count) for first in (four, six)))

    def reached(self, host, why, families=BOTH, **udp):
        """A packet of HOST gets here within a second, of each of the FAMILIES."""
        for v in families:
            ip, token = self.host.addr(v), self.bed.token()
            host.udp(ip, token, **udp)
            self.host.wire.expect(lambda p, token=token: token in p.raw, f"{why}: {ip}", 1)
