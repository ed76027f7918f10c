#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest at full load keeps running, and its limit holds, whatever happens to kvrmd, the module, systemd
# and cpu.max.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

kvrmd_prepare
ok "a guest that is at full load" define_spin load 30%
ok "starts" kvrmctl start load
pid=$(field load MainPID)
cgroup=$(cgroup_of load)
cpu_max=$(cat "$cgroup/cpu.max")

# as_before WHAT: the same QEMU, limited as before, by the module
as_before() {
	ok "$1: it is active" eventually 20 field_is load State active
	is "$1: it is the same QEMU" "$(field load MainPID)" "$pid"
	ok "$1: the module holds its limit" eventually 20 field_is load EnforcedBy module
	is "$1: cpu.max is as before" "$(cat "$(cgroup_of load)/cpu.max")" "$cpu_max"
	share_is "$1: limited as before" load 300000 3
}
as_before started

systemctl restart kvrmd.service
as_before "kvrmd restarted"
ok "it can still be asked through its monitor" kvrmctl pause load
ok "and goes on" kvrmctl resume load

kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
within "kvrmd killed: limited all the time" "$(share_of "$cgroup/cpu.stat" 3)" 300000 3
ok "systemd starts it again" eventually 20 kvrmctl status
as_before "kvrmd killed"

# Asked at that very moment, kvrmd must not have the kernel load it again.
object=/org/kvrm1/system/$(field load UUID | tr - _)
(for _ in {1..40}; do busctl call org.kvrm1 "$object" org.kvrm1.VirtualSystem GetStatistics; done >/dev/null 2>&1) &
asking=$!
sleep 0.5
ok "the module is unloaded" module_goes
wait $asking
not_ok "and stays so" grep -q '^kvrm ' /proc/modules
ok "kvrmd notices" eventually 10 field_is load EnforcedBy cgroup
is "and says so" "$(host ModuleLoaded)" false
like "and what is missing" "$(kvrmctl status)" 'missing +Counters of virtual CPUs'
share_is "without the module the limit holds" load 300000 3
ok "the module is loaded again" modprobe kvrm
as_before "module loaded again"

systemctl daemon-reload
as_before "systemd reloaded"
systemctl daemon-reexec
as_before "systemd executed anew"

# A bus daemon allows a connection 512 match rules.
rules() {
	busctl --json=short call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.Debug.Stats \
		GetConnectionStats s org.kvrm1 | jq '.data[0].MatchRules.data'
}
rules_before=$(rules)
like "kvrmd has asked the bus for signals" "$rules_before" '^[1-9][0-9]*$'
ip link add br0 type bridge
ip link set br0 up
ok "a guest with a NIC" define_spin wired 10% --nic=br0
ok "starts" kvrmctl start wired
is "and is heard of by the same match rules" "$(rules)" "$rules_before"
wired_pid=$(field wired MainPID)
tap=$(field wired 'NICs[0].Interface')
systemctl daemon-reexec &
reexec=$!
ok "kvrmd is restarted while systemd executes itself anew" eventually 60 systemctl restart kvrmd.service
wait $reexec
ok "the guest is found" eventually 60 field_is wired EnforcedBy module
is "it is active" "$(field wired State)" active
is "it is the same QEMU" "$(field wired MainPID)" "$wired_pid"
is "and its tap is on the bridge" "$(basename "$(readlink "/sys/class/net/$tap/master")")" br0
ok "it can be killed" kvrmctl kill wired
ok "which kvrmd hears of" eventually 20 field_is wired State defined
ok "and deleted" kvrmctl delete wired
ip link del br0
as_before "kvrmd and systemd executed anew"

drift=$(host DriftCorrected)
echo 'max 100000' >"$(cgroup_of load)/cpu.max"
# shellcheck disable=SC2317 # called by eventually
cpu_max_is() { tap_equal "$(cat "$(cgroup_of load)/cpu.max")" "$1"; }
ok "somebody else's cpu.max is put right" eventually 10 cpu_max_is "$cpu_max"
# shellcheck disable=SC2317 # called by eventually
has_drifted() { [ "$(host DriftCorrected)" -gt "$drift" ]; }
ok "and counted" eventually 10 has_drifted
systemctl set-property --runtime "$(field load Unit)" CPUQuota=80%
sleep 3
as_before "CPUQuota= set by hand"

ok "a new limit" kvrmctl set load cpu-limit=20%
kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
ok "systemd starts it again" eventually 20 kvrmctl status
is "the new limit is not forgotten" "$(field load ProcessorLimit)" 200000
share_is "and holds" load 200000 3

kill -KILL "$pid"
ok "a guest that dies is noticed" eventually 5 field_is load State defined
like "with the reason" "$(field load StateReason)" 'signal 9'
systemctl stop kvrmd.service
ok "D-Bus starts kvrmd when it is needed" kvrmctl list
ok "and the definition is still there" field load Name
diag "$(journalctl -u kvrmd --no-pager -o cat | tail -n 40)"
done_testing
