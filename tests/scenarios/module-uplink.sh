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

# Nothing may be lost, or exceed the uplink, if shares are not judged, either.
rates_unjudged
seconds=5 long=10
[ -z "$brief" ] || seconds=1 long=1

capacity=1000000
declare -A senders unread_by
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
		unread_by[$from]=$(unread_of "far-$from")
		"$tapflow" "tap$from" "far-$from" --seconds 600 --sndbuf 65536 "$@" >"$flow_result.$from" 2>&1 &
		senders[$from]=$!
	done
}
# end WHAT [FROM...]: senders stop, or all. What the queue of a far end's device has dropped, because it was not read in
# time, is not our doing.
end() {
	local from unread names=("${@:2}")
	[ $# -gt 1 ] || names=("${!senders[@]}")
	for from in "${names[@]}"; do kill "${senders[$from]}"; done
	for from in "${names[@]}"; do
		wait "${senders[$from]}"
		unset "senders[$from]"
		unread=$(($(unread_of "far-$from") - unread_by[$from]))
		diag "$from: $(cat "$flow_result.$from") unread=$unread"
		is "$1: nothing of $from's is lost" "$(value "$(cat "$flow_result.$from")" lost)" "$unread"
		is "$1: $from's in order" "$(value "$(cat "$flow_result.$from")" late)" 0
	done
}
# measure FROM...: bytes a second that come out at the far ends, in windows of 100 ms in which the machine did not stand
# still, into lines
measure() {
	local from
	lines=$("$cpuwindows" --clock bytes --seconds "$seconds" "${@/#/"/sys/class/net/far-"}")
	diag "$lines"
	for from; do
		diag "$from: $("$nlctl" nic "${id[$from]}" | tr ' ' '\n' |
			grep -E '^(to|from)-guest-(demand|used|entitled|applied)' | tr '\n' ' ')"
	done
}
of() { value "$(grep "^far-$1 " <<<"$lines")" "$2"; }
# as_due FROM=RATE...: whether rates are within 2 %
as_due() {
	local pair
	for pair; do tap_within "$(of "${pair%=*}" window-mean)" "${pair#*=}" 2 >/dev/null || return 1; done
}
# shares WHAT FROM=RATE...: within 2 %, and together no more than the capacity; measured again up to twice, as the
# machine may be busy with something else; what is wrong is wrong each time
shares() {
	local what=$1 pair sum=0
	shift
	for _ in 1 2 3; do
		measure "${@%=*}"
		if [ -n "$brief" ] || as_due "$@"; then break; fi
	done
	for pair; do
		within "$what: ${pair%=*}" "$(of "${pair%=*}" window-mean)" "${pair#*=}" 2
		sum=$((sum + $(of "${pair%=*}" rate)))
	done
	at_most "$what: all together" $sum $((capacity * 101 / 100))
}
# shellcheck disable=SC2317 # called by eventually, like those below
is_free() { [ -z "$(nic "$1" from-guest-applied-bytes-per-s)" ]; }
# shellcheck disable=SC2317
is_calm() { tap_equal "$(uplink from-guest-contended)" 0; }
# shellcheck disable=SC2317
uses() { tap_within "$(nic "$1" from-guest-used-bytes-per-s)" "$2" 20; }
# shellcheck disable=SC2317
has_passed() { [ "$(nic "$1" from-guest-packets)" -gt "$2" ]; }

modprobe kvrm
flat_start net halt
guest=$(guest_add)
wire=$(value "$("$nlctl" uplink-add wire to-guest-capacity-bytes-per-s=$capacity from-guest-capacity-bytes-per-s=$capacity)" id)
declare -A id
for name in a b c; do
	make_bridge "br$name"
	tap "tap$name" "br$name"
	tap "far-$name" "br$name"
	id[$name]=$(nic_add "$guest" "tap$name" uplink-id="$wire")
done
is 'three NICs are on the uplink' "$(uplink members)" 3

# There is enough: nobody is held.
send a b -- --pps 100
sleep 2
# A sender that did not get to run makes up for it.
measured 'while there is enough, the uplink is not contended' eventually 10 is_calm
ok 'a NIC without a limit is held to no rate then' eventually 5 is_free a
[ -n "$brief" ] || measured 'what it uses is shown, about 151400' eventually 10 uses a 151400
end 'while there is enough'
is 'after that, nothing is used' "$(eventually 10 sh -c "'$nlctl' uplink $wire | grep -o ' from-guest-used-bytes-per-s=0 '")" \
	' from-guest-used-bytes-per-s=0 '

# Weights; what the others do not want is lent.
send a
shares 'alone on the uplink' a=$capacity
share a from-guest-weight=300 >/dev/null
send b
seconds=$long shares 'by weights of 300 and 100' a=750000 b=250000
share b from-guest-weight=900 >/dev/null
shares 'by weights that have changed' a=250000 b=750000
share b from-guest-weight=100 >/dev/null
share a from-guest-weight=100 >/dev/null

# A third one, with a reservation, wakes: at once, and what is left is shared.
share c from-guest-reservation-bytes-per-s=600000 >/dev/null
for _ in 1 2 3 4 5; do
	flow tapc far-c --seconds 1 --sndbuf 65536 --warm-up 0
	first=$(got window-first)
	if [ -n "$brief" ] || [ "$first" -ge 570000 ]; then break; fi
done
at_least 'the first window of 100 ms of one that wakes with a reservation of 600000' "$first" 570000
lossless 'waking'
send c
seconds=$long shares 'a reservation of 600000, and equal weights' a=200000 b=200000 c=600000
at_least 'all but a twentieth of its windows' "$(of c window-p5)" 570000
is 'what is asked' "$(nic c from-guest-reservation-bytes-per-s)" 600000
within 'what is entitled' "$(nic c from-guest-entitled-bytes-per-s)" 600000 1
within 'what is applied' "$(nic a from-guest-applied-bytes-per-s)" 200000 2
end 'with reservation and weights'

# A limit inside; the rest goes to who wants it.
share a from-guest-limit-bytes-per-s=100000 >/dev/null
send a b c
shares 'a limit, a weight and a reservation' a=100000 b=300000 c=600000
share a from-guest-limit-bytes-per-s=0 >/dev/null
share c from-guest-reservation-bytes-per-s=0 >/dev/null

# Parts of the uplink, in one of which two NICs lie; b's limit leaves to the part what it does not want.
for name in a b c; do share $name from-guest-weight=100 >/dev/null; done
part=$(value "$("$nlctl" uplink-add part parent="$wire" from-guest-weight=300)" id)
ok 'two NICs move to a part of the uplink' "$nlctl" nic-set "${id[a]}" uplink-id="$part"
share b uplink-id="$part" from-guest-weight=200 >/dev/null
seconds=$long shares 'a part, and a NIC beside it' a=250000 b=500000 c=250000
"$nlctl" uplink-set "$part" from-guest-limit-bytes-per-s=300000
shares 'with a limit of the part' a=100000 b=200000 c=700000
share a from-guest-reservation-bytes-per-s=240000 >/dev/null
shares 'with a reservation in it' a=240000 b=60000 c=700000
"$nlctl" uplink-set "$part" from-guest-limit-bytes-per-s=0 from-guest-reservation-bytes-per-s=800000
shares 'with a reservation of the part' a=266666 b=533333 c=200000
share b from-guest-limit-bytes-per-s=200000 >/dev/null
shares 'with a limit in it' a=600000 b=200000 c=200000

# It goes to another uplink with both NICs, and comes back, while packets wait.
share b from-guest-limit-bytes-per-s=0 >/dev/null
away=$(value "$("$nlctl" uplink-add away to-guest-capacity-bytes-per-s=1000000 from-guest-capacity-bytes-per-s=300000)" id)
ok 'a part that reserves more than there is does not move' sh -c "! '$nlctl' uplink-set $part parent=$away"
share a from-guest-reservation-bytes-per-s=0 >/dev/null
ok 'one that reserves less does' "$nlctl" uplink-set "$part" parent="$away" from-guest-reservation-bytes-per-s=300000
is 'with its NICs' "$(nic a uplink-id) $(nic b uplink-id)" "$part $part"
# Of both uplinks.
capacity=1300000
shares 'a part that has moved' a=100000 b=200000 c=1000000
capacity=1000000
ok 'it comes back' "$nlctl" uplink-set "$part" parent="$wire" from-guest-reservation-bytes-per-s=0
shares 'where it has its weight of 300' a=250000 b=500000 c=250000
ok 'the other uplink is empty' "$nlctl" uplink-del "$away"
share b from-guest-limit-bytes-per-s=0 from-guest-weight=100 uplink-id="$wire" >/dev/null
share a from-guest-reservation-bytes-per-s=0 uplink-id="$wire" >/dev/null
ok 'the part is given back' "$nlctl" uplink-del "$part"

# Live changes of the uplink.
"$nlctl" uplink-set "$wire" from-guest-capacity-bytes-per-s=500000
capacity=500000
shares 'half of the uplink' a=166666 b=166666 c=166666
"$nlctl" repeat 1000000 uplink-set "$wire" from-guest-capacity-bytes-per-s=500000 -- \
	uplink-set "$wire" from-guest-capacity-bytes-per-s=520000 &
changing=$!
measure a b c
at_most 'changed again and again, no more passes than the more of both lets' \
	$(($(of a rate) + $(of b rate) + $(of c rate))) 525200
at_least 'nor less than the less' $(($(of a window-mean) + $(of b window-mean) + $(of c window-mean))) 490000
kill $changing
wait $changing 2>/dev/null
"$nlctl" uplink-set "$wire" from-guest-capacity-bytes-per-s=500000

# Comings and goings under traffic.
ok 'a NIC leaves the uplink' share c uplink-id=0 from-guest-limit-bytes-per-s=1200000
passed=$(nic c from-guest-packets)
ok 'it is held to its limit only' eventually 5 has_passed c $((passed + 1000))
is 'as is shown' "$(nic c from-guest-applied-bytes-per-s)" 1200000
shares 'the others have all' a=250000 b=250000
other=$(value "$("$nlctl" uplink-add other to-guest-capacity-bytes-per-s=200000 from-guest-capacity-bytes-per-s=200000)" id)
ok 'one moves to another uplink' share a uplink-id="$other"
ok 'and the third, too' share c uplink-id="$other" from-guest-limit-bytes-per-s=0
# Of both.
capacity=700000
shares 'each uplink by itself' a=100000 b=500000 c=100000
ok 'a NIC is removed' "$nlctl" nic-del "${id[a]}"
end 'of a NIC that is removed' a
shares 'without it' b=500000 c=200000
end 'whatever was changed'

# Of an uplink that is too small even for a packet.
id[a]=$(nic_add "$guest" tapa uplink-id="$wire")
ok 'an uplink of a byte a second' "$nlctl" uplink-set "$other" from-guest-capacity-bytes-per-s=1
send c
sleep 1
ok 'what waits there goes once it is larger' "$nlctl" uplink-set "$other" from-guest-capacity-bytes-per-s=200000
capacity=200000
shares 'after that' c=200000
end 'through it'

# To the guest: the far ends are the guests.
capacity=1000000
for name in a b c; do
	"$nlctl" nic-del "${id[$name]}"
	id[$name]=$(nic_add "$guest" "far-$name" uplink-id="$wire")
done
share b to-guest-weight=300 to-guest-reservation-bytes-per-s=400000 >/dev/null
# What a sender has on its way must fit into 100 ms.
send a b -- --sndbuf 16384
seconds=$long shares 'to guests, by weight' a=250000 b=750000
share b to-guest-weight=1 >/dev/null
shares 'to guests, by reservation' a=600000 b=400000
end 'to guests'

# The guest goes, and the module, while packets wait.
for name in a b c; do
	"$nlctl" nic-del "${id[$name]}"
	id[$name]=$(nic_add "$guest" "tap$name" uplink-id="$wire" from-guest-reservation-bytes-per-s=40000)
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
