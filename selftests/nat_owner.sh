#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# Owners of connections: which connections end with a rule or a port, and which
# continue, in the network of natnet.sh, with real programs.
#
# shellcheck disable=SC2154,SC2317	# natnet.sh assigns, log_test calls
# shellcheck disable=SC2016	# it is another shell that expands

. "$(dirname "$0")/natnet.sh"

natnet a1 a2 b1 c1 t1 out o2 o3
all_rules | dvr "$hv" -b - && sniffers || exit 1

# hold VAR NS ADDR: a long TCP; what it is sent goes to $TMP/VAR.
hold() {
	once start_peer || return
	start "$1" "$2" bash -c 'exec 3<>"/dev/tcp/$0/7000" && exec cat <&3' "$3" >"$TMP/$1"
	busywait 90 grep -q tick "$TMP/$1"
}

lines() { wc -l <"$TMP/$1"; }

# grows NAME: that connection goes on.
grows() {
	local before

	before=$(lines "$1")
	busywait 20 more "$1" "$((before + 2))" || fail "$1: no more data"
}

more() { [[ $(lines "$1") -gt $2 ]]; }

# port_of NAME: the outside port of that connection.
port_of() { awk '{ print $3; exit }' "$TMP/$1"; }

# established ROUTER: what does not end by itself meanwhile.
established() {
	dvr "$hv" -j flow show router "$1" | jq -c '[.[] | select(.state == "established") |
		[.orig.sport, .reply.dport, .handle]] | sort'
}

reapply() {
	local before hits

	hold long "$a1" 192.0.2.2 && hold other "$b1" 2001:db8:e::2 || return
	before=$(established r1)
	[[ $(jq length <<<"$before") -ge 2 ]] || fail "connections: $before" || return
	hits=$(dvr "$hv" -j nat show r1 | jq -c 'map([.handle, .hits])')
	start monitor "$hv" "$DVRADM" monitor >"$TMP/monitor"
	sleep 0.5
	dvr "$hv" save | sed -n 's/^nat add /nat replace /p' | dvr "$hv" -b - || return
	grows long && grows other || return
	equal "$(established r1)" "$before" "connections" || return
	equal "$(dvr "$hv" -j nat show r1 | jq -c 'map([.handle, .hits])')" "$hits" \
		"use of the rules" || return
	end "$monitor"
	! grep 'deleted nat\|deleted flow' "$TMP/monitor" || fail "something was deleted"
}

# Of two long connections the one whose rule goes ends, the other does not.
delete_rule() {
	local gone

	hold long "$a1" 192.0.2.2 && hold other "$b1" 2001:db8:e::2 || return
	dvr "$hv" nat del r1 handle 14 || return
	equal "$(dvr "$hv" -j flow show router r1 addr fd00:0:0:2::10)" "[]" "its connections" || return
	sleep 0.5
	gone=$(lines other)
	grows long || return
	sleep 1
	equal "$(lines other)" "$gone" "lines of the connection whose rule went" || return
	silent "$out" 2001:db8:f::21 || return
	! on "$out" ndisc6 -q -1 -r 1 -w 500 2001:db8:f::21 eth0 ||
		fail "neighbour discovery of the address is answered" || return
	dvr "$hv" nat add r1 out ext floating 2001:db8:f::21 to fd00:0:0:2::10 handle 14 || return
	asks "$b1" <<<"tcp 2001:db8:e::2 7000 out 2001:db8:f::21" && grows long
}

# Changing a rule ends what it made, and nothing else.
replace_rule() {
	local before

	hold long "$a1" 192.0.2.2 && hold other "$b1" 192.0.2.2 || return
	dvr "$hv" nat replace r1 out ext snat from 10.1.0.0/24 to 203.0.113.12 handle 1 || return
	before=$(lines long)
	asks "$a1" <<<"tcp 192.0.2.2 7000 out 203.0.113.12" && grows other || return
	equal "$(lines long)" "$before" "lines of a connection whose rule changed" &&
		silent "$out" 203.0.113.12 &&
		dvr "$hv" nat replace r1 out ext snat from 10.1.0.0/24 to 203.0.113.10 handle 1 &&
		asks "$a1" <<<"tcp 192.0.2.2 7000 out 203.0.113.10" && grows other
}

# a1_again: after another machine had its addresses.
a1_again() {
	dvr "$hv" port del n1
	ip -n "$hv" link del n1
	sed -n '/^a1 /p' "$TMP/machines" | vms "$hv"
	dvr "$hv" port add a1 segment net1 mac 02:00:00:00:0a:01 addr 10.1.0.10 addr fd00:0:0:1::10
}

# The machine of a port goes, another one gets its addresses.
new_owner() {
	local old port vm

	once start_peer || return
	capture slow "$a1" eth0 -Q in 'udp port 7000' || return
	start slowly "$a1" bash -c 'exec 3<>/dev/udp/192.0.2.2/7000; echo slow >&3; exec cat <&3' \
		>"$TMP/slowly"
	busywait 90 grep -q tick "$TMP/slowly" || return
	end "$slowly" "$slow"
	port=$(port_of slowly)
	old=$(dvr "$hv" -j flow show router r1 port "$port" | jq length)
	equal "$old" 1 "connections of the old machine" || return
	defer a1_again
	dvr "$hv" port del a1 || return
	ip -n "$hv" link del a1
	vms "$hv" <<-VMS
		n1 02:00:00:00:0a:91 10.1.0.10/24 10.1.0.1 fd00:0:0:1::10/64 fd00:0:0:1::1
	VMS
	capture fresh "$n1" eth0 -Q in 'udp port 7000 or (icmp and icmp[0] = 3)' || return
	dvr "$hv" port add n1 segment net1 mac 02:00:00:00:0a:91 addr 10.1.0.10 addr fd00:0:0:1::10 ||
		return
	# It works, and hears nothing that was for another.
	asks "$n1" <<<"tcp 192.0.2.2 7000 out 203.0.113.10" || return
	sleep 1.5
	equal "$(captured fresh)" 0 "packets of an old connection"
}

log_test "the same rules again disturb nothing" reapply
log_test "a deleted rule ends exactly its connections" delete_rule
log_test "a changed rule ends its connections, others live on" replace_rule
log_test "a port's next machine never meets the state of the last" new_owner
last_test "no inside address was seen outside" no_leak a1 10.1.0.10
finish
