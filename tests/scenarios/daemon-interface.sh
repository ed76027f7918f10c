#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The interfaces as others see them: D-Bus, metrics, console, journal; and how QEMU is confined.
# shellcheck disable=SC2317 # called through ok
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

kvrmd_prepare
define_spin load 30% --description='A guest, "quoted" \ and so on' >/dev/null
ok "a guest starts" kvrmctl start load
is "its share of storage is known at once" "$(field load StorageWeightApplied)" 100
uuid=$(field load UUID)
pid=$(field load MainPID)
path=/org/kvrm1/system/${uuid//-/_}

# D-Bus: every method's and signal's arguments have names.
for interface in "org.kvrm1 /org/kvrm1 org.kvrm1.Manager" "org.kvrm1 $path org.kvrm1.VirtualSystem" \
	"org.kvrm1.Launcher /org/kvrm1/launcher org.kvrm1.Launcher"; do
	read -r service object name <<<"$interface"
	xml=$(busctl call --json=short "$service" "$object" org.freedesktop.DBus.Introspectable Introspect | jq -r '.data[0]')
	members=$(awk -v name="$name" '$0 ~ "<interface name=\"" name "\"" { on = 1 } /<\/interface>/ { on = 0 } on' <<<"$xml")
	ok "$name has members" [ "$(grep -c '<method\|<property\|<signal' <<<"$members")" -gt 2 ]
	is "all arguments of $name have names" "$(grep '<arg' <<<"$members" | grep -vc 'name="[a-z]')" 0
	page=$(cat "$tests/../Documentation/dbus/$name.md")
	while IFS= read -r member; do
		[[ $page == *"\`$member"* ]] || { undocumented="${undocumented:-} $name.$member"; }
	done < <(sed -n 's/.*<\(method\|property\|signal\) name="\([A-Za-z]*\)".*/\2/p' <<<"$members")
done
is "all members are documented" "${undocumented:-}" ''
ok "busctl introspects" busctl introspect org.kvrm1 "$path" org.kvrm1.VirtualSystem

# Metrics.
url=http://127.0.0.1:9645/metrics
# The last to be known.
knows_activity() { tap_match "$(curl -sf "$url")" 'kvrm_vm_memory_active_bytes'; }
ok "all is known of it" eventually 60 knows_activity
metrics=$(curl -sf $url)
like "the guest's limit" "$metrics" 'kvrm_vm_cpu_limit[a-z_]*\{[^}]*vm="[^"]*"[^}]*\} 0\.3'
is "on the socket the same" "$(curl -sf --unix-socket /run/kvrm/metrics.sock http://x/metrics | grep -c '^# TYPE')" \
	"$(grep -c '^# TYPE' <<<"$metrics")"
like "OpenMetrics if it is asked for" \
	"$(curl -sfi -H 'Accept: application/openmetrics-text; version=1.0.0' $url)" \
	'application/openmetrics-text.*# EOF'
is "another path is not found" "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9645/x)" 404
limiter=$(host CPULimiter)
like "what holds limits" "$limiter" '^(cpu-max|task-work)$'
like "it is a label" "$metrics" "kvrm_module_info\\{[^}]*cpu_limiter=\"$limiter\"\\} 1"
is "and a property" "$(busctl get-property --json=short org.kvrm1 /org/kvrm1 org.kvrm1.Manager CPULimiter | jq -r .data)" "$limiter"

# Compression, and clients that misbehave.
slow_client() ( # sends a byte each second, until it is cut off
	trap '' PIPE
	start=$SECONDS
	exec {client}<>/dev/tcp/127.0.0.1/9645
	while printf G >&"$client" && [ $((SECONDS - start)) -lt 40 ]; do sleep 1; done 2>/dev/null
	echo $((SECONDS - start)) >/tmp/slow-client
)
half_open() ( # N COMMAND...: while N clients have sent half a request
	ulimit -n 4096
	for ((i = 0; i < $1; i++)); do
		exec {client}<>/dev/tcp/127.0.0.1/9645 || return
		printf 'GET /metr' >&"$client"
	done
	"${@:2}"
)
like "it is compressed if that is asked for" "$(curl -sf --compressed $url)" 'kvrm_host_memory_capacity_bytes [0-9.e+]+.*kvrm_pool_members'
like "and said so" "$(curl -sfI -H 'Accept-Encoding: gzip' $url)" 'Content-Encoding: gzip'
like "a request of 1 MiB is refused" \
	"$(printf 'url = "%s?%s"\n' $url "$(head -c 1048576 /dev/zero | tr '\0' x)" | curl -s -o /dev/null -w '%{http_code}' -K -)" '^(414|000)$'
ok "1,000 half requests keep nobody from being answered" half_open 1000 curl -sf -m 5 -o /dev/null $url
ok "nor do 20 clients that ask at once" sh -c "for i in \$(seq 20); do curl -sf -m 10 -o /dev/null $url & p=\"\$p \$!\"; done
	for i in \$p; do wait \$i || exit 1; done"
# Ten clients ask without pause, and one of the guests does not answer QEMU's monitor: what the kernel knows of it is told.
ten_clients() {
	local i client urls clients=()
	mapfile -t urls < <(yes "$url" | head -n 20)
	for ((i = 0; i < 10; i++)); do
		curl -sf -m 60 "${urls[@]}" >/dev/null &
		clients+=($!)
	done
	for client in "${clients[@]}"; do wait "$client" || return; done
}
kill -STOP "$pid"
ok "while a guest's QEMU stands still, ten clients that ask without pause are answered" ten_clients
like "with what the kernel knows of it" "$(curl -sf -m 5 $url)" "kvrm_vm_cpu_time_seconds_total\\{vm=\"$uuid\",vcpu=\"0\"\\}"
like "of its virtual CPU by mode" "$(curl -sf -m 5 $url)" \
	"kvrm_vm_cpu_mode_seconds_total\\{vm=\"$uuid\",vcpu=\"0\",mode=\"guest\"\\}"
like "and of QEMU's other threads" "$(curl -sf -m 5 $url)" \
	"kvrm_vm_cpu_overhead_seconds_total\\{vm=\"$uuid\",kind=\"emulator\"\\}"
ok "and so is who asks kvrmd" timeout 5 kvrmctl status
kill -CONT "$pid"
slow_client &
slow=$!

# Console: what the guest wrote before anybody listened may be lost, what it says after a reset not.
console_says() { # NAME WORD: within a minute after one of three resets
	local said try console result=1
	said=$(mktemp)
	kvrmctl console "$1" </dev/null >"$said" &
	console=$!
	for try in 1 2 3; do
		sleep "$try"
		kvrmctl reset "$1" && eventually 20 grep -q "$2" "$said" && { result=0; break; }
	done
	kill "$console"
	wait "$console"
	cat "$said"
	rm -f "$said"
	return "$result"
}
ok "the console shows what the guest says" console_says load spin

# Disks: a boot sector that says "disk boots", on a qcow2 image that only root may open.
boot_sector='\x31\xc0\x8e\xd8\xba\xf8\x03\xbe\x15\x7c\xac\x84\xc0\x74\x03\xee\xeb\xf8\xf4\xeb\xfddisk boots\r\n'
rm -f /srv/disk.*
printf %b "$boot_sector" >/srv/disk.raw
truncate -s 1M /srv/disk.raw
printf '\x55\xaa' | dd of=/srv/disk.raw bs=1 seek=510 conv=notrunc status=none
qemu-img convert -q -O qcow2 /srv/disk.raw /srv/disk.qcow2
chmod 600 /srv/disk.*
ok "a guest that boots from a disk" kvrmctl define --name=disk --memory=32M --disk=/srv/disk.qcow2,format=qcow2 \
	--disk=/srv/disk.raw,readonly=on --start
ok "boots" console_says disk 'disk boots'
kvrmctl kill disk >/dev/null
rm -f /srv/disk.raw
ok "a disk that went" refused 1 'disk: /srv/disk.raw: No such file' kvrmctl start disk

# Journal.
ok "entries can be found by the system" sh -c "journalctl --no-pager KVRM_SYSTEM_UUID=$uuid -o cat | grep -q started"
ok "by its name, too" sh -c "journalctl --no-pager KVRM_SYSTEM_NAME=load -o cat | grep -q started"

# Confinement.
status=$(cat "/proc/$pid/status")
not_ok "QEMU is not root" grep -q $'^Uid:.*\t0\t' <<<"$status"
like "QEMU has no capabilities" "$status" $'CapEff:\t0000000000000000'
like "can get none" "$status" $'CapBnd:\t0000000000000000'
like "no new privileges" "$status" $'NoNewPrivs:\t1'
like "system calls are filtered" "$status" $'Seccomp:\t2'
not_ok "its network is not the host's" [ "$(readlink "/proc/$pid/ns/net")" = "$(readlink /proc/1/ns/net)" ]
like "it is below kvrm.slice" "$(cat "/proc/$pid/cgroup")" '/kvrm.slice/kvrm-guest-'
not_ok "kvrmd is not root" [ "$(stat -c %u "/proc/$(systemctl show -P MainPID kvrmd.service)")" = 0 ]
for unit in kvrmd.service kvrm-launcher.service "$(field load Unit)"; do
	exposure=$(systemd-analyze security --no-pager "$unit" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
	ok "exposure of $unit is below 3.0: $exposure" awk -v e="$exposure" 'BEGIN { exit !(e != "" && e < 3.0) }'
done

# Who sends too slowly is cut off: after 15 s.
wait "$slow"
like "a request that takes for ever ends" "$(cat /tmp/slow-client)" '^(1[4-9]|2[0-5])$'

# Command line.
for command in list 'show load' status 'stats load'; do
	read -ra words <<<"$command"
	ok "kvrmctl ${words[0]} as JSON" sh -c 'kvrmctl "$@" --json | jq -e . >/dev/null' sh "${words[@]}"
	ok "kvrmctl ${words[0]} as a table" kvrmctl "${words[@]}"
done
is "bash completes names" "$(bash -ic '. /usr/share/bash-completion/completions/kvrmctl
	COMP_WORDS=(kvrmctl start lo) COMP_CWORD=2 COMP_LINE="kvrmctl start lo" COMP_POINT=16
	_kvrmctl; echo "${COMPREPLY[*]}"' 2>/dev/null)" load

# top: records of what holds a guest back. Batch and CSV measure at once.
kvrmctl top --csv --count=2 --interval=0.5 load >/tmp/top.csv &
csv=$!
like "top says what limits a guest" "$(kvrmctl top --batch --count=1 load)" \
	'NAME .*WHY.*load .* limited [0-9]+ %: processor limit 300 ms/s'
wait "$csv"
is "as CSV with names once" "$(cut -d, -f1,2,3 /tmp/top.csv | sed 's/^[0-9]*,/T,/' | xargs)" \
	"Time,Name,UUID T,load,$uuid T,load,$uuid"
ok "its key is known" refused 2 'not one of used, name' kvrmctl top --batch --sort=size
ok "its shortest interval, too" refused 2 '0.01 to 3600' kvrmctl top --batch --interval=0.005
ok "and its systems" refused 3 'no such' kvrmctl top --batch nobody
ok "without a terminal it says so" refused 2 'not a terminal; --batch' kvrmctl top

# Somebody sets the clock: what is measured goes on, and by the time that really passed.
set_clock() { date -s "@$(($(date +%s) + $1))" >/dev/null; }
timeout 30 kvrmctl stats --json --interval=1 --count=3 load >/tmp/stepped.json &
stepped=$!
sleep 1.5
set_clock -3600
wait "$stepped"
status=$?
set_clock 3600
is "stats go on when the time of day is set back" $status 0
measured "and tell what was used by the time that passed" jq -se 'length == 3 and all(.[0].UsedCPUs > 0.2 and .[0].UsedCPUs < 0.4)' /tmp/stepped.json

samples_are_for_group() { [ "$(stat -c '%G %a' /dev/kvrm-samples)" = 'kvrm 440' ]; }
has_short_steps() { awk -F, 'NR > 2 && $6 < 100000 { n++ } END { exit n < 10 }' "$1"; }
# From the module's samples, five times as often as kvrmd measures at most; and to a file and back, without kvrmd's help.
ok "the group kvrm may read samples" eventually 5 samples_are_for_group
kvrmctl top --csv --count=20 --interval=0.02 load >/tmp/fast.csv
is "top every 20 ms" "$(wc -l </tmp/fast.csv)" 21
like "says the same" "$(cat /tmp/fast.csv)" 'limited [0-9]+ %: processor limit 300 ms/s'
measured "in steps that short" has_short_steps /tmp/fast.csv
ok "samples are recorded" kvrmctl record --rate=100 --seconds=3 --output=/tmp/load.samples load
kvrmctl replay /tmp/load.samples --csv >/tmp/load.csv
measured "a hundred times a second (got $(wc -l </tmp/load.csv) in 3 s)" [ "$(wc -l </tmp/load.csv)" -ge 150 ]
like "with the limit in words" "$(cat /tmp/load.csv)" ',load,.*limited [0-9]+ %: processor limit 300 ms/s'
ok "with what top shows, in the same columns" diff <(head -n 1 /tmp/load.csv) <(head -n 1 /tmp/fast.csv)
ok "as JSON" sh -c 'kvrmctl replay /tmp/load.samples --json |
	jq -se "length > 10 and all(.Systems[0].Name == \"load\" and .Systems[0].IntervalUS > 0)"'
ok "rates are as before" kvrmctl record --seconds=2 --output=/tmp/slow.samples load
at_most "which is ten a second, in 2 s" "$(kvrmctl replay /tmp/slow.samples --csv | wc -l)" 22
ok "who was not there is told" refused 3 'nobody: no virtual system' kvrmctl record --seconds=1 --output=/tmp/none.samples nobody
head -c 3000 /tmp/load.samples >/tmp/short.samples
ok "so is a file that ends too early" refused 1 'ends too early' kvrmctl replay /tmp/short.samples
ok "and one of something else" refused 1 'no file of samples' kvrmctl replay /etc/passwd
ok "and who is not in it" refused 3 'nobody: there is no such virtual system' kvrmctl replay --csv /tmp/slow.samples nobody
ok "a rate out of range" refused 2 '1 to 1000' kvrmctl record --rate=1001 --output=/tmp/none.samples

# While kvrmd is away it waits, and is not what starts it again.
kvrmctl top --json --interval=0.5 load >/tmp/top.json 2>/tmp/top.errors &
top=$!
ok "records as JSON" eventually 10 test -s /tmp/top.json
systemctl stop kvrmd.service
ok "that kvrmd is away is said" eventually 10 grep -q ExitStatus /tmp/top.errors
sleep 1
is "but it stays away" "$(systemctl is-active kvrmd.service)" inactive
systemctl start kvrmd.service
records=$(wc -l </tmp/top.json)
ok "records go on when it is back" eventually 30 sh -c "[ \$(wc -l </tmp/top.json) -gt $records ]"
kill "$top"
wait "$top"
is "a signal ends them" $? 143
is "it was said once" "$(grep -c ExitStatus /tmp/top.errors)" 1
ok "each record of what runs is complete" jq -se 'map(.Systems[0] | select(.State == "active")) | length > 1 and
	all(.UsedCPUs != null and .IntervalUS > 0)' /tmp/top.json
ok "that of the beginning with its virtual CPU" jq -se '.[0].Systems[0].VCPUs | length == 1 and .[0].Limited > 0.1' /tmp/top.json
ok "kvrmd has all of it again" eventually 30 sh -c 'kvrmctl top --batch --count=1 load | grep -q "limited [0-9]"'

# The same on a terminal: it is drawn twice at least, keys are heeded, and the terminal is given back.
on_terminal() { # SECONDS KEYS COMMAND: after that time these keys; what it draws is in /tmp/top.drawn
	{ sleep "$1"; printf %s "$2"; } |
		LC_ALL=C.UTF-8 TERM=${terminal:-xterm} timeout 20 script -qec "$3" /tmp/top.drawn >/dev/null
}
ok "top draws, and q ends it" on_terminal 3.5 q 'kvrmctl top --interval=0.5'
like "what it drew" "$(tr -d '\0' </tmp/top.drawn)" \
	'[0-9] of [0-9] systems.*HISTORY.*processor limit 300 ms/s.*1049l'
not_ok "SIGTERM ends it, too" on_terminal 0 '' 'timeout --foreground 2 kvrmctl top'
like "and the terminal is given back" "$(tail -c 400 /tmp/top.drawn | tr -d '\0')" '1049l'
terminal=dumb
not_ok "a terminal without a cursor is refused" on_terminal 0 '' 'kvrmctl top'
like "with what helps" "$(tr -d '\0' </tmp/top.drawn)" 'cannot be drawn on; --batch'
done_testing
