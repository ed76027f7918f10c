#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest at full load moves between pools while it runs: the same QEMU, under the limit of the pool that it
# is in, also after kvrmd, systemd or the module began anew. What is refused changes nothing. Afterwards
# neither a unit nor a cgroup is left of it.
# shellcheck disable=SC2317 # called through ok, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
kvrmd_prepare

move_clean() {
	local name
	kvrmd_clean
	for name in small wide full; do
		kvrmctl pool delete "$name" >/dev/null 2>&1
	done
}
trap move_clean EXIT

reserved() { kvrmctl pool list --json | jq -r ".[] | select(.Name == \"$1\") | .ProcessorReserved"; }
launcher() { busctl call org.kvrm1.Launcher /org/kvrm1/launcher org.kvrm1.Launcher "$@"; }
units() { systemctl list-units --all --no-legend --plain 'kvrm-guest-*' | cut -d ' ' -f 1 | xargs; }
cgroups() { find /sys/fs/cgroup -type d -name 'kvrm-guest-*' -printf '%f\n' | xargs; }
nothing_left() { tap_equal "$(units)/$(cgroups)" /; }
process_is_in() { tap_match "$(grep ^0:: "/proc/$pid/cgroup")" "$1"; }
cpu_max_is() { tap_equal "$(cat "$(cgroup_of load)/cpu.max")" "$1"; }
used() { busctl --json=short call org.kvrm1 "/org/kvrm1/system/${uuid//-/_}" org.kvrm1.VirtualSystem GetStatistics | jq '.data[0].CPUUsage.data'; }

drift_is_above() { [ "$(host DriftCorrected)" -gt "$1" ]; }

ok "a pool with a limit" kvrmctl pool create small --cpu-limit=30%
ok "one with a higher limit" kvrmctl pool create wide --cpu-limit=70%
ok "one that has nothing to reserve" kvrmctl pool create full --fixed
ok "a guest that is at full load" define_spin load unlimited --cpu-reservation=20% --pool=small --start
uuid=$(field load UUID)
pid=$(field load MainPID)
home=$(field load ControlGroup)
share_is "its first pool's limit holds" load 300000 3

# is_in WHAT POOL LIMIT-US: the same QEMU, in that pool and its slice, with that share
is_in() {
	ok "$1: it is active" eventually 20 field_is load State active
	is "$1: the same QEMU" "$(field load MainPID)" "$pid"
	is "$1: its pool" "$(field load Pool)" "$2"
	ok "$1: in the pool's slice" eventually 40 process_is_in "/kvrm.slice/kvrm-$2.slice/kvrm-guest-$uuid"
	ok "$1: kvrmd knows" eventually 10 field_is load ControlGroup "$(sed -n s/^0:://p "/proc/$pid/cgroup")"
	ok "$1: the module holds it" eventually 20 field_is load EnforcedBy module
	is "$1: its reservation is there" "$(reserved "$2")" 200000
	sleep 1
	share_is "$1: the pool's limit holds" load "$3" 3
}

# Moved.
before=$(used)
ok "it moves while it runs" kvrmctl move load wide
is_in "moved" wide 700000
is "its first pool has its reservation again" "$(reserved small)" 0
ok "what it used is not forgotten" [ "$(used)" -gt "$before" ]
like "it has the unit and a scope" "$(units)" "^kvrm-guest-$uuid-[0-9]+.scope kvrm-guest-$uuid.service\$"
is "the scope lets it have no more devices" "$(systemctl show -P DevicePolicy "kvrm-guest-$uuid-1.scope")" closed
like "the pools show it" "$(kvrmctl pool show wide)" load
is "no problems" "$(host 'Problems | join("; ")')" ''
ok "it obeys its monitor" kvrmctl pause load
ok "and goes on" kvrmctl resume load
ok "it gets a limit of its own" kvrmctl set load cpu-limit=20%
ok "in cpu.max" cpu_max_is '2000 10000'
share_is "which holds" load 200000 3
sleep 4
drift=$(host DriftCorrected)
echo 'max 100000' >"$(cgroup_of load)/cpu.max"
ok "somebody else's cpu.max is put right" eventually 10 cpu_max_is '2000 10000'
ok "and counted" eventually 5 drift_is_above "$drift"
ok "it gets it taken away" kvrmctl set load cpu-limit=unlimited

# Refused.
cgroup=$(field load ControlGroup)
ok "a pool that lacks its reservation" refused 8 "pool 'full' lacks 0.2 CPU" kvrmctl move load full
ok "no such pool" refused 3 "there is no pool 'none'" kvrmctl move load none
ok "to where it is" kvrmctl move load wide
ok "the pool that its unit is in" refused 5 "load was started in pool 'small'.*stop it first" kvrmctl pool delete small
ok "nor does that move" refused 5 "load was started in pool 'small'" kvrmctl pool move small wide
is "it is where it was" "$(field load ControlGroup)" "$cgroup"
is_in "after refusals" wide 700000

# Everybody begins anew.
systemctl restart kvrmd.service
is_in "kvrmd restarted" wide 700000
kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
ok "systemd starts it again" eventually 20 kvrmctl status
is_in "kvrmd killed" wide 700000
systemctl daemon-reload
is_in "systemd reloaded" wide 700000
systemctl daemon-reexec
is_in "systemd executed anew" wide 700000
ok "the module is unloaded" module_goes
ok "kvrmd notices" eventually 10 field_is load EnforcedBy cgroup
ok "it moves without the module" kvrmctl move load small
share_is "and the limit there holds" load 300000 3
ok "the module is loaded" modprobe kvrm
is_in "the module loaded again" small 300000

# As if kvrmd had been killed in the middle of a move: the process is elsewhere than the store says.
systemctl stop kvrmd.service
ok "the launcher moves it" launcher Move sastttttt "$uuid" 1 wide 0 0 100 0 0 0
ok "there it is" process_is_in /kvrm-wide.slice/
ok "kvrmd is started" systemctl start kvrmd.service
is_in "put where it belongs" small 300000

# The launcher trusts nobody.
ok "a slice that is not there" refused 1 'slice is not there' launcher Move sastttttt "$uuid" 1 none 0 0 100 0 0 0
ok "no weight" refused 1 'weight is not' launcher Move sastttttt "$uuid" 1 wide 0 0 0 0 0 0
ok "more memory than there can be" refused 1 'memory_max_bytes is above 1 PiB' \
	launcher Move sastttttt "$uuid" 1 wide 0 0 100 0 0 1125899906842625
ok "no guest" refused 1 'has no process' launcher Move sastttttt 00000000-0000-0000-0000-000000000001 1 wide 0 0 100 0 0 0
ok "no UUID" refused 1 'no UUID' launcher Move sastttttt ../x 1 wide 0 0 100 0 0 0
stranger=kvrm-guest-00000000-0000-0000-0000-000000000002
systemd-run --quiet --unit=$stranger.service sleep 1000
ok "a unit that is not below kvrm.slice" refused 1 'not below kvrm.slice' \
	launcher Move sastttttt ${stranger#kvrm-guest-} 1 wide 0 0 100 0 0 0
is "stays where it is" "$(systemctl show -P ControlGroup $stranger.service)" "/system.slice/$stranger.service"
ok "and is not limited either" refused 1 'not below kvrm.slice' launcher SetAllocation stttttt ${stranger#kvrm-guest-} 10000 100000 0 0 0 0
systemctl stop $stranger.service
ok "nobody else may call" refused 1 'denied' setpriv --reuid=65534 --regid=65534 --clear-groups \
	busctl call org.kvrm1.Launcher /org/kvrm1/launcher org.kvrm1.Launcher Move sastttttt "$uuid" 1 wide 0 0 100 0 0 0

# Ends.
ok "it is killed" kvrmctl kill load
ok "nothing is left" eventually 5 nothing_left
is "it is defined" "$(field load State)" defined
is "in the pool that it was moved to" "$(field load Pool)" small
ok "it starts" kvrmctl start load
ok "in that pool's slice" [ "$(field load ControlGroup)" = "$home" ]
ok "and moves" kvrmctl move load wide
kill -KILL "$(field load MainPID)"
ok "a guest that dies is noticed" eventually 5 field_is load State defined
like "with the reason" "$(field load StateReason)" 'signal 9'
ok "nothing is left of it" eventually 5 nothing_left
is "it is a member of its last pool" "$(field load Pool)" wide
ok "it starts there" kvrmctl start load
ok "and moves back" kvrmctl move load small
ok "its unit is stopped" systemctl stop "kvrm-guest-$uuid.service"
ok "kvrmd notices" eventually 15 field_is load State defined
ok "nothing is left of that" eventually 5 nothing_left
ok "it is deleted" kvrmctl delete load

# One that shuts down by itself.
linux_prepare
ok "a Linux guest" define_linux web1 unlimited --pool=wide --start
ok "in a pool without a limit" kvrmctl pool set wide cpu-limit=unlimited
ok "obeys" eventually 120 wait_order web1 report
ok "it moves" kvrmctl move web1 full
is "and still obeys" "$(order web1 idle)" 'ok idle'
ok "it shuts down" kvrmctl stop web1
ok "and leaves nothing" eventually 5 nothing_left
ok "it is deleted, too" kvrmctl delete web1
for name in small wide full; do
	ok "pool $name is deleted" kvrmctl pool delete $name
done
is "no problems are left" "$(host 'Problems | join("; ")')" ''
diag "$(journalctl -u kvrmd -u kvrm-launcher --no-pager -o cat | tail -n 60)"
done_testing
