#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# Routes that lead out by devices of the host, here tunnels.
#
#   vm -- segment a -- r1 -- DEV ==== DEV -- far: 198.51.100.0/24,
#         192.0.2.0/24  |   (in hv)           2001:db8:90::/44
#                       |
#   out -- segment b ---+   the host routes answers to r1.  The host forwards
#          203.0.113.0/24   here, so no test checks that it does not
#
# The tunnels run over 198.18.0.0/24 and 2001:db8:ff::/64.  The one called NAME
# has the N-th /28 and /64 behind it.
#
# shellcheck disable=SC2154,SC2317	# setup_ns assigns, log_test calls

. "$(dirname "$0")/lib.sh"

KINDS=(gre sit ipip gre6 any6 wg)
setup_ns hv far
vms "$hv" <<VMS
vm 02:00:00:00:01:0a 192.0.2.10/24 192.0.2.1 2001:db8:1::10/64 2001:db8:1::1
out 02:00:00:00:02:0a 203.0.113.10/24 - 2001:db8:3::10/64 -
VMS
dvr "$hv" -b - <<DVR || exit 1
router add r1
segment add a
segment add b
iface add r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64
iface add r1 segment b addr 203.0.113.1/24 addr 2001:db8:3::1/64
port add vm segment a mac 02:00:00:00:01:0a addr 192.0.2.10 addr 2001:db8:1::10
port add out segment b mac 02:00:00:00:02:0a addr 203.0.113.10 addr 2001:db8:3::10
DVR

v4() { echo "198.51.100.$((16 * $1 + 1))"; }
v6() { echo "2001:db8:9$1::1"; }
number() {
	local i

	for i in "${!KINDS[@]}"; do
		[[ ${KINDS[i]} != "$1" ]] || echo "$i"
	done
}

# tunnel NAME LOCAL REMOTE: ip link's words for one end; LOCAL and REMOTE are
# the last digits of the addresses.
tunnel() {
	local ends4="local 198.18.0.$2 remote 198.18.0.$3"
	local ends6="local 2001:db8:ff::$2 remote 2001:db8:ff::$3"

	case $1 in
	gre|sit|ipip) echo "link add $1 type $1 $ends4" ;;
	gre6) echo "link add $1 type ip6gre $ends6 encaplimit none" ;;
	any6) echo "link add $1 type ip6tnl mode any $ends6 encaplimit none" ;;
	wg) echo "link add wg type wireguard" ;;
	esac
	echo "link set $1 up"
}

setup_far() {
	local i name ns digit=1

	ip link add under netns "$hv" type veth peer name under netns "$far" || return
	for ns in "$hv" "$far"; do
		on "$ns" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
		ip -n "$ns" -batch - <<-IP || return
			link set lo up
			link set under up
			addr add 198.18.0.$digit/24 dev under
			addr add 2001:db8:ff::$digit/64 dev under nodad
		IP
		digit=2
	done
	for i in "${!KINDS[@]}"; do
		name=${KINDS[i]}
		tunnel "$name" 1 2 | ip -n "$hv" -batch - || return
		tunnel "$name" 2 1 | ip -n "$far" -batch - || return
		ip -n "$far" -batch - <<-IP || return
			addr add $(v4 "$i") dev lo
			addr add $(v6 "$i") dev lo nodad
		IP
	done
	# The way back: what is for the tenant goes to its router.
	ip -n "$hv" -batch - <<-IP
		route add 192.0.2.0/24 dev r1
		route add 2001:db8:1::/64 dev r1
		route add 203.0.113.0/24 dev r1
		route add 2001:db8:3::/64 dev r1
	IP
}

wg_keys() {
	local here there

	need_tool wg || return
	here=$(wg genkey) there=$(wg genkey)
	on "$hv" wg set wg listen-port 51820 private-key <(echo "$here") \
		peer "$(wg pubkey <<<"$there")" endpoint 198.18.0.2:51820 \
		allowed-ips "198.51.100.0/24,2001:db8:90::/44" || return
	on "$far" wg set wg listen-port 51820 private-key <(echo "$there") \
		peer "$(wg pubkey <<<"$here")" endpoint 198.18.0.1:51820 \
		allowed-ips "192.0.2.0/24,203.0.113.0/24,2001:db8:1::/64,2001:db8:3::/64"
}

# families NAME: what the tunnel carries.
families() { case $1 in sit) echo 6 ;; ipip) echo 4 ;; *) echo "4 6" ;; esac; }

# back NAME: far answers by this tunnel.
back() {
	local dst

	[[ $1 != wg ]] || once wg_keys || return
	for dst in 192.0.2.0/24 203.0.113.0/24; do
		[[ $1 = sit ]] || ip -n "$far" route replace "$dst" dev "$1"
	done
	for dst in 2001:db8:1::/64 2001:db8:3::/64; do
		[[ $1 = ipip ]] || ip -n "$far" route replace "$dst" dev "$1"
	done
	return 0
}

# beyond V NAME: the address behind it.
beyond() { "v$1" "$(number "$2")"; }

VM=([4]=192.0.2.10 [6]=2001:db8:1::10)
prefix() { [[ $1 = *:* ]] && echo "${1%1}/64" || echo "${1%.*}.$((${1##*.} - 1))/28"; }

add_routes() {
	local name v

	for name in "${KINDS[@]}"; do
		for v in $(families "$name"); do
			echo "route add r1 $(prefix "$(beyond "$v" "$name")") dev $name"
		done
	done | dvr "$hv" -b -
}

# state DEV: of the next hops by it; every hop is a line here.
state() {
	dvr "$hv" -j route show r1 | sed 's/}/}\n/g' |
		sed -n "/\"dev\": *\"$1\"/s/.*\"state\": *\"\([^\"]*\)\".*/\1/p" |
		sort -u | paste -s -d , -
}
state_is() { equal "$(state "$1")" "$2" "state of $1"; }

# The router is one hop, the host on the way back is one.
both_ways() {
	local addr

	back "$2" || return
	addr=$(beyond "$1" "$2")
	pings "$vm" "$addr" && pings "$far" "${VM[$1]}" -I "$addr" &&
		silent "$vm" "$addr" -t 1 && pings "$vm" "$addr" -t 2 &&
		silent "$far" "${VM[$1]}" -I "$addr" -t 1 &&
		pings "$far" "${VM[$1]}" -I "$addr" -t 2
}

# Whole packets of TCP are cut by the device, checksums are made there.
stream() {
	need_tool socat || return
	back "$2" || return
	tcp_arrives "$vm" "$far" 400000 30 "$(beyond "$1" "$2")"
}

# mtu NAME: of the device, as packets and "route get" see it.
mtu() { ip -n "$hv" -j link show "$1" | field mtu; }

pmtu() {
	local addr want before

	back "$2" || return
	addr=$(beyond "$1" "$2")
	defer ip -n "$hv" link set "$2" mtu "$(mtu "$2")"
	defer forget "$vm"
	ip -n "$hv" link set "$2" mtu 1320
	for want in 1320 1300; do
		ip -n "$hv" link set "$2" mtu "$want"
		forget "$vm"
		before=$(dropped "$hv" too_big)
		on "$vm" ping -n -c 2 -i 0.2 -W 1 -M "do" -s 1400 "$addr"
		told "$vm" "$addr" "$want" || return
		[[ $(dropped "$hv" too_big) -gt $before ]] || fail "not counted" || return
		equal "$(dvr "$hv" -j route get r1 "$addr" | field mtu)" "$want" \
			"MTU that route get tells" || return
		pings "$vm" "$addr" -M "do" -s 1250 || return
	done
}

# Without DF, and what IPv6 hosts cut themselves.
fragments() {
	local addr

	back "$2" || return
	forget "$vm"
	addr=$(beyond "$1" "$2")
	[[ $1 = 4 ]] || on "$vm" ping -n -c 1 -W 1 -s 4000 "$addr"
	pings "$vm" "$addr" -M dont -s 4000
}

# Who is behind the tunnel hears of a small segment, from the leg's address.
pmtu_back() {
	local addr

	back "$2" || return
	addr=$(beyond "$1" "$2")
	defer forget "$far"
	defer dvr "$hv" segment set a mtu 1500
	dvr "$hv" segment set a mtu 1280 || return
	forget "$far"
	on "$far" ping -n -c 2 -i 0.2 -W 1 -M "do" -s 1380 -I "$addr" "${VM[$1]}"
	equal "$(ip -n "$far" -j route get "${VM[$1]}" from "$addr" | field mtu)" 1280 \
		"path MTU of far"
}

# unreachable ADDR: so the router says, and counts what it dropped.
unreachable() {
	local before

	before=$(dropped "$hv" port_down)
	on "$vm" ping -n -c 1 -W 1 "$1" >"$TMP/ping"
	cat "$TMP/ping"
	grep -qi unreachable "$TMP/ping" || fail "no ICMP error about $1" || return
	[[ $(dropped "$hv" port_down) -gt $before ]] || fail "not counted"
}

down() {
	local addr

	back "$2" || return
	addr=$(beyond "$1" "$2")
	defer ip -n "$hv" link set "$2" up
	ip -n "$hv" link set "$2" down
	state_is "$2" down && unreachable "$addr" || return
	ip -n "$hv" link set "$2" up
	state_is "$2" up && pings "$vm" "$addr"
}

# It goes and comes back while packets are on their way.
gone() {
	local addr ping before

	back "$2" || return
	addr=$(beyond "$1" "$2")
	before=$(dropped "$hv" port_down)
	start ping "$vm" ping -n -q -i 0.002 "$addr"
	sleep 0.3
	ip -n "$hv" link del "$2"
	sleep 0.3
	state_is "$2" absent || return
	[[ $(dropped "$hv" port_down) -gt $before ]] || fail "not counted" || return
	tunnel "$2" 1 2 | ip -n "$hv" -batch - || return
	end "$ping"
	state_is "$2" up && pings "$vm" "$addr" && pings "$far" "${VM[$1]}" -I "$addr"
}

# xfrm_end NS LOCAL REMOTE: one end of an IPsec tunnel, as in tunnel().
xfrm_end() {
	local key='rfc4106(gcm(aes))' secret=0x000102030405060708090a0b0c0d0e0f10111213
	local out="src 198.18.0.$2 dst 198.18.0.$3" in="src 198.18.0.$3 dst 198.18.0.$2" all

	ip -n "$1" link add x0 type xfrm dev under if_id 7 || return
	ip -n "$1" link set x0 up
	ip -n "$1" -batch - <<-IP || return
		xfrm state add $out proto esp spi $2 reqid 7 mode tunnel aead $key $secret 128 if_id 7 flag af-unspec
		xfrm state add $in proto esp spi $3 reqid 7 mode tunnel aead $key $secret 128 if_id 7 flag af-unspec
	IP
	for all in 0.0.0.0/0 ::/0; do
		ip -n "$1" -batch - <<-IP || return
			xfrm policy add src $all dst $all dir out if_id 7 tmpl $out proto esp reqid 7 mode tunnel
			xfrm policy add src $all dst $all dir in if_id 7 tmpl $in proto esp reqid 7 mode tunnel
			xfrm policy add src $all dst $all dir fwd if_id 7 tmpl $in proto esp reqid 7 mode tunnel
		IP
	done
}

xfrm() {
	local ns nets=([4]=198.51.100.0/28 [6]=2001:db8:90::/64) ends=([4]=198.51.100.1 [6]=2001:db8:90::1)

	defer ip -n "$hv" link del x0
	defer ip -n "$far" link del x0
	for ns in "$hv" "$far"; do
		defer ip -n "$ns" xfrm state flush
		defer ip -n "$ns" xfrm policy flush
	done
	xfrm_end "$hv" 1 2 && xfrm_end "$far" 2 1 || return 4
	back x0
	defer dvr "$hv" route replace r1 "${nets[$1]}" dev gre
	dvr "$hv" route replace r1 "${nets[$1]}" dev x0 || return
	# It looks for a way of the host's, which only IPv4 does without.
	[[ $1 = 4 ]] || ip -n "$hv" route add 2001:db8:90::/64 dev x0
	pings "$vm" "${ends[$1]}" && pings "$far" "${VM[$1]}" -I "${ends[$1]}" || return
	[[ $(ip -n "$hv" -j -s link show x0 | jq '.[0].stats64.tx.packets') -ge 1 ]] ||
		fail "not by x0"
}

# A route names a device: another name, or namespace, and it is not there.
renamed() {
	dvr "$hv" route add r1 198.51.100.240/28 dev d0 || return
	state_is d0 absent || return
	ip -n "$hv" link add d1 up type dummy
	state_is d0 absent || return
	ip -n "$hv" link set d1 down
	ip -n "$hv" link set d1 name d0
	state_is d0 down || return
	ip -n "$hv" link set d0 up
	state_is d0 up || return
	ip -n "$hv" link set d0 netns "$far"
	state_is d0 absent || return
	ip -n "$far" link set d0 netns "$hv"
	ip -n "$hv" link set d0 up
	state_is d0 up || return
	# One that will not do takes the name.
	ip -n "$hv" link del d0
	ip -n "$hv" link add d0 type veth peer name d1
	state_is d0 refused || return
	dvr "$hv" route show r1 | grep -F '# refused (an Ethernet device needs a neighbour;' || return
	ip -n "$hv" link del d0
	dvr "$hv" route del r1 198.51.100.240/28
}

# An Ethernet device without ARP gets frames, as from the host itself.
dummy() {
	ip -n "$hv" link add d0 address 02:00:00:00:0d:00 type dummy
	ip -n "$hv" link set d0 up
	dvr "$hv" route add r1 198.51.100.240/28 dev d0 || return
	capture frames "$hv" d0 icmp
	silent "$vm" 198.51.100.241
	[[ $(captured frames ether dst 02:00:00:00:0d:00 and ether src 02:00:00:00:0d:00 \
		and dst 198.51.100.241) -gt 0 ]] || fail "no frame at the dummy" || return
	dvr "$hv" route del r1 198.51.100.240/28
	ip -n "$hv" link del d0
}

# A tun that no program has open has no carrier.
no_carrier() {
	ip -n "$hv" tuntap add t0 mode tun || return 4
	ip -n "$hv" link set t0 up
	dvr "$hv" route add r1 198.51.100.240/28 dev t0 || return
	state_is t0 down || return
	unreachable 198.51.100.241 || return
	dvr "$hv" route del r1 198.51.100.240/28
	ip -n "$hv" link del t0
}

# refused WORDS DEV: the kernel says WORDS.
refused() {
	dvr "$hv" route add r1 198.51.100.240/28 dev "$2" 2>"$TMP/said" &&
		fail "$2 was taken"
	cat "$TMP/said"
	grep -q "$2: .*$1" "$TMP/said" || fail "$2: not the sentence that was expected"
}

bad_devices() {
	ip -n "$hv" -batch - <<-IP
		link add many type gre local 198.18.0.1
		link property add dev gre altname other
		link add r2 type dvr
	IP
	refused 'Ethernet device needs a neighbour; make it a port' under &&
		refused 'belongs to a port' vm && refused loopback lo && refused 'iface on one segment' r1 &&
		refused 'iface on one segment' r2 && refused 'needs a neighbour' many &&
		refused 'alternative name' other || return
	ip -n "$hv" link del many
	ip -n "$hv" link del r2
	equal "$(dvr "$hv" route show r1 198.51.100.240/28)" "" "what is left of it"
}

shown() {
	equal "$(dvr "$hv" route show r1 198.51.100.0/28)" \
		"r1 198.51.100.0/28 dev gre # up" "what show tells" || return
	dvr "$hv" -j route get r1 198.51.100.1 | jq -e '.[0] | .dev == "gre" and .mtu > 1000 and
		.route.dst == "198.51.100.0/28" and (has("gateway") | not)' ||
		fail "route get: $(dvr "$hv" -j route get r1 198.51.100.1)"
}

saved() {
	local before

	before=$(dvr "$hv" save) || return
	grep -qx 'route add r1 198.51.100.0/28 dev gre' <<<"$before" || fail "save: $before" || return
	# One device is not there when the host starts.
	ip -n "$hv" link del sit
	dvr "$hv" router del r1 && dvr "$hv" route show || return
	grep -E '^(router|iface|route) ' <<<"$before" | dvr "$hv" -b - || return
	equal "$(dvr "$hv" save)" "$before" "what save tells after it was restored" || return
	ip -n "$hv" link set r1 up
	ip -n "$hv" -batch - <<-IP
		route add 192.0.2.0/24 dev r1
		route add 2001:db8:1::/64 dev r1
		route add 203.0.113.0/24 dev r1
		route add 2001:db8:3::/64 dev r1
	IP
	state_is sit absent || return
	tunnel sit 1 2 | ip -n "$hv" -batch -
	state_is sit up && both_ways 6 sit && both_ways 4 gre && both_ways 6 gre
}

events() {
	local monitor

	start monitor "$hv" "$DVRADM" monitor route >"$TMP/events"
	sleep 0.5
	# What is so already is no change.
	dvr "$hv" route replace r1 198.51.100.0/28 dev gre || return
	dvr "$hv" route add r1 198.51.100.240/28 dev gre metric 7 || return
	dvr "$hv" route del r1 198.51.100.240/28 || return
	sleep 0.5
	end "$monitor"
	cat "$TMP/events"
	equal "$(wc -l <"$TMP/events")" 2 "number of events" || return
	equal "$(grep -c 'r1 198.51.100.240/28 dev gre metric 7' "$TMP/events")" 2 "events"
}

replaced() {
	local net=198.51.100.0/28 addr=198.51.100.1

	back gre && once wg_keys || return
	dvr "$hv" route replace r1 "$net" via 203.0.113.10 && silent "$vm" "$addr" || return
	dvr "$hv" route replace r1 "$net" dev gre && pings "$vm" "$addr" || return
	dvr "$hv" route replace r1 "$net" blackhole && silent "$vm" "$addr" || return
	dvr "$hv" route replace r1 "$net" dev wg && pings "$vm" "$addr" || return
	equal "$(dvr "$hv" route show r1 "$net")" "r1 $net dev wg # up" "the route" || return
	dvr "$hv" route replace r1 "$net" dev gre && pings "$vm" "$addr"
}

batch() {
	local before

	before=$(dvr "$hv" route show)
	fails dvr "$hv" -b - <<-DVR || return
		route add r1 198.51.100.240/28 dev gre
		route replace r1 198.51.100.0/28 dev ipip
		route add r1 198.51.100.224/28 dev lo
	DVR
	equal "$(dvr "$hv" route show)" "$before" "routes after a batch that was refused"
}

# NAT belongs to legs, but an inside host may be behind a device.
nat() {
	local addr

	back gre
	dvr "$hv" -b - <<-DVR || return
		nat add r1 out b floating 203.0.113.50 to 198.51.100.1
		nat add r1 out b snat from 198.51.100.16/28 to 203.0.113.60
	DVR
	ip -n "$far" addr add 198.51.100.17 dev lo 2>/dev/null
	dvr "$hv" route replace r1 198.51.100.16/28 dev gre || return
	for addr in 1 2 3; do
		pings "$out" 203.0.113.50 || return
	done
	pings "$far" 203.0.113.10 -I 198.51.100.1 &&
		pings "$far" 203.0.113.10 -I 198.51.100.17 || return
	equal "$(dropped "$hv" nat_clash)" 0 "clashes" || return
	dvr "$hv" nat del r1 handle 1 && dvr "$hv" nat del r1 handle 2 &&
		dvr "$hv" route del r1 198.51.100.16/28
}

# A source behind a device is not behind a leg; what the host sends is exempt.
rpf() {
	local before

	back gre
	dvr "$hv" iface set r1 segment a rpf strict || return
	pings "$vm" 198.51.100.1 && pings "$far" 192.0.2.10 -I 198.51.100.1 || return
	dvr "$hv" port set vm addr 192.0.2.10 addr 2001:db8:1::10 addr 198.51.100.14
	ip -n "$vm" addr add 198.51.100.14/32 dev eth0
	before=$(dropped "$hv" rpf)
	silent "$vm" 203.0.113.10 -I 198.51.100.14 || return
	[[ $(dropped "$hv" rpf) -gt $before ]] || fail "not counted as rpf" || return
	ip -n "$vm" addr del 198.51.100.14/32 dev eth0
	dvr "$hv" port set vm addr 192.0.2.10 addr 2001:db8:1::10
	dvr "$hv" iface set r1 segment a rpf off
}

# Router, tunnel, far, tunnel, host, router: the TTL ends it.
loop() {
	local before after

	ip -n "$far" route add 198.51.100.240/28 dev gre
	ip -n "$hv" route add 198.51.100.240/28 dev r1
	dvr "$hv" route add r1 198.51.100.240/28 dev gre || return
	before=$(dvr "$hv" -j -s router show r1 | jq '.[0].stats.tx_packets')
	silent "$vm" 198.51.100.241 -t 64
	after=$(dvr "$hv" -j -s router show r1 | jq '.[0].stats.tx_packets')
	echo "sent $((after - before))"
	[[ $((after - before)) -gt 40 && $((after - before)) -lt 400 ]] || fail "rounds" || return
	ip -n "$hv" route del 198.51.100.240/28 dev r1
	dvr "$hv" route del r1 198.51.100.240/28
}

# The same without a TTL on the way: a VRF gives it straight back to the router.
vrf_loop() {
	ip -n "$hv" link add v0 type vrf table 10 || return 4
	ip -n "$hv" link set v0 up
	ip -n "$hv" route add 198.51.100.240/28 dev r1 table 10
	dvr "$hv" route add r1 198.51.100.240/28 dev v0 || return
	silent "$vm" 198.51.100.241 || return
	ip -n "$hv" link del v0
	dvr "$hv" route del r1 198.51.100.240/28
}

# A router that goes lets its devices go, and so does a namespace.
let_go() {
	local ns=$FILE-gone

	ip netns add "$ns"
	ip -n "$ns" link add d0 type dummy
	dvr "$ns" -b - <<-DVR || return
		router add r1
		router add r2
		route add r1 198.51.100.0/24 dev d0
		route add r2 198.51.100.0/24 dev d0
		route add r2 2001:db8:90::/44 dev d1
	DVR
	dvr "$ns" router del r1 || return
	timeout 20 ip -n "$ns" link del d0 || fail "the device is held" || return
	ip -n "$ns" link add d1 type dummy
	timeout 30 ip netns del "$ns" || fail "the namespace is held"
}

setup_far && add_routes || exit 1
for kind in "${KINDS[@]}"; do
	for v in $(families "$kind"); do
		log_test "$kind: there and back, one hop each way (IPv$v)" both_ways "$v" "$kind"
	done
done
both "TCP over WireGuard" stream wg
both "TCP over gre" stream gre
both "pmtu-1 a sender learns the MTU of the device, and a new one" pmtu gre
both "pmtu-1 the same of WireGuard" pmtu wg
both "1812-17 what is longer is cut, by us or by the sender" fragments gre
both "who is behind a device learns the MTU of a segment" pmtu_back gre
both "a device that is down: counted, told by ICMP" down gre
log_test "a device without carrier is down" no_carrier
both "a device goes and comes under traffic" gone gre
both "an xfrm interface" xfrm
log_test "the route is bound to whatever has the name" renamed
log_test "a dummy gets frames" dummy
log_test "devices that will not do are refused with a sentence" bad_devices
log_test "show and route get tell the device" shown
log_test "events tell the device; what is equal is no event" events
log_test "replace from and to other kinds of route" replaced
log_test "a batch is whole or not at all" batch
log_test "save and restore, with a device that is missing" saved
log_test "NAT of hosts behind a device, both ways" nat
log_test "1812-23 a source behind a device fails the reverse path of a leg" rpf
log_test "a loop through a tunnel ends" loop
log_test "a loop through a VRF ends" vrf_loop
log_test "nothing holds a device when its routes are gone" let_go
finish
