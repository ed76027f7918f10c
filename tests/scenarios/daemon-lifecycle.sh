#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real Linux guest from definition to deletion: started under its limit, measured, changed, stopped.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

ok "kvrmd starts" kvrmd_prepare_busy
linux_prepare
like "it says that the module is loaded" "$(kvrmctl status)" 'Module +loaded'
ok "a system is defined" define_linux web1 25%
is "it is not started" "$(field web1 State)" defined
ok "it starts" kvrmctl start web1
is "it is active" "$(field web1 State)" active
is "the module holds its limit" "$(field web1 EnforcedBy)" module
is "the limit was read back" "$(field web1 ProcessorLimitApplied)" 250000
diag "$(cat "$(cgroup_of web1)/cpu.max")"
# It boots faster without.
ok "the limit is taken away while it runs" kvrmctl set web1 cpu-limit=unlimited
is "from cpu.max, too" "$(cut -d ' ' -f 1 "$(cgroup_of web1)/cpu.max")" max
ok "the guest obeys" eventually 120 wait_order web1 report
(sleep 1; timeout 30 socat -u -lf /dev/null "$(channel web1 org.kvrm.traffic)" - | head -c $((4 << 20)) | wc -c >/root/sent) &
is "the guest sends" "$(order web1 send 4)" 'ok sent'
ok "and what it sends arrives" eventually 20 grep -qx $((4 << 20)) /root/sent
(sleep 1; head -c $((4 << 20)) /dev/zero | timeout 30 socat -u -lf /dev/null - "$(channel web1 org.kvrm.traffic)") &
is "the guest receives" "$(order web1 receive 4)" "ok received $((4 << 20))"
is "the guest touches memory" "$(order web1 touch 64)" 'ok touched'
ok "which its cgroup is charged for" [ "$(cat "$(cgroup_of web1)/memory.current")" -gt $((64 << 20)) ]
is "and gives it back" "$(order web1 idle)" 'ok idle'
like "the guest is at full load" "$(order web1 burn 1)" '^ok'
ok "it is limited again" kvrmctl set web1 cpu-limit=25%
sleep 2
share_is "25 % of a CPU over 10 s, by cpu.stat" web1 250000 3 10
ok "the limit is changed while it runs" kvrmctl set web1 cpu-limit=50%
share_is "50 % of a CPU over 10 s" web1 500000 3 10

stats=$(kvrmctl stats --json --interval=5 web1)
diag "$stats"
within "kvrmctl measures the same" "$(jq '.[0].UsedCPUs * 1000000 | floor' <<<"$stats")" 500000 3
within "and what it did not run, its limit held back" \
	"$(jq '(.[0] | .RunningCPUs + .LimitedCPUs + .ReadyCPUs + .HaltedCPUs + .WaitingCPUs) * 1000000 | floor' <<<"$stats")" 1000000 5
within "what it used is what its virtual CPU and QEMU's other threads ran" \
	"$(jq '(.[0] | .RunningCPUs + .EmulatorCPUs + .IOCPUs + (.VhostCPUs // 0)) * 1000000 | floor' <<<"$stats")" \
	"$(jq '.[0].UsedCPUs * 1000000 | floor' <<<"$stats")" 3
is "what that ran is guest, kernel and QEMU" \
	"$(jq '.[0] | .GuestCPUs + .KernelCPUs + .UserCPUs - .RunningCPUs | fabs < 0.000001' <<<"$stats")" true
ok "exits are counted" [ "$(jq '.[0].ExitsPerSecond > 0' <<<"$stats")" = true ]
diag "$(kvrmctl stats)"

ok "it is paused" kvrmctl pause web1
is "and says so" "$(field web1 State)" paused
at_most "and uses nothing" "$(share_us web1 2)" 20000
ok "it is resumed" kvrmctl resume web1
is "and says so" "$(field web1 State)" active
kvrmctl set web1 cpu-limit=unlimited
ok "it is reset" kvrmctl reset web1
ok "and comes back" eventually 120 wait_order web1 report
ok "it is shut down" kvrmctl stop web1
is "it is defined again" "$(field web1 State)" defined
is "because the guest did" "$(field web1 StateReason)" 'guest shut down'
ok "it starts again" kvrmctl start web1
ok "it is killed" kvrmctl kill web1
is "and says so" "$(field web1 StateReason)" killed
ok "it is deleted" kvrmctl delete web1
ok "and gone" refused 3 'no such virtual system' kvrmctl show web1
diag "$(journalctl -u kvrmd -u kvrm-launcher --no-pager -o cat | tail -n 40)"
done_testing
