#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is wrong is refused, with a sentence that names it, and changes nothing.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

kvrmd_prepare
# shellcheck disable=SC2317 # called by refused
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
none() { is "$1: nothing is defined" "$(kvrmctl list --names)" ''; }

# Definitions.
cat >/root/bad.kvrm <<END
# a guest
name = web1
memory = 64M
cpu-limits = 25%
END
ok "an unknown key" refused 2 "bad.kvrm:4: unknown key 'cpu-limits'; keys are .*cpu-limit" kvrmctl define /root/bad.kvrm
sed -i 's/^cpu-limits.*/disk = \/srv\/missing.qcow2/' /root/bad.kvrm
ok "a missing disk" refused 2 'disk: /srv/missing.qcow2: No such file' kvrmctl define /root/bad.kvrm
ok "a file that is not there" refused 2 'No such file' kvrmctl define /root/none.kvrm
none "so far"
for bad in --memory=0 --memory=1000 --memory=17T --vcpus=0 --vcpus=256 --cpu-limit=0.5% --cpu-limit=0 --cpu-limit=-1 \
	--cpu-limit=18446744073709551615 --name=. --name=a,b --uuid=1 --disk=relative --disk=/a,format=vmdk --channel=a=b \
	--cmdline=x --kernel=vmlinuz; do
	key=${bad%%=*}
	ok "$bad" refused 2 "${key#--}: " kvrmctl define --name=web1 --memory=64M "$bad"
done
ok "more CPUs than the host has" refused 2 'cpu-limit: .*200 ?%|cpu-limit: .*2000000' \
	kvrmctl define --name=web1 --memory=64M --cpu-limit=300%
ok "a wrong type on D-Bus" refused 1 'VCPUs' busctl call org.kvrm1 /org/kvrm1 org.kvrm1.Manager DefineSystem 'a{sv}' 3 \
	Name s web1 Memory t 67108864 VCPUs s two
ok "an unknown key on D-Bus" refused 1 'Colour' busctl call org.kvrm1 /org/kvrm1 org.kvrm1.Manager DefineSystem 'a{sv}' 3 \
	Name s web1 Memory t 67108864 Colour s red
none "after all of these"

ok "a good one" define_spin web1 30%
uuid=$(field web1 UUID)
ok "its name again" refused 5 "name: 'web1' is in use" define_spin web1 30%
ok "its UUID again" refused 5 "uuid: $uuid is in use" define_spin web2 30% --uuid="$uuid"
is "still one" "$(kvrmctl list --names)" web1

# States.
ok "stop what does not run" refused 5 'defined' kvrmctl stop web1
ok "pause what does not run" refused 5 'defined' kvrmctl pause web1
ok "a system that is not there" refused 3 'web9: there is no such virtual system' kvrmctl start web9
kvrmctl start web1
ok "start what runs" refused 5 'active' kvrmctl start web1
ok "delete what runs" refused 5 'active' kvrmctl delete web1
ok "a guest that does not shut down" refused 6 'in the time given' kvrmctl stop --timeout=2 web1
is "goes on" "$(field web1 State)" active
for bad in 0.5% 300% 18446744073709551615; do
	ok "limit $bad of a running guest" refused 2 'cpu-limit: |limit' kvrmctl set web1 cpu-limit=$bad
done
is "its limit is as before" "$(field web1 ProcessorLimitApplied)" 300000
ok "an error as JSON" refused 3 '"Error":"org.kvrm1.Error.NotFound".*"ExitStatus":3' kvrmctl start --json web9

# Others' rights.
ok "everybody may look" as_nobody kvrmctl list
ok "and see statistics" as_nobody kvrmctl stats web1
for command in 'start web1' 'stop --timeout=1 web1' 'kill web1' 'pause web1' 'reset web1' 'delete web1' \
	'set web1 cpu-limit=50%' 'console web1' 'define --name=web3 --memory=64M'; do
	read -ra words <<<"$command"
	ok "nobody may not: $command" refused 4 'only root' as_nobody kvrmctl "${words[@]}"
done
# Whom polkit allows it: one action, and no other.
cat >/etc/polkit-1/rules.d/10-kvrm-test.rules <<END
polkit.addRule(function(action, subject) {
	if (action.id == "org.kvrm1.operate" && subject.user == "nobody")
		return polkit.Result.YES;
});
END
ok "whom polkit allows it may pause" eventually 10 as_nobody kvrmctl pause web1
is "it is paused" "$(field web1 State)" paused
ok "and resume" as_nobody kvrmctl resume web1
ok "but not change" refused 4 'only root' as_nobody kvrmctl set web1 cpu-limit=40%
is "its limit is as before still" "$(field web1 ProcessorLimitApplied)" 300000
rm /etc/polkit-1/rules.d/10-kvrm-test.rules
ok "until polkit allows it no more" eventually 10 refused 4 'only root' as_nobody kvrmctl pause web1
kvrmctl resume web1 >/dev/null 2>&1
ok "nobody may not call the launcher" refused 1 'denied' as_nobody busctl call org.kvrm1.Launcher \
	/org/kvrm1/launcher org.kvrm1.Launcher Kill s "$uuid"
ok "nobody may not connect to the monitor" refused 1 'denied' as_nobody socat -u \
	"UNIX-CONNECT:/run/kvrm-guests/$uuid/qmp.sock" -
is "it still runs" "$(field web1 State)" active

# QEMU that cannot start: its own words reach the user.
echo "not a kernel" >/srv/not-a-kernel
kvrmctl define --name=broken --memory=64M --kernel=/srv/not-a-kernel >/dev/null
ok "QEMU's own message" refused 1 'broken: could not .*qemu.*kernel' kvrmctl start broken
is "it is defined again" "$(field broken State)" defined
like "and the reason is kept" "$(field broken StateReason)" kernel
rm /srv/not-a-kernel
ok "a kernel that went" refused 1 'kernel: /srv/not-a-kernel: No such file' kvrmctl start broken

# QEMU that does not answer, and goes in the middle of a command.
pid=$(field web1 MainPID)
kill -STOP "$pid"
(sleep 2; kill -KILL "$pid") &
ok "the monitor closes in the middle of a command" refused 1 'monitor|QEMU' kvrmctl pause web1
ok "and the system is defined again" eventually 5 field_is web1 State defined
ok "kvrmd is well" kvrmctl start web1
diag "$(journalctl -u kvrmd --no-pager -o cat | tail -n 30)"
done_testing
