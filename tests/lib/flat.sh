# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Flat guests in cgroups, for scenarios of the module alone. Source it after tap.sh.

# shellcheck source=tests/lib/share.sh
. "$(dirname "${BASH_SOURCE[0]}")/share.sh"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
flatvm=$tests/../build/tests/guests/flatvm
# shellcheck disable=SC2034 # used by the scenarios
cpuwindows=$tests/../build/tests/measure/cpuwindows
# shellcheck disable=SC2034 # used by the scenarios
nlctl=$tests/../build/tests/kselftest/nlctl

# flat_start NAME MODE [VCPUS [OPTION...]]: a guest in the cgroup NAME, which may be a path; returns once it
# runs.
flat_start() {
	local output
	output=/tmp/$(tr / _ <<<"$1").out
	mkdir -p "/sys/fs/cgroup/$1"
	rm -f "$output"
	sh -c 'echo 0 >"/sys/fs/cgroup/$1/cgroup.procs" && shift && exec "$@"' flat_start "$1" \
		"$flatvm" "$2" --vcpus "${3:-1}" "${@:4}" >"$output" 2>&1 &
	# It will be killed: bash need not tell.
	disown $!
	# It touches its memory first, and where the kernel looks for its own faults that is slow.
	eventually 120 grep -q running "$output" >/dev/null
}

# flat_stop NAME: kill it, wait for its end, remove the cgroup.
flat_stop() {
	echo 1 >"/sys/fs/cgroup/$1/cgroup.kill"
	eventually 20 rmdir "/sys/fs/cgroup/$1" >/dev/null
}

# pool_dir NAME [CONTROLLER...]: a cgroup below which guests' cgroups can be weighed, and what else the
# controllers can do
pool_dir() {
	local controller
	mkdir -p "/sys/fs/cgroup/$1"
	for controller in cpu "${@:2}"; do
		echo "+$controller" >"/sys/fs/cgroup/$1/cgroup.subtree_control"
	done
}

# share_us NAME SECONDS: CPU time per second of wall time, in microseconds, from cpu.stat.
share_us() { share_of "/sys/fs/cgroup/$1/cpu.stat" "$2"; }

# value LINE KEY: the value of a key=value word.
value() { sed -nE "s/^(.* )?$2=([^ ]*).*/\\2/p" <<<"$1"; }
