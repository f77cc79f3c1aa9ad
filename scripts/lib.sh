# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts here share: where things are, which kernels are supported,
# and how packages of other Debian suites are fetched.  Sourced, never run.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SELF=${0##*/}

# Where downloads and built kernels are kept, for all clones of this project.
DVR_CACHE=${DVR_CACHE:-/var/cache/dvr}

# The kernels supported, oldest first: tag and the suite it is the newest of.
# shellcheck disable=SC2034
KERNEL_TAGS=(6.1 6.12 7.3)
declare -A KERNEL_SUITE=([6.1]=bookworm [6.12]=trixie [7.3]=trixie-backports)

# The one the debug kernel is built from unless DVR_DEBUG_BASE says otherwise.
# shellcheck disable=SC2034
DEBUG_BASE=${DVR_DEBUG_BASE:-7.3}

say() { printf '%s: %s\n' "$SELF" "$*" >&2; }
die() { say "$*"; exit 1; }

# The comment block at the top of the calling script is its usage message.
usage() {
	sed -n '3,/^[^#]/ { s/^# \{0,1\}//p }' "$0" >&2
	exit 2
}

# The version of the module, written once, in dkms.conf.
dvr_version() { sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf"; }

# known_tag TAG: is it one of ours?
known_tag() { [[ -n ${KERNEL_SUITE[$1]:-} ]]; }

# uml_tag TAG: is it one that we build, a process of this machine?
uml_tag() { [[ $1 = debug || $1 = native ]]; }

# quiet_ms MS: how much of a time that has passed is one's own on this machine: with
# ten times as many processes that want to run as there are CPUs, a tenth.
quiet_ms() {
	local load cpus=$(($(nproc) * 100))

	read -r load _ </proc/loadavg
	load=$((10#${load/./}))
	echo $((load > cpus ? $1 * cpus / load : $1))
}

# load_module KO: in a VM, with the modules that it depends on.
load_module() {
	local deps

	deps=$(modinfo -F depends "$1")
	# shellcheck disable=SC2086	# one word each
	[[ -z $deps ]] || modprobe -a -q ${deps//,/ }
	insmod "$1"
}

# locked NAME: wait until no other process holds NAME; held until we exit.
locked() {
	mkdir -p "$DVR_CACHE/lock"
	exec {lock_fd}>"$DVR_CACHE/lock/$1"
	flock "$lock_fd"
}

# mirror: the Debian mirror that apt on this machine uses.
mirror() {
	local codename url
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
	url=$(apt-get indextargets --format "\$(REPO_URI) \$(CODENAME) \$(SUITE)" \
		'Created-By: Packages' 2>/dev/null |
		awk -v c="$codename" '$2 == c || $3 == c { print $1; exit }')
	if [[ -z $url ]]; then	# no lists yet: read the sources themselves
		url=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
			sed -nE 's/^deb +(\[[^]]*\] +)?(http[^ ]+) .*/\2/p' |
			grep -v security | head -n 1) || url=
	fi
	if [[ -z $url ]]; then
		url=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
			sed -nE 's/^URIs: *([^ ]+).*/\1/p' |
			grep -v security | head -n 1) || url=
	fi
	[[ -n $url ]] || die "no Debian mirror in apt's sources"
	echo "${url%/}"
}

# suite_apt SUITE TOOL ARGS...: run an apt tool that sees nothing but SUITE.
# apt itself checks signatures and sums; nothing is installed by this.
suite_apt() {
	local suite=$1 root=$DVR_CACHE/apt/$1
	shift
	if [[ ! -s $root/ready ]]; then
		mkdir -p "$root"/{lists,archives}/partial "$root/parts"
		: >"$root/status"
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $suite main" \
			>"$root/sources.list"
		cat >"$root/apt.conf" <<-CONF
			Dir::Etc::SourceList "$root/sources.list";
			Dir::Etc::SourceParts "$root/parts";
			Dir::Etc::Preferences "$root/preferences";
			Dir::Etc::PreferencesParts "$root/parts";
			Dir::State::Lists "$root/lists";
			Dir::State::Status "$root/status";
			Dir::Cache "$root";
			Acquire::Languages "none";
			Acquire::Retries "3";
			APT::Architectures { "amd64"; };
			APT::Sandbox::User "root";
		CONF
		say "reading the package lists of $suite"
		APT_CONFIG=$root/apt.conf apt-get -qq update >&2
		touch "$root/ready"
		echo ok >"$root/ready"
	fi
	APT_CONFIG=$root/apt.conf "$@"
}

# refresh SUITE: forget its package lists if they are older than a day.
refresh() {
	local ready=$DVR_CACHE/apt/$1/ready

	if [[ -n $(find "$ready" -mmin +1440 2>/dev/null) ]]; then
		rm -f "$ready"
	fi
}

# fetch SUITE DIR PACKAGE...: download packages into DIR.
fetch() {
	local suite=$1 dir=$2
	shift 2
	mkdir -p "$dir"
	(cd "$dir" && suite_apt "$suite" apt-get -qq download "$@" >&2)
}

# kernel_dir TAG: where that kernel is unpacked.
kernel_dir() { echo "$DVR_CACHE/kernels/$1"; }

# kernel_version TAG: its release, as uname -r prints it.
kernel_version() { cat "$(kernel_dir "$1")/.ready"; }
