# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Taps as of guests, connected by bridges, and traffic between them. Source it after tap.sh and flat.sh.

# shellcheck disable=SC2154 # flat.sh has it
tapflow=$tests/../build/tests/measure/tapflow
flow_result=/tmp/kvrm-flow-result

# Scenarios follow one another on one host.
links=()
remove_links() { for link in "${links[@]}"; do ip link del "$link" 2>/dev/null; done; }
trap remove_links EXIT

make_bridge() { # NAME
	[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	modprobe -a tun bridge
	brctl addbr "$1"
	links+=("$1")
	# It would send packets of its own.
	echo 0 >"/sys/class/net/$1/bridge/multicast_snooping"
	ip link set "$1" up
}
tap() { # NAME BRIDGE
	"$tapflow" create "$1"
	links+=("$1")
	ip link set "$1" up
	brctl addif "$2" "$1"
}

# The guest of flat_start net, and a NIC of it: prints the id.
guest_add() { value "$("$nlctl" add net /sys/fs/cgroup/net unlimited)" id; }
nic_add() { value "$("$nlctl" nic-add "$@")" id; }

# flow SENDER RECEIVER [OPTION VALUE]...: as tapflow, a second if brief, and tells its result; begin_flow, and stop_flow or
# end_flow, which
# waits for its own end.
# What the receiver's device dropped because nobody read it in time: no doing of the module's.
unread_of() { echo $(($(<"/sys/class/net/$1/statistics/rx_dropped") + $(<"/sys/class/net/$1/statistics/tx_dropped"))); }
begin_flow() {
	receiver=$2
	# shellcheck disable=SC2034 # used by the scenarios
	began=$SECONDS
	unread_before=$(unread_of "$receiver")
	"$tapflow" "$@" >$flow_result 2>&1 &
	flowing=$!
}
end_flow() {
	wait "$flowing"
	unread=$(($(unread_of "$receiver") - unread_before))
	diag "$(cat $flow_result) unread=$unread"
}
stop_flow() {
	kill "$flowing"
	end_flow
}
flow() {
	# shellcheck disable=SC2154 # tap.sh has it
	begin_flow "$@" ${brief:+--seconds 1}
	end_flow
}
# got KEY: of the last flow, without decimals
got() {
	local number
	number=$(value "$(cat $flow_result)" "$1")
	echo "${number%.*}"
}
lossless() {
	is "$1: nothing is lost" "$(got lost)" "$unread"
	is "$1: in order" "$(got late)" 0
}
