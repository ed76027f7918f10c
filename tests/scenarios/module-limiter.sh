#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Both limiters, one after the other on the same guests: how exact, how even, and that nothing gets round them.
# Every check prints asked and measured; measured from the cgroups' own cpu.stat or by perf, not by kvrm.
#   module-limiter.sh [every]
# shellcheck disable=SC2317 # conditions are called by measure_until
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"
# shellcheck source=tests/lib/windows.sh
. "$(dirname "$0")/../lib/windows.sh"

host() { value "$("$nlctl" host)" "$1"; }
add() { value "$("$nlctl" add "$1" "$root/$1" "$2" "${@:3}")" id; }
# Before 6.4 a thread of KVM's is there as well, which came later.
process_of() { head -n 1 "$root/$1/cgroup.procs"; }
vcpu_sum() { # ID KEY: over all virtual CPUs
	"$nlctl" vcpus "$1" | sed -nE "s/^(.* )?$2=([0-9]+).*/\\2/p" | awk '{ sum += $1 } END { print sum + 0 }'
}

pool_dir kvrm
modprobe kvrm
limiter=$(host cpu-limiter)
rmmod kvrm
limiters=0
if [ "$limiter" = 1 ]; then
	limiters='0 1'
else
	skip 'limits are held on the way into the guest' 'the kernel does not export task_work_add'
fi
names=(cpu.max task-work)

# VCPUS LIMIT_US
freezes=()
for n in $limiters; do
	modprobe kvrm "task_work=$n"
	"$nlctl" pool-set 1 cgroup=$root
	is "the limiter is ${names[n]}" "$(host cpu-limiter)" "$n"
	cases=('2 1000000')
	[ "$n" = 0 ] || [ -n "$brief" ] || cases=('1 100000' '2 1000000' '2 1500000')
	for case in "${cases[@]}"; do
		read -r vcpus limit <<<"$case"
		what="${names[n]}, $vcpus virtual CPUs, limit $limit"
		flat_start kvrm/limited spin "$vcpus"
		id=$(add limited "$limit")
		sleep 1
		# What cpu.stat is late by: of cpu.max a tick for each CPU; else what is run since the last pause, and from
		# the timer until the guest is left, which takes an emulated machine a ms or more.
		late=$((vcpus * tick))
		[ "$n" = 0 ] || late=$((25000 + vcpus * 25000))
		exact() {
			kept "$(of limited rate)" "$limit" && [ "$(most limited)" -le $((limit * 105 / 100 + late)) ]
		}
		before=$(vcpu_sum "$id" limited-ns)
		since_us=${EPOCHREALTIME/./}
		measure_until exact 10 limited
		elapsed_ms=$(((${EPOCHREALTIME/./} - since_us) / 1000))
		diag "$what: measured $(of limited rate), windows $(of limited window-min) to $(of limited window-max)"
		keeps "$what, over 10 s" "$(of limited rate)" "$limit"
		at_most "$what, no window of 100 ms above it by more than 5 % and what is late" \
			"$(most limited)" $((limit * 105 / 100 + late))
		after=$(vcpu_sum "$id" limited-ns)
		# At least half of it, in ns, as the machine takes time away as well.
		ok "$what, limited time is counted" \
			[ $((after - before)) -gt $(((vcpus * 1000000 - limit) * elapsed_ms / 2)) ]
		if [ "$case" = '2 1000000' ]; then
			short() { [ "$(of limited freeze-us)" -le 12000 ]; }
			measure_until short 3 --step-us 1000 limited
			freezes[n]=$(of limited freeze-us)
		fi
		flat_stop kvrm/limited
	done
	rmmod kvrm
done

# The same with what cpu.max does if nobody chooses a period.
flat_start kvrm/limited spin 2
echo '100000 100000' >$root/limited/cpu.max
measure 3 --step-us 1000 limited
diag "longest freeze of a guest with 2 virtual CPUs limited to one CPU: default period $(of limited freeze-us) us, cpu.max ${freezes[0]} us, task-work ${freezes[1]:-none} us"
if [ "$limiter" = 1 ]; then
	times=3
	[ -z "$every" ] || times=5
	at_most "the longest freeze, $times times, is not longer than that with the default period" \
		$((freezes[1] * times)) "$(of limited freeze-us)"
fi
flat_stop kvrm/limited
if [ "$limiter" != 1 ]; then
	done_testing
fi

modprobe kvrm
"$nlctl" pool-set 1 cgroup=$root

# Each virtual CPU for itself, alone and together with the guest's limit.
flat_start kvrm/each spin 2
id=$(add each unlimited cpu-vcpu-limit-us=300000)
sleep 1
each_holds() { kept "$(of each rate)" 600000; }
measure_until each_holds 5 each
keeps 'two virtual CPUs limited to 0.3 CPU each' "$(of each rate)" 600000
before=$("$nlctl" vcpus "$id")
sleep 5
after=$("$nlctl" vcpus "$id")
for index in 0 1; do
	from=$(grep " index=$index " <<<"$before")
	to=$(grep " index=$index " <<<"$after")
	wall_ns=$(($(value "$to" taken-ns) - $(value "$from" taken-ns)))
	ran_ns=$(($(value "$to" running-ns) - $(value "$from" running-ns)))
	keeps "virtual CPU $index has its 0.3" $((ran_ns * 1000 / (wall_ns / 1000))) 300000
done
is 'the limit is told' "$(value "$("$nlctl" guest "$id")" cpu-vcpu-limit-us)" 300000
ok 'and can be changed with that of the whole' "$nlctl" set "$id" 400000 cpu-vcpu-limit-us=350000
sleep 1
measure 5 each
keeps 'the smaller one counts' "$(of each rate)" 400000
ok 'and be taken away' "$nlctl" set "$id" unlimited cpu-vcpu-limit-us=0
sleep 0.5
measure 2 each
at_least 'nothing is held back then' "$(of each rate)" 1800000
is 'nor told' "$(value "$("$nlctl" guest "$id")" cpu-vcpu-limit-us)" ''
not_ok 'less than 1 % of a CPU is refused' "$nlctl" set "$id" cpu-vcpu-limit-us=9999
not_ok 'more than one CPU is refused' "$nlctl" set "$id" cpu-vcpu-limit-us=1000001
flat_stop kvrm/each

# Threads of the device model count, and have their share.
flat_start kvrm/model spin 1 --burn 1
id=$(add model 1000000)
sleep 1
model_holds() { kept "$(of model rate)" 1000000; }
measure_until model_holds 5 model
keeps 'a virtual CPU and another thread, limited to one CPU together' "$(of model rate)" 1000000
flat_stop kvrm/model

# One whose threads get signals all the time.
flat_start kvrm/signals spin 1 --run-us 1000 --sleep-us 1
add signals 300000 >/dev/null
sleep 1
signals_hold() { [ "$(of signals rate)" -ge 285000 ] && [ "$(of signals rate)" -le 303000 ]; }
measure_until signals_hold 5 signals
at_most 'signals get nobody round a limit' "$(of signals rate)" 303000
at_least 'nor hold it back for more' "$(of signals rate)" 285000
flat_stop kvrm/signals

# Virtual CPUs that come while it runs are under the limit at once, and in the count.
flat_start kvrm/grows spin 1 --plug 3 --plug-ms 3000
id=$(add grows 500000)
measure 6 grows
diag "before and after 3 of 4 virtual CPUs came: windows $(of grows window-min) to $(of grows window-max)"
ok 'they are seen' eventually 20 sh -c "[ \"\$('$nlctl' vcpus $id | grep -c ' index=')\" -eq 4 ]"
# One that nothing held back would have all of a CPU in such a window.
at_most 'no window of 100 ms far above the limit, also when virtual CPUs come' "$(of grows window-max)" 800000
at_most 'and none above it otherwise' "$(most grows)" $((525000 + 25000 + 4 * 25000))
ok 'each has a limit' "$nlctl" set "$id" unlimited cpu-vcpu-limit-us=100000
sleep 1
each_holds() { kept "$(of grows rate)" 400000; }
measure_until each_holds 4 grows
keeps 'those that came have it as well' "$(of grows rate)" 400000
flat_stop kvrm/grows

# Nothing but measurements.
if [ -z "$brief" ]; then
	# A guest that was idle may make up for what came in within 4 ms; by perf's clocks, which are not late by a tick.
	flat_start kvrm/sleeps spin 1 --run-us 300000 --sleep-us 300000
	add sleeps 500000 >/dev/null
	sleep 1
	sleepers_hold() { [ "$(most sleeps)" -le $((525000 + 25000)) ]; }
	measure_until sleepers_hold 5 --clock perf sleeps
	at_most 'one that has slept has no more than its limit in windows of 100 ms' "$(most sleeps)" $((525000 + 25000))
	# The first window after it woke is one of few.
	at_most 'not in the first one either, as near as a machine that stands still tells' "$(of sleeps window-max)" 700000
	flat_stop kvrm/sleeps

	# On a crowded host a limited guest waits for others again and again, and makes up for that within its limit.
	flat_start kvrm/greedy1 spin "$(nproc)"
	flat_start kvrm/greedy2 spin "$(nproc)"
	flat_start kvrm/crowded spin 1
	for name in greedy1 greedy2; do add $name unlimited >/dev/null; done
	add crowded 300000 >/dev/null
	sleep 2
	crowded_holds() { [ "$(of crowded rate)" -ge 275000 ] && [ "$(of crowded rate)" -le 303000 ]; }
	measure_until crowded_holds 5 crowded greedy1 greedy2
	at_most 'one that has waited has no more than its limit' "$(of crowded rate)" 303000
	at_least 'and little less, though others want all' "$(of crowded rate)" 275000
	for name in greedy1 greedy2 crowded; do flat_stop kvrm/$name; done
fi

# Unloading: from guests that run, sleep in the guest, sleep in the host, or are stopped.
flat_start kvrm/runs spin 2
flat_start kvrm/apart spin 2
flat_start kvrm/halts halt 2
flat_start kvrm/naps spin 1 --run-us 1000 --sleep-us 5000000
flat_start kvrm/stopped spin 1
for name in runs naps stopped; do add $name 300000 >/dev/null; done
# Of these limits the stricter one is what cpu.max can hold: all virtual CPUs', or the guest's.
add apart unlimited cpu-vcpu-limit-us=150000 >/dev/null
add halts 300000 cpu-vcpu-limit-us=200000 >/dev/null
sleep 1
like "cpu.max does not count what threads that are no virtual CPU use" "$(cat $root/apart/cpu.max)" '^max '
kill -STOP "$(process_of stopped)"
sleep 0.5
rmmod kvrm &
unloading=$!
sleep 2
kill -CONT "$(process_of stopped)"
wait $unloading
is 'unloads once a stopped guest goes on' $? 0
for name in runs apart halts naps stopped; do
	like "$name is limited all the same" "$(cat $root/$name/cpu.max) $(cat $root/$name/cpu.max.burst)" '^3000 10000 0$'
	ok "$name lives" kill -0 "$(process_of $name)"
done
measure 5 runs apart
keeps 'the limit holds without the module' "$(of runs rate)" 300000
keeps 'and that of each virtual CPU as one of all together' "$(of apart rate)" 300000
for name in runs apart halts naps stopped; do flat_stop kvrm/$name; done
done_testing
