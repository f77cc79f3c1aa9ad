#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 600
#
# A router without a netdev: routing, NAT and counters are the same.
#
#   a1 -- net1 -- r1 -- net2 (MTU 1300) -- a2
#                 |
#                ext -- out
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

setup_hv hv
vms "$hv" <<VMS
a1 02:00:00:00:0a:01 10.1.0.10/24 10.1.0.1 fd00:1::10/64 fd00:1::1
a2 02:00:00:00:0a:02 10.2.0.10/24 10.2.0.1 fd00:2::10/64 fd00:2::1
out 02:00:00:00:0a:03 192.0.2.2/24 - 2001:db8:e::2/64 -
VMS
cat >"$TMP/routes" <<DVR
router add r1 id 7 netdev off
iface add r1 segment net1 addr 10.1.0.1/24 addr fd00:1::1/64
iface add r1 segment net2 addr 10.2.0.1/24 addr fd00:2::1/64
iface add r1 segment ext addr 192.0.2.1/24 addr 2001:db8:e::1/64
nat add r1 out ext snat from 10.0.0.0/8 to 192.0.2.10
nat add r1 out ext snat from fd00::/16 to 2001:db8:e::10
nat add r1 out ext floating 192.0.2.20 to 10.2.0.10
nat add r1 out ext floating 2001:db8:e::20 to fd00:2::10
DVR
dvr "$hv" -b - <<DVR || exit 1
segment add net1
segment add net2 mtu 1300
segment add ext
port add a1 segment net1
port add a2 segment net2
port add out segment ext
$(<"$TMP/routes")
DVR

shown() {
	local text

	text=$(dvr "$hv" router show r1)
	[[ $text = "r1 id "*" netdev off "*"# up" ]] || fail "shown as $text" || return
	text=$(dvr "$hv" -j router show r1)
	[[ $text = *'"netdev": false'* || $text = *'"netdev":false'* ]] || fail "JSON is $text" || return
	[[ $text != *ifname* && $text != *ifindex* ]] || fail "JSON is $text" || return
	equal "$(ip -n "$hv" -o link show type dvr)" "" "netdevs"
}

# Addresses by family: of machines, of r1, and what NAT makes of them.
A1=([4]=10.1.0.10 [6]=fd00:1::10)
A2=([4]=10.2.0.10 [6]=fd00:2::10)
GATE=([4]=10.1.0.1 [6]=fd00:1::1)
OUT=([4]=192.0.2.2 [6]=2001:db8:e::2)
SNAT=([4]=192.0.2.10 [6]=2001:db8:e::10)
FLOATING=([4]=192.0.2.20 [6]=2001:db8:e::20)

routed() {
	local before after nowhere=([4]=203.0.113.1 [6]=2001:db8:f::1)

	before=$(dvr "$hv" -j -s router show r1 | field rx_packets)
	pings "$a1" "${A2[$1]}" && pings "$a2" "${A1[$1]}" && pings "$a1" "${GATE[$1]}" &&
		hops "$a1" "${A2[$1]}" "${GATE[$1]} ${A2[$1]}" || return
	after=$(dvr "$hv" -j -s router show r1 | field rx_packets)
	((after - before >= 3)) || fail "$((after - before)) packets counted" || return
	before=$(dropped "$hv" no_route)
	silent "$a1" "${nowhere[$1]}" || return
	(($(dropped "$hv" no_route) > before)) || fail "no drop counted"
}

# The MAC behind no port: the frame goes to all, and fragments have no device.
fragments() {
	pings "$a1" 10.2.0.10 -M dont -s 4000 && pings "$a2" 10.1.0.10 -M dont -s 4000 || return
	dvr "$hv" -b - <<-DVR || return
		neigh replace segment net2 10.2.0.77 lladdr 02:00:00:00:0a:77
	DVR
	capture heard "$a2" eth0 -Q in "dst host 10.2.0.77" || return
	silent "$a1" 10.2.0.77 -M dont -s 2000
	(($(captured heard) >= 2)) || fail "no fragments were flooded"
}

too_big() {
	forget "$a1"
	on "$a1" ping -n -q -c 1 -W 1 -M "do" -s 1400 "${A2[$1]}" && return 1
	told "$a1" "${A2[$1]}" 1300
}

translated() {
	capture seen "$out" eth0 -Q in "net 10.0.0.0/8 or net fd00::/16 or host ${SNAT[$1]}" || return
	pings "$a1" "${OUT[$1]}" && tcp_arrives "$a1" "$out" 200000 20 "${OUT[$1]}" || return
	captured seen >/dev/null
	equal "$(frames seen "net 10.0.0.0/8 or net fd00::/16")" 0 "inside addresses" || return
	(($(frames seen "host ${SNAT[$1]}"))) || fail "not translated" || return
	pings "$out" "${FLOATING[$1]}" && tcp_arrives "$out" "$a2" 200000 20 "${FLOATING[$1]}"
}

# Who listens to all devices hears a packet come and go, and no third time.
no_tap() {
	capture any "$hv" any "icmp[icmptype] = icmp-echo or (ip6 and ip6[40] = 128)" || return
	pings "$a1" "${A2[$1]}" || return
	equal "$(captured any)" 2 "echo requests seen"
}

refused() {
	local before line text

	before=$(dvr "$hv" router show)
	while read -r line; do
		! text=$(dvr "$hv" -b - <<<"$line" 2>&1) || fail "worked: $line" || return
		[[ $text = *netdev* ]] || fail "$line: $text" || return
	done <<-BAD
		router add r2 netdev off dev r2
		router add r2 netdev off punt on
		router set r1 punt on
		router set r1 dev r1
		router set r1 netdev on
	BAD
	dvr "$hv" router add r3 || return
	fails dvr "$hv" router set r3 netdev off || return
	dvr "$hv" router set r3 netdev on && dvr "$hv" router del r3 || return
	fails ip -n "$hv" link add r1 type dvr || return
	dvr "$hv" router set r1 netdev off punt off || return
	equal "$(dvr "$hv" router show)" "$before" "routers"
}

restored() {
	dvr "$hv" save >"$TMP/save" || return
	equal "$(grep -c '^router add r1 .*netdev off' "$TMP/save")" 1 "lines of r1" || return
	dvr "$hv" router del r1 || return
	silent "$a1" 10.2.0.10 || return
	equal "$(dvr "$hv" router show)" "" "routers" || return
	grep ' r1 ' "$TMP/save" | dvr "$hv" -b - || return
	equal "$(dvr "$hv" save)" "$(<"$TMP/save")" "what is saved" && routed 4 && translated 4 &&
		routed 6 && translated 6
}

# The address of a host is learned anew each time, packets wait for it, whole
# and in fragments.
under_traffic() {
	local i dst traffic pids=()

	for dst in "${A2[@]}" "${OUT[@]}"; do
		start traffic "$a1" ping -n -q -i 0.01 -s 3000 -W 1 "$dst" >"$TMP/ping.$dst" 2>&1
		pids+=("$traffic")
	done
	for ((i = 0; i < 40; i++)); do
		dvr "$hv" router del r1 && dvr "$hv" -b - <"$TMP/routes" || return
		((i % 4)) || sleep 0.2
	done
	# In one batch the old one still has its name, its id and its zone.
	dvr "$hv" -b - <<<"router del r1"$'\n'"$(<"$TMP/routes")" || return
	end "${pids[@]}"
	busywait 20 pings "$a1" 10.2.0.10 && busywait 20 pings "$a1" 2001:db8:e::2
}

many() {
	local i start=$EPOCHREALTIME

	for ((i = 0; i < 500; i++)); do
		printf 'segment add x%d\nrouter add m%d netdev off\n' "$i" "$i"
		printf 'iface add m%d segment x%d addr 10.9.0.1/24\n' "$i" "$i"
	done >"$TMP/many"
	dvr "$hv" -b "$TMP/many" || return
	echo "$(((${EPOCHREALTIME/./} - ${start/./}) / 500)) us a router"
	equal "$(dvr "$hv" router show | wc -l)" 501 routers || return
	# All or nothing: the last line is wrong, and all are gone.
	sed 's/ m/ n/; s/ x/ y/g' "$TMP/many" >"$TMP/wrong"
	echo "router add r1 netdev off" >>"$TMP/wrong"
	fails dvr "$hv" -b "$TMP/wrong" || return
	equal "$(dvr "$hv" router show | wc -l)" 501 routers || return
	for ((i = 0; i < 500; i++)); do
		printf 'router del m%d\nsegment del x%d\n' "$i" "$i"
	done | dvr "$hv" -b - || return
	equal "$(dvr "$hv" router show | wc -l)" 1 routers
}

with_namespace() {
	setup_ns other
	ip -n "$hv" link add o0 type veth peer name o1 netns "$other"
	ip -n "$hv" link set o0 up
	ip -n "$other" link set o1 up
	dvr "$other" -b - <<-DVR || return
		router add r1 netdev off
		segment add s
		iface add r1 segment s addr 10.3.0.1/24
		nat add r1 out s snat from 10.0.0.0/8 to 10.3.0.9
		port add o1 segment s
	DVR
	ip -n "$hv" addr add 10.3.0.2/24 dev o0
	ip -n "$hv" route add 10.4.0.0/16 via 10.3.0.1
	pings "$hv" 10.3.0.1 || return
	start traffic "$hv" ping -n -q -i 0.01 -s 3000 10.4.0.1 >"$TMP/other" 2>&1
	sleep 0.3
	ip netns del "$other" || return
	busywait 10 fails ip -n "$hv" link show o0
}

log_test "a router without a netdev is shown, and is none" shown
both "it routes, answers, tells of errors and counts" routed
log_test "it cuts packets, whatever they leave by" fragments
both "it tells of the MTU of the next hop" too_big
both "it translates: snat and floating" translated
both "who listens to all devices hears nothing of it" no_tap
log_test "what needs a netdev is refused, and changes nothing" refused
log_test "it is saved and restored" restored
log_test "it is made and deleted under traffic" under_traffic
log_test "500 of them are made and deleted, or none" many
log_test "it goes with its namespace under traffic" with_namespace
finish
