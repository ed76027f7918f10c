#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# While somebody on the host waits for memory, a guest that holds more than it is due is told by its balloon to give back,
# within a second; one without a driver cannot, which is told; when nobody waits any more it has its memory back bit by bit.
# The host keeps so much for itself that guests are due 84 MiB together; who waits is a process that may hold less than it
# writes. When there is pressure is read from the kernel's own count, and when kvrmd acts from the journal.
# shellcheck disable=SC2317 # called through ok, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

mib=1048576
conf=/etc/kvrm/kvrm.conf
waits=/tmp/kvrm-pressure-waits counted=/tmp/kvrm-pressure-counted counting=''
pressure_clean() {
	[ -z "$counting" ] || kill "$counting"
	rm -f "$waits" "$counted"
	systemctl stop kvrm-hog.service 2>/dev/null
	kvrmd_clean
	[ ! -e "$conf.kept" ] || mv "$conf.kept" "$conf"
	swap_off
	systemctl restart kvrmd.service
}
trap pressure_clean EXIT

# count_waits: lines of the time and of that for which somebody has ever waited for memory, in us, some 40 a second
count_waits() {
	local line
	while read -r line </proc/pressure/memory; do
		echo "${EPOCHREALTIME/[.,]/} ${line##*total=}"
		read -r -t 0.02 <>$waits
	done
}
# pressed: two times in us, of which the first is before and the second after the moment from which on somebody has waited
# for 100 ms of the second that has just passed, which is what kvrmd has the kernel tell it; fails if there is none
pressed() {
	awk '{ time[NR] = $1; total[NR] = $2; first = first ? first : 1
		while (time[NR] - time[first] > 1000000) first++
		if (total[NR] - total[first] >= 100000) { print time[NR - 1], time[NR]; found = 1; exit } }
		END { exit !found }' $counted
}
# told NAME SINCE-US: when, in us, kvrmd first had its balloon give back, which QEMU is told in the same turn, unless it has
# still to answer something else; fails if it has not
told() {
	local at
	at=$(journalctl -q --no-pager -o json --since "@$(($2 / 1000000))" KVRM_SYSTEM_NAME="$1" |
		jq -r --argjson since "$2" 'select(.MESSAGE | tostring | contains("memory is short")) |
			(._SOURCE_REALTIME_TIMESTAMP // .__REALTIME_TIMESTAMP) | tonumber | select(. >= $since)' | head -n 1)
	[ -n "$at" ] && echo "$at"
}

left_is_below() { [ "$(field "$1" MemoryBalloon)" -lt "$2" ]; }
left_is_above() { [ "$(field "$1" MemoryBalloon)" -gt "$2" ]; }
problem_is() { tap_match "$(host 'Problems | join("; ")')" "$1"; }
no_problem() { tap_equal "$(host 'Problems | join("; ")')" ''; }
# tell NAME: what it is due, and what it uses
tell() {
	local due
	due=$(curl -sf http://127.0.0.1:9645/metrics | sed -n "s/^kvrm_vm_memory_entitlement_bytes{vm=\"$(field "$1" UUID)\"} //p")
	diag "$1 is due $((${due:-0} / mib)) MiB, and uses $(($(cat "$(cgroup_of "$1")/memory.current") / mib)) MiB"
}

cp "$conf" "$conf.kept"
total=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
printf 'memory-overhead = 8M\nmemory-host-reserve = %dM\n' $((total - 84)) >>"$conf"
systemctl stop kvrmd.service
kvrmd_prepare
linux_prepare
ok 'there is swap' swap_on

ok 'a guest with a driver' define_linux web unlimited --memory=256M
ok 'starts' kvrmctl start web
ok 'is up' eventually 200 wait_order web report
ok 'it writes some of its memory' wait_order web touch 64
ok 'one without a driver, of little weight' define_spin spin 30% --memory-weight=1
ok 'starts' kvrmctl start spin
ok 'what has a driver has all its memory' eventually 20 field_is web MemoryBalloon $((256 * mib))
ok 'and QEMU has nothing to answer' eventually 20 field_is web MemoryBalloonState settled
tell web
tell spin
ok 'nobody waits, and nothing is to be told' no_problem

mkfifo $waits
count_waits >$counted &
counting=$!
began_us=$(now_us)
systemd-run --quiet --collect --unit=kvrm-hog -p MemoryHigh=16M sh -c 'while :; do head -c 300M /dev/zero | tail >/dev/null; done'
began=$SECONDS
ok 'somebody waits for 100 ms of a second' eventually 60 pressed
ok 'the guest is told to give back' eventually 60 told web "$began_us"
kill $counting
wait $counting 2>/dev/null
counting=''
read -r before_us after_us <<<"$(pressed)"
told_us=$(told web "$began_us")
if [ -n "$before_us" ] && [ -n "$told_us" ]; then
	diag "there was pressure from between $(((before_us - began_us) / 1000)) and $(((after_us - began_us) / 1000)) ms on," \
		"kvrmd told the balloon after $(((told_us - began_us) / 1000)) ms"
	at_most 'within a second of when there was pressure, in ms' $(((told_us - before_us) / 1000)) 1000
fi
ok 'the balloon takes' eventually 60 left_is_below web $((200 * mib))
diag "after $((SECONDS - began)) s, of which a guest that is emulated needs most"
ok 'what cannot give is told' eventually 60 \
	problem_is 'the balloon of spin gives nothing back: while memory is short, what is too much is swapped'
is 'it is shown' "$(field spin MemoryBalloonState)" silent
# What a balloon takes at most are 65 %.
ok 'the guest has what it must have' left_is_above web $((89 * mib))

systemctl stop kvrm-hog.service
lowest=$(field web MemoryBalloon)
ok 'nobody waits: it has it back, bit by bit' eventually 60 left_is_above web $((lowest + 8 * mib))
ok 'and lives' wait_order web report
ok 'nothing to tell any more' eventually 60 no_problem
is 'nobody was killed' "$(sed -n 's/^oom_kill //p' /sys/fs/cgroup/kvrm.slice/memory.events)" 0
done_testing
