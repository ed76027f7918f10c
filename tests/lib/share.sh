# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# CPU time of a cgroup, from its own cpu.stat. No process is started between looking at the clock and at
# the counter: on a busy machine that may take a second.

now_us() { echo $((${EPOCHREALTIME/[.,]/})); }

# share_read FILE: sets share_usage and share_time (both in microseconds) to values that belong together
share_read() {
	local key value began try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		began=${EPOCHREALTIME/[.,]/}
		while read -r key value; do
			[ "$key" != usage_usec ] || share_usage=$value
		done <"$1"
		share_time=${EPOCHREALTIME/[.,]/}
		[ $((share_time - began)) -gt 10000 ] || break
	done
	[ "$try" -lt 10 ] || echo "# the machine is too busy to measure exactly" >&2
}

# stood_still SECONDS TOOK-US: sleeping for SECONDS took so much longer that a processor of the machine must have had no
# interrupts meanwhile, as an emulated one has none now and then. Who ran on it had nobody to hold it back.
stood_still() {
	[ "$2" -gt $((($1 * 3 / 2 + 2) * 1000000)) ] || return 1
	echo "# sleeping $1 s took $(($2 / 1000)) ms: measured again" >&2
}

# share_of FILE SECONDS: CPU time per second of wall time, in microseconds; SECONDS is a whole number
share_of() {
	local usage time
	for _ in 1 2 3; do
		share_read "$1"
		usage=$share_usage time=$share_time
		sleep "$2"
		share_read "$1"
		stood_still "$2" $((share_time - time)) || break
	done
	echo $(((share_usage - usage) * 1000000 / (share_time - time)))
}
