#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Unloading under load, and limits that outlive the module.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

rates_unjudged
# limited DESCRIPTION: to 30 % of a CPU, within 3 % of that
limited() {
	local share
	share=$(share_us spin 5)
	at_most "$1" "$share" 309000
	at_least "$1, and used" "$share" 291000
}
host() { value "$("$nlctl" host)" "$1"; }
modprobe kvrm

flat_start spin spin 2
ok "a guest is registered" "$nlctl" add spin /sys/fs/cgroup/spin 300000
ok "the module unloads under load" rmmod kvrm
limited "the limit holds without the module"
ok "loads again" modprobe kvrm
# Of many changes in a row the last ones are written later, or when the module goes.
"$nlctl" add spin /sys/fs/cgroup/spin 100000 >/dev/null
for limit in 150000 200000 250000 350000 400000 450000; do "$nlctl" set 1 $limit; done
ok "unloads after many changes" rmmod kvrm
is "the last limit stays" "$(cat /sys/fs/cgroup/spin/cpu.max)" "4500 10000"
ok "loads once more" modprobe kvrm
is "knows no guest" "$(host guests)" 0
ok "the guest is registered again" "$nlctl" add spin /sys/fs/cgroup/spin 300000
limited "and limited as before"

# Unload while dumps and changes are running.
for round in 1 2 3 4 5; do
	(while "$nlctl" vcpus && "$nlctl" guests; do :; done >/dev/null 2>&1) &
	asking=$!
	(while "$nlctl" set 1 250000 && "$nlctl" set 1 300000; do :; done >/dev/null 2>&1) &
	changing=$!
	sleep 0.5
	ok "unloads while it is asked and changed ($round)" eventually 20 rmmod kvrm
	# Asking for the family loads the module again, so they would never end by themselves.
	kill $asking $changing
	wait $asking $changing 2>/dev/null
	modprobe kvrm
	"$nlctl" add spin /sys/fs/cgroup/spin 300000 >/dev/null
done
limit=$(cat /sys/fs/cgroup/spin/cpu.max)
like "a limit is in force all the time" "$limit" '^[0-9]+ 10000$'

flat_stop spin
ok "an ended guest is removed" eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok "unloads at the end" rmmod kvrm
done_testing
