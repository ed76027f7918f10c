#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real Linux guest through kvrmd: defined, started under its limit, measured, changed, stopped.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

modprobe kvrm
ok "kvrmd starts" kvrmd_prepare
like "it says that the module is loaded" "$(manager GetStatus)" '"ModuleLoaded" b true'
ok "a system is defined" define_linux web1 250000
is "it is not started" "$(property web1 State)" defined
ok "it starts" system_call web1 Start
is "it is active" "$(property web1 State)" active
is "the module holds its limit" "$(property web1 EnforcedBy)" module
is "the limit was read back" "$(property web1 ProcessorLimitApplied)" 250000
diag "$(cat "$(cgroup_of web1)/cpu.max")"
ok "the guest obeys" eventually 120 wait_order web1 report
like "the guest is at full load" "$(order web1 burn 1)" '^ok'
sleep 2
within "25 % of a CPU over 10 s, by cpu.stat" "$(share_us web1 10)" 250000 3
ok "the limit is changed while it runs" system_call web1 SetProcessorLimit t 500000
within "50 % of a CPU over 10 s" "$(share_us web1 10)" 500000 3
like "statistics have its virtual CPU" "$(system_call web1 GetStatistics)" '"VCPUs" aa[{]sv[}] 1 .*"Running" t [1-9]'
metrics=$(curl -sf http://127.0.0.1:9645/metrics)
like "metrics have it" "$metrics" 'kvrm_vm_cpu_limited_seconds_total\{'
diag "$(grep -c . <<<"$metrics") lines of metrics"
ok "it is paused" system_call web1 Pause
is "and says so" "$(property web1 State)" paused
ok "and uses nothing" [ "$(share_us web1 2)" -lt 20000 ]
ok "it is resumed" system_call web1 Resume
is "and says so" "$(property web1 State)" active
ok "it is reset" system_call web1 Reset
ok "and comes back" eventually 120 wait_order web1 report
ok "it is shut down" system_call web1 Stop t 60000000
is "it is defined again" "$(property web1 State)" defined
is "because the guest did" "$(property web1 StateReason)" 'guest shut down'
ok "it starts again" system_call web1 Start
ok "it is killed" system_call web1 Kill
is "and says so" "$(property web1 StateReason)" killed
ok "it is deleted" system_call web1 Delete
not_ok "and gone" path_of web1
journalctl -u kvrmd -u kvrm-launcher --no-pager -o cat | tail -n 40 | sed 's/^/# /'
done_testing
