# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# TAP for scenario scripts. Source it, call ok/is/..., end with `done_testing`.
# A check that fails prints what it saw; the script goes on, and exits 1 at the end.

tap_count=0
tap_failed=0
tap_time=$SECONDS

# Whether rates and times are measured only to go through the motions, and not judged: on a debug kernel, which is too
# slow for them to mean anything, or when asked to be brief (tests/scenarios/suite --brief).
brief=${KVRM_BRIEF:-}
[ ! -e /sys/kernel/debug/kmemleak ] || brief=1

# Where time goes.
tap_took() {
	[ $((SECONDS - tap_time)) -lt 5 ] || echo "# took $((SECONDS - tap_time)) s"
	tap_time=$SECONDS
}

# ok DESCRIPTION COMMAND...: passes if the command succeeds; its output is shown if it does not.
ok() {
	local description=$1 output
	shift
	tap_count=$((tap_count + 1))
	if output=$("$@" 2>&1); then
		echo "ok $tap_count - $description"
		tap_took
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $description"
	echo "# command: $*"
	[ -z "$output" ] || tail -n 20 <<<"$output" | sed 's/^/# /'
	tap_took
	return 0
}

# not_ok DESCRIPTION COMMAND...: passes if the command fails.
not_ok() {
	local description=$1
	shift
	ok "$description" tap_negate "$@"
}
tap_negate() { if "$@"; then return 1; fi; }

# is DESCRIPTION GOT WANTED
is() { ok "$1" tap_equal "$2" "$3"; }
tap_equal() { [ "$1" = "$2" ] || { echo "got '$1', wanted '$2'"; return 1; }; }

# like DESCRIPTION TEXT EXTENDED-REGEX
like() { ok "$1" tap_match "$2" "$3"; }
tap_match() { [[ $1 =~ $2 ]] || { echo "'$1' does not match '$2'"; return 1; }; }

# Measurements. On a machine that stands still for moments, one may fail though nothing is wrong; a scenario in
# which nothing else failed is run once more (tests/scenarios/suite), and what is wrong is wrong again.
# measured DESCRIPTION COMMAND...
measured() { ok "$1 # measured" "${@:2}"; }
# within DESCRIPTION GOT WANTED TOLERANCE-PERCENT: integers; says all three, passed or not.
within() { measured "$1 (got $2, wanted $3 +- $4 %)" tap_within "$2" "$3" "$4"; }
at_least() { measured "$1 (got $2, wanted at least $3)" [ "$2" -ge "$3" ]; }
at_most() { measured "$1 (got $2, wanted at most $3)" [ "$2" -le "$3" ]; }
tap_within() {
	local difference=$(($1 - $2))
	[ $((difference < 0 ? -difference : difference)) -le $(($2 * $3 / 100)) ]
}

# shellcheck disable=SC2317 # called instead of those above
# rates_unjudged: from now on, if brief: they may be anything, but no more than is allowed and a twentieth of it, which
# a second on a machine that stands still for moments makes of it
rates_unjudged() {
	[ -n "$brief" ] || return 0
	within() { skip "$1 (got $2, wanted $3)" 'not judged here'; }
	at_least() { skip "$1 (got $2, wanted at least $3)" 'not judged here'; }
	at_most() { ok "$1 (got $2, wanted at most $3 + 5 %) # measured" [ "$2" -le $(($3 * 105 / 100)) ]; }
	measured() { skip "$1" 'not judged here'; }
}

# skip DESCRIPTION REASON
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# eventually SECONDS COMMAND...: repeat until it succeeds; its last output if it never does.
eventually() {
	local end=$((SECONDS + $1)) output
	shift
	until output=$("$@" 2>&1); do
		[ "$SECONDS" -lt "$end" ] || { echo "$output"; return 1; }
		sleep 0.2
	done
	echo "$output"
}

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

done_testing() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ] && [ "$tap_count" -gt 0 ]
	exit
}
