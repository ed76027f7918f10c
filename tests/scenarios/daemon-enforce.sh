#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reservation, weights and a pool's limit hold for guests under kvrmd: also while kvrmd is dead, after
# systemd was reloaded, and when the module comes back. From the cgroups' own cpu.stat.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
kvrmd_prepare

# shellcheck disable=SC2317 # called by the trap
enforce_clean() {
	kvrmd_clean
	kvrmctl pool delete batch >/dev/null 2>&1
}
trap enforce_clean EXIT

at_least() { ok "$1 (got $2, wanted at least $3)" [ "$2" -ge "$3" ]; }
# rates SECONDS: sets rate[NAME] for all guests at once
declare -A rate=() file=()
find_files() { for name in "${guests[@]}"; do file[$name]=$(cgroup_of "$name")/cpu.stat; done; }
rates() {
	local name
	local -A usage=() time=()
	for name in "${guests[@]}"; do
		share_read "${file[$name]}"
		usage[$name]=$share_usage time[$name]=$share_time
	done
	sleep "$1"
	for name in "${guests[@]}"; do
		share_read "${file[$name]}"
		rate[$name]=$(((share_usage - usage[$name]) * 1000000 / (share_time - time[$name])))
		diag "$name: ${rate[$name]} us per second"
	done
}
reserved_holds() { at_least "$1: the reservation holds" "${rate[reserved]}" 700000; }

guests=(reserved greedy1 greedy2)
ok 'a guest with a reservation' define_spin reserved unlimited --cpu-reservation=70% --cpu-weight=1 --start
ok 'greedy neighbours' define_spin greedy1 unlimited --cpu-weight=10000 --start
ok 'greedy neighbours' define_spin greedy2 unlimited --cpu-weight=10000 --start
find_files
sleep 3
rates 10
reserved_holds 'weight 1 against 10000'
within 'what it leaves is shared' "${rate[greedy1]}" "${rate[greedy2]}" 10
like 'it is shown' "$(kvrmctl pool show)" 'reserved'

ok 'kvrmd is killed' systemctl kill --signal=KILL kvrmd.service
rates 5
reserved_holds 'without kvrmd'
ok 'kvrmd is back' eventually 30 kvrmctl status
ok 'systemd is reloaded' systemctl daemon-reload
sleep 2
rates 5
reserved_holds 'after systemd was reloaded'

ok 'the module goes' rmmod kvrm
rates 5
# Static weights: a guarantee against those that are there, without the loop's exactness.
at_least 'by cgroups alone it has most of it' "${rate[reserved]}" 500000
ok 'and comes' modprobe kvrm
ok 'kvrmd sees it' eventually 20 field_is reserved EnforcedBy module
sleep 3
rates 5
reserved_holds 'with the module again'

# A pool's limit is for its members together.
for name in greedy1 greedy2; do kvrmctl kill $name; done
ok 'a pool with a limit' kvrmctl pool create batch --cpu-limit=50%
for name in greedy1 greedy2; do
	ok "$name moves" kvrmctl move $name batch
	ok "$name starts there" kvrmctl start $name
done
find_files
sleep 2
rates 10
within 'the members together keep the limit' $((rate[greedy1] + rate[greedy2])) 500000 3
done_testing
