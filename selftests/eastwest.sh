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

both_tenants() {
	local dst

	for dst in 10.0.1.1 10.0.2.10 2001:db8:2::1 2001:db8:2::10; do
		pings "$a1" "$dst" || return
		pings "$b1" "$dst" || return
	done
	pings "$a1" 10.0.2.10 -s 1472 -M "do" && pings "$a1" 2001:db8:2::10 -s 1452 -M "do"
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
	silent "$b1" 10.0.3.10 && silent "$b1" 10.0.11.1 && silent "$b1" 2001:db8:3::10
}

chain() {
	pings "$a1" 10.0.3.10 && pings "$a1" 2001:db8:3::10 && pings "$a3" 10.0.2.10 &&
		pings "$a3" 2001:db8:1::10 && pings "$a1" 10.0.3.10 -s 4000
}

hops4='10.0.1.1 10.0.11.2 10.0.12.2 10.0.3.10'
hops6='2001:db8:1::1 2001:db8:11::2 2001:db8:12::2 2001:db8:3::10'

# hops FAMILY ARG...: traceroute shows every router on the way.
hops() {
	local got want=hops$1 dst=10.0.3.10
	[[ $1 = 4 ]] || dst=2001:db8:3::10

	need_tool traceroute || return
	on "$a1" traceroute "-$1" -n -q 1 -w 3 "${@:2}" "$dst" >"$TMP/trace"
	cat "$TMP/trace"
	got=$(awk 'NR > 1 { print $2 }' "$TMP/trace" | xargs)
	equal "$got" "${!want}" "hops of traceroute $*"
}

hops_all() {
	local v

	for v in 4 6; do
		hops "$v" -U && hops "$v" -I && hops "$v" -T || return
	done
}

path() {
	local dst

	need_tool tracepath || return
	for dst in 10.0.3.10 2001:db8:3::10; do
		on "$a1" tracepath -n "$dst" >"$TMP/path"
		cat "$TMP/path"
		grep -q 'hops 4 .*\|pmtu 1500' "$TMP/path" &&
			grep -q "$dst .*reached" "$TMP/path" || fail "tracepath $dst" || return
	done
}

report() {
	local dst want got

	need_tool mtr || return
	for dst in 10.0.3.10 2001:db8:3::10; do
		want=$hops4
		[[ $dst != *:* ]] || want=$hops6
		on "$a1" mtr --report --no-dns -c 1 -i 0.2 -G 1 "$dst" >"$TMP/mtr"
		cat "$TMP/mtr"
		got=$(awk '$1 ~ /\.\|--$/ { print $2 }' "$TMP/mtr" | xargs)
		equal "$got" "$want" "hops of mtr" || return
	done
}

# speed SWITCH: TCP and UDP, v4 and v6, with offloads on or off.
speed() {
	local dev dst lost

	need_tool ethtool && once start_iperf || return
	for dev in a1 a2; do
		on "${!dev}" ethtool -K eth0 tso "$1" gso "$1" gro "$1" tx "$1"
		on "$hv" ethtool -K "$dev" tso "$1" gso "$1" gro "$1" tx "$1"
	done >/dev/null 2>&1
	for dst in 10.0.2.10 2001:db8:2::10; do
		transfer "$a1" "$dst" -n 4M -R && transfer "$a1" "$dst" -u -b 8M -n 120K -l 1200 || return
		lost=$(jq '.end.sum.lost_percent | floor' "$TMP/iperf")
		((lost < 5)) || fail "$lost % of UDP lost" || return
	done
}

start_iperf() {
	need_tool iperf3 || return
	start server "$a2" iperf3 -s --forceflush >"$TMP/server" 2>&1
	busywait 10 grep -q listening "$TMP/server"
}

unreachable() {
	local dst want

	# Routes that say no: what ping is told, and silence.
	dvr "$hv" -b - <<-DVR || return
		route add r1 203.0.113.0/28 unreachable
		route add r1 203.0.113.16/28 prohibit
		route add r1 203.0.113.32/28 blackhole
		route add r1 2001:db8:e::/64 unreachable
		route add r1 2001:db8:e:1::/64 prohibit
		route add r1 2001:db8:e:2::/64 blackhole
	DVR
	while read -r dst want; do
		on "$a1" ping -n -c 1 -W 0.5 "$dst" >"$TMP/ping" 2>&1
		grep -q "$want" "$TMP/ping" || {
			cat "$TMP/ping"
			fail "$dst: no '$want'"
			return
		}
	done <<-CASES
		203.0.113.1 10.0.1.1.*Destination Host Unreachable
		203.0.113.17 10.0.1.1.*Packet filtered
		198.51.100.1 10.0.1.1.*Destination Net Unreachable
		2001:db8:e::1 2001:db8:1::1.*No route
		2001:db8:e:1::1 2001:db8:1::1.*Administratively prohibited
		203.0.113.33 errors, 100% packet loss\|received, 100% packet loss
	CASES
	! grep -q From "$TMP/ping" || fail "a blackhole answered"
}

log_test "ping v4 and v6 in two tenants with the same addresses" both_tenants
log_test "no frame of one tenant is seen by the other" isolation
log_test "no way from one tenant to the routers of another" no_way_between
log_test "a chain of three routers over shared segments" chain
log_test "traceroute by UDP, ICMP and TCP shows every hop, v4 and v6" hops_all
log_test "tracepath reaches the end and finds the MTU" path
log_test "mtr shows every hop" report
log_test "1812-16 v6-4 what a host is told about routes that say no" unreachable
log_test "TCP and UDP with segmentation offload" speed on
log_test "TCP and UDP without segmentation offload" speed off
finish
