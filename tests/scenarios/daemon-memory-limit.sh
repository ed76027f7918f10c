#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory limits through kvrmd and kvrmctl, of guests with a balloon and without: what cannot be is refused; a limit comes
# into force without anybody being killed, by balloon, throttling and memory.max, in this order; it is changed and moved
# while guests run, below what they use, too; nothing is lost when kvrmd or the module goes, or systemd or somebody else
# writes. A guest that has nothing to give is stopped before it would be killed.
#   daemon-memory-limit.sh [cgroup]    cgroup: the same without the module
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

mib=1048576
conf=/etc/kvrm/kvrm.conf
by=${1:-module}
limit_clean() {
	kvrmd_clean
	kvrmctl pool delete other >/dev/null 2>&1
	[ ! -e "$conf.kept" ] || mv "$conf.kept" "$conf"
	rm -f /etc/modprobe.d/kvrm-test.conf
	swap_off
	systemctl restart kvrmd.service
}
trap limit_clean EXIT

cp "$conf" "$conf.kept"
echo 'memory-overhead = 64M' >>"$conf"
systemctl stop kvrmd.service
kvrmd_prepare_by "$by"
linux_prepare

# of NAME FILE: what a guest's cgroup says
of() { cat "$(cgroup_of "$1")/$2"; }
of_is() { tap_equal "$(of "$1" "$2")" "$3"; }
used_is_below() { [ "$(of "$1" memory.current)" -le "$2" ]; }
killed() { of "$1" memory.events | sed -n 's/^oom_kill //p'; }
unit_has() { tap_equal "$(systemctl show -P MemoryHigh -P MemoryMax "$(field "$1" Unit)" | xargs)" "$2"; }
problem_is() { tap_match "$(host 'Problems | join("; ")')" "$1"; }
no_problem() { tap_equal "$(host 'Problems | join("; ")')" ''; }
marks() { (cd /run/kvrm && echo stopped-*) | sed 's/^stopped-\*$//'; }
kvrmd_dies() { systemctl kill --signal=KILL kvrmd.service; }
drift_is_above() { [ "$(host DriftCorrected)" -gt "$1" ]; }
# kernel_counts NAME: what the kernel has counted, as lines of a metric, its labels and a number
kernel_counts() {
	local folder resource
	folder=$(cgroup_of "$1")
	awk -v page="$(getconf PAGESIZE)" '
		function put(what, number) { printf "%s %.0f\n", what, number }
		$1 == "pgfault" { all = $2 }
		$1 == "pgmajfault" { major = $2 }
		$1 ~ /^pswp(in|out)$/ { put("memory_swap_bytes_total direction=" substr($1, 5), $2 * page) }
		$1 ~ /^pg(scan|steal)_(kswapd|direct|khugepaged|proactive)$/ {
			by = $1
			sub(/.*_/, "by=", by)
			put("memory_" ($1 ~ /scan/ ? "scanned" : "reclaimed") "_bytes_total " by, $2 * page)
		}
		END { put("memory_faults_total type=minor", all - major); put("memory_faults_total type=major", major) }
	' "$folder/memory.stat"
	sed -n 's/^\(low\|high\|max\|oom\|oom_kill\) /memory_events_total event=\1 /p' "$folder/memory.events"
	for resource in cpu memory io; do
		sed -n "s/^\(some\|full\) .*total=/pressure_stall_seconds_total resource=$resource,kind=\1 /p" \
			"$folder/$resource.pressure"
	done
}
# told_counts NAME: the same as kvrmd tells it
told_counts() {
	curl -sf http://127.0.0.1:9645/metrics | tr -d '"' |
		sed -n "s/^kvrm_vm_\(memory_[a-z]*_total\|memory_[a-z]*_bytes_total\|pressure_[a-z_]*\){vm=$(field "$1" UUID),\(.*\)} /\1 \2 /p" |
		awk '{ printf "%s %s %.0f\n", $1, $2, $1 ~ /_seconds_/ ? $3 * 1000000 : $3 }'
}
# counts_agree NAME: kvrmd tells all that the kernel does and no more, and each number is one that the kernel had meanwhile
counts_agree() {
	local before told
	before=$(kernel_counts "$1")
	sleep 3
	told=$(told_counts "$1")
	{
		awk '{ print "before", $0 }' <<<"$before"
		awk '{ print "told", $0 }' <<<"$told"
		kernel_counts "$1" | awk '{ print "after", $0 }'
	} | awk '
		{ key = $2 " " $3; keys[key]; value[$1, key] = $4 + 0; has[$1, key] = 1 }
		END {
			for (key in keys) {
				n++
				if (has["before", key] && has["told", key] && has["after", key] &&
				    value["before", key] <= value["told", key] && value["told", key] <= value["after", key])
					continue
				printf "%s: %s, told %s, %s\n", key, value["before", key], value["told", key], value["after", key]
				bad = 1
			}
			if (n < 17)
				print n + 0 " numbers"
			exit bad || n < 17
		}'
}
told_of() { curl -sf http://127.0.0.1:9645/metrics | tr -d '"' | sed -n "s/^kvrm_vm_$2{vm=$(field "$1" UUID)$3} //p"; }
swapped_is_told() { tap_equal "$(told_of "$1" memory_swapped_bytes)" "$(of "$1" memory.swap.current)"; }
# in_force WHAT NAME LIMIT: in MiB; a margin of 8 MiB goes with all limits here
in_force() {
	ok "$1: memory.max" eventually 90 of_is "$2" memory.max $(($3 * mib))
	is "$1: memory.high" "$(of "$2" memory.high)" $((($3 - 8) * mib))
	ok "$1: is shown" eventually 5 field_is "$2" MemoryLimitApplied $(($3 * mib))
	at_most "$1: used" "$(of "$2" memory.current)" $(($3 * mib))
	ok "$1: systemd has the same" eventually 5 unit_has "$2" "$((($3 - 8) * mib)) $(($3 * mib))"
}

# What cannot be. Of 16 MiB of memory: 64 and 1 of QEMU, 1 at least for the guest, 8 for throttling.
define_bad() { define_spin bad 30% "$@"; }
ok 'no whole MiB' refused 2 "memory-limit: '100000K' is neither a size from 16M to 32T in steps of 1M" define_bad --memory-limit=100000K
ok 'less than the least' refused 2 "memory-limit: '15M' is neither" define_bad --memory-limit=15M
ok 'less than QEMU needs' refused 2 'memory-limit: 76546048 bytes is 1048576 below 74M, the least for a memory-reservation of 0 and 68157440 of QEMU' \
	define_bad --memory-limit=73M
ok 'less than is reserved' refused 2 'is 4194304 below 77M, the least for a memory-reservation of 4194304' \
	define_bad --memory-limit=73M --memory-reservation=4M
ok 'nor over D-Bus' refused 1 'memory-limit: 4096 bytes is neither 0 .unlimited. nor a multiple of 1M' busctl call org.kvrm1 \
	/org/kvrm1 org.kvrm1.Manager DefineSystem 'a{sv}' 4 Name s bad Memory t 16777216 Kernel s "$(realpath "$spin_kernel")" MemoryLimit t 4096

# A guest that knows nothing of balloons, and has enough: nobody needs its balloon to hold the limit.
ok 'a guest without a driver' define_spin spin 30% --memory-limit=100M
is 'what is wanted is shown' "$(field spin MemoryLimit) $(field spin MemoryLimitApplied)" "$((100 * mib)) 0"
ok 'it starts' kvrmctl start spin
in_force 'from the beginning' spin 100
ok 'its balloon is not needed' eventually 10 field_is spin MemoryBalloonState settled
ok 'a limit that needs it' kvrmctl set spin memory-limit=80M
in_force 'without the balloon' spin 80
ok 'the balloon does not answer' eventually 40 field_is spin MemoryBalloonState silent
ok 'that is told' eventually 5 problem_is 'the balloon of spin gives nothing back: throttling alone holds its memory-limit'
ok 'too little' refused 2 'memory-limit: 73400320 bytes is' kvrmctl set spin memory-limit=70M
ok 'more reserved than that leaves' refused 2 'memory-limit: .* below' kvrmctl set spin memory-reservation=8M
in_force 'after these' spin 80
ok 'no limit' kvrmctl set spin memory-limit=unlimited
ok 'memory.max' eventually 5 of_is spin memory.max max
ok 'memory.high' eventually 5 of_is spin memory.high max
ok 'nothing to tell' eventually 10 no_problem
is 'it was not killed' "$(killed spin)" 0
ok 'it ends' kvrmctl kill spin

# A Linux guest: of 256 MiB it is to have what QEMU, 65 MiB, and the margin leave.
ok 'a guest with a driver' define_linux web unlimited --memory=256M
ok 'starts' kvrmctl start web
ok 'is up' eventually 200 wait_order web report
ok 'it has all its memory' eventually 10 field_is web MemoryBalloon $((256 * mib))
ok 'and uses some' wait_order web touch 16
before=$(of web memory.current)
ok 'less than it has' kvrmctl set web memory-limit=192M
ok 'the balloon takes the rest' eventually 60 field_is web MemoryBalloon $((119 * mib))
ok 'and has done' eventually 5 field_is web MemoryBalloonState settled
in_force 'by the balloon' web 192
diag "used $((before / mib)) MiB before, $(($(of web memory.current) / mib)) MiB now"
like 'it is shown' "$(kvrmctl show web)" 'Memory limit +192 MiB.*in force +192 MiB.*balloon +leaves 119 MiB .settled.'
metrics=$(curl -sf http://127.0.0.1:9645/metrics)
like 'metrics: asked' "$metrics" "kvrm_vm_memory_limit_bytes\\{vm=\"$(field web UUID)\"\\} $((192 * mib))"
like 'metrics: in force' "$metrics" "kvrm_vm_memory_limit_applied_bytes\\{vm=\"$(field web UUID)\"\\} $((192 * mib))"
like 'metrics: taken' "$metrics" "kvrm_vm_memory_balloon_bytes\\{vm=\"$(field web UUID)\"\\} $((137 * mib))"

# Nothing is lost.
folder=$(cgroup_of web)
kill -KILL "$(systemctl show -P MainPID kvrmd.service)"
is 'without kvrmd it is in force' "$(cat "$folder/memory.high" "$folder/memory.max" | xargs)" "$((184 * mib)) $((192 * mib))"
ok 'systemd starts kvrmd again' eventually 20 kvrmctl status
ok 'it finds the balloon' eventually 20 field_is web MemoryBalloon $((119 * mib))
in_force 'kvrmd killed' web 192
systemctl daemon-reload
is 'systemd has the same' "$(of web memory.high) $(of web memory.max)" "$((184 * mib)) $((192 * mib))"
if [ "$by" = module ]; then
	ok 'the module is unloaded' module_goes
	is 'it is in force without it' "$(of web memory.high) $(of web memory.max)" "$((184 * mib)) $((192 * mib))"
	ok 'kvrmd notices' eventually 10 field_is web EnforcedBy cgroup
	ok 'a change without the module' kvrmctl set web memory-limit=200M
	in_force 'without the module' web 200
	ok 'the module is loaded' modprobe kvrm
	ok 'kvrmd notices that' eventually 20 field_is web EnforcedBy module
	ok 'and back' kvrmctl set web memory-limit=192M
	in_force 'with the module again' web 192
fi
# What systemd and the module write in the first seconds after a change is not counted.
sleep 5
drift=$(host DriftCorrected)
echo max >"$(cgroup_of web)/memory.max"
echo max >"$(cgroup_of web)/memory.high"
ok "others' memory.max is put right" eventually 5 of_is web memory.max $((192 * mib))
ok "and their memory.high" eventually 5 of_is web memory.high $((184 * mib))
ok 'and counted' eventually 5 drift_is_above "$drift"

# Up at once, and moved.
ok 'more' kvrmctl set web memory-limit=224M
ok 'is there at once' eventually 3 of_is web memory.max $((224 * mib))
ok 'the balloon gives back' eventually 60 field_is web MemoryBalloon $((151 * mib))
in_force 'raised' web 224
ok 'another pool' kvrmctl pool create other
ok 'it moves' kvrmctl move web other
like 'to there' "$(cgroup_of web)" '/kvrm-other.slice/'
in_force 'moved' web 224
is 'it was not killed' "$(killed web)" 0
ok 'and lives' wait_order web report
ok 'it ends' kvrmctl kill web
ok 'and goes' kvrmctl delete web

# A guest that gives nothing: without swap it is stopped before it is killed, with swap what is too much is swapped.
ok 'a guest without its driver' define_linux deaf unlimited --memory=256M --memory-limit=192M --pool=other \
	--cmdline='console=ttyS0 quiet noballoon'
ok 'starts' kvrmctl start deaf
in_force 'from the beginning' deaf 192
ok 'is up' eventually 200 wait_order deaf report
(wait_order deaf touch 150) &
ok 'it is stopped before it is killed' eventually 60 field_is deaf State paused
is 'that is why' "$(field deaf StateReason)" 'its memory-limit is reached'
ok 'and told' problem_is 'deaf is paused: it needs more memory than its memory-limit'
is 'it is not killed' "$(killed deaf)" 0
at_most 'it has never had more than it may' "$(of deaf memory.peak)" $((192 * mib))
is 'it is noted whose doing that is' "$(marks)" "stopped-$(field deaf UUID)"
ok 'kvrmd is killed' kvrmd_dies
ok 'systemd starts it again' eventually 20 kvrmctl status
ok 'the guest is paused still' eventually 20 field_is deaf State paused
is 'for the same reason' "$(field deaf StateReason)" 'its memory-limit is reached'
ok 'and that is told' eventually 10 problem_is 'deaf is paused: it needs more memory than its memory-limit'
ok 'no limit any more' kvrmctl set deaf memory-limit=unlimited
ok 'it goes on' eventually 10 field_is deaf State active
wait
ok 'and lives' wait_order deaf report
is 'nothing is noted any more' "$(marks)" ''
ok 'paused by somebody' kvrmctl pause deaf
is 'is not noted' "$(marks)" ''
ok 'kvrmd is killed again' kvrmd_dies
ok 'systemd starts it again' eventually 20 kvrmctl status
ok 'the guest is paused' eventually 20 field_is deaf State paused
sleep 3
ok 'and stays so' field_is deaf State paused
is 'for no reason of kvrmd' "$(field deaf StateReason)" ''
ok 'until somebody wants it to go on' kvrmctl resume deaf
ok 'it does' eventually 5 field_is deaf State active
ok 'nothing to tell' eventually 10 no_problem
at_least 'it has more now' "$(of deaf memory.current)" $((200 * mib))

ok 'there is swap' swap_on
ok 'less than it uses' kvrmctl set deaf memory-limit=192M
in_force 'with swap' deaf 192
at_least 'the rest is swapped' "$(of deaf memory.swap.current)" $mib
ok 'it lets go' wait_order deaf idle
ok 'less than it uses, under load' kvrmctl set deaf memory-limit=128M
(wait_order deaf touch 120) &
in_force 'under load' deaf 128
wait
ok 'it runs' field_is deaf State active
is 'it was not killed' "$(killed deaf)" 0
ok 'and lives' wait_order deaf report

# What became of its memory is told as the kernel counts it.
ok 'it stands still' kvrmctl pause deaf
ok 'what is swapped is told' eventually 20 swapped_is_told deaf
ok 'faults, reclaim, events and pressure are told' eventually 30 counts_agree deaf
at_least 'something had to be read' "$(told_of deaf memory_faults_total ,type=major)" 1
at_least 'and was taken before' "$(told_of deaf memory_reclaimed_bytes_total ,by=direct)" $mib
is 'nobody was killed, it says' "$(told_of deaf memory_events_total ,event=oom_kill)" 0
stats=$(kvrmctl stats --json deaf)
is 'kvrmctl has the same' "$(jq '.[0].MemorySwapped | floor' <<<"$stats")" "$(told_of deaf memory_swapped_bytes)"
ok 'and rates' jq -e '.[0] | .MajorFaultsPerSecond >= 0 and .MemoryPressure >= 0' <<<"$stats"
ok 'it goes on' kvrmctl resume deaf

# A pool's limit is for its members together, of which this one is the only one.
pool() { kvrmctl pool list --json | jq -r ".[] | select(.Name == \"other\") | .$1"; }
pool_is() { tap_equal "$(pool "$1")" "$2"; }
slice_of() { cat "/sys/fs/cgroup$(pool ControlGroup)/$1"; }
slice_is() { tap_equal "$(slice_of "$1")" "$2"; }
slice_has() { tap_equal "$(systemctl show -P MemoryHigh -P MemoryMax "$(pool Slice)" | xargs)" "$1"; }
nobody_killed() { is "$1" "$(slice_of memory.events | sed -n 's/^oom_kill //p')" 0; }
ok 'no limit of its own' kvrmctl set deaf memory-limit=unlimited
ok 'a limit below the least' refused 2 "memory-limit: '15M' is neither" kvrmctl pool set other memory-limit=15M
ok 'none of the root' refused 2 'cannot be set' kvrmctl pool set host memory-limit=1G
ok 'it lets go' wait_order deaf idle
ok 'and uses more' wait_order deaf touch 140
ok 'a limit of its pool' kvrmctl pool set other memory-limit=160M
ok 'comes into force: memory.max' eventually 90 slice_is memory.max $((160 * mib))
is 'memory.high' "$(slice_of memory.high)" $((152 * mib))
ok 'it is shown' eventually 5 pool_is MemoryLimitApplied $((160 * mib))
at_most 'used' "$(slice_of memory.current)" $((160 * mib))
ok 'systemd has the same' eventually 5 slice_has "$((152 * mib)) $((160 * mib))"
like 'metrics have it' "$(curl -sf http://127.0.0.1:9645/metrics)" "kvrm_pool_memory_limit_applied_bytes\\{pool=\"other\"\\} $((160 * mib))"
like 'the list has it' "$(kvrmctl pool list)" 'other +0 +160 MiB '
sleep 5
drift=$(host DriftCorrected)
echo max >"/sys/fs/cgroup$(pool ControlGroup)/memory.max"
ok "others' memory.max is put right" eventually 5 slice_is memory.max $((160 * mib))
ok 'and counted' eventually 5 drift_is_above "$drift"
ok 'kvrmd is started anew' systemctl restart kvrmd.service
ok 'it has the same' eventually 20 pool_is MemoryLimitApplied $((160 * mib))
ok 'a reservation above what that leaves' refused 2 'memory-reservation: ' kvrmctl pool set other memory-reservation=153M
nobody_killed 'nobody was killed'
ok 'it lives' eventually 60 wait_order deaf report
ok 'none any more' kvrmctl pool set other memory-limit=unlimited
ok 'is so at once' eventually 5 slice_is memory.max max
ok 'and throttled no more' eventually 5 slice_is memory.high max

# Without swap it is stopped before anybody is killed.
ok 'it ends' kvrmctl kill deaf
swap_off
ok 'a limit from the beginning' kvrmctl pool set other memory-limit=192M
ok 'starts' kvrmctl start deaf
ok 'in force' eventually 10 slice_is memory.max $((192 * mib))
ok 'is up' eventually 200 wait_order deaf report
(wait_order deaf touch 150) &
ok 'it is stopped' eventually 60 field_is deaf State paused
is 'that is why' "$(field deaf StateReason)" "its pool's memory-limit is reached"
ok 'and told' problem_is 'deaf is paused: its pool needs more memory than its memory-limit'
ok 'kvrmd is killed' kvrmd_dies
ok 'systemd starts it again' eventually 20 kvrmctl status
ok 'it is paused still' eventually 20 field_is deaf State paused
is 'for the same reason' "$(field deaf StateReason)" "its pool's memory-limit is reached"
nobody_killed 'nobody is killed'
ok 'no limit any more' kvrmctl pool set other memory-limit=unlimited
ok 'it goes on' eventually 10 field_is deaf State active
wait
ok 'and lives' eventually 60 wait_order deaf report
ok 'nothing to tell' eventually 10 no_problem
diag "$(journalctl -u kvrmd -u kvrm-launcher --no-pager -o cat | tail -n 60)"
done_testing
