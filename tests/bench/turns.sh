# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Turns of libvirt and kvrm with the same wish, what is measured in them, and the table. Source it after peers.sh.

# turns_prepare ROUNDS SECONDS; without SECONDS turns take as long as what they measure
turns_prepare() {
	rounds=$1 seconds=${2:-}
	# shellcheck disable=SC2154 # peers.sh has work and nlctl
	rows=$work/rows values=$work/values
	peers_prepare
	rm -f "$rows" "$values"
}

# row KEY ASKED MEASURED UNIT IDEAL off|above|below|cost RESOLUTION: see table
row() { (IFS=$'\t'; echo "$*") >>"$rows"; }
# record KEY VALUE|none: of the peer whose turn it is; none: it knows no such thing
record() {
	[[ $2 =~ ^([0-9.]+|none)$ ]] || die "no value for $1 by $peer: '$2'"
	echo "$1 $peer $2" >>"$values"
	diag "round $round $peer $1 $2"
}
# recorded KEY PEER: what was, a line each, in the order of rounds
recorded() { awk -v key="$1" -v peer="$2" '$1 == key && $2 == peer { print $3 }' "$values"; }
# scaled NUMBER DIVISOR: as a decimal fraction
scaled() { awk -v n="$1" -v d="$2" 'BEGIN { printf "%.4f", n / d }'; }

# turns WISH...: for each, calls libvirt_WISH or kvrm_WISH, then measure_WISH, in turn. Those that are named together are
# to be compared with each other: each round has all of them.
turns() {
	local wish
	diag "$*, after $SECONDS s"
	for ((round = 1; round <= rounds; round++)); do
		for wish in "$@"; do
			for peer in libvirt kvrm; do
				"${peer}_$wish"
				sleep 1
				"measure_$wish"
				neutral
			done
		done
	done
}

# turns_print TITLE [ORDER]
# shellcheck disable=SC2154 # as above
turns_print() {
	heading "$1, $rounds rounds${seconds:+ of $seconds s}${2- in turn}"
	echo "libvirt $(virsh version --daemon | sed -n 's/^Running against daemon: //p'), QEMU $(qemu-system-x86_64 --version |
		sed -nE 's/.*version ([0-9.]+).*/\1/p'), systemd $(systemctl --version | sed -nE '1s/systemd ([0-9]+).*/\1/p'), kvrm $(value "$("$nlctl" host)" version)"
	echo
	"$(dirname "$0")/table" "$values" "$rows"
}
