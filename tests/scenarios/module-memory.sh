#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A memory reservation holds: two guests have written the same amount of memory and leave it alone, one of them
# with a reservation, two pools deep. A greedy neighbour then writes more than the host has. The reserved guest
# keeps what it has, the other one is swapped out. Every check prints asked, ideal and measured; measured from the
# cgroups' own memory.current, not by kvrm.
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
	# Half as much again as there is.
	greedy_mib=$(($(meminfo MemAvailable) * 3 / 2 / 1024))
	diag "$(($(meminfo MemAvailable) / 1024)) MiB are available; the neighbour writes $greedy_mib MiB"
	flat_start kvrm/greedy halt 1 --memory-mib $greedy_mib --greedy 1
	"$nlctl" add greedy $root/greedy unlimited >/dev/null
	least_kept=$before least_lent=$before waited=$SECONDS
	while [ $((SECONDS - waited)) -lt 120 ] && [ "$least_lent" -gt $((reserved / 2)) ]; do
		look
		sleep 0.5
	done
	is 'no page of it is swapped' "$(of outer/inner/kept memory.swap.current)" 0
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
