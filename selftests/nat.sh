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

	for dst in "${OUT[$1]}" "${O2[$1]}" "${FAR[$1]}"; do
		pings "$a1" "$dst" || return
	done
	pings "$t1" "${OUT[$1]}" && pings "$a1" "${OUT[$1]}" -s 4000
}

ping_floating() {
	pings "$b1" "${OUT[$1]}" && pings "$out" "${FLOATING[$1]}" && pings "$out" "${OWN[$1]}" &&
		pings "$o2" "${FLOATING[$1]}" -s 4000
}

snat() {
	asks "$a1" <<-ASKS
		tcp ${OUT[$1]} 7000 out ${SNAT[$1]}
		udp ${OUT[$1]} 7000 out ${SNAT[$1]}
		tcp ${O2[$1]} 7000 o2 ${SNAT[$1]}
	ASKS
}

floating() {
	asks "$b1" <<-ASKS || return
		tcp ${OUT[$1]} 7000 out ${FLOATING[$1]}
		udp ${OUT[$1]} 7000 out ${FLOATING[$1]}
	ASKS
	asks "$a2" <<<"udp ${OUT[$1]} 7000 out ${OWN[$1]}" || return
	asks "$out" <<-ASKS || return
		tcp ${FLOATING[$1]} 7000 b1 ${OUT[$1]}
		udp ${FLOATING[$1]} 7000 b1 ${OUT[$1]}
	ASKS
	asks "$o2" <<-ASKS
		tcp ${OWN[$1]} 7000 a2 ${O2[$1]}
		udp ${OWN[$1]} 7000 a2 ${O2[$1]}
	ASKS
}

forward() {
	asks "$out" <<<"tcp ${SNAT[$1]} 8080 a2 ${OUT[$1]}" &&
		asks "$o2" <<<"tcp ${SNAT[$1]} 8080 a2 ${O2[$1]}" || return
	equal "$(ask "$out" <<<"udp ${SNAT[$1]} 8080")" nothing "UDP to a port of TCP"
}

none() {
	asks "$a1" <<-ASKS || return
		tcp ${EXEMPT[$1]} 7000 out ${A1[$1]}
		udp ${EXEMPT[$1]} 7000 out ${A1[$1]}
	ASKS
	equal "$(dvr "$hv" -j flow show router r1 addr "${EXEMPT[$1]}")" "[]" "connections"
}

hairpin() {
	asks "$b1" <<-ASKS || return
		tcp ${FLOATING[$1]} 7000 b1 ${FLOATING[$1]}
		tcp ${OWN[$1]} 7000 a2 ${FLOATING[$1]}
		udp ${OWN[$1]} 7000 a2 ${FLOATING[$1]}
	ASKS
	asks "$a2" <<-ASKS || return
		tcp ${FLOATING[$1]} 7000 b1 ${OWN[$1]}
		tcp ${SNAT[$1]} 8080 a2 ${OWN[$1]}
	ASKS
	asks "$a1" <<-ASKS || return
		tcp ${SNAT[$1]} 8080 a2 ${SNAT[$1]}
		udp ${FLOATING[$1]} 7000 b1 ${SNAT[$1]}
	ASKS
	pings "$a1" "${OWN[$1]}" && pings "$b1" "${FLOATING[$1]}"
}

# The host has the inside leg's addresses on the router's netdev, and sends by it.
from_host() {
	local bits=([4]=32 [6]=128) code=0

	dvr "$hv" router set r1 punt on || return
	ip -n "$hv" -batch - <<-IP || return
		addr add ${GATE[$1]}/${bits[$1]} dev r1 $([[ $1 = 4 ]] || echo nodad)
		route add ${OUT[$1]}/${bits[$1]} dev r1 src ${GATE[$1]}
	IP
	on "$hv" sysctl -qw net.ipv4.conf.r1.rp_filter=0 net.ipv4.conf.all.rp_filter=0
	pings "$hv" "${OUT[$1]}" && asks "$hv" <<-ASKS || code=1
		tcp ${OUT[$1]} 7000 out ${SNAT[$1]}
		udp ${OUT[$1]} 7000 out ${SNAT[$1]}
	ASKS
	ip -n "$hv" -batch - <<-IP
		route del ${OUT[$1]}/${bits[$1]} dev r1
		addr del ${GATE[$1]}/${bits[$1]} dev r1
	IP
	dvr "$hv" router set r1 punt off
	return "$code"
}

# From behind another router of the same external segment, and back.
other_router() {
	asks "$c1" <<-ASKS || return
		tcp ${FLOATING[$1]} 7000 b1 ${BEYOND[$1]}
		udp ${FLOATING[$1]} 7000 b1 ${BEYOND[$1]}
		tcp ${SNAT[$1]} 8080 a2 ${BEYOND[$1]}
		tcp ${OWN[$1]} 7000 a2 ${BEYOND[$1]}
	ASKS
	asks "$a1" <<<"tcp ${BEYOND[$1]} 7000 c1 ${SNAT[$1]}" &&
		asks "$b1" <<<"tcp ${BEYOND[$1]} 7000 c1 ${FLOATING[$1]}"
}

# trace V snat|floating
trace() {
	local how inner=([4]="10.2.0.1 10.9.0.1" [6]="fd00:0:0:2::1 fd00:0:0:9::1")

	need_tool traceroute || return
	for how in -U -I "-T -p 7000"; do
		# shellcheck disable=SC2086
		if [[ $2 = snat ]]; then
			hops "$a1" "${BEYOND[$1]}" "${GATE[$1]} ${LEG3[$1]} ${BEYOND[$1]}" $how
		else
			# The router r0 behind r1 speaks as the host that was asked.
			hops "$out" "${FLOATING[$1]}" \
				"${LEG[$1]} ${FLOATING[$1]} ${FLOATING[$1]}" $how &&
				hops "$b1" "${BEYOND[$1]}" \
					"${inner[$1]} ${LEG3[$1]} ${BEYOND[$1]}" $how
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

# mac_of V NS ADDR: who answers there for an address, by ARP or ND.
mac_of() {
	if [[ $1 = 4 ]]; then
		on "$2" arping -f -c "${4:-3}" -w "${4:-3}" -I eth0 "$3" |
			sed -n 's/.*reply from [0-9.]* \[\(.*\)\].*/\1/p'
	else
		on "$2" ndisc6 -q -1 -w "${4:-3}000" "$3" eth0
	fi | tr 'A-F' 'a-f'
}

answered() {
	local addr nobody=([4]=203.0.113.99 [6]=2001:db8:f::99)

	need_tool arping ndisc6 || return
	for addr in "${SNAT[$1]}" "${OWN[$1]}" "${FLOATING[$1]}"; do
		equal "$(mac_of "$1" "$out" "$addr")" 02:00:00:00:ee:01 "the MAC of $addr" || return
	done
	# Not of what is nobody's, nor on the inside.
	equal "$(mac_of "$1" "$out" "${nobody[$1]}" 1)" "" "an answer for ${nobody[$1]}" &&
		equal "$(mac_of "$1" "$a1" "${FLOATING[$1]}" 1)" "" "an answer inside"
}

all_announced() {
	local addr

	text "$1" >"$TMP/text"
	for addr in "${@:2}"; do
		announced "$addr" <"$TMP/text" || fail "no announcement of $addr" || return
	done
}

announce() {
	local code new=([4]="203.0.113.40 to 10.1.0.40" [6]="2001:db8:f::40 to fd00:0:0:1::40")

	capture garp "$out" eth0 -Q in 'arp or icmp6' || return
	dvr "$hv" -b - <<<"nat add r1 out ext floating ${new[$1]} handle 40" || return
	busywait 20 all_announced garp "${new[$1]%% *}"
	code=$?
	dvr "$hv" nat del r1 handle 40
	end "$garp"
	[[ $code = 0 ]] || { cat "$TMP/text"; return 1; }
	capture garp "$out" eth0 -Q in 'arp or icmp6' || return
	ip -n "$hv" link set out down
	ip -n "$hv" link set out up
	busywait 20 all_announced garp "${SNAT[$1]}" "${FLOATING[$1]}" "${OWN[$1]}"
	code=$?
	end "$garp"
	[[ $code = 0 ]] || cat "$TMP/text"
	return "$code"
}

stateless() {
	dvr "$hv" flow flush router r1 && dvr "$hv" flow flush router r3 &&
		dvr "$hv" flow flush router r2 || return
	equal "$(on "$hv" conntrack -C)" 0 "entries after a flush" || return
	asks "$a1" <<<"tcp ${B1[$1]} 7000 b1 ${A1[$1]}" &&
		asks "$b1" <<<"udp ${A2[$1]} 7000 a2 ${B1[$1]}" && pings "$b1" "${A1[$1]}" &&
		pings "$a1" "${GATE[$1]}" || return
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

iperf_server() {
	start server "$out" iperf3 -s --forceflush >"$TMP/server" 2>&1
	busywait 10 grep -q listening "$TMP/server"
}

speed() {
	local lost

	need_tool iperf3 && once iperf_server || return
	transfer "$a1" "${OUT[$1]}" -n 1M && transfer "$a1" "${OUT[$1]}" -n 1M -R &&
		transfer "$a1" "${OUT[$1]}" -u -b 4M -n 100K -l 1200 || return
	lost=$(jq '.end.sum.lost_percent | floor' "$TMP/iperf")
	((lost < 5)) || fail "$lost % of UDP lost" || return
	transfer "$b1" "${OUT[$1]}" -n 1M -R
}

# stream NS SERVER ADDR: 300 kB of TCP arrive.
stream() {
	local got server

	head -c 300000 /dev/urandom >"$TMP/sent"
	start server "$2" socat -u TCP6-LISTEN:7001,ipv6only=0,reuseaddr "CREATE:$TMP/got"
	busywait 10 listens "$2" 7001 || return
	on "$1" timeout 30 socat -u "OPEN:$TMP/sent" "TCP:$(url "$3"):7001" ||
		fail "sending to $3" || return
	wait "$server"
	got=$(cmp "$TMP/sent" "$TMP/got" 2>&1) || fail "$3: $got"
}

# far has 1300 bytes, and who says so is out, beyond the NAT.
pmtu_outside() {
	local addr=${FAR[$1]}

	need_tool tracepath socat || return
	forget "$a1"
	stream "$a1" "$far" "$addr" && told "$a1" "$addr" 1300 || return
	forget "$a1"
	on "$a1" tracepath -n "$addr" >"$TMP/path"
	cat "$TMP/path"
	grep -q 'Resume: pmtu 1300' "$TMP/path" || fail "tracepath to $addr"
}

# net2 has 1300, and who says so is r0, behind the NAT, or r1 itself.
pmtu_inside() {
	local code

	need_tool socat || return
	dvr "$hv" segment set net2 mtu 1300 || return
	pmtu_in "$1" 1300
	code=$?
	dvr "$hv" -b - <<<"segment set net2 mtu 1500"$'\n'"segment set hop mtu 1350"
	[[ $code != 0 ]] || pmtu_in "$1" 1350 || code=1
	dvr "$hv" segment set hop mtu 1500
	forget "$out"
	return "$code"
}

pmtu_in() {
	local addr=${FLOATING[$1]}

	forget "$out"
	stream "$out" "$b1" "$addr" && told "$out" "$addr" "$2" || return
	forget "$out"
	on "$out" ping -n -q -c 2 -i 0.2 -W 1 -M "do" -s 1400 "$addr"
	told "$out" "$addr" "$2"
}

pmtu_leg() {
	local code

	dvr "$hv" segment set ext mtu 1400 || return
	forget "$a1"
	stream "$a1" "$out" "${OUT[$1]}" && told "$a1" "${OUT[$1]}" 1400
	code=$?
	dvr "$hv" segment set ext mtu 1500
	forget "$a1"
	return "$code"
}

log_test "rules of every kind are shown" rules
log_test "what the kernel refuses, and that it changes nothing" errors
log_test "save has the rules, they can be deleted and given back" saved
both "icmp-1 ping through snat, whole and in fragments" ping_snat
both "icmp-1 ping through floating, from either side" ping_floating
both "TCP and UDP through snat" snat
both "TCP and UDP through floating, from either side" floating
both "TCP to a forwarded port" forward
both "cgn-1 none: exempt destinations see the inside address" none
both "udp-7 tcp-6 icmp-7 hairpin: own floating, another's, a forward" hairpin
both "what the host sends by the router's netdev is translated, and answered" from_host
both "between two routers of one external segment, both translate" other_router
both "icmp-9 traceroute by UDP, ICMP and TCP through snat shows every hop" trace snat
both "icmp-9 traceroute by UDP, ICMP and TCP through floating, from either side" trace floating
both "ARP or ND is answered for all outside addresses, outside" answered
both "addresses are announced when a rule and when the port comes" announce
both "between inside segments nothing is tracked" stateless
log_test "two tenants with the same addresses, rules and ports at once" tenants
log_test "conntrack -L -w ZONE and flow show tell the same" same
both "iperf3, TCP and UDP, through snat and floating" speed
both "pmtu-2 a router beyond the NAT is heard inside, TCP and UDP" pmtu_outside
both "pmtu-2 routers behind the NAT are heard outside, TCP and ICMP" pmtu_inside
both "pmtu-2 the outer leg's MTU is told inside" pmtu_leg
last_test "no inside address was seen outside" no_leak a1 10.1.0.10
finish
