# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# natnet.sh - a network with NAT, for tests with real programs to source.
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
# 192.0.2.99 and 2001:db8:e::99, out's, are exempt.
#
# shellcheck disable=SC2154,SC2034	# setup_hv assigns, tests use
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

# The rules of all routers.
all_rules() {
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

# Servers that tell who asked, on port 7000 of every machine.
start_peer() {
	local vm names=()

	for vm in a1 a2 b1 c1 out o2 o3; do names+=("$vm=${!vm}"); done
	python3 "$(dirname "$0")/natpeer.py" 7000 "${names[@]}" >"$TMP/peer" 2>&1 &
	defer_kill $!
	busywait 60 grep -q ready "$TMP/peer"
}

# The text of what was captured.
text() { tcpdump -n -r "$TMP/$1.pcap" 2>/dev/null; }

# Whatever had an inside address outside; quotes of ICMP, too.
leak='((net 10.0.0.0/8 or net fd00::/8) and not host 192.0.2.99 and not host 2001:db8:e::99)
	or (icmp and (icmp[0] = 3 or icmp[0] = 11) and (icmp[20] = 10 or icmp[24] = 10)
		and not dst host 192.0.2.99)
	or (icmp6 and ip6[40] < 128 and (ip6[56] = 0xfd or ip6[72] = 0xfd)
		and not dst host 2001:db8:e::99)'

sniff() {
	capture leak_out "$out" eth0 -Q in "$leak" && capture leak_o2 "$o2" eth0 -Q in "$leak"
}

# no_leak NAME ADDR: nothing leaked; the sniffers see what is there, as that machine,
# ADDR, speaks to the exempt address.
no_leak() {
	equal "$(captured leak_out)$(captured leak_o2)" 00 "frames with inside addresses outside" ||
		{ text leak_out | head -n 5; text leak_o2 | head -n 5; return 1; }
	capture sees "$out" eth0 -Q in "net 10.0.0.0/8" &&
		asks "${!1}" <<<"tcp 192.0.2.99 7000 out $2" || return
	[[ $(captured sees) -gt 0 ]] || fail "a sniffer that sees nothing"
}
