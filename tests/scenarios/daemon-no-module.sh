#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kvrmd without the module: it says so, does what cgroups alone can, and takes the module when it comes.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

kvrmd_prepare
systemctl stop kvrmd.service
module_stays_away
ok "kvrmd starts without the module" systemctl start kvrmd.service
is "it says so" "$(host ModuleLoaded)" false
like "and what is missing" "$(kvrmctl status)" 'Module +not loaded.*missing'
ok "a guest" define_spin load 30%
ok "starts" kvrmctl start load
is "its limit is held by the cgroup" "$(field load EnforcedBy)" cgroup
share_is "and holds" load 300000 3
is "counters are not known" "$(kvrmctl stats --json load | jq -c '.[0] | [.RunningCPUs, .ExitsPerSecond]')" '[null,null]'
ok "its use is" [ "$(kvrmctl stats --json load | jq '.[0].UsedCPUs > 0.25')" = true ]
ok "the limit can be changed" kvrmctl set load cpu-limit=20%
share_is "and the new one holds" load 200000 3

rm /etc/modprobe.d/kvrm-test.conf
ok "the module comes" modprobe kvrm
ok "kvrmd lets it hold the limit" eventually 10 field_is load EnforcedBy module
ok "and has counters" eventually 10 sh -c 'kvrmctl stats --json load | jq -e ".[0].RunningCPUs > 0.1"'
share_is "and it holds" load 200000 3
done_testing
