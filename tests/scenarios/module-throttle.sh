#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A memory limit holds, gently: memory.high comes down in steps while what is above is taken from the guest; a guest that
# takes all it can get stays below; nobody is killed, with swap, with swap that is full, and without. Measured from the
# cgroup's own memory.current and memory.events, not by kvrm. memory.max is not the module's: it stays "max" here.
# shellcheck disable=SC2317 # called by ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

root=/sys/fs/cgroup/kvrm
mib=1048576

guest() { value "$("$nlctl" guest "$1")" "$2"; }
used() { cat "$root/$1/memory.current"; }
high_is() { tap_equal "$(cat "$root/$1/memory.high")" "$2"; }
used_is_below() { [ "$(used "$1")" -le "$2" ]; }
events() { sed -n "s/^$2 //p" "$root/$1/memory.events"; }
# Of 16 MiB; the kernel hands out the last pages of it in lots.
swap_is_full() {
	local kib
	kib=$(sed -n 's/^SwapFree: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	[ "$kib" -le 1024 ] || { echo "$kib KiB are free"; return 1; }
}
# most NAME SECONDS: the most that it uses
most() {
	local now most=0 until=$((SECONDS + $2))
	while [ $SECONDS -lt $until ]; do
		now=$(used "$1")
		[ "$now" -le "$most" ] || most=$now
		sleep 0.05
	done
	echo "$most"
}
# tell WHAT ASKED IDEAL MEASURED
tell() { diag "$(printf '%-36s asked %-10s ideal %-12s measured %s' "$1" "$2" "$3" "$4")"; }

modprobe kvrm
pool_dir kvrm memory
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root

# Locked memory cannot be taken: refused, with what is too much.
flat_start kvrm/locked halt 1 --memory-mib 64 --lock 1
like 'a limit below what is locked is refused' \
	"$("$nlctl" add locked $root/locked unlimited memory-limit-bytes=$((64 * mib)) 2>&1)" \
	"memory-limit-bytes lacks $((8 * mib)) for locked and huge pages"
ok 'one above is not' "$nlctl" add locked $root/locked unlimited memory-limit-bytes=$((72 * mib))
ok 'and is in force' eventually 5 high_is locked $((64 * mib))
flat_stop kvrm/locked

swap=''
if modprobe zram num_devices=1 2>/dev/null && echo 1G >/sys/block/zram0/disksize; then
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 && swap=/dev/zram0
fi
if [ -z "$swap" ]; then
	skip 'a limit below what is used' 'this kernel has no zram to swap to'
else
	# Twice as much is used as is to be.
	flat_start kvrm/shrunk halt 1 --memory-mib 256
	id=$(value "$("$nlctl" add shrunk $root/shrunk unlimited)" id)
	before=$(used shrunk)
	at_least 'the guest has written its memory' "$before" $((256 * mib))
	began=$(now_us)
	ok 'a limit of half of that' "$nlctl" set "$id" memory-limit-bytes=$((128 * mib))
	took=$((($(now_us) - began) / 1000))
	diag "the command took $took ms"
	ok 'memory.high comes down' eventually 20 high_is shrunk $((120 * mib))
	ok 'and so does what is used' eventually 20 used_is_below shrunk $((120 * mib))
	tell 'used after a limit' '128 MiB' '120 MiB' "$(($(used shrunk) / mib)) MiB"
	is 'what is asked and in force is told' "$(guest "$id" memory-limit-bytes) $(guest "$id" memory-throttle-bytes)" \
		"$((128 * mib)) $((120 * mib))"
	is 'none of it is drift' "$(guest "$id" reasserted)" 0
	is 'nobody was killed' "$(events shrunk oom_kill)" 0
	is 'memory.max is not touched' "$(cat $root/shrunk/memory.max)" max
	echo max >$root/shrunk/memory.high
	ok "others' memory.high is put back" eventually 2 high_is shrunk $((120 * mib))
	is 'and counted' "$(guest "$id" reasserted)" 1
	ok 'raised' "$nlctl" set "$id" memory-limit-bytes=$((512 * mib))
	ok 'it is at once' eventually 1 high_is shrunk $((496 * mib))
	flat_stop kvrm/shrunk

	# It wants twice as much as it may have, again and again, from the beginning.
	mkdir $root/greedy
	flat_start kvrm/greedy halt 1 --memory-mib 256 --greedy 1
	id=$(value "$("$nlctl" add greedy $root/greedy unlimited memory-limit-bytes=$((128 * mib)))" id)
	ok 'a greedy guest is held' eventually 20 used_is_below greedy $((128 * mib))
	held=$(most greedy 10)
	tell 'the most of a greedy guest in 10 s' '128 MiB' '120 MiB' "$((held / mib)) MiB"
	at_most 'it stays below' "$held" $((128 * mib))
	at_least 'and has what is unthrottled' "$held" $((112 * mib))
	# Changed again and again meanwhile.
	for ((i = 0; i < 50; i++)); do
		"$nlctl" set "$id" memory-limit-bytes=$(((128 + i % 2 * 64) * mib)) >/dev/null
	done
	ok 'lower for good' "$nlctl" set "$id" memory-limit-bytes=$((96 * mib))
	ok 'it is held' eventually 20 used_is_below greedy $((96 * mib))
	at_most 'and stays below' "$(most greedy 5)" $((96 * mib))
	is 'nobody was killed' "$(events greedy oom_kill)" 0
	flat_stop kvrm/greedy
	swapoff $swap
	echo 1 >/sys/block/zram0/reset
	# So little that it is full at once.
	echo 16M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
fi

# Nothing can be taken: throttling alone slows it down, and it goes on living.
mkdir $root/stubborn
flat_start kvrm/stubborn halt 1 --memory-mib 160
# A debug kernel takes long to let it write that.
eventually 60 grep -q running /tmp/kvrm_stubborn.out >/dev/null
id=$(value "$("$nlctl" add stubborn $root/stubborn unlimited)" id)
before=$(used stubborn)
ok 'a limit that cannot be reached' "$nlctl" set "$id" memory-limit-bytes=$((128 * mib))
ok 'is in force all the same' eventually 20 high_is stubborn $((120 * mib))
[ -z "$swap" ] || ok 'swap is full' eventually 30 swap_is_full
tell 'used, with no swap left' '128 MiB' 'as little as can be' "$((before / mib)) MiB before, $(($(used stubborn) / mib)) MiB"
is 'nobody was killed' "$(events stubborn oom_kill)" 0
ok 'the guest lives' grep -q . $root/stubborn/cgroup.procs
flat_stop kvrm/stubborn

mkdir $root/slowed
flat_start kvrm/slowed halt 1 --memory-mib 512 --greedy 1 --seconds 600
id=$(value "$("$nlctl" add slowed $root/slowed unlimited memory-limit-bytes=$((128 * mib)))" id)
ok 'throttling begins' eventually 20 high_is slowed $((120 * mib))
sleep 1
before=$(used slowed)
sleep 5
rate=$((($(used slowed) - before) / 5))
tell 'growth of a greedy guest, no swap left' '0' '0' "$((rate / 1024)) KiB/s, at $(($(used slowed) / mib)) MiB"
at_most 'one that has nothing to give grows slowly' $rate $((16 * mib))
[ -z "$swap" ] || ok 'swap is full' swap_is_full
is 'nobody was killed' "$(events slowed oom_kill)" 0

ok 'unloads' rmmod kvrm
ok 'what is in force stays' high_is slowed $((120 * mib))
flat_stop kvrm/slowed
[ -z "$swap" ] || { swapoff $swap && echo 1 >/sys/block/zram0/reset; }
done_testing
