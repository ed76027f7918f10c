#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A limit holds, measured from the cgroup's own cpu.stat, and the counters tell how it was held.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

limits=(100000 250000 500000) seconds=10
[ -z "$brief" ] || limits=(250000) seconds=5

modprobe kvrm
for limit_us in "${limits[@]}"; do
	flat_start spin spin
	id=$(value "$("$nlctl" add spin /sys/fs/cgroup/spin "$limit_us")" id)
	sleep 1
	before=$("$nlctl" vcpus "$id")
	within "a guest limited to $limit_us us per second" "$(share_us spin $seconds)" "$limit_us" 3
	after=$("$nlctl" vcpus "$id")
	wall_ns=$(($(value "$after" taken-ns) - $(value "$before" taken-ns)))
	running=$(($(value "$after" running-ns) - $(value "$before" running-ns)))
	ready=$(($(value "$after" ready-ns) - $(value "$before" ready-ns)))
	limited=$(($(value "$after" limited-ns) - $(value "$before" limited-ns)))
	halted=$(($(value "$after" halted-ns) - $(value "$before" halted-ns)))
	diag "running $running ready $ready limited $limited halted $halted of $wall_ns ns"
	within "its running time is its share" $((running * 1000 / (wall_ns / 1000))) "$limit_us" 5
	within "running, ready, limited and halted are nearly all of the time that passed" \
		$((running + ready + limited + halted)) "$wall_ns" 3
	within "what it did not run, its limit held back" $limited $((wall_ns - running)) 10
	is "an endless loop is never halted" "$halted" 0
	flat_stop spin
done

# What makes it leave is counted; where the time of such guests goes, module-states.sh tells.
# exits MODE KEY: of two seconds of a guest
exits() {
	local id before after
	flat_start "$1" "$1"
	id=$(value "$("$nlctl" add "$1" "/sys/fs/cgroup/$1" unlimited)" id)
	before=$(value "$("$nlctl" vcpus "$id")" "$2")
	sleep 2
	after=$(value "$("$nlctl" vcpus "$id")" "$2")
	flat_stop "$1"
	echo $((after - before))
}
ok "halts are counted" [ "$(exits halt halt-exits)" -gt 40 ]
ok "port I/O is counted" [ "$(exits pio io-exits)" -gt 100 ]
ok "all guests are gone from the module" eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok "unloads" rmmod kvrm
done_testing
