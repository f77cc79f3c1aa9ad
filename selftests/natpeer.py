# SPDX-License-Identifier: GPL-2.0-only
"""Answer with the peer's address: python3 natpeer.py PORT NAME=NAMESPACE...

The server listens on TCP and UDP of that port in each of the namespaces.  A peer that
connects or sends gets "NAME ADDRESS PORT", with its own address and port as the server
sees them.  A connection then gets a line every 0.2 s until it ends.  A datagram that
begins with "slow" is answered that often for a minute.  All servers are one process,
because processes are slow in an emulated kernel.
"""

import select
import socket
import sys
import time

from lib import in_ns

TICK = 0.2


def listen(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if kind == socket.SOCK_DGRAM:
        # An answer has the address that was asked.
        sock.setsockopt(socket.IPPROTO_IP, 8, 1)            # IP_PKTINFO
        sock.setsockopt(socket.IPPROTO_IPV6, 49, 1)         # RECVPKTINFO
    sock.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        sock.listen(64)
    sock.setblocking(False)
    return sock


def main(port, *names):
    listeners, conns, slow, due = {}, [], [], 0.0
    for name, ns in (n.split("=") for n in names):
        with in_ns(ns):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                listeners[listen(kind, int(port))] = name
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select(list(listeners), [], [], TICK)
        for sock in ready:
            if sock.type == socket.SOCK_STREAM:
                conn, who = sock.accept()
                conn.setblocking(False)
                text = f"{listeners[sock]} {who[0]} {who[1]}\n"
                conns.append(conn)
                send(conns, conn, text.replace("::ffff:", "").encode())
            else:
                data, aux, _, who = sock.recvmsg(2000, 100)
                aux = [a for a in aux if a[:2] == (socket.IPPROTO_IPV6, 50)]
                text = f"{listeners[sock]} {who[0]} {who[1]}\n"
                text = text.replace("::ffff:", "").encode()
                answer(sock, text, aux, who)
                if data.startswith(b"slow"):
                    slow.append((time.monotonic() + 60, sock, aux, who))
        if time.monotonic() < due:
            continue
        due = time.monotonic() + TICK
        for conn in list(conns):
            send(conns, conn, b"tick\n")
        slow = [s for s in slow if s[0] > time.monotonic()]
        for _, sock, aux, who in slow:
            answer(sock, b"tick\n", aux, who)


def send(conns, conn, data):
    try:
        conn.send(data)
    except BlockingIOError:
        pass
    except OSError:
        conns.remove(conn)
        conn.close()


def answer(sock, data, aux, who):
    try:
        sock.sendmsg([data], aux, 0, who)
    except OSError:
        pass


main(*sys.argv[1:])
