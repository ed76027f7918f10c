#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Limits of NICs hold in both directions and lose nothing, and no packet is stranded whatever becomes of guest, device
# and module. Taps as of guests are connected by a bridge; what goes through them is counted by whoever writes and reads
# the frames, not by kvrm.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"
tapflow=$tests/../build/tests/measure/tapflow
result=/tmp/kvrm-network-result

nic() { value "$("$nlctl" nic "$1")" "$2"; }
flow() {
	"$tapflow" "$@" >$result 2>&1
	diag "$(cat $result)"
}
# got KEY: of the last flow, without decimals
got() {
	local number
	number=$(value "$(cat $result)" "$1")
	echo "${number%.*}"
}
tap() { # NAME
	"$tapflow" create "$1"
	ip link set "$1" up
	brctl addif br0 "$1"
}
limit() { "$nlctl" nic-set "$@" >/dev/null; }
nic_add() { value "$("$nlctl" nic-add "$@")" id; }
lossless() {
	is "$1: nothing is lost" "$(got lost)" 0
	is "$1: in order" "$(got late)" 0
}
# rate WHAT KEY WANTED PER-MILLE FLOW-ARGUMENT...: too little may be the machine's doing, and is measured again
rate() {
	local what=$1 key=$2 wanted=$3 per_mille=$4 try rate
	shift 4
	for try in 1 2 3; do
		flow "$@"
		rate=$(got "$key")
		[ $((rate * 1000)) -lt $((wanted * (1000 - per_mille))) ] || break
	done
	at_least "$what, $key, wanted $wanted" "$rate" $((wanted * (1000 - per_mille) / 1000))
	at_most "$what, $key, wanted $wanted" "$rate" $((wanted * (1000 + per_mille) / 1000))
}
# shellcheck disable=SC2317 # called by eventually
has_queued() { [ "$(nic "$1" from-guest-queued-packets)" -gt 20 ]; }
add_guest() {
	flat_start net halt
	guest=$(value "$("$nlctl" add net /sys/fs/cgroup/net unlimited)" id)
}

echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null
modprobe -a tun bridge
modprobe kvrm
brctl addbr br0
# It would send packets of its own.
echo 0 >/sys/class/net/br0/bridge/multicast_snooping
ip link set br0 up
for name in tapa tapb tapc; do tap $name; done
add_guest
a=$(nic_add "$guest" tapa)
b=$(nic_add "$guest" tapb)
like 'two NICs' "$a $b" '^[0-9]+ [0-9]+$'

flow tapa tapb --seconds 1 --sndbuf 65536
lossless 'without a limit'
is 'without a limit all is counted on the way from a guest' "$(nic "$a" from-guest-packets)" "$(got sent)"
is 'and on the way to the other' "$(nic "$b" to-guest-bytes)" "$(got bytes)"
is 'and nothing is held back' "$(nic "$b" to-guest-delayed-packets)" 0

limit "$a" from-guest-limit-bytes-per-s=125000
rate 'from the guest, 1 Mbit/s' bytes-per-s 125000 5 tapa tapb --seconds 4 --sndbuf 65536
lossless 'a sender that waits'
at_least 'the time in which it was held back, in ms' $(($(nic "$a" from-guest-limited-ns) / 1000000)) 3500
limit "$a" from-guest-limit-bytes-per-s=12500000
rate 'from the guest, 100 Mbit/s' bytes-per-s 12500000 5 tapa tapb --seconds 3 --sndbuf 262144
lossless 'at 100 Mbit/s'
limit "$a" from-guest-limit-bytes-per-s=125000
rate 'packets of 64 KiB at 1 Mbit/s' bytes-per-s 125000 5 tapa tapb --seconds 3 --sndbuf 65536 --gso 1
lossless 'of packets that were segmented'
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
rate 'to a guest that is too slow' bytes-per-s 125000 5 tapa tapb --seconds 3 --sndbuf 65536 --pps 500 --drain 3
is 'what is lost was dropped by the queue, and counted' $(($(nic "$b" to-guest-dropped-full) - before)) "$(got lost)"
at_least 'its sender is not blocked, frames sent' "$(got sent)" 1400

# A ping beside a download. In the same flow as that it waits in one queue with it, as it would in any FIFO.
flow tapa tapb --seconds 4 --sndbuf 65536 --pps 200 --ping tapc --flow same --drain 2
fifo=$(got ping-median-us)
flow tapa tapb --seconds 3 --sndbuf 65536 --pps 200 --ping tapc --flow own --drain 2
at_most "the median ping in us, through a FIFO it takes $fifo" "$(got ping-median-us)" $((fifo / 5))
at_least 'pings that arrived' "$(got pings-received)" $(($(got pings) * 95 / 100))
limit "$b" to-guest-limit-bytes-per-s=0

# Nobody waits: the queue has a bound.
limit "$a" from-guest-limit-bytes-per-s=1250000
before=$(nic "$a" from-guest-dropped-full)
flow tapa tapb --seconds 2 --drain 2
is 'a sender without a bound loses what does not fit in, and all of it is counted' \
	$(($(nic "$a" from-guest-dropped-full) - before)) "$(got lost)"

# Changes under traffic.
"$nlctl" repeat 20000 nic-set "$a" from-guest-limit-bytes-per-s=1250000 -- nic-set "$a" from-guest-limit-bytes-per-s=2500000 &
changing=$!
flow tapa tapb --seconds 3 --sndbuf 65536
kill $changing 2>/dev/null
wait $changing 2>/dev/null
lossless 'while the limit is changed again and again'
at_most 'and no more passes than the higher limit lets' "$(got bytes-per-s)" 2525000

# The guest goes, and the module, while packets wait: these pass.
limit "$a" from-guest-limit-bytes-per-s=25000
"$tapflow" tapa tapb --seconds 3 --sndbuf 65536 --pps 100 >$result &
flowing=$!
ok 'packets wait' eventually 5 has_queued "$a"
ok 'the guest is removed meanwhile' "$nlctl" del "$guest"
wait $flowing
diag "$(cat $result)"
lossless 'when the guest is removed'
is 'its NICs went with it' "$("$nlctl" nics)" ''
"$tapflow" tapa tapb --seconds 6 --sndbuf 65536 --pps 100 >$result &
flowing=$!
for round in 1 2 3 4; do
	guest=$(value "$("$nlctl" add net /sys/fs/cgroup/net unlimited)" id)
	a=$(nic_add "$guest" tapa from-guest-limit-bytes-per-s=25000)
	ok "packets wait ($round)" eventually 5 has_queued "$a"
	ok "the module is unloaded meanwhile ($round)" rmmod kvrm
	modprobe kvrm
done
wait $flowing
diag "$(cat $result)"
lossless 'when the module is unloaded'
guest=$(value "$("$nlctl" add net /sys/fs/cgroup/net unlimited)" id)

# The device goes.
a=$(nic_add "$guest" tapa from-guest-limit-bytes-per-s=25000)
"$tapflow" tapa tapb --seconds 3 --sndbuf 65536 >$result &
flowing=$!
ok 'packets wait' eventually 5 has_queued "$a"
ok 'the bridge lets go of the device meanwhile' brctl delif br0 tapa
ok 'the device goes down' ip link set tapa down
is 'nothing waits any more' "$(nic "$a" from-guest-queued-packets)" 0
at_least 'what waited was dropped, and counted' "$(nic "$a" from-guest-dropped-device)" 1
ip link set tapa up
ok 'packets wait again' eventually 5 has_queued "$a"
ok 'the device is removed' ip link del tapa
is 'the NIC is gone' "$(nic "$a" state)" 2
wait $flowing
diag "$(cat $result)"
ok 'it can be removed' "$nlctl" nic-del "$a"

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
done_testing
