#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory plugged into a Linux guest that runs, and given back, through kvrmd and kvrmctl: what cannot be is refused;
# what is protected and limited follows, and so does the balloon; nothing is lost when kvrmd is killed or the guest is
# reset; a guest that does not give back keeps all it has, and one without a driver takes nothing.
#   daemon-memory-plug.sh [cgroup]    cgroup: the same without the module
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

mib=1048576
conf=/etc/kvrm/kvrm.conf
by=${1:-module}
plug_clean() {
	kvrmd_clean
	kvrmctl pool delete small >/dev/null 2>&1
	[ ! -e "$conf.kept" ] || mv "$conf.kept" "$conf"
	rm -f /etc/modprobe.d/kvrm-test.conf
	systemctl restart kvrmd.service
}
trap plug_clean EXIT

cp "$conf" "$conf.kept"
echo 'memory-overhead = 64M' >>"$conf"
systemctl stop kvrmd.service
kvrmd_prepare_by "$by"
linux_prepare

# of NAME FILE: what a guest's cgroup says
of() { cat "$(cgroup_of "$1")/$2"; }
of_is() { tap_equal "$(of "$1" "$2")" "$3"; }
# has NAME MIB: as QEMU says
has() { field_is "$1" MemoryApplied $(($2 * mib)); }
# total_kib NAME: MemTotal of the guest
total_kib() { order "$1" report | sed -n 's/^ok //p' | jq -r .memory_kib; }
total_is_above() { [ "$(total_kib "$1")" -gt "$2" ]; }
total_is_below() { [ "$(total_kib "$1")" -lt "$2" ]; }
# protected WHAT NAME RESERVATION-MIB OVERHEAD-MIB: the reservation and what QEMU is counted with
protected() {
	ok "$1: memory.min" eventually 5 of_is "$2" memory.min $((($3 + $4) * mib))
	is "$1: is shown" "$(field "$2" MemoryReservationApplied) $(field "$2" MemoryOverhead)" "$(($3 * mib)) $(($4 * mib))"
}
# as_it_was NAME MEMORY-MIB MIN-MIB
as_it_was() {
	is "$1: still wanted" "$(field "$1" Memory)" $(($2 * mib))
	is "$1: still protected" "$(of "$1" memory.min)" $(($3 * mib))
}
metric() { curl -sf http://127.0.0.1:9645/metrics | sed -n "s/^kvrm_vm_$2{vm=\"$(field "$1" UUID)\"} //p"; }
metric_is() { tap_equal "$(metric "$1" "$2")" "$3"; }
told_again() { journalctl -u kvrmd -o cat --no-pager | grep 'another size of memory'; }
killed() { of "$1" memory.events | sed -n 's/^oom_kill //p'; }

# What cannot be defined.
define_bad() { define_spin bad 30% "$@"; }
ok 'no whole MiB' refused 2 "memory-max: '100000K' is neither a size from 1M to 16T in steps of 1M" define_bad --memory-max=100000K
ok 'less than its memory' refused 2 'memory-max: 15M is below the memory of 16M' define_bad --memory-max=15M
ok 'nor over D-Bus' refused 1 'memory-max: 4096 bytes is neither 0 nor a multiple of 1M' busctl call org.kvrm1 \
	/org/kvrm1 org.kvrm1.Manager DefineSystem 'a{sv}' 4 Name s bad Memory t 16777216 Kernel s "$(realpath "$spin_kernel")" MemoryMax t 4096

# A guest that does not run.
ok 'a pool' kvrmctl pool create small --memory-reservation=512M --memory-fixed
ok 'a guest' define_linux web unlimited --memory=192M --memory-max=768M --pool=small
is 'what is defined is shown' "$(field web Memory) $(field web MemoryMax) $(field web MemoryApplied)" "$((192 * mib)) $((768 * mib)) 0"
ok 'another size' kvrmctl set web memory=256M
is 'is stored' "$(field web Memory) $(field web MemoryOverhead)" "$((256 * mib)) $((65 * mib))"
ok 'more than its most' refused 2 'memory: 1G is not 1M to 768M .its memory-max. in steps of 1M' kvrmctl set web memory=1G
ok 'a guest without a most' define_spin fixed 30%
ok 'starts' kvrmctl start fixed
ok 'and stays as it is' refused 5 'memory: does not change while fixed runs: it has no memory-max' kvrmctl set fixed memory=32M
is 'it has what is defined' "$(field fixed MemoryApplied)" $((16 * mib))
ok 'it ends' kvrmctl kill fixed

# One that runs.
ok 'starts' kvrmctl start web
ok 'is up' eventually 200 wait_order web report
ok 'it has what it was started with' eventually 5 has web 256
is 'and nothing was plugged in' "$(metric web memory_plugged_bytes)" 0
protected 'at first' web 0 65
before=$(total_kib web)
diag "the guest has $before KiB"
ok 'less than that' refused 2 'memory: 254M is not 256M .what it was started with. to 768M .its memory-max. in steps of 2M' \
	kvrmctl set web memory=254M
ok 'more than its most' refused 2 'memory: 770M is not 256M' kvrmctl set web memory=770M
ok 'off the step' refused 2 'memory: 257M is not 256M' kvrmctl set web memory=257M
ok 'a reservation above it' refused 2 'memory-reservation: .* is above the memory of 384M' kvrmctl set web memory=384M memory-reservation=385M
ok 'one that its pool has not got' refused 8 "memory-reservation: pool 'small' lacks" kvrmctl set web memory=768M memory-reservation=500M
ok 'two at once' refused 2 'memory: while a virtual system runs it is changed in a call of its own' \
	kvrmctl set web memory=384M fixed cpu-weight=200
as_it_was web 256 65
is 'nothing was plugged in' "$(total_kib web)" "$before"

# More.
ok 'more, and a reservation in it' kvrmctl set web memory=512M memory-reservation=300M
protected 'more' web 300 66
ok 'the guest takes it' eventually 60 has web 512
ok 'and sees it' eventually 20 total_is_above web $((before + 250 * 1024))
ok 'a metric tells' eventually 5 metric_is web memory_plugged_bytes $((256 * mib))
is 'and the size' "$(metric web memory_size_bytes)" $((512 * mib))
like 'kvrmctl shows it' "$(kvrmctl show web)" 'Memory +512 MiB.*at most +768 MiB'
ok 'it can be used' wait_order web touch 300
at_least 'and is' "$(of web memory.current)" $((300 * mib))
ok 'the guest lets go' wait_order web idle

# Nothing is lost.
kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
ok 'kvrmd is killed, and started again' eventually 20 kvrmctl status
ok 'it finds what was plugged in' eventually 20 has web 512
as_it_was web 512 366
not_ok 'QEMU was told nothing else' told_again
ok 'the guest is reset' kvrmctl reset web
ok 'and comes up again' eventually 200 wait_order web report
ok 'with all it had' eventually 60 has web 512
ok 'and sees it' eventually 20 total_is_above web $((before + 250 * 1024))

# The limit leaves it 448 MiB less 14 for slowing it down and 66 of QEMU; the balloon takes the rest of all.
ok 'a limit' kvrmctl set web memory-limit=448M
ok 'memory.max' eventually 90 of_is web memory.max $((448 * mib))
is 'memory.high' "$(of web memory.high)" $((434 * mib))
ok 'the balloon takes the rest' eventually 60 field_is web MemoryBalloon $((368 * mib))
ok 'and has done' eventually 20 field_is web MemoryBalloonState settled
ok 'a metric tells' eventually 5 metric_is web memory_balloon_bytes $((144 * mib))
ok 'a limit that leaves too little' refused 2 'memory-limit: .* below' kvrmctl set web memory-limit=370M
ok 'more memory, and a higher limit' kvrmctl set web memory=640M memory-limit=576M
# 640 MiB have tables of 2.5 MiB.
protected 'with that' web 300 67
ok 'the guest takes it' eventually 60 has web 640
ok 'memory.max follows' eventually 90 of_is web memory.max $((576 * mib))
ok 'and the balloon' eventually 60 field_is web MemoryBalloon $((491 * mib))
ok 'no limit any more' kvrmctl set web memory-limit=unlimited
ok 'memory.max' eventually 5 of_is web memory.max max
ok 'the balloon gives back' eventually 90 field_is web MemoryBalloon $((640 * mib))

# Less.
ok 'less than is reserved' refused 2 'memory-reservation: 314572800 bytes is above the memory of 258M' kvrmctl set web memory=258M
as_it_was web 640 367
ok 'less, and less reserved' kvrmctl set web memory=320M memory-reservation=100M
is 'it has given back when that is done' "$(field web MemoryApplied)" $((320 * mib))
protected 'less' web 100 66
ok 'and does not see it any more' eventually 20 total_is_below web $((before + 70 * 1024))
ok 'a metric tells' eventually 5 metric_is web memory_plugged_bytes $((64 * mib))
ok 'paused' kvrmctl pause web
ok 'it cannot give any back' refused 5 'memory: web is paused, and cannot give any back' kvrmctl set web memory=256M
ok 'but may take more' kvrmctl set web memory=384M
ok 'it goes on' kvrmctl resume web
ok 'and takes it' eventually 60 has web 384

# One that needs it keeps it all: 450 MiB do not fit into what it was started with. More of 768 would be too much: of the
# 256 Linux has set 64 aside since memory may come above 4 GiB (swiotlb), and has its own in the rest.
echo 'start-timeout-s = 30' >>"$conf"
systemctl restart kvrmd.service
ok 'kvrmd is started with less patience' eventually 20 has web 384
ok 'all there is' kvrmctl set web memory=768M
ok 'is taken' eventually 60 has web 768
ok 'and used' wait_order web touch 450
ok 'it does not give back' refused 6 'could not have the guest give memory back' kvrmctl set web memory=256M
as_it_was web 768 167
ok 'it has all' eventually 60 has web 768
ok 'and lives' wait_order web report
is 'nobody was killed' "$(killed web)" 0
ok 'it lets go' wait_order web idle
# What it could not move at the first try Linux tries again after 50 s, or when it is told anew.
ok 'it gives back now' eventually 150 kvrmctl set web memory=256M
is 'all of it' "$(field web MemoryApplied)" $((256 * mib))
protected 'at last' web 100 65
ok 'it ends' kvrmctl kill web
is 'nothing is known then' "$(field web MemoryApplied)" 0

# Without a driver.
ok 'a guest without a driver' define_spin flat 30% --memory-max=256M
ok 'starts' kvrmctl start flat
ok 'more' kvrmctl set flat memory=128M
protected 'it is counted' flat 0 65
sleep 3
is 'though not taken' "$(field flat MemoryApplied)" $((16 * mib))
like 'that is shown' "$(kvrmctl show flat)" 'Memory +128 MiB.*guest has +16 MiB.*at most +256 MiB'
ok 'and back' kvrmctl set flat memory=16M
is 'at once' "$(field flat Memory)" $((16 * mib))
not_ok 'nothing was put back' told_again
diag "$(journalctl -u kvrmd -u kvrm-launcher --no-pager -o cat | tail -n 60)"
done_testing
