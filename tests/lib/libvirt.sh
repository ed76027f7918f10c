# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Guests that libvirt runs, with the tests' own kernels. Source it after tap.sh and what sets tests.
# What fails says why, and has a status of its own.

libvirt_work=/srv/libvirt

libvirt_answers() { virsh -q version; }

# libvirt_prepare: libvirtd runs, and may start guests
libvirt_prepare() {
	mkdir -p $libvirt_work
	# shellcheck disable=SC2154 # of who sources this
	cp "$tests"/../build/tests/bench/{smp,waking} $libvirt_work/ || { echo 'the guests are not built'; return 1; }
	# The guests' serial ports go to files that QEMU writes itself.
	grep -q '^stdio_handler' /etc/libvirt/qemu.conf ||
		printf '%s\n' 'stdio_handler = "file"' 'user = "root"' 'group = "root"' >>/etc/libvirt/qemu.conf
	systemctl restart libvirtd.service || { echo 'libvirtd does not start'; return 1; }
	eventually 60 libvirt_answers >/dev/null || { echo 'libvirtd does not answer'; return 1; }
}

# libvirt_create NAME [OPTION...]: of its XML; options of virsh create
libvirt_create() {
	local said
	rm -f "$libvirt_work/$1.serial"
	said=$(virsh -q create "$libvirt_work/$1.xml" "${@:2}" 2>&1) || { echo "$1 does not start: $said"; return 1; }
}

# libvirt_start NAME smp|waking VCPUS: returns once the kernel runs; the first one makes machine.slice
libvirt_start() {
	cat >"$libvirt_work/$1.xml" <<END
<domain type='kvm'>
  <name>$1</name><memory unit='MiB'>16</memory><vcpu>$3</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>$libvirt_work/$2</kernel></os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/><memballoon model='none'/>
    <serial type='file'><source path='$libvirt_work/$1.serial'/></serial>
  </devices>
</domain>
END
	libvirt_create "$1" || return
	eventually 120 grep -q busy "$libvirt_work/$1.serial" >/dev/null || { echo "$1 does not run"; return 1; }
}

# libvirt_pid NAME: QEMU's
libvirt_pid() { cat "/run/libvirt/qemu/$1.pid"; }

# libvirt_dir NAME: the directory of all of a running guest's cgroup
libvirt_dir() {
	local cgroup
	IFS=: read -r _ _ cgroup <"/proc/$(libvirt_pid "$1")/cgroup"
	echo "/sys/fs/cgroup${cgroup%%/libvirt*}"
}
