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
# shellcheck disable=SC2317 # called by eventually
settles() { # NAME LIMIT-US PERCENT
	local share
	share=$(share_us "$1" 5)
	tap_within "$share" "$2" "$3" || { echo "$share us per second"; return 1; }
}
reserved_holds() { at_least "$1: the reservation holds" "${rate[reserved]}" 700000; }

guests=(reserved greedy1 greedy2)
ok 'a guest with a reservation' define_spin reserved unlimited --cpu-reservation=70% --cpu-weight=1 --start
ok 'greedy neighbours' define_spin greedy1 unlimited --cpu-weight=10000 --start
ok 'greedy neighbours' define_spin greedy2 unlimited --cpu-weight=10000 --start
find_files
# Their BIOS is not busy all the time, and takes longer when three of them share the CPUs.
sleep 10
rates 10
reserved_holds 'weight 1 against 10000'
# How exactly it is shared: module-enforce.sh.
for name in greedy1 greedy2; do at_least "$name has a part of what it leaves" "${rate[$name]}" 400000; done
like 'it is shown' "$(kvrmctl pool show)" 'reserved'

ok 'kvrmd is killed' systemctl kill --signal=KILL kvrmd.service
rates 5
reserved_holds 'without kvrmd'
ok 'kvrmd is back' eventually 30 kvrmctl status
ok 'systemd is reloaded' systemctl daemon-reload
sleep 2
rates 5
reserved_holds 'after systemd was reloaded'

ok 'the module goes' module_goes
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

# A limit of each virtual CPU, which one limiter only can hold; what it cannot hold is refused.
for name in reserved "${guests[@]}"; do kvrmctl kill "$name" >/dev/null 2>&1; done
ok 'one for each virtual CPU is defined' define_spin narrow 90% --vcpus=2 --vcpu-limit=20%
is 'it is shown' "$(field narrow ProcessorVCPULimit)" 200000
limiter=$(host CPULimiter)
if [ "$limiter" = task-work ]; then
	ok 'it starts' kvrmctl start narrow
	is 'it is in force' "$(field narrow ProcessorVCPULimitApplied)" 200000
	# Its BIOS, as slow as the limit makes it, keeps QEMU's own threads busy, which that does not hold.
	measured 'the virtual CPU that spins keeps it, 200000 +- 5 %' eventually 60 settles narrow 200000 5
	ok 'it is changed' kvrmctl set narrow vcpu-limit=40%
	# QEMU's own threads are beside it.
	share_is 'and holds' narrow 400000 10
	systemctl restart kvrmd.service
	ok 'kvrmd restarted: it is in force' eventually 20 field_is narrow ProcessorVCPULimitApplied 400000
	ok 'it is lifted' kvrmctl set narrow vcpu-limit=unlimited
	share_is "and the guest's own limit is left" narrow 900000 5
else
	skip 'it holds' "the limiter is $limiter"
	ok 'it does not start' refused 1 "vcpu-limit: needs .*task-work.*$limiter" kvrmctl start narrow
	is 'it is defined still' "$(field narrow State)" defined
	ok 'without one it does' kvrmctl set narrow vcpu-limit=unlimited
	ok 'and starts' kvrmctl start narrow
	ok 'it gets none while it runs' refused 1 "vcpu-limit: needs .*task-work.*$limiter" \
		kvrmctl set narrow vcpu-limit=20% cpu-limit=50%
	is 'nothing has changed' "$(field narrow ProcessorVCPULimit) $(field narrow ProcessorLimitApplied)" '0 900000'
fi
done_testing
