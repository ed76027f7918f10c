#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory weights: while there is not enough for all, memory that nobody uses goes first, and the rest is shared by weight.
# Three guests have written the same amount; two use all of it again and again, one nothing. Then the host keeps so much for
# itself that two thirds are left, and the kernel is told to leave them no more. Measured from the cgroups' own
# memory.current, not by kvrm.
# shellcheck disable=SC2317 # called by ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

root=/sys/fs/cgroup/kvrm
mib=1048576
all=$((200 * mib))

guest() { value "$("$nlctl" guest "${ids[$1]}")" "$2"; }
of() { cat "$root/$1/$2"; }
low_is_between() { [ "$(of "$1" memory.low)" -ge "$2" ] && [ "$(of "$1" memory.low)" -le "$3" ]; }
is_told() { [ "$(guest "$1" memory-favoured-bytes)" = "$(of "$1" memory.low)" ]; }
uses_between() { [ "$(of "$1" memory.current)" -ge "$2" ] && [ "$(of "$1" memory.current)" -le "$3" ]; }
# tell NAME IDEAL, in MiB
tell() {
	local active
	active=$(guest "$1" memory-active-bytes)
	diag "$(printf '%-6s weight %-4s ideal %3d MiB, memory.low %3d MiB, uses %3d MiB, active %3d MiB' "$1" \
		"$(guest "$1" memory-weight)" "$2" $(($(of "$1" memory.low) / mib)) $(($(of "$1" memory.current) / mib)) \
		$((${active:-0} / mib)))"
}
# start NAME MODE [WORD...]: a guest that has written 96 MiB
start() {
	flat_start "kvrm/$1" "$2" 1 --memory-mib 96 --touch-mib 96
	ids[$1]=$(value "$("$nlctl" add "$1" "$root/$1" unlimited "${@:3}")" id)
}

declare -A ids
modprobe kvrm
rates_unjudged
swap=''
if modprobe zram num_devices=1 2>/dev/null && echo 1G >/sys/block/zram0/disksize; then
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 && swap=/dev/zram0
fi
if [ -z "$swap" ]; then
	skip 'memory weights' 'this kernel has no zram to swap to'
	done_testing
	exit
fi
pool_dir kvrm memory
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root
capacity=$(value "$("$nlctl" host)" memory-capacity-bytes)
reserve=$(value "$("$nlctl" host)" memory-host-reserve-bytes)
start heavy touch memory-weight=300
start light touch
start idle halt
is 'weights are told' "$(guest heavy memory-weight) $(guest light memory-weight)" '300 100'
like 'no weight of 0' "$("$nlctl" set "${ids[light]}" memory-weight=0 2>&1)" 'memory-weight is not 1 to 10000'
like 'nor of 10001' "$("$nlctl" set "${ids[light]}" memory-weight=10001 2>&1)" 'memory-weight is not 1 to 10000'
like 'the root has none' "$("$nlctl" pool-set 1 memory-weight=100 2>&1)" 'cannot be set'
ok 'with enough for all each is due what it has' eventually 30 low_is_between idle $((94 * mib)) $((104 * mib))
ok 'which is told' eventually 10 is_told idle

# Until it is known who uses what.
[ -n "$brief" ] || sleep 10
ok 'the host keeps the rest' "$nlctl" pool-set 1 memory-host-reserve-bytes=$((capacity - all))
measured 'what is idle is due a fourth of what is used' eventually 10 low_is_between idle $((15 * mib)) $((27 * mib))
echo $all >$root/memory.high
measured 'and it gives back first' eventually 20 uses_between idle $((10 * mib)) $((27 * mib))
[ -n "$brief" ] || sleep 3
tell heavy 98
tell light 82
tell idle 20
at_least 'the heavy one keeps what it uses' "$(of heavy memory.current)" $((86 * mib))
measured 'the light one has what is left' uses_between light $((66 * mib)) $((92 * mib))

# The other way round.
ok 'weights are exchanged' "$nlctl" batch "guest ${ids[heavy]} memory-weight=100" "guest ${ids[light]} memory-weight=300"
measured 'and with them what is due' eventually 10 low_is_between light $((92 * mib)) $((104 * mib))
measured 'now the other one has what is left' eventually 20 uses_between heavy $((66 * mib)) $((92 * mib))
tell heavy 82
tell light 98
tell idle 20
echo 0 >/sys/module/kvrm/parameters/memory_idle_tax
measured 'without a tax idle memory is due as much' eventually 10 low_is_between idle $((46 * mib)) $((56 * mib))
ok 'a tax of all is refused' sh -c '! echo 100 >/sys/module/kvrm/parameters/memory_idle_tax'
is 'nobody was killed' "$(sed -n 's/^oom_kill //p' $root/memory.events)" 0
is 'none of that is drift' "$(guest heavy reasserted)" 0

# What others write.
echo $mib >$root/light/memory.low
ok "others' memory.low is put back" eventually 20 low_is_between light $((86 * mib)) $((104 * mib))
is 'and counted' "$(guest light reasserted)" 1
echo 0 >$root/light/memory.low
ok '0 is put back' eventually 20 low_is_between light $((86 * mib)) $((104 * mib))
is 'and not counted: systemd writes it' "$(guest light reasserted)" 1

echo max >$root/memory.high

# A pool's limit is for all its members: what it leaves is shared by weight, idle memory first, and others have theirs.
ok 'there is enough for all' "$nlctl" pool-set 1 memory-host-reserve-bytes="$reserve"
pool_dir kvrm/team memory
team=$(value "$("$nlctl" pool-add team $root/team)" id)
for name in first second; do
	flat_start "kvrm/team/$name" touch 1 --memory-mib 64 --touch-mib 64
	ids[team/$name]=$(value "$("$nlctl" add $name "$root/team/$name" unlimited pool="$team")" id)
done
ok 'weights in a pool' "$nlctl" set "${ids[team/first]}" memory-weight=300
before=$(of heavy memory.current)
ok 'a pool has a limit' "$nlctl" pool-set "$team" memory-limit-bytes=$((104 * mib))
ok 'its members use no more' eventually 30 uses_between team 0 $((104 * mib))
[ -n "$brief" ] || sleep 5
diag "team uses $(($(of team memory.current) / mib)) MiB, first $(($(of team/first memory.current) / mib)) MiB, second $(($(of team/second memory.current) / mib)) MiB"
measured 'by weight: the first keeps what it uses' eventually 10 uses_between team/first $((58 * mib)) $((72 * mib))
measured 'the second has what is left' eventually 10 uses_between team/second $((24 * mib)) $((42 * mib))
at_least 'others have theirs' "$(of heavy memory.current)" $((before - 8 * mib))
is 'nobody in it was killed' "$(sed -n 's/^oom_kill //p' $root/team/memory.events)" 0
for name in first second; do flat_stop "kvrm/team/$name"; done
ok 'the pool goes' eventually 10 "$nlctl" pool-del "$team"
rmdir $root/team
ok 'a guest is forgotten' "$nlctl" del "${ids[idle]}"
ok 'nothing is due to it' eventually 20 low_is_between idle 0 0

# One that lies elsewhere than in its pool's cgroup has no part in it.
pool_dir kvrm/side memory
side=$(value "$("$nlctl" pool-add side $root/side)" id)
flat_start kvrm/side/stray halt
ids[stray]=$(value "$("$nlctl" add stray $root/side/stray unlimited pool="$side")" id)
ok 'something is due to a guest in a pool' eventually 20 low_is_between side/stray 1 $((64 * mib))
ok 'it leaves the pool, but not its cgroup' "$nlctl" set "${ids[stray]}" pool=1
ok 'nothing is due to it' eventually 20 low_is_between side/stray 0 0
is 'nor is it told' "$(guest stray memory-favoured-bytes)" ''
ok 'unloads' rmmod kvrm
is 'nothing is due to anybody' "$(of heavy memory.low) $(of light memory.low) $(of . memory.low)" '0 0 0'
for name in heavy light idle side/stray; do flat_stop kvrm/$name; done
swapoff $swap && echo 1 >/sys/block/zram0/reset
done_testing
