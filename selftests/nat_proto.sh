#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
#
# Protocols that are neither TCP nor UDP, and tunnels, with real programs.
#
# In the network of natnet.sh:
#
#   a1, a2 (snat) 203.0.113.10 2001:db8:f::10; SCTP's port 5000 and UDP's port 51820
#   of them are a3's
#   a3 (floating) 203.0.113.21 2001:db8:f::21
#
# A sniffer at out looks for inside addresses all the time.
#
# shellcheck disable=SC2154,SC2317	# natnet.sh assigns, log_test calls

. "$(dirname "$0")/natnet.sh"

natnet a1 a2 a3 out
dvr "$hv" -b - <<DVR || exit 1
nat add r1 out ext snat from 10.1.0.0/24 to 203.0.113.10
nat add r1 out ext snat from fd00:0:0:1::/64 to 2001:db8:f::10
nat add r1 out ext floating 203.0.113.21 to 10.1.0.12
nat add r1 out ext floating 2001:db8:f::21 to fd00:0:0:1::12
nat add r1 out ext forward sctp 203.0.113.10:5000 to 10.1.0.12:5000
nat add r1 out ext forward sctp [2001:db8:f::10]:5000 to [fd00:0:0:1::12]:5000
nat add r1 out ext forward udp 203.0.113.10:51820 to 10.1.0.12:51820
nat add r1 out ext forward udp [2001:db8:f::10]:51820 to [fd00:0:0:1::12]:51820
DVR
sniffers || exit 1

# need_module NAME...: skip what follows if the kernel has none of that name.
need_module() {
	local module

	for module; do
		modprobe -q "$module" || { echo "no $module here"; return 4; }
	done
}

# -- SCTP ------------------------------------------------------------------------------

# One server everywhere: it tells who it is and whom it sees.
sctp_servers() {
	need_module sctp || return
	python3 -IS - "a3=$a3" "out=$out" >"$TMP/sctp" 2>&1 <<-'PY' &
	import ctypes, os, select, socket, sys
	libc = ctypes.CDLL(None)
	socks = {}
	for name, ns in (a.split("=") for a in sys.argv[1:]):
	    libc.setns(os.open(f"/run/netns/{ns}", os.O_RDONLY), 0x40000000)
	    for family in (socket.AF_INET, socket.AF_INET6):
	        s = socket.socket(family, socket.SOCK_STREAM, 132)
	        if family == socket.AF_INET6:
	            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
	        s.bind(("", 5000))
	        s.listen(8)
	        socks[s] = name
	print("ready", flush=True)
	conns = {}
	while True:
	    for s in select.select([*socks, *conns], [], [])[0]:
	        if s in socks:
	            c, who = s.accept()
	            conns[c] = f"{socks[s]} {who[0]}"
	            continue
	        try:
	            data = s.recv(100)
	            if data:
	                s.send(conns[s].encode() + b" " + data)
	                continue
	        except OSError:
	            pass
	        del conns[s]
	        s.close()
	PY
	defer_kill $!
	busywait 60 grep -q ready "$TMP/sctp"
}

# sctp NS BIND < LINES "ADDR WHO SOURCE": a message there and one back for each.
sctp() {
	on "$1" timeout 40 python3 -IS -c '
import socket, sys
for line in sys.stdin:
    bind, addr, *want = line.split()
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_STREAM, 132)
    s.settimeout(8)
    s.bind((bind, 0))
    try:
        s.connect((addr, 5000))
        s.send(b"hello")
        got = s.recv(100).decode().split()
    except OSError as err:
        got = err
    s.close()
    if got != want + ["hello"]:
        sys.exit(f"SCTP from {bind} to {addr}: {got}")'
}

sctp_all() {
	once sctp_servers || return
	sctp "$a1" <<-SCTP || return
		${A1[$1]} ${OUT[$1]} out ${SNAT[$1]}
		${A1[$1]} ${FLOATING[$1]} a3 ${SNAT[$1]}
		${A1[$1]} ${SNAT[$1]} a3 ${SNAT[$1]}
	SCTP
	sctp "$a3" <<<"${A3[$1]} ${OUT[$1]} out ${FLOATING[$1]}" || return
	sctp "$out" <<-SCTP
		${OUT[$1]} ${FLOATING[$1]} a3 ${OUT[$1]}
		${OUT[$1]} ${SNAT[$1]} a3 ${OUT[$1]}
	SCTP
}

# -- WireGuard ---------------------------------------------------------------------------

# wg_make NAME NUMBER: its wg0 has 172.16.0.NUMBER and listens on 51820.
wg_make() {
	wg genkey >"$TMP/$1.key" && wg pubkey <"$TMP/$1.key" >"$TMP/$1.pub" || return
	ip -n "${!1}" -batch - <<-IP || return
		link add wg0 type wireguard
		addr add 172.16.0.$2/24 dev wg0
		link set wg0 up
	IP
	on "${!1}" wg set wg0 listen-port 51820 private-key "$TMP/$1.key"
}

# wg_peer NAME PEER NUMBER [ARG...]
wg_peer() {
	on "${!1}" wg set wg0 peer "$(<"$TMP/$2.pub")" allowed-ips "172.16.0.$3/32" "${@:4}"
}

wg_gone() {
	local vm

	for vm in a1 a2 a3 out; do ip -n "${!vm}" link del wg0 2>/dev/null; done
	return 0
}

# wg_endpoint NAME PEER: where it has its peer.
wg_endpoint() {
	on "${!1}" wg show wg0 endpoints | awk -v "key=$(<"$TMP/$2.pub")" '$1 == key { print $2 }'
}

# Two clients of one outside address, with the same port inside.
wg_clients() {
	local dst vm one two

	need_tool wg && need_module wireguard || return
	defer wg_gone
	wg_make out 9 && wg_make a1 1 && wg_make a2 2 && wg_peer out a1 1 && wg_peer out a2 2 || return
	for dst in 192.0.2.2=203.0.113.10 "[2001:db8:e::2]=[2001:db8:f::10]"; do
		for vm in a1 a2; do
			wg_peer "$vm" out 9 endpoint "${dst%=*}:51820" persistent-keepalive 1 &&
				pings "${!vm}" 172.16.0.9 || return
		done
		pings "$out" 172.16.0.1 -s 1300 && pings "$out" 172.16.0.2 -s 1300 || return
		one=$(wg_endpoint out a1) two=$(wg_endpoint out a2)
		[[ $one = "${dst#*=}:"* && $two = "${dst#*=}:"* && $one != "$two" ]] ||
			fail "endpoints $one and $two" || return
	done
	# Each as well as the other when both have been moved to IPv6.
	pings "$a1" 172.16.0.9 && pings "$a2" 172.16.0.9
}

# A server inside, by its forward and by its floating address.
wg_server() {
	local dst peer

	need_tool wg && need_module wireguard || return
	defer wg_gone
	wg_make out 9 && wg_make a3 3 && wg_peer a3 out 9 || return
	peer=$(url "${OUT[$1]}")
	for dst in "$(url "${SNAT[$1]}")" "$(url "${FLOATING[$1]}")"; do
		wg_peer out a3 3 endpoint "$dst:51820" persistent-keepalive 1 || return
		pings "$out" 172.16.0.3 && pings "$a3" 172.16.0.9 -s 1300 || fail "by $dst" || return
		# Two ways to one port: the client's cannot be the same on both.
		[[ $(wg_endpoint a3 out) = "$peer:"* ]] ||
			fail "the client's endpoint is $(wg_endpoint a3 out)" || return
		equal "$(wg_endpoint out a3)" "$dst:51820" "the server's endpoint" || return
	done
	# One inside that goes by the outside address.
	dst=$(url "${SNAT[$1]}")
	wg_make a1 1 && wg_peer a3 a1 1 && wg_peer a1 a3 3 endpoint "$dst:51820" || return
	pings "$a1" 172.16.0.3 && pings "$a3" 172.16.0.1 -s 1300 || return
	[[ $(wg_endpoint a3 a1) = "$dst:"* ]] || fail "hairpin from $(wg_endpoint a3 a1)"
}

# -- GRE and ESP -------------------------------------------------------------------------

# gone DEVICE NAME...: it goes at the end of the test.
gone() {
	local vm

	for vm in "${@:2}"; do defer ip -n "${!vm}" link del "$1"; done
}

# gre V NAME OWN PEER [KEY]: a tunnel of NAME and out, t4 or t6; PEER is its address
# outside.  It is not to say anything by itself.
gre() {
	local dev=t$1 kind=([4]=gre [6]=ip6gre)

	gone "$dev" "$2" out
	gre_end "$1" "$2" "$3" 1 ${5:+key "$5"} && ip -n "$out" -batch - <<-IP
		link add $dev type ${kind[$1]} local ${OUT[$1]} remote $4 ${5:+key $5}
		addr add 172.18.$1.2/24 dev $dev
		link set $dev addrgenmode none up
	IP
}

# gre_end V NAME OWN NUMBER [ARG...]: the end at NAME, which has 172.18.V.NUMBER.
gre_end() {
	local dev=t$1 kind=([4]=gre [6]=ip6gre)

	ip -n "${!2}" -batch - <<-IP
		link add $dev type ${kind[$1]} local $3 remote ${OUT[$1]} ${@:5}
		addr add 172.18.$1.$4/24 dev $dev
		link set $dev addrgenmode none up
	IP
}

# both_begin HERE THERE: a3 begins, then out does.
both_begin() {
	pings "$a3" "$2" && pings "$out" "$1" -s 1300 && dvr "$hv" flow flush router r1 &&
		pings "$out" "$1" && pings "$a3" "$2" -s 1300
}

gre_floating() {
	local key=([6]=77)

	need_module ip_gre ip6_gre || return
	gre "$1" a3 "${A3[$1]}" "${FLOATING[$1]}" "${key[$1]:-}" || return
	both_begin "172.18.$1.1" "172.18.$1.2"
}

# unasked ADDR: without a connection no ping from outside is answered.
unasked() { dvr "$hv" flow flush router r1 && silent "$out" "$1"; }

# The address's one mapping is the first one's; the second is dropped.
gre_snat() {
	local before here=172.18.$1.1 there=172.18.$1.2

	need_module ip_gre ip6_gre || return
	gre "$1" a1 "${A1[$1]}" "${SNAT[$1]}" || return
	# Outside nobody can begin, unless the device has said something, as new ones may.
	busywait 10 unasked "$here" || return
	pings "$a1" "$there" && pings "$out" "$here" || return
	gone "t$1" a2
	gre_end "$1" a2 "${A2[$1]}" 1 || return
	before=$(dropped "$hv" nat_no_port)
	silent "$a2" "$there" || return
	[[ $(dropped "$hv" nat_no_port) -gt $before ]] || fail "none dropped as nat_no_port" || return
	pings "$a1" "$there"
}

# esp NAME OWN PEER HERE THERE REMOTE SPI: a pair of ESP in tunnel mode, of NAME
# and out.
esp() {
	local aead='aead rfc4106(gcm(aes)) 0x0102030405060708090a0b0c0d0e0f1011121314 128'

	esp_end "${!1}" "$2" "$6" "$4" "$5" "$aead" "0x${7}01" "0x${7}02" &&
		esp_end "$out" "$6" "$3" "$5" "$4" "$aead" "0x${7}02" "0x${7}01"
}

# esp_end NS LOCAL REMOTE HERE THERE AEAD SPI-OUT SPI-IN: HERE and THERE are in
# the tunnel.
esp_end() {
	local bits=32 now=''

	[[ $4 != *:* ]] || bits=128 now=nodad
	defer ip -n "$1" xfrm state flush
	defer ip -n "$1" xfrm policy flush
	defer ip -n "$1" addr del "$4/$bits" dev lo
	ip -n "$1" -batch - <<-IP
		addr add $4/$bits dev lo $now
		route add $5/$bits dev eth0 src $4
		xfrm state add src $2 dst $3 proto esp spi $7 mode tunnel $6
		xfrm state add src $3 dst $2 proto esp spi $8 mode tunnel $6
		xfrm policy add src $4/$bits dst $5/$bits dir out tmpl src $2 dst $3 proto esp mode tunnel
		xfrm policy add src $5/$bits dst $4/$bits dir in tmpl src $3 dst $2 proto esp mode tunnel
	IP
}

esp_floating() {
	local here=([4]=172.19.0.1 [6]=2001:db8:19::1) there=([4]=172.19.0.2 [6]=2001:db8:19::2)

	need_module xfrm_user esp4 esp6 || return
	esp a3 "${A3[$1]}" "${FLOATING[$1]}" "${here[$1]}" "${there[$1]}" "${OUT[$1]}" 1 || return
	capture seen "$out" eth0 -Q in esp || return
	both_begin "${here[$1]}" "${there[$1]}" || return
	[[ $(captured seen) -ge 4 ]] || fail "no ESP was seen"
}

esp_snat() {
	local here=([4]=172.19.1.1 [6]=2001:db8:1a::1) there=([4]=172.19.1.2 [6]=2001:db8:1a::2)

	need_module xfrm_user esp4 esp6 || return
	esp a1 "${A1[$1]}" "${SNAT[$1]}" "${here[$1]}" "${there[$1]}" "${OUT[$1]}" 3 || return
	silent "$out" "${here[$1]}" || return
	pings "$a1" "${there[$1]}" && pings "$out" "${here[$1]}" -s 1300
}

both "SCTP through snat, floating, a forward and hairpin" sctp_all
log_test "WireGuard: two clients of one snat address, over IPv4, then over IPv6" wg_clients
both "WireGuard: a server inside, by forward, floating and hairpin" wg_server
both "GRE tunnels through a floating address" gre_floating
both "GRE tunnels through snat: one host an address, the next is dropped" gre_snat
both "ESP tunnels through a floating address" esp_floating
both "an ESP tunnel through snat" esp_snat
last_test "no inside address was seen outside" no_leak
finish
