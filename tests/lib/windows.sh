# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What cgroups below /sys/fs/cgroup/kvrm get of the processor, for scenarios. Source it after flat.sh.

root=/sys/fs/cgroup/kvrm
# A tick in a window of 100 ms, as a rate.
# shellcheck disable=SC2034 # used by the scenarios
tick=40000

# measure SECONDS [OPTION VALUE]... NAME...: sets lines
measure() {
	local seconds=${measure_s:-$1} options=()
	shift
	while [[ $1 == --* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	# shellcheck disable=SC2154 # flat.sh has it
	lines=$("$cpuwindows" --seconds "$seconds" "${options[@]}" "${@/#/$root/}")
	diag "$lines"
}
# measure_until CONDITION SECONDS NAME...: the same, up to four times until the condition holds. The machine that
# the test host runs on may stand still for moments, which tells nothing; what is wrong here is wrong each time.
measure_until() {
	local condition=$1 attempt
	shift
	for attempt in 1 2 3 4; do
		measure "$@"
		! "$condition" || return 0
		diag "attempt $attempt: not all as it should be"
	done
}
# of NAME KEY: a value of what was measured
of() { value "$(grep "^$(basename "$1") " <<<"$lines")" "$2"; }

# Whether it is all windows that are judged, or all but a twentieth: a machine that others use as well stands still
# now and then, and what runs meanwhile has run too long by the clock. A scenario's first argument "every" is for
# machines that are left alone.
every=''
[ "${1:-}" != every ] || every=1
# most NAME, least NAME: the windows' rate that is judged
most() { if [ -n "$every" ]; then of "$1" window-max; else of "$1" window-p95; fi; }
least() { if [ -n "$every" ]; then of "$1" window-min; else of "$1" window-p5; fi; }
# kept GOT LIMIT: not more than 1 % above the limit; below it, what a machine takes away that is not left alone
below=5
[ -z "$every" ] || below=1
kept() { [ "$1" -le $(($2 * 101 / 100)) ] && [ "$1" -ge $(($2 * (100 - below) / 100)) ]; }
# keeps DESCRIPTION GOT LIMIT
keeps() { measured "$1 (got $2, limit $3 - $below % + 1 %)" kept "$2" "$3"; }

rates_unjudged
if [ -n "$brief" ]; then
	# shellcheck disable=SC2317 # called instead of those above
	{
		measure_s=1
		at_most() { skip "$1 (got $2, wanted at most $3)" 'not judged here'; }
		measure_until() { shift && measure "$@"; }
	}
fi
