#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 600
#
# The path through a forward, a floating address and a translated prefix, with real
# stacks and programs: path MTU discovery in both directions, and traceroute.
#
# In the network of natnet.sh, where the way to far has an MTU of 1300, and net2 one
# of 1290 in some tests:
#
#   a1 (snat) 203.0.113.10 2001:db8:f::10, ports 7000 of them are b1's (forward)
#   b2 (floating) 203.0.113.21 2001:db8:f::21
#   n1 (prefix) fd00:0:0:4::/64 is 2001:db8:f:4::/64 outside
#
# shellcheck disable=SC2154,SC2317	# natnet.sh assigns, log_test calls

. "$(dirname "$0")/natnet.sh"

natnet a1 b1 b2 n1 out far
ip -n "$out" route add 2001:db8:f:4::/64 via 2001:db8:e::1
# A checksum that is left to the device is never looked at: these make their own, so
# that who receives sees whether NAT has kept it right.
for vm in b1 b2 n1 far; do
	on "${!vm}" ethtool -K eth0 tx off >/dev/null
done
dvr "$hv" -b - <<DVR || exit 1
nat add r1 out ext snat from 10.1.0.0/24 to 203.0.113.10
nat add r1 out ext snat from fd00:0:0:1::/64 to 2001:db8:f::10
nat add r1 out ext forward tcp 203.0.113.10:7000 to 10.2.0.10:7000
nat add r1 out ext forward udp 203.0.113.10:7000 to 10.2.0.10:7000
nat add r1 out ext forward tcp [2001:db8:f::10]:7000 to [fd00:0:0:2::10]:7000
nat add r1 out ext forward udp [2001:db8:f::10]:7000 to [fd00:0:0:2::10]:7000
nat add r1 out ext floating 203.0.113.21 to 10.2.0.11
nat add r1 out ext floating 2001:db8:f::21 to fd00:0:0:2::11
nat add r1 out ext floating 2001:db8:f:4::/64 to fd00:0:0:4::/64
DVR
sniffers || exit 1

# What n1 is outside: the first word of its identifier absorbs the difference.
n1_outside() {
	capture npt "$out" eth0 -Q in "icmp6 and ip6[40] = 128" || return
	pings "$n1" 2001:db8:e::2 || return
	busywait 10 grep -q . <(tcpdump -n -r "$TMP/npt.pcap" 2>/dev/null) || return
	end "$npt"
	n1_out=$(tcpdump -n -r "$TMP/npt.pcap" 2>/dev/null | sed -n '1s/.*IP6 \([^ ]*\) > .*/\1/p')
	[[ $n1_out = 2001:db8:f:4:* ]] || fail "n1 is $n1_out outside"
}

# One echo of UDP for all: what comes is sent back, or with "only" not.
udp_servers() {
	python3 -IS - "$b1" "$b2" "$n1" "$far" >"$TMP/servers" 2>&1 <<-'PY' &
	import ctypes, os, select, socket, sys
	libc = ctypes.CDLL(None)
	socks = []
	for name in sys.argv[1:]:
	    libc.setns(os.open(f"/run/netns/{name}", os.O_RDONLY), 0x40000000)
	    for family in (socket.AF_INET, socket.AF_INET6):
	        s = socket.socket(family, socket.SOCK_DGRAM)
	        if family == socket.AF_INET6:
	            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
	        # May be sent in pieces: answers are to come whatever the path.
	        s.setsockopt(*((0, 10, 0) if family == socket.AF_INET else (41, 23, 0)))
	        s.bind(("", 7000))
	        socks.append(s)
	print("ready", flush=True)
	while True:
	    for s in select.select(socks, [], [])[0]:
	        data, who = s.recvfrom(65535)
	        s.sendto(data, who)
	PY
	defer_kill $!
	busywait 60 grep -q ready "$TMP/servers"
}

# udp NS ADDR SIZE MTU: a datagram of SIZE that may not be cut is refused, by a
# path of MTU bytes; one that fits is answered, and so is one of 4000 in pieces.
udp() {
	on "$1" timeout 30 python3 -IS - "$2" "$3" "$4" <<-'PY'
	import errno, socket, sys, time
	addr, size, want = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
	v6 = ":" in addr
	s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
	level, discover, mtu = (41, 23, 24) if v6 else (0, 10, 14)
	s.setsockopt(level, discover, 2)            # DF, and what is too big is refused
	s.settimeout(0.5)
	s.connect((addr, 7000))
	got, end = None, time.monotonic() + 20
	while time.monotonic() < end and got != want:
	    try:
	        s.send(b"x" * size)
	        s.recv(65535)
	    except TimeoutError:
	        pass
	    except OSError as err:
	        if err.errno != errno.EMSGSIZE:
	            raise
	        got = s.getsockopt(level, mtu)
	if got != want:
	    sys.exit(f"the path to {addr} has {got}, not {want}")
	s.settimeout(3)
	data = bytes(i & 255 for i in range(want - (48 if v6 else 28)))
	for what, data in ("one that just fits", data), ("one in pieces", data * 4):
	    if what == "one in pieces":
	        s.setsockopt(level, discover, 1 if not v6 else 0)
	    for _ in range(5):
	        s.send(data)
	        try:
	            if s.recv(65535) == data:
	                break
	        except TimeoutError:
	            pass
	    else:
	        sys.exit(f"{what} to {addr} was not answered")
	PY
}

# stream FROM TO ADDR: 60 kB from a server at FROM to who connects to ADDR, TO,
# or with "up" from TO to the server.
stream() {
	local addr=$3 got server way=(-u "OPEN:$TMP/sent") back=(-u)

	[[ $addr != *:* ]] || addr="[$addr]"
	if [[ ${4:-} = up ]]; then
		start server "$1" socat -u TCP6-LISTEN:7000,ipv6only=0,reuseaddr "CREATE:$TMP/got"
		way+=("TCP:$addr:7000")
	else
		start server "$1" socat "${way[@]}" TCP6-LISTEN:7000,ipv6only=0,reuseaddr
		way=("${back[@]}" "TCP:$addr:7000" "CREATE:$TMP/got")
	fi
	busywait 10 listens "$1" 7000 || return
	on "$2" timeout 40 socat "${way[@]}" || { end "$server"; fail "with $addr"; return 1; }
	wait "$server"
	got=$(cmp "$TMP/sent" "$TMP/got" 2>&1) || fail "$addr: $got"
}

# narrow MTU: of net2.
narrow() {
	local vm

	for vm in out far b1 b2 n1; do forget "${!vm}"; done
	dvr "$hv" segment set net2 mtu "$1"
}

# pairs V: lines of a machine and one of its outside addresses.
pairs() {
	echo "b1 ${SNAT[$1]}"
	echo "b2 ${FLOATING[$1]}"
	[[ $1 = 4 ]] || echo "n1 $n1_out"
}

sent_file() { head -c 60000 /dev/urandom >"$TMP/sent"; }

# Outside learns of the narrow segment inside.
tcp_in() {
	local vm addr

	need_tool socat && once sent_file && once n1_outside || return
	defer narrow 1500
	narrow 1290 || return
	while read -r vm addr; do
		stream "${!vm}" "$far" "$addr" up && told "$far" "$addr" 1290 || return
	done < <(pairs "$1")
}

# Inside learns of the narrow link outside.
tcp_back() {
	local vm addr

	need_tool socat && once sent_file && once n1_outside || return
	while read -r vm addr; do
		stream "${!vm}" "$far" "$addr" && told "${!vm}" "${FAR[$1]}" 1300 || return
	done < <(pairs "$1")
}

udp_in() {
	local addr

	once udp_servers && once n1_outside || return
	defer narrow 1500
	narrow 1290 || return
	while read -r _ addr; do udp "$out" "$addr" 1400 1290 || return; done < <(pairs "$1")
}

# udp_out V NS
udp_out() { once udp_servers && udp "$2" "${FAR[$1]}" 1400 1300; }

trace_forward() {
	local how addr=${SNAT[$1]}

	need_tool traceroute && once udp_servers || return
	# r0 behind r1 speaks as the address that was asked.
	for how in "-U -p 7000" "-T -p 7000"; do
		# shellcheck disable=SC2086
		hops "$far" "$addr" "${NEAR_FAR[$1]} ${LEG[$1]} $addr $addr" $how || return
	done
	# From inside, through hairpin.
	hops "$a1" "$addr" "${GATE[$1]} $addr $addr" -U -p 7000
}

trace_prefix() {
	local how

	need_tool traceroute && once udp_servers && once n1_outside || return
	for how in "-U -p 7000" -I "-T -p 7000"; do
		# shellcheck disable=SC2086
		hops "$n1" 2001:db8:d::2 \
			"fd00:0:0:4::1 fd00:0:0:9::1 2001:db8:e::2 2001:db8:d::2" $how &&
			hops "$far" "$n1_out" \
				"2001:db8:d::1 2001:db8:e::1 $n1_out $n1_out" $how || return
	done
}

log_test "pings through all of them" once n1_outside
both "pmtu-2 TCP to a forward, a floating address and an IPv6 prefix, narrow inside" tcp_in
both "pmtu-2 TCP from a forward, a floating address and an IPv6 prefix, narrow outside" tcp_back
both "pmtu-2 udp-12 UDP to a forward, a floating address and an IPv6 prefix, narrow inside" udp_in
both "pmtu-2 udp-12 UDP of a floating address, narrow outside" udp_out "$b2"
log_test "pmtu-2 udp-12 UDP of a translated prefix, narrow outside" udp_out 6 "$n1"
both "icmp-9 traceroute by UDP and TCP through a forward, also through hairpin" trace_forward
log_test "icmp-9 traceroute by UDP, ICMP and TCP through a translated prefix, both ways" trace_prefix
last_test "no inside address was seen outside" no_leak
finish
