#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sched_ext scheduler is attached, which heeds neither cpu.weight nor cpu.max: that is told, and limits that are
# held on the way into the guest hold all the same.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

rates_unjudged
host() { value "$("$nlctl" host)" "$1"; }
# shellcheck disable=SC2317 # called by eventually
told() { tap_equal "$(host sched-ext)" "$1"; }
modprobe kvrm
if [ ! -e /sys/kernel/sched_ext/state ]; then
	is 'a kernel without sched_ext says nothing' "$(host sched-ext)" ''
	ok 'unloads' rmmod kvrm
	done_testing
fi

flat_start spin spin 2
ok 'a guest' "$nlctl" add spin /sys/fs/cgroup/spin 300000
is 'none is attached' "$(host sched-ext)" 0
coproc scheduler { exec "$(dirname "$nlctl")/schedext" 2>&1; }
# shellcheck disable=SC2154 # coproc sets it
read -r -t 20 said <&"${scheduler[0]}"
is 'one is attached' "$said" attached
like 'the kernel says so' "$(cat /sys/kernel/sched_ext/state)" '^enabl'
ok 'the module tells' eventually 5 told 1
if [ "$(host cpu-limiter)" = 1 ]; then
	sleep 1
	within 'the limit holds' "$(share_us spin 5)" 300000 3
fi
input=${scheduler[1]}
exec {input}>&-
ok 'it is detached' eventually 10 grep -qx disabled /sys/kernel/sched_ext/state
ok 'the module tells that, too' eventually 5 told 0
sleep 1
within 'the limit still holds' "$(share_us spin 5)" 300000 3
flat_stop spin
ok 'unloads' rmmod kvrm
done_testing
