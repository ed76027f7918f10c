# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Turns of libvirt and kvrm with the same wish, what is measured in them, and the table. Source it after peers.sh.

# turns_prepare ROUNDS SECONDS; without SECONDS turns take as long as what they measure
turns_prepare() {
	rounds=$1 seconds=$2
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
# scaled NUMBER DIVISOR: as a decimal fraction
scaled() { awk -v n="$1" -v d="$2" 'BEGIN { printf "%.4f", n / d }'; }

# turns WISH: calls libvirt_WISH or kvrm_WISH, then measure_WISH, in turn
turns() {
	diag "$1, after $SECONDS s"
	for ((round = 1; round <= rounds; round++)); do
		for peer in libvirt kvrm; do
			"${peer}_$1"
			sleep 1
			"measure_$1"
			neutral
		done
	done
}

# turns_print TITLE
# shellcheck disable=SC2154 # as above
turns_print() {
	heading "$1, $rounds rounds${seconds:+ of $seconds s} in turn"
	echo "libvirt $(virsh version --daemon | sed -n 's/^Running against daemon: //p'), QEMU $(qemu-system-x86_64 --version |
		sed -nE 's/.*version ([0-9.]+).*/\1/p'), systemd $(systemctl --version | sed -nE '1s/systemd ([0-9]+).*/\1/p'), kvrm $(value "$("$nlctl" host)" version)"
	echo
	"$(dirname "$0")/table" "$values" "$rows"
}
