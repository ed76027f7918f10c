#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sched_ext scheduler is attached, which need not heed what kvrmd sets: the operator is told which promises that
# touches, as a problem and as a metric, as long as it is so.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

# metric: what the metric says; nothing if it is absent
metric() { curl -sf http://127.0.0.1:9645/metrics | sed -n 's/^kvrm_host_sched_ext_attached //p'; }
# shellcheck disable=SC2317 # called by eventually
metric_is() { tap_equal "$(metric)" "$1"; }
# shellcheck disable=SC2317 # called by eventually
problems_are() { tap_equal "$(host 'Problems | join("; ")')" "$1"; }

kvrmd_prepare
if [ ! -e /sys/kernel/sched_ext/state ]; then
	ok 'kvrmd has measured' eventually 10 sh -c 'curl -sf http://127.0.0.1:9645/metrics | grep -q ^kvrm_module_up'
	is 'a kernel without sched_ext has no such metric' "$(metric)" ''
	done_testing
fi

ok 'none is attached' eventually 10 metric_is 0
ok 'there is nothing to tell' eventually 10 problems_are ''
if [ "$(host CPULimiter)" = task-work ]; then
	touched='reservations and weights of processors, and limits of pools, need not hold; limits of systems do'
else
	touched='reservations, weights and limits of processors need not hold'
fi
coproc scheduler { exec "$tests/../build/tests/kselftest/schedext" 2>&1; }
# shellcheck disable=SC2154 # coproc sets it
read -r -t 20 said <&"${scheduler[0]}"
is 'one is attached' "$said" attached
ok 'that is a problem' eventually 10 problems_are "a sched_ext scheduler is attached: $touched"
like 'the status shows it' "$(kvrmctl status)" 'a sched_ext scheduler is attached'
ok 'and a metric' metric_is 1

# kvrmd that comes finds it; without the module it is not known.
ok 'kvrmd is started anew' systemctl restart kvrmd.service
ok 'it says the same' eventually 30 problems_are "a sched_ext scheduler is attached: $touched"
ok 'the module goes' module_goes
ok 'kvrmd notices' eventually 10 metric_is ''
ok 'and does not tell what it does not know' eventually 10 problems_are ''
ok 'the module comes' modprobe kvrm
ok 'it is told again' eventually 10 problems_are "a sched_ext scheduler is attached: $touched"

input=${scheduler[1]}
exec {input}>&-
ok 'it is detached' eventually 10 grep -qx disabled /sys/kernel/sched_ext/state
ok 'nothing to tell any more' eventually 10 problems_are ''
ok 'nor by the metric' metric_is 0
diag "$(journalctl -u kvrmd --no-pager -o cat | grep -i sched | tail -n 20)"
done_testing
