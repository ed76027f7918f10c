#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Probes beside what KVM and the scheduler say, and the module that goes while they are attached.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

rates_unjudged
exits=1 user_exits=2 wakeups=4
seconds=5 rounds=20
[ -z "$brief" ] || seconds=2 rounds=5
# count GUEST GROUP [REASON]: how often, of all virtual CPUs
count() {
	"$nlctl" latencies "$1" | awk -v group="$2" -v reason="${3:-}" '{
		for (i = 1; i <= NF; i++) { split($i, w, "="); v[w[1]] = w[2] }
		if (v["probe"] == group && (reason == "" || v["reason"] == reason)) sum += v["count"]
	} END { printf "%d\n", sum }'
}
# spent GUEST GROUP: for how long together, in ns
spent() {
	"$nlctl" latencies "$1" | awk -v group="$2" '{
		for (i = 1; i <= NF; i++) { split($i, w, "="); v[w[1]] = w[2] }
		if (v["probe"] == group) sum += v["time-ns"]
	} END { printf "%.0f\n", sum }'
}
modprobe kvrm

# Where port I/O goes to a user, each is an exit from the guest and one to the user.
flat_start pio pio
id=$(value "$("$nlctl" add pio /sys/fs/cgroup/pio unlimited probes=$((exits | user_exits | wakeups)))" id)
sleep 0.5
before=$("$nlctl" vcpus "$id") io=$(count "$id" $exits 2) users=$(count "$id" $user_exits 2) out_ns=$(spent "$id" $exits)
sleep $seconds
after=$("$nlctl" vcpus "$id")
io=$(($(count "$id" $exits 2) - io)) users=$(($(count "$id" $user_exits 2) - users)) out_ns=$(($(spent "$id" $exits) - out_ns))
kvm_io=$(($(value "$after" io-exits) - $(value "$before" io-exits)))
in_ns=$(($(value "$after" entered-ns) - $(value "$before" entered-ns)))
elapsed_ns=$(($(value "$after" elapsed-ns) - $(value "$before" elapsed-ns)))
running_ns=$(($(value "$after" running-ns) - $(value "$before" running-ns)))
probe_ns=$(($(value "$after" probe-ns) - $(value "$before" probe-ns)))
diag "$io exits by port I/O, $users to the user, $kvm_io by KVM; in the guest $in_ns, out of it $out_ns of $elapsed_ns ns; probes $probe_ns"
within 'exits by port I/O are those that KVM counts' "$io" "$kvm_io" 5
within 'each of them goes to the user' "$users" "$io" 5
within 'in the guest and out of it is all the time' $((in_ns + out_ns)) "$elapsed_ns" 5
at_most 'probes take a part of its CPU time, in thousandths' $((probe_ns * 1000 / running_ns)) 300
ok 'and that is known' [ "$probe_ns" -gt 0 ]
"$nlctl" set "$id" probes=0
is 'detached, they tell nothing' "$("$nlctl" latencies "$id")" ''
is 'and of no time in the guest' "$(value "$("$nlctl" vcpus "$id")" entered-ns)" ''
flat_stop pio

# A guest that never leaves by itself is in its guest nearly all the time.
flat_start spin spin
id=$(value "$("$nlctl" add spin /sys/fs/cgroup/spin unlimited probes=$exits)" id)
before=$("$nlctl" vcpus "$id")
sleep $seconds
after=$("$nlctl" vcpus "$id")
in_ns=$(($(value "$after" entered-ns) - $(value "$before" entered-ns)))
running_ns=$(($(value "$after" running-ns) - $(value "$before" running-ns)))
diag "in the guest $in_ns of $running_ns ns that it ran"
at_least 'it runs in its guest, in thousandths of its CPU time' $((in_ns * 1000 / running_ns)) 500
# On 6.1 it may have to wait for a CPU before the exit is seen.
ready_ns=$(($(value "$after" ready-ns) - $(value "$before" ready-ns)))
at_most 'and not longer than it runs' $((in_ns * 1000 / (running_ns + ready_ns))) 1010
flat_stop spin

# One that halts 100 times a second, beside others that want all CPUs: it waits for one after each.
cpus=$(nproc)
flat_start halt halt
id=$(value "$("$nlctl" add halt /sys/fs/cgroup/halt unlimited probes=$wakeups)" id)
for ((i = 0; i < 2 * cpus; i++)); do flat_start "crowd$i" spin; done
schedstat=/proc/$(value "$("$nlctl" vcpus "$id")" tid)/schedstat
woken=$(count "$id" $wakeups) waited_ns=$(spent "$id" $wakeups)
read -r _ delayed_ns runs <"$schedstat"
sleep $seconds
woken=$(($(count "$id" $wakeups) - woken)) waited_ns=$(($(spent "$id" $wakeups) - waited_ns))
read -r _ delayed_after_ns runs_after <"$schedstat"
delayed_ns=$((delayed_after_ns - delayed_ns)) runs=$((runs_after - runs))
diag "woken $woken times, waited $waited_ns ns; by the scheduler: ran $runs times, waited $delayed_ns ns"
ok 'wake-ups are counted' [ "$woken" -gt $((seconds * 10)) ]
at_most 'no more than it got a CPU' "$woken" $((runs + runs / 20 + 5))
at_most 'nor did it wait longer, in us' $((waited_ns / 1000)) $((delayed_ns / 950))
for ((i = 0; i < 2 * cpus; i++)); do flat_stop "crowd$i"; done
flat_stop halt

# The module goes while they are attached, and comes again.
flat_start pio pio 2
ok 'all guests are gone from the module' eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
is 'there are all probes' "$(value "$("$nlctl" host)" probes)" 7
bad=0
for ((i = 0; i < rounds; i++)); do
	id=$(value "$("$nlctl" add pio /sys/fs/cgroup/pio unlimited probes=7)" id)
	[ -n "$id" ] && rmmod kvrm && modprobe kvrm || bad=$((bad + 1))
done
is "$rounds times unloaded while they were attached" "$bad" 0
ok 'its guest goes on' grep -q running /tmp/pio.out
id=$(value "$("$nlctl" add pio /sys/fs/cgroup/pio unlimited probes=7)" id)
for ((i = 0; i < rounds; i++)); do
	"$nlctl" set "$id" probes=$((i % 8)) || bad=$((bad + 1))
done
is 'and as often attached and detached under load' "$bad" 0
flat_stop pio
ok 'all guests are gone from the module' eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"

ok 'unloads' rmmod kvrm
done_testing
