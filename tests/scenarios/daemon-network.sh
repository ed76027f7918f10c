#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Network cards under kvrmd: a Linux guest on a bridge, its limits in both directions with TCP, changed while it
# sends, kept over the death of kvrmd and put back when somebody else changes them. How exact they are, and that
# nothing is lost: module-network.sh.
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
nlctl=$tests/../build/tests/kselftest/nlctl

kvrmd_prepare_busy
linux_prepare

network_clean() {
	kvrmd_clean
	[ -z "$sink" ] || kill "$sink" 2>/dev/null
	ip link del br0 2>/dev/null
	rm -f /etc/modprobe.d/kvrm-test.conf
}
trap network_clean EXIT

nic_field() { kvrmctl show --json "$1" | jq -r ".[0].NICs[0].$2"; }
nic_is() { tap_equal "$(nic_field "$1" "$2")" "$3"; }
module_nic() { "$nlctl" nics | grep "ifname=$tap " | sed -nE "s/^(.* )?$1=([^ ]+).*/\\2/p"; }
module_is() { tap_equal "$(module_nic "$1")" "$2"; }
# policed WHAT: of the packets from the guest that traffic control has seen
policed() { tc -s filter show dev "$tap" ingress | sed -nE "s/.*[( ]$1 ([0-9]+),.*/\\1/p" | tail -n 1; }
statistic() { cat "/sys/class/net/$tap/statistics/$1"; }
# What came from the guest to the host: behind the module's queue and traffic control. What the tap counts, rx_bytes,
# is before them, and more than the limit while the queue fills: up to the send buffer, a second of the limit and more.
came() { cat /sys/class/net/br0/statistics/rx_bytes; }
# went: to the guest; what a guest that stands still for a moment has not taken yet is counted when it does
went() { statistic tx_bytes; }

# rate_is WHAT COUNTER BYTES-PER-S [PER-MILLE]: by a device's own counter, over 8 s, which does not count the header of Ethernet,
# and counts those of packets that are segmented later once: up to 3 % less than the limit. Less than that may be the
# machine's doing; more are 10 ms that a timer may make up for, and a packet: no more than PER-MILLE.
rate_is() {
	local bytes time rate try
	for try in 1 2 3 4; do
		time=$(now_us) bytes=$("$2")
		sleep 8
		rate=$((($("$2") - bytes) * 1000000 / ($(now_us) - time)))
		[ $rate -lt $(($3 * 92 / 100)) ] || break
		[ "$try" -eq 4 ] || diag "$1: $rate, measured again"
	done
	at_most "$1" "$rate" $(($3 * ${4:-1005} / 1000))
	at_least "$1, and nearly reaches it" "$rate" $(($3 * 85 / 100))
}

# at_most_rate WHAT COUNTER BYTES-PER-S [BYTES]: over 8 s, and what may pass at once, which it may have saved up
at_most_rate() {
	local bytes time rate
	sleep 2
	time=$(now_us) bytes=$("$2")
	sleep 8
	rate=$((($("$2") - bytes) * 1000000 / ($(now_us) - time)))
	at_most "$1" $rate $(($3 * 102 / 100 + ${4:-69632} / 8))
	at_least "$1, and it gets through" $rate $(($3 / 10))
}

# What cannot be.
ok 'a NIC on a bridge that is not there' define_spin lost unlimited --nic=br9
ok 'it does not start' refused 1 "nic 0: there is no bridge 'br9'" kvrmctl start lost
is 'and leaves no tap' "$(ip -o link | grep -c ': kvrm')" 0
ok 'one on what is no bridge' define_spin wrong unlimited --nic=lo
ok 'does not start either' refused 1 "nic 0: 'lo' is no bridge" kvrmctl start wrong
ok 'a limit of 7 bit' refused 2 'to-guest-limit.*whole bytes' define_spin odd unlimited --nic=br0,to-guest-limit=7bit
ok 'an address twice' define_spin first unlimited --nic=br0,mac=52:54:00:00:00:07
ok 'is refused' refused 5 "mac 52:54:00:00:00:07 is that of 'first'" \
	define_spin second unlimited --nic=br0,mac=52:54:00:00:00:07
for name in lost wrong first; do kvrmctl delete $name; done >/dev/null

ip link add br0 type bridge
ip link set br0 up
ip addr add 192.0.2.1/24 dev br0
address=$(cat /sys/class/net/br0/address)

ok 'a guest with a NIC' define_linux web unlimited --nic=br0,from-guest-limit=4Mbit,to-guest-limit=6Mbit
ok 'starts' kvrmctl start web
tap=$(nic_field web Interface)
like 'its tap' "$tap" '^kvrm[0-9]+$'
is 'is on the bridge' "$(basename "$(readlink "/sys/class/net/$tap/master")")" br0
is 'says whose it is' "$(cat "/sys/class/net/$tap/ifalias")" "kvrm $(field web UUID) $(nic_field web MAC) 0"
is 'has no address of its own' "$(ip -o addr show dev "$tap" | wc -l)" 0
is 'and changes none of the bridge' "$(cat /sys/class/net/br0/address)" "$address"
is 'the module has the limit' "$(module_nic from-guest-limit-bytes-per-s)" 500000
is 'of either direction' "$(module_nic to-guest-limit-bytes-per-s)" 750000
ok 'by whom limits are held' nic_is web EnforcedBy module
like 'it is shown' "$(kvrmctl show web)" "NIC 0 +52:54:[0-9a-f:]+ on br0 by $tap.*to the guest +6Mbit/s.*from the guest +4Mbit/s"

ok 'the guest is up' eventually 200 wait_order web report
ok 'it has an address' wait_order web address 192.0.2.2/24
ok 'it answers' eventually 20 busybox ping -c 1 -W 2 192.0.2.2

# From the guest; it waits instead of losing packets.
socat -u TCP-LISTEN:7001,bind=192.0.2.1,reuseaddr OPEN:/dev/null &
sink=$!
sleep 0.5
order web transmit 192.0.2.1 7001 2000 >/dev/null &
sending=$!
sleep 3
rate_is 'what it sends keeps the limit' came 500000
like 'it is shown, per second' "$(kvrmctl nic stats web)" "web +0 +$tap +transmit +[34]\.[0-9]+ +4Mbit +[0-9]+ +[0-9.]+ %"
is 'and none of it is dropped' "$(module_nic from-guest-dropped-full)" 0
is 'nor by traffic control, which stands behind' "$(policed dropped)" 0
ok 'changed while it sends' kvrmctl nic set web 0 from-guest-limit=3Mbit
is 'the module has it' "$(module_nic from-guest-limit-bytes-per-s)" 375000
is 'the other direction is as it was' "$(module_nic to-guest-limit-bytes-per-s)" 750000
sleep 1
rate_is 'it holds' came 375000
systemctl stop kvrmd.service
rate_is 'it holds without kvrmd' came 375000
is 'none of it is dropped still' "$(module_nic from-guest-dropped-full)$(policed dropped)" 00
# When both are away, traffic control holds it: a little more, and 1 MiB and what comes in 100 ms at once.
ok 'the module goes, too' module_stays_away
sleep 2
at_most_rate 'it holds without both' came 379000 $(((1 << 20) + 38000))
rm /etc/modprobe.d/kvrm-test.conf
modprobe kvrm
ok 'kvrmd is back' systemctl start kvrmd.service
ok 'and knows the NIC' eventually 20 nic_is web Interface "$tap"
is 'and its limit, which it did not change' "$(nic_field web FromGuestLimit) $(module_nic from-guest-limit-bytes-per-s)" \
	'375000 375000'
before=$(host DriftCorrected)
"$nlctl" nic-set "$(module_nic id)" from-guest-limit-bytes-per-s=0
ok 'what somebody else changes is put back' eventually 5 module_is from-guest-limit-bytes-per-s 375000
"$nlctl" nic-del "$(module_nic id)"
ok 'what he removes as well' eventually 5 module_is from-guest-limit-bytes-per-s 375000
at_least 'and both are counted' "$(host DriftCorrected)" $((before + 2))
metrics() { curl -s -H 'Accept: application/openmetrics-text' http://127.0.0.1:9645/metrics; }
metrics_have() { tap_match "$(metrics)" "kvrm_vm_network_$1\{vm=\"[0-9a-f-]+\",nic=\"0\",direction=\"transmit\"\} $2"; }
# A NIC that was just put back has been counted by the sample after that.
ok 'metrics have it' eventually 5 metrics_have bytes_total '[1-9]'
ok 'and the limit' metrics_have limit_bytes_per_second 375000
ok 'and how long packets waited' eventually 5 metrics_have queue_delay_seconds_count '[1-9]'
like 'in buckets' "$(metrics)" \
	'kvrm_vm_network_queue_delay_seconds_bucket\{[^}]*direction="transmit",le="\+Inf"\} [1-9]'
like 'and that none was dropped, by reason' "$(metrics)" \
	'kvrm_vm_network_dropped_packets_total\{[^}]*direction="transmit",reason="full"\} 0'
vhost_ran() { tap_match "$(metrics)" "kvrm_vm_cpu_overhead_seconds_total\{vm=\"[0-9a-f-]+\",kind=\"vhost\"\} [0-9.]*[1-9]"; }
ok "and what vhost's worker has run for it" eventually 5 vhost_ran
ok 'a limit that is none' refused 2 'from-guest-packet-limit.*1 to 1000000000' kvrmctl nic set web 0 from-guest-packet-limit=0
ok 'a NIC that is none' refused 3 'index: 1 is not that of a NIC; there are 1' kvrmctl nic set web 1 to-guest-burst=1K
ok 'a burst without a limit' refused 2 'to-guest-burst: needs a to-guest-limit' \
	kvrmctl nic set web 0 to-guest-limit=unlimited to-guest-burst=1K
is 'nothing has changed' "$(module_nic to-guest-limit-bytes-per-s)" 750000

# The module goes and comes; a kvrmd that is started would load it.
ok 'the module goes' module_stays_away
ok 'traffic control holds the limits' eventually 5 nic_is web EnforcedBy tc
like 'it is shown' "$(kvrmctl show web)" 'limits by tc \(drops'
at_most_rate 'what it sends is no more' came 375000
ok 'it is changed' kvrmctl nic set web 0 from-guest-limit=6Mbit
at_most_rate 'and is no more than that' came 750000
systemctl restart kvrmd.service
ok 'a new kvrmd holds it, too' eventually 20 nic_is web EnforcedBy tc
is 'once' "$(tc filter show dev "$tap" ingress | grep -c 'police 0x')" 1
rm /etc/modprobe.d/kvrm-test.conf
ok 'the module comes' modprobe kvrm
ok 'it holds the limits' eventually 20 nic_is web EnforcedBy module
is 'as they were' "$(module_nic from-guest-limit-bytes-per-s) $(module_nic to-guest-limit-bytes-per-s)" '750000 750000'
is 'and traffic control stands behind' "$(tc filter show dev "$tap" ingress | grep -c 'police 0x')" 1
sleep 1
dropped=$(policed dropped)
rate_is 'what it sends keeps the limit again' came 750000
is 'and traffic control drops no more' "$(policed dropped)" "$dropped"
is 'there is no problem' "$(kvrmctl status --json | jq '.Problems | length')" 0
kill $sending $sink 2>/dev/null
sink=''
order web idle >/dev/null

# To the guest.
ok 'a guest that takes what comes' eventually 60 wait_order web listen 7002
sleep 1
socat -u OPEN:/dev/zero TCP:192.0.2.2:7002 &
sink=$!
sleep 3
rate_is 'what it receives keeps the limit' went 750000 1020
kill $sink
sink=''

# NICs come and go while the guest runs.
guest_nics() { order web report | sed -E 's/^ok //' | jq .nics; }
guest_has() { tap_equal "$(guest_nics)" "$1"; }
nics_of() { kvrmctl show --json web | jq -c "[.[0].NICs[].$1]"; }
taps() { ip -o link | grep -c ': kvrm'; }
nics_are() { tap_equal "$(nics_of "$1")" "$2"; }
ok 'the guest has one' eventually 20 guest_has 1
ok 'it gets another one' kvrmctl nic add web br0,mac=52:54:00:00:00:22,from-guest-limit=5Mbit
ok 'which it sees' eventually 20 guest_has 2
is 'the module has its limit' "$("$nlctl" nics | grep -c 'from-guest-limit-bytes-per-s=625000')" 1
second=$(kvrmctl show --json web | jq -r '.[0].NICs[1].Interface')
is 'its tap says whose it is' "$(cat "/sys/class/net/$second/ifalias")" "kvrm $(field web UUID) 52:54:00:00:00:22 1"
ok 'and one without vhost' kvrmctl nic add web br0,vhost=off
ok 'which it sees, too' eventually 20 guest_has 3
systemctl restart kvrmd.service
ok 'a new kvrmd knows all' eventually 20 nics_are EnforcedBy '["module","module","module"]'
ok 'the second one is taken out' kvrmctl nic remove web 1
ok 'the guest does not have it' eventually 20 guest_has 2
not_ok 'nor the host its tap' test -e "/sys/class/net/$second"
is 'the module knows two' "$("$nlctl" nics | wc -l)" 2
is 'the third one has moved up' "$(nics_of VHost)" '[true,false]'
ok 'another one gets its place in the guest' kvrmctl nic add web br0
ok 'which it sees' eventually 20 guest_has 3
is 'it is the last one' "$(nics_of VHost)" '[true,false,true]'
third=$(kvrmctl show --json web | jq -r '.[0].NICs[2].Interface')
like 'in the port that was free' "$(cat "/sys/class/net/$third/ifalias")" ' 1$'
ok 'the first one answers as before' busybox ping -c 1 -W 2 192.0.2.2
ok 'without the bridge' refused 1 "there is no bridge 'br9'" kvrmctl nic add web br9
ok 'one more' kvrmctl nic add web br0,mac=52:54:00:00:00:33
ok 'an address twice' refused 2 "mac '52:54:00:00:00:33' is given twice" kvrmctl nic add web br0,mac=52:54:00:00:00:33
is 'nothing is left of what was refused' "$(nics_of Bridge) $(taps)" \
	'["br0","br0","br0","br0"] 4'
ok 'one that is not there' refused 3 'index: 4 is not that of a NIC; there are 4' kvrmctl nic remove web 4
ok 'the module goes' module_goes
ok 'one with a limit is plugged in without it' kvrmctl nic add web br0,to-guest-limit=3Mbit
ok 'held by traffic control' eventually 5 nics_are EnforcedBy '["tc","","","","tc"]'
ok 'the module comes' modprobe kvrm
ok 'and holds all' eventually 20 nics_are EnforcedBy '["module","module","module","module","module"]'
# A guest that stands still cannot let go of one.
cp -p /etc/kvrm/kvrm.conf /etc/kvrm/kvrm.conf.before
echo 'start-timeout-s = 10' >>/etc/kvrm/kvrm.conf
systemctl restart kvrmd.service
ok 'the guest is paused' eventually 20 kvrmctl pause web
ok 'it does not let go of a NIC' refused 6 'could not take the NIC out: it did not happen in the time given' \
	kvrmctl nic remove web 4
is 'keeps it, and its limit' "$("$nlctl" nics | grep -c 'to-guest-limit-bytes-per-s=375000')" 1
ok 'it goes on' kvrmctl resume web
ok 'and lets go of it' eventually 30 kvrmctl nic remove web 4
is 'which is gone' "$(nics_of Bridge) $(taps)" '["br0","br0","br0","br0"] 4'
mv /etc/kvrm/kvrm.conf.before /etc/kvrm/kvrm.conf
systemctl restart kvrmd.service
is 'there is no problem' "$(kvrmctl status --json | jq '.Problems | length')" 0

ok 'the guest ends' kvrmctl kill web
ok 'and its tap' eventually 5 sh -c "! ip link show dev $tap 2>/dev/null"
is 'and the NICs in the module' "$("$nlctl" nics | wc -l)" 0
ok 'one is removed of a guest that does not run' kvrmctl nic remove web 1
ok 'and added' kvrmctl nic add web br9
is 'on a bridge that need not be there yet' "$(nics_of Bridge)" '["br0","br0","br0","br9"]'
ok 'without vhost' kvrmctl define --name=plain --memory=16M --kernel="$(realpath "$spin_kernel")" \
	--nic=br0,vhost=off,to-guest-limit=1Mbit --nic=br0 --start
is 'two NICs are there' "$("$nlctl" nics | wc -l)" 2
is 'one with a limit' "$("$nlctl" nics | grep -c 'to-guest-limit-bytes-per-s=125000')" 1
is 'no problem' "$(kvrmctl status --json | jq '.Problems | length')" 0
# Somebody else's doing: the guest is removed from the module, and its second NIC's tap from the host.
ok 'the guest is removed from the module' "$nlctl" del "$("$nlctl" guests | sed -nE 's/^(.* )?id=([0-9]+) .*/\2/p' | head -n 1)"
ok 'it is known again' eventually 10 nic_is plain EnforcedBy module
is 'with both NICs' "$("$nlctl" nics | wc -l)" 2
ip link del "$(kvrmctl show --json plain | jq -r '.[0].NICs[1].Interface')"
sleep 2
is 'a tap that is gone is no problem without a limit' "$(kvrmctl status --json | jq '.Problems | length')" 0
ok 'the other one is limited still' nic_is plain EnforcedBy module
# Somebody sends what the tap receives elsewhere, before the limit sees it.
plain_tap=$(nic_field plain Interface)
problems() { kvrmctl status --json | jq -r '.Problems[]'; }
has_no_problem() { [ -z "$(problems)" ]; }
redirect_to() { # ACTION PREFERENCE
	# It may have one.
	tc qdisc add dev "$plain_tap" clsact 2>/dev/null
	tc filter add dev "$plain_tap" ingress pref "$2" matchall action mirred egress "$1" dev lo
}
ok 'it is limited the other way as well' kvrmctl nic set plain 0 from-guest-limit=1Mbit
ok 'a copy is made of what its tap receives' redirect_to mirror 7
sleep 5
is 'which is no problem' "$(problems)" ''
tc filter del dev "$plain_tap" ingress pref 7
# Traffic control polices before that.
ok 'it is sent elsewhere, behind the policing' redirect_to redirect 40000
sleep 5
is 'which is no problem either' "$(problems)" ''
tc filter del dev "$plain_tap" ingress pref 40000
ok 'it is sent elsewhere' redirect_to redirect 7
ok 'that is a problem' eventually 10 sh -c 'kvrmctl status --json | grep -q "NIC 0: a filter of traffic control redirects what its tap receives"'
is 'and nobody holds its limits' "$(nic_field plain EnforcedBy)" ''
ok 'the filter is removed' tc filter del dev "$plain_tap" ingress pref 7
ok 'they are held again' eventually 10 nic_is plain EnforcedBy module
ok 'without a problem' eventually 10 has_no_problem
ok 'and it is not limited that way any more' kvrmctl nic set plain 0 from-guest-limit=unlimited
ok 'it moves' kvrmctl pool create apart
ok 'to another pool' kvrmctl move plain apart
is 'with its limit' "$("$nlctl" nics | grep -c 'to-guest-limit-bytes-per-s=125000')" 1
kvrmctl kill plain
kvrmctl move plain host
kvrmctl pool delete apart

# A start without the module.
systemctl stop kvrmd.service
module_stays_away
systemctl start kvrmd.service
ok 'a guest with limits starts without the module' eventually 20 kvrmctl start plain
ok 'traffic control holds them' nic_is plain EnforcedBy tc
is 'in the direction that has one' "$(tc filter show dev "$(nic_field plain Interface)" egress | grep -c 'police 0x')" 1
is 'and not in the other' "$(tc filter show dev "$(nic_field plain Interface)" ingress | grep -c 'police 0x')" 0
rm /etc/modprobe.d/kvrm-test.conf
modprobe kvrm
ok 'and the module once it is there' eventually 20 nic_is plain EnforcedBy module
done_testing
