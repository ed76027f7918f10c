#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module, guests, NICs, their limits, uplink and devices come and go again and again while packets pass and wait. Where
# the device stays, nothing is lost.
#   soak-network.sh [TIMES]	(1000)
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"
# shellcheck source=tests/lib/taps.sh
. "$(dirname "$0")/../lib/taps.sh"
times=${1:-1000}
failures=0

try() { "$@" >/tmp/kvrm-soak 2>&1 || { failures=$((failures + 1)) && diag "$* ($?): $(cat /tmp/kvrm-soak)"; }; }
# What stays: a limit that holds packets back. What comes and goes: a flood, of which most waits or is dropped.
add_all() {
	wire=$("$nlctl" uplinks)
	[ -n "$wire" ] || wire=$("$nlctl" uplink-add wire {to,from}-guest-capacity-bytes-per-s=200000)
	wire=$(value "$wire" id)
	guest=$(guest_add)
	a=$(nic_add "$guest" tapa from-guest-limit-bytes-per-s=100000 uplink-id="$wire")
	nic_add "$guest" tapb to-guest-limit-packets-per-s=100 uplink-id="$wire" >/dev/null
	c=$(nic_add "$guest" tapc from-guest-limit-bytes-per-s=25000 uplink-id="$wire")
	d=$(nic_add "$guest" tapd to-guest-limit-bytes-per-s=12500)
}
flood() {
	"$tapflow" tapc tapd --seconds 100000 >/dev/null 2>&1 &
	flooding=$!
}
end_flood() {
	kill "$flooding" 2>/dev/null
	wait "$flooding" 2>/dev/null
}

reload_module() {
	try rmmod kvrm
	modprobe kvrm
	add_all
}
renew_guest() {
	try "$nlctl" del "$guest"
	add_all
}
renew_device() {
	try ip link del tapc
	end_flood
	tap tapc br1
	try "$nlctl" nic-del "$c"
	c=$(nic_add "$guest" tapc uplink-id="$wire")
	flood
}
change() {
	try "$nlctl" nic-set "$a" from-guest-limit-bytes-per-s=0 uplink-id=0
	try "$nlctl" uplink-set "$wire" from-guest-capacity-bytes-per-s=$((150000 + RANDOM))
	try ip link set tapd down
	try "$nlctl" nic-set "$a" from-guest-limit-bytes-per-s=100000 uplink-id="$wire"
	try ip link set tapd up
	try brctl delif br1 tapd
	try "$nlctl" nic-del "$d"
	try brctl addif br1 tapd
	d=$(nic_add "$guest" tapd to-guest-limit-bytes-per-s=12500)
}

modprobe kvrm
make_bridge br0
make_bridge br1
tap tapa br0
tap tapb br0
tap tapc br1
tap tapd br1
flat_start net halt
add_all
flood
done_times=0
while [ "$done_times" -lt "$times" ]; do
	begin_flow tapa tapb --seconds 600 --sndbuf 65536 --pps 90 --drain 3
	while [ "$done_times" -lt "$times" ] && [ $((SECONDS - began)) -lt 10 ]; do
		case $((done_times % 4)) in
		0) reload_module ;;
		1) renew_device ;;
		2) renew_guest ;;
		3) change ;;
		esac
		done_times=$((done_times + 1))
	done
	stop_flow
	lossless "until $done_times"
done
end_flood
is 'what was refused or failed' "$failures" 0
flat_stop net
ok 'an ended guest is removed' eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
ok 'with its NICs' eventually 10 sh -c "[ -z \"\$('$nlctl' nics)\" ]"
ok 'unloads' rmmod kvrm
done_testing
