#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Limits of NICs hold in both directions and lose nothing, and no packet is stranded whatever becomes of guest, device
# and module. Taps as of guests are connected by a bridge; what goes through them is counted by whoever writes and reads
# the frames, not by kvrm.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"
# shellcheck source=tests/lib/taps.sh
. "$(dirname "$0")/../lib/taps.sh"

# Nothing may exceed limits if it is not judged whether they are reached, either.
rates_unjudged

nic() { value "$("$nlctl" nic "$1")" "$2"; }
limit() { "$nlctl" nic-set "$@" >/dev/null; }
# rate WHAT KEY WANTED PER-MILLE FLOW-ARGUMENT...: too little may be the machine's doing, and is measured again
rate() {
	local what=$1 key=$2 wanted=$3 per_mille=$4 try rate
	shift 4
	for try in 1 2 3; do
		flow "$@"
		rate=$(got "$key")
		[ -z "$brief" ] || break
		[ $((rate * 1000)) -lt $((wanted * (1000 - per_mille))) ] || break
	done
	at_least "$what, $key, wanted $wanted" "$rate" $((wanted * (1000 - per_mille) / 1000))
	at_most "$what, $key, wanted $wanted" "$rate" $((wanted * (1000 + per_mille) / 1000))
}
# delays LINE WAY: how many packets the histogram has, of numbers of 64 bits as this machine has them
delays() {
	local hex number sum=0 at byte
	hex=$(value "$1" "$2-queue-delays")
	for ((at = 0; at < ${#hex}; at += 16)); do
		number=''
		for ((byte = at; byte < at + 16; byte += 2)); do number=${hex:byte:2}$number; done
		sum=$((sum + 16#$number))
	done
	echo $sum
}
# evicted NIC WAY: packets that were ever held back but neither wait, nor have gone on with a delay, nor went with the
# device: dropped to make room for another flow
evicted() {
	local said
	said=$("$nlctl" nic "$1")
	echo $(($(value "$said" "$2-delayed-packets") - $(delays "$said" "$2") -
		$(value "$said" "$2-queued-packets") - $(value "$said" "$2-dropped-device")))
}
# shellcheck disable=SC2317 # called by eventually
has_queued() { [ "$(nic "$1" from-guest-queued-packets)" -gt 20 ]; }

modprobe kvrm
make_bridge br0
for name in tapa tapb tapc; do tap $name br0; done
flat_start net halt
guest=$(guest_add)
a=$(nic_add "$guest" tapa)
b=$(nic_add "$guest" tapb)
like 'two NICs' "$a $b" '^[0-9]+ [0-9]+$'

flow tapa tapb --seconds 1 --sndbuf 65536
lossless 'without a limit'
is 'without a limit all is counted on the way from a guest' "$(nic "$a" from-guest-packets)" "$(got sent)"
is 'and on the way to the other' "$(nic "$b" to-guest-bytes)" $(($(got bytes) + unread * 1514))
is 'and nothing is held back' "$(nic "$b" to-guest-delayed-packets)" 0
is 'nor has any a delay' "$(delays "$("$nlctl" nic "$b")" to-guest) $(nic "$b" to-guest-queue-delay-ns)" '0 0'

limit "$a" from-guest-limit-bytes-per-s=125000
rate 'from the guest, 1 Mbit/s' bytes-per-s 125000 5 tapa tapb --seconds 4 --sndbuf 65536
lossless 'a sender that waits'
at_least 'the time in which it was held back, in ms' $(($(nic "$a" from-guest-limited-ns) / 1000000)) 3500
held=$(delays "$("$nlctl" nic "$a")" from-guest)
ok 'packets that waited have a delay' [ "$held" -ge 10 ]
is 'all that did' "$(evicted "$a" from-guest)" 0
# As long as the send buffer takes at the limit, some 28 frames of 12 ms.
mean=$(($(nic "$a" from-guest-queue-delay-ns) / (held ? held : 1) / 1000000))
at_least 'and on average, in ms' "$mean" 100
at_most 'and on average, in ms' "$mean" 600
limit "$a" from-guest-limit-bytes-per-s=12500000
rate 'from the guest, 100 Mbit/s' bytes-per-s 12500000 5 tapa tapb --seconds 3 --sndbuf 262144
lossless 'at 100 Mbit/s'
limit "$a" from-guest-limit-bytes-per-s=125000
rate 'packets of 64 KiB at 1 Mbit/s' bytes-per-s 125000 5 tapa tapb --seconds 3 --sndbuf 65536 --gso 1
lossless 'of packets that were segmented'
is 'each segment that waited has a delay' "$(evicted "$a" from-guest)" 0
if modprobe vhost_net 2>/dev/null; then
	limit "$a" from-guest-limit-bytes-per-s=1250000
	rate 'from the guest through vhost-net' bytes-per-s 1250000 5 tapa tapb --seconds 3 --sndbuf 65536 --vhost 1 --drain 2
	lossless 'through vhost-net'
else
	skip 'vhost-net' 'there is none'
fi
limit "$a" from-guest-limit-bytes-per-s=0 from-guest-limit-packets-per-s=2000
rate 'from the guest, 2000 packets/s' frames-per-s 2000 10 tapa tapb --seconds 3 --sndbuf 65536 --size 100
lossless 'by packets'
limit "$a" from-guest-limit-packets-per-s=0

limit "$b" to-guest-limit-bytes-per-s=1250000
rate 'to the guest, 10 Mbit/s' bytes-per-s 1250000 5 tapa tapb --seconds 3 --sndbuf 65536
lossless 'a sender to a slow guest waits, too'
limit "$b" to-guest-limit-bytes-per-s=0 to-guest-limit-packets-per-s=2000
rate 'to the guest, 2000 packets/s' frames-per-s 2000 10 tapa tapb --seconds 3 --sndbuf 65536 --size 100
limit "$b" to-guest-limit-packets-per-s=0 to-guest-limit-bytes-per-s=125000
before=$(nic "$b" to-guest-dropped-full)
flow tapa tapb --seconds 3 --sndbuf 65536 --pps 500 --drain 3
within 'to a guest that is too slow, bytes-per-s' "$(got bytes-per-s)" 125000 1
is 'what is lost was dropped by the queue, and counted' $(($(nic "$b" to-guest-dropped-full) - before + unread)) "$(got lost)"
at_least 'its sender is not blocked, frames sent' "$(got sent)" 1400

# A ping beside a download. In the same flow as that it waits in one queue with it, as it would in any FIFO.
flow tapa tapb --seconds 4 --sndbuf 65536 --pps 200 --ping tapc --flow same --drain 2
fifo=$(got ping-median-us)
flow tapa tapb --seconds 3 --sndbuf 65536 --pps 200 --ping tapc --flow own --drain 2
at_least "a fifth of the median ping through a FIFO, in us; through this it takes $(got ping-median-us)" \
	$((fifo / 5)) "$(got ping-median-us)"
at_least 'pings that arrived' "$(got pings-received)" $(($(got pings) * 95 / 100))
# There are two flows: what one of them lost to the other had waited, and has no delay.
evicted=$(evicted "$b" to-guest)
diag "$evicted of $(nic "$b" to-guest-dropped-full) that were dropped had waited"
ok 'none went on more than once' [ "$evicted" -ge 0 ]
ok 'what waited and has no delay was dropped by the queue' [ "$evicted" -le "$(nic "$b" to-guest-dropped-full)" ]
limit "$b" to-guest-limit-bytes-per-s=0

# Nobody waits: the queue has a bound.
limit "$a" from-guest-limit-bytes-per-s=1250000
before=$(nic "$a" from-guest-dropped-full)
flow tapa tapb --seconds 2 --drain 2
is 'a sender without a bound loses what does not fit in, and all of it is counted' \
	$(($(nic "$a" from-guest-dropped-full) - before + unread)) "$(got lost)"

limit "$a" from-guest-limit-bytes-per-s=250000
before=$(nic "$a" from-guest-dropped-full)
flow tapa tapb --seconds 3 --size 78 --drain 2
at_most 'a flood of small frames, bytes-per-s' "$(got bytes-per-s)" 252500
is 'what it loses is counted' $(($(nic "$a" from-guest-dropped-full) - before + unread)) "$(got lost)"

# What came in has gone out, was dropped or waits, at any moment.
came_in() { cat /sys/class/net/tapa/statistics/rx_packets; }
went_on() { # what the module has counted, summed
	local said word sum=0
	said=$("$nlctl" nic "$a")
	for word in packets dropped-full dropped-device dropped-memory queued-packets; do
		sum=$((sum + $(value "$said" "from-guest-$word")))
	done
	echo $sum
}
limit "$a" from-guest-limit-bytes-per-s=50000
in_before=$(came_in) on_before=$(went_on)
begin_flow tapa tapb --seconds 600 --pps 400
ok 'packets wait' eventually 5 has_queued "$a"
sleep 2
kill "$flowing"
sleep 0.3
diag "$("$nlctl" nic "$a" | grep -o 'from-guest-[a-z-]*packets=[0-9]*\|from-guest-dropped[a-z-]*=[0-9]*' | xargs)"
at_least 'some still do' "$(nic "$a" from-guest-queued-packets)" 1
is 'what came in has gone out, was dropped or waits' $(($(went_on) - on_before)) $(($(came_in) - in_before))
is 'of one flow, all that was held back waits or has a delay' "$(evicted "$a" from-guest)" 0
end_flow
is 'and at last, has gone out or was dropped' $(($(went_on) - on_before)) $(($(came_in) - in_before))
if [ -z "$brief" ]; then
	limit "$a" from-guest-limit-bytes-per-s=10000
	rate 'packets of 64 KiB at 10 kB/s' bytes-per-s 10000 60 tapa tapb --seconds 6 --sndbuf 65536 --gso 1
	lossless 'of few segments a second'
fi
limit "$a" from-guest-limit-bytes-per-s=0

# The least that can be asked for: a frame takes 25 minutes.
for way in from to; do
	like "no limit $way a guest of 2^64 - 1 bytes per second" \
		"$("$nlctl" nic-set "$a" $way-guest-limit-bytes-per-s=18446744073709551615 2>&1)" "$way-guest-limit-bytes-per-s"
done
limit "$a" from-guest-limit-bytes-per-s=1
begin_flow tapa tapb --seconds 600 --sndbuf 65536
ok 'at a byte per second packets wait' eventually 5 has_queued "$a"
passed=$(nic "$a" from-guest-packets)
sleep 3
is 'and none goes on' $(($(nic "$a" from-guest-packets) - passed)) 0
# And the most: all that waits goes on.
limit "$a" from-guest-limit-bytes-per-s=1099511627776
sleep 1
is 'at a TB per second none waits' "$(nic "$a" from-guest-queued-packets)" 0
stop_flow
lossless 'from a byte per second to a TB'
limit "$a" from-guest-limit-bytes-per-s=0
limit "$b" to-guest-limit-bytes-per-s=1
before=$(nic "$b" to-guest-dropped-full)
begin_flow tapa tapb --seconds 600 --sndbuf 65536 --pps 200
sleep 3
limit "$b" to-guest-limit-bytes-per-s=0
sleep 0.5
stop_flow
is 'to a guest that may have a byte per second, what is lost was dropped by the queue, and counted' \
	$(($(nic "$b" to-guest-dropped-full) - before + unread)) "$(got lost)"
at_least 'its sender was not blocked, frames sent' "$(got sent)" 500

# Changes under traffic.
changed() { # WHAT DIRECTION NIC BYTES-PER-S OTHER SNDBUF: between the two rates, as fast as can be; sets changes
	local seconds=3 said=/tmp/kvrm-changed
	[ -z "$brief" ] || seconds=1
	"$nlctl" flood $seconds nic-set "$3" "$2-limit-bytes-per-s=$4" -- nic-set "$3" "$2-limit-bytes-per-s=$5" >$said 2>&1 &
	changing=$!
	flow tapa tapb --seconds 3 --sndbuf "$6"
	wait $changing
	changes=$(<$said)
	diag "$changes"
	is "while the limit $2 $1: no change is refused" "$(value "$changes" refused)" 0
	lossless "while the limit $2 $1"
	limit "$3" "$2-limit-bytes-per-s=0"
}
for each in "from-guest $a" "to-guest $b"; do
	read -r way nic <<<"$each"
	changed 'is changed again and again' "$way" "$nic" 1250000 2500000 65536
	at_most 'and no more passes than the higher limit lets' "$(got bytes-per-s)" 2525000
	at_least 'changes a second' "$(value "$changes" per-s)" 10000
	changed 'comes and goes' "$way" "$nic" 25000000 0 262144
done

# The guest goes, and the module, while packets wait: these pass.
limit "$a" from-guest-limit-bytes-per-s=25000
begin_flow tapa tapb --seconds 600 --sndbuf 65536 --pps 100
ok 'packets wait' eventually 5 has_queued "$a"
ok 'the guest is removed meanwhile' "$nlctl" del "$guest"
stop_flow
lossless 'when the guest is removed'
is 'its NICs went with it' "$("$nlctl" nics)" ''
begin_flow tapa tapb --seconds 600 --sndbuf 65536 --pps 100
for round in 1 2 3 4; do
	guest=$(guest_add)
	a=$(nic_add "$guest" tapa from-guest-limit-bytes-per-s=25000)
	ok "packets wait ($round)" eventually 5 has_queued "$a"
	ok "the module is unloaded meanwhile ($round)" rmmod kvrm
	modprobe kvrm
done
stop_flow
lossless 'when the module is unloaded'
guest=$(guest_add)

# The device goes.
a=$(nic_add "$guest" tapa from-guest-limit-bytes-per-s=25000)
begin_flow tapa tapb --seconds 600 --sndbuf 65536
ok 'packets wait' eventually 5 has_queued "$a"
ok 'the bridge lets go of the device meanwhile' brctl delif br0 tapa
ok 'the device goes down' ip link set tapa down
is 'nothing waits any more' "$(nic "$a" from-guest-queued-packets)" 0
ok 'what waited was dropped, and counted' [ "$(nic "$a" from-guest-dropped-device)" -ge 1 ]
is 'and has no delay' "$(evicted "$a" from-guest)" 0
ip link set tapa up
ok 'packets wait again' eventually 5 has_queued "$a"
ok 'the device is removed' ip link del tapa
is 'the NIC is gone' "$(nic "$a" state)" 2
is 'and so are those that waited, without a delay' "$(evicted "$a" from-guest)" 0
stop_flow
ok 'it can be removed' "$nlctl" nic-del "$a"

# It moves to another network namespace while packets wait, and ends with it.
tap tapd br0
d=$(nic_add "$guest" tapd from-guest-limit-bytes-per-s=25000)
begin_flow tapd tapb --seconds 600 --sndbuf 65536
ok 'packets wait' eventually 5 has_queued "$d"
unshare -n sleep 600 &
elsewhere=$!
# shellcheck disable=SC2317 # called by eventually
is_elsewhere() { [ "$(readlink "/proc/$elsewhere/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
eventually 5 is_elsewhere >/dev/null
ok 'the device is moved to another network namespace' ip link set tapd netns $elsewhere
is 'the NIC is gone' "$(nic "$d" state)" 2
is 'nothing waits any more' "$(nic "$d" from-guest-queued-packets)" 0
ok 'what waited was dropped, and counted' [ "$(nic "$d" from-guest-dropped-device)" -ge 1 ]
is 'and has no delay' "$(evicted "$d" from-guest)" 0
kill $elsewhere
wait $elsewhere 2>/dev/null
stop_flow
ok 'it can be removed' "$nlctl" nic-del "$d"

# The far end of a macvtap is the near end of another's: directions are the guest's nevertheless.
brctl delif br0 tapc
if modprobe macvtap 2>/dev/null && ip link add link tapc name mvt0 type macvtap; then
	ip link set mvt0 up
	mac=$(cat /sys/class/net/mvt0/address)
	m=$(nic_add "$guest" mvt0 from-guest-limit-bytes-per-s=1250000 to-guest-limit-bytes-per-s=2500000)
	rate 'from a guest with a macvtap' bytes-per-s 1250000 5 mvt0 tapc --seconds 3 --sndbuf 65536
	lossless 'through a macvtap'
	rate 'to a guest with a macvtap' bytes-per-s 2500000 5 tapc mvt0 --seconds 3 --sndbuf 65536 --to "$mac"
	lossless 'to a macvtap'
	ok 'it is removed with its NIC' "$nlctl" nic-del "$m"
else
	skip 'a macvtap' 'there is none'
fi

flat_stop net
ok 'an ended guest is removed' eventually 10 sh -c "[ -z \"\$('$nlctl' guests)\" ]"
is 'with its NICs' "$("$nlctl" nics)" ''
ok 'unloads' rmmod kvrm

# A guest ends, and its NICs with it, at the moment in which the module goes.
went=0 rounds=20
[ -z "$brief" ] || rounds=5
for ((round = 0; round < rounds; round++)); do
	flat_start net halt
	modprobe kvrm
	nic_add "$(guest_add)" tapb from-guest-limit-bytes-per-s=25000 >/dev/null
	(sleep "$(printf 0.%03d $((round * 80 / rounds)))" && echo 1 >/sys/fs/cgroup/net/cgroup.kill) &
	killing=$!
	rmmod kvrm && went=$((went + 1))
	wait $killing
	flat_stop net
done
is 'the module goes while a guest ends' "$went" "$round"
done_testing
