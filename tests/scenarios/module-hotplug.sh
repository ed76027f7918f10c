#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A CPU goes and comes back while more is reserved than one CPU has: nothing more is admitted, what is there is
# shared, and afterwards all is as before.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

root=/sys/fs/cgroup/kvrm
online=/sys/devices/system/cpu/cpu1/online
told=/tmp/kvrm-told
if [ "$(nproc)" -ne 2 ] || [ ! -w $online ]; then
	skip 'a CPU goes and comes back' 'needs two CPUs, of which one can go offline'
	done_testing
fi

add() { value "$("$nlctl" add "$1" "$root/$1" "${@:2}")" id; }
pool() { value "$("$nlctl" pool "${2:-1}")" "$1"; }
# refused PATTERN COMMAND...
# shellcheck disable=SC2317 # called by ok
refused() {
	local pattern=$1 said
	shift
	said=$("$@" 2>&1) && { echo "accepted: $said"; return 1; }
	tap_match "$said" "$pattern"
}
lacking='No space left on device'
# told_of COUNT WORD: so many messages of the root pool say so
# shellcheck disable=SC2317 # called by ok
told_of() { [ "$(grep -c "^pool-set-ntf id=1 .* $2 " "$told")" -ge "$1" ]; }
# rate NAME: of what was measured
rate() { value "$(grep "^$1 " <<<"$lines")" rate; }

pool_dir kvrm
modprobe kvrm
ok 'the root pool is bound' "$nlctl" pool-set 1 cgroup=$root reserve=100000
"$nlctl" monitor >$told &
monitor=$!
eventually 5 grep -q listening $told

# Nobody is in a pool: nothing but the CPUs wakes the module.
echo 0 >$online
ok 'it is told that a CPU went' eventually 5 told_of 1 cpu-reservation-us=900000
echo 1 >$online
ok 'it is told that it came back' eventually 5 told_of 1 cpu-reservation-us=1900000

flat_start kvrm/more spin
flat_start kvrm/less spin
flat_start kvrm/third halt
more=$(add more unlimited reservation=900000)
less=$(add less unlimited reservation=600000)
third=$(add third 100000)
pool_dir kvrm/pool
id=$(value "$("$nlctl" pool-add pool $root/pool)" id)
is 'reserved' "$(pool cpu-reserved-us)" 1500000
is 'unreserved' "$(pool cpu-unreserved-us)" 400000

echo 0 >$online
# Asked at once: whoever notices first, it is told.
is 'the root has what is left' "$(pool cpu-reservation-us)" 900000
ok 'that is told' eventually 5 told_of 2 cpu-reservation-us=900000
is 'it has a shortfall' "$(pool cpu-shortfall-us)" 600000
is 'nothing is unreserved' "$(pool cpu-unreserved-us)" 0
is 'reservations stay' "$(value "$("$nlctl" guest "$more")" cpu-reservation-us)" 900000
ok 'no new reservation is admitted' refused "$lacking" "$nlctl" set "$third" reservation=10000
ok 'nor one of a pool' refused "$lacking" "$nlctl" pool-set "$id" reservation=1
ok 'nor by borrowing' refused "$lacking" "$nlctl" batch "pool $id weight=7" "guest $third reservation=1"
ok 'none is raised' refused "$lacking" "$nlctl" set "$less" reservation=600001
ok 'none is raised by lowering another one by less' \
	refused "$lacking" "$nlctl" batch "guest $less reservation=590000" "guest $more reservation=910001"
ok 'the host reserve is not raised' refused "$lacking" "$nlctl" pool-set 1 reserve=100001
ok 'weights and limits can be changed' "$nlctl" batch "guest $less weight=200 limit=900000" "pool $id weight=9 limit=900000"
ok 'a limit above the CPUs that are there is refused' refused 'Numerical' "$nlctl" set "$less" limit=1000001
ok 'and changed back' "$nlctl" set "$less" weight=100 limit=unlimited
sleep 2
lines=$("$cpuwindows" --seconds 8 $root/more $root/less)
diag "$lines"
within 'what is there is shared in proportion to reservations, in thousandths' \
	$(($(rate more) * 1000 / ($(rate more) + $(rate less)))) 600 15
ok 'one is lowered' "$nlctl" set "$less" reservation=500000
is 'the shortfall is less' "$(pool cpu-shortfall-us)" 500000
ok 'it is not raised again' refused "$lacking" "$nlctl" set "$less" reservation=500001
ok 'what one gives up another one can have' "$nlctl" batch "guest $less reservation=450000" "guest $third reservation=50000"
ok 'and give back' "$nlctl" batch "guest $third reservation=0" "guest $less reservation=500000"

echo 1 >$online
is 'the root has all of it again' "$(pool cpu-reservation-us)" 1900000
ok 'that is told' eventually 5 told_of 2 cpu-reservation-us=1900000
is 'there is no shortfall' "$(pool cpu-shortfall-us)" 0
is 'the rest is unreserved' "$(pool cpu-unreserved-us)" 500000
ok 'it is raised to what it was' "$nlctl" set "$less" reservation=600000
ok 'the rest can be reserved' "$nlctl" pool-set "$id" reservation=400000
ok 'and no more' refused "$lacking" "$nlctl" set "$third" reservation=1
ok 'a limit of two CPUs is accepted' "$nlctl" set "$less" limit=2000000

# A reserve that was not set follows the capacity.
for name in more less third; do flat_stop kvrm/$name; done
ok 'all guests are gone' eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
kill $monitor
wait $monitor 2>/dev/null
ok 'unloads' rmmod kvrm
modprobe kvrm
echo 0 >$online
is 'the host reserve of one CPU' "$(pool cpu-host-reserve-us)" 100000
# Unloaded and loaded while it is away.
ok 'unloads while a CPU is away' rmmod kvrm
modprobe kvrm
is 'knows of one CPU' "$(pool cpu-reservation-us)" 900000
echo 1 >$online
ok 'and of two' eventually 5 sh -c "'$nlctl' pool 1 | grep -q cpu-reservation-us=1900000"
ok 'unloads at the end' rmmod kvrm
done_testing
