# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the selftests in shell share.  Sourced, never run.
#
# A test file draws its topology, makes it with setup_ns and vms, calls log_test for
# each thing it shows, and finish at the end.  What a test makes it undoes with
# defer; what it shares with others is made by once: any test can run alone.  Processes are dear in an emulated kernel:
# what can be one "ip -batch" or one "dvradm -b" is.

set -uo pipefail

FILE=${0##*/}
FILE=${FILE%.*}
DVRADM=${DVRADM:-dvradm}
TMP=$(mktemp -d -t "dvr-$FILE.XXXXXX")
FAILED=0
IN_TEST=
DEFERRED=()
DEFERRED_TEST=()
declare -A ONCE=()
TESTS=()
LAST_TESTS=()
HVS=()

# Small tools are those of busybox, which starts in a third of the time as it is
# static; some tests run hundreds.
for tool in awk cat cmp cut grep head paste rm sed sleep sort tail tr wc xargs; do
	eval "$tool() { busybox $tool \"\$@\"; }"
done

# defer CMD...: run CMD at the end of this test, last one first; outside of a test
# and in what is made "once", at exit.
defer() {
	local cmd

	printf -v cmd '%q ' "$@"
	if [[ -n $IN_TEST ]]; then
		DEFERRED_TEST+=("$cmd")
	else
		DEFERRED+=("$cmd")
	fi
}

# undo ARRAY: run what was deferred there.
undo() {
	local -n list=$1
	local i

	[[ -z ${KEEP:-} ]] || return 0
	for ((i = ${#list[@]} - 1; i >= 0; i--)); do
		eval "${list[i]}" >/dev/null 2>&1
	done
	list=()
}

cleanup() {
	undo DEFERRED_TEST
	undo DEFERRED
	[[ -n ${KEEP:-} ]] || rm -rf "$TMP"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# once CMD...: what several tests need is made by the first that asks for it, and
# kept until the file ends.
once() {
	local key="$*" in_test=$IN_TEST

	if [[ -z ${ONCE[$key]:-} ]]; then
		IN_TEST=
		"$@"
		ONCE[$key]=$?
		IN_TEST=$in_test
	elif [[ ${ONCE[$key]} != 0 ]]; then
		echo "not there: $key"
	fi
	return "${ONCE[$key]}"
}

# defer_kill PID...: end processes then, and wait for them.
defer_kill() { defer end "$@"; }

# end PID...: end processes of ours now.
end() { kill "$@" 2>/dev/null; wait "$@" 2>/dev/null; return 0; }

last_line() { tail -n 1 "$1"; }

# log_test NAME CMD...: the test NAME holds if CMD does; its last line says why
# not.  finish runs it, in this shell, if it is one of those that ONLY names.
log_test() {
	local cmd

	selected "$1" || return 0
	printf -v cmd '%q ' "${@:2}"
	TESTS+=("$1" "$cmd")
}

# both NAME CMD [ARG...]: a test of IPv4 and one of IPv6, of "CMD 4 ARG..." and "CMD 6
# ARG...".
both() {
	local v

	for v in 4 6; do
		log_test "$1 (IPv$v)" "$2" "$v" "${@:3}"
	done
}

# last_test NAME CMD...: as log_test, but after all others and with any of them.
last_test() {
	local cmd

	printf -v cmd '%q ' "${@:2}"
	LAST_TESTS+=("$1" "$cmd")
}

# selected NAME: is it one of those that ONLY names, by a glob anywhere in the name
# or by "=" and the name itself?
selected() {
	if [[ ${ONLY:-} = =* ]]; then
		[[ $1 = "${ONLY#=}" ]]
	else
		# shellcheck disable=SC2053	# it is a glob
		[[ $1 = *${ONLY:-}* ]]
	fi
}

# run_test NUMBER NAME CMD: CMD, what it defers, and the result.
run_test() {
	local start=$EPOCHREALTIME code=0 line=''

	IN_TEST=1
	eval "$3" >"$TMP/log" 2>&1 || code=$?
	undo DEFERRED_TEST
	IN_TEST=
	while IFS= read -r line; do
		printf '# %s\n' "$line"
	done <"$TMP/log"
	echo "# took $(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) ms"
	case $code in
	0) echo "ok $1 $2" ;;
	4) echo "ok $1 $2 # SKIP $(last_line "$TMP/log")" ;;
	*)
		echo "not ok $1 $2 # $(last_line "$TMP/log")"
		FAILED=1
		;;
	esac
}

# fail WHY...: say why and be false; "|| fail ... || return" in tests.
fail() { echo "$*"; return 1; }

# equal GOT WANT WHAT
equal() { [[ $1 = "$2" ]] || fail "$3: '$1', not '$2'"; }

# fails CMD...: CMD must fail.
fails() {
	if "$@"; then
		fail "worked: $*"
	fi
}

# patience: PATIENCE is how many times longer than on a machine with nothing else to
# do something may take: scripts/test writes that down.
patience() {
	PATIENCE=
	[[ ! -r ${DVR_PATIENCE:-} ]] || read -r PATIENCE <"$DVR_PATIENCE"
	[[ $PATIENCE =~ ^[1-9][0-9]*$ ]] || PATIENCE=1
}

# busywait SECONDS CMD...: wait until CMD is true.
busywait() {
	local start=${EPOCHREALTIME/./} limit=$1
	shift

	until "$@" >"$TMP/busywait" 2>&1; do
		patience
		if ((${EPOCHREALTIME/./} > start + limit * PATIENCE * 1000000)); then
			tail -n 1 "$TMP/busywait"
			fail "not in time: $*"
			return
		fi
		sleep 0.1
	done
}

# setup_ns VAR...: a network namespace each; its name is put into VAR.
setup_ns() {
	local var lines=

	for var; do
		printf -v "$var" '%s-%s' "$FILE" "$var"
		[[ ! -e /run/netns/$FILE-$var ]] || ip netns del "$FILE-$var"
		lines+="netns add $FILE-$var"$'\n'
		defer ip netns del "$FILE-$var"
	done
	ip -batch - <<<"$lines" || exit 1
}

# setup_hv VAR...: namespaces that are hypervisors.  The host in them could
# route: what leaks out of dvr would be seen at the end.
setup_hv() {
	local var

	setup_ns "$@"
	for var; do
		HVS+=("${!var}")
		on "${!var}" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	done
}

# enter NS CMD...: ENTER is what runs CMD in a namespace.  The nsenter of busybox is
# there in a tenth of the other's time; it is told the path, as it would take its
# own ping first.
enter() {
	hash "$2" || return
	ENTER=(busybox nsenter --net="/run/netns/$1" -- "${BASH_CMDS[$2]:-$2}" "${@:3}")
}

# on NS CMD...: run CMD in a namespace.
on() { enter "$@" && "${ENTER[@]}"; }

# start VAR NS CMD...: run CMD there in the background; VAR is its process.
start() {
	local var=$1
	shift

	enter "$@" || return
	(exec "${ENTER[@]}") &
	printf -v "$var" '%s' $!
	defer_kill $!
}

# dvr NS ARG...: the operator's tool there.
dvr() { "$DVRADM" -n "$1" "${@:2}"; }

# vms HV < LINES: virtual machines, one a line:
#   NAME MAC ADDR4/LEN GATEWAY4 ADDR6/LEN GATEWAY6 [MTU]
# NAME is a variable with its namespace, and the device in HV; inside it is
# eth0.  A - is something that the machine does not have.
vms() {
	local hv=$1 name mac a4 g4 a6 g6 mtu links='' up='' names=() i
	local -a config=()

	while read -r name mac a4 g4 a6 g6 mtu; do
		[[ -n $name ]] || continue
		names+=("$name")
		mtu=${mtu:-1500}
		links+="link add eth0 mtu $mtu address $mac netns $FILE-$name type veth"
		links+=" peer name $name mtu $mtu netns $hv"$'\n'
		up+="link set $name up"$'\n'
		config+=("link set lo up
link set eth0 up
$([[ $a4 = - ]] || echo "addr add $a4 dev eth0")
$([[ $g4 = - ]] || echo "route add default via $g4")
$([[ $a6 = - ]] || echo "addr add $a6 dev eth0 nodad")
$([[ $g6 = - ]] || echo "route add default via $g6 dev eth0")")
	done
	setup_ns "${names[@]}"
	ip -batch - <<<"$links" || exit 1
	ip -n "$hv" -batch - <<<"$up" || exit 1
	for i in "${!names[@]}"; do
		ip -n "$FILE-${names[i]}" -batch - <<<"${config[i]}" || exit 1
	done
}

# pings NS ADDR [ARG...]: a ping that is answered; the first one counts.
pings() {
	patience
	on "$1" ping -n -q -c 1 -W $((3 * PATIENCE)) "${@:3}" "$2" || fail "no ping from $1 to $2 ${*:3}"
}

# listens NS PORT: a TCP server is there.
listens() { on "$1" ss -Htln "sport = :$2" | grep -q .; }

# tcp_arrives FROM TO BYTES SECONDS ADDR...: as many, to each address of TO.
tcp_arrives() {
	local from=$1 to=$2 bytes=$3 seconds=$4 addr got server
	shift 4

	head -c "$bytes" /dev/urandom >"$TMP/sent"
	patience
	for addr; do
		start server "$to" socat -u "TCP6-LISTEN:7000,ipv6only=0" "CREATE:$TMP/got"
		busywait 10 listens "$to" 7000 || return
		[[ $addr != *:* ]] || addr="[$addr]"
		on "$from" timeout $((seconds * PATIENCE)) socat -u "OPEN:$TMP/sent" "TCP:$addr:7000" ||
			fail "sending to $addr" || return
		wait "$server"
		got=$(cmp "$TMP/sent" "$TMP/got" 2>&1) || fail "$addr: $got" || return
	done
}

# hops NS DST WANT HOW...: traceroute shows these.
hops() {
	local got

	patience
	on "$1" traceroute -n -q 1 -w $((3 * PATIENCE)) -N 4 -m 8 "${@:4}" "$2" >"$TMP/trace" 2>&1
	cat "$TMP/trace"
	got=$(awk 'NR > 1 { print $2 }' "$TMP/trace" | xargs)
	equal "$got" "$3" "hops of traceroute ${*:4} from $1 to $2"
}

# silent NS ADDR [ARG...]: no ping is answered.
silent() {
	if on "$1" ping -n -q -c 2 -i 0.1 -W 0.5 "${@:3}" "$2"; then
		fail "ping from $1 to $2 answered"
	fi
}

# capture VAR NS DEV [ARG...]: start tcpdump; VAR is its process, the frames
# are in $TMP/VAR.pcap.
capture() {
	local var=$1 ns=$2 dev=$3
	shift 3

	rm -f "$TMP/$var.pcap" "$TMP/$var.err"
	start "$var" "$ns" tcpdump -Z root -i "$dev" -n -U -s 200 --immediate-mode \
		-w "$TMP/$var.pcap" "$@" 2>"$TMP/$var.err"
	busywait 60 grep -q 'listening on' "$TMP/$var.err"
}

# captured VAR [EXPRESSION...]: stop it, print how many frames fit.
captured() {
	end "${!1}"
	if [[ $# = 1 ]]; then
		awk '/packets? captured/ { print $1 }' "$TMP/$1.err"
	else
		frames "$@"
	fi
}

# frames VAR [EXPRESSION...]: how many frames of a capture fit.
frames() { tcpdump -n -r "$TMP/$1.pcap" "${@:2}" 2>/dev/null | wc -l; }

# sniff NS DEV: look for inside addresses in what comes to DEV, until no_leak.
sniff() { capture leak "$1" "$2" -Q in "net 10.0.0.0/8 or (ip6 and net fd00::/16)"; }

no_leak() {
	equal "$(captured leak)" 0 "frames with inside addresses outside" ||
		{ tcpdump -n -r "$TMP/leak.pcap" 2>/dev/null | head -n 5; return 1; }
}

# field NAME: the first value of that name in JSON on stdin; cheaper than jq.
field() {
	local json re="\"$1\": *\"?([^],}\"]*)"

	json=$(cat)
	[[ $json =~ $re ]] && echo "${BASH_REMATCH[1]}"
}

# told NS ADDR MTU: what the stack of NS has learned of the way to ADDR.
told() {
	local got

	got=$(ip -n "$1" -j route get "$2" | field mtu)
	equal "${got:-0}" "$3" "path MTU of $1 to $2"
}

# forget NS: forget what was learned of paths.
forget() { ip -n "$1" route flush cache; ip -n "$1" -6 route flush cache; }

# transfer NS ADDR ARG...: iperf3 of NS, and what it says arrived.
transfer() {
	patience
	on "$1" timeout $((60 * PATIENCE)) iperf3 -c "$2" -J "${@:3}" >"$TMP/iperf" 2>&1 || {
		tail -n 3 "$TMP/iperf"
		fail "iperf3 ${*:2}"
		return
	}
	jq -c '.end | {sent: .sum_sent.bytes, received: .sum_received.bytes,
		lost: .sum.lost_percent}' "$TMP/iperf"
	# It does not always say by its exit code that it could not connect.
	jq -e '.end.sum_received.bytes > 0' "$TMP/iperf" >/dev/null ||
		fail "iperf3 ${*:2}: nothing arrived, $(jq -r .error "$TMP/iperf")"
}

# need_tool NAME...: skip what follows in this test if one is not there.
need_tool() {
	local tool

	for tool; do
		if ! command -v "$tool" >/dev/null; then
			echo "no $tool here"
			return 4
		fi
	done
}

# dropped NS REASON [PORT]: how often, by dvr's counters.
dropped() {
	dvr "$1" -j drops | awk -v RS='}' -v reason="$2" -v port="${3:-}" '
	function has(key, value) { return $0 ~ "\"" key "\": *\"" value "\"" }
	has("reason", reason) && (port == "" || has("port", port)) &&
		match($0, /"packets": *[0-9]+/) {
		split(substr($0, RSTART, RLENGTH), pair, ":")
		sum += pair[2]
	}
	END { print sum + 0 }'
}

# host_forwarded NS: how many packets the kernel's own router forwarded.
host_forwarded() {
	on "$1" cat /proc/net/snmp /proc/net/snmp6 | awk '
	/^Ip:/ && !n { for (i = 1; i <= NF; i++) if ($i == "ForwDatagrams") n = i; next }
	/^Ip:/ { sum += $n }
	/^Ip6OutForwDatagrams/ { sum += $2 }
	END { print sum + 0 }'
}

host_idle() {
	local hv

	for hv in "${HVS[@]}"; do
		[[ -e /run/netns/$hv ]] || continue
		equal "$(host_forwarded "$hv")" 0 "packets forwarded in $hv" || return
	done
}

# finish: run the tests; the last word of a file.
finish() {
	local i number=0

	echo "KTAP version 1"
	if [[ ${#TESTS[@]} = 0 ]]; then
		echo "1..0 # SKIP no test of that name"
		exit 0
	fi
	[[ ${#HVS[@]} = 0 ]] || last_test "$FILE the host itself forwarded nothing" host_idle
	TESTS+=("${LAST_TESTS[@]}")
	echo "1..$((${#TESTS[@]} / 2))"
	for ((i = 0; i < ${#TESTS[@]}; i += 2)); do
		run_test $((++number)) "${TESTS[i]}" "${TESTS[i + 1]}"
	done
	exit $FAILED
}
