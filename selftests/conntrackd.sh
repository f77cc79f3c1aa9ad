#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# A router with a second host: conntrackd transfers its connections there, and the
# connections continue when the first host fails.
#
#              +-- a: in -- r1 -- ex --+
#   i1 -- in --+          sync         +-- ex -- out
#              +-- b: in -- r1 -- ex --+
#
#   i1 10.1.0.10 fd00:0:0:1::10        out 192.0.2.2 2001:db8:e::2
#   i1 has snat to 203.0.113.10 2001:db8:f::10; i2, 10.1.0.11, beside it is floating
#   203.0.113.20 2001:db8:f::20; in and ex are bridges of the namespace rack
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

ZONE=77
setup_hv a b
setup_ns rack
vms "$rack" <<VMS
i1 02:00:00:00:0a:01 10.1.0.10/24 10.1.0.1 fd00:0:0:1::10/64 fd00:0:0:1::1
i2 02:00:00:00:0a:02 10.1.0.11/24 10.1.0.1 fd00:0:0:1::11/64 fd00:0:0:1::1
out 02:00:00:00:0e:02 192.0.2.2/24 192.0.2.1 2001:db8:e::2/64 2001:db8:e::1
VMS
on "$rack" sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -batch - <<IP || exit 1
link add ina netns $rack type veth peer name in netns $a
link add inb netns $rack type veth peer name in netns $b
link add exa netns $rack type veth peer name ex netns $a
link add exb netns $rack type veth peer name ex netns $b
link add sync netns $a type veth peer name sync netns $b
IP
ip -n "$rack" -batch - <<IP || exit 1
link add in type bridge
link add ex type bridge
link set in up
link set ex up
link set i1 master in
link set i2 master in
link set ina master in up
link set inb master in
link set out master ex
link set exa master ex up
link set exb master ex
IP

# host NS ADDR: a hypervisor with the router.
host() {
	ip -n "$1" -batch - <<-IP || exit 1
		link set lo up
		link set sync up
		addr add $2/24 dev sync
		link set in up
		link set ex up
	IP
	dvr "$1" -b - <<-DVR || exit 1
		router add r1 zone $ZONE
		segment add in
		segment add ex
		iface add r1 segment in mac 02:00:00:00:0a:fe addr 10.1.0.1/24 addr fd00:0:0:1::1/64
		iface add r1 segment ex mac 02:00:00:00:0e:fe addr 192.0.2.1/24 addr 2001:db8:e::1/64
		port add in segment in
		port add ex segment ex
		nat add r1 out ex floating 203.0.113.20 to 10.1.0.11 handle 20
		nat add r1 out ex floating 2001:db8:f::20 to fd00:0:0:1::11 handle 26
		nat add r1 out ex snat from 10.1.0.0/24 to 203.0.113.10
		nat add r1 out ex snat from fd00:0:0:1::/64 to 2001:db8:f::10
	DVR
	ip -n "$1" link set r1 up
}
host "$a" 10.255.0.1
host "$b" 10.255.0.2

# daemon NAME NS ADDR OTHER: conntrackd there, with what its example has.
daemon() {
	cat >"$TMP/$1.conf" <<-CONF
		Sync {
			Mode NOTRACK {
				PurgeTimeout 0
			}
			UDP {
				IPv4_address $3
				IPv4_Destination_Address $4
				Port 3780
				Interface sync
				Checksum on
			}
		}
		General {
			HashSize 1024
			HashLimit 65536
			LogFile $TMP/$1.log
			LockFile $TMP/$1.lock
			UNIX {
				Path $TMP/$1.ctl
			}
			NetlinkBufferSize 2097152
			NetlinkBufferSizeMaxGrowth 8388608
		}
	CONF
	start "conntrackd_$1" "$2" conntrackd -C "$TMP/$1.conf"
	busywait 20 on "$2" conntrackd -C "$TMP/$1.conf" -s
}

daemons() {
	need_tool conntrackd || return
	daemon a "$a" 10.255.0.1 10.255.0.2 && daemon b "$b" 10.255.0.2 10.255.0.1
}

# Who speaks: by TCP and UDP from i1, and from out to i2's floating address. Each
# line that is written to the fifo makes all of them say something, and answer.
speakers() {
	once daemons || return
	cat >"$TMP/speak.py" <<-'PY'
	import ctypes, os, socket, sys
	libc = ctypes.CDLL(None)
	i1, i2, out = sys.argv[1:4]
	def sock(ns, v6, kind):
	    libc.setns(os.open(f"/run/netns/{ns}", os.O_RDONLY), 0x40000000)
	    s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind)
	    s.settimeout(20)
	    if v6:
	        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
	    return s
	pairs = []
	for v6 in (False, True):
	    for client, server, to in ((i1, out, ("192.0.2.2", "2001:db8:e::2")),
	                               (out, i2, ("203.0.113.20", "2001:db8:f::20"))):
	        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
	            s = sock(server, v6, kind)
	            s.bind(("::" if v6 else "", 7000))
	            c = sock(client, v6, kind)
	            if kind == socket.SOCK_STREAM:
	                s.listen()
	                c.connect((to[v6], 7000))
	                s, seen = s.accept()
	                s.settimeout(20)
	            else:
	                c.connect((to[v6], 7000))
	                c.send(b"first")
	                seen = s.recvfrom(100)[1]
	            pairs.append((c, s, kind, seen))
	print("opened", *sorted(f"{seen[0]} {seen[1]}" for *_, seen in pairs), flush=True)
	for n, line in enumerate(sys.stdin):
	    for c, s, kind, seen in pairs:
	        text = b"%d %s" % (n, b"x" * 100)
	        c.send(text)
	        got, who = s.recvfrom(1000)
	        assert got == text, (got, text)
	        assert kind == socket.SOCK_STREAM or who == seen, (who, seen)
	        s.send(text) if kind == socket.SOCK_STREAM else s.sendto(text, who)
	        assert c.recv(1000) == text
	    print("spoken", n, len(pairs), flush=True)
	PY
	mkfifo "$TMP/go"
	python3 -IS "$TMP/speak.py" "$i1" "$i2" "$out" <"$TMP/go" >"$TMP/spoken" 2>&1 &
	defer_kill $!
	exec {go}>"$TMP/go"
	busywait 60 grep -q opened "$TMP/spoken" || { cat "$TMP/spoken"; return 1; }
	for n in 0 1 2; do
		spoken "$n" || return
	done
	equal "$(tracked "$a")" 8 "connections of the first host"
}

# spoken N: once more, all of them.
spoken() {
	echo >&"$go"
	busywait 60 grep -q "spoken $1 8" "$TMP/spoken" || { cat "$TMP/spoken"; false; }
}

# tracked NS: TCP and UDP connections of the router.
tracked() {
	dvr "$1" -j flow show router r1 | jq '[.[] | select(.proto == "tcp" or .proto == "udp")] | length'
}

# in_zone NS: what conntrack has of them, without what differs between hosts.
in_zone() {
	on "$1" conntrack -L -w "$ZONE" -f "$2" 2>/dev/null | grep -E '^(tcp|udp)' |
		grep -oE '(^[a-z]+|(src|dst|sport|dport)=[^ ]*)' | paste -d ' ' - - - - - - - - - | sort
}

copied() {
	[[ $(on "$b" conntrackd -C "$TMP/b.conf" -e | grep -c "zone=$ZONE") -ge 8 ]]
}

carried() {
	local family

	once speakers || return
	busywait 60 copied || return
	on "$b" conntrackd -C "$TMP/b.conf" -c || return
	for family in ipv4 ipv6; do
		in_zone "$a" "$family" >"$TMP/of_a"
		in_zone "$b" "$family" >"$TMP/of_b"
		equal "$(wc -l <"$TMP/of_a")" 4 "connections of $family" || return
		diff "$TMP/of_a" "$TMP/of_b" || return
	done
	equal "$(tracked "$b")" 0 "connections of the second host, before a packet came"
}

failover() {
	once carried || return
	ip -n "$rack" -batch - <<-IP || return
		link set ina down
		link set exa down
		link set inb up
		link set exb up
	IP
	spoken 3 && spoken 4 && spoken 5 || return
	equal "$(tracked "$b")" 8 "connections of the second host"
}

# The rules of the second host own them: they end with it.
owned() {
	once failover || return
	dvr "$b" -b - <<<"nat del r1 handle 20"$'\n'"nat del r1 handle 26" || return
	equal "$(tracked "$b")" 4 "connections without the floating addresses"
}

sniff "$out" eth0 || exit 1
log_test "conntrackd on both hosts" once daemons
log_test "connections of TCP and UDP by the first host" once speakers
log_test "the second host's conntrack has them, with their ports" once carried
log_test "all of them go on by the second host, from the same outside port" once failover
log_test "they end with the rules of the second host" owned
last_test "no inside address was seen outside" no_leak
finish
