# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Guests that libvirt runs, and settings for them by libvirt and by kvrm's module. Source it after tap.sh.
# A setting counts as made when the cgroup's files say so; what fails ends the benchmark.

# shellcheck source=tests/bench/report.sh
. "$(dirname "${BASH_SOURCE[0]}")/report.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/flat.sh"
# shellcheck source=tests/lib/linux.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/linux.sh"
# shellcheck source=tests/lib/libvirt.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/libvirt.sh"
slice=/sys/fs/cgroup/machine.slice
# shellcheck disable=SC2154 # libvirt.sh has it
work=$libvirt_work
# Of the guests that run: the directory of the cgroup; of those that the module has: its number.
declare -A dir=() ids=()

peers_prepare() {
	local said
	said=$(libvirt_prepare) || die "$said"
	modprobe kvrm || die 'no module kvrm'
}

# find_dir NAME: of a guest that was just created
find_dir() {
	dir[$1]=$(libvirt_dir "$1")
	[[ ${dir[$1]} == "$slice"/* ]] || die "$1 is in ${dir[$1]}, not below $slice"
}

# guest_start NAME KERNEL VCPUS: as libvirt_start
guest_start() {
	local said
	said=$(libvirt_start "$@") || die "$said"
	find_dir "$1"
}

# linux_nic NAME BRIDGE: its send buffer has a bound, as kvrmd's guests have it; libvirt's own default is QEMU's, which has
# none
linux_nic() {
	cat <<END
    <interface type='bridge'><source bridge='$2'/><target dev='$1'/><model type='virtio'/><driver name='vhost'/>
      <tune><sndbuf>262144</sndbuf></tune></interface>
END
}
# linux_start NAME [BRIDGE [MIB]]: the Linux guest of tests/guests/linux; it obeys orders. With a bridge it has a NIC named
# NAME on it. With so much memory it has a balloon, which gives back what the guest runs out of, as kvrmd's do.
linux_start() {
	local name=$1 said nic='' balloon="<memballoon model='none'/>"
	[ -z "${2:-}" ] || nic=$(linux_nic "$name" "$2")
	[ -z "${3:-}" ] || balloon="<memballoon model='virtio' autodeflate='on' freePageReporting='on'/>"
	[ -s $work/initrd ] || "$tests/guests/linux" $work/initrd || die 'the Linux guest is not built'
	cat >"$work/$name.xml" <<END
<domain type='kvm'>
  <name>$name</name><memory unit='MiB'>${3:-192}</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type><kernel>$guest_kernel</kernel><initrd>$work/initrd</initrd>
    <cmdline>console=ttyS0 quiet</cmdline></os>
  <features><acpi/><apic/></features><cpu mode='host-passthrough'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>$balloon
    <serial type='file'><source path='$work/$name.serial'/></serial>
    <channel type='unix'><source mode='bind' path='$work/$name.order'/><target type='virtio' name='org.kvrm.test'/></channel>
$nic
  </devices>
</domain>
END
	said=$(libvirt_create "$name") || die "$said"
	find_dir "$name"
	eventually 300 grep -q 'guest: hello' "$work/$name.serial" >/dev/null || die "$name does not run"
}

# linux_order NAME WORDS...: an order to it, and its answer
linux_order() { linux_ask "UNIX-CONNECT:$work/$1.order" "${@:2}"; }

# guests_stop: all
guests_stop() {
	local name
	for name in "${!dir[@]}"; do
		virsh -q destroy "$name" >/dev/null || die "$name does not stop"
		eventually 20 test ! -e "${dir[$name]}" >/dev/null || die "$name leaves its cgroup behind"
	done
	dir=() ids=()
}

# holds FILE TEXT: what a setting led to
holds() { [ "$(<"$1")" = "$2" ] || die "$1 holds '$(<"$1")', not '$2'"; }

# libvirt_set NAME PARAMETER=VALUE...
libvirt_set() {
	virsh -q schedinfo --live "$@" >$work/set.log 2>&1 || die "virsh schedinfo $*: $(<$work/set.log)"
}
# libvirt_vcpu NAME QUOTA_US PERIOD_US: a limit of each virtual CPU
libvirt_vcpu() {
	libvirt_set "$1" vcpu_quota="$2" vcpu_period="$3"
	holds "${dir[$1]}/libvirt/vcpu0/cpu.max" "$2 $3"
}
# libvirt_global NAME QUOTA_US PERIOD_US: a limit of the guest as a whole
libvirt_global() {
	libvirt_set "$1" global_quota="$2" global_period="$3"
	holds "${dir[$1]}/libvirt/cpu.max" "$2 $3"
}
# libvirt_shares NAME SHARES
libvirt_shares() {
	libvirt_set "$1" cpu_shares="$2"
	holds "${dir[$1]}/cpu.weight" "$2"
}

# kvrm_add NAME LIMIT_US|unlimited [WORD...]: as nlctl add
kvrm_add() {
	local line
	line=$("$nlctl" add "$1" "${dir[$1]}" "${@:2}" 2>&1) || die "$1 is not added: $line"
	ids[$1]=$(value "$line" id)
}

# Once there is a machine.slice.
kvrm_root() {
	local said
	said=$("$nlctl" pool-set 1 cgroup=$slice reserve=100000 2>&1) || die "the root pool is not bound: $said"
}

# neutral: neither of the two has a wish
neutral() {
	local name file
	for name in "${!ids[@]}"; do
		"$nlctl" del "${ids[$name]}" || die "$name is not deleted"
		echo 'max 100000' >"${dir[$name]}/cpu.max"
		echo 100 >"${dir[$name]}/cpu.weight"
	done
	ids=()
	for name in "${!dir[@]}"; do
		libvirt_set "$name" cpu_shares=100 vcpu_period=100000 vcpu_quota=-1 global_period=100000 global_quota=-1
		holds "${dir[$name]}/cpu.weight" 100
		for file in "${dir[$name]}"/cpu.max "${dir[$name]}"/libvirt/cpu.max "${dir[$name]}"/libvirt/vcpu*/cpu.max; do
			[[ $(<"$file") == max* ]] || die "$file holds '$(<"$file")' in nobody's turn"
		done
	done
}
