# SPDX-License-Identifier: GPL-2.0-only
"""Bursts of packets of random connections in a DiffBed."""

from chatter import Conn
from diffbed import GWE, PLACES
from frames import mac
from offload import offloaded


class Talk:
    """What connections say, burst by burst, and what was changed between."""

    def __init__(self, r, conns):
        self.r, self.conns, self.busy = r, conns, []
        self.history, self.bursts = [], 0

    def burst(self, most, gwe=GWE):
        """Frames, and the connection of each."""
        r = self.r
        gate = {p: mac(gwe if g == GWE else g) + mac(m)
                for p, (g, m) in PLACES.items()}
        # A few at a time speak much and for a while, as connections do.
        if not self.bursts % 6:
            self.busy = r.sample(self.conns, 24)
        self.bursts += 1
        share, Conn.most = (0, 1400) if self.bursts % 3 else (.7, 5000)
        sent, owner = [], []
        while len(sent) < most:
            conn = r.choice(self.busy)
            for _ in range(r.choice((1, 1, 4, 10))):
                new = conn.frames(gate)
                sent += [(dev, *offloaded(r, f, share)) for dev, f in new]
                owner += [conn] * len(new)
        self.history += zip(owner, sent)
        del self.history[:-20000]
        return sent, owner
