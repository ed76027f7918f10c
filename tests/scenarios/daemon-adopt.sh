#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that somebody else has started: adopted, measured, limited, found again, released; their cgroups are as they
# were, and whoever manages them goes on.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

nlctl=$tests/../build/tests/kselftest/nlctl
flatvm=$tests/../build/tests/guests/flatvm
uuid=6d8f1b1e-0000-4000-8000-0123456789ab

# files CGROUP: what all that could be written to says
files() {
	local file
	for file in cpu.max cpu.max.burst cpu.weight memory.min memory.low memory.high memory.max; do
		echo "$file $(cat "$1/$file" 2>&1)"
	done
}
# shellcheck disable=SC2317 # called by ok and eventually
gone() { refused 3 'no such virtual system' kvrmctl show "$1"; }
# shellcheck disable=SC2317 # likewise
has_problem() { kvrmctl status | grep -q "$1"; }

kvrmd_prepare_busy
# The slice's cgroups have the processor controller, as libvirt's and Proxmox VE's do.
ok "somebody starts a QEMU in a unit" systemd-run --quiet --unit=adopt-web --slice=machine.slice -p CPUWeight=90 \
	qemu-system-x86_64 -machine q35 -cpu host -accel kvm -name guest=web,debug-threads=on -uuid $uuid -m 16 \
	-smp 1 -nodefaults -display none -kernel "$(realpath "$spin_kernel")"
pid=$(systemctl show -P MainPID adopt-web.service)
unit=/sys/fs/cgroup$(systemctl show -P ControlGroup adopt-web.service)
before=$(files "$unit")
diag "$before"

# What cannot be adopted.
systemd-run --quiet --unit=adopt-none sleep 600
none=$(systemctl show -P MainPID adopt-none.service)
ok "a process that is none is refused" refused 3 'there is no process' kvrmctl adopt --pid="$(cat /proc/sys/kernel/pid_max)"
ok "one without a virtual machine, too" refused 2 'no KVM virtual machine' kvrmctl adopt --pid="$none"
ok "and the root cgroup" refused 2 'the root cannot be adopted' kvrmctl adopt --cgroup=/
ok "and a cgroup that is none" refused 3 "'/none' is none" kvrmctl adopt --cgroup=/none
ok "and nothing at all" refused 2 'one of --pid, --cgroup and --libvirt' kvrmctl adopt
ok "and both" refused 2 'one of --pid, --cgroup and --libvirt' kvrmctl adopt --pid="$pid" --cgroup=/a
ok "a guest of kvrmd's own" define_spin own 10%
ok "runs" kvrmctl start own
ok "and is refused" refused 2 "kvrmd's own already" kvrmctl adopt --pid="$(field own MainPID)"
ok "its name is taken" refused 5 "'own' is in use" kvrmctl adopt --pid="$pid" --name=own
ok "a weight is no option" refused 2 . kvrmctl adopt --pid="$pid" --cpu-weight=7
is "nothing was written meanwhile" "$(files "$unit")" "$before"
kvrmctl kill own
systemctl stop adopt-none.service

# By its pid, measured only.
is "it is adopted" "$(kvrmctl adopt --pid="$pid")" 'web: adopted'
is "with QEMU's own UUID" "$(field web UUID)" $uuid
is "it is active" "$(field web State)" active
is "somebody else manages it" "$(field web ManagedBy)" adopt-web.service
like "which the list says" "$(kvrmctl list)" 'web +active .*adopt-web\.service \(adopted\)'
like "and show" "$(kvrmctl show web)" 'Adopted +managed by adopt-web\.service'
is "nobody limits it" "$(field web EnforcedBy)" ''
ok "a second time it is refused" refused 5 "adopted already, as 'web'" kvrmctl adopt --pid="$pid" --name=other
for command in stop kill pause reset delete start; do
	ok "$command is its manager's" refused 5 'managed by adopt-web.service' kvrmctl $command web
done
ok "so is its weight" refused 2 'only cpu-limit and vcpu-limit' kvrmctl set web cpu-weight=200
ok "and its memory" refused 2 'only cpu-limit and vcpu-limit' kvrmctl set web memory-limit=64M
stats=$(kvrmctl stats --json --interval=2 web)
diag "$stats"
ok "it is measured" [ "$(jq '.[0].UsedCPUs > 0.2 and .[0].RunningCPUs > 0.2' <<<"$stats")" = true ]
ok "its memory, too" [ "$(jq '.[0].MemoryUsage > 0' <<<"$stats")" = true ]
ok "what is swapped of it" [ "$(jq '.[0].MemorySwapped >= 0' <<<"$stats")" = true ]
ok "and shown to collectors" grep -q "kvrm_vm_cpu.*$uuid" <(curl -s http://127.0.0.1:9645/metrics)
ok "as is what its memory went through" \
	grep -q "^kvrm_vm_memory_events_total{vm=\"$uuid\",event=\"max\"} " <(curl -s http://127.0.0.1:9645/metrics)
is "nothing was written" "$(files "$unit")" "$before"

# Limited.
ok "it is limited" kvrmctl set web cpu-limit=30%
is "by the module" "$(field web EnforcedBy)" module
is "as it was read back" "$(field web ProcessorLimitApplied)" 300000
share_is "30 % of a CPU, by cpu.stat" web 300000 5 3
systemctl restart kvrmd.service
ok "kvrmd restarted: it is found again" eventually 20 field_is web EnforcedBy module
is "with its limit" "$(field web ProcessorLimit)" 300000
is "and its process" "$(field web MainPID)" "$pid"
echo 'max 100000' >"$unit/cpu.max"
# shellcheck disable=SC2317 # called by eventually
limit_is() { tap_equal "$(cut -d ' ' -f 1 "$unit/cpu.max" | sed 's/max/none/;s/[0-9]\+/some/')" "$1"; }
ok "what somebody else writes is put right" eventually 10 limit_is some
share_is "30 % still" web 300000 5 3
ok "the module is unloaded" module_goes
is "and has given everything back" "$(files "$unit")" "$before"
ok "which the status says" eventually 10 has_problem 'the limit of the adopted web is not held'
ok "the module is loaded again" modprobe kvrm
ok "and limits it again" eventually 10 field_is web EnforcedBy module
not_ok "and the status says nothing" has_problem 'the limit of the adopted web'
ok "the limit is lifted" kvrmctl set web cpu-limit=unlimited
is "and everything is as before" "$(files "$unit")" "$before"
ok "it is limited once more" kvrmctl set web cpu-limit=40%
ok "and released" kvrmctl release web
is "without a trace in its cgroup" "$(files "$unit")" "$before"
ok "kvrmd does not know it any more" gone web
is "nor does the module" "$("$nlctl" guests | grep -c "name=web ")" 0
is "and it runs on" "$(systemctl show -P MainPID adopt-web.service)" "$pid"

# start_domain: a QEMU where libvirt would have it
# shellcheck disable=SC2016,SC2317 # expanded inside; called by ok
start_domain() {
	sh -c 'echo 0 >"$1/libvirt/cgroup.procs" && exec qemu-system-x86_64 -machine q35 -cpu host -accel kvm \
		-name guest=domain,debug-threads=on -m 16 -nodefaults -display none -kernel "$2"' sh "$scope" \
		"$(realpath "$spin_kernel")" >/tmp/adopt-domain.out 2>&1 &
	disown $!
	# Its threads come one by one.
	eventually 30 sh -c "grep -q '^CPU 0/KVM' /proc/$!/task/*/comm"
}

# By its cgroup, with a name and a limit; then it ends.
sleep 600 &
stranger=$!
echo $stranger >"$unit/cgroup.procs"
ok "with a stranger in its cgroup it cannot be limited" \
	refused 2 "limit other processes.*sleep \\($stranger\\)" kvrmctl adopt --cgroup="$unit" --cpu-limit=40%
ok "and is not adopted" gone web
kill $stranger
wait $stranger 2>/dev/null
is "by its cgroup" "$(kvrmctl adopt --cgroup="$unit" --name=other --cpu-limit=40%)" 'other: adopted'
share_is "40 % of a CPU" other 400000 5 3
systemctl stop adopt-web.service
ok "it ends, and is forgotten" eventually 10 gone other
like "which the journal says" "$(journalctl -u kvrmd.service -n 50 -o cat)" 'ended; it was adopted'

# As libvirt has a domain: threads in cgroups of their own below the scope's.
ok "somebody keeps the slice" systemd-run --quiet --unit=adopt-keep --slice=machine.slice -p CPUWeight=90 sleep 600
scope='/sys/fs/cgroup/machine.slice/machine-qemu\x2d1\x2dflat.scope'
mkdir -p "$scope/libvirt"
echo +cpu >"$scope/cgroup.subtree_control"
mkdir "$scope/libvirt/emulator" "$scope/libvirt/vcpu0"
echo threaded >"$scope/libvirt/emulator/cgroup.type"
echo threaded >"$scope/libvirt/vcpu0/cgroup.type"
echo '150000 200000' >"$scope/cpu.max"
# shellcheck disable=SC2016 # expanded inside
sh -c 'echo 0 >"$1/libvirt/cgroup.procs" && exec "$2" spin --vcpus 2' sh "$scope" "$flatvm" >/tmp/adopt-flat.out &
flat=$!
disown $flat
ok "a guest in the cgroups of a domain" eventually 60 grep running /tmp/adopt-flat.out
for task in /proc/"$flat"/task/*; do
	[ "${task##*/}" = $flat ] && part=emulator || part=vcpu0
	echo "${task##*/}" >"$scope/libvirt/$part/cgroup.threads"
done
diag "$(cat /proc/$flat/cgroup)"
before=$(files "$scope")
is "is adopted" "$(kvrmctl adopt --pid=$flat --name=flat --cpu-limit=50%)" 'flat: adopted'
is "as libvirt's" "$(field flat ManagedBy)" libvirt
is "all of it" "$(field flat ControlGroup)" "${scope#/sys/fs/cgroup}"
is "with its virtual CPUs" "$(field flat VCPUs)" 2
share_is "50 % of a CPU for all of it" flat 500000 5 3
ok "it is released" kvrmctl release flat
is "and as before" "$(files "$scope")" "$before"

# By itself. flatvm is not called QEMU: what is to be found is.
kill -KILL "$flat"
ok "a QEMU as a domain" start_domain
before=$(files "$scope")
like "it could be adopted" "$(busctl call org.kvrm1 /org/kvrm1 org.kvrm1.Manager ListForeign)" '"domain" "libvirt"'
is "all of libvirt's are" "$(kvrmctl adopt --libvirt)" 'domain: adopted'
is "none is left" "$(kvrmctl adopt --libvirt)" ''
ok "it is released" kvrmctl release domain
ok "a system has its name" define_spin domain 10%
cp -p $kvrm_conf $kvrm_conf.adopt
echo 'adopt = libvirt' >>$kvrm_conf
systemctl restart kvrmd.service
# shellcheck disable=SC2317 # called by eventually
told() { journalctl -u kvrmd.service -n 20 -o cat | grep -F "$1"; }
ok "with the configuration it is tried, and told why not" \
	eventually 20 told "'domain' of libvirt, is not adopted: name: 'domain' is in use"
ok "the system is deleted" kvrmctl delete domain
systemctl restart kvrmd.service
ok "and it is adopted" eventually 20 field_is domain ManagedBy libvirt
ok "it is released again" kvrmctl release domain
sleep 5
ok "and left alone" gone domain
is "with everything as before" "$(files "$scope")" "$before"
mv $kvrm_conf.adopt $kvrm_conf
systemctl restart kvrmd.service
flat=$(cat "$scope/libvirt/cgroup.procs")
kill -KILL "$flat"
# Empty, they are removed by systemd, or by us.
# shellcheck disable=SC2317 # called by eventually
scope_gone() {
	local part
	for part in libvirt/emulator libvirt/vcpu0 libvirt ''; do
		[ ! -d "$scope/$part" ] || rmdir "$scope/$part"
	done
	[ ! -e "$scope" ]
}
ok "nothing is left in its cgroups, and they can go" eventually 10 scope_gone
systemctl stop adopt-keep.service
done_testing
