#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How exact limits of network cards are for a Linux guest, by what arrives at the other end: by TCP and UDP, to the guest
# and from it, by vhost-net and by QEMU itself; and none is lost of what a sender that waits for room has sent.
# shellcheck disable=SC2317 # called through ok, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
netflow=$tests/../build/tests/guests/netflow
nlctl=$tests/../build/tests/kselftest/nlctl

kvrmd_prepare_busy
linux_prepare
flow_clean() {
	kvrmd_clean
	for bridge in br-vhost br-qemu; do ip link del "$bridge" 2>/dev/null; done
}
trap flow_clean EXIT

seconds=10
limit=500000
# Of whole Ethernet frames, which is what is limited, these parts are payload: of TCP 1448 of 1514 bytes, of datagrams 1400
# of 1442.
declare -A payload=([tcp]=$((limit * 1448 / 1514)) [udp]=$((limit * 1400 / 1442)))
declare -A network=([vhost]=192.0.2 [qemu]=198.51.100) tap=()
value() { sed -nE "s/^(.* )?$2=([^ ]*).*/\\2/p" <<<"$1"; }
# unread vhost|qemu: what the tap dropped because nobody read it in time, ever: no doing of the limit's
unread() {
	local statistics=/sys/class/net/${tap[$1]}/statistics
	echo $(($(<"$statistics/rx_dropped") + $(<"$statistics/tx_dropped")))
}

# from tcp|udp vhost|qemu, to ...: traffic in one direction; sets told and sent, what receiver and sender say. It goes on
# for longer than is measured.
from() {
	local receiver
	"$netflow" receive "$1" 7001 "$seconds" >/tmp/flow 2>&1 &
	receiver=$!
	sent=$(order web netflow send "$1" "${network[$2]}.1" 7001 $((seconds + 3)))
	wait "$receiver"
	told=$(</tmp/flow)
}
to() {
	local receiver
	order web netflow receive "$1" 7002 "$seconds" >/tmp/flow &
	receiver=$!
	sent=$("$netflow" send "$1" "${network[$2]}.2" 7002 $((seconds + 3)) 2>&1)
	wait "$receiver"
	told=$(</tmp/flow)
}
# flow from|to tcp|udp vhost|qemu: it comes at the limit, within half a percent. Less may be the machine's doing, and is
# measured again. Of datagrams all have come, but for those that the tap's reader was too late for.
flow() {
	local rate what="$2 $1 the guest by $3" wanted=${payload[$2]} before lost all came
	for _ in 1 2 3; do
		before=$(unread "$3")
		"$1" "$2" "$3"
		lost=$(($(unread "$3") - before))
		diag "$what: $sent, $told, unread=$lost"
		rate=$(value "$told" rate)
		[ "${rate:-0}" -lt $((wanted * 995 / 1000)) ] || break
	done
	at_most "$what keeps the limit" "${rate:-0}" $((wanted * 1005 / 1000))
	at_least "$what reaches it" "${rate:-0}" $((wanted * 995 / 1000))
	[ "$2" = udp ] || return 0
	all=$(value "$sent" sent) came=$(value "$told" received)
	is "$what: none is lost" $((${came:-0} + lost)) "${all:-nothing}"
}

for way in vhost qemu; do
	ip link add br-$way type bridge
	[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/br-$way/disable_ipv6
	ip link set br-$way up
	ip addr add "${network[$way]}.1/24" dev br-$way
done
limits=from-guest-limit=4Mbit,to-guest-limit=4Mbit
ok 'a guest with two NICs' define_linux web unlimited --nic=br-vhost,$limits --nic=br-qemu,vhost=off,$limits
ok 'starts' kvrmctl start web
tap[vhost]=$(kvrmctl show --json web | jq -r '.[0].NICs[0].Interface')
tap[qemu]=$(kvrmctl show --json web | jq -r '.[0].NICs[1].Interface')
ok 'is up' eventually 200 wait_order web report
ok 'has an address' wait_order web address "${network[vhost]}.2/24" 0
ok 'and another one' wait_order web address "${network[qemu]}.2/24" 1
for way in vhost qemu; do
	ok "it answers by $way" eventually 20 busybox ping -c 1 -W 2 "${network[$way]}.2"
	for protocol in tcp udp; do
		flow from $protocol $way
		flow to $protocol $way
	done
done
is 'both limits are held by the module' "$("$nlctl" nics | grep -c "from-guest-limit-bytes-per-s=$limit")" 2
is 'nothing was dropped' "$("$nlctl" nics | grep -oE '[a-z-]+-dropped-[a-z]+=[1-9][0-9]*')" ''
done_testing
