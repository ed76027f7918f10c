#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where the time of a virtual CPU went adds up to the time that passed, whatever its guest does and whatever is done to
# it; and it is what the scheduler says of its thread. What the thread ran, by mode, adds up to its running time; and
# what other threads of the process ran is what the scheduler says of them.
# shellcheck disable=SC2317 # called by ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

rates_unjudged
states=(running-ns ready-ns limited-ns halted-ns waiting-ns)
# What is not accounted for yet at either end: a tick, and a wait for a CPU that lasts.
seconds=5 open_ms=20 first_ms=1000
# By how much a processor that stands still while it reads makes states claim too much.
excess_us=50000
[ -z "$brief" ] || seconds=2 open_ms=60 first_ms=3000 excess_us=300000

# summed LINE: of all states
summed() {
	local sum=0 state
	for state in "${states[@]}"; do sum=$((sum + $(value "$1" "$state"))); done
	echo "$sum"
}
# grown BEFORE AFTER KEY
grown() { echo $(($(value "$2" "$3") - $(value "$1" "$3"))); }
# part BEFORE AFTER KEY: of the time that passed, in thousandths
part() { echo $(($(grown "$1" "$2" "$3") * 1000 / $(grown "$1" "$2" elapsed-ns))); }
# adds_up BEFORE AFTER: two lines of one virtual CPU
adds_up() {
	local states_ns elapsed_ns
	states_ns=$(($(summed "$2") - $(summed "$1")))
	elapsed_ns=$(grown "$1" "$2" elapsed-ns)
	echo "states $states_ns of $elapsed_ns ns"
	[ $((states_ns > elapsed_ns ? states_ns - elapsed_ns : elapsed_ns - states_ns)) -le \
		$((elapsed_ns / 200 + open_ms * 1000000)) ]
}
# all_add_up BEFORE AFTER: lines of all virtual CPUs of a guest; those that came meanwhile count from 0
all_add_up() {
	local after before bad=0
	while read -r after; do
		before=$(grep "^.*index=$(value "$after" index) " <<<"$1")
		adds_up "${before:-index=0 elapsed-ns=0 $(printf '%s=0 ' "${states[@]}")}" "$after" || bad=1
	done <<<"$2"
	[ "$bad" = 0 ] && [ -n "$2" ]
}
first() { head -n 1 <<<"$1"; }
tell() { # WHAT BEFORE AFTER
	local state said=''
	for state in "${states[@]}"; do said+=" ${state%-ns} $(($(grown "$2" "$3" "$state") / 1000))"; done
	diag "$1:$said of $(($(grown "$2" "$3" elapsed-ns) / 1000)) us"
}
# torn [FILE]: readings of which guest, kernel and user are not what was run
torn() {
	awk '/running-ns=/ { split("", v)
		for (i = 1; i <= NF; i++) { split($i, w, "="); v[w[1]] = w[2] }
		if (!("guest-ns" in v)) print
		else if (v["guest-ns"] + v["kernel-ns"] + v["user-ns"] != v["running-ns"]) print }' "$@"
}
# went_back FILE: counters of which a reading is below one before it
went_back() {
	awk '{ for (i = 1; i <= NF; i++) { split($i, w, "="); if (w[1] == "index") v = w[2] }
		for (i = 1; i <= NF; i++) { split($i, w, "=")
			if (w[1] !~ /-ns$|exits$/ || w[1] == "taken-ns") continue
			if (w[2] < last[v, w[1]]) print v, w[1], last[v, w[1]], w[2]
			last[v, w[1]] = w[2] } }' "$1"
}
# share BEFORE AFTER KEY: of what it ran, in thousandths
share() { echo $(($(grown "$1" "$2" "$3") * 1000 / $(grown "$1" "$2" running-ns))); }
tell_modes() { # WHAT BEFORE AFTER
	local mode said=''
	for mode in guest kernel user; do said+=" $mode $(share "$2" "$3" $mode-ns)"; done
	diag "$1:$said thousandths of what it ran"
}
# sums WHAT DESCRIPTION: tells before and after, and whether they add up
sums() {
	tell "$1" "$(first "$before")" "$(first "$after")"
	ok "$2" all_add_up "$before" "$after"
	is "and so does what it ran" "$(torn <<<"$before"$'\n'"$after")" ''
}
# over SECONDS: sets before and after, of the guest $id
over() {
	before=$("$nlctl" vcpus "$id")
	sleep "$1"
	after=$("$nlctl" vcpus "$id")
}
# guest NAME LIMIT MODE [VCPUS [OPTION...]]: sets id
guest() {
	flat_start "$1" "${@:3}"
	id=$(value "$("$nlctl" add "$1" "/sys/fs/cgroup/$1" "$2")" id)
}
has_thread() { [ -n "$(value "$("$nlctl" vcpus "$id")" tid)" ]; }
# measure: as over, of a guest with one virtual CPU; and ran_ns and delayed_ns of its thread, by the scheduler's account
measure() {
	local schedstat ran delayed
	eventually 10 has_thread >/dev/null
	before=$("$nlctl" vcpus "$id")
	schedstat=/proc/$(value "$before" tid)/schedstat
	read -r ran delayed _ <"$schedstat"
	sleep "$seconds"
	after=$("$nlctl" vcpus "$id")
	read -r ran_ns delayed_ns _ <"$schedstat"
	ran_ns=$((ran_ns - ran)) delayed_ns=$((delayed_ns - delayed))
}
# others_by_scheduler: CPU time of the threads of the process of $whole but that of the virtual CPU $before, ns
others_by_scheduler() {
	local task ran sum=0
	for task in "/proc/$(value "$whole" pid)/task"/*; do
		[ "${task##*/}" != "$(value "$before" tid)" ] || continue
		read -r ran _ <"$task/schedstat"
		sum=$((sum + ran))
	done
	echo "$sum"
}
# others: sets told_ns, what the module says that threads of the guest $id ran that run no virtual CPU, and left_ns, what
# its only virtual CPU leaves of all that its cgroup used; while $seconds pass
others() {
	local whole_before whole_after
	whole_before=$("$nlctl" guest "$id") before=$("$nlctl" vcpus "$id")
	sleep "$seconds"
	whole_after=$("$nlctl" guest "$id") after=$("$nlctl" vcpus "$id")
	told_ns=$(grown "$whole_before" "$whole_after" emulator-ns)
	left_ns=$(($(grown "$whole_before" "$whole_after" usage-ns) - $(grown "$before" "$after" running-ns)))
}
# checked WHEN: the module's own check so far
checked() {
	local excess_ns
	excess_ns=$(value "$("$nlctl" host)" vcpu-excess-ns)
	at_most "the module's own check, $1: states claimed too much, in us" $((${excess_ns:-999999999} / 1000)) $excess_us
}
modprobe kvrm

guest spin 300000 spin 2
over "$seconds"
sums 'limited' "states of a limited guest add up"
at_most "nothing else holds it back, in thousandths of the time" "$(part "$(first "$before")" "$(first "$after")" waiting-ns)" 20
within "by another clock as much time passed" "$(grown "$(first "$before")" "$(first "$after")" elapsed-ns)" \
	"$(grown "$(first "$before")" "$(first "$after")" taken-ns)" 1
flat_stop spin

guest halt unlimited halt
over "$seconds"
sums 'halting' "states of a guest that halts add up"
at_least "it is halted, in thousandths of the time" "$(part "$before" "$after" halted-ns)" 500
at_most "and waits for nothing else" "$(part "$before" "$after" waiting-ns)" 20
flat_stop halt

guest pio unlimited pio
over "$seconds"
sums 'port I/O' "states of a guest that exits to its user add up"
tell_modes 'port I/O' "$before" "$after"
at_least "kernel and user run for it, in thousandths of what it ran" \
	$(($(share "$before" "$after" kernel-ns) + $(share "$before" "$after" user-ns))) 300
flat_stop pio

# Its user has another thread, which is as busy.
guest burn unlimited spin 1 --burn 1
eventually 10 has_thread >/dev/null
whole=$("$nlctl" guest "$id")
before=$("$nlctl" vcpus "$id")
ran_ns=$(others_by_scheduler)
sleep "$seconds"
burnt=$("$nlctl" guest "$id")
ran_ns=$(($(others_by_scheduler) - ran_ns))
after=$("$nlctl" vcpus "$id")
sums 'spinning' "states of a guest that never leaves add up"
tell_modes 'spinning' "$before" "$after"
at_least "what it runs is the guest, in thousandths" "$(share "$before" "$after" guest-ns)" 900
within "its user's other threads ran what the scheduler says" "$(grown "$whole" "$burnt" emulator-ns)" "$ran_ns" 5
is "none of them is there for I/O" "$(value "$burnt" io-ns)" 0
is "of vhost nothing is told" "$(value "$burnt" vhost-ns)" ''
flat_stop burn

# Threads end, and others begin: most of them between two looks; then with looks all the time.
guest churn unlimited spin 1 --burn 1 --burn-ms 200
eventually 10 has_thread >/dev/null
others
within "threads that came and went ran what cpu.stat leaves for them" "$told_ns" "$left_ns" 5
(while "$nlctl" guest "$id"; do :; done >/tmp/looks 2>&1) &
reader=$!
others
kill $reader
wait $reader 2>/dev/null
within "and so they did while they were looked at" "$told_ns" "$left_ns" 5
ok "there were looks" [ "$(grep -c emulator-ns /tmp/looks)" -gt 20 ]
is "of which none went back" "$(went_back /tmp/looks)" ''
flat_stop churn

# It runs for 3 ms and sleeps in its user for 7.
guest sleeps unlimited spin 1 --run-us 3000 --sleep-us 7000
measure
sums 'sleeping' "states of a guest whose user sleeps add up"
at_least "that is waiting, in thousandths of the time" "$(part "$before" "$after" waiting-ns)" 500
within "what it ran is what the scheduler says" "$(grown "$before" "$after" running-ns)" "$ran_ns" 5
is "it never halts" "$(grown "$before" "$after" halted-ns)" 0
flat_stop sleeps

cpus=$(nproc)
for ((i = 0; i <= cpus; i++)); do guest "crowd$i" unlimited spin; done
measure
sums 'in a crowd' "states of a guest in a crowd add up"
at_least "it waited for the others, in thousandths of the time" "$(part "$before" "$after" ready-ns)" 50
within "as long as the scheduler says" "$(grown "$before" "$after" ready-ns)" "$delayed_ns" 5
at_most "and for nothing else" "$(part "$before" "$after" waiting-ns)" 20
is "waiting for others is not limited time" "$(value "$after" limited-ns)" 0
for ((i = 0; i <= cpus; i++)); do flat_stop "crowd$i"; done

# Virtual CPUs come, limits change, the process stands still, all while somebody reads on and on.
guest all 500000 spin 1 --plug 2 --plug-ms 2000
before=$("$nlctl" vcpus "$id")
(while "$nlctl" vcpus "$id"; do :; done >/tmp/readings 2>&1) &
reader=$!
for limit in 100000 900000 300000 unlimited 500000 200000 1000000; do
	"$nlctl" set "$id" $limit
	sleep 0.5
done
pid=$(value "$("$nlctl" guest "$id")" pid)
still=$("$nlctl" vcpus "$id")
kill -STOP "$pid"
sleep 2
stood=$("$nlctl" vcpus "$id")
kill -CONT "$pid"
sleep 0.5
after=$("$nlctl" vcpus "$id")
kill $reader
wait $reader 2>/dev/null
is "three virtual CPUs" "$(wc -l <<<"$after")" 3
ok "states add up over all that" all_add_up "$before" "$after"
tell 'stopped' "$(first "$still")" "$(first "$stood")"
ok "and while its process stands still" all_add_up "$still" "$stood"
at_least "which is waiting, in ms" $(($(grown "$(first "$still")" "$(first "$stood")" waiting-ns) / 1000000)) 1700
diag "$(wc -l </tmp/readings) readings"
ok "there were readings" [ "$(grep -c elapsed-ns /tmp/readings)" -gt 20 ]
is "none of them went back" "$(went_back /tmp/readings)" ''
is "what was run was guest, kernel and user in each" "$(torn /tmp/readings)" ''
checked 'of all that'

ok "the module is unloaded" eventually 20 rmmod kvrm
modprobe kvrm
id=$(value "$("$nlctl" add all /sys/fs/cgroup/all 500000)" id)
over 2
ok "and its next life's accounts add up" all_add_up "$before" "$after"
at_most "from their beginning, in ms" $(($(value "$(first "$before")" elapsed-ns) / 1000000)) $first_ms
flat_stop all
checked 'of its next life'
ok "all guests are gone from the module" eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok "unloads" rmmod kvrm
done_testing
