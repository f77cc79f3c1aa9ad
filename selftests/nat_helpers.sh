#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# spread: debug
# timeout: 300
#
# Helpers on other ports than the standard ones, and of servers behind forwards.
#
# In the network of natnet.sh. out and a2 have an FTP server on ports 21 and 2121, a2 a TFTP
# server. The outside address of a1 (203.0.113.10 2001:db8:f::10) forwards to a2
#
#   tcp 2121 to 21, 2222 to 2121; udp 69 to 69, 6969 to 69
#
# shellcheck disable=SC2154,SC2317	# natnet.sh assigns, log_test calls

. "$(dirname "$0")/natnet.sh"

natnet a1 a2 out
SNAT2=([4]=203.0.113.11 [6]=2001:db8:f::11)
for v in 4 6; do
	dvr "$hv" -b - <<-DVR || exit 1
		nat add r1 out ext snat from ${A1[$v]}/$((v == 4 ? 32 : 128)) to ${SNAT[$v]}
		nat add r1 out ext snat from ${A2[$v]}/$((v == 4 ? 32 : 128)) to ${SNAT2[$v]}
		nat add r1 out ext forward tcp $(url "${SNAT[$v]}"):2121 to $(url "${A2[$v]}"):21
		nat add r1 out ext forward tcp $(url "${SNAT[$v]}"):2222 to $(url "${A2[$v]}"):2121
		nat add r1 out ext forward udp $(url "${SNAT[$v]}"):69 to $(url "${A2[$v]}"):69
		nat add r1 out ext forward udp $(url "${SNAT[$v]}"):6969 to $(url "${A2[$v]}"):69
	DVR
done
sniffers || exit 1

helpers() { dvr "$hv" router set r1 helpers "$1"; }

# serve NS PORT: vsftpd there, for both families.
serve() {
	local conf=$TMP/vsftpd.$2 pid

	vsftpd_conf "$conf" "listen_port=$2"
	start pid "$1" vsftpd "$conf"
	busywait 10 listens "$1" "$2"
}

udp_listens() { on "$1" ss -Hlun "sport = :$2" | grep -q .; }

servers() {
	local ns

	need_tool vsftpd in.tftpd curl || return
	mkdir -p "$TMP/ftp" "$TMP/empty"
	chmod 755 "$TMP" "$TMP/ftp"
	head -c 20000 /dev/urandom >"$TMP/ftp/file"
	chmod 644 "$TMP/ftp/file"
	for ns in "$out" "$a2"; do
		serve "$ns" 21 && serve "$ns" 2121 || return
	done
	start tftpd "$a2" in.tftpd -L -s "$TMP/ftp" -u root
	busywait 5 udp_listens "$a2" 69
}

# fetch NS URL ARG...: the file, whole.
fetch() {
	rm -f "$TMP/got"
	patience
	on "$1" timeout $((14 * PATIENCE)) curl -sS --connect-timeout $((4 * PATIENCE)) \
		-m $((8 * PATIENCE)) -o "$TMP/got" "${@:3}" "$2/file"
	cmp "$TMP/ftp/file" "$TMP/got" || fail "$1: $2 ${*:3}"
}

# active V PORT: the server outside comes to the port that a command of a1 has.
active() {
	local words=()

	[[ $1 = 6 ]] || words=(--disable-eprt)
	fetch "$a1" "ftp://$(url "${OUT[$1]}"):$2" -P - "${words[@]}"
}

# passive V PORT: out comes to the port that an answer of a2 has.
passive() {
	local words=()

	[[ $1 = 6 ]] || words=(--disable-epsv --no-ftp-skip-pasv-ip)
	fetch "$out" "ftp://$(url "${SNAT[$1]}"):$2" "${words[@]}"
}

tftp() { fetch "$out" "tftp://$(url "${SNAT[$1]}"):$2"; }

# Each port by itself.
other_port() {
	once servers || return
	helpers ftp && seen_helper "$1" "$a1" "${OUT[$1]}" 2121 '' &&
		seen_helper "$1" "$a1" "${OUT[$1]}" 21 ftp || return
	helpers ftp:2121 && seen_helper "$1" "$a1" "${OUT[$1]}" 21 '' && active "$1" 2121 || return
	helpers ftp,ftp:2121,tftp && seen_helper "$1" "$a1" "${OUT[$1]}" 2121 ftp &&
		seen_helper "$1" "$a1" "${OUT[$1]}" 21 ftp
}

# The inside port counts.
forwarded() {
	once servers || return
	helpers ftp && passive "$1" 2121 && seen_helper "$1" "$out" "${SNAT[$1]}" 2222 '' || return
	helpers ftp:2121 && passive "$1" 2222 &&
		seen_helper "$1" "$out" "${SNAT[$1]}" 2121 ''
}

tftp_forwarded() {
	once servers || return
	# Without the helper an answer comes from the address of a2's own rule.
	helpers none && capture strange "$out" eth0 -Q in "udp and src host ${SNAT2[$1]}" || return
	tftp "$1" 6969
	[[ $(captured strange) -gt 0 ]] || fail "the answers have the address of the forward" ||
		return
	end "$strange"
	helpers tftp && capture strange "$out" eth0 -Q in "udp and src host ${SNAT2[$1]}" || return
	tftp "$1" 69 && tftp "$1" 6969 && equal "$(captured strange)" 0 "answers of another address"
}

shown() {
	helpers sip:5062,ftp,ftp:2121 || return
	equal "$(dvr "$hv" -j router show r1 | jq -c '.[0].helpers')" '["ftp","sip:5062","ftp:2121"]' \
		"in JSON" || return
	dvr "$hv" router show r1 | grep -q ' helpers ftp,sip:5062,ftp:2121' || fail "in text" || return
	dvr "$hv" save | grep -q '^router add r1 .*helpers ftp,sip:5062,ftp:2121' || fail save || return
	# What else is set leaves them.
	dvr "$hv" router set r1 icmp-rate 1000 || return
	equal "$(dvr "$hv" -j router show r1 | jq -c '.[0].helpers | length')" 3 "after another set" ||
		return
	refused "another helper has the port" sip:21,ftp || return
	refused "the helper has the port twice" ftp,ftp:21 || return
	refused "on at most 16 ports" "$(seq -s, -f 'ftp:%g' 3000 3016)" || return
	equal "$(dvr "$hv" -j router show r1 | jq -c '.[0].helpers | length')" 3 "after refusals" ||
		return
	helpers "tftp:21,ftp,$(seq -s, -f 'ftp:%g' 3000 3013)" && helpers none &&
		equal "$(dvr "$hv" -j router show r1 | jq -c '.[0].helpers')" "[]" "none"
}

# refused SENTENCE LIST
refused() {
	! helpers "$2" 2>"$TMP/refused" || fail "helpers $2 were taken" || return
	grep -q "$1" "$TMP/refused" || fail "helpers $2: $(cat "$TMP/refused")"
}

both "cases-12 udp-8 FTP on another port, and on that alone" other_port
both "cases-12 passive FTP of forwarded servers: the inside port counts" forwarded
both "cases-12 TFTP of a forwarded server, on the standard port and on another" tftp_forwarded
log_test "cases-12 ports of helpers are set, shown, saved and refused" shown
last_test "no inside address was seen outside" no_leak
finish
