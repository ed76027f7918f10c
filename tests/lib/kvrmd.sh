# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Virtual systems through kvrmctl, for scenarios. Source it after tap.sh.

# shellcheck source=tests/lib/share.sh
. "$(dirname "${BASH_SOURCE[0]}")/share.sh"
# shellcheck source=tests/lib/linux.sh
. "$(dirname "${BASH_SOURCE[0]}")/linux.sh"
# shellcheck disable=SC2034 # used by the scenarios
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
spin_kernel=$tests/../build/tests/guests/spin
guest_initrd=/srv/guest-initrd.gz

# kvrmd as after boot: running, with the module, and nothing defined.
kvrmd_prepare() {
	modprobe kvrm
	systemctl start kvrmd.service
	eventually 30 kvrmctl status >/dev/null
}
# The same, and the host keeps half a CPU for itself: beside guests that take all they can get, what is done on it has no
# more than its reserve, and with the default one, a tenth of an emulated CPU, systemd takes a minute to be reloaded.
kvrm_conf=/etc/kvrm/kvrm.conf
kvrmd_prepare_busy() {
	cp -p $kvrm_conf $kvrm_conf.default
	echo 'cpu-host-reserve = 50%' >>$kvrm_conf
	systemctl stop kvrmd.service
	kvrmd_prepare
}
# A module cannot go while somebody reads a list from it, as kvrmd does at times.
module_goes() { eventually 10 rmmod kvrm; }
# Asking for its netlink family would load it.
module_stays_away() {
	echo 'install kvrm /bin/false' >/etc/modprobe.d/kvrm-test.conf
	! lsmod | grep -q '^kvrm ' || module_goes
}
# kvrmd_prepare_by module|cgroup: the same, or without the module
kvrmd_prepare_by() {
	if [ "$1" = module ]; then
		kvrmd_prepare
		return
	fi
	systemctl stop kvrmd.service
	module_stays_away
	systemctl start kvrmd.service
	eventually 30 kvrmctl status >/dev/null
}

# The Linux guest's initial file system.
linux_prepare() {
	[ -s $guest_initrd ] || "$tests/guests/linux" $guest_initrd
	chmod 644 $guest_initrd
}

# define_linux NAME LIMIT [OPTION...]: the Linux guest with its channel
define_linux() {
	kvrmctl define --name="$1" --cpu-limit="$2" --memory=192M --kernel="$guest_kernel" --initrd=$guest_initrd \
		--cmdline='console=ttyS0 quiet' --channel=org.kvrm.test --channel=org.kvrm.traffic "${@:3}"
}

# define_spin NAME LIMIT [OPTION...]: a guest that is at full load as soon as it is started
define_spin() {
	kvrmctl define --name="$1" --cpu-limit="$2" --memory=16M --kernel="$(realpath "$spin_kernel")" "${@:3}"
}

# field NAME KEY: a property, as JSON has it, texts without quotes
field() { kvrmctl show --json "$1" | jq -r ".[0].$2"; }
# host KEY: of the status
host() { kvrmctl status --json | jq -r ".$1"; }
# field_is NAME KEY VALUE, host_is KEY VALUE: for eventually
field_is() { tap_equal "$(field "$1" "$2")" "$3"; }
host_is() { tap_equal "$(host "$1")" "$2"; }

# channel NAME CHANNEL: address of a guest's channel, for socat
channel() { echo "UNIX-CONNECT:/run/kvrm-guests/$(field "$1" UUID)/channel-$2.sock"; }

# order NAME WORDS...: an order to the Linux guest, and its answer
order() { linux_ask "$(channel "$1" org.kvrm.test)" "${@:2}"; }
wait_order() { [[ $(order "$@") == ok* ]]; }

# cgroup_of NAME: its folder; one that does not exist if it is not known, lest it be taken for the root
cgroup_of() {
	local path
	path=$(field "$1" ControlGroup)
	echo "/sys/fs/cgroup${path:-/unknown}"
}
# share_us NAME SECONDS: CPU time per second, from the cgroup's own cpu.stat
share_us() { share_of "$(cgroup_of "$1")/cpu.stat" "$2"; }
# share_is WHAT NAME LIMIT-US PERCENT [SECONDS]: it uses what it may, within so much. Less may be the machine's
# doing below the test host, and is measured again; more is never.
share_is() {
	local share try
	for try in 1 2 3 4; do
		share=$(share_us "$2" "${5:-5}")
		[ "$share" -lt $(($3 * (100 - $4) / 100)) ] || break
		[ "$try" -eq 4 ] || diag "$1: $share, measured again"
	done
	within "$1" "$share" "$3" "$4"
}

# refused STATUS PATTERN COMMAND...: it ends with the status, and says what the pattern matches
refused() {
	local wanted=$1 pattern=$2 said status
	shift 2
	said=$("$@" 2>&1)
	status=$?
	[ $status -eq "$wanted" ] || { echo "exit status $status, wanted $wanted: $said"; return 1; }
	tap_match "$said" "$pattern"
}

# Swap, compressed in memory. udev looks at the device whenever it changes, and keeps it busy for a moment.
swap_reset() { echo 1 >/sys/block/zram0/reset; }
swap_on() {
	modprobe zram num_devices=1 && eventually 10 swap_reset && echo 1G >/sys/block/zram0/disksize && mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
}
swap_off() {
	! grep -q zram0 /proc/swaps || { swapoff /dev/zram0 && eventually 10 swap_reset; }
}

# Nothing is left of a scenario.
kvrmd_clean() {
	local name
	for name in $(kvrmctl list --names); do
		kvrmctl kill "$name" >/dev/null 2>&1
		kvrmctl delete "$name" >/dev/null
	done
	if [ -e $kvrm_conf.default ]; then
		mv $kvrm_conf.default $kvrm_conf
		systemctl restart kvrmd.service
	fi
}
trap kvrmd_clean EXIT
