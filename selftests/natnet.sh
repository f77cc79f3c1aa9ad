# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# natnet.sh - a network with NAT, for tests with real programs to source.
#
#   a1 a2 a3 --- net1 -- r1 -- ext ------+-- out 192.0.2.2 -- far
#                         |              +-- o2  192.0.2.3
#   b1 b2 n1 --- net2 -- r0              +-- r3 192.0.2.4 -- net3 -- c1
#
#   t1 --------- tnet -- r2 -- ext2 -- o3      all as a1, r1 and out have it
#
#   net1 10.1.0.0/24 fd00:0:0:1::/64    hop of r1 and r0 10.9.0.0/24 fd00:0:0:9::/64
#   net2 10.2.0.0/24 fd00:0:0:2::/64    ext 192.0.2.0/24 2001:db8:e::/64
#   net3 10.3.0.0/24 fd00:0:0:3::/64    far 198.51.100.2 2001:db8:d::2, by a way of
#   n1   fd00:0:0:4::12, net2, too      out's whose MTU is 1300
#
# "natnet MACHINE..." makes those machines of it, and all routers.  What the addresses
# 203.0.113.0/24 and 2001:db8:f::/48 are is said by rules: all_rules makes
#
#   a1 (snat) 203.0.113.10 2001:db8:f::10, port 8080 of them is a2's
#   a2 (floating) 192.0.2.20 2001:db8:e::20, of the leg's subnet
#   b1 (floating) 203.0.113.21 2001:db8:f::21
#   c1 (floating) 203.0.113.130 2001:db8:f:1::130
#   t1 (snat) as a1
#
# and 192.0.2.99 and 2001:db8:e::99, out's, are exempt.
#
# shellcheck disable=SC2154,SC2034	# setup_hv assigns, tests use
# shellcheck disable=SC2016	# it is another shell that expands

. "$(dirname "$0")/lib.sh"

# Every machine, its segment, and what vms is told of it.
NATNET="
a1 net1 02:00:00:00:0a:01 10.1.0.10/24 10.1.0.1 fd00:0:0:1::10/64 fd00:0:0:1::1
a2 net1 02:00:00:00:0a:02 10.1.0.11/24 10.1.0.1 fd00:0:0:1::11/64 fd00:0:0:1::1
a3 net1 02:00:00:00:0a:03 10.1.0.12/24 10.1.0.1 fd00:0:0:1::12/64 fd00:0:0:1::1
b1 net2 02:00:00:00:0b:01 10.2.0.10/24 10.2.0.1 fd00:0:0:2::10/64 fd00:0:0:2::1
b2 net2 02:00:00:00:0b:02 10.2.0.11/24 10.2.0.1 fd00:0:0:2::11/64 fd00:0:0:2::1
n1 net2 02:00:00:00:0b:03 - - fd00:0:0:4::12/64 fd00:0:0:4::1
c1 net3 02:00:00:00:0c:01 10.3.0.10/24 10.3.0.1 fd00:0:0:3::10/64 fd00:0:0:3::1
t1 tnet 02:00:00:00:0a:01 10.1.0.10/24 10.1.0.1 fd00:0:0:1::10/64 fd00:0:0:1::1
out ext 02:00:00:00:0e:02 192.0.2.2/24 - 2001:db8:e::2/64 -
o2 ext 02:00:00:00:0e:03 192.0.2.3/24 - 2001:db8:e::3/64 -
o3 ext2 02:00:00:00:0e:02 192.0.2.2/24 - 2001:db8:e::2/64 -
"
MACHINES=()

# Addresses by family: of machines, of r1 and r3 inside and outside, and of what rules
# make of a machine outside.
A1=([4]=10.1.0.10 [6]=fd00:0:0:1::10)
A2=([4]=10.1.0.11 [6]=fd00:0:0:1::11)
A3=([4]=10.1.0.12 [6]=fd00:0:0:1::12)
B1=([4]=10.2.0.10 [6]=fd00:0:0:2::10)
OUT=([4]=192.0.2.2 [6]=2001:db8:e::2)
O2=([4]=192.0.2.3 [6]=2001:db8:e::3)
EXEMPT=([4]=192.0.2.99 [6]=2001:db8:e::99)
FAR=([4]=198.51.100.2 [6]=2001:db8:d::2)
NEAR_FAR=([4]=198.51.100.1 [6]=2001:db8:d::1)
GATE=([4]=10.1.0.1 [6]=fd00:0:0:1::1)
LEG=([4]=192.0.2.1 [6]=2001:db8:e::1)
LEG3=([4]=192.0.2.4 [6]=2001:db8:e::4)
SNAT=([4]=203.0.113.10 [6]=2001:db8:f::10)
FLOATING=([4]=203.0.113.21 [6]=2001:db8:f::21)
OWN=([4]=192.0.2.20 [6]=2001:db8:e::20)
BEYOND=([4]=203.0.113.130 [6]=2001:db8:f:1::130)

# url ADDR: as it is written before a port.
url() { if [[ $1 = *:* ]]; then echo "[$1]"; else echo "$1"; fi; }

# natnet MACHINE...: out is one of them; "far" is, too, if it is named.
natnet() {
	local vm far_too='' segment

	for vm; do
		if [[ $vm = far ]]; then far_too=1; else MACHINES+=("$vm"); fi
	done
	setup_hv hv
	for vm in "${MACHINES[@]}"; do
		sed -n "s/^$vm [^ ]* /$vm /p" <<<"$NATNET"
	done >"$TMP/machines"
	vms "$hv" <"$TMP/machines"
	natnet_outside
	[[ -z $far_too ]] || natnet_far
	natnet_routers
	for vm in "${MACHINES[@]}"; do
		segment=$(sed -n "s/^$vm \([^ ]*\) .*/\1/p" <<<"$NATNET")
		case $vm in
		a1) echo "port add a1 segment net1 mac 02:00:00:00:0a:01 addr 10.1.0.10 addr fd00:0:0:1::10" ;;
		out) echo "port add out segment ext uplink on" ;;
		*) echo "port add $vm segment $segment" ;;
		esac
	done | dvr "$hv" -b - || exit 1
	for vm in r0 r1 r2 r3; do echo "link set $vm up"; done | ip -n "$hv" -batch -
}

# The outside believes that all outside addresses are on its link.
natnet_outside() {
	local vm

	for vm in out o2 o3; do
		[[ " ${MACHINES[*]} " = *" $vm "* ]] || continue
		ip -n "${!vm}" -batch - <<-IP
			route add 203.0.113.0/24 dev eth0
			route add 2001:db8:f::/48 dev eth0
		IP
	done
	ip -n "$out" -batch - <<-IP
		addr add 192.0.2.99/24 dev eth0
		addr add 2001:db8:e::99/64 dev eth0 nodad preferred_lft 0
		route add 10.1.0.0/24 via 192.0.2.1
		route add fd00:0:0:1::/64 via 2001:db8:e::1
	IP
}

natnet_far() {
	setup_ns far
	ip -n "$out" -batch - <<-IP
		link add far type veth peer name eth0 netns $far
		link set far up
		addr add 198.51.100.1/24 dev far noprefixroute
		addr add 2001:db8:d::1/64 dev far nodad noprefixroute
		route add 198.51.100.0/24 dev far mtu lock 1300
		route add 2001:db8:d::/64 dev far mtu lock 1300
	IP
	ip -n "$far" -batch - <<-IP
		link set lo up
		link set eth0 up
		addr add 198.51.100.2/24 dev eth0
		addr add 2001:db8:d::2/64 dev eth0 nodad
		route add default via 198.51.100.1
		route add default via 2001:db8:d::1
	IP
	on "$out" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

natnet_routers() {
	dvr "$hv" -b - <<-DVR || exit 1
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
		iface add r0 segment net2 addr 10.2.0.1/24 addr fd00:0:0:2::1/64 addr fd00:0:0:4::1/64
		iface add r2 segment tnet addr 10.1.0.1/24 addr fd00:0:0:1::1/64
		iface add r2 segment ext2 addr 192.0.2.1/24 addr 2001:db8:e::1/64
		iface add r3 segment net3 addr 10.3.0.1/24 addr fd00:0:0:3::1/64
		iface add r3 segment ext addr 192.0.2.4/24 addr 2001:db8:e::4/64
		route add r0 default via 10.9.0.1
		route add r0 ::/0 via fd00:0:0:9::1
		route add r1 10.2.0.0/24 via 10.9.0.2
		route add r1 fd00:0:0:2::/64 via fd00:0:0:9::2
		route add r1 fd00:0:0:4::/64 via fd00:0:0:9::2
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
	DVR
}

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
	once start_peer || return
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

	for vm in "${MACHINES[@]}"; do
		[[ $vm = t1 ]] || names+=("$vm=${!vm}")
	done
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

# sniffers: look for them until no_leak.
sniffers() {
	capture leak_out "$out" eth0 -Q in "$leak" || return
	[[ -z ${o2:-} ]] || capture leak_o2 "$o2" eth0 -Q in "$leak"
}

# no_leak [NAME ADDR]: nothing leaked; the sniffers see what is there, as that machine,
# ADDR, speaks to the exempt address.
no_leak() {
	local vm

	for vm in out ${o2:+o2}; do
		equal "$(captured "leak_$vm")" 0 "frames with inside addresses outside" ||
			{ text "leak_$vm" | head -n 5; return 1; }
	done
	[[ $# != 0 ]] || return 0
	capture sees "$out" eth0 -Q in "net 10.0.0.0/8" &&
		asks "${!1}" <<<"tcp 192.0.2.99 7000 out $2" || return
	[[ $(captured sees) -gt 0 ]] || fail "a sniffer that sees nothing"
}

# helper_of V PORT: what conntrack has for connections to that port.
helper_of() {
	on "$hv" conntrack -L -w 101 -f "ipv$1" 2>/dev/null | grep "dport=$2 " |
		sed -n 's/.*helper=\([a-z]*\).*/\1/p' | sort -u | xargs
}

tracked() {
	on "$hv" conntrack -L -w 101 -f "ipv$1" 2>/dev/null | grep -q "ESTABLISHED .*dport=$2 "
}

# seen_helper V NS ADDR PORT NAME: a connection of NS to there has that helper, or none.
seen_helper() {
	local pid code

	dvr "$hv" flow flush router r1 || return
	start pid "$2" bash -c "exec 3<>/dev/tcp/$3/$4; exec sleep 60"
	busywait 30 tracked "$1" "$4" || return
	equal "$(helper_of "$1" "$4")" "$5" "helper of port $4 of $3"
	code=$?
	end "$pid"
	return "$code"
}

# vsftpd_conf FILE LINE...: a server of both families for what is in $TMP/ftp.
vsftpd_conf() {
	local conf=$1
	shift

	printf '%s\n' listen_ipv6=YES background=NO anonymous_enable=YES no_anon_password=YES \
		local_enable=NO "anon_root=$TMP/ftp" "secure_chroot_dir=$TMP/empty" \
		seccomp_sandbox=NO isolate=NO isolate_network=NO xferlog_enable=NO \
		accept_timeout=4 connect_timeout=4 data_connection_timeout=5 \
		session_support=NO "$@" >"$conf"
	chown root "$conf"
}
