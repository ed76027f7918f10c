#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Loading with and without KVM, unloading under load, limits that outlive the module.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

host() { value "$("$nlctl" host)" "$1"; }
refusal() { { "$nlctl" "$@" >/dev/null || true; } 2>&1; }

# The test host keeps a virtual machine of its own, which keeps KVM loaded.
kill "$(cat /run/kvrm-test-hold)"
eventually 10 rmmod kvm_amd kvm >/dev/null
not_ok "kvm is not loaded" grep -q '^kvm ' /proc/modules
ok "loads without kvm" modprobe kvrm
not_ok "and does not pull it in" grep -q '^kvm ' /proc/modules
is "says that kvm is missing" "$(host kvm-present)" 0
mkdir -p /sys/fs/cgroup/empty
like "refuses a guest and says why" "$(refusal add x /sys/fs/cgroup/empty unlimited)" 'kvm is not loaded'
ok "kvm can come later" modprobe kvm_amd
is "is noticed" "$(host kvm-present)" 1
like "a cgroup without a guest is refused" "$(refusal add x /sys/fs/cgroup/empty unlimited)" 'no KVM virtual machine'
rmdir /sys/fs/cgroup/empty

flat_start spin spin 2
ok "a guest is registered" "$nlctl" add spin /sys/fs/cgroup/spin 300000
not_ok "kvm cannot go while a guest is registered" rmmod kvm_amd
ok "the module unloads under load" rmmod kvrm
within "the limit holds without the module" "$(share_us spin 5)" 300000 3
ok "loads again" modprobe kvrm
is "knows no guest" "$(host guests)" 0
ok "the guest is registered again" "$nlctl" add spin /sys/fs/cgroup/spin 300000
within "and limited as before" "$(share_us spin 5)" 300000 3

# Unload while dumps and changes are running.
for round in 1 2 3 4 5; do
	(while "$nlctl" vcpus && "$nlctl" guests; do :; done >/dev/null 2>&1) &
	asking=$!
	(while "$nlctl" set 1 250000 && "$nlctl" set 1 300000; do :; done >/dev/null 2>&1) &
	changing=$!
	sleep 0.5
	ok "unloads while it is asked and changed ($round)" eventually 20 rmmod kvrm
	# Asking for the family loads the module again, so they would never end by themselves.
	kill $asking $changing
	wait $asking $changing 2>/dev/null
	modprobe kvrm
	"$nlctl" add spin /sys/fs/cgroup/spin 300000 >/dev/null
done
limit=$(cat /sys/fs/cgroup/spin/cpu.max)
like "a limit is in force all the time" "$limit" '^[0-9]+ 10000$'

flat_stop spin
ok "an ended guest is removed" eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok "kvm can go then" eventually 10 rmmod kvm_amd
ok "unloads at the end" rmmod kvrm
modprobe kvm_amd
done_testing
