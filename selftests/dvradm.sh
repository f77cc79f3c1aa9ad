#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# cache: on
#
# The tool against a module: its own tests, with fewer routes than by hand.
set -o pipefail
top=$(dirname "$(readlink -f "$0")")/..
bash "$top/tools/tests/live" "${DVRADM:-dvradm}" 2000 | "$top/scripts/ktap" print
