#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest's QEMU needs beside the guest's memory: what its cgroup is charged for, less what is resident of
# the mapping that is the guest's memory. Asserts nothing, prints a table; Documentation/enforcement.md has it.
#   tests/host/run --install deb tests/measure/overhead.sh
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/kvrmd.sh
. "$(dirname "$0")/../lib/kvrmd.sh"

kvrmd_prepare
linux_prepare
qemu-img create -q -f qcow2 /srv/overhead.qcow2 1G
chmod 666 /srv/overhead.qcow2

# resident PID MIB: KiB of the guest's memory that are there
resident() {
	awk -v least=$(($2 * 1024)) '$1 == "Size:" { hit = $2 >= least } $1 == "Rss:" && hit { sum += $2 }
		END { print sum }' "/proc/$1/smaps"
}
of_stat() { awk -v key="$2" '$1 == key { print int($2 / 1024) }' "$(cgroup_of "$1")/memory.stat"; }
# row NAME WHAT: one line
row() {
	local all rss mib
	mib=$(($(field "$1" Memory) >> 20))
	rss=$(resident "$(field "$1" MainPID)" "$mib")
	all=$(($(cat "$(cgroup_of "$1")/memory.current") / 1024))
	printf '%-34s %8d %8d %8d %8d %8d %8d %8d %8d\n' "$2" "$all" "$rss" $((all - rss)) \
		"$(($(cat "$(cgroup_of "$1")/memory.peak") / 1024))" "$(of_stat "$1" kernel)" "$(of_stat "$1" pagetables)" \
		"$(of_stat "$1" sec_pagetables)" "$(of_stat "$1" file)"
}
# run_linux NAME MEMORY VCPUS TOUCH [OPTION...]
run_linux() {
	ok "$1 is defined" kvrmctl define --name="$1" --memory="$2" --vcpus="$3" --kernel="$guest_kernel" \
		--initrd=$guest_initrd --cmdline='console=ttyS0 quiet' --channel=org.kvrm.test \
		--channel=org.kvrm.traffic "${@:5}"
	ok "$1 starts" kvrmctl start "$1"
	ok "$1 has booted" eventually 120 wait_order "$1" report
	row "$1" "$1, booted"
	ok "$1 touches $4 MiB" wait_order "$1" touch "$4"
	row "$1" "$1, $4 MiB touched"
	(order "$1" send 64 >/dev/null &)
	timeout 60 socat -u "$(channel "$1" org.kvrm.traffic)" - | head -c $((64 << 20)) >/dev/null
	row "$1" "$1, 64 MiB of traffic"
	kvrmctl kill "$1" >/dev/null
}

printf '%-34s %8s %8s %8s %8s %8s %8s %8s %8s\n' KiB current guest beside peak kernel tables stage2 file
define_spin spin unlimited
kvrmctl start spin >/dev/null
sleep 2
row spin 'spin, 16 MiB, 1 vCPU'
kvrmctl kill spin >/dev/null
run_linux small 192M 1 64
run_linux disk 192M 2 64 --disk=/srv/overhead.qcow2,format=qcow2
run_linux eight 512M 8 64
run_linux large 1536M 1 1300
rm -f /srv/overhead.qcow2
done_testing
