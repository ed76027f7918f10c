#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module under abuse: admission by many at once, a limit that is changed without pause, others that
# write the same files, cgroups that vanish, unloading while random commands arrive, loading again and again.
#   KVRM_OPERATIONS	changes for admission
#   KVRM_CYCLES	times that the module is loaded and unloaded
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

programs=$(dirname "$nlctl")
root=/sys/fs/cgroup/kvrm
operations=${KVRM_OPERATIONS:-8000} cycles=${KVRM_CYCLES:-12} unloads=12
# What is slower by far.
if [ -e /sys/kernel/debug/kmemleak ]; then
	operations=${KVRM_OPERATIONS:-2000} cycles=${KVRM_CYCLES:-10} unloads=8
fi

guest() { value "$("$nlctl" guest "$1")" "$2"; }
pool() { value "$("$nlctl" pool "$1")" "$2"; }
between() { measured "$1 (got $2, wanted $3 to $4)" test "$2" -ge "$3" -a "$2" -le "$4"; }

# Admission by eight clients.
modprobe -a tun bridge kvrm
# Not through a pipe, which guests that outlive it would hold open.
"$programs/kvrm_admission" "$operations" >/tmp/admission.out 2>&1
is "$operations operations of eight clients at once" "$?" 0
diag "$(cat /tmp/admission.out)"

# A limit that is changed as fast as can be. The refilled quota of a few writes is all that can be had.
pool_dir kvrm memory
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root reserve=100000
flat_start kvrm/storm spin
id=$(value "$("$nlctl" add storm $root/storm 200000)" id)
share_read $root/storm/cpu.stat
usage=$share_usage time=$share_time
changed=$("$nlctl" flood 6 set "$id" limit=210000 -- set "$id" limit=200000)
share_read $root/storm/cpu.stat
diag "$changed"
is 'a limit is changed without pause, and no change is refused' "$(value "$changed" refused)" 0
[ -n "$brief" ] || at_least 'changes a second' "$(value "$changed" per-s)" 10000
# Emulated CPUs that the host does not run give less.
between 'the share meanwhile' $(((share_usage - usage) * 1000000 / (share_time - time))) 150000 236500
is 'the last limit is in force in the end' "$(eventually 3 grep -x '2000 10000' $root/storm/cpu.max)" '2000 10000'

# Others write the same files.
pool_dir kvrm/pool memory
pool=$(value "$("$nlctl" pool-add pool $root/pool limit=500000 weight=300)" id)
flat_start kvrm/pool/held spin
held=$(value "$("$nlctl" add held $root/pool/held 300000 pool="$pool" weight=50 memory-reservation-bytes=8388608)" id)
guest_weight=$(eventually 5 grep -vx 100 $root/pool/held/cpu.weight)
diag "weights before: guest $guest_weight, pool $(cat $root/pool/cpu.weight)"
for ((i = 0; i < 17; i++)); do
	for cgroup in storm pool pool/held; do
		echo max >$root/$cgroup/cpu.max
		echo 7777 >$root/$cgroup/cpu.weight
		echo 4096 >$root/$cgroup/memory.min
	done
	sleep 0.3
done
for cgroup in 'storm 2000 10000' 'pool 5000 10000' 'pool/held 3000 10000'; do
	read -r name max <<<"$cgroup"
	is "cpu.max of $name is put back" "$(eventually 2 grep -x "$max" $root/"$name"/cpu.max)" "$max"
	ok "and its cpu.weight" eventually 2 grep -vx 7777 $root/"$name"/cpu.weight
done
for cgroup in 'storm 0' 'pool 8388608' 'pool/held 8388608'; do
	read -r name bytes <<<"$cgroup"
	is "memory.min of $name is put back" "$(eventually 2 grep -x "$bytes" $root/"$name"/memory.min)" "$bytes"
done
for count in "$(guest "$id" reasserted)" "$(guest "$held" reasserted)" "$(pool "$pool" reasserted)"; do
	ok "that is counted ($count times)" [ "$count" -ge 4 ]
done
within 'the limit holds again' "$(share_us kvrm/storm 4)" 200000 20
sleep 1
is 'and nothing is put back that nobody has changed' \
	"$(before=$(guest "$id" reasserted) && sleep 1.5 && echo $(($(guest "$id" reasserted) - before)))" 0

# Cgroups that vanish while everything is dumped.
"$nlctl" repeat 100000000 guests -- pools -- vcpus >/dev/null 2>&1 &
dumping=$!
gone=0
for ((i = 0; i < 5; i++)); do
	flat_start "kvrm/gone$i" spin
	"$nlctl" add "gone$i" "$root/gone$i" 100000 weight=200 >/dev/null && gone=$((gone + 1))
	mv "$root/gone$i" "$root/renamed" 2>/dev/null
	flat_stop "kvrm/gone$i"
done
is 'guests were there' "$gone" 5
ok 'guests whose cgroups have gone are gone' eventually 10 sh -c "! '$nlctl' guests | grep -q name=gone"
pool_dir kvrm/empty
empty=$(value "$("$nlctl" pool-add empty $root/empty limit=200000)" id)
rmdir $root/empty
sleep 0.6
not_ok 'the limit of a pool without its cgroup cannot be changed' "$nlctl" pool-set "$empty" limit=300000
ok 'but it can be removed' "$nlctl" pool-del "$empty"
kill $dumping
wait $dumping 2>/dev/null
ok 'others are still there' [ "$("$nlctl" guests | wc -l)" -eq 2 ]

# Unloading while random commands arrive, which load the module again.
# shellcheck disable=SC2317 # called in the background
fuzz() {
	local seed=$1 pid name
	while :; do
		"$programs/kvrm_fuzz" 500 $((seed += 4)) &
		pid=$!
		wait $pid
		# They get into each other's way; then one leaves its guests behind.
		for name in root stray; do
			[ ! -d "/sys/fs/cgroup/kvrm-$name-$pid" ] || echo 1 >"/sys/fs/cgroup/kvrm-$name-$pid/cgroup.kill"
		done
	done
}
fuzzers=()
for seed in 1 2 3 4; do
	fuzz $seed >/dev/null 2>&1 &
	fuzzers+=($!)
done
unloaded=0
for ((i = 0; i < unloads; i++)); do
	modprobe kvrm
	"$nlctl" pool-set 1 cgroup=$root >/dev/null 2>&1
	"$nlctl" add storm $root/storm 200000 weight=9 >/dev/null 2>&1
	sleep 0.5
	eventually 20 rmmod kvrm >/dev/null && unloaded=$((unloaded + 1))
done
is 'the module was unloaded each time' "$unloaded" "$unloads"
kill "${fuzzers[@]}"
wait "${fuzzers[@]}" 2>/dev/null
# Those that were under way go on.
# shellcheck disable=SC2317 # called by ok
fuzz_clean() {
	local dir
	for dir in /proc/[0-9]*; do
		[ "$(readlink "$dir/exe")" != "$programs/kvrm_fuzz" ] || kill -KILL "${dir#/proc/}"
	done
	for dir in /sys/fs/cgroup/kvrm-root-* /sys/fs/cgroup/kvrm-stray-*; do
		echo 1 >"$dir/cgroup.kill"
	done
	sleep 0.2
	rmdir /sys/fs/cgroup/kvrm-{root,stray}-*/*/* /sys/fs/cgroup/kvrm-{root,stray}-*/* /sys/fs/cgroup/kvrm-{root,stray}-*
	! compgen -G '/sys/fs/cgroup/kvrm-[rs]*-*' >/dev/null
}
programs=$(cd "$programs" && pwd)
ok 'nothing is left of the commands' eventually 20 fuzz_clean

# Again and again, under load.
modprobe -r kvrm
loaded=0
for ((i = 0; i < cycles; i++)); do
	modprobe kvrm &&
		"$nlctl" pool-set 1 cgroup=$root >/dev/null &&
		"$nlctl" add storm $root/storm 200000 reservation=100000 >/dev/null &&
		"$nlctl" add held $root/pool/held unlimited >/dev/null &&
		rmmod kvrm && loaded=$((loaded + 1))
done
is "the module is loaded and unloaded $cycles times" "$loaded" "$cycles"
within 'the limit holds without the module' "$(share_us kvrm/storm 3)" 200000 20
flat_stop kvrm/storm
flat_stop kvrm/pool/held
done_testing
