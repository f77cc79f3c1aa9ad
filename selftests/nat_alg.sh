#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# Protocols that carry addresses in their payload, and the results of STUN.
#
# In the network of natnet.sh: out is 192.0.2.3 and 2001:db8:e::3, too, and
#
#   a1 (snat) 203.0.113.10 2001:db8:f::10, ports 21 of them are a2's
#   a2 (snat, filter endpoint) 203.0.113.11 2001:db8:f::11
#   a3 (snat, mapping connection) 203.0.113.12 2001:db8:f::12
#
# shellcheck disable=SC2154,SC2317	# natnet.sh assigns, log_test calls

. "$(dirname "$0")/natnet.sh"

natnet a1 a2 a3 out
ip -n "$out" -batch - <<IP
addr add 192.0.2.3/24 dev eth0
addr add 2001:db8:e::3/64 dev eth0 nodad
IP
dvr "$hv" -b - <<DVR || exit 1
nat add r1 out ext snat from 10.1.0.10/32 to 203.0.113.10
nat add r1 out ext snat from fd00:0:0:1::10/128 to 2001:db8:f::10
nat add r1 out ext snat from 10.1.0.11/32 to 203.0.113.11 filter endpoint
nat add r1 out ext snat from fd00:0:0:1::11/128 to 2001:db8:f::11 filter endpoint
nat add r1 out ext snat from 10.1.0.12/32 to 203.0.113.12 mapping connection
nat add r1 out ext snat from fd00:0:0:1::12/128 to 2001:db8:f::12 mapping connection
nat add r1 out ext forward tcp 203.0.113.10:21 to 10.1.0.11:21
nat add r1 out ext forward tcp [2001:db8:f::10]:21 to [fd00:0:0:1::11]:21
DVR
sniffers || exit 1

helpers() { dvr "$hv" router set r1 helpers "$1"; }

# -- FTP ---------------------------------------------------------------------------

# ftp_server NS: vsftpd there, for both families.
ftp_server() {
	local pid

	start pid "$1" vsftpd "$TMP/vsftpd.conf"
	busywait 10 listens "$1" 21
}

# What is fetched.
a_file() {
	mkdir -p "$TMP/ftp" "$TMP/empty"
	chmod 755 "$TMP" "$TMP/ftp"
	head -c 20000 /dev/urandom >"$TMP/ftp/file"
	chmod 644 "$TMP/ftp/file"
}

# Outside, and a2 inside.
ftp_servers() {
	need_tool vsftpd curl || return
	once a_file
	vsftpd_conf "$TMP/vsftpd.conf" connect_from_port_20=YES
	ftp_server "$out" && ftp_server "$a2"
}

# ftp NS HOST ARG...: the file is fetched, whole.
ftp() {
	rm -f "$TMP/got"
	patience
	on "$1" timeout $((20 * PATIENCE)) curl -sS --connect-timeout $((5 * PATIENCE)) \
		-m $((12 * PATIENCE)) -o "$TMP/got" "${@:3}" "ftp://$2/file"
	cmp "$TMP/ftp/file" "$TMP/got" || fail "ftp from $1 of $2 ${*:3}"
}

# Active: the server comes to the port that a command told it.
ftp_active() {
	local code=0

	once ftp_servers || return
	helpers ftp || return
	[[ $1 = 6 ]] || ftp "$a1" "${OUT[4]}" -P - --disable-eprt || code=1
	[[ $code = 0 ]] && ftp "$a1" "$(url "${OUT[$1]}")" -P - || code=1
	[[ $code = 0 ]] || on "$hv" conntrack -L -w 101 -f "ipv$1"
	return "$code"
}

# Passive, of a server inside: the client comes to the port that an answer told.
ftp_passive() {
	once ftp_servers || return
	helpers ftp || return
	if [[ $1 = 4 ]]; then
		ftp "$out" "${SNAT[4]}" --disable-epsv --no-ftp-skip-pasv-ip &&
			# And of one outside, which needs nothing.
			ftp "$a1" "${OUT[4]}" --disable-epsv || return
	fi
	ftp "$out" "$(url "${SNAT[$1]}")" && ftp "$a1" "$(url "${OUT[$1]}")"
}

ftp_off() {
	once ftp_servers || return
	helpers none || return
	dvr "$hv" flow flush router r1
	if [[ $1 = 4 ]]; then
		fails ftp "$a1" "${OUT[4]}" -P - --disable-eprt &&
			fails ftp "$out" "${SNAT[4]}" --disable-epsv --no-ftp-skip-pasv-ip || return
	else
		fails ftp "$a1" "$(url "${OUT[6]}")" -P - && fails ftp "$out" "$(url "${SNAT[6]}")" ||
			return
	fi
	ftp "$a1" "$(url "${OUT[$1]}")"
}

one_by_one() {
	need_tool conntrack && once ftp_servers && helpers none || return
	equal "$(dvr "$hv" -j router show r1 | jq -c '.[0].helpers')" "[]" "helpers of a new router" ||
		return
	seen_helper "$1" "$a1" "${OUT[$1]}" 21 '' || return
	helpers ftp && seen_helper "$1" "$a1" "${OUT[$1]}" 21 ftp || return
	helpers tftp,sip && seen_helper "$1" "$a1" "${OUT[$1]}" 21 '' || return
	helpers ftp,tftp,sip || return
	equal "$(dvr "$hv" -j router show r1 | jq -c '.[0].helpers | sort')" '["ftp","sip","tftp"]' \
		helpers || return
	seen_helper "$1" "$a1" "${OUT[$1]}" 21 ftp || return
	# On their standard ports only: 7001 is not FTP's.
	start other "$out" socat TCP6-LISTEN:7001,ipv6only=0,fork "EXEC:sleep 60"
	busywait 5 listens "$out" 7001 || return
	seen_helper "$1" "$a1" "${OUT[$1]}" 7001 ''
	local code=$?
	end "$other"
	helpers none
	return "$code"
}

# -- TFTP --------------------------------------------------------------------------

tftp_server() {
	need_tool in.tftpd curl || return
	once a_file
	start tftpd "$out" in.tftpd -L -s "$TMP/ftp" -u root
	busywait 5 udp_listens "$out" 69
}

udp_listens() { on "$1" ss -Hlun "sport = :$2" | grep -q .; }

tftp() {
	rm -f "$TMP/got"
	patience
	on "$1" timeout $((10 * PATIENCE)) curl -sS -m $((6 * PATIENCE)) -o "$TMP/got" \
		"tftp://$2/file"
	cmp "$TMP/ftp/file" "$TMP/got" || fail "tftp from $1 of $2"
}

tftp_on() {
	once tftp_server && helpers tftp && tftp "$a1" "$(url "${OUT[$1]}")"
}

tftp_off() {
	once tftp_server || return
	helpers none && fails tftp "$a1" "$(url "${OUT[$1]}")" &&
		# Where anybody may answer, the other port may.
		tftp "$a2" "$(url "${OUT[$1]}")"
}

# -- SIP -----------------------------------------------------------------------------

# call V on|off: what becomes of a call.
call() {
	dvr "$hv" flow flush router r1 || return
	python3 "$(dirname "$0")/sipcall.py" "$2" "$a1" "$out" "${A1[$1]}" "${OUT[$1]}" "${SNAT[$1]}"
}

sip_on() { helpers sip && call "$1" on; }

sip_off() { helpers none && call "$1" off; }

# -- STUN ----------------------------------------------------------------------------

stun_server() {
	need_tool turnserver turnutils_natdiscovery || return
	start turn "$out" turnserver -n --no-auth --no-tls --no-dtls --no-tcp --no-tcp-relay --no-cli \
		-L 192.0.2.2 -L 192.0.2.3 -L 2001:db8:e::2 -L 2001:db8:e::3 -m 1 -p 3478 \
		--alt-listening-port 3479 -l stdout --pidfile "$TMP/turn.pid" --db "$TMP/turn.db" \
		>"$TMP/turn" 2>&1
	busywait 20 udp_listens "$out" 3479
}

# discovers NS ADDR MAPPING FILTER: what a STUN client finds (RFC 5780).
discovers() {
	on "$1" timeout 40 turnutils_natdiscovery -m -f -p 3478 "$2" >"$TMP/stun" 2>&1
	cat "$TMP/stun"
	grep -q "NAT with $3 Mapping" "$TMP/stun" || fail "$1 to $2: no '$3 Mapping'" || return
	grep -q "NAT with $4 Filtering" "$TMP/stun" || fail "$1 to $2: no '$4 Filtering'"
}

# stun V NS MAPPING FILTER
stun() {
	once stun_server || return
	dvr "$hv" flow flush router r1
	discovers "$2" "${OUT[$1]}" "${@:3}"
}

both "udp-8 helpers are off, and switched one by one" one_by_one
both "udp-8 active and passive FTP without the helper: what cannot work does not" ftp_off
both "active FTP through snat with the helper" ftp_active
both "passive FTP to a forwarded server with the helper" ftp_passive
both "udp-8 TFTP without the helper needs filter endpoint" tftp_off
both "TFTP through snat with the helper" tftp_on
both "SIP through snat with the helper: who is called finds the media" sip_on
both "udp-8 SIP without the helper is not touched, nor is media let in" sip_off
both "udp-1 udp-6 STUN: as it comes, endpoint-independent mapping, filter by connection" \
	stun "$a1" "Endpoint Independent" "Address and Port Dependent"
both "udp-1 udp-6 STUN: filter endpoint" \
	stun "$a2" "Endpoint Independent" "Endpoint Independent"
both "udp-1 udp-6 STUN: mapping connection" \
	stun "$a3" "Address and Port Dependent" "Address and Port Dependent"
last_test "no inside address was seen outside" no_leak
finish
