#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pools over D-Bus: made, changed, moved, deleted; what does not fit is refused, and says what is lacking;
# nothing is lost when kvrmd or the module goes.
#   daemon-pools.sh [cgroup]    cgroup: the same without the module
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

by=${1:-module}
kvrmd_prepare_by "$by"

manager() { busctl --json=short call org.kvrm1 /org/kvrm1 org.kvrm1.Manager "$@"; }
pool_path() { manager GetPool s "$1" | jq -r '.data[0]'; }
pool() { busctl --json=short call org.kvrm1 "$(pool_path "$1")" org.kvrm1.Pool "${@:2}"; }
pool_field() { busctl --json=short get-property org.kvrm1 "$(pool_path "$1")" org.kvrm1.Pool "$2" | jq -c .data; }
pool_is() { tap_equal "$(pool_field "$1" "$2")" "$3"; }
pools() { manager ListPools | jq -r '.data[0] | keys | join(" ")'; }
system() { busctl --json=short call org.kvrm1 "$(manager GetSystem s "$1" | jq -r '.data[0]')" org.kvrm1.VirtualSystem "${@:2}"; }
system_field() {
	busctl --json=short get-property org.kvrm1 "$(manager GetSystem s "$1" | jq -r '.data[0]')" \
		org.kvrm1.VirtualSystem "$2" | jq -c .data
}
define() {
	manager DefineSystem 'a{sv}' 6 Name s "$1" Memory t $((16 << 20)) Kernel s "$(realpath "$spin_kernel")" \
		Pool s "$2" ProcessorReservation t "$3" ProcessorWeight u "${4:-100}"
}
# All but what is measured.
known_of_pools() { manager ListPools | jq -c 'del(.data[0][].MemoryUsed)'; }
slice() { systemctl is-active "$1"; }
problems() { host 'Problems | join("; ")'; }
tap_equal_field() { tap_equal "$(system_field "$1" "$2")" "$3"; }
drift_is_above() { [ "$(host DriftCorrected)" -gt "$1" ]; }
tap_equal_slice() { tap_equal "$(systemctl is-active "$1")" "$2"; }
front_max_is() { tap_equal "$(cat /sys/fs/cgroup/kvrm.slice/kvrm-web.slice/kvrm-web-front.slice/cpu.max)" "$1"; }
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
pools_clean() {
	local name
	kvrmd_clean
	for name in front batch other web; do
		pool "$name" Delete >/dev/null 2>&1
	done
	rm -f /etc/modprobe.d/kvrm-test.conf
}
trap pools_clean EXIT

# The root: two CPUs less the host's tenth of one.
capacity=$(pool_field host ProcessorCapacity)
is "the root leaves something to the host" "$capacity" $(($(host CPUCapacity) - 100000))
is "it is primordial" "$(pool_field host Primordial)" true
is "it is kvrm.slice" "$(pool_field host Slice)" '"kvrm.slice"'
ok "which has a weight" test -e /sys/fs/cgroup/kvrm.slice/cpu.weight
ok "who holds it" eventually 5 pool_is host EnforcedBy "\"$by\""
ok "it has a description" pool host Set 'a{sv}' 1 Description s 'all there is'
ok "and nothing else is set" refused 1 'root pool' pool host Set 'a{sv}' 1 ProcessorWeight u 5
ok "it is not deleted" refused 1 'root pool' pool host Delete
is "no problems" "$(problems)" ''

# Made and changed.
ok "a pool is made" manager CreatePool 'a{sv}' 3 Name s web ProcessorReservation t 1000000 ProcessorExpandable b 0
is "its slice is there" "$(slice kvrm-web.slice)" active
ok "one in it" manager CreatePool 'a{sv}' 3 Name s front Parent s web ProcessorLimit t 500000
is "its slice lies in the other's" "$(pool_field front ControlGroup)" '"/kvrm.slice/kvrm-web.slice/kvrm-web-front.slice"'
is "its limit is in cpu.max" "$(cat /sys/fs/cgroup/kvrm.slice/kvrm-web.slice/kvrm-web-front.slice/cpu.max)" '5000 10000'
is "all are listed" "$(pools)" 'front host web'
is "members" "$(pool_field web Members)" '["pool/front"]'
is "the root has given" "$(pool_field host ProcessorReserved)" 1000000
is "and has left" "$(pool_field host ProcessorUnreserved)" $((capacity - 1000000))
ok "a name with a dash" manager CreatePool 'a{sv}' 1 Name s a-b
is "is escaped" "$(pool_field a-b Slice)" '"kvrm-a\\x2db.slice"'
is "and its slice is there" "$(slice 'kvrm-a\x2db.slice')" active
ok "it is deleted" pool a-b Delete
ok "and its slice gone" eventually 5 tap_negate systemctl is-active 'kvrm-a\x2db.slice'
ok "the limit is changed" pool front Set 'a{sv}' 2 ProcessorLimit t 600000 ProcessorWeight u 200
is "in cpu.max, too" "$(cat /sys/fs/cgroup/kvrm.slice/kvrm-web.slice/kvrm-web-front.slice/cpu.max)" '6000 10000'
is "and the weight" "$(pool_field front ProcessorWeight)" 200

# Refused, with a sentence, and nothing changes.
before=$(known_of_pools)
ok "a name that is taken" refused 1 "name: 'web' is in use" manager CreatePool 'a{sv}' 1 Name s web
ok "the root's name" refused 1 "name: 'host'" manager CreatePool 'a{sv}' 1 Name s host
ok "no name" refused 1 'name: is missing' manager CreatePool 'a{sv}' 0
ok "a bad name" refused 1 "name: 'a/b' is not" manager CreatePool 'a{sv}' 1 Name s a/b
ok "no parent" refused 1 "parent: there is no pool 'none'" manager CreatePool 'a{sv}' 2 Name s x Parent s none
ok "an unknown key" refused 1 "unknown key 'Colour'; keys are Name" manager CreatePool 'a{sv}' 2 Name s x Colour s red
ok "more than the host has" refused 1 "pool 'host' lacks .* CPU" \
	manager CreatePool 'a{sv}' 2 Name s x ProcessorReservation t $((capacity - 1000000 + 1))
ok "more than a fixed pool has" refused 1 "pool 'web' lacks 0.000001 CPU" \
	manager CreatePool 'a{sv}' 3 Name s x Parent s web ProcessorReservation t 1000001
ok "a reservation above the limit" refused 1 'cpu-reservation: 600001 .*cpu-limit of 600000' \
	pool front Set 'a{sv}' 1 ProcessorReservation t 600001
ok "a limit too small" refused 1 'cpu-limit: 9999 .*below 10000' pool front Set 'a{sv}' 1 ProcessorLimit t 9999
ok "a weight of 0" refused 1 'cpu-weight: 0 is not 1 to 10000' pool front Set 'a{sv}' 1 ProcessorWeight u 0
ok "a pool below itself" refused 1 "pool 'web' would lie below itself" pool web Move s front
ok "a pool with members" refused 1 "pool 'web' has members" pool web Delete
ok "a pool that is not there" refused 1 'no such pool' manager GetPool s none
ok "nobody may make one" refused 1 'only root' as_nobody \
	busctl call org.kvrm1 /org/kvrm1 org.kvrm1.Manager CreatePool 'a{sv}' 1 Name s x
ok "a definition in no pool" refused 1 "pool: there is no pool 'none'" define web9 none 0
is "after all of these it is as before" "$(known_of_pools)" "$before"

# Guests with reservations.
ok "a guest is defined in a pool" define one front 400000
ok "a second one" define two web 700000
is "nothing is reserved yet" "$(pool_field web ProcessorReserved)" 0
ok "the first starts" system one Start
ok "in the pool's slice" grep -q /kvrm-web.slice/kvrm-web-front.slice/ "/proc/$(system_field one MainPID)/cgroup"
is "held by $by" "$(system_field one EnforcedBy)" "\"$by\""
is "the pools have given" "$(pool_field front ProcessorReserved) $(pool_field web ProcessorReserved)" '400000 400000'
ok "the second one does not fit" refused 1 "pool 'web' lacks 0.1 CPU .100000 us per second." system two Start
is "it is not started" "$(system_field two State)" '"defined"'
is "and takes nothing" "$(pool_field web ProcessorReserved)" 400000
ok "the pool of a running guest does not move" refused 1 'one runs in it; stop it' pool front Move s host
ok "what is not running does" system two MoveToPool s host
ok "and starts there" system two Start
is "two guests, each its own" "$(pool_field host ProcessorReserved)" 1700000
ok "more than is there" refused 1 "pool 'host' lacks" system two SetAllocation 'a{sv}' 1 ProcessorReservation t 1000000
is "nothing has changed" "$(system_field two ProcessorReservation)" 700000
ok "what is there" system two SetAllocation 'a{sv}' 2 ProcessorReservation t 900000 ProcessorLimit t 950000
is "is reserved" "$(pool_field host ProcessorReserved)" 1900000
is "and the limit in cpu.max" "$(cat "$(cgroup_of two)/cpu.max")" '9500 10000'
ok "above its own limit" refused 1 'above the cpu-limit' system two SetAllocation 'a{sv}' 1 ProcessorLimit t 800000

# Several as one: alone, neither of the two would fit.
ok "what does not fit together" refused 1 "pool 'web' lacks" manager SetAllocations 'a(sa{sv})a(sa{sv})' \
	1 one 1 ProcessorReservation t 500000 1 web 1 ProcessorReservation t 450000
ok "nor if only memory does not" refused 1 "memory-reservation: pool 'host' lacks" manager SetAllocations 'a(sa{sv})a(sa{sv})' \
	1 one 1 ProcessorReservation t 300000 1 web 1 MemoryReservation t $((1 << 40))
ok "twice the same" refused 1 'one: is given twice' manager SetAllocations 'a(sa{sv})a(sa{sv})' \
	2 one 1 ProcessorWeight u 5 one 1 ProcessorWeight u 6 0
is "neither was made" "$(system_field one ProcessorReservation) $(pool_field web ProcessorReservation)" '400000 1000000'
ok "what fits together" manager SetAllocations 'a(sa{sv})a(sa{sv})' \
	2 one 2 ProcessorReservation t 300000 ProcessorLimit t 350000 two 1 ProcessorReservation t 950000 \
	2 web 1 ProcessorReservation t 950000 front 1 ProcessorLimit t 700000
is "was made" "$(system_field one ProcessorReservation) $(system_field two ProcessorReservation) $(pool_field web ProcessorReservation)" \
	'300000 950000 950000'
is "in cpu.max, too" "$(cat "$(cgroup_of one)/cpu.max" /sys/fs/cgroup/kvrm.slice/kvrm-web.slice/kvrm-web-front.slice/cpu.max)" \
	$'3500 10000\n7000 10000'

# Nothing is lost.
pid=$(system_field one MainPID)
# as_before WHAT
as_before() {
	ok "$1: the guest is active" eventually 20 tap_equal_field one State '"active"'
	is "$1: the same QEMU" "$(system_field one MainPID)" "$pid"
	is "$1: the same pools" "$(pools)" 'front host web'
	is "$1: the same reserved" "$(pool_field host ProcessorReserved) $(pool_field web ProcessorReserved)" '1900000 300000'
	ok "$1: $by holds the guest" eventually 20 tap_equal_field one EnforcedBy "\"$by\""
	ok "$1: and its pool" eventually 20 pool_is front EnforcedBy "\"$by\""
	is "$1: its limit" "$(cat "$(cgroup_of one)/cpu.max")" '3500 10000'
	is "$1: no problems" "$(problems)" ''
}
systemctl restart kvrmd.service
as_before "kvrmd restarted"
kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
ok "systemd starts it again" eventually 20 kvrmctl status
as_before "kvrmd killed"
is "the root's description, too" "$(pool_field host Description)" '"all there is"'
systemctl daemon-reload
sleep 2
as_before "systemd reloaded"
if [ "$by" = module ]; then
	ok "the module is unloaded" module_goes
	ok "kvrmd notices" eventually 10 pool_is front EnforcedBy '"cgroup"'
	ok "admission goes on" refused 1 "pool 'host' lacks" system two SetAllocation 'a{sv}' 2 \
		ProcessorReservation t 960000 ProcessorLimit t 0
	ok "the module is loaded" modprobe kvrm
	as_before "the module loaded again"
fi
# What systemd and the module write in the first seconds after a change is not counted.
sleep 4
drift=$(host DriftCorrected)
echo 'max 10000' >/sys/fs/cgroup/kvrm.slice/kvrm-web.slice/kvrm-web-front.slice/cpu.max
ok "somebody else's cpu.max of a pool is put right" eventually 10 front_max_is '7000 10000'
ok "and counted" eventually 5 drift_is_above "$drift"

share=$(share_us one 10)
ok "a guest stays below its limit: $share" [ $((share > 0 && share <= 360500)) = 1 ]

# Metrics; they began anew with kvrmd.
ok "refused once more" refused 1 "pool 'host' lacks" manager CreatePool 'a{sv}' 2 Name s x ProcessorReservation t 1900001
metrics=$(curl -sf http://127.0.0.1:9645/metrics)
like "pools" "$metrics" 'kvrm_pool_info\{pool="front",parent="web"\} 1'
like "reserved" "$metrics" 'kvrm_pool_cpu_reserved_cores\{pool="web"\} 0\.3'
like "admission" "$metrics" 'kvrm_admission_total\{result="refused"\} [1-9]'
like "a guest's reservation" "$metrics" 'kvrm_vm_cpu_reservation_cores\{vm="[^"]*"\} 0\.95'
if [ "$by" = module ]; then
	like "what it is due" "$metrics" 'kvrm_vm_cpu_entitlement_cores\{vm="[^"]*"\} [0-9]'
else
	not_ok "what it is due is not known" grep -q kvrm_vm_cpu_entitlement_cores <<<"$metrics"
fi

# The end of a guest gives its reservation back; a pool moves, and goes.
ok "the first ends" system one Kill
is "its reservation is there again" "$(pool_field front ProcessorReserved)" 0
ok "now its pool moves" pool front Move s host
is "its slice, too" "$(pool_field front ControlGroup)" '"/kvrm.slice/kvrm-front.slice"'
is "it is active" "$(slice kvrm-front.slice)" active
ok "the old one is gone" eventually 5 tap_negate systemctl is-active kvrm-web-front.slice
ok "its guest does not fit there yet" refused 1 "pool 'host' lacks 0.3 CPU" system one Start
ok "a pool that has no members goes" pool web Delete
ok "and makes room" system one Start
ok "in the new slice" grep -q /kvrm.slice/kvrm-front.slice/ "/proc/$(system_field one MainPID)/cgroup"
ok "one that has does not" refused 1 "pool 'front' has members" pool front Delete
is "what is left" "$(pools)" 'front host'
ok "a slice that was stopped by hand" manager CreatePool 'a{sv}' 1 Name s other
systemctl stop kvrm-other.slice
ok "is made again" eventually 10 tap_equal_slice kvrm-other.slice active
is "no problems" "$(problems)" ''

# A move of a pool with another one in it; then as if kvrmd had been killed in the middle of it, when the
# module had moved both and the store did not say so yet.
ok "a pool" manager CreatePool 'a{sv}' 2 Name s web ProcessorReservation t 100000
ok "one in it" manager CreatePool 'a{sv}' 3 Name s batch Parent s web ProcessorLimit t 200000
ok "both move" pool web Move s other
is "with their slices" "$(slice kvrm-other-web-batch.slice)" active
is "and their limits" "$(cat /sys/fs/cgroup/kvrm.slice/kvrm-other.slice/kvrm-other-web.slice/kvrm-other-web-batch.slice/cpu.max)" \
	'2000 10000'
ok "the pool that they left goes on" pool_is host ProcessorReserved 1350000
kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
systemctl stop kvrmd.service
sqlite3 /var/lib/kvrm/kvrm.db "UPDATE pool SET definition = json_set(definition, '\$.parent', 'host') WHERE name = 'web'"
ok "kvrmd is started" systemctl start kvrmd.service
ok "they are where they were" eventually 10 pool_is batch ControlGroup '"/kvrm.slice/kvrm-web.slice/kvrm-web-batch.slice"'
ok "who holds them" eventually 10 pool_is batch EnforcedBy "\"$by\""
ok "the other, too" pool_is web EnforcedBy "\"$by\""
like "the slice that is left over is told of" "$(problems)" 'kvrm-other-web.slice is there but is no pool'
not_ok "nothing else is" grep -q 'module' <<<"$(problems)"
ok "the inner one goes" pool batch Delete
ok "the outer one, too" pool web Delete
systemctl stop kvrm-other-web.slice
not_left() { tap_equal "$(problems | grep -c 'is there but')" 0; }
ok "and is not, once it is gone" eventually 5 not_left
diag "$(journalctl -u kvrmd -u kvrm-launcher --no-pager -o cat | tail -n 60)"
done_testing
