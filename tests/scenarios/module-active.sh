#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How much of its memory a guest uses is estimated: a part, nothing, all of it; soon when it wakes, and not for long after it
# rests. Guests say themselves how much they touch; pages are drawn at random, so that each check allows for four standard
# deviations.
# shellcheck disable=SC2317 # called by ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

root=/sys/fs/cgroup/kvrm
mib=1048576

active() { value "$("$nlctl" guest "${ids[$1]}")" memory-active-bytes; }
known() { [ -n "$(active "$1")" ]; }
is_active() { [ "$(active "$1")" -ge "$2" ]; }
is_rested() { [ "$(active "$1")" -le "$2" ]; }
# tell WHAT IDEAL MEASURED, in MiB
tell() { diag "$(printf '%-32s ideal %3d MiB, measured %3d MiB' "$1" "$2" $(($3 / mib)))"; }
# start NAME TOUCHED: a guest of 64 MiB, all of it written before it runs
start() {
	if [ "$2" -eq 0 ]; then
		flat_start "kvrm/$1" halt 1 --memory-mib 64
	else
		flat_start "kvrm/$1" touch 1 --memory-mib 64 --touch-mib "$2"
	fi
	ids[$1]=$(value "$("$nlctl" add "$1" "$root/$1" unlimited)" id)
}

# Who is slow to touch its memory seems to need less of it.
rates_unjudged
declare -A ids
modprobe kvrm
pool_dir kvrm memory
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root
start idle 0
like 'at first it is not known' "=$(active idle)=" '^==$'
start part 16
start all 64
start sleeper 64
echo 1 >$root/sleeper/cgroup.freeze
ok 'soon it is' eventually 60 known sleeper
# Until the pages drawn before it slept are through.
sleep 12
idle=$(active idle) part=$(active part) all=$(active all)
tell 'nothing touched' 0 "$idle"
tell 'a quarter touched' 16 "$part"
tell 'all touched' 64 "$all"
at_most 'a guest that touches nothing' "$idle" $((4 * mib))
at_least 'a guest that touches a quarter has no less' "$part" $((9 * mib))
at_most 'and not much more' "$part" $((28 * mib))
at_least 'a guest that touches all' "$all" $((60 * mib))
ok 'but never more than there is' [ "$all" -le $((64 * mib)) ]

# One rests, the other wakes.
rested=$(active sleeper)
measured "a guest that sleeps has less and less (got $rested)" [ "$rested" -le $((56 * mib)) ]
echo 1 >$root/all/cgroup.freeze
echo 0 >$root/sleeper/cgroup.freeze
slept=$SECONDS
measured 'a guest that wakes is seen' eventually 20 is_active sleeper $((58 * mib))
diag "from $((rested / mib)) MiB to 58 MiB in $((SECONDS - slept)) s"
rested=$(active all)
tell 'one that has rested meanwhile' 64 "$rested"
at_least 'one that rests is not idle at once' "$rested" $((32 * mib))
measured 'but after a while' eventually 20 is_rested all $((44 * mib))
tell 'which is' 0 "$(active all)"

# A guest that ends, and the module that goes, while pages are marked.
flat_stop kvrm/part
ok 'unloads' rmmod kvrm
for name in idle all sleeper; do
	echo 0 >$root/$name/cgroup.freeze
	flat_stop kvrm/$name
done
done_testing
