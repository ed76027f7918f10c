#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Probes of a Linux guest: asked for in its definition and while it runs, shown by kvrmctl and by metrics, and kept over
# everything that may happen to kvrmd and the module.
# shellcheck disable=SC2317 # called by ok and eventually
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

metrics() { curl -sf http://127.0.0.1:9645/metrics; }
# metric NAME LABELS-PATTERN: sum of its values
metric() { metrics | awk -v name="$1" -v labels="$2" 'index($1, name "{") == 1 && $1 ~ labels { sum += $2; n++ } END { if (n) printf "%.9g\n", sum }'; }
metric_is_there() { [ -n "$(metric "$@")" ]; }
metric_is_away() { [ -z "$(metric "$@")" ]; }
problems_of_probes() { kvrmctl status --json | jq -r '.Problems[] | select(startswith("the probes of"))'; }
problem_is() { tap_equal "$(problems_of_probes)" "$1"; }
# rows PROBE: the reasons that kvrmctl tells of it
rows() { kvrmctl exits --json --interval=3 web | jq -r --arg probe "$1" '.[] | select(.Probe == $probe) | .Reason'; }
# column PROBE REASON KEY
column() { kvrmctl exits --json --interval=3 web | jq -r --arg p "$1" --arg r "$2" ".[] | select(.Probe == \$p and .Reason == \$r) | .$3 | floor"; }

kvrmd_prepare
linux_prepare
like 'a group that is none is refused' "$(define_linux web unlimited --probes=exits,entries 2>&1)" "probes: 'exits,entries' is not none, all, or"
ok 'a guest with a probe' define_linux web unlimited --probes=wakeups
ok 'and one without' define_spin other 20%
is 'it is wanted' "$(field web Probes)" wakeups
is 'and not there' "$(field web ProbesApplied)" none
ok 'both start' kvrmctl start web other
ok 'the module has it' eventually 10 field_is web ProbesApplied wakeups
is 'there is no problem' "$(problems_of_probes)" ''
ok 'the guest answers' eventually 200 wait_order web idle
ok 'wake-ups have a metric' eventually 10 metric_is_there kvrm_vm_cpu_wakeup_delay_seconds_count .
ok 'exits have none' metric_is_away kvrm_vm_exit_duration_seconds_count .

ok 'all of them, while it runs' kvrmctl set web probes=all
is 'all are wanted' "$(field web Probes)" exits,user-exits,wakeups
ok 'the module has them' eventually 10 field_is web ProbesApplied exits,user-exits,wakeups
like 'show tells them' "$(kvrmctl show web)" 'Probes +exits,user-exits,wakeups'
ok 'exits have a metric' eventually 10 metric_is_there kvrm_vm_exit_duration_seconds_count 'reason="halt"'
ok 'it is paused, for which a signal makes it leave KVM' kvrmctl pause web
ok 'and goes on' kvrmctl resume web
ok 'returns to QEMU, too' eventually 20 metric_is_there kvrm_vm_user_exits_total .
ok 'and the time in the guest' metric_is_there kvrm_vm_cpu_entered_seconds_total 'vcpu="0"'
ok 'and that of the probes' metric_is_there kvrm_vm_probe_seconds_total 'vcpu="0"'
ok 'and polling for halts' metric_is_there kvrm_vm_cpu_halt_poll_seconds_total 'result="fail"'
uuid=$(field other UUID)
is 'the other guest has none of that' "$(metric kvrm_vm_exit_duration_seconds_count "vm=\"$uuid\"")" ''
ok 'metrics are well formed' sh -c "curl -sf http://127.0.0.1:9645/metrics | { ! command -v promtool >/dev/null || promtool check metrics; }"

like 'kvrmctl tells of halts' "$(rows exits)" 'halt'
like 'and of other reasons' "$(rows exits | tr '\n' ' ')" 'irq|other|io'
like 'of wake-ups' "$(kvrmctl exits --interval=3 web)" 'wakeups +-'
# An idle guest with a clock of its own is halted nearly all the time, and each halt is an exit.
at_least 'halts take most of the time, in thousandths' "$(column exits halt 'TimeCPUs * 1000')" 300
diag "$(kvrmctl exits --interval=3 web | head -n 20)"
ok 'there is at least one a second' [ "$(column exits halt PerSecond)" -ge 1 ]
ok 'who has no probes is told how to get some' refused 5 'kvrmctl set other probes=all' kvrmctl exits other
ok 'and who is not there' refused 3 'no such virtual system' kvrmctl exits nobody

# What was asked for stays asked for.
systemctl restart kvrmd.service
eventually 30 kvrmctl status >/dev/null
ok 'after kvrmd was started again' eventually 20 field_is web ProbesApplied exits,user-exits,wakeups
ok 'the module goes' module_goes
ok 'without it there are none' eventually 10 field_is web ProbesApplied none
ok 'nor metrics' eventually 10 metric_is_away kvrm_vm_exit_duration_seconds_count .
ok 'status says why' eventually 10 problem_is \
	'the probes of web are not all attached: exits,user-exits,wakeups need the module, which is not loaded'
ok 'the module comes' modprobe kvrm
ok 'they come back with it' eventually 20 field_is web ProbesApplied exits,user-exits,wakeups
ok 'and count' eventually 10 metric_is_there kvrm_vm_exit_duration_seconds_count .
ok 'which is no problem any more' eventually 10 problem_is ''
ok 'detached' kvrmctl set web probes=none
ok 'they are gone' eventually 10 metric_is_away kvrm_vm_cpu_wakeup_delay_seconds_count .
is 'the module has none' "$(field web ProbesApplied)" none
ok 'kvrmctl says so' refused 5 'there are no probes' kvrmctl exits web
diag "$(journalctl -u kvrmd --no-pager -o cat | tail -n 10)"
done_testing
