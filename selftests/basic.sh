#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# Objects: add, set, show, del, batches, save, events, errors, permission.
#
# No machines: ports wait for devices that are not there, but for p1.
#
#   p1 -- a -- r1 -- b         another namespace takes what save says
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

setup_hv hv other
ip -n "$hv" link add p1 type veth peer name p1-far

cat >"$TMP/config" <<DVR
router add r1 id 7 icmp-rate 50 neigh-limit 500 punt on
router add long-name-of-a-router dev lr0
segment add a mtu 1400 vni 4711 unknown drop suppress off
segment add b id 9
port add p1 segment a mac 02:00:00:00:01:01 addr 192.0.2.10 addr 2001:db8:1::10
port add p2 segment a dev tap0 addr 192.0.2.128/28 security off
port add p3 segment b
port add p4 segment b dev eth9 uplink on attach ingress
iface add r1 segment a addr 192.0.2.1/24 addr 2001:db8:1::1/64 rpf strict
iface add r1 segment b mac 02:00:00:00:0b:01 addr 198.51.100.1/24 addr 203.0.113.1/28
iface add long-name-of-a-router segment b addr 198.51.100.2/24
route add r1 default via 198.51.100.2
route add r1 10.0.0.0/8 via 198.51.100.3 weight 3 via 198.51.100.4
route add r1 10.0.0.0/8 via 198.51.100.5 metric 100
route add r1 10.1.0.0/16 blackhole
route add r1 10.2.0.0/16 unreachable metric 5
route add r1 2001:db8:ff::/48 prohibit
route add r1 2001:db8:a::/48 via 2001:db8:1::20
neigh add segment a 192.0.2.77 lladdr 02:00:00:00:01:77
neigh add segment b 198.51.100.3 lladdr 02:00:00:00:02:03 port p3
neigh add segment a 2001:db8:1::77 lladdr 02:00:00:00:01:77
fdb add segment b 02:00:00:00:02:99 port p3
DVR

# of NS OBJECT FILTER [ARG...]: what jq's FILTER makes of show.
of() { dvr "$1" -j "$2" show "${@:4}" | jq -r "$3"; }

# refused CODE WORD CMD...: exits with CODE, and its error has WORD.
refused() {
	local code=$1 word=$2 got=0
	shift 2

	"$@" >"$TMP/out" 2>"$TMP/err" || got=$?
	cat "$TMP/err"
	equal "$got" "$code" "exit code of $*" || return
	grep -q -e "$word" "$TMP/err" || fail "no '$word' in the error of $*: $(cat "$TMP/err")"
}

add() {
	dvr "$hv" -b "$TMP/config" || fail "exit $?" || return
	equal "$(of "$hv" router 'map(.name) | sort | join(" ")')" "long-name-of-a-router r1" \
		routers || return
	equal "$(of "$hv" router '.[0] | "\(.id) \(.icmp_rate) \(.neigh_limit) \(.punt) \(.ifname) \(.ifaces)"' r1)" \
		"7 50 500 true r1 2" "router r1" || return
	equal "$(of "$hv" segment '.[0] | "\(.mtu) \(.vni) \(.unknown) \(.suppress) \(.ports) \(.ifaces)"' a)" \
		"1400 4711 drop false 2 1" "segment a" || return
	equal "$(of "$hv" segment '.[0] | "\(.id) \(.mtu) \(.unknown) \(.suppress)"' b)" \
		"9 1500 flood true" "segment b" || return
	equal "$(of "$hv" port '.[0] | "\(.segment) \(.dev) \(.mac) \(.addr | join(",")) \(.security)"' p1)" \
		"a p1 02:00:00:00:01:01 192.0.2.10/32,2001:db8:1::10/128 true" "port p1" || return
	equal "$(of "$hv" port 'map("\(.name) \(.state) \(.security)") | join(", ")')" \
		"p1 down true, p2 absent false, p3 absent false, p4 absent false" \
		"state of the ports" || return
	equal "$(of "$hv" port '.[0] | "\(.uplink) \(.attach) \(.dev)"' p4)" \
		"true ingress eth9" "port p4" || return
	equal "$(of "$hv" iface 'map(select(.router == "r1" and .segment == "a"))[0] |
		"\(.addr | join(",")) \(.rpf) \(.mac != null) \(.linklocal[0:6])"')" \
		"192.0.2.1/24,2001:db8:1::1/64 strict true fe80::" "iface on a" || return
	equal "$(of "$hv" route '[.[] | select(.router == "r1" and .type != "connected" and
		.type != "local" and .type != "broadcast")] | length')" 7 "routes of r1" || return
	equal "$(of "$hv" neigh '[.[] | select(.origin == "static")] | length')" 3 \
		"static neighbours" || return
	equal "$(of "$hv" fdb '[.[] | select(.origin == "static") | .mac] | join(" ")')" \
		02:00:00:00:02:99 "static MACs"
}

text() {
	local object

	for object in router segment port iface route neigh fdb; do
		dvr "$hv" "$object" show >"$TMP/out" || fail "$object show" || return
		[[ -s $TMP/out ]] || fail "no $object" || return
	done
	dvr "$hv" port show p3 | grep -q open || fail "an open port does not say so" || return
	dvr "$hv" -p -j router show | jq -e 'length == 2' || fail "pretty JSON" || return
	dvr "$hv" -d router show >/dev/null && dvr "$hv" -s port show | grep -q packets ||
		fail "-d or -s" || return
	"$DVRADM" -V | grep -q . || fail "-V"
}

gateway_mac() {
	local first second

	# Derived from ids: the same on another hypervisor with the same ids.
	first=$(of "$hv" iface 'map(select(.router == "r1" and .segment == "a"))[0].mac')
	dvr "$other" -b - <<-DVR || return
		router add x id 7
		segment add y id $(of "$hv" segment '.[0].id' a)
		iface add x segment y addr 192.0.2.1/24
	DVR
	second=$(of "$other" iface '.[0].mac')
	echo "$first $second"
	equal "$second" "$first" "gateway MAC elsewhere" || return
	[[ $first =~ ^.[26ae]: ]] || fail "$first is not a local unicast MAC" || return
	printf '%s\n' "router del x" "segment del y" | dvr "$other" -b -
}

errors() {
	# usage: 2; the kernel: 1.  The word it objects to is told.
	refused 2 bogus dvr "$hv" bogus show &&
		refused 2 bogus dvr "$hv" router bogus &&
		refused 2 nonsense dvr "$hv" route add r1 nonsense via 192.0.2.7 &&
		refused 2 mtu dvr "$hv" segment add z mtu &&
		refused 2 12x dvr "$hv" segment add z mtu 12x || return
	refused 1 nowhere dvr "$hv" port add p9 segment nowhere &&
		refused 1 r1 dvr "$hv" router add r1 &&
		refused 1 r99 dvr "$hv" router del r99 &&
		refused 1 r99 dvr "$hv" route add r99 10.9.0.0/16 blackhole &&
		refused 1 10.1.0.0/16 dvr "$hv" route add r1 10.1.0.0/16 prohibit &&
		refused 1 10.7.0.0/16 dvr "$hv" route del r1 10.7.0.0/16 &&
		refused 1 . dvr "$hv" iface add r1 segment a addr 192.0.2.3/24 &&
		refused 1 7 dvr "$hv" router add r3 id 7 &&
		refused 1 9 dvr "$hv" segment add z id 9 &&
		refused 1 01:00:5e dvr "$hv" port add p9 segment a mac 01:00:5e:00:00:01 &&
		refused 1 ff:ff dvr "$hv" neigh add segment a 192.0.2.9 lladdr ff:ff:ff:ff:ff:ff &&
		refused 1 224.0.0.1 dvr "$hv" neigh add segment a 224.0.0.1 lladdr 02:00:00:00:00:09 || return
	# A device cannot be two ports.
	refused 1 p1 dvr "$hv" port add p9 segment b dev p1 || return
	# Nothing of it was made.
	equal "$(of "$hv" port length) $(of "$hv" segment length) $(of "$hv" router length)" \
		"4 2 2" "objects after all that"
}

rename_refused() {
	refused 2 . dvr "$hv" router set r1 name r5 && refused 1 . dvr "$hv" router set r1 id 8 &&
		refused 1 . dvr "$hv" segment set a id 77 || return
	equal "$(of "$hv" router '.[0].id' r1)" 7 "id"
}

set_changes() {
	dvr "$hv" router set r1 icmp-rate 60 && dvr "$hv" segment set a suppress on || return
	equal "$(of "$hv" router '.[0] | "\(.icmp_rate) \(.neigh_limit) \(.punt)"' r1)" \
		"60 500 true" "r1 after a set of one thing" || return
	equal "$(of "$hv" segment '.[0] | "\(.suppress) \(.unknown) \(.mtu)"' a)" \
		"true drop 1400" "a after a set of one thing" || return
	dvr "$hv" router set r1 icmp-rate 50 && dvr "$hv" segment set a suppress off
}

quota() {
	equal "$(of "$hv" router '.[0] | "\(.neigh_limit) \(.neighs)"' r1)" "500 0" \
		"neigh-limit and neighbours counted"
}

state() { dvr "$hv" save; dvr "$hv" -j route show; }

batch_fails() {
	local i

	state >"$TMP/before"
	{
		echo "router add r50"
		echo "segment add s50"
		echo "iface add r50 segment s50 addr 10.50.0.1/16"
		echo "route del r1 10.1.0.0/16"
		echo "port set p1 addr 192.0.2.11"
		echo "router set r1 icmp-rate 99"
		for ((i = 0; i < 193; i++)); do
			echo "route add r50 10.51.$i.0/24 via 10.50.0.2"
		done
		echo "route add nosuch 10.0.0.0/8 blackhole"
	} >"$TMP/batch"
	equal "$(wc -l <"$TMP/batch")" 200 "lines" || return
	refused 1 nosuch dvr "$hv" -b "$TMP/batch" || return
	grep -q 200 "$TMP/err" || fail "the error does not tell line 200" || return
	state >"$TMP/after"
	cmp "$TMP/before" "$TMP/after" || fail "a failed batch changed something" || return
	fails ip -n "$hv" link show r50 || return
	# A line that is no command is found before anything is sent.
	printf 'router add r51\nrouter add\n' | refused 2 . dvr "$hv" -b - || return
	fails dvr "$hv" router show r51 || return
	# And the same batch without its last line works, and goes again.
	sed -i '$d' "$TMP/batch"
	dvr "$hv" -b "$TMP/batch" || fail "the batch without its last line" || return
	dvr "$hv" -b - <<-DVR || return
		router del r50
		segment del s50
		route add r1 10.1.0.0/16 blackhole
		port set p1 addr 192.0.2.10 addr 2001:db8:1::10
		router set r1 icmp-rate 50
	DVR
	state >"$TMP/after"
	cmp "$TMP/before" "$TMP/after" || {
		diff "$TMP/before" "$TMP/after"
		fail "not as before"
	}
}

save_again() {
	dvr "$hv" save >"$TMP/save1" || return
	dvr "$other" -b "$TMP/save1" || fail "save is not taken as a batch" || return
	dvr "$other" save >"$TMP/save2"
	diff "$TMP/save1" "$TMP/save2" || fail "save of what was saved differs" || return
	(($(wc -l <"$TMP/save1") >= 20)) || fail "only $(wc -l <"$TMP/save1") lines" || return
	# Each line of show is what add takes.
	dvr "$hv" route show | grep -q "^r1 10.1.0.0/16 blackhole" || fail "text of route show"
}

reapply() {
	local before after monitor

	before=$(of "$hv" router '.[0].ifindex' r1)
	sed 's/^\(route\|neigh\|fdb\) add/\1 replace/; s/^\(router\|segment\|port\|iface\) add/\1 set/;
		s/^\(router set.*\) id [0-9]*/\1/; s/ id [0-9]*//' "$TMP/save1" >"$TMP/again"
	start monitor "$hv" "$DVRADM" monitor >"$TMP/events" 2>&1
	sleep 0.5
	dvr "$hv" -b "$TMP/again" || fail "the same again" || return
	sleep 0.3
	end "$monitor"
	after=$(of "$hv" router '.[0].ifindex' r1)
	equal "$after" "$before" "ifindex of r1" || return
	dvr "$hv" save | diff "$TMP/save1" - || fail "something changed" || return
	cat "$TMP/events"
	! grep -qi del "$TMP/events" || fail "something was deleted to be made again"
}

events() {
	local monitor

	start monitor "$hv" "$DVRADM" -j monitor >"$TMP/events" 2>&1
	# Not heard before it listens: ask until it does.
	heard() {
		dvr "$hv" router set r1 icmp-rate 51
		dvr "$hv" router set r1 icmp-rate 50
		grep -q r1 "$TMP/events"
	}
	busywait 10 heard || return
	dvr "$hv" -b - <<-DVR || return
		router add ev
		segment add evs
		iface add ev segment evs addr 10.60.0.1/24
		route add ev 10.61.0.0/16 via 10.60.0.2
		port add evp segment evs
		neigh add segment evs 10.60.0.9 lladdr 02:00:00:00:06:09
		fdb add segment evs 02:00:00:00:06:0a port evp
	DVR
	printf '%s\n' "router del ev" "segment del evs" | dvr "$hv" -b - ||
		printf '%s\n' "router del ev" "port del evp" "segment del evs" | dvr "$hv" -b - || return
	done_talking() { grep -q evs "$TMP/events" && grep -q del "$TMP/events"; }
	busywait 5 done_talking || return
	sleep 0.3
	end "$monitor"
	cat "$TMP/events"
	jq -e .event "$TMP/events" >/dev/null || fail "an event is not JSON" || return
	for word in router segment iface route port neigh fdb; do
		grep -q "$word" "$TMP/events" || fail "no event about a $word" || return
	done
	grep -q 10.61.0.0/16 "$TMP/events" || fail "no route in the events"
}

own_namespace() {
	dvr "$other" segment add only-here || return
	fails dvr "$hv" segment show only-here || return
	dvr "$other" segment del only-here
}

del() {
	local n

	dvr "$hv" iface del r1 segment b || return
	equal "$(of "$hv" iface '[.[] | select(.router == "r1")] | length')" 1 "ifaces" || return
	refused 1 . dvr "$hv" iface del r1 segment b || return
	dvr "$hv" router del r1 && dvr "$hv" router del long-name-of-a-router || return
	equal "$(of "$hv" iface length) $(of "$hv" route length)" "0 0" \
		"what routers owned" || return
	fails ip -n "$hv" link show r1 || return
	for n in p1 p2 p3 p4; do echo "port del $n"; done | dvr "$hv" -b - || return
	printf '%s\n' "segment del a" "segment del b" | dvr "$hv" -b - || return
	equal "$(dvr "$hv" save)" "" "save of nothing" || return
	equal "$(of "$hv" neigh length) $(of "$hv" fdb length)" "0 0" "what segments owned"
}

ids() {
	local first

	dvr "$hv" router add i1 && dvr "$hv" router add i2 && dvr "$hv" segment add i3 || return
	first=$(of "$hv" router '.[0].id' i1)
	[[ $first -gt 0 && $(of "$hv" router '.[0].id' i2) != "$first" ]] || fail "ids" || return
	dvr "$hv" router del i1 && dvr "$hv" router del i2 && dvr "$hv" segment del i3 || return
	refused 2 . dvr "$hv" router add i4 id 0 || return
	dvr "$hv" router add i5 id 4294967295 && dvr "$hv" router del i5
}

names() {
	local n63

	n63=$(printf 'n%.0s' {1..63})
	dvr "$hv" segment add "$n63" && dvr "$hv" segment del "$n63" || return
	refused 2 . dvr "$hv" segment add "n$n63"
}

no_caps() {
	need_tool setpriv unshare || return
	dvr "$hv" segment add guarded || return
	# Root without capabilities, then another user.
	refused 1 . on "$hv" setpriv --bounding-set -all --inh-caps -all --ambient-caps -all \
		"$DVRADM" segment add x || return
	grep -qi 'permi' "$TMP/err" || fail "not a matter of permission: $(cat "$TMP/err")" || return
	refused 1 . on "$hv" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$DVRADM" segment add x || return
	grep -qi 'permi' "$TMP/err" || fail "not a matter of permission" || return
	refused 1 . on "$hv" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$DVRADM" segment show || return
	equal "$(of "$hv" segment 'map(.name) | join(" ")')" guarded "segments" || return
	dvr "$hv" segment del guarded
}

user_ns() {
	need_tool unshare || return
	unshare -Ur true 2>/dev/null || {
		echo "no user namespaces here"
		return 4
	}
	# Its own namespace is its own; that of the host is not.
	unshare -Urn sh -c "'$DVRADM' router add mine && '$DVRADM' -j router show" |
		jq -e '.[0].name == "mine"' || fail "root of a user namespace in its own" || return
	refused 1 . on "$hv" unshare -Ur "$DVRADM" segment add x || return
	grep -qi 'permi' "$TMP/err" || fail "not a matter of permission" || return
	refused 1 . on "$hv" unshare -Ur ip link add x type dvr || return
	equal "$(of "$hv" segment length)" 0 "segments"
}

log_test "a batch makes objects of every kind, show tells them" add
log_test "text for people has every object, open ports say so" text
log_test "a derived gateway MAC is the same on every hypervisor" gateway_mac
log_test "errors: exit 2 for usage, 1 with the kernel's words, the word is named" errors
log_test "names and ids do not change" rename_refused
log_test "set changes what is given and nothing else" set_changes
log_test "quotas and their use are shown" quota
log_test "a batch that fails at the last of 200 lines changes nothing" batch_fails
log_test "save, taken by a fresh namespace, saves the same" save_again
log_test "the same configuration again disturbs nothing" reapply
log_test "monitor -j tells what happens to objects of every kind" events
log_test "objects belong to their namespace" own_namespace
log_test "del takes what an object owns" del
log_test "ids are given, unique, and may be chosen" ids
log_test "names have up to 63 characters" names
log_test "without CAP_NET_ADMIN nothing can be changed or read" no_caps
log_test "root of a user namespace is confined to its own" user_ns
finish
