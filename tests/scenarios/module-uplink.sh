#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NICs that share an uplink get what they have reserved, and shares of the rest by weight; what nobody wants is lent, and
# nothing is lost, whatever becomes of uplink, NIC and module. Three guests' taps send, each to one of three others; what
# went through is what the far ends' devices have counted, and who wrote and read the frames.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"
# shellcheck source=tests/lib/taps.sh
. "$(dirname "$0")/../lib/taps.sh"

# A debug kernel is too slow for shares; nothing may be lost, or exceed the uplink, there either.
seconds=10
if [ -e /sys/kernel/debug/kmemleak ]; then
	seconds=2
	within() { skip "$1 (got $2, wanted $3)" 'debug kernel'; }
	at_least() { skip "$1 (got $2, wanted at least $3)" 'debug kernel'; }
fi

capacity=2500000
declare -A far=([a]=x [b]=y [c]=z) flowing receiving
nic() { value "$("$nlctl" nic "${id[$1]}")" "$2"; }
uplink() { value "$("$nlctl" uplink "$wire")" "$1"; }
# share NIC WORD...: as nic-set, and fails as that
share() { "$nlctl" nic-set "${id[$1]}" "${@:2}"; }
# send FROM... [-- OPTION VALUE...]: senders go on until end
send() {
	local from names=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do names+=("$1") && shift; done
	shift
	for from in "${names[@]}"; do
		receiving[$from]=$(unread_of "tap${far[$from]}")
		"$tapflow" "tap$from" "tap${far[$from]}" --seconds 600 --sndbuf 65536 "$@" >"$flow_result.$from" 2>&1 &
		flowing[$from]=$!
	done
}
# Senders stop. What the queue of a far end's device has dropped, because it was not read in time, is not our doing.
end() {
	local from unread
	kill "${flowing[@]}"
	for from in "${!flowing[@]}"; do
		wait "${flowing[$from]}"
		unread=$(($(unread_of "tap${far[$from]}") - receiving[$from]))
		diag "$from: $(cat "$flow_result.$from") unread=$unread"
		is "$1: nothing of $from's is lost" "$(value "$(cat "$flow_result.$from")" lost)" "$unread"
		is "$1: $from's in order" "$(value "$(cat "$flow_result.$from")" late)" 0
	done
	flowing=()
}
got() { # FROM KEY: of the flow that has ended
	local number
	number=$(value "$(cat "$flow_result.$1")" "$2")
	echo "${number%.*}"
}
bytes_at() { echo "$(<"/sys/class/net/tap${far[$1]}/statistics/tx_bytes")"; }
# measure FROM...: bytes a second that come out at the far ends, into rate
declare -A rate
measure() {
	local -A before
	local from began took
	began=${EPOCHREALTIME/[.,]/}
	for from; do before[$from]=$(bytes_at "$from"); done
	sleep $seconds
	took=$((${EPOCHREALTIME/[.,]/} - began))
	for from; do
		rate[$from]=$((($(bytes_at "$from") - before[$from]) * 1000000 / took))
		diag "$from: ${rate[$from]} bytes/s; $("$nlctl" nic "${id[$from]}" | tr ' ' '\n' |
			grep -E '^from-guest-(demand|used|entitled|applied)' | tr '\n' ' ')"
	done
}
# shares WHAT FROM=RATE...: within 2 %, and together no more than the capacity; measured again up to twice, as the
# machine may stand still
shares() {
	local what=$1 pair try sum near
	shift
	for try in 1 2 3; do
		measure "${@%=*}"
		near=1 sum=0
		for pair; do
			tap_within "${rate[${pair%=*}]}" "${pair#*=}" 2 >/dev/null || near=''
			sum=$((sum + rate[${pair%=*}]))
		done
		[ -z "$near" ] || break
	done
	for pair; do within "$what: ${pair%=*}" "${rate[${pair%=*}]}" "${pair#*=}" 2; done
	at_most "$what: all together" $sum $((capacity * 101 / 100))
}
# shellcheck disable=SC2317 # called by eventually
has_passed() { [ "$(nic "$1" from-guest-packets)" -gt "$2" ]; }

modprobe kvrm
flat_start net halt
guest=$(guest_add)
wire=$(value "$("$nlctl" uplink-add wire to-guest-capacity-bytes-per-s=$capacity from-guest-capacity-bytes-per-s=$capacity)" id)
declare -A id
for name in a b c; do
	make_bridge "br$name"
	tap "tap$name" "br$name"
	tap "tap${far[$name]}" "br$name"
	id[$name]=$(nic_add "$guest" "tap$name" uplink-id="$wire")
done
is 'three NICs are on the uplink' "$(uplink members)" 3

# There is enough: nobody is held.
send a b -- --pps 200
sleep 2
is 'while there is enough, the uplink is not contended' "$(uplink from-guest-contended)" 0
is 'a NIC without a limit is held to no rate then' "$(nic a from-guest-applied-bytes-per-s)" ''
measured "what it uses is shown (got $(nic a from-guest-used-bytes-per-s), sent 302800)" \
	tap_within "$(nic a from-guest-used-bytes-per-s)" 302800 20
end 'while there is enough'
is 'after that, nothing is used' "$(eventually 10 sh -c "'$nlctl' uplink $wire | grep -o ' from-guest-used-bytes-per-s=0 '")" \
	' from-guest-used-bytes-per-s=0 '

# Weights; what the others do not want is lent.
send a
shares 'alone on the uplink' a=$capacity
share a from-guest-weight=300 >/dev/null
send b
shares 'by weights of 300 and 100' a=1875000 b=625000
share b from-guest-weight=900 >/dev/null
shares 'by weights that have changed' a=625000 b=1875000
share b from-guest-weight=100 >/dev/null
share a from-guest-weight=100 >/dev/null

# A third one, with a reservation, wakes: at once, and what is left is shared.
share c from-guest-reservation-bytes-per-s=1500000 >/dev/null
send c -- --warm-up 0
shares 'a reservation of 1500000, and equal weights' a=500000 b=500000 c=1500000
is 'what is asked' "$(nic c from-guest-reservation-bytes-per-s)" 1500000
within 'what is entitled' "$(nic c from-guest-entitled-bytes-per-s)" 1500000 1
within 'what is applied' "$(nic a from-guest-applied-bytes-per-s)" 500000 2
end 'with reservation and weights'
at_least 'the first window of the one that woke' "$(got c window-first)" 1425000
at_least 'all but a twentieth of its windows' "$(got c window-p5)" 1425000

# A limit inside; the rest goes to who wants it.
share a from-guest-limit-bytes-per-s=250000 >/dev/null
send a b c
shares 'a limit, a weight and a reservation' a=250000 b=750000 c=1500000
share a from-guest-limit-bytes-per-s=0 >/dev/null
share c from-guest-reservation-bytes-per-s=0 >/dev/null

# Parts of the uplink, in one of which two NICs lie; b's limit leaves to the part what it does not want.
for name in a b c; do share $name from-guest-weight=100 >/dev/null; done
part=$(value "$("$nlctl" uplink-add part parent="$wire" from-guest-weight=300)" id)
ok 'two NICs move to a part of the uplink' "$nlctl" nic-set "${id[a]}" uplink-id="$part"
share b uplink-id="$part" from-guest-weight=200 >/dev/null
shares 'a part, and a NIC beside it' a=625000 b=1250000 c=625000
"$nlctl" uplink-set "$part" from-guest-limit-bytes-per-s=750000
shares 'with a limit of the part' a=250000 b=500000 c=1750000
share a from-guest-reservation-bytes-per-s=600000 >/dev/null
shares 'with a reservation in it' a=600000 b=150000 c=1750000
"$nlctl" uplink-set "$part" from-guest-limit-bytes-per-s=0 from-guest-reservation-bytes-per-s=2000000
shares 'with a reservation of the part' a=666666 b=1333333 c=500000
share b from-guest-limit-bytes-per-s=500000 >/dev/null
shares 'with a limit in it' a=1500000 b=500000 c=500000
share b from-guest-limit-bytes-per-s=0 from-guest-weight=100 uplink-id="$wire" >/dev/null
share a from-guest-reservation-bytes-per-s=0 uplink-id="$wire" >/dev/null
ok 'the part is given back' "$nlctl" uplink-del "$part"

# Live changes of the uplink.
"$nlctl" uplink-set "$wire" from-guest-capacity-bytes-per-s=1250000
capacity=1250000
shares 'half of the uplink' a=416666 b=416666 c=416666
"$nlctl" repeat 1000000 uplink-set "$wire" from-guest-capacity-bytes-per-s=1250000 -- \
	uplink-set "$wire" from-guest-capacity-bytes-per-s=1300000 &
changing=$!
measure a b c
at_most 'changed again and again, no more passes than the more of both lets' $((rate[a] + rate[b] + rate[c])) 1313000
at_least 'nor less than the less' $((rate[a] + rate[b] + rate[c])) 1225000
kill $changing
wait $changing 2>/dev/null
"$nlctl" uplink-set "$wire" from-guest-capacity-bytes-per-s=1250000

# Comings and goings under traffic.
ok 'a NIC leaves the uplink' share c uplink-id=0
passed=$(nic c from-guest-packets)
ok 'it is held to nothing any more' eventually 5 has_passed c $((passed + 5000))
is 'and to no rate' "$(nic c from-guest-applied-bytes-per-s)" ''
shares 'the others have all' a=625000 b=625000
other=$(value "$("$nlctl" uplink-add other to-guest-capacity-bytes-per-s=500000 from-guest-capacity-bytes-per-s=500000)" id)
ok 'one moves to another uplink' share a uplink-id="$other"
ok 'and the third, too' share c uplink-id="$other"
shares 'each uplink by itself' a=250000 b=1250000 c=250000
ok 'a NIC is removed' "$nlctl" nic-del "${id[a]}"
unset 'rate[a]'
shares 'without it' b=1250000 c=500000
end 'whatever was changed'

# Of an uplink that is too small even for a packet.
id[a]=$(nic_add "$guest" tapa uplink-id="$wire")
ok 'an uplink of a byte a second' "$nlctl" uplink-set "$other" from-guest-capacity-bytes-per-s=1
send c
sleep 1
ok 'what waits there goes once it is larger' "$nlctl" uplink-set "$other" from-guest-capacity-bytes-per-s=500000
capacity=500000
shares 'after that' c=500000
end 'through it'

# To the guest: the far ends are the guests.
capacity=2500000
for name in a b c; do
	"$nlctl" nic-del "${id[$name]}"
	id[$name]=$(nic_add "$guest" "tap${far[$name]}" uplink-id="$wire")
done
share b to-guest-weight=300 to-guest-reservation-bytes-per-s=1000000 >/dev/null
send a b
shares 'to guests, by weight' a=625000 b=1875000
share b to-guest-weight=1 >/dev/null
shares 'to guests, by reservation' a=1500000 b=1000000
end 'to guests'

# The guest goes, and the module, while packets wait.
for name in a b c; do
	"$nlctl" nic-del "${id[$name]}"
	id[$name]=$(nic_add "$guest" "tap$name" uplink-id="$wire" from-guest-reservation-bytes-per-s=100000)
done
send a b c
sleep 1
ok 'the guest is removed meanwhile' "$nlctl" del "$guest"
is 'nothing is reserved any more' "$(uplink from-guest-reserved-bytes-per-s)" 0
guest=$(guest_add)
wire=$(value "$("$nlctl" uplink-add wire to-guest-capacity-bytes-per-s=$capacity from-guest-capacity-bytes-per-s=$capacity)" id)
for name in a b c; do id[$name]=$(nic_add "$guest" "tap$name" uplink-id="$wire"); done
sleep 1
ok 'the module is unloaded meanwhile' rmmod kvrm
end 'when guest and module go'
modprobe kvrm
is 'uplinks went with it' "$("$nlctl" uplinks)" ''
flat_stop net
ok 'unloads' rmmod kvrm
done_testing
