#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reservations and weights hold against greedy neighbours, in nested pools, at once after waking up, and against
# cheats; limits alone: module-limiter.sh. Every check prints asked, ideal and measured; measured from the cgroups'
# own cpu.stat, not by kvrm. cpu.stat is late by a tick (4 ms) for each CPU at most, and the scheduler notices a
# quota's end at ticks: that much is allowed for in windows of 100 ms.
#   module-enforce.sh [every]
# shellcheck disable=SC2317 # conditions are called by measure_until
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

# shellcheck source=tests/lib/windows.sh
. "$(dirname "$0")/../lib/windows.sh"

capacity=$(($(nproc) * 1000000))

add() { value "$("$nlctl" add "$1" "$root/$1" "$2" "${@:3}")" id; }
pool_add() { value "$("$nlctl" pool-add "$1" "$root/$2" "${@:3}")" id; }
# tell WHAT ASKED IDEAL MEASURED
tell() { diag "$(printf '%-44s asked %-28s ideal %8s measured %8s' "$1" "$2" "$3" "$4")"; }
# has_part NAME GOT IDEAL
has_part() {
	local off=$(($2 > $3 ? $2 - $3 : $3 - $2))
	measured "$1 has its part (got $2, ideal $3 +- 2 % of the host)" [ $off -le $((capacity / 50)) ]
}

pool_dir kvrm
modprobe kvrm
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root reserve=100000

# A reservation against the greediest neighbours that the CPUs carry.
flat_start kvrm/greedy1 spin 4
flat_start kvrm/greedy2 spin 4
flat_start kvrm/reserved spin 1
add greedy1 unlimited weight=10000 >/dev/null
add greedy2 unlimited weight=10000 >/dev/null
add reserved unlimited reservation=600000 weight=1 >/dev/null
sleep 2
reservation_holds() { [ "$(least reserved)" -ge $((594000 - tick)) ]; }
measure_until reservation_holds 10 reserved greedy1 greedy2
at_least 'enough windows are clear' "$(of reserved windows)" 400
tell 'reservation, weight 1' 600000 600000 "$(of reserved rate)"
at_least 'a reservation of 0.6 CPU is met over 10 s' "$(of reserved rate)" 600000
at_least 'and 99 % of it, less a tick, in windows of 100 ms' "$(least reserved)" $((594000 - tick))
at_most 'and not much more than that and a tick in each window' "$(of reserved rate)" $(((600000 + tick) * 105 / 100))
within 'what it leaves goes by weight' "$(of greedy1 rate)" "$(of greedy2 rate)" 2
diag "$("$nlctl" guests)"
flat_stop kvrm/reserved

# The same for a guest that sleeps and wakes: in the first window after it woke.
flat_start kvrm/waking spin 1 --run-us 300000 --sleep-us 700000
add waking unlimited reservation=600000 weight=1 >/dev/null
sleep 2
waking_least=$((300000 * 594 / 1010))
waking_holds() { [ "$(of waking rate)" -ge "$waking_least" ]; }
measure_until waking_holds 10 waking
# 100 ms in each second lie wholly in its running time; the best windows of each second are those.
tell 'reservation of a waking guest' 600000 600000 "$(of waking window-max)"
# A turn takes a little more than a second.
at_least 'a guest that just woke up has its reservation at once' "$(of waking rate)" $waking_least
flat_stop kvrm/waking
flat_stop kvrm/greedy1
flat_stop kvrm/greedy2

# Three levels, limits and idle members. Of 2 CPUs: a (weight 100) and b (300) share 1:3; in b, c is limited to
# 0.3 CPU, d and e share the rest 1:2; f in a is idle, g takes all of a.
pool_dir kvrm/a
pool_dir kvrm/b
pool_dir kvrm/b/de
a=$(pool_add a a weight=100)
b=$(pool_add b b weight=300)
de=$(pool_add de b/de parent="$b" weight=100)
flat_start kvrm/a/f halt
flat_start kvrm/a/g spin 2
flat_start kvrm/b/c spin 1
flat_start kvrm/b/de/d spin 2
flat_start kvrm/b/de/e spin 2
"$nlctl" add f $root/a/f unlimited pool="$a" >/dev/null
"$nlctl" add g $root/a/g unlimited pool="$a" >/dev/null
"$nlctl" add c $root/b/c 300000 pool="$b" >/dev/null
"$nlctl" add d $root/b/de/d unlimited pool="$de" weight=100 >/dev/null
"$nlctl" add e $root/b/de/e unlimited pool="$de" weight=200 >/dev/null
sleep 2
# ideals: sets ideals to NAME ASKED IDEAL lines, of what guests got together: the host's own work takes something, too.
ideals() {
	local share rest
	share=$((($(of a/g rate) + $(of a/f rate) + $(of b/c rate) + $(of b/de/d rate) + $(of b/de/e rate)) / 4))
	rest=$((3 * share - 300000))
	ideals="a/g 100/400-f $((share - $(of a/f rate)))
b/c limit=300000 300000
b/de/d 1/3 $((rest / 3))
b/de/e 2/3 $((rest * 2 / 3))"
}
tree_holds() {
	local name asked ideal off
	ideals
	while read -r name asked ideal; do
		off=$(($(of "$name" rate) - ideal))
		[ "${off#-}" -le $((capacity / 50)) ] || return 1
	done <<<"$ideals"
}
measure_until tree_holds 10 a/g a/f b/c b/de/d b/de/e
ideals
while read -r name asked ideal; do
	tell "$name" "$asked" "$ideal" "$(of "$name" rate)"
	has_part "$name" "$(of "$name" rate)" "$ideal"
done <<<"$ideals"
diag "$("$nlctl" pools)"
diag "$("$nlctl" guests)"
is 'a pool with members is not deleted' "$("$nlctl" pool-del "$a" 2>/dev/null && echo deleted)" ''
for name in a/f a/g b/c b/de/d b/de/e; do flat_stop kvrm/$name; done
ok 'all guests are gone' eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok 'pools are deleted' sh -c "'$nlctl' pool-del $de && '$nlctl' pool-del $b && '$nlctl' pool-del $a"

# A cheat that sleeps a moment every 10 ms, against an honest neighbour of the same weight on each CPU.
flat_start kvrm/honest spin "$(nproc)"
flat_start kvrm/cheat spin "$(nproc)" --run-us 9000 --sleep-us 300
add honest unlimited >/dev/null
add cheat unlimited >/dev/null
sleep 2
cheat_fails() { [ "$(of cheat rate)" -le $((capacity * 51 / 100)) ]; }
measure_until cheat_fails 10 honest cheat
tell 'cheat' 1/2 $((capacity / 2)) "$(of cheat rate)"
at_most 'who sleeps before each tick gets no more than its share and 2 %' "$(of cheat rate)" $((capacity * 51 / 100))
flat_stop kvrm/honest
flat_stop kvrm/cheat

ok 'unloads' rmmod kvrm
done_testing
