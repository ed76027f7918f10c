#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A limit holds, measured from the cgroup's own cpu.stat, and the counters tell where the time went.
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

# The other states: a guest that sleeps, guests that wait for each other, a guest that exits.
flat_start halt halt
id=$(value "$("$nlctl" add halt /sys/fs/cgroup/halt unlimited)" id)
before=$("$nlctl" vcpus "$id")
sleep 5
after=$("$nlctl" vcpus "$id")
wall_ns=$(($(value "$after" taken-ns) - $(value "$before" taken-ns)))
halted=$(($(value "$after" halted-ns) - $(value "$before" halted-ns)))
running=$(($(value "$after" running-ns) - $(value "$before" running-ns)))
ready=$(($(value "$after" ready-ns) - $(value "$before" ready-ns)))
diag "halting guest: running $running ready $ready halted $halted of $wall_ns ns"
within "a halting guest's states add up" $((running + ready + halted)) "$wall_ns" 5
at_least "it is mostly halted" "$halted" $((wall_ns / 2))
ok "its halts are counted" [ "$(($(value "$after" halt-exits) - $(value "$before" halt-exits)))" -gt 100 ]
flat_stop halt

flat_start pio pio
id=$(value "$("$nlctl" add pio /sys/fs/cgroup/pio unlimited)" id)
before=$(value "$("$nlctl" vcpus "$id")" io-exits)
sleep 2
ok "port I/O is counted" [ "$(($(value "$("$nlctl" vcpus "$id")" io-exits) - before))" -gt 100 ]
flat_stop pio

cpus=$(nproc)
ids=()
for ((i = 0; i <= cpus; i++)); do
	flat_start "crowd$i" spin
	ids+=("$(value "$("$nlctl" add "crowd$i" "/sys/fs/cgroup/crowd$i" unlimited)" id)")
done
before=$("$nlctl" vcpus "${ids[0]}")
sleep 5
after=$("$nlctl" vcpus "${ids[0]}")
wall_ns=$(($(value "$after" taken-ns) - $(value "$before" taken-ns)))
running=$(($(value "$after" running-ns) - $(value "$before" running-ns)))
ready=$(($(value "$after" ready-ns) - $(value "$before" ready-ns)))
diag "in a crowd: running $running ready $ready of $wall_ns ns"
within "with more guests than CPUs, running and ready add up" $((running + ready)) "$wall_ns" 5
at_least "it waited for the others" "$ready" $((wall_ns / 20))
is "waiting for others is not limited time" "$(value "$after" limited-ns)" 0
for ((i = 0; i <= cpus; i++)); do flat_stop "crowd$i"; done
ok "all guests are gone from the module" eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok "unloads" rmmod kvrm
done_testing
