# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What all benchmarks print. Lines that begin with # tell of the progress and of what went wrong, the others are the result.

die() { echo "# bench: $*"; exit 1; }

# spread UNIT: median, least and most of the numbers on standard input
spread() { sort -g | awk -v unit="$1" '{ n[NR] = $1 } END { printf "%s %s [%s-%s]", n[int((NR + 1) / 2)], unit, n[1], n[NR] }'; }

# heading TITLE: what was measured, when and where
heading() {
	echo "$1"
	echo "$(date -u +'%F %H:%M') UTC, Linux $(uname -r), $(nproc) CPUs ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1))"
}
