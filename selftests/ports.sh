#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# Devices that are ports, that cannot be ports, that appear, change and disappear.
#
#   far -- dut --+                              dut is of each kind in turn
#                +-- segment s -- r1 -- segment t -- peer
#   near --------+   192.0.2.0/24     198.51.100.0/24
#                    2001:db8:1::/64  2001:db8:2::/64
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

# Nobody has loaded it yet, perhaps, and nobody makes its node.
modprobe -q tun
if [[ ! -c /dev/net/tun ]]; then
	mkdir -p /dev/net
	mknod /dev/net/tun c 10 200
fi

setup_hv hv
setup_ns far
vms "$hv" <<VMS
near 02:00:00:00:0a:01 192.0.2.10/24 192.0.2.1 2001:db8:1::10/64 2001:db8:1::1
peer 02:00:00:00:0a:02 198.51.100.10/24 198.51.100.1 2001:db8:2::10/64 2001:db8:2::1
VMS
dvr "$hv" -b - <<DVR || exit 1
router add r1
segment add s
segment add t
iface add r1 segment s mac 02:00:00:00:01:01 addr 192.0.2.1/24 addr 2001:db8:1::1/64
iface add r1 segment t mac 02:00:00:00:01:02 addr 198.51.100.1/24 addr 2001:db8:2::1/64
port add near segment s
port add peer segment t
DVR
ip -n "$hv" link set r1 up

# links LINES: make devices, each line one "ip link add" of the whole machine.
links() { sed "s/HV/$hv/g; s/FAR/$far/g; s/^/link add /" | ip -batch -; }

# far_up: the machine behind dut gets its addresses, on eth0.
far_up() {
	ip -n "$far" -batch - <<-IP
		link set eth0 up
		addr replace 192.0.2.50/24 dev eth0
		addr replace 2001:db8:1::50/64 dev eth0 nodad
		route replace default via 192.0.2.1
		route replace default via 2001:db8:1::1 dev eth0
	IP
}

state() { equal "$(dvr "$hv" -j port show "$1" | field state)" "$2" "state of port $1"; }

promisc() {
	equal "$(ip -n "$hv" -d -j link show "$1" | field promiscuity)" "$2" "promiscuity of $1"
}

# works: the machine behind dut reaches its neighbour and the other side.
works() {
	pings "$far" 192.0.2.10 && pings "$far" 2001:db8:2::10 &&
		pings "$peer" 192.0.2.50 -s 1472 -M "do"
}

# as_port [ARG...]: dut becomes a port, works, and is given back as it was.
as_port() {
	local before

	before=$(ip -n "$hv" -d -j link show dut | field promiscuity)
	dvr "$hv" port add dut segment s "$@" && far_up || return
	busywait 5 state dut up && works && promisc dut $((before + 1)) || return
	dvr "$hv" port del dut || return
	promisc dut "$before"
	silent "$far" 192.0.2.1
}

unmake() {
	dvr "$hv" port del dut 2>/dev/null
	ip -n "$hv" link del dut
	ip -n "$hv" link del m1
	ip -n "$hv" link del br9
	ip -n "$far" link del eth0
	return 0
} 2>/dev/null

veth() {
	links <<<"dut netns HV type veth peer name eth0 netns FAR"
	ip -n "$hv" link set dut up
	as_port
}

vlan() {
	links <<<"m1 netns HV type veth peer name trunk netns FAR"
	ip -n "$hv" -batch - <<-IP
		link set m1 up
		link add link m1 name dut type vlan id 100
		link set dut up
	IP
	ip -n "$far" -batch - <<-IP
		link set trunk up
		link add link trunk name eth0 type vlan id 100
	IP
	as_port
}

bond() {
	links <<<"m1 netns HV type veth peer name eth0 netns FAR"
	ip -n "$hv" -batch - <<-IP || return
		link add dut type bond mode active-backup miimon 100
		link set m1 master dut
		link set dut up
	IP
	# A member of the bond cannot be a port, but the bond can.
	fails dvr "$hv" port add dut segment s dev m1 || return
	as_port
}

bridge() {
	links <<<"m1 netns HV type veth peer name eth0 netns FAR"
	ip -n "$hv" -batch - <<-IP || return
		link add dut type bridge mcast_snooping 0
		link set m1 master dut
		link set m1 up
		link set dut up
	IP
	as_port
}

macvlan() {
	links <<<"m1 netns HV type veth peer name eth0 netns FAR"
	ip -n "$hv" -batch - <<-IP || return
		link set m1 up
		link add link m1 name dut type macvlan mode passthru
		link set dut up
	IP
	as_port
}

# qemu [vnet] [multi]: what opens the tap, until $qemu ends.
qemu() {
	rm -f "$TMP/tap"
	python3 "$(dirname "$0")/tap.py" "$hv" dut "$far" eth0 "$@" >"$TMP/tap" 2>&1 &
	qemu=$!
	defer_kill "$qemu"
	busywait 20 grep -q ready "$TMP/tap" || { cat "$TMP/tap"; return 1; }
	ip -n "$hv" link set dut up
}

tap() {
	qemu "$@" && as_port || return
	# QEMU ends and comes again: the port waits for the tap and takes it.
	dvr "$hv" port add dut segment s || return
	end "$qemu"
	busywait 5 state dut absent || return
	qemu "$@" && far_up && busywait 5 state dut up && works || return
	end "$qemu"
}

ingress() {
	links <<<"dut netns HV type veth peer name eth0 netns FAR"
	ip -n "$hv" -batch - <<-IP || return
		link add br9 type bridge
		link set dut master br9
		link set dut up
		link set br9 up
	IP
	dvr "$hv" port add dut segment s 2>"$TMP/err" && fail "a bridge port became a port" && return 1
	cat "$TMP/err"
	grep -q "attach ingress" "$TMP/err" || fail "the error does not say what helps" || return
	as_port attach ingress
}

# The hook sees frames before VLAN devices do, and leaves them theirs.
ingress_vlan() {
	links <<<"dut netns HV type veth peer name eth0 netns FAR"
	ip -n "$hv" -batch - <<-IP || return
		link set dut up
		link add link dut name dut.7 type vlan id 7
		link set dut.7 up
		addr add 203.0.113.1/24 dev dut.7
	IP
	ip -n "$far" -batch - <<-IP || return
		link set eth0 up
		link add link eth0 name eth0.7 type vlan id 7
		link set eth0.7 up
		addr add 203.0.113.2/24 dev eth0.7
	IP
	dvr "$hv" port add dut segment s attach ingress && far_up &&
		busywait 5 state dut up && works || return
	pings "$far" 203.0.113.1 && pings "$hv" 203.0.113.2
}

dummy() {
	ip -n "$hv" link add dut type dummy || return
	ip -n "$hv" link set dut up
	dvr "$hv" port add dut segment s || return
	busywait 5 state dut up && promisc dut 1 && dvr "$hv" port del dut && promisc dut 0
}

# try NAME CMD...: a test that makes dut and what belongs to it.
try() { log_test "$1" with_devices "${@:2}"; }

with_devices() {
	defer unmake
	"$@"
}

# refused DEV WORD...: DEV cannot be a port, and the error says why.
refused() {
	if dvr "$hv" port add no segment s dev "$1" 2>"$TMP/err"; then
		dvr "$hv" port del no
		fail "$1 became a port"
		return
	fi
	cat "$TMP/err"
	grep -qi "$2" "$TMP/err" || fail "no '$2' in the reason why $1 is no port"
}

no_ports() {
	local dev code=0

	links <<<"m1 netns HV type veth peer name eth0 netns FAR
m2 netns HV type veth peer name eth1 netns FAR"
	# One that this kernel cannot make is one too few.
	for dev in "iv0 link m1 type ipvlan" "mt0 link m2 type macvtap mode bridge" \
			"vrf0 type vrf table 77" "vm0 type dummy" "tun0 mode tun"; do
		if [[ $dev = tun0* ]]; then
			ip -n "$hv" tuntap add tun0 mode tun
		else
			# shellcheck disable=SC2086	# words
			ip -n "$hv" link add ${dev%% *} ${dev#* }
		fi || fail "cannot make $dev" || return
	done
	ip -n "$hv" link set vm0 master vrf0
	refused lo loopback && refused r1 iface && refused iv0 ipvlan && refused mt0 macvtap &&
		refused vm0 VRF && refused vrf0 VRF && refused tun0 Ethernet && refused near near
	code=$?
	# One that comes later is shown as refused, and why is no secret.
	ip -n "$hv" tuntap del tun0 mode tun
	dvr "$hv" port add later segment s dev tun0 && state later absent &&
		ip -n "$hv" tuntap add tun0 mode tun && busywait 5 state later refused &&
		dvr "$hv" port show later | grep -F '# refused (the device is not an Ethernet device)' &&
		equal "$(dvr "$hv" -j port show later | field why)" \
			"the device is not an Ethernet device" "the reason" || code=1
	for dev in iv0 mt0 vm0 vrf0 tun0 m2; do
		echo "link del $dev"
	done | ip -n "$hv" -batch -
	busywait 5 state later absent || code=1
	dvr "$hv" port del later
	return "$code"
}

# -- an uplink ---------------------------------------------------------------

uplink() {
	local pid n

	setup_ns out
	ip -batch - <<-IP || return
		link add ext0 netns $hv type veth peer name eth0 netns $out
	IP
	ip -n "$hv" -batch - <<-IP
		link set ext0 up
		addr add 203.0.113.2/24 dev ext0
		addr add 2001:db8:3::2/64 dev ext0 nodad
	IP
	ip -n "$out" -batch - <<-IP
		link set eth0 up
		addr add 203.0.113.9/24 dev eth0
		addr add 2001:db8:3::9/64 dev eth0 nodad
		route add 192.0.2.0/24 via 203.0.113.1
		route add 2001:db8:1::/64 via 2001:db8:3::1
	IP
	dvr "$hv" -b - <<-DVR || return
		segment add ext
		iface add r1 segment ext addr 203.0.113.1/24 addr 2001:db8:3::1/64
		port add ext0 segment ext uplink on
	DVR
	busywait 5 state ext0 up || return
	# Host and tenant share the wire, both at work.
	start pid "$out" ping -n -q -c 20 -i 0.1 203.0.113.2 >"$TMP/host" 2>&1
	pings "$out" 192.0.2.10 -c 10 && pings "$out" 2001:db8:1::10 && pings "$near" 203.0.113.9 &&
		pings "$near" 2001:db8:3::9 || return
	wait "$pid" || fail "ping of the host failed meanwhile" || return
	grep -q ' 0% packet loss' "$TMP/host" || fail "the host was lost meanwhile" || return
	pings "$hv" 203.0.113.9 && pings "$hv" 2001:db8:3::9 && pings "$out" 2001:db8:3::2 || return
	pings "$out" 203.0.113.1 && pings "$out" 2001:db8:3::1 || return
	# The host's IPv6 lives: the device was not silenced.
	n=$(on "$hv" cat /proc/sys/net/ipv6/conf/ext0/disable_ipv6)
	equal "$n" 0 "disable_ipv6 of an uplink" || return
	dvr "$hv" port del ext0 || return
	pings "$out" 203.0.113.2 && silent "$out" 192.0.2.10
}

# -- come, change and go -----------------------------------------------------

comes() {
	dvr "$hv" port add dut segment s && state dut absent || return
	links <<<"dut netns HV type veth peer name eth0 netns FAR"
	busywait 5 state dut down || return
	far_up && ip -n "$hv" link set dut up && busywait 5 state dut up && works
}

# comes_again: a veth that is a port, and a machine behind it.
comes_again() {
	links <<<"dut netns HV type veth peer name eth0 netns FAR"
	ip -n "$hv" link set dut up && far_up && busywait 5 state dut up && works
}

is_port() { dvr "$hv" port add dut segment s && comes_again; }

goes() {
	is_port || return
	ip -n "$hv" link del dut && busywait 5 state dut absent || return
	pings "$near" 198.51.100.10 || return
	comes_again
}

down() {
	is_port || return
	ip -n "$hv" link set dut down && busywait 5 state dut down || return
	silent "$peer" 192.0.2.50 || return
	ip -n "$hv" link set dut up && busywait 5 state dut up && far_up && works || return
	# The other end goes down: no carrier.
	ip -n "$far" link set eth0 down && busywait 5 state dut down || return
	far_up && busywait 5 state dut up && works
}

renamed() {
	is_port || return
	ip -n "$hv" -batch - <<-IP || return
		link set dut down
		link set dut name other
		link set other up
	IP
	busywait 5 state dut absent || return
	promisc other 0 && silent "$far" 192.0.2.1 || return
	# Another port may have it by its new name, then the first one again.
	dvr "$hv" port add second segment s dev other && far_up && busywait 5 state second up &&
		works && dvr "$hv" port del second || return
	ip -n "$hv" -batch - <<-IP || return
		link set other down
		link set other name dut
		link set dut up
	IP
	busywait 5 state dut up && far_up && works
}

new_mac() {
	is_port || return
	ip -n "$hv" link set dut address 02:00:00:00:0d:01 && works || return
	# The machine changes its MAC: an open port learns.
	ip -n "$far" -batch - <<-IP
		link set eth0 down
		link set eth0 address 02:00:00:00:0d:02
	IP
	far_up
	on "$far" ping -n -q -c 1 -W 1 192.0.2.1
	works
}

mtu() { equal "$(dvr "$hv" -j port show dut | field mtu)" "$1" "MTU of the port"; }

new_mtu() {
	is_port || return
	ip -n "$hv" link set dut mtu 1400 && busywait 5 mtu 1400 || return
	ip -n "$hv" link set dut mtu 9000 && busywait 5 mtu 1500 || return
	dvr "$hv" segment set s mtu 1450 && mtu 1450 || return
	dvr "$hv" segment set s mtu 1500 && ip -n "$hv" link set dut mtu 1500 && works
}

moves_netns() {
	is_port || return
	setup_ns away
	ip -n "$hv" link set dut netns "$away" && busywait 5 state dut absent || return
	equal "$(ip -n "$away" -d -j link show dut | field promiscuity)" 0 "promiscuity" || return
	ip -n "$away" link set dut up
	ip -n "$away" link set dut netns "$hv" && ip -n "$hv" link set dut up &&
		busywait 5 state dut up && far_up && works
}

# -- silence -----------------------------------------------------------------

host_silent() {
	local n

	# One that is a port before it is there, one that was the host's, with
	# addresses, before it became one.
	ip -batch - <<-IP || return
		link add q1 netns $hv type veth peer name q1 netns $far
		link add q2 netns $hv type veth peer name q2 netns $far
	IP
	on "$far" sysctl -q net.ipv6.conf.q1.disable_ipv6=1 net.ipv6.conf.q2.disable_ipv6=1
	ip -n "$far" -batch - <<<"link set q1 up
link set q2 up"
	ip -n "$hv" -batch - <<<"link set q2 up
addr add 2001:db8:7::1/64 dev q2"
	busywait 5 host_has q2 fe80 || return
	dvr "$hv" -b - <<-DVR || return
		segment add quiet
		port add q1 segment quiet
		port add q2 segment quiet
	DVR
	capture on_q1 "$far" q1 -Q in && capture on_q2 "$far" q2 -Q in || return
	ip -n "$hv" link set q1 up
	ip -n "$hv" link set q2 down
	ip -n "$hv" link set q2 up
	sleep 3
	fails host_has q1 fe80 || return
	n=$(captured on_q1)
	equal "$n" 0 "frames of the host out of q1" || return
	n=$(captured on_q2)
	equal "$n" 0 "frames of the host out of q2" || return
	# It has its voice back afterwards.
	dvr "$hv" -b - <<-DVR || return
		port del q1
		port del q2
		segment del quiet
	DVR
	equal "$(on "$hv" cat /proc/sys/net/ipv6/conf/q1/disable_ipv6)" 0 "disable_ipv6" || return
	ip -n "$hv" link set q1 down
	ip -n "$hv" link set q1 up
	busywait 5 host_has q1 fe80
	ip -n "$hv" -batch - <<<"link del q1
link del q2"
}

host_has() { ip -n "$hv" -6 addr show dev "$1" | grep -q "inet6 $2"; }

try "a veth is a port" veth
try "a VLAN device is a port" vlan
try "a bond is a port, its member is not" bond
try "a bridge device is a port" bridge
try "a macvlan (passthru) is a port" macvlan
try "a tap is a port, also when its user ends and comes again" tap
try "a tap with virtio headers and queues is a port" tap vnet multi
try "a dummy is a port" dummy
try "a bridge's member is a port by attach ingress, the error says so" ingress
try "a port by attach ingress leaves tagged frames to the host's VLAN devices" ingress_vlan
try "devices that cannot be ports are refused with the reason" no_ports
log_test "an uplink is shared: the host's addresses and the tenant's both work" uplink
try "a device that comes later is taken" comes
try "a device that goes is waited for" goes
try "a device that is down or has no carrier is told, and comes up" down
try "a device is taken by its name, and left when renamed" renamed
try "new MACs of device and machine do no harm" new_mac
try "the MTU of a port follows device and segment" new_mtu
try "a device that leaves the namespace is left, and taken when it is back" moves_netns
log_test "the host says nothing into a port's device, and speaks again afterwards" host_silent
finish
