#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A client that knows DMTF's model only defines a virtual system, with reservation, limit and weight of processors, starts
# it, reads its metrics, changes it, is told of that, moves it to a pool that it has made, and destroys it. What it gets
# is measured meanwhile from its cgroup's own cpu.stat.
# shellcheck disable=SC2317 # called through ok, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
kvrmd_prepare_busy
trap kvrmd_clean EXIT

walker=$tests/../build/tests/profiles/walk
# client LIST: what the client does; sets said
client() {
	said=$("$walker" template=template "$tests/profiles/client/$1")
	local status=$?
	ok "it $2: $(grep -o '[0-9]* of [0-9]* requirements hold' <<<"$said")" [ $status -eq 0 ]
	diag "$said"
}
# told: sets told_us, the time of the processors as the client reads it, and at_us, when that was
told() {
	local time
	said=$("$walker" "$tests/profiles/client/read")
	told_us=$(awk '$1 == "MetricValue" { sum += $2 } END { printf "%d", sum / 1000 }' <<<"$said")
	time=$(awk '$1 == "TimeStamp" { print $2; exit }' <<<"$said")
	at_us=$(date -d "${time:0:4}-${time:4:2}-${time:6:2} ${time:8:2}:${time:10:2}:${time:12:2}${time:21:1}$((10#${time:22:3} / 60)):00" +%s)${time:15:6}
}

ok "an operator has a template" kvrmctl define --name=template --memory=16M --kernel="$(realpath "$spin_kernel")"
client define 'defines a system as the template is, and starts it'
share_is 'its limit holds' client 800000 3
told
before_us=$told_us began_us=$at_us
sleep 5
told
within 'it reads what its processors have had' $(((told_us - before_us) * 1000000 / (at_us - began_us))) 800000 4
for name in greedy1 greedy2; do
	ok "$name starts, with fifty times the weight" define_spin $name unlimited --cpu-weight=10000 --start
done
at_least 'its reservation is kept' "$(share_us client 5)" 594000
for name in greedy1 greedy2; do kvrmctl kill $name && kvrmctl delete $name; done >/dev/null

changes() { "$walker" --listen client:limits "$walker $tests/profiles/client/change >/root/changes"; }
said=$(changes)
ok "it changes the limit: $(grep -o '[0-9]* of [0-9]* requirements hold' /root/changes)" \
	grep -qE '^# change: ([0-9]+) of \1 requirements hold' /root/changes
diag "$(cat /root/changes)"
diag "$said"
is 'and is told once of the settings in effect' "$(grep -c "^[01] CIM_InstModification .*$(field client UUID)/state" <<<"$said")" 1
share_is 'the new limit holds' client 400000 3

client move 'makes a pool and moves its system there'
is 'kvrmctl sees it there' "$(field client Pool)" clients
share_is "the pool's limit holds" client 250000 3

client destroy 'destroys what it has made'
is 'kvrmctl sees the template alone' "$(kvrmctl list --names)" template
not_ok 'and no pool' kvrmctl pool show clients
done_testing
