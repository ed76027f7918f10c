#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A memory reservation holds: two guests have written the same amount of memory and leave it alone, one of them
# with a reservation, two pools deep. A greedy neighbour then writes more than the host has: with the other one it wants
# half as much again as is left. The reserved guest keeps what it has, the other one is swapped out; a third one, all of
# which is reserved, too, and which uses all of it without pause, is hardly slower than before. Every check prints asked,
# ideal and measured; measured from the cgroups' own files, and KVM's, not by kvrm.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

root=/sys/fs/cgroup/kvrm
mib=1048576
guest_mib=192
reserved=$((guest_mib * mib))
# What the process has beside the guest's memory: itself, and the tables through which KVM maps the guest's.
overhead=$((16 * mib))
all_of_busy=64
told=/tmp/kvrm-memory-told

pool() { value "$("$nlctl" pool "$1")" "$2"; }
guest() { value "$("$nlctl" guest "$1")" "$2"; }
# of NAME FILE [KEY]: bytes that a cgroup's file says
of() {
	local key value
	if [ $# -eq 2 ]; then
		cat "$root/$1/$2"
		return
	fi
	while read -r key value; do
		[ "$key" != "$3" ] || echo "$value"
	done <"$root/$1/$2"
}
meminfo() { sed -n "s/^$1: *\\([0-9]*\\) kB/\\1/p" /proc/meminfo; }
# tell WHAT ASKED IDEAL MEASURED, in MiB
tell() { diag "$(printf '%-32s asked %-18s ideal %-10s measured %s' "$1" "$2" "$3" "$4")"; }
# look: keeps the least of what each has had
look() {
	local now
	now=$(of outer/inner/kept memory.current)
	[ "$now" -ge "$least_kept" ] || least_kept=$now
	now=$(of outer/inner/lent memory.current)
	[ "$now" -ge "$least_lent" ] || least_lent=$now
}
# The busy guest leaves KVM_RUN after each MiB that it has been through, which KVM counts. look_at_busy: sets busy_mib, that
# count; busy_us, CPU time that it has used; and busy_waited_us, in which it has waited for memory. They belong together.
look_at_busy() {
	local key number began try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		# No process is started in between.
		began=${EPOCHREALTIME/[.,]/}
		read -r busy_mib <"$busy_count"
		while read -r key number; do [ "$key" != usage_usec ] || busy_us=$number; done <$root/busy/cpu.stat
		busy_waited_us=0
		{ read -r key && busy_waited_us=${key##*total=}; } 2>/dev/null <$root/busy/memory.pressure
		[ $((${EPOCHREALTIME/[.,]/} - began)) -gt 10000 ] || break
	done
	[ "$try" -lt 10 ] || diag 'the machine is too busy to measure exactly'
}
# cost WHAT: sets cost_ns, what a MiB costs the busy guest: the CPU time that it takes, and what it waits for memory, but not
# for a CPU, which others want as well. The least of some windows: whatever else the machine does meanwhile adds to it, and
# what is not there would be missed in each.
cost() {
	local window mib_before us_before waited_before passed now
	cost_ns=''
	for window in 1 2 3 4 5; do
		look_at_busy
		mib_before=$busy_mib us_before=$busy_us waited_before=$busy_waited_us
		sleep 3
		look_at_busy
		passed=$((busy_mib - mib_before))
		now=$(((busy_us - us_before + busy_waited_us - waited_before) * 1000 / (passed > 0 ? passed : 1)))
		diag "$1, window $window: $passed MiB, CPU time $(((busy_us - us_before) / 1000)) ms," \
			"waited for memory $(((busy_waited_us - waited_before) / 1000)) ms: $now ns for each MiB"
		if [ -z "$cost_ns" ] || [ "$now" -lt "$cost_ns" ]; then cost_ns=$now; fi
	done
}
# wants NAME: what it holds and what is swapped of it, in MiB
wants() { echo $((($(of "$1" memory.current) + $(of "$1" memory.swap.current)) / mib)); }
# swapped NAME: the most that was ever, in bytes, where the kernel counts that, or what is now
swapped() { cat "$root/$1/memory.swap.peak" 2>/dev/null || of "$1" memory.swap.current; }
# shellcheck disable=SC2317 # called by ok
told_of() { [ "$(grep -c "^pool-set-ntf id=1 .* $2 " "$told")" -ge "$1" ]; }

modprobe kvrm
pool_dir kvrm memory
pool_dir kvrm/outer memory
pool_dir kvrm/outer/inner memory
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root

# Memory that goes and comes back. Which block the kernel can clear is not known beforehand.
capacity=$(value "$("$nlctl" host)" memory-capacity-bytes)
is 'the capacity is what the kernel manages' "$capacity" $(($(meminfo MemTotal) * 1024))
"$nlctl" monitor >$told &
monitor=$!
eventually 5 grep -q listening $told >/dev/null
block=''
for ((i = 63; i >= 0; i--)); do
	candidate=/sys/devices/system/memory/memory$i
	if [ -e $candidate ] && echo offline 2>/dev/null >$candidate/state; then
		block=$candidate
		break
	fi
done
if [ -n "$block" ]; then
	less=$(($(meminfo MemTotal) * 1024))
	diag "$(basename "$block") is offline: $((capacity / mib)) MiB before, $((less / mib)) MiB now"
	ok 'there is less' [ $less -lt "$capacity" ]
	is 'memory that went is gone from the capacity' "$(value "$("$nlctl" host)" memory-capacity-bytes)" $less
	is 'and from the root pool' "$(pool 1 memory-reservation-bytes)" $((less - $(pool 1 memory-host-reserve-bytes)))
	ok 'that is told' eventually 5 told_of 1 "memory-reservation-bytes=$(pool 1 memory-reservation-bytes)"
	# More is reserved than there is.
	reserve=$(pool 1 memory-host-reserve-bytes)
	echo online >"$block/state"
	ok 'it is told that it came back' eventually 5 told_of 1 "memory-reservation-bytes=$(pool 1 memory-reservation-bytes)"
	all=$(pool 1 memory-reservation-bytes)
	mkdir $root/all
	id=$(value "$("$nlctl" pool-add all $root/all memory-reservation-bytes="$all")" id)
	is 'all is reserved' "$(pool 1 memory-unreserved-bytes)" 0
	echo offline 2>/dev/null >"$block/state"
	lacks=$((all - ($(meminfo MemTotal) * 1024 - $(pool 1 memory-host-reserve-bytes))))
	is 'the root tells its shortfall' "$(pool 1 memory-shortfall-bytes)" $((lacks > 0 ? lacks : 0))
	like 'and admits nothing more' "$("$nlctl" pool-set "$id" memory-reservation-bytes=$((all + 4096)) 2>&1)" \
		'memory-reservation-bytes'
	diag "reserved $all, host reserve $reserve, shortfall $(pool 1 memory-shortfall-bytes)"
	echo online >"$block/state"
	is 'none is left once it is back' "$(pool 1 memory-shortfall-bytes)" 0
	ok 'the pool is removed' "$nlctl" pool-del "$id"
	rmdir $root/all
else
	skip 'memory goes and comes back' 'no block can be taken offline here'
fi
kill $monitor
wait $monitor 2>/dev/null

# Guest memory is anonymous: it can be taken away only if there is swap.
swap=''
if modprobe zram num_devices=1 2>/dev/null && echo 2G >/sys/block/zram0/disksize; then
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 && swap=/dev/zram0
fi

# Of little weight, so that nothing is due to the guest without a reservation.
outer=$(value "$("$nlctl" pool-add outer $root/outer memory-weight=1)" id)
inner=$(value "$("$nlctl" pool-add inner $root/outer/inner parent="$outer")" id)
flat_start kvrm/outer/inner/kept halt 1 --memory-mib $guest_mib
flat_start kvrm/outer/inner/lent halt 1 --memory-mib $guest_mib
kept=$(value "$("$nlctl" add kept $root/outer/inner/kept unlimited pool="$inner" \
	memory-reservation-bytes=$reserved memory-overhead-bytes=$overhead)" id)
lent=$(value "$("$nlctl" add lent $root/outer/inner/lent unlimited pool="$inner")" id)
for name in '.' outer outer/inner outer/inner/kept; do
	is "memory.min of $name" "$(of $name memory.min)" $((reserved + overhead))
done
is 'memory.min of the other guest' "$(of outer/inner/lent memory.min)" 0
at_least 'the guest has written its memory' "$(of outer/inner/kept memory.current)" $reserved
at_most 'with no more overhead than declared' "$(of outer/inner/kept memory.current)" $((reserved + overhead))
at_least 'so has the other one' "$(of outer/inner/lent memory.current)" $reserved

if [ -z "$swap" ]; then
	skip 'a greedy neighbour' 'this kernel has no zram to swap to'
else
	before=$(of outer/inner/kept memory.current)
	flat_start kvrm/busy sweep 1 --memory-mib $all_of_busy --touch-mib $all_of_busy
	busy_count=$(echo "/sys/kernel/debug/kvm/$(sed -n 's/^running //p' /tmp/kvrm_busy.out)"-*/io_exits)
	ok 'a guest that uses all of its memory, which is reserved' "$nlctl" add busy $root/busy unlimited \
		memory-reservation-bytes=$((all_of_busy * mib)) memory-overhead-bytes=$overhead
	ok 'KVM counts what it does' [ -r "$busy_count" ]
	# Beside one that writes as much as the greedy one, but always the same: processors and the way to memory are shared
	# before as during.
	flat_start kvrm/modest halt 1 --memory-mib 64 --greedy 1
	[ -n "$brief" ] || cost 'before'
	before_ns=${cost_ns:-0}
	flat_stop kvrm/modest
	left_mib=$(($(meminfo MemAvailable) / 1024 + $(of outer/inner/lent memory.current) / mib))
	greedy_mib=$((left_mib * 3 / 2 - $(wants outer/inner/lent)))
	diag "$left_mib MiB are left beside what is reserved; the others want $(wants outer/inner/lent) and $greedy_mib MiB of them," \
		"150 %"
	flat_start kvrm/greedy halt 1 --memory-mib $greedy_mib --greedy 1
	"$nlctl" add greedy $root/greedy unlimited >/dev/null
	least_kept=$before least_lent=$before waited=$SECONDS
	while [ $((SECONDS - waited)) -lt 240 ] &&
		{ [ "$least_lent" -gt $((reserved / 2)) ] || [ "$(wants greedy)" -lt $((greedy_mib * 49 / 50)) ]; }; do
		look
		sleep 0.5
	done
	diag "after $((SECONDS - waited)) s the others want $(wants outer/inner/lent) and $(wants greedy) MiB," \
		"$((($(wants outer/inner/lent) + $(wants greedy)) * 100 / left_mib)) % of what is left"
	at_least 'they want half as much again as is left, in per cent' \
		$((($(wants outer/inner/lent) + $(wants greedy)) * 100 / left_mib)) 145
	if [ -n "$brief" ]; then
		skip 'how much slower the busy guest is' 'not judged here'
	else
		look_at_busy
		waited_before=$busy_waited_us began=$(now_us)
		cost 'during'
		tell 'a MiB of the busy guest' "$all_of_busy + $((overhead / mib)) MiB" "$before_ns ns" "$cost_ns ns"
		at_most 'it is slowed down by so many per mille' \
			$(((cost_ns - before_ns) * 1000 / (before_ns > 0 ? before_ns : 1))) 50
		at_most 'and waits for memory so many per mille of the time' \
			$(((busy_waited_us - waited_before) * 1000 / ($(now_us) - began))) 50
	fi
	for name in outer/inner/kept busy; do
		is "no page of $name is swapped" "$(of $name memory.swap.current)" 0
		is "nor was any page of $name" "$(swapped $name)" 0
	done
	at_least 'of the one without a reservation much is, in MiB' $(($(of outer/inner/lent memory.swap.current) / mib)) \
		$((guest_mib / 2))
	for name in outer/inner/kept outer/inner/lent busy greedy; do
		is "nobody of $name was killed" "$(of $name memory.events oom_kill)" 0
	done
	flat_stop kvrm/busy
	# And once more: others take the protection away, and it is put back.
	counted=$(guest "$kept" reasserted)
	for name in outer/inner/kept outer/inner outer; do echo 0 >$root/$name/memory.min; done
	sleep 1
	for name in outer/inner/kept outer/inner outer; do
		is "memory.min of $name is put back within 1 s" "$(of $name memory.min)" $((reserved + overhead))
	done
	is 'that is counted' $(($(guest "$kept" reasserted) - counted)) 1
	for ((i = 0; i < 10; i++)); do
		look
		sleep 0.5
	done
	tell 'guest with a reservation' "$guest_mib + $((overhead / mib)) MiB" "$guest_mib MiB" "$((least_kept / mib)) MiB"
	tell 'the same, swapped' '' '0 MiB' "$(($(of outer/inner/kept memory.swap.current) / mib)) MiB"
	tell 'guest without one' 'nothing' 'less' "$((least_lent / mib)) MiB"
	tell 'the same, swapped' '' 'the rest' "$(($(of outer/inner/lent memory.swap.current) / mib)) MiB"
	at_least 'the reserved guest keeps its memory' "$least_kept" $reserved
	at_most 'the other one does not' "$least_lent" $((reserved / 2))
	is 'nobody was killed for want of memory' "$(of . memory.events oom_kill)" 0
	# What is due to one can be given to the other, at once.
	ok 'the reservation goes to the other guest' "$nlctl" batch "guest $kept memory-reservation-bytes=0" \
		"guest $lent memory-reservation-bytes=$reserved memory-overhead-bytes=$overhead"
	is 'its memory.min' "$(of outer/inner/lent memory.min)" $((reserved + overhead))
	is 'and the first one'"'"'s' "$(of outer/inner/kept memory.min)" $overhead
	flat_stop kvrm/greedy
	# What is reclaimed from the pool is the first one's, then: the kernel is asked for a third of that.
	less=$((reserved * 3 / 4))
	echo $((reserved / 3)) 2>/dev/null >$root/outer/inner/memory.reclaim
	tell 'guest that gave its reservation' "0 + $((overhead / mib)) MiB" 'less' \
		"$(($(of outer/inner/kept memory.current) / mib)) MiB"
	at_most 'the first one is reclaimed now' "$(of outer/inner/kept memory.current)" $less
fi

# Unloading leaves what is protected protected.
protected=$(of outer/inner/lent memory.min)
ok 'unloads' rmmod kvrm
is 'memory stays protected without the module' "$(of outer/inner/lent memory.min)" "$protected"
is 'and so does the path' "$(of outer memory.min) $(of . memory.min)" \
	"$(of outer/inner memory.min) $(of outer/inner memory.min)"
flat_stop kvrm/outer/inner/kept
flat_stop kvrm/outer/inner/lent
rmdir $root/outer/inner $root/outer
echo 0 >$root/memory.min
[ -z "$swap" ] || { swapoff "$swap" && echo 1 >/sys/block/zram0/reset; }
done_testing
