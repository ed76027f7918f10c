# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Memory by a polling loop: the policy that mom publishes (doc/balloon.rules of oVirt/mom, of which the constants and the
# arithmetic are) in the loop of 15 s in which vdsm runs it, of one guest. It is not mom: the policy's language, its
# collectors and its other controllers are missing. Source it after peers.sh.

poll_s=15
poll_pid=''

# poll_target HOST_FREE_PERMILLE NOW_KIB UNUSED_KIB: what the guest is to be left, in KiB; nothing: as it is
poll_target() {
	awk -v free="$1" -v now="$2" -v unused="$3" 'BEGIN {
		pressure = 0.20; critical = 0.05; keeps = 0.20; step = 0.05; least = 0.0025
		free /= 1000
		if (free >= pressure)
			exit
		part = free <= critical ? -0.05 + free : keeps * free / pressure
		minimum = now - unused + part * now
		target = now * (1 - step)
		if (target < minimum)
			target = minimum
		if (now - target > least * now)
			printf "%d", target
	}'
}
# poll_free DIRECTORY: what of a host, a cgroup with a memory.max, is free or a cache, of 1000
poll_free() {
	local max now cache
	max=$(<"$1/memory.max") now=$(<"$1/memory.current")
	[ "$max" != max ] || { echo 1000; return; }
	cache=$(sed -n 's/^file //p' "$1/memory.stat")
	echo $((now - cache < max ? (max - now + cache) * 1000 / max : 0))
}
poll_once() { # NAME DIRECTORY
	local stat target
	stat=$(virsh -q dommemstat "$1")
	target=$(poll_target "$(poll_free "$2")" "$(sed -n 's/^actual //p' <<<"$stat")" "$(sed -n 's/^unused //p' <<<"$stat")")
	[ -z "$target" ] || virsh -q setmem "$1" "${target}K" --live >/dev/null || echo "# setmem $target fails"
}
# poll_start NAME DIRECTORY: of the guest, on the host that is the directory
poll_start() {
	while :; do
		poll_once "$1" "$2"
		sleep $poll_s
	done &
	poll_pid=$!
}
poll_stop() {
	[ -z "$poll_pid" ] || { kill "$poll_pid"; wait "$poll_pid"; } 2>/dev/null
	poll_pid=''
}
