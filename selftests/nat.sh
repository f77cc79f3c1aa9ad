#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# NAT with real programs.
#
#   a1 (snat) -----+                           +-- out 192.0.2.2 -- far
#   a2 (floating) -+-- net1 -- r1 -- ext ------+-- o2  192.0.2.3
#                             |                +-- r3 192.0.2.4 -- net3 -- c1
#   b1 (floating) --- net2 -- r0
#
#   t1 (snat) -- tnet -- r2 -- ext2 -- o3      all as a1, r1 and out have it
#
#   net1 10.1.0.0/24 fd00:0:0:1::/64    hop of r1 and r0 10.9.0.0/24 fd00:0:0:9::/64
#   net2 10.2.0.0/24 fd00:0:0:2::/64    ext 192.0.2.0/24 2001:db8:e::/64
#   net3 10.3.0.0/24 fd00:0:0:3::/64    far 198.51.100.2 2001:db8:d::2, MTU 1300
#
#   a1 203.0.113.10 2001:db8:f::10, port 8080 of them is a2's
#   a2 192.0.2.20 2001:db8:e::20, of the leg's subnet
#   b1 203.0.113.21 2001:db8:f::21
#   c1 203.0.113.130 2001:db8:f:1::130
#
# 192.0.2.99 and 2001:db8:e::99, out's, are exempt.  All the while what comes to
# out and o2 is looked at for inside addresses.
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls
# shellcheck disable=SC2016	# it is another shell that expands

. "$(dirname "$0")/lib.sh"

setup_hv hv
vms "$hv" <<VMS
a1 02:00:00:00:0a:01 10.1.0.10/24 10.1.0.1 fd00:0:0:1::10/64 fd00:0:0:1::1
a2 02:00:00:00:0a:02 10.1.0.11/24 10.1.0.1 fd00:0:0:1::11/64 fd00:0:0:1::1
b1 02:00:00:00:0b:01 10.2.0.10/24 10.2.0.1 fd00:0:0:2::10/64 fd00:0:0:2::1
c1 02:00:00:00:0c:01 10.3.0.10/24 10.3.0.1 fd00:0:0:3::10/64 fd00:0:0:3::1
t1 02:00:00:00:0a:01 10.1.0.10/24 10.1.0.1 fd00:0:0:1::10/64 fd00:0:0:1::1
out 02:00:00:00:0e:02 192.0.2.2/24 - 2001:db8:e::2/64 -
o2 02:00:00:00:0e:03 192.0.2.3/24 - 2001:db8:e::3/64 -
o3 02:00:00:00:0e:02 192.0.2.2/24 - 2001:db8:e::2/64 -
VMS
# The outside believes that all outside addresses are on its link.
for vm in out o2 o3; do
	ip -n "${!vm}" -batch - <<-IP
		route add 203.0.113.0/24 dev eth0
		route add 2001:db8:f::/48 dev eth0
	IP
done
ip -n "$out" -batch - <<IP
addr add 192.0.2.99/24 dev eth0
addr add 2001:db8:e::99/64 dev eth0 nodad preferred_lft 0
route add 10.1.0.0/24 via 192.0.2.1
route add fd00:0:0:1::/64 via 2001:db8:e::1
link add far mtu 1300 type veth peer name far mtu 1500 netns $o2
link set far up
addr add 198.51.100.1/24 dev far
addr add 2001:db8:d::1/64 dev far nodad
IP
ip -n "$o2" -batch - <<IP
link set far up
addr add 198.51.100.2/24 dev far
addr add 2001:db8:d::2/64 dev far nodad
rule add from 198.51.100.2 table 7
route add default via 198.51.100.1 table 7
-6 rule add from 2001:db8:d::2 table 7
route add default via 2001:db8:d::1 table 7
IP
on "$out" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
dvr "$hv" -b - <<DVR || exit 1
router add r0
router add r1 zone 101
router add r2 zone 102
router add r3
segment add net1
segment add net2
segment add net3
segment add hop
segment add tnet
segment add ext
segment add ext2
iface add r1 segment net1 addr 10.1.0.1/24 addr fd00:0:0:1::1/64
iface add r1 segment hop addr 10.9.0.1/24 addr fd00:0:0:9::1/64
iface add r1 segment ext mac 02:00:00:00:ee:01 addr 192.0.2.1/24 addr 2001:db8:e::1/64
iface add r0 segment hop addr 10.9.0.2/24 addr fd00:0:0:9::2/64
iface add r0 segment net2 addr 10.2.0.1/24 addr fd00:0:0:2::1/64
iface add r2 segment tnet addr 10.1.0.1/24 addr fd00:0:0:1::1/64
iface add r2 segment ext2 addr 192.0.2.1/24 addr 2001:db8:e::1/64
iface add r3 segment net3 addr 10.3.0.1/24 addr fd00:0:0:3::1/64
iface add r3 segment ext addr 192.0.2.4/24 addr 2001:db8:e::4/64
route add r0 default via 10.9.0.1
route add r0 ::/0 via fd00:0:0:9::1
route add r1 10.2.0.0/24 via 10.9.0.2
route add r1 fd00:0:0:2::/64 via fd00:0:0:9::2
route add r1 default via 192.0.2.2
route add r1 ::/0 via 2001:db8:e::2
route add r1 203.0.113.128/25 via 192.0.2.4
route add r1 2001:db8:f:1::/64 via 2001:db8:e::4
route add r2 default via 192.0.2.2
route add r2 ::/0 via 2001:db8:e::2
route add r3 203.0.113.0/25 via 192.0.2.1
route add r3 2001:db8:f::/64 via 2001:db8:e::1
route add r3 default via 192.0.2.2
route add r3 ::/0 via 2001:db8:e::2
port add a1 segment net1 mac 02:00:00:00:0a:01 addr 10.1.0.10 addr fd00:0:0:1::10
port add a2 segment net1
port add b1 segment net2
port add c1 segment net3
port add t1 segment tnet
port add out segment ext uplink on
port add o2 segment ext
port add o3 segment ext2
DVR
for r in r0 r1 r2 r3; do echo "link set $r up"; done | ip -n "$hv" -batch -

# The rules of a tenant like r1's, of ROUTER to SEGMENT.
tenant_rules() {
	cat <<-DVR
		nat add $1 out $2 snat from 10.1.0.0/24 to 203.0.113.10 handle 1
		nat add $1 out $2 snat from fd00:0:0:1::/64 to 2001:db8:f::10 handle 2
		nat add $1 out $2 forward tcp 203.0.113.10:8080 to 10.1.0.11:7000 handle 5
		nat add $1 out $2 forward tcp [2001:db8:f::10]:8080 to [fd00:0:0:1::11]:7000 handle 6
		nat add $1 out $2 none from 10.1.0.0/24 to 192.0.2.99/32 handle 7
		nat add $1 out $2 none from fd00:0:0:1::/64 to 2001:db8:e::99/128 handle 8
	DVR
}

rules() {
	local got

	{
		tenant_rules r1 ext
		tenant_rules r2 ext2
		cat <<-DVR
			nat add r1 out ext floating 192.0.2.20 to 10.1.0.11 handle 11
			nat add r1 out ext floating 2001:db8:e::20 to fd00:0:0:1::11 handle 12
			nat add r1 out ext floating 203.0.113.21 to 10.2.0.10 handle 13
			nat add r1 out ext floating 2001:db8:f::21 to fd00:0:0:2::10 handle 14
			nat add r3 out ext floating 203.0.113.130 to 10.3.0.10 handle 1
			nat add r3 out ext floating 2001:db8:f:1::130 to fd00:0:0:3::10 handle 2
		DVR
	} | dvr "$hv" -b - || return
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
	equal "$(dvr "$hv" nat show)" "$before" "rules after a batch that failed"
	# A leg that rules refer to.
	fails dvr "$hv" iface set r1 segment ext addr 10.1.0.1/24
	return 0
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

# ask NS < LINES "tcp|udp ADDR PORT": a line for each, who the server there says
# we are.  One shell asks them all.
ask() {
	on "$1" timeout 15 bash -c 'while read -r proto addr port _; do
		line=
		if exec 3<>"/dev/$proto/$addr/$port"; then
			[[ $proto = tcp ]] || echo hello >&3
			line=$(busybox timeout 4 head -n 1 <&3)
			exec 3>&-
		fi
		echo "${line:-nothing}"
	done' 2>&1
}

# asks NS < LINES "tcp|udp ADDR PORT WHO SOURCE": the server is WHO, and SOURCE
# is what it sees.
asks() {
	local proto addr port who source got

	cat >"$TMP/asks"
	ask "$1" <"$TMP/asks" | grep -v '^bash:' >"$TMP/told"
	while read -r proto addr port who source <&4; do
		read -r got <&5
		[[ $got = "$who $source "* ]] ||
			fail "$proto of $1 to $addr port $port: '$got', not '$who $source'" || return
	done 4<"$TMP/asks" 5<"$TMP/told"
}

start_peer() {
	local vm names=()

	for vm in a1 a2 b1 c1 out o2 o3; do names+=("$vm=${!vm}"); done
	python3 "$(dirname "$0")/natpeer.py" 7000 "${names[@]}" >"$TMP/peer" 2>&1 &
	defer_kill $!
	busywait 60 grep -q ready "$TMP/peer"
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

# The text of what was captured.
text() { tcpdump -n -r "$TMP/$1.pcap" 2>/dev/null; }

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

	need_tool ncat || return
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
	stream "$a1" "$o2" 198.51.100.2 2001:db8:d::2 &&
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

# hold VAR NS ADDR: a long TCP; what it is sent goes to $TMP/VAR.
hold() {
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

	gone=$(dropped "$hv" nat_gone)
	grows long && grows other || return
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

	hold other "$b1" 192.0.2.2 && grows long || return
	dvr "$hv" nat replace r1 out ext snat from 10.1.0.0/24 to 203.0.113.12 handle 1 || return
	before=$(lines long)
	asks "$a1" <<<"tcp 192.0.2.2 7000 out 203.0.113.12" && grows other || return
	equal "$(lines long)" "$before" "lines of a connection whose rule changed" &&
		silent "$out" 203.0.113.12 &&
		dvr "$hv" nat replace r1 out ext snat from 10.1.0.0/24 to 203.0.113.10 handle 1 &&
		asks "$a1" <<<"tcp 192.0.2.2 7000 out 203.0.113.10" && grows other
}

# The machine of a port goes, another one gets its addresses.
new_owner() {
	local old port vm

	capture slow "$a1" eth0 -Q in 'udp port 7000' || return
	start slowly "$a1" bash -c 'exec 3<>/dev/udp/192.0.2.2/7000; echo slow >&3; exec cat <&3' \
		>"$TMP/slowly"
	busywait 90 grep -q tick "$TMP/slowly" || return
	end "$slowly" "$slow"
	port=$(port_of slowly)
	old=$(dvr "$hv" -j flow show router r1 port "$port" | jq length)
	equal "$old" 1 "connections of the old machine" || return
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

# Whatever had an inside address outside; quotes of ICMP, too.
leak='((net 10.0.0.0/8 or net fd00::/8) and not host 192.0.2.99 and not host 2001:db8:e::99)
	or (icmp and (icmp[0] = 3 or icmp[0] = 11) and (icmp[20] = 10 or icmp[24] = 10)
		and not dst host 192.0.2.99)
	or (icmp6 and ip6[40] < 128 and (ip6[56] = 0xfd or ip6[72] = 0xfd)
		and not dst host 2001:db8:e::99)'

sniff() {
	capture leak_out "$out" eth0 -Q in "$leak" && capture leak_o2 "$o2" eth0 -Q in "$leak"
}

# A sniffer that sees what is there: an exempt packet without the exemption.
no_leak() {
	equal "$(captured leak_out)$(captured leak_o2)" 00 "frames with inside addresses outside" ||
		{ text leak_out | head -n 5; text leak_o2 | head -n 5; return 1; }
	capture sees "$out" eth0 -Q in "net 10.0.0.0/8" &&
		asks "$n1" <<<"tcp 192.0.2.99 7000 out 10.1.0.10" || return
	[[ $(captured sees) -gt 0 ]] || fail "a sniffer that sees nothing"
}

log_test "sniffers outside" sniff
log_test "rules of every kind are added and shown" rules
log_test "what the kernel refuses, and that it changes nothing" errors
log_test "save has the rules, they can be deleted and given back" saved
log_test "servers" start_peer
log_test "icmp-1 ping through snat, whole and in fragments, v4 and v6" ping_snat
log_test "icmp-1 ping through floating, from either side, v4 and v6" ping_floating
log_test "TCP and UDP through snat" snat
log_test "TCP and UDP through floating, from either side" floating
log_test "TCP to a forwarded port" forward
log_test "cgn-1 none: exempt destinations see the inside address" none
log_test "udp-7 tcp-6 icmp-7 hairpin: own floating, another's, a forward" hairpin
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
log_test "the same rules again disturb nothing" reapply
log_test "a deleted rule ends exactly its connections" delete_rule
log_test "a changed rule ends its connections, others live on" replace_rule
log_test "a port's next machine never meets the state of the last" new_owner
log_test "no inside address was seen outside" no_leak
finish
