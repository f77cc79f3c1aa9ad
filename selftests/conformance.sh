#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# The table of docs/conformance.md matches the tests: each file that a row names has
# a test with the name of the row, and each test that is named after a row is in the
# table.
set -uo pipefail

cd "$(dirname "$0")" || exit 1
table=../docs/conformance.md
if [[ ! -f $table ]]; then
	echo "skip conformance # no $table here" | ../scripts/ktap print
	exit 0
fi

awk '
# Names of tests: all that looks like a row in the quotes of a test.
FNR == 1 { file = FILENAME }
file !~ /conformance.md$/ && /^(@test|log_test|both|last_test|try|    test)/ {
	line = $0
	while (match(line, /[(" ]([0-9]+|arp|v6|nd|pmtu|udp|tcp|icmp|cgn|ov|vrrp|snoop)-[0-9]+/)) {
		row = substr(line, RSTART + 1, RLENGTH - 1)
		have[row, file] = 1
		rows[row] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}
file ~ /conformance.md$/ && /^\| [a-z0-9]+-[0-9]+ \|/ {
	split($0, cell, " *\\| *")
	listed[cell[2]] = 1
	n = split(cell[5], word, /[ ;,():]+/)
	for (i = 1; i <= n; i++) {
		if (word[i] !~ /\.(sh|py)$/)
			continue
		if ((cell[2], "./" word[i]) in have || word[i] == "routerdev.sh")
			print "ok " cell[2] " has a test in " word[i]
		else
			print "not ok " cell[2] " has a test in " word[i] " # none of that name"
	}
}
END {
	for (row in rows)
		if (!(row in listed))
			print "not ok " row " is in the table # a test has it"
}' ./*.sh ./*.py $table | ../scripts/ktap print
