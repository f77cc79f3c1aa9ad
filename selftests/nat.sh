#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# NAT with real programs, in the network of natnet.sh.  A sniffer at out and o2
# looks for inside addresses all the time.
#
# shellcheck disable=SC2154,SC2317	# natnet.sh assigns, log_test calls

. "$(dirname "$0")/natnet.sh"

natnet a1 a2 b1 c1 t1 out o2 o3 far
all_rules | dvr "$hv" -b - && sniffers || exit 1

rules() {
	local got

	dvr "$hv" -j nat show r1 >"$TMP/nat"
	cat "$TMP/nat"
	got=$(jq -c '[.[] | select(.handle == 1 or .handle == 5 or .handle == 7 or .handle == 13) |
		[.handle, .kind, .out, .inside, .outside, .dst, .proto, .port_min, .inside_port, .prio]] |
		sort' "$TMP/nat")
	equal "$got" '[[1,"snat","ext","10.1.0.0/24",null,null,null,null,null,300],'`
		`'[5,"forward","ext","10.1.0.11/32","203.0.113.10/32",null,"tcp",8080,7000,200],'`
		`'[7,"none","ext","10.1.0.0/24",null,"192.0.2.99/32",null,null,null,100],'`
		`'[13,"floating","ext","10.2.0.10/32","203.0.113.21/32",null,null,null,null,200]]' \
		rules || return
	equal "$(jq -c '.[] | select(.handle == 1).pool' "$TMP/nat")" \
		'[{"first":"203.0.113.10","last":"203.0.113.10"}]' "the pool"
}

# refused WORDS...: the kernel says no, and what is there stays.
refused() {
	local code=0

	dvr "$hv" "$@" >"$TMP/refused" 2>&1 || code=$?
	cat "$TMP/refused"
	equal "$code" 1 "exit code of $*" || return
	[[ -s $TMP/refused ]] || fail "$*: no words"
}

errors() {
	local before=0

	before=$(dvr "$hv" nat show)
	refused nat add nosuch out ext floating 203.0.113.30 to 10.1.0.30 &&
		refused nat add r1 out nosuch floating 203.0.113.30 to 10.1.0.30 &&
		# no leg there
		refused nat add r1 out ext2 floating 203.0.113.30 to 10.1.0.30 &&
		# another's, on the same segment: floating, snat, forward
		refused nat add r3 out ext floating 203.0.113.21 to 10.3.0.10 &&
		refused nat add r3 out ext snat from 10.3.0.0/24 to 203.0.113.8-203.0.113.12 &&
		refused nat add r3 out ext floating 2001:db8:f::10 to fd00:0:0:3::11 &&
		refused nat add r3 out ext forward tcp 203.0.113.10:99 to 10.3.0.10:99 &&
		# a floating address is nobody else's
		refused nat add r1 out ext snat from 10.7.0.0/24 to 203.0.113.21 &&
		refused nat add r1 out ext floating 203.0.113.10 to 10.1.0.30 &&
		refused nat add r1 out ext floating 203.0.113.21 to 10.1.0.30 &&
		refused nat add r1 out ext forward tcp 203.0.113.21:1 to 10.1.0.30:1 &&
		refused nat add r1 out ext forward tcp 203.0.113.10:8080 to 10.1.0.30:1 &&
		# a handle that is taken, one that is not there
		refused nat add r1 out ext floating 203.0.113.30 to 10.1.0.30 handle 1 &&
		refused nat del r1 handle 4711 &&
		equal "$(dvr "$hv" nat show)" "$before" "rules after errors" || return
	# A batch that fails at its end leaves nothing.
	fails dvr "$hv" -b - <<-DVR || return
		nat add r1 out ext floating 203.0.113.30 to 10.1.0.30
		nat del r1 handle 13
		nat add r1 out ext floating 203.0.113.10 to 10.1.0.31
	DVR
	equal "$(dvr "$hv" nat show)" "$before" "rules after a batch that failed" || return
	# A leg that rules refer to.
	fails dvr "$hv" iface set r1 segment ext addr 10.1.0.1/24 || return
	# The address of a host that a rule is for.
	before=$(dvr "$hv" iface show r1)
	refused iface set r1 segment net1 addr 10.1.0.1/24 addr 10.1.0.11/24 || return
	grep -q 'for a host with this address' "$TMP/refused" || fail "no reason" || return
	refused iface set r1 segment net1 addr fd00:0:0:1::11/64 || return
	equal "$(dvr "$hv" iface show r1)" "$before" "legs"
}

saved() {
	local before

	before=$(dvr "$hv" nat show r1)
	equal "$(dvr "$hv" save | grep -c '^nat add r1 ')" 10 "rules of r1 in save" || return
	# Taken away and given back as shown.
	dvr "$hv" save | grep '^nat add r1 ' >"$TMP/nat"
	sed 's/^nat add r1 .* handle \([0-9]*\).*/nat del r1 handle \1/' "$TMP/nat" |
		dvr "$hv" -b - || return
	equal "$(dvr "$hv" nat show r1)" "" "rules after all were deleted" || return
	dvr "$hv" -b - <"$TMP/nat" || return
	equal "$(dvr "$hv" nat show r1)" "$before" "rules"
}

ping_snat() {
	local dst

	for dst in 192.0.2.2 2001:db8:e::2 192.0.2.3 198.51.100.2 2001:db8:d::2; do
		pings "$a1" "$dst" || return
	done
	pings "$t1" 192.0.2.2 && pings "$t1" 2001:db8:e::2 &&
		pings "$a1" 192.0.2.2 -s 4000 && pings "$a1" 2001:db8:e::2 -s 4000
}

ping_floating() {
	pings "$b1" 192.0.2.2 && pings "$b1" 2001:db8:e::2 &&
		pings "$out" 203.0.113.21 && pings "$out" 2001:db8:f::21 &&
		pings "$out" 192.0.2.20 && pings "$out" 2001:db8:e::20 &&
		pings "$o2" 203.0.113.21 -s 4000 && pings "$o2" 2001:db8:f::21 -s 4000
}

snat() {
	asks "$a1" <<-ASKS
		tcp 192.0.2.2 7000 out 203.0.113.10
		udp 192.0.2.2 7000 out 203.0.113.10
		tcp 192.0.2.3 7000 o2 203.0.113.10
		tcp 2001:db8:e::2 7000 out 2001:db8:f::10
		udp 2001:db8:e::2 7000 out 2001:db8:f::10
	ASKS
}

floating() {
	asks "$b1" <<-ASKS || return
		tcp 192.0.2.2 7000 out 203.0.113.21
		udp 192.0.2.2 7000 out 203.0.113.21
		tcp 2001:db8:e::2 7000 out 2001:db8:f::21
	ASKS
	asks "$a2" <<<"udp 2001:db8:e::2 7000 out 2001:db8:e::20" || return
	asks "$out" <<-ASKS || return
		tcp 203.0.113.21 7000 b1 192.0.2.2
		udp 203.0.113.21 7000 b1 192.0.2.2
		tcp 2001:db8:f::21 7000 b1 2001:db8:e::2
	ASKS
	asks "$o2" <<-ASKS
		tcp 192.0.2.20 7000 a2 192.0.2.3
		udp 2001:db8:e::20 7000 a2 2001:db8:e::3
	ASKS
}

forward() {
	asks "$out" <<<"tcp 203.0.113.10 8080 a2 192.0.2.2" &&
		asks "$o2" <<<"tcp 2001:db8:f::10 8080 a2 2001:db8:e::3" || return
	equal "$(ask "$out" <<<"udp 203.0.113.10 8080")" nothing "UDP to a port of TCP"
}

none() {
	asks "$a1" <<-ASKS || return
		tcp 192.0.2.99 7000 out 10.1.0.10
		udp 2001:db8:e::99 7000 out fd00:0:0:1::10
	ASKS
	equal "$(dvr "$hv" -j flow show router r1 addr 192.0.2.99)" "[]" "connections"
}

hairpin() {
	asks "$b1" <<-ASKS || return
		tcp 203.0.113.21 7000 b1 203.0.113.21
		tcp 192.0.2.20 7000 a2 203.0.113.21
		udp 2001:db8:e::20 7000 a2 2001:db8:f::21
	ASKS
	asks "$a2" <<-ASKS || return
		tcp 2001:db8:f::21 7000 b1 2001:db8:e::20
		tcp 203.0.113.10 8080 a2 192.0.2.20
	ASKS
	asks "$a1" <<-ASKS || return
		tcp 203.0.113.10 8080 a2 203.0.113.10
		tcp 2001:db8:f::10 8080 a2 2001:db8:f::10
		udp 203.0.113.21 7000 b1 203.0.113.10
	ASKS
	pings "$a1" 192.0.2.20 && pings "$b1" 2001:db8:f::21
}

# The host has the inside leg's addresses on the router's netdev, and sends by it.
from_host() {
	local code=0

	dvr "$hv" router set r1 punt on || return
	ip -n "$hv" -batch - <<-IP || return
		addr add 10.1.0.1/32 dev r1
		addr add fd00:0:0:1::1/128 dev r1 nodad
		route add 192.0.2.2/32 dev r1 src 10.1.0.1
		route add 2001:db8:e::2/128 dev r1 src fd00:0:0:1::1
	IP
	on "$hv" sysctl -qw net.ipv4.conf.r1.rp_filter=0 net.ipv4.conf.all.rp_filter=0
	pings "$hv" 192.0.2.2 && pings "$hv" 2001:db8:e::2 && asks "$hv" <<-ASKS || code=1
		tcp 192.0.2.2 7000 out 203.0.113.10
		udp 192.0.2.2 7000 out 203.0.113.10
		tcp 2001:db8:e::2 7000 out 2001:db8:f::10
		udp 2001:db8:e::2 7000 out 2001:db8:f::10
	ASKS
	ip -n "$hv" -batch - <<-IP
		route del 192.0.2.2/32 dev r1
		route del 2001:db8:e::2/128 dev r1
		addr del 10.1.0.1/32 dev r1
		addr del fd00:0:0:1::1/128 dev r1
	IP
	dvr "$hv" router set r1 punt off
	return "$code"
}

# From behind another router of the same external segment, and back.
other_router() {
	asks "$c1" <<-ASKS || return
		tcp 203.0.113.21 7000 b1 203.0.113.130
		udp 2001:db8:f::21 7000 b1 2001:db8:f:1::130
		tcp 203.0.113.10 8080 a2 203.0.113.130
		tcp 192.0.2.20 7000 a2 203.0.113.130
	ASKS
	asks "$a1" <<<"tcp 203.0.113.130 7000 c1 203.0.113.10" &&
		asks "$b1" <<<"tcp 2001:db8:f:1::130 7000 c1 2001:db8:f::21"
}

trace() {
	local how

	need_tool traceroute || return
	for how in -U -I "-T -p 7000"; do
		# shellcheck disable=SC2086
		if [[ $1 = snat ]]; then
			hops "$a1" 203.0.113.130 "10.1.0.1 192.0.2.4 203.0.113.130" $how &&
				hops "$a1" 2001:db8:f:1::130 \
					"fd00:0:0:1::1 2001:db8:e::4 2001:db8:f:1::130" $how
		else
			# The router r0 behind r1 speaks as the host that was asked.
			hops "$out" 203.0.113.21 "192.0.2.1 203.0.113.21 203.0.113.21" $how &&
				hops "$out" 2001:db8:f::21 \
					"2001:db8:e::1 2001:db8:f::21 2001:db8:f::21" $how &&
				hops "$b1" 203.0.113.130 \
					"10.2.0.1 10.9.0.1 192.0.2.4 203.0.113.130" $how
		fi || return
	done
}

# announced ADDR < the text of a capture: it is in an unsolicited one.
announced() {
	case $1 in
	*:*) grep -q "ff02::1: .*neighbor advertisement.* tgt is $1," ;;
	*) grep -q "Request who-has $1 .*tell $1,\|Reply $1 is-at" ;;
	esac
}

answered() {
	local addr got

	need_tool arping ndisc6 || return
	for addr in 203.0.113.10 192.0.2.20 203.0.113.21; do
		got=$(on "$out" arping -f -c 3 -w 3 -I eth0 "$addr" |
			sed -n 's/.*reply from [0-9.]* \[\(.*\)\].*/\1/p' | tr 'A-F' 'a-f')
		equal "$got" 02:00:00:00:ee:01 "the MAC of $addr" || return
	done
	for addr in 2001:db8:f::10 2001:db8:e::20 2001:db8:f::21; do
		got=$(on "$out" ndisc6 -q -1 -w 3000 "$addr" eth0 | tr 'A-F' 'a-f')
		equal "$got" 02:00:00:00:ee:01 "the MAC of $addr" || return
	done
	# Not of what is nobody's, nor on the inside.
	! on "$out" arping -q -f -c 1 -w 1 -I eth0 203.0.113.99 || fail "an answer for .99" || return
	! on "$a1" arping -q -f -c 1 -w 1 -I eth0 203.0.113.21 || fail "an answer inside"
}

all_announced() {
	local addr

	text "$1" >"$TMP/text"
	for addr in "${@:2}"; do
		announced "$addr" <"$TMP/text" || fail "no announcement of $addr" || return
	done
}

announce() {
	local code

	capture garp "$out" eth0 -Q in 'arp or icmp6' || return
	dvr "$hv" -b - <<-DVR || return
		nat add r1 out ext floating 203.0.113.40 to 10.1.0.40 handle 40
		nat add r1 out ext floating 2001:db8:f::40 to fd00:0:0:1::40 handle 41
	DVR
	busywait 20 all_announced garp 203.0.113.40 2001:db8:f::40
	code=$?
	dvr "$hv" -b - <<<"nat del r1 handle 40"$'\n'"nat del r1 handle 41"
	end "$garp"
	[[ $code = 0 ]] || { cat "$TMP/text"; return 1; }
	capture garp "$out" eth0 -Q in 'arp or icmp6' || return
	ip -n "$hv" link set out down
	ip -n "$hv" link set out up
	busywait 20 all_announced garp 203.0.113.10 203.0.113.21 192.0.2.20 2001:db8:f::10 \
		2001:db8:f::21 2001:db8:e::20
	code=$?
	end "$garp"
	[[ $code = 0 ]] || cat "$TMP/text"
	return "$code"
}

stateless() {
	dvr "$hv" flow flush router r1 && dvr "$hv" flow flush router r3 &&
		dvr "$hv" flow flush router r2 || return
	equal "$(on "$hv" conntrack -C)" 0 "entries after a flush" || return
	asks "$a1" <<<"tcp 10.2.0.10 7000 b1 10.1.0.10" && asks "$b1" <<<"udp 10.1.0.11 7000 a2 10.2.0.10" &&
		asks "$a1" <<<"tcp fd00:0:0:2::10 7000 b1 fd00:0:0:1::10" && pings "$b1" fd00:0:0:1::10 &&
		pings "$a1" 10.1.0.1 || return
	equal "$(on "$hv" conntrack -C)" 0 "entries of traffic between segments" &&
		equal "$(dvr "$hv" -j flow show router r1)" "[]" "connections"
}

# Tenants that are the same to the last port, at the same time.
tenants() {
	local who pids=() dst

	need_tool ncat && once start_peer || return
	for who in a1 t1; do
		for dst in 192.0.2.2 2001:db8:e::2; do
			start pid "${!who}" ncat --recv-only -p 5555 "$dst" 7000 >"$TMP/$who.$dst" 2>&1
			pids+=("$pid")
		done
	done
	for who in "a1 out" "t1 o3"; do
		said "${who% *}" "${who#* }" 192.0.2.2 203.0.113.10 &&
			said "${who% *}" "${who#* }" 2001:db8:e::2 2001:db8:f::10 || return
	done
	dvr "$hv" -j flow show port 5555 >"$TMP/flows"
	end "${pids[@]}"
	cat "$TMP/flows"
	equal "$(jq -c 'map([.router, .zone]) | unique' "$TMP/flows")" '[["r1",101],["r2",102]]' \
		"routers and zones" && equal "$(jq length "$TMP/flows")" 4 "connections"
}

# said NAME WHO ADDR SOURCE: that connection is with WHO, who saw SOURCE.
said() {
	busywait 90 grep -q tick "$TMP/$1.$3" || return
	[[ $(head -n 1 "$TMP/$1.$3") = "$2 $4 "* ]] || fail "$1: $(head -n 1 "$TMP/$1.$3")"
}

# What conntrack knows of a zone and what flow show says of the router.
same() {
	local zone router

	need_tool conntrack || return
	asks "$a1" <<<"tcp 192.0.2.2 7000 out 203.0.113.10" && pings "$a1" 192.0.2.2 &&
		asks "$a1" <<<"udp 2001:db8:e::2 7000 out 2001:db8:f::10" || return
	for router in r1=101 r2=102; do
		zone=${router#*=}
		{
			on "$hv" conntrack -L -w "$zone" -f ipv4
			on "$hv" conntrack -L -w "$zone" -f ipv6
		} 2>/dev/null | grep -o 'src=[^ ]* dst=[^ ]*' | sed 's/src=//; s/dst=//' | paste - - |
			tr '\t' ' ' | sort >"$TMP/conntrack"
		dvr "$hv" -j flow show router "${router%=*}" | jq -r '.[] |
			"\(.orig.src) \(.orig.dst) \(.reply.src) \(.reply.dst)"' | sort >"$TMP/flows"
		cat "$TMP/conntrack"
		diff "$TMP/conntrack" "$TMP/flows" >"$TMP/diff" ||
			fail "${router%=*}: $(xargs <"$TMP/diff")" || return
	done
	[[ $(on "$hv" conntrack -L -w 101 2>/dev/null | wc -l) -ge 2 ]] || fail "nothing in zone 101"
}

speed() {
	local dst lost

	need_tool iperf3 || return
	start server "$out" iperf3 -s --forceflush >"$TMP/server" 2>&1
	busywait 10 grep -q listening "$TMP/server" || return
	for dst in 192.0.2.2 2001:db8:e::2; do
		transfer "$a1" "$dst" -n 1M && transfer "$a1" "$dst" -n 1M -R &&
			transfer "$a1" "$dst" -u -b 4M -n 100K -l 1200 || return
		lost=$(jq '.end.sum.lost_percent | floor' "$TMP/iperf")
		((lost < 5)) || fail "$lost % of UDP lost" || return
	done
	transfer "$b1" 192.0.2.2 -n 1M -R
}

# stream NS SERVER ADDR...: 300 kB of TCP arrive.
stream() {
	local addr ns=$1 to=$2 got server

	shift 2
	head -c 300000 /dev/urandom >"$TMP/sent"
	for addr; do
		start server "$to" socat -u TCP6-LISTEN:7001,ipv6only=0,reuseaddr "CREATE:$TMP/got"
		busywait 10 listens "$to" 7001 || return
		[[ $addr != *:* ]] || addr="[$addr]"
		on "$ns" timeout 30 socat -u "OPEN:$TMP/sent" "TCP:$addr:7001" ||
			fail "sending to $addr" || return
		wait "$server"
		got=$(cmp "$TMP/sent" "$TMP/got" 2>&1) || fail "$addr: $got" || return
	done
}

# far has 1300 bytes, and who says so is out, beyond the NAT.
pmtu_outside() {
	need_tool tracepath socat || return
	forget "$a1"
	stream "$a1" "$far" 198.51.100.2 2001:db8:d::2 &&
		told "$a1" 198.51.100.2 1300 && told "$a1" 2001:db8:d::2 1300 || return
	forget "$a1"
	for dst in 198.51.100.2 2001:db8:d::2; do
		on "$a1" tracepath -n "$dst" >"$TMP/path"
		cat "$TMP/path"
		grep -q 'Resume: pmtu 1300' "$TMP/path" || fail "tracepath to $dst" || return
	done
}

# net2 has 1300, and who says so is r0, behind the NAT, or r1 itself.
pmtu_inside() {
	local code

	need_tool socat || return
	dvr "$hv" segment set net2 mtu 1300 || return
	pmtu_in 1300
	code=$?
	dvr "$hv" -b - <<<"segment set net2 mtu 1500"$'\n'"segment set hop mtu 1350"
	[[ $code != 0 ]] || pmtu_in 1350 || code=1
	dvr "$hv" segment set hop mtu 1500
	forget "$out"
	return "$code"
}

pmtu_in() {
	forget "$out"
	stream "$out" "$b1" 203.0.113.21 2001:db8:f::21 &&
		told "$out" 203.0.113.21 "$1" && told "$out" 2001:db8:f::21 "$1" || return
	forget "$out"
	on "$out" ping -n -q -c 2 -i 0.2 -W 1 -M "do" -s 1400 203.0.113.21
	told "$out" 203.0.113.21 "$1"
}

pmtu_leg() {
	local code

	dvr "$hv" segment set ext mtu 1400 || return
	forget "$a1"
	stream "$a1" "$out" 192.0.2.2 2001:db8:e::2 &&
		told "$a1" 192.0.2.2 1400 && told "$a1" 2001:db8:e::2 1400
	code=$?
	dvr "$hv" segment set ext mtu 1500
	forget "$a1"
	return "$code"
}

log_test "rules of every kind are shown" rules
log_test "what the kernel refuses, and that it changes nothing" errors
log_test "save has the rules, they can be deleted and given back" saved
log_test "icmp-1 ping through snat, whole and in fragments, v4 and v6" ping_snat
log_test "icmp-1 ping through floating, from either side, v4 and v6" ping_floating
log_test "TCP and UDP through snat" snat
log_test "TCP and UDP through floating, from either side" floating
log_test "TCP to a forwarded port" forward
log_test "cgn-1 none: exempt destinations see the inside address" none
log_test "udp-7 tcp-6 icmp-7 hairpin: own floating, another's, a forward" hairpin
log_test "what the host sends by the router's netdev is translated, and answered" from_host
log_test "between two routers of one external segment, both translate" other_router
log_test "icmp-9 traceroute by UDP, ICMP and TCP through snat shows every hop" trace snat
log_test "icmp-9 traceroute by UDP, ICMP and TCP through floating, from either side" trace floating
log_test "ARP and ND are answered for all outside addresses, outside" answered
log_test "addresses are announced when a rule and when the port comes" announce
log_test "between inside segments nothing is tracked" stateless
log_test "two tenants with the same addresses, rules and ports at once" tenants
log_test "conntrack -L -w ZONE and flow show tell the same" same
log_test "iperf3, TCP and UDP, through snat and floating" speed
log_test "pmtu-2 a router beyond the NAT is heard inside, TCP and UDP" pmtu_outside
log_test "pmtu-2 routers behind the NAT are heard outside, TCP and ICMP" pmtu_inside
log_test "pmtu-2 the outer leg's MTU is told inside" pmtu_leg
last_test "no inside address was seen outside" no_leak a1 10.1.0.10
finish
