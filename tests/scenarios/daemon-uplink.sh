#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Uplinks under kvrmd: two Linux guests that send by TCP share one by weight and by reservation, also while both are
# changed, kvrmd is killed and the module reloaded; what does not fit is refused and changes nothing; what somebody else
# changes is put back. How exact the module itself is, and that nothing is lost: module-uplink.sh.
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"
nlctl=$tests/../build/tests/kselftest/nlctl
cpuwindows=$tests/../build/tests/measure/cpuwindows

kvrmd_prepare_busy
linux_prepare

sinks=()
uplink_clean() {
	local name
	kvrmd_clean
	[ ${#sinks[@]} -eq 0 ] || kill "${sinks[@]}" 2>/dev/null
	for name in gold deep other wire; do kvrmctl uplink delete "$name" >/dev/null 2>&1; done
	for name in web db; do ip link del "br-$name" 2>/dev/null && ip link del "out-$name"; done
	rm -f /etc/modprobe.d/kvrm-test.conf
}
trap uplink_clean EXIT

value() { sed -nE "s/^(.* )?$2=([^ ]*).*/\\2/p" <<<"$1"; }
# uplink KEY [NAME]: of kvrmd
uplink() { kvrmctl uplink show --json "${2:-wire}" | jq -r ".$1"; }
uplink_is() { tap_equal "$(uplink "$1" "$3")" "$2"; }
# module KEY [NAME]: of the module's uplink
module() { value "$("$nlctl" uplinks | grep "name=${2:-wire} ")" "$1"; }
module_is() { tap_equal "$(module "$1" "$3")" "$2"; }
# nic NAME KEY: of a guest's first NIC, as kvrmd has it; module_nic NAME KEY: as the module has it
nic() { kvrmctl show --json "$1" | jq -r ".[0].NICs[0].$2"; }
nic_is() { tap_equal "$(nic "$1" "$2")" "$3"; }
module_nic() { value "$("$nlctl" nics | grep "ifname=$(nic "$1" Interface) ")" "$2"; }
module_nic_is() { tap_equal "$(module_nic "$1" "$2")" "$3"; }
# put_right: how often this kvrmd has said that it puts an uplink or NIC right
put_right() {
	journalctl -u kvrmd.service -o cat _PID="$(systemctl show -P MainPID kvrmd.service)" |
		grep -cE "(uplink '.*'|NIC [0-9]+) was .* by somebody else"
}
problems() { kvrmctl status --json | jq -r '.Problems[]'; }
problems_are() { tap_equal "$(problems | wc -l)" "$1"; }

# measure SECONDS: bytes per second that come out at the far end of both bridges, behind all queues, in windows of
# 100 ms in which the machine did not stand still, into lines
measure() {
	lines=$("$cpuwindows" --clock bytes --seconds "$1" /sys/class/net/out-web /sys/class/net/out-db)
	diag "$lines"
}
rate_of() { value "$(grep "^out-$1 " <<<"$lines")" window-mean; }
as_due() { tap_within "$(rate_of web)" "$1" 2 && tap_within "$(rate_of db)" "$2" 2; }
# shares WHAT WEB DB [SECONDS]: what each gets, within 2 %; measured again up to twice, as the machine may be busy with
# something else; what is wrong is wrong each time
shares() {
	for _ in 1 2 3; do
		measure "${4:-5}"
		! as_due "$2" "$3" >/dev/null || break
	done
	within "$1: web" "$(rate_of web)" "$2" 2
	within "$1: db" "$(rate_of db)" "$3" 2
}

# A bridge for each guest; the port behind it is what both would share, if it were one link. Frames are large: what a
# packet costs in an emulated machine is what two guests would otherwise wait for.
frame=4500
for name in web db; do
	ip link add "br-$name" type bridge
	ip link add "out-$name" type veth peer name "end-$name"
	ip link set "out-$name" master "br-$name"
	# What it counts are frames as on a wire.
	ip link set "out-$name" gso_max_segs 1
	for device in "out-$name" "end-$name" "br-$name"; do
		ip link set "$device" mtu $frame
		[ ! -e /proc/sys/net/ipv6 ] || echo 1 >"/proc/sys/net/ipv6/conf/$device/disable_ipv6"
		ip link set "$device" up
	done
done
ip addr add 192.0.2.1/24 dev end-web
ip addr add 198.51.100.1/24 dev end-db

# What cannot be.
ok 'an uplink without a capacity' refused 2 'to-guest-capacity: 0 bytes per second is not 1 to 1099511627776' \
	kvrmctl uplink create wire
ok 'one with too much' refused 2 "capacity: '9Tbit' is not a rate" kvrmctl uplink create wire --capacity=9Tbit
ok 'one with what only a part has' refused 2 'from-guest-limit: only a part of an uplink' \
	kvrmctl uplink create wire --capacity=4Mbit --from-guest-limit=500kbit
ok 'one with the word for none' refused 2 "name: 'none' cannot be the name of an uplink" \
	kvrmctl uplink create none --capacity=4Mbit
ok 'a part of what is not there' refused 3 "parent: there is no uplink 'wire'" \
	kvrmctl uplink create gold --parent=wire
ok 'a NIC on what is not there' refused 3 "nic 0: uplink: there is no uplink 'wire'" \
	define_spin lost unlimited --nic=br-web,uplink=wire
is 'nothing is there' "$(kvrmctl uplink list --names)$("$nlctl" uplinks)" ''
ok 'a guest with a reservation on a bridge that has no uplink' \
	define_spin lost unlimited --nic=br-web,to-guest-reservation=500kbit
ok 'does not start' refused 8 "nic 0: to-guest-reservation: needs an uplink, and bridge 'br-web' has none" \
	kvrmctl start lost
kvrmctl delete lost >/dev/null

# An uplink of a bridge, and a NIC that names it.
ok 'an uplink' kvrmctl uplink create wire --bridge=br-web --capacity=4Mbit --description='to the street'
is 'the module has it' "$(module to-guest-capacity-bytes-per-s) $(module from-guest-capacity-bytes-per-s)" '500000 500000'
is 'and holds it' "$(uplink EnforcedBy)" module
ok 'another one of that name' refused 5 "name: 'wire' is in use" kvrmctl uplink create wire --capacity=4Mbit
ok 'or of that bridge' refused 5 "bridge: 'br-web' is that of uplink 'wire'" \
	kvrmctl uplink create other --bridge=br-web --capacity=4Mbit
ok 'a guest on the bridge' define_linux web unlimited --nic=br-web
ok 'and one that names the uplink' define_linux db unlimited --nic=br-db,uplink=wire
ok 'start' kvrmctl start web db
wire=$(module id)
is 'the NICs are on it' "$(module_nic web uplink-id) $(module_nic db uplink-id)" "$wire $wire"
is 'as is shown' "$(nic web Uplink) $(nic web UplinkApplied) $(nic db UplinkApplied)" 'bridge wire wire'
is 'they are its members' "$(uplink 'Members|join(",")')" 'nic/db/0,nic/web/0'
like 'the tree has them' "$(kvrmctl uplink show)" 'wire +uplink .*4Mbit.*web NIC 0 +active'
like 'so has the list' "$(kvrmctl uplink list)" 'wire +- +br-web +to guests .*4Mbit.*module +to the street'
like 'and the guest' "$(kvrmctl show web)" 'uplink +wire, that of its bridge'
for name in web db; do
	ok "$name is up" eventually 200 wait_order $name report
	network=192.0.2
	[ $name = web ] || network=198.51.100
	ok "$name has an address" wait_order $name address $network.2/24
	ok "$name has large frames" wait_order $name mtu $frame
	socat -u TCP-LISTEN:7001,bind=$network.1,reuseaddr OPEN:/dev/null &
	sinks+=($!)
	sleep 0.5
	order $name netflow send tcp $network.1 7001 1800 >/dev/null &
	sinks+=($!)
done
arrives() { measure 1 && [ "$(rate_of web)" -gt 0 ] && [ "$(rate_of db)" -gt 0 ]; }
ok 'both send' eventually 30 arrives

# Weights and reservations, changed while they send.
shares 'equal weights' 250000 250000
is 'the uplink is contended' "$(uplink FromGuestContended)" true
ok 'a weight is changed' kvrmctl nic set web 0 from-guest-weight=300
is 'the module has it' "$(module_nic web from-guest-weight)" 300
shares 'by weights of 300 and 100' 375000 125000 10
within 'what is entitled is shown' "$(kvrmctl uplink show --json | jq '[.[0].NICs[] | select(.System == "web")][0].FromGuestEntitled')" 375000 2
measured 'also beside its rates' tap_match "$(kvrmctl nic stats web)" 'web +0 +[^ ]+ +transmit .* (2\.[89]|3\.[01])[0-9]*$'
stats=$(kvrmctl uplink stats --json wire)
# sent FILTER WHAT: of what is sent, of rows whose NIC is so
sent() { jq -r "[.[] | select(.Direction == \"transmit\" and (.NIC $1))] | $2" <<<"$stats"; }
is 'rates of an uplink are those of both NICs' "$(sent '!= null' 'map(.System) | sort | join(",")')" db,web
within 'together' "$(sent '== null' '.[0].BytesPerSecond | floor')" "$(sent '!= null' 'map(.BytesPerSecond) | add | floor')" 1
within 'and what it carries' "$(sent '== null' '.[0].BytesPerSecond | floor')" 500000 5
is 'none of it is dropped' "$(sent '== null' '.[0].DroppedPerSecond | floor')" 0
like 'as a table' "$(kvrmctl uplink stats)" 'wire +transmit +4Mbit +- +0 +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9]+ +[0-9]+ +0'
is 'again and again' "$(kvrmctl uplink stats --count=2 wire | grep -c '^wire *receive ')" 2
ok 'of an uplink that is not there' refused 3 'gold: there is no such uplink' kvrmctl uplink stats gold
ok 'a reservation' kvrmctl nic set db 0 from-guest-reservation=2400kbit
is 'is admitted' "$(uplink FromGuestReserved) $(uplink FromGuestUnreserved)" '300000 200000'
is 'by the module as well' "$(module from-guest-reserved-bytes-per-s)" 300000
shares 'with a reservation' 200000 300000 10
ok 'what is left of it' kvrmctl nic set web 0 from-guest-weight=100 from-guest-limit=800kbit
shares 'with a limit' 100000 400000
ok 'that goes' kvrmctl nic set web 0 from-guest-limit=unlimited

# What does not fit is refused, and changes nothing.
ok 'a reservation that does not fit' refused 8 "nic 0: from-guest-reservation: uplink 'wire' lacks 4kbit/s .500 bytes per second.: it has 300000 reserved of 500000" \
	kvrmctl nic set web 0 from-guest-reservation=1604kbit from-guest-weight=7
ok 'one that is more than there is' refused 8 "from-guest-reservation: uplink 'wire' lacks" \
	kvrmctl nic set web 0 from-guest-reservation=4500kbit
ok 'one above the limit' refused 2 'from-guest-reservation: 250000 bytes per second is above the from-guest-limit, 62500' \
	kvrmctl nic set web 0 from-guest-reservation=2Mbit from-guest-limit=500kbit
ok 'one without an uplink' refused 2 'from-guest-reservation: needs an uplink, but uplink is none' \
	kvrmctl nic set web 0 from-guest-reservation=500kbit uplink=none
ok 'an uplink that is not there' refused 3 "uplink: there is no uplink 'gold'" kvrmctl nic set web 0 uplink=gold
ok 'a weight of 0' refused 2 'to-guest-weight: .0. is not 1 to 10000' kvrmctl nic set web 0 to-guest-weight=0
ok 'a capacity below what is reserved' refused 8 "from-guest-capacity: uplink 'wire' lacks 400kbit/s .50000 bytes per second.: it has 300000 reserved" \
	kvrmctl uplink set wire from-guest-capacity=2Mbit to-guest-capacity=1Mbit
ok 'a bridge that leaves without its NICs what they reserve' kvrmctl nic set web 0 from-guest-reservation=4kbit
ok 'is refused' refused 8 "web: nic 0: from-guest-reservation: needs an uplink, and bridge 'br-web' has none" \
	kvrmctl uplink set wire bridge=
kvrmctl nic set web 0 from-guest-reservation=0 >/dev/null
ok 'a third guest' define_spin third unlimited --nic=br-web --nic=br-web,from-guest-reservation=1604kbit
ok 'that reserves too much is not started' refused 8 "nic 1: from-guest-reservation: uplink 'wire' lacks 4kbit/s" kvrmctl start third
ok 'an uplink with members is not deleted' refused 5 "uplink 'wire' has members" kvrmctl uplink delete wire
is 'nothing has changed' "$(module_nic web from-guest-reservation-bytes-per-s) $(module_nic web from-guest-weight) $(module from-guest-capacity-bytes-per-s) $(module to-guest-capacity-bytes-per-s) $(module members) $(uplink Bridge)" \
	'0 100 500000 500000 2 br-web'
shares 'nor do shares' 200000 300000

# Capacities, parts and bridges, changed while they send.
ok 'less capacity' kvrmctl uplink set wire capacity=3Mbit
shares 'is shared likewise' 75000 300000
kvrmctl nic set db 0 from-guest-reservation=0 >/dev/null
kvrmctl uplink set wire capacity=4Mbit >/dev/null
ok 'a part' kvrmctl uplink create gold --parent=wire --from-guest-weight=300 --fixed
ok 'of a part' kvrmctl uplink create deep --parent=gold
is 'the module has them' "$(module parent gold) $(module parent deep) $(module from-guest-weight gold) $(module from-guest-expandable gold)" \
	"$wire $(module id gold) 300 0"
ok 'a NIC moves there' kvrmctl nic set web 0 uplink=deep
is 'in the module as well' "$(module_nic web uplink-id)" "$(module id deep)"
ok 'a part cannot lie in itself' refused 2 "parent: uplink 'gold' cannot lie in itself or below" kvrmctl uplink move gold deep
ok 'nor an uplink in it' refused 5 "uplink 'wire' is no part of another, and cannot become one" kvrmctl uplink move wire gold
ok 'it moves' kvrmctl uplink move deep wire
is 'in the module, too, with its NIC' "$(module parent deep) $(module_nic web uplink-id)" "$wire $(module id deep)"
ok 'and back' kvrmctl uplink move deep gold
"$nlctl" uplink-set "$(module id deep)" parent="$wire" >/dev/null
ok 'where somebody else has put it is put right' eventually 20 module_is parent "$(module id gold)" deep
shares 'a part, and a NIC beside it' 375000 125000
ok 'a fixed part has nothing to reserve' refused 8 "from-guest-reservation: uplink 'gold' lacks" \
	kvrmctl nic set web 0 from-guest-reservation=500kbit
ok 'before it has a reservation' kvrmctl uplink set gold from-guest-reservation=1Mbit from-guest-limit=1600kbit
shares 'and a limit' 200000 300000
ok 'then a NIC has one there' kvrmctl nic set web 0 from-guest-reservation=1Mbit
is 'which is none of the uplink beyond that' "$(uplink FromGuestReserved)" 125000
ok 'the part cannot have less now' refused 8 "from-guest-reservation: uplink 'gold' lacks 500kbit/s" \
	kvrmctl uplink set gold from-guest-reservation=500kbit
ok 'nor go' refused 5 "uplink 'deep' has members" kvrmctl uplink delete deep
ok 'the NIC goes back' kvrmctl nic set web 0 from-guest-reservation=0 uplink=bridge
ok 'so do the parts' kvrmctl uplink delete deep gold
is 'in the module, too' "$("$nlctl" uplinks | wc -l)" 1
ok 'the bridge is given up' kvrmctl uplink set wire bridge=
is 'and its NIC on no uplink any more' "$(module_nic web uplink-id)$(nic web UplinkApplied)" ''
is 'while the other one is' "$(module_nic db uplink-id)" "$wire"
ok 'another one has it' kvrmctl uplink create other --bridge=br-web --to-guest-capacity=500kbit --from-guest-capacity=1Mbit
is 'and the NIC is there' "$(module_nic web uplink-id)" "$(module id other)"
shares 'each uplink by itself' 125000 500000
kvrmctl uplink set other bridge= >/dev/null
ok 'one without members goes' kvrmctl uplink delete other
ok 'the bridge is its own again' kvrmctl uplink set wire bridge=br-web
kvrmctl nic set web 0 from-guest-weight=300 >/dev/null
kvrmctl nic set db 0 from-guest-reservation=2Mbit >/dev/null
is 'nothing of it was dropped' "$(module_nic web from-guest-dropped-full) $(module_nic db from-guest-dropped-full)" '0 0'

# NICs come and go.
nics_of() { kvrmctl show --json web | jq -c "[.[0].NICs[].$1]"; }
ok 'a NIC that reserves too much is not plugged in' refused 8 "nic 1: from-guest-reservation: uplink 'wire' lacks 4kbit/s" \
	kvrmctl nic add web br-web,from-guest-reservation=2004kbit
is 'nothing is left of it' "$(nics_of UplinkApplied) $("$nlctl" nics | wc -l)" '["wire"] 2'
ok 'one that fits is' kvrmctl nic add web br-web,from-guest-reservation=2Mbit,from-guest-weight=5
is 'it has that' "$(nics_of UplinkApplied) $(uplink FromGuestUnreserved) $("$nlctl" nics | grep -c 'from-guest-weight=5 ')" \
	'["wire","wire"] 0 1'
ok 'it goes' eventually 30 kvrmctl nic remove web 1
is 'and gives it back' "$(uplink FromGuestUnreserved) $(module from-guest-reserved-bytes-per-s)" '250000 250000'

# What somebody else does.
before=$(host DriftCorrected)
"$nlctl" uplink-set "$wire" from-guest-capacity-bytes-per-s=300000 >/dev/null
ok 'a capacity that somebody else has changed is put back' eventually 3 module_is from-guest-capacity-bytes-per-s 500000
"$nlctl" nic-set "$(module_nic db id)" from-guest-reservation-bytes-per-s=1 >/dev/null
ok 'so is a reservation' eventually 3 module_nic_is db from-guest-reservation-bytes-per-s 250000
"$nlctl" nic-set "$(module_nic web id)" uplink-id=0 from-guest-weight=1 >/dev/null
ok 'a NIC that was taken from it' eventually 3 module_nic_is web uplink-id "$wire"
is 'with its weight' "$(module_nic web from-guest-weight)" 300
at_least 'each is counted' "$(host DriftCorrected)" $((before + 3))
before=$(host DriftCorrected)
"$nlctl" uplink-add stray to-guest-capacity-bytes-per-s=1 from-guest-capacity-bytes-per-s=1 >/dev/null
ok 'an uplink that nobody defines is taken away' eventually 3 module_is id '' stray
is 'and counted' "$(host DriftCorrected)" $((before + 1))
# Between two samples.
ids="$(module_nic web id) $(module_nic db id)"
remove_wire() {
	local id
	for id in $ids; do "$nlctl" nic-set "$id" uplink-id=0 from-guest-reservation-bytes-per-s=0 >/dev/null; done
	"$nlctl" uplink-del "$wire"
}
ok 'an uplink is removed by somebody else' eventually 20 remove_wire
ok 'one that was removed is there again' eventually 3 sh -c "'$nlctl' uplinks | grep -q 'name=wire '"
wire=$(module id)
ok 'with its NICs' eventually 3 module_nic_is db uplink-id "$wire"
ok 'both' eventually 3 module_nic_is web uplink-id "$wire"
at_least 'all of that is told' "$(put_right)" 6
is 'there is no problem' "$(problems)" ''
shares 'as before' 250000 250000
metrics() { curl -s -H 'Accept: application/openmetrics-text' http://127.0.0.1:9645/metrics; }
like 'metrics have the uplink' "$(metrics)" 'kvrm_uplink_capacity_bytes_per_second\{uplink="wire",direction="transmit"\} 500000'
like 'and what is reserved' "$(metrics)" 'kvrm_uplink_reserved_bytes_per_second\{uplink="wire",direction="transmit"\} 250000'
like 'and what NICs want' "$(metrics)" 'kvrm_vm_network_demand_bytes_per_second\{vm="[0-9a-f-]+",nic="0",direction="transmit"\} [1-9]'

# kvrmd is killed; what is there is as it was.
systemctl kill -s KILL kvrmd.service
shares 'when kvrmd is killed' 250000 250000
systemctl start kvrmd.service
ok 'a new kvrmd' eventually 30 nic_is web UplinkApplied wire
ok 'knows all' eventually 20 nic_is db UplinkApplied wire
is 'and changes nothing' "$(module id) $(module_nic web uplink-id) $(problems)" "$wire $wire "
is 'nor takes anything for changed' "$(put_right)" 0
is 'what is reserved' "$(uplink FromGuestReserved)" 250000
systemctl stop kvrmd.service
"$nlctl" uplink-add left to-guest-capacity-bytes-per-s=1 from-guest-capacity-bytes-per-s=1 >/dev/null
"$nlctl" uplink-set "$wire" from-guest-capacity-bytes-per-s=600000 >/dev/null
systemctl start kvrmd.service
ok 'what was left while it was away is taken away' eventually 20 module_is id '' left
ok 'and what was changed put right' eventually 20 module_is from-guest-capacity-bytes-per-s 500000

# The module goes and comes.
ok 'the module goes' module_stays_away
ok 'nobody holds the uplink' eventually 5 uplink_is EnforcedBy ''
ok 'nor what a NIC has there' eventually 5 nic_is web UplinkApplied ''
like 'which is a problem' "$(problems)" 'the reservations and weights of NICs are not held: the module is not loaded'
like 'and is missing' "$(kvrmctl status --json | jq -r '.ModuleMissing[]')" 'Reservations and weights of network cards are not held'
ok 'what does not fit is refused all the same' refused 8 "uplink 'wire' lacks" kvrmctl nic set web 0 from-guest-reservation=2500kbit
ok 'what fits is changed' kvrmctl nic set web 0 from-guest-weight=100
ok 'also of the uplink' kvrmctl uplink set wire to-guest-capacity=2Mbit
ok 'a part' kvrmctl uplink create gold --parent=wire
rm /etc/modprobe.d/kvrm-test.conf
ok 'the module comes' modprobe kvrm
ok 'it has the uplink' eventually 10 uplink_is EnforcedBy module
ok 'with what NICs have there' eventually 20 nic_is db UplinkApplied wire
ok 'both' eventually 20 nic_is web UplinkApplied wire
is 'as it is now' "$(module to-guest-capacity-bytes-per-s) $(module parent gold) $(module_nic web from-guest-weight) $(module_nic db from-guest-reservation-bytes-per-s)" \
	"250000 $(module id) 100 250000"
ok 'there is no problem any more' eventually 5 problems_are 0
shares 'and shares as they are due' 250000 250000

# The end.
ok 'a guest ends' kvrmctl kill db
is 'what it has reserved is free' "$(uplink FromGuestReserved)" 0
ok 'in the module, too' eventually 5 module_is from-guest-reserved-bytes-per-s 0
ok 'the third one fits now' kvrmctl start third
is 'with both NICs' "$(uplink FromGuestReserved) $("$nlctl" nics | grep -c "uplink-id=$(module id) ")" '200500 3'
kvrmctl kill web >/dev/null
kvrmctl kill third >/dev/null
kvrmctl delete db >/dev/null
ok 'a part goes' kvrmctl uplink delete gold
ok 'and the uplink, without those that do not run' eventually 5 kvrmctl uplink delete wire
is 'the module has none' "$("$nlctl" uplinks)" ''
ok 'the third one does not start without it' refused 8 'nic 1: from-guest-reservation: needs an uplink' kvrmctl start third
done_testing
