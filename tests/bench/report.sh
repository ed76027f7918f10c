# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What all benchmarks print. Lines that begin with # tell of the progress and of what went wrong, the others are the result.

die() { echo "# bench: $*"; exit 1; }

# ordered PROGRAM [OPTION...]: an awk program, which finds the numbers on standard input as n[1] to n[NR], in their order
ordered() { sort -g | awk "${@:2}" "{ n[NR] = \$1 } END { $1 }"; }
# median: of numbers on standard input; nothing of none
median() { ordered 'if (NR) printf "%.10g\n", (n[int((NR + 1) / 2)] + n[int(NR / 2) + 1]) / 2'; }
# least, most: of them
least() { ordered 'if (NR) print n[1]'; }
most() { ordered 'if (NR) print n[NR]'; }
# spread UNIT: median, least and most of them
spread() {
	ordered 'printf "%.10g %s [%s-%s]", (n[int((NR + 1) / 2)] + n[int(NR / 2) + 1]) / 2, unit, n[1], n[NR]' -v unit="$1"
}

# heading TITLE: what was measured, when and where
heading() {
	echo "$1"
	echo "$(date -u +'%F %H:%M') UTC, Linux $(uname -r), $(nproc) CPUs ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1))"
}

# What is judged. kept is the last command of a benchmark that judges: its exit status.
unkept=0
kept() { [ $unkept -eq 0 ]; }
# promise SENTENCE VALUE at-most|below|at-least BOUND: told, if it is not kept; what has no value is not
promise() {
	local holds='exit !(how == "at-most" ? value <= bound : how == "below" ? value < bound : value >= bound)'
	if [[ $2:$4 =~ ^[0-9.]+:[0-9.]+$ ]] &&
		awk -v value="$2" -v how="$3" -v bound="$4" "BEGIN { value += 0; bound += 0; $holds }"; then
		return
	fi
	printf '\nnot kept: %s (%s)\n' "$1" "${2:-not measured}"
	unkept=1
}
