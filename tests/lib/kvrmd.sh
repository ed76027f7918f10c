# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Virtual systems through kvrmd's D-Bus interfaces, for scenarios. Source it after tap.sh.

# shellcheck disable=SC2034 # used by the scenarios
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
guest_kernel=$(find /boot /usr/lib/modules -maxdepth 2 -name 'vmlinuz*' 2>/dev/null | sort -V | tail -n 1)
guest_initrd=/srv/guest-initrd.gz

kvrmd_prepare() {
	[ -s $guest_initrd ] || "$tests/guests/linux" $guest_initrd
	chmod 644 $guest_initrd
	systemctl start kvrmd.service
}

manager() { busctl call org.kvrm1 /org/kvrm1 org.kvrm1.Manager "$@"; }
path_of() {
	local answer
	answer=$(manager GetSystem s "$1") || return
	answer=${answer#o \"}
	echo "${answer%\"}"
}

# system_call NAME METHOD [SIGNATURE ARGUMENT...]
system_call() {
	local path
	path=$(path_of "$1") || return 1
	shift
	busctl --timeout=120 call org.kvrm1 "$path" org.kvrm1.VirtualSystem "$@"
}

# property NAME PROPERTY: its value, without the type
property() {
	busctl get-property org.kvrm1 "$(path_of "$1")" org.kvrm1.VirtualSystem "$2" |
		sed 's/^[a-z]* //; s/^"\(.*\)"$/\1/'
}

# define_linux NAME LIMIT_US [VCPUS]: the Linux guest with its channel
define_linux() {
	manager DefineSystem 'a{sv}' 8 Name s "$1" VCPUs u "${3:-1}" Memory t $((192 << 20)) \
		Kernel s "$guest_kernel" Initrd s $guest_initrd CommandLine s 'console=ttyS0 quiet' \
		Channels as 1 org.kvrm.test ProcessorLimit t "$2"
}

# order NAME WORDS...: an order to the Linux guest, and its answer
order() {
	local uuid
	uuid=$(property "$1" UUID)
	shift
	echo "$*" | timeout 60 socat -t 50 - "UNIX-CONNECT:/run/kvrm/guests/$uuid/channel-org.kvrm.test.sock,shut-none" |
		head -n 1
}
wait_order() { [[ $(order "$@") == ok* ]]; }

cgroup_of() { echo "/sys/fs/cgroup$(property "$1" ControlGroup)"; }
now_us() { echo $((${EPOCHREALTIME/[.,]/})); }
usage_us() { sed -n 's/^usage_usec //p' "$(cgroup_of "$1")/cpu.stat"; }

# share_us NAME SECONDS: CPU time per second, from the cgroup's own cpu.stat
share_us() {
	local file usage wall
	file=$(cgroup_of "$1")/cpu.stat
	usage=$(sed -n 's/^usage_usec //p' "$file")
	wall=$(now_us)
	sleep "$2"
	echo $((($(sed -n 's/^usage_usec //p' "$file") - usage) * 1000000 / ($(now_us) - wall)))
}
