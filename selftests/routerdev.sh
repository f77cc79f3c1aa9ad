#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# The router's netdev: tcpdump, counters, packets from the host, up and down.
#
#   a1 -- net1 -- r1 -- net2 -- a2
#                 |
#          the host's stack (ip route ... dev r1, punt)
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

setup_hv hv
vms "$hv" <<VMS
a1 02:00:00:00:0a:01 192.0.2.10/24 192.0.2.1 2001:db8:1::10/64 2001:db8:1::1
a2 02:00:00:00:0a:02 198.51.100.10/24 198.51.100.1 2001:db8:2::10/64 2001:db8:2::1
VMS
dvr "$hv" -b - <<DVR || exit 1
router add r1
segment add net1
segment add net2
iface add r1 segment net1 addr 192.0.2.1/24 addr 2001:db8:1::1/64
iface add r1 segment net2 addr 198.51.100.1/24 addr 2001:db8:2::1/64
port add a1 segment net1 mac 02:00:00:00:0a:01 addr 192.0.2.10 addr 2001:db8:1::10
port add a2 segment net2 mac 02:00:00:00:0a:02 addr 198.51.100.10 addr 2001:db8:2::10
DVR
ip -n "$hv" link set r1 up

kind() {
	local got

	got=$(ip -n "$hv" -d -j link show r1 |
		jq -r '.[0] | [.linkinfo.info_kind, .link_type, (.flags | index("NOARP") != null)] | @csv')
	echo "$got"
	[[ $got = '"dvr",'*',true' ]] || fail "not a dvr device without ARP: $got"
}

# count rx|tx packets|bytes: a counter of r1.
count() { ip -n "$hv" -s -j link show r1 | jq ".[0].stats64.$1.$2"; }

A2=([4]=198.51.100.10 [6]=2001:db8:2::10)
GATE=([4]=192.0.2.1 [6]=2001:db8:1::1)

counters() {
	local rx tx bytes got

	rx=$(count rx packets) tx=$(count tx packets) bytes=$(count rx bytes)
	on "$a1" ping -n -q -c 5 -i 0.1 -s 100 "${A2[$1]}" || fail "ping" || return
	got=$(($(count rx packets) - rx + $(count tx packets) - tx))
	((got >= 10)) || fail "$got packets counted for 10 routed" || return
	got=$(($(count rx bytes) - bytes))
	((got >= 5 * 128)) || fail "$got bytes counted" || return
	got=$(dvr "$hv" -j -s router show r1 | field rx_packets)
	((got >= 10)) || fail "dvradm -s counts $got" || return
	got=$(dvr "$hv" -j -s port show a1 | jq '.[0].stats | .rx_packets, .tx_packets' | xargs)
	echo "port a1: $got"
	read -r rx tx <<<"$got"
	((rx >= 5 && tx >= 5)) || fail "port counts $got"
}

sniff() {
	local n echoes=([4]=icmp [6]='icmp6 and ip6[40] >= 128 and ip6[40] <= 129')

	capture on_r1 "$hv" r1 || return
	on "$a1" ping -n -q -c 3 -i 0.1 -s 150 "${A2[$1]}" || fail "ping" || return
	sleep 0.2
	n=$(captured on_r1 "${echoes[$1]}")
	equal "$n" 6 "ICMP packets seen on r1" || return
	n=$(frames on_r1 arp)
	equal "$n" 0 "ARP seen on r1"
}

# The host takes the router's address, and has a way into the tenant.
host_joins() {
	ip -n "$hv" -batch - <<-IP || return
		addr add 192.0.2.1/32 dev r1
		addr add 2001:db8:1::1/128 dev r1 nodad
		route add 198.51.100.0/24 dev r1
		route add 192.0.2.0/24 dev r1
		route add 2001:db8:2::/64 dev r1
		route add 2001:db8:1::/64 dev r1
	IP
}

host_leaves() {
	ip -n "$hv" addr flush dev r1
	ip -n "$hv" route flush dev r1
	ip -n "$hv" -6 route flush dev r1
	dvr "$hv" router set r1 punt off
}

host_in() {
	defer host_leaves
	host_joins || return
	dvr "$hv" router set r1 punt on || return
	pings "$hv" "${A2[$1]}" -I "${GATE[$1]}"
}

# A server of the host on the router's own address.
serve() {
	start tcp "$hv" socat -t 30 "TCP6-LISTEN:8080,fork,ipv6only=0,reuseaddr" SYSTEM:'echo from the host'
	start udp4 "$hv" socat -t 30 "UDP4-LISTEN:8081,bind=192.0.2.1,fork" SYSTEM:'echo from the host'
	start udp6 "$hv" socat -t 30 "UDP6-LISTEN:8081,bind=[2001:db8:1::1],fork" \
		SYSTEM:'echo from the host'
	busywait 10 listens "$hv" 8080
}

# asks PROTO ADDR PORT: what the server says to a1.
asks() {
	patience
	echo hello | on "$a1" timeout $((5 * PATIENCE)) socat -t "$PATIENCE" -T "$PATIENCE" - "$1:$2:$3" 2>&1
}

# Its address, as socat has it.
URL=([4]=192.0.2.1 [6]='[2001:db8:1::1]')

punt_on() {
	need_tool socat || return
	defer host_leaves
	host_joins && once serve || return
	dvr "$hv" router set r1 punt on || return
	equal "$(asks TCP "${URL[$1]}" 8080)" "from the host" "TCP" &&
		equal "$(asks UDP "${URL[$1]}" 8081)" "from the host" "UDP" &&
		pings "$a1" "${GATE[$1]}" && pings "$a1" "${GATE[$1]}" -s 4000
}

punt_off() {
	local before

	need_tool socat || return
	defer host_leaves
	host_joins && once serve || return
	before=$(dropped "$hv" local_proto)
	dvr "$hv" router set r1 punt off || return
	[[ $(asks TCP "${URL[$1]}" 8080) != "from the host" ]] || fail "TCP reached the host" || return
	[[ $(asks UDP "${URL[$1]}" 8081) != "from the host" ]] || fail "UDP reached the host" || return
	(($(dropped "$hv" local_proto) > before)) || fail "no local_proto counted" || return
	pings "$a1" "${GATE[$1]}"
}

down() {
	local before

	before=$(dropped "$hv" router_down)
	defer ip -n "$hv" link set r1 up
	ip -n "$hv" link set r1 down
	silent "$a1" 198.51.100.10 && silent "$a1" 2001:db8:2::10 || return
	(($(dropped "$hv" router_down) >= before + 4)) || fail "no router_down counted" || return
	equal "$(dvr "$hv" -j router show r1 | field up)" false "up in show"
}

up() {
	ip -n "$hv" link set r1 down
	ip -n "$hv" link set r1 up
	busywait 5 pings "$a1" 198.51.100.10 && pings "$a1" 2001:db8:2::10 || return
	equal "$(dvr "$hv" -j router show r1 | field up)" true "up in show" || return
	# A router that was down has forgotten nothing but its host's routes.
	equal "$(dvr "$hv" -j iface show r1 | jq length)" 2 "ifaces"
}

own_name() {
	dvr "$hv" router add a-router-with-a-name-too-long-for-a-netdev dev r9 &&
		ip -n "$hv" link show r9 >/dev/null || return
	equal "$(dvr "$hv" -j router show a-router-with-a-name-too-long-for-a-netdev |
		field ifname)" r9 "ifname" || return
	# The netdev may be renamed; the router keeps its name.
	ip -n "$hv" link set r9 down
	ip -n "$hv" link set r9 name r10 || return
	equal "$(dvr "$hv" -j router show a-router-with-a-name-too-long-for-a-netdev |
		field ifname)" r10 "ifname after a rename" || return
	dvr "$hv" router del a-router-with-a-name-too-long-for-a-netdev || return
	fails ip -n "$hv" link show r10
}

link_add() {
	ip -n "$hv" link add r2 type dvr && ip -n "$hv" link set r2 up || return
	dvr "$hv" -j router show r2 | jq -e '.[0].name == "r2"' || fail "not shown" || return
	dvr "$hv" -b - <<-DVR || return
		iface add r2 segment net1 addr 192.0.2.2/24
		route add r2 198.51.100.0/24 via 192.0.2.1
	DVR
	pings "$a1" 192.0.2.2 || return
	ip -n "$hv" link del r2 || return
	fails dvr "$hv" router show r2 || return
	equal "$(dvr "$hv" -j iface show | jq '[.[] | select(.router == "r2")] | length')" 0 \
		"ifaces of r2" || return
	equal "$(dvr "$hv" -j route show | jq '[.[] | select(.router == "r2")] | length')" 0 \
		"routes of r2" || return
	pings "$a1" 198.51.100.10 || return
	silent "$a1" 192.0.2.2
}

# A router's netdev belongs where its objects are.
netns_move() {
	setup_ns elsewhere
	fails ip -n "$hv" link set r1 netns "$elsewhere" || return
	pings "$a1" 198.51.100.10
}

log_test "a router is a netdev of kind dvr without ARP" kind
both "routed packets are counted, by ip -s link and dvradm -s" counters
both "tcpdump on the router's netdev sees each routed packet once" sniff
both "what the host sends to the router's netdev is routed in the tenant" host_in
both "punt on: the host serves TCP, UDP and fragments on the router's address" punt_on
both "punt off: nothing reaches the host, echo still works" punt_off
log_test "a router whose netdev is down drops, and counts it" down
log_test "up again it routes" up
log_test "the netdev may have another name than the router" own_name
log_test "ip link add type dvr makes a router, ip link del takes all it owns" link_add
log_test "a router's netdev does not leave its namespace" netns_move
finish
