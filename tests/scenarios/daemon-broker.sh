#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The object broker over D-Bus: the lists of requirements walked with real guests; who may do what; pages.
#   daemon-broker.sh
# shellcheck disable=SC2317 # called through ok, refused, eventually and the trap
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

kvrmd_prepare
linux_prepare
disk=/srv/walk.raw
bridge=brwalk

broker() { busctl --json=short call org.kvrm1 /org/kvrm1 org.kvrm1.Broker "$@"; }
pool_field() {
	busctl --json=short get-property org.kvrm1 "$(busctl --json=short call org.kvrm1 /org/kvrm1 org.kvrm1.Manager GetPool s host |
		jq -r '.data[0]')" org.kvrm1.Pool "$1" | jq -r .data
}
# walk LIST [NAME=VALUE...]: the requirements of a profile
walk() {
	local cpus
	cpus=$(host CPUCapacity)
	"$tests/../build/tests/profiles/walk" kernel="$(realpath "$spin_kernel")" cpus_us="$cpus" cpus_above_us=$((cpus + 1)) \
		pool_us="$(pool_field ProcessorCapacity)" pool_bytes="$(pool_field MemoryCapacity)" bridge=$bridge disk=$disk "${@:2}" "$tests/profiles/$1"
}
# all_hold LIST [NAME=VALUE...]: what the walk says, which has the status too
all_hold() {
	local said status
	said=$(walk "$@")
	status=$?
	ok "$1: $(grep -o '[0-9]* of [0-9]* requirements hold' <<<"$said")" [ $status -eq 0 ]
	diag "$said"
}
# names NAMESPACE CLASS: of instances, a line each
names() { "$tests/../build/tests/profiles/walk" --names "$@"; }
# get PATH KEY: a property
get() { broker GetInstance 'sa{sv}' "$1" 0 | jq -c ".data[2].$2.data"; }
# begin PATH METHOD [SIGNATURE ARGUMENT...]: path of the job that the method begins
begin() { broker InvokeMethod "ssa{sv}" "$@" | jq -r 'select(.data[0] == 4096) | .data[1].Job.data'; }
job_ended() { [ "$(get "$1" JobState)" -ge 7 ]; }
# invoke PATH METHOD [SIGNATURE ARGUMENT...]: return code and message; of a job those that it ended with
invoke() {
	local said job
	said=$(broker InvokeMethod "ssa{sv}" "$@")
	job=$(jq -r 'select(.data[0] == 4096) | .data[1].Job.data' <<<"$said")
	if [ -z "$job" ]; then
		jq -r '"\(.data[0]) \(.data[2])"' <<<"$said"
		return
	fi
	eventually 60 job_ended "$job" >/dev/null
	echo "$(get "$job" ErrorCode) $(get "$job" ErrorDescription | sed -E 's/^null$//; s/^"(KVRM[0-9]+).*/\1/')"
}
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
nobody_calls() { as_nobody busctl --json=short call org.kvrm1 /org/kvrm1 org.kvrm1.Broker "$@"; }
path_of() { names root/cimv2 CIM_ComputerSystem | grep "$(field "$1" UUID)"; }
get_is() { tap_equal "$(get "$1" "$2")" "$3"; }
broker_clean() {
	kvrmd_clean
	for name in gold wan; do kvrmctl uplink delete "$name" >/dev/null 2>&1; done
	for name in front web told; do kvrmctl pool delete "$name" >/dev/null 2>&1; done
	ip link del "$bridge" 2>/dev/null
	rm -f "$disk" "$disk b"
}
trap broker_clean EXIT
ip link add $bridge type bridge && ip link set $bridge up
truncate -s 1M "$disk" "$disk b"

for list in DSP1033 DSP1042 DSP1057 DSP1044 DSP1045 DSP1043 DSP1041 DSP1059 DSP1053 DSP1054 DSP1103; do
	all_hold "$list"
done
# Pools of network adapters are uplinks and their parts.
ok "an uplink" kvrmctl uplink create wan --capacity=1Gbit
ok "and a part of it" kvrmctl uplink create gold --parent=wan --from-guest-reservation=40Mbit --to-guest-reservation=48Mbit
for list in DSP1047 DSP1050; do
	all_hold "$list" uplink=wan part=gold
done
for name in gold wan; do kvrmctl uplink delete $name; done >/dev/null
is "the walks left nothing behind" "$(kvrmctl list --names)" ''

# One model: what kvrmctl does a DMTF client sees, and the other way round.
ok "a guest is defined with kvrmctl" define_spin one 50%
one=$(path_of one)
is "a DMTF client sees its name" "$(get "$one" ElementName)" '"one"'
is "and its state" "$(get "$one" EnabledState)" 3
is "a DMTF client starts it" "$(invoke "$one" RequestStateChange 1 RequestedState q 2)" '0 '
is "kvrmctl sees it run" "$(field one State)" active
is "its limit is what was defined" "$(get "/root/cimv2:KVRM_ProcessorAllocationSettingData.InstanceID=\"KVRM:$(field one UUID)/state/processor\"" Limit)" 500000
share_is "and holds" one 500000 5
ok "kvrmctl pauses it" kvrmctl pause one
ok "a DMTF client sees that" eventually 5 get_is "$one" EnabledState 9

# Network adapters come to a guest that runs, and go, as a DMTF client asks; the guest and kvrmctl see it.
service=$(names root/cimv2 CIM_VirtualSystemManagementService)
guest_nics() { order plug report | sed -E 's/^ok //' | jq .nics; }
guest_has() { tap_equal "$(guest_nics)" "$1"; }
settings_of() { # WORLD [RESOURCE]: path of a configuration or of a resource in it
	local class=VirtualSystemSettingData
	[ $# -eq 1 ] || class=EthernetPortAllocationSettingData
	echo "/root/cimv2:KVRM_$class.InstanceID=\"KVRM:$(field plug UUID)/$1${2:+/$2}\""
}
add_adapter() { # WORLD ADDRESS: return code and message
	invoke "$service" AddResourceSettings 2 AffectedConfiguration s "$(settings_of "$1")" ResourceSettings 'a(sa{sv})' 1 \
		KVRM_EthernetPortAllocationSettingData 4 ResourceType q 10 Connection as 1 $bridge Address s "$2" Limit t 1000000
}
remove_adapter() { # WORLD ADDRESS
	invoke "$service" RemoveResourceSettings 1 ResourceSettings as 1 "$(settings_of "$1" "adapter/$2")"
}
ok "a Linux guest" define_linux plug unlimited --start
ok "is up" eventually 60 guest_has 0
is "it gets an adapter" "$(add_adapter state 52:54:00:00:00:44)" '0 '
ok "and has it" eventually 20 guest_has 1
is "with its limit" "$(kvrmctl show --json plug | jq -c '[.[0].NICs[] | .MAC, .FromGuestLimit]')" '["52:54:00:00:00:44",1000000]'
is "in effect as well" "$(get "$(settings_of state adapter/52:54:00:00:00:44)" Limit)" 1000000
is "an address twice" "$(add_adapter state 52:54:00:00:00:44 | cut -c1-10)" '4 KVRM0216'
is "not to the defined configuration of what runs" "$(add_adapter defined 52:54:00:00:00:45 | cut -c1-10)" '2 KVRM0201'
is "nor from it" "$(remove_adapter defined 52:54:00:00:00:44 | cut -c1-10)" '5 KVRM0201'
is "it has one still" "$(guest_nics)" 1
is "it lets go of it" "$(remove_adapter state 52:54:00:00:00:44)" '0 '
is "and has none" "$(guest_nics)" 0
is "nor is one defined" "$(kvrmctl show --json plug | jq -c '.[0].NICs')" '[]'
is "what is gone cannot be removed" "$(remove_adapter state 52:54:00:00:00:44 | cut -c1-10)" '4 KVRM0136'
ok "it ends" kvrmctl kill plug
is "what does not run has no configuration in effect to add to" "$(add_adapter state 52:54:00:00:00:44 | cut -c1-10)" '2 KVRM0201'
is "but a defined one" "$(add_adapter defined 52:54:00:00:00:44)" '0 '
is "that is kept" "$(kvrmctl show --json plug | jq -c '[.[0].NICs[].MAC]')" '["52:54:00:00:00:44"]'
is "and emptied again" "$(remove_adapter defined 52:54:00:00:00:44)" '0 '
ok "nobody else adds" refused 1 'Access denied|AccessDenied|only root' nobody_calls InvokeMethod 'ssa{sv}' "$service" \
	AddResourceSettings 1 AffectedConfiguration s "$(settings_of defined)"
ok "it is deleted" kvrmctl delete plug

# Indications: each listener is told what he has asked for, and has numbers without a gap.
listen() { "$tests/../build/tests/profiles/walk" --listen "$1" "{ $2; } >/dev/null 2>&1"; } # FILTER COMMAND
spin=$(realpath "$spin_kernel")
said=$(listen KVRM:systems "kvrmctl define --name=told --memory=16M --kernel=$spin && kvrmctl start told && kvrmctl kill told &&
	kvrmctl delete told")
diag "$said"
is "a listener is told how a system begins" "$(head -n 1 <<<"$said" | cut -d' ' -f1,2)" '0 CIM_InstCreation'
ok "how it changes" grep -q '^1 CIM_InstModification ' <<<"$said"
is "and how it ends" "$(tail -n 1 <<<"$said" | cut -d' ' -f2)" CIM_InstDeletion
is "each with the next number" "$(cut -d' ' -f1 <<<"$said")" "$(seq 0 $(($(wc -l <<<"$said") - 1)))"
is "of that system alone" "$(cut -d' ' -f3 <<<"$said" | sort -u | wc -l)" 1
said=$(listen KVRM:pools 'kvrmctl pool create told && kvrmctl pool delete told')
is "of a pool's beginning and end, of processors and memory" "$(grep -c 'pool/[a-z]*/told' <<<"$said")" 4
said=$(listen KVRM:alerts "kvrmctl pool create told --cpu-reservation=$(nproc) || true")
diag "$said"
ok "of what is refused for want of resources" grep -q '^0 KVRM_AlertIndication ' <<<"$said"
# A filter of a client's own: what starts.
started="SELECT * FROM CIM_InstModification WHERE SourceInstance ISA CIM_ComputerSystem AND \
SourceInstance.EnabledState = 2 AND SourceInstance.EnabledState <> PreviousInstance.EnabledState"
filter=$(broker CreateInstance 'ssa{sv}' interop CIM_IndicationFilter 3 Name s test:started Query s "$started" QueryLanguage s DMTF:CQL |
	jq -r '.data[0]')
said=$(listen test:started "kvrmctl define --name=told --memory=16M --kernel=$spin && kvrmctl start told && kvrmctl kill told &&
	kvrmctl delete told")
is "of starts alone, through a filter that a client made" "$(cut -d' ' -f1,2 <<<"$said")" '0 CIM_InstModification'
ok "which is removed" broker DeleteInstance s "$filter"
ok "and gone" refused 1 'KVRM0108' broker Subscribe s test:started
ok "a query that is not understood" refused 1 'KVRM0140: Query: at character 8' broker CreateInstance 'ssa{sv}' interop CIM_IndicationFilter 2 \
	Query s 'SELECT Name FROM CIM_Indication' QueryLanguage s WQL
ok "nobody else makes one" refused 1 'Access denied|AccessDenied|only root' nobody_calls CreateInstance 'ssa{sv}' interop \
	CIM_IndicationFilter 0
ok "a filter that there is not" refused 1 'KVRM0108' broker Subscribe s KVRM:none
ok "a subscription of somebody else's" refused 1 'KVRM0112' broker Unsubscribe t 1
is "who has left is told no more" "$(names interop CIM_ListenerDestination)" ''
ok "everybody listens" nobody_calls Subscribe s KVRM:alerts

# Jobs
gone() { ! broker GetInstance "sa{sv}" "$1" 0 >/dev/null 2>&1; }
job_is() { tap_equal "$(get "$1" JobState)" "$2"; }
kept() { broker ModifyInstance 'sa{sv}' "$1" 1 "${@:2}"; }
ok "a guest that does not listen" kvrmctl resume one
job=$(begin "$one" RequestStateChange 2 RequestedState q 4 TimeoutPeriod s 00000000010000.000000:000)
ok "is to shut down within an hour" eventually 5 get_is "$one" EnabledState 4
is "which goes on" "$(get "$job" JobState)" 4
ok "nobody else terminates that" refused 1 'Access denied|AccessDenied|only root' nobody_calls InvokeMethod 'ssa{sv}' "$job" \
	RequestStateChange 1 RequestedState q 4
ok "nor removes it" refused 1 'Access denied|AccessDenied|only root' nobody_calls DeleteInstance s "$job"
ok "nor does it go while it runs" refused 1 'KVRM0206' broker DeleteInstance s "$job"
is "it is terminated" "$(invoke "$job" RequestStateChange 1 RequestedState q 4)" '0 '
is "and is so" "$(get "$job" JobState)" 8
is "everybody is told why" "$(nobody_calls InvokeMethod 'ssa{sv}' "$job" GetErrors 0 |
	jq -r '.data[1].Errors.data[0] | .[0], .[1].MessageID.data')" $'CIM_Error\nKVRM0205'
is "kvrmctl sees it run" "$(field one State)" active
ok "what is kept until it is removed" kept "$job" DeleteOnCompletion b false
ok "is removed" broker DeleteInstance s "$job"
ok "and gone" gone "$job"
said=$(listen KVRM:jobs "busctl call org.kvrm1 /org/kvrm1 org.kvrm1.Broker InvokeMethod 'ssa{sv}' '$one' RequestStateChange 1 RequestedState q 3")
diag "$said"
ok "a listener is told that a job begins" grep -q ' CIM_InstCreation .*KVRM_ConcreteJob' <<<"$said"
ok "and ends" grep -q ' CIM_InstModification .*KVRM_ConcreteJob' <<<"$said"
job=$(begin "$one" RequestStateChange 1 RequestedState q 2)
ok "a start ends" eventually 60 job_is "$job" 7
ok "it is to be kept for half a second" kept "$job" TimeBeforeRemoval s 00000000000000.500000:000
ok "and then it is gone" eventually 5 gone "$job"
ok "the guest is not" kvrmctl pause one

# Objects: the same instances for clients that know D-Bus.
cim=/org/kvrm1/cim/KVRM
object_of() { sed -E "s/-/_2d/g; s/^([0-9])/_3\\1/; s|^|${cim}_ComputerSystem/|" <<<"$(field "$1" UUID)"; }
cim_call() { busctl --json=short call org.kvrm1 "$object" org.kvrm1.cim.KVRM_ComputerSystem "$@"; }
ask_state() { cim_call RequestStateChange 'a{sv}' 1 RequestedState q "$1" | jq -r '"\(.data[0]) \(.data[2])"'; }
object=$(object_of one)
is "an object tells what the broker tells" \
	"$(busctl --json=short get-property org.kvrm1 "$object" org.kvrm1.cim.KVRM_ComputerSystem EnabledState | jq .data)" "$(get "$one" EnabledState)"
ok "introspection names methods" grep -q 'RequestStateChange *method *a{sv} *ua{sv}ss' <<<"$(busctl introspect org.kvrm1 "$object")"
ok "their arguments" grep -q '"org.kvrm1.In.RequestedState" value="q"' <<<"$(busctl introspect --xml-interface org.kvrm1 "$object")"
ok "and objects" grep -q "${object##*/}" <<<"$(busctl introspect --xml-interface org.kvrm1 "${cim}_ComputerSystem")"
is "a method" "$(ask_state 2)" '0 '
is "does what it says" "$(field one State)" active
is "and back" "$(ask_state 9)" '0 '
is "one that refuses says why" "$(ask_state 7)" '1 KVRM0200'
ok "nobody else calls it" refused 1 'Access denied|AccessDenied|only root' as_nobody busctl call org.kvrm1 "$object" \
	org.kvrm1.cim.KVRM_ComputerSystem RequestStateChange 'a{sv}' 1 RequestedState q 3
ok "but everybody reads" as_nobody busctl get-property org.kvrm1 "$object" org.kvrm1.cim.KVRM_ComputerSystem ElementName
ok "what there is not" refused 1 'UnknownObject|no object' busctl get-property org.kvrm1 "${cim}_ComputerSystem/none" \
	org.kvrm1.cim.KVRM_ComputerSystem ElementName
# Signals, as who has read the objects is told them, and as a monitor sees them.
heard=$(mktemp)
hears() { busctl call org.kvrm1 /org/kvrm1 org.freedesktop.DBus.Peer Ping && grep -q '"Ping"' "$heard"; }
busctl --json=short monitor org.kvrm1 >"$heard" 2>/dev/null &
monitor=$!
ok "a monitor listens" eventually 10 hears
said=$("$tests/../build/tests/profiles/walk" --watch "{ kvrmctl define --name=told --memory=16M --kernel=$spin && kvrmctl start told &&
	kvrmctl kill told && kvrmctl delete told; } >/dev/null 2>&1")
kill $monitor
wait $monitor 2>/dev/null
diag "$said"
is "the beginning of a system is told once" "$(grep -c "^added ${cim}_ComputerSystem/" <<<"$said")" 1
ok "with its settings" grep -q "^added ${cim}_VirtualSystemSettingData/" <<<"$said"
ok "its changes" grep -q "^changed ${cim}_ComputerSystem/" <<<"$said"
is "and its end" "$(grep -c "^removed ${cim}_ComputerSystem/" <<<"$said")" 1
is "all that began has ended" "$(grep '^added .*SettingData/' <<<"$said" | cut -d' ' -f2 | sort)" \
	"$(grep '^removed .*SettingData/' <<<"$said" | cut -d' ' -f2 | sort)"
is "as a monitor sees it" "$(jq -c 'select(.member == "InterfacesAdded" and .path == "/org/kvrm1/cim") | .payload.data[0]' "$heard" |
	grep -c "${cim}_ComputerSystem/")" 1
rm -f "$heard"

# Who may do what.
ok "everybody reads" nobody_calls GetInstance 'sa{sv}' "$one" 0
ok "nobody else starts or stops" refused 1 'Access denied|AccessDenied|only root' nobody_calls InvokeMethod 'ssa{sv}' "$one" \
	RequestStateChange 1 RequestedState q 3
ok "nor destroys" refused 1 'Access denied|AccessDenied|only root' nobody_calls InvokeMethod 'ssa{sv}' "$service" DestroySystem 1 \
	AffectedSystem s "$one"
is "it is as it was" "$(field one State)" paused
is "a registered profile tells everybody of its instances" "$(nobody_calls InvokeMethod 'ssa{sv}' \
	'/interop:KVRM_RegisteredProfile.InstanceID="KVRM:DSP1042-SystemVirtualization-1.0.0"' GetCentralInstances 0 |
	jq '.data[0]')" 0

# Pages belong to who opened them, and are gone with him.
context=$(broker OpenInstances 'ssa{sv}' root/cimv2 CIM_ManagedElement 0 | jq '.data[0]')
ok "who opened an enumeration has left, and it with him" refused 1 'KVRM0106' broker PullPaths tu "$context" 1
for _ in $(seq 100); do broker OpenInstances 'ssa{sv}' root/cimv2 CIM_ManagedElement 0 >/dev/null || break; done
ok "a hundred that nobody reads are in nobody's way" names root/cimv2 CIM_ResourcePool

# Bad input
ok "what is no path" refused 1 'KVRM0103' broker GetInstance 'sa{sv}' x 0
ok "a class that there is not" refused 1 'KVRM0101' broker GetClass s CIM_No
ok "a class" broker GetClass s CIM_ResourcePool
is "a destroyed system's path" "$(invoke "$service" DestroySystem 1 AffectedSystem s "$one"; broker GetInstance 'sa{sv}' "$one" 0 2>&1 |
	grep -o 'KVRM[0-9]\{4\}')" $'0 \nKVRM0102'
is "kvrmctl does not know it either" "$(kvrmctl list --names)" ''
diag "$(journalctl -u kvrmd --no-pager -o cat | tail -n 20)"
done_testing
