#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Limits of disks under kvrmd: a Linux guest that reads one disk and writes another one, its limits in bytes and in
# operations, changed while it does, kept without kvrmd and put back when somebody else has changed them; and no
# request that fails.
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
raw=/srv/storage.raw
qcow2=/srv/storage.qcow2

kvrmd_prepare_busy
linux_prepare
truncate -s 64M "$raw"
qemu-img create -q -f qcow2 "$qcow2" 64M

storage_clean() {
	systemctl start kvrmd.service
	kvrmd_clean
	kvrmctl pool delete apart >/dev/null 2>&1
	rm -f "$raw" "$qcow2"
}
trap storage_clean EXIT

# disk INDEX KEY: of the guest's disks, as D-Bus has it
disk() { field files "Disks[$1].$2"; }
disk_is() { tap_equal "$(disk "$1" "$2")" "$3"; }
# qmp COMMAND [ARGUMENTS]: to QEMU itself, which talks to one at a time, so kvrmd must not be there; what it returns
qmp() {
	{
		echo '{"execute": "qmp_capabilities"}'
		echo "{\"execute\": \"$1\", \"arguments\": ${2:-"{}"}, \"id\": 7}"
		sleep 1
	} | socat - "UNIX-CONNECT:/run/kvrm-guests/$uuid/qmp.sock" | jq -c 'select(.id == 7) | .return'
}
# held INDEX: what QEMU holds of a disk, itself asked
held() {
	qmp query-block | jq -r ".[] | select(.inserted.\"node-name\" == \"disk$1\") | .inserted |
		[.bps_rd, .iops_rd, .bps_rd_max // 0, .bps_wr, .iops_wr, .bps_wr_max // 0, .bps, .iops] | map(tostring) | join(\" \")"
}
# measure INDEX DIRECTION KEY: a rate over 8 s, from QEMU's counters; nothing if it is not known
measure() {
	kvrmctl disk stats --json --interval=8 files |
		jq ".[] | select(.Disk == $1 and .Direction == \"$2\") | .$3 | select(. != null) | round"
}
# rate_is WHAT WANTED COMMAND...: no more than 3 % above, which are what a bucket that was empty when the measurement
# began lets pass, and a request; as near from below as an emulated guest gets. What QEMU is seen to have counted first
# is two samples old.
rate_is() {
	local rate try
	sleep 3
	for try in 1 2 3 4; do
		rate=$("${@:3}")
		[ "$rate" -lt $(($2 * 95 / 100)) ] || break
		[ "$try" -eq 4 ] || diag "$1: $rate, measured again"
	done
	at_most "$1" "$rate" $(($2 * 103 / 100))
	at_least "$1, and nearly reaches it" "$rate" $(($2 * 90 / 100))
}
# What QEMU's process has read or written (rchar, wchar), whatever QEMU itself counts.
process_io() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$pid/io"; }
process_rate() {
	local bytes time
	time=$(now_us) bytes=$(process_io "$1")
	sleep 8
	echo $((($(process_io "$1") - bytes) * 1000000 / ($(now_us) - time)))
}

# What cannot be.
ok 'a limit of 7 bit' refused 2 "disk: read-limit: '7bit' is not a rate of whole bytes from 8bit to 1099511627776B" \
	define_spin odd unlimited --disk="$raw,read-limit=7bit"
ok 'one of no operations' refused 2 "disk: write-iops: '0' is not 1 to 1000000000 operations per second or unlimited" \
	define_spin odd unlimited --disk="$raw,write-iops=0"
ok 'a burst without a limit' refused 2 'disk 0: write-burst: needs a write-limit' \
	define_spin odd unlimited --disk="$raw,write-burst=1M"
ok 'a burst that QEMU does not know' refused 2 \
	'disk 0: read-burst: 1024 bytes is not 1000000 \(what the limit lets pass in a second\) to 1099511627776, or 0' \
	define_spin odd unlimited --disk="$raw,read-limit=1MB,read-burst=1K"
ok 'a key that is none' refused 2 "disk: 'speed=1' is not format=raw" define_spin odd unlimited --disk="$raw,speed=1"
is 'nothing was defined' "$(kvrmctl list --names)" ''

ok 'a guest with two disks' define_linux files unlimited --disk="$raw,read-limit=1MB" \
	--disk="$qcow2,format=qcow2,write-limit=500kB,write-burst=1M"
uuid=$(field files UUID)
is 'who holds its limits is not said before it runs' "$(disk 0 EnforcedBy)" null
ok 'starts' kvrmctl start files
pid=$(field files MainPID)
is 'QEMU holds them' "$(disk 0 EnforcedBy) $(disk 1 EnforcedBy)" 'qemu qemu'
like 'it is shown' "$(kvrmctl show files)" "Disk 0 +$raw \(raw\), limits by qemu.*reads +8Mbit/s.*Disk 1 +$qcow2 .*writes +4Mbit/s, burst 1"
ok 'the guest is up' eventually 200 wait_order files report

# Reads, in bytes.
ok 'it reads' wait_order files read vda 65536
rate_is 'what it reads keeps the limit' 1000000 measure 0 read BytesPerSecond
like 'it is shown, per second' "$(kvrmctl disk stats files)" "files +0 +read +(0\.9|1\.0)[0-9]+ +8Mbit +[0-9]+ +unlimited +[0-9]+\.[0-9] +0"
ok 'changed while it reads' kvrmctl disk set files 0 read-limit=2MB
rate_is 'it holds' 2000000 measure 0 read BytesPerSecond
rate_is 'by what QEMU reads as well' 2000000 process_rate rchar
ok 'without a limit' kvrmctl disk set files 0 read-limit=unlimited
sleep 3
at_least 'it reads more' "$(measure 0 read BytesPerSecond)" 2400000
# A request that waits for a long time goes on by the new limit.
ok 'with hardly any' kvrmctl disk set files 0 read-limit=10B
sleep 3
at_most 'it stands still' "$(measure 0 read BytesPerSecond)" 10000
ok 'it has its limit again' kvrmctl disk set files 0 read-limit=1MB
rate_is 'and reads at once' 1000000 measure 0 read BytesPerSecond

# Writes to the other one at the same time: each has what is its own.
ok 'without a burst' kvrmctl disk set files 1 write-burst=0
ok 'it writes the other one' wait_order files write vdb 65536
rate_is 'what it writes keeps the limit' 500000 measure 1 write BytesPerSecond
rate_is 'what it reads is as before' 1000000 measure 0 read BytesPerSecond
ok 'the first disk is idle' wait_order files idle
ok 'it writes small blocks' wait_order files write vdb 4096
ok 'with a limit in operations' kvrmctl disk set files 1 write-limit=unlimited write-iops=40
rate_is 'which it keeps' 40 measure 1 write OperationsPerSecond
like 'it is shown' "$(kvrmctl show files)" 'writes +unlimited, 40 operations/s'

# What is refused changes nothing.
ok 'a limit that is none' refused 2 "disk: write-iops: '1k' is not 1 to 1000000000 operations per second or unlimited" \
	kvrmctl disk set files 1 write-iops=1k
ok 'a disk that is none' refused 3 'index: 2 is not that of a disk; there are 2' kvrmctl disk set files 2 read-iops=1
ok 'one that cannot be' refused 2 "disk: '16' is not 0 to 15" kvrmctl disk set files 16 read-iops=1
ok 'a burst that does not fit the limit' refused 2 'disk 0: read-burst: 10 bytes is not 1000000' \
	kvrmctl disk set files 0 read-burst=10
ok 'twice the same' refused 2 'read-iops: given more than once' kvrmctl disk set files 0 read-iops=1 read-iops=2
is 'nothing has changed' "$(disk 1 WriteIOPS) $(disk 0 ReadLimit) $(disk 0 ReadBurst) $(disk 0 ReadIOPS)" '40 1000000 0 0'

metrics() { curl -s -H 'Accept: application/openmetrics-text' http://127.0.0.1:9645/metrics; }
metrics_have() { tap_match "$(metrics)" "kvrm_vm_disk_$1\{vm=\"$uuid\",disk=\"$2\",direction=\"$3\"\} $4"; }
ok 'metrics have what was read' eventually 5 metrics_have bytes_total 0 read '[1-9]'
ok 'how long it took' metrics_have io_seconds_total 1 write '[1-9]'
ok 'that none has failed' metrics_have failed_operations_total 1 write 0
ok 'and the limits' metrics_have limit_operations_per_second 1 write 40

# Without kvrmd.
ok 'it reads, too' wait_order files read vda 65536
systemctl stop kvrmd.service
is 'QEMU holds what was set' "$(held 0)" '1000000 0 0 0 0 0 0 0'
is 'of either disk' "$(held 1)" '0 0 0 0 40 0 0 0'
rate_is 'without kvrmd it holds' 1000000 process_rate rchar
ok 'kvrmd is back' systemctl start kvrmd.service
ok 'and knows that' eventually 20 disk_is 0 EnforcedBy qemu
is 'without having changed anything' "$(host DriftCorrected)" 0
rate_is 'it holds still' 1000000 measure 0 read BytesPerSecond

# Somebody else's limits, of whatever kind, are put back.
systemctl stop kvrmd.service
is 'somebody removes one' "$(qmp block_set_io_throttle '{"id": "/machine/peripheral/vd0/virtio-backend", "bps": 0, "bps_rd": 0, "bps_wr": 0, "iops": 0, "iops_rd": 0, "iops_wr": 0}')" '{}'
is 'and limits both directions together' "$(qmp block_set_io_throttle '{"id": "/machine/peripheral/vd1/virtio-backend", "bps": 99999, "bps_rd": 0, "bps_wr": 0, "iops": 0, "iops_rd": 0, "iops_wr": 40}')" '{}'
systemctl start kvrmd.service
ok 'both are put back' eventually 20 host_is DriftCorrected 2
ok 'and held' eventually 5 disk_is 0 EnforcedBy qemu
is 'no problem is left' "$(kvrmctl status --json | jq '.Problems | length')" 0
rate_is 'as what it reads shows' 1000000 measure 0 read BytesPerSecond
like 'the journal says so' "$(journalctl -u kvrmd.service -o cat)" 'the limits of disk 0 were changed by somebody else'
is 'and QEMU itself' "$(systemctl stop kvrmd.service; held 0; held 1; systemctl start kvrmd.service)" \
	$'1000000 0 0 0 0 0 0 0\n0 0 0 0 40 0 0 0'

# What else happens to a guest.
ok 'it is there again' eventually 20 disk_is 0 EnforcedBy qemu
ok 'it is paused' kvrmctl pause files
ok 'changed meanwhile' kvrmctl disk set files 0 read-limit=1500kB
ok 'and goes on' kvrmctl resume files
rate_is 'with the limit' 1500000 measure 0 read BytesPerSecond
ok 'a pool' kvrmctl pool create apart
ok 'it moves there' kvrmctl move files apart
rate_is 'with its limit' 1500000 measure 0 read BytesPerSecond

# Its share of devices: written by systemd, put back by kvrmd, and of effect only where a device honours it.
io_weight() { sed -n 's/^default //p' "$(cgroup_of files)/io.weight" 2>/dev/null; }
io_weight_is() { tap_equal "$(io_weight)" "$1"; }
problems() { kvrmctl status --json | jq -r '.Problems[]'; }
no_effect() { tap_match "$(problems)" 'the storage-weight of files has no effect: no block device of the host has the I/O scheduler bfq'; }
ok 'a weight that is none' refused 2 "storage-weight: '0' is not 1 to 10000" kvrmctl set files storage-weight=0
for queue in /sys/block/*/queue/scheduler; do
	grep -q '\[bfq\]' "$queue" && echo none >"$queue"
done
ok 'a weight' kvrmctl set files storage-weight=300
ok 'is in its cgroup' eventually 5 io_weight_is 300
ok 'and shown' eventually 5 field_is files StorageWeightApplied 300
ok 'that no device honours it is told' eventually 10 no_effect
# What changes soon after is not taken for somebody else's.
sleep 5
before=$(host DriftCorrected)
echo 'default 50' >"$(cgroup_of files)/io.weight"
ok 'what somebody else writes is put back' eventually 10 io_weight_is 300
is 'and counted' "$(host DriftCorrected)" $((before + 1))
ok 'it moves back' kvrmctl move files host
ok 'with its weight' eventually 10 io_weight_is 300
modprobe bfq
queue=$(find /sys/block/*/queue/scheduler -exec grep -l bfq {} + | head -n 1)
if [ -n "$queue" ]; then
	was=$(sed 's/.*\[\(.*\)\].*/\1/' "$queue")
	echo bfq >"$queue"
	ok 'a device with bfq honours it' eventually 10 tap_negate no_effect
	echo "$was" >"$queue"
else
	skip 'a device with bfq honours it' 'no device here can have it'
fi
ok 'the same as all others' kvrmctl set files storage-weight=100
ok 'is nothing to tell of' eventually 10 tap_negate no_effect
is 'no request has failed' "$(order files report | sed 's/^ok //' | jq .failed)" 0
is 'as QEMU says' "$(metrics | grep -c 'kvrm_vm_disk_failed_operations_total.* 0$')" 4

ok 'it ends' kvrmctl kill files
ok 'changed while it does not run' kvrmctl disk set files 1 write-iops=unlimited write-limit=300kB
ok 'and starts again' kvrmctl start files
systemctl stop kvrmd.service
is 'with all that was changed' "$(held 0) $(held 1)" '1500000 0 0 0 0 0 0 0 0 0 0 300000 0 0 0 0'
systemctl start kvrmd.service
ok 'a QEMU that stands still' eventually 20 disk_is 0 EnforcedBy qemu
kill -STOP "$(field files MainPID)"
ok 'is not waited for' refused 1 'disk 0: QEMU did not answer in time' kvrmctl disk set files 0 read-limit=1MB
ok 'by nobody else' kvrmctl status
is 'nothing has changed' "$(disk 0 ReadLimit)" 1500000
kill -CONT "$(field files MainPID)"
ok 'what it took late is put back' eventually 20 disk_is 0 EnforcedBy qemu
ok 'and can be changed' eventually 10 kvrmctl disk set files 0 read-limit=1MB
done_testing
