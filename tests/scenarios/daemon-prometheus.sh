#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real Prometheus scrapes kvrmd as our example has it, takes our rules, and has an answer for every query of our
# dashboard. Its Debian package is in the root of the reference release.
# shellcheck disable=SC2016 # dollars are Grafana's
# shellcheck disable=SC2317 # called through ok and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

if ! command -v prometheus >/dev/null; then
	skip 'Prometheus scrapes kvrmd' 'it is not installed here'
	done_testing
fi
url=http://127.0.0.1:9645/metrics
prometheus=http://127.0.0.1:9090
shipped=/usr/share/kvrm/monitoring
work=$(mktemp -d)
server=''

prometheus_clean() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	kvrmd_clean
	kvrmctl pool delete shop >/dev/null 2>&1
	kvrmctl uplink delete wire >/dev/null 2>&1
	ip link del br0 2>/dev/null
	rm -rf "$work" /srv/prometheus.raw
}
trap prometheus_clean EXIT

# ask QUERY: what Prometheus answers; results JSON: how many there are
ask() { curl -sf -m 10 --data-urlencode "query=$1" "$prometheus/api/v1/query"; }
results() { jq -n 'input? // {} | if .status == "success" then .data.result | length else 0 end' <<<"$1"; }
has_answer() {
	local answer
	answer=$(ask "$1")
	[ "$(results "$answer")" -gt 0 ] || { echo "$1: $answer"; return 1; }
}
target_is_up() { [ "$(curl -sf "$prometheus/api/v1/targets" | jq -r '.data.activeTargets[] | .health')" = up ]; }
healthy_rules() { curl -sf "$prometheus/api/v1/rules" | jq '[.data.groups[].rules[] | select(.health == "ok")] | length'; }
rules_are_healthy() { tap_equal "$(healthy_rules)" "$1"; }

# There is something of everything: a guest with limits, a network card on an uplink and a disk, in a pool with limits.
kvrmd_prepare
systemctl stop prometheus.service 2>/dev/null
ip link add br0 type bridge
ip link set br0 up
truncate -s 1M /srv/prometheus.raw
ok 'an uplink' kvrmctl uplink create wire --capacity=1Gbit --bridge=br0
ok 'a pool' kvrmctl pool create shop --cpu-limit=90%
ok 'a guest with all that there is' define_spin web 30% --pool=shop --memory-limit=256M \
	--probes=all --nic=br0,to-guest-limit=100Mbit,from-guest-limit=100Mbit \
	--disk=/srv/prometheus.raw,read-limit=10MB,write-limit=10MB --start

# As in our example, but for the interval, and where the rules are.
sed 's/scrape_interval: .*/scrape_interval: 1s/' $shipped/prometheus.yml >"$work/prometheus.yml"
echo 'global: {evaluation_interval: 1s}' >>"$work/prometheus.yml"
ok 'the example is a configuration, and its rules are rules' promtool check config "$work/prometheus.yml"
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address=127.0.0.1:9090 \
	--log.level=warn 2>"$work/log" &
server=$!
ok 'Prometheus scrapes kvrmd' eventually 120 target_is_up

# What it scrapes has no faults. The last to be known of the guest is its active memory.
knows_activity() { tap_match "$(curl -sf "$url")" 'kvrm_vm_memory_active_bytes'; }
ok 'all is known of the guest' eventually 60 knows_activity
metrics=$(curl -sf "$url")
ok 'promtool finds nothing wrong' promtool check metrics <<<"$metrics"
# What imports OpenMetrics is its parser, and wants a time of each sample.
curl -sf -H 'Accept: application/openmetrics-text' "$url" | sed "/^[^#]/s/\$/ $(date +%s)/" >"$work/openmetrics"
ok 'nor with OpenMetrics' promtool tsdb create-blocks-from openmetrics "$work/openmetrics" "$work/blocks"
ok 'it was asked for OpenMetrics: when counters began is known' has_answer 'kvrm_vm_cpu_time_seconds_created'
ok 'names and types are kept' eventually 30 sh -c "curl -sf '$prometheus/api/v1/metadata?metric=kvrm_vm_state' |
	jq -e '.data[][0].type == \"stateset\"'"

# Each query of the dashboard, as Grafana would send it.
jq -r '.. | objects | select(.targets?) | .title as $title | .targets[] | [$title, .expr] | @tsv' \
	$shipped/grafana-dashboard.json |
	sed 's/\\"/"/g; s/\$__rate_interval/15s/g; s/\$__range/30s/g; s/\$host/.*/g; s/\$vm/.*/g' >"$work/queries"
at_least 'the dashboard has queries' "$(wc -l <"$work/queries")" 30
sleep 5
while IFS=$'\t' read -r title query; do
	names=$(grep -o 'kvrm_[a-z_]*' <<<"$query" | grep -v kvrm_vm_info | sort -u | xargs)
	ok "$title: $names" eventually 30 has_answer "$query"
done <"$work/queries"

ok 'all rules are heeded' eventually 20 rules_are_healthy "$(grep -c 'alert:' $shipped/prometheus-rules.yml)"
is 'of this host none is critical' \
	"$(curl -sf "$prometheus/api/v1/alerts" | jq -r '.data.alerts[] | select(.state == "firing" and .labels.severity == "critical") | .labels.alertname')" ''
ok 'kvrmd goes' systemctl stop kvrmd.service
ok 'which Prometheus sees' eventually 30 has_answer 'up{job="kvrm"} == 0'
ok 'and would tell' eventually 30 has_answer 'ALERTS{alertname="KvrmdUnreachable"}'
ok 'kvrmd comes' systemctl start kvrmd.service
is 'Prometheus has said nothing of errors' "$(grep -ci 'level=error' "$work/log")" 0
done_testing
