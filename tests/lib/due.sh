# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What guests are due of memory while there is not enough for all, by what Documentation/enforcement.md says ("Weight:
# memory.low follows what is due"), and by nothing that the module tells: members of one pool, without reservations. There
# is a level at which all together are due what there is: each its weight times that up to what it uses; beyond, a byte
# costs it 100 / (100 - tax) times as much; and never more than it demands.
# shellcheck disable=SC2034 # what is due is used by the scenarios

declare -A due_weight due_demand due_active due
due_begin() { due_weight=() due_demand=() due_active=() due=(); }
# due_add NAME WEIGHT DEMAND ACTIVE: in bytes
due_add() { due_weight[$1]=$2 due_demand[$1]=$3 due_active[$1]=$4; }

# due_at LEVEL TAX: sets due, and due_sum, what that is together; the level is what a weight of 100 gives, in bytes
due_at() {
	local name bytes
	due_sum=0
	for name in "${!due_weight[@]}"; do
		bytes=$((${due_weight[$name]} * $1 / 100))
		[ "$bytes" -le "${due_active[$name]}" ] ||
			bytes=$((${due_active[$name]} + (bytes - ${due_active[$name]}) * (100 - $2) / 100))
		[ "$bytes" -le "${due_demand[$name]}" ] || bytes=${due_demand[$name]}
		due[$name]=$bytes
		due_sum=$((due_sum + bytes))
	done
}

# due_share BYTES TAX-PERCENT: sets due[NAME] of all that were added, in bytes
due_share() {
	local low=0 high=$((1 << 40)) middle
	while [ "$low" -lt "$high" ]; do
		middle=$(((low + high + 1) / 2))
		due_at "$middle" "$2"
		if [ "$due_sum" -le "$1" ]; then low=$middle; else high=$((middle - 1)); fi
	done
	due_at "$low" "$2"
}
