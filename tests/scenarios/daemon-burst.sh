#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A burst that an average of a second hides: a guest that wants its CPU for 22 ms of every second and is held back for 20
# of them, which is a 50th of the time, at a hundredth of the CPU. It is seen in samples, live and in a file, and in the
# histogram of stalls.
#   daemon-burst.sh [picture]    picture: also prints what tests/monitoring/burst-picture draws
# shellcheck disable=SC2317 # called through ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

picture=${1:-}
url=http://127.0.0.1:9645/metrics
# The columns of 'top --csv' that count here.
interval=6 used=9 limited=12
# looks FILE CONDITION: of how many looks, the names aside, awk's condition is true
looks() { awk -F, "NR > 1 && ($2) { n++ } END { print n + 0 }" "$1"; }
# stalls UP-TO: how many there were up to so many seconds; all, if none of them are
stalls() {
	local number
	number=$(curl -sf $url | sed -n "s/^kvrm_vm_cpu_limit_stall_seconds_bucket{vm=\"$uuid\",le=\"$1\"} //p")
	echo "${number:-0}"
}
# It has booted when it is busy for a moment each second only. Its BIOS is busy all the time, or not at all.
bursts() {
	kvrmctl top --csv --interval=1 --count=2 burst >/tmp/boot.csv
	[ "$(looks /tmp/boot.csv "\$$used > 0.01 && \$$used < 0.15")" -eq 2 ]
}
# told_rate HZ: what /metrics tells of it
told_rate() { tap_match "$(curl -sf "$url")" "kvrm_vm_sample_rate_hertz\{vm=\"$uuid\"\} $1"$'\n'; }

kvrmd_prepare
ok 'a guest that wants a CPU for a moment each second' kvrmctl define --name=burst --memory=16M \
	--kernel="$(realpath "$tests/../build/tests/guests/burst")" --sample-rate=50 --start
uuid=$(field burst UUID)
ok 'boots' eventually 60 bursts

# How often it is sampled is part of its definition, and told to the module.
ok 'its sample rate is in force' eventually 5 field_is burst SampleRateApplied 50
ok 'and told' eventually 5 told_rate 50
ok 'another one' kvrmctl set burst sample-rate=100
is 'is in force at once' "$(field burst SampleRate) $(field burst SampleRateApplied)" '100 100'
is 'and stored' "$(sqlite3 /var/lib/kvrm/kvrm.db "SELECT json_extract(definition, '\$.\"sample-rate\"') FROM system WHERE name = 'burst'")" 100
ok 'none of 0' refused 2 "sample-rate: '0' is not 1 to 1000" kvrmctl set burst sample-rate=0
ok 'nor of 1001' refused 2 "sample-rate: '1001' is not 1 to 1000" kvrmctl set burst cpu-weight=7 sample-rate=1001
ok 'kvrmd refuses it, too' refused 1 'sample-rate: 1001 is not 1 to 1000' busctl call org.kvrm1 \
	/org/kvrm1/system/"${uuid//-/_}" org.kvrm1.VirtualSystem SetAllocation 'a{sv}' 2 ProcessorWeight u 7 SampleRate u 1001
is 'nothing changed then' "$(field burst ProcessorWeight) $(field burst SampleRate)" '100 100'
like 'lost samples are counted' "$(curl -sf $url)" "kvrm_vm_samples_missed_total\\{vm=\"$uuid\"\\} [0-9]+"

ok 'a limit of a tenth of a CPU' kvrmctl set burst cpu-limit=10%
if [ "$(host CPULimiter)" != task-work ]; then
	skip 'bursts are seen' 'stalls are told by the limiter task-work only'
	done_testing
fi
rates_unjudged
sleep 2
like 'stalls are told' "$(curl -sf $url)" "kvrm_vm_cpu_limit_stall_seconds_sum\\{vm=\"$uuid\"\\} [0-9.]+"
before=$(stalls 0.064) short=$(stalls 0.008) all=$(stalls +Inf) began=$(now_us)
# Looked at by two at once: as often as kvrmd measures, and into a file, from the same samples.
kvrmctl top --csv --interval=1 --count=8 burst >/tmp/second.csv &
second=$!
ok 'samples are recorded' kvrmctl record --seconds=8 --output=/tmp/burst.samples burst
wait $second
# As many bursts as seconds, give or take what is at the ends, or not yet measured.
seconds=$((($(now_us) - began) / 1000000))
between=$(($(stalls 0.064) - before - ($(stalls 0.008) - short)))
longer=$(($(stalls +Inf) - all - ($(stalls 0.064) - before)))
diag "in $seconds s: $between stalls of 8 to 64 ms, $longer longer ones; of 1 s: $(looks /tmp/second.csv 1) looks"

# And every 20 ms, which is work for an emulated machine.
kvrmctl top --csv --interval=0.02 --count=300 burst >/tmp/fast.csv

is 'each second is looked at' "$(looks /tmp/second.csv 1)" 8
at_most 'seconds in which it uses half its limit' "$(looks /tmp/second.csv "\$$used > 0.05")" 0
at_most 'or is limited for more than a quarter of the time' "$(looks /tmp/second.csv "\$$limited > 0.25")" 0
kvrmctl replay --csv /tmp/burst.samples >/tmp/burst.csv
for file in fast burst; do
	diag "$file: $(looks /tmp/$file.csv 1) looks, $(looks /tmp/$file.csv "\$$limited > 0.5") of them more than half limited"
done
at_least 'the file has a hundred samples a second' "$(looks /tmp/burst.csv "\$$interval < 15000")" 600
at_least 'with each burst, most of the time limited' "$(looks /tmp/burst.csv "\$$limited > 0.6")" 7
at_most 'and nothing else' "$(looks /tmp/burst.csv "\$$limited > 0.3")" 80
at_least 'top shows them every 20 ms' "$(looks /tmp/fast.csv "\$$limited > 0.4")" 5
measured 'in words' grep -qE 'limited [4-9][0-9] %: processor limit 100 ms/s' /tmp/fast.csv
at_least 'the histogram has a stall for every other second at least' "$between" $((seconds / 2))
at_most 'and no more' "$between" $((seconds + 3))
at_most 'nor longer ones' "$longer" $((seconds / 2))
# Without a limit nothing is held back.
ok 'the limit goes' kvrmctl set burst cpu-limit=unlimited
sleep 2
all=$(stalls +Inf)
sleep 3
is 'and the stalls with it' "$(stalls +Inf)" "$all"

if [ "$picture" = picture ]; then
	awk -F, -v OFS=, 'NR > 1 { print $1, $6, $9, $12 }' /tmp/burst.csv | sed 's/^/# sample: /'
	curl -sf $url | sed -n "s/^kvrm_vm_cpu_limit_stall_seconds_bucket{.*le=\"\(.*\)\"} /# stall: \1 /p"
	kvrmctl replay /tmp/burst.samples | grep -m 1 -B 4 -A 4 'limited [4-9]' | sed 's/^/# top: /'
fi
done_testing
