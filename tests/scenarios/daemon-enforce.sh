#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reservation, weights and a pool's limit hold for guests under kvrmd: also while kvrmd is dead, after
# systemd was reloaded, and when the module comes back. From the cgroups' own cpu.stat.
# shellcheck disable=SC2317 # called through ok, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
kvrmd_prepare_busy

enforce_clean() {
	rm -f /etc/modprobe.d/kvrm-test.conf
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
# vcpu_us NAME SECONDS: CPU time per second of its first virtual CPU, as the scheduler counts that thread's
vcpu_us() {
	local task before after began took
	for task in /proc/"$(field "$1" MainPID)"/task/*; do
		[ "$(<"$task/comm")" != 'CPU 0/KVM' ] || break
	done
	for _ in 1 2 3; do
		read -r before _ <"$task/schedstat"
		began=$(now_us)
		sleep "$2"
		read -r after _ <"$task/schedstat"
		took=$(($(now_us) - began))
		stood_still "$2" $took || break
	done
	echo $(((after - before) * 1000 / took))
}
# vcpu_is WHAT NAME LIMIT-US: it keeps it, and reaches it. Its BIOS, as slow as the limit makes it, is not busy all the
# time; less is measured again.
vcpu_is() {
	local share try
	for try in 1 2 3 4 5 6 7 8; do
		share=$(vcpu_us "$2" 5)
		[ "$share" -lt $(($3 * 97 / 100)) ] || break
		diag "$1: $share"
	done
	within "$1" "$share" "$3" 3
}
# enough WHAT SECONDS WANTED NAME...: they get it, together; less may be the machine's doing, and is measured again
enough() {
	local try name
	for try in 1 2 3; do
		rates "$2"
		together=0
		for name in "${@:4}"; do together=$((together + rate[$name])); done
		[ $together -lt "$3" ] || break
		[ "$try" -eq 3 ] || diag "$1: $together, measured again"
	done
	at_least "$1" "$together" "$3"
}
# quota NAME: cpu.max of its cgroup, and what systemd has
quota() { echo "$(<"$(cgroup_of "$1")/cpu.max") $(systemctl show -P CPUQuotaPerSecUSec "$(field "$1" Unit)")"; }
quota_is() { tap_equal "$(quota "$1")" "$2"; }
quota_matches() { tap_match "$(quota "$1")" "$2"; }
free='^max [0-9]+ infinity$'
problem_is() { tap_match "$(host 'Problems | join("; ")')" "$1"; }
problem_gone() { ! problem_is 'vcpu-limit of narrow' >/dev/null; }
reserved_holds() { enough "$1: the reservation holds" "$2" 700000 reserved; }

guests=(reserved greedy1 greedy2)
ok 'a guest with a reservation' define_spin reserved unlimited --cpu-reservation=70% --cpu-weight=1 --start
ok 'greedy neighbours' define_spin greedy1 unlimited --cpu-weight=10000 --start
ok 'greedy neighbours' define_spin greedy2 unlimited --cpu-weight=10000 --start
find_files
# Their BIOS is not busy all the time, and takes longer when three of them share the CPUs.
sleep 10
reserved_holds 'weight 1 against 10000' 10
# How exactly it is shared: module-enforce.sh.
for name in greedy1 greedy2; do at_least "$name has a part of what it leaves" "${rate[$name]}" 400000; done
like 'it is shown' "$(kvrmctl pool show)" 'reserved'

ok 'kvrmd is killed' systemctl kill --signal=KILL kvrmd.service
reserved_holds 'without kvrmd' 5
ok 'kvrmd is back' eventually 30 kvrmctl status
ok 'systemd is reloaded' systemctl daemon-reload
sleep 2
reserved_holds 'after systemd was reloaded' 5

ok 'the module goes' module_goes
# Static weights: a guarantee against those that are there, without the loop's exactness.
enough 'by cgroups alone it has most of it' 5 500000 reserved
ok 'and comes' modprobe kvrm
ok 'kvrmd sees it' eventually 20 field_is reserved EnforcedBy module
sleep 3
reserved_holds 'with the module again' 5

# A pool's limit is for its members together.
for name in greedy1 greedy2; do kvrmctl kill $name; done
ok 'a pool with a limit' kvrmctl pool create batch --cpu-limit=50%
for name in greedy1 greedy2; do
	ok "$name moves" kvrmctl move $name batch
	ok "$name starts there" kvrmctl start $name
done
find_files
sleep 2
enough 'the members together reach the limit, nearly' 10 485000 greedy1 greedy2
at_most 'and keep it' "$together" 515000

# A limit of each virtual CPU, which one limiter only can hold; what it cannot hold is refused.
for name in reserved "${guests[@]}"; do kvrmctl kill "$name" >/dev/null 2>&1; done
ok 'one for each virtual CPU is defined' define_spin narrow 90% --vcpus=2 --vcpu-limit=20%
is 'it is shown' "$(field narrow ProcessorVCPULimit)" 200000
limiter=$(host CPULimiter)
if [ "$limiter" = task-work ]; then
	ok 'it starts' kvrmctl start narrow
	is 'it is in force' "$(field narrow ProcessorVCPULimitApplied)" 200000
	vcpu_is 'the virtual CPU that spins keeps it' narrow 200000
	ok 'it is changed' kvrmctl set narrow vcpu-limit=40%
	vcpu_is 'and holds' narrow 400000
	systemctl restart kvrmd.service
	ok 'kvrmd restarted: it is in force' eventually 20 field_is narrow ProcessorVCPULimitApplied 400000

	# Without the module all virtual CPUs together have no more than the sum.
	ok 'the guest as a whole has no limit' kvrmctl set narrow cpu-limit=unlimited
	like 'nor has its cgroup' "$(quota narrow)" "$free"
	drift=$(host DriftCorrected)
	ok 'the module goes' module_stays_away
	ok 'systemd has what cgroups can hold' eventually 10 quota_is narrow '8000 10000 800ms'
	is 'and it was nobody else' "$(host DriftCorrected)" "$drift"
	ok 'that is told' eventually 5 problem_is 'vcpu-limit of narrow is held of all virtual CPUs together only: .*not loaded'
	ok 'with what is in force' eventually 5 field_is narrow ProcessorLimitApplied 800000
	is 'and what is not' "$(field narrow ProcessorVCPULimitApplied)" 0
	at_most 'it has no more than that' "$(share_us narrow 5)" 808000
	ok 'systemd is reloaded' systemctl daemon-reload
	is 'it is in force' "$(quota narrow)" '8000 10000 800ms'
	ok 'the guest gets a limit above' kvrmctl set narrow cpu-limit=90%
	is 'the stricter one counts' "$(quota narrow)" '8000 10000 800ms'
	ok 'one below' kvrmctl set narrow cpu-limit=50%
	is 'which counts' "$(quota narrow)" '5000 10000 500ms'
	ok 'and none again' kvrmctl set narrow cpu-limit=unlimited
	is 'the sum is left' "$(quota narrow)" '8000 10000 800ms'
	systemctl restart kvrmd.service
	ok 'kvrmd restarted: that is told' eventually 20 problem_is 'vcpu-limit of narrow is held of all'
	is 'and in force' "$(quota narrow)" '8000 10000 800ms'
	rm /etc/modprobe.d/kvrm-test.conf
	ok 'the module comes' modprobe kvrm
	ok 'it holds each' eventually 20 field_is narrow ProcessorVCPULimitApplied 400000
	ok 'and cpu.max, as systemd has it, nothing' eventually 10 quota_matches narrow "$free"
	vcpu_is 'the virtual CPU keeps its own limit' narrow 400000
	ok 'nothing is told any more' eventually 5 problem_gone

	# And if kvrmd is not there, either, when it goes.
	folder=$(cgroup_of narrow)
	systemctl stop kvrmd.service
	ok 'the module goes again' module_goes
	is 'it is limited without both' "$(cat "$folder/cpu.max")" '8000 10000'
	at_most 'and has no more than that' "$(share_of "$folder/cpu.stat" 5)" 808000
	systemctl start kvrmd.service
	ok 'with both each is held' eventually 20 field_is narrow ProcessorVCPULimitApplied 400000
	ok 'and cpu.max holds nothing' eventually 10 quota_matches narrow "$free"
	ok 'it is lifted' kvrmctl set narrow vcpu-limit=unlimited
	ok 'with one of the guest' kvrmctl set narrow cpu-limit=90%
	share_is "and that is left" narrow 900000 5
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
