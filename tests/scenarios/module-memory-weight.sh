#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory weights: while there is not enough for all, memory that nobody uses goes first, and the rest is shared by weight.
# Three guests have written the same amount; two use all of it again and again, one nothing. Then the host keeps so much for
# itself that two thirds are left, and the kernel is told, bit by bit, to leave them no more. What each has then is compared
# with what is published of weights (tests/lib/due.sh), not with what the module says that it is due; measured from the
# cgroups' own memory.current.
# shellcheck disable=SC2317 # called by ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"
# shellcheck source=tests/lib/due.sh
. "$(dirname "$0")/../lib/due.sh"

root=/sys/fs/cgroup/kvrm
mib=1048576
all=$((200 * mib))
# memory.low follows what is due when it is off by a 64th. Without that much room everybody may be below his own at times,
# and the kernel takes from all.
left=$((all + all / 64))
# What each is to have, in per cent of what it is due.
tolerance=10

guest() { value "$("$nlctl" guest "${ids[$1]}")" "$2"; }
of() { cat "$root/$1/$2"; }
low_is_between() { [ "$(of "$1" memory.low)" -ge "$2" ] && [ "$(of "$1" memory.low)" -le "$3" ]; }
is_told() { [ "$(guest "$1" memory-favoured-bytes)" = "$(of "$1" memory.low)" ]; }
uses_between() { [ "$(of "$1" memory.current)" -ge "$2" ] && [ "$(of "$1" memory.current)" -le "$3" ]; }
low_is_near() { tap_within "$(of "$1" memory.low)" "${due[$1]}" "$tolerance"; }
all_near() {
	local name
	for name in "$@"; do tap_within "$(of "$name" memory.current)" "${due[$name]}" "$tolerance" || return 1; done
}

# demand NAME: what it holds and what is swapped of it, in bytes
demand() { echo $(($(of "$1" memory.current) + $(of "$1" memory.swap.current))); }
# now_due HEAVY-WEIGHT LIGHT-WEIGHT TAX: of the three, which have been given the same amount to write
now_due() {
	due_begin
	due_add heavy "$1" "$(demand heavy)" $((96 * mib))
	due_add light "$2" "$(demand light)" $((96 * mib))
	due_add idle 100 "$(demand idle)" 0
	due_share $all "$3"
}
# settled NAME...: sets used[NAME], the median of 9 moments in some 3 s
declare -A used
settled() {
	local name file=/tmp/kvrm-memory-used try
	rm -rf $file && mkdir $file
	for ((try = 0; try < 9; try++)); do
		for name in "$@"; do of "$name" memory.current >>"$file/${name##*/}"; done
		sleep 0.3
	done
	for name in "$@"; do used[$name]=$(sort -n "$file/${name##*/}" | sed -n 5p); done
}
# in_mib BYTES: with a decimal
in_mib() { echo "$(($1 / mib)).$(($1 % mib * 10 / mib))"; }
# judge NAME...: each has what it is due; the module's part of it is told beside
judge() {
	local name active
	[ -n "$brief" ] || eventually 40 all_near "$@" >/dev/null
	settled "$@"
	for name in "$@"; do
		active=$(guest "$name" memory-active-bytes)
		diag "$(printf '%-11s weight %-4s ideal %5s MiB, uses %5s MiB; the module: memory.low %5s MiB, active %5s MiB' "$name" \
			"${due_weight[$name]}" "$(in_mib "${due[$name]}")" "$(in_mib "${used[$name]}")" \
			"$(in_mib "$(of "$name" memory.low)")" "$(in_mib "${active:-0}")")"
	done
	for name in "$@"; do within "$name has what it is due" "${used[$name]}" "${due[$name]}" "$tolerance"; done
}
# squeeze BYTES: the kernel leaves all together so much, a MiB less each time, as it is when memory runs short: what is
# to be taken at once is taken from one, however little that was to give. Sets least[NAME], of those who are to be left alone
declare -A least
squeeze() {
	local bytes name now step=0
	bytes=$(of . memory.current)
	for name in heavy light; do least[$name]=$bytes; done
	while [ "$bytes" -gt "$1" ]; do
		bytes=$((bytes - mib > $1 ? bytes - mib : $1))
		echo "$bytes" >$root/memory.high
		for name in heavy light; do
			now=$(of "$name" memory.current)
			[ "$now" -ge "${least[$name]}" ] || least[$name]=$now
		done
		[ $((step++ % 16)) -ne 0 ] || diag "all have $(in_mib "$bytes") MiB: heavy $(in_mib "$(of heavy memory.current)")," \
			"light $(in_mib "$(of light memory.current)"), idle $(in_mib "$(of idle memory.current)")"
	done
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
# Huge pages are taken as a whole, of which one is a tenth of what the idle guest is due.
huge=/sys/kernel/mm/transparent_hugepage/enabled
huge_before=$(sed -n 's/.*\[\(.*\)\].*/\1/p' $huge 2>/dev/null)
[ -z "$huge_before" ] || echo never >$huge
pool_dir kvrm memory
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root
capacity=$(value "$("$nlctl" host)" memory-capacity-bytes)
reserve=$(value "$("$nlctl" host)" memory-host-reserve-bytes)
start heavy touch memory-weight=300
start light touch
# Not even the page in which others halt.
start idle hold
is 'weights are told' "$(guest heavy memory-weight) $(guest light memory-weight)" '300 100'
like 'no weight of 0' "$("$nlctl" set "${ids[light]}" memory-weight=0 2>&1)" 'memory-weight is not 1 to 10000'
like 'nor of 10001' "$("$nlctl" set "${ids[light]}" memory-weight=10001 2>&1)" 'memory-weight is not 1 to 10000'
like 'the root has none' "$("$nlctl" pool-set 1 memory-weight=100 2>&1)" 'cannot be set'
ok 'with enough for all each is due what it has' eventually 30 low_is_between idle $((94 * mib)) $((104 * mib))
ok 'which is told' eventually 10 is_told idle

# Until it is known who uses what.
[ -n "$brief" ] || sleep 10
ok 'the host keeps the rest' "$nlctl" pool-set 1 memory-host-reserve-bytes=$((capacity - all))
now_due 300 100 75
measured 'what is idle is due a fourth of what is used' eventually 10 low_is_near idle
squeeze $left
for name in heavy light; do
	at_least "nothing is taken from the $name one that it is due, while there is idle memory" "${least[$name]}" \
		$((${due[$name]} * (100 - tolerance) / 100))
done
judge heavy light idle

# The other way round.
ok 'weights are exchanged' "$nlctl" batch "guest ${ids[heavy]} memory-weight=100" "guest ${ids[light]} memory-weight=300"
now_due 100 300 75
measured 'and with them what is due' eventually 10 low_is_near light
judge heavy light idle
echo 0 >/sys/module/kvrm/parameters/memory_idle_tax
now_due 100 300 0
measured 'without a tax idle memory is due as much' eventually 10 low_is_near idle
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
# The limit less a 32nd of it, at least 8 MiB.
due_begin
due_add team/first 300 "$(demand team/first)" $((64 * mib))
due_add team/second 100 "$(demand team/second)" $((64 * mib))
due_share $((96 * mib)) 75
judge team/first team/second
diag "team uses $(in_mib "$(of team memory.current)") MiB"
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
[ -z "$huge_before" ] || echo "$huge_before" >$huge
swapoff $swap && echo 1 >/sys/block/zram0/reset
done_testing
