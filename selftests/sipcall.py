# SPDX-License-Identifier: GPL-2.0-only
"""A call by SIP: python3 sipcall.py on|off INSIDE-NS OUTSIDE-NS INSIDE OUTSIDE SEEN.

A telephone at the address INSIDE calls one at OUTSIDE, to which INSIDE should appear as
SEEN.  With "on" all addresses and ports in the messages must be those outside, and media
that OUTSIDE sends first must arrive.  With "off" the messages must be unchanged, and the
media must not arrive.  On a failure the last line says what is wrong, and the exit code
is 1.
"""

import re
import socket
import sys

from lib import in_ns

RTP, FAR_RTP = 4000, 6000


def sock(ns, address, port):
    with in_ns(ns):
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                          socket.SOCK_DGRAM)
    s.bind((address, port))
    s.settimeout(5)
    return s


def bracket(address):
    return f"[{address}]" if ":" in address else address


def sdp(address, port):
    kind = "IP6" if ":" in address else "IP4"
    return (f"v=0\r\no=- 1 1 IN {kind} {address}\r\ns=-\r\nc=IN {kind} {address}\r\n"
            f"t=0 0\r\nm=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")


def message(first, head, body):
    lines = [first, *head, "Content-Type: application/sdp", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def need(cond, why):
    if not cond:
        sys.exit(why)


def hears(s, data, what):
    try:
        got, who = s.recvfrom(2000)
    except TimeoutError:
        sys.exit(f"{what} did not arrive")
    need(got == data, f"{what}: {got}")
    return who


def silent(s, what):
    s.settimeout(0.5)
    try:
        sys.exit(f"{what}: {s.recvfrom(2000)}")
    except TimeoutError:
        s.settimeout(5)


def field(text, pattern):
    got = re.search(pattern, text, re.M)
    need(got, f"no {pattern} in {text}")
    return got[1]


def main(mode, ns, far_ns, here, there, seen):
    phone, far_phone = sock(ns, here, 5060), sock(far_ns, there, 5060)
    rtp, far_rtp = sock(ns, here, RTP), sock(far_ns, there, FAR_RTP)
    rtcp, far_rtcp = sock(ns, here, RTP + 1), sock(far_ns, there, FAR_RTP + 1)
    me, other = bracket(here), bracket(there)
    head = [f"From: <sip:a@{me}>;tag=1", f"To: <sip:b@{other}>", f"Call-ID: 1@{mode}",
            "CSeq: 1 INVITE"]
    sent = message(f"INVITE sip:b@{other} SIP/2.0", [
        f"Via: SIP/2.0/UDP {me}:5060;branch=z9hG4bK1", "Max-Forwards: 70", *head,
        f"Contact: <sip:a@{me}:5060>"], sdp(here, RTP))
    phone.sendto(sent, (there, 5060))
    try:
        got, who = far_phone.recvfrom(4000)
    except TimeoutError:
        sys.exit("the INVITE did not arrive")
    text = got.decode()
    print(who, text)
    need(who[0] == seen, f"the INVITE comes from {who[0]}")
    if mode == "off":
        need(got == sent, "the INVITE was changed")
        for port in (RTP, RTP + 1):
            far_rtp.sendto(b"media", (seen, port))
        silent(rtp, "media without a helper")
        silent(rtcp, "media without a helper")
        return
    need(here not in text, "the inside address is in the INVITE")
    for pattern in (r"^Contact: <sip:a@(\S+)>", r"^Via: SIP/2.0/UDP ([^;]+);"):
        need(field(text, pattern) == f"{bracket(seen)}:{who[1]}", f"{pattern}: {text}")
    need(field(text, r"^c=IN IP[46] (\S+)") == seen, "c= of the SDP")
    need(int(field(text, r"^Content-Length: (\d+)")) == len(text.split("\r\n\r\n", 1)[1]),
         "Content-Length")
    port = int(field(text, r"^m=audio (\d+) "))
    # Who was called speaks first.
    far_rtp.sendto(b"media", (seen, port))
    need(hears(rtp, b"media", "media")[:2] == (there, FAR_RTP), "source of the media")
    far_rtcp.sendto(b"report", (seen, port + 1))
    hears(rtcp, b"report", "a report")
    far_rtp.sendto(b"beside", (seen, port + 2))
    far_rtp.sendto(b"more", (seen, port))
    hears(rtp, b"more", "more media")
    silent(rtp, "a port that was not told")
    # The answer, and media from inside: from where it was told to be.
    via = field(text, r"^(Via: .*)\r$")
    names = [field(text, rf"^({name}: .*)\r$") for name in ("From", "To", "Call-ID", "CSeq")]
    far_phone.sendto(message("SIP/2.0 200 OK", [via, *names, f"Contact: <sip:b@{other}:5060>"],
                             sdp(there, FAR_RTP)), who)
    try:
        text = phone.recvfrom(4000)[0].decode()
    except TimeoutError:
        sys.exit("the answer did not arrive")
    need(field(text, r"^Via: SIP/2.0/UDP ([^;]+);") == f"{me}:5060", f"Via inside: {text}")
    need(field(text, r"^c=IN IP[46] (\S+)") == there, "c= of the answer")
    rtp.sendto(b"voice", (there, FAR_RTP))
    need(hears(far_rtp, b"voice", "media from inside")[:2] == (seen, port),
         "where media from inside comes from")


main(*sys.argv[1:])
