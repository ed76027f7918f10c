#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The sample ring: its size, who may map it, what it tells (a kselftest program), and that it costs nothing while nobody
# looks.
# shellcheck disable=SC2317 # called by ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

device=/dev/kvrm-samples
program=$tests/../build/tests/kselftest/kvrm_samples
refuses() { ! modprobe kvrm sample_ring_kib="$1" 2>/dev/null && [ ! -e /sys/module/kvrm ]; }
# ran: for how long the thread has run, in ns
ran() { cut -d ' ' -f 1 "/proc/$thread/schedstat"; }

modprobe tun
for kib in 0 63 1048577 4294967295 many; do
	ok "no ring of $kib KiB" refuses $kib
done
ok 'a ring of 64 KiB' modprobe kvrm sample_ring_kib=64
ok 'there is a device' [ -c $device ]
is 'for reading only' "$(stat -c %a $device)" 440
ok 'unloads' rmmod kvrm
not_ok 'the device goes with it' [ -e $device ]

ok 'loads' modprobe kvrm sample_ring_kib=1024
is 'its size' "$(cat /sys/module/kvrm/parameters/sample_ring_kib)" 1024
thread=$(grep -lx kvrm_samples /proc/[0-9]*/comm | cut -d / -f 3)
flat_start samples spin 1
guest=$(value "$("$nlctl" add samples /sys/fs/cgroup/samples unlimited)" id)
"$nlctl" set "$guest" sample-rate-hz=1000
before=$(ran)
sleep 1
is 'nothing is sampled while nobody has the device open' "$(ran)" "$before"
exec 3<$device
sleep 1
exec 3<&-
ok 'but while somebody has' [ "$(ran)" -gt "$before" ]
flat_stop samples

# Its guests have a memory of their own to tell of.
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
"$program" >/tmp/kvrm_samples.out 2>&1
status=$?
sed 's/^/# /' /tmp/kvrm_samples.out
is 'readers' $status 0
ok 'unloads after all' rmmod kvrm
done_testing
