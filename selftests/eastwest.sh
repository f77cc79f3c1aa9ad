#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# Two tenants with the same addresses, and real programs between their machines.
#
#   a1 -- net1 -- r1 -- net2 -- a2           b1 -- net1 -- r2 -- net2 -- b2
#                 |
#                 +-- hop1 -- rm -- hop2 -- rz -- net3 -- a3
#
#   net1 10.0.1.0/24 2001:db8:1::/64    hop1 10.0.11.0/24 2001:db8:11::/64
#   net2 10.0.2.0/24 2001:db8:2::/64    hop2 10.0.12.0/24 2001:db8:12::/64
#   net3 10.0.3.0/24 2001:db8:3::/64
#
# r1 has a route to net3 by rm; rz and rm have a default route back.
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

setup_hv hv
vms "$hv" <<VMS
a1 02:00:00:00:0a:01 10.0.1.10/24 10.0.1.1 2001:db8:1::10/64 2001:db8:1::1
a2 02:00:00:00:0a:02 10.0.2.10/24 10.0.2.1 2001:db8:2::10/64 2001:db8:2::1
a3 02:00:00:00:0a:03 10.0.3.10/24 10.0.3.1 2001:db8:3::10/64 2001:db8:3::1
b1 02:00:00:00:0b:01 10.0.1.10/24 10.0.1.1 2001:db8:1::10/64 2001:db8:1::1
b2 02:00:00:00:0b:02 10.0.2.10/24 10.0.2.1 2001:db8:2::10/64 2001:db8:2::1
VMS
dvr "$hv" -b - <<DVR || exit 1
router add r1
router add r2
router add rm
router add rz
segment add a-net1
segment add a-net2
segment add a-net3
segment add b-net1
segment add b-net2
segment add hop1
segment add hop2
iface add r1 segment a-net1 addr 10.0.1.1/24 addr 2001:db8:1::1/64
iface add r1 segment a-net2 addr 10.0.2.1/24 addr 2001:db8:2::1/64
iface add r2 segment b-net1 addr 10.0.1.1/24 addr 2001:db8:1::1/64
iface add r2 segment b-net2 addr 10.0.2.1/24 addr 2001:db8:2::1/64
iface add r1 segment hop1 addr 10.0.11.1/24 addr 2001:db8:11::1/64
iface add rm segment hop1 addr 10.0.11.2/24 addr 2001:db8:11::2/64
iface add rm segment hop2 addr 10.0.12.1/24 addr 2001:db8:12::1/64
iface add rz segment hop2 addr 10.0.12.2/24 addr 2001:db8:12::2/64
iface add rz segment a-net3 addr 10.0.3.1/24 addr 2001:db8:3::1/64
route add r1 10.0.3.0/24 via 10.0.11.2
route add r1 2001:db8:3::/64 via 2001:db8:11::2
route add rm 10.0.3.0/24 via 10.0.12.2
route add rm 2001:db8:3::/64 via 2001:db8:12::2
route add rz default via 10.0.12.1
route add rz ::/0 via 2001:db8:12::1
route add rm default via 10.0.11.1
route add rm ::/0 via 2001:db8:11::1
port add a1 segment a-net1
port add a2 segment a-net2 mac 02:00:00:00:0a:02 addr 10.0.2.10 addr 2001:db8:2::10
port add a3 segment a-net3
port add b1 segment b-net1
port add b2 segment b-net2
DVR
for r in r1 r2 rm rz; do echo "link set $r up"; done | ip -n "$hv" -batch -

# Addresses by family: of machines, of r1 at net1 and net2, of a hop; and the way from
# a1 to a3.
A1=([4]=10.0.1.10 [6]=2001:db8:1::10)
A2=([4]=10.0.2.10 [6]=2001:db8:2::10)
A3=([4]=10.0.3.10 [6]=2001:db8:3::10)
GW1=([4]=10.0.1.1 [6]=2001:db8:1::1)
HOP1=([4]=10.0.11.1 [6]=2001:db8:11::1)
WAY=([4]="10.0.1.1 10.0.11.2 10.0.12.2 10.0.3.10"
	[6]="2001:db8:1::1 2001:db8:11::2 2001:db8:12::2 2001:db8:3::10")

both_tenants() {
	local dst size=([4]=1472 [6]=1452)

	for dst in "${GW1[$1]}" "${A2[$1]}"; do
		pings "$a1" "$dst" || return
		pings "$b1" "$dst" || return
	done
	pings "$a1" "${A2[$1]}" -s "${size[$1]}" -M "do"
}

# foreign TENANT: an expression for frames that are not from its own hosts and
# routers.
foreign() {
	local router=r1

	[[ $1 = a ]] || router=r2
	printf 'not (ether src 02:00:00:00:0%s:01 or ether src 02:00:00:00:0%s:02' "$1" "$1"
	dvr "$hv" -j iface show "$router" | jq -j '.[] | " or ether src " + .mac'
	printf ')'
}

# What a tenant sends to its own, to nobody, to all, and to where there is no way.
speak() {
	local dst

	pings "$1" 10.0.2.10 && pings "$1" 2001:db8:2::10 || return
	for dst in 10.0.1.77 10.0.1.255 224.0.0.1 198.51.100.1 ff02::1%eth0 2001:db8:f::1; do
		on "$1" ping -nqbc1 -W0.1 "$dst" >/dev/null 2>&1
	done
	return 0
}

isolation() {
	local vm n

	for vm in a1 a2 b1 b2; do
		capture "in_$vm" "${!vm}" eth0 -Q in "$(foreign "${vm%?}")" || return
	done
	# It hears what is there: its own, too, would be heard.
	capture heard "$b2" eth0 -Q in 'icmp or icmp6' || return
	speak "$a1" && speak "$b1" || return
	for vm in a1 a2 b1 b2; do
		n=$(captured "in_$vm")
		equal "$n" 0 "frames of the other tenant seen by $vm" || return
	done
	n=$(captured heard)
	((n >= 2)) || fail "b2 heard only $n packets of its own"
}

# Between tenants there is no way at all.
no_way_between() {
	silent "$b1" "${A3[$1]}" && silent "$b1" "${HOP1[$1]}"
}

chain() {
	pings "$a1" "${A3[$1]}" && pings "$a3" "${A2[$1]}" && pings "$a3" "${A1[$1]}" &&
		pings "$a1" "${A3[$1]}" -s 4000
}

# trace FAMILY ARG...: traceroute shows every router on the way.
trace() {
	local got

	need_tool traceroute || return
	on "$a1" traceroute "-$1" -n -q 1 -w 3 "${@:2}" "${A3[$1]}" >"$TMP/trace"
	cat "$TMP/trace"
	got=$(awk 'NR > 1 { print $2 }' "$TMP/trace" | xargs)
	equal "$got" "${WAY[$1]}" "hops of traceroute $*"
}

traces() { trace "$1" -U && trace "$1" -I && trace "$1" -T; }

path() {
	need_tool tracepath || return
	on "$a1" tracepath -n "${A3[$1]}" >"$TMP/path"
	cat "$TMP/path"
	grep -q 'hops 4 .*\|pmtu 1500' "$TMP/path" &&
		grep -q "${A3[$1]} .*reached" "$TMP/path" || fail "tracepath ${A3[$1]}" || return
}

report() {
	local got

	need_tool mtr || return
	on "$a1" mtr --report --no-dns -c 1 -i 0.2 -G 1 "${A3[$1]}" >"$TMP/mtr"
	cat "$TMP/mtr"
	got=$(awk '$1 ~ /\.\|--$/ { print $2 }' "$TMP/mtr" | xargs)
	equal "$got" "${WAY[$1]}" "hops of mtr"
}

# speed V SWITCH: TCP and UDP, with offloads on or off.
speed() {
	local dev lost

	need_tool ethtool && once start_iperf || return
	for dev in a1 a2; do
		on "${!dev}" ethtool -K eth0 tso "$2" gso "$2" gro "$2" tx "$2"
		on "$hv" ethtool -K "$dev" tso "$2" gso "$2" gro "$2" tx "$2"
	done >/dev/null 2>&1
	transfer "$a1" "${A2[$1]}" -n 4M -R &&
		transfer "$a1" "${A2[$1]}" -u -b 8M -n 120K -l 1200 || return
	lost=$(jq '.end.sum.lost_percent | floor' "$TMP/iperf")
	((lost < 5)) || fail "$lost % of UDP lost"
}

start_iperf() {
	need_tool iperf3 || return
	start server "$a2" iperf3 -s --forceflush >"$TMP/server" 2>&1
	busywait 10 grep -q listening "$TMP/server"
}

# hears V ADDR WORDS: a host hears them of r1 about ADDR.
hears() {
	on "$a1" ping -n -c 1 -W 0.5 "$2" >"$TMP/ping" 2>&1
	grep -q "${GW1[$1]}.*$3" "$TMP/ping" || {
		cat "$TMP/ping"
		fail "$2: no '$3'"
	}
}

# Routes that say no: what ping is told, and silence.
unreachable() {
	local kinds=(unreachable prohibit blackhole) nets hosts said i

	if [[ $1 = 4 ]]; then
		nets=(203.0.113.0/28 203.0.113.16/28 203.0.113.32/28)
		hosts=(203.0.113.1 203.0.113.17 203.0.113.33 198.51.100.1)
		said=("Destination Host Unreachable" "Packet filtered" "Destination Net Unreachable")
	else
		nets=(2001:db8:e::/64 2001:db8:e:1::/64 2001:db8:e:2::/64)
		hosts=(2001:db8:e::1 2001:db8:e:1::1 2001:db8:e:2::1 2001:db8:f::1)
		said=("No route" "Administratively prohibited" "No route")
	fi
	for i in 0 1 2; do
		defer dvr "$hv" route del r1 "${nets[i]}"
		dvr "$hv" route add r1 "${nets[i]}" "${kinds[i]}" || return
	done
	hears "$1" "${hosts[0]}" "${said[0]}" && hears "$1" "${hosts[1]}" "${said[1]}" &&
		hears "$1" "${hosts[3]}" "${said[2]}" || return
	silent "$a1" "${hosts[2]}" >"$TMP/ping"
	local code=$?
	cat "$TMP/ping"
	! grep -q From "$TMP/ping" || fail "a blackhole answered" || return
	return "$code"
}

both "ping in two tenants with the same addresses" both_tenants
log_test "no frame of one tenant is seen by the other" isolation
both "no way from one tenant to the routers of another" no_way_between
both "a chain of three routers over shared segments" chain
both "traceroute by UDP, ICMP and TCP shows every hop" traces
both "tracepath reaches the end and finds the MTU" path
both "mtr shows every hop" report
both "1812-16 v6-4 what a host is told about routes that say no" unreachable
both "TCP and UDP with segmentation offload" speed on
both "TCP and UDP without segmentation offload" speed off
finish
