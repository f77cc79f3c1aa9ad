#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# Path MTU discovery by real stacks, from jumbo frames down to 1280 bytes.
#
#   big -- segment s9000 --+
#                          |
#   mid -- segment s1500 --+-- r1
#                          |
#   low -- segment s1280 --+
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

setup_hv hv
vms "$hv" <<VMS
big 02:00:00:00:09:01 192.0.2.10/24 192.0.2.1 2001:db8:1::10/64 2001:db8:1::1 9000
mid 02:00:00:00:09:02 198.51.100.10/24 198.51.100.1 2001:db8:2::10/64 2001:db8:2::1 9000
low 02:00:00:00:09:03 203.0.113.10/24 203.0.113.1 2001:db8:3::10/64 2001:db8:3::1 9000
VMS
dvr "$hv" -b - <<DVR || exit 1
router add r1
segment add s9000 mtu 9000
segment add s1500 mtu 1500
segment add s1280 mtu 1280
iface add r1 segment s9000 addr 192.0.2.1/24 addr 2001:db8:1::1/64
iface add r1 segment s1500 addr 198.51.100.1/24 addr 2001:db8:2::1/64
iface add r1 segment s1280 addr 203.0.113.1/24 addr 2001:db8:3::1/64
port add big segment s9000 mac 02:00:00:00:09:01 addr 192.0.2.10 addr 2001:db8:1::10
port add mid segment s1500 mac 02:00:00:00:09:02 addr 198.51.100.10 addr 2001:db8:2::10
port add low segment s1280 mac 02:00:00:00:09:03 addr 203.0.113.10 addr 2001:db8:3::10
DVR
ip -n "$hv" link set r1 up
# The machines believe that their own link takes 9000; only their own
# segment is known to them, as with DHCP option 26 and RAs.
ip -n "$mid" link set eth0 mtu 1500
ip -n "$low" link set eth0 mtu 1280

# The addresses of each, by family.
declare -A TO=([big4]=192.0.2.10 [mid4]=198.51.100.10 [low4]=203.0.113.10
	[big6]=2001:db8:1::10 [mid6]=2001:db8:2::10 [low6]=2001:db8:3::10)

ports_mtu() {
	equal "$(dvr "$hv" -j port show | jq -c 'map({(.name): .mtu}) | add')" \
		'{"big":9000,"low":1280,"mid":1500}' "MTU of the ports"
}

# discover V NAME MTU: a packet that is too big teaches the path's MTU.
discover() {
	local addr=${TO[$2$1]}

	forget "$big"
	on "$big" ping -n -c 2 -i 0.2 -W 1 -M "do" -s 8000 "$addr"
	told "$big" "$addr" "$3"
}

path() {
	local addr=${TO[$2$1]}

	need_tool tracepath || return
	forget "$big"
	on "$big" tracepath -n -l 9000 "$addr" >"$TMP/path"
	cat "$TMP/path"
	grep -q "Resume: pmtu $3 hops 2" "$TMP/path" || fail "tracepath to $addr"
}

# stream V FROM TO: a megabyte of TCP arrives.
stream() {
	forget "${!2}"
	tcp_arrives "${!2}" "${!3}" 1000000 20 "${TO[$3$1]}"
}

tcp() {
	need_tool socat || return
	stream "$1" big mid && stream "$1" low big
}

# Where both ends think that 9000 fits, the first full segments are too big, and
# the connection has to live through that.
tcp_large_mss() {
	need_tool socat || return
	defer ip -n "$low" link set eth0 mtu 1280
	ip -n "$low" link set eth0 mtu 9000
	stream "$1" big low && told "$big" "${TO[low$1]}" 1280
}

fragments() {
	local to addr

	for to in mid low; do
		addr=${TO[$to$1]}
		# IPv6 is cut by the sender once it knows.
		[[ $1 = 4 ]] || on "$big" ping -n -c 1 -W 1 -s 4000 "$addr"
		pings "$big" "$addr" -M dont -s 4000 && pings "$big" "$addr" -M dont -s 8900 || return
	done
}

mid_takes() { equal "$(dvr "$hv" -j port show mid | field mtu)" "$1" "MTU of port mid"; }

changed() {
	local addr=${TO[mid$1]}

	defer dvr "$hv" segment set s1500 mtu 1500
	defer ip -n "$hv" link set mid mtu 9000
	forget "$big"
	dvr "$hv" segment set s1500 mtu 1400 || return
	on "$big" ping -n -c 2 -i 0.2 -W 1 -M "do" -s 8000 "$addr"
	told "$big" "$addr" 1400 || return
	# The device may be smaller than the segment.
	dvr "$hv" segment set s1500 mtu 1500
	ip -n "$hv" link set mid mtu 1300
	busywait 5 mid_takes 1300 || return
	forget "$big"
	on "$big" ping -n -c 2 -i 0.2 -W 1 -M "do" -s 8000 "$addr"
	told "$big" "$addr" 1300
}

log_test "the MTU of a port is the smaller of segment and device" ports_mtu
both "pmtu-1 a jumbo host learns 1500" discover mid 1500
both "pmtu-1 a jumbo host learns 1280" discover low 1280
both "pmtu-1 tracepath finds 1500" path mid 1500
both "pmtu-1 tracepath finds 1280" path low 1280
both "pmtu-1 TCP gets through from 9000 to 1500 and 1280, and back" tcp
both "pmtu-4 TCP recovers when its segments were too big" tcp_large_mss
both "1812-17 ping without DF is fragmented and reassembled" fragments
both "pmtu-1 a change of the segment's or the device's MTU is told at once" changed
finish
