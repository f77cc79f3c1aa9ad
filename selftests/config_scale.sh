#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 900
#
# Many routes, routers and ports: one batch, complete dumps, and deletion.
#
#   a1 -- s0 -- r0 -- s1 -- a2        and many more without traffic
#
# ROUTES and ROUTERS set the numbers; an emulated kernel gets fewer.
#
# shellcheck disable=SC2154,SC2317	# setup_hv assigns, log_test calls

. "$(dirname "$0")/lib.sh"

case ${DVR_KERNEL:-} in
debug) ROUTES=${ROUTES:-40000} ROUTERS=${ROUTERS:-150} ;;
*) ROUTES=${ROUTES:-20000} ROUTERS=${ROUTERS:-100} ;;
esac

setup_hv hv
vms "$hv" <<VMS
a1 02:00:00:00:0a:01 192.0.2.10/24 192.0.2.1 2001:db8:1::10/64 2001:db8:1::1
a2 02:00:00:00:0a:02 198.51.100.10/24 198.51.100.1 2001:db8:2::10/64 2001:db8:2::1
VMS
dvr "$hv" -b - <<DVR || exit 1
router add r0
segment add s0
segment add s1
iface add r0 segment s0 addr 192.0.2.1/24 addr 2001:db8:1::1/64
iface add r0 segment s1 addr 198.51.100.1/24 addr 2001:db8:2::1/64
port add a1 segment s0
port add a2 segment s1
DVR
ip -n "$hv" link set r0 up

# Half v4, half v6, in no order, nested into one another.
awk -v n="$ROUTES" 'BEGIN {
	for (i = 0; i < n / 2; i++) {
		j = i * 7919 % (n / 2)
		printf "route add r0 10.%d.%d.%d/32 via 198.51.100.10\n",
			int(j / 65536), int(j / 256) % 256, j % 256
		printf "route add r0 2a00:%x:%x::/48 via 2001:db8:2::10\n", int(j / 256) + 1, j % 256 + 1
	}
}' >"$TMP/routes"
sort "$TMP/routes" >"$TMP/want"

seconds() {
	local start=$EPOCHREALTIME

	"$@" || return
	echo "$(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) ms: $*"
}

batch() { seconds dvr "$hv" -b "$TMP/routes"; }

# listed FILE: what show tells, as the lines that would make it.
listed() {
	dvr "$hv" route show r0 type unicast >"$TMP/show" || return
	sed -n 's/ *#.*//; s/^r0 \(.*[^ ]\) *$/route add r0 \1/p' "$TMP/show" | sort >"$1"
}

same() { listed "$TMP/got" && cmp "$TMP/want" "$TMP/got"; }

whole_dump() {
	once batch || return
	seconds listed "$TMP/got" || return
	cmp "$TMP/want" "$TMP/got" || {
		diff "$TMP/want" "$TMP/got" | head -n 4
		fail "$(wc -l <"$TMP/got") routes listed, not $(wc -l <"$TMP/want")"
	}
}

# A dump while routes change misses none of those that stay.
changing_dump() {
	local i pid n code

	once batch || return
	for ((i = 0; i < 20; i++)); do
		printf 'route add r0 172.16.%d.0/24 blackhole\n' "$i"
	done >"$TMP/add"
	sed 's/add/del/; s/ blackhole//' "$TMP/add" >"$TMP/del"
	while dvr "$hv" -b "$TMP/add" && dvr "$hv" -b "$TMP/del"; do :; done >/dev/null 2>&1 &
	pid=$!
	defer_kill "$pid"
	# It is whole, or says that it may not be.
	listed "$TMP/got" 2>"$TMP/said"
	code=$?
	end "$pid"
	dvr "$hv" -b "$TMP/del" >/dev/null 2>&1
	if [[ $code != 0 ]]; then
		grep -q "keeps changing" "$TMP/said" || fail "dump: $(cat "$TMP/said")"
		return
	fi
	n=$(comm -23 "$TMP/want" "$TMP/got" | wc -l)
	equal "$n" 0 "routes missing in the dump"
}

used() {
	once batch || return
	ip -n "$a2" -batch - <<-IP
		addr add 10.0.0.77/32 dev lo
		addr add 2a00:1:4e::1/128 dev lo
	IP
	pings "$a1" 10.0.0.77 && pings "$a1" 2a00:1:4e::1
}

refused_whole() {
	once batch || return
	{
		head -n 1000 "$TMP/routes" | sed 's/r0 10\./r0 11./; s/2a00/2a01/'
		head -n 1 "$TMP/routes"
	} >"$TMP/bad"
	fails dvr "$hv" -b "$TMP/bad" || return
	same || fail "a refused batch left something"
}

delete() {
	local n

	once batch || return
	unset 'ONCE[batch]'
	sed 's/ via.*//; s/add/del/' "$TMP/routes" >"$TMP/gone"
	seconds dvr "$hv" -b "$TMP/gone" || return
	n=$(dvr "$hv" route show r0 type unicast | wc -l)
	equal "$n" 0 "routes left" || return
	pings "$a1" 198.51.100.10
}

with_router() {
	once batch || return
	{
		echo "router add rx"
		echo "segment add sx"
		echo "iface add rx segment sx addr 192.0.2.1/24"
		sed 's/r0/rx/; s/via.*/blackhole/' "$TMP/routes"
	} >"$TMP/rx"
	dvr "$hv" -b "$TMP/rx" || return
	# All that a router has goes with it, and quickly.
	seconds dvr "$hv" router del rx && dvr "$hv" segment del sx || return
	same || fail "routes of another went"
}

routers() {
	local i

	for ((i = 1; i <= ROUTERS; i++)); do
		printf '%s\n' "router add m$i" "segment add m$i" "port add p$i segment m$i" \
			"iface add m$i segment m$i addr 10.0.0.1/24 addr 2001:db8:5::1/64" \
			"route add m$i default via 10.0.0.2"
	done >"$TMP/routers"
	seconds dvr "$hv" -b "$TMP/routers" || return
	equal "$(dvr "$hv" -j router show | jq length)" $((ROUTERS + 1)) routers || return
	equal "$(dvr "$hv" -j iface show | jq '[.[].mac] | unique | length')" \
		$((ROUTERS + 1)) "gateway MACs" || return
	equal "$(dvr "$hv" -j port show | jq 'map(.id) | unique | length')" $((ROUTERS + 2)) \
		"port ids" || return
	for ((i = 1; i <= ROUTERS; i++)); do
		printf '%s\n' "router del m$i" "port del p$i" "segment del m$i"
	done >"$TMP/gone"
	seconds dvr "$hv" -b "$TMP/gone" || return
	equal "$(dvr "$hv" -j router show | jq length)" 1 "routers left" &&
		pings "$a1" 198.51.100.10
}

# Addresses that differ in their last byte are no neighbours in a hash table.
neighs() {
	local n

	awk 'BEGIN {
		for (i = 0; i < 1000; i++) {
			printf "neigh add segment s1 172.16.%d.%d lladdr 02:00:00:00:%02x:%02x\n",
				int(i / 250), i % 250 + 2, int(i / 250), i % 250
			printf "neigh add segment s1 2001:db8:9::%x:0 lladdr 02:00:00:01:%02x:%02x\n",
				i + 1, int(i / 250), i % 250
		}
	}' >"$TMP/neighs"
	seconds dvr "$hv" -b "$TMP/neighs" || return
	n=$(dvr "$hv" neigh show segment s1 | grep -c '172\.16\.\|db8:9:')
	[[ $n -eq 2000 ]] || fail "$n neighbours, not 2000" || return
	sed 's/^neigh add/neigh del/; s/ lladdr.*//' "$TMP/neighs" >"$TMP/gone"
	seconds dvr "$hv" -b "$TMP/gone"
}

log_test "2000 neighbours in one batch, and gone" neighs
log_test "$ROUTES routes in one batch" once batch
log_test "a dump tells every one of $ROUTES routes once" whole_dump
log_test "a dump while routes change misses none that stays" changing_dump
log_test "among so many routes the right one is taken" used
log_test "a batch that fails after 1000 routes leaves nothing" refused_whole
log_test "a router with $ROUTES routes is deleted, another's stay" with_router
log_test "$ROUTES routes deleted in one batch" delete
log_test "$ROUTERS routers, segments and ports in one batch, and gone" routers
finish
