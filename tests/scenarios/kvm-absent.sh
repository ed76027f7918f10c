#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Loading with and without KVM. For a test host with one CPU (tests/host/agent says why).
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
is "and with it all probes" "$(host probes)" 0
mkdir -p /sys/fs/cgroup/empty
like "refuses a guest and says why" "$(refusal add x /sys/fs/cgroup/empty unlimited)" 'kvm is not loaded'
ok "kvm can come later" modprobe kvm_amd
is "is noticed" "$(host kvm-present)" 1
is "and its tracepoints are found" "$(host probes)" 7
like "a cgroup without a guest is refused" "$(refusal add x /sys/fs/cgroup/empty unlimited)" 'no KVM virtual machine'
rmdir /sys/fs/cgroup/empty

flat_start spin spin
ok "a guest is registered" "$nlctl" add spin /sys/fs/cgroup/spin 300000 probes=7
sleep 0.5
ok "its probes count" [ -n "$("$nlctl" latencies)" ]
not_ok "kvm cannot go while a guest is registered" rmmod kvm_amd
flat_stop spin
ok "an ended guest is removed" eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok "kvm can go then" eventually 10 rmmod kvm_amd
ok "all of it" eventually 10 rmmod kvm
is "its tracepoints go with it" "$(host probes)" 0
ok "unloads at the end" rmmod kvrm
done_testing
