# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Flat guests in cgroups, for scenarios of the module alone. Source it after tap.sh.

# shellcheck source=tests/lib/share.sh
. "$(dirname "${BASH_SOURCE[0]}")/share.sh"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
flatvm=$tests/../build/tests/guests/flatvm
# shellcheck disable=SC2034 # used by the scenarios
nlctl=$tests/../build/tests/kselftest/nlctl

# flat_start NAME MODE [VCPUS]: a guest in the cgroup NAME; returns once it runs.
flat_start() {
	mkdir -p "/sys/fs/cgroup/$1"
	rm -f "/tmp/$1.out"
	sh -c 'echo 0 >"/sys/fs/cgroup/$1/cgroup.procs" && exec "$2" "$3" --vcpus "$4"' flat_start \
		"$1" "$flatvm" "$2" "${3:-1}" >"/tmp/$1.out" 2>&1 &
	# It will be killed: bash need not tell.
	disown $!
	eventually 20 grep -q running "/tmp/$1.out" >/dev/null
}

# flat_stop NAME: kill it, wait for its end, remove the cgroup.
flat_stop() {
	echo 1 >"/sys/fs/cgroup/$1/cgroup.kill"
	eventually 20 rmdir "/sys/fs/cgroup/$1" >/dev/null
}

# share_us NAME SECONDS: CPU time per second of wall time, in microseconds, from cpu.stat.
share_us() { share_of "/sys/fs/cgroup/$1/cpu.stat" "$2"; }

# value LINE KEY: the value of a key=value word.
value() { sed -n "s/.*\\b$2=\\([^ ]*\\).*/\\1/p" <<<"$1"; }
