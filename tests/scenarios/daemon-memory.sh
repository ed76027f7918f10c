#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory reservations through kvrmd and kvrmctl: memory.min of the guest and of all above it says what is reserved;
# what does not fit is refused, and says what is lacking; it is changed and moved while guests run; nothing is lost
# when kvrmd or the module goes, or systemd or somebody else writes.
#   daemon-memory.sh [cgroup]    cgroup: the same without the module
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

mib=1048576
conf=/etc/kvrm/kvrm.conf
slices=/sys/fs/cgroup/kvrm.slice
by=${1:-module}
memory_clean() {
	local name
	kvrmd_clean
	for name in inner web other; do kvrmctl pool delete "$name" >/dev/null 2>&1; done
	[ ! -e "$conf.kept" ] || mv "$conf.kept" "$conf"
	rm -f /etc/modprobe.d/kvrm-test.conf
	systemctl restart kvrmd.service
}
trap memory_clean EXIT

# What each QEMU is counted with is for this test a round number: 64 MiB, and 1 for the tables of 16.
cp "$conf" "$conf.kept"
printf 'memory-overhead = 64M\nmemory-host-reserve = 640M\n' >>"$conf"
systemctl stop kvrmd.service
kvrmd_prepare_by "$by"
overhead=$((65 * mib))

pool() { kvrmctl pool list --json | jq -r ".[] | select(.Name == \"$1\") | .$2"; }
# min FOLDER: memory.min of a cgroup
min() { cat "$1/memory.min"; }
min_is() { tap_equal "$(min "$1")" "$2"; }
problems() { host 'Problems | join("; ")'; }
# path_is WHAT ROOT WEB INNER: memory.min of the slices, in MiB
path_is() {
	ok "$1: memory.min of kvrm.slice" eventually 10 min_is $slices $(($2 * mib))
	ok "$1: memory.min of web" eventually 10 min_is $slices/kvrm-web.slice $(($3 * mib))
	ok "$1: memory.min of inner" eventually 10 min_is $slices/kvrm-web.slice/kvrm-web-inner.slice $(($4 * mib))
}
is_favoured() { [ "$(cat "$1/memory.low")" -gt 0 ]; }
is_used() { [ "$(pool "$1" MemoryUsed)" -gt 0 ]; }
drift_is_above() { [ "$(host DriftCorrected)" -gt "$1" ]; }

# The host.
all=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) * 1024))
is 'the host has what its kernel manages' "$(host MemoryCapacity)" $all
is 'and keeps what it is told to' "$(host MemoryHostReserve)" $((640 * mib))
is 'the root has the rest' "$(pool host MemoryCapacity)" $((all - 640 * mib))
is 'nothing is reserved' "$(pool host MemoryReserved) $(min $slices)" '0 0'
like 'the status says so' "$(kvrmctl status)" 'of which the host keeps 640 MiB'

# Pools and guests; nothing is taken before a guest runs, but what a pool reserves.
ok 'a pool' kvrmctl pool create web --memory-reservation=200M --memory-fixed
ok 'one in it' kvrmctl pool create inner --parent=web
is 'the root has given' "$(pool host MemoryReserved)" $((200 * mib))
path_is 'a pool' 200 200 0
ok 'a guest' define_spin one 30% --pool=inner --memory-reservation=16M
ok 'one beside it' define_spin two 30% --pool=inner
is 'what is wanted is shown' "$(field one MemoryReservation) $(field one MemoryReservationApplied)" "$((16 * mib)) 0"
is 'what QEMU needs, too' "$(field one MemoryOverhead)" $overhead
ok 'the first starts' kvrmctl start one
is 'memory.min' "$(min "$(cgroup_of one)")" $((16 * mib + overhead))
is 'that is shown' "$(field one MemoryReservationApplied)" $((16 * mib))
path_is 'a guest' 200 200 81
ok 'the other one, without a reservation' kvrmctl start two
is 'is protected as far as QEMU goes' "$(min "$(cgroup_of two)")" $overhead
path_is 'two guests' 200 200 146
is 'web has given' "$(pool web MemoryReserved) $(pool web MemoryUnreserved)" "$((146 * mib)) $((54 * mib))"
ok 'used is measured' eventually 5 is_used web
like 'the tree shows it' "$(kvrmctl pool show)" 'MEMORY .*one +active +16 MiB +16 MiB +- +81 MiB'

# Refused, with a sentence, and nothing changes. Files are read with the list, lest only the model be unchanged. What is
# measured, from one sample to the next, is left out.
state() {
	kvrmctl list --json | jq 'map(del(.MemoryBalloon, .MemoryBalloonState))'
	kvrmctl pool list --json | jq 'map(del(.MemoryUsed, .ProcessorUsed, .ProcessorDemand, .ProcessorEntitled))'
	cat $slices/memory.min $slices/*/memory.min $slices/*/*/memory.min $slices/*/*/*/memory.min
}
before=$(state)
define_bad() { define_spin bad 30% "$@"; }
ok 'more than its memory' refused 2 "memory-reservation: 17825792 bytes is above the memory of 16M" define_bad --memory-reservation=17M
ok 'no whole MiB' refused 2 "memory-reservation: '100K' is not a size from 0 to 16T in steps of 1M" define_bad --memory-reservation=100K
ok 'nor over D-Bus' refused 1 'memory-reservation: 4096 bytes is not a multiple of 1M from 0 to 16T' busctl call org.kvrm1 \
	"$(busctl --json=short call org.kvrm1 /org/kvrm1 org.kvrm1.Manager GetSystem s one | jq -r '.data[0]')" \
	org.kvrm1.VirtualSystem SetAllocation 'a{sv}' 1 MemoryReservation t 4096
ok 'more than its memory while it runs' refused 2 'memory-reservation: .* above the memory of 16M' kvrmctl set one memory-reservation=32M
ok 'a pool: more than a fixed one has' refused 8 "memory-reservation: pool 'web' lacks 55M .57671680 bytes.: it has 153092096 reserved of 209715200" \
	kvrmctl pool set inner memory-reservation=255M
ok 'a pool: less than its members have' refused 8 "memory-reservation: pool 'web' lacks 46M .48234496 bytes." kvrmctl pool set web memory-reservation=100M
ok 'a pool: more than the host has' refused 8 "memory-reservation: pool 'host' lacks .* for pool 'web': it has $((all - 640 * mib)) in all" \
	kvrmctl pool set web memory-reservation=1T
ok 'processor and memory: what one of them lacks neither gets' refused 8 "memory-reservation: pool 'web' lacks" \
	kvrmctl set two cpu-weight=300 cpu-limit=40% pool/inner memory-reservation=255M
is 'after all of these it is as before' "$(state)" "$before"
ok 'a third guest is defined' define_spin three 30% --pool=inner
ok 'and does not fit' refused 8 "memory-reservation: pool 'web' lacks 11M" kvrmctl start three
is 'it is not started' "$(field three State) $(pool web MemoryReserved)" "defined $((146 * mib))"
ok 'it is deleted' kvrmctl delete three

# While they run: lower, raise, both resources in one change.
ok 'one gives to the other, and gets a weight' kvrmctl set one memory-reservation=4M cpu-weight=200 two memory-reservation=12M
is 'memory.min of both' "$(min "$(cgroup_of one)") $(min "$(cgroup_of two)")" "$((4 * mib + overhead)) $((12 * mib + overhead))"
is 'in the store, too' "$(sqlite3 /var/lib/kvrm/kvrm.db "SELECT json_extract(definition, '\$.\"memory-reservation-bytes\"') FROM system WHERE name = 'two'")" $((12 * mib))
path_is 'both' 200 200 146
ok 'weights of memory' kvrmctl set one memory-weight=300 pool/web memory-weight=50
is 'they are shown' "$(field one MemoryWeight) $(field two MemoryWeight) $(pool web MemoryWeight)" '300 100 50'
is 'and stored' "$(sqlite3 /var/lib/kvrm/kvrm.db "SELECT json_extract(definition, '\$.\"memory-weight\"') FROM system WHERE name = 'one'")" 300
like 'none of 0' "$(kvrmctl set one memory-weight=0 2>&1)" "memory-weight: '0' is not 1 to 10000"
[ "$by" = cgroup ] || ok 'what is due is kept' eventually 5 is_favoured "$(cgroup_of one)"
ok 'the pool grows' kvrmctl pool set web memory-reservation=256M cpu-weight=150
path_is 'a larger pool' 256 256 146
ok 'and takes more than its members' kvrmctl pool set inner memory-reservation=160M
path_is 'a pool of its own' 256 256 160
ok 'not any more' kvrmctl pool set inner memory-reservation=0
path_is 'none' 256 256 146

# A guest moves while it runs, with its reservation.
ok 'another pool' kvrmctl pool create other --memory-reservation=64M --memory-fixed
ok 'too small for it' refused 8 "memory-reservation: pool 'other' lacks 13M" kvrmctl move two other
is 'it is where it was' "$(field two Pool) $(min "$(cgroup_of two)")" "inner $((12 * mib + overhead))"
ok 'it borrows now' kvrmctl pool set other memory-expandable=yes
ok 'and takes it' kvrmctl move two other
home=$slices/kvrm-web.slice/kvrm-web-inner.slice/$(field two Unit)
is 'memory.min in the new place' "$(min "$(cgroup_of two)")" $((12 * mib + overhead))
ok 'memory.min of other' eventually 10 min_is $slices/kvrm-other.slice $((77 * mib))
ok 'none where it was' eventually 10 min_is "$home" 0
path_is 'moved' 333 256 69
tap_match_problems() { tap_match "$(problems)" "$1"; }
ok 'what it held is told of' eventually 10 tap_match_problems 'two was moved while it ran'

# Nothing is lost.
pid=$(field one MainPID)
as_before() {
	ok "$1: the guest is active" eventually 20 field_is one State active
	is "$1: the same QEMU" "$(field one MainPID)" "$pid"
	ok "$1: $by holds it" eventually 20 field_is one EnforcedBy "$by"
	ok "$1: its reservation is in force" eventually 20 field_is one MemoryReservationApplied $((4 * mib))
	ok "$1: memory.min" eventually 10 min_is "$(cgroup_of one)" $((4 * mib + overhead))
	ok "$1: of the one that moved" eventually 10 min_is "$(cgroup_of two)" $((12 * mib + overhead))
	path_is "$1" 333 256 69
	is "$1: the same is reserved" "$(pool host MemoryReserved)" $((333 * mib))
}
kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
ok 'systemd starts kvrmd again' eventually 20 kvrmctl status
as_before 'kvrmd killed'
systemctl daemon-reload
is 'systemd has the same' "$(min "$(cgroup_of one)") $(min $slices) $(min $slices/kvrm-web.slice) $(min "$home")" \
	"$((4 * mib + overhead)) $((333 * mib)) $((256 * mib)) 0"
as_before 'systemd reloaded'
if [ "$by" = module ]; then
	ok 'the module is unloaded' module_goes
	is 'memory stays protected' "$(min "$(cgroup_of one)") $(min $slices)" "$((4 * mib + overhead)) $((333 * mib))"
	ok 'kvrmd notices' eventually 10 field_is one EnforcedBy cgroup
	ok 'a change without the module' kvrmctl set one memory-reservation=8M
	ok 'is in force' eventually 10 min_is "$(cgroup_of one)" $((8 * mib + overhead))
	path_is 'without the module' 333 256 73
	ok 'admission goes on' refused 8 "memory-reservation: pool 'web' lacks" kvrmctl pool set web memory-reservation=72M
	ok 'and back' kvrmctl set one memory-reservation=4M
	ok 'the module is loaded' modprobe kvrm
	as_before 'the module loaded again'
	like 'it has what is wanted' "$("$tests/../build/tests/kselftest/nlctl" guests)" \
		"memory-reservation-bytes=$((4 * mib)) memory-overhead-bytes=$overhead"
fi
# What systemd and the module write in the first seconds after a change is not counted.
sleep 4
drift=$(host DriftCorrected)
echo 0 >"$(cgroup_of one)/memory.min"
echo max >$slices/kvrm-web.slice/memory.min
ok "others' memory.min is put right" eventually 5 min_is "$(cgroup_of one)" $((4 * mib + overhead))
ok "that of a pool, too" eventually 5 min_is $slices/kvrm-web.slice $((256 * mib))
ok 'and counted' eventually 5 drift_is_above "$drift"
ok 'the next sample sees it' eventually 5 field_is one MemoryReservationApplied $((4 * mib))

# Metrics.
metrics=$(curl -sf http://127.0.0.1:9645/metrics)
like 'the host' "$metrics" "kvrm_host_memory_capacity_bytes $all"
like 'what it keeps' "$metrics" "kvrm_host_memory_reserve_bytes $((640 * mib))"
like 'reserved' "$metrics" "kvrm_pool_memory_reserved_bytes\\{pool=\"web\"\\} $((69 * mib))"
like 'of a guest: asked' "$metrics" "kvrm_vm_memory_reservation_bytes\\{vm=\"$(field one UUID)\"\\} $((4 * mib))"
like 'of a guest: applied' "$metrics" "kvrm_vm_memory_reservation_applied_bytes\\{vm=\"$(field one UUID)\"\\} $((4 * mib))"

# What ends gives back.
ok 'the first ends' kvrmctl kill one
ok 'the other one, too' kvrmctl kill two
path_is 'all are gone' 320 256 0
ok 'guests go' kvrmctl delete one two
ok 'pools go' kvrmctl pool delete inner web other
ok 'and give back' eventually 10 min_is $slices 0
is 'all of it' "$(pool host MemoryReserved) $(problems)" '0 '
diag "$(journalctl -u kvrmd -u kvrm-launcher --no-pager -o cat | tail -n 60)"
done_testing
