#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A domain of libvirt's: adopted, measured, limited and released, asked for or by itself, while libvirt manages it on.
# Needs libvirt-daemon-system, libvirt-clients and systemd-container in the test host.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
# shellcheck source=tests/lib/libvirt.sh
. "$(dirname "$0")/../lib/libvirt.sh"

nlctl=$tests/../build/tests/kselftest/nlctl
# Nothing is left of it, nor does libvirtd run beside other scenarios.
# shellcheck disable=SC2317 # called by the trap
clean() {
	virsh -q destroy web >/dev/null 2>&1
	systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket >/dev/null 2>&1
	kvrmd_clean
}
trap clean EXIT

# max [PART]: what cpu.max says, of all of the domain's cgroup or of a part
max() { cat "$dir/${1:+$1/}cpu.max"; }
# shellcheck disable=SC2317 # called by ok and eventually
limited() { [[ $(max) != max* ]] || { max; return 1; }; }
# shellcheck disable=SC2317 # likewise
gone() { refused 3 'no such virtual system' kvrmctl show "$1"; }
# shellcheck disable=SC2317 # likewise
file_is() { tap_equal "$(cat "$1")" "$2"; }
# shellcheck disable=SC2317 # likewise
drift_is_above() { [ "$(host DriftCorrected)" -gt "$1" ]; }
metrics() { curl -sf http://127.0.0.1:9645/metrics; }
# vcpu_seconds UUID VCPU: as collectors see it
vcpu_seconds() { metrics | sed -n "s/^kvrm_vm_cpu_time_seconds_total{vm=\"$1\",vcpu=\"$2\"} //p"; }

kvrmd_prepare_busy
ok "libvirt runs" libvirt_prepare
ok "it starts a domain that wants two CPUs" libvirt_start web smp 2
pid=$(libvirt_pid web)
dir=$(libvirt_dir web)
uuid=$(virsh -q domuuid web)
before=$(max)
weight=$(cat "$dir/cpu.weight")
diag "process $pid in $dir, cpu.max $before, cpu.weight $weight"
diag "$(find "$dir" -name cpu.max)"

# Adopted, and measured.
like "kvrmd sees it" "$(busctl call org.kvrm1 /org/kvrm1 org.kvrm1.Manager ListForeign)" "$pid \"web\" \"libvirt\""
is "and does not know it" "$(kvrmctl list --names)" ''
is "all of libvirt's are adopted" "$(kvrmctl adopt --libvirt)" 'web: adopted'
is "with libvirt's UUID" "$(field web UUID)" "$uuid"
is "its process" "$(field web MainPID)" "$pid"
is "its cgroup" "/sys/fs/cgroup$(field web ControlGroup)" "$dir"
is "and its virtual CPUs" "$(field web VCPUs)" 2
is "libvirt manages it" "$(field web ManagedBy)" libvirt
like "which the list says" "$(kvrmctl list)" 'web +active .*libvirt \(adopted\)'
is "none is left" "$(kvrmctl adopt --libvirt)" ''
is "it is not limited" "$(field web EnforcedBy)" ''
is "and nothing was written" "$(max)" "$before"
stats=$(kvrmctl stats --json --interval=1 web)
diag "$stats"
ok "it is measured" [ "$(jq '.[0].RunningCPUs > 0.5 and .[0].MemoryUsage > 0' <<<"$stats")" = true ]
for vcpu in 0 1; do
	ok "and virtual CPU $vcpu by itself" [ "$(vcpu_seconds "$uuid" $vcpu | jq '. > 0')" = true ]
done

# Limited, and libvirt manages it on.
ok "it is limited" kvrmctl set web cpu-limit=50%
is "by the module" "$(field web EnforcedBy)" module
is "as it was read back" "$(field web ProcessorLimitApplied)" 500000
share_is "50 % of a CPU for all of it, by cpu.stat" web 500000 5 4
like "libvirt tells of it" "$(virsh -q dominfo web)" 'State: +running'
ok "suspends it" virsh -q suspend web
is "says so" "$(virsh -q domstate web)" paused
at_most "it uses nothing" "$(share_us web 1)" 20000
ok "and resumes it" virsh -q resume web
is "says so" "$(virsh -q domstate web)" running
ok "it limits it as a whole, too" virsh -q schedinfo --live web global_quota=80000 global_period=100000
is "in a cgroup of its own" "$(max libvirt)" '80000 100000'
# libvirt has systemd set the weight, which writes all that it knows of the processor.
drift=$(host DriftCorrected)
since=$(date '+%F %T')
ok "it changes the weight" virsh -q schedinfo --live web cpu_shares=200
ok "which holds" eventually 5 file_is "$dir/cpu.weight" 200
ok "kvrm's limit, which that took away, is put back" eventually 5 limited
ok "and that is counted" eventually 10 drift_is_above "$drift"
like "and told" "$(journalctl -u kvrmd.service --since "$since" -o cat)" 'put back cpu\.max, which somebody else had changed'
drift=$(host DriftCorrected)
share_is "50 % still" web 500000 5 3
is "with no more to be put back" "$(host DriftCorrected)" "$drift"
is "libvirt's weight is left alone" "$(cat "$dir/cpu.weight")" 200
is "and its limit" "$(max libvirt)" '80000 100000'
like "which it still knows" "$(virsh -q schedinfo web)" 'global_quota *: 80000'
ok "it lifts its own" virsh -q schedinfo --live web global_quota=-1 cpu_shares="$weight"

# Through a restart, with kvrmd told to adopt by itself; let go of.
echo 'adopt = libvirt' >>"$kvrm_conf"
systemctl restart kvrmd.service
ok "kvrmd restarted: it is found again" eventually 20 field_is web EnforcedBy module
is "with its limit" "$(field web ProcessorLimit)" 500000
is "and its process" "$(field web MainPID)" "$pid"
ok "still limited" limited
ok "it is released" kvrmctl release web
is "its cgroup is as libvirt had it" "$(max)" "$before"
is "the module does not know it" "$("$nlctl" guests | grep -c 'name=web ')" 0
sleep 5
ok "it is not adopted by itself again" gone web
is "and runs on" "$(virsh -q domstate web)" running

# Adopted by itself, and ended by libvirt.
ok "libvirt stops it" virsh -q destroy web
ok "and starts it again" libvirt_start web smp 2
ok "it is adopted by itself" eventually 15 field_is web ManagedBy libvirt
dir=$(libvirt_dir web)
uuid=$(virsh -q domuuid web)
is "the new process" "$(field web MainPID)" "$(libvirt_pid web)"
is "without a limit" "$(field web EnforcedBy)" ''
ok "it is limited" kvrmctl set web cpu-limit=50%
ok "in its cgroup" limited
ok "libvirt destroys it" virsh -q destroy web
ok "it is forgotten" eventually 5 gone web
is "by all" "$(kvrmctl list --names)" ''
is "by the module" "$("$nlctl" guests | grep -c 'name=web ')" 0
is "by the metrics" "$(metrics | grep -c "$uuid")" 0
ok "its cgroup goes" eventually 10 test ! -e "$dir"
not_ok "and there is no problem" tap_match "$(kvrmctl status)" 'adopted'
like "the journal tells" "$(journalctl -u kvrmd.service -n 50 -o cat)" 'ended; it was adopted'
done_testing
